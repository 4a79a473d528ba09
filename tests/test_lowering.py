"""Lowering against SymPy and mpmath at 40 digits, exact integers, and direct formulas."""

import math
import random
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain import Cube, inputs
from workbench.errors import BadInput
from workbench.lowering import Exactness, cube_values, lower
from workbench.lowering.precision import number_type
from workbench.lowering.program import program
from workbench.lowering.rules import RULES, tape_of
from workbench.poly import Multilinear, monomials
from workbench.threshold import PTF, BooleanFunction

X, Y = sympy.symbols("x y", real=True)
R = sympy.Rational
ULP = 2.0**-52


def value(expr, **at):
    """The oracle: SymPy's own evaluation at rational points, 40 digits."""
    point = {s: at[str(s)] for s in expr.free_symbols}
    return float(expr.xreplace(point).evalf(40))


def slope_of(expr, at):
    """The oracle of derivatives: a central difference of step 10**-20 in 80 digits, so with an error near 10**-40."""
    step, expr = R(1, 10**20), expr.xreplace({f: R(f) for f in expr.atoms(sympy.Float)})
    after, before = (sympy.Float(expr.xreplace({X: at + s}).evalf(80), 80) for s in (step, -step))
    return float((after - before) / (2 * step))


CASES = {
    "rational": (R(1, 3) + 0 * X, R(1, 2)),
    "float": (sympy.Float("0.1") * X, R(3)),
    "pi": (sympy.pi * X, R(2)),
    "e": (sympy.E + X, R(2)),
    "euler": (sympy.EulerGamma * X, R(2)),
    "golden": (sympy.GoldenRatio + X, R(2)),
    "power": (X**7, R(-3, 2)),
    "high power": (X**40, R(9, 8)),
    "negative power": (3 * X**-3, R(-7, 5)),
    "square root": (sympy.sqrt(X), R(7, 3)),
    "inverse root": (1 / sympy.sqrt(X), R(7, 3)),
    "three halves": (X ** R(3, 2), R(7, 3)),
    "cube root": (X ** R(1, 3), R(7, 3)),
    "exponential base": (2**X, R(5, 3)),
    "self power": (X**X, R(5, 3)),
    "exp": (sympy.exp(-X), R(5, 3)),
    "log": (sympy.log(X), R(5, 3)),
    "softplus": (sympy.log(1 + sympy.exp(X)), R(900)),
    "logistic": (1 / (1 + sympy.exp(-X)), R(-700)),
    "sin": (sympy.sin(3 * X), R(5, 7)),
    "cos": (sympy.cos(X / 3), R(5, 7)),
    "tan": (sympy.tan(X), R(5, 7)),
    "asin": (sympy.asin(X), R(5, 7)),
    "acos": (sympy.acos(X), R(5, 7)),
    "atan": (sympy.atan(X), R(5, 7)),
    "atan2": (sympy.atan2(X, -2), R(5, 7)),
    "sinh": (sympy.sinh(X), R(-5, 7)),
    "cosh": (sympy.cosh(X), R(5, 7)),
    "tanh": (sympy.tanh(X), R(5, 7)),
    "asinh": (sympy.asinh(X), R(5, 7)),
    "acosh": (sympy.acosh(X), R(9, 7)),
    "atanh": (sympy.atanh(X), R(5, 7)),
    "erf": (sympy.erf(X), R(1, 3)),
    "erfc": (sympy.erfc(X), R(3, 2)),
    "gamma": (sympy.gamma(X), R(7, 2)),
    "loggamma": (sympy.loggamma(X), R(70)),
    "abs": (sympy.Abs(X) * X, R(-7, 3)),
    "sign": (sympy.sign(X) + X, R(-7, 3)),
    "floor": (sympy.floor(X) + X**2, R(-7, 3)),
    "ceiling": (sympy.ceiling(X) + X**2, R(-7, 3)),
    "heaviside": (sympy.Heaviside(X, 1) * X, R(7, 3)),
    "maximum": (sympy.Max(X, 1, X**2), R(7, 3)),
    "minimum": (sympy.Min(X, 1, X**2), R(7, 3)),
    "piecewise": (sympy.Piecewise((sympy.log(X), X > 2), (X**2, X > 0), (sympy.exp(X), True)), R(1, 2)),
    "and": (sympy.Piecewise((X, (X > 0) & (X < 2)), (5, True)), R(1, 2)),
    "or": (sympy.Piecewise((X, (X < 0) | (X >= 2)), (X**3, True)), R(3)),
    "not": (sympy.Piecewise((X, sympy.Not(sympy.Eq(X, 3))), (X**3, True)), R(2)),
    "xor": (sympy.Piecewise((X, sympy.Xor(X > 0, X > 2)), (X**3, True)), R(1)),
    "polynomial": (sympy.Add(*[k * X**k for k in range(9)]), R(5, 7)),
}


