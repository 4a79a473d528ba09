"""The eighteen blocks by direct formulas, and every reduction against the network that it rewrites."""

from dataclasses import replace
from fractions import Fraction as F
from random import Random

import pytest
import sympy
from random_networks import evaluated, points, random_network, standard_network, with_attention

from workbench.attention import QUARKS, SIX, THREE, Quark, attention_head
from workbench.errors import BadInput
from workbench.network import Network
from workbench.reductions import (
    activation_gating_as_output_gating,
    activation_gating_as_synaptic_gating,
    additive_activation_as_presynaptic_units,
    additive_output_as_tied_weights,
    additive_synaptic_as_gated_copy,
    and_gating_as_multiplexing,
    output_gating_as_synaptic_gating,
    reduce,
    sources_as_outputs,
    synaptic_gating_as_output_gating,
)
from workbench.units import Signal, Synapse, Unit, affine, output, sign_unit, threshold_unit

THIRD, HALF = F(1, 3), F(1, 2)
XYC = ("x", "y", "c")
POINTS = [(0, 0, 0), (1, -1, 2), (F(-3, 2), F(1, 4), -1), (F(1, 3), 1, F(5, 7)), (F(-1, 6), 0, 3)]


# --- the eighteen blocks ----------------------------------------------------------------------------------------------------------

# g = sgn(2x - y + 1/3) attends f = relu(3x - 2c + 1/2); target weights are those of f on x.
PAIR = Network.of(XYC, [sign_unit("g", {"x": 2, "y": -1}, THIRD), affine("f", {"x": 3, "c": -2}, HALF, transfer="relu")], ["f"])
SIGNALS = {"O": output("g"), "S": Signal("S", "g"), "w": Signal("w", "g", "x")}


def source_value(source, x, y):
    s = 2 * x - y + THIRD
    return {"O": 1 if s > 0 else -1, "S": s, "w": 2}[source]


def relu(z):
    return z if z > 0 else 0


FORMULAS = {
    ("S", "addition"): lambda a, x, c: relu(3 * x - 2 * c + HALF + 5 * a),
    ("O", "addition"): lambda a, x, c: relu(3 * x - 2 * c + HALF) + a,
    ("w", "addition"): lambda a, x, c: relu((3 + a) * x - 2 * c + HALF),
    ("S", "multiplication"): lambda a, x, c: relu(a * (3 * x - 2 * c + HALF)),
    ("O", "multiplication"): lambda a, x, c: a * relu(3 * x - 2 * c + HALF),
    ("w", "multiplication"): lambda a, x, c: relu(a * 3 * x - 2 * c + HALF),
}


def applied(quark, **more):
    options = (
        {"presynaptic": "x"}
        if quark.target == "w"
        else {"weight": 5}
        if (quark.target, quark.mechanism) == ("S", "addition")
        else {}
    )
    return quark.apply(PAIR, attending=SIGNALS[quark.source], attended="f", **options, **more)


@pytest.mark.parametrize("quark", QUARKS, ids=lambda q: q.name)
def test_each_block_computes_its_formula(quark):
    network = applied(quark)
    for x, y, c in POINTS:
        assert network.at((x, y, c)) == (FORMULAS[quark.target, quark.mechanism](source_value(quark.source, x, y), x, c),)


@pytest.mark.parametrize("source", ["O", "S", "w"])
def test_activation_gating_spares_the_bias_on_request(source):
    network = applied(Quark(source, "S", "multiplication"), gate_bias=False)
    for x, y, c in POINTS:
        assert network.at((x, y, c)) == (relu(source_value(source, x, y) * (3 * x - 2 * c) + HALF),)


def test_there_are_eighteen_six_and_three():
    assert (len(set(QUARKS)), len(set(SIX)), len(set(THREE))) == (18, 6, 3)
    assert len({q.name for q in QUARKS}) == 18
    assert set(THREE) < set(SIX) < set(QUARKS)
    assert [q.name for q in SIX] == [
        "multiplexing",
        "additive output",
        "additive synaptic",
        "activation gating",
        "output gating",
        "synaptic gating",
    ]


