"""What steps of Krause attention do to the diameter of the tokens, and to their classes.

Says: no step widens the tokens, and a dense one contracts them by Dobrushin's factor; line windows without a choice end in one
point; causal windows with k >= 2 have one closed class, the first token.
Idea: rows are means; positive weights along a path multiply.
Edges: equal tokens; one token; k = 1, where every token is a class.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations_with_replacement, product
from random import Random

from sympy import IndexedBase, Sum, exp, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity

i, N = symbols("i N", integer=True, positive=True)
x, t = symbols("x t", real=True)
A, V, D = (IndexedBase(name) for name in ("a", "v", "D"))


def rows(points, *, k=None, reach=None):
    """Rows of weights in proportion to 2^(-D) on the k nearest tokens within a reach, of equal ones the first."""
    found = []
    for own, p in enumerate(points):
        near = [place for place in range(len(points)) if reach is None or abs(place - own) <= reach]
        kept = sorted(near, key=lambda place: (distance(points[place], p), place))[:k]
        values = {place: Fraction(1, 2 ** distance(points[place], p)) for place in kept}
        found.append([values.get(place, Fraction(0)) / sum(values.values()) for place in range(len(points))])
    return found


def distance(p, r):
    return sum((a - b) ** 2 for a, b in zip(p, r, strict=True))


def moved(points, matrix):
    return [[sum(a * p[c] for a, p in zip(row, points, strict=True)) for c in range(len(points[0]))] for row in matrix]


def diameter(points):
    return max(distance(p, r) for p in points for r in points)


def diameters(n, *, share=1):
    """Squared diameters before and after a step, windows and choices of all sizes, from points of a small grid in the plane."""
    rng = Random(n)
    for _ in range(6):
        points = [(rng.randint(0, 2), rng.randint(0, 2)) for _ in range(n)]
        for reach, k in product((None, 1), (None, 1, 2)):
            after = diameter(moved(points, rows(points, k=k, reach=reach)))
            yield Case(f"x = {points}, reach {reach}, k = {k}: squared diameter", after, share * Fraction(diameter(points)), "<=")


def contractions(n, *, share=1):
    """Diameters after a dense step in one dimension against tau times those before, and tau against 1."""
    for points in combinations_with_replacement(range(4), n):
        start = [(p,) for p in points]
        matrix = rows(start)
        tau = max(sum(abs(a - b) for a, b in zip(one, other, strict=True)) for one in matrix for other in matrix) / 2
        after = [p for (p,) in moved(start, matrix)]
        spread = share * tau * (max(points) - min(points))
        yield Case(f"x = {points}: diameter after a step", max(after) - min(after), spread, "<=")
        yield Case(f"x = {points}: tau", tau, 1, "<")


def products(n, *, steps=None):
    """The least entry of products of n - 1 random matrices of means over line windows w = 1, with entries at least 1/8."""
    rng = Random(n)
    for _ in range(6):
        total = [[Fraction(int(a == b)) for b in range(n)] for a in range(n)]
        for _ in range(n - 1 if steps is None else steps):
            raw = [[rng.randint(1, 2) * int(abs(a - b) <= 1) for b in range(n)] for a in range(n)]
            total = moved(total, [[Fraction(v, sum(row)) for v in row] for row in raw])
        yield Case(f"n = {n}: least entry of the product", min(map(min, total)), Fraction(1, 8 ** (n - 1)), ">=")


def closed(n, W, k):
    """The number of closed classes of causal windows, for tokens at 1, -4, 9, ..."""
    points = [(-1) ** place * (place + 1) ** 2 for place in range(n)]
    reads = [
        sorted(range(max(0, own - W + 1), own + 1), key=lambda place: abs(points[place] - points[own]))[:k] for own in range(n)
    ]
    reached = [{own} for own in range(n)]
    for own in range(n):  # what a token reads comes before it, so that its reach is known
        reached[own] |= {far for near in reads[own] if near < own for far in reached[near]}
    return sum(all(own in reached[far] for far in reached[own]) for own in range(n))


def causal_classes(W, *, relation=">=", classes=2, least=2):
    for k in range(least, W):
        yield Case(f"W = {W}, k = {k}, n = {10 * W}: closed classes", closed(10 * W, W, k), classes, relation)


claim = partial(Claim.of, source=HERE)


def total(term):
    return Sum(term, (i, 1, N))


MEAN = Identity.of(
    total(exp(-t * D[i]) * (V[i] - x)) / total(exp(-t * D[i])),
    total(exp(-t * D[i]) * V[i]) / total(exp(-t * D[i])) - x,
    note="a row is a mean: its weights are positive and add up to 1",
)

FAMILY = (
    Entry(
        claim(
            "diameter_nonincreasing_krause_tied",
            "The diameter of the token set never grows under the tied iteration.",
            ForEach.of(r"\operatorname{diam}(A x) \leq \operatorname{diam}(x)", diameters, first=1, costly_from=5),
            "any N_i and k; weights 2^(-D), six sets of points of a 3 x 3 grid, in the cases",
        ),
        (
            Derived.of(MEAN, Hand("means lie in the convex hull, whose diameter is that of its points")),
            Certified(4),
            Control("half of it", ForEach.of("1/2", lambda n: diameters(n, share=Fraction(1, 2)), first=3)),
        ),
    ),
    Entry(
        claim(
            "diameter_contracts_by_dobrushin_factor_krause",
            "diam(A x) <= tau(A) diam(x) with tau(A) = max_{i,l} sum_j |a_ij - a_lj| / 2 < 1.",
            ForEach.of(r"\operatorname{diam}(A x) \leq \tau(A) \operatorname{diam}(x)", contractions, first=1, costly_from=5),
            "dense, d = 1; weights 2^(-D), points 0..3, in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    total((A[i] - D[i]) * (V[i] - x)),
                    total(A[i] * V[i]) - total(D[i] * V[i]) - x * (total(A[i]) - total(D[i])),
                    note="two rows a and D with equal sums: x may be the middle of the points",
                ),
                Hand("|v_j - x| <= diam / 2, and sum_j |a_ij - a_lj| <= 2 tau; tau < 1 since weights are positive"),
            ),
            Certified(4),
            Control("tau / 2", ForEach.of("1/2", lambda n: contractions(n, share=Fraction(1, 2)), first=2)),
        ),
    ),
    Entry(
        claim(
            "consensus_krause_of_line_window_without_top_k",
            "The tied iteration over line windows converges to one point from every start.",
            ForEach.of(r"\min (A_{n-1} \cdots A_1)_{ij} \geq p^{n-1} > 0", products, first=2, costly_from=7),
            "w >= 1, no choice of nearest keys; p bounds the entries on a window; random matrices, w = 1, p = 1/8, in the cases",
        ),
        (
            Derived.of(
                MEAN,
                Hand("the diameter does not grow, so the entries of a window stay above some p > 0, the same for all steps"),
                Hand("in n - 1 steps each token reads each, with weight at least p^(n-1): the diameter shrinks by 1 - p^(n-1)"),
            ),
            Certified(5),
            Control("n - 2 steps", ForEach.of("n - 2", lambda n: products(n, steps=n - 2), first=3)),
        ),
    ),
    Entry(
        claim(
            "several_closed_classes_krause_of_causal_window_and_k_below_w",
            "With causal windows, generic starts end with at least two closed classes for every k, 2 <= k < W.",
            ForEach.of(r"\#\mathrm{closed} \geq 2", causal_classes, first=3, index="W"),
            "tied, n = 10 W; tokens at 1, -4, 9, ..., with different distances",
        ),
        (Counterexample(at=3), Control("W = 4", ForEach.of("4", causal_classes, first=4))),
    ),
    Entry(
        claim(
            "one_closed_class_krause_of_causal_window_and_k_above_one",
            "With causal windows and k >= 2, W >= 2 there is one closed class at every time, the first token.",
            ForEach.of(
                r"\#\mathrm{closed} = 1",
                lambda W: causal_classes(W, relation="==", classes=1),
                first=3,
                index="W",
                costly_from=7,
            ),
            "n = 10 W and tokens at 1, -4, 9, ... in the cases",
        ),
        (
            Derived.of(
                MEAN,
                Hand("token i > 0 reads k >= 2 tokens of its window, so one before it; from it the first token is reached"),
                Hand("the first token reads itself alone"),
            ),
            Certified(5),
            Control("k = 1", ForEach.of("1", lambda W: causal_classes(W, relation="==", classes=1, least=1), first=3)),
        ),
    ),
)
