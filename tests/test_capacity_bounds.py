"""Bounds against all counts that are known exactly, some counted here from sets of tables; what is too tight must be caught."""

import json
import math
from itertools import product

import pytest

from workbench import BadInput, threshold_tables
from workbench.capacity import bounds as module
from workbench.capacity.bounds import FAMILIES, Interval, bounds
from workbench.capacity.threshold_bounds import REASONS, Threshold, cover
from workbench.classes import layered, multiplexing, output_gating, products_of, shared_gate, synaptic_gating
from workbench.families import KINDS

PUBLISHED = (2, 4, 14, 104, 1882, 94572, 15028134, 8378070864, 17561539552946, 144130531453121108)  # A000609
DEGREES = {  # T_d(n), d = 1, 2, ..., the number of functions by threshold degree
    1: (4,),
    2: (14, 16),
    3: (104, 254, 256),
    4: (1882, 57574, 65534, 65536),
}
LISTED = {  # n = 1, 2, ..., by family and conventions of inputs and outputs
    ("output-gating", "01", "01"): (4, 16, 246, 32506),
    ("output-gating", "01", "pm1"): (4, 16, 254, 54310),
    ("multiplexing", "01", "01"): (4, 16, 256, 52166),
    ("layered-2-1", "01", "01"): (4, 16, 254, 41614),
    ("synaptic-gating", "01", "01"): (4, 14, 132, 5782),
    ("synaptic-gating", "01", "pm1"): (4, 16, 216, 17680),
    ("synaptic-gating", "pm1", "01"): (4, 14, 144, 9466),
    ("synaptic-gating", "pm1", "pm1"): (4, 16, 252, 34944),
    ("activation-gating", "01", "01"): (4, 16, 248),
    ("activation-gating", "01", "pm1"): (4, 16, 254),
    ("activation-gating", "pm1", "01"): (4, 14, 144),
    ("activation-gating", "pm1", "pm1"): (4, 16, 254, 46902),
    ("shared-gate", "01", "01"): (16, 242, 35846),
    ("shared-gate", "01", "pm1"): (16, 256, 63724),
}


def gates(n):
    return threshold_tables(n)


def found(family, n, inputs, outputs, m):
    """The number of functions of a family, from sets of tables."""
    T = gates(n)
    if family == "output-gating":
        return len(output_gating(T, n, outputs=outputs))
    if family == "multiplexing":
        return len(multiplexing(T, gates(n + 1), n))
    if family == "synaptic-gating":
        return len(synaptic_gating(T, gates(n + 1), n, n - 1, inputs=inputs, outputs=outputs))
    if family == "layered-2-1":
        return len(layered(T, n))
    if family == "shared-gate":
        return len(shared_gate(T, n, m, outputs=outputs))
    return len(products_of(T, n, m, outputs=outputs))


def outside(counts, of=bounds):
    """The known counts that their intervals exclude; `counts` are (arguments, options, count)."""
    return [(arguments, options, count) for arguments, options, count in counts if count not in of(*arguments, **options)]


def known():
    for n, count in enumerate(PUBLISHED):
        yield ("threshold", n), {}, count
    for n, row in enumerate(((4, 4), (16, 16), (224, 252)), 1):
        yield ("additive-synaptic-gating", n), {}, row[0]
        yield ("additive-synaptic-gating", n), {"inputs": "pm1"}, row[1]
    for n, counts in enumerate(((4, 4, 4, 4), (14, 16, 14, 16), (164, 252, 200, 254)), 1):
        for (inputs, outputs), count in zip(product(("01", "pm1"), repeat=2), counts, strict=True):
            yield ("any-synaptic-gating", n), {"inputs": inputs, "outputs": outputs}, count
    for n, count in enumerate((4, 16, 254), 1):
        yield ("any-two-gates", n), {}, count
    for n, count in enumerate((4, 16, 196), 1):
        yield ("linear-synaptic-gating", n), {}, count
    for n, degrees in DEGREES.items():
        for d, count in enumerate(degrees, 1):
            yield ("threshold", n, d), {}, count
    for (family, inputs, outputs), row in LISTED.items():
        for n, count in enumerate(row, 1):
            yield (family, n), {"inputs": inputs, "outputs": outputs}, count


def test_published_and_listed_counts_are_inside():
    assert outside(known()) == []


@pytest.mark.parametrize(
    "family", ["output-gating", "multiplexing", "synaptic-gating", "layered-2-1", "shared-gate", "k-fold-gating"]
)
def test_counts_made_here_are_inside(family):
    every = ("01", "pm1")
    for n, inputs, outputs, m in product((1, 2), every if family == "synaptic-gating" else ("01",), every, (1, 2)):
        if m == 1 or family in ("shared-gate", "k-fold-gating"):
            options = {"inputs": inputs, "outputs": outputs, "units": m}
            assert found(family, n, inputs, outputs, m) in bounds(family, n, **options), (n, options)


DISJOINT = {(1, 1): (10, 8, 14), (2, 1): (40, 28, 104), (1, 2): (40, 28, 64)}


@pytest.mark.parametrize(("n", "m"), DISJOINT)
def test_counts_of_disjoint_inputs_are_exact(n, m):
    and_, pm, mux = DISJOINT[n, m]
    assert bounds("disjoint-output-gating", n, gate_inputs=m).high == bounds("disjoint-output-gating", n, gate_inputs=m).low == and_
    assert bounds("disjoint-output-gating", n, outputs="pm1", gate_inputs=m).high == pm
    assert bounds("disjoint-multiplexing", n, gate_inputs=m).exact and mux in bounds("disjoint-multiplexing", n, gate_inputs=m)


