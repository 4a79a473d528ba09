"""Every rule of the table against mpmath at 50 digits: values, derivatives, both float types, and NaN outside the real domain.

The bound of a row is `ulps` units of the last place of |f| + |x f'|, the value and its conditioning: a function may err as if its
argument had been rounded. Rows above 32 say why.
"""

import math

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
import sympy
from sympy.codegen import cfunctions

from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.levels import levels
from workbench.lowering.matrices import MATRICES
from workbench.lowering.program import DEEP_LEVELS
from workbench.lowering.rules import RULES

X, Y = sympy.symbols("x y", real=True)
K, J, N = sympy.symbols("k j n", integer=True)
R = sympy.Rational
EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23}


def step(*branches):
    """The oracle of a function in pieces."""
    return lambda x: next(value(x) for holds, value in branches if holds(x))


def always(x):
    return True


def pw(condition):
    return sympy.Piecewise((sympy.sin(X), condition), (X**2, True), evaluate=False)


def either(holds):
    return step((holds, mp.sin), (always, lambda x: x**2))


HALF = R(1, 2)
LOG_PI = [0.25, 0.75, 1.5, 3.0, 12.0]
UNIT = [-0.9375, -0.25, 2.0**-20, 0.5, 0.984375]
LINE = [-3.25, -0.5, 2.0**-20, 0.75, 2.5]
POSITIVE = [2.0**-10, 0.5, 1.25, 7.5]
ROWS = {
    # id: expression, oracle, points, ulps
    "symbol, rational": (R(1, 3) * X, lambda x: x / 3, LINE, 2),
    "float": (sympy.Float("0.1") * X, lambda x: mp.mpf(0.1) * x, LINE, 2),
    "pi, E": (sympy.pi * X + sympy.E, lambda x: mp.pi * x + mp.e, LINE, 4),
    "sum": (X + sympy.sin(X) + 1, lambda x: x + mp.sin(x) + 1, LINE, 8),
    "product, quotient": (3 * X * sympy.cos(X) / (1 + X**2), lambda x: 3 * x * mp.cos(x) / (1 + x * x), LINE, 16),
    "power": (X ** R(2, 3), lambda x: x ** (mp.mpf(2) / 3), POSITIVE, 4),
    "self power": (X**X, lambda x: x**x, POSITIVE, 8),
    "integer powers": (X**5 + X**-3, lambda x: x**5 + x**-3, LINE, 16),
    "half integer power": (X ** R(-5, 2), lambda x: x ** mp.mpf(-2.5), POSITIVE, 8),
    "base two": (2**X, lambda x: 2**x, [-200.5, *LINE, 300.25], 4),
    "exp": (sympy.exp(X), mp.exp, [-60.5, *LINE, 40.25], 4),
    "log": (sympy.log(X), mp.log, [2.0**-40, *POSITIVE, 1.0009765625], 4),
    "log of base two": (sympy.log(X, 2), lambda x: mp.log(x, 2), POSITIVE, 4),
    "softplus": (sympy.log(1 + sympy.exp(X)), lambda x: mp.log(1 + mp.exp(x)), [-30.5, *LINE, 80.25], 8),
    "logistic": (1 / (1 + sympy.exp(-X)), lambda x: 1 / (1 + mp.exp(-x)), [-60.5, *LINE], 16),
    "logistic, other form": (sympy.exp(X) / (1 + sympy.exp(X)), lambda x: 1 / (1 + mp.exp(-x)), [-60.5, *LINE], 16),
    "sin": (sympy.sin(X), mp.sin, LINE, 4),
    "cos": (sympy.cos(X), mp.cos, LINE, 4),
    "tan": (sympy.tan(X), mp.tan, LINE, 8),
    "sec": (sympy.sec(X), mp.sec, LINE, 8),
    "csc": (sympy.csc(X), mp.csc, LINE, 8),
    "cot": (sympy.cot(X), mp.cot, LINE, 8),
    "asin": (sympy.asin(X), mp.asin, UNIT, 8),
    "acos": (sympy.acos(X), mp.acos, UNIT, 8),
    "atan": (sympy.atan(X), mp.atan, LINE, 4),
    "asec": (sympy.asec(X), mp.asec, [-5.5, -1.0625, 1.25, 40.0], 8),
    "acsc": (sympy.acsc(X), mp.acsc, [-5.5, -1.0625, 1.25, 40.0], 8),
    "acot": (sympy.acot(X), mp.acot, [*LINE, 1e5], 8),
    "atan2": (sympy.atan2(X, -2), lambda x: mp.atan2(x, -2), LINE, 8),
    "sinc": (sympy.sinc(X), lambda x: mp.sin(x) / x, [2.0**-30, *LINE, 0.99609375, 40.5], 8),
    "sinh": (sympy.sinh(X), mp.sinh, LINE, 8),
    "cosh": (sympy.cosh(X), mp.cosh, LINE, 8),
    "tanh": (sympy.tanh(X), mp.tanh, [2.0**-20, -0.5, 0.75, 1.5], 16),
    "sech": (sympy.sech(X), mp.sech, [*LINE, 60.5], 8),
    "csch": (sympy.csch(X), mp.csch, [*LINE, -60.5], 8),
    "coth": (sympy.coth(X), mp.coth, [2.0**-20, -0.5, 0.75, 1.5], 16),
    "asinh": (sympy.asinh(X), mp.asinh, LINE, 8),
    "acosh": (sympy.acosh(X), mp.acosh, [1.0625, 1.5, 40.0], 8),
    "atanh": (sympy.atanh(X), mp.atanh, UNIT, 8),
    "asech": (sympy.asech(X), mp.asech, [0.0625, 0.5, 0.9375], 16),
    "acsch": (sympy.acsch(X), mp.acsch, LINE, 8),
    "acoth": (sympy.acoth(X), mp.acoth, [-5.5, -1.0625, 1.25, 40.0], 8),
    "erf": (sympy.erf(X), mp.erf, LINE, 8),
    "erfc": (sympy.erfc(X), mp.erfc, [-2.5, 0.25, 3.0, 8.5], 16),
    "erfi": (sympy.erfi(X), mp.erfi, [*LINE, 8.0], 16),
    "erfinv": (sympy.erfinv(X), mp.erfinv, UNIT, 16),
    "erfcinv": (sympy.erfcinv(X), lambda x: mp.erfinv(1 - x), [2.0**-20, 0.125, 0.75, 1.5], 16),
    # JAX's gamma is the exponential of a logarithm, so a few ulps of |log gamma| (359 at 100)
    "gamma": (sympy.gamma(X), mp.gamma, [-2.5, 0.125, 0.5, 3.25, 20.5], 64),
    "loggamma": (sympy.loggamma(X), mp.loggamma, [*POSITIVE, 1e6], 8),
    "digamma": (sympy.digamma(X, evaluate=False), mp.digamma, [*POSITIVE, -2.5], 16),
    "trigamma": (sympy.trigamma(X, evaluate=False), lambda x: mp.polygamma(1, x), [*POSITIVE, -2.5], 16),
    "polygamma": (sympy.polygamma(3, X), lambda x: mp.polygamma(3, x), POSITIVE, 32),
    "factorial": (sympy.factorial(X), mp.factorial, [-0.5, 0.25, 5.0, 12.0], 64),
    "binomial": (sympy.binomial(X, 3), lambda x: mp.binomial(x, 3), [-2.5, 0.25, 7.5], 8),
    "binomial of real k": (sympy.binomial(R(15, 2), X), lambda x: mp.binomial(7.5, x), [0.25, 2.0, 3.5], 64),
    "rising factorial": (sympy.rf(X, HALF), lambda x: mp.rf(x, 0.5), [0.25, 2.0, 3.5], 64),
    "falling factorial": (sympy.ff(R(15, 2), X), lambda x: mp.ff(7.5, x), [0.25, 2.0, 3.5], 64),
    "beta": (sympy.beta(X, R(5, 2)), lambda x: mp.beta(x, 2.5), [0.25, 2.0, 30.5], 128),  # as gamma, at three places
    "zeta": (sympy.zeta(X), mp.zeta, [-3.5, -0.5, 0.25, 1.0625, 2.0, 12.5], 32),
    "zeta in s": (sympy.zeta(X, R(3, 4)), lambda x: mp.zeta(x, 0.75), [1.0625, 2.0, 12.5], 16),
    "zeta in q": (sympy.zeta(R(5, 2), X), lambda x: mp.zeta(2.5, x), [0.0625, 1.5, 50.0], 16),
    "lowergamma": (sympy.lowergamma(R(5, 2), X), lambda x: mp.gammainc(2.5, 0, x), [0.25, 2.0, 9.5], 64),
    "lowergamma in a": (sympy.lowergamma(X, 2, evaluate=False), lambda x: mp.gammainc(x, 0, 2), [0.25, 2.0, 4.5], 128),
    "uppergamma": (sympy.uppergamma(R(5, 2), X, evaluate=False), lambda x: mp.gammainc(2.5, x), [0.25, 2.0, 9.5], 64),
    "besselj": (sympy.besselj(0, X), lambda x: mp.besselj(0, x), [2.0**-16, 0.5, 2.5, 20.0, -7.25, 26.5, 300.0], 64),
    "besselj of order 5": (sympy.besselj(5, X), lambda x: mp.besselj(5, x), [0.5, 2.5, -7.25, 20.0, 40.0], 64),
    "besselj of order -3": (sympy.besselj(-3, X, evaluate=False), lambda x: mp.besselj(-3, x), [0.5, 7.25, 40.0], 64),
    "besseli": (sympy.besseli(0, X), lambda x: mp.besseli(0, x), [2.0**-16, 0.5, -7.25, 20.0, 40.0], 16),
    "besseli of order 2": (sympy.besseli(2, X), lambda x: mp.besseli(2, x), [0.5, -7.25, 20.0, 40.0], 16),
    "Ei": (sympy.Ei(X), mp.ei, [-9.5, -0.5, 0.25, 3.0, 30.0], 16),
    "expint": (sympy.expint(1, X), mp.e1, POSITIVE, 16),
    "expint of order 3": (sympy.expint(3, X), lambda x: mp.expint(3, x), POSITIVE, 16),
    "li": (sympy.li(X), mp.li, [0.25, 2.0, 30.0], 16),
    "Si": (sympy.Si(X), mp.si, [*LINE, 30.5], 16),
    "Ci": (sympy.Ci(X), mp.ci, [*POSITIVE, 30.5], 64),  # its zero at 0.6165, and the cancellation of its derivative there
    "fresnels": (sympy.fresnels(X), mp.fresnels, LINE, 16),
    "fresnelc": (sympy.fresnelc(X), mp.fresnelc, LINE, 16),
    "LambertW": (sympy.LambertW(X), mp.lambertw, [-0.36767578125, -0.25, 2.0**-20, 0.0, 1.0, 1e5], 16),
    "LambertW, lower": (sympy.LambertW(X, -1), lambda x: mp.lambertw(x, -1), [-0.36767578125, -0.25, -0.0009765625], 16),
    "abs": (sympy.Abs(X), abs, LINE, 0),
    "sign": (sympy.sign(X) * X, abs, LINE, 0),
    "heaviside": (sympy.Heaviside(X) * X, lambda x: x if x > 0 else mp.mpf(0), LINE, 0),
    "delta": (sympy.KroneckerDelta(X, HALF) + X, lambda x: x + (x == 0.5), [-0.5, 0.75], 1),
    "floor": (sympy.floor(X) + X, lambda x: mp.floor(x) + x, LINE, 1),
    "ceiling": (sympy.ceiling(X) + X, lambda x: mp.ceil(x) + x, LINE, 1),
    "frac": (sympy.frac(X), lambda x: x - mp.floor(x), LINE, 0),
    "modulo": (sympy.Mod(X, R(3, 2)), lambda x: x - mp.mpf(1.5) * mp.floor(x / 1.5), LINE, 0),
    "modulo x": (sympy.Mod(7, X), lambda x: 7 - x * mp.floor(7 / x), [-3.25, 0.75, 2.5], 0),
    "maximum": (sympy.Max(X, 1), lambda x: max(x, mp.mpf(1)), LINE, 0),
    "minimum": (sympy.Min(X, 1), lambda x: min(x, mp.mpf(1)), LINE, 0),
    "re": (sympy.re(X, evaluate=False), lambda x: x, LINE, 0),
    "im": (sympy.im(X, evaluate=False) + X, lambda x: x, LINE, 0),
    "conjugate": (sympy.conjugate(X, evaluate=False), lambda x: x, LINE, 0),
    "arg": (sympy.arg(X) + X, lambda x: x + (mp.pi if x < 0 else 0), LINE, 2),
    "exp2 of C": (cfunctions.exp2(X), lambda x: 2**x, LINE, 4),
    "expm1 of C": (cfunctions.expm1(X), mp.expm1, LINE, 4),
    "log1p of C": (cfunctions.log1p(X), mp.log1p, POSITIVE, 4),
    "log2 of C": (cfunctions.log2(X), lambda x: mp.log(x, 2), POSITIVE, 8),
    "log10 of C": (cfunctions.log10(X), mp.log10, POSITIVE, 8),
    "Sqrt of C": (cfunctions.Sqrt(X), mp.sqrt, POSITIVE, 4),
    "Cbrt of C": (cfunctions.Cbrt(X), mp.cbrt, POSITIVE, 8),
    "hypot of C": (cfunctions.hypot(X, 2), lambda x: mp.sqrt(x * x + 4), LINE, 8),
    "fma of C": (cfunctions.fma(X, X, 1), lambda x: x * x + 1, LINE, 4),
    "real root": (sympy.real_root(X, 3), lambda x: mp.sign(x) * mp.cbrt(abs(x)), LINE, 8),
    "derivative": (sympy.Derivative(sympy.sin(X) ** 2, X), lambda x: mp.sin(2 * x), LINE, 16),
    "less": (pw(X < 1), either(lambda x: x < 1), LINE, 4),
    "at most": (pw(X <= 1), either(lambda x: x <= 1), LINE, 4),
    "greater": (pw(X > 1), either(lambda x: x > 1), LINE, 4),
    "at least": (pw(X >= 1), either(lambda x: x >= 1), LINE, 4),
    "equal": (pw(sympy.Eq(X, 1)), either(lambda x: x == 1), LINE, 4),
    "unequal": (pw(sympy.Ne(X, 1)), either(lambda x: x != 1), LINE, 4),
    "and": (pw((X > 0) & (X < 1)), either(lambda x: 0 < x < 1), LINE, 4),
    "or": (pw((X < 0) | (X > 1)), either(lambda x: x < 0 or x > 1), LINE, 4),
    "xor": (pw(sympy.Xor(X > 0, X > 1, evaluate=False)), either(lambda x: 0 < x <= 1), LINE, 4),
    "not": (pw(sympy.Not((X > 0) & (X < 1), evaluate=False)), either(lambda x: not 0 < x < 1), LINE, 4),
    "implies": (pw(sympy.Implies(X > 0, X > 1, evaluate=False)), either(lambda x: not 0 < x <= 1), LINE, 4),
    "ite": (pw(sympy.ITE(X > 0, X > 1, X < -1, evaluate=False)), either(lambda x: x > 1 or x < -1), LINE, 4),
    "true, false": (pw(sympy.ITE(X > 1, sympy.true, sympy.false, evaluate=False)), either(lambda x: x > 1), LINE, 4),
    "finite sum": (
        sympy.Sum(sympy.sin(K * X) / K, (K, 1, 9)),
        lambda x: mp.fsum(mp.sin(k * x) / k for k in range(1, 10)),
        LINE,
        16,
    ),
    "product over k": (sympy.Product(1 + X / K, (K, 1, 9)), lambda x: mp.fprod(1 + x / k for k in range(1, 10)), LINE, 32),
    "double sum": (
        sympy.Sum(X**K / J, (K, 1, J), (J, 1, 4)),
        lambda x: mp.fsum(x**k / j for j in range(1, 5) for k in range(1, j + 1)),
        LINE,
        64,  # terms of both signs below 0
    ),
}


