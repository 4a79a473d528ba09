"""Functions over several devices: bit for bit those of one device, in order, and trained alike."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest
import sympy

import workbench as wb
from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import affine

KINDS = ("sign", "polynomial", "expression", "network")
DTYPES = ("int32", "int64", "float32", "float64")
X64 = ("x64 off", "x64")


@cache
def process(x64):
    """What `on_four_devices` finds in a process of its own, since the number of devices is fixed when JAX starts."""
    script = Path(__file__).with_name("on_four_devices.py")
    flags = "--xla_force_host_platform_device_count=4"
    paths = [str(Path(wb.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-W", "error", str(script), x64]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def findings(x64):
    done = process(x64)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("x64", X64)
def test_the_process_has_four_devices_and_its_setting(x64):
    assert (findings(x64)["count"], findings(x64)["x64"]) == (4, x64 == "x64")


@pytest.mark.parametrize("x64", X64)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_four_devices_give_the_bits_of_one(kind, dtype, x64):
    """On the cube of 16 inputs or a part of it, for batches that do not divide, one point, none, several axes, two devices."""
    expected = {"exact": True, "equal": True, "devices": 4, "swapped": False, "odd": True, "grid": True, "two": True}
    assert findings(x64)[f"{kind} {dtype}"] == expected


@pytest.mark.parametrize(("x64", "bits"), [("x64 off", 24), ("x64", 53)])
def test_training_over_four_devices_is_training_on_one(x64, bits):
    """Sums over 50 points and 10 steps, in another order: a few hundred roundings of numbers of order one."""
    (losses, slopes), (sharded_losses, sharded_slopes) = findings(x64)["training"]
    assert losses[-1] < losses[0]
    assert sharded_losses == pytest.approx(losses, rel=500 * 2.0**-bits)
    for one, four in zip(slopes, sharded_slopes, strict=True):
        assert np.asarray(four) == pytest.approx(np.asarray(one), rel=500 * 2.0**-bits, abs=500 * 2.0**-bits)


@pytest.mark.parametrize("x64", X64)
def test_points_that_fill_up_a_batch_leave_slopes_alone(x64):
    """1/t at 1, 2 and 4: a fourth point at 0 would give inf times 0."""
    assert findings(x64)["slopes of padded points"] == [1.0, 0.5, 0.25]


X = sympy.Symbol("x", real=True)


def one_input():
    return wb.lower(Network.of(["x"], [affine("f", {"x": 2}, 1)], ["f"]), dtype="int32")


REFUSED = {
    "no devices": (lambda: wb.shard(one_input(), []), "no devices: give at least one"),
    "twice": (lambda: wb.shard(one_input(), jax.devices()[:1] * 2), "is given 2 times: give each once"),
    "no device": (lambda: wb.shard(one_input(), ["cpu"]), "'cpu' is not a device"),
    "not lowered": (lambda: wb.shard(one_input().source), "a Network has no batch of points to split"),
    "shape": (lambda: wb.shard(one_input())([[1, 2]]), r"shape \(1, 2\), but the last axis must have length 1"),
    "a number": (lambda: wb.shard(one_input())(3), r"shape \(\)"),
    "a number for devices": (lambda: wb.shard(one_input(), 2), "2 is not a device: give some of jax.devices"),
    "an expression beyond its radius": (
        lambda: wb.shard(wb.lower(X**2, [X], dtype="int32"))([[70000]]),
        "coordinate 70000 > 46340, beyond which values may pass",
    ),
    "a network beyond its radius": (
        lambda: wb.shard(one_input())([[1 << 30]]),
        f"coordinate {1 << 30} > {(1 << 30) - 1}, beyond which values may pass",
    ),
    "halves": (lambda: wb.shard(one_input())([[0.5]]), "give integers"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()


def test_the_radius_itself_and_one_device_are_accepted():
    """2 (2^30 - 1) + 1 is the largest integer of int32."""
    S = wb.shard(one_input(), jax.devices()[0])
    assert S([[(1 << 30) - 1], [1 - (1 << 30)]]).tolist() == [(1 << 31) - 1, 3 - (1 << 31)]
    assert wb.shard(wb.lower(X**2, [X], dtype="int32"))([[46340]]).item() == 46340**2


@pytest.mark.parametrize("x64", X64)
@pytest.mark.parametrize("kind", ["expression", "network"])
def test_vmap_over_a_sharded_function_is_the_function_on_each_batch(kind, x64):
    """3 batches of 5 points on 4 devices: neither axis divides."""
    assert findings(x64)[f"vmap {kind}"] == {"vmap": True, "jit of vmap": True, "vmap of jit": True, "slopes": True}


@pytest.mark.parametrize("x64", X64)
def test_slopes_at_points_that_lie_on_one_device(x64):
    assert findings(x64)["slopes of placed points"] == [1.0, 0.5, 0.25]


def test_one_device_shows_what_it_shards():
    x = sympy.Symbol("x", real=True)
    S = wb.shard(wb.lower(sympy.sin(x), [x]), jax.devices()[:1])
    assert (S.source, S.symbols, S.dtype, bool(S.exact), S.devices) == (sympy.sin(x), (x,), "float64", False, (jax.devices()[0],))
    assert np.asarray(S([[0.5], [1.0]])) == pytest.approx(np.sin([0.5, 1.0]), rel=1e-15)
    assert repr(S).startswith("Sharded(Lowered(sin(x)") and repr(S).endswith("1 devices)")
