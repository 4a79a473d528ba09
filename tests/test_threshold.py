"""Boolean functions and threshold functions against definitions written out over points."""

from fractions import Fraction
from itertools import permutations, product
from random import Random

import pytest
import sympy

from workbench.domain import Cube, inputs
from workbench.errors import BadInput, Rejected
from workbench.poly import Multilinear
from workbench.threshold import PTF, BooleanFunction, Transformation, group, npn_orbit

MAJORITY = BooleanFunction.from_rule(lambda a, b, c: a + b + c >= 2, n=3)
ASYMMETRIC = BooleanFunction(3, 0b00110100)


@pytest.mark.parametrize("n", range(4))
def test_connectives_are_pointwise(n):
    random = Random(n)
    full = 2 ** (2**n)
    f, g = BooleanFunction(n, random.randrange(full)), BooleanFunction(n, random.randrange(full))
    for x in Cube(n, "01").points():
        assert (f & g)(x) == (f(x) and g(x))
        assert (f | g)(x) == (f(x) or g(x))
        assert (f ^ g)(x) == (f(x) != g(x))
        assert (~f)(x) == 1 - f(x)
        assert f(x) == f(tuple(2 * b - 1 for b in x), inputs="pm1")


def test_a_function_from_its_table_or_its_rule():
    assert BooleanFunction.from_table(0b11101000, 3) == MAJORITY != BooleanFunction.from_table(0, 3)


def test_restriction_and_dummy_inputs():
    for i, bit in product(range(3), (0, 1)):
        g = ASYMMETRIC.restrict(i, bit)
        for x in Cube(2, "01").points():
            assert g(x) == ASYMMETRIC((*x[:i], bit, *x[i:]))
    assert ASYMMETRIC.with_dummy().restrict(3, 1) == ASYMMETRIC
    assert not ASYMMETRIC.with_dummy().depends_on(3) and ASYMMETRIC.depends_on(0)
    assert BooleanFunction(0, 1).with_dummy() == BooleanFunction(1, 3)


def test_fourier_quantities_against_sums_over_points():
    for f in (MAJORITY, ASYMMETRIC, BooleanFunction(3, 0), BooleanFunction(0, 1), BooleanFunction(1, 2)):
        points = list(Cube(f.n).points())
        sign = [2 * f(x, "pm1") - 1 for x in points]
        assert f.chow == (sum(sign), *(sum(s * x[i] for s, x in zip(sign, points, strict=True)) for i in range(f.n)))
        assert [f.walsh.at(x) for x in points] == sign
        for i in range(f.n):
            flipped = [2 * f((*x[:i], -x[i], *x[i + 1 :]), "pm1") - 1 for x in points]
            assert f.influence(i) == Fraction(sum(a != b for a, b in zip(sign, flipped, strict=True)), len(points))


@pytest.mark.parametrize("n", range(4))
def test_transformations_act_as_documented(n):
    f = BooleanFunction(n, Random(5).randrange(2 ** (2**n)))
    for by in group(n):
        g = f.transformed(by)
        for x in Cube(n, "01").points():
            y = tuple(x[by.perm[i]] ^ (by.flips >> i & 1) for i in range(n))
            assert g(x) == by.out ^ f(y)


@pytest.mark.parametrize("n, classes, np_classes", [(0, 1, 2), (1, 2, 3), (2, 4, 6), (3, 14, 22)])
def test_classes_are_as_many_as_listed(n, classes, np_classes):
    """NPN classes: A000370; NP classes: A000616."""
    tables = range(2 ** (2**n))
    assert len({BooleanFunction(n, t).canonical()[0] for t in tables}) == classes
    assert len({BooleanFunction(n, t).canonical(outputs=False)[0] for t in tables}) == np_classes
    assert len({min(npn_orbit(t, n)) for t in tables}) == classes


@pytest.mark.parametrize("table, n", [(0x1B, 3), (0x96, 3), (0x1EE1, 4), (0xCA, 3), (2, 1), (0, 0)])
def test_orbit_closure_agrees_with_the_whole_group(table, n):
    f = BooleanFunction(n, table)
    assert npn_orbit(table, n) == {g.table for g in f.orbit()}
    for g, by in f.orbit().items():
        assert f.transformed(by) == g
    canonical, by = f.canonical()
    assert f.transformed(by) == canonical and canonical.table == min(npn_orbit(table, n))


