"""Real expressions: which ones an identity may hold, where they are defined, and what their symbols are assumed to be.

Everything stands for a real number, so that a denominator that vanishes, an even root of a negative number and the logarithm of
anything but a positive number have no value.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import sympy
from sympy import Add, Expr, Heaviside, Indexed, Mul, Pow, Sum, Symbol, exp, log
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter

from workbench.errors import BadInput

SHOWN = 400  # characters of an expression that are shown in a line
NOT_REAL = (sympy.nan, sympy.oo, -sympy.oo, sympy.zoo, sympy.I)
UNSHOWN = ("even", "odd", "prime", "composite", "irrational", "infinite", "imaginary", "zero")
SIGNS = {"positive": "> 0", "negative": "< 0", "nonnegative": r"\geq 0", "nonpositive": r"\leq 0", "nonzero": r"\neq 0"}


def admit(*exprs: Expr) -> None:
    """Return None if the expressions are real, exact and unambiguous.

    Raises BadInput for floats, infinities, I, binders other than Sum, an index that is also free, and symbols written alike.

    >>> i, n = sympy.symbols("i n", integer=True)
    >>> admit(Sum(i, (i, 1, n)))
    >>> admit(i * Sum(i, (i, 1, n)))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: index i of a sum is also a free symbol: rename one
    """
    nodes = list(chain.from_iterable(map(sympy.preorder_traversal, exprs)))
    for node in nodes:
        _admit_node(node)
    bound = {limit[0] for s in nodes if isinstance(s, Sum) for limit in s.limits}
    if caught := bound & free_symbols(*exprs):
        raise BadInput(f"index {min(map(str, caught))} of a sum is also a free symbol: rename one")
    names = [s.name for s in bound | free_symbols(*exprs)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadInput(f"two symbols with different assumptions are written {min(twice)}: make them one")


def _admit_node(node: sympy.Basic) -> None:
    if isinstance(node, sympy.Float):
        raise BadInput(f"an exact statement holds a float, {node}: write a Rational")
    if node in NOT_REAL or (isinstance(node, Pow) and node.is_number and node.is_real is False):
        raise BadInput(f"{node} is not a real number: identities are between real numbers")
    if isinstance(node, (ExprWithLimits, sympy.Derivative, sympy.Subs, sympy.Lambda, sympy.Limit)) and not isinstance(node, Sum):
        raise BadInput(f"{type(node).__name__} binds a variable: evaluate it first, only Sum is kept as it is")
    if isinstance(node, (Symbol, AppliedUndef)) and not node.is_commutative:
        raise BadInput(f"{node} does not commute: identities are between real numbers")
    if isinstance(node, (Symbol, Indexed)) and (unshown := [a for a in UNSHOWN if getattr(node, f"is_{a}")]):
        raise BadInput(f"{node} is assumed to be {unshown[0]}, which no statement shows: write it out")
    if isinstance(node, AppliedUndef) and any(getattr(node, f"is_{a}") for a in (*SIGNS, "integer")):
        raise BadInput(f"the unknown function {node.func} carries assumptions that no statement shows: name it alone")


def free_symbols(*exprs: Expr) -> set[Symbol]:
    """Return the free symbols, without the letters of indexed families.

    >>> x, i = sympy.IndexedBase("x"), Symbol("i")
    >>> free_symbols(x[i] + 1)
    {i}
    """
    found = {s for e in exprs for s in e.free_symbols if isinstance(s, Symbol)}
    letters = {x.base.label for e in exprs for x in e.atoms(Indexed)}
    return found - letters


def assumptions(*exprs: Expr) -> tuple[str, ...]:
    """Return, in LaTeX, what free symbols and indexed families are assumed to be beyond real.

    >>> assumptions(Symbol("p", positive=True) + Symbol("z", real=True))
    ('p > 0',)
    """
    words = []
    for s in sorted(free_symbols(*exprs) | {x for e in exprs for x in e.atoms(Indexed)}, key=str):
        words += [f"{latex(s)} {sign}" for a, sign in SIGNS.items() if getattr(s, f"is_{a}")][:1]
        words += [rf"{latex(s)} \in \mathbb{{Z}}"] if s.is_integer else []
    return tuple(words)


def assumed(*exprs: Expr) -> tuple[str, ...]:
    """Return what `assumptions` returns, in plain text.

    >>> assumed(Symbol("n", integer=True, nonnegative=True))
    ('n >= 0', 'n integer')
    """
    plain = {r"\geq": ">=", r"\leq": "<=", r"\neq": "!="}
    words = []
    for s in sorted(free_symbols(*exprs) | {x for e in exprs for x in e.atoms(Indexed)}, key=str):
        words += [f"{s} {plain.get(sign.split()[0], sign.split()[0])} 0" for a, sign in SIGNS.items() if getattr(s, f"is_{a}")][:1]
        words += [f"{s} integer"] if s.is_integer else []
    return tuple(words)


class _Printer(LatexPrinter):  # type: ignore[misc]
    """Prints H as the field writes it: H(z), and H_1(z) where H(0) = 1."""

    def _print_Heaviside(self, expr: Heaviside, exp: str | None = None) -> str:
        name = "H" if expr.args[1] == 0 else f"H_{{{self._print(expr.args[1])}}}"
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{name}{power}\left({self._print(expr.args[0])}\right)"


def latex(expr: sympy.Basic) -> str:
    """Return the LaTeX of an expression, with H(z) for the step that is 0 at 0, and H_1(z) for the one that is 1 there.

    >>> z = Symbol("z", real=True)
    >>> print(latex(z * Heaviside(z, 0)), latex(Heaviside(z, 1) ** 2))
    z H\\left(z\\right) H_{1}^{2}\\left(z\\right)
    """
    return str(_Printer().doprint(expr))


def H(value: Expr | int, at_zero: int = 0) -> Expr:
    """Return the symbolic step H(value), 1 above zero and 0 below, with H(0) = `at_zero`; for numbers see `domain.fires`.

    Raises BadInput if `at_zero` is not 0 or 1.

    >>> z = Symbol("z", real=True)
    >>> H(z), H(-3), H(0, 1)
    (Heaviside(z, 0), 0, 1)
    """
    if at_zero not in (0, 1):
        raise BadInput(f"H(0) = {at_zero!r} is neither 0 nor 1")
    return Heaviside(value, at_zero)


def shown(expr: object) -> str:
    """Return the text of an expression, of a long one its beginning and its length.

    >>> shown(Symbol("z") + 1)
    'z + 1'
    """
    text = str(expr)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text):,} characters)"


class Condition(NamedTuple):
    """That an expression is "!=", ">=" or ">" zero."""

    expr: Expr
    relation: str

    def __str__(self) -> str:
        return f"{self.expr} {self.relation} 0"


def conditions(expr: Expr) -> tuple[Condition, ...]:
    """Return what must hold for the expression to have a real value, apart from what holds whatever its symbols are.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> [str(c) for c in conditions(1 / (x - 5) + sympy.sqrt(y) + 1 / (1 + exp(x)))]
    ['x - 5 != 0', 'y >= 0']
    """
    found = (c for node in sympy.preorder_traversal(expr) for c in _needs(node))
    return tuple(sorted(set(c for c in found if not _holds(c)), key=str))


def _needs(node: sympy.Basic) -> Iterator[Condition]:
    if isinstance(node, log):
        yield Condition(node.args[0], ">")
    elif isinstance(node, Pow):
        base, exponent = node.args
        if exponent.is_integer:
            if not nonnegative(exponent):
                yield Condition(base, "!=")
        else:
            yield Condition(base, ">=" if positive(exponent) else ">")


def _holds(condition: Condition) -> bool:
    expr, relation = condition
    if relation == "!=":
        return nonzero(expr)
    return positive(expr) if relation == ">" else nonnegative(expr)


def positive(expr: Expr) -> bool:
    """Say whether an expression is positive for every value of its symbols; False means: not by its shape.

    >>> positive(exp(Symbol("x")) + 1), positive(Symbol("x", real=True))
    (True, False)
    """
    if expr.is_positive or isinstance(expr, exp):
        return True
    if isinstance(expr, Sum):
        return positive(expr.function) and all((limit[2] - limit[1]).is_nonnegative for limit in expr.limits)
    if isinstance(expr, Add):
        return all(map(nonnegative, expr.args)) and any(map(positive, expr.args))
    return all(map(positive, expr.args)) if isinstance(expr, Mul) else isinstance(expr, Pow) and positive(expr.base)


def nonnegative(expr: Expr) -> bool:
    """Say whether an expression is at least zero for every value of its symbols; False means: not by its shape."""
    if expr.is_nonnegative or isinstance(expr, sympy.Abs) or positive(expr):
        return True
    if isinstance(expr, Sum):
        return nonnegative(expr.function)
    if isinstance(expr, Heaviside):
        return bool(expr.args[1].is_nonnegative)
    if isinstance(expr, Pow):
        return nonnegative(expr.base) or bool(expr.exp.is_even)
    return isinstance(expr, (Add, Mul)) and all(map(nonnegative, expr.args))


def nonzero(expr: Expr) -> bool:
    """Say whether an expression is nonzero for every value of its symbols; False means: not by its shape."""
    if expr.is_nonzero or positive(expr) or positive(-expr):
        return True
    return (isinstance(expr, Mul) and all(map(nonzero, expr.args))) or (isinstance(expr, Pow) and nonzero(expr.base))
