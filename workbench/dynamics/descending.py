"""Discrete counterparts of a gradient flow: gradient steps, normalised steps, Polyak steps, momentum and Adam, through optax.

A normalised step needs the direction of a gradient that may be too small for the type: the field is evaluated with a running
scale in its softmax exponents, which follows the size of the gradient from step to step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import sympy

from workbench.dynamics.arguments import real, whole
from workbench.dynamics.fields import Field
from workbench.dynamics.softmax import scaled, shifted
from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.precision import scope

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow
    from workbench.dynamics.stepping import Progress

RULES = ("gd", "ngd", "polyak", "momentum", "adam")
PIECE = 5_000  # steps of one compiled call, between which a descent reports and can be interrupted


@dataclass(frozen=True, eq=False)
class Descent:
    """The iterates of a discrete rule, shape (kept, variables) or (runs, kept, variables), at the step numbers `at_steps`."""

    flow: Flow = field(repr=False)
    rule: str
    step: float
    at_steps: np.ndarray = field(repr=False)
    states: np.ndarray = field(repr=False)
    seconds: float

    @property
    def final(self) -> np.ndarray:
        """The last iterate, shape (..., variables)."""
        return self.states[..., -1, :]


def descend(
    flow: Flow,
    initial: Any,
    *,
    rule: str = "gd",
    step: float,
    steps: int,
    every: int = 1,
    parameters: Any = None,
    excess: sympy.Expr | None = None,
    momentum: float = 0.9,
    progress: Progress | None = None,
) -> Descent:
    """Return `steps` steps of a rule on the flow's loss from one initial state, or from a stack of them, keeping every so many.

    "ngd" steps by `step` along the direction of the gradient; "polyak" by step * excess / |grad|^2 along the gradient, with
    `excess` the loss above its infimum (the loss itself by default). Raises BadInput for bad arguments.

    >>> from workbench.dynamics.flow import Flow
    >>> x = sympy.Symbol("x", real=True)
    >>> flow = Flow.from_loss(x**2 / 2, [x])
    >>> flow.descend([1.0], step=0.5, steps=3).states[:, 0].tolist()
    [1.0, 0.5, 0.25, 0.125]
    >>> flow.descend([1.0], rule="sgd", step=0.5, steps=3)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: rule 'sgd' is not one of gd, ngd, polyak, momentum, adam
    """
    if rule not in RULES:
        raise BadInput(f"rule {rule!r} is not one of {', '.join(RULES)}")
    step, momentum = real("step", step), real("momentum", momentum)
    steps, every = whole("steps", steps), whole("every", every)
    if not 0 <= momentum < 1:
        raise BadInput(f"momentum {momentum} is not from 0 to below 1")
    if not 0 < step < np.inf or steps % every:
        raise BadInput(
            f"step {step}, {steps} steps, every {every}: give a positive step, and a number of steps that `every` divides"
        )
    if excess is not None and not isinstance(excess, sympy.Expr):
        raise BadInput(f"excess {excess!r} is not a SymPy expression of the flow's symbols")
    if flow.loss is None:
        raise BadInput("this flow was given by its right-hand side: a descent needs a loss, Flow.from_loss")
    if rule == "polyak" and flow.decay != 0:
        raise BadInput("a Polyak step with weight decay has no agreed form: put the penalty into the loss")
    states, values = flow.field.state(initial), flow.field.values(parameters)
    start = perf_counter()
    path = _path(flow, states, values, (rule, float(step), float(momentum), excess), steps, every, progress)
    kept = np.arange(0, steps + 1, every)
    return Descent(flow, rule, float(step), kept, path, perf_counter() - start)


def _path(
    flow: Flow, states: np.ndarray, values: np.ndarray, how: Any, steps: int, every: int, progress: Progress | None
) -> np.ndarray:
    rule, step, momentum, excess = how
    stacked = states.ndim == 2 or values.ndim == 2
    if stacked:
        runs = max(len(a) for a in (states, values) if a.ndim == 2)
        if any(a.ndim == 2 and len(a) not in (1, runs) for a in (states, values)):
            raise BadInput(f"{len(states)} initial states and {len(values)} rows of parameters: give as many of each, or one")
        states, values = (np.broadcast_to(a, (runs, a.shape[-1])) for a in (states, values))
    per_call = min(steps // every, max(1, PIECE // every))
    start, more = _compiled(flow.field, flow.loss if excess is None else excess, rule, step, momentum, every, stacked)
    kept, done = [np.asarray(states)[..., None, :]], 0
    with scope("float64"):
        carry = start(jnp.asarray(states), jnp.asarray(values))
        while done < steps // every:
            count = min(per_call, steps // every - done)
            carry, path = jax.block_until_ready(more(carry, jnp.asarray(values), count))
            kept.append(np.asarray(path))
            _accept(kept[-1], rule, done, every)
            done += count
            if progress:
                progress(f"{rule} steps", done * every, steps)
    return np.concatenate(kept, axis=-2)


def _accept(path: np.ndarray, rule: str, done: int, every: int) -> None:
    """Raise BadInput where iterates are no longer finite."""
    lost = ~np.isfinite(path).all(axis=-1)
    if lost.any():
        first = int(np.argmax(lost.reshape(-1, lost.shape[-1]).any(axis=0)))
        raise BadInput(f"{rule} leaves the range of float64 by step {(done + first + 1) * every}: take a smaller step")


@lru_cache(maxsize=32)
def _compiled(field: Field, excess: sympy.Expr, rule: str, step: float, momentum: float, every: int, stacked: bool) -> Any:
    """Return the compiled start and the compiled run of `count * every` steps from a carry."""
    method = _method(rule, step, momentum)
    scaling = rule in ("ngd", "polyak")
    c = sympy.Dummy("shift", real=True)
    loss = lower(shifted(scaled(excess, c)), [c, *field.names, *field.parameters]) if rule == "polyak" else None

    def start(state: Any, values: Any) -> Any:
        first = field.scaled(jnp.zeros(()), state, values)
        return state, method.init(state), jnp.zeros(()) + 0 * first[0]

    def one(carry: Any, values: Any) -> Any:
        state, memory, shift = carry
        move = field.scaled(shift if scaling else jnp.zeros(()), state, values)
        size = jnp.max(jnp.abs(move))
        known = {} if loss is None else {"value": loss(jnp.concatenate([shift[None], state, values]))}
        update, memory = method.update(-move, memory, state, **known)
        shift = jnp.where((size > 0) & jnp.isfinite(size), shift - jnp.log(size), shift)
        return optax.apply_updates(state, update), memory, shift

    def more(carry: Any, values: Any, count: int) -> Any:
        def kept(carry: Any, _: Any) -> Any:
            carry = jax.lax.fori_loop(0, every, lambda _, c: one(c, values), carry)
            return carry, carry[0]

        return jax.lax.scan(kept, carry, length=count)

    if not stacked:
        return jax.jit(start), jax.jit(more, static_argnums=2)
    several = jax.jit(lambda c, v, count: jax.vmap(lambda a, b: more(a, b, count))(c, v), static_argnums=2)
    return jax.jit(jax.vmap(start)), several


def _method(rule: str, step: float, momentum: float) -> optax.GradientTransformationExtraArgs:
    rules = {
        "gd": lambda: optax.sgd(step),
        "ngd": lambda: optax.chain(optax.stateless(lambda g, _: _direction(g)), optax.sgd(step)),
        "polyak": lambda: optax.chain(_polyak(), optax.sgd(step)),
        "momentum": lambda: optax.sgd(step, momentum=momentum),
        "adam": lambda: optax.adam(step),
    }
    return optax.with_extra_args_support(rules[rule]())


def _polyak() -> optax.GradientTransformationExtraArgs:
    """Return excess / |grad|^2 grad; both may carry one common factor, which cancels (optax's own drops gradients below 1e-8)."""

    def update(gradient: Any, memory: Any, state: Any = None, *, value: Any, **more: Any) -> Any:
        top = jnp.max(jnp.abs(gradient))
        scaled = gradient / jnp.where(top > 0, top, 1)
        return jnp.where(top > 0, value / jnp.where(top > 0, top, 1), 0) * scaled / jnp.maximum(1, scaled @ scaled), memory

    return optax.GradientTransformationExtraArgs(lambda state: optax.EmptyState(), update)


def _direction(gradient: Any) -> Any:
    """Return a vector of length 1, scaled before it is squared, or zero where it is zero."""
    top = jnp.max(jnp.abs(gradient))
    scaled = gradient / jnp.where(top > 0, top, 1)
    return scaled / jnp.where(top > 0, jnp.linalg.norm(scaled), 1)
