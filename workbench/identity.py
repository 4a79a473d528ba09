"""Exact identities between real expressions: canonical forms over QQ, and case splits for H, abs, max and Piecewise.

An identity is decided by arithmetic alone. Kinks (H, abs, ...) are split by the sign of their argument, each case written with
fresh positive symbols; then both sides are rational functions of independent generators (symbols, exponentials of monomials,
unknown functions, sums over an index), and their difference must have the zero polynomial as numerator. Every case that
occurs is looked at, together with some that cannot occur: a True is sound, a False may need a finer argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, product
from random import Random
from typing import Any, NamedTuple

import sympy
from sympy import (
    Abs,
    Add,
    Dummy,
    Expr,
    Heaviside,
    Indexed,
    Integer,
    Max,
    Min,
    Mul,
    Piecewise,
    Pow,
    Rational,
    Sum,
    Symbol,
    exp,
    tanh,
)
from sympy.core.function import AppliedUndef

from workbench.domain import sign_of
from workbench.errors import BadInput, Rejected
from workbench.expressions import NOT_REAL, Condition, admit, assumptions, conditions, latex, shown

DOMAINS: dict[str, tuple[int | Fraction, ...]] = {
    "real": (0, 1, -1, 2, -2, Fraction(1, 2), Fraction(-1, 2), 3, -3, Fraction(5, 3), Fraction(-7, 4)),
    "positive": (1, 2, Fraction(1, 2), 3, Fraction(5, 3), 7),
    "nonnegative": (0, 1, 2, Fraction(1, 2), 3, Fraction(5, 3)),
    "bit": (0, 1),
    "sign": (1, -1),
}
CASE_LIMIT = 5000
PROBES = 300  # points tried when a counterexample is looked for
HOLDS = {"!=": (-1, 1), ">": (1,), ">=": (0, 1)}
_LATEX = {"!=": r"\neq", ">": ">", ">=": r"\geq"}
_ASSUMED: dict[str, dict[str, bool]] = {
    "positive": {"positive": True},
    "nonnegative": {"nonnegative": True},
    "bit": {"integer": True, "nonnegative": True},
    "sign": {"integer": True, "nonzero": True},
}


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


class _Generators:
    """Replaces everything that is not rational arithmetic by independent generators."""

    def __init__(self) -> None:
        self.known: dict[Any, Symbol] = {}

    def of(self, key: Expr) -> Symbol:
        return self.known.setdefault(key, Dummy(f"g{len(self.known)}"))

    def rational(self, expr: Expr) -> Expr:
        if not expr.is_finite and expr.is_number:
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


class Difference(NamedTuple):
    """Values of the symbols at which two expressions differ, and what they are there."""

    point: dict[Expr, Expr]
    left: Expr
    right: Expr

    def __str__(self) -> str:
        values = ", ".join(f"{s} = {v}" for s, v in self.point.items())
        return f"{values or 'everywhere'}: {self.left} and {self.right} differ"


@dataclass(frozen=True)
class Identity:
    """The statement that `left` equals `right` for all values of their symbols.

    `where` names the domain of a symbol: real (the default), positive, nonnegative, bit or sign. `given` writes a symbol through
    others: {K: Abs(s) + e} with e positive says K > |s|. Sums over an index and unknown functions stand for all lengths, all
    functions. Where a denominator vanishes, or a root or logarithm is not real, nothing is said: see `conditions`.

    Raises BadInput for floats, unknown domains and what is not real; `check` raises Rejected in the first case that fails.

    >>> z = Symbol("z", real=True)
    >>> Identity.of(Max(0, z), z * Heaviside(z, 0)).check()
    >>> Identity.of(Abs(z), z * Heaviside(z, 0)).check()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the two sides differ by _p, at the case z < 0
    """

    left: Expr
    right: Expr
    where: tuple[tuple[Symbol, str], ...] = ()
    given: tuple[tuple[Symbol, Expr], ...] = ()
    note: str = field(default="", compare=False)

    @classmethod
    def of(
        cls,
        left: Expr | int,
        right: Expr | int,
        *,
        where: Mapping[Symbol, str] | None = None,
        given: Mapping[Symbol, Expr] | None = None,
        note: str = "",
    ) -> Identity:
        """Return the identity of two SymPy expressions."""
        for side in (left, right):
            if isinstance(side, bool) or not isinstance(side, (Expr, int)):
                raise BadInput(f"{side!r} is not a SymPy expression")
        return cls(
            Integer(left) if isinstance(left, int) else left,
            Integer(right) if isinstance(right, int) else right,
            tuple((where or {}).items()),
            tuple((given or {}).items()),
            note,
        )

    def __post_init__(self) -> None:
        for symbol, name in self.where:
            if name not in DOMAINS:
                raise BadInput(f"domain {name!r} of {symbol} is not one of {', '.join(DOMAINS)}")
        for symbol in (named := [s for s, _ in (*self.where, *self.given)]):
            if not isinstance(symbol, (Symbol, Indexed)):
                raise BadInput(f"hypothesis about {symbol}: only a symbol has a domain, or is written through others")
        admit(self.left, self.right, *named, *(value for _, value in self.given))

    @property
    def tautological(self) -> bool:
        """Whether the two sides are the same expression, so that nothing is said."""
        return bool(self.left == self.right)

    def check(self) -> None:
        """Decide the identity exactly, case by case; raises Rejected where it fails or says nothing."""
        if self.tautological:
            raise Rejected(f"both sides are {shown(self.left)}: the identity says nothing")
        finite = [(s, DOMAINS[d]) for s, d in self.where if d in ("bit", "sign")]
        typed = {s: Dummy(s.name, **{d: True}) for s, d in self.where if d in ("positive", "nonnegative")}
        difference = (self.left - self.right).subs(dict(self.given), simultaneous=True)
        for values in product(*(options for _, options in finite)):
            chosen = dict(zip((s for s, _ in finite), map(Integer, values), strict=True))
            label = ", ".join(f"{s} = {v}" for s, v in chosen.items())
            for name, case in cases(kinks_as_heaviside(difference.subs({**chosen, **typed}, simultaneous=True)), label):
                if not vanishes(case):
                    raise Rejected(f"the two sides differ by {shown(canonical(case))}", place=f"the case {name or 'of all values'}")
        if self.conditions and next(self._instances(), None) is None:
            raise Rejected("the two sides have no value at any of the values tried", place=", ".join(map(str, self.conditions)))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What must hold for both sides to have a real value, beyond the hypotheses.

        >>> x = Symbol("x", real=True)
        >>> [str(c) for c in Identity.of((x**2 - 25) / (x - 5), x + 5).conditions]
        ['x - 5 != 0']
        """
        typed = {s: Dummy(s.name, **_ASSUMED[d]) for s, d in self.where if isinstance(s, Symbol) and d != "real"}
        back = {dummy: s for s, dummy in typed.items()}
        hypotheses = dict(self.given)
        sides = (side.subs(hypotheses, simultaneous=True) for side in (self.left, self.right))
        found = {c for e in (*sides, *hypotheses.values()) for c in conditions(e.subs(typed, simultaneous=True))}
        return tuple(sorted((Condition(c.expr.xreplace(back), c.relation) for c in found), key=str))

    def counterexample(self, *, probes: int = PROBES) -> Difference | None:
        """Return exact values at which the two sides differ, the shortest of a few, or None if none of `probes` is one."""
        found = (
            d for d in self._instances(probes) if d.left != d.right and not vanishes(d.left - d.right) and _sign(d.left - d.right)
        )
        return min(islice(found, 8), key=lambda d: len(str(d)), default=None)

    def _instances(self, probes: int = PROBES) -> Iterator[Difference]:
        """Yield both sides at sampled points at which they have real values."""
        random = Random(0)
        hypotheses, needed = dict(self.given), self.conditions
        sides = [e.subs(hypotheses, simultaneous=True) for e in (self.left, self.right, *(c.expr for c in needed))]
        for _ in range(probes):
            try:
                (left, right, *rest), point = self._instance(random, sides)
            except ValueError:  # an argument of H that is not real: no value here
                continue
            if (
                (left - right).free_symbols
                or (left - right).has(*NOT_REAL)
                or any(_sign(e) not in HOLDS[c.relation] for e, c in zip(rest, needed, strict=True))
            ):
                continue
            yield Difference(point, left, right)

    def _instance(self, random: Random, sides: Sequence[Expr]) -> tuple[list[Expr], dict[Expr, Expr]]:
        """Return the sides at one sampled point; unknown functions become t^3 + 2t + 1, sums get an integer length."""
        limits = [limit for side in sides for s in side.atoms(Sum) for limit in s.limits]
        ends = {s for _, *ends in limits for end in ends for s in end.free_symbols} - {index for index, *_ in limits}
        lengths = {s: Integer(random.choice((1, 2, 3))) for s in sorted(ends, key=str)}
        counted = [side.subs(lengths).doit() if limits else side for side in sides]
        counted = [side.replace(lambda e: isinstance(e, AppliedUndef), _cubic) for side in counted]
        domains = dict(self.where)
        entries = {entry for side in counted for entry in side.atoms(Indexed)}
        symbols = {s for side in counted for s in side.free_symbols}
        point: dict[Expr, Expr] = dict(lengths)
        for atom in sorted((symbols | entries) - {entry.base.label for entry in entries}, key=str):
            if isinstance(atom, (Symbol, Indexed)):
                point[atom] = random.choice(_values(atom, domains.get(atom, "real")))
        values = {a: v for a, v in point.items() if isinstance(a, Indexed)} | {
            a: v for a, v in point.items() if isinstance(a, Symbol)
        }
        return [side.xreplace(values).doit() for side in counted], point

    def latex(self) -> str:
        """Return the statement with its hypotheses."""
        words = [
            rf"{latex(s)} \in \{{0,1\}}"
            if d == "bit"
            else rf"{latex(s)} = \pm 1"
            if d == "sign"
            else rf"{latex(s)} > 0"
            if d == "positive"
            else rf"{latex(s)} \geq 0"
            for s, d in self.where
            if d != "real"
        ]
        words += [w for w in assumptions(self.left, self.right, *(e for _, e in self.given)) if w not in words]
        words += [f"{latex(s)} = {latex(e)}" for s, e in self.given]
        words += [f"{latex(c.expr)} {_LATEX[c.relation]} 0" for c in self.conditions]
        tail = r"\quad (" + r",\ ".join(words) + ")" if words else ""
        return f"{latex(self.left)} = {latex(self.right)}{tail}"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def __repr__(self) -> str:
        return f"Identity({self.left} = {self.right})"


def _cubic(applied: AppliedUndef) -> Expr:
    t = applied.args[0]
    return t**3 + 2 * t + 1


def _sign(expr: Expr) -> int | None:
    """Return the sign of a number, or None if it is no real number or its sign is not known."""
    try:
        return sign_of(expr)
    except BadInput:
        return None


def _values(atom: Symbol | Indexed, domain: str) -> list[Expr]:
    """Return the sample values of a domain that meet the assumptions which the symbol carries."""
    facts = [a for a in ("positive", "negative", "nonnegative", "nonpositive", "nonzero", "integer") if getattr(atom, f"is_{a}")]
    values = [Rational(v.numerator, v.denominator) for v in DOMAINS[domain]]
    return [v for v in values if all(getattr(v, f"is_{a}") for a in facts)] or values
