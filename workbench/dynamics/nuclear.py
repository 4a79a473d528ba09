"""The least matrix in the nuclear norm that gives every row a margin of 1: a barrier method whose every point bounds its own gap.

Maximise over multipliers l > 0 with Y = sum l_k G_k, |Y| < 1 (operator norm), the sum of l_k + mu (ln l_k) + mu logdet(1 - Y Y^T).
On the central path W = 2 mu (1 - Y Y^T)^-1 Y has margins 1 + mu/l_k, and |W|_* - sum l <= mu (rows + smaller side).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from workbench.dynamics.arguments import real, whole
from workbench.dynamics.margins import Infeasible, exact_rows, least_norm
from workbench.dynamics.token_inputs import TokenInputs
from workbench.errors import BadInput
from workbench.separation import NuclearBracket

GAP = 1e-6
SHRINK = 0.2  # of mu, from one centre to the next
CENTRED = 1e-4  # squared Newton decrement at which a point counts as centred
STEPS = 400
BITS = 40


@dataclass(frozen=True, eq=False)
class NuclearMargin:
    """A matrix (d, e) with product >= 1 with every row, and the multipliers which show that no nuclear norm is below `low`.

    `high` is the nuclear norm of `point`; `high - low` is the gap that is left.
    """

    point: np.ndarray
    multipliers: np.ndarray
    low: float
    high: float

    @property
    def gap(self) -> float:
        """How far the norm of the point may be above the least one."""
        return self.high - self.low


def nuclear_margin(rows: Any, shape: tuple[int, int], *, gap: float = GAP) -> NuclearMargin | Infeasible:
    """Return the least matrix of this shape in the nuclear norm with product >= 1 with every row, to within `gap` relatively.

    Raises BadInput for rows of another length, or a gap that floats do not resolve. Source: Y. Nesterov and A. Nemirovskii,
    Interior-Point Polynomial Algorithms in Convex Programming, 1994 (barrier of the operator norm).

    >>> found = nuclear_margin([[1, 0, 0, 0], [0, 1, 0, 2]], (2, 2))
    >>> round(found.low, 6), round(found.high, 6)
    (1.229156, 1.229156)
    >>> nuclear_margin([[1, 0, 0, 0]], (2, 3))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: rows of 4 entries are no matrices of shape (2, 3)
    """
    feasible = least_norm(rows)
    g = np.asarray(rows, dtype=np.float64)
    if not isinstance(shape, tuple) or len(shape) != 2:
        raise BadInput(f"shape {shape!r}: give the two sides of a matrix, such as (2, 2)")
    shape, gap = (whole("rows of W", shape[0]), whole("columns of W", shape[1])), real("gap", gap)
    if shape[0] * shape[1] != g.shape[1]:
        raise BadInput(f"rows of {g.shape[1]} entries are no matrices of shape {shape}")
    if not 1e-7 <= gap < 1:
        raise BadInput(f"gap {gap} is not from 1e-7 to 1")
    if isinstance(feasible, Infeasible):
        return feasible
    size = np.linalg.norm(feasible.point)  # units in which the answer is near 1
    matrices = g.reshape(-1, *shape) * size
    weights = len(g) + min(shape)
    multipliers = np.full(len(g), 0.5 / np.linalg.norm(matrices, axis=(1, 2)).sum())
    mu, budget = 1.0, STEPS
    while True:
        multipliers, used = _centre(matrices, multipliers, mu, budget)
        budget -= used
        if mu * weights <= gap / 2 or budget <= 0:
            return _certified(g, shape, multipliers * size, 2 * mu * _inner(matrices, multipliers)[1] * size)
        mu = max(SHRINK * mu, gap / 2 / weights)


def _inner(matrices: np.ndarray, multipliers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return A = (1 - Y Y^T)^-1, A Y, and B = (1 - Y^T Y)^-1."""
    y = np.tensordot(multipliers, matrices, 1)
    a = np.linalg.inv(np.eye(len(y)) - y @ y.T)
    return a, a @ y, np.eye(y.shape[1]) + y.T @ a @ y


