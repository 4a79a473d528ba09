"""Trained networks: against optax in a plain loop, against exact networks, over devices, over workers, after a kill."""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from test_training_shapes import SHAPES, random_weights

from workbench import BooleanFunction, Rejected
from workbench.circuits.training import Training, fitted, points, soft_values, started, trained
from workbench.circuits.training_rounding import rounded
from workbench.circuits.training_shapes import Shape
from workbench.circuits.training_targets import parity
from workbench.errors import BadInput

HERE = Path(__file__).parent
XOR = Shape.gated(2, 1)
SHORT = Training(steps=60)


def arrays(weights):
    return tuple(np.array([layer], dtype=np.float32) for layer in weights)


def plain_loop(layers, steps):
    """Two layers with one gate on each hidden unit, skip connections, 0/1 outputs, trained by optax one step at a time."""
    at = np.array([[-1.0, -1], [1, -1], [-1, 1], [1, 1]])
    wanted = np.array([0.0, 1, 1, 0])
    hidden, readout = layers

    def loss(params, beta):
        hidden, readout = params
        total = 0
        for x, y in zip(at, wanted, strict=True):
            below = [
                jax.nn.sigmoid(beta * (u[0, 0] * x[0] + u[0, 1] * x[1] + u[0, 2]))
                * jax.nn.sigmoid(beta * (u[1, 0] * x[0] + u[1, 1] * x[1] + u[1, 2]))
                for u in hidden
            ]
            s = sum(w * b for w, b in zip(readout[0, 0, :-1], [*below, *x], strict=True)) + readout[0, 0, -1]
            total += (2 * (jax.nn.sigmoid(beta * s) - y)) ** 2
        return total / 4

    optimiser = optax.adam(0.03)
    params = (hidden, readout)
    memory = optimiser.init(params)
    slope = jax.jit(jax.grad(loss))
    for t in range(steps):
        updates, memory = optimiser.update(slope(params, 10.0 ** (t / (steps - 1))), memory)
        params = optax.apply_updates(params, updates)
    return params


