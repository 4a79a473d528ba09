"""Membership in every family: counted over all tables against the counts, and refused where it is false."""

from dataclasses import replace
from itertools import product

import pytest

import workbench as wb
from workbench import families
from workbench.capacity.membership import member, weights
from workbench.capacity.npn import npn_classes
from workbench.errors import BadInput, Rejected
from workbench.families import KINDS, Family
from workbench.members import table_inputs
from workbench.threshold import BooleanFunction
from workbench.witness import DualWitness

VALUES = {"inputs": ("01", "pm1"), "outputs": ("01", "pm1"), "units": (1, 2, 3), "gate_inputs": (1, 2), "degree": (1, 2)}
UNCOUNTED = (("hidden-layer", 1), ("attending-layer", 3))  # by name and units


def variants(n):
    """Every family of n inputs with every convention, of tables of at most three inputs, that is counted."""
    for name, kind in KINDS.items():
        for chosen in product(*(VALUES[o] for o in kind.options)):
            options = dict(zip(kind.options, chosen, strict=True))
            partial = name.startswith("partial") and options["gate_inputs"] > n
            large = name.startswith("disjoint") and n + options["gate_inputs"] > 3
            if not (partial or large or (name, options.get("units")) in UNCOUNTED):
                yield Family(name, n, **options)


def functions(n):
    return [BooleanFunction(n, t) for t in range(1 << (1 << n))]


@pytest.mark.parametrize("family", [f for n in (1, 2, 3) for f in variants(n) if f.name != "shared-gate"], ids=repr)
def test_as_many_functions_are_members_as_are_counted(family):
    answers = [member(f, family) for f in functions(table_inputs(family))]
    assert sum(a.answer for a in answers) == int(wb.count(family))
    for a in [a for a in answers if a.answer][::9] + [a for a in answers if not a.answer][::9]:
        a.check()


@pytest.mark.parametrize("family", [f for n in (1, 2) for f in variants(n) if f.name == "shared-gate"], ids=repr)
def test_as_many_pairs_share_a_gate_as_are_counted(family):
    pairs = product(functions(family.n), repeat=2)
    assert sum(member(pair, family).answer for pair in pairs) == int(wb.count(family))


FOUR = (
    (families.threshold(4), 1882),
    (families.threshold(4, degree=2), 57574),
    (families.output_gating(4, outputs="pm1"), 54310),
    (families.multiplexing(4), 52166),
    (families.layered_2_1(4), 41614),
    (families.any_two_gates(4), 54310),
    (families.activation_gating(4, inputs="pm1", outputs="pm1"), 46902),
    (families.hidden_layer(4, units=3), 65534),
)


@pytest.mark.parametrize(("family", "count"), FOUR, ids=repr)
def test_the_classes_of_members_of_four_inputs_hold_as_many_functions_as_are_counted(family, count):
    classes = npn_classes(4)
    decided = [member(BooleanFunction(4, t), family).answer for t in classes.representatives.tolist()]
    assert sum(size for size, answer in zip(classes.sizes.tolist(), decided, strict=True) if answer) == count


FIVE = 0b10010110_01101001_01101001_10010110  # parity
DECIDED = (
    (families.threshold(5), 0x80000000, True),
    (families.output_gating(5, outputs="pm1"), 0x80000001, True),
    (families.output_gating(5, outputs="pm1"), FIVE, False),
    (families.output_gating(5), FIVE, False),
    (families.layered_2_1(5), FIVE, False),
    (families.linear_synaptic_gating(5), FIVE, False),
    (families.linear_synaptic_gating(5), 0x80000001, True),
    (families.disjoint_output_gating(3, gate_inputs=2), 0x80000000, True),
)


@pytest.mark.parametrize(("family", "table", "answer"), DECIDED, ids=repr)
def test_five_inputs(family, table, answer):
    found = member(BooleanFunction(5, table), family)
    assert found.answer is answer
    found.check()


AND, XOR = BooleanFunction(2, 0b1000), BooleanFunction(2, 0b0110)
LIES = {
    "weights of another function": lambda: replace(member(AND, families.output_gating(2)), tables=(0b0110,)),
    "no weights": lambda: replace(member(AND, families.output_gating(2)), weights={"f": (1, 1, 1), "g": (0, 1, 1)}),
    "a witness of another function": lambda: replace(member(XOR, families.threshold(2)), tables=(0b1001,)),
    "a false witness": lambda: replace(
        member(XOR, families.threshold(2)), witness=DualWitness(2, 0b0110, 1, ((0, 1), (1, 1), (2, 1)))
    ),
    "it is listed": lambda: replace(member(AND, families.multiplexing(2)), answer=False, weights=None),
    "it is found": lambda: replace(member(AND, families.attending_layer(2, units=2)), answer=False, weights=None),
    "open": lambda: member(BooleanFunction(6, 1), families.multiplexing(6)),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_control_a_false_answer_is_rejected(lie):
    with pytest.raises(Rejected):
        lie().check()


def test_what_is_beyond_the_search_is_open():
    reasons = {
        families.multiplexing(6): "6 inputs > 5",
        families.k_fold_gating(5, units=3): "5 inputs > 4",
        families.threshold(11): "11 inputs > 10",
    }
    for family, reason in reasons.items():
        found = member(BooleanFunction(family.n, 1), family)
        assert found.answer is None and reason in found.argument


def test_more_units_than_are_searched_are_filled_with_weights_of_zero():
    found = member(XOR, families.hidden_layer(2, units=5))
    assert found.answer and found.weights["f"][-3:] == (0, 0, 0)
    parity = BooleanFunction(4, 0b0110100110010110)
    assert member(parity, families.hidden_layer(4, units=3)).answer is False
    assert member(parity, families.hidden_layer(4, units=5)).answer is None


def test_weights_of_no_member_are_none():
    assert weights(families.threshold(2), (0b0110,)) is None


@pytest.mark.parametrize(
    ("f", "family"),
    [
        (AND, families.multiplexing(3)),
        (AND, families.shared_gate(2)),
        ((AND, AND, AND), families.shared_gate(2)),
        ((AND, AND), families.multiplexing(2)),
        (0b1000, families.multiplexing(2)),
        (AND, "multiplexing"),
    ],
    ids=["inputs", "one for two", "three for two", "two for one", "an integer", "no family"],
)
def test_what_is_no_question_is_refused(f, family):
    with pytest.raises(BadInput):
        member(f, family)
