"""One unit attended additively stores two threshold functions of n' inputs behind one selector bit.

Says: with g = H(v.x' + c - K (1 - s)), the unit F = H(u.x' + b - K s + 2 K g) is f' = H(u.x' + b) on s = 0 and g' = H(v.x' + c) on
s = 1, where K exceeds |u.x' + b| and |v.x' + c|.
Idea: on s = 0 the attending unit is silent; on s = 1 its huge signal 2K against -K overrules the attended unit's own inputs.
Edges: attention of strength K alone, against -K, leaves u.x' + b visible on s = 1; K must exceed the activation.
"""

from itertools import product

from sympy import Abs, Symbol

from workbench import (
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    ForAll,
    ForEach,
    H,
    Identity,
    Network,
    Quark,
    Source,
    output,
    threshold_polynomials,
    threshold_tables,
    threshold_unit,
)
from workbench.classes import multiplexing

p, q, K = (Symbol(name, real=True) for name in ("p", "q", "K"))  # p = u.x' + b and q = v.x' + c, any real activations
e = Symbol("e", positive=True)
multiplex = Quark("O", "S", "addition")


def attended(f, g, n):
    """The unit F attended by g, with weights from f' and g' as threshold functions of n bits."""
    u, v = f.poly.on("01").coefficients, g.poly.on("01").coefficients
    big = 1 + sum(abs(w) for w in (*u.values(), *v.values()))
    names = [f"x{i}" for i in range(n)]
    attending = threshold_unit("g", {x: v.get((i,), 0) for i, x in enumerate(names)} | {"s": big}, v.get((), 0) - big)
    own = threshold_unit("F", {x: u.get((i,), 0) for i, x in enumerate(names)} | {"s": -big}, u.get((), 0))
    network = Network.of([*names, "s"], [attending, own], ["F"])
    return multiplex.apply(network, attending=output("g"), attended="F", weight=2 * big)


def faces(n):
    """Both faces of the built network for all pairs of threshold functions of n inputs, and that all lie in MUX(n + 1)."""
    built = set()
    for (f_table, f), (g_table, g) in product(threshold_polynomials(n).items(), repeat=2):
        function = attended(f, g, n).function()
        built.add(function.table)
        got = function.restrict(n, 0).table, function.restrict(n, 1).table
        yield Case(f"n' = {n}, f' = {f_table:#x}, g' = {g_table:#x}", got, (f_table, g_table))
    yield Case(f"n' = {n}, functions built", len(built), len(threshold_tables(n)) ** 2)
    if n < 3:  # MUX(4) would need the threshold functions of five inputs
        whole = multiplexing(threshold_tables(n + 1), threshold_tables(n + 2), n + 1)
        yield Case(f"n' = {n}, in MUX({n + 1})", frozenset(built), whole, "subset")


CLAIM = Claim(
    name="multiplexing_stores_two_functions",
    says="A unit attended additively by one gate is any threshold function f' on one face of a selector bit, any g' on the other.",
    statement=ForAll.of(
        Identity.of(H(p - K * 0 + 2 * K * H(q - K * (1 - 0))), H(p), given={K: Abs(q) + e}, note="s = 0"),
        Identity.of(H(p - K * 1 + 2 * K * H(q - K * (1 - 1))), H(q), given={K: Abs(p) + e}, note="s = 1"),
    ),
    hypotheses=("K exceeds the absolute activations of both units",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived(),
    Certified(2, full=3, of=ForEach.of("F = (f', g')", faces, first=0, index="n'", costly_from=3)),
    Control("attention of strength K", Identity.of(H(p - K + K * H(q)), H(q), given={K: Abs(p) + e})),
    Control("K too small", Identity.of(H(p - K + 2 * K * H(q)), H(q), given={K: Abs(p) / 2 + e})),
)
