"""False claims with the best evidence that a hasty or sly author could give; none may be judged derived or certified as a whole.

A row says what must happen: a refutation that names the point, `open`, at most `supported`, a certified range that ends before the
counterexample and says so, a derivation that lists the hand step which carries it, or a refusal.
"""

import json
import math
import random
from fractions import Fraction
from types import SimpleNamespace

import pytest
import sympy
from sympy import (
    Abs,
    And,
    Derivative,
    Function,
    Ge,
    Heaviside,
    IndexedBase,
    Integer,
    Integral,
    Le,
    Max,
    Min,
    Piecewise,
    Pow,
    Product,
    Rational,
    Subs,
    Sum,
    Symbol,
    exp,
    log,
    sign,
    sqrt,
    tanh,
)

from workbench import certificate, formula
from workbench.bound import Bound
from workbench.certificate import (
    CounterexampleCertificate,
    DualWitness,
    Equivalence,
    IdentityCertificate,
    SignRepresentation,
)
from workbench.claim import Claim, Entry, Verdict, in_order, judge, judge_all
from workbench.counts import threshold_count
from workbench.domain import Cube
from workbench.errors import BadInput, Rejected, Unsound
from workbench.evidence import Certified, Cited, Control, Counterexample, Derived, Hand, Measured, Outcome, Source
from workbench.identity import Identity
from workbench.network import Network
from workbench.poly import Multilinear
from workbench.statement import Case, ForAll, ForEach, Prose
from workbench.units import threshold_unit

x, y, z, a, b, s = sympy.symbols("x y z a b s", real=True)
p, q = sympy.symbols("p q", positive=True)
r = Symbol("r", nonnegative=True)
i, j, m = sympy.symbols("i j m", integer=True)
n = Symbol("n", integer=True, nonnegative=True)
N = Symbol("n")  # an index without assumptions
w, o = IndexedBase("w"), IndexedBase("o")
f, T = Function("f"), Function("T")

NEAR = Control("two instead of one", Identity.of(Abs(z), 2 * z * Heaviside(z, 0)))
EVEN = Control("n is 0", ForEach.of("n = 0", lambda k: [Case(f"n = {k}", k, 0)], first=1))
TRUE = Identity.of((x + 1) ** 2, x**2 + 2 * x + 1)
OBVIOUS = Hand("which is the statement")
READ = Source("someone1999book", "theorem 1", read=True)


def H(value, at_zero=0):
    return Heaviside(value, at_zero)


def claim(statement, *, uses=(), name="a_claim"):
    return Claim(name, "False.", statement, uses=uses)


def identity(left, right, **hypotheses):
    """A false identity with a derivation and a control."""
    return claim(ForAll.of(Identity.of(left, right, **hypotheses))), (Derived(), NEAR)


def beside(left, right, **hypotheses):
    """The same identity as a step of a derivation about every n, linked by hand."""
    return claim(below(10**6)), (Derived.of(Identity.of(left, right, **hypotheses), OBVIOUS), EVEN)


def below(limit, *, first=1, last=None, **others):
    return ForEach.of(f"n < {limit}", lambda k: [Case(f"n = {k}", k, limit, "<")], first=first, last=last, **others)


def cases(*made, last=None):
    """A statement with the same cases for every n, and instances as evidence."""
    return claim(ForEach.of("false", lambda _: made, first=1, last=last)), (Certified(1 if last is None else last), EVEN)


def bound(left, right, **others):
    """A false bound as the exact step of a derivation."""
    return claim(below(10**6)), (Derived.of(Bound.of(left, right, **others), OBVIOUS), EVEN)


def run(value):
    return lambda: SimpleNamespace(values={"rate": value}, seed=0, dtype="float64", device="cpu", versions={})


def measured(low, high, value, control, because="theory"):
    return claim(below(4)), (Measured("rate", run(value), low, high, because, run(control)),)


def verdict(word, reach, name="lemma"):
    return {"lemma": Verdict(name, word, reach)}


class Everything:
    """Equal to everything, a member of nothing, and accepted by itself."""

    def __eq__(self, other):
        return True

    __hash__ = None

    def check(self):
        return None


class Pliant(int):
    """An integer whose differences vanish."""

    def __sub__(self, other):
        return 0


class Blind(ForEach):
    """A statement that finds no failure."""

    def failure(self, n):
        return None


class Assured(Derived):
    """A derivation that holds whatever is stated."""

    def run(self, statement):
        return Outcome("Derived", "holds", "of course")


