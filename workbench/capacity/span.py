"""Which points of a cube lie in the span of given ones, as vectors of monomials, and which of the given ones each of them uses.

A point x of {-1, 1}^n stands for the vector m(x) of its monomials up to a degree, and is numbered by its bits. Spans are decided
modulo p = 2^61 - 1, for a batch of samples at once: given k points are completed to a basis V, and m(x) V^-1 are the coordinates
of x. One combination c of the columns that must vanish, with random multipliers, tells the members: m(x) . c = 0. A point outside
passes with probability 1/p. For degree 1 the sums m(x) . c are met in the middle, else they are a Walsh-Hadamard transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int64, UInt64

from workbench.capacity.modular import P, inverted, minus, plus, times
from workbench.domain import arity
from workbench.errors import BadInput
from workbench.poly import monomials

LINEAR_LIMIT = 40  # inputs at degree 1: 2^20 sums on either side
TRANSFORM_LIMIT = 16  # inputs above degree 1: 2^16 values for each sample
MONOMIAL_LIMIT = 512
MEMBERS_LIMIT = 1 << 14  # members of one span that are looked at


@dataclass(frozen=True)
class Features:
    """The monomials of {-1, 1}^n up to a degree, as masks; `size` of them, and 2^n points.

    >>> Features.of(3, 2).size
    7
    >>> Features.of(17, 2)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 17 inputs > 16 at degree 2: lower n, or take degree 1, which reaches 40
    """

    n: int
    degree: int
    masks: tuple[int, ...]

    @classmethod
    def of(cls, n: int, degree: int) -> Features:
        """Return the monomials; a degree above n is read as n. Raises BadInput outside the limits."""
        if isinstance(degree, bool) or not isinstance(degree, int) or degree < 1:
            raise BadInput(f"degree {degree!r} is not a positive integer")
        degree = max(min(degree, arity(n, limit=LINEAR_LIMIT)), 1)
        if degree > 1 and n > TRANSFORM_LIMIT:
            raise BadInput(
                f"{n} inputs > {TRANSFORM_LIMIT} at degree {degree}: lower n, or take degree 1, which reaches {LINEAR_LIMIT}"
            )
        masks = monomials(n, degree)
        if len(masks) > MONOMIAL_LIMIT:
            raise BadInput(f"{len(masks)} monomials > {MONOMIAL_LIMIT} for n = {n}, degree {degree}: lower the degree")
        return cls(n, degree, masks)

    @property
    def size(self) -> int:
        return len(self.masks)

    @property
    def points(self) -> int:
        return 1 << self.n

    @cached_property
    def halves(self) -> tuple[int, int]:
        """How many inputs stand on either side of the middle."""
        return self.n // 2, self.n - self.n // 2

    def negative(self, points: Int64[Array, " ..."]) -> Bool[Array, "size ..."]:
        """Say where the monomials of points are -1: an odd number of their inputs is."""
        masks = jnp.asarray(self.masks, jnp.int64).reshape(-1, *[1] * points.ndim)
        return (jax.lax.population_count(masks & ~points) & 1).astype(bool)


@partial(jax.jit, static_argnums=0)
def bases(
    features: Features,
    points: Int64[Array, "batch given"],
    used: Int64[Array, " batch"],
    completion: UInt64[Array, "size size"],
    multipliers: UInt64[Array, " size"],
) -> tuple[UInt64[Array, "batch size size"], UInt64[Array, "size batch"], Bool[Array, " batch"]]:
    """Return V^-1, the vector c that tells members of the span, and whether the points and the last one are independent.

    The first `used` of each row of points are the given ones. Rows of V: the given points, then rows of `completion`, and last the
    point of all ones. Multipliers are not 0.
    """
    given = (jnp.arange(features.size - 1) < used[:, None]).T[:, None]
    rows = jnp.where(features.negative(points.T), jnp.uint64(P - 1), jnp.uint64(1)).swapaxes(0, 1)
    rows = jnp.where(given, rows, completion[:-1, :, None])
    last = jnp.ones((1, features.size, len(points)), jnp.uint64)
    inverse, independent = inverted(jnp.concatenate([rows, last]))
    outside = jnp.concatenate([~given[:, 0], jnp.ones((1, len(points)), bool)])
    weighted = jnp.where(outside, times(inverse, multipliers[:, None]), 0)
    c = jax.lax.fori_loop(1, features.size, lambda j, total: plus(total, weighted[:, j]), weighted[:, 0])
    return inverse.transpose(2, 0, 1), c, independent


def members(features: Features, c: UInt64[Array, "size batch"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return samples and points with m(point) . c = 0, sorted by sample, and whether a sample has more than those listed.

    At most MEMBERS_LIMIT are listed for a sample.
    """
    if features.degree == 1:
        left, right = (np.asarray(sums) for sums in _half_sums(features, c))
        return _equal_pairs(left, right, features.halves[0])
    samples, points = np.nonzero(np.asarray(_transform(features, c)) == 0)
    kept, cut = _limited(samples, np.ones_like(samples), c.shape[1])
    return samples[kept == 1], points[kept == 1], cut


