"""Integer weights of least size for a threshold function, by integer programming."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint

from workbench.capacity.programs import solved
from workbench.errors import BadInput, Rejected
from workbench.recognition import Separation, recognise
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation

NORMS = ("largest", "sum")


@dataclass(frozen=True)
class LeastWeights:
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


def minimal_weights(f: BooleanFunction | PTF, degree: int = 1, *, norm: str = "largest", seconds: float = 60) -> LeastWeights:
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
    point, bound = _program(problem.signed, norm, seconds)
    found, width = known, problem.signed.shape[1]
    if point is not None:
        weights = np.rint(point[:width] - point[width:-1]).astype(np.int64)
        if (problem.signed @ weights > 0).all():
            found = min(known, problem.representation(weights), key=lambda r: _size(r, norm))
    found.check()
    return LeastWeights(found, norm, size := _size(found, norm), min(max(1, bound), size))


def _size(representation: SignRepresentation, norm: str) -> int:
    sizes = [abs(w) for w in representation.weights]
    return max(sizes) if norm == "largest" else sum(sizes)


def _program(signed: np.ndarray, norm: str, seconds: float) -> tuple[np.ndarray | None, int]:
    """Return the solver's positive parts, negative parts and largest sum of the two, and its bound."""
    points, width = signed.shape
    margins = LinearConstraint(np.hstack([signed, -signed, np.zeros((points, 1))]), lb=1)
    below = LinearConstraint(np.hstack([np.eye(width), np.eye(width), -np.ones((width, 1))]), ub=0)
    cost = np.repeat([0, 1] if norm == "largest" else [1, 0], [2 * width, 1])
    return solved(cost, [margins, below], integral=np.ones(2 * width + 1), bounds=Bounds(lb=0), seconds=seconds)
