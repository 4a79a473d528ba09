"""Arithmetic and matrix inversion modulo the prime p = 2^61 - 1 in JAX, for many matrices at once.

Residues are uint64 from 0 to p - 1. No intermediate number reaches 2^64; each function states why. To be called while JAX holds
64 bits (`workbench.lowering.precision.scope("int64")`).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, UInt64

P = (1 << 61) - 1
LOW30, LOW31 = (1 << 30) - 1, (1 << 31) - 1

Residues = UInt64[Array, "..."]


def reduced(a: Residues) -> Residues:
    """Return the residue of any uint64: 2^61 is 1, so the bits from the 61st on are added to those below, which stays < 2^62."""
    a = (a & P) + (a >> 61)
    return jnp.where(a >= P, a - P, a)


def plus(a: Residues, b: Residues) -> Residues:
    """Return a + b; the sum is below 2^62."""
    total = a + b
    return jnp.where(total >= P, total - P, total)


def minus(a: Residues, b: Residues) -> Residues:
    """Return a - b; a + p is below 2^62."""
    return jnp.where(a >= b, a - b, a + P - b)


def times(a: Residues, b: Residues) -> Residues:
    """Return a b from halves of 30 and 31 bits.

    With a = a1 2^31 + a0: a1 b1 2^62 is 2 a1 b1, below 2^61; the middle is below 2^62, and 2^31 times it is its part above
    30 bits plus 2^31 times the rest, below 2^32 + 2^61; a0 b0 is below 2^62. The sum is below 2^63 + 2^32.
    """
    a1, a0, b1, b0 = a >> 31, a & LOW31, b >> 31, b & LOW31
    middle = a1 * b0 + a0 * b1
    return reduced(2 * a1 * b1 + (middle >> 30) + ((middle & LOW30) << 31) + a0 * b0)


def inverse(a: Residues) -> Residues:
    """Return a^(p - 2), the inverse of a residue that is not 0 (Fermat). As bits, p - 2 is 3 + 14 x 4 ones, a zero and a one."""

    def sixteenth(power: Residues) -> Residues:
        for _ in range(4):
            power = times(power, power)
        return power

    seven = times(times(a, a), a)
    seven = times(times(seven, seven), a)
    fifteen = times(times(seven, seven), a)
    ones = jax.lax.fori_loop(0, 14, lambda _, power: times(sixteenth(power), fifteen), seven)
    fourth = times(ones, ones)
    return times(times(fourth, fourth), a)


def inverted(matrices: UInt64[Array, "size size batch"]) -> tuple[UInt64[Array, "size size batch"], Bool[Array, " batch"]]:
    """Return the inverses, and which matrices have one; what stands for the inverse of a singular matrix means nothing.

    Gauss-Jordan exchange in place: step c trades the unknown x_c for the right side y_r of a row r not used before.
    """
    size, _, batch = matrices.shape
    rows = jnp.arange(size)[:, None]

    def step(c: Array, state: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        a, used, order, regular = state
        column = jax.lax.dynamic_index_in_dim(a, c, 1, keepdims=False)
        usable = (column != 0) & ~used
        pivot_row = jnp.argmax(usable, axis=0)
        here = rows == pivot_row
        regular &= usable.any(axis=0)
        scale = inverse(jnp.where(here, column, 0).sum(axis=0))
        top = times(jnp.where(here[:, None], a, 0).sum(axis=0), scale)
        others = minus(a, times(column[:, None], top[None]))
        changed = jnp.where(here[:, None], minus(jnp.zeros_like(top), top)[None], others)
        new_column = jnp.where(here, scale, times(column, scale))
        a = jax.lax.dynamic_update_index_in_dim(changed, new_column, c, 1)
        return a, used | here, jax.lax.dynamic_update_index_in_dim(order, pivot_row, c, 0), regular

    start = (matrices, jnp.zeros((size, batch), bool), jnp.zeros((size, batch), jnp.int64), jnp.ones(batch, bool))
    a, _, order, regular = jax.lax.fori_loop(0, size, step, start)
    # row order[c] of a holds x_c, and column c stands for y_order[c]
    a = jnp.take_along_axis(a, order[:, None], axis=0)
    return jnp.take_along_axis(a, jnp.argsort(order, axis=0)[None], axis=1), regular
