"""Blocks with one gate, family by family: their pairs of functions and gates, and the integer weights behind a choice of both.

Given its gate, every other parameter of a block enters linearly. So a member is a gate, a pair (high, low) that fits the table
where the gate takes each of its values, and weights that the simplex method finds for the features that the gate leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from workbench.capacity.faces import Faces, extended, low_of
from workbench.capacity.gordan import alternatives, separating_weights
from workbench.capacity.npn import BATCH, word
from workbench.capacity.threshold_lists import threshold_list
from workbench.classes import full_table
from workbench.domain import Cube
from workbench.errors import BadInput, Rejected
from workbench.families import Family
from workbench.members import table_inputs
from workbench.poly import monomial, monomials
from workbench.recognition import Separation, decided_exactly, recognise
from workbench.threshold import BooleanFunction
from workbench.witness import SignRepresentation

PRODUCTS = ("output-gating", "partial-output-gating", "disjoint-output-gating")
ATTENDED = ("multiplexing", "disjoint-multiplexing")
GATED = (*PRODUCTS, *ATTENDED, "synaptic-gating", "additive-synaptic-gating", "activation-gating")
ARITY_LIMIT = 5


@dataclass(frozen=True, eq=False)
class Block:
    """The pairs of functions of a family with one gate, and its gates, as tables of all its inputs."""

    faces: Faces
    gates: np.ndarray

    @classmethod
    @lru_cache(maxsize=2)  # that of multiplexing with five inputs takes 120 MB
    def of(cls, family: Family) -> Block:
        """Return the block of a family. Raises BadInput for another family, and above five inputs."""
        n, m, size = family.n, family.gate_inputs, table_inputs(family)
        if family.name not in GATED or size > ARITY_LIMIT:
            raise BadInput(f"{family} is not listed by pairs: {', '.join(GATED)} of at most {ARITY_LIMIT} inputs are")
        gates = threshold_list(n, family.degree)
        if family.name == "partial-output-gating":
            gates = extended(threshold_list(m), m, n)
        elif family.name.startswith("disjoint"):
            gates = extended(threshold_list(m), m, size, first=n)
        return cls(_faces(family), gates)

    def choice(self, table: int) -> tuple[int, int] | None:
        """Return a gate and the function of a pair where the gate is high that compute a table together, None if none do.

        Every pair that agrees with the table where its functions agree is tried with every gate, those with most agreement first.

        >>> Block.of(Family("output-gating", 2)).choice(0b1000)
        (8, 8)
        """
        kind = self.faces.low.dtype.type
        difference, wanted = self.faces.high ^ self.faces.low, self.faces.low ^ kind(table)
        fitting = np.flatnonzero(wanted & ~difference == 0)
        exact = difference[fitting] == full_table(self.faces.n)  # such a pair needs one gate, which is there or not
        everywhere, fitting = fitting[exact], fitting[~exact]
        order = np.argsort(np.bitwise_count(difference[fitting]), kind="stable")
        tried = set()
        for k in fitting[order].tolist():
            demand = int(wanted[k]), int(difference[k])
            if demand not in tried:
                tried.add(demand)
                good = (self.gates ^ kind(demand[0])) & kind(demand[1]) == 0
                if good.any():
                    return int(self.gates[good.argmax()]), int(self.faces.high[k])
        there = everywhere[np.isin(wanted[everywhere], self.gates)]
        return (int(wanted[there[0]]), int(self.faces.high[there[0]])) if there.size else None


def _faces(family: Family) -> Faces:
    n, size = family.n, table_inputs(family)
    match family.name:
        case "output-gating" | "partial-output-gating" | "disjoint-output-gating":
            functions = threshold_list(n, family.degree)
            return Faces.of_products(extended(functions, n, size) if size > n else functions, size, outputs=family.outputs)
        case "multiplexing" | "disjoint-multiplexing":
            faces = Faces.of_multiplexing(n)
            return Faces(size, *(extended(t, n, size) for t in (faces.high, faces.low))) if size > n else faces
        case "synaptic-gating":
            return Faces.of_synapse(n, inputs=family.inputs, outputs=family.outputs)
        case "additive-synaptic-gating":
            return Faces.of_additive_synapse(n, inputs=family.inputs)
        case _:
            return Faces.of_activation(n, inputs=family.inputs, outputs=family.outputs)


def gate_weights(tables: np.ndarray, n: int, degree: int = 1) -> np.ndarray:
    """Return integer weights of threshold functions, one row of the monomials of +-1 inputs each, n <= 5.

    Raises Rejected if one is no threshold function.

    >>> gate_weights(np.array([0b1000, 0b0001]), 2).tolist()
    [[-1, 1, 1], [-1, -1, -1]]
    """
    different, places = np.unique(tables, return_inverse=True)
    answers, integers = alternatives(different, n, degree)
    rows = integers[:, : len(monomials(n, degree))].astype(np.int64)
    for k in np.flatnonzero(answers != 1):
        found = recognise(BooleanFunction(n, int(different[k])), degree)
        if not isinstance(found, SignRepresentation):
            raise Rejected(f"{int(different[k]):#x} is no threshold function of {n} inputs and degree {degree}")
        known = dict(zip(found.monomials, found.weights, strict=True))
        rows[k] = [known.get(monomial(mask), 0) for mask in monomials(n, degree)]
    return np.asarray(rows[places])


def unit_weights(tables: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return integer weights, one row for each table, under which its features (points, width) have its signs.

    Raises Rejected where none are found.
    """
    found, weights = separating_weights(tables, features)
    rows = weights.astype(np.int64)
    for k in np.flatnonzero(~found):
        rows[k] = _exact_weights(int(tables[k]), features[k])
    return rows


