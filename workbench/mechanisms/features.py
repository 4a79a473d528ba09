"""Feature maps of linear attention, each on expressions, units and arrays; and attention by features in time linear in n."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import sympy

from workbench.errors import BadInput
from workbench.mechanisms.weighting import dots, mixed, open_pairs, quotient
from workbench.mechanisms.wiring import Wiring
from workbench.units import exact

OFFSET = Fraction(1, 10)  # of "relu", which keeps weights positive
CHUNK = 64  # tokens that a causal prefix sum takes in at a time
AT_ONCE = 8192  # tokens of all heads together that are worked on at a time: what a cache holds, so that time grows like n


@dataclass(frozen=True)
class Feature:
    """A map of a query or key of width d to features, in the three forms."""

    rule: Callable[[Sequence[sympy.Expr]], list[sympy.Expr]]
    wire: Callable[[Wiring, Sequence[str]], list[str]]
    forward: Callable[[jax.Array], jax.Array]


def feature(name: str, *, factors: int = 1) -> Feature:
    """Return a feature map: "linear" x, "relu" max(0, x) + 1/10, "elu+1" max(0, x) + exp(min(0, x)), or "affine".

    "affine" is (1, x / (sqrt(F) d^(1/4))) with F = `factors`, so that two of them multiply to 1 + q.k / (F sqrt(d)).

    >>> feature("elu+1").rule([sympy.Integer(-1), sympy.Integer(2)])
    [exp(-1), 3]
    >>> feature("cosine")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: feature map 'cosine' is not one of linear, relu, elu+1, affine
    """
    if name == "affine":
        return _affine(factors)
    if not isinstance(name, str) or name not in _FEATURES:
        raise BadInput(f"feature map {name!r} is not one of {', '.join(_FEATURES)}, affine")
    return _FEATURES[name]


def _relu(w: Wiring, names: Sequence[str]) -> list[str]:
    return [w.linear({w.linear({x: 1}, transfer="relu", name="positive"): 1}, OFFSET, name="feature") for x in names]


def _elu_plus_one(w: Wiring, names: Sequence[str]) -> list[str]:
    above = [w.linear({x: 1}, transfer="relu", name="positive") for x in names]
    below = [w.linear({w.linear({x: -1}, transfer="relu", name="negative"): -1}, transfer="exp", name="decay") for x in names]
    return [w.linear({a: 1, b: 1}, name="feature") for a, b in zip(above, below, strict=True)]


_FEATURES = {
    "linear": Feature(list, lambda w, names: list(names), lambda x: x),
    "relu": Feature(
        lambda row: [sympy.Max(0, x) + sympy.Rational(1, 10) for x in row], _relu, lambda x: jax.nn.relu(x) + float(OFFSET)
    ),
    "elu+1": Feature(
        lambda row: [sympy.Max(0, x) + sympy.exp(sympy.Min(0, x)) for x in row], _elu_plus_one, lambda x: jax.nn.elu(x) + 1
    ),
}


def _affine(factors: int) -> Feature:
    def scale(d: int) -> sympy.Expr:
        return 1 / (sympy.sqrt(factors) * sympy.root(d, 4))

    def wire(w: Wiring, names: Sequence[str]) -> list[str]:
        own = exact(scale(len(names)))
        return [w.linear({}, 1, name="one"), *(w.linear({x: own}, name="feature") for x in names)]

    def forward(x: jax.Array) -> jax.Array:
        return jnp.concatenate([jnp.ones_like(x[..., :1]), x * float(scale(x.shape[-1]))], axis=-1)

    return Feature(lambda row: [sympy.S.One, *(x * scale(len(row)) for x in row)], wire, forward)


def in_groups(function: Callable[..., jax.Array], *arrays: jax.Array) -> jax.Array:
    """Return a function of arrays of shape (..., n, width), applied to as many rows of the batch as are worked on at once.

    >>> in_groups(lambda a: a + a.sum(), jnp.ones((2, AT_ONCE, 1)))[:, 0, 0].tolist()  # sums over one row at a time
    [8193.0, 8193.0]
    """
    *batch, n, _ = arrays[0].shape
    rows = prod(batch)
    if rows * n <= AT_ONCE or rows == 1 or any(a.shape[:-1] != (*batch, n) for a in arrays):
        return function(*arrays)
    size = max(g for g in range(1, rows + 1) if rows % g == 0 and (g == 1 or g * n <= AT_ONCE))
    group = (size, n) if size > 1 else (n,)  # without an axis of length 1, on which matrix products are slower
    grouped = tuple(a.reshape(rows // size, *group, a.shape[-1]) for a in arrays)
    out: jax.Array = jax.lax.map(lambda group: function(*group), grouped)
    return out.reshape(*batch, *out.shape[-2:])


def attend(queries: jax.Array, keys: jax.Array, values: jax.Array, *, causal: bool, mask: Any) -> jax.Array:
    """Return sum_j (q_i . k_j) v_j / sum_j (q_i . k_j) over open keys, 0 where the sum is 0.

    In time linear in n, unless there is a mask: then by all pairs, in time n^2.

    >>> q, k, v = jnp.ones((3, 1)), jnp.ones((3, 1)), jnp.array([[0.0], [2.0], [4.0]])
    >>> attend(q, k, v, causal=True, mask=None)[:, 0].tolist()
    [0.0, 1.0, 2.0]
    """
    if mask is not None:
        weights = jnp.where(open_pairs(queries.shape[-2], causal, mask), dots(queries, keys), 0)
        return quotient(mixed(weights, values), weights.sum(axis=-1, keepdims=True))
    counted = jnp.concatenate([values, jnp.ones_like(values[..., :1])], axis=-1)
    if causal:
        sums = prefix_sums(queries, keys, counted)
    else:
        sums = queries @ jnp.einsum("...jr,...jc->...rc", keys, counted)
    return quotient(sums[..., :-1], sums[..., -1:])


def prefix_sums(queries: jax.Array, keys: jax.Array, values: jax.Array) -> jax.Array:
    """Return sum over j <= i of (q_i . k_j) v_j: chunk by chunk, by pairs inside a chunk, by the state for what came before."""
    n, chunk = queries.shape[-2], min(CHUNK, queries.shape[-2])
    parts = [_chunks(a, chunk) for a in (queries, keys, values)]
    lower = jnp.tril(jnp.ones((chunk, chunk), dtype=bool))

    def step(state: jax.Array, part: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
        q, k, v = part
        return state + jnp.einsum("...jr,...jc->...rc", k, v), q @ state + mixed(jnp.where(lower, dots(q, k), 0), v)

    batch = jnp.broadcast_shapes(*(a.shape[:-2] for a in (queries, keys, values)))
    state = jnp.zeros((*batch, keys.shape[-1], values.shape[-1]), jnp.result_type(queries, keys, values))
    sums = jnp.moveaxis(jax.lax.scan(step, state, tuple(parts))[1], 0, -3)
    return sums.reshape(*sums.shape[:-3], -1, sums.shape[-1])[..., :n, :]


def _chunks(array: jax.Array, chunk: int) -> jax.Array:
    """Return an array of tokens as chunks on a first axis, the last one filled up with zeros."""
    missing = -array.shape[-2] % chunk
    padded = jnp.pad(array, [(0, 0)] * (array.ndim - 2) + [(0, missing), (0, 0)])
    return jnp.moveaxis(padded.reshape(*array.shape[:-2], -1, chunk, array.shape[-1]), -3, 0)
