"""Adding a signal to a weight is the plain synapse and a second one, of weight 1, from a gated copy.

Says: sum_j (w_j + a_j) O_j = sum_j w_j O_j + sum_j a_j O_j, inside any transfer f and for any number of synapses.
Idea: multiply out; a_j O_j is the output of j gated by the attending unit, read with weight 1.
Edges: the gated copy is read with weight 1, not w_j; the gating does not go away, so this is no reduction to the standard model.
"""

from sympy import Function, IndexedBase, Sum, Symbol, expand, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForAll, ForEach, Identity, Network, Quark, Source, affine, output
from workbench.reductions import additive_synaptic_as_gated_copy

f = Function("f")
j, m = symbols("j m", integer=True, positive=True)
b, c = symbols("b c", real=True)
w, out, a = (IndexedBase(name) for name in ("w", "O", "a"))
ADDITIVE_SYNAPTIC = Quark("O", "w", "addition")


def total(term):
    return Sum(term, (j, 1, m))


def attended(n):
    """A unit that reads n units tanh(x_j) through symbolic weights, to each of which one attending output is added."""
    hidden = [affine(f"h{k}", {f"x{k}": 1}, transfer="tanh") for k in range(n)]
    unit = affine("f", {h.name: Symbol(f"w{k}", real=True) for k, h in enumerate(hidden)}, b, transfer="relu")
    network = Network.of([*(f"x{k}" for k in range(n)), "z"], [affine("a", {"z": c}, transfer="logistic"), *hidden, unit], ["f"])
    for h in hidden:
        network = ADDITIVE_SYNAPTIC.apply(network, attending=output("a"), attended="f", presynaptic=h.name)
    return network


def rewritten(n):
    given = attended(n)
    plain = additive_synaptic_as_gated_copy(given)
    yield Case(f"n = {n}: values", tuple(map(expand, given.as_expr())), tuple(map(expand, plain.as_expr())))
    yield Case(f"n = {n}: additions left", sum(len(s.additions) for u in plain.units for s in u.synapses), 0)
    yield Case(f"n = {n}: one output gating and one copy a synapse", (plain.gatings.output, plain.size), (n, given.size + n))
    yield Case(f"n = {n}: weights of the copies", [s.weight for s in plain.unit("f").synapses if "_to_" in s.source], [1] * n)


CLAIM = Claim(
    name="additive_synaptic_eq_synapse_plus_output_gating",
    says="Additive synaptic attention is a plain synapse beside one of weight 1 from a gated copy of the presynaptic unit.",
    statement=ForAll.of(Identity.of(f(total((w[j] + a[j]) * out[j]) + b), f(total(w[j] * out[j]) + total(a[j] * out[j]) + b))),
    hypotheses=("f is any function, and the number m of attended synapses is any",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="reductions",
)

EVIDENCE = (
    Derived(),
    Certified(3, of=ForEach.of("(w_j + a) O_j", rewritten, first=0)),
    Control(
        "the gated copy read with weight w",
        Identity.of(total((w[j] + a[j]) * out[j]), total(w[j] * out[j]) + total(w[j] * a[j] * out[j])),
    ),
    Control("the signal added, not gated", Identity.of(total((w[j] + a[j]) * out[j]), total(w[j] * out[j]) + total(a[j]))),
)
