"""One threshold function with integer weights of each class, by splitting the chamber hyperplane after hyperplane.

The chamber w_1 >= ... >= w_N >= 0 (see `chambers`) is a cone given by its extreme rays. It is split by a hyperplane that takes both
signs on them, the two parts likewise, until none does: then the cone is (a region of the arrangement) with (the chamber), and each
region that meets the chamber is found once. A part has the rays on its side and a new ray on each edge that the hyperplane cuts;
now each hyperplane is a wall of both parts. If a wall of the chamber is a facet of the region, then the reflection at it maps the
region to itself: the two weights are tied, or the last one is zero. The rays on all such facets sum to weights with these ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import factorial

import numpy as np

from workbench.capacity.chambers import threshold_chamber
from workbench.capacity.slices import LARGEST, Ints, compiled, gcd
from workbench.errors import BadInput

CLASSES_LIMIT = 8
CLASSES = (1, 1, 2, 3, 7, 21, 135, 2470, 175428)  # A001532; only the room for the answer, which grows when it does not suffice
RAYS = 512  # room for the rays of a cone
BITS = 63  # for the walls of a cone


@dataclass(frozen=True)
class SelfDualClasses:
    """The classes of self-dual threshold functions of n + 1 inputs under permuting and negating inputs.

    These are also the classes of threshold functions of n inputs, the bias taken as one more weight: each of the `sizes[c]`
    members of a class gives one threshold function. `weights`, of shape (classes, n + 1), are non-negative integers in falling
    order, tied or zero where the function has a symmetry that makes them so.
    """

    n: int
    weights: Ints
    sizes: Ints


@lru_cache(maxsize=CLASSES_LIMIT + 1)
def threshold_classes(n: int) -> SelfDualClasses:
    """Return the classes of threshold functions of n inputs, 0 <= n <= 8, the bias taken as one more weight.

    Raises BadInput above n = 8.

    >>> found = threshold_classes(3)
    >>> found.weights.tolist(), found.sizes.tolist()
    ([[1, 0, 0, 0], [1, 1, 1, 0], [2, 1, 1, 1]], [8, 32, 64])
    >>> threshold_classes(9)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: n = 9 is not from 0 to 8: threshold_counts(n) counts the classes without listing them
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= CLASSES_LIMIT:
        raise BadInput(f"n = {n!r} is not from 0 to {CLASSES_LIMIT}: threshold_counts(n) counts the classes without listing them")
    chamber = threshold_chamber(n)
    rays = np.tril(np.ones((n + 1, n + 1), np.int64))
    reflections = [k for k in range(n + 1) if np.delete(chamber, k, axis=1).any(axis=1).all()]
    weights = np.empty((CLASSES[n], n + 1), np.int64)
    found = int(_regions(rays, chamber.T.copy(), sum(1 << k for k in reflections), weights))
    if found != len(weights):
        raise OverflowError(f"{found} classes for n = {n}: a cone has more than {RAYS} rays, {BITS} walls or a value > 2**30")
    weights = np.ascontiguousarray(weights[np.lexsort(weights.T[::-1])])
    weights.flags.writeable = False
    sizes = orbit_sizes(weights)
    sizes.flags.writeable = False
    return SelfDualClasses(n, weights, sizes)


def orbit_sizes(weights: Ints) -> Ints:
    """Return for each row, non-negative and in falling order, how many vectors have its entries up to order and sign.

    >>> orbit_sizes(np.array([[2, 1, 1, 0], [1, 1, 1, 1]])).tolist()
    [96, 16]
    """
    run = alike = np.ones(len(weights), np.int64)
    for left, right in pairwise(weights.T):
        run = np.where(left == right, run + 1, 1)
        alike = alike * run
    sizes: Ints = (factorial(weights.shape[1]) << np.count_nonzero(weights, axis=1)) // alike
    return sizes


@compiled
def _regions(first: Ints, values: Ints, reflections: int, found: Ints) -> int:
    """Write down weights of each region, and return how many there are; -1 on overflow.

    `first` are the rays of the chamber as rows, `values` those of the hyperplanes on each; `reflections` has the bits of those
    walls of the chamber that no hyperplane contains.
    """
    n_walls, columns = values.shape
    depth = columns + 2  # a split decides a hyperplane
    rows = np.empty((depth, RAYS, n_walls + columns), np.int64)  # weights, then values on the undecided hyperplanes
    on = np.empty((depth, RAYS), np.int64)
    rays, live, best = np.zeros((3, depth), np.int64)
    sides = np.empty((3, columns), np.int64)
    new_rows, new_on = np.empty((RAYS, n_walls + columns), np.int64), np.empty(RAYS, np.int64)
    rows[0, :n_walls, :n_walls], rows[0, :n_walls, n_walls:] = first, values
    on[0, :n_walls] = ((1 << n_walls) - 1) ^ (1 << np.arange(n_walls))
    rays[0] = n_walls
    live[0], best[0] = _settle(rows[0], n_walls, n_walls, columns, sides)
    top = regions = 0
    while top >= 0:
        m, u = rays[top], live[top]
        if u == 0:
            if regions == len(found):
                return -1
            _interior(rows[top], on[top], m, n_walls, reflections, found[regions])
            regions += 1
            top -= 1
            continue
        split = best[top]
        wall = _free_bit(on[top], m, n_walls)
        new = _new_rays(rows[top], on[top], m, n_walls, u, split, wall, new_rows, new_on)
        if wall < 0 or new < 0:
            return -1
        for side in (1, -1):  # the first part goes above the cone, the second takes its place
            onto = top + 1 if side == 1 else top
            kept = _part(rows[top], on[top], m, split, side, wall, rows[onto], on[onto], n_walls + u)
            if kept + new > RAYS:
                return -1
            rows[onto, kept : kept + new, : n_walls + u] = new_rows[:new, : n_walls + u]
            on[onto, kept : kept + new] = new_on[:new]
            rays[onto] = kept + new
            live[onto], best[onto] = _settle(rows[onto], kept + new, n_walls, u, sides)
        top += 1
    return regions


