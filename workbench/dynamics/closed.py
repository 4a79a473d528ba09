"""Closed forms: solutions of a flow through one coordinate, checked by exact identities, with the `at(t)` of a trajectory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import sympy

from workbench.dynamics.arguments import array
from workbench.dynamics.softmax import shifted
from workbench.errors import BadInput, Rejected
from workbench.expressions import shown
from workbench.identity import Identity

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow
    from workbench.dynamics.trajectory import Trajectory

TIME = sympy.Symbol("t", nonnegative=True)
PANEL = 0.25  # of a tabulated clock, with so many nodes of Gauss and Legendre
# Edges within the first panel, where a root may have its branch just before it.
HALVED = np.append(0, PANEL / 2.0 ** np.arange(12, 0, -1))
NODES, WEIGHTS = (np.polynomial.legendre.leggauss(16) + np.array([[1.0], [0.0]])) / 2
COMPARED = 25  # step ends at which a trajectory is held against a closed form


class Solution(Protocol):
    """What gives the states of a flow at times t, shape (..., variables)."""

    def at(self, times: Any) -> np.ndarray:
        """Return the states."""
        ...


class Solved(Solution, Protocol):
    """A solution that is checked by exact identities."""

    @property
    def flow(self) -> Flow:
        """What it solves."""
        ...

    def residuals(self) -> Iterator[tuple[str, sympy.Expr]]:
        """Yield what must vanish identically, each with its name."""
        ...

    def check(self) -> None:
        """Decide every residual exactly; raises Rejected for the first that does not vanish."""
        ...


def error(solution: Solution, trajectory: Trajectory) -> float:
    """Return the largest difference between a trajectory, at ends of steps, and a solution, relative to max(1, |x|)."""
    chosen = np.unique(np.linspace(0, len(trajectory.ts) - 1, COMPARED).astype(int))
    wanted = solution.at(trajectory.ts[chosen])
    return float((np.abs(trajectory.states[chosen] - wanted) / np.maximum(1, np.abs(wanted))).max())


@dataclass(frozen=True)
class ClosedForm:
    """The solution of a flow whose variables are functions `lift` of one coordinate x, with x' = rate(x) from x = start.

    Either `solution` is x^power as an expression of `TIME`, or `clock` is an antiderivative T(x) of 1/rate, elementary or with an
    integral, so that t = T(x) - T(start), x moving monotonely towards `limit`.

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
            rational = residual.replace(sympy.tanh, lambda y: 1 - 2 / (sympy.exp(2 * y) + 1))
            top = sympy.expand(sympy.numer(sympy.together(rational)))  # roots of numbers multiply out here
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
        t = array("times", times)
        if t.size and not t.min() >= 0:
            raise BadInput(f"time {t.min()}: give times from 0 on")
        free = {s for e in (*self.lift, self.start, self.rate) for s in e.free_symbols} - {self.coordinate}
        if free:
            raise BadInput(f"{min(map(str, free))} has no value: build the closed form with numbers")
        if self.solution is not None:
            return self._explicit(t)
        return self._lifted(self._clock.place(t.ravel())).reshape(*t.shape, len(self.lift))

    def along(self, expr: sympy.Expr, times: Any) -> np.ndarray:
        """Return an expression of the variables, such as the loss, at times t.

        >>> from workbench.dynamics.solutions import uv
        >>> form = uv(sympy.Rational(1, 2), sympy.Rational(1, 10), 1)
        >>> form.along(form.flow.loss, [0, 3]).round(6).tolist()
        [0.45125, 0.000262]
        """
        from workbench.lowering import lower

        if not isinstance(expr, sympy.Expr):
            raise BadInput(f"{expr!r} is not a SymPy expression of the flow's variables")
        return np.asarray(lower(shifted(expr), self.flow.variables)(self.at(times)))

    def _explicit(self, t: np.ndarray) -> np.ndarray:
        from workbench.lowering import lower

        place = self.solution ** sympy.Rational(1, self.power)
        states = [e.subs(self.coordinate, place) for e in self.lift]
        return np.asarray(lower(sympy.ImmutableMatrix(states), [TIME])(t[..., None]))[..., 0]

    def _lifted(self, places: np.ndarray) -> np.ndarray:
        from workbench.lowering import lower

        return np.asarray(lower(sympy.ImmutableMatrix(self.lift), [self.coordinate])(places[:, None]))[..., 0]

    @cached_property
    def _clock(self) -> Clock:
        away, slope = self.limit - self.start, self.rate.subs(self.coordinate, self.start)
        if not (away * slope).is_extended_positive:
            raise BadInput(f"{self.coordinate} = {self.start} rests, or moves away from {self.limit}: give another start")
        return Clock.of(self.clock, self.coordinate, float(self.start), float(self.limit))


