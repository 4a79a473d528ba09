"""Networks beside chains of gates: certificates of circuits at every size, lies rejected, and another checker on the same files."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import dratify
import pytest

from workbench.certificate import read, write
from workbench.circuits import addition, comparison, equality, parity, sorting
from workbench.circuits.certified import certified
from workbench.circuits.proofs import refutation
from workbench.clauses import dimacs
from workbench.errors import BadInput, Rejected
from workbench.gates import SPECIFICATIONS, Gates
from workbench.miter import clauses_of
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, affine, sign_unit, threshold_unit

WORDS = sorted((Path(__file__).parents[1] / "proofs" / "certificates" / "words").glob("*.json"))
ENTRIES = (equality, comparison, addition, parity)
SPECIFIED = {f"{e.name}, {model}, {outputs}": (e, model, outputs) for e in ENTRIES for model, outputs in e.forms}


@pytest.mark.parametrize("entry, model, outputs", SPECIFIED.values(), ids=SPECIFIED)
def test_small_circuits_have_certificates_that_survive_their_file(entry, model, outputs):
    for size in (1, 2, 4):
        found = certified(entry, size, model, outputs=outputs)
        found.check()
        assert read(write(found)) == found
        assert found.subject == (entry.name, entry.inputs_at(size))


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_chains_of_gates_are_the_rules_of_the_library(name):
    entry = next(e for e in ENTRIES if e.name == name)
    for size in (1, 2, 3):
        inputs = entry.inputs_at(size)
        for point in product((0, 1), repeat=inputs):
            gates = Gates()
            bits = [gates.new() for _ in range(inputs)]
            outputs = SPECIFICATIONS[name](gates, bits)
            fixed = [(b if on else -b,) for b, on in zip(bits, point, strict=True)]
            model = refutation([*gates.clauses, *fixed])
            want = entry.spec(size)(point)
            assert tuple(int(x in model or x == 1) for x in outputs) == (want if isinstance(want, tuple) else (want,))


@pytest.mark.parametrize("file", WORDS, ids=lambda f: f.stem)
def test_certificates_of_32_bits_are_accepted_and_say_what_they_are_about(file):
    found = read(file.read_text(encoding="utf-8"))
    found.check()
    assert found.subject == (file.stem.partition("_")[0], 64)
    assert len(WORDS) == 7


def shifted(network, name, k, by):
    """The network with synapse k of a unit, or its bias if k is -1, changed."""
    unit = network.unit(name)
    if k < 0:
        return network.replace_unit(replace(unit, bias=unit.bias + by))
    synapse = replace(unit.synapses[k], weight=unit.synapses[k].weight + by)
    return network.replace_unit(replace(unit, synapses=(*unit.synapses[:k], synapse, *unit.synapses[k + 1 :])))


def test_every_change_of_a_weight_of_comparison_is_rejected():
    found = read(next(f for f in WORDS if f.stem == "comparison_standard").read_text(encoding="utf-8"))
    for k, by in product(range(-1, 64), (-1, 1)):
        with pytest.raises(Rejected):
            replace(found, network=shifted(found.network, "F", k, by)).check()


def test_random_changes_of_a_proof_that_break_a_step_are_rejected():
    found, random = certified(comparison, 8), Random(5)
    rejected = 0
    for _ in range(300):
        k = random.randrange(len(found.proof))
        step = found.proof[k]
        literals, hints = list(step.clause), list(step.hints)
        if literals and random.random() < 0.5:
            literals[random.randrange(len(literals))] *= -1
        else:
            hints.pop(random.randrange(len(hints)))
        changed = (*found.proof[:k], replace_step(step, literals, hints), *found.proof[k + 1 :])
        try:
            replace(found, proof=changed).check()
        except Rejected:
            rejected += 1
    assert rejected >= 290  # a hint may have been needless, and a clause may follow in both signs


def replace_step(step, literals, hints):
    return step._replace(clause=tuple(literals), hints=tuple(hints))


@pytest.mark.parametrize("name", ["comparison_gated", "addition_gated"])
def test_another_checker_accepts_the_files_and_rejects_changed_ones(name):
    found = read(next(f for f in WORDS if f.stem == name).read_text(encoding="utf-8"))
    files = found.files()
    formula, proof = dratify.parse_dimacs(files["miter.cnf"]), files["miter.drup"]
    answer = independent(formula, proof)
    assert answer.ok and answer.reached_empty and answer.rat_steps == 0 and answer.rup_steps == len(found.proof)
    lines = proof.splitlines(keepends=True)
    assert not independent(formula, lines[-1]).ok  # the empty clause alone
    assert not independent(formula, "".join(lines[:-1])).ok  # all but the empty clause
    middle = len(lines) // 2
    negated = str(-int(lines[middle].split()[0])) + lines[middle][len(lines[middle].split()[0]) :]
    assert not independent(formula, "".join([*lines[:middle], negated, *lines[middle + 1 :]])).ok
    unit = found.network.outputs[0]
    other = clauses_of(shifted(found.network, unit, -1, 1), found.specification, outputs=found.outputs)
    assert not independent(dratify.parse_dimacs(dimacs(other)), proof).ok  # this formula has a model


def independent(formula, proof):
    return dratify.check_proof(formula, proof, check_rat=False, engine="python")


def single(unit, inputs=("x", "y")):
    return Network.of(inputs, [unit], [unit.name])


def points(network, specification, **conventions):
    """The points at which the formula has a model, by a solver."""
    formula, found = clauses_of(network, specification, **conventions), set()
    for point in product((0, 1), repeat=len(network.inputs)):
        fixed = [(k if bit else -k,) for k, bit in enumerate(point, 2)]
        if isinstance(refutation([*formula, *fixed]), frozenset):
            found.add(point)
    return found


half = Fraction(1, 2)
XOR = Unit("F", "identity", (Synapse("x", 1), Synapse("y", 1), Synapse("x", -2, (Signal("O", "y"),))))
DIFFERENCES = {
    "a linear unit that is XOR": (single(XOR), {}, set()),
    "a tie that fires": (single(threshold_unit("F", {"x": 1, "y": 1}, -1, at_zero=1)), {}, {(1, 1)}),
    "a tie that does not": (single(threshold_unit("F", {"x": 1, "y": 1}, -1)), {}, {(0, 1), (1, 0), (1, 1)}),
    "outputs beyond 0 and 1": (single(affine("F", {"x": 1, "y": 1})), {}, {(1, 1)}),
    "a fraction": (single(affine("F", {"x": half, "y": half})), {}, {(0, 1), (1, 0), (1, 1)}),
    "inputs and outputs -1 and 1": (
        single(sign_unit("F", {"x": 1, "y": 1}, 1)),
        {"inputs": "pm1", "outputs": "pm1"},
        {(1, 1)},
    ),
    "outputs of the other convention": (single(sign_unit("F", {"x": 1}, -half), ("x",)), {}, {(0,)}),
    "no inputs": (Network.of([], [threshold_unit("F", {}, 1)], ["F"]), {}, {()}),
    "an input as the output": (Network.of(["x"], [], ["x"]), {}, set()),
}


@pytest.mark.parametrize("network, conventions, want", DIFFERENCES.values(), ids=DIFFERENCES)
def test_the_formula_has_models_where_the_network_is_not_parity(network, conventions, want):
    assert points(network, "parity", **conventions) == want


def test_a_wrong_circuit_gets_no_certificate_but_a_point():
    wrong = replace(comparison, name="equality")
    with pytest.raises(Rejected, match=r"the circuit is not equality, at bits \("):
        certified(wrong, 8)


MANY = [f"x{i}" for i in range(100)]
ONES = {x: 1 if i % 2 else -3 for i, x in enumerate(MANY)}
REFUSED = {
    "a transfer function": (single(affine("F", {"x": 1}, transfer="relu")), "parity", "unit F is relu: a formula takes threshold"),
    "an activation that gates": (
        Network.of(["x"], [threshold_unit("g", {"x": 1}), Unit("F", "threshold", (Synapse("x", 1, (Signal("S", "g"),)),))], ["F"]),
        "parity",
        "only outputs gate in a formula",
    ),
    "activation gating": (
        single(Unit("F", "threshold", (Synapse("x", 1),), gates=(Signal("O", "y"),))),
        "parity",
        "attention that is neither multiplexing, output gating nor synaptic gating",
    ),
    "half a word": (Network.of(["x"], [], ["x"]), "equality", "1 inputs are not two words of one length"),
    "too few outputs": (Network.of(["x", "y"], [], ["x"]), "addition", "has 1 outputs, addition has 2"),
    "too many partial sums": (
        single(threshold_unit("F", {x: 2**20 + 3**i % 99991 for i, x in enumerate(MANY)}, -50 * 2**20), MANY),
        "parity",
        "a unit of 100 terms has over 200000 partial sums",
    ),
    "too many products": (
        Network.of(MANY, [affine("g", ONES), replace(affine("F", ONES), output_gates=(Signal("O", "g"),))], ["F"]),
        "parity",
        "a linear form has 50.. terms > 4096",
    ),
}


@pytest.mark.parametrize("network, specification, reason", REFUSED.values(), ids=REFUSED)
def test_what_a_formula_does_not_take_is_refused(network, specification, reason):
    with pytest.raises(BadInput, match=reason):
        clauses_of(network, specification)


def test_an_entry_without_gates_is_refused():
    with pytest.raises(BadInput, match="sorting has no specification in gates"):
        certified(sorting, 3)


MALFORMED = {
    "another number of clauses": ("clauses", 3, "the formula has 2 clauses, not 3"),
    "a proof of numbers": ("proof", [3], "3 is not a line of a proof"),
    "two lines in one": ("proof", ["1 0 1 0\n2 0 1 0"], "is not a line of a proof"),
    "a truncated proof": ("proof", [], "the proof is empty|proof line 1"),
    "another convention": ("outputs", "02", "02"),
    "another specification": ("specification", "hope", "specification 'hope' is not one of"),
}


@pytest.mark.parametrize("key, value, reason", MALFORMED.values(), ids=MALFORMED)
def test_malformed_files_are_refused(key, value, reason):
    data = json.loads(write(certified(parity, 1)))
    data[key] = value
    with pytest.raises(BadInput, match=reason):
        read(json.dumps(data))
