"""Rules of relations, logic and Piecewise. A condition is a truth value and, where NaN may leave it undecided, a mask that says so.

`and` and `or` follow Kleene: false and undecided is false, true and undecided is undecided. A Piecewise is NaN where the first of
its conditions that does not fail is undecided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from workbench.lowering.branches import branch_guards
from workbench.lowering.walk import DECISION, Child, Rule, Steps, Walk


def _relation(op: str) -> Rule:
    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        numbers = (yield Child(node.args[0], "args[0]", guard)), (yield Child(node.args[1], "args[1]", guard))
        result = walk.tape.add(op, numbers)
        if uncertain := tuple(n for n in numbers if walk.instruction(n).op not in ("constant", "irrational")):
            walk.scope.unknown[result] = walk.tape.add("unordered", uncertain)
        return result

    return rule


def _any(walk: Walk, numbers: Sequence[int]) -> int:
    return walk.tape.add("or", tuple(numbers)) if len(numbers) > 1 else numbers[0]


def _not(walk: Walk, number: int) -> int:
    result = walk.tape.add("not", (number,))
    if number in walk.scope.unknown:
        walk.scope.unknown[result] = walk.scope.unknown[number]
    return result


def _joined(walk: Walk, op: str, numbers: Sequence[int]) -> int:
    """Return the conjunction, disjunction or parity of conditions, and note where it is undecided."""
    if len(numbers) == 1:
        return numbers[0]
    result, unknown = walk.tape.add(op, tuple(numbers)), walk.scope.unknown
    if masks := [unknown[n] for n in numbers if n in unknown]:
        mask = _any(walk, masks)
        if op != "xor":  # decided where one of them decides: false in a conjunction, true in a disjunction
            sides = [n if op == "and" else walk.tape.add("not", (n,)) for n in numbers]
            open_sides = [_any(walk, [side, unknown[n]]) if n in unknown else side for side, n in zip(sides, numbers, strict=True)]
            mask = walk.tape.add("and", (mask, *open_sides))
        unknown[result] = mask
    return result


def _logic(op: str) -> Rule:
    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        numbers = []
        for i, argument in enumerate(node.args):
            numbers.append((yield Child(argument, f"args[{i}]", guard)))
        return _joined(walk, op, numbers)

    return rule


def _negation(walk: Walk, node: Any, guard: int | None) -> Steps:
    return _not(walk, (yield Child(node.args[0], "args[0]", guard)))


def _implies(walk: Walk, node: Any, guard: int | None) -> Steps:
    first = yield Child(node.args[0], "args[0]", guard)
    second = yield Child(node.args[1], "args[1]", guard)
    return _joined(walk, "or", [_not(walk, first), second])


def _ite(walk: Walk, node: Any, guard: int | None) -> Steps:
    condition = yield Child(node.args[0], "args[0]", guard)
    then = yield Child(node.args[1], "args[1]", guard)
    otherwise = yield Child(node.args[2], "args[2]", guard)
    sides = [_joined(walk, "and", [condition, then]), _joined(walk, "and", [_not(walk, condition), otherwise])]
    return _joined(walk, "or", sides)


def _truth(walk: Walk, node: Any, guard: int | None) -> Steps:
    return walk.tape.add("true" if node is sympy.true else "false")
    yield


def _piecewise(walk: Walk, node: sympy.Piecewise, guard: int | None) -> Steps:
    """Branches in order, each under its guard; conditions, which have no derivative, under none."""
    holds: list[int | None] = []
    for i, (_, condition) in enumerate(node.args):
        holds.append(None if condition is sympy.true else (yield Child(condition, f"args[{i}].args[1]", DECISION)))
    guards = [guard] * len(holds) if guard == DECISION else branch_guards(walk, holds, guard)
    args: list[int] = []
    for i, (condition, taken) in enumerate(zip(holds, guards, strict=True)):
        value = yield Child(node.args[i].args[0], f"args[{i}].args[0]", taken, held=False)
        undecided = walk.scope.unknown.get(condition) if condition is not None else None
        args += [value] if condition is None else [walk.tape.add("false") if undecided is None else undecided, condition, value]
    if None not in holds:
        args.append(walk.tape.add("undefined"))
    return walk.tape.add("choose", tuple(args)) if len(args) > 1 else args[0]


CONDITIONS: dict[type, Rule] = {
    sympy.StrictLessThan: _relation("less"),
    sympy.LessThan: _relation("less_equal"),
    sympy.StrictGreaterThan: _relation("greater"),
    sympy.GreaterThan: _relation("greater_equal"),
    sympy.Equality: _relation("equal"),
    sympy.Unequality: _relation("not_equal"),
    sympy.And: _logic("and"),
    sympy.Or: _logic("or"),
    sympy.Xor: _logic("xor"),
    sympy.Not: _negation,
    sympy.Implies: _implies,
    sympy.ITE: _ite,
    type(sympy.true): _truth,
    type(sympy.false): _truth,
    sympy.Piecewise: _piecewise,
}
