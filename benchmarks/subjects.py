"""What is lowered, by name: `polynomial-20-4-dense`, `cube-24`, `elementary-5000`, `network-512`; seeds are fixed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, combinations
from typing import Any

import numpy as np
import sympy

from workbench import Cube, Multilinear, Network, affine, inputs, output

SIZES = ((8, 2), (10, 3), (12, 4), (16, 4), (20, 4), (24, 3))
CUBES = (16, 18, 20, 22, 24)
BATCHES = (1, 1 << 10, 1 << 16)
SPARSE = 10  # one monomial in so many
LAYERS = 6
LETTER = "v"  # SymEngine names common subexpressions x0, x1, ... and takes inputs of these names for them: wrong values
GRID = 1 << 12  # weights of a network are multiples of 1/4096, so that float64 holds them exactly

Layer = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # weights (inputs, units), biases, both again for the gates


@dataclass(frozen=True)
class Subject:
    """One thing to lower: the object in hand (`source`), the SymPy expression that peers start from, and its size in words."""

    name: str
    source: Any
    size: str
    symbols: tuple[sympy.Symbol, ...] = ()
    expr: sympy.Expr | None = None
    layers: tuple[Layer, ...] = ()

    @property
    def kind(self) -> str:
        """One of polynomial, cube, elementary and network."""
        return kind_of(self.name)

    def points(self, batch: int) -> np.ndarray | None:
        """Return float64 points of shape (batch, inputs), coordinates +-1 for a polynomial, normal otherwise; None for a cube."""
        rng = np.random.default_rng(len(self.symbols))
        shape = (batch, len(self.symbols))
        if self.kind == "cube":
            return None
        return rng.choice([-1.0, 1.0], shape) if self.kind == "polynomial" else rng.standard_normal(shape)


def kind_of(name: str) -> str:
    """Return the first word of a subject's name."""
    return name.partition("-")[0]


def batches(name: str) -> tuple[int, ...]:
    """Return how many points the subject of this name is run at, from the fewest: a cube at all of its own."""
    kind, first = name.split("-")[:2]
    return (1 << int(first),) if kind == "cube" else BATCHES[:2] if kind == "network" else BATCHES


def subject(name: str) -> Subject:
    """Return the subject of this name.

    >>> subject("polynomial-8-2-dense").size, subject("elementary-50").size
    ('37 monomials of degree up to 2 in 8 variables', '50 nodes in 4 variables')
    >>> subject("cuboid-3")
    Traceback (most recent call last):
        ...
    ValueError: 'cuboid-3' is not of the form polynomial-N-DEGREE-(dense|sparse), cube-N, elementary-NODES or network-WIDTH
    """
    match name.split("-"):
        case ["polynomial", n, degree, ("dense" | "sparse") as density]:
            return _polynomial(name, int(n), int(degree), 1 if density == "dense" else SPARSE)
        case ["cube", n]:
            return replace(_polynomial(name, int(n), min(3, int(n)), 1), expr=None)
        case ["elementary", nodes]:
            return _elementary(name, int(nodes))
        case ["network", width]:
            return _network(name, int(width))
    forms = "polynomial-N-DEGREE-(dense|sparse), cube-N, elementary-NODES or network-WIDTH"
    raise ValueError(f"{name!r} is not of the form {forms}")


