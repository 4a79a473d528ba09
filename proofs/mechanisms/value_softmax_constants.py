"""What is constant along the flow of the value-softmax model.

Says: the sum of a; V - beta* u^T/B from V(0) = 0, not from elsewhere with the squared loss; for two scores (u_0 - u_1)^2/2 -
B cosh(a_0 - a_1), not with half the argument; eta^2 - |V|^2 with a trained gate eta.
Idea: two slopes that cancel; z = e^(x/2) makes hyperbolic functions rational.
Edges: below the energy -B the sink is decided by the scores at the start, not by the values.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import IndexedBase, Matrix, Rational, Sum, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Hand, Identity, Source

j, N = symbols("j N", integer=True, positive=True)
S, U, G = IndexedBase("s"), IndexedBase("u"), IndexedBase("g")
z, rest, B = symbols("z R B", positive=True)
x, y, m, eta = symbols("x y m eta", real=True)
VARRE = Source("varre2026polarizes", "sections 2-4; appendix D as reported elsewhere", read=True)
REGRESSION = "V(0) = 0, s_0(0) > ... > s_{p-1}(0); the flow derived from the squared loss"


def shares(z):
    """Softmax of a for e^a = z."""
    return [entry / sum(z) for entry in z]


def rank_one(p, *, start=0):
    """V' at V = beta u^T / B + start (entries outside the line of beta): rows in proportion to beta = (1, 2)."""
    beta, s, u = Matrix([1, 2]), shares([Rational(i + 1) for i in range(p)]), [Rational(3 - i, 2) for i in range(p)]
    V = beta * Matrix([u]) / 5 + start * Matrix([2, -1]) * Matrix([[1] * p])
    velocity = (beta - V * Matrix(s)) * Matrix([s])
    for i in range(p):
        yield Case(f"p = {p}, column {i}: what is orthogonal to beta", 2 * velocity[0, i] - velocity[1, i], 0)


def rates(u, z, *, b=1):
    """u' and a' in the clock Gamma: B s and s (u - <s, u>)."""
    s = shares(list(map(Fraction, z)))
    mean = sum(a * t for a, t in zip(s, u, strict=True))
    return s, [b * t for t in s], [t * (a - mean) for a, t in zip(u, s, strict=True)]


def states(p):
    """Ordered states: u and e^a non-increasing, u strictly."""
    for steps in product((1, 3), repeat=p - 1):
        u = [Fraction(sum(steps[i:])) - 1 for i in range(p)]
        for factors in product((1, 2), repeat=p - 1):
            z = [Fraction(1)]
            for f in reversed(factors):
                z.insert(0, z[0] * f)
            yield u, z


def sums(p, *, weight=1):
    for u, z in states(p):
        _, _, da = rates([t + 5 for t in u], z)
        yield Case(f"u = {[*map(str, u)]}, e^a = {[*map(str, z)]}: slope of the sum of a", sum(da) + (weight - 1) * da[0], 0)


def value_sums(p, *, times=1):
    for u, z in states(p):
        yield Case(f"e^a = {[*map(str, z)]}, B = 1: slope of the sum of u in the clock", sum(rates(u, z)[1]), times)


def crossing(m):
    """u_0 - u_1 = 1/m, e^(a_1 - a_0) = 2, B = 1: a_0 = a_1 needs an energy of at least -B."""
    yield Case(f"u_0 - u_1 = 1/{m}, e^(a_1 - a_0) = 2, B = 1: energy", Fraction(1, 2 * m**2) - Fraction(5, 4), -1, ">=")


claim = partial(Claim.of, source=VARRE)


def over(term):
    return Sum(term, (j, 1, N))


SPREAD = Identity.of(
    over(S[j] * U[j] * (U[j] - m)), over(S[j] * U[j] ** 2) - m * over(S[j] * U[j]), note="u.J u is a variance, so not negative"
)
ENERGY = Identity.of(
    y * B * (z**2 - 1) / (z**2 + 1),
    B * (z**2 - 1 / z**2) / 2 * (2 * y * z**2 / (1 + z**2) ** 2),
    note="z = e^(x/2), x and y the gaps of a and u: both terms change alike",
)


