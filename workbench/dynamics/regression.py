"""Linear attention that learns regression in context: its loss in closed form, the flow of its heads, and sampled errors.

Inputs x ~ N(0, Lambda), tasks w ~ N(0, 1), N examples; the prediction is (S w)^T M x_q, S the second moment of the examples. The
loss is E (w.x_q - prediction)^2, without a factor 1/2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.dynamics.second import scipy_solution
from workbench.errors import BadInput

BATCH = 20_000  # tasks that are drawn at once


@dataclass(frozen=True)
class Regression:
    """The eigenvalues of Lambda, which is diagonal, and the number N of examples.

    >>> Regression((0.4, 0.3, 0.2, 0.1), 31).levels.round(6).tolist()
    [1.0, 0.64058, 0.377372, 0.209805, 0.135995]
    >>> Regression((0.4, 0.0), 31)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: eigenvalues (0.4, 0.0), 31 examples: give positive numbers
    """

    eigenvalues: Sequence[float]
    examples: int

    def __post_init__(self) -> None:
        if not self.eigenvalues or not min(self.eigenvalues) > 0 or not self.examples > 0:
            raise BadInput(f"eigenvalues {tuple(self.eigenvalues)}, {self.examples} examples: give positive numbers")

    @property
    def spread(self) -> np.ndarray:
        """The eigenvalues of Lambda (D,)."""
        return np.asarray(self.eigenvalues, dtype="float64")

    @property
    def gamma(self) -> np.ndarray:
        """The eigenvalues of Gamma = (1 + 1/N) Lambda + tr Lambda / N (D,)."""
        return np.asarray((1 + 1 / self.examples) * self.spread + self.spread.sum() / self.examples)

    @property
    def levels(self) -> np.ndarray:
        """The loss after each number of modes, the strongest first: tr Lambda minus partial sums of lambda^2/Gamma (D + 1,)."""
        gains = np.sort(self.spread**2 / self.gamma)[::-1]
        return np.asarray(self.spread.sum() - np.append(0.0, np.cumsum(gains)))

    def loss(self, products: Any) -> np.ndarray:
        """Return the loss of M, or of a stack of them (..., D, D)."""
        m = np.asarray(products, dtype="float64")
        squares = np.einsum("i,j,...ij->...", self.spread * self.gamma, self.spread, m**2)
        return np.asarray(self.spread.sum() - 2 * np.einsum("i,...ii->...", self.spread**2, m) + squares)

    def pull(self, product: np.ndarray) -> np.ndarray:
        """Return minus the derivative of the loss in M (D, D)."""
        return np.asarray(2 * np.diag(self.spread**2) - 2 * np.outer(self.spread * self.gamma, self.spread) * product)

    def merged(self, start: Any, times: Any) -> np.ndarray:
        """Return M = sum_h v_h U_h at the times, from heads (v_h, U_h) in the rows of `start` (heads, 1 + D^2).

        Shape (times, D, D). Raises BadInput for rows of another length, or an integration that stops.
        """
        rows = self._rows(start, 1 + len(self.spread) ** 2)

        def product(heads: np.ndarray) -> np.ndarray:
            return np.asarray(heads[:, 0] @ heads[:, 1:]).reshape(len(self.spread), -1)

        def moved(heads: np.ndarray, pull: np.ndarray) -> np.ndarray:
            flat = pull.ravel()
            return np.column_stack([heads[:, 1:] @ flat, np.outer(heads[:, 0], flat)])

        return self._followed(rows, times, product, moved)

    def separate(self, start: Any, times: Any) -> np.ndarray:
        """Return M = sum_h v_h k_h q_h^T at the times, from heads (v_h, k_h, q_h) in the rows of `start` (heads, 1 + 2 D).

        Shape (times, D, D). Raises BadInput for rows of another length, or an integration that stops.

        >>> head = [[0.02, *(0.02, 0, 0, 0), *(0.02, 0, 0, 0)]]
        >>> float(Regression((0.4, 0.3, 0.2, 0.1), 31).separate(head, [150.1776])[0, 0, 0].round(4))
        0.125
        """
        d = len(self.spread)
        rows = self._rows(start, 1 + 2 * d)

        def product(heads: np.ndarray) -> np.ndarray:
            return np.asarray((heads[:, :1] * heads[:, 1 : 1 + d]).T @ heads[:, 1 + d :])

        def moved(heads: np.ndarray, pull: np.ndarray) -> np.ndarray:
            v, k, q = heads[:, :1], heads[:, 1 : 1 + d], heads[:, 1 + d :]
            return np.hstack([((k @ pull) * q).sum(axis=1, keepdims=True), v * (q @ pull.T), v * (k @ pull)])

        return self._followed(rows, times, product, moved)

    def _rows(self, start: Any, length: int) -> np.ndarray:
        rows = np.asarray(start, dtype="float64")
        if rows.ndim != 2 or rows.shape[1] != length:
            raise BadInput(f"heads of shape {rows.shape}: give a row of {length} numbers for each")
        return rows

    def _followed(
        self,
        start: np.ndarray,
        times: Any,
        product: Callable[[np.ndarray], np.ndarray],
        moved: Callable[[np.ndarray, np.ndarray], np.ndarray],
    ) -> np.ndarray:
        def rhs(_: float, flat: np.ndarray) -> np.ndarray:
            heads = flat.reshape(start.shape)
            return moved(heads, self.pull(product(heads))).ravel()

        found = scipy_solution(rhs, start.ravel(), times, method="LSODA", rtol=1e-9)
        return np.stack([product(flat.reshape(start.shape)) for flat in found.y.T])

    def sampled_errors(self, random: np.random.Generator, *, tested: int, draws: int) -> np.ndarray:
        """Return squared errors of M = Gamma^-1 on fresh tasks of `tested` examples (draws,); their mean is the loss there."""
        if not (tested > 0 and draws > 0):
            raise BadInput(f"{draws} draws of {tested} examples: give positive numbers")
        parts = [self._errors(random, tested, min(BATCH, draws - k)) for k in range(0, draws, BATCH)]
        return np.concatenate(parts)

    def _errors(self, random: np.random.Generator, tested: int, draws: int) -> np.ndarray:
        d, root = len(self.spread), np.sqrt(self.spread)
        x = random.standard_normal((draws, tested, d)) * root
        w, query = random.standard_normal((draws, d)), random.standard_normal((draws, d)) * root
        moment = np.einsum("kni,kn->ki", x, np.einsum("kni,ki->kn", x, w)) / tested  # S w
        return np.asarray(((w - moment / self.gamma) * query).sum(axis=1) ** 2)
