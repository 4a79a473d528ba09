"""What the JAX forms share: which keys a query reads, weights over them, and divisions and roots whose gradients stay finite.

A guard stands on both branches of each choice, so that the branch not taken has finite derivatives as well.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def open_pairs(n: int, causal: bool, mask: Any) -> jax.Array | None:
    """Return which keys each query reads, shape (..., n, n), or None for all.

    >>> open_pairs(2, True, None).tolist(), open_pairs(2, False, None)
    ([[True, False], [True, True]], None)
    """
    if not causal:
        return None if mask is None else jnp.asarray(mask, dtype=bool)
    lower = jnp.tril(jnp.ones((n, n), dtype=bool))
    return lower if mask is None else lower & jnp.asarray(mask, dtype=bool)


def joined(first: jax.Array | None, second: jax.Array | None) -> jax.Array | None:
    """Return the pairs that are open in both."""
    if first is None or second is None:
        return second if first is None else first
    return first & second


def shares(scores: jax.Array, pairs: jax.Array | None = None) -> jax.Array:
    """Return the softmax of scores over the open keys; 0 elsewhere, and for a query without keys.

    >>> shares(jnp.array([[1.0, 1.0], [5.0, 2.0]]), jnp.array([[True, True], [False, False]])).tolist()
    [[0.5, 0.5], [0.0, 0.0]]
    """
    if pairs is None:
        return jax.nn.softmax(scores, axis=-1)
    some = pairs.any(axis=-1, keepdims=True)
    held = jnp.where(some, jnp.where(pairs, scores, -jnp.inf), 0)
    return jnp.where(some, jax.nn.softmax(held, axis=-1), 0)


def shares_beside(scores: jax.Array, logit: jax.Array, pairs: jax.Array | None = None) -> jax.Array:
    """Return the softmax of scores over the open keys and one more score, without the share of that one.

    >>> shares_beside(jnp.zeros((1, 2)), jnp.zeros(()), jnp.array([[True, False]])).tolist()
    [[0.5, 0.0]]
    """
    held = scores if pairs is None else jnp.where(pairs, scores, -jnp.inf)
    top = jax.lax.stop_gradient(jnp.maximum(held.max(axis=-1, keepdims=True), logit))
    powers = jnp.exp(held - top)
    return powers / (powers.sum(axis=-1, keepdims=True) + jnp.exp(logit - top))


def quotient(top: jax.Array, bottom: jax.Array) -> jax.Array:
    """Return top / bottom, and 0 where bottom is 0.

    >>> quotient(jnp.array([1.0, 3.0]), jnp.array([0.0, 2.0])).tolist()
    [0.0, 1.5]
    """
    zero = bottom == 0
    return jnp.where(zero, 0, top / jnp.where(zero, 1, bottom))


def root(square: jax.Array) -> jax.Array:
    """Return the square root of max(0, square), with derivative 0 where that is 0.

    >>> root(jnp.array([-1.0, 0.0, 4.0])).tolist(), float(jax.grad(root)(0.0))
    ([0.0, 0.0, 2.0], 0.0)
    """
    above = square > 0
    return jnp.where(above, jnp.sqrt(jnp.where(above, square, 1)), 0)


def largest(scores: jax.Array, most: int, pairs: jax.Array | None = None) -> jax.Array:
    """Return which keys have the `most` largest scores among the open ones; of equal scores the first count.

    >>> largest(jnp.array([2.0, 3.0, 2.0, 2.0]), 2).tolist()
    [True, True, False, False]
    """
    held = scores if pairs is None else jnp.where(pairs, scores, -jnp.inf)
    places = jax.lax.top_k(jax.lax.stop_gradient(held), min(most, scores.shape[-1]))[1]
    chosen = jnp.put_along_axis(jnp.zeros(scores.shape, dtype=bool), places, True, axis=-1, inplace=False)
    return chosen if pairs is None else chosen & pairs


def squared_distances(queries: jax.Array, keys: jax.Array) -> jax.Array:
    """Return |q_i - k_j|^2 as sums of squared differences: exact zeros for equal tokens, and equal values for equal pairs.

    >>> squared_distances(jnp.array([[1.0, 2.0]]), jnp.array([[1.0, 2.0], [4.0, 6.0]])).tolist()
    [[0.0, 25.0]]
    """
    gaps = queries[..., :, None, :] - keys[..., None, :, :]
    return jnp.square(gaps).sum(axis=-1)


def dots(queries: jax.Array, keys: jax.Array) -> jax.Array:
    """Return the dot products of queries and keys, shape (..., n, n)."""
    return jnp.einsum("...id,...jd->...ij", queries, keys)


def mixed(weights: jax.Array, values: jax.Array) -> jax.Array:
    """Return sums of values with these weights, shape (..., n, dv)."""
    return jnp.einsum("...ij,...jc->...ic", weights, values)
