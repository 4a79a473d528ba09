"""Class sizes against counts listed in the literature of threshold functions and against direct definitions."""

from fractions import Fraction
from itertools import product

import pytest

from workbench.classes import (
    complements,
    full_table,
    input_table,
    layered,
    multiplexing,
    multiplied,
    output_gating,
    products_of,
    shared_gate,
    synaptic_gating,
    ternary_dichotomies,
)
from workbench.counts import threshold_tables

PM1 = {"01": 0, "pm1": -1}


def gates(n):
    return threshold_tables(n)


@pytest.mark.parametrize("n, count", list(enumerate([2, 4, 14, 104, 1882])))
def test_threshold_functions_are_as_many_as_listed(n, count):
    """A000609."""
    assert len(gates(n)) == count


@pytest.mark.parametrize("n, size", [(0, 2), (1, 4), (2, 16), (3, 246)])
def test_and_of_two_thresholds(n, size):
    assert len(output_gating(gates(n), n, outputs="01")) == size


@pytest.mark.parametrize("n, size", [(0, 2), (1, 4), (2, 16), (3, 254)])
def test_xnor_of_two_thresholds(n, size):
    found = output_gating(gates(n), n, outputs="pm1")
    assert len(found) == size and found == complements(found, n)


@pytest.mark.parametrize("n, size", [(1, 4), (2, 16), (3, 256)])
def test_multiplexing(n, size):
    assert len(multiplexing(gates(n), gates(n + 1), n)) == size


@pytest.mark.parametrize("n, size", [(1, 4), (2, 16), (3, 254)])
def test_layered(n, size):
    found = layered(gates(n), n)
    assert len(found) == size
    readout = [t for t in range(16) if t in gates(2)]
    small = (
        {
            sum(1 << k for k in range(1 << n) if r >> ((f >> k & 1) + 2 * (g >> k & 1)) & 1)
            for r in readout
            for f in gates(n)
            for g in gates(n)
        }
        if n < 3
        else found
    )
    assert found == small


@pytest.mark.parametrize("k, sizes", [(1, (104, 104)), (2, (246, 254)), (3, (254, 256)), (4, (256, 256))])
def test_products_of_three_input_gates(k, sizes):
    assert tuple(len(products_of(gates(3), 3, k, outputs=o)) for o in ("01", "pm1")) == sizes


@pytest.mark.parametrize("n, size", [(1, 6), (2, 28), (3, 298)])
def test_ternary_dichotomies(n, size):
    assert len(ternary_dichotomies(gates(n + 1), n)) == size


@pytest.mark.parametrize(
    "inputs, outputs, fixed, union",
    [
        ("01", "01", (4, 14, 132), (4, 14, 164)),
        ("01", "pm1", (4, 16, 216), (4, 16, 252)),
        ("pm1", "01", (4, 14, 144), (4, 14, 200)),
        ("pm1", "pm1", (4, 16, 252), (4, 16, 254)),
    ],
)
def test_synaptic_gating_of_a_fixed_and_of_any_synapse(inputs, outputs, fixed, union):
    for n in (1, 2, 3):
        found = [synaptic_gating(gates(n), gates(n + 1), n, j, inputs=inputs, outputs=outputs) for j in range(n)]
        assert {len(f) for f in found} == {fixed[n - 1]}
        assert len(frozenset().union(*found)) == union[n - 1]


@pytest.mark.parametrize("inputs, outputs", list(product(("01", "pm1"), repeat=2)))
def test_synaptic_gating_contains_what_its_formula_computes(inputs, outputs):
    """Small weights put into H(w_0 x_0 + w_1 g(x) x_1 + b) give functions of the class, for every gate g of two inputs."""
    found = synaptic_gating(gates(2), gates(3), 2, 1, inputs=inputs, outputs=outputs)
    for g, w0, w1, b in product(gates(2), range(-2, 3), range(-2, 3), range(-3, 3)):
        table = 0
        for k in range(4):
            x = [1 if k >> i & 1 else PM1[inputs] for i in range(2)]
            gate = 1 if g >> k & 1 else PM1[outputs]
            table |= (w0 * x[0] + w1 * gate * x[1] + b + Fraction(1, 2) > 0) << k
        assert table in found


@pytest.mark.parametrize("outputs, sizes", [("01", (16, 242)), ("pm1", (16, 256))])
def test_pairs_that_share_a_gate(outputs, sizes):
    assert tuple(len(shared_gate(gates(n), n, 2, outputs=outputs)) for n in (1, 2)) == sizes


def test_small_pieces():
    assert [full_table(n) for n in range(3)] == [1, 3, 15]
    assert [input_table(2, i) for i in range(2)] == [0b1010, 0b1100]
    assert multiplied([], 1, outputs="01") == multiplied([], 1, outputs="pm1") == 3
    assert output_gating(gates(1), 1, outputs="01", other=frozenset({0})) == {0}
