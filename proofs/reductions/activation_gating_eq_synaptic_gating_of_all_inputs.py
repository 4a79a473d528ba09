"""A gated activation is a gate shared by all incoming synapses, and by the bias if that is gated.

Says: f(a (sum_j w_j O_j + b)) = f(sum_j (a w_j) O_j + a b), and f(a sum_j w_j O_j + b) = f(sum_j (a w_j) O_j + b) with b not gated.
Idea: the product distributes over the sum; a gated bias is a synapse of weight b from the gate itself.
Edges: the two conventions for the bias differ unless b = 0 or a = 1; n gated synapses
count n products where the activation counts one.
"""

from sympy import Function, IndexedBase, Sum, Symbol, expand, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForAll, ForEach, Identity, Network, Quark, Source, affine, output
from workbench.reductions import activation_gating_as_synaptic_gating

f = Function("f")
j, m = symbols("j m", integer=True, positive=True)
a, b, S = symbols("a b S", real=True)
w, out = IndexedBase("w"), IndexedBase("O")
plain, gated = Sum(w[j] * out[j], (j, 1, m)), Sum((a * w[j]) * out[j], (j, 1, m))
ACTIVATION_GATING = Quark("O", "S", "multiplication")


def attended(n, gate_bias):
    """A unit of n inputs with symbolic weights and bias whose activation is gated by tanh(z)."""
    unit = affine("f", {f"x{i}": Symbol(f"w{i}", real=True) for i in range(n)}, b, transfer="threshold")
    network = Network.of([*(f"x{i}" for i in range(n)), "z"], [affine("a", {"z": 1}, transfer="tanh"), unit], ["f"])
    return ACTIVATION_GATING.apply(network, attending=output("a"), attended="f", gate_bias=gate_bias)


def rewritten(n):
    for gate_bias in (True, False):
        given = attended(n, gate_bias)
        new = activation_gating_as_synaptic_gating(given)
        label = f"n = {n}, bias {'' if gate_bias else 'not '}gated"
        yield Case(f"{label}: values", tuple(map(expand, given.as_expr())), tuple(map(expand, new.as_expr())))
        yield Case(f"{label}: gates", tuple(new.gatings), (0, 0, n, 0))
        yield Case(
            f"{label}: one gate for all",
            {s.gates for s in new.unit("f").synapses if s.source != "a"},
            {(output("a"),)} if n else set(),
        )
        yield Case(f"{label}: size and wires", (new.size, new.wires), (2, given.wires + gate_bias))


CLAIM = Claim(
    name="activation_gating_eq_synaptic_gating_of_all_inputs",
    says="Gating an activation is gating all incoming synapses, and the bias if it is gated, by one shared signal.",
    statement=ForAll.of(
        Identity.of(f(a * S), f(gated + a * b), given={S: plain + b}, note="the bias is gated"),
        Identity.of(f(a * S + b), f(gated + b), given={S: plain}, note="the bias is not gated"),
    ),
    hypotheses=("f is any function, and the number m of synapses is any",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="reductions",
)

EVIDENCE = (
    Derived(),
    Certified(3, of=ForEach.of("f(a S)", rewritten, first=0)),
    Control("a gated bias forgotten", Identity.of(f(a * S), f(gated + b), given={S: plain + b})),
    Control("the gate on the bias alone", Identity.of(f(a * S), f(plain + a * b), given={S: plain + b})),
)
