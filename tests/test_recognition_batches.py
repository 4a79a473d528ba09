"""Recognition of many functions against weight grids, published counts, single decisions and arithmetic written out."""

import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import combinations, product
from math import factorial, prod

import jax
import numpy as np
import pytest

import workbench as wb
from workbench.capacity import provers, simplex
from workbench.capacity.chow import ChowTable, chow_parameters, chow_table
from workbench.capacity.evidence_arrays import EvidenceArrays
from workbench.capacity.least_weights import minimal_weights
from workbench.capacity.nearest import disjoint_fours, nearest_threshold
from workbench.capacity.recognised import recognise
from workbench.capacity.summability import summable_points
from workbench.capacity.truth_tables import TruthTables
from workbench.capacity.verification import cancelled, represented
from workbench.counts import threshold_tables
from workbench.domain import Cube
from workbench.errors import BadInput, Rejected
from workbench.poly import monomial, monomials
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation

COUNTS = {1: (2, 4), 2: (2, 14, 16), 3: (2, 104, 254, 256), 4: (2, 1882, 57574, 65534, 65536)}  # A000609 in column 1


def spins(n):
    """The points of {-1, 1}^n in order, by counting."""
    return np.array([p[::-1] for p in product((-1, 1), repeat=n)], dtype=np.int64).reshape(1 << n, n)


def characters(n, degree):
    """The monomials' values by multiplication, shape (points, monomials), by size and then in colexicographic order."""
    chosen = [c for k in range(degree + 1) for c in sorted(combinations(range(n), k), key=lambda c: c[::-1])]
    return np.stack([spins(n)[:, list(c)].prod(axis=1) for c in chosen], axis=1)


def holds(found):
    """Whether every row of a record is right, by sums in int64 of numbers far below its limit."""
    tables = np.array([int.from_bytes(row.tobytes(), "little") for row in found.tables.packed], dtype=object)
    signs = 2 * np.stack([tables >> k & 1 for k in range(1 << found.tables.n)], axis=1).astype(np.int64) - 1
    values = characters(found.tables.n, found.degree)
    assert max(np.abs(found.weights).max(initial=0), found.multiplicities.max(initial=0)) < 1 << 40
    yes = ((found.weights @ values.T) * signs > 0).all(axis=1)
    density = np.zeros(signs.shape, dtype=np.int64)
    np.add.at(density, (np.arange(len(found))[:, None], found.points), found.multiplicities)
    no = (density >= 0).all(axis=1) & density.any(axis=1) & ~((density * signs) @ values).any(axis=1)
    return bool((np.where(found.threshold, yes, no)).all())


def weight_grid(n, degree, largest):
    """All sign tables of integer weights up to `largest`."""
    width = characters(n, degree).shape[1]
    grid = np.array(list(product(range(-largest, largest + 1), repeat=width)))
    values = grid @ characters(n, degree).T
    return set(((values > 0) @ (1 << np.arange(1 << n)))[(values != 0).all(axis=1)].tolist())


def packed(n, tables):
    return TruthTables.of([BooleanFunction(n, t) for t in tables], n)


def random_tables(n, count, seed):
    rng = random.Random(seed)
    return packed(n, [rng.getrandbits(1 << n) for _ in range(count)])


def random_ptfs(n, degree, count, seed, largest=9):
    rng = random.Random(seed)
    weights = ({monomial(m): 2 * rng.randint(-largest, largest) + (m == 0) for m in monomials(n, degree)} for _ in range(count))
    return TruthTables.of([PTF.from_weights(w, Cube(n)) for w in weights])


# Correct on all functions


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_all_functions_up_to_three_inputs(n, degree):
    found = recognise(np.arange(1 << (1 << n)), degree, n=n)
    known = weight_grid(n, degree, 2) if degree < n else set(range(1 << (1 << n)))
    assert set(np.flatnonzero(found.threshold).tolist()) == known
    assert n == 0 or len(known) == COUNTS[n][min(degree, n)]
    assert holds(found)


