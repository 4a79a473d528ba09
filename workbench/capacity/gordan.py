"""Gordan's alternative for many functions of few inputs: integer weights, or integer multiplicities that exclude all weights.

For f = +-1 on the points x and the vector m(x) of monomials, either some w has f(x) w.m(x) > 0 at every point, or there are numbers
y(x) >= 0, not all zero, with sum_x y(x) f(x) m(x) = 0. A simplex method in floats proposes one or the other; only what integers
confirm is an answer.

Source: P. Gordan, Ueber die Aufloesung linearer Gleichungen mit reellen Coefficienten, 1873.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from workbench.capacity.npn import BATCH, checked_tables
from workbench.domain import arity
from workbench.errors import BadInput
from workbench.poly import monomials

GORDAN_LIMIT = 6
UNDECIDED, NO, YES = -1, 0, 1
SCALES = 64  # multiples of a float solution that are rounded to integers
LARGEST = 1 << 20  # of an integer that is tried: 64 of them add up without overflow
SHIFT = 1e-8  # of the right-hand sides, so that no vertex is degenerate and the method ends
ZERO = 1e-9  # entries and reduced costs below this are taken for 0
FEASIBLE = 1e-5  # least sum of artificial variables that speaks for weights; it is 1e-8 times the rows where there are none
PIVOTS = 2_000


def monomial_values(n: int, degree: int) -> np.ndarray:
    """Return the monomials of degree <= `degree` at the points of {-1, 1}^n: int8 of shape (2^n, monomials).

    They stand in the order of `poly.monomials`.

    >>> monomial_values(1, 1).tolist()
    [[1, -1], [1, 1]]
    """
    masks = np.array(monomials(n, degree), np.int64)
    missing = np.bitwise_count(masks & ~np.arange(1 << n)[:, None])
    return np.asarray(1 - 2 * (missing & 1).astype(np.int8))


def alternatives(tables: np.ndarray, n: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Return an answer for each table, 1 (a PTF of this degree), 0 (none) or -1 (undecided), and the integers that show it.

    The integers, of shape (tables, max(monomials, 2^n)), are weights of the monomials for answer 1 and multiplicities of the points
    for answer 0, padded by zeros. Raises BadInput for n > 6 or tables that are none of n inputs.

    >>> answers, integers = alternatives(np.array([0b1000, 0b0110]), 2, 1)
    >>> answers.tolist(), integers.tolist()
    ([1, 0], [[-1, 1, 1, 0], [1, 1, 1, 1]])
    """
    given = checked_tables(tables, arity(n, limit=GORDAN_LIMIT)).astype(np.uint64)
    if isinstance(degree, bool) or not isinstance(degree, int) or degree < 0:
        raise BadInput(f"degree {degree!r} is not a non-negative integer")
    values = monomial_values(n, degree)
    width = values.shape[1]
    sides = np.append(SHIFT * (1 + np.random.default_rng(0).random(width)), 1.0)
    answers, integers = np.empty(given.size, np.int8), np.zeros((given.size, max(values.shape)), np.int32)
    for first in range(0, given.size, BATCH):
        batch = slice(first, first + BATCH)
        _decide(given[batch], values, sides, answers[batch], integers[batch])
    return answers, integers


