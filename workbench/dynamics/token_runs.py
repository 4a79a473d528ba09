"""Token selection: runs of a softmax head with a fixed value head, in W or in its factors K Q^T, many draws at once.

Loss: the mean over inputs of the logistic loss ln(1 + e^-f), f the attended mean of the scores. Every rule moves along the gradient
of `softmax_gradient`, so that directions are right however large the logit gap is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from workbench.dynamics.softmax import softmax_gradient
from workbench.dynamics.token_inputs import TokenInputs
from workbench.errors import BadInput
from workbench.lowering.precision import scope

Factors = tuple[Any, ...]  # (W,) or (K, Q)
ADAM_FLOOR = 1e-30  # Adam's epsilon: the usual 1e-8 would stop it, since the gradients fall below any bound


class Draws(NamedTuple):
    """Inputs of many draws: tokens (draws, n, T, d), queries (draws, n, e), scores (draws, n, T)."""

    tokens: Any
    queries: Any
    scores: Any

    @classmethod
    def of(cls, *inputs: TokenInputs) -> Draws:
        """Return the draws of inputs of one shape."""
        return cls(*(np.array([getattr(i, name) for i in inputs], dtype=np.float64) for name in cls._fields))

    @classmethod
    def gaussian(cls, key: jax.Array, draws: int, *, inputs: int = 6, tokens: int = 8, dim: int = 10) -> Draws:
        """Return draws with tokens, queries and heads uniform on the unit sphere, and labels +-1; gamma = label head.token."""
        rng = generator(key, 0)
        shapes = (draws, inputs, tokens, dim), (draws, inputs, dim), (draws, dim)
        x, z, v = (a / np.linalg.norm(a, axis=-1, keepdims=True) for a in map(rng.standard_normal, shapes))
        return cls(x, z, rng.choice((-1.0, 1.0), (draws, inputs, 1)) * np.einsum("kitd,kd->kit", x, v))

    def one(self, k: int) -> TokenInputs:
        """Return the inputs of draw k."""
        return TokenInputs.of(self.tokens[k], self.queries[k], self.scores[k])

    def starts(self, key: jax.Array, *widths: int) -> Factors:
        """Return starts uniform in +-1/sqrt(d): W, or K and Q if a width is given."""
        d, e = self.tokens.shape[-1], self.queries.shape[-1]
        shapes = [(len(self.tokens), side, width) for width in widths for side in (d, e)] or [(len(self.tokens), d, e)]
        rng = generator(key, 1)
        return tuple(rng.uniform(-1, 1, shape) / np.sqrt(d) for shape in shapes)


def generator(key: jax.Array, stream: int) -> np.random.Generator:
    """Return NumPy's generator for a key and a stream number: draws compile nothing, and are the same on every device."""
    return np.random.default_rng([*np.asarray(jax.random.key_data(key)).tolist(), stream])


@dataclass(frozen=True, eq=False)
class Selection:
    """What runs showed at each record: W or K Q^T (draws, records, d, e), the token of the largest weight (draws, records, n).

    `clock` is the number of steps, or ln(1+t) for the flow; `factors` are the last W, or K and Q.
    """

    clock: np.ndarray
    weights: np.ndarray
    chosen: np.ndarray
    factors: Factors

    @property
    def selected(self) -> np.ndarray:
        """The token of each input that has the largest weight at the end (draws, n)."""
        return np.asarray(self.chosen[:, -1])

    @property
    def settled(self) -> np.ndarray:
        """Whether each draw has had these tokens since a third of its run (draws,)."""
        late = self.clock >= self.clock[-1] / 3
        return np.asarray((self.chosen[:, late] == self.chosen[:, -1:]).all(axis=(1, 2)))

    def correlations(self, targets: Any) -> np.ndarray:
        """Return the cosine of W with each draw's target (draws, d, e) at each record (draws, records)."""
        goal = np.asarray(targets)[:, None]
        products = (self.weights * goal).sum(axis=(2, 3))
        return np.asarray(products / np.linalg.norm(self.weights, axis=(2, 3)) / np.linalg.norm(goal, axis=(2, 3)))