def expected(oracle, x, order, ulps, epsilon):
    """The derivative of this order and the error that it may have."""
    value, slope = (mp.diff(oracle, x, k) for k in (order, order + 1))
    return float(value), ulps * epsilon * float(abs(value) + abs(x * slope)) + 1e-300


@pytest.mark.parametrize("dtype", EPSILON)
@pytest.mark.parametrize(("expr", "oracle", "points", "ulps"), ROWS.values(), ids=ROWS)
def test_each_rule_agrees_with_fifty_digits_and_so_does_its_derivative(expr, oracle, points, ulps, dtype):
    F = lower(expr, [X], dtype=dtype)
    at = [x for x in points if dtype == "float64" or abs(x) < 30]
    with jax.enable_x64(dtype == "float64"):
        rows = jnp.asarray(np.array([*at, np.nan])[:, None], dtype=dtype)
        values, slopes = jax.jit(jax.vmap(jax.value_and_grad(F)))(rows)
        batch = F(rows) if dtype == "float64" else values
        assert values.dtype == slopes.dtype == np.dtype(dtype)
    assert np.isnan([values[-1], batch[-1]]).all()
    with mp.workdps(50):
        for x, value, same, (slope,) in zip(map(mp.mpf, at), values, batch, slopes, strict=False):
            exact, off = expected(oracle, x, 0, ulps, EPSILON[dtype])
            assert (float(value), float(same)) == (pytest.approx(exact, rel=0, abs=off), pytest.approx(exact, rel=0, abs=off)), x
            exact, off = expected(oracle, x, 1, 4 * ulps + 4, EPSILON[dtype])
            assert float(slope) == pytest.approx(exact, rel=0, abs=off), x


