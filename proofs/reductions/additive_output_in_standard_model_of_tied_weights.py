"""A signal added to an output is, to each reader, one more presynaptic unit with the reader's own weight.

Says: w_ki (O_i + a_i) = w_ki O_i + w_ki a_i inside any transfer f_k, for any number of attended units i.
Idea: the reader's weight multiplies the sum, so the attending unit inherits it: the weights are tied.
Edges: an untied weight gives another network; an attended output that is itself an output of the network costs an identity unit.
"""

from sympy import Function, IndexedBase, Sum, Symbol, expand, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForAll, ForEach, Identity, Network, Quark, Source, affine, output
from workbench.reductions import additive_output_as_tied_weights

f = Function("f_k")
i, m = symbols("i m", integer=True, positive=True)
b, c = symbols("b c", real=True)
w, v, out, a = (IndexedBase(name) for name in ("w", "v", "O", "a"))
ADDITIVE_OUTPUT = Quark("O", "O", "addition")


def total(term):
    return Sum(term, (i, 1, m))


def attended(n):
    """n readers with symbolic weights of one unit tanh(x), to whose output the attending unit's is added."""
    readers = [affine(f"r{k}", {"f": Symbol(f"w{k}", real=True), "x": 1}, k, transfer="logistic") for k in range(n)]
    units = [affine("a", {"z": c}, transfer="tanh"), affine("f", {"x": 1}, transfer="tanh"), *readers]
    plain = Network.of(["x", "z"], units, [r.name for r in readers])
    return ADDITIVE_OUTPUT.apply(plain, attending=output("a"), attended="f")


def rewritten(n):
    given = attended(n)
    plain = additive_output_as_tied_weights(given)
    yield Case(f"{n} readers: values", tuple(map(expand, given.as_expr())), tuple(map(expand, plain.as_expr())))
    yield Case(f"{n} readers: additions left", sum(len(u.output_additions) for u in plain.units), 0)
    yield Case(
        f"{n} readers: one more wire each", (plain.size, plain.wires, plain.depth), (given.size, given.wires + n, given.depth)
    )
    for k in range(n):
        yield Case(f"reader {k}: tied weights", (plain.synapse(f"r{k}", "a").weight,), (plain.synapse(f"r{k}", "f").weight,))


CLAIM = Claim(
    name="additive_output_in_standard_model_of_tied_weights",
    says="Adding a signal to an output is wiring it to every reader of that output with the reader's own weight.",
    statement=ForAll.of(Identity.of(f(total(w[i] * (out[i] + a[i])) + b), f(total(w[i] * out[i]) + total(w[i] * a[i]) + b))),
    hypotheses=("f_k is any function, and a reader may have any number m of attended presynaptic units",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="reductions",
)

EVIDENCE = (
    Derived(),
    Certified(3, of=ForEach.of("w_k (O + a)", rewritten, first=1, index="k")),
    Control("weights that are not tied", Identity.of(total(w[i] * (out[i] + a[i])), total(w[i] * out[i]) + total(v[i] * a[i]))),
    Control("the signal added before the attended unit's transfer", Identity.of(f(b) + c, f(b + c))),
)
