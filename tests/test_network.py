"""The standard model: exact values, conventions, depth and counts of the catalogue's circuits, refusals."""

from dataclasses import FrozenInstanceError
from fractions import Fraction as F
from itertools import combinations

import pytest
import sympy
from random_networks import evaluated, points, random_network

from workbench.errors import BadInput, Rejected
from workbench.network import GateCount, Network
from workbench.threshold import BooleanFunction
from workbench.units import TRANSFERS, Signal, Synapse, Unit, affine, exact, output, sign_unit, threshold_unit

HALF = F(1, 2)
GATES = (0, 0, 0, 0)


def single(unit, inputs=("x",)):
    return Network.of(inputs, [unit], [unit.name])


def gated(unit, *names):
    return Unit(unit.name, unit.transfer, unit.synapses, unit.bias, output_gates=tuple(output(n) for n in names))


def on(names, weight=1):
    return {name: weight for name in names}


# --- values ---------------------------------------------------------------------------------------------------------------------

VALUES = [
    ("identity", "identity", F(2, 3), F(7, 3)),
    ("threshold above", "threshold", F(1, 9), 1),
    ("threshold at zero", "threshold", -HALF, 0),
    ("sign below", "sign", -1, -1),
    ("sign at zero", "sign", -HALF, -1),
    ("relu above", "relu", 3, 7),
    ("relu at zero", "relu", -HALF, 0),
    ("relu below", "relu", -3, 0),
    ("logistic", "logistic", 0, 1 / (1 + sympy.exp(-1))),
    ("logistic at zero", "logistic", -HALF, HALF),
    ("tanh", "tanh", 1, sympy.tanh(3)),
    ("exp", "exp", F(1, 4), sympy.exp(sympy.Rational(3, 2))),
    ("reciprocal", "reciprocal", F(1, 4), F(2, 3)),
    ("reciprocal of a root", "reciprocal", (sympy.sqrt(2) - 1) / 2, 1 / sympy.sqrt(2)),
    ("sqrt", "sqrt", F(3, 2), 2),
    ("sqrt at zero", "sqrt", -HALF, 0),
    ("cos", "cos", 1, sympy.cos(3)),
    ("sin", "sin", 1, sympy.sin(3)),
    ("irrational input", "threshold", sympy.sqrt(2) - 2, 0),
]


@pytest.mark.parametrize(("transfer", "x", "value"), [v[1:] for v in VALUES], ids=[v[0] for v in VALUES])
def test_a_unit_applies_its_transfer_to_two_x_plus_one(transfer, x, value):
    assert single(affine("f", {"x": 2}, 1, transfer=transfer)).at((x,)) == (value,)


@pytest.mark.parametrize(("transfer", "says"), [("reciprocal", "reciprocal of 0"), ("sqrt", "not exact")])
def test_a_transfer_without_a_real_value_is_refused(transfer, says):
    with pytest.raises(BadInput, match=says):
        single(affine("f", {"x": 1}, transfer=transfer)).at((0 if transfer == "reciprocal" else -1,))


@pytest.mark.parametrize(("build", "values"), [(threshold_unit, (0, 1)), (sign_unit, (-1, 1))], ids=["threshold", "sign"])
@pytest.mark.parametrize("at_zero", [0, 1])
def test_zero_is_decided_by_at_zero(build, values, at_zero):
    network = single(build("f", {"x": 1}, at_zero=at_zero))
    assert [network.at((x,))[0] for x in (-1, 0, 1)] == [values[0], values[at_zero], values[1]]
    assert [network.as_expr()[0].xreplace({network.symbols[0]: sympy.Integer(x)}) for x in (-1, 0, 1)] == [
        values[0],
        values[at_zero],
        values[1],
    ]


def test_softmax_is_normalised_over_its_group():
    units = [Unit(n, "softmax", (Synapse("x", k),), group=g) for n, k, g in (("a", 0, "g"), ("b", 1, "g"), ("c", 5, "h"))]
    network = Network.of(["x"], units, ["a", "b", "c"])
    assert network.at((2,)) == (1 / (1 + sympy.exp(2)), sympy.exp(2) / (1 + sympy.exp(2)), 1)
    assert network.normalisations == (2, 1)
    assert sum(network.at((0,))[:2]) == 1


