"""Every scheme for polynomials against exact evaluation in Python integers, and what the choice of a scheme promises."""

import random
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy

from workbench.domain import Cube, inputs
from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.parity import Parity
from workbench.lowering.polynomial import HORNER_TERMS, Features, Horner, scheme_of
from workbench.lowering.program import program
from workbench.poly import Multilinear, monomial, monomials
from workbench.threshold import PTF


def drawn(n, count, powers, seed=0):
    """Random distinct terms ((variable, ...), coefficient) in n variables, up to `powers` factors each."""
    rng = random.Random(seed)
    terms = {}
    while len(terms) < count:
        terms[tuple(sorted(rng.randrange(n) for _ in range(rng.randint(0, powers))))] = Fraction(rng.randint(-9, 9) or 1)
    return tuple(terms.items())


def exactly(terms, point):
    """The oracle: the sum of products in Python integers."""
    total = 0
    for factor, c in terms:
        product = c
        for v in factor:
            product *= int(point[v])
        total += product
    return int(total)


TERMS = {
    "a constant": (((), Fraction(7)),),
    "one variable": (((0,), Fraction(-2)),),
    "powers": (((0, 0, 0), Fraction(2)), ((), Fraction(1)), ((0, 1, 1), Fraction(-3))),
    "short": drawn(5, 20, 3),
    "dense of degree 2": tuple((monomial(m), Fraction(1 + m % 5)) for m in monomials(8, 2)),
    "dense of degree 3": tuple((monomial(m), Fraction(1 - m % 7)) for m in monomials(9, 3) if m % 7 != 1),
    "full cube": tuple((monomial(m), Fraction(m + 1)) for m in range(256)),
    "powers, many": drawn(6, 300, 6),
    "long monomials": tuple(
        (monomial(m), Fraction(m % 11 - 5)) for m in random.Random(1).sample(range(1 << 20), 300) if m % 11 != 5
    ),
    "no constant": tuple((monomial(m), Fraction(3)) for m in monomials(7, 2) if m),
}


@pytest.mark.parametrize("dtype", ["float64", "int32", "int64", "float32"])
@pytest.mark.parametrize("scheme", [Horner, Features.of], ids=["horner", "features"])
@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS)
def test_schemes_agree_with_integers(terms, scheme, dtype):
    n = 1 + max((v for f, _ in terms for v in f), default=0)
    points = np.random.default_rng(n).integers(-1, 2, (37, n))
    with jax.enable_x64(True):
        form = scheme(terms, dtype)
        values = form.at(jnp.asarray(points, dtype=dtype), form.coefficients)
    assert values.dtype == dtype
    assert np.asarray(values).astype(object).tolist() == [exactly(terms, p) for p in points]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 5000], ids=str)
def test_blocks_of_points_keep_their_order_whatever_their_number(count):
    terms = TERMS["powers, many"]
    form = Features.of(terms, "float32")
    assert form.block < 5000
    points = np.random.default_rng(count).integers(-1, 2, (count, 6))
    values = jax.jit(form.at)(jnp.asarray(points, dtype="float32"), form.coefficients)
    assert np.asarray(values).tolist() == [exactly(terms, p) for p in points]


def test_the_scheme_is_chosen_by_the_number_of_terms_and_shared_parts_are_formed_once():
    short = scheme_of(drawn(12, HORNER_TERMS, 5), "float64")
    assert isinstance(short, Horner) and short.coefficients is None
    long = scheme_of(drawn(12, HORNER_TERMS + 1, 5), "float64")
    assert isinstance(long, Features)
    rng = random.Random(5)
    masks = rng.sample(range(1 << 24), 1000)
    high = Features.of(tuple((monomial(m), Fraction(1)) for m in masks), "float64")
    assert len(high.stages) == 2
    assert sum(stage.size for stage in high.stages) * 2 < sum(m.bit_count() for m in masks)


def test_a_dense_polynomial_splits_in_the_middle_of_its_degree():
    form = Features.of(tuple((monomial(m), Fraction(1)) for m in monomials(12, 4)), "float64")
    assert form.coefficients.shape[0] == 1 + 12 + 66
    assert str(form) == f"matrix of {form.coefficients.shape[0]} x {form.coefficients.shape[1]} features"


