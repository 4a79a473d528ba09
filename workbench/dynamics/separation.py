"""Conservation laws of pairs of variables whose equations separate: du/dv = a(u) b(v), so that int du/a - int b dv is conserved.

The law of a gate is of this kind: f = g(u) v, with any loss, conserves v^2/2 - int g/g'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

import sympy

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow


def separated(flow: Flow) -> Iterator[sympy.Expr]:
    """Yield the candidate quantity of each pair of variables whose quotient of equations is a product of functions of each.

    >>> from workbench.dynamics.flow import Flow
    >>> u, v = sympy.symbols("u v", real=True)
    >>> flow = Flow.of_any_loss([v / (1 + sympy.exp(-u))], [u, v])
    >>> [str(q) for q in flow.conserved(by="separation")]
    ['-u + v**2/2 - exp(u)']
    """
    for (x, f), (y, g) in combinations(zip(flow.variables, flow.explicit, strict=True), 2):
        parts = _factors(f, g, x, y)
        if parts is not None:
            in_x, in_y = parts
            yield _integral(in_y, y) - _integral(1 / in_x, x)


def _factors(f: sympy.Expr, g: sympy.Expr, x: sympy.Symbol, y: sympy.Symbol) -> tuple[sympy.Expr, sympy.Expr] | None:
    """Return (a(x), b(y)) with f/g = a b, or None."""
    if g == 0 or f == 0 or _varies(f / g, {x, y}):
        return None
    ratio = sympy.cancel(sympy.together((f / g).rewrite(sympy.exp)))
    if not ratio.free_symbols <= {x, y}:
        return None
    parts = sympy.separatevars(sympy.factor(ratio), symbols=[x, y], dict=True)
    return None if parts is None else (parts["coeff"] * parts[x], parts[y])


def _varies(ratio: sympy.Expr, kept: set[sympy.Symbol]) -> bool:
    """Say whether a quotient differs at two points that agree in the kept symbols."""
    if ratio.free_symbols <= kept:
        return False
    first, second = _point(ratio.free_symbols, 1), _point(ratio.free_symbols, 2)
    return refuted(ratio.xreplace(first) - ratio.xreplace(second | {s: first[s] for s in kept & set(first)}))


def refuted(expr: sympy.Expr) -> bool:
    """Say whether an expression is not zero at one rational point, by 30 digits: most proposals end here, before exact algebra.

    Nothing is accepted by it, so that an error costs a proposal at most.

    >>> x = sympy.Symbol("x", real=True)
    >>> refuted(sympy.exp(x) - 1), refuted(sympy.exp(x) ** 2 - sympy.exp(2 * x))
    (True, False)
    """
    value = expr.xreplace(_point(expr.free_symbols, 3)).evalf(30)
    return bool(value.is_number and value.is_finite and abs(value) > sympy.Float("1e-20"))


def _point(symbols: Iterable[sympy.Symbol], seed: int) -> dict[sympy.Symbol, sympy.Rational]:
    draw = Random(seed)
    return {s: sympy.Rational(draw.randint(1, 300), 101) for s in sorted(symbols, key=str)}


def _integral(expr: sympy.Expr, x: sympy.Symbol) -> sympy.Expr:
    """Return an antiderivative: elementary for rational functions of x and e^(kx), else an integral that is left as it is."""
    terms = sympy.expand(sympy.powsimp(sympy.expand(sympy.cancel(expr))))
    if all(isinstance(f, sympy.exp) and f.args[0].diff(x, 2) == 0 for f in terms.atoms(sympy.Function)):
        found = sympy.integrate(terms, x)
        if not found.has(sympy.Integral, sympy.Piecewise, sympy.RootSum):
            return found
    start = next((k for k in (0, 1, -1) if expr.subs(x, k).is_finite), 0)
    inner = sympy.Dummy("x", real=True)
    return sympy.Integral(expr.subs(x, inner), (inner, start, x))
