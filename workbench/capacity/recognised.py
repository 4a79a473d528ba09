"""Recognition of many functions at once: weights or a witness for each, as arrays, every one verified in integers.

Degrees from n - 1 on are settled by Walsh coefficients, degree 1 up to 8 inputs by a table of Chow parameters and a search for four
points, others by linear programs in step; what a method leaves open goes to the next, at last to one decision for each function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np

from workbench import recognition
from workbench.capacity.evidence_arrays import EvidenceArrays
from workbench.capacity.truth_tables import Functions, TruthTables
from workbench.errors import Rejected
from workbench.poly import monomial, monomials
from workbench.recognition import Separation, accepted_degree, features
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation

LENGTHS = (1 << 7, 1 << 10, 1 << 13)  # to which blocks of functions are padded, so that little is compiled
BLOCK = LENGTHS[-1]  # functions that are decided at once
NUMBERS = 1 << 22  # in the tableaus of linear programs that run in step
LOOKED_UP = 8  # inputs up to which degree 1 is looked up

Progress = Callable[[int, int], object]
Prover = Callable[[TruthTables, int], EvidenceArrays]


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
    step = BLOCK if degree == 1 else _in_step(tables.n, degree)
    parts = [EvidenceArrays.none(0, len(monomials(tables.n, degree)))]
    for start in range(0, len(tables), step):
        parts.append(_evidence(tables[start : start + step], degree))
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
        """Return the certificate of function number k, after checking it. Raises Rejected if it is false."""
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
        for start in range(0, len(self), BLOCK):
            rows = slice(start, start + BLOCK)
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


def _evidence(tables: TruthTables, degree: int) -> EvidenceArrays:
    signs, matrix = tables.signs(), features(tables.n, degree)
    found = EvidenceArrays.none(len(tables), matrix.shape[1])
    for prover in _provers(tables.n, degree):
        if (rows := found.open).size:
            found = found.filled(rows, prover(tables[rows], degree).verified(signs[rows], matrix))
    return found


def _provers(n: int, degree: int) -> Iterator[Prover]:
    """Yield the methods, the fastest first; the last leaves nothing open."""
    if degree >= n - 1:
        yield _by_walsh_coefficients
    elif degree == 1 and n <= LOOKED_UP:
        yield _by_chow_parameters
        yield _by_four_points
    yield _by_linear_programs
    yield _one_by_one


def _by_walsh_coefficients(tables: TruthTables, degree: int) -> EvidenceArrays:
    """Decide degree n - 1 and above: without its last term the Walsh expansion of f has the sign of f, or f is a parity.

    What is left out is less than 1 in absolute value, unless f is a parity; then all coefficients vanish, and so do all sums.
    """
    matrix = features(tables.n, degree).astype(np.float32)  # exact: sums of at most 2^10 signs
    weights = (tables.signs() @ matrix).astype(np.int64)
    weights //= np.maximum(np.gcd.reduce(weights, axis=1, keepdims=True), 1)
    parity = np.flatnonzero(~weights.any(axis=1))
    everywhere = np.broadcast_to(np.arange(len(matrix)), (parity.size, len(matrix)))
    return EvidenceArrays.of_weights(weights).filled(
        parity, EvidenceArrays.of_points(everywhere, np.ones(everywhere.shape, dtype=np.int64), matrix.shape[1])
    )


# JAX is loaded in the methods that run in it, so that one function is decided without it.


def _by_chow_parameters(tables: TruthTables, degree: int) -> EvidenceArrays:
    from workbench.capacity.chow import chow_table

    weights, found = chow_table(tables.n).proposed(tables.padded(_length(tables)))
    return EvidenceArrays.of_weights(np.where(found[:, None], weights, 0)[: len(tables)])


def _by_four_points(tables: TruthTables, degree: int) -> EvidenceArrays:
    from workbench.capacity.summability import summable_points

    points, found = summable_points(tables.padded(_length(tables)))
    once = np.repeat(found[:, None], 4, axis=1).astype(np.int64)
    return EvidenceArrays.of_points(points[: len(tables)], once[: len(tables)], tables.n + 1)


def _by_linear_programs(tables: TruthTables, degree: int) -> EvidenceArrays:
    from workbench.capacity import simplex

    matrix = features(tables.n, degree)
    step, parts = _in_step(tables.n, degree), []
    for start in range(0, len(tables), step):
        part = tables[start : start + step]
        proposals = simplex.proposed(part.padded(min(step, _length(part))).signs(), matrix)
        parts.append(EvidenceArrays(*(array[: len(part)] for array in proposals)))
    return EvidenceArrays.joined(parts).narrowed()


def _one_by_one(tables: TruthTables, degree: int) -> EvidenceArrays:
    certificates = [recognition.recognise(tables.function(k), degree) for k in range(len(tables))]
    places = max(len(c.witness) if isinstance(c, DualWitness) else 0 for c in certificates)
    order = [monomial(mask) for mask in monomials(tables.n, degree)]
    weights, points, multiplicities = (np.zeros((len(tables), w), dtype=object) for w in (len(order), places, places))
    for k, certificate in enumerate(certificates):
        if isinstance(certificate, SignRepresentation):
            given = dict(zip(certificate.monomials, certificate.weights, strict=True))
            weights[k] = [given.get(m, 0) for m in order]
        else:
            for i, (point, multiplicity) in enumerate(certificate.witness):
                points[k, i], multiplicities[k, i] = point, multiplicity
    shown = EvidenceArrays.of_points(points, multiplicities, len(order))
    return EvidenceArrays(EvidenceArrays.of_weights(weights).weights, shown.points, shown.multiplicities)


def _in_step(n: int, degree: int) -> int:
    """Return how many functions' tableaus are held at once, a power of two."""
    points, width = 1 << n, len(monomials(n, degree))
    return 1 << min(BLOCK, max(1, NUMBERS // ((width + 2) * (points + width + 2)))).bit_length() - 1


def _length(tables: TruthTables) -> int:
    """Return the length to which tables are padded."""
    return next(length for length in LENGTHS if length >= len(tables))
