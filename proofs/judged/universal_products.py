"""Which products and readouts compute every function: true for few inputs, refuted by counting for more.

Says: PM^(n)(n), READ(n,2;01) and AND_2(n) are all functions of n inputs up to n = 4, and not at n = 10, 8 and 9.
Idea: with Cov(n,p) = 2 sum_{k<p} C(2^n - 1, k) functions for a unit of p parameters, products and readouts are fewer than 2^(2^n).
At n = 4, PM(4) holds more than half of all functions, so each function is a product of two of its members: PM^(4)(4) is everything.
Edges: from n = 5 up to the n above neither enumeration nor this count decides.
"""

from functools import cache
from math import comb

from workbench import BadInput, Case, Certified, Claim, Control, Counterexample, Entry, ForEach, Source, threshold_tables
from workbench.classes import full_table, output_gating, products_of
from workbench.threshold import npn_orbit

OURS = (Source("workbench2026", "derived in this file", read=True),)
COVER = "from n = 5 on the number of functions is replaced by its bound from Cover's theorem"


def cov(n, p):
    """Cov(n, p), at least the number of functions of n bits of a threshold unit with p parameters, one of them a bias."""
    return 2 * sum(comb(2**n - 1, k) for k in range(p))


def counted(n, label, bound):
    """The case that a bound on a class's size reaches the number of all functions; BadInput where that decides nothing."""
    if bound >= 2**2**n:
        raise BadInput(f"n = {n} is decided neither by enumeration nor by counting: ask for n up to 4, or a larger one")
    return Case(f"n = {n}, bound on {label}", bound, 2**2**n, ">=")


@cache
def representatives(n):
    """The least tables of the NPN classes, each with its complement: every class closed under NP transformations is met."""
    left, found = set(range(1 << (1 << n))), []
    while left:
        least = min(left)
        left -= npn_orbit(least, n)
        found += [least, least ^ full_table(n)]
    return tuple(found)


def sign_products(n, *, factors=None):
    k = n if factors is None else factors(n)
    if n <= 3:
        yield Case(f"n = {n}, PM^({k})", len(products_of(threshold_tables(n), n, k, outputs="pm1")), 2**2**n)
    elif n == 4:
        pairs = output_gating(threshold_tables(n), n, outputs="pm1")
        yield Case(f"n = {n}, twice #PM", 2 * len(pairs), 2**2**n, ">")  # P and F XNOR P then meet, for every F
    else:
        yield counted(n, f"#PM^({k})", cov(n, n + 1) ** k)


def intersection_of(table, gates, n):
    """Whether a table is the AND of two of the gates: one that covers it and one that cuts the rest away."""
    cover = [g for g in gates if not table & ~g]
    extra = {g & ~table for g in cover}
    return any(a & b == 0 for a in extra for b in extra)


def made_by_readout(table, products, n):
    """Whether a table, or its complement, is a union A | B or a difference A & ~B of two of the products."""
    full = full_table(n)
    for goal in (table, table ^ full):
        inside = {p for p in products if not p & ~goal}
        if any(goal & ~a in inside or any(a | b == goal for b in inside) for a in inside):
            return True
        outside = [p for p in products if not p & goal]
        if any((p ^ goal) & ~b == 0 for p in products if not goal & ~p for b in outside):
            return True
    return False


def readouts(n):
    if n > 4:
        yield counted(n, "#READ(n,2;01)", cov(n, n + 1) ** 4 * 2 ** (2 * 2 + 1))
        return
    products = output_gating(threshold_tables(n), n, outputs="01")
    for table in representatives(n):
        yield Case(f"n = {n}, {table:#x} as a readout of two pairs", int(made_by_readout(table, products, n)), 1)


def quadratics(n, *, degree=2):
    if n > 4:
        yield counted(n, "#AND_2(n)", cov(n, 1 + n + comb(n, 2)) ** 2)
        return
    gates = threshold_tables(n, degree)
    for table in representatives(n):
        if table not in gates:
            yield Case(f"n = {n}, {table:#x} as an AND of two gates", int(intersection_of(table, gates, n)), 1)
    yield Case(f"n = {n}, constants", {0, full_table(n)} <= gates, True)


def entry(name, says, latex, cases, *evidence, last=None, uses=()):
    statement = ForEach.of(latex, cases, first=1, last=last, costly_from=5)
    return Entry(Claim(name, says, statement, (COVER,) if uses else (), OURS, uses, "judged"), evidence)


def both(name, says, latex, cases, at, control):
    """The claim as it is asked, refuted at `at`, and as far as it holds by enumeration."""
    yield entry(name, says, latex, cases, Counterexample(at=at), control, uses=("threshold_count_le_cover",))
    yield entry(f"{name}_of_n_le_4", says[:-1] + ", up to four inputs.", latex, cases, Certified(4), control, last=4)


FAMILY = (
    *both(
        "pm1_product_of_n_thresholds_universal",
        "Every function of n inputs is a +-1 product of n threshold functions.",
        r"\operatorname{PM}^{(n)}(n) = \{0,1\}^{\{0,1\}^n}",
        sign_products,
        10,
        Control("n - 1 factors", ForEach.of("PM", lambda n: sign_products(n, factors=lambda n: n - 1), first=2)),
    ),
    *both(
        "two_gated_pairs_with_readout_universal",
        "Every function of n inputs is a threshold readout of two 0/1 gated pairs.",
        r"\operatorname{READ}(n,2;01) = \{0,1\}^{\{0,1\}^n}",
        readouts,
        8,
        Control("one pair", ForEach.of("AND", lambda n: quadratics(n, degree=1), first=1), upto=3),
    ),
    *both(
        "and_gating_of_quadratics_universal",
        "Every function of n inputs is the AND of two quadratic threshold functions.",
        r"\operatorname{AND}_2(n) = \{0,1\}^{\{0,1\}^n}",
        quadratics,
        9,
        Control("ANDs of linear threshold functions", ForEach.of("AND", lambda n: quadratics(n, degree=1), first=1), upto=3),
    ),
)
