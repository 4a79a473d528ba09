"""Linear attention that learns regression in context: where its weights end, and what separate heads pass on the way.

Says: the weights tend to the inverse of Gamma = (1 + 1/N) Lambda + tr Lambda/N; separate heads learn mode by mode, the strongest
first, over saddles at tr Lambda minus partial sums of lambda^2/Gamma.
Idea: for Gaussian inputs E[S S] = Lambda Gamma, so that the loss is a quadratic form in M = u U and splits by pairs of eigenvalues.
Edges: the start must have a smaller loss than 0 has.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import product

from sympy import Integer, Matrix, Rational, Symbol, atan, diag, diff, expand, log, root, sqrt, symbols

from workbench import (
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Measured,
    Source,
)

HERE = Source("workbench2026", "derived in this file", read=True)
TRAINED = Source("zhang2023trained", "the convergence theorem", read=False)
TRAINING = Source("zhang2025training", "merged and separate heads", read=False)
lam, gam, p, x, y = symbols("lambda Gamma p x y", positive=True)
m = Symbol("m", real=True)
N31 = 31
SETTING = "x ~ N(0, Lambda), w ~ N(0, 1), the loss without 1/2; Gamma = (1 + 1/N) Lambda + tr Lambda / N, E[S S] = Lambda Gamma"


def spectrum(n):
    """Eigenvalues n/10, ..., 2/10, 1/10; for n = 4 their sum is 1."""
    return tuple(Rational(k, 10) for k in range(n, 0, -1))


TENTHS = spectrum(4)


def gamma(eigenvalue, total, examples):
    return (1 + Rational(1, examples)) * eigenvalue + Rational(1) * total / examples


def gammas(eigenvalues=TENTHS, examples=N31):
    return [gamma(e, sum(eigenvalues), examples) for e in eigenvalues]


def loss(product_, eigenvalues, examples):
    """tr Lambda - 2 tr(Lambda^2 M) + tr(Lambda M^T Lambda Gamma M)."""
    spread, inner = diag(*eigenvalues), diag(*gammas(eigenvalues, examples))
    return spread.trace() - 2 * (spread**2 * product_).trace() + (spread * product_.T * spread * inner * product_).trace()


def head_flow(eigenvalues):
    """One head u x^T U^T S w, U any matrix, N = 31, the loss with 1/2."""
    from workbench.dynamics.flow import Flow, entries

    u, inner = Symbol("u", real=True), entries("U", len(eigenvalues), len(eigenvalues))
    return Flow.from_loss(loss(u * Matrix(inner), eigenvalues, N31) / 2, [u, inner]), u, inner


def limits(n, *, sign=1):
    """In n dimensions: u^2 - |U|^2 is conserved, u^4 = tr Gamma^-2 with u U = Gamma^-1 is at rest and balanced, its loss."""
    values = spectrum(n)
    flow, u, inner = head_flow(values)
    yield Case(f"D = {n}: balance", [expand(flow.derivative(u**2 - sign * sum(e**2 for e in inner)))], [0])
    found = [1 / g for g in gammas(values)]
    at = {u: p} | {inner[i, j]: (found[i] / p if i == j else Integer(0)) for i, j in product(range(n), repeat=2)}
    yield Case(f"D = {n}: at rest", [expand(f.xreplace(at)) for f in flow.rhs], [0] * (n * n + 1))
    strength = root(sum(f**2 for f in found), 4)
    yield Case(f"D = {n}: balanced there", strength**2, sum(f**2 for f in found) / strength**2)
    rest = sum(values) - sum(e**2 * f for e, f in zip(values, found, strict=True))
    yield Case(f"D = {n}: loss", expand(2 * flow.loss.xreplace(at)), rest)


def listed():
    found = [1 / g for g in gammas()]
    strength = root(sum(f**2 for f in found), 4)
    yield Case("u", abs(strength - Rational(3041953, 10**6)), Rational(1, 10**6), "<")
    yield Case("loss", abs(levels_of(4) - Rational(13599507, 10**8)), Rational(1, 10**8), "<")


def levels_of(modes):
    return 1 - sum(e**2 / g for e, g in list(zip(TENTHS, gammas(), strict=True))[:modes])


@cache
def descent(start=0.1, target=1):
    """The largest distance of u U from Gamma^-1 after t = 400 from a small balanced start that is not aligned, D = 2."""
    import numpy as np

    from workbench.runs import record

    def run(key):
        flow, _, _ = head_flow(TENTHS[:2])
        form = np.array([[2.0, 1.0], [1.0, 2.0]]) / np.sqrt(10)
        seen = flow.run([start, *(start * form).ravel()], t1=400.0)
        made = seen.states[-1]
        want = np.diag([1 / float(g) for g in gammas(TENTHS[:2])])
        return {"distance": float(np.abs(made[0] * made[1:].reshape(2, 2) - target * want).max())}

    return record("linear_attention", run, seed=0, dtype="float64")


def saddles(n, *, wrong=0):
    """Every set of the first n modes: M with 1/Gamma there is at rest for rank-one heads, its level a partial sum."""
    from workbench.dynamics.flow import entries

    values = spectrum(n)
    for chosen in product((0, 1), repeat=n):
        heads = Matrix(entries("M", n, n))
        whole = loss(heads, values, N31)
        at = {heads[i, j]: (chosen[i] / gammas(values)[i] if i == j else Integer(0)) for i, j in product(range(n), repeat=2)}
        for i, j in product(range(n), repeat=2):
            if chosen[i] or chosen[j]:
                yield Case(f"modes {chosen}: pull on entry {i}, {j}", diff(whole, heads[i, j]).xreplace(at), 0)
        level = sum(values) - sum(c * e**2 / g for c, e, g in zip(chosen, values, gammas(values), strict=True))
        yield Case(f"modes {chosen}: level", whole.xreplace(at), level + wrong)


def levels():
    for modes, digits in enumerate((1000000, 640580, 377372, 209805, 135995)):
        yield Case(f"after {modes} modes", abs(levels_of(modes) - Rational(digits, 10**6)), Rational(1, 10**6), "<=")


def clock(strength, eigenvalue, bottom):
    """The time to v of v' = 2 lambda^2 v^2 (1 - Gamma v^3), up to a constant, with g^3 = Gamma."""
    w = bottom * strength
    rest = -log(1 - w) / 3 + log(1 + w + w**2) / 6 - atan((2 * w + 1) / sqrt(3)) / sqrt(3)
    return bottom * (-1 / w + rest) / (2 * eigenvalue**2)


