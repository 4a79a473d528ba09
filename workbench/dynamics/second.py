"""A second opinion on a trajectory: the same flow by SciPy's integrators, another code base."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.integrate import solve_ivp

from workbench.dynamics.arguments import real
from workbench.errors import BadInput
from workbench.lowering.precision import scope

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow
    from workbench.dynamics.trajectory import Trajectory

Motion = Callable[[float, np.ndarray], np.ndarray]  # (tau, x) to x'
COMPARED = 40  # step ends at which the two are compared


@dataclass(frozen=True)
class Comparison:
    """The largest difference of two integrations, relative to max(1, |x|), and which method gave the other."""

    method: str
    difference: float
    points: int
    rtol: float


def compare(flow: Flow, trajectory: Trajectory, *, rtol: float = 1e-11, atol: float = 1e-12) -> Comparison:
    """Return how far SciPy's DOP853 (LSODA where the trajectory needed an implicit method) is from a trajectory at step ends.

    Raises BadInput for the trajectory of another flow, and tolerances that float64 does not resolve.
    """
    if not hasattr(trajectory, "integrator"):
        raise BadInput(f"a {type(trajectory).__name__} for a trajectory: give what run returns, of a stack one at a time")
    if not (1e-13 <= real("rtol", rtol) < 1 and 0 < real("atol", atol) < 1):
        raise BadInput(f"rtol = {rtol}, atol = {atol}: give rtol from 1e-13 and atol above 0, both below 1")
    if trajectory.flow != flow:
        raise BadInput("the trajectory is of another flow: check it with trajectory.flow.check(trajectory)")
    time = trajectory.integrator.time
    method = "LSODA" if trajectory.integrator.solver == "Kvaerno5" else "DOP853"
    chosen = np.unique(np.linspace(0, len(trajectory.taus) - 1, COMPARED).astype(int))
    start = trajectory.states[0]
    y = np.append(start, 0.0) if time == "arclength" else start
    taus = trajectory.taus[chosen]
    found = solved(flow, y, taus, time=time, parameters=trajectory.values, method=method, rtol=rtol, atol=atol)
    other = found.y.T[:, : len(start)]
    mine = trajectory.states[chosen]
    difference = np.abs(other - mine) / np.maximum(1, np.abs(mine))
    return Comparison(method, float(difference.max()), len(chosen), rtol)


def solved(flow: Flow, initial: Any, taus: Any, *, time: str = "t", parameters: Any = None, **options: Any) -> Any:
    """Return SciPy's solution of a flow at the places `taus` of a time map; in the time "log" a place is ln(1+t).

    Options as in `scipy_solution`, and its errors.

    >>> import sympy
    >>> from workbench.dynamics.flow import Flow
    >>> x = sympy.Symbol("x", real=True)
    >>> solved(Flow.from_rhs([-x], [x]), [1.0], [0.0, 1.0]).y.round(8).tolist()
    [[1.0, 0.36787944]]
    """
    return scipy_solution(motion(flow, time=time, parameters=parameters), initial, taus, **options)


def motion(flow: Flow, *, time: str = "t", parameters: Any = None) -> Motion:
    """Return the right-hand side of a flow in a time map, as a function of arrays."""
    field, values = flow.field.jitted, flow.field.values(parameters)

    def rhs(tau: float, state: np.ndarray) -> np.ndarray:
        with scope("float64"):
            return np.asarray(field(time, np.float64(tau), state, values))

    return rhs


def scipy_solution(
    rhs: Motion,
    initial: Any,
    taus: Any,
    *,
    method: str = "DOP853",
    rtol: float = 1e-11,
    atol: float = 1e-12,
    until: Callable[[float, np.ndarray], float] | None = None,
) -> Any:
    """Return SciPy's solution of x' = rhs(t, x) from 0 at increasing times, or up to the first zero of a function of (t, x).

    Raises BadInput if the method stops before the end.

    >>> found = scipy_solution(lambda t, x: x, [1.0], [1.0], until=lambda t, x: x[0] - 2)
    >>> round(float(found.t_events[0][0]), 6)
    0.693147
    """
    if until is not None:
        until.terminal = True  # type: ignore[attr-defined]
    places = np.asarray(taus, dtype="float64")
    start = np.asarray(initial, dtype="float64")
    found = solve_ivp(rhs, (0.0, float(places[-1])), start, method=method, rtol=rtol, atol=atol, t_eval=places, events=until)
    if not found.success:
        raise BadInput(f"{method} stopped at {found.t[-1] if len(found.t) else 0}: {found.message}")
    return found