@pytest.mark.parametrize("degree", range(5))
def test_all_functions_of_four_inputs_at_every_degree(monkeypatch, degree):
    monkeypatch.setattr(provers, "_one_by_one", None)  # nothing is left to it
    found = recognise(np.arange(1 << 16), degree, n=4)
    assert found.threshold.sum() == COUNTS[4][degree]
    assert holds(found)
    found.check()
    if degree == 1:
        assert set(np.flatnonzero(found.threshold).tolist()) == weight_grid(4, 1, 3)


def test_degree_one_is_decided_alike_by_look_up_and_by_linear_programs(monkeypatch):
    looked_up = recognise(np.arange(1 << 16), n=4)
    monkeypatch.setattr(provers, "LOOKED_UP", 0)
    programmed = recognise(np.arange(1 << 16), n=4)
    assert (looked_up.threshold == programmed.threshold).all() and holds(programmed)
    assert (looked_up.points.shape[1], programmed.points.shape[1]) == (4, 6)


def test_parities_alone_need_the_last_degree():
    parity = np.array([0x6996, 0x9669])
    assert np.flatnonzero(~recognise(np.arange(1 << 16), 3, n=4).threshold).tolist() == parity.tolist()
    found = recognise(np.append(parity, [0, 0x8000]), 3, n=4)
    assert found.multiplicities.tolist() == [[1] * 16] * 2 + [[0] * 16] * 2 and holds(found)


LARGE = {"n=5, d=1": (5, 1), "n=7, d=1": (7, 1), "n=6, d=2": (6, 2), "n=9, d=1": (9, 1)}


@pytest.mark.parametrize(("n", "degree"), LARGE.values(), ids=LARGE)
def test_large_functions_of_both_kinds(n, degree):
    members, others = random_ptfs(n, degree, 20, seed=n), random_tables(n, 20, seed=n)
    found = recognise(TruthTables(n, np.concatenate([members.packed, others.packed])), degree)
    assert found.threshold[:20].all() and holds(found)
    for k in (0, 20, 39):
        single = wb.recognise(found.tables.function(k), degree)
        assert isinstance(found.certificate(k), type(single))


def test_hard_negatives_are_settled_by_a_nullspace(monkeypatch):
    called = []
    inner = simplex.positive_relation
    monkeypatch.setattr(simplex, "positive_relation", lambda vectors: called.append(len(vectors)) or inner(vectors))
    monkeypatch.setattr(provers, "_one_by_one", None)
    found = recognise(random_tables(8, 12, seed=8), 2)
    assert not found.threshold.any() and holds(found)
    assert called and found.multiplicities.max() > 1000


def nothing(signs, features):
    width = features.shape[1]
    return np.zeros((len(signs), width), np.int64), np.zeros((len(signs), 1), np.int32), np.zeros((len(signs), 1), np.int64)


def lies(signs, features):
    return tuple(np.ones_like(array) for array in nothing(signs, features))


@pytest.mark.parametrize("proposed", [nothing, lies])
def test_a_solver_that_fails_or_lies_changes_no_answer(monkeypatch, proposed):
    tables = np.arange(0, 1 << 16, 1021)
    expected = recognise(tables, 2, n=4)
    monkeypatch.setattr(simplex, "proposed", proposed)
    found = recognise(tables, 2, n=4)
    assert (found.threshold == expected.threshold).all() and holds(found)


def test_a_table_without_a_class_changes_no_answer(monkeypatch):
    monkeypatch.setattr("workbench.capacity.chow.chow_table", lambda n: ChowTable.of(n, np.array([[1] + [0] * n])))
    found = recognise(np.arange(256), n=3)
    assert found.threshold.sum() == 104 and holds(found)


# Four points


def test_four_points_refute_all_but_threshold_functions_up_to_four_inputs():
    for n in range(5):
        points, found = summable_points(TruthTables.of(np.arange(1 << (1 << n)), n))
        assert (~found).sum() == (COUNTS[n][1] if n else 2)
        at = spins(n)[points[found]]
        assert (at[:, 0] + at[:, 1] == at[:, 2] + at[:, 3]).all()
        values = np.flatnonzero(found)[:, None] >> points[found] & 1
        assert (values == [1, 1, 0, 0]).all()


