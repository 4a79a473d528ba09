"""Weights S = J sqrt(max(0, 1 - (Delta/(K r J))^2)) of selective synchronization attention: their forms, zeros and signs.

Says: the cosine form is the root form, the clamped form differs at the locking boundary; S is symmetric with 1 on its diagonal,
positive below the Lambert radius and 0 beyond K r; it is neither positive semidefinite nor transitive.
Idea: S^2 = exp(-2 alpha Delta^2) - Delta^2/(K r)^2 falls with Delta; three tokens on a line show the rest.
Edges: the clamped form at the boundary itself; epsilon in the normaliser keeps row sums below 1.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import Max, Rational, asin, cos, exp, expand, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

J, kr, s = symbols("J kappa_r s", positive=True)
D, t, x, y = symbols("Delta t x y", real=True)
HAYS = Source("hays2026synchronization", "eqs. 2-21, appendices A, B", read=True)
PYTHAGOREAN = ((0, 1), (Rational(3, 5), Rational(4, 5)), (Rational(5, 13), Rational(12, 13)), (1, 0))  # sine and cosine


def weight(gap, *, a=1, locking=1):
    """S for |omega_i - omega_j| = gap at alpha = a and K r = locking."""
    return sqrt(Max(0, exp(-2 * a * Rational(gap) ** 2) - (Rational(gap) / locking) ** 2))


def cosines(*, upto=1):
    for sine, cosine in PYTHAGOREAN:
        yield Case(f"sine {sine}", upto * cos(asin(sine)), cosine)


def clamped_gap(mismatch, coupling, *, locking=1):
    """Both forms at epsilon = 10^-8: the square of their difference, where the root form is `coupling` times a rational root."""
    inside = Fraction(mismatch) / (locking * Fraction(coupling) + Fraction(1, 10**8))
    exact = Fraction(mismatch) / (locking * Fraction(coupling))
    outer = sqrt(1 - Rational(inside.numerator, inside.denominator) ** 2)
    return Rational(coupling) * (outer - sqrt(1 - Rational(exact.numerator, exact.denominator) ** 2))


def clamped(*, within=Fraction(1, 10**6)):
    """At J = 1/2, K r = 1, from well inside to the locking boundary."""
    for mismatch in (0, Fraction(3, 10), Fraction(1, 2)):
        yield Case(f"J = 1/2, K r = 1, mismatch {mismatch}: difference", clamped_gap(mismatch, Fraction(1, 2)), within, "<")


def clamped_bound(m, *, factor=2):
    for mismatch in (Fraction(0), Fraction(m, 2 * m + 1), Fraction(1)):
        gap = clamped_gap(mismatch / m, Fraction(1, m))
        yield Case(f"J = 1/{m}, mismatch {mismatch / m}: squared", expand(gap**2), Rational(factor, m * 10**8), "<=")


def far_apart(m, *, least=1):
    """S for mismatches above least times K r = m."""
    for extra in (Fraction(1, 100), 1, 5):
        yield Case(f"K r = {m}, mismatch {least * m + extra}", weight(least * m + extra, locking=m), 0)


def row_maxima(m, *, at_most=1):
    for gap in (0, Fraction(1, 3 * m), Fraction(1, 2 * m), m):
        yield Case(f"alpha = {m}, mismatch {gap}", weight(gap, a=m), at_most, "<=")
    yield Case(f"alpha = {m}: diagonal", weight(0, a=m), 1)


THREE = {(0, 1): Fraction(1, 2), (1, 2): Fraction(1, 2), (0, 2): 1}  # omega = 0, 1/2, 1


def three(i, j):
    return weight(THREE[min(i, j), max(i, j)] if i != j else 0, a=Rational(1, 100))


def transitive():
    yield Case(
        "alpha = 1/100, K r = 1, omega = 0, 1/2, 1: S_01 S_12 > 0 and S_02 > 0",
        bool(three(0, 1) * three(1, 2) > 0),
        bool(three(0, 2) > 0),
    )


def form(vector=(1, Fraction(-7, 5), 1)):
    value = sum(vector[i] * vector[j] * three(i, j) for i, j in product(range(3), repeat=2))
    yield Case(f"alpha = 1/100, K r = 1, omega = 0, 1/2, 1, w = {vector}: w.S w", value, 0, ">=")


def row_sums(n, *, epsilon=Fraction(1, 10**8)):
    yield Case(f"{n} equal tokens: row sum", Rational(n) / (n + epsilon), 1)


def symmetric(n, *, other=1):
    """S_ij at omega = i^2/(3 n^2), j^2/(3 n^2) both ways; `other` scales one."""
    for i, j in product(range(n), repeat=2):
        one, two = Rational(i * i, 3 * n * n), Rational(j * j, 3 * n * n)
        yield Case(f"n = {n}, {i}, {j}", weight(one - two), weight(other * two - one))


def lambert(half, *, scale=2):
    """With 2 alpha Delta^2 = half/4 and (K r)^2 from Lambert's equation at it: S vanishes there and is positive below."""
    product_ = Rational(half, 4)
    squared = product_ * exp(2 * product_ / scale) / 2  # (K r)^2 at alpha = 1
    gap = product_ / 2
    yield Case(f"2 alpha Delta^2 = {product_}: S^2 at the radius", expand(exp(-2 * gap) - gap / squared), 0)
    yield Case(f"2 alpha Delta^2 = {product_}: S^2 at half of it", exp(-gap) - gap / 2 / squared, 0, ">")


