"""Orbits for figures: states of a motion at chosen times, by SciPy at the tolerance of a drawing; stiff motions cost no more."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import BadInput

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow
    from workbench.dynamics.second import Motion

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
    from workbench.dynamics.second import motion

    return solved(motion(flow, time=time, parameters=values), flow.field.state(start), times)


def descent(loss: Callable[[Any], Any], start: Any, times: Any, **options: Any) -> np.ndarray:
    """Return the states of the gradient flow of a loss, a JAX function of a vector, at increasing times, shape (times, n).

    Options as in `solved`.

    >>> descent(lambda x: (x**2).sum() / 2, [1.0], [0.0, 1.0]).round(6).tolist()
    [[1.0], [0.367879]]
    """
    import jax.numpy as jnp

    from workbench.lowering.precision import scope

    with scope("float64"):
        slope = _slope(loss)
        return solved(lambda _, x: -np.asarray(slope(jnp.asarray(x))), start, times, **options)


@lru_cache(maxsize=16)
def _slope(loss: Callable[[Any], Any]) -> Any:
    import jax

    return jax.jit(jax.grad(loss))


def solved(rhs: Motion, start: Any, times: Any, *, method: str = "LSODA", rtol: float = RTOL) -> np.ndarray:
    """Return the solution of x' = rhs(t, x) from t = 0 at increasing times, shape (times, variables).

    Raises BadInput where the integration stops early.
    """
    from workbench.dynamics.second import scipy_solution

    return np.asarray(scipy_solution(rhs, start, times, method=method, rtol=rtol, atol=ATOL).y.T)


def hitting_time(rhs: Motion, start: Any, gap: Callable[[np.ndarray], float], *, last: float) -> float:
    """Return the first time at which `gap`, a function of the state, passes 0.

    Raises BadInput if it does not until `last`.

    >>> round(hitting_time(lambda t, x: x, [1.0], lambda x: x[0] - 2, last=1.0), 6)
    0.693147
    >>> hitting_time(lambda t, x: x, [1.0], lambda x: x[0] - 2, last=0.5)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: nothing is passed until t = 0.5: take a later time
    """
    from workbench.dynamics.second import scipy_solution

    found = scipy_solution(rhs, start, [last], method="LSODA", rtol=RTOL, atol=ATOL, until=lambda _, x: float(gap(x)))
    if not len(found.t_events[0]):
        raise BadInput(f"nothing is passed until t = {last:g}: take a later time")
    return float(found.t_events[0][0])
