"""The smallest circuits: against sets of functions built otherwise, with certificates that lies do not pass, one by one and all."""

import json
import lzma
import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench import classes
from workbench.architectures import MODELS, architectures, bits, forests, measured
from workbench.capacity.counting import count
from workbench.certificate import read, write
from workbench.circuits import proofs
from workbench.circuits.atlas import Atlas, atlas, stored_certificates
from workbench.circuits.proofs import model_of
from workbench.circuits.smallest import Search, circuit
from workbench.circuits.weights import least_weights, two_layers
from workbench.cli import status
from workbench.counts import threshold_tables
from workbench.errors import BadInput, Rejected
from workbench.existence import balanced, existence
from workbench.families import Family
from workbench.figures import draw
from workbench.figures.atlas import NAMES
from workbench.figures.plate import numbers
from workbench.network import Network
from workbench.optimum import SmallestCircuits
from workbench.threshold import BooleanFunction
from workbench.units import Signal, Synapse, Unit, sign_unit, threshold_unit

DATA = Path(__file__).parent.parent / "docs" / "data"
WAYS = {"standard": ("standard", "01"), "skip": ("skip", "01"), "gated_01": ("gated", "01"), "gated_pm1": ("gated", "pm1")}
PARITY = 0b10010110


@cache
def within(way, units, n=3):
    """The functions of n <= 3 inputs that need at most so many units, as unions of sets of tables."""
    gates = threshold_tables(n)
    if units <= 1:
        return gates if units else frozenset()
    if way == "skip":
        return classes.multiplexing(gates, threshold_tables(n + 1), n) if units == 2 else None
    two = gates if way == "standard" else classes.output_gating(gates, n, outputs=way[-2:] if way == "gated_01" else "pm1")
    if units == 2:
        return two
    layered = classes.layered(gates, n)
    if way == "standard":
        return layered if units == 3 else None
    outputs = "01" if way == "gated_01" else "pm1"
    hidden = {(classes.multiplied((f, g), n, outputs=outputs), g) for f in gates for g in gates}
    readouts = [t for t in range(16) if t not in (6, 9)]
    gated = {sum((r >> ((a >> k & 1) | (b >> k & 1) << 1) & 1) << k for k in range(1 << n)) for a, b in hidden for r in readouts}
    return layered | gated | classes.products_of(gates, n, 3, outputs=outputs) if units == 3 else None


def least(way, table, n=3):
    """The least units of a function by these sets, 4 standing for more than three (two, for skip)."""
    return next(u for u in range(1, 5) if (known := within(way, u, n)) is None or table in known or u == 4)


@pytest.fixture(scope="module")
def small():
    return atlas(3)


def test_least_units_of_all_functions_of_three_inputs(small):
    for entry in small.classes:
        table = int(entry["table"], 16)
        for way in WAYS:
            assert entry["pareto"][way][0][0] == least(way, table), (entry["table"], way)
        assert entry["pareto"]["gated_01_negated"][0][0] == least("gated_01", table ^ 0xFF)
        assert entry["optimal"] and entry["complete"]


FAMILIES = {
    ("gated_01", 2): {"family": "output-gating"},
    ("gated_pm1", 2): {"family": "output-gating", "outputs": "pm1"},
    ("skip", 2): {"family": "multiplexing"},
    ("standard", 3): {"family": "layered-2-1"},
    ("standard", 1): {"family": "threshold"},
    ("skip", 1): {"family": "threshold"},
    ("gated_01", 1): {"family": "threshold"},
    ("gated_pm1", 1): {"family": "threshold"},
}


@pytest.mark.parametrize("n", [3, 4])
@pytest.mark.parametrize("way, units", FAMILIES, ids=lambda v: str(v))
def test_totals_are_the_counts_of_families(small, n, way, units):
    totals = small.as_json()["totals"] if n == 3 else json.loads((DATA / "atlas-4.json").read_text())["totals"]
    family = dict(FAMILIES[way, units])
    counted = count(Family(family.pop("family"), n, **family)).count
    assert sum(number for u, number in totals[way].items() if int(u) <= units) == counted
    assert sum(totals[way].values()) == 2**2**n


