"""The gamma function, its quotients, its logarithm and the derivatives of that, right of 0 by JAX and left of it by reflection.

Source: NIST Digital Library of Mathematical Functions, 2010, 5.5.3 and 5.15.6.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as jss

from workbench.lowering.elementary import nan_where, reciprocal, with_slope


def _digamma(x: jax.Array) -> jax.Array:
    return polygamma(0, x)


@with_slope(_digamma)
def log_gamma(x: jax.Array) -> jax.Array:
    """Return log|Gamma(x)|, whose derivatives are polygamma functions on both sides of 0.

    >>> f"{jax.grad(jax.grad(log_gamma))(-7.75):.3f}"
    '19.618'
    """
    return jss.gammaln(x)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def polygamma(order: int, x: jax.Array) -> jax.Array:
    """Return the derivative of this order of digamma, by reflection left of 0; NaN at the poles 0, -1, -2, ...

    >>> f"{polygamma(1, jnp.float32(-7.75)):.3f}", polygamma(1, jnp.float32(-7)).tolist()
    ('19.618', nan)
    """
    reflected = x < 0
    positive = jnp.where(reflected, 1 - x, x)
    value = jss.polygamma(order, positive) if order else jss.digamma(positive)
    fraction = jnp.where(reflected, x - jnp.round(x), 0.25)
    mirror = (-1) ** order * value - _cotangent_derivative(order, fraction)
    return jnp.where(reflected, mirror, value) + nan_where(_pole(x), x)


def _polygamma_rule(order: int, primals: Any, tangents: Any) -> Any:
    return polygamma(order, *primals), polygamma(order + 1, *primals) * tangents[0]


polygamma.defjvp(_polygamma_rule)


def _cotangent_derivative(order: int, x: jax.Array) -> jax.Array:
    """Return the derivative of this order of pi cot(pi x), |x| <= 1/2: a polynomial in the cotangent without cancellation."""
    cotangent = reciprocal(jnp.tan(jnp.pi * x))
    total = jnp.zeros_like(x)
    for c in reversed(_in_cotangent(order)):
        total = total * cotangent + float(c) * math.pi ** (order + 1)
    return total


@lru_cache(maxsize=128)
def _in_cotangent(order: int) -> tuple[int, ...]:
    """Return the coefficients, from the constant up, of the derivative of cot as a polynomial in it: cot' = -(1 + cot^2)."""
    if order == 0:
        return (0, 1)
    slope = [k * c for k, c in enumerate(_in_cotangent(order - 1))][1:]
    return tuple(-(a + b) for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True))


def gamma_quotient(numerators: Sequence[jax.Array], denominators: Sequence[jax.Array], *, rounds: bool) -> jax.Array:
    """Return a product of gamma functions over another; NaN at a pole above, 0 at a pole below, where the derivative is NaN.

    Its relative error is a few ulps of the largest |log gamma| in it. With `rounds` it is an integer where all arguments are.

    >>> gamma_quotient([jnp.array([6.0, 0.0])], [jnp.array([4.0, 3.0])], rounds=True).tolist()
    [20.0, nan]
    """
    every = [*numerators, *denominators]
    logarithm = sum(map(log_gamma, numerators)) - sum(map(log_gamma, denominators), start=jnp.zeros_like(every[0]))
    value = math.prod(map(jss.gammasgn, every)) * jnp.exp(logarithm)
    if rounds:
        whole = math.prod((x == jnp.floor(x)) for x in every) & jnp.isfinite(value)
        value = value + jax.lax.stop_gradient(jnp.where(whole, jnp.round(value) - value, 0))
    for x in denominators:
        value = jnp.where(_pole(x), 0, value)
    return value + sum(nan_where(_pole(x), x) for x in numerators)


def _pole(x: jax.Array) -> jax.Array:
    return (x <= 0) & (x == jnp.floor(x))
