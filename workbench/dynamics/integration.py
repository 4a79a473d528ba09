"""Integrate a flow with diffrax: time maps, solver chosen by measured stiffness, ends at t1 or at a named event, never at rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy

from workbench.dynamics.arguments import array, real
from workbench.dynamics.fields import LATEST, TIMES, Field
from workbench.dynamics.stepping import Done, Order, Piece, Progress, compiled_piece, first_step, integrated
from workbench.dynamics.trajectory import Integrator, Trajectory
from workbench.errors import BadInput
from workbench.lowering.precision import number_type, scope

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow

EXPLICIT = {"Tsit5": 5, "Dopri8": 8}  # the order of each
SOLVERS = (*EXPLICIT, "Kvaerno5")
MOST_STEPS = 200_000
TIGHT = 1e-10  # below this tolerance the explicit method of order 8 is cheaper
STIFF = 20  # an explicit method that takes so many times the steps expected of a slow flow is given up


def run(
    flow: Flow,
    initial: Any,
    *,
    t1: float,
    time: str = "t",
    rtol: float = 1e-9,
    atol: float = 1e-9,
    solver: str | None = None,
    parameters: Any = None,
    dtype: str = "float64",
    save: Any = (),
    until: Mapping[str, sympy.Expr] | None = None,
    progress: Progress | None = None,
) -> Trajectory | tuple[Trajectory, ...]:
    """Return the trajectory of a flow from t = 0 to `t1`, or to the first zero of a named expression in `until`.

    `time` is "t", "log" (integrate in ln(1+t), for horizons up to 1e300) or "arclength"; steps end at the times in `save`. `solver`
    is Tsit5, Dopri8 or Kvaerno5; without one an explicit method is tried and given up for Kvaerno5 if it takes 20 times the steps
    of a flow that is slow but not stiff. A stack of initial states or of parameter values gives as many trajectories, from one
    compiled call. Raises BadInput for bad arguments, float32 where the tolerance or the time map needs float64, and a run that
    cannot reach its end.

    >>> from workbench.dynamics.flow import Flow
    >>> x = sympy.Symbol("x", real=True)
    >>> decay = run(Flow.from_rhs([-x], [x]), [1.0], t1=1.0)
    >>> round(decay.final["x"], 8), decay.ended, decay.integrator.solver
    (0.36787944, 't1', 'Tsit5')
    >>> run(Flow.from_rhs([-x], [x]), [1.0], t1=1.0, dtype="float32")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: float32 with a tolerance of 1e-09 < 1e-6, which it cannot resolve: take dtype='float64'
    """
    order = _order(flow, t1, time, rtol, atol, dtype, save, until, progress)
    if solver is not None and solver not in SOLVERS:
        raise BadInput(f"solver {solver!r} is not one of {', '.join(SOLVERS)}")
    states, values = order.field.state(initial), order.field.values(parameters)
    if states.ndim == values.ndim == 1:
        return _single(order, states, values, solver)
    if order.until or order.save or time == "arclength":
        raise BadInput("a stack of runs ends at t1, in the time t or log: run one at a time for events, saved times and arclength")
    return _stack(order, states, values, solver or _explicit(order))


def _order(
    flow: Flow, t1: float, time: str, rtol: float, atol: float, dtype: str, save: Any, until: Any, progress: Progress | None
) -> Order:
    if time not in TIMES:
        raise BadInput(f"time {time!r} is not one of {', '.join(TIMES)}")
    t1, rtol, atol = real("t1", t1), real("rtol", rtol), real("atol", atol)
    if not 0 < t1 <= LATEST:
        raise BadInput(f"t1 = {t1} is not from 0 to {LATEST:g}")
    if not (1e-14 <= rtol < 1 and 0 < atol < 1):
        raise BadInput(f"rtol = {rtol}, atol = {atol}: give rtol from 1e-14 and atol above 0, both below 1")
    if number_type(dtype) not in ("float32", "float64"):
        raise BadInput(f"dtype {dtype} is no float type: take float64")
    if dtype == "float32" and min(rtol, atol) < 1e-6:
        raise BadInput(f"float32 with a tolerance of {min(rtol, atol):g} < 1e-6, which it cannot resolve: take dtype='float64'")
    if dtype == "float32" and time != "t":
        raise BadInput(f"float32 in the time {time}, whose exponents need float64: take dtype='float64'")
    times = tuple(sorted(set(array("saved times", save).ravel().tolist())))
    if times and (not (0 < min(times) and max(times) <= t1) or time == "arclength"):
        raise BadInput(f"saved times from {times[0]} to {times[-1]}: give times in (0, t1], and time 't' or 'log'")
    field = flow.field if dtype == "float64" else Field.of(flow, dtype)
    forward = float if time == "t" else math.log1p
    return Order(flow, field, time, forward(t1), rtol, atol, tuple(map(forward, times)), _events(flow, until), progress)


def _events(flow: Flow, until: Any) -> tuple[tuple[str, sympy.Expr], ...]:
    """Return the named expressions that end a run, or raise BadInput for what is none of the flow's."""
    if not isinstance(until or {}, Mapping):
        raise BadInput(f"until = {until!r}: give a mapping from names to expressions, such as {{'half': x - 1}}")
    known = {*flow.variables, *flow.parameters}
    for name, expr in (until or {}).items():
        if name == "t1" or not isinstance(expr, sympy.Expr) or expr.free_symbols - known or not expr.free_symbols:
            raise BadInput(f"event {name}: {expr!r} is no expression of the flow's symbols, or its name is t1, that of the end")
    return tuple((until or {}).items())


