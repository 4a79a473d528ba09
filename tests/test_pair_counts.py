"""Classes of two-gate blocks against the trusted column for n <= 3, listed counts for n = 4, and second routes for n = 5."""

from itertools import product

import numpy as np
import pytest

from workbench import classes
from workbench.capacity import pair_counts, pair_tables
from workbench.capacity.bitsets import Bitset
from workbench.capacity.faces import extended
from workbench.capacity.npn import canonical_forms, distinct, npn_classes
from workbench.capacity.pair_counts import FAMILIES, pair_count, pair_set
from workbench.capacity.symmetries import Symmetry
from workbench.capacity.threshold_lists import threshold_list
from workbench.counts import threshold_tables
from workbench.errors import BadInput, Rejected

CONVENTIONS = ("01", "pm1")
LOW = {"01": 0, "pm1": -1}


def tables(found, n):
    return frozenset(map(int, pair_tables.members(found, n)))


def trusted(family, n, *, inputs=None, outputs=None):
    """The class by the slow definitions in sets of Python integers, None where there is none."""
    gates = threshold_tables(n)
    both = classes.output_gating(gates, n, outputs="01")
    match family:
        case "output_gating":
            return classes.output_gating(gates, n, outputs=outputs)
        case "multiplexing":
            return classes.multiplexing(gates, threshold_tables(n + 1), n)
        case "synaptic_gating" | "any_synapse":
            synapses = range(n) if family == "any_synapse" else [n - 1]
            above = threshold_tables(n + 1)
            return frozenset().union(
                *(classes.synaptic_gating(gates, above, n, j, inputs=inputs, outputs=outputs) for j in synapses)
            )
        case "layered":
            return classes.layered(gates, n)
        case "two_input_gates":
            return classes.layered(gates, n) | classes.output_gating(gates, n, outputs="pm1")
        case "and_of_three":
            return classes.products_of(gates, n, 3, outputs="01")
        case "and_or":
            return frozenset(f | g for f in both for g in gates)
    return None


DIRECT = {
    "output_gating": pair_tables.output_gating,
    "multiplexing": pair_tables.multiplexing,
    "synaptic_gating": pair_tables.synaptic_gating,
    "any_synapse": lambda n, **k: pair_tables.synaptic_gating(n, any_synapse=True, **k),
    "additive_synaptic": pair_tables.additive_synaptic,
    "activation_gating": pair_tables.activation_gating,
    "layered": pair_tables.layered,
    "two_input_gates": pair_tables.two_input_gates,
    "and_of_three": lambda n: pair_tables.products(n, 3, outputs="01"),
}
CASES = {
    "-".join([family, *values]): (family, dict(zip(needs, values, strict=True)))
    for family, needs in FAMILIES.items()
    for values in product(CONVENTIONS, repeat=len(needs))
}
WITH_DIRECT = [name for name, (family, _) in CASES.items() if family in DIRECT]
WITH_FORMULA = [name for name, (family, _) in CASES.items() if FAMILIES[family]]


@pytest.mark.parametrize("name", CASES)
def test_small_classes_are_those_of_the_definitions(name):
    family, conventions = CASES[name]
    for n in range("syna" in family, 4):
        expected = trusted(family, n, **conventions)
        if expected is not None:
            assert tables(pair_set(family, n, **conventions).indicator(), n) == expected
            if family in DIRECT:
                assert tables(DIRECT[family](n, **conventions), n) == expected


@pytest.mark.parametrize("name", WITH_DIRECT)
def test_four_inputs_by_orbits_and_pair_by_pair(name):
    family, conventions = CASES[name]
    assert (pair_set(family, 4, **conventions).indicator() == DIRECT[family](4, **conventions)).all()


LISTED = {  # n = 1, 2, 3, 4, as listed by others where listed
    "output_gating-01": (4, 16, 246, 32506),
    "output_gating-pm1": (4, 16, 254, 54310),
    "multiplexing": (4, 16, 256, 52166),
    "layered": (4, 16, 254, 41614),
    "two_input_gates": (4, 16, 254),
    "synaptic_gating-01-01": (4, 14, 132, 5782),
    "synaptic_gating-01-pm1": (4, 16, 216, 17680),
    "synaptic_gating-pm1-01": (4, 14, 144, 9466),
    "synaptic_gating-pm1-pm1": (4, 16, 252, 34944),
    "any_synapse-01-01": (4, 14, 164),
    "any_synapse-01-pm1": (4, 16, 252),
    "any_synapse-pm1-01": (4, 14, 200),
    "any_synapse-pm1-pm1": (4, 16, 254),
    "additive_synaptic-01": (4, 16, 224),
    "additive_synaptic-pm1": (4, 16, 252),
    "activation_gating-01-01": (4, 16, 248),
    "activation_gating-01-pm1": (4, 16, 254),
    "activation_gating-pm1-01": (4, 14, 144),
    "activation_gating-pm1-pm1": (4, 16, 254, 46902),
    "and_of_three": (4, 16, 254),
}


