"""Order and polarisation along the flow of the value-softmax model, in the clock Gamma.

Says: from a = 0 and ordered u both stay ordered, gaps of ordered pairs and the pair potential grow, s_0/s_j grows at delta/p or
more; so the score becomes one-hot; a score other than the first may rise, and from other starts entropy may rise too.
Idea: in the clock u' = B s and a' = s (u - <s, u>); look at the faces of the ordered states.
Edges: equal scores at the start; a pair taken in the other order.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise, permutations, product

from sympy import symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

z, w = symbols("z w", positive=True)
x, y, m = symbols("x y m", real=True)
VARRE = Source("varre2026polarizes", "sections 2-4; appendix D as reported elsewhere", read=True)
START = "a(0) = 0, u_0(0) > ... > u_{p-1}(0); the flow derived from the logistic loss"


def shares(z):
    """Softmax of a for e^a = z."""
    return [entry / sum(z) for entry in z]


def rates(u, z, *, b=1):
    """u' and a' in the clock Gamma: B s and s (u - <s, u>)."""
    s = shares(list(map(Fraction, z)))
    mean = sum(a * t for a, t in zip(s, u, strict=True))
    return s, [b * t for t in s], [t * (a - mean) for a, t in zip(u, s, strict=True)]


def states(p):
    """Ordered states: u and e^a non-increasing, u strictly."""
    for steps in product((1, 3), repeat=p - 1):
        u = [Fraction(sum(steps[i:])) - 1 for i in range(p)]
        for factors in product((1, 2), repeat=p - 1):
            z = [Fraction(1)]
            for f in reversed(factors):
                z.insert(0, z[0] * f)
            yield u, z


def inward(p, *, flip=1):
    """On each face s_i = s_j, u_i > u_j of the ordered states a_i - a_j grows; everywhere u_i - u_j does not shrink."""
    for u, z in states(p):
        s, du, da = rates([flip * t for t in u], z)
        for i, k in combinations(range(p), 2):
            yield Case(f"u = {[*map(str, u)]}, e^a = {[*map(str, z)]}: slope of u_{i} - u_{k}", du[i], du[k], ">=")
            if s[i] == s[k]:
                yield Case(f"u = {[*map(str, u)]}, e^a = {[*map(str, z)]}: slope of a_{i} - a_{k}", da[i], da[k], ">")


def gaps(p, *, pairs=permutations):
    """Slopes of u_i - u_j at ordered states with strictly ordered s."""
    for u, z in states(p):
        if len(set(z)) == p:
            for i, k in pairs(range(p), 2):
                du = rates(u, z)[1]
                yield Case(f"u = {[*map(str, u)]}, e^a = {[*map(str, z)]}: slope of u_{i} - u_{k}", du[i] - du[k], 0, ">")


def potentials(p, *, sign=1):
    """The slope of Phi_ij, from those of u and e^-a."""
    for u, z in states(p):
        _, du, da = rates(u, z)
        for i, k in permutations(range(p), 2):
            slope = (da[i] / z[i] - da[k] / z[k]) * (u[i] - u[k]) - (1 / z[i] - 1 / z[k]) * (du[i] - du[k])
            yield Case(f"u = {[*map(str, u)]}, e^a = {[*map(str, z)]}: slope of Phi_{i}{k}", sign * slope, 0, ">")


def ratios(p, *, times=1):
    """The slope of s_0/s_j in the clock, at least delta/p."""
    for u, z in states(p):
        _, _, da = rates(u, z)
        least = min(a - b for a, b in pairwise(u))
        for k in range(1, p):
            yield Case(
                f"u = {[*map(str, u)]}, e^a = {[*map(str, z)]}: slope of s_0/s_{k}",
                z[0] / z[k] * (da[0] - da[k]),
                times * least / p,
                ">=",
            )


def share_slopes(u, z):
    s, _, da = rates(u, z)
    drift = sum(t * a for t, a in zip(s, da, strict=True))
    return s, [t * (a - drift) for t, a in zip(s, da, strict=True)]


def end_scores(p, *, first=True, sign=1):
    for u, z in states(p):
        slopes = share_slopes(u, z)[1]
        yield Case(f"u = {[*map(str, u)]}, e^a = {[*map(str, z)]}", sign * slopes[0 if first else -1], 0, ">=" if first else "<=")


def other_scores(p):
    """u = (p, p - 1, ..., -big), equal scores."""
    u = [Fraction(p - i) for i in range(p - 1)] + [Fraction(-(p**3))]
    slopes = share_slopes(u, [1] * p)[1]
    for k in range(1, p):
        yield Case(f"u = {[*map(str, u)]}, a = 0: slope of s_{k}", slopes[k], 0, "<=")


def entropy_slope(high):
    """Two scores, s_0 = 1/(1 + high) and u = (1, 0): the slope of the entropy is s_0' ln(s_1/s_0)."""
    slope = share_slopes([Fraction(1), Fraction(0)], [1, high])[1][0]
    yield Case(f"u = (1, 0), e^a = (1, {high}): slope of the entropy over ln({high})", slope, 0, "<=")


claim = partial(Claim.of, source=VARRE)


