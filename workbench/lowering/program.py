"""From a tape to one jitted JAX function of (points, coefficient arrays), and the bound on what it computes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.errors import BadInput
from workbench.lowering.interpreter import interpretable, interpreted
from workbench.lowering.levels import Groups, levels, run_by_level
from workbench.lowering.operations import OPERATIONS, PolynomialAt, run, size_of
from workbench.lowering.polynomial import Scheme, scheme_of
from workbench.lowering.precision import FINEST, LIMITS, Exactness, accept_points, argument, is_float, scope, written
from workbench.lowering.sizes import Size
from workbench.lowering.tape import Instruction, Tape

SINGLE_INSTRUCTIONS = 300  # a tape up to here is one fused program
GROUP_COST = 30  # instructions that compile in the time of one group of equal operations
MOST_BITS = 1 << 12  # beyond so large numbers a bound is not followed further
DEEP_LEVELS = 1000  # beyond so many steps one after another a loop over a register file is compiled instead


def exactness(tape: Tape, dtype: str, *, entries: bool = False) -> Exactness:
    """Return whether a tape is exact in this type at points whose coordinates (arrays whose `entries`) are -1, 0 or 1.

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
        if size.largest.bit_length() > MOST_BITS:
            return Exactness(False, size.largest, limit, f"numbers up to {written(size.largest)} > {power}")
        sizes.append(size)
        largest, whole = max(largest, size.largest), whole and size.denominator == 1
    kind = "integers" if whole else "dyadic fractions with numerators"
    if largest > limit:
        better = " (lower with dtype='float64')" if dtype == "float32" and largest <= LIMITS["float64"] else ""
        return Exactness(False, largest, limit, f"{kind} up to {written(largest)} > {power}{better}")
    place = "for entries -1, 0 and 1" if entries else f"at points of {{-1, 0, 1}}^{tape.inputs}"
    return Exactness(True, largest, limit, f"{kind} up to {largest} <= {power} {place}")


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
            return [jax.device_put(s.coefficients) for s in self.schemes.values() if s.coefficients is not None]

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
            return self.jitted(argument(points, self.dtype))

    def _with_arrays(self, function: Callable[[jax.Array, list[jax.Array]], jax.Array]) -> Any:
        def scoped(points: jax.Array, arrays: list[jax.Array]) -> jax.Array:
            with scope(self.dtype):  # traced with x64 off, the function still computes in 64 bits
                return function(points, arrays)

        if not any(scheme.coefficients is not None for scheme in self.schemes.values()):
            return jax.jit(lambda points: scoped(points, []))
        compiled = jax.jit(scoped)
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
            at = jnp.where(jnp.broadcast_to(guards[0], flat.shape[:1])[:, None], flat, 1) if guards else flat
            return self.schemes[k].at(at, coefficients[k])

        return self._run(flat, polynomial).reshape(points.shape[:-1])

    def _run(self, points: jax.Array, polynomial: PolynomialAt) -> jax.Array:
        if self.deep:
            return interpreted(self.tape, self.dtype)(points.T)
        if self.by_level:
            return run_by_level(self.tape, self._levels, points.T, polynomial)
        columns = [points[:, k] for k in range(self.tape.inputs)]
        return jnp.broadcast_to(run(self.tape, columns, self.dtype, polynomial=polynomial), points.shape[:1])

    @cached_property
    def _levels(self) -> Groups:
        return levels(self.tape)

    @cached_property
    def deep(self) -> bool:
        """Whether the tape runs as a loop over its instructions: it compiles in no time, and runs slower."""
        return len(self.tape) > DEEP_LEVELS and len(self._levels) > DEEP_LEVELS and interpretable(self.tape)

    @cached_property
    def by_level(self) -> bool:
        """Whether equal operations run together, level by level: it compiles sooner if there are many of each, and runs slower."""
        return len(self.tape) > SINGLE_INSTRUCTIONS and len(self.tape) > GROUP_COST * len(self._levels)

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


def _constants(i: Instruction) -> list[Fraction]:
    if i.op in ("constant", "irrational", "guard"):
        return [i.payload]  # type: ignore[list-item]
    return [c for _, c in i.payload] if i.op == "polynomial" else list(i.payload) if i.op == "linear" else []  # type: ignore


def accept(tape: Tape, dtype: str) -> None:
    """Raise BadInput if the type lacks an operation of the tape or cannot hold one of its constants."""
    largest = int(np.finfo(dtype).max) if is_float(dtype) else LIMITS[dtype]
    for i in tape.everywhere():
        whole = i.op in ("input", "constant", "polynomial", "true", "false") or (i.op in OPERATIONS and OPERATIONS[i.op].whole)
        if not (whole or is_float(dtype)):
            raise BadInput(f"{i.op} is not available in {dtype}: lower with dtype='float64'")
        for c in _constants(i):
            if abs(c.numerator) > largest * c.denominator:
                raise BadInput(f"the constant {written(int(c))} is out of the range of {dtype}: scale the expression")
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
