"""Regular functions against a filter of all functions, and numbers against a count of weights."""

import pytest

from workbench import BadInput, threshold_tables
from workbench.regular import opposite, regular_functions, self_dual_regular_functions, stronger, upper_sets, weaker
from workbench.threshold import npn_orbit


def at_least_as_strong(a, b, n):
    """Whether each upper part of a has as many ones as that of b."""
    return all((a >> i).bit_count() >= (b >> i).bit_count() for i in range(n))


def regular_by_definition(table, n):
    points = range(1 << n)
    return all(table >> a & 1 for a in points for b in points if table >> b & 1 and at_least_as_strong(a, b, n))


@pytest.mark.parametrize("n", range(4))
def test_regular_functions_are_those_of_the_definition(n):
    tables = range(1 << (1 << n))
    assert sorted(regular_functions(n)) == [t for t in tables if regular_by_definition(t, n)]


@pytest.mark.parametrize("n", range(5))
def test_self_dual_ones_are_the_self_dual_part(n):
    full = (1 << (1 << n)) - 1
    assert sorted(self_dual_regular_functions(n)) == sorted(t for t in regular_functions(n) if opposite(t, n) == t ^ full)


@pytest.mark.parametrize("n", range(5))
def test_the_order_of_points(n):
    assert upper_sets(n) == tuple(sum(1 << a for a in range(1 << n) if at_least_as_strong(a, b, n)) for b in range(1 << n))
    assert all(k in weaker(s, n) for k in range(1 << n) for s in stronger(k, n))


@pytest.mark.parametrize("n", range(5))
def test_up_to_four_inputs_they_are_the_threshold_functions_up_to_symmetry(n):
    assert {t for r in regular_functions(n) for t in npn_orbit(r, n)} == threshold_tables(n)


def test_a_function_that_is_not_regular_is_not_listed():
    assert 0b0010 not in regular_functions(2) and 0b0110 not in regular_functions(2)


@pytest.mark.parametrize("count, n", [(regular_functions, 8), (self_dual_regular_functions, 10), (regular_functions, -1)])
def test_what_is_too_large_is_refused(count, n):
    with pytest.raises(BadInput):
        count(n)