FAMILY = (
    Entry(
        claim(
            "values_rank_one_regression",
            "V = beta* u^T / B for all t.",
            ForEach.of(r"V = \beta^* u^{\mathsf T}/B", rank_one, first=1, index="p", costly_from=8),
            REGRESSION,
            "the cases say that V' stays in the line of beta* = (1, 2)",
        ),
        (
            Derived.of(
                Identity.of(x - x * m / B, x * (1 - m / B), note="beta* - V s for V = beta* u^T/B, m = <u, s>"),
                Hand(
                    "matrices beta* u^T/B are invariant under V' = (beta* - V s) s^T and hold V(0) = 0; B = beta*.beta* gives u "
                    "= V^T beta*"
                ),
            ),
            Certified(4),
            Control("from elsewhere", ForEach.of("V(0)", lambda p: rank_one(p, start=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "score_sum_conserved",
            "The sum of a is constant.",
            ForEach.of(r"1^{\mathsf T} \dot a = 0", sums, first=2, index="p", costly_from=5),
            "any loss",
            source=HERE,
        ),
        (
            Derived.of(SPREAD, Hand("the columns of J add up to s_i - s_i sum_k s_k = 0, and a' = -J V^T grad")),
            Certified(3),
            Control("the first counted twice", ForEach.of("2", lambda p: sums(p, weight=2), first=2)),
        ),
    ),
    Entry(
        claim(
            "value_sum_linear_in_clock",
            "The sum of u is that of u(0) + B Gamma.",
            ForEach.of(r"\frac{d}{d\Gamma} 1^{\mathsf T} u = B", value_sums, first=2, index="p", costly_from=5),
            "logistic, or regression from V(0) = 0; B = 1 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(B * (z / (z + rest)) + B * rest / (z + rest), B, note="s sums to 1"),
                Hand("u' = gamma B s and Gamma' = gamma"),
            ),
            Certified(3),
            Control("B/2", ForEach.of("1/2", lambda p: value_sums(p, times=Fraction(1, 2)), first=2)),
        ),
    ),
    Entry(
        claim(
            "cosh_energy_conserved_two_scores",
            "(u_0 - u_1)^2/2 - B cosh(a_0 - a_1) is constant for p = 2.",
            ForAll.of(ENERGY),
            "in the clock (u_0 - u_1)' = B (s_0 - s_1) and (a_0 - a_1)' = 2 s_0 s_1 (u_0 - u_1); left: slope of the square, "
            "right: of B cosh",
            source=HERE,
        ),
        (
            Derived.of(
                ENERGY,
                Identity.of(z**2 / (1 + z**2) - 1 / (1 + z**2), (z**2 - 1) / (z**2 + 1), note="s_0 - s_1 for z = e^(x/2)"),
                Hand("s_0 = z^2/(1 + z^2), so 2 s_0 s_1 = 2 z^2/(1 + z^2)^2, and the slope of cosh x is sinh x = (z^2 - z^-2)/2"),
            ),
            Control("half the argument", Identity.of(ENERGY.left, B * (z - 1 / z) / 2 * (2 * y * z**2 / (1 + z**2) ** 2))),
        ),
    ),
    Entry(
        claim(
            "half_angle_cosh_energy_conserved_two_scores",
            "(u_0 - u_1)^2/2 - 2 B cosh((a_0 - a_1)/2) is constant for p = 2.",
            ForAll.of(
                Identity.of(
                    ENERGY.left,
                    B * (z - 1 / z) / 2 * (2 * y * z**2 / (1 + z**2) ** 2),
                    note="z = e^(x/2), x and y the gaps of a and u",
                )
            ),
            "left: slope of the square, right: of 2 B cosh(x/2), in the clock",
            source=HERE,
        ),
        (
            Counterexample(),
            Control("B cosh(x/2)", Identity.of(ENERGY.left, B * (z - 1 / z) / 4 * (2 * y * z**2 / (1 + z**2) ** 2))),
        ),
    ),
    Entry(
        claim(
            "sink_is_argmax_of_initial_values_of_any_scores",
            "s tends to e_i with i the argmax of u(0).",
            ForEach.of(r"\tfrac12 (u_0 - u_1)^2 - B\cosh(a_0 - a_1) \geq -B", crossing, first=2, index="m"),
            "logistic, arbitrary a(0); below this conserved energy a_0 - a_1 never reaches 0, so s_0 stays below 1/2",
            source=HERE,
            uses=("cosh_energy_conserved_two_scores",),
        ),
        (Counterexample(at=2), Control("m = 3", ForEach.of("3", crossing, first=3))),
    ),
    Entry(
        claim(
            "orthogonal_values_conserved_regression",
            "(I - beta* beta*^T/B) V is constant.",
            ForEach.of(r"(I - \beta^* \beta^{*\mathsf T}/B) \dot V = 0", lambda p: rank_one(p, start=1), first=1, index="p"),
            "squared loss, arbitrary V(0); beta* = (1, 2)",
            source=HERE,
        ),
        (Counterexample(at=1), Control("two scores", ForEach.of("2", lambda p: rank_one(p, start=1), first=2))),
    ),
    Entry(
        claim(
            "gated_output_balance_conserved",
            "With output eta V s and eta trained, eta^2 - |V|_F^2 is constant.",
            ForAll.of(
                Identity.of(
                    2 * eta * over(G[j] * U[j]),
                    2 * over(eta * G[j] * U[j]),
                    note="u_j = (V s)_j: slopes of eta^2 and of |V|^2, less the sign",
                )
            ),
            "any loss of gradient g in the output: eta' = -g.(V s), V' = -eta g s^T",
            source=HERE,
        ),
        (Derived(), Control("with eta^2", Identity.of(2 * eta * over(G[j] * U[j]), 2 * over(eta**2 * G[j] * U[j])))),
    ),
)
