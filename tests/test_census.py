"""Counts of the products of mechanisms: against counts by hand, the network's own gates, and sizes beyond the fit."""

import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
import sympy

from workbench.cli import status
from workbench.errors import BadInput, Rejected
from workbench.mechanisms import HOMES, mechanism
from workbench.mechanisms.census import KINDS, SYMBOLS, Census, crossover
from workbench.mechanisms.instrument import products
from workbench.mechanisms.table import ROWS, markdown, table
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, affine, output, threshold_unit

n, d, dv = SYMBOLS
NO_OPTIONS: dict[str, object] = {}
# By hand: output gatings, synaptic gatings, additions to activations, normalisations.
BY_HAND = {
    "softmax": ("softmax", NO_OPTIONS, (n**2 * d, n**2 * dv, 0, n**2)),
    "sink": ("softmax-with-sink", NO_OPTIONS, (n**2 * d, n**2 * dv, 0, n**2)),
    "linear": ("linear", NO_OPTIONS, (n * d * dv + n * d, n * d * dv, 0, n * dv)),  # k (x) v and q.z; q through the state
    "linear by pairs": ("linear", {"order": "quadratic"}, (n**2 * d, n**2 * dv, 0, n**2)),
    "krause": ("krause", NO_OPTIONS, (n**2 * d, n**2 * dv, n**2 * d, n**2)),
    "krause expanded": ("krause", {"order": "expanded"}, (n**2 * d + n * d, n**2 * dv, n**2, n**2)),
    "krause nearest": ("krause", {"most": 2}, (n**2 * d, 2 * n * dv, n**2 * d, 2 * n)),
    "hadamard": ("hadamard", NO_OPTIONS, (2 * n**2 * d + n**2, n**2 * dv, 0, n**2)),
    "hadamard sequential": (
        "hadamard",
        {"order": "sequential"},
        (n * d**2 + n * d**2 * dv + n * (d**2 + d), n * (d**2 + d) * dv, 0, n * dv),
    ),
    "hadamard kronecker": ("hadamard", {"order": "kronecker"}, (2 * n * d**2 + n * d**2 * dv + n * d**2, n * d**2 * dv, 0, n * dv)),
    "synchronization": ("synchronization", NO_OPTIONS, (n**2 * d + 2 * d + 1, n**2 * dv, n**2 * d + n**2, 2 * n**2)),
    "synchronization expanded": (
        "synchronization",
        {"order": "expanded"},
        (n**2 * d + n * d + 2 * d + 1, n**2 * dv, 3 * n**2, 2 * n**2),
    ),
    "affine weight": ("affine-scaled", NO_OPTIONS, (n**2 * d + n**2, n**2 * dv, 0, n**2)),
    "affine output": ("affine-scaled", {"order": "output"}, (n**2 * d + 2 * n * dv, n**2 * dv, n * dv, n**2)),
    "affine deviation": ("affine-scaled", {"order": "deviation"}, (n**2 * d + n * dv, n**2 * dv, 2 * n * dv, n**2)),
    "linearised by tokens": ("linearised", NO_OPTIONS, (n**2 * d, n**2 * d, 0, 0)),
    "linearised by features": ("linearised", {"order": "feature"}, (n * d**2, n * d**2, 0, 0)),
    "top-n": ("top-n", NO_OPTIONS, (n**2 * d, 2 * n * dv, 0, n**2)),
    "top-n renormalised": ("top-n", {"renormalised": True, "most": 3}, (n**2 * d, 3 * n * dv, 0, 3 * n)),
    "value-softmax": ("value-softmax", NO_OPTIONS, (0, n * dv, 0, n)),
    "swiglu": ("glu", {"kind": "swiglu"}, (2 * n * dv, 0, 0, 0)),
    "lstm": ("lstm", NO_OPTIONS, (3 * n * d, 0, 0, 0)),
    "gru": ("gru", NO_OPTIONS, (2 * n * d, 0, 2 * n * d, 0)),
    "squeeze-excitation": ("squeeze-excitation", NO_OPTIONS, (n * d, 0, 0, 0)),
    "hypernetwork": ("hypernetwork", NO_OPTIONS, (0, n * d * dv, 0, 0)),
    "fast-weights": ("fast-weights", NO_OPTIONS, (n * d * dv, n * d * dv, 0, 0)),
}


