"""What the flow of the value-softmax model keeps, and how fast two scores part.

Says: in the clock u' = B s, a' = J(s) u for both losses; values move along beta* alone; for p >= 3 there
is no energy u^T Q u / 2 + F(a); with two scores s_1/s_0 is of the order Gamma^-2, not Gamma^-1.
Idea: the loss enters through gamma; B Q s + J grad F = 0 fixes Q; B cosh(a_0 - a_1) = (u_0 - u_1)^2 / 2 + const.
Edges: p = 2, where an energy exists.
"""

from collections import Counter
from functools import partial
from itertools import combinations, combinations_with_replacement, product

from sympy import Integer, Matrix, Rational, diff, exp, eye, limit, log, ones, oo, sqrt, symbols, zeros

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

B, z, far = symbols("B z u", positive=True)
x, y, u, w, A, C, Q = symbols("x y u w A C Q", real=True)
VARRE = Source("varre2026polarizes", "sections 2-4; appendix D as reported elsewhere", read=True)
BETA = Matrix([1, 2])
LOGISTIC = "logistic_flow_eq_printed_form_value_softmax_of_opposite_sign"


def shares(p):
    return [Rational(p - j, p * (p + 1) // 2) for j in range(p)]


def energies(p, *, relation=">=", dimension=1):
    """The dimension of the symmetric Q for which u^T Q u / 2 + F(a) is constant for some F.

    B Q s + J grad F = 0 says that the rows of Q add up to 0 and, since grad F has no curl, that Q_ij sinh(a_j - a_i) summed over
    the cycle i, j, k is 0 for all a: taken at e^a = (1, b, b^4, b^9, ...), b = 2, 3, 5.
    """
    places = {pair: place for place, pair in enumerate(combinations_with_replacement(range(p), 2))}
    conditions = [Counter({places[min(i, j), max(i, j)]: 1 for j in range(p)}) for i in range(p)]
    for base, cycle in product((2, 3, 5), combinations(range(p), 3)):
        row = Counter()
        for first, second in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
            ratio = Rational(base) ** (second**2 - first**2)
            row[places[min(first, second), max(first, second)]] += ratio - 1 / ratio
        conditions.append(row)
    rank = Matrix(len(conditions), len(places), lambda r, c: conditions[r][c]).rank()
    yield Case(f"p = {p}: dimension of the energies", len(places) - rank, dimension, relation)


def parted(u):
    """s_1/s_0 = e^-a at u_0 - u_1 = u, from u = 1, a = 0, B = 1, and bounds of the clock there: 2 cosh a = u^2 + 1."""
    c = (u**2 + 1) / 2
    return c - sqrt(c**2 - 1), u - 1, u - 1 + 2 * log(u + sqrt(u**2 - 1))


def inverse_clock(*, power=1):
    """The limit of Gamma^power s_1/s_0 as u, and with it the clock, grows: of what it is at most."""
    ratio, _, clock = parted(far)
    yield Case(f"u_0 - u_1 grows: limit of Gamma^({power}) s_1/s_0, at most", limit(clock**power * ratio, far, oo), 0, ">")


def inverse_square(u, *, power=2):
    """Gamma^power s_1/s_0 between 1/8 and 4."""
    ratio, low, high = parted(Integer(u))
    yield Case(f"u = {u}: Gamma^{power} s_1/s_0 at least", low**power * ratio, Rational(1, 8), ">=")
    yield Case(f"u = {u}: Gamma^{power} s_1/s_0 at most", high**power * ratio, 4, "<=")


def in_the_clock(p, *, on_line=True):
    """The gradient of the squared loss in the output at V = beta u^T / B, beta = (1, 2), against -(1 - u.s/B) beta."""
    s, falling = shares(p), [Rational(2 * p - 3 * j, 2) for j in range(p)]
    V = BETA * Matrix([falling]) / 5 + (zeros(2, p) if on_line else ones(2, p))
    gamma = 1 - sum(v * t for v, t in zip(falling, s, strict=True)) / 5
    for place, (got, want) in enumerate(zip(V * Matrix(s) - BETA, -gamma * BETA, strict=True)):
        yield Case(f"p = {p}: gradient[{place}]", got, want)


def steps(p, *, regression=False):
    """The change of V over three steps of its flow from unit values, with the scores of other times."""
    V = start = Matrix(2, p, lambda i, j: Rational(int(i == j)))
    for step in range(3):
        s = Matrix([shares(p)[step % p :] + shares(p)[: step % p]])
        gradient = V * s.T - BETA if regression else -BETA / (step + 2)
        V = V - gradient * s
    return V - start


def change_ranks(p, *, regression=False):
    yield Case(f"p = {p}: rank of the change of V", steps(p, regression=regression).rank(), 1, "<=")


def orthogonal(p, *, regression=False):
    for place, entry in enumerate((eye(2) - BETA * BETA.T / 5) * steps(p, regression=regression)):
        yield Case(f"p = {p}: change of (1 - beta beta^T / B) V, entry {place}", entry, 0)


claim = partial(Claim.of, source=HERE)


CYCLE = A * (exp(x) - exp(-x)) + C * (exp(y) - exp(-y)) - Q * (exp(x + y) - exp(-x - y))
COSH = "cosh_energy_conserved_two_scores"

FAMILY = (
    Entry(
        claim(
            "trajectory_in_clock_independent_of_loss",
            "(u, a) as a function of Gamma is the same for the logistic and the squared loss from equal (u, a)(0).",
            ForEach.of(r"\nabla\ell = -\gamma \beta^*", in_the_clock, first=1, index="p", costly_from=6),
            "V(0) = beta* u(0)^T / B; the squared loss at beta* = (1, 2) and rational u, s in the cases",
            uses=(LOGISTIC, "full_flow_eq_printed_form_value_softmax"),
        ),
        (
            Derived.of(
                Identity.of(diff(log(1 + exp(-x)), x), -1 / (1 + exp(x)), note="the logistic loss: its gradient is -gamma beta*"),
                Hand("so V' = gamma beta* s^T and a' = gamma J V^T beta* for both, and u' = gamma B s: divide by gamma = Gamma'"),
            ),
            Certified(4),
            Control("V off the line", ForEach.of("V", lambda p: in_the_clock(p, on_line=False), first=1)),
        ),
    ),
    Entry(
        claim(
            "values_change_by_rank_one_logistic",
            "rank(V(t) - V(0)) <= 1 for the logistic loss.",
            ForEach.of(r"\operatorname{rank}(V(t) - V(0)) \leq 1", change_ranks, first=1, index="p", costly_from=6),
            "three steps along beta* s^T with different s in the cases",
            uses=(LOGISTIC,),
        ),
        (
            Derived.of(
                Identity.of(A * (x + y), A * x + A * y, note="columns of beta* s^T add up to multiples of beta*"),
                Hand("V' = gamma beta* s^T, whose integral is beta* times a row"),
            ),
            Certified(4),
            Control("the squared loss", ForEach.of("2", lambda p: change_ranks(p, regression=True), first=2)),
        ),
    ),
    Entry(
        claim(
            "orthogonal_values_conserved_logistic",
            "(1 - beta* beta*^T / B) V is constant for the logistic loss.",
            ForEach.of(r"(1 - \beta^* \beta^{*T} / B)\, \dot V = 0", orthogonal, first=1, index="p", costly_from=6),
            "arbitrary V(0); three steps along beta* s^T with different s in the cases",
            uses=(LOGISTIC,),
        ),
        (
            Derived.of(
                Identity.of(x - x * w / B, 0, given={w: B}, note="an entry of the projection of beta*, w = beta*.beta*"),
                Hand("V' = gamma beta* s^T"),
            ),
            Certified(4),
            Control("the squared loss", ForEach.of("2", lambda p: orthogonal(p, regression=True), first=2)),
        ),
    ),
    Entry(
        claim(
            "quadratic_energy_exists_many_scores",
            "For p >= 3 some non-zero symmetric Q and some F make u^T Q u / 2 + F(a) constant from every start.",
            ForEach.of(r"\dim\{Q\} \geq 1", energies, first=3, index="p"),
        ),
        (Counterexample(at=3), Control("p = 4", ForEach.of("4", energies, first=4))),
    ),
    Entry(
        claim(
            "no_quadratic_energy_of_three_or_more_scores",
            "For p >= 3 no non-zero symmetric Q and no F make u^T Q u / 2 + F(a) constant from every start.",
            ForEach.of(r"\dim\{Q\} = 0", lambda p: energies(p, relation="==", dimension=0), first=3, index="p", costly_from=6),
        ),
        (
            Derived.of(
                Identity.of(diff(CYCLE, x, y), -Q * (exp(x + y) - exp(-x - y)), note="over a cycle: its sum is 0 for all x, y"),
                Hand("so each off-diagonal entry of Q is 0, and its rows add up to 0"),
            ),
            Certified(4),
            Control("p = 2", ForEach.of("2", lambda p: energies(p, relation="==", dimension=0), first=2)),
        ),
    ),
    Entry(
        claim(
            "score_ratio_order_inverse_clock",
            "s_j/s_0 = Theta(1/Gamma) as Gamma grows.",
            ForEach.once(r"\liminf_{\Gamma \to \infty} \Gamma\, s_1/s_0 > 0", inverse_clock),
            "3.1, p = 2; u_0 - u_1 = 1 at the start, B = 1: no constant bounds Gamma s_1/s_0 from below",
            uses=(COSH,),
        ),
        (Counterexample(at=0), Control("the root", ForEach.once("1/2", lambda: inverse_clock(power=Rational(1, 2))))),
    ),
    Entry(
        claim(
            "score_ratio_order_inverse_square_clock_of_two_scores",
            "With two scores s_1/s_0 = Theta(1/Gamma^2) as Gamma grows; B Gamma^2 s_1/s_0 tends to 1.",
            ForEach.of(r"\tfrac18 \leq \Gamma^2 s_1/s_0 \leq 4", inverse_square, first=2, index="u", costly_from=9),
            "3.1, p = 2, u = u_0 - u_1; u = 1 at the start and B = 1 in the cases",
            uses=(COSH,),
        ),
        (
            Derived.of(
                Identity.of(
                    ((z - 1) / (z + 1)) ** 2,
                    w / (w + 4 * B),
                    given={w: B * (z + 1 / z - 2)},
                    note="z = e^a, w = u^2 - u(0)^2: the square of u' / B = tanh(a/2)",
                ),
                Hand("so B Gamma lies between u - u(0) and that plus 2 sqrt(B) arccosh(u/u(0)), by integration"),
                Hand("and e^a + e^-a = 2 + w/B, so B Gamma^2 e^-a tends to 1"),
            ),
            Enclosed(5, enclosed_sign, BALLS, full=20),
            Control("Gamma^3", ForEach.of("3", lambda u: inverse_square(u, power=3), first=20)),
        ),
    ),
)
