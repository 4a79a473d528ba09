"""Unit propagation with two watched literals, which finds from which clauses each clause of a proof follows.

Source: M. Moskewicz, C. Madigan, Y. Zhao, L. Zhang, S. Malik, Chaff, DAC 2001 (watched literals); E. Goldberg, Y. Novikov,
Verification of proofs of unsatisfiability for CNF formulas, DATE 2003.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import int64, njit
from numba.typed import List

UNIT, CONFLICT = 1, 2  # what a new clause is under the assignment; 0 where two literals are left or one is true
KNOWN, FOLLOWS, FAILS = 0, 1, 2  # what a clause of a proof is: it has a literal that holds, it follows, or it does not


class State(NamedTuple):
    """Clauses, watches and the assignment. Literal l is coded 2|l|, or 2|l| + 1 if negative; node 2c + i is watch i of clause c."""

    literals: np.ndarray  # of all clauses one after the other, the two watched ones of each first
    starts: np.ndarray  # of the clauses in `literals`
    deleted: np.ndarray
    heads: np.ndarray  # by literal, the first node that watches it
    following: np.ndarray  # by node, the next one in its list
    value: np.ndarray  # by literal: 1 true, -1 false, 0 open
    reason: np.ndarray  # by variable, the clause that made its literal true, -1 for an assumption
    trail: np.ndarray  # true literals in the order in which they became so
    ends: np.ndarray  # of the trail: all of it, the part that was propagated, and the part that holds without assumptions
    unit_names: np.ndarray  # by variable, the step that says its literal, once that holds without assumptions


class Log(NamedTuple):
    """The steps found: the added clause, or -1 for the unit clause, 0 being the empty one; and where the hints of each begin."""

    lemmas: List
    units: List
    bounds: List
    hints: List


@njit(nogil=True, cache=True)
def hinted(signed, starts, size, events):  # type: ignore[no-untyped-def]
    """Return (failed, lemmas, units, bounds, hints) for a formula of `size` clauses and the events of a proof of it.

    Step k is added clause lemmas[k], or if that is -1 the unit clause units[k], 0 standing for the empty clause; its hints are
    hints[bounds[k]:bounds[k + 1]], clauses counted from 0 and steps from `size`. `failed` is -1, or the first event that does not
    follow, or the number of events if the empty clause does not. An event is the number of an added clause, or -c - 1 if clause c
    goes.
    """
    s, names, log = _state(signed, starts), np.arange(len(starts)), _log()
    failed = len(events)
    for event in range(-size, len(events)):
        c = event + size if event < 0 else events[event]
        if c < 0:
            s.deleted[-c - 1] = True
            continue
        if event >= 0:
            kind = _refutable(s, c, names, log.hints)
            if kind == KNOWN:
                continue
            if kind == FAILS:
                failed = event
                break
            _record(log, c, 0)
            names[c] = size + len(log.lemmas) - 1
        kind = _attach(s, c)
        if kind == UNIT:
            _push(s, s.literals[s.starts[c]], c)
        conflict = c if kind == CONFLICT else -1
        if conflict < 0 and event >= -1:  # the formula is propagated once it is whole
            conflict = _propagate(s)
        _record_units(s, names, log, size)
        if conflict >= 0:
            _hint_units(s, conflict, -1, log.hints)
            log.hints.append(names[conflict])
            _record(log, -1, 0)
            failed = -1
            break
    return failed, _array(log.lemmas), _array(log.units), _array(log.bounds), _array(log.hints)


@njit(nogil=True, cache=True)
def _state(signed, starts):  # type: ignore[no-untyped-def]
    variables, total = 1, len(starts) - 1
    for literal in signed:
        variables = max(variables, abs(literal) + 1)
    literals = np.where(signed > 0, 2 * signed, 1 - 2 * signed)
    heads, following = np.full(2 * variables, -1), np.full(2 * total, -1)
    value, reason = np.zeros(2 * variables, np.int8), np.full(variables, -1)
    trail, ends = np.zeros(variables, np.int64), np.zeros(3, np.int64)
    deleted = np.zeros(total, np.bool_)
    return State(literals, starts, deleted, heads, following, value, reason, trail, ends, np.full(variables, -1))


@njit(nogil=True, cache=True)
def _log():  # type: ignore[no-untyped-def]
    bounds = List.empty_list(int64)
    bounds.append(0)
    return Log(List.empty_list(int64), List.empty_list(int64), bounds, List.empty_list(int64))


@njit(nogil=True, cache=True)
def _record(log, lemma, unit):  # type: ignore[no-untyped-def]
    log.lemmas.append(lemma)
    log.units.append(unit)
    log.bounds.append(len(log.hints))


@njit(nogil=True, cache=True)
def _array(numbers):  # type: ignore[no-untyped-def]
    found = np.empty(len(numbers), np.int64)
    for k in range(len(numbers)):
        found[k] = numbers[k]
    return found


@njit(nogil=True, cache=True)
def _record_units(s, names, log, size):  # type: ignore[no-untyped-def]
    """Record the literals that have come to hold without assumptions, each as a step that says it."""
    for place in range(s.ends[2], s.ends[0]):
        literal = s.trail[place]
        c = s.reason[literal >> 1]
        if s.starts[c + 1] - s.starts[c] == 1:
            s.unit_names[literal >> 1] = names[c]
            continue
        _hint_units(s, c, literal, log.hints)
        log.hints.append(names[c])
        _record(log, -1, -(literal >> 1) if literal & 1 else literal >> 1)
        s.unit_names[literal >> 1] = size + len(log.lemmas) - 1
    s.ends[2] = s.ends[0]


@njit(nogil=True, cache=True)
def _hint_units(s, c, but, hints):  # type: ignore[no-untyped-def]
    """Add the steps that say the negations of the literals of clause c but one."""
    for k in range(s.starts[c], s.starts[c + 1]):
        if s.literals[k] != but:
            hints.append(s.unit_names[s.literals[k] >> 1])


@njit(nogil=True, cache=True)
def _push(s, literal, reason):  # type: ignore[no-untyped-def]
    s.value[literal] = 1
    s.value[literal ^ 1] = -1
    s.reason[literal >> 1] = reason
    s.trail[s.ends[0]] = literal
    s.ends[0] += 1


@njit(nogil=True, cache=True)
def _attach(s, c):  # type: ignore[no-untyped-def]
    """Watch two literals of clause c that are not false, put first; say what it is if there are no two."""
    begin, found = s.starts[c], 0
    for k in range(begin, s.starts[c + 1]):
        literal = s.literals[k]
        if s.value[literal] == 1:
            return 0
        if s.value[literal] == 0 and found < 2:
            s.literals[k] = s.literals[begin + found]
            s.literals[begin + found] = literal
            found += 1
    if found < 2:
        return CONFLICT if found == 0 else UNIT
    for node in range(2 * c, 2 * c + 2):
        literal = s.literals[begin + (node & 1)]
        s.following[node] = s.heads[literal]
        s.heads[literal] = node
    return 0


@njit(nogil=True, cache=True)
def _propagate(s):  # type: ignore[no-untyped-def]
    """Make true what the assignment forces; return the first clause found to be false, or -1."""
    while s.ends[1] < s.ends[0]:
        false = s.trail[s.ends[1]] ^ 1
        s.ends[1] += 1
        node, previous = s.heads[false], -1
        while node >= 0:
            c, after, moved = node >> 1, s.following[node], s.deleted[node >> 1]
            own, other = s.starts[c] + (node & 1), s.literals[s.starts[c] + 1 - (node & 1)]
            if not moved and s.value[other] != 1:
                for k in range(s.starts[c] + 2, s.starts[c + 1]):
                    literal = s.literals[k]
                    if s.value[literal] >= 0:
                        s.literals[own], s.literals[k] = literal, false
                        s.following[node] = s.heads[literal]
                        s.heads[literal] = node
                        moved = True
                        break
                if not moved:
                    if s.value[other] == -1:
                        return c
                    _push(s, other, c)
            if not moved:
                previous = node
            elif previous < 0:
                s.heads[false] = after
            else:
                s.following[previous] = after
            node = after
    return -1


@njit(nogil=True, cache=True)
def _refutable(s, c, names, hints):  # type: ignore[no-untyped-def]
    """Assume the literals of clause c false and propagate; add the hints that lead to a conflict, and take everything back."""
    root = s.ends[2]
    kind, conflict = FOLLOWS, -1
    for k in range(s.starts[c], s.starts[c + 1]):
        literal = s.literals[k]
        if s.value[literal] == 1:
            kind = KNOWN
            break
        if s.value[literal] == 0:
            _push(s, literal ^ 1, -1)
    if kind == FOLLOWS:
        conflict = _propagate(s)
        if conflict < 0:
            kind = FAILS
        else:
            _hint_conflict(s, conflict, names, hints)
    for place in range(root, s.ends[0]):
        s.value[s.trail[place]] = 0
        s.value[s.trail[place] ^ 1] = 0
    s.ends[0] = s.ends[1] = root
    return kind


@njit(nogil=True, cache=True)
def _hint_conflict(s, conflict, names, hints):  # type: ignore[no-untyped-def]
    """Add the unit steps and then the clauses, in the order in which they propagate, that make clause `conflict` false."""
    seen = {np.int64(0)}  # variables
    used = [conflict]
    _use(s, conflict, seen, hints)
    for place in range(s.ends[0] - 1, s.ends[2] - 1, -1):
        variable = s.trail[place] >> 1
        if variable in seen and s.reason[variable] >= 0:
            used.append(s.reason[variable])
            _use(s, s.reason[variable], seen, hints)
    for k in range(len(used) - 1, -1, -1):
        hints.append(names[used[k]])


@njit(nogil=True, cache=True)
def _use(s, c, seen, hints):  # type: ignore[no-untyped-def]
    for k in range(s.starts[c], s.starts[c + 1]):
        variable = s.literals[k] >> 1
        if variable not in seen:
            seen.add(variable)
            if s.unit_names[variable] >= 0:
                hints.append(s.unit_names[variable])
