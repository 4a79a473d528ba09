"""The threshold function that differs from a function at the fewest points, with a lower bound on the number that is verified.

Among four points a + b = c + d with f true on a, b and false on c, d every threshold function differs from f at one or more. So
disjoint fours bound the distance from below. Up to 6 inputs all threshold functions are tried; beyond, an integer program proposes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from scipy.optimize import Bounds, LinearConstraint

from workbench.capacity.programs import solved
from workbench.capacity.summability import subcubes
from workbench.capacity.threshold_lists import threshold_list
from workbench.domain import arity
from workbench.errors import BadInput, Rejected
from workbench.recognition import Separation, features, recognise
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation

ARITY_LIMIT = 8
TRIED_ARITY = 6  # 15,028,134 functions


@dataclass(frozen=True)
class Nearest:
    """A threshold function near to `function`, their distance, and a bound below which no threshold function comes.

    `witnesses` are disjoint fours of points, so the distance of any threshold function is at least their number. What `bound` has
    beyond that is what a search of all functions, or the solver in floating point, says.
    """

    function: BooleanFunction
    representation: SignRepresentation
    witnesses: tuple[DualWitness, ...]
    bound: int

    @property
    def distance(self) -> int:
        """The number of points at which the two functions differ."""
        return (self.function.table ^ self.representation.table).bit_count()

    @property
    def optimal(self) -> bool:
        """Whether the distance meets the bound."""
        return self.distance == self.bound

    def check(self) -> None:
        """Raise Rejected unless the weights and the witnesses are right, the witnesses about the function and disjoint."""
        self.representation.check()
        used: set[int] = set()
        for witness in self.witnesses:
            witness.check()
            points = {k for k, _ in witness.witness}
            if witness.subject != (self.function.n, self.function.table, 1) or used & points:
                raise Rejected(f"a witness is about another function, or about points {sorted(used & points)} of an earlier one")
            used |= points
        if not len(self.witnesses) <= self.bound <= self.distance:
            raise Rejected(f"{len(self.witnesses)} witnesses, bound {self.bound}, distance {self.distance} are out of order")


def nearest_threshold(f: BooleanFunction | PTF, *, seconds: float = 60) -> Nearest:
    """Return the threshold function (of degree 1) that differs from f at the fewest points.

    Up to 6 inputs it is the nearest of all, whose list takes seconds to build for n = 6, the first time. For 7 and 8 inputs the
    solver is stopped after `seconds`; then the distance may be above the bound. Raises BadInput above n = 8.

    >>> found = nearest_threshold(BooleanFunction(3, 0b10010110))
    >>> found.distance, found.bound, len(found.witnesses)
    (2, 2, 2)
    """
    function = f.function if isinstance(f, PTF) else f
    if not isinstance(function, BooleanFunction):
        raise BadInput(f"a {type(f).__name__} is not a BooleanFunction or a PTF: use BooleanFunction.from_table(table, n=...)")
    arity(function.n, limit=ARITY_LIMIT)
    problem = Separation.of(function, 1)
    known = recognise(function)
    if isinstance(known, SignRepresentation):
        return Nearest(function, known, (), 0)
    witnesses = tuple(problem.witness(dict.fromkeys(four, 1)) for four in disjoint_fours(function))
    found, bound = (_tried(function), 1 << function.n) if function.n <= TRIED_ARITY else _programmed(problem, seconds)
    nearest = Nearest(function, found, witnesses, len(witnesses))
    nearest.check()
    return replace(nearest, bound=min(max(bound, nearest.bound), nearest.distance))


def disjoint_fours(function: BooleanFunction) -> list[tuple[int, int, int, int]]:
    """Return disjoint fours a, b, c, d with a + b = c + d, f true on a, b and false on c, d, taken greedily, small subcubes first.

    >>> disjoint_fours(BooleanFunction(2, 0b0110))
    [(1, 2, 0, 3)]
    """
    value, unused, found = np.array(function.bits), np.ones(1 << function.n, dtype=bool), []
    cubes = subcubes(function.n)
    for low, free in zip(cubes.low, cubes.free.tolist(), strict=True):
        one = low[: 1 << free.bit_count() - 1]
        two = one ^ free
        alike = unused[one] & unused[two] & (value[one] == value[two])
        true, false = (one[alike & (value[one] == bit)].tolist() for bit in (1, 0))
        for a, c in zip(true, false, strict=False):
            found.append((a, a ^ free, c, c ^ free))
            unused[list(found[-1])] = False
    return found


def _tried(function: BooleanFunction) -> SignRepresentation:
    """Return the nearest of all threshold functions."""
    tables = threshold_list(function.n)
    distances = np.bitwise_count(tables ^ tables.dtype.type(function.table))
    found = recognise(BooleanFunction(function.n, int(tables[distances.argmin()])))
    assert isinstance(found, SignRepresentation)
    return found


def _programmed(problem: Separation, seconds: float) -> tuple[SignRepresentation, int]:
    """Return the function that an integer program proposes, or that of the Chow parameters if it is nearer, and the solver's bound.

    Every threshold function has weights within -1 and 1 whose margin is 1 / largest, `largest` being Muroga's bound on weights of
    margin 1; a point to be changed is let off by the most that such weights can miss it.
    """
    points, width = problem.signed.shape
    margin = 1 / ceil(width ** (width / 2) / (1 << width - 1))
    margins = LinearConstraint(np.hstack([problem.signed, (margin + width) * np.eye(points)]), lb=margin)
    bounds = Bounds(np.append(np.full(width, -1), np.zeros(points)), 1)
    cost = np.append(np.zeros(width), np.ones(points))
    point, bound = solved(cost, [margins], integral=cost, bounds=bounds, seconds=seconds)
    proposals = [problem.signed.sum(axis=0)]
    if point is not None:
        proposals.append(np.rint(point[:width] * (1 << 20)).astype(np.int64))
    odd = [2 * weights + np.eye(width, dtype=np.int64)[0] for weights in proposals]  # sums that are odd and never zero
    weights = min(odd, key=lambda w: int((problem.signed @ w < 0).sum()))
    return _representation(weights, problem.function.n), bound


def _representation(weights: np.ndarray, n: int) -> SignRepresentation:
    table = sum(1 << int(k) for k in np.flatnonzero(features(n, 1) @ weights > 0))
    return Separation.of(BooleanFunction(n, table), 1).representation(weights)
