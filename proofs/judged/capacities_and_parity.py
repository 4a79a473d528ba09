"""Capacity bounds for every n, the attending units that parity takes, and eight functions of four inputs class by class.

Says: C <= 2n^2 for AND, PM, MUX, SYN, ACT and SM(n,2,1) at every n; log2 #SHARED(n,m;G) <= (m+1)n^2 fails at n = 1, m = 2 and holds
for n >= 2; parity of n inputs takes exactly floor(n/2) attending units up to n = 5.
Idea: a unit with p parameters has at most Cov(n,p) <= 4 * 2^(n(p-1))/(p-1)! functions once 2^n > 3p - 3, and n! (n+1)! exceeds
2^(n+5) from n = 4 on. Up to n = 6 there are only 2^(2^n) <= 2^(2n^2) functions at all.
Edges: T(1) = 4 > 2 is why the bound for a shared gate fails at n = 1.
"""

from functools import cache, partial
from itertools import combinations_with_replacement
from math import comb

from sympy import Symbol

from workbench import (
    BadInput,
    BooleanFunction,
    Bound,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    DualWitness,
    Entry,
    ForEach,
    Hand,
    Identity,
    Network,
    Rejected,
    Source,
    Synapse,
    Unit,
    threshold_tables,
    threshold_unit,
)
from workbench.classes import layered, multiplexing, output_gating, shared_gate, synaptic_gating

OURS = (Source("workbench2026", "derived in this file", read=True),)
N, M = Symbol("n", integer=True), Symbol("m", integer=True)


def cov(n, p):
    """At least the number of functions of n bits of a threshold unit with p parameters, one of them a bias."""
    return 2 * sum(comb(2**n - 1, k) for k in range(p))


def at_most_all(n, bound):
    """The bound, or the number of all functions if that is less; 2^(2^n) is not written out where the bound is far below it."""
    return min(bound, 2 ** min(2**n, bound.bit_length()))


def sizes(n):
    """Enumerated sizes up to n = 3, and bounds on the sizes of all six classes."""
    yield "all functions or the bound for MUX", at_most_all(n, cov(n, n + 1) * cov(n, n + 2))
    yield "all functions or the bound for AND, PM, SYN, ACT, SM", at_most_all(n, 2 * cov(n, n + 1) ** 2)
    if n <= 3:
        gates, above = threshold_tables(n), threshold_tables(n + 1)
        yield "MUX", len(multiplexing(gates, above, n))
        yield "SM", len(layered(gates, n))
        for convention in ("01", "pm1"):
            yield f"products, outputs {convention}", len(output_gating(gates, n, outputs=convention))
            for inputs in ("01", "pm1"):
                found = synaptic_gating(gates, above, n, n - 1, inputs=inputs, outputs=convention)
                yield f"SYN, inputs {inputs}, gate {convention}", len(found)


def capacities(n, *, exponent=2):
    for name, size in sizes(n):
        yield Case(f"n = {n}, {name}", size, 2 ** (exponent * n * n), "<=")


def shared(n):
    """Enumerated sizes for n <= 2 and m <= 2, else T(n)^(m+1) for m <= 4; the statement is checked for those m."""
    for m in (1, 2, 3, 4):
        for outputs in ("01", "pm1"):
            exact = n <= 2 and m <= 2
            if n > 4:
                size = cov(n, n + 1) ** (m + 1)
            else:
                gates = threshold_tables(n)
                size = len(shared_gate(gates, n, m, outputs=outputs)) if exact else len(gates) ** (m + 1)
            if exact or n > 1:
                yield Case(f"n = {n}, m = {m}, outputs {outputs}", size, 2 ** ((m + 1) * n * n), "<=")


def not_separated(table, g, n):
    """1 if two true and two false points (x, g(x)) have equal sums, so that no threshold function separates them; else 0."""
    sums = {0: set(), 1: set()}
    for a, b in combinations_with_replacement(range(1 << n), 2):
        if (bit := table >> a & 1) == table >> b & 1:
            sums[bit].add((*((a >> i & 1) + (b >> i & 1) for i in range(n)), (g >> a & 1) + (g >> b & 1)))
    return int(bool(sums[0] & sums[1]))