def test_softmax_waits_for_the_last_activation_of_its_group():
    first = Unit("a", "softmax", (Synapse("x", 1),), group="g")
    last = Unit("b", "softmax", (Synapse("h", 1),), group="g")
    network = Network.of(["x"], [first, last, affine("h", {"x": 3})], ["a"])
    assert network.at((1,)) == (sympy.exp(1) / (sympy.exp(1) + sympy.exp(3)),)
    assert network.layers == {"x": 0, "h": 1, "a": 2, "b": 2}


def test_a_weight_is_that_of_the_ordinary_synapse():
    g = Unit("g", "identity", (Synapse("x", 5, attention=True), Synapse("x", 2)))
    f = Unit("f", "identity", bias=1, gates=(Signal("w", "g", "x"),))
    assert Network.of(["x"], [g, f], ["f", "g"]).at((3,)) == (2, 21)


def test_rational_values_stay_python_numbers():
    network = single(affine("f", {"x": sympy.Rational(1, 3)}, sympy.Integer(2), transfer="relu"))
    (value,) = network.at((sympy.Integer(5),))
    assert (type(value), value) == (F, F(11, 3))
    assert type(network.unit("f").bias) is int


def test_state_names_every_activation_and_output():
    state = single(threshold_unit("f", {"x": 3}, -1)).state({"x": HALF})
    assert state.S == {"f": HALF}
    assert state.O == {"x": HALF, "f": 1}


def test_a_weight_as_a_signal_has_its_effective_value():
    g = Unit("g", "identity", (Synapse("x", 2, (output("y"),), (output("x"),)),))
    f = Unit("f", "identity", additions=((3, Signal("w", "g", "x")),))
    assert Network.of(["x", "y"], [f, g], ["f"]).at((5, 7)) == (3 * (2 + 5) * 7,)


@pytest.mark.parametrize(
    ("gate_bias", "value"),
    [(True, 7 * (2 * 3 + 4 * 3 + 5)), (False, 7 * (2 * 3 + 4 * 3) + 5)],
    ids=["bias gated", "bias not gated"],
)
def test_a_gate_on_an_activation_spares_the_bias_on_request(gate_bias, value):
    g = affine("g", {"x": 1})
    f = Unit("f", "identity", (Synapse("x", 2),), 5, ((4, Signal("S", "g")),), (output("y"),), gate_bias)
    assert Network.of(["x", "y"], [g, f], ["f"]).at((3, 7)) == (value,)


def test_products_on_an_output_come_before_additions():
    f = Unit("f", "relu", (Synapse("x", 1),), output_gates=(output("y"),), output_additions=(output("x"),))
    assert Network.of(["x", "y"], [f], ["f"]).at((3, 7)) == (3 * 7 + 3,)


@pytest.mark.parametrize("seed", range(60))
def test_random_networks_agree_with_recursion_on_the_definition(seed):
    network, rng = random_network(seed)
    for point in points(rng, network):
        assert network.at(point) == evaluated(network, point)


@pytest.mark.parametrize("seed", range(12))
def test_expressions_agree_with_values(seed):
    network, rng = random_network(seed, blocks=2)
    exprs = network.as_expr()
    for point in points(rng, network, 4):
        table = {s: sympy.Rational(F(v).numerator, F(v).denominator) for s, v in zip(network.symbols, point, strict=True)}
        assert [sympy.expand(e.xreplace(table)) for e in exprs] == [
            sympy.Rational(F(v).numerator, F(v).denominator) for v in network.at(point)
        ]


def test_smooth_transfers_are_written_out():
    x = sympy.Symbol("x", real=True)
    units = [affine(t, {"x": 2}, 1, transfer=t) for t in TRANSFERS[3:7]] + [Unit("p", "softmax", (Synapse("x", 1),), group="g")]
    units += [Unit("q", "softmax", (), 3, group="g")]
    network = Network.of(["x"], units, [u.name for u in units[:-1]])
    s = 2 * x + 1
    expected = (sympy.Max(0, s), 1 / (1 + sympy.exp(-s)), sympy.tanh(s), sympy.exp(s), sympy.exp(x) / (sympy.exp(x) + sympy.exp(3)))
    assert network.as_expr() == expected


