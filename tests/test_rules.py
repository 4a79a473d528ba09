"""Every rule of the table against mpmath at 50 digits: values, derivatives, both float types, and NaN outside the real domain.

The bound of a row is `ulps` units of the last place of |f| + |x f'|, the value and its conditioning: a function may err as if its
argument had been rounded. Rows above 32 say why.
"""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
import sympy
from sympy.codegen import cfunctions

from workbench.lowering import lower
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
        rows = jnp.asarray(np.array(at)[:, None], dtype=dtype)
        values, slopes = jax.jit(jax.vmap(jax.value_and_grad(F)))(rows)
        batch = F(rows) if dtype == "float64" else values
        assert values.dtype == slopes.dtype == np.dtype(dtype)
    with mp.workdps(50):
        for x, value, same, (slope,) in zip(map(mp.mpf, at), values, batch, slopes, strict=True):
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
    assert set(RULES) - covered - REFUSED_NUMBERS == {sympy.Idx}  # in the tests of arrays
