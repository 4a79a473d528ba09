"""The figure of capacity: its shipped estimates meet the proven bounds, are made again from their seeds, and are drawn."""

import math
from pathlib import Path

import pytest

from workbench.capacity import records
from workbench.capacity.bounds import bounds
from workbench.capacity.nbc import estimate_threshold
from workbench.capacity.pair_estimates import estimate_output_gating
from workbench.figures import FIGURES, draw
from workbench.figures.blocks import BLOCKS, bits_per_parameter
from workbench.figures.capacity import estimates
from workbench.figures.plate import numbers

PUBLISHED = {5: 94572, 6: 15028134, 7: 8378070864, 8: 17561539552946, 9: 144130531453121108}  # A000609
ROWS = [*estimates("threshold"), *estimates("output-gating"), *estimates("output-gating", "pm1")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['family']}-{row['n']}-{row['outputs']}")
def test_estimates_meet_the_proven_bounds(row):
    assert row["low"] <= row["log2"] <= row["high"]
    low, high = bounds(row["family"], row["n"], outputs=row["outputs"]).log2
    assert low <= row["high"] and row["low"] <= high


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['family']}-{row['n']}-{row['outputs']}")
def test_the_command_of_an_estimate_has_what_it_depends_on(row):
    program, name, family, *options = row["command"].split()
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert (program, name, family, row["confidence"], row["degree"]) == ("workbench", "estimate", row["family"], 0.95, 1)
    assert given.pop("--outputs", "01") == row["outputs"]
    assert given == {f"--{key}": str(row[key]) for key in ("n", "seed", "samples")}


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
    for n, count in ((2, 14), (4, 1882), *PUBLISHED.items()):
        assert points["One threshold unit", "counted", n] == pytest.approx(math.log2(count) / n**2)
    assert points["A threshold unit and its gate", "AND, counted", 3] == pytest.approx(math.log2(246) / 9)
    assert points["A threshold unit and its gate", "PM, counted", 4] == pytest.approx(math.log2(54310) / 16)
    assert points["A threshold unit and its gate", "MUX, counted", 5] == pytest.approx(math.log2(241635252) / 25)
    estimated = [n for panel, label, n in points if label.endswith("estimated")]
    assert min(estimated, default=10) >= 6  # nothing that is counted is estimated


def test_errors_of_estimates_have_intervals_around_zero():
    ax = FIGURES["estimates_and_counts"].figure().axes[0]
    drawn = [(c.get_label(), c.lines[0].get_xydata(), c.lines[2][0].get_segments()) for c in ax.containers]
    assert [(label, len(at)) for label, at, _ in drawn] == [("LTF", 6), ("AND", 1), ("PM", 1)]
    for _, at, bars in drawn:
        for (_, error), ((_, low), (_, high)) in zip(at, bars, strict=True):
            assert low < 0 < high and low < error < high
    at_nine = float(drawn[0][1][-2][1])
    assert at_nine == pytest.approx(56.973038 - math.log2(PUBLISHED[9]), abs=1e-6)


def test_slack_at_more_inputs_goes_on_where_counts_end():
    panel = "Cover's bound lies above one threshold unit by"
    seen = {n: y for title, label, n, y in numbers(draw("estimates_and_counts")) if title == panel}
    assert [n for n in seen] == list(range(11))
    assert seen[3] == pytest.approx(math.log2(2 * sum(math.comb(7, k) for k in range(4)) / 104))
    ax = FIGURES["estimates_and_counts"].figure().axes[1]
    assert [int(x) for x in ax.containers[0].lines[0].get_xdata()] == [row["n"] for row in estimates("threshold") if row["n"] > 10]


@pytest.mark.parametrize("name", BLOCKS)
def test_no_block_stores_more_than_n_bits_per_parameter(name):
    assert all(0 < bits <= n for n, bits in bits_per_parameter(name).items())


def test_bits_per_parameter_of_four_inputs_by_hand():
    worth = {name: bits_per_parameter(name)[4] for name in ("threshold unit", "output gated, ±1", "quadratic threshold unit")}
    assert worth == {
        "threshold unit": pytest.approx(math.log2(1882) / 5),
        "output gated, ±1": pytest.approx(math.log2(54310) / 10),
        "quadratic threshold unit": pytest.approx(math.log2(57574) / 11),
    }


def test_shipped_counts_are_those_of_the_documentation():
    file = Path(__file__).parents[1] / "docs" / "data" / "counts.json"
    rows = records.known(file.parent)
    for family in records.series():
        assert records.counts_of(family) == {row["n"]: row["count"] for row in rows if records.same_series(row, family)}
