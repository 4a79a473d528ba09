"""Cover's bound for threshold functions of every degree.

Says: T_d(n) <= Cov(n, p) <= 2^(n (p-1) + 1) with p = C(n, <=d), for all n, d >= 1; so T(n) <= Cov(n, n+1) <= 2^(n^2 + 1).
Idea: a polynomial of degree d is linear in its p coefficients, so its signs on the cube are a dichotomy of 2^n vectors of R^p.
Edges: equality at d >= n, where every function is counted; one parameter fewer and the bound fails at once.
"""

from math import comb

from sympy import IndexedBase, Sum, Symbol, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForEach, Hand, Identity, Source, threshold_count

n, p, q, M = symbols("n p q M", positive=True)
k, last = Symbol("k", integer=True), Symbol("m", integer=True, positive=True)
c, h, feature = IndexedBase("c"), IndexedBase("h"), IndexedBase("m")


def cover(n, p):
    return 2 * sum(comb(2**n - 1, k) for k in range(p))


def cases(n, *, less=0):
    for d in range(1, n + 2):
        p = sum(comb(n, k) for k in range(d + 1)) - less
        yield Case(f"n = {n}, d = {d}: T_d(n) and Cov(n, p)", threshold_count(n, d).count, cover(n, p), "<=")
        yield Case(f"n = {n}, d = {d}: Cov(n, p) and its power of 2", cover(n, p), 2 ** (n * (p - 1) + 1), "<=")


CLAIM = Claim(
    name="threshold_count_le_cover",
    says="There are at most Cov(n, p) <= 2^(n(p-1)+1) threshold functions of degree d, p the number of monomials up to degree d.",
    statement=ForEach.of(
        r"T_d(n) \le 2 \sum_{k < p} \binom{2^n - 1}{k} \le 2^{n (p - 1) + 1},\quad p = \sum_{k \le d} \binom{n}{k},\ d \ge 1",
        cases,
        first=1,
    ),
    hypotheses=("d >= 1; a degree above n adds no monomial",),
    sources=(
        Source("cover1965geometrical", "applied to the points of a cube", read=False),
        Source("workbench2026", "derived in this file", read=True),
    ),
    uses=("dichotomies_le_cover_sum",),
    topic="counting",
)

EVIDENCE = (
    Derived.of(
        Identity.of(
            Sum((c[k] + h[k]) * feature[k], (k, 0, last)),
            Sum(c[k] * feature[k], (k, 0, last)) + Sum(h[k] * feature[k], (k, 0, last)),
            note="the polynomial is linear in its coefficients, one for each monomial",
        ),
        Hand("its signs on the cube are a strict dichotomy of the 2^n vectors of monomials in R^p, which are at most Cov(n, p)"),
        Identity.of((M + 1) ** q + M * (M + 1) ** q, (M + 1) ** (q + 1), note="the sum C(M,0) + ... + C(M,q) is at most (M+1)^q"),
        Hand("C(M, q+1) <= M^(q+1) <= M (M+1)^q, and the sum for q = 0 is 1"),
        Identity.of(2 * (2**n) ** (p - 1), 2 ** (n * (p - 1) + 1), note="M + 1 = 2^n and q = p - 1"),
    ),
    Certified(4),
    Control("one monomial fewer", ForEach.of("p - 1", lambda n: cases(n, less=1), first=1)),
)
