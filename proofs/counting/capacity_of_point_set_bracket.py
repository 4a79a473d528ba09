"""How many affine dichotomies N points have, and what that says of subsets of a cube.

Says: N distinct points of R^n have from 2N to 2 (C(N-1,0) + ... + C(N-1,n)) dichotomies, at most 2 (eN/n)^n if N > n. For subsets
of a cube, log2 of that number is at least (log2 N)^2/16: derived here for n <= 16 only.
Idea: along a generic direction the points have an order, whose N + 1 prefixes and their complements are dichotomies.
Edges: 1 + log2 N exceeds (log2 N)^2/16 up to N = 2^16, so that no smaller set tests the second bound beyond the first.
"""

from itertools import combinations
from math import comb

from sympy import E, Heaviside, Integer, Symbol, log, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Cited,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Source,
    threshold_tables,
)

p, q, L, u = symbols("p q L u", real=True)
e = Symbol("e", positive=True)


def dichotomies(n, chosen):
    """The number of threshold functions on a set of points of the n-cube."""
    mask = sum(1 << k for k in chosen)
    return len({t & mask for t in threshold_tables(n)})


def extremes(n, size):
    """The least and the largest number of dichotomies of sets of this size."""
    counts = {dichotomies(n, chosen) for chosen in combinations(range(2**n), size)}
    return min(counts), max(counts)


def bracket(N, *, lower=0, upper=1):
    line = {tuple(sign * (x - cut) > 0 for x in range(N)) for sign in (1, -1) for cut in (k - Integer(1) / 2 for k in range(N + 1))}
    yield Case(f"N = {N} points of a line", len(line), 2 * N + lower, ">=")
    for n in (1, 2, 3):
        if N <= 2**n:
            least, most = extremes(n, N)
            yield Case(f"N = {N} points of the {n}-cube: lower", least, 2 * N + lower, ">=")
            yield Case(f"N = {N} points of the {n}-cube: upper", most, 2 * sum(comb(N - 1, k) for k in range(n + upper)), "<=")
            if N > n:
                yield Case(f"N = {N} points of the {n}-cube: power", most, 2 * (E * N / n) ** n, "<=")


def log_squared(n, *, divisor=16):
    for size in range(1, 2**n + 1):
        least, _ = extremes(n, size)
        yield Case(f"n = {n}, {size} points", log(least) / log(2), (log(size) / log(2)) ** 2 / divisor, ">=")


def squares(last=None, **changed):
    latex = r"C(S) \ge \frac{(\log_2 N)^2}{16},\quad S \subset \{0, 1\}^n,\ |S| = N"
    return ForEach.of(latex, lambda n: log_squared(n, **changed), first=1, last=last, costly_from=4)


NAME = "capacity_of_cube_subset_ge_log_squared"
CUBE = Source("baldi2019polynomial", "capacity of a set, lower bound", read=False)

FAMILY = (
    Entry(
        Claim(
            name="capacity_of_point_set_bracket",
            says="N points of R^n have 2N to 2 (C(N-1,0) + ... + C(N-1,n)) dichotomies, at most 2 (eN/n)^n if N > n.",
            statement=ForEach.of(
                r"2N \le \#(S) \le 2 \sum_{k \le n} \binom{N-1}{k},\ \le 2 \left(\frac{eN}{n}\right)^n \ (N > n)",
                bracket,
                first=1,
                index="N",
            ),
            hypotheses=("the N points are distinct, n >= 1", "units have a bias"),
            sources=(Source("cover1965geometrical", "with a bias", read=False), HERE),
            uses=("dichotomies_le_cover_sum",),
            topic="counting",
        ),
        (
            Derived.of(
                Identity.of(
                    Heaviside(q - (p + q) / 2, 0) * (1 - Heaviside(p - (p + q) / 2, 0)),
                    1,
                    given={q: p + e},
                    note="half-way between two neighbours of a direction, a threshold separates them",
                ),
                Hand("a generic direction gives N + 1 upper sets; with their complements 2 (N + 1) - 2 dichotomies"),
                Hand("a bias is a coordinate that is always 1, so the upper bound is Cover's in R^(n+1)"),
                Hand("the sum of C(N, k) (n/N)^n for k <= n is at most that of C(N, k) (n/N)^k for k <= N, (1 + n/N)^N <= e^n"),
            ),
            Certified(7),
            Control("2N + 1", ForEach.of("2N + 1", lambda N: bracket(N, lower=1), first=1, index="N")),
            Control("without the bias", ForEach.of("k < n", lambda N: bracket(N, upper=0), first=1, index="N"), upto=2),
        ),
    ),
    Entry(
        Claim(
            name=NAME,
            says="A set of N points of a cube has a capacity of at least (log2 N)^2/16 bits.",
            statement=squares(),
            sources=(CUBE,),
            topic="counting",
        ),
        (Certified(3), Cited(CUBE), Control("without the 16", squares(divisor=1), upto=2)),
    ),
    Entry(
        Claim(
            name=f"{NAME}_of_n_le_16",
            says="A set of N points of a cube of dimension at most 16 has a capacity of at least (log2 N)^2/16 bits.",
            statement=squares(last=16),
            hypotheses=("n <= 16, so that N <= 2^16",),
            sources=(HERE,),
            uses=("capacity_of_point_set_bracket",),
            topic="counting",
        ),
        (
            Derived.of(
                Identity.of(16 * (1 + L) - L**2, 16 + L * u, given={u: 16 - L}, note="L = log2 N and u are nonnegative"),
                Hand("so (log2 N)^2/16 <= 1 + log2 N = log2(2N)"),
            ),
            Certified(3),
            Control("without the 16", squares(divisor=1), upto=2),
        ),
    ),
)
