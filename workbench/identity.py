"""Exact identities between real expressions, decided case by case through canonical forms, or refuted by exact values.

An identity is decided by arithmetic alone: a True is sound, a False may need a finer argument (see `cases`, `canonical`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property, partial
from itertools import islice, product
from random import Random
from typing import NamedTuple

from sympy import (
    Dummy,
    Expr,
    Indexed,
    Integer,
    Rational,
    Sum,
    Symbol,
)
from sympy.core.function import AppliedUndef

from workbench.canonical import canonical, vanishes
from workbench.cases import cases, kinks_as_heaviside
from workbench.domain import sign_of
from workbench.errors import BadInput, Rejected
from workbench.expressions import NOT_REAL, Condition, admit, assumed, assumptions, conditions, latex, shown

DOMAINS: dict[str, tuple[int | Fraction, ...]] = {
    "real": (0, 1, -1, 2, -2, Fraction(1, 2), Fraction(-1, 2), 3, -3, Fraction(5, 3), Fraction(-7, 4)),
    "positive": (1, 2, Fraction(1, 2), 3, Fraction(5, 3), 7),
    "nonnegative": (0, 1, 2, Fraction(1, 2), 3, Fraction(5, 3)),
    "bit": (0, 1),
    "sign": (1, -1),
}
PROBES = 300  # points tried when a counterexample is looked for
HOLDS = {"!=": (-1, 1), ">": (1,), ">=": (0, 1)}
_LATEX = {"!=": r"\neq", ">": ">", ">=": r"\geq"}
_ASSUMED: dict[str, dict[str, bool]] = {
    "positive": {"positive": True},
    "nonnegative": {"nonnegative": True},
    "bit": {"integer": True, "nonnegative": True},
    "sign": {"integer": True, "nonzero": True},
}


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

    >>> from sympy import Abs, Heaviside, Max
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

    @cached_property
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

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """All that is asked of the symbols, in plain text: their domains, what they are assumed to be, and `conditions`.

        >>> c, x = Symbol("c", positive=True), Symbol("x", real=True)
        >>> Identity.of(abs(c * x) / x, c * abs(x) / x).hypotheses
        ('c > 0', 'x != 0')
        """
        told = {"bit": "in {0, 1}", "sign": "= -1, 1", "positive": "> 0", "nonnegative": ">= 0"}
        domains = [f"{s} {told[d]}" for s, d in self.where if d in told]
        given = {s for s, _ in self.given}
        sides = [e.subs({s: Integer(1) for s in given}) for e in (self.left, self.right)]
        words = [*domains, *assumed(*sides, *(e for _, e in self.given)), *map(str, self.conditions)]
        return tuple(dict.fromkeys(words))

    def counterexample(self, *, probes: int = PROBES) -> Difference | None:
        """Return exact values at which the two sides differ, the shortest of a few, or None if none of `probes` is one."""
        differs = cache(_differs)  # few values of few symbols are drawn many times
        found = (d for d in self._instances(probes) if differs(d.left, d.right))
        return min(islice(found, 8), key=lambda d: len(str(d)), default=None)

    def _instances(self, probes: int = PROBES) -> Iterator[Difference]:
        """Yield both sides at sampled points at which they have real values; a point that is drawn again is not computed again."""
        random = Random(0)
        hypotheses, needed = dict(self.given), self.conditions
        sides = [e.subs(hypotheses, simultaneous=True) for e in (self.left, self.right, *(c.expr for c in needed))]
        expanded = cache(partial(_expanded, sides, dict(self.where)))
        instance = cache(partial(_instance, [c.relation for c in needed]))
        ends = _ends(sides)
        for _ in range(probes):
            lengths = {s: Integer(random.choice((1, 2, 3))) for s in ends}
            try:
                counted, options = expanded(tuple(lengths.items()))
                drawn = {atom: random.choice(values) for atom, values in options.items()}
                at_point = instance(counted, tuple(drawn.items()))
            except ValueError:  # an argument of H that is not real: no value here
                continue
            if at_point:
                yield Difference({**lengths, **drawn}, *at_point)

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


def _ends(sides: Sequence[Expr]) -> list[Symbol]:
    """Return the symbols that say how long sums are."""
    limits = [limit for side in sides for s in side.atoms(Sum) for limit in s.limits]
    return sorted({s for _, *ends in limits for end in ends for s in end.free_symbols} - {index for index, *_ in limits}, key=str)


def _expanded(
    sides: Sequence[Expr], domains: Mapping[Symbol, str], lengths: Iterable[tuple[Symbol, Expr]]
) -> tuple[tuple[Expr, ...], dict[Expr, list[Expr]]]:
    """Return the sides with sums of these lengths and t^3 + 2t + 1 for unknown functions, and what values the rest may take."""
    summed = any(side.has(Sum) for side in sides)
    counted = [side.subs(dict(lengths)).doit() if summed else side for side in sides]
    counted = [side.replace(lambda e: isinstance(e, AppliedUndef), _cubic) for side in counted]
    entries = {entry for side in counted for entry in side.atoms(Indexed)}
    symbols = {s for side in counted for s in side.free_symbols} - {entry.base.label for entry in entries}
    atoms = (a for a in sorted(symbols | entries, key=str) if isinstance(a, (Symbol, Indexed)))
    return tuple(counted), {a: _values(a, domains.get(a, "real")) for a in atoms}


def _instance(relations: Sequence[str], sides: Sequence[Expr], drawn: Sequence[tuple[Expr, Expr]]) -> tuple[Expr, Expr] | None:
    """Return both sides at a point, or None if one has no real value there or a condition (`sides` from the third on) fails."""
    left, right, *rest = [side.xreplace(dict(drawn)).doit() for side in sides]
    if (left - right).free_symbols or (left - right).has(*NOT_REAL):
        return None
    return (left, right) if all(_sign(e) in HOLDS[r] for e, r in zip(rest, relations, strict=True)) else None


def _differs(left: Expr, right: Expr) -> bool:
    return bool(left != right and not vanishes(left - right) and _sign(left - right))


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
