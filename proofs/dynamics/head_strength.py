"""One rank-one head of linear attention: how its strength grows, and which mode is learnt first.

Says: an aligned, balanced head follows v' = 2 lambda^2 v^2 (1 - Gamma v^3); of heads alike at first the strongest mode's wins.
Idea: with v = |k| = |q| the loss of a mode is a polynomial in v^3, and t is an elementary function of v.
Edges: the plateau, 1/(2 lambda^2 v0), makes all the difference of the times.
"""

from functools import partial

from sympy import Rational, atan, diff, expand, log, root, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Identity, Source
from workbench.dynamics.flow import Flow

TRAINING = Source("zhang2025training", "code", read=True)
lam, gam, p, x, y = symbols("lambda Gamma p x y", positive=True)
SETTING = "x ~ N(0, Lambda), w ~ N(0, 1), the loss without 1/2; Gamma = (1 + 1/N) Lambda + tr Lambda / N, E[S S] = Lambda Gamma"
TENTHS = tuple(Rational(k, 10) for k in (4, 3, 2, 1))
N31 = 31


def gamma(eigenvalue, total, examples):
    return (1 + Rational(1, examples)) * eigenvalue + Rational(1) * total / examples


def clock(strength, eigenvalue, bottom):
    """The time to v of v' = 2 lambda^2 v^2 (1 - Gamma v^3), up to a constant, with g^3 = Gamma."""
    w = bottom * strength
    rest = -log(1 - w) / 3 + log(1 + w + w**2) / 6 - atan((2 * w + 1) / sqrt(3)) / sqrt(3)
    return bottom * (-1 / w + rest) / (2 * eigenvalue**2)


def taken(eigenvalue, begin, end, total=1):
    bottom = root(gamma(eigenvalue, total, N31), 3)
    return clock(end, eigenvalue, bottom) - clock(begin, eigenvalue, bottom)


def aligned(*, power=3):
    """One head aligned with a mode: v' = 2 lambda^2 v^2 (1 - Gamma v^3) if v = |k| = |q|; squares keep their differences."""
    names = symbols("v k q", real=True)
    strength = names[0] * names[1] * names[2]
    flow = Flow.from_loss(-2 * lam**2 * strength + lam**2 * gam * strength**2, names)
    for name, moved in zip(names, flow.rhs, strict=True):
        want = 2 * lam**2 * x**2 * (1 - gam * x**power)
        yield Identity.of(expand(moved.xreplace(dict.fromkeys(names, x))), want, note=f"{name}' at v = k = q = x")
    for other in names[1:]:
        yield Identity.of(flow.derivative(names[0] ** 2), flow.derivative(other**2), note=f"v^2 - {other}^2 is kept")


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


TIME = Identity.of(
    diff(clock(x, lam, p), x) * 2 * lam**2 * x**2 * (1 - p**3 * x**3), 1, given={p: 1 / (x + y)}, note="t(v), p^3 = Gamma"
)
FAMILY = (
    Entry(
        claim(
            "head_strength_follows_scalar_ode",
            "One aligned, balanced rank-one head follows v' = 2 lambda^2 v^2 (1 - Gamma v^3), with t as a function of v.",
            ForAll.of(*aligned(), TIME),
            "k and q along one mode, v = |k| = |q|: the loss is then -2 lambda^2 a + lambda^2 Gamma a^2 of a = v k q",
            sources=(HERE, TRAINING),
        ),
        (
            Derived(),
            Certified(0, of=ForEach.once("v = 1/2", half_strength)),
            Control("another power", next(aligned(power=2))),
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
