"""How many threshold factors parity needs: n with +-1 outputs, 2^(n-1) with 0/1 outputs.

Says: PM^(k)(n) lies in PTF_k(n); parity is a +-1 product of n threshold functions and of no fewer, a 0/1 product of 2^(n-1) and
of no fewer; and AND^(k)(n) is all functions if and only if k >= 2^(n-1).
Idea: +-1 factors multiply as polynomials; a 0/1 factor that accepts all odd points can reject only one even point.
Edges: one factor less fails in both conventions, at every n looked at.
"""

from itertools import product

from sympy import Symbol, symbols

from workbench import (
    BooleanFunction,
    Bound,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    DualWitness,
    Entry,
    ForEach,
    H,
    Hand,
    Identity,
    Rejected,
    Source,
    threshold_tables,
)
from workbench.classes import full_table, multiplied, products_of

p, q, w, A, B = symbols("p q w A B", real=True)
P, Q = symbols("P Q", positive=True)
a, b = symbols("a b", real=True)
n = Symbol("n", integer=True)
OURS = (Source("workbench2026", "derived in this file", read=True),)


def sgn(value):
    return 2 * H(value) - 1


def parity(n):
    return BooleanFunction.from_rule(lambda *v: sum(v) % 2, n=n).table


def outside(table, n, degree):
    """1 if all points with multiplicity 1 are a witness against this degree, else 0."""
    try:
        DualWitness(n, table, degree, tuple((k, 1) for k in range(1 << n))).check()
    except Rejected:
        return 0
    return 1


def degrees(n, *, less=0):
    for k in range(1, n + 1):
        if n == 4 and k > 2:
            return  # PM^(3)(4) is out of reach
        products = products_of(threshold_tables(n), n, k, outputs="pm1")
        yield Case(f"n = {n}, k = {k}", products, threshold_tables(n, k - less), "subset")


def sign_factors(n, *, number=None):
    number = n if number is None else number
    thresholds = [BooleanFunction.from_rule(lambda *v, k=k: sum(v) >= k, n=n).table for k in range(1, number + 1)]
    odd = multiplied(thresholds, n, outputs="pm1")
    yield Case(f"n = {n}, product of [s >= k], k = 1..{number}", odd, parity(n) ^ (0 if n % 2 else full_table(n)))
    yield Case(f"n = {n}, no product of {n - 1}: witness against degree {n - 1}", outside(parity(n), n, n - 1), 1)
    if 2 <= n <= 3:
        products = products_of(threshold_tables(n), n, n - 1, outputs="pm1")
        yield Case(f"n = {n}, no product of {n - 1}", parity(n), products, "not in")


def and_factors(n, *, rejected=1):
    even = [k for k in range(1 << n) if k.bit_count() % 2 == 0]
    yield Case(f"n = {n}, even points", len(even), 2 ** (n - 1))
    for k in even:
        yield Case(f"n = {n}, all points but {k}", full_table(n) ^ 1 << k, threshold_tables(n), "in")
    for t in threshold_tables(n):
        if t & parity(n) == parity(n):
            yield Case(f"n = {n}, even points rejected by {t:#x}", sum(not t >> k & 1 for k in even), rejected, "<=")


def universal(n, *, factors=None):
    full, top = full_table(n), 1 << (n - 1)
    for k, zeros in product(range(top), range(4)):
        t = full ^ ((zeros & 1) << k | (zeros >> 1) << (k | top))
        yield Case(f"n = {n}, zeros of {t:#x} on the edge of point {k}", t, threshold_tables(n), "in")
    k = top if factors is None else factors(n)
    if n <= 3:
        yield Case(f"n = {n}, AND^({k})", len(products_of(threshold_tables(n), n, k, outputs="01")), 2**2**n)
    if 2 <= n <= 3:
        yield Case(f"n = {n}, AND^({top - 1})", parity(n), products_of(threshold_tables(n), n, top - 1, outputs="01"), "not in")


def least_factors(n, outputs):
    """The least k for which parity is a product of k threshold functions."""
    return next(k for k in range(1, 1 << n) if parity(n) in products_of(threshold_tables(n), n, k, outputs=outputs))


def conventions(n, *, base=2):
    yield Case(f"n = {n}, least numbers of factors", (least_factors(n, "pm1"), least_factors(n, "01")), (n, base ** (n - 1)))


def entry(name, says, latex, cases, derived, upto, controls, *, full=None, first=1, costly_from=None, uses=()):
    statement = ForEach.of(latex, cases, first=first, costly_from=costly_from)
    return Entry(Claim(name, says, statement, sources=OURS, uses=uses, topic="depth"), (derived, Certified(upto, full), *controls))


