"""What each instruction does in JAX, and how large the integers are that it forms: one table to run a tape and to bound it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as special

from workbench.lowering.tape import Instruction

Apply = Callable[[Any, list[jax.Array]], jax.Array]


@dataclass(frozen=True)
class Size:
    """All values are integers over `denominator` (a power of two) and at most `bound` in absolute value.

    >>> Size(Fraction(3, 2), 2).largest
    3
    """

    bound: Fraction
    denominator: int = 1

    @property
    def largest(self) -> int:
        """The largest numerator."""
        return int(self.bound * self.denominator)


Bound = Callable[[Any, list[Size]], "Size | None"]


def dyadic(value: Fraction) -> Size | None:
    """Return the size of a constant, None if its denominator is not a power of two."""
    return Size(abs(value), value.denominator) if value.denominator & (value.denominator - 1) == 0 else None


def _add_sizes(weights: Sequence[Fraction], sizes: Sequence[Size]) -> Size | None:
    if any(dyadic(w) is None for w in weights):
        return None
    bound = sum((abs(w) * s.bound for w, s in zip(weights, sizes, strict=True)), Fraction(0))
    return Size(bound, max((w.denominator * s.denominator for w, s in zip(weights, sizes, strict=True)), default=1))


def _multiply_sizes(_: Any, sizes: list[Size]) -> Size:
    return reduce(lambda a, b: Size(a.bound * b.bound, a.denominator * b.denominator), sizes)


def _power_size(power: int, sizes: list[Size]) -> Size | None:
    return Size(sizes[0].bound ** power, sizes[0].denominator ** power) if power <= 64 else None


def _largest(_: Any, sizes: list[Size]) -> Size:
    return Size(max(s.bound for s in sizes), max(s.denominator for s in sizes))


def _chosen(_: Any, sizes: list[Size]) -> Size:
    values = sizes[1::2] + sizes[-1:]
    return _largest(None, values)


def _unit(_: Any, sizes: list[Size]) -> Size:
    return Size(Fraction(1))


def _whole(_: Any, sizes: list[Size]) -> Size:
    return Size(sizes[0].bound + 1)


def _guarded(safe: Fraction, sizes: list[Size]) -> Size:
    return _largest(None, [sizes[1], Size(safe, safe.denominator)])


def _rounds(_: Any, sizes: list[Size]) -> None:
    return None


@dataclass(frozen=True)
class Operation:
    """The JAX function of (constants, operands), its size rule (`_rounds` unless exact) and whether integer types have it."""

    apply: Apply
    size: Bound = _rounds
    whole: bool = False


def _exact(apply: Apply, size: Bound) -> Operation:
    return Operation(apply, size, True)


def _of_one(function: Callable[[jax.Array], jax.Array]) -> Operation:
    return Operation(lambda _, args: function(args[0]))


def integer_power(base: jax.Array, power: int) -> jax.Array:
    """Return base**power by repeated squaring, so that integers and their gradients stay exact.

    >>> int(integer_power(jnp.int32(3), 5))
    243
    """
    result = None
    while power:
        if power & 1:
            result = base if result is None else result * base
        power >>= 1
        base = base * base if power else base
    return jnp.ones_like(base) if result is None else result


def _linear(weights: Sequence[Any], args: list[jax.Array]) -> jax.Array:
    terms = [a if w is None else a * w for w, a in zip(weights, args, strict=True)]
    return reduce(lambda a, b: a + b, terms)


def _heaviside(_: Any, args: list[jax.Array]) -> jax.Array:
    step = (args[0] > 0).astype(args[0].dtype)
    return jnp.where(args[0] == 0, args[1], step)


def _sgn(at_zero: int, args: list[jax.Array]) -> jax.Array:
    fires = args[0] >= 0 if at_zero else args[0] > 0
    return 2 * fires.astype(args[0].dtype) - 1


def _select(_: Any, args: list[jax.Array]) -> jax.Array:
    result = args[-1]
    for i in range(len(args) - 3, -1, -2):
        result = jnp.where(args[i], args[i + 1], result)
    return result


def _repeat(payload: tuple[str, int], args: list[jax.Array]) -> jax.Array:
    op, times = payload
    step = OPERATIONS[op].apply
    return jax.lax.scan(lambda x, _: (step(None, [x]), None), args[0], length=times)[0]


def _fold(function: Callable[[jax.Array, jax.Array], jax.Array]) -> Apply:
    return lambda _, args: reduce(function, args)


OPERATIONS: dict[str, Operation] = {
    "linear": _exact(_linear, _add_sizes),
    "multiply": _exact(_fold(jnp.multiply), _multiply_sizes),
    "integer_power": _exact(lambda power, args: integer_power(args[0], power), _power_size),
    "divide": Operation(lambda _, args: args[0] / args[1]),
    "power": Operation(lambda _, args: jnp.power(args[0], args[1])),
    "sqrt": _of_one(jnp.sqrt),
    "exp": _of_one(jnp.exp),
    "log": _of_one(jnp.log),
    "softplus": _of_one(lambda x: jnp.logaddexp(x, jnp.zeros_like(x))),
    "logistic": _of_one(jax.nn.sigmoid),
    "sin": _of_one(jnp.sin),
    "cos": _of_one(jnp.cos),
    "tan": _of_one(jnp.tan),
    "asin": _of_one(jnp.arcsin),
    "acos": _of_one(jnp.arccos),
    "atan": _of_one(jnp.arctan),
    "atan2": Operation(lambda _, args: jnp.arctan2(args[0], args[1])),
    "sinh": _of_one(jnp.sinh),
    "cosh": _of_one(jnp.cosh),
    "tanh": _of_one(jnp.tanh),
    "asinh": _of_one(jnp.arcsinh),
    "acosh": _of_one(jnp.arccosh),
    "atanh": _of_one(jnp.arctanh),
    "erf": _of_one(special.erf),
    "erfc": _of_one(special.erfc),
    "gamma": _of_one(special.gamma),
    "loggamma": _of_one(special.gammaln),
    "abs": _exact(lambda _, args: jnp.abs(args[0]), _largest),
    "sign": _exact(lambda _, args: jnp.sign(args[0]), _unit),
    "sgn": _exact(_sgn, _unit),
    "floor": _exact(lambda _, args: jnp.floor(args[0]).astype(args[0].dtype), _whole),
    "ceiling": _exact(lambda _, args: jnp.ceil(args[0]).astype(args[0].dtype), _whole),
    "heaviside": _exact(_heaviside, lambda _, sizes: _largest(None, [Size(Fraction(1)), sizes[1]])),
    "maximum": _exact(_fold(jnp.maximum), _largest),
    "minimum": _exact(_fold(jnp.minimum), _largest),
    "select": _exact(_select, _chosen),
    "guard": _exact(lambda safe, args: jnp.where(args[0], args[1], safe), _guarded),
    "less": _exact(lambda _, args: args[0] < args[1], _unit),
    "less_equal": _exact(lambda _, args: args[0] <= args[1], _unit),
    "greater": _exact(lambda _, args: args[0] > args[1], _unit),
    "greater_equal": _exact(lambda _, args: args[0] >= args[1], _unit),
    "equal": _exact(lambda _, args: args[0] == args[1], _unit),
    "not_equal": _exact(lambda _, args: args[0] != args[1], _unit),
    "and": _exact(_fold(jnp.logical_and), _unit),
    "or": _exact(_fold(jnp.logical_or), _unit),
    "xor": _exact(_fold(jnp.logical_xor), _unit),
    "not": _exact(lambda _, args: jnp.logical_not(args[0]), _unit),
    "repeat": Operation(_repeat),
}


def size_of(instruction: Instruction, sizes: list[Size | None], *, reach: int = 1) -> Size | None:
    """Return the size of an instruction's values where the inputs are integers of absolute value up to `reach`.

    None where some value may be rounded.
    """
    if instruction.op == "input":
        return Size(Fraction(reach))
    if instruction.op == "constant":
        return dyadic(instruction.payload)  # type: ignore[arg-type]
    if instruction.op in ("true", "false"):
        return Size(Fraction(1))
    if instruction.op == "polynomial":
        terms: Any = instruction.payload
        return _add_sizes([c for _, c in terms], [Size(Fraction(reach ** len(factor))) for factor, _ in terms])
    known = [s for s in sizes if s is not None]
    if instruction.op in ("irrational", "undefined") or len(known) < len(sizes):
        return None
    return OPERATIONS[instruction.op].size(instruction.payload, known)