OPEN, REFUTED, SUPPORTED, CERTIFIED, DERIVED = "open", "refuted", "supported", "certified", "derived"
# id: (claim and evidence, what must happen, a phrase of the reach or of the message)
ROWS = {
    # constants and conventions
    "a wrong constant": (lambda: identity((x + 1) ** 2, x**2 + 2 * x + 2), REFUTED, "1 and 2 differ"),
    "a wrong sign": (lambda: identity(Max(0, z), -z * H(-z, 0) * 2 + z), REFUTED, "z ="),
    "sign(0) is not -1": (lambda: identity(sign(z), 2 * H(z) - 1), REFUTED, "z = 0: 0 and -1 differ"),
    "H(0) mixed": (lambda: identity(H(z, 0), H(z, 1)), REFUTED, "z = 0: 0 and 1 differ"),
    "H(0) = 1/2 mixed": (lambda: identity(Heaviside(z), H(z)), REFUTED, "z = 0: 1/2 and 0 differ"),
    "complement forgets the tie": (lambda: identity(H(z) + H(-z), 1), REFUTED, "z = 0: 0 and 1 differ"),
    "01 identity on +-1": (
        lambda: identity(x * y, (x + y) / 2 - (x - y) ** 2 / 2, where={x: "sign", y: "sign"}),
        REFUTED,
        "differ",
    ),
    "bits square to themselves, signs do not": (
        lambda: identity(x**2 - x, 0, where={x: "sign"}),
        REFUTED,
        "x = -1: 2 and 0 differ",
    ),
    "a table of +-1 read as bits": (
        lambda: cases(Case("f", Multilinear.from_values([-1, 1, 1, -1], Cube(2)).at((1, 1)), 0)),
        REFUTED,
        "f: -1 == 0 is false",
    ),
    # kinks
    "all but a kink": (lambda: identity(H(x**2), 1), REFUTED, "x = 0: 0 and 1 differ"),
    "a far kink": (lambda: identity(Max(z, 1000), 1000), OPEN, "not decided"),
    "a far kink by hand": (
        lambda: (claim(ForAll.of(Identity.of(Max(z, 1000), 1000))), (Derived.of(TRUE, OBVIOUS), NEAR)),
        DERIVED,
        "for all values",
    ),
    "a narrow kink": (lambda: identity(H(z - Rational(1, 7)) * H(Rational(1, 6) - z), 0), OPEN, "not decided"),
    "Max of three": (lambda: identity(Max(x, y, z), Max(x, y)), REFUTED, "differ"),
    "Max and Min of three": (lambda: identity(Max(x, y, z) + Min(x, y, z), x + y + z - Max(Min(x, y), z)), REFUTED, "differ"),
    "overlapping conditions": (lambda: identity(Piecewise((x, x >= -1), (-x, x <= 1), (0, True)), Abs(x)), REFUTED, "differ"),
    "conditions with a gap": (lambda: identity(Piecewise((x, x > 0), (-x, x < 0)), Abs(x)), OPEN, "not decided"),
    "conditions without an else": (lambda: identity(Piecewise((1, x > 0)), H(x)), OPEN, "not decided"),
    "conditions joined": (lambda: identity(Piecewise((1, And(x > 0, x < 1)), (0, True)), H(x)), Unsound, "is not an inequality"),
    "a product of signs": (lambda: identity(H(x * y), H(x) * H(y)), REFUTED, "differ"),
    "K that only equals": (lambda: identity(H(x) * H(y + s), H(x), given={s: Abs(y)}), REFUTED, "differ"),
    # roots, powers, logarithms, divisions
    "root of a square": (lambda: identity(Pow(Pow(x, 2), Rational(1, 2)), x), REFUTED, "differ"),
    "root of a square, complex symbol": (lambda: identity(sqrt(Symbol("c") ** 2), Symbol("c")), REFUTED, "c = -"),
    "root of minus squared": (lambda: identity(sqrt((-x) ** 2) + 0 * y, -x), REFUTED, "differ"),
    "cube root of a cube": (lambda: identity((x**4) ** Rational(1, 4), x), REFUTED, "differ"),
    "power of a power": (lambda: identity((x**2) ** a, x ** (2 * a)), OPEN, "not decided"),
    "power of a product": (
        lambda: identity(Abs(x * y) ** Rational(1, 2), Abs(x) ** Rational(1, 2) * y ** Rational(1, 2)),
        OPEN,
        "not decided",
    ),
    "0^0 is 1": (lambda: identity(Integer(0) ** n, 0), REFUTED, "n = 0: 1 and 0 differ"),
    "H^0 is 1": (lambda: identity(H(x) ** n, H(x)), REFUTED, "differ"),
    "logarithm of a square": (lambda: identity(log(x**2 + 1) * 2, log((x**2 + 1) ** 2) + 1), REFUTED, "differ"),
    "logarithm of a product": (lambda: identity(log(x * y), log(x) + log(y)), OPEN, "not decided"),
    "logarithm is additive": (lambda: identity(log(p + q), log(p) + log(q)), REFUTED, "differ"),
    "exponential of a sum": (lambda: identity(exp(x + y), exp(x) + exp(y)), REFUTED, "differ"),
    "tanh is linear": (lambda: identity(tanh(2 * x), 2 * tanh(x)), REFUTED, "differ"),
    "quotient with a pole": (lambda: identity((x**2 - 25) / (x - 5), x + 6), REFUTED, "differ"),
    "a denominator that is 0": (
        lambda: identity((x + 1) ** 2 + 1 / (x * (y + 1) - x * y - x), x**2 + 1 / (x * (y + 1) - x * y - x)),
        OPEN,
        "not decided",
    ),
    "1/(1 + 1/0) is not 0": (lambda: identity(1 / (1 + 1 / (H(z) * (1 - H(z)))), 0), OPEN, "not decided"),
    "infinity plus one": (lambda: identity(x + sympy.oo, y + sympy.oo), BadInput, "not a real number"),
    "nan": (lambda: identity(sympy.nan, 0), BadInput, "not a real number"),
    "a float": (lambda: identity(x * 0.1 * 3, x * 3 / 10), BadInput, "a float"),
    # sums and unknown functions
    "an empty sum": (lambda: identity(Sum(x, (i, 1, n)), x * n + 1), REFUTED, "differ"),
    "a reversed range": (lambda: identity(Sum(i, (i, 1, m)), m * (m + 1) / 2 + 1), REFUTED, "differ"),
    "one sign for a whole sum": (lambda: identity(Sum(H(w[i]), (i, 1, n)) * Sum(1 - H(w[i]), (i, 1, n)), 0), REFUTED, "differ"),
    "one sign for a whole sum, beyond the values tried": (
        lambda: identity(Sum(H(i - 9), (i, 1, n)) * Sum(1 - H(i - 9), (i, 1, n)), 0),
        OPEN,
        "not decided",
    ),
    "one sign for a whole sum, as a step": (
        lambda: beside(Sum(H(i - 9), (i, 1, n)) * Sum(1 - H(i - 9), (i, 1, n)), 0),
        OPEN,
        "not decided",
    ),
    "sum of maxima": (lambda: identity(Sum(Max(0, w[i]), (i, 1, n)), Max(0, Sum(w[i], (i, 1, n)))), REFUTED, "differ"),
    "a captured index": (
        lambda: identity(Sum(z * w[i], (i, 1, n)), Sum(i * w[i], (i, 1, n)), given={z: i}),
        BadInput,
        "rename one",
    ),
    "an index outside its sum": (lambda: identity(i * Sum(w[i], (i, 1, n)), Sum(i * w[i], (i, 1, n))), BadInput, "rename one"),
    "sum of products": (
        lambda: identity(Sum(w[i] * o[i], (i, 1, n)), Sum(w[i], (i, 1, n)) * Sum(o[i], (i, 1, n))),
        REFUTED,
        "differ",
    ),
    "triangle for square": (
        lambda: identity(Sum(w[i] * o[j], (i, 1, j), (j, 1, n)), Sum(w[i] * o[j], (i, 1, n), (j, 1, n))),
        REFUTED,
        "differ",
    ),
    "every function is odd": (lambda: identity(f(-x), -f(x)), REFUTED, "differ"),
    "every function is linear": (lambda: identity(f(x + y), f(x) + f(y)), REFUTED, "differ"),
    "the derivative at a kink": (lambda: identity(Derivative(Abs(x), x), sign(x)), BadInput, "evaluate it first"),
    "the integral of a kink": (lambda: identity(Integral(H(x), (x, -1, 1)), 0), BadInput, "evaluate it first"),
    "a product of kinks": (lambda: identity(Product(H(w[i]), (i, 1, 3)), H(w[i])), BadInput, "evaluate it first"),
    "a substitution that waits": (lambda: identity(Subs(H(x), x, 1), H(x)), BadInput, "evaluate it first"),
    # hypotheses
    "I squared": (lambda: identity(x**2 + y**2, 0, given={x: sympy.I * y}), BadInput, "not a real number"),
    "no real value": (lambda: identity(x**2 + y**2 + 1, 0, given={x: sqrt(-1 - y**2)}), OPEN, "not decided"),
    "an infinite K": (lambda: identity(H(p + s), 1, given={s: sympy.oo}), BadInput, "not a real number"),
    "a hypothesis about 2": (lambda: identity(2 * x, 3 * x, given={Integer(2): Integer(3)}), BadInput, "only a symbol"),
    "a product as a bit": (lambda: identity(x * y * (x * y - 1), 0, where={x * y: "bit"}), BadInput, "only a symbol"),
    "two symbols of one name": (lambda: identity(Max(Symbol("z", positive=True) + z, z), 2 * z), BadInput, "make them one"),
    "a domain for another z": (lambda: identity(Max(z, -z - 1), z, where={Symbol("z"): "positive"}), BadInput, "make them one"),
    "a negative symbol": (lambda: identity(Max(x, Symbol("t", negative=True) + x + 1), x), REFUTED, "differ"),
    "an even symbol": (lambda: identity((-1) ** (Symbol("t", even=True) + m), 1), BadInput, "even"),
    "a positive function": (lambda: identity(H(Function("g", positive=True)(x) - 1), 1), BadInput, "carries assumptions"),
    "factors that do not commute": (
        lambda: identity(f(Symbol("A", commutative=False)) * f(Symbol("B", commutative=False)), f(Symbol("B", commutative=False))),
        BadInput,
        "commute",
    ),
    # bounds
    "strict at its zero": (lambda: bound(0, Abs(1 - n), where={n: 0}, strict=True), OPEN, "not decided"),
    "strict at its zero, max": (lambda: bound(0, Max(0, 1 - n), where={n: 0}, strict=True), OPEN, "not decided"),
    "half an integer": (lambda: bound(6 * N - 1, 4**N, where={N: Rational(1, 2)}), BadInput, "not an integer value"),
    "two letters n": (lambda: bound(n + 1, N, where={N: 1}), BadInput, "make them one"),
    "n from -3, checked from 0": (lambda: bound(0, n, where={N: -3}), BadInput, "make them one"),
    "no domain": (lambda: bound(0, x), OPEN, "not decided"),
    "Bernoulli off by one": (lambda: bound(n + 2, 2**n, where={n: 0}), OPEN, "not decided"),
    "a bound by infinity": (lambda: bound(sympy.oo, n + sympy.oo + 1, where={n: 0}), BadInput, "not a real number"),
    "a bound of itself": (lambda: bound(n + 1, 1 + n, where={n: 0}), OPEN, "not decided"),
    # cases and ranges
    "off by one": (
        lambda: (
            claim(ForEach.relation(Le(T(N), 2 ** (N + 1) - 1), N, first=1, functions={T: lambda k: threshold_count(k).count})),
            (Certified(2), EVEN),
        ),
        REFUTED,
        "n = 1",
    ),
    "a range that stops before": (lambda: (claim(below(9)), (Certified(2), EVEN)), CERTIFIED, "n = 1..3; open beyond"),
    "a range that stops just before": (lambda: (claim(below(9)), (Certified(8), EVEN)), REFUTED, "n = 9: 9 < 9 is false"),
    "a last n that leaves it out": (lambda: (claim(below(9, last=8)), (Certified(8), EVEN)), CERTIFIED, "n = 1..8, all there are"),
    "costly where it is false": (
        lambda: (claim(below(3, costly_from=3)), (Certified(2), EVEN)),
        CERTIFIED,
        "n = 1..2; open beyond",
    ),
    "an empty range": (lambda: (claim(below(1)), (Certified(0), EVEN)), Unsound, "is empty"),
    "no object at n = 3": (
        lambda: (claim(ForEach.of("", lambda k: [Case("", 1, 1)] * (k != 3), first=1)), (Certified(4), EVEN)),
        Unsound,
        "n = 3",
    ),
    "no object beyond": (
        lambda: (claim(ForEach.of("", lambda k: [Case("", 1, 1)] * (k < 3), first=1)), (Certified(2), EVEN)),
        Unsound,
        "n = 3",
    ),
    "the wrong relation": (lambda: cases(Case("n = 1", 3, 3, "=")), Unsound, "relation '='"),
    "instances of something else": (lambda: (claim(below(1)), (Certified(3, of=below(9)), EVEN)), OPEN, "not decided"),
    "instances of something else, all there are": (
        lambda: (claim(below(1, last=3)), (Certified(3, of=below(9, last=3)), EVEN)),
        OPEN,
        "not decided",
    ),
    "instances of something else, once": (
        lambda: (
            claim(ForEach.once("1 = 2", lambda: [Case("", 1, 2)])),
            (Certified(0, of=ForEach.once("1 = 1", lambda: [Case("", 1, 1)])), EVEN),
        ),
        OPEN,
        "not decided",
    ),
    "floats that round": (lambda: cases(Case("10^16", 1e16 + 1, 10**16)), Unsound, "float is not exact"),
    "floats in a tuple": (lambda: cases(Case("0.1 + 0.2", (0.1 + 0.2,), (0.30000000000000004,))), Unsound, "float is not exact"),
    "floats in an expression": (lambda: cases(Case("x", x * sympy.Float("0.1"), x / 10)), Unsound, "is not exact"),
    "nan differs from itself": (lambda: cases(Case("nan", math.nan, math.nan, "!=")), Unsound, "is not exact"),
    "a truth value for 1": (lambda: cases(Case("T(1) is 1", threshold_count(1).count == 4, 1)), Unsound, "truth value"),
    "equal to everything": (lambda: cases(Case("=", Everything(), 5)), Unsound, "Everything is not exact"),
    "equal to everything, within": (lambda: cases(Case("=", [Everything()], [5])), Unsound, "Everything is not exact"),
    "differences that vanish": (lambda: cases(Case("=", Pliant(4), 5)), Unsound, "Pliant is not exact"),
    "member of a string": (lambda: cases(Case("in", "1", "n = 1", "in")), Unsound, "takes a set"),
    "an undecided comparison": (lambda: cases(Case("x > 0", x, 0, ">")), Unsound, "cannot be decided"),
    "a count between integers": (
        lambda: (claim(ForEach.relation(Ge(T(N / 2), T(N) / 4), N, first=1, functions={T: lambda k: k})), (Certified(3), EVEN)),
        Unsound,
        "at integers only",
    ),
    "a count that is cut off": (
        lambda: (claim(ForEach.relation(Le(T(N), N), N, first=1, functions={T: lambda k: k + 0.9})), (Certified(3), EVEN)),
        Unsound,
        "no integer",
    ),
    # evidence that is not what it seems
    "no evidence": (lambda: (claim(below(1)), ()), OPEN, "not decided"),
    "no control": (lambda: (claim(below(9)), (Certified(2),)), Unsound, "no control"),
    "a control of another check": (lambda: (claim(below(3)), (Certified(4), NEAR)), REFUTED, "n = 3"),
    "a control that holds": (
        lambda: (claim(below(9)), (Certified(2), Control("smaller", below(8), upto=7))),
        Unsound,
        "was accepted",
    ),
    "a control that is the claim": (
        lambda: (claim(ForAll.of(TRUE)), (Derived(), Control("", ForAll.of(TRUE)))),
        Unsound,
        "the statement itself",
    ),
    "a control that is only undecided": (
        lambda: (claim(ForAll.of(TRUE)), (Derived(), Control("", Identity.of(Max(z, 1000), 1000)))),
        Unsound,
        "not shown to be false",
    ),
    "a tautology": (lambda: identity(Max(0, z), Max(z, 0)), OPEN, "not decided"),
    "a tautology in disguise": (lambda: identity(H(z) + 0 * y, 1 * H(z)), OPEN, "not decided"),
    "a truth beside the point": (lambda: (claim(below(9)), (Derived.of(TRUE, OBVIOUS), EVEN)), DERIVED, "all n >= 1"),
    "a truth beside the point, with instances": (
        lambda: (claim(below(9)), (Derived.of(TRUE, OBVIOUS), Certified(9), EVEN)),
        Unsound,
        "evidence disagrees",
    ),
    "false at once": (lambda: (claim(below(2)), (Derived.of(TRUE, OBVIOUS), EVEN)), Unsound, "evidence disagrees"),
    "hand steps alone": (lambda: (claim(below(9)), (Derived.of(OBVIOUS), EVEN)), OPEN, "not decided"),
    "a silent hand step": (lambda: (claim(below(9)), (Derived.of(TRUE, Hand(" ")), EVEN)), BadInput, "says nothing"),
    "no hand step": (lambda: (claim(below(9)), (Derived.of(TRUE), EVEN)), Unsound, "is missing"),
    "a step that checks nothing": (lambda: (claim(below(9)), (Derived.of(Everything(), OBVIOUS), EVEN)), Unsound, "no step"),
    "a derivation of its own kind": (lambda: (claim(below(1)), (Assured(), EVEN)), Unsound, "no kind of evidence"),
    "a statement of its own kind": (
        lambda: (claim(Blind.of("", lambda k: [], first=1)), (Certified(3), EVEN)),
        Unsound,
        "no kind of statement",
    ),
    "a statement without identities": (
        lambda: (claim(ForAll(())), (Derived.of(TRUE, OBVIOUS), NEAR)),
        BadInput,
        "at least one identity",
    ),
    "words": (lambda: (claim(Prose("P = NP")), (Derived.of(TRUE, OBVIOUS), NEAR)), Unsound, "in words cannot be derived"),
    "words beside instances": (lambda: (claim(Prose("P = NP")), (Certified(3, of=below(9)), EVEN)), OPEN, "not decided"),
    "an unread source": (lambda: (claim(Prose("P = NP")), (Cited(Source("b2001", "p. 1", read=False)),)), OPEN, "not decided"),
    "a source that is nowhere": (
        lambda: (claim(Prose("P = NP")), (Cited(Source("", " ", read=True)),)),
        BadInput,
        "references.bib",
    ),
    "a read source of a false claim": (lambda: (claim(below(3)), (Cited(READ), Counterexample(at=3), EVEN)), REFUTED, "n = 3"),
    "a band that admits everything": (lambda: measured(-(10**400), 10**400, 7.0, 8.0), Unsound, "admits its control"),
    "a band with an absurd control": (lambda: measured(-(10**300), 10**300, 7.0, 1e301), SUPPORTED, "the recorded runs"),
    "a control that is no number": (lambda: measured(-(10**400), 10**400, 7.0, math.nan), Unsound, "no finite value"),
    "a control that is infinite": (lambda: measured(-(10**400), 10**400, 7.0, math.inf), Unsound, "no finite value"),
    "a band of floats": (lambda: measured(0.0, 1.0, 0.5, 2.0), Unsound, "not two exact numbers"),
    "a band without a reason": (lambda: measured(0, 1, 0.5, 2.0, because=""), Unsound, "with a reason"),
    "a run that is no number": (lambda: measured(0, 1, math.nan, 2.0), OPEN, "outside its band"),
    # certificates and used claims
    "a counterexample to another claim": (
        lambda: (claim(below(3)), (Counterexample(3, CounterexampleCertificate("b", Integer(4), "<", Integer(4))), EVEN)),
        Unsound,
        "is about b",
    ),
    "a witness for another function": (
        lambda: (
            claim(ForEach.once("XOR is one gate", lambda: [Case("", 0, 1)])),
            (Certified(0), Control("AND", DualWitness.lie())),
        ),
        REFUTED,
        "0 == 1",
    ),
    "a name that is none": (lambda: (claim(below(3), name="Claim-1"), ()), BadInput, "is not lower-case words"),
    "uses itself": (lambda: (claim(below(3), uses=("a_claim",)), ()), BadInput, "uses itself"),
    "uses the unknown": (lambda: (claim(ForAll.of(TRUE), uses=("lemma",)), (Derived(), NEAR)), Unsound, "no verdict"),
    "uses the open": (
        lambda: (claim(ForAll.of(TRUE), uses=("lemma",)), (Derived(), NEAR), verdict("open", "not decided")),
        OPEN,
        "uses lemma, which is open",
    ),
    "uses the refuted": (
        lambda: (claim(below(9), uses=("lemma",)), (Derived.of(TRUE, OBVIOUS), EVEN), verdict("refuted", "false")),
        OPEN,
        "refuted",
    ),
    "uses the supported": (
        lambda: (claim(below(9), uses=("lemma",)), (Derived.of(TRUE, OBVIOUS), EVEN), verdict("supported", "runs")),
        SUPPORTED,
        "as far as lemma",
    ),
    "uses fewer instances": (
        lambda: (claim(below(9, last=8), uses=("lemma",)), (Certified(8), EVEN), verdict("certified", "n = 1..2; open beyond")),
        CERTIFIED,
        "as far as lemma: n = 1..2; open beyond",
    ),
    "uses a verdict of another name": (
        lambda: (claim(below(9), uses=("lemma",)), (Derived.of(TRUE, OBVIOUS), EVEN), verdict("derived", "all n >= 1", "other")),
        Unsound,
        "is about other",
    ),
}
HELD_BY_HAND = {"a far kink by hand", "a truth beside the point"}  # derived, and the hand step that carries the statement is listed
WHOLE = ("for all values", "the whole statement", "all there are", "all n")
LEAVE_IT_OUT = {"a last n that leaves it out", "uses fewer instances"}  # what is stated ends before the counterexample, and is true


