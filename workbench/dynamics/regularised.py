"""The regularisation path: minimisers of the loss with decay, as the decay tends to 0."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

from workbench.dynamics.token_inputs import TokenInputs
from workbench.dynamics.token_rules import log_excess
from workbench.dynamics.token_runs import Draws
from workbench.errors import BadInput
from workbench.lowering.precision import scope

NUDGE = 1e-2
TOLERANCE, ITERATIONS = 1e-4, 600  # of the gradient, whose size is that of ln(1/decay); for each decay


def regularisation_path(inputs: TokenInputs, decays: Sequence[float], *, factored: bool = False) -> np.ndarray:
    """Return the minimisers W, or K Q^T if `factored`, of L + (decay/2)|.|^2 for falling decays, each from the last (decays, d, e).

    |.| is the Frobenius norm of W, or of K and Q together. The loss is taken above its infimum, by the logarithm of the excess, so
    that nothing is lost at decays of 1e-13. At each decay the lower of two minima is taken, one found from the last minimiser, one
    from a matrix that prefers the best tokens. Raises BadInput unless the decays are positive and fall.

    >>> one = TokenInputs.of([[[1.0, 0.0], [0.0, 0.0]]], [[1.0]], [[1.0, 0.0]])
    >>> path = regularisation_path(one, (1e-2, 1e-4))
    >>> path.shape, bool(path[1, 0, 0] > path[0, 0, 0] > 0)
    ((2, 2, 1), True)
    """
    falling = all(a > b for a, b in pairwise(decays))
    if not decays or not falling or decays[-1] <= 0:
        raise BadInput(f"decays {list(decays)[:5]}: give positive numbers, each below the one before")
    random = np.random.default_rng(0)
    prefers = _split(_preference(inputs), factored)
    point, weights = np.zeros(len(prefers)), []
    with scope("float64"):
        data = Draws(*(jnp.asarray(a, dtype="float64") for a in (inputs.tokens, inputs.queries, inputs.scores)))
        for decay in decays:
            nearby = point + NUDGE * random.normal(size=len(point))  # a factored path may sit on a saddle of lower rank
            found = [_minimised(start, decay, inputs.shape, factored, data) for start in (nearby, prefers)]
            point = min(found, key=lambda f: f[1])[0]
            weights.append(np.asarray(_matrix(_factors(point, inputs.shape, factored))))
    return np.stack(weights)


def _preference(inputs: TokenInputs) -> np.ndarray:
    """Return a matrix that takes each query to its best token minus the mean token, if the queries are independent."""
    wanted = [inputs.tokens[i, a] - inputs.tokens[i].mean(axis=0) for i, a in enumerate(inputs.best)]
    return np.asarray(np.array(wanted, dtype=np.float64).T @ np.linalg.pinv(np.asarray(inputs.queries, dtype=np.float64)).T)


def _minimised(start: np.ndarray, decay: float, shape: tuple[int, int], factored: bool, data: Draws) -> tuple[np.ndarray, float]:
    objective, log_decay = _objective(shape, factored), float(np.log(decay))

    def value(v: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(map(np.asarray, objective(v, log_decay, data)))

    found = minimize(value, start, jac=True, method="BFGS", options={"gtol": TOLERANCE, "maxiter": ITERATIONS})
    return found.x, float(found.fun)


def _sizes(shape: tuple[int, int], factored: bool) -> list[tuple[int, int]]:
    return [(side, min(shape)) for side in shape] if factored else [shape]


def _split(w: np.ndarray, factored: bool) -> np.ndarray:
    if not factored:
        return w.ravel()
    u, s, v = np.linalg.svd(w, full_matrices=False)
    return np.concatenate([(u * np.sqrt(s)).ravel(), (v.T * np.sqrt(s)).ravel()])


def _factors(v: Any, shape: tuple[int, int], factored: bool) -> tuple[Any, ...]:
    sizes = _sizes(shape, factored)
    first = sizes[0][0] * sizes[0][1]
    return tuple(part.reshape(size) for part, size in zip((v[:first], v[first:]), sizes, strict=False))


def _matrix(factors: tuple[Any, ...]) -> Any:
    return factors[0] if len(factors) == 1 else factors[0] @ factors[1].T


@cache
def _objective(shape: tuple[int, int], factored: bool) -> Any:
    """Return the jitted value and gradient of excess/decay + |.|^2/2, which stays of moderate size as the decay falls."""

    def objective(v: Any, log_decay: Any, data: Draws) -> Any:
        return jnp.exp(log_excess(_factors(v, shape, factored), data) - log_decay) + v @ v / 2

    return jax.jit(jax.value_and_grad(objective))
