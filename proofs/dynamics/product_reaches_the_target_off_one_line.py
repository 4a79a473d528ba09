"""Where the flow of a product of two numbers ends: at the target from every start but those on one line.

Says: under (s - u v)^2/2 with s > 0 the product u v tends to s unless u = -v.
Idea: only the origin could hold the flow back, and u + v grows near it; off the lines u = v and u = -v it is out of reach.
Edges: on u = -v the flow does go to the origin, a saddle.
"""

from sympy import symbols

from workbench import Claim, Control, Derived, ForAll, Hand, Identity, Source
from workbench.dynamics.flow import Flow

u, v = symbols("u v", real=True)
s = symbols("s", positive=True)
GAP = s - u * v
FLOW = Flow.from_loss(GAP**2 / 2, [u, v])
STEPS = (
    Identity.of(FLOW.derivative(u + v), GAP * (u + v), note="u + v keeps its sign"),
    Identity.of(FLOW.derivative(u - v), -GAP * (u - v), note="so the product of u + v and u - v is kept"),
    Identity.of(FLOW.derivative(GAP), -GAP * (u**2 + v**2), note="the gap shrinks at the rate u^2 + v^2"),
)
CLAIM = Claim(
    "product_reaches_the_target_off_one_line",
    "For s > 0 the product u v tends to s from every start with u + v not 0.",
    ForAll.of(*STEPS),
    hypotheses=("the gradient flow of (s - u v)^2/2",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="dynamics",
)
EVIDENCE = (
    Derived.of(
        *STEPS,
        Hand("if u^2 - v^2 = c is not 0, u^2 + v^2 >= |c|, so the gap vanishes exponentially"),
        Hand(
            "if u = v, not 0, the gap keeps its sign: where it is positive u^2 grows, else u^2 >= s, so u^2 + v^2 is bounded below"
        ),
    ),
    Control("the gap shrinks at the rate u^2 - v^2", Identity.of(FLOW.derivative(GAP), -GAP * (u**2 - v**2))),
)
