"""Where each part of an expression with branches counts: a part is lowered once, guarded by `some branch that reads it is taken`.

A branch that is not taken has the derivative 0, which times an infinite or undefined derivative within it would be NaN. A guard on
what the branch reads, `where(taken, x, 1)`, holds that back. Conditions have no derivative, so their parts need no guard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy
from sympy.concrete.expr_with_limits import ExprWithLimits

from workbench.errors import BadInput
from workbench.lowering.walk import DECISION, Guards, Walk


def branch_guards(walk: Walk, holds: Sequence[int | None], guard: int | None) -> list[int | None]:
    """Return a guard for each branch: its condition (None: true), none before it, and the guard around them."""
    found: list[int | None] = []
    free = guard
    for condition in holds:
        if condition is None:
            return [*found, free]
        found.append(_both(walk, free, condition))
        free = _both(walk, free, walk.tape.add("not", (condition,)))
    return found


def _both(walk: Walk, guard: int | None, condition: int) -> int:
    return condition if guard is None else walk.tape.add("and", (guard, condition))


def prepare(walk: Walk, root: Any, guard: int | None) -> None:
    """Find the guard of each part of an expression that is about to be lowered under this guard."""
    if guard == DECISION:
        return
    known = walk.scope.guards
    for key, (node, found) in _guards(walk, root, guard).items():
        known[key] = (node, _union(walk, {known[key][1], found}, {}) if key in known else found)


def _guards(walk: Walk, root: Any, guard: int | None) -> Guards:
    if not _has_branches(root):
        return {}
    order = _parents_first(root)
    readers: dict[int, set[int | None]] = {id(node): set() for node in order}
    readers[id(root)] = {guard}
    whole: dict[int, list[tuple[set[int | None], int | None]]] = {}  # a guard -> the guards of all branches, and the one around
    found: Guards = {}
    steps, scopes = list(walk.steps), list(walk.scopes)
    for node in order:
        own = _union(walk, readers[id(node)], whole)
        found[id(node)] = (node, own)
        try:
            taken = _branches(walk, node, own, whole) if isinstance(node, sympy.Piecewise) else []
        except BadInput:  # it will come again, with its place, when the walk arrives there
            walk.steps[:], walk.scopes[:] = steps, scopes
            return {id(node): (node, None) for node in order}
        for k, part in enumerate(_parts(node)):
            readers[id(part)].add(taken[k] if taken else own)
    return found


def _branches(walk: Walk, node: sympy.Piecewise, guard: int | None, whole: dict[int, Any]) -> list[int | None]:
    conditions = [pair.args[1] for pair in node.args]
    holds = [None if c is sympy.true else walk.run(c, DECISION) for c in conditions]
    taken = branch_guards(walk, holds, guard)
    if None in holds:
        for t in taken:
            whole.setdefault(t, []).append((set(taken), guard))  # type: ignore[arg-type]
    return taken


def _union(walk: Walk, guards: set[int | None], whole: dict[int, Any]) -> int | None:
    """Return the guard that holds where one of these does (None: everywhere), all branches of one Piecewise being everything."""
    while None not in guards:
        merged = next(((every, around) for g in guards for every, around in whole.get(g, ()) if every <= guards), None)  # type: ignore
        if merged is None:
            numbers = tuple(sorted(g for g in guards if g is not None))
            return numbers[0] if len(numbers) == 1 else walk.tape.add("or", numbers)
        guards = (guards - merged[0]) | {merged[1]}
    return None


def _parts(node: Any) -> Sequence[Any]:
    """Return what the value of a node depends on, apart from conditions and the bodies of loops."""
    if isinstance(node, sympy.Piecewise):
        return [pair.args[0] for pair in node.args]
    if isinstance(node, ExprWithLimits):
        return [bound for limits in node.limits for bound in limits[1:]]
    return node.args if isinstance(node, sympy.Basic) else ()


def _has_branches(root: Any) -> bool:
    """Say whether an expression has branches; loops are looked into as well, which only costs time."""
    stack, seen = [root], {id(root)}
    while stack:
        node = stack.pop()
        if isinstance(node, sympy.Piecewise):
            return True
        for part in getattr(node, "args", ()):
            if getattr(part, "args", ()) and id(part) not in seen:
                seen.add(id(part))
                stack.append(part)
    return False


def _parents_first(root: Any) -> list[Any]:
    """Return the parts of an expression, each once and after all that read it."""
    order: list[Any] = []
    seen = {id(root)}
    stack: list[tuple[Any, Iterator[Any]]] = [(root, iter(_parts(root)))]
    while stack:
        node, parts = stack[-1]
        part = next((p for p in parts if id(p) not in seen), None)
        if part is None:
            order.append(node)
            stack.pop()
        else:
            seen.add(id(part))
            stack.append((part, iter(_parts(part))))
    return order[::-1]
