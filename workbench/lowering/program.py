"""From a tape to one jitted JAX function of (points, coefficient arrays), and the bound on what it computes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.errors import BadInput
from workbench.lowering.operations import OPERATIONS, size_of
from workbench.lowering.polynomial import Scheme, rounded, scheme_of
from workbench.lowering.precision import FINEST, LIMITS, Exactness, accept_points, is_float, scope
from workbench.lowering.sizes import Size
from workbench.lowering.tape import Instruction, Tape

SINGLE_INSTRUCTIONS = 300  # a tape up to here is one fused program
GROUP_COST = 30  # instructions that compile in the time of one group of equal operations
LONG_SUM = 12


def exactness(tape: Tape, dtype: str) -> Exactness:
    """Return whether a tape is exact in this type at points whose coordinates are -1, 0 or 1.

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(2)
    >>> both = t.add("linear", (t.add("input", (), 0), t.add("input", (), 1)), (Fraction(3), Fraction(2)))
    >>> print(exactness(t.finished(both), "float32"))
    exact: integers up to 5 <= 2**24 at points of {-1, 0, 1}^2
    """
    limit = LIMITS[dtype]
    power = f"2**{(limit + 1).bit_length() - 1}" + ("" if limit & 1 == 0 else " - 1")
    sizes: list[Size | None] = []
    largest, whole = 0, True
    for instruction in tape.instructions:
        size = size_of(instruction, [sizes[a] for a in instruction.args])
        if size is None:
            return Exactness(False, None, limit, f"{_spoken(instruction)} rounds")
        if size.denominator > FINEST[dtype]:
            return Exactness(
                False, None, limit, f"multiples of 2**-{size.denominator.bit_length() - 1} are not all held by {dtype}"
            )
        sizes.append(size)
        largest, whole = max(largest, size.largest), whole and size.denominator == 1
    kind = "integers" if whole else "dyadic fractions with numerators"
    if largest > limit:
        better = " (lower with dtype='float64')" if dtype == "float32" and largest <= LIMITS["float64"] else ""
        return Exactness(False, largest, limit, f"{kind} up to {largest} > {power}{better}")
    return Exactness(True, largest, limit, f"{kind} up to {largest} <= {power} at points of {{-1, 0, 1}}^{tape.inputs}")


def _spoken(instruction: Instruction) -> str:
    if instruction.op in ("linear", "polynomial"):
        return "a coefficient whose denominator is not a power of two"
    if instruction.op == "constant":
        return f"the constant {instruction.payload}"
    return str(instruction.payload[0]) if instruction.op == "repeat" else instruction.op  # type: ignore[index]


@dataclass(frozen=True, eq=False)
class Program:
    """A tape made ready for a number type: a scheme for each polynomial, coefficients as arguments, and the jitted functions."""

    tape: Tape
    dtype: str
    schemes: dict[int, Scheme]

    @cached_property
    def arrays(self) -> list[jax.Array]:
        """The coefficient arrays of the schemes that have one."""
        with scope(self.dtype), jax.ensure_compile_time_eval():
            return [jnp.asarray(s.coefficients) for s in self.schemes.values() if s.coefficients is not None]

    @cached_property
    def jitted(self) -> Any:
        """The compiled function of an array of points; their kind and shape are looked at when it is traced, so once."""
        return self._with_arrays(self.values)

    @cached_property
    def gradient(self) -> Any:
        """The compiled gradient, shape (..., inputs): values at different points do not interact."""
        return self._with_arrays(self._gradient)

    @cached_property
    def hessian(self) -> Any:
        """The compiled second derivatives, shape (..., inputs, inputs)."""
        return self._with_arrays(self._hessian)

    def __call__(self, points: Any) -> jax.Array:
        """Return the values, shape (...), at points of shape (..., inputs), x64 turned on for the call if the type needs it."""
        with scope(self.dtype):
            return self.jitted(jnp.asarray(points, dtype=self.dtype))

    def _with_arrays(self, function: Callable[[jax.Array, list[jax.Array]], jax.Array]) -> Any:
        if not self.arrays:
            return jax.jit(lambda points: function(points, []))
        compiled = jax.jit(function)
        return lambda points: compiled(points, self.arrays)

    def _gradient(self, points: jax.Array, arrays: list[jax.Array]) -> jax.Array:
        return jax.grad(lambda p: self.values(p, arrays).sum())(points)

    def _hessian(self, points: jax.Array, arrays: list[jax.Array]) -> jax.Array:
        def along(direction: jax.Array) -> jax.Array:
            return jax.jvp(lambda p: self._gradient(p, arrays), (points,), (jnp.broadcast_to(direction, points.shape),))[1]

        return jax.vmap(along, out_axes=-1)(jnp.eye(points.shape[-1], dtype=points.dtype))

    def values(self, points: jax.Array, arrays: list[jax.Array]) -> jax.Array:
        """Return the values, shape (...), at points of shape (..., inputs).

        Raises BadInput for points of another shape or kind.
        """
        accept_points(points, self.tape.inputs, self.dtype)
        flat = points.reshape(math.prod(points.shape[:-1]), points.shape[-1]).astype(self.dtype)
        given = iter(arrays)
        coefficients = {k: None if scheme.coefficients is None else next(given) for k, scheme in self.schemes.items()}

        def polynomial(k: int, guards: Sequence[jax.Array]) -> jax.Array:
            """The polynomial at instruction k, at the points where its guard holds, if it has one."""
            at = jnp.where(jnp.broadcast_to(guards[0], flat.shape[:1])[:, None], flat, 1) if guards else flat
            return self.schemes[k].at(at, coefficients[k])

        run = self._by_level if self.by_level else self._one_by_one
        return run(flat.T, polynomial).reshape(points.shape[:-1])

    def _one_by_one(self, variables: jax.Array, polynomial: Callable[..., jax.Array]) -> jax.Array:
        values: list[jax.Array] = []
        for index, instruction in enumerate(self.tape.instructions):
            if instruction.op == "polynomial":
                values.append(polynomial(index, [values[a] for a in instruction.args]))
            elif instruction.op == "input":
                values.append(variables[instruction.payload])
            elif not instruction.args:
                values.append(jnp.asarray(self._constant(instruction)))
            else:
                payload = self._payload([instruction], lambda weights: weights[0])
                values.append(OPERATIONS[instruction.op].apply(payload, [values[a] for a in instruction.args]))
        return jnp.broadcast_to(values[self.tape.root], variables.shape[1:])

    @cached_property
    def by_level(self) -> bool:
        """Whether equal operations run together, level by level: it compiles sooner if there are many of each, and runs slower."""
        return len(self.tape) > SINGLE_INSTRUCTIONS and len(self.tape) > GROUP_COST * len(levels(self.tape))

    @property
    def steps(self) -> str:
        """What one evaluation consists of, in words."""
        rest = sum(1 for i in self.tape.instructions if i.args)
        operations = [f"{rest:,} operation{'s' * (rest != 1)}"] if rest or not self.schemes else []
        shown = [str(s) for s in self.schemes.values()][:2]
        more = [f"{len(self.schemes) - 2} more"] if len(self.schemes) > 2 else []
        return " and ".join(operations + shown + more)

    @property
    def flops(self) -> int:
        """Operations for each point, every function of the table counted as one."""
        return sum(s.flops for s in self.schemes.values()) + sum(max(1, len(i.args) - 1) for i in self.tape.instructions if i.args)

    def memory(self, points: int) -> int:
        """Return an estimate of the bytes in use at once: coefficients, features of a block, inputs and values of all points."""
        live = self.tape.inputs + (len(self.tape) if self.by_level else 1)
        return int(np.dtype(self.dtype).itemsize) * (sum(s.numbers for s in self.schemes.values()) + live * points)

    def _constant(self, instruction: Instruction) -> np.ndarray:
        if instruction.op in ("true", "false"):
            return np.array(instruction.op == "true")
        if instruction.op == "undefined":
            return np.array(np.nan, dtype=self.dtype)
        return np.asarray(rounded([instruction.payload], self.dtype)[0])  # type: ignore[list-item]

    def _payload(self, group: list[Instruction], shape: Any) -> Any:
        """Return the constants of equal operations: weights as arrays (None for an array of ones), a safe value, or as they are."""
        payload = group[0].payload
        if group[0].op == "linear":
            columns = zip(*(i.payload for i in group), strict=True)
            return [None if all(w == 1 for w in column) else shape(rounded(column, self.dtype)) for column in columns]
        return rounded([payload], self.dtype)[0] if group[0].op == "guard" else payload  # type: ignore[list-item]

    def _by_level(self, variables: jax.Array, polynomial: Callable[..., jax.Array]) -> jax.Array:
        rows = Rows()
        for op, members in levels(self.tape):
            group = [self.tape.instructions[m] for m in members]
            if op == "input":
                rows.append(members, variables[np.array([i.payload for i in group])])
            elif op == "polynomial":
                rows.append(
                    members,
                    jnp.stack([polynomial(m, [*rows.take(i.args)] if i.args else []) for m, i in zip(members, group, strict=True)]),
                )
            elif not group[0].args:
                block = np.stack([self._constant(i) for i in group])[:, None]
                rows.append(members, jnp.broadcast_to(jnp.asarray(block), (len(group), variables.shape[1])))
            elif op == "linear" and len(group[0].args) > LONG_SUM:
                sums = [jnp.matmul(rounded(i.payload, self.dtype), rows.take(i.args), precision="highest") for i in group]  # type: ignore[arg-type]
                rows.append(members, jnp.stack(sums))
            else:
                operands = [rows.take([i.args[k] for i in group]) for k in range(len(group[0].args))]
                rows.append(members, OPERATIONS[op].apply(self._payload(group, lambda w: w[:, None]), operands))
        return rows.take([self.tape.root])[0]


def columns_of(points: jax.Array) -> jax.Array:
    """Return points of shape (..., inputs) as variables of shape (inputs, points).

    >>> columns_of(jnp.zeros((2, 5, 3))).shape
    (3, 10)
    """
    return points.reshape(math.prod(points.shape[:-1]), points.shape[-1]).T


class Rows:
    """The values computed so far, by key: blocks of shape (rows, points), and where each key's row is."""

    def __init__(self) -> None:
        self.blocks: list[jax.Array] = []
        self.where: dict[Hashable, tuple[int, int]] = {}

    @property
    def width(self) -> int:
        """The number of points."""
        return int(self.blocks[0].shape[1])

    def append(self, members: Sequence[Hashable], block: jax.Array) -> None:
        """Add a block whose rows belong to these keys."""
        self.where.update({m: (len(self.blocks), row) for row, m in enumerate(members)})
        self.blocks.append(block)

    def take(self, members: Iterable[Hashable]) -> jax.Array:
        """Return the rows of these keys, in this order, from as few blocks as hold them."""
        places = [self.where[m] for m in members]
        parts = []
        order: dict[tuple[int, int], int] = {}
        for source in sorted({block for block, _ in places}):
            wanted = sorted({row for block, row in places if block == source})
            order.update({(source, row): len(order) + k for k, row in enumerate(wanted)})
            whole = len(wanted) == self.blocks[source].shape[0]
            parts.append(self.blocks[source] if whole else self.blocks[source][np.array(wanted)])
        joined = jnp.concatenate(parts) if len(parts) > 1 else parts[0]
        index = np.array([order[p] for p in places])
        return joined if np.array_equal(index, np.arange(joined.shape[0])) else joined[index]

    def take_or(self, members: Sequence[Hashable | None], neutral: int) -> jax.Array:
        """Return the rows of these keys, a constant row for None."""
        if all(m is not None for m in members):
            return self.take(members)
        present = np.array([m is not None for m in members])
        index = np.where(present, np.cumsum(present) - 1, 0)
        return jnp.where(present[:, None], self.take([m for m in members if m is not None])[index], neutral)


