"""Exact counts when the two units read different inputs, and bounds when one reads a subset.

Says: with f on n inputs and g on m others there are (T(n)-1)(T(m)-1) + 1 products for 0/1 outputs, T(n) T(m)/2 for +-1 outputs, and
T(n) + (T(n+1)-T(n))(T(m)-2)/2 multiplexed functions. If g reads m of the n inputs of f: T(n-1) T(m-1) <= # <= T(n) T(m), or
T(n+1) T(m) for multiplexing.
Idea: a product other than 0 shows both factors, up to a common sign if +-1; a function that depends on g shows g up to negation.
Edges: n = 0 or m = 0 leaves a constant as one of the units; the three formulas then give T of the other.
"""

from sympy import Abs, Heaviside, symbols

from workbench import (
    HERE,
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
    threshold_count,
    threshold_tables,
)
from workbench.classes import faces, full_table

f, g, h, K, p, q, s, t = symbols("f g h K p q s t", real=True)
T, U, V = symbols("T U V", positive=True)
e = symbols("e", positive=True)
KINDS = ("01", "pm1", "multiplexing")


def sgn(z):
    return 2 * Heaviside(z, 0) - 1


def count(n):
    return threshold_count(n).count


def spread(table, n, m):
    """A function of the first n of n + m inputs."""
    return sum(table << (k * 2**n) for k in range(2**m))


def stretched(table, n, m):
    """A function of the last m of n + m inputs."""
    return sum(full_table(n) << (k * 2**n) for k in range(2**m) if table >> k & 1)


def functions(kind, n, m, *, gates):
    """All functions of one kind, f on the first n of n + m inputs and the gates as tables of all n + m inputs."""
    full = full_table(n + m)
    if kind == "multiplexing":
        pairs = {(spread(low, n, m), spread(high, n, m)) for low, high in faces(threshold_tables(n + 1), n)}
        return {low & ~gate | high & gate for low, high in pairs for gate in gates}
    attended = [spread(table, n, m) for table in threshold_tables(n)]
    return {a & b if kind == "01" else a ^ b ^ full for a in attended for b in gates}


FORMULAS = {
    "01": lambda n, m: (count(n) - 1) * (count(m) - 1) + 1,
    "pm1": lambda n, m: count(n) * count(m) // 2,
    "multiplexing": lambda n, m: count(n) + (count(n + 1) - count(n)) * (count(m) - 2) // 2,
}


def disjoint(kind, formula):
    def cases(total):
        for n in range(total + 1):
            m = total - n
            gates = [stretched(table, n, m) for table in threshold_tables(m)]
            yield Case(f"f on {n} inputs, g on {m} others", len(functions(kind, n, m, gates=gates)), formula(n, m))

    return cases


def subset(n, *, kinds=KINDS, selectors=1):
    for m in range(1, n + 1):
        gates = [spread(table, m, n - m) for table in threshold_tables(m)]
        for kind in kinds:
            found = len(functions(kind, n, 0, gates=gates))
            most = count(n + (kind == "multiplexing")) * count(m)
            yield Case(f"n = {n}, m = {m}, {kind}: lower", count(n - selectors) * count(m - selectors), found, "<=")
            yield Case(f"n = {n}, m = {m}, {kind}: upper", found, most, "<=")


def exact(kind, name, says, latex, near, *steps):
    claim = Claim(
        name,
        says,
        ForEach.of(latex, disjoint(kind, FORMULAS[kind]), first=0, index="N", costly_from=5),
        ("N = n + m inputs in all, n, m >= 0, and no input is shared",),
        (HERE,),
        topic="capacity",
    )
    return Entry(
        claim,
        (
            Derived.of(*steps),
            Certified(3 if kind == "multiplexing" else 4),
            Control(near[0], ForEach.of("near", disjoint(kind, near[1]), first=0, index="N"), upto=2),
        ),
    )