def kinds(expr):
    """The classes of the table that an expression uses."""
    return {next(kind for kind in type(n).__mro__ if kind in RULES) for n in sympy.preorder_traversal(expr) if not outside(n)}


def outside(node):
    return isinstance(node, (sympy.Tuple, sympy.functions.elementary.piecewise.ExprCondPair))


REFUSED_NUMBERS = {type(n) for n in (sympy.I, sympy.oo, -sympy.oo, sympy.zoo, sympy.nan)}


def test_every_class_of_the_table_has_a_row():
    covered = set().union(*(kinds(expr) for expr, *_ in ROWS.values()))
    assert set(RULES) - covered - REFUSED_NUMBERS == {sympy.Idx, *MATRICES}  # in the tests of arrays


NOT_REAL = {
    "log": (sympy.log(X), [-1.0]),
    "sqrt": (sympy.sqrt(X), [-1.0]),
    "cube root": (X ** R(1, 3), [-8.0]),
    "cbrt": (cfunctions.Cbrt(X), [-8.0]),
    "asin": (sympy.asin(X), [-1.5, 1.5]),
    "asec": (sympy.asec(X), [0.5]),
    "acosh": (sympy.acosh(X), [0.5]),
    "asech": (sympy.asech(X), [1.5, -0.5]),
    "acoth": (sympy.acoth(X), [0.5]),
    "erfinv": (sympy.erfinv(X), [1.5]),
    "erfcinv": (sympy.erfcinv(X), [2.5]),
    "loggamma": (sympy.loggamma(X), [-0.5]),
    "gamma": (sympy.gamma(X), [0.0, -2.0]),
    "zeta": (sympy.zeta(X), [1.0]),
    "uppergamma": (sympy.uppergamma(R(5, 2), X, evaluate=False), [-0.5]),
    "lowergamma": (sympy.lowergamma(R(5, 2), X), [-0.5]),
    "expint": (sympy.expint(2, X), [-0.5]),
    "Ci": (sympy.Ci(X), [-0.5]),
    "li": (sympy.li(X), [-0.5]),
    "LambertW": (sympy.LambertW(X), [-0.375, float(np.nextafter(np.float32(-math.exp(-1)), np.float32(-1)))]),
    "LambertW, lower": (sympy.LambertW(X, -1), [-0.375, 0.5]),
    "arg": (sympy.arg(X), [0.0]),
}


