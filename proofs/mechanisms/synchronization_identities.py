"""Identities of selective synchronization attention and of the oscillators behind it: forms, symmetries, one pair, a crowd.

Says: S is the root of a rectified difference, in detailed balance, and tends to a root profile as alpha falls; on a line its
support has no claw; biases of frequencies and of phases change nothing; a pair locks up to |delta| = kappa and drifts at
sqrt(delta^2 - kappa^2) beyond; Lorentzian oscillators have r = sqrt(1 - K_c/K).
Idea: outputs read differences of frequencies and moduli of sums of phases; two of three points near a fourth lie on one side of it.
Edges: a pair at the locking boundary; three leaves in the plane, which do make a claw; K = K_c, where r = 0.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations, combinations_with_replacement, permutations

from sympy import Max, Rational, atan, diff, exp, sqrt, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Enclosed,
    Entry,
    ForAll,
    ForEach,
    Hand,
    Identity,
    Measured,
    enclosed_sign,
)
from workbench.evidence import BALLS

J, D, u, a, e, w, kappa, gamma = symbols("J D u alpha e w kappa gamma", positive=True)
x, y, b, t, p, q, co, si, c1, s1 = symbols("x y b t p q co si C S", real=True)
GAPS = (Rational(1, 2), Rational(9, 10), Rational(1), Rational(2))


def profiles(m, *, power=1):
    """|S - sqrt(max(0, 1 - Delta^2))| at alpha = 1/m, K r = 1, against Delta sqrt(2 alpha)."""
    for gap in GAPS:
        weight, limit = sqrt(Max(0, exp(-2 * gap**2 / m) - gap**2)), sqrt(Max(0, 1 - gap**2))
        for side in (1, -1):
            bound = gap * sqrt(Rational(2, m**power))
            yield Case(f"alpha = 1/{m}, mismatch {gap}, {side:+d}", side * (weight - limit), bound, "<=")


def linked(one, other):
    """Whether S > 0 at alpha = K r = 1 for frequencies in quarters: exp(-2 D) > D, that is D <= 2/5 among the D that occur."""
    return 5 * sum((left - right) ** 2 for left, right in zip(one, other, strict=True)) <= 2 * 16


def claws(points):
    """The number of tokens with three linked ones that are not linked to each other."""
    found = 0
    for centre, *leaves in permutations(points, 4):
        found += all(linked(centre, leaf) for leaf in leaves) and not any(linked(*pair) for pair in combinations(leaves, 2))
    return found


def thresholds():
    """The sign of exp(-2 D) - D for the squared distances D = k/16 next to 2/5."""
    for k in (6, 7):
        yield Case(f"D = {k}/16: exp(-2 D) - D", exp(-Rational(k, 8)) - Rational(k, 16), 0, ">" if k == 6 else "<")


def on_a_line(n):
    yield from thresholds()
    for points in combinations_with_replacement(range(8), n):
        yield Case(f"4 omega = {points}: claws", claws([(place,) for place in points]), 0)


def in_the_plane(n):
    leaves = [(2, 0), (0, 2), (-2, 0), (0, -2)]
    yield Case(f"4 omega = 0 and {leaves[: n - 1]}: claws", claws([(0, 0), *leaves[: n - 1]]), 0)


def gradients(of, *, alone=False):
    """The largest entry of the gradient in a bias of all frequencies or phases, or of those of the first token alone."""
    from jax import grad, jit, numpy, random

    from workbench import record
    from workbench.mechanisms import mechanism

    def observed(key):
        omega, theta, v = random.normal(key, (3, 5, 3))
        where = numpy.zeros((5, 1)).at[0].set(1.0) if alone else numpy.ones((5, 1))

        def loss(bias):
            moved = {"omega": omega / 3, "theta": theta}
            moved[of] = moved[of] + where * bias
            return numpy.sin(mechanism("synchronization", coupling=4).apply(moved["omega"], moved["theta"], v)).sum()

        return {"largest_entry": numpy.abs(jit(grad(loss))(numpy.zeros(3))).max()}

    return record(f"bias_of_{of}", observed, seed=1, dtype="float64")


claim = partial(Claim.of, source=HERE)


def no_gradient(of):
    because = "0 in exact arithmetic; float64 sums of a few terms below 1 leave under 1e-13"
    return Measured("largest_entry", lambda: gradients(of), 0, Fraction(1, 10**13), because, lambda: gradients(of, alone=True))


ROOT = Identity.of(exp(-a * D) * sqrt(1 - (sqrt(D) / (u * exp(-a * D))) ** 2), sqrt(exp(-2 * a * D) - D / u**2), note="u = K r")
MOVED = Identity.of((p - q) ** 2, (x - y) ** 2, given={p: x + b, q: y + b}, note="a coordinate of Delta^2, with a common bias b")
TURN = Identity.of((c1 * co - s1 * si) ** 2 + (c1 * si + s1 * co) ** 2, (co**2 + si**2) * (c1**2 + s1**2), note="sums of phases")
DRIFT = Identity.of(
    diff(2 / w * atan((x * t - kappa) / w), t) * (x * (1 + t**2) - 2 * kappa * t),
    2,
    given={x: w * ((1 + e) ** 2 + 1) / (2 + 2 * e), kappa: w * ((1 + e) ** 2 - 1) / (2 + 2 * e)},
    note="t = tan(phi/2), delta = x, w^2 = delta^2 - kappa^2: the time that a turn takes is 2 pi / w",
)
REST = Identity.of(y**2 + (x / kappa) ** 2, 1, given={y: sqrt(1 - (x / kappa) ** 2)}, note="coherence and sine at rest, delta = x")
LOCKED = Identity.of(
    diff((sqrt(gamma**2 + u**2) / gamma * atan(sqrt(gamma**2 + u**2) * t / gamma) - atan(t)) * gamma / u**2, t),
    gamma / ((1 + t**2) * (gamma**2 * (1 + t**2) + u**2 * t**2)),
    note="t = tan(phi), u = K r: pi times cos^2(phi) g(K r sin(phi)), integrated",
)
LAW = Identity.of(
    gamma**2 + (kappa * x) ** 2,
    (gamma + e) ** 2,
    given={kappa: 2 * gamma + e, x: sqrt(e / (2 * gamma + e))},
    note="K = kappa = K_c + e, K_c = 2 gamma, r = x = sqrt(1 - K_c/K)",
)
FIXED = Identity.of((y - gamma) / (kappa * x), x, given={y: gamma + e} | dict(LAW.given), note="y the root of the line before")

BALANCE = Identity.of(
    x / t * J,
    y / b * J,
    given={x: u + J + e, t: u + J + e, y: w + J + e, b: w + J + e},
    note="D_i a_ij and D_j a_ji, with J = S_ij, u and w the other entries of both rows, e = epsilon",
)

FAMILY = (
    Entry(
        claim(
            "weights_eq_root_of_rectified_difference_ssa",
            "S = sqrt(ReLU(exp(-2 alpha Delta^2) - Delta^2 / (K r)^2)).",
            ForAll.of(ROOT),
            "r > 0; D = Delta^2; where the difference is negative, Delta > K r J and both sides are 0",
        ),
        (
            Derived.of(ROOT, Hand("the pair is locked exactly where the difference is not negative, both sides being positive")),
            Control("exp(-alpha D)", Identity.of(ROOT.left, sqrt(exp(-a * D) - D / u**2))),
        ),
    ),
    Entry(
        claim(
            "reversible_chain_ssa",
            "The normalised matrix is in detailed balance with D_i = sum_j S_ij + epsilon.",
            ForAll.of(BALANCE),
            "any epsilon >= 0 for which D_i > 0",
            uses=("weights_symmetric_ssa",),
        ),
        (
            Derived(),
            Control("S_ji = S_ij + 1", Identity.of(BALANCE.left, (y / b) * (J + 1), given=dict(BALANCE.given))),
        ),
    ),
    Entry(
        claim(
            "root_profile_limit_ssa_of_alpha_to_zero",
            "As alpha falls S_ij tends to sqrt(max(0, 1 - (Delta / (K r))^2)): the change is at most Delta sqrt(2 alpha).",
            ForEach.of(
                r"\bigl|S - \sqrt{\max(0, 1 - \Delta^2/(K r)^2)}\bigr| \leq \Delta\sqrt{2 \alpha}",
                profiles,
                first=1,
                index="m",
                costly_from=9,
            ),
            "K r fixed; alpha = 1/m, K r = 1, Delta = 1/2, 9/10, 1, 2 in the cases",
            uses=("weights_eq_root_of_rectified_difference_ssa",),
        ),
        (
            Derived.of(
                Identity.of(
                    x - y,
                    exp(-2 * a * D) - 1,
                    given={x: exp(-2 * a * D) - D / u**2, y: 1 - D / u**2},
                    note="what both roots are of, D = Delta^2, u = K r",
                ),
                Hand("1 - exp(-x) <= x for x >= 0; rectifying brings two numbers no farther apart; |sqrt A - sqrt B|^2 <= |A - B|"),
            ),
            Enclosed(4, enclosed_sign, BALLS, full=8),
            Control("Delta sqrt(2) alpha", ForEach.of("2", lambda m: profiles(m, power=2), first=8)),
        ),
    ),
    Entry(
        claim(
            "claw_free_support_ssa_of_scalar_frequency",
            "On a line the support graph has no induced K_{1,3}.",
            ForEach.of(r"K_{1,3} \not\subset \mathrm{supp}\, S", on_a_line, first=4, costly_from=6),
            "d = 1; alpha = K r = 1 and frequencies in quarters, 0 to 7/4, in the cases",
        ),
        (
            Derived.of(
                Identity.of(p - q, y - b, given={p: x + y, q: x + b}, note="two leaves on one side of x, at distances y and b"),
                Hand("S > 0 exactly below a radius; of three leaves two are on one side, apart by no more than the farther one"),
            ),
            Certified(4),
            Control("in the plane", ForEach.of("d = 2", in_the_plane, first=4), upto=4),
        ),
    ),
    Entry(
        claim(
            "frequency_bias_gradient_zero_ssa",
            "The gradient of every loss of the outputs in the bias of the frequencies is 0.",
            ForAll.of(MOVED),
            "the order parameter and the values do not depend on the frequencies",
        ),
        (
            Derived.of(MOVED, Hand("outputs read frequencies through Delta alone, so a common bias does not change any loss")),
            no_gradient("omega"),
            Control("one token moved", Identity.of((x - y) ** 2, (x + b - y) ** 2)),
        ),
    ),
    Entry(
        claim(
            "phase_bias_gradient_zero_ssa",
            "The gradient of every loss of the outputs in the bias of the phases is 0.",
            ForAll.of(TURN),
            "co^2 + si^2 = 1: a common phase turns the sums C, S of cosines and sines of a coordinate",
        ),
        (
            Derived.of(TURN, Hand("outputs read phases through the moduli of these sums alone, by the addition theorems")),
            no_gradient("theta"),
            Control("no turn", Identity.of(TURN.left, (co + si) ** 2 * (c1**2 + s1**2))),
        ),
    ),
    Entry(
        claim(
            "pair_model_locked_iff_offset_at_most_coupling",
            "phi' = delta - kappa sin(phi) has a fixed point iff |delta| <= kappa, with coherence sqrt(1 - (delta/kappa)^2); "
            "beyond, the mean drift is sqrt(delta^2 - kappa^2).",
            ForAll.of(REST, DRIFT),
            "kappa > 0; delta > 0 in the drift, by symmetry",
        ),
        (
            Derived.of(
                REST,
                DRIFT,
                Hand("the sine takes the values in [-1, 1]; the arctangent gains pi in a turn, t = tan(phi/2)"),
            ),
            Control("a drift delta - kappa", Identity.of(DRIFT.left, 2, given={x: kappa + w})),
        ),
    ),
    Entry(
        claim(
            "order_parameter_eq_root_law_kuramoto_lorentzian",
            "For Lorentzian frequencies r = sqrt(1 - K_c/K), K > K_c.",
            ForAll.of(LOCKED, LAW, FIXED),
            "infinitely many oscillators, stationary r > 0, g of width gamma, K_c = 2 / (pi g(0)) = 2 gamma",
        ),
        (
            Derived.of(
                LOCKED,
                LAW,
                FIXED,
                Hand("r = K r times the integral of cos^2(phi) g(K r sin(phi)) over the locked phases; drifting ones cancel"),
                Hand("arctangents gain pi over the half turn, so r = (sqrt(gamma^2 + (K r)^2) - gamma) / (K r)"),
            ),
            Control("sqrt(1 - gamma/K)", Identity.of(LAW.left, LAW.right, given={kappa: gamma + e, x: sqrt(e / (gamma + e))})),
        ),
    ),
)
