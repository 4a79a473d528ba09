"""Runs of token selection: the gradient against 60 digits, each rule against plain NumPy, the law and its hypotheses, progress."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from workbench.dynamics.asymptotics import Asymptote, Hypothesis, asymptote, hypotheses, law, locally_optimal
from workbench.dynamics.heads import joint_training
from workbench.dynamics.margins import least_norm
from workbench.dynamics.regularised import regularisation_path
from workbench.dynamics.token_inputs import TokenInputs
from workbench.dynamics.token_rules import RULES, descent, log_excess
from workbench.dynamics.token_runs import Draws, chosen_by_score, select
from workbench.errors import BadInput
from workbench.evidence import Measured
from workbench.lowering.precision import scope
from workbench.runs import record

TWO = TokenInputs.of([[[2, 0], [0, 0]], [[1, 1], [0, 0]]], [[1, 0], [1, 1]], [[1, 0], [0.5, 0]])
KEY = jax.random.key(4)


def exact_gradient(inputs, w):
    """Minus the gradient of the mean logistic loss in W, from its definition with 400 digits, normalised."""
    with mpmath.workdps(400):
        total = mpmath.zeros(*inputs.shape)
        for x, z, scores in zip(inputs.tokens, inputs.queries, inputs.scores, strict=True):
            weights = [mpmath.exp(mpmath.fdot(row, [mpmath.fdot(r, z) for r in w])) for row in x]
            shares = [v / sum(weights) for v in weights]
            mean = mpmath.fdot(shares, scores)
            pull = 1 / (1 + mpmath.exp(mean))
            for row, share, score in zip(x, shares, scores, strict=True):
                for i, u in enumerate(row):
                    for j, v in enumerate(z):
                        total[i, j] += pull * share * (score - mean) * u * v
        return np.array((total / mpmath.norm(total)).tolist(), dtype=float)


def relative_error(inputs, gap, gradient):
    selected = inputs.best
    w = gap * least_norm(inputs.rows(selected)).point.reshape(inputs.shape)
    want = exact_gradient(inputs, w.tolist())
    with scope("float64"):
        got = np.asarray(gradient(jnp.asarray(w), Draws(*map(jnp.asarray, (inputs.tokens, inputs.queries, inputs.scores)))))
    length = np.linalg.norm(got)
    return np.linalg.norm(got / length - want) if length > 0 else 1.0


def automatic(w, data):
    def loss(w):
        shares = jax.nn.softmax(jnp.einsum("itd,de,ie->it", data.tokens, w, data.queries))
        return jnp.logaddexp(0, -(shares * data.scores).sum(-1)).mean()

    return -jax.grad(loss)(w)


RANDOM = Draws.gaussian(KEY, 1, inputs=3, tokens=4, dim=5).one(0)


@pytest.mark.parametrize("gap", [5, 10, 20, 30, 36, 40, 100, 700])
def test_the_direction_is_right_however_large_the_gap(gap):
    assert relative_error(RANDOM, gap, lambda w, data: descent((w,), data)[0][0]) < 1e-12


@pytest.mark.parametrize("gap", [40, 100, 700])
def test_control_the_textbook_gradient_is_not(gap):
    assert relative_error(RANDOM, gap, automatic) > 1e-2


def in_numpy(draws, start, rule, eta, steps):
    """The rules written again, one draw after another, with the textbook gradient."""
    ends = []
    for k in range(len(draws.tokens)):
        x, z, g = draws.tokens[k], draws.queries[k], draws.scores[k]
        at, moments = [np.array(f[k]) for f in start], None
        for step in range(steps):
            w = at[0] if len(at) == 1 else at[0] @ at[1].T
            a = np.einsum("itd,de,ie->it", x, w, z)
            s = np.exp(a - a.max(1, keepdims=True))
            s /= s.sum(1, keepdims=True)
            f = (s * g).sum(1)
            slope = np.einsum("i,it,itd,ie->de", 1 / (1 + np.exp(f)) / len(f), s * (g - f[:, None]), x, z)
            down = [slope] if len(at) == 1 else [slope @ at[1], slope.T @ at[0]]
            length = np.sqrt(sum((d * d).sum() for d in down))
            if rule == "adam":
                moments = [np.zeros(2)[:, None, None] * d for d in down] if moments is None else moments
                moments = [
                    np.stack([0.9 * m[0] + 0.1 * d, 0.999 * m[1] + 0.001 * d * d]) for m, d in zip(moments, down, strict=True)
                ]
                moves = [m[0] / (1 - 0.9 ** (step + 1)) / np.sqrt(m[1] / (1 - 0.999 ** (step + 1))) for m in moments]
            elif rule == "normalised":
                moves = [d / np.linalg.norm(d) for d in down]
            else:
                least = np.logaddexp(0, -g.max(1)).mean()
                excess = np.logaddexp(0, -f).mean() - least
                by = {"joint": 1 / length, "decaying": 1 / length / np.sqrt(step + 1), "gradient": 1, "polyak": excess / length**2}
                moves = [by[rule] * d for d in down]
            at = [u + eta * m for u, m in zip(at, moves, strict=True)]
        ends.append(at[0] if len(at) == 1 else at[0] @ at[1].T)
    return np.array(ends)


@pytest.mark.parametrize("widths", [(), (3,)], ids=["W", "K and Q"])
@pytest.mark.parametrize("rule", [r for r in RULES if r != "flow"])
def test_each_rule_is_what_numpy_computes(rule, widths):
    draws = Draws.gaussian(KEY, 2, inputs=3, tokens=4, dim=5)
    start = draws.starts(KEY, *widths)
    seen = select(draws, start, rule=rule, eta=0.05, steps=12, records=3)
    assert np.allclose(seen.weights[:, -1], in_numpy(draws, start, rule, 0.05, 12), rtol=0, atol=1e-10)
    assert seen.clock.tolist() == [4, 8, 12] and seen.chosen.shape == (2, 3, 3) and seen.settled.shape == (2,)


def test_the_flow_solves_its_equation_and_its_error_is_of_fourth_order():
    """One input of tokens 1 and 0 with score 1 and 0: z' = s(1-s)/(1+e^s), s = 1/(1+e^-z), by a fine midpoint rule in t."""
    draws = Draws.of(TokenInputs.of([[[1.0], [0.0]]], [[1.0]], [[1.0, 0.0]]))
    z, h = 0.0, 1e-3
    slope = lambda z: (s := 1 / (1 + np.exp(-z))) * (1 - s) / (1 + np.exp(s))  # noqa: E731
    for _ in range(round((np.e**3 - 1) / h)):
        z += h * slope(z + h / 2 * slope(z))
    rest = (np.e**3 - 1) - h * round((np.e**3 - 1) / h)
    z += rest * slope(z)
    ends = [select(draws, (np.zeros((1, 1, 1)),), rule="flow", eta=3 / n, steps=n).weights.ravel()[0] for n in (15, 30, 60, 960)]
    assert ends[-1] == pytest.approx(z, abs=1e-8)
    errors = np.abs(np.array(ends[:3]) - ends[-1])
    assert (errors[:-1] / errors[1:] > 10).all()


