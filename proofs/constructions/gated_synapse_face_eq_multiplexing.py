"""On the face where its gated input is 1, a gated synapse is multiplexing.

Says: {F restricted to x_j = 1 : F in SYN(n;X,G)} = MUX(n-1) for all four conventions (X,G) of inputs and gate.
Idea: w_j g(x) x_j is w_j g(x) there, which is additive attention by g; a +-1 gate is 2h - 1 with a 0/1 gate h.
Edges: on the face x_j = 0 of 0/1 inputs the gate is not seen: the restrictions are LTF(n-1), fewer from n = 3 on.
"""

from itertools import product

from sympy import Integer, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForEach, H, Hand, Identity, Source, threshold_tables
from workbench.classes import multiplexing, synaptic_gating

s, w, x, g, h = symbols("s w x g h", real=True)  # s = sum of the other synapses and the bias


def restricted(n, inputs, outputs, *, bit):
    """The functions of SYN(n; inputs, outputs) restricted to x_{n-1} = bit, the last synapse gated."""
    whole = synaptic_gating(threshold_tables(n), threshold_tables(n + 1), n, n - 1, inputs=inputs, outputs=outputs)
    half = 1 << (n - 1)
    return frozenset(t >> half * bit & (1 << half) - 1 for t in whole)


def on_face(n, *, bit=1):
    target = multiplexing(threshold_tables(n - 1), threshold_tables(n), n - 1)
    for X, G in product(("01", "pm1"), repeat=2):
        yield Case(f"n = {n}, inputs {X}, gate {G}", restricted(n, X, G, bit=bit), target)


CLAIM = Claim(
    name="gated_synapse_face_eq_multiplexing",
    says="Restricted to the face x_j = 1 of the gated input, SYN(n;X,G) is exactly MUX(n-1), in all four conventions.",
    statement=ForEach.of(
        r"\{F|_{x_j = 1} : F \in \operatorname{SYN}(n;X,G)\} = \operatorname{MUX}(n-1)", on_face, first=1, costly_from=4
    ),
    hypotheses=("the gate may read x_j",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived.of(
        Identity.of(H(s + w * g * x), H(s + w * g), given={x: Integer(1)}, note="the gated synapse on the face"),
        Identity.of(H(s + w * (2 * h - 1)), H((s - w) + 2 * w * h), note="a +-1 gate 2h - 1 as a 0/1 gate h"),
        Hand("on the face a gate v.x + c is one of the other inputs with bias c + v_j, and all threshold functions of these occur"),
        Hand("the other weights, w_j and the bias are arbitrary on both sides, so the two sets have the same members"),
    ),
    Certified(3),
    Control("the other face", ForEach.of("x_j = 0", lambda n: on_face(n, bit=0), first=2, last=3), upto=3),
    Control("the face x_j = -1 with the weight kept", Identity.of(H(s + w * g * x), H(s + w * g), given={x: Integer(-1)})),
)
