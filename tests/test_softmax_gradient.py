"""The softmax gradient against mpmath at 60 digits, at logit gaps where automatic differentiation has lost its direction."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
import sympy

from workbench.dynamics.flow import Flow
from workbench.dynamics.softmax import softmax_gradient, softmax_mean
from workbench.errors import BadInput
from workbench.lowering.precision import scope

GAPS = (5, 10, 20, 30, 36, 40, 100, 700)
LIMIT = {"float32": 16, "float64": 36}  # ln(1/eps): beyond it the textbook form has lost its direction
EPS = {"float32": 2e-4, "float64": 1e-12}  # a logit of 700 alone is rounded by 3e-5 and 6e-14
RNG = np.random.default_rng(5)
SCORES = RNG.uniform(-1, 1, (3, 6))
SHAPES = np.concatenate([np.zeros((3, 1)), -1 - RNG.uniform(0, 0.2, (3, 5))], axis=1)  # logits over the gap, 0 the largest


def true_gradient(scores, logits):
    """The gradient of sum_t s_t gamma_t by its definition, in mpmath."""
    with mp.workdps(700):
        logits, scores = [mp.mpf(float(a)) for a in logits], [mp.mpf(float(g)) for g in scores]
        weights = [mp.exp(a) for a in logits]
        total = sum(weights)
        mean = sum(w * g for w, g in zip(weights, scores, strict=True)) / total
        return [w / total * (g - mean) for w, g in zip(weights, scores, strict=True)]


def unit(values):
    with mp.workdps(700):
        norm = mp.sqrt(sum(mp.mpf(v) ** 2 for row in values for v in row))
        return np.array([[float(mp.mpf(v) / norm) for v in row] for row in values])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("gap", GAPS)
def test_direction_and_size_at_every_gap(gap, dtype):
    logits = (gap * SHAPES).astype(dtype)
    scores = SCORES.astype(dtype)
    wanted = [true_gradient(g, a) for g, a in zip(scores, logits, strict=True)]
    with scope(dtype):
        top, found = softmax_gradient(jnp.asarray(scores), jnp.asarray(logits))
    assert found.dtype == dtype
    assert np.abs(unit(np.asarray(found, "float64")) - unit(wanted)).max() < EPS[dtype]
    with mp.workdps(50):
        size = mp.sqrt(sum(v**2 for row in wanted for v in row))
        mine = mp.exp(mp.mpf(float(top))) * mp.mpf(float(np.linalg.norm(np.asarray(found, "float64"))))
        assert abs(mine / size - 1) < EPS[dtype]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("gap", [gap for gap in GAPS if gap != LIMIT["float64"]])  # at the limit itself it is partly lost
def test_control_automatic_differentiation_is_lost_beyond_the_limit(gap, dtype):
    logits, scores = (gap * SHAPES).astype(dtype), SCORES.astype(dtype)
    with scope(dtype):
        found = jax.grad(lambda a: (jax.nn.softmax(a, axis=-1) * scores).sum())(jnp.asarray(logits))
    wanted = unit([true_gradient(g, a) for g, a in zip(scores, logits, strict=True)])
    norm = float(np.linalg.norm(np.asarray(found, "float64")))
    error = np.abs(np.asarray(found, "float64") / norm - wanted).max() if norm > 0 else np.inf
    assert (error > 0.05) == (gap > LIMIT[dtype])


def test_one_token_has_no_gradient():
    top, found = softmax_gradient(jnp.ones((2, 1)), jnp.zeros((2, 1)))
    assert (float(top), found.tolist()) == (0, [[0], [0]])


def test_slopes_of_a_head_share_the_exponent():
    """Two inputs whose slopes differ by e^-900: the second vanishes beside the first, and neither is nan."""
    with scope("float64"):
        top, found = softmax_gradient(jnp.array([[1.0, 0.0]] * 2), jnp.zeros((2, 2)), log_slopes=jnp.array([-1000.0, -1900.0]))
    assert float(top) == pytest.approx(-1000 - 2 * np.log(2)) and found.tolist() == [[1, -1], [0, 0]]


def test_a_flow_takes_the_node_by_itself():
    """The right-hand side of a flow at gaps where the weights' difference is below the smallest float, in ln(1+t)."""
    z = sympy.Symbol("z", real=True)
    field = Flow.from_loss(-softmax_mean([1, 0], [z, 0]), [z]).field
    for gap in (*GAPS, 800, 1500):
        with scope("float64"):
            found = float(field.scaled(jnp.float64(gap), jnp.array([float(gap)]), jnp.zeros(0))[0])
        with mp.workdps(50):
            wanted = 1 / (1 + mp.exp(-gap)) ** 2
        assert found == pytest.approx(float(wanted), rel=1e-12)


def test_the_node_is_the_softmax_mean_exactly():
    a, b, c = sympy.symbols("a b c", real=True)
    flow = Flow.from_loss(softmax_mean([1, 2, -1], [a, b, c]), [a, b, c])
    weights = [sympy.exp(x) for x in (a, b, c)]
    mean = (weights[0] + 2 * weights[1] - weights[2]) / sum(weights)
    for mine, x in zip(flow.explicit, (a, b, c), strict=True):
        assert sympy.simplify(mine + sympy.diff(mean, x)) == 0


def test_a_mean_needs_a_logit():
    with pytest.raises(BadInput, match="0 scores for 0 logits"):
        softmax_mean([], [])
