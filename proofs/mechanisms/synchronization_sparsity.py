"""How many weights of selective synchronization attention are not zero.

Says: for uniform frequencies the share is 1/n + (1 - 1/n)(x - x^2/4) with x = K r J / Omega, half of what is printed at small x,
and 10 % at x = 1/10; its leading term depends on the density; at both initialisations hardly a pair is locked.
Idea: areas in the square of two frequencies; Chebyshev's inequality for 64 coordinates.
Edges: the diagonal is always locked, which counts at small n.
"""

from fractions import Fraction
from functools import partial

from sympy import Rational, Symbol, cos, exp, integrate, pi, symbols

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
    ForEach,
    Hand,
    Identity,
    Source,
    enclosed_sign,
)
from workbench.evidence import BALLS

t, x, y, g, g_0 = symbols("t x y g g_0", real=True)
HAYS = Source("hays2026synchronization", "eqs. 2-21, appendices A, B", read=True)


def locked_fraction(ratio):
    """The chance that two uniform frequencies on [-1, 1] differ by at most `ratio`: an integral of lengths."""
    z = Symbol("z", real=True)
    edge = abs(1 - ratio)  # from here on the interval around z leaves [-1, 1] on one side
    return (integrate(min(2 * ratio, Rational(2)) + 0 * z, (z, 0, edge)) + integrate(1 - z + ratio, (z, edge, 1))) / 2


def uniform_fraction(n, *, quadratic=Fraction(-1, 4)):
    for ratio in (Rational(0), Rational(1, 10), Rational(1, 2), Rational(1), Rational(3, 2), Rational(2)):
        got = Rational(1, n) + (1 - Rational(1, n)) * locked_fraction(ratio)
        yield Case(f"n = {n}, delta/Omega = {ratio}", got, Rational(1, n) + (1 - Rational(1, n)) * (ratio + quadratic * ratio**2))


def leading(density):
    """The leading coefficient 2 int g^2 in delta, Omega = 1, of an even density on [-1, 1]."""
    return 2 * integrate(2 * density**2, (y, 0, 1))


UNIFORM, TRIANGLE = Rational(1, 2) + 0 * y, 1 - y
SMALL = 1 - (2 - x) ** 2 / 4


def printed_coefficients(density=UNIFORM):
    yield Case(f"density {density} on [-1, 1]: coefficient of delta/Omega", leading(density), 2)


def same_leading(*, other=TRIANGLE):
    yield Case(f"densities 1/2 and {other} for |omega| <= 1: coefficient of delta/Omega", leading(UNIFORM), leading(other))


def near_fraction(n, *, value=Fraction(19, 100)):
    got = Rational(1, n) + (1 - Rational(1, n)) * locked_fraction(Rational(1, 10))
    for sign in (1, -1):
        yield Case(f"n = {n}: distance from {value}, {sign:+d}", sign * (got - value), Rational(1, 100), "<=")


def coherence(variance):
    """r of many Gaussian phases of this variance."""
    for bound, relation in ((Fraction(842, 1000), ">="), (Fraction(852, 1000), "<=")):
        yield Case(f"phases of variance {variance}: r", exp(-variance / 2), Rational(bound.numerator, bound.denominator), relation)


STATED, DEFAULT = Rational(512 * 4, 10**4), Rational(1, 3)  # variance of a phase: 512 weights of std 0.02; of U(+-1/sqrt 512)


def locked_at_start(variance, *, width=64, squared_coupling=Fraction(9, 5)):
    """An upper bound on the chance that Delta^2 <= K^2, by Chebyshev: mean 2 d v, variance at most 8 d v^2."""
    mean, spread = 2 * width * variance, 8 * width * variance**2
    yield Case(
        f"variance {variance}: a bound on the locked share of pairs", spread / (mean - squared_coupling) ** 2, Rational(1, 2), ">"
    )


def scaled_phases(c):
    """Two phases 0 and pi: r = 0; scaled by 1/c, r = cos(pi/(2c))."""
    yield Case(f"phases 0, pi, times 1/{c}", abs(1 + cos(pi / c)) ** 2 + (1 - cos(pi / c) ** 2), 0)


claim = partial(Claim.of, source=HAYS)


