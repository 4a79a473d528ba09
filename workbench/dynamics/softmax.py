"""The softmax gradient without cancellation or underflow: a direction, and the logarithm of its scale."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def softmax_gradient(
    scores: Float[Array, "*batch tokens"], logits: Float[Array, "*batch tokens"]
) -> tuple[Float[Array, "*batch tokens"], Float[Array, "*batch"]]:
    """Return (direction, log_scale): the gradient of sum_t softmax(a)_t gamma_t in the logits a is direction * exp(log_scale).

    The entries are sums over pairs, s_t s_u (gamma_t - gamma_u), with the largest pair scaled to 1: nothing cancels when one token
    has all the weight, and nothing underflows however large the gap. The textbook form s_t (gamma_t - sum_u s_u gamma_u) has the
    wrong direction once the gap passes ln(1/eps), 16 in float32 and 36 in float64. Where all scores are equal, both are 0.

    >>> with jax.enable_x64(True):
    ...     direction, log_scale = softmax_gradient(jnp.array([1.0, 0.0]), jnp.array([700.0, 0.0]))
    >>> direction.tolist(), float(log_scale)
    ([1.0, -1.0], -700.0)
    """
    logs = jax.nn.log_softmax(logits, axis=-1)
    gaps = scores[..., :, None] - scores[..., None, :]
    pairs = jnp.where(gaps != 0, logs[..., :, None] + logs[..., None, :], -jnp.inf)
    largest = pairs.max(axis=(-2, -1))
    scale = jnp.where(jnp.isfinite(largest), largest, 0)
    return (jnp.exp(pairs - scale[..., None, None]) * gaps).sum(axis=-1), scale
