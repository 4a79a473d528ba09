"""Canonical forms: a real expression as a rational function of independent generators over QQ.

Generators are symbols, exponentials of monomials, roots, unknown functions and sums over an index. An expression whose numerator
is the zero polynomial is zero wherever it has a value; the converse may need a finer argument.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Add, Dummy, Expr, Indexed, Integer, Mul, Pow, Rational, Sum, Symbol, exp, tanh

from workbench.errors import BadInput, Rejected


class _Generators:
    """Replaces everything that is not rational arithmetic by independent generators."""

    def __init__(self) -> None:
        self.known: dict[Any, Symbol] = {}

    def of(self, key: Expr) -> Symbol:
        return self.known.setdefault(key, Dummy(f"g{len(self.known)}"))

    def rational(self, expr: Expr) -> Expr:
        if expr.is_number and not expr.is_finite:
            raise Rejected(f"{expr} is not a finite number")
        if isinstance(expr, (Add, Mul)):
            return expr.func(*(self.rational(a) for a in expr.args))
        if isinstance(expr, exp):
            return self._exponential(expr.args[0])
        if isinstance(expr, Pow):
            return self._power(*expr.args)
        if isinstance(expr, tanh):
            squared = self._exponential(2 * expr.args[0])
            return (squared - 1) / (squared + 1)
        if isinstance(expr, Sum):
            return self._sum(expr)
        if isinstance(expr, (Symbol, Rational)):
            return expr
        if isinstance(expr, sympy.Float):
            raise BadInput(f"{expr} is a float: identities are exact, write a Rational")
        return self.of(
            expr.func(*(canonical(a) if isinstance(a, Expr) and not isinstance(expr, Indexed) else a for a in expr.args))
        )

    def _exponential(self, exponent: Expr) -> Expr:
        factors = []
        for term in Add.make_args(sympy.expand(canonical(exponent))):
            c, rest = term.as_coeff_Mul()
            factors.append(self.of(exp(rest / c.q)) ** int(c.p) if isinstance(c, Rational) else self.of(exp(term)))
        return Mul(*factors)

    def _power(self, base: Expr, exponent: Expr) -> Expr:
        if isinstance(exponent, Integer):
            return self.rational(base) ** exponent
        if isinstance(exponent, Rational):
            return self.of(Pow(canonical(base), Rational(1, exponent.q))) ** exponent.p
        factors = []
        for term in Add.make_args(sympy.expand(exponent)):
            c, rest = term.as_coeff_Mul()
            whole = isinstance(c, Integer) and rest != 1
            factors.append(
                self.of(Pow(base, rest)) ** int(c)
                if whole
                else self.rational(Pow(base, term))
                if term.is_Integer
                else self.of(Pow(base, term))
            )
        return Mul(*factors)

    def _sum(self, expr: Sum) -> Expr:
        *inner, outer = expr.limits  # SymPy writes the innermost sum first
        total: Expr = Integer(0)
        for term in Add.make_args(sympy.expand(canonical(Sum(expr.function, *inner) if inner else expr.function))):
            outside, inside = term.as_independent(outer[0], as_Add=False)
            total = total + self.rational(outside) * self.of(Sum(inside, outer))
        return total


def canonical(expr: Expr) -> Expr:
    """Return a form that is zero only if the expression is identically zero as a function of its generators' values.

    >>> a, b = sympy.symbols("a b", real=True)
    >>> canonical((a + b)**2 - a**2 - 2*a*b - b**2), canonical(exp(a + b) - exp(a)*exp(b))
    (0, 0)
    """
    generators = _Generators()
    numerator, denominator = sympy.fraction(sympy.together(generators.rational(expr)))
    back = {symbol: key for key, symbol in generators.known.items()}
    top, bottom = sympy.expand(numerator), sympy.expand(denominator)
    if bottom == 0:
        raise Rejected(f"the denominator of {expr} is identically zero")
    if top == 0:
        return Integer(0)
    return (sympy.cancel(top / bottom) if bottom != 1 else top).xreplace(back)


def vanishes(expr: Expr) -> bool:
    """Say whether the expression's canonical form is zero; True is certain, False means: not by arithmetic alone."""
    return bool(canonical(expr) == 0)


def definite_sign(expr: Expr) -> int | None:
    """Return 1, 0 or -1 if the coefficients alone fix the sign of a polynomial in positive and nonnegative symbols, else None.

    >>> p, q = Symbol("p", positive=True), Symbol("q", nonnegative=True)
    >>> definite_sign(p + 2*q), definite_sign(-p*q - p), definite_sign(q), definite_sign(p - q)
    (1, -1, None, None)
    """
    total = sympy.expand(canonical(expr))
    if total == 0:
        return 0
    signs, strict = set(), False
    for term in Add.make_args(total):
        c, rest = term.as_coeff_Mul()
        factors = [f.as_base_exp()[0] for f in Mul.make_args(rest)]
        if not isinstance(c, Rational) or not all(f.is_nonnegative or f == 1 for f in factors):
            return None
        signs.add(1 if c > 0 else -1)
        strict = strict or all(f.is_positive for f in factors)
    return signs.pop() if len(signs) == 1 and strict else None
