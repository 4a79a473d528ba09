"""Enclosures against mpmath at 60 digits, certain signs against Fractions, error bounds against exact errors."""

import itertools
import math
import operator
from fractions import Fraction

import jax
import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workbench.domain import Cube, inputs
from workbench.errors import BadInput
from workbench.lowering import Enclosure, decision, enclosure, lower
from workbench.lowering.ball_rules import BALL_RULES
from workbench.lowering.balls import refinements
from workbench.lowering.bounds import majorant, radius, rounding
from workbench.lowering.decision import MANY, certain_signs
from workbench.lowering.operations import OPERATIONS
from workbench.lowering.program import program
from workbench.lowering.rules import tape_of
from workbench.lowering.tape import Recorder
from workbench.poly import Multilinear, monomials
from workbench.threshold import PTF

X, Y, Z, W = sympy.symbols("x y z w", real=True)
R, F = sympy.Rational, Fraction
DIGITS = 60


def holds(low, high, value):
    """Whether an mpmath number lies within float bounds, compared at 60 digits."""
    return mpmath.mpf(float(low)) <= value <= mpmath.mpf(float(high))


def neighbours(low, high):
    """Whether two bounds are at most two float64 steps apart."""
    return high <= np.nextafter(np.nextafter(low, np.inf), np.inf)


def operation(op, payload, count):
    """The tape of one operation on inputs; a condition c becomes 1 where it holds and 0 elsewhere."""
    t = Recorder(count)
    args = [t.add("input", (), k) for k in range(count)]
    if op in ("and", "or", "xor", "not"):
        args = [t.add("greater", (a, t.constant(0))) for a in args]
    if op == "choose":
        args[1] = t.add("greater", (args[1], t.constant(0)))
    if op in ("select", "choose", "guard"):
        args[0] = t.add("greater", (args[0], t.constant(0)))
    number = t.add(op, tuple(args), payload)
    if op in CONDITIONS:
        number = t.add("select", (number, t.constant(1), t.constant(0)))
    return t.finished(number)


CONDITIONS = "less less_equal greater greater_equal equal not_equal and or xor not unordered".split()
PAIRS = [(0.1, 0.3), (0.3, 0.1), (0.1, 0.1), (-2.5, 7.0)]
AWKWARD = [0.1, -0.3, 1e-8, 2.5, -7.25, 30.1]


def ones(values):
    return [(v,) for v in values]


