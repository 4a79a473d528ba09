"""Orbits for figures: a flow's states at chosen times, by SciPy on the compiled right-hand side; stiff flows cost no more."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import BadInput

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow

RTOL, ATOL = 1e-8, 1e-11


def orbit(flow: Flow, start: Any, times: Any, *, values: Any = None, time: str = "t") -> np.ndarray:
    """Return the states of a flow at increasing times, shape (times, variables); in the time "log" these are ln(1+t).

    `values` are those of its parameters. Raises BadInput where the integration stops early.

    >>> import sympy
    >>> from workbench.dynamics.flow import Flow
    >>> x = sympy.Symbol("x", real=True)
    >>> orbit(Flow.from_rhs([-x], [x]), [1.0], [0.0, 1.0]).round(6).tolist()
    [[1.0], [0.367879]]
    """
    import jax.numpy as jnp

    from workbench.lowering.precision import scope

    field = flow.field
    first, given = field.state(start), field.values(values)
    with scope("float64"):
        constants, moved = jnp.asarray(given), field.jitted
        return solved(lambda tau, x: np.asarray(moved(time, jnp.float64(tau), jnp.asarray(x), constants)), first, times)


def descent(loss: Callable[[Any], Any], start: Any, times: Any) -> np.ndarray:
    """Return the states of the gradient flow of a loss, a JAX function of a vector, at increasing times, shape (times, n).

    >>> descent(lambda x: (x**2).sum() / 2, [1.0], [0.0, 1.0]).round(6).tolist()
    [[1.0], [0.367879]]
    """
    import jax.numpy as jnp

    from workbench.lowering.precision import scope

    with scope("float64"):
        slope = _slope(loss)
        return solved(lambda _, x: -np.asarray(slope(jnp.asarray(x))), start, times)


@lru_cache(maxsize=16)
def _slope(loss: Callable[[Any], Any]) -> Any:
    import jax

    return jax.jit(jax.grad(loss))


def solved(rhs: Callable[[float, np.ndarray], np.ndarray], start: Any, times: Any, *, method: str = "LSODA") -> np.ndarray:
    """Return the solution of x' = rhs(t, x) from t = 0 at increasing times, shape (times, variables).

    Raises BadInput where the integration stops early.
    """
    from scipy.integrate import solve_ivp

    t = np.asarray(times, dtype="float64")
    found = solve_ivp(rhs, (0.0, float(t[-1])), start, method=method, t_eval=t, rtol=RTOL, atol=ATOL)
    if not found.success:
        raise BadInput(f"{method} stopped before t = {t[-1]:g}: {found.message}")
    return np.asarray(found.y.T)


def passing(values: np.ndarray, level: float, times: np.ndarray) -> float:
    """Return the time at which rising values first reach a level, by linear interpolation.

    >>> passing(np.array([0.0, 1.0, 3.0]), 2.0, np.array([0.0, 1.0, 2.0]))
    1.5
    >>> passing(np.array([0.0, 1.0]), 2.0, np.array([0.0, 1.0]))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: the values end at 1 and never reach 2: take later times
    """
    k = int(np.argmax(values >= level))
    if values[k] < level:
        raise BadInput(f"the values end at {values[-1]:g} and never reach {level:g}: take later times")
    return float(np.interp(level, values[max(k - 1, 0) : k + 1], times[max(k - 1, 0) : k + 1]))