@dataclass(frozen=True, eq=False)
class Clock:
    """The time as a function of a coordinate, tabulated in sigma with x = limit - (limit - start) e^-sigma, to be inverted.

    In sigma the time grows about linearly as the coordinate tends to its limit, and the integrals are smooth: Gauss and Legendre's
    rule on panels is exact to rounding. For an infinite limit x = start +- sigma.
    """

    start: float
    limit: float
    elementary: Any
    integrals: tuple[tuple[float, Any], ...]
    edges: np.ndarray

    @classmethod
    def of(cls, clock: sympy.Expr, coordinate: sympy.Symbol, start: float, limit: float) -> Clock:
        """Return the table of an antiderivative whose integrals have numbers for factors and the coordinate for their end."""
        from workbench.lowering import lower

        rest, integrals = sympy.Integer(0), []
        for term in sympy.Add.make_args(sympy.expand(clock)):
            inside = [f for f in sympy.Mul.make_args(term) if isinstance(f, sympy.Integral)]
            if not inside:
                rest += term
                continue
            ((inner, _, _),) = inside[0].limits
            integrals.append((float(term / inside[0]), lower(inside[0].function, [inner])))
        last = 34.0 if np.isfinite(limit) else 700.0  # e^-34 is the spacing of float64; e^700 is near its end
        edges = np.append(HALVED, np.arange(PANEL, last + PANEL / 2, PANEL))
        return cls(start, limit, lower(rest, [coordinate]), tuple(integrals), edges)

    def place(self, t: np.ndarray) -> np.ndarray:
        """Return the coordinate at times t, by bisection in sigma; beyond the table its end."""
        if not np.isfinite(self.limit) and t.size and t.max() > self._table[-1]:
            raise BadInput(f"time {t.max():g} > {self._table[-1]:g}, where the table of this solution ends: give an earlier one")
        panels = np.clip(np.searchsorted(self._table, t, side="right") - 1, 0, len(self.edges) - 2)
        low, high = self.edges[panels], self.edges[panels + 1]
        for _ in range(60):
            middle = (low + high) / 2
            early = self._within(panels, middle) < t
            low, high = np.where(early, middle, low), np.where(early, high, middle)
        return self._coordinate((low + high) / 2)

    def _coordinate(self, sigma: np.ndarray) -> np.ndarray:
        if not np.isfinite(self.limit):
            return np.asarray(self.start + np.sign(self.limit) * sigma)
        return np.asarray(self.limit - (self.limit - self.start) * np.exp(-sigma))

    def _slope(self, sigma: np.ndarray) -> np.ndarray:
        return (self.limit - self.start) * np.exp(-sigma) if np.isfinite(self.limit) else np.full_like(sigma, np.sign(self.limit))

    def _integrated(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return the integrals over sigma from low to high, each within one panel."""
        sigma = low[:, None] + (high - low)[:, None] * NODES
        total = np.zeros(len(low))
        for factor, integrand in self.integrals:
            values = np.asarray(integrand(self._coordinate(sigma)[..., None])) * self._slope(sigma)
            total += factor * (high - low) * (values @ WEIGHTS)
        return total

    @cached_property
    def _sums(self) -> np.ndarray:
        return np.append(0.0, np.cumsum(self._integrated(self.edges[:-1], self.edges[1:])))

    @cached_property
    def _table(self) -> np.ndarray:
        found = self._elementary(self.edges) + self._sums
        return np.maximum.accumulate(np.nan_to_num(found, nan=np.inf, posinf=np.inf))

    def _elementary(self, sigma: np.ndarray) -> np.ndarray:
        values = np.asarray(self.elementary(self._coordinate(np.append(0.0, sigma))[:, None]))
        return np.asarray(values[1:] - values[0])

    def _within(self, panels: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        return np.asarray(self._elementary(sigma) + self._sums[panels] + self._integrated(self.edges[panels], sigma))
