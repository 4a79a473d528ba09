"""An estimated count as log2 with an interval, and the interval for the mean of independent numbers from 0 to 1 behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from workbench.errors import BadInput

ROUNDING = 1e-9  # relative room for the rounding of sums in float64
SAMPLES_LIMIT = 1 << 26
SEED_LIMIT = 1 << 32


@dataclass(frozen=True)
class Estimate:
    """log2 of an estimated count, with an interval that holds the true value with probability `confidence` or more.

    `standard_error` is that of log2, by the normal approximation. `method` says how it was found, `trusts` what the interval
    rests on beside arithmetic. Nothing but `seconds` differs between two runs with one seed.
    """

    log2: float
    low: float
    high: float
    standard_error: float
    confidence: float
    method: str
    seed: int
    samples: int
    seconds: float = field(compare=False)
    trusts: tuple[str, ...]

    def __str__(self) -> str:
        level = f"{100 * self.confidence:.12g} %"
        return f"log2 = {self.log2:.4f}, {level} within [{self.low:.4f}, {self.high:.4f}], {self.samples} samples, seed {self.seed}"


@dataclass(frozen=True)
class Moments:
    """How many numbers were seen, and the sums of them and of their squares; they add.

    >>> Moments(2, 1.0, 0.5) + Moments(2, 1.0, 1.0)
    Moments(count=4, total=2.0, squares=1.5)
    """

    count: int
    total: float
    squares: float

    @classmethod
    def none(cls) -> Moments:
        return cls(0, 0.0, 0.0)

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def variance(self) -> float:
        """The sample variance, with count - 1 in the denominator."""
        return max((self.squares - self.total**2 / self.count) / (self.count - 1), 0.0)

    @property
    def standard_error(self) -> float:
        return math.sqrt(self.variance / self.count)

    def radius(self, failure: float) -> float:
        """Return r such that the expected mean exceeds this mean by r or more with a probability below `failure`; likewise below.

        For independent numbers in [0, 1], which may have different means.
        Source: A. Maurer, M. Pontil, Empirical Bernstein bounds and sample variance penalization, 2009, Theorem 11.

        >>> round(Moments(1000, 500.0, 500.0).radius(0.025), 4)
        0.0571
        """
        bits = math.log(2 / failure)
        room = math.sqrt(2 * self.variance * bits / self.count) + 7 * bits / (3 * (self.count - 1))
        return room * (1 + ROUNDING)


def level(confidence: float) -> float:
    """Return a confidence if it lies strictly between 0 and 1. Raises BadInput otherwise.

    >>> level(1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: confidence 1 does not lie between 0 and 1: give 0.95, say
    """
    if not (isinstance(confidence, (int, float)) and 0 < confidence < 1):
        raise BadInput(f"confidence {confidence!r} does not lie between 0 and 1: give 0.95, say")
    return float(confidence)


def log2_of(count: int) -> float:
    """Return log2 of a positive integer of any size, to 2^-50 of it."""
    shift = max(count.bit_length() - 64, 0)
    return shift + math.log2(count >> shift)


def sample_count(samples: int | None, *, usual: int) -> int:
    """Return the number of samples, `usual` if None. Raises BadInput unless it is an integer from 2 to 2^26.

    >>> sample_count(1, usual=100)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: samples 1 is not an integer from 2 to 67108864
    """
    if samples is None:
        return usual
    if isinstance(samples, bool) or not isinstance(samples, int) or not 2 <= samples <= SAMPLES_LIMIT:
        raise BadInput(f"samples {samples!r} is not an integer from 2 to {SAMPLES_LIMIT}")
    return samples


def seeded(seed: int) -> int:
    """Return a seed if it is an integer from 0 to 2^32 - 1. Raises BadInput otherwise.

    >>> seeded(-1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: seed -1 is not an integer from 0 to 4294967295
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < SEED_LIMIT:
        raise BadInput(f"seed {seed!r} is not an integer from 0 to {SEED_LIMIT - 1}")
    return seed
