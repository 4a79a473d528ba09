"""What each type of certificate shows, once its check accepts it.

Says: weights whose sum has the sign of f make f a threshold function of that degree; a dual witness excludes that; equal tables are
equal functions; a canonical form that is 0 decides an identity; counted classes add up; one failing instance refutes.
Idea: a check evaluates finitely many exact numbers. What it concludes from them is stated here and tried on all small certificates.
Edges: a dual witness needs a positive multiplicity: the empty combination vanishes for every function.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import chain, combinations, product
from operator import eq, ge, gt, le, lt, ne

from sympy import Abs, Function, Heaviside, IndexedBase, Integer, Max, Rational, Sum, Symbol, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    CounterexampleCertificate,
    Cube,
    Derived,
    DualWitness,
    Entry,
    Equivalence,
    FailingCase,
    ForEach,
    Hand,
    Identity,
    Network,
    SignRepresentation,
    threshold_count,
    threshold_unit,
)
from workbench.errors import Rejected
from workbench.poly import monomial, monomials
from workbench.statement import ORDERS

x, a, b, p, w, z, sigma = symbols("x a b p w z sigma", real=True)
r = symbols("r", positive=True)
k, last = Symbol("k", integer=True), Symbol("m", integer=True, positive=True)
mu, f, q, mono = IndexedBase("mu"), IndexedBase("f"), IndexedBase("p"), IndexedBase("m")
F = Function("F")
half = Rational(1, 2)


def accepted(certificate):
    try:
        certificate.check()
    except Rejected:
        return False
    return True


def values(n, shape, weights):
    """The polynomial at the points of {-1, 1}^n, from its definition."""
    found = []
    for point in Cube(n).points():
        total = 0
        for mono, weight in zip(shape, weights, strict=True):
            for i in mono:
                weight *= point[i]
            total += weight
        found.append(total)
    return found


def represented(n, degree, size):
    """The tables of polynomials with integer weights up to `size`, from the definition."""
    shape, tables = [monomial(m) for m in monomials(n, degree)], set()
    for weights in product(range(-size, size + 1), repeat=len(shape)):
        at = values(n, shape, weights)
        if all(at):
            tables.add(sum(1 << i for i, v in enumerate(at) if v > 0))
    return tables


def representations(n, *, ties=False):
    for degree in range(n + 1):
        shape = tuple(monomial(m) for m in monomials(n, degree))
        for weights in product((-1, 0, 1), repeat=len(shape)):
            at = values(n, shape, weights)
            own = {sum(1 << i for i, v in enumerate(at) if v > 0)} if ties or all(at) else set()
            taken = {t for t in range(2**2**n) if accepted(SignRepresentation(n, t, degree, shape, weights))}
            yield Case(f"n = {n}, degree {degree}, weights {weights}", taken, own)


def witnesses(n, *, degree_of=lambda degree: degree):
    """Every combination with multiplicities up to 2 against every table; then the shipped witnesses."""
    for degree in range(n + 1):
        tables = represented(n, degree, 2 if n < 3 else 3) if (n, degree) in ((3, 0), (3, 1)) or n < 3 else set()
        for counts in product(range(3), repeat=2**n) if n < 3 else ():
            pairs = tuple((i, c) for i, c in enumerate(counts) if c)
            if pairs:
                taken = {t for t in range(2**2**n) if accepted(DualWitness(n, t, degree_of(degree), pairs))}
                yield Case(f"n = {n}, degree {degree}, witness {pairs}", len(taken & tables), 0)
        for _, witness in threshold_count(n, degree).others:
            yield Case(f"n = {n}, degree {degree}: the shipped witness", witness.table, tables, "not in")
        yield Case(
            f"n = {n}, degree {degree}: functions that are represented", len(tables) <= threshold_count(n, degree).count, True
        )


def equivalences(n, *, other="01"):
    for inputs in ("01", "pm1"):
        points = list(Cube(n, inputs).points())
        yield Case(
            f"n = {n}, inputs {inputs}: points",
            (len(set(points)), [Cube(n, inputs).index(x) for x in points]),
            (2**n, list(range(2**n))),
        )
        for weights in product((-1, 0, 1), repeat=n + 1):
            unit = threshold_unit("f", {f"x{i}": 2 * w for i, w in enumerate(weights[1:])}, 2 * weights[0] + 1)
            network = Network.of([f"x{i}" for i in range(n)], [unit], ["f"])
            taken = {t for t in range(2**2**n) if accepted(Equivalence(n, t, inputs if other == "01" else other, network))}
            sums = [2 * sum(w * v for w, v in zip(weights[1:], x, strict=True)) + unit.bias for x in points]
            yield Case(f"n = {n}, inputs {inputs}, weights {weights}", taken, {sum(1 << i for i, v in enumerate(sums) if v > 0)})


def forms(degree):
    """Expressions with a kink at 0 that are polynomials of at most this degree on either side."""
    yield from (z**j for j in range(degree + 1))
    yield from (Abs(z) ** j for j in range(1, degree + 1))
    yield from (Max(0, z) ** j for j in range(1, degree + 1))
    yield from (z**j * Heaviside(z, at_zero) for j in range(degree + 1) for at_zero in (0, 1))


def identities(degree, *, sides=(-1, 1)):
    """Two polynomials of this degree are equal if they are at degree + 1 points of a side; 0 is a case of its own."""
    points = [0] + [side * j for side in sides for j in range(1, degree + 2)]
    for left, right in combinations(dict.fromkeys(forms(degree)), 2):
        equal = all(left.subs(z, value) == right.subs(z, value) for value in points)
        yield Case(f"D = {degree}: {left} = {right}", accepted(Identity.of(left, right)), equal)


def counts(n, *, missing=0):
    for degree in (1,) if n == 3 else range(n + 1):
        certificate = threshold_count(n, degree)
        own = represented(n, degree, 3 if n == 3 else 2)
        yield Case(f"n = {n}, degree {degree}: count", certificate.count, len(own) - missing)
        yield Case(f"n = {n}, degree {degree}: functions", certificate.tables(), frozenset(own))


def relations(size, *, flip: Callable[[bool], bool] = lambda holds: not holds):
    meaning = {"==": eq, "<=": le, "<": lt, ">=": ge, ">": gt, "!=": ne}
    for name, left, right in product(ORDERS, range(-size, size + 1), range(-size, size + 1)):
        found = accepted(CounterexampleCertificate("some_claim", Integer(left), name, Integer(right)))
        yield Case(f"{left} {name} {right}", found, flip(meaning[name](left, right)))
        case = Case("a case", Fraction(left, 2), Fraction(right, 2), name)
        yield Case(f"a case: {left}/2 {name} {right}/2", fails(case), flip(meaning[name](left, right)))
    yield from kinds(size, flip)


def kinds(size, flip):
    """Truth values, pairs, and sets of the numbers below `size`, each set as the bits of an integer."""
    sets = [(bits, frozenset(i for i in range(size) if bits >> i & 1)) for bits in range(1 << size)]
    pairs = [(pair, tuple(map(Integer, pair))) for pair in product(range(size), repeat=2)]
    for (x, left), (y, right) in chain(product([(0, False), (1, True)], repeat=2), product(pairs, pairs), product(sets, sets)):
        yield Case(f"{left} == {right}", fails(Case("a case", left, right)), flip(x == y))
        yield Case(f"{left} != {right}", fails(Case("a case", left, right, "!=")), flip(x != y))
    for (x, left), (y, right) in product(sets, sets):
        yield Case(f"{left} subset {right}", fails(Case("a case", left, right, "subset")), flip(x & ~y == 0))
    for i, (x, members) in product(range(size), sets):
        yield Case(f"{i} in {members}", fails(Case("a case", i, members, "in")), flip(bool(x >> i & 1)))
        yield Case(f"{i} not in {members}", fails(Case("a case", i, members, "not in")), flip(not x >> i & 1))


def fails(case):
    return accepted(FailingCase.of_case("some_claim", "A sentence.", {"n": 1}, case))


def entry(name, says, latex, cases, near, upto, *steps, first=0, index="n", control_upto=2):
    claim = Claim(
        name, says, ForEach.of(latex, cases, first=first, index=index, costly_from=upto + 1), (), (HERE,), (), "soundness"
    )
    control = Control(near[0], ForEach.of(near[0], near[1], first=first, index=index), upto=control_upto)
    return Entry(claim, (Derived.of(*steps), Certified(upto), control))


FAMILY = (
    entry(
        "sign_representation_shows_threshold",
        "If the weighted sum of monomials up to degree d has the sign of f at every point, f is a threshold function of degree d.",
        r"\operatorname{sgn} \sum_m w_m m(x) = f(x) \text{ for all } x,\ \deg m \le d \Rightarrow f \in PTF_d(n)",
        representations,
        ("an activation 0 allowed", lambda n: representations(n, ties=True)),
        2,
        Identity.of(
            a + b * x, half * (1 - x) * (a - b) + half * (1 + x) * (a + b), where={x: "sign"}, note="one step of the transform"
        ),
        Hand("the transform does this for each variable in turn, so that the numbers compared are the values of the polynomial"),
        Hand("a threshold function of degree d is one that a polynomial of degree d has as its sign at every point"),
    ),
    entry(
        "dual_witness_excludes_threshold",
        "If positive multiples of f(x) m(x) add up to 0 for each monomial m up to degree d, f is not in PTF_d.",
        r"\mu \ge 0,\ \mu \ne 0,\ \sum_x \mu(x) f(x) m(x) = 0 \text{ for } \deg m \le d \Rightarrow f \notin PTF_d(n)",
        witnesses,
        ("degree d excluded by orthogonality up to d - 1", lambda n: witnesses(n, degree_of=lambda degree: max(degree - 1, 0))),
        2,
        Identity.of(
            Sum(mu[k] * f[k] * (q[k] + w * mono[k]), (k, 0, last)),
            Sum(mu[k] * f[k] * q[k], (k, 0, last)) + w * Sum(mu[k] * f[k] * mono[k], (k, 0, last)),
            note="one more monomial adds its weight times its sum, 0",
        ),
        Identity.of((2 * Heaviside(p, 0) - 1) * p, Abs(p), note="if f = sgn(p), each term is mu |p|"),
        Hand("so the sum of mu f p is 0 for every p of degree d, while the sum of mu |p| is positive if p vanishes nowhere"),
    ),
    entry(
        "equal_tables_are_equal_functions",
        "Two functions on a cube with the same truth table agree at every point, in either input convention.",
        r"\operatorname{table}(f) = \operatorname{table}(g) \Rightarrow f = g",
        equivalences,
        ("the table read in the other convention", lambda n: equivalences(n, other="pm1")),
        2,
        Identity.of(F(x), (1 - x) * F(0) + x * F(1), where={x: "bit"}, note="a function of a bit is known from its two values"),
        Identity.of(F(x), half * (1 - x) * F(-1) + half * (1 + x) * F(1), where={x: "sign"}, note="and a function of a sign"),
        Hand("bit number sum x_i 2^i runs through all points once; apply the identity to each input in turn"),
    ),
    entry(
        "canonical_form_decides_identity",
        "If the difference of two sides has the canonical form 0 in every case of signs, they are equal wherever both are defined.",
        r"\operatorname{canonical}(l - r) = 0 \text{ in each case} \Rightarrow l = r",
        identities,
        ("equal on z >= 0 only", lambda degree: identities(degree, sides=(1,))),
        2,
        Identity.of(
            Heaviside(z, 0) + Heaviside(-z, 0) + (Heaviside(z, 1) - Heaviside(z, 0)), 1, note="z > 0, z < 0 and z = 0 are all cases"
        ),
        Identity.of(Abs(sigma * r), r, where={sigma: "sign"}, note="in each case z is plus or minus a positive number, or 0"),
        Hand("a rational function with numerator 0 is 0 wherever its denominator is not, whatever values its generators take"),
        index="D",
    ),
    entry(
        "count_of_partition_into_classes",
        "If NPN classes partition all functions, the sizes of those with represented members add up to the count.",
        r"T_d(n) = \sum_{\text{classes of threshold functions}} |\text{class}|",
        counts,
        ("one function fewer", lambda n: counts(n, missing=1)),
        3,
        Identity.of(
            Heaviside(-sigma * r, 0), 1 - Heaviside(sigma * r, 0), where={sigma: "sign"}, note="-p represents the negation"
        ),
        Hand("permuting and negating inputs keeps the degree, so a class lies inside PTF_d(n) or outside, as one member"),
        Hand("the classes are disjoint and hold 2^(2^n) functions, so that every function is counted once"),
    ),
    entry(
        "counterexample_refutes",
        "Exact values at which the negation of a relation holds refute the claim that it always does.",
        r"\exists v: \neg R(v) \Rightarrow \neg \forall v: R(v)",
        relations,
        ("accepted where the relation holds", lambda size: relations(size, flip=lambda holds: holds)),
        2,
        Identity.of(
            Heaviside(a - b, 0) + Heaviside(b - a, 0) + (Heaviside(a - b, 1) - Heaviside(a - b, 0)), 1, note="a > b, a < b or a = b"
        ),
        Hand(
            "each relation is the set of signs of a - b for which it holds; a statement about all values fails if it fails at one"
        ),
        Hand("a function in one class, by its network, and not in another, by its dual witness, refutes the inclusion"),
        index="N",
    ),
)
