"""The named models and the command that runs them."""

import json
from pathlib import Path

import numpy as np
import pytest
import sympy

from workbench.cli import status
from workbench.dynamics import instances, models
from workbench.dynamics.models import MODELS
from workbench.errors import Rejected

KEYS = {"model", "t", "final", "conserved", "checks", "integrator", "seconds"}
CHECKS = {  # what is known of each model beside a second integrator
    "uv": {"conserved", "identities", "closed_form"},
    "gate": {"conserved", "identities", "closed_form"},
    "deep-mode": {"conserved", "identities", "closed_form"},
    "deep-linear": {"conserved", "identities", "closed_form"},
    "gated-linear": {"conserved", "identities", "closed_form"},
    "two-token-softmax": {"identities", "closed_form"},
    "attention-svm": {"conserved"},
    "key-query": {"conserved"},
    "linear-attention": {"conserved"},
    "merged-attention": {"conserved", "identities", "closed_form"},
    "rank-one-head": {"conserved", "identities", "closed_form"},
    "sphere-tokens": {"identities", "closed_form"},
    "circle-tokens": {"identities", "closed_form"},
    "value-softmax": {"conserved"},
    "logistic-regression": set(),
    "diagonal-net": {"conserved", "identities", "closed_form"},
}


def test_every_model_is_listed_with_what_is_known_of_it():
    assert set(CHECKS) == set(MODELS) and len(MODELS) >= 10


@pytest.mark.parametrize("name", MODELS)
def test_every_model_makes_an_instance_without_open_parameters(name):
    made = MODELS[name].instance()
    assert made.flow.parameters == () and len(made.initial) == len(made.flow.variables)
    if made.form is not None and made.form.flow == made.flow:  # not the Gram matrix of layers
        assert made.form.at(0) == pytest.approx(np.array(made.initial), abs=1e-12)


LONG = ("key-query", "value-softmax")  # several laws with many terms


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow if n in LONG else ()) for n, checks in CHECKS.items() if "conserved" in checks],
)
def test_every_law_of_a_model_is_rejected_with_a_perturbed_coefficient(name):
    made = MODELS[name].instance()
    laws = made.flow.conserved(by=made.by)
    for law in laws:
        terms = sympy.Add.make_args(sympy.expand(law.expr))
        for term in terms if len(terms) > 1 else (made.flow.variables[0] ** 2,):
            with pytest.raises(Rejected):
                made.flow.quantity(law.expr + term / 100_000).check()
    assert laws


def test_the_command_prints_one_document(capsys):
    assert status(["flow", "uv", "--set", "s=2", "--set", "u=1/4", "--t1", "5", "--json"]) == 0
    out, _ = capsys.readouterr()
    found = json.loads(out)
    assert set(found) == KEYS
    assert (found["model"], found["t"], found["integrator"]["solver"]) == ("uv", 5, "Dopri8")
    assert set(found["checks"]) == CHECKS["uv"] | {"second_integrator"}
    assert all(check["holds"] for check in found["checks"].values())
    assert found["final"]["u"] * found["final"]["v"] == pytest.approx(2, abs=1e-5)
    assert list(found["conserved"]) == ["u**2 - v**2"]


def test_without_a_model_the_command_prints_the_table_of_the_documentation(capsys):
    assert status(["flow"]) == 0
    table, _ = capsys.readouterr()
    page = (Path(__file__).parents[1] / "docs" / "flow.md").read_text(encoding="utf-8")
    assert page.partition("<!-- table -->\n")[2].partition("<!-- end of table -->")[0] == table
    assert status(["flow", "--json"]) == 0
    rows = json.loads(capsys.readouterr()[0])
    assert [row["model"] for row in rows] == list(MODELS) and rows[0]["settings"] == {"s": "1", "u": "1/2", "v": "1/10"}


def test_a_check_that_fails_is_status_1(capsys, monkeypatch):
    monkeypatch.setitem(instances.LIMITS, "second_integrator", 0.0)
    assert status(["flow", "uv", "--set", "s=2", "--set", "u=1/4", "--t1", "5"]) == 1
    out, _ = capsys.readouterr()
    assert "check second_integrator" in out and "FAILS" in out and "check closed_form" in out and "holds" in out


REFUSED = {
    "a setting of no model": (["--set", "s=1"], "without a model: name one, such as workbench flow uv"),
    "an end of no model": (["--t1", "5"], "without a model"),
    "unknown model": (["nope"], "no model 'nope': take one of uv, gate, deep-mode,"),
    "unknown setting": (["uv", "--set", "w=1"], "uv has no setting 'w': its settings are s, u, v"),
    "no value": (["uv", "--set", "s"], "--set s: write NAME=VALUE"),
    "words": (["uv", "--set", "s=two"], "--set s=two: write NAME=VALUE"),
    "over zero": (["uv", "--set", "s=1/0"], "--set s=1/0: write NAME=VALUE"),
    "long": (["uv", "--set", "s=" + "9" * 80], "write NAME=VALUE"),
    "code": (["uv", "--set", "s=__import__('os')"], "write NAME=VALUE"),
    "time": (["uv", "--time", "years"], "time 'years' is not one of t, log, arclength"),
    "t1": (["uv", "--t1", "-1"], "t1 = -1.0 is not from 0"),
    "at rest": (["uv", "--set", "u=0", "--set", "v=0"], "the start (0, 0) is at rest"),
    "half a token": (["sphere-tokens", "--set", "tokens=5/2"], "tokens = 5/2 is not an integer from 2 to 6"),
    "depth": (["deep-mode", "--set", "depth=1"], "depth = 1 is not an integer from 2 to 12"),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals_are_one_line_and_status_2(arguments, message, capsys):
    assert status(["flow", *arguments, "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and message in err and err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_model_runs_and_its_checks_hold(name):
    model = models.model(name)
    found = instances.report(model, model.instance(), t1=model.t1, time=model.time)
    assert set(found.checks) == CHECKS[name] | {"second_integrator"}
    assert found.holds and found.trajectory.ended == "t1"
