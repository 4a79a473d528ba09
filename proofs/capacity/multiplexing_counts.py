"""How many functions one attended threshold unit computes with one attending unit.

Says: T(n-1)^2 <= #MUX(n) <= T(n) T(n+1)/2, and <= T(n) Cov(n, n+2). MUX(n) is the set of f_1 OR (g AND f_2) with threshold
functions g and f_1 <= f_2, f_1 and f_2 of equal weights.
Idea: H(s(x) + a g(x)) is a threshold function of n + 1 inputs at (x, g(x)); flipping that input and negating g gives it back.
Edges: at n = 3 multiplexing computes all 256 functions; the lower bound is 196 there. The leading term 2 n^2
of both bounds needs log2 T(n) = n^2 (1 + o(1)), which is cited and not derived.
"""

from math import comb

from sympy import Abs, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForAll,
    ForEach,
    H,
    Hand,
    Identity,
    threshold_count,
    threshold_tables,
)
from workbench.classes import faces, full_table, multiplexing

p, q, K, t, s, g = symbols("p q K t s g", real=True)
a, e = symbols("a e", positive=True)


def functions(n):
    return multiplexing(threshold_tables(n), threshold_tables(n + 1), n)


def below(n, *, selectors=1):
    yield Case(f"n = {n}", threshold_count(n - selectors).count ** 2, len(functions(n)), "<=")


def above(n, *, share=2):
    count, found = threshold_count(n).count, len(functions(n))
    yield Case(f"n = {n}: T(n) T(n+1)/2", share * found, count * threshold_count(n + 1).count, "<=")
    yield Case(f"n = {n}: T(n) Cov(n, n+2)", found, count * 2 * sum(comb(2**n - 1, k) for k in range(n + 2)), "<=")


def parallel(n, *, swapped=False):
    """The functions f_1 OR (g AND f_2): the two faces of a threshold function of n + 1 inputs have equal weights."""
    pairs = {(low, high) for low, high in faces(threshold_tables(n + 1), n) if low & ~high & full_table(n) == 0}
    built = frozenset(low & g if swapped else low | g & high for low, high in pairs for g in threshold_tables(n))
    yield Case(f"n = {n}", functions(n), built)


def split(sign, gate):
    """H(s + sign a g) through two thresholds with the same weights; `gate` is g or its negation."""
    low, high = (s, s + a) if sign > 0 else (s - a, s)
    return Identity.of(
        H(s + sign * a * g), 1 - (1 - H(low)) * (1 - gate * H(high)), where={g: "bit"}, note=f"weight {'+' if sign > 0 else '-'}a"
    )


FAMILY = (
    Entry(
        Claim(
            name="multiplexing_count_lower_bound",
            says="One attending and one attended threshold unit of n inputs compute at least T(n-1)^2 functions.",
            statement=ForEach.of(r"T(n-1)^2 \le \#MUX(n)", below, first=1),
            sources=(HERE,),
            uses=("multiplexing_stores_two_functions",),
            topic="capacity",
        ),
        (
            Derived.of(
                Identity.of(
                    H(p - K * t + 2 * K * H(q - K * (1 - t))),
                    (1 - t) * H(p) + t * H(q),
                    where={t: "bit"},
                    given={K: Abs(p) + Abs(q) + e},
                    note="p on the face t = 0 and q on t = 1",
                ),
                Hand("different pairs of stored functions of n - 1 inputs give functions that differ on one of the two faces"),
            ),
            Certified(3),
            Control("no selector: T(n)^2", ForEach.of("T(n)^2", lambda n: below(n, selectors=0), first=1)),
        ),
    ),
    Entry(
        Claim(
            name="multiplexing_count_upper_bound",
            says="One attending and one attended unit compute at most T(n) T(n+1)/2 functions, and at most T(n) Cov(n, n+2).",
            statement=ForEach.of(
                r"\#MUX(n) \le \frac{T(n)\, T(n+1)}{2},\ \#MUX(n) \le T(n) \operatorname{Cov}(n, n+2)", above, first=0
            ),
            sources=(HERE,),
            uses=("capacity_le_n_bits_per_parameter",),
            topic="capacity",
        ),
        (
            Derived.of(
                Identity.of(
                    H(s + q * g), H((s + q) - q * (1 - g)), where={g: "bit"}, note="flip the input that g feeds, and negate g"
                ),
                Hand("F = Phi(x, g(x)), Phi one of T(n+1) functions; no g is its negation, so every F has two pairs (Phi, g)"),
                Hand("given g, the attended unit has n + 2 parameters on 2^n points: Cov(n, n+2)"),
            ),
            Certified(3),
            Control("a sixteenth in place of a half", ForEach.of("1/16", lambda n: above(n, share=16), first=0), upto=2),
        ),
    ),
    Entry(
        Claim(
            name="multiplexing_eq_two_parallel_thresholds",
            says="MUX(n) is the set of f_1 OR (g AND f_2) with two thresholds f_1 <= f_2 of the same weights.",
            statement=ForAll.of(
                split(1, g), split(-1, 1 - g), Identity.of(H(s), 1 - (1 - H(s)) * (1 - g * H(s)), where={g: "bit"}, note="a = 0")
            ),
            hypotheses=(
                "g is 0 or 1; a > 0, a negative weight -a negates g, and a = 0 is f_1 = f_2",
                "f_1 = H(s), f_2 = H(s + a), or f_1 = H(s - a), f_2 = H(s)",
            ),
            sources=(HERE,),
            topic="capacity",
        ),
        (
            Derived(),
            Certified(3, of=ForEach.of(r"MUX(n) = \{f_1 \vee (g \wedge f_2)\}", parallel, first=0)),
            Control("f_2 below f_1", Identity.of(H(s + a * g), 1 - (1 - H(s)) * (1 - g * H(s - a)), where={g: "bit"})),
            Control("f_1 AND g", ForEach.of("AND", lambda n: parallel(n, swapped=True), first=2), upto=3),
        ),
    ),
)
