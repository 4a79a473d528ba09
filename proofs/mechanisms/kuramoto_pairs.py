"""Locking of one and of two oscillators: to a mean field, and to each other.

Says: an oscillator locks iff its offset is at most K r; a pair that locks has a mismatch of at most 2 K r, and mismatch over K r is
a difference of sines, not the sine of a difference; beyond locking the drift is sqrt(delta^2 - kappa^2); for a Lorentzian
density the incoherent state loses stability at 2/(pi g(0)).
Idea: t = tan(phi/2) makes sines rational; fixed points are roots of a quadratic.
Edges: two equal frequencies far from the mean field have mismatch 0 and do not lock.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import Poly, pi, symbols

from workbench import (
    HERE,
    Bound,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForAll,
    ForEach,
    Hand,
    Identity,
    Source,
)

kappa, gam, K = symbols("kappa gamma K", positive=True)
t, x, y, g_0, delta = symbols("t x y g_0 delta", real=True)
x_1, x_2, r_1, r_2 = symbols("x_1 x_2 r_1 r_2", nonnegative=True)
HAYS = Source("hays2026synchronization", "eqs. 2-21, appendices A, B", read=True)


def pair_sines(*, exact=True):
    """Offsets 3/5 and -3/5 over K r: sin(phi_i - phi_j) = s_i c_j - c_i s_j."""
    (sine, cosine) = (Fraction(3, 5), Fraction(4, 5))
    got = 2 * sine * cosine
    yield Case("sin phi_i = 3/5 = -sin phi_j, K r = 1", got, 2 * sine if exact else sine)


def coherences(*, printed=False):
    """Cosines of differences of phases whose sines are 3/5, -3/5, 5/13, -5/13, 0; their squares against the `printed` form."""
    sines = [(Fraction(0), Fraction(1))] + [
        (Fraction(s * p, r), Fraction(q, r)) for s in (1, -1) for p, q, r in ((3, 4, 5), (5, 12, 13))
    ]
    for (a, c), (b, d) in product(sines, repeat=2):
        tangent = (a / (1 + c) - b / (1 + d)) / (1 + a / (1 + c) * b / (1 + d))  # of half the difference
        cosine = (1 - tangent**2) / (1 + tangent**2)
        got, want = (cosine**2, 1 - (a - b) ** 2) if printed else (cosine, c * d + a * b)
        yield Case(f"sines {a}, {b}: cosine of the difference", got, want)


def both_locked(m, *, twice=1):
    """Offsets i, j of -m..m against K r = m - 1: locked both, if and only if |i - j| <= twice K r."""
    for i, j in product(range(-m, m + 1), repeat=2):
        yield Case(f"K r = {m - 1}, offsets {i}, {j}", max(abs(i), abs(j)) <= m - 1, abs(i - j) <= twice * (m - 1))


def both_locked_implies(m, *, times=2):
    for i, j in product(range(-m, m + 1), repeat=2):
        yield Case(f"K r = {m}, offsets {i}, {j}: mismatch", abs(i - j), times * m, "<=")


def two_oscillators(*, corrected=False):
    """The locked pair of phase difference phi, sin(phi/2) = 3/5: delta/K = sin phi; r = cos(phi/2)."""
    half_sine, half_cosine = Fraction(3, 5), Fraction(4, 5)
    offset = 2 * half_sine * half_cosine
    yield Case("sin(phi/2) = 3/5, K = 1: sin phi", offset, 2 * half_sine if corrected else offset / half_cosine)


def fixed_points(kap, *, strict=False):
    """Real roots t = tan(phi/2) of delta (1 + t^2) = 2 kappa t, and t at infinity for delta = 0."""
    for d in range(-kap - 2, kap + 3):
        roots = Poly(d * t**2 - 2 * kap * t + d, t).count_roots()
        yield Case(f"K r = {kap}, offset {d}: a fixed point", bool(roots > 0), abs(d) < kap if strict else abs(d) <= kap)


claim = partial(Claim.of, source=HAYS)


SINES = Identity.of(
    2 * x / (1 + x**2) - 2 * y / (1 + y**2),
    2 * (1 - x * y) * (x - y) / ((1 + x**2) * (1 + y**2)),
    note="cos(u) sin(v) for half the sum u and half the difference v of the phases",
)
COHERENCE = Identity.of(
    ((1 - x**2) * (1 - y**2) + 4 * x * y) / ((1 + x**2) * (1 + y**2)),
    (1 - ((x - y) / (1 + x * y)) ** 2) / (1 + ((x - y) / (1 + x * y)) ** 2),
    note="right: the cosine of the difference from its half tangent",
)
ORDER = Identity.of(((1 + (1 - t**2) / (1 + t**2)) ** 2 + (2 * t / (1 + t**2)) ** 2) / 4, 1 / (1 + t**2), note="r^2 = cos^2(phi/2)")
DRIFT = Identity.of(
    2 * delta / (delta**2 - kappa**2 + (delta * t - kappa) ** 2),
    2 / (delta * (1 + t**2) - 2 * kappa * t),
    note="left: the slope in t of (2/s) arctan((delta t - kappa)/s); right: d phi/(delta - kappa sin phi)",
)


FAMILY = (
    Entry(
        claim(
            "locked_iff_offset_at_most_kr_mean_field",
            "An oscillator has a phase-locked state if and only if |omega_i - Omega_0| <= K r.",
            ForEach.of(
                r"\exists \phi: \delta = \kappa \sin\phi \iff |\delta| \leq \kappa",
                fixed_points,
                first=1,
                index="K r",
                costly_from=9,
            ),
            "mean-field form, K r > 0",
        ),
        (
            Derived.of(
                Identity.of(
                    (2 * kappa) ** 2 - 4 * delta**2,
                    4 * (kappa - delta) * (kappa + delta),
                    note="discriminant of delta (1 + t^2) = 2 kappa t",
                ),
                Hand(
                    "t = tan(phi/2) runs over all reals (phi = pi only for delta = 0, which t = 0 solves too); a real root "
                    "needs a discriminant >= 0"
                ),
            ),
            Certified(4),
            Control("strictly", ForEach.of("<", lambda m: fixed_points(m, strict=True), first=1)),
        ),
    ),
    Entry(
        claim(
            "pair_phase_sine_eq_mismatch_over_kr_mean_field",
            "For two oscillators locked to the mean field, sin(phi_i - phi_j) = (omega_i - omega_j)/(K r).",
            ForEach.once(r"\sin(\phi_i - \phi_j) = (\omega_i - \omega_j)/(K r)", pair_sines),
            "J = 1; sin phi = (omega - Omega_0)/(K r) and cos phi >= 0 for each",
        ),
        (Counterexample(at=0), Control("half of that", ForEach.once("1/2", lambda: pair_sines(exact=False)))),
    ),
    Entry(
        claim(
            "mismatch_over_kr_eq_difference_of_sines_mean_field",
            "The mismatch over K r is sin phi_i - sin phi_j = 2 cos((phi_i + phi_j)/2) sin((phi_i - phi_j)/2).",
            ForAll.of(SINES),
            "J = 1, both locked to the mean field; x, y the tangents of phi_i/2, phi_j/2",
            source=HERE,
        ),
        (
            Derived(),
            Control("cos of the difference", Identity.of(SINES.left, 2 * (1 + x * y) * (x - y) / ((1 + x**2) * (1 + y**2)))),
        ),
    ),
    Entry(
        claim(
            "coherence_eq_product_of_roots_plus_product_of_offsets_mean_field",
            "cos(phi_i - phi_j) = sqrt((1 - a^2)(1 - b^2)) + a b, for offsets a, b over K r.",
            ForEach.once(r"\cos(\phi_i - \phi_j) = \sqrt{(1 - a^2)(1 - b^2)} + a b", coherences),
            "J = 1, both locked to the mean field, a = sin phi_i, b = sin phi_j, cosines >= 0; rational sines in the cases",
            "it is sqrt(1 - (a - b)^2) only if a b = 0 or a = b",
            source=HERE,
        ),
        (
            Derived.of(
                COHERENCE, Hand("with x, y the tangents of phi_i/2, phi_j/2: sines and cosines are 2 x/(1 + x^2) and so on")
            ),
            Certified(0),
            Control("sqrt(1 - (a - b)^2)", ForEach.once("-", lambda: coherences(printed=True))),
        ),
    ),
    Entry(
        claim(
            "pair_locked_iff_mismatch_at_most_kr_mean_field",
            "Two oscillators are both locked if and only if |omega_i - omega_j| <= K r.",
            ForEach.of(r"|\omega_i - \omega_j| \leq K r", both_locked, first=2, index="K r + 1"),
            "J = 1, scalar omega, any Omega_0: offsets omega - Omega_0",
        ),
        (Counterexample(at=2), Control("twice K r", ForEach.of("2 K r", lambda m: both_locked(m, twice=2), first=2))),
    ),
    Entry(
        claim(
            "pair_locked_implies_mismatch_at_most_twice_kr_mean_field",
            "If two oscillators are locked to the mean field, their mismatch is at most 2 K r.",
            ForEach.of(r"|\omega_i - \omega_j| \leq 2 K r", both_locked_implies, first=1, index="K r", costly_from=8),
            "J = 1, scalar omega",
            source=HERE,
        ),
        (
            Derived.of(
                Bound.of(x_1 + x_2, (x_1 + r_1) + (x_2 + r_2), note="absolute offsets x_1, x_2, and what they lack to K r"),
                Hand("|omega_i - omega_j| is at most the sum of both absolute offsets, of which each is at most K r"),
            ),
            Certified(4),
            Control("K r", ForEach.of("K r", lambda m: both_locked_implies(m, times=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "pair_law_exact_kuramoto_of_two_oscillators",
            "The locked phase difference of two oscillators has sin phi = (omega_1 - omega_2)/(K r), r the order parameter of "
            "the pair.",
            ForEach.once(r"\sin\phi = (\omega_1 - \omega_2)/(K r)", two_oscillators),
            "N = 2 in eq. (2), where (omega_1 - omega_2)/K = sin phi and r = cos(phi/2)",
        ),
        (Counterexample(at=0), Control("sin phi = 2 sin(phi/2)", ForEach.once("2 sin", lambda: two_oscillators(corrected=True)))),
    ),
    Entry(
        claim(
            "mismatch_over_kr_eq_twice_half_sine_kuramoto_of_two_oscillators",
            "For the locked pair (omega_1 - omega_2)/(K r) = 2 sin(phi/2), with sin phi = (omega_1 - omega_2)/K and r = "
            "cos(phi/2).",
            ForAll.of(
                ORDER,
                Identity.of(
                    (2 * t / (1 + t**2)) ** 2 * (1 + t**2), 4 * (1 - 1 / (1 + t**2)), note="(sin phi / r)^2 = 4 sin^2(phi/2)"
                ),
            ),
            "t = tan(phi/2); squares of what is non-negative for 0 <= phi <= pi/2",
            source=HERE,
        ),
        (
            Derived.of(
                ORDER,
                Identity.of((2 * t / (1 + t**2)) ** 2 * (1 + t**2), 4 * (1 - 1 / (1 + t**2)), note="(sin phi / r)^2"),
                Hand("r = |1 + e^(i phi)|/2; the difference of both phases moves by omega_1 - omega_2 - K sin phi, 0 when locked"),
            ),
            Control("r^2 = cos^4(phi/2)", Identity.of(ORDER.left, 1 / (1 + t**2) ** 2)),
        ),
    ),
    Entry(
        claim(
            "pair_model_drift_eq_root_of_squares",
            "Beyond locking the mean drift of phi' = delta - kappa sin phi is sqrt(delta^2 - kappa^2) =: s.",
            ForAll.of(DRIFT),
            "delta > kappa > 0, t = tan(phi/2)",
            source=HERE,
        ),
        (
            Derived.of(
                DRIFT,
                Hand("over t from -infinity to infinity the arctangent grows by pi, so a turn of 2 pi takes the time 2 pi/s"),
            ),
            Control("the other sign", Identity.of(DRIFT.left, 2 / (delta * (1 + t**2) + 2 * kappa * t))),
        ),
    ),
    Entry(
        claim(
            "critical_coupling_eq_two_over_pi_g_zero_kuramoto",
            "The incoherent state loses stability at K_c = 2/(pi g(0)).",
            ForAll.of(
                Identity.of(
                    K / 2 - gam,
                    (K - 2 / (pi * g_0)) / 2,
                    given={g_0: 1 / (pi * gam)},
                    note="growth rate of a small order parameter",
                )
            ),
            "g Lorentzian of width gamma, so g(0) = 1/(pi gamma)",
        ),
        (
            Derived.of(
                Identity.of(
                    K / (2 * (y + gam)), 1, given={y: K / 2 - gam}, note="K/(2 (lambda + gamma)) = 1 at lambda = K/2 - gamma"
                ),
                Hand(
                    "the linearised mean field grows at lambda with 1 = (K/2) int g(w)/(lambda + i w) dw = K/(2 (lambda + "
                    "gamma)), by residues"
                ),
                Hand("so the state is unstable exactly for K > K_c"),
            ),
            Control("2/g(0)", Identity.of(K / 2 - gam, (K - 2 / g_0) / 2, given={g_0: 1 / (pi * gam)})),
        ),
    ),
)
