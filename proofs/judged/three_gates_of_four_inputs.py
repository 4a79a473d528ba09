"""Three threshold gates, with and without skip connections, on four inputs.

Says: two attending gates and one attended gate compute every function of four inputs: 1882 take one, 50284 two, 13370 three.
Three hidden gates and a threshold readout without skip connections compute all functions of four inputs but the two parities.
Idea: f AND (g OR h) and f AND g AND h, with negations, are already all but the parities; an attended gate computes both.
Edges: the one other readout of three gates, up to symmetry, is the majority, which of no three threshold functions is parity.
"""

from functools import cache

from sympy import Abs, Symbol, symbols

from workbench import (
    BooleanFunction,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    H,
    Hand,
    Identity,
    Source,
    threshold_tables,
)
from workbench.classes import complements, faces, output_gating
from workbench.threshold import npn_orbit

s = Symbol("s", real=True)
g, h = symbols("g h", real=True)
e = Symbol("e", positive=True)
FULL = (1 << 16) - 1
PARITY = BooleanFunction.from_rule(lambda *bits: sum(bits) % 2, n=4).table
OURS = (Source("workbench2026", "derived in this file", read=True),)


@cache
def whole_classes(tables):
    """All functions of four inputs in the NPN classes of these."""
    found = set()
    for t in sorted(tables):
        if t not in found:
            found |= npn_orbit(t, 4)
    return frozenset(found)


@cache
def representatives():
    """A threshold function of each class up to permuting and negating inputs."""
    left, chosen = set(threshold_tables(4)), []
    while left:
        chosen.append(min(left))
        left -= {f.table for f in BooleanFunction(4, chosen[-1]).orbit(outputs=False)}
    return chosen


@cache
def nested():
    """f AND g AND h and f AND (g OR h) of threshold functions, and negations: f from a class, the others moved along."""
    both = output_gating(threshold_tables(4), 4, outputs="01")
    return whole_classes(frozenset(f & t for f in representatives() for t in both | complements(both, 4)))


@cache
def two_gates():
    """MUX(4) = F(x, g(x)); F and g may be moved together, and g negated, so that one g of each class will do."""
    pairs = faces(threshold_tables(5), 4)
    return whole_classes(frozenset(low ^ g & (low ^ high) for g in representatives() for low, high in pairs))


def parity_of_skips(units=2):
    """H(2 sum x - 4 [sum x >= 2] - 4 [sum x >= 4] - 1)."""
    ones = [k.bit_count() for k in range(16)]
    return sum(1 << k for k, m in enumerate(ones) if 2 * m - 4 * sum(m >= 2 * j for j in range(1, units + 1)) > 1)


def skip_cases(*, units=2):
    one, two = threshold_tables(4), two_gates()
    three = nested() | whole_classes(frozenset([parity_of_skips(units)]))
    yield Case("one gate is in two, two in three", [one <= two, two <= three], [True, True])
    yield Case(
        "functions that take one, two, three gates", [len(one), len(two) - len(one), len(three) - len(two)], [1882, 50284, 13370]
    )
    yield Case("all functions of four inputs", len(three), 1 << 16)


def majorities_of(target):
    """The triples of threshold functions with this majority: f and g agree only where they are right, h is right elsewhere."""
    gates = sorted(threshold_tables(4))
    for i, first in enumerate(gates):
        for second in gates[i:]:
            if not (first & second & ~target or target & ~(first | second)):
                differ = first ^ second
                yield from ((first, second, third) for third in gates if not (third ^ target) & differ)


def hidden_cases(*, missing=(PARITY, PARITY ^ FULL)):
    yield Case("all but f AND g AND h, f AND (g OR h) and their negations", set(range(1 << 16)) - nested(), set(missing))
    yield Case("triples whose majority is parity", len(list(majorities_of(PARITY))), 0)


def entry(name, says, latex, cases, *evidence):
    return Entry(Claim(name, says, ForEach.once(latex, cases), sources=OURS, topic="judged"), evidence)


FAMILY = (
    entry(
        "three_skip_gates_cover_four_inputs",
        "Two gates that attend to a third compute all functions of four inputs: 1882 take one gate, 50284 two, 13370 three.",
        r"\operatorname{ATT}(4, 2) = \{f\colon \{0,1\}^4 \to \{0,1\}\}; \quad 1882 + 50284 + 13370 = 2^{16}",
        skip_cases,
        Derived.of(
            Identity.of(
                H(s + (Abs(s) + e) * (g - 2 * (1 - h))),
                (1 - (1 - H(s)) * (1 - g)) * h,
                where={g: "bit", h: "bit"},
                note="(f OR g) AND h",
            ),
            Identity.of(
                H(s + (Abs(s) + e) * (g - 1 - 2 * (1 - h))), H(s) * g * h, where={g: "bit", h: "bit"}, note="f AND g AND h"
            ),
            Hand("with negations these are all functions but the parities (the cases), which two gates at 2 and 4 ones make"),
        ),
        Certified(0),
        Control("one gate for the parities", ForEach.once("one gate", lambda: skip_cases(units=1))),
    ),
    entry(
        "three_hidden_gates_miss_only_parity_of_four",
        "Three hidden threshold gates and a threshold readout compute all functions of four inputs but parity and its negation.",
        r"\operatorname{SM}(4, 3, 1) = \{f\} \setminus \{x_0 \oplus x_1 \oplus x_2 \oplus x_3 \oplus b\}",
        hidden_cases,
        Derived.of(
            Hand("a readout of three gates is, with negations, a function of two, g AND h AND k, g AND (h OR k), or the majority")
        ),
        Certified(0),
        Control("parity included", ForEach.once("all", lambda: hidden_cases(missing=()))),
    ),
)
