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
from workbench.mechanisms.census import KEYS, KINDS, SYMBOLS, Census, crossover
from workbench.mechanisms.compositions import COMPOSITIONS
from workbench.mechanisms.forms import MEANINGS
from workbench.mechanisms.grades import grade
from workbench.mechanisms.instrument import products
from workbench.mechanisms.neighbourhoods import Neighbourhood
from workbench.mechanisms.table import ROWS, causal_markdown, composition_markdown, legend, markdown, named, table
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
    # norms of n keys; all n^2 exponentials are formed, none is closed
    "krause masked": ("krause", {"order": "expanded", "pairs": "all"}, (n**2 * d + n * d, n**2 * dv, n**2, n**2)),
    "two paths": ("krause-softmax", NO_OPTIONS, (2 * n**2 * d + 2 * n * dv, 2 * n**2 * dv, n**2 * d, 2 * n**2 + 2 * n)),
    "value factors": ("hadamard", {"values": "factors"}, (2 * n**2 * d + n**2 + n * dv, n**2 * dv, 0, n**2)),
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
    # for each pair J r, the square of the sine, J times the cosine; mismatch / reach and the share
    "synchronization as printed": (
        "synchronization",
        {"form": "root"},
        (n**2 * d + 3 * n**2 + 2 * d, n**2 * dv, n**2 * d, 2 * n**2),
    ),
    "synchronization clamped": (
        "synchronization",
        {"form": "clamped"},
        (n**2 * d + 3 * n**2 + 2 * d, n**2 * dv, n**2 * d + n**2, 2 * n**2),
    ),
    "affine weight": ("affine-scaled", NO_OPTIONS, (n**2 * d + n**2, n**2 * dv, 0, n**2)),
    "affine output": ("affine-scaled", {"order": "output"}, (n**2 * d + 2 * n * dv, n**2 * dv, n * dv, n**2)),
    "affine deviation": ("affine-scaled", {"order": "deviation"}, (n**2 * d + n * dv, n**2 * dv, 2 * n * dv, n**2)),
    "linearised by tokens": ("linearised", NO_OPTIONS, (n**2 * d, n**2 * d, 0, 0)),
    "linearised by features": ("linearised", {"order": "feature"}, (n * d**2, n * d**2, 0, 0)),
    "top-n": ("top-n", NO_OPTIONS, (n**2 * d, 2 * n * dv, 0, n**2)),
    "top-n renormalised": ("top-n", {"renormalised": True, "most": 3}, (n**2 * d, 3 * n * dv, 0, 3 * n)),
    "value-softmax": ("value-softmax", NO_OPTIONS, (0, n * dv, 0, n)),
    "geglu": ("glu", {"kind": "geglu"}, (4 * n * dv, 0, 0, 0)),
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


half = n * (n + 1) / 2
UNDER_MASKS = {  # by hand, from the number of open keys of each query
    "causal": ("softmax", {}, "causal", 1, (half * d, half * dv, 0, half)),
    "causal state": ("linear", {}, "causal", 1, (n * d * dv + n * d, n * d * dv, 0, n * dv)),
    "causal full matrix": ("krause", {"pairs": "all"}, "causal", 1, (n**2 * d, half * dv, n**2 * d, half)),
    "causal nearest": ("krause", {"most": 2}, "causal", 2, (half * d, (2 * n - 1) * dv, half * d, 2 * n - 1)),
    "line": ("krause", {}, "line:2", 4, ((5 * n - 6) * d, (5 * n - 6) * dv, (5 * n - 6) * d, 5 * n - 6)),
    "window": ("softmax", {}, "window:3", 3, ((3 * n - 3) * d, (3 * n - 3) * dv, 0, 3 * n - 3)),
    "near, beside all": (
        "krause-softmax",
        {"window": 2},
        "causal",
        1,
        ((half + 2 * n - 1) * d + 2 * n * dv, (half + 2 * n - 1) * dv, (2 * n - 1) * d, half + 4 * n - 1),
    ),
}


@pytest.mark.parametrize(("name", "options", "mask", "least", "counts"), UNDER_MASKS.values(), ids=UNDER_MASKS)
def test_counts_under_masks_are_sums_over_open_keys(name, options, mask, least, counts):
    census = Census.of(mechanism(name, **options), mask=Neighbourhood.read(mask))
    assert [sympy.expand(census[kind] - want) for kind, want in zip(KINDS, counts, strict=True)] == [0, 0, 0, 0]
    assert census.base == (least, 1, 1) and census.facts()["mask"] == mask


