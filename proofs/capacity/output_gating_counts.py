"""How many functions one output gating computes, 0/1 and +-1.

Says: T_d1(n-1) T_d2(n-1) is at most #AND_(d1,d2)(n) and #PM_(d1,d2)(n); #AND_d(n) <= T_d (T_d + 1)/2; #PM_d(n) <= (T_d^2 + 2 T_d)/4
and <= T_2d(n). So a gated unit stores less than twice what one of its gates does.
Idea: one selector bit stores two functions; products forget the order of the factors and, for +-1, a sign common to both.
Edges: AND_2(3) attains T_2(2)^2 = 256. At n = 1 both classes are all four functions. The leading term
2 n^2 of the bounds needs log2 T(n) = n^2 (1 + o(1)), which is cited and not derived.
"""

from sympy import Abs, Heaviside, Symbol, symbols

from workbench import (
    HERE,
    Bound,
    Case,
    Certified,
    Cited,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    H,
    Hand,
    Identity,
    Source,
    threshold_count,
    threshold_tables,
)
from workbench.classes import output_gating
from workbench.statement import Prose

p, q, K, s, sigma, tau = symbols("p q K s sigma tau", real=True)
a, b, e = symbols("a b e", positive=True)
T = Symbol("T", integer=True, nonnegative=True)
ABSTRACT = Source("baldi2023quarks", "abstract", read=True)
LEADING = Source("baldi2019polynomial", "the leading term for one unit", read=False)
NAMES = {"01": "AND", "pm1": "PM"}
SIGNS = {"where": {sigma: "sign", tau: "sign"}}
STORE = {"where": {s: "bit"}, "given": {K: Abs(p) + Abs(q) + e}, "note": "p on the face s = 0 and q on s = 1"}


def sgn(z):
    return 2 * Heaviside(z, 0) - 1


def size(n, outputs, d1=1, d2=1):
    return len(output_gating(threshold_tables(n, d1), n, outputs=outputs, other=threshold_tables(n, d2)))


def degrees(n):
    return ((1, 1), (1, 2), (2, 2)) if n < 4 else ((1, 1),)


def below(outputs, *, selectors=1):
    def cases(n):
        for d1, d2 in degrees(n):
            stored = threshold_count(n - selectors, d1).count * threshold_count(n - selectors, d2).count
            yield Case(f"n = {n}, outputs {outputs}, degrees {d1} and {d2}", stored, size(n, outputs, d1, d2), "<=")

    return cases


