"""Classes of Boolean functions under permuting and negating inputs and negating the output (NPN), on arrays of tables.

A permutation or negation of inputs moves points, hence bits of the table; a transposition of two inputs and the negation of one
exchange disjoint pairs of bits at one distance, which takes six operations on a whole word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from sympy.utilities.iterables import generate_bell

from workbench.classes import full_table, input_table
from workbench.domain import arity
from workbench.errors import BadInput

ARITY_LIMIT = 5  # 2^5 5! = 3,840 changes of inputs
MOVE_LIMIT = 6  # tables of 64 bits
BATCH = 1 << 15  # tables that compiled code takes at once: an interrupt waits no longer
Progress = Callable[[str, int, int], object]  # called with what is done, how many are, how many there are


@dataclass(frozen=True)
class Move:
    """A change of inputs that exchanges bits k and k + shift of every table, for each bit k of `mask`.

    >>> negation = Move.negation(2, 0)
    >>> negation(np.array([0b1000, 0b0110], np.uint8)).tolist()
    [4, 9]
    """

    shift: int
    mask: int

    @classmethod
    def negation(cls, n: int, i: int) -> Move:
        """Return the negation of input i of n."""
        return cls(1 << i, full_table(n) ^ input_table(n, i))

    @classmethod
    def transposition(cls, n: int, i: int, j: int) -> Move:
        """Return the exchange of inputs i < j of n."""
        return cls((1 << j) - (1 << i), input_table(n, i) & ~input_table(n, j))

    def __call__(self, tables: np.ndarray) -> np.ndarray:
        """Return the tables of unsigned integers after the change."""
        shift, mask = tables.dtype.type(self.shift), tables.dtype.type(self.mask)
        changed = (tables ^ tables >> shift) & mask
        return np.asarray(tables ^ changed ^ changed << shift)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The pairs of bits that it exchanges."""
        return [(k, k + self.shift) for k in range(self.mask.bit_length()) if self.mask >> k & 1]


def word(n: int) -> np.dtype[Any]:
    """Return the type of unsigned integers that holds the tables of n <= 6 inputs.

    >>> word(2), word(5)
    (dtype('uint8'), dtype('uint32'))
    """
    return np.dtype(f"uint{max(8, 1 << arity(n, limit=MOVE_LIMIT))}")


def input_moves(n: int) -> list[Move]:
    """Return generators of the group of changes of n inputs: all negations and all transpositions."""
    negations = [Move.negation(n, i) for i in range(n)]
    return negations + [Move.transposition(n, i, j) for j in range(n) for i in range(j)]


def checked_tables(tables: Any, n: int) -> np.ndarray:
    """Return tables of n <= 6 inputs as a flat array of the type `word(n)`. Raises BadInput for anything that is no such table.

    >>> checked_tables([3, 16], 2)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: table 16 is not from 0 to 15, the tables of 2 inputs
    """
    given = np.atleast_1d(np.asarray(tables))
    if given.size and given.dtype.kind not in "iu":
        raise BadInput(f"tables of type {given.dtype}: give integers from 0 to 2**{1 << n} - 1")
    for extreme in (int(given.min()), int(given.max())) if given.size else ():
        if not 0 <= extreme <= full_table(n):
            raise BadInput(f"table {extreme} is not from 0 to {full_table(n)}, the tables of {n} inputs")
    return given.astype(word(n)).ravel()


@dataclass(frozen=True, eq=False)
class Walk:
    """A way through the 2^n n! changes of inputs, one move at a time, as arrays that compiled code reads."""

    codes: np.ndarray  # which move comes next, uint8
    shifts: np.ndarray
    masks: np.ndarray

    @classmethod
    @cache
    def of(cls, n: int, permuted: int | None = None, negated: int | None = None) -> Walk:
        """Return the walk: every order of the inputs by neighbouring transpositions, and in each all negations in Gray-code order.

        Only the first `permuted` inputs change places and only the first `negated` are negated, all if None.
        Source: S. Johnson, Generation of permutations by adjacent transposition, 1963.

        >>> Walk.of(3).codes.size, Walk.of(3, 2, 2).codes.size
        (47, 7)
        """
        permuted, negated = (n if number is None else number for number in (permuted, negated))
        moves = [Move.negation(n, i) for i in range(negated)] + [Move.transposition(n, i, i + 1) for i in range(permuted - 1)]
        orders = list(generate_bell(permuted)) if permuted > 1 else [()]
        negations = [(k & -k).bit_length() - 1 for k in range(1, 1 << negated)]
        codes = list(negations)
        for before, after in pairwise(orders):
            codes += [negated + next(i for i in range(permuted) if before[i] != after[i]), *negations]
        shifts, masks = ([m.shift for m in moves], [m.mask for m in moves])
        return cls(np.array(codes, np.uint8), np.array(shifts, np.uint64), np.array(masks, np.uint64))


