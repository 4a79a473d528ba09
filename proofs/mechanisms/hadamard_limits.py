"""The power (1 + x/F)^F of affine features against the exponential, and its weights against softmax.

Says: weights differ from softmax by at most 2/F for scores in [-1, 1]; for x >= 0 the power grows to e^x, for x = -10 the error
grows from one factor to two; two factors have half of the second-order term of e^x.
Idea: x - F log(1 + x/F) has the slope x/(F + x).
Edges: F = 1 at x = -1 gives a weight 0; negative scores beyond F.
"""

from sympy import Rational, diff, exp, log, series, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Enclosed,
    Entry,
    ForAll,
    ForEach,
    Hand,
    Identity,
    Source,
    enclosed_sign,
)
from workbench.evidence import BALLS

x, t = symbols("x t", real=True)
F_, u = symbols("F u", positive=True)
ABSTRACT = Source("ackermann2026hadamard", "abstract", read=True)
GIVEN = "A_ij = prod_f phi_f(q_i).psi_f(k_j), our reconstruction"
SCORES = ((0, 1), (-1, 1), (Rational(1, 2), 0, -1))
NONNEGATIVE = (0, Rational(1, 2), 1, 3)
NEGATIVE = (Rational(-1, 2), -1, -2, -4)


def near_softmax(factors, *, over=1):
    """Weights (1 + x/F)^F over their sum against softmax of scores in [-1, 1]."""
    for scores in SCORES:
        powers = [(1 + Rational(s) / factors) ** factors for s in scores]
        for i, s in enumerate(scores):
            gap = powers[i] / sum(powers) - exp(s) / sum(map(exp, scores))
            for sign in (1, -1):
                yield Case(f"F = {factors}, scores {scores}, weight {i}, {sign:+d}", sign * gap, Rational(2, factors**over), "<=")


def errors(factors, *, score=-10):
    """|(1 + x/F)^F - e^x| at F + 1 factors against F, at one score, squared."""
    before, after = ((1 + Rational(score, f)) ** f - exp(score) for f in (factors, factors + 1))
    yield Case(f"x = {score}, F = {factors + 1} against {factors}: squared error", after**2 - before**2, 0, "<=")


def growing(factors, *, scores=NONNEGATIVE):
    """The powers grow with F and stay below e^x."""
    for score in scores:
        before, after = ((1 + Rational(score) / f) ** f for f in (factors, factors + 1))
        yield Case(f"x = {score}, F = {factors}: next power", after, before, ">=")
        yield Case(f"x = {score}, F = {factors}: below e^x", exp(score), after, ">=")


def claim(name, says, statement, *hypotheses, source=ABSTRACT):
    return Claim(name, says, statement, hypotheses=(GIVEN, *hypotheses), sources=(source,), topic="mechanisms")


FAMILY = (
    Entry(
        claim(
            "softmax_approximated_hla_of_many_factors",
            "The weights (1 + x/F)^F over their sum tend to softmax weights: they differ by at most 2/F for scores in [-1, 1].",
            ForEach.of(r"\bigl|w_j - P_j\bigr| \leq 2/F", near_softmax, first=2, index="F", costly_from=40),
            "affine features; scores in [-1, 1], F >= 2 (for other bounded scores a constant over F, from some F on)",
        ),
        (
            Derived.of(
                Identity.of(1 - F_ / (F_ + t), t / (F_ + t), note="the slope in t of t - F log(1 + t/F)"),
                Hand("so x - F log(1 + x/F) lies in [0, x^2 / (2 (F - |x|))], at most 1/F for |x| <= 1, F >= 2"),
                Hand("weights change by factors between e^(-1/F) and e^(1/F), so by less than 2/F; for |x| <= s, F > s likewise"),
            ),
            Enclosed(8, enclosed_sign, BALLS, full=30),
            Control("2 / F^4", ForEach.of("2/F^4", lambda f: near_softmax(f, over=4), first=2), upto=12),
        ),
    ),
    Entry(
        claim(
            "softmax_error_decreasing_in_f_hla",
            "For every score x, |(1 + x/F)^F - e^x| does not grow with F.",
            ForEach.of(r"|(1+x/(F+1))^{F+1} - e^x| \leq |(1+x/F)^F - e^x|", errors, first=1, index="F"),
            "x = -10, kernel before normalisation",
            source=HERE,
        ),
        (Counterexample(at=1), Control("x = -20", ForEach.of("x = -20", lambda f: errors(f, score=-20), first=1))),
    ),
    Entry(
        claim(
            "softmax_error_decreasing_in_f_hla_of_nonnegative_scores",
            "For every score x >= 0, (1 + x/F)^F grows with F and stays below e^x.",
            ForEach.of(r"(1+x/F)^F \leq (1+x/(F+1))^{F+1} \leq e^x", growing, first=1, index="F", costly_from=9),
            "x = 0, 1/2, 1, 3 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    (1 - t / (F_ + 1)) - (1 - t / F_),
                    t / (F_ * (F_ + 1)),
                    note="factors of the coefficient of x^k / k!, t = 0..k-1",
                ),
                Hand("so each coefficient of the power grows with F, towards the 1 that it has in e^x"),
            ),
            Certified(4),
            Control("x = -10", ForEach.of("x = -10", lambda f: growing(f, scores=(-10,)), first=2), upto=3),
        ),
    ),
    Entry(
        claim(
            "softmax_error_decreasing_in_f_hla_of_at_least_as_many_factors_as_minus_score",
            "For every score x and from F >= -x on, (1 + x/F)^F grows with F and stays below e^x: the error does not grow.",
            ForEach.of(
                r"x \geq -F \Rightarrow (1+x/F)^F \leq (1+x/(F+1))^{F+1} \leq e^x",
                lambda f: growing(f, scores=[score for score in NEGATIVE if score >= -f]),
                first=1,
                index="F",
                costly_from=9,
            ),
            "kernel before normalisation; x = -1/2, -1, -2, -4, where F is at least -x, in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    diff(log(u) - 1 + 1 / u, u),
                    (u - 1) / u**2,
                    note="u = 1 + x/F > 0: the slope in F of F log(1 + x/F) is log(u) - (u - 1)/u",
                ),
                Hand("so that slope is least at u = 1, where it is 0: the power grows with F, to its limit e^x; at x = -F it is 0"),
            ),
            Certified(4),
            Control("x = -10", ForEach.of("x = -10", lambda f: growing(f, scores=(-10,)), first=2), upto=3),
        ),
    ),
    Entry(
        claim(
            "two_equal_factors_eq_second_order_taylor_hla",
            "(1 + x/2)^2 is the Taylor polynomial of e^x of second order.",
            ForAll.of(Identity.of((1 + x / 2) ** 2, series(exp(x), x, 0, 3).removeO())),
            "affine features, F = 2",
            source=HERE,
        ),
        (Counterexample(), Control("the cube", Identity.of((1 + x / 3) ** 3, series(exp(x), x, 0, 4).removeO()))),
    ),
    Entry(
        claim(
            "two_equal_factors_eq_first_order_taylor_plus_quarter_square_hla",
            "(1 + x/2)^2 is 1 + x + x^2/4: of the second-order term of e^x it has one half.",
            ForAll.of(Identity.of((1 + x / 2) ** 2, 1 + x + x**2 / 4)),
            source=HERE,
        ),
        (Derived(), Control("1 + x + x^2/2", Identity.of((1 + x / 2) ** 2, 1 + x + x**2 / 2))),
    ),
)
