"""A second opinion on a trajectory: the same flow by SciPy's integrators, another code base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

from workbench.errors import BadInput
from workbench.lowering.precision import scope

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow
    from workbench.dynamics.trajectory import Trajectory

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

    Raises BadInput for the trajectory of another flow.
    """
    if trajectory.flow != flow:
        raise BadInput("the trajectory is of another flow: check it with trajectory.flow.check(trajectory)")
    time = trajectory.integrator.time
    method = "LSODA" if trajectory.integrator.solver == "Kvaerno5" else "DOP853"
    chosen = np.unique(np.linspace(0, len(trajectory.taus) - 1, COMPARED).astype(int))
    start = trajectory.states[0]
    with scope("float64"):
        values = jnp.asarray(trajectory.values, "float64")
        field = flow.field.jitted

        def rhs(tau: float, state: np.ndarray) -> np.ndarray:
            return np.asarray(field(time, jnp.float64(tau), jnp.asarray(state), values))

        y = np.append(start, 0.0) if time == "arclength" else start
        span = (0.0, float(trajectory.taus[-1]))
        found = solve_ivp(rhs, span, y, method=method, rtol=rtol, atol=atol, t_eval=trajectory.taus[chosen])
    if not found.success:
        raise BadInput(f"{method} stopped at {found.t[-1] if len(found.t) else 0}: {found.message}")
    other = found.y.T[:, : len(start)]
    mine = trajectory.states[chosen]
    difference = np.abs(other - mine) / np.maximum(1, np.abs(mine))
    return Comparison(method, float(difference.max()), len(chosen), rtol)