@pytest.mark.parametrize("n", [5, 8])
def test_four_points_refute_monotone_functions_without_weights(n):
    monotone = BooleanFunction.from_rule(lambda *x: (x[0] and x[1]) or (x[-1] and x[-2]), n=n)
    points, found = summable_points(TruthTables.of([monotone, ~monotone]))
    assert found.all()
    for f, four in zip((monotone, ~monotone), points.tolist(), strict=True):
        assert [f.bits[k] for k in four] == [1, 1, 0, 0]
        assert (spins(n)[four[0]] + spins(n)[four[1]] == spins(n)[four[2]] + spins(n)[four[3]]).all()
    assert not summable_points(random_ptfs(n, 1, 40, seed=3))[1].any()


# Chow parameters


def test_chow_parameters_are_sums_of_the_function():
    tables = random_tables(6, 30, seed=1)
    assert chow_parameters(tables).tolist() == [list(tables.function(k).chow) for k in range(30)]
    f = PTF.from_weights({(0,): 3, (1, 2): 2}, Cube(3))
    assert chow_parameters(f).tolist() == list(f.chow)
    assert chow_parameters(BooleanFunction(0, 1)).tolist() == [1]
    assert chow_parameters(TruthTables.of([], 3)).shape == (0, 4)


COUNTED = ((1, 2), (1, 4), (2, 14), (3, 104), (7, 1882), (21, 94572), (135, 15028134), (2470, 8378070864))  # A001532, A000609


