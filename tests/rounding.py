"""Values of SymPy expressions at 50 digits, and how far a float evaluation of them, of gradient and Hessian may be off.

The unit is u = 2**-52, one ulp of 1 (twice the unit roundoff, which leaves room for the terms of second order). To first order the
error of a value is the sum over all operations of (error committed there) x |derivative of the result by it|, so it is carried from
the leaves up: E(f(a, b)) = |f_a| E(a) + |f_b| E(b) + own(f). A derivative, in whatever order an automatic differentiation forms it
(forward, reverse, or forward over reverse), is a sum over paths (for the Hessian: over pairs of paths that end in one second
derivative f_ij) of products of local derivatives. Its error is bounded by three sums over the same paths, with absolute values so
that no cancellation hides anything: the error of each local derivative by its own formula; its change with the errors of the values
that it is taken at, sum_j |f_ij| E_j; and one rounding for each multiplication and each addition of the path's product to the
others, of which there are no more than twice the edges of the expression.
"""

from functools import cache
from typing import NamedTuple

import mpmath
import numpy as np
import sympy

M = mpmath.mp.clone()
M.dps = 50
FUNCTIONS = {
    sympy.sin: M.sin,
    sympy.cos: M.cos,
    sympy.tan: M.tan,
    sympy.asin: M.asin,
    sympy.acos: M.acos,
    sympy.atan: M.atan,
    sympy.atan2: M.atan2,
    sympy.sinh: M.sinh,
    sympy.cosh: M.cosh,
    sympy.tanh: M.tanh,
    sympy.asinh: M.asinh,
    sympy.acosh: M.acosh,
    sympy.atanh: M.atanh,
    sympy.exp: M.exp,
    sympy.log: M.log,
    sympy.erf: M.erf,
    sympy.erfc: M.erfc,
    sympy.gamma: M.gamma,
    sympy.loggamma: M.loggamma,
    **{
        getattr(sympy, name): getattr(M, name)
        for name in "sec csc cot acot asec acsc sech csch coth asech acsch acoth erfi".split()
    },
    sympy.LambertW: M.lambertw,
    sympy.polygamma: lambda order, x: M.psi(int(order), x),
    sympy.Abs: abs,
    sympy.sign: M.sign,
    sympy.floor: M.floor,
    sympy.ceiling: M.ceil,
    sympy.Add: lambda *terms: M.fsum(terms),
    sympy.Mul: lambda *factors: M.fprod(factors),
    sympy.Pow: M.power,
    sympy.Max: max,
    sympy.Min: min,
    sympy.DiracDelta: lambda x, *_: M.mpf(0),  # asked for away from 0 only
    sympy.Heaviside: lambda x, at_zero: M.mpf(1) if x > 0 else M.mpf(0) if x < 0 else at_zero,
}
CONDITIONS = {
    sympy.StrictLessThan: lambda a, b: a < b,
    sympy.LessThan: lambda a, b: a <= b,
    sympy.StrictGreaterThan: lambda a, b: a > b,
    sympy.GreaterThan: lambda a, b: a >= b,
    sympy.Equality: lambda a, b: a == b,
    sympy.Unequality: lambda a, b: a != b,
    sympy.And: lambda *c: all(c),
    sympy.Or: lambda *c: any(c),
    sympy.Xor: lambda *c: sum(c) % 2 == 1,
    sympy.Not: lambda c: not c,
    sympy.Implies: lambda a, b: not a or b,
    sympy.ITE: lambda c, a, b: a if c else b,
}
STEPS = (sympy.sign, sympy.floor, sympy.ceiling, sympy.Heaviside)  # constant between their jumps


class Values:
    """The values of expressions at one point, to 50 digits; each part once."""

    def __init__(self, at):
        self.known = {s: M.mpf(v.p) / v.q if isinstance(v, sympy.Rational) else v for s, v in at.items()}

    def __call__(self, expr):
        if expr not in self.known:
            self.known[expr] = self._fresh(expr)
        return self.known[expr]

    def _fresh(self, expr):
        if isinstance(expr, sympy.Piecewise):
            return self(branch(expr, self))
        if expr in (sympy.true, sympy.false):
            return bool(expr)
        if expr.is_number and expr.is_Atom:
            return M.mpf(expr.p) / expr.q if isinstance(expr, sympy.Rational) else M.mpf(expr._to_mpmath(200))
        if isinstance(expr, (sympy.Derivative, sympy.Subs)):
            assert expr.atoms(*STEPS), expr
            return M.mpf(0)  # SymPy leaves the derivative of a step function unevaluated
        return {**FUNCTIONS, **CONDITIONS}[expr.func](*map(self, expr.args))