@pytest.mark.parametrize(("expr", "at"), CASES.values(), ids=CASES)
def test_each_rule_agrees_with_forty_digits_and_so_does_its_gradient(expr, at):
    F = lower(expr, [X])
    point, expected = np.array([float(at)]), value(expr, x=R(float(at)))
    slope = slope_of(expr, R(float(at)))
    with jax.numpy_rank_promotion("raise"):
        assert float(F(point)) == pytest.approx(expected, rel=64 * ULP, abs=1e-300)
        assert float(F.gradient(point)[0]) == pytest.approx(slope, rel=256 * ULP, abs=1e-300)


@pytest.mark.parametrize("name", ["gamma", "piecewise", "polynomial", "maximum"])
def test_jit_vmap_and_grad_compose(name):
    expr, at = CASES[name]
    F, point = lower(expr, [X]), np.array([float(at)])
    once, slope = float(F(point)), float(F.gradient(point)[0])
    with jax.enable_x64(True):
        assert float(jax.jit(F)(point)) == pytest.approx(once, rel=16 * ULP)
        assert jax.vmap(F)(np.stack([point, point])) == pytest.approx([once, once], rel=16 * ULP)
        assert float(jax.jit(jax.grad(F))(point)[0]) == pytest.approx(slope, rel=16 * ULP)


def expressions():
    leaves = st.sampled_from([X, Y, R(1, 3), R(-5, 2), sympy.Integer(2), sympy.pi])
    unary = [sympy.sin, sympy.cos, sympy.tanh, sympy.atan, sympy.erf, sympy.Abs, lambda e: sympy.exp(sympy.tanh(e)), lambda e: e**2]
    unary += [lambda e: sympy.sqrt(1 + e**2), lambda e: sympy.log(2 + sympy.sin(e)), lambda e: 1 / (3 + sympy.cos(e))]
    binary = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, sympy.Max, sympy.Min]
    binary.append(lambda a, b: sympy.Piecewise((a, X > Y), (b, True)))

    def grow(inner):
        one = st.builds(lambda f, e: f(e), st.sampled_from(unary), inner)
        return one | st.builds(lambda f, a, b: f(a, b), st.sampled_from(binary), inner, inner)

    return st.recursive(leaves, grow, max_leaves=6)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(expressions(), st.integers(-24, 24), st.integers(-24, 24))
def test_random_expressions_agree_with_forty_digits(expr, a, b):
    at = {X: R(a, 8), Y: R(b, 8)}
    expected = float(expr.xreplace(at).evalf(40))
    F = lower(expr, [X, Y])
    point = np.array([a / 8, b / 8])
    assert float(F(point)) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert np.isfinite(F.gradient(point)).all()


SAFE = {
    "root": (sympy.Piecewise((sympy.sqrt(X), X > 0), (0, True)), [0.0, -1.0], [0.0, 0.0]),
    "log of log": (sympy.Piecewise((sympy.log(sympy.log(X)), X > 1), (X, True)), [0.5, 1.0, -2.0], [1.0, 1.0, 1.0]),
    "reciprocal": (sympy.Piecewise((1, sympy.Eq(X, 0)), (sympy.sin(X) / X, True)), [0.0], [0.0]),
    "overflow": (sympy.Piecewise((sympy.exp(X), X < 1), (X, True)), [1e4], [1.0]),
    "nested": (sympy.Piecewise((sympy.Piecewise((sympy.log(X), X < 3), (X, True)), X > 0), (-X, True)), [-1.0, 5.0], [-1.0, 1.0]),
    "power": (sympy.Piecewise((X ** R(1, 3), X > 0), (2 * X, True)), [-8.0, 0.0], [2.0, 2.0]),
    "logistic far out": (1 / (1 + sympy.exp(-X)), [-800.0, 800.0], [0.0, 0.0]),
}


