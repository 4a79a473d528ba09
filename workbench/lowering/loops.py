"""Rules of Sum and Product: the body becomes a tape of its own, whose inputs are the index and what it reads from outside.

Bounds follow Karr's convention, as in SymPy: a sum to b = a - 1 is empty, to b < a - 1 minus the sum over b + 1 .. a - 1.
"""

from __future__ import annotations

from fractions import Fraction

import sympy

from workbench.lowering.algebra import scaled
from workbench.lowering.branches import prepare
from workbench.lowering.tape import Tape
from workbench.lowering.walk import Child, Rule, Steps, Walk

LARGEST_INDEX = 2**31 - 1


def _loop(op: str) -> Rule:
    def rule(walk: Walk, node: sympy.Sum | sympy.Product, guard: int | None) -> Steps:
        bounds = []
        for place in range(len(node.limits) - 1, -1, -1):  # the last limits are the outermost
            index, lower, upper = _limits(walk, node.limits[place])
            path = f"args[{place + 1}]."
            bounds.append(((yield Child(lower, path + "args[1]", guard)), (yield Child(upper, path + "args[2]", guard))))
            guard = walk.enter(index, guard)
        prepare(walk, node.function, guard)
        number = yield Child(node.function, "args[0]", guard)
        for lower, upper in reversed(bounds):
            body, operands = walk.leave(number)
            number = folded(walk, op, body, (lower, upper, *operands))
        return number

    return rule


def _limits(walk: Walk, limits: sympy.Tuple) -> tuple[sympy.Basic, sympy.Basic, sympy.Basic]:
    if len(limits) != 3:
        raise walk.refusal(f"index {limits[0]} without bounds: give (index, first, last)")
    if any(bound in (sympy.oo, -sympy.oo) for bound in limits[1:] if bound.is_Atom):
        raise walk.refusal(f"infinite bound of index {limits[0]}: sum it with SymPy's doit(), or give a last term")
    return limits[0], limits[1], limits[2]


def folded(walk: Walk, op: str, body: Tape, args: tuple[int, ...]) -> int:
    """Return the instruction that sums or multiplies a body over its index, from args[0] to args[1]."""
    first, last = walk.constant(args[0]), walk.constant(args[1])
    if first is None or last is None:
        return walk.tape.add(op + "_between", args, body)
    if first.denominator != 1 or last.denominator != 1:
        return walk.tape.add("undefined")
    if max(abs(first), abs(last)) > LARGEST_INDEX:
        raise walk.refusal(f"index up to {max(abs(first), abs(last))} > 2**31 - 1: find a closed form first")
    if last == first - 1:
        return walk.tape.constant(0 if op == "sum" else 1)
    if last > first:
        return walk.tape.add(op, args, (body, int(first), int(last)))
    if last == first:
        return walk.tape.add(op, args, (body, int(first), int(first)))
    number = walk.tape.add(op, args, (body, int(last) + 1, int(first) - 1))
    return scaled(walk, number, Fraction(-1)) if op == "sum" else walk.tape.add("divide", (walk.tape.constant(1), number))


LOOPS: dict[type, Rule] = {sympy.Sum: _loop("sum"), sympy.Product: _loop("product")}
