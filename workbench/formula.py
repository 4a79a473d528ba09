"""Expressions as JSON: an allow-list of nodes with limits, so that reading a file runs no code and builds nothing huge.

A number is a decimal string ("-3", "5/7"), a symbol is {"symbol": "x0"}, every other node is {"name": [arguments]}; {"root": [i, a,
b, c]} is the real root number i (from 0, in increasing order) of a x^2 + b x + c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sympy

from workbench.errors import BadInput

NODE_LIMIT = 10_000
DEPTH_LIMIT = 100
DIGIT_LIMIT = 4_000
LARGE = 10**DIGIT_LIMIT
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
NUMBER = re.compile(r"-?[0-9]+(/[0-9]*[1-9][0-9]*)?")
ROOT_LIMITS = 12, 10**100  # the degree and the coefficients of a polynomial whose root is taken


def _root(index: sympy.Expr, *coefficients: sympy.Expr) -> sympy.Expr:
    """Return a real root of a polynomial with integer coefficients, the leading one first."""
    (degree, largest), integers = ROOT_LIMITS, all(c.is_Integer for c in (index, *coefficients))
    if not integers or not 2 <= len(coefficients) <= degree + 1 or max(map(abs, coefficients)) >= largest or not coefficients[0]:
        raise BadInput(f"root of a polynomial that has not 2 to {degree + 1} integer coefficients of at most 100 digits")
    polynomial = sympy.Poly(coefficients, sympy.Symbol("x"))
    if not polynomial.is_sqf or not 0 <= index < polynomial.count_roots():
        raise BadInput(f"root {str(index)[:40]} of {polynomial.as_expr()} is none of its real roots, or it has a double one")
    return sympy.rootof(polynomial, int(index))


NODES: dict[str, Any] = {
    "add": sympy.Add,
    "mul": sympy.Mul,
    "pow": sympy.Pow,
    "abs": sympy.Abs,
    "H": sympy.Heaviside,
    "max": sympy.Max,
    "min": sympy.Min,
    "exp": sympy.exp,
    "log": sympy.log,
    "tanh": sympy.tanh,
    "atan": sympy.atan,
    "root": _root,
}
ARITIES = {"pow": 2, "abs": 1, "H": 2, "exp": 1, "log": 1, "tanh": 1, "atan": 1}


def symbol(name: object) -> sympy.Symbol:
    """Return the real symbol of this name.

    Raises BadInput unless the name is a letter followed by at most 63 letters, digits and underscores.

    >>> symbol("x0")
    x0
    >>> symbol("x0; y")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: name 'x0; y' is not a letter followed by letters, digits and underscores
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadInput(f"name {str(name)[:80]!r} is not a letter followed by letters, digits and underscores")
    return sympy.Symbol(name, real=True)


def number(text: object) -> sympy.Rational:
    """Return the rational that a decimal string writes.

    Raises BadInput for anything else and for more than 4,000 digits.

    >>> number("-3/6")
    -1/2
    """
    if not isinstance(text, str) or len(text) > DIGIT_LIMIT or not NUMBER.fullmatch(text):
        raise BadInput(f'number {str(text)[:40]!r} is not a decimal string like "-3" or "5/7" of at most {DIGIT_LIMIT} digits')
    numerator, _, denominator = text.partition("/")
    return sympy.Rational(int(numerator), int(denominator or 1))


def write(expr: sympy.Expr) -> Any:
    """Return the JSON form of an expression.

    Raises BadInput for a node outside the allow-list, naming it.

    >>> write(2 * symbol("x0") + 1)
    {'add': ['1', {'mul': ['2', {'symbol': 'x0'}]}]}
    >>> write(sympy.sin(symbol("x0")))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: sin is not written to files: use add, mul, pow, abs, H, max, min, exp, log, tanh, atan, root
    """
    if isinstance(expr, sympy.Rational):
        return str(expr)
    if isinstance(expr, sympy.Symbol):
        return {"symbol": symbol(expr.name).name}
    if expr is sympy.E:
        return {"exp": ["1"]}
    if isinstance(expr, sympy.CRootOf) and expr.is_real:
        return {"root": [str(expr.index), *map(str, expr.poly.all_coeffs())]}
    for name, node in NODES.items():
        if expr.func is node:
            return {name: [write(a) for a in expr.args]}
    raise BadInput(f"{expr.func.__name__} is not written to files: use {', '.join(NODES)}")


def read(data: Any, *, at: Mapping[sympy.Symbol, sympy.Expr] | None = None) -> sympy.Expr:
    """Return the expression of a JSON form, with values for the symbols of `at`, under the same limits.

    Raises BadInput for an unknown node, a wrong number of arguments, or a form that is too large, too deep or would build a
    number of more than 4,000 digits.

    >>> read({"pow": [{"symbol": "x0"}, "2"]})
    x0**2
    >>> read({"pow": ["9", {"pow": ["9", "9"]}]})
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: power 9**387420489 has over 4000 digits
    """
    return _read(data, at or {}, [NODE_LIMIT], 0)


def _read(data: Any, at: Mapping[sympy.Symbol, sympy.Expr], left: list[int], depth: int) -> sympy.Expr:
    left[0] -= 1
    if left[0] < 0 or depth > DEPTH_LIMIT:
        raise BadInput(f"expression has over {NODE_LIMIT} nodes or is nested over {DEPTH_LIMIT} deep")
    if isinstance(data, str):
        return number(data)
    if not isinstance(data, dict) or len(data) != 1:
        raise BadInput(f"expression node {str(data)[:80]!r} is neither a number string nor an object with one key")
    ((name, args),) = data.items()
    if name == "symbol":
        return at.get(symbol(args), symbol(args))
    if name not in NODES or not isinstance(args, list) or not args or len(args) != ARITIES.get(name, len(args)):
        raise BadInput(f"expression node {str(name)[:40]!r} with these arguments is not one of {', '.join(NODES)}")
    built = [_read(a, at, left, depth + 1) for a in args]
    if name == "pow":
        _refuse_towers(*built)
    if name == "H" and built[1] not in (0, 1):
        raise BadInput(f"H(0) = {built[1]} is neither 0 nor 1")
    expr: sympy.Expr = NODES[name](*built)
    if expr.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I):
        raise BadInput(f"{name} of {', '.join(str(b)[:40] for b in built)} has no real value")
    if any(max(abs(r.p), r.q) >= LARGE for r in expr.atoms(sympy.Rational)):
        raise BadInput(f"{name} of {', '.join(str(b)[:40] for b in built)} has a number of over {DIGIT_LIMIT} digits")
    return expr


def _refuse_towers(base: sympy.Expr, exponent: sympy.Expr) -> None:
    if exponent.is_number and not (exponent.is_Rational and abs(exponent) * max(1, _digits(base)) <= DIGIT_LIMIT):
        raise BadInput(f"power {str(base)[:40]}**{str(exponent)[:40]} has over {DIGIT_LIMIT} digits")


def _digits(base: sympy.Expr) -> int:
    return max((len(str(n)) for n in base.atoms(sympy.Rational)), default=1)
