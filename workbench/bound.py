"""Inequalities between polynomial-exponential expressions, decided by the signs of coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import sympy
from sympy import Add, Dummy, Expr, Integer, Mul, Pow, Rational, Symbol

from workbench.domain import sign_of
from workbench.errors import BadInput, Rejected
from workbench.expressions import admit, assumptions, free_symbols, latex

VALUES = 6  # values of each symbol that are tried when a bound is to be shown false


@dataclass(frozen=True)
class Bound:
    """The statement that left <= right (or <, if strict) for all integers n >= n0 of `where` and all nonnegative other symbols.

    It is checked by writing n = n0 + k and b^k = 1 + (b-1)k + v with k, v >= 0 (Bernoulli), expanding right - left, and finding
    no negative coefficient (and a positive constant, if strict). A bound that needs more than that is Rejected, not refuted.

    >>> n = Symbol("n", integer=True)
    >>> Bound.of(n + 1, 2**n, where={n: 0}).check()
    >>> Bound.of(2**n, n + 1, where={n: 0}).check()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: right - left has the negative term -v, at 2**n <= n + 1
    """

    left: Expr
    right: Expr
    where: tuple[tuple[Symbol, int], ...] = ()
    strict: bool = False
    note: str = ""

    @classmethod
    def of(
        cls, left: Expr | int, right: Expr | int, *, where: Mapping[Symbol, int] | None = None, strict: bool = False, note: str = ""
    ) -> Bound:
        """Return the bound of two expressions; `where` gives the least value of each integer symbol."""
        for side in (left, right):
            if isinstance(side, bool) or not isinstance(side, (Expr, int)) or (isinstance(side, Expr) and side.has(sympy.Float)):
                raise BadInput(f"{side!r} is not an exact SymPy expression")
        low, high = (Integer(s) if isinstance(s, int) else s for s in (left, right))
        return cls(low, high, tuple((where or {}).items()), strict, note)

    def __post_init__(self) -> None:
        for symbol, least in self.where:
            if not isinstance(symbol, Symbol) or type(least) is not int:
                raise BadInput(f"least value {least!r} of {symbol} is not an integer value of a symbol")
        admit(self.left, self.right, *(symbol for symbol, _ in self.where))

    @property
    def tautological(self) -> bool:
        """Whether the two sides are the same expression."""
        return bool(self.left == self.right)

    def check(self) -> None:
        """Raise Rejected unless the coefficients show the bound."""
        if self.tautological:
            raise Rejected(f"both sides are {self.left}: the bound says nothing")
        shifts = {n: least + Dummy(n.name, integer=True, nonnegative=True) for n, least in self.where}
        expr = sympy.expand((self.right - self.left).subs(shifts, simultaneous=True), power_exp=True)
        total = sympy.expand(expr.replace(lambda e: isinstance(e, Pow) and not e.exp.is_number, _bernoulli))
        place = f"{self.left} {'<' if self.strict else '<='} {self.right}"
        strict = False
        for term in Add.make_args(total):
            coefficient, rest = term.as_coeff_Mul()
            if not isinstance(coefficient, Rational) or not all(f.is_nonnegative for f in Mul.make_args(rest)):
                raise Rejected(f"the sign of {term} is not known", place=place)
            if coefficient < 0:
                raise Rejected(f"right - left has the negative term {str(term).replace('_', '')}", place=place)
            strict = strict or all(f.is_positive for f in Mul.make_args(term))
        if self.strict and not strict:
            raise Rejected("right - left has no positive constant, nor another positive term", place=place)

    def failure(self) -> str | None:
        """Return a line that names small values at which the bound is false, or None if none was met."""
        symbols = sorted(free_symbols(self.left, self.right), key=str)
        least = dict(self.where)
        for values in product(range(VALUES), repeat=len(symbols)):
            point = {s: Integer(least.get(s, 0) + v) for s, v in zip(symbols, values, strict=True)}
            left, right = self.left.xreplace(point).doit(), self.right.xreplace(point).doit()
            if sign_of(right - left) < int(self.strict):
                return (
                    f"{', '.join(f'{s} = {v}' for s, v in point.items())}: {left} {'<' if self.strict else '<='} {right} is false"
                )
        return None

    def latex(self) -> str:
        """Return the inequality with its range."""
        hypotheses = "".join(rf",\ {latex(n)} \geq {least}" for n, least in self.where)
        carried = (w for w in assumptions(self.left, self.right) if not any(w.startswith(latex(n) + " ") for n, _ in self.where))
        hypotheses += "".join(rf",\ {word}" for word in carried)
        sign = "<" if self.strict else r"\leq"
        return f"{latex(self.left)} {sign} {latex(self.right)}{hypotheses}"


_SLACK: dict[tuple[Expr, Expr], Symbol] = {}


def _bernoulli(power: Expr) -> Expr:
    base, exponent = power.as_base_exp()
    if not (isinstance(base, Integer) and base >= 2 and exponent.is_integer and exponent.is_nonnegative):
        raise Rejected(f"the power {power} is not an integer base >= 2 with a nonnegative integer exponent")
    slack = _SLACK.setdefault((base, exponent), Dummy("v", nonnegative=True))
    return 1 + (base - 1) * exponent + slack
