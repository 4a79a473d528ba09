"""The rule of each operation in exact and ball arithmetic, one row of a table for each.

A number is a rational (fmpq) or a ball (arb) that holds a real number. Conditions have three values: True, False, and None where
the balls do not decide. A ball that is not a number says that nothing is known: outside the domain, or not yet at this precision.

Source: F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, 2017 (through python-flint).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

import sympy
from flint import arb, fmpq

from workbench.lowering.algebra import CONSTANT_DIGITS, fraction_of
from workbench.lowering.special_balls import NOTHING, SPECIAL_BALLS, ball

Value = Any  # fmpq, arb, or the truth value of a condition: True, False, None
Rule = Callable[[Any, Sequence[Value]], Value]  # of the constants of an instruction and its operands (the point, if it has none)
EXACT_BITS = 1 << 15  # longer rationals go on as balls


def rational(value: Fraction) -> fmpq:
    """Return a Fraction as a rational of flint."""
    return fmpq(value.numerator, value.denominator)


def hull(values: Sequence[Value]) -> Value:
    """Return the value if there is one only, else a ball that holds them all, wider than needed by 2**-29 (radii have 30 bits)."""
    return values[0] if len(values) == 1 else reduce(arb.union, map(ball, values))


def _irrational(value: Fraction, _: Any) -> arb:
    """Return the number that was rounded to 50 digits: a known constant at full precision, else all within one unit of them."""
    known = _known_constants().get(value)
    return known() if known else arb(rational(value), rational(abs(value) / 10 ** (CONSTANT_DIGITS - 1)))


@lru_cache(maxsize=1)
def _known_constants() -> dict[Fraction, Callable[[], arb]]:
    known = {sympy.pi: arb.pi, sympy.E: arb.const_e, sympy.EulerGamma: arb.const_euler, sympy.Catalan: arb.const_catalan}
    known[sympy.GoldenRatio] = lambda: (1 + arb(5).sqrt()) / 2
    return {fraction_of(sympy.Rational(c.evalf(CONSTANT_DIGITS))): of for c, of in known.items()}


def _of_one(function: Callable[[arb], arb]) -> Rule:
    return lambda _, args: function(ball(args[0]))


def _of_two(function: Callable[[arb, arb], arb]) -> Rule:
    return lambda _, args: function(ball(args[0]), ball(args[1]))


def _integer_power(power: int, args: Sequence[Value]) -> Value:
    base = args[0]
    return base**power if isinstance(base, fmpq) and power * base.height_bits() <= EXACT_BITS else ball(base) ** power


def _divide(_: Any, args: Sequence[Value]) -> Value:
    return NOTHING if args[1] == 0 else args[0] / args[1]


def _power(_: Any, args: Sequence[Value]) -> Value:
    base, power = args
    if isinstance(power, fmpq) and power.q == 1 and (power >= 0 or base != 0):
        return _integer_power(abs(int(power.p)), [base if power >= 0 else 1 / base])
    if base >= 0 and power > 0 and not base > 0:  # a ball from 0 upwards, where the logarithm says nothing
        return hull([fmpq(0), ball(base).upper() ** power]) if base != 0 else fmpq(0)
    return ball(base) ** ball(power)


def _atan2(y: arb, x: arb) -> arb:
    return NOTHING if x == 0 and y == 0 else arb.atan2(y, x)


def _softplus(x: arb) -> arb:
    return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()


def _logistic(x: arb) -> arb:
    return x.exp() / (1 + x.exp()) if x < 0 else 1 / (1 + (-x).exp())


def _extreme(of_rationals: Callable[..., fmpq], of_balls: Callable[[arb, arb], arb]) -> Rule:
    def rule(_: Any, args: Sequence[Value]) -> Value:
        return of_rationals(*args) if all(isinstance(a, fmpq) for a in args) else reduce(of_balls, map(ball, args))

    return rule


def _step(values: Callable[[Any, Sequence[Value]], tuple[Value, Value, Value]]) -> Rule:
    """Return the rule of a function with one value below 0, one at 0 and one above."""

    def rule(constants: Any, args: Sequence[Value]) -> Value:
        x, (below, at, above) = args[0], values(constants, args)
        if isinstance(x, arb) and x.is_nan():
            return NOTHING
        cases = ((below, x >= 0), (at, x < 0 or x > 0), (above, x <= 0))
        return hull([fmpq(v) if isinstance(v, int) else v for v, excluded in cases if not excluded])

    return rule


def _whole(of_rational: Callable[[fmpq], Any], of_ball: Callable[[arb], arb]) -> Rule:
    return lambda _, args: fmpq(of_rational(args[0])) if isinstance(args[0], fmpq) else of_ball(args[0])


def _select(_: Any, args: Sequence[Value]) -> Value:
    possible = []
    for condition, value in zip(args[:-1:2], args[1::2], strict=True):
        if condition is not False:
            possible.append(value)
        if condition is True:
            return hull(possible)
    return hull([*possible, args[-1]])


def _choose(_: Any, args: Sequence[Value]) -> Value:
    """As `_select`, with a mask before each condition: where it is not False, some operand of the condition is undefined."""
    possible = []
    for undecided, condition, value in zip(args[:-1:3], args[1::3], args[2::3], strict=True):
        if undecided is not False:
            return NOTHING
        if condition is not False:
            possible.append(value)
        if condition is True:
            return hull(possible)
    return hull([*possible, args[-1]])


def _unordered(_: Any, args: Sequence[Value]) -> bool | None:
    return None if any(isinstance(a, arb) and a.is_nan() for a in args) else False


def _guard(safe: fmpq, args: Sequence[Value]) -> Value:
    return _select(None, [args[0], args[1], safe])


def _relation(holds: Callable[[Value, Value], bool], fails: Callable[[Value, Value], bool]) -> Rule:
    return lambda _, args: True if holds(*args) else False if fails(*args) else None


def _all(conditions: Sequence[bool | None]) -> bool | None:
    return False if False in conditions else None if None in conditions else True


def _not(condition: bool | None) -> bool | None:
    return None if condition is None else not condition


def _xor(conditions: Sequence[bool | None]) -> bool | None:
    return None if None in conditions else sum(map(bool, conditions)) % 2 == 1


def _repeat(payload: tuple[str, int], args: Sequence[Value]) -> Value:
    op, times = payload
    return reduce(lambda x, _: BALL_RULES[op](None, [x]), range(times), args[0])


BALL_RULES: dict[str, Rule] = {
    "input": lambda index, point: point[index],
    "constant": lambda value, _: value,
    "irrational": _irrational,
    "undefined": lambda *_: NOTHING,
    "true": lambda *_: True,
    "false": lambda *_: False,
    "polynomial": lambda polynomial, point: polynomial(point),
    "linear": lambda weights, args: sum(map(operator.mul, weights, args)),
    "multiply": lambda _, args: math.prod(args),
    "integer_power": _integer_power,
    "divide": _divide,
    "power": _power,
    "sqrt": _of_one(arb.sqrt),
    "half_power": lambda power, args: ball(args[0]).sqrt() ** power,
    "exp": _of_one(arb.exp),
    "log": _of_one(arb.log),
    "softplus": _of_one(_softplus),
    "logistic": _of_one(_logistic),
    "sin": _of_one(arb.sin),
    "cos": _of_one(arb.cos),
    "tan": _of_one(arb.tan),
    "asin": _of_one(arb.asin),
    "acos": _of_one(arb.acos),
    "atan": _of_one(arb.atan),
    "atan2": _of_two(_atan2),
    "sinh": _of_one(arb.sinh),
    "cosh": _of_one(arb.cosh),
    "tanh": _of_one(arb.tanh),
    "asinh": _of_one(arb.asinh),
    "acosh": _of_one(arb.acosh),
    "atanh": _of_one(arb.atanh),
    "erf": _of_one(arb.erf),
    "erfc": _of_one(arb.erfc),
    "loggamma": _of_one(arb.lgamma),
    "abs": lambda _, args: abs(args[0]),
    "sign": _step(lambda *_: (-1, 0, 1)),
    "sgn": _step(lambda at_zero, _: (-1, 2 * at_zero - 1, 1)),
    "floor": _whole(fmpq.floor, arb.floor),
    "ceiling": _whole(fmpq.ceil, arb.ceil),
    "heaviside": _step(lambda _, args: (0, args[1], 1)),
    "maximum": _extreme(max, arb.max),
    "minimum": _extreme(min, arb.min),
    "select": _select,
    "choose": _choose,
    "unordered": _unordered,
    "guard": _guard,
    "less": _relation(operator.lt, operator.ge),
    "less_equal": _relation(operator.le, operator.gt),
    "greater": _relation(operator.gt, operator.le),
    "greater_equal": _relation(operator.ge, operator.lt),
    "equal": _relation(operator.eq, operator.ne),
    "not_equal": _relation(operator.ne, operator.eq),
    "and": lambda _, args: _all(args),
    "or": lambda _, args: _not(_all([_not(a) for a in args])),
    "xor": lambda _, args: _xor(args),
    "not": lambda _, args: _not(args[0]),
    "repeat": _repeat,
    **SPECIAL_BALLS,
}
