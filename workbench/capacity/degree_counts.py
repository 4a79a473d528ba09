"""The number of polynomial threshold functions of a degree, n <= 5: one decision for each NPN class, with integers that show it."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from workbench.capacity.gordan import NO, UNDECIDED, YES, alternatives, monomial_values
from workbench.capacity.npn import ARITY_LIMIT, BATCH, Progress, npn_classes
from workbench.domain import arity
from workbench.errors import BadInput, Rejected
from workbench.poly import monomial, monomials
from workbench.recognition import recognise
from workbench.threshold import BooleanFunction
from workbench.witness import DualWitness, SignRepresentation


@dataclass(frozen=True, eq=False)
class DegreeCount:
    """The classes of all functions of n inputs, which of them are PTFs of a degree, and integers that show each answer.

    `integers[offsets[k] : offsets[k + 1]]` are, for a member, its weights of the monomials in the order of `poly.monomials`, and
    for another class the multiplicities of the 2^n points.
    """

    n: int
    degree: int
    representatives: np.ndarray  # (classes,), the least table of each class
    sizes: np.ndarray  # (classes,)
    is_member: np.ndarray  # (classes,), bool
    offsets: np.ndarray  # (classes + 1,)
    integers: np.ndarray
    seconds: float

    @property
    def count(self) -> int:
        """The number of PTFs of this degree."""
        return int(self.sizes[self.is_member].sum())

    @property
    def classes(self) -> int:
        """The number of their NPN classes."""
        return int(self.is_member.sum())

    def certificate(self, k: int) -> SignRepresentation | DualWitness:
        """Return the certificate of class number k, not checked. Raises BadInput if there is no such class."""
        if not 0 <= k < self.representatives.size:
            raise BadInput(f"class {k} is not from 0 to {self.representatives.size - 1}")
        table = int(self.representatives[k])
        shown = [int(c) for c in self.integers[self.offsets[k] : self.offsets[k + 1]]]
        if not self.is_member[k]:
            return DualWitness(self.n, table, self.degree, tuple((x, c) for x, c in enumerate(shown) if c))
        weighted = [(monomial(mask), w) for mask, w in zip(monomials(self.n, self.degree), shown, strict=True) if w]
        return SignRepresentation(self.n, table, self.degree, *map(tuple, zip(*weighted, strict=True)))

    def check(self) -> None:
        """Raise Rejected, naming the first class, unless all integers show their answers and the sizes add up to 2^(2^n)."""
        if int(self.sizes.sum()) != 1 << (1 << self.n):
            raise Rejected(f"the classes hold {int(self.sizes.sum())} functions, not 2**{1 << self.n}")
        values = monomial_values(self.n, self.degree).astype(np.int64)
        lengths = np.where(self.is_member, *values.shape[::-1])
        if (np.diff(self.offsets) != lengths).any() or self.offsets[0] != 0 or self.offsets[-1] != self.integers.size:
            raise Rejected("the integers are not as many as the monomials and points")
        largest = max((abs(int(e)) for e in (self.integers.min(), self.integers.max())), default=0)
        if largest > 1 << 50:
            raise Rejected(f"an integer of size {largest} > 2**50, beyond which the sums of the check may overflow")
        for start in range(0, self.representatives.size, BATCH):
            self._check_between(values, np.arange(start, min(start + BATCH, self.representatives.size)))

    def _check_between(self, values: np.ndarray, classes: np.ndarray) -> None:
        bits = self.representatives[classes, None] >> np.arange(1 << self.n, dtype=np.uint32) & 1
        signs = 2 * bits.astype(np.int64) - 1
        for member in (True, False):
            chosen = self.is_member[classes] == member
            rows = classes[chosen]
            length = values.shape[1] if member else values.shape[0]
            shown = self.integers[self.offsets[rows, None] + np.arange(length)].astype(np.int64)
            if member:
                good = (signs[chosen] * (shown @ values.T) > 0).all(axis=1)
            else:
                good = (shown >= 0).all(axis=1) & shown.any(axis=1) & ~((signs[chosen] * shown) @ values).any(axis=1)
            if not good.all():
                raise Rejected(
                    f"the integers do not show that it is {'' if member else 'no '}member", place=f"class {rows[~good][0]}"
                )


def degree_count(n: int, degree: int, *, progress: Progress | None = None) -> DegreeCount:
    """Return T_d(n), the number of polynomial threshold functions of a degree, n <= 5, with a certificate for each NPN class.

    For n = 5 there are 616,126 classes, decided in about a minute. Every answer is confirmed in integers; what floats leave open is
    decided by `recognise`. A degree above n is read as n. Raises BadInput for n > 5 or a negative degree.

    >>> found = degree_count(3, 2)
    >>> found.count, found.classes, found.is_member.tolist().index(False)
    (254, 13, 13)
    >>> degree_count(6, 2)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: arity 6 is not an integer from 0 to 5
    """
    classes, start = npn_classes(arity(n, limit=ARITY_LIMIT), progress=progress), perf_counter()
    tables, degree = classes.representatives, min(degree, n)
    parts = []
    for first in range(0, tables.size, BATCH):
        parts.append(_decided(tables[first : first + BATCH], n, degree))
        if progress is not None:
            progress("classes", min(first + BATCH, tables.size), tables.size)
    answers, integers, lengths = (np.concatenate(part) for part in zip(*parts, strict=True))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    seconds = round(perf_counter() - start, 3)
    return DegreeCount(n, degree, tables, classes.sizes, answers == YES, offsets, integers, seconds)


def _decided(tables: np.ndarray, n: int, degree: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the answers, the integers of one after the other, and how many each has."""
    answers, padded = alternatives(tables, n, degree)
    masks = monomials(n, degree)
    for k in np.flatnonzero(answers == UNDECIDED):
        certificate = recognise(BooleanFunction(n, int(tables[k])), degree)
        answers[k], padded[k] = (YES, 0) if isinstance(certificate, SignRepresentation) else (NO, 0)
        if isinstance(certificate, SignRepresentation):
            weights = dict(zip(certificate.monomials, certificate.weights, strict=True))
            padded[k, : len(masks)] = [weights.get(monomial(mask), 0) for mask in masks]
        else:
            padded[k, [x for x, _ in certificate.witness]] = [c for _, c in certificate.witness]
    lengths = np.where(answers == YES, len(masks), 1 << n)
    return answers, padded[np.arange(padded.shape[1]) < lengths[:, None]], lengths
