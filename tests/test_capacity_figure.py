"""The figure of capacity: its shipped estimates meet the proven bounds, are made again from their seeds, and are drawn."""

import math

import pytest

from workbench.capacity.bounds import bounds
from workbench.capacity.nbc import estimate_threshold
from workbench.capacity.pair_estimates import estimate_output_gating
from workbench.figures import draw
from workbench.figures.capacity import estimates
from workbench.figures.plate import numbers

PUBLISHED = {5: 94572, 6: 15028134, 7: 8378070864, 8: 17561539552946, 9: 144130531453121108}  # A000609
ROWS = [*estimates("threshold"), *estimates("output-gating"), *estimates("output-gating", "pm1")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['family']}-{row['n']}-{row['outputs']}")
def test_estimates_meet_the_proven_bounds(row):
    assert row["low"] <= row["log2"] <= row["high"]
    low, high = bounds(row["family"], row["n"], outputs=row["outputs"]).log2
    assert low <= row["high"] and row["low"] <= high


def test_estimates_cover_the_published_counts():
    covered = [
        row["low"] <= math.log2(PUBLISHED[row["n"]]) <= row["high"] for row in estimates("threshold") if row["n"] in PUBLISHED
    ]
    assert covered == [True] * 5


def again(row):
    options = {"seed": row["seed"], "samples": row["samples"], "confidence": row["confidence"]}
    if row["family"] == "threshold":
        return estimate_threshold(row["n"], **options)
    return estimate_output_gating(row["n"], outputs=row["outputs"], **options)


MADE_AGAIN = [pytest.param(row, id=f"{row['family']}-{row['n']}-{row['outputs']}") for row in ROWS if row["n"] <= 12]


@pytest.mark.slow
@pytest.mark.parametrize("row", MADE_AGAIN)
def test_estimates_are_made_again_from_their_seeds(row):
    found = again(row)
    for name in ("log2", "low", "high", "standard_error"):
        assert getattr(found, name) == pytest.approx(row[name], abs=2e-6), name


def test_drawn_points_are_counts_over_n_squared():
    points = {(panel, label, x): y for panel, label, x, y in numbers(draw("capacity"))}
    for n, count in ((2, 14), (4, 1882), (6, PUBLISHED[6])):
        assert points["One threshold unit", "counted", n] == pytest.approx(math.log2(count) / n**2)
    assert points["A threshold unit and its gate", "AND, counted", 3] == pytest.approx(math.log2(246) / 9)
    assert points["A threshold unit and its gate", "PM, counted", 4] == pytest.approx(math.log2(54310) / 16)
