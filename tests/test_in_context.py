"""Regression in context: the loss against sampled tasks, the pull against differences of it, heads against their own rates."""

import numpy as np
import pytest

from workbench.dynamics.regression import Regression
from workbench.errors import BadInput

FOUR = Regression((0.4, 0.3, 0.2, 0.1), 31)
ONE = Regression((0.5,), 1)


@pytest.mark.parametrize("regression", [ONE, FOUR], ids=["one example", "four modes"])
def test_the_pull_is_minus_the_slope_of_the_loss(regression):
    rng, d = np.random.default_rng(0), len(regression.eigenvalues)
    m, by = rng.normal(size=(2, d, d))
    slope = (regression.loss(m + 1e-5 * by) - regression.loss(m - 1e-5 * by)) / 2e-5
    assert abs(slope + (regression.pull(m) * by).sum()) < 1e-8


@pytest.mark.parametrize(("kind", "width"), [("merged", 17), ("separate", 9)])
def test_heads_move_down_the_loss_at_the_rate_of_their_own_gradient(kind, width):
    start = np.random.default_rng(1).normal(size=(3, width)) / 2
    follow, step = getattr(FOUR, kind), 1e-6
    losses = FOUR.loss(follow(start, [1e-12, step]))

    def loss(flat):
        return FOUR.loss(follow(flat.reshape(start.shape), [1e-12])[0])

    slopes = [(loss(start.ravel() + e) - loss(start.ravel() - e)) / 2e-5 for e in 1e-5 * np.eye(start.size)]
    assert (losses[1] - losses[0]) / step == pytest.approx(-np.dot(slopes, slopes), rel=1e-3)


def test_the_sampled_error_is_the_loss_of_the_inverse():
    errors = FOUR.sampled_errors(np.random.default_rng(2), tested=31, draws=30_001)
    assert len(errors) == 30_001
    off = (errors.mean() - FOUR.loss(np.diag(1 / FOUR.gamma))) / errors.std() * np.sqrt(len(errors))
    wrong = (errors.mean() - FOUR.loss(np.diag(1 / FOUR.spread))) / errors.std() * np.sqrt(len(errors))
    assert abs(off) < 4 < abs(wrong)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Regression((), 3), "give positive numbers"),
        (lambda: Regression((1.0,), 0), "give positive numbers"),
        (lambda: FOUR.merged(np.zeros((2, 9)), [1.0]), "a row of 17 numbers"),
        (lambda: FOUR.separate(np.zeros(9), [1.0]), "a row of 9 numbers"),
        (lambda: FOUR.sampled_errors(np.random.default_rng(0), tested=0, draws=1), "give positive numbers"),
    ],
    ids=["no eigenvalue", "no example", "rows of separate heads", "no heads", "no examples tested"],
)
def test_what_makes_no_sense_is_refused(call, told):
    with pytest.raises(BadInput, match=told):
        call()
