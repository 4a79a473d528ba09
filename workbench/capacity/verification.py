"""Whether weights represent functions and whether multiplicities of points exclude all weights: integers alone decide it.

The evidence of many functions at once; `workbench.witness` says the same of one function, in other code.
"""

from __future__ import annotations

import numpy as np

FLOAT64 = 1 << 53  # up to which float64 holds every integer; not from `lowering`, which loads JAX


def represented(signs: np.ndarray, weights: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Say for each function whether its weighted sum of features has its sign at every point.

    `signs` (functions, points) are -1 and 1, `weights` (functions, monomials) integers, `features` (points, monomials) -1 and 1.

    >>> features = np.array([[1, -1], [1, 1]])
    >>> represented(np.array([[-1, 1], [-1, 1]]), np.array([[0, 1], [1, 1]]), features).tolist()
    [True, False]
    """
    if not len(weights):
        return np.zeros(0, dtype=bool)
    kind = _exact_type(weights, features.shape[1])
    return np.asarray(((weights.astype(kind) @ features.T.astype(kind)) * signs > 0).all(axis=1))


def cancelled(signs: np.ndarray, points: np.ndarray, multiplicities: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Say for each function whether non-negative multiplicities of points, not all zero, make every feature times f sum to zero.

    `points` and `multiplicities` have shape (functions, places); a place of multiplicity zero is not used.

    >>> features = np.array([[1, -1, -1], [1, 1, -1], [1, -1, 1], [1, 1, 1]])
    >>> four, once = np.array([[0, 1, 2, 3]] * 2), np.ones((2, 4), dtype=np.int64)
    >>> cancelled(np.array([[-1, 1, 1, -1], [-1, -1, -1, 1]]), four, once, features).tolist()
    [True, False]
    """
    if not len(points):
        return np.zeros(0, dtype=bool)
    kind = _exact_type(multiplicities, points.shape[1])
    inside = np.clip(points, 0, len(features) - 1).astype(np.int64)
    signed = multiplicities.astype(kind) * np.take_along_axis(signs, inside, axis=1)
    sums = (signed[:, None, :] @ features.astype(kind)[inside])[:, 0, :]
    positive = (multiplicities >= 0).all(axis=1) & (multiplicities > 0).any(axis=1) & (inside == points).all(axis=1)
    return np.asarray(positive & (sums == 0).all(axis=1))


def _exact_type(integers: np.ndarray, terms: int) -> type:
    """Return a type in which sums of so many of these integers, signed, are formed without rounding: any order of adding is exact.

    float64 holds the integers up to 2^53 and has fast matrix products; beyond, sums are of Python integers.
    """
    largest = max(abs(int(integers.max())), abs(int(integers.min()))) if integers.size else 0
    return np.float64 if largest * terms <= FLOAT64 else object
