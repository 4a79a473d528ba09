"""The numbers of a network as arrays, one set for each step of like units: from its exact weights, from symbols, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from sympy.core.intfunc import num_digits

from workbench.errors import BadInput
from workbench.lowering.algebra import CONSTANT_DIGITS
from workbench.lowering.bounds import radius
from workbench.lowering.network_pass import Parameters
from workbench.lowering.network_plan import Layout
from workbench.lowering.network_sizes import spoken
from workbench.lowering.network_steps import Activations
from workbench.lowering.precision import LIMITS, checked, is_float
from workbench.lowering.program import program
from workbench.lowering.rules import tape_of
from workbench.network import Network
from workbench.units import Unit, Value, exact


class Unknown(NamedTuple):
    """A weight with symbols, and its place: the step, the field of its `Parameters`, the place there."""

    step: int
    field: str
    place: int
    weight: sympy.Expr


def numbers_of(layout: Layout, dtype: str) -> tuple[tuple[Parameters, ...], tuple[Unknown, ...]]:
    """Return the weights as NumPy arrays, each rounded once, 0 in the place of each weight with symbols, and these.

    Raises BadInput for a number that the type cannot hold.
    """
    parameters, unknown = [], []
    for k, (step, units, places) in enumerate(zip(layout.activations, layout.units, layout.places, strict=True)):
        fields = _exact(step, units, places)
        for name, (indices, values) in fields.items():
            open_ones = [] if rational(values) else zip(indices, values, strict=True)
            unknown += [Unknown(k, name, int(i), v) for i, v in open_ones if isinstance(v, sympy.Expr) and v.free_symbols]
        parameters.append(Parameters(**{name: _array(shape, *fields[name], dtype) for name, shape in step.shapes.items()}))
    return tuple(parameters), tuple(unknown)


def _exact(step: Activations, units: Sequence[Unit], places: Sequence[np.ndarray]) -> dict[str, tuple[Any, list[Value]]]:
    """Return the exact numbers of each field with their indices in it."""
    where = np.concatenate(places)
    weights = [synapse.weight for unit in units for synapse in unit.synapses]
    inside = where >= 0
    matrix = [w for w, held in zip(weights, inside.tolist(), strict=True) if held] if step.loose else weights
    loose = [w for w, held in zip(weights, inside.tolist(), strict=True) if not held] if step.loose else []
    additions = [weight for unit in units for weight, _ in unit.additions]
    return {
        "matrix": (where[inside], matrix),
        "loose": (-1 - where[~inside], loose),
        "biases": (range(len(units)), [unit.bias for unit in units]),
        "additions": (range(len(additions)), additions),
    }


def _array(shape: tuple[int, ...] | None, indices: Any, values: Sequence[Value], dtype: str) -> np.ndarray | None:
    if shape is None:
        return None
    result = np.zeros(shape, dtype=dtype)
    result.reshape(-1)[np.asarray(indices, dtype=np.int64)] = _rounded(
        values if rational(values) else [_near(v, dtype) for v in values], dtype
    )
    return result


def rational(values: Iterable[Value]) -> bool:
    """Say whether all numbers are rational.

    >>> rational([1, Fraction(1, 2)]), rational([sympy.sqrt(2)])
    (True, False)
    """
    return set(map(type, values)) <= {int, Fraction}


def _rounded(values: Sequence[Value], dtype: str) -> np.ndarray:
    """Return rational numbers as an array, each rounded once. Raises BadInput for one that the type does not have."""
    ratios = [v.as_integer_ratio() for v in values]
    largest = int(np.finfo(dtype).max) if is_float(dtype) else LIMITS[dtype]
    try:
        quotients = np.array([n / d for n, d in ratios], dtype=np.float64)
        suspect = is_float(dtype) and np.abs(quotients).max(initial=0) >= float(largest)
    except OverflowError:
        suspect = True
    if suspect or not is_float(dtype):
        for value, (n, d) in zip(values, ratios, strict=True):
            _accept(value, n, d, largest, dtype)
    return quotients.astype(dtype) if is_float(dtype) else np.array([n for n, _ in ratios], dtype=dtype)


def _accept(value: int | Fraction, numerator: int, denominator: int, largest: int, dtype: str) -> None:
    if denominator != 1 and not is_float(dtype):
        way_out = "lower with dtype='float64', or clear denominators"
        raise BadInput(f"the constant {spoken(value)} is not available in {dtype}: {way_out}")
    if abs(numerator) > largest * denominator:
        digits = num_digits(abs(numerator) // denominator)  # Python prints no number of more than 4300
        raise BadInput(f"a constant of {digits} digits is out of the range of {dtype}: scale the network")


def _near(value: Value, dtype: str) -> int | Fraction:
    """Return a number as a rational one: an irrational one by its digits, 0 in the place of symbols."""
    if isinstance(value, (int, Fraction)):
        return value
    if value.free_symbols:
        return Fraction(0)
    if not is_float(dtype):
        raise BadInput(f"the constant {value} is not available in {dtype}: lower with dtype='float64'")
    near = sympy.Rational(value.evalf(CONSTANT_DIGITS))
    return Fraction(int(near.p), int(near.q))


def symbols_of(unknown: Iterable[Unknown]) -> tuple[sympy.Symbol, ...]:
    """Return the symbols of unknown weights in the order of their names."""
    found = {symbol for u in unknown for symbol in u.weight.free_symbols}
    return tuple(sorted(found, key=str))


def scalars(values: Mapping[sympy.Symbol, Any], unknown: Iterable[Unknown], dtype: str) -> dict[sympy.Symbol, Any]:
    """Return the values of symbols as numbers of the type, rounded once, or as tracers.

    Raises BadInput for what is not a real number, or not one of the type, and where an integer weight might overflow.
    """
    symbols = symbols_of(unknown)
    formulas = [] if is_float(dtype) else {u.weight for u in unknown if not u.weight.is_Symbol}
    reach = min((radius(program(tape_of(e, symbols), dtype).tape, dtype) for e in formulas), default=None)
    held = {}
    for symbol, value in values.items():
        try:
            held[symbol] = checked(_number(value, dtype), dtype, radius=reach)
        except BadInput as refusal:
            raise BadInput(f"symbol {symbol}: {refusal}") from None
    return held


def _number(value: Any, dtype: str) -> Any:
    """Return an exact number as a scalar of the type, rounded as a weight of the network would be; any other scalar as it is."""
    if isinstance(value, (int, Fraction, sympy.Rational)) and not isinstance(value, bool):
        return _rounded([exact(value)], dtype)[0]
    if isinstance(value, sympy.Expr) and value.evalf().is_Float:
        return _rounded([_near(value, dtype)], dtype)[0]
    if isinstance(value, (float, complex, np.generic, np.ndarray, jax.Array)) and not np.ndim(value):
        return value
    raise BadInput(f"{value!r} is not a real number")


def filled(
    parameters: Sequence[Parameters], unknown: Sequence[Unknown], values: Mapping[sympy.Symbol, Any], dtype: str
) -> tuple[Parameters, ...]:
    """Return the parameters with every unknown weight computed from the values of the symbols, which may be traced."""
    symbols = symbols_of(unknown)
    point = jnp.stack([values[s] for s in symbols])
    programs = {e: program(tape_of(e, symbols), dtype) for e in {u.weight for u in unknown} if not e.is_Symbol}
    known = {**values, **{expression: run(point) for expression, run in programs.items()}}
    together: dict[tuple[int, str], list[Unknown]] = defaultdict(list)
    for u in unknown:
        together[u.step, u.field].append(u)
    result = list(parameters)
    for (step, field), group in together.items():
        old = getattr(result[step], field)
        indices, new = np.array([u.place for u in group]), jnp.stack([known[u.weight] for u in group])
        result[step] = result[step]._replace(**{field: old.reshape(-1).at[indices].set(new).reshape(old.shape)})
    return tuple(result)


def accept_key(key: Any) -> None:
    """Raise BadInput for anything but one key of random numbers, `jax.random.key(0)` or one of the older `jax.random.PRNGKey(0)`.

    >>> accept_key(0)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 0 is not one key: give jax.random.key(0), and several by `eqx.filter_vmap`
    """
    kind, axes = getattr(key, "dtype", None), np.ndim(key)
    typed = kind is not None and jnp.issubdtype(kind, jax.dtypes.prng_key)
    if not (typed and axes == 0) and not (kind == jnp.uint32 and axes == 1):
        given = repr(key) if kind is None else f"an array of {kind}, shape {key.shape},"
        raise BadInput(f"{given} is not one key: give jax.random.key(0), and several by `eqx.filter_vmap`")


def drawn(layout: Layout, key: jax.Array, dtype: str) -> tuple[Parameters, ...]:
    """Return random parameters: weights and additions from N(0, 1/fan-in), the fan-in of their unit, and biases 0."""
    return tuple(
        _drawn(step, units, k, dtype)
        for step, units, k in zip(layout.activations, layout.units, jax.random.split(key, len(layout.units)), strict=True)
    )


def _drawn(step: Activations, units: Sequence[Unit], key: jax.Array, dtype: str) -> Parameters:
    spread = np.array([max(1, len(u.synapses) + len(u.additions)) for u in units]) ** -0.5
    rows: dict[str, tuple[Any, ...]] = {"matrix": step.rows, "loose": step.loose, "additions": step.additions}
    held: dict[str, Any] = {"biases": jnp.zeros(len(units), dtype)}
    for (name, members), k in zip(rows.items(), jax.random.split(key, len(rows)), strict=True):
        shape = step.shapes[name]
        held[name] = None
        if shape is not None:
            scale = spread[[member[0] for member in members]].reshape(-1, *(1 for _ in shape[1:]))
            scale = scale if name != "matrix" or step.synapses is None else scale * step.synapses
            held[name] = jax.random.normal(k, shape, dtype) * jnp.asarray(scale, dtype)
    return Parameters(**held)


def network_with(network: Network, layout: Layout, parameters: Sequence[Parameters]) -> Network:
    """Return the network with these numbers as exact weights."""
    units: dict[str, Unit] = {}
    for members, places, arrays in zip(layout.units, layout.places, parameters, strict=True):
        biases, matrix, loose, additions = (np.zeros(0) if a is None else np.asarray(a).reshape(-1) for a in arrays)
        weights = iter(_fractions(additions))
        for unit, where, bias in zip(members, places, _fractions(biases), strict=True):
            held = np.concatenate([matrix, loose[::-1]])[where]  # place -1 - k is the k-th loose number from the end
            synapses = tuple(replace(s, weight=w) for s, w in zip(unit.synapses, _fractions(held), strict=True))
            signals = tuple((next(weights), signal) for _, signal in unit.additions)
            units[unit.name] = replace(unit, synapses=synapses, bias=bias, additions=signals)
    return replace(network, units=tuple(units[unit.name] for unit in network.units))


def _fractions(values: np.ndarray) -> list[Fraction]:
    if not np.isfinite(values).all():
        raise BadInput(f"a weight is {values[~np.isfinite(values)][0]}: only finite numbers are exact")
    return [Fraction(v) for v in values.tolist()]
