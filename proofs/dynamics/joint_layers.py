"""Attention trained together with the layer above it: what its weights and those above keep, and how attention grows by salience.

Says: with linear attention z_m^2 - sum_k v_km^2 is kept, with exponential attention z_m - sum_k v_km^2/2, for any loss above;
in the reduced flow v' = (mu - v) e^(v^2/2) the logarithms of the errors of two features tend to the ratio e^((mu_j^2 - mu_k^2)/2).
Idea: v_k moves by the pull on hidden unit k times the attended tokens, z by the same pulls times v.
Edges: softmax attention adds -b_m sum_l (v_l^2/2)' to z_m', so the balance with a constant mean attention in place of b_m drifts.
"""

from fractions import Fraction
from functools import cache, partial
from math import log1p

from sympy import IndexedBase, Integer, Rational, Sum, Symbol, exp, limit, log, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForAll,
    ForEach,
    Hand,
    Identity,
    Measured,
    Source,
)
from workbench.canonical import vanishes
from workbench.dynamics.flow import Flow

JOMA = Source("tian2023joma", "the theorem on joint dynamics", read=False)
EMBEDDED = "f = U_C b + u_q with orthonormal columns of U_C, orthogonal to u_q; hidden w_k.f and v_k = U_C^T w_k; any loss above"
z, v = symbols("z v", real=True)
x, mu, delta = symbols("x mu delta", positive=True)
k, K = symbols("k K", integer=True, positive=True)
G, V = IndexedBase("g"), IndexedBase("v_m")
MEAN = Symbol("bbar", positive=True)
GROWING = Flow.from_rhs([(mu - v) * exp(v**2 / 2)], [v])


def layer(tokens, hidden, attend):
    """The flow of an unknown loss of the hidden units v_k.b, b = attend(z) times the counts x_m, in all v and z; one sample."""
    logits = symbols(f"z0:{tokens}", real=True)
    weights = [symbols(f"v{k}_0:{tokens}", real=True) for k in range(hidden)]
    counts = symbols(f"x0:{tokens}", positive=True)
    attended = attend(counts, logits)
    outputs = [sum(v_ * b for v_, b in zip(row, attended, strict=True)) for row in weights]
    return Flow.of_any_loss(outputs, [*logits, *(v_ for row in weights for v_ in row)]), logits, weights


def linear(counts, logits):
    return [x * z_ for x, z_ in zip(counts, logits, strict=True)]


def exponential(counts, logits):
    return [x * exp(z_) for x, z_ in zip(counts, logits, strict=True)]


def softmax(counts, logits):
    made = exponential(counts, logits)
    return [e / sum(made) for e in made]


def balances(tokens, *, sign=-1):
    """Both balances of each token, for one and two hidden units."""
    for hidden in (1, 2):
        for name, attend, own in (("linear", linear, lambda z_: z_**2 / 2), ("exp", exponential, lambda z_: z_)):
            flow, logits, weights = layer(tokens, hidden, attend)
            for m in range(tokens):
                balance = own(logits[m]) + sign * sum(row[m] ** 2 for row in weights) / 2
                yield Case(f"{name}, {tokens} tokens, {hidden} units, token {m}", vanishes(flow.derivative(balance)), True)


def candidate():
    """Two tokens, one unit, softmax attention b: rates of z + |v|^2 bbar/2 and v^2/2; that of |v|^2/2; b and its rate (token 1)."""
    flow, logits, ((first, second),) = layer(2, 1, softmax)
    share, squares = softmax(symbols("x0:2", positive=True), logits)[0], (first**2 + second**2) / 2
    balance = flow.derivative(logits[0] + MEAN * squares), flow.derivative(first**2 / 2)
    return balance, flow.derivative(squares), share, flow.derivative(share)


claim = partial(Claim.of, source=(HERE, JOMA))


def over(term):
    return Sum(term, (k, 1, K))


def ratios(n, *, power=2):
    """The ratio of the final rates for mu = 1 + n/2 and 1, of the flow itself; for n = 1 its digits."""
    rates = [
        limit(GROWING.at({mu: level}).derivative(-log(1 - v / level)), v, level, "-") for level in (1 + Rational(n, 2), Integer(1))
    ]
    yield Case(f"mu = {1 + Rational(n, 2)} and 1", rates[0] / rates[1], exp(((1 + Rational(n, 2)) ** power - 1) / 2))
    if n == 1:
        yield Case("ratio", abs(rates[0] / rates[1] - Rational(1868246, 10**6)), Rational(1, 10**6), "<")


