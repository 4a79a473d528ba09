"""The yardstick of whole cubes: a Walsh-Hadamard transform in place, by radix-2 butterflies compiled with numba."""

from __future__ import annotations

import numba
import numpy as np

CHUNK = 1 << 14  # numbers that stay in a first-level cache


@numba.njit(nogil=True)
def _levels(values: np.ndarray, first: int, last: int) -> None:
    half = first
    while half < last:
        for start in range(0, len(values), 2 * half):
            for k in range(start, start + half):
                low, high = values[k], values[k + half]
                values[k], values[k + half] = low + high, low - high
        half *= 2


@numba.njit(parallel=True)
def _in_threads(values: np.ndarray) -> None:
    chunks = len(values) // CHUNK
    for c in numba.prange(chunks):
        _levels(values[c * CHUNK : (c + 1) * CHUNK], 1, CHUNK)
    half = CHUNK
    while half < len(values):
        for pair in numba.prange(chunks // 2):
            offset = pair * CHUNK
            start = 2 * half * (offset // half) + offset % half
            for k in range(start, start + CHUNK):
                low, high = values[k], values[k + half]
                values[k], values[k + half] = low + high, low - high
        half *= 2


def walsh(values: np.ndarray, parallel: bool = True) -> None:
    """Replace values by their transform, sum over m of (-1)^|m & k| values[m] at index k."""
    if parallel and len(values) > CHUNK:
        _in_threads(values)
        return
    for start in range(0, len(values), CHUNK):
        _levels(values[start : start + CHUNK], 1, min(CHUNK, len(values)))
    _levels(values, CHUNK, len(values))