def compiled_size(n, degree):
    poly = Multilinear.from_terms({m: 1 + m % 3 for m in monomials(n, degree)}, Cube(n))
    f = lower(poly, dtype="float32").program
    return len(jax.jit(f.values).lower(jnp.zeros((4096, n), "float32"), f.arrays).as_text().splitlines())


def test_the_compiled_program_does_not_grow_with_the_number_of_monomials():
    assert compiled_size(24, 4) == compiled_size(20, 4)
    assert compiled_size(10, 3) > 2 * compiled_size(5, 3)  # the control: Horner forms are unrolled


CUBES = {"01": Cube(9, "01"), "pm1": Cube(9), "one variable": Cube(1), "33 variables": Cube(33), "64 variables": Cube(64, "01")}


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "int64"])
@pytest.mark.parametrize("cube", CUBES.values(), ids=CUBES)
def test_parity_of_masks_agrees_with_exact_values(cube, dtype):
    rng = random.Random(cube.n)
    terms = {rng.randrange(cube.size): rng.randint(1, 9) for _ in range(40)}
    poly = Multilinear.from_terms(terms, cube)
    indices = [0, cube.size - 1, *(rng.randrange(cube.size) for _ in range(50))]
    values = Parity.of(poly, dtype).at(np.array(indices, dtype=np.uint64))
    assert values.dtype == dtype
    assert [int(v) for v in values] == [int(poly.at(cube.point(k))) for k in indices]


@pytest.mark.parametrize("count", [3, 2000], ids=["Horner, by coordinates", "many terms, by parity"])
@pytest.mark.parametrize("x64", [True, False], ids=["x64", "x32"])
def test_values_at_indices_are_values_at_points(count, x64):
    rng = random.Random(count)
    cube = Cube(16)
    poly = Multilinear.from_terms({rng.randrange(cube.size): rng.choice([-2, -1, 1, 2]) for _ in range(count)}, cube)
    poly = Multilinear.from_terms([*poly.terms, (0, Fraction(1, 2))], cube)  # odd numerators: it vanishes nowhere
    f = PTF(poly)
    indices = np.array([[0, 1, 2], [65535, 40000, 12345]])
    with jax.enable_x64(x64):
        for source, value in (
            (poly, lambda k: float(poly.at(cube.point(k)))),
            (f, lambda k: 1 if poly.at(cube.point(k)) > 0 else -1),
        ):
            values = lower(source).at_indices(indices)
            assert values.shape == (2, 3) and values.dtype == "float64"
            assert values.tolist() == [[value(int(k)) for k in row] for row in indices]


REFUSED_INDICES = {
    "negative": ([-1], "index -1 is not an integer from 0 to 2\\*\\*3 - 1"),
    "too large": ([8], "index 8 is not an integer"),
    "fractions": ([0.5], "indices of type float64"),
}


@pytest.mark.parametrize(("indices", "message"), REFUSED_INDICES.values(), ids=REFUSED_INDICES)
def test_refused_indices(indices, message):
    with pytest.raises(BadInput, match=message):
        lower(Multilinear.from_terms({0b111: 1}, Cube(3))).at_indices(indices)


def test_an_expression_has_no_indices():
    x = inputs(2)
    with pytest.raises(BadInput, match="has no cube: give the coordinates"):
        lower(x[0] + x[1], x).at_indices([0])


OVERFLOWS = {
    "call": lambda f: f([40_000, 40_000]),
    "array": lambda f: f(jnp.array([40_000, 40_000])),
    "negative": lambda f: f(np.array([[0, 1], [-40_000, 40_000]])),
}


@pytest.mark.parametrize("call", OVERFLOWS.values(), ids=OVERFLOWS)
def test_integer_overflow_is_seen_before_running(call):
    x = inputs(2)
    f = lower(2 * x[0] * x[1], x, dtype="int32")
    with pytest.raises(
        BadInput, match=r"coordinate 40000 > 32767, beyond which values may pass 2\*\*31 - 1: lower with dtype='int64'"
    ):
        call(f)
    assert int(f([32_767, 32_767])) == 2 * 32_767**2
    with jax.enable_x64(True):
        assert int(lower(2 * x[0] * x[1], x, dtype="int64")([40_000, 40_000])) == 3_200_000_000


