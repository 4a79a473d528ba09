"""Models and refutations of formulas: a solver proposes a proof, which is made explicit and trimmed to the steps that are needed.

The solver's learned clauses are checked one by one by unit propagation, which yields the hints that `clauses.refuted` asks for; a
walk back from the empty clause then keeps what it uses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import numpy as np
from pysat.solvers import Solver

from workbench.circuits.propagation import hinted
from workbench.clauses import Clause, Proof, Step
from workbench.errors import BadInput

SOLVER = "glucose4"
BUDGET = 20_000  # conflicts between two looks at the clock
Model = frozenset[int]


class Exhausted(Exception):
    """The time was spent before the formula was decided."""


def refutation(
    clauses: Sequence[Clause], *, seconds: float | None = None, progress: Callable[[str, int], object] | None = None
) -> Proof | Model:
    """Return the literals of a model of the formula, or a proof that it has none, for `clauses.refuted`.

    `progress` is called with a word and the conflicts so far, about once a second. Raises Exhausted after `seconds`, and BadInput
    for a clause that is no tuple of literals. The same formula has the same answer.

    >>> sorted(refutation([(1, 2), (-1, 2), (1, -2)]))
    [1, 2]
    >>> refutation([(1, 2), (1, -2), (-1, 2), (-1, -2)])
    (Step(clause=(2,), hints=(3, 1)), Step(clause=(-1,), hints=(5, 4)), Step(clause=(), hints=(6, 5, 2)))
    """
    if bad := next((c for c in clauses if any(type(x) is not int or x == 0 for x in c)), None):
        raise BadInput(f"clause {bad!r} is not a tuple of integers other than 0")
    if () in clauses:
        return (Step((), (list(clauses).index(()) + 1,)),)
    with Solver(SOLVER, bootstrap_with=clauses, with_proof=True) as solver:
        if _solved(solver, seconds, progress):
            return frozenset(solver.get_model())
        lines = solver.get_proof()
    return explicit(clauses, lines)


def model_of(clauses: Sequence[Clause], *, seconds: float | None = None) -> Model | None:
    """Return the literals of a model of the formula, None if the solver says that there is none; faster than `refutation`.

    >>> model_of([(1,), (-1,)]) is None
    True
    """
    with Solver(SOLVER, bootstrap_with=clauses) as solver:
        return frozenset(solver.get_model()) if _solved(solver, seconds, None) else None


def _solved(solver: Solver, seconds: float | None, progress: Callable[[str, int], object] | None) -> bool:
    started = time.perf_counter()
    while True:
        solver.conf_budget(BUDGET)
        # Otherwise the solver takes SIGINT itself and leaves by a long jump, after which its memory cannot be freed.
        if (answer := solver.solve_limited(expect_interrupt=True)) is not None:
            return bool(answer)
        if progress is not None:
            progress("conflicts", solver.accum_stats()["conflicts"])
        if seconds is not None and time.perf_counter() - started > seconds:
            raise Exhausted(f"not decided within {seconds:g} s")


def explicit(clauses: Sequence[Clause], lines: Iterable[str]) -> Proof:
    """Return the proof with hints for the lines, in the DRUP format, of a proof without them.

    Raises BadInput if a line does not follow from those before it by unit propagation, or no conflict does in the end.

    >>> explicit([(1, 2), (1, -2), (-1, 2), (-1, -2)], ["1 0", "0"])
    (Step(clause=(1,), hints=(2, 1)), Step(clause=(-2,), hints=(5, 4)), Step(clause=(), hints=(5, 6, 3)))
    """
    added, events = _events(clauses, lines)
    return _hinted(clauses, added, events)


def _events(clauses: Sequence[Clause], lines: Iterable[str]) -> tuple[list[Clause], np.ndarray]:
    """The clauses that a proof adds, and its events in order: the number k of an added clause, -k - 1 where clause k is deleted."""
    places: dict[tuple[int, ...], list[int]] = {}
    for k, clause in enumerate(clauses):
        places.setdefault(tuple(sorted(clause)), []).append(k)
    added: list[Clause] = []
    events = []
    for line in lines:
        deletes = line.startswith("d")
        clause = tuple(int(word) for word in line.removeprefix("d").split())[:-1]
        numbers = places.setdefault(tuple(sorted(clause)), [])
        if not deletes:
            numbers.append(len(clauses) + len(added))
            events.append(numbers[-1])
            added.append(clause)
        elif numbers and len(clause) > 1:
            events.append(-numbers.pop() - 1)
    return added, np.array(events, np.int64)


def _hinted(clauses: Sequence[Clause], added: Sequence[Clause], events: np.ndarray) -> Proof:
    """The steps that the empty clause needs, renumbered."""
    everything = [*clauses, *added]
    starts = np.zeros(len(everything) + 1, np.int64)
    np.cumsum([len(c) for c in everything], out=starts[1:])
    literals = np.fromiter(chain.from_iterable(everything), np.int64, int(starts[-1]))
    failed, lemmas, units, bounds, hints = hinted(literals, starts, len(clauses), events)
    if failed >= 0:
        where = "no conflict follows in the end" if failed == len(events) else f"line {failed + 1} does not follow"
        raise BadInput(f"this is no proof by unit propagation: {where}")
    found = [
        everything[lemma] if lemma >= 0 else (unit,) if unit else ()
        for lemma, unit in zip(lemmas.tolist(), units.tolist(), strict=True)
    ]
    return _trimmed(len(clauses), found, np.split(hints, bounds[1:-1]))


def _trimmed(size: int, found: Sequence[Clause], hints: Sequence[np.ndarray]) -> Proof:
    needed = np.zeros(size + len(found), np.bool_)
    needed[-1] = True
    for k in range(len(found) - 1, -1, -1):
        if needed[size + k]:
            needed[hints[k]] = True
    needed[:size] = True
    names = np.cumsum(needed)
    return tuple(
        Step(clause, tuple(names[own].tolist()))
        for k, (clause, own) in enumerate(zip(found, hints, strict=True))
        if needed[size + k]
    )
