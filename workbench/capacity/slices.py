"""Regions of an arrangement inside a simplicial cone, by deletion and restriction in exact 64-bit integers.

The hyperplanes h_0, h_1, ... cut the relative interior of a cone. Each h_t splits exactly those regions of the earlier ones
that it meets, so their number is

    regions(C; h_0..h_{u-1}) = 1 + sum over t of regions(C with h_t; those h_s, s < t, that cut it).

A cone is its extreme rays: the values of the hyperplanes on each, and the set of walls of the first cone that each lies on.
Two rays span an edge if no third ray lies on all the walls that they share; the rays of a slice are those on h_t and one point of
each edge whose ends h_t separates. There h_s, s < t, cuts, or has one sign, or vanishes: then it is h_t over again, and h_t is
dropped. Two hyperplanes that do not meet inside a cone do not meet inside its slices either. So of the h_s that cut a slice those
that meet no other add one region each, and if that is all of them no slice is built; this spares nine slices in ten.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from workbench.errors import BadInput

LARGEST = 1 << 30  # of a value on a ray: then a sum of two products of values is at most 2^61
WALLS_LIMIT = 12  # a set of walls is the bits of an integer, and a slice has at most 112 rays
SPREAD = 40503  # 2^16 over the golden ratio: slices next to each other, which take alike times, go to parts far from each other
APART, CUTS, VANISHES = 0, 1, 2

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Return a function on integers and integer arrays as machine code, kept on disk, that runs beside other threads."""
    return cast(Function, njit(nogil=True, cache=True)(function))


def regions_of_slices(values: Ints, *, part: int = 0, parts: int = 1, order: int = 0) -> int:
    """Return the sum over t of the number of regions that h_0..h_{t-1} have on the slice by h_t, or one of several parts of it.

    `values[t, k]` is h_t on ray k of a simplicial cone; every h_t takes both signs there. The regions of the whole cone are 1 plus
    the sum. The slice by h_t itself belongs to part t, and slice s of it to part t + 40503 s, modulo `parts`. Another `order` takes
    hyperplanes in another order where that leaves the parts as they are: it changes the way and not the result.
    Raises BadInput if there are more than 12 rays, a value exceeds 2^30 or a row has one sign, OverflowError should a value come
    to exceed 2^30.

    >>> plane = np.array([[1, -1, 0], [1, 0, -1], [0, 1, -1]])  # three lines that meet in a point of a triangle
    >>> 1 + regions_of_slices(plane), [regions_of_slices(plane, part=part, parts=2) for part in (0, 1)]
    (6, [3, 2])
    """
    values = np.ascontiguousarray(values, np.int64)
    columns, walls = values.shape
    if walls > WALLS_LIMIT:
        raise BadInput(f"a cone with {walls} rays > {WALLS_LIMIT}: take a face of it")
    if columns and max(-int(values.min()), int(values.max())) > LARGEST:
        raise BadInput("a value on a ray > 2**30: divide each row by its greatest common divisor")
    if columns and not ((values.min(axis=1) < 0) & (values.max(axis=1) > 0)).all():
        raise BadInput("a hyperplane has one sign on all rays: leave out those that do not cut the cone")
    total = int(_sum_of_slices(values, most_rays(walls), part, parts, order))
    if total < 0:
        raise OverflowError("a value on a ray > 2**30 in a slice: integers of 64 bits do not suffice for this arrangement")
    return total