SIGNS = Identity.of(sgn(p) * sgn(q), sgn(p * q), where={a: "sign", b: "sign"}, given={p: a * P, q: b * Q}, note="p, q not 0")
SWAP = Identity.of(H(A + w) * H(B - w) * (1 - H(A)) * (1 - H(B)), 0, note="two activations <= 0 cannot trade w and both exceed 0")
SWAPPED = Hand("even points e != e' turn odd by exchanging a coordinate in which they differ: one activation gains w, one loses it")

FAMILY = (
    entry(
        "pm1_product_in_degree_k_threshold",
        "A +-1 product of k threshold functions is a polynomial threshold function of degree k.",
        r"\operatorname{PM}^{(k)}(n) \subset \operatorname{PTF}_k(n)",
        degrees,
        Derived.of(
            Identity.of(sgn(p) * sgn(q), sgn(p * q), where={a: "sign", b: "sign"}, given={p: a * P, q: b * Q}, note="p, q not 0"),
            Hand("k affine forms without zeros on the cube multiply, one after another, to a polynomial of degree k without zeros"),
        ),
        3,
        (
            Control("degree k - 1", ForEach.of("PM in PTF", lambda n: degrees(n, less=1), first=1)),
            Control("0/1 outputs", Identity.of(sgn(p) + sgn(q), sgn(p + q))),
        ),
        full=4,
        costly_from=4,
    ),
    entry(
        "parity_pm1_factors_eq_n",
        "Parity of n inputs is a +-1 product of n threshold functions and of no fewer.",
        r"\min \{k : \oplus_n \in \operatorname{PM}^{(k)}(n)\} = n",
        sign_factors,
        Derived.of(
            SIGNS,
            Hand("n - s of the factors sgn(s - k + 1/2), k = 1..n, are -1, so their product is that of the +-1 inputs"),
            Hand("a product of fewer factors has degree below n, which parity has not; a sign is absorbed by one factor"),
        ),
        4,
        (Control("one factor less", ForEach.of("factors", lambda n: sign_factors(n, number=n - 1), first=2)),),
        costly_from=7,
        uses=("degree_parity_eq_arity", "pm1_product_in_degree_k_threshold"),
    ),
    entry(
        "parity_and_factors_eq_two_pow_n_minus_1",
        "As an AND of threshold functions parity of n inputs needs exactly 2^(n-1) factors.",
        r"\min \{k : \oplus_n \in \operatorname{AND}^{(k)}(n)\} = 2^{n-1}",
        and_factors,
        Derived.of(
            SWAP,
            SWAPPED,
            Hand("so a factor that accepts all odd points rejects at most one even point"),
            Hand("each of the 2^(n-1) even points is cut off by one threshold function, and their AND is parity"),
        ),
        4,
        (
            Control("three points", Identity.of(H(A + w) * H(B - w) * (1 - H(A)), 0)),
            Control("no even point rejected", ForEach.of("factors", lambda n: and_factors(n, rejected=0), first=1)),
        ),
        costly_from=5,
    ),
    entry(
        "and_product_universal_iff_k_ge_two_pow_n_minus_1",
        "All functions of n inputs are ANDs of k threshold functions if and only if k is at least 2^(n-1).",
        r"\operatorname{AND}^{(k)}(n) = \{0,1\}^{\{0,1\}^n} \Leftrightarrow k \ge 2^{n-1}",
        universal,
        Derived.of(
            SWAP,
            Hand("the cube splits into 2^(n-1) parallel edges; the zeros on one edge are cut off by one threshold function"),
            Hand("parity needs 2^(n-1) factors, and further factors may be constant"),
        ),
        4,
        (Control("one factor less", ForEach.of("AND", lambda n: universal(n, factors=lambda n: 2 ** (n - 1) - 1), first=2)),),
        costly_from=5,
        uses=("parity_and_factors_eq_two_pow_n_minus_1",),
    ),
    entry(
        "output_conventions_differ_exponentially",
        "Parity of n inputs needs n factors with +-1 outputs and 2^(n-1) factors with 0/1 outputs.",
        r"k_{\operatorname{PM}}(\oplus_n) = n,\ k_{\operatorname{AND}}(\oplus_n) = 2^{n-1}",
        conventions,
        Derived.of(
            Bound.of(n, 2 ** (n - 1), where={n: 3}, strict=True, note="fewer from n = 3 on"),
            Hand("the two numbers are those of the two claims used"),
        ),
        3,
        (
            Control("3^(n-1)", ForEach.of("factors", lambda n: conventions(n, base=3), first=2)),
            Control("fewer from n = 2 on", Bound.of(n, 2 ** (n - 1), where={n: 2}, strict=True)),
        ),
        costly_from=4,
        uses=("parity_pm1_factors_eq_n", "parity_and_factors_eq_two_pow_n_minus_1"),
    ),
)