def taken(eigenvalue, begin, end, total=1):
    bottom = root(gamma(eigenvalue, total, N31), 3)
    return clock(end, eigenvalue, bottom) - clock(begin, eigenvalue, bottom)


def strengths(n):
    """n heads, each aligned with a mode: v' = 2 lambda^2 v^2 (1 - Gamma v^3) if v = k = q; squares keep apart."""
    from workbench.dynamics.flow import Flow

    names = symbols("v k q", real=True)
    for eigenvalue in TENTHS[:n]:
        bottom = gamma(eigenvalue, 1, N31)
        strength = names[0] * names[1] * names[2]
        flow = Flow.from_loss(-2 * eigenvalue**2 * strength + eigenvalue**2 * bottom * strength**2, names)
        equal = {name: x for name in names}
        want = expand(2 * eigenvalue**2 * x**2 * (1 - bottom * x**3))
        yield Case(f"lambda = {eigenvalue}", [expand(f.xreplace(equal)) for f in flow.rhs], [want] * 3)
        yield Case(f"lambda = {eigenvalue}: balance", [expand(flow.derivative(names[0] ** 2 - names[1] ** 2))], [0])


def half_strength():
    yield Case("t", abs(taken(TENTHS[0], Rational(1, 50), Rational(1, 2)) - Rational(1501776, 10**4)), Rational(1, 10**4), "<")


def order(n, *, relation="<="):
    """Times to 9/10 of the limit, of the weakest and of the (n+1)-st weakest of four modes, from 1/50."""
    weak, strong = (e for e in (TENTHS[-1], TENTHS[-1 - n]))
    ends = [Rational(9, 10) / root(gamma(e, 1, N31), 3) for e in (weak, strong)]
    yield Case(
        f"lambda = {weak} and {strong}", taken(weak, Rational(1, 50), ends[0]), taken(strong, Rational(1, 50), ends[1]), relation
    )


def claim(name, says, statement, *hypotheses, sources=(HERE,), uses=()):
    return Claim(name, says, statement, hypotheses=(SETTING, *hypotheses), sources=sources, uses=uses, topic="dynamics")