def branch(piecewise, values):
    """The expression that a Piecewise stands for at the point."""
    return next(value for value, condition in piecewise.args if values(condition))


# --- the error that one operation commits, in ulps of 1 ----------------------------------------------------------------


def own_error(expr, value, args):
    """The error of one operation on exact operands: 4 ulps of its result, and what is known to be more."""
    size = float(abs(value))
    if isinstance(expr, sympy.Symbol) or expr.is_Integer or isinstance(expr, (*STEPS, sympy.Abs, sympy.Max, sympy.Min)):
        return 0.0
    if expr.is_number and expr.is_Atom:
        return size
    if isinstance(expr, sympy.Add):
        return len(args) * float(sum(map(abs, args)))  # any order of summation
    if isinstance(expr, sympy.Mul):
        return len(args) * size
    if isinstance(expr, sympy.Pow) and isinstance(expr.exp, sympy.Rational) and expr.exp.q <= 2:
        return (abs(expr.exp.p) + 2) * size  # products and at most one root and one division
    if isinstance(expr, sympy.loggamma):
        return 4 * size + 16  # Lanczos' formula: terms of size 8 cancel near 1 and 2
    if isinstance(expr, sympy.gamma):
        return (20 + 4 * abs(float(M.loggamma(args[0])))) * size  # exp(loggamma)
    if isinstance(expr, sympy.polygamma):
        if args[1] < 0:  # by reflection: two terms, one in the cotangent, whose argument is rounded
            mirrored, slope = M.psi(int(args[0]), 1 - args[1]), M.psi(int(args[0]) + 1, args[1])
            return float(16 * size + 32 * abs(mirrored) + 8 * abs(args[1] * slope))
        return 8 * size + 16  # terms of size log(x) + 1/x cancel near 1.46
    if isinstance(expr, sympy.erfi):
        return (8 + 2 * float(args[0]) ** 2) * size  # the square in the exponential is rounded
    return 4 * size


@cache
def partials(function, arity):
    """The dummies of a function of so many arguments and its derivatives up to the third order, by the indices."""
    dummies = sympy.symbols(f"d:{arity}", real=True, cls=sympy.Dummy)
    table = {(): function(*dummies)}
    for order in (1, 2, 3):
        for index in np.ndindex(*[arity] * order):
            table[index] = table[index[:-1]].diff(dummies[index[-1]])
    return dummies, table


def as_function(expr):
    """The function of an operation and its operands that are not constants of the function."""
    if isinstance(expr, sympy.Pow) and isinstance(expr.exp, sympy.Rational):
        return power(expr.exp), (expr.base,)
    if isinstance(expr, sympy.polygamma):
        return digamma(expr.args[0]), (expr.args[1],)
    return expr.func, expr.args


@cache
def power(exponent):
    return lambda base: base**exponent


@cache
def digamma(order):
    return lambda x: sympy.polygamma(order, x)


class Errors:
    """The error of the values of expressions at one point whose coordinates are exact."""

    def __init__(self, at):
        self.values, self.known = Values(at), {}

    def __call__(self, expr):
        if expr not in self.known:
            self.known[expr] = self._fresh(expr)
        return self.known[expr]

    def _fresh(self, expr):
        own = own_error(expr, self.values(expr), [self.values(a) for a in expr.args] if expr.args else [])
        if not expr.args or isinstance(expr, STEPS):
            return own
        if isinstance(expr, sympy.Add):
            return own + sum(map(self, expr.args))
        if isinstance(expr, sympy.Mul):
            factors = [float(abs(self.values(a))) for a in expr.args]
            return own + sum(self(a) * float(np.prod(factors[:k] + factors[k + 1 :])) for k, a in enumerate(expr.args))
        function, operands = as_function(expr)
        dummies, table = partials(function, len(operands))
        slopes = Values({d: self.values(a) for d, a in zip(dummies, operands, strict=True)})
        return own + sum(self(a) * float(abs(slopes(table[(k,)]))) for k, a in enumerate(operands))


# --- derivatives --------------------------------------------------------------------------------------------------------


