"""Families of Boolean functions that can be counted: one threshold unit, or a unit with an attention mechanism, of n shared inputs.

All gates read the same inputs x_0, ..., x_{n-1} unless said otherwise. `inputs` and `outputs` are "01" or "pm1": the values of the
inputs, where they matter, and of the gates. H is the step function, f and g stand for threshold functions of degree `degree`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from workbench.domain import convention
from workbench.errors import BadInput

ARITY_LIMIT = 64  # bounds and estimates go this far, exact counts far less


@dataclass(frozen=True)
class Kind:
    """What is common to the families of one name: the formula, the options that matter, its symmetries, and the claims about it."""

    formula: str
    options: tuple[str, ...]
    symmetry: str
    claims: tuple[str, ...]


NP, NPN = "permuting and negating inputs", "permuting and negating inputs, negating the output"
KINDS = {
    "threshold": Kind(
        "H(p(x)), p of degree at most `degree`",
        ("degree",),
        NPN,
        ("threshold_count_le_cover", "threshold_count_recursion", "polynomial_threshold_count_product_bound"),
    ),
    "output-gating": Kind(
        "f(x) g(x)",
        ("degree", "outputs"),
        NP + ", and the output where outputs are +-1",
        (
            "output_gating_count_lower_bound",
            "output_gating_count_upper_bound",
            "pm1_gating_count_lower_bound",
            "pm1_gating_count_upper_bound",
        ),
    ),
    "k-fold-gating": Kind(
        "the product of `units` threshold functions",
        ("units", "outputs"),
        NP + ", and the output where outputs are +-1",
        ("k_gates_capacity_eq_k_plus_one_n_squared",),
    ),
    "multiplexing": Kind(
        "H(s(x) + a g(x)), additive activation attention",
        (),
        NPN,
        ("multiplexing_count_lower_bound", "multiplexing_count_upper_bound"),
    ),
    "synaptic-gating": Kind(
        "H(sum of w_i x_i, i < n - 1, + w g(x) x_{n-1} + b), one fixed gated synapse",
        ("inputs", "outputs"),
        "permuting and negating the inputs but the last; negating the output",
        ("synaptic_gating_count_lower_bound", "synaptic_gating_count_upper_bound"),
    ),
    "any-synaptic-gating": Kind(
        "the union, over all inputs, of the functions with that input's synapse gated",
        ("inputs", "outputs"),
        "permuting inputs; negating the output",
        (),
    ),
    "additive-synaptic-gating": Kind(
        "H(w.x + a g(x) x_{n-1} + b), a term beside the synapse",
        ("inputs",),
        "permuting and negating the inputs but the last; negating the output",
        ("additive_synaptic_count_bounds",),
    ),
    "linear-synaptic-gating": Kind(
        "H(sum of w_i x_i, i < n - 1, + (v.x + c) x_{n-1} + b), one synapse gated by a linear unit",
        (),
        "permuting the inputs but the last; negating inputs and the output",
        ("linear_gated_synapse_count_eq_square",),
    ),
    "activation-gating": Kind(
        "H(g(x) (w.x) + b), the bias not gated",
        ("inputs", "outputs"),
        "permuting inputs; negating the output",
        ("activation_gating_count_lower_bound", "activation_gating_count_upper_bound"),
    ),
    "layered-2-1": Kind(
        "a threshold function of two threshold functions, no skip connection",
        (),
        NPN,
        ("sm_n_2_1_eq_and_union_or",),
    ),
    "any-two-gates": Kind("any function of two threshold functions", (), NPN, ()),
    "shared-gate": Kind(
        "pairs (f(x) h(x), g(x) h(x)): two units with one gate",
        ("outputs",),
        NP + ", on both at once; exchanging the two",
        ("shared_gate_count_bounds",),
    ),
    "disjoint-output-gating": Kind(
        "f(x) g(y), the gate on `gate_inputs` other inputs",
        ("outputs", "gate_inputs"),
        "permuting and negating the inputs of each",
        ("and_count_of_disjoint_inputs", "pm1_count_of_disjoint_inputs"),
    ),
    "disjoint-multiplexing": Kind(
        "H(s(x) + a g(y)), the gate on `gate_inputs` other inputs",
        ("gate_inputs",),
        "permuting and negating the inputs of each; negating the output",
        ("multiplexing_count_of_disjoint_inputs",),
    ),
    "partial-output-gating": Kind(
        "f(x) g(x), the gate reading the first `gate_inputs` inputs",
        ("outputs", "gate_inputs"),
        "permuting and negating inputs that the gate reads, and those that it does not",
        ("subset_gate_capacity_eq_sum_of_squares",),
    ),
    "attending-layer": Kind(
        "H(s(x) + a_1 g_1(x) + ... + a_m g_m(x)), m = `units`",
        ("units",),
        NPN,
        ("attending_layer_count_bounds",),
    ),
    "hidden-layer": Kind(
        "a threshold function of m = `units` threshold functions, no skip connection",
        ("units",),
        NPN,
        ("hidden_layer_capacity_eq_m_n_squared",),
    ),
}


@dataclass(frozen=True)
class Family:
    """The functions of n inputs that one building block computes, under named conventions; made by the functions of this module.

    >>> output_gating(n=4, outputs="pm1")
    Family('output-gating', n=4, outputs='pm1')
    >>> Family("output-gating", 4).formula
    'f(x) g(x)'
    >>> threshold(4, degree=2).formula
    'H(p(x)), p of degree at most 2'
    >>> Family("sorting", 4)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: family 'sorting' is not one of threshold, output-gating, ...
    """

    name: str
    n: int
    degree: int = 1
    inputs: str = "01"
    outputs: str = "01"
    units: int = 2
    gate_inputs: int = 1

    def __post_init__(self) -> None:
        if self.name not in KINDS:
            raise BadInput(f"family {str(self.name)[:60]!r} is not one of {', '.join(KINDS)}")
        _integer("n", self.n, low=0, high=ARITY_LIMIT)
        convention(self.inputs)
        convention(self.outputs)
        for option, low in (("degree", 0), ("units", 1), ("gate_inputs", 0)):
            _integer(option, getattr(self, option), low=low, high=ARITY_LIMIT)
        for option, default in _defaults():
            if option in COUNTED and option not in self.kind.options and getattr(self, option) != default:
                raise BadInput(f"{self.name} has no option {option}: leave it out")
        if self.n == 0 and "synaptic" in self.name:
            raise BadInput(f"{self.name} needs an input whose synapse is gated: n = 0")

    @property
    def kind(self) -> Kind:
        """What it has in common with the families of its name."""
        return KINDS[self.name]

    @property
    def formula(self) -> str:
        """The functions in one line, with the values of the options that it names."""
        return re.sub(r"`(\w+)`", lambda option: str(getattr(self, option[1])), self.kind.formula)

    @property
    def claims(self) -> tuple[str, ...]:
        """The names of the claims that bound its number of functions."""
        return self.kind.claims

    def with_inputs(self, n: int) -> Family:
        """Return the same family for another number of inputs."""
        return Family(self.name, n, **{o: getattr(self, o) for o, _ in _defaults()})

    def __repr__(self) -> str:
        shown = [f"{o}={getattr(self, o)!r}" for o in self.kind.options if o != "degree" or self.degree != 1]
        return f"Family({', '.join([repr(self.name), f'n={self.n}', *shown])})"


COUNTED = ("degree", "units", "gate_inputs")  # options whose value changes what is counted, and so may not be given in vain


def _defaults() -> Iterator[tuple[str, Any]]:
    return ((f.name, f.default) for f in fields(Family) if f.name not in ("name", "n"))


def _integer(what: str, value: object, *, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadInput(f"{what} = {value!r} is not an integer from {low} to {high}")


def _constructor(name: str) -> Callable[..., Family]:
    def family(n: int, **options: Any) -> Family:
        if unknown := sorted(set(options) - set(KINDS[name].options)):
            known = ", ".join(KINDS[name].options) or "none"
            raise BadInput(f"{name} has no option {unknown[0]} (its options: {known})")
        return Family(name, n, **options)

    family.__name__ = family.__qualname__ = name.replace("-", "_")
    family.__doc__ = f"Return the family of {KINDS[name].formula}; options: {', '.join(KINDS[name].options) or 'none'}."
    return family


threshold = _constructor("threshold")
output_gating = _constructor("output-gating")
k_fold_gating = _constructor("k-fold-gating")
multiplexing = _constructor("multiplexing")
synaptic_gating = _constructor("synaptic-gating")
any_synaptic_gating = _constructor("any-synaptic-gating")
additive_synaptic_gating = _constructor("additive-synaptic-gating")
linear_synaptic_gating = _constructor("linear-synaptic-gating")
activation_gating = _constructor("activation-gating")
layered_2_1 = _constructor("layered-2-1")
any_two_gates = _constructor("any-two-gates")
shared_gate = _constructor("shared-gate")
disjoint_output_gating = _constructor("disjoint-output-gating")
disjoint_multiplexing = _constructor("disjoint-multiplexing")
partial_output_gating = _constructor("partial-output-gating")
attending_layer = _constructor("attending-layer")
hidden_layer = _constructor("hidden-layer")
