"""A polynomial threshold function may be any function of degree d on one face of the cube and any of degree d - 1 on the other.

Says: T_d(n) >= T_d(n-1) T_(d-1)(n-1) for all n, d >= 1, where T_0 = 2.
Idea: H(p(x') + K y q(x')) with a large K is H(p) on y = 0 and H(q) on y = 1, and its degree is the larger of deg p and 1 + deg q.
Edges: q may not be of degree d itself: T_1(1)^2 = 16 exceeds T_1(2) = 14.
"""

from sympy import Abs, Heaviside, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForEach, Hand, Identity, Source, threshold_count

p, y, sigma, K = symbols("p y sigma K", real=True)
r, e = symbols("r e", positive=True)  # q = sigma r is not 0


def cases(n, *, lower=1):
    for d in range(1, n + 2):
        left, right = threshold_count(n - 1, d).count, threshold_count(n - 1, d - lower).count
        yield Case(f"n = {n}, d = {d}", threshold_count(n, d).count, left * right, ">=")


def glued(size):
    where, given = {y: "bit", sigma: "sign"}, {K: size / r}
    right = (1 - y) * Heaviside(p, 0) + y * Heaviside(sigma * r, 0)
    return Identity.of(Heaviside(p + K * y * sigma * r, 0), right, where=where, given=given, note="p on y = 0 and q on y = 1")


CLAIM = Claim(
    name="polynomial_threshold_count_product_bound",
    says="There are at least T_d(n-1) T_(d-1)(n-1) threshold functions of degree d of n inputs.",
    statement=ForEach.of(r"T_d(n) \ge T_d(n-1)\, T_{d-1}(n-1) \quad (d \ge 1)", cases, first=1),
    hypotheses=("d >= 1, and T_0 counts the two constants",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="counting",
)

EVIDENCE = (
    Derived.of(
        glued(Abs(p) + e),
        Hand("neither polynomial vanishes on the cube of n - 1 inputs, so one K exceeds |p|/|q| at all its points"),
        Hand("p + K y q has degree at most d, and different pairs of functions give different functions"),
    ),
    Certified(4),
    Control("degree d on both faces", ForEach.of("T_d(n-1)^2", lambda n: cases(n, lower=0), first=1), upto=2),
    Control("K too small", glued(Abs(p) / 2 + e)),
)
