"""Whole-cube values and packed tables against Python integers, the matrix of the transform, recursion and closed forms."""

import random
import subprocess
import sys
from fractions import Fraction

import jax
import numpy as np
import pytest

import workbench
from workbench.domain import Cube
from workbench.errors import BadInput, Rejected
from workbench.lowering import cube_values, packed_table, walsh
from workbench.lowering.walsh import BLOCK_BITS, LEAST_TERMS, IntegerTerms
from workbench.network import Network
from workbench.poly import Multilinear
from workbench.threshold import PTF, BooleanFunction
from workbench.units import Unit, affine, output, sign_unit, threshold_unit

CONVENTIONS = ("pm1", "01")


def drawn(n, inputs, terms, seed):
    """A polynomial with this many masks drawn (repeats add up) and small rational coefficients."""
    rng = random.Random(seed)
    return Multilinear.from_terms(
        [(rng.randrange(1 << n), Fraction(rng.randint(-9, 9), rng.choice([1, 2, 3, 6]))) for _ in range(terms)], Cube(n, inputs)
    )


def of_norm(n, inputs, norm, seed):
    """A polynomial whose coprime integer coefficients have this absolute sum, attained at the last point; half of them negative."""
    rng = random.Random(seed)
    cuts = sorted(rng.sample(range(1, norm), (1 << n) - 2))
    parts = [1, *(b - a for a, b in zip([1, *cuts[1:]], [*cuts[1:], norm], strict=True))]
    signs = [rng.choice([-1, 1]) for _ in parts]
    return Multilinear.from_terms(((m, s * c) for m, (s, c) in enumerate(zip(signs, parts, strict=True))), Cube(n, inputs))


def matrix(n, signs):
    """The 2^n x 2^n matrix whose entry (k, m) is monomial m at point k, by its definition."""
    entry = (lambda k, m: (-1) ** (m & ~k).bit_count()) if signs else (lambda k, m: int(m & ~k == 0))
    return np.array([[entry(k, m) for m in range(1 << n)] for k in range(1 << n)])


def by_recursion(coefficients, signs):
    """Split off the top variable until eight are left, for which the matrix is written out."""
    base = matrix(8, signs)

    def values(part):
        if len(part) == len(base):
            return base @ part
        low, high = map(values, np.split(part, 2))
        return np.concatenate([low - high if signs else low, low + high])

    return values(coefficients)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("inputs", CONVENTIONS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 8, 9])
def test_values_equal_those_in_python_integers(n, inputs, dtype):
    poly = drawn(n, inputs, terms=40, seed=n)
    expected = [int(v) for v in poly.primitive().values()]
    for f in (poly, PTF(poly)):
        values = cube_values(f, dtype=dtype)
        assert values.tolist() == expected
        assert (values.dtype, values.shape, values.flags.writeable) == (dtype, (1 << n,), True)


@pytest.mark.parametrize("inputs", CONVENTIONS)
@pytest.mark.parametrize("n", [0, 1, 7], ids=lambda n: f"n={n}")
def test_the_zero_polynomial_and_constants(n, inputs):
    cube = Cube(n, inputs)
    assert cube_values(Multilinear.from_terms({}, cube)).tolist() == [0] * cube.size
    assert cube_values(Multilinear.from_terms({0: Fraction(-5, 3)}, cube)).tolist() == [-1] * cube.size


@pytest.mark.parametrize("inputs", CONVENTIONS)
def test_each_monomial_alone_is_a_column_of_the_matrix(inputs):
    cube = Cube(5, inputs)
    for mask in range(32):
        column = [np.prod([x for i, x in enumerate(point) if mask >> i & 1], dtype=int) for point in cube.points()]
        assert cube_values(Multilinear.from_terms({mask: 7}, cube)).tolist() == column


NORMS = {f"2^{e}{d:+d}": 2**e + d for e in (24, 31, 53) for d in (-1, 0, 1)} | {"2^63-1": 2**63 - 1}


@pytest.mark.parametrize("inputs", CONVENTIONS)
@pytest.mark.parametrize("norm", NORMS.values(), ids=NORMS)
def test_values_are_exact_up_to_the_bound_of_the_type(norm, inputs):
    poly = of_norm(6, inputs, norm, seed=norm % 1000)
    poly = poly if inputs == "pm1" else Multilinear(poly.cube, tuple((m, abs(c)) for m, c in poly.terms))  # attains the norm
    terms = IntegerTerms.of(poly)
    assert terms.bound == norm == poly.norm
    (block,) = terms.blocks()
    assert block.dtype == ("int32" if norm < 2**31 else "int64")
    assert cube_values(poly).tolist() == block.tolist() == [int(v) for v in poly.values()]
    if inputs == "01":
        assert block[-1] == norm