def test_excess_loss_keeps_its_digits():
    with scope("float64"):
        data = Draws(*map(jnp.asarray, (TWO.tokens, TWO.queries, TWO.scores)))
        for size in (0.0, 1.0, 5.0):
            w = jnp.asarray(size * least_norm(TWO.rows((0, 0))).point.reshape(2, 2))
            shares = jax.nn.softmax(jnp.einsum("itd,de,ie->it", data.tokens, w, data.queries))
            plain = np.logaddexp(0, -np.asarray((shares * data.scores).sum(1))).mean() - np.logaddexp(0, [-1, -0.5]).mean()
            assert float(log_excess((w,), data)) == pytest.approx(np.log(plain), abs=1e-12)
        deep = jnp.asarray(2000 * least_norm(TWO.rows((0, 0))).point.reshape(2, 2))
        want = -2000 + np.log((1 / (1 + np.e) + 0.5 / (1 + np.exp(0.5))) / 2)
        assert float(log_excess((deep,), data)) == pytest.approx(want, abs=1e-9)


def test_padding_changes_nothing():
    draws = Draws.gaussian(KEY, 2, inputs=2, tokens=3, dim=2)
    padded = Draws(np.pad(draws.tokens, ((0, 0),) * 3 + ((0, 2),)), np.pad(draws.queries, ((0, 0),) * 2 + ((0, 2),)), draws.scores)
    ends = [select(d, (np.zeros((2, w, w)),), rule="joint", eta=0.1, steps=20).weights[:, 0] for d, w in ((draws, 2), (padded, 4))]
    assert np.allclose(ends[0], ends[1][:, :2, :2], atol=1e-12) and not ends[1][:, 2:].any()


def test_draws_are_those_of_their_key_and_lie_on_the_sphere():
    first, again, other = (Draws.gaussian(k, 3) for k in (KEY, KEY, jax.random.key(5)))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True)) and not np.array_equal(first.tokens, other.tokens)
    assert np.allclose(np.linalg.norm(first.tokens, axis=-1), 1) and np.allclose(np.linalg.norm(first.queries, axis=-1), 1)
    assert np.abs(first.starts(KEY)[0]).max() <= 1 / np.sqrt(10) and [f.shape for f in first.starts(KEY, 4)] == [(3, 10, 4)] * 2
    assert first.one(1).best == tuple(chosen_by_score(first)[1].tolist())


