"""Words of 32 bits: equality, comparison and the sum, by certificates that no table could give at 64 inputs.

Says: for words of 32 bits the circuits of equality (3, 2 and 2 threshold units), of comparison (1, 2 and 4) and of the sum in one
layer (95 units ±1, 63 gatings) agree with chains of gates at all 2^64 points.
Idea: a formula that has a model where the two differ is refuted step by step; the proof stands in a file and is checked without
a solver.
Edges: a weight changed by one, or another threshold, and the same proof is rejected.
"""

from dataclasses import replace
from pathlib import Path

from workbench import Case, Certified, Claim, Control, Entry, ForEach, Rejected, Source, circuits
from workbench.certificate import read

FOLDER = Path(__file__).parents[1] / "certificates" / "words"
OURS = (Source("workbench2026", "derived in this file", read=True),)


def certificate(name):
    return read((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def accepted(certificate):
    try:
        certificate.check()
    except Rejected:
        return False
    return True


def cases(entry, forms):
    """For each form: its certificate is accepted and about the circuit of the library, and that costs this much."""
    for (model, outputs), cost in forms.items():
        found, network = certificate(f"{entry.name}_{model}"), entry(32, model, outputs=outputs)
        yield Case(f"{entry.name}, {model}: its subject", found.subject, (entry.name, 64))
        yield Case(f"{entry.name}, {model}: the circuit of the library", found.network == network, True)
        yield Case(f"{entry.name}, {model}: the values of its outputs", found.outputs, outputs)
        yield Case(f"{entry.name}, {model}: accepted", accepted(found), True)
        largest = max(abs(s.weight) for unit in network.units for s in unit.synapses)
        got = network.depth, network.threshold_units, network.gatings.output, largest
        yield Case(f"{entry.name}, {model}: depth, units, output gatings, largest weight", got, cost)


def changed(name, unit, *, by=1):
    """The certificate of a circuit with another threshold in one unit, with the proof that it had."""
    found = certificate(name)
    one = found.network.unit(unit)
    return replace(found, network=found.network.replace_unit(replace(one, bias=one.bias + by)))


def entry(name, says, latex, about, forms, *controls):
    statement = ForEach.once(latex, lambda: cases(about, forms))
    return Entry(
        Claim(name, says, statement, sources=OURS, uses=("refuted_difference_is_equality",), topic="depth"),
        (Certified(0), *controls),
    )


FAMILY = (
    entry(
        "equality_of_32_bits_in_three_models",
        "Equality of two words of 32 bits has depth 2 with 3 or 2 threshold units, and depth 1 with one gating.",
        r"[x = y],\ x, y \in \{0,1\}^{32}",
        circuits.equality,
        {("standard", "01"): (2, 3, 0, 2**31), ("skip", "01"): (2, 2, 0, 2**32), ("gated", "01"): (1, 2, 1, 2**31)},
        Control("a threshold lower by one", changed("equality_gated", "not_more")),
        Control("the layered readout an OR", changed("equality_standard", "F")),
    ),
    entry(
        "comparison_of_32_bits_in_three_models",
        "Comparison of two words of 32 bits is one threshold unit, or two or four with weights below 2^16.",
        r"[x > y],\ x, y \in \{0,1\}^{32}",
        circuits.comparison,
        {("standard", "01"): (1, 1, 0, 2**31), ("skip", "01"): (2, 2, 0, 2**15), ("gated", "01"): (2, 4, 1, 2**15)},
        Control("not less instead of more", changed("comparison_standard", "F")),
        Control("a threshold higher by one", changed("comparison_skip", "low", by=-1)),
    ),
    entry(
        "addition_of_32_bits_depth_eq_one_of_gating",
        "The 33 bits of the sum of two words of 32 bits are products of 95 threshold units with outputs -1 and 1, in one layer.",
        r"x + y,\ x, y \in \{0,1\}^{32}",
        circuits.addition,
        {("gated", "pm1"): (1, 95, 63, 2**31)},
        Control("a threshold lower by one", changed("addition_gated", "t31_3")),
    ),
)
