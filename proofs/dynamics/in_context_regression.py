"""Linear attention that learns regression in context: its limit, its loss curve, its saddles, and its error at another length.

Says: the weights tend to the inverse of Gamma = (1 + 1/N) Lambda + tr Lambda/N; merged heads learn along one sigmoid, separate ones
mode by mode, the strongest first, over saddles at tr Lambda minus partial sums of lambda^2/Gamma; at test length N' the error is
sum lambda - 2 lambda^2/Gamma_N + lambda^2 Gamma_N'/Gamma_N^2, which falls in N' to a floor that is above 0 and falls in N.
Idea: for Gaussian inputs E[S S] = Lambda Gamma, so that the loss is a quadratic form in M and splits by pairs of eigenvalues.
Edges: the start must have a smaller loss than 0 has; the plateau grows like the logarithm of 1/scale; at fixed N some error stays.
"""

from functools import cache, partial
from itertools import product

from sympy import (
    Integer,
    Matrix,
    Rational,
    Symbol,
    atan,
    diag,
    diff,
    exp,
    expand,
    eye,
    limit,
    log,
    oo,
    root,
    sqrt,
    symbols,
)

from workbench import Bound, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Hand, Identity, Measured
from workbench import Source
from workbench.dynamics.flow import Flow, entries
from workbench.runs import record

HERE = Source("workbench2026", "derived in this file", read=True)
TRAINED = Source("zhang2023trained", "the convergence theorem", read=False)
TRAINING = Source("zhang2025training", "abstract", read=True)
STEPS = Source("ahn2023transformers", "one layer", read=False)
lam, gam, a0, k, s, p, x, v = symbols("lambda Gamma a0 k s p x v", positive=True)
t, m, mu, nu = symbols("t m mu nu", real=True)
TENTHS = tuple(Rational(n, 10) for n in (4, 3, 2, 1))
N31 = 31
SETTING = "x ~ N(0, Lambda), w ~ N(0, 1), the loss without 1/2; Gamma = (1 + 1/N) Lambda + tr Lambda / N, E[S S] = Lambda Gamma"


def gamma(eigenvalue, total, examples):
    return (1 + Rational(1, examples)) * eigenvalue + Rational(1) * total / examples


def gammas(eigenvalues=TENTHS, examples=N31):
    return [gamma(e, sum(eigenvalues), examples) for e in eigenvalues]


def loss(product_, eigenvalues, examples):
    """tr Lambda - 2 tr(Lambda^2 M) + tr(Lambda M^T Lambda Gamma M)."""
    spread, inner = diag(*eigenvalues), diag(*gammas(eigenvalues, examples))
    return spread.trace() - 2 * (spread**2 * product_).trace() + (spread * product_.T * spread * inner * product_).trace()


def moments(n, *, pairings=3):
    """E[S S] = Lambda Gamma for N = n Gaussian examples in two dimensions, by summing over the pairings of four factors."""
    spread = diag(*symbols("l0 l1", positive=True))
    found = Matrix.zeros(2)
    for first, second in product(range(n), repeat=2):
        for r, c, mid in product(range(2), repeat=3):
            at = ((first, r), (first, mid), (second, mid), (second, c))
            pairs = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))[:pairings]
            found[r, c] += sum(_covariance(at, i, spread) * _covariance(at, j, spread) for i, j in pairs)
    want = spread * ((1 + Rational(1, n)) * spread + spread.trace() / n * eye(2))
    yield Case(f"N = {n}", [expand(e) for e in found / n**2], [expand(e) for e in want])


def _covariance(at, pair, spread):
    (one, r), (other, c) = (at[i] for i in pair)
    return spread[r, c] if one == other else Integer(0)


def head_flow(dimension, examples, eigenvalues=TENTHS):
    """One head u x^T U^T S w, U any matrix, the loss with 1/2."""
    u, inner = Symbol("u", real=True), entries("U", dimension, dimension)
    return Flow.from_loss(loss(u * Matrix(inner), eigenvalues[:dimension], examples) / 2, [u, inner]), u, inner


def limits(n, *, sign=1):
    """In n dimensions: u^2 - |U|^2 is conserved, u^4 = tr Gamma^-2 with u U = Gamma^-1 is at rest and balanced, its loss."""
    values = TENTHS[:n]
    flow, u, inner = head_flow(n, N31)
    yield Case(f"D = {n}: balance", [expand(flow.derivative(u**2 - sign * sum(e**2 for e in inner)))], [0])
    found = [1 / g for g in gammas(values)]
    strength = root(sum(f**2 for f in found), 4)
    at = {u: strength} | {inner[i, j]: (found[i] / strength if i == j else Integer(0)) for i, j in product(range(n), repeat=2)}
    yield Case(f"D = {n}: at rest", [expand(f.xreplace(at)) for f in flow.rhs], [0] * (n * n + 1))
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

    def run(key):
        flow, _, _ = head_flow(2, N31)
        form = np.array([[2.0, 1.0], [1.0, 2.0]]) / np.sqrt(10)
        seen = flow.run([start, *(start * form).ravel()], t1=400.0)
        made = seen.states[-1]
        want = np.diag([1 / float(g) for g in gammas(TENTHS[:2])])
        return {"distance": float(np.abs(made[0] * made[1:].reshape(2, 2) - target * want).max())}

    return record("linear_attention", run, seed=0, dtype="float64")


