"""ReLU is a linear unit gated by a threshold unit that shares its weights.

Says: ReLU(z) = z H(z) for every real z, whichever value H(0) has.
Idea: for z > 0 the gate is 1, for z < 0 both sides are 0, and at z = 0 the linear unit is 0 whatever the gate does.
Edges: the gate may not lose its bias: with H(z + 1) the two sides differ below zero.
"""

from sympy import Heaviside, Max, Symbol

from workbench import Claim, Control, Derived, ForAll, Identity, Source

z = Symbol("z", real=True)

CLAIM = Claim(
    name="relu_eq_output_gating_of_shared_weights",
    says="ReLU is a linear unit whose output is gated by a threshold unit with the same weights, for either value of H(0).",
    statement=ForAll.of(
        Identity.of(Max(0, z), z * Heaviside(z, 0), note="H(0) = 0"),
        Identity.of(Max(0, z), z * Heaviside(z, 1), note="H(0) = 1"),
    ),
    sources=(Source("baldi2023quarks", "functional identities, derived again here", read=False),),
    topic="identities",
)

EVIDENCE = (
    Derived(),
    Control("a gate of the opposite sign", Identity.of(Max(0, z), z * Heaviside(-z, 0))),
    Control("a gate with another bias", Identity.of(Max(0, z), z * Heaviside(z + 1, 0))),
)
