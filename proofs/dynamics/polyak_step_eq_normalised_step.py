"""The length of a Polyak step is not its factor: it depends on how long the tokens are.

Says: (L - L*)/|grad L| tends to 1/|a| for tokens a and 0 with scores 1 and 0, not to 1.
Idea: with all weight on one token both L - L* and its gradient are multiples of one exponential.
Edges: for tokens of length 1 the two agree.
"""

from sympy import diff, exp, limit, oo, symbols

from workbench import Claim, Control, Counterexample, ForAll, Identity, Source

eta, w, a = symbols("eta w a", positive=True)


def polyak_limit():
    """The limit of the length of a Polyak step of factor eta for tokens a and 0, scores 1 and 0, linear loss, as W grows."""
    loss = -exp(a * w) / (1 + exp(a * w))
    return limit((eta * (loss + 1) / -diff(loss, w)).simplify(), w, oo)


CLAIM = Claim(
    "polyak_step_eq_normalised_step",
    "A Polyak step of factor eta tends to the length eta.",
    ForAll.of(Identity.of(polyak_limit(), eta, note="the limit of the length for tokens a and 0, scores 1 and 0")),
    hypotheses=("one input of two tokens, linear loss",),
    sources=(
        Source("workbench2026", "derived in this file", read=True),
        Source("vasudeva2024implicit", "abstract", read=True),
    ),
    topic="selection",
)
EVIDENCE = (Counterexample(), Control("the length eta a", Identity.of(polyak_limit(), eta * a)))
