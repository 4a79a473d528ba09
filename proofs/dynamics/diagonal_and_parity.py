"""Two products of weights with known limits: diagonal networks, whose limit minimises a potential, and gates that learn parity.

Says: w = u^2 - v^2 from u = v = alpha ends at the solution of X w = y that minimises sum alpha^2 q(w/alpha^2), q' = asinh(z/2),
between least l2 and least l1; a product of k gates aligned with a parity moves by a' = a^(k-1) (1 - a^k) after a plateau of
eps^-(k-2)/(k-2).
Idea: u v is conserved, so that w is 2 alpha^2 sinh of something in the row space of X; gates see one another through their product.
Edges: l1 is approached slowly: at alpha = 1/100 the least-l1 point of w1 + 2 w2 = 1 is still 7/1000 away.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import product
from random import Random

from sympy import Integer, Rational, Symbol, asinh, atan, diff, exp, expand, limit, log, sinh, sqrt, symbols

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
    Prose,
    Source,
)

HERE = Source("workbench2026", "derived in this file", read=True)
KERNEL = Source("woodworth2020kernel", "the theorem on the implicit bias of two layers", read=False)
PARITY = Source("barak2022hidden", "parities", read=False)
MODULAR = Source("gromov2023grokking", "the analytic solution", read=False)
alpha, a = symbols("alpha a", positive=True)
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


def gates(order, *, shift=0):
    """The gradient over the whole cube of order k products aligned with the parity of the first k bits, at u_i = a e_i."""
    for dim in (order, order + 1):
        cube = list(product((-1, 1), repeat=dim))
        for i in range(order):
            others = [_times(a * x[j] for j in range(order) if j != i) for x in cube]
            errors = [a * x[i] * rest - _times(x[:order]) for x, rest in zip(cube, others, strict=True)]
            for c in range(dim):
                slope = sum(e * rest * x[c] for e, rest, x in zip(errors, others, cube, strict=True)) / len(cube)
                want = a ** (order - 1 + shift) * (1 - a**order) if c == i else Integer(0)
                yield Case(f"k = {order}, d = {dim}, gate {i}, weight {c}", [expand(-slope)], [expand(want)])
        draw = Random(dim)
        values = [[draw.randint(-3, 3) for _ in range(dim)] for _ in range(order)]
        rates = _squares(values, cube, order)
        yield Case(f"k = {order}, d = {dim}: rates of |u_i|^2", rates, [rates[0]] * order)


def _squares(values, cube, order):
    """<u_i, dL/du_i> for integer weights: half the rates of the squared norms, with the sign turned."""
    rates = []
    for i in range(order):
        total = 0
        for x in cube:
            read = [sum(p * q for p, q in zip(row, x, strict=True)) for row in values]
            error = _times(read) - _times(x[:order])
            total += error * _times(r for j, r in enumerate(read) if j != i) * read[i]
        rates.append(total)
    return rates


def _times(factors):
    total = Integer(1)
    for factor in factors:
        total = total * factor
    return total


CLOCKS = {
    2: log(a) - log(1 - a**2) / 2,
    3: -1 / a - log(1 - a) / 3 + log(1 + a + a**2) / 6 - atan((2 * a + 1) / sqrt(3)) / sqrt(3),
    4: -1 / (2 * a**2) + (log(1 + a**2) - log(1 - a**2)) / 4,
}


def plateau():
    """The time that a takes from 1/5 to 1/2 at k = 3, and the leading power of the plateau at k = 3 and 4."""
    begin, end = ({a: Rational(1, n)} for n in (5, 2))
    taken = CLOCKS[3].xreplace(end) - CLOCKS[3].xreplace(begin)
    yield Case("k = 3, a from 1/5 to 1/2", abs(taken - Rational(3111723, 10**6)), Rational(1, 10**6), "<")
    for order in (3, 4):
        yield Case(f"k = {order}: eps^(k-2) t", limit(-CLOCKS[order] * a ** (order - 2), a, 0, "+"), Rational(1, order - 2))
    yield Case("k = 2: t / ln(1/eps)", limit(CLOCKS[2] / log(a), a, 0, "+"), 1)


@cache
def escapes(order=3, scales=(0.1, 0.05, 0.025), *, power=None, dim=8, draws=3):
    """Spread of escape time times scale^(k-2) over scales, from random starts; the loss over the cube, the flow by SciPy."""
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        from scipy.integrate import solve_ivp

        rng = generator(key, 0)
        x = np.array(list(product((-1.0, 1.0), repeat=dim)))
        labels = x[:, :order].prod(axis=1)
        worst = 0.0
        for _ in range(draws):
            direction = rng.normal(size=(order, dim)) / np.sqrt(dim)
            found = []
            for scale in scales:

                def rhs(t, flat):
                    read = flat.reshape(order, dim) @ x.T
                    rest = np.array([np.delete(read, i, axis=0).prod(axis=0) for i in range(order)])
                    return (((labels - read.prod(axis=0)) * rest) @ x / len(x)).ravel()

                def half(t, flat):
                    return 0.5 * np.mean((labels - (flat.reshape(order, dim) @ x.T).prod(axis=0)) ** 2) - 0.25

                half.terminal = True
                seen = solve_ivp(rhs, (0, 4000 / scale), scale * direction.ravel(), events=half, rtol=1e-8, atol=1e-10)
                found.append(seen.t[-1] * scale ** (order - 2 if power is None else power))
            worst = max(worst, *(abs(p / q - 1) for p, q in zip(found[1:], found[:-1], strict=True)))
        return {"worst_change": worst}

    return record("parity_escape", run, seed=1, dtype="float64")


@cache
def modular(width, modulus=23, *, random_readout=False):
    """Accuracy of the quadratic gates with random phases on all sums mod p."""
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        rng = generator(key, 0)
        waves = 2 * np.pi * (1 + np.arange(width) % (modulus - 1)) / modulus
        first, second = rng.uniform(-np.pi, np.pi, (2, width))
        n = np.arange(modulus)
        left, right = np.cos(np.outer(n, waves) + first), np.cos(np.outer(n, waves) + second)
        phase = rng.uniform(-np.pi, np.pi, width) if random_readout else first + second
        readout = np.cos(-np.outer(n, waves) - phase)
        scores = np.einsum("nmk,qk->nmq", (left[:, None] + right[None]) ** 2, readout)
        return {"accuracy": (scores.argmax(axis=2) == (n[:, None] + n) % modulus).mean()}

    return record("modular_addition", run, seed=2, dtype="float64")


def claim(name, says, statement, *hypotheses, sources=(HERE,), uses=()):
    return Claim(name, says, statement, hypotheses=hypotheses, sources=sources, uses=uses, topic="dynamics")


WRITTEN = {u: alpha * exp(xi), v: alpha * exp(-xi)}  # u v = alpha^2, ln(u/v) = 2 xi
FAMILY = (
    Entry(
        claim(
            "limit_minimises_q_alpha",
            "w = u^2 - v^2 from u = v = alpha tends to the minimiser of sum alpha^2 q(w/alpha^2) on X w = y, q' = asinh(z/2).",
            ForEach.of(r"\tfrac{d}{dt} uv = 0,\ \tfrac{d}{dt} \ln(u/v) \in \operatorname{row} X", diagonal, first=1, costly_from=4),
            "the loss |X w - y|^2/2 has X of full row rank",
            sources=(HERE, KERNEL),
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
    Entry(
        claim(
            "parity_escape_time_is_power_of_scale",
            "Products of k gates aligned with a parity move by a' = a^(k-1) (1 - a^k): the plateau from eps is eps^-(k-2)/(k-2).",
            ForEach.of(r"a' = a^{k-1}(1 - a^k)", gates, first=2, index="k", costly_from=4),
            "the uniform cube, squared loss with 1/2, u_i = a e_i; for k = 2 the plateau is ln(1/eps)",
            sources=(HERE, PARITY),
        ),
        (
            Derived.of(
                *(
                    Identity.of(
                        diff(clock, a) * a ** (order - 1) * (1 - a**order), 1, given={a: xi / (xi + alpha)}, where={xi: "positive"}
                    )
                    for order, clock in CLOCKS.items()
                ),
                Hand("bits are independent with mean 0: the error times the other gates times x_i has the mean (a^k - 1) a^(k-1)"),
                Hand("for small a the time is the integral of a^-(k-1), up to 1/(1 - a^k), which is bounded before a = 1/2"),
            ),
            Certified(3),
            Certified(0, of=ForEach.once("the time", plateau)),
            Measured(
                "worst_change",
                escapes,
                0,
                Fraction(1, 10),
                "random starts at k = 3, d = 8: time times scale changes less from scale to scale; what is left is of higher order",
                partial(escapes, power=2),
                partial(escapes, scales=(0.2, 0.1, 0.05, 0.025), draws=10),
            ),
            Control("one power more", ForEach.of("+1", partial(gates, shift=1), first=2, index="k")),
        ),
    ),
    Entry(
        claim(
            "quadratic_gate_solves_modular_addition",
            "Quadratic gates of waves with random phases, read out with their sums, add modulo 23 without error from width 128.",
            Prose(
                r"\operatorname{argmax}_q \sum_k (\cos(w_k n + \phi_k) + \cos(w_k m + \psi_k))^2 "
                r"\cos(-w_k q - \phi_k - \psi_k) = n + m"
            ),
            "frequencies in turn, phases uniform; the weights are given, nothing is trained",
            sources=(MODULAR,),
        ),
        (
            Measured(
                "accuracy",
                partial(modular, 128),
                1,
                1,
                "every one of the 529 sums",
                partial(modular, 128, random_readout=True),
                partial(modular, 256),
            ),
        ),
    ),
)