@pytest.mark.parametrize("dtype", EPSILON)
@pytest.mark.parametrize(("expr", "points"), NOT_REAL.values(), ids=NOT_REAL)
def test_values_are_nan_where_sympys_are_not_real(expr, points, dtype):
    assert not any(expr.xreplace({X: sympy.Rational(x)}).is_real for x in points)
    assert np.isnan(lower(expr, [X], dtype=dtype)(np.array(points)[:, None])).all()


def test_a_modulus_of_zero_gives_nan():
    assert math.isnan(lower(sympy.Mod(7, X), [X])([0.0]))
    with pytest.raises(BadInput, match="modulo_any is not available in int32"):
        lower(sympy.Mod(7, X), [X], dtype="int32")
    assert lower(sympy.Mod(X, 3), [X], dtype="int32")([[-4], [4]]).tolist() == [2, 1]


UNDECIDED = {
    # condition, whether NaN for x leaves it open
    "and, false besides": ((X > 0) & (Y > 0), -1.0, False),
    "and, true besides": ((X > 0) & (Y > 0), 1.0, True),
    "or, true besides": ((X > 0) | (Y > 0), 1.0, False),
    "or, false besides": ((X > 0) | (Y > 0), -1.0, True),
    "not": (sympy.Not((X > 0) & (Y > 0), evaluate=False), -1.0, False),
    "other variable": (Y > 0, 1.0, False),
    "xor": (sympy.Xor(X > 0, Y > 0, evaluate=False), 1.0, True),
}


