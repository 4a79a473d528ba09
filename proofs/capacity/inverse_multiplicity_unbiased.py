"""Inverse multiplicities of random pairs of gates count the distinct functions that pairs compute.

Says: draw f and g independently from a distribution q > 0 on the gates, and let pi(h) be the probability of the outcome h = f o g;
the mean of 1/pi(h) is the number of distinct outcomes.
Idea: an outcome h occurs with probability pi(h), and counts 1/pi(h) each time.
Edges: if q vanishes on some gates, outcomes that need them are missed; 1/pi has no bound, so the mean alone gives no interval.
"""

from fractions import Fraction

from sympy import symbols

from workbench import Case, Certified, Claim, Control, Derived, ForEach, Hand, Identity, Source, threshold_tables
from workbench.classes import multiplied, output_gating

a, b = symbols("a b", positive=True)


def tilts(n):
    """Weights of the gates: equal ones, and 2^(number of points that fire)."""
    yield "uniform", dict.fromkeys(threshold_tables(n), 1)
    yield "tilted", {f: 1 << f.bit_count() for f in threshold_tables(n)}


def mean_inverse(weights, n, outputs, *, kept=1):
    """The mean of 1/pi, exactly, over gates f, g with f at least `kept` in the sorted list."""
    total = sum(weights.values())
    share = {f: Fraction(w, total) for f, w in weights.items()}
    pi = {}
    for f in sorted(share)[kept - 1 :]:
        for g in share:
            h = multiplied((f, g), n, outputs=outputs)
            pi[h] = pi.get(h, 0) + share[f] * share[g]
    outcomes = ((multiplied((f, g), n, outputs=outputs), share[f] * share[g]) for f in share for g in share)
    return sum(q / pi[h] for h, q in outcomes if h in pi)


def cases(n, **changed):
    for outputs in ("01", "pm1"):
        size = len(output_gating(threshold_tables(n), n, outputs=outputs))
        for name, weights in tilts(n):
            yield Case(f"n = {n}, outputs {outputs}, {name}", mean_inverse(weights, n, outputs, **changed), size)


CLAIM = Claim(
    name="inverse_multiplicity_unbiased",
    says="The mean of 1/pi(f o g) over random pairs of gates is the number of functions f o g, whatever the distribution.",
    statement=ForEach.of(r"\operatorname{E} \frac{1}{\pi(f \circ g)} = \#\{f \circ g\}", cases, first=0, costly_from=4),
    hypotheses=("every gate has a positive probability",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="capacity",
)

EVIDENCE = (
    Derived.of(
        Identity.of(a / (a + b) + b / (a + b), 1, note="pairs of probabilities a and b with the same outcome add 1 to the mean"),
        Hand("the mean is a sum over pairs; grouped by outcome, each that occurs adds pi(h)/pi(h) = 1"),
    ),
    Certified(2, full=3),
    Control("pi without one of the gates", ForEach.of("a gate left out", lambda n: cases(n, kept=2), first=0), upto=2),
)