def separating_weights(tables: np.ndarray, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each table whether weights were found under which its features have its signs, and the integer weights.

    `features` are integers of shape (tables, points, features), each table's own. That none are found decides nothing.

    >>> features = np.array([[[1, -1], [1, 1]]], np.int64)
    >>> found, weights = separating_weights(np.array([0b10]), features)
    >>> found.tolist(), np.sign(features[0] @ weights[0]).tolist()
    ([True], [-1, 1])
    """
    given = np.asarray(tables).astype(np.uint64)
    width = features.shape[2]
    sides = np.append(SHIFT * (1 + np.random.default_rng(0).random(width)), 1.0)
    found, weights = np.zeros(given.size, np.bool_), np.zeros((given.size, width), np.int32)
    _separate(given, np.asarray(features, np.int64), sides, found, weights)
    return found, weights


@njit(nogil=True, cache=True)
def _separate(tables, features, sides, found, weights):  # type: ignore[no-untyped-def]
    _, points, width = features.shape
    tableau, basis = np.empty((width + 2, points + width + 2)), np.empty(width + 1, np.int64)
    signed, proposed = np.empty((points, width), np.int64), np.empty(width)
    for k in range(tables.size):
        for x in range(points):
            sign = 2 * np.int64(tables[k] >> np.uint64(x) & np.uint64(1)) - 1
            for m in range(width):
                signed[x, m] = sign * features[k, x, m]
        _start(tableau, basis, signed, sides)
        if _optimum(tableau, basis) and -tableau[-1, -1] > FEASIBLE:
            for m in range(width):
                proposed[m] = (tableau[-1, points + m] - 1) / -tableau[-1, -1]
            found[k] = _weights(signed, proposed, weights[k])


@njit(nogil=True, cache=True)
def _decide(tables, values, sides, answers, integers):  # type: ignore[no-untyped-def]
    points, width = values.shape
    tableau, basis = np.empty((width + 2, points + width + 2)), np.empty(width + 1, np.int64)
    signed, proposed = np.empty((points, width), np.int64), np.empty(max(points, width))
    for k in range(tables.size):
        for x in range(points):
            sign = 2 * np.int64(tables[k] >> np.uint64(x) & np.uint64(1)) - 1
            for m in range(width):
                signed[x, m] = sign * values[x, m]
        _start(tableau, basis, signed, sides)
        answers[k] = UNDECIDED
        if _optimum(tableau, basis):
            if -tableau[-1, -1] > FEASIBLE:
                for m in range(width):
                    proposed[m] = (tableau[-1, points + m] - 1) / -tableau[-1, -1]
                if _weights(signed, proposed, integers[k]):
                    answers[k] = YES
            else:
                proposed[:] = 0
                for row in range(width + 1):
                    if basis[row] < points:
                        proposed[basis[row]] = tableau[row, points + width]
                if _multiplicities(signed, proposed, integers[k]):
                    answers[k] = NO


@njit(nogil=True, cache=True)
def _start(tableau, basis, signed, sides):  # type: ignore[no-untyped-def]
    """Write the problem of phase one: least artificial variables with sum y v = sides[:-1], sum y = sides[-1], y >= 0."""
    points, width = signed.shape
    tableau[:] = 0
    for row in range(width + 1):
        for x in range(points):
            tableau[row, x] = signed[x, row] if row < width else 1
        tableau[row, points + row] = 1
        tableau[row, -1] = sides[row]
        basis[row] = points + row
        for column in range(tableau.shape[1]):
            if column < points or column == tableau.shape[1] - 1:
                tableau[-1, column] -= tableau[row, column]


@njit(nogil=True, cache=True)
def _optimum(tableau, basis):  # type: ignore[no-untyped-def]
    """Pivot until no structural column has a negative reduced cost; say whether that came about."""
    rows, points = basis.size, tableau.shape[1] - basis.size - 1
    for _ in range(PIVOTS):
        entering, least = -1, -ZERO
        for column in range(points):
            if tableau[-1, column] < least:
                entering, least = column, tableau[-1, column]
        if entering < 0:
            return True
        leaving, ratio = -1, np.inf
        for row in range(rows):
            if tableau[row, entering] > ZERO and tableau[row, -1] < ratio * tableau[row, entering]:
                leaving, ratio = row, tableau[row, -1] / tableau[row, entering]
        if leaving < 0:
            return False
        tableau[leaving] /= tableau[leaving, entering]
        for row in range(rows + 1):
            factor = tableau[row, entering]
            if row != leaving and factor != 0:
                for column in range(tableau.shape[1]):
                    tableau[row, column] -= factor * tableau[leaving, column]
        basis[leaving] = entering
    return False


@njit(nogil=True, cache=True)
def _weights(signed, proposed, integers):  # type: ignore[no-untyped-def]
    """Write the smallest rounded multiple of the proposal that is positive on all vectors, if one is."""
    points, width = signed.shape
    for scale in range(1, SCALES + 1):
        for m in range(width):
            if not abs(scale * proposed[m]) < LARGEST:
                return False
            integers[m] = round(scale * proposed[m])
        positive = True
        for x in range(points):
            total = 0
            for m in range(width):
                total += signed[x, m] * integers[m]
            if total <= 0:
                positive = False
                break
        if positive:
            return True
    return False


@njit(nogil=True, cache=True)
def _multiplicities(signed, proposed, integers):  # type: ignore[no-untyped-def]
    """Write the smallest rounded multiple of the proposal that is non-negative, not zero, and sums the vectors to zero."""
    points, width = signed.shape
    least = np.inf
    for x in range(points):
        if ZERO < proposed[x] < least:
            least = proposed[x]
    for scale in range(1, SCALES + 1):
        some, vanishes = False, True
        for x in range(points):
            if not abs(scale * proposed[x] / least) < LARGEST:
                return False
            integers[x] = round(scale * proposed[x] / least)
            some |= integers[x] > 0
            vanishes &= integers[x] >= 0
        for m in range(width):
            total = 0
            for x in range(points):
                total += signed[x, m] * integers[x]
            vanishes &= total == 0
        if some and vanishes:
            return True
    return False
