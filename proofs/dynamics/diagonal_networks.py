"""Diagonal networks: the solution of least potential, between least l2 and least l1, at which gradient flow ends.

Says: w = u^2 - v^2 from u = v = alpha ends at the solution of X w = y that minimises sum alpha^2 q(w/alpha^2), q' = asinh(z/2).
Idea: u v is conserved, so that w is 2 alpha^2 sinh of something in the row space of X.
Edges: l1 is approached slowly: at alpha = 1/100 the least-l1 point of w1 + 2 w2 = 1 is still 7/1000 away.
"""

from fractions import Fraction
from functools import cache, partial

from sympy import Rational, Symbol, asinh, diff, exp, expand, log, sinh, symbols

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

KERNEL = Source("woodworth2020kernel", "the theorem on the implicit bias of two layers", read=False)
alpha = symbols("alpha", positive=True)
u, v, xi, z = symbols("u v xi z", real=True)


def diagonal(n, *, factor=1):
    """n weights, up to two rows: u v is kept, and the rates of ln(u/v) are the rows, times -4, weighted by the errors."""
    from workbench.dynamics.flow import Flow

    u_, v_ = symbols(f"u0:{n}", positive=True), symbols(f"v0:{n}", positive=True)
    rows = [symbols(f"x{r}_0:{n}", real=True) for r in range(min(n, 2))]
    errors = [
        sum(x * (p**2 - q**2) for x, p, q in zip(row, u_, v_, strict=True)) - Symbol(f"y{r}", real=True)
        for r, row in enumerate(rows)
    ]
    flow = Flow.from_loss(sum(error**2 for error in errors) / 2, [*u_, *v_])
    for i, (p, q) in enumerate(zip(u_, v_, strict=True)):
        yield Case(f"n = {n}: {p} {q}", [expand(flow.derivative(p * q))], [0])
        pull = sum(row[i] * error for row, error in zip(rows, errors, strict=True))
        yield Case(f"n = {n}: ln({p}/{q})", [expand(flow.derivative(log(p) - log(q)))], [expand(-4 * factor * pull)])


def limits():
    """X = (1, 3), y = 1, alpha = 1: 2 sinh(nu) and 2 sinh(3 nu), where 2 sinh(nu) + 6 sinh(3 nu) = 1; nu between two numbers."""
    for digits, relation in ((9970266, "<"), (9970268, ">")):
        w = Rational(digits, 10**8)
        nu = asinh(w / 2).rewrite(log)
        yield Case(f"w1 = {digits}e-8", w + 3 * (exp(3 * nu) - exp(-3 * nu)), 1, relation)
    other = Rational(30009911, 10**8)
    for shift, relation in ((-1, "<"), (1, ">")):
        nu = asinh((other + Rational(shift, 10**8)) / 2).rewrite(log) / 3
        yield Case(f"w2 = 30009911e-8 {shift:+}e-8", exp(nu) - exp(-nu) + 3 * (other + Rational(shift, 10**8)), 1, relation)


def near_l1(n, *, below=1000):
    """w1 + 2 w2 at alpha = 10^-n for the nu with w1 = 2 alpha^2 sinh(nu) = 1/below: at least 1 if the limit has w1 <= 1/below."""
    within = Rational(1, below)
    small = Rational(1, 100**n)
    nu = asinh(within / (2 * small)).rewrite(log)
    yield Case(f"alpha = 10^-{n}: constraint at w1 = {within}", within + 2 * small * (exp(2 * nu) - exp(-2 * nu)), 1, ">=")


@cache
def ends(*, target=1, alphas=(0.05, 0.2, 1.0, 3.0, 10.0)):
    """The largest distance of w at the end of the flow from 2 alpha^2 sinh(X^T nu), X = (1, 3), y = 1, over the alphas."""
    import numpy as np

    from workbench.dynamics.flow import Flow
    from workbench.dynamics.second import solved
    from workbench.dynamics.solutions import diagonal_limit
    from workbench.runs import record

    first, second, third, fourth = names = symbols("u0 u1 v0 v1", real=True)
    flow = Flow.from_loss((first**2 - third**2 + 3 * (second**2 - fourth**2) - 1) ** 2 / 2, names)

    def run(key):
        off = 0.0
        for size in alphas:
            until = 1 / size**2  # the error decays at a rate of at least 80 alpha^2
            made = solved(flow, [size] * 4, [until], method="LSODA", rtol=1e-9, atol=1e-10).y[:, -1]
            off = max(off, np.abs(made[:2] ** 2 - made[2:] ** 2 - diagonal_limit([[1, 3]], [target], size)).max())
        return {"off": off}

    return record("diagonal_net", run, seed=0, dtype="float64")


claim = partial(Claim.of, source=HERE)


WRITTEN = {u: alpha * exp(xi), v: alpha * exp(-xi)}  # u v = alpha^2, ln(u/v) = 2 xi
FAMILY = (
    Entry(
        claim(
            "limit_minimises_q_alpha",
            "w = u^2 - v^2 from u = v = alpha tends to the minimiser of sum alpha^2 q(w/alpha^2) on X w = y, q' = asinh(z/2).",
            ForEach.of(r"\tfrac{d}{dt} uv = 0,\ \tfrac{d}{dt} \ln(u/v) \in \operatorname{row} X", diagonal, first=1, costly_from=4),
            "the loss |X w - y|^2/2 has X of full row rank",
            source=(HERE, KERNEL),
        ),
        (
            Derived.of(
                Identity.of(u**2 - v**2, 2 * alpha**2 * sinh(2 * xi).rewrite(exp), given=WRITTEN, note="w, where ln(u/v) = 2 xi"),
                Identity.of(u**2 + v**2 - 2 * u * v, (u - v) ** 2, note="u^2 + v^2 >= 2 alpha^2"),
                Identity.of(diff(asinh(z / 2), z) ** 2 * (z**2 + 4), 1, note="q'' > 0: the potential is convex"),
                Hand("|grad L|^2 = 4 sum (u^2 + v^2) (X^T r)^2 >= 8 alpha^2 |X^T r|^2: the loss decays exponentially, w converges"),
                Hand(
                    "asinh(w/(2 alpha^2)) = 2 xi is in the row space of X: the gradient of the potential is a multiplier of X w = y"
                ),
            ),
            Certified(2, full=3),
            Certified(0, of=ForEach.once("X = (1, 3)", limits)),
            Measured(
                "off",
                ends,
                0,
                Fraction(1, 10**6),
                "alpha = 1/20, 1/5, 1, 3 and 10, from tolerances of 1e-9; the flow is stiff at large alpha",
                partial(ends, target=1.001, alphas=(1.0,)),
            ),
            Control("half the rate", ForEach.of("1/2", partial(diagonal, factor=Rational(1, 2)), first=1)),
        ),
    ),
    Entry(
        claim(
            "small_alpha_reaches_min_l1",
            "With w1 + 2 w2 = 1 the limit is within 1/1000 of the least-l1 point (0, 1/2) at alpha = 1/100.",
            ForEach.of(r"w_1(\alpha) \le 10^{-3},\ \alpha = 10^{-n}", near_l1, first=2, index="n"),
            "the constraint grows with w1, so that its value at w1 = 1/1000 tells on which side the limit is",
            uses=("limit_minimises_q_alpha",),
        ),
        (
            Counterexample(at=2),
            Control("within 1/200000 at alpha = 1/1000", ForEach.of("n", partial(near_l1, below=200000), first=3)),
        ),
    ),
)