def above(outputs, *, share=1):
    def cases(n):
        for d, _ in [pair for pair in degrees(n) if pair[0] == pair[1]]:
            T, found = threshold_count(n, d).count, size(n, outputs, d, d)
            bound = T * (T + 1) // 2 if outputs == "01" else (T**2 + 2 * T) // 4
            yield Case(f"n = {n}, outputs {outputs}, degree {d}", found, bound // share, "<=")
            if outputs == "pm1":
                yield Case(f"n = {n}, degree {d}: T_2d", found, threshold_count(n, 2 * d).count, "<=")

    return cases


def twice(n, *, power=2):
    for outputs in ("01", "pm1"):
        yield Case(f"n = {n}, outputs {outputs}", size(n, outputs), threshold_count(n).count ** power, "<")


def lower(outputs, name, construction, faces):
    claim = Claim(
        name=name,
        says=f"Gating one threshold unit by another, outputs {outputs}, gives at least T_d1(n-1) T_d2(n-1) functions of n inputs.",
        statement=ForEach.of(rf"T_{{d_1}}(n-1)\, T_{{d_2}}(n-1) \le \#{NAMES[outputs]}_{{d_1, d_2}}(n)", below(outputs), first=1),
        hypotheses=("d1, d2 >= 1",),
        sources=(HERE,),
        uses=(construction,),
        topic="capacity",
    )
    evidence = (
        Derived.of(
            faces,
            Hand("the terms in K are linear in the selector and raise no degree; K exceeds all activations of the finite cube"),
            Hand("different pairs of stored functions give products that differ on one of the two faces"),
        ),
        Certified(3, full=4),
        Control("no selector: T_d1(n) T_d2(n)", ForEach.of("T(n)^2", below(outputs, selectors=0), first=1)),
        Control("K too small", Identity(faces.left, faces.right, faces.where, ((K, Abs(p) / 2 + e),))),
    )
    return Entry(claim, evidence)


def upper(outputs, name, says, latex, *steps):
    claim = Claim(name, says, ForEach.of(latex, above(outputs), first=1), sources=(HERE,), topic="capacity")
    quarter = ForEach.of("a quarter", above(outputs, share=4), first=1)
    return Entry(claim, (Derived.of(*steps), Certified(3, full=4), Control("a quarter of the bound", quarter, upto=2)))


FAMILY = (
    Entry(
        Claim(
            name="output_gating_capacity_eq_two_n_squared",
            says="A threshold unit gated by another one has a capacity of 2 n^2 (1 + o(1)) bits.",
            statement=Prose(r"C = 2 n^2 (1 + o(1))"),
            sources=(ABSTRACT,),
            topic="capacity",
        ),
        (Cited(ABSTRACT),),
    ),
    Entry(
        Claim(
            name="gated_polynomial_capacity_eq_sum",
            says="Units of fixed degrees d1, d2 that gate each other have the sum of their capacities, to leading order.",
            statement=Prose(r"C = \left(\frac{n^{d_1+1}}{d_1!} + \frac{n^{d_2+1}}{d_2!}\right)(1 + o(1))"),
            sources=(LEADING,),
            topic="capacity",
        ),
        (Cited(LEADING),),
    ),
    lower(
        "01",
        "output_gating_count_lower_bound",
        "and_gating_stores_two_functions",
        Identity.of(H(p + K * s) * H(q + K * (1 - s)), (1 - s) * H(p) + s * H(q), **STORE),
    ),
    lower(
        "pm1",
        "pm1_gating_count_lower_bound",
        "pm1_gating_stores_two_functions",
        Identity.of(sgn(p + K * s) * sgn(q + K * (1 - s)), (1 - s) * sgn(p) + s * sgn(q), **STORE),
    ),
    upper(
        "01",
        "output_gating_count_upper_bound",
        "At most T_d (T_d + 1)/2 functions are 0/1 products of two gates of degree d.",
        r"\#AND_d(n) \le \frac{T_d (T_d + 1)}{2}",
        Identity.of(T + T * (T - 1) / 2, T * (T + 1) / 2, note="pairs with equal members, and pairs of different ones"),
        Hand("f g = g f, so a product is fixed by a pair of gates without order"),
    ),
    upper(
        "pm1",
        "pm1_gating_count_upper_bound",
        "At most (T_d^2 + 2 T_d)/4 functions are +-1 products of two gates of degree d, and all have degree 2d.",
        r"\#PM_d(n) \le \frac{T_d^2 + 2 T_d}{4},\ \#PM_d(n) \le T_{2d}(n)",
        Identity.of(
            sgn(sigma * a) * sgn(tau * b), sgn(sigma * a * tau * b), **SIGNS, note="sgn(p) sgn(q) = sgn(p q), p and q never 0"
        ),
        Identity.of(sgn(-sigma * a) * sgn(-tau * b), sgn(sigma * a) * sgn(tau * b), **SIGNS, note="(-f)(-g) = f g"),
        Hand("the swap, the joint negation and both together fix T, 0 and T of the T^2 pairs of gates: Burnside's count of orbits"),
    ),
    Entry(
        Claim(
            name="gated_capacity_below_twice_threshold_capacity",
            says="A gated threshold unit stores less than twice the bits of a threshold unit, in both output conventions.",
            statement=ForEach.of(r"\#AND(n) < T(n)^2,\ \#PM(n) < T(n)^2", twice, first=1),
            sources=(HERE,),
            uses=("output_gating_count_upper_bound", "pm1_gating_count_upper_bound"),
            topic="capacity",
        ),
        (
            Derived.of(
                Bound.of(T * (T + 1) / 2, T**2, where={T: 2}, strict=True, note="0/1 outputs"),
                Bound.of((T**2 + 2 * T) / 4, T**2, where={T: 2}, strict=True, note="+-1 outputs"),
                Hand("T(n) is at least 2, the constants"),
            ),
            Certified(3, full=4),
            Control("not twice but once", ForEach.of("T(n)", lambda n: twice(n, power=1), first=1)),
        ),
    ),
)