TABLE = {  # operation: constants, points, the oracle in mpmath
    "linear": ((F(1, 3), F(-2, 7)), PAIRS, lambda a, b: a / 3 - 2 * b / 7),
    "multiply": (None, PAIRS, operator.mul),
    "integer_power": (7, ones(AWKWARD), lambda a: a**7),
    "divide": (None, PAIRS, operator.truediv),
    "power": (None, [(0.1, 0.3), (7.0, -2.5), (3.0, -2.0), (-3.0, 3.0), (0.0, 0.3), (0.0, 0.0)], mpmath.power),
    "sqrt": (None, ones([0.1, 2.0, 4.0, 1e-300, 0.0]), mpmath.sqrt),
    "half_power": (3, ones([0.1, 2.0, 4.0, 1e-100, 0.0]), lambda a: mpmath.sqrt(a) ** 3),
    "exp": (None, ones([*AWKWARD, -800.0, 709.0]), mpmath.exp),
    "log": (None, ones([0.1, 0.9999999999, 1.0, 1e300]), mpmath.log),
    "softplus": (None, ones([*AWKWARD, -700.0, 900.0]), lambda a: mpmath.log1p(mpmath.exp(a))),
    "logistic": (None, ones([*AWKWARD, -700.0, 900.0]), lambda a: 1 / (1 + mpmath.exp(-a))),
    "sin": (None, ones([*AWKWARD, 3.141592653589793, 1e22]), mpmath.sin),
    "cos": (None, ones([*AWKWARD, 1.5707963267948966, 1e22]), mpmath.cos),
    "tan": (None, ones([*AWKWARD, 1.5707963267948966]), mpmath.tan),
    "asin": (None, ones([0.1, -0.999999, 1.0]), mpmath.asin),
    "acos": (None, ones([0.1, -0.999999, 0.9999999999999999]), mpmath.acos),
    "atan": (None, ones(AWKWARD), mpmath.atan),
    "atan2": (None, [*PAIRS, (0.0, -1.0), (-0.1, 0.0)], mpmath.atan2),
    "sinh": (None, ones(AWKWARD), mpmath.sinh),
    "cosh": (None, ones(AWKWARD), mpmath.cosh),
    "tanh": (None, ones(AWKWARD), mpmath.tanh),
    "asinh": (None, ones(AWKWARD), mpmath.asinh),
    "acosh": (None, ones([1.0, 1.0000000001, 30.1]), mpmath.acosh),
    "atanh": (None, ones([0.1, -0.9999999, 1e-8]), mpmath.atanh),
    "erf": (None, ones(AWKWARD), mpmath.erf),
    "erfc": (None, ones([*AWKWARD, 20.0]), mpmath.erfc),
    "gamma_quotient": ((1, True), ones([0.1, 0.5, -0.3, -7.25, 1e-8, 30.1]), mpmath.gamma),
    "sinc": (None, ones(AWKWARD), lambda a: mpmath.sin(a) / a),
    "acot": (None, ones(AWKWARD), mpmath.acot),
    "sech": (None, ones(AWKWARD), mpmath.sech),
    "csch": (None, ones(AWKWARD), mpmath.csch),
    "expm1": (None, ones(AWKWARD), mpmath.expm1),
    "log1p": (None, ones([0.1, -0.3, 1e-8, 30.1]), mpmath.log1p),
    "log_base": (10, ones([0.1, 2.5, 30.1]), mpmath.log10),
    "cbrt": (None, ones([0.1, 2.5, 30.1]), mpmath.cbrt),
    "hypot": (None, PAIRS, lambda a, b: mpmath.sqrt(a * a + b * b)),
    "erfi": (None, ones([0.1, -0.3, 1e-8, 2.5]), mpmath.erfi),
    "erfinv": (None, ones([0.1, -0.3, 0.75]), mpmath.erfinv),
    "erfcinv": (None, ones([0.1, 1.3, 0.75]), lambda a: mpmath.erfinv(1 - a)),
    "polygamma": (2, ones([0.1, 2.5, 30.1]), lambda a: mpmath.polygamma(2, a)),
    "zeta": (None, ones([0.1, -2.5, 30.1]), mpmath.zeta),
    "hurwitz_zeta": (None, [(2.5, 0.3), (1.5, 7.0)], mpmath.zeta),
    "lower_gamma": (None, [(2.5, 0.3), (1.5, 7.0)], lambda a, x: mpmath.gammainc(a, 0, x)),
    "upper_gamma": (None, [(2.5, 0.3), (1.5, 7.0)], mpmath.gammainc),
    "bessel": (("j", 2), ones([0.1, -0.3, 2.5, 30.1]), lambda a: mpmath.besselj(2, a)),
    "exponential_integral": (None, ones([0.1, -0.3, 2.5, 30.1]), mpmath.ei),
    "expint": (3, ones([0.1, 2.5, 30.1]), lambda a: mpmath.expint(3, a)),
    "sine_integral": (None, ones(AWKWARD), mpmath.si),
    "cosine_integral": (None, ones([0.1, 2.5, 30.1]), mpmath.ci),
    "fresnel_s": (None, ones([0.1, -0.3, 2.5]), mpmath.fresnels),
    "fresnel_c": (None, ones([0.1, -0.3, 2.5]), mpmath.fresnelc),
    "lambert_w": (-1, ones([-0.1, -0.3]), lambda a: mpmath.lambertw(a, -1)),
    "argument": (None, ones([0.1, -0.3]), lambda a: mpmath.pi if a < 0 else mpmath.mpf(0)),
    "modulo": (None, PAIRS, lambda a, b: a - b * mpmath.floor(a / b)),
    "modulo_any": (None, PAIRS, lambda a, b: a - b * mpmath.floor(a / b)),
    "same": (None, PAIRS, operator.eq),
    "loggamma": (None, ones([0.1, 0.5, 2.0000001, 30.1, 1e300]), mpmath.loggamma),
    "abs": (None, ones([*AWKWARD, 0.0]), abs),
    "sign": (None, ones([*AWKWARD, 0.0]), mpmath.sign),
    "sgn": (1, ones([*AWKWARD, 0.0]), lambda a: 1 if a >= 0 else -1),
    "floor": (None, ones([*AWKWARD, -3.0]), mpmath.floor),
    "ceiling": (None, ones([*AWKWARD, -3.0]), mpmath.ceil),
    "heaviside": (None, [(0.1, 0.5), (-0.1, 0.5), (0.0, 0.3)], lambda a, h: h if a == 0 else mpmath.mpf(int(a > 0))),
    "maximum": (None, PAIRS, max),
    "minimum": (None, PAIRS, min),
    "select": (None, [(1.0, 0.1, 0.2), (-1.0, 0.1, 0.2)], lambda c, a, b: a if c > 0 else b),
    "choose": (None, [(-1.0, 1.0, 0.1, 0.2), (-1.0, -1.0, 0.1, 0.2)], lambda u, c, a, b: a if c > 0 else b),
    "unordered": (None, PAIRS, lambda a, b: False),
    "guard": (F(1, 3), [(1.0, 0.1), (-1.0, 0.1)], lambda c, a: a if c > 0 else mpmath.mpf(1) / 3),
    "less": (None, PAIRS, operator.lt),
    "less_equal": (None, PAIRS, operator.le),
    "greater": (None, PAIRS, operator.gt),
    "greater_equal": (None, PAIRS, operator.ge),
    "equal": (None, PAIRS, operator.eq),
    "not_equal": (None, PAIRS, operator.ne),
    "and": (None, [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)], lambda a, b: a > 0 and b > 0),
    "or": (None, [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)], lambda a, b: a > 0 or b > 0),
    "xor": (None, [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)], lambda a, b: (a > 0) != (b > 0)),
    "not": (None, ones([1.0, -1.0, 0.0]), lambda a: a <= 0),
    "repeat": (("sin", 3), ones(AWKWARD), lambda a: mpmath.sin(mpmath.sin(mpmath.sin(a)))),
}


