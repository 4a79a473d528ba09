"""Number types of points and coefficients: what is taken, and what should be refused and is not yet (strict expected failures)."""

import warnings
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


@pytest.mark.xfail(
    strict=True, reason="with x64 off, an int32 or uint32 tracer in a float64 or int64 function was 64 bits wide a moment ago"
)
@pytest.mark.parametrize("dtype", SHORTENED_BEFORE)
def test_integers_that_jit_shortened_are_refused(dtype):
    with pytest.raises(BadInput, match="x64"):
        jax.jit(lower(X, [X], dtype=dtype))(SHORTENED_BEFORE[dtype])


LOSSY = {
    "float64 overflow into float32": ("float32", [1e300]),
    "integer beyond 2**24 into float32": ("float32", [2**24 + 1]),
    "integer beyond 2**53 into float64": ("float64", [2**53 + 1]),
}


@pytest.mark.xfail(strict=True, reason="`checked` promises no silent loss, but looks at ranges for integer types only")
@pytest.mark.parametrize(("dtype", "points"), LOSSY.values(), ids=LOSSY)
def test_points_that_the_float_type_cannot_hold_are_refused(dtype, points):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(BadInput):
            lower(X, [X], dtype=dtype)(points)


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


@pytest.mark.xfail(strict=True, reason="rounds to float64 and then to float32; compute in the type, or from the integers")
def test_coefficients_are_rounded_once():
    just_over_half = 1 + Fraction(1, 2**24) + Fraction(1, 2**60)
    assert float(rounded([just_over_half], "float32")[0]) == 1 + 2.0**-23


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
    "key": (lambda: lower(X, [X])(jax.random.key(0)[None]), "TypeError from np.dtype: ask jnp.issubdtype first"),
    "masked": (lambda: lower(X, [X])(np.ma.array([1.0], mask=[True])), "a masked value is used as if it were not"),
    "set of symbols": (lambda: lower(X - Y, {X, Y}), "a set has no order, so neither have the coordinates"),
    "number for symbols": (lambda: lower(X, 3), "TypeError: 'int' object is not iterable"),
}


@pytest.mark.parametrize(
    "call", [pytest.param(c, marks=pytest.mark.xfail(strict=True, reason=why)) for c, why in STRANGE.values()], ids=STRANGE
)
def test_strange_arguments_are_refused(call):
    with pytest.raises(BadInput):
        call()