@pytest.mark.parametrize("build, expected, phrase", ROWS.values(), ids=ROWS)
def test_no_false_claim_is_judged_green(build, expected, phrase, request):
    if isinstance(expected, type):
        with pytest.raises(expected) as raised:
            about, evidence, *known = build()
            judge(about, evidence, known=known[0] if known else None)
        assert phrase in str(raised.value)
        return
    about, evidence, *known = build()
    found = judge(about, evidence, known=known[0] if known else None)
    row = request.node.callspec.id
    assert found.word == expected and phrase in found.reach
    if found.word == DERIVED:
        assert row in HELD_BY_HAND and found.hand_steps > 0 and OBVIOUS.text in found.trusts
        assert OBVIOUS.text in found._repr_html_() and OBVIOUS.text in found.as_json()["trusts"]
    if found.word == CERTIFIED and row not in LEAVE_IT_OUT:
        assert not any(whole in found.reach for whole in WHOLE)


def test_a_hand_step_is_listed_though_a_used_claim_weakens_the_word():
    """A derivation that uses a certified claim keeps its hand step under `trusts`, and the count of hand steps."""
    lemma = verdict("certified", "the whole statement")
    found = judge(claim(below(9), uses=("lemma",)), (Derived.of(TRUE, OBVIOUS), EVEN), known=lemma)
    assert (found.word, found.reach) == ("certified", "as far as lemma: the whole statement")
    assert found.hand_steps == 1 and found.trusts == (OBVIOUS.text,)


