"""Krause attention at wide and narrow kernels, and the flow that is not normalised.

Says: a wide kernel weighs the k nearest keys alike, not the window; a narrow one takes the nearest key; the flow that is not
normalised keeps the mean and descends an energy.
Idea: ratios of weights are e^(-u), u the difference of squared distances over 2 sigma^2; each pair of tokens occurs twice.
Edges: k = 1, where a weight is 1 for every sigma; one token.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import IndexedBase, Integer, Rational, Sum, Symbol, diff, exp, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Enclosed,
    Entry,
    ForEach,
    Hand,
    Identity,
    enclosed_sign,
)
from workbench.canonical import vanishes
from workbench.evidence import BALLS

i, N = symbols("i N", integer=True, positive=True)
u = Symbol("u", positive=True)
x, y, t = symbols("x y t", real=True)
V, D = (IndexedBase(name) for name in ("v", "D"))
SQUARES = (Rational(1, 4), Rational(1), Rational(9, 4), Rational(4))  # of the distances of four keys to a query, ascending


def weights(k, scale):
    """Weights exp(-D / scale) of the k nearest keys."""
    kept = [exp(-square / scale) for square in SQUARES[:k]]
    return [value / sum(kept) for value in kept]


def uniform(sigma, *, power=1):
    """Weights of two or three nearest keys against 1/k."""
    for k in (2, 3):
        spread = (SQUARES[k - 1] - SQUARES[0]) / (2 * sigma**2)
        bound = (exp(spread**power) - 1) / k
        for (place, weight), side in product(enumerate(weights(k, 2 * sigma**2)), (1, -1)):
            yield Case(f"sigma = {sigma}, k = {k}, key {place}, {side:+d}", side * (weight - Rational(1, k)), bound, "<=")


def window(n):
    """The weights of n keys at 1, 2, ..., n from a query, k = n - 1, in the limit of a wide kernel, against 1/n."""
    kept = sorted(range(n), key=lambda key: (key + 1) ** 2)[: n - 1]
    for key in range(n):
        yield Case(
            f"{n} keys, k = {n - 1}, sigma to infinity: weight of key {key}", Fraction(int(key in kept), n - 1), Fraction(1, n)
        )


def narrow(m, *, times=1):
    """What the nearest key lacks of weight 1 at sigma = 1/m, against (k - 1) exp(-gap / (2 sigma^2))."""
    for k in (2, 3, 4):
        lacking = 1 - weights(k, Rational(2, m**2))[0]
        bound = (k - 1) * exp(-times * (SQUARES[1] - SQUARES[0]) * Rational(m**2, 2))
        yield Case(f"sigma = 1/{m}, k = {k}: missing from the nearest key", lacking, bound, "<=")


def flow(n, *, sign=1):
    """The gradient of E against the flow, and the sum of velocities, for n tokens on a line in symbols, sigma = 1."""
    points = symbols(f"x:{n}", real=True)
    energy = -sum((exp(-((p - r) ** 2) / 2) for p in points for r in points), Integer(0)) / 2
    velocities = [sum(exp(-((p - r) ** 2) / 2) * (r - p) for r in points) for p in points]
    for p, velocity in zip(points, velocities, strict=True):
        yield Case(f"n = {n}, {p}: the velocity is minus the gradient of E", vanishes(diff(energy, p) + sign * velocity), True)
    yield Case(f"n = {n}: velocities add up to 0", vanishes(sum(velocities)), True)


claim = partial(Claim.of, source=HERE)


def total(term):
    return Sum(term, (i, 1, N))


MEAN = Identity.of(
    total(exp(-t * D[i]) * (V[i] - x)) / total(exp(-t * D[i])),
    total(exp(-t * D[i]) * V[i]) / total(exp(-t * D[i])) - x,
    note="a row is a mean: its weights are positive and add up to 1",
)
FOUR = "squared distances 1/4, 1, 9/4, 4 in the cases"

FAMILY = (
    Entry(
        claim(
            "uniform_over_window_krause_of_sigma_to_infinity",
            "As sigma grows, selective weights tend to 1/#N_i on N_i.",
            ForEach.of(r"\lim_{\sigma \to \infty} a_{ij} = 1 / \# N_i", window, first=2),
            "k = #N_i - 1 < #N_i; keys that are not among the k nearest have weight 0 for every sigma",
        ),
        (Counterexample(at=2), Control("three keys", ForEach.of("3", window, first=3))),
    ),
    Entry(
        claim(
            "uniform_over_k_nearest_krause_of_sigma_to_infinity",
            "As sigma grows, selective weights tend to 1/k on the k nearest keys, with an error of the order sigma^-2.",
            ForEach.of(r"|a_{ij} - 1/k| \leq (e^{u} - 1)/k", uniform, first=1, index="sigma", costly_from=9),
            "no ties; u is the spread of the k squared distances over 2 sigma^2; " + FOUR,
        ),
        (
            Derived.of(
                MEAN, Hand("weights of k keys whose ratios are at most e^u lie between e^(-u)/k and e^u/k; 1 - e^(-u) <= e^u - 1")
            ),
            Enclosed(3, enclosed_sign, BALLS, full=8),
            Control("u^2", ForEach.of("2", lambda sigma: uniform(sigma, power=2), first=4)),
        ),
    ),
    Entry(
        claim(
            "one_hot_nearest_key_krause_of_sigma_to_zero",
            "As sigma falls, selective weights tend to the one-hot vector of the nearest key.",
            ForEach.of(r"1 - a_{i1} \leq (k - 1) e^{-g / 2 \sigma^2}", narrow, first=1, index="m", costly_from=9),
            "no ties; g > 0 is the gap of the two smallest squared distances; sigma = 1/m; " + FOUR,
        ),
        (
            Derived.of(
                Identity.of(1 - x / (x + y), y / (x + y), note="x the nearest key's exponential, y the sum of the others"),
                Hand("each of the k - 1 others has at most e^(-g / 2 sigma^2) of the nearest key's exponential"),
            ),
            Enclosed(3, enclosed_sign, BALLS, full=8),
            Control("twice the exponent", ForEach.of("2", lambda m: narrow(m, times=2), first=2)),
        ),
    ),
    Entry(
        claim(
            "mean_conserved_and_energy_decreasing_unnormalised_flow",
            "The flow that is not normalised keeps sum_i x_i, and E = -sum_ij s_ij / 2 never grows.",
            ForEach.of(r"\dot x = -\nabla E,\ \textstyle\sum_i \dot x_i = 0", flow, first=1, costly_from=5),
            "s_ij = exp(-|x_i - x_j|^2 / (2 sigma^2)); sigma = d = 1 in the cases, in symbols",
        ),
        (
            Derived.of(
                Identity.of(diff(-exp(-((x - y) ** 2) / (2 * u**2)), x), exp(-((x - y) ** 2) / (2 * u**2)) * (x - y) / u**2),
                Hand("each pair occurs twice in E, so the flow is the one of steepest descent; pairs cancel in the sum"),
            ),
            Certified(3),
            Control("ascent", ForEach.of("-", lambda n: flow(n, sign=-1), first=2)),
        ),
    ),
)
