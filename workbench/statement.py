"""What a claim says, in a form that can be run: identities for all values, or exact cases for each n."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Union

import sympy
from sympy.core.function import AppliedUndef

from workbench.domain import sign_of
from workbench.errors import BadInput, Unsound
from workbench.expressions import latex
from workbench.identity import PROBES, Identity

ORDERS = {"==": (0,), "!=": (-1, 1), "<=": (-1, 0), "<": (-1,), ">=": (0, 1), ">": (1,)}
SHOWN_DIGITS = 30  # a longer integer is shown by its first digits and their number
RELATIONS = (*ORDERS, "in", "not in", "subset")
PLAIN = {int, bool, Fraction, str, type(None)}
CONTAINERS = (tuple, list, set, frozenset)
SYMPY_ORDERS = {sympy.Eq: "==", sympy.Ne: "!=", sympy.Le: "<=", sympy.Lt: "<", sympy.Ge: ">=", sympy.Gt: ">"}


@dataclass(frozen=True)
class Case:
    """One exact comparison: `got relation want`, at the place that `label` names.

    Numbers are compared exactly in every relation; "==" and "!=" also compare tables, tuples and sets; "in", "not in" and
    "subset" take a set on the right. `sign` decides the sign of a difference of numbers.

    >>> Case("n = 2", 14, 16, "<=").fails()
    >>> Case("n = 1", frozenset({1, 6}), frozenset({1}), "subset").fails()
    'n = 1: 6 is not among the 1 on the right'
    """

    label: str
    got: Any
    want: Any
    relation: str = "=="
    sign: Callable[[Any], int] = field(default=sign_of, compare=False, repr=False)

    def fails(self) -> str | None:
        """Return None if the relation holds, else a line that says where and how it fails."""
        if self.relation not in RELATIONS:
            raise BadInput(f"relation {self.relation!r} is not one of {', '.join(RELATIONS)}")
        for value in (self.got, self.want):
            if (foreign := _inexact(value)) is not None:
                raise BadInput(
                    f"{self.label}: {foreign!r} of type {type(foreign).__name__} is not exact: compare numbers and sets of them"
                )
        if self.relation in ("in", "not in", "subset") and type(self.want) not in (*CONTAINERS, dict, range):
            raise BadInput(f"{self.label}: {self.relation} takes a set on the right, not {type(self.want).__name__}")
        if self.relation == "subset":
            missing = [x for x in self.got if x not in self.want]
            return f"{self.label}: {_shown(_least(missing))} is not among the {len(self.want)} on the right" if missing else None
        if self.relation in ("in", "not in"):
            holds = (self.got in self.want) == (self.relation == "in")
            where = f"{'not ' * (self.relation == 'in')}among the {len(self.want)} on the right"
            return None if holds else f"{self.label}: {_shown(self.got)} is {where}"
        if isinstance(self.got, bool) != isinstance(self.want, bool):
            raise BadInput(f"{self.label}: {self.got!r} {self.relation} {self.want!r} compares a truth value with something else")
        if all(isinstance(v, (int, Fraction, sympy.Expr)) for v in (self.got, self.want)):
            holds = self.sign(self.got - self.want) in ORDERS[self.relation]
        elif self.relation in ("==", "!="):
            holds = bool(self.got == self.want) == (self.relation == "==")
        else:
            raise BadInput(
                f"{self.label}: {self.relation} compares exact numbers, not "
                f"{type(self.got).__name__} and {type(self.want).__name__}"
            )
        return None if holds else f"{self.label}: {_shown(self.got)} {self.relation} {_shown(self.want)} is false{self._apart()}"

    def _apart(self) -> str:
        """Return what tells two sets of one size apart, which would read alike."""
        if self.relation != "==" or not all(isinstance(v, (frozenset, set)) for v in (self.got, self.want)):
            return ""
        return f": {_shown(_least(list(self.got - self.want)))} is on the left only" if len(self.got) == len(self.want) else ""


def _inexact(value: Any) -> Any:
    """Return a part of the value that is a float or of a foreign type, whose own == would decide; None if there is none."""
    kind = type(value)
    if kind in PLAIN:
        return None
    if kind in CONTAINERS or (isinstance(value, tuple) and _ours(kind)):
        return None if set(map(type, value)) <= PLAIN else next((f for v in value if (f := _inexact(v)) is not None), None)
    if kind in (dict, Counter):
        return _inexact([*value.keys(), *value.values()])
    if isinstance(value, sympy.Basic):
        parts = sympy.preorder_traversal(value)
        return next((p for p in parts if isinstance(p, sympy.Float) or not (_ours(type(p)) or isinstance(p, AppliedUndef))), None)
    return None if kind is range or _ours(kind) else value


def _ours(kind: type) -> bool:
    return str(kind.__module__).partition(".")[0] in ("workbench", "sympy")


def _least(values: list[Any]) -> Any:
    return min(values, key=lambda v: (str(type(v)), v))


def _shown(value: Any) -> str:
    if isinstance(value, (frozenset, set)):
        return f"a set of {len(value)}"
    try:
        text = str(value)
    except ValueError:  # Python writes no integer with more digits than this
        return f"a number of over {sys.get_int_max_str_digits()} digits"
    if isinstance(value, (int, sympy.Integer)) and len(text) > SHOWN_DIGITS:
        return f"{text[:6]}... ({len(text)} digits)"
    return text if len(text) <= 80 else text[:60] + f"... ({len(text)} characters)"


@dataclass(frozen=True)
class ForEach:
    """The statement that every case of every n from `first` on (up to `last`, if there is one) holds.

    `cases(n)` yields exact comparisons. `latex` is for the reader; what is judged is `cases`. From `costly_from` on, instances
    are looked at only when evidence asks for them.
    """

    latex_text: str
    cases: Callable[[int], Iterable[Case]]
    first: int
    last: int | None = None
    index: str = "n"
    costly_from: int | None = None

    @classmethod
    def of(
        cls,
        latex: str,
        cases: Callable[[int], Iterable[Case]],
        *,
        first: int,
        last: int | None = None,
        index: str = "n",
        costly_from: int | None = None,
    ) -> ForEach:
        """Return the statement with these cases for each n."""
        return cls(latex, cases, first, last, index, costly_from)

    @classmethod
    def once(cls, latex: str, cases: Callable[[], Iterable[Case]]) -> ForEach:
        """Return a statement about finitely many cases, without an index."""
        return cls(latex, lambda _: cases(), 0, 0, "")

    @classmethod
    def relation(
        cls,
        relation: sympy.core.relational.Relational,
        index: sympy.Symbol,
        *,
        first: int,
        functions: Mapping[sympy.core.function.UndefinedFunction, Callable[[int], int]] | None = None,
        last: int | None = None,
        costly_from: int | None = None,
    ) -> ForEach:
        """Return the statement that a SymPy relation holds for each integer value of `index`.

        Each function of `functions`, such as T in T(n+1) >= (2^n+1) T(n), is counted exactly at the arguments that occur.

        >>> n, T = sympy.Symbol("n"), sympy.Function("T")
        >>> ForEach.relation(sympy.Le(T(n), 2**n, evaluate=False), n, first=1, functions={T: lambda n: 4}).failure(1)
        'n = 1: 4 <= 2 is false'
        """
        kind = next((text for k, text in SYMPY_ORDERS.items() if isinstance(relation, k)), None)
        if kind is None:
            raise BadInput(f"{relation} is not a relation ==, !=, <=, <, >=, >")
        counted = dict(functions or {})

        def cases(n: int) -> Iterable[Case]:
            left, right = (_counted(side.xreplace({index: sympy.Integer(n)}), counted) for side in (relation.lhs, relation.rhs))
            yield Case(f"{index} = {n}", left, right, kind)

        return cls(latex(relation), cases, first, last, str(index), costly_from)

    def failure(self, n: int) -> str | None:
        """Return the first case of n that fails, as a line, or None if all hold.

        Raises Unsound if there is no case at all: then no object satisfies the hypotheses.
        """
        empty = True
        for case in self.cases(n):
            empty = False
            if failed := case.fails():
                return failed
        if empty:
            raise Unsound(f"no object satisfies the hypotheses at {self.index} = {n}")
        return None

    def latex(self) -> str:
        """Return the statement with its range."""
        if not self.index:
            return self.latex_text
        top = "" if self.last is None else rf" \leq {self.last}"
        return (
            rf"{self.latex_text}\qquad ({self.first} \leq {self.index}{top})"
            if top
            else rf"{self.latex_text}\qquad ({self.index} \geq {self.first})"
        )


def _counted(expr: sympy.Expr, functions: Mapping[Any, Callable[[int], int]]) -> sympy.Expr:
    applied = [f for f in expr.atoms(AppliedUndef) if f.func in functions]
    return expr.xreplace({f: _count(f, functions[f.func]) for f in applied}).doit()


def _count(applied: sympy.Expr, function: Callable[[int], int]) -> sympy.Integer:
    (argument,) = applied.args
    if not isinstance(argument, sympy.Integer):
        raise BadInput(f"{applied} is counted at integers only")
    value = function(int(argument))
    if type(value) is not int and not isinstance(value, sympy.Integer):
        raise BadInput(f"{applied} is counted as {value!r}, which is no integer")
    return sympy.Integer(value)


@dataclass(frozen=True)
class ForAll:
    """The statement that identities hold for all values of their symbols.

    >>> z = sympy.Symbol("z", real=True)
    >>> ForAll.of(Identity.of(sympy.Abs(z), z)).failure()
    'z = -2: 2 and -2 differ'
    """

    identities: tuple[Identity, ...]

    def __post_init__(self) -> None:
        if not self.identities or any(type(i) is not Identity for i in self.identities):
            raise BadInput("a statement needs at least one identity, and nothing but identities")

    @classmethod
    def of(cls, *identities: Identity) -> ForAll:
        """Return the conjunction of one or more identities."""
        return cls(identities)

    def check(self) -> None:
        """Decide every identity; raises Rejected at the first that is not one, or says nothing."""
        for identity in self.identities:
            identity.check()

    def failure(self, *, probes: int = PROBES) -> str | None:
        """Return a line that names exact values at which an identity fails, or None if none was met."""
        for identity in self.identities:
            if (difference := identity.counterexample(probes=probes)) is not None:
                return str(difference)
        return None

    def latex(self) -> str:
        """Return the identities, one a line."""
        return r" \\ ".join(i.latex() for i in self.identities)


@dataclass(frozen=True)
class Prose:
    """A statement in words: it may be cited, asked, or supported by recorded runs, and nothing exact is said of it."""

    latex_text: str

    def latex(self) -> str:
        """Return the text."""
        return self.latex_text


Statement = Union[ForEach, ForAll, Prose]
