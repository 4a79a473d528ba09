"""Whole-cube values against a transform in numba: blocked for the cache, radix 8, serial and parallel, in place.

    python benchmarks/walsh_yardstick.py --sizes 16 20 24

The yardstick overwrites an array of coefficients; the faster of its variants counts. Ours takes a polynomial of thousands of terms
and returns a new array, so it also spreads the coefficients and writes fresh memory. "small" coefficients have values in int32,
"large" ones do not. "first" includes compilation, "steady" is the best of several rounds, in which all take turns.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

from workbench import Cube, Multilinear, cube_values

BLOCK = 12  # levels of the first pass: 2^12 numbers, 16 or 32 KB
COLUMNS = 7  # later passes work on tiles of 2^7 neighbouring columns
ROWS = 6  # and 2^6 rows
LARGE = 10**9 + 7
ROUNDS = 5
PAUSE = 0.05  # seconds in which the threads of the variant before stop waiting for work


@njit(inline="always")
def rows_of_2(v: Any) -> None:
    for j in range(v.shape[1]):
        a, b = v[0, j], v[1, j]
        v[0, j], v[1, j] = a - b, a + b


@njit(inline="always")
def rows_of_4(v: Any) -> None:
    for j in range(v.shape[1]):
        a, b, c, d = v[0, j], v[1, j], v[2, j], v[3, j]
        p, q, r, s = a - b, a + b, c - d, c + d
        v[0, j], v[1, j], v[2, j], v[3, j] = p - r, q - s, p + r, q + s


@njit(inline="always")
def rows_of_8(v: Any) -> None:
    for j in range(v.shape[1]):
        a, b, c, d = v[0, j], v[1, j], v[2, j], v[3, j]
        p, q, r, s = a - b, a + b, c - d, c + d
        y0, y1, y2, y3 = p - r, q - s, p + r, q + s
        a, b, c, d = v[4, j], v[5, j], v[6, j], v[7, j]
        p, q, r, s = a - b, a + b, c - d, c + d
        z0, z1, z2, z3 = p - r, q - s, p + r, q + s
        v[0, j], v[1, j], v[2, j], v[3, j] = y0 - z0, y1 - z1, y2 - z2, y3 - z3
        v[4, j], v[5, j], v[6, j], v[7, j] = y0 + z0, y1 + z1, y2 + z2, y3 + z3


@njit
def levels(block: Any, first: int, end: int) -> None:
    """Transform the bits first, ..., end - 1 of the index in place."""
    while end - first >= 3:
        w = block.reshape(-1, 8, 1 << first)
        for i in range(w.shape[0]):
            rows_of_8(w[i])
        first += 3
    if end - first == 2:
        w = block.reshape(-1, 4, 1 << first)
        for i in range(w.shape[0]):
            rows_of_4(w[i])
    if end - first == 1:
        w = block.reshape(-1, 2, 1 << first)
        for i in range(w.shape[0]):
            rows_of_2(w[i])


@njit
def lowest_four(block: Any, tile: Any) -> None:
    """Transform the lowest four bits in place, on transposed tiles of 16 x 16, so that vectors hold neighbours."""
    w = block.reshape(-1, 16, 16)
    for i in range(w.shape[0]):
        for r in range(16):
            for c in range(16):
                tile[c, r] = w[i, r, c]
        rows_of_4(tile.reshape(4, 64))
        quarters = tile.reshape(4, 4, 16)
        for k in range(4):
            rows_of_4(quarters[k])
        for r in range(16):
            for c in range(16):
                w[i, r, c] = tile[c, r]


def transform(x: Any, n: int) -> None:
    """Overwrite 2^n coefficients, n > BLOCK, by the values on {-1, 1}^n."""
    blocks = x.reshape(-1, 1 << BLOCK)
    for i in prange(blocks.shape[0]):
        lowest_four(blocks[i], np.empty((16, 16), x.dtype))
        levels(blocks[i], 4, BLOCK)
    first = BLOCK
    while first < n:
        high = min(n - first, ROWS)
        w = x.reshape(-1, 1 << high, (1 << first) >> COLUMNS, 1 << COLUMNS)
        for i in prange(w.shape[0] * w.shape[2]):
            tile = np.empty((1 << high, 1 << COLUMNS), x.dtype)
            source = w[i // w.shape[2], :, i % w.shape[2], :]
            for r in range(1 << high):
                for c in range(1 << COLUMNS):
                    tile[r, c] = source[r, c]
            levels(tile.reshape(-1), COLUMNS, COLUMNS + high)
            for r in range(1 << high):
                for c in range(1 << COLUMNS):
                    source[r, c] = tile[r, c]
        first += high


VARIANTS = {"serial": njit(transform), "parallel": njit(parallel=True)(transform)}


def timed(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compared(n: int, dtype: str, large: bool, terms: int, repeats: int) -> str:
    rng = random.Random(n)
    weights = {rng.randrange(1 << n): rng.choice([-3, -2, -1, 1, 2, 3]) * (LARGE if large else 1) for _ in range(terms)}
    poly = Multilinear.from_terms(weights | {0: 1}, Cube(n))
    given = np.zeros(1 << n, dtype)
    for mask, weight in poly.terms:
        given[mask] = int(weight)
    work = given.copy()
    first = timed(lambda: cube_values(poly, dtype=dtype))
    runs = {"ours": lambda: cube_values(poly, dtype=dtype)}
    for name, variant in VARIANTS.items():
        np.copyto(work, given)
        variant(work, n)
        assert np.array_equal(work, runs["ours"]()), f"{name} and ours differ"
        runs[name] = lambda variant=variant: variant(work, n)
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(ROUNDS):
        for name, run in runs.items():
            work[:] = 0  # so that no sum overflows; the time does not depend on the numbers
            time.sleep(PAUSE)
            best[name] = min(best[name], *(timed(run) for _ in range(repeats)))
    numba, name = min((best[name], name) for name in VARIANTS)
    return (
        f"| {n} | {dtype} | {'large' if large else 'small'} | {first:.2f} s | {1e3 * best['ours']:.2f} ms "
        f"| {1e3 * numba:.2f} ms ({name}) | {best['ours'] / numba:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 18, 20, 22, 24], help="numbers of inputs, above 12")
    parser.add_argument("--terms", type=int, default=4_000, help="monomials of the polynomial")
    parser.add_argument("--repeats", type=int, default=4, help="runs in each round")
    given = parser.parse_args()
    print("| n | dtype | values | ours, first | ours, steady | numba, best | ours / numba |\n|---|---|---|---|---|---|---|")
    for n in given.sizes:
        for dtype, large in (("int32", False), ("int64", False), ("int64", True)):
            print(compared(n, dtype, large, given.terms, given.repeats), flush=True)


if __name__ == "__main__":
    main()
