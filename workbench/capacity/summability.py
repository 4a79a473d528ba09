"""Four points a + b = c + d with f true on a, b and false on c, d: then no weights exist, since both sums would have both signs.

Pairs with one sum are the antipodal pairs of one subcube. 32 functions share a word: for each pair one AND tells of all of them
whether both points are true (or false), and ORs over the pairs of a subcube and over subcubes do the rest.
Source: the criterion is S. Muroga, T. Tsuboi, C. R. Baugh, Enumeration of threshold functions of eight variables, 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from math import isqrt
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.capacity.truth_tables import TruthTables
from workbench.domain import arity

ARITY_LIMIT = 8
WORD = 32  # functions in a word


@dataclass(frozen=True, eq=False)
class Subcubes:
    """The subcubes of two or more free inputs, fewest first: `low` (subcubes, 2^(n-1)) one point of each antipodal pair, repeated.

    `free` (subcubes,) are the masks of the free inputs: the other point of the pair of p is p ^ free. `counts` are the numbers of
    subcubes with 2, 3, ... free inputs.
    """

    low: np.ndarray
    free: np.ndarray
    counts: tuple[int, ...]

    @classmethod
    def of(cls, n: int) -> Subcubes:
        """Return the subcubes of {0, 1}^n.

        >>> Subcubes.of(2).low.tolist(), Subcubes.of(2).free.tolist(), Subcubes.of(3).counts
        ([[0, 1]], [3], (6, 1))
        """
        masks = sorted((m for m in range(1 << n) if m.bit_count() > 1), key=int.bit_count)
        low = [[b | s for s in _repeated(m, n)] for m in masks for b in _within(~m & (1 << n) - 1)]
        free = [m for m in masks for _ in range(1 << n - m.bit_count())]
        sizes = [m.bit_count() for m in free]
        shape = (len(low), 1 << max(0, n - 1))
        counts = tuple(sizes.count(j) for j in range(2, n + 1))
        return cls(np.array(low, dtype=np.int32).reshape(shape), np.array(free, dtype=np.int32), counts)


def _within(mask: int) -> list[int]:
    """Return the submasks of a mask, ascending."""
    found = [0]
    for i in range(mask.bit_length()):
        if mask >> i & 1:
            found += [s | 1 << i for s in found]
    return found


def _repeated(mask: int, n: int) -> list[int]:
    """Return the submasks without the highest bit, one for each antipodal pair, repeated to 2^(n-1)."""
    halves = _within(mask ^ 1 << mask.bit_length() - 1)
    return halves * ((1 << n - 1) // len(halves))


@cache
def subcubes(n: int) -> Subcubes:
    """Return `Subcubes.of(n)`, listed once."""
    return Subcubes.of(n)


def summable_points(tables: TruthTables) -> tuple[np.ndarray, np.ndarray]:
    """Return points a, b, c, d with a + b = c + d, shape (functions, 4), int32, and whether f is true on a, b and false on c, d.

    Raises BadInput above n = 8, up to which every function that is no threshold function has such points.

    >>> points, found = summable_points(TruthTables.of(np.array([0b0110, 0b1000], dtype=np.uint64), n=2))
    >>> found.tolist(), points[0].tolist()
    ([True, False], [1, 2, 0, 3])
    """
    n, functions = arity(tables.n, limit=ARITY_LIMIT), len(tables)
    cubes = subcubes(n)
    if not functions or not len(cubes.free):
        return np.zeros((functions, 4), dtype=np.int32), np.zeros(functions, dtype=bool)
    bits = tables.padded(-(-functions // WORD) * WORD).bits()
    words = np.ascontiguousarray(np.packbits(bits.T, axis=1, bitorder="little")).view("<u4")
    points, found = _found(words, bits, cubes.low, cubes.free, counts=cubes.counts)
    return np.asarray(points)[:functions], np.asarray(found)[:functions]


@partial(jax.jit, static_argnames="counts")
def _found(
    words: jax.Array, bits: jax.Array, low: jax.Array, free: jax.Array, *, counts: tuple[int, ...]
) -> tuple[jax.Array, jax.Array]:
    """Return the points and whether they exist, from `words` (points, functions / 32) and `bits` (functions, points)."""
    mixed = _mixed(words, low, free, counts)
    found = _unpacked(_any(mixed, 0))
    chosen = _first(mixed)
    one = low[chosen]
    other = one ^ free[chosen][:, None]
    first, second = (jnp.take_along_axis(bits, pair, axis=1) for pair in (one, other))
    true, false = jnp.argmax(first & second, axis=1), jnp.argmax(1 - (first | second), axis=1)
    ends = [jnp.take_along_axis(pair, place[:, None], axis=1) for place in (true, false) for pair in (one, other)]
    return jnp.concatenate(ends, axis=1), found


def _mixed(words: jax.Array, low: jax.Array, free: jax.Array, counts: tuple[int, ...]) -> jax.Array:
    """Return, for each subcube and function, whether it has a true antipodal pair and a false one: (subcubes, functions / 32)."""
    found, start = [], 0
    for j, count in enumerate(counts):
        rows = slice(start, start + count)
        one = low[rows, : 2 << j]
        a, b = words[one], words[one ^ free[rows, None]]
        both, neither = jax.lax.reduce((a & b, ~(a | b)), (np.uint32(0), np.uint32(0)), _either, (1,))
        found.append(both & neither)
        start += count
    return jnp.concatenate(found)


def _either(one: Any, other: Any) -> Any:
    return one[0] | other[0], one[1] | other[1]


def _first(mixed: jax.Array) -> jax.Array:
    """Return the first row with each function's bit, any row if there is none, through blocks of rows."""
    rows = mixed.shape[0]
    side = isqrt(rows - 1) + 1
    blocks = jnp.pad(mixed, ((0, side * side - rows), (0, 0))).reshape(side, side, -1)
    lane = jnp.arange(mixed.shape[1] * WORD)
    word, shift = lane // WORD, (lane % WORD).astype(jnp.uint32)
    block = jnp.argmax(_any(blocks, 1)[:, word] >> shift & 1, axis=0)
    return block * side + jnp.argmax(blocks[block, :, word] >> shift[:, None] & 1, axis=1)


def _any(words: jax.Array, axis: int) -> jax.Array:
    return jax.lax.reduce(words, np.uint32(0), jax.lax.bitwise_or, (axis,))


def _unpacked(words: jax.Array) -> jax.Array:
    return (words[:, None] >> jnp.arange(WORD, dtype=jnp.uint32) & 1).reshape(-1).astype(bool)
