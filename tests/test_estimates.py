"""Estimates against exact counts, the steps of a sample against rational arithmetic, and intervals that fail when biased."""

import math
from itertools import accumulate, combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flint import fmpq_mat, fmpz_mat
from hypothesis import given
from hypothesis import strategies as st

from workbench import BadInput
from workbench.capacity import modular, nbc, span
from workbench.capacity.estimate import Moments
from workbench.capacity.modular import P
from workbench.capacity.nbc import batch_sums, batches, dealt, estimate_threshold, masses
from workbench.capacity.span import Features, bases, members, random_rows, supports
from workbench.lowering.precision import scope

EXACT = {  # A000609 and the counts of every function's threshold degree
    (3, 1): 104,
    (4, 1): 1882,
    (5, 1): 94572,
    (6, 1): 15028134,
    (7, 1): 8378070864,
    (8, 1): 17561539552946,
    (9, 1): 144130531453121108,
    (3, 2): 254,
    (4, 2): 57574,
    (4, 3): 65534,
}


def vectors(n, degree):
    """The monomials of each point as +-1, written out."""
    sets = [m for d in range(degree + 1) for m in combinations(range(n), d)]
    return [[math.prod((-1, 1)[k >> i & 1] for i in m) for m in sets] for k in range(2**n)]


def rank(rows):
    return fmpz_mat(rows).rank() if rows else 0


def residues(*values):
    return jnp.asarray(np.array(values, np.uint64))


