"""The methods by which many functions are recognised, from arithmetic on all of them to a decision for one.

Degrees from n - 1 on are settled by Walsh coefficients, degree 1 up to 8 inputs by a table of Chow parameters and a search for four
points, others by linear programs in step; what a method leaves open goes to the next, at last to one decision for each function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from workbench import recognition
from workbench.capacity.evidence_arrays import EvidenceArrays
from workbench.capacity.truth_tables import TruthTables
from workbench.poly import monomial, monomials
from workbench.recognition import features
from workbench.witness import DualWitness, SignRepresentation

LENGTHS = (1 << 7, 1 << 10, 1 << 13)  # to which blocks of functions are padded, so that little is compiled
BLOCK = LENGTHS[-1]  # the most functions that are decided at once
NUMBERS = 1 << 22  # in the tableaus of linear programs that run in step
LOOKED_UP = 8  # inputs up to which degree 1 is looked up

Prover = Callable[[TruthTables, int], EvidenceArrays]


def block(n: int, degree: int) -> int:
    """Return how many functions to decide at once: as many as a method holds, in about a second or less.

    >>> block(4, 1), block(8, 2)
    (8192, 256)
    """
    return BLOCK if degree >= n - 1 or _looked_up(n, degree) else _in_step(n, degree)


def _looked_up(n: int, degree: int) -> bool:
    return degree == 1 and n <= LOOKED_UP


def _in_step(n: int, degree: int) -> int:
    """Return how many functions' tableaus are held at once, a power of two."""
    points, width = 1 << n, len(monomials(n, degree))
    return 1 << min(BLOCK, max(1, NUMBERS // ((width + 2) * (points + width + 2)))).bit_length() - 1


def evidence(tables: TruthTables, degree: int) -> EvidenceArrays:
    """Return weights or a witness for each function, verified in integers.

    >>> evidence(TruthTables.of(np.array([0b1000, 0b0110]), n=2), 1).weights.tolist()
    [[-1, 1, 1], [0, 0, 0]]
    """
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
    elif _looked_up(n, degree):
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


def _length(tables: TruthTables) -> int:
    """Return the length to which tables are padded."""
    return next(length for length in LENGTHS if length >= len(tables))
