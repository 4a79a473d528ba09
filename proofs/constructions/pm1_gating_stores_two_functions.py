"""One +-1 output gating stores two threshold functions of n' inputs behind one selector bit.

Says: f = sgn(u.x' + b + K s) and g = sgn(v.x' + c + K (1 - s)) have the product f' on s = 0 and g' on s = 1, where
f' = sgn(u.x' + b), g' = sgn(v.x' + c), and K exceeds |u.x' + b| and |v.x' + c|.
Idea: the weights of the 0/1 construction serve again, because the saturated gate is the factor 1 in both output conventions.
Edges: a gate silenced to -1 instead of saturated to 1 negates the other one; K must exceed the activation.
"""

from dataclasses import replace
from itertools import product

from sympy import Abs, Heaviside, Symbol

from workbench import (
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    ForAll,
    ForEach,
    Identity,
    Network,
    Signal,
    Source,
    sign_unit,
    threshold_polynomials,
    threshold_tables,
)
from workbench.classes import output_gating

p, q, K = (Symbol(name, real=True) for name in ("p", "q", "K"))  # p = u.x' + b and q = v.x' + c, any real activations
e = Symbol("e", positive=True)


def sgn(value):
    return 2 * Heaviside(value, 0) - 1


def gated_pair(f, g, n):
    """The product of the two gates, with weights from f' and g' as threshold functions of n bits."""
    u, v = f.poly.on("01").coefficients, g.poly.on("01").coefficients
    big = 1 + sum(abs(w) for w in (*u.values(), *v.values()))
    names = [f"x{i}" for i in range(n)]
    first = sign_unit("f", {x: u.get((i,), 0) for i, x in enumerate(names)} | {"s": big}, u.get((), 0))
    second = sign_unit("g", {x: v.get((i,), 0) for i, x in enumerate(names)} | {"s": -big}, v.get((), 0) + big)
    return Network.of([*names, "s"], [replace(first, output_gates=(Signal("O", "g"),)), second], ["f"])


def faces(n):
    """Both faces of the built network for all pairs of threshold functions of n inputs, and that all lie in PM(n + 1)."""
    built = set()
    for (f_table, f), (g_table, g) in product(threshold_polynomials(n).items(), repeat=2):
        function = gated_pair(f, g, n).function()
        built.add(function.table)
        got = function.restrict(n, 0).table, function.restrict(n, 1).table
        yield Case(f"n' = {n}, f' = {f_table:#x}, g' = {g_table:#x}", got, (f_table, g_table))
    yield Case(f"n' = {n}, functions built", len(built), len(threshold_tables(n)) ** 2)
    whole = output_gating(threshold_tables(n + 1), n + 1, outputs="pm1")
    yield Case(f"n' = {n}, in PM({n + 1})", frozenset(built), whole, "subset")


CLAIM = Claim(
    name="pm1_gating_stores_two_functions",
    says="A product of two +-1 threshold gates is any threshold function f' on one face of a selector bit and any g' on the other.",
    statement=ForAll.of(
        Identity.of(sgn(p + K * 0) * sgn(q + K * (1 - 0)), sgn(p), given={K: Abs(q) + e}, note="s = 0"),
        Identity.of(sgn(p + K * 1) * sgn(q + K * (1 - 1)), sgn(q), given={K: Abs(p) + e}, note="s = 1"),
    ),
    hypotheses=("K exceeds the absolute activations of both gates",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived(),
    Certified(2, full=3, of=ForEach.of("f g = (f', g')", faces, first=0, index="n'", costly_from=3)),
    Control("a selector that silences g", Identity.of(sgn(p) * sgn(q - K), sgn(p), given={K: Abs(q) + e})),
    Control("K too small", Identity.of(sgn(p) * sgn(q + K), sgn(p), given={K: Abs(q) / 2 + e})),
)
