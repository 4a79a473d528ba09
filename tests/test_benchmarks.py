"""The benchmarks run, compare values before times, show what fails, and hold figures against targets in the right direction."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy

FOLDER = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(FOLDER))

import cell  # noqa: E402
import criteria  # noqa: E402
import subjects  # noqa: E402
from results import Results, cell_key, table  # noqa: E402

STEADY = criteria.Criterion("steady", lambda r: r.least_ratio("steady", "s", ("a", "b"), 1), at_least=4)
FIRST = criteria.Criterion("first", lambda r: r.least_ratio("first", "s", ("a", "b"), 1), at_least=40)
MEMORY = criteria.Criterion("memory", lambda r: r.record("s", "workbench", 1).get("memory"), at_most=3)
OURS = {"build": 0.1, "trace": 0.2, "compile": 0.3, "first": 1.0, "steady": 0.5, "memory": 3, "size": "one node"}


def stored(**records):
    return Results({cell_key("s", name, 1): record for name, record in records.items()}, "a machine")


def peer(first, ratio):
    return OURS | {"first": first, "ratio": ratio, "ratio_quartiles": [ratio, ratio]}


@pytest.mark.parametrize("name, nodes", [("elementary-1", 1), ("elementary-7", 7), ("elementary-50", 50), ("elementary-500", 500)])
def test_an_elementary_subject_has_the_nodes_that_its_name_says(name, nodes):
    assert sum(1 for _ in sympy.preorder_traversal(subjects.subject(name).expr)) == nodes


def test_a_subject_is_the_same_in_every_process():
    first, second = subjects.subject("polynomial-5-2-sparse"), subjects.subject("polynomial-5-2-sparse")
    assert first.source == second.source and len(first.source.terms) == 2  # a tenth of 1 + 5 + 10, rounded up
    assert np.array_equal(first.points(3), second.points(3)) and set(first.points(64).flat) == {-1.0, 1.0}


def test_a_network_subject_has_the_weights_of_its_matrices():
    item = subjects.subject("network-3")
    weights, biases, gate_weights, gate_biases = item.layers[4]
    unit, gate = item.source.unit("h4_1"), item.source.unit("g4_1")
    assert [synapse.weight for synapse in unit.synapses] == weights[:, 1].tolist() and unit.bias == biases[1]
    assert [synapse.weight for synapse in gate.synapses] == gate_weights[:, 1].tolist() and gate.bias == gate_biases[1]
    assert [signal.unit for signal in unit.output_gates] == ["g4_1"] and item.source.depth == subjects.LAYERS


@pytest.mark.parametrize(
    "records, criterion, verdict",
    [
        pytest.param({"workbench": OURS, "a": peer(50, 5), "b": peer(60, 4)}, STEADY, "pass", id="the best peer decides"),
        pytest.param({"workbench": OURS, "a": peer(50, 5), "b": peer(60, 3.9)}, STEADY, "FAIL", id="just below"),
        pytest.param({"workbench": OURS, "a": peer(50, 5), "b": {"error": "x"}}, STEADY, "pass", id="a peer that fails"),
        pytest.param({"workbench": OURS, "a": {"error": "x"}}, STEADY, "open", id="no peer has a figure"),
        pytest.param({"a": peer(50, 5)}, FIRST, "open", id="ours is not there"),
        pytest.param({"workbench": {"error": "x"}, "a": peer(50, 5)}, STEADY, "open", id="ours fails"),
        pytest.param({"workbench": OURS, "a": {"error": "> 300 s", "limit": 300}}, FIRST, "pass", id="a limit is a lower bound"),
        pytest.param(
            {"workbench": OURS, "a": {"error": "> 300 s", "limit": 300}}, STEADY, "open", id="a limit says nothing of calls"
        ),
        pytest.param({"workbench": OURS, "a": peer(39, 5)}, FIRST, "FAIL", id="first result"),
        pytest.param({"workbench": OURS}, MEMORY, "pass", id="at most, met"),
        pytest.param({"workbench": OURS | {"memory": 3.1}}, MEMORY, "FAIL", id="at most, passed"),
    ],
)
def test_a_target_is_held_against_the_figures(records, criterion, verdict):
    assert criterion.line(stored(**records)).startswith(verdict)


def test_targets_of_an_empty_store_are_all_open():
    assert all(criterion.line(Results()).startswith("open") for criterion in criteria.CRITERIA)


def test_the_table_shows_errors_and_where_ours_is_slower():
    lines = table(stored(workbench=OURS, a=peer(2.0, 0.8), b={"error": "ImportError: no b"})).splitlines()
    assert "| a | 0.1 + 0.2 + 0.3 | 2 (2) | 0.5 **(0.8; 0.8-0.8)** | 0 |" in lines
    assert "| b | - | ImportError | ImportError | - |" in lines and "- b, 1: ImportError: no b" in lines


def test_a_store_is_found_again(tmp_path):
    results = stored(workbench=OURS)
    results.save(tmp_path / "store.json")
    assert Results.load(tmp_path / "store.json").records == results.records
    assert Results.load(tmp_path / "other.json").records == {}


@pytest.mark.parametrize(
    "value, exact, message",
    [
        pytest.param([1.0, 2.0 + 1e-12], True, "differ", id="integers have to be equal"),
        pytest.param([1.0, 2.0 + 1e-8], False, "differ", id="beyond the tolerance"),
        pytest.param([1.0, np.nan], False, "differ", id="a NaN"),
        pytest.param([1.0], False, "shape", id="another shape"),
    ],
)
def test_a_wrong_value_has_no_time(value, exact, message):
    cell._agree([1.0, 2.0 + 1e-12], [1.0, 2.0], exact=False)
    with pytest.raises(ArithmeticError, match=message):
        cell._agree(value, [1.0, 2.0], exact=exact)


def test_a_quick_run_writes_table_figure_and_store_and_resumes(tmp_path):
    store = tmp_path / "store.json"
    command = [sys.executable, str(FOLDER / "lowering.py"), "--quick", "--seconds", "0.1", "--batches", "4", "--store", str(store)]
    command += ["--only", "polynomial-3-2-dense", "--out", str(tmp_path), "--contestants", "workbench", "hand-written JAX"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    records = json.loads(store.read_text())["records"]
    assert len(records) == 2 and not any("error" in record for record in records.values()), records
    assert "| hand-written JAX |" in (tmp_path / "lowering.md").read_text()
    assert 0 < (tmp_path / "lowering.svg").stat().st_size < 200_000
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0 and "polynomial-3-2-dense |" not in again.stderr
    store.write_text(store.read_text().replace('"code": "', '"code": "0'))
    other = subprocess.run(command, capture_output=True, text=True, check=False)
    assert other.returncode == 2 and "figures of other code" in other.stderr
