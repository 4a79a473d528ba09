"""How many functions a threshold unit with one gated synapse computes, in the four conventions of inputs and gate.

Says: #MUX(n-1) <= #SYN(n;X,G) <= T(n) Cov(n, n+1), with a sharper upper bound for each convention; for inputs 0, 1 the class is
within ADDSYN(n;01), within MUX(n); a synapse gated by a linear unit gives exactly T(n-1)^2 functions.
Idea: on the face x_j = 1 the gated synapse is an attending unit; for inputs 0, 1 the product g x_j is itself a threshold function.
Edges: T(n-1)^2 is no lower bound: SYN(2;X,01) has 14 functions and T(1)^2 is 16. Recoding the inputs changes the class. The
leading term 2 n^2 needs log2 T(n) = n^2 (1 + o(1)), which is cited and not derived.
"""

from itertools import product
from math import comb

from sympy import Abs, Rational, symbols

from workbench import (
    HERE,
    PTF,
    Case,
    Certified,
    Claim,
    Control,
    Cube,
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
from workbench.classes import full_table, input_table, multiplexing, synaptic_gating, ternary_dichotomies

s, w, g, h, x, p, q, y, z, K, sigma = symbols("s w g h x p q y z K sigma", real=True)
r, e = symbols("r e", positive=True)
half = Rational(1, 2)
CONVENTIONS = tuple(product(("01", "pm1"), repeat=2))  # inputs, gate


def count(n):
    return threshold_count(n).count


def cover(n, p):
    return 2 * sum(comb(2**n - 1, k) for k in range(p))


def gated(n, inputs, outputs):
    return synaptic_gating(threshold_tables(n), threshold_tables(n + 1), n, n - 1, inputs=inputs, outputs=outputs)


def mux(n):
    return multiplexing(threshold_tables(n), threshold_tables(n + 1), n)


def ternary(n):
    return len(ternary_dichotomies(threshold_tables(n + 1), n))


def additive(n, inputs):
    """ADDSYN(n;X): a threshold function of x and y = g x_j, j the last input; 0/1 and +-1 gates give the same class."""
    last, full = input_table(n, n - 1), full_table(n)
    found = set()
    for phi, gate in product(threshold_tables(n + 1), threshold_tables(n)):
        third = gate & last if inputs == "01" else gate ^ last ^ full
        found.add(phi & full & ~third | phi >> 2**n & third)
    return frozenset(found)


SHARPER = {
    ("01", "01"): ("T(n-1) T(n)", lambda n: count(n - 1) * count(n)),
    ("01", "pm1"): ("T(n-1) R(n)", lambda n: count(n - 1) * ternary(n)),
    ("pm1", "01"): ("T(n) R(n)", lambda n: count(n) * ternary(n)),
    ("pm1", "pm1"): ("T(n)^2", lambda n: count(n) ** 2),
}


def below(n, *, of=None):
    for inputs, outputs in CONVENTIONS:
        found = len(gated(n, inputs, outputs))
        if of is not None:
            yield Case(f"inputs {inputs}, gate {outputs}, n = {n}", of(n), found, "<=")
            continue
        yield Case(f"inputs {inputs}, gate {outputs}, n = {n}: MUX", len(mux(n - 1)), found, "<=")
        yield Case(f"inputs {inputs}, gate {outputs}, n = {n}: T(n-2)^2", count(n - 2) ** 2, found, "<=")


def above(n, *, less=0):
    yield Case(f"n = {n}: R(n)", ternary(n), count(n + 1), "<=")
    for inputs, outputs in CONVENTIONS:
        label, found = f"inputs {inputs}, gate {outputs}, n = {n}", len(gated(n, inputs, outputs))
        name, bound = SHARPER[inputs, outputs]
        yield Case(f"{label}: T(n) Cov(n, n+1)", found, count(n) * cover(n, n + 1), "<=")
        yield Case(f"{label}: {name}", found, bound(n - less), "<=")


def included(n, *, inputs="01"):
    for outputs in ("01", "pm1"):
        yield Case(f"inputs {inputs}, gate {outputs}, n = {n}", gated(n, inputs, outputs), additive(n, inputs), "subset")
    if inputs == "01":
        yield Case(f"n = {n}: ADDSYN", additive(n, inputs), mux(n), "subset")


def additive_bounds(n, *, shift=1):
    for inputs in ("01", "pm1"):
        found = additive(n, inputs)
        yield Case(f"inputs {inputs}, n = {n}: lower", len(mux(n - shift)), len(found), "<=")
        yield Case(f"inputs {inputs}, n = {n}: upper", len(found), count(n) * cover(n, n + 2), "<=")
        for outputs in ("01", "pm1"):
            yield Case(f"inputs {inputs}, gate {outputs}, n = {n}: SYN", gated(n, inputs, outputs), found, "subset")


def linearly_gated(n):
    """The functions H(s(x') + l(x') x_j), with s and l solved for two given activations p, q on the faces of x_j."""
    found, shift = set(), {"01": (1, 0), "pm1": (half, half)}
    for inputs, (f, g) in product(shift, product(threshold_polynomials(n - 1).values(), repeat=2)):
        cube, last = Cube(n, inputs), (n - 1,)
        p, q = (part.poly.on(inputs).coefficients for part in (f, g))
        weights = {m: shift[inputs][0] * p.get(m, 0) + shift[inputs][1] * q.get(m, 0) for m in {*p, *q}}
        weights |= {(*m, *last): shift[inputs][0] * (q.get(m, 0) - p.get(m, 0)) for m in {*p, *q}}
        found.add((inputs, PTF.from_weights(weights, cube).table()))
    return found


def squares(n, *, shift=1):
    found = linearly_gated(n)
    for inputs in ("01", "pm1"):
        yield Case(f"inputs {inputs}, n = {n}", sum(kind == inputs for kind, _ in found), count(n - shift) ** 2)


def entry(name, says, statement, evidence, *uses, hypotheses=()):
    return Entry(Claim(name, says, statement, hypotheses, (HERE,), uses, "capacity"), evidence)


FACES = (
    Identity.of(
        H(s + w * g * x),
        (1 - x) * H(s) + x * H(s + w * g),
        where={x: "bit"},
        note="inputs 0, 1",
    ),
    Identity.of(
        H(s + w * g * x), half * (1 - x) * H(s - w * g) + half * (1 + x) * H(s + w * g), where={x: "sign"}, note="inputs -1, 1"
    ),
)
THRESHOLD = Identity.of(H(s + K * (x - 1)), H(s) * x, where={x: "bit"}, given={K: Abs(s) + e}, note="g x_j is a threshold function")

FAMILY = (
    entry(
        "synaptic_gating_count_lower_bound",
        "A threshold unit with one gated synapse computes at least #MUX(n-1) >= T(n-2)^2 functions, in all four conventions.",
        ForEach.of(r"T(n-2)^2 \le \#MUX(n-1) \le \#SYN(n; X, G)", below, first=2),
        (
            Derived.of(
                *FACES, Hand("restricted to x_j = 1 the class is MUX(n-1): the other weights, the bias, w_j and g are free there")
            ),
            Certified(3),
            Control(
                "T(n-1)^2",
                ForEach.of("T(n-1)^2", lambda n: below(n, of=lambda k: count(k - 1) ** 2), first=2),
            ),
        ),
        "gated_synapse_face_eq_multiplexing",
        "multiplexing_count_lower_bound",
    ),
    entry(
        "synaptic_gating_count_upper_bound",
        "One gated synapse gives at most T(n) Cov(n, n+1) functions, with a sharper bound in each convention.",
        ForEach.of(
            r"\#SYN(n; X, G) \le T(n) \operatorname{Cov}(n, n+1),\ \le T(n-1)T(n),\ T(n-1)R(n),\ T(n)R(n),\ T(n)^2", above, first=1
        ),
        (
            Derived.of(
                Identity.of(
                    H(s + w * (g * x + h * (1 - x)) * x),
                    H(s + w * g * x),
                    where={x: "bit"},
                    note="inputs 0, 1: g matters at x_j = 1 only",
                ),
                Hand("so for inputs 0, 1 there are T(n-1) gates, else T(n); given the gate, n + 1 parameters on 2^n points"),
                Identity.of(
                    H(s + w * (y + z - 1)),
                    H((s - w) + w * y + w * z),
                    where={y: "bit", z: "bit"},
                    note="g x_j in {-1, 0, 1} as two bits",
                ),
                Hand("F is a dichotomy of the points (x', g x_j): T(n) if g x_j has two values, else R(n) <= T(n+1)"),
            ),
            Certified(3),
            Control("the bounds of n - 1 inputs", ForEach.of("n - 1", lambda n: above(n, less=1), first=2)),
        ),
        "capacity_le_n_bits_per_parameter",
        hypotheses=(
            "R(n) counts the affine dichotomies of {0,1}^(n-1) x {-1,0,1}",
            "bounds in the order (01,01), (01,pm1), (pm1,01), (pm1,pm1)",
        ),
    ),
    entry(
        "synaptic_gating_subset_multiplexing_of_01_inputs",
        "For inputs 0, 1 a gated synapse is a special attending unit: SYN(n;01,G) lies in ADDSYN(n;01), and this in MUX(n).",
        ForAll.of(
            THRESHOLD,
            Identity.of(
                s + w * (2 * g - 1) * x,
                (s - w * x) + 2 * w * (g * x),
                where={g: "bit", x: "bit"},
                note="a +-1 gate is a 0/1 gate beside",
            ),
        ),
        (
            Derived(),
            Certified(3, of=ForEach.of(r"SYN(n;01,G) \subset ADDSYN(n;01) \subset MUX(n)", included, first=1)),
            Control("without the bias -K", Identity.of(H(s + K * x), H(s) * x, where={x: "bit"}, given={K: Abs(s) + e})),
            Control("inputs -1, 1", Identity.of(H(s + K * (x - 1)), H(s) * x, where={x: "sign"}, given={K: Abs(s) + e})),
        ),
        hypotheses=("g = H(s) with s never 0; K exceeds |s| on the cube",),
    ),
    entry(
        "additive_synaptic_count_bounds",
        "ADDSYN(n;X) contains SYN(n;X,G) and has at least #MUX(n-1), at most T(n) Cov(n, n+2) functions.",
        ForEach.of(
            r"\#MUX(n-1) \le \#ADDSYN(n;X) \le T(n) \operatorname{Cov}(n, n+2),\ SYN(n;X,G) \subset ADDSYN(n;X)",
            additive_bounds,
            first=1,
        ),
        (
            Derived.of(
                *FACES,
                Hand("on x_j = 1 the class is MUX(n-1), with x_j in the bias; without the plain synapse it is SYN(n;X,G)"),
                Hand("a +-1 gate is twice a 0/1 gate less 1, which the plain synapse absorbs; given it there are n + 2 parameters"),
            ),
            Certified(3),
            Control("#MUX(n) as a lower bound", ForEach.of("MUX(n)", lambda n: additive_bounds(n, shift=0), first=1), upto=3),
        ),
        "gated_synapse_face_eq_multiplexing",
        "capacity_le_n_bits_per_parameter",
    ),
    entry(
        "linear_gated_synapse_count_eq_square",
        "A threshold unit with one synapse gated by a linear unit computes exactly T(n-1)^2 functions, for inputs 0, 1 and -1, 1.",
        ForEach.of(r"\#LIN(n) = T(n-1)^2", squares, first=1, costly_from=4),
        (
            Derived.of(
                Identity.of(
                    H(p + (q - p) * x), (1 - x) * H(p) + x * H(q), where={x: "bit"}, note="inputs 0, 1: p and q on the faces"
                ),
                Identity.of(
                    H(half * (p + q) + half * (q - p) * x),
                    half * (1 - x) * H(p) + half * (1 + x) * H(q),
                    where={x: "sign"},
                    note="inputs -1, 1: p and q on the faces",
                ),
                Hand("every activation s(x') + l(x') x_j is of this form with p and q affine in x', as x_j^2 is x_j or 1"),
            ),
            Certified(3),
            Control("T(n)^2", ForEach.of("T(n)^2", lambda n: squares(n, shift=0), first=1)),
        ),
    ),
)
