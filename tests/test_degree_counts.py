"""Counts of PTFs by classes against listed counts, the trusted certificates, restriction, duality and a second route for n = 5."""

from dataclasses import replace
from itertools import combinations_with_replacement, permutations, product
from math import gcd

import numpy as np
import pytest

from workbench.capacity import degree_counts
from workbench.capacity.bitsets import Bitset
from workbench.capacity.degree_counts import degree_count
from workbench.capacity.faces import extended
from workbench.capacity.gordan import alternatives, monomial_values
from workbench.capacity.npn import canonical_forms
from workbench.counts import threshold_tables
from workbench.domain import Cube
from workbench.errors import BadInput, Rejected
from workbench.poly import Multilinear, monomials

LISTED = {1: (2, 4, 4), 2: (2, 14, 16), 3: (2, 104, 254, 256), 4: (2, 1882, 57574, 65534, 65536)}


@pytest.mark.parametrize("n, degree, count", [(n, d, c) for n, row in LISTED.items() for d, c in enumerate(row)] + [(0, 0, 2)])
def test_counts_are_the_listed_ones_and_every_class_has_a_certificate(n, degree, count):
    found = degree_count(n, degree)
    assert found.count == count
    found.check()
    for k in range(len(found.representatives)):
        certificate = found.certificate(k)
        certificate.check()
        assert certificate.table == found.representatives[k]


@pytest.mark.parametrize("degree", range(5))
def test_every_function_of_four_inputs_is_decided(degree):
    answers, _ = alternatives(np.arange(65536), 4, degree)
    assert set(np.flatnonzero(answers == 1).tolist()) == threshold_tables(4, degree) and (answers >= 0).all()


@pytest.mark.parametrize("n", range(4))
def test_monomial_values_are_those_of_the_polynomials(n):
    for column, mask in enumerate(monomials(n, n)):
        values = Multilinear.from_terms({mask: 1}, Cube(n)).values()
        assert monomial_values(n, n)[:, column].tolist() == list(values)


def test_what_floats_leave_open_is_decided_by_the_exact_method(monkeypatch):
    def undecided(tables, n, degree):
        return np.full(len(tables), -1, np.int8), np.full((len(tables), 8), 7, np.int32)

    monkeypatch.setattr(degree_counts, "alternatives", undecided)
    found = degree_count(3, 2)
    found.check()
    assert found.count == 254


LIES = {
    "a member more": lambda c: replace(c, is_member=np.ones_like(c.is_member)),
    "a member less": lambda c: replace(c, is_member=c.is_member & (np.arange(c.is_member.size) > 0)),
    "a size": lambda c: replace(c, sizes=c.sizes + 1),
    "a weight": lambda c: replace(c, integers=np.where(np.arange(c.integers.size) == 3, 50, c.integers)),
    "no multiplicities": lambda c: replace(c, integers=np.where(np.arange(c.integers.size) >= c.offsets[-2], 0, c.integers)),
    "negative multiplicities": lambda c: replace(
        c, integers=np.where(np.arange(c.integers.size) >= c.offsets[-2], -c.integers, c.integers)
    ),
    "another table": lambda c: replace(c, representatives=c.representatives[::-1]),
    "integers that wrap": lambda c: replace(c, integers=c.integers.astype(np.int64) << 58),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_control_a_false_count_is_rejected(lie):
    with pytest.raises(Rejected):
        lie(degree_count(3, 2)).check()


def test_limits():
    with pytest.raises(BadInput, match="arity 6"):
        degree_count(6, 1)
    with pytest.raises(BadInput, match="degree -1"):
        degree_count(2, -1)
    with pytest.raises(BadInput, match="class 14"):
        degree_count(3, 2).certificate(14)


@pytest.fixture(scope="module")
def of_five():
    return {d: degree_count(5, d) for d in (1, 2, 3, 4)}


@pytest.mark.slow
def test_degree_one_and_four_of_five_inputs(of_five):
    assert of_five[1].count == 94572 and of_five[1].classes == 63
    assert of_five[4].count == 2**32 - 2


@pytest.mark.slow
@pytest.mark.parametrize("degree", [2, 3])
def test_five_inputs_restrict_to_four_and_are_certified(of_five, degree):
    found = of_five[degree]
    found.check()
    for k in np.random.default_rng(degree).choice(found.representatives.size, 100, replace=False):
        found.certificate(int(k)).check()
    least, _ = canonical_forms(extended(np.arange(65536, dtype=np.uint16), 4, 5, first=1), 5)
    assert found.is_member[np.searchsorted(found.representatives, least)].sum() == LISTED[4][degree]


@pytest.mark.slow
def test_no_function_and_its_product_with_parity_are_both_quadratic(of_five):
    found = of_five[2]
    members = found.representatives[found.is_member]
    parity = np.uint32(sum(1 << k for k in range(32) if k.bit_count() % 2))
    twisted, _ = canonical_forms(members ^ parity, 5)
    assert not found.is_member[np.searchsorted(found.representatives, twisted)].any()
    assert found.count <= 2**31


@pytest.mark.slow
def test_cubic_functions_of_five_inputs_by_duality(of_five):
    """f is no cubic PTF iff f times parity agrees with some affine form other than 0 wherever that form is not 0.

    It suffices to take the extreme rays of the arrangement {w.x = 0}; by Hadamard's bound for 5 x 5 minors of signs, which are
    multiples of 16 and at most 48, their coprime entries are at most 3.
    """
    points = np.array([[1, *(2 * (k >> i & 1) - 1 for i in range(5))] for k in range(32)])
    weak = Bitset.empty(5)
    for w in combinations_with_replacement(range(4), 6):
        zero = points[points @ w == 0]
        if gcd(*w) == 1 and len(zero) and np.linalg.matrix_rank(zero) == 5:
            for order in set(permutations(w)):
                for signs in product(*((1, -1) if c else (1,) for c in order)):
                    values = points @ (np.array(order) * signs)
                    weak.add(_fillings(values))
    assert of_five[3].count == 2**32 - weak.count()


def _fillings(values):
    """The tables that agree with the sign of the values where these are not 0."""
    tables = np.array([sum(1 << k for k in np.flatnonzero(values > 0).tolist())], np.uint32)
    for k in np.flatnonzero(values == 0):
        tables = np.concatenate([tables, tables | np.uint32(1 << k)])
    return tables
