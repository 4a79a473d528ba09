"""One 0/1 output gating stores two threshold functions of n' inputs behind one selector bit.

Says: f = H(u.x' + b + K s) and g = H(v.x' + c + K (1 - s)) have the product f' on s = 0 and g' on s = 1, where f' = H(u.x' + b),
g' = H(v.x' + c), and K exceeds |u.x' + b| and |v.x' + c|.
Idea: K times the selector saturates one of the gates, which leaves the other alone: additive attention with a huge signal.
Edges: K must exceed the activation; a selector that silences a gate instead of saturating it forces the product to 0.
"""

from dataclasses import replace
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
    Signal,
    Source,
    threshold_polynomials,
    threshold_unit,
)

p, q, K = (Symbol(name, real=True) for name in ("p", "q", "K"))  # p = u.x' + b and q = v.x' + c, any real activations
e = Symbol("e", positive=True)


def gated_pair(f, g, n):
    """The product of the two gates, with weights from f' and g' as threshold functions of n bits."""
    u, v = f.poly.on("01").coefficients, g.poly.on("01").coefficients
    big = 1 + sum(abs(w) for w in (*u.values(), *v.values()))
    names = [f"x{i}" for i in range(n)]
    first = threshold_unit("f", {x: u.get((i,), 0) for i, x in enumerate(names)} | {"s": big}, u.get((), 0))
    second = threshold_unit("g", {x: v.get((i,), 0) for i, x in enumerate(names)} | {"s": -big}, v.get((), 0) + big)
    return Network.of([*names, "s"], [replace(first, output_gates=(Signal("O", "g"),)), second], ["f"])


def faces(n):
    """Both faces of the built network, for all pairs of threshold functions of n inputs."""
    for (f_table, f), (g_table, g) in product(threshold_polynomials(n).items(), repeat=2):
        built = gated_pair(f, g, n).function()
        got = built.restrict(n, 0).table, built.restrict(n, 1).table
        yield Case(f"n' = {n}, f' = {f_table:#x}, g' = {g_table:#x}", got, (f_table, g_table))


CLAIM = Claim(
    name="and_gating_stores_two_functions",
    says="A product of two 0/1 threshold gates is any threshold function f' on one face of a selector bit and any g' on the other.",
    statement=ForAll.of(
        Identity.of(H(p + K * 0) * H(q + K * (1 - 0)), H(p), given={K: Abs(q) + e}, note="s = 0"),
        Identity.of(H(p + K * 1) * H(q + K * (1 - 1)), H(q), given={K: Abs(p) + e}, note="s = 1"),
    ),
    hypotheses=("K exceeds the absolute activations of both gates",),
    sources=(Source("baldi2023quarks", "construction behind the lower bound, derived again here", read=False),),
    topic="constructions",
)

EVIDENCE = (
    Derived(),
    Certified(2, full=3, of=ForEach.of("f g = (f', g')", faces, first=0, index="n'", costly_from=3)),
    Control("a selector that silences g", Identity.of(H(p) * H(q - K), H(p), given={K: Abs(q) + e})),
    Control("K too small", Identity.of(H(p) * H(q + K), H(p), given={K: Abs(q) / 2 + e})),
)
