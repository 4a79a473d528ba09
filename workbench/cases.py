"""Case splits: abs, sign, max, min and Piecewise written through H, and H split by the sign of its argument.

Every case that occurs is yielded, written with fresh positive symbols, together with some that cannot occur.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy
from sympy import Abs, Dummy, Expr, Heaviside, Integer, Max, Min, Mul, Piecewise, Rational, Sum, Symbol

from workbench.canonical import canonical, definite_sign, vanishes
from workbench.errors import BadInput, Rejected

CASE_LIMIT = 5000


def kinks_as_heaviside(expr: Expr) -> Expr:
    """Return the same function with abs, sign, max, min and Piecewise written through H; H(0) stays as each one has it.

    Raises BadInput for a Piecewise condition that is not an inequality between reals.

    >>> z = Symbol("z", real=True)
    >>> kinks_as_heaviside(Abs(z))
    z*(2*Heaviside(z, 0) - 1)
    """
    if not expr.args:
        return expr
    if isinstance(expr, Piecewise):
        return _piecewise(expr)
    args = [kinks_as_heaviside(a) if isinstance(a, Expr) else a for a in expr.args]
    if isinstance(expr, Abs):
        return args[0] * (2 * Heaviside(args[0], 0) - 1)
    if isinstance(expr, sympy.sign):
        return Heaviside(args[0], 0) - Heaviside(-args[0], 0)
    if isinstance(expr, (Max, Min)):
        side = 1 if isinstance(expr, Max) else -1
        total = args[0]
        for a in args[1:]:
            total = total + (a - total) * Heaviside(side * (a - total), 0)
        return total
    return expr.func(*args) if args != list(expr.args) else expr


def _piecewise(expr: Piecewise) -> Expr:
    total: Expr = Integer(0)
    free: Expr = Integer(1)
    for value, condition in expr.args:
        holds = _indicator(condition)
        total = total + free * holds * kinks_as_heaviside(value)
        free = free * (1 - holds)
    return total + free * Dummy("undefined", real=True)  # vanishes where a condition holds; nothing equals it elsewhere


def _indicator(condition: Any) -> Expr:
    if condition == sympy.true:
        return Integer(1)
    forms = {sympy.StrictGreaterThan: (1, 0), sympy.GreaterThan: (1, 1), sympy.StrictLessThan: (-1, 0), sympy.LessThan: (-1, 1)}
    for kind, (side, at_zero) in forms.items():
        if isinstance(condition, kind):
            return Heaviside(side * kinks_as_heaviside(condition.lhs - condition.rhs), at_zero)
    raise BadInput(f"condition {condition} of a Piecewise is not an inequality: write it with <, <=, >, >=")


def cases(expr: Expr, label: str = "") -> Iterator[tuple[str, Expr]]:
    """Yield (description, expression without H) for every combination of signs of the arguments of H.

    >>> z = Symbol("z", real=True)
    >>> [name for name, _ in cases(Heaviside(z, 0))]
    ['z > 0', 'z = 0', 'z < 0']
    """
    pending = [(label, expr)]
    done = 0
    while pending:
        label, expr = pending.pop()
        kinks = sorted(_open_kinks(expr), key=str)
        if not kinks:
            done += 1
            yield label, expr
            continue
        if len(pending) + done > CASE_LIMIT:
            raise BadInput(f"more than {CASE_LIMIT} cases: split the identity into smaller ones")
        pending.extend(reversed(list(_split(expr, kinks[0].args[0], label))))


def _open_kinks(expr: Expr, bound: frozenset[Any] = frozenset()) -> set[Expr]:
    """Return the innermost H whose argument has one sign, whatever the index of a sum is; under an index H has many signs."""
    if isinstance(expr, Sum):
        bound = bound | {limit[0] for limit in expr.limits}
    found = {h for a in expr.args if isinstance(a, (Expr, sympy.Tuple)) for h in _open_kinks(a, bound)}
    if isinstance(expr, Heaviside) and not found and not expr.free_symbols & bound:
        return {expr}
    return found


def _split(expr: Expr, argument: Expr, label: str) -> Iterator[tuple[str, Expr]]:
    argument = _factor(_stripped(argument))
    known = definite_sign(argument)
    for side, word in ((1, ">"), (0, "="), (-1, "<")) if known is None else ((known, ""),):
        name = ", ".join(filter(None, (label, f"{argument} {word} 0" if word else "")))
        substitution = _solution(argument, side) if known is None else {}
        try:
            case = _resolve(expr, argument, side).subs(substitution, simultaneous=True)
        except BadInput:
            raise
        except ValueError:  # SymPy's H refuses an argument that is not real
            raise Rejected("an argument of H has no real value", place=f"the case {name}") from None
        yield name, case


def _stripped(argument: Expr) -> Expr:
    """Drop the factors that are known to be positive, which do not change the sign."""
    factors = Mul.make_args(sympy.factor(canonical(argument)))
    return Mul(*(f for f in factors if not (f.is_positive or (not f.is_number and definite_sign(f) == 1))))


def _factor(argument: Expr) -> Expr:
    """Return a factor that some symbol solves for: the signs of a product follow from those of its factors, not the reverse."""
    powers = ((f, *f.as_base_exp()) for f in Mul.make_args(argument) if not f.is_number)
    factors = (base if isinstance(exponent, Integer) and exponent > 0 else f for f, base, exponent in powers)
    return next((f for f in factors if _solution(f, 1)), argument)


def _resolve(expr: Expr, argument: Expr, side: int) -> Expr:
    """Put in the values of H at +-argument."""
    values: dict[Expr, Expr] = {}
    for h in _open_kinks(expr):
        for factor in (1, -1):
            if vanishes(_stripped(h.args[0]) - factor * argument):
                values[h] = (Integer(0), h.args[1], Integer(1))[1 + factor * side]
    return expr.xreplace(values)


def _solution(argument: Expr, side: int) -> dict[Symbol, Expr]:
    """Write one symbol of the argument through its sign: argument = side * (a new positive symbol)."""
    for symbol in sorted(argument.free_symbols, key=lambda s: (s.is_positive is True, str(s))):
        if isinstance(symbol, Symbol) and isinstance(coefficient := sympy.expand(argument).coeff(symbol), Rational) and coefficient:
            rest = sympy.expand(argument - coefficient * symbol)
            if not rest.has(symbol):
                return {symbol: (side * Dummy("p", positive=True) - rest) / coefficient}
    return {}
