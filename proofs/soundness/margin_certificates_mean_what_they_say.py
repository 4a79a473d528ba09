"""What multipliers over rational rows show: a least point, that no point has the margins, and bounds on a nuclear norm.

Says: multipliers with slackness make their combination of the rows the least point with margins 1; a vanishing combination excludes
every such point; a combination of operator norm at most 1 bounds the nuclear norm from below by the sum of its multipliers.
Idea: weigh the margins by the multipliers. What that gives is tried against every point of a grid.
Edges: multipliers that are all 0 exclude nothing; a combination that stretches a vector bounds nothing.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import IndexedBase, Max, Sum, Symbol, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    LeastNorm,
    NoMargin,
    NuclearBracket,
)
from workbench.errors import Rejected

i = Symbol("i", integer=True)
k, m, d = symbols("k m d", integer=True, positive=True)
lam, g, w, u = (IndexedBase(name) for name in ("lambda", "g", "w", "u"))
a, b, s, t, n = symbols("a b s t N", nonnegative=True)
GRID = tuple(Fraction(v, 2) for v in range(-4, 5))


def accepted(certificate):
    try:
        certificate.check()
    except Rejected:
        return False
    return True


def row_sets(size):
    """Pairs of rows in the plane with entries from -size to size."""
    vectors = [tuple(map(Fraction, v)) for v in product(range(-size, size + 1), repeat=2)]
    return [(one, two) for one in vectors for two in vectors if one <= two]


def separated(rows):
    return [w for w in product(GRID, repeat=2) if all(sum(x * y for x, y in zip(r, w, strict=True)) >= 1 for r in rows)]


def quarters(rows):
    return product([Fraction(v, 4) for v in range(5)], repeat=len(rows))


def least_points(size, *, excess=0):
    """Every accepted combination against the squared lengths of the grid points with margins 1."""
    for rows in row_sets(size):
        for multipliers in quarters(rows):
            certificate = LeastNorm(rows, multipliers)
            if accepted(certificate):
                own = sum(v * v for v in certificate.point)
                shorter = [w for w in separated(rows) if sum(v * v for v in w) < own + excess]
                yield Case(f"{rows}, {multipliers}: shorter points", len(shorter), 0)


def excluded(size, *, grid=separated):
    for rows in row_sets(size):
        for multipliers in quarters(rows):
            if accepted(NoMargin(rows, multipliers)):
                yield Case(f"{rows}, {multipliers}: points with margins 1", len(grid(rows)), 0)


def brackets(size, *, lower=0):
    """Matrices of one column: their nuclear norm is the length of the column, held against both bounds."""
    for rows in row_sets(size):
        points = separated(rows)
        for left, multipliers in product(points[:3], quarters(rows)):
            certificate = NuclearBracket(rows, multipliers, tuple((v,) for v in left), ((Fraction(1),),))
            if accepted(certificate):
                yield Case(f"{rows}, {left}: from above", certificate.high**2, sum(v * v for v in left), ">=")
                least = min(sum(v * v for v in point) for point in points)
                yield Case(f"{rows}, {multipliers}: from below", (certificate.low + lower) ** 2, least, "<=")


def entry(name, says, latex, cases, near, *steps):
    statement = ForEach.of(latex, cases, first=1, index="N", costly_from=2)
    claim = Claim(name, says, statement, sources=(HERE,), topic="soundness")
    return Entry(claim, (Derived.of(*steps), Certified(1), Control(near[0], ForEach.of(near[0], near[1], first=1, index="N"))))


WEIGHED = Identity.of(
    Sum(lam[i] * (g[i] - 1), (i, 1, m)),
    Sum(lam[i] * g[i], (i, 1, m)) - Sum(lam[i], (i, 1, m)),
    note="weighed margins, g_i the product of row i with a point",
)
FAMILY = (
    entry(
        "multipliers_show_least_norm",
        "A combination of the rows with margins at least 1, and no multiplier where a margin exceeds 1, is the least such point.",
        r"w = \sum_k \lambda_k g_k,\ \lambda \ge 0,\ \langle g_k, w\rangle \ge 1,\ \lambda_k(\langle g_k, w\rangle - 1) = 0 "
        r"\Rightarrow |w| = \min",
        least_points,
        ("a point that is strictly shorter than all", partial(least_points, excess=Fraction(1, 100))),
        WEIGHED,
        Identity.of(Sum((u[i] - w[i]) ** 2, (i, 1, d)), Sum(u[i] ** 2 - 2 * u[i] * w[i] + w[i] ** 2, (i, 1, d)), note="|u - w|^2"),
        Hand(
            "<w, w> is the sum of lambda_k <g_k, w> = sum lambda_k by slackness, and <w, u> = sum lambda_k <g_k, u> >= sum lambda_k"
        ),
        Hand("so 0 <= |u - w|^2 <= |u|^2 - |w|^2 for every u with margins at least 1, with equality only at u = w"),
    ),
    entry(
        "vanishing_combination_excludes_margin",
        "If a combination of the rows that is not negative and not all 0 vanishes, no point has margin 1 with every row.",
        r"\lambda \ge 0,\ \lambda \ne 0,\ \sum_k \lambda_k g_k = 0 \Rightarrow \nexists w: \langle g_k, w\rangle \ge 1",
        excluded,
        ("points of any margin excluded", partial(excluded, grid=lambda rows: GRID)),
        WEIGHED,
        Hand("with margins at least 1 the left side is at least 0, and the right side is 0 minus a positive sum"),
    ),
    entry(
        "dual_and_factors_bracket_nuclear_norm",
        "If |sum lambda_k G_k| <= 1, every W with margins 1 has |W|_* >= sum lambda; W = K Q^T has |W|_* <= (|K|^2 + |Q|^2)/2.",
        r"\sum_k \lambda_k \le \min |W|_* \le \tfrac12(|K|_F^2 + |Q|_F^2)",
        brackets,
        ("a bound that is larger by 1", partial(brackets, lower=1)),
        WEIGHED,
        Identity.of(Max(a * b, (a**2 + b**2) / 2), (a**2 + b**2) / 2, note="a singular value is at most half the sum of squares"),
        Hand("sum lambda_k <= sum lambda_k <G_k, W> = <Y, W> <= |Y|_op |W|_*, the duality of the two norms"),
        Hand("|K Q^T|_* is the sum over the columns of at most |k_j| |q_j|, by the triangle inequality"),
        Hand("elimination without a negative pivot shows 1 - Y^T Y to be positive semidefinite, which says |Y|_op <= 1"),
    ),
)