STORE = {"where": {s: "bit"}, "given": {K: Abs(p) + Abs(q) + e}}
STORED = (
    Identity.of(
        H(p + K * s) * H(q + K * (1 - s)), (1 - s) * H(p) + s * H(q), **STORE, note="0/1: the selector s is one of the m inputs"
    ),
    Identity.of(sgn(p + K * s) * sgn(q + K * (1 - s)), (1 - s) * sgn(p) + s * sgn(q), **STORE, note="+-1"),
    Identity.of(H(p - K * s + 2 * K * H(q - K * (1 - s))), (1 - s) * H(p) + s * H(q), **STORE, note="multiplexing"),
)

FAMILY = (
    exact(
        "01",
        "and_count_of_disjoint_inputs",
        "Gates of n and of m other inputs have exactly (T(n)-1)(T(m)-1) + 1 products of 0/1 outputs.",
        r"\#\{f(x) g(y)\} = (T(n) - 1)(T(m) - 1) + 1",
        ("the product 0 not counted", lambda n, m: (count(n) - 1) * (count(m) - 1)),
        Identity.of(T * U - (T + U - 1), (T - 1) * (U - 1), note="of all T U pairs, T + U - 1 have a factor 0"),
        Hand("a product that is not 0 is f(x) on the line y = y0 where g(y0) = 1, and g(y) on x = x0: it shows both factors"),
        Hand("the pairs with a factor 0 all have the product 0, which is one more function"),
    ),
    exact(
        "pm1",
        "pm1_count_of_disjoint_inputs",
        "Gates of n and of m other inputs have exactly T(n) T(m)/2 products of +-1 outputs.",
        r"\#\{f(x) g(y)\} = \frac{T(n)\, T(m)}{2}",
        ("all pairs", lambda n, m: count(n) * count(m)),
        Identity.of(f * g * h * g, f * h, where={f: "sign", g: "sign", h: "sign"}, note="f(x) g(y) f(x0) g(y) = f(x) f(x0)"),
        Hand("so the product shows f up to the sign f(x0), and then g; and (-f)(-g) = f g, -f and -g being gates again"),
    ),
    exact(
        "multiplexing",
        "multiplexing_count_of_disjoint_inputs",
        "A unit of n inputs attended by a unit of m others computes exactly T(n) + (T(n+1)-T(n))(T(m)-2)/2 functions.",
        r"\#\{H(s(x) + a g(y))\} = T(n) + \frac{(T(n+1) - T(n))(T(m) - 2)}{2}",
        ("constant gates counted", lambda n, m: count(n) + (count(n + 1) - count(n)) * count(m) // 2),
        Identity.of(H(s + q * g), H((s + q) - q * (1 - g)), where={g: "bit"}, note="flip the input that g feeds, and negate g"),
        Hand("F(x, y) = Phi(x, g(y)); if Phi ignores g or g is constant, F is one of the T(n) threshold functions of x"),
        Hand("else F shows g up to negation, at an x where the faces of Phi differ, and then Phi: half of the pairs"),
    ),
    Entry(
        Claim(
            name="subset_gate_capacity_eq_sum_of_squares",
            says="A gate of m of the n inputs gives T(n-1) T(m-1) to T(n) T(m) functions, up to T(n+1) T(m) if multiplexed.",
            statement=ForEach.of(
                r"T(n-1)\, T(m-1) \le \# \le T(n)\, T(m) \text{ or } T(n+1)\, T(m), \quad 1 \le m \le n", subset, first=1
            ),
            hypotheses=("both output conventions, and multiplexing",),
            sources=(HERE,),
            uses=("and_gating_stores_two_functions", "pm1_gating_stores_two_functions", "multiplexing_stores_two_functions"),
            topic="capacity",
        ),
        (
            Derived.of(
                *STORED,
                Hand("both units see s; q may read the other m - 1 inputs of the gate, and p all n - 1 others"),
                Hand("the upper bounds count the pairs (f, g), or (Phi, g) with Phi a threshold function of (x, g)"),
            ),
            Certified(3),
            Control("no selector: T(n) T(m)", ForEach.of("T(n) T(m)", lambda n: subset(n, selectors=0), first=1)),
        ),
    ),
)
