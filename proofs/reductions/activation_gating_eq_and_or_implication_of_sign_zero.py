"""A threshold unit whose activation, bias included, is gated by a bit computes AND or an implication, as H(0) decides.

Says: for a in {0, 1} and every real S: H(a S) = a AND H(S) if H(0) = 0, and H(a S) = (NOT a) OR H(S) if H(0) = 1.
Idea: a = 1 leaves the unit alone; a = 0 puts the activation at 0, where the unit shows H(0).
Edges: with the bias not gated, a = 0 shows H(b) instead; for a = 1, -1 the gate turns the unit round.
"""

from fractions import Fraction

from sympy import Heaviside, symbols

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
    Quark,
    Source,
    output,
    threshold_unit,
)
from workbench.domain import table_of

S, a, b = symbols("S a b", real=True)


def implied(value):
    """(NOT a) OR value, of bits."""
    return 1 - a + value - (1 - a) * value


def gated(n, at_zero):
    """The tables of H(a S) and of what the claim says, for a threshold of n bits at every level."""
    for level in range(-1, n + 1):
        unit = threshold_unit("f", {f"x{i}": 1 for i in range(n)}, -level - Fraction(1, 2), at_zero=at_zero)
        network = Network.of([*(f"x{i}" for i in range(n)), "a"], [unit], ["f"])
        network = Quark("O", "S", "multiplication").apply(network, attending=output("a"), attended="f")
        fires = [k.bit_count() > level for k in range(1 << n)]
        want = table_of([at_zero] * (1 << n) + fires)  # a, the last input, is 0 on the first half of the cube
        yield Case(f"n = {n}, H(0) = {at_zero}, S = sum - {level} - 1/2", network.function().table, want)


CLAIM = Claim(
    name="activation_gating_eq_and_or_implication_of_sign_zero",
    says="A 0/1 gate on a whole threshold activation is AND if H(0) = 0 and the implication from the gate if H(0) = 1.",
    statement=ForAll.of(
        Identity.of(Heaviside(a * S, 0), a * Heaviside(S, 0), where={a: "bit"}, note="H(0) = 0"),
        Identity.of(Heaviside(a * S, 1), implied(Heaviside(S, 1)), where={a: "bit"}, note="H(0) = 1"),
    ),
    hypotheses=("the bias is gated with the rest of the activation",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="reductions",
)

EVIDENCE = (
    Derived(),
    Certified(3, of=ForEach.of("H(a S)", lambda n: (c for at_zero in (0, 1) for c in gated(n, at_zero)), first=0)),
    Control("AND with H(0) = 1", Identity.of(Heaviside(a * S, 1), a * Heaviside(S, 1), where={a: "bit"})),
    Control("the implication with H(0) = 0", Identity.of(Heaviside(a * S, 0), implied(Heaviside(S, 0)), where={a: "bit"})),
    Control("the bias not gated", Identity.of(Heaviside(a * S + b, 0), a * Heaviside(S + b, 0), where={a: "bit"})),
    Control("a gate of 1 and -1", Identity.of(Heaviside(a * S, 0), a * Heaviside(S, 0), where={a: "sign"})),
)