def _exact_weights(table: int, features: np.ndarray) -> list[int]:
    points, width = features.shape
    function = BooleanFunction(points.bit_length() - 1, table)
    signs = 2 * np.array(function.bits, np.int64) - 1
    certificate = decided_exactly(Separation(function, 1, tuple(1 << i for i in range(width)), signs[:, None] * features))
    if not isinstance(certificate, SignRepresentation):
        raise Rejected(f"there are no weights for table {table:#x} with these gates")
    known = dict(zip(certificate.monomials, certificate.weights, strict=True))
    return [known.get((i,), 0) for i in range(width)]


def rows(family: Family, tables: np.ndarray, gates: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """Return integer weights of members with these tables, gates and functions at high gates, in the order of `members.units`."""
    n, m = family.n, family.gate_inputs
    own = family.name.startswith("disjoint")
    few = own or family.name.startswith("partial")
    gate = gate_weights(narrowed(gates, m, n * own), m) if few else gate_weights(gates, n, family.degree)
    if family.name in PRODUCTS:
        return np.hstack([gate_weights(narrowed(highs, n), n, family.degree), gate])
    step = BATCH // 8
    parts = [slice(k, k + step) for k in range(0, len(tables), step)]
    return np.hstack(
        [np.vstack([unit_weights(tables[p], features(family, outputs(gates[p, None], table_inputs(family)))) for p in parts]), gate]
    )


def narrowed(tables: np.ndarray, m: int, first: int = 0) -> np.ndarray:
    """Return functions that read the inputs from `first` on only as tables of these m inputs.

    >>> narrowed(np.array([0b1100], np.uint8), 1, 1).tolist()
    [2]
    """
    bits = tables.astype(np.uint64)[:, None] >> (np.arange(1 << m, dtype=np.uint64) << np.uint64(first)) & np.uint64(1)
    return np.asarray((bits << np.arange(1 << m, dtype=np.uint64)).sum(axis=1, dtype=np.uint64).astype(word(m)))


def features(family: Family, gates: np.ndarray, synapses: np.ndarray | None = None) -> np.ndarray:
    """Return what a unit weighs, (members, points, width), given the outputs 0 and 1 of its gates, (members, points, gates).

    `synapses` (members, 1) are the inputs whose synapse is gated, the last if None.
    """
    n, size = family.n, table_inputs(family)
    attended = family.name in (*ATTENDED, "attending-layer")
    cube = Cube(size, "pm1" if attended else family.inputs)
    x = np.array(list(cube.points()), np.int64).reshape(1 << size, size)[:, :n]
    plain = np.broadcast_to(np.hstack([np.ones((1 << size, 1), np.int64), x]), (len(gates), 1 << size, n + 1))
    if attended:
        return np.concatenate([plain, gates], axis=2)
    if family.name == "additive-synaptic-gating":
        return np.concatenate([plain, gates * x[:, -1:]], axis=2)
    gated = np.arange(n + 1) > 0
    if family.name != "activation-gating":
        gated = np.arange(n + 1) == (n if synapses is None else synapses[:, :, None] + 1)
    return np.where(gated, plain * np.where(gates, 1, low_of(family.outputs)), plain)


def outputs(tables: np.ndarray, size: int) -> np.ndarray:
    """Return the outputs 0 and 1 of gates, (members, 2^size, gates), from their tables, (members, gates)."""
    return np.asarray(tables.astype(np.int64)[:, None, :] >> np.arange(1 << size)[:, None] & 1)
