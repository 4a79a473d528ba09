"""A function has threshold degree above d if and only if its product with parity is weakly represented in degree n - d - 1.

Says: f is no threshold function of degree d if and only if a polynomial p != 0 of degree at most n - d - 1 has p f chi >= 0 on
{-1,1}^n, chi = x_0 ... x_(n-1). So at most one of f and f chi has degree d if n = 2d + 1, and T_d(2d+1) is at most half of all; and
T_(n-1)(n) is all but two.
Idea: a dual witness mu f has no monomial up to degree d; times chi, none from degree n - d on, and p = mu f chi is the polynomial.
Edges: with n = 2d in place of 2d + 1 both may have degree d; if p may vanish everywhere, the zero polynomial represents all.
"""

from functools import cache
from itertools import product

from sympy import symbols

from workbench import (
    HERE,
    BooleanFunction,
    Case,
    Certified,
    Claim,
    Control,
    Cube,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Multilinear,
    Source,
    threshold_count,
    threshold_tables,
)
from workbench.poly import monomials

x, a, b, f, chi, mu, p = symbols("x a b f chi mu p", real=True)


@cache
def parity(n):
    """The table of chi, +1 where an even number of inputs is -1."""
    return BooleanFunction.from_rule(lambda *bits: (n - sum(bits)) % 2 == 0, n=n).table


def twisted(table, n):
    """The table of f chi."""
    return table ^ parity(n) ^ (1 << (1 << n)) - 1


@cache
def weakly_represented(n, degree, *, largest):
    """The tables g with p g >= 0 for some p != 0 of the degree with integer coefficients up to `largest`: free where p = 0."""
    found = set()
    rows = [[(-1) ** (m & ~k).bit_count() for m in monomials(n, degree)] for k in range(1 << n)]
    signs = {
        tuple((v > 0) - (v < 0) for v in polynomial_values(c, rows))
        for c in product(range(-largest, largest + 1), repeat=len(rows[0]))
    }
    for sign in signs:
        if any(sign):
            tables = [sum(1 << k for k, v in enumerate(sign) if v > 0)]
            for k in (k for k, v in enumerate(sign) if not v):
                tables += [t | 1 << k for t in tables]
            found.update(tables)
    return frozenset(found)


def polynomial_values(coefficients, rows):
    return [sum(c * v for c, v in zip(coefficients, row, strict=True)) for row in rows]


def by_enumeration(n, *, shift=1):
    for d in range(n):
        weak = weakly_represented(n, max(n - d - shift, 0), largest=2 if n - d - shift < 2 else 1)
        missing = {t for t in range(1 << (1 << n)) if t not in threshold_tables(n, d)}
        yield Case(
            f"n = {n}, d = {d}: no threshold functions, and twists that are weakly represented",
            missing,
            {twisted(t, n) for t in weak},
        )


def by_witnesses(n, *, more=1):
    """p = mu f chi for the witness mu of each class of functions that are no threshold functions of a degree."""
    for d in range(n):
        for _, evidence in threshold_count(n, d).others:
            signed = {k: m * (1 if evidence.table >> k & 1 else -1) for k, m in evidence.witness}
            values = [signed.get(k, 0) * (1 if parity(n) >> k & 1 else -1) for k in range(1 << n)]
            found = Multilinear.from_values(values, Cube(n))
            yield Case(f"n = {n}, d = {d}, {evidence.table:#x}: degree of mu f chi", found.degree, n - d - more, "<=")


def cases(n):
    if n <= 3:
        yield from by_enumeration(n)
    yield from by_witnesses(n)


def halves(d, *, arity=1):
    n = 2 * d + arity
    tables = threshold_tables(n, d)
    yield Case(f"d = {d}, n = {n}: T_d(n)", len(tables), 2 ** (2**n - 1), "<=")
    yield Case(f"d = {d}, n = {n}: functions with their twist among them", sum(twisted(t, n) in tables for t in tables), 0)


def all_but_parities(n, *, less=1):
    missing = {t for t in range(1 << (1 << n)) if t not in threshold_tables(n, n - less)}
    yield Case(f"n = {n}: functions that are missing", missing, {parity(n), parity(n) ^ (1 << (1 << n)) - 1})
    yield Case(f"n = {n}: T_{n - less}(n)", threshold_count(n, n - less).count, 2 ** (2**n) - 2)


def entry(name, says, latex, cases, sources, *evidence, first=1, last=None, costly=4, uses=(), index="n"):
    statement = ForEach.of(latex, cases, first=first, last=last, costly_from=costly, index=index)
    return Entry(Claim(name, says, statement, sources=sources, uses=uses, topic="counting"), evidence)


def false(what, cases, upto=None, first=1):
    return Control(what, ForEach.of(what, cases, first=first), upto=upto)


DUALITY = "not_ptf_iff_parity_twist_weakly_represented"
FAMILY = (
    entry(
        DUALITY,
        "f has no sign representation of degree d if and only if f chi has a weak one, not zero, of degree n - d - 1.",
        r"f \notin \operatorname{PTF}_d(n) \iff \exists\, p \ne 0,\ \deg p \le n - d - 1\colon\ p\, f \chi \ge 0",
        cases,
        (HERE, Source("gordan1873aufloesung", "theorem of the alternative", read=False)),
        Derived.of(
            Hand("by Gordan, f is not in PTF_d if and only if some mu >= 0, not 0, has sum mu f m = 0 for each m up to degree d"),
            Identity.of(
                x * (a + b * x), b + a * x, where={x: "sign"}, note="chi exchanges a monomial and that of the other inputs"
            ),
            Hand("so mu f has no monomial up to degree d if and only if p = mu f chi has none from degree n - d on"),
            Identity.of(mu * f * chi * f * chi, mu, where={f: "sign", chi: "sign"}, note="p f chi = mu"),
            Identity.of(p * f * chi * f, p * chi, where={f: "sign"}, note="and mu = p f chi gives mu f = p chi back"),
        ),
        Certified(3, full=4),
        false("one degree less", lambda n: by_enumeration(n, shift=2), 2),
        false("the witnesses in one degree less", lambda n: by_witnesses(n, more=2), 3),
    ),
    entry(
        "degree_d_count_le_half_of_odd_arity",
        "At most half of the functions of 2d + 1 inputs are threshold functions of degree d.",
        r"T_d(2d+1) \le 2^{2^{2d+1} - 1}",
        halves,
        (HERE,),
        Derived.of(
            Hand(
                "if f has degree d, f = (f chi) chi is weakly represented in degree d = n - d - 1, so that f chi has not degree d"
            ),
            Identity.of(f * chi * chi, f, where={chi: "sign"}, note="f -> f chi pairs all functions off"),
        ),
        Certified(1),
        false("2d inputs", lambda d: halves(d, arity=0), 2),
        first=0,
        costly=2,
        uses=(DUALITY,),
        index="d",
    ),
    entry(
        "degree_n_minus_1_count_eq_all_but_parities",
        "All functions of n inputs but parity and its negation are threshold functions of degree n - 1.",
        r"T_{n-1}(n) = 2^{2^n} - 2",
        all_but_parities,
        (Source("wang1991threshold", "threshold order n", read=False), HERE),
        Derived.of(
            Identity.of(a * f * chi, a, given={f: chi}, where={chi: "sign"}, note="a constant a > 0 represents f chi if f = chi"),
            Hand("a weak representation of degree 0 is a constant that is not 0, so f chi is constant: f is chi or -chi"),
        ),
        Certified(3, full=4),
        false("degree n - 2", lambda n: all_but_parities(n, less=2), 2, first=2),
        uses=(DUALITY,),
    ),
)
