"""The smallest integer weights of a threshold function: a solver of integer programs proposes, integers decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from workbench.capacity.chamber_classes import threshold_classes
from workbench.capacity.chambers import threshold_chamber
from workbench.capacity.slices import Ints
from workbench.errors import BadInput, Rejected

LARGEST = 1 << 20
SLACK = 1e-6  # of the solver's bound, which is on an integer


@dataclass(frozen=True)
class SmallWeights:
    """Integer weights of a self-dual threshold function, checked at every point, and a bound from below on the largest of them.

    The bound is the solver's and not checked; where it is the largest weight itself, no integer weights have a smaller one.
    """

    weights: tuple[int, ...]
    bound: int

    @property
    def largest(self) -> int:
        """The largest weight."""
        return self.weights[0]

    @property
    def optimal(self) -> bool:
        """Whether the solver says that no integer weights have a smaller largest one."""
        return self.bound == self.largest


def smallest_weights(weights: Sequence[int]) -> SmallWeights:
    """Return integer weights of the same self-dual threshold function, sgn(w.x), whose largest is as small as can be.

    Weights are non-negative and fall, which costs nothing: inputs of a threshold function are ordered by strength. With d_k the
    falls of the weights, x.w is the sum of d_k times the prefix sums of x; so only points with minimal prefix sums constrain d.
    Raises BadInput if the weights rise, are negative or vanish at a point, Rejected if the solver's are of another function.

    >>> smallest_weights([7, 5, 4, 2, 1])
    SmallWeights(weights=(3, 2, 2, 1, 1), bound=3)
    >>> smallest_weights([2, 1, 1])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: weights [2, 1, 1] vanish at (1, -1, -1): change one of them by 1
    """
    prefixes = _true_points(weights)
    falls = len(weights)
    found = milp(
        np.ones(falls),
        integrality=np.ones(falls),
        bounds=Bounds(0, LARGEST),
        constraints=LinearConstraint(_minimal(prefixes), lb=1),
    )
    if found.x is None:
        raise Rejected(f"the solver found no weights: {found.message}", place=f"weights {list(weights)}")
    drops = np.rint(found.x).astype(np.int64)
    if (drops < 0).any() or not (prefixes @ drops >= 1).all():
        raise Rejected("the solver's weights are of another function", place=f"weights {list(weights)}")
    smallest = tuple(int(w) for w in np.cumsum(drops[::-1])[::-1])
    return SmallWeights(smallest, ceil(found.mip_dual_bound - SLACK))


def largest_minimal_weight(n: int, *, progress: Callable[[int, int], object] | None = None) -> int:
    """Return the least L such that every threshold function of n inputs has integer weights and bias of size at most L.

    That no smaller ones exist for the function that needs L is what the solver says. Classes that are known to need no more than
    the largest so far are passed over; `progress` is called with how many are done of how many. Raises BadInput above n = 8.

    >>> [largest_minimal_weight(n) for n in range(5)]
    [1, 1, 1, 2, 3]
    """
    classes = threshold_classes(n).weights.tolist()
    largest = 1
    for done, weights in enumerate(classes, 1):
        if weights[0] > largest:
            found = smallest_weights(weights)
            if not found.optimal:
                raise Rejected(f"the solver stopped between {found.bound} and {found.largest}", place=f"weights {weights}")
            largest = max(largest, found.largest)
        if progress:
            progress(done, len(classes))
    return largest


def _true_points(weights: Sequence[int]) -> Ints:
    """The prefix sums of the points where w.x > 0, one of each x and -x."""
    falling = all(isinstance(w, int) and not isinstance(w, bool) and 0 <= w <= LARGEST for w in weights)
    if not falling or not 1 <= len(weights) <= 12 or list(weights) != sorted(weights, reverse=True):
        raise BadInput(f"weights {list(weights)} are not 1 to 12 integers that fall from at most 2**20 to at least 0: sort them")
    prefixes = threshold_chamber(len(weights) - 1)
    falls = np.array([*weights, 0])[:-1] - np.array([*weights, 0])[1:]
    values = prefixes @ falls
    if not values.all():
        point = np.diff(prefixes[(values == 0).argmax()], prepend=0)
        raise BadInput(f"weights {list(weights)} vanish at {tuple(point.tolist())}: change one of them by 1")
    true: Ints = prefixes * np.sign(values)[:, None]
    return true


def _minimal(prefixes: Ints) -> Ints:
    """The rows that no other row is below in every entry."""
    below = (prefixes[None] <= prefixes[:, None]).all(axis=2)  # [row, other]
    minimal: Ints = prefixes[below.sum(axis=1) == 1]
    return minimal
