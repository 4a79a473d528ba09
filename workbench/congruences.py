"""What the number T(n) of threshold functions must leave over on division: checks that a wrong count is unlikely to pass.

Powers of two. Functions that need all of k inputs come in orbits, under negating these inputs, of exactly 2^k, and so do self-dual
functions, of which there are T(k - 1). Summed over the sets of inputs this ties T(n) to T(0), .., T(n-1) modulo 2^n and 2^(n+1).
Odd primes. A p-group of permutations of the N = n + 1 inputs of self-dual functions, as many of them as T(n), keeps some and moves
the others in orbits whose sizes p divides. Those that it keeps have weights that are equal on each of its orbits on the inputs: for
orbits of sizes c_1, c_2, .. they are the regions of the vectors (j_1, j_2, ..) with j_i in {-c_i, -c_i + 2, .., c_i}. The Sylow
subgroup of all permutations leaves the fewest: a_i orbits of size p^i, where a_i are the digits of N to the base p.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import comb, gcd

from workbench.errors import BadInput, Rejected

Vectors = Sequence[tuple[int, ...]]
LIMIT = 11


@dataclass(frozen=True)
class Congruence:
    """T(n) leaves `residue` on division by `modulus`; `reason` says why."""

    n: int
    modulus: int
    residue: int
    reason: str

    def check(self, count: int) -> None:
        """Raise Rejected if a count leaves another residue.

        >>> Congruence(2, 3, 2, "three cycles").check(15)
        Traceback (most recent call last):
            ...
        workbench.errors.Rejected: T(2) = 15 leaves 0 on division by 3, not 2 (three cycles)
        """
        if (left := count % self.modulus) != self.residue:
            raise Rejected(f"T({self.n}) = {count} leaves {left} on division by {self.modulus}, not {self.residue} ({self.reason})")


def consistency(counts: Sequence[int]) -> tuple[Congruence, ...]:
    """Return the congruences between T(0), T(1), .., which the counts fulfil.

    Raises Rejected at the first count that does not fit those before it, BadInput if there are none or more than twelve.

    >>> [c.modulus for c in consistency([2, 4, 14])]
    [1, 2, 1, 2, 4, 2, 4, 8, 4, 3]
    >>> consistency([2, 4, 16])
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: T(2) = 16 leaves 0 on division by 4, not 2 (functions that need k inputs)
    """
    if not 1 <= len(counts) <= LIMIT + 1:
        raise BadInput(f"{len(counts)} counts are not from 1 to {LIMIT + 1}: give T(0), T(1), .. up to n = {LIMIT} at most")
    found = [c for n in range(len(counts)) for c in congruences(counts[:n])]
    for c in found:
        c.check(counts[c.n])
    return tuple(found)


def congruences(smaller: Sequence[int]) -> Iterator[Congruence]:
    """Yield what T(0), .., T(n-1) say of T(n).

    >>> [(c.residue, c.modulus) for c in congruences([2, 4, 14, 104])]
    [(10, 16), (26, 32), (10, 16), (1, 3), (2, 5)]
    """
    n = len(smaller)
    plain = sum(comb(n, k) * t for k, t in enumerate(smaller))
    dual = sum(comb(n + 1, k + 1) * t for k, t in enumerate(smaller))
    signed = sum((-1) ** (n - k) * comb(n, k) * t for k, t in enumerate(smaller))
    yield Congruence(n, 2**n, -plain % 2**n, "functions that need k inputs")
    yield Congruence(n, 2 ** (n + 1), -dual % 2 ** (n + 1), "self-dual functions that need k inputs")
    yield Congruence(n, 2**n, -signed % 2**n, "functions that need all inputs")
    for p in (3, 5, 7, 11):
        if p <= n + 1:
            orbits = _sylow_orbits(n + 1, p)
            yield Congruence(n, p, fixed_functions(orbits) % p, f"{p}-group with orbits of {', '.join(map(str, orbits))}")


def _sylow_orbits(points: int, p: int) -> tuple[int, ...]:
    """The sizes of the orbits of a Sylow p-subgroup of the permutations: powers of p, as many of each as the digit says."""
    sizes = (p**i for i in range(points) for _ in range(points // p**i % p))
    return tuple(sorted(sizes, reverse=True))


@lru_cache(maxsize=64)
def fixed_functions(orbits: tuple[int, ...]) -> int:
    """Return how many self-dual threshold functions a group of permutations keeps that has orbits of these sizes on the inputs.

    >>> fixed_functions((5,)), fixed_functions((3, 1)), fixed_functions((1, 1, 1, 1))
    (2, 8, 104)
    """
    return regions([*product(*(range(-size, size + 1, 2) for size in orbits))])


def regions(vectors: Vectors) -> int:
    """Return the number of regions into which the hyperplanes v.w = 0 cut the space of w, by deletion and restriction.

    Source: Zaslavsky 1975.

    >>> regions([(1, 0), (0, 1), (1, 1), (2, 2)]), regions([])
    (6, 1)
    """
    found = sorted({_primitive(v) for v in vectors if any(v)})
    if not found or len(found[0]) == 1:
        return 1 + len(found)
    if len(found[0]) == 3:  # each line of the projective plane counts the distinct points where earlier lines meet it
        return 2 + 2 * sum(len({_primitive(_cross(v, h)) for v in found[:i]}) for i, h in enumerate(found))
    return 1 + sum(regions([_restricted(v, h) for v in found[:i]]) for i, h in enumerate(found))


def _primitive(v: tuple[int, ...]) -> tuple[int, ...]:
    """The vector in lowest terms, its first entry that is not zero positive."""
    divisor = gcd(*v) if v > (0,) * len(v) else -gcd(*v)
    return tuple(x // divisor for x in v)


def _cross(v: tuple[int, ...], h: tuple[int, ...]) -> tuple[int, int, int]:
    (a, b, c), (x, y, z) = v, h
    return b * z - c * y, c * x - a * z, a * y - b * x


def _restricted(v: tuple[int, ...], h: tuple[int, ...]) -> tuple[int, ...]:
    """The hyperplane v within h, in the coordinates other than one where h is not zero."""
    pivot = next(k for k, x in enumerate(h) if x)
    return tuple(h[pivot] * x - v[pivot] * y for k, (x, y) in enumerate(zip(v, h, strict=True)) if k != pivot)
