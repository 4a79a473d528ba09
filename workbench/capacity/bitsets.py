"""Sets of functions of n <= 5 inputs, one bit for each table: 2^32 bits, 512 MiB, for n = 5.

A change of inputs permutes the bits of a table, which is the position of the function in the set. It exchanges bits k and k + s of
the position; the lowest six are the place within a word, the others the number of the word. So whole words trade places, after
their own bits were permuted and blocks of up to 64 words were transposed: one pass over the memory, whatever is in the set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import njit

from workbench.capacity.faces import Faces
from workbench.capacity.npn import ARITY_LIMIT, Move, Progress, checked_tables
from workbench.classes import full_table, input_table
from workbench.domain import arity

WORD_BITS = 6  # of a position, within a word of 64
CHUNK = 1 << 20  # words counted at once


@dataclass(frozen=True, eq=False)
class Bitset:
    """A set of functions of n <= 5 inputs, changed in place.

    >>> found = Bitset.empty(2)
    >>> found.add([0b1000])
    >>> found.close(Move.negation(2, 0))
    >>> found.contains([0b1000, 0b0100, 0b0010]).tolist(), found.count()
    ([True, True, False], 2)
    """

    n: int
    words: np.ndarray  # uint64, the bit of table t being bit t mod 64 of word t div 64

    @classmethod
    def empty(cls, n: int) -> Bitset:
        """Return the empty set of functions of n inputs. Raises BadInput for n > 5."""
        bits = 1 << arity(n, limit=ARITY_LIMIT)
        return cls(n, np.zeros(1 << max(0, bits - WORD_BITS), np.uint64))

    def add(self, tables: object) -> None:
        """Add tables. Raises BadInput if one is none of n inputs."""
        _mark(self.words, checked_tables(tables, self.n))

    def add_gated(self, faces: Faces, gates: np.ndarray, *, progress: Progress | None = None, name: str = "gates") -> None:
        """Add what a block computes with each of these gates."""
        difference = faces.high ^ faces.low
        for done, gate in enumerate(gates):
            _mark_gated(self.words, faces.low, difference, gate)
            if progress is not None:
                progress(name, done + 1, len(gates))

    def close(self, move: Move) -> None:
        """Add the images of all members under a move."""
        inside = [(a, b) for a, b in move.pairs if b < WORD_BITS]
        across = [(a, b) for a, b in move.pairs if a < WORD_BITS <= b]
        outer = sum(1 << (a - WORD_BITS) for a, _ in move.pairs if a >= WORD_BITS)
        _close(
            self.words,
            np.array([(1 << b) - (1 << a) for a, b in inside], np.uint64),
            np.array([_lower_places(a, b) for a, b in inside], np.uint64),
            np.array([1 << a for a, _ in across], np.uint64),
            np.array([full_table(WORD_BITS) ^ input_table(WORD_BITS, a) for a, _ in across], np.uint64),
            np.array([b - WORD_BITS for _, b in across], np.uint64),
            np.uint64(move.shift),
            np.uint64(outer),
        )

    def close_under(self, moves: Iterable[Move], *, progress: Progress | None = None, complement: bool = False) -> None:
        """Add the images under each move after the other, and the negations if `complement`.

        The set is then closed under a group if each of its members is a product of the moves in their order, each taken or left.
        """
        steps = list(moves)
        for done, move in enumerate(steps):
            self.close(move)
            if progress is not None:
                progress("changes of inputs", done + 1, len(steps) + complement)
        if complement:
            self.close_complement()

    def close_complement(self) -> None:
        """Add the negations of all members."""
        _close_complement(self.words, np.uint64(max(0, (1 << WORD_BITS) - (full_table(self.n) + 1))))

    def count(self) -> int:
        """Return the number of members."""
        parts = (self.words[k : k + CHUNK] for k in range(0, self.words.size, CHUNK))
        return sum(int(np.bitwise_count(part).sum()) for part in parts)

    def contains(self, tables: object) -> np.ndarray:
        """Return which of the tables are members. Raises BadInput if one is none of n inputs."""
        places = checked_tables(tables, self.n).astype(np.uint64)
        return np.asarray(self.words[places >> np.uint64(WORD_BITS)] >> (places & np.uint64(63)) & np.uint64(1)).astype(bool)

    def subset_of(self, other: Bitset) -> bool:
        """Say whether every member is one of another set."""
        starts = range(0, self.words.size, CHUNK)
        return not any((self.words[k : k + CHUNK] & ~other.words[k : k + CHUNK]).any() for k in starts)

    def unite(self, other: Bitset) -> None:
        """Add the members of another set."""
        np.bitwise_or(self.words, other.words, out=self.words)

    def indicator(self) -> np.ndarray:
        """Return the set of functions of n <= 4 inputs as truth values indexed by tables."""
        bits = np.unpackbits(self.words.view(np.uint8), bitorder="little")[: full_table(arity(self.n, limit=4)) + 1]
        return bits.astype(bool)


def _lower_places(a: int, b: int) -> int:
    """Return the places within a word whose bit a is 1 and bit b is 0."""
    return input_table(WORD_BITS, a) & ~input_table(WORD_BITS, b)


@njit(nogil=True, cache=True)
def _mark(words, tables):  # type: ignore[no-untyped-def]
    for t in tables:
        place = np.uint64(t)
        words[place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))


@njit(nogil=True, cache=True)
def _mark_gated(words, low, difference, gate):  # type: ignore[no-untyped-def]
    for k in range(low.size):
        place = np.uint64(low[k] ^ (gate & difference[k]))
        words[place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))


@njit(nogil=True, cache=True)
def _close(words, inner_shifts, inner_masks, across_shifts, across_masks, across_bits, shift, outer):  # type: ignore[no-untyped-def]
    """Add the image of each block of words; a block holds the words whose numbers differ in the bits `across_bits` only."""
    one, number = np.uint64(1), across_bits.size
    block = np.empty(1 << number, np.uint64)
    offsets = np.zeros(1 << number, np.uint64)
    for u in range(1 << number):
        for q in range(number):
            offsets[u] |= np.uint64(u >> q & 1) << across_bits[q]
    for k in range(words.size >> number):
        base = np.uint64(k)
        for q in range(number):  # zeros are put in at the bits that vary within the block, lowest first
            low = (one << across_bits[q]) - one
            base = (base & ~low) << one | base & low
        for u in range(block.size):
            block[u] = words[base | offsets[u]]
            for i in range(inner_shifts.size):
                x = (block[u] ^ (block[u] >> inner_shifts[i])) & inner_masks[i]
                block[u] ^= x ^ (x << inner_shifts[i])
        for q in range(number):
            for u in range(block.size):
                if u >> q & 1 == 0:
                    v = u | 1 << q
                    x = ((block[u] >> across_shifts[q]) ^ block[v]) & across_masks[q]
                    block[v] ^= x
                    block[u] ^= x << across_shifts[q]
        x = (base ^ (base >> shift)) & outer
        target = base ^ x ^ (x << shift)
        for u in range(block.size):
            words[target | offsets[u]] |= block[u]


@njit(nogil=True, cache=True)
def _close_complement(words, unused):  # type: ignore[no-untyped-def]
    """Add position P - 1 - t for each position t of P = 64 words.size - unused."""
    last = words.size - 1
    for k in range((words.size + 1) // 2):
        a, b = words[k], words[last - k]
        words[k] |= _mirrored(b) >> unused
        words[last - k] |= _mirrored(a) >> unused


@njit(nogil=True, cache=True)
def _mirrored(x):  # type: ignore[no-untyped-def]
    x = (x & np.uint64(0x5555555555555555)) << np.uint64(1) | x >> np.uint64(1) & np.uint64(0x5555555555555555)
    x = (x & np.uint64(0x3333333333333333)) << np.uint64(2) | x >> np.uint64(2) & np.uint64(0x3333333333333333)
    x = (x & np.uint64(0x0F0F0F0F0F0F0F0F)) << np.uint64(4) | x >> np.uint64(4) & np.uint64(0x0F0F0F0F0F0F0F0F)
    x = (x & np.uint64(0x00FF00FF00FF00FF)) << np.uint64(8) | x >> np.uint64(8) & np.uint64(0x00FF00FF00FF00FF)
    x = (x & np.uint64(0x0000FFFF0000FFFF)) << np.uint64(16) | x >> np.uint64(16) & np.uint64(0x0000FFFF0000FFFF)
    return x << np.uint64(32) | x >> np.uint64(32)
