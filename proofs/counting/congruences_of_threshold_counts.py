"""What divides sums of threshold counts, and what T(n) is modulo a prime: checks that a wrong value would hardly pass.

Says: 2^n divides the sum of C(n,k) T(k), the sum of C(n,k) T(k-1), k >= 1, and the number of threshold functions that need all n
inputs; modulo an odd prime p, T(n) is the number of regions of a small arrangement, 2 for n = p - 1.
Idea: the 2^n negations of inputs move functions that need all inputs freely; a permutation of order p moves the others in p's.
Edges: T(n) = 2 modulo n + 1 is false at n = 3; the second sum at n + 1 fixes T(n) modulo 2^(n+1) from the smaller counts.
"""

from functools import cache
from itertools import product
from math import comb, factorial, gcd, prod

from sympy import Abs, Symbol, isprime

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForEach,
    H,
    Hand,
    Identity,
    threshold_tables,
)
from workbench.classes import input_table
from workbench.regular import opposite, self_dual_regular_functions

s, w = Symbol("s", real=True), Symbol("w", positive=True)
ORBITS = "regular_self_dual_eq_threshold_up_to_eight"


@cache
def threshold_functions(n):
    """T(n) for n <= 7, by the orbits of the regular self-dual functions of n + 1 variables: Chow parameters show ties."""
    N, total = n + 1, 0
    for table in self_dual_regular_functions(N):
        chow = [(table & input_table(N, i)).bit_count() - (1 << N - 2 if N > 1 else 0) for i in range(N)]
        ties = [chow.count(c) for c in set(chow)]
        total += 2 ** (N - chow.count(0)) * factorial(N) // prod(map(factorial, ties))
    return total


def central_regions(vectors, dim):
    """The regions of the hyperplanes orthogonal to vectors, by 1 + the sum of the regions of each among the earlier ones."""
    planes = list(dict.fromkeys(map(primitive, vectors)))
    if dim <= 2:
        return max(1, 2 * len(planes)) if dim == 2 else 1 + bool(planes)
    return 1 + sum(central_regions([restricted(v, h) for v in planes[:i]], dim - 1) for i, h in enumerate(planes))


