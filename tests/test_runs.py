"""Records of runs: what they hold, and that reading them back is strict."""

import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.runs import Run, record

GOOD = {"name": "r", "values": {"a": 1.5}, "seed": 3, "dtype": "float64", "device": "cpu", "versions": {"jax": "1"}, "seconds": 0.1}


def test_a_record_holds_the_environment_and_the_observed_numbers():
    def observe(key):
        sample = jax.random.normal(key, (4,), dtype=jnp.float64)
        return {"mean": sample.mean(), "path": sample, "pairs": [(0, 1), (1, 4)], "count": np.int64(4)}

    run = record("normal_mean", observe, seed=11, dtype="float64")
    again = record("normal_mean", observe, seed=11, dtype="float64")
    assert run.values == again.values != record("normal_mean", observe, seed=12, dtype="float64").values
    assert run.values["mean"] == pytest.approx(sum(run.data["path"]) / 4, rel=1e-15)
    assert run.data["pairs"] == ((0.0, 1.0), (1.0, 4.0))
    assert (run.seed, run.dtype, run.values["count"]) == (11, "float64", 4.0)
    assert run.device.startswith(jax.devices()[0].platform)
    assert {"python", "jax", "sympy"} <= set(run.versions)
    assert run.seconds > 0
    assert not jax.config.jax_enable_x64


def test_float32_runs_are_float32():
    run = record("third", lambda key: {"third": jnp.ones(()) / 3}, seed=0, dtype="float32")
    assert run.values["third"] == np.float32(1) / np.float32(3)


@pytest.mark.parametrize(
    "values", [{}, {"a": 0.1, "b": -0.0}, {"a": math.inf, "b": -math.inf}], ids=["empty", "finite", "infinite"]
)
def test_files_give_back_the_same_run(values):
    run = Run(**GOOD | {"values": values, "data": {"path": [0.1, [1, 2]], "none": []}})
    assert Run.from_json(run.to_json()) == run
    assert hash(Run.from_json(run.to_json())) == hash(run)


def test_nan_survives_a_file():
    run = Run(**GOOD | {"values": {"a": math.nan}})
    assert math.isnan(Run.from_json(run.to_json()).values["a"])
    json.loads(run.to_json(), parse_constant=pytest.fail)


def test_a_run_cannot_be_changed():
    run = Run(**GOOD)
    with pytest.raises(TypeError):
        run.values["a"] = 2.0
    with pytest.raises(AttributeError):
        run.seed = 4


BAD_FIELDS = {
    "name": ({"name": "a b"}, "run name 'a b'"),
    "seed": ({"seed": -1}, "seed -1"),
    "seed type": ({"seed": True}, "seed True"),
    "dtype": ({"dtype": "half"}, "dtype 'half'"),
    "text": ({"values": {"a": "1"}}, "value 'a' is str"),
    "array": ({"values": {"a": np.ones(2)}}, "value 'a' is ndarray"),
    "complex": ({"values": {"a": 1j}}, "not a real number"),
    "truth": ({"values": {"a": True}}, "value 'a' is bool"),
    "too much": ({"data": {"path": [0.0] * 100_001}}, "more than 100000 numbers"),
}


@pytest.mark.parametrize(("change", "message"), BAD_FIELDS.values(), ids=BAD_FIELDS)
def test_fields_of_another_kind_are_refused(change, message):
    with pytest.raises(BadInput, match=message):
        Run(**GOOD | change)


WRITTEN = json.loads(Run(**GOOD).to_json())
BAD_FILES = {
    "truncated": (json.dumps(WRITTEN)[:-3], "truncated"),
    "list": ("[]", "not list"),
    "missing": (json.dumps({k: v for k, v in WRITTEN.items() if k != "seed"}), "without the field 'seed'"),
    "unknown": (json.dumps(WRITTEN | {"more": 1}), r"unknown fields \['more'\]"),
    "schema": (json.dumps(WRITTEN | {"schema": "workbench-run/9"}), "not a run of schema"),
    "type": (json.dumps(WRITTEN | {"seed": "3"}), "field 'seed' of a run is str"),
    "truth": (json.dumps(WRITTEN | {"seed": True}), "field 'seed' of a run is bool"),
    "versions": (json.dumps(WRITTEN | {"versions": {"jax": 1}}), "versions"),
    "data": (json.dumps(WRITTEN | {"data": 3}), "data are not an object"),
    "twice": ('{"name": "a", "name": "b"}', "stands twice"),
    "NaN": (json.dumps(WRITTEN | {"seconds": math.nan}), "NaN is not JSON"),
    "digits": ('{"seed": ' + "9" * 5000 + "}", "huge integer"),
    "deep": ("[" * 100_000, "nested too deep"),
}


@pytest.mark.parametrize(("text", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_reading_is_strict(text, message):
    with pytest.raises(BadInput, match=message):
        Run.from_json(text)


@pytest.mark.parametrize("seed", [None, 1.0, "1", 2**32], ids=str)
def test_there_is_no_default_seed(seed):
    with pytest.raises(BadInput, match="seed"):
        record("r", lambda key: {}, seed=seed, dtype="float32")
    with pytest.raises(TypeError):
        record("r", lambda key: {}, dtype="float32")


def test_a_run_returns_a_mapping():
    with pytest.raises(BadInput, match="returned float"):
        record("r", lambda key: 1.0, seed=1, dtype="float32")