def test_claims_that_use_each_other_are_not_judged():
    def entry(name, uses):
        return Entry(Claim(name, "False.", below(9), uses=uses), (Derived.of(TRUE, OBVIOUS), EVEN))

    circle = {"a": entry("a", ("b",)), "b": entry("b", ("c",)), "c": entry("c", ("a",))}
    with pytest.raises(BadInput, match="in a cycle"):
        in_order(circle)
    disguised = {"lemma": entry("other", ()), "b": entry("b", ("lemma",))}
    with pytest.raises(Unsound, match="is about other"):
        list(judge_all(disguised))


NARROWED = {
    "an assumption of a symbol": (Identity.of(Max(p, -p - 1) * x, p * x, where={x: "real"}), "p > 0"),
    "an integer": (Identity.of(x ** (n + 1), x * x**n), r"n \in \mathbb{Z}"),
    "an indexed family": (
        Identity.of(H(IndexedBase("u", positive=True)[i] - x) * x**0, 1 - H(x - IndexedBase("u", positive=True)[i], 1)),
        "> 0",
    ),
    "a hypothesis": (Identity.of(H(s + p), 1, given={s: Abs(x)}), r"s = \left|{x}\right|"),
    "a denominator": (Identity.of((x**2 - 25) / (x - 5), x + 5), r"x - 5 \neq 0"),
    "a root": (Identity.of((sqrt(x) + 1) * (sqrt(x) - 1) * y, (sqrt(x) ** 2 - 1) * y), r"x \geq 0"),
    "a logarithm": (Identity.of((log(x) + 1) ** 2, log(x) ** 2 + 2 * log(x) + 1), "x > 0"),
}