@pytest.mark.parametrize(("degree", "count"), [(1, 246), (2, 256)])
def test_output_gating_of_degree(degree, count):
    """AND_2(3) has T_2(2)^2 = 256 functions, all there are."""
    assert count in bounds("output-gating", 3, degree)
    assert bounds("output-gating", 3, 2).exact


def test_every_family_has_bounds_and_its_claims_give_them():
    assert FAMILIES.keys() == KINDS.keys()
    for name, kind in KINDS.items():
        named = {claim for o in ("01", "pm1") for claim in bounds(name, 7, outputs=o).by}
        assert not kind.claims or named & set(kind.claims), name


@pytest.mark.parametrize("family", [name for name in KINDS if "synaptic" not in name])
def test_no_inputs_leave_the_constants(family):
    interval = bounds(family, 0, gate_inputs=0)
    assert (4 if family == "shared-gate" else 2) in interval and interval.high <= 4


def test_control_a_lower_bound_taken_for_an_upper_one_excludes_counts(monkeypatch):
    def both(s):
        return s.power("no claim", s.n - 1, 2), s.power("no claim", s.n - 1, 2)

    monkeypatch.setattr(module, "FAMILIES", {**FAMILIES, "output-gating": both})
    assert [row[0] for row in outside(known())] == [("output-gating", n) for n in (3, 4)] * 2


def test_control_bounds_that_cross_are_refused(monkeypatch):
    monkeypatch.setattr(module, "FAMILIES", {"output-gating": lambda s: (s.power("no claim", s.n, 2), [])})
    with pytest.raises(BadInput, match="from 10816 to 256 is empty"):
        bounds("output-gating", 3)


@pytest.mark.parametrize("end", [-1, 1])
def test_control_an_interval_off_by_one_is_caught(end):
    def shifted(*arguments, **options):
        interval = bounds(*arguments, **options)
        return Interval(interval.low + end, interval.high + end)

    exact = [row for row in known() if bounds(*row[0], **row[1]).exact]
    assert len(exact) > 10 and outside(exact, shifted) == exact


def test_every_name_is_a_derived_claim_or_a_reason(pytestconfig):
    ledger = json.loads((pytestconfig.rootpath / "proofs" / "ledger.json").read_text())
    derived = {row["name"] for row in ledger["claims"] if row["verdict"] == "derived"}
    for family, inputs, outputs in product(FAMILIES, ("01", "pm1"), ("01", "pm1")):
        for n in (1, 3, 6, 20, 40):
            interval = bounds(family, n, inputs=inputs, outputs=outputs)
            assert interval.low_by and interval.high_by and set(interval.by) <= derived | set(REASONS)


@pytest.mark.parametrize("n", [5, 9, 20, 40])
def test_bounds_of_threshold_functions_are_those_of_the_formulas(n):
    low = 1882 * math.prod(2**k + 1 for k in range(4, n))
    assert bounds("threshold", n).low == low
    assert bounds("threshold", n).high == 2 * sum(math.comb(2**n - 1, k) for k in range(n + 1))
    assert bounds("threshold", n, 2).low == math.prod([57574, *(Threshold().low(k, 1).value for k in range(4, n))])


def test_given_counts_are_used():
    counted = {(n, 1): count for n, count in enumerate(PUBLISHED)}
    interval = bounds("output-gating", 8, counted=counted)
    assert interval.low == PUBLISHED[7] ** 2 and interval.high == PUBLISHED[8] * (PUBLISHED[8] + 1) // 2
    assert "a given count" in interval.by
    assert bounds("threshold", 9, counted=counted).exact


@pytest.mark.parametrize(("n", "degree", "missing"), [(5, 4, 2), (5, 5, 0), (16, 15, 2), (1, 1, 0)])
def test_high_degrees_are_exact(n, degree, missing):
    assert bounds("threshold", n, degree).low == bounds("threshold", n, degree).high == 2 ** (2**n) - missing


def test_covers_power_stands_above_its_sum():
    for n, p in ((3, 4), (11, 20), (12, 1024)):
        assert cover(n, p) == 2 * sum(math.comb(2**n - 1, k) for k in range(p)) <= 2 ** (n * (p - 1) + 1)
    assert cover(12, 1025) == 2 ** (12 * 1024 + 1)


def test_logarithms_are_rounded_outwards():
    low, high = Interval(3, 3).log2
    assert low < math.log2(3) < high and high - low < 1e-12


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("gating", 3), {}, "no bounds for family 'gating'"),
        (("threshold", -1), {}, "n -1 "),
        (("threshold", 65), {}, "n 65 "),
        (("threshold", 4, -1), {}, "degree -1 "),
        (("output-gating", 4, 0), {}, "of degree 0"),
        (("threshold", 40, 20), {}, "monomials > 65536"),
        (("multiplexing", 4, 2), {}, "no claim bounds multiplexing of degree 2"),
        (("shared-gate", 4), {"units": 0}, "units 0 "),
        (("shared-gate", 4), {"units": True}, "units True "),
        (("partial-output-gating", 4), {"gate_inputs": 5}, "gate of 5 inputs"),
        (("output-gating", 4), {"outputs": "+-"}, "convention"),
    ],
)
def test_bad_input_is_refused(arguments, options, message):
    with pytest.raises(BadInput, match=message):
        bounds(*arguments, **options)
