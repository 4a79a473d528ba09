"""One gating gives a threshold unit functions that no standard threshold unit has, in every convention.

Says: for n >= 3, LTF(n) is a proper subset of AND(n), PM(n) and of SYN(n;X,G) in all four conventions of inputs X and gate G.
Idea: a constant gate 1 leaves the unit alone. XOR and its complement, or at n = 3 another non-threshold function, is gained; fixing
inputs of a threshold function leaves a threshold function, so that dummy inputs keep the gain.
Edges: at n = 2 a 0/1 gate on one synapse gains nothing in either input convention: SYN(2;X,01) = LTF(2).
"""

from itertools import product

from sympy import Abs, Rational, symbols

from workbench import Case, Certified, Cited, Claim, Control, Derived, Entry, ForEach, H, Hand, Identity, Source, threshold_tables
from workbench.classes import output_gating, synaptic_gating

x, y = symbols("x y", real=True)
half = Rational(1, 2)
ABSTRACT = Source("baldi2023quarks", "abstract", read=True)
CONVENTIONS = tuple(product(("01", "pm1"), repeat=2))


def gated(n):
    """Each class with one gating, by name."""
    gates = threshold_tables(n)
    yield f"AND({n})", output_gating(gates, n, outputs="01")
    yield f"PM({n})", output_gating(gates, n, outputs="pm1")
    for inputs, outputs in CONVENTIONS:
        yield (
            f"SYN({n};{inputs},{outputs})",
            synaptic_gating(gates, threshold_tables(n + 1), n, n - 1, inputs=inputs, outputs=outputs),
        )


def extensions(n):
    gates = threshold_tables(n)
    for name, tables in gated(n):
        yield Case(f"LTF({n}) in {name}", gates, tables, "subset")
        yield Case(f"{name} is larger", len(tables), len(gates), ">")


def two_inputs():
    for inputs in ("01", "pm1"):
        found = synaptic_gating(threshold_tables(2), threshold_tables(3), 2, 1, inputs=inputs, outputs="01")
        yield Case(f"SYN(2;{inputs},01)", found, threshold_tables(2))


def two_inputs_signs():
    found = synaptic_gating(threshold_tables(2), threshold_tables(3), 2, 1, inputs="01", outputs="pm1")
    yield Case("SYN(2;01,pm1)", found, threshold_tables(2))


FAMILY = (
    Entry(
        Claim(
            "gating_properly_extends_standard_model",
            "Output gating and synaptic gating are proper extensions of the standard model: a gated threshold unit does more.",
            ForEach.of(r"LTF(n) \subset AND(n),\ PM(n),\ SYN(n;X,G),\ \text{properly}", extensions, first=3, costly_from=4),
            hypotheses=("the gated synapse is a fixed one; all conventions of inputs and gates",),
            sources=(ABSTRACT,),
            topic="reductions",
        ),
        (
            Derived.of(
                Identity.of(
                    H(x + y - half) * H(3 * half - x - y),
                    Abs(x - y),
                    where={x: "bit", y: "bit"},
                    note="AND(2) has XOR",
                ),
                Hand("a constant gate 1 leaves the unit as it is, so LTF(n) lies in each class"),
                Hand(
                    "a threshold function with inputs fixed is a threshold function of the others, so one outside "
                    "LTF(n), read as a function of N > n inputs, is outside LTF(N)"
                ),
                Hand(
                    "each class has a function outside LTF(3), as the enumeration at n = 3 shows, and keeps it under dummy inputs: "
                    "the gated synapse and its gate do not change"
                ),
            ),
            Certified(3),
            Cited(ABSTRACT),
            Control("n = 2", ForEach.of(r"n \geq 2", extensions, first=2)),
            Control("n = 1", ForEach.of(r"n \geq 1", extensions, first=1)),
        ),
    ),
    Entry(
        Claim(
            "synaptic_gating_eq_threshold_of_two_inputs_gate_01",
            "At n = 2 a 0/1 gate on one synapse of a threshold unit gives threshold functions only, for both kinds of inputs.",
            ForEach.once(r"SYN(2;X,01) = LTF(2)", two_inputs),
            sources=(Source("workbench2026", "derived in this file", read=True),),
            topic="reductions",
        ),
        (Certified(0), Control("a gate of +-1", ForEach.once(r"SYN(2;01,\pm 1) = LTF(2)", two_inputs_signs))),
    ),
)
