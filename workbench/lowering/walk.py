"""A walk over an expression without recursion: rules yield the children that they need, equal subtrees are visited once.

A rule is a generator: it yields the children that it needs, receives their instruction numbers, and returns its own. Inside a
branch of a Piecewise a guard stands before everything that the branch reads, so that the branch not taken adds no NaN to a gradient
(`where(c, f(where(c, x, 1)), 0)`), and before every operation that could overflow or leave its domain.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from workbench.errors import BadInput
from workbench.lowering.tape import Instruction, Recorder, Tape

KNOWN = "the classes in workbench.lowering.rules.RULES (sums, products, powers, elementary functions, Piecewise, ...)"
NESTED_LOOPS = 16
SHOWN_NODES = 40  # a longer expression is described, not printed
SHOWN_STEPS = 12  # of the path to a node
DECISION = -1  # in place of a guard: for a condition, which has no derivative
LEAVES = (sympy.Symbol, sympy.Idx, sympy.Indexed, MatrixElement)
FIXED = ("constant", "irrational", "dimension", "undefined", "true", "false")
Guards = dict[int, tuple[Any, int | None]]  # id of a node -> the node (kept so that no other gets its id) and its guard


class Child(NamedTuple):
    """A request of a rule: this subexpression, at this step of the path, under this guard (None: no Piecewise around it).

    What is not `held` may have any value and derivative where the guard fails, since the rule selects another value there.
    """

    node: Any
    step: str
    guard: int | None
    held: bool = True


class Frame(NamedTuple):
    """A rule that waits for a child: its generator, its node and guard, and what the reader of its value asked for."""

    rule: Generator[Child, int, int]
    node: Any
    guard: int | None
    child: Child


Steps = Generator[Child, int, int]
Rule = Callable[["Walk", Any, "int | None"], Steps]


def is_short(node: Any) -> bool:
    """Say whether an expression is short enough to print: printing recurses, and writes shared parts out again.

    >>> x = sympy.Symbol("x")
    >>> is_short(x + 1), is_short(sympy.Add(*(x**k for k in range(50))))
    (True, False)
    """
    stack, seen = [node], 0
    while stack and seen <= SHOWN_NODES:
        seen += 1
        stack.extend(getattr(stack.pop(), "args", ()))
    return seen <= SHOWN_NODES


def is_array(node: Any) -> bool:
    """Say whether a SymPy object stands for a matrix or an array without its indices."""
    return bool(getattr(node, "is_Matrix", False)) or isinstance(node, sympy.IndexedBase)


@dataclass
class Scope:
    """What is written into one tape, the whole or the body of a loop: its inputs by symbol, and what it has visited."""

    tape: Recorder
    symbols: dict[sympy.Basic, int]
    captured: dict[int, int] = field(default_factory=dict)  # instruction of the scope around -> input of this one
    done: dict[tuple[int, int | None], int] = field(default_factory=dict)
    unknown: dict[int, int] = field(default_factory=dict)  # condition -> whether NaN leaves it undecided
    guards: Guards = field(default_factory=dict)

    def capture(self, outer: int) -> int:
        """Return the instruction of this tape that holds the value of an instruction of the tape around."""
        slot = self.captured.setdefault(outer, len(self.captured) + 1)
        return self.tape.add("input", (), slot)


@dataclass
class Walk:
    """One pass over an expression: the rules, the tapes being written, the innermost last, and the path to the present node."""

    rules: Mapping[type, Rule]
    scopes: list[Scope]
    dimensions: frozenset[sympy.Basic] = frozenset()  # symbols that stand for lengths of declared arrays
    takers: tuple[type, ...] = ()  # the classes whose rules take arrays
    ranks: dict[sympy.Basic, int] = field(default_factory=dict)  # how many indices each IndexedBase has
    steps: list[str] = field(default_factory=list)
    made: list[Any] = field(default_factory=list)  # nodes made on the way, kept so that no other gets their id

    @property
    def scope(self) -> Scope:
        """The innermost scope."""
        return self.scopes[-1]

    @property
    def tape(self) -> Recorder:
        """The tape of the innermost scope."""
        return self.scopes[-1].tape

    def run(self, root: Any, guard: int | None = None) -> int:
        """Return the instruction number of an expression."""
        stack = [self._frame(Child(root, "", guard), guard)]
        answer: int | None = None
        while True:
            rule, node, own, asked = stack[-1]
            try:
                child = rule.send(answer)  # type: ignore[arg-type]
            except StopIteration as end:
                self.scope.done[id(node), own] = end.value
                stack.pop()
                if not stack:
                    return int(end.value)
                self.steps.pop()
                answer = self._held(end.value, asked, own)
                continue
            guard = self._guard_of(child)
            answer = self.scope.done.get((id(child.node), guard))
            if answer is None:
                self.steps.append(child.step)
                if is_array(child.node) and not isinstance(node, self.takers):
                    raise self.refusal(f"{type(node).__name__} of an array: write it entry by entry, or with applyfunc")
                stack.append(self._frame(child, guard))
            else:
                answer = self._held(answer, child, guard)

    def _guard_of(self, child: Child) -> int | None:
        """Return the guard of a node for all that read it, the guard asked for if nothing is known of it."""
        if child.guard is None or child.guard == DECISION:
            return child.guard
        return self.scope.guards.get(id(child.node), (None, child.guard))[1]

    def _held(self, number: int, child: Child, guard: int | None) -> int:
        """Return a value as its reader needs it: guarded if it also counts, or is known, where the reader does not count."""
        wider = guard != child.guard or isinstance(child.node, LEAVES)
        if not (wider and child.held) or is_array(child.node) or self.instruction(number).op in FIXED:
            return number
        return self.guarded(number, child.guard, Fraction(1))

    def _frame(self, child: Child, guard: int | None) -> Frame:
        node = child.node
        for kind in type(node).__mro__:
            if rule := self.rules.get(kind):
                return Frame(rule(self, node, guard), node, guard, child)
        raise self.refusal(f"{type(node).__name__} has no rule: write it with {KNOWN}")

    def refusal(self, reason: str) -> BadInput:
        """Return the error for the present node: the reason and the node's place."""
        steps = self.steps
        if len(steps) > SHOWN_STEPS:
            ends = SHOWN_STEPS // 2
            steps = [*steps[:ends], f"({len(steps) - 2 * ends:,} more)", *steps[-ends:]]
        return BadInput(f"{reason}; at {'.'.join(steps) or 'the root'}")

    def guarded(self, argument: int, guard: int | None, safe: Fraction) -> int:
        """Return the argument where the guard holds and a safe constant elsewhere."""
        return self.tape.add("guard", (*self.guards(guard), argument), safe) if self.guards(guard) else argument

    def guards(self, guard: int | None) -> tuple[int, ...]:
        """Return the operands of an instruction that holds its own inputs back: the guard, if there is one."""
        return () if guard is None or guard == DECISION else (guard,)

    def instruction(self, number: int) -> Instruction:
        """Return an instruction of the innermost tape."""
        return self.tape.instructions[number]

    def constant(self, number: int) -> Fraction | None:
        """Return the exact value of an instruction, None if it is no rational constant."""
        instruction = self.instruction(number)
        return instruction.payload if instruction.op == "constant" else None  # type: ignore[return-value]

    def number_of(self, symbol: sympy.Basic) -> int | None:
        """Return the instruction of a symbol or index, captured by every loop between here and where it is declared."""
        for depth in range(len(self.scopes) - 1, -1, -1):
            if symbol in self.scopes[depth].symbols:
                number = self.scopes[depth].tape.add("input", (), self.scopes[depth].symbols[symbol])
                for scope in self.scopes[depth + 1 :]:
                    number = scope.capture(number)
                return number
        return None

    def enter(self, index: sympy.Basic, guard: int | None) -> int | None:
        """Begin the body of a loop over this index; return the guard as the body sees it."""
        if len(self.scopes) > NESTED_LOOPS:
            raise self.refusal(f"more than {NESTED_LOOPS} loops within each other: evaluate the inner ones first")
        if guard is not None and guard != DECISION:  # a condition enters the body as a number
            guard = self.tape.add("select", (guard, self.tape.constant(1), self.tape.constant(0)))
        self.scopes.append(Scope(Recorder(1), {index: 0}))
        if guard is None or guard == DECISION:
            return guard
        return self.tape.add("greater", (self.scope.capture(guard), self.tape.constant(0)))

    def leave(self, root: int) -> tuple[Tape, tuple[int, ...]]:
        """End the body of a loop: return its tape, whose inputs are the index and what it captured, and those instructions."""
        scope = self.scopes.pop()
        scope.tape.inputs = 1 + len(scope.captured)
        return scope.tape.finished(root), tuple(scope.captured)