@pytest.mark.parametrize("a", [0, 1, P - 1, P // 2, 2**31, 2**60 + 12345], ids=hex)
def test_residues_agree_with_integers(a):
    with scope("int64"):
        for b in (0, 1, P - 1, 3**38 % P, 2**30 - 1):
            x, y = residues(a), residues(b)
            assert int(modular.times(x, y)[0]) == a * b % P
            assert (int(modular.plus(x, y)[0]), int(modular.minus(x, y)[0])) == ((a + b) % P, (a - b) % P)
        assert a == 0 or int(modular.inverse(residues(a))[0]) * a % P == 1


@pytest.mark.parametrize("size", [1, 2, 5])
def test_inverse_times_matrix_is_one(size):
    rng = np.random.default_rng(size)
    given = rng.integers(0, P, (size, size, 6), dtype=np.uint64)
    given[0, :, 0] = 0  # singular
    given[:, :, 1] = np.eye(size, dtype=np.uint64)[::-1]  # every pivot off the diagonal
    given[-1, :, 2] = given[0, :, 2]  # singular unless there is one row
    with scope("int64"):
        found, regular = (np.asarray(part) for part in modular.inverted(jnp.asarray(given)))
    assert regular.tolist() == [False, True, size == 1, True, True, True]
    for i in np.flatnonzero(regular):
        product = given[:, :, i].astype(object) @ found[:, :, i].astype(object) % P
        assert (product == np.eye(size, dtype=int)).all()


def spanned(n, degree, given, used):
    """What the subject says: independence with the last point, members of the span, and the given points that each uses."""
    features = Features.of(n, degree)
    with scope("int64"):
        points, ks = jnp.asarray(given), jnp.asarray(used)
        inverse, c, independent = bases(features, points, ks, *random_rows(features, jax.random.key(5)))
        samples, found, cut = members(features, c)
        uses = np.asarray(supports(features, inverse[samples], jnp.asarray(found)))
    assert not cut.any()
    for sample in range(len(given)):
        mine = samples == sample
        yield bool(independent[sample]), dict(zip(found[mine].tolist(), uses[mine].tolist(), strict=True))


@pytest.mark.parametrize(
    ("n", "degree"), [(4, 1), (4, 2), pytest.param(1, 1, marks=pytest.mark.slow), pytest.param(5, 1, marks=pytest.mark.slow)]
)
def test_spans_agree_with_rational_and_float_arithmetic(n, degree):
    rows, rng = vectors(n, degree), np.random.default_rng(7)
    most = len(rows[0]) - 1
    used = rng.integers(0, most + 1, 12)
    given = np.array([np.pad(rng.choice(2**n - 1, k, replace=False), (0, most - k), constant_values=-1) for k in used])
    for chosen, k, (independent, uses) in zip(given, used, spanned(n, degree, given, used), strict=True):
        basis = [rows[p] for p in chosen[:k]]
        assert independent == (rank([*basis, rows[-1]]) == k + 1)
        if not independent:
            continue
        within = [p for p in range(2**n) if rank([*basis, rows[p]]) == k]
        assert sorted(uses) == within
        for p in range(2**n) if k else ():
            coordinates, *_ = np.linalg.lstsq(np.array(basis, float).T, np.array(rows[p], float), rcond=None)
            assert (np.abs(np.array(basis).T @ coordinates - rows[p]).max() < 1e-6) == (p in uses)
        for p in within:
            gram = fmpq_mat(fmpz_mat(basis) * fmpz_mat(basis).transpose())
            exact = gram.solve(fmpq_mat(fmpz_mat(basis) * fmpz_mat([rows[p]]).transpose()))
            assert uses[p] == [exact[i, 0] != 0 for i in range(k)] + [False] * (most + 1 - k)


@pytest.mark.parametrize(("n", "listed"), [(14, 2**13), (15, 2**14), (16, 2**14)])
def test_a_large_span_is_listed_up_to_the_limit(n, listed):
    features = Features.of(n, 1)
    c = np.zeros((n + 1, 2), np.uint64)
    c[1, 0], c[2, 0] = 1, P - 1  # sample 0: x_0 = x_1
    c[:, 1] = np.random.default_rng(0).integers(0, P, n + 1, dtype=np.uint64)  # sample 1: no point
    with scope("int64"):
        samples, points, cut = members(features, jnp.asarray(c))
    assert (samples == 0).all() and len(set(points.tolist())) == points.size == listed
    assert ((points & 1) == (points >> 1 & 1)).all()
    assert cut.tolist() == [n == 16, False]


def broken_circuits(rows, e):
    """All minimal dependent sets without their first element, e being the first and the others in the order of their numbers."""
    order = [e, *(p for p in range(len(rows)) if p != e)]
    circuits = []
    for size in range(2, len(rows[0]) + 2):
        for part in combinations(order, size):
            if not any(c <= set(part) for c in circuits) and rank([rows[p] for p in part]) < size:
                circuits.append(set(part))
    return [c - {min(c, key=order.index)} for c in circuits]


@pytest.fixture(scope="module")
def probabilities():
    """P_k for n = 4, by listing the sets."""
    rows = vectors(4, 1)
    broken = broken_circuits(rows, 15)
    good = [sum(not any(b <= {15, *s} for b in broken) for s in combinations(range(15), k)) for k in range(5)]
    assert 2 * sum(good) == EXACT[4, 1]
    return [count / math.comb(15, k) for k, count in enumerate(good)]


def sums(n, degree, seed, deals):
    return Moments(*batch_sums(n, degree, seed, 0, deals)[1])


def test_weights_have_the_mean_found_by_listing(probabilities):
    assert probabilities[:3] == [1, 1, 1] and probabilities[4] < probabilities[3] < 1
    for k, p in enumerate(probabilities):
        seen = sums(4, 1, 11, [[k, 1024]])
        assert abs(seen.mean - p) <= 4 * seen.standard_error + 1e-12


@given(st.lists(st.integers(0, 10**30), min_size=1, max_size=9).filter(any), st.integers(0, 10**6))
def test_samples_are_dealt_to_the_nearest_integer(weights, count):
    deal = dealt(weights, count)
    assert sum(deal) == count and min(deal) >= 0
    for part, got in zip(accumulate(weights), accumulate(deal), strict=True):
        assert abs(2 * got * sum(weights) - 2 * count * part) <= sum(weights)


def test_batches_hold_every_sample_once():
    counts = (3, 0, 2000, 1)
    tasks = batches(Features.of(6, 1), counts, seed=1)
    assert [task[3] for task in tasks.values()] == list(map(int, tasks))
    flat = [k for task in tasks.values() for k, count in task[4] for _ in range(count)]
    assert [flat.count(k) for k in (3, 4, 5, 6)] == list(counts)


def covered(n, degree, *, seeds, samples):
    """How many intervals hold the exact value, and the largest distance from it in standard errors."""
    exact, inside, sigmas = math.log2(EXACT[n, degree]), 0, [0.0]
    for seed in range(seeds):
        e = estimate_threshold(n, degree, seed=seed, samples=samples)
        inside += e.low <= exact <= e.high
        sigmas.append(abs(e.log2 - exact) / e.standard_error if e.standard_error else 0.0)
    return inside, max(sigmas)


@pytest.mark.parametrize(("n", "degree"), [(4, 1), (5, 1), (4, 2)])
def test_intervals_cover_the_exact_count(n, degree):
    inside, sigmas = covered(n, degree, seeds=20, samples=1000)
    assert inside >= 19 and sigmas < 4


@pytest.mark.slow
@pytest.mark.parametrize(("n", "degree"), EXACT)
def test_intervals_of_a_hundred_seeds_cover_the_exact_count(n, degree):
    inside, sigmas = covered(n, degree, seeds=100, samples=1000)
    assert inside >= 95 and sigmas < 4.5


@pytest.fixture
def forgetful(monkeypatch):
    """A sampler that leaves the first point out: sets that depend on it are kept."""

    def inverted(matrices):
        return modular.inverted(matrices.at[-1].set(jnp.arange(3, matrices.shape[0] + 3, dtype=jnp.uint64)[:, None] ** 2))

    monkeypatch.setattr(span, "inverted", inverted)
    bases.clear_cache()
    yield
    monkeypatch.undo()
    bases.clear_cache()


def test_control_without_the_first_point_intervals_fail(forgetful):
    inside, sigmas = covered(4, 1, seeds=5, samples=1000)
    assert inside == 0 and sigmas > 4


def test_control_one_count_more_is_outside_when_the_count_is_exact():
    e = estimate_threshold(2, seed=0)
    assert e.low <= math.log2(14) <= e.high < math.log2(15)


@pytest.mark.parametrize(("n", "samples"), [(8, 8192), pytest.param(9, 1 << 17, marks=pytest.mark.slow)])
def test_estimates_of_larger_counts(n, samples):
    e = estimate_threshold(n, seed=1, samples=samples)
    exact = math.log2(EXACT[n, 1])
    assert e.low <= exact <= e.high and abs(e.log2 - exact) < 4 * e.standard_error


@pytest.mark.parametrize(("n", "degree", "count"), [(0, 1, 2), (1, 1, 4), (1, 5, 4), (2, 1, 14)])
def test_small_counts_are_exact(n, degree, count):
    e = estimate_threshold(n, degree, seed=1)
    assert (e.low, e.log2, e.high, e.samples) == (math.log2(count),) * 3 + (0,)


@pytest.mark.slow
def test_a_degree_of_n_gives_every_function():
    e = estimate_threshold(2, 2, seed=1, samples=100)
    assert e.log2 == 4 and e.standard_error == 0 and e.low < 4 <= e.high < 4.3


def test_result_depends_on_the_seed_only(tmp_path):
    whole = estimate_threshold(5, seed=4, samples=3000, workers=1)
    assert estimate_threshold(5, seed=4, samples=3000, workers=3, store=tmp_path) == whole
    (file,) = tmp_path.iterdir()
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:2]) + lines[2][:20])
    assert estimate_threshold(5, seed=4, samples=3000, store=tmp_path) == whole
    assert estimate_threshold(5, seed=5, samples=3000) != whole


