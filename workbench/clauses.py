"""Formulas in conjunctive normal form, and the check of a proof that one has no model.

A literal is a variable, a positive integer, or its negation, the negative one. A clause is a tuple of literals and a formula a
sequence of clauses, numbered from 1. A proof goes on numbering: each step is a clause with hints, the numbers of earlier clauses
from which it follows by unit propagation in the order given, and the last step is the empty clause. As text it is in the LRAT
format without deletions, so that other checkers read it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from workbench.errors import BadInput, Rejected

Clause = tuple[int, ...]
DIGITS = 20  # of a number in a proof, its sign among them


class Step(NamedTuple):
    """A clause that follows from earlier ones, and the numbers of those, in the order in which they propagate."""

    clause: Clause
    hints: tuple[int, ...]


Proof = tuple[Step, ...]


def refuted(clauses: Sequence[Clause], proof: Iterable[Step]) -> None:
    """Raise Rejected unless the proof shows, step by step, that no assignment satisfies all clauses.

    Source of the format: L. Cruz-Filipe, M. Heule, W. Hunt, M. Kaufmann, P. Schneider-Kamp, Efficient Certified RAT Verification,
    CADE 2017.

    >>> either = ((1, 2), (1, -2), (-1, 2), (-1, -2))
    >>> refuted(either, [Step((1,), (1, 2)), Step((), (5, 3, 4))])
    >>> refuted(either[:3], [Step((1,), (1, 2)), Step((), (4, 3))])
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the hints end without a conflict, at step 5
    """
    known = list(clauses)
    for step in proof:
        _follows(step, known)
        known.append(step.clause)
    if len(known) == len(clauses) or known[-1]:
        raise Rejected("the proof does not end in the empty clause", place=f"step {len(known)}")


def _follows(step: Step, known: Sequence[Clause]) -> None:
    """Assume every literal of the step false; each hint must leave one literal open, which is then true, the last hint none."""
    place = f"step {len(known) + 1}"
    if any(type(literal) is not int or literal == 0 for literal in step.clause):
        raise Rejected("a literal is not an integer other than 0", place=place)
    false = set(step.clause)
    for count, hint in enumerate(step.hints, 1):
        if type(hint) is not int or not 1 <= hint <= len(known):
            raise Rejected(f"hint {hint!r} is not the number of an earlier clause", place=place)
        left = {literal for literal in known[hint - 1] if literal not in false}
        if len(left) > 1:
            raise Rejected(f"clause {hint} has {len(left)} literals left, not one", place=place)
        if not left:
            if count < len(step.hints):
                raise Rejected(f"{len(step.hints) - count} hints follow the conflict in clause {hint}", place=place)
            return
        false.add(-left.pop())
    raise Rejected("the hints end without a conflict", place=place)


def written(proof: Iterable[Step], size: int) -> str:
    """Return the LRAT text of a proof about a formula of `size` clauses.

    >>> written([Step((1,), (1, 2)), Step((), (5, 3, 4))], 4)
    '5 1 0 1 2 0\\n6 0 5 3 4 0\\n'
    """
    lines = (" ".join(map(str, (number, *s.clause, 0, *s.hints, 0))) for number, s in enumerate(proof, size + 1))
    return "".join(f"{line}\n" for line in lines)


def steps(text: str, size: int) -> Proof:
    """Return the proof of an LRAT text about a formula of `size` clauses.

    Raises BadInput, naming the line, for anything but additions in order, numbers in their shortest form.

    >>> steps("5 1 0 1 2 0\\n6 0 5 3 4 0\\n", 4)[1]
    Step(clause=(), hints=(5, 3, 4))
    >>> steps("5 1 0 1 2 0\\n7 0 5 3 4 0\\n", 4)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: proof line 2 is not step 6: its number, literals, 0, hints, 0, with single spaces
    """
    if not text.endswith("\n"):
        raise BadInput("the proof is empty or its last line has no end (truncated?)")
    return tuple(_step(line, number, size) for number, line in enumerate(text[:-1].split("\n"), 1))


def _step(line: str, number: int, size: int) -> Step:
    try:
        # Reading a number of a million digits takes minutes; a line without its longest words is not what is written below.
        name, *rest = (int(word) for word in line.split(" ") if len(word) <= DIGITS)
    except ValueError:
        name, rest = 0, []
    if name == size + number and rest.count(0) == 2 and rest[-1] == 0:
        middle = rest.index(0)
        step = Step(tuple(rest[:middle]), tuple(rest[middle + 1 : -1]))
        if written([step], size + number - 1) == f"{line}\n":
            return step
    raise BadInput(f"proof line {number} is not step {size + number}: its number, literals, 0, hints, 0, with single spaces")


def dimacs(clauses: Sequence[Clause]) -> str:
    """Return a formula in the DIMACS format, for other solvers and checkers.

    >>> dimacs([(1, -2), (2,)])
    'p cnf 2 2\\n1 -2 0\\n2 0\\n'
    """
    variables = max((abs(literal) for clause in clauses for literal in clause), default=0)
    lines = (" ".join(map(str, (*clause, 0))) for clause in clauses)
    return "".join(f"{line}\n" for line in (f"p cnf {variables} {len(clauses)}", *lines))
