"""How large integer weights of threshold functions must be, for few inputs, and Muroga's bound.

Says: the least possible largest weight, bias included, is at most 1, 1, 1, 2, 3, 5, 9, 18 for n = 0..7 inputs -1, 1, and reached;
the least possible sum of all weights is at most 1, 3, 5, 9, 17, 35 for n = 1..6; a weight is always at most (n+1)^((n+1)/2) / 2^n.
Idea: all integer weights w_1 >= ... >= w_N >= 0 up to a bound without ties give all classes from some bound on; a vertex of the
polyhedron of weights is a quotient of determinants of signs, and 2^n divides those.
Edges: with one less, functions are missed; without the 2^n the bound is far from the truth.
"""

from functools import cache
from itertools import count

from sympy import symbols

from workbench import HERE, Case, Certified, Cited, Claim, Control, Derived, Entry, ForEach, Hand, Identity, Prose, Source
from workbench.regular import self_dual_regular_functions

a, b, c, e = symbols("a b c e", real=True)
MUROGA = Source("muroga1971threshold", "largest weights and the bound by determinants", read=False)
HASTAD = Source("hastad1994size", "main theorem", read=False)
TOTALS = (1, 1, 3, 5, 9, 17, 35)
LARGEST = (1, 1, 1, 2, 3, 5, 9, 18)


def signed_sums(sums, last, left):
    """The sums w_1 +- w_2 +- ... for all further weights from `last` down to 0, as lists."""
    if not left:
        yield sums
        return
    for w in range(last + 1):
        yield from signed_sums([s + t for s in sums for t in (w, -w)], w, left - 1)


@cache
def least_bounds(N):
    """For each self-dual threshold function with weights in falling order, the least bound on them.

    There are no more than the regular self-dual functions, so the search ends when it has found as many.
    """
    found = {}
    for largest in count(1):
        for sums in signed_sums([largest], largest, N - 1):
            if all(sums):
                found.setdefault(bytes(s > 0 for s in sums), largest)
        if len(found) == len(self_dual_regular_functions(N)):
            return found


def sums_of_total(sums, last, left, total):
    """The sums w_1 +- w_2 +- ... for all further weights from `last` down to 0 that add up to `total`, as lists."""
    if not left:
        yield sums
        return
    for w in range(-(-total // left), min(last, total) + 1):
        yield from sums_of_total([s + t for s in sums for t in (w, -w)], w, left - 1, total - w)


@cache
def least_totals(N):
    """For each self-dual threshold function with weights in falling order, the least sum of them."""
    found = {}
    for total in count(1):
        for sums in sums_of_total([0], total, N, total):
            half = sums[: len(sums) // 2]
            if all(half):
                found.setdefault(bytes(s > 0 for s in half), total)
        if len(found) == len(self_dual_regular_functions(N)):
            return found


def total_cases(n, *, less=0):
    yield Case(f"n = {n}: largest minimal total", max(least_totals(n + 1).values()), TOTALS[n] - less)


def small_cases(n, *, less=0):
    bounds = least_bounds(n + 1).values()
    yield Case(f"n = {n}: largest minimal weight", max(bounds), LARGEST[n] - less)


def muroga_cases(n, *, divisor=4):
    """The squares of both sides, times 4^n."""
    yield Case(f"n = {n}: 4^n w^2", divisor**n * max(least_bounds(n + 1).values()) ** 2, (n + 1) ** (n + 1), "<=")


def stated(latex, cases, *, last=None):
    return ForEach.of(latex, cases, first=0, last=last, costly_from=7)


SMALL = r"\max_f \min_w \max_i |w_i| = 1, 1, 1, 2, 3, 5, 9, 18 \text{ for } n = 0, \ldots, 7"
FAMILY = (
    Entry(
        Claim(
            "minimal_weights_small",
            "The largest minimal weight, bias included, is 1, 1, 1, 2, 3, 5, 9, 18 for n = 0..7 inputs -1, 1.",
            stated(SMALL, small_cases, last=7),
            hypotheses=("integer weights and bias, inputs -1, 1, no activation 0",),
            sources=(MUROGA, HERE),
            topic="counting",
        ),
        (Certified(6, full=7), Control("one less", ForEach.of("one less", lambda n: small_cases(n, less=1), first=3), upto=5)),
    ),
    Entry(
        Claim(
            "minimal_total_weights_small",
            "The largest minimal sum of weights, bias included, is 1, 3, 5, 9, 17, 35 for n = 1..6 inputs -1, 1.",
            ForEach.of(r"\max_f \min_w \sum_i |w_i| = 1, 3, 5, 9, 17, 35", total_cases, first=1, last=6, costly_from=7),
            hypotheses=("integer weights and bias, inputs -1, 1, no activation 0",),
            sources=(Source("oeisA003217", "n = 1..6 of the listing", read=True), HERE),
            topic="counting",
        ),
        (Certified(6), Control("one less", ForEach.of("one less", lambda n: total_cases(n, less=1), first=3), upto=5)),
    ),
    Entry(
        Claim(
            "minimal_weights_le_muroga_bound",
            "Every threshold function of n inputs -1, 1 has integer weights and bias of at most (n+1)^((n+1)/2) / 2^n.",
            stated(r"\min_w \max_i |w_i| \le 2^{-n} (n+1)^{(n+1)/2}", muroga_cases),
            sources=(MUROGA, HERE),
            topic="counting",
        ),
        (
            Derived.of(
                Hand(
                    "the weights with f(x) w.x >= 1 at all points form a polyhedron without a line: at a vertex A w = (1, ..., 1)"
                ),
                Hand("A is an invertible matrix of signs f(x) x of order n + 1; by Cramer w_i = det A_i / det A, A_i of signs too"),
                Identity.of((a - b) ** 3, 4 * (a - b), where={a: "sign", b: "sign"}, note="two rows of signs differ by 0 or +-2"),
                Hand("so 2^n divides both determinants, and w det A / 2^n are integers with activations of at least 1"),
                Identity.of(
                    (a * b - c * e) ** 2 + (a * c + b * e) ** 2,
                    (a**2 + e**2) * (b**2 + c**2),
                    note="Hadamard for two rows: the determinant is at most the product of the lengths",
                ),
                Hand("|det A_i| is at most the product of the lengths of its rows, (n+1)^((n+1)/2), by Hadamard"),
            ),
            Certified(6),
            Control("8^n in place of 4^n", stated("8", lambda n: muroga_cases(n, divisor=8)), upto=5),
        ),
    ),
    Entry(
        Claim(
            "weights_of_size_n_to_half_n_needed",
            "Some threshold functions of n inputs need integer weights of 2^((n log2 n)/2 - O(n)).",
            Prose(r"\max_f \min_w \max_i |w_i| \ge 2^{\frac12 n \log_2 n - O(n)}"),
            sources=(HASTAD,),
            topic="counting",
        ),
        (Cited(HASTAD),),
    ),
)
