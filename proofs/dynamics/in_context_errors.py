"""The error of trained linear attention at another context length, and the least error that one layer can have.

Says: trained at length N and tested at N' the error is the sum of lambda - 2 lambda^2/Gamma_N + lambda^2 Gamma_N'/Gamma_N^2; it
falls in N' to a floor that is above 0 and falls in N; M = Gamma^-1 is the best that one layer can do.
Idea: for Gaussian inputs E[S S] = Lambda Gamma, so that the loss is a quadratic form in M and splits by pairs of eigenvalues.
Edges: at fixed N some error stays for ever, since Gamma_N^-1 is the inverse of Lambda for an infinite N alone.
"""

from functools import cache, partial
from itertools import product

from sympy import Integer, Matrix, Rational, Symbol, diag, expand, eye, symbols

from workbench import (
    HERE,
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

STEPS = Source("ahn2023transformers", "one layer", read=False)
lam, gam, x, y = symbols("lambda Gamma x y", positive=True)
m = Symbol("m", real=True)
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


@cache
def sampled(*, draws=20_000, claimed=None):
    """The largest distance of sampled errors from the formula, in standard errors, N = 31 and N' = 5, 31, 100."""
    import numpy as np

    from workbench.dynamics.regression import Regression
    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        random, trained, off = generator(key, 0), Regression([float(e) for e in TENTHS], N31), 0.0
        for length in (5, N31, 100):
            errors = trained.sampled_errors(random, tested=length, draws=draws)
            off = max(off, abs(errors.mean() - float(error(claimed or length))) / errors.std() * np.sqrt(draws))
        return {"standard_errors": off}

    return record("sampled_errors", run, seed=31, dtype="float64")


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


SQUARE = Identity.of(
    lam * x * gam * m**2 - 2 * lam * x * m,
    lam * x * gam * (m - 1 / gam) ** 2 - lam * x / gam,
    note="an entry of M, completed to a square",
)
rest = Symbol("tau", nonnegative=True)  # tr Lambda - lambda
length = Symbol("N", positive=True)
OWN = lam + (2 * lam + rest) / length  # Gamma
LATER = lam + (2 * lam + rest) / (length + 1)
ERROR = lam - 2 * lam**2 * m + lam**2 * y * m**2
FAMILY = (
    Entry(
        claim(
            "test_length_error_formula",
            "Trained at N and tested at N' the error is the sum of lambda - 2 lambda^2/Gamma_N + lambda^2 Gamma_N'/Gamma_N^2.",
            ForEach.of(r"\sum \lambda - 2\lambda^2/\Gamma_N + \lambda^2\Gamma_{N'}/\Gamma_N^2", tested, first=1, index="N'"),
        ),
        (
            Derived.of(
                Identity.of(
                    ERROR, lam - 2 * lam**2 / gam + lam**2 * y / gam**2, given={m: 1 / gam}, note="the loss at N', M = 1/Gamma_N"
                ),
                Hand(
                    "for M diagonal the loss is the sum of its diagonal terms, in which E[S S] = Lambda Gamma at the tested length"
                ),
            ),
            Certified(3),
            Certified(2, of=ForEach.of("E[S S]", moments, first=1, index="N", costly_from=4)),
            Certified(0, of=ForEach.once("D = 4", listed_errors)),
            Measured(
                "standard_errors",
                sampled,
                0,
                3,
                "three standard errors of 20,000 tasks at each of three lengths",
                partial(sampled, claimed=N31),
                partial(sampled, draws=1_000_000),
            ),
            Control("a shift", ForEach.of("+ 1/100", partial(tested, shift=Rational(1, 100)), first=1, index="N'")),
            Control("one pairing less", ForEach.of("E[S S]", partial(moments, pairings=2), first=1, index="N")),
        ),
    ),
    Entry(
        claim(
            "one_layer_preconditioned_step_is_optimal",
            "One layer does best at M = Gamma^-1; for Lambda = 1 its loss is d (1 - 1/(1 + (d+1)/n)).",
            ForEach.of(r"\min L = d(1 - 1/(1 + (d+1)/n))", one_layer, first=1),
            sources=(HERE, STEPS),
        ),
        (
            Derived.of(
                SQUARE,
                Hand("summed over entries the squares vanish at M = Gamma^-1 alone; off the diagonal there is no linear term"),
            ),
            Certified(3),
            Control(
                "d in place of d + 1",
                ForEach.of("d", lambda n: [Case("d = 1", next(iter(one_layer(n))).got, 1 - 1 / (1 + Rational(1, n)))], first=1),
            ),
        ),
    ),
    Entry(
        claim(
            "in_context_error_vanishes_with_test_length",
            "At fixed training length the error vanishes as the test length grows.",
            ForEach.of(r"\lim_{N' \to \infty} E = 0", lambda n: [Case(f"N = {n}", error(None, n), 0)], first=1, index="N"),
            "Lambda = diag(4, 3, 2, 1)/10",
            uses=("test_length_error_formula",),
        ),
        (Counterexample(at=1), Control("at N' = N", ForEach.of("N", lambda n: [Case(f"N = {n}", error(n, n), 0)], first=1))),
    ),
    Entry(
        claim(
            "error_falls_with_test_length",
            "At fixed training length the error falls as the test length grows.",
            ForEach.of("E(N'+1) < E(N')", lambda n: [Case(f"N' = {n}", error(n + 1), error(n), "<")], first=1, index="N'"),
            uses=("test_length_error_formula",),
        ),
        (
            Derived.of(
                Identity.of(
                    ERROR.subs(y, OWN) - ERROR.subs(y, LATER),
                    lam**2 * m**2 * (2 * lam + rest) / (length * (length + 1)),
                    note="m = 1/Gamma_N",
                ),
                Hand("the right side is positive for every eigenvalue, any training length and any spectrum"),
            ),
            Certified(5),
            Control("it grows", ForEach.of(">", lambda n: [Case(f"N' = {n}", error(n + 1), error(n), ">")], first=1)),
        ),
    ),
    Entry(
        claim(
            "floor_falls_with_training_length",
            "The error left for an infinite test length falls as the training length grows.",
            ForEach.of(
                r"E_\infty(N+1) < E_\infty(N)",
                lambda n: [Case(f"N = {n}", error(None, n + 1), error(None, n), "<")],
                first=1,
                index="N",
            ),
            uses=("test_length_error_formula",),
        ),
        (
            Derived.of(
                Identity.of(
                    ERROR,
                    lam * ((2 * lam + rest) / (length * lam + 2 * lam + rest)) ** 2,
                    given={y: lam, m: 1 / OWN},
                    note="the limit of N'",
                ),
                Hand("the denominator grows with N and the rest is constant and positive"),
            ),
            Certified(5),
            Control("it grows", ForEach.of(">", lambda n: [Case(f"N = {n}", error(None, n + 1), error(None, n), ">")], first=1)),
        ),
    ),
)
