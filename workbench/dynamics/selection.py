"""Token selection by attention at any size: normalised descent of the logistic loss in W, or in K and Q with W = K Q^T.

Directions come from the pairwise softmax gradient, so that they stay right when the gradient itself is far below the smallest
float; many draws run in one compiled call.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from workbench.dynamics.softmax import softmax_gradient
from workbench.errors import BadInput
from workbench.lowering.precision import number_type, scope


@dataclass(frozen=True, eq=False)
class TokenSelection:
    """Inputs of a one-layer attention model with a fixed head, or a stack of such data sets along a first axis.

    `tokens` (..., inputs, length, d), `queries` (..., inputs, d), `scores` (..., inputs, length) = label times head; the logits are
    x_t^T W z, the output the mean score, the loss the mean of ln(1 + e^-f).

    >>> data = TokenSelection.of([[[2.0, 0.0], [0.0, 0.0]]], [[1.0, 0.0]], [[1.0, 0.0]])
    >>> path = data.descend(np.zeros((2, 2)), step=0.5, steps=4)
    >>> path[-1].tolist()
    [[2.0, 0.0], [0.0, 0.0]]
    >>> data.selected(path[-1]).tolist()
    [0]
    """

    tokens: np.ndarray
    queries: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, tokens: Any, queries: Any, scores: Any) -> TokenSelection:
        """Return the model of these arrays. Raises BadInput for shapes that do not fit."""
        x, z, g = (np.asarray(a, "float64") for a in (tokens, queries, scores))
        if x.ndim not in (3, 4) or z.shape != (*x.shape[:-2], x.shape[-1]) or g.shape != x.shape[:-1]:
            raise BadInput(
                f"tokens {x.shape}, queries {z.shape}, scores {g.shape}: give (..., n, T, d), (..., n, d) and (..., n, T)"
            )
        return cls(x, z, g)

    def descend(self, start: Any, *, step: float, steps: int, every: int | None = None, dtype: str = "float64") -> np.ndarray:
        """Return iterates of normalised descent, shape (kept, d, d), or (draws, kept, d, d) for a stack: one every so many steps.

        `start` is W, or a pair (K, Q) of (d, m) matrices that are each stepped by `step`, whose products are returned; of a stack,
        one for each draw. Raises BadInput for a bad argument.
        """
        every = every or steps
        if not step > 0 or steps < 1 or steps % every or number_type(dtype) not in ("float32", "float64"):
            raise BadInput(
                f"step {step}, {steps} steps, every {every}, {dtype}: give positive steps that `every` divides, and a float"
            )
        pair = isinstance(start, tuple)
        factors = tuple(np.asarray(a, dtype) for a in (start if pair else (start,)))
        rank, d = self.tokens.ndim - 1, self.tokens.shape[-1]
        if any(a.ndim != rank or a.shape[-2] != d or a.shape[:-2] != self.tokens.shape[:-3] for a in factors):
            raise BadInput(
                f"a start of shape {factors[0].shape} for tokens {self.tokens.shape}: give (..., {d}, m), one for each draw"
            )
        with scope(dtype):
            data = tuple(jnp.asarray(a, dtype) for a in (self.tokens, self.queries, self.scores))
            given = (data, tuple(map(jnp.asarray, factors)), jnp.asarray(step, dtype))
            return np.asarray(_descended(*given, count=steps // every, every=every, stacked=rank == 3))

    def selected(self, weights: Any) -> np.ndarray:
        """Return the token of largest logit in each input, shape (..., inputs)."""
        return np.asarray(np.einsum("...ntd,...de,...ne->...nt", self.tokens, weights, self.queries).argmax(-1))


def direction(data: tuple[Array, Array, Array], weights: Float[Array, "d d"]) -> Float[Array, "d d"]:
    """Return -grad of the mean logistic loss in W, up to a positive factor, its largest term being of size about 1."""
    tokens, queries, scores = data
    logits = jnp.einsum("ntd,de,ne->nt", tokens, weights, queries)
    outputs = (jax.nn.softmax(logits, axis=-1) * scores).sum(-1)
    _, slopes = softmax_gradient(scores, logits, log_slopes=-jax.nn.softplus(outputs))
    return jnp.einsum("nt,ntd,ne->de", slopes, tokens, queries)


def _unit(matrix: Array) -> Array:
    top = jnp.max(jnp.abs(matrix))
    scaled = matrix / jnp.where(top > 0, top, 1)
    return scaled / jnp.where(top > 0, jnp.linalg.norm(scaled), 1)


@partial(jax.jit, static_argnames=("count", "every", "stacked"))
def _descended(data: Any, start: Any, step: Array, *, count: int, every: int, stacked: bool) -> Array:
    def weights(factors: Any) -> Array:
        return factors[0] if len(factors) == 1 else factors[0] @ factors[1].T

    def single(data: Any, factors: Any) -> Array:
        def one(_: Any, now: Any) -> Any:
            move = direction(data, weights(now))
            moves = (move,) if len(now) == 1 else (move @ now[1], move.T @ now[0])
            return tuple(a + step * _unit(b) for a, b in zip(now, moves, strict=True))

        def kept(now: Any, _: Any) -> Any:
            after = jax.lax.fori_loop(0, every, one, now)
            return after, weights(after)

        path = jax.lax.scan(kept, factors, length=count)[1]
        return jnp.concatenate([weights(factors)[None], path])

    return jax.vmap(single)(data, start) if stacked else single(data, start)