DEPTHS = [
    ("multiplexing", 2, 1),
    ("additive output", 1, 1),
    ("additive synaptic", 2, 1),
    ("activation gating", 2, 1),
    ("output gating", 1, 1),
    ("synaptic gating", 2, 1),
]


@pytest.mark.parametrize(("name", "computed", "by_input"), DEPTHS, ids=[d[0] for d in DEPTHS])
def test_depth_of_a_block_by_a_computed_unit_and_by_an_input(name, computed, by_input):
    (quark,) = (q for q in SIX if q.name == name)
    more = {"presynaptic": "x"} if quark.target == "w" else {}
    assert applied(quark).depth == computed
    assert quark.apply(PAIR, attending=output("y"), attended="f", **more).depth == by_input


OUT_MUL, OUT_ADD, ACT_MUL, MUX = (
    Quark("O", "O", "multiplication"),
    Quark("O", "O", "addition"),
    Quark("O", "S", "multiplication"),
    Quark("O", "S", "addition"),
)
W_ADD, W_MUL, S_ADD = Quark("O", "w", "addition"), Quark("O", "w", "multiplication"), Quark("S", "S", "addition")
TO_F = {"attending": output("g"), "attended": "f"}

REFUSED = [
    ("unknown variable", lambda: Quark("x", "S", "addition"), "no attention block has source 'x'"),
    ("unknown target", lambda: Quark("O", "x", "addition"), "target 'x'"),
    (
        "source of another kind",
        lambda: OUT_MUL.apply(PAIR, attending=Signal("S", "g"), attended="f"),
        "needs a signal of variable O",
    ),
    ("no synapse named", lambda: W_MUL.apply(PAIR, **TO_F), "presynaptic name goes with target w"),
    ("a synapse too many", lambda: OUT_MUL.apply(PAIR, **TO_F, presynaptic="x"), "presynaptic name goes with target w"),
    ("a synapse that is not there", lambda: W_MUL.apply(PAIR, **TO_F, presynaptic="y"), "0 ordinary synapses from y"),
    ("weight of a product", lambda: OUT_MUL.apply(PAIR, **TO_F, weight=2), "has no weight of its own"),
    ("bias of an output", lambda: OUT_MUL.apply(PAIR, **TO_F, gate_bias=False), "gates no bias"),
    ("attended input", lambda: OUT_MUL.apply(PAIR, attending=output("g"), attended="x"), "'x' is not a unit"),
    ("a cycle", lambda: OUT_MUL.apply(PAIR, attending=output("f"), attended="f"), "cycle: f -> f"),
    ("gate after addition to an output", lambda: OUT_MUL.apply(OUT_ADD.apply(PAIR, **TO_F), **TO_F), "has additions"),
    ("addition to a gated activation", lambda: MUX.apply(ACT_MUL.apply(PAIR, **TO_F), **TO_F), "gated already"),
    ("gates that disagree", lambda: ACT_MUL.apply(ACT_MUL.apply(PAIR, **TO_F), **TO_F, gate_bias=False), "must agree"),
    (
        "addition to a gated weight",
        lambda: W_ADD.apply(W_MUL.apply(PAIR, **TO_F, presynaptic="x"), **TO_F, presynaptic="x"),
        "weight of f on x is gated already",
    ),
    ("no tokens", lambda: attention_head(0, 1, 1, 1), r"\(0, 1, 1, 1\) are not all integers"),
    ("a size that is true", lambda: attention_head(True, 1, 1, 1), "are not all integers"),
    ("a large head", lambda: attention_head(65, 1, 1, 1), "4225 products > 4096"),
    ("missing weights", lambda: attention_head(1, 1, 1, 1, weights={}), r"weights\['Q'\] is not 1 rows of 1"),
    ("a long row", lambda: attention_head(1, 1, 1, 1, weights={"Q": [[1, 2]]}), r"weights\['Q'\] is not 1 rows of 1"),
]


