"""Rules of numbers, symbols, sums, products and powers, with the forms that overflow as written: logistic and softplus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from workbench.lowering.walk import Child, Rule, Steps, Walk

POLYNOMIAL_TERMS = 6  # this many monomials in one sum become coefficient arrays
ONE = Fraction(1)
POLYNOMIAL_DEGREE = 24  # higher powers are squared repeatedly instead
CONSTANT_DIGITS = 50


def fraction_of(node: Any) -> Fraction:
    """Return a SymPy Rational as a Fraction."""
    return _fraction(int(node.p), int(node.q))


@lru_cache(maxsize=1 << 12)  # the coefficients of a long polynomial are few
def _fraction(p: int, q: int) -> Fraction:
    return Fraction(p, q)


def symbol(walk: Walk, node: Any, guard: int | None) -> Steps:
    """Read a declared symbol or the index of a loop. Raises BadInput if it is neither."""
    number = walk.number_of(node)
    if number is None and node in walk.dimensions:
        return walk.tape.add("dimension", (), node)
    if number is None:
        names = [str(s) for scope in reversed(walk.scopes) for s in scope.symbols]
        if str(node) in names:
            raise walk.refusal(f"symbol {node} has other assumptions than the one declared: make it once and use it in both")
        raise walk.refusal(f"symbol {node} is not declared (declared: {', '.join(names) or 'none'})")
    return number
    yield


def _rational(walk: Walk, node: sympy.Rational, guard: int | None) -> Steps:
    return walk.tape.constant(fraction_of(node))
    yield


def _real_constant(walk: Walk, node: sympy.Expr, guard: int | None) -> Steps:
    value = sympy.Rational(node.evalf(CONSTANT_DIGITS)) if not isinstance(node, sympy.Float) else sympy.Rational(node)
    return walk.tape.add("irrational" if not isinstance(node, sympy.Float) else "constant", (), fraction_of(value))
    yield


def _refused_number(walk: Walk, node: sympy.Expr, guard: int | None) -> Steps:
    raise walk.refusal(f"{node} is not a real number: take real and imaginary parts apart, or remove the infinity")
    yield


def _monomial(term: sympy.Expr, symbols: Mapping[Any, int]) -> tuple[tuple[int, ...], Fraction] | None:
    """Return the variables (repeated for powers) and the coefficient of a monomial, None if it is something else."""
    factors = term.args if isinstance(term, sympy.Mul) else (term,)
    coefficient = ONE
    if isinstance(factors[0], sympy.Rational):
        coefficient, factors = fraction_of(factors[0]), factors[1:]
    variables: list[int] = []
    for factor in factors:
        base, power = (
            (factor, 1) if isinstance(factor, sympy.Symbol) else factor.args if isinstance(factor, sympy.Pow) else (None, 0)
        )
        number = symbols.get(base) if isinstance(base, sympy.Symbol) else None  # to look up a deep node would recurse
        if number is None or not (power == 1 or (isinstance(power, sympy.Integer) and 0 < power <= POLYNOMIAL_DEGREE)):
            return None
        if power == 1:
            variables.append(number)
        else:
            variables.extend([number] * int(power))
    return (tuple(sorted(variables)), coefficient) if len(variables) <= POLYNOMIAL_DEGREE else None


def _add(walk: Walk, node: sympy.Add, guard: int | None) -> Steps:
    wide = len(walk.scopes) == 1 and len(node.args) >= POLYNOMIAL_TERMS
    found = [_monomial(term, walk.scope.symbols) for term in node.args] if wide else [None]
    monomials = [m for m in found if m is not None]
    as_array = len(monomials) >= POLYNOMIAL_TERMS
    args, weights = [], []
    if as_array:
        args.append(walk.tape.add("polynomial", walk.guards(guard), tuple(monomials)))
        weights.append(Fraction(1))
    for i, term in enumerate(node.args):
        if not (as_array and found[i] is not None):
            number = yield Child(term, f"args[{i}]", guard)
            inner, weight = split(walk, number)
            args.append(inner)
            weights.append(weight)
    return walk.tape.add("linear", tuple(args), tuple(weights)) if len(args) > 1 or weights != [1] else args[0]


def split(walk: Walk, number: int) -> tuple[int, Fraction]:
    """Return an instruction as another one times a rational weight."""
    instruction = walk.instruction(number)
    if instruction.op == "linear" and len(instruction.args) == 1:
        return instruction.args[0], instruction.payload[0]  # type: ignore[index]
    return number, Fraction(1)


def scaled(walk: Walk, number: int, weight: Fraction | int) -> int:
    """Return the instruction that holds a rational multiple of another."""
    inner, factor = split(walk, number)
    return inner if factor * weight == 1 else walk.tape.add("linear", (inner,), (factor * weight,))


def plus(walk: Walk, terms: Sequence[tuple[int, int]], constant: int = 0) -> int:
    """Return the instruction that holds a sum of (number, weight) terms and an integer."""
    one = [(walk.tape.constant(1), constant)] if constant else []
    numbers, weights = zip(*terms, *one, strict=True)
    return walk.tape.add("linear", numbers, tuple(map(Fraction, weights)))


def _mul(walk: Walk, node: sympy.Mul, guard: int | None) -> Steps:
    coefficient, first = Fraction(1), 0
    if isinstance(node.args[0], sympy.Rational):
        coefficient, first = fraction_of(node.args[0]), 1
    over: list[int] = []
    under: list[int] = []
    for i in range(first, len(node.args)):
        factor = node.args[i]
        inverse = isinstance(factor, sympy.Pow) and factor.exp == -1 and _logistic_argument(factor) is None
        number = yield Child(factor.base if inverse else factor, f"args[{i}]" + (".args[0]" if inverse else ""), guard)
        under.append(number) if inverse else over.append(number)
    result = product(walk, _without_overflow(walk, over)) if over else walk.tape.constant(1)
    if under:
        result = walk.tape.add("divide", (result, walk.guarded(product(walk, under), guard, Fraction(1))))
    return scaled(walk, result, coefficient)


def product(walk: Walk, numbers: Sequence[int]) -> int:
    """Return the instruction that holds a product."""
    return numbers[0] if len(numbers) == 1 else walk.tape.add("multiply", tuple(numbers))


def _without_overflow(walk: Walk, factors: Sequence[int]) -> list[int]:
    """Return the factors with exp(m u) (1 + exp(u))^-k, m <= k, written as logistic(u)^m logistic(-u)^(k - m)."""
    falling = {}
    for place, number in enumerate(factors):
        if (found := _logistic_power(walk, number)) is not None:
            inner, weight, power = found
            falling[inner] = (place, -weight, power)
    result = list(factors)
    for place, number in enumerate(factors if falling else ()):
        instruction = walk.instruction(number)
        inner, weight = split(walk, _unguarded(walk, instruction.args[0])) if instruction.op == "exp" else (-1, Fraction(0))
        if inner not in falling:
            continue
        other, unit, power = falling.pop(inner)
        times = weight / unit
        if times.denominator == 1 and 0 < times <= power:
            result[place] = _powered(walk, "logistic", (scaled(walk, inner, unit),), int(times))
            result[other] = _powered(walk, "logistic", (scaled(walk, inner, -unit),), power - int(times))
    return result


def _unguarded(walk: Walk, number: int) -> int:
    instruction = walk.instruction(number)
    return instruction.args[1] if instruction.op == "guard" else number


def _logistic_power(walk: Walk, number: int) -> tuple[int, Fraction, int] | None:
    instruction, power = walk.instruction(number), 1
    if instruction.op == "integer_power":
        instruction, power = walk.instruction(instruction.args[0]), int(instruction.payload)  # type: ignore[call-overload]
    return (*split(walk, instruction.args[0]), power) if instruction.op == "logistic" else None


def _powered(walk: Walk, op: str, args: tuple[int, ...], power: int) -> int:
    if power == 0:
        return walk.tape.constant(1)
    number = walk.tape.add(op, args)
    return number if power == 1 else walk.tape.add("integer_power", (number,), power)


def _pow(walk: Walk, node: sympy.Pow, guard: int | None) -> Steps:
    base, power = node.args
    if (argument := _logistic_argument(node)) is not None:
        number = yield Child(argument, "args[0].args[1].args[0]", guard)
        return _powered(walk, "logistic", (scaled(walk, number, -1),), -int(power))
    number = yield Child(base, "args[0]", guard)
    if isinstance(power, sympy.Rational) and power.q in (1, 2):
        return _half_integer_power(walk, walk.guarded(number, guard, Fraction(1)), int(power.p), int(power.q))
    exponent = yield Child(power, "args[1]", guard)
    return walk.tape.add("power", (walk.guarded(number, guard, Fraction(1)), walk.guarded(exponent, guard, Fraction(1))))


def _half_integer_power(walk: Walk, number: int, p: int, q: int) -> int:
    if abs(p) != 1:
        number = walk.tape.add("half_power" if q == 2 else "integer_power", (number,), abs(p))
    elif q == 2:
        number = walk.tape.add("sqrt", (number,))
    return number if p > 0 else walk.tape.add("divide", (walk.tape.constant(1), number))


def _logistic_argument(node: sympy.Pow) -> Any | None:
    """Return u if the node is (1 + exp(u))^-k, which would overflow as written."""
    base, power = node.args
    return base.args[1].args[0] if isinstance(power, sympy.Integer) and power < 0 and _is_one_plus_exp(base) else None


def _is_one_plus_exp(node: Any) -> bool:
    return (
        isinstance(node, sympy.Add) and len(node.args) == 2 and node.args[0] is sympy.S.One and isinstance(node.args[1], sympy.exp)
    )


def _log(walk: Walk, node: Any, guard: int | None) -> Steps:
    inner = node.args[0]
    if _is_one_plus_exp(inner):  # log(1 + exp(u)) overflows as written
        number = yield Child(inner.args[1].args[0], "args[0].args[1].args[0]", guard)
        return walk.tape.add("softplus", (number,))
    number = yield Child(inner, "args[0]", guard)
    return walk.tape.add("log", (walk.guarded(number, guard, Fraction(1)),))


ALGEBRA: dict[type, Rule] = {
    sympy.Symbol: symbol,
    sympy.Idx: symbol,
    sympy.Rational: _rational,
    sympy.Float: _real_constant,
    sympy.NumberSymbol: _real_constant,
    type(sympy.I): _refused_number,
    type(sympy.oo): _refused_number,
    type(-sympy.oo): _refused_number,
    type(sympy.zoo): _refused_number,
    type(sympy.nan): _refused_number,
    sympy.Add: _add,
    sympy.Mul: _mul,
    sympy.Pow: _pow,
    sympy.log: _log,
}
