"""Integer weights of least size for a threshold function, by integer programming."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from workbench.errors import BadInput, Rejected
from workbench.recognition import Separation, recognise
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation

NORMS = ("largest", "sum")
SLACK = 1e-6  # a bound that the solver passes by less than this is read as the integer


@dataclass(frozen=True)
class Realisation:
    """Integer weights of a threshold function, their size (the largest or the sum of absolute weights) and a bound on any size.

    The weights are verified in integers; that no size is below `bound` is what the solver says, in floating point.
    """

    representation: SignRepresentation
    norm: str
    size: int
    bound: int

    @property
    def optimal(self) -> bool:
        """Whether the size meets the bound."""
        return self.size == self.bound

    def check(self) -> None:
        """Raise Rejected unless the weights represent the function and have the size; the bound is not rechecked."""
        self.representation.check()
        if (size := _size(self.representation, self.norm)) != self.size or self.bound > size:
            raise Rejected(f"the size is {size}, not {self.size}, or it is below the bound {self.bound}")


def minimal_weights(f: BooleanFunction | PTF, degree: int = 1, *, norm: str = "largest", seconds: float = 60) -> Realisation:
    """Return integer weights on +-1 monomials whose largest absolute value, or absolute sum, is least.

    The constant counts as a weight. The solver is stopped after `seconds`; then the size may be above the bound. Raises BadInput if
    f is no threshold function of the degree or the norm is unknown, and as `recognise` does.

    >>> found = minimal_weights(BooleanFunction.from_rule(lambda a, b, c: a and (b or c), n=3))
    >>> found.representation.weights, found.size, found.optimal
    ((-1, 2, 1, 1), 2, True)
    >>> minimal_weights(BooleanFunction(2, 0b0110))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no threshold function of degree at most 1: recognise(f, 1) gives the witness
    """
    if norm not in NORMS:
        raise BadInput(f"norm {norm!r} is not one of {', '.join(NORMS)}")
    known = recognise(f, degree)
    if isinstance(known, DualWitness):
        raise BadInput(f"no threshold function of degree at most {known.degree}: recognise(f, {known.degree}) gives the witness")
    problem = Separation.of(BooleanFunction(known.n, known.table), degree)
    solved = _solved(problem.signed, norm, seconds)
    found, bound = known, 1
    if solved.mip_dual_bound is not None and np.isfinite(solved.mip_dual_bound):
        bound = max(1, ceil(solved.mip_dual_bound - SLACK))
    if solved.x is not None:
        weights = np.rint(solved.x[: problem.signed.shape[1]] - solved.x[problem.signed.shape[1] : -1]).astype(np.int64)
        if (problem.signed @ weights > 0).all():
            found = min(known, problem.representation(weights), key=lambda r: _size(r, norm))
    found.check()
    return Realisation(found, norm, _size(found, norm), bound)


def _size(representation: SignRepresentation, norm: str) -> int:
    sizes = [abs(w) for w in representation.weights]
    return max(sizes) if norm == "largest" else sum(sizes)


def _solved(signed: np.ndarray, norm: str, seconds: float) -> Any:
    """Return the solver's answer in the positive parts, the negative parts and the largest of their sums."""
    points, width = signed.shape
    margins = LinearConstraint(np.hstack([signed, -signed, np.zeros((points, 1))]), lb=1)
    below = LinearConstraint(np.hstack([np.eye(width), np.eye(width), -np.ones((width, 1))]), ub=0)
    cost = np.append(np.zeros(2 * width), 1) if norm == "largest" else np.append(np.ones(2 * width), 0)
    options = {"time_limit": seconds, "mip_rel_gap": 0}
    return milp(cost, constraints=[margins, below], integrality=np.ones(2 * width + 1), bounds=Bounds(lb=0), options=options)
