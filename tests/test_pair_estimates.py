"""Estimated numbers of products of two gates against exact ones; the mean over all pairs is the number itself."""

import math
from itertools import product

import numpy as np
import pytest

from workbench import BadInput, threshold_tables
from workbench.capacity.pair_estimates import Gates, batch_sums, disjoint, estimate_output_gating, marked, partners
from workbench.classes import output_gating

EXACT = {(4, "01"): 32506, (4, "pm1"): 54310}


def mean_inverse(n, outputs, inverse):
    """The mean of 1/pi over all pairs, each with its probability."""
    gates = Gates.of(n, outputs)
    q = gates.weights / gates.weights.sum()
    pairs = product(zip(q, gates.tables, strict=True), repeat=2)
    return sum(p * r * inverse(gates, f, g) for (p, f), (r, g) in pairs) * gates.scale


@pytest.mark.parametrize("outputs", ["01", "pm1"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_mean_over_all_pairs_is_the_number_of_products(n, outputs):
    number = len(output_gating(threshold_tables(n), n, outputs=outputs))
    assert mean_inverse(n, outputs, Gates.inverse) == pytest.approx(number, rel=1e-12)


def test_control_a_pair_left_out_is_noticed():
    def lessened(gates, f, g):
        return 1 / (1 / gates.inverse(f, g) - 1 / 4)

    assert mean_inverse(2, "pm1", lessened) > 16.5


@pytest.mark.parametrize("outputs", ["01", "pm1"])
def test_multiplicities_agree_with_a_list_of_pairs(outputs):
    gates = Gates.of(3, outputs)
    total = gates.weights.sum()
    for f, g in gates.drawn(1, np.arange(12)).tolist():
        h = f & g if outputs == "01" else f ^ g
        of = {t: w for t, w in zip(gates.tables.tolist(), gates.weights.tolist(), strict=True)}
        given = sum(of[a] * of[b] for a, b in product(of, repeat=2) if (a & b if outputs == "01" else a ^ b) == h)
        assert gates.scale * gates.inverse(np.uint64(f), np.uint64(g)) == pytest.approx(total**2 / given, rel=1e-12)


@pytest.mark.parametrize("size", [0, 1, 70, 300])
def test_disjoint_pairs_agree_with_a_double_loop(size):
    rng = np.random.default_rng(size)
    a, b = (rng.integers(0, 1 << 60, size, dtype=np.uint64) & rng.integers(0, 1 << 60, size, dtype=np.uint64) for _ in range(2))
    a[: size // 2] >>= np.uint64(48)
    v, w = rng.random(size), rng.random(size)
    expected = sum(v[i] * w[j] for i in range(size) for j in range(size) if int(a[i]) & int(b[j]) == 0)
    assert disjoint(a, v, b, w, 63) == pytest.approx(expected, rel=1e-12)


def test_partners_agree_with_a_set():
    tables = np.unique(np.random.default_rng(2).integers(0, 1 << 16, 3000, dtype=np.uint64))
    known = set(tables.tolist())
    for h in (0, 1, 12345, 65535):
        expected = sum(f ^ h in known for f in known)
        for bits in (6, 12, 20):  # also filters that are nearly full
            assert partners(tables, tables, marked(tables, bits), np.uint64(h)) == expected


@pytest.mark.parametrize(("n", "outputs"), EXACT)
def test_estimates_cover_the_exact_number(n, outputs):
    exact = math.log2(EXACT[n, outputs])
    for seed in range(5):
        e = estimate_output_gating(n, outputs=outputs, seed=seed, samples=2000)
        assert abs(e.log2 - exact) < 4.5 * e.standard_error
        assert outputs == "01" or e.low <= exact <= e.high
        assert ("normal approximation of the mean" in e.trusts) == (outputs == "01")


@pytest.mark.slow
def test_rigorous_intervals_of_a_hundred_seeds_cover():
    exact = math.log2(EXACT[4, "pm1"])
    found = [estimate_output_gating(4, outputs="pm1", seed=seed, samples=500) for seed in range(100)]
    assert sum(e.low <= exact <= e.high for e in found) >= 95


def test_values_of_pm1_products_are_at_most_one():
    gates = Gates.of(4, "pm1")
    values = [gates.inverse(f, g) for f, g in gates.drawn(3, np.arange(200))]
    assert 0 < min(values) and max(values) <= 1


def test_result_depends_on_the_seed_only(tmp_path):
    def run(**more):
        return estimate_output_gating(3, outputs="pm1", **{"seed": 5, "samples": 50, **more})

    assert run(workers=1) == run(workers=3, store=tmp_path) == run(store=tmp_path)
    assert run(seed=6) != run()
    parts = [batch_sums(3, "pm1", 5, first, 1) for first in range(4)]
    assert np.sum(parts, axis=0) == pytest.approx(batch_sums(3, "pm1", 5, 0, 4))


@pytest.mark.parametrize(
    ("n", "more", "message"),
    [
        (7, {}, "7 inputs are not 1 to 6"),
        (0, {}, "0 inputs are not 1 to 6"),
        (-1, {}, "arity -1"),
        (3, {"outputs": "xor"}, "convention 'xor'"),
        (3, {"samples": 0}, "samples 0"),
        (3, {"seed": -1}, "seed -1"),
        (3, {"confidence": 0}, "confidence 0"),
    ],
)
def test_bad_input_is_refused(n, more, message):
    with pytest.raises(BadInput, match=message):
        estimate_output_gating(n, **{"outputs": "01", "seed": 1, "samples": 10, **more})