@partial(jax.jit, static_argnums=0)
def _half_sums(features: Features, c: Array) -> tuple[Array, Array]:
    """Return the sums of c over the constant and the first inputs, and minus the sums over the others: (batch, 2^half) each."""
    first = features.halves[0]
    left, right = c[0][:, None], jnp.zeros_like(c[0])[:, None]
    for column in c[1 : first + 1, :, None]:
        left = jnp.concatenate([minus(left, column), plus(left, column)], axis=1)
    for column in c[first + 1 :, :, None]:
        right = jnp.concatenate([plus(right, column), minus(right, column)], axis=1)
    return left, right


@partial(jax.jit, static_argnums=0)
def _transform(features: Features, c: Array) -> Array:
    """Return the values m(x) . c at all points, (batch, 2^n)."""
    batch = c.shape[1]
    values = jnp.zeros((batch, features.points), jnp.uint64).at[:, jnp.asarray(features.masks)].set(c.T)
    for i in range(features.n):
        low, high = jnp.moveaxis(values.reshape(batch, -1, 2, 1 << i), 2, 0)
        values = jnp.stack([minus(low, high), plus(low, high)], axis=2).reshape(batch, -1)
    return values


def _equal_pairs(left: np.ndarray, right: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return samples and points x = i + 2^bits j with left[sample, i] = right[sample, j].

    Keys hold the sample, low bits of the residue, the side and the index, so that one sort joins all samples: equal residues stand
    together, those of the left first. Whole residues are compared then.
    """
    batch, (width, other) = len(left), (side.shape[1] for side in (left, right))
    index_bits = (max(width, other) - 1).bit_length()
    room, index, low = 63 - index_bits - (batch - 1).bit_length(), np.uint64((1 << index_bits) - 1), np.uint64(index_bits + 1)
    heads = np.concatenate([left, right], axis=1) & np.uint64((1 << room) - 1) | np.arange(batch, dtype=np.uint64)[
        :, None
    ] << np.uint64(room)
    places = np.concatenate([np.arange(width), np.arange(other) | 1 << index_bits]).astype(np.uint64)
    keys = np.sort(heads << low | places, axis=1).ravel()
    heads = keys >> low
    on_right = np.flatnonzero((heads[1:] == heads[:-1]) & (keys[1:] > heads[1:] << low | index)) + 1
    begin, middle = (np.searchsorted(keys, heads[on_right] << low | np.uint64(side << index_bits)) for side in (0, 1))
    samples = on_right // (width + other)
    kept, cut = _limited(samples, middle - begin, batch)
    which = np.repeat(np.arange(on_right.size), kept)
    place = begin[which] + np.arange(which.size) - np.repeat(np.cumsum(kept) - kept, kept)
    i, j = ((keys[at] & index).astype(np.int64) for at in (place, on_right[which]))
    samples = samples[which]
    true = left[samples, i] == right[samples, j]
    return samples[true], (i + (j << bits))[true], cut


def _limited(samples: np.ndarray, counts: np.ndarray, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how many of each count are kept so that a sample has MEMBERS_LIMIT at most, and which samples lose some."""
    totals = np.bincount(samples, counts, batch).astype(np.int64)
    before = np.cumsum(counts) - counts - (np.cumsum(totals) - totals)[samples]
    return np.clip(MEMBERS_LIMIT - before, 0, counts), totals > MEMBERS_LIMIT


@partial(jax.jit, static_argnums=0)
def supports(
    features: Features, inverse: UInt64[Array, "members size size"], points: Int64[Array, " members"]
) -> Bool[Array, "members size"]:
    """Return which basis vectors have a coordinate other than 0 in m(point) V^-1.

    Residues are summed in two parts of 31 and 30 bits, both below 2^40 for at most 2^9 monomials; with high = a 2^30 + b,
    high 2^31 + low is a + b 2^31 + low modulo p, of absolute value below 2^61 + 2^41.
    """
    negative = features.negative(points).T[:, :, None]
    parts = ((inverse & ((1 << 31) - 1)).astype(jnp.int64), (inverse >> 31).astype(jnp.int64))
    low, high = (jnp.where(negative, -part, part).sum(axis=1) for part in parts)
    total = (high >> 30) + ((high & ((1 << 30) - 1)) << 31) + low
    return (total != 0) & (jnp.abs(total) != P)


@partial(jax.jit, static_argnums=0)
def random_rows(features: Features, key: Array) -> tuple[UInt64[Array, "size size"], UInt64[Array, " size"]]:
    """Return rows that complete any given points to a basis, and multipliers other than 0, both uniform up to 2^-61."""
    rows = jax.random.bits(key, (features.size + 1, features.size), jnp.uint64) >> 3
    return jnp.minimum(rows[1:], P - 1), jnp.clip(rows[0], 1, P - 1)
