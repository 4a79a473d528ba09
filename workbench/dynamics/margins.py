"""The least matrix that gives every row a margin of 1, in the Frobenius norm: by non-negative least squares, and exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import nnls

from workbench.errors import BadInput
from workbench.separation import LeastNorm, Matrix, NoMargin

SMALLEST = 1e-100  # of the largest entry of a row: its square, and that of a multiplier, stay in range
INFEASIBLE = 1e-9  # least-squares residual below which a combination of the rows is taken for 0; least_norm_certificate decides


@dataclass(frozen=True, eq=False)
class Margin:
    """A least point of rows g (one flattened matrix each): `point` = sum of multiplier times row, `margins` = <g, point>.

    `residual` is the largest violation of the optimality conditions: a margin below 1, or slack at a positive multiplier.
    """

    point: np.ndarray
    multipliers: np.ndarray
    margins: np.ndarray
    residual: float

    @property
    def support(self) -> np.ndarray:
        """The indices of the rows with a positive multiplier."""
        return np.flatnonzero(self.multipliers > 0)


@dataclass(frozen=True, eq=False)
class Infeasible:
    """No point gives every row a margin of 1: the non-negative `multipliers` combine the rows to 0, up to `residual`."""

    multipliers: np.ndarray
    residual: float


def least_norm(rows: Any) -> Margin | Infeasible:
    """Return the point of least Euclidean norm with product >= 1 with every row (rows, entries), or why there is none.

    Raises BadInput for rows that are not a matrix of finite numbers. Source: C. Lawson and R. Hanson, Solving Least Squares
    Problems, 1974, chapter 23 (least distance programming).

    >>> least_norm([[1, 1], [1, -1], [3, 0]]).point.round(12).tolist()
    [1.0, 0.0]
    >>> least_norm([[1.0], [-2.0]]).multipliers.round(3).tolist()
    [0.667, 0.333]
    """
    g = _matrix(rows)
    size = 2.0 ** np.frexp(np.abs(g).max())[1]  # of the largest entry; the least point of g/size is size times that of g
    scale = np.linalg.norm(g, axis=1) / size
    if not scale.all():
        return Infeasible((scale == 0).astype(float), 0.0)
    unit = g / size / scale[:, None]  # the same cone; the right-hand side becomes 1/scale
    system = np.vstack([unit.T, 1 / scale])
    target = np.append(np.zeros(g.shape[1]), 1.0)
    u, distance = nnls(system, target)
    left = float(np.abs(u @ unit).max())
    if distance < INFEASIBLE and left <= INFEASIBLE * u.sum():  # a short row alone asks for a long point: no combination vanishes
        return Infeasible(u / scale, left)
    multipliers = _polished(g, u / scale)
    margins = g @ (multipliers @ g)
    slack = np.abs(np.where(multipliers > 0, margins - 1, np.minimum(margins - 1, 0)))
    return Margin(multipliers @ g, multipliers, margins, float(slack.max(initial=0)))


def _polished(g: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the multipliers solved afresh on the support of u, on which every margin is 1."""
    support = np.flatnonzero(u > 0)
    multipliers = np.zeros(len(u))
    multipliers[support] = np.linalg.solve(g[support] @ g[support].T, np.ones(len(support)))
    return multipliers


def least_norm_certificate(rows: Any) -> LeastNorm | NoMargin:
    """Return the exact answer for rational rows, checked: floats find the support, rational elimination solves on it.

    Raises BadInput for rows that are no integers or fractions, or a dependent support; Rejected if the floats misled the search.

    >>> found = least_norm_certificate([[Fraction(2), 0, 0, 0], [1, 1, 1, 1]])
    >>> [str(v) for v in found.point], [str(v) for v in found.multipliers]
    (['1/2', '1/6', '1/6', '1/6'], ['1/6', '1/6'])
    >>> least_norm_certificate([[1], [-2]]).multipliers
    (Fraction(2, 3), Fraction(1, 3))
    """
    exact = exact_rows(rows)
    found = least_norm(exact)
    support = [k for k, v in enumerate(found.multipliers) if v > 0]
    if isinstance(found, Margin):
        gram = [[_dot(exact[i], exact[j]) for j in support] for i in support]
        solved = _solved(gram, [Fraction(1)] * len(support))
        certificate: LeastNorm | NoMargin = LeastNorm(exact, _spread(solved, support, len(exact)))
    else:  # the combination vanishes and its multipliers add up to 1: independent columns, so the normal equations decide
        columns = [(*exact[k], Fraction(1)) for k in support]
        solved = _solved([[_dot(a, b) for b in columns] for a in columns], [Fraction(1)] * len(support))
        certificate = NoMargin(exact, _spread(solved, support, len(exact)))
    certificate.check()
    return certificate


def _solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    import flint

    def rational(v: Fraction) -> Any:
        return flint.fmpq(v.numerator, v.denominator)

    size = len(right)
    system = flint.fmpq_mat(size, size, [rational(v) for row in matrix for v in row])
    try:
        solution = system.solve(flint.fmpq_mat(size, 1, [rational(v) for v in right]))
    except ZeroDivisionError:
        raise BadInput(f"the {size} rows of the support are dependent: scale the rows to similar lengths") from None
    return [Fraction(int(solution[k, 0].p), int(solution[k, 0].q)) for k in range(size)]


def _spread(values: Sequence[Fraction], support: Sequence[int], size: int) -> tuple[Fraction, ...]:
    at = dict(zip(support, values, strict=True))
    return tuple(at.get(k, Fraction(0)) for k in range(size))


def _dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def exact_rows(rows: Any) -> Matrix:
    """Return rows of integers and fractions as fractions.

    Raises BadInput for other entries, no rows, and rows that are empty or of unequal lengths.
    """
    if isinstance(rows, str) or not all(isinstance(row, Iterable) for row in (rows if isinstance(rows, Iterable) else [rows])):
        raise BadInput(f"rows {repr(rows)[:60]}: give a list of rows of integers and fractions")
    given = [list(row) for row in rows]
    if not given or not given[0] or len({len(row) for row in given}) > 1:
        raise BadInput(f"{len(given)} rows, empty or of unequal lengths: give one or more rows of one length")
    for value in (v for row in given for v in row):
        if not isinstance(value, (int, Fraction)) or isinstance(value, bool):
            raise BadInput(f"entry {value!r} is a {type(value).__name__}: an exact answer takes integers and fractions")
    return tuple(tuple(map(Fraction, row)) for row in given)


def _matrix(rows: Any) -> np.ndarray:
    try:
        g = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as fault:
        raise BadInput(f"rows that are no matrix of numbers: {fault}") from None
    if g.ndim != 2 or 0 in g.shape or not np.isfinite(g).all():
        raise BadInput(f"rows of shape {g.shape}, or with entries that are not finite: give a matrix of one or more rows")
    sizes = np.abs(g).max(axis=1)
    if (far := (sizes > 0) & ~((sizes >= SMALLEST) & (sizes <= 1 / SMALLEST))).any():
        raise BadInput(f"a row of size {sizes[far][0]:g} is not from {SMALLEST:g} to {1 / SMALLEST:g}: scale the rows")
    return g