@pytest.mark.parametrize(("expr", "points", "slopes"), SAFE.values(), ids=SAFE)
def test_gradients_of_branches_not_taken_add_nothing(expr, points, slopes):
    F = lower(expr, [X])
    at = np.array(points)[:, None]
    assert np.isfinite(F(at)).all()
    assert F.gradient(at)[:, 0].tolist() == slopes


def test_the_unguarded_branch_is_nan_in_plain_jax():
    assert math.isnan(jax.grad(lambda x: jnp.where(x > 0, jnp.sqrt(x), 0.0))(-1.0))


ZERO = {
    "heaviside default": (sympy.Heaviside(X), 0.5),
    "heaviside 0": (sympy.Heaviside(X, 0), 0.0),
    "heaviside 1": (sympy.Heaviside(X, 1), 1.0),
    "sign is SymPy's": (sympy.sign(X), 0.0),
    "relation": (sympy.Piecewise((7, X >= 0), (3, True)), 7.0),
}


@pytest.mark.parametrize(("expr", "expected"), ZERO.values(), ids=ZERO)
def test_values_at_zero(expr, expected):
    assert float(lower(expr, [X])([0])) == expected


def test_a_piecewise_without_a_last_branch_is_nan_outside():
    assert math.isnan(lower(sympy.Piecewise((X, X > 0)), [X])([-1]))


def test_constants_take_the_shape_of_the_batch():
    assert lower(sympy.Integer(3), [X, Y])(np.zeros((4, 5, 2))).shape == (4, 5)
    assert lower(sympy.Integer(3), [])(np.zeros((4, 0))).tolist() == [3.0] * 4
    assert lower(X + Y, [X, Y])(np.zeros((0, 2))).shape == (0,)


WIDE_SUM = 20_000


def test_deep_and_wide_trees_lower_without_recursion():
    deep = X
    for _ in range(5_000):
        deep = sympy.tanh(deep, evaluate=False)
    expected = 0.3
    for _ in range(5_000):
        expected = math.tanh(expected)
    F = lower(deep, [X])
    assert float(F([0.3])) == pytest.approx(expected, rel=1e-10)
    assert repr(F).startswith("Lowered(tanh of 5,001 nodes")
    assert F._repr_latex_() is None
    terms = [
        sympy.Mul(R(1, k), sympy.sin(sympy.Mul(k, X, evaluate=False), evaluate=False), evaluate=False)
        for k in range(2, WIDE_SUM + 2)
    ]
    wide = sympy.Add(*terms, evaluate=False)  # 5 nodes each: 100,000
    expected = math.fsum(math.sin(k * 0.3) / k for k in range(2, WIDE_SUM + 2))
    assert float(lower(wide, [X])([0.3])) == pytest.approx(expected, abs=1e-11)


def test_long_tapes_run_by_level_and_agree_with_forty_digits():
    parts = [sympy.sin(k * X) * sympy.atan(Y / k) ** 2 + sympy.Max(X - R(k, 50), Y) ** 3 for k in range(1, 80)]
    parts += [sympy.Piecewise((sympy.log(X + k), X > R(k, 60)), (Y * k, True)) for k in range(60)]
    expr = sympy.Add(*parts)
    expected = math.fsum(value(part, x=R(3, 8), y=R(-5, 4)) for part in parts)
    F = lower(expr, [X, Y])
    assert F.program.by_level and not lower(parts[0], [X, Y]).program.by_level
    assert float(F([0.375, -1.25])) == pytest.approx(expected, rel=1e-13)
    assert np.isfinite(F.gradient([0.375, -1.25])).all()