def _explicit(order: Order) -> str:
    return "Dopri8" if min(order.rtol, order.atol) < TIGHT else "Tsit5"


def _single(order: Order, state: np.ndarray, values: np.ndarray, solver: str | None) -> Trajectory:
    start = perf_counter()
    name = solver or _explicit(order)
    limit = MOST_STEPS if solver else STIFF * order.expected
    reason = "asked for" if solver else f"not stiff: done before the {limit} steps at which an explicit method is given up"
    done = integrated(order, state, values, name, limit)
    if done is None and solver is None:
        reason = f"stiff: {name} took more than {limit} steps, {STIFF} times what a slow flow takes"
        name, limit = "Kvaerno5", MOST_STEPS
        done = integrated(order, state, values, name, limit)
    if done is None:
        raise BadInput(f"{name} takes more than {limit} steps to t1: take an earlier t1, a wider tolerance or another time map")
    return _trajectory(order, values, name, reason, done, perf_counter() - start)


def _trajectory(order: Order, values: np.ndarray, solver: str, reason: str, done: Done, seconds: float) -> Trajectory:
    n = len(order.flow.variables)
    ts = done.taus if order.time == "t" else np.expm1(done.states[:, -1] if order.time == "arclength" else done.taus)
    ends = (done.states[0, :n], done.states[-1, :n])
    radii = tuple(order.field.spectral_radius(state, values) for state in ends)
    kept = (order.rtol, order.atol, len(done.taus) - 1, sum(piece.rejected for piece in done.pieces), radii)
    made = Integrator(solver, reason, order.time, order.field.dtype, *kept)  # type: ignore[arg-type]
    return Trajectory(order.flow, values, done.taus, ts, done.states[:, :n], made, done.ended, seconds, done.pieces)


def _stack(order: Order, states: np.ndarray, values: np.ndarray, solver: str) -> tuple[Trajectory, ...]:
    """Return one trajectory for each of a stack of initial states and parameter values, from one compiled call."""
    start = perf_counter()
    runs = max(len(a) for a in (states, values) if a.ndim == 2)
    if any(a.ndim == 2 and len(a) not in (1, runs) for a in (states, values)):
        raise BadInput(f"{len(states)} initial states and {len(values)} rows of parameters: give as many of each, or one")
    ys, ps = (np.broadcast_to(a, (runs, a.shape[-1])) for a in (states, values))
    most = min(MOST_STEPS, 4 * order.expected)
    compiled = compiled_piece(order.field, order.time, solver, (), most, True)
    with scope(order.field.dtype):
        given = (jnp.asarray(a, order.field.dtype) for a in (ys, ps, 0.0, order.stop, first_step(order), order.rtol, order.atol))
        found = jax.block_until_ready(compiled(*given))
    seconds = perf_counter() - start
    counts = np.asarray(found.stats["num_accepted_steps"])
    ends = np.asarray(found.ts)[np.arange(runs), np.maximum(counts, 1) - 1]
    if (late := np.flatnonzero((ends < order.stop) | (counts == 0))).size:
        raise BadInput(f"run {late[0]} of the stack takes more than {most} steps to t1: run it alone, where the solver is chosen")
    return tuple(_of_stack(order, solver, found, k, ys[k], ps[k], seconds) for k in range(runs))


def _of_stack(order: Order, solver: str, found: Any, k: int, state: np.ndarray, values: np.ndarray, seconds: float) -> Trajectory:
    with scope(order.field.dtype):
        one = jax.tree.map(lambda a: a[k], found)
    count = int(one.stats["num_accepted_steps"])
    taus, path = (np.asarray(a[:count], "float64") for a in (one.ts, one.ys))
    done = Done(state, (Piece(taus, path, one.interpolation, int(one.stats["num_rejected_steps"])),), "t1")
    return _trajectory(order, values, solver, "one solver for the whole stack", done, seconds)
