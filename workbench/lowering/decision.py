"""Signs that are certain: from a float64 evaluation where its error bound decides, in exact or ball arithmetic elsewhere."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import jax
import numpy as np
from flint import fmpq

from workbench.errors import BadInput
from workbench.lowering.ball_rules import Value
from workbench.lowering.balls import PRECISIONS, refinements
from workbench.lowering.bounds import majorant, radius, rounding
from workbench.lowering.enclosure import concrete, float_bounds, rationals
from workbench.lowering.precision import LIMITS
from workbench.lowering.program import program
from workbench.lowering.tape import Tape

IEEE = ("cpu", "gpu", "cuda", "rocm")  # where float64 is that of the error bound
REACH = 1 << 30  # points further out go to exact arithmetic, lest one of them spoils the bound for all
MANY = 256  # for fewer points exact arithmetic is done before a function is compiled
UNDECIDED = 2


def certain_signs(tape: Tape, points: Any, *, undecided: str = "refuse") -> np.ndarray:
    """Return the signs -1, 0 or 1 (int8, shape (...)) of a tape's real values at points of shape (..., inputs), taken as exact.

    0 says that the value is exactly 0, known in rational arithmetic. Raises BadInput for a point where 4,096 bits do not decide
    (an irrational expression for 0, or an undefined value), unless undecided = "mask": the array is then masked there. Raises it
    also for coordinates that are not finite, traced points, and an undecided operation without a rule in ball arithmetic.

    >>> from fractions import Fraction
    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(1)
    >>> root = t.add("sqrt", (t.add("input", (), 0),))
    >>> gap = t.add("linear", (t.add("multiply", (root, root)), t.constant(2)), (Fraction(1), Fraction(-1)))
    >>> certain_signs(t.finished(gap), [[1.0], [3.0], [4.0]]).tolist()
    [-1, 1, 1]
    >>> certain_signs(t.finished(gap), [[1.0], [2.0]], undecided="mask").tolist()
    [-1, None]
    >>> certain_signs(t.finished(gap), [2.0])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: the sign at point (2.0) is not decided by 4096 bits, which give -5e-324 <= value <= 5e-324: \
simplify the expression if it is 0 there, or ask with undecided='mask'
    """
    if undecided not in ("refuse", "mask"):
        raise BadInput(f"undecided {undecided!r} is not 'refuse' or 'mask'")
    given = concrete(points)
    flat = given.reshape(math.prod(given.shape[:-1]), given.shape[-1])
    inner, at_zero = _without_sgn(tape)
    signs = _filtered(inner, flat)
    left = np.flatnonzero(signs == UNDECIDED)
    for k, point in zip(left, rationals(flat[left]), strict=True):
        signs[k], last = _sign(inner, point)
        if signs[k] == UNDECIDED and undecided == "refuse":
            raise BadInput(_refusal(flat[k], last))
    if at_zero is not None:
        signs[signs == 0] = 1 if at_zero else -1
    signs = signs.reshape(given.shape[:-1])
    return np.ma.masked_equal(signs, UNDECIDED) if undecided == "mask" else signs


@lru_cache(maxsize=512)
def _without_sgn(tape: Tape) -> tuple[Tape, Any]:
    """Return the tape below a last sgn, whose sign decides that of the tape, and sgn's value at 0 (None if there is none)."""
    last = tape.instructions[tape.root]
    return (Tape(tape.inputs, tape.instructions, last.args[0]).used(), last.payload) if last.op == "sgn" else (tape, None)


def _filtered(tape: Tape, points: np.ndarray) -> np.ndarray:
    """Return the signs that a float64 evaluation decides, UNDECIDED at the other points."""
    nothing = np.full(len(points), UNDECIDED, dtype=np.int8)
    if len(points) < MANY or jax.default_backend() not in IEEE:
        return nothing
    at = points.astype(np.float64)
    held, size = (at == points).all(axis=1), np.abs(at).max(axis=1, initial=0)
    reach = min(radius(tape, "float64"), LIMITS["float64"] - 1)
    whole = held & (at == np.round(at)).all(axis=1) & (size <= reach)
    near = held & (size <= REACH)
    bound = None if whole.all() else rounding(tape, math.ceil(size[near].max(initial=0)))
    if bound is None and not whole.any():
        return nothing
    values, error = np.asarray(program(tape, "float64")(at)), np.full(len(points), np.inf)
    if bound:
        error = bound.relative * np.asarray(program(majorant(tape), "float64")(np.abs(at))) + bound.absolute
    return np.where(whole | near & (np.abs(values) > error), np.sign(values), nothing).astype(np.int8)


def _sign(tape: Tape, point: list[fmpq]) -> tuple[int, Value]:
    """Return the sign of a value, UNDECIDED after the last precision, and the last enclosure of it."""
    for value in refinements(tape, point):
        if value > 0 or value < 0 or value == 0:
            return (value > 0) - (value < 0), value
    return UNDECIDED, value


def _refusal(point: np.ndarray, last: Value) -> str:
    low, high = float_bounds(last)
    shown = ", ".join(map(str, point[:6].tolist())) + (", ..." if len(point) > 6 else "")
    found = "do not show it to be defined" if math.isnan(low) else f"give {low!r} <= value <= {high!r}"
    return (
        f"the sign at point ({shown}) is not decided by {PRECISIONS[-1]} bits, which {found}: "
        "simplify the expression if it is 0 there, or ask with undecided='mask'"
    )
