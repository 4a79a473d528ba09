"""Threshold functions as regions of one chamber: how they are counted, how many classes there are, and what the faces tell.

Says: T(n) is the number of self-dual threshold functions of N = n + 1 variables, the regions of {x.w = 0}; those that meet the
inside of the chamber w_1 >= ... >= w_N >= 0 are the classes; the regions of its faces, alternating over subfaces, give the sizes
of the orbits, and with them T(n) and the numbers of classes up to order and signs of inputs, and of the output.
Idea: the hyperplanes after the first i split those regions that they meet, which are the regions of a slice: no point is searched.
Edges: a face inside a hyperplane has no region; hyperplanes that agree on a slice count once.
"""

from functools import cache
from itertools import accumulate, combinations, product
from math import factorial, gcd, prod

from sympy import Abs, symbols

from workbench import (
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    H,
    Hand,
    Identity,
    Source,
    threshold_count,
    threshold_tables,
)
from workbench import regions as of_chamber
from workbench.regular import opposite
from workbench.threshold import BooleanFunction, npn_orbit

p, q = symbols("p q", positive=True)
sigma, np, sd, m, u, v = symbols("sigma np sd m u v", real=True)
OURS = (Source("workbench2026", "derived in this file", read=True),)


def cutting(rows, *, merged=True):
    """The hyperplanes, as their values on the rays of a cone, that have both signs; multiples of one another once."""
    found = []
    for row in rows:
        if min(row) < 0 < max(row):
            scale = gcd(*row) * (1 if next(v for v in row if v) > 0 else -1)
            found.append(tuple(v // scale for v in row))
    return list(dict.fromkeys(found)) if merged else found


def edges(walls, dim):
    """Two rays span an edge if dim - 2 walls contain both and no third ray."""
    for (i, one), (j, other) in combinations(enumerate(walls), 2):
        common = one & other
        if common.bit_count() >= dim - 2 and sum(common & w == common for w in walls) == 2:
            yield i, j


def regions(walls, planes, dim, **changed):
    """The number of parts into which the hyperplanes cut a cone; `walls` has the walls of each ray, as a mask."""
    if dim <= 2:
        return 1 + len(planes)
    spans, total = list(edges(walls, dim)), 1
    for i, h in enumerate(planes):
        kept = [k for k, value in enumerate(h) if not value]
        crossed = [(a, b) for a, b in spans if h[a] * h[b] < 0]
        rows = ([*(g[k] for k in kept), *(abs(h[b]) * g[a] + abs(h[a]) * g[b] for a, b in crossed)] for g in planes[:i])
        slice_walls = [*(walls[k] for k in kept), *(walls[a] & walls[b] for a, b in crossed)]
        total += regions(slice_walls, cutting(rows, **changed), dim - 1, **changed)
    return total


def values(N, face):
    """The values of every hyperplane x.w = 0, x_1 = 1, on the rays (1^k, 0^(N-k)), k in the face: sums of beginnings of x."""
    sums = (tuple(accumulate((1, *x))) for x in product((1, -1), repeat=N - 1))
    return [[s[k - 1] for k in face] for s in sums]


def subfaces(face):
    return (part for size in range(1, len(face) + 1) for part in combinations(face, size))


@cache
def face_regions(N, *, inside=0, backwards=False, merged=True):
    """R(G) for each face G of the chamber; a face inside a hyperplane has `inside` regions."""
    found = {}
    for face in subfaces(range(1, N + 1)):
        rows = values(N, face)
        walls = [sum(1 << k for k in face if k != ray) for ray in face]
        planes = cutting(rows[::-1] if backwards else rows, merged=merged)
        found[face] = regions(walls, planes, len(face), merged=merged) if all(map(any, rows)) else inside
    return found


def orbits(N, **changed):
    """For each face F the number e(F) of regions with its ties and zeros, the size of their orbits, and g and [z > 0]."""
    count = face_regions(N, **changed)
    for face in count:
        e = sum((-1) ** (len(face) - len(part)) * count[part] for part in subfaces(face))
        blocks, zeros = [b - a for a, b in zip((0, *face), face, strict=False)], N - face[-1]
        size = 2 ** (N - zeros) * factorial(N) // prod(map(factorial, (zeros, *blocks)))
        yield e, size, len(face), int(zeros > 0)


def sums(n, **changed):
    """T(n), and the classes of self-dual functions of n + 1 variables, and up to NP and NPN of n inputs."""
    found = list(orbits(n + 1, **changed))
    counts = [lambda size, g, z: size, lambda size, g, z: 1, lambda size, g, z: 2 * g + z, lambda size, g, z: g + z]
    return tuple(sum(e * of(size, g, z) for e, size, g, z in found) for of in counts)


def is_self_dual(table, n):
    return opposite(table, n) ^ table == (1 << (1 << n)) - 1


def classes(tables, orbit):
    """How many orbits a set of tables has."""
    left, number = set(tables), 0
    while left:
        left -= orbit(min(left))
        number += 1
    return number


def np_orbit(table, n):
    return {f.table for f in BooleanFunction(n, table).orbit(outputs=False)}


@cache
def self_dual_tables(N):
    """The self-dual threshold functions of N variables, from their restrictions to x_(N-1) = 1, of which each is any of T(N-1)."""
    block = 1 << N - 1
    return {t << block | opposite(t, N - 1) ^ (1 << block) - 1 for t in threshold_tables(N - 1)}


@cache
def enumerated(n):
    """The four numbers, from tables; for self-dual functions the negated output is another signed permutation."""
    tables = threshold_tables(n)
    return (
        len(tables),
        classes(self_dual_tables(n + 1), lambda t: npn_orbit(t, n + 1)),
        classes(tables, lambda t: np_orbit(t, n)),
        classes(tables, lambda t: npn_orbit(t, n)),
    )


def self_dual_cases(n, *, more=1):
    found = {t for t in threshold_tables(n + more) if is_self_dual(t, n + more)}
    yield Case(f"n = {n}: self-dual threshold functions of n + {more} variables", len(found), threshold_count(n).count)
    if more:
        yield Case(f"n = {n}: they are the forms of all threshold functions", found, self_dual_tables(n + 1))


def recursion_cases(N, **changed):
    """R of each face against the sign patterns at its points with coordinates 1 to 4 over its rays, in two orders."""
    for face, count in face_regions(N, **changed).items():
        rows = values(N, face)
        patterns = set()
        for point in product(range(1, 5), repeat=len(face)):
            activations = [sum(map(int.__mul__, point, row)) for row in rows]
            if all(activations):
                patterns.add(tuple(a > 0 for a in activations))
        yield Case(f"N = {N}, face {face}: regions and sign patterns", count, len(patterns))
        mask = sum(1 << k - 1 for k in face)
        yield Case(f"N = {N}, face {face}: another program", count, of_chamber.face_regions(N - 1, mask))
        yield Case(f"N = {N}, face {face}: another order", count, face_regions(N, **(changed | {"backwards": True}))[face])


def chamber_cases(N, *, face=None):
    yield Case(f"N = {N}: regions and classes", face_regions(N)[face or tuple(range(1, N + 1))], enumerated(N - 1)[1])


def moebius_cases(n, **changed):
    yield Case(f"n = {n}: orbits for each face", min(e for e, *_ in orbits(n + 1, **changed)), 0, ">=")
    yield Case(f"n = {n}: T, self-dual, NP, NPN", sums(n, **changed), enumerated(n))


def mean_cases(n, *, variables=0):
    """The three numbers of classes from tables up to n = 4, from the chamber beyond."""
    _, _, up_to_np, up_to_npn = sums(n) if n > 4 else enumerated(n)
    own = (sums(n - 1)[1] if n > 4 else enumerated(n - 1 + variables)[1]) if n + variables else 0
    yield Case(f"n = {n}: twice the NPN classes", 2 * up_to_npn, up_to_np + own)


def entry(name, says, latex, cases, *evidence, first=0, costly=5, uses=(), index="n"):
    statement = ForEach.of(latex, cases, first=first, costly_from=costly, index=index)
    return Entry(Claim(name, says, statement, sources=OURS, uses=uses, topic="counting"), evidence)


def false(what, cases, upto=None, first=0):
    return Control(what, ForEach.of(what, cases, first=first), upto=upto)


MEAN = Identity.of(
    H(sigma * (p + q) / 2), H(sigma * p), where={sigma: "sign"}, note="the mean of two activations of one sign has that sign"
)
CHOW = "chow_parameters_determine_threshold_function"
FAMILY = (
    entry(
        "self_dual_count_eq_threshold_count",
        "There are as many threshold functions of n inputs as self-dual threshold functions of n + 1.",
        r"T(n) = \#\{F \in \operatorname{LTF}(n+1)\colon F(-x) = -F(x)\}",
        self_dual_cases,
        Derived.of(
            Identity.of(
                H(sigma * (p + q) / 2),
                H(sigma * p),
                where={sigma: "sign"},
                note="F(x) and -F(-x) are the signs of w.x +- b, so of w.x",
            ),
            Hand("so a self-dual threshold function needs no bias, and a threshold function without bias is self-dual"),
            Hand("the bias of f times a new input makes it one of n + 1 inputs, known from its values where that input is 1"),
        ),
        Certified(3),
        false("self-dual functions of n variables", lambda n: self_dual_cases(n, more=0)),
        costly=4,
    ),
    entry(
        "region_count_eq_one_plus_restrictions",
        "A cone is cut into 1 + the sum over i of the regions in the i-th hyperplane, cut by the earlier ones.",
        r"R(C; h_1, \ldots, h_u) = 1 + \sum_i R(C \cap h_i; h_1, \ldots, h_{i-1})",
        recursion_cases,
        Derived.of(
            Identity.of(
                Abs(v) * u + Abs(u) * v,
                0,
                given={u: p, v: -q},
                note="where h_i has the values u > 0 > v at the ends, it meets an edge",
            ),
            Hand(
                "h_i splits in two exactly those regions of h_1, ..., h_(i-1) that it meets, and they are the regions of its slice"
            ),
        ),
        Certified(4),
        false("hyperplanes that agree on a slice kept apart", lambda N: recursion_cases(N, merged=False), upto=5, first=1),
        first=1,
        index="N",
        costly=5,
    ),
    entry(
        "chamber_regions_eq_np_classes",
        "The regions that meet the inside of the chamber are the classes of self-dual threshold functions of N variables.",
        r"R(\{1, \ldots, N\}) = \#\{\text{self-dual threshold functions of } N \text{ variables}\} / B_N",
        chamber_cases,
        Derived.of(
            MEAN,
            Hand("signed permutations move weights into the chamber, and a little into its inside without changing a sign"),
            Hand("two regions of one orbit that meet the inside have the same Chow parameters, sorted: they are equal"),
        ),
        Certified(5),
        false("the face without its last ray", lambda N: chamber_cases(N, face=tuple(range(1, N))), upto=3, first=2),
        first=1,
        costly=6,
        uses=(CHOW,),
        index="N",
    ),
    entry(
        "orbit_sizes_eq_moebius_of_faces",
        "The regions of all faces, alternating over subfaces, give T(n) and the classes up to NP, NPN and of self-dual functions.",
        r"T(n) = \sum_F e(F) \frac{2^{N-z} N!}{z! \prod_i m_i!},\quad e(F) = \sum_{G \subseteq F} (-1)^{|F|-|G|} R(G)",
        moebius_cases,
        Derived.of(
            MEAN,
            Hand(
                "a region meets the face G if and only if G contains the face F of its Chow parameters: average over the stabiliser"
            ),
            Hand(
                "an orbit has 2^(N-z) N!/(z! prod m_i!) members, with 2g + [z > 0] choices of a bias with its sign, up to symmetry"
            ),
        ),
        Certified(4),
        false("one region for a face inside a hyperplane", lambda n: moebius_cases(n, inside=1), upto=2),
        uses=(CHOW, "self_dual_count_eq_threshold_count", "region_count_eq_one_plus_restrictions"),
    ),
    entry(
        "npn_classes_eq_mean_of_np_and_self_dual",
        "NPN classes of threshold functions are half as many as NP classes and classes of self-dual functions of n variables.",
        r"\#\operatorname{NPN}(n) = \tfrac12 \big(\#\operatorname{NP}(n) + \#\operatorname{SD}(n)\big)",
        mean_cases,
        Derived.of(
            Hand("f and its negation have Chow parameters c and -c; an NP change leaves c_0 and permutes the other |c_i|"),
            Hand("so both are in one NP class if and only if c_0 = 0, and then f has the parameters of its dual: it is self-dual"),
            Identity.of(2 * (sd + m), np + sd, given={np: sd + 2 * m}, note="such classes stay, the others pair up"),
        ),
        Certified(6, full=7),
        false("self-dual functions of n + 1 variables", lambda n: mean_cases(n, variables=1)),
        uses=(CHOW,),
    ),
)
