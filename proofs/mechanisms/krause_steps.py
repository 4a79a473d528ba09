"""Symmetries and steps of Krause attention, its truncated flow, and the Hegselmann-Krause model.

Says: weights are a softmax with a penalty on the norms of keys; they stay under joint translation, not scaling; a step keeps the
mean weighted by the normalisers, not the mean; limits of the HK model are more than epsilon apart.
Idea: the squared norm of a query is common to its row.
Edges: three tokens, two of them equal; two tokens 2 R apart; a chain of tokens, R from each to the next, that breaks.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations_with_replacement, pairwise

from sympy import IndexedBase, Sum, Symbol, diff, exp, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Hand, Identity, Source
from workbench.canonical import vanishes

j, N = symbols("j N", integer=True, positive=True)
A, V = IndexedBase("a"), IndexedBase("v")
q, k_, t, c = symbols("q k t c", real=True)
sigma = Symbol("sigma", positive=True)
KRAUSE = Source("liu2026krause", "sections 3-5 and tables of version 1", read=True)


def truncated_gap(R, *, distance=None):
    """Two tokens without others at a distance of 2 R: |x_0' - x_1'|, truncated weights, sigma large."""
    gap = 2 * R if distance is None else distance
    share = Fraction(int(gap <= R), 1 + int(gap <= R))
    yield Case(f"R = {R}, tokens 0 and {gap}: rate at which the gap shrinks", 2 * share * gap, 0, ">")


def end_of_chain(m, *, share=Fraction(1, 2)):
    """m tokens at 0, one at R and one at 2 R, s(R) = share: the rate at which the gap R of the last two shrinks."""
    middle = share * (1 - m) / (m * share + 1 + share)
    last = -share / (1 + share)
    yield Case(
        f"{m} tokens at 0, one at R, one at 2 R, s(R) = {share}: rate at which the last gap shrinks / R", middle - last, 0, ">="
    )


def contracting(n, *, times=2):
    """Tokens 0 and R in all numbers, s(R) = 1/2: the rate at which the diameter shrinks against 2 p diam, p = s(R)/n."""
    share = Fraction(1, 2)
    for low in range(1, n):
        high = n - low
        rate = share * high / (low + share * high) + share * low / (high + share * low)
        yield Case(f"{low} tokens at 0, {high} at R: rate at which the gap shrinks / R", rate, times * share / n, ">=")


def hk_steps(points):
    """The HK model with epsilon = 1 to its end, in exact arithmetic."""
    while True:
        means = []
        for p in points:
            near = [r for r in points if abs(p - r) <= 1]
            means.append(sum(near) / len(near))
        if means == points:
            return points
        points = means


def hk_limits(n, *, above=1):
    """All starts on a grid of step 1/2: the end is reached, and its distinct points are more than epsilon apart."""
    for start in combinations_with_replacement(range(2 * n), n):
        ends = sorted(set(hk_steps([Fraction(p, 2) for p in start])))
        for low, high in pairwise(ends):
            yield Case(f"start {start} / 2: gap of limits", high - low, above, ">")
        yield Case(f"start {start} / 2: limits", len(ends), n, "<=")


def norm_penalty(n, *, penalty=1):
    """Exponents -|q - k_j|^2/2 of keys 0, 1, ... at q = 2, sigma = 1, against q k_j - penalty k_j^2/2, less that of key 0."""
    for j in range(1, n):
        got = -Fraction((2 - j) ** 2, 2) + Fraction(4, 2)
        yield Case(f"q = 2, keys 0..{n - 1}: log of weight {j} over weight 0", got, 2 * j - penalty * Fraction(j * j, 2))


def scaled(m):
    """The log of the ratio of two weights, keys 0 and 1 at q = 1, sigma = 1, before and after all is multiplied by m."""
    yield Case(f"c = {m}: log of a ratio of weights", Fraction(m * m, 2), Fraction(1, 2))


def mean_step(n):
    """The sum of x after a step of n tokens 0, ..., 0, 1 with s = 1/2 at distance 1, less that before."""
    points = [0] * (n - 1) + [1]
    affinity = [[Fraction(1, 2) ** (a - b) ** 2 for b in points] for a in points]
    after = [sum(a * p for a, p in zip(row, points, strict=True)) / sum(row) for row in affinity]
    yield Case(f"tokens {points}, s = 1/2 at distance 1: change of the sum", sum(after) - sum(points), 0)


def weighted_step(n, *, weighted=True):
    """The same sum weighted by D_i (or by D_0 alone), for tokens and symmetric affinities in symbols."""
    x = symbols(f"x:{n}", real=True)
    s = [[Symbol(f"s{min(a, b)}_{max(a, b)}", positive=True) for b in range(n)] for a in range(n)]
    degree = [sum(row) for row in s]
    after = [sum(w * p for w, p in zip(row, x, strict=True)) / d for row, d in zip(s, degree, strict=True)]
    change = sum((degree[a] if weighted else degree[0]) * (after[a] - x[a]) for a in range(n))
    yield Case(f"n = {n}, in symbols: the weighted sum stays", vanishes(change), True)


claim = partial(Claim.of, source=KRAUSE)


def total(term):
    return Sum(term, (j, 1, N))


SQUARE = Identity.of(
    -((q - k_) ** 2) / (2 * sigma**2),
    q * k_ / sigma**2 - k_**2 / (2 * sigma**2) - q**2 / (2 * sigma**2),
    note="one coordinate; the last term is common to a row",
)
AFFINITY = exp(-(t**2) / (2 * sigma**2))


FAMILY = (
    Entry(
        claim(
            "weights_eq_softmax_with_key_norm_penalty_krause",
            "On any fixed support a_i is the softmax over j of q_i.k_j/sigma^2 - |k_j|^2/(2 sigma^2).",
            ForEach.of(r"\ln\frac{a_{ij}}{a_{i0}}", norm_penalty, first=2, costly_from=9),
            "q = 2, integer keys, sigma = 1 in the cases",
            source=HERE,
        ),
        (
            Derived.of(SQUARE, Hand("the squared norm of q_i is common to the row and cancels")),
            Certified(5),
            Control("no penalty", ForEach.of("0", lambda n: norm_penalty(n, penalty=0), first=2)),
        ),
    ),
    Entry(
        claim(
            "weights_eq_softmax_of_scaled_dot_product_krause",
            "On any fixed support a_i is the softmax over j of q_i.k_j/sigma^2.",
            ForEach.of(r"\ln\frac{a_{ij}}{a_{i0}}", lambda n: norm_penalty(n, penalty=0), first=2),
            "q = 2, keys 0, 1, ..., sigma = 1",
            source=HERE,
        ),
        (Counterexample(at=2), Control("twice the penalty", ForEach.of("2", lambda n: norm_penalty(n, penalty=2), first=2))),
    ),
    Entry(
        claim(
            "weights_invariant_under_joint_scaling_krause",
            "(q, k) to (c q, c k) leaves a unchanged.",
            ForEach.of(r"a(c q, c k) = a(q, k)", scaled, first=1, index="c"),
            "sigma fixed; q = 1, keys 0 and 1",
            source=HERE,
        ),
        (Counterexample(at=2), Control("c = 3", ForEach.of("3", scaled, first=3))),
    ),
    Entry(
        claim(
            "weights_invariant_under_joint_translation_krause",
            "(q, k) to (q + c, k + c) leaves a unchanged.",
            ForAll.of(
                Identity.of(
                    (q * k_ + c * (q + k_) + c**2) * 2 - (k_ + c) ** 2 - (q + c) ** 2,
                    -((q - k_) ** 2),
                    note="(q + c)(k + c) = q k + c (q + k) + c^2",
                )
            ),
            "one coordinate; distances add up over coordinates",
            source=HERE,
        ),
        (
            Derived(),
            Control("without its cross terms", Identity.of((q * k_ + c**2) * 2 - (k_ + c) ** 2 - (q + c) ** 2, -((q - k_) ** 2))),
        ),
    ),
    Entry(
        claim(
            "log_sigma_slope_eq_affinity_times_scaled_square_krause",
            "ds/d(log sigma) = s Delta^2/sigma^2.",
            ForAll.of(
                Identity.of(
                    sigma * diff(AFFINITY, sigma) + AFFINITY, AFFINITY * (1 + t**2 / sigma**2), note="s added on both sides"
                )
            ),
            source=HERE,
        ),
        (Derived(), Control("twice that", Identity.of(sigma * diff(AFFINITY, sigma), 2 * AFFINITY * t**2 / sigma**2))),
    ),
    Entry(
        claim(
            "mean_conserved_krause_tied",
            "The sum of the tokens is conserved by the tied iteration.",
            ForEach.of(r"\sum_i x_i(t+1) = \sum_i x_i(t)", mean_step, first=2),
            "dense; tokens 0, ..., 0, 1",
            source=HERE,
        ),
        (Counterexample(at=3), Control("four tokens", ForEach.of("4", mean_step, first=4))),
    ),
    Entry(
        claim(
            "degree_weighted_mean_conserved_one_step_krause_tied",
            "sum_i D_i x_i is unchanged by one step, D_i the normalisers before the step.",
            ForEach.of(r"\sum_i D_i x_i(t+1) = \sum_i D_i x_i(t)", weighted_step, first=1, costly_from=5),
            "dense; d = 1 and any symmetric affinities in the cases, in symbols",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    total(A[j] * (V[j] - c)),
                    total(A[j] * V[j]) - c * total(A[j]),
                    note="D_i (x_i(t+1) - c) for c = x_i, A_j = s_ij and the sum D_i of A_j",
                ),
                Hand("summed over i, x_j is multiplied by the sum over i of s_ij, which is D_j for s_ij = s_ji"),
            ),
            Certified(3),
            Control("unweighted", ForEach.of("1", lambda n: weighted_step(n, weighted=False), first=2)),
        ),
    ),
    Entry(
        claim(
            "cluster_contracts_to_a_point_truncated_flow_of_separation_above_radius",
            "A group farther than R from all other tokens converges exponentially to one point.",
            ForEach.of(r"\frac{d}{dt} (x_1 - x_0) < 0", truncated_gap, first=1, index="R"),
            "truncated flow; a group of two tokens 2 R apart, no others",
        ),
        (Counterexample(at=1), Control("R = 2", ForEach.of("2", truncated_gap, first=2))),
    ),
    Entry(
        claim(
            "cluster_contracts_to_a_point_truncated_flow_of_separation_above_radius_and_connected_group",
            "The same of a group that hangs together by distances of at most R.",
            ForEach.of(r"-\tfrac{d}{dt} (x_{m+1} - x_m) \geq 0", end_of_chain, first=1, index="m"),
            "truncated flow; m tokens at 0, one at R, one at 2 R, no others, s(R) = 1/2: a gap beyond R never closes, as "
            "its right end has no one to read and its left end is pulled away",
            source=HERE,
        ),
        (Counterexample(at=4), Control("m = 5", ForEach.of("5", end_of_chain, first=5))),
    ),
    Entry(
        claim(
            "cluster_contracts_to_a_point_truncated_flow_of_separation_above_radius_and_diameter_at_most_radius",
            "A group of diameter at most R, always farther than R from all other tokens, converges exponentially to one point.",
            ForEach.of(r"-\tfrac{d}{dt} \operatorname{diam} \geq 2 p \operatorname{diam}", contracting, first=2, costly_from=9),
            "truncated flow, p = s(R)/n, the least weight within the group; in one dimension other tokens that are farther than R "
            "stay so; tokens 0 and R, s(R) = 1/2, in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    total(A[j] * (V[j] - c)) - A[N] * (V[N] - c),
                    total(A[j] * (V[j] - c)) + A[N] * (c - V[N]),
                    note="the velocity of c, the greatest, without the pull of v_N, the least",
                ),
                Hand(
                    "that is at most 0, so the greatest falls at least at p diam, and the least rises so: in every direction alike"
                ),
                Hand("the hull shrinks, so the group keeps a diameter of at most R and reads all of itself and no others"),
            ),
            Certified(5),
            Control("eight times that", ForEach.of("16 p", lambda n: contracting(n, times=16), first=2)),
        ),
    ),
    Entry(
        claim(
            "limit_clusters_disjoint_and_invariant_hk",
            "The HK model reaches disjoint invariant clusters, and distinct clusters stay apart.",
            ForEach.of(r"|L_c - L_{c'}| > \epsilon", hk_limits, first=1, costly_from=4),
            "d = 1, epsilon = 1; all starts on a grid of step 1/2 in the cases",
            uses=("order_preserved_hk",),
        ),
        (
            Derived.of(
                Identity.of(
                    (c * k_ + q) / (c + 1) - k_, (q - k_) / (c + 1), note="one more at q among c + 1 moves a mean k from below"
                ),
                Hand(
                    "the lowest agent never falls, so it has a limit L; let p be the last agent that tends to L. If at late times "
                    "p + 1 were above L + h and linked to p, p would rise by h/n: so at some late time it is not linked"
                ),
                Hand(
                    "from then on agents up to p and beyond it read none of each other, so that the gap stays; the first p come "
                    "within epsilon and meet in the next step; the others follow in the same way"
                ),
            ),
            Certified(3),
            Control("more than 3 epsilon", ForEach.of("3", lambda n: hk_limits(n, above=3), first=2)),
        ),
    ),
)