@pytest.mark.parametrize("narrow, shown", NARROWED.values(), ids=NARROWED)
def test_what_narrows_an_identity_is_part_of_the_statement(narrow, shown):
    assert shown in narrow.latex()


def test_the_reach_names_the_denominators():
    found = judge(claim(ForAll.of(NARROWED["a denominator"][0])), (Derived(), NEAR))
    assert (found.word, found.reach) == ("derived", "for all values with x - 5 != 0")


def test_exponentials_and_sums_of_them_are_no_denominators_to_name():
    softmax = Identity.of(
        exp(x) / Sum(exp(w[i]), (i, 1, n + 1)) + 1 / (1 + exp(-x)), 1 - 1 / (1 + exp(x)) + exp(x) / Sum(exp(w[i]), (i, 1, n + 1))
    )
    softmax.check()
    assert softmax.conditions == ()
    assert [str(c) for c in Identity.of(x / Sum(exp(w[i]), (i, 1, n)), 0).conditions] == ["Sum(exp(w[i]), (i, 1, n)) != 0"]


# --- certificates: mutated files ------------------------------------------------------------------------------------------------

u, v = formula.symbol("u"), formula.symbol("v")
AND_GATE = Network.of(["x0", "x1"], [threshold_unit("f", {"x0": 2, "x1": 2}, -3)], ["f"])
SEEDS = {
    "sign_representation": [
        SignRepresentation(2, 0b1000, 1, ((), (0,), (1,)), (-1, 1, 1)),
        SignRepresentation(2, 0b0110, 2, ((0, 1),), (-1,)),
    ],
    "dual_witness": [DualWitness(2, 0b0110, 1, ((0, 1), (1, 1), (2, 1), (3, 1)))],
    "equivalence": [Equivalence(2, 0b1000, "01", AND_GATE)],
    "identity": [
        IdentityCertificate(Identity.of(Max(0, u), u * H(u))),
        IdentityCertificate(Identity.of(H(u + v) * u**2, u**2, where={u: "bit"}, given={v: Abs(u) + 1})),
    ],
    "count": [threshold_count(1), threshold_count(2), threshold_count(2, 2)],
    "counterexample": [
        CounterexampleCertificate("a_claim", formula.symbol("T"), "<=", Integer(13), (), (("T", threshold_count(2)),)),
        CounterexampleCertificate("a_claim", u**2, ">", u, (("u", Rational(1, 2)),)),
    ],
}
ATOMS = [
    0,
    1,
    -1,
    2,
    7,
    10**30,
    True,
    None,
    "",
    "0",
    "-1",
    "1/2",
    "x",
    "u",
    "0x6",
    "0xe",
    "bit",
    "real",
    "<=",
    "==",
    "pm1",
    [],
    {},
    [0],
    [[0]],
    1.5,
    {"symbol": "u"},
    {"pow": [{"symbol": "u"}, "1/2"]},
    {"pow": ["0", "-1"]},
    {"log": ["0"]},
    {"H": [{"symbol": "u"}, "1"]},
    "\u0661",
    "\ud800",
]


