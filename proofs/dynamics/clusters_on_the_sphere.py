"""Tokens on a sphere that attend to each other gather: an energy that never falls, and one cluster in the end.

Says: E = sum e^(beta <x_i, x_j>) does not decrease along x_i' = P_i sum_j A_ij x_j, rows of A scaled to sum 1 or not; no more
tokens than dimensions, almost wherever they start, or tokens that start in an open hemisphere, end in one cluster.
Idea: the pull m_i = sum_j e^(beta <x_i, x_j>) x_j is the energy's gradient; the velocity is its projection over a positive number.
Edges: opposite tokens stand still; at large beta on a circle many tokens stand in several clusters for long.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import combinations

from sympy import IndexedBase, Matrix, Sum, exp, symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity, Measured, Prose, Source
from workbench.canonical import vanishes

SPHERE = Source("geshkovski2023mathematical", "clustering on the sphere", read=False)
j, d = symbols("j d", integer=True, positive=True)
m, x = IndexedBase("m"), IndexedBase("x")
s = symbols("s", real=True)
beta = symbols("beta", positive=True)
POINTS = ((0, 0, 1), (1, 2, 2), (2, 3, 6), (-4, 1, 8))  # over their lengths: rational points of the sphere


def energy_rates(n, *, factor=2):
    """The rate of the energy of n tokens by the equations of their cosines, against 2 beta sum |P_i m_i|^2 / Z_i."""
    from workbench.dynamics.solutions import gram_flow

    tokens = [Matrix(p) / Matrix(p).norm() for p in POINTS[:n]]
    weights = Matrix(n, n, lambda a, b: exp(beta * tokens[a].dot(tokens[b])))
    pulls = [sum((weights[a, b] * tokens[b] for b in range(n)), Matrix.zeros(3, 1)) for a in range(n)]
    squares = [p.dot(p) - p.dot(token) ** 2 for p, token in zip(pulls, tokens, strict=True)]
    for normalised in (True, False):
        flow = gram_flow(n, beta, normalised=normalised)
        at = {c: tokens[a].dot(tokens[b]) for c, (a, b) in zip(flow.variables, combinations(range(n), 2), strict=True)}
        rate = flow.derivative(sum(2 * exp(beta * c) for c in flow.variables)).xreplace(at)
        sums = [sum(weights.row(a)) if normalised else n for a in range(n)]
        want = factor * beta * sum(square / z for square, z in zip(squares, sums, strict=True))
        yield Case(f"n = {n}, rows scaled {normalised}", vanishes(rate - want), True)


@cache
def gathered(tokens=64, dim=3, *, beta=1.0, until=15.0, step=0.1, half=True, pull=1, draws=3):
    """The least cosine at the end, and the least rise of the energy in a step, for tokens drawn on the sphere or half of it."""
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def unit(x):
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    def velocity(x):
        weights = np.exp(beta * x @ x.T)
        mean = pull * weights @ x / weights.sum(axis=1, keepdims=True)
        return mean - (mean * x).sum(axis=1, keepdims=True) * x

    def run(key):
        rng, cosines, rises = generator(key, 0), [], []
        for _ in range(draws):
            x = unit(rng.standard_normal((tokens, dim)))
            if half:
                x[:, 0] = abs(x[:, 0])
            energies = [np.exp(beta * (x @ x.T - 1)).sum()]
            for _ in range(round(until / step)):
                first = velocity(x)
                second = velocity(x + step / 2 * first)
                third = velocity(x + step / 2 * second)
                fourth = velocity(x + step * third)
                x = unit(x + step / 6 * (first + 2 * second + 2 * third + fourth))
                energies.append(np.exp(beta * (x @ x.T - 1)).sum())
            cosines.append((x @ x.T)[~np.eye(tokens, dtype=bool)].min())
            rises.append(np.diff(energies).min() / tokens**2)
        return {"least_cosine": min(1.0, *cosines), "least_rise": min(rises)}

    return record("sphere", run, seed=21, dtype="float64")


claim = partial(Claim.of, source=(HERE, SPHERE))


NOISE = "rises by 0 at rest; solver noise of 1e-9, the energy being over e^beta n^2"
RECORDED = "64 tokens in 3 dimensions, beta = 1, t = 15 by steps of 1/10: at rate 2 cosines are within e^-20 of 1"
FAMILY = (
    Entry(
        claim(
            "attention_energy_does_not_decrease",
            "Along the flow of attending unit tokens sum e^(beta <x_i, x_j>) does not decrease.",
            ForEach.of(r"\tfrac{d}{dt}E = 2\beta \sum_i |P_i m_i|^2 / Z_i \ge 0", energy_rates, first=2, costly_from=4),
            "Z_i is the sum of row i, or n where rows are not scaled: positive both times",
        ),
        (
            Derived.of(
                Identity.of(
                    Sum((m[j] - s * x[j]) ** 2, (j, 1, d)),
                    Sum(m[j] ** 2, (j, 1, d)) - 2 * s * Sum(m[j] * x[j], (j, 1, d)) + s**2 * Sum(x[j] ** 2, (j, 1, d)),
                    note="|m - s x|^2, which for s = <m, x> and |x| = 1 is <P m, m>",
                ),
                Hand("E' = 2 beta sum_i <x_i', m_i>, as e^(beta <x_i, x_j>) is symmetric in i and j, and x_i' = P_i m_i / Z_i"),
            ),
            Certified(3),
            Measured(
                "least_rise", partial(gathered, half=False), Fraction(-1, 10**9), 1, NOISE, partial(gathered, half=False, pull=-1)
            ),
            Control("beta in place of 2 beta", ForEach.of("1", partial(energy_rates, factor=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "hemisphere_start_ends_in_one_cluster",
            "Unit tokens that start in an open hemisphere, or almost any that are no more than dimensions, end in one cluster.",
            Prose(r"\langle x_i, x_j\rangle \to 1\ \text{for all}\ i \ne j"),
            "drawn at random: opposite tokens, whose directions cancel, may stand still",
            "off-diagonal cosines above .999 count as one cluster; softmax attention is computed anew in each stage of a step",
        ),
        (
            Measured(
                "least_cosine",
                gathered,
                Fraction(999, 1000),
                1,
                RECORDED,
                partial(gathered, 32, 2, beta=9.0, half=False),
                partial(gathered, draws=30),
            ),
            Measured(
                "least_cosine",
                partial(gathered, 8, 16, half=False),
                Fraction(999, 1000),
                1,
                "8 tokens in 16 dimensions, anywhere on the sphere",
                partial(gathered, 8, 16, half=False, until=1.0),
                partial(gathered, 8, 16, half=False, draws=100),
            ),
        ),
    ),
)