LOOPS = {"sum", "product", "sum_between", "product_between"}
ARRAYS = set("element matrix_sum matmul transpose inverse determinant trace hadamard identity zeros ones".split())
ARRAYS |= set("diagonal_matrix diagonal_part diagonal map slice matrix block kronecker dot".split())
WITHOUT_BALLS = LOOPS | ARRAYS  # refused by name


def test_every_operation_has_a_ball_rule_and_a_row_here():
    assert set(OPERATIONS) - WITHOUT_BALLS == set(TABLE)
    assert set(TABLE) <= set(BALL_RULES)
    assert not WITHOUT_BALLS & set(BALL_RULES)


@pytest.mark.parametrize(("op", "payload", "points", "oracle"), [(op, *row) for op, row in TABLE.items()], ids=TABLE)
def test_enclosures_hold_the_value_and_are_narrow(op, payload, points, oracle):
    found = Enclosure.of(operation(op, payload, len(points[0])), points)
    for point, low, high in zip(points, found.low, found.high, strict=True):
        with mpmath.workdps(DIGITS):
            value = mpmath.mpf(oracle(*map(mpmath.mpf, point)))
            assert holds(low, high, value), (point, low, high, value)
            # the control: the same interval, shifted by its width and one step, is rejected
            shift = (high - low) + np.spacing(abs(high))
            assert not holds(low + shift, high + shift, value)
        assert neighbours(low, high)


