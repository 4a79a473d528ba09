"""AND and OR of two threshold units are one attended threshold unit: 0/1 output gating is a case of multiplexing.

Says: f AND g = H(s + M (g - 1)) and f OR g = H(s + M g) for f = H(s), s not 0 on the cube, a bit g, M > max |s|; so AND(n) and
OR(n) lie in MUX(n), for every n.
Idea: the attending bit leaves s alone or pushes it beyond its range, below zero for AND and above for OR.
Edges: M must exceed |s|; at M = |s| an AND with H(0) = 1, or an OR with H(0) = 0, may fail; M g in place of M (g - 1) is OR.
"""

from dataclasses import replace
from itertools import product

from sympy import Abs, Heaviside, symbols

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
    Source,
    output,
    threshold_polynomials,
    threshold_tables,
    threshold_unit,
)
from workbench.classes import complements, multiplexing, output_gating
from workbench.reductions import and_gating_as_multiplexing

s, sign, g, M = symbols("s sign g M", real=True)  # s = sign * p is any activation but 0
p, e = symbols("p e", positive=True)
nonzero = {s: sign * p, M: p + e}


def statement(at_zero):
    """The two identities at every s != 0 for one value of H(0)."""
    f, where = Heaviside(s, at_zero), {g: "bit", sign: "sign"}
    yield Identity.of(f * g, Heaviside(s + M * (g - 1), at_zero), given=nonzero, where=where, note=f"AND, H(0) = {at_zero}")
    yield Identity.of(f + g - f * g, Heaviside(s + M * g, at_zero), given=nonzero, where=where, note=f"OR, H(0) = {at_zero}")


def rewritten(n):
    """Every pair of gates of n bits, as a gated pair of units and as the attended unit that the rewrite makes of it."""
    for (f_table, f), (g_table, gate) in product(threshold_polynomials(n).items(), repeat=2):
        weights = f.poly.on("01").coefficients, gate.poly.on("01").coefficients
        names = [f"x{i}" for i in range(n)]
        first, second = (
            threshold_unit(name, {x: w.get((i,), 0) for i, x in enumerate(names)}, w.get((), 0))
            for name, w in zip("fg", weights, strict=True)
        )
        network = Network.of(names, [replace(first, output_gates=(output("g"),)), second], ["f"])
        strength = 1 + sum(abs(w) for w in weights[0].values())
        attended = and_gating_as_multiplexing(network, "f", strength=strength)
        label = f"n = {n}, f = {f_table:#x}, g = {g_table:#x}"
        yield Case(label, attended.function().table, f_table & g_table)
        yield Case(f"{label}: gates left", tuple(attended.gatings), (1, 0, 0, 0))


def classes(n):
    gates, above = threshold_tables(n), threshold_tables(n + 1)
    attended, both = multiplexing(gates, above, n), output_gating(gates, n, outputs="01")
    yield Case(f"AND({n}) in MUX({n})", both, attended, "subset")
    yield Case(f"OR({n}) in MUX({n})", complements(both, n), attended, "subset")


CLAIM = Claim(
    name="and_gating_subset_multiplexing",
    says="The AND or OR of two threshold units is one threshold unit attended by the other, so AND(n) and OR(n) lie in MUX(n).",
    statement=ForAll.of(*statement(0), *statement(1)),
    hypotheses=(
        "s is not 0 on the cube (s = sign p, p > 0), and M exceeds max |s|",
        "s stands for w.x + b with any number n of inputs",
    ),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="reductions",
)

EVIDENCE = (
    Derived(),
    Certified(2, of=ForEach.of(r"f \wedge g", rewritten, first=0, costly_from=3)),
    Certified(3, of=ForEach.of(r"AND(n) \cup OR(n) \subset MUX(n)", classes, first=1)),
    Control("M = |s|, OR", Identity.of(Heaviside(s, 0) + g - g * Heaviside(s, 0), Heaviside(s + Abs(s) * g, 0), where={g: "bit"})),
    Control("M = |s|, AND, H(0) = 1", Identity.of(Heaviside(s, 1) * g, Heaviside(s + Abs(s) * (g - 1), 1), where={g: "bit"})),
    Control(
        "M g for AND", Identity.of(Heaviside(s, 0) * g, Heaviside(s + M * g, 0), given=nonzero, where={g: "bit", sign: "sign"})
    ),
)
