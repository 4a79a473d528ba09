"""Limits of the flow of the value-softmax model, and the token model.

Says: with the logistic loss the clock is of the order log t, the loss vanishes and the score becomes one-hot; with the squared loss
the clock is finite and the score does not; every row of the token model becomes one-hot at the argmax of V beta*, not V^T beta*.
Idea: <u, s> grows at B/p or more in the clock, and at most at B.
Edges: T and d differ by one.
"""

from fractions import Fraction
from functools import partial
from itertools import pairwise, product

from sympy import IndexedBase, Matrix, Sum, diff, exp, log, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

j, N = symbols("j N", integer=True, positive=True)
S, U, G = IndexedBase("s"), IndexedBase("u"), IndexedBase("g")
z, w, rest, lam = symbols("z w R lambda", positive=True)
x, y, m, gam = symbols("x y m gamma", real=True)
VARRE = Source("varre2026polarizes", "sections 2-4; appendix D as reported elsewhere", read=True)
START = "a(0) = 0, u_0(0) > ... > u_{p-1}(0); the flow derived from the logistic loss"
REGRESSION = "V(0) = 0, s_0(0) > ... > s_{p-1}(0); the flow derived from the squared loss"


def shares(z):
    """Softmax of a for e^a = z."""
    return [entry / sum(z) for entry in z]


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


def margins(p, *, least=1):
    """The slope of <u, s> in the clock, at least B/p."""
    for u, z in states(p):
        s, du, da = rates(u, z)
        drift = sum(t * a for t, a in zip(s, da, strict=True))
        slope = sum(t * a for t, a in zip(s, du, strict=True)) + sum(a * t * (b - drift) for a, t, b in zip(u, s, da, strict=True))
        yield Case(f"u = {[*map(str, u)]}, e^a = {[*map(str, z)]}: slope of <u, s>", slope, Fraction(least, p), ">=")


def ratios(p, *, times=1):
    """The slope of s_0/s_j in the clock, at least delta/p."""
    for u, z in states(p):
        _, _, da = rates(u, z)
        least = min(a - b for a, b in pairwise(u))
        for k in range(1, p):
            yield Case(
                f"u = {[*map(str, u)]}, e^a = {[*map(str, z)]}: slope of s_0/s_{k}",
                z[0] / z[k] * (da[0] - da[k]),
                times * least / p,
                ">=",
            )


def token_ratios(T, *, times=1):
    """The slope of s_0/s_j in one of T equal rows of the token model: a' = J(s) u / T, u = V beta*, u' = B s."""
    for case in ratios(T, times=times):
        yield Case(case.label, case.got / T, case.want / T, case.relation)


def typed(T, *, transposed=True):
    """Columns of the matrix against entries of beta*, for V with T rows and T + 1 columns."""
    V, beta = Matrix.ones(T, T + 1), Matrix.ones(T + 1, 1)
    yield Case(f"V is {T} x {T + 1}: columns of the matrix, entries of beta*", (V.T if transposed else V).cols, beta.rows)


claim = partial(Claim.of, source=VARRE)


def over(term):
    return Sum(term, (j, 1, N))


SPREAD = Identity.of(
    over(S[j] * U[j] * (U[j] - m)), over(S[j] * U[j] ** 2) - m * over(S[j] * U[j]), note="u.J u is a variance, so not negative"
)
MARGIN = Hand("<u, s>' = B s.s + u.J^2 u, J positive semidefinite, and s.s >= 1/p")
RATIO = Identity.of(
    z * (x - m) - w * (y - m), (z - w) * (x - m) + w * (x - y), note="a_0' - a_j': the first part is >= 0 for ordered s, u"
)
GROWTH = Hand("s_0/s_j grows at s_0/s_j (a_0' - a_j') >= s_0 (u_0 - u_j) >= delta/p, from 1")


