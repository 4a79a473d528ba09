"""Activation gating is output gating for transfers that commute with the gate.

Says: f(a S) = a f(S) for the identity and any a; for every positively homogeneous f (ReLU, leaky ReLU, abs) and a >= 0; for every
odd f (tanh; sgn away from S = 0) and a = 1 or -1.
Idea: a positively homogeneous f is p S above zero and q |S| below; an odd f is h(S) - h(-S). A real S is t s r with t a bit, s a
sign, r > 0; a gate a >= 0 is c d with c a bit, d > 0.
Edges: ReLU and a = -1; sgn at S = 0, where a sgn(0) = 1 but sgn(a 0) = -1 for a = -1; tanh and a = 2.
"""

from itertools import product

from sympy import Abs, Function, Heaviside, Max, Min, symbols, tanh

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
    Unit,
    affine,
    output,
)
from workbench.reductions import activation_gating_as_output_gating

h = Function("h")
S, T, out, a, b, p, q, t, s, c, alpha = symbols("S T O a b p q t s c alpha", real=True)
r, d = symbols("r d", positive=True)
real, nonnegative, bits = {S: t * s * r}, {a: c * d}, {t: "bit", s: "sign", c: "bit"}
COMMUTING = (
    ("identity", "tanh"),
    ("relu", "threshold"),
    ("relu", "logistic"),
    ("relu", "exp"),
    ("tanh", "sign"),
    ("threshold", "threshold"),
)


def sgn(value):
    return 2 * Heaviside(value, 0) - 1


def homogeneous(value):
    """Every f with f(a S) = a f(S) for a >= 0: slope p above zero, -q below."""
    return p * Max(0, value) + q * Max(0, -value)


def commutes(f):
    return Identity.of(f(a * S), a * f(S), given=real | nonnegative, where=bits)


def leaky(value):
    return Max(0, value) + alpha * Min(0, value)


def moved(n):
    """Units of n inputs whose gate moves from the activation to the output, for all signs of both."""
    for transfer, gate in COMMUTING:
        unit = Unit("f", transfer, affine("f", {f"x{i}": i + 1 for i in range(n)}).synapses)
        plain = Network.of([*(f"x{i}" for i in range(n)), "z"], [affine("a", {"z": 1}, transfer=gate), unit], ["f"])
        given = Quark("O", "S", "multiplication").apply(plain, attending=output("a"), attended="f")
        new = activation_gating_as_output_gating(given)
        yield Case(f"n = {n}, {transfer} gated by {gate}: gates", tuple(new.gatings), (0, 1, 0, 0))
        for x, z in product(range(-2, 3), repeat=2):
            point = (x, *(1,) * (n - 1), z)
            yield Case(f"n = {n}, {transfer} gated by {gate}, at {point}", given.at(point), new.at(point))


CLAIM = Claim(
    name="activation_gating_eq_output_gating_of_commuting_transfer",
    says="f(aS) = a f(S) for linear f and any gate, positively homogeneous f and gates from 0 up, odd f and gates of +-1.",
    statement=ForAll.of(
        Identity.of(
            T, a * out, given={T: a * S, out: S}, note="the identity: a unit with activation a S emits a times what S emits"
        ),
        commutes(homogeneous),
        commutes(leaky),
        commutes(Abs),
        Identity.of(h(a * S) - h(-a * S), a * (h(S) - h(-S)), where={a: "sign"}, note="every odd function is h(S) - h(-S)"),
        Identity.of(tanh(a * S), a * tanh(S), where={a: "sign"}),
        Identity.of(sgn(a * S), a * sgn(S), given={S: s * r}, where={a: "sign", s: "sign"}, note="S is not 0"),
    ),
    hypotheses=("positively homogeneous: slope p above zero, -q below, p and q any reals", "sgn: S is not 0"),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="reductions",
)

EVIDENCE = (
    Derived(),
    Certified(2, of=ForEach.of("f(a S) = a f(S)", moved, first=1, costly_from=3)),
    Control("ReLU and a gate of -1", Identity.of(Max(0, a * S), a * Max(0, S), where={a: "sign"})),
    Control("sgn at S = 0", Identity.of(sgn(a * S), a * sgn(S), given=real, where={a: "sign", s: "sign", t: "bit"})),
    Control("tanh and any gate", Identity.of(tanh(a * S), a * tanh(S))),
    Control(
        "a threshold with a bias that is not gated", Identity.of(Heaviside(a * S + b, 0), a * Heaviside(S + b, 0), where={a: "bit"})
    ),
)