def _polynomial(name: str, n: int, degree: int, one_in: int) -> Subject:
    rng = random.Random(n)
    masks = [sum(1 << i for i in chosen) for k in range(degree + 1) for chosen in combinations(range(n), k)]
    kept = rng.sample(masks, -(-len(masks) // one_in))
    poly = Multilinear.from_terms({mask: rng.choice([-3, -2, -1, 1, 2, 3]) for mask in kept}, Cube(n))
    size = f"{len(kept):,} monomials of degree up to {degree} in {n} variables"
    symbols = inputs(n, LETTER)
    return Subject(name, poly, size, symbols, poly.as_expr(symbols))


# Each function with the nodes that it adds. Arguments of exp are bounded, so that nothing overflows, and no function undoes
# another, so that SymPy keeps every node.
FUNCTIONS: tuple[tuple[int, Callable[[sympy.Expr], sympy.Expr]], ...] = (
    (1, sympy.sin),
    (1, sympy.cos),
    (1, sympy.tanh),
    (5, lambda u: sympy.log(1 + sympy.exp(sympy.sin(u)))),
    (5, lambda u: sympy.sqrt(2 + sympy.sin(u))),
    (6, lambda u: 1 / (1 + sympy.exp(sympy.cos(u)))),
)
TREE_NODES = 50  # a larger expression is a sum of trees: SymPy's printers take a time exponential in the depth of a tree


def _elementary(name: str, nodes: int) -> Subject:
    rng, symbols = random.Random(nodes), inputs(4, LETTER)
    full, rest = divmod(nodes - 1, TREE_NODES)
    sizes = [nodes] if full < 2 else [TREE_NODES] * full + [rest] * (rest > 0)
    expr = sympy.Add(*(_tree(rng, size, symbols, inner=len(sizes) > 1) for size in sizes))
    return Subject(name, expr, f"{nodes:,} nodes in {len(symbols)} variables", symbols, expr)


def _tree(rng: random.Random, nodes: int, symbols: tuple[sympy.Symbol, ...], *, inner: bool) -> sympy.Expr:
    """Return a random expression of so many nodes; an `inner` one is no sum or product, which its parent would absorb."""
    if nodes == 1:
        return rng.choice(symbols)
    if inner or nodes < 4:
        cost, function = rng.choice([f for f in FUNCTIONS if f[0] < nodes])
        return function(_tree(rng, nodes - cost, symbols, inner=False))
    size = rng.randrange(nodes // 3, nodes - nodes // 3)
    left = right = _tree(rng, size, symbols, inner=True)
    while right == left:
        right = _tree(rng, nodes - 1 - size, symbols, inner=True)
    return left + right if rng.random() < 0.5 else left * right


def _network(name: str, width: int) -> Subject:
    """Six layers of relu units, each output multiplied by a logistic gate of its own that reads the same layer."""
    rng = np.random.default_rng(width)
    layers = tuple(
        (_grid(rng, width, width), _grid(rng, width), _grid(rng, width, width), _grid(rng, width)) for _ in range(LAYERS)
    )
    before = names = [f"x{i}" for i in range(width)]
    units = []
    for k, (weights, biases, gate_weights, gate_biases) in enumerate(layers):
        after = [f"h{k}_{i}" for i in range(width)]
        for i, unit in enumerate(after):
            gate = f"g{k}_{i}"
            units.append(affine(gate, _synapses(before, gate_weights[:, i]), Fraction(gate_biases[i]), transfer="logistic"))
            gated = affine(unit, _synapses(before, weights[:, i]), Fraction(biases[i]), transfer="relu")
            units.append(replace(gated, output_gates=(output(gate),)))
        before = after
    size = f"{LAYERS} layers of {width} gated units, {2 * LAYERS * width * width:,} synapses"
    network = Network.of(names, units, before)
    return Subject(name, network, size, network.symbols, layers=layers)


def _grid(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.round(GRID * rng.standard_normal(shape) / np.sqrt(shape[0])) / GRID


def _synapses(sources: list[str], weights: np.ndarray) -> dict[str, Fraction]:
    return {source: Fraction(weight) for source, weight in zip(sources, weights, strict=True)}


FULL = tuple(
    chain(
        (f"polynomial-{n}-{degree}-{density}" for n, degree in SIZES for density in ("dense", "sparse")),
        ("polynomial-24-4-dense", "elementary-50", "elementary-5000", "network-512"),
        (f"cube-{n}" for n in CUBES),
    )
)
QUICK = ("polynomial-8-2-dense", "polynomial-12-4-dense", "elementary-50", "network-32", "cube-16")