def test_substitute_gives_values_to_weight_symbols_everywhere():
    w, b, c = sympy.symbols("w b c", real=True)
    f = Unit("f", "identity", (Synapse("x", w),), b, ((c, Signal("S", "g")),))
    network = Network.of(["x"], [f, affine("g", {"x": 1})], ["f"])
    assert network.at((2,)) == (2 * w + b + 2 * c,)
    assert network.substitute({w: F(1, 2), b: 3, c: sympy.Rational(5)}).at((2,)) == (14,)
    with pytest.raises(BadInput, match=r"0\.5 is not exact"):
        network.substitute({w: 0.5})


# --- Boolean functions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "inputs", "table"),
    [
        (threshold_unit("f", {"x": 1, "y": 2}, -F(3, 2)), "01", 0b1100),
        (threshold_unit("f", {"x": 1, "y": 2}, -2), "pm1", 0b1000),
        (sign_unit("f", {"x": 1, "y": 2}, -2), "pm1", 0b1000),
        (sign_unit("f", {}, 1), "01", 0b1111),
        (affine("f", {}, -1), "01", 0),
        (affine("f", {"x": F(2, 2)}), "01", 0b1010),
    ],
    ids=["bits", "plus minus", "sign output", "constant one", "constant minus one", "identity unit with outputs 0 and 1"],
)
def test_function_reads_either_output_convention(unit, inputs, table):
    assert single(unit, ("x", "y")).function(inputs) == BooleanFunction(2, table)


def test_function_of_no_inputs():
    assert single(threshold_unit("f", {}, 1), ()).function() == BooleanFunction(0, 1)


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        (affine("f", {"x": 2}), r"output f is 2, so .*, at point 1 = \(1, 0\)"),
        (affine("f", {"x": 1, "y": -1}), r"output f is -1, so .*, at point 2 = \(0, 1\)"),
        (affine("f", {}, HALF), r"output f is 1/2, so .*, at point 0 = \(0, 0\)"),
    ],
    ids=["two", "zero and minus one", "half"],
)
def test_function_rejects_other_values_and_names_the_point(unit, message):
    with pytest.raises(Rejected, match=message):
        single(unit, ("x", "y")).function()


def test_tables_of_several_outputs():
    network = Network.of(["x", "y"], [sign_unit("f", {"x": 1}, -HALF), threshold_unit("g", {"y": 1})], ["g", "f", "x"])
    assert [t.table for t in network.tables()] == [0b1100, 0b1010, 0b1010]
    with pytest.raises(BadInput, match="has 3 outputs: use tables"):
        network.function()


def test_tables_beyond_the_arity_limit_are_refused_before_evaluation():
    names = [f"x{i}" for i in range(21)]
    with pytest.raises(BadInput, match="arity 21"):
        single(threshold_unit("f", on(names)), names).function()


# --- depth and counts of the catalogue's circuits ---------------------------------------------------------------------------------


def layered(inputs, first, second, readout, bias):
    return Network.of(inputs, [first, second, threshold_unit("out", readout, bias)], ["out"])


def s_of(names, bias, name="f", weight=1):
    return threshold_unit(name, on(names, weight), bias)