@pytest.mark.parametrize(("condition", "y", "open_"), UNDECIDED.values(), ids=UNDECIDED)
def test_a_condition_is_undecided_only_where_nan_matters(condition, y, open_):
    F = lower(sympy.Piecewise((1, condition), (2, True)), [X, Y])
    assert math.isnan(F([math.nan, y])) == open_
    assert lower(sympy.Piecewise((1, condition), (2, True)), [X, Y], dtype="int32")([1, int(y)]).dtype == jnp.int32


FAR_OUT = {
    "exp(x)/(1 + exp(x))": (sympy.exp(X) / (1 + sympy.exp(X)), [-1000.0, 1000.0], [0.0, 1.0]),
    "exp(-x)/(1 + exp(-x))": (sympy.exp(-X) / (1 + sympy.exp(-X)), [-1000.0, 1000.0], [1.0, 0.0]),
    "1/(1 + exp(x))": (1 / (1 + sympy.exp(X)), [-1000.0, 1000.0], [1.0, 0.0]),
    "with other factors": (3 * Y * sympy.exp(2 * X) * sympy.sin(Y) / (1 + sympy.exp(2 * X)), [1000.0], [6 * math.sin(2.0)]),
    "derivative": ((1 / (1 + sympy.exp(-X))).diff(X), [-1000.0, 0.0, 1000.0], [0.0, 0.25, 0.0]),
    "second derivative": (sympy.exp(-2 * X) / (1 + sympy.exp(-X)) ** 3, [-1000.0, 0.0, 1000.0], [0.0, 0.125, 0.0]),
    "within a branch": (sympy.Piecewise((sympy.exp(X) / (1 + sympy.exp(X)), X > 1), (Y, True)), [-1000.0, 1000.0], [2.0, 1.0]),
    "softplus": (sympy.log(1 + sympy.exp(X)), [-1000.0, 1000.0], [0.0, 1000.0]),
    "sech": (sympy.sech(X), [-1000.0, 1000.0], [0.0, 0.0]),
    "sinc": (sympy.sinc(X), [0.0], [1.0]),
    "acot": (sympy.acot(X), [0.0], [math.pi / 2]),
    "LambertW": (sympy.LambertW(X), [0.0, 1e300], [0.0, float(mp.lambertw(1e300))]),
    "factorial of an integer": (sympy.factorial(X), [0.0, 5.0, 15.0], [1.0, 120.0, float(math.factorial(15))]),
    "binomial of integers": (sympy.binomial(X, N + 1), [7.0, 2.0], [35.0, 0.0]),
}


