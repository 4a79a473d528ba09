"""The simplex method on many separation problems in step, in float64: it proposes weights or multiplicities, and decides nothing.

For each function f the problem is: minimise the sum of artificial variables of {y >= 0, sum_x y_x f(x) m(x) = 0 for all m,
sum_x y_x = 1}, m the monomials. A minimum of zero proposes multiplicities, a positive one weights, from the dual. The zeros on the
right are moved by small positive amounts, without which the method could cycle. `verification` judges the proposals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import gcd
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flint import fmpz_mat

from workbench.capacity.verification import cancelled, represented
from workbench.lowering.precision import LIMITS, scope

SHIFT = 1e-8  # the largest amount by which a zero on the right is moved
PIVOT = 1e-9  # least entry to pivot on, and least gain of a step
SEPARABLE = 1e-5  # a larger minimum speaks for weights; the shifts add up to less
STEPS = 40  # per row; what has not ended by then is left to another method
SCALES = (*range(1, 65), *(1 << k for k in range(8, 41, 4)))  # factors tried before rounding

Judge = Callable[[np.ndarray, np.ndarray], np.ndarray]


def proposed(signs: np.ndarray, features: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return integer weights (functions, monomials) and integer multiplicities (functions, places) of points (functions, places).

    Rows that were not proposed, or whose integers failed, are zero.

    >>> features = np.array([[1, -1, -1], [1, 1, -1], [1, -1, 1], [1, 1, 1]])
    >>> weights, points, multiplicities = proposed(np.array([[-1, -1, -1, 1], [-1, 1, 1, -1]]), features)
    >>> weights.tolist(), sorted(zip(points[1].tolist(), multiplicities[1].tolist()))
    ([[-1, 1, 1], [0, 0, 0]], [(0, 1), (1, 1), (2, 1), (3, 1)])
    """
    shifts = np.append(np.random.default_rng(0).uniform(SHIFT / 2, SHIFT, features.shape[1]), 1.0)
    with scope("float64"):
        solved = _solved(signs.astype(np.float64), features.T.astype(np.float64), shifts)
        separable, directions, basis, values = map(np.array, solved)
    weights = _weights(directions, separable, signs, features)
    used = (basis < len(features)) & (values > PIVOT) & ~separable[:, None]
    points = np.where(used, basis, 0)
    multiplicities = _multiplicities(np.where(used, values, 0), points, signs, features)
    return weights, points, multiplicities


def _minimised(signs: jax.Array, features: jax.Array, shifts: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Return for one function whether the minimum is positive, the weights, the basis and its values for zeros on the right.

    `features` have shape (monomials, points). The last row of the tableau holds the gains of the columns, and on the right the sum
    that is minimised.
    """
    rows, points = features.shape[0] + 1, features.shape[1]
    equations = jnp.concatenate([features * signs, jnp.ones((1, points))])
    gains = jnp.concatenate([equations.sum(axis=0), jnp.zeros(rows), shifts.sum()[None]])
    tableau = jnp.concatenate([jnp.concatenate([equations, jnp.eye(rows), shifts[:, None]], axis=1), gains[None]])

    def unfinished(state: Any) -> jax.Array:
        tableau, _, step = state
        return (tableau[-1, :points].max() > PIVOT) & (step < STEPS * rows)

    def stepped(state: Any) -> Any:
        tableau, basis, step = state
        entering = jnp.argmax(tableau[-1, :points])
        column = tableau[:, entering]
        ratios = jnp.where(column[:-1] > PIVOT, tableau[:-1, -1] / column[:-1], jnp.inf)
        leaving = jnp.argmin(ratios)
        pivoted = tableau[leaving] / column[leaving]
        chosen = jnp.arange(rows + 1) == leaving
        # the row that leaves becomes `pivoted`: row - (entry - 1) * row / entry
        tableau = tableau - jnp.outer(column - chosen, pivoted)
        return tableau, jnp.where(chosen[:-1], entering, basis), step + 1

    tableau, basis, _ = jax.lax.while_loop(unfinished, stepped, (tableau, points + jnp.arange(rows), 0))
    dual = tableau[-1, points : points + rows] + 1
    return tableau[-1, -1] > SEPARABLE, -dual[:-1] / dual[-1], basis, tableau[:-1, points + rows - 1]


_solved: Any = jax.jit(jax.vmap(_minimised, in_axes=(0, None, None)))


def _weights(directions: np.ndarray, separable: np.ndarray, signs: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return the roundings of directions that represent the functions, zero where there is none."""

    def judge(chosen: np.ndarray, tried: np.ndarray) -> np.ndarray:
        return represented(signs[chosen], tried, features)

    return _first_rounding(np.where(separable[:, None], directions, 0), judge)


def _multiplicities(values: np.ndarray, points: np.ndarray, signs: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return integers proportional to the values that make every feature cancel, by rounding, else from a nullspace."""
    least = np.where(values > 0, values, np.inf).min(axis=1, keepdims=True)

    def judge(chosen: np.ndarray, tried: np.ndarray) -> np.ndarray:
        return cancelled(signs[chosen], points[chosen], tried, features)

    found = _first_rounding(values / least, judge)
    for k in np.flatnonzero((values > 0).any(axis=1) & ~found.any(axis=1)):
        support = values[k] > 0
        relation = positive_relation(features[points[k, support]] * signs[k, points[k, support], None])
        if relation is not None:
            found = found if max(relation) <= LIMITS["int64"] else found.astype(object)
            found[k, support] = relation
    return found


def _first_rounding(values: np.ndarray, judge: Judge) -> np.ndarray:
    """Return for each row of floats the first accepted rounding of a multiple of it, zeros if none is."""
    found = np.zeros(values.shape, dtype=np.int64)
    for rows, tried in _roundings(values, found):
        accepted = judge(rows, tried)
        found[rows[accepted]] = tried[accepted]
    return found


def _roundings(values: np.ndarray, found: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows that are still open and their roundings, for one scale after the other."""
    largest = np.abs(values).max(axis=1, initial=0)
    for scale in SCALES:
        possible = (largest > 0) & (largest * scale < LIMITS["float64"])  # false for nan: a row of nan is never open
        rows = np.flatnonzero(possible & ~found.any(axis=1))
        if not rows.size:
            return
        yield rows, np.rint(values[rows] * scale).astype(np.int64)


def positive_relation(vectors: np.ndarray) -> list[int] | None:
    """Return coprime positive integers y with sum y_k v_k = 0 if all relations of the vectors are multiples of y, None otherwise.

    >>> positive_relation(np.array([[2, 0], [0, 3], [-1, -1]]))
    [3, 2, 6]
    >>> positive_relation(np.array([[1, 0], [0, 1], [1, 1]])) is None
    True
    """
    kernel, nullity = fmpz_mat(vectors.T.tolist()).nullspace()
    if nullity != 1:
        return None
    relation = [int(kernel[k, 0]) for k in range(len(vectors))]
    divisor = gcd(*relation) * (-1 if relation[0] < 0 else 1)
    relation = [r // divisor for r in relation]
    return relation if min(relation) > 0 else None
