"""Errors of keeping N tokens, and the softmax bounds behind them.

Says: the largest norms leave the least bound; both errors are forms in the means of kept and discarded values, and a shift of all
values leaves the renormalised one; the Jacobian of softmax(l/T) has norm up to 1/(2 T), not 1/(4 T).
Idea: z = M mu_S + (1 - M) mu_T.
Edges: two equal entries; one score that grows with the length.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations, product
from random import Random

from sympy import IndexedBase, Matrix, Rational, Sum, limit, oo, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

x, y, a, b, c, M, mu, nu = symbols("x y a b c M mu nu", real=True)
p_ = symbols("p", positive=True)
i_, L_ = symbols("i L", integer=True, positive=True)
g, h, v = (IndexedBase(name) for name in "ghv")
RETRIEVAL = Source("mudarisov2026geometric", "metrics and propositions as later work of the group states them", read=False)


WHOLE = ((3, 4, 5), (-4, 3, 5), (0, -5, 5), (5, -12, 13), (-8, -15, 17))  # vectors of whole norms, and these


def least_rest(tokens, *, worst=False, weighted=False):
    """The sizes that the N greatest leave, against those of every set of N, and these against the discarded sum of vectors.

    Sizes are norms; or, if `weighted`, weights of values with norms up to 1.
    """
    for seed in range(6):
        rng = Random(seed)
        weights, values = [rng.randint(0, 9) for _ in range(tokens)], [rng.choice(WHOLE) for _ in range(tokens)]
        sizes = [w * (Fraction(1) if weighted else v[2]) for w, v in zip(weights, values, strict=True)]
        scale = 17 if weighted else 1
        for N in range(1, tokens):
            least = sum(sorted(sizes)[N:] if worst else sorted(sizes)[:-N])
            for S in combinations(range(tokens), N):
                out = [i for i in range(tokens) if i not in S]
                rest, square = sum(sizes[i] for i in out), sum(sum(weights[i] * values[i][c] for i in out) ** 2 for c in (0, 1))
                yield Case(f"sizes {[*map(str, sizes)]}, S = {S}: least bound", least, rest, "<=")
                yield Case(f"sizes {[*map(str, sizes)]}, S = {S}: square of the error", Fraction(square, scale**2), rest**2, "<=")


def means(tokens, *, shift=0):
    """For each N the mass, both errors and both means of weights in proportion to 1..L and values i^2 + shift."""
    weights = [Fraction(i + 1, tokens * (tokens + 1) // 2) for i in range(tokens)]
    values = [i * i + shift for i in range(tokens)]
    results = []
    for N in range(1, tokens):
        kept = range(tokens - N, tokens)
        mass, s = sum(weights[i] for i in kept), sum(weights[i] * values[i] for i in kept)
        z = sum(w * v for w, v in zip(weights, values, strict=True))
        results.append((mass, z - s, z - s / mass, s / mass, (z - s) / (1 - mass)))
    return results


def mean_forms(tokens, *, times=1):
    for mass, deleted, renormalised, inner, outer in means(tokens):
        yield Case(f"L = {tokens}, M = {mass}: deletion", deleted, (1 - mass) * outer)
        yield Case(f"L = {tokens}, M = {mass}: renormalised", renormalised, (1 - mass) * (outer - times * inner))


def translated(tokens, *, renormalised_shift=0):
    for before, after in zip(means(tokens), means(tokens, shift=7), strict=True):
        yield Case(f"L = {tokens}, M = {before[0]}, b = 7: deletion", after[1] - before[1], (1 - before[0]) * 7)
        yield Case(f"L = {tokens}, M = {before[0]}, b = 7: renormalised", after[2] - before[2], renormalised_shift)


def recovery(L, *, K=1, slack=0):
    """Competitors that beat the weakest useful score with chance 1/3 each: the mean over all 2^(L - K) outcomes."""
    total = Fraction(0)
    for beats in product((0, 1), repeat=L - K):
        hits = sum(beats)
        total += Fraction(1, 3) ** hits * Fraction(2, 3) ** (L - K - hits) * (K + hits)
    yield Case(f"L = {L}, K = {K}, chance 1/3", total, K + Fraction(L - K, 3) + slack)


def jacobian_norm(n, *, bound=Fraction(1, 4)):
    """The greatest eigenvalue of the Jacobian at two equal entries (1/2 each), and at n equal ones, T = 1."""
    J = Matrix(n, n, lambda i, j: Rational(int(i == j), n) - Rational(1, n * n))
    yield Case(f"T = 1, {n} equal entries: norm", max(J.eigenvals()), bound, "<=")


def growing_weight(*, top=L_):
    """The limit of 1/(L max alpha) for L scores, one of them ln(top) above the others."""
    yield Case(f"scores ln({top}), 0, ..., 0: limit of 1/(L max alpha)", limit((top + L_ - 1) / (top * L_), L_, oo), 0, ">")


def largest_weight(L, *, spread):
    """The largest of L weights, one score ln(spread) above the others, against 4/L."""
    top = Fraction(spread)
    yield Case(f"L = {L}, scores ln({top}), 0, ..., 0: largest weight", top / (top + L - 1), Fraction(4, L), "<=")


claim = partial(Claim.of, source=RETRIEVAL)


def over(term):
    return Sum(term, (i_, 1, L_))


EXCHANGE = Identity.of(
    over((1 - h[i_]) * v[i_]) - over((1 - g[i_]) * v[i_]),
    over((v[i_] - x) * (g[i_] - h[i_])) + x * (over(g[i_]) - over(h[i_])),
    note="what two sets leave of sizes v; h and g are 1 on them and 0 elsewhere",
)
TRIANGLE = Identity.of(
    (x**2 + y**2) * (a**2 + b**2) - (x * a + y * b) ** 2, (x * b - y * a) ** 2, note="Cauchy-Schwarz, in a plane of two vectors"
)
GREEDY = Hand("with g the N greatest, and x the least of them, no (v - x) (g - h) is negative, and both sets have N members")
ERROR = Identity.of((M * mu + (1 - M) * nu) - mu, (1 - M) * (nu - mu), note="z = M mu_S + (1 - M) mu_T, less s/M = mu_S")


FAMILY = (
    Entry(
        claim(
            "contribution_ranking_minimises_norm_bound",
            "Over sets of N, the largest norms leave the least sum of norms, a bound on |e_del|.",
            ForEach.of(
                r"\|e_{del}\| \leq \sum_{i \notin S} \|y_i\| \geq \sum_{i \notin S_{contr}} \|y_i\|",
                least_rest,
                first=2,
                index="L",
                costly_from=6,
            ),
        ),
        (
            Derived.of(
                EXCHANGE, TRIANGLE, GREEDY, Hand("so |y_i + y_j| <= |y_i| + |y_j|, and e_del is the sum of the discarded y_i")
            ),
            Certified(4),
            Control("the smallest", ForEach.of("worst", lambda n: least_rest(n, worst=True), first=3)),
        ),
    ),
    Entry(
        claim(
            "attention_ranking_minimises_mass_bound",
            "Over sets of N, the largest weights leave the least mass, and B (1 - M_S) bounds |e_del|.",
            ForEach.of(
                r"\|e_{del}\| \leq B (1 - M_S) \geq B (1 - M_{S_{attn}})",
                lambda n: least_rest(n, weighted=True),
                first=2,
                index="L",
                costly_from=6,
            ),
            "|v_i| <= B; B = 1, and weights before their division by their sum in the cases",
        ),
        (
            Derived.of(
                EXCHANGE, TRIANGLE, GREEDY, Hand("|sum_i alpha_i v_i| <= sum_i alpha_i B over the discarded, whose mass is 1 - M")
            ),
            Certified(4),
            Control("the smallest", ForEach.of("worst", lambda n: least_rest(n, worst=True, weighted=True), first=3)),
        ),
    ),
    Entry(
        claim(
            "deletion_and_renormalisation_errors_eq_mean_forms",
            "e_del = (1 - M_S) mu_T and e_ren = (1 - M_S)(mu_T - mu_S).",
            ForEach.of(r"e_{del} = (1-M)\mu_T,\ e_{ren} = (1-M)(\mu_T - \mu_S)", mean_forms, first=2, index="L", costly_from=9),
            "0 < M_S < 1",
        ),
        (
            Derived.of(ERROR, Hand("mu_S = s/M and mu_T = e_del/(1 - M) by definition")),
            Certified(5),
            Control("twice mu_S", ForEach.of("2", lambda n: mean_forms(n, times=2), first=3)),
        ),
    ),
    Entry(
        claim(
            "renormalisation_error_translation_invariant",
            "v + b for v adds (1 - M_S) b to e_del and leaves e_ren.",
            ForEach.of(r"\Delta e_{del} = (1 - M) b,\ \Delta e_{ren} = 0", translated, first=2, index="L", costly_from=9),
            "fixed weights, S; 0 < M_S",
        ),
        (
            Derived.of(
                ERROR, Hand("both means move by b: e_del = (1 - M) mu_T by (1 - M) b, and the difference of the means not at all")
            ),
            Certified(5),
            Control("moved by 1", ForEach.of("1", lambda n: translated(n, renormalised_shift=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "expected_recovery_size_eq_linear_form",
            "E[N_rec] = K + (L - K) p.",
            ForEach.of(r"E[N_{rec}] = K + (L - K) p", recovery, first=1, index="L", costly_from=9),
            "fixed useful scores, i.i.d. competitors, p the chance to beat the weakest useful score; K = 1, p = 1/3 in the cases",
        ),
        (
            Derived.of(
                Identity.of(p_ * (x + 1) + (1 - p_) * x, x + p_, note="one more competitor adds p to a mean x"),
                Hand("N_rec is K and the number of competitors above the weakest useful score; means add"),
            ),
            Certified(6),
            Control("one more", ForEach.of("+ 1", lambda n: recovery(n, slack=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "softmax_jacobian_norm_at_most_quarter_inverse_temperature",
            "The norm of the Jacobian of softmax(l/T) is at most min(1/(4 T), sqrt(2)).",
            ForEach.of(r"\|J\|_2 \leq \tfrac{1}{4T}", jacobian_norm, first=2),
            "T = 1, n equal entries",
        ),
        (Counterexample(at=2), Control("three entries", ForEach.of("3", jacobian_norm, first=3))),
    ),
    Entry(
        claim(
            "softmax_jacobian_norm_at_most_half_inverse_temperature",
            "The norm of the Jacobian of softmax(l/T) is at most 1/(2 T), attained at two equal entries.",
            ForEach.of(r"\|J\|_2 \leq \tfrac{1}{2T}", lambda n: jacobian_norm(n, bound=Fraction(1, 2)), first=2, costly_from=7),
            "T = 1, equal entries in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(Rational(1, 2) - 2 * x * (1 - x), 2 * (x - Rational(1, 2)) ** 2, note="2 s_i (1 - s_i) is at most 1/2"),
                Hand(
                    "row i of J(s) has the absolute sum 2 s_i (1 - s_i), which bounds the norm of a symmetric matrix "
                    "(Gershgorin); the slope in l is J/T"
                ),
            ),
            Certified(5),
            Control("1/4", ForEach.of("1/4", jacobian_norm, first=2)),
        ),
    ),
    Entry(
        claim(
            "weights_order_inverse_length",
            "The largest weight is O(1/L).",
            ForEach.of(r"\max_i \alpha_i \leq 4/L", lambda L: largest_weight(L, spread=3), first=1, index="L", costly_from=30),
            "bounded scores: 0 and ln 3, constant 4",
        ),
        (
            Derived.of(
                Identity.of(x * (x + L_ - 1) - x * L_, x * (x - 1), note="x/(x + L - 1) <= x/L for x >= 1, x = e^spread"),
                Hand("weights are at most e^(2 b)/L for scores in [-b, b]"),
            ),
            Certified(12),
            Control("spread 10", ForEach.of("10", lambda L: largest_weight(L, spread=10), first=9)),
        ),
    ),
    Entry(
        claim(
            "weights_order_inverse_length_of_any_scores",
            "The largest weight is O(1/L).",
            ForEach.once(r"\lim_{L \to \infty} \tfrac{1}{L \max_i \alpha_i} > 0", growing_weight),
            "arbitrary scores: one of ln L, the others 0; L max alpha is bounded if and only if its reciprocal stays above 0",
        ),
        (Counterexample(at=0), Control("scores of ln(L)/2", ForEach.once("1/2", lambda: growing_weight(top=sqrt(L_))))),
    ),
)
