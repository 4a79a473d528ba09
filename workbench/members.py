"""A member of a family by the integer weights of its units: the table, or the pair of tables, that they compute.

Weights of a gate act on the monomials of +-1 inputs in the order of `poly.monomials`: the constant, then x_0, x_1, ... A unit whose
inputs have a convention of their own (`inputs`) has its bias first, then one weight for each input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from operator import mul

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
    expected = units(family)
    if set(weights) != set(expected):
        raise BadInput(f"units {sorted(weights)} of {family.name}: give {', '.join(expected)}")
    for name, length in expected.items():
        if len(weights[name]) != length:
            raise BadInput(f"{len(weights[name])} weights for {name}: it has {length}")
    ordered = {name: weights[name] for name in expected}
    return tuple(table_of(bits) for bits in COMPUTED[family.name](family, ordered))


def table_inputs(family: Family) -> int:
    """Return the number of inputs of a member's table: a gate on inputs of its own has them after the others."""
    return family.n + (family.gate_inputs if family.name.startswith("disjoint") else 0)


def units(family: Family) -> dict[str, int]:
    """Return the units of a member and how many weights each has; `synapse` is the number of the input whose synapse is gated."""
    n, gate, few = family.n, len(monomials(family.n, family.degree)), family.gate_inputs + 1
    shapes: dict[str, dict[str, int]] = {
        "threshold": {"f": gate},
        "output-gating": {"f": gate, "g": gate},
        "partial-output-gating": {"f": gate, "g": few},
        "disjoint-output-gating": {"f": gate, "g": few},
        "k-fold-gating": {f"f{i}": gate for i in range(family.units)},
        "multiplexing": {"s": n + 1, "a": 1, "g": gate},
        "disjoint-multiplexing": {"s": n + 1, "a": 1, "g": few},
        "attending-layer": {"s": n + 1, "a": family.units} | {f"g{i}": gate for i in range(family.units)},
        "synaptic-gating": {"s": n + 1, "g": gate},
        "any-synaptic-gating": {"s": n + 1, "synapse": 1, "g": gate},
        "additive-synaptic-gating": {"s": n + 1, "a": 1, "g": gate},
        "linear-synaptic-gating": {"s": n, "v": n + 1},
        "activation-gating": {"s": n + 1, "g": gate},
        "layered-2-1": {"f": 3, "f0": gate, "f1": gate},
        "any-two-gates": {"f": 4, "f0": gate, "f1": gate},
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


def _mixed(family: Family, weights: Weights) -> list[Bits]:
    """The product of two gates that read the first inputs, or the first and the others."""
    f, g = gate_bits("f", weights["f"], family.n), gate_bits("g", weights["g"], family.gate_inputs)
    shift = family.n if family.name.startswith("disjoint") else 0
    points = range(1 << table_inputs(family))
    return [_product(family, [[f[k % len(f)] for k in points], [g[(k >> shift) % len(g)] for k in points]])]


def _attended(family: Family, weights: Weights) -> list[Bits]:
    """A unit of the first n inputs that gates are added to, each with a weight."""
    own = family.name.startswith("disjoint")
    read, shift = (family.gate_inputs, family.n) if own else (family.n, 0)
    gates = [gate_bits(name, w, read) for name, w in weights.items() if name not in ("s", "a")]
    (bias, *s), cube = weights["s"], Cube(table_inputs(family))
    values = (
        bias
        + sum(w * x for w, x in zip(s, cube.point(k), strict=False))
        + sum(a * g[(k >> shift) % len(g)] for a, g in zip(weights["a"], gates, strict=True))
        for k in range(cube.size)
    )
    return [[_fires("s + a g", value, cube, k) for k, value in enumerate(values)]]


def _gated_unit(family: Family, weights: Weights) -> list[Bits]:
    gate, cube = gate_bits("g", weights["g"], family.n), Cube(family.n, family.inputs)
    bias, *s = weights["s"]
    gated = set(range(family.n)) if family.name == "activation-gating" else set(weights.get("synapse", (family.n - 1,)))
    if not gated <= set(range(family.n)):
        raise BadInput(f"synapse {min(gated)} is not from 0 to {family.n - 1}")
    bits = []
    for k in range(1 << family.n):
        g = 1 if gate[k] else 0 if family.outputs == "01" else -1
        terms = (w * x * (g if i in gated else 1) for i, (w, x) in enumerate(zip(s, cube.point(k), strict=True)))
        bits.append(_fires("the gated unit", bias + sum(terms), cube, k))
    return [bits]


def _beside_synapse(family: Family, weights: Weights) -> list[Bits]:
    gate, cube = gate_bits("g", weights["g"], family.n), Cube(family.n, family.inputs)
    (bias, *w), (a,) = weights["s"], weights["a"]
    points = enumerate(cube.points())
    return [[_fires("s + a g x", bias + sum(map(mul, w, x)) + a * gate[k] * x[-1], cube, k) for k, x in points]]


def _linear(family: Family, weights: Weights) -> list[Bits]:
    cube, (bias, *w), (c, *v) = Cube(family.n), weights["s"], weights["v"]
    points = enumerate(cube.points())
    return [[_fires("s + v x", bias + sum(map(mul, w, x)) + (c + sum(map(mul, v, x))) * x[-1], cube, k) for k, x in points]]


def _hidden(family: Family, weights: Weights) -> list[Bits]:
    layer = [gate_bits(name, w, family.n) for name, w in weights.items() if name != "f"]
    readout = gate_bits("f", weights["f"], len(layer), 2 if family.name == "any-two-gates" else 1)
    return [[readout[sum(bits[k] << i for i, bits in enumerate(layer))] for k in range(1 << family.n)]]


def _shared(family: Family, weights: Weights) -> list[Bits]:
    f0, f1, g = (gate_bits(name, weights[name], family.n) for name in ("f0", "f1", "g"))
    return [_product(family, [f0, g]), _product(family, [f1, g])]


COMPUTED: dict[str, Callable[[Family, Weights], list[Bits]]] = {
    "threshold": _threshold,
    "output-gating": _products,
    "k-fold-gating": _products,
    "partial-output-gating": _mixed,
    "disjoint-output-gating": _mixed,
    "multiplexing": _attended,
    "disjoint-multiplexing": _attended,
    "attending-layer": _attended,
    "synaptic-gating": _gated_unit,
    "any-synaptic-gating": _gated_unit,
    "additive-synaptic-gating": _beside_synapse,
    "linear-synaptic-gating": _linear,
    "activation-gating": _gated_unit,
    "layered-2-1": _hidden,
    "any-two-gates": _hidden,
    "hidden-layer": _hidden,
    "shared-gate": _shared,
}