@pytest.mark.parametrize(("n", "classes", "functions"), [(n, *row) for n, row in enumerate(COUNTED)])
def test_the_table_has_every_class_once(n, classes, functions):
    """Signs and orders of the weights give all functions, since weights are tied where inputs are alike."""
    table = chow_table(n)
    assert len(table.keys) == classes
    rows = [Counter(row) for row in table.weights.tolist()]
    ties = [prod(map(factorial, row.values())) for row in rows]
    assert sum((factorial(n + 1) // tie) << (n + 1 - row[0]) for row, tie in zip(rows, ties, strict=True)) == functions


@pytest.mark.slow
def test_classes_of_eight_inputs():
    from workbench.capacity.chamber_classes import threshold_classes

    assert len(chow_table(8).keys) == 175428  # A001532(9)
    assert np.array_equal(np.sort(chow_table(7).weights, axis=0), np.sort(threshold_classes(7).weights, axis=0))
    members, others = random_ptfs(8, 1, 5000, seed=8, largest=99), random_tables(8, 5000, seed=9)
    found = recognise(TruthTables(8, np.concatenate([members.packed, others.packed])))
    assert found.threshold.tolist() == [True] * 5000 + [False] * 5000
    assert found.points.shape[1] == 4
    found.check()


def test_members_are_looked_up_and_others_are_not():
    members, others = random_ptfs(6, 1, 200, seed=5, largest=40), random_tables(6, 200, seed=6)
    weights, found = chow_table(6).proposed(members)
    assert found.all() and represented(members.signs(), weights, characters(6, 1)).all()
    assert not chow_table(6).proposed(others)[1].any()


BAD_CLASSES = {
    "rising": ([[1, 2, 0]], "weights do not fall|not falling"),
    "negative": ([[1, 0, -1]], "not >= 0"),
    "tie": ([[1, 1, 0]], "sum of zero"),
    "twice": ([[1, 0, 0], [3, 1, 1]], "one key"),
    "large": ([[1 << 23, 0, 0]], "2\\*\\*24"),
    "width": ([[1, 0]], "shape"),
    "none": (np.zeros((0, 3), dtype=int), "shape"),
}


@pytest.mark.parametrize(("weights", "message"), BAD_CLASSES.values(), ids=BAD_CLASSES)
def test_classes_that_make_no_table(weights, message):
    with pytest.raises(BadInput, match=message):
        ChowTable.of(2, np.array(weights))


# Ways in, refusals, and what a call leaves alone


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 6, 7])
def test_all_ways_in_give_the_same_tables(n):
    rng = random.Random(n)
    tables = [rng.getrandbits(1 << n) for _ in range(9)]
    functions = [BooleanFunction(n, t) for t in tables]
    rows = np.array([list(t.to_bytes(max(1, (1 << n) // 8), "little")) for t in tables], dtype=np.uint8)
    ways = [TruthTables.of(functions), TruthTables.of(tuple(functions), n), TruthTables.of(rows, n)]
    if n <= 6:
        ways.append(TruthTables.of(np.array(tables, dtype=np.uint64), n))
    for way in ways:
        assert [way.function(k) for k in range(9)] == functions
        assert way.bits().tolist() == [list(f.bits) for f in functions]


def test_no_functions_and_functions_of_no_inputs():
    assert len(recognise([], n=4)) == 0
    recognise([], 2, n=4).check()
    found = recognise([BooleanFunction(0, 0), BooleanFunction(0, 1)], 3)
    assert found.weights.tolist() == [[-1], [1]] and found.degree == 0


REFUSED = {
    "a number": (lambda: recognise(6), "a int is not a sequence"),
    "numbers": (lambda: recognise([6]), "a int is not a BooleanFunction or a PTF"),
    "text": (lambda: recognise("0x6"), "a str is not a sequence"),
    "array without n": (lambda: recognise(np.arange(4)), "give n="),
    "nothing without n": (lambda: recognise([]), "give n="),
    "two arities": (lambda: recognise([BooleanFunction(1, 1), BooleanFunction(2, 1)]), "functions of 1 and 2 inputs"),
    "table too large": (lambda: recognise(np.array([16]), n=2), "not from 0 to 2\\*\\*4 - 1"),
    "byte too large": (lambda: recognise(np.array([[16]], dtype=np.uint8), n=2), "not from 0 to 2\\*\\*4 - 1"),
    "negative table": (lambda: recognise(np.array([-1]), n=6), "table -1"),
    "floats": (lambda: recognise(np.array([1.0]), n=2), "type float64"),
    "integers for 7 inputs": (lambda: recognise(np.array([1]), n=7), "tables of 7 inputs have shape \\(functions, 16\\)"),
    "rows too short": (lambda: recognise(np.zeros((2, 15), np.uint8), n=7), "shape \\(2, 15\\)"),
    "arity": (lambda: recognise(np.zeros((1, 256), np.uint8), n=11), "11 inputs > 10"),
    "no arity": (lambda: recognise(np.zeros((1, 256), np.uint8), n=-1), "arity -1"),
    "arity in words": (lambda: recognise([BooleanFunction(2, 1)], n="2"), "arity '2'"),
    "another arity": (lambda: recognise(packed(2, [6]), n=3), "tables of 2 inputs, not 3"),
    "degree": (lambda: recognise(np.arange(4), -1, n=1), "degree -1"),
    "size": (lambda: recognise(np.zeros((1, 128), np.uint8), 4, n=10), "386 monomials"),
    "function beyond": (lambda: recognise(np.arange(4), n=1).certificate(4), "function 4 is not from 0 to 3"),
    "four points": (lambda: summable_points(random_tables(9, 1, seed=0)), "arity 9"),
    "nearest": (lambda: nearest_threshold(BooleanFunction(9, 1)), "arity 9"),
    "nearest of a number": (lambda: nearest_threshold(6), "a int is not a BooleanFunction or a PTF"),
    "minimal weights of none": (lambda: minimal_weights(BooleanFunction(2, 6)), "no threshold function"),
    "norm": (lambda: minimal_weights(BooleanFunction(2, 8), norm="euclid"), "norm 'euclid'"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()


def test_progress_ends_with_all_and_may_interrupt():
    seen = []
    recognise(np.arange(1 << 14), n=4, progress=lambda *at: seen.append(at))
    assert seen == [(1 << 13, 1 << 14), (1 << 14, 1 << 14)]

    def interrupt(done, given):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recognise(np.arange(4), n=1, progress=interrupt)


def test_no_setting_changes_and_one_function_loads_no_jax():
    recognise(np.arange(256), 2, n=3)
    assert not jax.config.jax_enable_x64
    code = "import sys, workbench as wb; wb.recognise(wb.BooleanFunction(2, 6)); print('jax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.stdout == "False\n", done.stderr


# What must be rejected


def changed(array, place, value):
    copy = array.copy()
    copy[place] = value
    return copy


RECORD = recognise(np.array([0b0110, 0b1000]), n=2)
MUTATED = {
    "a weight's sign": (replace(RECORD, weights=changed(RECORD.weights, (1, 0), 1)), "function 1, point 1"),
    "weights of another": (replace(RECORD, weights=RECORD.weights[::-1]), "function 0, point"),
    "no weights": (replace(RECORD, weights=0 * RECORD.weights), "neither weights nor a witness, at function 1"),
    "a multiplicity": (replace(RECORD, multiplicities=changed(RECORD.multiplicities, (0, 0), 2)), "function 0, monomial"),
    "a negative multiplicity": (replace(RECORD, multiplicities=-RECORD.multiplicities), "not positive"),
    "no witness": (replace(RECORD, multiplicities=0 * RECORD.multiplicities), "neither weights nor a witness, at function 0"),
    "a point": (replace(RECORD, points=changed(RECORD.points, (0, 0), 2)), "function 0"),
    "a point beyond": (replace(RECORD, points=changed(RECORD.points, (0, 1), 4)), "function 0: point 4|point 4"),
    "a negative point": (replace(RECORD, points=RECORD.points - 4), "point -"),
    "floats": (replace(RECORD, weights=RECORD.weights * 1.0), "not integers"),
    "floats as objects": (replace(RECORD, weights=(RECORD.weights * 1.0).astype(object)), "not integers"),
    "both": (replace(RECORD, weights=RECORD.weights[[1, 1]]), "function 0, point"),
    "more": (replace(RECORD, multiplicities=RECORD.multiplicities[[0, 0]]), "function 1"),
    "a row less": (replace(RECORD, weights=RECORD.weights[:1]), "one row for each"),
    "other functions": (replace(RECORD, tables=TruthTables.of(np.array([0b0110, 0b0100]), 2)), "function 1, point"),
    "another degree": (replace(RECORD, degree=2), "one row for each"),
}


@pytest.mark.parametrize(("record", "message"), MUTATED.values(), ids=MUTATED)
def test_control_a_false_record_is_rejected(record, message):
    RECORD.check()
    with pytest.raises(Rejected, match=message):
        record.check()


@pytest.mark.parametrize("shift", [0, 1], ids=["2^53", "2^63"])
def test_sums_beyond_float64_and_int64_are_exact(shift):
    """x_0 > 0 by weights whose sum is 1 at the least: float64 rounds it to 0, and five times 2^62 wraps around in int64."""
    large = (1 << 53) if not shift else (1 << 62) + (1 << 61)
    weights = np.array([[large, large + 1], [large + 1, large]], dtype=np.int64)
    assert represented(np.array([[-1, 1]] * 2), weights, np.array([[1, -1], [1, 1]])).tolist() == [True, False]
    points, once = np.array([[0, 0, 0, 0, 1]]), np.array([[large] * 4 + [4 * large % (1 << 64)]], dtype=np.uint64).astype(object)
    assert cancelled(np.array([[1, -1]]), points, once, np.array([[1], [1]])).tolist() == [not shift]


def test_integers_beyond_int64_stay_whole():
    held = EvidenceArrays.of_weights(np.array([[1 << 70, 1]], dtype=object))
    filled = EvidenceArrays.none(2, 2).filled(np.array([1]), held)
    assert filled.weights.tolist() == [[0, 0], [1 << 70, 1]]
    assert EvidenceArrays.joined([filled, EvidenceArrays.none(1, 2)]).weights[1, 0] == 1 << 70


# Threshold degree, minimal weights, nearest threshold function


def test_threshold_degrees_count_all_functions():
    assert np.bincount(wb.threshold_degrees(np.arange(256), n=3)).tolist() == np.diff([0, *COUNTS[3]]).tolist()
    functions = [BooleanFunction(3, t) for t in range(0, 256, 9)]
    assert wb.threshold_degrees(functions).tolist() == [wb.threshold_degree(f).degree for f in functions]


@pytest.mark.parametrize("n", [1, 4, *(pytest.param(n, marks=pytest.mark.slow) for n in (5, 6, 7))])
def test_symmetric_functions_have_as_many_degrees_as_sign_changes(n):
    """A polynomial averaged over all orders of the inputs is one in their sum, with the same signs (Minsky, Papert 1969)."""
    values = np.arange(1 << n + 1)[:, None] >> np.arange(n + 1) & 1
    weight = (spins(n) > 0).sum(axis=1)
    tables = TruthTables(n, np.packbits(values[:, weight].astype(np.uint8), axis=1, bitorder="little"))
    assert wb.threshold_degrees(tables).tolist() == (values[:, 1:] != values[:, :-1]).sum(axis=1).tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_parity_has_degree_n(n):
    found = wb.threshold_degree(BooleanFunction.from_rule(lambda *x: sum(x) % 2, n=n))
    found.check()
    assert found.degree == n and found.witness.degree == n - 1 and len(found.witness.witness) == 1 << n
    for false in (replace(found, witness=None), replace(found, witness=replace(found.witness, degree=n))):
        with pytest.raises(Rejected):
            false.check()


def test_a_constant_has_degree_zero():
    found = wb.threshold_degree(BooleanFunction(3, 0))
    found.check()
    assert (found.degree, found.witness) == (0, None)


@pytest.mark.parametrize(("n", "largest"), [(1, 1), (2, 1), (3, 2), (4, 3)])
def test_the_largest_minimal_weight(n, largest):
    found = [
        minimal_weights(PTF.from_weights({tuple([i - 1] * (i > 0)): int(w) for i, w in enumerate(row)}, Cube(n)))
        for row in chow_table(n).weights
    ]
    assert max(r.size for r in found) == largest and all(r.optimal for r in found)
    for r in found:  # no smaller weights, by trying them all
        if r.size > 1 and n < 4:
            assert r.representation.table not in weight_grid(n, 1, r.size - 1)


def test_minimal_weights_of_higher_degree_and_by_sum():
    f = BooleanFunction.from_rule(lambda a, b, c: a if b else c, n=3)  # the sign of a + a b + c
    found = minimal_weights(f, 2, norm="sum")
    found.check()
    assert (found.size, found.optimal) == (3, True) and found.representation.degree == 2
    for false in (replace(found, size=2), replace(found, bound=4), replace(found, norm="largest")):
        with pytest.raises(Rejected):
            false.check()


def test_minimal_weights_without_the_solver_are_those_that_are_known():
    found = minimal_weights(BooleanFunction.from_rule(lambda *x: sum(x) > 3, n=6), seconds=0)
    found.check()
    assert 1 <= found.bound <= found.size


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_nearest_is_the_least_of_all_distances(n):
    members = threshold_tables(n)
    for k in range(12):
        f = BooleanFunction(n, random.Random(k).getrandbits(1 << n))
        found = nearest_threshold(f)
        assert found.distance == found.bound == min((f.table ^ t).bit_count() for t in members)
        assert found.optimal and len(found.witnesses) <= found.distance


def test_nearest_by_integer_programming():
    f = BooleanFunction.from_rule(lambda *x: sum(x) > 3, n=7)
    g = BooleanFunction(7, f.table ^ (1 << 127) ^ 1)
    found = nearest_threshold(g, seconds=20)
    assert (found.distance, found.bound, found.representation.table) == (2, 2, f.table)
    for false in (
        replace(found, function=f),
        replace(found, bound=3),
        replace(found, witnesses=found.witnesses * 2, bound=2),
    ):
        with pytest.raises(Rejected):
            false.check()


def test_fours_are_disjoint_and_their_number_bounds_the_distance_of_parity():
    parity = BooleanFunction.from_rule(lambda *x: sum(x) % 2, n=5)
    fours = disjoint_fours(parity)
    assert len(fours) == 8 and len({k for four in fours for k in four}) == 32
    assert nearest_threshold(parity).distance == 10


def test_single_functions_give_certificates():
    assert isinstance(recognise(BooleanFunction(2, 8)), SignRepresentation)
    assert isinstance(wb.recognise(PTF.from_weights({(0, 1): 1}, Cube(2))), DualWitness)
