"""Depth of five circuits of two threshold units: layered, with skip connections, and with one output gating.

Says: XOR, f AND g (interval, exactly k, not all equal), equality of words, the selector and f XNOR g have depth 2 or 3 in the
standard model by the circuits given here, and depth 1 with one gating.
Idea: the gating forms the product of two threshold units without a layer; a skip connection saves one unit, not a layer.
Edges: upper bounds; that no single threshold unit will do is seen at XOR, equality, the selector and XNOR in the least sizes.
"""

from fractions import Fraction
from itertools import combinations_with_replacement, product

from sympy import Abs, Integer, Rational, Symbol, symbols

from workbench import (
    BooleanFunction,
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
    Network,
    Source,
    circuits,
    threshold_polynomials,
    threshold_tables,
    threshold_unit,
)
from workbench.circuits.pairs import network_of
from workbench.circuits.words import difference
from workbench.domain import table_of

HALF, half = Rational(1, 2), Fraction(1, 2)
x, y, s, p, q, M = symbols("x y s p q M", real=True)  # p, q: activations of f and g, any real numbers
e = Symbol("e", positive=True)
r = Symbol("r", nonnegative=True)
BITS = {x: "bit", y: "bit", s: "bit"}
OURS = (Source("workbench2026", "derived in this file", read=True),)


def sgn(value):
    return 2 * H(value) - 1


def both(f, g):
    """H(f + g - 3/2), the AND unit of two bits."""
    return H(f + g - Rational(3, 2))


FORM = {"layered": (2, 3), "attended": (2, 2), "gated": (1, 2)}


def three_forms(names, first, second):
    """Networks for f AND g: layered; f attended by g; f gated by g."""
    f, g = (threshold_unit(name, *weights) for name, weights in (("f", first), ("g", second)))
    for form, cost in FORM.items():
        yield form, network_of(names, [(f, g)], form), cost


def of_the_library(entry, n):
    """The same three forms of an entry of the library."""
    for model, cost in zip(("standard", "skip", "gated"), FORM.values(), strict=True):
        yield model, entry(n, model), cost


def measured(label, forms, want, inputs="01"):
    """One case for each network: its table, depth and number of threshold units."""
    for form, network, (depth, units) in forms:
        got = network.function(inputs).table, network.depth, network.threshold_units
        yield Case(f"{label}, {form}: table, depth, units", got, (want.table, depth, units))


def affine_of(f, names):
    weights = f.poly.on("01").coefficients
    return {name: weights.get((i,), 0) for i, name in enumerate(names)}, weights.get((), 0)


def entry(name, says, statement, networks, controls, *, first, upto, hands=(), steps=(), costly_from=None, hypotheses=()):
    """A claim whose identities are derived, or whose cases are, with the networks beside it."""
    claim = Claim(name, says, statement, hypotheses=hypotheses, sources=OURS, topic="depth")
    beside = isinstance(statement, ForAll)
    cases = ForEach.of("networks", networks, first=first, costly_from=costly_from) if beside else None
    derived = Derived() if beside else Derived.of(*steps, *(Hand(text) for text in hands))
    return Entry(claim, (derived, Certified(upto, of=cases), *controls))


def xor_networks(n):
    want = BooleanFunction.from_rule(lambda a, b: a != b, n=2)
    yield from measured("XOR", of_the_library(circuits.xor, 1), want)
    yield from measured("XOR", [("a gated synapse, +-1", circuits.parity(2, "synaptic"), (1, 0))], want, "pm1")
    yield Case("XOR is no threshold function", want.table, threshold_tables(2), "not in")


def and_networks(n):
    names = [f"x{i}" for i in range(n)]
    for (_, f), (_, g) in product(threshold_polynomials(n).items(), repeat=2) if n <= 2 else ():
        forms = three_forms(names, affine_of(f, names), affine_of(g, names))
        yield from measured(f"n = {n}, f AND g", forms, f.function & g.function)
    for low, high in combinations_with_replacement(range(n + 1), 2):  # exactly k if low = high; not all equal if 1 and n - 1
        forms = three_forms(names, (dict.fromkeys(names, 1), half - low), (dict.fromkeys(names, -1), half + high))
        want = BooleanFunction(n, table_of(low <= sum(point) <= high for point in Cube(n, "01").points()))
        yield from measured(f"n = {n}, {low} <= sum <= {high}", forms, want)


