"""Groups of changes under which a class is closed, and the number of its orbits by the lemma of Cauchy and Frobenius.

`recount.symmetries` has generators of the same groups for the checks of certificates, which list every orbit and use nothing fast;
sets of a hundred million functions want the lemma, which only counts what each change leaves as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Any

import numpy as np

from workbench.capacity.bitsets import Bitset
from workbench.capacity.npn import Move, word
from workbench.errors import Rejected


@dataclass(frozen=True)
class Symmetry:
    """Permuting the first `permuted` of n inputs, negating any of the first `negated`, and the output too if `output`.

    >>> Symmetry(3, 3, 3, True).order
    96
    """

    n: int
    permuted: int
    negated: int
    output: bool

    @property
    def order(self) -> int:
        """The number of changes."""
        return factorial(self.permuted) << self.negated << self.output

    @property
    def moves(self) -> list[Move]:
        """Changes of inputs such that every other is a product of them in this order, each taken or left."""
        negations = [Move.negation(self.n, i) for i in range(self.negated)]
        return negations + [Move.transposition(self.n, i, j) for j in range(self.permuted) for i in range(j)]

    def orbits(self, found: Bitset) -> int:
        """Return the number of orbits of a set that is closed under the changes: the mean number of members that a change fixes.

        Conjugate changes fix equally many, so one of each class is looked at. Raises Rejected if the mean is no integer, as it has
        to be for a closed set.

        >>> constants = Bitset.empty(2)
        >>> constants.add([0b0000, 0b1111])
        >>> Symmetry(2, 2, 2, True).orbits(constants), Symmetry(2, 2, 2, False).orbits(constants)
        (1, 2)
        """
        total = 0
        for places, size in self._classes():
            for output in range(1 + self.output):
                fixed = found.count() if not output and (np.diff(places) == 1).all() else _fixed(found, places, output)
                total += size * fixed
        if total % self.order:
            raise Rejected(f"{total} / {self.order} orbits: the set is not closed under its symmetries")
        return total // self.order

    def _classes(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield how a change of inputs moves the points, for one of each class of conjugate changes, and the size of the class."""
        first: dict[Any, tuple[tuple[int, ...], int]] = {}
        sizes: dict[Any, int] = {}
        for order in permutations(range(self.permuted)):
            for flips in range(1 << self.negated):
                kind = (*_signed_cycles(order, flips), flips >> self.permuted)
                first.setdefault(kind, (order, flips))
                sizes[kind] = sizes.get(kind, 0) + 1
        points = np.arange(1 << self.n)
        for kind, (order, flips) in first.items():
            moved = np.full(1 << self.n, flips)
            for i, source in enumerate((*order, *range(self.permuted, self.n))):
                moved ^= (points >> source & 1) << i
            yield moved, sizes[kind]


def _signed_cycles(order: tuple[int, ...], flips: int) -> list[tuple[int, int]]:
    """Return the length of each cycle of a permutation and the parity of the negations along it, in a fixed order."""
    rest, found = set(range(len(order))), []
    while rest:
        i, length, parity = min(rest), 0, 0
        while i in rest:
            rest.remove(i)
            length, parity, i = length + 1, parity ^ flips >> i & 1, order[i]
        found.append((length, parity))
    return sorted(found)


def _fixed(found: Bitset, places: np.ndarray, output: int) -> int:
    """Return how many members a change of points, with negation of the output if `output`, leaves as they are."""
    tables, rest = np.zeros(1, word(found.n)), set(range(places.size))
    while rest:
        cycle = [min(rest)]
        while (following := int(places[cycle[-1]])) != cycle[0]:
            cycle.append(following)
        rest -= set(cycle)
        if output and len(cycle) % 2:
            return 0
        one = sum(1 << k for k in (cycle[::2] if output else cycle))
        other = sum(1 << k for k in cycle[1::2]) if output else 0
        tables = np.concatenate([tables | tables.dtype.type(one), tables | tables.dtype.type(other)])
    return int(found.contains(tables).sum())
