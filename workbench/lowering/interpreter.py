"""Deep tapes by one compiled loop over a register file: compile time does not grow with the number of instructions.

Compiling an operation costs milliseconds, running it in this loop microseconds; so it is for tapes of thousands of levels.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.lowering.operations import OPERATIONS
from workbench.lowering.polynomial import rounded
from workbench.lowering.tape import Instruction, Tape

FOLDED = ("multiply", "maximum", "minimum", "and", "or", "xor")
BRANCHES = {"select": 2, "choose": 3}  # operands of one branch
OPERANDS = 4
CONDITIONS = {"guard": (0,), "select": (0,), "choose": (0, 1), "and": (0, 1), "or": (0, 1), "xor": (0, 1), "not": (0,)}
Kind = tuple[str, Hashable, int]  # an operation, its constants and its number of operands


@dataclass
class _Steps:
    """Steps being written: an operation with at most four earlier values and one weight each."""

    kinds: dict[Kind, int] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)
    operands: list[tuple[int, ...]] = field(default_factory=list)
    weights: list[Fraction] = field(default_factory=list)

    def add(self, op: str, args: Sequence[int], payload: Hashable = None, weight: Fraction = Fraction(0)) -> int:
        self.codes.append(self.kinds.setdefault((op, payload, len(args)), len(self.kinds)))
        self.operands.append(tuple(args))
        self.weights.append(weight)
        return len(self.codes) - 1

    def write(self, i: Instruction, args: Sequence[int]) -> int:
        """Write an instruction as steps; return the step that holds its value."""
        payload: Any = i.payload
        if i.op in ("constant", "irrational"):
            return self.add("constant", (), None, payload)
        if i.op == "linear":
            number = self.add("scaled", args[:1], None, payload[0])
            for a, w in zip(args[1:], payload[1:], strict=True):
                number = self.add("plus", (number, a), None, w)
            return number
        if i.op in FOLDED:
            number = args[0]
            for a in args[1:]:
                number = self.add(i.op, (number, a))
            return number
        if i.op in BRANCHES:
            size, number = BRANCHES[i.op], args[-1]
            for k in range(len(args) - 1 - size, -1, -size):
                number = self.add(i.op, (*args[k : k + size], number))
            return number
        return self.add(i.op, args, payload)


def interpretable(tape: Tape) -> bool:
    """Say whether each operation acts point by point on a few numbers: no polynomial, no loop within, no array."""
    simple = ("input", "constant", "irrational", "true", "false", "undefined", "linear", *FOLDED, *BRANCHES)
    return all(i.op in simple or (i.op in OPERATIONS and 0 < len(i.args) <= OPERANDS and _pointwise(i)) for i in tape.instructions)


def _pointwise(i: Instruction) -> bool:
    return not any(i.op.startswith(word) for word in ("sum", "product", "element", "mat")) and i.op != "repeat"


def interpreted(tape: Tape, dtype: str) -> Callable[[jax.Array], jax.Array]:
    """Return the function of variables, shape (inputs, points), that runs an interpretable tape step by step.

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(2)
    >>> both = t.add("multiply", (t.add("input", (), 0), t.add("input", (), 1)))
    >>> interpreted(t.finished(t.add("sqrt", (both,))), "float32")(jnp.array([[2.0], [8.0]])).tolist()
    [4.0]
    """
    steps = _Steps()
    places = [steps.add("input", (), k) for k in range(tape.inputs)]
    numbers: list[int] = []
    for i in tape.instructions:
        slot: Any = i.payload
        numbers.append(places[slot] if i.op == "input" else steps.write(i, [numbers[a] for a in i.args]))
    registers, count = _registers(steps.operands, numbers[tape.root])
    padded = [tuple(registers[a] for a in args) + (0,) * (OPERANDS - len(args)) for args in steps.operands]
    table = (
        np.array(steps.codes, np.int32),
        np.array(registers, np.int32),
        np.array(padded, np.int32).reshape(-1, OPERANDS),
        rounded(steps.weights, dtype),
    )
    branches = [_branch(kind, dtype) for kind in steps.kinds]

    def values(variables: jax.Array) -> jax.Array:
        def step(file: jax.Array, row: Any) -> tuple[jax.Array, None]:
            code, target, operands, weight = row
            value = jax.lax.switch(code, branches, variables, [file[operands[k]] for k in range(OPERANDS)], weight)
            return file.at[target].set(value), None

        file = jnp.zeros((count, variables.shape[1]), dtype)
        return jax.lax.scan(step, file, table)[0][registers[numbers[tape.root]]]

    return values


def _branch(kind: Kind, dtype: str) -> Callable[..., jax.Array]:
    op, payload, count = kind
    constants: Any = rounded([payload], dtype)[0] if op == "guard" else payload  # type: ignore[list-item]

    def branch(variables: jax.Array, operands: Sequence[jax.Array], weight: jax.Array) -> jax.Array:
        if op == "input":
            return variables[constants]
        if op in ("scaled", "plus"):
            return operands[0] * weight if op == "scaled" else operands[0] + operands[1] * weight
        if count == 0:
            fixed = {"true": 1, "false": 0, "undefined": jnp.nan}
            return jnp.full_like(operands[0], fixed[op]) if op in fixed else jnp.zeros_like(operands[0]) + weight
        given = [x != 0 if k in CONDITIONS.get(op, ()) else x for k, x in enumerate(operands[:count])]
        return OPERATIONS[op].apply(constants, given).astype(dtype)

    return branch


def _registers(operands: Sequence[Sequence[int]], root: int) -> tuple[list[int], int]:
    """Return a register for each step, taken again after the last step that reads it, and how many there are."""
    last = list(range(len(operands)))
    for step, args in enumerate(operands):
        for a in args:
            last[a] = step
    last[root] = len(operands)
    free: list[int] = []
    registers: list[int] = []
    count = 0
    for step, args in enumerate(operands):
        for a in set(args):
            if last[a] == step:
                heapq.heappush(free, registers[a])
        if not free:
            heapq.heappush(free, count)
            count += 1
        registers.append(heapq.heappop(free))
        if last[step] == step:
            heapq.heappush(free, registers[step])
    return registers, count
