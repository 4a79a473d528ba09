"""N vectors of R^D have at most 2 (C(N-1,0) + ... + C(N-1,D-1)) strict dichotomies.

Says: a weight vector w with w.v != 0 for all N vectors gives a pattern of signs; there are at most that many patterns, and exactly
that many if and only if any min(D, N) of the vectors are independent. N and D are at least 1.
Idea: one vector v more splits exactly those patterns that some w orthogonal to v has, which are dichotomies of the projections to
the hyperplane orthogonal to v; so the bound obeys Pascal's rule.
Edges: patterns must be strict. With H(0) = 0 the vectors 1 and -1 of R^1 have three patterns, and the bound is two.
"""

from functools import lru_cache
from itertools import combinations, product
from math import comb

from sympy import Heaviside, IndexedBase, Matrix, Sum, Symbol, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForEach, Hand, Identity, Source

DIMENSIONS = (1, 2, 3)
i = Symbol("i", integer=True)
m = Symbol("m", integer=True, positive=True)  # the last coordinate
w, v, z = IndexedBase("w"), IndexedBase("v"), IndexedBase("z")  # z has the same signs as w, but for v
a, b, s, t = symbols("a b s t", real=True)
N, k, c = symbols("N k c", positive=True)


def cover(count, dimension):
    return 2 * sum(comb(count - 1, j) for j in range(dimension))


def dot(x, y):
    return sum(p * q for p, q in zip(x, y, strict=True))


@lru_cache
def lines(dimension):
    """The vectors with coordinates -1, 0, 1, one of each opposite pair (a change of sign renames dichotomies)."""
    return [x for x in product((-1, 0, 1), repeat=dimension) if x > (0,) * dimension]


@lru_cache
def cells(dimension):
    """The strict patterns of all `lines`: extreme rays of a cell have minors as coordinates, at most 2, and three add up to 6."""
    found = (tuple(dot(w, x) for x in lines(dimension)) for w in product(range(-6, 7), repeat=dimension))
    return {tuple(p > 0 for p in pattern) for pattern in found if all(pattern)}


@lru_cache
def independent(vectors):
    return Matrix([[dot(x, y) for y in vectors] for x in vectors]).det() != 0


def families(count, dimension):
    """All sets of `count` lines, and families with a repeated vector."""
    for chosen in combinations(range(len(lines(dimension))), count):
        yield chosen
    for chosen in combinations(range(len(lines(dimension))), count - 1):
        yield chosen + chosen[:1] if chosen else ()


def cases(count, *, lower=0):
    for dimension in DIMENSIONS:
        for chosen in filter(None, families(count, dimension)):
            vectors = tuple(lines(dimension)[j] for j in chosen)
            found = len({tuple(cell[j] for j in chosen) for cell in cells(dimension)})
            bound = cover(count, dimension - lower)
            general = all(independent(part) for part in combinations(vectors, min(dimension, count)))
            yield Case(f"N = {count}, vectors {vectors}: dichotomies", found, bound, "<=")
            yield Case(f"N = {count}, vectors {vectors}: equality iff in general position", found == bound, general)


def with_ties(count):
    patterns = {tuple(H > 0 for H in (w * x for x in (1, -1)[:count])) for w in (-1, 0, 1)}
    yield Case(f"N = {count}, D = 1, H(0) = 0", len(patterns), cover(count, 1), "<=")


wv, zv = Sum(w[i] * v[i], (i, 0, m)), Sum(z[i] * v[i], (i, 0, m))

CLAIM = Claim(
    name="dichotomies_le_cover_sum",
    says="N vectors of R^D have at most 2 (C(N-1,0) + ... + C(N-1,D-1)) strict dichotomies, equal in general position only.",
    statement=ForEach.of(
        r"\operatorname{dichotomies}(v_1, \ldots, v_N) \le 2 \sum_{k < D} \binom{N-1}{k}, \text{ equal iff in general position}",
        cases,
        first=1,
        index="N",
    ),
    hypotheses=("patterns are strict: w.v is zero for none of the vectors", "units have no bias: a bias is one more coordinate"),
    sources=(Source("cover1965geometrical", "the function-counting theorem", read=False),),
    topic="counting",
)

EVIDENCE = (
    Derived.of(
        Identity.of(Sum((wv * z[i] - zv * w[i]) * v[i], (i, 0, m)), 0, note="(w.v) z - (z.v) w is orthogonal to v"),
        Identity.of(
            Heaviside(s * a + t * b, 0),
            1,
            where=dict.fromkeys((a, b, s, t), "positive"),
            note="with w.v = s > 0 > z.v = -t the same vector keeps the signs that w and z share",
        ),
        Hand("conversely w orthogonal to v, moved by a little of v to either side, has both signs at v and keeps its other signs"),
        Hand("patterns of weights orthogonal to v are those of the other vectors projected to dimension D - 1"),
        Identity.of(c * N / (N - k), c + c * k / (N - k), note="Pascal's rule, with c = C(N-1, k)"),
        Hand("so N + 1 vectors have at most the bound of (N, D) plus that of (N, D - 1); start at N = 1 or D = 1"),
        Hand("equality is equality for both parts, and general position is that of the others and of their projections"),
    ),
    Certified(4),
    Control("one binomial fewer", ForEach.of("D - 2", lambda n: cases(n, lower=1), first=1, index="N"), upto=2),
    Control("patterns with ties", ForEach.of("ties", with_ties, first=1, index="N"), upto=2),
)
