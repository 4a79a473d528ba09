"""Traps of floats, branches, copies and threads."""

import copy
import pickle
import time
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy
from sympy.codegen import cfunctions

from workbench.domain import Cube, inputs
from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.rules import tape_of
from workbench.poly import Multilinear
from workbench.threshold import PTF

X, Y = sympy.symbols("x y", real=True)
A, B = inputs(2)
OWN = sympy.Dummy("x", real=True)
K = sympy.Symbol("k", integer=True)
R, P = sympy.Rational, sympy.Piecewise
POWERS = sum(X**k for k in range(1, 9))


# --- gradients at awkward points -----------------------------------------------------------------------------------------

UNTAKEN = {  # at a point where the last branch, x, is taken: its gradient is (1, 0) whatever the first branch does
    "log": (P((sympy.log(X), X > 0), (X, True)), (-1.0, 0.0)),
    "three halves": (P((X ** R(3, 2), X > 0), (X, True)), (0.0, 0.0)),
    "gamma": (P((sympy.gamma(X), X > 0), (X, True)), (-1.0, 0.0)),
    "loggamma": (P((sympy.loggamma(X), X > 0), (X, True)), (0.0, 0.0)),
    "sinh": (P((sympy.sinh(X), X < 1), (X, True)), (1e4, 0.0)),
    "tame ones": (P((sympy.erfc(X) + sympy.asinh(X) + sympy.atan(X) + sympy.tanh(X), X < 1), (X, True)), (1e200, 0.0)),
    "softplus and logistic": (P((sympy.log(1 + sympy.exp(X)) / (1 + sympy.exp(X)), X < 1), (X, True)), (1e200, 0.0)),
    "atan2": (P((sympy.atan2(Y, X), X > 0), (X, True)), (0.0, 0.0)),
    "abs of log": (P((sympy.Abs(sympy.log(X)), X > 0), (X, True)), (0.0, 0.0)),
}
LOG = sympy.log(X)  # one object that several branches read
UNTAKEN |= {
    "product": (P((X * Y * (X + 1), X < 1), (X, True)), (1e200, 1e200)),
    "polynomial": (P((POWERS, X < 1), (X, True)), (1e200, 0.0)),
    "sine of a polynomial": (P((sympy.sin(POWERS), X < 1), (X, True)), (1e200, 0.0)),
    "shared by two of three branches": (P((sympy.sin(LOG), X > 2), (sympy.cos(LOG), X > 1), (X, True), evaluate=False), (0.0, 0.0)),
    "shared by two Piecewise": (P((LOG, X > 2), (X, True)) + P((LOG * Y, X > 1), (0, True)), (0.0, 0.0)),
    "shared with a condition": (P((LOG, LOG > -1), (X, True), evaluate=False), (0.0, 0.0)),
    "nested": (P((P((LOG, X > Y), (X**3 / Y, True)), X > 0), (X, True)), (0.0, 0.0)),
    "condition on a branch": (P((LOG, P((1 / X, X > 0), (-1, True)) > 0), (X, True), evaluate=False), (0.0, 0.0)),
    "derivative": (P((sympy.Derivative(X * LOG, X), X > 0), (X, True)), (0.0, 0.0)),
    "product over a range": (P((sympy.Product(X + K, (K, 1, 5)), X < 1), (X, True)), (1e200, 0.0)),
    "sum to a coordinate": (P((sympy.Sum(LOG * K, (K, 1, 3)), X > 0), (X, True)), (0.0, 0.0)),
}


@pytest.mark.parametrize(("expr", "point"), UNTAKEN.values(), ids=UNTAKEN)
def test_a_branch_not_taken_adds_nothing_to_gradient_and_hessian(expr, point):
    F = lower(expr, [X, Y])
    assert F.gradient(np.array(point)).tolist() == [1.0, 0.0]
    assert F.hessian(np.array(point)).tolist() == [[0.0, 0.0], [0.0, 0.0]]


SLOPES = {  # (expression, x, the gradient there)
    "fourth thirds at 0": (X ** R(4, 3), 0.0, 0.0),
    "square as a float power at 0": (sympy.Pow(X, sympy.Float(2), evaluate=False), 0.0, 0.0),
    "tie of a maximum, SymPy's Heaviside(0)": (sympy.Max(X, 0), 0.0, 0.5),
    "logistic far out": (1 / (1 + sympy.exp(-X)), -800.0, 0.0),
    "softplus far out": (sympy.log(1 + sympy.exp(X)), -800.0, 0.0),
    "three halves at 0": (X ** R(3, 2), 0.0, 0.0),
    "five halves at 0": (X ** R(5, 2), 0.0, 0.0),
    "root at 0": (sympy.sqrt(X), 0.0, np.inf),
    "abs at 0, sign(0)": (sympy.Abs(X), 0.0, 0.0),
    "multiple of a logistic far out": (3 / (1 + sympy.exp(-X)), -800.0, 0.0),
    "quotient of exponentials": (sympy.exp(X) / (1 + sympy.exp(X)), 800.0, 0.0),
}


