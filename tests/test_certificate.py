"""Certificates: true ones accepted, lies rejected with the place, files read strictly."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
import sympy

from workbench import classes, counts, formula, schema
from workbench.certificate import (
    TYPES,
    CountCertificate,
    CounterexampleCertificate,
    DualWitness,
    Equivalence,
    IdentityCertificate,
    SignRepresentation,
    checkers_reject_lies,
    read,
    write,
)
from workbench.counts import threshold_count, threshold_polynomials, threshold_tables
from workbench.errors import BadInput, Rejected
from workbench.identity import Identity
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, affine, sign_unit, threshold_unit

AND = SignRepresentation(2, 0b1000, 1, ((), (0,), (1,)), (-1, 1, 1))
XOR = DualWitness(2, 0b0110, 1, ((0, 1), (1, 1), (2, 1), (3, 1)))
XOR_NETWORK = Network.of(
    ["x0", "x1"],
    [
        Unit("f", "threshold", (Synapse("x0", 2), Synapse("x1", 2)), -1, output_gates=(Signal("O", "g"),)),
        threshold_unit("g", {"x0": -2, "x1": -2}, 3),
    ],
    ["f"],
)
XOR_BY_GATING = Equivalence(2, 0b0110, "01", XOR_NETWORK)
z, e = formula.symbol("z"), sympy.Symbol("e", positive=True)
RELU = IdentityCertificate(Identity.of(sympy.Max(0, z), z * sympy.Heaviside(z, 0)))
SILENCED = IdentityCertificate(
    Identity.of(sympy.Heaviside(z - formula.symbol("K"), 0), 0, given={formula.symbol("K"): sympy.Abs(z) + e})
)
ONE = threshold_count(1)
REFUTED = CounterexampleCertificate(
    "threshold_capacity_le_n_squared",
    formula.symbol("T"),
    "<=",
    2 ** formula.symbol("n") ** 2,
    (("n", sympy.Integer(1)),),
    (("T", ONE),),
)
PARITY = 0b10010110
PARITY_NETWORK = Network.of(
    ["x0", "x1", "x2"], [Unit("f", "sign", (Synapse("x0", 1),), output_gates=(Signal("O", "x1"), Signal("O", "x2")))], ["f"]
)
SEPARATION = CounterexampleCertificate(
    "inside_but_outside",
    inside=Equivalence(3, PARITY, "pm1", PARITY_NETWORK),
    outside=DualWitness(3, PARITY, 2, tuple((k, 1) for k in range(8))),
)
TRUE = {
    "and": AND,
    "xor": XOR,
    "xor by gating": XOR_BY_GATING,
    "relu": RELU,
    "given": SILENCED,
    "one input": ONE,
    "two inputs": threshold_count(2),
    "no inputs": threshold_count(0),
    "no inputs, degree 0": SignRepresentation(0, 1, 0, ((),), (1,)),
    "no inputs, a network": Equivalence(0, 1, "01", Network.of([], [threshold_unit("f", {}, 1)], ["f"])),
    "twelve inputs": DualWitness(12, 0b0110, 1, ((0, 1), (1, 1), (2, 1), (3, 1))),
    "refuted": REFUTED,
    "separation": SEPARATION,
}


@pytest.mark.parametrize("certificate", TRUE.values(), ids=TRUE)
def test_true_certificates_are_accepted_and_survive_their_file(certificate):
    certificate.check()
    again = read(write(certificate))
    again.check()
    assert write(again) == write(certificate) and again.subject is not None
    assert again == certificate or certificate is SILENCED  # whose assumption stands in its file as a hypothesis


def test_what_a_symbol_is_assumed_to_be_stands_in_the_file():
    q = sympy.Symbol("q", nonnegative=True)
    found = IdentityCertificate(Identity.of(e * q + z, q * e - z, where={z: "sign"})).body()["where"]
    assert found == {"e": "positive", "q": "nonnegative", "z": "sign"}


LIES = {
    "weights of another function": (replace(AND, table=0b1110), "point 1"),
    "a weight too small": (replace(AND, weights=(0, 1, 1)), "point 1"),
    "a monomial above the degree": (replace(AND, degree=0), "degree 0"),
    "weights without monomials": (replace(AND, weights=(1,)), "1 weights for 3"),
    "witness for a threshold function": (replace(XOR, table=0b1000), "monomial []"),
    "empty witness": (replace(XOR, witness=()), "empty"),
    "negative multiplicity": (replace(XOR, witness=((0, 1), (1, -1))), "not positive"),
    "zero multiplicity": (replace(XOR, witness=((0, 0),)), "not positive"),
    "witness for a higher degree": (replace(XOR, degree=2), "monomial [0, 1]"),
    "network of another function": (replace(XOR_BY_GATING, table=0b0111), "point 0"),
    "network on the other cube": (replace(XOR_BY_GATING, inputs="pm1"), "point"),
    "network of other shape": (replace(XOR_BY_GATING, n=3), "2 inputs and 1 outputs"),
    "network with two outputs": (Equivalence(2, 6, "01", replace(XOR_NETWORK, outputs=("f", "g"))), "2 outputs"),
    "identity off at the kink": (IdentityCertificate(Identity.of(sympy.Heaviside(z, 0), sympy.Heaviside(z, 1))), "z = 0"),
    "tautology": (IdentityCertificate(Identity.of(z, z)), "says nothing"),
    "count off by one": (replace(ONE, count=5), "not 5"),
    "size off by one": (replace(ONE, members=((3, ONE.members[0][1]), *ONE.members[1:])), "not 3"),
    "class twice": (replace(ONE, members=(ONE.members[0], *ONE.members)), "stands twice"),
    "class missing": (replace(ONE, members=ONE.members[:1], count=2), "hold 2 of the 4"),
    "evidence of another arity": (replace(ONE, members=((2, AND),)), "n = 2, degree 1"),
    "evidence that lies": (replace(ONE, members=((2, replace(ONE.members[0][1], weights=(1,))), ONE.members[1])), "point"),
    "relation that holds": (replace(REFUTED, at=(("n", sympy.Integer(2)),)), "holds there"),
    "relation that holds, the place": (replace(REFUTED, at=(("n", sympy.Integer(2)),)), "at n = 2"),
    "relation that holds of counts alone": (replace(REFUTED, right=sympy.Integer(4), at=()), "at these counts"),
    "value missing": (replace(REFUTED, at=()), "no value is given for ['n']"),
    "false count": (replace(REFUTED, counts=(("T", replace(ONE, count=5)),)), "not 5"),
    "parts about different functions": (
        replace(SEPARATION, outside=replace(SEPARATION.outside, table=PARITY ^ 255)),
        "different functions",
    ),
    "inside is false": (replace(SEPARATION, inside=replace(SEPARATION.inside, table=PARITY ^ 1)), "point 0"),
    "outside is false": (replace(SEPARATION, outside=replace(SEPARATION.outside, witness=((0, 1),))), "signed sum"),
}


@pytest.mark.parametrize("certificate, phrase", LIES.values(), ids=LIES)
def test_lies_are_rejected_with_the_place(certificate, phrase):
    with pytest.raises(Rejected) as raised:
        certificate.check()
    assert phrase in str(raised.value)


@pytest.mark.parametrize("relation, holds", [("==", False), ("!=", True), ("<=", True), ("<", True), (">=", False), (">", False)])
def test_a_counterexample_is_one_only_where_the_relation_fails(relation, holds):
    certificate = CounterexampleCertificate("some_claim", sympy.Integer(1), relation, sympy.Integer(2))
    if holds:
        with pytest.raises(Rejected):
            certificate.check()
    else:
        certificate.check()


def test_each_checker_rejects_its_standing_lie():
    assert set(checkers_reject_lies()) == set(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_a_checker_that_accepts_everything_is_found_out(monkeypatch, name):
    monkeypatch.setattr(TYPES[name], "check", lambda self: None)
    with pytest.raises(Rejected, match=f"checker of {name} certificates accepts a lie"):
        checkers_reject_lies()


def changed(certificate, **fields):
    data = json.loads(write(certificate))
    for path, value in fields.items():
        target = data
        *route, last = path.split("__")
        for key in route:
            target = target[int(key) if isinstance(target, list) else key]
        if value is ...:
            del target[last]
        else:
            target[int(last) if isinstance(target, list) else last] = value
    return json.dumps(data)


BAD = {
    "empty": ("", "not JSON"),
    "truncated": (write(AND)[:60], "not JSON"),
    "not an object": ("[1]", "not a JSON object"),
    "duplicate key": ('{"schema": "a", "schema": "b"}', "stands twice"),
    "float": ('{"schema": 1.5}', "1.5 is not an integer"),
    "NaN": ('{"schema": NaN}', "NaN is not an integer"),
    "huge integer": ('{"schema": %s}' % ("9" * 3000), "3000 digits"),
    "deep": ("[" * 100_000 + "]" * 100_000, "nested too deep"),
    "large": (" " * (schema.SIZE_LIMIT + 1), "characters >"),
    "no schema": ('{"type": "count"}', "lacks the field 'schema'"),
    "other schema": (changed(AND, schema="workbench-certificate/2"), "is not 'workbench-certificate/1'"),
    "other type": (changed(AND, type="proof"), "type 'proof'"),
    "unknown field": (changed(AND, remark="true"), "unknown fields ['remark']"),
    "missing field": (changed(AND, weights=...), "lacks the field 'weights'"),
    "table as number": (changed(AND, table=8), "'table' is of type int"),
    "table too long": (changed(AND, table="0x10"), "hexadecimal table of 2 inputs"),
    "table out of range": (changed(AND, table="0X8"), "hexadecimal"),
    "table without digits": (changed(AND, table="0x"), "hexadecimal"),
    "n as boolean": (changed(AND, n=True), "'n' is of type bool"),
    "n too large": (changed(AND, n=13), "n = 13 is not from 0 to 12"),
    "degree negative": (changed(AND, degree=-1), "degree = -1"),
    "degree above n": (changed(AND, degree=3), "degree = 3"),
    "n below zero": (changed(XOR_BY_GATING, n=-1), "n = -1"),
    "n of a table too large": (changed(XOR_BY_GATING, n=13), "n = 13 is not from 0 to 12"),
    "n of a count too large": (changed(ONE, n=5), "n = 5 is not from 0 to 4"),
    "n of a count below zero": (changed(ONE, n=-1), "n = -1"),
    "degree of a count above n": (changed(ONE, degree=2), "degree = 2"),
    "degree of a count below zero": (changed(ONE, degree=-1), "degree = -1"),
    "weights as floats": (changed(AND, weights=[True]), "not a list of integers"),
    "monomials flat": (changed(AND, monomials=[0, 1]), "not a list of integers"),
    "monomials twice": (changed(AND, monomials=[[], [0], [0]]), "monomials repeat"),
    "monomial foreign": (changed(AND, monomials=[[], [0], [2]]), "beyond x1"),
    "witness point foreign": (changed(XOR, witness={"4": 1}), "unknown fields ['4']"),
    "witness point padded": (changed(XOR, witness={"01": 1}), "unknown fields"),
    "witness as list": (changed(XOR, witness=[1]), "'witness' is of type list"),
    "convention unknown": (changed(XOR_BY_GATING, inputs="10"), "convention '10'"),
    "symbolic weight": (changed(XOR_BY_GATING, network__units__1__bias={"symbol": "b"}), "symbolic weights ['b']"),
    "unit unknown field": (changed(XOR_BY_GATING, network__units__0__delay="1"), "unknown fields ['delay']"),
    "transfer unknown": (changed(XOR_BY_GATING, network__units__0__transfer="step"), "transfer 'step'"),
    "signal short": (changed(XOR_BY_GATING, network__units__0__output_gates=[["O"]]), "signal ['O']"),
    "signal not text": (changed(XOR_BY_GATING, network__units__0__output_gates=[["O", 1]]), "signal"),
    "signal unknown unit": (changed(XOR_BY_GATING, network__units__0__output_gates=[["O", "h"]]), "'h'"),
    "addition not a pair": (changed(XOR_BY_GATING, network__units__0__additions=["1"]), "addition"),
    "input name": (changed(XOR_BY_GATING, network__inputs=["x 0", "x1"]), "name 'x 0'"),
    "domain unknown": (changed(RELU, where={"z": "complex"}), "domain"),
    "domain a list": (changed(RELU, where={"z": ["bit"]}), "domain"),
    "family unknown": (changed(ONE, family="gating"), "family 'gating'"),
    "count negative": (changed(ONE, count=-1), "count = -1"),
    "size zero": (changed(ONE, members__0__size=0), "size = 0"),
    "member unknown field": (changed(ONE, members__0__n=1), "fields"),
    "member with a remark": (changed(ONE, members__0__remark="1"), "unknown fields ['remark']"),
    "relation unknown": (changed(REFUTED, relation="=<"), "relation '=<'"),
    "claim name": (changed(REFUTED, claim="a claim"), "is not lower-case words"),
    "claim name too long": (changed(REFUTED, claim="a" * 201), "at most 200 characters"),
    "value not a number": (changed(REFUTED, at={"n": "one"}), "number 'one'"),
    "value of a count": (changed(REFUTED, at={"n": "1", "T": "4"}), "symbol T has a value and stands for a count"),
    "separation half": (changed(SEPARATION, outside=...), "lacks the field 'outside'"),
    "separation with a remark inside": (changed(SEPARATION, inside__remark="1"), "unknown fields ['remark']"),
    "count with a remark": (changed(REFUTED, counts__T__remark="1"), "unknown fields ['remark']"),
    "separation and more": (changed(SEPARATION, left="1"), "unknown fields ['left']"),
}


@pytest.mark.parametrize("text, phrase", BAD.values(), ids=BAD)
def test_files_are_read_strictly(text, phrase):
    with pytest.raises(BadInput) as raised:
        read(text)
    assert phrase in str(raised.value) and "\n" not in str(raised.value)


def test_every_part_of_a_network_survives_its_file():
    network = Network.of(
        ["x"],
        [
            sign_unit("g", {"x": Fraction(1, 2)}, 1, at_zero=1),
            Unit(
                "h",
                "identity",
                (Synapse("x", 3, (Signal("O", "g"),), (Signal("S", "g"),), True),),
                1,
                gates=(Signal("S", "g"),),
                gate_bias=False,
            ),
            Unit("k", "softmax", (Synapse("h", 1),), additions=((Fraction(2), Signal("w", "g", "x")),), group="p"),
            Unit("l", "identity", (Synapse("k", 1),), output_gates=(Signal("O", "g"),), output_additions=(Signal("S", "h"),)),
            affine("m", {"l": 2}),
        ],
        ["m"],
    )
    again = schema.read_network(json.loads(json.dumps(schema.write_network(network))))
    assert again == network


@pytest.mark.parametrize("n", range(5))
def test_shipped_counts_are_the_functions_of_small_weights(n):
    """A second route to the same sets: all small integer weights, biases at half-integers."""
    largest = (0, 1, 1, 2, 3)[n]
    found = set()
    for w in product(range(-largest, largest + 1), repeat=n):
        sums = [sum(wi for i, wi in enumerate(w) if k >> i & 1) for k in range(1 << n)]
        found |= {sum(1 << k for k, s in enumerate(sums) if s > theta) for theta in range(min(sums) - 1, max(sums) + 1)}
    assert threshold_tables(n) == found


@pytest.mark.parametrize(
    "n, degree, count",
    [(0, 0, 2), (3, 0, 2), (2, 2, 16), (3, 2, 254), (3, 3, 256), (4, 2, 57574), (4, 3, 65534), (4, 4, 65536), (2, 9, 16)],
)
def test_shipped_counts_of_higher_degree(n, degree, count):
    assert threshold_count(n, degree).count == count == len(threshold_tables(n, degree))


def test_polynomials_represent_the_tables_they_stand_under():
    for n, degree in ((0, 1), (2, 1), (3, 1), (2, 2)):
        found = threshold_polynomials(n, degree)
        assert set(found) == threshold_tables(n, degree)
        assert all(f.table() == table and f.degree <= degree for table, f in found.items())


def test_what_is_not_shipped_is_refused(monkeypatch, tmp_path):
    with pytest.raises(BadInput, match="arity 5"):
        threshold_count(5)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "threshold_n3_d1.json").write_text(write(AND))
    monkeypatch.setattr(counts, "files", lambda _: Path(tmp_path))
    with pytest.raises(Rejected, match="not the count"):
        threshold_count.__wrapped__(3, 1)


def test_counts_hold_no_function_twice():
    assert isinstance(threshold_count(3), CountCertificate)
    assert len(classes.output_gating(threshold_tables(2), 2, outputs="pm1")) == 16


def test_optional_fields_may_be_left_out():
    bare = read(changed(RELU, where=..., given=...))
    assert bare.identity == RELU.identity
    lone = read(write(CounterexampleCertificate("some_claim", sympy.Integer(2), "<", sympy.Integer(1))))
    text = changed(lone, at=..., counts=...)
    assert read(text) == lone
    lone.check()


def test_a_count_lists_its_members_and_shows_itself_shortly():
    assert threshold_count(2).tables() == frozenset(range(16)) - {6, 9}
    assert repr(threshold_count(2)) == "CountCertificate(threshold, n=2, degree=1, count=14; 3 classes of members, 1 of others)"


def test_a_count_has_no_degree_above_its_arity():
    with pytest.raises(BadInput, match="degree = 2 is not from 0 to 1"):
        read(changed(ONE, degree=2))


def test_files_are_indented_by_one_space():
    assert write(AND).splitlines()[1].startswith(' "schema"') and write(AND).endswith("}\n")
