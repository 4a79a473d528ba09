"""A prompt and a value head trained together by normalised steps, and the margins that each then asks of the other."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from workbench.dynamics.softmax import softmax_gradient
from workbench.errors import BadInput
from workbench.lowering.precision import scope


class Joint(NamedTuple):
    """Records of a run: prompts p (records, d), heads v (records, d), and the tokens of the largest weight (records, n)."""

    prompts: np.ndarray
    heads: np.ndarray
    chosen: np.ndarray


def joint_training(tokens: Any, labels: Any, prompt: Any, head: Any, *, eta: float, steps: int, records: int = 1) -> Joint:
    """Return the run of p and v, each moving by eta along its own gradient of the mean of ln(1 + e^-f), f = Y v.(X^T softmax(X p)).

    Tokens X are (n, T, d), labels Y (n,). Both gradients carry their scale in an exponent, so that neither is lost when the margins
    grow. Raises BadInput for records that do not divide the steps, or shapes that do not fit.

    >>> run = joint_training([[[0, 0], [1, 1]], [[0, 0], [1, -1]]], [1, -1], [1, 0], [0, 1], eta=0.1, steps=10)
    >>> run.prompts.round(6).tolist(), run.heads.round(6).tolist(), run.chosen.tolist()
    ([[2.0, 0.0]], [[0.0, 2.0]], [[1, 1]])
    """
    x, y, p, v = (np.asarray(a, dtype=np.float64) for a in (tokens, labels, prompt, head))
    if x.ndim != 3 or y.shape != x.shape[:1] or p.shape != x.shape[2:] or v.shape != p.shape:
        raise BadInput(f"tokens {x.shape}, labels {y.shape}, prompt {p.shape}, head {v.shape}: give (n, T, d), (n,), (d,), (d,)")
    if not eta > 0 or not 0 < records <= steps or steps % records:
        raise BadInput(f"eta = {eta}, {steps} steps, {records} records: give positive numbers, records dividing the steps")
    with scope("float64"):
        return Joint(*map(np.asarray, _run(x, y, p, v, eta, every=steps // records, records=records)))


@partial(jax.jit, static_argnames=("every", "records"))
def _run(x: Any, y: Any, p: Any, v: Any, eta: Any, *, every: int, records: int) -> Any:
    def step(_: Any, at: Any) -> Any:
        down = _descent(at[0], at[1], x, y)
        return tuple(a + eta * d / jnp.linalg.norm(d) for a, d in zip(at, down, strict=True))

    def record(at: Any, _: Any) -> Any:
        at = jax.lax.fori_loop(0, every, step, at)
        return at, (*at, (x @ at[0]).argmax(axis=-1))

    return jax.lax.scan(record, (p, v), None, length=records)[1]


def _descent(p: Any, v: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return minus the two gradients, each scaled so that its largest input counts 1."""
    scores, logits = y[:, None] * (x @ v), x @ p
    shares = jax.nn.softmax(logits)
    outer = jax.nn.log_sigmoid(-(shares * scores).sum(axis=-1))
    _, of_prompt = softmax_gradient(scores, logits, log_slopes=outer)
    of_head = jnp.exp(outer - outer.max()) * y
    return jnp.einsum("it,itd->d", of_prompt, x), jnp.einsum("i,it,itd->d", of_head, shares, x)