FAMILY = (
    Entry(
        claim(
            "loss_vanishes_logistic",
            "L tends to 0.",
            ForEach.of(r"\frac{d \langle u, s\rangle}{d\Gamma} \geq B/p", margins, first=2, index="p", costly_from=5),
            START,
        ),
        (
            Derived.of(
                SPREAD,
                MARGIN,
                Hand(
                    "a finite Gamma would keep <u, s> bounded and gamma above a constant, so Gamma, then <u, s>, grows without "
                    "bound; L = ln(1 + e^-<u, s>)"
                ),
            ),
            Certified(3),
            Control("B", ForEach.of("B", lambda p: margins(p, least=5 * p), first=2)),
        ),
    ),
    Entry(
        claim(
            "clock_order_log_time_logistic",
            "Gamma(t) = Theta(log t).",
            ForEach.of(
                r"B/p \leq \frac{d \langle u, s\rangle}{d\Gamma},\quad \langle u, s\rangle \leq u_0(0) + B \Gamma",
                margins,
                first=2,
                index="p",
                costly_from=5,
            ),
            START,
        ),
        (
            Derived.of(
                Identity.of(
                    diff(log(1 + lam * x) / lam, x),
                    exp(-lam * y),
                    given={y: log(1 + lam * x) / lam},
                    note="Gamma' = e^(-lambda Gamma) has the solution log(1 + lambda t)/lambda",
                ),
                MARGIN,
                Hand(
                    "<u, s> <= u_0 and u_0' = B s_0 <= B, so Gamma' = gamma lies between constants times e^(-B Gamma) and e^(-B "
                    "Gamma/p)"
                ),
            ),
            Certified(3),
            Control("slope 5 B", ForEach.of("5", lambda p: margins(p, least=5 * p), first=2)),
        ),
    ),
    Entry(
        claim(
            "one_hot_limit_logistic",
            "s tends to e_0.",
            ForEach.of(r"\frac{d}{d\Gamma} \frac{s_0}{s_j} \geq \delta/p", ratios, first=2, index="p", costly_from=5),
            START,
            uses=("loss_vanishes_logistic",),
        ),
        (
            Derived.of(RATIO, GROWTH, Hand("Gamma grows without bound, so every s_j/s_0 tends to 0")),
            Certified(3),
            Control("9", ForEach.of("9", lambda p: ratios(p, times=9), first=2)),
        ),
    ),
    Entry(
        claim(
            "every_row_one_hot_token_model",
            "Every row of softmax(A) tends to the same one-hot vector, at the argmax of the projected initial values.",
            ForEach.of(r"\frac{d}{d\Gamma} \frac{s_0}{s_j} \geq \delta/T^2", token_ratios, first=2, index="T", costly_from=5),
            "A(0) = 0, distinct projections V(0) beta*, sorted from above",
            uses=("order_of_u_and_s_preserved", "loss_vanishes_logistic"),
        ),
        (
            Derived.of(
                RATIO,
                Identity.of(
                    over(gam * S[j] / N),
                    gam * over(S[j]) / N,
                    note="T equal rows have equal gammas: V' = gamma s beta*^T, A[t]' = gamma J(s) V beta* / T",
                ),
                Hand("rows that are equal stay equal, and u = V beta* and a row a follow the flow of one output, with a' over T"),
                Hand("its bounds hold with p = T and a' over T: the clock grows without bound, and s_0/s_j at delta/T^2 or more"),
            ),
            Certified(3),
            Control("9 delta", ForEach.of("9", lambda T: token_ratios(T, times=9), first=2)),
        ),
    ),
    Entry(
        claim(
            "clock_finite_regression",
            "Gamma is finite: at most p.",
            ForEach.of(r"\frac{d \langle u, s\rangle}{d\Gamma} \geq B/p", margins, first=2, index="p", costly_from=5),
            REGRESSION,
        ),
        (
            Derived.of(
                SPREAD,
                MARGIN,
                Hand("u(0) = 0, so <u, s> would pass B before Gamma = p, and gamma = 1 - <u, s>/B is 0 there: the flow stops"),
            ),
            Certified(3),
            Control("5 B", ForEach.of("5", lambda p: margins(p, least=5 * p), first=2)),
        ),
    ),
    Entry(
        claim(
            "no_one_hot_limit_regression",
            "s_0 stays below 1 in the limit.",
            ForEach.of(r"\Gamma(\infty) \leq p", margins, first=2, index="p", costly_from=5),
            REGRESSION,
            uses=("clock_finite_regression",),
        ),
        (
            Derived.of(
                Identity.of(1 - z / (z + rest), rest / (z + rest), note="what s_0 lacks to 1"),
                Hand("u and a are smooth functions of the clock, finite at a finite clock, so every s_j stays positive"),
            ),
            Certified(3),
            Control("5 B", ForEach.of("5", lambda p: margins(p, least=5 * p), first=2)),
        ),
    ),
    Entry(
        claim(
            "sink_coordinate_expression_well_typed_token_model",
            "The maximal coordinate of u(0) = V^T beta* is a well-formed expression.",
            ForEach.of(r"\mathrm{columns}(V^{\mathsf T}) = \mathrm{entries}(\beta^*)", typed, first=1, index="T"),
            "V in R^{T x d}, beta* in R^d, d = T + 1",
        ),
        (Counterexample(at=1), Control("two tokens", ForEach.of("2", typed, first=2))),
    ),
    Entry(
        claim(
            "sink_coordinate_expression_well_typed_token_model_of_untransposed_values",
            "V beta* is a well-formed expression, with one coordinate for each token.",
            ForEach.of(
                r"\mathrm{columns}(V) = \mathrm{entries}(\beta^*)",
                lambda T: typed(T, transposed=False),
                first=1,
                index="T",
                costly_from=9,
            ),
            "V in R^{T x d}, beta* in R^d, d = T + 1 in the cases",
            source=HERE,
        ),
        (Certified(5), Control("transposed", ForEach.of("T", typed, first=1))),
    ),
)
