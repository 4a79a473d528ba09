"""Bounds on precision, on errors and on the slopes of softmax for N kept tokens: those that hold, and two that do not.

Says: precision is 1 exactly if recall is, and at least N/L; of two kept vectors each is as far from their sum as the other is long;
a smaller bound need not mean a smaller error, and renormalising may increase it; slopes of softmax are at most 1/(4 T).
Idea: discarded vectors may cancel.
Edges: two tokens of equal weight and opposite values.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations, product
from random import Random

from sympy import Rational, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity

x, y = symbols("x y", nonnegative=True)
M, S, T = symbols("M S T", real=True)
kept, near, far = symbols("N near far", positive=True)


def precision_and_recall(tokens):
    """Both scores of every set of integer vectors in the plane, some of them equal, by squared distances to their sum."""
    for seed, N in product(range(10), range(1, tokens)):
        rng = Random(50 * tokens + seed)
        ys = [(rng.randint(-3, 3), rng.randint(-3, 3)) for _ in range(tokens)]
        for S in combinations(range(tokens), N):
            total = [sum(ys[i][c] for i in S) for c in (0, 1)]
            D = [sum((v - t) ** 2 for v, t in zip(vector, total, strict=True)) for vector in ys]
            out, inside = [d for i, d in enumerate(D) if i not in S], [D[i] for i in S]
            near = sum(d <= max(inside) for d in out)
            yield f"y = {ys}, S = {S}", Fraction(N, N + near), Fraction(sum(d < min(out) for d in inside), N), N


def both_perfect(tokens, *, level=1):
    for label, P, R, _ in precision_and_recall(tokens):
        yield Case(f"{label}: precision is 1, recall is at least {level}", P == 1, R >= level)


def least_precision(tokens, *, more=0):
    for label, P, _, N in precision_and_recall(tokens):
        yield Case(f"{label}: precision", P, Fraction(N + more, tokens), ">=")


def pair_radii(m, *, swapped=True):
    a, b = (m, 1), (2, -m)
    total = tuple(s + t for s, t in zip(a, b, strict=True))
    for one, other in ((a, b), (b, a)):
        distance = sum((s - t) ** 2 for s, t in zip(one, total, strict=True))
        yield Case(f"y_a = {a}, y_b = {b}: squared distance", distance, sum(t * t for t in (other if swapped else one)))


def smaller_bound(m):
    """Discarded m, m against m + 1, -m: sums of norms 2 m and 2 m + 1."""
    small, large = (m, m), (m + 1, -m)
    yield Case(f"discarded {small} (norms {2 * m}) and {large} (norms {2 * m + 1}): errors", abs(sum(small)), abs(sum(large)), "<=")


def renormalised(m):
    """Two equal weights, the values m kept and -m discarded: errors |0 - m| and |-m/2|."""
    s, z = Fraction(m, 2), Fraction(0)
    yield Case(f"weights 1/2, 1/2, values {m} and {-m}, the first kept: errors", abs(z - 2 * s), abs(z - s), "<=")


def against_means(n, *, times=2):
    """Weights 1, ..., n over their sum, values in the plane: is the renormalised error smaller, is 2 mu_T.mu_S over |mu_S|^2?"""
    rng, weights = Random(n), [Fraction(2 * i + 2, n * (n + 1)) for i in range(n)]
    for N, _ in product(range(1, n), range(8)):
        values = [(rng.randint(-3, 3), rng.randint(-3, 3)) for _ in range(n)]
        kept, left = ([sum(weights[i] * values[i][c] for i in part) for c in (0, 1)] for part in (range(N), range(N, n)))
        M = sum(weights[:N])
        errors = [sum((a + b - b / scale) ** 2 for a, b in zip(left, kept, strict=True)) for scale in (M, 1)]
        S, T = [v / M for v in kept], [v / (1 - M) for v in left]
        product_, square = sum(a * b for a, b in zip(S, T, strict=True)), sum(a * a for a in S)
        yield Case(f"v = {values}, M = {M}: smaller error, means", errors[0] < errors[1], times * product_ > square)


def entries(n, *, bound=Fraction(1, 4)):
    """Entries of the Jacobian at T = 1 for e^l = 1, 2, ..., n."""
    s = [Fraction(i + 1, n * (n + 1) // 2) for i in range(n)]
    for i, j in product(range(n), repeat=2):
        yield Case(f"e^l = 1..{n}, entry {i}, {j}", abs(s[i] * ((i == j) - s[j])), bound, "<=")


claim = partial(Claim.of, source=HERE)


FAMILY = (
    Entry(
        claim(
            "precision_one_iff_recall_one",
            "P_N = 1 if and only if R_N = 1.",
            ForEach.of(r"P_N = 1 \iff R_N = 1", both_perfect, first=2, index="L", costly_from=6),
        ),
        (
            Derived.of(
                Identity.of(
                    1 - kept / (kept + near), near / (kept + near), note="what precision lacks to 1: 0 only where near = 0"
                ),
                Identity.of(1 - (kept - far) / kept, far / kept, note="what recall lacks to 1: 0 only where far = 0"),
                Hand(
                    "a discarded vector is near, or a kept one far, exactly if the least discarded distance is <= the largest kept"
                ),
            ),
            Certified(4),
            Control("recall 1/2", ForEach.of("1/2", lambda n: both_perfect(n, level=Fraction(1, 2)), first=3)),
        ),
    ),
    Entry(
        claim(
            "precision_at_least_n_over_l",
            "P_N >= N/L.",
            ForEach.of(r"P_N \geq N/L", least_precision, first=2, index="L", costly_from=6),
        ),
        (
            Derived.of(
                Identity.of(
                    1 - x / (x + y + 1), (y + 1) / (x + y + 1), note="N = x: what N/(N + near) lacks to 1 grows with near = y + 1"
                ),
                Hand("at most L - N discarded vectors are near, so N/(N + near) >= N/L"),
            ),
            Certified(4),
            Control("(N + 1)/L", ForEach.of("N + 1", lambda n: least_precision(n, more=1), first=2), upto=5),
        ),
    ),
    Entry(
        claim(
            "pair_radii_eq_swapped_norms",
            "S = {a, b} gives D_a = |y_b| and D_b = |y_a|.",
            ForEach.of(r"D_a = \|y_b\|,\ D_b = \|y_a\|", pair_radii, first=1, index="m", costly_from=9),
            "N = 2, Euclidean; y_a = (m, 1), y_b = (2, -m) in the cases",
        ),
        (
            Derived.of(
                Identity.of((x + y) ** 2 - 2 * x * (x + y) + x**2, y**2, note="one coordinate of |y_a - s|^2 with s = y_a + y_b"),
                Hand("squares add up over coordinates"),
            ),
            Certified(4),
            Control("own norms", ForEach.of("own", lambda m: pair_radii(m, swapped=False), first=1), upto=2),
        ),
    ),
    Entry(
        claim(
            "smaller_bound_implies_smaller_deletion_error",
            "If the discarded norms of S add up to less than those of S', |e_del(S)| <= |e_del(S')|.",
            ForEach.of(r"\|e_{del}(S)\| \leq \|e_{del}(S')\|", smaller_bound, first=1, index="m"),
            "scalars m, m, m + 1, -m; S discards the first two, S' the last two",
        ),
        (Counterexample(at=1), Control("m = 2", ForEach.of("2", smaller_bound, first=2))),
    ),
    Entry(
        claim(
            "renormalisation_never_increases_error",
            "|e_ren| <= |e_del|.",
            ForEach.of(r"\|e_{ren}\| \leq \|e_{del}\|", renormalised, first=1, index="m"),
            "0 < M_S < 1; two equal weights, values m and -m",
        ),
        (Counterexample(at=1), Control("m = 2", ForEach.of("2", renormalised, first=2))),
    ),
    Entry(
        claim(
            "renormalisation_decreases_error_iff_twice_product_of_means_exceeds_square",
            "|e_ren| < |e_del| if and only if 2 mu_T.mu_S > |mu_S|^2.",
            ForEach.of(
                r"\|e_{ren}\| < \|e_{del}\| \iff 2 \mu_T \cdot \mu_S > \|\mu_S\|^2",
                against_means,
                first=2,
                index="L",
                costly_from=8,
            ),
            "0 < M_S < 1, mu_S and mu_T the means of the kept and of the discarded values",
        ),
        (
            Derived.of(
                Identity.of(
                    ((1 - M) * T) ** 2 - ((1 - M) * (T - S)) ** 2,
                    (1 - M) ** 2 * (2 * T * S - S**2),
                    note="one coordinate of |e_del|^2 - |e_ren|^2, for e_del = (1 - M) mu_T and e_ren = (1 - M)(mu_T - mu_S)",
                ),
                Hand("squares and products add up over coordinates, and 1 - M is positive"),
            ),
            Certified(4),
            Control("the product itself", ForEach.of("1", lambda n: against_means(n, times=1), first=2), upto=4),
        ),
    ),
    Entry(
        claim(
            "jacobian_entries_at_most_quarter_inverse_temperature",
            "Every entry of the Jacobian of softmax(l/T) is at most 1/(4 T) in absolute value.",
            ForEach.of(r"|\partial s_i/\partial l_j| \leq \tfrac{1}{4T}", entries, first=2, costly_from=9),
            "T = 1, e^l = 1, ..., n in the cases",
        ),
        (
            Derived.of(
                Identity.of(Rational(1, 4) - x * (1 - x), (x - Rational(1, 2)) ** 2, note="diagonal entries s_i (1 - s_i)"),
                Hand("off the diagonal s_i s_j <= s_i (1 - s_i), as s_j is one summand of 1 - s_i; the slope in l is that over T"),
            ),
            Certified(5),
            Control("1/8", ForEach.of("1/8", lambda n: entries(n, bound=Fraction(1, 8)), first=2)),
        ),
    ),
)
