"""Parity: n + 1 threshold units in two layers, about half with skip connections, n - 1 gatings and no threshold unit in +-1.

Says: parity of n bits has depth 2 with n + 1 units layered and floor(n/2) + 1 with skip connections; in +-1 it is the product
of the inputs, by n - 1 gatings of gating depth ceil(log2 n) and no less, and the product of the n units sgn(s - k + 1/2).
Idea: parity is a function of s = sum x_i; floor(s/2) threshold units fire at thresholds 2k - 1/2, and n - s of the signs are -1.
Edges: with one attending unit less the last step of s is not corrected; parity of +-1 inputs is -(-1)^n times their product.
"""

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
    Source,
    circuits,
)
from workbench.circuits.symmetric import parity_attended

j, t, p, q = (Symbol(name, real=True) for name in ("j", "t", "p", "q"))


def cases(n, *, units=None):
    want = BooleanFunction.from_rule(lambda *v: sum(v) % 2, n=n)
    forms = ("layered", circuits.parity(n), n + 1), ("skip", parity_attended(n, units=units), n // 2 + 1)
    for form, network, size in forms:
        depth = 2 if size > 1 else 1
        got = network.function().table, network.depth, network.threshold_units
        yield Case(f"n = {n}, {form}: table, depth, units", got, (want.table, depth, size))
    tree = circuits.parity(n, "synaptic")
    yield Case(f"n = {n}, +-1 product: table, units", (tree.function("pm1").table, tree.threshold_units), (want.table, 0))
    yield Case(f"n = {n}, +-1 product: gatings, depth", (tree.gatings.synaptic, tree.depth), (n - 1, (n - 1).bit_length()))
    degree = Multilinear.from_values([2 * b - 1 for b in want.bits], Cube(n)).degree
    yield Case(f"n = {n}, gating depth of degree {degree}", 2 ** ((n - 1).bit_length() - 1) if n > 1 else 0, degree, "<")
    signs = circuits.parity(n, "gated", outputs="pm1")
    yield Case(f"n = {n}, product of n threshold units", (signs.function().table, signs.threshold_units), (want.table, n))


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