def test_training_is_that_of_a_plain_loop():
    shape = Shape.gated(2, 2, 2, outputs="01", skip=True)
    with jax.enable_x64(True):
        key = jax.random.fold_in(jax.random.key(4), 2)
        expected = plain_loop(started(shape, jax.random.split(key)[0], "float64"), 12)
        expected = [np.asarray(layer) for layer in expected]
    got = trained(shape, parity(2), seed=4, networks=1, first=2, training=Training(steps=12, dtype="float64"))
    for one, other in zip(got, expected, strict=True):
        assert np.asarray(one)[0] == pytest.approx(other, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_steep_units_are_the_exact_network(shape):
    """Random integers, no sum of them zero at a point: steepness 1000 is a threshold within rounding."""
    weights = odd(random_weights(shape, random.Random(5)), shape)
    layers = tuple(jnp.asarray(layer[0]) for layer in arrays(weights))
    values = soft_values(shape, layers, 1000.0, jnp.asarray(points(shape.n), "float32"))
    table = shape.network(weights).function("pm1").bits
    assert ((np.asarray(values) > 0) == np.array(table, dtype=bool)).all() and np.abs(values).min() > 0.99


def odd(weights, shape):
    """The weights doubled and each bias made odd, so that no sum is 0 where units have outputs 0 and 1 or -1 and 1."""
    return [[[[*(2 * w for w in row[:-1]), 2 * row[-1] + 1] for row in unit] for unit in layer] for layer in weights]


@pytest.mark.parametrize("scale", [1, 3, 1024])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_network_of_integers_is_found_again(shape, scale):
    """Its own table is the function that is wanted; the complement is another one."""
    weights = random_weights(shape, random.Random(scale), largest=scale)
    own = shape.network(weights).function("pm1")
    found = rounded(shape, own, tuple(0.37 * layer for layer in arrays(weights)))
    assert found.exact.tolist() == [True] and found.found.tolist() == [0] and found.smallest() == 0
    assert found.network(0).function("pm1") == own
    other = rounded(shape, ~own, arrays(weights))
    assert not other.exact[0]
    if other.repaired[0]:  # by another output unit, whose network is looked at once more
        assert other.network(0).function("pm1") == ~own
    else:
        with pytest.raises(Rejected, match="the table is"):
            other.network(0)


OR_AND = [[[[1, 1, 1]], [[1, 1, -1]]]]  # the OR and the AND of two bits -1, 1


@pytest.mark.parametrize(
    "hidden, repaired", [(OR_AND, True), ([[[[1, 1, 1]], [[1, 1, 1]]]], False)], ids=["OR and AND", "OR twice"]
)
def test_an_output_unit_is_repaired_where_that_is_possible(hidden, repaired):
    found = rounded(Shape.standard(2, 2, 2), parity(2), arrays([*hidden, [[[1, 1, 1]]]]))
    assert (found.exact.tolist(), found.repaired.tolist()) == ([False], [repaired])
    if repaired:
        assert found.network(0).function("pm1").table == 6


@pytest.mark.parametrize("outputs", ["01", "pm1"])
def test_one_factor_of_a_product_is_repaired(outputs):
    """OR times OR: one of the two becomes NAND."""
    found = rounded(Shape.gated(2, 1, outputs=outputs), parity(2), arrays([[[[1, 1, 1], [1, 1, 1]]]]))
    assert found.repaired[0] and found.network(0).function("pm1").table == 6


def test_a_diverged_network_is_not_found():
    """Zeros stand for it, which would compute a constant; its neighbour is found."""
    layer = np.array([[[[np.nan, 1, 0], [1, 0, 1]]], [[[1, 0, 0], [0, -1, 0]]]])
    found = rounded(XOR, parity(2), (layer,))
    assert (found.found.tolist(), found.exact.tolist(), found.smallest()) == ([1], [False, True], 1)
    constant = BooleanFunction(2, 0)
    assert rounded(Shape.standard(2, 1), constant, (np.full((1, 1, 1, 3), np.inf),)).found.tolist() == []


def test_changed_weights_are_rejected():
    found = rounded(XOR, parity(2), arrays([[[[1, 0, 0], [0, -1, 0]]]]))
    assert found.exact[0]
    changed = replace(found, layers=tuple(-layer if k == 0 else layer for k, layer in enumerate(found.layers)))
    assert changed.network(0).function("pm1").table == 6  # both factors negated: the same product
    with pytest.raises(Rejected, match="the table is 0x9, not 0x6"):
        replace(found, layers=(np.abs(found.layers[0]),)).network(0)


def test_a_network_depends_on_its_number_not_on_its_neighbours():
    """Up to the last bits: 60 steps of numbers of order one; other seeds differ in the first digit."""
    whole = trained(XOR, parity(2), seed=7, networks=6, training=SHORT)
    part = trained(XOR, parity(2), seed=7, networks=3, first=2, training=SHORT)
    other = trained(XOR, parity(2), seed=8, networks=6, training=SHORT)
    assert np.asarray(whole[0])[2:5] == pytest.approx(np.asarray(part[0]), rel=1e-4, abs=1e-4)
    assert (np.abs(np.asarray(whole[0]) - np.asarray(other[0])).max(axis=(1, 2, 3)) > 0.1).all()


def test_types_are_as_asked_and_no_setting_changes():
    before = jax.config.jax_enable_x64
    for dtype in ("float32", "float64"):
        layers = trained(Shape.standard(1, 1), parity(1), seed=1, networks=2, training=Training(steps=3, dtype=dtype))
        assert {str(layer.dtype) for layer in layers} == {dtype}
    assert jax.config.jax_enable_x64 == before


def test_a_network_that_sees_one_point_learns_no_other():
    """With one sample the gradient at the other points is nothing, so the network of a wrong label is the same but there."""
    values = jnp.array([-1.0, 1, 1, -1])
    train = jax.jit(lambda wanted: fitted(XOR, Training(steps=5, samples=1), wanted, jax.random.key(0))[0])
    moved = [bool((train(values.at[k].multiply(-1)) != train(values)).any()) for k in range(4)]
    assert sorted(moved) == [False, False, False, True]


def test_four_devices_train_what_one_does():
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-W", "error", str(HERE / "training_on_four_devices.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["devices"] == 4
    for four, one in zip(found["four"], found["one"], strict=True):
        assert four == pytest.approx(one, rel=1e-4, abs=1e-4)
    assert [len(layer) for layer in found["four"]] == [10 * 12, 10 * 3]


REFUSED = {
    "no networks": (lambda: trained(XOR, parity(2), seed=1, networks=0), "networks 0 is not"),
    "too many": (lambda: trained(XOR, parity(2), seed=1, networks=1 << 17), "takes networks in blocks"),
    "another arity": (lambda: trained(XOR, parity(3), seed=1, networks=1), "3 inputs for a shape of 2"),
    "an integer type": (lambda: Training(dtype="int32"), "no gradients"),
    "no steps": (lambda: Training(steps=0), "steps 0 is not"),
    "a rate of 0": (lambda: Training(rate=0), "rate 0 is not a positive number"),
    "steepness that is not": (lambda: Training(steepness=(1, float("nan"))), "steepness nan"),
    "no samples": (lambda: Training(samples=0), "samples 0"),
    "weights of another shape": (lambda: rounded(XOR, parity(2), (np.ones((1, 1, 2, 4)),)), "do not fit"),
    "a seed below 0": (lambda: trained(XOR, parity(2), seed=-1, networks=1), "seed -1"),
    "a first beyond 32 bits": (lambda: trained(XOR, parity(2), seed=1, networks=1, first=1 << 32), "first 4294967296"),
}


@pytest.mark.parametrize("call, message", REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()
