"""All threshold functions of few inputs, as sorted arrays of tables: every degree for n <= 4, degree 1 for n <= 6."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import combinations_with_replacement, permutations

import numpy as np

from workbench.capacity.npn import MOVE_LIMIT, Move, distinct, word
from workbench.classes import full_table
from workbench.counts import threshold_tables
from workbench.domain import arity
from workbench.errors import BadInput, Rejected

CERTIFIED = 4  # up to this arity the package ships certified counts, from which the tables are expanded
LARGEST = {5: 5, 6: 9}  # weights up to here give every threshold function of so many inputs, as the number of tables shows
NUMBER = {5: 94_572, 6: 15_028_134}  # A000609


@cache
def threshold_list(n: int, degree: int = 1) -> np.ndarray:
    """Return the tables of all threshold functions of a degree, ascending, read-only: n <= 4, or n <= 6 of degree 1.

    For n = 6 this is an array of 120 MB, built in about four seconds. Raises BadInput beyond, and Rejected if the weights tried did
    not give as many functions as there are.

    >>> threshold_list(2).tolist()
    [0, 1, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13, 14, 15]
    >>> threshold_list(5, 2)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: a list of threshold functions of 5 inputs and degree 2: count them by classes (degree_count)
    """
    if arity(n, limit=MOVE_LIMIT) <= CERTIFIED:
        tables = np.array(sorted(threshold_tables(n, degree)), word(n))
    elif degree != 1:
        raise BadInput(f"a list of threshold functions of {n} inputs and degree {degree}: count them by classes (degree_count)")
    else:
        tables = orbit_tables(self_dual_weights(n), n)
        if tables.size != NUMBER[n]:
            raise Rejected(f"weights up to {LARGEST[n]} give {tables.size} of the {NUMBER[n]} threshold functions of {n} inputs")
    tables.flags.writeable = False
    return tables


def sign_points(n: int) -> np.ndarray:
    """Return the points (1, x), x in {-1, 1}^n, as columns in the order of a table: integers of shape (n + 1, 2^n)."""
    bits = np.arange(1 << n) >> np.arange(n)[:, None] & 1
    return np.vstack([np.ones((1, 1 << n), np.int64), 2 * bits - 1])


def packed(bits: np.ndarray, n: int) -> np.ndarray:
    """Return the tables of rows of 2^n truth values.

    >>> packed(np.array([[False, False, False, True]]), 2).tolist()
    [8]
    """
    return np.packbits(bits, axis=1, bitorder="little").view(word(n)).ravel()


def orbit_tables(weights: Iterable[Iterable[int]], n: int) -> np.ndarray:
    """Return the tables, ascending, of all threshold functions that arise from rows of n + 1 weights, n <= 6.

    A row stands for a self-dual function of n + 1 variables: its weights in every order and with all signs, the first being the
    bias. Raises BadInput if a row has another length, or vanishes at a point.

    >>> orbit_tables([[1, 1, 1]], 2).tolist()
    [1, 2, 4, 7, 8, 11, 13, 14]
    >>> orbit_tables([[1, 1, 0]], 2)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: the weights [1 1 0] vanish at a point: give weights that decide every point
    """
    orders = np.array(list(permutations(range(arity(n, limit=MOVE_LIMIT) + 1))))
    found = [_positive_tables(np.array(list(row), np.int64), orders, n) for row in weights]
    tables = np.concatenate([np.array([], word(n)), *found])
    for i in range(n):
        tables = np.concatenate([tables, Move.negation(n, i)(tables)])
    return distinct(np.concatenate([tables, tables ^ word(n).type(full_table(n))]))


def _positive_tables(weights: np.ndarray, orders: np.ndarray, n: int) -> np.ndarray:
    """Return the tables of one row of weights in every order, without change of sign."""
    if weights.shape != (n + 1,):
        raise BadInput(f"{weights.size} weights for {n} inputs: give {n + 1}, the bias being one of them")
    activations = np.unique(weights[orders], axis=0) @ sign_points(n)
    if not activations.all():
        raise BadInput(f"the weights {weights} vanish at a point: give weights that decide every point")
    return packed(activations > 0, n)


def self_dual_weights(n: int) -> np.ndarray:
    """Return weights, descending, one row for each class of self-dual threshold functions of n + 1 variables, n = 5 or 6.

    Two rows give the same class if they have the same Chow parameters. Source: C. K. Chow, On the characterization of threshold
    functions, 1961.

    >>> len(self_dual_weights(5))
    21
    """
    tried = np.array(list(combinations_with_replacement(range(LARGEST[n], -1, -1), n + 1)))
    half = sign_points(n)  # of the cube of n + 1 variables; the other half is its mirror image
    activations = tried @ half
    decided = activations.all(axis=1)
    _, first = np.unique(np.sign(activations[decided]) @ half.T, axis=0, return_index=True)
    return np.asarray(tried[decided][first])