@pytest.mark.parametrize("name", LISTED)
def test_counts_are_the_listed_ones(name):
    family, conventions = CASES[name]
    assert tuple(pair_count(family, n, **conventions).count for n in range(1, len(LISTED[name]) + 1)) == LISTED[name]


@pytest.mark.parametrize("name", WITH_FORMULA)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_classes_contain_what_their_formulas_compute(name, n):
    family, conventions = CASES[name]
    """Random small integer weights put into the formula, at every point."""
    found = pair_set(family, n, **conventions)
    assert found.contains([formula(family, n, seed, **conventions) for seed in range(60)]).all()


def formula(family, n, seed, *, inputs=None, outputs=None):
    """The table of one block with weights drawn from this seed; half-integer sums never vanish."""
    rng = np.random.default_rng(seed)
    bits = np.arange(1 << n)[:, None] >> np.arange(n) & 1
    x = bits if LOW.get(inputs) == 0 else 2 * bits - 1

    def unit(activation):
        return activation + rng.integers(-3, 4) + 0.5 > 0

    gate = np.where(unit(x @ rng.integers(-3, 4, n)), 1, LOW.get(outputs, 0))
    w, last = rng.integers(-3, 4, n), x[:, -1]
    match family:
        case "output_gating":
            value = np.where(unit(x @ w), 1, LOW[outputs]) * gate > 0
        case "synaptic_gating" | "any_synapse":
            value = unit(x @ w - w[-1] * last + w[-1] * gate * last)
        case "additive_synaptic":
            value = unit(x @ w + rng.integers(-5, 6) * gate * last)
        case "activation_gating":
            value = unit(gate * (x @ w))
    return sum(1 << k for k in np.flatnonzero(value).tolist())


@pytest.mark.parametrize(
    "found, count",
    [
        (lambda: pair_tables.linear_gated_synapse(4).sum(), 104**2),
        (lambda: pair_tables.layered(4, hidden=3).sum(), 65534),
        (lambda: pair_tables.products(3, 2, outputs="pm1").sum(), 254),
        (lambda: pair_tables.products(3, 3, outputs="pm1").sum(), 256),
        (lambda: pair_tables.attending(3, 1).sum(), 256),
        (lambda: pair_tables.attending(4, 1).sum(), 52166),
        (lambda: pair_tables.output_gating(2, outputs="01", degree=2).sum(), 16),
        (lambda: pair_tables.output_gating(3, outputs="01", degree=2).sum(), 256),
        (lambda: pair_tables.disjunctions(4).sum(), 32506),
    ],
    ids=["LIN(4)", "SM(4,3,1)", "PM^2(3)", "PM^3(3)", "ATT(3,1)", "ATT(4,1)", "AND_2(2)", "AND_2(3)", "OR(4)"],
)
def test_other_classes(found, count):
    assert found() == count


@pytest.mark.parametrize("outputs", CONVENTIONS)
def test_gates_of_higher_degree_by_orbits_and_pair_by_pair(outputs):
    gates = threshold_tables(3, 2)
    assert tables(pair_tables.output_gating(3, outputs=outputs, degree=2), 3) == classes.output_gating(gates, 3, outputs=outputs)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_three_hidden_units_against_every_readout(n):
    """The readouts are all threshold functions of three inputs; three gates are drawn for n = 3."""
    gates = sorted(threshold_tables(n))
    triples = list(product(gates, repeat=3)) if n < 3 else np.random.default_rng(0).choice(gates, (200, 3)).tolist()
    by_bit = {
        sum(((r >> sum((t >> k & 1) << i for i, t in enumerate(triple))) & 1) << k for k in range(1 << n))
        for r in threshold_tables(3)
        for triple in triples
    }
    found = tables(pair_tables.layered(n, hidden=3), n)
    assert by_bit <= found and (n == 3 or by_bit == found)


@pytest.mark.parametrize("n, m, sizes", [(1, 1, (10, 8, 14)), (2, 1, (40, 28, 104)), (1, 2, (40, 28, 64))])
def test_disjoint_inputs(n, m, sizes):
    assert tuple(int(pair_tables.disjoint_gating(n, m, outputs=o).sum()) for o in (*CONVENTIONS, None)) == sizes