REFUSED = {
    "unknown function": (lambda: lower(X + sympy.sin(sympy.bessely(0, X)), [X]), r"bessely has no rule.*at args\[1\]\.args\[0\]"),
    "undefined function": (lambda: lower(2 * sympy.Function("f")(X), [X]), r"f has no rule.*at args\[1\]"),
    "undeclared symbol": (
        lambda: lower(sympy.exp(X * Y), [X]),
        r"symbol y is not declared \(declared: x\); at args\[0\]\.args\[1\]",
    ),
    "undeclared in a large sum": (lambda: lower(sum(k * X**k for k in range(9)) + Y, [X]), "symbol y is not declared"),
    "imaginary": (lambda: lower(X + sympy.I, [X]), "I is not a real number.*at args"),
    "infinite": (lambda: lower(sympy.Max(X, sympy.oo, evaluate=False), [X]), "oo is not a real number"),
    "nan": (lambda: lower(sympy.nan, [X]), "nan is not a real number"),
    "condition": (lambda: lower(X > 0, [X]), "condition, not a number"),
    "no symbols": (lambda: lower(X), "without its symbols"),
    "repeated symbols": (lambda: lower(X, [X, X]), "repeat"),
    "symbol by name": (lambda: lower(X, ["x"]), "'x' is not a SymPy symbol"),
    "string": (lambda: lower("x", [X]), "a str is not a SymPy expression"),
    "table": (lambda: lower(BooleanFunction(2, 6)), r"PTF.from_table"),
    "wrong dtype": (lambda: lower(X, [X], dtype="float16"), "dtype 'float16' is not one of"),
    "sine of integers": (lambda: lower(sympy.sin(X), [X], dtype="int32"), "sin is not available in int32"),
    "half in integers": (lambda: lower(X / 2, [X], dtype="int64"), "constant 1/2 is not available in int64"),
    "big constant": (lambda: lower(X + 2**40, [X], dtype="int32"), r"constant 1099511627776 is out of the range of int32"),
    "huge constant": (lambda: lower(X + 10**400, [X]), r"constant 2\*\*1328 is out of the range of float64"),
    "at_zero": (lambda: lower(PTF.from_weights({(): 1}, Cube(1)), at_zero=2), "at_zero 2"),
    "too few symbols": (lambda: lower(PTF.from_weights({(): 1}, Cube(2)), [X]), "1 symbols for 2 inputs"),
    "shape": (lambda: lower(X, [X])([1.0, 2.0]), r"shape \(2,\), but the last axis must have length 1"),
    "scalar": (lambda: lower(X, [X])(1.0), r"shape \(\)"),
    "ragged": (lambda: lower(X, [X])([[1], [1, 2]]), "unequal lengths"),
    "complex point": (lambda: lower(X, [X])([1j]), "complex128: give real numbers"),
    "text point": (lambda: lower(X, [X])(["a"]), "give real numbers"),
    "fraction into integers": (lambda: lower(X, [X], dtype="int32")([0.5]), "give integers"),
    "wrapping integer": (lambda: lower(X, [X], dtype="int32")(np.array([2**32])), r"4294967296 > 2\*\*31 - 1"),
    "gradient of integers": (lambda: lower(X, [X], dtype="int32").gradient([1]), "no gradient in int32"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals_name_the_cause_and_the_place(call, message):
    with pytest.raises(BadInput, match=message):
        call()


def test_every_rule_of_the_table_is_a_sympy_class():
    assert all(issubclass(kind, sympy.Basic) for kind in RULES)


# --- types -----------------------------------------------------------------------------------------------------------


def test_x64_is_off_here_and_stays_off():
    assert not jax.config.jax_enable_x64
    assert lower(X / 3, [X])([1.0]).dtype == jnp.float64
    assert jnp.ones(1).dtype == jnp.float32


def test_float64_is_float64_accurate_with_x64_off():
    F, point = lower(1 / X + sympy.sin(X), [X]), np.array([[0.1], [0.7]])
    expected = 1 / point[:, 0] + np.sin(point[:, 0])
    with jax.enable_x64(True):
        wide = jnp.asarray(point)
        transformed = [jax.jit(F)(wide), jax.vmap(F)(wide)]
    for found in (F(point), F(wide), *transformed):
        assert found.dtype == jnp.float64
        assert np.allclose(found, expected, rtol=4 * ULP, atol=0)
    assert np.allclose(F.gradient(point)[:, 0], np.cos(point[:, 0]) - point[:, 0] ** -2, rtol=8 * ULP, atol=0)


@pytest.mark.parametrize("transform", [jax.jit, jax.grad, jax.vmap], ids=["jit", "grad", "vmap"])
def test_a_transformation_that_shortened_the_points_is_refused(transform):
    F = lower(sympy.sin(X), [X])
    with pytest.raises(BadInput, match=r"inside `with jax.enable_x64\(True\):`, or lower with dtype='float32'"):
        transform(F)(np.array([[0.1]]) if transform is jax.vmap else np.array([0.1]))
    with jax.enable_x64(True):
        transform(F)(np.array([[0.1]]) if transform is jax.vmap else np.array([0.1]))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
def test_results_have_the_type_asked_for(dtype):
    assert str(lower(3 * X - 1, [X], dtype=dtype)([2]).dtype) == dtype
    assert number_type(np.dtype(dtype)) == number_type(getattr(jnp, dtype)) == dtype


def test_float32_composes_with_x64_off():
    F = lower(X**2, [X], dtype="float32")
    assert float(jax.grad(F)(jnp.array([3.0]))[0]) == 6.0
    assert jax.jit(jax.vmap(F))(jnp.ones((2, 1))).tolist() == [1.0, 1.0]


EXACT = {
    "float32 at the limit": ((2**24 - 1) * X + Y, "float32", True, 2**24),
    "float32 beyond": (2**24 * X + Y, "float32", False, 2**24 + 1),
    "float64 takes it": (2**24 * X + Y, "float64", True, 2**24 + 1),
    "int32 beyond": ((2**31 - 1) * X + Y, "int32", False, 2**31),
    "int64 takes it": ((2**31 - 1) * X + Y, "int64", True, 2**31),
    "dyadic": (X / 4 + Y / 2, "float32", True, 3),
    "third": (X / 3, "float64", False, None),
    "sine": (sympy.sin(X), "float64", False, None),
    "threshold of integers": (sympy.Heaviside(3 * X - 2 * Y - 1, 0), "float32", True, 6),
    "threshold of a rounded sum": (sympy.Heaviside(X / 3 - Y, 0), "float64", False, None),
    "product": ((3 * X + 1) * (5 * Y + 2), "float32", True, 28),
    "power": ((X + Y) ** 10, "float32", True, 1024),
    "piecewise": (sympy.Piecewise((3 * X, X > Y), (-5 * Y, True)), "float32", True, 5),
}


@pytest.mark.parametrize(("expr", "dtype", "exact", "bound"), EXACT.values(), ids=EXACT)
def test_exactness_follows_from_the_coefficients(expr, dtype, exact, bound):
    F = lower(expr, [X, Y], dtype=dtype)
    assert isinstance(F.exact, Exactness)
    assert (bool(F.exact), F.exact.bound) == (exact, bound)


def test_the_limit_of_float32_is_real():
    F = lower(2**24 * X + Y, [X, Y], dtype="float32")
    assert int(F([1, 1])) == 2**24 != 2**24 + 1
    assert "lower with dtype='float64'" in F.exact.reason


def test_equal_expressions_share_one_program():
    a = lower(sympy.sin(X) + 1, [X])
    b = lower(1 + sympy.sin(Y), [Y])
    assert a.program is b.program
    assert program(tape_of(X, [X]), "float32") is not program(tape_of(X, [X]), "float64")


# --- polynomials -----------------------------------------------------------------------------------------------------


def random_polynomial(n, degree, cube_inputs, seed, share=1.0, size=9):
    rng = random.Random(seed)
    masks = [m for m in monomials(n, degree) if rng.random() < share]
    return Multilinear.from_terms({m: 2 * rng.randint(-size, size) for m in masks} | {0: 1}, Cube(n, cube_inputs))


POLYNOMIALS = {
    "n=0": (0, 0, "pm1", 1.0),
    "n=1": (1, 1, "01", 1.0),
    "dense": (6, 4, "pm1", 1.0),
    "dense 01": (6, 3, "01", 1.0),
    "full degree": (8, 8, "pm1", 1.0),
    "sparse": (9, 6, "01", 0.05),
    "linear": (10, 1, "pm1", 1.0),
}


@pytest.mark.parametrize(("n", "degree", "cube_inputs", "share"), POLYNOMIALS.values(), ids=POLYNOMIALS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "int64"])
def test_polynomials_and_their_signs_equal_the_exact_values(n, degree, cube_inputs, share, dtype):
    poly = random_polynomial(n, degree, cube_inputs, seed=n, share=share)
    points = np.array(list(poly.cube.points()), dtype=int).reshape(poly.cube.size, n)
    exact = [int(v) for v in poly.values()]
    assert lower(poly, dtype=dtype).exact
    assert lower(poly, dtype=dtype)(points).tolist() == exact
    assert lower(PTF(poly), dtype=dtype)(points).tolist() == [1 if v > 0 else -1 for v in exact]
    assert cube_values(PTF(poly)).tolist() == [int(v) for v in poly.primitive().values()]


def test_signs_at_zero_follow_the_convention():
    x = inputs(2)
    vanishing = PTF.from_expr(x[0] + x[1], Cube(2))
    points = [[-1, -1], [1, -1], [-1, 1], [1, 1]]
    assert lower(vanishing)(points).tolist() == [-1, -1, -1, 1]
    assert lower(vanishing, at_zero=1)(points).tolist() == [-1, 1, 1, 1]
    assert lower(PTF(Multilinear.from_terms({}, Cube(2))), dtype="int32")(points).tolist() == [-1] * 4


def test_blocks_agree_with_one_pass_and_with_the_transform():
    poly = random_polynomial(12, 4, "pm1", seed=3)
    points = np.array([[1 if k >> i & 1 else -1 for i in range(12)] for k in range(1 << 12)], dtype=np.int8)
    many = np.tile(points, (40, 1))
    assert np.array_equal(np.asarray(lower(poly)(many)), np.tile(cube_values(poly), 40))
    assert lower(poly).gradient(points[:3]).shape == (3, 12)


def test_real_points_of_a_polynomial_agree_with_fractions():
    terms = {m: Fraction(m % 7 - 3, 4) for m in monomials(5, 3)}
    poly = Multilinear.from_terms(terms, Cube(5))
    x = inputs(5)
    at = [R(1, 3), R(-2), R(5, 4), R(0), R(7, 2)]
    expected = poly.as_expr().subs(dict(zip(x, at, strict=True)))
    assert float(lower(poly)(np.array(at, dtype=float))) == pytest.approx(float(expected), rel=1e-14)


def test_large_polynomials_lower_in_seconds():
    poly = random_polynomial(20, 4, "pm1", seed=1)
    assert len(poly.terms) > 5_800
    index = np.random.default_rng(0).integers(0, 1 << 20, 300)
    points = np.where(index[:, None] >> np.arange(20) & 1, 1, -1)
    values = cube_values(PTF(poly))
    assert np.array_equal(np.asarray(lower(poly)(points)), values[index])
    assert np.array_equal(np.asarray(lower(PTF(poly), dtype="float32")(points)), np.where(values[index] > 0, 1, -1))


def test_cube_values_of_tables_and_limits():
    assert cube_values(BooleanFunction(0, 1)).tolist() == [1]
    assert cube_values(BooleanFunction(3, 0b10110010)).tolist() == [0, 1, 0, 0, 1, 1, 0, 1]
    wide = PTF.from_weights({(): 2**40 + 1, (0,): 2**33}, Cube(1))
    assert cube_values(wide).tolist() == [2**40 + 1 - 2**33, 2**40 + 1 + 2**33]
    with pytest.raises(BadInput, match="arity 27"):
        cube_values(PTF.from_weights({(): 1}, Cube(27)))
    with pytest.raises(BadInput, match="a int has no cube"):
        cube_values(3)


def test_displays_are_one_line():
    x = inputs(2)
    F = lower(PTF.from_expr(x[0] + 2 * x[1], Cube(2)))
    assert "\n" not in repr(F)
    assert "exact: integers up to 3 <= 2**53" in repr(F)
    assert F._repr_latex_() == r"$\operatorname{sgn}\left(x_{0} + 2 x_{1}\right)$"
    assert lower(X**2, [X])._repr_latex_() == "$x^{2}$"
