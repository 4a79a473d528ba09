"""Linear attention that learns regression in context: where its weights end, and what separate heads pass on the way.

Says: the weights tend to the inverse of Gamma = (1 + 1/N) Lambda + tr Lambda/N; separate heads learn mode by mode, over saddles at
tr Lambda minus partial sums of lambda^2/Gamma.
Idea: for Gaussian inputs E[S S] = Lambda Gamma, so that the loss is a quadratic form in M = u U and splits by pairs of eigenvalues.
Edges: the start must have a smaller loss than 0 has.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import product

from sympy import Integer, Matrix, Rational, Symbol, diag, diff, expand, root, symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity, Measured, Source

TRAINED = Source("zhang2023trained", "the convergence theorem", read=False)
TRAINING = Source("zhang2025training", "code", read=True)
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

    from workbench.dynamics.second import solved
    from workbench.runs import record

    def run(key):
        flow, _, _ = head_flow(TENTHS[:2])
        form = np.array([[2.0, 1.0], [1.0, 2.0]]) / np.sqrt(10)
        made = solved(flow, [start, *(start * form).ravel()], [400.0]).y[:, -1]
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


@cache
def staircase(*, heads=5, examples=N31, draws=2, until=20000.0):
    """Plateaus of heads of Gaussian entries times 1/100, where ln t gains least: the largest distance from the levels, in order."""
    import numpy as np

    from workbench.dynamics.regression import Regression
    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    run_of, levels = (Regression([float(e) for e in TENTHS], n) for n in (N31, examples))
    times = np.geomspace(1, until, 1000)

    def run(key):
        rng, off, numbers = generator(key, 0), 0.0, []
        for _ in range(draws):
            loss = run_of.loss(run_of.separate(rng.standard_normal((heads, 9)) / 100, times))
            fall = -np.diff(loss)
            flat = [k for k in range(1, len(fall) - 1) if fall[k] < fall[k - 1] and fall[k] <= fall[k + 1]]
            rests = [loss[k] for k in flat if loss[k] > run_of.levels[-1] + 1e-3] + [loss[-1]]
            numbers.append(len(rests))
            off = max(off, *(abs(rest - level) for rest, level in zip(rests, levels.levels[1:], strict=False)))
        return {"off": off, "plateaus": min(numbers), "most": max(numbers)}

    return record("staircase", run, seed=18, dtype="float64")


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
                "what is left at t = 400 decays like e^(-t/100), the tolerance is 1e-11",
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
            Measured(
                "off",
                staircase,
                0,
                Fraction(1, 100),
                "five heads from 1/100: the m-th time at which the loss falls least per factor of t is at the m-th level, in order",
                partial(staircase, examples=20),
                partial(staircase, draws=6, until=60000.0),
            ),
            Measured("plateaus", staircase, 4, 4, "one for each mode, the last at the end", partial(staircase, heads=1)),
            Measured("most", staircase, 4, 4, "and no other", partial(staircase, heads=1)),
            Control("one more", ForEach.of("+ 1", partial(saddles, wrong=1), first=1)),
        ),
    ),
)
