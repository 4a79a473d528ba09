"""The attention blocks: eighteen by source, target and mechanism, six with an output as source, three after the reductions.

Says: 3 sources x 3 targets x 2 mechanisms are 18 different rewrites of one network; six of them have an output as source, and each
of the 18 equals a network in which only outputs attend; each of the 18 reduces to multiplexing, output gating and synaptic gating.
Idea: apply every block to one network with symbolic weights, biases and transfers, and compare the expressions that it computes.
Edges: a network without bias, and with one synapse, does not tell activation gating from synaptic gating: 15 expressions of 18.
That the paper singles out these three, and which architectures use them, is cited.
"""

from itertools import product

from sympy import Symbol, expand, symbols

from workbench import (
    HERE,
    QUARKS,
    Case,
    Certified,
    Cited,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Network,
    Prose,
    Signal,
    Source,
    affine,
)
from workbench.attention import SIX, THREE
from workbench.reductions import reduce, sources_as_outputs

a, b, c, d, v, S, out = symbols("a b c d v S O", real=True)
NAMED = {
    ("addition", "S"): "multiplexing",
    ("addition", "O"): "additive output",
    ("addition", "w"): "additive synaptic",
    ("multiplication", "S"): "activation gating",
    ("multiplication", "O"): "output gating",
    ("multiplication", "w"): "synaptic gating",
}
SIGNALS = {"O": Signal("O", "a"), "S": Signal("S", "a"), "w": Signal("w", "a", "z")}
ABSTRACT = Source("baldi2023quarks", "abstract", read=True)


def attended(quark, n, *, bias=b):
    """A unit tanh of n inputs with symbolic weights, on which an attending unit logistic(c z + d) acts as `quark` says."""
    unit = affine("f", {f"x{i}": Symbol(f"w{i}", real=True) for i in range(n)}, bias, transfer="tanh")
    units = [affine("a", {"z": c}, d, transfer="logistic"), unit, affine("k", {"f": Symbol("v", real=True)}, 1)]
    plain = Network.of([*(f"x{i}" for i in range(n)), "z"], units, ["k"])
    return quark.apply(plain, attending=SIGNALS[quark.source], attended="f", presynaptic="x0" if quark.target == "w" else None)


def value(network):
    return expand(network.as_expr()[0])


def eighteen(n=2, bias=b):
    triples = [(q.source, q.target, q.mechanism) for q in QUARKS]
    yield Case("number of blocks", len(QUARKS), 18)
    yield Case("each triple once", tuple(sorted(triples)), tuple(sorted(product("OSw", "SOw", ("addition", "multiplication")))))
    yield Case(f"n = {n}: different functions", len({value(attended(q, n, bias=bias)) for q in QUARKS}), 18)


def six():
    with_output = [q for q in QUARKS if q.source == "O"]
    yield Case("number of blocks with an output as source", len(with_output), 6)
    yield Case(
        "their names", frozenset((q.mechanism, q.target, q.name) for q in with_output), frozenset((*k, v) for k, v in NAMED.items())
    )
    yield Case("the same six", frozenset(SIX), frozenset(with_output))


def with_other_sources():
    yield Case("number of blocks with an output or an activation as source", sum(q.source in "OS" for q in QUARKS), 6)


def sources(n):
    for q in QUARKS:
        given = attended(q, n)
        new = sources_as_outputs(given)
        yield Case(f"n = {n}, {q.name}: values", (value(given),), (value(new),))
        yield Case(f"n = {n}, {q.name}: sources", {s.variable for u in new.units for s in u.signals} - {"O"}, set())


def leftovers(network):
    """What acts otherwise than by multiplexing, output gating and synaptic gating by outputs: sources, and counts of the rest."""
    sources = {s.variable for u in network.units for s in u.signals} - {"O"}
    other = sum(
        len(u.gates) + len(u.additions) + len(u.output_additions) + sum(len(s.additions) for s in u.synapses) for u in network.units
    )
    return len(sources) + other


def three(n):
    yield Case("the three", sorted(q.name for q in THREE), ["multiplexing", "output gating", "synaptic gating"])
    for q in QUARKS:
        given = attended(q, n)
        new = reduce(given)
        yield Case(f"n = {n}, {q.name}: values", (value(given),), (value(new),))
        yield Case(f"n = {n}, {q.name}: other attention left", leftovers(new), 0)


def two_only(n):
    """The same with the synaptic blocks left as they are, and additions to weights kept."""
    for q in QUARKS:
        yield Case(f"n = {n}, {q.name}: other attention left", leftovers(sources_as_outputs(attended(q, n))), 0)


def claim(name, says, statement, *sources, uses=()):
    return Claim(name, says, statement, sources=sources, uses=uses, topic="reductions")


FAMILY = (
    Entry(
        claim(
            "attention_blocks_eq_eighteen",
            "Three sources, three targets and two mechanisms make 18 attention blocks, and they compute 18 different functions.",
            ForEach.once(r"3 \cdot 3 \cdot 2 = 18", eighteen),
            ABSTRACT,
        ),
        (
            Certified(0),
            Cited(ABSTRACT),
            Control("one synapse and no bias", ForEach.once("18", lambda: eighteen(1, bias=0))),
        ),
    ),
    Entry(
        claim(
            "attention_blocks_eq_six_of_output_source",
            "With an output as source there are six blocks, and an attending activation or weight is the output of one more unit.",
            ForEach.once(r"1 \cdot 3 \cdot 2 = 6", six),
            Source("baldi2023quarks", "classification", read=False),
        ),
        (
            Certified(0),
            Certified(2, of=ForEach.of(r"18 \to 6", sources, first=1)),
            Control("activations as sources too", ForEach.once("6", with_other_sources)),
        ),
    ),
    Entry(
        claim(
            "attention_blocks_reduce_to_three",
            "All 18 blocks reduce to multiplexing, output gating and synaptic gating, the three that are singled out.",
            ForEach.of(r"18 \to 6 \to 3", three, first=1),
            ABSTRACT,
            HERE,
            uses=(
                "activation_gating_eq_synaptic_gating_of_all_inputs",
                "additive_output_in_standard_model_of_tied_weights",
                "additive_synaptic_eq_synapse_plus_output_gating",
            ),
        ),
        (
            Derived.of(
                Identity.of(a * (S + b), a * S + a * b, note="a gated activation: all synapses and the bias share the gate"),
                Identity.of(v * (out + a), v * out + v * a, note="an addition to an output: one more synapse of each reader"),
                Identity.of(
                    (v + a) * out, v * out + a * out, note="an addition to a weight: a synapse of weight 1 from a gated copy"
                ),
                Hand("an attending activation is the output of an identity copy of its unit, a weight that of a constant unit"),
                Hand(
                    "each rewrite keeps the value of every other unit, so that it applies to the attended units one after the other"
                ),
            ),
            Certified(2),
            Cited(ABSTRACT),
            Control("sources made outputs and no more", ForEach.of("3", two_only, first=1)),
        ),
    ),
    Entry(
        claim(
            "transformers_use_output_or_synaptic_gating",
            "All current attention architectures, transformers included, use output gating, synaptic gating or both.",
            Prose(r"\text{every current attention architecture uses output gating or synaptic gating}"),
            ABSTRACT,
        ),
        (Cited(ABSTRACT),),
    ),
    Entry(
        claim(
            "multiplexing_drives_capacity_lower_bounds",
            "Additive activation attention is the tool of the proofs of the lower bounds on capacity.",
            Prose(r"\text{additive activation attention is the tool of the lower bounds on capacity}"),
            ABSTRACT,
        ),
        (Cited(ABSTRACT),),
    ),
)
