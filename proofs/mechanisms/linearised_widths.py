"""Kernels of wide networks behind linearised attention, and the printed widths and flip rates.

Says: the limit kernel at initialisation is x.x' (pi - angle)/(2 pi), and the squared error of width m is a constant over m: it does
vanish; which printed thresholds and ratios the printed numbers give.
Idea: two half circles of directions share an arc; variances of independent units add up.
Edges: 8.7e3 to the sixth power is 4.3e23, below 1e24.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import Rational, Sum, Symbol, limit, log, oo, pi, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

k, m_, N = symbols("k m N", integer=True, positive=True)
angle = Symbol("theta", real=True)
p = Symbol("p", positive=True)
MINOZA = Source("minoza2026influence", "theorem statements and tables as reported elsewhere", read=False)


def half_planes(quarter, *, shift=0):
    """The share of 4q directions on a circle with positive products with two vectors at every angle 2 pi a / (4q) up to pi."""
    many = 4 * quarter
    for a in range(2 * quarter + 1):
        hits = sum(abs(2 * t + 1) < 2 * quarter and abs(2 * t + 1 - 2 * a) < 2 * quarter for t in range(-many, many))
        yield Case(f"{many} directions, angle 2 pi {a}/{many}", Fraction(hits, many), Fraction(2 * quarter - a + shift, many))


def squared_error(m):
    """Mean squared relative Frobenius error at width m for two unit tokens at an angle of 60 degrees, entry by entry."""
    chance = {0: Rational(1, 2), 1: Rational(1, 3)}
    cosine = {0: Rational(1), 1: Rational(1, 2)}
    error = sum(cosine[i != j] ** 2 * chance[i != j] * (1 - chance[i != j]) / m for i, j in product((0, 1), repeat=2))
    return error / sum((cosine[i != j] * chance[i != j]) ** 2 for i, j in product((0, 1), repeat=2))


def error_limit(*, times=1):
    yield Case(
        "two unit tokens at 60 degrees: limit of the mean squared relative error", limit(times * squared_error(m_), m_, oo), 0, ">"
    )


def error_rate(m, *, over=1):
    yield Case(f"m = {m}: mean squared relative error", squared_error(m), Fraction(11, 10 * m**over))


def width(kappa, above, *, times=1):
    return lambda: [
        Case(f"kappa = {kappa}: kappa^6 and what multiplies it", times * Rational(kappa) ** 6, Rational(10) ** above, ">")
    ]


FLIPS = {
    "MNIST": (("4.1", "34.6"), ("3.3", "28.9"), ("3.4", "21.9")),
    "CIFAR-10": (("3.3", "26.4"), ("3.1", "19.1"), ("3.2", "20.5")),
    "MNIST 3-vs-8": (("8.4", "25.9"), ("8.4", "41.0"), ("8.6", "40.5")),
    "CIFAR-10 cars-vs-planes": (("15.2", "14.3"), ("15.5", "14.0"), ("15.3", "14.8")),
}
ALL = tuple(FLIPS)


def flips(settings, low, high):
    for setting in settings:
        for relu, attention in FLIPS[setting]:
            ratio = Fraction(attention) / Fraction(relu)
            yield Case(f"{setting}, {attention}/{relu}", ratio, low, ">" if high is None else ">=")
            if high is not None:
                yield Case(f"{setting}, {attention}/{relu}", ratio, high, "<=")


claim = partial(Claim.of, source=MINOZA)


def over(term, index=k):
    return Sum(term, (index, 1, N))


FAMILY = (
    Entry(
        claim(
            "limit_kernel_eq_arccosine_form_mlp_attn",
            "The infinite-width kernel at initialisation is x.x' (pi - angle)/(2 pi).",
            ForEach.of(
                r"P[w \cdot x > 0, w \cdot x' > 0] = (\pi - \angle)/(2\pi)", half_planes, first=1, index="q", costly_from=12
            ),
            "fixed unit tokens, only w trained; the cases count 4 q directions on a circle, exact at the angles of its 4 q parts",
        ),
        (
            Derived.of(
                Identity.of(
                    (pi - angle) / (2 * pi), Rational(1, 2) - angle / (2 * pi), note="two half circles share an arc of pi - angle"
                ),
                Hand(
                    "a normal w has a uniform direction in the plane of x and x'; the mean over r tends to the chance (law of "
                    "large numbers)"
                ),
            ),
            Certified(6),
            Control("one direction more", ForEach.of("+ 1", lambda q: half_planes(q, shift=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "kernel_error_does_not_vanish_with_width_mlp_attn",
            "At initialisation the relative Frobenius error between empirical and limit kernel does not tend to 0 as m grows.",
            ForEach.once(r"\lim_{m \to \infty} E\,|K_m - K|^2/|K|^2 > 0", error_limit),
            "fixed data: two unit tokens at an angle of 60 degrees, the error in the mean square; other data have other constants",
        ),
        (Counterexample(at=0), Control("times the root of m", ForEach.once("sqrt", lambda: error_limit(times=sqrt(m_))))),
    ),
    Entry(
        claim(
            "kernel_error_order_inverse_root_width",
            "The relative Frobenius error at initialisation is Theta(m^-1/2): its mean square is a constant over m, 11/(10 m) for "
            "two unit tokens at 60 degrees.",
            ForEach.of(r"E\,|K_m - K|^2/|K|^2 = \tfrac{11}{10 m}", error_rate, first=1, index="m", costly_from=50),
            "either net: what the tokens are enters through their angles only",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(p * (1 - p) ** 2 + (1 - p) * p**2, p * (1 - p), note="variance of one indicator of chance p"),
                Hand(
                    "an entry is x.x' times the mean of m independent indicators, so its variance is (x.x')^2 p (1 - p)/m, 1/(4 "
                    "m) and 1/(18 m)"
                ),
            ),
            Certified(9),
            Control("over m^2", ForEach.of("m^2", lambda m: error_rate(m, over=2), first=2)),
        ),
    ),
    Entry(
        claim(
            "width_threshold_above_1e18_mnist",
            "kappa^6/epsilon^2 exceeds 1e18.",
            ForEach.once(r"\kappa^6 > 10^{18}", width(1200, 18)),
            "epsilon = 1, kappa = 1.2e3",
        ),
        (Certified(0), Control("1e19", ForEach.once("1e19", width(1200, 19)))),
    ),
    Entry(
        claim(
            "width_threshold_above_1e24_cifar",
            "kappa^6/epsilon^2 exceeds 1e24.",
            ForEach.once(r"\kappa^6 > 10^{24}", width(8700, 24)),
            "epsilon = 1, kappa = 8.7e3",
        ),
        (Counterexample(at=0), Control("1e25", ForEach.once("1e25", width(8700, 25)))),
    ),
    Entry(
        claim(
            "width_threshold_above_1e23_cifar",
            "kappa^6/epsilon^2 exceeds 1e23 (it is 4.3e23).",
            ForEach.once(r"\kappa^6 > 10^{23}", width(8700, 23)),
            "epsilon = 1, kappa = 8.7e3",
            source=HERE,
        ),
        (Certified(0), Control("1e24", ForEach.once("1e24", width(8700, 24)))),
    ),
    Entry(
        claim(
            "width_threshold_above_1e24_mnist_v2",
            "kappa^6 n log n exceeds 1e24.",
            ForEach.once(r"\kappa^6 n \ln n > 10^{24}", width(1200, 24, times=60000 * log(60000))),
            "kappa = 1.2e3, n = 60,000, natural logarithm",
        ),
        (Certified(0), Control("1e25", ForEach.once("1e25", width(1200, 25, times=60000 * log(60000))))),
    ),
    Entry(
        claim(
            "width_threshold_above_1e29_cifar_v2",
            "kappa^6 n log n exceeds 1e29.",
            ForEach.once(r"\kappa^6 n \ln n > 10^{29}", width(8700, 29, times=50000 * log(50000))),
            "kappa = 8.7e3, n = 50,000, natural logarithm",
        ),
        (Certified(0), Control("1e30", ForEach.once("1e30", width(8700, 30, times=50000 * log(50000))))),
    ),
    Entry(
        claim(
            "flip_ratio_between_six_and_nine_ten_class",
            "The attention/ReLU flip ratio lies in [6, 9].",
            ForEach.once(r"6 \leq \mathrm{ratio} \leq 9", lambda: flips(ALL[:2], 6, 9)),
            "ten-class cells of the table",
        ),
        (Certified(0), Control("two classes", ForEach.once("2", lambda: flips(ALL[2:], 6, 9)))),
    ),
    Entry(
        claim(
            "flip_ratio_above_one_in_every_setting",
            "The attention/ReLU flip ratio exceeds 1.",
            ForEach.once(r"\mathrm{ratio} > 1", lambda: flips(ALL, 1, None)),
            "all listed cells",
        ),
        (Counterexample(at=0), Control("cars and planes", ForEach.once("cars", lambda: flips(ALL[3:], 1, None)))),
    ),
    Entry(
        claim(
            "flip_ratio_above_one_except_cars_and_planes",
            "The attention/ReLU flip ratio exceeds 1 in all listed cells but those of cars and planes.",
            ForEach.once(r"\mathrm{ratio} > 1", lambda: flips(ALL[:3], 1, None)),
            "9 of 12 cells",
            source=HERE,
        ),
        (Certified(0), Control("above 7", ForEach.once("7", lambda: flips(ALL[:3], 7, None)))),
    ),
)