def test_a_polynomial_too_large_for_its_type_is_not_run_and_says_so():
    f = lower(Multilinear.from_terms({0: 2**30, 1: 2**30}, Cube(1)), dtype="int32")
    assert not f.exact and "2147483648 > 2**31 - 1" in str(f.exact)
    with pytest.raises(BadInput, match="coordinate 1 > 0"):
        f([1])
    with pytest.raises(BadInput, match="coordinate 1 > 0"):
        f.at_indices([1])


def test_wide_integers_inside_a_transformation_are_not_cut():
    f = lower(inputs(1)[0], inputs(1), dtype="int32")
    with jax.enable_x64(True), pytest.raises(BadInput, match="int64 values inside a transformation of an int32 function"):
        jax.jit(f)(jnp.array([2**40]))


def test_the_repr_tells_source_scheme_and_cost():
    x = inputs(3)
    shown = repr(lower(x[0] * x[1] + sympy.tanh(x[2]), x, dtype="float32"))
    assert shown == (
        "Lowered(x0*x1 + tanh(x2), 3 inputs, float32, inexact: tanh rounds; 3 operations: 3 flops and 16 B a point, 0 B besides)"
    )
    dense = repr(lower(Multilinear.from_terms({m: 1 for m in monomials(20, 4)}, Cube(20))))
    assert "matrix of 211 x " in dense and "flops and 168 B a point" in dense and "MB besides" in dense


def test_the_memory_estimate_bounds_the_features_and_grows_with_the_points():
    f = lower(Multilinear.from_terms({m: 1 for m in monomials(16, 4)}, Cube(16)))
    scheme = f.program.schemes[0]
    held = scheme.coefficients.size + scheme.block * (137 + len(scheme.coefficients))
    assert f.memory(0) == 8 * held
    assert f.memory(1000) - f.memory(0) == 8 * 17 * 1000


def test_equal_polynomials_share_a_program():
    poly = Multilinear.from_terms({m: 1 for m in monomials(5, 2)}, Cube(5))
    assert lower(poly).program is lower(poly).program is program(lower(poly).program.tape, "float64")


X = sympy.Symbol("x", real=True)
NEVER = {
    "a square of a sum at 0": lambda: lower(sympy.Mul(X + 2**20, X + 2**20, evaluate=False), [X], dtype="int32")([0]),
    "no inputs": lambda: lower(sympy.Mul(2**20, 2**20, evaluate=False), [], dtype="int32")([]),
    "64 bits": lambda: lower(sympy.Pow(X + 2**40, 2, evaluate=False), [X], dtype="int64")([0]),
}


@pytest.mark.parametrize("call", NEVER.values(), ids=NEVER)
def test_a_value_that_overflows_at_every_point_is_refused_there(call):
    with pytest.raises(BadInput, match=r"values may pass 2\*\*(31|63) - 1 at any point"):
        call()


def test_powers_of_inputs_do_not_grow_on_the_cube():
    f = lower(X**65, [X], dtype="int32")
    assert f.exact and int(f([-1])) == -1


def test_bounds_that_grow_without_end_are_given_up():
    tower = X
    for _ in range(30):
        tower = tower**2 + 1
    f = lower(tower, [X])
    assert not f.exact and "2**" in str(f.exact) and len(repr(f)) < 400
    with pytest.raises(BadInput, match=r"the constant 2\*\*16609 is out of the range of float64"):
        lower(X * 10**5000, [X])


def test_indices_inside_a_transformation_are_refused():
    f = lower(Multilinear.from_terms({0b111: 1}, Cube(3)), dtype="float32")
    with pytest.raises(BadInput, match="indices inside a transformation"):
        jax.jit(f.at_indices)(jnp.arange(4))


def test_shared_and_deep_sources_are_not_printed_whole():
    shared, deep = X, X
    for _ in range(30):
        shared = sympy.Add(shared, shared, evaluate=False)
    for _ in range(5_000):
        deep = sympy.Mul(-1, deep, evaluate=False)
    assert all(len(repr(lower(e, [X]))) < 300 and lower(e, [X])._repr_latex_() is None for e in (shared, deep))


def test_the_place_of_a_deep_node_is_shortened():
    deep = sympy.Symbol("y", real=True)
    for _ in range(20_000):
        deep = sympy.tanh(deep, evaluate=False)
    with pytest.raises(BadInput, match=r"symbol y is not declared.*\(19,988 more\)") as refusal:
        lower(deep, [X])
    assert len(str(refusal.value)) < 400
