"""How many functions of five inputs one threshold gate of degree 2 or 3, or two or three gates, compute.

Says: T_2(5), T_3(5), and the sizes at n = 5 of output gating, multiplexing, synaptic gating and of two functions of three gates.
Idea: up to four inputs (three where a gate sees the output of another) all functions are built from all gates; for five, one gate
of each class is combined with all others and the set is closed under the symmetries, and degrees are decided class by class.
Edges: sizes of five inputs are certified by `--full` only; it takes minutes. Restricted to fewer inputs they agree.
"""

from functools import partial

from workbench import Case, Certified, Claim, Control, Entry, ForEach, Source, threshold_count, threshold_tables
from workbench.classes import layered, multiplexing, output_gating, products_of, synaptic_gating

OURS = (Source("workbench2026", "computed in this file", read=True),)
CONVENTIONS = (("01", "01"), ("01", "pm1"), ("pm1", "01"), ("pm1", "pm1"))
QUADRATIC = (2, 4, 16, 254, 57574, 1414120376)
CUBIC = (2, 4, 16, 256, 65534, 4290491756)
AND = (2, 4, 16, 246, 32506, 44642388)
PM = (2, 4, 16, 254, 54310, 387698944)
SM = (2, 4, 16, 254, 41614, 74986552)
MUX = (2, 4, 16, 256, 52166, 241635252)
SYN = {
    ("01", "01"): (4, 14, 132, 5782, 1935004),
    ("01", "pm1"): (4, 16, 216, 17680, 11873428),
    ("pm1", "01"): (4, 14, 144, 9466, 7918492),
    ("pm1", "pm1"): (4, 16, 252, 34944, 44625252),
}
AND_OF_THREE = (2, 4, 16, 254, 55682, 709479564)
AND_OR = (2, 4, 16, 256, 65534, 2680447268)


def degrees(n, *, degree, known, more=0):
    if n <= 4:
        yield Case(f"n = {n}, degree {degree}", threshold_count(n, degree).count, known[n] + more)
    else:
        from workbench.capacity.degree_counts import degree_count

        found = degree_count(n, degree)
        found.check()
        yield Case(f"n = {n}, degree {degree}, each class with integers that show its answer", found.count, known[n] + more)


def by_orbits(family, n, **conventions):
    from workbench.capacity.pair_counts import pair_count

    return pair_count(family, n, **conventions).count


def gated(n, *, more=0):
    gates = threshold_tables(n) if n <= 4 else frozenset()
    for name, outputs, known in (("output_gating", "01", AND), ("output_gating", "pm1", PM)):
        size = len(output_gating(gates, n, outputs=outputs)) if n <= 4 else by_orbits(name, n, outputs=outputs)
        yield Case(f"n = {n}, products, outputs {outputs}", size, known[n] + more)
    yield Case(f"n = {n}, SM(n,2,1)", len(layered(gates, n)) if n <= 4 else by_orbits("layered", n), SM[n] + more)


def multiplexed(n, *, more=0):
    size = len(multiplexing(threshold_tables(n), threshold_tables(n + 1), n)) if n <= 3 else by_orbits("multiplexing", n)
    yield Case(f"n = {n}, MUX(n)", size, MUX[n] + more)


def synaptic(n, *, more=0):
    for inputs, outputs in CONVENTIONS:
        if n <= 3:
            gates, above = threshold_tables(n), threshold_tables(n + 1)
            size = len(synaptic_gating(gates, above, n, n - 1, inputs=inputs, outputs=outputs))
        else:
            size = by_orbits("synaptic_gating", n, inputs=inputs, outputs=outputs)
        yield Case(f"n = {n}, inputs {inputs}, gate {outputs}", size, SYN[inputs, outputs][n - 1] + more)


def three_gates(n, *, more=0):
    if n <= 3:
        gates = threshold_tables(n)
        both = output_gating(gates, n, outputs="01")
        sizes = len(products_of(gates, n, 3, outputs="01")), len({f | g for f in both for g in gates})
    else:
        sizes = by_orbits("and_of_three", n), by_orbits("and_or", n)
    yield Case(f"n = {n}, f AND g AND h", sizes[0], AND_OF_THREE[n] + more)
    yield Case(f"n = {n}, (f AND g) OR h", sizes[1], AND_OR[n] + more)


def entry(name, says, latex, cases, *, first=0, upto=3):
    """The sizes for n up to five; the orbit method has its own checks (restrictions, closure)."""
    statement = ForEach.of(latex, cases, first=first, last=5, costly_from=upto + 1)
    false = ForEach.of("one more", partial(cases, more=1), first=first)
    return Entry(
        Claim(name, says, statement, sources=OURS, topic="capacity"), (Certified(upto, full=5), Control("one more", false))
    )


FAMILY = (
    entry(
        "quadratic_threshold_count_of_five",
        "There are 1,414,120,376 quadratic threshold functions of five inputs.",
        r"T_2(5) = 1414120376",
        partial(degrees, degree=2, known=QUADRATIC),
        upto=4,
    ),
    entry(
        "cubic_threshold_count_of_five",
        "There are 4,290,491,756 cubic threshold functions of five inputs.",
        r"T_3(5) = 4290491756",
        partial(degrees, degree=3, known=CUBIC),
        upto=4,
    ),
    entry(
        "output_gating_count_of_five",
        "Output gating computes 44,642,388 functions of five inputs (outputs 0, 1), 387,698,944 (-1, 1); SM(5,2,1) 74,986,552.",
        r"\#\operatorname{AND}(5) = 44642388,\ \#\operatorname{PM}(5) = 387698944,\ \#\operatorname{SM}(5,2,1) = 74986552",
        gated,
    ),
    entry(
        "multiplexing_count_of_five",
        "One gate attending to another computes 241,635,252 functions of five inputs.",
        r"\#\operatorname{MUX}(5) = 241635252",
        multiplexed,
    ),
    entry(
        "synaptic_gating_count_of_five",
        "With one fixed synapse gated, 1,935,004 to 44,625,252 functions of five inputs, as the conventions are.",
        r"\#\operatorname{SYN}(5; 01, 01) = 1935004, \ldots, \#\operatorname{SYN}(5; \pm1, \pm1) = 44625252",
        synaptic,
        first=1,
    ),
    entry(
        "three_gate_counts_of_five",
        "709,479,564 functions of five inputs are ANDs of three threshold functions, 2,680,447,268 are (f AND g) OR h.",
        r"\#\operatorname{AND}^{(3)}(5) = 709479564,\quad \#\{(f \wedge g) \vee h\}(5) = 2680447268",
        three_gates,
    ),
)
