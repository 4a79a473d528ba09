"""Proven bounds for T_d(n), the number of threshold functions of degree d, as exact integers with the claims that give them.

Claims are named by their ids in the ledger; the few reasons that need none are spelt out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import comb

from workbench.counts import threshold_count
from workbench.errors import BadInput

CERTIFIED = 4  # inputs up to which counts of threshold functions ship with the package
SUM_LIMIT = 1 << 10  # terms of Cover's sum; beyond, the power of 2 above it
FEATURES_LIMIT = 1 << 16
ALL_LIMIT = 16  # inputs up to which the number of all functions, of 2^n bits, is looked at
ALL, CONSTANT_GATE, COUNTED, GIVEN = "all functions", "a constant gate", "a certified count", "a given count"
REASONS = (ALL, CONSTANT_GATE, COUNTED, GIVEN)  # what may be named beside claims

Counts = Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class Side:
    """A proven lower or upper bound, and what gives it."""

    value: int
    by: tuple[str, ...]

    @classmethod
    def of(cls, value: int, claim: str, *used: Side) -> Side:
        """Return the bound that a claim gives from other bounds."""
        return cls(value, tuple(dict.fromkeys((claim, *(name for side in used for name in side.by)))))


def least(sides: list[Side]) -> Side:
    return min(sides, key=lambda side: side.value)


def greatest(sides: list[Side]) -> Side:
    return max(sides, key=lambda side: side.value)


def every(n: int) -> list[Side]:
    """Return 2^(2^n), the number of all functions of n inputs, as an upper bound, if it can be written down."""
    return [Side(1 << (1 << n), (ALL,))] if n <= ALL_LIMIT else []


def features(n: int, degree: int) -> int:
    """Return C(n, <= d), the number of monomials up to a degree. Raises BadInput if there are more than 2^16.

    >>> features(4, 2)
    11
    """
    found = sum(comb(n, k) for k in range(degree + 1))
    if found > FEATURES_LIMIT:
        raise BadInput(f"{found} monomials > {FEATURES_LIMIT} for n = {n}, degree {degree}: lower the degree")
    return found


def cover(n: int, p: int) -> int:
    """Return Cov(n, p) = 2 sum_{k<p} C(2^n - 1, k), or 2^(n(p-1)+1) above it if p > 1024.

    >>> cover(2, 3), cover(11, 1025) == 2 ** (11 * 1024 + 1)
    (14, True)
    """
    if p > SUM_LIMIT:
        return 1 << n * (p - 1) + 1
    total = term = 1
    for k in range(1, p):
        term = term * ((1 << n) - k) // k
        total += term
    return 2 * total


@dataclass(frozen=True)
class Threshold:
    """Bounds of T_d(n), the number of threshold functions; `counted` holds values that the caller knows.

    >>> Threshold().low(5, 1)
    Side(value=31994, by=('threshold_count_recursion', 'a certified count'))
    """

    counted: Counts = field(default_factory=dict)
    _found: dict[tuple[int, int], Side] = field(default_factory=dict, repr=False, compare=False)

    def exact(self, n: int, degree: int) -> Side | None:
        """Return the value itself where it is known."""
        degree = min(degree, n)
        if (n, degree) in self.counted:
            return Side(self.counted[n, degree], (GIVEN,))
        if n <= CERTIFIED:
            return Side(threshold_count(n, degree).count, (COUNTED,))
        if degree == 0:
            return Side(2, (ALL,))
        if degree >= n - 1 and n <= ALL_LIMIT:
            missing = n - degree  # the two parities, at degree n - 1
            return Side((1 << (1 << n)) - 2 * missing, ("ptf_degree_n_minus_1_count_eq_all_but_two",) if missing else (ALL,))
        return None

    def low(self, n: int, degree: int = 1) -> Side:
        """Return the largest lower bound. Raises BadInput for more than 2^16 monomials."""
        if (side := self.exact(n, degree)) is not None:
            return side
        features(n, degree)
        if (n, degree) not in self._found:
            same, lower = self.low(n - 1, degree), self.low(n - 1, degree - 1)
            glued = Side.of(same.value * lower.value, "polynomial_threshold_count_product_bound", same, lower)
            swept = Side.of(same.value * ((1 << n - 1) + 1), "threshold_count_recursion", same)
            self._found[n, degree] = swept if degree == 1 else glued
        return self._found[n, degree]

    def high(self, n: int, degree: int = 1) -> Side:
        """Return the least upper bound. Raises BadInput for more than 2^16 monomials."""
        if (side := self.exact(n, degree)) is not None:
            return side
        return least([Side.of(cover(n, features(n, degree)), "threshold_count_le_cover"), *every(n)])