def test_the_stored_atlas_has_every_class_and_its_certificates():
    stored = json.loads((DATA / "atlas-4.json").read_text())
    entries = stored["classes"]
    assert len(entries) == 222 and sum(e["size"] for e in entries) == stored["functions"] == 65536
    assert all(e["optimal"] and e["complete"] for e in entries)
    certificates = {c.subject: c for c in stored_certificates(DATA / "atlas-4.certificates.jsonl.xz")}
    assert len(certificates) == sum(4 + e["apart"] for e in entries)
    for entry in entries:
        for name, front in entry["pareto"].items():
            negated = name.endswith("negated")
            table = int(entry["table"], 16) ^ (0xFFFF if negated else 0)
            way = WAYS["gated_01" if negated else name]
            if not negated or entry["apart"]:
                certificate = certificates[4, table, *way]
                assert [list(s) for s in certificate.sizes] == front and certificate.complete
    for certificate in certificates.values():
        certificate.check()


@pytest.mark.parametrize("way", WAYS)
def test_every_function_is_found_in_the_atlas(small, way):
    for table in range(256):
        assert small.front(BooleanFunction(3, table), way)[0][0] == least(way, table), hex(table)
    with pytest.raises(BadInput, match="a function of 2 inputs has no place in the atlas of 3"):
        small.front(BooleanFunction(2, 6), way)


@pytest.mark.parametrize("outputs", ["01", "pm1"])
@pytest.mark.parametrize("factors", [1, 2, 3, 4])
def test_units_in_one_layer_are_factors(small, factors, outputs):
    products = classes.products_of(threshold_tables(3), 3, factors, outputs=outputs)
    assert small.within(f"gated_{outputs}", factors, depth=1) == len(products)


def test_units_without_gates_have_one_layer_alone_or_two(small):
    assert [small.within("standard", units, depth=1) for units in (0, 1, 5)] == [0, 104, 104]
    assert [small.within("skip", units, depth=2) for units in (0, 1, 5)] == [0, 104, 256]


def test_the_shipped_atlas_is_that_of_the_documentation():
    shipped, stored = Atlas.shipped(), json.loads((DATA / "atlas-4.json").read_text())
    assert shipped.as_json() == stored and shipped.n == 4
    assert shipped.texts == tuple(lzma.open(DATA / "atlas-4.certificates.jsonl.xz", "rt").read().splitlines())


def test_what_was_written_is_read_again(small, tmp_path):
    small.write(tmp_path / "small.json")
    assert Atlas.read(tmp_path / "small.json") == small
    (tmp_path / "counts.json").write_text("[]")
    with pytest.raises(BadInput, match="is no atlas"):
        Atlas.read(tmp_path / "counts.json")


def test_the_figure_has_the_totals_of_the_atlas():
    stored = json.loads((DATA / "atlas-4.json").read_text())["totals"]
    points = {(panel, label, units): share for panel, label, units, share in numbers(draw("atlas"))}
    for model, label in NAMES.items():
        for units in range(1, 6):
            functions = sum(count for u, count in stored[model].items() if int(u) <= units)
            assert points["In any number of layers", label, units] == pytest.approx(100 * functions / 65536)
    assert points["In one layer", NAMES["gated_01"], 7] < points["In one layer", NAMES["gated_01"], 8] == 100
    assert points["In one layer", NAMES["gated_pm1"], 4] == 100