m = sympy.Symbol("m", integer=True, positive=True)
CROSS = {
    "softmax": ("softmax", {}, (n * m * d, n * m * dv, 0, n * m), 10),
    "nearest": ("krause", {"most": 2, "order": "expanded"}, (n * m * d + m * d, 2 * n * dv, n * m, 2 * n), 10),
    "a state": ("linear", {}, (m * d * dv + n * d, n * d * dv, 0, n * dv), 10),
}


@pytest.mark.parametrize(("name", "options", "counts", "held"), CROSS.values(), ids=CROSS)
def test_queries_may_read_the_keys_of_another_sequence(name, options, counts, held):
    census = Census.of(mechanism(name, **options), mask=Neighbourhood("cross"))
    assert [sympy.expand(census[kind] - want) for kind, want in zip(KINDS, counts, strict=True)] == [0, 0, 0, 0]
    assert len(census.held_out) >= held


def test_control_borders_that_meet_are_no_polynomial(monkeypatch):
    monkeypatch.setattr(Neighbourhood, "least", 1)
    with pytest.raises(Rejected, match="where the polynomial is"):
        Census.of(mechanism("softmax"), mask=Neighbourhood("line", 3))


# Products by hand: the longest chain of them; numerator and denominator as polynomials in the inputs.
GRADES = {
    "softmax": ("softmax", {}, 3, None),  # q k, the share, the value
    "linear": ("linear", {"features": "linear"}, 3, [3, 2]),
    "linear by pairs": ("linear", {"features": "linear", "order": "quadratic"}, 3, [3, 2]),
    "relu features": ("linear", {"features": "relu"}, 3, [3, 2]),
    "elu features": ("linear", {}, 3, None),
    "hadamard": ("hadamard", {"features": "linear"}, 4, [5, 4]),
    "of three": ("hadamard", {"features": "linear", "factors": 3, "order": "kronecker"}, 5, [7, 6]),
    "values of two factors": ("hadamard", {"features": "linear", "values": "factors"}, 4, [6, 4]),
    "linearised": ("linearised", {}, 2, [3, 0]),
    "by features": ("linearised", {"order": "feature"}, 2, [3, 0]),
    "fast weights": ("fast-weights", {}, 2, [3, 0]),
    "hypernetwork": ("hypernetwork", {}, 1, [2, 0]),
    "bilinear": ("glu", {"kind": "bilinear"}, 1, [2, 0]),
    "reglu": ("glu", {"kind": "reglu"}, 1, [2, 0]),
    "glu": ("glu", {}, 1, None),
    "squeeze": ("squeeze-excitation", {}, 1, None),
    "two paths": ("krause-softmax", {}, 5, None),  # difference squared, share, value, gate of paths, its product
}


@pytest.mark.parametrize(("name", "options", "depth", "degrees"), GRADES.values(), ids=GRADES)
def test_depths_and_degrees_are_those_by_hand_at_every_size(name, options, depth, degrees):
    for sizes in ((2, 1, 1), (3, 2, 2)):
        assert grade(mechanism(name, **options).network(*sizes)).as_json() == {"depth": depth, "rational_degree": degrees}


@pytest.mark.parametrize("name", ["linear", "by features", "bilinear", "values of two factors"])
def test_degrees_are_those_of_the_expression(name):
    of, options, _, degrees = GRADES[name]
    entry = mechanism(of, **options).expression(2, 2, 2)[0]  # of width 1 more would cancel
    top, bottom = sympy.fraction(sympy.together(entry))
    assert [sympy.total_degree(top), sympy.total_degree(bottom)] == degrees


def test_sums_over_different_denominators_are_brought_to_a_common_one():
    inverses = [affine(f"r{x}", {x: 1}, transfer="reciprocal") for x in "xy"]
    shares = [Unit(f"s{x}", "identity", (Synapse("z", 1, (output(f"r{x}"),)),)) for x in "xy"]
    whole = Network.of(["x", "y", "z"], [*inverses, *shares, affine("f", {"sx": 1, "sy": 1})], ["f"])
    assert grade(whole).as_json() == {"depth": 1, "rational_degree": [2, 2]}  # z/x + z/y = (z y + z x) / (x y)
    chosen = [threshold_unit("t", {"y": 1}), Unit("f", "identity", (Synapse("x", 1),), output_gates=(output("t"),))]
    assert grade(Network.of(["x", "y"], chosen, ["f"])).as_json() == {"depth": 1, "rational_degree": [1, 0]}
    nothing = Network.of(["x"], [affine("f", {}, 1)], ["f"])
    assert grade(nothing).as_json() == {"depth": 0, "rational_degree": [0, 0]}