@pytest.mark.parametrize(("name", "options", "counts"), BY_HAND.values(), ids=BY_HAND)
def test_counts_are_those_by_hand(name, options, counts):
    census = Census.of(mechanism(name, **options))
    assert [sympy.expand(census[kind] - want) for kind, want in zip(KINDS, counts, strict=True)] == [0, 0, 0, 0]


@pytest.mark.parametrize("name", HOMES)
def test_without_selection_the_counts_are_the_gates_of_the_network(name):
    network = mechanism(name).network(3, 2, 2)
    counts = products(network, {x: Fraction(1) for x in network.inputs})
    gatings = network.gatings
    if counts["selection"]:
        assert name == "top-n" and counts["synaptic_gating"] < gatings.synaptic
        return
    by_reciprocals = counts["normalisation"] - sum(network.normalisations)
    assert gatings.output == counts["output_gating"] + by_reciprocals
    assert (gatings.synaptic, gatings.additive_activation) == (counts["synaptic_gating"], counts["additive_activation"])


def test_a_causal_mask_leaves_the_pairs_that_it_opens():
    for size in (1, 4, 6):
        network = mechanism("softmax").network(size, 3, 2, causal=True)
        counts = products(network, {x: Fraction(1) for x in network.inputs})
        assert counts["output_gating"] == 3 * size * (size + 1) // 2


def test_every_kind_of_product_is_counted_once():
    f = Unit(
        "f",
        "identity",
        (Synapse("x", 2, (output("y"),), (output("x"),)), Synapse("y", 3, attention=True)),
        bias=1,
        additions=((2, Signal("S", "g")),),
        gates=(output("g"),),
        output_gates=(output("x"), output("r"), output("t")),
        output_additions=(output("y"),),
    )
    units = [f, affine("g", {"x": 1}), affine("r", {"y": 1}, transfer="reciprocal"), threshold_unit("t", {"x": 1})]
    network = Network.of(["x", "y"], units, ["f"])
    counted = {
        "synaptic_gating": 1,
        "additive_synaptic": 1,
        "additive_activation": 2,
        "activation_gating": 1,
        "output_gating": 1,
        "normalisation": 1,
        "selection": 1,
        "additive_output": 1,
    }
    assert dict(products(network, {"x": Fraction(1), "y": Fraction(2)})) == counted
    off = products(network, {"x": Fraction(-1), "y": Fraction(2)})
    assert off["selection"] == 1 and off["additive_output"] == 1


def test_control_a_degree_too_low_is_rejected_at_a_size_held_out():
    with pytest.raises(Rejected, match="where the polynomial is"):
        Census.of(mechanism("hadamard", order="sequential"), degree=3)


def test_control_a_count_that_is_no_polynomial_is_rejected():
    at_most_three = replace(mechanism("top-n", most=3), options=())  # min(n, 3) keys, and nothing that says n >= 3
    with pytest.raises(Rejected, match="synaptic_gating"):
        Census.of(at_most_three)


TWO, THREE = [(2, 64, 64), (2, 128, 128), (2, 16, 64)], [(3, 64, 64), (3, 16, 64)]
CROSSINGS = [*TWO, *(pytest.param(*row, marks=pytest.mark.slow) for row in THREE)]


@cache
def hadamard_products(factors, order):
    return Census.of(mechanism("hadamard", factors=factors, features="linear", order=order)).products


@pytest.mark.parametrize(("factors", "width", "values"), CROSSINGS)
@pytest.mark.parametrize("order", ["sequential", "kronecker"])
def test_the_state_form_of_hadamard_attention_becomes_cheaper(factors, width, values, order):
    forms = [hadamard_products(factors, o) for o in (order, "quadratic")]
    first = crossover(*forms, d=width, dv=values)
    cheaper = [[int(form.xreplace({n: m, d: width, dv: values})) for form in forms] for m in (first - 1, first, first + 1)]
    assert [a < b for a, b in cheaper] == [False, True, True]


