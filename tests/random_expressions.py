"""Random real SymPy expressions, each with a point at which it is smooth; built with the point in hand, so that none is rejected.

A recipe is a tree of plain tuples, which hypothesis shrinks. `Case.of` turns it into an expression from the leaves up, knows the
value of every part at the point to 50 digits, and moves an argument that is outside its function's domain, or near a kink or jump.
"""

from dataclasses import dataclass

import mpmath
import sympy
from hypothesis import strategies as st
from rounding import Values

R = sympy.Rational
SYMBOLS = sympy.symbols("x y z w", real=True)
MARGIN = R(1, 64)  # the distance kept from kinks and jumps
LARGE = 16

# name: (function, the interval of arguments on which it is smooth and of moderate size)
UNARY = {
    "exp": (sympy.exp, -6, 4),
    "log": (sympy.log, R(1, 8), 16),
    "softplus": (lambda e: sympy.log(1 + sympy.exp(e)), -16, 16),
    "logistic": (lambda e: 1 / (1 + sympy.exp(-e)), -16, 16),
    "sin": (sympy.sin, -16, 16),
    "cos": (sympy.cos, -16, 16),
    "tan": (sympy.tan, R(-5, 4), R(5, 4)),
    "asin": (sympy.asin, R(-7, 8), R(7, 8)),
    "acos": (sympy.acos, R(-7, 8), R(7, 8)),
    "atan": (sympy.atan, -16, 16),
    "sinh": (sympy.sinh, -4, 4),
    "cosh": (sympy.cosh, -4, 4),
    "tanh": (sympy.tanh, -16, 16),
    "asinh": (sympy.asinh, -16, 16),
    "acosh": (sympy.acosh, R(9, 8), 16),
    "atanh": (sympy.atanh, R(-7, 8), R(7, 8)),
    "erf": (sympy.erf, -3, 3),
    "erfc": (sympy.erfc, -3, 3),
    "gamma": (sympy.gamma, R(1, 4), 8),
    "gamma left of 0": (sympy.gamma, R(-31, 8), R(-25, 8)),
    "digamma": (sympy.digamma, R(1, 4), 16),
    "trigamma left of 0": (lambda e: sympy.polygamma(1, e), R(-31, 8), R(-25, 8)),
    "sec": (sympy.sec, R(-5, 4), R(5, 4)),
    "csc": (sympy.csc, R(1, 4), R(11, 4)),
    "cot": (sympy.cot, R(1, 4), R(11, 4)),
    "acot": (sympy.acot, R(1, 8), 16),
    "asec": (sympy.asec, R(3, 2), 16),
    "acsc": (sympy.acsc, R(3, 2), 16),
    "sech": (sympy.sech, -4, 4),
    "csch": (sympy.csch, R(1, 4), 4),
    "coth": (sympy.coth, R(1, 4), 4),
    "asech": (sympy.asech, R(1, 8), R(3, 4)),
    "acsch": (sympy.acsch, R(1, 4), 16),
    "acoth": (sympy.acoth, R(3, 2), 16),
    "erfi": (sympy.erfi, -2, 2),
    "LambertW": (sympy.LambertW, R(1, 4), 16),
    "loggamma": (sympy.loggamma, R(1, 4), 16),
    "square": (lambda e: e**2, -16, 16),
    "cube": (lambda e: e**3, -8, 8),
    "seventh": (lambda e: e**7, -4, 4),
    "reciprocal": (lambda e: 1 / e, R(1, 8), 16),
    "inverse cube": (lambda e: e**-3, -16, R(-1, 4)),
    "root": (sympy.sqrt, R(1, 8), 16),
    "inverse root": (lambda e: 1 / sympy.sqrt(e), R(1, 8), 16),
    "three halves": (lambda e: e ** R(3, 2), R(1, 8), 16),
    "cube root": (lambda e: e ** R(1, 3), R(1, 8), 16),
    "power of two": (lambda e: 2**e, -6, 6),
    "pi times": (lambda e: sympy.pi * e, -16, 16),
    "float times": (lambda e: sympy.Float("0.1") * e, -16, 16),
}
KINKED = {  # functions of arguments that keep away from 0, and below of arguments that keep away from the integers
    "abs": lambda e: sympy.Abs(e) if e.is_real else sympy.Max(e, -e),
    "sign": lambda e: (2 + sympy.sign(e) if e.is_real else 2 + sympy.Heaviside(e, 0)) * e,
    "step": lambda e: sympy.Heaviside(e) * e + e,
    "step at 1": lambda e: sympy.Heaviside(e, 1) - e,
}
ROUNDED = {"floor": lambda e: sympy.floor(e) * e, "ceiling": lambda e: sympy.ceiling(e) + e}
BINARY = {
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "times": lambda a, b: a * b,
}
EXTREMA = {"maximum": sympy.Max, "minimum": sympy.Min}
RELATIONS = (sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge, sympy.Eq, sympy.Ne)
JOINS = {
    "alone": lambda p, q: p,
    "not": lambda p, q: sympy.Not(p, evaluate=False),
    "and": lambda p, q: sympy.And(p, q),
    "or": lambda p, q: sympy.Or(p, q),
    "xor": lambda p, q: sympy.Xor(p, q),
    "implies": lambda p, q: sympy.Implies(p, q),
    "ite": lambda p, q: sympy.ITE(p, q, sympy.Not(p)),
}
# Outside its domain each of these has no real value or an infinite one; they stand in branches that are not taken.
WILD = {
    "log": sympy.log,
    "root": sympy.sqrt,
    "reciprocal": lambda e: 1 / e,
    "asin": sympy.asin,
    "acosh": sympy.acosh,
    "cube root": lambda e: e ** R(1, 3),
    "exp": lambda e: sympy.exp(1000 * e**2),
}
CHAINS = {"tanh": sympy.tanh, "sin": sympy.sin, "cos": sympy.cos, "erf": sympy.erf}


