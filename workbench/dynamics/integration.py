"""Integrate a flow with diffrax: time maps, solver chosen by measured stiffness, ends at t1 or at a named event, never at rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import sympy

from workbench.dynamics.fields import LATEST, TIMES, Field
from workbench.dynamics.softmax import shifted
from workbench.dynamics.trajectory import Integrator, Trajectory
from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.precision import number_type, scope

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow

Progress = Callable[[str, int, int], object]
EXPLICIT = {"Tsit5": 5, "Dopri8": 8}  # the order of each
SOLVERS = (*EXPLICIT, "Kvaerno5")
PIECE = 512  # steps of one compiled call: between calls a run reports, can be interrupted, and is looked at
MOST_STEPS = 200_000
TIGHT = 1e-10  # below this tolerance the explicit method of order 8 is cheaper
STIFF = 20  # an explicit method that takes so many times the steps expected of a slow flow is given up


@dataclass(frozen=True)
class Order:
    """What a run is asked to do, in the time of the integration."""

    flow: Flow
    field: Field
    time: str
    end: float  # t1, in the time of the integration; for arclength ln(1+t1), which the last coordinate of the state reaches
    rtol: float
    atol: float
    save: tuple[float, ...]
    until: tuple[tuple[str, sympy.Expr], ...]
    progress: Progress | None

    @property
    def stop(self) -> float:
        """The end of the integration variable."""
        return 1e12 if self.time == "arclength" else self.end

    @property
    def expected(self) -> int:
        """Steps that an explicit method takes if the flow is only slow: a hundred, and ten for each factor e of time, at 1e-9."""
        horizon = self.end if self.time != "t" else math.log1p(self.end)
        return int((100 + 10 * horizon) * max(1.0, (1e-9 / self.rtol) ** 0.2))


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
    if until or save or time == "arclength":
        raise BadInput("a stack of runs ends at t1, in the time t or log: run one at a time for events, saved times and arclength")
    return _stack(order, states, values, solver or _explicit(order))


def _order(
    flow: Flow, t1: float, time: str, rtol: float, atol: float, dtype: str, save: Any, until: Any, progress: Progress | None
) -> Order:
    if time not in TIMES:
        raise BadInput(f"time {time!r} is not one of {', '.join(TIMES)}")
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
    times = tuple(sorted({float(t) for t in np.ravel(save)}))
    if times and (times[0] <= 0 or times[-1] > t1 or time == "arclength"):
        raise BadInput(f"saved times from {times[0]} to {times[-1]}: give times in (0, t1], and time 't' or 'log'")
    field = flow.field if dtype == "float64" else Field.of(flow, dtype)
    forward = float if time == "t" else math.log1p
    return Order(flow, field, time, forward(t1), rtol, atol, tuple(map(forward, times)), tuple((until or {}).items()), progress)


def _explicit(order: Order) -> str:
    return "Dopri8" if min(order.rtol, order.atol) < TIGHT else "Tsit5"


def _single(order: Order, state: np.ndarray, values: np.ndarray, solver: str | None) -> Trajectory:
    start = perf_counter()
    name = solver or _explicit(order)
    limit = MOST_STEPS if solver else STIFF * order.expected
    reason = "asked for" if solver else f"not stiff: done before the {limit} steps at which an explicit method is given up"
    done = _pieces(order, state, values, name, limit)
    if done is None and solver is None:
        reason = f"stiff: {name} took more than {limit} steps, {STIFF} times what a slow flow takes"
        name, done = "Kvaerno5", _pieces(order, state, values, "Kvaerno5", MOST_STEPS)
    if done is None:
        raise BadInput(f"{name} takes more than {limit} steps to t1: take an earlier t1, a wider tolerance or another time map")
    return _trajectory(order, values, name, reason, done, perf_counter() - start)


@dataclass(frozen=True)
class Done:
    """The pieces of a finished integration and what its steps were."""

    taus: np.ndarray
    states: np.ndarray
    pieces: tuple[Any, ...]
    rejected: int
    ended: str


def _pieces(order: Order, state: np.ndarray, values: np.ndarray, solver: str, limit: int) -> Done | None:
    """Return the integration to its end, or None if it takes more than `limit` steps."""
    tau, step = 0.0, _first_step(order)
    y = np.append(state, 0.0) if order.time == "arclength" else state
    taus, states, pieces, rejected, ended = [np.zeros(1)], [y[None]], [], 0, ""
    compiled = _compiled(order.field, order.time, solver, order.save)
    while not ended:
        with scope(order.field.dtype):
            given = [jnp.asarray(a, order.field.dtype) for a in (y, values, tau, order.stop, step, order.rtol, order.atol)]
            found = jax.block_until_ready(compiled(*given))
        count = int(found.stats["num_accepted_steps"])
        if not count or not np.isfinite(found.ys[count - 1]).all() or float(found.ts[count - 1]) <= tau:
            raise BadInput(
                f"the integration cannot pass {order.time} = {tau:.9g}: the flow leaves the range of {order.field.dtype} there"
            )
        taus.append(np.asarray(found.ts[:count], "float64"))
        states.append(np.asarray(found.ys[:count], "float64"))
        pieces.append(found.interpolation)
        rejected += int(found.stats["num_rejected_steps"])
        before = tau if count == 1 else float(taus[-1][-2])
        y, tau = states[-1][-1], float(taus[-1][-1])
        step = tau - before
        total = sum(map(len, taus)) - 1
        ended = _event(order, values, states[-2][-1:], states[-1]) or ("t1" if tau >= order.stop else "")
        if order.progress:
            order.progress(f"{solver}, {order.time} = {tau:.6g} of {order.end:.6g}", total, max(total, limit))
        if not ended and total >= limit:
            return None
    return Done(np.concatenate(taus), np.concatenate(states), tuple(pieces), rejected, ended)


def _first_step(order: Order) -> float:
    return min(1e-3, order.end / 10)


def _event(order: Order, values: np.ndarray, before: np.ndarray, states: np.ndarray) -> str:
    """Return the name of the first event whose expression changes sign within the piece, or "" if none does."""
    path = np.concatenate([before, states])
    for name, function in _events(order):
        signs = np.sign(function(path, values))
        if (signs[1:] * signs[:1] <= 0).any():
            return name
    return ""


def _events(order: Order) -> list[tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]]:
    found: list[tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = []
    for name, expr in order.until:
        found.append((name, _function(order.flow, expr)))
    if order.time == "arclength":
        found.append(("t1", lambda path, values: path[:, -1] - order.end))
    return found


def _function(flow: Flow, expr: sympy.Expr) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    lowered, n = lower(shifted(expr), [*flow.variables, *flow.parameters]), len(flow.variables)
    return lambda path, values: np.asarray(lowered(np.hstack([path[:, :n], np.tile(values, (len(path), 1))])))


@lru_cache(maxsize=64)
def _compiled(field: Field, time: str, solver: str, save: tuple[float, ...], most: int = PIECE, stacked: bool = False) -> Any:
    """Return the compiled integration over at most `most` steps; tolerances and times are arguments, so that none recompiles."""
    term = diffrax.ODETerm(lambda tau, y, values: field.mapped(time, tau, y, values))
    method = getattr(diffrax, solver)()

    def piece(y: Any, values: Any, tau: Any, end: Any, step: Any, rtol: Any, atol: Any) -> Any:
        control: Any = diffrax.PIDController(rtol=rtol, atol=atol)
        if save:
            control = diffrax.ClipStepSizeController(control, step_ts=jnp.asarray(save, y.dtype))
        return diffrax.diffeqsolve(
            term,
            method,
            tau,
            end,
            step,
            y,
            args=values,
            saveat=diffrax.SaveAt(steps=True, dense=True),
            stepsize_controller=control,
            max_steps=most,
            throw=False,
            adjoint=diffrax.ForwardMode(),
        )

    return jax.jit(jax.vmap(piece, in_axes=(0, 0, None, None, None, None, None)) if stacked else piece)


def _trajectory(order: Order, values: np.ndarray, solver: str, reason: str, done: Done, seconds: float) -> Trajectory:
    n = len(order.flow.variables)
    ts = (
        done.taus
        if order.time == "t"
        else np.expm1(np.minimum(done.states[:, -1] if order.time == "arclength" else done.taus, 709))
    )
    ends = (done.states[0, :n], done.states[-1, :n])
    radii = tuple(order.field.spectral_radius(state, values) for state in ends)
    kept = (order.rtol, order.atol, len(done.taus) - 1, done.rejected, radii)
    made = Integrator(solver, reason, order.time, order.field.dtype, *kept)  # type: ignore[arg-type]
    whole = Trajectory(order.flow, values, done.taus, ts, done.states[:, :n], made, done.ended, seconds, done.pieces)
    return whole if done.ended == "t1" and order.time != "arclength" else _cut(order, whole)


def _cut(order: Order, whole: Trajectory) -> Trajectory:
    """Return a trajectory up to its event, found by bisection on the dense output within the step that passes it."""
    function = dict(_events(order))[whole.ended]
    n = len(order.flow.variables)

    def sign(tau: float) -> float:
        return float(np.sign(function(whole._at_taus(np.array([tau])), whole.values)[0]))

    first = sign(0.0)
    steps = np.array([sign(tau) * first <= 0 for tau in whole.taus])
    steps[0] = False
    last = int(np.argmax(steps))
    low, high = whole.taus[last - 1], whole.taus[last]
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if sign(middle) * first <= 0 else (middle, high)
    state = whole._at_taus(np.array([high]))[0]
    t = {"t": high, "log": math.expm1(min(high, 709.0)), "arclength": math.expm1(state[-1])}[order.time]
    kept = slice(0, last)
    return Trajectory(
        whole.flow,
        whole.values,
        np.append(whole.taus[kept], high),
        np.append(whole.ts[kept], t),
        np.vstack([whole.states[kept], state[:n]]),
        whole.integrator,
        whole.ended,
        whole.seconds,
        whole.pieces,
    )


def _stack(order: Order, states: np.ndarray, values: np.ndarray, solver: str) -> tuple[Trajectory, ...]:
    """Return one trajectory for each of a stack of initial states and parameter values, from one compiled call."""
    start = perf_counter()
    runs = max(len(a) for a in (states, values) if a.ndim == 2)
    if any(a.ndim == 2 and len(a) not in (1, runs) for a in (states, values)):
        raise BadInput(f"{len(states)} initial states and {len(values)} rows of parameters: give as many of each, or one")
    ys, ps = (np.broadcast_to(a, (runs, a.shape[-1])) for a in (states, values))
    most = min(MOST_STEPS, 4 * order.expected)
    compiled = _compiled(order.field, order.time, solver, (), most, True)
    with scope(order.field.dtype):
        given = (jnp.asarray(a, order.field.dtype) for a in (ys, ps, 0.0, order.stop, _first_step(order), order.rtol, order.atol))
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
    taus = np.append(0.0, np.asarray(one.ts[:count], "float64"))
    path = np.vstack([state, np.asarray(one.ys[:count], "float64")])
    done = Done(taus, path, (one.interpolation,), int(one.stats["num_rejected_steps"]), "t1")
    return _trajectory(order, values, solver, "one solver for the whole stack", done, seconds)
