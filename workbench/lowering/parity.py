"""Points of a cube by their index: a monomial is a mask, and its value at a point is a parity or an inclusion of bits.

At the point with index k of {-1, 1}^n the monomial of mask m is (-1)^(bits of m missing in k); on {0, 1}^n it is 1 if none is
missing. The cost does not depend on the degree, and no coordinates are formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.domain import Cube
from workbench.errors import BadInput
from workbench.lowering.polynomial import BLOCK_NUMBERS, in_blocks, rounded
from workbench.lowering.precision import scope
from workbench.poly import Multilinear

NARROW = 32  # variables whose masks fit 32 bits, which need no x64


@dataclass(frozen=True, eq=False)
class Parity:
    """A polynomial on a cube as masks and coefficients, evaluated at the indices of points.

    >>> poly = Multilinear.from_terms({0b11: 2, 0: 1}, Cube(2))
    >>> Parity.of(poly, "int32").at(np.array([0, 1, 2, 3])).tolist()
    [3, -1, -1, 3]
    """

    cube: Cube
    masks: np.ndarray
    coefficients: np.ndarray

    @classmethod
    def of(cls, poly: Multilinear, dtype: str) -> Parity:
        """Return the polynomial in this number type."""
        word = np.uint32 if poly.cube.n <= NARROW else np.uint64
        return cls(poly.cube, np.array([mask for mask, _ in poly.terms], word), rounded([c for _, c in poly.terms], dtype))

    @cached_property
    def compiled(self) -> Any:
        """The jitted function of indices (points,), masks and coefficients."""
        block = max(256, BLOCK_NUMBERS // max(1, len(self.masks)))
        return jax.jit(lambda k, masks, weights: in_blocks(lambda part: self._block(part, masks, weights), k, block))

    def at(self, indices: np.ndarray) -> jax.Array:
        """Return the values, shape (points,), at the points of these indices."""
        with scope("int64" if self.masks.dtype == np.uint64 else str(self.coefficients.dtype)):
            return self.compiled(indices.astype(self.masks.dtype), self.masks, self.coefficients)

    def _block(self, indices: jax.Array, masks: jax.Array, weights: jax.Array) -> jax.Array:
        missing = masks[:, None] & ~indices[None, :]
        if self.cube.inputs == "01":
            return jnp.matmul(weights, (missing == 0).astype(weights.dtype), precision="highest")
        odd = jax.lax.population_count(missing) & 1
        return jnp.matmul(weights, 1 - 2 * odd.astype(weights.dtype), precision="highest")


def accepted_indices(indices: Any, cube: Cube) -> np.ndarray:
    """Return indices of points of a cube as an array of integers.

    Raises BadInput for an index that is not an integer from 0 to 2^n - 1.

    >>> accepted_indices([0, 7], Cube(3))
    array([0, 7])
    >>> accepted_indices([8], Cube(3))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: index 8 is not an integer from 0 to 2**3 - 1
    """
    if isinstance(indices, jax.core.Tracer):
        raise BadInput("indices inside a transformation, where they have no values: take the coordinates of the points there")
    given = np.asarray(indices)
    if given.dtype.kind not in "iu" and given.size:
        raise BadInput(f"indices of type {given.dtype}: give integers from 0 to 2**{cube.n} - 1")
    for extreme in (int(given.min()), int(given.max())) if given.size else ():
        if not 0 <= extreme < cube.size:
            raise BadInput(f"index {extreme} is not an integer from 0 to 2**{cube.n} - 1")
    return given


def coordinates(indices: np.ndarray, cube: Cube, dtype: str) -> np.ndarray:
    """Return the points, shape (..., n), with these indices.

    >>> coordinates(np.array([1]), Cube(2), "int32").tolist()
    [[1, -1]]
    """
    bits = indices[..., None].astype(np.uint64) >> np.arange(cube.n, dtype=np.uint64) & np.uint64(1)
    return np.where(bits, 1, cube.low).astype(dtype)
