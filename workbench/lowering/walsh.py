"""Values of a polynomial on its whole cube by an exact fast Walsh-Hadamard transform in integers, one block of points at a time.

The points of a block share their bits above the lowest BLOCK_BITS. On them the variables of those bits are constants, which are
folded into the coefficients, so a block needs no other block: its numbers stay in cache, and several devices share the blocks.
Within a block the transform is the Kronecker power of one 4 x 4 matrix. Each of its steps takes the two lowest bits of the index,
transforms them and puts them on top; when every pair has had its turn the bits are in order again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import gcd, lcm
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.domain import Cube
from workbench.errors import BadInput
from workbench.lowering.precision import LIMITS, scope, written
from workbench.poly import Multilinear

BLOCK_BITS = 18  # 2^18 int32 values are 1 MB, which two copies of stay in cache; even, since a step takes two bits
LEAST_TERMS = 1 << 10  # terms are padded to a power of two from here on, so that few lengths are compiled
UNROLLED_STEPS = 3  # steps in one turn of the compiled loop


@dataclass(frozen=True)
class IntegerTerms:
    """The primitive integer polynomial of a polynomial on a cube: its masks and Python integers as coefficients.

    >>> terms = IntegerTerms.of(Multilinear.from_terms({0b00: 1, 0b10: 3, 0b11: -2}, Cube(2)))
    >>> terms.bound, [block.tolist() for block in terms.blocks()]
    (6, [[-4, 0, 6, 2]])
    >>> IntegerTerms.of(Multilinear.from_terms({0: 1, 1: 2**63}, Cube(1))).blocks()
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: values up to 9223372036854775809 > 2**63 - 1: use f.poly.values(), which is exact at any size
    """

    cube: Cube
    masks: tuple[int, ...]
    coefficients: tuple[int, ...]

    @classmethod
    def of(cls, poly: Multilinear) -> IntegerTerms:
        """Return the terms of `poly.primitive()`."""
        ratios = [c.as_integer_ratio() for _, c in poly.terms]
        scale = lcm(*(denominator for _, denominator in ratios))
        scaled = [numerator * (scale // denominator) for numerator, denominator in ratios]
        content = gcd(*scaled) or 1
        return cls(poly.cube, tuple(mask for mask, _ in poly.terms), tuple(c // content for c in scaled))

    @cached_property
    def bound(self) -> int:
        """The sum of the absolute coefficients, which bounds every value and every sum on the way to it."""
        return sum(map(abs, self.coefficients))

    def accept(self, dtype: str) -> None:
        """Raise BadInput if the bound exceeds what this integer type holds."""
        if self.bound > LIMITS["int64"]:
            raise BadInput(f"values up to {written(self.bound)} > 2**63 - 1: use f.poly.values(), which is exact at any size")
        if self.bound > LIMITS[dtype]:
            raise BadInput(f"values up to {self.bound} > 2**31 - 1: take dtype='int64'")

    def blocks(self, devices: Sequence[jax.Device] | None = None) -> Iterator[np.ndarray]:
        """Return the values in the order of the points, in blocks of 2^min(n, BLOCK_BITS), int32 if the bound allows, else int64.

        The devices take the blocks in turn (JAX's default device unless given); the values do not depend on them.
        Raises BadInput if the bound exceeds int64, before any work.
        """
        self.accept("int64")
        return self._blocks(devices or [None])

    def _blocks(self, devices: Sequence[jax.Device | None]) -> Iterator[np.ndarray]:
        bits = min(BLOCK_BITS, max(2, self.cube.n + self.cube.n % 2))  # inputs are added to make full steps; they are ignored
        dtype = "int32" if self.bound <= LIMITS["int32"] else "int64"
        with scope(dtype), jax.core.eval_context():
            placed = [jax.device_put(self._arrays(bits, dtype), device) for device in devices]
        running: deque[jax.Array] = deque()
        for top in range(max(1, self.cube.size >> bits)):
            # The scope ends before each `yield`: a caller between two blocks must not find x64 on. Within a transformation of the
            # caller's the values are constants, not traced.
            with scope(dtype), jax.core.eval_context():
                arrays = placed[top % len(placed)]
                running.append(_block(np.int32(top), *arrays, bits=bits, signs=self.cube.inputs == "pm1"))
            if len(running) > len(placed):  # one more runs while this one is read
                yield np.asarray(running.popleft())
        while running:
            yield np.asarray(running.popleft())[: self.cube.size]

    def _arrays(self, bits: int, dtype: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the lower and upper bits of the masks and the coefficients, padded by zeros."""
        length = max(LEAST_TERMS, 1 << (len(self.masks) - 1).bit_length())
        masks, coefficients = np.zeros(length, np.int32), np.zeros(length, dtype)
        masks[: len(self.masks)] = self.masks
        coefficients[: len(self.coefficients)] = self.coefficients
        return masks & ((1 << bits) - 1), masks >> bits, coefficients


@partial(jax.jit, static_argnames=("bits", "signs"))
def _block(top: Any, lower: jax.Array, upper: jax.Array, coefficients: jax.Array, *, bits: int, signs: bool) -> jax.Array:
    """Return the values at the 2^bits points whose bits above are `top`."""
    missing = upper & ~top
    if signs:
        folded = jnp.where(jax.lax.population_count(missing) & 1 == 1, -coefficients, coefficients)
    else:
        folded = jnp.where(missing == 0, coefficients, 0)
    spread = jnp.zeros(1 << bits, coefficients.dtype).at[lower].add(folded)
    return jax.lax.fori_loop(0, bits // 2, lambda _, x: _step(x, signs), spread, unroll=UNROLLED_STEPS)


def _step(x: jax.Array, signs: bool) -> jax.Array:
    """Transform the two lowest bits of the index and put them on top."""

    def pair(low: jax.Array, high: jax.Array) -> tuple[jax.Array, jax.Array]:
        return low - high if signs else low, low + high

    a, b, c, d = x.reshape(-1, 4).T
    (a, b), (c, d) = pair(a, b), pair(c, d)
    (a, c), (b, d) = pair(a, c), pair(b, d)
    return jnp.concatenate([a, b, c, d])