@pytest.mark.parametrize(("expr", "points", "values"), FAR_OUT.values(), ids=FAR_OUT)
def test_forms_that_overflow_or_vanish_as_written(expr, points, values):
    F = lower(expr, [X, Y, N])
    at = np.array([[x, 2.0, 2.0] for x in points])
    assert np.asarray(F(at)) == pytest.approx(np.array(values), rel=2**-50)
    if not expr.has(sympy.binomial):  # its quotient of gamma functions has poles below
        assert np.isfinite(F.gradient(at)[:, 0]).all()


@pytest.mark.parametrize("branch", [0, -1])
def test_lambert_w_next_to_its_branch_point(branch):
    F = lower(sympy.LambertW(X, branch), [X])
    at = [float(np.nextafter(-math.exp(-1), 0)), *(-math.exp(-1) + 2.0**-k for k in range(4, 54, 7))]
    with mp.workdps(50):
        for x, value, (slope,) in zip(at, F(np.array(at)[:, None]), F.gradient(np.array(at)[:, None]), strict=True):
            exact = mp.lambertw(x, branch)
            assert float(value) == pytest.approx(float(exact), rel=4 * 2**-52)
            # 1 + W is known to an ulp of 1, and the slope is exp(-W)/(1 + W)
            assert float(slope) == pytest.approx(
                float(mp.exp(-exact) / (1 + exact)), rel=8 * 2**-52 * (1 + 1 / abs(float(1 + exact)))
            )


