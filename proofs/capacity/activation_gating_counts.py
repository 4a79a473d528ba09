"""How many functions a threshold unit computes whose activation is gated by another one, in the four conventions.

Says: with the bias gated too, a +-1 gate gives exactly PM(n). With the bias outside, T(n-1)^2 <= #ACT(n;01,G) and
T(n-2)^2 <= #ACT(n;pm1,G), and # <= T(n) Cov(n, n+1); ACT(n;01,01) is the part of AND(n) that is 0 at the origin and the part of
OR(n) that is 1 there.
Idea: a closed 0/1 gate leaves H(b), the value at the origin; a +-1 gate turns the activation around.
Edges: T(n-1)^2 is no lower bound for inputs -1, 1 and a 0/1 gate: 14 < 16 at n = 2. Where s = 0, sgn(g s) does not follow
g. The leading term 2 n^2 needs log2 T(n) = n^2 (1 + o(1)), which is cited and not derived.
"""

from itertools import product
from math import comb

from sympy import Abs, Heaviside, Rational, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForAll,
    ForEach,
    H,
    Hand,
    Identity,
    threshold_count,
    threshold_polynomials,
    threshold_tables,
)
from workbench.classes import complements, full_table, output_gating

p, q, t, g, u, b, K, sigma = symbols("p q t g u b K sigma", real=True)
r, e, beta = symbols("r e beta", positive=True)
half = Rational(1, 2)
CONVENTIONS = tuple(product(("01", "pm1"), repeat=2))  # inputs, gate


def sgn(z):
    return 2 * Heaviside(z, 0) - 1


def count(n):
    return threshold_count(n).count


def opposite(table, n):
    """The table of f(-x)."""
    return int(f"{table:0{2**n}b}"[::-1], 2)


def closed_by_zero(n, inputs):
    """The pairs (f, H(b)) of f = H(w.x + b): what a 0/1 gate shows when open and when closed.

    For inputs 0, 1 the second is f at the origin. For -1, 1 it may be 1 unless f rejects some x and -x, 0 unless it accepts both.
    """
    full = full_table(n)
    for f in threshold_tables(n):
        if inputs == "01":
            yield f, f & 1
            continue
        if f | opposite(f, n) == full:
            yield f, 1
        if f & opposite(f, n) == 0:
            yield f, 0


def turned(n):
    """The pairs (H(w.x + b), H(-w.x + b)) for inputs 0, 1 and integer w, |w_i| <= 2: enough of them, perhaps not all."""
    for w in product(range(-2, 3), repeat=n):
        values = [sum(c for i, c in enumerate(w) if k >> i & 1) for k in range(2**n)]
        for b2 in range(-4 * n - 1, 4 * n + 2, 2):  # twice the bias
            yield tuple(sum(1 << k for k, v in enumerate(values) if 2 * side * v + b2 > 0) for side in (1, -1))


def ungated_bias(n, inputs, outputs):
    """ACT(n;X,G), the functions H(g(x) (w.x) + b); for inputs 0, 1 and a +-1 gate a part of it."""
    full, gates = full_table(n), threshold_tables(n)
    if outputs == "01":
        return {f & g | (full & ~g if constant else 0) for f, constant in closed_by_zero(n, inputs) for g in gates}
    if inputs == "01":
        return {a & g | b & ~g for a, b in set(turned(n)) for g in gates}
    return {f & g | opposite(f, n) & ~g for f in gates for g in gates}


def wider(n, inputs, outputs):
    """A set that contains ACT(n;X,G): for inputs 0, 1 and a +-1 gate, all pairs of gates that agree at the origin."""
    if (inputs, outputs) != ("01", "pm1"):
        return ungated_bias(n, inputs, outputs)
    gates = threshold_tables(n)
    pairs = [(a, c) for a in gates for c in gates if (a ^ c) & 1 == 0]
    return {a & g | c & ~g for a, c in pairs for g in gates}


