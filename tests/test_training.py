"""One network object evaluated exactly, drawn, vmapped, trained, scanned over, saved and read back, with x64 off and on."""

from dataclasses import replace
from fractions import Fraction

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import sympy
from random_networks import evaluated

from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, affine, output

DTYPES = ("float32", "float64")
W, V = sympy.symbols("w v", real=True)


def gated(width, inputs=("x", "y")):
    """`width` tanh units, each multiplied by a logistic unit, and an affine readout."""
    rows = [{name: (i + j) % 3 - 1 for j, name in enumerate(inputs)} for i in range(width)]
    gates = [affine(f"g{i}", row, i % 2, transfer="logistic") for i, row in enumerate(rows)]
    units = [replace(affine(f"u{i}", row, 1, transfer="tanh"), output_gates=(output(f"g{i}"),)) for i, row in enumerate(rows)]
    return Network.of(inputs, [*gates, *units, affine("f", {f"u{i}": Fraction(1, width) for i in range(width)})], ["f"])


def sparse():
    """Absent synapses in a shared matrix, gates on synapses, an addition to an activation and one to a weight."""
    u = Unit("u", "tanh", (Synapse("x", 1, gates=(output("y"),)), Synapse("y", 2, additions=(output("x"),))))
    v = Unit("v", "tanh", (Synapse("y", 1),), additions=((3, Signal("S", "u")),))
    w = Unit("w", "tanh", (Synapse("x", 1), Synapse("z", 1)), additions=((2, Signal("w", "u", "x")),))
    plain = [
        affine("p", {"x": 1}, transfer="relu"),
        affine("q", {"y": 1}, transfer="relu"),
        affine("r", {"x": 2, "y": 2}, transfer="relu"),
    ]
    return Network.of(["x", "y", "z"], [u, v, w, *plain, affine("f", {name: 1 for name in "uvwpqr"})], ["f"])


@pytest.fixture(params=["x64 off", "x64"])
def x64(request):
    with jax.enable_x64(request.param == "x64"):
        yield


@pytest.fixture(params=["float32, x64 off", "float32, x64", "float64, x64"])
def dtype_in_scope(request):
    """A number type that JAX transforms under the setting; float64 with x64 off is refused, see `REFUSED`."""
    dtype, setting = request.param.split(", ")
    with jax.enable_x64(setting == "x64"):
        yield dtype


def multiplexer():
    """The points of {0, 1}^3 and the value of x if z = 0, of y if z = 1."""
    points = np.array([[k >> i & 1 for i in range(3)] for k in range(8)])
    return points, np.where(points[:, 2] == 1, points[:, 1], points[:, 0])


def xor():
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    return points, points[:, 0] ^ points[:, 1]


def trained(net, points, wanted, steps):
    optimiser = optax.adam(0.03)

    def loss(m):
        return jnp.mean((m(points) - wanted) ** 2)

    @eqx.filter_jit
    def step(m, state):
        value, slopes = eqx.filter_value_and_grad(loss)(m)
        updates, state = optimiser.update(slopes, state)
        return eqx.apply_updates(m, updates), state, value

    state, losses = optimiser.init(eqx.filter(net, eqx.is_inexact_array)), []
    for _ in range(steps):
        net, state, value = step(net, state)
        losses.append(float(value))
    return net, losses


@pytest.mark.parametrize(("task", "names"), [(xor, ("x", "y")), (multiplexer, ("x", "y", "z"))], ids=["xor", "multiplexer"])
def test_a_gated_network_learns(task, names, dtype_in_scope):
    """From drawn weights, 300 steps of Adam bring the mean squared error below 1/100; a constant has at best 1/4."""
    dtype = dtype_in_scope
    start = lower(gated(4, names), dtype=dtype).drawn(jax.random.key(3))
    points, wanted = task()
    net, losses = trained(start, jnp.asarray(points, dtype), jnp.asarray(wanted, dtype), 300)
    assert losses[0] > 0.1 and losses[-1] < 0.01
    assert jax.tree.structure(net) == jax.tree.structure(start)
    assert all(a.dtype == b.dtype == dtype and not np.array_equal(a, b) for a, b in zip(net.arrays, start.arrays, strict=True))
    rounded = np.round(np.asarray(net(points.astype(dtype)))).astype(int)
    assert rounded.tolist() == wanted.tolist()


