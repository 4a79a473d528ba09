"""Members of a family by integer weights, one for each class of its functions: the evidence of a count that a person can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from scipy.optimize import linprog

from workbench import classes
from workbench.classes import full_table
from workbench.domain import Cube
from workbench.errors import BadInput, Rejected
from workbench.families import Family
from workbench.members import Weights, gate_bits
from workbench.recognition import recognise
from workbench.recount import closed_vectors, functions, symmetries, tables_by_weights
from workbench.tallies import FamilyCount
from workbench.threshold import BooleanFunction
from workbench.witness import SignRepresentation

SCALES = np.arange(1, 257)  # tried when float weights are rounded
Vector = tuple[int, ...]
AND, NAND = (-1, 1, 1), (1, -1, -1)


def family_count(family: Family) -> FamilyCount:
    """Return the count of a family's functions for n <= 4 as a certificate, with a member by its weights for each class.

    Raises BadInput where the functions are not enumerated in plain integers, and for a family whose members are not written so.

    >>> from workbench.families import output_gating
    >>> certificate = family_count(output_gating(2))
    >>> certificate.count, len(certificate.members)
    (16, 6)
    """
    if family.name not in FOUND:
        raise BadInput(f"no certificate of {family.name}: there is one of {', '.join(FOUND)}")
    by = symmetries(family)
    vectors = {t if isinstance(t, tuple) else (t,) for t in functions(family)}
    find = FOUND[family.name](family)
    members, rest = [], set(vectors)
    for vector in sorted(vectors):
        if vector in rest:
            orbit = closed_vectors([vector], by)
            rest -= orbit
            members.append((len(orbit), vector, tuple(find(vector).items())))
    return FamilyCount(family, len(vectors), tuple(members))


@cache
def _gates(n: int) -> np.ndarray:
    return np.array(sorted(tables_by_weights(n)), dtype=np.int64)


@cache
def gate_weights(table: int, n: int) -> Vector:
    """Return integer weights of a threshold function on +-1 inputs: the constant, then one for each input.

    >>> gate_weights(0b1000, 2)
    (-1, 1, 1)
    """
    found = recognise(BooleanFunction(n, table))
    if not isinstance(found, SignRepresentation):
        raise Rejected(f"{table:#x} is no threshold function of {n} inputs")
    known = dict(zip(found.monomials, found.weights, strict=True))
    return tuple(known.get(m, 0) for m in ((), *((i,) for i in range(n))))


def unit_weights(features: np.ndarray, table: int) -> Vector:
    """Return integer weights, shape (columns), under which the sign of features @ weights is the table's bit at each row.

    Raises Rejected where rounding finds none.
    """
    signs = np.array([1 if table >> k & 1 else -1 for k in range(len(features))])
    signed = signs[:, None] * features
    both = np.hstack([-signed, signed])
    width = features.shape[1]
    found = linprog(np.ones(2 * width), A_ub=both, b_ub=-np.ones(len(features)), bounds=(0, None), method="highs")
    if found.status != 0:
        raise Rejected(f"no weights for table {table:#x} on these features")
    direction = found.x[:width] - found.x[width:]
    tried = np.rint(np.outer(direction / np.abs(direction).max(), SCALES)).astype(np.int64)
    good = np.flatnonzero((signed @ tried > 0).all(axis=0))
    if not good.size:
        raise Rejected(f"no rounding of the weights for table {table:#x} keeps their signs")
    return tuple(int(w) for w in tried[:, good[0]])


def _and_factors(h: int, gates: np.ndarray) -> tuple[int, int] | None:
    above = gates[gates & h == h]
    for g in above:
        fitting = above[above & g == h]
        if fitting.size:
            return int(fitting[0]), int(g)
    return None


def _threshold(family: Family) -> Callable[[Vector], Weights]:
    return lambda v: {"f": gate_weights(v[0], family.n)}


def _products(family: Family) -> Callable[[Vector], Weights]:
    names = ("f", "g") if family.name == "output-gating" else tuple(f"f{i}" for i in range(family.units))
    sets = [tables_by_weights(family.n)]
    for _ in names[1:]:
        sets.append(classes.output_gating(sets[-1], family.n, outputs=family.outputs, other=sets[0]))

    def split(h: int, k: int) -> Iterator[int]:
        if k == 1:
            yield h
            return
        rest = np.array(sorted(sets[k - 2]), dtype=np.int64)
        for g in map(int, _gates(family.n)):
            products = rest & g if family.outputs == "01" else ~(rest ^ g) & full_table(family.n)
            if (places := np.flatnonzero(products == h)).size:
                yield g
                yield from split(int(rest[places[0]]), k - 1)
                return

    return lambda v: {name: gate_weights(t, family.n) for name, t in zip(names, split(v[0], len(names)), strict=True)}


def _layered(family: Family) -> Callable[[Vector], Weights]:
    def find(v: Vector) -> Weights:
        for readout, h in ((AND, v[0]), (NAND, v[0] ^ full_table(family.n))):
            if factors := _and_factors(h, _gates(family.n)):
                return {"f": readout} | {f"f{i}": gate_weights(t, family.n) for i, t in enumerate(factors)}
        raise Rejected(f"{v[0]:#x} is no AND or OR of two threshold functions")

    return find


def _multiplexed(family: Family) -> Callable[[Vector], Weights]:
    n = family.n
    pairs = np.array(sorted(classes.faces(tables_by_weights(n + 1), n)), dtype=np.int64)

    def find(v: Vector) -> Weights:
        for g in map(int, _gates(n)):
            good = ((pairs[:, 0] ^ v[0]) & ~g & full_table(n)) | ((pairs[:, 1] ^ v[0]) & g) == 0
            if good.any():
                low, high = map(int, pairs[np.argmax(good)])
                bias, *s, y = gate_weights(low | high << (1 << n), n + 1)  # the last input is y = 2 g - 1
                return {"s": (bias - y, *s), "a": (2 * y,), "g": gate_weights(g, n)}
        raise Rejected(f"{v[0]:#x} is not attended by one gate")

    return find


def _synaptic(family: Family) -> Callable[[Vector], Weights]:
    n = family.n
    affine = np.array(sorted(classes.ternary_dichotomies(tables_by_weights(n + 1), n)), dtype=np.int64)

    def computed(g: int) -> np.ndarray:
        (pattern,) = classes.gated_input(frozenset([g]), n, n - 1, inputs=family.inputs, outputs=family.outputs)
        return sum((affine >> place & 1) << k for k, place in enumerate(pattern))  # type: ignore[return-value]

    return _gated(family, computed, [n - 1])


def _activation(family: Family) -> Callable[[Vector], Weights]:
    n, full = family.n, full_table(family.n)
    gates = _gates(n)
    turned = sum((gates >> (k ^ (1 << n) - 1) & 1) << k for k in range(1 << n))

    def computed(g: int) -> np.ndarray:
        if family.outputs == "pm1":
            return gates & g | turned & (g ^ full)
        if family.inputs == "01":
            return gates & g | (gates & 1) * (g ^ full)
        both = gates & turned
        ones = np.where(both != 0, gates & g | (g ^ full), -1)  # a bias above 0, where it can be
        zeros = np.where((gates | turned) & full != full, gates & g, -1)
        either = (both == 0) & ((gates | turned) & full == full)
        return np.concatenate([ones, zeros, (gates & g)[either], (gates & g | (g ^ full))[either]])

    return _gated(family, computed, range(n))


def _gated(family: Family, computed: Callable[[int], np.ndarray], gated: range | list[int]) -> Callable[[Vector], Weights]:
    """Return the search for a gate by the tables that units gated by it compute, and then for the weights of the unit."""
    n = family.n
    gate_of = np.full(1 << (1 << n), -1, dtype=np.int64)
    for g in map(int, _gates(n)):
        values = computed(g)
        values = values[values >= 0]
        new = values[gate_of[values] < 0]
        gate_of[new] = g
    points = np.array(list(Cube(n, family.inputs).points()), dtype=np.int64).reshape(1 << n, n)

    def find(v: Vector) -> Weights:
        g = int(gate_of[v[0]])
        weights = gate_weights(g, n)
        outputs = np.array(gate_bits("g", weights, n)) if family.outputs == "01" else 2 * np.array(gate_bits("g", weights, n)) - 1
        features = np.hstack([np.ones((1 << n, 1), dtype=np.int64), points])
        for i in gated:
            features[:, i + 1] *= outputs
        return {"s": unit_weights(features, v[0]), "g": weights}

    return find


def _shared(family: Family) -> Callable[[Vector], Weights]:
    n, gates = family.n, _gates(family.n)

    def find(v: Vector) -> Weights:
        for g in map(int, gates):
            products = gates & g if family.outputs == "01" else ~(gates ^ g) & full_table(n)
            places = [np.flatnonzero(products == t) for t in v]
            if all(p.size for p in places):
                return {f"f{i}": gate_weights(int(gates[p[0]]), n) for i, p in enumerate(places)} | {"g": gate_weights(g, n)}
        raise Rejected(f"no gate is shared by {v}")

    return find


FOUND: dict[str, Callable[[Family], Callable[[Vector], Weights]]] = {
    "threshold": _threshold,
    "output-gating": _products,
    "k-fold-gating": _products,
    "multiplexing": _multiplexed,
    "synaptic-gating": _synaptic,
    "activation-gating": _activation,
    "layered-2-1": _layered,
    "shared-gate": _shared,
}
