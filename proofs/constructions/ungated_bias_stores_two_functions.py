"""Activation gating that leaves the bias alone stores two threshold functions, behind one selector or two.

Says: F = H(g(x) (w.x) + b) is f' = H(u.x' + b) on one face of the selectors and g' = H(v.x' + c) on another, in all conventions.
Idea: on one face the gate is held at 1; on the other a huge weight K on the selector makes the sign of F that of the gate.
Edges: a +-1 selector cannot be switched off by its own value, so a second one balances it; b < 0 and b > 0 need different gates.
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
    Source,
    Synapse,
    Unit,
    output,
    sign_unit,
    threshold_polynomials,
    threshold_unit,
)

p, q, b, K = (Symbol(name, real=True) for name in ("p", "q", "b", "K"))  # p = u.x' without bias, q = v.x' + c
e, d = Symbol("e", positive=True), Symbol("d", positive=True)
LARGE, HELD = {K: Abs(p) + Abs(b) + e}, {K: Abs(q) + e}
BELOW, ABOVE = {K: Abs(p) + d + e, b: -d}, {K: Abs(p) + d + e, b: d}


def sgn(value):
    return 2 * H(value) - 1


def attended(f, g, n, inputs, outputs):
    """The network, with the numbers of the faces that hold f' and g'; b is made odd, so never 0."""
    u, v = f.poly.on(inputs).coefficients, g.poly.on(inputs).coefficients
    own, bias = {f"x{i}": 2 * u.get((i,), 0) for i in range(n)}, 2 * u.get((), 0) + 1
    gate, c = {f"x{i}": v.get((i,), 0) for i in range(n)}, v.get((), 0)
    big = 2 + 2 * sum(abs(w) for w in (*u.values(), *v.values()))
    if inputs == "pm1":
        own |= {"s": 2 * big, "t": big} if outputs == "pm1" else {"s": big, "t": 2 * big}
        bias, places = bias + (big if outputs == "pm1" else -big), (2, 3)
    else:
        own |= {"s": -big if outputs == "01" and bias > 0 else big}
        gate, c, places = ({x: -w for x, w in gate.items()}, -c, (0, 1)) if own["s"] < 0 else (gate, c, (0, 1))
    make = sign_unit if outputs == "pm1" else threshold_unit
    attending = make("g", gate | {"s": -big}, c + big)
    unit = Unit("F", "threshold", tuple(Synapse(x, w) for x, w in own.items()), bias, gates=(output("g"),), gate_bias=False)
    return Network.of(own, [attending, unit], ["F"]), places


def faces(n):
    """The two faces for all pairs of threshold functions of n inputs, in all four conventions."""
    pairs = product(threshold_polynomials(n).items(), repeat=2)
    for (inputs, outputs), ((f_table, f), (g_table, g)) in product(product(("01", "pm1"), repeat=2), pairs):
        network, places = attended(f, g, n, inputs, outputs)
        table = network.function(inputs).table
        got = tuple(table >> (face << n) & (1 << (1 << n)) - 1 for face in places)
        yield Case(f"n' = {n}, inputs {inputs}, gate {outputs}, f' = {f_table:#x}, g' = {g_table:#x}", got, (f_table, g_table))


CLAIM = Claim(
    name="ungated_bias_stores_two_functions",
    says="A unit whose activation, but not bias, is gated is any threshold function on one face, and any other on another.",
    statement=ForAll.of(
        Identity.of(H(sgn(q + K * (1 - 0)) * (p + K * 0) + b), H(p + b), given=HELD, note="(01,pm1), t = 0"),
        Identity.of(H(sgn(q + K * (1 - 1)) * (p + K * 1) + b), H(q), given=LARGE, note="(01,pm1), t = 1"),
        Identity.of(H(H(q + K * (1 - 0)) * (p + K * 0) + b), H(p + b), given=HELD, note="(01,01), b < 0, t = 0"),
        Identity.of(H(H(q + K * (1 - 1)) * (p + K * 1) + b), H(q), given=BELOW, note="(01,01), b < 0, t = 1"),
        Identity.of(H(H(-q + K * (1 - 0)) * (p - K * 0) + b), H(p + b), given=HELD, note="(01,01), b > 0, t = 0"),
        Identity.of(H(H(-q + K * (1 - 1)) * (p - K * 1) + b), 1 - H(-q), given=ABOVE, note="(01,01), b > 0, t = 1; q is never 0"),
        Identity.of(H(sgn(q + K * (1 + 1)) * (p - 2 * K + K) + K + b), H(p + b), given=HELD, note="(pm1,pm1) at (-1, 1)"),
        Identity.of(H(sgn(q + K * (1 - 1)) * (p + 2 * K + K) + K + b), H(q), given=LARGE, note="(pm1,pm1) at (1, 1)"),
        Identity.of(H(H(q + K * (1 + 1)) * (p - K + 2 * K) - K + b), H(p + b), given=HELD, note="(pm1,01) at (-1, 1)"),
        Identity.of(H(H(q + K * (1 - 1)) * (p + K + 2 * K) - K + b), H(q), given=LARGE, note="(pm1,01) at (1, 1)"),
    ),
    hypotheses=("K exceeds |u.x'| + |b| and |v.x' + c|", "v.x' + c is never 0", "b is not 0 if inputs and gate are 0/1"),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived(),
    Certified(2, of=ForEach.of("F = (f', g')", faces, first=0, index="n'", costly_from=3)),
    Control("(01,01), b > 0 with the gate of b < 0", Identity.of(H(H(q) * (p + K) + b), H(q), given=ABOVE)),
    Control("one +-1 selector only", Identity.of(H(sgn(q + 2 * K) * (p - K) + b), H(p + b), given=HELD)),
    Control("K that ignores the bias", Identity.of(H(sgn(q) * (p + K) + b), H(q), given={K: Abs(p) + e})),
)