def test_what_is_trained_is_evaluated_exactly():
    """The network with the trained weights, evaluated at 50 digits, has the values of the arrays up to rounding."""
    points, wanted = xor()
    net, _ = trained(lower(gated(4), dtype="float32"), jnp.asarray(points, "float32"), jnp.asarray(wanted, "float32"), 20)
    exact = [float(sympy.N(net.network.at([int(v) for v in p])[0], 50)) for p in points]
    # A readout of 4 products of values at most 1, each of some ten operations that round by at most 2^-24.
    assert np.asarray(net(points)) == pytest.approx(exact, rel=0, abs=64 * 2.0**-24)
    assert lower(net.network, dtype="float32")(points).tolist() == net(points).tolist()
    assert not net.exact and "not those of the source" in net.exact.reason


def test_exact_values_belong_to_the_weights_of_the_source():
    net = lower(Network.of(["x"], [affine("f", {"x": 2}, 1, transfer="relu")], ["f"]), dtype="float32")
    moved = eqx.tree_at(lambda m: m.layers[0].biases, net, jnp.array([0.1], "float32"))
    assert net.exact and not moved.exact
    assert moved.network.at((Fraction(1),)) == (2 + Fraction(float(np.float32(0.1))),)


def test_training_leaves_absent_synapses_absent():
    """Entries of a matrix without a synapse are 0 after drawing and after weight decay and momentum have acted on it."""
    net = lower(sparse(), dtype="float32").drawn(jax.random.key(0))
    points = jnp.asarray(np.random.default_rng(0).normal(size=(20, 3)), "float32")
    optimiser = optax.adamw(0.1, weight_decay=0.1)
    state = optimiser.init(eqx.filter(net, eqx.is_inexact_array))
    absent = [np.asarray(m.matrix) == 0 for m in net.layers if m.matrix is not None]
    assert sum(a.sum() for a in absent) > 0
    for _ in range(5):
        slopes = eqx.filter_grad(lambda m: jnp.sum(m(points) ** 2))(net)
        updates, state = optimiser.update(slopes, state, eqx.filter(net, eqx.is_inexact_array))
        net = eqx.apply_updates(net, updates)
    for matrix, zero in zip([m.matrix for m in net.layers if m.matrix is not None], absent, strict=True):
        assert ((np.asarray(matrix) == 0) == zero).all()
    at = [[1, 2, -1], [0, 1, 3]]
    wanted = [float(sympy.N(net.network.at(p)[0], 30)) for p in at]
    assert np.asarray(net(at)) == pytest.approx(wanted, rel=1e-5)


def test_an_absent_synapse_stays_absent_even_if_its_entry_is_set():
    net = lower(sparse(), dtype="float32")
    filled = jax.tree.map(lambda a: jnp.where(a == 0, 7.0, a), [m.matrix for m in net.layers])
    arrays = eqx.tree_at(lambda m: [k.matrix for k in m.layers], net, filled)
    assert arrays([1, 2, 3]).item() == net([1, 2, 3]).item()


@pytest.mark.parametrize("network", [gated(5), sparse()], ids=["gated", "sparse"])
@pytest.mark.parametrize(("dtype", "bits"), [("float32", 24), ("float64", 53)])
def test_a_stack_of_drawn_networks_is_each_of_them(network, dtype, bits, x64):
    """Values of order one, each of some ten operations, which the compiler may order differently for a stack."""
    net = lower(network, dtype=dtype)
    keys = jax.random.split(jax.random.key(7), 4)
    points = np.random.default_rng(1).normal(size=(6, len(network.inputs))).astype(dtype)
    many = eqx.filter_vmap(net.drawn)(keys)
    found = np.asarray(eqx.filter_vmap(lambda m: m(points))(many))
    assert found.dtype == dtype
    for values, key in zip(found, keys, strict=True):
        assert values == pytest.approx(np.asarray(net.drawn(key)(points)), rel=0, abs=64 * 2.0**-bits)
    assert len(set(found[:, 0].tolist())) == 4


def test_drawn_weights_have_variance_one_over_fan_in():
    """Half of the sources for each unit: 200 x 50 weights of variance 1/50; the standard error of their mean square is 1.4 %."""
    inputs = [f"x{j}" for j in range(100)]
    units = [affine(f"u{i}", {inputs[(i + j) % 100]: 1 for j in range(50)}, 5) for i in range(200)]
    (numbers,) = lower(Network.of(inputs, units, ["u0"]), dtype="float32").drawn(jax.random.key(0)).layers
    assert int((numbers.matrix != 0).sum()) == 200 * 50
    assert float((numbers.matrix**2).sum()) / 200 == pytest.approx(1, rel=5 * 0.0142)
    assert not numbers.biases.any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_saved_and_read_back(dtype, tmp_path):
    net = lower(gated(3), dtype=dtype).drawn(jax.random.key(1))
    with jax.enable_x64(dtype == "float64"):  # without, Equinox writes float32, and refuses to read it as float64
        eqx.tree_serialise_leaves(tmp_path / "net.eqx", net)
        back = eqx.tree_deserialise_leaves(tmp_path / "net.eqx", lower(gated(3), dtype=dtype))
    assert jax.tree.structure(back) == jax.tree.structure(net)
    assert all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(back.arrays, net.arrays, strict=True))
    other = lower(gated(4), dtype=dtype)
    with pytest.raises(RuntimeError):
        eqx.tree_deserialise_leaves(tmp_path / "net.eqx", other)