@pytest.mark.parametrize(
    "change, message",
    [
        ({"rule": "newton"}, "rule 'newton' is not one of"),
        ({"eta": 0}, "eta = 0"),
        ({"eta": float("nan")}, "eta = nan"),
        ({"steps": 0}, "steps = 0 is not an integer"),
        ({"records": 3}, "3 records"),
        ({"dtype": "int32"}, "dtype int32 is no float type"),
        ({"start": ()}, "start of shapes"),
        ({"start": (np.zeros((2, 2)),)}, "start of shapes"),
    ],
    ids=str,
)
def test_runs_of_another_kind_are_refused(change, message):
    given = {"start": (np.zeros((1, 2, 2)),), "rule": "joint", "eta": 0.1, "steps": 4} | change
    with pytest.raises(BadInput, match=message):
        select(Draws.of(TWO), given.pop("start"), **given)


def test_progress_is_told_and_may_interrupt():
    told = []

    def stop(name, done, total):
        told.append((name, done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        select(Draws.of(TWO), (np.zeros((1, 2, 2)),), rule="joint", eta=0.1, steps=8, records=4, progress=stop)
    assert told == [("joint", 1, 4), ("joint", 2, 4)]
    assert not jax.config.jax_enable_x64


def test_the_law_is_met_at_1e64_and_not_by_its_neighbours():
    seen = select(Draws.of(TWO), (np.zeros((1, 2, 2)),), rule="flow", eta=0.2, steps=737)
    found = asymptote(TWO, (0, 0))
    assert seen.clock[-1] > 147.3 and found.residual(seen.weights[0], seen.clock)[-1] < 1e-11
    assert (
        law(TokenInputs.of(TWO.tokens, TWO.queries, [[1.2, 0], [0.5, 0]]), (0, 0)).residual(seen.weights[0], seen.clock)[-1] > 0.03
    )


@pytest.mark.parametrize("rule", RULES)
def test_float32_runs_are_right_where_they_are_accepted(rule):
    """To 1e-4: Adam divides small entries of a gradient, known to the rounding of the large ones, by their own size."""
    draws = Draws.gaussian(KEY, 2, inputs=3, tokens=4, dim=5)
    start = draws.starts(KEY, 3)
    single, double = (select(draws, start, rule=rule, eta=0.05, steps=12, dtype=dtype) for dtype in ("float32", "float64"))
    assert single.weights.dtype == np.float32 and np.abs(single.weights - double.weights).max() < 1e-4


@pytest.mark.parametrize("dtype, limit", [("float32", 16), ("float64", 36.1)])
def test_gradient_steps_are_refused_beyond_the_limit_of_their_type(dtype, limit):
    """One step of size 1 at W = gap: lost beside W beyond the limit, as NumPy shows; the normalised rule goes on."""
    one = Draws.of(TokenInputs.of([[[1.0], [0.0]]], [[1.0]], [[1.0, 0.0]]))

    def after(gap, rule):
        return select(one, (np.full((1, 1, 1), gap),), rule=rule, eta=1.0, steps=1, dtype=dtype).weights.item()

    assert after(limit - 1, "gradient") >= limit - 1
    lost = np.dtype(dtype).type(limit + 1)
    assert lost + np.exp(-lost) == lost
    with pytest.raises(BadInput, match=f"a step is lost beside W in {dtype}"):
        after(limit + 1, "gradient")
    assert after(limit + 1, "normalised") == pytest.approx(limit + 2, rel=1e-6)


THREE = TokenInputs.prompted([[[-0.1, 1], [1, 0], [0, 0]]], [[1, 0.9, 0]])
REFUSED = {
    "a token that a support token beats": (TWO, (0, 1), "least advantage of an active row"),
    "inputs that ask for the opposite": (
        TokenInputs.of([[[1], [0]], [[0], [1]]], [[1], [1]], [[1, 0], [1, 0]]),
        (0, 0),
        "existence of margins of 1 (1 yes, 0 no)",
    ),
    "two equal rows": (TokenInputs.of([[[1, 0], [0, 0]]] * 2, [[1]] * 2, [[1, 0]] * 2), (0, 0), "independence of the active rows"),
    "an active row without multiplier": (
        TokenInputs.prompted([[[1, 1], [0, 1], [0, 0]]], [[1, 0, 0]]),
        (0,),
        "least multiplier of an active row",
    ),
    "nearly a third support row": (TokenInputs.prompted([[[1.01, 1], [1, 0], [0, 1]]], [[0, 1, 0]]), (1,), None),
    "a slow mode": (TokenInputs.prompted([[[1, 0.1], [0, 0], [0, 0.2]]], [[1, 0, 0]]), (0,), "rate"),
}


@pytest.mark.parametrize("inputs, selected, name", REFUSED.values(), ids=REFUSED)
def test_an_instance_outside_the_hypotheses_is_refused_with_its_value(inputs, selected, name):
    found = asymptote(inputs, selected)
    assert isinstance(found, Hypothesis) and not found.holds and (name is None or found.name == name)
    assert str(found).startswith("ungraded: ") and "value" in str(found) and "limit" in str(found)
    assert found == next(h for h in hypotheses(inputs, selected) if not h.holds)


def test_graded_instances_name_every_hypothesis():
    assert isinstance(asymptote(TWO, (0, 0)), Asymptote) and isinstance(asymptote(THREE, (0,)), Asymptote)
    assert [h.holds for h in hypotheses(TWO, (0, 0))] == [True] * 5 and locally_optimal(THREE, (1,))
    assert not locally_optimal(TokenInputs.prompted([[[-0.1, 1], [1, 0], [0, 0]]], [[1, 0.9, 0.9]]), (1,))
    with pytest.raises(BadInput, match="no matrix gives the tokens"):
        law(REFUSED["inputs that ask for the opposite"][0], (0, 0))


def test_minimisers_with_decay_are_stationary_and_turn_to_the_solution():
    path = regularisation_path(TWO, (1e-2, 1e-6, 1e-12))
    goal = least_norm(TWO.rows((0, 0))).point.reshape(2, 2)
    cosines = [(w * goal).sum() / np.linalg.norm(w) / np.linalg.norm(goal) for w in path]
    assert cosines[0] < cosines[1] < cosines[2] and cosines[2] > 0.999
    with scope("float64"):
        data = Draws(*map(jnp.asarray, (TWO.tokens, TWO.queries, TWO.scores)))
        (down,), scale = descent((jnp.asarray(path[0]),), data)
    assert np.allclose(np.asarray(down) * np.exp(float(scale)), 1e-2 * path[0], atol=1e-5)


@pytest.mark.parametrize("decays", [(), (1e-3, 1e-2), (1e-3, 0.0), (1e-2, 1e-2)], ids=str)
def test_decays_have_to_fall(decays):
    with pytest.raises(BadInput, match="decays"):
        regularisation_path(TWO, decays)


def test_joint_training_is_what_numpy_computes():
    x, y = np.array([[[0, 0], [1, 1]], [[0, 0], [1, -1]], [[0, 0], [0.5, 1]]]), np.array([1.0, -1.0, 1.0])
    p, v = np.array([0.0, -1.0]), np.array([-1.0, 0.0])
    for _ in range(15):
        s = np.exp(x @ p) / np.exp(x @ p).sum(1, keepdims=True)
        g = y[:, None] * (x @ v)
        f = (s * g).sum(1)
        down = np.einsum("i,it,itd->d", 1 / (1 + np.exp(f)), s * (g - f[:, None]), x)
        up = np.einsum("i,it,itd->d", y / (1 + np.exp(f)), s, x)
        p, v = p + 0.1 * down / np.linalg.norm(down), v + 0.1 * up / np.linalg.norm(up)
    seen = joint_training(x, y, (0, -1), (-1, 0), eta=0.1, steps=15, records=3)
    assert np.allclose(seen.prompts[-1], p, atol=1e-12) and np.allclose(seen.heads[-1], v, atol=1e-12)
    assert seen.prompts.shape == (3, 2) and seen.chosen.shape == (3, 3)


@pytest.mark.parametrize(
    "change", [{"eta": 0}, {"records": 2}, {"labels": (1,)}, {"prompt": (0,)}, {"head": (0, 0, 0)}, {"tokens": [[0, 0]]}], ids=str
)
def test_joint_training_refuses_what_does_not_fit(change):
    given = {"tokens": [[[0, 0], [1, 1]]] * 2, "labels": (1, 1), "prompt": (0, 0), "head": (0, 1), "eta": 0.1, "steps": 3} | change
    with pytest.raises(BadInput):
        joint_training(**given)


def observed(value):
    return lambda: record("r", lambda key: {"q": value}, seed=0, dtype="float64")


@pytest.mark.parametrize("full, outcome", [(False, "holds"), (True, "fails")])
def test_a_measured_band_is_held_against_the_full_run_when_asked(full, outcome):
    measured = Measured("q", observed(0.5), 0, 1, "because", observed(2.0), observed(Fraction(3, 2)))
    assert measured.run(None, full=full).outcome == outcome
    assert Measured("q", observed(0.5), 0, 1, "because", observed(2.0)).run(None, full=full).outcome == "holds"
