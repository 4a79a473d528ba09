"""Polynomials as coefficient arrays: a bilinear form in two short lists of features, compiled in a time that ignores their number.

Every monomial is split into a left and a right factor; a polynomial of degree 4 in 20 variables (6,196 monomials) becomes
u(x)^T C v(x) with 211 left and 211 right features, which costs one small matrix product for each block of points.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Factor = tuple[int, ...]  # variable indices, ascending, repeated for powers
Terms = tuple[tuple[Factor, Fraction], ...]
BLOCK_NUMBERS = 1 << 18  # features times points held at once: 2 MB in float64, which stays in cache
UNROLLED_TERMS = 64  # up to here one fused loop of scalar operations is faster than any matrix
DENSE_SLACK = 12  # a coefficient matrix may have this many entries for each monomial, since its product is fast


@dataclass(frozen=True)
class Features:
    """Products of variables in levels by degree: each is one of the level before (`parents`) times one variable (`last`)."""

    count: int
    levels: tuple[tuple[np.ndarray, np.ndarray], ...]

    @classmethod
    def of(cls, factors: Iterable[Factor]) -> tuple[Features, dict[Factor, int]]:
        """Return the features that contain these factors and all their prefixes, and the row of each."""
        closed = {factor[:k] for factor in factors for k in range(len(factor) + 1)} | {()}
        ordered = sorted(closed, key=lambda factor: (len(factor), factor))
        rows = {factor: row for row, factor in enumerate(ordered)}
        levels = []
        for degree in range(1, len(ordered[-1]) + 1):
            level = [factor for factor in ordered if len(factor) == degree]
            first = rows[next(factor for factor in ordered if len(factor) == degree - 1)]
            parents = np.array([rows[factor[:-1]] - first for factor in level], dtype=np.int32)
            levels.append((parents, np.array([factor[-1] for factor in level], dtype=np.int32)))
        return cls(len(ordered), tuple(levels)), rows

    def at(self, variables: jax.Array) -> jax.Array:
        """Return the features, shape (count, points), of variables of shape (variables, points)."""
        blocks = [jnp.ones((1, variables.shape[1]), variables.dtype)]
        for degree, (parents, last) in enumerate(self.levels, start=1):
            taken = variables if np.array_equal(last, np.arange(len(variables))) else variables[last]
            blocks.append(taken if degree == 1 else blocks[-1][parents] * taken)
        return jnp.concatenate(blocks)

    def rows(self, variables: jax.Array) -> list[jax.Array | None]:
        """Return the features one by one, None for the constant 1, so that the compiler can fuse them."""
        levels: list[list[jax.Array | None]] = [[None]]
        for parents, last in self.levels:
            before = [levels[-1][parent] for parent in parents]
            levels.append([variables[v] if f is None else f * variables[v] for f, v in zip(before, last, strict=True)])
        return [row for level in levels for row in level]


@dataclass(frozen=True)
class BilinearForm:
    """A polynomial as sum_ij C_ij u_i v_j: C a matrix where it is dense enough, else a list of (i, j, coefficient)."""

    left: Features
    right: Features
    pairs: tuple[np.ndarray, np.ndarray] | None  # None: the coefficients are a dense matrix
    coefficients: np.ndarray

    def at(self, variables: jax.Array, coefficients: jax.Array) -> jax.Array:
        """Return the values, shape (points,), of variables of shape (variables, points)."""
        if self.pairs is not None and len(self.coefficients) <= UNROLLED_TERMS:
            return self._unrolled(variables, coefficients)
        width = self.left.count + self.right.count + (len(self.coefficients) if self.pairs else 0)
        return _in_blocks(lambda block: self._block(block, coefficients), variables, max(256, BLOCK_NUMBERS // width))

    def _unrolled(self, variables: jax.Array, coefficients: jax.Array) -> jax.Array:
        assert self.pairs is not None
        left, right = self.left.rows(variables), self.right.rows(variables)
        total = jnp.zeros(variables.shape[1], variables.dtype)
        for k, (i, j) in enumerate(zip(*self.pairs, strict=True)):
            factors = [f for f in (left[i], right[j]) if f is not None]
            total = total + functools.reduce(jnp.multiply, factors, coefficients[k])
        return total

    def _block(self, variables: jax.Array, coefficients: jax.Array) -> jax.Array:
        left, right = self.left.at(variables), self.right.at(variables)
        if self.pairs is not None:
            return jnp.matmul(coefficients, left[self.pairs[0]] * right[self.pairs[1]], precision="highest")
        return (left * jnp.matmul(coefficients, right, precision="highest")).sum(axis=0, dtype=variables.dtype)


def _in_blocks(values: Callable[[jax.Array], jax.Array], variables: jax.Array, size: int) -> jax.Array:
    count = variables.shape[1]
    if count <= size:
        return values(variables)
    blocks = -(-count // size)
    padded = jnp.pad(variables, ((0, 0), (0, blocks * size - count))).reshape(-1, blocks, size)
    return jax.lax.map(values, padded.transpose(1, 0, 2)).reshape(-1)[:count]


def bilinear_form(terms: Terms, dtype: Any) -> BilinearForm:
    """Return the form of a polynomial with these (factor, coefficient) terms, coefficients rounded once to `dtype`.

    >>> form = bilinear_form((((), Fraction(-1)), ((0, 1), Fraction(2))), "float32")
    >>> float(form.at(jnp.array([[1.0], [3.0]]), form.coefficients)[0])
    5.0
    """
    half = (max(len(f) for f, _ in terms) + 1) // 2
    middle = (max((f[-1] for f, _ in terms if f), default=0) + 1) // 2
    splits = [[(f[:half], f[half:]) for f, _ in terms], [_by_variable(f, middle) for f, _ in terms]]
    lefts_rights = min(splits, key=lambda split: len({a for a, _ in split}) * len({b for _, b in split}))
    left, left_rows = Features.of(a for a, _ in lefts_rights)
    right, right_rows = Features.of(b for _, b in lefts_rights)
    rows = np.array([left_rows[a] for a, _ in lefts_rights], dtype=np.int32)
    columns = np.array([right_rows[b] for _, b in lefts_rights], dtype=np.int32)
    values = rounded([c for _, c in terms], dtype)
    if len(terms) <= UNROLLED_TERMS or left.count * right.count > DENSE_SLACK * len(terms) + 4096:
        return BilinearForm(left, right, (rows, columns), values)
    matrix = np.zeros((left.count, right.count), dtype=dtype)
    np.add.at(matrix, (rows, columns), values)
    return BilinearForm(left, right, None, matrix)


def rounded(values: Sequence[Fraction], dtype: Any) -> np.ndarray:
    """Return exact numbers as an array, each rounded once (to an integer type they must be integers)."""
    whole = np.dtype(dtype).kind == "i"
    return np.array([int(v) if whole else v.numerator / v.denominator for v in values], dtype=dtype)


def _by_variable(factor: Factor, middle: int) -> tuple[Factor, Factor]:
    return tuple(i for i in factor if i < middle), tuple(i for i in factor if i >= middle)