def places(document, path=()):
    """Every place within a JSON document."""
    if path:
        yield path
    for key in document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ():
        yield from places(document[key], (*path, key))


def mutated(document, rng):
    """The document with one place deleted, replaced, repeated, shuffled, shifted by one or given another key."""
    document = json.loads(json.dumps(document))
    chosen = rng.choice(list(places(document)))
    parent = document
    for key in chosen[:-1]:
        parent = parent[key]
    key, value, kind = chosen[-1], parent[chosen[-1]], rng.randrange(6)
    if kind == 0:
        del parent[key]
    elif kind == 1 and isinstance(value, list) and value:
        value.append(rng.choice(value))
        rng.shuffle(value)
    elif kind == 2 and isinstance(value, int):
        parent[key] = value + rng.choice((-2, -1, 1, 2))
    elif kind == 3 and isinstance(value, dict) and value:
        value[rng.choice(["0", "u", "n", "add", "mul", "max", "H", "weight"])] = value.pop(rng.choice(list(value)))
    elif kind == 4 and isinstance(value, str):
        parent[key] = rng.choice([f"0x{rng.randrange(16):x}", str(rng.randrange(-3, 4)), "u", "v"])
    else:
        parent[key] = rng.choice(ATOMS)
    return document


def points(size, low):
    return [[1 if k >> t & 1 else low for t in range(size)] for k in range(1 << size)]


