"""What each instruction does in JAX, and how large the integers are that it forms: one table to run a tape and to bound it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as jss
import numpy as np

from workbench.errors import BadInput
from workbench.lowering import elementary, folds, gammas, special, tensors
from workbench.lowering.polynomial import rounded, scheme_of
from workbench.lowering.sizes import (
    Bound,
    Size,
    added,
    chosen,
    dyadic,
    guarded,
    largest,
    multiplied,
    polynomial_size,
    power_size,
    rounds,
    unit,
    whole_part,
)
from workbench.lowering.tape import Instruction, Tape, bodies

Apply = Callable[[Any, list[jax.Array]], jax.Array]
PolynomialAt = Callable[[int, Sequence[jax.Array]], jax.Array]


@dataclass(frozen=True)
class Operation:
    """The JAX function of (constants, operands), its size rule (`rounds` unless exact) and whether integer types have it."""

    apply: Apply
    size: Bound = rounds
    whole: bool = False


def _exact(apply: Apply, size: Bound) -> Operation:
    return Operation(apply, size, True)


def _of_one(function: Callable[[jax.Array], jax.Array]) -> Operation:
    return Operation(lambda _, args: function(args[0]))


def _linear(weights: Sequence[Any], args: list[jax.Array]) -> jax.Array:
    terms = [a if w is None else a * w for w, a in zip(weights, args, strict=True)]
    return reduce(lambda a, b: a + b, terms)


def _heaviside(_: Any, args: list[jax.Array]) -> jax.Array:
    return jnp.where(args[0] == 0, args[1], elementary.above_zero(args[0]))


def _sgn(at_zero: int, args: list[jax.Array]) -> jax.Array:
    return jnp.where(args[0] == 0, np.asarray(2 * at_zero - 1, args[0].dtype), 2 * elementary.above_zero(args[0]) - 1)


def _select(_: Any, args: list[jax.Array]) -> jax.Array:
    result = args[-1]
    for i in range(len(args) - 3, -1, -2):
        result = jnp.where(args[i], args[i + 1], result)
    return result


def _choose(_: Any, args: list[jax.Array]) -> jax.Array:
    """Branches of (undecided, condition, value), the first whose condition does not fail; NaN where that is undecided."""
    result = args[-1]
    for i in range(len(args) - 4, -1, -3):
        result = jnp.where(args[i + 1], args[i + 2], result)
        if jnp.issubdtype(result.dtype, jnp.floating):
            result = result + elementary.nan_where(args[i], result)
    return result


def _unordered(_: Any, args: list[jax.Array]) -> jax.Array:
    return reduce(
        jnp.logical_or, [jnp.isnan(a) if jnp.issubdtype(a.dtype, jnp.floating) else jnp.zeros(a.shape, bool) for a in args]
    )


def _acot(x: jax.Array) -> jax.Array:
    side = jnp.where(x < 0, -1, 1).astype(x.dtype)
    return jnp.arctan2(side, side * x)


def _hyperbolic_inverse(x: jax.Array, function: Callable[[jax.Array], jax.Array], sign: Any) -> jax.Array:
    """1/cosh or 1/sinh, by an exponential where they are equal to the last bit, before cosh and its square overflow."""
    far = jnp.abs(x) > 20
    return jnp.where(far, 2 * sign * jnp.exp(-jnp.where(far, jnp.abs(x), 20)), 1 / function(jnp.where(far, 20, x)))


def _log_base(base: int, args: list[jax.Array]) -> jax.Array:
    value = jnp.log2(args[0]) if base == 2 else jnp.log10(args[0])
    return value + elementary.nan_where(args[0] < 0, args[0])


def _repeat(payload: tuple[str, int], args: list[jax.Array]) -> jax.Array:
    op, times = payload
    step = OPERATIONS[op].apply
    return jax.lax.scan(lambda x, _: (step(None, [x]), None), args[0], length=times)[0]


def _fold(function: Callable[[jax.Array, jax.Array], jax.Array]) -> Apply:
    return lambda _, args: reduce(function, args)


def _over_range(op: str) -> Apply:
    def apply(payload: tuple[Tape, int, int], args: list[jax.Array]) -> jax.Array:
        body, first, last = payload
        dtype = args[0].dtype
        return folds.over_range(lambda *inputs: run(body, inputs, dtype), op, first, last, args[2:], dtype)

    return apply


def _between(op: str) -> Apply:
    def apply(body: Tape, args: list[jax.Array]) -> jax.Array:
        def term(*inputs: Any) -> jax.Array:
            return run(body, inputs, args[0].dtype)

        if not _holds_arrays(body):
            return folds.between(term, op, args[0], args[1], args[2:])
        return folds.within(term, op, args[0], args[1], args[2:], _extent(body, args[2:]))

    return apply


def _holds_arrays(body: Tape) -> bool:
    return any(i.op == "element" for i in body.everywhere())


def _extent(body: Tape, operands: Sequence[jax.Array]) -> int:
    """Return the least length of the axes that the index of a loop runs over as it is."""
    lengths = list(_extents(body, 0, [None, *operands]))
    if not lengths:
        way_out = "write it with x[i] or A[i, j] for the index i of the loop, and shift the bounds"
        raise BadInput(f"a sum or product of array entries to a bound that depends on the point: {way_out}")
    return min(lengths)


def _extents(body: Tape, slot: int, inputs: Sequence[Any]) -> Iterator[int]:
    """Yield the lengths of the axes at which input number `slot` is the index, in the loops within too."""
    kinds = body.instructions
    index = Instruction("input", (), slot)
    for i in kinds:
        if i.op == "element" and kinds[i.args[0]].op == "input":
            shape = inputs[kinds[i.args[0]].payload].shape  # type: ignore[call-overload]
            yield from (shape[axis] for axis, a in enumerate(i.args[1:]) if kinds[a] == index)
        for inner in bodies(i):
            read = [kinds[a] for a in i.args[2:]]
            passed = [None, *(inputs[k.payload] if k.op == "input" else None for k in read)]  # type: ignore[call-overload]
            for place, instruction in enumerate(read, start=1):
                if instruction == index:
                    yield from _extents(inner, place, passed)


def _folded_size(op: str) -> Bound:
    def size(payload: tuple[Tape, int, int], sizes: list[Size]) -> Size | None:
        body, first, last = payload
        every: list[Size | None] = []
        inputs = [Size(Fraction(max(abs(first), abs(last)))), *sizes[2:]]
        for instruction in body.instructions:
            every.append(size_of(instruction, [every[a] for a in instruction.args], inputs=inputs))
        known, term = [s for s in every if s is not None], every[body.root]
        if term is None or len(known) < len(every):
            return None
        total = added([Fraction(last - first + 1)], [term]) if op == "sum" else power_size(last - first + 1, [term])
        return total and largest(None, [total, *known])

    return size


def constant(instruction: Instruction, dtype: Any) -> np.ndarray:
    """Return the value of an instruction without operands."""
    if instruction.op in ("true", "false"):
        return np.asarray(instruction.op == "true")
    if instruction.op == "undefined":
        return np.asarray(np.nan, dtype=dtype)
    return np.asarray(rounded([instruction.payload], dtype)[0])  # type: ignore[list-item]


def run(tape: Tape, inputs: Sequence[Any], dtype: Any, *, polynomial: PolynomialAt | None = None) -> jax.Array:
    """Return the value of a tape, instruction by instruction, at inputs that broadcast against each other.

    `polynomial` gives the value of a polynomial by its instruction and its guard, if it has one.

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(1)
    >>> float(run(t.finished(t.add("exp", (t.add("input", (), 0),))), [jnp.float32(0)], "float32"))
    1.0
    """
    values: list[Any] = []
    for index, i in enumerate(tape.instructions):
        if i.op == "input":
            values.append(inputs[i.payload])  # type: ignore[call-overload]
        elif i.op == "polynomial" and polynomial is not None:
            values.append(polynomial(index, [values[a] for a in i.args]))
        elif i.op == "polynomial":
            scheme = scheme_of(i.payload, dtype)  # type: ignore[arg-type]
            point = jnp.stack([x if jnp.ndim(x) == 0 else jnp.zeros((), dtype) for x in inputs])[None]
            point = jnp.where(values[i.args[0]], point, 1) if i.args else point
            values.append(scheme.at(point, None if scheme.coefficients is None else jnp.asarray(scheme.coefficients))[0])
        elif not i.args:
            values.append(jnp.asarray(constant(i, dtype)))
        else:
            payload: Any = i.payload
            if i.op == "linear":
                payload = [None if w == 1 else rounded([w], dtype)[0] for w in payload]
            elif i.op == "guard":
                payload = rounded([payload], dtype)[0]
            elif i.op in SHAPED:
                payload = [int(tape.instructions[a].payload) for a in i.args if tape.instructions[a].op == "constant"]  # type: ignore[call-overload]
            values.append(OPERATIONS[i.op].apply(payload, [values[a] for a in i.args]))
    return values[tape.root]


OPERATIONS: dict[str, Operation] = {
    "linear": _exact(_linear, added),
    "multiply": _exact(_fold(jnp.multiply), multiplied),
    "integer_power": _exact(lambda power, args: elementary.integer_power(args[0], power), power_size),
    "divide": Operation(lambda _, args: elementary.divide(args[0], args[1])),
    "power": Operation(lambda _, args: jnp.power(args[0], args[1])),
    "sqrt": _of_one(jnp.sqrt),
    "half_power": Operation(lambda power, args: elementary.half_power(power, args[0])),
    "exp": _of_one(jnp.exp),
    "log": _of_one(elementary.log),
    "softplus": _of_one(elementary.softplus),
    "logistic": _of_one(elementary.logistic),
    "sin": _of_one(jnp.sin),
    "cos": _of_one(jnp.cos),
    "tan": _of_one(jnp.tan),
    "asin": _of_one(jnp.arcsin),
    "acos": _of_one(jnp.arccos),
    "atan": _of_one(jnp.arctan),
    "atan2": Operation(lambda _, args: jnp.arctan2(args[0], args[1])),
    "sinh": _of_one(jnp.sinh),
    "cosh": _of_one(jnp.cosh),
    "tanh": _of_one(elementary.tanh),
    "asinh": _of_one(jnp.arcsinh),
    "acosh": _of_one(lambda x: jnp.arccosh(x) + elementary.nan_where(x < 1, x)),
    "atanh": _of_one(elementary.atanh),
    "sinc": _of_one(special.sinc),
    "acot": _of_one(_acot),
    "sech": _of_one(lambda x: _hyperbolic_inverse(x, jnp.cosh, 1)),
    "csch": _of_one(lambda x: _hyperbolic_inverse(x, jnp.sinh, jnp.sign(x))),
    "expm1": _of_one(elementary.expm1),
    "log1p": _of_one(elementary.log1p),
    "log_base": Operation(_log_base),
    "cbrt": _of_one(lambda x: jnp.cbrt(x) + elementary.nan_where(x < 0, x)),
    "hypot": Operation(lambda _, args: jnp.hypot(args[0], args[1])),
    "erf": _of_one(jss.erf),
    "erfc": _of_one(jss.erfc),
    "erfi": _of_one(special.erfi),
    "erfinv": _of_one(jss.erfinv),
    "erfcinv": _of_one(lambda x: -np.sqrt(0.5) * jss.ndtri(x / 2)),
    "gamma_quotient": Operation(lambda p, args: gammas.gamma_quotient(args[: p[0]], args[p[0] :], rounds=p[1])),
    "loggamma": _of_one(lambda x: gammas.log_gamma(x) + elementary.nan_where(x < 0, x)),
    "polygamma": Operation(lambda order, args: gammas.polygamma(order, args[0])),
    "zeta": _of_one(special.riemann_zeta),
    "hurwitz_zeta": Operation(lambda _, args: special.hurwitz_zeta(args[0], args[1])),
    "lower_gamma": Operation(lambda _, args: jss.gammainc(args[0], args[1]) * jss.gamma(args[0])),
    "upper_gamma": Operation(lambda _, args: jss.gammaincc(args[0], args[1]) * jss.gamma(args[0])),
    "bessel": Operation(lambda p, args: special.bessel(p[0], p[1], args[0])),
    "exponential_integral": _of_one(jss.expi),
    "expint": Operation(lambda order, args: special.exponential_integral(order, args[0])),
    "sine_integral": _of_one(lambda x: jss.sici(x)[0]),
    "cosine_integral": _of_one(lambda x: jss.sici(x)[1] + elementary.nan_where(x < 0, x)),
    "fresnel_s": _of_one(lambda x: jss.fresnel(x)[0]),
    "fresnel_c": _of_one(lambda x: jss.fresnel(x)[1]),
    "lambert_w": Operation(lambda branch, args: special.lambert_w(branch, args[0])),
    "argument": _of_one(lambda x: jnp.where(x < 0, jnp.pi, jnp.zeros_like(x)) + elementary.nan_where(x == 0, x)),
    "modulo": _exact(lambda _, args: jnp.mod(args[0], args[1]), lambda _, sizes: largest(None, [sizes[1], sizes[0]])),
    "modulo_any": Operation(lambda _, args: jnp.mod(args[0], args[1])),
    "same": _exact(lambda _, args: elementary.keeping_nan(args[0] - args[1], (args[0] == args[1]).astype(args[0].dtype)), unit),
    "sum": _exact(_over_range("sum"), _folded_size("sum")),
    "product": _exact(_over_range("product"), _folded_size("product")),
    "sum_between": Operation(_between("sum")),
    "product_between": Operation(_between("product")),
    "abs": _exact(lambda _, args: elementary.absolute(args[0]), largest),
    "sign": _exact(lambda _, args: elementary.sign(args[0]), unit),
    "sgn": _exact(_sgn, unit),
    "floor": _exact(lambda _, args: elementary.floor(args[0]), whole_part),
    "ceiling": _exact(lambda _, args: elementary.ceiling(args[0]), whole_part),
    "heaviside": _exact(_heaviside, lambda _, sizes: largest(None, [Size(Fraction(1)), sizes[1]])),
    "maximum": _exact(_fold(elementary.maximum), largest),
    "minimum": _exact(_fold(elementary.minimum), largest),
    "select": _exact(_select, chosen(2)),
    "choose": _exact(_choose, chosen(3)),
    "unordered": _exact(_unordered, unit),
    "guard": _exact(lambda safe, args: jnp.where(args[0], args[1], safe), guarded),
    "less": _exact(lambda _, args: args[0] < args[1], unit),
    "less_equal": _exact(lambda _, args: args[0] <= args[1], unit),
    "greater": _exact(lambda _, args: args[0] > args[1], unit),
    "greater_equal": _exact(lambda _, args: args[0] >= args[1], unit),
    "equal": _exact(lambda _, args: args[0] == args[1], unit),
    "not_equal": _exact(lambda _, args: args[0] != args[1], unit),
    "and": _exact(_fold(jnp.logical_and), unit),
    "or": _exact(_fold(jnp.logical_or), unit),
    "xor": _exact(_fold(jnp.logical_xor), unit),
    "not": _exact(lambda _, args: jnp.logical_not(args[0]), unit),
    "repeat": Operation(_repeat),
    "element": _exact(lambda _, args: tensors.element(args), lambda _, sizes: sizes[0]),
    "matrix_sum": _exact(lambda _, args: tensors.matrix_sum(args), lambda _, sizes: added([Fraction(1)] * len(sizes), sizes)),
    "matmul": _exact(lambda _, args: tensors.matmul(*args), tensors.matmul_size),
    "transpose": _exact(lambda _, args: args[0].T, largest),
    "inverse": Operation(tensors.square(jnp.linalg.inv)),
    "determinant": Operation(tensors.square(jnp.linalg.det)),
    "trace": _exact(tensors.square(jnp.trace), tensors.trace_size),
    "hadamard": _exact(lambda _, args: tensors.hadamard(args), multiplied),
    "identity": _exact(lambda shape, args: jnp.eye(shape[0], dtype=args[0].dtype), unit),
    "zeros": _exact(lambda shape, args: jnp.zeros(shape, args[0].dtype), unit),
    "ones": _exact(lambda shape, args: jnp.ones(shape, args[0].dtype), unit),
    "diagonal_matrix": _exact(lambda _, args: jnp.diag(args[0].ravel()), largest),
    "diagonal_part": _exact(lambda _, args: tensors.diagonal_part(args[0]), largest),
    "diagonal": _exact(lambda _, args: jnp.diagonal(args[0])[:, None], largest),
    "map": Operation(lambda body, args: run(body, args, args[0].dtype)),
    "slice": _exact(tensors.sliced, lambda _, sizes: sizes[0]),
    "matrix": _exact(tensors.explicit, largest),
    "block": _exact(tensors.block, largest),
    "kronecker": _exact(_fold(jnp.kron), multiplied),
    "dot": _exact(lambda length, args: jnp.vdot(args[0], args[1], precision="highest"), tensors.matmul_size),
}
SHAPED = ("identity", "zeros", "ones", "slice")  # their last operands are lengths, known before they run


def size_of(instruction: Instruction, sizes: list[Size | None], *, reach: int = 1, inputs: Sequence[Size] = ()) -> Size | None:
    """Return the size of an instruction's values where the inputs are of these sizes, or integers of absolute value up to `reach`.

    None where some value may be rounded.
    """
    if instruction.op == "input":
        return inputs[instruction.payload] if inputs else Size(Fraction(reach))  # type: ignore[call-overload]
    if instruction.op == "constant":
        return dyadic(instruction.payload)  # type: ignore[arg-type]
    if instruction.op in ("true", "false"):
        return Size(Fraction(1))
    if instruction.op == "polynomial":
        return polynomial_size(instruction.payload, reach)  # type: ignore[arg-type]
    known = [s for s in sizes if s is not None]
    if instruction.op in ("irrational", "undefined") or len(known) < len(sizes):
        return None
    return OPERATIONS[instruction.op].size(instruction.payload, known)
