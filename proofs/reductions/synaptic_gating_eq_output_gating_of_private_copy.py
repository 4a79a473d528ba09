"""A gated synapse is an ordinary one from a private copy of the presynaptic unit whose output is gated.

Says: w_ki a O_i = w_ki (a O_i'), O_i' = O_i, for reader k, while every other reader l still reads w_li O_i.
Idea: same product, other place: the copy is seen by k only, so that its gate touches nobody else.
Edges: gating the unit itself instead of a copy changes all other readers; the copy costs one unit a gated synapse, and its wires.
"""

from sympy import Function, Symbol, expand, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForAll, ForEach, Identity, Network, Quark, Source, affine, output
from workbench.reductions import synaptic_gating_as_output_gating

f, g, h = Function("f"), Function("g"), Function("h")
a, S, out, C, R, P, w, v, e = symbols("a S O C R P w v e", real=True)


def gated(n):
    """Readers r0, ..., r_n of one unit tanh(x), of which all but r0 read it through a synapse gated by a logistic unit."""
    readers = [affine(f"r{k}", {"f": Symbol(f"w{k}", real=True), "x": 1}, k, transfer="relu") for k in range(n + 1)]
    units = [affine("a", {"z": 1}, transfer="logistic"), affine("f", {"x": 1}, transfer="tanh"), *readers]
    network = Network.of(["x", "z"], units, [r.name for r in readers])
    for k in range(1, n + 1):
        network = Quark("O", "w", "multiplication").apply(network, attending=output("a"), attended=f"r{k}", presynaptic="f")
    return network


def rewritten(n):
    given = gated(n)
    new = synaptic_gating_as_output_gating(given)
    yield Case(f"{n} gated synapses: values", tuple(map(expand, given.as_expr())), tuple(map(expand, new.as_expr())))
    yield Case(f"{n} gated synapses: gates", (tuple(given.gatings), tuple(new.gatings)), ((0, 0, n, 0), (0, n, 0, 0)))
    yield Case(f"{n} gated synapses: one copy and its wire each", (new.size, new.wires), (given.size + n, given.wires + n))
    yield Case(f"{n} gated synapses: depth", new.depth, given.depth)
    yield Case(f"{n} gated synapses: the other reader", new.unit("r0").synapses, given.unit("r0").synapses)
    for k in range(1, n + 1):
        seen_by = [u.name for u in new.units for s in u.synapses if s.source == f"f_to_r{k}"]
        yield Case(f"{n} gated synapses: readers of copy {k}", seen_by, [f"r{k}"])


CLAIM = Claim(
    name="synaptic_gating_eq_output_gating_of_private_copy",
    says="A gated synapse is a plain one from a copy of the presynaptic unit, seen by that reader alone, with gated output.",
    statement=ForAll.of(
        Identity.of(
            f(R + e * out), f(R + w * C), given={out: h(S), e: a * w, C: a * h(S)}, note="reader k: synapse gated, or copy C gated"
        ),
        Identity.of(g(P + v * out), g(P + v * h(S)), given={out: h(S)}, note="another reader, before and after"),
    ),
    hypotheses=("the copy has the activation S and the transfer h of the unit; f, g, h, R, P are any",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="reductions",
)

EVIDENCE = (
    Derived(),
    Certified(3, of=ForEach.of("w a O", rewritten, first=1, index="k")),
    Control(
        "the unit itself gated, seen by another reader", Identity.of(g(P + v * out), g(P + v * C), given={out: h(S), C: a * h(S)})
    ),
    Control("the copy's activation gated", Identity.of(f(R + e * out), f(R + w * C), given={out: h(S), e: a * w, C: h(a * S)})),
)
