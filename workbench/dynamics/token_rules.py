"""The rules by which token selection moves: minus the gradient with its scale apart, and one step of each rule.

Every rule moves along the gradient of `softmax_pulls`, so that directions are right however large the logit gap is; arrays have the
draws in front, and the softmax is taken with them at the back, where they are next to each other in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from workbench.dynamics.softmax import common_scale, softmax_pulls

if TYPE_CHECKING:
    from workbench.dynamics.token_runs import Draws

Factors = tuple[Any, ...]  # (W,) or (K, Q)
ADAM_FLOOR = 1e-30  # Adam's epsilon: the usual 1e-8 would stop it, since the gradients fall below any bound
RESOLVED = 1e-3  # logits, the exponents of all weights, are to be known to this
ADAM = optax.scale_by_adam(eps=ADAM_FLOOR)


def matrix(factors: Factors) -> Any:
    return factors[0] if len(factors) == 1 else jnp.einsum("...dm,...em->...de", *factors)


def _asked(factors: Factors, data: Draws) -> Any:
    """Return what the first factor meets: the queries z, or Q^T z."""
    return data.queries if len(factors) == 1 else data.queries @ factors[1]


def logits_of(factors: Factors, data: Draws) -> Any:
    return jnp.einsum("...itd,...dm,...im->...it", data.tokens, factors[0], _asked(factors, data))


def descent(factors: Factors, data: Draws) -> tuple[Factors, Any]:
    """Return minus the gradient of the loss of one draw or of many, as (factors, log_scale) of value factor * exp(log_scale)."""
    mean, scales, total, pulls = softmax_pulls(data.scores.T, logits_of(factors, data).T, axis=0)  # draws last: vectors anywhere
    log_scale, shares = common_scale(scales - jnp.maximum(mean, 0), axis=(0, 1))
    slopes = pulls * (shares / total**2 / (1 + jnp.exp(-jnp.abs(mean))))  # 1/(1 + e^mean), its size in the scale
    pulled = jnp.einsum("...it,...itd->...id", slopes.T, data.tokens)
    first = jnp.einsum("...id,...im->...dm", pulled, _asked(factors, data))
    more = [jnp.einsum("...ie,...im->...em", data.queries, pulled @ f) for f in factors[:-1]]
    return (first, *more), log_scale[0, 0] - log(data.scores.shape[-2])


def log_excess(factors: Factors, data: Draws) -> Any:
    """Return ln(L - L*), L* the loss of the best tokens, without the difference of the two."""
    best = data.scores.max(axis=-1)
    logs = jax.nn.log_softmax(logits_of(factors, data))
    behind = best[..., None] - data.scores
    gap = jax.nn.logsumexp(jnp.where(behind > 0, logs + jnp.log(jnp.where(behind > 0, behind, 1)), -jnp.inf), axis=-1)
    small, other = jnp.exp(gap), jax.nn.sigmoid(-best)
    ratio = jnp.where(small > 1e-9, jnp.log1p(jnp.expm1(small) * other) / jnp.where(small > 1e-9, small, 1), other)
    return jax.nn.logsumexp(gap + jnp.log(ratio), axis=-1) - log(data.scores.shape[-2])


def _size(factors: Factors) -> Any:
    size = jnp.sqrt(sum((f * f).sum(axis=(-2, -1), keepdims=True) for f in factors))
    return jnp.where(size > 0, size, 1)


def _wide(numbers: Any) -> Any:
    return numbers[..., None, None]


def _moved(factors: Factors, by: Factors, scale: Any) -> Factors:
    return tuple(f + scale * b for f, b in zip(factors, by, strict=True))


def _normalised(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, _ = descent(factors, data)
    return _moved(factors, tuple(d / _size((d,)) for d in down), eta), state


def _joint(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, _ = descent(factors, data)
    return _moved(factors, down, eta / _size(down)), state


def _decaying(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    return _joint(factors, state, data, k, eta / jnp.sqrt(k + 1.0))


def _gradient(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, scale = descent(factors, data)
    return _moved(factors, down, eta * jnp.exp(_wide(scale))), state


def _polyak(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, scale = descent(factors, data)
    return _moved(factors, down, eta * jnp.exp(_wide(log_excess(factors, data) - scale)) / _size(down) ** 2), state


def _adam(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, scale = descent(factors, data)
    by, state = ADAM.update(tuple(d * jnp.exp(_wide(scale)) for d in down), state)
    return _moved(factors, by, eta), state


def _flow(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    """One classical Runge-Kutta step of dW/dtau = -e^tau grad L; e^tau meets the decay of the gradient in one exponent."""

    def slope(at: Factors, tau: Any) -> Factors:
        down, scale = descent(at, data)
        return tuple(d * jnp.exp(_wide(scale) + tau) for d in down)

    tau = k * eta
    first = slope(factors, tau)
    second = slope(_moved(factors, first, eta / 2), tau + eta / 2)
    third = slope(_moved(factors, second, eta / 2), tau + eta / 2)
    fourth = slope(_moved(factors, third, eta), tau + eta)
    mean = tuple((a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(first, second, third, fourth, strict=True))
    return _moved(factors, mean, eta), state


RULES: dict[str, Callable[..., Any]] = {
    "normalised": _normalised,
    "joint": _joint,
    "decaying": _decaying,
    "gradient": _gradient,
    "polyak": _polyak,
    "adam": _adam,
    "flow": _flow,
}


def gap_limit(rule: str, dtype: str) -> tuple[float, str]:
    """Return the logit gap up to which a type carries a rule, and what is lost beyond it.

    A gradient step of size e^-gap is lost beside W where it is below the spacing of the type, as the textbook softmax gradient is
    in direction; Adam squares gradients; the other rules hold as long as logits themselves are known to 1e-3.

    >>> [round(gap_limit(rule, "float32")[0], 1) for rule in ("gradient", "adam", "normalised")]
    [15.9, 43.7, 8388.6]
    >>> round(gap_limit("gradient", "float64")[0], 1)
    36.0
    """
    kind = np.finfo(dtype)
    if rule == "gradient":
        return -log(kind.eps), "a step is lost beside W"
    if rule == "adam":
        return -log(kind.tiny) / 2, "the square of a gradient is lost"
    return RESOLVED / float(kind.eps), f"logits are not known to {RESOLVED:g}"
