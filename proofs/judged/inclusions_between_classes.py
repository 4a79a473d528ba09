"""Which of the classes AND, PM, SM(.,2,1), PTF_2 and MUX contain which: exact sets up to n = 4, one AND of 5 and one of 41 inputs.

Says: PM(n) lies in MUX(n) and in SM(n,2,1) up to n = 3 and not at n = 4; PM(n) = PTF_2(n) up to n = 3 and not at n = 4; AND(n) and
SM(n,2,1) lie in PM(n) up to n = 4 and not at n = 5, and in PTF_2(n) up to n = 5 and no longer at n = 41.
Idea: F in MUX(n) separates the points (x, g(x)) for some gate g; two true points and two false ones of equal sum forbid it.
An AND of five inputs is no XOR of f and g since g would be the XOR with f, for each of the 94572 f. And
[at least 7 of 21 bits] AND [at least 7 of 20 others] is no quadratic threshold function: positive masses on seven layers annihilate
every quadratic polynomial with the signs of this function.
Edges: the least n of the last kind is open between 6 and 41; the layer witness fails if one threshold is moved by one. At n = 5, by
`--full` only, each of the 13,788 classes of SM(5,2,1) gets integer weights of a quadratic polynomial.
"""

from fractions import Fraction
from functools import cache, reduce
from itertools import combinations_with_replacement
from operator import and_

from workbench import PTF, BadInput, Case, Certified, Claim, Control, Counterexample, Cube, Entry, ForEach, Source, threshold_tables
from workbench.classes import complements, layered, multiplexing, output_gating
from workbench.recount import tables_by_weights

OURS = (Source("workbench2026", "derived in this file", read=True),)
A, B, LEAST = 21, 20, 7  # s = sum of A bits, t = sum of B others
LAYERS = {(0, 0): 585, (6, 10): 455, (6, 11): 3276, (7, 7): 6885, (7, 20): 525, (11, 6): 3549, (21, 7): 455}  # (s, t): mass
XNOR = 0x1AC  # the least table in PM(4) outside MUX(4)
FIRST, SECOND = (0, 2, 2, 1, 1, 1), (3, 1, 2, -2, -2, -1)  # bias and weights, inputs -1, 1: their AND is outside PM(5)


@cache
def classes(n):
    gates = threshold_tables(n)
    products = {f: output_gating(gates, n, outputs=o) for f, o in (("AND", "01"), ("PM", "pm1"))}
    return products | {"SM": layered(gates, n), "PTF_2": threshold_tables(n, 2)}


def not_separated(table, g, n):
    """Whether two true and two false points (x, g(x)) have equal sums: then no threshold function of (x, g(x)) is this function."""
    sums = {0: set(), 1: set()}
    for a, b in combinations_with_replacement(range(1 << n), 2):
        if (bit := table >> a & 1) == table >> b & 1:
            sums[bit].add((*((a >> i & 1) + (b >> i & 1) for i in range(n)), (g >> a & 1) + (g >> b & 1)))
    return bool(sums[0] & sums[1])


def in_multiplexing(n, *, table=XNOR):
    if n <= 3:
        found = multiplexing(threshold_tables(n), threshold_tables(n + 1), n)
        yield Case(f"n = {n}, PM(n) in MUX(n)", classes(n)["PM"], found, "subset")
    elif n == 4:
        yield Case(f"n = {n}, {table:#x} and PM(n)", table, classes(n)["PM"], "in")
        excluded = sum(not_separated(table, g, n) for g in threshold_tables(n))
        yield Case(f"n = {n}, gates that do not make {table:#x} of PM(n)", excluded, len(threshold_tables(n)), "<")
    else:
        raise BadInput(f"n = {n} > 4: PM(n) cannot be enumerated; ask for n up to 4")