def most_rays(walls: int) -> int:
    """Return a bound on the extreme rays of a section, of any dimension, of a pointed cone with this many walls.

    A section of dimension d + 1 has no more rays than a simple polytope of dimension d with that many facets can have vertices.

    Source: McMullen 1970, the upper bound theorem.

    >>> [most_rays(walls) for walls in (1, 2, 3, 9, 10, 11)]
    [1, 2, 3, 30, 50, 77]
    """
    return max([1] + [comb(walls - (d + 1) // 2, d // 2) + comb(walls - d // 2 - 1, (d + 1) // 2 - 1) for d in range(1, walls)])


@compiled
def _sum_of_slices(first: Ints, room: int, part: int, parts: int, order: int) -> int:
    """Walk the tree of slices depth first; level 0 is the whole cone. Return -1 on overflow.

    The total cannot overflow: it grows by at most 2^12 for each slice that is visited.
    """
    most, walls = first.shape
    depth = walls + 1  # each slice has one dimension less, and a cone of dimension 0 is never built
    values = np.empty(depth * most * room, np.int64)  # level after level without gaps: hyperplane after hyperplane, ray after ray
    meet = np.empty(depth * most * most, np.uint8)  # whether h_t and h_s, s < t, may meet inside; exact up to the current t
    on = np.empty((depth, room), np.int64)  # the walls that each ray lies on
    ends = np.empty((depth, 2, room * room // 2 + 1), np.uint8)  # of each edge
    edges, columns, rays, value_at, meet_at, turn = np.zeros((6, depth), np.int64)
    end, scale = np.empty((2, room), np.uint8), np.empty((2, room), np.int64)
    cutting, degree = np.empty((2, most), np.int64)

    values[: most * walls] = first.ravel()
    meet[: most * most] = 1
    on[0, :walls] = ((1 << walls) - 1) ^ (1 << np.arange(walls))
    columns[0], rays[0], edges[0] = most, walls, _edges(on[0], walls, ends[0])
    total = level = 0
    while level >= 0:
        t, u, m, at = turn[level], columns[level], rays[level], value_at[level]
        if t == u:
            level -= 1
            continue
        turn[level] += 1
        row = meet_at[level] + t * u
        counted = level > 1 or (turn[0] - 1 + level * t * SPREAD) % parts == part
        if not _any(meet, row, t):
            total += counted
            continue
        points = _points(values, at + t * m, m, ends[level], edges[level], end, scale)
        cuts = _cutting(values, at, m, meet, row, t, points, end, scale, cutting)
        if cuts < 0:
            for later in range(t + 1, u):
                meet[row + (later - t) * u + t] = 0
        if cuts < 0 or (level == 1 and not counted):
            continue
        kept = _entangled(meet, meet_at[level], u, cutting, cuts, degree)
        total += counted * (1 + cuts - kept)
        if kept == 0:
            continue
        if order and (level > 0 or parts == 1):
            _shuffle(cutting, kept, order)
        _inherit(meet, meet_at[level], u, cutting, kept, meet_at[level] + u * u)
        if not _restrict(values, at, m, cutting, kept, points, end, scale, at + u * m):
            return -1
        for p in range(points):
            on[level + 1, p] = on[level, end[0, p]] & on[level, end[1, p]]
        value_at[level + 1], meet_at[level + 1] = at + u * m, meet_at[level] + u * u
        level += 1
        columns[level], rays[level], turn[level] = kept, points, 0
        edges[level] = _edges(on[level], points, ends[level])
    return total


@compiled
def _any(meet: Bytes, row: int, t: int) -> bool:
    for s in range(t):
        if meet[row + s]:
            return True
    return False


@compiled
def _edges(on: Ints, rays: int, ends: Bytes) -> int:
    """Write down the pairs of rays that span an edge, and return how many they are."""
    found = 0
    for a in range(rays):
        for b in range(a + 1, rays):
            shared = on[a] & on[b]
            alone = True
            for c in range(rays):
                if on[c] & shared == shared and c != a and c != b:
                    alone = False
                    break
            if alone:
                ends[0, found], ends[1, found] = a, b
                found += 1
    return found


@compiled
def _points(values: Ints, at: int, rays: int, ends: Bytes, edges: int, end: Bytes, scale: Ints) -> int:
    """Write down the rays of a slice, each as scale[0] * ray end[0] + scale[1] * ray end[1], and return how many they are."""
    found = 0
    row, left, right = values[at:], ends[0], ends[1]
    e0, e1, s0, s1 = end[0], end[1], scale[0], scale[1]
    for a in range(rays):
        if row[a] == 0:
            e0[found], e1[found], s0[found], s1[found] = a, a, 1, 0
            found += 1
    for e in range(edges):
        a, b = left[e], right[e]
        x, y = row[a], row[b]
        if x * y < 0:
            e0[found], e1[found], s0[found], s1[found] = a, b, abs(y), abs(x)
            found += 1
    return found


@compiled
def _cutting(
    values: Ints, at: int, rays: int, meet: Bytes, row: int, t: int, points: int, end: Bytes, scale: Ints, cutting: Ints
) -> int:
    """Write down the earlier hyperplanes that cut the slice by h_t, and return how many they are; -1 if one of them is h_t."""
    found = 0
    for s in range(t):
        if meet[row + s]:
            relation = _relation(values, at + s * rays, points, end, scale)
            if relation == VANISHES:
                return -1
            if relation == CUTS:
                cutting[found] = s
                found += 1
            else:
                meet[row + s] = 0
    return found


@compiled
def _relation(values: Ints, at: int, points: int, end: Bytes, scale: Ints) -> int:
    """Say whether a hyperplane cuts a slice, stays apart from its interior, or vanishes on it."""
    above = below = False
    row, a, b, x, y = values[at:], end[0], end[1], scale[0], scale[1]
    for p in range(points):
        value = x[p] * row[a[p]] + y[p] * row[b[p]]
        above |= value > 0
        below |= value < 0
        if above and below:
            return CUTS
    return APART if above or below else VANISHES


@compiled
def _entangled(meet: Bytes, at: int, u: int, cutting: Ints, cuts: int, degree: Ints) -> int:
    """Keep of the hyperplanes that cut a slice those that may meet another inside, and return how many they are."""
    for i in range(cuts):
        degree[i] = 0
        row = at + cutting[i] * u
        for j in range(i):
            degree[i] += meet[row + cutting[j]]
            degree[j] += meet[row + cutting[j]]
    kept = 0
    for i in range(cuts):
        if degree[i]:
            cutting[kept] = cutting[i]
            kept += 1
    return kept


@compiled
def _inherit(meet: Bytes, at: int, u: int, cutting: Ints, kept: int, onto: int) -> None:
    """Copy which of the kept hyperplanes may meet to the next level."""
    for i in range(kept):
        for j in range(i):
            meet[onto + i * kept + j] = meet[at + max(cutting[i], cutting[j]) * u + min(cutting[i], cutting[j])]


@compiled
def _restrict(values: Ints, at: int, rays: int, cutting: Ints, kept: int, points: int, end: Bytes, scale: Ints, onto: int) -> bool:
    """Write the values of the kept hyperplanes on the rays of a slice, in lowest terms for each ray, to the next level."""
    for p in range(points):
        divisor = 0
        for i in range(kept):
            row = at + cutting[i] * rays
            value = scale[0, p] * values[row + end[0, p]] + scale[1, p] * values[row + end[1, p]]
            values[onto + i * points + p] = value
            if divisor != 1:
                divisor = gcd(divisor, abs(value))
        for i in range(kept):
            if divisor > 1:
                values[onto + i * points + p] //= divisor
            if abs(values[onto + i * points + p]) > LARGEST:
                return False
    return True


@compiled
def gcd(a: int, b: int) -> int:
    """Return the greatest common divisor of two integers that are not negative."""
    while b:
        a, b = b, a % b
    return a


@compiled
def _shuffle(cutting: Ints, kept: int, order: int) -> None:
    """Permute in a way that depends on the order and the length: Fisher and Yates with a linear congruential generator."""
    state = order
    for i in range(kept - 1, 0, -1):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        j = (state >> 8) % (i + 1)
        cutting[i], cutting[j] = cutting[j], cutting[i]