CONSTANTS = {
    "pi": (sympy.pi, lambda: +mpmath.pi),
    "e": (sympy.E, lambda: +mpmath.e),
    "euler": (sympy.EulerGamma, lambda: +mpmath.euler),
    "catalan": (sympy.Catalan, lambda: +mpmath.catalan),
    "golden": (sympy.GoldenRatio, lambda: +mpmath.phi),
    "tribonacci, of 50 digits": (sympy.TribonacciConstant, lambda: mpmath.findroot(lambda t: t**3 - t**2 - t - 1, 1.84)),
}


@pytest.mark.parametrize(("constant", "oracle"), CONSTANTS.values(), ids=CONSTANTS)
def test_constants_are_the_real_numbers(constant, oracle):
    shortened = R(constant.evalf(40))  # the difference shows the digits after the 40th
    found = Enclosure.of(tape_of(constant * X - shortened, [X]), [1.0], digits=6)
    with mpmath.workdps(100):
        value = oracle() - mpmath.mpf(shortened.p) / shortened.q
        assert 0 < abs(value) < 1e-39
        assert holds(found.low, found.high, value)


CANCELLING = {
    "one plus x": ((sympy.Add(1, X, evaluate=False), -1, -X), 1e-17, 0),
    "big": ((sympy.Float(1e16), X, -sympy.Float(1e16)), 1.0, 1),
    "tenths": ((X, R(-1, 10)), 0.1, 1),  # the float 0.1 is above 1/10
    "three tenths": ((X, R(-3, 10)), 0.3, -1),
    "sine near pi": ((sympy.sin(X),), 3.141592653589793, 1),
    "sine beyond pi": ((sympy.sin(X),), 3.1415926535897936, -1),
    "roots": ((sympy.sqrt(X**2 + 1), -X), 1e20, 1),
    "exp of log": ((sympy.exp(sympy.log(X) + sympy.Float(1e-60, 60)), -X), 3.0, 1),
    "exact root": ((sympy.sqrt(X), -2), 4.0, 0),
    "exact exp": ((sympy.exp(X), -1), 0.0, 0),
}


@pytest.mark.parametrize(("terms", "at", "expected"), CANCELLING.values(), ids=CANCELLING)
def test_signs_after_cancellation(terms, at, expected):
    expr = sympy.Add(*terms, evaluate=False)
    lowered = lower(expr, [X])
    assert lowered.sign([at]) == expected
    low, high = (getattr(lowered.enclosure([at]), side) for side in ("low", "high"))
    assert np.sign(low) == np.sign(high) == expected


UNDECIDABLE = {
    "exp": (sympy.exp(X) * sympy.exp(Y) - 1, [0.3, -0.3], "give -5e-324 <= value <= 5e-324"),
    "root of two": (sympy.Add(sympy.Pow(sympy.sqrt(2), 2, evaluate=False), -2, X * 0, evaluate=False), [1.0, 1.0], "simplify"),
    "undefined": (sympy.log(X), [-1.0, 1.0], "do not show it to be defined"),
    "no branch": (sympy.Piecewise((Y, X > 0)), [-1.0, 1.0], "do not show it to be defined"),
    "pole": (1 / X, [0.0, 1.0], "do not show it to be defined"),
    "sign of an unknown zero": (sympy.sign(sympy.exp(X) * sympy.exp(Y) - 1), [0.3, -0.3], "give -1.0.* <= value <= 1.0"),
}


@pytest.mark.parametrize(("expr", "point", "message"), UNDECIDABLE.values(), ids=UNDECIDABLE)
def test_what_cannot_be_decided_is_refused_or_masked(expr, point, message):
    lowered = lower(expr, [X, Y])
    with pytest.raises(BadInput, match=message):
        lowered.sign(point)
    found = lowered.sign([point, [2.0, 1.0]], undecided="mask")
    assert found.mask.tolist()[0] is True
    assert found.dtype == np.int8


