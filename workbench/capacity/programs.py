"""Integer programs, solved in floating point by HiGHS: what comes back is a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from threading import Thread
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

SLACK = 1e-6  # a bound that passes an integer by less is read as the integer


def solved(
    cost: np.ndarray, constraints: Sequence[LinearConstraint], *, integral: np.ndarray, bounds: Bounds, seconds: float
) -> tuple[np.ndarray | None, int]:
    """Return the point of least cost that is found in the given seconds, None if none is, and a bound on all costs, integers >= 0.

    The solver runs in a thread, so that Ctrl-C ends the wait at once; the thread itself ends when its time is over.

    >>> sums = LinearConstraint(np.array([[2, 1]]), lb=3)
    >>> point, bound = solved(np.array([1, 1]), [sums], integral=np.array([1, 1]), bounds=Bounds(0, 9), seconds=9)
    >>> float(point.sum()), bound
    (2.0, 2)
    """
    answers: list[Any] = []
    options = {"time_limit": seconds, "mip_rel_gap": 0}

    def solve() -> None:
        answers.append(milp(cost, constraints=list(constraints), integrality=integral, bounds=bounds, options=options))

    worker = Thread(target=solve, daemon=True)
    worker.start()
    worker.join()
    bound = answers[0].mip_dual_bound
    return answers[0].x, max(0, ceil(bound - SLACK)) if bound is not None and isfinite(bound) else 0