def test_crossovers_at_edges():
    assert crossover(n, n**2) == 2
    assert crossover(n**2, n) is None and crossover(n, n) is None
    assert crossover(n * 0, n) == 1
    assert crossover((n - 3) ** 2, (n - 3) ** 2 + (n - 5) * (n - 9)) == 10
    with pytest.raises(BadInput, match="letter 'm'"):
        crossover(n, n**2, letter="m")


def test_the_command_prints_the_documented_keys(capsys):
    assert status(["census", "softmax", "--tokens", "5", "--head-dim", "3", "--value-dim", "4", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["mechanism"] == "softmax" and shown["flags"] == []
    assert shown["symbolic"] == dict(zip(KINDS, ("d*n**2", "dv*n**2", "0", "n**2"), strict=True))
    assert shown["numbers"] == dict(zip(KINDS, (75, 100, 0, 25), strict=True))


def test_the_command_takes_options_and_says_what_is_ours(capsys):
    assert status(["census", "hadamard", "--tokens", "2", "--head-dim", "3", "--set", "order=kronecker"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("hadamard (reconstruction, abstract_only); n = 2, d = 3, dv = 3") and "d**2*dv*n" in shown


BAD = {
    "unknown mechanism": (["sparsemax"], "no mechanism 'sparsemax'"),
    "no tokens": (["softmax", "--tokens", "0"], "size 0 < 1"),
    "fewer tokens than kept": (["top-n", "--tokens", "1"], "from (2, 1, 1) on"),
    "no value": (["krause", "--set", "sigma"], "not NAME=VALUE"),
    "a float": (["krause", "--set", "sigma=0.5"], "not exact"),
    "division by zero": (["krause", "--set", "sigma=1/0"], "not exact"),
    "an option of all": (["--set", "sigma=1"], "without a mechanism"),
    "unknown option": (["krause", "--set", "width=3"], "no option 'width'"),
    "negative": (["krause", "--set", "sigma=-1/2"], "sigma > 0"),
}


@pytest.mark.parametrize(("arguments", "says"), BAD.values(), ids=BAD)
def test_the_command_refuses_bad_input(arguments, says, capsys):
    assert status(["census", *arguments]) == 2
    assert says in capsys.readouterr().err


DOCS = Path(__file__).parent.parent / "docs"
SHOWN = json.loads((DOCS / "data" / "mechanisms.json").read_text(encoding="utf-8"))


def test_the_table_in_the_documentation_is_that_of_its_data():
    text = (DOCS / "mechanisms.md").read_text(encoding="utf-8")
    assert text.partition("<!-- table -->\n")[2].partition("<!-- end of table -->")[0] == markdown(SHOWN)
    assert [(row["mechanism"], row["chosen"]) for row in SHOWN] == [(name, dict(options)) for name, options in ROWS]
    assert {row["mechanism"] for row in SHOWN} == set(HOMES)


@pytest.mark.parametrize("row", [row for row in SHOWN if row["mechanism"] in ("value-softmax", "glu")], ids=str)
def test_the_data_of_small_mechanisms_are_the_census(row):
    assert row == {k: row[k] for k in ("mechanism", "chosen")} | Census.of(mechanism(row["mechanism"], **row["chosen"])).facts()


@pytest.mark.slow
def test_the_data_are_the_census():
    assert SHOWN == json.loads(json.dumps(table()))


@pytest.mark.parametrize(("factors", "width", "values"), CROSSINGS)
def test_the_crossovers_in_the_documentation(factors, width, values):
    shown = [hadamard_products(factors, order) for order in ("sequential", "kronecker", "quadratic")]
    first = [crossover(form, shown[2], d=width, dv=values) for form in shown[:2]]
    line = f"| {factors}, {width}, {values} | {first[0]} | {first[1]} |"
    assert line in (DOCS / "mechanisms.md").read_text(encoding="utf-8")
