"""Sweeps of training: exact intervals, one result for any workers and after a kill, and the sweep that is shipped."""

import json
import os
import subprocess
import sys
import time
from math import comb
from pathlib import Path

import pytest
from sweep_work import CELLS, swept

from workbench.circuits import training_sweep
from workbench.circuits.training import Training
from workbench.circuits.training_known import known, summary
from workbench.circuits.training_shapes import Shape
from workbench.circuits.training_success import Cell, Success
from workbench.circuits.training_sweep import Sweep
from workbench.circuits.training_targets import target
from workbench.cli import status
from workbench.errors import BadInput

HERE = Path(__file__).parent
XOR = Shape.gated(2, 1)


@pytest.mark.parametrize("found, trials", [(0, 1), (0, 400), (7, 20), (399, 400), (400, 400)])
def test_the_interval_leaves_a_fortieth_in_each_tail(found, trials):
    low, high = Success(found, trials).interval()

    def tail(p, ks):
        return sum(comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in ks)

    assert tail(low, range(found, trials + 1)) == pytest.approx(0.025, rel=1e-6) if found else low == 0
    assert tail(high, range(found + 1)) == pytest.approx(0.025, rel=1e-6) if found < trials else high == 1


def rows(found):
    return [row.as_json() for row in found.rows]


@pytest.fixture(scope="module")
def alone():
    return swept()


def test_a_gate_finds_parity_and_a_single_unit_never(alone):
    exact = {(row.cell.target, str(row.cell.shape)): row.exact for row in alone.rows}
    assert exact["parity", "2-1x2 pm1"] > 10 and exact["parity", "2-2-1 pm1"] > 0
    assert exact["parity", "2-1 pm1"] == exact["equality", "2-1 pm1"] == 0
    assert exact["inner_product", "2-1 pm1"] > 10  # the AND of two bits


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_number_of_workers_gives_one_sweep(workers, alone, tmp_path):
    assert rows(swept(workers=workers, store=tmp_path)) == rows(alone)


def test_a_killed_sweep_goes_on(alone, tmp_path):
    process = subprocess.Popen([sys.executable, str(HERE / "sweep_work.py"), str(tmp_path)], env=os.environ)
    while process.poll() is None and sum(len(f.read_text().splitlines()) for f in tmp_path.glob("*.jsonl")) < 3:
        time.sleep(0.01)
    process.kill()
    process.wait()
    seen = []
    assert rows(swept(store=tmp_path, progress=seen.append)) == rows(alone)
    assert len(seen) < len(CELLS) and all(p.kept >= 2 for p in seen)


def test_blocks_join_to_one_row(monkeypatch):
    monkeypatch.setattr(training_sweep, "BLOCK", 8)
    joined = training_sweep.sweep(CELLS[:1], seed=1, networks=20).rows[0]
    parts = [CELLS[0].tried(seed=1, networks=size, first=first) for first, size in ((0, 8), (8, 8), (16, 4))]
    assert (joined.exact, joined.repaired) == tuple(sum(getattr(p, k).sum() for p in parts) for k in ("exact", "repaired"))
    assert joined.trials == 20 and joined.exact > 0


def test_the_smallest_network_is_that_of_all_blocks(monkeypatch):
    def total(weights):
        return sum(map(total, weights)) if isinstance(weights, list) else abs(weights)

    monkeypatch.setattr(training_sweep, "BLOCK", 1)
    joined = training_sweep.sweep(CELLS[:1], seed=1, networks=4).rows[0]
    found = CELLS[0].tried(seed=1, networks=4)
    sizes = [total([layer[k].tolist() for layer in found.layers]) for k in range(4) if found.exact[k]]
    assert total(joined.smallest) == min(sizes) < max(sizes)


OTHERS = Training(steps=1, steepness=(1, 2)), Training(steps=1, dtype="float64"), Training(steps=1, rate=0.0300000001)


@pytest.mark.parametrize("training", OTHERS, ids=str)
def test_cells_that_differ_are_told_apart(training):
    """By their texts, which are the keys of a store."""
    assert str(Cell("parity", XOR, training)) != str(Cell("parity", XOR, Training(steps=1)))


def test_a_sweep_is_read_back_and_says_how_it_was_made(alone):
    again = Sweep.from_json(alone.to_json())
    assert again == alone
    assert again.run.seed == 1 and again.run.dtype == "float32" and {"jax", "optax"} <= set(again.run.versions)
    assert again.run.values["networks"] == 20 * len(CELLS)