@pytest.mark.parametrize("inputs", CONVENTIONS)
@pytest.mark.parametrize("n, terms", [(20, 5_000), (BLOCK_BITS + 1, 3), (BLOCK_BITS, LEAST_TERMS + 1), (BLOCK_BITS - 1, 9)])
@pytest.mark.parametrize("scale", [1, 10**12], ids=["int32", "int64"])
def test_values_equal_a_recursion(n, terms, scale, inputs):
    rng = np.random.default_rng(n)
    masks = rng.choice(1 << n, terms, replace=False)
    weights = rng.choice([-3, -2, -1, 1, 2, 3], terms) * rng.choice([1, scale], terms)
    weights[0] = 1
    coefficients = np.zeros(1 << n, dtype=np.int64)
    coefficients[masks] = weights
    poly = Multilinear.from_terms(zip(masks.tolist(), weights.tolist(), strict=True), Cube(n, inputs))
    assert np.array_equal(cube_values(poly), by_recursion(coefficients, inputs == "pm1"))


def test_dense_polynomials_with_more_terms_than_are_padded():
    poly = Multilinear.from_terms({m: (m * m) % 17 - 8 for m in range(1 << 11)}, Cube(11))
    coefficients = np.array([(m * m) % 17 - 8 for m in range(1 << 11)])
    assert np.array_equal(cube_values(poly), by_recursion(coefficients, True))


@pytest.mark.parametrize("inputs", CONVENTIONS)
def test_the_order_of_the_points_across_blocks(inputs):
    n = BLOCK_BITS + 2
    masks = [0b1, 0b10, 1 << BLOCK_BITS - 1, 1 << BLOCK_BITS, 1 << n - 1, 0b101 | 1 << n - 1]
    index = np.arange(1 << n)
    low = Cube(n, inputs).low
    monomial = {m: np.prod([np.where(index >> i & 1, 1, low) for i in range(n) if m >> i & 1], axis=0) for m in masks}
    expected = sum((3**k + 1) * monomial[m] for k, m in enumerate(masks)) - 1
    poly = Multilinear.from_terms({0: -1} | {m: 3**k + 1 for k, m in enumerate(masks)}, Cube(n, inputs))
    assert np.array_equal(cube_values(poly), expected)
    assert np.array_equal(np.unpackbits(packed_table(PTF(poly), 1), bitorder="little"), expected >= 0)


REFUSALS = {
    "int32 exceeded": (
        lambda: cube_values(Multilinear.from_terms({0: 1, 1: 2**31 - 1}, Cube(26)), dtype="int32"),
        "values up to 2147483648 > 2**31 - 1: take dtype='int64'",
    ),
    "int64 exceeded": (
        lambda: cube_values(Multilinear.from_terms({0: 1, 1: 2**63 - 1}, Cube(26)), dtype="int32"),
        "values up to 9223372036854775808 > 2**63 - 1: use f.poly.values(), which is exact at any size",
    ),
    "packed, int64 exceeded": (
        lambda: packed_table(PTF.from_weights({(): 1, (0,): 2**63 - 1}, Cube(30))),
        "values up to 9223372036854775808 > 2**63 - 1: use f.poly.values(), which is exact at any size",
    ),
    "a float type": (
        lambda: cube_values(PTF.from_weights({(): 1}, Cube(1)), dtype="float64"),
        "dtype 'float64' is not one of int32, int64: for values in floating point, lower f and call it",
    ),
    "no type": (
        lambda: cube_values(BooleanFunction(0, 1), dtype="int8"),
        "dtype 'int8' is not one of float32, float64, int32, int64",
    ),
    "arity": (lambda: cube_values(PTF.from_weights({(): 1}, Cube(27))), "arity 27 is not an integer from 0 to 26"),
    "packed, arity": (lambda: packed_table(PTF.from_weights({(): 1}, Cube(31))), "arity 31 is not an integer from 0 to 30"),
    "at_zero": (
        lambda: packed_table(PTF.from_weights({(): 1}, Cube(1)), -1),
        "at_zero -1 is not 0 or 1, the two values of H(0), nor None",
    ),
    "at_zero of a table": (
        lambda: packed_table(BooleanFunction(0, 1), 0),
        "at_zero is for a PTF: each unit of a network has its own value at 0, and a table has no zeros",
    ),
    "a Multilinear": (
        lambda: packed_table(Multilinear.from_terms({0: 1}, Cube(1))),
        "a Multilinear has no truth table: give a PTF, a BooleanFunction or a Network",
    ),
}


@pytest.mark.parametrize("call, message", REFUSALS.values(), ids=REFUSALS)
def test_refusals(call, message):
    with pytest.raises(BadInput) as refused:
        call()
    assert str(refused.value) == message


def test_the_bound_of_an_integer_type_itself_is_accepted():
    poly = Multilinear.from_terms({0: 1, 1: 2**31 - 2}, Cube(1, "01"))
    assert cube_values(poly, dtype="int32").tolist() == [1, 2**31 - 1]