def equality_networks(n, *, threshold=half):
    names, D = [f"{letter}{i}" for letter in "xy" for i in range(n)], difference(n)
    want = BooleanFunction.from_rule(lambda *v: v[:n] == v[n:], n=2 * n)
    altered = three_forms(names, (D, threshold), ({v: -w for v, w in D.items()}, threshold))
    yield from measured(f"n = {n}, equal words", of_the_library(circuits.equality, n) if threshold == half else altered, want)
    if n <= 2:
        yield Case(f"n = {n}, equality is no threshold function", want.table, threshold_tables(2 * n), "not in")


def selector_networks(n):
    want = BooleanFunction.from_rule(lambda s, x, y: x if s else y, n=3)
    yield from measured("selector", of_the_library(circuits.selector, 1), want)
    network = circuits.selector(1, "synaptic")
    yield from measured("selector", [("2 gated synapses", network, (1, 0))], want)
    yield Case("selector: gated synapses", network.gatings.synaptic, 2)


def xnor_networks(n):
    names = [f"x{i}" for i in range(n)]
    for (_, f), (_, g) in product(threshold_polynomials(n).items(), repeat=2):
        (u, b), (v, c), want = affine_of(f, names), affine_of(g, names), ~(f.function ^ g.function)
        first, second = threshold_unit("f", u, b), threshold_unit("g", v, c)
        both_on, neither = threshold_unit("h", {"f": 1, "g": 1}, -3 * half), threshold_unit("k", {"f": -1, "g": -1}, half)
        layered = [first, second, both_on, neither, threshold_unit("F", {"h": 1, "k": 1}, -half)]
        skip = [first, second, both_on, threshold_unit("F", {"f": -1, "g": -1, "h": 2}, half)]
        signs = network_of(names, [(first, second)], "signed")
        forms = [("layered", Network.of(names, layered, ["F"]), (3, 5)), ("skip", Network.of(names, skip, ["F"]), (3, 4))]
        yield from measured(f"n = {n}, f XNOR g", [*forms, ("gating", signs, (1, 2))], want)


