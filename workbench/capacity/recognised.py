"""Recognition of many functions at once: weights or a witness for each, as arrays, every one verified in integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np

from workbench import recognition
from workbench.capacity import provers
from workbench.capacity.evidence_arrays import EvidenceArrays
from workbench.capacity.truth_tables import Functions, TruthTables
from workbench.errors import BadInput, Rejected
from workbench.poly import monomial, monomials
from workbench.recognition import Separation, accepted_degree, features
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation

Progress = Callable[[int, int], object]


@overload
def recognise(functions: BooleanFunction | PTF, degree: int = 1) -> SignRepresentation | DualWitness: ...
@overload
def recognise(functions: Functions, degree: int = 1, *, n: int | None = None, progress: Progress | None = None) -> Recognised: ...
def recognise(
    functions: BooleanFunction | PTF | Functions, degree: int = 1, *, n: int | None = None, progress: Progress | None = None
) -> SignRepresentation | DualWitness | Recognised:
    """Return a certificate for one function, or for many the record of weights and witnesses; each is verified in integers.

    Many functions are a sequence of BooleanFunction and PTF of the same inputs, or an array with `n=`: integers of shape
    (functions,) for n <= 6, rows (functions, 2^n / 8) of packed uint8 for any n, bit k of a table in bit k % 8 of byte k // 8.
    `progress` is called with the numbers of functions decided and given. A degree above n is read as n. Raises BadInput for
    anything else, for n > 10, and for more than 2**18 points times monomials.

    >>> recognise(BooleanFunction(2, 0b1000)).weights
    (-1, 1, 1)
    >>> found = recognise(np.arange(16), n=2)
    >>> found, found.weights[0b1000].tolist(), found.certificate(0b0110).witness
    (Recognised(14 of 16 functions, n=2, degree=1), [-1, 1, 1], ((0, 1), (1, 1), (2, 1), (3, 1)))
    >>> recognise(np.array([16]), n=2)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: a table is not from 0 to 2**4 - 1, the tables of 2 inputs
    """
    if isinstance(functions, (BooleanFunction, PTF)):
        return recognition.recognise(functions, degree)
    tables = TruthTables.of(functions, n)
    degree = accepted_degree(tables.n, degree)
    step = provers.block(tables.n, degree)
    parts = [EvidenceArrays.none(0, len(monomials(tables.n, degree)))]
    for start in range(0, len(tables), step):
        parts.append(provers.evidence(tables[start : start + step], degree))
        if progress is not None:
            progress(min(start + step, len(tables)), len(tables))
    found = EvidenceArrays.joined(parts)
    return Recognised(tables, degree, found.weights, found.points, found.multiplicities)


@dataclass(frozen=True, eq=False)
class Recognised:
    """Which of many functions are threshold functions of a degree, with evidence for each.

    `weights` (functions, monomials) belong to `monomials` at +-1 inputs and are zero where there are none; a function without
    weights has `multiplicities` (functions, places) of `points`, zero in places that are not used. Both are int64 unless an integer
    does not fit; then they are Python integers.
    """

    tables: TruthTables
    degree: int
    weights: np.ndarray
    points: np.ndarray
    multiplicities: np.ndarray

    @cached_property
    def threshold(self) -> np.ndarray:
        """Whether each function is a threshold function of the degree, shape (functions,)."""
        return np.asarray(self.weights.any(axis=1))

    @property
    def monomials(self) -> tuple[tuple[int, ...], ...]:
        """The monomials that the weights belong to, as indices of inputs."""
        return tuple(map(monomial, monomials(self.tables.n, self.degree)))

    def certificate(self, k: int) -> SignRepresentation | DualWitness:
        """Return the certificate of function number k, after checking it.

        Raises BadInput if there is no such function, Rejected if the certificate is false.
        """
        if not 0 <= k < len(self):
            raise BadInput(f"function {k} is not from 0 to {len(self) - 1}")
        problem = Separation.of(self.tables.function(k), self.degree)
        if self.threshold[k]:
            certificate: SignRepresentation | DualWitness = problem.representation(self.weights[k])
        else:
            pairs: dict[int, int] = {}
            for point, multiplicity in zip(self.points[k].tolist(), self.multiplicities[k].tolist(), strict=True):
                if multiplicity:
                    pairs[point] = pairs.get(point, 0) + multiplicity
            if not pairs:
                raise Rejected("neither weights nor a witness")
            certificate = problem.witness(pairs)
        certificate.check()
        return certificate

    def check(self) -> None:
        """Raise Rejected at the first function whose weights or witness are false, all decided anew in integers."""
        arrays = self.weights, self.points, self.multiplicities
        shapes = (len(self), len(self.monomials)), self.multiplicities.shape, (len(self), self.points.shape[-1])
        if not all(map(_integral, arrays)) or tuple(array.shape for array in arrays) != shapes:
            raise Rejected("weights, points and multiplicities are not integers, or not one row for each function")
        matrix = features(self.tables.n, self.degree)
        for start in range(0, len(self), provers.BLOCK):
            rows = slice(start, start + provers.BLOCK)
            held = EvidenceArrays(*(array[rows] for array in arrays))
            shown = held.verified(self.tables[rows].signs(), matrix)
            for k in sorted({*shown.open.tolist(), *shown.different(held).tolist()}):
                self._reject(start + k)

    def _reject(self, k: int) -> None:
        try:
            self.certificate(k)
        except Rejected as rejected:
            raise Rejected(rejected.reason, place=f"function {k}" + (f", {rejected.place}" if rejected.place else "")) from None
        raise Rejected("weights and multiplicities where one of them is false", place=f"function {k}")

    def __len__(self) -> int:
        return len(self.tables)

    def __repr__(self) -> str:
        return f"Recognised({self.threshold.sum():,} of {len(self):,} functions, n={self.tables.n}, degree={self.degree})"


def _integral(array: np.ndarray) -> bool:
    return array.dtype.kind == "i" or (array.dtype == object and all(type(v) is int for v in array.flat))
