"""Classes of functions, lists of threshold functions, sets of bits, against the trusted column, listed numbers and plain sets."""

from itertools import product

import numpy as np
import pytest

from workbench.capacity.bitsets import Bitset
from workbench.capacity.dichotomies import dichotomies
from workbench.capacity.faces import Faces, ternary_faces
from workbench.capacity.npn import (
    Move,
    canonical_forms,
    checked_tables,
    distinct,
    input_moves,
    npn_classes,
    orbit_representatives,
    word,
)
from workbench.capacity.symmetries import Symmetry
from workbench.capacity.threshold_lists import orbit_tables, self_dual_weights, sign_points, threshold_list
from workbench.classes import full_table, ternary_dichotomies
from workbench.counts import threshold_tables
from workbench.errors import BadInput, Rejected
from workbench.threshold import BooleanFunction, Transformation

A000370 = [1, 2, 4, 14, 222, 616126]  # NPN classes of all functions
A000609 = [2, 4, 14, 104, 1882, 94572, 15028134]  # threshold functions
A001529 = [1, 2, 3, 6, 15, 63, 567]  # their NPN classes
A000617 = [2, 3, 5, 10, 27, 119, 1113]  # their NP classes
A001532 = {5: 21, 6: 135}  # self-dual classes of one variable more


def sample(n, size, seed=0):
    return np.random.default_rng(seed).integers(0, full_table(n) + 1, size, dtype=np.uint64).astype(word(n))


def swap(n, i, j):
    order = list(range(n))
    order[i], order[j] = j, i
    return Transformation(tuple(order), 0, 0)


@pytest.mark.parametrize("n", range(6))
def test_a_move_is_the_transformation_of_the_trusted_column(n):
    tables = sample(n, 20)
    changes = [(Move.negation(n, i), Transformation(tuple(range(n)), 1 << i, 0)) for i in range(n)]
    changes += [(Move.transposition(n, i, j), swap(n, i, j)) for j in range(n) for i in range(j)]
    for move, change in changes:
        assert move(tables).tolist() == [BooleanFunction(n, int(t)).transformed(change).table for t in tables]


@pytest.mark.parametrize("outputs", [True, False])
@pytest.mark.parametrize("n", range(5))
def test_canonical_forms_are_those_of_the_trusted_column(n, outputs):
    tables = np.arange(full_table(n) + 1) if n < 3 else sample(n, 6)
    least, sizes = canonical_forms(tables, n, outputs=outputs)
    for t, small, size in zip(tables.tolist(), least.tolist(), sizes.tolist(), strict=True):
        orbit = BooleanFunction(n, t).orbit(outputs=outputs)
        assert (small, size) == (min(f.table for f in orbit), len(orbit))


@pytest.mark.parametrize("n", range(5))
def test_classes_of_all_functions(n):
    """Against the canonical form of every function."""
    found = npn_classes(n)
    least, _ = canonical_forms(np.arange(full_table(n) + 1), n)
    representatives, sizes = np.unique(least, return_counts=True)
    assert found.representatives.tolist() == representatives.tolist() and found.sizes.tolist() == sizes.tolist()
    assert len(found.sizes) == A000370[n]


@pytest.mark.slow
def test_classes_of_five_inputs():
    said = []
    found = npn_classes(5, progress=lambda *told: said.append(told))
    assert len(found.representatives) == A000370[5] and int(found.sizes.sum()) == 2**32
    least, sizes = canonical_forms(found.representatives, 5)
    assert (least == found.representatives).all() and (sizes == found.sizes).all()
    assert (np.diff(found.representatives.astype(np.int64)) > 0).all()
    assert not said or said[-1] == ("NPN classes", 222, 222)


@pytest.mark.parametrize("n", range(6))
def test_threshold_functions_are_as_many_as_listed(n):
    tables = threshold_list(n)
    negate = lambda t: t ^ word(n).type(full_table(n))  # noqa: E731
    assert len(tables) == A000609[n] and tables.dtype == word(n)
    assert len(orbit_representatives(tables, [*input_moves(n), negate])) == A001529[n]
    assert len(orbit_representatives(tables, input_moves(n))) == A000617[n]


@pytest.mark.slow
def test_threshold_functions_of_six_inputs():
    assert len(threshold_list(6)) == A000609[6]


@pytest.mark.parametrize("n", A001532)
def test_classes_of_self_dual_threshold_functions(n):
    weights = self_dual_weights(n)
    assert len(weights) == A001532[n] and (weights[:, :-1] >= weights[:, 1:]).all() and (weights >= 0).all()
    assert (weights @ sign_points(n)).all()


@pytest.mark.parametrize("n, degree, count", [(3, 2, 254), (4, 2, 57574), (4, 4, 65536), (4, 9, 65536)])
def test_threshold_functions_of_higher_degree(n, degree, count):
    assert len(threshold_list(n, degree)) == count


def test_a_list_is_read_only_and_its_limits_are_said():
    with pytest.raises(ValueError, match="read-only"):
        threshold_list(2)[0] = 6
    with pytest.raises(BadInput, match="arity 7"):
        threshold_list(7)
    with pytest.raises(BadInput, match="give 3, the bias"):
        orbit_tables([[1, 1]], 2)


