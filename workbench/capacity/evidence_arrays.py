"""Weights and witnesses of many functions as arrays, verified in integers and filled in by one method after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.capacity.verification import cancelled, represented

INT64 = (1 << 63) - 1


@dataclass(frozen=True, eq=False)
class EvidenceArrays:
    """For each function weights (functions, monomials), or multiplicities of points (functions, places); zeros where there is none.

    Integers are int64, Python integers where one does not fit.

    >>> none = EvidenceArrays.none(2, 3)
    >>> found = none.filled(np.array([1]), EvidenceArrays.of_weights(np.array([[-1, 1, 1]])))
    >>> found.open.tolist(), found.weights.tolist()
    ([0], [[0, 0, 0], [-1, 1, 1]])
    """

    weights: np.ndarray
    points: np.ndarray
    multiplicities: np.ndarray

    @classmethod
    def none(cls, functions: int, monomials: int) -> EvidenceArrays:
        """Return arrays without any evidence."""
        return cls.of_weights(np.zeros((functions, monomials), dtype=np.int64))

    @classmethod
    def of_weights(cls, weights: np.ndarray) -> EvidenceArrays:
        """Return the evidence of these weights and no points."""
        empty = np.zeros((len(weights), 0), dtype=np.int64)
        return cls(_integers(weights), empty.astype(np.int32), empty)

    @classmethod
    def of_points(cls, points: np.ndarray, multiplicities: np.ndarray, monomials: int) -> EvidenceArrays:
        """Return the evidence of these multiplicities of points and no weights."""
        weights = np.zeros((len(points), monomials), dtype=np.int64)
        return cls(weights, points.astype(np.int32), _integers(multiplicities))

    @classmethod
    def joined(cls, parts: Sequence[EvidenceArrays]) -> EvidenceArrays:
        """Return the evidence of one part's functions after the other's."""
        places = max(part.points.shape[1] for part in parts)
        wide = [part._widened(places) for part in parts]
        return cls(*(np.concatenate([getattr(part, name) for part in wide]) for name in ("weights", "points", "multiplicities")))

    @property
    def open(self) -> np.ndarray:
        """The numbers of the functions without evidence."""
        return np.flatnonzero(~(self.weights.any(axis=1) | self.multiplicities.any(axis=1)))

    def different(self, other: EvidenceArrays) -> np.ndarray:
        """Return the numbers of the functions whose weights or multiplicities are not those of another's."""
        return np.flatnonzero(
            (self.weights != other.weights).any(axis=1) | (self.multiplicities != other.multiplicities).any(axis=1)
        )

    def verified(self, signs: np.ndarray, features: np.ndarray) -> EvidenceArrays:
        """Return the evidence that integers confirm, zeros in place of the rest."""
        weights, points, multiplicities = self.weights.copy(), self.points.copy(), self.multiplicities.copy()
        rows = np.flatnonzero(weights.any(axis=1))
        weights[rows[~represented(signs[rows], weights[rows], features)]] = 0
        rows = np.flatnonzero(multiplicities.any(axis=1))
        rows = rows[~cancelled(signs[rows], points[rows], multiplicities[rows], features)]
        points[rows] = multiplicities[rows] = 0
        return EvidenceArrays(weights, points, multiplicities)

    def filled(self, rows: np.ndarray, part: EvidenceArrays) -> EvidenceArrays:
        """Return the evidence with that of these rows replaced by a part's."""
        places = max(self.points.shape[1], part.points.shape[1])
        mine, theirs = self._widened(places), part._widened(places)

        def replaced(name: str) -> Any:
            old, new = getattr(mine, name), getattr(theirs, name)
            array = old.astype(np.result_type(old, new))
            array[rows] = new
            return array

        return EvidenceArrays(*(replaced(name) for name in ("weights", "points", "multiplicities")))

    def narrowed(self) -> EvidenceArrays:
        """Return the evidence with the places that are used first, and without those that no function uses."""
        used = self.multiplicities != 0
        order = np.argsort(~used, axis=1, kind="stable")[:, : used.sum(axis=1).max(initial=0)]
        points, multiplicities = (np.take_along_axis(array, order, axis=1) for array in (self.points, self.multiplicities))
        return EvidenceArrays(self.weights, points, multiplicities)

    def _widened(self, places: int) -> EvidenceArrays:
        more = ((0, 0), (0, places - self.points.shape[1]))
        return EvidenceArrays(self.weights, np.pad(self.points, more), np.pad(self.multiplicities, more))


def _integers(array: np.ndarray) -> np.ndarray:
    """Return integers as int64 if that holds them all."""
    if array.dtype != object or all(abs(v) <= INT64 for v in array.flat):
        return array.astype(np.int64)
    return array