def least_degree(least=LEAST):
    """A lower bound on the threshold degree of [s >= 7 and t >= least]: 3 if the masses on layers, with its signs, annihilate all
    polynomials of degree 2, else 0.

    The mean over a layer of x_i, x_i x_j, x_i y_j is s/A, s(s-1)/(A(A-1)), st/(AB): the same for all i, j.
    """
    signed = {(s, t): m if s >= LEAST and t >= least else -m for (s, t), m in LAYERS.items()}
    sums = [0] * 6
    for (s, t), m in signed.items():
        x, y, xx, yy = Fraction(s, A), Fraction(t, B), Fraction(s * (s - 1), A * (A - 1)), Fraction(t * (t - 1), B * (B - 1))
        sums = [total + m * mean for total, mean in zip(sums, (1, x, y, x * y, xx, yy), strict=True)]
    return 0 if any(sums) else 3


def and_of_five(first=FIRST, second=SECOND):
    """The table of the AND of two threshold functions of five inputs."""
    both = (PTF.from_weights(dict(zip(((), *((i,) for i in range(5))), w, strict=True)), Cube(5)).function for w in (first, second))
    return reduce(and_, both).table


def without_quadratic_weights():
    """How many classes SM(5,2,1) has, and how many of them have no integer weights of degree 2 that are right at all points."""
    import numpy as np

    from workbench.capacity.gordan import alternatives, monomial_values
    from workbench.capacity.npn import npn_classes
    from workbench.capacity.pair_counts import pair_set

    least = npn_classes(5).representatives
    tables = least[pair_set("layered", 5).contains(least)].astype(np.int64)
    values = monomial_values(5, 2).astype(np.int64)
    weights = alternatives(tables, 5, 2)[1][:, : values.shape[1]].astype(np.int64)
    signs = 2 * (tables[:, None] >> np.arange(32) & 1) - 1
    return tables.size, int((signs * (weights @ values.T) <= 0).any(axis=1).sum())


def quadratic(n):
    """Cases of SM(n,2,1), in which AND(n) lies, in PTF_2(n), for n up to 5."""
    if n <= 4:
        yield from inside("SM", "PTF_2")(n)
    else:
        classes, missing = without_quadratic_weights()
        yield Case(f"n = {n}, of {classes:,} classes of SM(n,2,1) those without quadratic weights", missing, 0)


def inside(small, large, *, least=LEAST):
    """Cases of small(n) in large(n): sets up to n = 4, an AND against PM(5), and at n = 41 the layer witness against PTF_2."""

    def cases(n):
        if n <= 4:
            yield Case(f"n = {n}, {small}(n) in {large}(n)", classes(n)[small], classes(n)[large], "subset")
        elif n == 5 and large == "PM" and small != "PTF_2":
            gates, table = tables_by_weights(5), and_of_five()
            label = f"n = 5, pairs of the {len(gates)} threshold functions with the XOR {table:#x} of {small}(5)"
            yield Case(label, sum(f ^ table in gates for f in gates), 0, ">")
        elif n == A + B and large == "PTF_2":
            label = f"n = {n}, [sum of {A} bits >= {LEAST}] AND [sum of {B} bits >= {LEAST}] of {small}(n), its degree at least"
            yield Case(label, least_degree(least), 2, "<=")
        else:
            raise BadInput(f"n = {n} is not 1 to 4, nor the n of a counterexample: no exact cases are known there")

    return cases


def equal(n):
    yield from inside("PM", "PTF_2")(n)
    yield from inside("PTF_2", "PM")(n)


def any_gate(n):
    """A gate of two threshold functions is a product of two, its negation, or an XOR; XOR and XNOR are the same set."""
    yield from inside("AND", "PM")(n)
    if n != 5:
        negated = complements(classes(n)["AND"], n)
        yield Case(f"n = {n}, OR(n) in PM(n)", negated, classes(n)["PM"], "subset")


def count(n):
    if n > 4:
        raise BadInput(f"n = {n} > 4: AND(n) cannot be enumerated; ask for n up to 4")
    yield Case(f"n = {n}, #AND <= #PM", len(classes(n)["AND"]), len(classes(n)["PM"]), "<=")


def entry(name, says, latex, cases, *evidence, last=None, uses=()):
    statement = ForEach.of(latex, cases, first=1, last=last, costly_from=4)
    return Entry(Claim(name, says, statement, sources=OURS, uses=uses, topic="judged"), evidence)


def fails(what, cases, upto=4):
    return Control(what, ForEach.of(what, cases, first=1), upto=upto)