@pytest.mark.parametrize("n", range(5))
def test_dichotomies_of_a_cube_are_the_threshold_functions(n):
    points = [[1, *(2 * (k >> i & 1) - 1 for i in range(n))] for k in range(1 << n)]
    found = dichotomies(points)
    assert found.keys() == threshold_tables(n)
    for pattern, w in found.items():
        values = np.array(points) @ np.array(w, dtype=object)
        assert [v > 0 for v in values] == [bool(pattern >> k & 1) for k in range(1 << n)] and all(values)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_ternary_dichotomies_three_ways(n):
    """From symmetric threshold functions here and in the trusted column, and by Cover's recursion on the points."""
    block = 1 << (n - 1)
    found = {int(a) | int(b) << block | int(c) << 2 * block for a, b, c in zip(*ternary_faces(n), strict=True)}
    assert found == ternary_dichotomies(threshold_tables(n + 1), n)
    points = [[1, *(k >> i & 1 for i in range(n - 1)), y] for y in (-1, 0, 1) for k in range(block)]
    assert found == dichotomies(points).keys()


@pytest.mark.parametrize(
    "vectors, number",
    [([], 1), ([(0,)], 0), ([(3,), (-2,)], 2), ([(1, 0), (0, 1), (1, 1), (2, 2)], 6), ([(1, 0, 0), (0, 0, 1)], 4)],
    ids=["none", "the origin", "one line twice", "three lines", "not spanning"],
)
def test_dichotomies_of_few_vectors(vectors, number):
    assert len(dichotomies(vectors)) == number


def test_dichotomies_of_points_in_general_position_are_as_many_as_cover_says():
    """2 sum_{k < D} C(N - 1, k), for N = 7 points on the moment curve in D = 4 dimensions."""
    assert len(dichotomies([(1, t, t**2, t**3) for t in range(7)])) == 2 * (1 + 6 + 15 + 20)


@pytest.mark.parametrize("n", range(5))
def test_a_set_of_bits_is_closed_as_a_set_of_tables(n):
    for seed, move in product(range(2), input_moves(n)):
        tables, found = sample(n, 4, seed), Bitset.empty(n)
        found.add(tables)
        found.close(move)
        expected = {*tables.tolist(), *move(tables).tolist()}
        assert set(np.flatnonzero(found.indicator()).tolist()) == expected and found.count() == len(expected)
        found.close_complement()
        assert found.count() == len(expected | {full_table(n) ^ t for t in expected})


@pytest.mark.parametrize("n", range(5))
def test_closing_under_the_moves_in_order_gives_orbits(n):
    table, found = int(sample(n, 1, 5)[0]), Bitset.empty(n)
    found.add([table])
    found.close_under(input_moves(n), complement=True)
    assert set(np.flatnonzero(found.indicator()).tolist()) == {f.table for f in BooleanFunction(n, table).orbit()}


def test_control_one_move_less_closes_less():
    found = Bitset.empty(3)
    found.add([0b00001000])
    found.close_under(input_moves(3)[1:])
    assert found.count() < len(BooleanFunction(3, 0b00001000).orbit(outputs=False))


GROUPS = [Symmetry(n, n, n, o) for n in range(4) for o in (False, True)]
GROUPS += [
    Symmetry(3, 2, 2, True),
    Symmetry(3, 2, 3, True),
    Symmetry(3, 3, 0, True),
    Symmetry(4, 3, 4, True),
    Symmetry(4, 4, 0, True),
]


@pytest.mark.parametrize("by", GROUPS, ids=str)
def test_orbits_are_counted_as_they_are_listed(by):
    found, negate = Bitset.empty(by.n), lambda t: t ^ word(by.n).type(full_table(by.n))
    found.add(sample(by.n, 1 << by.n, 7))
    found.close_under(by.moves, complement=by.output)
    tables = np.flatnonzero(found.indicator()).astype(word(by.n))
    assert by.orbits(found) == len(orbit_representatives(tables, [*by.moves, *([negate] if by.output else [])]))


@pytest.mark.parametrize("n", range(5))
def test_orbits_of_all_functions(n):
    found = Bitset.empty(n)
    found.add(np.arange(full_table(n) + 1))
    assert Symmetry(n, n, n, True).orbits(found) == A000370[n]


def test_control_a_set_that_is_not_closed_has_no_number_of_orbits():
    found = Bitset.empty(3)
    found.add([0b00001000])
    with pytest.raises(Rejected, match="not closed"):
        Symmetry(3, 3, 3, False).orbits(found)


def test_sets_are_compared_and_united():
    small, large = Bitset.empty(3), Bitset.empty(3)
    small.add([5])
    large.add([7])
    assert not small.subset_of(large)
    large.unite(small)
    assert small.subset_of(large) and large.contains([5, 6, 7]).tolist() == [True, False, True]
    large.add_gated(Faces(3, np.array([6], np.uint8), np.array([0], np.uint8)), np.array([0xFF], np.uint8))
    assert large.contains([6]).all()


@pytest.mark.parametrize("tables", [[16], [-1], [0.5]], ids=str)
def test_what_is_no_table_is_refused(tables):
    with pytest.raises(BadInput):
        checked_tables(tables, 2)


def test_a_map_that_leads_out_is_refused():
    with pytest.raises(BadInput, match="leads out"):
        orbit_representatives(np.array([0b0010], np.uint8), [Move.transposition(2, 0, 1)])
    assert distinct(np.array([], np.uint8)).size == 0
