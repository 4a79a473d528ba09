"""Symmetries and steps of Krause attention, its truncated flow, and the Hegselmann-Krause model.

Says: weights are a softmax with a penalty on the norms of keys; they stay under joint translation, not scaling; a step keeps the
mean weighted by the normalisers, not the mean; limits of the HK model are more than epsilon apart.
Idea: the squared norm of a query is common to its row.
Edges: three tokens, two of them equal; two tokens 2 R apart.
"""

from fractions import Fraction
from itertools import combinations_with_replacement, pairwise

from sympy import Symbol, diff, exp, symbols

from workbench import Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Hand, Identity, Source

q, k_, t, c = symbols("q k t c", real=True)
sigma = Symbol("sigma", positive=True)
KRAUSE = Source("liu2026krause", "sections 3-5 and tables of version 1", read=False)
HERE = Source("workbench2026", "derived in this file", read=True)


def truncated_gap(R, *, distance=None):
    """Two tokens without others at a distance of 2 R: |x_0' - x_1'|, truncated weights, sigma large."""
    gap = 2 * R if distance is None else distance
    share = Fraction(int(gap <= R), 1 + int(gap <= R))
    yield Case(f"R = {R}, tokens 0 and {gap}: rate at which the gap shrinks", 2 * share * gap, 0, ">")


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


def mean_step(n, *, weighted=False):
    """The sum of x after a step of n tokens 0, ..., 0, 1 with s = 1/2 at distance 1, less that before; or weighted by D_i."""
    points = [0] * (n - 1) + [1]
    affinity = [[Fraction(1, 2) ** (a - b) ** 2 for b in points] for a in points]
    degree = [sum(row) for row in affinity]
    after = [sum(a * p for a, p in zip(row, points, strict=True)) / d for row, d in zip(affinity, degree, strict=True)]
    change = sum((d if weighted else 1) * (new - old) for d, new, old in zip(degree, after, points, strict=True))
    yield Case(f"tokens {points}, s = 1/2 at distance 1: change of the sum", change, 0)


def claim(name, says, statement, *hypotheses, source=KRAUSE):
    return Claim(name, says, statement, hypotheses=hypotheses, sources=(source,), topic="mechanisms")


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
            ForEach.of(r"\sum_i D_i x_i(t+1) = \sum_i D_i x_i(t)", lambda n: mean_step(n, weighted=True), first=2, costly_from=6),
            "dense; tokens 0, ..., 0, 1 in the cases",
            source=HERE,
        ),
        (
            Certified(4),
            Control("unweighted", ForEach.of("1", mean_step, first=3)),
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
            "limit_clusters_disjoint_and_invariant_hk",
            "The HK model reaches disjoint invariant clusters, and distinct clusters stay apart.",
            ForEach.of(r"|L_c - L_{c'}| > \epsilon", hk_limits, first=1, costly_from=4),
            "d = 1, epsilon = 1; all starts on a grid of step 1/2 in the cases",
        ),
        (Certified(3), Control("more than 3 epsilon", ForEach.of("3", lambda n: hk_limits(n, above=3), first=2))),
    ),
)
