"""What mechanisms take: exact numbers as options, arrays of real numbers, masks of truth values."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from sympy.logic.boolalg import BooleanAtom

from workbench.errors import BadInput
from workbench.units import Value, exact, symbolic

POSITIVE = ("sigma", "alpha", "coupling", "epsilon")  # numbers that a rule divides by, or that say how fast it falls
BITS = 60  # so that squares of options are float32 numbers, and not 0


def constant(name: str, value: Any) -> Value:
    """Return an exact option: a number of at most 2^60, and from 2^-60 on if it has to be positive.

    >>> constant("sigma", 2)
    2
    >>> constant("sigma", 0)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: sigma = 0 is not a number from 2^-60 to 2^60: give sigma > 0
    """
    held = exact(value)
    number = symbolic(held)
    low, told = (Fraction(1, 2**BITS), f"2^-{BITS}") if name in POSITIVE else (-(2**BITS), f"-2^{BITS}")
    if not (number.is_comparable and bool(number >= symbolic(low)) and bool(number <= 2**BITS)):
        raise BadInput(
            f"{name} = {str(value)[:40]} is not a number from {told} to 2^{BITS}" + f": give {name} > 0" * (name in POSITIVE)
        )
    return held


def inexact(array: Any) -> jax.Array:
    """Return what is given as an array of a float type. Raises BadInput for what is no array of real numbers.

    >>> inexact([1, 2]).tolist()
    [1.0, 2.0]
    >>> inexact("a")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: str is no array of numbers: give one of shape (..., tokens, width)
    """
    try:
        given = None if isinstance(array, str) else jnp.asarray(array)
    except (TypeError, ValueError, OverflowError):
        given = None
    if given is None:
        raise BadInput(f"{type(array).__name__} is no array of numbers: give one of shape (..., tokens, width)")
    if jnp.iscomplexobj(given):
        raise BadInput(f"an array of type {given.dtype}: take real and imaginary parts apart")
    return given if jnp.issubdtype(given.dtype, jnp.inexact) else given.astype(float)


def truths(mask: Any, n: int, *, axes: int | None = None) -> Any:
    """Return a mask as an array of truth values. Raises BadInput for another type, or a shape that does not end in (n, n).

    >>> truths([[0.0, float("-inf")], [0.0, 0.0]], 2)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: a mask of type float64 is not one of truth values: give (..., 2, 2), True where a query reads a key
    """
    wanted = f"give (..., {n}, {n}), True where a query reads a key"
    try:
        given = mask if isinstance(mask, jax.Array) else np.asarray(mask)
    except jax.errors.TracerArrayConversionError:  # a list inside a transformation
        given = jnp.asarray(mask)
    except ValueError:
        raise BadInput(f"a mask of unequal rows: {wanted}") from None
    if given.dtype == object and all(isinstance(truth, (bool, BooleanAtom)) for truth in given.flat):  # of SymPy
        given = given.astype(bool)
    if given.dtype != bool:
        raise BadInput(f"a mask of type {given.dtype} is not one of truth values: {wanted}")
    if given.shape[-2:] != (n, n) or axes not in (None, given.ndim):
        raise BadInput(f"a mask of shape {given.shape}: {wanted}")
    return given


def accept_batches(shapes: Sequence[tuple[int, ...]]) -> None:
    """Raise BadInput unless axes before those of tokens broadcast."""
    try:
        jnp.broadcast_shapes(*shapes)
    except ValueError:
        told = ", ".join(map(str, dict.fromkeys(shapes)))
        raise BadInput(f"axes {told} before tokens do not broadcast: give the same ones for all arrays") from None


def accept_positive(name: str, value: Any) -> None:
    """Raise BadInput for what is known not to be positive numbers; of traced ones nothing is known."""
    try:
        held = None if isinstance(value, jax.core.Tracer) else np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise BadInput(f"{name} = {value!r} is not a number") from None
    if held is not None and not (held > 0).all():
        raise BadInput(f"{name} = {value} is not positive")