@pytest.mark.parametrize("n, m", [(2, 2), (3, 1), (1, 3)])
def test_disjoint_inputs_by_their_formulas(n, m):
    t = {k: len(threshold_tables(k)) for k in range(5)}
    expected = (t[n] - 1) * (t[m] - 1) + 1, t[n] * t[m] // 2, t[n] + (t[n + 1] - t[n]) * (t[m] - 2) // 2
    assert tuple(int(pair_tables.disjoint_gating(n, m, outputs=o).sum()) for o in (*CONVENTIONS, None)) == expected


@pytest.mark.parametrize("outputs", CONVENTIONS)
def test_gates_that_read_some_inputs(outputs):
    gates = threshold_tables(3)
    for m in range(4):
        few = frozenset(map(int, extended(threshold_list(m), m, 3)))
        expected = classes.output_gating(gates, 3, outputs=outputs, other=few)
        assert tables(pair_tables.output_gating(3, outputs=outputs, gate_inputs=m), 3) == expected
        expected = classes.multiplexing(few, threshold_tables(4), 3)
        assert tables(pair_tables.multiplexing(3, gate_inputs=m), 3) == expected


@pytest.mark.parametrize("outputs, counts", [("01", (4, 16, 242, 35846)), ("pm1", (4, 16, 256, 63724))])
def test_pairs_that_share_a_gate(outputs, counts):
    assert tuple(pair_tables.shared_gate_count(n, outputs=outputs) for n in range(4)) == counts
    assert len(classes.shared_gate(threshold_tables(3), 3, 2, outputs=outputs)) == counts[3]


