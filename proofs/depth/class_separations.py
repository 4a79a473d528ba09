"""Inclusions and separations of the classes at three inputs, and why they persist for all larger n.

Says: the classes LTF, PTF_d, AND, OR, PM, MUX and SM(.,2,1) are closed under fixing an input and under adding a dummy input;
SM(n,2,1) = AND or OR lies in MUX(n), strictly from n = 3 on; PM(3), PTF_2(3) and SM(3,2,1) are all functions but the two parities.
Idea: one huge attention -M or +M makes the attended unit an AND or an OR; parity on three inputs needs attention with a skip.
Edges: SYN is not closed under fixing its gated input.
"""

from sympy import Abs, Symbol, symbols

from workbench import (
    BooleanFunction,
    Case,
    Certified,
    Cited,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    H,
    Hand,
    Identity,
    Network,
    Prose,
    Source,
    Synapse,
    Unit,
    threshold_tables,
    threshold_unit,
)
from workbench.classes import complements, full_table, layered, multiplexing, output_gating, synaptic_gating

p, q, M, S, v, w, a, x, c = symbols("p q M S v w a x c", real=True)
e = Symbol("e", positive=True)
G = Symbol("G", real=True)  # activation of an attending unit, apart from the fixed input
OURS = (Source("workbench2026", "derived in this file", read=True),)
PARITY = BooleanFunction.from_rule(lambda *b: sum(b) % 2, n=3).table


def classes(n):
    """The classes that can be enumerated at n, by name."""
    gates = threshold_tables(n)
    conjunctions = output_gating(gates, n, outputs="01")
    found = {f"PTF_{d}": threshold_tables(n, d) for d in range(1, n + 1)}
    found |= {"AND": conjunctions, "OR": complements(conjunctions, n), "PM": output_gating(gates, n, outputs="pm1")}
    found["SM(.,2,1)"] = layered(gates, n)
    return found | ({"MUX": multiplexing(gates, threshold_tables(n + 1), n)} if n <= 3 else {})


def faces_of(tables, n, i):
    """The restrictions to x_i = 0 and x_i = 1 of functions of n inputs."""
    places = [[k for k in range(1 << n) if k >> i & 1 == bit] for bit in (0, 1)]
    return frozenset(sum((t >> k & 1) << new for new, k in enumerate(kept)) for t in tables for kept in places)


def persistence(n):
    below, above = classes(n), classes(n + 1)
    for name in below.keys() & above.keys():
        for i in range(n + 1):
            yield Case(f"{name}({n + 1}) with x_{i} fixed, in {name}({n})", faces_of(above[name], n + 1, i), below[name], "subset")
        dummies = frozenset(t << (1 << n) | t for t in below[name])
        yield Case(f"{name}({n}) with a dummy input, in {name}({n + 1})", dummies, above[name], "subset")


def fixed_synapse(n):
    gated = [synaptic_gating(threshold_tables(m), threshold_tables(m + 1), m, m - 1, inputs="01", outputs="01") for m in (n, n + 1)]
    yield Case(f"SYN({n + 1};01,01) with x_{n} = 1, in SYN({n};01,01)", faces_of(gated[1], n + 1, n), gated[0], "subset")


def in_multiplexing(n):
    found = classes(n)
    yield Case(f"n = {n}, SM(n,2,1) is AND and OR", found["SM(.,2,1)"], found["AND"] | found["OR"])
    yield Case(f"n = {n}, SM(n,2,1) in MUX(n)", found["SM(.,2,1)"], found["MUX"], "subset")
    if n >= 3:
        yield Case(f"n = {n}, strictly", len(found["SM(.,2,1)"]), len(found["MUX"]), "<")


def three_inputs():
    found, without = classes(3), frozenset(range(256)) - {PARITY, PARITY ^ full_table(3)}
    for name in ("PM", "PTF_2", "SM(.,2,1)"):
        yield Case(f"{name}(3), all functions but the parities", found[name], without)
    yield Case("AND(3) in PM(3)", found["AND"], without, "subset")
    yield Case("AND(3) is smaller", len(found["AND"]), 254, "<")
    yield Case("MUX(3)", len(found["MUX"]), 256)


def parity_of_three(names=("AND", "PM", "SM(.,2,1)", "PTF_2"), *, strength=-2):
    inputs = ["x0", "x1", "x2"]
    g = threshold_unit("g", dict.fromkeys(inputs, 2), -3)
    own = tuple(Synapse(i, 2) for i in inputs)
    F = Unit("F", "threshold", (*own, Synapse("g", 2 * strength, attention=True)), -1)
    network = Network.of(inputs, [g, F], ["F"])
    yield Case("one attending unit", (network.function().table, network.threshold_units), (PARITY, 2))
    for name in names:
        yield Case(f"parity and {name}(3)", PARITY, classes(3)[name], "not in")


