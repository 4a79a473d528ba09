"""All sign patterns of linear forms on a few integer vectors, each with an integer form, by Cover's recursion carried out."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from operator import mul

from workbench.errors import BadInput

Vector = tuple[int, ...]
VECTOR_LIMIT = 64


def dichotomies(vectors: Sequence[Sequence[int]]) -> dict[int, Vector]:
    """Return the patterns in which a linear form w is positive and negative on vectors, vanishing on none, each with one such w.

    Bit k of a pattern is 1 if w is positive on vector k. The patterns of m + 1 lines are those of m, counted twice where a form
    vanishes on the last: these are the patterns of the others projected along it. Seconds for 32 vectors in five dimensions.
    Raises BadInput for more than 64 vectors or vectors of different lengths.

    Source: T. M. Cover, Geometrical and statistical properties of systems of linear inequalities, 1965.

    >>> sorted(dichotomies([(1, 0), (1, 1)]).items())
    [(0, (-3, 1)), (1, (1, -3)), (2, (-1, 3)), (3, (3, -1))]
    >>> dichotomies([(0, 0)])
    {}
    >>> dichotomies([(1,), (1, 2)])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: vectors of lengths 1, 2: give vectors of one length
    """
    given = [tuple(int(c) for c in v) for v in vectors]
    if len(given) > VECTOR_LIMIT:
        raise BadInput(f"{len(given)} vectors > {VECTOR_LIMIT}: the patterns are too many to list")
    if len(lengths := sorted({len(v) for v in given})) > 1:
        raise BadInput(f"vectors of lengths {', '.join(map(str, lengths))}: give vectors of one length")
    if not all(any(v) for v in given):
        return {}
    lines, places = _lines(given)
    return {_spread(pattern, places): w for pattern, w in _patterns(lines, len(given[0]) if given else 0).items()}


def _lines(vectors: Sequence[Vector]) -> tuple[list[Vector], list[tuple[int, bool]]]:
    """Return the different lines that vectors span, and for each vector its line and whether it points the other way."""
    lines: dict[Vector, int] = {}
    places = []
    for vector in vectors:
        size = gcd(*vector)
        primitive = tuple(c // size for c in vector)
        opposite = primitive < (0,) * len(vector)
        line = tuple(-c for c in primitive) if opposite else primitive
        places.append((lines.setdefault(line, len(lines)), opposite))
    return list(lines), places


def _spread(pattern: int, places: Sequence[tuple[int, bool]]) -> int:
    return sum(1 << k for k, (line, opposite) in enumerate(places) if (pattern >> line & 1) != opposite)


def _patterns(lines: Sequence[Vector], dimension: int) -> dict[int, Vector]:
    if not lines:
        return {0: (0,) * dimension}
    *rest, last = lines
    bit, found = 1 << len(rest), {}
    flat = _patterns_on(rest, last)
    for pattern, w in _patterns(rest, dimension).items():
        if pattern in flat:
            found[pattern | bit], found[pattern] = _tilted(flat[pattern], last, rest)
        else:  # no form of this pattern vanishes on the last line, so w does not
            found[pattern | (bit if _product(w, last) > 0 else 0)] = w
    return found


def _patterns_on(rest: Sequence[Vector], last: Vector) -> dict[int, Vector]:
    """Return the patterns on the other lines of forms that vanish on the last, by solving for one coordinate of the form."""
    pivot = next(i for i, c in enumerate(last) if c)  # positive, since a line points to its first positive coordinate
    scale = last[pivot]
    projected = [tuple(scale * a - v[pivot] * b for i, (a, b) in enumerate(zip(v, last, strict=True)) if i != pivot) for v in rest]
    lines, places = _lines(projected)
    found = {}
    for pattern, w in _patterns(lines, len(last) - 1).items():
        solved = -_product(w, last[:pivot] + last[pivot + 1 :])
        lifted = (*(scale * c for c in w[:pivot]), solved, *(scale * c for c in w[pivot:]))
        found[_spread(pattern, places)] = lifted
    return found


def _tilted(w: Vector, last: Vector, rest: Sequence[Vector]) -> tuple[Vector, Vector]:
    """Return forms of the pattern of w, which vanishes on the last line, that are positive and negative there."""
    steep = 1 + max((abs(_product(last, v)) for v in rest), default=0)  # |w . v| >= 1, so that the tilt turns no sign
    up = tuple(steep * a + b for a, b in zip(w, last, strict=True))
    down = tuple(steep * a - b for a, b in zip(w, last, strict=True))
    return _coprime(up), _coprime(down)


def _product(a: Vector, b: Vector) -> int:
    return sum(map(mul, a, b))


def _coprime(w: Vector) -> Vector:
    size = gcd(*w)
    return tuple(c // size for c in w)
