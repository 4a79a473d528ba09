"""Functions with derivatives in closed form, where JAX's own cancel, overflow, or miss a kink, a step or the end of a domain.

Derivatives of every order follow in both modes, since each is written with functions of this file. At a kink it is SymPy's: Abs has
the slope sign(0) = 0 at 0, and both operands of a maximum or minimum have half of the slope where they tie. A step has the slope 0.
Where a value is NaN its derivative is NaN as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

Function = Callable[[jax.Array], jax.Array]


def with_slope(slope: Function) -> Callable[[Function], Any]:
    """Return a decorator that gives a function of one argument this derivative."""

    def decorate(function: Function) -> Any:
        wrapped = jax.custom_jvp(function)
        wrapped.defjvp(lambda primals, tangents: (wrapped(*primals), slope(*primals) * tangents[0]))
        return wrapped

    return decorate


@partial(jax.custom_jvp)
def nan_where(undefined: jax.Array, x: jax.Array) -> jax.Array:
    """Return 0, NaN where undefined, as a function of x whose derivative is the same.

    >>> nan_where(jnp.array([True, False]), jnp.zeros(2)).tolist()
    [nan, 0.0]
    """
    return jnp.where(undefined, jnp.nan, jnp.zeros_like(x))


def _nan_where_rule(primals: Any, tangents: Any) -> Any:
    value = nan_where(*primals)
    return value, value * tangents[1]


nan_where.defjvp(_nan_where_rule)


def _undefined(x: jax.Array) -> jax.Array:
    return nan_where(jnp.isnan(x), x)


# --- saturation --------------------------------------------------------------------------------------------------------


def _slope_of_bell(x: jax.Array) -> jax.Array:
    return -tanh(x / 2) * bell(x)


@with_slope(_slope_of_bell)
def bell(x: jax.Array) -> jax.Array:
    """Return s(x) s(-x) for the logistic function s: its slope, and a quarter of that of tanh at x/2, to the last digits.

    >>> f"{bell(jnp.float32(60)):.4e}"  # where s(60) = 1
    '8.7565e-27'
    """
    falling = jnp.exp(-jnp.abs(x))
    return falling / jnp.square(1 + falling)


tanh = with_slope(lambda x: 4 * bell(2 * x))(jnp.tanh)
logistic = with_slope(bell)(jax.nn.sigmoid)
softplus = with_slope(logistic)(lambda x: jnp.logaddexp(x, jnp.zeros_like(x)))
expm1 = with_slope(jnp.exp)(jnp.expm1)


# --- quotients, roots, logarithms --------------------------------------------------------------------------------------


@partial(jax.custom_jvp)
def divide(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return a/b with the slope (da - (a/b) db)/b, which forms no b squared.

    >>> jax.grad(divide, argnums=1)(jnp.float32(1e-25), jnp.float32(1e-25)).tolist() < -9e24
    True
    """
    return a / b


def _divide_rule(primals: Any, tangents: Any) -> Any:
    quotient = divide(*primals)
    return quotient, divide(tangents[0] - quotient * tangents[1], primals[1])


divide.defjvp(_divide_rule)


def reciprocal(x: jax.Array) -> jax.Array:
    """Return 1/x."""
    return divide(jnp.ones_like(x), x)


log = with_slope(lambda x: reciprocal(x + nan_where(x < 0, x)))(jnp.log)
log1p = with_slope(lambda x: reciprocal(1 + x + nan_where(x < -1, x)))(jnp.log1p)
atanh = with_slope(lambda x: reciprocal((1 - x) * (1 + x) + nan_where(jnp.abs(x) > 1, x)))(jnp.arctanh)


def integer_power(base: jax.Array, power: int) -> jax.Array:
    """Return base**power by repeated squaring, so that integers and their gradients stay exact.

    >>> int(integer_power(jnp.int32(3), 5))
    243
    """
    result = None
    while power:
        if power & 1:
            result = base if result is None else result * base
        power >>= 1
        base = base * base if power else base
    return jnp.ones_like(base) if result is None else result


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def half_power(power: int, x: jax.Array) -> jax.Array:
    """Return x^(power/2) for an odd power, with the slope power/2 x^(power/2 - 1), which is 0 at 0 for powers above 2.

    >>> jax.grad(lambda x: half_power(3, x))(0.0).tolist()
    0.0
    """
    root = integer_power(jnp.sqrt(x), abs(power))
    return root if power > 0 else reciprocal(root)


def _half_power_rule(power: int, primals: Any, tangents: Any) -> Any:
    return half_power(power, *primals), power / 2 * half_power(power - 2, *primals) * tangents[0]


half_power.defjvp(_half_power_rule)


# --- kinks and steps ---------------------------------------------------------------------------------------------------

sign = with_slope(_undefined)(jnp.sign)
floor = with_slope(_undefined)(lambda x: jnp.floor(x).astype(x.dtype))
ceiling = with_slope(_undefined)(lambda x: jnp.ceil(x).astype(x.dtype))
absolute = with_slope(sign)(jnp.abs)


@with_slope(_undefined)
def above_zero(x: jax.Array) -> jax.Array:
    """Return 1 where x > 0, 0 elsewhere, NaN where x is: a comparison with NaN fails, and a step would not show it."""
    return keeping_nan(x, (x > 0).astype(x.dtype))


def keeping_nan(x: jax.Array, value: jax.Array) -> jax.Array:
    """Return the value, NaN where x is NaN."""
    return jnp.where(jnp.isnan(x), x, value) if jnp.issubdtype(x.dtype, jnp.floating) else value


def _extreme(function: Callable[..., jax.Array], wins: Callable[..., jax.Array]) -> Any:
    """Return a maximum or minimum whose slope is that of the winner, half of both at a tie, NaN where it is NaN."""
    wrapped = jax.custom_jvp(function)

    def rule(primals: Any, tangents: Any) -> Any:
        (a, b), (da, db) = primals, tangents
        value = wrapped(a, b)
        tie = (da + db) * jnp.where(jnp.isnan(value), jnp.nan, jnp.full_like(value, 0.5))
        return value, jnp.where(wins(a, b), da, jnp.where(wins(b, a), db, tie))

    wrapped.defjvp(rule)
    return wrapped


maximum = _extreme(jnp.maximum, jnp.greater)
minimum = _extreme(jnp.minimum, jnp.less)
