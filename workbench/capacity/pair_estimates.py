"""Estimates of the number of functions of two-gate blocks: random pairs of gates, each weighed by how many give its function.

Draw two gates f, g independently from q and let h be their product. With pi(h) the sum of q(f') q(g') over all pairs that give h,
1/pi(h) has as its mean the number of different h, exactly. For +-1 products q is uniform, and h has at least four pairs: (f, g),
(g, f) and their negations, or else f = +-g and h is a constant, which all f give. So 4/(T^2 pi) lies in [0, 1], and the interval is
rigorous. For 0/1 products q grows with the number of points where a gate fires, as most pairs meet nowhere; 1/pi has no useful
bound then, and the interval is that of the normal approximation.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from operator import add
from pathlib import Path
from statistics import NormalDist

import jax
import numpy as np
from numba import njit

from workbench.capacity.estimate import Estimate, Moments, level, sample_count, seeded
from workbench.capacity.threshold_lists import threshold_list
from workbench.domain import arity, convention
from workbench.errors import BadInput
from workbench.lowering.precision import scope
from workbench.shards import Progress, computed

ARITY_LIMIT = 6
TILT = 0.3  # for 0/1 products q is proportional to exp(TILT x points where the gate fires)
BATCH = 16
SMALL = 1 << 12  # so many pairs are looked at one by one
USUAL = 1 << 13  # samples


@dataclass(frozen=True)
class Kind:
    """How an interval is made, what it trusts, and the largest value that `Gates.inverse` can take."""

    method: str
    trusts: tuple[str, ...]
    rigorous: bool
    most: float


THREEFRY = "Threefry numbers taken as independent and uniform"
INVERSE = "mean inverse multiplicity of random pairs"
ABOUT = {
    "01": Kind(f"{INVERSE}, tilted; normal interval", (THREEFRY, "normal approximation of the mean"), False, math.inf),
    "pm1": Kind(f"{INVERSE}, within an empirical Bernstein bound", (THREEFRY,), True, 1.0),
}


def estimate_output_gating(
    n: int,
    *,
    outputs: str,
    seed: int,
    samples: int | None = None,
    confidence: float = 0.95,
    store: Path | None = None,
    workers: int = 2,
    progress: Callable[[Progress], object] | None = None,
) -> Estimate:
    """Return an estimate of log2 of the number of products of two threshold functions of n inputs, 1 <= n <= 6.

    The interval is rigorous for outputs pm1, and that of the normal approximation for 01, as `trusts` says. By default it takes
    seconds up to five inputs and minutes for six. Raises BadInput outside the limits.

    >>> e = estimate_output_gating(2, outputs="pm1", seed=1, samples=100)
    >>> e.low < 4 <= e.high  # all 16 functions
    True
    >>> estimate_output_gating(7, outputs="01", seed=1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 7 inputs are not 1 to 6: all threshold functions are listed, which goes no further
    """
    if not 1 <= arity(n) <= ARITY_LIMIT:
        raise BadInput(f"{n} inputs are not 1 to {ARITY_LIMIT}: all threshold functions are listed, which goes no further")
    count, start = sample_count(samples, usual=USUAL if n < ARITY_LIMIT else USUAL >> 4), time.perf_counter()
    kind, tail = ABOUT[convention(outputs)], (1 - level(confidence)) / 2
    tasks = {str(i): [n, outputs, seeded(seed), i, min(BATCH, count - i)] for i in range(0, count, BATCH)}
    name = f"pairs-1 n={n} outputs={outputs} seed={seed} samples={count}"
    found = computed(name, tasks, batch_sums, store=store, workers=workers, progress=progress)
    sums = reduce(add, (Moments(*values) for values in found.values()), Moments.none())
    radius = sums.radius(tail) if kind.rigorous else NormalDist().inv_cdf(1 - tail) * sums.standard_error
    scale = Gates.of(n, outputs).scale
    ends = (max(sums.mean - radius, 2 / scale), sums.mean, min(sums.mean + radius, kind.most))  # there are two constants
    low, middle, high = (math.log2(end) + math.log2(scale) for end in ends)
    error, seconds = sums.standard_error / sums.mean / math.log(2), time.perf_counter() - start
    return Estimate(middle, low, high, error, confidence, kind.method, seed, count, seconds, kind.trusts)


def batch_sums(n: int, outputs: str, seed: int, first: int, count: int) -> list[float]:
    """Return [count, sum, sum of squares] of 1/(scale pi(h)) for the pairs number first, first + 1, ...; all of it JSON."""
    gates = Gates.of(n, outputs)
    values = np.array([gates.inverse(f, g) for f, g in gates.drawn(seed, first + np.arange(count))])
    return [count, float(values.sum()), float((values * values).sum())]


@dataclass(frozen=True, eq=False)
class Gates:
    """All threshold functions of n inputs, as uint64 tables in ascending order, with their unscaled q, and the filter of `holds`.

    >>> Gates.of(1, "pm1").inverse(np.uint64(0b01), np.uint64(0b11))  # of four pairs
    1.0
    """

    n: int
    outputs: str
    tables: np.ndarray
    weights: np.ndarray
    marks: np.ndarray

    @classmethod
    @cache
    def of(cls, n: int, outputs: str) -> Gates:
        """Return the gates; those of six inputs take 400 MB and several seconds."""
        tables = threshold_list(n).astype(np.uint64)
        tilt = TILT if outputs == "01" else 0.0
        weights = np.exp(tilt * np.bitwise_count(tables).astype(np.float64))
        return cls(n, outputs, tables, weights, marked(tables, tables.size.bit_length() + 6))

    @property
    def scale(self) -> float:
        """What the mean of `inverse` is multiplied by to give the number of products."""
        return self.tables.size**2 / 4 if self.outputs == "pm1" else 1.0

    def drawn(self, seed: int, indices: np.ndarray) -> np.ndarray:
        """Return the pair of gates of each index, (indices, 2), drawn from q."""
        with scope("float64"):
            keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(seed), indices)
            u = np.asarray(jax.vmap(lambda key: jax.random.uniform(key, (2,), np.float64))(keys))
        ends = np.cumsum(self.weights)
        return np.asarray(self.tables[np.minimum(np.searchsorted(ends, u * ends[-1], side="right"), ends.size - 1)])

    def inverse(self, f: np.uint64, g: np.uint64) -> float:
        """Return 1/(scale pi(h)) of the product h of two gates."""
        if self.outputs == "pm1":
            half = self.tables[: self.tables.size // 2]  # the others are their negations
            return 4 / (2 * int(partners(half, self.tables, self.marks, f ^ g)))
        above = np.flatnonzero(self.tables & f & g == f & g)
        rest, weights = self.tables[above] ^ (f & g), self.weights[above]
        return float(self.weights.sum() ** 2 / disjoint(rest, weights, rest, weights, (1 << self.n) - 1))


@njit(nogil=True, cache=True)
def _slot(table: np.uint64, bits: int) -> np.uint64:
    return (table * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)


@njit(nogil=True, cache=True)
def marked(tables: np.ndarray, bits: int) -> np.ndarray:
    """Return 2^bits bits of which those that the tables hash to are set."""
    marks = np.zeros(1 << (bits - 6), np.uint64)
    for table in tables:
        slot = _slot(table, bits)
        marks[slot >> np.uint64(6)] |= np.uint64(1) << (slot & np.uint64(63))
    return marks


@njit(nogil=True, cache=True)
def partners(gates: np.ndarray, tables: np.ndarray, marks: np.ndarray, h: np.uint64) -> int:
    """Return for how many gates f the table f XOR h is among the sorted tables: first by a look at the marks, then by bisection."""
    bits, found = 0, 0
    while (np.uint64(1) << np.uint64(bits)) < 64 * marks.size:
        bits += 1
    for f in gates:
        g = f ^ h
        slot = _slot(g, bits)
        if marks[slot >> np.uint64(6)] >> (slot & np.uint64(63)) & np.uint64(1):
            place = np.searchsorted(tables, g)
            found += place < tables.size and tables[place] == g
    return found


@njit(nogil=True, cache=True)
def disjoint(a: np.ndarray, v: np.ndarray, b: np.ndarray, w: np.ndarray, bit: int) -> float:
    """Return the sum of v_i w_j over the pairs of disjoint sets a_i, b_j, as bits up to `bit`.

    A bit splits both lists; sets that share it are not disjoint, so three of the four pairs of parts remain.
    """
    total = 0.0
    if a.size == 0 or b.size == 0:
        return total
    if bit < 0:
        return float(v.sum() * w.sum())
    if a.size * b.size <= SMALL:
        for i in range(a.size):
            for j in range(b.size):
                if a[i] & b[j] == 0:
                    total += v[i] * w[j]
        return total
    p = (a >> np.uint64(bit)) & np.uint64(1) == 1
    q = (b >> np.uint64(bit)) & np.uint64(1) == 1
    a0, v0, b0, w0 = a[~p], v[~p], b[~q], w[~q]
    total = disjoint(a0, v0, b0, w0, bit - 1)
    if p.any():
        total += disjoint(a[p], v[p], b0, w0, bit - 1)
    if q.any():
        total += disjoint(a0, v0, b[q], w[q], bit - 1)
    return total