def test_an_undecided_condition_encloses_both_branches():
    zero = sympy.exp(X) * sympy.exp(Y) - 1
    found = lower(sympy.Piecewise((3, zero > 0), (5, True)), [X, Y]).enclosure([[0.3, -0.3], [0.3, -0.2], [0.2, -0.3]])
    assert (found.low[1:].tolist(), found.high[1:].tolist()) == ([3.0, 5.0], [3.0, 5.0])
    assert 3 * (1 - 2**-27) < found.low[0] <= 3 < 5 <= found.high[0] < 5 * (1 + 2**-27)  # the radius of a ball has 30 bits
    steps = lower(sympy.Heaviside(zero, 0) + sympy.floor(zero), [X, Y]).enclosure([0.3, -0.3])
    assert steps.low <= 0 <= steps.high


def test_what_is_undefined_has_no_bounds():
    found = lower(sympy.Piecewise((sympy.log(X), X > Y), (1 / X, True)), [X, Y]).enclosure([[-1, -2], [0, 1], [-2, 1]])
    assert np.isnan(found.low).tolist() == np.isnan(found.high).tolist() == [True, True, False]
    assert found.low[2] == found.high[2] == -0.5


EXTREMES = {
    "overflow": (sympy.exp(X), 800.0, np.finfo(float).max, np.inf),
    "underflow": (sympy.exp(-X), 800.0, 0.0, 5e-324),
    "negative underflow": (-sympy.exp(-X), 800.0, -5e-324, 0.0),
    "subnormal": (X * R(1, 3), 5e-324 * 20, 5e-324 * 6, 5e-324 * 7),
    "exact": (X**2, 3.0, 9.0, 9.0),
    "third": (X / 3, 1.0, 0.3333333333333333, 0.33333333333333337),
}


@pytest.mark.parametrize(("expr", "at", "low", "high"), EXTREMES.values(), ids=EXTREMES)
def test_bounds_are_rounded_outwards(expr, at, low, high):
    found = lower(expr, [X]).enclosure([at])
    assert (found.low, found.high) == (low, high)
    assert lower(expr, [X]).sign([at]) == (1 if high > 0 else -1)


@pytest.mark.parametrize("shape", [(), (0,), (4,), (2, 3)], ids=str)
def test_shapes_follow_the_points(shape):
    lowered = lower(X - sympy.exp(Y), [X, Y])
    found, signs = lowered.enclosure(np.ones((*shape, 2))), lowered.sign(np.ones((*shape, 2)))
    assert found.low.shape == found.high.shape == signs.shape == shape
    assert (signs == -1).all()
    assert lower(sympy.Integer(-3), []).sign(np.zeros((*shape, 0))).tolist() == np.full(shape, -1).tolist()


