"""Number types of points and coefficients: what is taken, rounded once, and refused."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy

from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.polynomial import rounded

X, Y = sympy.symbols("x y", real=True)
R = sympy.Rational
POWERS = sum(X**k for k in range(1, 9))

NARROW_TRACERS = {  # (number type of the function, points); all with x64 on
    "int64 into int32": ("int32", np.array([2**32 + 5])),
    "uint32 into int32": ("int32", np.array([2**32 - 1], np.uint32)),
    "uint64 into int64": ("int64", np.array([2**63], np.uint64)),
}


@pytest.mark.parametrize(("dtype", "points"), NARROW_TRACERS.values(), ids=NARROW_TRACERS)
@pytest.mark.parametrize("transform", [jax.jit, jax.vmap], ids=["jit", "vmap"])
def test_a_traced_integer_is_never_wrapped(transform, dtype, points):
    F = lower(X, [X], dtype=dtype)
    with jax.enable_x64(True), pytest.raises(BadInput):
        transform(F)(points[:, None] if transform is jax.vmap else points)


SHORTENED_BEFORE = {"float64": np.array([2**40]), "int64": np.array([2**40], np.uint64)}


@pytest.mark.parametrize("dtype", SHORTENED_BEFORE)
def test_integers_that_jit_shortened_are_refused(dtype):
    with pytest.raises(BadInput, match="x64"):
        jax.jit(lower(X, [X], dtype=dtype))(SHORTENED_BEFORE[dtype])


BEYOND = {
    "float64 into float32": ("float32", np.array([1e300]), "coordinate 1e\\+300 > 3.40.*lower with dtype='float64'"),
    "negative": ("float32", np.array([[1.0], [-1e39]]), "coordinate -1e\\+39"),
    "a list": ("float32", [1e300], "float64"),
    "longdouble into float64": ("float64", np.array([np.longdouble(10) ** 400]), "give float64 points"),
}


@pytest.mark.parametrize(("dtype", "points", "message"), BEYOND.values(), ids=BEYOND)
def test_points_beyond_the_float_type_are_refused(dtype, points, message):
    with pytest.raises(BadInput, match=message):
        lower(X, [X], dtype=dtype)(points)


def test_arrays_beyond_float32_are_refused_with_x64_on():
    with jax.enable_x64(True), pytest.raises(BadInput, match="1e\\+300"):
        lower(X, [X], dtype="float32")(jnp.array([1e300]))


ROUNDED_POINTS = {
    "integer beyond 2**24 into float32": ("float32", [2**24 + 1], 2**24),
    "integer beyond 2**53 into float64": ("float64", [2**53 + 1], 2**53),
    "infinity": ("float32", np.array([-np.inf]), -np.inf),
    "tenth": ("float32", [0.1], float(np.float32(0.1))),
}


@pytest.mark.parametrize(("dtype", "points", "expected"), ROUNDED_POINTS.values(), ids=ROUNDED_POINTS)
def test_points_are_rounded_to_the_nearest_number_of_the_float_type(dtype, points, expected):
    assert float(lower(X, [X], dtype=dtype)(points)) == expected


OVERFLOWS = {"power": (X**2, [100_000, 0]), "sum": (X + Y, [2**31 - 1, 1]), "polynomial": (POWERS + Y, [2**20, 1])}


@pytest.mark.parametrize(("expr", "point"), OVERFLOWS.values(), ids=OVERFLOWS)
def test_integer_functions_never_wrap(expr, point):
    expected = int(expr.subs({X: point[0], Y: point[1]}))
    try:
        found = int(lower(expr, [X, Y], dtype="int32")(point))
    except BadInput:
        return
    assert found == expected


@pytest.mark.parametrize(("dtype", "power"), [("float64", 1100), ("float32", 160)])
def test_exact_means_exact_for_tiny_coefficients(dtype, power):
    F = lower(X * R(1, 2**power), [X], dtype=dtype)
    assert not F.exact or float(F([1])) != 0


TIE = 1 + Fraction(1, 2**24)  # half way between two float32 numbers
ONCE = {
    "above a tie": (TIE + Fraction(1, 2**60), 1 + 2.0**-23),
    "below a tie": (TIE - Fraction(1, 2**60), 1.0),
    "tie, to even": (TIE, 1.0),
    "tie, upwards to even": (TIE + Fraction(1, 2**23), 1 + 2.0**-22),
    "negative": (-TIE - Fraction(1, 2**60), -1 - 2.0**-23),
    "third": (Fraction(1, 3), float(np.float32(1 / 3))),
    "subnormal": (Fraction(3, 2**150) - Fraction(1, 2**230), 2.0**-149),
}


@pytest.mark.parametrize(("value", "expected"), ONCE.values(), ids=ONCE)
def test_coefficients_are_rounded_once(value, expected):
    assert float(rounded([value], "float32")[0]) == expected


TYPES = {
    "bool": np.array([True]),
    "int8": np.array([1], np.int8),
    "float16": np.array([1], np.float16),
    "bfloat16": jnp.array([1], jnp.bfloat16),
    "longdouble": np.array([1], np.longdouble),
    "list": [1],
}


@pytest.mark.parametrize("points", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_real_type_of_points_is_taken(points, dtype):
    value = lower(X + 1, [X], dtype=dtype)(points)
    assert (str(value.dtype), float(value)) == (dtype, 2.0)


STRANGE = {
    "key": (lambda: lower(X, [X])(jax.random.key(0)[None]), "points of type key"),
    "masked": (lambda: lower(X, [X])(np.ma.array([1.0], mask=[True])), "masked"),
    "set of symbols": (lambda: lower(X - Y, {X, Y}), "no order"),
    "free symbols": (lambda: lower(X - Y, (X - Y).free_symbols), "no order"),
    "number for symbols": (lambda: lower(X, 3), "symbols 3"),
}


@pytest.mark.parametrize(("call", "message"), STRANGE.values(), ids=STRANGE)
def test_strange_arguments_are_refused(call, message):
    with pytest.raises(BadInput, match=message):
        call()
