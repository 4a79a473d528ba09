"""Two factors of one number, and a gate times a value: what they conserve, when they arrive, and which rules of descent keep it.

Says: under a loss of u v the flow keeps u^2 - v^2 and has a closed form; a gradient step shrinks it by 1 - eta^2 g^2; a gate g(u) v
keeps v^2/2 - int g/g' du; the logit z of two tokens obeys 2 z + 2 sinh z = D t + const. Momentum, Adam, weight decay at rate mu, a
gate that depends on the input, and starts on u = -v each break the law that is claimed for them.
Idea: both factors are pulled by one residual, so what one gains tells what the other gains; the residual is a free symbol here.
Edges: on u = -v the flow goes to 0, which is a saddle; signs of gradients move both factors alike only while both are positive.
"""

from fractions import Fraction
from functools import cache, partial

from sympy import Rational, Symbol, cosh, diff, exp, expand, limit, log, oo, sign, sinh, sqrt, symbols, tanh

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Identity, Measured
from workbench.dynamics.closed import TIME
from workbench.dynamics.flow import Flow
from workbench.dynamics.solutions import product_flow, uv

u, v, s, t, z, g, K = symbols("u v s t z g K", real=True)
p, b, k, D, eta, mu, q, x = symbols("p b k D eta mu q x", positive=True)
ANY = "the target s is free, and with it the residual, so that the law holds for any loss of the output"
HALF, TENTH = Rational(1, 2), Rational(1, 10)
TWO = product_flow()


def kept(output, first, second, note=""):
    """The identity of the rates of two quantities under the squared error of an output of u and v with a free target."""
    flow = Flow.from_loss((s - output) ** 2 / 2, [u, v])
    return Identity.of(expand(flow.derivative(first)), flow.derivative(second), note=note)


RATE = p + 1 / p  # R / (c/2), where p = w+, w- = -1/p and s = c (p - 1/p)/4
W = (p - K * exp(-b * RATE * t / 2) / p) / (1 + K * exp(-b * RATE * t / 2))  # c = b
CLOCK = -2 * log(x) / (b * RATE)  # x = e^(-Rt)
EQUAL = s / (1 + k * exp(-2 * s * t))
OPPOSITE = s / (1 - k * exp(2 * s * t))
CLOSED = (
    Identity.of(
        b * ((u + v) ** 2 / b - b / (u + v) ** 2) / 4,
        u * v,
        given={u: (k + b / k) / 2, v: (k - b / k) / 2},
        note="u v = c (w - 1/w)/4, w = (u + v)^2/c",
    ),
    Identity.of(
        2 * (b * (p - 1 / p) / 4 - b * (q - 1 / q) / 4) * q, -b * (q - p) * (q + 1 / p) / 2, note="w' = 2 (s - uv) w, w = q"
    ),
    Identity.of(diff(W, t), -b * (W - p) * (W + 1 / p) / 2, given={t: CLOCK}, note="the closed form solves it"),
    Identity.of(W.subs({t: 0, K: (p - q) / (q + 1 / p)}), q, note="and starts at w0 = q"),
    Identity.of(diff(EQUAL, t), 2 * EQUAL * (s - EQUAL), note="u = v: a' = 2 a (s - a), k = s/a0 - 1"),
    Identity.of(diff(OPPOSITE, t), -2 * OPPOSITE * (s - OPPOSITE), note="u = -v: a' = -2 a (s - a) for a = uv"),
    Identity.of(EQUAL, s / 2, given={t: log(k) / (2 * s)}, note="half time"),
)


def values():
    """The product at t = 1 and 3 from (1/2, 1/10), s = 1, to the digits that are listed."""
    c, total = Rational(6, 25), sqrt(4 + Rational(6, 25) ** 2)
    high, low, w0 = (2 + total) / c, (2 - total) / c, Rational(9, 25) / c
    ratio = (high - w0) / (w0 - low)
    for time, digits in ((1, 42557862), (3, 97710126)):
        left = exp(-total * time)
        w = (high + ratio * low * left) / (1 + ratio * left)
        yield Case(f"uv({time})", abs(c * (w - 1 / w) / 4 - Rational(digits, 10**8)), Rational(1, 10**8), "<")


