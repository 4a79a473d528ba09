"""All polynomial invariants of a flow up to a degree, with exponentials of the flow, by exact linear algebra over QQ."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import combinations_with_replacement, permutations
from math import comb, gcd, lcm
from typing import TYPE_CHECKING, Any

import flint
import sympy
from sympy import QQ, Expr, Symbol

from workbench.canonical import canonical

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow

MOST_TERMS = 700


def size(flow: Flow, degree: int) -> int:
    """Return the number of monomials of degree 1 to `degree` in the flow's variables.

    >>> from workbench.dynamics.flow import Flow
    >>> x, y = sympy.symbols("x y", real=True)
    >>> size(Flow.from_rhs([y, -x], [x, y]), 2)
    5
    """
    return comb(len(flow.variables) + degree, degree) - 1


def polynomial_invariants(flow: Flow, degree: int) -> tuple[Expr, ...]:
    """Return a basis, over QQ, of the conserved combinations of monomials up to a degree and of the flow's exponentials.

    The monomials of a field over its common denominator and the exponentials that occur in it are independent unknowns, as are
    parameters and slopes: what is found is conserved identically in them. The exponentials e^m of the field join the ansatz as
    e^m, e^(-m), e^(2m), e^(-2m) and, for two, e^(m-m').

    >>> from workbench.dynamics.flow import Flow
    >>> x, y, a = sympy.symbols("x y a", real=True)
    >>> polynomial_invariants(Flow.from_rhs([a * y, -a * x], [x, y]), 2)
    (x**2 + y**2,)
    """
    ring, moves, exponents = _fields(flow)
    terms: list[Expr] = []
    columns: list[Any] = []
    clearing = sympy.Mul(*(e**2 for e in exponents))
    lifted = ring.from_expr(clearing)
    for powers in _monomials(len(flow.variables), degree):
        term = sympy.Mul(*(flow.variables[i] for i in powers))
        terms.append(term)
        columns.append(_derivative(ring, term, flow.variables, moves) * lifted)
    for term, power in _exponentials(exponents):
        slope = sympy.Add(*(k * exponents[e] for e, k in power.items()))
        terms.append(sympy.Mul(*(sympy.exp(k * exponents[e]) for e, k in power.items())))
        columns.append(_derivative(ring, slope, flow.variables, moves) * ring.from_expr(sympy.expand(term * clearing)))
    return tuple(_combination(terms, row) for row in _nullspace(columns))


def _fields(flow: Flow) -> tuple[Any, list[Any], dict[Symbol, Expr]]:
    """Return a ring, the field times a common denominator in it, and the exponents of its generators that are exponentials."""
    names: dict[Expr, Symbol] = {}
    known = [*flow.variables, *flow.parameters, *flow.slopes]

    def symbol(node: Expr) -> Symbol:
        return names.setdefault(node, sympy.Dummy(f"e{len(names)}"))

    def rational(expr: Expr) -> Expr:
        if isinstance(expr, (sympy.Add, sympy.Mul)):
            return expr.func(*map(rational, expr.args))
        if isinstance(expr, sympy.Pow) and expr.exp.is_Integer:
            return rational(expr.base) ** expr.exp
        if isinstance(expr, sympy.exp):
            return sympy.Mul(*map(exponential, sympy.Add.make_args(sympy.expand(canonical(expr.args[0])))))
        if expr.is_Rational or expr in known:
            return expr
        form = canonical(expr)
        return rational(form) if form != expr and isinstance(form, (sympy.Add, sympy.Mul, sympy.Pow)) else symbol(form)

    def exponential(term: Expr) -> Expr:
        power, rest = term.as_coeff_Mul()
        return symbol(sympy.exp(rest / power.q)) ** power.p if power.is_Rational else symbol(sympy.exp(term))

    written = [rational(e) for e in flow.explicit]
    ring, *_ = sympy.ring([*known, *names.values()], QQ)
    tops = [_fraction(ring, e) for e in written]
    common = _common(tops)
    exponents = {s: e.args[0] for e, s in names.items() if isinstance(e, sympy.exp) and e.args[0].is_polynomial(*known)}
    return ring, [top * _product(ring, common - bottom) for top, bottom in tops], exponents


def _fraction(ring: Any, expr: Expr) -> tuple[Any, Counter[Any]]:
    """Return a rational expression as a polynomial over powers of polynomials: no greatest common divisor is ever needed."""
    if isinstance(expr, sympy.Add):
        parts = [_fraction(ring, term) for term in expr.args]
        common = _common(parts)
        return sum((top * _product(ring, common - bottom) for top, bottom in parts), ring.zero), common
    if isinstance(expr, sympy.Mul):
        parts = [_fraction(ring, factor) for factor in expr.args]
        tops, bottoms = [top for top, _ in parts], [bottom for _, bottom in parts]
        return reduce(operator.mul, tops, ring.one), reduce(operator.add, bottoms, Counter())
    if isinstance(expr, sympy.Pow):
        (top, bottom), power = _fraction(ring, expr.base), int(expr.exp)
        if power > 0:
            return top**power, Counter({factor: k * power for factor, k in bottom.items()})
        return _product(ring, bottom) ** -power, Counter({top: -power})
    return ring.from_expr(expr), Counter()


def _common(parts: Sequence[tuple[Any, Counter[Any]]]) -> Counter[Any]:
    none: Counter[Any] = Counter()
    return reduce(operator.or_, (bottom for _, bottom in parts), none)


def _product(ring: Any, powers: Counter[Any]) -> Any:
    return reduce(operator.mul, (factor**k for factor, k in powers.items()), ring.one)


def _monomials(variables: int, degree: int) -> Iterator[tuple[int, ...]]:
    """Yield the monomials as indices of their factors, those of high degree first: they become the leading terms."""
    for d in range(degree, 0, -1):
        yield from combinations_with_replacement(range(variables), d)


def _exponentials(exponents: dict[Symbol, Expr]) -> Iterator[tuple[Expr, dict[Symbol, int]]]:
    for e in exponents:
        for k in (2, 1, -1, -2):
            yield e**k, {e: k}
    for a, b in permutations(exponents, 2):
        yield a / b, {a: 1, b: -1}


def _derivative(ring: Any, term: Expr, variables: Sequence[Symbol], moves: Sequence[Any]) -> Any:
    slopes = ((sympy.diff(term, x), move) for x, move in zip(variables, moves, strict=True))
    return sum((ring.from_expr(sympy.expand(slope)) * move for slope, move in slopes if slope != 0), ring.zero)


def _nullspace(columns: Sequence[Any]) -> list[list[Any]]:
    """Return the reduced basis of the combinations of columns (polynomials) that vanish."""
    places: dict[tuple[int, ...], int] = {}
    for column in columns:
        for monomial in column:
            places.setdefault(monomial, len(places))
    matrix = flint.fmpq_mat(max(1, len(places)), len(columns))
    for j, column in enumerate(columns):
        for monomial, c in column.items():
            matrix[places[monomial], j] = flint.fmpq(int(c.numerator), int(c.denominator))
    reduced, rank = matrix.rref()
    return _kernel(reduced, rank, len(columns))


def _kernel(reduced: Any, rank: int, width: int) -> list[list[Any]]:
    """Return the kernel of a matrix in reduced row echelon form: one vector for each column without a pivot."""
    pivots = [next(j for j in range(width) if reduced[i, j] != 0) for i in range(rank)]
    basis = []
    for free in (j for j in range(width) if j not in pivots):
        vector = [flint.fmpq(0)] * width
        vector[free] = flint.fmpq(1)
        for i, pivot in enumerate(pivots):
            vector[pivot] = -reduced[i, free]
        basis.append(vector)
    return basis


def _combination(terms: Sequence[Expr], coefficients: Sequence[Any]) -> Expr:
    """Return the combination with coprime integer coefficients, the first of them positive."""
    pairs = [(Fraction(int(c.p), int(c.q)), t) for c, t in zip(coefficients, terms, strict=True) if c != 0]
    scale = lcm(*(c.denominator for c, _ in pairs)) * (1 if pairs[0][0] > 0 else -1)
    content = gcd(*(int(c * scale) for c, _ in pairs))
    return sympy.Add(*(int(c * scale) // content * t for c, t in pairs))