def _centre(matrices: np.ndarray, multipliers: np.ndarray, mu: float, budget: int) -> tuple[np.ndarray, int]:
    """Return the multipliers at the centre for mu by damped Newton steps, and how many were taken."""
    flat = matrices.reshape(len(matrices), -1)
    for used in range(budget):
        a, ay, b = _inner(matrices, multipliers)
        gradient = -1 / mu - 1 / multipliers + 2 * flat @ ay.ravel()
        turned = a @ matrices @ b + ay @ matrices.transpose(0, 2, 1) @ ay
        hessian = 2 * flat @ turned.reshape(len(flat), -1).T + np.diag(multipliers**-2.0)
        step = -np.linalg.solve((hessian + hessian.T) / 2, gradient)
        decrement = float(-gradient @ step)
        if decrement < CENTRED:
            return multipliers, used
        multipliers = multipliers + step / (1 + np.sqrt(decrement))  # stays inside: the barrier is self-concordant
    return multipliers, budget


def _certified(g: np.ndarray, shape: tuple[int, int], multipliers: np.ndarray, point: np.ndarray) -> NuclearMargin:
    """Scale the point to margins of at least 1 and the multipliers to an operator norm of at most 1, and measure both norms."""
    point = point / (g @ point.ravel()).min()
    multipliers = multipliers / max(1.0, float(np.linalg.norm((multipliers @ g).reshape(shape), 2)))
    return NuclearMargin(point, multipliers, float(multipliers.sum()), float(np.linalg.norm(point, "nuc")))


def solution(inputs: TokenInputs, selected: Sequence[int], *, norm: str = "frobenius") -> np.ndarray:
    """Return the least W (d, e), in the "frobenius" or "nuclear" norm, with margin 1 for the selected tokens.

    Raises BadInput for another norm, or if there is no such W.

    >>> one = TokenInputs.of([[[2.0, 0.0], [0.0, 0.0]]], [[1.0]], [[1.0, 0.0]])
    >>> solution(one, (0,)).tolist()
    [[0.5], [0.0]]
    """
    if norm not in ("frobenius", "nuclear"):
        raise BadInput(f"norm {norm!r} is neither 'frobenius' nor 'nuclear'")
    if not isinstance(inputs, TokenInputs):
        raise BadInput(f"inputs of type {type(inputs).__name__}: give TokenInputs, such as draws.one(0)")
    rows = inputs.rows(selected)
    found = least_norm(rows) if norm == "frobenius" else nuclear_margin(rows, inputs.shape)
    if isinstance(found, Infeasible):
        raise BadInput(f"no matrix gives the tokens {tuple(selected)} a margin of 1: see least_norm(...)")
    return np.asarray(found.point.reshape(inputs.shape))


def nuclear_certificate(rows: Sequence[Sequence[Fraction]], shape: tuple[int, int], *, gap: float = GAP) -> NuclearBracket:
    """Return exact bounds on the least nuclear norm for rational rows, checked; they are about `gap` apart, relatively.

    Raises BadInput if no matrix has these margins: `least_norm_certificate` shows that.

    >>> bracket = nuclear_certificate([[Fraction(1), 0, 0, 0], [0, Fraction(1), 0, 2]], (2, 2))
    >>> bracket.low < Fraction(1229157, 1000000), bracket.high - bracket.low < Fraction(1, 10**5)
    (True, True)
    """
    exact = exact_rows(rows)
    found = nuclear_margin(exact, shape, gap=gap)
    if isinstance(found, Infeasible):
        raise BadInput("no matrix has a margin of 1 with every row: take least_norm_certificate")
    u, s, v = np.linalg.svd(found.point, full_matrices=False)
    root = np.sqrt(s * (1 + gap))  # the slack is what rounding to 2**-BITS may cost
    left, right = _rounded(u * root), _rounded(v.T * root)
    (multipliers,) = _rounded(found.multipliers[None] * (1 - gap))
    certificate = NuclearBracket(exact, tuple(max(v, Fraction(0)) for v in multipliers), left, right)
    certificate.check()
    return certificate


def _rounded(matrix: np.ndarray) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(Fraction(round(v * 2**BITS), 2**BITS) for v in row) for row in matrix.tolist())