t = x + y
FAMILY = (
    entry(
        "xor_depth_eq_one_of_gating",
        "XOR has depth 2 with 3 threshold units, depth 2 with 2 and a skip connection, and depth 1 with one gating.",
        ForAll.of(
            Identity.of(both(H(t - HALF), H(3 * HALF - t)), x + y - 2 * x * y, where={x: "bit", y: "bit"}, note="layered"),
            Identity.of(H(t - HALF - 2 * H(t - 3 * HALF)), x + y - 2 * x * y, where={x: "bit", y: "bit"}, note="skip"),
            Identity.of(H(t - HALF) * H(3 * HALF - t), x + y - 2 * x * y, where={x: "bit", y: "bit"}, note="gating"),
            Identity.of(-sgn(p) * sgn(q), 2 * (H(p) + H(q) - 2 * H(p) * H(q)) - 1, note="gating of +-1 signals"),
        ),
        xor_networks,
        (
            Control("AND instead of XOR", Identity.of(H(t - HALF) * H(3 * HALF - t), x * y, where={x: "bit", y: "bit"})),
            Control("+-1 signals without the sign", Identity.of(sgn(p) * sgn(q), 2 * (H(p) + H(q) - 2 * H(p) * H(q)) - 1)),
        ),
        first=2,
        upto=2,
        costly_from=3,
    ),
    entry(
        "and_of_thresholds_depth_eq_one_of_gating",
        "f AND g has depth 2 with 3 threshold units, depth 2 with 2 and a skip connection, and depth 1 with one gating.",
        ForAll.of(
            Identity.of(both(H(p), H(q)), H(p) * H(q), note="layered"),
            Identity.of(H(p + M * (H(q) - 1)), H(p) * H(q), given={M: Abs(p) + e}, note="skip"),
        ),
        and_networks,
        (
            Control("M too small", Identity.of(H(p + M * (H(q) - 1)), H(p) * H(q), given={M: Abs(p) / 2 + e})),
            Control("OR instead of AND", Identity.of(H(H(p) + H(q) - HALF), H(p) * H(q))),
        ),
        first=1,
        upto=4,
        costly_from=7,
        hypotheses=("M exceeds the absolute activation of f",),
    ),
    entry(
        "equality_depth_eq_one_of_gating",
        "Equality of two n-bit words has depth 2 with 3 or 2 threshold units, and depth 1 with one gating.",
        ForEach.of(
            r"[x = y] = H(D + \frac{1}{2}) H(\frac{1}{2} - D),\ D = \sum_i 2^i (x_i - y_i)",
            equality_networks,
            first=1,
            costly_from=5,
        ),
        None,
        (
            Control("a threshold of 3/2", ForEach.of("equality", lambda n: equality_networks(n, threshold=3 * half), first=1)),
            Control("one unit only", Identity.of(H(s + HALF), 0, given={s: 1 + r})),
        ),
        first=1,
        upto=4,
        steps=(
            Identity.of(H(s + HALF) * H(HALF - s), 1, given={s: Integer(0)}, note="D = 0"),
            Identity.of(H(s + HALF) * H(HALF - s), 0, given={s: 1 + r}, note="D >= 1"),
            Identity.of(H(s + HALF) * H(HALF - s), 0, given={s: -1 - r}, note="D <= -1"),
            Identity.of(both(H(p), H(q)), H(p) * H(q), note="layered"),
            Identity.of(H(p + M * (H(q) - 1)), H(p) * H(q), given={M: Abs(p) + e}, note="skip"),
        ),
        hands=("D, the difference of the words as binary numbers, is an integer, and 0 if and only if the words are equal",),
    ),
    entry(
        "selector_depth_eq_one_of_gating",
        "The selector 's ? x : y' has depth 2 with 3 or 2 threshold units, and depth 1 with one gating or with two gated synapses.",
        ForAll.of(
            Identity.of(both(H(x - s + HALF), H(s + y - HALF)), s * x + (1 - s) * y, where=BITS, note="layered"),
            Identity.of(H(s + y - HALF + 2 * (H(x - s + HALF) - 1)), s * x + (1 - s) * y, where=BITS, note="skip"),
            Identity.of(H(x - s + HALF) * H(s + y - HALF), s * x + (1 - s) * y, where=BITS, note="gating"),
            Identity.of(y + s * (x - y), s * x + (1 - s) * y, note="two gated synapses, any real x, y, s"),
        ),
        selector_networks,
        (Control("x and y exchanged", Identity.of(H(y - s + HALF) * H(s + x - HALF), s * x + (1 - s) * y, where=BITS)),),
        first=3,
        upto=3,
        costly_from=4,
    ),
    entry(
        "xnor_of_thresholds_depth_eq_one_of_gating",
        "f XNOR g has depth 3 with 5 threshold units, depth 3 with 4 and skips, and depth 1 with one gating of +-1 units.",
        ForAll.of(
            Identity.of(2 * H(both(H(p), H(q)) + H(HALF - H(p) - H(q)) - HALF) - 1, sgn(p) * sgn(q), note="layered"),
            Identity.of(2 * H(HALF - H(p) - H(q) + 2 * both(H(p), H(q))) - 1, sgn(p) * sgn(q), note="skip"),
            Identity.of(H(H(p) + H(q) - 2 * both(H(p), H(q)) - HALF), (1 - sgn(p) * sgn(q)) / 2, note="XOR, skip"),
        ),
        xnor_networks,
        (
            Control("0/1 outputs", Identity.of(2 * H(p) * H(q) - 1, sgn(p) * sgn(q))),
            Control("AND counted once", Identity.of(2 * H(HALF - H(p) - H(q) + both(H(p), H(q))) - 1, sgn(p) * sgn(q))),
        ),
        first=1,
        upto=2,
        costly_from=3,
    ),
)