CONSTANTS = (R(1, 3), R(-5, 2), R(7, 4), R(2), R(-1), sympy.pi, sympy.E, sympy.EulerGamma)
KINDS = {  # kind: what is drawn for it, and how many operands it has
    "unary": (st.sampled_from(sorted(UNARY)), 1),
    "binary": (st.sampled_from(sorted(BINARY)), 2),
    "quotient": (st.none(), 2),
    "power": (st.none(), 2),
    "angle": (st.none(), 2),
    "extremum": (st.sampled_from(sorted(EXTREMA)), 2),
    "kinked": (st.sampled_from(sorted(KINKED)), 1),
    "rounded": (st.sampled_from(sorted(ROUNDED)), 1),
    "chain": (st.tuples(st.sampled_from(sorted(CHAINS)), st.integers(2, 4)), 1),
    "piecewise": (
        st.tuples(st.sampled_from(sorted(JOINS)), st.integers(0, 5), st.integers(0, 5), st.sampled_from(sorted(WILD))),
        3,
    ),
}
OFTEN = ("unary",) * 4 + ("binary",) * 3 + ("piecewise",) * 2 + tuple(KINDS)
QUARTERS = st.integers(1, 9).map(lambda k: R((-1) ** k * k, 4))
LEAVES = {
    "symbol": st.integers(0, 3),
    "number": st.sampled_from(CONSTANTS),
    # 7 or 8 terms, so that the lowering runs them through coefficient arrays
    "polynomial": st.dictionaries(st.tuples(*[st.integers(0, 2)] * 4), QUARTERS, min_size=7, max_size=8),
}


@st.composite
def recipes(draw, depth):
    """Recipes (kind, details, operands...) of up to `depth` operations above one another."""
    if depth == 0:
        kind = draw(st.sampled_from(("symbol",) * 6 + tuple(LEAVES)))
        return (kind, draw(LEAVES[kind]))
    kind = draw(st.sampled_from(OFTEN))
    details, operands = KINDS[kind]
    heights = (depth - 1, *[draw(st.integers(0, min(2, depth - 1))) for _ in range(operands - 1)])
    return (kind, draw(details), *[draw(recipes(height)) for height in heights])


@dataclass(frozen=True)
class Case:
    """An expression, its symbols, and a point (multiples of 1/16, so exact in binary) where it is smooth."""

    expr: sympy.Expr
    symbols: tuple
    point: tuple

    @classmethod
    def of(cls, recipe, point):
        symbols = SYMBOLS[: len(point)]
        expr = Builder(dict(zip(symbols, point, strict=True))).built(recipe)
        return cls(expr, symbols, point)

    @property
    def at(self):
        return dict(zip(self.symbols, self.point, strict=True))

    def __repr__(self):
        return f"Case({sympy.srepr(self.expr)}, {self.symbols}, point={self.point})  # {self.expr}"


