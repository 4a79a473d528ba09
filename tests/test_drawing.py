"""Drawings of networks: well formed, self-contained, inside their frame, each kind of attention with its mark."""

import re
from fractions import Fraction as F
from xml.etree import ElementTree

import pytest
import sympy
from random_networks import random_network

from workbench.attention import Quark, attention_head
from workbench.drawing import BLUE, DRAWN_UNITS, GREEN, ORANGE, PURPLE, Layout, equations, svg
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, affine, output, threshold_unit

HALF = F(1, 2)
SVG = "{http://www.w3.org/2000/svg}"
BY_S = (output("s"),)

XOR = Network.of(
    ["x", "y"],
    [
        Unit("f", "threshold", (Synapse("x", 1), Synapse("y", 1)), -HALF, output_gates=(output("g"),)),
        threshold_unit("g", {"x": -1, "y": -1}, 3 * HALF),
    ],
    ["f"],
)
SELECTOR = Network.of(
    ["s", "x", "y"], [Unit("f", "identity", (Synapse("y", 1), Synapse("x", 1, BY_S), Synapse("y", -1, BY_S)))], ["f"]
)
MULTIPLEXING = Quark("O", "S", "addition").apply(
    Network.of(
        ["x", "y", "z"], [threshold_unit("f", {"x": 1, "y": -2, "z": 1}, -HALF), threshold_unit("g", {"x": 1}, -HALF)], ["f"]
    ),
    attending=output("g"),
    attended="f",
    weight=5,
)
THREE_LAYERS = Network.of(
    ["x0", "x1", "x2"],
    [
        *(threshold_unit(f"h{i}", {"x0": 1, "x1": -1, "x2": i}, -HALF) for i in range(3)),
        *(affine(f"k{i}", {"h0": 1, "h1": i, "h2": 1}, transfer="relu") for i in range(2)),
        threshold_unit("out", {"k0": 1, "k1": -1, "x0": 2}),
    ],
    ["out"],
)
EVERYTHING = Network.of(
    ["x", "a"],
    [
        Unit("h", "logistic", (Synapse("x", 1, (Signal("S", "g"),), (output("a"),)),), output_additions=(output("a"),)),
        Unit("f", "tanh", (Synapse("h", 1),), 1, ((2, Signal("w", "g", "x")),), (output("a"), output("g")), False),
        affine("g", {"x": 3}),
    ],
    ["f", "x"],
)
GALLERY = {
    "xor": XOR,
    "selector": SELECTOR,
    "multiplexing": MULTIPLEXING,
    "three layers": THREE_LAYERS,
    "head": attention_head(2, 2, 1, 1),
    "everything": EVERYTHING,
    "empty": Network.of([], [], []),
    "one input": Network.of(["x"], [], ["x"]),
}
each = pytest.mark.parametrize("network", GALLERY.values(), ids=list(GALLERY))


def count(network, colour, tag):
    """Marks of a colour in the drawing, those of the legend left out: discs and signs have no legend twin before its texts."""
    root = ElementTree.fromstring(svg(network))
    return sum(e.get("stroke") == colour for e in root.iter(f"{SVG}{tag}"))


@each
def test_a_drawing_is_one_self_contained_element(network):
    text = svg(network)
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert root[1].get("fill") == "#ffffff"
    assert not re.search(r"\bid=|href|url\(|<script|<style", text)
    assert svg(network) == text


@each
def test_everything_is_inside_the_frame(network):
    root = ElementTree.fromstring(svg(network))
    _, _, width, height = map(float, root.get("viewBox").split())
    for element in root.iter():
        xs = [float(element.get(k)) for k in ("x", "cx") if element.get(k)]
        ys = [float(element.get(k)) for k in ("y", "cy") if element.get(k)]
        assert all(0 <= x <= width for x in xs)
        assert all(0 <= y <= height for y in ys)