def is_true(certified):
    """Say by brute force, without the checkers, whether what a certificate says is so."""
    if isinstance(certified, SignRepresentation):
        sums = [
            sum(c * math.prod(point[t] for t in mono) for mono, c in zip(certified.monomials, certified.weights, strict=True))
            for point in points(certified.n, -1)
        ]
        small = all(len(mono) <= certified.degree for mono in certified.monomials)
        return small and all(total and (total > 0) == bool(certified.table >> k & 1) for k, total in enumerate(sums))
    if isinstance(certified, DualWitness):  # a positive combination of signed points that every monomial up to the degree sums to 0
        chosen = [(k, points(certified.n, -1)[k], weight) for k, weight in certified.witness]
        totals = [
            sum(
                weight * (2 * (certified.table >> k & 1) - 1) * math.prod(c for t, c in enumerate(point) if mask >> t & 1)
                for k, point, weight in chosen
            )
            for mask in range(1 << certified.n)
            if mask.bit_count() <= certified.degree
        ]
        return bool(chosen) and all(weight > 0 for *_, weight in chosen) and not any(totals)
    if isinstance(certified, Equivalence):
        values = [certified.network.at(point) for point in points(certified.n, 0 if certified.inputs == "01" else -1)]
        return all(len(value) == 1 and (value[0] == 1) == bool(certified.table >> k & 1) for k, value in enumerate(values))
    if isinstance(certified, IdentityCertificate):
        return sampled(certified.identity)
    if isinstance(certified, CounterexampleCertificate):
        values = {formula.symbol(t): c for t, c in certified.at} | {
            formula.symbol(t): Integer(c.count) for t, c in certified.counts
        }
        left, right = (Fraction(str(side.xreplace(values))) for side in (certified.left, certified.right))
        holds = {
            "==": left == right,
            "!=": left != right,
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
        }
        return not holds[certified.relation] and all(is_true(c) for _, c in certified.counts)
    return certified.count == {(0, 0): 2, (1, 0): 2, (1, 1): 4, (2, 0): 2, (2, 1): 14, (2, 2): 16}[certified.n, certified.degree]


