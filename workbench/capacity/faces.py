"""What a block computes at the two values of its gate: every mechanism with one threshold gate is g ? high : low.

A mechanism is given by the pairs (high, low) of functions of the n inputs that its other parameters allow; the gate g then chooses
between them point by point. Inputs are called x_0..x_{n-1}; a gated synapse is that of the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from workbench.capacity.dichotomies import dichotomies
from workbench.capacity.npn import distinct, word
from workbench.capacity.threshold_lists import threshold_list
from workbench.classes import full_table, input_table
from workbench.domain import arity, convention
from workbench.errors import BadInput

FACES_LIMIT = 5  # they are split from threshold functions of one input more


@dataclass(frozen=True, eq=False)
class Faces:
    """Pairs of tables (high, low) of n inputs: what is computed where the gate is at its high and at its low value.

    >>> both = Faces.of_products(np.array([0b10], np.uint8), 1, outputs="01")
    >>> [tables.tolist() for tables in both.gated(np.array([0b01, 0b11], np.uint8))]
    [[0], [2]]
    """

    n: int
    high: np.ndarray
    low: np.ndarray

    @classmethod
    def of(cls, n: int, high: np.ndarray, low: np.ndarray) -> Faces:
        """Return the different pairs among those given, ascending."""
        pairs = distinct(high.astype(np.uint64) << np.uint64(1 << n) | low.astype(np.uint64))
        return cls(n, (pairs >> np.uint64(1 << n)).astype(word(n)), (pairs & np.uint64(full_table(n))).astype(word(n)))

    @classmethod
    def of_products(cls, functions: np.ndarray, n: int, *, outputs: str) -> Faces:
        """Return the pairs of output gating, f times g: (f, 0) for outputs 01 and (f, NOT f) for pm1."""
        full = word(n).type(full_table(n))
        return cls(n, functions, functions ^ full if convention(outputs) == "pm1" else np.zeros_like(functions))

    @classmethod
    def of_disjunctions(cls, functions: np.ndarray, n: int) -> Faces:
        """Return the pairs of f OR g: (1, f)."""
        return cls(n, np.full_like(functions, full_table(n)), functions)

    @classmethod
    def of_multiplexing(cls, n: int) -> Faces:
        """Return the pairs of H(s(x) + a g(x)): the two halves of the threshold functions of n + 1 inputs."""
        low, high = restrictions(threshold_list(arity(n, limit=FACES_LIMIT) + 1), n, 2)
        return cls.of(n, high, low)

    @classmethod
    def of_synapse(cls, n: int, *, inputs: str, outputs: str) -> Faces:
        """Return the pairs of H(sum_{i<n-1} w_i x_i + w g(x) x_{n-1} + b), the gated input g(x) x_{n-1} being -1, 0 or 1."""
        values = ternary_faces(n)
        return cls.of(n, *(_joined(n, [values[gate * x + 1] for x in (low_of(inputs), 1)]) for gate in (1, low_of(outputs))))

    @classmethod
    def of_additive_synapse(cls, n: int, *, inputs: str) -> Faces:
        """Return the pairs of H(sum_i w_i x_i + a g(x) x_{n-1} + b), the same functions for a gate in 01 and in pm1.

        They are threshold functions of x_0..x_{n-2}, of x_{n-1} and of the product; with inputs 01 the gate is taken in 01.
        """
        first, second, third, last = restrictions(threshold_list(_above(n) + 1), n - 1, 4)  # by (x_{n-1}, product): 00, 10, 01, 11
        if convention(inputs) == "01":
            return cls.of(n, _joined(n, [first, last]), _joined(n, [first, second]))
        return cls.of(n, _joined(n, [first, last]), _joined(n, [third, second]))

    @classmethod
    def of_activation(cls, n: int, *, inputs: str, outputs: str) -> Faces:
        """Return the pairs of H(g(x) (w.x) + b), the bias not gated: an affine form at x, and at -x or 0 according to the gate."""
        functions, full = threshold_list(arity(n, limit=FACES_LIMIT)), word(n).type(full_table(n))
        match convention(inputs), convention(outputs):
            case "01", "pm1":
                return cls._of_mirrored_bits(n)
            case "01", "01":  # the form at 0 is that at the point with all bits 0
                return cls.of(n, functions, (functions & 1) * full)
            case "pm1", "pm1":
                return cls.of(n, functions, _reversed(functions, n))
        balance = 2 * np.bitwise_count(functions).astype(np.int64) - (1 << n)  # b > 0 gives f(x) >= NOT f(-x); both if f is odd
        ones, zeros = functions[balance >= 0], functions[balance <= 0]
        return cls.of(n, np.concatenate([ones, zeros]), np.concatenate([np.full_like(ones, full), np.zeros_like(zeros)]))

    @classmethod
    def _of_mirrored_bits(cls, n: int) -> Faces:
        patterns = _mirrored_bits(arity(n, limit=4))
        return cls.of(n, patterns & np.uint64(full_table(n)), patterns >> np.uint64(1 << n))

    def gated(self, gates: np.ndarray) -> Iterator[np.ndarray]:
        """Yield, for each gate, the tables that the block computes with it."""
        difference = self.high ^ self.low
        return (self.low ^ (g & difference) for g in gates)

    def up_to_negation(self) -> Faces:
        """Return the pairs whose high table ends in 0, one of each pair and its joint negation."""
        kept = self.high & self.high.dtype.type(1) == 0
        return Faces(self.n, self.high[kept], self.low[kept])

    @property
    def reach(self) -> int:
        """The table of the points at which the gate matters for some pair."""
        return int(np.bitwise_or.reduce(self.high ^ self.low, initial=0))


@cache
def _mirrored_bits(n: int) -> np.ndarray:
    """Return the affine dichotomies of {0,1}^n and of {0,-1}^n, one after the other."""
    points = [[k >> i & 1 for i in range(n)] for k in range(1 << n)]
    return np.array(list(dichotomies([[1, *p] for p in points] + [[1, *(-c for c in p)] for p in points])), np.uint64)


def low_of(outputs: str) -> int:
    """Return the lower of the two values of a convention, 0 or -1."""
    return -1 if convention(outputs) == "pm1" else 0


def ternary_faces(n: int) -> list[np.ndarray]:
    """Return the affine dichotomies of {0,1}^(n-1) x {-1,0,1} as their tables where the last coordinate is -1, 0 and 1.

    Such a coordinate is y1 + y2 - 1 for two bits, so they are the threshold functions of n + 1 inputs with equal restrictions at
    (y1, y2) = (1, 0) and (0, 1); conversely the weights of such a function can be averaged.

    >>> [len(ternary_faces(n)[0]) for n in (1, 2, 3)]
    [6, 28, 298]
    """
    first, second, third, last = restrictions(threshold_list(_above(n) + 1), n - 1, 4)
    same = second == third
    return [first[same], second[same], last[same]]


def extended(tables: np.ndarray, m: int, n: int, *, first: int = 0) -> np.ndarray:
    """Return functions of m inputs as functions of n that read the inputs `first`, ..., `first` + m - 1 only.

    Raises BadInput if these are not among the n inputs.

    >>> extended(np.array([0b10], np.uint8), 1, 2, first=1).tolist()
    [12]
    """
    if not 0 <= first <= arity(n, limit=FACES_LIMIT) - m:
        raise BadInput(f"inputs {first} to {first + m - 1} are not among the {n} inputs, counted from 0")
    places = np.arange(1 << n) >> first & ((1 << m) - 1)
    bits = tables.astype(np.uint64)[:, None] >> places.astype(np.uint64) & np.uint64(1)
    return np.asarray((bits << np.arange(1 << n, dtype=np.uint64)).sum(axis=1, dtype=np.uint64).astype(word(n)))


def _above(n: int) -> int:
    if arity(n, limit=FACES_LIMIT) == 0:
        raise BadInput("arity 0 has no synapse: give n >= 1")
    return n


def restrictions(tables: np.ndarray, n: int, number: int) -> list[np.ndarray]:
    """Return the restrictions of functions to the first `number` values of the inputs above n, as tables of n inputs.

    >>> [half.tolist() for half in restrictions(np.array([0b1000], np.uint8), 1, 2)]
    [[0], [2]]
    """
    mask = tables.dtype.type(full_table(n))
    return [(tables >> tables.dtype.type(k << n) & mask).astype(word(n)) for k in range(number)]


def _joined(n: int, halves: list[np.ndarray]) -> np.ndarray:
    """Return the tables of n inputs with these restrictions to x_{n-1} = 0 and 1."""
    low, high = (half.astype(word(n)) for half in halves)
    return np.asarray(low | high << word(n).type(1 << (n - 1)))


def _reversed(tables: np.ndarray, n: int) -> np.ndarray:
    """Return x -> f(-x)."""
    for k in range(n):
        low = word(n).type(full_table(n) ^ input_table(n, k))
        shift = word(n).type(1 << k)
        tables = (tables & low) << shift | tables >> shift & low
    return tables