def test_a_network_is_a_step_of_a_scan(x64):
    """The recurrence p -> (f(p), x) over ten steps, with the network closed over and as part of the carry."""
    recurrent = Network.of(["x", "y"], [affine("f", {"x": 1, "y": -2}, 1, transfer="relu")], ["f", "x"])
    net = lower(recurrent, dtype="float32")
    start = jnp.array([3.0, 1.0], "float32")
    closed, _ = jax.lax.scan(lambda p, _: (net(p), None), start, length=10)
    (_, carried), seen = jax.lax.scan(lambda c, _: ((c[0], c[0](c[1])), c[1][0]), (net, start), length=10)
    point = (3, 1)
    for value in seen:
        assert float(value) == point[0]
        point = evaluated(recurrent, point)
    assert closed.tolist() == carried.tolist() == [float(v) for v in point]


def test_slopes_in_points_are_central_differences_of_the_exact_network(dtype_in_scope):
    """The network is a polynomial of degree 2, whose central differences are its slopes, all of them small integers."""
    dtype = dtype_in_scope
    network = Network.of(
        ["x", "y"], [affine("g", {"x": 1}, 2), replace(affine("f", {"x": 3, "y": -1}), output_gates=(output("g"),))], ["f"]
    )
    net, at, step = lower(network, dtype=dtype), (Fraction(1), Fraction(2)), Fraction(1, 1024)
    wanted = []
    for k in range(2):
        high, low = ([v + sign * step * (i == k) for i, v in enumerate(at)] for sign in (1, -1))
        wanted.append(float((network.at(high)[0] - network.at(low)[0]) / (2 * step)))
    assert jax.grad(net)(jnp.asarray([1, 2], dtype)).tolist() == wanted


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
def test_symbols_in_weights_take_values(dtype):
    units = [affine("f", {"x": W, "y": 2}, W * V), replace(affine("g", {"x": V}), additions=((W**2, Signal("S", "f")),))]
    network = Network.of(["x", "y"], units, ["f", "g"])
    net = lower(network, dtype=dtype)
    assert not net.exact and "symbol" in net.exact.reason
    given = net.with_values({W: 3, V: -2})
    assert given([5, 7]).tolist() == [float(v) for v in network.substitute({W: 3, V: -2}).at((5, 7))]
    assert given.network == network.substitute({W: 3, V: -2})


def test_symbols_tie_weights_when_their_values_are_what_is_differentiated(x64):
    """f = w x + w^2, so that its slope in w is x + 2 w."""
    net = lower(Network.of(["x"], [affine("f", {"x": W}, W**2)], ["f"]), dtype="float32")
    slope = jax.grad(lambda w: net.with_values({W: w})(jnp.array([5.0], "float32")))(jnp.float32(3))
    assert float(slope) == 11
    values = jnp.arange(3, dtype="float32")
    assert jax.vmap(lambda w: net.with_values({W: w})(jnp.ones(1, "float32")))(values).tolist() == [0, 2, 6]


def test_irrational_weights_are_rounded_once_and_say_so():
    net = lower(Network.of(["x"], [affine("f", {"x": sympy.sqrt(2)}, sympy.pi)], ["f"]), dtype="float64")
    assert net([0]).item() == np.pi and net.layers[0].matrix.item() == np.sqrt(2)
    assert str(net.exact) == "inexact: the weight sqrt(2) rounds"


GIVEN = {
    "pi": (sympy.pi, np.pi),
    "a root of a sum": (sympy.sqrt(1 + sympy.sqrt(2)), float(sympy.N(sympy.sqrt(1 + sympy.sqrt(2)), 40))),
    "a third": (Fraction(1, 3), 1 / 3),
    "SymPy's half": (sympy.Float(0.5), 0.5),
    "a ratio of large integers": (Fraction(10**400, 10**399), 10.0),
    "NumPy's": (np.float64(0.1), 0.1),
    "JAX's": (jnp.float32(0.25), 0.25),
}


@pytest.mark.parametrize(("value", "wanted"), GIVEN.values(), ids=GIVEN)
def test_values_of_symbols_are_rounded_once(value, wanted):
    assert lower(one(W)).with_values({W: value}).layers[0].matrix.item() == wanted