GAP = fails("PTF_2 in AND", inside("PTF_2", "AND"))
LAYER = Control("the witness with a threshold moved by one", ForEach.once("moved", lambda: [Case("degree", least_degree(8), 3)]))
AT_41 = Certified(4), Counterexample(at=A + B), GAP, LAYER
AT_5 = Certified(4), Counterexample(at=5), GAP
FAMILY = (
    entry(
        "pm1_gating_subset_multiplexing",
        "Every +-1 product of two threshold functions is one unit attended by one other.",
        r"\operatorname{PM}(n) \subset \operatorname{MUX}(n)",
        in_multiplexing,
        Certified(3),
        Counterexample(at=4),
        fails("the first gate alone", lambda n: [Case(f"{XNOR:#x}, gate 0", int(not_separated(XNOR, 0, 4)), 0)]),
    ),
    entry(
        "pm1_gating_subset_multiplexing_of_n_le_3",
        "Up to three inputs every +-1 product of two threshold functions is in MUX.",
        r"\operatorname{PM}(n) \subset \operatorname{MUX}(n)",
        in_multiplexing,
        Certified(3),
        fails("the same at n = 4", in_multiplexing),
        last=3,
    ),
    entry(
        "pm1_gating_subset_sm_n_2_1",
        "The XNOR of two threshold functions takes two hidden threshold units and a readout.",
        r"\operatorname{PM}(n) \subset \operatorname{SM}(n,2,1)",
        inside("PM", "SM"),
        Certified(3),
        Counterexample(at=4),
        GAP,
    ),
    entry(
        "sm_n_2_1_subset_pm1_gating",
        "Two hidden threshold units and a readout are a +-1 product of two threshold functions.",
        r"\operatorname{SM}(n,2,1) \subset \operatorname{PM}(n)",
        inside("SM", "PM"),
        *AT_5,
    ),
    entry(
        "pm1_gating_eq_quadratic_threshold",
        "The +-1 products of two threshold functions are the quadratic threshold functions.",
        r"\operatorname{PM}(n) = \operatorname{PTF}_2(n)",
        equal,
        Certified(3),
        Counterexample(at=4),
        GAP,
    ),
    entry(
        "and_gating_subset_quadratic_threshold",
        "The AND of two threshold functions is a quadratic threshold function.",
        r"\operatorname{AND}(n) \subset \operatorname{PTF}_2(n)",
        inside("AND", "PTF_2"),
        *AT_41,
    ),
    entry(
        "sm_n_2_1_subset_quadratic_threshold_of_n_le_5",
        "Up to five inputs two hidden threshold units and a readout, so any AND or OR of two, are a quadratic threshold function.",
        r"\operatorname{SM}(n,2,1) \subset \operatorname{PTF}_2(n)",
        quadratic,
        Certified(4, full=5),
        fails("PTF_2 in SM", inside("PTF_2", "SM")),
        last=5,
    ),
    entry(
        "and_gating_subset_pm1_gating",
        "The AND of two threshold functions is the XNOR of two threshold functions.",
        r"\operatorname{AND}(n) \subset \operatorname{PM}(n)",
        inside("AND", "PM"),
        *AT_5,
    ),
    entry(
        "any_two_input_gate_eq_pm1_gating",
        "Whatever gate combines two threshold functions, the result is also an XOR of two threshold functions.",
        r"\{f \circ g\} = \operatorname{PM}(n)",
        any_gate,
        *AT_5,
    ),
    entry(
        "any_two_input_gate_eq_pm1_gating_of_n_le_4",
        "Up to four inputs, whatever gate combines two threshold functions, the result is also an XOR of two.",
        r"\{f \circ g\} = \operatorname{PM}(n)",
        any_gate,
        Certified(4),
        GAP,
        last=4,
    ),
    entry(
        "and_gating_count_le_pm1_gating_count",
        "There are at most as many 0/1 products as +-1 products of two gates.",
        r"\#\operatorname{AND}(n) \le \#\operatorname{PM}(n)",
        count,
        Certified(4),
        fails("#PM <= #AND", lambda n: [Case(f"n = {n}", len(classes(n)["PM"]), len(classes(n)["AND"]), "<=")]),
    ),
)