SHIPPED = Sweep.shipped()


@pytest.mark.parametrize("row", SHIPPED.rows, ids=lambda row: str(row.cell).replace(" ", "_"))
def test_shipped_networks_compute_their_targets(row):
    """The smallest network of each cell, point by point; none where the claims say that there is none."""
    cell = row.cell
    assert 0 <= row.exact + row.repaired <= row.trials and (row.smallest is None) == (row.exact + row.repaired == 0)
    if row.smallest:
        wanted = target(cell.target, cell.shape.n)
        assert cell.shape.network(row.smallest).function("pm1") == wanted
    if cell.target == "parity" and cell.shape.depth == 1:
        least = cell.shape.n if cell.shape.outputs == "pm1" else 1 << (cell.shape.n - 1)
        assert cell.shape.units >= least or row.exact + row.repaired == 0


def test_the_shipped_sweep_has_the_cells_that_the_command_trains():
    assert [row.cell for row in SHIPPED.rows] == training_sweep.shipped_cells()
    assert SHIPPED.run.values["networks"] >= 2000


def test_found_rows_are_the_smallest_of_their_model_and_depth(alone):
    gate, pair = alone.found("parity", 2)
    assert (str(gate.cell.shape), str(pair.cell.shape)) == ("2-1x2 pm1", "2-2-1 pm1")


REFUSED = {
    "no cells": (lambda: training_sweep.sweep([], seed=1), "no cells"),
    "a cell twice": (lambda: training_sweep.sweep([CELLS[0]] * 2, seed=1), "1 cells are given twice"),
    "no networks": (lambda: training_sweep.sweep(CELLS, seed=1, networks=0), "networks 0"),
    "fewer than no networks": (lambda: training_sweep.sweep(CELLS, seed=1, networks=-5), "networks -5"),
    "a part of a network": (lambda: training_sweep.sweep(CELLS, seed=1, networks=1.5), "networks 1.5"),
    "two types": (lambda: training_sweep.sweep([CELLS[0], Cell("parity", XOR, Training(dtype="float64"))], seed=1), "of types"),
    "more found than tried": (lambda: Success(2, 1), "2 found among 1"),
    "another document": (lambda: Sweep.from_json('{"schema": "none"}'), "schema workbench-training/1"),
    "no document": (lambda: Sweep.from_json("[]"), "no sweep"),
}


@pytest.mark.parametrize("call, message", REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()


def test_the_command_prints_a_row(capsys):
    arguments = ["train", "parity", "--n", "2", "--depth", "1", "--factors", "2", "--networks", "20", "--steps", "60"]
    assert status([*arguments, "--seed", "1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["model"], said["units"], said["trials"]) == ("gated pm1", 2, 20) and said["exact"] > 10
    assert status(["train", "parity", "--n", "2", "--steps", "0"]) == 2
    assert "steps 0" in capsys.readouterr().err


def test_the_sweep_command_writes_what_is_read(monkeypatch, tmp_path, alone):
    monkeypatch.setattr(training_sweep, "shipped_cells", lambda: CELLS)
    out = tmp_path / "sweep.json"
    assert status(["train-sweep", "--out", str(out), "--seed", "1", "--networks", "20", "--store", str(tmp_path), "--quiet"]) == 0
    assert rows(Sweep.from_json(out.read_text())) == rows(alone)


def test_the_table_of_the_documentation_is_that_of_the_shipped_sweep():
    page = (HERE.parent / "docs" / "training.md").read_text(encoding="utf-8")
    assert "\n".join(summary(SHIPPED)) in page
    assert f"{SHIPPED.run.values['networks']:,.0f} networks" in page and f"{len(SHIPPED.rows)} cells" in page


def test_what_is_known_is_not_undercut():
    """No network has fewer units than a proof allows, and claims that are named exist."""
    claims = {row["name"] for row in json.loads((HERE.parent / "proofs" / "ledger.json").read_text())["claims"]}
    for row in SHIPPED.rows:
        shape = row.cell.shape
        least = known(row.cell.target, shape.n, shape.model, shape.depth)
        assert least is None or least.claim in claims
        if least is not None and least.least and row.exact + row.repaired:
            assert shape.units >= least.units
