"""Conventions: bit order, both cubes, sign(0), exact signs."""

from fractions import Fraction
from itertools import product

import pytest
import sympy

from workbench.domain import Cube, arity, bits_of, convention, fires, inputs, place, sgn, sign_of, table_of
from workbench.errors import BadInput


@pytest.mark.parametrize("n", range(5))
@pytest.mark.parametrize("name, low", [("01", 0), ("pm1", -1)])
def test_points_run_through_the_product_with_the_first_coordinate_fastest(n, name, low):
    expected = [tuple(reversed(p)) for p in product((low, 1), repeat=n)]
    cube = Cube(n, name)
    assert list(cube.points()) == expected
    assert [cube.index(p) for p in expected] == list(range(2**n))
    assert cube.size == 2**n and cube.name == f"{{{low}, 1}}^{n}"


@pytest.mark.parametrize(
    "call, phrase",
    [
        (lambda: Cube(-1), "arity -1"),
        (lambda: Cube(65), "from 0 to 64"),
        (lambda: Cube(True), "arity True"),
        (lambda: Cube(2, "+-"), "is not one of 01, pm1"),
        (lambda: Cube(2).point(4), "point 4 is not from 0 to 3"),
        (lambda: Cube(2).point(-1), "point -1"),
        (lambda: Cube(2).index((1,)), "length 1"),
        (lambda: Cube(2).index((0, 1)), "0 is not a coordinate of {-1, 1}^2"),
        (lambda: Cube(2, "01").index((-1, 1)), "-1 is not a coordinate of {0, 1}^2"),
        (lambda: convention("10"), "convention '10'"),
        (lambda: arity(21), "arity 21"),
        (lambda: arity(2.0), "arity 2.0"),
        (lambda: inputs(2, "x_"), "letter 'x_'"),
        (lambda: inputs(2, ""), "letter ''"),
        (lambda: sign_of(1.5), "1.5 is a float"),
        (lambda: sign_of(sympy.Float("0.1")), "is a float"),
        (lambda: sign_of("1"), "is a str"),
        (lambda: sign_of(sympy.Symbol("t")), "cannot be decided"),
    ],
)
def test_bad_input_names_value_and_limit(call, phrase):
    with pytest.raises(BadInput) as raised:
        call()
    assert phrase in str(raised.value)


@pytest.mark.parametrize(
    "value, sign",
    [
        (3, 1),
        (0, 0),
        (-2, -1),
        (True, 1),
        (Fraction(-1, 9), -1),
        (Fraction(0), 0),
        (sympy.Rational(1, 3), 1),
        (sympy.Integer(0), 0),
        (sympy.sqrt(2) - sympy.Rational(3, 2), -1),
        (sympy.exp(2) - 7, 1),
        (sympy.pi - sympy.pi, 0),
    ],
)
def test_sign_is_exact(value, sign):
    assert sign_of(value) == sign
    assert fires(value) == (1 if sign > 0 else 0)
    assert fires(value, at_zero=1) == (1 if sign >= 0 else 0)
    assert sgn(value) == (1 if sign > 0 else -1)
    assert sgn(value, at_zero=1) == (1 if sign >= 0 else -1)


def test_tables_and_bits_are_inverse_and_the_order_is_asymmetric():
    assert bits_of(0b0010, 2) == (0, 1, 0, 0)
    assert [table_of(bits_of(t, 2)) for t in range(16)] == list(range(16))
    assert bits_of(1, 0) == (1,) and table_of([]) == 0
    assert place(Cube(2), 1) == "point 1 = (1, -1)"
    assert Cube(3)._repr_latex_() == r"$\{-1, 1\}^{3}$"


def test_symbols_are_real_and_named():
    x = inputs(2)
    assert [s.name for s in x] == ["x0", "x1"] and all(s.is_real for s in x)
    assert inputs(0) == () and inputs(1, "y")[0].name == "y0"
