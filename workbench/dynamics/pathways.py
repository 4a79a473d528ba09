"""Closed forms of networks with one moving coordinate: the race of gated paths, a gated value, a diagonal network."""

from __future__ import annotations

from typing import Any

import sympy
from scipy.optimize import brentq

from workbench.dynamics.closed import ClosedForm
from workbench.dynamics.flow import Flow
from workbench.dynamics.solutions import INNER, X, exact
from workbench.errors import BadInput

Number = Any  # as in `solutions`
REAL, REAL_INNER = sympy.Symbol("x", real=True), sympy.Symbol("y", real=True)


def gated_race(paths: int, s: Number, start: Number, shared: Number) -> ClosedForm:
    """Return the solution of maps e_i, one shared map h and maps o_j, every gate open: loss sum_ij (s - o_j h e_i)^2 / 2.

    All e_i and o_j start equal and stay so; the coordinate is h, and m e^2 - h^2 is conserved. t is a quadrature.
    Raises BadInput unless there is a path, and s, start and shared are positive.

    >>> form = gated_race(2, 1, sympy.Rational(3, 10), sympy.Rational(1, 10))
    >>> form.check()
    >>> gated_race(2, 1, 0, 1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 2 paths, strength 1, starts 0 and 1: give a path at least, the rest positive
    """
    s, e0, h0 = exact(s), exact(start), exact(shared)
    if paths < 1 or not (s > 0 and e0 > 0 and h0 > 0):
        raise BadInput(f"{paths} paths, strength {s}, starts {e0} and {h0}: give a path at least, the rest positive")
    e, o, h = sympy.symbols(f"e1:{paths + 1}", real=True), sympy.symbols(f"o1:{paths + 1}", real=True), sympy.Symbol("h", real=True)
    loss = sympy.Add(*((s - oj * h * ei) ** 2 for ei in e for oj in o)) / 2
    square = X**2 + paths * e0**2 - h0**2  # paths times the square of each e and o
    rate = square * (paths * s - X * square)
    side = sympy.sqrt(square / paths)
    clock = sympy.Integral(1 / rate.subs(X, INNER), (INNER, h0, X))
    flow, lift = Flow.from_loss(loss, [*e, h, *o]), (*(side,) * paths, X, *(side,) * paths)
    return ClosedForm(flow, X, rate, lift, h0, clock=clock, limit=_rest(rate, X, h0))


def gated_value(target: Number, u0: Number, v0: Number) -> ClosedForm:
    """Return the solution of a logistic gate times a value, (target - g(u) v)^2 / 2, by quadrature in u.

    v^2/2 - u - e^u is conserved. Raises BadInput unless target and v0 are positive and the start is not at rest.

    >>> form = gated_value(sympy.Rational(13, 10), sympy.Rational(2, 5), sympy.Rational(1, 5))
    >>> form.check()
    >>> [round(float(x), 6) for x in form.at(0)]
    [0.4, 0.2]
    """
    s, u0, v0 = exact(target), exact(u0), exact(v0)
    if not (s > 0 and v0 > 0):
        raise BadInput(f"target {s}, value {v0}: give both positive")
    u, v = sympy.symbols("u v", real=True)
    flow = Flow.from_loss((s - v / (1 + sympy.exp(-u))) ** 2 / 2, [u, v])
    value = sympy.sqrt(v0**2 + 2 * (REAL + sympy.exp(REAL) - u0 - sympy.exp(u0)))
    gate = 1 / (1 + sympy.exp(-REAL))
    rate = (s - gate * value) * value * sympy.diff(gate, REAL)
    clock = sympy.Integral(1 / rate.subs(REAL, REAL_INNER), (REAL_INNER, u0, REAL))
    return ClosedForm(flow, REAL, rate, (REAL, value), u0, clock=clock, limit=_rest(rate, REAL, u0))


def diagonal_net(row: tuple[Number, ...], target: Number, alpha: Number) -> ClosedForm:
    """Return the solution of a diagonal network w = u^2 - v^2 with one example, from u = v = alpha: u_i = alpha e^(x_i n / 2).

    The loss is (x.w - y)^2 / 2, w = 2 alpha^2 sinh(n x), and n' = 4 (y - x.w); the limit is that of `solutions.diagonal_limit`.
    Raises BadInput for a row or a target of zero, and alpha that is not positive.

    >>> form = diagonal_net((1, 3), 1, 1)
    >>> form.check()
    >>> u0, u1, v0, v1 = form.at(50)
    >>> [round(float(w), 8) for w in (u0**2 - v0**2, u1**2 - v1**2)]
    [0.09970267, 0.30009911]
    """
    rows, y, a = tuple(map(exact, row)), exact(target), exact(alpha)
    if not a > 0 or y == 0 or not any(rows):
        raise BadInput(f"row {rows}, target {y}, alpha {a}: give a row and a target that are not zero, and a positive alpha")
    u, v = (sympy.symbols(f"{name}0:{len(rows)}", real=True) for name in "uv")
    output = sympy.Add(*(x * (p**2 - q**2) for x, p, q in zip(rows, u, v, strict=True)))
    lift = [a * sympy.exp(sign * x * REAL / 2) for sign in (1, -1) for x in rows]
    seen = sympy.Add(*(x * a**2 * (sympy.exp(x * REAL) - sympy.exp(-x * REAL)) for x in rows))
    rate = 4 * (y - seen)
    clock = sympy.Integral(1 / rate.subs(REAL, REAL_INNER), (REAL_INNER, 0, REAL))
    flow = Flow.from_loss((output - y) ** 2 / 2, [*u, *v])
    return ClosedForm(flow, REAL, rate, tuple(lift), sympy.S.Zero, clock=clock, limit=_rest(rate, REAL, sympy.S.Zero))


def _rest(rate: sympy.Expr, x: sympy.Symbol, start: sympy.Expr) -> sympy.Expr:
    """Return where a coordinate that moves from its start comes to rest, to the last digit of a float."""
    speed, low = sympy.lambdify(x, rate, "math"), float(start)
    first = speed(low)
    if first == 0:
        raise BadInput("the start is at rest: give another")
    passed, step = 0.0, 1.0 if first > 0 else -1.0
    while True:
        try:
            if speed(low + step) * first <= 0:
                break
            passed, step = step, 2 * step
        except (ValueError, OverflowError):  # a root of a negative number, a power too large: the coordinate rests before
            step = (passed + step) / 2
    return sympy.Float(brentq(speed, low, low + step, xtol=1e-300, rtol=1e-15), 17)
