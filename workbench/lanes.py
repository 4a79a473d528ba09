"""Many truth tables side by side in one integer: their least equivalent tables and the sizes of their classes, all at once.

A lane has 64 bits, of which a table of at most five inputs fills 32. A change of two inputs, or of one, exchanges bits at one
distance within each lane, so a few operations on the whole integer change all tables.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from math import factorial

from workbench.classes import full_table, input_table
from workbench.domain import arity
from workbench.errors import BadInput

LANE = 64
GUARD = 40  # the bit of a lane that a comparison leaves set or clears
BATCH = 1 << 11  # tables in one integer: it stays in the fast memory of a processor
ARITY_LIMIT = 5
Exchange = tuple[int, int]  # bits k and k + shift are exchanged for each bit k of the mask


def levels(n: int, permuted: int, negated: int) -> list[list[Exchange]]:
    """Return lists of changes of n inputs: every permutation and negation is a product of at most one from each, in this order."""
    negations = [[(1 << i, full_table(n) ^ input_table(n, i))] for i in range(negated)]
    return negations + [
        [((1 << j) - (1 << i), input_table(n, i) & ~input_table(n, j)) for i in range(j)] for j in range(1, permuted)
    ]


def classes(tables: Sequence[int], n: int, *, permuted: int, negated: int, outputs: bool) -> Iterator[tuple[int, int]]:
    """Yield, for each table of n <= 5 inputs, the least table of its class and the size of the class.

    A class holds the images under permuting the first `permuted` inputs, negating any of the first `negated`, and, if `outputs`,
    negating the output. Raises BadInput where these are no group: if some of the permuted inputs are negated and others are not.

    >>> list(classes([0b1000, 0b0110], 2, permuted=2, negated=2, outputs=True))
    [(1, 8), (6, 2)]
    """
    if not 0 <= permuted <= n or not 0 <= negated <= n or 0 < negated < permuted:
        raise BadInput(
            f"permuting {permuted} and negating {negated} of {n} inputs is no group: negate none or all that are permuted"
        )
    by = levels(arity(n, limit=ARITY_LIMIT), permuted, negated)
    order = factorial(permuted) << negated << outputs
    for start in range(0, len(tables), BATCH):
        yield from _of_batch(tables[start : start + BATCH], n, by, order, outputs)


def _of_batch(tables: Sequence[int], n: int, by: list[list[Exchange]], order: int, outputs: bool) -> Iterator[tuple[int, int]]:
    ones = whole([1] * len(tables))
    guard, full = ones << GUARD, ones * full_table(n)
    start = least = whole(tables)
    moved = 0  # in each lane, how many images differ from the table
    for image in images(start, [[(shift, ones * mask) for shift, mask in level] for level in by]):
        for t in (image, image ^ full) if outputs else (image,):
            below = ((least | guard) - t - ones) & guard  # t < least
            chosen = below - (below >> GUARD)
            least ^= (least ^ t) & chosen
            moved += (((t ^ start) | guard) - ones & guard) >> GUARD
    for t, changed in zip(parts(least, len(tables)), parts(moved, len(tables)), strict=True):
        yield t, order // (order - changed)


def images(whole_: int, by: Sequence[Sequence[Exchange]]) -> Iterator[int]:
    """Yield the images under all products of at most one change of each list, the identity first."""
    if not by:
        yield whole_
        return
    yield from images(whole_, by[1:])
    for shift, mask in by[0]:
        changed = (whole_ ^ whole_ >> shift) & mask
        yield from images(whole_ ^ changed ^ changed << shift, by[1:])


def whole(values: Iterable[int]) -> int:
    """Return the integer with these values, below 2^64, in its lanes."""
    lanes = array("Q", values)
    if sys.byteorder == "big":
        lanes.byteswap()
    return int.from_bytes(lanes.tobytes(), "little")


def parts(whole_: int, size: int) -> array[int]:
    """Return the values in the first `size` lanes.

    >>> parts(whole([3, 5]), 2).tolist()
    [3, 5]
    """
    lanes = array("Q", whole_.to_bytes(size * LANE // 8, "little"))
    if sys.byteorder == "big":
        lanes.byteswap()
    return lanes
