"""A walk over an expression without recursion: rules yield the children that they need, equal subtrees are visited once.

A rule is a generator: it yields the children that it needs, receives their instruction numbers, and returns its own. Inside a
branch of a Piecewise the condition guards every operation that could overflow or leave its domain, so that the branch not taken
adds no NaN to a gradient (`where(c, f(where(c, x, 1)), 0)`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from workbench.errors import BadInput
from workbench.lowering.tape import Instruction, Recorder, Tape

KNOWN = "the classes in workbench.lowering.rules.RULES (sums, products, powers, elementary functions, Piecewise, ...)"
NESTED_LOOPS = 16
SHOWN_NODES = 40  # a longer expression is described, not printed
SHOWN_STEPS = 12  # of the path to a node


class Child(NamedTuple):
    """A request of a rule: this subexpression, at this step of the path, under this guard (None: no Piecewise around it)."""

    node: Any
    step: str
    guard: int | None


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

    def run(self, root: Any) -> int:
        """Return the instruction number of an expression."""
        stack = [self._start(root, None)]
        keys: list[tuple[int, int | None]] = [(id(root), None)]
        parents = [root]
        answer: int | None = None
        while stack:
            try:
                child = stack[-1].send(answer)  # type: ignore[arg-type]
            except StopIteration as end:
                answer = end.value
                self.scope.done[keys.pop()] = end.value
                stack.pop()
                parents.pop()
                if self.steps:
                    self.steps.pop()
                continue
            key = (id(child.node), child.guard)
            answer = self.scope.done.get(key)
            if answer is None:
                self.steps.append(child.step)
                if is_array(child.node) and not isinstance(parents[-1], self.takers):
                    raise self.refusal(f"{type(parents[-1]).__name__} of an array: write it entry by entry, or with applyfunc")
                parents.append(child.node)
                stack.append(self._start(child.node, child.guard))
                keys.append(key)
        assert answer is not None
        return answer

    def _start(self, node: Any, guard: int | None) -> Steps:
        for kind in type(node).__mro__:
            if rule := self.rules.get(kind):
                return rule(self, node, guard)
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
        return argument if guard is None else self.tape.add("guard", (guard, argument), safe)

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
        if guard is not None:  # a condition enters the body as a number
            guard = self.tape.add("select", (guard, self.tape.constant(1), self.tape.constant(0)))
        self.scopes.append(Scope(Recorder(1), {index: 0}))
        if guard is None:
            return None
        return self.tape.add("greater", (self.scope.capture(guard), self.tape.constant(0)))

    def leave(self, root: int) -> tuple[Tape, tuple[int, ...]]:
        """End the body of a loop: return its tape, whose inputs are the index and what it captured, and those instructions."""
        scope = self.scopes.pop()
        scope.tape.inputs = 1 + len(scope.captured)
        return scope.tape.finished(root), tuple(scope.captured)
