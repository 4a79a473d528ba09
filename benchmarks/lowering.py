"""Lowering of dense polynomials against `sympy.lambdify` to JAX and hand-written jnp: first result and steady run, in one process.

    python benchmarks/lowering.py --quick

"first" is build + trace + compile + run; "steady" the median of repeated runs; ratios are a peer's time over ours (above 1: ours is
faster). Peers that fail are shown with their error. All run in float64.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy

from workbench import Cube, Multilinear, inputs, lower
from workbench.poly import monomial, monomials

SIZES = [(8, 2), (16, 3), (20, 4)]
LAMBDIFY_TERMS = 1_000  # `--quick` leaves lambdify out above this: it needs minutes


def dense(n: int, degree: int) -> Multilinear:
    rng = random.Random(n)
    return Multilinear.from_terms({m: rng.choice([-3, -2, -1, 1, 2, 3]) for m in monomials(n, degree)}, Cube(n))


def ours(poly: Multilinear) -> Callable[[Any], Any]:
    return lower(poly)


def lambdified(poly: Multilinear) -> Callable[[Any], Any]:
    expr = poly.as_expr()
    sys.setrecursionlimit(100_000)
    function = sympy.lambdify([inputs(poly.cube.n)], expr, "jax", cse=True)
    return jax.jit(lambda points: function([points[:, i] for i in range(points.shape[1])]))


def by_hand(poly: Multilinear) -> Callable[[Any], Any]:
    """Products of gathered columns, padded by a column of ones, in blocks of 1,024 points: what one would write in jnp."""
    n, degree = poly.cube.n, poly.degree
    index = np.array([(*monomial(mask), *[n] * (degree - mask.bit_count())) for mask, _ in poly.terms])
    weights = np.array([float(c) for _, c in poly.terms])

    def block(points: Any) -> Any:
        padded = jnp.concatenate([points, jnp.ones((len(points), 1), points.dtype)], axis=1)
        product = padded[:, index[:, 0]]
        for k in range(1, degree):
            product = product * padded[:, index[:, k]]
        return product @ weights

    return jax.jit(lambda points: jax.lax.map(block, points.reshape(-1, 1024, n)).reshape(-1))


def timed(
    build: Callable[[Multilinear], Callable[[Any], Any]], poly: Multilinear, points: Any, repeats: int
) -> tuple[float, float, Any]:
    start = time.perf_counter()
    function = build(poly)
    value = jax.block_until_ready(function(points))
    first = time.perf_counter() - start
    steady = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(function(points))
        steady.append(time.perf_counter() - start)
    return first, statistics.median(steady), np.asarray(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer points and repeats, no lambdify beyond 1,000 terms")
    quick = parser.parse_args().quick
    count, repeats = (1 << 13, 3) if quick else (1 << 16, 5)
    print(f"{count:,} points, float64, {jax.devices()[0].platform}; seconds, and ratios to ours in parentheses")
    print(f"{'n, d':>6} {'terms':>6}  {'what':<10} {'first':>16} {'steady':>18}")
    with jax.enable_x64(True):
        jax.block_until_ready(jax.jit(jnp.sin)(jnp.ones(3)))  # start the backend before the first measurement
        for n, degree in SIZES:
            poly = dense(n, degree)
            points = jnp.asarray(np.random.default_rng(n).choice([-1.0, 1.0], (count, n)))
            own = timed(ours, poly, points, repeats)
            print(f"{n:>3},{degree:>2} {len(poly.terms):>6}  {'ours':<10} {own[0]:>8.3f}          {own[1]:>8.4f}")
            for name, build in (("by hand", by_hand), ("lambdify", lambdified)):
                if quick and build is lambdified and len(poly.terms) > LAMBDIFY_TERMS:
                    print(f"{'':>13}  {name:<10} left out by --quick")
                    continue
                try:
                    first, steady, value = timed(build, poly, points, repeats)
                except Exception as error:
                    print(f"{'':>13}  {name:<10} {type(error).__name__}: {str(error)[:80]}")
                    continue
                if not np.array_equal(value, own[2]):
                    raise SystemExit(f"{name} and ours differ at n={n}, d={degree}")
                print(f"{'':>13}  {name:<10} {first:>8.3f} ({first / own[0]:>5.1f}) {steady:>9.4f} ({steady / own[1]:>5.2f})")


if __name__ == "__main__":
    main()
