"""Flows of networks and mechanisms: against numerical gradients of their definitions, also where one weight is close to 1."""

from fractions import Fraction

import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
import sympy

from workbench.dynamics.flow import Flow, entries
from workbench.dynamics.softmax import SoftmaxMean
from workbench.errors import BadInput
from workbench.lowering.precision import scope
from workbench.mechanisms import mechanism
from workbench.network import Network
from workbench.units import Synapse, Unit, affine, output

W, V, B = sympy.symbols("w v b", real=True)
Q, K, VALUES = (entries(name, 1, 1) for name in "QKV")
X = sympy.Matrix([1, 2])
POINT = (X * Q, X * K, X * VALUES)
ATTENTION = Flow.of_network(mechanism("softmax"), [(POINT, (1, 0))], [Q, K, VALUES])
TANH = Network.of(["x"], [affine("h", {"x": W}, B, transfer="tanh"), affine("f", {"h": V})], ["f"])
SHARE = Network.of(
    ["x", "y"], [Unit("p", "softmax", (Synapse("x", W),), group="g"), Unit("q", "softmax", (Synapse("y", V),), group="g")], ["p"]
)
GATED = Network.of(
    ["x"],
    [
        affine("g", {"x": W}, transfer="logistic"),
        Unit("f", "identity", (Synapse("x", V),), output_gates=(output("g"),)),
    ],
    ["f"],
)


def attention_loss(q, k, v):
    rows = []
    for x in (1, 2):
        weights = [mp.exp(q * k * x * y) for y in (1, 2)]
        rows.append(v * sum(w * y for w, y in zip(weights, (1, 2), strict=True)) / sum(weights))
    return ((rows[0] - 1) ** 2 + rows[1] ** 2) / 2


def share_loss(v, w):
    """Cross entropy of softmax(w, 2 v) for its first entry at x = 1, y = 2."""
    return -mp.log(mp.exp(w) / (mp.exp(w) + mp.exp(2 * v)))


SUBJECTS = {
    "attention": (ATTENTION, attention_loss, (0.7, -0.4, 0.9)),
    "attention, far": (ATTENTION, attention_loss, (30.0, 20.0, 0.9)),
    "tanh, two points": (
        Flow.of_network(TANH, [((1,), 1), ((2,), Fraction(1, 2))]),
        lambda b, v, w: ((v * mp.tanh(w + b) - 1) ** 2 + (v * mp.tanh(2 * w + b) - 0.5) ** 2) / 4,
        (0.2, -0.7, 0.4),
    ),
    "a share, cross entropy": (
        Flow.of_network(SHARE, [({"y": 2, "x": 1}, 1)], loss=lambda f, y: -y[0] * sympy.log(f[0])),
        share_loss,
        (0.3, -0.4),
    ),
    "a gate": (
        Flow.of_network(GATED, [((2,), 3)], [W, V]),
        lambda w, v: (2 * v / (1 + mp.exp(-2 * w)) - 3) ** 2 / 2,
        (0.3, -0.4),
    ),
}


@pytest.mark.parametrize(("flow", "loss", "at"), SUBJECTS.values(), ids=SUBJECTS)
def test_the_flow_descends_the_loss_as_written_by_hand(flow, loss, at):
    """Against derivatives that mpmath takes numerically; entries may be as small as e^-600 and keep their digits."""
    with mp.workdps(600):
        wanted = [-mp.diff(loss, at, tuple(int(i == k) for i in range(len(at))), h=mp.mpf(10) ** -200) for k in range(len(at))]
    with scope("float64"):
        found = flow.field.scaled(jnp.float64(0), jnp.asarray(at, "float64"), jnp.zeros(0))
    assert np.asarray(found) == pytest.approx([float(w) for w in wanted], rel=1e-12, abs=0)


def test_queries_and_keys_of_a_mechanism_balance():
    (law,) = ATTENTION.conserved()
    assert sympy.expand(law.expr - (Q[0] ** 2 - K[0] ** 2)) == 0
    run = ATTENTION.run([1, 0.5, 0.1], t1=5.0, rtol=1e-11, atol=1e-11)
    assert law.drift(run) < 1e-9 and (np.diff(run.energy) < 0).all()
    wide = [entries(name, 2, 2) for name in "QKV"]
    tokens = sympy.Matrix([[1, 0], [1, 2]])
    flow = Flow.of_network(mechanism("softmax"), [([tokens * m for m in wide], sympy.eye(2))], wide)
    balance = wide[0].T * wide[0] - wide[1].T * wide[1]
    for entry in (balance[0, 0], balance[0, 1]):
        flow.quantity(sympy.expand(entry)).check()


def test_values_of_one_row_are_one_mean():
    (mean,) = {e for e in ATTENTION.loss.atoms(SoftmaxMean) if e.logits[0] == Q[0] * K[0]}
    assert mean.scores == (VALUES[0], 2 * VALUES[0])


NET = Network.of(["x"], [affine("f", {"x": W})], ["f"])
REFUSED = {
    "no data": (lambda: Flow.of_network(NET, []), "no data"),
    "a float": (lambda: Flow.of_network(NET, [((0.5,), 1)]), "0.5 is not exact"),
    "a target that is a float": (lambda: Flow.of_network(NET, [((1,), 0.5)]), "0.5 is not exact"),
    "two targets": (lambda: Flow.of_network(NET, [((1,), (1, 2))]), "2 targets for 1 outputs"),
    "two inputs": (lambda: Flow.of_network(NET, [((1, 2), 1)]), "a point of 2 values for the 1 inputs"),
    "no input": (lambda: Flow.of_network(NET, [((), 1)]), "a point of 0 values"),
    "another name": (lambda: Flow.of_network(NET, [({"y": 1}, 1)]), "a point of 1 values"),
    "a threshold": (
        lambda: Flow.of_network(Network.of(["x"], [affine("f", {"x": W}, transfer="threshold")], ["f"]), [((1,), 1)]),
        "unit f has the transfer threshold, which is not smooth",
    ),
    "a mechanism that selects": (
        lambda: Flow.of_network(mechanism("top-n", most=1), [(POINT, (1, 0))]),
        "which is not smooth",
    ),
    "two matrices": (lambda: Flow.of_network(mechanism("softmax"), [((X, X), (1, 0))]), "2 matrices for the inputs q, k, v"),
    "numbers for matrices": (lambda: Flow.of_network(mechanism("softmax"), [((1, 2, 3), (1, 0))]), "one matrix for each"),
    "shapes": (lambda: Flow.of_network(mechanism("softmax"), [((X, X.T, X), (1, 0))]), "of shape"),
    "nothing to train": (lambda: Flow.of_network(NET.substitute({W: 1}), [((1,), 1)]), "without variables"),
    "a variable that is not there": (lambda: Flow.of_network(NET, [((1,), 1)], [V], parameters=[]), "w is neither"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()