def test_either_kind_of_key_draws():
    net = lower(one(1), dtype="float32")
    assert net.drawn(jax.random.PRNGKey(0)).arrays[1] == net.drawn(jax.random.key(0)).arrays[1]


def one(weight):
    return Network.of(["x"], [affine("f", {"x": weight})], ["f"])


REFUSED = {
    "called": (lambda: lower(one(W))([1]), "the weights have the symbol w: give it a value by `with_values`"),
    "called within a transformation": (lambda: jax.jit(lower(one(W), dtype="float32"))(jnp.ones(1, "float32")), "the symbol w"),
    "made a network": (lambda: lower(one(W)).network, "the weights have the symbol w"),
    "too few": (lambda: lower(one(W + V)).with_values({W: 1}), "values for w, but the weights have the symbols v, w"),
    "too many": (lambda: lower(one(W)).with_values({W: 1, V: 2}), "values for v, w, but the weights have the symbols w"),
    "text": (lambda: lower(one(W)).with_values({W: "1"}), "symbol w: '1' is not a real number"),
    "a list": (lambda: lower(one(W)).with_values({W: [1, 2]}), r"symbol w: \[1, 2\] is not a real number"),
    "nothing for a symbol": (lambda: lower(one(W)).with_values({W: None}), "symbol w: None is not a real number"),
    "imaginary": (lambda: lower(one(W)).with_values({W: sympy.I}), "symbol w: I is not a real number"),
    "infinite": (lambda: lower(one(W)).with_values({W: sympy.oo}), "symbol w: oo is not a real number"),
    "a symbol": (lambda: lower(one(W)).with_values({W: V}), "symbol w: v is not a real number"),
    "no values": (lambda: lower(one(W)).with_values(None), "values None name no symbols: give a dictionary"),
    "a large ratio": (
        lambda: lower(one(W)).with_values({W: Fraction(10**400, 3)}),
        "symbol w: a constant of 400 digits is out of the range of float64",
    ),
    "a large integer": (
        lambda: lower(one(W)).with_values({W: 10**400}),
        "symbol w: a constant of 401 digits is out of the range of float64",
    ),
    "pi in int32": (lambda: lower(one(W), dtype="int32").with_values({W: sympy.pi}), "symbol w: the constant pi is not available"),
    "a weight that overflows": (
        lambda: lower(one(W**2), dtype="int32").with_values({W: 46341}),
        r"symbol w: coordinate 46341 > 46340, beyond which values may pass 2\*\*31 - 1: lower with dtype='int64'",
    ),
    "drawn by a number": (lambda: lower(one(1)).drawn(0), r"0 is not one key: give jax.random.key\(0\)"),
    "drawn by several keys": (
        lambda: lower(one(1)).drawn(jax.random.split(jax.random.key(0), 3)),
        r"shape \(3,\), is not one key: .* several by `eqx.filter_vmap`",
    ),
    "half in int32": (lambda: lower(one(W), dtype="int32").with_values({W: 0.5}), "give integers"),
    "half of a symbol in int32": (lambda: lower(one(W / 2), dtype="int32").with_values({W: 2}), "not available in int32"),
    "drawn in int64": (lambda: lower(one(1), dtype="int64").drawn(jax.random.key(0)), "no random weights in int64"),
    "float64 within a transformation, x64 off": (lambda: jax.grad(lower(one(1)))(jnp.ones(1, "float32")), "with x64 off"),
    "not finite": (
        lambda: eqx.tree_at(lambda m: m.arrays[0], lower(one(1), dtype="float32"), jnp.array([jnp.nan])).network,
        "a weight is nan: only finite numbers are exact",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()


POINTS = {
    "a list": lambda d: [[1, 2], [3, 4]],
    "a NumPy array of this type": lambda d: np.array([[1, 2], [3, 4]], d),
    "int32": lambda d: jnp.array([[1, 2], [3, 4]], "int32"),
    "float32": lambda d: jnp.array([[1, 2], [3, 4]], "float32"),
    "a JAX array of this type": lambda d: lower(Network.of(["x"], [], ["x"]), dtype=d)(np.array([[[1.0], [2]], [[3], [4]]])),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("points", POINTS.values(), ids=POINTS)
def test_points_of_every_kind_give_the_same(points, dtype, x64):
    net = lower(Network.of(["x", "y"], [affine("f", {"x": 1, "y": Fraction(1, 2)})], ["f"]), dtype=dtype)
    found = net(points(dtype))
    assert found.dtype == dtype and found.tolist() == [2.0, 5.0]