@compiled
def _settle(rows: Ints, rays: int, n_walls: int, columns: int, sides: Ints) -> tuple[int, int]:
    """Drop the values of decided hyperplanes; return how many are undecided, and which has the fewest pairs of rays to separate."""
    sides[:, :columns] = 0
    for r in range(rays):
        for j in range(columns):
            sides[0, j] += rows[r, n_walls + j] > 0
            sides[1, j] += rows[r, n_walls + j] < 0
    kept, best, fewest = 0, 0, RAYS * RAYS
    for j in range(columns):
        pairs = sides[0, j] * sides[1, j]
        if pairs:
            sides[2, kept] = j
            if pairs < fewest:
                best, fewest = n_walls + kept, pairs
            kept += 1
    if kept < columns:
        for r in range(rays):
            for k in range(kept):
                rows[r, n_walls + k] = rows[r, n_walls + sides[2, k]]
    return kept, best


@compiled
def _free_bit(on: Ints, rays: int, n_walls: int) -> int:
    """A bit for a new wall: one of no wall, or of one with too few rays to be a facet, which is forgotten; -1 if there is none."""
    used = 0
    for r in range(rays):
        used |= on[r]
    for bit in range(n_walls, BITS):
        if not used >> bit & 1:
            return bit
    for bit in range(n_walls, BITS):
        touching = 0
        for r in range(rays):
            touching += on[r] >> bit & 1
        if touching < n_walls - 1:
            for r in range(rays):
                on[r] &= ~(1 << bit)
            return bit
    return -1


@compiled
def _new_rays(
    rows: Ints, on: Ints, rays: int, n_walls: int, columns: int, split: int, wall: int, new_rows: Ints, new_on: Ints
) -> int:
    """Write down the points where a hyperplane cuts edges, in lowest terms, and return how many they are; -1 on overflow."""
    found = 0
    for a in range(rays):
        x = rows[a, split]
        for b in range(rays if x > 0 else 0):
            y = rows[b, split]
            if y >= 0 or not _edge(on, rays, a, b):
                continue
            if found == RAYS:
                return -1
            divisor = 0
            for k in range(n_walls):
                new_rows[found, k] = x * rows[b, k] - y * rows[a, k]
                divisor = gcd(divisor, new_rows[found, k])
            for k in range(n_walls):
                new_rows[found, k] //= divisor
            if new_rows[found, 0] > LARGEST:
                return -1
            for j in range(n_walls, n_walls + columns):
                new_rows[found, j] = (x * rows[b, j] - y * rows[a, j]) // divisor
                if abs(new_rows[found, j]) > LARGEST:
                    return -1
            new_on[found] = on[a] & on[b] | 1 << wall
            found += 1
    return found


@compiled
def _edge(on: Ints, rays: int, a: int, b: int) -> bool:
    """Whether no third ray lies on all the walls that two rays share."""
    shared = on[a] & on[b]
    for c in range(rays):
        if on[c] & shared == shared and c != a and c != b:
            return False
    return True


@compiled
def _part(rows: Ints, on: Ints, rays: int, split: int, side: int, wall: int, onto: Ints, onto_on: Ints, width: int) -> int:
    """Copy the rays on one side of a hyperplane and those on it, and return how many they are."""
    kept = 0
    for r in range(rays):
        value = side * rows[r, split]
        if value >= 0:
            onto_on[kept] = on[r] | 1 << wall if value == 0 else on[r]
            for j in range(width):
                onto[kept, j] = rows[r, j]
            kept += 1
    return kept


@compiled
def _interior(rows: Ints, on: Ints, rays: int, n_walls: int, reflections: int, weights: Ints) -> None:
    """Sum the rays that lie on all walls of the chamber which are facets and reflect the region to itself; in lowest terms."""
    tied = 0
    for wall in range(n_walls):
        common = -1
        for r in range(rays):
            if on[r] >> wall & 1:
                common &= on[r]
        if common == 1 << wall:
            tied |= common & reflections
    weights[:] = 0
    divisor = 0
    for r in range(rays):
        if on[r] & tied == tied:
            for k in range(n_walls):
                weights[k] += rows[r, k]
    for k in range(n_walls):
        divisor = gcd(divisor, weights[k])
    for k in range(n_walls):
        weights[k] //= divisor
