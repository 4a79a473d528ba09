"""A member of a family by the integer weights of its units: the table, or the pair of tables, that they compute.

Weights of a gate act on the monomials of +-1 inputs in the order of `poly.monomials`: the constant, then x_0, x_1, ... A unit whose
inputs have a convention of their own (`inputs`) has its bias first, then one weight for each input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from workbench.domain import Cube, place, table_of
from workbench.errors import BadInput, Rejected
from workbench.families import Family
from workbench.poly import monomials

Weights = Mapping[str, tuple[int, ...]]
Bits = list[int]


def tables(family: Family, weights: Weights) -> tuple[int, ...]:
    """Return the table that units with these weights compute in a family, two for a shared gate.

    Raises Rejected where an activation is 0, and BadInput for units that the family does not have.

    >>> from workbench.families import output_gating
    >>> weights = {"f": (-1, 2, 0), "g": (1, 0, 2)}
    >>> [bin(t) for t in tables(output_gating(2), weights)]
    ['0b1000']
    >>> tables(output_gating(2), {"f": (-1, 2, 0), "g": (0, 1, 1)})
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the activation of g is 0, at point 1 = (1, -1)
    """
    if family.name not in COMPUTED:
        raise BadInput(f"the members of {family.name} are not written by weights: only those of {', '.join(COMPUTED)}")
    expected = units(family)
    if set(weights) != set(expected):
        raise BadInput(f"units {sorted(weights)} of {family.name}: give {', '.join(expected)}")
    for name, length in expected.items():
        if len(weights[name]) != length:
            raise BadInput(f"{len(weights[name])} weights for {name}: it has {length}")
    ordered = {name: weights[name] for name in expected}
    return tuple(table_of(bits) for bits in COMPUTED[family.name](family, ordered))


def units(family: Family) -> dict[str, int]:
    """Return the units of a member and how many weights each has."""
    n, gate = family.n, len(monomials(family.n, family.degree))
    shapes: dict[str, dict[str, int]] = {
        "threshold": {"f": gate},
        "output-gating": {"f": gate, "g": gate},
        "k-fold-gating": {f"f{i}": gate for i in range(family.units)},
        "multiplexing": {"s": n + 1, "a": 1, "g": gate},
        "synaptic-gating": {"s": n + 1, "g": gate},
        "activation-gating": {"s": n + 1, "g": gate},
        "layered-2-1": {"f": 3, "f0": gate, "f1": gate},
        "hidden-layer": {"f": 1 + family.units} | {f"f{i}": gate for i in range(family.units)},
        "shared-gate": {"f0": gate, "f1": gate, "g": gate},
    }
    return shapes[family.name]


def gate_bits(name: str, weights: Sequence[int], n: int, degree: int = 1) -> Bits:
    """Return the outputs, at points 0, 1, ..., 2^n - 1, of a gate with these weights; `name` is for the error where one is 0."""
    masks = monomials(n, degree)
    bits = []
    for k in range(1 << n):
        value = sum(-w if (mask & ~k).bit_count() & 1 else w for mask, w in zip(masks, weights, strict=True))
        bits.append(_fires(name, value, Cube(n), k))
    return bits


def _fires(name: str, value: int, cube: Cube, k: int) -> int:
    if value == 0:
        raise Rejected(f"the activation of {name} is 0", place=place(cube, k))
    return int(value > 0)


def _product(family: Family, factors: Sequence[Bits]) -> Bits:
    if family.outputs == "01":
        return [min(bits) for bits in zip(*factors, strict=True)]
    return [int(prod(2 * b - 1 for b in bits) > 0) for bits in zip(*factors, strict=True)]


def _threshold(family: Family, weights: Weights) -> list[Bits]:
    return [gate_bits("f", weights["f"], family.n, family.degree)]


def _products(family: Family, weights: Weights) -> list[Bits]:
    return [_product(family, [gate_bits(name, w, family.n, family.degree) for name, w in weights.items()])]


def _multiplexed(family: Family, weights: Weights) -> list[Bits]:
    gate, cube, (a,) = gate_bits("g", weights["g"], family.n), Cube(family.n), weights["a"]
    bias, *s = weights["s"]
    values = (bias + sum(w * x for w, x in zip(s, cube.point(k), strict=True)) + a * gate[k] for k in range(1 << family.n))
    return [[_fires("s + a g", value, cube, k) for k, value in enumerate(values)]]


def _gated_unit(family: Family, weights: Weights) -> list[Bits]:
    gate, cube = gate_bits("g", weights["g"], family.n), Cube(family.n, family.inputs)
    bias, *s = weights["s"]
    gated = {family.n - 1} if family.name == "synaptic-gating" else set(range(family.n))
    bits = []
    for k in range(1 << family.n):
        g = 1 if gate[k] else 0 if family.outputs == "01" else -1
        terms = (w * x * (g if i in gated else 1) for i, (w, x) in enumerate(zip(s, cube.point(k), strict=True)))
        bits.append(_fires("the gated unit", bias + sum(terms), cube, k))
    return [bits]


def _hidden(family: Family, weights: Weights) -> list[Bits]:
    layer = [gate_bits(name, w, family.n) for name, w in weights.items() if name != "f"]
    readout = gate_bits("f", weights["f"], len(layer))
    return [[readout[sum(bits[k] << i for i, bits in enumerate(layer))] for k in range(1 << family.n)]]


def _shared(family: Family, weights: Weights) -> list[Bits]:
    f0, f1, g = (gate_bits(name, weights[name], family.n) for name in ("f0", "f1", "g"))
    return [_product(family, [f0, g]), _product(family, [f1, g])]


COMPUTED: dict[str, Callable[[Family, Weights], list[Bits]]] = {
    "threshold": _threshold,
    "output-gating": _products,
    "k-fold-gating": _products,
    "multiplexing": _multiplexed,
    "synaptic-gating": _gated_unit,
    "activation-gating": _gated_unit,
    "layered-2-1": _hidden,
    "hidden-layer": _hidden,
    "shared-gate": _shared,
}
