"""Multilinear polynomials against direct evaluation, point by point."""

from fractions import Fraction
from math import prod
from random import Random

import pytest
import sympy

from workbench.domain import Cube, inputs
from workbench.errors import BadInput
from workbench.poly import SHOWN_TERMS, Multilinear, mask_of, monomial, monomials

CUBES = [Cube(n, c) for n in range(4) for c in ("01", "pm1")]


def random_polynomial(cube, random):
    return Multilinear.from_terms({m: Fraction(random.randint(-5, 5), random.randint(1, 4)) for m in range(cube.size)}, cube)


def direct(p, point):
    return sum((c * prod((point[i] for i in m), start=1) for m, c in p.coefficients.items()), Fraction(0))


@pytest.mark.parametrize("cube", CUBES, ids=lambda c: c.name)
def test_values_and_at_agree_with_the_sum_of_products(cube):
    p = random_polynomial(cube, Random(cube.n))
    expected = [direct(p, x) for x in cube.points()]
    assert list(p.values()) == expected
    assert [p.at(x) for x in cube.points()] == expected
    assert Multilinear.from_values(expected, cube) == p


@pytest.mark.parametrize("cube", CUBES, ids=lambda c: c.name)
def test_ring_operations_are_pointwise(cube):
    random = Random(7)
    p, q = random_polynomial(cube, random), random_polynomial(cube, random)
    for x in cube.points():
        assert (p + q).at(x) == p.at(x) + q.at(x)
        assert (p - q).at(x) == p.at(x) - q.at(x)
        assert (p * q).at(x) == p.at(x) * q.at(x)
        assert abs(p.at(x)) <= p.norm


@pytest.mark.parametrize("cube", CUBES, ids=lambda c: c.name)
@pytest.mark.parametrize("target", ["01", "pm1"])
def test_change_of_convention_keeps_the_values(cube, target):
    p = random_polynomial(cube, Random(3))
    assert p.on(target).values() == p.values()
    assert p.on(target).on(cube.inputs) == p


@pytest.mark.parametrize("name, power", [("pm1", 0), ("01", 1)])
def test_squares_reduce(name, power):
    x = inputs(1)
    assert Multilinear.from_expr(x[0] ** 2, Cube(1, name)) == Multilinear.from_expr(x[0] ** power, Cube(1, name))
    assert Multilinear.from_expr(x[0] ** 3, Cube(1, name)) == Multilinear.from_expr(x[0], Cube(1, name))


def test_from_expr_expr_round_trip_and_own_symbols():
    a, b = sympy.symbols("a b")
    p = Multilinear.from_expr((a - b / 2) ** 2 + 1, Cube(2), [a, b])
    assert p.as_expr([a, b]) == sympy.Rational(9, 4) - a * b
    assert Multilinear.from_expr(sympy.Integer(3), Cube(0)).coefficients == {(): 3}
    assert Multilinear.from_expr(0, Cube(1)).degree == -1


@pytest.mark.parametrize(
    "call, phrase",
    [
        (lambda: Multilinear.from_expr("x0", Cube(1)), "'x0' is not a SymPy expression"),
        (lambda: Multilinear.from_expr(True, Cube(1)), "is not a SymPy expression"),
        (lambda: Multilinear.from_expr(inputs(2)[1], Cube(1)), "not a polynomial over QQ in x0"),
        (lambda: Multilinear.from_expr(inputs(1)[0] / 2 + 0.5, Cube(1)), "not a polynomial over QQ"),
        (lambda: Multilinear.from_expr(1 / inputs(1)[0], Cube(1)), "not a polynomial"),
        (lambda: Multilinear.from_expr(sympy.pi * inputs(1)[0], Cube(1)), "not a polynomial over QQ"),
        (lambda: Multilinear.from_expr(sympy.Symbol("t"), Cube(0)), "no variables"),
        (lambda: Multilinear.from_expr(inputs(1)[0], Cube(1), inputs(2)), "2 symbols for 1 inputs"),
        (lambda: Multilinear.from_terms({4: 1}, Cube(2)), "beyond x1"),
        (lambda: Multilinear.from_terms({-1: 1}, Cube(2)), "beyond x1"),
        (lambda: Multilinear.from_terms({0: 0.5}, Cube(2)), "0.5 is not rational"),
        (lambda: Multilinear.from_values([1, 2, 3], Cube(2)), "3 values for the 4 points"),
        (lambda: Multilinear.from_values([1], Cube(0)) + Multilinear.from_values([1], Cube(0, "01")), "convert one"),
        (lambda: Multilinear(Cube(21), ()).values(), "arity 21"),
        (lambda: mask_of([True]), "repeats or misuses"),
        (lambda: mask_of([64]), "repeats or misuses"),
        (lambda: mask_of(["0"]), "repeats or misuses"),
    ],
)
def test_bad_input_is_refused(call, phrase):
    with pytest.raises(BadInput) as raised:
        call()
    assert phrase in str(raised.value)


def test_sizes_of_a_polynomial():
    x = inputs(3)
    p = Multilinear.from_expr(x[0] * x[1] / 2 - x[2] / 3, Cube(3))
    assert (p.degree, p.norm, p.density, p.denominator) == (2, Fraction(5, 6), Fraction(2, 7), 6)
    assert p.primitive().coefficients == {(2,): -2, (0, 1): 3}
    zero = Multilinear(Cube(3), ())
    assert (zero.degree, zero.norm, zero.density, zero.primitive()) == (-1, 0, 0, zero)
    assert Multilinear.from_expr(6 * x[0] + 4, Cube(3)).primitive().coefficients == {(): 2, (0,): 3}


def test_monomials_and_masks_are_inverse():
    assert [mask_of(monomial(m)) for m in range(16)] == list(range(16))
    assert [len(monomials(4, d)) for d in range(5)] == [1, 5, 11, 15, 16]
    assert monomials(0, 0) == (0,)


def test_displays_are_one_line_and_say_what_they_leave_out():
    full = Multilinear.from_terms({m: 1 for m in range(32)}, Cube(5))
    hidden = 32 - SHOWN_TERMS
    assert f"{hidden} more terms" in repr(full) and "\n" not in repr(full)
    assert rf"({hidden}\ \text{{more}})" in full._repr_latex_()
    assert Multilinear.from_expr(inputs(1)[0], Cube(1))._repr_latex_() == "$x_{0}$"