FACE = Identity.of(z * (x - m) - w * (y - m), z * (x - y) + (z - w) * (y - m), note="a_i' - a_j', z and w for s_i and s_j")
INVARIANT = Hand(
    "where s_i = s_j, u_i > u_j the gap a_i - a_j grows, so s_i > s_j from then on, and u_i - u_j has slope B (s_i - s_j) > 0"
)
POTENTIAL = Identity.of(
    -(1 / z - 1 / w) * (z - w), (z - w) ** 2 / (z * w), note="e^-a falls where s grows; (e^-a_i - e^-a_j)' = -(u_i - u_j)/Z"
)
RATIO = Identity.of(
    z * (x - m) - w * (y - m), (z - w) * (x - m) + w * (x - y), note="a_0' - a_j': the first part is >= 0 for ordered s, u"
)
GROWTH = Hand("s_0/s_j grows at s_0/s_j (a_0' - a_j') >= s_0 (u_0 - u_j) >= delta/p, from 1")


FAMILY = (
    Entry(
        claim(
            "order_of_u_and_s_preserved",
            "u and s stay strictly ordered for t > 0.",
            ForEach.of(r"s_i = s_j,\ u_i > u_j \Rightarrow a_i' > a_j'", inward, first=2, index="p", costly_from=5),
            START,
            "the cases look at the faces of the ordered states",
        ),
        (
            Derived.of(FACE, INVARIANT),
            Certified(3),
            Control("the flow as printed", ForEach.of("-", lambda p: inward(p, flip=-1), first=2)),
        ),
    ),
    Entry(
        claim(
            "gap_increasing_of_every_index_pair",
            "u_i - u_j strictly increases for any i != j.",
            ForEach.of(r"(u_i - u_j)' > 0", gaps, first=2, index="p"),
            START,
        ),
        (Counterexample(at=2), Control("three scores", ForEach.of("3", gaps, first=3))),
    ),
    Entry(
        claim(
            "gap_increasing_of_ordered_index_pair",
            "u_i - u_j strictly increases for i < j.",
            ForEach.of(
                r"(u_i - u_j)' = B (s_i - s_j) > 0", lambda p: gaps(p, pairs=combinations), first=2, index="p", costly_from=5
            ),
            START,
        ),
        (Derived.of(FACE, INVARIANT), Certified(3), Control("every pair", ForEach.of("all", gaps, first=2))),
    ),
    Entry(
        claim(
            "pair_potential_increasing",
            "Phi_ij = -(e^-a_i - e^-a_j)(u_i - u_j) strictly increases, i != j.",
            ForEach.of(
                r"\Phi_{ij}' = (u_i - u_j)^2/Z + B (e^{a_i} - e^{a_j})^2/(Z e^{a_i + a_j}) > 0",
                potentials,
                first=2,
                index="p",
                costly_from=5,
            ),
            START,
        ),
        (
            Derived.of(
                POTENTIAL,
                Hand("with Z the sum of e^a, both parts of the slope are squares over positive numbers, and u_i differs from u_j"),
            ),
            Certified(3),
            Control("decreases", ForEach.of("-", lambda p: potentials(p, sign=-1), first=2)),
        ),
    ),
    Entry(
        claim(
            "score_ratio_bounded_by_inverse_clock",
            "s_j/s_0 <= 1/(1 + (delta/p) Gamma(t)), j != 0.",
            ForEach.of(r"\frac{d}{d\Gamma} \frac{s_0}{s_j} \geq \delta/p", ratios, first=2, index="p", costly_from=5),
            START,
        ),
        (Derived.of(RATIO, GROWTH), Certified(3), Control("9 delta/p", ForEach.of("9", lambda p: ratios(p, times=9), first=2))),
    ),
    Entry(
        claim(
            "sink_score_nondecreasing",
            "s_0 never decreases.",
            ForEach.of(r"s_0' \geq 0", end_scores, first=2, index="p", costly_from=5),
            START,
            source=HERE,
            uses=("order_of_u_and_s_preserved",),
        ),
        (
            Derived.of(
                RATIO, Hand("for ordered s and u every a_0' - a_j' is >= 0, so s_0 = 1/(1 + sum_j e^(a_j - a_0)) does not fall")
            ),
            Certified(3),
            Control("never increases", ForEach.of("-", lambda p: end_scores(p, sign=-1), first=2)),
        ),
    ),
    Entry(
        claim(
            "every_other_score_nonincreasing",
            "s_j is non-increasing for all j != 0.",
            ForEach.of(r"s_j' \leq 0", other_scores, first=2, index="p"),
            START,
            source=HERE,
        ),
        (Counterexample(at=3), Control("p = 4", ForEach.of("4", other_scores, first=4))),
    ),
    Entry(
        claim(
            "entropy_nonincreasing_of_any_start",
            "The entropy of s never increases.",
            ForEach.of(r"H(s)' \leq 0", entropy_slope, first=2, index="e^{a_1 - a_0}"),
            "logistic, arbitrary u(0), a(0); two scores, u = (1, 0)",
            source=HERE,
        ),
        (Counterexample(at=2), Control("e^a = (1, 3)", ForEach.of("3", entropy_slope, first=3))),
    ),
)
