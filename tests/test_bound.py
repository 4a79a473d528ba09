"""Bounds decided by coefficients, against values."""

import pytest
from sympy import Integer, Rational, Symbol, cos

from workbench.bound import Bound
from workbench.errors import BadInput, Rejected

n, k = Symbol("n", integer=True), Symbol("k", integer=True)
x = Symbol("x", real=True)
q = Symbol("q", nonnegative=True)

TRUE = {
    "Bernoulli": Bound.of(n + 1, 2**n, where={n: 0}),
    "from one on": Bound.of(n, 2**n - 1, where={n: 1}),
    "base three": Bound.of(2 * n + 1, 3**n, where={n: 0}),
    "strict": Bound.of(n, 2**n, where={n: 0}, strict=True),
    "shifted exponent": Bound.of(2 * n + 2, 2 ** (n + 1), where={n: 0}),
    "two symbols": Bound.of(n * k, n * (k + 1), where={n: 0, k: 0}),
    "polynomial": Bound.of(n**2, n**3, where={n: 1}),
    "numbers": Bound.of(1, 2, strict=True),
    "declared": Bound.of(0, q),
    "rational": Bound.of(n / 2, n, where={n: 0}),
}


@pytest.mark.parametrize("bound", TRUE.values(), ids=TRUE)
def test_true_bounds_are_decided_and_hold_at_values(bound):
    bound.check()
    least = dict(bound.where)
    for shift in range(4):
        values = {s: least.get(s, 0) + shift for s in bound.left.free_symbols | bound.right.free_symbols}
        left, right = bound.left.subs(values), bound.right.subs(values)
        assert left < right if bound.strict else left <= right


FALSE = {
    "reversed": (Bound.of(2**n, n + 1, where={n: 0}), "negative term -v"),
    "off by one": (Bound.of(n + 2, 2**n, where={n: 0}), "negative term -1"),
    "not strict": (Bound.of(n + 1, 2**n, where={n: 0}, strict=True), "no positive constant"),
    "needs more": (Bound.of(n**2, 2**n, where={n: 4}), "negative term"),
    "no domain": (Bound.of(0, x), "sign of x"),
    "irrational": (Bound.of(0, -cos(1) * n, where={n: 0}), "negative term"),
    "negative base": (Bound.of(0, (-2) ** n, where={n: 0}), "not an integer base"),
    "half base": (Bound.of(0, Rational(1, 2) ** n, where={n: 0}), "not an integer base"),
    "negative exponent": (Bound.of(0, 2 ** (-n), where={n: 0}), "not an integer base"),
    "tautology": (Bound.of(n + 1, 1 + n), "says nothing"),
}


@pytest.mark.parametrize("bound, phrase", FALSE.values(), ids=FALSE)
def test_other_bounds_are_rejected(bound, phrase):
    with pytest.raises(Rejected) as raised:
        bound.check()
    assert phrase in str(raised.value)


@pytest.mark.parametrize("left", ["n", True, 0.5, 0.5 * n], ids=str)
def test_inexact_sides_are_refused(left):
    with pytest.raises(BadInput, match="not an exact SymPy expression"):
        Bound.of(left, Integer(1))


def test_latex():
    assert Bound.of(n, 2**n, where={n: 1}).latex() == r"n \leq 2^{n},\ n \geq 1"
    assert "<" in Bound.of(n, 2**n, strict=True).latex()


@pytest.mark.parametrize(
    "bound, failed",
    [
        (Bound.of(2**n, n + 1, where={n: 0}), "n = 2: 4 <= 3 is false"),
        (Bound.of(n, n**2, where={n: 0}, strict=True), "n = 0: 0 < 0 is false"),
        (Bound.of(n**2, 2**n, where={n: 4}), None),
    ],
)
def test_false_bounds_are_false_at_small_values(bound, failed):
    assert bound.failure() == failed