def parity(n):
    return BooleanFunction.from_rule(lambda *v: sum(v) % 2, n=n).table


def attended(n, units):
    names = [f"x{i}" for i in range(n)]
    attending = [threshold_unit(f"g{k}", dict.fromkeys(names, 2), 1 - 4 * k) for k in range(1, units + 1)]
    synapses = (*(Synapse(x, 2) for x in names), *(Synapse(g.name, -4, attention=True) for g in attending))
    return Network.of(names, [*attending, Unit("F", "threshold", synapses, -1)], ["F"])


def attending_units(n, *, less=0):
    if n > 5:
        raise BadInput(f"n = {n} > 5: that {n // 2 - 1} attending units do not suffice is not decided")
    yield Case(f"n = {n}, floor(n/2) units suffice", attended(n, n // 2 - less).function().table, parity(n))
    if n in (2, 3):
        try:
            DualWitness(n, parity(n), 1, tuple((k, 1) for k in range(1 << n))).check()
            needed = 1
        except Rejected:
            needed = 0
        yield Case(f"n = {n}, parity is no threshold function", needed, 1)
    if n in (4, 5):  # a unit for five inputs, one of them fixed, is a unit for four
        excluded = sum(not_separated(parity(4), g, 4) for g in threshold_tables(4))
        yield Case(f"n = {n}, gates with which parity of 4 inputs is not in MUX(4)", excluded, len(threshold_tables(4)))


MEMBERSHIPS = {  # AND, PM, MUX, SM(.,2,1)
    "x_0x_2 XOR x_1x_3": (lambda a, b, c, d: (a & c) ^ (b & d), (0, 1, 1, 1)),
    "(x_0 XOR x_1) AND (x_2 XOR x_3)": (lambda a, b, c, d: (a ^ b) & (c ^ d), (1, 1, 1, 1)),
    "(x_0 XOR x_1) OR (x_2 XOR x_3)": (lambda a, b, c, d: (a ^ b) | (c ^ d), (0, 1, 1, 1)),
    "x_0x_2 OR x_1x_3": (lambda a, b, c, d: (a & c) | (b & d), (1, 1, 1, 1)),
    "x_0 = x_2 and x_1 = x_3": (lambda a, b, c, d: a == c and b == d, (1, 1, 1, 1)),
    "x_0 + 2x_1 > x_2 + 2x_3": (lambda a, b, c, d: a + 2 * b > c + 2 * d, (1, 1, 1, 1)),
    "1 <= sum x <= 2": (lambda a, b, c, d: 1 <= a + b + c + d <= 2, (1, 1, 1, 1)),
    "parity": (lambda a, b, c, d: (a + b + c + d) % 2, (0, 0, 0, 0)),
}


@cache
def classes_of_four():
    gates = threshold_tables(4)
    return output_gating(gates, 4, outputs="01"), output_gating(gates, 4, outputs="pm1"), layered(gates, 4)


def memberships(expected=MEMBERSHIPS):
    """SM(4,2,1) lies in MUX(4), which decides MUX for seven of the functions; parity is excluded gate by gate."""
    gates = threshold_tables(4)
    both, sign, hidden = classes_of_four()
    for name, (rule, want) in expected.items():
        t = BooleanFunction.from_rule(rule, n=4).table
        in_mux = 1 if t in hidden else 0 if all(not_separated(t, g, 4) for g in gates) else "undecided"
        yield Case(f"{name} in AND, PM, MUX, SM", (int(t in both), int(t in sign), in_mux, int(t in hidden)), want)


def claim(name, says, statement, uses=()):
    return Claim(name, says, statement, sources=OURS, uses=uses, topic="judged")


SHARED = r"\log_2 \#\operatorname{SHARED}(n,m;G) \le (m+1)n^2"
FAMILY = (
    Entry(
        claim(
            "gated_capacity_le_two_n_squared",
            "AND, PM, MUX, SYN, ACT and SM(n,2,1) have capacity at most 2n^2, for every n.",
            ForEach.of(r"\log_2 \#A(n) \le 2n^2", capacities, first=1, costly_from=41),
            uses=("capacity_le_n_bits_per_parameter", "sm_n_2_1_eq_and_union_or"),
        ),
        (
            Derived.of(
                Bound.of(3 * N + 4, 2**N, where={N: 4}, note="2^n - 1 >= 3(n + 1), so binomials at least double up to k = n + 1"),
                Hand("so Cov(n,p) <= 4 C(2^n - 1, p - 1) <= 4 * 2^(n(p-1))/(p - 1)! for p = n + 1 and n + 2, n >= 4"),
                Hand("MUX has at most Cov(n,n+1) Cov(n,n+2) functions; AND, PM, SYN, ACT at most Cov(n,n+1)^2, and SM twice that"),
                Hand(
                    "from n = 4 on n! (n+1)! > 2^(n+5), as 2880 > 2^9 and it more than doubles with n, and (n!)^2 > 2^5; so "
                    "16 * 2^(2n^2+n)/(n! (n+1)!) and 32 * 2^(2n^2)/(n!)^2 are at most 2^(2n^2)"
                ),
                Hand("for n <= 3 all functions together number 2^(2^n) <= 2^(2n^2)"),
            ),
            Certified(20, full=40),
            Control("n^2", ForEach.of("C", partial(capacities, exponent=1), first=1)),
            Control("2^n - 1 >= 3(n + 1) from n = 3 on", Bound.of(3 * N + 4, 2**N, where={N: 3})),
        ),
    ),
    Entry(
        claim(
            "shared_gate_capacity_le_m_plus_one_n_squared",
            "m units with one common gate have capacity at most (m+1)n^2.",
            ForEach.of(SHARED, shared, first=1, costly_from=5),
        ),
        (Counterexample(at=1), Control("m n^2", ForEach.of("m", lambda n: [Case("n = 2, m = 2", 242, 2**7, "<=")], first=2))),
    ),
    Entry(
        claim(
            "shared_gate_capacity_le_m_plus_one_n_squared_of_n_ge_2",
            "m units with one gate: at most (m+1)n^2, n >= 2.",
            ForEach.of(SHARED, shared, first=2, costly_from=21),
            uses=("threshold_capacity_le_n_squared_of_n_ge_2",),
        ),
        (
            Derived.of(
                Identity.of(2 ** (M * N**2) * 2 ** (N**2), 2 ** ((M + 1) * N**2), note="one more function, n^2 bits more"),
                Hand("m + 1 threshold functions make a vector, so #SHARED(n,m;G) <= T(n)^(m+1), and T(n) <= 2^(n^2) from n = 2 on"),
            ),
            Certified(8, full=20),
            Control("the same at n = 1", ForEach.of("n = 1", shared, first=1)),
        ),
    ),
    Entry(
        claim(
            "parity_attending_units_eq_floor_half_n",
            "Parity of n inputs takes exactly floor(n/2) attending units.",
            ForEach.of(r"\oplus_n \in \operatorname{ATT}(n,m) \Leftrightarrow m \ge \lfloor n/2 \rfloor", attending_units, first=1),
        ),
        (Certified(5), Control("one unit less", ForEach.of("m", partial(attending_units, less=1), first=2))),
    ),
    Entry(
        claim(
            "inner_product_four_membership",
            "Of eight functions parity is in no class, two are in all but AND.",
            ForEach.once(r"f \in \operatorname{AND}, \operatorname{PM}, \operatorname{MUX}, \operatorname{SM}", memberships),
            uses=("sm_n_2_1_subset_multiplexing",),
        ),
        (
            Certified(0),
            Control(
                "the inner product in AND",
                ForEach.once(
                    "AND", lambda: memberships({"x_0x_2 XOR x_1x_3": (lambda a, b, c, d: (a & c) ^ (b & d), (1, 1, 1, 1))})
                ),
            ),
        ),
    ),
)
