"""A function as a list of instructions without repetitions, each naming earlier ones: what a SymPy tree or a polynomial becomes.

Equal instructions are one (structural sharing), so equal tapes are equal functions and a tape is the key of the compiled cache.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Instruction:
    """One operation: its name in `operations.OPERATIONS`, the earlier instructions that it reads, and its constants."""

    op: str
    args: tuple[int, ...] = ()
    payload: Hashable = None


@dataclass(frozen=True)
class Tape:
    """A function of `inputs` real variables: instructions in an order of evaluation, and the one whose value is the result."""

    inputs: int
    instructions: tuple[Instruction, ...]
    root: int

    @cached_property
    def _hash(self) -> int:
        return hash((self.inputs, self.instructions, self.root))

    def __hash__(self) -> int:
        return self._hash

    def __len__(self) -> int:
        return len(self.instructions)

    @property
    def nodes(self) -> int:
        """The number of operations and leaves that it stands for, repetitions and terms counted."""
        return sum(_weight(i.op, i.payload) for i in self.everywhere())

    def everywhere(self) -> Iterator[Instruction]:
        """Yield its instructions and those in the bodies of its loops."""
        for i in self.instructions:
            yield i
            for body in bodies(i):
                yield from body.everywhere()

    def used(self) -> Tape:
        """Return the tape without the instructions that the result does not read."""
        needed = {self.root}
        for index in range(len(self.instructions) - 1, -1, -1):
            if index in needed:
                needed.update(self.instructions[index].args)
        place = {old: new for new, old in enumerate(sorted(needed))}
        kept = (self.instructions[old] for old in place)
        moved = tuple(Instruction(i.op, tuple(place[a] for a in i.args), i.payload) for i in kept)
        return Tape(self.inputs, moved, place[self.root])

    def with_repeats(self) -> Tape:
        """Return the tape with every chain f(f(...f(x))) of one unary operation written as one `repeat` instruction.

        A chain compiles as a loop: its cost does not grow with its length.
        """
        reads = [0] * len(self.instructions)
        for instruction in self.instructions:
            for a in instruction.args:
                reads[a] += 1
        merged: list[Instruction] = []
        for instruction in self.instructions:
            merged.append(_absorb(instruction, merged, reads))
        return Tape(self.inputs, tuple(merged), self.root).used()


def bodies(instruction: Instruction) -> list[Tape]:
    """Return the tape that a loop runs, in a list of one, none for any other instruction."""
    payload = instruction.payload
    body = payload[0] if isinstance(payload, tuple) and payload else payload
    return [body] if isinstance(body, Tape) else []


def _weight(op: str, payload: Any) -> int:
    return int(payload[1]) if op == "repeat" else 1 + len(payload) if op == "polynomial" else 1


REPEATED = ("tanh", "sin", "cos", "exp", "sinh", "sqrt", "log", "erf")


def _absorb(instruction: Instruction, before: list[Instruction], reads: list[int]) -> Instruction:
    if instruction.op not in REPEATED or reads[instruction.args[0]] != 1:
        return instruction
    inner = before[instruction.args[0]]
    if inner.op == instruction.op:
        return Instruction("repeat", inner.args, (inner.op, 2))
    if inner.op == "repeat" and isinstance(inner.payload, tuple) and inner.payload[0] == instruction.op:
        return Instruction("repeat", inner.args, (instruction.op, inner.payload[1] + 1))
    return instruction


@dataclass
class Recorder:
    """The tape being written: `add` returns the number of an instruction, the old number if it is there already."""

    inputs: int
    instructions: list[Instruction] = field(default_factory=list)
    numbers: dict[Instruction, int] = field(default_factory=dict)

    def add(self, op: str, args: tuple[int, ...] = (), payload: Hashable = None) -> int:
        """Return the number of this instruction, written now unless it was."""
        instruction = Instruction(op, args, payload)
        number = self.numbers.setdefault(instruction, len(self.instructions))
        if number == len(self.instructions):
            self.instructions.append(instruction)
        return number

    def constant(self, value: Fraction | int) -> int:
        """Return the number of the instruction that holds an exact constant."""
        return self.add("constant", (), Fraction(value))

    def finished(self, root: int) -> Tape:
        """Return the tape whose result is this instruction."""
        return Tape(self.inputs, tuple(self.instructions), root).used().with_repeats()
