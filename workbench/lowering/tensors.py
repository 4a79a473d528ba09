"""Operations on matrices and arrays of one point, which refuse shapes that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp

from workbench.errors import BadInput
from workbench.lowering.sizes import Size, added, multiplied


def same_shapes(args: Sequence[jax.Array]) -> None:
    """Raise BadInput unless these matrices have one shape."""
    if len(shapes := dict.fromkeys(a.shape for a in args)) > 1:
        raise BadInput(f"matrices of shapes {' and '.join(map(str, shapes))} added or multiplied entry by entry: give equal shapes")


def matrix_sum(args: Sequence[jax.Array]) -> jax.Array:
    """Return the sum of matrices of one shape."""
    same_shapes(args)
    return reduce(jnp.add, args)


def hadamard(args: Sequence[jax.Array]) -> jax.Array:
    """Return the entrywise product of matrices of one shape."""
    same_shapes(args)
    return reduce(jnp.multiply, args)


def matmul(left: jax.Array, right: jax.Array) -> jax.Array:
    """Return the product of two matrices, in the full precision of their type."""
    if left.shape[1] != right.shape[0]:
        raise BadInput(f"product of matrices of shapes {left.shape} and {right.shape}: the inner lengths must be equal")
    return jnp.matmul(left, right, precision="highest")


def square(function: Callable[[jax.Array], jax.Array]) -> Callable[[Any, Sequence[jax.Array]], jax.Array]:
    """Return a function of one matrix that is refused unless the matrix is square."""

    def apply(_: Any, args: Sequence[jax.Array]) -> jax.Array:
        if args[0].shape[0] != args[0].shape[1]:
            raise BadInput(f"a matrix of shape {args[0].shape} has no trace, determinant, power or inverse: give a square one")
        return function(args[0])

    return apply


def element(args: Sequence[jax.Array]) -> jax.Array:
    """Return an entry of args[0] at the indices args[1:], NaN where they are outside.

    An integer type has no NaN, and gives 0: `ranges.check_indices` refuses such calls where it sees the arguments.

    >>> [float(element([jnp.array([1.0, 2.0]), jnp.float32(i)])) for i in (1, 2)]
    [2.0, nan]
    """
    array, indices = args[0], jnp.broadcast_arrays(*args[1:])
    inside = reduce(jnp.logical_and, [(i >= 0) & (i < n) & (i == jnp.floor(i)) for i, n in zip(indices, array.shape, strict=True)])
    taken = (
        array[tuple(jnp.where(inside, i, 0).astype(jnp.int32) for i in indices)]
        if array.size
        else jnp.zeros(inside.shape, array.dtype)
    )
    return jnp.where(inside, taken, jnp.nan if jnp.issubdtype(array.dtype, jnp.floating) else 0)


def explicit(shape: tuple[int, int], entries: Sequence[jax.Array]) -> jax.Array:
    """Return the matrix of this shape with these entries, row by row."""
    count = shape[0] * shape[1]
    return jnp.stack(jnp.broadcast_arrays(*entries))[:count].reshape(shape)


def block(shape: tuple[int, int], blocks: Sequence[jax.Array]) -> jax.Array:
    """Return the matrix made of this many rows and columns of blocks."""
    return jnp.block([list(blocks[k : k + shape[1]]) for k in range(0, len(blocks), shape[1])])


def sliced(bounds: Sequence[int], args: Sequence[jax.Array]) -> jax.Array:
    """Return rows r0, r0 + dr, ... before r1 and such columns, bounds = (r0, r1, dr, c0, c1, dc)."""
    for stop, length in zip(bounds[1::3], args[0].shape, strict=True):
        if stop > length:
            raise BadInput(f"slice to {stop} > {length}, the length of that axis")
    return args[0][slice(*bounds[:3]), slice(*bounds[3:])]


def diagonal_part(matrix: jax.Array) -> jax.Array:
    """Return the matrix with zeros off its diagonal."""
    return matrix * jnp.eye(matrix.shape[0], matrix.shape[1], dtype=matrix.dtype)


def matmul_size(inner: Any, sizes: list[Size]) -> Size | None:
    """Return the size of a matrix product, None if its inner length is a symbol yet."""
    return added([Fraction(inner)], [multiplied(None, sizes)]) if isinstance(inner, int) else None


def trace_size(length: Any, sizes: list[Size]) -> Size | None:
    """Return the size of the trace of a matrix, None if its length is a symbol yet."""
    return added([Fraction(length)], sizes) if isinstance(length, int) else None