@pytest.mark.parametrize(("expr", "at", "slope"), SLOPES.values(), ids=SLOPES)
def test_gradients_at_awkward_points(expr, at, slope):
    F = lower(expr, [X])
    assert float(F.gradient([at])[0]) == slope
    assert np.isfinite(float(F([at])))


@pytest.mark.parametrize("at", [-0.25, -7.75, -9.5, -20.25])
def test_second_derivatives_of_gamma_left_of_zero(at):
    with mpmath.workdps(40):
        psi, trigamma = mpmath.psi(0, at), mpmath.psi(1, at)
        expected = float(mpmath.gamma(at) * (psi**2 + trigamma))
    assert float(lower(sympy.gamma(X), [X]).hessian([at])[0, 0]) == pytest.approx(expected, rel=1e-11, abs=0)


@pytest.mark.parametrize("order", [0, 1, 2, 5, 12])
@pytest.mark.parametrize("at", [-0.25, -0.5, -7.75, -9.5, -20.25])
def test_polygamma_left_of_zero(order, at):
    """Two terms of the reflection, each right to a few ulps: the bound is 64 of the larger, and for slope and curvature alike."""
    F = lower(sympy.polygamma(order, X, evaluate=False), [X])
    for k, found in enumerate([F([at]), F.gradient([at])[0], F.hessian([at])[0, 0]], start=order):
        with mpmath.workdps(60):
            expected, mirrored = mpmath.psi(k, at), mpmath.psi(k, 1 - mpmath.mpf(at))
            conditioning = abs(at * mpmath.psi(k + 1, at))
            assert abs(float(found) - expected) <= 64 * 2.0**-52 * (2 * abs(mirrored) + abs(expected) + conditioning)


def test_polygamma_has_no_value_at_its_poles():
    F = lower(sympy.polygamma(1, X), [X])
    assert np.isnan(F(np.array([[0.0], [-1.0], [-40.0]]))).all()
    assert np.isnan(F.gradient(np.array([[0.0], [-1.0], [-40.0]]))).all()


def tail(x):
    return mpmath.exp(-x) / (1 + mpmath.exp(-x)) ** 2


TAILS = {  # (expression, x, its first and second derivative)
    "tanh": (sympy.tanh(X), 20.0, lambda x: mpmath.sech(x) ** 2, lambda x: -2 * mpmath.tanh(x) * mpmath.sech(x) ** 2),
    "tanh near 0": (sympy.tanh(X), -1e-9, lambda x: mpmath.sech(x) ** 2, lambda x: -2 * mpmath.tanh(x) * mpmath.sech(x) ** 2),
    "logistic": (1 / (1 + sympy.exp(-X)), 40.0, tail, lambda x: -tail(x) * mpmath.tanh(x / 2)),
    "logistic near 0": (1 / (1 + sympy.exp(-X)), 1e-9, tail, lambda x: -tail(x) * mpmath.tanh(x / 2)),
    "logistic far left": (1 / (1 + sympy.exp(-X)), -700.0, tail, lambda x: -tail(x) * mpmath.tanh(x / 2)),
    "softplus": (sympy.log(1 + sympy.exp(X)), 40.0, lambda x: 1 / (1 + mpmath.exp(-x)), tail),
    "expm1": (cfunctions.expm1(X), -40.0, mpmath.exp, mpmath.exp),
}


@pytest.mark.parametrize(("expr", "at", "slope", "curvature"), TAILS.values(), ids=TAILS)
def test_derivatives_of_saturated_units_keep_their_digits(expr, at, slope, curvature):
    """An exponential errs by |x| ulps (its argument doubled and rounded at most), and each derivative has a handful of factors."""
    F, ulps = lower(expr, [X]), 2 * abs(at) + 16
    with mpmath.workdps(40):
        expected = [float(slope(mpmath.mpf(at))), float(curvature(mpmath.mpf(at)))]
    found = [float(F.gradient([at])[0]), float(F.hessian([at])[0, 0])]
    assert found == pytest.approx(expected, rel=ulps * 2.0**-52, abs=0)


