"""Recognition: integer weights for a threshold function of given degree, or the proof that there are none, both as certificates.

A float linear program proposes, integers decide. Where its proposal cannot be made exact, a simplex method in integers decides
alone, so that within the limits the answer is never "unknown".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb, gcd
from typing import Any

import numpy as np
from scipy.optimize import linprog

from workbench.domain import arity
from workbench.errors import BadInput
from workbench.poly import monomial, monomials
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation

ARITY_LIMIT = 10
TABLEAU_LIMIT = 1 << 18  # points times monomials
ROUNDINGS = 64  # largest absolute weight tried when a float direction is rounded
DENOMINATORS = tuple(1 << k for k in range(8, 41, 4))  # then these scales, for weights that grow fast
SUPPORT = 1e-9  # a float multiplicity above this is a guess that the point is used


def recognise(f: BooleanFunction | PTF, degree: int = 1) -> SignRepresentation | DualWitness:
    """Return integer weights that represent f as the sign of a polynomial of this degree, or a dual witness that none exist.

    The certificate is checked before it is returned. A decision takes milliseconds for n <= 4 and is meant for n <= 8 at degree 1
    and n <= 6 at degree 2; a degree above n is read as n, since it adds no monomial. Raises BadInput if f is not a function, for
    n > 10, or for more than 2**18 points times monomials.
    Source of the witness: P. Gordan, Ueber die Aufloesung linearer Gleichungen mit reellen Coefficienten, 1873.

    >>> recognise(BooleanFunction(2, 0b1000)).weights
    (-1, 1, 1)
    >>> recognise(BooleanFunction(2, 0b0110)).witness
    ((0, 1), (1, 1), (2, 1), (3, 1))
    >>> recognise(BooleanFunction(2, 0b0110), degree=3).monomials
    ((0, 1),)
    >>> recognise(BooleanFunction(11, 1))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 11 inputs > 10: restrict the function, or give its weights as a PTF and check their signs
    """
    problem = Separation.of(_function(f), degree)
    certificate = _certificate(problem)
    certificate.check()
    return certificate


def _function(f: object) -> BooleanFunction:
    if isinstance(f, BooleanFunction):
        return f
    if isinstance(f, PTF):
        arity(f.n)
        return f.function
    raise BadInput(f"a {type(f).__name__} is not a BooleanFunction or a PTF: use BooleanFunction.from_table(table, n=...)")


def _certificate(problem: Separation) -> SignRepresentation | DualWitness:
    if (pairs := problem.not_unate()) is not None:
        return problem.witness(pairs)
    guess = _weights_guess(problem)
    if guess is not None and (weights := problem.rounded(guess)) is not None:
        return problem.representation(weights)
    support = _support_guess(problem) if guess is None else []
    if support and (multiplicities := _positive_relation(problem.signed[support])) is not None:
        return problem.witness(dict(zip(support, multiplicities, strict=True)))
    return decided_exactly(problem)


def accepted_degree(n: int, degree: object) -> int:
    """Return the degree, at most n, if functions of n inputs can be recognised at it.

    Raises BadInput outside the limits.

    >>> accepted_degree(3, 5)
    3
    >>> accepted_degree(10, 4)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 1024 points x 386 monomials > 262144: lower the degree 4
    """
    if n > ARITY_LIMIT:
        raise BadInput(f"{n} inputs > {ARITY_LIMIT}: restrict the function, or give its weights as a PTF and check their signs")
    if isinstance(degree, bool) or not isinstance(degree, int) or degree < 0:
        raise BadInput(f"degree {degree!r} is not a non-negative integer")
    degree = min(degree, n)
    if (width := sum(comb(n, k) for k in range(degree + 1))) << n > TABLEAU_LIMIT:
        raise BadInput(f"{1 << n} points x {width} monomials > {TABLEAU_LIMIT}: lower the degree {degree}")
    return degree


def features(n: int, degree: int) -> np.ndarray:
    """Return the values -1 and 1 of the monomials up to a degree at all points, shape (2^n, monomials), int64.

    >>> features(1, 1).tolist()
    [[1, -1], [1, 1]]
    """
    missing = np.array(monomials(n, degree), dtype=np.int64)[None, :] & ~np.arange(1 << n)[:, None]
    return np.asarray(1 - 2 * (np.bitwise_count(missing) & 1).astype(np.int64))


@dataclass(frozen=True, eq=False)
class Separation:
    """The vectors f(x) (m(x))_m over the points x, m the monomials up to a degree: weights must be positive on all of them."""

    function: BooleanFunction
    degree: int
    masks: tuple[int, ...]
    signed: np.ndarray  # (points, monomials), entries -1 and 1

    @classmethod
    def of(cls, function: BooleanFunction, degree: int) -> Separation:
        """Return the separation problem. Raises BadInput outside the limits."""
        degree = accepted_degree(function.n, degree)
        outputs = 2 * np.array(function.bits, dtype=np.int64) - 1
        return cls(function, degree, monomials(function.n, degree), outputs[:, None] * features(function.n, degree))

    def representation(self, weights: np.ndarray) -> SignRepresentation:
        """Return the certificate with these weights, divided by their greatest common divisor, zeros left out."""
        integers = [int(w) for w in weights]
        divisor = gcd(*integers)
        kept = [(monomial(mask), w // divisor) for mask, w in zip(self.masks, integers, strict=True) if w]
        return SignRepresentation(
            self.function.n, self.function.table, self.degree, tuple(m for m, _ in kept), tuple(w for _, w in kept)
        )

    def witness(self, multiplicities: dict[int, int]) -> DualWitness:
        """Return the certificate with these multiplicities of points, made coprime."""
        divisor = gcd(*multiplicities.values())
        pairs = tuple((k, m // divisor) for k, m in sorted(multiplicities.items()))
        return DualWitness(self.function.n, self.function.table, self.degree, pairs)

    def not_unate(self) -> dict[int, int] | None:
        """Return, for degree <= 1, four points with a + b = c + d, f true on a, b and false on c, d, if an input acts both ways."""
        if self.degree > 1:
            return None
        table = np.array(self.function.bits)
        for i in range(self.function.n):
            low = np.flatnonzero(~np.arange(table.size) >> i & 1)
            change = table[low | 1 << i] - table[low]
            if change.min() < 0 < change.max():
                up, down = (int(low[np.argmax(change == sign)]) for sign in (1, -1))
                return dict.fromkeys((up, up | 1 << i, down, down | 1 << i), 1)
        return None

    def rounded(self, direction: np.ndarray) -> np.ndarray | None:
        """Return the smallest tried rounding of a float direction that is positive on all vectors, decided in integers."""
        unit = direction / np.abs(direction).max()
        scales = np.arange(1, ROUNDINGS + 1)
        tried = np.rint(np.outer(unit, scales)).astype(np.int64)
        good = np.flatnonzero((self.signed @ tried > 0).all(axis=0))
        if good.size:
            return np.asarray(tried[:, good[0]])
        for scale in DENOMINATORS:  # sums stay below 2**40 * 2**9 * 2, far inside int64
            weights = np.rint(direction * scale).astype(np.int64)
            if np.abs(direction).max() < 1 << 10 and (self.signed @ weights > 0).all():
                return np.asarray(weights)
        return None


def _weights_guess(problem: Separation) -> np.ndarray | None:
    """Return float weights of least absolute sum with all products at least 1, None if the solver finds none."""
    rows, width = problem.signed.shape
    both = np.hstack([-problem.signed, problem.signed])
    found = linprog(np.ones(2 * width), A_ub=both, b_ub=-np.ones(rows), bounds=(0, None), method="highs")
    if found.status != 0:
        return None
    weights = found.x[:width] - found.x[width:]
    return weights if np.abs(weights).max() > 0 else None


def _support_guess(problem: Separation) -> list[int]:
    """Return the points of a vertex of {y >= 0, sum y_k v_k = 0, sum y = 1}, none if the solver finds none."""
    rows, width = problem.signed.shape
    equations = np.vstack([problem.signed.T, np.ones(rows)])
    found = linprog(np.zeros(rows), A_eq=equations, b_eq=np.eye(width + 1)[-1], bounds=(0, None), method="highs-ds")
    return [int(k) for k in np.flatnonzero(found.x > SUPPORT)] if found.status == 0 else []


def _positive_relation(vectors: np.ndarray) -> list[int] | None:
    """Return positive integers y with sum y_k v_k = 0 if such relations are multiples of one vector, None otherwise."""
    columns = [[int(v) for v in row] for row in vectors.T]
    basis, pivots = _echelon(columns)
    free = [k for k in range(len(vectors)) if k not in pivots]
    if len(free) != 1:
        return None
    relation = [0] * len(vectors)
    relation[free[0]] = scale = abs(basis[0][pivots[0]]) if basis else 1
    for row, pivot in zip(basis, pivots, strict=True):
        relation[pivot] = -row[free[0]] * scale // row[pivot]
    return relation if min(relation) > 0 else None


def _echelon(rows: list[list[int]]) -> tuple[list[list[int]], list[int]]:
    """Return the reduced echelon form by fraction-free elimination (all pivots equal), and the pivot columns."""
    pivots: list[int] = []
    done, previous = 0, 1
    for column in range(len(rows[0])):
        chosen = next((i for i in range(done, len(rows)) if rows[i][column]), None)
        if chosen is None:
            continue
        rows[done], rows[chosen] = rows[chosen], rows[done]
        top = rows[done]
        for i, row in enumerate(rows):
            if i != done:
                rows[i] = [(top[column] * a - row[column] * b) // previous for a, b in zip(row, top, strict=True)]
        previous = top[column]
        pivots.append(column)
        done += 1
    return rows[:done], pivots


def decided_exactly(problem: Separation) -> SignRepresentation | DualWitness:
    """Return the certificate by the simplex method in integers with Bland's rule, which always ends and never rounds.

    It minimises the sum of artificial variables of {y >= 0, sum y_k v_k = 0, sum y = 1}: zero gives the witness, a positive minimum
    gives the weights as its dual. Source: R. G. Bland, New finite pivoting rules for the simplex method, 1977.

    >>> decided_exactly(Separation.of(BooleanFunction(2, 0b1110), 1)).weights
    (1, 1, 1)
    >>> len(decided_exactly(Separation.of(BooleanFunction(2, 0b1001), 1)).witness)
    4
    """
    points, width = problem.signed.shape
    tableau, basis, scale = _phase_one(problem.signed)
    if tableau[-1, -1] == 0:
        values = {int(k): int(tableau[i, -1]) for i, k in enumerate(basis) if k < points}
        return problem.witness({k: v for k, v in values.items() if v})
    return problem.representation(tableau[-1, points : points + width] - scale)


def _phase_one(signed: np.ndarray) -> tuple[np.ndarray, list[int], int]:
    """Return the final tableau (integers, all multiplied by the returned scale), whose last row holds the reduced costs."""
    points, width = signed.shape
    rows = width + 1
    tableau = np.zeros((rows + 1, points + rows + 1), dtype=object)
    tableau[:width, :points] = signed.T
    tableau[width, :points] = tableau[width, -1] = 1
    tableau[:rows, points:-1] = np.eye(rows, dtype=np.int64)
    tableau[:] = np.vectorize(int, otypes=[object])(tableau)
    tableau[-1] = -tableau[:-1].sum(axis=0)
    tableau[-1, points:-1] = 0
    basis, scale = list(range(points, points + rows)), 1
    for column in _entering(tableau):
        row = _leaving(tableau, column, basis)
        pivot, kept = tableau[row, column], tableau[row].copy()
        tableau[:] = (pivot * tableau - np.outer(tableau[:, column], kept)) // scale
        tableau[row] = kept
        basis[row], scale = column, pivot
    return tableau, basis, int(scale)


def _entering(tableau: np.ndarray) -> Iterator[int]:
    """Yield the first column of negative reduced cost until there is none."""
    while (negative := np.flatnonzero(tableau[-1, :-1] < 0)).size:
        yield int(negative[0])


def _leaving(tableau: np.ndarray, column: int, basis: list[int]) -> int:
    """Return the row of least ratio, of the least basic variable among equals, compared by cross products."""
    best: Any = None
    for i, entry in enumerate(tableau[:-1, column]):
        if entry > 0:
            side = 0 if best is None else tableau[i, -1] * tableau[best, column] - tableau[best, -1] * entry
            if best is None or side < 0 or (side == 0 and basis[i] < basis[best]):
                best = i
    return int(best)