ORDERS = {
    "LambertW at 0": (sympy.LambertW(X), 0.0, [1.0, -2.0, 9.0]),
    "sinc at 0": (sympy.sinc(X), 0.0, [0.0, -1 / 3, 0.0]),
    "besselj": (sympy.besselj(1, X), 2.5, None),
    "besseli": (sympy.besseli(3, X), 2.5, None),
    "expint": (sympy.expint(2, X), 1.5, None),
    "zeta": (sympy.zeta(X), 2.5, None),
}
ORACLES = {
    "besselj": lambda x: mp.besselj(1, x),
    "besseli": lambda x: mp.besseli(3, x),
    "expint": lambda x: mp.expint(2, x),
    "zeta": mp.zeta,
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_first_three_derivatives(name):
    expr, at, exact = ORDERS[name]
    if exact is None:
        with mp.workdps(50):
            exact = [float(mp.diff(ORACLES[name], mp.mpf(at), k)) for k in (1, 2, 3)]
    F = lower(expr, [X])
    with jax.enable_x64(True):
        slope = lambda x: F(x[None])  # noqa: E731
        found = []
        for _ in exact:
            slope = jax.grad(slope)
            found.append(float(slope(jnp.float64(at))))
    assert found == pytest.approx(exact, rel=1e-13, abs=1e-15)  # third derivatives lose two digits to alternating terms


REFUSED = {
    "delta": (sympy.DiracDelta(X) + 1, r"DiracDelta has no rule.*at args\[1\]"),
    "integral": (sympy.Integral(sympy.sin(X), (X, 0, Y)), "Integral has no rule.*at the root"),
    "undefined": (sympy.exp(sympy.Function("f")(X)), r"f has no rule.*at args\[0\]"),
    "hyper": (sympy.hyper([1], [2], X), "hyper has no rule"),
    "bessely": (sympy.bessely(0, X), "bessely has no rule"),
    "half order": (sympy.besselj(HALF, X), "besselj with first argument 1/2: give an integer from -64 to 64"),
    "symbolic order": (sympy.besselj(Y, X), "besselj with first argument y: give an integer"),
    "half expint": (sympy.expint(R(3, 2), X, evaluate=False), "expint with first argument 3/2"),
    "third branch": (sympy.LambertW(X, 2), "LambertW on branch 2 is not real"),
    "derivative of f": (sympy.Derivative(sympy.Function("f")(X), X), "Derivative of f has no explicit form"),
    "derivative of delta": (sympy.Derivative(sympy.Heaviside(X), X), "DiracDelta has no rule"),
    "infinite sum": (sympy.Sum(X**K, (K, 0, sympy.oo)), "infinite bound of index k"),
    "huge sum": (sympy.Sum(X**K, (K, 0, 2**40)), r"index up to 1099511627776 > 2\*\*31 - 1"),
    "undeclared in a body": (sympy.Sum(Y * K, (K, 0, 3)), r"symbol y is not declared \(declared: k, x\); at args\[0\]\.args\[0\]"),
    "index outside": (sympy.Sum(K, (K, 0, 3)) + K, r"symbol k is not declared \(declared: x\)"),
}


@pytest.mark.parametrize(("expr", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals_name_the_class_and_the_place(expr, message):
    with pytest.raises(BadInput, match=message):
        lower(expr, [X])


# --- sums and products over an index ---------------------------------------------------------------------------------


def karr(term, first, last, op):
    """The oracle: SymPy's convention with Python numbers."""
    neutral, join, undo = (0, lambda a, b: a + b, lambda a: -a) if op is sympy.Sum else (1, lambda a, b: a * b, lambda a: 1 / a)
    backwards = last < first - 1
    value = neutral
    for k in range(last + 1, first) if backwards else range(first, last + 1):
        value = join(value, term(k))
    return undo(value) if backwards else value


BOUNDS = [(1, 5), (3, 3), (3, 2), (3, 1), (4, -2), (-3, 2)]


@pytest.mark.parametrize("op", [sympy.Sum, sympy.Product], ids=["sum", "product"])
@pytest.mark.parametrize(("first", "last"), BOUNDS, ids=map(str, BOUNDS))
def test_bounds_as_numbers_and_as_symbols_follow_karr(op, first, last):
    expected = karr(lambda k: 2.5 + k * 0.5, first, last, op)
    fixed = lower(op(X + K / 2, (K, first, last)), [X])
    free = lower(op(X + K / 2, (K, J, N)), [X, J, N])
    assert float(fixed([2.5])) == pytest.approx(expected, rel=2**-48)
    many = free([[2.5, first, last], [1.0, 0, 3], [2.5, 0.5, 2.0], [2.5, 0, math.inf]])
    assert float(many[0]) == pytest.approx(expected, rel=2**-48)
    assert float(many[1]) == pytest.approx(karr(lambda k: 1 + k / 2, 0, 3, op), rel=2**-48)
    assert np.isnan(many[2:]).all()


def test_sums_to_a_coordinate_have_derivatives_of_every_order_in_both_modes():
    expr = sympy.Sum(sympy.sin(K * X) * Y**K, (K, 1, N)) + sympy.Product(X + sympy.Sum(J * Y, (J, 0, K)), (K, 1, N))
    F = lower(expr, [X, Y, N])
    with jax.enable_x64(True):
        for x, y, n in [(0.5, 0.75, 4), (-0.25, 1.5, 1), (0.5, 0.75, 0)]:
            exact = expr.xreplace({N: sympy.Integer(n)}).doit()
            point = jnp.array([x, y, n], dtype=float)
            at = {X: R(x), Y: R(y)}
            slope = [float(exact.diff(s).xreplace(at).evalf(30)) for s in (X, Y)]
            curve = [[float(exact.diff(s, t).xreplace(at).evalf(30)) for s in (X, Y)] for t in (X, Y)]
            scale = 1e-12 * (1 + np.abs(curve).max())  # ten terms with alternating signs
            assert np.asarray(jax.grad(F)(point))[:2] == pytest.approx(slope, abs=scale)
            assert np.asarray(jax.jacfwd(F)(point))[:2] == pytest.approx(slope, abs=scale)
            assert np.asarray(jax.hessian(F)(point))[:2, :2] == pytest.approx(np.array(curve), abs=scale)
            assert np.asarray(jax.jacrev(jax.jacrev(F))(point))[:2, :2] == pytest.approx(np.array(curve), abs=scale)
    assert F.gradient(np.ones((3, 2, 3))).shape == (3, 2, 3)


def test_a_million_terms_are_not_unrolled():
    F = lower(sympy.Sum(sympy.cos(X) / K**2, (K, 1, 10**6)), [X])
    exact = math.fsum(1 / k**2 for k in range(1, 10**6 + 1)) * math.cos(0.5)
    assert float(F([0.5])) == pytest.approx(exact, rel=1e-13)
    assert float(F.gradient([0.5])[0]) == pytest.approx(-exact * math.tan(0.5), rel=1e-13)
    assert np.asarray(F(np.full((50, 1), 0.5))) == pytest.approx(np.full(50, exact), rel=1e-13)


BLOCKS = {
    # id: expression, first, last; 65,536 terms make a block, and the last block is short
    "sum up to 2^31 - 1": (sympy.Sum(X, (K, 2**31 - 65538, 2**31 - 1)), 65538.0),
    "sum from 1 - 2^31": (sympy.Sum(X, (K, 1 - 2**31, 65537 - 2**31)), 65537.0),
    "one block": (sympy.Sum(X, (K, 2**31 - 65536, 2**31 - 1)), 65536.0),
    "product": (sympy.Product(sympy.Piecewise((2 * X, K > 2**31 - 6), (X, True)), (K, 2**31 - 65537, 2**31 - 1)), 32.0),
    "product of signs": (sympy.Product(-X, (K, 0, 2**16)), -1.0),
}


@pytest.mark.parametrize(("expr", "expected"), BLOCKS.values(), ids=BLOCKS)
def test_a_last_block_of_terms_is_counted_once(expr, expected):
    assert float(lower(expr, [X])([1.0])) == expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("op", [sympy.Sum, sympy.Product], ids=["sum", "product"])
def test_a_bound_from_the_point_beyond_what_a_loop_can_count_is_nan(op, dtype):
    F = lower(op(X, (K, J, N)), [X, J, N], dtype=dtype)
    found = F([[1.0, 1.0, 1e10], [1.0, 1e10, 1.0], [1.0, 1.0, 2.0**31], [1.0, 2.0**33, 2.0**33 + 1024]])
    assert np.isnan(found).tolist() == [True, True, True, False]
    assert float(found[3]) == (1025 if op is sympy.Sum else 1)


def test_a_sum_without_a_certain_sign_is_refused_with_a_way_out():
    expr = sympy.Sum(X**K, (K, 0, 2))
    with pytest.raises(BadInput, match=r"sum has no rule in ball arithmetic: .*: write its terms out, with SymPy's doit\(\)"):
        lower(expr, [X]).sign([-1.0])
    assert lower(expr.doit(), [X]).sign([-1.0]) == 1


EXACT = {
    "sum of integers": (sympy.Sum(K * X, (K, 1, 10)), "int32", True, [55, -55]),
    "product of integers": (sympy.Product(K + X, (K, 2, 5)), "int64", True, [360, 24]),
    "beyond int32": (sympy.Sum(10**8 * K * X, (K, 1, 10)), "int32", False, None),
    "within int64": (sympy.Sum(10**8 * K * X, (K, 1, 10)), "int64", True, [55 * 10**8, -55 * 10**8]),
    "dyadic": (sympy.Sum(K * X / 4, (K, -3, 4)), "float32", True, [1, -1]),
    "thirds": (sympy.Sum(K * X / 3, (K, 1, 3)), "float64", False, None),
    "empty": (sympy.Sum(sympy.sin(K), (K, 3, 2)) + X, "int32", True, [1, -1]),
}


@pytest.mark.parametrize(("expr", "dtype", "exact", "values"), EXACT.values(), ids=EXACT)
def test_exactness_of_sums_and_products(expr, dtype, exact, values):
    F = lower(expr, [X], dtype=dtype)
    assert bool(F.exact) == exact
    assert values is None or F([[1], [-1]]).tolist() == values


def test_a_sum_in_a_branch_not_taken_adds_nothing_to_a_gradient():
    F = lower(sympy.Piecewise((sympy.Sum(sympy.sqrt(X + K), (K, 0, 2)), X > 0), (X, True)), [X])
    assert F.gradient([[-5.0], [0.0]]).tolist() == [[1.0], [1.0]]


def test_seventeen_loops_within_each_other_are_refused():
    expr = X
    for k in range(17):
        expr = sympy.Sum(expr, (sympy.Symbol(f"k{k}"), 0, 1))
    with pytest.raises(BadInput, match="more than 16 loops within each other"):
        lower(expr, [X])


# --- deep and wide ---------------------------------------------------------------------------------------------------


def lazily(kind, *args):
    return kind(*args, evaluate=False)


def deep_chain(length):
    expr, value = X, 0.3
    for k in range(length):
        expr = lazily(sympy.Add, lazily((sympy.sin, sympy.atan)[k % 2], expr), lazily(sympy.Mul, R(1, k + 2), X))
        value = (math.sin, math.atan)[k % 2](value) + 0.3 / (k + 2)
    return expr, value


def deep_piecewise(length):
    expr, value = X, 0.3
    for k in range(length):
        expr = sympy.Piecewise(
            (lazily(sympy.Mul, expr, R(k + 2, k + 1)), lazily(sympy.Gt, X, R(1, k + 3))), (X, True), evaluate=False
        )
        value = value * (k + 2) / (k + 1) if 0.3 > 1 / (k + 3) else 0.3
    return expr, value


def wide(kind):
    terms = [
        lazily(sympy.Add, 1, lazily(sympy.Mul, R(1, k * k), lazily(sympy.cos, lazily(sympy.Mul, k, X)))) for k in range(2, 12_600)
    ]
    values = [1 + math.cos(k * 0.3) / k**2 for k in range(2, 12_600)]
    return lazily(kind, *terms), math.fsum(values) if kind is sympy.Add else math.prod(values)


LARGE = {
    "sum": lambda: wide(sympy.Add),
    "product": lambda: wide(sympy.Mul),
    "chain": lambda: deep_chain(20_001),
    "piecewise": lambda: deep_piecewise(12_000),
}


def node_count(expr):
    stack, count = [expr], 0
    while stack:
        count += 1
        stack.extend(stack.pop().args)
    return count


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_a_hundred_thousand_nodes_lower_and_run_without_recursion(make):
    expr, expected = make()
    assert node_count(expr) > 100_000
    F = lower(expr, [X])
    assert float(F([0.3])) == pytest.approx(expected, rel=1e-11)  # 20,000 roundings at most, some contracted
    assert len(repr(F)) < 300


def test_a_deep_tape_agrees_with_short_ones_and_has_derivatives():
    expr, value = deep_chain(600)
    F = lower(expr, [X])
    assert len(levels(F.program.tape)) > DEEP_LEVELS
    assert np.asarray(F([[0.3], [0.3]])) == pytest.approx([value, value], rel=1e-13)
    step = 2.0**-20
    up, down = (float(F([0.3 + s])) for s in (step, -step))
    assert float(F.gradient([0.3])[0]) == pytest.approx((up - down) / (2 * step), rel=1e-8)  # the step squared, and cancellation
