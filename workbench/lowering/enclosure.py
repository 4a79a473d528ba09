"""Intervals that contain the real value of a function, whatever its evaluation in floating point would round."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import jax
import numpy as np
from flint import arb, ctx, fmpq

from workbench.errors import BadInput
from workbench.lowering.ball_rules import Value
from workbench.lowering.balls import refinements
from workbench.lowering.special_balls import ball
from workbench.lowering.tape import Tape

DIGITS = 15  # of a float64 interval: its bounds are at least one unit of the last place apart
QUIET_SECONDS = 2.0


@dataclass(frozen=True, eq=False)
class Enclosure:
    """Bounds low <= value <= high of real values, float64 arrays of one shape; both NaN where nothing is known."""

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, tape: Tape, points: Any, *, digits: int = DIGITS) -> Enclosure:
        """Return the enclosure of a tape's real values at points of shape (..., inputs), these taken as exact rationals.

        The precision rises, up to 4,096 bits, until high - low <= 10**-digits of the larger bound (or two float64 steps, near
        the least positive number). NaN says that the value is undefined, or that even the last precision does not show it to
        be defined, as sqrt of an irrational expression for 0. Raises BadInput for digits outside 1..15, a coordinate that is
        not finite, traced points and an operation without a rule in ball arithmetic.

        >>> from workbench.lowering.tape import Recorder
        >>> t = Recorder(1)
        >>> log = t.finished(t.add("log", (t.add("input", (), 0),)))
        >>> e = Enclosure.of(log, [[1.0], [2.0], [-1.0]])
        >>> e.low, (e.high - e.low).tolist()
        (array([0.        , 0.69314718,        nan]), [0.0, 1.1102230246251565e-16, nan])
        >>> Enclosure.of(log, [[math.inf]])
        Traceback (most recent call last):
            ...
        workbench.errors.BadInput: coordinate inf is not finite: give real numbers
        """
        if not (isinstance(digits, int) and 1 <= digits <= DIGITS):
            raise BadInput(f"digits {digits!r} is not one of 1..{DIGITS}, what a float64 interval can show")
        given = concrete(points)
        bounds = [_bounds(tape, point, 10.0**-digits) for point in rationals(given)]
        pairs = np.array(bounds, dtype=np.float64).reshape(*given.shape[:-1], 2)
        return cls(np.asarray(pairs[..., 0]), np.asarray(pairs[..., 1]))


def concrete(points: Any) -> np.ndarray:
    """Return points as a NumPy array of finite numbers. Raises BadInput for traced points and infinite coordinates."""
    if isinstance(points, jax.core.Tracer):
        raise BadInput("points inside a transformation have no values yet: call it outside jit, grad and vmap")
    given = np.asarray(points)
    given = given if given.dtype.kind in "biuf" else given.astype(np.float64)  # bfloat16 is of another kind
    if not (finite := np.isfinite(given)).all():
        raise BadInput(f"coordinate {given[~finite][0]} is not finite: give real numbers")
    return given


def rationals(points: np.ndarray) -> Iterator[list[fmpq]]:
    """Yield each point's coordinates as exact rationals; from the third second on, say on stderr how far the points are done.

    >>> list(rationals(np.array([[0.5, 3.0]])))
    [[1/2, 3]]
    """
    count, told = math.prod(points.shape[:-1]), perf_counter()
    for done, point in enumerate(points.reshape(count, points.shape[-1])):
        if perf_counter() - told > QUIET_SECONDS:
            told = perf_counter()
            print(f"exact arithmetic: {done:,} of {count:,} points", file=sys.stderr)
        yield [fmpq(*x.as_integer_ratio()) for x in point.tolist()]


def _bounds(tape: Tape, point: list[fmpq], relative: float) -> tuple[float, float]:
    low = high = math.nan
    for value in refinements(tape, point):
        low, high = float_bounds(value)
        if _narrow(low, high, relative):
            break
    return low, high


def _narrow(low: float, high: float, relative: float) -> bool:
    two_steps = math.nextafter(math.nextafter(low, math.inf), math.inf)
    return high <= two_steps or high - low <= relative * max(abs(low), abs(high))


def float_bounds(value: Value) -> tuple[float, float]:
    """Return the float64 interval around a rational or a ball, NaN for a ball that is unbounded.

    >>> float_bounds(fmpq(1, 2)), float_bounds(arb(10) ** 400)
    ((0.5, 0.5), (1.7976931348623157e+308, inf))
    """
    with ctx.workprec(128):
        interval = ball(value)
    if not interval.is_finite():
        return math.nan, math.nan
    with ctx.workprec(53):
        lower, upper = interval.lower(), interval.upper()  # rounded outwards, to 53 bits
    low, high = float(lower), float(upper)  # rounded once more, to nearest, where they are subnormal or overflow
    low = math.nextafter(low, -math.inf) if arb(low) > lower else low
    return low, math.nextafter(high, math.inf) if arb(high) < upper else high