STARTS = ((TENTH, TENTH), (HALF, TENTH), (3 * HALF, TENTH**2), (3 * TENTH, -TENTH), (2, TENTH**3))


@cache
def integrated(target):
    """The largest distance of the integrated flow with this target from the closed forms for target 1, over the starts."""
    import numpy as np

    from workbench.dynamics.second import solved
    from workbench.runs import record

    times = np.linspace(0, 12, 25)

    def run(key):
        options = {"rtol": 1e-12, "atol": 1e-12, "parameters": {"s": target}}
        paths = [solved(TWO, [float(a) for a in start], times, **options).y.T for start in STARTS]
        return {
            "distance": max(float(abs(path - uv(*start, 1).at(times)).max()) for path, start in zip(paths, STARTS, strict=True))
        }

    return record("two_factors", run, seed=0, dtype="float64")


def steps(n, *, size=TENTH, power=2, momentum=0):
    """u^2 - v^2 over n exact steps from (1/2, 1/10) to the target 1, against the product of 1 - eta^2 g^2."""
    a, c, moved = HALF, TENTH, (0, 0)
    for step in range(1, n + 1):
        before, pull = a**2 - c**2, 1 - a * c
        moved = (momentum * moved[0] + pull * c, momentum * moved[1] + pull * a)
        a, c = a + size * moved[0], c + size * moved[1]
        yield Case(f"step {step}", a**2 - c**2, before * (1 - size**power * pull**2))
    if n == 1:
        yield Case("after one step", a**2 - c**2, Rational(237834, 10**6))


GATES = {
    "linear": (u, u**2 / 2),
    "exp": (exp(u), u),
    "logistic": (1 / (1 + exp(-u)), u + exp(u)),
    "tanh": (tanh(u), sinh(u) ** 2 / 2),
}


def gate(name, gate_of_u, integral):
    return kept(gate_of_u * v, v**2 / 2, integral.rewrite(exp), note=f"{name} gate")


def arrives(n, *, target=1):
    """Where uv ends from (1, 1 - n), s = 1, by the closed form."""
    form = uv(1, 1 - n, 1)
    x = form.coordinate
    output = expand(form.lift[0] * form.lift[1]).subs(x, sqrt(form.solution))
    yield Case(f"from (1, {1 - n})", limit(output.rewrite(exp), TIME, oo), target)


def adam(n):
    """The first order in eta of what one Adam step from (n, 1), target n + 1, adds to u^2 - v^2; a gradient step adds none."""
    small, size = Rational(1, 10**8), Symbol("eta", positive=True)
    moved = [a + size * pull / (pull + small) for a, pull in ((n, 1), (1, n))]  # bias correction makes the means g and g^2
    yield Case(f"from ({n}, 1)", diff(moved[0] ** 2 - moved[1] ** 2, size).subs(size, 0), 0)


TOKENS = 1 / (1 + exp(-z))
LATE = (2 * z + exp(z) - exp(-z) - K) / (1 + exp(z))  # (1 - sigma) D t


def late():
    """The limits of a logit with z + sinh z = D t / 2 + const, and its values at D = 7/10, z0 = -1, t = 100 between two bounds."""
    yield Case("(1 - sigma) D t", limit(LATE, z, oo), 1)
    yield Case("e^z / (D t)", limit(exp(z) / (2 * z + exp(z) - exp(-z) - K), z, oo), 1)
    for digits, relation in ((-195646, "<"), (-195644, ">")):  # the time grows with z, so a bracket of t is one of z
        at = log(70) + Rational(digits, 10**6)
        yield Case(f"t at z = ln 70 + {digits}e-6", 2 * at + 2 * sinh(at) + 2 + 2 * sinh(1), 70, relation)
        share = (70 / (1 + exp(at)) - Rational(1195329, 10**6)) * 10**5
        yield Case(f"(1 - sigma) D t there, {digits}", abs(share), 1, "<")