def primitive(vector):
    scale = gcd(*vector) * (1 if next(v for v in vector if v) > 0 else -1)
    return tuple(v // scale for v in vector)


def restricted(vector, normal):
    """The vector on the hyperplane of the normal, in the coordinates other than the normal's first non-zero one."""
    pivot = next(i for i, h in enumerate(normal) if h)
    return tuple(v * normal[pivot] - vector[pivot] * h for i, (v, h) in enumerate(zip(vector, normal, strict=True)) if i != pivot)


def fixed_regions(N, p, q):
    """The regions that q cycles of length p fix: weights are equal on each cycle, where the inputs add up to -p, -p + 2, ..., p."""
    return central_regions(product(*[range(-p, p + 1, 2)] * q, *[(-1, 1)] * (N - p * q)), q + N - p * q)


def congruent_cases(n, *, more=0):
    for p in filter(isprime, range(3, n + 2)):
        for q in range((n + 1) // p, 0, -1):
            if q + n + 1 - p * q <= 4:
                label = f"n = {n}, p = {p}, {q} cycles: T(n) - fixed regions, modulo p"
                yield Case(label, (threshold_functions(n) + more - fixed_regions(n + 1, p, q)) % p, 0)
    if isprime(n + 1):
        yield Case(f"n = {n}: T(n) modulo n + 1", (threshold_functions(n) + more - 2) % (n + 1), 0)
    yield Case(f"n = {n}: T(n) modulo 2", (threshold_functions(n) + more) % 2, 0)


def any_modulus(n, *, primes=False):
    if not primes or isprime(n + 1):
        yield Case(f"n = {n}: T(n) - 2 modulo n + 1", (threshold_functions(n) - 2) % (n + 1), 0)


def integral_sums(n, count):
    """The three sums, before division by 2^n."""
    return (
        sum(comb(n, k) * count(k) for k in range(n + 1)),
        sum(comb(n, k) * count(k - 1) for k in range(1, n + 1)),
        sum((-1) ** (n - k) * comb(n, k) * count(k) for k in range(n + 1)),
    )


def up_to_negations(tables, n):
    """How many functions there are up to negating inputs: exchange the two halves that an input splits a table in."""
    left, number = set(tables), 0
    while left:
        orbit = {left.pop()}
        for i in range(n):
            high = input_table(n, i)
            orbit |= {(t & high) >> (1 << i) | (t & ~high) << (1 << i) for t in orbit}
        left -= orbit
        number += 1
    return number


def needs_all(table, n):
    return all((table & input_table(n, i)) >> (1 << i) != table & ~input_table(n, i) for i in range(n))


def divisible_cases(n, *, bits=0, more=0, at=None):
    found = integral_sums(n, lambda k: threshold_functions(k) + (more if k == at else 0))
    for name, total in zip(("T(k)", "T(k-1)", "needing all inputs"), found, strict=True):
        yield Case(f"n = {n}: sum of {name} modulo 2^{n + bits}", total % 2 ** (n + bits), 0)
    if n <= 4:
        tables = threshold_tables(n)
        odd = {t for t in tables if opposite(t, n) ^ t == (1 << (1 << n)) - 1}
        sets = tables, odd, {t for t in tables if needs_all(t, n)}
        quotients = tuple(total >> n for total in found)
        yield Case(
            f"n = {n}: functions, self-dual, needing all, up to negations", quotients, tuple(up_to_negations(t, n) for t in sets)
        )


def entry(name, says, latex, cases, *evidence, first=0, last=None, costly=8, uses=(ORBITS,)):
    statement = ForEach.of(latex, cases, first=first, last=last, costly_from=costly)
    return Entry(Claim(name, says, statement, sources=(HERE,), uses=uses, topic="counting"), evidence)


def false(what, cases, upto, first=0):
    return Control(what, ForEach.of(what, cases, first=first), upto=upto)


SUMS = r"2^n \,\Big|\, \sum_k \binom nk T(k),\ \sum_{k \ge 1} \binom nk T(k-1),\ \sum_k (-1)^{n-k} \binom nk T(k)"
FAMILY = (
    entry(
        "threshold_count_divisible_sums",
        "2^n divides the binomial sums of T(k), of T(k-1), and the number of threshold functions that need all n inputs.",
        SUMS,
        divisible_cases,
        Derived.of(
            Identity.of(Abs(H(s + w) - H(s - w)), H(s + w) - H(s - w), note="an input with a positive weight acts upwards"),
            Hand("so a threshold function that needs x_i has c_i != 0; negating some inputs that it needs changes such a c_i"),
            Hand("the 2^n negations move the D(n) functions, or self-dual ones, that need all n inputs freely: 2^n divides D(n)"),
            Hand("T(k) = sum of C(k,j) D(j), hence the sum of C(n,k) T(k) is that of C(n,j) D(j) 2^(n-j); likewise for T(k-1)"),
        ),
        Certified(7),
        false("T(7) + 2 in place of T(7)", lambda n: divisible_cases(n, more=2, at=7), 7, first=7),
        false("2^(n+1)", lambda n: divisible_cases(n, bits=1), 2),
        uses=("self_dual_count_eq_threshold_count",),
    ),
    entry(
        "threshold_count_congruent_fixed_points",
        "Modulo an odd prime p, T(n) is the number of regions with weights equal on q cycles of p variables; T(p-1) = 2.",
        r"T(n) \equiv R\{(j_1, \ldots, j_q, \pm 1, \ldots, \pm 1)\},\ |j_i| \le p;\quad T(p-1) \equiv 2 \pmod p",
        congruent_cases,
        Derived.of(
            Hand("q disjoint cycles of length p act on the regions of n + 1 variables in orbits of 1 or p"),
            Hand("a region that they fix has weights equal on each cycle, the means over it: a region of the restriction"),
        ),
        Certified(7),
        false("T(7) + 2 in place of T(7)", lambda n: congruent_cases(n, more=2), 7, first=7),
        first=2,
    ),
    entry(
        "threshold_count_congruent_two_mod_n_plus_one",
        "T(n) leaves the remainder 2 on division by n + 1.",
        r"T(n) \equiv 2 \pmod{n + 1}",
        any_modulus,
        Certified(2),
        Counterexample(at=3),
        false("modulo (n + 1)^2", lambda n: [Case(f"n = {n}", (threshold_functions(n) - 2) % (n + 1) ** 2, 0)], 2),
        costly=3,
    ),
)
