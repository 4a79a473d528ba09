"""What the maximum-margin problem alone predicts of a flow's late times, and the hypotheses under which it may be graded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.dynamics.arguments import array
from workbench.dynamics.margins import Infeasible, Margin, least_norm
from workbench.dynamics.token_inputs import TokenInputs
from workbench.errors import BadInput

ACTIVE = 1e-9  # a margin within this of 1 counts as 1
SLOWEST = 0.02  # the least rate that three horizons up to t = 1e64 can tell from a plateau
INDEPENDENT = 1e-6  # least singular value of the active rows, each scaled to length 1


@dataclass(frozen=True)
class Hypothesis:
    """A condition on an instance: its value has to be above its limit, or nothing is graded.

    >>> str(Hypothesis("rate", 0.01, 0.02))
    'ungraded: rate, value 0.01, limit 0.02'
    """

    name: str
    value: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the value is above the limit."""
        return self.value > self.limit

    def __str__(self) -> str:
        told = f"{self.name}, value {self.value:.6g}, limit {self.limit:.6g}"
        return told if self.holds else f"ungraded: {told}"


@dataclass(frozen=True, eq=False)
class Asymptote:
    """The late flow <W, g_k> = ln t + offset_k + O(t^-rate) on each support row, predicted from the least margin.

    `support` indexes the inputs' rows, `rows` are those; `offsets` are ln(c Delta/lambda), c = -l'(score of the selected token)/n
    and Delta its advantage.
    """

    margin: Margin
    support: np.ndarray
    offsets: np.ndarray
    rate: float
    rows: np.ndarray

    def residual(self, weights: Any, log_t: Any) -> np.ndarray:
        """Return the largest distance of the margins of W from ln t + offset, at each record.

        `weights` is (records, d, e), or (records, d) for a vector, and `log_t` (records,). Raises BadInput for other shapes.
        """
        at, logs = array("weights", weights), array("log_t", log_t)
        records, entries = len(logs) if logs.ndim == 1 else 0, self.rows.shape[1]
        if at.ndim < 2 or len(at) != records or at.size != records * entries:
            raise BadInput(f"weights of shape {at.shape}, log_t of shape {logs.shape}: give {entries} entries for each time")
        return np.asarray(np.abs(at.reshape(records, entries) @ self.rows.T - logs[:, None] - self.offsets).max(axis=1, initial=0))

    @property
    def offset_matrix(self) -> np.ndarray:
        """The least matrix, flattened, with the offsets as its products with the support rows."""
        return np.asarray(self.rows.T @ np.linalg.solve(self.rows @ self.rows.T, self.offsets))


def asymptote(inputs: TokenInputs, selected: Sequence[int]) -> Asymptote | Hypothesis:
    """Return the predicted law for the selected tokens and the logistic loss, or the first hypothesis that fails, as a value.

    A row is active if its margin at the least W is 1. "ungraded" says that no run is held against a law. Raises BadInput for tokens
    that do not exist.

    >>> two = TokenInputs.of([[[2, 0], [0, 0]], [[1, 1], [0, 0]]], [[1, 0], [1, 1]], [[1, 0], [0.5, 0]])
    >>> found = asymptote(two, (0, 0))
    >>> found.offsets.round(6).tolist(), round(found.rate, 6)
    ([-0.214649, -0.568612], 0.333333)
    >>> str(asymptote(two, (1, 0)))
    'ungraded: least advantage of an active row, value -1, limit 0'
    """
    failed = next((h for h in hypotheses(inputs, selected) if not h.holds), None)
    return failed or law(inputs, selected)


def hypotheses(inputs: TokenInputs, selected: Sequence[int]) -> tuple[Hypothesis, ...]:
    """Return what the law needs of the instance, each with its value and limit; those after a failed feasibility are left out."""
    rows = _rows(inputs, selected)
    margin = least_norm(rows)
    feasible = Hypothesis("existence of margins of 1 (1 yes, 0 no)", float(isinstance(margin, Margin)), 0.5)
    if isinstance(margin, Infeasible):
        return (feasible,)
    active = margin.margins < 1 + ACTIVE
    g = np.asarray(rows[active], dtype=np.float64)
    directions = g / np.linalg.norm(g, axis=1, keepdims=True)
    independent = np.linalg.svd(directions, compute_uv=False).min() if len(g) <= g.shape[1] else 0.0
    return (
        feasible,
        Hypothesis("least advantage of an active row", float(inputs.advantages(selected)[active].min()), 0.0),
        Hypothesis("independence of the active rows", float(independent), INDEPENDENT),
        Hypothesis("least multiplier of an active row", float(margin.multipliers[active].min()), ACTIVE),
        Hypothesis("rate", _rate(rows, margin), SLOWEST),
    )


def locally_optimal(inputs: TokenInputs, selected: Sequence[int]) -> bool:
    """Say whether margins exist and every active row has a positive advantage: the selected token beats the support tokens."""
    return all(h.holds for h in hypotheses(inputs, selected)[:2])


def law(inputs: TokenInputs, selected: Sequence[int]) -> Asymptote:
    """Return the law without asking whether its hypotheses hold, as a negative control needs; raises BadInput without margins."""
    rows = np.asarray(_rows(inputs, selected), dtype=np.float64)
    margin = least_norm(rows)
    if isinstance(margin, Infeasible):
        raise BadInput(f"no matrix gives the tokens {tuple(selected)} a margin of 1: see hypotheses(...)")
    support = margin.support
    chosen = inputs.chosen(selected)
    own = np.array([float(inputs.scores[i, chosen[i]]) for i, _ in inputs.pairs(chosen)])
    advantages = inputs.advantages(selected).astype(np.float64) / len(chosen)
    with np.errstate(invalid="ignore", divide="ignore"):  # 1/(1 + e^own) by its logarithm, which does not overflow
        offsets = np.log(advantages[support] / margin.multipliers[support]) - np.logaddexp(0, own[support])
    return Asymptote(margin, support, offsets, _rate(rows, margin), rows[support])


def _rows(inputs: TokenInputs, selected: Sequence[int]) -> np.ndarray:
    if not isinstance(inputs, TokenInputs):
        raise BadInput(f"inputs of type {type(inputs).__name__}: give TokenInputs, such as draws.one(0)")
    return inputs.rows(selected)


def _rate(rows: np.ndarray, margin: Margin) -> float:
    support = margin.support
    root = np.sqrt(margin.multipliers[support])[:, None] * np.asarray(rows[support], dtype=np.float64)
    others = np.delete(margin.margins, support)
    return float(min(np.linalg.eigvalsh(root @ root.T)[0], others.min(initial=np.inf) - 1))
