"""How fast the value-softmax flow polarises, with its constants, and the energy of the token model of two tokens.

Says: with the logistic loss p B Gamma^2 s_j/s_0 tends to 2 for every j != 0, and Gamma/log t to 1/B; two tokens keep
(u_0 - u_1)^2/2 - 2 B cosh(a_0 - a_1), twice the factor of two scores.
Idea: (e^-a_j - e^-a_0)' = (u_0 - u_j)/Z, so that all s_0/s_j have one order; the sum of a, which is constant, fixes it.
Edges: p = 2, where the energy is that of two scores; equal values of all but the first, where an energy exists for every p.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import Rational, diff, exp, limit, log, oo, symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Entry, ForAll, ForEach, Hand, Identity, Measured, Source

B, z, r, p_, lam = symbols("B z r p lambda", positive=True)
x, y = symbols("x y", real=True)
VARRE = Source("varre2026polarizes", "sections 3 and 4.1", read=True)
START = "a(0) = 0, u_0(0) > ... > u_{p-1}(0); the flow derived from the logistic loss"


def potential(ratio, p):
    """(p/B) times the potential of the gap u_0 - u_1, for the ratio s_0/s_1 and p - 1 equal other scores."""
    return ratio + (p - 2) * log(ratio) + (p - 1) / ratio


def squared_gaps(p, *, order=1):
    """The limit of (u_0 - u_1)^2 (s_1/s_0)^order from u = (1, 0, ..., 0), B = 1, as s_0/s_1 grows."""
    square = 1 + Rational(2, p) * (potential(r, p) - p)
    yield Case(f"p = {p}: limit of (u_0 - u_1)^2 (s_1/s_0)^{order}", limit(square / r**order, r, oo), Rational(2, p))


def behind_the_first(p, *, times=1):
    """What <u, s> lacks to u_0 against (1 - s_0)(u_0 - u_{p-1}), for falling integers u and s in proportion to others."""
    for steps, tops in product(product((1, 4), repeat=p - 1), product((1, 3), repeat=p - 1)):
        u, heights = [sum(steps[j:]) for j in range(p)], [1 + sum(tops[j:]) for j in range(p)]
        s = [Fraction(height, sum(heights)) for height in heights]
        lack = u[0] - sum(a * b for a, b in zip(u, s, strict=True))
        yield Case(f"u = {u}, s in proportion to {heights}", lack, times * (1 - s[0]) * (u[0] - u[-1]), "<=")


def polarised(*, u=(2.0, 1.0, 0.5, -1.0), b=1.0, end=4000.0):
    """p B Gamma^2 s_j/s_0 for the largest and least j != 0, and B Gamma/log t, from a = 0 at Gamma = end/B."""
    import numpy as np
    from scipy.integrate import solve_ivp

    from workbench import record

    def rates(_, state):
        s, values = shares(state), state[: len(u)]
        return np.concatenate([b * s, s * (values - s @ values)])

    def shares(state):
        e = np.exp(state[len(u) :] - state[len(u) :].max())
        return e / e.sum()

    def observed(_key):
        clock = np.linspace(0, end / b, 40001)
        start = np.concatenate([u, np.zeros(len(u))])
        states = solve_ivp(rates, (0, clock[-1]), start, t_eval=clock, rtol=1e-10, atol=1e-12, method="DOP853").y.T
        s = shares(states[-1])
        margin = np.array([shares(state) @ state[: len(u)] for state in states])
        log_time = np.log(np.trapezoid(np.exp(margin - margin.max()) + np.exp(-margin.max()), clock)) + margin.max()
        scaled = len(u) * b * clock[-1] ** 2 * s[1:] / s[0]
        return {"least": scaled.min(), "greatest": scaled.max(), "clock": b * clock[-1] / log_time}

    return record("polarised_scores", observed, seed=0, dtype="float64")


claim = partial(Claim.of, source=HERE)


SHARES = {x: r / (r + p_ - 1), y: 1 / (r + p_ - 1)}
GAP = Identity.of(
    B * (x - y) * z,
    B / p_ * diff(potential(r, p_), r) * r * (p_ * x * y * z),
    given=SHARES,
    note="z = u_0 - u_1, r = s_0/s_1, x, y = s_0, s_1; z' = B (s_0 - s_1) and (log r)' = p s_0 s_1 z in the clock",
)
TOKENS = Identity.of(
    y * B * (z**2 - 1) / (z**2 + 1),
    2 * B * (z**2 - 1 / z**2) / 2 * (y * z**2 / (1 + z**2) ** 2),
    note="z = e^(x/2), x and y the gaps of a and u: x' = s_0 s_1 y, half of that of two scores; slopes of y^2/2 and 2 B cosh x",
)
CORRECTED = "2 in the limit; a run to Gamma = 400 gave 1.85, and corrections of the order log(Gamma)/Gamma fall eightfold to 4000"
ORDER = "one_hot_limit_logistic"

FAMILY = (
    Entry(
        claim(
            "energy_conserved_of_equal_other_scores",
            "With r = s_0/s_1 and p - 1 equal other scores (u_0 - u_1)^2/2 - (B/p)(r + (p - 2) ln r + (p - 1)/r) is constant.",
            ForAll.of(GAP),
            "u_1 = ... = u_{p-1} and a_1 = ... = a_{p-1}, in the clock; p = 2 gives B cosh(a_0 - a_1)",
        ),
        (
            Derived.of(GAP, Hand("u_0 - <u, s> = (1 - s_0)(u_0 - u_1) and u_1 - <u, s> = -s_0 (u_0 - u_1), so (ln r)' is as said")),
            Control(
                "B/2 for B/p",
                Identity.of(GAP.left, B / 2 * diff(potential(r, p_), r) * r * (p_ * x * y * z), given=SHARES),
            ),
        ),
    ),
    Entry(
        claim(
            "score_ratio_times_squared_clock_tends_to_two_over_p_b",
            "s_j/s_0 is asymptotically 2/(p B Gamma^2) for every j != 0.",
            ForEach.of(r"\lim (u_0 - u_1)^2\, s_1/s_0 = \tfrac{2B}{p}", squared_gaps, first=2, index="p", costly_from=7),
            START,
            "the cases take equal other scores, B = 1, where u_0 - u_1 is asymptotically B Gamma",
            uses=("energy_conserved_of_equal_other_scores", ORDER),
        ),
        (
            Derived.of(
                Identity.of(
                    diff(exp(p_ * x) / p_, x), exp((p_ - 1) * x) * exp(x), note="x = ln W: W^(p-1) W' is the slope of W^p/p"
                ),
                Hand("w_j = e^-a_j - e^-a_0 has slope (u_0 - u_j)/Z; u_0 - u_j ~ B Gamma, since s tends to e_0, and Z ~ e^a_0"),
                Hand("W, of slope B Gamma/Z, grows without bound: bounded w_j and a constant sum of a would bound a_0 and s_0/s_j"),
                Hand("so all w_j ~ W, s_0/s_j ~ e^a_0 W, and the constant sum of a gives e^a_0 ~ W^(p-1)"),
                Hand("then W^(p-1) W' ~ B Gamma, W^p ~ p B Gamma^2/2, and s_0/s_j ~ W^p"),
            ),
            Certified(4),
            Measured(
                "least",
                polarised,
                Fraction(19, 10),
                Fraction(21, 10),
                CORRECTED,
                lambda: polarised(end=4.0),
            ),
            Measured(
                "greatest",
                polarised,
                Fraction(19, 10),
                Fraction(21, 10),
                CORRECTED,
                lambda: polarised(end=4.0),
            ),
            Control("s_1/s_0 squared", ForEach.of("2", lambda p: squared_gaps(p, order=2), first=2, index="p")),
        ),
    ),
    Entry(
        claim(
            "clock_over_log_time_tends_to_inverse_of_squared_target_norm",
            "Gamma(t)/log t tends to 1/B.",
            ForEach.of(
                r"u_0 - \langle u, s\rangle \leq (1 - s_0)(u_0 - u_{p-1})", behind_the_first, first=2, index="p", costly_from=5
            ),
            START,
            uses=(ORDER, "clock_order_log_time_logistic"),
        ),
        (
            Derived.of(
                Identity.of(
                    diff(log(1 + lam * x) / lam, x),
                    exp(-lam * y),
                    given={y: log(1 + lam * x) / lam},
                    note="Gamma' = e^(-lambda Gamma) has the solution log(1 + lambda t)/lambda",
                ),
                Hand("u_0' = B s_0 and u_{p-1}' = B s_{p-1} with s_0 -> 1: u_0/Gamma tends to B, and so does <u, s>/Gamma"),
                Hand(
                    "so Gamma' = 1/(1 + e^<u, s>) lies between constants times e^(-(B + h) Gamma) and e^(-(B - h) Gamma), any h > 0"
                ),
            ),
            Certified(3),
            Measured(
                "clock",
                polarised,
                Fraction(19, 20),
                Fraction(21, 20),
                "1 in the limit; <u, s> - B Gamma is of the order log Gamma, a few units of 4000",
                lambda: polarised(end=2.0),
            ),
            Control("half of it", ForEach.of("1/2", lambda p: behind_the_first(p, times=Fraction(1, 2)), first=2, index="p")),
        ),
    ),
    Entry(
        claim(
            "cosh_energy_conserved_two_tokens_token_model",
            "With T = 2 and A(0) = 0, (u_0 - u_1)^2/2 - 2 B cosh(a_0 - a_1) is constant, u = V beta*, a a row of A.",
            ForAll.of(TOKENS),
            "logistic token model; rows stay equal, and the mean over T = 2 rows halves the rate of each",
            source=VARRE,
            uses=("every_row_one_hot_token_model",),
        ),
        (
            Derived.of(
                TOKENS,
                Identity.of(z**2 / (1 + z**2) - 1 / (1 + z**2), (z**2 - 1) / (z**2 + 1), note="s_0 - s_1 for z = e^(x/2)"),
                Hand("s_0 s_1 = z^2/(1 + z^2)^2, and the slope of cosh x is sinh x = (z^2 - z^-2)/2"),
            ),
            Control("B for 2 B", Identity.of(TOKENS.left, B * (z**2 - 1 / z**2) / 2 * (y * z**2 / (1 + z**2) ** 2))),
        ),
    ),
)