def claim(name, says, statement, uses=()):
    return Claim(name, says, statement, sources=OURS, uses=uses, topic="depth")


FAMILY = (
    Entry(
        claim(
            "class_inclusions_persist_downward",
            "Each class is closed under fixing and adding dummy inputs, so an inclusion of two fails from some n on, or never.",
            ForEach.of(
                r"A(n+1)|_{x_i = c} \subset A(n) \subset A(n+1),\quad A = \operatorname{LTF}, \operatorname{PTF}_d, "
                r"\operatorname{AND}, \operatorname{OR}, \operatorname{PM}, \operatorname{MUX}, \operatorname{SM}(\cdot,m,1), "
                r"\operatorname{ATT}(\cdot,m)",
                persistence,
                first=1,
                costly_from=3,
            ),
        ),
        (
            Derived.of(
                Identity.of(H(S + w * x + a * H(G + v * x)), H((S + w * c) + a * H(G + v * c)), given={x: c}, note="x fixed"),
                Hand("in each class the units that read x_i = c absorb it in their biases; no degree rises"),
                Hand("a dummy input has weight 0 in every unit"),
                Hand("if A(N) lies in B(N), then A(n), by dummy inputs and fixing them again, lies in B(n) for every n <= N"),
            ),
            Certified(2, full=3),
            Control("SYN, its gated input fixed", ForEach.of("SYN", fixed_synapse, first=2)),
        ),
    ),
    Entry(
        claim(
            "three_input_classes_coincide",
            "PM(3), PTF_2(3) and SM(3,2,1) are all functions but the two parities.",
            ForEach.once(r"\operatorname{PM}(3) = \operatorname{PTF}_2(3) = \operatorname{SM}(3,2,1)", three_inputs),
        ),
        (Certified(0), Control("AND(3)", ForEach.once("AND = PM", lambda: [Case("AND", classes(3)["AND"], classes(3)["PM"])]))),
    ),
    Entry(
        claim(
            "parity_three_needs_multiplexing",
            "Parity of 3 inputs takes one attending unit, and lies in no other class.",
            ForEach.once(r"\oplus_3 \in \operatorname{MUX}(3) \setminus \operatorname{PTF}_2(3)", parity_of_three),
        ),
        (
            Certified(0),
            Control("attention of strength 1", ForEach.once("MUX", lambda: parity_of_three(strength=-1))),
            Control("not in MUX(3) either", ForEach.once("MUX", lambda: parity_of_three(("MUX",)))),
        ),
    ),
    Entry(
        claim(
            "sm_n_2_1_subset_multiplexing",
            "Two hidden threshold units and a readout are one threshold unit attended by one other; from n = 3 on not conversely.",
            ForEach.of(
                r"\operatorname{SM}(n,2,1) = \operatorname{AND} \cup \operatorname{OR} \subset \operatorname{MUX}(n)",
                in_multiplexing,
                first=1,
                costly_from=4,
            ),
            uses=("class_inclusions_persist_downward",),
        ),
        (
            Derived.of(
                Identity.of(H(p + M * (H(q) - 1)), H(p) * H(q), given={M: Abs(p) + e}, note="AND"),
                Identity.of(H(p + M * H(q)), H(p) + H(q) - H(p) * H(q), given={M: Abs(p) + e}, note="OR"),
                Hand("parity on three inputs, the case n = 3, separates the classes, and so for every larger n"),
                Hand("a threshold function of two bits is constant, a literal, an AND or an OR; LTF(n) is closed under NOT"),
            ),
            Certified(3),
            Control("XNOR by the same attention", Identity.of(H(p + M * H(q)), 1 - (H(p) - H(q)) ** 2, given={M: Abs(p) + e})),
            Control("M too small", Identity.of(H(p + M * (H(q) - 1)), H(p) * H(q), given={M: Abs(p) / 2 + e})),
        ),
    ),
    Entry(
        Claim(
            "gating_reduces_depth_of_basic_circuits",
            "Attention mechanisms reduce the depth of certain basic circuits.",
            Prose(r"\text{gating collapses several layers of the standard model into one}"),
            sources=(Source("baldi2023quarks", "abstract", read=True),),
            topic="depth",
        ),
        (Cited(Source("baldi2023quarks", "abstract", read=True)),),
    ),
)