BEST = s / gam  # s = sqrt(D)
RATE = 4 * lam**2 * s
MERGED = BEST / (1 + k * exp(-RATE * t))  # k = a*/a0 - 1


def half_way():
    """D = 4, N = 31, lambda = 1/4, a0 = 1e-4: the time at which the loss is midway."""
    found = log((2 / gamma(Rational(1, 4), 1, N31) * 10**4 - 1) * (sqrt(2) - 1)) / (4 * Rational(1, 16) * 2)
    yield Case("t", abs(found - Rational(20517724, 10**6)), Rational(1, 10**6), "<")


def saddles(n, *, wrong=0):
    """Every set of the first n modes: M with 1/Gamma there is at rest for rank-one heads, its level a partial sum."""
    values = TENTHS[:n]
    for chosen in product((0, 1), repeat=n):
        heads = Matrix(entries("M", n, n))
        slope = loss(heads, values, N31)
        at = {heads[i, j]: (chosen[i] / gammas(values)[i] if i == j else Integer(0)) for i, j in product(range(n), repeat=2)}
        pull = Matrix(n, n, lambda i, j, slope=slope, heads=heads, at=at: diff(slope, heads[i, j]).xreplace(at))
        for i in (i for i in range(n) if chosen[i]):
            yield Case(f"modes {chosen}: pull on head {i}", [*pull[i, :], *pull[:, i]], [0] * (2 * n))
        level = sum(values) - sum(c * e**2 / g for c, e, g in zip(chosen, values, gammas(values), strict=True))
        yield Case(f"modes {chosen}: level", slope.xreplace(at), level + wrong)


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
    """n heads, each aligned with a mode: the flow of one is v' = 2 lambda^2 v^2 (1 - Gamma v^3) if v = k = q, squares keep apart."""
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
    yield Case(f"lambda = {weak} and {strong}", taken(weak, Rational(1, 50), ends[0]), taken(strong, Rational(1, 50), ends[1]), relation)


def plateau(n, *, ratio=10):
    """The time at which the loss is midway, from a0 = 100^-n and one factor 100 below, where the scale falls tenfold."""
    first, second = (log((2 / gamma(Rational(1, 4), 1, N31) * 100**e - 1) * (sqrt(2) - 1)) for e in (n, n + 1))
    yield Case(f"scales 10^-{n} and 10^-{n + 1}", second, ratio * first)


def error(length, examples=N31, values=TENTHS):
    """The error of the weights of length N at length N'; infinite for `length` None."""
    total = sum(values)
    found = 0
    for e in values:
        trained = gamma(e, total, examples)
        tested = e if length is None else gamma(e, total, length)
        found += e - 2 * e**2 / trained + e**2 * tested / trained**2
    return found


def tested(n, *, shift=0):
    """Error of M = diag 1/Gamma_N at N' = n from the loss itself, for some N and two spectra."""
    for examples, values in product((1, 5, N31), (TENTHS, (Integer(1), Rational(1, 3)))):
        inverse = diag(*(1 / g for g in gammas(values, examples)))
        yield Case(f"N = {examples}, N' = {n}, D = {len(values)}", loss(inverse, values, n), error(n, examples, values) + shift)


def listed_errors():
    for length, digits in ((5, 735281), (N31, 135995)):
        yield Case(f"N' = {length}", abs(error(length) - Rational(digits, 10**6)), Rational(1, 10**6), "<")


def one_layer(n):
    """Lambda = 1 in D = 1..3: the value d (1 - 1/(1 + (d+1)/n)), attained at Gamma^-1."""
    for dimension in (1, 2, 3):
        values = (Integer(1),) * dimension
        inverse = diag(*(1 / g for g in gammas(values, n)))
        want = dimension * (1 - 1 / (1 + Rational(dimension + 1, n)))
        yield Case(f"d = {dimension}, n = {n}", loss(inverse, values, n), want)


def claim(name, says, statement, *hypotheses, sources=(HERE,), uses=()):
    return Claim(name, says, statement, hypotheses=(SETTING, *hypotheses), sources=sources, uses=uses, topic="dynamics")


l1, l2, g1, M12 = symbols("l1 l2 g1 M", positive=True)
rest = symbols("tau", nonnegative=True)  # tr Lambda - lambda
n_, more = symbols("n d", positive=True)
TRAINED_GAMMA = lam + (2 * lam + rest) / n_  # (1 + 1/N) lambda + tr/N
FLOOR = lam - 2 * lam**2 / TRAINED_GAMMA + lam**3 / TRAINED_GAMMA**2
