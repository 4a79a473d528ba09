"""Token selection: runs of a softmax head with a fixed value head, in W or in its factors K Q^T, many draws at once.

Loss: the mean over inputs of the logistic loss ln(1 + e^-f), f the attended mean of the scores. The rules are in `token_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from workbench.dynamics.arguments import array, real, whole
from workbench.dynamics.token_inputs import TokenInputs
from workbench.dynamics.token_rules import ADAM, RULES, Factors, gap_limit, logits_of, matrix
from workbench.errors import BadInput
from workbench.lowering.precision import number_type, scope

PIECE = 5_000  # steps of one compiled call, between which a run can be interrupted


class Draws(NamedTuple):
    """Inputs of many draws: tokens (draws, n, T, d), queries (draws, n, e), scores (draws, n, T)."""

    tokens: Any
    queries: Any
    scores: Any

    @classmethod
    def of(cls, *inputs: TokenInputs) -> Draws:
        """Return the draws of inputs of one shape. Raises BadInput for none, and for shapes that differ."""
        if wrong := [i for i in inputs if not isinstance(i, TokenInputs)]:
            raise BadInput(f"a {type(wrong[0]).__name__} for a draw: give TokenInputs one by one, Draws.of(first, second)")
        shapes = list(dict.fromkeys((*i.scores.shape, *i.shape) for i in inputs))
        if len(shapes) != 1:
            raise BadInput(
                f"{len(inputs)} inputs, of shapes (n, T, d, e) {shapes}: give one or more, of one shape, or run each alone"
            )
        return cls(*(np.array([getattr(i, name) for i in inputs], dtype=np.float64) for name in cls._fields))

    @classmethod
    def gaussian(cls, key: jax.Array, draws: int, *, inputs: int = 6, tokens: int = 8, dim: int = 10) -> Draws:
        """Return draws with tokens, queries and heads uniform on the unit sphere, and labels +-1; gamma = label head.token."""
        for name, size in {"draws": draws, "inputs": inputs, "tokens": tokens, "dim": dim}.items():
            whole(name, size)
        rng = generator(key, 0)
        shapes = (draws, inputs, tokens, dim), (draws, inputs, dim), (draws, dim)
        x, z, v = (a / np.linalg.norm(a, axis=-1, keepdims=True) for a in map(rng.standard_normal, shapes))
        return cls(x, z, rng.choice((-1.0, 1.0), (draws, inputs, 1)) * np.einsum("kitd,kd->kit", x, v))

    @property
    def sizes(self) -> tuple[int, int, int, int, int]:
        """The numbers (draws, n, T, d, e). Raises BadInput for arrays that do not fit."""
        shapes = tokens, queries, scores = tuple(map(np.shape, self))
        if [len(s) for s in shapes] != [4, 3, 3] or tokens[:3] != scores or tokens[:2] != queries[:2] or 0 in (*tokens, *queries):
            raise BadInput(f"tokens, queries, scores of shapes {shapes}: give (draws, n, T, d), (draws, n, e), (draws, n, T)")
        return (*tokens, queries[2])

    def one(self, k: int) -> TokenInputs:
        """Return the inputs of draw k. Raises BadInput if there is none."""
        if not -len(self.tokens) <= k < len(self.tokens):
            raise BadInput(f"draw {k} is not from 0 to {len(self.tokens) - 1}")
        return TokenInputs.of(self.tokens[k], self.queries[k], self.scores[k])

    def starts(self, key: jax.Array, *widths: int) -> Factors:
        """Return starts uniform in +-1/sqrt(d): W, or K and Q if a width is given."""
        draws, _, _, d, e = self.sizes
        if len(widths) > 1:
            raise BadInput(f"{len(widths)} widths: give none for W, or the one that K and Q share")
        shapes = [(draws, side, whole("width", width)) for width in widths for side in (d, e)] or [(draws, d, e)]
        rng = generator(key, 1)
        return tuple(rng.uniform(-1, 1, shape) / np.sqrt(d) for shape in shapes)


def generator(key: jax.Array, stream: int) -> np.random.Generator:
    """Return NumPy's generator for a key and a stream number: draws compile nothing, and are the same on every device."""
    if not isinstance(key, jax.Array):
        raise BadInput(f"key {key!r}: give one of JAX's, such as jax.random.key(0)")
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
    dtype: str = "float64",
    progress: Callable[[str, int, int], object] | None = None,
) -> Selection:
    """Return the runs of all draws from their starts, (W,) or (K, Q), with `records` equally spaced records.

    Rules: "normalised" (each factor moves by eta), "joint" (all together move by eta), "decaying" (jointly by eta/sqrt(step)),
    "gradient", "polyak" (against the best tokens' loss), "adam", and "flow": Runge-Kutta steps of eta in tau = ln(1+t), which reach
    t = 1e64 at tau = 147.4; its steps are fixed, so hold it against half the step: one that leaves a plateau late may leap.
    Raises BadInput for arrays that do not fit, another rule, a step size that is not positive, records that do not divide the
    steps, and a logit gap beyond `gap_limit`, where the type (float64, or float32) no longer carries the rule. Ctrl-C stops
    between two records, and every 5,000 steps.

    >>> one = Draws.of(TokenInputs.of([[[1.0], [0.0]]], [[1.0]], [[1.0, 0.0]]))
    >>> select(one, (np.zeros((1, 1, 1)),), rule="normalised", eta=0.5, steps=8).weights.ravel().tolist()
    [4.0]
    >>> select(one, (np.full((1, 1, 1), 20.0),), rule="gradient", eta=0.5, steps=8, dtype="float32")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: logit gap 20 > 15.9424 after 8 steps: a step is lost beside W in float32: take dtype='float64'
    """
    if not isinstance(rule, str) or rule not in RULES:
        raise BadInput(f"rule {rule!r} is not one of {', '.join(RULES)}")
    if number_type(dtype) not in ("float32", "float64"):
        raise BadInput(f"dtype {dtype} is no float type: take float64")
    eta, steps, records = real("eta", eta), whole("steps", steps), whole("records", records)
    if not 0 < eta < np.inf or steps % records:
        raise BadInput(f"eta = {eta}, {steps} steps, {records} records: give positive numbers, records dividing the steps")
    factors = _fitting(draws, start)
    weights, chosen = [], []
    with scope(dtype):
        data = Draws(*(jnp.asarray(a, dtype=dtype) for a in draws))
        factors = tuple(jnp.asarray(f, dtype=dtype) for f in factors)
        state = ADAM.init(factors) if rule == "adam" else None
        for done in range(1, records + 1):
            first, last = ((done - k) * (steps // records) for k in (1, 0))
            for begin in range(first, last, PIECE):
                end = min(begin + PIECE, last)
                factors, state, w, tokens, gap = _compiled(rule, end - begin)(data, factors, state, begin, eta)
                _accept(float(gap), rule, dtype, end)
            weights.append(np.asarray(w))
            chosen.append(np.asarray(tokens))
            if progress:
                progress(rule, done, records)
    clock = np.arange(1, records + 1) * (steps // records) * (eta if rule == "flow" else 1)
    return Selection(clock, np.stack(weights, 1), np.stack(chosen, 1), tuple(map(np.asarray, factors)))


def _fitting(draws: Draws, start: Any) -> Factors:
    """Return a start as arrays, or raise BadInput: W (draws, d, e), or K (draws, d, m) and Q (draws, e, m)."""
    if not isinstance(draws, Draws):
        raise BadInput(f"draws of type {type(draws).__name__}: give Draws.of(inputs)")
    k, _, _, d, e = draws.sizes
    factors = tuple(array("start", f) for f in start) if isinstance(start, (tuple, list)) else (array("start", start),)
    given = [f.shape for f in factors]
    width = given[0][-1] if len(given) == 2 and given[0] else 1
    if not isinstance(start, (tuple, list)) or given not in ([(k, d, e)], [(k, d, width), (k, e, width)]) or not width:
        raise BadInput(
            f"start of shapes {given}: give (W,), W of {(k, d, e)}, or (K, Q), K of ({k}, {d}, m) and Q of ({k}, {e}, m)"
        )
    if not all(np.isfinite(a).all() for a in (*map(np.asarray, draws), *factors)):
        raise BadInput("draws or a start with entries that are not finite: give finite numbers")
    return factors


def _accept(gap: float, rule: str, dtype: str, steps: int) -> None:
    limit, lost = gap_limit(rule, dtype)
    if not gap <= limit:
        way = "dtype='float64'" if dtype == "float32" else "the rule normalised, or flow"
        raise BadInput(f"logit gap {gap:.6g} > {limit:.6g} after {steps} steps: {lost} in {dtype}: take {way}")


@cache
def _compiled(rule: str, steps: int) -> Callable[..., Any]:
    """Return the jitted run of so many steps of all draws, with W, the chosen tokens and the largest logit gap at its end."""
    step = RULES[rule]

    def run(data: Draws, factors: Factors, state: Any, first: Any, eta: Any) -> Any:
        def one(carried: Any, k: Any) -> Any:
            return step(*carried, data, k, eta), None

        (factors, state), _ = jax.lax.scan(one, (factors, state), first + jnp.arange(steps))
        logits = logits_of(factors, data)
        sorted_logits = jnp.sort(logits, axis=-1)
        gap = (sorted_logits[..., -1:] - sorted_logits[..., -2:-1]).max(initial=0)  # one token has no gap
        return factors, state, matrix(factors), logits.argmax(axis=-1), gap

    compiled: Callable[..., Any] = jax.jit(run)
    return compiled


def chosen_by_score(draws: Draws) -> np.ndarray:
    """Return the token with the highest score of each input (draws, n)."""
    return np.asarray(np.argmax(draws.scores, axis=-1))


def targets(draws: Draws, selected: np.ndarray, least: Callable[[TokenInputs, Sequence[int]], Any]) -> np.ndarray:
    """Return the matrix `least(inputs, selected)` of each draw, stacked."""
    return np.stack([least(draws.one(k), tuple(map(int, row))) for k, row in enumerate(selected)])