def below(n, *, selectors=1):
    for inputs, outputs in CONVENTIONS:
        taken = selectors + (inputs == "pm1")
        if n >= taken:
            yield Case(
                f"inputs {inputs}, gate {outputs}, n = {n}", count(n - taken) ** 2, len(ungated_bias(n, inputs, outputs)), "<="
            )


def above(n, *, gates=count):
    for inputs, outputs in CONVENTIONS:
        found, cover = len(wider(n, inputs, outputs)), 2 * sum(comb(2**n - 1, k) for k in range(n + 1))
        yield Case(f"inputs {inputs}, gate {outputs}, n = {n}", found, gates(n) * cover, "<=")
        if (inputs, outputs) == ("pm1", "pm1"):
            yield Case(f"inputs {inputs}, gate {outputs}, n = {n}: T(n)^2", found, gates(n) ** 2, "<=")


def evaluated(n):
    """ACT(n;01,01) from its definition, one choice of weights for each threshold function."""
    found = set()
    for f in threshold_polynomials(n).values():
        weights = f.poly.on("01").coefficients
        bias = weights.get((), 0)
        through = [sum(weights.get((i,), 0) for i in range(n) if k >> i & 1) for k in range(2**n)]
        found |= {sum(1 << k for k, v in enumerate(through) if (g >> k & 1) * v + bias > 0) for g in threshold_tables(n)}
    return found


def split(n, *, point=0):
    both = output_gating(threshold_tables(n), n, outputs="01")
    either = complements(both, n)
    zero = {f for f in both if not f >> point & 1}
    got = evaluated(n)
    yield Case(f"n = {n}: functions", got, zero | {f for f in either if f >> point & 1})
    yield Case(f"n = {n}: count", len(got), 2 * len(zero))


def with_gated_bias(n):
    """PM(n) from its definition as H(g s) with s never 0."""
    full, gates = full_table(n), threshold_tables(n)
    built = frozenset(f & g | (full & ~f) & ~g for f in gates for g in gates)
    yield Case(f"n = {n}", built, output_gating(gates, n, outputs="pm1"))


TURN = {"where": {g: "sign", sigma: "sign"}}
BIT, SIGN = {t: "bit"}, {t: "sign"}
FREE = {K: Abs(p) + 2 * Abs(b) + r + e}
FIXED = {K: Abs(p) + beta + r + e}
STORED = (1 - t) * H(p) + t * H(q)
STORED_SIGN = half * (1 - t) * H(p) + half * (1 + t) * H(q)


def store(activation, stored, domain, given, note):
    """The function is p on one face of the selector t and q on the other.

    p = w.x' + b is the activation without the selector; that of the stored gate, q = sigma r, is never 0.
    """
    sides = (side.subs(q, sigma * r) for side in (H(activation), stored))
    return Identity.of(*sides, where=domain | {sigma: "sign"}, given=given, note=note)


