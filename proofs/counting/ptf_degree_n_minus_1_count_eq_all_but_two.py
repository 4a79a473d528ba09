"""Every function of n inputs but the two parities is a threshold function of degree n - 1.

Says: T_(n-1)(n) = 2^(2^n) - 2 for n >= 1, and the two that are missing are parity and its complement.
Idea: weigh the points where f equals chi = x_0 ... x_(n-1) by the number B of the others, and those by the number A of the first:
then f times the weight is orthogonal to chi, so that its degree is less than n.
Edges: if A or B is 0 the weight vanishes; that is the case of the two parities, which need degree n (`degree_parity_eq_arity`).
"""

from sympy import Heaviside, Rational, symbols

from workbench import BooleanFunction, Case, Certified, Claim, Control, Derived, ForEach, Hand, Identity, Source, threshold_tables

f, chi = symbols("f chi", real=True)
F, N = symbols("F N", real=True)
A, B = symbols("A B", positive=True)  # points with f = chi, and with f = -chi
half = Rational(1, 2)


def functions(n):
    """All functions but the two parities."""
    odd = BooleanFunction.from_rule(lambda *bits: sum(bits) % 2, n=n)
    return frozenset(range(2**2**n)) - {odd.table, (~odd).table}


def cases(n, *, less=1):
    found = threshold_tables(n, n - less)
    yield Case(f"n = {n}: count", len(found), 2**2**n - 2)
    yield Case(f"n = {n}: functions", found, functions(n))


CLAIM = Claim(
    name="ptf_degree_n_minus_1_count_eq_all_but_two",
    says="There are 2^(2^n) - 2 threshold functions of degree n - 1 of n inputs: all but parity and its complement.",
    statement=ForEach.of(r"T_{n-1}(n) = 2^{2^n} - 2", cases, first=1, costly_from=4),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    uses=("degree_parity_eq_arity",),
    topic="counting",
)

EVIDENCE = (
    Derived.of(
        Identity.of(
            Heaviside(half * (A + B) * f + half * (B - A) * chi, 0),
            half * (1 + f),
            where={f: "sign", chi: "sign"},
            note="p = ((A+B) f + (B-A) chi)/2 is B f where f = chi and A f elsewhere: it has the sign of f",
        ),
        Identity.of(half * (A + B) * F + half * (B - A) * N, 0, given={F: A - B, N: A + B}, note="the sum of p chi over the cube"),
        Hand("F = A - B is the sum of f chi and N = A + B that of chi^2; so p has no term in chi, the only monomial of degree n"),
        Hand("A and B are positive unless f is chi or -chi"),
    ),
    Certified(3, full=4),
    Control("degree n - 2", ForEach.of("n - 2", lambda n: cases(n, less=2), first=2), upto=3),
    Control("degree n", ForEach.of("n", lambda n: cases(n, less=0), first=1)),
)
