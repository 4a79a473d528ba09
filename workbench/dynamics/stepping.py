"""Integrate in pieces of so many steps: one compiled call for each, between which a run reports, stops or is interrupted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import sympy

from workbench.dynamics.fields import Field
from workbench.dynamics.softmax import shifted
from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.precision import scope

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow

Progress = Callable[[str, int, int], object]
Event = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of states (m, n) and parameter values
PIECE = 512  # steps of one compiled call


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


@dataclass(frozen=True)
class Piece:
    """The step ends of one compiled call, the states there, its dense output, and the steps that were rejected."""

    taus: np.ndarray
    states: np.ndarray
    output: Any
    rejected: int

    @property
    def end(self) -> float:
        """Where the piece ends."""
        return float(self.taus[-1])


@dataclass(frozen=True)
class Done:
    """A finished integration: the pieces in order, the start before them, and what ended it."""

    start: np.ndarray
    pieces: tuple[Piece, ...]
    ended: str

    @property
    def taus(self) -> np.ndarray:
        """The ends of all steps, from 0."""
        return np.concatenate([np.zeros(1), *(piece.taus for piece in self.pieces)])

    @property
    def states(self) -> np.ndarray:
        """The states there."""
        return np.concatenate([self.start[None], *(piece.states for piece in self.pieces)])


def integrated(order: Order, state: np.ndarray, values: np.ndarray, solver: str, limit: int) -> Done | None:
    """Return the integration to its end, or None if it takes more than `limit` steps."""
    start = np.append(state, 0.0) if order.time == "arclength" else state
    tau, y, step, total = 0.0, start, first_step(order), 0
    pieces: list[Piece] = []
    call = compiled_piece(order.field, order.time, solver, order.save)
    while True:
        piece, ended = _until_event(order, values, tau, y, _piece(order, call, values, tau, y, step))
        pieces.append(piece)
        total += len(piece.taus)
        if order.progress:
            order.progress(f"{solver}, {order.time} = {piece.end:.6g} of {order.end:.6g}", total, max(total, limit))
        if ended or piece.end >= order.stop:
            return Done(start, tuple(pieces), ended or "t1")
        if total >= limit:
            return None
        step = piece.end - (float(piece.taus[-2]) if len(piece.taus) > 1 else tau)
        tau, y = piece.end, piece.states[-1]


def _piece(order: Order, call: Any, values: np.ndarray, tau: float, y: np.ndarray, step: float) -> Piece:
    """Return the next piece. Raises BadInput if it does not get on, or to numbers that are not finite."""
    dtype = order.field.dtype
    with scope(dtype):
        given = (jnp.asarray(a, dtype) for a in (y, values, tau, order.stop, step, order.rtol, order.atol))
        found = jax.block_until_ready(call(*given))
    count = int(found.stats["num_accepted_steps"])
    taus, states = np.asarray(found.ts[:count], "float64"), np.asarray(found.ys[:count], "float64")
    if not count or not np.isfinite(states[-1]).all() or taus[-1] <= tau:
        where = f"the integration cannot pass {order.time} = {tau:.9g}: the flow"
        if order.time == "arclength":
            raise BadInput(f"{where} comes to rest or leaves the range of {dtype} there: take the time t or log")
        raise BadInput(f"{where} leaves the range of {dtype} there, or asks for steps below its spacing: take an earlier t1")
    return Piece(taus, states, found.interpolation, int(found.stats["num_rejected_steps"]))


def _until_event(order: Order, values: np.ndarray, tau: float, y: np.ndarray, piece: Piece) -> tuple[Piece, str]:
    """Return a piece up to the first zero of an event and the event's name, or the whole piece and ""."""
    k, passed = _crossing(order, values, np.vstack([y, piece.states]))
    if not passed:
        return piece, ""
    between, dtype = np.append(tau, piece.taus)[k - 1 : k + 1], order.field.dtype
    spot, name = min((_zero(piece.output, function, values, between, dtype), name) for name, function in passed)
    place = dense(piece.output, np.array([spot]), dtype)
    return Piece(
        np.append(piece.taus[: k - 1], spot), np.vstack([piece.states[: k - 1], place]), piece.output, piece.rejected
    ), name


def first_step(order: Order) -> float:
    """Return the first step that is tried, in the time of the integration."""
    return min(1e-3, order.end / 10)


def _crossing(order: Order, values: np.ndarray, path: np.ndarray) -> tuple[int, list[tuple[str, Event]]]:
    """Return the first step of a piece that passes a zero of an event, and the events, by name, whose zero it passes.

    Raises BadInput for an event that is zero where the piece starts.
    """
    found = []
    for name, function in _events(order):
        signs = np.sign(function(path, values))
        if signs[0] == 0:
            raise BadInput(f"event {name} is zero at the start: nothing tells which zero is meant")
        if (changed := signs[1:] != signs[0]).any():
            if np.isnan(signs[: np.argmax(changed) + 2]).any():
                raise BadInput(f"event {name} has no real value where the run comes: end it before, or take another expression")
            found.append((int(np.argmax(changed)) + 1, (name, function)))
    first = min((k for k, _ in found), default=0)
    return first, [event for k, event in found if k == first]


def _events(order: Order) -> list[tuple[str, Event]]:
    """Return the functions whose first change of sign ends a run, by name; in arclength the end is one of them."""
    found = [(name, _function(order.flow, expr)) for name, expr in order.until]
    if order.time == "arclength":
        found.append(("t1", lambda path, values: path[:, -1] - order.end))
    return found


def _zero(piece: Any, function: Event, values: np.ndarray, between: np.ndarray, dtype: str) -> float:
    """Return the place of a zero between two places, by bisection on the dense output."""

    def sign(tau: float) -> float:
        return float(np.sign(function(dense(piece, np.array([tau]), dtype), values)[0]))

    low, high = map(float, between)
    first = sign(low)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sign(middle) == first else (low, middle)
    return high


def dense(piece: Any, taus: np.ndarray, dtype: str) -> np.ndarray:
    """Return the interpolated states of a piece, shape (places, state)."""
    with scope(dtype):
        return np.asarray(_evaluated(piece, jnp.asarray(taus, dtype)), "float64")


_evaluated = jax.jit(lambda piece, taus: jax.vmap(piece.evaluate)(taus))


def _function(flow: Flow, expr: sympy.Expr) -> Event:
    lowered, n = lower(shifted(expr), [*flow.variables, *flow.parameters]), len(flow.variables)
    return lambda path, values: np.asarray(lowered(np.hstack([path[:, :n], np.tile(values, (len(path), 1))])))


@lru_cache(maxsize=64)
def compiled_piece(field: Field, time: str, solver: str, save: tuple[float, ...], most: int = PIECE, stacked: bool = False) -> Any:
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
