"""The library of circuits: formulas against counts, every circuit against its rule at every point, and what must be refused."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import sympy

from workbench.circuits import ENTRIES, addition, dot_product, exactly, interval, multiplexer, parity, quadratic, sorting, xor
from workbench.circuits.equivalence import check, compare, packed_outputs
from workbench.circuits.forms import Cost, largest_weight, n, value_at
from workbench.circuits.pairs import FORMS, network_of
from workbench.counts import threshold_polynomials
from workbench.errors import BadInput, Rejected
from workbench.network import Network
from workbench.units import threshold_unit

ALL = (*ENTRIES, interval(1, 2), interval(0, 3), exactly(0), exactly(3), dot_product(0), dot_product(2), quadratic(1), quadratic(3))
EVERY = {f"{e.name}, {model}, {outputs}": (e, model, outputs) for e in ALL for model, outputs in e.forms}
# Fewer inputs: parity has 2^(n-1) units there, and the bounds of linear units square with every round of sorting.
LARGE = {"parity, gated, 01": 8, "sorting, gated, 01": 4, "sorting, synaptic, 01": 4}


def sizes(entry, most):
    return [size for size in range(1, most + 1) if entry.inputs_at(size) <= most]


def built(entry, model, outputs):
    """The circuits of up to 12 inputs, by size."""
    return {size: entry(size, model, outputs=outputs) for size in sizes(entry, 12)}


def faults(networks, cost):
    """The sizes at which a circuit does not cost what the formulas say."""
    return [size for size, network in networks.items() if Cost.of(network) != cost.at(size)]


@pytest.mark.parametrize("entry, model, outputs", EVERY.values(), ids=EVERY)
def test_formulas_are_the_counts_of_the_circuits(entry, model, outputs):
    form, networks = entry.form(model, outputs=outputs), built(entry, model, outputs)
    assert networks and faults(networks, form.cost) == []
    assert all(len(network.inputs) == entry.inputs_at(size) for size, network in networks.items())
    if form.weight is not None:
        assert [s for s, network in networks.items() if largest_weight(network) != value_at(form.weight, s)] == []


@pytest.mark.parametrize("field", Cost.__dataclass_fields__)
def test_control_a_wrong_formula_is_found(field):
    form = parity.form("skip")
    wrong = replace(form.cost, **{field: getattr(form.cost, field) + sympy.floor(n / 12)})
    assert faults(built(parity, "skip", "01"), wrong) == [12]


def bits_at(entry, size, point):
    value = entry.spec(size)(point)
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize("entry, model, outputs", EVERY.values(), ids=EVERY)
def test_small_circuits_follow_their_rule_in_exact_numbers(entry, model, outputs):
    form, low = entry.form(model, outputs=outputs), -1 if outputs == "pm1" else 0
    for size in sizes(entry, 6):
        network = entry(size, model, outputs=outputs)
        for point in product((0, 1), repeat=len(network.inputs)):
            shown = [2 * b - 1 for b in point] if form.inputs == "pm1" else point
            assert network.at(shown) == tuple(1 if b else low for b in bits_at(entry, size, point))


@pytest.mark.parametrize("name", EVERY)
def test_circuits_follow_their_rule_at_every_point_of_up_to_12_inputs(name):
    entry, model, outputs = EVERY[name]
    check(entry, min(LARGE.get(name, 12), sizes(entry, 12)[-1]), model, outputs=outputs)


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_circuits_follow_their_rule_at_every_point_of_up_to_16_inputs(name):
    entry, model, outputs = EVERY[name]
    check(entry, min(LARGE.get(name, 16), sizes(entry, 16)[-1]), model, outputs=outputs)


def test_sixteen_inputs_are_checked_in_packed_bits():
    tables = packed_outputs(parity(16, "gated", outputs="pm1"), outputs="pm1")
    assert tables.shape == (1, 1 << 13) and tables.dtype == np.uint8
    compare(parity, 16, tables)


CONTROLS = {
    "another threshold": (parity, 12, "skip", lambda net: moved(net, "g6"), r"output 0 is 1 where parity is 0, at point \d+"),
    "another weight": (multiplexer, 3, "gated", lambda net: heavier(net, "f7"), "output 0 is"),
    "the last output": (addition, 6, "skip", lambda net: moved(net, "F5"), "output 5 is"),
}


def moved(network, name):
    return network.replace_unit(replace(network.unit(name), bias=network.unit(name).bias - 1))


def heavier(network, name):
    unit = network.unit(name)
    first = replace(unit.synapses[0], weight=-unit.synapses[0].weight)
    return network.replace_unit(replace(unit, synapses=(first, *unit.synapses[1:])))


@pytest.mark.parametrize("entry, size, model, change, reason", CONTROLS.values(), ids=CONTROLS)
def test_control_a_changed_circuit_is_rejected_at_a_point(entry, size, model, change, reason):
    altered = change(entry(size, model))
    with pytest.raises(Rejected, match=reason):
        compare(entry, size, packed_outputs(altered))


@pytest.mark.parametrize("position", [0, 77, 4095])
def test_control_one_wrong_bit_of_4096_is_found(position):
    tables = packed_outputs(parity(12)).copy()
    tables[0, position // 8] ^= 1 << position % 8
    with pytest.raises(Rejected, match=f"at point {position} ="):
        compare(parity, 12, tables)


@pytest.mark.parametrize("entry", ALL, ids=lambda e: e.name)
def test_standard_circuits_are_layered(entry):
    for size in sizes(entry, 12):
        network = entry(size)
        layer = network.layers
        assert all(layer[s.source] == layer[u.name] - 1 for u in network.units for s in u.synapses)
        assert {layer[name] for name in network.outputs} == {network.depth}


@pytest.mark.parametrize("entry", ALL, ids=lambda e: e.name)
def test_each_model_uses_its_own_building_block_only(entry):
    for (model, outputs), form in entry.forms.items():
        gates = entry(2, model, outputs=outputs).gatings
        assert model not in ("gated", "synaptic") or gates.output + gates.synaptic > 0
        assert model in ("gated",) or gates.output == 0
        assert model in ("synaptic",) or gates.synaptic == 0
        assert model in ("skip", "synaptic") or gates.additive_activation == 0
        assert gates.activation == 0 and form.inputs in ("01", "pm1")


def test_every_entry_has_every_model():
    assert [{model for model, _ in entry.models} for entry in ALL] == [{"standard", "skip", "gated", "synaptic"}] * len(ALL)


@pytest.mark.parametrize("form", FORMS)
def test_pairs_of_all_threshold_functions_of_two_inputs(form):
    names = ["x0", "x1"]
    units = []
    for f in threshold_polynomials(2).values():
        u = f.poly.on("01").coefficients
        units.append((u, f.function))
    for (u, f), (v, g) in product(units, repeat=2):
        pair = [threshold_unit(a, {x: w.get((i,), 0) for i, x in enumerate(names)}, w.get((), 0)) for a, w in (("f", u), ("g", v))]
        want = ~(f ^ g) if form == "signed" else f & g
        assert network_of(names, [tuple(pair)], form).function() == want


def rows_of_the_page():
    """The table of threshold units in docs/circuits.md: the formula of each model, by entry."""
    page = (Path(__file__).parents[1] / "docs" / "circuits.md").read_text(encoding="utf-8")
    head = "| entry | inputs | standard | skip | gated, 0/1 | gated, ±1 | synaptic |"
    for line in page.partition(head)[2].splitlines()[2:]:
        if not line.startswith("|"):
            return
        name, inputs, *units = (cell.strip() for cell in line.strip("|").split("|"))
        yield re.match(r"`(\w+)", name)[1], inputs, units


def read_formula(text):
    product_written = re.sub(r"(\d)(?=[n(])|(?<=n)(?=\()", r"\1*", text.replace("⌊", "floor(").replace("⌋", ")"))
    return sympy.sympify(product_written.replace("^", "**"), locals={"n": n})


def test_the_page_states_the_formulas():
    named = {e.name.split("_")[0] if e not in ENTRIES else e.name: e for e in ALL}
    shown = {name: (inputs, units) for name, inputs, units in rows_of_the_page()}
    assert len(shown) == 14
    for name, (inputs, units) in shown.items():
        entry = named[name if name in named else name.split("_")[0]]
        assert sympy.expand(read_formula(inputs) - entry.arity) == 0
        keys = [("standard", "01"), ("skip", "01"), ("gated", "01"), ("gated", "pm1"), ("synaptic", "01")]
        for key, text in zip(keys, units, strict=True):
            key = ("synaptic", "pm1") if (name, key[0]) == ("parity", "synaptic") else key
            assert (key in entry.forms) == bool(text)
            if text:
                assert sympy.expand(read_formula(text) - entry.forms[key].cost.units) == 0


REFUSED = {
    "size 0": (lambda: parity(0), "size 0 of parity is not an integer from 1 to 4096"),
    "a huge size": (lambda: parity(10**9, "gated"), "size 1000000000 of parity"),
    "a huge circuit": (lambda: multiplexer(4096), r"has over 2\*\*4108 wires > 1000000"),
    "a truth value": (lambda: parity(True), "size True of parity"),
    "no such model": (lambda: xor(2, "gates"), "xor has no form gates, 01: choose of standard; skip; gated; gated, pm1; synaptic"),
    "no such outputs": (lambda: addition(2, "gated", outputs="01"), "addition has no form gated, 01"),
    "too many wires": (lambda: parity(40, "gated"), r"has 21990232555520 wires > 1000000: take a smaller size or another model"),
    "an empty interval": (lambda: interval(3, 2), "the interval from 3 to 2 is empty"),
    "rank 0": (lambda: quadratic(0), "rank 0 < 1"),
    "too many inputs": (lambda: check(parity, 17), "17 inputs > 16: take a certificate"),
    "too many values": (lambda: check(parity, 13, "gated", outputs="01"), "4096 units at 8192 points are 33554432 values"),
    "sums beyond the type": (lambda: check(sorting, 6, "synaptic"), "lower with dtype='int64'"),
    "irrational weights": (
        lambda: packed_outputs(Network.of(["x"], [threshold_unit("f", {"x": sympy.sqrt(2)})], ["f"])),
        "not available in int32",
    ),
}


@pytest.mark.parametrize("call, reason", REFUSED.values(), ids=REFUSED)
def test_bad_input_is_one_clear_line(call, reason):
    with pytest.raises(BadInput, match=reason):
        call()


def test_an_output_of_a_third_value_is_rejected_with_its_point():
    with pytest.raises(Rejected, match=r"an output is neither 0 nor 1, at point 3 = \(1, 1\)"):
        packed_outputs(Network.of(["x", "y"], [replace(threshold_unit("f", {"x": 1, "y": 1}), transfer="identity")], ["f"]))