def test_pairs_of_four_inputs_that_share_a_gate_lie_within_their_bounds():
    """T(n-1)^3 <= # <= T(n)^3, and half of that for pm1."""
    said = []
    for outputs, most in (("01", 1882**3), ("pm1", 1882**3 // 2)):
        assert 104**3 <= pair_tables.shared_gate_count(4, outputs=outputs, progress=lambda *t: said.append(t)) <= most
    assert said[-1][1] == said[-1][2]


@pytest.mark.parametrize(
    "call",
    [
        lambda: pair_set("gating", 3),
        lambda: pair_set("output_gating", 3),
        lambda: pair_set("output_gating", 3, outputs="0/1"),
        lambda: pair_set("output_gating", 6, outputs="01"),
        lambda: pair_set("synaptic_gating", 0, inputs="01", outputs="01"),
        lambda: pair_set("activation_gating", 5, inputs="01", outputs="pm1"),
        lambda: pair_tables.output_gating(5, outputs="01"),
        lambda: pair_tables.output_gating(3, outputs="01", gate_inputs=4),
        lambda: pair_tables.products(3, 0, outputs="01"),
        lambda: pair_tables.layered(3, hidden=4),
        lambda: pair_tables.attending(4, 3),
        lambda: pair_tables.attending(4, 0),
        lambda: pair_tables.disjoint_gating(3, 2, outputs="01"),
        lambda: pair_tables.linear_gated_synapse(0),
        lambda: extended(np.array([1], np.uint8), 2, 3, first=2),
    ],
)
def test_what_cannot_be_counted_is_refused(call):
    with pytest.raises(BadInput):
        call()


def test_finished_counts_are_kept(tmp_path, monkeypatch):
    first = pair_count("and_of_three", 3, store=tmp_path)
    (record,) = tmp_path.iterdir()
    assert len(record.read_text().splitlines()) == 3  # the head, the two gates, the count
    monkeypatch.setattr(pair_counts, "_counted", None)
    assert pair_count("and_of_three", 3, store=tmp_path) == first
    *before, last = record.read_text().splitlines(keepends=True)
    record.write_text("".join([*before, last.replace("254", "255")]))
    with pytest.raises(BadInput, match="line 3: damaged"):
        pair_count("and_of_three", 3, store=tmp_path)


def test_an_interrupted_count_goes_on_from_what_is_stored(tmp_path, monkeypatch):
    def interrupt(name, done, total):
        if name == "gates":
            raise KeyboardInterrupt

    pair_counts._two_gates(3, tmp_path, None)
    with pytest.raises(KeyboardInterrupt):
        pair_count("and_or", 3, store=tmp_path, progress=interrupt)
    monkeypatch.setattr(Bitset, "contains", lambda *_: pytest.fail("the two gates were looked for again"))
    monkeypatch.setattr(pair_counts, "_restriction", lambda *_: None)
    monkeypatch.setattr(Symmetry, "orbits", lambda *_: 0)
    assert pair_count("and_or", 3, store=tmp_path).count == 256


def test_control_a_set_that_does_not_restrict_is_rejected(monkeypatch):
    right = pair_counts.pair_set
    monkeypatch.setattr(
        pair_counts, "pair_set", lambda family, n, **k: right("multiplexing", n) if n == 3 else right(family, n, **k)
    )
    with pytest.raises(Rejected, match="ignore x_0"):
        pair_count("output_gating", 4, outputs="01")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("counts")


OF_FIVE = {
    "output_gating-01": 44642388,
    "output_gating-pm1": 387698944,
    "layered": 74986552,
    "two_input_gates": 388490944,
    "multiplexing": 241635252,
    "synaptic_gating-01-01": 1935004,
    "synaptic_gating-01-pm1": 11873428,
    "synaptic_gating-pm1-01": 7918492,
    "synaptic_gating-pm1-pm1": 44625252,
    "and_of_three": 709479564,
    "and_or": 2680447268,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_FIVE)
def test_five_inputs(name, store):
    family, conventions = CASES[name]
    found = pair_count(family, 5, **conventions, store=store)
    assert found.count == OF_FIVE[name]
    if found.restriction is not None:
        assert found.restriction == pair_count(family, 4, **conventions).count


@pytest.mark.slow
@pytest.mark.parametrize("outputs", CONVENTIONS)
def test_output_gating_of_five_inputs_by_canonical_forms(outputs):
    """One gate of each class with all gates, each product brought to canonical form, and the sizes of the classes added."""
    gates, signed = threshold_list(5), outputs == "pm1"
    products = []
    for g in np.unique(canonical_forms(gates, 5, outputs=signed)[0]):
        products.append(distinct(~(gates ^ g) if signed else gates & g))
    found = distinct(np.concatenate(products))
    least, sizes = canonical_forms(found, 5, outputs=signed)
    _, first = np.unique(least, return_index=True)
    assert sizes[first].sum() == OF_FIVE[f"output_gating-{outputs}"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in WITH_FORMULA if name != "activation_gating-01-pm1"])
def test_classes_of_five_inputs_contain_what_their_formulas_compute(name):
    family, conventions = CASES[name]
    found = pair_set(family, 5, **conventions)
    assert found.contains([formula(family, 5, seed, **conventions) for seed in range(2000)]).all()


@pytest.mark.slow
def test_a_gated_synapse_of_five_bits_gate_by_gate():
    """SYN(5;01,01): a threshold function of the four other bits at x_4 = 0; at 1 a gate, a function of these, may take a second."""
    both, found = threshold_list(5), np.zeros(1 << 26, np.uint64)
    low, high = both & 0xFFFF, both >> 16
    for g in threshold_list(4).astype(np.uint32):
        table = low | (high & g | low & ~g) << 16
        np.bitwise_or.at(found, table >> 6, np.uint64(1) << (table & 63).astype(np.uint64))
    assert np.bitwise_count(found).sum() == OF_FIVE["synaptic_gating-01-01"]


@pytest.mark.slow
def test_two_attending_units_give_every_function_of_four_inputs():
    assert pair_tables.attending(4, 2).all()


def is_exclusive_or(table, gates):
    """Whether a function is f XOR g of two gates: f runs through all, and g is what is left."""
    return bool(np.isin(gates ^ gates.dtype.type(table), gates).any())


def is_conjunction(table, gates):
    """Whether a function is f AND g of two gates: both contain it, and what they have besides is disjoint."""
    beyond = (gates ^ table)[gates & table == table]
    return any((beyond & f == 0).any() for f in beyond)


@pytest.mark.slow
@pytest.mark.parametrize("outputs, decide", [("01", is_conjunction), ("pm1", is_exclusive_or)])
def test_members_of_output_gating_of_five_inputs_one_by_one(outputs, decide):
    least = npn_classes(5).representatives
    found = pair_set("output_gating", 5, outputs=outputs)
    rng, inside = np.random.default_rng(3), found.contains(least)
    some = np.concatenate([rng.choice(least[inside], 200), rng.choice(least[~inside], 500)])
    assert [decide(t, threshold_list(5)) for t in some] == [True] * 200 + [False] * 500


def test_and_gating_is_contained_in_pm1_gating_for_four_inputs_and_not_for_five():
    assert pair_set("output_gating", 4, outputs="01").subset_of(pair_set("output_gating", 4, outputs="pm1"))
    x = 2 * (np.arange(32)[:, None] >> np.arange(5) & 1) - 1
    f, g = (
        sum(1 << int(k) for k in np.flatnonzero(x @ w + b > 0)) for w, b in (((1, 2, 2, -5, -4), 3), ((-1, -2, -2, -2, -3), -1))
    )
    assert f & g == 0x2147F and not is_exclusive_or(f & g, threshold_list(5))
    assert is_exclusive_or(f ^ g, threshold_list(5))
