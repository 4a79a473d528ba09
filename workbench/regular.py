"""Regular functions: a higher input is at least as strong as a lower one. They are listed whole, all of them or the self-dual ones.

A point is stronger than another if its ones can be moved down or left out to reach the other; a regular function fires at every
point stronger than one at which it fires. Every threshold function is regular after permuting and negating inputs.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import or_

from workbench.domain import arity
from workbench.errors import BadInput

ARITY_LIMIT = 7  # 44,315 functions; of eight inputs there are 16,175,188
SELF_DUAL_LIMIT = 9  # 319,124 functions


def opposite(table: int, n: int) -> int:
    """Return the table of f at the opposite points, f(-x); a function is self-dual if that is its negation.

    >>> bin(opposite(0b1000, 2))
    '0b1'
    """
    return int(f"{table:0{1 << n}b}"[::-1], 2)


def stronger(k: int, n: int) -> list[int]:
    """Return the points next above point k: x_0 added, or a one moved from x_i to x_(i+1).

    >>> stronger(0b010, 3)
    [3, 4]
    """
    return [k | 1] * (not k & 1 and n > 0) + [k + (1 << i) for i in range(n - 1) if k >> i & 3 == 1]


def weaker(k: int, n: int) -> list[int]:
    """Return the points next below point k: x_0 left out, or a one moved from x_(i+1) to x_i.

    >>> weaker(0b100, 3)
    [2]
    """
    return [k ^ 1] * (k & 1) + [k - (1 << i) for i in range(n - 1) if k >> i & 3 == 2]


@cache
def upper_sets(n: int) -> tuple[int, ...]:
    """Return, for each point, the table of the points at least as strong.

    >>> [bin(t) for t in upper_sets(2)]
    ['0b1111', '0b1110', '0b1100', '0b1000']
    """
    above = [0] * (1 << arity(n, limit=SELF_DUAL_LIMIT))
    for k in reversed(range(1 << n)):  # what is stronger has a larger number
        above[k] = reduce(or_, (above[s] for s in stronger(k, n)), 1 << k)
    return tuple(above)


@cache
def regular_functions(n: int) -> tuple[int, ...]:
    """Return the tables of the regular functions of n <= 7 inputs.

    Raises BadInput above that.

    >>> [len(regular_functions(n)) for n in range(7)]
    [2, 3, 5, 10, 27, 119, 1173]
    """
    return _closed(n, _limited(n, ARITY_LIMIT, "ask for the self-dual ones, up to nine variables"), self_dual=False)


@cache
def self_dual_regular_functions(n: int) -> tuple[int, ...]:
    """Return the tables of the self-dual regular functions of n <= 9 variables.

    Raises BadInput above that.

    >>> [len(self_dual_regular_functions(n)) for n in range(9)]
    [0, 1, 1, 2, 3, 7, 21, 135, 2470]
    >>> self_dual_regular_functions(10)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 10 variables > 9: count by the chambers instead
    """
    return _closed(n, _limited(n, SELF_DUAL_LIMIT, "count by the chambers instead"), self_dual=True)


def _limited(n: int, limit: int, way_out: str) -> tuple[int, ...]:
    if arity(n) > limit:
        raise BadInput(f"{n} variables > {limit}: {way_out}")
    return upper_sets(n)


def _closed(n: int, up: tuple[int, ...], *, self_dual: bool) -> tuple[int, ...]:
    """List by choosing the value at the first open point and all that follows from it: neither choice is ever a dead end."""
    top, full = (1 << n) - 1, (1 << (1 << n)) - 1
    down = [opposite(up[top ^ k], n) for k in range(1 << n)]
    forced = reduce(or_, (up[k] for k in range(1 << n) if up[top ^ k] >> k & 1), 0) if self_dual else 0
    if self_dual and forced & opposite(forced, n):  # no variables: the one point is its own opposite
        return ()
    pending, found = [(forced, opposite(forced, n))], []
    while pending:
        true, false = pending.pop()
        left = full & ~(true | false)
        if not left:
            found.append(true)
            continue
        k = (left & -left).bit_length() - 1
        if self_dual:
            pending += [(true | up[o], false | down[top ^ o]) for o in (k, top ^ k)]
        else:
            pending += [(true | up[k], false), (true, false | down[k])]
    return tuple(found)