@pytest.mark.parametrize(("act", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_bad_input_is_refused(act, message):
    with pytest.raises(BadInput, match=message):
        act()


@pytest.mark.parametrize("first", [W_ADD, W_MUL], ids=["addition", "product"])
def test_products_follow_what_is_there(first):
    network = W_MUL.apply(first.apply(PAIR, **TO_F, presynaptic="x"), attending=output("y"), attended="f", presynaptic="x")
    for x, y, c in POINTS:
        a = source_value("O", x, y)
        weight = (3 + a if first is W_ADD else 3 * a) * y
        assert network.at((x, y, c)) == (relu(weight * x - 2 * c + HALF),)


# --- the reductions ---------------------------------------------------------------------------------------------------------------


def only_outputs_attend(network):
    signals = [s for u in network.units for s in u.signals]
    return all(s.variable == "O" for s in signals) and not any(u.additions for u in network.units)


def synapses(network):
    return [s for u in network.units for s in u.synapses]


def in_three(network):
    blocks = [s.additions for s in synapses(network)] + [u.gates + u.output_additions for u in network.units]
    return only_outputs_attend(network) and not any(blocks)


REDUCTIONS = [
    (sources_as_outputs, only_outputs_attend),
    (additive_activation_as_presynaptic_units, lambda n: only_outputs_attend(n) and n.gatings.additive_activation == 0),
    (additive_output_as_tied_weights, lambda n: only_outputs_attend(n) and not any(u.output_additions for u in n.units)),
    (additive_synaptic_as_gated_copy, lambda n: only_outputs_attend(n) and not any(s.additions for s in synapses(n))),
    (activation_gating_as_synaptic_gating, lambda n: only_outputs_attend(n) and n.gatings.activation == 0),
    (output_gating_as_synaptic_gating, lambda n: only_outputs_attend(n) and n.gatings.output == 0),
    (synaptic_gating_as_output_gating, lambda n: only_outputs_attend(n) and n.gatings.synaptic == 0),
    (reduce, in_three),
]
by_name = pytest.mark.parametrize(("rewrite", "reduced"), REDUCTIONS, ids=[r[0].__name__ for r in REDUCTIONS])


@by_name
@pytest.mark.parametrize("seed", range(30))
def test_reductions_keep_the_values_of_random_networks(rewrite, reduced, seed):
    network, rng = random_network(seed, blocks=6)
    rewritten = rewrite(network)
    assert reduced(rewritten)
    assert rewritten.outputs == network.outputs
    for point in points(rng, network, 4):
        assert rewritten.at(point) == network.at(point)


@by_name
@pytest.mark.parametrize("quark", QUARKS, ids=lambda q: q.name)
def test_reductions_keep_the_polynomial_of_symbolic_networks(rewrite, reduced, quark):
    w = sympy.symbols("w0:9", real=True)
    hidden = affine("h", {"x": w[0], "y": w[1]}, w[2])
    units = [affine("g", {"x": w[3]}, w[4]), hidden, affine("f", {"h": w[5], "x": w[6]}, w[7])]
    network = Network.of(["x", "y"], units, ["f"])
    more = (
        {"presynaptic": "x"}
        if quark.target == "w"
        else {"weight": w[8]}
        if (quark.target, quark.mechanism) == ("S", "addition")
        else {}
    )
    network = quark.apply(network, attending=SIGNALS[quark.source], attended="h", **more)
    rewritten = rewrite(network)
    assert reduced(rewritten)
    (difference,) = (a - b for a, b in zip(rewritten.as_expr(), network.as_expr(), strict=True))
    assert sympy.Poly(difference, *network.symbols, *w).is_zero


def crowded(gate_bias):
    """Every block twice on one unit, by outputs, activations and weights; f is read by a synapse, a gate and an addition."""
    g = Unit("g", "sign", (Synapse("x", 2), Synapse("x", 5, attention=True)), THIRD, output_additions=(output("y"),))
    by = (output("g"), Signal("w", "g", "x"), output("y"), Signal("S", "g"))
    synapse = Synapse("x", 3, gates=by, additions=by)
    f = Unit("f", "relu", (synapse, Synapse("g", 1, attention=True)), HALF, ((2, Signal("S", "g")),), by, gate_bias, by, by)
    readers = [
        Unit("k", "identity", (Synapse("f", 3, (output("x"),), (output("y"),)),)),
        Unit("l", "identity", gates=(output("f"),), bias=2),
    ]
    return Network.of(["x", "y"], [*readers, f, g], ["k", "l", "f"])


@by_name
@pytest.mark.parametrize("gate_bias", [True, False], ids=["bias gated", "bias not gated"])
def test_reductions_keep_the_values_of_a_crowded_network(rewrite, reduced, gate_bias):
    network = crowded(gate_bias)
    rewritten = rewrite(network)
    assert reduced(rewritten)
    for point in [(1, 2), (F(1, 3), F(2, 5)), (-1, -2), (-2, 3), (F(-1, 2), F(-3, 2))]:
        assert rewritten.at(point) == network.at(point) == evaluated(network, point)


def test_gates_of_a_crowded_network_are_counted_by_kind():
    assert crowded(True).gatings == (1 + 1 + 1, 4, 4 + 1, 4 + 1)


def test_a_chain_of_additions_to_outputs_needs_no_relay():
    units = [Unit("a", "tanh", (Synapse("x", 1),), output_additions=(output("x"),)), affine("b", {"x": 2})]
    units[1] = replace(units[1], output_additions=(output("a"),))
    network = additive_output_as_tied_weights(Network.of(["x"], [*units, affine("k", {"b": 3})], ["k"]))
    assert network.unit("k").synapses == (Synapse("b", 3), Synapse("a", 3), Synapse("x", 3))
    assert network.size == 3


@by_name
def test_reductions_leave_the_standard_model_alone(rewrite, reduced):
    network = standard_network(Random(1))
    assert rewrite(network) == network
    assert rewrite(Network.of([], [], [])) == Network.of([], [], [])


@pytest.mark.parametrize(
    "rewrite", [reduce, synaptic_gating_as_output_gating, output_gating_as_synaptic_gating], ids=lambda f: f.__name__
)
def test_softmax_units_are_copied_whole(rewrite):
    """A private copy of one entry must not join or leave the group; so must the reading of a gated entry."""
    entries = [Unit(n, "softmax", (Synapse("x", k),), group="p") for n, k in (("a", 1), ("b", -1))]
    entries[0] = Unit("a", "softmax", (Synapse("x", 1),), output_gates=(output("y"),), output_additions=(output("x"),), group="p")
    f = Unit("f", "identity", (Synapse("a", 2, (output("x"),)), Synapse("b", 3, (), (output("y"),))))
    network = Network.of(["x", "y"], [*entries, f], ["f", "a"])
    assert rewrite(network).normalisations == (2,)
    for point in ((1, 2), (F(1, 2), -3), (0, 0)):
        for new, old in zip(rewrite(network).at(point), network.at(point), strict=True):
            assert sympy.expand(new - old) == 0


@pytest.mark.parametrize(
    ("source", "depth", "size"), [("h", 2, 3), ("x", 2, 2)], ids=["a unit is copied with its weights", "an input through a relay"]
)
def test_depth_of_a_private_copy(source, depth, size):
    f = Unit("f", "identity", (Synapse(source, 1, (output("y"),)),))
    units = [f] if source == "x" else [affine("h", {"x": 1}), f]
    network = Network.of(["x", "y"], units, ["f"])
    assert (synaptic_gating_as_output_gating(network).depth, synaptic_gating_as_output_gating(network).size) == (depth, size)


def test_tied_weights_are_the_weights_of_the_attended_output():
    f = Unit("f", "tanh", (Synapse("x", 1),), output_additions=(output("a"),))
    network = Network.of(["x", "a"], [f, affine("k", {"f": 7})], ["k"])
    assert additive_output_as_tied_weights(network).unit("k").synapses == (Synapse("f", 7), Synapse("a", 7))


def test_new_units_do_not_take_names_in_use():
    network = Network.of(["x"], [affine("S_g", {"x": 5}), affine("g", {"x": 1}), affine("f", {"S_g": 1}, 1)], ["f"])
    network = S_ADD.apply(network, attending=Signal("S", "g"), attended="f")
    assert {u.name for u in sources_as_outputs(network).units} == {"S_g", "g", "f", "S_g_2"}
    assert sources_as_outputs(network).at((2,)) == (13,)


# --- two reductions under hypotheses ----------------------------------------------------------------------------------------------


def test_gates_on_the_output_stay_beside_a_commuting_one():
    network = gated_activation("relu", gate_of("threshold"), output_gates=(output("x"),))
    rewritten = activation_gating_as_output_gating(network)
    assert rewritten.at((F(1, 2), 1)) == network.at((F(1, 2), 1)) == (F(3, 4),)


def gated_activation(transfer, gate, bias=F(1, 2), **more):
    f = Unit("f", transfer, (Synapse("x", 2),), bias, gates=(output("g"),), **more)
    return Network.of(["x", "y"], [gate, f], ["f"])


def gate_of(transfer, **more):
    return Unit("g", transfer, (Synapse("y", 1),), **more)


COMMUTING = [
    ("identity", gate_of("tanh")),
    ("identity", gate_of("identity", output_additions=(output("x"),))),
    ("relu", gate_of("threshold")),
    ("relu", gate_of("relu")),
    ("tanh", gate_of("sign")),
    ("threshold", gate_of("threshold")),
]


@pytest.mark.parametrize(("transfer", "gate"), COMMUTING, ids=[f"{t} by {g.transfer}" for t, g in COMMUTING])
def test_a_gate_commutes_with_the_transfer(transfer, gate):
    network = gated_activation(transfer, gate)
    rewritten = activation_gating_as_output_gating(network)
    assert (rewritten.gatings.activation, rewritten.gatings.output) == (0, 1)
    for x in (F(-1, 4), -1, 0, 2):
        for y in (-1, 0, F(1, 3)):
            assert rewritten.at((x, y)) == network.at((x, y))


NOT_COMMUTING = [
    ("relu by sign", gated_activation("relu", gate_of("sign"))),
    ("relu by input", Network.of(["x", "g"], [Unit("f", "relu", (Synapse("x", 2),), gates=(output("g"),))], ["f"])),
    ("sign by sign", gated_activation("sign", gate_of("sign"))),
    ("threshold by sign", gated_activation("threshold", gate_of("sign"))),
    ("threshold with H(0) = 1", gated_activation("threshold", gate_of("threshold"), at_zero=1)),
    ("relu by a shifted threshold", gated_activation("relu", gate_of("threshold", output_additions=(output("x"),)))),
    ("ungated bias", gated_activation("identity", gate_of("sign"), gate_bias=False)),
    ("logistic by anything", gated_activation("logistic", gate_of("threshold"))),
]


@pytest.mark.parametrize("network", [n[1] for n in NOT_COMMUTING], ids=[n[0] for n in NOT_COMMUTING])
def test_a_gate_that_may_not_commute_is_refused(network):
    with pytest.raises(BadInput, match=r"unit f: .* does not commute with its gate g"):
        activation_gating_as_output_gating(network)


def and_gated(**more):
    f = Unit("f", "threshold", (Synapse("x", 2), Synapse("y", -1)), HALF, output_gates=(output("g"),), **more)
    return Network.of(["x", "y"], [threshold_unit("g", {"x": 1, "y": 1}, -HALF), f], ["f"])


@pytest.mark.parametrize("at_zero", [0, 1])
@pytest.mark.parametrize("inputs", ["01", "pm1"])
def test_and_gating_is_multiplexing_with_a_strong_signal(inputs, at_zero):
    network = and_gated(at_zero=at_zero)
    rewritten = and_gating_as_multiplexing(network, "f", strength=4)
    assert rewritten.function(inputs) == network.function(inputs)
    assert (rewritten.gatings, rewritten.depth) == ((1, 0, 0, 0), 2)


def test_and_gating_needs_a_signal_stronger_than_the_activation():
    weak = and_gating_as_multiplexing(and_gated(), "f", strength=1)
    assert weak.at((2, -2)) != and_gated().at((2, -2))


OTHERWISE = [
    ("no gate", {"output_gates": ()}),
    ("two gates", {"output_gates": (output("g"), output("g"))}),
    ("an addition to the output", {"output_additions": (output("x"),)}),
    ("a gate on the activation", {"gates": (output("x"),)}),
    ("a gate that is an input", {"output_gates": (output("x"),)}),
    ("a gate that is an activation", {"output_gates": (Signal("S", "g"),)}),
    ("a gate that is a sign unit", {"output_gates": (output("h"),)}),
    ("an attended sign unit", {"transfer": "sign"}),
]


@pytest.mark.parametrize("change", [c[1] for c in OTHERWISE], ids=[c[0] for c in OTHERWISE])
def test_other_gatings_are_not_and_gating(change):
    network = and_gated().with_unit(sign_unit("h", {"x": 1}))
    with pytest.raises(BadInput, match="unit f is not a threshold unit gated by"):
        and_gating_as_multiplexing(network.replace_unit(replace(network.unit("f"), **change)), "f", strength=4)


# --- an attention head ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "m", "d", "dv"), [(1, 1, 1, 1), (2, 3, 1, 2), (5, 2, 3, 4)])
def test_gates_of_an_attention_head(n, m, d, dv):
    head = attention_head(n, m, d, dv)
    assert head.gatings == (0, n * n * d, n * n * dv, 0)
    assert head.normalisations == (n,) * n
    assert (len(head.inputs), len(head.outputs), head.depth) == (n * m, n * dv, 4)


def test_an_attention_head_is_softmax_of_scores_times_values():
    n, m, d, dv = 2, 2, 1, 2
    weights = {"Q": [[1], [F(1, 2)]], "K": [[2], [-1]], "V": [[1, 0], [3, F(1, 3)]]}
    point = (1, F(1, 2), -1, 2)
    rows = ([point[:m], point[m:]], *weights.values())
    x, q, k, v = (sympy.Matrix(matrix).applyfunc(sympy.Rational) for matrix in rows)
    scores = (x * q) * (x * k).T
    attention = [[sympy.exp(scores[s, t]) / sum(sympy.exp(scores[s, u]) for u in range(n)) for t in range(n)] for s in range(n)]
    expected = sympy.Matrix(attention) * (x * v)
    actual = attention_head(n, m, d, dv, weights=weights).at(point)
    assert [sympy.cancel(a - b) for a, b in zip(actual, expected, strict=True)] == [0] * (n * dv)


def test_the_weights_of_a_head_are_shared_symbols():
    head = attention_head(2, 1, 1, 1)
    q = sympy.Symbol("Q0_0", real=True)
    assert [head.unit(f"q{t}_0").synapses for t in range(2)] == [(Synapse("x0_0", q),), (Synapse("x1_0", q),)]
    assert head.substitute({q: 0, sympy.Symbol("V0_0", real=True): 1}).at((1, 3)) == (2, 2)


def test_random_blocks_reach_all_kinds():
    """The reductions above are only as good as their networks: every block occurs among them."""
    seen = set()
    for seed in range(30):
        network = with_attention(Random(seed), standard_network(Random(seed)), blocks=6)
        for unit in network.units:
            seen |= {(s.variable, "S", "multiplication") for s in unit.gates} | {
                (s.variable, "S", "addition") for _, s in unit.additions
            }
            seen |= {(s.variable, "O", "multiplication") for s in unit.output_gates}
            seen |= {(s.variable, "O", "addition") for s in unit.output_additions}
            for synapse in unit.synapses:
                seen |= {(s.variable, "w", "multiplication") for s in synapse.gates}
                seen |= {(s.variable, "w", "addition") for s in synapse.additions}
                seen |= {("O", "S", "addition")} if synapse.attention else set()
    assert seen == {(q.source, q.target, q.mechanism) for q in QUARKS}