def test_symmetries_of_majority_are_all_permutations():
    found = {by.perm for by in MAJORITY.symmetries() if by.flips == 0}
    assert found == set(permutations(range(3)))
    assert all(MAJORITY.transformed(by) == MAJORITY for by in MAJORITY.symmetries())
    assert Transformation((0, 1, 2), 0, 0) in ASYMMETRIC.symmetries()


@pytest.mark.parametrize(
    "call, phrase",
    [
        (lambda: BooleanFunction(2, 16), "table 16 is not from 0 to 15"),
        (lambda: BooleanFunction(5, 1 << 32), "2**32 - 1"),
        (lambda: BooleanFunction(2, -1), "table -1"),
        (lambda: BooleanFunction(2, True), "table True"),
        (lambda: BooleanFunction(2, "6"), "table '6'"),
        (lambda: BooleanFunction(21, 0), "arity 21"),
        (lambda: BooleanFunction(1, 0) & BooleanFunction(2, 0), "functions of 1 and 2 inputs"),
        (lambda: MAJORITY.influence(3), "input 3"),
        (lambda: BooleanFunction(7, 0).canonical(), "arity 7"),
        (lambda: npn_orbit(0, 7), "arity 7"),
        (lambda: BooleanFunction.from_logic(sympy.Symbol("a") + 1, []), "not a SymPy logic formula"),
        (lambda: BooleanFunction.from_logic(sympy.Symbol("a") & sympy.Symbol("b"), [sympy.Symbol("a")]), "['b']"),
    ],
)
def test_bad_input_is_refused(call, phrase):
    with pytest.raises(BadInput) as raised:
        call()
    assert phrase in str(raised.value)


def test_logic_formulas_become_tables():
    a, b, c = sympy.symbols("a b c")
    assert BooleanFunction.from_logic((a & b) | (a & c) | (b & c), [a, b, c]) == MAJORITY


X = inputs(3)


@pytest.mark.parametrize(
    "expr, degree, margin",
    [
        (X[0] + X[1] + X[2], 1, Fraction(1, 3)),
        (X[0] * X[1] * X[2], 3, 1),
        (4 * X[0] / 3 + X[1] / 3, 1, Fraction(3, 5)),
        (sympy.Integer(-2), 0, 1),
    ],
    ids=str,
)
def test_ptf_is_the_sign_of_its_polynomial(expr, degree, margin):
    f = PTF.from_expr(expr, Cube(3))
    for x in Cube(3).points():
        value = expr.subs(dict(zip(X, x, strict=True)))
        assert f(x) == (1 if value > 0 else -1) == 2 * f.function(x, "pm1") - 1
    assert (f.degree, f.margin, f.n, f.cube) == (degree, margin, 3, Cube(3))
    assert f.chow == f.function.chow and f.as_expr() == expr
    assert all(isinstance(w, int) for w in f.weights.values())


def test_ptf_constructors_agree_and_transform():
    f = PTF.from_weights({(): -2, (0,): 2, (1, 2): 3}, Cube(3))
    assert PTF.from_table(f.table(), 3).function == f.function
    assert PTF(f.poly.on("01")).table() == f.table()
    assert f.density == Fraction(3, 7)
    for by in group(3):
        assert f.transformed(by).function == f.function.transformed(by)
    by = Transformation((1, 2, 0), 5, 1)
    assert PTF(f.poly.on("01")).transformed(by).function == f.function.transformed(by)


def test_a_polynomial_that_vanishes_has_no_sign():
    f = PTF.from_expr(X[0] + 2 * X[1] * X[2] - 1, Cube(3))
    assert f.degree == 2 and f.weights == {(): -1, (0,): 1, (1, 2): 2}
    for ask in (f.table, lambda: f.margin, lambda: f.chow, lambda: f.function):
        with pytest.raises(Rejected) as raised:
            ask()
        assert raised.value.place == "point 0 = (-1, -1, -1)"
    with pytest.raises(Rejected, match="vanishes"):
        f((-1, 1, 1))
    assert f((1, 1, 1)) == 1
    zero = PTF(Multilinear(Cube(1), ()))
    assert zero.degree == 0 and zero.weights == {}


def test_displays():
    f = PTF.from_expr(X[0] - 2, Cube(3))
    assert repr(f) == "PTF(x0 - 2 on {-1, 1}^3)" and r"\operatorname{sgn}" in f._repr_latex_()
    assert repr(MAJORITY) == "BooleanFunction(n=3, table=0xe8)" and "0xe8" in MAJORITY._repr_latex_()
