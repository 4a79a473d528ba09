"""Estimates of log2 T_d(n), the number of threshold functions of degree d, by sampling sets without broken circuits.

The threshold functions are the regions of the central arrangement with normals m(x), x in {-1, 1}^n, D monomials up to degree d.
With a first point e fixed, T_d(n) = 2 sum_{k<D} C(2^n - 1, k) P_k, and P_k is the probability that e and a uniform set S of k other
points contain no broken circuit (H. Whitney, A logical expansion in mathematics, 1932; T. Zaslavsky, Facing up to arrangements,
1975). If S and e are dependent, they do. Otherwise order the other points by independent uniform numbers u: a broken circuit is
a point v in the span of S, outside S, below all points of S that v uses. Given u on S these events are independent, so that

    W = mean over some u of  prod_v (1 - min {u_j : v uses s_j})   lies in [0, 1] and has the mean P_k, exactly.

P_k falls with k, as subsets of good sets are good, and P_0 = P_1 = P_2 = 1. So the N samples are dealt to k = 3..D-1 in proportion
to C(2^n - 1, k), rounding their running sum to the nearest integer: the mean of all W is then within 1/(2N) of its target.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial, reduce
from itertools import accumulate, pairwise
from operator import add
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float64, Int64, UInt64

from workbench.capacity.estimate import Estimate, Moments, level, log2_of, sample_count, seeded
from workbench.capacity.modular import P
from workbench.capacity.span import MEMBERS_LIMIT, Features, bases, members, random_rows, supports
from workbench.lowering.precision import scope
from workbench.shards import Progress, computed

ORDERS = 8  # vectors u for each set
CERTAIN = 3  # P_k = 1 below this k: vectors of signs are dependent by three only if two of them are parallel
ROUNDS = (64, 256, 1024, 4096, MEMBERS_LIMIT)  # members looked at when a round ends
BATCH_BYTES = 1 << 21  # of the largest array of a batch

METHOD = "mean weight of random sets without broken circuits, within an empirical Bernstein bound"
TRUSTS = (
    "regions_eq_nbc_sets",
    "nbc_weight_unbiased",
    "Threefry numbers taken as independent and uniform",
)


def estimate_threshold(
    n: int,
    degree: int = 1,
    *,
    seed: int,
    samples: int | None = None,
    confidence: float = 0.95,
    store: Path | None = None,
    workers: int = 2,
    progress: Callable[[Progress], object] | None = None,
) -> Estimate:
    """Return an estimate of log2 of the number of threshold functions of n inputs and a degree, with a rigorous interval.

    The interval is an empirical Bernstein bound for the mean of independent W in [0, 1], their number fixed beforehand: by default
    what takes one core up to two minutes. The result depends on the seed alone: not on the number of workers (threads), and not on
    what an interrupted run left in the `store`, a folder. Raises BadInput beyond 40 inputs, 16 if degree > 1, or 512 monomials.

    >>> estimate_threshold(2, seed=1).log2 == math.log2(14)  # no set there has more than two points
    True
    >>> estimate_threshold(41, seed=1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: arity 41 is not an integer from 0 to 40
    """
    features, start = Features.of(n, degree), time.perf_counter()
    count = sample_count(samples, usual=usual_samples(features))
    level(confidence)
    tasks = batches(features, dealt(masses(features)[1], count), seed=seeded(seed))
    name = f"nbc-1 n={n} degree={features.degree} seed={seed} samples={count}"
    found = computed(name, tasks, batch_sums, store=store, workers=workers, progress=progress)
    sums = [reduce(add, (Moments(*pair[side]) for pair in found.values()), Moments.none()) for side in (0, 1)]
    return _estimate(features, sums, confidence=confidence, seed=seed, seconds=time.perf_counter() - start)


def masses(features: Features) -> tuple[int, tuple[int, ...]]:
    """Return the exact part of T_d(n), from sets of less than three points, and 2 C(2^n - 1, k) for k = 3..D-1.

    >>> masses(Features.of(3, 1))
    (58, (70,))
    """
    terms = [2 * math.comb(features.points - 1, k) for k in range(features.size)]
    return sum(terms[:CERTAIN]), tuple(terms[CERTAIN:])


def dealt(weights: Sequence[int], count: int) -> tuple[int, ...]:
    """Return how many samples each weight gets: their running sum is `count` times that of the weights, rounded.

    >>> dealt((1, 10, 100), 50)
    (0, 5, 45)
    """
    total = sum(weights)
    ends = [(2 * count * part + total) // (2 * total) for part in accumulate(weights)]
    return tuple(b - a for a, b in zip([0, *ends], ends, strict=False))


def batches(features: Features, counts: Sequence[int], *, seed: int) -> dict[str, list[Any]]:
    """Return the arguments of `batch_sums` for all samples, by the number of the first of each batch."""
    ks = np.repeat(np.arange(CERTAIN, CERTAIN + len(counts)), counts)
    firsts = range(0, ks.size, batch_size(features))
    deals = [np.unique(ks[first : first + firsts.step], return_counts=True) for first in firsts]
    common = [features.n, features.degree, seed]
    return {str(first): [*common, first, np.transpose(deal).tolist()] for first, deal in zip(firsts, deals, strict=True)}


def batch_size(features: Features) -> int:
    """Return how many samples are worked on at a time, a power of two that keeps their numbers in cache."""
    each = 8 * max(features.size**2, 1 << features.halves[1] if features.degree == 1 else features.points)
    return 1 << max(min(BATCH_BYTES // each, 1024).bit_length() - 1, 2)


def batch_sums(n: int, degree: int, seed: int, first: int, deals: Sequence[Sequence[int]]) -> list[list[float]]:
    """Return [count, sum, sum of squares] of the W of some samples, twice: W = 0 where a span was cut short, and as if complete.

    Sample i = first, first + 1, ... has a key that depends on the seed and i; `deals` are pairs of k and how many samples in a row
    have it. A pure function of its arguments, which are JSON, and so is its value.
    """
    features = Features.of(n, degree)
    ks = np.repeat(*np.transpose(deals))
    padded = np.zeros(batch_size(features), np.int64)
    padded[: ks.size] = ks
    low, high = (w[: ks.size] for w in weights_of(features, seed, first + np.arange(padded.size), padded))
    return [[ks.size, float(w.sum()), float((w * w).sum())] for w in (low, high)]


def weights_of(features: Features, seed: int, indices: np.ndarray, ks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return W of each sample, of the given index and size k: from below and from above, the same unless a span was cut short.

    Members are taken in rounds. Before a next round a product p goes on as 1 with probability p and else ends as 0, which leaves
    its mean as it is, so that the few spans with thousands of members cost little.
    """
    with scope("float64"):
        completing, drawing = jax.random.split(jax.random.key(seed))
        points, u, luck = drawn(features, drawing, indices, ks)
        inverse, c, independent = bases(features, points, ks, *random_rows(features, completing))
        samples, found, cut = members(features, c)
        luck, counts = np.asarray(luck), np.bincount(samples, minlength=len(ks))
        rank = np.arange(samples.size) - (np.cumsum(counts) - counts)[samples]
        logs = np.where(np.asarray(independent)[:, None], np.zeros((len(ks), ORDERS)), -np.inf)
        for turn, (begin, end) in enumerate(pairwise((0, *ROUNDS))):
            taken = (rank >= begin) & (rank < end) & (logs.max(axis=1) > -np.inf)[samples]
            for rows, spanned in _blocks(features, samples[taken], found[taken]):
                logs += np.asarray(log_factors(features, inverse, u, ks, rows, spanned))
            going_on = np.where(luck[:, :, turn] < np.exp(logs), 0.0, -np.inf)
            logs = np.where((counts > end)[:, None], going_on, logs)
    high = np.exp(logs).mean(axis=1)
    return np.where(cut, 0.0, high), high


def _blocks(features: Features, samples: np.ndarray, points: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield members in blocks of one length, the last filled up with the last point, which is no member and changes nothing."""
    length = 1 << max((BATCH_BYTES // (8 * features.size**2)).bit_length() - 1, 4)
    for at in range(0, samples.size, length):
        part = slice(at, at + length)
        missing = (0, length - samples[part].size)
        yield np.pad(samples[part], missing), np.pad(points[part], missing, constant_values=features.points - 1)


@partial(jax.jit, static_argnums=0)
def drawn(
    features: Features, key: Array, indices: Int64[Array, " batch"], ks: Int64[Array, " batch"]
) -> tuple[Int64[Array, "batch most"], Float64[Array, "batch orders most"], Float64[Array, "batch orders rounds"]]:
    """Return, for each sample, a uniform set of k points other than the last one (-1 beyond k), the vectors u, and luck.

    Sets by R. W. Floyd, A sample of brilliance, Communications of the ACM, 1987: the i-th of k draws is uniform up to the number
    of the point q - k + i, of q, which stands in if the draw is there already. A draw is a rest of 64 bits, uniform up to 2^(n-64).
    """
    most, places = features.size - 1, jnp.arange(features.size - 1)
    words = most + ORDERS * (most + len(ROUNDS))

    def sample(index: Array, k: Array) -> tuple[Array, Array, Array]:
        bits = jax.random.bits(jax.random.fold_in(key, index), (words,), jnp.uint64)
        tops = jnp.where(places < k, features.points - 1 - k + places, 0)
        draws = (bits[:most] % (tops + 1).astype(jnp.uint64)).astype(jnp.int64)

        def place(i: Array, chosen: Array) -> Array:
            point = jnp.where((chosen == draws[i]).any(), tops[i], draws[i])
            return chosen.at[i].set(jnp.where(i < k, point, -1))

        chosen = jax.lax.fori_loop(0, most, place, jnp.full(most, -1, jnp.int64))
        uniform = (bits[most:] >> 11).astype(jnp.float64) * 2.0**-53
        u, luck = jnp.split(uniform, [ORDERS * most])
        return chosen, u.reshape(ORDERS, most), luck.reshape(ORDERS, -1)

    points, u, luck = jax.vmap(sample)(indices, ks)
    return points, u, luck


@partial(jax.jit, static_argnums=0)
def log_factors(
    features: Features,
    inverse: UInt64[Array, "batch size size"],
    u: Float64[Array, "batch orders most"],
    ks: Int64[Array, " batch"],
    samples: Int64[Array, " members"],
    points: Int64[Array, " members"],
) -> Float64[Array, "batch orders"]:
    """Return the sums of log(1 - min u_j) over the members, by sample and u. A point of S itself, which uses one point, adds 0."""
    use: Bool[Array, "members most"] = supports(features, inverse[samples], points)[:, :-1]
    use &= jnp.arange(features.size - 1) < ks[samples][:, None]
    least = jnp.where(use[:, None], u[samples], 1.0).min(axis=2)
    logs = jnp.where((use.sum(axis=1) > 1)[:, None], jnp.log1p(-least), 0.0)
    return jax.ops.segment_sum(logs, samples, len(ks))


def usual_samples(features: Features) -> int:
    """Return a power of two from 2^8 to 2^18, such that one core samples for two minutes or less, by the steps of a sample."""
    sums = 200 << features.halves[1] if features.degree == 1 else 3 * features.n * features.points
    nanoseconds = 60_000 + 15 * features.size**3 + sums
    return 1 << min(max((12 * 10**10 // nanoseconds).bit_length() - 1, 8), 18)


def _estimate(features: Features, sums: Sequence[Moments], *, confidence: float, seed: int, seconds: float) -> Estimate:
    known, weights = masses(features)
    below, above = sums
    if not above.count:
        bits = log2_of(known)
        return Estimate(bits, bits, bits, 0.0, confidence, "exact: no set has more than two points", seed, 0, seconds, TRUSTS[:1])
    rest, slack = sum(weights), 1 / (2 * above.count) + 2.0 ** (features.n - 64) * features.size
    low = max(below.mean - below.radius((1 - confidence) / 2) - slack, 0.0)
    high = min(above.mean + above.radius((1 - confidence) / 2) + slack, 1.0)
    low, middle, high = (known + int(rest * Fraction(mean)) for mean in (low, above.mean, high))
    error = float(rest * Fraction(above.standard_error) / middle) / math.log(2)
    modulus = f"spans modulo 2^61 - 1: a sample errs with probability below 2^-{61 - features.n}"
    if hadamard(features.size) >= P:
        modulus += ", if 2^61 - 1 divides no determinant by chance"
    trusts = (*TRUSTS, modulus)
    return Estimate(log2_of(middle), log2_of(low), log2_of(high + 1), error, confidence, METHOD, seed, above.count, seconds, trusts)


def hadamard(size: int) -> int:
    """Return a bound for |det|/2^(size - 1) of matrices of signs, an integer.

    Source: J. Hadamard, 1893, the determinant is at most size^(size/2); and it is a multiple of 2^(size - 1).

    >>> hadamard(3), hadamard(37) < P < hadamard(38)
    (1, True)
    """
    return math.isqrt(size**size) >> size - 1