def test_a_batch_is_the_sum_of_its_samples():
    whole = sums(5, 1, 3, [[4, 2], [5, 3]])
    ones = [Moments(*batch_sums(5, 1, 3, i, [[k, 1]])[1]) for i, k in enumerate((4, 4, 5, 5, 5))]
    assert whole.total == pytest.approx(sum(one.total for one in ones), rel=1e-14)


def test_progress_is_told():
    told = []
    estimate_threshold(5, seed=0, samples=3000, progress=told.append)
    assert [p.done for p in told] == list(range(1, told[-1].total + 1))


@pytest.mark.parametrize(
    ("n", "degree", "more", "message"),
    [
        (41, 1, {}, "41 is not an integer from 0 to 40"),
        (17, 2, {}, "17 inputs > 16 at degree 2"),
        (16, 3, {}, "697 monomials > 512"),
        (5, 0, {}, "degree 0"),
        (5, True, {}, "degree True"),
        (-1, 1, {}, "-1"),
        (5, 1, {"samples": 1}, "samples 1 "),
        (5, 1, {"samples": 1.5}, "samples 1.5 "),
        (5, 1, {"seed": None}, "seed None"),
        (5, 1, {"confidence": 1}, "confidence 1 "),
        (5, 1, {"confidence": math.nan}, "confidence nan "),
        (5, 1, {"workers": 0}, "workers 0"),
    ],
)
def test_bad_input_is_refused(n, degree, more, message):
    with pytest.raises(BadInput, match=message):
        estimate_threshold(n, degree, **{"seed": 1, "samples": 10, **more})


def test_radius_is_that_of_maurer_and_pontil():
    values = np.random.default_rng(3).random(50) ** 3
    found = Moments(50, values.sum(), (values**2).sum()).radius(0.05)
    pairs = sum((a - b) ** 2 for a, b in combinations(values, 2)) / (50 * 49)
    assert found == pytest.approx(math.sqrt(2 * pairs * math.log(40) / 50) + 7 * math.log(40) / (3 * 49), rel=1e-6)


def test_rare_ones_are_covered():
    """Means of 200 numbers that are 1 with probability 1/100: where the normal interval often misses."""
    totals = np.random.default_rng(1).binomial(200, 0.01, 2000)
    radii = [Moments(200, float(t), float(t)).radius(0.025) for t in totals]
    normal = [1.96 * Moments(200, float(t), float(t)).standard_error for t in totals]
    assert all(abs(t / 200 - 0.01) < r for t, r in zip(totals, radii, strict=True))
    assert np.mean([abs(t / 200 - 0.01) < r for t, r in zip(totals, normal, strict=True)]) < 0.9


def test_masses_are_those_of_cover():
    known, rest = masses(Features.of(6, 2))
    assert known + sum(rest) == 2 * sum(math.comb(63, k) for k in range(22))


def test_usual_numbers_of_samples():
    usual = {(n, d): nbc.usual_samples(Features.of(n, d)) for n, d in [(3, 1), (20, 1), (40, 1), (16, 2)]}
    assert usual == {(3, 1): 2**18, (20, 1): 2**18, (40, 1): 2**9, (16, 2): 2**11}