REFUSED = {
    "no digits": (lambda f: f.enclosure([1.0], digits=0), r"digits 0 is not one of 1\.\.15"),
    "too many digits": (lambda f: f.enclosure([1.0], digits=16), r"digits 16 is not one of 1\.\.15"),
    "not a number": (lambda f: f.sign([math.nan]), "coordinate nan is not finite"),
    "infinite": (lambda f: f.enclosure([math.inf]), "coordinate inf is not finite"),
    "traced": (lambda f: jax.jit(f.sign)(np.ones(1, dtype="float32")), "outside jit, grad and vmap"),
    "too wide": (lambda f: f.sign([1.0, 2.0]), r"points of shape \(2,\)"),
    "another word": (lambda f: f.sign([1.0], undecided="guess"), "'guess' is not 'refuse' or 'mask'"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused(call, message):
    with jax.enable_x64(True), pytest.raises(BadInput, match=message):
        call(lower(sympy.exp(X), [X], dtype="float32"))


def test_points_are_exact_whatever_their_type():
    lowered = lower(X - R(1, 3), [X], dtype="float32")
    assert lowered.sign(np.array([[1 / 3], [np.float32(1 / 3)]])).tolist() == [-1, 1]
    assert lowered.sign(np.array([[1 / 3]], dtype=np.float32)).tolist() == [1]
    assert lowered.sign(np.array([[True], [False]])).tolist() == [1, -1]
    large = np.array([[2**63 - 1, 2**63 - 2], [2**53 + 1, 2**53]] * MANY)  # float64 holds neither difference
    assert (lower(X - Y, [X, Y], dtype="int64").sign(large) == 1).all()


def test_a_slow_call_says_how_far_it_is(monkeypatch, capsys):
    monkeypatch.setattr(enclosure, "QUIET_SECONDS", 0.0)
    lower(sympy.exp(X), [X]).enclosure([[0.5]] * 3)
    assert "exact arithmetic: 1 of 3 points" in capsys.readouterr().err


# --- rational functions: Fractions are the oracle ---------------------------------------------------------------------

BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "max": max, "min": min}
SYMPY_BINARY = BINARY | {"max": sympy.Max, "min": sympy.Min}
TREES = st.recursive(
    st.sampled_from(["x", "y", R(1, 3), R(-5, 2), R(1, 10), sympy.Integer(2)]),
    lambda inner: st.tuples(st.sampled_from(list(BINARY)), inner, inner),
    max_leaves=8,
)


def built(tree, leaves, operations):
    """The value of a tree whose leaves and operations are given."""
    if not isinstance(tree, tuple):
        return leaves(tree)
    return operations[tree[0]](*(built(t, leaves, operations) for t in tree[1:]))


FLOATS = st.floats(-4, 4, allow_nan=False) | st.sampled_from([0.1, 0.3, -0.1, 1.0, 2.5])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(TREES, FLOATS, FLOATS)
def test_signs_of_rational_functions_are_those_of_fractions(tree, a, b):
    at = {"x": F(a), "y": F(b)}
    expr = built(tree, lambda leaf: {"x": X, "y": Y}.get(leaf, leaf), SYMPY_BINARY)
    assume(expr.is_finite is not False and not expr.has(sympy.zoo, sympy.nan))
    try:
        value = built(tree, lambda leaf: at[leaf] if isinstance(leaf, str) else F(int(leaf.p), int(leaf.q)), BINARY)
    except ZeroDivisionError:
        assume(False)
    lowered = lower(expr, [X, Y])
    assert lowered.sign([a, b]) == (value > 0) - (value < 0)
    found = lowered.enclosure([a, b])
    assert F(float(found.low)) <= value <= F(float(found.high))


def exact_signs(value, points):
    """The oracle: signs of a function of Fractions."""
    values = [value(*map(F, point)) for point in points.tolist()]
    return [(v > 0) - (v < 0) for v in values]


def near_zeros(rng, count):
    """Points (x, y, z) with z = -(x*y) rounded: the float sum x*y + z is 0, the fused one and the true one are mostly not."""
    x, y = rng.normal(size=(2, count))
    short = rng.random(count) < 0.3  # products of 26-bit numbers are exact, and there the sum is 0
    x, y = (np.where(short, v.astype(np.float32).astype(float), v) for v in (x, y))
    return np.stack([x, y, -(x * y)], axis=1)


def test_signs_do_not_depend_on_fused_multiply_adds():
    rng = np.random.default_rng(0)
    points = near_zeros(rng, 2 * MANY)
    expected = exact_signs(lambda x, y, z: x * y + z, points)
    assert {-1, 0, 1} == set(expected)
    lowered = lower(X * Y + Z, [X, Y, Z])
    assert lowered.sign(points).tolist() == expected
    assert lowered.sign(points[:9]).tolist() == expected[:9]
    # x*y + z*w with z = x, w = -y is 0; a fused sum gives the rounding error of one product
    twice = np.concatenate([points[:, :2], points[:, :2] * [1, -1]], axis=1)
    assert not lower(X * Y + Z * W, [X, Y, Z, W]).sign(twice).any()


POLYNOMIALS = {
    "polynomial": sum(R(k + 1, 3) * X**k * Y ** (k % 3) for k in range(8)) - R(17, 10) * Y,
    "products": (X - R(1, 3)) * (Y + X / 7) * (X - Y) + R(1, 3) * X,
    "power": (X + Y / 3) ** 9 - X * Y,
    "irrational coefficient": sympy.pi * X * Y - X**2,
}


@pytest.mark.parametrize("expr", POLYNOMIALS.values(), ids=POLYNOMIALS)
def test_the_error_bound_holds_in_float64(expr):
    tape = tape_of(expr, [X, Y])
    points = np.random.default_rng(1).normal(size=(MANY, 2)) * 4
    bound = rounding(tape, math.ceil(np.abs(points).max()))
    found = np.asarray(program(tape, "float64")(points))
    error = bound.relative * np.asarray(program(majorant(tape), "float64")(np.abs(points))) + bound.absolute
    with mpmath.workdps(DIGITS):
        function = sympy.lambdify([X, Y], expr, "mpmath")
        true = [function(mpmath.mpf(a), mpmath.mpf(b)) for a, b in points.tolist()]
        off = [abs(mpmath.mpf(v) - t) for v, t in zip(found.tolist(), true, strict=True)]
        assert all(o <= e for o, e in zip(off, error.tolist(), strict=True))
        assert any(o > e * 2**-12 for o, e in zip(off, error.tolist(), strict=True))  # control: the bound is not idle
    assert lower(expr, [X, Y]).sign(points).tolist() == [int(mpmath.sign(t)) for t in true]


UNDERFLOWS = {
    "square lost": (2**100 * X**2 - R(1, 2**999), 2.0**-545, 1),  # 2**-990 is there, but x**2 is below the least number
    "subnormal input": (2**100 * X - R(1, 2**975), 2.0**-1074, 1),
    "huge weight": (10**300 * X**2 - R(1, 10**41), 1e-170, 1),
    "integer point": (R(1, 2**1080) * X, 1.0, 1),
    "constant lost": (R(1, 2**1080) - X, 0.0, 1),
}


@pytest.mark.parametrize(("expr", "at", "expected"), UNDERFLOWS.values(), ids=UNDERFLOWS)
def test_underflow_does_not_hide_a_sign(expr, at, expected):
    assert (lower(expr, [X]).sign(np.full((MANY, 1), at)) == expected).all()


def test_the_filter_leaves_little_to_exact_arithmetic(monkeypatch):
    rng = np.random.default_rng(2)
    poly = Multilinear.from_terms({m: int(rng.integers(1, 9)) for m in monomials(10, 3)}, Cube(10))
    asked = []
    monkeypatch.setattr(decision, "_sign", lambda tape, point: asked.append(point) or (1, None))
    lower(poly).sign(rng.normal(size=(4 * MANY, 10)))
    lower(poly).sign(rng.choice([-1.0, 1.0], size=(4 * MANY, 10)))  # exact at integers, zeros included
    assert len(asked) <= 2


@pytest.mark.parametrize("at_zero", [0, 1])
@pytest.mark.parametrize("count", [3, MANY], ids=["few", "many"])
def test_threshold_functions_off_the_cube(at_zero, count):
    a, b, c = inputs(3)
    function = PTF.from_expr(3 * a * b + c / 10 - 1, Cube(3))
    points = np.array(list(itertools.islice(itertools.cycle([[0.1, 3.0, 1.0], [0.5, 0.5, 2.5], [1 / 3, 1.0, 0.0]]), count)))
    true = exact_signs(lambda x, y, z: 30 * x * y + z - 10, points)
    assert true[:3] == [1, 0, -1]
    expected = [s or (1 if at_zero else -1) for s in true]
    assert lower(function, at_zero=at_zero).sign(points).tolist() == expected
    assert lower(function, at_zero=at_zero, dtype="int32").sign(np.ones((count, 3), int)).tolist() == [1] * count


def test_deep_tapes_and_long_rationals_end():
    deep = X
    for _ in range(3_000):
        deep = sympy.tanh(deep, evaluate=False)
    low, high = (getattr(lower(deep, [X]).enclosure([0.3]), side) for side in ("low", "high"))
    with mpmath.workdps(DIGITS):
        value = mpmath.mpf(0.3)
        for _ in range(3_000):
            value = mpmath.tanh(value)
        assert holds(low, high, value)
    square = X - R(1, 3)
    for _ in range(40):
        square = sympy.Add(sympy.Pow(square, 2, evaluate=False), R(-3, 4), evaluate=False)  # 2**40 digits if kept exact
    assert lower(square, [X]).sign([0.5]) in (-1, 1)


# --- exactness --------------------------------------------------------------------------------------------------------

RADII = {
    "identity": (X, "float32", 2**24),
    "weights": (3 * X + 2 * Y, "int32", (2**31 - 1) // 5),
    "product": (X * Y + 1, "float32", 4095),  # 4096**2 + 1 is the first integer that float32 lacks
    "square": (X**2, "int32", 46340),
    "halves": (X / 2 + Y / 2, "float32", 2**23),  # numerators over 2, each term's own
    "square in int64": (X**2, "int64", math.isqrt(2**63 - 1)),
    "one": (2**23 * X + 2**23 * Y, "float32", 1),
    "not even one": (2**24 * X + Y, "float32", 0),
    "third": (X / 3, "float64", -1),
    "sine": (sympy.sin(X), "float64", -1),
    "constant": (sympy.Integer(3), "float32", 2**24),
    "least": (X / 2**126, "float32", 2**24),
    "below the least": (X / 2**127, "float32", -1),
    "fraction of an integer": (X / 2, "int32", -1),
    "large constant": (sympy.Integer(2**24 + 2), "float32", -1),
    "threshold": (sympy.Heaviside(3 * X - 2 * Y - 1, 0), "float32", (2**24 - 1) // 5),
    "polynomial": (sum(X**k * Y for k in range(6)), "int32", 35),
    "polynomial of halves": (sum(X**k * Y for k in range(6)) / 2, "float32", 15),
}


@pytest.mark.parametrize(("expr", "dtype", "expected"), RADII.values(), ids=RADII)
def test_the_radius_is_the_last_that_fits(expr, dtype, expected):
    assert radius(tape_of(expr, [X, Y]), dtype) == expected


@pytest.mark.parametrize(("dtype", "exponent"), [("float32", 126), ("float64", 1022)])
def test_what_underflows_is_not_called_exact(dtype, exponent):
    held, lost = (lower(X / 2**k, [X], dtype=dtype) for k in (exponent, exponent + 1))
    assert held.exact and F(float(held([3]))) == F(3, 2**exponent)
    assert not lost.exact and f"2**-{exponent + 1}" in lost.exact.reason


def test_the_radius_is_sharp_for_a_product():
    lowered = lower(X * Y + 1, [X, Y], dtype="float32")
    r = radius(lowered.program.tape, "float32")
    assert int(lowered([r, r])) == r * r + 1
    assert int(lowered([r + 1, r + 1])) != (r + 1) ** 2 + 1


def test_the_radius_agrees_with_exactness_and_with_every_term():
    rng = np.random.default_rng(3)
    for n, degree in [(0, 0), (1, 1), (6, 3), (8, 4)]:
        weights = {m: F(int(rng.integers(1, 99)), 2 ** int(rng.integers(5))) for m in monomials(n, degree)}
        poly = Multilinear.from_terms(weights, Cube(n))
        lowered = lower(poly, dtype="float32")
        finest = max(c.denominator for _, c in poly.terms)

        def largest(r, poly=poly, finest=finest):
            return sum(abs(c) * finest * r ** mask.bit_count() for mask, c in poly.terms)

        r = radius(lowered.program.tape, "float32")
        assert largest(r) <= 2**24 and (largest(r + 1) > 2**24 or r == 2**24)
        assert bool(lowered.exact) == (r >= 1)
        assert r == 0 or lowered.exact.bound == largest(1)


def test_certain_signs_of_a_tape_without_inputs():
    t = Recorder(0)
    assert certain_signs(t.finished(t.constant(0)), np.zeros((2, 0))).tolist() == [0, 0]
    assert [float(v.p) for v in refinements(t.finished(t.constant(7)), [])] == [7.0]
