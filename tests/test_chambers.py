"""Counts by chambers against listed sequences, slower exact methods, brute force over small weights, and congruences."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from workbench.capacity.chamber_classes import orbit_sizes, threshold_classes
from workbench.capacity.chambers import predicted_seconds, recomputed, resonance_regions, shard_value, shards, threshold_counts
from workbench.capacity.slices import LARGEST, most_rays, regions_of_slices
from workbench.capacity.small_weights import largest_minimal_weight, smallest_weights
from workbench.congruences import congruences, consistency, fixed_functions, regions
from workbench.counts import threshold_tables
from workbench.errors import BadInput, Rejected
from workbench.regions import Counts
from workbench.shards import Store
from workbench.threshold import BooleanFunction

THRESHOLD = (2, 4, 14, 104, 1882, 94572, 15028134, 8378070864, 17561539552946, 144130531453121108)  # A000609
SELF_DUAL = (1, 1, 2, 3, 7, 21, 135, 2470, 175428)  # A001532(n + 1)
NP = (2, 3, 5, 10, 27, 119, 1113, 29375, 2730166)  # A000617
NPN = (1, 2, 3, 6, 15, 63, 567, 14755, 1366318)  # A001529
RESONANCE = (2, 6, 32, 370, 11292, 1066044, 347326352)  # A034997 from n = 1 on


def points(n, *, first=(-1, 1)):
    return [(x0, *rest) for x0 in first for rest in product((-1, 1), repeat=n)]


@pytest.mark.parametrize("n", range(9))
def test_counts_are_as_listed(n):
    found = threshold_counts(n)
    assert (found.threshold, found.self_dual_classes, found.np_classes, found.npn_classes) == (
        THRESHOLD[n],
        SELF_DUAL[n],
        NP[n],
        NPN[n],
    )
    assert all(isinstance(value, int) for value in (found.threshold, *found.faces))
    assert len(found.faces) == 2 ** (n + 1) and found.faces[-1] == found.self_dual_classes


@pytest.mark.slow
def test_counts_of_nine_inputs():
    found = threshold_counts(9, workers=2)
    assert found.threshold == THRESHOLD[9]
    assert 2 * found.npn_classes == found.np_classes + SELF_DUAL[8]
    assert len(consistency([*THRESHOLD[:9], found.threshold])) == 48


@pytest.mark.parametrize("n", range(5))
def test_classes_are_those_of_the_certified_tables(n):
    tables = threshold_tables(n)
    found = threshold_counts(n)
    assert found.threshold == len(tables)
    for outputs, number in ((False, found.np_classes), (True, found.npn_classes)):
        left, classes = set(tables), 0
        while left:
            left -= {f.table for f in BooleanFunction(n, min(left)).orbit(outputs=outputs)}
            classes += 1
        assert classes == number


@pytest.mark.parametrize("n", range(5))
def test_faces_hold_the_sign_vectors_of_their_points(n):
    """Points of a face with small coefficients on its rays meet every region of it."""
    faces = threshold_counts(n).faces
    x = np.array(points(n, first=(1,)))
    for number, value in enumerate(faces):
        rays = [[int(i <= k) for i in range(n + 1)] for k in range(n + 1) if number >> k & 1]
        combined = np.array(list(product(range(1, 9), repeat=len(rays)))) @ np.array(rays) if rays else np.zeros((1, n + 1))
        signs = np.sign(combined @ x.T)
        assert len({tuple(s) for s in signs.tolist() if all(s)}) == value


@pytest.mark.parametrize("n", range(5))
def test_threshold_functions_are_regions_of_all_points(n):
    assert regions(points(n, first=(1,))) == THRESHOLD[n]


@pytest.mark.parametrize("n", range(1, 8))
def test_resonance_regions_are_as_listed(n):
    assert resonance_regions(n) == RESONANCE[n - 1]


@pytest.mark.parametrize("n", range(1, 4))
def test_resonance_regions_by_another_way(n):
    assert resonance_regions(n) == regions([s[:-1] for s in product((0, 1), repeat=n + 1) if s[-1] == 0 and any(s)])


@pytest.mark.slow
def test_resonance_regions_of_eight():
    assert resonance_regions(8) == 419172756930


@pytest.mark.parametrize("n, key", [(5, "63:0/1"), (7, "255:0/1"), (7, "191:0/1"), (8, "511:0/1"), (8, "511:3/7"), (8, "383:1/2")])
def test_another_order_of_the_hyperplanes_changes_nothing(n, key):
    assert len({shard_value(n, key, order) for order in range(6)}) == 1


@pytest.mark.parametrize("n, face, parts", [(6, 127, 2), (7, 255, 5), (8, 511, 64), (8, 511, 1000)])
def test_parts_of_a_face_sum_to_the_face(n, face, parts):
    found = [shard_value(n, f"{face}:{part}/{parts}") for part in range(parts)]
    assert 1 + sum(found) == SELF_DUAL[n] and len(set(found)) > 1


@pytest.mark.parametrize("n", range(9))
def test_shards_are_each_face_without_those_in_a_hyperplane(n):
    """A hyperplane contains a face if and only if all its rays have an even number of ones."""
    odd = sum(1 << k for k in range(0, n + 1, 2))
    assert shards(n) == tuple(f"{face}:0/1" for face in range(2 ** (n + 1)) if face & odd)


def test_large_faces_are_in_parts():
    keys = shards(9)
    assert len(keys) == 2**10 - 2**5 + 31 and keys[-32:] == tuple(f"1023:{part}/32" for part in range(32))


def test_a_count_is_stored_and_resumed(tmp_path):
    seen = []
    assert threshold_counts(6, store=tmp_path, workers=2, progress=seen.append).threshold == THRESHOLD[6]
    assert [p.done for p in seen] == list(range(1, len(shards(6)) + 1))
    assert threshold_counts(6, store=tmp_path, progress=seen.clear).threshold == THRESHOLD[6]
    assert len(seen) == len(shards(6))


def test_stored_shards_are_recomputed_in_another_order(tmp_path):
    threshold_counts(6, store=tmp_path)
    assert len(recomputed(6, tmp_path, sample=20)) == len(set(recomputed(6, tmp_path, sample=20, seed=1))) == 20
    assert sorted(recomputed(6, tmp_path, sample=10**6, order=5)) == sorted(shards(6))
    assert recomputed(5, tmp_path) == ()


def test_control_a_wrong_shard_in_a_store_is_found(tmp_path):
    Store(tmp_path, "threshold-regions-6").append("127:0/1", [6, "127:0/1"], SELF_DUAL[6])
    with pytest.raises(Rejected, match="135 regions are kept, and 134 found in order 1, at shard 127:0/1"):
        recomputed(6, tmp_path)


def test_the_time_is_predicted():
    assert 0 < predicted_seconds(6, sample=3) < 60


@pytest.mark.parametrize("n", [-1, 12, True, 2.0, "3", None])
def test_counts_outside_are_refused(n):
    for count in (threshold_counts, shards, predicted_seconds):
        with pytest.raises(BadInput, match="is not from 0 to 11"):
            count(n)


@pytest.mark.parametrize("n", [0, 9, True, 2.0])
def test_resonance_outside_is_refused(n):
    with pytest.raises(BadInput, match="is not from 1 to 8"):
        resonance_regions(n)


@pytest.mark.parametrize(
    "key", ["", "3", "0:0/1", "2:0/1", "10:0/1", "16:0/1", "15:1/1", "15:2/1", "15:0/0", "15:-1/2", "15:0/1/2"]
)
def test_shards_outside_are_refused(key):
    with pytest.raises(BadInput, match="shard"):
        shard_value(3, key)


@pytest.mark.parametrize("delta", [-1, 1])
def test_control_every_face_matters(delta):
    """A region more or less in one face makes a number of classes negative, or other counts."""
    faces = threshold_counts(5).faces
    rejected = 0
    for number in range(len(faces)):
        wrong = [*faces[:number], faces[number] + delta, *faces[number + 1 :]]
        try:
            assert Counts(5, tuple(wrong)).threshold != THRESHOLD[5]
        except Rejected:
            rejected += 1
    assert rejected > len(faces) // 2


def test_slices_of_nothing():
    assert regions_of_slices(np.empty((0, 3), np.int64)) == 0
    assert regions_of_slices(np.array([[1, -1]])) == 1
    assert regions_of_slices(np.array([[1, -1], [1, -2], [3, -1]])) == 3


@pytest.mark.parametrize("seed", range(8))
def test_slices_of_random_arrangements(seed):
    """Hyperplanes that all pass through the interior point of a cone cut the cone as they cut the whole space."""
    rng = np.random.default_rng(seed)
    dimension = 2 + seed % 4
    values = rng.integers(-3, 4, (9, dimension))
    values[:, -1] -= values.sum(axis=1)
    primitive = {tuple(v // np.gcd.reduce(v) * np.sign(v[np.flatnonzero(v)[0]])) for v in values if v.any()}
    assert 1 + regions_of_slices(np.array(sorted(primitive))) == regions(sorted(primitive))


def test_values_that_grow_too_large_raise():
    rng = np.random.default_rng(0)
    values = rng.integers(LARGEST // 2, LARGEST, (12, 6)) * np.array([1, -1, 1, -1, 1, -1])
    with pytest.raises(OverflowError, match=r"> 2\*\*30 in a slice"):
        regions_of_slices(values)
    with pytest.raises(BadInput, match=r"> 2\*\*30: divide"):
        regions_of_slices(values * 2)
    with pytest.raises(BadInput, match="one sign on all rays"):
        regions_of_slices(np.array([[1, -1], [1, 0]]))
    with pytest.raises(BadInput, match="13 rays > 12"):
        regions_of_slices(np.ones((1, 13), np.int64))


@pytest.mark.parametrize("walls, most", [(1, 1), (2, 2), (3, 3), (4, 4), (5, 6), (6, 9), (8, 20)])
def test_most_rays_of_known_polytopes(walls, most):
    """Of simple polytopes with so many facets the most vertices: a triangular prism has 6, a product of two triangles 9."""
    assert most_rays(walls) == most


@pytest.mark.parametrize("n", range(9))
def test_classes_by_double_description(n):
    found = threshold_classes(n)
    assert len(found.weights) == len(found.sizes) == SELF_DUAL[n]
    assert sum(found.sizes.tolist()) == THRESHOLD[n]
    assert (np.diff(found.weights, axis=1) <= 0).all() and (found.weights[:, -1] >= 0).all()
    assert (np.gcd.reduce(found.weights, axis=1) == 1).all()


@pytest.mark.parametrize("n", range(8))
def test_classes_differ_in_their_chow_vectors(n):
    """Sorted Chow vectors tell classes apart, and tie exactly where the weights tie."""
    found = threshold_classes(n)
    x = np.array(points(n, first=(1,)))
    values = found.weights @ x.T
    assert values.all()
    chow = np.sign(values) @ x
    assert (np.diff(chow, axis=1) <= 0).all() and (chow >= 0).all()
    assert len(np.unique(chow, axis=0)) == len(chow)
    assert ((np.diff(chow, axis=1) == 0) == (np.diff(found.weights, axis=1) == 0)).all()
    assert ((chow == 0) == (found.weights == 0)).all()


@pytest.mark.parametrize(
    "weights, size", [((1,), 2), ((1, 1), 4), ((1, 0), 4), ((2, 1), 8), ((3, 2, 2, 1, 0), 960), ((1, 1, 1), 8)]
)
def test_orbits_are_signed_permutations(weights, size):
    assert orbit_sizes(np.array([weights])).tolist() == [size]


def test_classes_outside_are_refused():
    with pytest.raises(BadInput, match="n = 9 is not from 0 to 8"):
        threshold_classes(9)


@pytest.mark.parametrize("n", range(6))
def test_smallest_weights_by_trying_all(n):
    """For each class, falling weights up to the claimed size give the function, and falling weights below it do not."""
    x = np.array(points(n, first=(1,)))
    for weights in threshold_classes(n).weights.tolist():
        found = smallest_weights(weights)
        assert found.optimal
        tried = np.array([w[::-1] for w in combinations_with_replacement(range(found.largest + 1), n + 1)])
        same = tried[(np.sign(tried @ x.T) == np.sign(x @ np.array(weights))).all(axis=1)]
        assert same[:, 0].min() == found.largest and list(found.weights) in same.tolist()


@pytest.mark.parametrize("n, largest", [(3, 2), (4, 3), (5, 5), pytest.param(7, 18, marks=pytest.mark.slow)])
def test_largest_minimal_weights(n, largest):
    seen = []
    assert largest_minimal_weight(n, progress=lambda done, total: seen.append((done, total))) == largest
    assert seen[-1] == (SELF_DUAL[n], SELF_DUAL[n])


@pytest.mark.parametrize(
    "weights, reason",
    [((), "not 1 to 12"), ((1, 2), "that fall"), ((1, -1), "fall"), ((1, 1), "vanish at"), ((0,), "vanish"), ((1.5,), "integers")],
)
def test_weights_that_are_none(weights, reason):
    with pytest.raises(BadInput, match=reason):
        smallest_weights(weights)


@pytest.mark.parametrize("n", range(10))
def test_listed_counts_fit(n):
    assert all(THRESHOLD[n] % c.modulus == c.residue for c in congruences(THRESHOLD[:n]))


@pytest.mark.parametrize("n", range(2, 10))
@pytest.mark.parametrize("delta", [-2, -1, 1, 2, 6, 30])
def test_control_a_count_nearby_does_not_fit(n, delta):
    with pytest.raises(Rejected, match=f"T\\({n}\\)"):
        consistency([*THRESHOLD[:n], THRESHOLD[n] + delta])


@pytest.mark.parametrize("n", range(2, 10))
@pytest.mark.parametrize("p", [3, 5, 7, 11])
def test_any_number_of_cycles_gives_the_same_residue(n, p):
    for cycles in range(1, (n + 1) // p + 1):
        if (dimension := n + 1 - cycles * (p - 1)) <= 5:
            assert fixed_functions((p,) * cycles + (1,) * (dimension - cycles)) % p == THRESHOLD[n] % p


@pytest.mark.parametrize("counts", [[], list(range(13))], ids=len)
def test_congruences_outside_are_refused(counts):
    with pytest.raises(BadInput, match="counts are not from 1 to 12"):
        consistency(counts)