def canonical_forms(
    tables: Any, n: int, *, outputs: bool = True, progress: Progress | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the least table of each table's NPN class (NP class if not `outputs`) and the sizes of the classes, n <= 5.

    Ten seconds for a million tables of five inputs. Raises BadInput for n > 5 or tables that are none of n inputs.

    >>> least, sizes = canonical_forms([0b1110, 0b0110, 0b1111], 2)
    >>> least.tolist(), sizes.tolist()
    ([1, 6, 0], [8, 2, 2])
    >>> canonical_forms([0], 6)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: arity 6 is not an integer from 0 to 5
    """
    given = checked_tables(tables, arity(n, limit=ARITY_LIMIT))
    walk, least = Walk.of(n), np.empty(given.size, np.uint64)
    sizes = np.empty(given.size, np.int64)
    for first in range(0, given.size, BATCH):
        batch = slice(first, first + BATCH)
        part = given[batch].astype(np.uint64)
        full = np.uint64(full_table(n))
        _least_of_orbits(part, walk.codes, walk.shifts, walk.masks, full, outputs, least[batch], sizes[batch])
        if progress is not None:
            progress("canonical forms", min(first + BATCH, given.size), given.size)
    return least.astype(word(n)), sizes


@njit(nogil=True, cache=True)
def _least_of_orbits(tables, codes, shifts, masks, full, outputs, least, sizes):  # type: ignore[no-untyped-def]
    changes = codes.size + 1
    for k in range(tables.size):
        start = t = best = tables[k]
        fixed = 1
        if outputs:
            best = min(t, t ^ full)
        for code in codes:
            x = (t ^ (t >> shifts[code])) & masks[code]
            t ^= x ^ (x << shifts[code])
            best = min(best, t)
            fixed += t == start
            if outputs:
                best = min(best, t ^ full)
                fixed += t ^ full == start
        least[k] = best
        sizes[k] = changes * (1 + outputs) // fixed


@dataclass(frozen=True, eq=False)
class NpnClasses:
    """The classes of all functions of n inputs: the least table of each, ascending, and how many functions it has.

    >>> npn_classes(2).representatives.tolist(), npn_classes(2).sizes.tolist()
    ([0, 1, 3, 6], [2, 8, 4, 2])
    """

    n: int
    representatives: np.ndarray
    sizes: np.ndarray


_KNOWN: dict[int, NpnClasses] = {}


def npn_classes(n: int, *, progress: Progress | None = None) -> NpnClasses:
    """Return the NPN classes of all functions of n <= 5 inputs: 616,126 for n = 5, in about ten seconds the first time.

    The least table of a class has as its upper half (the last input being 1) the least table of a class of n - 1 inputs; so only
    such tables are tried, in ascending order, and each class marks those of its members that are of this form. Raises BadInput for
    n > 5.
    """
    if arity(n, limit=ARITY_LIMIT) not in _KNOWN:
        _KNOWN[n] = _npn_classes(n, progress) if n else NpnClasses(0, np.array([0], word(0)), np.array([2]))
    return _KNOWN[n]


def _npn_classes(n: int, progress: Progress | None) -> NpnClasses:
    upper = npn_classes(n - 1).representatives.astype(np.uint64)
    half = 1 << (n - 1)
    rank = np.full(1 << half, -1, np.int16)
    rank[upper.astype(np.int64)] = np.arange(upper.size)
    marked = np.zeros((upper.size, 1 << half), np.bool_)
    walk, found = Walk.of(n), []
    for row, top in enumerate(upper):
        found.append(_classes_above(top, row, marked, rank, walk.codes, walk.shifts, walk.masks, np.uint64(half)))
        if progress is not None:
            progress("NPN classes", row + 1, upper.size)
    tables, sizes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return NpnClasses(n, _frozen(tables.astype(word(n))), _frozen(sizes))


@njit(nogil=True, cache=True)
def _classes_above(top, row, marked, rank, codes, shifts, masks, half):  # type: ignore[no-untyped-def]
    """Return the least tables, and the class sizes, of the classes not yet marked whose least table has this upper half."""
    lower = (np.uint64(1) << half) - np.uint64(1)
    full = lower << half | lower
    tables, sizes = np.empty(marked.shape[1], np.uint64), np.empty(marked.shape[1], np.int64)
    count = 0
    for low in range(marked.shape[1]):
        if marked[row, low]:
            continue
        start = t = top << half | np.uint64(low)
        fixed = 0
        for step in range(codes.size + 1):
            if step:
                code = codes[step - 1]
                x = (t ^ (t >> shifts[code])) & masks[code]
                t ^= x ^ (x << shifts[code])
            for image in (t, t ^ full):
                fixed += image == start
                above = rank[image >> half]
                if above >= 0:
                    marked[above, image & lower] = True
        tables[count], sizes[count] = start, 2 * (codes.size + 1) // fixed
        count += 1
    return tables[:count], sizes[:count]


def orbit_representatives(tables: np.ndarray, maps: Sequence[Callable[[np.ndarray], np.ndarray]]) -> np.ndarray:
    """Return the least member of each orbit of a sorted array of tables that the invertible maps carry into itself.

    Raises BadInput if a map leads out of the array.

    >>> swap = Move.transposition(2, 0, 1)
    >>> orbit_representatives(np.array([0b0010, 0b0100, 0b0110], np.uint8), [swap]).tolist()
    [2, 6]
    """
    images = [np.searchsorted(tables, by(tables)) for by in maps]
    for by, image in zip(maps, images, strict=True):
        if (image >= tables.size).any() or (tables[image] != by(tables)).any():
            raise BadInput(f"{by} leads out of the {tables.size} tables: give a set that it maps into itself")
    least = np.arange(tables.size)
    while True:
        before = least
        for image in images:
            least = np.minimum(least, least[image])
        if (least == before).all():
            return np.asarray(tables[least == np.arange(tables.size)])


def distinct(tables: np.ndarray) -> np.ndarray:
    """Return the different entries, ascending, by sorting: NumPy's `unique` hashes integers, ten times slower for millions.

    >>> distinct(np.array([3, 1, 3], np.uint8)).tolist()
    [1, 3]
    """
    ordered = np.sort(tables)
    return np.asarray(ordered[np.diff(ordered, prepend=~ordered[:1]) != 0])


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
