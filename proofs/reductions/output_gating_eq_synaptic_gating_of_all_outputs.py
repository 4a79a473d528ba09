"""Gating an output is gating all outgoing synapses of the unit by the same signal.

Says: if G = a O is the gated output and v_k = a w_k the gated synapse of reader k, then f_k(R + w_k G) = f_k(R + v_k O), for every
reader k with any transfer f_k and any other input R.
Idea: both products are a w_k O; the gate moves along the wire.
Edges: one product becomes as many as there are readers; gating all readers but one leaves that one ungated.
"""

from sympy import Function, IndexedBase, Sum, Symbol, expand, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForAll, ForEach, Identity, Network, Quark, Source, affine, output
from workbench.reductions import output_gating_as_synaptic_gating

f = Function("f_k")
i, m = symbols("i m", integer=True, positive=True)
a, out, G, R = symbols("a O G R", real=True)
w_k, v_k = symbols("w_k v_k", real=True)
u, x = IndexedBase("u"), IndexedBase("x")


def gated(n):
    """A unit tanh(x) with output gated by a logistic unit, and n readers with symbolic weights."""
    readers = [affine(f"r{k}", {"f": Symbol(f"w{k}", real=True), "x": 1}, k, transfer="relu") for k in range(n)]
    units = [affine("a", {"z": 1}, transfer="logistic"), affine("f", {"x": 1}, transfer="tanh"), *readers]
    plain = Network.of(["x", "z"], units, [r.name for r in readers])
    return Quark("O", "O", "multiplication").apply(plain, attending=output("a"), attended="f")


def rewritten(n):
    given = gated(n)
    new = output_gating_as_synaptic_gating(given)
    yield Case(f"{n} readers: values", tuple(map(expand, given.as_expr())), tuple(map(expand, new.as_expr())))
    yield Case(f"{n} readers: gates before and after", (tuple(given.gatings), tuple(new.gatings)), ((0, 1, 0, 0), (0, 0, n, 0)))
    yield Case(f"{n} readers: units and wires", (new.size, new.wires), (given.size, given.wires))
    for k in range(n):
        yield Case(f"reader {k}: its gate", new.synapse(f"r{k}", "f").gates, (output("a"),))


CLAIM = Claim(
    name="output_gating_eq_synaptic_gating_of_all_outputs",
    says="Gating an output is gating every outgoing synapse by the same signal: one product becomes one for each reader.",
    statement=ForAll.of(
        Identity.of(f(R + w_k * G), f(R + v_k * out), given={G: a * out, v_k: a * w_k}, note="for each reader k"),
        Identity.of(
            f(R + a * Sum(u[i] * x[i], (i, 1, m))),
            f(R + Sum((a * u[i]) * x[i], (i, 1, m))),
            note="for m gated units that share the gate",
        ),
    ),
    hypotheses=("every reader of the unit is gated; f_k and R are any",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="reductions",
)

EVIDENCE = (
    Derived(),
    Certified(3, of=ForEach.of("w_k (a O) = (a w_k) O", rewritten, first=1, index="k")),
    Control("a reader left ungated", Identity.of(f(R + w_k * G), f(R + w_k * out), given={G: a * out})),
    Control("the gate on everything the reader reads", Identity.of(f(R + w_k * G), f(a * (R + w_k * out)), given={G: a * out})),
)