FAMILY = (
    Entry(
        claim(
            "order_parameter_invariant_under_phase_scaling_ssa",
            "r(c theta) = r(theta).",
            ForEach.of(r"r(c\theta) = r(\theta)", scaled_phases, first=2, index="1/c"),
            "c > 0; phases 0, pi with r = 0",
            source=HERE,
        ),
        (Counterexample(at=2), Control("c = 1/3", ForEach.of("1/3", scaled_phases, first=3))),
    ),
    Entry(
        claim(
            "nonzero_fraction_eq_printed_quadratic_ssa",
            "The mean share of non-zero entries is 2 (delta/Omega) - (delta/Omega)^2 + O((delta/Omega)^3), delta = K r J.",
            ForEach.once(r"E = 2 \delta/\Omega - \ldots", printed_coefficients),
            "uniform density on [-Omega, Omega], J constant; off the diagonal (n to infinity)",
        ),
        (Counterexample(at=0), Control("triangular density", ForEach.once("g", lambda: printed_coefficients(TRIANGLE)))),
    ),
    Entry(
        claim(
            "nonzero_fraction_eq_printed_quadratic_ssa_of_any_density",
            "For every density on [-Omega, Omega] the share of non-zero entries begins with 2 (delta/Omega).",
            ForEach.once(r"E = 2 \delta/\Omega - \ldots", lambda: printed_coefficients(TRIANGLE)),
            "the triangular density 1 - |omega| on [-1, 1], J constant; off the diagonal",
        ),
        (Counterexample(at=0), Control("uniform density", ForEach.once("g", printed_coefficients))),
    ),
    Entry(
        claim(
            "nonzero_fraction_eq_exact_form_ssa_of_uniform_frequencies",
            "With x = delta/Omega <= 2 the mean share of non-zero entries is 1/n + (1 - 1/n)(x - x^2/4).",
            ForEach.of(r"E = \tfrac1n + (1 - \tfrac1n)(x - x^2/4)", uniform_fraction, first=1, costly_from=6),
            "uniform density on [-Omega, Omega], J constant; x = 0, 1/10, 1/2, 1, 3/2, 2 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    SMALL, x - x**2 / 4, note="pairs that do not lock: two right triangles of legs 2 - x in a square of side 2"
                ),
                Hand("the diagonal always locks: n of n^2 entries; all other pairs are independent and uniform on the square"),
            ),
            Certified(3),
            Control("x - x^2/2", ForEach.of("x^2/2", lambda n: uniform_fraction(n, quadratic=Rational(-1, 2)), first=2)),
        ),
    ),
    Entry(
        claim(
            "sparsity_leading_term_depends_only_on_support_ssa",
            "As delta tends to 0 the share of non-zero entries is the same to first order for every density on [-Omega, Omega].",
            ForEach.once(r"2 \int g^2", same_leading),
            "i.i.d., J constant; the leading coefficient is 2 int g^2, here of the uniform and the triangular density",
            source=HERE,
        ),
        (
            Counterexample(at=0),
            Control("density 3 (1 - w)^2 / 2", ForEach.once("g", lambda: same_leading(other=3 * (1 - y) ** 2 / 2))),
        ),
    ),
    Entry(
        claim(
            "nonzero_fraction_near_19_percent_ssa_of_ratio_one_tenth",
            "About 19 % (within a point) of the entries are non-zero at delta/Omega = 1/10.",
            ForEach.of(r"|E - 0.19| \leq 0.01", near_fraction, first=100),
            "uniform density, n >= 100",
        ),
        (Counterexample(at=100), Control("n = 1000", ForEach.of("n = 1000", near_fraction, first=1000))),
    ),
    Entry(
        claim(
            "nonzero_fraction_near_10_percent_ssa_of_ratio_one_tenth",
            "Within a point, 10 % of the entries are non-zero at delta/Omega = 1/10, n >= 100.",
            ForEach.of(r"|E - 0.1| \leq 0.01", lambda n: near_fraction(n, value=Rational(1, 10)), first=100),
            "uniform density, n >= 100",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(t + (1 - t) * g - g_0, g - g_0 + t * (1 - g), note="t = 1/n, g = x - x^2/4 = 39/400, g_0 = 1/10"),
                Hand("for 0 < t <= 1/100 this lies between -1/400 and 261/40000"),
            ),
            Control("n = 20", ForEach.of("n = 20", lambda n: near_fraction(n, value=Rational(1, 10)), first=20)),
        ),
    ),
    Entry(
        claim(
            "order_parameter_near_0_847_ssa_of_init_std_0_02",
            "r = 0.847 +- 0.005 at weights of standard deviation 0.02.",
            ForEach.once(r"r = e^{-v/2},\ v = 512 \cdot 0.02^2", lambda: coherence(STATED)),
            "D = 512, inputs of unit variance, Gaussian phases of variance v, many tokens (n to infinity)",
        ),
        (Counterexample(at=0), Control("twice the variance 1/3", ForEach.once("2/3", lambda: coherence(2 * DEFAULT)))),
    ),
    Entry(
        claim(
            "order_parameter_near_0_847_ssa_of_default_init",
            "r = 0.847 +- 0.005 at weights that are uniform on +-1/sqrt(D).",
            ForEach.once(r"r = e^{-v/2},\ v = 1/3", lambda: coherence(DEFAULT)),
            "inputs of unit variance, Gaussian phases of variance v, many tokens (n to infinity), no biases",
            source=HERE,
        ),
        (Enclosed(0, enclosed_sign, BALLS), Control("std 0.02", ForEach.once("0.02", lambda: coherence(STATED)))),
    ),
    Entry(
        claim(
            "most_pairs_locked_ssa_at_initialisation",
            "More than half of the pairs of different tokens have S_ij > 0 at weights of standard deviation 0.02.",
            ForEach.once(r"P[\Delta \leq K] > \tfrac12", lambda: locked_at_start(STATED)),
            "D = 512, d = 64, inputs at squared distance 2 D; locked pairs have Delta <= K r J <= K, K^2 = ln(1 + e)^2 < 9/5",
        ),
        (Counterexample(at=0), Control("uniform weights", ForEach.once("uniform", lambda: locked_at_start(DEFAULT)))),
    ),
    Entry(
        claim(
            "most_pairs_locked_ssa_at_initialisation_of_default_init",
            "More than half of the pairs of different tokens have S_ij > 0 at weights that are uniform on +-1/sqrt(D).",
            ForEach.once(r"P[\Delta \leq K] > \tfrac12", lambda: locked_at_start(DEFAULT)),
            "D = 512, d = 64, inputs at squared distance 2 D; locked pairs have Delta <= K r J <= K, K^2 = ln(1 + e)^2 < 9/5",
        ),
        (Counterexample(at=0), Control("standard deviation 0.02", ForEach.once("0.02", lambda: locked_at_start(STATED)))),
    ),
)