def test_the_slope_of_a_quotient_of_small_numbers():
    assert lower(X / Y, [X, Y]).gradient([1e-170, 1e-170]).tolist() == pytest.approx([1e170, -1e170], rel=1e-15, abs=0)


NOT_A_NUMBER = {
    "sign": sympy.sign(X),
    "maximum": sympy.Max(X, 0),
    "minimum": sympy.Min(X, 0),
    "abs": sympy.Abs(X),
    "heaviside": sympy.Heaviside(X),
    "floor": sympy.floor(X),
    "piecewise": P((X, X > 0), (2 * X, True)),
}


@pytest.mark.parametrize("expr", NOT_A_NUMBER.values(), ids=NOT_A_NUMBER)
def test_nan_in_gives_nan_out(expr):
    F = lower(expr, [X])
    assert np.isnan(float(F([np.nan])))
    assert np.isnan(F.gradient([np.nan])).all()


UNDEFINED = {  # (expression, where SymPy has no real value)
    "log": (sympy.log(X), -1.0),
    "log of base 10": (cfunctions.log10(X), -1.0),
    "log1p": (cfunctions.log1p(X), -2.0),
    "root": (sympy.sqrt(X), -1.0),
    "three halves": (X ** R(3, 2), -1.0),
    "cube root": (cfunctions.Cbrt(X), -1.0),
    "atanh": (sympy.atanh(X), 2.0),
    "acosh": (sympy.acosh(X), -2.0),
    "asin": (sympy.asin(X), 2.0),
    "loggamma": (sympy.loggamma(X), -0.5),
    "gamma": (sympy.gamma(X), -2.0),
    "Ci": (sympy.Ci(X), -1.0),
    "expint": (sympy.expint(2, X), -1.0),
    "zeta": (sympy.zeta(2, X, evaluate=False), -1.5),
    "LambertW": (sympy.LambertW(X), -1.0),
}


@pytest.mark.parametrize(("expr", "at"), UNDEFINED.values(), ids=UNDEFINED)
def test_where_there_is_no_value_there_is_no_gradient(expr, at):
    F = lower(expr, [X])
    assert np.isnan(float(F([at])))
    assert np.isnan(F.gradient([at])).all()


# --- objects, caches, threads --------------------------------------------------------------------------------------------


def test_empty_batches_and_no_symbols():
    F, constant = lower(X * Y, [X, Y]), lower(sympy.Integer(3), [])
    assert F.gradient(np.zeros((0, 2))).shape == (0, 2)
    assert F.hessian(np.zeros((0, 2))).shape == (0, 2, 2)
    assert F.hessian(np.zeros((3, 5, 2))).shape == (3, 5, 2, 2)
    assert constant([]).tolist() == 3.0
    assert constant.gradient(np.zeros((4, 0))).shape == (4, 0)
    assert constant.hessian(np.zeros((4, 0))).shape == (4, 0, 0)


def test_symbols_of_one_name_and_different_assumptions_are_different():
    plain = sympy.Symbol("x")
    assert float(lower(plain - X, [X, plain])([1, 3])) == 2.0
    with pytest.raises(BadInput, match="other assumptions"):
        lower(plain + X, [X])


def test_copies_and_identity():
    F = lower(sympy.sin(X) * Y, [X, Y])
    F.gradient([1, 2])
    for twin in (copy.copy(F), copy.deepcopy(F)):
        assert twin([1, 2]) == F([1, 2])
    assert {F: 1}[F] == 1
    assert F != lower(sympy.sin(X) * Y, [X, Y])
    assert float(jax.jit(lambda f, p: f(p), static_argnums=0)(lower(X, [X], dtype="float32"), jnp.ones(1))) == 1.0


PICKLED = {
    "expression": (lambda: lower(sympy.sin(X) * Y, [X, Y], dtype="float32"), [1, 2]),
    "polynomial": (lambda: lower(Multilinear.from_terms({0b101: 3, 0: 1}, Cube(3)), dtype="int32"), [1, 1, -1]),
    "threshold function": (lambda: lower(PTF.from_expr(A + B, Cube(2)), at_zero=1), [1, -1]),
    "symbol of its own": (lambda: lower(sympy.exp(OWN), [OWN]), [1.5]),
}


