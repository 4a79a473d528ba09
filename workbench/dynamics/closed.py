"""Closed forms: solutions of a flow through one coordinate, checked by exact identities, with the `at(t)` of a trajectory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import sympy
from scipy.integrate import quad
from scipy.optimize import brentq

from workbench.errors import BadInput, Rejected
from workbench.expressions import shown
from workbench.identity import Identity
from workbench.lowering import lower

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow
    from workbench.dynamics.trajectory import Trajectory

TIME = sympy.Symbol("t", nonnegative=True)
COMPARED = 25  # step ends at which a trajectory is held against a closed form


class Solution(Protocol):
    """What gives the states of a flow at times t, shape (..., variables)."""

    def at(self, times: Any) -> np.ndarray:
        """Return the states."""
        ...


def error(solution: Solution, trajectory: Trajectory) -> float:
    """Return the largest difference between a trajectory, at ends of steps, and a solution, relative to max(1, |x|)."""
    chosen = np.unique(np.linspace(0, len(trajectory.ts) - 1, COMPARED).astype(int))
    wanted = solution.at(trajectory.ts[chosen])
    return float((np.abs(trajectory.states[chosen] - wanted) / np.maximum(1, np.abs(wanted))).max())


@dataclass(frozen=True)
class ClosedForm:
    """The solution of a flow whose variables are functions `lift` of one coordinate x with x' = rate(x), from x = start.

    Either `solution` is x^power as an expression of `TIME`, or `clock` is an antiderivative T(x) of 1/rate, elementary or with an integral,
    so that t = T(x) - T(start), x moving monotonely towards `limit`.

    >>> from workbench.dynamics.flow import Flow
    >>> x = sympy.Symbol("x", positive=True)
    >>> decay = ClosedForm(Flow.from_rhs([-x], [x]), x, -x, (x,), sympy.Integer(1), solution=sympy.exp(-TIME))
    >>> decay.check()
    >>> decay.at([0, 1]).tolist()
    [[1.0], [0.3678794411714423]]
    >>> ClosedForm(Flow.from_rhs([-x], [x]), x, -x, (x,), sympy.Integer(1), solution=sympy.exp(-2 * TIME)).check()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the solution in t leaves the residual -exp(-2*t)
    """

    flow: Flow = field(repr=False)
    coordinate: sympy.Symbol
    rate: sympy.Expr
    lift: tuple[sympy.Expr, ...]
    start: sympy.Expr
    solution: sympy.Expr | None = None
    clock: sympy.Expr | None = None
    limit: sympy.Expr = sympy.oo
    power: int = 1

    def residuals(self) -> Iterator[tuple[str, sympy.Expr]]:
        """Yield what must vanish identically, each with its name."""
        x = self.coordinate
        values = dict(zip(self.flow.variables, self.lift, strict=True))
        for name, lifted, move in zip(self.flow.variables, self.lift, self.flow.explicit, strict=True):
            yield f"the equation of {name}", sympy.diff(lifted, x) * self.rate - move.subs(values, simultaneous=True)
        if self.solution is not None:
            y = sympy.Dummy("y", positive=True)
            rate = sympy.expand(self.power * x ** (self.power - 1) * self.rate).subs(x, y ** sympy.Rational(1, self.power))
            yield "the solution in t", sympy.diff(self.solution, TIME) - rate.subs(y, self.solution)
            yield "the start", self.solution.subs(TIME, 0) - self.start**self.power
        else:
            yield "the time as a function of the coordinate", sympy.diff(self.clock, x) * self.rate - 1

    def check(self) -> None:
        """Decide every residual exactly; raises Rejected for the first that does not vanish."""
        for name, residual in self.residuals():
            top = sympy.expand(sympy.numer(sympy.together(residual.rewrite(sympy.exp))))  # roots of numbers multiply out here
            if top == 0:
                continue
            try:
                Identity.of(top, 0).check()
            except Rejected:
                raise Rejected(f"{name} leaves the residual {shown(residual)}") from None

    def at(self, times: Any) -> np.ndarray:
        """Return the states at times t, shape (..., variables), to about 1e-10.

        Raises BadInput for a negative time, and where a parameter has no value.
        """
        t = np.asarray(times, dtype="float64")
        if t.size and not t.min() >= 0:
            raise BadInput(f"time {t.min()}: give times from 0 on")
        free = {s for e in (*self.lift, self.start, self.rate) for s in e.free_symbols} - {self.coordinate}
        if free:
            raise BadInput(f"{min(map(str, free))} has no value: build the closed form with numbers")
        if self.solution is not None:
            return self._explicit(t)
        places = np.array([self._place(float(one)) for one in t.ravel()])
        return self._lifted(places).reshape(*t.shape, len(self.lift))

    def _explicit(self, t: np.ndarray) -> np.ndarray:
        place = self.solution ** sympy.Rational(1, self.power)
        states = [e.subs(self.coordinate, place) for e in self.lift]
        return np.asarray(lower(sympy.ImmutableMatrix(states), [TIME])(t[..., None]))[..., 0]

    def _lifted(self, places: np.ndarray) -> np.ndarray:
        return np.asarray(lower(sympy.ImmutableMatrix(self.lift), [self.coordinate])(places[:, None]))[..., 0]

    def _place(self, t: float) -> float:
        """Return the coordinate at one time, by a root of T(x) - T(start) - t between the start and a point that is later."""
        if t == 0:
            return float(self.start)
        first = float(self.start)
        low, high = first, self._beyond(t)
        return float(brentq(lambda x: self._elapsed(x) - t, low, high, xtol=1e-15, rtol=1e-15, maxiter=300))

    def _beyond(self, t: float) -> float:
        """Return a coordinate that is reached after the time t."""
        first, last = float(self.start), float(self.limit)
        for k in range(1, 1075):
            x = last + (first - last) * 0.5**k if np.isfinite(last) else first + np.sign(last) * 2.0 ** (k - 5)
            if x == last or self._elapsed(x) >= t:
                return x
        raise BadInput(f"time {t} is beyond what float64 resolves near the limit {self.limit}")

    def _elapsed(self, x: float) -> float:
        elementary, integrals = self._clock
        total = float(elementary([x])) - float(elementary([float(self.start)]))
        if not np.isfinite(total):
            return np.inf
        for factor, integrand in integrals:
            part, _ = quad(lambda y: float(integrand([y])), float(self.start), x, epsabs=1e-13, epsrel=1e-12, limit=200)
            total += factor * part
        return total

    @cached_property
    def _clock(self) -> tuple[Any, list[tuple[float, Any]]]:
        """The elementary part of T, and the factors and integrands of its integrals."""
        rest, integrals = sympy.Integer(0), []
        for term in sympy.Add.make_args(sympy.expand(self.clock)):
            inside = [f for f in sympy.Mul.make_args(term) if isinstance(f, sympy.Integral)]
            if not inside:
                rest += term
                continue
            ((inner, _, _),) = inside[0].limits
            integrals.append((float(term / inside[0]), lower(inside[0].function, [inner])))
        return lower(rest, [self.coordinate]), integrals
