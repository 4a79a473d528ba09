"""Lowered networks against the exact evaluation of the network and against direct formulas."""

import random
from dataclasses import replace
from fractions import Fraction

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from random_networks import points, standard_network, with_attention

from workbench.attention import QUARKS
from workbench.domain import Cube
from workbench.errors import BadInput
from workbench.lowering import LoweredNetwork, cube_values, lower
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, affine, output, sign_unit, threshold_unit

HALF = Fraction(1, 2)


def small(transfer="identity"):
    """Two hidden units and a readout, from which every attention block can start."""
    units = [
        affine("a", {"x": 2, "y": -1}, HALF, transfer=transfer),
        affine("b", {"x": -1, "y": Fraction(3, 2)}, 1, transfer=transfer),
        affine("c", {"a": 1, "b": -2, "x": 1}, Fraction(-1, 4), transfer=transfer),
    ]
    return Network.of(["x", "y"], units, ["c"])


POINTS = [(Fraction(3, 4), Fraction(-5, 2)), (Fraction(0), Fraction(0)), (Fraction(-1), Fraction(1)), (Fraction(7, 8), Fraction(2))]


def exact_values(network):
    return [[float(sympy.sympify(v)) for v in network.at(point)] for point in POINTS]


def attended(quark):
    """The network `small` with one block: unit a, or its synapse from x, acts on unit b, or on its synapse from y."""
    attending = Signal(quark.source, "a", "x") if quark.source == "w" else Signal(quark.source, "a")
    presynaptic = "y" if quark.target == "w" else None
    return quark.apply(small(), attending=attending, attended="b", presynaptic=presynaptic)


@pytest.mark.parametrize("quark", QUARKS, ids=lambda q: f"{q.source}-{q.target}-{q.mechanism}")
def test_each_attention_block_equals_its_exact_evaluation(quark):
    network = attended(quark)
    F = lower(network)
    with jax.numpy_rank_promotion("raise"):
        assert np.asarray(F(np.array(POINTS, dtype=float))).tolist() == [row[0] for row in exact_values(network)]


@pytest.mark.parametrize("transfer", ["identity", "threshold", "sign", "relu", "logistic", "tanh", "exp", "cos", "sin"])
def test_each_transfer_equals_its_exact_evaluation(transfer):
    network = small(transfer)
    assert np.asarray(lower(network)(np.array(POINTS, dtype=float))) == pytest.approx(
        [r[0] for r in exact_values(network)], rel=1e-14
    )


