"""A trajectory: the states at the ends of the integrator's steps, dense output between them, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import sympy

from workbench.dynamics.arguments import array
from workbench.dynamics.softmax import shifted
from workbench.dynamics.stepping import Piece, dense
from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.runs import Run, installed_versions

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow


NODES = 80  # of a quadrature


@dataclass(frozen=True)
class Integrator:
    """How a trajectory was computed: the solver and why it was chosen, tolerances, steps, and the stiffness that was seen."""

    solver: str
    reason: str
    time: str
    dtype: str
    rtol: float
    atol: float
    steps: int
    rejected: int
    spectral_radius: tuple[float, float]  # of the Jacobian in t, at the start and at the end

    def as_json(self) -> dict[str, Any]:
        """Return the fields for a JSON document."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in self.__dict__.items()}


@dataclass(frozen=True, eq=False)
class Trajectory:
    """States at the ends of the steps, shape (steps + 1, variables); `at` interpolates between them.

    `taus` is the time of the integration (t, ln(1+t) or arclength) and `ts` is t. `ended` is "t1" or the name of the event that
    ended the run: a run never ends because the flow is slow, which is no evidence of a stationary point. The states are accurate
    to the tolerance at the ends of steps; interpolated ones can be worse (1e-10 at a tolerance of 1e-12).
    """

    flow: Flow = field(repr=False)
    values: np.ndarray = field(repr=False)
    taus: np.ndarray = field(repr=False)
    ts: np.ndarray = field(repr=False)
    states: np.ndarray = field(repr=False)
    integrator: Integrator
    ended: str
    seconds: float
    pieces: tuple[Piece, ...] = field(repr=False)

    @property
    def final(self) -> dict[str, float]:
        """The last state, by the names of the variables."""
        return {str(x): float(v) for x, v in zip(self.flow.variables, self.states[-1], strict=True)}

    @cached_property
    def energy(self) -> np.ndarray:
        """The loss at the ends of the steps. Raises BadInput for a flow without one."""
        if self.flow.loss is None:
            raise BadInput("this flow was given by its right-hand side and has no loss")
        return self.along(self.flow.loss)

    def along(self, expr: sympy.Expr) -> np.ndarray:
        """Return an expression of variables and parameters at the ends of the steps; integrals to a variable by quadrature."""
        if not isinstance(expr, sympy.Expr):
            raise BadInput(f"{expr!r} is not a SymPy expression of the flow's symbols")
        names = [*self.flow.variables, *self.flow.parameters]
        points = np.hstack([self.states, np.tile(self.values, (len(self.states), 1))])
        integrals = {e: sympy.Dummy(f"i{k}", real=True) for k, e in enumerate(sorted(expr.atoms(sympy.Integral), key=str))}
        columns = [_quadrature(e, names, points)[:, None] for e in integrals]
        return np.asarray(lower(shifted(expr.xreplace(integrals)), [*names, *integrals.values()])(np.hstack([points, *columns])))

    def at(self, times: Any) -> np.ndarray:
        """Return the states at these times t, shape (..., variables).

        Raises BadInput for a time outside the run.
        """
        t = array("times", times)
        if t.size and not (self.ts[0] <= t.min() and t.max() <= self.ts[-1] * (1 + 1e-15)):
            raise BadInput(
                f"time {t.min() if t.min() < self.ts[0] else t.max()} outside the run from {self.ts[0]} to {self.ts[-1]}"
            )
        time = self.integrator.time
        taus = t if time == "t" else np.log1p(t) if time == "log" else self._lengths(t)
        n = len(self.flow.variables)
        return self._at_taus(np.clip(taus, self.taus[0], self.taus[-1]).ravel())[:, :n].reshape(*t.shape, n)

    def _at_taus(self, taus: np.ndarray) -> np.ndarray:
        found = np.empty((taus.size, self.states.shape[1] + (self.integrator.time == "arclength")))
        ends = [piece.end for piece in self.pieces]
        chosen = np.minimum(np.searchsorted(ends, taus), len(ends) - 1)
        for k in np.unique(chosen):
            found[chosen == k] = dense(self.pieces[k].output, taus[chosen == k], self.integrator.dtype)
        return found

    def _lengths(self, t: np.ndarray) -> np.ndarray:
        """Return the arclengths at times t, by bisection on the interpolated ln(1+t)."""
        wanted = np.log1p(t).ravel()
        place = np.clip(np.searchsorted(np.log1p(self.ts), wanted), 1, len(self.ts) - 1)
        low, high = self.taus[place - 1].copy(), self.taus[place].copy()
        for _ in range(55):
            middle = (low + high) / 2
            early = self._at_taus(middle)[:, -1] < wanted
            low, high = np.where(early, middle, low), np.where(early, high, middle)
        return np.asarray((low + high) / 2).reshape(t.shape)

    def record(self, name: str, *, seed: int = 0, series: Sequence[sympy.Expr] = ()) -> Run:
        """Return the run's record: the final values, the steps, and series of expressions along it for a figure."""
        made = self.integrator
        values = self.final | {"t": float(self.ts[-1]), "steps": made.steps, "rejected": made.rejected}
        data = {"t": self.ts.tolist()} | {f"series_{i}": self.along(e).tolist() for i, e in enumerate(series)}
        device = jax.devices()[0].platform
        return Run(name, values, seed, made.dtype, device, installed_versions(), round(self.seconds, 6), data if series else {})


def _quadrature(integral: sympy.Integral, names: Sequence[sympy.Symbol], points: np.ndarray) -> np.ndarray:
    """Return the values of an integral from a number to a variable, by Gauss and Legendre's rule: for smooth integrands."""
    ((inner, start, end),) = integral.limits
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    low, high = float(start), points[:, list(names).index(end)]
    values = np.asarray(lower(shifted(integral.function), [inner])((low + (high[:, None] - low) * (nodes + 1) / 2)[..., None]))
    return np.asarray((high - low) / 2 * (values @ weights))