SQUARE = Identity.of(
    lam * x * gam * m**2 - 2 * lam * x * m,
    lam * x * gam * (m - 1 / gam) ** 2 - lam * x / gam,
    note="an entry of M, completed to a square",
)
FAMILY = (
    Entry(
        claim(
            "linear_attention_limit_is_inverse_gamma",
            "One linear head from a small balanced start ends at u = (tr Gamma^-2)^(1/4), U = Gamma^-1/u.",
            ForEach.of(r"uU \to \Gamma^{-1},\ u^4 = \operatorname{tr} \Gamma^{-2}", limits, first=1, index="D", costly_from=5),
            "u0 = sigma, U0 = sigma A with A psd, |A| = 1, and sigma^2 tr(Lambda A Lambda Gamma A) < 2 tr(Lambda^2 A)",
            sources=(HERE, TRAINED),
        ),
        (
            Derived.of(
                SQUARE,
                Hand("the pull on U is u times a positive image of Gamma^-1 - u U: a balanced point of rest is 0 or the limit"),
                Hand("the loss falls and bounds |u U| = u^2; a bounded gradient flow of a polynomial converges (Lojasiewicz)"),
                Hand(
                    "by the last hypothesis it starts below the loss of 0, so it does not end there, and u = +-|U| keeps its sign"
                ),
            ),
            Certified(2, full=4),
            Certified(0, of=ForEach.once("D = 4", listed)),
            Measured(
                "distance",
                descent,
                0,
                Fraction(1, 10**6),
                "what is left at t = 400 decays like e^(-t/100), the tolerance is 1e-9",
                partial(descent, target=1.001),
            ),
            Control("the sum conserved", ForEach.of("+", partial(limits, sign=-1), first=1, index="D")),
        ),
    ),
    Entry(
        claim(
            "saddle_losses_are_partial_spectral_sums",
            "Rank-one heads rest at M = sum e e^T/Gamma over a set of modes, at tr Lambda minus the sum of lambda^2/Gamma.",
            ForEach.of(r"L = \operatorname{tr}\Lambda - \sum_{d \in S} \lambda_d^2/\Gamma_d", saddles, first=1, costly_from=5),
            "one head for each mode of the set, the others 0",
            sources=(HERE, TRAINING),
        ),
        (
            Derived.of(
                SQUARE, Hand("the loss is a sum over entries of M: those of a chosen mode's row and column are at their least")
            ),
            Certified(2, full=4),
            Certified(0, of=ForEach.once("D = 4", levels)),
            Control("one more", ForEach.of("+ 1", partial(saddles, wrong=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "head_strength_follows_scalar_ode",
            "One aligned, balanced rank-one head follows v' = 2 lambda^2 v^2 (1 - Gamma v^3), with t as a function of v.",
            ForEach.of(r"v' = 2\lambda^2 v^2 (1 - \Gamma v^3)", strengths, first=1, last=4),
            "v = |k| = |q|; eigenvalues .4, .3, .2, .1 in turn, N = 31",
            sources=(HERE, TRAINING),
        ),
        (
            Derived.of(
                Identity.of(
                    diff(clock(x, lam, p), x) * 2 * lam**2 * x**2 * (1 - p**3 * x**3),
                    1,
                    given={p: 1 / (x + y)},
                    note="t(v), p^3 = Gamma",
                ),
                Hand("the loss of one mode is -2 lambda^2 a + lambda^2 Gamma a^2 with a = v k q, whatever lambda and Gamma are"),
            ),
            Certified(4),
            Certified(0, of=ForEach.once("v = 1/2", half_strength)),
            Control(
                "without the square", Identity.of(diff(clock(x, lam, p), x) * x * (1 - p**3 * x**3), 1, given={p: 1 / (x + y)})
            ),
        ),
    ),
    Entry(
        claim(
            "flow_visits_weakest_mode_first",
            "Separate heads learn the smallest eigenvalue first.",
            ForEach.of(r"t(\lambda_{min}) \le t(\lambda)", order, first=1, last=3),
            "aligned heads, all from 1/50; the time to 9/10 of the limit; lambda = (n+1)/10 against 1/10",
            uses=("head_strength_follows_scalar_ode",),
        ),
        (
            Counterexample(at=1),
            Control("strictly, one mode against itself", ForEach.of("<", partial(order, relation="<"), first=0)),
        ),
    ),
)