@pytest.mark.parametrize(("transfer", "values"), [("reciprocal", [0.25, -2.0, np.inf]), ("sqrt", [2.0, np.nan, 0.0])])
def test_reciprocals_and_roots_follow_the_real_line(transfer, values):
    F = lower(Network.of(["x"], [affine("f", {"x": 1}, transfer=transfer)], ["f"]))
    assert np.asarray(F([[4.0], [-0.5], [0.0]])) == pytest.approx(values, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize("at_zero", [0, 1])
def test_zero_follows_the_convention_of_the_unit(at_zero):
    units = [threshold_unit("h", {"x": 1}, at_zero=at_zero), sign_unit("s", {"x": 1}, at_zero=at_zero)]
    F = lower(Network.of(["x"], units, ["h", "s"]), dtype="int32")
    assert F([[0], [1], [-1]]).tolist() == [[at_zero, 2 * at_zero - 1], [1, 1], [0, -1]]


def test_softmax_groups_are_stable_and_in_their_order():
    units = [Unit(name, "softmax", (Synapse("x", w),), group="g") for name, w in (("p", 1), ("q", -1), ("r", 0))]
    F = lower(Network.of(["x"], [units[2], units[0], units[1]], ["p", "q", "r"]))
    assert np.asarray(F([0])) == pytest.approx([1 / 3] * 3, rel=1e-15)
    assert np.asarray(F([1000])) == pytest.approx([1, 0, 0])
    assert np.asarray(F([1])) == pytest.approx(np.exp([1, -1, 0]) / np.exp([1, -1, 0]).sum(), rel=1e-15)


def gated(gate_bias):
    """Every way to act on one unit at once; x = 2, y = 3, k = 5."""
    unit = Unit(
        "f",
        "identity",
        (Synapse("x", 2, gates=(output("y"), output("k")), additions=(output("k"),)), Synapse("x", 7), Synapse("y", HALF)),
        bias=11,
        additions=((3, Signal("S", "g")), (2, Signal("w", "g", "x"))),
        gates=(output("y"),),
        gate_bias=gate_bias,
        output_gates=(output("k"), output("x")),
        output_additions=(output("y"),),
    )
    return Network.of(["x", "y", "k"], [unit, affine("g", {"x": 13}, 1)], ["f", "x"])


@pytest.mark.parametrize("gate_bias", [True, False])
def test_all_actions_on_one_unit_in_the_documented_order(gate_bias):
    through = (2 + 5) * 3 * 5 * 2 + 7 * 2 + HALF * 3 + 3 * (13 * 2 + 1) + 2 * 13
    activation = (through + 11) * 3 if gate_bias else through * 3 + 11
    F = lower(gated(gate_bias))
    assert F([2, 3, 5]).tolist() == [float(activation * 5 * 2 + 3), 2.0]
    assert F.network == gated(gate_bias)


def test_gradients_of_weights_are_the_exact_slopes():
    """Each weight and bias enters once, so raising it by 1 in the exact network changes the output by its slope."""
    network, point = gated(True), [2, 3, 5]
    F = lower(network)
    with jax.enable_x64(True):
        slopes = eqx.filter_grad(lambda net: net(jnp.array(point, float))[0])(F)
        stepped = eqx.apply_updates(F, jax.tree.map(lambda g: -1e-6 * g, slopes))
        assert stepped(point)[0] < F(point)[0]

    def raised(**changed):
        return float(network.replace_unit(replace(unit, **changed)).at(point)[0] - network.at(point)[0])

    found = slopes.network
    for unit in network.units:
        assert found.unit(unit.name).bias == raised(bias=unit.bias + 1)
        for k, synapse in enumerate(unit.synapses):
            more = replace(synapse, weight=synapse.weight + 1)
            assert found.unit(unit.name).synapses[k].weight == raised(synapses=(*unit.synapses[:k], more, *unit.synapses[k + 1 :]))
        for k, (weight, signal) in enumerate(unit.additions):
            additions = (*unit.additions[:k], (weight + 1, signal), *unit.additions[k + 1 :])
            assert found.unit(unit.name).additions[k][0] == raised(additions=additions)


def test_threshold_networks_are_exact_and_say_so():
    both = threshold_unit("both", {"x": 1, "y": 1}, Fraction(-3, 2))
    xor = Network.of(["x", "y"], [both, threshold_unit("f", {"x": 1, "y": 1, "both": -2}, -HALF)], ["f"])
    F = lower(xor, dtype="float32")
    assert F.exact
    assert cube_values(xor).tolist() == [0, 1, 1, 0]
    assert cube_values(xor).dtype == np.int64
    assert not lower(small("tanh")).exact
    thirds = Network.of(["x"], [affine("f", {"x": Fraction(1, 3)}, transfer="sign")], ["f"])
    assert "power of two" in lower(thirds).exact.reason
    assert cube_values(thirds, "pm1").dtype == np.float64


@pytest.mark.parametrize("seed", range(4))
def test_random_layered_networks_equal_their_exact_evaluation_on_the_cube(seed):
    rng = random.Random(seed)
    names, units = ["x0", "x1", "x2", "x3"], []
    for layer in range(3):
        made = []
        for k in range(4):
            sources = rng.sample(names, rng.randint(0, len(names)))
            weights = {s: Fraction(rng.randint(-6, 6), 2) for s in sources}
            made.append(
                affine(f"u{layer}{k}", weights, Fraction(rng.randint(-3, 3), 4), transfer=rng.choice(["sign", "threshold", "relu"]))
            )
        units += made
        names += [u.name for u in made]
    rng.shuffle(units)
    network = Network.of(names[:4], units, ["u20", "u21", "x3"])
    exact = [[float(v) for v in network.at(p)] for p in Cube(4, "pm1").points()]
    assert lower(network).exact
    assert cube_values(network, "pm1").tolist() == exact


@pytest.mark.parametrize("seed", range(12))
def test_random_networks_with_attention_agree_with_their_exact_evaluation(seed):
    rng = random.Random(seed)
    network = with_attention(rng, standard_network(rng, ("identity", "relu")))  # continuous: rounding cannot flip a sign
    at = points(rng, network)
    exact = np.array([[float(v) for v in network.at(p)] for p in at])
    found = np.asarray(lower(network)(np.array(at, dtype=float))).reshape(exact.shape)
    assert found == pytest.approx(exact, rel=1e-11, abs=1e-11)


def amplified(weight, factor, bias=0):
    return Network.of(["x"], [affine("h", {"x": weight}, bias), affine("f", {"h": factor})], ["f"])


SYMBOL = sympy.Symbol("w")
# name: network or module, number type, the largest coordinate at which nothing may overflow
REACHES = {
    "one factor": (amplified(1 << 20, 1), "int32", (1 << 11) - 1),
    "two factors": (amplified(1 << 15, 1 << 14), "int32", 3),
    "a bias": (amplified(3, 7, 5), "int32", ((1 << 31) - 1 - 35) // 21),
    "the identity": (amplified(1, 1), "int32", (1 << 31) - 1),
    "only 0": (amplified(1 << 30, 4), "int32", 0),
    "int64": (amplified(1 << 40, 1), "int64", (1 << 23) - 1),
    "signs forget sizes": (
        Network.of(["x"], [sign_unit("h", {"x": 1}), affine("f", {"h": 1 << 30})], ["f"]),
        "int32",
        (1 << 31) - 1,
    ),
    "a square by a gate": (
        Network.of(["x"], [replace(affine("f", {"x": 1}), output_gates=(output("x"),))], ["f"]),
        "int32",
        46340,
    ),
    "what no output reads": (replace(amplified(3, 1 << 30), outputs=("h",)), "int32", ((1 << 31) - 1) // 3),
}


@pytest.mark.parametrize(("network", "dtype", "reach"), REACHES.values(), ids=REACHES)
@pytest.mark.parametrize("kind", [np.array, jnp.array], ids=["NumPy", "JAX"])
def test_integer_networks_run_up_to_their_reach_and_no_further(network, dtype, reach, kind):
    F, limit = lower(network, dtype=dtype), 31 if dtype == "int32" else 63
    with jax.enable_x64(True):
        points = kind([[reach], [-reach], [0]], dtype=dtype)
        assert F(points).tolist() == [int(network.at([int(p)])[0]) for p in points[:, 0]]
        for beyond in (reach + 1, -reach - 1):
            if abs(beyond) < 1 << limit:
                with pytest.raises(
                    BadInput, match=rf"coordinate {reach + 1} > {reach}, beyond which values may pass 2\*\*{limit} - 1"
                ):
                    F(kind([[0], [beyond]], dtype=dtype))


def test_the_weights_in_use_decide_how_far_points_may_lie():
    net = lower(Network.of(["x"], [affine("f", {"x": SYMBOL})], ["f"]), dtype="int32")
    assert net.with_values({SYMBOL: 46340})([46340]).item() == 46340**2
    with pytest.raises(BadInput, match="coordinate 46342 > 46341, beyond"):
        net.with_values({SYMBOL: 46340})([46342])
    assert net.with_values({SYMBOL: 2})([46342]).item() == 92684


def test_a_network_that_overflows_at_0_is_refused_there():
    with pytest.raises(BadInput, match=r"values may pass 2\*\*31 - 1 even at 0: lower with dtype='int64'"):
        lower(amplified(1, 4, 1 << 30), dtype="int32")([0])
    with pytest.raises(BadInput, match=r"take net.network.at\(point\), exact at any size"):
        lower(amplified(1, 4, 1 << 62), dtype="int64")([0])


REFUSED = {
    "symbol": (
        lambda: lower(Network.of(["x"], [affine("f", {"x": sympy.Symbol("w")})], ["f"]))([1]),
        "the weights have the symbol w: give it a value by `with_values`",
    ),
    "root in int64": (
        lambda: lower(Network.of(["x"], [affine("f", {"x": sympy.sqrt(2)})], ["f"]), dtype="int64"),
        r"the constant sqrt\(2\) is not available in int64",
    ),
    "half in int32": (lambda: lower(small(), dtype="int32"), "not available in int32"),
    "tanh in int64": (
        lambda: lower(Network.of(["x"], [affine("f", {"x": 1}, transfer="tanh")], ["f"]), dtype="int64"),
        "tanh is not",
    ),
    "shape": (lambda: lower(small())([1.0, 2.0, 3.0]), r"shape \(3,\)"),
    "symbols": (lambda: lower(small(), [sympy.Symbol("t")]), "for a network, whose inputs are x, y"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()


def test_shapes_displays_and_transformations():
    F = lower(small("tanh"))
    assert isinstance(F, LoweredNetwork)
    assert F(np.zeros((3, 5, 2))).shape == (3, 5)
    assert F(np.zeros((0, 2))).shape == (0,)
    assert lower(replace(small(), outputs=("a", "c")))(np.zeros((3, 0, 2))).shape == (3, 0, 2)
    assert lower(Network.of([], [affine("f", {}, 3)], ["f", "f"]))(np.zeros((4, 0))).tolist() == [[3.0, 3.0]] * 4
    assert repr(F) == "LoweredNetwork(Network(x, y -> c; 3 units, 7 wires), float64, inexact: tanh rounds)"
    assert F.symbols == F.source.symbols
    with jax.enable_x64(True):
        point = jnp.array([0.3, 0.7])
        assert float(jax.jit(F)(point)) == pytest.approx(float(F(point)), rel=1e-15)
        assert jax.vmap(jax.grad(F))(jnp.stack([point, point])).shape == (2, 2)