class Jet(NamedTuple):
    """Of one part: its value and error; the absolute sums over paths of first and second derivatives, and their errors."""

    value: mpmath.mpf
    error: float
    slope: np.ndarray
    slope_error: np.ndarray
    curve: np.ndarray
    curve_error: np.ndarray


class Jets:
    """The jets of expressions at one point {symbol: Rational}; each part once."""

    def __init__(self, at):
        self.values, self.edges = Values(at), 0
        n = len(at)
        self.known = {s: self._flat(self.values(s), 0.0, n, slope=np.eye(n)[k]) for k, s in enumerate(at)}
        self.n = n

    def __call__(self, expr):
        if expr not in self.known:
            self.known[expr] = self._fresh(expr)
            self.edges += len(expr.args)
        return self.known[expr]

    def _flat(self, value, error, n, slope=None):
        zeros, square = np.zeros(n), np.zeros((n, n))
        return Jet(value, error, zeros if slope is None else slope, zeros, square, square)

    def _fresh(self, expr):
        if isinstance(expr, sympy.Piecewise):
            return self(branch(expr, self.values))
        value = self.values(expr)
        if not expr.args or isinstance(expr, STEPS):
            return self._flat(value, own_error(expr, value, []), self.n)
        if isinstance(expr, (sympy.Max, sympy.Min)):
            return self(next(a for a in expr.args if self.values(a) == value))
        args = [self(a) for a in expr.args]
        if isinstance(expr, sympy.Abs):
            return args[0]._replace(value=value)
        own = own_error(expr, value, [a.value for a in args])
        if isinstance(expr, sympy.Add):
            return Jet(value, own + sum(a.error for a in args), *(sum(a[k] for a in args) for k in range(2, 6)))
        if isinstance(expr, sympy.Mul):
            return self._product(args, own)
        function, operands = as_function(expr)
        return self._of_function(function, [self(a) for a in operands], value, own)

    def _product(self, args, own):
        total = args[0]
        for factor in args[1:]:
            a, b = abs(float(total.value)), abs(float(factor.value))
            local = {(0,): (b, 0.0), (1,): (a, 0.0), (0, 1): (1.0, 0.0), (1, 0): (1.0, 0.0)}
            total = chained(total.value * factor.value, 0.0, local, [total, factor])
        return total._replace(error=total.error + own)

    def _of_function(self, function, args, value, own):
        dummies, table = partials(function, len(args))
        errors = Errors({d: a.value for d, a in zip(dummies, args, strict=True)})
        sizes = {index: abs(float(errors.values(f))) for index, f in table.items() if index}
        local = {index: (size, errors(table[index]) if len(index) < 3 else 0.0) for index, size in sizes.items()}
        return chained(value, own, local, args)


def chained(value, own, local, args):
    """The jet of f(args) by the chain rule in absolute values; `local` has (size, error) of each derivative of f."""
    n = len(args[0].slope)
    size = lambda *index: local.get(tuple(index), (0.0, 0.0))[0]  # noqa: E731
    error = own
    slope, slope_error, curve, curve_error = np.zeros(n), np.zeros(n), np.zeros((n, n)), np.zeros((n, n))
    for i, a in enumerate(args):
        off = local.get((i,), (0.0, 0.0))[1] + sum(size(i, j) * b.error for j, b in enumerate(args))
        error += size(i) * a.error
        slope += size(i) * a.slope
        slope_error += size(i) * a.slope_error + off * a.slope
        curve += size(i) * a.curve
        curve_error += size(i) * a.curve_error + off * a.curve
        for j, b in enumerate(args):
            both = np.outer(a.slope, b.slope)
            off = local.get((i, j), (0.0, 0.0))[1] + sum(size(i, j, k) * c.error for k, c in enumerate(args))
            curve += size(i, j) * both
            curve_error += size(i, j) * (np.outer(a.slope_error, b.slope) + np.outer(a.slope, b.slope_error)) + off * both
    return Jet(value, error, slope, slope_error, curve, curve_error)


class Bounds(NamedTuple):
    """How far float64 values, gradients and Hessians may be from the truth."""

    value: float
    gradient: np.ndarray
    hessian: np.ndarray


def bounds(expr, at, unit=2.0**-52):
    """The bounds for an expression at a point {symbol: Rational} with exact coordinates."""
    jets = Jets(at)
    jet = jets(expr)
    steps = 2 * jets.edges
    return Bounds(unit * jet.error, unit * (jet.slope_error + steps * jet.slope), unit * (jet.curve_error + steps * jet.curve))