def test_the_atlas_goes_on_where_it_was_stopped(tmp_path, small):
    seen = []

    def stop(progress):
        seen.append(progress.done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atlas(2, store=tmp_path, progress=stop)
    kept = []
    again = atlas(2, store=tmp_path, progress=lambda p: kept.append(p.kept))
    assert set(kept) == {2} and again == atlas(2)


@pytest.mark.parametrize("n, classes", [(0, 1), (1, 2), (2, 4)])
def test_the_smallest_atlases(n, classes):
    found = atlas(n)
    assert len(found.classes) == classes and sum(e["size"] for e in found.classes) == 2**2**n


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_one_unit_has_the_threshold_functions(n):
    one = [existence(n, t, ((None,),), skip=False, outputs="01") for t in range(2**2**n)]
    assert {t for t, formula in enumerate(one) if model_of(formula.clauses) is not None} == threshold_tables(n)


def test_balanced_points_are_those_of_equal_sums():
    def total(*points):
        return [sum(p >> i & 1 for p in points) for i in range(3)]

    every = {(x, y, u, v) for x in range(8) for y in range(x, 8) for u in range(8) for v in range(u, 8)}
    assert set(balanced(3)) == {(x, y, u, v) for x, y, u, v in every if total(x, y) == total(u, v) and (x, y) != (u, v)}


def test_forests_are_the_wirings_without_cycles_up_to_order():
    assert [len(forests(width)) for width in range(1, 8)] == [1, 2, 4, 9, 20, 48, 115]  # OEIS A000081


NUMBERS = {  # of architectures of 1, 2, ... units
    "standard": [1, 0, 1, 1, 2, 3, 5, 8],
    "skip": [1, 1, 2, 4, 8, 16, 32, 64],
    "gated": [1, 1, 3, 7, 20],
}


@pytest.mark.parametrize("model", MODELS)
def test_number_of_architectures(model):
    assert [len(list(architectures(model, u))) for u in range(1, len(NUMBERS[model]) + 1)] == NUMBERS[model]


ODD = Network.of(["x0", "x1"], [threshold_unit("f", {"x0": 2, "x1": 2}, -3)], ["f"])
GATED = Unit("f", "threshold", (Synapse("x0", 2), Synapse("x1", 2)), -1, output_gates=(Signal("O", "g"),))
GATE = threshold_unit("g", {"x0": -2, "x1": -2}, 3)
OVER = threshold_unit("f", {"x0": 2, "x1": 2, "h": -4}, -1)
BOTH = threshold_unit("h", {"x0": 2, "x1": 2}, -3)
FOREIGN = {
    "a skip": ([BOTH, OVER], "standard", "01", "a synapse from x0"),
    "a skip, gated": ([BOTH, OVER], "gated", "01", "a synapse from x0"),
    "a gate in the standard model": ([GATED, GATE], "standard", "01", "1 output gates"),
    "a gate beside skips": ([GATED, GATE], "skip", "01", "1 output gates"),
    "two gates": ([replace(GATED, output_gates=GATED.output_gates * 2), GATE], "gated", "01", "2 output gates"),
    "an input as gate": ([replace(GATED, output_gates=(Signal("O", "x0"),))], "gated", "01", "no output of its layer"),
    "an activation as gate": ([replace(GATED, output_gates=(Signal("S", "g"),)), GATE], "gated", "01", "no output of its layer"),
    "another transfer": ([replace(GATED, transfer="relu", output_gates=())], "standard", "01", "transfer relu"),
    "signs among bits": ([sign_unit("f", {"x0": 1})], "gated", "01", "transfer sign"),
    "bits among signs": ([threshold_unit("f", {"x0": 1})], "gated", "pm1", "transfer threshold"),
    "a gated activation": ([replace(GATED, output_gates=(), gates=(Signal("O", "x0"),))], "gated", "01", "attention other"),
    "a gated synapse": (
        [Unit("f", "threshold", (Synapse("x0", 1, gates=(Signal("O", "x1"),)),))],
        "gated",
        "01",
        "attention other",
    ),
    "an added output": ([replace(GATED, output_gates=(), output_additions=(Signal("O", "x0"),))], "skip", "01", "attention other"),
}


@pytest.mark.parametrize("units, model, outputs, reason", FOREIGN.values(), ids=FOREIGN)
def test_a_network_of_another_model_is_rejected(units, model, outputs, reason):
    with pytest.raises(Rejected, match=reason):
        measured(Network.of(["x0", "x1"], units, ["f"]), model, outputs)


def test_sizes_of_networks():
    assert measured(Network.of(["x0", "x1"], [GATED, GATE], ["f"]), "gated", "01") == (2, 1, 1)
    assert measured(Network.of(["x0", "x1"], [BOTH, OVER], ["f"]), "skip", "01") == (2, 2, 0)
    assert measured(two_layers(3, PARITY, outputs="pm1"), "gated", "pm1") == (5, 2, 0)


XOR = circuit(BooleanFunction(2, 0b0110)).certificate
LIES = {
    "another table": (replace(XOR, table=0b1001), "the network gives bit 0 where the table has 1, at point 0"),
    "no proof": (replace(XOR, proofs=()), "no proof excludes it"),
    "half a proof": (replace(XOR, proofs=((XOR.proofs[0][0], XOR.proofs[0][1][:-1]),)), "does not end in the empty clause"),
    "two proofs": (replace(XOR, proofs=XOR.proofs * 2), "two proofs"),
    "a proof of more": (replace(XOR, searched=0), "is not needed"),
    "more is searched": (replace(XOR, networks=()), "no proof excludes it"),
    "another model": (replace(XOR, model="skip"), "no proof excludes it"),
    "an input as output": (replace(XOR, networks=(Network.of(["x0", "x1"], [], ["x0"]),)), "not 2 and one unit"),
    "two outputs": (replace(XOR, networks=(replace(XOR.networks[0], outputs=("f", "h1")),)), "not 2 and one unit"),
    "three inputs": (replace(XOR, n=3), "2 inputs"),
}


@pytest.mark.parametrize("certificate, reason", LIES.values(), ids=LIES)
def test_a_lie_is_rejected(certificate, reason):
    with pytest.raises(Rejected, match=reason):
        certificate.check()


def test_certificates_say_how_far_they_reach():
    assert (XOR.units, XOR.optimal, XOR.complete) == ((3, 3), True, True)
    unknown = SmallestCircuits(2, 0b0110, "standard", "01", 0, (), ())
    assert (unknown.units, unknown.optimal, unknown.complete) == ((1, None), False, False)
    large = SmallestCircuits(2, 0b0110, "standard", "01", 0, XOR.networks, ())
    large.check()
    assert (large.units, large.optimal, large.complete) == ((1, 3), False, False)


TAMPERED = {
    "a cycle of gates": ({"proofs": [{"layers": [[0]], "proof": "1 0 1 0\n"}]}, "is none of at most 8 units"),
    "nine units": ({"proofs": [{"layers": [[None]] * 9, "proof": "1 0 1 0\n"}]}, "is none of at most 8 units"),
    "no layers": ({"proofs": [{"layers": [], "proof": "1 0 1 0\n"}]}, "is none of at most 8 units"),
    "a truth value": ({"proofs": [{"layers": [[False]], "proof": "1 0 1 0\n"}]}, "is not a layer"),
    "nine units searched": ({"searched": 9}, "searched = 9"),
    "six inputs": ({"n": 6}, "n = 6"),
    "another model": ({"model": "magic"}, "model 'magic' is not one of"),
    "signs without gates": ({"outputs": "pm1"}, "leave them out for standard"),
    "a stray field": ({"units": 3}, "unknown fields"),
    "more proofs than architectures": ({"proofs": [{"layers": [[None]], "proof": "1 0 1 0\n"}] * 3}, "3 proofs > 2"),
    "proofs in words": ({"proofs": "none"}, "field 'proofs' is of type str"),
}


@pytest.mark.parametrize("change, reason", TAMPERED.values(), ids=TAMPERED)
def test_a_malformed_certificate_is_refused(change, reason):
    with pytest.raises(BadInput, match=reason):
        read(json.dumps(json.loads(write(XOR)) | change))


def places(value, path=()):
    """The paths to all numbers, and to all texts with digits, of a JSON value."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))
    elif (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and any(c.isdigit() for c in value)):
        yield path


def one_number_changed(text, rng):
    """The text with one of its numbers changed, whether it stands alone or within a text."""
    document = json.loads(text)
    *path, key = rng.choice(list(places(document)))
    at = document
    for step in path:
        at = at[step]
    if isinstance(at[key], int):
        at[key] += rng.choice((-2, -1, 1, 2))
    else:
        place = rng.choice([k for k, c in enumerate(at[key]) if c.isdigit()])
        at[key] = at[key][:place] + rng.choice("0123456789".replace(at[key][place], "")) + at[key][place + 1 :]
    return json.dumps(document)


def one_bit_flipped(text, rng):
    data = bytearray(text.encode())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(7)
    return data.decode()


def true(certificate):
    """Whether what a certificate of three inputs says is so, by sets of functions and by running the networks."""
    way = certificate.model if certificate.model != "gated" else f"gated_{certificate.outputs}"
    computed = all(n.function(inputs=certificate.outputs).table == certificate.table for n in certificate.networks)
    return certificate.n == 3 and computed and min(certificate.units[0], 4) <= least(way, certificate.table)


SUBJECTS = [("standard", "01", PARITY), ("skip", "01", PARITY), ("gated", "01", PARITY), ("gated", "pm1", PARITY)]
SUBJECTS += [(model, outputs, 0b00010110) for model, outputs, _ in SUBJECTS]


def test_a_thousand_mutations_are_rejected_or_still_true():
    rng = random.Random(5)
    texts = [
        write(circuit(BooleanFunction(3, table), model=model, outputs=outputs).certificate) for model, outputs, table in SUBJECTS
    ]
    assert all(true(read(text)) for text in texts)
    rejected = survived = 0
    for k in range(1000):
        text = rng.choice(texts)
        changed = (one_bit_flipped if k % 2 else one_number_changed)(text, rng)
        try:
            certificate = read(changed)
            certificate.check()
        except (BadInput, Rejected):
            rejected += 1
            continue
        survived += 1
        assert true(certificate), changed
    assert rejected > 700 and survived < 300


def test_a_search_that_is_stopped_says_so(monkeypatch):
    monkeypatch.setattr(proofs, "BUDGET", 100)
    parity = BooleanFunction(5, sum(1 << k for k in range(32) if k.bit_count() & 1))
    search = Search(parity, "standard", "01", 0.0)
    search.run(None)
    certificate = search.certificate()
    certificate.check()
    low, high = certificate.units
    assert low < high <= 17 and not certificate.optimal and not certificate.complete
    assert certificate.networks[0].function().table == parity.table


def test_units_of_too_many_bits_are_left_undecided():
    assert bits(5, ((None,),) * 5, skip=True) == 9
    with pytest.raises(BadInput, match="a unit of 9 bits > 8"):
        existence(5, 0, ((None,),) * 5, skip=True, outputs="01")


def test_the_units_of_found_circuits_never_have_activation_zero():
    found = wb.circuit(BooleanFunction(4, 0x6996), model="gated", outputs="pm1")
    assert (found.units, found.depth, found.gatings, found.optimal, found.complete) == (4, 1, 3, True, True)
    for unit in found.network.units:
        for k in range(16):
            assert unit.bias + sum(s.weight * (2 * (k >> int(s.source[1:]) & 1) - 1) for s in unit.synapses) != 0
    assert found._repr_svg_().startswith("<svg")


def test_weights_need_a_threshold_function():
    x, y = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    assert least_weights([x, y], x & y, "01") == [-3, 2, 2]
    with pytest.raises(BadInput, match="no threshold function"):
        least_weights([x, y], x ^ y, "01")


BAD = {
    "six inputs": ((BooleanFunction(6, 1),), {}, "arity 6"),
    "no function": ((6,), {}, "is not a BooleanFunction"),
    "another model": ((BooleanFunction(2, 6),), {"model": "magic"}, "model 'magic'"),
    "signs with skips": ((BooleanFunction(2, 6),), {"model": "skip", "outputs": "pm1"}, "leave them out"),
    "other outputs": ((BooleanFunction(2, 6),), {"model": "gated", "outputs": "+-"}, "convention"),
    "less than no time": ((BooleanFunction(2, 6),), {"seconds": -1.0}, "seconds -1.0"),
    "no time": ((BooleanFunction(2, 6),), {"seconds": float("nan")}, "seconds nan"),
}


@pytest.mark.parametrize("arguments, options, reason", BAD.values(), ids=BAD)
def test_bad_input_is_refused(arguments, options, reason):
    with pytest.raises(BadInput, match=reason):
        circuit(*arguments, **options)


def test_a_ptf_is_a_function():
    (x,) = wb.inputs(1)
    assert circuit(wb.PTF.from_expr(x, wb.Cube(1))).units == 1


def test_the_command_answers_in_json_and_writes_what_check_accepts(tmp_path, capsys):
    file = tmp_path / "parity.json"
    options = ["--n", "3", "--with", "gated", "--outputs", "pm1", "--certificate", str(file), "--json"]
    assert status(["circuit", "0x96", *options]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["units"], answer["depth"], answer["gatings"], answer["optimal"]) == (3, 1, 2, True)
    assert {"units": 3, "depth": 1, "gatings": 2} in answer["pareto"] and answer["circuit"]["units"]
    assert status(["check", str(file)]) == 0
    assert "circuit about n = 3, table = 0x96, model = gated, outputs = pm1" in capsys.readouterr().out
    text = file.read_text()
    file.write_text(text.replace('"0x96"', '"0x97"'))
    assert status(["check", str(file), "--json"]) == 1
    assert "units" not in json.loads(capsys.readouterr().out)["subject"]


BOUNDS = {
    "both bounds": (XOR, (3, 3, True)),
    "a circuit alone": (replace(XOR, searched=0, proofs=()), (3, 1, False)),
    "nothing": (replace(XOR, searched=0, proofs=(), networks=()), (None, 1, False)),
}


@pytest.mark.parametrize("certificate, bounds", BOUNDS.values(), ids=BOUNDS)
def test_check_says_which_bounds_it_accepts(certificate, bounds, tmp_path, capsys):
    file = tmp_path / "xor.json"
    file.write_text(write(certificate))
    assert status(["check", str(file), "--json"]) == 0
    about = json.loads(capsys.readouterr().out)["subject"]
    assert (about["units"], about["at_least"], about["optimal"]) == bounds
    assert status(["check", str(file)]) == 0
    assert f"units = {bounds[0]}, at_least = {bounds[1]}" in capsys.readouterr().out


TAKEN = {
    "circuit": (["circuit", "6", "--n", "2", "--certificate"], "workbench.circuits.smallest.circuit"),
    "atlas": (["atlas", "--n", "2", "--out"], "workbench.circuits.atlas.atlas"),
    "train-sweep": (["train-sweep", "--out"], "workbench.circuits.training_sweep.sweep"),
}


@pytest.mark.parametrize("command, work", TAKEN.values(), ids=TAKEN)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(command, work, tmp_path, monkeypatch, capsys):
    begun = []
    monkeypatch.setattr(work, lambda *_, **__: begun.append(work))
    assert status([*command, str(tmp_path)]) == 2
    assert not begun and "is not a regular file" in capsys.readouterr().err


def test_an_atlas_needs_a_worker(tmp_path, capsys):
    assert status(["atlas", "--n", "0", "--out", str(tmp_path / "atlas.json"), "--workers", "0"]) == 2
    assert "workers 0" in capsys.readouterr().err


def test_the_command_says_what_it_found(capsys):
    assert status(["circuit", "6", "--n", "2", "--with", "gated", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert status(["circuit", "6", "--n", "2", "--with", "gated"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 threshold units, depth 1, 1 gatings; no circuit has fewer\n  f: threshold of ")
    assert out.endswith("or 3 units, depth 2, 0 gatings\n") and "times f_2" in out
    assert status(["circuit", "6", "--n", "2", "--with", "skip", "--outputs", "pm1"]) == 2


def test_the_command_writes_an_atlas(tmp_path, capsys):
    file = tmp_path / "atlas-2.json"
    assert status(["atlas", "--n", "2", "--out", str(file), "--store", str(tmp_path / "kept")]) == 0
    assert "standard: 14 with 1, 2 with 3" in capsys.readouterr().out
    assert json.loads(file.read_text())["schema"] == "workbench-atlas/1"
    assert len(list(stored_certificates(tmp_path / "atlas-2.certificates.jsonl.xz"))) == 18
    assert status(["atlas", "--n", "5", "--out", str(file)]) == 2
