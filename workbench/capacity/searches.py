"""Searches for the weights of a member of a family that computes given tables: through all gates, family by family.

A search that finds none has tried every gate with every function that the other units can have; its lists of both are those of the
counts. The weights that a search finds are small integers, not the smallest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np

from workbench.capacity.blocks import GATED, Block, features, gate_weights, outputs, rows, unit_weights
from workbench.capacity.faces import Faces, restrictions
from workbench.capacity.pair_tables import members, output_gating, products
from workbench.capacity.threshold_lists import threshold_list
from workbench.class_count import MIRRORED
from workbench.classes import full_table
from workbench.families import Family
from workbench.members import Weights, table_inputs, units
from workbench.threshold import BooleanFunction

Vector = tuple[int, ...]
AND, NAND = (-1, 1, 1), (1, -1, -1)
LARGE = 10  # inputs up to which threshold functions are recognised


def beyond(family: Family) -> str | None:
    """Return why a family is not searched whole, None if it is."""
    limit = 4 if family.name in ("k-fold-gating", "hidden-layer", "attending-layer") or family.degree > 1 else 5
    limit = 4 if (family.name, family.inputs, family.outputs) == MIRRORED else limit
    limit = LARGE if family.name in ("threshold", "linear-synaptic-gating") else limit
    if (size := table_inputs(family)) > limit:
        return f"{size} inputs > {limit}: {family.name} is not searched beyond"
    most = {"hidden-layer": 3, "attending-layer": 2}.get(family.name)
    if most is not None and family.units > most:
        return f"{most} units do not suffice, and {family.units} are not searched"
    return None


def searched(family: Family, vector: Vector) -> Weights | None:
    """Return the weights of a member that computes the tables, None if the search finds none or does not reach.

    >>> dict(searched(Family("output-gating", 2), (0b1000,)))
    {'f': (-1, 1, 1), 'g': (-1, 1, 1)}
    """
    if beyond(family) is not None and family.name not in ("hidden-layer", "attending-layer"):
        return None
    if table_inputs(family) > (4 if family.name in ("hidden-layer", "attending-layer") else 5):
        return None
    if family.name in GATED:
        return _by_choice(family, vector[0])
    return SEARCHES[family.name](family, vector)


def _by_choice(family: Family, table: int) -> Weights | None:
    found = Block.of(family).choice(table)
    if found is None:
        return None
    row = rows(family, *(np.array([t], np.uint64) for t in (table, *found)))[0].tolist()
    return named(family, row)


def named(family: Family, row: Sequence[int]) -> Weights:
    """Return the weights of each unit of a member from all of them in order."""
    weights, start = {}, 0
    for unit, length in units(family).items():
        weights[unit] = tuple(row[start : start + length])
        start += length
    return weights


def _gate(table: int, n: int) -> Vector:
    return tuple(gate_weights(np.array([table]), n)[0].tolist())


def _any_synaptic(family: Family, vector: Vector) -> Weights | None:
    n, fixed = family.n, Family("synaptic-gating", family.n, inputs=family.inputs, outputs=family.outputs)
    for i in range(n):
        order = list(range(n))
        order[i], order[-1] = order[-1], i
        moved = BooleanFunction(n, vector[0])
        points = [sum((k >> order[b] & 1) << b for b in range(n)) for k in range(1 << n)]
        table = sum(bit << points[k] for k, bit in enumerate(moved.bits))
        if found := _by_choice(fixed, table):
            s, g = (tuple(w[1 + order[b]] for b in range(n)) for w in (found["s"], found["g"]))
            return {"s": (found["s"][0], *s), "synapse": (i,), "g": (found["g"][0], *g)}
    return None


@cache
def _products(n: int, k: int, outputs: str) -> np.ndarray:
    return products(n, k, outputs=outputs)


def _factors(table: int, n: int, k: int, outputs: str) -> list[int] | None:
    """Return at most k threshold functions with this product, None if there are none."""
    for few in range(1, k + 1):
        found = _products(n, few, outputs)
        if found[table]:
            return list(_split(table, n, few, outputs))
        if few > 1 and (found == _products(n, few - 1, outputs)).all():
            break
    return None


def _split(table: int, n: int, k: int, outputs: str) -> Iterator[int]:
    while k > 1:
        k -= 1
        rest = members(_products(n, k, outputs), n)
        choice = Block(Faces.of_products(rest, n, outputs=outputs), threshold_list(n)).choice(table)
        assert choice is not None
        gate, table = choice
        yield gate
    yield table


def _k_fold(family: Family, vector: Vector) -> Weights | None:
    found = _factors(vector[0], family.n, family.units, family.outputs)
    if found is None:
        return None
    filled = [*found, *[full_table(family.n)] * (family.units - len(found))]
    return {f"f{i}": _gate(t, family.n) for i, t in enumerate(filled)}


def _pair(table: int, n: int, outputs: str) -> tuple[Vector, Vector] | None:
    found = Block.of(Family("output-gating", n, outputs=outputs)).choice(table)
    return None if found is None else (_gate(found[1], n), _gate(found[0], n))


def _layered(family: Family, vector: Vector) -> Weights | None:
    n, (table,) = family.n, vector
    for readout, h in ((AND, table), (NAND, table ^ full_table(n))):
        if pair := _pair(h, n, "01"):
            return {"f": readout, "f0": pair[0], "f1": pair[1]}
    return None


def _any_two(family: Family, vector: Vector) -> Weights | None:
    if found := _layered(family, vector):
        return {**found, "f": (*found["f"], 0)}
    pair = _pair(vector[0], family.n, "pm1")
    return {"f": (0, 0, 0, 1), "f0": pair[0], "f1": pair[1]} if pair else None


def _hidden(family: Family, vector: Vector) -> Weights | None:
    n, (table,) = family.n, vector
    for sign, h in ((1, table), (-1, table ^ full_table(n))):
        for few, search in enumerate((_one_hidden, _two_hidden, _three_hidden)[: family.units], 1):
            if found := search(h, n):
                readout, gates = found
                spare = family.units - few
                filled = [*gates, *[full_table(n)] * spare]
                weights = (*(sign * w for w in readout), *[0] * spare)
                return {"f": weights} | {f"f{i}": _gate(t, n) for i, t in enumerate(filled)}
    return None


Layer = tuple[Vector, tuple[int, ...]]  # the weights of the readout, and the tables of the hidden units


def _one_hidden(h: int, n: int) -> Layer | None:
    return ((0, 1), (h,)) if h in threshold_list(n) else None


def _two_hidden(h: int, n: int) -> Layer | None:
    found = Block.of(Family("output-gating", n)).choice(h)
    return (AND, found) if found else None


def _three_hidden(h: int, n: int) -> Layer | None:
    """Return h as a AND b AND c, as a AND (b OR c) or as the majority of a, b, c."""
    functions, full = threshold_list(n), full_table(n)
    if (factors := _factors(h, n, 3, "01")) is not None:
        return (-2, 1, 1, 1), tuple(factors)
    either = members(output_gating(n, outputs="01")[::-1], n)
    if found := Block(Faces.of_products(either, n, outputs="01"), functions).choice(h):
        a, b_or_c = found
        pair = Block.of(Family("output-gating", n)).choice(b_or_c ^ full)
        assert pair is not None
        return (-1, 2, 1, 1), (a, pair[0] ^ full, pair[1] ^ full)
    for a in functions:
        if found := Block(Faces(n, a | functions, a & functions), functions).choice(h):
            c, a_or_b = found
            for b in functions[(a | functions) == a_or_b]:
                if (a & b | c & (a | b)) == h:
                    return (0, 1, 1, 1), (int(a), int(b), c)
    return None


def _attending(family: Family, vector: Vector) -> Weights | None:
    n, m, (table,) = family.n, family.units, vector
    one = _by_choice(Family("multiplexing", n), table)
    if one:
        return {"s": one["s"], "a": (*one["a"], *[0] * (m - 1))} | {f"g{i}": one["g"] for i in range(m)}
    if m == 1:
        return None
    above, gates = restrictions(threshold_list(n + 2), n, 4), threshold_list(n)
    for first in gates:
        low, high = (zero ^ (first & (zero ^ other)) for zero, other in (above[:2], above[2:]))
        if found := Block(Faces.of(n, high, low), gates).choice(table):
            chosen = outputs(np.array([[first, found[0]]]), n)
            row = unit_weights(np.array([table]), features(family, chosen))[0].tolist()
            filled = [int(first), found[0], *[full_table(n)] * (m - 2)]
            a = (*row[n + 1 :], *[0] * (m - 2))
            return {"s": tuple(row[: n + 1]), "a": a} | {f"g{i}": _gate(t, n) for i, t in enumerate(filled)}
    return None


def _shared(family: Family, vector: Vector) -> Weights | None:
    n, gates = family.n, threshold_list(family.n)
    for g in gates:
        faces = Faces.of_products(gates, n, outputs=family.outputs)
        (found,) = faces.gated(np.array([g]))
        if all((found == t).any() for t in vector):
            chosen = [int(gates[(found == t).argmax()]) for t in vector]
            return {f"f{i}": _gate(t, n) for i, t in enumerate(chosen)} | {"g": _gate(int(g), n)}
    return None


SEARCHES: dict[str, Callable[[Family, Vector], Weights | None]] = {
    "any-synaptic-gating": _any_synaptic,
    "k-fold-gating": _k_fold,
    "layered-2-1": _layered,
    "any-two-gates": _any_two,
    "hidden-layer": _hidden,
    "attending-layer": _attending,
    "shared-gate": _shared,
}
