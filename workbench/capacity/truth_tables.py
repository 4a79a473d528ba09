"""Many Boolean functions of the same inputs as one array of packed truth tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Union

import numpy as np

from workbench.domain import arity
from workbench.errors import BadInput
from workbench.threshold import PTF, BooleanFunction

WORD_ARITY = 6  # inputs up to which a table fits an integer of 64 bits
Functions = Union[Sequence[Union[BooleanFunction, PTF]], np.ndarray, "TruthTables"]


def width(n: int) -> int:
    """Return the bytes of a packed table of n inputs.

    >>> width(2), width(5)
    (1, 4)
    """
    return max(1, (1 << n) // 8)


@dataclass(frozen=True, eq=False)
class TruthTables:
    """Functions of n inputs; bit k of a table is bit k % 8 of byte k // 8 of its row of `packed`, shape (functions, width(n)).

    >>> tables = TruthTables.of(np.array([0b0110, 0b1000], dtype=np.uint64), n=2)
    >>> len(tables), tables.bits().tolist(), tables.function(0)
    (2, [[0, 1, 1, 0], [0, 0, 0, 1]], BooleanFunction(n=2, table=0x6))
    >>> TruthTables.of([BooleanFunction(2, 6), BooleanFunction(3, 6)])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: functions of 2 and 3 inputs: give functions of the same inputs
    """

    n: int
    packed: np.ndarray

    @classmethod
    def of(cls, functions: Functions, n: int | None = None) -> TruthTables:
        """Return the tables of a sequence of functions, or of an array: integers for n <= 6, rows of packed bytes for any n.

        Raises BadInput for anything else, for an array without n or of another, and for a table of more than 2^n bits.
        """
        if n is not None:
            arity(n)
        if isinstance(functions, TruthTables):
            if n not in (None, functions.n):
                raise BadInput(f"tables of {functions.n} inputs, not {n}: leave out n")
            return functions
        if isinstance(functions, np.ndarray):
            if n is None:
                raise BadInput(f"an array of shape {functions.shape} without its number of inputs: give n=")
            return cls(n, _packed(functions, n))
        if not isinstance(functions, Sequence) or isinstance(functions, (str, bytes)):
            raise BadInput(f"a {type(functions).__name__} is not a sequence of BooleanFunction or an array of tables")
        return cls._of_sequence([_function(f) for f in functions], n)

    @classmethod
    def _of_sequence(cls, functions: list[BooleanFunction], n: int | None) -> TruthTables:
        arities = sorted({f.n for f in functions} | ({n} if n is not None else set()))
        if len(arities) > 1:
            raise BadInput(f"functions of {arities[0]} and {arities[-1]} inputs: give functions of the same inputs")
        if not arities:
            raise BadInput("no functions and no number of inputs: give n=")
        length = width(arity(arities[0]))
        text = b"".join(f.table.to_bytes(length, "little") for f in functions)
        return cls(arities[0], np.frombuffer(text, dtype=np.uint8).reshape(-1, length))

    def __len__(self) -> int:
        return len(self.packed)

    def __getitem__(self, chosen: Any) -> TruthTables:
        """Return the functions that a slice or an array of places chooses."""
        return TruthTables(self.n, self.packed[chosen])

    def padded(self, length: int) -> TruthTables:
        """Return the functions followed by constants 0, `length` in all: compiled code is compiled for few lengths."""
        return TruthTables(self.n, np.pad(self.packed, ((0, length - len(self)), (0, 0))))

    def bits(self) -> np.ndarray:
        """Return the outputs 0 and 1, shape (functions, 2^n), uint8."""
        return np.unpackbits(self.packed, axis=1, bitorder="little", count=1 << self.n)

    def signs(self) -> np.ndarray:
        """Return the outputs -1 and 1, shape (functions, 2^n), int8."""
        return 2 * self.bits().view(np.int8) - 1

    def function(self, k: int) -> BooleanFunction:
        """Return function number k."""
        return BooleanFunction(self.n, int.from_bytes(self.packed[k].tobytes(), "little"))


def _function(f: object) -> BooleanFunction:
    if isinstance(f, PTF):
        return f.function
    if not isinstance(f, BooleanFunction):
        raise BadInput(f"a {type(f).__name__} is not a BooleanFunction or a PTF: use BooleanFunction.from_table(table, n=...)")
    return f


def _packed(given: np.ndarray, n: int) -> np.ndarray:
    """Return the rows of packed bytes of an array of integers or of rows."""
    if given.ndim == 1 and n <= WORD_ARITY and given.dtype.kind in "iu":
        if given.size and given.min() < 0:
            raise BadInput(f"table {given.min()} is not from 0 to 2**{1 << n} - 1")
        packed = given.astype("<u8")[:, None].view(np.uint8)
        kept, rest = packed[:, : width(n)], packed[:, width(n) :]
    elif given.ndim == 2 and given.dtype == np.uint8 and given.shape[1] == width(n):
        kept, rest = given, given[:, :0]
    else:
        integers = "(functions,) of integers or " if n <= WORD_ARITY else ""
        shape = f"{integers}(functions, {width(n)}) of uint8"
        raise BadInput(f"an array of shape {given.shape} and type {given.dtype}: tables of {n} inputs have shape {shape}")
    if rest.any() or (n < 3 and (kept >> (1 << n)).any()):
        raise BadInput(f"a table is not from 0 to 2**{1 << n} - 1, the tables of {n} inputs")
    return np.ascontiguousarray(kept)