def select(
    draws: Draws,
    start: Factors,
    *,
    rule: str,
    eta: float,
    steps: int,
    records: int = 1,
    progress: Callable[[str, int, int], object] | None = None,
) -> Selection:
    """Return the runs of all draws from their starts, (W,) or (K, Q), with `records` equally spaced records.

    Rules: "normalised" (each factor moves by eta), "joint" (all together move by eta), "decaying" (jointly by eta/sqrt(step)),
    "gradient", "polyak" (against the best tokens' loss), "adam", and "flow": Runge-Kutta steps of eta in tau = ln(1+t), which reach
    t = 1e64 at tau = 147.4; its steps are fixed, so hold it against half the step: one that leaves a plateau late may leap.
    Raises BadInput for another rule, a step size that is not positive, or records that do not divide the steps. Ctrl-C stops
    between two records.

    >>> one = Draws.of(TokenInputs.of([[[1.0], [0.0]]], [[1.0]], [[1.0, 0.0]]))
    >>> select(one, (np.zeros((1, 1, 1)),), rule="normalised", eta=0.5, steps=8).weights.ravel().tolist()
    [4.0]
    """
    if rule not in RULES:
        raise BadInput(f"rule {rule!r} is not one of {', '.join(RULES)}")
    if not (eta > 0 and steps > 0 and records > 0) or steps % records:
        raise BadInput(f"eta = {eta}, {steps} steps, {records} records: give positive numbers, records dividing the steps")
    if len(start) not in (1, 2) or any(np.ndim(f) != 3 or len(f) != len(draws.tokens) for f in start):
        raise BadInput(
            f"start of shapes {[np.shape(f) for f in start]}: give (W,) or (K, Q), each with {len(draws.tokens)} draws first"
        )
    weights, chosen = [], []
    with scope("float64"):
        data = Draws(*(jnp.asarray(a, dtype="float64") for a in draws))
        factors = tuple(jnp.asarray(f, dtype="float64") for f in start)
        state = optax.scale_by_adam(eps=ADAM_FLOOR).init(factors) if rule == "adam" else None
        advance = _compiled(rule, steps // records)
        for done in range(records):
            factors, state, w, tokens = advance(data, factors, state, done * (steps // records), eta)
            weights.append(np.asarray(w))
            chosen.append(np.asarray(tokens))
            if progress:
                progress(rule, done + 1, records)
    clock = np.arange(1, records + 1) * (steps // records) * (eta if rule == "flow" else 1)
    return Selection(clock, np.stack(weights, 1), np.stack(chosen, 1), tuple(map(np.asarray, factors)))


@cache
def _compiled(rule: str, steps: int) -> Callable[..., Any]:
    """Return the jitted run of so many steps of every draw; Adam's state has a leading axis of draws like everything else."""
    step = RULES[rule]

    def run(data: Draws, factors: Factors, state: Any, first: Any, eta: Any) -> Any:
        def one(carried: Any, k: Any) -> Any:
            return step(*carried, data, k, eta), None

        (factors, state), _ = jax.lax.scan(one, (factors, state), first + jnp.arange(steps))
        logits = _logits(factors, data)
        return factors, state, _matrix(factors), logits.argmax(axis=-1)

    def batched(data: Draws, factors: Factors, state: Any, first: Any, eta: Any) -> Any:
        if state is not None:
            state = state._replace(count=jnp.broadcast_to(state.count, (len(data.tokens),)))
        return jax.vmap(partial(run, first=first, eta=eta))(data, factors, state)

    compiled: Callable[..., Any] = jax.jit(batched)
    return compiled


def _matrix(factors: Factors) -> Any:
    return factors[0] if len(factors) == 1 else factors[0] @ factors[1].T


def _logits(factors: Factors, data: Draws) -> Any:
    return jnp.einsum("itd,de,ie->it", data.tokens, _matrix(factors), data.queries)


def descent(factors: Factors, data: Draws) -> tuple[Factors, Any]:
    """Return minus the gradient of the loss of one draw as (factors, log_scale): true value = factor * exp(log_scale)."""
    logits = _logits(factors, data)
    outer = jax.nn.log_sigmoid(-(jax.nn.softmax(logits) * data.scores).sum(axis=-1)) - np.log(len(data.scores))
    log_scale, slopes = softmax_gradient(data.scores, logits, log_slopes=outer)
    slope = jnp.einsum("it,itd,ie->de", slopes, data.tokens, data.queries)
    return ((slope,) if len(factors) == 1 else (slope @ factors[1], slope.T @ factors[0])), log_scale


def log_excess(factors: Factors, data: Draws) -> Any:
    """Return ln(L - L*), L* the loss of the best tokens, without the difference of the two."""
    best = data.scores.max(axis=-1)
    logs = jax.nn.log_softmax(_logits(factors, data))
    behind = best[:, None] - data.scores
    gap = jax.nn.logsumexp(jnp.where(behind > 0, logs + jnp.log(jnp.where(behind > 0, behind, 1)), -jnp.inf), axis=-1)
    small, other = jnp.exp(gap), jax.nn.sigmoid(-best)
    ratio = jnp.where(small > 1e-9, jnp.log1p(jnp.expm1(small) * other) / jnp.where(small > 1e-9, small, 1), other)
    return jax.nn.logsumexp(gap + jnp.log(ratio)) - np.log(len(best))


def _size(factors: Factors) -> Any:
    size = jnp.sqrt(sum((f * f).sum() for f in factors))
    return jnp.where(size > 0, size, 1)


def _moved(factors: Factors, by: Factors, scale: Any) -> Factors:
    return tuple(f + scale * b for f, b in zip(factors, by, strict=True))


def _normalised(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, _ = descent(factors, data)
    return _moved(factors, tuple(d / _size((d,)) for d in down), eta), state


def _joint(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, _ = descent(factors, data)
    return _moved(factors, down, eta / _size(down)), state


def _decaying(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    return _joint(factors, state, data, k, eta / jnp.sqrt(k + 1.0))


def _gradient(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, scale = descent(factors, data)
    return _moved(factors, down, eta * jnp.exp(scale)), state


def _polyak(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, scale = descent(factors, data)
    return _moved(factors, down, eta * jnp.exp(log_excess(factors, data) - scale) / _size(down) ** 2), state


def _adam(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    down, scale = descent(factors, data)
    by, state = optax.scale_by_adam(eps=ADAM_FLOOR).update(tuple(d * jnp.exp(scale) for d in down), state)
    return _moved(factors, by, eta), state


def _flow(factors: Factors, state: Any, data: Draws, k: Any, eta: Any) -> Any:
    """One classical Runge-Kutta step of dW/dtau = -e^tau grad L; e^tau meets the decay of the gradient in one exponent."""

    def slope(at: Factors, tau: Any) -> Factors:
        down, scale = descent(at, data)
        return tuple(d * jnp.exp(scale + tau) for d in down)

    tau = k * eta
    first = slope(factors, tau)
    second = slope(_moved(factors, first, eta / 2), tau + eta / 2)
    third = slope(_moved(factors, second, eta / 2), tau + eta / 2)
    fourth = slope(_moved(factors, third, eta), tau + eta)
    mean = tuple((a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(first, second, third, fourth, strict=True))
    return _moved(factors, mean, eta), state


RULES: dict[str, Callable[..., Any]] = {
    "normalised": _normalised,
    "joint": _joint,
    "decaying": _decaying,
    "gradient": _gradient,
    "polyak": _polyak,
    "adam": _adam,
    "flow": _flow,
}


def chosen_by_score(draws: Draws) -> np.ndarray:
    """Return the token with the highest score of each input (draws, n)."""
    return np.asarray(np.argmax(draws.scores, axis=-1))


def targets(draws: Draws, selected: np.ndarray, least: Callable[[TokenInputs, Sequence[int]], Any]) -> np.ndarray:
    """Return the matrix `least(inputs, selected)` of each draw, stacked."""
    return np.stack([least(draws.one(k), tuple(map(int, row))) for k, row in enumerate(selected)])
