"""Threshold functions as sets without broken circuits, and the weight that samples their number.

Says: T_d(n) = 2 sum_k C(2^n - 1, k) P_k, P_k the share of the k-sets S for which S and e_0 have no broken circuit, in any order of
the points; with the points in random order, W = prod_v (1 - min of u over the support of v) has the mean P_k and lies in [0, 1].
Idea: the regions of an arrangement are those without its last hyperplane and those of its restriction; so are these sets.
Edges: independent sets alone are too many; P_k <= 1 is Cover's bound.
"""

from fractions import Fraction
from functools import cache
from itertools import combinations, permutations
from math import comb, gcd, prod

from sympy import symbols

from workbench import HERE, Bound, Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Source, threshold_count
from workbench.poly import monomials

WHITNEY = Source("zaslavsky1975facing", "regions and sets without broken circuits", read=False)
B, a, b, c, d = symbols("B a b c d", nonnegative=True)


@cache
def vectors(n, degree, *, order=1):
    """The monomials at the 2^n points, in the order of the points or another one."""
    points = [k * order % (1 << n) for k in range(1 << n)]
    return tuple(tuple((-1) ** (m & ~k).bit_count() for m in monomials(n, degree)) for k in points)


def reduced(vector, basis):
    """The vector with the pivots of the basis removed, (0, ..., 0) if it lies in the span."""
    for pivot, row in basis:
        if vector[pivot]:
            vector = tuple(a * row[pivot] - vector[pivot] * b for a, b in zip(vector, row, strict=True))
    scale = gcd(*vector) or 1
    return tuple(v // scale for v in vector)


def extended(basis, vector):
    """The basis with one more vector, None if that depends on it."""
    rest = reduced(vector, basis)
    pivot = next((i for i, v in enumerate(rest) if v), None)
    return None if pivot is None else (*basis, (pivot, rest))


def unbroken(rows, *, any_circuit=False):
    """The number of sets of each size without a broken circuit, or, weaker, without a circuit; the first row is the smallest.

    From the largest down, no row, taken or not, may depend on larger ones that were taken; or, weaker, no row that is taken.
    """
    counts = [0] * (len(rows[0]) + 1)
    pending = [(len(rows), 0, ())]
    while pending:
        left, size, basis = pending.pop()
        if not left:
            counts[size] += 1
            continue
        larger = extended(basis, rows[left - 1])
        if larger is not None:
            pending.append((left - 1, size + 1, larger))
        if larger is not None or any_circuit:
            pending.append((left - 1, size, basis))
    return counts


@cache
def shares(n, degree):
    """P_k for k < D: half of the sets of size k + 1 and k, those with e_0, among the C(2^n - 1, k) of them."""
    counts, found = unbroken(vectors(n, degree)), []
    with_first = 0
    for k, number in enumerate(counts[:-1]):
        with_first = number - with_first
        found.append(Fraction(with_first, comb(2**n - 1, k)))
    return found


def reach(n):
    return range(n + 1) if n <= 3 else range(2)


def region_cases(n, **changed):
    for d in reach(n):
        counts = unbroken(vectors(n, d), **changed)
        yield Case(f"n = {n}, d = {d}: sets", sum(counts), threshold_count(n, d).count)
        yield Case(f"n = {n}, d = {d}: sets, another order", counts, unbroken(vectors(n, d, order=5), **changed))
        total = 2 * sum(comb(2**n - 1, k) * share for k, share in enumerate(shares(n, d)))
        yield Case(f"n = {n}, d = {d}: 2 sum C(2^n - 1, k) P_k", total, threshold_count(n, d).count)


def support(vector, chosen, rows):
    """The members of an independent set that a vector of its span uses: those without which it is outside; None if outside."""
    if any(reduced(vector, spanned(chosen, rows))):
        return None
    return [j for j in chosen if any(reduced(vector, spanned([i for i in chosen if i != j], rows)))]


def spanned(chosen, rows):
    basis = ()
    for i in chosen:
        basis = extended(basis, rows[i])
    return basis


def mean_weight(chosen, rows, *, whole=True):
    """The mean of W over independent uniform u: over the orders of u on the set, of a product of 1 - (order statistics).

    The increments 1 - u_(i) of the ordered u have joint moments by integration from the largest u down. `whole` is e_0's part:
    W = 0 if e_0 depends on the set.
    """
    basis = ()
    for i in (*chosen, *([0] if whole else [])):
        basis = extended(basis, rows[i])
        if basis is None:
            return Fraction(0)
    used = [s for v in range(1, len(rows)) if v not in chosen and (s := support(rows[v], chosen, rows))]
    total = Fraction(0)
    for order in permutations(chosen):
        powers = [sum(min(s, key=order.index) == j for s in used) for j in order]
        total += prod((Fraction(1, i + 1 + sum(powers[len(order) - 1 - i :])) for i in range(len(order))), start=Fraction(1))
    return total


def weight_cases(n, **changed):
    for d in reach(n) if n <= 2 else (0, 1):
        rows = vectors(n, d)
        for k, share in enumerate(shares(n, d)):
            weights = [mean_weight(chosen, rows, **changed) for chosen in combinations(range(1, 1 << n), k)]
            yield Case(f"n = {n}, d = {d}, k = {k}: mean of W", sum(weights) / len(weights) if weights else Fraction(0), share)
            yield Case(f"n = {n}, d = {d}, k = {k}: largest", max(weights, default=0), 1, "<=")
            yield Case(f"n = {n}, d = {d}, k = {k}: least", min(weights, default=0), 0, ">=")


def cover_cases(n, *, less=0):
    for d in range(n + 1):
        D = len(monomials(n, d)) - less
        yield Case(f"n = {n}, d = {d}: Cover", threshold_count(n, d).count, 2 * sum(comb(2**n - 1, k) for k in range(D)), "<=")
    for d in reach(n):
        for k, share in enumerate(shares(n, d)):
            yield Case(f"n = {n}, d = {d}, k = {k}: P_k", share, 1, "<=")


def entry(name, says, latex, cases, source, *evidence, first=0, costly=4, uses=()):
    statement = ForEach.of(latex, cases, first=first, costly_from=costly)
    return Entry(Claim(name, says, statement, sources=(source, HERE), uses=uses, topic="counting"), evidence)


def false(what, cases, upto=None, first=0):
    return Control(what, ForEach.of(what, cases, first=first), upto=upto)


REGIONS, COVER = "regions_eq_nbc_sets", "threshold_count_le_cover"
FAMILY = (
    entry(
        REGIONS,
        "Threshold functions of degree d are as many as sets of points without a broken circuit among their monomial vectors.",
        r"T_d(n) = 2 \sum_{k < D} \binom{2^n - 1}{k} P_k",
        region_cases,
        WHITNEY,
        Derived.of(
            Hand(
                "regions: those without the hyperplane of the largest point, and one more for each that it splits, its own regions"
            ),
            Hand("such sets: those without the largest point, and those with it, which are such sets of the restriction"),
            Hand("the smallest point may be added to or taken from every such set: half have it, C(2^n - 1, k) P_k with k others"),
        ),
        Certified(3, full=4),
        false("sets without a circuit", lambda n: region_cases(n, any_circuit=True), 3),
    ),
    entry(
        "nbc_weight_unbiased",
        "The weight W of a random k-set (0 if e_0 depends on it, else prod_v (1 - min u over supp v)) is in [0, 1], of mean P_k.",
        r"0 \le W \le 1,\quad \operatorname{E} W = P_k,\quad W = \prod_v (1 - \min_{j \in \operatorname{supp} v} u_j)",
        weight_cases,
        HERE,
        Derived.of(
            Hand("if S and e_0 are independent, a broken circuit in them is a support in S whose point v comes before all of it"),
            Hand("given u on S, the u_v of other points are independent, and v comes before its support with probability min u_j"),
            Bound.of(a * c, (a + b) * (c + d), note="a product of shares a of a + b = 1 and c of c + d = 1 is at most 1"),
            Hand("the mean over all orders of the points is P_k: the number of such sets of each size is the same in every order"),
        ),
        Certified(3),
        false("e_0 left out", lambda n: weight_cases(n, whole=False), 3),
    ),
    entry(
        "cover_bound_holds",
        "T_d(n) is at most Cov(n, D) = 2 (C(2^n-1, 0) + ... + C(2^n-1, D-1)), D the number of monomials up to degree d.",
        r"T_d(n) \le 2 \sum_{k < D} \binom{2^n - 1}{k}",
        cover_cases,
        Source("cover1965geometrical", "applied to the points of a cube", read=False),
        Derived.of(
            Hand("for d >= 1 this is threshold_count_le_cover, and T_0(n) = 2 = Cov(n, 1)"),
            Bound.of(2 * B * a, 2 * B * (a + b), note="it follows from regions_eq_nbc_sets as well: P_k = a is at most a + b = 1"),
        ),
        Certified(3, full=4),
        false("one monomial fewer", lambda n: cover_cases(n, less=1)),
        uses=(COVER,),
    ),
)
