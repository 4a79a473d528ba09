"""The regions of the threshold arrangement inside one chamber, counted in plain integers by deletion and restriction.

With its bias as one more weight, a threshold function of n inputs is a region of the N = n + 1 weights cut by the hyperplanes
w.x = 0, x in {-1, 1}^N. Signed permutations of the weights act on the regions; the chamber K = {w_1 >= ... >= w_N >= 0} meets each
orbit once. A face of K is named by a mask: bit k - 1 says that the ray r_k = (1, ..., 1, 0, ..., 0), k ones, spans it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import factorial, gcd

from workbench.domain import arity
from workbench.errors import Rejected

Row = tuple[int, ...]  # the values of a ray on the hyperplanes, up to a positive factor


@dataclass(frozen=True)
class Cone:
    """A pointed cone: its dimension, and for each extreme ray the mask of the chamber's walls that it lies on, and its values."""

    dimension: int
    masks: tuple[int, ...]
    rows: tuple[Row, ...]

    @classmethod
    def face(cls, n: int, mask: int) -> Cone:
        """Return the face of the chamber of n + 1 weights with the values of all hyperplanes that do not hold it whole.

        >>> Cone.face(1, 0b11)
        Cone(dimension=2, masks=(2, 1), rows=((1, 1), (2, 0)))
        """
        rays = [k for k in range(n + 1) if mask >> k & 1]
        columns = []
        for signs in product((1, -1), repeat=n):
            total, sums = 1, [1]  # the first sign is +1: opposite points are one hyperplane
            for sign in signs:
                total += sign
                sums.append(total)
            columns.append(tuple(sums[k] for k in rays))
        return cls(len(rays), tuple(mask & ~(1 << k) for k in rays), tuple(zip(*columns, strict=True)))

    def held(self) -> bool:
        """Whether some hyperplane holds the whole cone."""
        return any(not any(column) for column in zip(*self.rows, strict=True))

    def cut(self) -> Cone:
        """Return the cone with only the hyperplanes that cut it, each once."""
        kept: dict[Row, None] = {}
        for column in zip(*self.rows, strict=True):
            if min(column) < 0 < max(column):
                divisor = gcd(*column)
                lead = next(v for v in column if v)
                kept[tuple(v // (divisor if lead > 0 else -divisor) for v in column)] = None
        return Cone(self.dimension, self.masks, tuple(zip(*kept, strict=True)) if kept else ((),) * len(self.masks))

    def edges(self) -> list[tuple[int, int]]:
        """Return the pairs of rays that span a face: no third ray lies on all the walls that both lie on."""
        found = []
        for a, b in combinations(range(len(self.masks)), 2):
            both = self.masks[a] & self.masks[b]
            if not any(both & ~m == 0 for c, m in enumerate(self.masks) if c not in (a, b)):
                found.append((a, b))
        return found

    def sliced(self, i: int, edges: Sequence[tuple[int, int]]) -> Cone:
        """Return the part on hyperplane i, with the values of the hyperplanes before it."""
        found: dict[int, Row] = {}
        for mask, row in zip(self.masks, self.rows, strict=True):
            if row[i] == 0:
                found[mask] = row[:i]
        for a, b in edges:
            p, q = self.rows[a][i], self.rows[b][i]
            if p * q < 0:
                row = tuple(abs(q) * u + abs(p) * v for u, v in zip(self.rows[a][:i], self.rows[b][:i], strict=True))
                divisor = gcd(*row) or 1
                found[self.masks[a] & self.masks[b]] = tuple(v // divisor for v in row)
        return Cone(self.dimension - 1, tuple(found), tuple(found.values()))

    def regions(self) -> int:
        """Return the number of regions into which the hyperplanes of a `cut` cone divide it.

        Hyperplane i splits each region of those before it that it meets, hence 1 plus the regions of all slices.
        """
        if self.dimension <= 2:
            return 1 + len(self.rows[0])  # each cuts a sector at a ray of its own
        edges = self.edges() if self.rows[0] else []
        return 1 + sum(self.sliced(i, edges).cut().regions() for i in range(len(self.rows[0])))


def face_regions(n: int, mask: int) -> int:
    """Return the regions of threshold functions of n inputs inside the relative interior of a face, 0 if a hyperplane holds it.

    >>> face_regions(2, 0b111), face_regions(2, 0b110), face_regions(2, 0b010)
    (2, 1, 0)
    """
    cone = Cone.face(n, mask)
    return 0 if cone.held() else cone.cut().regions()


@dataclass(frozen=True)
class Counts:
    """The threshold functions of n inputs and their classes, by the regions of each face; entry `mask` of `faces` is of that face.

    Functions up to permuting and negating inputs (`np_classes`), also negating the output (`npn_classes`), and, with the bias as
    one more input, up to permuting and negating all n + 1 (`self_dual_classes`).
    """

    n: int
    faces: tuple[int, ...]

    @classmethod
    def of(cls, n: int) -> Counts:
        """Return the counts for n inputs, every face counted anew: milliseconds for n <= 5, seconds at n = 7.

        >>> c = Counts.of(3)
        >>> c.threshold, c.self_dual_classes, c.np_classes, c.npn_classes
        (104, 3, 10, 6)
        """
        arity(n)
        return cls(n, (0, *(face_regions(n, mask) for mask in range(1, 2 << n))))

    def _own(self) -> Iterator[tuple[int, int]]:
        return enumerate(moebius(self.faces))

    @property
    def threshold(self) -> int:
        """The number of threshold functions."""
        return sum(e * orbit(self.n, mask) for mask, e in self._own())

    @property
    def self_dual_classes(self) -> int:
        """The number of classes of self-dual threshold functions of n + 1 variables."""
        return sum(e for _, e in self._own())

    @property
    def np_classes(self) -> int:
        """The number of classes under permutations and negations of inputs: any group of tied weights may hold the bias."""
        return sum(e * (2 * mask.bit_count() + _has_zeros(self.n, mask)) for mask, e in self._own())

    @property
    def npn_classes(self) -> int:
        """The number of classes under permutations and negations of inputs and negation of the output."""
        return sum(e * (mask.bit_count() + _has_zeros(self.n, mask)) for mask, e in self._own())


def moebius(faces: Sequence[int]) -> list[int]:
    """Return, for each face, the regions that have exactly its strict inequalities: faces[G] is their sum over the subsets of G.

    Raises Rejected where there would be fewer than none: then the regions of some face are wrong.

    >>> moebius([0, 1, 0, 3])
    [0, 1, 0, 2]
    """
    own = list(faces)
    for k in range(len(own).bit_length() - 1):
        for mask in range(len(own)):
            if mask >> k & 1:
                own[mask] -= own[mask ^ 1 << k]
    for mask, value in enumerate(own):
        if value < 0:
            raise Rejected(f"face {mask:#x} of {len(own)} would have {value} regions of its own")
    return own


def _has_zeros(n: int, mask: int) -> int:
    return 1 - (mask >> n & 1)


def orbit(n: int, mask: int) -> int:
    """Return the size of the orbit, under signed permutations, of a region whose weights tie as in the relative interior of a face.

    >>> orbit(1, 0b01), orbit(1, 0b10), orbit(1, 0b11)
    (4, 4, 8)
    """
    sizes, last = [], 0
    for k in range(1, n + 2):
        if mask >> k - 1 & 1:
            sizes.append(k - last)
            last = k
    found = (1 << last) * factorial(n + 1) // factorial(n + 1 - last)
    for size in sizes:
        found //= factorial(size)
    return found
