"""Sums and products over an index: one vectorised axis where the range is known, a differentiable loop where points decide it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

BLOCK_TERMS = 1 << 16  # terms times points held at once
UNCOUNTED = 2.0**31  # the first number of steps that an int32 does not hold; a float, which every setting of JAX takes

Term = Callable[..., jax.Array]  # of the index and the operands


def over_range(term: Term, op: str, first: int, last: int, operands: Sequence[Any], dtype: Any) -> jax.Array:
    """Return the sum or product of term(i, *operands) over i = first .. last, which must not be empty.

    >>> float(over_range(lambda i, x: i * x, "sum", 1, 100, [jnp.float32(2)], jnp.float32))
    10100.0
    """
    reduce, neutral = (jnp.sum, 0) if op == "sum" else (jnp.prod, 1)
    count = last - first + 1
    points = max((math.prod(jnp.shape(o)) for o in operands), default=1)
    block = min(count, max(1, BLOCK_TERMS // max(1, points)))

    def terms(indices: jax.Array) -> jax.Array:
        return jax.vmap(lambda i: term(i.astype(dtype), *operands))(indices)

    if block == count:
        return reduce(terms(first + jnp.arange(count, dtype=jnp.int32)), axis=0, dtype=dtype)

    def step(total: jax.Array, start: jax.Array) -> tuple[jax.Array, None]:
        indices = jnp.minimum(start, last - block + 1) + jnp.arange(block, dtype=jnp.int32)  # the last block ends at `last`
        values = terms(indices)
        new = (indices >= start).reshape(-1, *[1] * (values.ndim - 1))
        part = reduce(jnp.where(new, values, neutral), axis=0, dtype=dtype)
        return (total + part if op == "sum" else total * part), None

    shape = jax.eval_shape(lambda: terms(jnp.zeros(1, jnp.int32))).shape[1:]
    starts = first + block * jnp.arange(-(-count // block), dtype=jnp.int32)
    again = jax.checkpoint(step)  # what a block needs for its derivative is computed again, not kept
    return jax.lax.scan(again, jnp.full(shape, neutral, dtype), starts)[0]


def between(term: Term, op: str, first: jax.Array, last: jax.Array, operands: Sequence[Any]) -> jax.Array:
    """Return the sum or product of term(i, *operands) over i = first .. last, bounds that differ from point to point.

    Karr's convention; NaN where a bound is no integer, and for more than 2**31 - 1 terms.

    >>> between(lambda i, x: i * x, "sum", jnp.array([1.0, 1.0, 4.0]), jnp.array([3.0, 0.0, 1.0]), [jnp.float32(1)]).tolist()
    [6.0, 0.0, -5.0]
    """
    first, last, *operands = jnp.broadcast_arrays(jax.lax.stop_gradient(first), jax.lax.stop_gradient(last), *operands)
    return elementwise(_loop(term, op))(first, last, *operands)


def within(term: Term, op: str, first: jax.Array, last: jax.Array, operands: Sequence[Any], length: int) -> jax.Array:
    """Return what `between` does at one point, for an index that runs over an array of this length; NaN if it leaves it.

    >>> float(within(lambda i, x: i * x, "sum", jnp.float32(1), jnp.float32(3), [jnp.float32(1)], 4))
    6.0
    """
    first, last = jax.lax.stop_gradient(first), jax.lax.stop_gradient(last)
    whole = (first == jnp.floor(first)) & (last == jnp.floor(last))
    backwards = last < first - 1
    low, high = jnp.where(backwards, last + 1, first), jnp.where(backwards, first - 1, last)
    neutral = 0 if op == "sum" else 1

    def masked(i: jax.Array, *operands: Any) -> jax.Array:
        inside = (low <= i) & (i <= high)
        return jnp.where(inside, term(jnp.where(inside, i, jnp.clip(low, 0, length - 1)), *operands), neutral)

    value = over_range(masked, op, 0, length - 1, operands, first.dtype) if length else jnp.full_like(first, neutral)
    value = jnp.where(backwards, -value if op == "sum" else 1 / value, value)
    return jnp.where(whole & ((low > high) | (low >= 0) & (high < length)), value, jnp.nan)


def _loop(term: Term, op: str) -> Term:
    def total(first: jax.Array, last: jax.Array, *operands: jax.Array) -> jax.Array:
        whole = (first == jnp.floor(first)) & (last == jnp.floor(last)) & jnp.isfinite(first) & jnp.isfinite(last)
        counted = whole & (jnp.abs(last - first + 1) < UNCOUNTED)
        first, last = jnp.where(counted, first, 0), jnp.where(counted, last, -1)
        backwards = last < first - 1  # minus the sum, or the reciprocal of the product, over last + 1 .. first - 1
        begin = jnp.where(backwards, last + 1, first)
        length = jnp.where(backwards, first - 1 - last, last - first + 1)

        def step(k: jax.Array, total: jax.Array) -> jax.Array:
            active = k < length
            new = term(begin + jnp.where(active, k, 0), *operands)
            return jnp.where(active, total + new if op == "sum" else total * new, total)

        steps = jnp.max(length, initial=0).astype(jnp.int32)
        value = jax.lax.fori_loop(0, steps, step, jnp.full_like(first, 0 if op == "sum" else 1))
        value = jnp.where(backwards, -value if op == "sum" else 1 / value, value)
        return jnp.where(counted, value, jnp.nan)

    return total


def elementwise(function: Term) -> Term:
    """Return a function of arrays of one shape, whose points do not interact, with derivatives of every order in both modes.

    A loop whose length is not known has no transpose. Each partial derivative is another such function (the function's forward
    derivative along 1), and the derivative a sum of products with it, which has one.

    >>> power = elementwise(lambda x: jax.lax.fori_loop(0, jnp.int32(3), lambda k, y: y * x, jnp.ones_like(x)))
    >>> float(jax.grad(jax.grad(power))(2.0))
    12.0
    """

    wrapped = jax.custom_jvp(function)

    def rule(primals: Sequence[jax.Array], tangents: Sequence[Any]) -> tuple[jax.Array, jax.Array]:
        slope = jnp.zeros_like(primals[0])
        for place, tangent in enumerate(tangents):
            if not isinstance(tangent, jax.custom_derivatives.SymbolicZero):
                slope = slope + elementwise(_partial(function, place))(*primals) * tangent
        return wrapped(*primals), slope

    wrapped.defjvp(rule, symbolic_zeros=True)
    return wrapped  # type: ignore[no-any-return]


def _partial(function: Term, place: int) -> Term:
    def slope(*operands: jax.Array) -> jax.Array:
        def along(x: jax.Array) -> jax.Array:  # of this operand alone: a zero tangent of another may meet an infinite slope
            return function(*operands[:place], x, *operands[place + 1 :])

        return jax.jvp(along, (operands[place],), (jnp.ones_like(operands[place]),))[1]

    return slope
