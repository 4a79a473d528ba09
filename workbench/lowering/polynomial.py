"""Polynomials by a scheme that fits their shape: a nested Horner form when short, products of features through a matrix when long.

A long polynomial is split term by term into a left and a right factor, so that 6,196 monomials of degree 4 in 20 variables become
u(x)^T C v(x) with about 200 features on each side: one small matrix product for each block of points, compiled in a time that
ignores their number.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

Factor = tuple[int, ...]  # variable indices, ascending, repeated for powers
Terms = tuple[tuple[Factor, Fraction], ...]
Split = list[tuple[Factor, Factor]]
HORNER_TERMS = 1024  # its code grows with the terms: these compile in a fraction of a second, and no other scheme runs as fast
BLOCK_NUMBERS = 1 << 18  # features times points held at once: 2 MB in float64, which stays in cache
GROUPS = (4, 6, 8)  # variables in one group when long products share parts
SQUARE = 0.8  # a matrix with at least this share of the columns of a square one is filled up: its rows and columns share one array
PRODUCT_COST = 35  # forming one factor of a feature costs about as much as so many entries of a matrix product


class Scheme(Protocol):
    """A way to evaluate one polynomial; its arrays are arguments of the compiled function, never literals in it."""

    @property
    def coefficients(self) -> np.ndarray | None:
        """The coefficient array, None where the coefficients are part of the code."""

    @property
    def flops(self) -> int:
        """Additions and multiplications for each point."""

    @property
    def numbers(self) -> int:
        """Numbers held at once: coefficients, and the features of one block of points."""

    @property
    def cost(self) -> int:
        """The work for each point, in entries of a matrix product."""

    def at(self, points: jax.Array, coefficients: Any) -> jax.Array:
        """Return the values, shape (points,), at points of shape (points, variables)."""


@dataclass(frozen=True)
class Horner:
    """A polynomial nested in its densest variables, f = x_v g + r with x_v the variable of most terms: one fused loop.

    >>> print(Horner((((), Fraction(-1)), ((0,), Fraction(3)), ((0, 1), Fraction(2))), "float32"))
    Horner form of 3 terms
    """

    terms: Terms
    dtype: str
    coefficients = None

    @property
    def flops(self) -> int:
        """One multiplication and one addition for each term."""
        return 2 * len(self.terms)

    @property
    def cost(self) -> int:
        """The work for each point, in entries of a matrix product."""
        return len(self.terms)

    @property
    def numbers(self) -> int:
        """The literals in the code."""
        return len(self.terms)

    def __str__(self) -> str:
        return f"Horner form of {len(self.terms)} terms"

    def at(self, points: jax.Array, coefficients: Any) -> jax.Array:
        """Return the values, shape (points,), at points of shape (points, variables)."""
        values = rounded([c for _, c in self.terms], self.dtype)
        variables = {v: points[:, v] for v in {v for factor, _ in self.terms for v in factor}}
        value = nested([(f, c) for (f, _), c in zip(self.terms, values, strict=True)], variables)
        return jnp.broadcast_to(value, points.shape[:1])


def nested(terms: Sequence[tuple[Factor, Any]], variables: Mapping[int, Any]) -> Any:
    """Return the value of a non-empty sum of (factor, coefficient) terms in Horner form.

    >>> nested([((), 5), ((0, 0), 2), ((0, 1), 3)], {0: 10, 1: 100})
    3205
    """
    total: Any = None
    rest = list(terms)
    while rest:
        counts = Counter(v for factor, _ in rest for v in set(factor))
        if not counts:
            constant = sum(c for _, c in rest)
            return constant if total is None else total + constant
        densest = max(counts, key=lambda v: (counts[v], -v))
        inner = nested([(_without(f, densest), c) for f, c in rest if densest in f], variables)
        term = variables[densest] * inner
        total = term if total is None else total + term
        rest = [(f, c) for f, c in rest if densest not in f]
    return total


def _without(factor: Factor, variable: int) -> Factor:
    place = factor.index(variable)
    return factor[:place] + factor[place + 1 :]


@dataclass(frozen=True)
class Features:
    """A polynomial as sum_ij C_ij u_i v_j, where the features z are products of variables and u and v are parts of z.

    Each stage (depth, features) holds the factors of its products, counted from 1 (0 stands for the factor 1): the first stage
    multiplies variables, a second one the products of the first, so that monomials share what they have in common. Where u is v,
    one more feature is formed and cut off: after a cut XLA forms the features once, from rows that lie in memory one by one.
    """

    stages: tuple[np.ndarray, ...]
    left: int
    coefficients: np.ndarray

    @classmethod
    def of(cls, terms: Terms, dtype: str) -> Features:
        """Return the cheapest of the splits of these terms: in the middle of their degree or of the variables, or none."""
        degree = max(len(f) for f, _ in terms)
        count = max((f[-1] for f, _ in terms if f), default=-1) + 1
        splits: list[Split] = [[(f[:k], f[k:]) for f, _ in terms] for k in sorted({(degree + 1) // 2, max(degree, 1)})]
        splits.append([_by_variable(f, (count + 1) // 2) for f, _ in terms])
        best = _cheapest(splits)
        ordered, left, rows = _arranged(best)
        columns = {factor: k for k, factor in enumerate(ordered[: len({b for _, b in best})])}
        square = left == 0 and len(columns) >= SQUARE * len(ordered)
        matrix = np.zeros((len(ordered) - left, len(ordered) if square else len(columns)), dtype=dtype)
        where = ([rows[a] - left for a, _ in best], [columns[b] for _, b in best])
        np.add.at(matrix, where, rounded([c for _, c in terms], dtype))
        return cls(_stages([*ordered, ()] if square else ordered), left, matrix)

    @property
    def flops(self) -> int:
        """The products that make the features, the matrix product, and the sum over its rows."""
        products = sum((depth - 1) * count for depth, count in (stage.shape for stage in self.stages))
        return int(products + 2 * self.coefficients.size + 2 * len(self.coefficients))

    @property
    def numbers(self) -> int:
        """The matrix, and features and matrix product of one block."""
        return self.coefficients.size + self.block * (self._width + len(self.coefficients))

    def __str__(self) -> str:
        rows, columns = self.coefficients.shape
        return f"matrix of {rows} x {columns} features" if columns > 1 else f"products of {rows} monomials"

    @property
    def cost(self) -> int:
        """The work for each point, in entries of a matrix product."""
        return int(self.coefficients.size + PRODUCT_COST * sum(stage.size for stage in self.stages))

    @property
    def _width(self) -> int:
        return sum(stage.shape[1] for stage in self.stages)

    @property
    def block(self) -> int:
        """How many points are evaluated at once, a power of two."""
        return 1 << max(8, int(math.log2(BLOCK_NUMBERS / self._width)))

    def at(self, points: jax.Array, coefficients: Any) -> jax.Array:
        """Return the values, shape (points,), at points of shape (points, variables)."""
        return in_blocks(lambda block: self._block(block, coefficients), points, self.block)

    def _block(self, points: jax.Array, coefficients: jax.Array) -> jax.Array:
        features, one = points.T, jnp.ones((1, len(points)), points.dtype)
        for stage in self.stages:
            rows = jnp.concatenate([one, features])
            features = rows[stage].prod(axis=0, dtype=points.dtype)
        count, columns = coefficients.shape
        left, right = features[self.left : self.left + count], features[:columns]
        if columns == 1:
            return jnp.matmul(coefficients[:, 0], left, precision="highest")
        return (left * jnp.matmul(coefficients, right, precision="highest")).sum(axis=0, dtype=points.dtype)


def _by_variable(factor: Factor, middle: int) -> tuple[Factor, Factor]:
    place = bisect_left(factor, middle)
    return factor[place:], factor[:place]


def _cheapest(splits: Iterable[Split]) -> Split:
    best: tuple[float, Split] = (math.inf, [])
    for split in splits:
        features, left, _ = _arranged(split)
        least = (len(features) - left) * len({b for _, b in split}) + PRODUCT_COST * len(features)  # were each one product
        if least < best[0]:
            cost = least + PRODUCT_COST * (sum(stage.size for stage in _stages(features)) - len(features))
            best = min(best, (cost, split), key=lambda found: found[0])
    return best[1]


def _stages(features: Sequence[Factor]) -> tuple[np.ndarray, ...]:
    """Return the cheapest way to form these products: at once, or from products within groups of neighbouring variables."""
    direct = (_padded([tuple(v + 1 for v in f) for f in features]),)
    ways = [direct, *(_in_groups(features, size) for size in GROUPS)] if len(direct[0]) > 3 else [direct]
    return min(ways, key=lambda stages: sum(stage.size for stage in stages))


def _in_groups(features: Sequence[Factor], size: int) -> tuple[np.ndarray, ...]:
    parts = [tuple(tuple(g) for _, g in itertools.groupby(f, key=lambda v: v // size)) for f in features]
    shared = _sorted({part for group in parts for part in group})
    place = {part: k for k, part in enumerate(shared, start=1)}
    return _padded([tuple(v + 1 for v in f) for f in shared]), _padded([tuple(place[p] for p in group) for group in parts])


def _arranged(split: Split) -> tuple[list[Factor], int, dict[Factor, int]]:
    """Return the features, right factors first, where the left ones begin, and the place of each left factor."""
    lefts, rights = {a for a, _ in split}, {b for _, b in split}
    apart = lefts & rights <= {()}  # then the left factors stand alone, with a constant of their own
    features = _sorted(rights) + _sorted(lefts if apart else lefts - rights)
    left = len(rights) if apart else 0
    return features, left, {factor: left + k for k, factor in enumerate(features[left:])}


def _sorted(factors: Iterable[Factor]) -> list[Factor]:
    return sorted(factors, key=lambda factor: (len(factor), factor))


def _padded(products: Sequence[tuple[int, ...]]) -> np.ndarray:
    depth = max(1, *(len(p) for p in products))
    return np.array([p + (0,) * (depth - len(p)) for p in products], dtype=np.int32).T


def in_blocks(values: Callable[[jax.Array], jax.Array], points: jax.Array, size: int) -> jax.Array:
    """Return values(points), computed for `size` points at a time; points run along the first axis.

    >>> in_blocks(lambda p: 2 * p, jnp.arange(5), 2).tolist()
    [0, 2, 4, 6, 8]
    """
    count = len(points)
    if count <= size:
        return values(points)
    padded = jnp.pad(points, [(0, -count % size), *[(0, 0)] * (points.ndim - 1)]) if count % size else points
    return jax.lax.map(values, padded.reshape(-1, size, *points.shape[1:])).reshape(-1)[:count]


def scheme_of(terms: Terms, dtype: str) -> Scheme:
    """Return the scheme for a polynomial with these (factor, coefficient) terms, coefficients rounded once to `dtype`.

    >>> form = scheme_of((((), Fraction(-1)), ((0, 1), Fraction(2))), "float32")
    >>> float(form.at(jnp.array([[1.0, 3.0]]), form.coefficients)[0])
    5.0
    """
    return Horner(terms, dtype) if len(terms) <= HORNER_TERMS else Features.of(terms, dtype)


def rounded(values: Sequence[Fraction], dtype: Any) -> np.ndarray:
    """Return exact numbers as an array, each rounded once (to an integer type they must be integers)."""
    kind = np.dtype(dtype)
    if kind.kind == "i":
        return np.array([int(v) for v in values], dtype=dtype)
    return np.array([_nearest(v) if kind.itemsize == 4 else v.numerator / v.denominator for v in values], dtype=dtype)


def _nearest(value: Fraction) -> float:
    """Return the float32 number nearest to a rational: to round to float64 first may end in a tie that is none."""
    double = value.numerator / value.denominator
    n, d = double.as_integer_ratio()
    rest = value.numerator * d - n * value.denominator
    if rest == 0:
        return double
    both = {float(np.float32(double)), float(np.float32(math.nextafter(double, math.copysign(math.inf, rest))))}
    return min(both, key=lambda number: abs(Fraction(number) - value))
