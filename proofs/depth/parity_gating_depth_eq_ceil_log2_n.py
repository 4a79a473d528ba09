"""Parity: n + 1 threshold units in two layers, about half with skip connections, n - 1 gatings and no threshold unit in +-1.

Says: parity of n bits has depth 2 with n + 1 units layered and floor(n/2) + 1 with skip connections; in +-1 it is the product
of the inputs, by n - 1 gatings of gating depth ceil(log2 n) and no less, and the product of the n units sgn(s - k + 1/2).
Idea: parity is a function of s = sum x_i; floor(s/2) threshold units fire at thresholds 2k - 1/2, and n - s of the signs are -1.
Edges: with one attending unit less the last step of s is not corrected; parity of +-1 inputs is -(-1)^n times their product.
"""

from fractions import Fraction

from sympy import Rational, Symbol

from workbench import (
    BooleanFunction,
    Case,
    Certified,
    Claim,
    Control,
    Cube,
    Derived,
    ForEach,
    H,
    Hand,
    Identity,
    Multilinear,
    Network,
    Source,
    Synapse,
    Unit,
    output,
    threshold_unit,
)

half = Fraction(1, 2)
j, t, p, q = (Symbol(name, real=True) for name in ("j", "t", "p", "q"))


def layered(n):
    """The hidden units [s >= k], k = 1..n, read with alternating weights."""
    names = [f"x{i}" for i in range(n)]
    hidden = [threshold_unit(f"h{k}", dict.fromkeys(names, 1), half - k) for k in range(1, n + 1)]
    return Network.of(names, [*hidden, threshold_unit("F", {f"h{k}": (-1) ** (k + 1) for k in range(1, n + 1)}, -half)], ["F"])


def attended(n, *, units=None):
    """One unit on the sum s, attended with weight -2 by the units [s >= 2k], k = 1..floor(n/2)."""
    names = [f"x{i}" for i in range(n)]
    number = n // 2 if units is None else units
    attending = [threshold_unit(f"g{k}", dict.fromkeys(names, 1), half - 2 * k) for k in range(1, 1 + number)]
    synapses = (*(Synapse(x, 1) for x in names), *(Synapse(g.name, -2, attention=True) for g in attending))
    return Network.of(names, [*attending, Unit("F", "threshold", synapses, -half)], ["F"])


def tree(n):
    """The product of n inputs +-1 by a balanced tree: each gating is a linear unit that reads one factor, gated by the other."""
    names, level, units = [f"x{i}" for i in range(n)], [f"x{i}" for i in range(n)], []
    while len(level) > 1:
        pairs = list(zip(level[::2], level[1::2], strict=False))
        new = []
        for a, b in pairs:
            new.append(Unit(f"p{len(units) + len(new)}", "identity", (Synapse(a, 1),), output_gates=(output(b),)))
        units += new
        level = [u.name for u in new] + level[2 * len(pairs) :]
    return Network.of(names, units, level)


def cases(n, *, units=None):
    want = BooleanFunction.from_rule(lambda *v: sum(v) % 2, n=n)
    forms = ("layered", layered(n), n + 1), ("skip", attended(n, units=units), n // 2 + 1)
    for form, network, size in forms:
        depth = 2 if size > 1 else 1
        got = network.function().table, network.depth, network.threshold_units
        yield Case(f"n = {n}, {form}: table, depth, units", got, (want.table, depth, size))
    product_tree = tree(n)
    table = product_tree.function("pm1").table if n % 2 else (~product_tree.function("pm1")).table
    yield Case(f"n = {n}, +-1 product: table, units", (table, product_tree.threshold_units), (want.table, 0))
    got = product_tree.gatings.output, product_tree.depth
    yield Case(f"n = {n}, +-1 product: gatings, depth", got, (n - 1, (n - 1).bit_length()))
    degree = Multilinear.from_values([2 * b - 1 for b in want.bits], Cube(n)).degree
    yield Case(f"n = {n}, gating depth of degree {degree}", 2 ** ((n - 1).bit_length() - 1) if n > 1 else 0, degree, "<")
    factors = [[1 if sum(point) > k - half else -1 for k in range(1, n + 1)] for point in Cube(n, "01").points()]
    signs = [-1 if factor.count(-1) % 2 else 1 for factor in factors]
    products = [(-1) ** point.count(-1) for point in Cube(n).points()]
    yield Case(f"n = {n}, product of n threshold units", signs, products)


CLAIM = Claim(
    name="parity_gating_depth_eq_ceil_log2_n",
    says="Parity takes n + 1 or floor(n/2) + 1 threshold units in two layers, or n - 1 gatings of +-1 inputs and no unit.",
    statement=ForEach.of(r"\prod_i x_i = \prod_{k=1}^{n} \operatorname{sgn}(s - k + \frac{1}{2})", cases, first=1, costly_from=9),
    hypotheses=("the unit counts are upper bounds; the gating depth counts gatings of linear units",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="depth",
)

EVIDENCE = (
    Derived.of(
        Identity.of(H((2 * j + t) - Rational(1, 2) - 2 * j), t, where={t: "bit"}, note="skip: s = 2j + t, j units on"),
        Identity.of((2 * H(p) - 1) * (2 * H(q) - 1), 1 - 2 * (H(p) + H(q) - 2 * H(p) * H(q)), note="a product of signs is XNOR"),
        Hand("[s >= k] is on for k = 1..s, so the alternating sum of the layered circuit is 1 for odd s and 0 for even s"),
        Hand("n - s of the factors sgn(s - k + 1/2) are -1, as many as there are -1 among the inputs"),
        Hand("a gating at most doubles the degree and parity has degree n on the cube, so ceil(log2 n) levels are needed"),
    ),
    Certified(6, full=8),
    Control("one attending unit less", ForEach.of("parity", lambda n: cases(n, units=n // 2 - 1), first=2)),
    Control("attention of strength 1", Identity.of(H((2 * j + t) - Rational(1, 2) - j), t, where={t: "bit"})),
)
