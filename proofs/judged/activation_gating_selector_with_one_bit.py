"""One +-1 selector does not let an activation gated without its bias store all pairs of threshold functions.

Says: not every pair (f', g') of threshold functions of n' inputs is the pair of faces, at one input, of a function of
ACT(n'+1;pm1,G): with a 0/1 gate this fails at n' = 1, with a +-1 gate at n' = 3 (48 of 10816 pairs) and not before.
Idea: with a +-1 gate F is Phi(x) where g = 1 and Phi(-x) where g = -1; with a 0/1 gate it is f where g = 1 and H(b) elsewhere. The
classes are enumerated by these forms; permuting and flipping inputs changes neither, so the last input stands for all.
Edges: two selectors do it, see ungated_bias_stores_two_functions.
"""

from functools import cache, partial
from itertools import product

from workbench import BadInput, Case, Certified, Claim, Control, Counterexample, Entry, ForEach, Source, threshold_tables
from workbench.classes import full_table

OURS = (Source("workbench2026", "derived in this file", read=True),)


def opposite(f, n):
    """The table of f(-x)."""
    return sum((f >> k & 1) << ((1 << n) - 1 - k) for k in range(1 << n))


@cache
def activation(n, outputs):
    """ACT(n;pm1,outputs). H(w.x + b) has weights with b > 0 if and only if f(x) or f(-x) for all x, with b < 0 if never both."""
    gates, full, found = threshold_tables(n), full_table(n), set()
    for f, turned in ((f, opposite(f, n)) for f in gates):
        if outputs == "pm1":
            found |= {f & g | turned & (g ^ full) for g in gates}
            continue
        found |= {f & g | g ^ full for g in gates} if f | turned == full else set()
        found |= {f & g for g in gates} if not f & turned else set()
    return frozenset(found)


def pairs(m, *, gates=("01", "pm1")):
    if m > 3:
        raise BadInput(f"n' = {m} > 3: ACT(n' + 1) cannot be enumerated; ask for n' up to 3")
    for outputs in gates:
        stored = frozenset(f | g << (1 << m) for f, g in product(threshold_tables(m), repeat=2))
        yield Case(f"n' = {m}, gate {outputs}, pairs of faces in ACT({m + 1})", stored, activation(m + 1, outputs), "subset")


def entry(name, says, cases, *evidence, last=None):
    statement = ForEach.of(
        r"\forall f', g' \; \exists F \in \operatorname{ACT}(n'+1;\pm 1,G): F|_{t=-1} = f',\ F|_{t=1} = g'",
        cases,
        first=1,
        last=last,
        index="n'",
        costly_from=4,
    )
    return Entry(Claim(name, says, statement, sources=OURS, topic="judged"), evidence)


NAME, SAYS = "activation_gating_selector_with_one_bit", "One +-1 selector stores every pair of threshold functions in ACT"
ALL = Control(
    "every function of n' + 1 inputs",
    ForEach.of(
        "all",
        lambda m: [Case(f"n' = {m}", frozenset(range(1 << (2 << m))), activation(m + 1, "pm1"), "subset")],
        first=1,
        index="n'",
    ),
    upto=2,
)
FAMILY = (
    entry(NAME, f"{SAYS}, for either gate.", pairs, Counterexample(at=1), ALL),
    entry(f"{NAME}_of_outputs_01", f"{SAYS}, 0/1 gate.", partial(pairs, gates=("01",)), Counterexample(at=1), ALL),
    entry(f"{NAME}_of_outputs_pm1", f"{SAYS}, +-1 gate.", partial(pairs, gates=("pm1",)), Counterexample(at=3), ALL),
    entry(
        f"{NAME}_of_outputs_pm1_and_n_le_2",
        f"{SAYS}, +-1 gate, up to two ordinary inputs.",
        partial(pairs, gates=("pm1",)),
        Certified(2),
        ALL,
        last=2,
    ),
)