def as_integer(packed):
    return int.from_bytes(packed.tobytes(), "little")


@pytest.mark.parametrize("inputs", CONVENTIONS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 7, 10], ids=lambda n: f"n={n}")
def test_packed_tables_equal_the_exact_ones(n, inputs):
    odd = drawn(n, inputs, terms=30, seed=n).primitive()
    f = PTF(Multilinear.from_terms([*((m, 2 * c) for m, c in odd.terms), (0, 1)], odd.cube))  # odd everywhere, so never 0
    packed = packed_table(f)
    assert (packed.dtype, packed.shape, packed.flags.writeable) == (np.uint8, (max(1, 2**n // 8),), True)
    assert as_integer(packed) == f.table()
    assert BooleanFunction(n, as_integer(packed)) == f.function
    for at_zero in (0, 1):
        assert np.array_equal(packed_table(f, at_zero), packed)
    assert np.array_equal(packed_table(f.function), packed)
    assert packed_table(f.function).flags.writeable


@pytest.mark.parametrize("n", [1, 2, 5, 9], ids=lambda n: f"n={n}")
@pytest.mark.parametrize("inputs", CONVENTIONS)
def test_zeros_are_named_or_follow_the_convention(n, inputs):
    f = PTF(Multilinear.from_terms({1: 1, 1 << n - 1: -1, 0: int(n == 1)}, Cube(n, inputs)))
    zeros = [k for k, v in enumerate(f.poly.values()) if v == 0]
    assert zeros or n == 1
    for at_zero in (0, 1):
        assert as_integer(packed_table(f, at_zero)) == sum(
            1 << k for k, v in enumerate(f.poly.values()) if v > 0 or (v == 0 and at_zero)
        )
    if zeros:
        with pytest.raises(Rejected) as slow:
            f.table()
        with pytest.raises(Rejected) as fast:
            packed_table(f)
        assert fast.value.place == slow.value.place


def test_a_zero_in_a_later_block_is_named():
    n = BLOCK_BITS + 1
    f = PTF(Multilinear.from_terms({0: 1, 1 << n - 1: 1, 0b11: -2}, Cube(n, "01")))  # 1 + x_18 - 2 x_0 x_1
    with pytest.raises(Rejected, match=rf"give at_zero 0 or 1\), at point {(1 << n - 1) + 3} = \(1, 1, 0, "):
        packed_table(f)


MAJORITY = Network.of(["x", "y", "z"], [threshold_unit("f", {"x": 1, "y": 1, "z": -2}, -1)], ["f"])
NETWORKS = {
    "threshold": MAJORITY,
    "threshold, 1 at zero": Network.of(["x", "y"], [threshold_unit("f", {"x": 1, "y": -1}, at_zero=1)], ["f"]),
    "sign": Network.of(["x", "y"], [sign_unit("f", {"x": 2, "y": 1}, -1)], ["f"]),
    "a gated sign": Network.of(
        ["x", "y"],
        [
            sign_unit("g", {"x": 1}, Fraction(-1, 2)),
            Unit(**{**sign_unit("f", {"y": 1}, Fraction(-1, 2)).__dict__, "output_gates": (output("g"),)}),
        ],
        ["f"],
    ),
    "an input": Network.of(["x", "y"], [threshold_unit("f", {"x": 1})], ["y"]),
    "no inputs": Network.of([], [threshold_unit("f", {}, 1)], ["f"]),
}


@pytest.mark.parametrize("inputs", CONVENTIONS)
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_packed_tables_of_networks_equal_the_exact_ones(network, inputs):
    assert as_integer(packed_table(network, inputs=inputs)) == network.function(inputs).table


def test_networks_of_many_points_are_read_in_blocks():
    names = [f"x{i}" for i in range(16)]
    units = [threshold_unit("f", {name: 3 * i + 1 for i, name in enumerate(names)}, -150), affine("s", {"x0": 1, "x15": 4}, 2)]
    index = np.arange(1 << 16)
    fires = sum((3 * i + 1) * (index >> i & 1) for i in range(16)) > 150
    network = Network.of(names, units, ["f", "s"])
    for dtype in ("int32", "int64"):
        values = cube_values(network, dtype=dtype)
        assert values.dtype == dtype
        assert np.array_equal(values, np.stack([fires, (index & 1) + 4 * (index >> 15) + 2], axis=1))
    assert np.array_equal(np.unpackbits(packed_table(Network.of(names, units, ["f"])), bitorder="little"), fires)


@pytest.mark.parametrize(
    "network, error, message",
    [
        (Network.of(["x"], [affine("f", {"x": 3})], ["f"]), Rejected, r"output f is 3, so not all .* at point 1 = \(1,\)"),
        (Network.of(["x", "y"], [affine("f", {"x": 1, "y": -1})], ["f"]), Rejected, r"output f is -1, .* at point 2 = \(0, 1\)"),
        (Network.of(["x"], [affine("f", {"x": 1})], ["f", "x"]), BadInput, "has 2 outputs: take cube_values"),
        (Network.of(["x"], [threshold_unit("f", {"x": Fraction(1, 3)})], ["f"]), BadInput, r"is inexact: .* use its function\(\)"),
        (Network.of([f"x{i}" for i in range(31)], [], ["x0"]), BadInput, "arity 31 is not an integer from 0 to 30"),
    ],
    ids=["3", "-1 after 0", "two outputs", "inexact", "arity"],
)
def test_networks_without_a_truth_table_are_refused(network, error, message):
    with pytest.raises(error, match=message):
        packed_table(network)


def test_a_network_whose_values_may_pass_int32_is_refused():
    network = Network.of(["x"], [affine("f", {"x": 2**31})], ["f"])
    assert cube_values(network).tolist() == [0, 2**31]
    with pytest.raises(BadInput, match=r"values up to \d+ > 2\*\*31 - 1: take dtype='int64'"):
        cube_values(network, dtype="int32")


def test_no_setting_changes_between_blocks_and_none_matters():
    poly = Multilinear.from_terms({0: 1, 1 << BLOCK_BITS: 2**40}, Cube(BLOCK_BITS + 1))
    blocks = []
    for block in IntegerTerms.of(poly).blocks():
        assert not jax.config.jax_enable_x64
        blocks.append(block)
    with jax.enable_x64(True):
        assert np.array_equal(cube_values(poly), np.concatenate(blocks))
        small = Multilinear.from_terms({1: 1}, Cube(2))
        assert cube_values(small, dtype="int32").tolist() == [-1, 1, -1, 1]


def test_values_within_a_transformation_are_constants():
    poly = Multilinear.from_terms({0: 2**40, 0b10: 1}, Cube(2))
    signs = jax.jit(lambda x: x * np.sign(cube_values(poly) - 2**40).astype(np.float32))
    assert signs(np.float32(3)).tolist() == [-3, -3, 3, 3]


def test_compilation_does_not_depend_on_the_number_of_terms():
    def traced(terms):
        arrays = IntegerTerms.of(drawn(20, "pm1", terms, seed=1))._arrays(BLOCK_BITS, "int32")
        return walsh._block.trace(np.int32(0), *arrays, bits=BLOCK_BITS, signs=True).jaxpr

    count = {terms: len(traced(terms).jaxpr.eqns) for terms in (1, 1_000, 20_000)}
    assert len(set(count.values())) == 1
    before = walsh._block._cache_size()
    for terms in (1, 10, 1_000):
        cube_values(drawn(10, "pm1", terms, seed=2), dtype="int32")
    assert walsh._block._cache_size() <= before + 1


def python(code, **environment):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment or None)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


PEAK = """
import resource, sys
from workbench import Cube, PTF, cube_values, packed_table
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
def f(n):
    return PTF.from_weights({(): 1, (0, n - 1): 6, (3,): 2**40, (1, 2, n - 2): 2}, Cube(n))
cube_values(f(19)), packed_table(f(19))
before = peak()
table = packed_table(f(23))
between = peak()
values = cube_values(f(23))
print(between - before, peak() - between, table.nbytes, values.nbytes)
"""


def test_peak_memory():
    table, values, bytes_of_table, bytes_of_values = map(int, python(PEAK))
    assert (bytes_of_table, bytes_of_values) == (1 << 20, 1 << 26)
    assert table <= bytes_of_table + (16 << 20)  # a few blocks of 2 MB, and what the allocator keeps
    assert values <= 1.5 * bytes_of_values


DEVICES = """
import os
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
import jax, numpy as np
from workbench import Cube, Multilinear, PTF, cube_values, packed_table
from workbench.lowering import walsh
block, used = walsh._block, []
def seen(*args, **options):
    result = block(*args, **options)
    used.extend(result.devices())
    return result
walsh._block = seen
for weight in (3, 2**40):
    poly = Multilinear.from_terms({0: 1, 1: 4, 1 << 20: weight * 2, 3 << 18: 6}, Cube(21))
    one, used[:] = cube_values(poly), []
    many = cube_values(poly, devices=jax.devices())
    print(np.array_equal(one, many), len(used), *(used.count(d) for d in jax.devices()))
    print(np.array_equal(packed_table(PTF(poly)), packed_table(PTF(poly), devices=jax.devices()[:3])))
"""


def test_four_devices_give_the_same_bits():
    assert python(DEVICES) == ["True", "8", "2", "2", "2", "2", "True"] * 2


def test_the_names_are_public():
    assert workbench.packed_table is packed_table
    assert "packed_table" in workbench.__all__