HIGH, LOW = symbols("y0 y1", real=True)
LOGARITHMS = Flow.from_rhs([exp(mu**2 * (1 - exp(-HIGH)) ** 2 / 2), exp((1 - exp(-LOW)) ** 2 / 2)], [HIGH, LOW])


@cache
def salience(t1, *, level=1.5):
    """y_j / y_k - e^(5/8) at t1 for y = -ln(1 - v/mu), mu = `level` and 1, from v = mu/20; y' = e^(v^2/2), v = mu (1 - e^-y)."""
    from workbench.dynamics.second import solved
    from workbench.runs import record

    def run(key):
        start = [-log1p(-0.05)] * 2
        seen = solved(LOGARITHMS, start, [log1p(t1)], time="log", parameters={"mu": level}).y[:, -1]
        return {"off": abs(float(seen[0] / seen[1] - exp(Rational(5, 8))))}

    return record("salience", run, seed=0, dtype="float64")


(RATE, BALANCE), SQUARES, SHARE, MOVED = candidate()
FAMILY = (
    Entry(
        claim(
            "joma_balance_conserved_of_linear_or_exp",
            "Linear attention keeps z_m^2 - sum_k v_km^2 and exponential attention z_m - sum_k v_km^2/2.",
            ForEach.of(r"z_m^2 - \sum_k v_{km}^2,\ z_m - \tfrac12 \sum_k v_{km}^2", balances, first=1, costly_from=4, index="M"),
            EMBEDDED,
        ),
        (
            Derived.of(
                Identity.of(
                    2 * z * over(G[k] * x * V[k]), over(2 * V[k] * (G[k] * x * z)), note="linear: z' = sum g x v, v' = g x z"
                ),
                Identity.of(
                    exp(z) * over(G[k] * x * V[k]), over(V[k] * (G[k] * x * exp(z))), note="exp: z' = sum g x e^z v, v' = g x e^z"
                ),
                Hand("the pull g_k on a hidden unit is that of any loss above; samples add on both sides alike"),
            ),
            Certified(2),
            Control("the sum", ForEach.of("+", partial(balances, sign=1), first=1, index="M")),
        ),
    ),
    Entry(
        claim(
            "joma_softmax_balance_is_exact",
            "With softmax attention z - v^2/2 + |v|^2 bbar/2 is kept, bbar a constant mean attention.",
            ForAll.of(Identity.of(MOVED * SQUARES, 0, note="b' (|v|^2/2)' for the first of two tokens, one hidden unit, T = 1")),
            EMBEDDED,
            "whatever bbar is: while |v| moves only bbar = b will do, and that is constant only if b is",
            uses=("joma_softmax_balance_drifts_by_attention_gap",),
        ),
        (Counterexample(), Control("|v| does not move", Identity.of(SQUARES, 0))),
    ),
    Entry(
        claim(
            "joma_softmax_balance_drifts_by_attention_gap",
            "With softmax attention b the rate of z - v^2/2 + |v|^2 bbar/2 is (bbar - b) times that of |v|^2/2.",
            ForAll.of(Identity.of(RATE - BALANCE, (MEAN - SHARE) * SQUARES, note="two tokens, one hidden unit, T = 1; any loss")),
            EMBEDDED,
        ),
        (Derived(), Control("without the correction", Identity.of(RATE.subs(MEAN, 0) - BALANCE, 0))),
    ),
    Entry(
        claim(
            "salience_ratio_tends_to_exp_half_square_gap",
            "Under v' = (mu - v) e^(v^2/2) the logarithms of the errors 1 - v/mu tend to the ratio e^((mu_j^2 - mu_k^2)/2).",
            ForEach.of(r"\ln \delta_j / \ln \delta_k \to e^{(\mu_j^2 - \mu_k^2)/2}", ratios, first=1, costly_from=5),
            "starts 0 <= v < mu",
        ),
        (
            Derived.of(
                Identity.of(
                    GROWING.derivative(-log(1 - v / mu)),
                    exp(v**2 / 2),
                    given={v: mu - delta},
                    note="the rate of ln(1/delta), v < mu",
                ),
                Hand("v grows to mu, the only point of rest, so the rate of ln(1/delta) and its mean tend to e^(mu^2/2)"),
            ),
            Certified(3),
            Measured(
                "off",
                partial(salience, 10**4),
                0,
                Fraction(1, 1000),
                "the error is a constant over t, of size one",
                partial(salience, 10**4, level=1.6),
                partial(salience, 10**6),
            ),
            Control("the gap of mu itself", ForEach.of("mu", partial(ratios, power=1), first=1)),
        ),
    ),
)
