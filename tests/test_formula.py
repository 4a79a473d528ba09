"""Expressions as JSON: round trips, limits, and refusal of everything that is not on the list."""

import json
from random import Random

import pytest
import sympy

from workbench import formula
from workbench.errors import BadInput

X, Y = formula.symbol("x"), formula.symbol("y")
DEEP = {"abs": ["1"]}
for _ in range(150):
    DEEP = {"abs": [DEEP]}


@pytest.mark.parametrize(
    "expr",
    [
        sympy.Integer(0),
        sympy.Rational(-5, 7),
        X,
        X + Y,
        X * Y - 3,
        X**2 / 3,
        1 / (1 + X),
        sympy.Abs(X),
        sympy.Heaviside(X, 0),
        sympy.Heaviside(X - Y, 1),
        sympy.Max(X, Y, 0),
        sympy.Min(X, Y),
        sympy.exp(-X),
        sympy.log(Y),
        sympy.tanh(X * Y),
        X ** sympy.Rational(1, 2),
        2**X,
        sympy.E,
        3 - X * sympy.E,
        sympy.atan(X - 1),
        sympy.CRootOf(4 * X**4 + 6 * X**3 + 3 * X**2 + X - 1, 1),
        X + sympy.CRootOf(X**3 - X - 1, 0),
    ],
    ids=str,
)
def test_round_trip(expr):
    assert formula.read(json.loads(json.dumps(formula.write(expr)))) == expr


@pytest.mark.parametrize(
    "expr",
    [
        sympy.sin(X),
        sympy.I,
        sympy.CRootOf(X**3 - X - 1, 1),
        sympy.pi,
        sympy.Float(1),
        sympy.Piecewise((X, X > 0), (0, True)),
        sympy.oo,
    ],
    ids=str,
)
def test_other_nodes_are_not_written(expr):
    with pytest.raises(BadInput, match="is not written to files"):
        formula.write(expr)


@pytest.mark.parametrize(
    "data, phrase",
    [
        (1, "neither a number string nor an object"),
        (None, "neither"),
        ([], "neither"),
        ({}, "neither"),
        ({"add": ["1"], "mul": ["1"]}, "neither"),
        ("1.5", "number '1.5'"),
        ("1/0", "number '1/0'"),
        ("--1", "number"),
        ("1e9", "number"),
        ("", "number"),
        ("٣", "number"),
        ("9" * 5000, "4000 digits"),
        ({"symbol": "x y"}, "name 'x y'"),
        ({"symbol": "__import__('os')"}, "name"),
        ({"symbol": 3}, "name '3'"),
        ({"symbol": "x" * 65}, "name"),
        ({"sin": ["1"]}, "'sin'"),
        ({"add": "1"}, "'add'"),
        ({"add": []}, "'add'"),
        ({"pow": ["1"]}, "'pow'"),
        ({"H": ["1"]}, "'H'"),
        ({"H": ["1", "2"]}, "H(0) = 2"),
        ({"exp": ["1", "2"]}, "'exp'"),
        (DEEP, "nested over 100"),
        ({"add": ["1"] * 10_001}, "10000 nodes"),
        ({"pow": ["10", "4001"]}, "4000 digits"),
        ({"pow": ["2", "1/2"]}, None),
        ({"pow": ["9", {"pow": ["9", "9"]}]}, "4000 digits"),
        ({"pow": [{"symbol": "x"}, {"exp": ["2"]}]}, "4000 digits"),
        ({"atan": ["1", "2"]}, "'atan'"),
        ({"root": ["1", "1", "0", "-2"]}, None),
        ({"root": ["2", "1", "0", "-2"]}, "none of its real roots"),
        ({"root": ["-1", "1", "0", "-2"]}, "none of its real roots"),
        ({"root": ["0", "1", "0", "1"]}, "none of its real roots"),
        ({"root": ["0", "1", "2", "1"]}, "none of its real roots, or it has a double one"),
        ({"root": ["0"]}, "integer coefficients"),
        ({"root": ["0", "5"]}, "integer coefficients"),
        ({"root": ["0", "0", "1"]}, "integer coefficients"),
        ({"root": ["0", "1", "1/2"]}, "integer coefficients"),
        ({"root": ["0", "1", {"symbol": "x"}]}, "integer coefficients"),
        ({"root": ["0", "1", "9" * 101]}, "integer coefficients"),
        ({"root": ["0", *["1"] * 14]}, "integer coefficients"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_reading_is_strict(data, phrase):
    if phrase is None:
        assert formula.read(data) == sympy.sqrt(2)
        return
    with pytest.raises(BadInput) as raised:
        formula.read(data)
    assert phrase in str(raised.value)


def test_written_random_trees_read_back():
    random = Random(1)

    def tree(depth):
        if depth == 0:
            return random.choice([X, Y, sympy.Integer(random.randint(-9, 9)), sympy.Rational(1, random.randint(2, 9))])
        return random.choice([sympy.Add, sympy.Mul, sympy.Max])(tree(depth - 1), tree(depth - 1))

    for _ in range(100):
        expr = tree(4)
        assert formula.read(formula.write(expr)) == expr