claim = partial(Claim.of, source=HERE)


I0 = u**2 - v**2
STEP = (u + eta * g * v) ** 2 - (v + eta * g * u) ** 2
SIGN_STEP = (u + eta * sign(s * v) - v - eta * sign(s * u), u - v)
DECAYING = Flow.from_loss((s - u * v) ** 2 / 2, [u, v], decay=mu)
r1, r2 = symbols("r1 r2", real=True)
INPUTS = Flow.from_rhs(
    [
        r1 * v * diff(TOKENS, z).subs(z, u) + 2 * r2 * v * diff(TOKENS, z).subs(z, 2 * u),
        r1 * TOKENS.subs(z, u) + r2 * TOKENS.subs(z, 2 * u),
    ],
    [u, v],
)
FAMILY = (
    Entry(
        claim(
            "difference_of_squares_conserved",
            "The flow of any loss of u v keeps u^2 - v^2.",
            ForAll.of(kept(u * v, u**2, v**2)),
            ANY,
        ),
        (Derived(), Control("the sum of squares", kept(u * v, u**2, -(v**2)))),
    ),
    Entry(
        claim(
            "bilinear_product_closed_form",
            "For c = u^2 - v^2 > 0, w = (u+v)^2/c is a quotient in e^(-Rt), u v = c (w - 1/w)/4; for u = v it is a sigmoid.",
            ForAll.of(*CLOSED),
            "c > 0 is written b, w+ = p, w- = -1/p, s = b (p - 1/p)/4 and R = b (p + 1/p)/2; for c < 0 exchange u and v",
            uses=("difference_of_squares_conserved",),
        ),
        (
            Derived(),
            Certified(0, of=ForEach.once("uv(1), uv(3)", values)),
            Measured(
                "distance",
                lambda: integrated(1),
                0,
                Fraction(1, 10**8),
                "order 8 at 1e-12 over t <= 12, from five starts",
                lambda: integrated(1.00001),
            ),
            Control("half the rate", Identity.of(diff(EQUAL, t), EQUAL * (s - EQUAL))),
            Control("the sign of the line u = -v", Identity.of(diff(OPPOSITE, t), 2 * OPPOSITE * (s - OPPOSITE))),
        ),
    ),
    Entry(
        claim(
            "imbalance_shrinks_by_step_product",
            "A gradient step of size eta on a loss of u v multiplies u^2 - v^2 by 1 - eta^2 g^2, g = -l'(uv).",
            ForAll.of(Identity.of(STEP, I0 * (1 - eta**2 * g**2))),
        ),
        (
            Derived(),
            Certified(5, of=ForEach.of("steps from (1/2, 1/10)", steps, first=1, index="steps")),
            Control("one power of eta", Identity.of(STEP, I0 * (1 - eta * g**2))),
        ),
    ),
    Entry(
        claim(
            "gate_integral_conserved",
            "g(u) v keeps v^2/2 - int g/g' du, with u^2/2, u, u + e^u, sinh(u)^2/2 for linear, exp, logistic and tanh gates.",
            ForAll.of(*(gate(name, *pair) for name, pair in GATES.items())),
            ANY,
            "g' is not 0; other gates by the same integral",
        ),
        (Derived(), Control("logistic without e^u", gate("logistic", GATES["logistic"][0], u))),
    ),
    Entry(
        claim(
            "two_token_logit_closed_form",
            "Two tokens, linear loss: 2 z + 2 sinh z = D t + const for the logit, so z - ln(D t) and (1 - sigma) D t - 1 vanish.",
            ForAll.of(
                Identity.of(diff(2 * z + exp(z) - exp(-z), z) * D * TOKENS * (1 - TOKENS), D, note="d/dt (2 z + 2 sinh z) = D"),
                Identity.of((1 + exp(z)) * (1 + exp(-z)), 2 + 2 * cosh(z).rewrite(exp), note="1/(sigma (1 - sigma))"),
            ),
            "D = Delta |G|^2; for a logistic loss D is multiplied by |l'| at the selected score",
        ),
        (
            Derived(),
            Certified(0, of=ForEach.once("late times", late)),
            Control("without the linear term", Identity.of(diff(exp(z) - exp(-z), z) * D * TOKENS * (1 - TOKENS), D)),
        ),
    ),
    Entry(
        claim(
            "every_nonzero_start_reaches_the_target",
            "For s > 0 the product u v tends to s from every start but (0, 0).",
            ForEach.of(r"uv \to s \text{ from } (1, 1-n),\ s = 1", arrives, first=0),
            uses=("bilinear_product_closed_form",),
        ),
        (
            Counterexample(at=2),
            Control("the target -1 from (1, 1)", ForEach.of("-1", lambda n: arrives(n, target=-1), first=0)),
        ),
    ),
    Entry(
        claim(
            "adam_conserves_query_key_balance",
            "Adam keeps Q^T Q - K^T K, u^2 - v^2 in the smallest case, to first order in the step, as gradient descent does.",
            ForEach.of(r"\partial_\eta (u^2 - v^2) = 0", adam, first=1),
            "the first step, in which bias correction makes Adam's means the gradient and its square; epsilon is 1e-8",
        ),
        (
            Counterexample(at=2),
            Control(
                "a gradient step and the sum of squares",
                Identity.of(diff((u + eta * g * v) ** 2 + (v + eta * g * u) ** 2, eta).subs(eta, 0), 0),
            ),
        ),
    ),
    Entry(
        claim(
            "sign_step_keeps_difference_of_positive_factors",
            "Steps along the signs of the gradients keep u - v while both factors are positive.",
            ForAll.of(Identity.of(*SIGN_STEP, where={u: "positive", v: "positive"})),
            "s stands for the residual",
        ),
        (
            Derived(),
            Control("factors of any sign", Identity.of(*SIGN_STEP)),
        ),
    ),
    Entry(
        claim(
            "heavy_ball_keeps_the_gradient_step_factor",
            "With momentum each step multiplies u^2 - v^2 by 1 - eta^2 g^2, as a gradient step does.",
            ForEach.of(r"I_{k+1} = I_k (1 - \eta^2 g_k^2)", lambda n: steps(n, momentum=HALF), first=1, index="steps"),
            "momentum 1/2, from (1/2, 1/10) with eta = 1/10 and s = 1; its first step is a gradient step",
        ),
        (
            Counterexample(at=2),
            Control("one power of eta, first step", ForEach.of("eta", lambda n: steps(n, power=1), first=1, index="steps")),
        ),
    ),
    Entry(
        claim(
            "weight_decay_shrinks_balance_at_rate_mu",
            "With weight decay mu the balance u^2 - v^2 shrinks like e^(-mu t).",
            ForAll.of(Identity.of(DECAYING.derivative(I0), -mu * I0)),
        ),
        (Counterexample(), Control("no decay", Identity.of(DECAYING.derivative(I0), 0))),
    ),
    Entry(
        claim(
            "gate_law_survives_input_dependent_gate",
            "A logistic gate sigma(u x) times v, fitted at several inputs x, keeps v^2/2 - u - e^u.",
            ForAll.of(Identity.of(INPUTS.derivative(v**2 / 2), INPUTS.derivative(u + exp(u)))),
            "two inputs, x = 1 and 2, with any residuals r1 and r2",
        ),
        (Counterexample(), Control("the input 1 alone, without e^u", gate("logistic", GATES["logistic"][0], u))),
    ),
)
