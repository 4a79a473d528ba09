"""Scores of the value-softmax flow grow more unequal: partial sums, the last score and the entropy move one way.

Says: while u and s fall in the same order, s_0 + ... + s_{k-1} never falls, so that s_{p-1} and the entropy never grow.
Idea: s_j' = s_j (w_j - mean of w) with w_j = s_j (u_j - mean of u), which falls while it is positive and is negative from then on.
Edges: equal u, where nothing moves; p = 2; a score in the middle, which may grow and fall.
"""

from itertools import product

from sympy import Integer, Rational, log, symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Enclosed, Entry, ForEach, Hand, Identity, enclosed_sign
from workbench.evidence import BALLS

x, y, w, u, A, C = symbols("x y w u A C", real=True)
ORDERED = "u and s in falling order, as 3.1 keeps them, and 3.4 from u(0) = 0 on; the clock in the place of time"


def states(p):
    """Scores in proportion to falling integers and falling u, with their rates in the clock: J (J u)."""
    for tops, steps in product(product(range(1, 4), repeat=p - 1), product((1, 5), repeat=p - 1)):
        heights = [sum(tops[j:]) + 1 for j in range(p)]
        s = [Rational(height, sum(heights)) for height in heights]
        falling = [sum(steps[j:]) for j in range(p)]
        yield f"s in proportion to {heights}, u = {falling}", s, centred(s, centred(s, falling))


def centred(s, values):
    """s_j times value j less the mean of values under s: J times the values."""
    mean = sum(a * b for a, b in zip(s, values, strict=True))
    return [a * (b - mean) for a, b in zip(s, values, strict=True)]


def partial_sums(p, *, first=0):
    for label, _, rates in states(p):
        for k in range(1, p):
            yield Case(f"{label}: rate of s[{first}] + ... + s[{k - 1 + first}]", sum(rates[first : first + k]), 0, ">=")


def last_scores(p, *, place=-1):
    for label, _, rates in states(p):
        yield Case(f"{label}: rate of s[{place % p}]", rates[place], 0, "<=")


def entropies(p, *, sign=1):
    """The rate of the entropy, - sum_j s_j' log s_j, for two heights of each score."""
    for label, s, rates in states(p):
        rate = -sum((r * log(a) for r, a in zip(rates, s, strict=True)), Integer(0))
        yield Case(f"{label}: rate of the entropy", sign * rate, 0, "<=")


def claim(name, says, statement, *, uses=()):
    return Claim(name, says, statement, hypotheses=(ORDERED,), sources=(HERE,), uses=uses, topic="mechanisms")


KEPT = "order_of_u_and_s_preserved"
SPLIT = Identity.of(
    A * (x - w),
    A * C * (x - y),
    given={w: A * x + (1 - A) * y, C: 1 - A},
    note="the rate of a partial sum: A its mass; x, y, w the means of w_j under s over it, over the rest and over all",
)

FAMILY = (
    Entry(
        claim(
            "partial_sums_of_sorted_scores_nondecreasing",
            "s_0 + ... + s_{k-1} never falls, for each k.",
            ForEach.of(r"\dot s_0 + \dots + \dot s_{k-1} \geq 0", partial_sums, first=2, index="p", costly_from=4),
            uses=(KEPT,),
        ),
        (
            Derived.of(
                SPLIT,
                Hand("where w is positive it falls, as a product of two that do: there the first k have the larger mean"),
                Hand("beyond, the rest have a mean <= 0, and the first k one >= 0: sums of the first w_j are >= 0, and s falls"),
            ),
            Certified(3),
            Control("without the first", ForEach.of("1", lambda p: partial_sums(p, first=1), first=3)),
        ),
    ),
    Entry(
        claim(
            "last_score_nonincreasing",
            "s_{p-1} never grows.",
            ForEach.of(r"\dot s_{p-1} \leq 0", last_scores, first=2, index="p", costly_from=4),
            uses=("partial_sums_of_sorted_scores_nondecreasing",),
        ),
        (
            Derived.of(
                Identity.of(A - u, 1 - C - u, given={A: 1 - C}, note="the last score is 1 less the sum C of the others"),
                Hand("that sum never falls"),
            ),
            Certified(3),
            Control("the first score", ForEach.of("0", lambda p: last_scores(p, place=0), first=2)),
        ),
    ),
    Entry(
        claim(
            "entropy_nonincreasing",
            "The entropy - sum_j s_j log s_j never grows.",
            ForEach.of(r"-\textstyle\sum_j \dot s_j \ln s_j \leq 0", entropies, first=2, index="p", costly_from=3),
            uses=("partial_sums_of_sorted_scores_nondecreasing",),
        ),
        (
            Derived.of(
                Identity.of(
                    A * x + C * y + (u - A - C) * w,
                    A * (x - y) + (A + C) * (y - w) + u * w,
                    note="p = 3; x, y, w = log s_j, A, C rates, u = 0 their sum: differences times partial sums",
                ),
                Hand("log s_j falls with j, and partial sums never fall: so sum_j s_j' log s_j >= 0; likewise for any p"),
            ),
            Enclosed(2, enclosed_sign, BALLS, full=3),
            Control("the other sign", ForEach.of("-", lambda p: entropies(p, sign=-1), first=2)),
        ),
    ),
)
