"""Numbers that a caller gives: a real, an integer, an array; whatever else is refused in one sentence, before any work is done."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from workbench.errors import BadInput

SHOWN = 60  # characters of a value in a message


def real(what: str, value: Any) -> float:
    """Return a number as a float, infinite and NaN ones too.

    Raises BadInput for text, truth values, None, complex numbers, symbols and arrays.

    >>> real("t1", 3)
    3.0
    >>> real("t1", "3")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: t1 = '3' is no real number: give one, such as 1.0
    """
    try:
        if isinstance(value, (str, bytes, bool)) or np.ndim(value):
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadInput(f"{what} = {repr(value)[:SHOWN]} is no real number: give one, such as 1.0") from None


def whole(what: str, value: Any, least: int = 1) -> int:
    """Return an integer that is not below the least one.

    Raises BadInput for any other value, floats such as 2.0 too.

    >>> whole("steps", 2.0)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: steps = 2.0 is not an integer from 1 on
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, (bool, np.bool_)) or number < least:
        raise BadInput(f"{what} = {repr(value)[:SHOWN]} is not an integer from {least} on")
    return number


def array(what: str, value: Any, dtype: str = "float64") -> np.ndarray:
    """Return nested numbers as an array of a float type; a number beyond its range becomes infinite.

    Raises BadInput for text, symbols, complex numbers and rows of unequal lengths.

    >>> array("start", [[1, 2], [3]])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: start [[1, 2], [3]] is no array of real numbers
    """
    try:
        given = np.asarray(value)
        if given.dtype.kind in "USc":
            raise TypeError
        with np.errstate(over="ignore"):
            return np.asarray(given, dtype=dtype)
    except (TypeError, ValueError, OverflowError):
        raise BadInput(f"{what} {repr(value)[:SHOWN]} is no array of real numbers") from None
