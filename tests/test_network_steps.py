"""How a network becomes matrices, gates and loose synapses, against exact evaluation; and its exactness, against a tape."""

import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from random import Random

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from network_tape import network_tape
from random_networks import evaluated, random_network

from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.program import exactness as tape_exactness
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, affine, output

WIDTH = 24
INPUTS = [f"x{j}" for j in range(WIDTH)]
GATES = [f"g{j}" for j in range(WIDTH)]


def weight(i, j):
    return Fraction((5 * i + 3 * j) % 7 - 3, 2)


def layer(synapse, inputs=(*INPUTS, *GATES), **options):
    """WIDTH relu units; `synapse(i, j)` gives the gates and additions of unit i's synapse from input j."""
    units = []
    for i in range(WIDTH):
        synapses = tuple(Synapse(x, weight(i, j), *synapse(i, j)) for j, x in enumerate(INPUTS))
        units.append(Unit(f"u{i}", "relu", synapses, bias=i, **options))
    return Network.of(inputs, units, [u.name for u in units])


def of(*names):
    return tuple(output(name) for name in names)


PAIRS = [f"p{i}_{j}" for i in range(WIDTH) for j in range(WIDTH)]
# name: network, shape of its matrix, number of loose synapses
LAYOUTS = {
    "plain": (layer(lambda i, j: ()), (WIDTH, WIDTH), 0),
    "one gate for all": (layer(lambda i, j: (of("g0"),)), (WIDTH, WIDTH), 0),
    "a gate for each unit": (layer(lambda i, j: (of(f"g{i}"),)), (WIDTH, WIDTH), 0),
    "a gate for each source": (layer(lambda i, j: (of(f"g{j}"),)), (WIDTH, WIDTH), 0),
    "a gate for each unit and one for each source": (layer(lambda i, j: (of(f"g{i}", f"x{j}"),)), (WIDTH, WIDTH), 0),
    "half of each unit gated": (layer(lambda i, j: (of(f"g{i}"),) if j % 2 else ()), (2 * WIDTH, WIDTH), 0),
    "half of the sources gated": (layer(lambda i, j: (of(f"g{j}"),) if j % 2 else ()), (WIDTH, WIDTH), 0),
    "one synapse of each unit gated": (layer(lambda i, j: (of(f"g{i}"),) if i == j else ()), (WIDTH, WIDTH), WIDTH),
    "a gate for each synapse": (layer(lambda i, j: (of(f"p{i}_{j}"),), (*INPUTS, *PAIRS)), None, WIDTH**2),
    "an addition for each synapse": (layer(lambda i, j: (of(f"g{i}"), of(f"g{j}"))), None, WIDTH**2),
    "an addition for some": (layer(lambda i, j: ((), of("g0")) if j < i else ()), (WIDTH, WIDTH), WIDTH * (WIDTH - 1) // 2),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("network", "shape", "loose"), LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_equals_the_exact_evaluation(network, shape, loose, dtype):
    F = lower(network, dtype=dtype)
    (numbers,) = F.layers
    assert (None if numbers.matrix is None else numbers.matrix.shape) == shape
    assert (0 if numbers.loose is None else len(numbers.loose)) == loose
    rng = Random(0)
    points = [[rng.randint(-2, 2) for _ in network.inputs] for _ in range(3)]
    assert F.exact
    assert F(np.array(points)).tolist() == [[float(v) for v in evaluated(network, p)] for p in points]
    assert F.network == network


def test_units_that_read_different_layers_are_parted_and_sparse_ones_share_a_matrix():
    first = [affine(f"a{i}", {"x0": 1, f"x{i}": 2} if i else {"x0": 3}) for i in range(WIDTH)]
    parted = [affine(f"b{i}", {x: weight(i, j) for j, x in enumerate(INPUTS[:8] if i < 12 else INPUTS[8:])}) for i in range(WIDTH)]
    F = lower(Network.of(INPUTS, first, ["a0", "a5"]), dtype="int32")
    assert [numbers.matrix.shape for numbers in F.layers] == [(WIDTH, WIDTH)]
    assert int((F.layers[0].matrix != 0).sum()) == 2 * WIDTH - 1
    G = lower(Network.of(INPUTS, parted, ["b0", "b20"]))
    assert [numbers.matrix.shape for numbers in G.layers] == [(12, 8), (12, 16)]
    for H in (F, G):
        point = list(range(WIDTH))
        assert H(np.array(point)).tolist() == [float(v) for v in H.source.at(point)]


def test_two_synapses_from_one_source_are_two_weights():
    unit = Unit("f", "identity", (Synapse("x", 2), Synapse("x", 3, attention=True), Synapse("y", 1)))
    F = lower(Network.of(["x", "y"], [unit], ["f"]), dtype="int32")
    assert F.layers[0].matrix.tolist() == [[2, 1, 3]] and F([10, 1]).item() == 51
    assert F.network == F.source


def test_weights_that_act_as_signals_are_the_weights_that_act():
    """One weight in a matrix, one loose, each multiplies another synapse and follows its own gates."""
    f = Unit("f", "identity", (Synapse("x", 2), Synapse("y", 3, gates=of("x"), additions=of("y"))))
    g = Unit("g", "identity", (Synapse("x", 5, gates=(Signal("w", "f", "x"), Signal("w", "f", "y"))),))
    F = lower(Network.of(["x", "y"], [f, g], ["g"]), dtype="int32")
    assert F([7, 11]).item() == 5 * 2 * ((3 + 11) * 7) * 7 == F.source.at((7, 11))[0]
    slopes = jax.grad(lambda arrays: F.plan.run(arrays, jnp.array([7.0, 11.0])))(tuple(a.astype("float32") for a in F.arrays))
    assert sorted(float(s.sum()) for s in slopes) == sorted([0.0, 1.0, 5 * 98 * 7.0, 5 * 2 * 7 * 7.0, 2 * 98 * 7.0])


def gated_layers(width, depth):
    """Output-gated layers: relu units, each multiplied by a logistic unit that reads the same sources."""
    names, units = [f"x{j}" for j in range(width)], []
    inputs = tuple(names)
    for k in range(depth):
        gates = [affine(f"g{k}_{i}", {s: weight(i, j) for j, s in enumerate(names)}, transfer="logistic") for i in range(width)]
        gated = [affine(f"u{k}_{i}", {s: weight(j, i) for j, s in enumerate(names)}, transfer="relu") for i in range(width)]
        units += gates + [replace(u, output_gates=(output(g.name),)) for u, g in zip(gated, gates, strict=True)]
        names = [u.name for u in gated]
    return Network.of(inputs, units, names)


def operations(function, *args):
    text = function.lower(*args).compile().as_text()
    counted = ("dot", "gather", "scatter", "concatenate", "dynamic-slice", "slice", "transpose")
    return {name: len(re.findall(rf" {name}\(", text)) for name in counted}


@pytest.mark.parametrize(("width", "depth"), [(32, 3), pytest.param(512, 6, marks=pytest.mark.slow)])
def test_dense_layers_compile_to_what_is_written_by_hand(width, depth):
    F = lower(gated_layers(width, depth), dtype="float32")
    pairs = [(F.layers[2 * k].matrix, F.layers[2 * k + 1].matrix) for k in range(depth)]
    if float(pairs[0][0][0, 1]) != float(weight(0, 1)):
        pairs = [(b, a) for a, b in pairs]

    def by_hand(matrices, points):
        for gate, unit in matrices:
            points = jax.nn.relu(points @ unit.T) * jax.nn.sigmoid(points @ gate.T)
        return points

    points = jnp.asarray(np.random.default_rng(0).normal(size=(64, width)), "float32")
    found = operations(F.plan.run, F.arrays, points)
    assert found == operations(jax.jit(by_hand), pairs, points)
    assert (found["gather"], found["scatter"], found["concatenate"]) == (0, 0, 0)
    scaled = [(g / width, u / width) for g, u in pairs]
    G = F.plan.run(tuple(a / width for a in F.arrays), points)
    # Each layer rounds sums of `width` terms, relative to which a value of order one may lose a few of float32's 24 bits.
    assert np.asarray(G) == pytest.approx(np.asarray(jax.jit(by_hand)(scaled, points)), rel=1e-4, abs=1e-6)


def test_control_a_gather_is_seen():
    F = lower(Network.of(INPUTS, [affine("f", {x: 1 for x in INPUTS[::2]})], ["f"]), dtype="float32")
    assert operations(F.plan.run, F.arrays, jnp.ones((64, WIDTH), "float32"))["gather"] == 1


def test_networks_that_differ_in_numbers_share_what_is_compiled():
    one, other = (Network.of(["x"], [affine("f", {"x": w}, transfer="tanh")], ["f"]) for w in (1, 2))
    assert lower(one).plan.run is lower(other).plan.run
    assert lower(one).plan is not lower(other).plan


def test_equal_networks_have_one_plan_and_so_one_tree_structure():
    networks = [Network.of(["x"], [affine("f", {"x": w}, transfer="relu")], ["f"]) for w in (1, 1, 2)]
    same, again, other = (lower(network, dtype="float32") for network in networks)
    assert jax.tree.structure(same) == jax.tree.structure(again) != jax.tree.structure(other)
    assert hash(networks[0]) == hash(networks[1]) and networks[0] == networks[1] != networks[2]


def dyadic(network):
    """The network with every weight rounded to a multiple of 1/4, so that more of it is exact."""

    def near(w):
        return Fraction(round(4 * w), 4)

    units = []
    for u in network.units:
        synapses = tuple(replace(s, weight=near(s.weight)) for s in u.synapses)
        additions = tuple((near(w), s) for w, s in u.additions)
        units.append(replace(u, synapses=synapses, bias=near(u.bias), additions=additions))
    return replace(network, units=tuple(units))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exactness_is_that_of_the_instructions_unit_by_unit(dtype):
    seen = []
    for seed in range(150):
        network, rng = random_network(seed)
        for each in (network, dyadic(network)):
            if rng.random() < 0.3:
                each = each.replace_unit(replace(rng.choice(each.units), transfer=rng.choice(["tanh", "logistic", "exp"])))
            alone = [replace(each, outputs=(name,)) for name in each.outputs]
            wanted = [tape_exactness(network_tape(network), dtype) for network in alone]
            assert [lower(network, dtype=dtype).exact for network in alone] == wanted
            found = lower(each, dtype=dtype).exact
            assert found.exact == all(w.exact for w in wanted)
            assert found.bound == (max(w.bound for w in wanted) if all(w.bound for w in wanted) else None)
            seen.append(found.exact)
    assert 30 < sum(seen) < len(seen) - 30


@pytest.mark.parametrize(("bias", "bound", "exact"), [(1 << 23, 1 << 24, True), ((1 << 23) + 1, (1 << 24) + 1, False)])
def test_the_largest_integer_of_float32_is_the_limit(bias, bound, exact):
    found = lower(Network.of(["x"], [affine("f", {"x": 1 << 23}, bias)], ["f"]), dtype="float32").exact
    assert (found.exact, found.bound) == (exact, bound)


def chain(weights):
    """Identity units one after another, and a readout of the last."""
    names = ["x", *(f"u{k}" for k in range(len(weights)))]
    units = [affine(to, {s: w}) for s, to, w in zip(names, names[1:], weights, strict=False)]
    return Network.of(["x"], units, names[-1:])


def squares(depth):
    """u -> (u + 1)^2, `depth` times, each activation gated by itself: sizes of about 2^depth digits."""
    names = ["x", *(f"u{k}" for k in range(depth))]
    units = [replace(affine(to, {s: 1}, 1), output_gates=(Signal("S", to),)) for s, to in pairwise(names)]
    return Network.of(["x"], units, names[-1:])


def power_beyond():
    """The power of two below the first of these squares that is past 2^1024."""
    size = 1
    while size <= 1 << 1024:
        size = (size + 1) ** 2
    return len(f"{size:b}") - 1


NEAR_ONE = Fraction(10**5000, 10**5000 - 1)
LARGE = {
    "beyond float64": (chain([10**30]), "inexact: integers up to about 2**99 > 2**53"),
    "the longest that is printed": (chain([10**20 - 1]), "inexact: integers up to 99999999999999999999 > 2**53"),
    "the shortest that is not": (chain([10**20]), "inexact: integers up to about 2**66 > 2**53"),
    "30 weights of 201 digits": (chain([10**200] * 30), "inexact: numbers of about 2**1328 are beyond every number type"),
    "100 squares": (squares(100), f"inexact: numbers of about 2**{power_beyond()} are beyond every number type"),
    "a ratio of 5001 digits": (chain([NEAR_ONE]), "inexact: a coefficient whose denominator is not a power of two rounds"),
    "a denominator that is flushed to 0": (
        chain([Fraction(1, 1 << 1023)]),
        "inexact: multiples of 2**-1023 are not all held by float64",
    ),
    "the finest that is held": (chain([Fraction(1, 1 << 1022)]), "exact: dyadic fractions with numerators up to 1 <= 2**53"),
    "fine by products": (chain([Fraction(1, 1 << 512)] * 2), "inexact: multiples of 2**-1024 are not all held by float64"),
}


@pytest.mark.parametrize(("network", "said"), LARGE.values(), ids=LARGE)
def test_numbers_of_any_size_are_spoken_of_briefly(network, said):
    """Sizes end where they are past every number type: digits that double a hundred times fit no memory."""
    assert str(lower(network).exact).startswith(said)


def test_a_signal_of_a_weight_that_has_no_short_name():
    f = Unit("f", "identity", (Synapse("x", NEAR_ONE, gates=of("x")),))
    assert str(lower(Network.of(["x"], [f], ["f"])).exact) == "inexact: the constant about 2**16609/2**16609 rounds"


def test_what_no_output_depends_on_rounds_for_nobody():
    units = [affine("f", {"x": 1}), affine("g", {"x": Fraction(1, 3)}, transfer="tanh")]
    assert lower(Network.of(["x"], units, ["f"])).exact
    assert not lower(Network.of(["x"], units, ["f", "g"])).exact


OUT_OF_RANGE = {
    "float64": (10**400, "float64", "401 digits is out of the range of float64"),
    "float32": (10**40, "float32", "41 digits is out of the range of float32"),
    "int32": (-(1 << 31), "int32", "10 digits is out of the range of int32"),
    "a third": (Fraction(1, 3), "int64", "1/3 is not available in int64"),
    "more digits than Python prints": (10**5000, "float64", "5001 digits is out of the range of float64"),
    "a third of them": (Fraction(10**5000, 3), "int64", r"the constant about 2\*\*16609/2\*\*1 is not available in int64"),
}


@pytest.mark.parametrize(("number", "dtype", "message"), OUT_OF_RANGE.values(), ids=OUT_OF_RANGE)
@pytest.mark.parametrize("place", ["weight", "bias", "addition"])
def test_numbers_that_the_type_does_not_have_are_refused(number, dtype, message, place):
    unit = {
        "weight": affine("f", {"x": number}),
        "bias": affine("f", {"x": 1}, number),
        "addition": Unit("f", "identity", additions=((number, Signal("S", "g")),)),
    }[place]
    with pytest.raises(BadInput, match=message):
        lower(Network.of(["x"], [unit, affine("g", {"x": 1})], ["f"]), dtype=dtype)


@pytest.mark.parametrize(("number", "dtype"), [((1 << 31) - 1, "int32"), (10**38, "float32"), (-(10**308), "float64")])
def test_the_largest_numbers_are_kept(number, dtype):
    F = lower(Network.of(["x"], [affine("f", {"x": number})], ["f"]), dtype=dtype)
    assert F([1]).item() == np.array(number, dtype=dtype).item()


def test_a_network_without_outputs_is_refused():
    with pytest.raises(BadInput, match="no outputs"):
        lower(Network.of(["x"], [affine("f", {"x": 1})], []))
