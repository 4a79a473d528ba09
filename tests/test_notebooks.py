"""Notebooks: text in percent form, executed from top to bottom, about as much prose as code, ending with a doubt."""

from pathlib import Path

import jupytext
import nbclient
import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))
SHOWN = {  # its first heading, its verdicts in order, and how many drawings
    "attention": ("# Where does attention go?", ["refuted"], 2),
    "capacity": ("# How many functions can a gate compute?", [], 1),
    "conservation": ("# What does training keep?", ["refuted", "derived"], 1),
    "depth": ("# What does a gate save?", [], 4),
    "mechanisms": ("# Put your own attention on the bench", ["derived", "refuted"], 2),
    "tour": ("# From an XOR to a claim of one's own", ["derived", "refuted", "certified"], 3),
}
LIMIT = 60  # seconds for a whole notebook; nbclient takes it for each cell, the last test for all


def read(path):
    return jupytext.read(path)


def executed(notebook):
    nbclient.NotebookClient(notebook, timeout=LIMIT, kernel_name="python3").execute()
    return notebook


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def run(request):
    notebook = executed(read(request.param))
    notebook.stem = request.param.stem
    return notebook


def cells(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def test_there_is_a_notebook():
    assert [path.stem for path in NOTEBOOKS] == list(SHOWN)


def test_cells_after_the_definitions_show_something(run):
    silent = [c.source for c in cells(run, "code") if not c.outputs and not c.source.startswith(("from", "import"))]
    assert silent == []


def test_no_cell_prints_to_stderr(run):
    streams = [o for c in cells(run, "code") for o in c.outputs if o.output_type == "stream"]
    assert [o.text for o in streams if o.name == "stderr"] == []


def test_the_verdicts_are_those_that_the_prose_speaks_of(run):
    shown = [o.data["text/plain"] for c in cells(run, "code") for o in c.outputs if "data" in o]
    words = [text.partition(": ")[2].partition(",")[0] for text in shown if text.startswith("Verdict")]
    assert words == SHOWN[run.stem][1]


def test_drawings_display_as_svg(run):
    drawn = sum("image/svg+xml" in o.get("data", {}) for c in cells(run, "code") for o in c.outputs)
    assert drawn == SHOWN[run.stem][2]


def test_it_took_less_than_a_minute(run):
    stamps = [c.metadata["execution"] for c in cells(run, "code")]
    first, last = stamps[0]["iopub.execute_input"], stamps[-1]["shell.execute_reply"]
    minutes = (_seconds(last) - _seconds(first)) / LIMIT
    assert 0 < minutes < 1


def _seconds(stamp):
    from datetime import datetime

    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_prose_and_code_are_about_equal_and_the_last_heading_doubts(path):
    notebook = read(path)
    prose, code = (sum(len(c.source.split()) for c in cells(notebook, kind)) for kind in ("markdown", "code"))
    assert 0.5 < prose / code < 2
    headings = [line for c in cells(notebook, "markdown") for line in c.source.splitlines() if line.startswith("#")]
    assert headings[0] == SHOWN[path.stem][0]
    assert headings[-1] == "## Is this correct?"


def test_a_cell_that_raises_stops_the_run():
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="ZeroDivisionError"):
        executed(broken)