def test_compositions_add_up_what_their_parts_form():
    h, depth = sympy.symbols("h L", integer=True, positive=True)
    whole = COMPOSITIONS["encoder-decoder"]
    assert sympy.expand(whole.census["normalisation"] - h * depth * (m**2 + half + n * m)) == 0
    sizes = {"n": 2, "m": 3, "d": 4, "dv": 5, "h": 6, "L": 7}
    assert whole.as_json(**sizes)["numbers"]["synaptic_gating"] == 42 * (9 + 3 + 6) * 5
    assert all(entry.not_read and {"not_read"} <= set(entry.flags) for entry in COMPOSITIONS.values())


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
    assert crossover(n * KEYS, n**2, m=7) == 8 and crossover(n**2, n * KEYS, letter="m", n=3) == 4


LOOSE = {
    "a letter of its own": ({"letter": "z"}, "letter 'z'"),
    "a size of no letter": ({"h": 8}, "sizes {'h': 8}"),
    "the size of its own letter": ({"n": 3}, "letter 'n'"),
    "a negative size": ({"d": -3}, "size -3"),
    "half a size": ({"d": 1.5}, "size 1.5"),
    "a letter without a size": ({}, "sizes of other letters"),
    "no polynomial": ({"dearer": 2**n, "d": 1}, "give polynomials"),
    "text": ({"dearer": "n**2"}, "give polynomials"),
}


@pytest.mark.parametrize(("given", "says"), LOOSE.values(), ids=LOOSE)
def test_crossovers_of_what_is_not_determined_are_refused(given, says):
    with pytest.raises(BadInput, match=says):
        crossover(n * d**2, **({"dearer": n**2 * d} | given))


LARGE = {
    "degree 9": (lambda: Census.of(mechanism("softmax"), degree=9), "from 0 to 8"),
    "half a degree": (lambda: Census.of(mechanism("softmax"), degree=1.5), "degree 1.5"),
    "a state of 12 factors": (lambda: Census.of(mechanism("hadamard", factors=12, order="kronecker")), "degree 14"),
    "a mask of truth values": (lambda: Census.of(mechanism("softmax"), mask=[[True]]), "give a Neighbourhood"),
    "a mask of no kind": (lambda: Census.of(mechanism("softmax"), mask="ring"), "mask 'ring' is not causal"),
    "a selection of 40": (lambda: Census.of(mechanism("krause", most=40)), "products > 4096"),
}


@pytest.mark.parametrize(("call", "says"), LARGE.values(), ids=LARGE)
def test_a_census_too_large_to_count_is_refused_before_counting(call, says, monkeypatch):
    monkeypatch.setattr("workbench.mechanisms.census.products", lambda *_: pytest.fail("counted"))
    with pytest.raises(BadInput, match=says):
        call()


def test_a_census_tells_how_far_it_is():
    told = []
    Census.of(mechanism("glu"), degree=2, progress=lambda *step: told.append(step))
    assert told == [("glu", done, 10) for done in range(10)]  # the sizes of total degree up to 2 in three letters


def test_an_option_given_twice_is_refused(capsys):
    assert status(["census", "krause", "--set", "most=1", "--set", "most=2"]) == 2
    assert "'most' is given twice" in capsys.readouterr().err


