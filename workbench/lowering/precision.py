"""The number types that functions run in, what they hold exactly, and float64 calls that leave JAX's settings alone."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.errors import BadInput

LIMITS = {"float32": 1 << 24, "float64": 1 << 53, "int32": (1 << 31) - 1, "int64": (1 << 63) - 1}
FINEST = {"float32": 1 << 126, "float64": 1 << 1022, "int32": 1, "int64": 1}  # denominators; 1 over the next may be flushed to 0
WRITTEN_BITS = 100  # larger integers are shown as powers of two
WIDE = ("float64", "int64")  # the types that JAX calls x64


@dataclass(frozen=True)
class Exactness:
    """Whether an evaluation makes no rounding error, and the bound that decides it; its truth value is `exact`.

    `bound` is the largest integer that the evaluation may form (numerators over a common power of two for a float type) and
    `limit` the largest up to which the type holds every integer; `bound` is None where some step rounds.

    >>> bool(Exactness(True, 3, 1 << 24, "integers up to 3 <= 2**24"))
    True
    >>> print(Exactness(False, None, 1 << 24, "exp rounds"))
    inexact: exp rounds
    """

    exact: bool
    bound: int | None
    limit: int
    reason: str

    def __bool__(self) -> bool:
        return self.exact

    def __str__(self) -> str:
        return f"{'exact' if self.exact else 'inexact'}: {self.reason}"


def number_type(dtype: object) -> str:
    """Return the name of one of the four number types, float32, float64, int32, int64.

    Raises BadInput for any other.

    >>> number_type("float64")
    'float64'
    >>> number_type("bfloat16")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: dtype 'bfloat16' is not one of float32, float64, int32, int64
    """
    if isinstance(dtype, str) and dtype in LIMITS:
        return dtype
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None)
    if isinstance(name, str) and name in LIMITS:
        return name
    raise BadInput(f"dtype {dtype!r} is not one of {', '.join(LIMITS)}")


def written(number: int) -> str:
    """Return an integer as digits if they are few, else as its nearest power of two from below.

    >>> written(-12), written(3**1000)
    ('-12', '2**1584')
    """
    power = abs(number).bit_length() - 1
    return str(number) if power < WRITTEN_BITS else f"{'-' * (number < 0)}2**{power}"


def is_float(dtype: str) -> bool:
    """Say whether a number type is a float type."""
    return dtype.startswith("float")


def scope(dtype: str) -> AbstractContextManager[Any]:
    """Return the context in which JAX computes in this type: x64 for the calls inside it, no setting changed afterwards."""
    return jax.enable_x64(True) if dtype in WIDE else nullcontext()


def checked(points: Any, dtype: str, *, radius: int | None = None) -> Any:
    """Return the points as an array or tracer that converts to this type without silent loss; called outside `scope`.

    Each coordinate is rounded once, to the nearest number of the type. Raises BadInput for points that the type cannot hold: not
    numbers, masked, complex, beyond the range of a float type, fractional for an integer type, or (their values being known, in a
    call outside transformations) beyond the `radius` within which an integer type cannot overflow; and inside a transformation of
    a 64-bit function while x64 is off, where JAX shortens points and results.

    >>> checked([0.5], "int32")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: points of type float64: give integers, since the function was lowered to int32
    >>> checked([70_000], "int32", radius=46_340)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: coordinate 70000 > 46340, beyond which values may pass 2**31 - 1: lower with dtype='int64'
    """
    if isinstance(points, jax.core.Tracer):
        _accept_tracer(points, dtype)
        return points
    try:
        given = points if isinstance(points, (jax.Array, np.ndarray)) else _array(points, dtype)
    except jax.errors.TracerArrayConversionError:  # a list of numbers inside a transformation
        return checked(jnp.asarray(points), dtype)
    except ValueError:
        raise BadInput("points of unequal lengths: give an array of shape (..., inputs)") from None
    _accept_kind(given.dtype, dtype)
    if np.ma.is_masked(given):
        raise BadInput("masked points have no values: give .compressed() or .filled(...) of them")
    if is_float(dtype):
        _accept_range(given, dtype)
    else:
        largest = max(-int(given.min()), int(given.max())) if given.size else 0
        _accept_size(largest, dtype, LIMITS[dtype] if radius is None else radius)
    return given


def argument(given: Any, dtype: str) -> Any:
    """Return a checked array in this type for a jitted function, NumPy's as NumPy's: JAX takes them in without compiling a copy."""
    return jnp.asarray(given, dtype=dtype) if isinstance(given, jax.Array) else np.asarray(given, dtype=dtype)


def _array(points: Any, dtype: str) -> np.ndarray:
    given = np.asarray(points)
    if given.dtype == object:
        raise BadInput("points of Python objects, such as fractions or integers beyond 2**63: give floats or smaller integers")
    return given if given.size else given.astype(dtype)


def _accept_size(largest: int, dtype: str, radius: int) -> None:
    if largest > radius:
        wider = dtype == "int32" and largest <= LIMITS["int64"]
        way_out = "lower with dtype='int64'" if wider else "take f.poly.at(point), exact at any size"
        limit = f"2**{31 if dtype == 'int32' else 63} - 1"
        passed = limit if radius == LIMITS[dtype] else f"{radius}, beyond which values may pass {limit}"
        what = f"coordinate {largest} > {passed}" if radius >= 0 else f"values may pass {limit} at any point"
        raise BadInput(f"{what}: {way_out}")


def _accept_range(given: Any, dtype: str) -> None:
    if given.dtype.kind != "f" or given.dtype.itemsize <= np.dtype(dtype).itemsize:
        return
    sizes, largest = np.abs(np.asarray(given)), np.finfo(dtype).max
    if (beyond := (sizes > largest) & (sizes < np.inf)).any():
        way_out = "lower with dtype='float64'" if dtype == "float32" else "give float64 points"
        raise BadInput(f"coordinate {np.asarray(given)[beyond][0]} > {largest}, the largest number of {dtype}: {way_out}")


def accept_points(points: jax.Array, inputs: int, dtype: str) -> None:
    """Raise BadInput unless an array has `inputs` numbers on its last axis, of a kind that the type can hold."""
    if points.ndim == 0 or points.shape[-1] != inputs:
        raise BadInput(f"points of shape {points.shape}, but the last axis must have length {inputs}, one for each input")
    _accept_kind(points.dtype, dtype)


def _accept_kind(given: Any, dtype: str) -> None:
    extended = jnp.issubdtype(given, jax.dtypes.extended)  # keys of random numbers
    kind = "f" if given == jnp.bfloat16 else "" if extended else np.dtype(given).kind
    if not kind or kind not in ("iubf" if is_float(dtype) else "iub"):
        way_out = "real numbers" if is_float(dtype) else f"integers, since the function was lowered to {dtype}"
        raise BadInput(f"points of type {given}: give {way_out}")


def _accept_tracer(points: Any, dtype: str) -> None:
    _accept_kind(points.dtype, dtype)
    if dtype in WIDE and not jax.config.jax_enable_x64:
        raise BadInput(
            f"{points.dtype} values inside a transformation of a {dtype} function, with x64 off (JAX shortens points and results): "
            f"transform inside `with jax.enable_x64(True):`, or lower with dtype='{dtype[:-2]}32'"
        )
    if not is_float(dtype) and not np.can_cast(points.dtype, dtype):
        raise BadInput(f"{points.dtype} values inside a transformation of an {dtype} function: cast them where their size is known")