@pytest.mark.parametrize(("made", "point"), PICKLED.values(), ids=PICKLED)
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))], ids=["copy", "deep", "pickle"]
)
def test_a_used_function_is_copied_and_pickled_by_its_source(made, point, again):
    F = made()
    value = F(point)
    twin = again(F)
    assert (twin(point), twin.dtype, twin.exact, repr(twin)) == (value, F.dtype, F.exact, repr(F))


def test_threads_share_the_caches_and_keep_their_own_x64():
    def work(k):
        F = lower(sympy.sin(X) * (k % 5) + Y + k % 7, [X, Y])
        point = np.array([0.5, 0.25])
        assert abs(float(F(point)) - (np.sin(0.5) * (k % 5) + 0.25 + k % 7)) < 1e-14
        assert F.gradient(point).dtype == jnp.float64
        return jax.config.jax_enable_x64

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(work, range(70)))


def nested(levels, operations, x=X, larger=lambda k, x: R(k, 7) < x, choice=None):
    """A Piecewise within a Piecewise: each level applies the first operation to the level below it, or the second."""
    choose = choice or (lambda first, condition, second: P((first, condition), (second, True), evaluate=False))
    expr = x
    for k in range(levels):
        expr = choose(operations[0](expr), larger(k % 9, x), operations[1](expr))
    return expr


NESTED = {  # (operations on the level below, the same for floats)
    "tame": ((sympy.sin, sympy.cos), (np.sin, np.cos)),
    "products": ((lambda e: X * e / 2 + 1, sympy.cos), (lambda e: 0.71 * e / 2 + 1, np.cos)),
    "partial": ((lambda e: sympy.log(e + 3), lambda e: sympy.sqrt(e + 2)), (lambda e: np.log(e + 3), lambda e: np.sqrt(e + 2))),
}


@pytest.mark.parametrize(("operations", "floats"), NESTED.values(), ids=NESTED)
def test_nested_branches_that_share_parts_lower_in_linear_time(operations, floats):
    def size(levels):
        return len(tape_of(nested(levels, operations), [X]))

    assert size(200) - size(150) == size(150) - size(100)
    start = time.perf_counter()
    F = lower(nested(200, operations), [X])
    assert time.perf_counter() - start < 2
    pick = nested(200, floats, 0.71, lambda k, x: k / 7 < x, lambda first, condition, second: first if condition else second)
    assert float(F([0.71])) == pytest.approx(pick, rel=1e-12, abs=0)  # no level magnifies the few ulps of those below it


@pytest.mark.parametrize("operations", [row[0] for row in NESTED.values()], ids=NESTED)
@pytest.mark.parametrize("at", [R(71, 100), R(-1, 8)])
def test_gradients_of_nested_branches(operations, at):
    expr = nested(6, operations)
    taken = nested(6, operations, X, lambda k, _: R(k, 7) < at, lambda first, condition, second: first if condition else second)
    expected = float(taken.diff(X).subs(X, at).evalf(30))
    assert float(lower(expr, [X]).gradient([float(at)])[0]) == pytest.approx(expected, rel=1e-12, abs=0)


TRANSFORMED = {  # transformations of a function of points
    "jit": lambda f: jax.jit(f),
    "outside": lambda f: jax.jit(lambda p: 2 * f(p) + 1),
    "grad": lambda f: jax.grad(f),
    "jit of grad": lambda f: jax.jit(jax.grad(f)),
    "checkpoint": lambda f: jax.grad(jax.checkpoint(f)),
    "jit of a gradient": lambda f: jax.jit(f.gradient),
    "vmap": lambda f: lambda p: jax.vmap(f)(p[None])[0],
    "jvp": lambda f: lambda p: jax.jvp(f, (p,), (p,))[1],
}
SINE = lower(sympy.sin(X) * Y, [X, Y])
SLOPE = [0.7 * np.cos(0.3), np.sin(0.3)]
EXPECTED = {"jit": 0.7 * np.sin(0.3), "outside": 1.4 * np.sin(0.3) + 1, "jvp": 0.21 * np.cos(0.3) + 0.7 * np.sin(0.3)}


@pytest.mark.parametrize("name", TRANSFORMED)
def test_transformations_with_x64_on_keep_their_digits_and_with_x64_off_are_refused(name):
    with jax.enable_x64(True):
        point = jnp.array([0.3, 0.7])
        found = TRANSFORMED[name](SINE)(point)
        assert np.allclose(found, EXPECTED.get(name, EXPECTED["jit"] if name == "vmap" else SLOPE), rtol=1e-15, atol=0)
    with pytest.raises(BadInput, match="with x64 off"):
        TRANSFORMED[name](SINE)(point)
