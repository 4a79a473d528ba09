"""Counts of families against published and independently enumerated numbers, and their certificates against mutations."""

import itertools
import json
import random

import pytest

import workbench as wb
from workbench import families
from workbench.capacity.realisation import family_count
from workbench.certificate import read, write
from workbench.errors import BadInput, Rejected
from workbench.members import tables, units
from workbench.recount import functions

ORACLES = (  # of 1, 2, 3 inputs
    (families.threshold, {}, (4, 14, 104)),
    (families.output_gating, {"outputs": "01"}, (4, 16, 246)),
    (families.output_gating, {"outputs": "pm1"}, (4, 16, 254)),
    (families.multiplexing, {}, (4, 16, 256)),
    (families.layered_2_1, {}, (4, 16, 254)),
    (families.any_two_gates, {}, (4, 16, 254)),
    (families.synaptic_gating, {"inputs": "01", "outputs": "01"}, (4, 14, 132)),
    (families.synaptic_gating, {"inputs": "pm1", "outputs": "pm1"}, (4, 16, 252)),
    (families.activation_gating, {"inputs": "pm1", "outputs": "01"}, (4, 14, 144)),
    (families.k_fold_gating, {"units": 3}, (4, 16, 254)),
    (families.shared_gate, {"outputs": "pm1"}, (16, 256, 63724)),
    (families.any_synaptic_gating, {"inputs": "01", "outputs": "01"}, (4, 14, 164)),
    (families.any_synaptic_gating, {"inputs": "pm1", "outputs": "pm1"}, (4, 16, 254)),
    (families.additive_synaptic_gating, {"inputs": "01"}, (4, 16, 224)),
    (families.additive_synaptic_gating, {"inputs": "pm1"}, (4, 16, 252)),
    (families.linear_synaptic_gating, {}, (4, 16, 196)),
    (families.partial_output_gating, {"outputs": "pm1", "gate_inputs": 1}, (4, 16, 156)),
    (families.disjoint_output_gating, {"outputs": "01", "gate_inputs": 1}, (10, 40, 310)),
    (families.disjoint_multiplexing, {"gate_inputs": 1}, (14, 104, 1882)),
)
DEGREES = (
    (families.output_gating, {"degree": 0}, (2, 2, 2)),
    (families.output_gating, {"degree": 2}, (4, 16, 256)),
)
FOUR = (
    (families.threshold, {}, 1882),
    (families.output_gating, {"outputs": "01"}, 32506),
    (families.output_gating, {"outputs": "pm1"}, 54310),
    (families.multiplexing, {}, 52166),
    (families.layered_2_1, {}, 41614),
)
SMALL_WEIGHTS = range(-2, 3)


def named(row):
    return " ".join((row[0].__name__, *map(str, row[1].values())))


@pytest.mark.parametrize("row", [*ORACLES, *DEGREES], ids=named)
def test_counts_of_one_to_three_inputs(row):
    make, options, expected = row
    assert tuple(int(wb.count(make(n, **options))) for n in (1, 2, 3)) == expected


@pytest.mark.parametrize("row", FOUR, ids=named)
def test_counts_of_four_inputs(row):
    make, options, expected = row
    assert wb.count(make(4, **options)).count == expected


def by_brute_force(family, largest):
    """All tables that units with small integer weights compute: as many as there are for so few inputs."""
    shapes = units(family)
    found = set()
    every = [itertools.product(range(-largest, largest + 1), repeat=length) for length in shapes.values()]
    for choice in itertools.product(*map(list, every)):
        try:
            found.add(tables(family, dict(zip(shapes, choice, strict=True))))
        except Rejected:  # an activation is 0
            continue
    return found


@pytest.mark.parametrize(
    ("family", "largest"),
    [
        (families.threshold(2), 2),
        (families.output_gating(2), 1),
        (families.output_gating(2, outputs="pm1"), 1),
        (families.multiplexing(1), 3),
        (families.synaptic_gating(1, inputs="01", outputs="01"), 2),
        (families.synaptic_gating(1, inputs="pm1", outputs="01"), 2),
        (families.activation_gating(1, inputs="pm1", outputs="pm1"), 2),
        (families.synaptic_gating(2, inputs="01", outputs="01"), 2),
        (families.activation_gating(2, inputs="pm1", outputs="01"), 2),
    ],
    ids=repr,
)
def test_the_enumeration_holds_what_small_weights_compute(family, largest):
    enumerated = {t if isinstance(t, tuple) else (t,) for t in functions(family)}
    small = by_brute_force(family, largest)
    assert small <= enumerated
    if family.n == 1 or family.name == "threshold":
        assert small == enumerated


@pytest.mark.parametrize("row", ORACLES, ids=named)
def test_a_certificate_is_accepted_and_read_back(row):
    make, options, expected = row
    n = 2 if make is families.shared_gate else 3
    certificate = family_count(make(n, **options))
    certificate.check()
    assert certificate.count == expected[n - 1] == sum(size for size, _, _ in certificate.members)
    assert read(write(certificate)) == certificate


def mutated(value, rng):
    """The same JSON with one number or table changed."""
    places = []

    def walk(node, path):
        if isinstance(node, dict | list):
            for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
                walk(inner, [*path, key])
        elif isinstance(node, int) or (isinstance(node, str) and node.startswith("0x")):
            places.append(path)

    walk(value, [])
    value = json.loads(json.dumps(value))
    path = rng.choice(places)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    holder[path[-1]] = hex(int(old, 16) ^ 1 << rng.randrange(8)) if isinstance(old, str) else old + rng.choice((-3, -1, 1, 2))
    return value, path


@pytest.mark.parametrize(
    "make", [families.output_gating, families.multiplexing, families.synaptic_gating], ids=lambda f: f.__name__
)
def test_a_mutated_certificate_is_rejected_unless_its_weights_still_compute_the_table(make):
    body = json.loads(write(family_count(make(3))))
    rng = random.Random(7)
    weights_only = 0
    for _ in range(60):
        wrong, path = mutated(body, rng)
        try:
            certificate = read(json.dumps(wrong))
            certificate.check()
        except (BadInput, Rejected):
            continue
        weights_only += 1
        assert "weights" in path  # other weights of the same function are no lie
    assert weights_only < 60


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: families.Family("sorting", 3), "family 'sorting' is not one of threshold"),
        (lambda: families.threshold(-1), "n = -1 is not an integer from 0 to 64"),
        (lambda: families.multiplexing(3, degree=2), "multiplexing has no option degree"),
        (lambda: families.output_gating(3, outputs="10"), "'10'"),
        (lambda: families.synaptic_gating(0), "needs an input whose synapse is gated"),
        (lambda: wb.count("threshold"), "a str is not a family"),
        (lambda: wb.count(families.hidden_layer(9, units=5)), "out of reach of an exact count"),
    ],
    ids=["name", "negative", "option", "convention", "no synapse", "no family", "too large"],
)
def test_bad_input_is_one_clear_error(make, fault):
    with pytest.raises(BadInput, match=fault):
        make()