def test_the_command_prints_the_documented_keys(capsys):
    assert status(["census", "softmax", "--tokens", "5", "--head-dim", "3", "--value-dim", "4", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["mechanism"] == "softmax" and shown["flags"] == []
    assert shown["symbolic"] == dict(zip(KINDS, ("d*n**2", "dv*n**2", "0", "n**2"), strict=True))
    assert shown["numbers"] == dict(zip(KINDS, (75, 100, 0, 25), strict=True))


def test_the_command_counts_heads_masks_and_compositions(capsys):
    assert status(["census", "krause_expanded", "--tokens", "5", "--mask", "causal", "--heads", "8", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["mask"], shown["numbers"]["normalisation"], shown["layer"]["normalisation"]) == ("causal", 15, 120)
    assert status(["census", "softmax", "--tokens", "5", "--keys", "7", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["numbers"]["normalisation"] == 35
    assert status(["census", "prompt-tuning", "--tokens", "3", "--set", "p=1", "--set", "L=2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["numbers"]["normalisation"] == 32


def test_a_row_of_the_table_is_a_mechanism_with_its_options():
    assert dict(named("topn_renormalised", most=3).options) == {"most": 3, "renormalised": True, "ranking": "attn"}
    assert {name for name, _ in ROWS.values()} == set(HOMES)


def test_the_command_takes_options_and_says_what_is_ours(capsys):
    assert status(["census", "hadamard", "--tokens", "2", "--head-dim", "3", "--set", "order=kronecker"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("hadamard (reconstruction, abstract_only); n = 2, d = 3, dv = 3") and "d**2*dv*n" in shown
    assert "  abstract_only: only the abstract of the paper was read\n" in shown and "partial_text" not in shown
    assert status(["census", "glu"]) == 0
    assert capsys.readouterr().out.endswith(
        "section 2 (not read)\n  (not read): nobody here has read the source at the place it names\n"
    )


def test_each_flag_has_a_meaning_and_a_short_name_shows_a_mechanism():
    for row, (name, options) in ROWS.items():
        found = mechanism(name, **options)
        assert set(found.flags) < set(MEANINGS), row
        assert repr(found).startswith(f"Mechanism({name}") and len(repr(found)) < 200
        assert [*found.symbols(2, 1, 1)][: len(found.names(2, 1, 1))] == found.names(2, 1, 1)
        assert found.expression(2, 1, 1).free_symbols <= set(found.symbols(2, 1, 1).values())


BAD = {
    "unknown mechanism": (["sparsemax"], "no mechanism 'sparsemax'"),
    "unknown mask": (["softmax", "--mask", "ring"], "mask 'ring'"),
    "window of none": (["softmax", "--mask", "window:0"], "mask 'window:0'"),
    "no keys to mask": (["lstm", "--mask", "causal"], "no keys to mask"),
    "cross without keys": (["softmax", "--mask", "cross"], "with no --keys"),
    "keys and another mask": (["softmax", "--mask", "causal", "--keys", "3"], "with --keys"),
    "no other sequence": (["synchronization", "--keys", "3"], "reads no other sequence"),
    "borders that meet": (["softmax", "--mask", "line:4", "--tokens", "7"], "from (8, 1, 1) on"),
    "no heads": (["softmax", "--heads", "0"], "size 0 < 1"),
    "letter of a composition": (["prompt-tuning", "--set", "q=1"], "no letter 'q'"),
    "mask of a composition": (["prompt-tuning", "--mask", "causal"], "leave it out"),
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
    for name, shown in (("table", markdown(SHOWN)), ("causal", causal_markdown(SHOWN)), ("compositions", composition_markdown())):
        assert text.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- end of {name} -->")[0] == shown
    assert legend() in text
    assert {row["row"]: (row["mechanism"], row["chosen"]) for row in SHOWN} == ROWS
    assert {row["mechanism"] for row in SHOWN} == set(HOMES)


@pytest.mark.parametrize("row", [row for row in SHOWN if row["mechanism"] in ("value-softmax", "glu")], ids=str)
def test_the_data_of_small_mechanisms_are_the_census(row):
    facts = json.loads(json.dumps(Census.of(mechanism(row["mechanism"], **row["chosen"])).facts()))
    assert row == {k: row[k] for k in ("row", "mechanism", "chosen", "causal")} | facts


@pytest.mark.slow
def test_the_data_are_the_census():
    assert SHOWN == json.loads(json.dumps(table()))


@pytest.mark.parametrize(("factors", "width", "values"), CROSSINGS)
def test_the_crossovers_in_the_documentation(factors, width, values):
    shown = [hadamard_products(factors, order) for order in ("sequential", "kronecker", "quadratic")]
    first = [crossover(form, shown[2], d=width, dv=values) for form in shown[:2]]
    line = f"| {factors}, {width}, {values} | {first[0]} | {first[1]} |"
    assert line in (DOCS / "mechanisms.md").read_text(encoding="utf-8")