def with_skip_parity(n):
    names = [f"x{i}" for i in range(n)]
    steps = [s_of(names, HALF - 2 * k, f"h{k}") for k in range(1, n // 2 + 1)]
    return Network.of(names, [*steps, threshold_unit("out", {**on(names), **{h.name: -2 for h in steps}}, -HALF)], ["out"])


def sign_product_parity(n):
    names = [f"x{i}" for i in range(n)]
    factors = [sign_unit(f"g{k}", on(names, HALF), F(n + 1, 2) - k) for k in range(1, n + 1)]
    return Network.of(names, [gated(factors[0], *(g.name for g in factors[1:])), *factors[1:]], ["g1"])


def pair_or(names):
    products = [gated(s_of(names[:2], -HALF, "f0"), "g0"), gated(s_of(names[2:], -HALF, "f1"), "g1")]
    gates = [s_of(names[:2], F(3, 2), "g0", -1), s_of(names[2:], F(3, 2), "g1", -1)]
    return Network.of(names, [*products, *gates, threshold_unit("out", {"f0": 1, "f1": 1}, -HALF)], ["out"])


def quadratic(names, pairs, bias):
    return single(Unit("f", "threshold", tuple(Synapse(names[i], 1, (output(names[j]),)) for i, j in pairs), bias), names)


XY, SXY, WORDS = ("x", "y"), ("s", "x", "y"), ("x0", "x1", "y0", "y1")
WORD_WEIGHTS = {"x0": 1, "x1": 2, "y0": -1, "y1": -2}
NAND = s_of(XY, F(3, 2), "g", -1)
SELECT = (Synapse("y", 1), Synapse("x", 1, (output("s"),)), Synapse("y", -1, (output("s"),)))
NOT_S_OR_X, S_OR_Y = threshold_unit("f", {"s": -1, "x": 1}, HALF), threshold_unit("g", {"s": 1, "y": 1}, -HALF)
LIN = [affine("v0", {"x1": 1, "x2": 1}), affine("v1", {"x2": 1})]
LIN_GATED = Unit("f", "threshold", (Synapse("x0", 1, (output("v0"),)), Synapse("x1", 1, (output("v1"),))), -HALF)
SHIFTED = (Synapse("x", 1), Synapse("y", 1), Synapse("g", -2, attention=True))
BY_INPUT = (Synapse("x", 1), Synapse("y", -1, attention=True))

CIRCUITS = [
    ("xor layered", layered(XY, s_of(XY, -HALF), NAND, {"f": 1, "g": 1}, -F(3, 2)), lambda x, y: x != y, 2, 3, GATES),
    (
        "xor with skip",
        Network.of(XY, [s_of(XY, -F(3, 2), "h"), threshold_unit("f", {"x": 1, "y": 1, "h": -2}, -HALF)], ["f"]),
        lambda x, y: x != y,
        2,
        2,
        GATES,
    ),
    ("xor by gating", Network.of(XY, [gated(s_of(XY, -HALF), "g"), NAND], ["f"]), lambda x, y: x != y, 1, 2, (0, 1, 0, 0)),
    (
        "equality of words by gating",
        Network.of(
            WORDS,
            [
                gated(threshold_unit("f", WORD_WEIGHTS, HALF), "g"),
                threshold_unit("g", {k: -w for k, w in WORD_WEIGHTS.items()}, HALF),
            ],
            ["f"],
        ),
        lambda a, b, c, d: (a, b) == (c, d),
        1,
        2,
        (0, 1, 0, 0),
    ),
    (
        "selector by output gating",
        Network.of(SXY, [gated(NOT_S_OR_X, "g"), S_OR_Y], ["f"]),
        lambda s, x, y: x if s else y,
        1,
        2,
        (0, 1, 0, 0),
    ),
    ("selector by gated synapses", single(Unit("f", "identity", SELECT), SXY), lambda s, x, y: x if s else y, 1, 0, (0, 0, 2, 0)),
    ("parity of 5 with skip", with_skip_parity(5), lambda *x: sum(x) % 2, 2, 3, GATES),
    ("or of two gated pairs", pair_or(WORDS), lambda a, b, c, d: a != b or c != d, 2, 5, (0, 2, 0, 0)),
    (
        "quadratic gate by inputs",
        quadratic(("x0", "x1", "x2"), combinations(range(3), 2), -HALF),
        lambda a, b, c: a + b + c >= 2,
        1,
        1,
        (0, 0, 3, 0),
    ),
    (
        "quadratic gate by computed linear units",
        Network.of(["x0", "x1", "x2"], [LIN_GATED, *LIN], ["f"]),
        lambda a, b, c: a + b + c >= 2,
        2,
        1,
        (0, 0, 2, 0),
    ),
    ("dot product", quadratic(WORDS, [(0, 2), (1, 3)], -F(3, 2)), lambda a, b, c, d: a * c + b * d >= 2, 1, 1, (0, 0, 2, 0)),
    (
        "multiplexing by a computed unit",
        Network.of(XY, [s_of(XY, -F(3, 2), "g"), Unit("f", "threshold", SHIFTED, -HALF)], ["f"]),
        lambda x, y: x != y,
        2,
        2,
        (1, 0, 0, 0),
    ),
    ("multiplexing by an input", single(Unit("f", "threshold", BY_INPUT, -HALF), XY), lambda x, y: x and not y, 1, 1, (1, 0, 0, 0)),
    (
        "activation gated by a computed unit",
        Network.of(XY, [threshold_unit("g", {"x": 1}), Unit("f", "threshold", (Synapse("y", 1),), gates=(output("g"),))], ["f"]),
        lambda x, y: x and y,
        2,
        2,
        (0, 0, 0, 1),
    ),
    (
        "activation gated by an input",
        single(Unit("f", "threshold", (Synapse("y", 1),), gates=(output("x"),)), XY),
        lambda x, y: x and y,
        1,
        1,
        (0, 0, 0, 1),
    ),
    ("an input passed on", Network.of(XY, [], ["y"]), lambda x, y: y, 0, 0, GATES),
]


@pytest.mark.parametrize(
    ("network", "rule", "depth", "thresholds", "gatings"), [c[1:] for c in CIRCUITS], ids=[c[0] for c in CIRCUITS]
)
def test_circuits_of_the_catalogue(network, rule, depth, thresholds, gatings):
    assert network.function() == BooleanFunction.from_rule(rule, len(network.inputs))
    assert (network.depth, network.threshold_units, network.gatings) == (depth, thresholds, GateCount(*gatings))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_parity_in_plus_minus_one_is_a_product_at_depth_one(n):
    network = sign_product_parity(n)
    assert network.function("pm1") == BooleanFunction.from_rule(lambda *x: (n - sum(x)) % 2 == 0, n)
    assert (network.depth, network.size, network.gatings.output) == (1, n, n - 1)


def test_xor_in_plus_minus_one_is_one_gated_synapse():
    network = single(Unit("f", "identity", (Synapse("x", -1, (output("y"),)),)), XY)
    assert (network.function("pm1").table, network.depth, network.gatings.synaptic) == (0b0110, 1, 1)


def test_an_activation_may_gate_the_output_of_its_own_unit():
    relu = single(Unit("f", "threshold", (Synapse("x", 1),), output_gates=(Signal("S", "f"),)))
    assert [relu.at((z,)) for z in (-2, 0, F(1, 2))] == [(0,), (0,), (HALF,)]
    assert relu.depth == 1


def test_an_output_gated_by_a_later_unit_is_known_after_it():
    early, late = Unit("e", "identity", (Synapse("x", 1),), output_gates=(output("l"),)), affine("l", {"m": 1})
    network = Network.of(["x"], [early, late, affine("m", {"x": 1})], ["e"])
    assert (network.order, network.layers) == (("m", "l", "e"), {"x": 0, "m": 1, "l": 2, "e": 2})


def test_sizes():
    network = with_skip_parity(5)
    assert (network.size, network.wires) == (3, 5 + 5 + 5 + 2)
    empty = Network.of([], [], [])
    assert (empty.size, empty.depth, empty.wires, empty.order, empty.at(()), empty.as_expr()) == (0, 0, 0, (), (), ())


# --- refusals and display ---------------------------------------------------------------------------------------------------------

X = affine("f", {"x": 1})
REFUSED = [
    ("float weight", lambda: Synapse("x", 0.5), r"0\.5 is not exact"),
    ("float bias", lambda: Unit("f", "identity", bias=0.5), r"0\.5 is not exact"),
    ("SymPy float", lambda: exact(sympy.Float(1)), "is not exact"),
    ("infinity", lambda: exact(sympy.oo), "is not exact"),
    ("imaginary", lambda: exact(sympy.I), "is not exact"),
    ("string weight", lambda: exact("1"), "'1' is not exact"),
    ("name", lambda: affine("1f", {}), "name '1f' is not a letter"),
    ("name with code", lambda: affine("f;x", {}), "name 'f;x'"),
    ("name of an input", lambda: Network.of([3], [], []), "name 3 is not"),
    ("transfer", lambda: Unit("f", "step"), "transfer 'step' is not one of"),
    ("at_zero", lambda: threshold_unit("f", {}, at_zero=2), "at_zero is H"),
    ("softmax without group", lambda: Unit("f", "softmax"), "name a group"),
    ("group without softmax", lambda: Unit("f", "relu", group="g"), "name a group"),
    ("group name", lambda: Unit("f", "softmax", group="g}"), "name 'g}'"),
    ("output among additions", lambda: Unit("f", "relu", additions=((1, output("x")),)), "attention=True"),
    ("variable", lambda: Signal("x", "f"), "variable 'x' is not one of O, S, w"),
    ("weight without presynaptic", lambda: Signal("w", "f"), "a weight needs"),
    ("output with presynaptic", lambda: Signal("O", "f", "x"), "a weight needs"),
    ("bare string of inputs", lambda: Network.of("xy", [], []), "is one string"),
    ("bare string of outputs", lambda: Network.of(["x"], [], "x"), "is one string"),
    ("repeated name", lambda: Network.of(["f"], [affine("f", {})], []), r"names \['f'\] are used twice"),
    ("unknown source", lambda: single(affine("f", {"y": 1})), "unit f: source 'y' is neither"),
    ("unknown output", lambda: Network.of(["x"], [X], ["g"]), "the outputs: source 'g'"),
    ("unknown gate", lambda: single(gated(X, "g")), "unit f: source 'g'"),
    ("activation of an input", lambda: single(Unit("f", "relu", gates=(Signal("S", "x"),))), "input x has an output O only"),
    ("missing synapse", lambda: single(Unit("f", "relu", (), gates=(Signal("w", "f", "x"),))), "0 ordinary synapses from x"),
    (
        "ambiguous synapse",
        lambda: single(Unit("f", "relu", (Synapse("x", 1), Synapse("x", 2)), gates=(Signal("w", "f", "x"),))),
        "2 ordinary synapses from x",
    ),
    (
        "cycle of synapses",
        lambda: Network.of([], [affine("a", {"b": 1}), affine("b", {"a": 1})], []),
        "cycle: (a -> b -> a|b -> a -> b)",
    ),
    ("own output as gate", lambda: single(gated(X, "f")), "cycle: f -> f"),
    ("own output as source", lambda: single(affine("f", {"f": 1})), "cycle: f -> f"),
    (
        "weight that gates itself",
        lambda: single(Unit("f", "relu", (Synapse("x", 1, (Signal("w", "f", "x"),)),))),
        "cycle: f -> f",
    ),
    ("weight symbol of an input", lambda: single(affine("f", {"x": sympy.Symbol("x")})), "weight symbol x is also"),
    ("unknown unit", lambda: single(X).unit("x"), "'x' is not a unit of Network"),
    ("replacing nothing", lambda: single(X).replace_unit(affine("g", {})), "'g' is not a unit"),
    ("adding twice", lambda: single(X).with_unit(X), "used twice"),
    ("short point", lambda: single(X).at(()), "does not give one value"),
    ("point with a foreign name", lambda: single(X).at({"y": 1}), "does not give one value"),
    ("float point", lambda: single(X).at((0.5,)), r"0\.5 is not exact"),
    ("undecided sign", lambda: single(threshold_unit("f", {"x": sympy.Symbol("w")})).at((1,)), "sign of w cannot be decided"),
]


@pytest.mark.parametrize(("act", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_bad_input_is_refused_with_its_place(act, message):
    with pytest.raises(BadInput, match=message):
        act()


def test_networks_are_frozen_values():
    network = single(X)
    with pytest.raises(FrozenInstanceError):
        network.units = ()
    assert network.with_unit(affine("g", {"f": 2})).size == 2
    assert network.size == 1


def test_repr_is_one_line_and_capped():
    assert repr(single(X)) == "Network(x -> f; 1 units, 1 wires)"
    names = [f"x{i}" for i in range(9)]
    assert (
        repr(Network.of(names, [], names[:8])) == "Network(x0, x1, x2, ..., x8 -> x0, x1, x2, x3, x4, x5, x6, x7; 0 units, 0 wires)"
    )


def test_displays_come_from_the_drawing_module():
    assert single(X)._repr_svg_().startswith("<svg")
    assert single(X)._repr_latex_().startswith("$")