def cases(depth=4):
    """The strategy: an expression in 1 to 4 symbols with a point, over the rules of the lowering."""
    coordinates = st.integers(-48, 48).map(lambda k: R(k, 16))
    points = st.lists(coordinates, min_size=1, max_size=4).map(tuple)
    made = st.builds(Case.of, st.integers(1, depth).flatmap(recipes), points)
    return made.filter(lambda case: not case.expr.has(sympy.I, sympy.zoo, sympy.nan, sympy.oo, -sympy.oo))


class Builder:
    """Builds expressions of recipes, with arguments moved to where the functions are smooth at one point."""

    def __init__(self, at):
        self.symbols, self.value = tuple(at), Values(at)

    def built(self, recipe):
        kind, details, *children = recipe
        return getattr(self, f"_{kind}")(details, *map(self.built, children))

    def fitted(self, expr, low, high):
        """The expression, divided or shifted by a simple rational where its value is outside [low, high]."""
        value = self.value(expr)
        if abs(value) > LARGE:
            expr = expr / (int(abs(value) / LARGE) + 1)
            value = self.value(expr)
        if float(low) <= value <= float(high):
            return expr
        return expr + R(round(8 * ((float(low) + float(high)) / 2 - float(value))), 8)

    def apart(self, expr, other=sympy.S.Zero):
        """The expression, shifted by 1 where it is within the margin of the other, and of moderate size."""
        expr = self.fitted(expr, -LARGE, LARGE)
        near = abs(self.value(expr) - self.value(other)) < float(MARGIN)
        return expr + 1 if near else expr

    def _symbol(self, index):
        return self.symbols[index % len(self.symbols)]

    def _number(self, value):
        return value

    def _polynomial(self, terms):
        weights = (1, 3, 5, 1) if len(self.symbols) == 1 else (1, 1, 1, 1)  # so that one symbol, too, has 7 different monomials

        def monomial(exponents):
            return sympy.Mul(*[self._symbol(i) ** (e * weights[i]) for i, e in enumerate(exponents)])

        return sympy.Add(*[c * monomial(e) for e, c in terms.items()])

    def _unary(self, name, a):
        function, low, high = UNARY[name]
        return function(self.fitted(a, low, high))

    def _chain(self, details, a):
        name, times = details
        expr = self.fitted(a, -3, 3)
        for _ in range(times):
            expr = CHAINS[name](expr)
        return expr

    def _kinked(self, name, a):
        return KINKED[name](self.apart(a))

    def _rounded(self, name, a):
        a = self.fitted(a, -LARGE, LARGE)
        value = self.value(a)
        return ROUNDED[name](a if abs(value - mpmath.nint(value)) >= float(MARGIN) else a + R(1, 2))

    def _binary(self, name, a, b):
        return BINARY[name](self.fitted(a, -LARGE, LARGE), self.fitted(b, -LARGE, LARGE))

    def _extremum(self, name, a, b):
        b = self.fitted(b, -LARGE, LARGE)
        return EXTREMA[name](self.apart(a, b), b)

    def _quotient(self, name, a, b):
        return self.fitted(a, -LARGE, LARGE) / self.apart(b)

    def _angle(self, name, a, b):
        return sympy.atan2(self.apart(a), self.fitted(b, -LARGE, LARGE))

    def _power(self, name, a, b):
        return self.fitted(a, R(1, 4), 6) ** self.fitted(b, -3, 3)

    def _piecewise(self, details, a, b, c):
        join, first, second, wild = details
        if a.has(sympy.Piecewise) or b.has(sympy.Piecewise):  # SymPy rewrites a condition on a Piecewise, and may fail at it
            a, b = self.symbols[0], self.symbols[-1] + 1
        b = self.fitted(b, -LARGE, LARGE)
        edge = self.apart(a, b)
        zero = self.apart(b)
        condition = JOINS[join](RELATIONS[first](edge, b), RELATIONS[second](zero, 0))
        c = self.fitted(c, -LARGE, LARGE)
        taken = self.value(condition)
        branches = (c, WILD[wild](c - 2)) if taken else (WILD[wild](c - 2), c)
        return sympy.Piecewise((branches[0], condition), (branches[1], True))
