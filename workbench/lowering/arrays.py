"""Functions of matrices and indexed arrays: arguments of any batch shape, lengths of arrays read off them at the call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy

from workbench.errors import BadInput
from workbench.lowering.lengths import Array, declared_shape, length_symbols, lengths_of, settled, with_lengths
from workbench.lowering.operations import run
from workbench.lowering.precision import LIMITS, Exactness, argument, checked, is_float, scope
from workbench.lowering.program import accept, exactness
from workbench.lowering.ranges import Range, Seen, check_indices, check_sizes
from workbench.lowering.rules import array_tape_of
from workbench.lowering.tape import Tape
from workbench.lowering.walk import is_array

SHOWN_NODES = 40


@dataclass(frozen=True, eq=False)
class LoweredArrays:
    """A function of scalars and arrays, jitted: `jit`, `grad` and `vmap` compose with it.

    With an array among `symbols` it takes one argument for each, of shape (..., *its own shape), whose leading axes broadcast; else
    points of shape (..., inputs). Values have shape (...) or, of a matrix, (..., rows, columns). Lengths that are symbols are read
    off the arguments. float64 calls turn x64 on for themselves only.

    >>> n = sympy.Symbol("n", integer=True)
    >>> A, v = sympy.MatrixSymbol("A", n, n), sympy.MatrixSymbol("v", n, 1)
    >>> F = LoweredArrays.of(v.T * A * v, (A, v), "float64")
    >>> F([[1, 2], [3, 4]], [[1], [1]]).tolist()
    [[10.0]]
    >>> F([[1, 2], [3, 4]], [[1], [1], [1]])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: n is 2 in axis 0 of A and 3 in axis 0 of v: give arguments of one length
    """

    source: sympy.Basic
    symbols: tuple[Array, ...]
    dtype: str
    exact: Exactness
    tape: Tape = field(repr=False)
    ranks: tuple[int, ...] = field(repr=False)

    @classmethod
    def of(cls, source: sympy.Basic, symbols: Sequence[Array], dtype: str) -> LoweredArrays:
        """Return the function of a SymPy expression. Raises BadInput for a node without a rule, or where the type lacks one."""
        lengths = length_symbols(symbols)
        tape, indices = array_tape_of(source, symbols, lengths)
        unknown = sorted({str(i.payload) for i in tape.everywhere() if i.op == "dimension"})
        accept(settled(tape) if unknown else tape, dtype)
        reason = f"the lengths {', '.join(unknown)} are known at a call only"
        exact = Exactness(False, None, LIMITS[dtype], reason) if unknown else exactness(tape, dtype, entries=True)
        return cls(source, tuple(symbols), dtype, exact, tape, tuple(_rank(a, indices) for a in symbols) or (0,))

    def __call__(self, *arguments: Any) -> jax.Array:
        """Return the values. Raises BadInput for arguments that do not fit the declared arrays, each other or the type.

        In an integer type also where some value could overflow or an index leave its array. That is seen outside transformations
        only: inside them integers wrap around, and an entry outside is 0.
        """
        given = [checked(a, self.dtype) for a in arguments]
        if not any(map(is_array, self.symbols)):
            given = self._coordinates(given)
        if len(given) != len(self.ranks):
            raise BadInput(f"{len(given)} arguments for {len(self.symbols)} symbols: give one for each of {self._names}")
        shapes = [_own_shape(a, rank, s) for a, rank, s in zip(given, self.ranks, self.symbols or ("",), strict=True)]
        lengths = lengths_of(self.symbols, shapes)
        tape = with_lengths(self.tape, tuple(lengths.items()))
        compiled = _compiled(tape, self.ranks, self.dtype)
        traced = any(isinstance(a, jax.core.Tracer) for a in given)
        seen = [_seen(a, shape, None if traced else self.dtype) for a, shape in zip(given, shapes, strict=True)]
        check_indices(tape, seen, self.dtype, traced=traced)
        if not (traced or is_float(self.dtype)):
            check_sizes(tape, seen, self.dtype)
        with scope(self.dtype):
            return compiled(*(argument(a, self.dtype) for a in given))

    def _coordinates(self, given: list[Any]) -> list[Any]:
        if len(given) == 1 and given[0].ndim and given[0].shape[-1] == len(self.symbols):
            return [given[0][..., k] for k in range(len(self.symbols))] or [
                given[0].sum(-1)
            ]  # a constant takes the batch of points without coordinates
        shape = given[0].shape if len(given) == 1 else f"{len(given)} arguments"
        raise BadInput(
            f"points of shape {shape}, but the last axis must have length {len(self.symbols)}, one for each of {self._names}"
        )

    @property
    def _names(self) -> str:
        return ", ".join(map(str, self.symbols[:8])) or "no symbols"

    def __repr__(self) -> str:
        short = self.tape.nodes <= SHOWN_NODES
        shown = " ".join(repr(self.source).split()) if short else f"{type(self.source).__name__} of {self.tape.nodes:,} nodes"
        return f"LoweredArrays({shown}, of {self._names}, {self.dtype}, {self.exact})"

    def _repr_latex_(self) -> str | None:
        return f"${sympy.latex(self.source)}$" if self.tape.nodes <= SHOWN_NODES else None


def _seen(given: Any, shape: tuple[int, ...], dtype: str | None) -> Seen:
    """Return the shape of an argument and, where its values are known and of an integer type, their range."""
    if dtype is None or is_float(dtype):
        return Seen(shape, None)
    return Seen(shape, Range.of([Fraction(int(given.min())), Fraction(int(given.max()))] if given.size else [Fraction(0)]))


def _rank(array: Array, indices: Mapping[sympy.Basic, int]) -> int:
    """Return the number of axes of an argument, for an IndexedBase without a shape the number of indices that it is used with."""
    return len(declared_shape(array)) or (indices.get(array, 1) if isinstance(array, sympy.IndexedBase) else 0)


def _own_shape(given: Any, rank: int, array: Array) -> tuple[int, ...]:
    if given.ndim < rank:
        raise BadInput(f"argument {array} of shape {given.shape}: give {rank} axes at least, the last ones its own")
    return tuple(given.shape[given.ndim - rank :])


@lru_cache(maxsize=256)
def _compiled(tape: Tape, ranks: tuple[int, ...], dtype: str) -> Any:
    """Return the jitted function of arguments with batches: what has none is not repeated."""

    accept(tape, dtype)

    def single(*arguments: jax.Array) -> jax.Array:
        return run(tape, arguments, dtype)

    def values(*arguments: jax.Array) -> jax.Array:
        batches = [a.shape[: a.ndim - rank] for a, rank in zip(arguments, ranks, strict=True)]
        try:
            batch = np.broadcast_shapes(*batches)
        except ValueError:
            raise BadInput(
                f"batch shapes {' and '.join(map(str, batches))} do not broadcast: make the leading axes equal, or 1"
            ) from None
        own = [a.shape[a.ndim - rank :] for a, rank in zip(arguments, ranks, strict=True)]
        if not any(batches):
            return single(*arguments)
        axes = [0 if np.prod(b, dtype=int) != 1 or not any(batches) else None for b in batches]
        flat = [
            a.reshape(o) if axis is None else jnp.broadcast_to(a, (*batch, *o)).reshape(math.prod(batch), *o)
            for a, o, axis in zip(arguments, own, axes, strict=True)
        ]
        if all(axis is None for axis in axes):
            result = single(*flat)
            return result.reshape(*batch, *result.shape)
        result = jax.vmap(single, in_axes=tuple(axes))(*flat)
        return result.reshape(*batch, *result.shape[1:])

    return jax.jit(values)
