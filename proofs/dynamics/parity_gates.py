"""Products of gates that learn parity, and quadratic gates that add modulo a number.

Says: a product of k gates aligned with a parity moves by a' = a^(k-1) (1 - a^k) after a plateau of eps^-(k-2)/(k-2); quadratic
gates of waves add modulo 23 without error.
Idea: each gate sees the others through their product, which is small for long when all are small.
Edges: for k = 2 the plateau is ln(1/eps), no power.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import product
from random import Random

from sympy import Integer, Rational, atan, diff, expand, limit, log, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity, Measured, Prose, Source

PARITY = Source("barak2022hidden", "parities", read=False)
MODULAR = Source("gromov2023grokking", "the analytic solution", read=False)
alpha, a = symbols("alpha a", positive=True)
xi = symbols("xi", real=True)


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
def modular(width, modulus=23, *, draws=100, random_readout=False):
    """Over draws of the phases: the share with every sum mod p right, and the mean accuracy of the quadratic gates."""
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        rng, n, right = generator(key, 0), np.arange(modulus), []
        waves = 2 * np.pi * (1 + np.arange(width) % (modulus - 1)) / modulus
        for _ in range(draws):
            first, second = rng.uniform(-np.pi, np.pi, (2, width))
            left, other = np.cos(np.outer(n, waves) + first), np.cos(np.outer(n, waves) + second)
            phase = rng.uniform(-np.pi, np.pi, width) if random_readout else first + second
            scores = (left[:, None] + other[None]) ** 2 @ np.cos(-np.outer(n, waves) - phase).T
            right.append((scores.argmax(axis=2) == (n[:, None] + n) % modulus).mean())
        return {"accuracy": np.mean(right), "faultless": np.mean(np.array(right) == 1)}

    return record("modular_addition", run, seed=2, dtype="float64")


claim = partial(Claim.of, source=HERE)


FAMILY = (
    Entry(
        claim(
            "parity_escape_time_is_power_of_scale",
            "Products of k gates aligned with a parity move by a' = a^(k-1) (1 - a^k): the plateau from eps is eps^-(k-2)/(k-2).",
            ForEach.of(r"a' = a^{k-1}(1 - a^k)", gates, first=2, index="k", costly_from=4),
            "the uniform cube, squared loss with 1/2, u_i = a e_i; for k = 2 the plateau is ln(1/eps)",
            source=(HERE, PARITY),
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
                "random starts at k = 3, d = 8, scales 1/10, 1/20, 1/40: what is left is of higher order, and too large at 2/5",
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
            "at width 128 about two draws of the phases in a hundred make a mistake in one of 529 sums, at width 256 none does",
            source=(MODULAR,),
        ),
        (
            Measured(
                "faultless",
                partial(modular, 128),
                Fraction(95, 100),
                1,
                "all 529 sums right in all but a few of 100 draws; trial runs were made before the band was set",
                partial(modular, 128, random_readout=True),
                partial(modular, 128, draws=1000),
            ),
            Measured("faultless", partial(modular, 256), 1, 1, "errors at twice the width are far rarer", partial(modular, 64)),
        ),
    ),
)
