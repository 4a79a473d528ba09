"""Scores of top-N selection against plain loops over exact numbers, and the synthetic head against its definition."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from workbench.errors import Unsound
from workbench.mechanisms.retrieval import BATCH, selection_scores, synthetic_heads


def plain(values, chosen):
    """Precision and recall by squared distances in integers; None at a tie."""
    total = [sum(values[i][c] for i in chosen) for c in range(len(values[0]))]
    distance = [sum((x - t) ** 2 for x, t in zip(v, total, strict=True)) for v in values]
    others = [j for j in range(len(values)) if j not in chosen]
    most, least = max(distance[i] for i in chosen), min(distance[j] for j in others)
    if most in [distance[j] for j in others] or least in [distance[i] for i in chosen]:
        return None
    precision = Fraction(len(chosen), len(chosen) + sum(distance[j] <= most for j in others))
    return precision, Fraction(sum(distance[i] < least for i in chosen), len(chosen))


def test_scores_are_those_of_plain_loops():
    random, compared = Random(4), 0
    while compared < 200:
        values = [[random.randint(-9, 9) for _ in range(3)] for _ in range(random.randint(2, 7))]
        chosen = random.sample(range(len(values)), random.randint(1, len(values) - 1))
        if (want := plain(values, chosen)) is None:
            continue
        found = selection_scores(np.array([values], float), np.array([chosen]))
        assert (found.precision[0], found.recall[0]) == tuple(map(float, want))
        assert found.f[0] == pytest.approx(float(2 * want[0] * want[1] / (want[0] + want[1])) if want[1] else 0)
        compared += 1


def test_a_tie_decides_nothing():
    with pytest.raises(Unsound, match="two distances agree"):
        selection_scores(np.array([[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]]), np.array([[0]]))


def test_cosine_distances_do_not_see_lengths():
    values = next(synthetic_heads(2, 24, BATCH)).weighted
    order = np.tile(np.arange(4), (BATCH, 1))
    scaled = selection_scores(3 * values, order, cosine=True)
    assert np.allclose(scaled.recall, selection_scores(values, order, cosine=True).recall)


def test_heads_have_a_sink_a_recent_window_and_memory():
    heads = next(synthetic_heads(3, 96, BATCH))
    weights = np.linalg.norm(heads.weighted, axis=2)
    assert np.allclose(weights.sum(axis=1), 1)
    assert (weights[:, 0] > weights[:, 20:60].max(axis=1)).all()
    assert weights[:, -1].mean() > 20 * weights[:, 40].mean()
    units = heads.weighted / weights[..., None]
    neighbours = (units[:, 1:] * units[:, :-1]).sum(axis=2).mean()
    assert neighbours == pytest.approx(np.exp(-1 / 8), abs=0.02)
    assert [len(h.order) for h in synthetic_heads(3, 8, 3 * BATCH)] == [BATCH] * 3