claim = partial(Claim.of, source=HAYS)


FAMILY = (
    Entry(
        claim(
            "cosine_arcsine_form_eq_root_form_ssa",
            "J cos(arcsin(x)) = J sqrt(1 - x^2) for x = Delta/(K r J).",
            ForEach.once(r"\cos\arcsin x = \sqrt{1 - x^2}", cosines),
            "0 <= Delta <= K r J; x = 0, 5/13, 3/5, 1 in the cases",
        ),
        (
            Derived.of(
                Identity.of(1 - (2 * t / (1 + t**2)) ** 2, ((1 - t**2) / (1 + t**2)) ** 2, note="x = sin phi, t = tan(phi/2)"),
                Hand("arcsin x = phi has |t| <= 1, so that cos phi = (1 - t^2)/(1 + t^2) is the non-negative root"),
            ),
            Certified(0),
            Control("twice the cosine", ForEach.once("2", lambda: cosines(upto=2))),
        ),
    ),
    Entry(
        claim(
            "clamped_form_within_1e_6_of_root_form_ssa",
            "Eq. (12) differs from eq. (10) by less than 1e-6 everywhere.",
            ForEach.once(r"|S^{(12)} - S^{(10)}| < 10^{-6}", clamped),
            "epsilon = 1e-8, K r <= 1",
        ),
        (Counterexample(at=0), Control("within 1e-7", ForEach.once("1e-7", lambda: clamped(within=Rational(1, 10**7))))),
    ),
    Entry(
        claim(
            "clamped_form_within_root_of_two_epsilon_ssa",
            "The square of the difference of eqs. (12) and (10) is at most 2 epsilon J/(K r).",
            ForEach.of(r"(S^{(12)} - S^{(10)})^2 \leq 2 \epsilon J / (K r)", clamped_bound, first=1, index="1/J", costly_from=6),
            "epsilon = 1e-8, K r = 1 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of((x**2 - y**2) - (x - y) ** 2, 2 * y * (x - y), note="(root A - root B)^2 <= A - B for A >= B"),
                Identity.of(D / (kr * J) - D / (kr * J + s), D * s / (kr * J * (kr * J + s)), note="the change of x, s = epsilon"),
                Hand("1 - x'^2 and 1 - x^2 differ by at most 2 (x - x'), which is at most 2 epsilon/(K r J) as Delta <= K r J"),
            ),
            Certified(4),
            Control("10^-3 of that", ForEach.of("1/1000", lambda m: clamped_bound(m, factor=Rational(1, 1000)), first=1)),
        ),
    ),
    Entry(
        claim(
            "cross_cluster_weight_zero_ssa_of_separation_above_kr",
            "S_ij = 0 whenever Delta_ij > K r.",
            ForEach.of(r"\Delta_{ij} > K r \Rightarrow S_{ij} = 0", far_apart, first=1, index="K r", costly_from=6),
            "alpha = 1 in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    D**2 - (kr * J) ** 2,
                    (D - kr) * (D + kr) + kr**2 * (1 - J) * (1 + J),
                    note="positive for Delta > K r and J <= 1",
                ),
                Hand("J = exp(-alpha Delta^2) is at most 1, so Delta > K r J"),
            ),
            Certified(3),
            Control("above K r / 4", ForEach.of("K r/4", lambda m: far_apart(m, least=Fraction(1, 4)), first=1)),
        ),
    ),
    Entry(
        claim(
            "diagonal_is_row_maximum_ssa",
            "S_ii = 1 >= S_ij.",
            ForEach.of(r"S_{ii} = 1 \geq S_{ij}", row_maxima, first=1, index=r"\alpha", costly_from=6),
            "r > 0; K r = 1 in the cases",
        ),
        (
            Derived.of(
                Identity.of(1 - (J**2 - (D / kr) ** 2), (1 - J) * (1 + J) + (D / kr) ** 2, note="1 - S^2 where S > 0"),
                Hand("0 < J <= 1 with J = 1 at Delta = 0, where S = 1"),
            ),
            Certified(3),
            Control("at most 1/2", ForEach.of("1/2", lambda m: row_maxima(m, at_most=Rational(1, 2)), first=1)),
        ),
    ),
    Entry(
        claim(
            "weights_symmetric_ssa",
            "S = S transposed.",
            ForEach.of(r"S_{ij} = S_{ji}", symmetric, first=2, costly_from=4),
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of((x - y) ** 2, x**2 + y**2 - 2 * x * y, note="a squared difference, written symmetrically"),
                Hand("S_ij is a function of |omega_i - omega_j|^2 and of constants of the layer"),
            ),
            Certified(3),
            Control("one frequency doubled", ForEach.of("2", lambda n: symmetric(n, other=2), first=2)),
        ),
    ),
    Entry(
        claim(
            "locking_radius_eq_lambert_root_ssa",
            "S_ij > 0 if and only if Delta_ij < sqrt(W(2 alpha (K r)^2)/(2 alpha)), W the Lambert function.",
            ForEach.of(
                r"2\alpha\Delta^2 e^{2\alpha\Delta^2} = 2\alpha (K r)^2", lambda m: lambert(m), first=1, index="m", costly_from=5
            ),
            "alpha = 1 and (K r)^2 = (m/4) e^(m/4) / 2 in the cases, so that W = m/4",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    exp(-y) - y / s,
                    0,
                    given={s: y * exp(y)},
                    note="y = 2 alpha Delta^2 = W(2 alpha (K r)^2): the radicand of S^2 is 0",
                ),
                Hand("e^(-y) falls and y grows with Delta, so the radicand is positive exactly below its only zero"),
            ),
            Certified(3),
            Control("the halved root", ForEach.of("halved", lambda m: lambert(m, scale=4), first=1)),
        ),
    ),
    Entry(
        claim(
            "locking_radius_eq_halved_lambert_root_ssa",
            "S_ij > 0 if and only if Delta_ij < sqrt(W(alpha (K r)^2)/alpha).",
            ForEach.of(
                r"\alpha\Delta^2 e^{\alpha\Delta^2} = \alpha (K r)^2",
                lambda m: lambert(m, scale=4),
                first=1,
                index="m",
                costly_from=5,
            ),
            "alpha = 1 and (K r)^2 = (m/8) e^(m/8), so that W = m/8",
            source=HERE,
        ),
        (Counterexample(at=1), Control("m = 3", ForEach.of("m", lambda m: lambert(m, scale=4), first=3))),
    ),
    Entry(
        claim(
            "transitive_support_ssa",
            "S_ij > 0 and S_jl > 0 imply S_il > 0.",
            ForEach.once(r"S_{ij}, S_{jl} > 0 \Rightarrow S_{il} > 0", transitive),
            "any omega, alpha, K r",
            source=HERE,
        ),
        (Counterexample(at=0), Control("a full support", ForEach.once("S_02 > 0", lambda: [Case("S_02", three(0, 2), 0, ">")]))),
    ),
    Entry(
        claim(
            "positive_semidefinite_weights_ssa",
            "S is positive semidefinite.",
            ForEach.once(r"w^{\mathsf T} S w \geq 0", form),
            "any omega, alpha, K r",
            source=HERE,
        ),
        (Counterexample(at=0), Control("w = (1, -3/2, 1)", ForEach.once("w", lambda: form((1, Rational(-3, 2), 1))))),
    ),
    Entry(
        claim(
            "row_sums_eq_one_ssa",
            "Rows of S/(sum S + epsilon) sum to exactly 1.",
            ForEach.of(r"\sum_j S_{ij}/(\sum_j S_{ij} + \epsilon) = 1", row_sums, first=1),
            "epsilon = 1e-8",
            source=HERE,
        ),
        (Counterexample(at=2), Control("epsilon = 1", ForEach.of("1", lambda n: row_sums(n, epsilon=1), first=2))),
    ),
)