@each
def test_units_do_not_overlap(network):
    centres = list(Layout.of(network).centres.values())
    assert all((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 >= 60**2 for i, a in enumerate(centres) for b in centres[:i])


@each
def test_the_mark_of_an_output_gate_is_right_of_its_unit_and_of_an_activation_gate_left(network):
    layout = Layout.of(network)
    for unit in network.units:
        x, _ = layout.centres[unit.name]
        assert (layout.outlet(unit.name)[0] - x > 40) == bool(unit.acting_on_output)
        assert (x - layout.inlet(unit.name, len(unit.gates))[0] > 40) == bool(unit.gates)


# Circles of a colour: one per mark, and one more in the legend where the kind occurs.
MARKS = [
    ("xor", {ORANGE: 2, GREEN: 0, BLUE: 0, PURPLE: 0}),
    ("selector", {ORANGE: 0, GREEN: 3, BLUE: 0, PURPLE: 0}),
    ("multiplexing", {ORANGE: 0, GREEN: 0, BLUE: 2, PURPLE: 0}),
    ("three layers", {ORANGE: 0, GREEN: 0, BLUE: 0, PURPLE: 0}),
    ("head", {ORANGE: 5, GREEN: 5, BLUE: 0, PURPLE: 0}),
    ("everything", {ORANGE: 0, GREEN: 2, BLUE: 3 + 2, PURPLE: 3}),
]


@pytest.mark.parametrize(("name", "marks"), MARKS, ids=[m[0] for m in MARKS])
def test_each_kind_of_attention_has_its_marks(name, marks):
    assert {colour: count(GALLERY[name], colour, "circle") for colour in marks} == marks


def test_weights_are_written_only_when_few():
    few = ElementTree.fromstring(svg(MULTIPLEXING))
    assert {"\N{MINUS SIGN}2", "5"} <= {e.text for e in few.iter(f"{SVG}text")}
    many = affine("f", {f"x{i}": 7 for i in range(15)})
    drawn = ElementTree.fromstring(svg(Network.of([f"x{i}" for i in range(15)], [many], ["f"])))
    assert "7" not in {e.text for e in drawn.iter(f"{SVG}text")}


def test_symbols_are_escaped():
    network = Network.of(["x"], [affine("f", {"x": sympy.Symbol("<b>&")}, sympy.Symbol("<i>"))], ["f"])
    assert {"<b>&", "f, b = <i>"} <= {e.text for e in ElementTree.fromstring(svg(network)).iter(f"{SVG}text")}


def test_large_networks_are_a_sentence():
    names = [f"x{i}" for i in range(DRAWN_UNITS + 1)]
    text = svg(Network.of(names, [], names[:1]))
    assert "too large to draw" in text
    assert len(text) < 1000
    assert "too large" not in svg(Network.of(names[:-1], [], names[:1]))


@pytest.mark.parametrize("seed", range(10))
def test_random_networks_are_drawn(seed):
    network, _ = random_network(seed, blocks=6)
    ElementTree.fromstring(svg(network))
    assert equations(network).count("&=") == 2 * network.size


FORMULAS = [
    (
        "gated output",
        XOR,
        [r"O_{\mathrm{f}} &= H(S_{\mathrm{f}}) O_{\mathrm{g}}", r"S_{\mathrm{f}} &= O_{\mathrm{x}} + O_{\mathrm{y}}- \frac{1}{2}"],
    ),
    (
        "gated synapses",
        SELECTOR,
        [r"S_{\mathrm{f}} &= O_{\mathrm{y}} + O_{\mathrm{s}} O_{\mathrm{x}}- O_{\mathrm{s}} O_{\mathrm{y}}"],
    ),
    (
        "additions, gates, an ungated bias",
        EVERYTHING,
        [
            r"S_{\mathrm{h}} &= \left(1 + O_{\mathrm{a}}\right) S_{\mathrm{g}} O_{\mathrm{x}}",
            r"O_{\mathrm{h}} &= \sigma(S_{\mathrm{h}}) + O_{\mathrm{a}}",
            r"S_{\mathrm{f}} &= O_{\mathrm{a}} O_{\mathrm{g}} \left(O_{\mathrm{h}} + 2 w_{\mathrm{g},\mathrm{x}}\right) + 1",
        ],
    ),
    ("many units", GALLERY["head"], [r"O_{\mathrm{p0\_0\_0}}", r"&\cdots\ (8\ \text{more units})"]),
    (
        "softmax",
        Network.of(["x"], [Unit("a", "softmax", (Synapse("x", 1),), group="row_0")], []),
        [r"O_{\mathrm{a}} &= e^{S_{\mathrm{a}}} / \sum_{j \in \mathrm{row\_0}} e^{S_j}"],
    ),
    (
        "reciprocals and roots",
        Network.of(["x"], [affine("r", {"x": 1}, transfer="reciprocal"), affine("s", {"r": 1}, transfer="sqrt")], []),
        [r"O_{\mathrm{r}} &= \frac{1}{S_{\mathrm{r}}}", r"O_{\mathrm{s}} &= \sqrt{S_{\mathrm{s}}}"],
    ),
    ("no bias", Network.of([], [affine("f", {})], []), [r"S_{\mathrm{f}} &= 0"]),
    (
        "a sum as weight and a gated bias",
        Network.of(["x"], [Unit("f", "exp", (Synapse("x", sympy.Symbol("a") + 1),), 2, gates=(output("x"),))], []),
        [r"S_{\mathrm{f}} &= O_{\mathrm{x}} \left(\left(a + 1\right) O_{\mathrm{x}} + 2\right)"],
    ),
]


@pytest.mark.parametrize(("network", "lines"), [f[1:] for f in FORMULAS], ids=[f[0] for f in FORMULAS])
def test_equations(network, lines):
    text = equations(network)
    assert text.startswith(r"$\begin{aligned}")
    for line in lines:
        assert line in text
