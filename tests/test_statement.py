"""Statements: exact cases and what their failure says."""

from collections import Counter
from fractions import Fraction

import pytest
import sympy

from workbench.errors import BadInput, Unsound
from workbench.identity import Identity
from workbench.statement import Case, ForAll, ForEach, Prose

n, T = sympy.Symbol("n"), sympy.Function("T")
z = sympy.Symbol("z", real=True)


@pytest.mark.parametrize(
    "got, relation, want, failed",
    [
        (1, "==", 1, None),
        (1, "==", 2, "1 == 2 is false"),
        (1, "!=", 2, None),
        (1, "!=", 1, "1 != 1 is false"),
        (1, "<=", 1, None),
        (2, "<=", 1, "2 <= 1 is false"),
        (1, "<", 1, "1 < 1 is false"),
        (0, "<", 1, None),
        (1, ">=", 1, None),
        (0, ">=", 1, "0 >= 1 is false"),
        (1, ">", 1, "1 > 1 is false"),
        (2, ">", 1, None),
        (Fraction(1, 2), "<", sympy.sqrt(2) / 2, None),
        (sympy.log(14, 2), "<=", 4, None),
        ((0, 1), "==", (0, 1), None),
        ((0, 1), "==", (1, 0), "(0, 1) == (1, 0) is false"),
        (frozenset({1}), "!=", frozenset({2}), None),
        ({1: (2, 3)}, "==", {1: (2, 3)}, None),
        ({1: 2}, "==", {1: 3}, "{1: 2} == {1: 3} is false"),
        (Counter("aab"), "==", Counter("aba"), None),
        (1, "in", frozenset({1}), None),
        (2, "in", frozenset({1}), "2 is not among the 1"),
        (2, "not in", frozenset({1}), None),
        (1, "not in", frozenset({1}), "1 is among the 1"),
        (frozenset({1}), "subset", frozenset({1, 2}), None),
        (frozenset({3, 1}), "subset", frozenset({1}), "3 is not among the 1"),
        (frozenset(range(9)), "==", frozenset(), "a set of 9 == a set of 0 is false"),
        (frozenset({1, 2}), "==", frozenset({1, 3}), "a set of 2 == a set of 2 is false: 2 is on the left only"),
        (10**90, "==", 0, "100000... (91 digits) == 0"),
    ],
)
def test_a_case_fails_exactly_where_its_relation_does(got, relation, want, failed):
    found = Case("here", got, want, relation).fails()
    assert (found is None) == (failed is None)
    assert failed is None or (failed in found and found.startswith("here: "))


@pytest.mark.parametrize(
    "case, phrase",
    [
        (Case("here", 1, 1, "="), "relation '='"),
        (Case("here", (1,), (2,), "<"), "exact numbers, not tuple"),
        (Case("here", "a", 1, "<="), "not str"),
        (Case("here", {1: 0.5}, {1: 0.5}), "is not exact"),
        (Case("here", {0.5: 1}, {0.5: 1}), "is not exact"),
    ],
)
def test_what_cannot_be_compared_is_refused(case, phrase):
    with pytest.raises(BadInput) as raised:
        case.fails()
    assert phrase in str(raised.value)


@pytest.mark.parametrize(
    "relation, first_failure",
    [
        (sympy.Le(T(n), 3 * n, evaluate=False), 4),
        (sympy.Lt(T(n), 2 * n, evaluate=False), 2),
        (sympy.Ge(T(n), n, evaluate=False), None),
        (sympy.Gt(T(n), 1, evaluate=False), 1),
        (sympy.Eq(T(n), n**2, evaluate=False), None),
        (sympy.Ne(T(n), 9, evaluate=False), 3),
    ],
    ids=str,
)
def test_relations_are_counted_at_each_n(relation, first_failure):
    statement = ForEach.relation(relation, n, first=1, functions={T: lambda m: m**2})
    found = next((m for m in range(1, 6) if statement.failure(m)), None)
    assert found == first_failure
    assert statement.latex_text == sympy.latex(relation)


def test_statements_without_cases_are_unsound():
    with pytest.raises(Unsound, match="no object satisfies the hypotheses at n = 2"):
        ForEach.of("", lambda m: [], first=0).failure(2)
    with pytest.raises(BadInput, match="at least one identity"):
        ForAll.of()
    with pytest.raises(BadInput, match="is not a relation"):
        ForEach.relation(sympy.Symbol("b") & sympy.Symbol("c"), n, first=0)


def test_latex_carries_the_range():
    cases = lambda m: [Case("", m, m)]  # noqa: E731
    assert "n \\geq 1" in ForEach.of("a", cases, first=1).latex()
    assert "1 \\leq n \\leq 3" in ForEach.of("a", cases, first=1, last=3).latex()
    assert ForEach.once("a", lambda: cases(0)).latex() == "a" == Prose("a").latex()
    assert ForEach.once("a", lambda: cases(0)).failure(0) is None
    two = ForAll.of(Identity.of(z, z + 1), Identity.of(z**2, z))
    assert two.latex().count("=") == 2


def test_identities_fail_at_values():
    assert ForAll.of(Identity.of((z + 1) ** 2, z**2 + 2 * z + 1)).failure() is None
    assert "differ" in ForAll.of(Identity.of(2 * z, z + z + 1 - 1), Identity.of(z, z + 1)).failure()
