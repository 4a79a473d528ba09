"""All functions of a family of at most four inputs, as truth values indexed by their tables."""

from __future__ import annotations

import numpy as np

from workbench.capacity import pair_tables as tables
from workbench.capacity.threshold_lists import threshold_list
from workbench.errors import BadInput
from workbench.families import Family

ALWAYS = (
    "threshold",
    "output-gating",
    "partial-output-gating",
    "multiplexing",
    "synaptic-gating",
    "any-synaptic-gating",
    "additive-synaptic-gating",
    "linear-synaptic-gating",
    "activation-gating",
    "layered-2-1",
    "any-two-gates",
    "k-fold-gating",
)


def listed(family: Family) -> bool:
    """Whether all functions of the family are listed: families of single functions of at most four inputs, layers of few units."""
    if family.name.startswith("disjoint"):
        return family.n + family.gate_inputs <= 4
    if family.name == "hidden-layer":
        return family.n <= 4 and family.units in (2, 3)
    if family.name == "attending-layer":
        return family.n <= 4 and family.units in (1, 2)
    return family.n <= 4 and family.name in ALWAYS


def indicator(family: Family) -> np.ndarray:
    """Return whether each table is in the family, shape (2^(2^n),). Raises BadInput for a family that is not listed.

    >>> int(indicator(Family("output-gating", 3)).sum())
    246
    """
    if not listed(family):
        raise BadInput(f"{family} is not listed: families of single functions of n <= 4 inputs are, with at most three units")
    f = family
    conventions = {"inputs": f.inputs, "outputs": f.outputs}
    match f.name:
        case "threshold":
            return np.isin(np.arange(1 << (1 << f.n)), threshold_list(f.n, f.degree))
        case "output-gating":
            return tables.output_gating(f.n, outputs=f.outputs, degree=f.degree)
        case "partial-output-gating":
            return tables.output_gating(f.n, outputs=f.outputs, gate_inputs=f.gate_inputs)
        case "k-fold-gating":
            return tables.products(f.n, f.units, outputs=f.outputs)
        case "multiplexing":
            return tables.multiplexing(f.n)
        case "activation-gating":
            return tables.activation_gating(f.n, **conventions)
        case "synaptic-gating" | "any-synaptic-gating":
            return tables.synaptic_gating(f.n, **conventions, any_synapse=f.name.startswith("any"))
        case "additive-synaptic-gating":
            return tables.additive_synaptic(f.n, inputs=f.inputs)
        case "linear-synaptic-gating":
            return tables.linear_gated_synapse(f.n)
        case "layered-2-1":
            return tables.layered(f.n)
        case "any-two-gates":
            return tables.two_input_gates(f.n)
        case "hidden-layer":
            return tables.layered(f.n, hidden=f.units)
        case "attending-layer":
            return tables.attending(f.n, f.units)
        case _:
            return tables.disjoint_gating(f.n, f.gate_inputs, outputs=None if f.name.endswith("multiplexing") else f.outputs)