def sampled(identity):
    rng, domains = random.Random(1), dict(identity.where)
    values = {
        "real": (-3, -1, 0, Rational(2, 7), 2),
        "positive": (Rational(1, 9), 1, 4),
        "nonnegative": (0, 1, 5),
        "bit": (0, 1),
        "sign": (-1, 1),
    }
    sides = [side.subs(dict(identity.given), simultaneous=True) for side in (identity.left, identity.right)]
    for _ in range(20):
        at = {
            t: Integer(1) * rng.choice(values[domains.get(t, "real")])
            for t in sorted(sides[0].free_symbols | sides[1].free_symbols, key=str)
        }
        left, right = (complex(side.subs(at).evalf()) for side in sides)
        if math.isfinite(abs(left - right)) and abs(left - right) > 1e-9 * (1 + abs(left)):
            return False
    return True


@pytest.mark.parametrize("kind", SEEDS)
def test_a_mutated_certificate_is_refused_or_true(kind):
    rng = random.Random(7)
    documents = [json.loads(certificate.write(seed)) for seed in SEEDS[kind]]
    outcomes = {"refused": 0, "rejected": 0, "accepted": 0}
    for _ in range(400):
        document = mutated(rng.choice(documents), rng)
        try:
            certified = certificate.read(json.dumps(document))
            certified.check()
        except BadInput:
            outcomes["refused"] += 1
        except Rejected:
            outcomes["rejected"] += 1
        else:
            outcomes["accepted"] += 1
            assert is_true(certified), document
    assert outcomes["refused"] and outcomes["rejected"], outcomes


@pytest.mark.parametrize("kind", SEEDS)
def test_the_oracle_of_the_mutations_tells_true_from_false(kind):
    assert all(map(is_true, SEEDS[kind])) and not is_true(certificate.TYPES[kind].lie())