def levels(tape: Tape) -> list[tuple[str, list[int]]]:
    """Return the instructions in groups that run together: one operation, one height, the same constants where they matter."""
    height: list[int] = []
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for index, i in enumerate(tape.instructions):
        height.append(1 + max((height[a] for a in i.args), default=-1))
        fixed = None if i.op in ("input", "constant", "irrational", "linear", "polynomial") else i.payload
        groups[height[-1], i.op, len(i.args), fixed].append(index)
    return [(key[1], members) for key, members in sorted(groups.items(), key=lambda item: item[0][0])]


def _constants(i: Instruction) -> list[Fraction]:
    if i.op in ("constant", "irrational", "guard"):
        return [i.payload]  # type: ignore[list-item]
    return [c for _, c in i.payload] if i.op == "polynomial" else list(i.payload) if i.op == "linear" else []  # type: ignore


def accept(tape: Tape, dtype: str) -> None:
    """Raise BadInput if the type lacks an operation of the tape or cannot hold one of its constants."""
    largest = Fraction(float(np.finfo(dtype).max)) if is_float(dtype) else LIMITS[dtype]
    for i in tape.everywhere():
        whole = i.op in ("input", "constant", "polynomial", "true", "false") or (i.op in OPERATIONS and OPERATIONS[i.op].whole)
        if not (whole or is_float(dtype)):
            raise BadInput(f"{i.op} is not available in {dtype}: lower with dtype='float64'")
        for c in _constants(i):
            if abs(c) > largest:
                raise BadInput(f"a constant of {len(str(int(abs(c))))} digits is out of the range of {dtype}: scale the expression")
            if c.denominator != 1 and not is_float(dtype):
                raise BadInput(f"the constant {c} is not available in {dtype}: lower with dtype='float64', or clear denominators")


@lru_cache(maxsize=64)
def program(tape: Tape, dtype: str) -> Program:
    """Return the program of a tape, the same object for equal tapes, so that each is compiled once.

    Raises BadInput if an integer type lacks an operation or a constant of the tape.
    """
    accept(tape, dtype)
    schemes = {k: scheme_of(i.payload, dtype) for k, i in enumerate(tape.instructions) if i.op == "polynomial"}  # type: ignore[arg-type]
    return Program(tape, dtype, schemes)
