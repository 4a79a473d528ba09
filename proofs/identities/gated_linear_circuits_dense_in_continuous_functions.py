"""Linear units with gating approximate every continuous function on a compact set; linear units alone are affine.

Says: for compact K in R^m and continuous f on K there are networks of linear units and output gatings as near to f as one likes, in
the maximum; networks of linear units without gatings compute affine functions only.
Idea: the Bernstein polynomial B_n f is the mean of f(k/n) under a binomial k, which strays from n x by a variance n x (1 - x); so
|f - B_n f| <= (5/4) w(1/sqrt(n)) in one variable, w the modulus of continuity of f. Polynomials are gated linear circuits.
Edges: not on open or unbounded sets: 1/x on (0, 1] and exp on R are no uniform limits of polynomials; the rate is not geometric.
"""

from itertools import product
from math import comb

from sympy import IndexedBase, Poly, Rational, Sum, Symbol, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForEach, Hand, Identity, Network, Source, affine

x, M1, M2, s, t, b = symbols("x M1 M2 s t b", real=True)
j, m = symbols("j m", integer=True, positive=True)
w, p, q = (IndexedBase(name) for name in ("w", "p", "q"))

SCALE = Rational(25, 16)  # the square of 5/4


def bernstein(f, n, at):
    """The value at a point of [0, 1]^m of the Bernstein polynomial of degree n in each variable."""
    total = Rational(0)
    for ks in product(range(n + 1), repeat=len(at)):
        share = Rational(1)
        for k, y in zip(ks, at, strict=True):
            share *= comb(n, k) * y**k * (1 - y) ** (n - k)
        total += share * f(*(Rational(k, n) for k in ks))
    return total


LIPSCHITZ = {
    "|x - 1/2|": (1, lambda x: abs(x - Rational(1, 2))),
    "|x - y|": (2, lambda x, y: abs(x - y)),
    "max(x, 1/3)": (1, lambda x: max(x, Rational(1, 3))),
}


def errors(n, scale=SCALE):
    """The squares of errors on a grid, against the bound for functions that change by at most the change of each variable."""
    for name, (variables, f) in LIPSCHITZ.items():
        for at in product([Rational(k, 4) for k in range(5)], repeat=variables):
            error = bernstein(f, n, at) - f(*at)
            yield Case(f"n = {n}, f = {name} at {at}", error**2, scale * variables**2 / n, "<=")


def linear_networks(n):
    """n layers of two linear units with symbolic weights and biases, on two inputs: the degree in the inputs."""
    layer, units = ["x0", "x1"], []
    for depth in range(n):
        new = [f"h{depth}_{k}" for k in range(2)]
        units += [
            affine(name, {s: Symbol(f"w_{name}_{s}", real=True) for s in layer}, Symbol(f"b_{name}", real=True)) for name in new
        ]
        layer = new
    network = Network.of(["x0", "x1"], units, layer)
    for value in network.as_expr():
        yield Case(f"{n} layers", Poly(value, *network.symbols).total_degree(), 1, "<=")


CLAIM = Claim(
    name="gated_linear_circuits_dense_in_continuous_functions",
    says="Networks of linear units and gatings come as near as one likes to any continuous function on a compact set.",
    statement=ForEach.of(r"\max_{[0, 1]^m} |f - B_n f| \le \frac{5 m}{4}\,\omega_f(n^{-1/2})", errors, first=1, costly_from=6),
    hypotheses=(
        "f is continuous on a cube around the compact K; w_f is the largest modulus of continuity in one of the m variables",
        "without gatings linear units are affine",
    ),
    sources=(
        Source("workbench2026", "derived in this file", read=True),
        Source("stone1948generalized", "Stone-Weierstrass theorem", read=False),
    ),
    uses=("gating_depth_of_polynomial_eq_ceil_log2_degree",),
    topic="identities",
)

EVIDENCE = (
    Derived.of(
        Identity.of(
            x * (M2 + 2 * (1 - x) * M1 + (1 - x) ** 2) + (1 - x) * (M2 - 2 * x * M1 + x**2),
            M2 + x * (1 - x),
            note="one more toss: M1, M2 are the first two moments of k - n x, and k - n x grows by 1 - x or by -x",
        ),
        Identity.of(
            Sum(w[j] * (s * p[j] + t * q[j]), (j, 1, m)) + (s + t) * b,
            s * (Sum(w[j] * p[j], (j, 1, m)) + b) + t * (Sum(w[j] * q[j], (j, 1, m)) + b),
            note="linear units keep affine combinations, s + t = 1, of their inputs: without gatings a network is affine",
        ),
        Hand("by induction the variance of k is n x (1 - x) <= n/4, so that (k/n - x)^2 has mean at most 1/(4n)"),
        Hand(
            "|f(y) - f(x)| <= (1 + (y - x)^2 n) w(1/sqrt(n)), whose mean is at most (5/4) w(1/sqrt(n)); w tends to 0 since f is "
            "uniformly continuous"
        ),
        Hand("in m variables this applies to one after the other; a continuous f on K extends to a cube that contains K"),
    ),
    Certified(4),
    Certified(3, of=ForEach.of("linear networks", linear_networks, first=1, costly_from=4)),
    Control("1/n in place of 1/sqrt(n)", ForEach.of("", lambda n: errors(n, Rational(1, 8 * n)), first=1), upto=4),
    Control("a constant 1/16", ForEach.of("", lambda n: errors(n, Rational(1, 256)), first=1), upto=4),
)