FAMILY = (
    Entry(
        Claim(
            name="activation_gating_eq_pm1_gating_of_gated_bias",
            says="Gating a whole activation, bias included, by a +-1 unit gives exactly the +-1 products of two threshold units.",
            statement=ForAll.of(Identity.of(sgn(g * sigma * r), g * sgn(sigma * r), **TURN, note="s = sigma r, never 0")),
            hypotheses=("the ungated activation s = w.x + b vanishes nowhere on the cube",),
            sources=(HERE,),
            topic="capacity",
        ),
        (
            Derived(),
            Certified(3, of=ForEach.of(r"\{H(g s)\} = PM(n)", with_gated_bias, first=0, costly_from=4)),
            Control("an activation that may be 0", Identity.of(sgn(g * u), g * sgn(u), where={g: "sign"})),
            Control("a 0/1 gate", Identity.of(sgn(g * sigma * r), g * sgn(sigma * r), where={g: "bit", sigma: "sign"})),
        ),
    ),
    Entry(
        Claim(
            name="activation_gating_count_lower_bound",
            says="With an ungated bias at least T(n-1)^2 functions are computed for inputs 0, 1, and T(n-2)^2 for inputs -1, 1.",
            statement=ForEach.of(r"T(n-1)^2 \le \#ACT(n; 01, G),\ T(n-2)^2 \le \#ACT(n; \pm 1, G)", below, first=1, costly_from=4),
            hypotheses=("both gates G; n >= 2 for inputs -1, 1",),
            sources=(HERE,),
            uses=("ungated_bias_stores_two_functions",),
            topic="capacity",
        ),
        (
            Derived.of(
                store(sgn(q + K * (1 - t)) * (p - b + K * t) + b, STORED, BIT, FREE, "(01,pm1)"),
                store(H(q + K * (1 - t)) * (p + beta + K * t) - beta, STORED, BIT, FIXED, "(01,01), bias -beta"),
                store(H(K * (1 - t) - q) * (p - beta - K * t) + beta, STORED, BIT, FIXED, "(01,01), bias beta"),
                store(sgn(q + K * (1 - t)) * (p - b + 2 * K * t + K) + K + b, STORED_SIGN, SIGN, FREE, "(pm1,pm1)"),
                store(H(q + K * (1 - t)) * (p - b + K * t + 2 * K) - K + b, STORED_SIGN, SIGN, FREE, "(pm1,01)"),
                Hand("for inputs 0, 1 the bias is the activation at the origin, not 0; for -1, 1 another selector is 1"),
                Hand("different pairs of stored functions give functions that differ on one of the two faces"),
            ),
            Certified(3),
            Control("one selector fewer", ForEach.of("T(n)^2, T(n-1)^2", lambda n: below(n, selectors=0), first=1)),
        ),
    ),
    Entry(
        Claim(
            name="activation_gating_count_upper_bound",
            says="With the bias not gated, at most T(n) Cov(n, n+1) functions are computed, T(n)^2 if inputs and gate are -1, 1.",
            statement=ForEach.of(
                r"\#ACT(n; X, G) \le T(n) \operatorname{Cov}(n, n+1),\ \#ACT(n; \pm 1, \pm 1) \le T(n)^2",
                above,
                first=1,
                costly_from=4,
            ),
            hypotheses=("all four conventions",),
            sources=(HERE,),
            uses=("capacity_le_n_bits_per_parameter",),
            topic="capacity",
        ),
        (
            Derived.of(
                Identity.of(
                    H(g * (p + q) + b),
                    H(g * p + g * q + b),
                    note="linear in the weights, with features g x_i and 1",
                ),
                Hand("given one of T(n) gates, n + 1 parameters act on 2^n points; for +-1, the points g(x) x are in the cube"),
            ),
            Certified(3),
            Control("no choice of the gate", ForEach.of("Cov(n, n+1)", lambda n: above(n, gates=lambda n: 1), first=1), upto=2),
        ),
    ),
    Entry(
        Claim(
            name="activation_gating_01_eq_and_or_split_at_origin",
            says="ACT(n;01,01) is the part of AND(n) that is 0 at the origin and the part of OR(n) that is 1 there, two halves.",
            statement=ForEach.of(
                r"ACT(n; 01, 01) = \{F \in AND(n): F(0) = 0\} \cup \{F \in OR(n): F(0) = 1\}", split, first=1, costly_from=4
            ),
            sources=(HERE,),
            topic="capacity",
        ),
        (
            Derived.of(
                Identity.of(
                    H(g * u + b), g * H(u + b) + (1 - g) * H(b), where={g: "bit"}, note="an open gate shows f, a closed one H(b)"
                ),
                Hand("H(b) = f(0): if it is 0, F = f AND g with f(0) = 0; if it is 1, F = f OR NOT g with f(0) = 1"),
                Hand("f AND g is 0 at the origin iff a factor is, which may be called f; the second part complements the first"),
            ),
            Certified(3),
            Control("another point than the origin", ForEach.of("point 1", lambda n: split(n, point=1), first=1), upto=3),
        ),
    ),
)
