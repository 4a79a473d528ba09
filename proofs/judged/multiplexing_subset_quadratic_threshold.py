"""Multiplexing is not a quadratic gate: parity of three inputs.

Says: MUX(n) lies in PTF_2(n) for n = 1, 2 and not for n = 3, where parity is one unit attended by one other.
Idea: H(s - 1/2 - 2 H(s - 3/2)) is parity of three bits with the sum s, and all eight points with multiplicity 1 are a dual witness
against degree 2.
Edges: at n = 3 parity and its complement are the only functions outside PTF_2(3).
"""

from pathlib import Path

from workbench import BadInput, Case, Claim, Control, Counterexample, ForEach, Source, threshold_tables
from workbench.certificate import read
from workbench.classes import multiplexing, output_gating

FILE = Path(__file__).parent.parent / "certificates" / "multiplexing_subset_quadratic_threshold.json"


def cases(n):
    if n > 3:
        raise BadInput(f"n = {n} > 3: MUX(n) cannot be enumerated; ask for n up to 3")
    found = multiplexing(threshold_tables(n), threshold_tables(n + 1), n)
    yield Case(f"n = {n}", found, threshold_tables(n, 2), "subset")


CLAIM = Claim(
    name="multiplexing_subset_quadratic_threshold",
    says="Every unit attended additively by one other is a quadratic threshold gate.",
    statement=ForEach.of(r"\operatorname{MUX}(n) \subset \operatorname{PTF}_2(n)", cases, first=1, costly_from=4),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="judged",
)

EVIDENCE = (
    Counterexample(at=3, certificate=read(FILE.read_text(encoding="utf-8"))),
    Control(
        "PTF_2 in AND at n = 3",
        ForEach.of(
            "PTF_2",
            lambda n: [Case(f"n = {n}", threshold_tables(n, 2), output_gating(threshold_tables(n), n, outputs="01"), "subset")],
            first=3,
        ),
    ),
)
