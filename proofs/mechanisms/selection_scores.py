"""Precision, recall and F of the N vectors that are kept, by their distances to their sum.

Says: both scores are bounded by the number of inversions, and perfect exactly if there is none, which is a positive margin; F may
fall and rise with N; a useful set that is missed in m places costs m (N - K + m) inversions.
Idea: each wrongly ranked vector makes at least one inversion.
Edges: one vector kept; duplicates; a sum that is 0.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise, product
from random import Random

from sympy import IndexedBase, Integer, Sum, sqrt, symbols

from workbench import Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity, Source

x, y = symbols("x y", real=True)
near, far, kept, more, eta = symbols("near far N more eta", positive=True)
i, j, d = symbols("i j d", integer=True, positive=True)
a, b = IndexedBase("a"), IndexedBase("b")
RETRIEVAL = Source("mudarisov2026geometric", "metrics and propositions as later work of the group states them", read=False)


def heads(tokens, *, draws=12):
    """Integer vectors in the plane, some of them equal."""
    for seed in range(draws):
        rng = Random(100 * tokens + seed)
        yield [(rng.randint(-3, 3), rng.randint(-3, 3)) for _ in range(tokens)]


def squares(ys, S):
    """Squared distances of all vectors to the sum of those in S."""
    total = [sum(ys[i][c] for i in S) for c in (0, 1)]
    return [sum((v - t) ** 2 for v, t in zip(vector, total, strict=True)) for vector in ys]


def scores(D, S):
    """Precision, recall, F, inversions and margin of squared distances."""
    out = [d for i, d in enumerate(D) if i not in S]
    inside = [D[i] for i in S]
    N = len(S)
    P = Fraction(N, N + sum(bool(d <= max(inside)) for d in out))
    R = Fraction(sum(bool(d < min(out)) for d in inside), N)
    return P, R, 2 * P * R / (P + R), sum(bool(d <= e) for d in out for e in inside), min(out) - max(inside)


def selections(tokens):
    for ys in heads(tokens):
        for N in range(1, tokens):
            for S in combinations(range(tokens), N):
                yield f"y = {ys}, S = {S}", scores(squares(ys, S), S), N


def precision_bound(tokens, *, times=1):
    for label, (P, _, _, inversions, _), N in selections(tokens):
        yield Case(f"{label}: precision", P, times * Fraction(N, N + inversions), ">=")


def recall_bound(tokens, *, share=1):
    for label, (_, R, _, inversions, _), N in selections(tokens):
        yield Case(f"{label}: recall", R, max(0, 1 - share * Fraction(inversions, N)), ">=")


def perfect(tokens, *, margin=0):
    for label, (P, R, F, inversions, gap), _ in selections(tokens):
        yield Case(f"{label}: perfect scores, inversions, margin", (P == R == F == 1, inversions == 0), (gap > margin,) * 2)


def singletons(tokens, *, duplicates=False):
    for ys in heads(tokens):
        if duplicates or len(set(ys)) == tokens:
            for i in range(tokens):
                yield Case(f"y = {ys}, S = {{{i}}}: F", scores(squares(ys, (i,)), (i,))[2], 1)


BENT = ((-3, 3), (2, -3), (1, -3), (-2, 0), (-1, 1))  # by descending norm


def bent(*, ys=BENT):
    """F of the first N vectors for N = 1, 2, ...: whether it rises and falls."""
    values = [scores(squares(ys, S), S)[2] for N in range(1, len(ys)) if (S := tuple(range(N)))]
    rises, falls = (any(sign * (c - a) > 0 for a, c in pairwise(values)) for sign in (1, -1))
    yield Case(f"y = {ys}: F = {[*map(str, values)]} rises, falls", (rises, falls), (True, True))


def zero_aggregate(tokens, *, second=-1):
    """Stabilised cosine distances, eta = 1/1000, to the sum of y and `second` times y, of which both are kept."""
    for ys in heads(tokens + 1, draws=4):
        ys.insert(1, (second * ys[0][0], second * ys[0][1]))
        s = [sum(v[c] for v in ys[:2]) for c in (0, 1)]
        sizes = [sqrt(sum(t * t for t in v)) for v in (*ys, s)]
        D = [1 - (v[0] * s[0] + v[1] * s[1]) / (size * sizes[-1] + Fraction(1, 1000)) for v, size in zip(ys, sizes, strict=False)]
        _, R, F, _, _ = scores(D, (0, 1))
        yield Case(f"y = {ys}, the first two kept: distances, recall and F", (*D, R, F), (*[1] * len(ys), 0, 0))


def near_norm(tokens, *, times=1):
    """The square of the bound, |y - s|^2 + |s|^2 - |y|^2 <= 2 |y - s| |s|, squared once more where its left side is positive."""
    for ys in heads(tokens):
        s = [sum(v[c] for v in ys[: tokens // 2]) for c in (0, 1)]
        for v in ys:
            gap, norm, own = (sum(t * t for t in w) for w in (((v[0] - s[0]), (v[1] - s[1])), s, v))
            excess = gap + norm - own * times
            yield Case(f"y = {v}, s = {s}", excess <= 0 or excess**2 <= 4 * gap * norm, True)


def missed(tokens, *, extra=0):
    """All rankings by scores with ties, all useful sets: m (N - K + m) + extra against the inversions."""
    for values in product(range(3), repeat=tokens):
        order = sorted(range(tokens), key=lambda i, v=values: (-v[i], i))
        for K in range(1, tokens):
            U = set(order[1 : 1 + K]) if sum(values) % 2 else set(range(tokens - K, tokens))
            inversions = sum(values[j] >= values[i] for i in U for j in range(tokens) if j not in U)
            for N in range(K, tokens):
                m = len(U - set(order[:N]))
                yield Case(f"scores {values}, U = {sorted(U)}, N = {N}", m * (N - K + m) + extra, inversions, "<=")
                yield Case(f"scores {values}, U = {sorted(U)}, N = {N}: no miss", N < K + inversions or m == 0, True)


claim = partial(Claim.of, source=RETRIEVAL)


def over(term, index=i):
    return Sum(term, (index, 1, d))


INVERSION = Identity.of(x * (y + x), x * y + x**2, note="x missed times y + x in excess, y = N - K")
PRECISION = Identity.of(
    kept / (kept + near) - kept / (kept + near + more),
    kept * more / ((kept + near) * (kept + near + more)),
    note="N/(N + near) falls where more are near",
)
RECALL = Identity.of(1 - (near + more) / kept, (kept - near) / kept - more / kept, note="recall is (N - far)/N; far = near here")
NEAR = Hand("each discarded vector no farther than the farthest kept one makes an inversion with it: near <= GInv")
FAR = Hand("each kept vector no nearer than the nearest discarded one makes an inversion with it: far <= GInv")


FAMILY = (
    Entry(
        claim(
            "precision_at_least_inverse_inversion_bound",
            "P_N >= N/(N + GInv_N).",
            ForEach.of(r"P_N \geq N/(N + \mathrm{GInv})", precision_bound, first=2, index="L", costly_from=6),
        ),
        (
            Derived.of(PRECISION, NEAR),
            Certified(4),
            Control("three times", ForEach.of("3", lambda n: precision_bound(n, times=3), first=3)),
        ),
    ),
    Entry(
        claim(
            "recall_at_least_inversion_bound",
            "R_N >= max(0, 1 - GInv_N/N).",
            ForEach.of(r"R_N \geq \max(0, 1 - \mathrm{GInv}/N)", recall_bound, first=2, index="L", costly_from=6),
        ),
        (
            Derived.of(RECALL, FAR),
            Certified(4),
            Control("a quarter of the inversions", ForEach.of("1/4", lambda n: recall_bound(n, share=Fraction(1, 4)), first=3)),
        ),
    ),
    Entry(
        claim(
            "margin_positive_iff_perfect_scores",
            "The margin is positive iff there is no inversion, iff P_N = R_N = F_N = 1.",
            ForEach.of(r"\gamma_N > 0 \iff \mathrm{GInv} = 0 \iff P = R = F = 1", perfect, first=2, index="L", costly_from=6),
        ),
        (
            Derived.of(
                Identity.of(
                    1 - kept / (kept + near), near / (kept + near), note="what precision lacks to 1: 0 only where near = 0"
                ),
                Identity.of(1 - (kept - far) / kept, far / kept, note="what recall lacks to 1: 0 only where far = 0"),
                Hand("margin > 0 says that every discarded vector is farther than every kept one: no inversion, near = far = 0"),
                Hand("an inversion has its discarded vector among the near ones and its kept one among the far ones; F(1, 1) = 1"),
            ),
            Certified(4),
            Control("margin above 3", ForEach.of("3", lambda n: perfect(n, margin=3), first=3)),
        ),
    ),
    Entry(
        claim(
            "singleton_score_one_of_any_selection",
            "N = 1 gives F_1 = 1 for every choice of the token.",
            ForEach.of(r"F_1 = 1", singletons, first=2, index="L", costly_from=6),
            "Euclidean, no duplicate y",
        ),
        (
            Derived.of(
                Identity.of((y - x) ** 2, 0, given={y: x}, note="one coordinate: the sum is the kept vector, its distance is 0"),
                Hand("every other vector differs from it and has a positive distance: precision and recall are 1"),
            ),
            Certified(4),
            Control("duplicates", ForEach.of("=", lambda n: singletons(n, duplicates=True), first=4), upto=5),
        ),
    ),
    Entry(
        claim("scores_not_monotone_in_n", "Some head has F_N increasing and decreasing in N.", ForEach.once(r"F_N", bent)),
        (Certified(0), Control("orthogonal vectors", ForEach.once("e", lambda: bent(ys=((3, 0), (0, 2)))))),
    ),
    Entry(
        claim(
            "zero_aggregate_gives_zero_recall_cosine",
            "s_N = 0 gives all distances 1 and R_N = F_N = 0.",
            ForEach.of(r"s_N = 0 \Rightarrow D_i = 1,\ R_N = F_N = 0", zero_aggregate, first=1, index="L - 2", costly_from=6),
            "stabilised cosine, eta > 0; of y, -y and others the first two are kept in the cases",
        ),
        (
            Derived.of(
                Identity.of(1 - x * y / (abs(x) * abs(y) + eta), 1, given={y: Integer(0)}, note="y = 0 for the sum"),
                Hand(
                    "all distances are 1, so no kept vector is nearer than the nearest discarded one: R = 0, and F = 2 P R/(P + R)"
                ),
            ),
            Certified(4),
            Control("y and 2 y", ForEach.of("2", lambda n: zero_aggregate(n, second=2), first=1)),
        ),
    ),
    Entry(
        claim(
            "discarded_distance_near_aggregate_norm",
            "| |y_j - s_N| - |s_N| | <= |y_j|.",
            ForEach.of(r"\bigl| |y_j - s| - |s| \bigr| \leq |y_j|", near_norm, first=2, index="L", costly_from=9),
            "squared twice in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    over(a[i] ** 2) * over(b[j] ** 2, j)
                    + over(a[j] ** 2, j) * over(b[i] ** 2)
                    - 2 * over(a[i] * b[i]) * over(a[j] * b[j], j),
                    over(over((a[i] * b[j] - a[j] * b[i]) ** 2, j)),
                    note="Lagrange: 2 |a|^2 |b|^2 - 2 (a.b)^2 is a sum of squares; a = y - s, b = s",
                ),
                Hand("so -a.b <= |a| |b|, and (|a| - |b|)^2 = |a|^2 + |b|^2 - 2 |a| |b| <= |a + b|^2 = |y|^2"),
            ),
            Certified(5),
            Control("half of |y_j|^2", ForEach.of("1/2", lambda n: near_norm(n, times=Fraction(1, 2)), first=3), upto=5),
        ),
    ),
    Entry(
        claim(
            "missed_times_excess_at_most_inversions",
            "m (N - K + m) <= I, so N >= K + I suffices for m = 0.",
            ForEach.of(r"m (N - K + m) \leq I", missed, first=2, index="L", costly_from=5),
            "N >= K, ties by index; at N = K it says m^2 <= I, so 1 - m/K >= 1 - sqrt(I)/K",
        ),
        (
            Derived.of(
                INVERSION,
                Hand(
                    "S without U has N - K + m tokens, and each scores at least as much as each of the m missed ones: that many "
                    "inversions"
                ),
            ),
            Certified(4),
            Control("one more", ForEach.of("+ 1", lambda n: missed(n, extra=1), first=2)),
        ),
    ),
)
