"""Matrices and indexed arrays against NumPy and against SymPy's own evaluation of explicit matrices."""

import itertools
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.special import OneMatrix

from workbench.errors import BadInput
from workbench.lowering import LoweredArrays, lower
from workbench.lowering.matrices import MATRICES

N, M, L, J, K = sympy.symbols("n m l j k", integer=True)
X, Y = sympy.symbols("x y", real=True)
A, B, C = sympy.MatrixSymbol("A", N, M), sympy.MatrixSymbol("B", M, N), sympy.MatrixSymbol("C", N, N)
V, W = sympy.MatrixSymbol("v", N, 1), sympy.MatrixSymbol("w", N, 1)
P, Q, G = sympy.IndexedBase("p"), sympy.IndexedBase("q", shape=(N,)), sympy.IndexedBase("g", shape=(N, M))
INDEX = sympy.Idx("i", N)
SIZES = {N: 3, M: 2}
RNG = np.random.default_rng(5)
DATA = {
    A: RNG.normal(size=(3, 2)),
    B: RNG.normal(size=(2, 3)),
    C: RNG.normal(size=(3, 3)) + 2 * np.eye(3),
    V: RNG.normal(size=(3, 1)),
    W: RNG.normal(size=(3, 1)),
    P: RNG.normal(size=3),
    Q: RNG.normal(size=3),
    G: RNG.normal(size=(3, 2)),
    X: np.array(0.75),
}
inv, kron = np.linalg.inv, np.kron
CASES = {
    # id: expression, its arrays, NumPy's value
    "symbol": (A, [A], lambda a: a),
    "element": (A[2, 1] + X, [A, X], lambda a, x: a[2, 1] + x),
    "sum": (A + B.T + 2 * A, [A, B], lambda a, b: 3 * a + b.T),
    "product": (X * A * B * C, [A, B, C, X], lambda a, b, c, x: x * a @ b @ c),
    "element of a product": ((A * B)[0, 2], [A, B], lambda a, b: (a @ b)[0, 2]),
    "power": (C**5, [C], lambda c: np.linalg.matrix_power(c, 5)),
    "inverse": (C.inv() * V, [C, V], lambda c, v: np.linalg.solve(c, v)),
    "negative power": (sympy.MatPow(C, -2), [C], lambda c: inv(c) @ inv(c)),
    "power 0": (sympy.MatPow(C, 0) + C, [C], lambda c: np.eye(3) + c),
    "adjoint": (sympy.Adjoint(A), [A], lambda a: a.T),
    "trace": (sympy.Trace(A * B), [A, B], lambda a, b: np.trace(a @ b)),
    "determinant": (sympy.Determinant(C) ** 2, [C], lambda c: np.linalg.det(c) ** 2),
    "hadamard": (sympy.HadamardProduct(A, B.T), [A, B], lambda a, b: a * b.T),
    "hadamard powers": (sympy.HadamardPower(A, 3) + sympy.HadamardPower(A, -1), [A], lambda a: a**3 + 1 / a),
    "identity": (C - 2 * sympy.Identity(N), [C], lambda c: c - 2 * np.eye(3)),
    "zeros and ones": (A * sympy.ZeroMatrix(M, 2) + OneMatrix(N, 2), [A], lambda a: np.ones((3, 2))),
    "diagonal matrix": (sympy.DiagMatrix(V) * C, [V, C], lambda v, c: np.diag(v[:, 0]) @ c),
    "diagonal part": (sympy.DiagonalMatrix(C) + C, [C], lambda c: np.diag(np.diag(c)) + c),
    "diagonal of": (DiagonalOf(C), [C], lambda c: np.diag(c)[:, None]),
    "entrywise": ((A * B).applyfunc(sympy.tanh), [A, B], lambda a, b: np.tanh(a @ b)),
    "entrywise with a scalar": (ElementwiseApplyFunction(sympy.Lambda(Y, sympy.sin(X * Y)), A), [A, X], lambda a, x: np.sin(x * a)),
    "slice": (C[0:2, 1:3] * A[0:2, :], [C, A], lambda c, a: c[0:2, 1:3] @ a[0:2]),
    "slice to a length": (A[1:N, 0], [A], lambda a: a[1:, :1]),
    "blocks": (
        sympy.BlockMatrix([[C, A], [A.T, sympy.ZeroMatrix(M, M)]]),
        [C, A],
        lambda c, a: np.block([[c, a], [a.T, np.zeros((2, 2))]]),
    ),
    "block diagonal": (sympy.BlockDiagMatrix(C, A), [C, A], lambda c, a: np.block([[c, np.zeros((3, 2))], [np.zeros((3, 3)), a]])),
    "kronecker": (sympy.KroneckerProduct(A, C), [A, C], kron),
    "dot": (DotProduct(V, W) * X, [V, W, X], lambda v, w, x: float(v.ravel() @ w.ravel()) * x),
    "explicit": (
        sympy.Matrix([[X, 1], [0, X**2]]) * sympy.Matrix([[P[0]], [P[1]]]),
        [P, X],
        lambda p, x: np.array([[x * p[0] + p[1]], [x * x * p[1]]]),
    ),
    "sparse": (sympy.ImmutableSparseMatrix(2, 2, {(0, 1): X}), [X, P], lambda x, p: np.array([[0, x], [0, 0]])),
    "norm": (sympy.Matrix([P[0], P[1]]).norm(), [P], lambda p: np.hypot(p[0], p[1])),
    "indexed": (P[1] * G[2, 1], [P, G], lambda p, g: p[1] * g[2, 1]),
    "sum over an axis": (sympy.Sum(Q[L] ** 2, (L, 0, N - 1)), [Q], lambda q: q @ q),
    "sum over an Idx": (sympy.Sum(Q[INDEX], (INDEX, 0, N - 1)), [Q], np.sum),
    "double sum": (sympy.Sum(G[L, J] * Q[L], (L, 0, N - 1), (J, 0, M - 1)), [G, Q], lambda g, q: (q @ g).sum()),
    "product over an axis": (sympy.Product(Q[L], (L, 0, N - 1)), [Q], np.prod),
    "length": (N * sympy.Sum(Q[L], (L, 0, N - 1)) / M + sympy.Trace(A * A.T), [Q, A], lambda q, a: 1.5 * q.sum() + (a * a).sum()),
    "triangle": (sympy.Sum(Q[L] * Q[J], (L, 0, J), (J, 0, N - 1)), [Q], lambda q: np.triu(np.outer(q, q)).sum()),
    "guarded neighbour": (
        sympy.Sum(sympy.Piecewise((Q[L + 1], L < N - 1), (0, True)) * Q[L], (L, 0, N - 1)),
        [Q],
        lambda q: q[1:] @ q[:-1],
    ),
}


def close(value, expected):
    """Entries here are a few products and sums of numbers near 1: 2^-44 is 256 units of the last place."""
    return np.asarray(value) == pytest.approx(np.asarray(expected), rel=2**-44, abs=2**-44)


@pytest.mark.parametrize(("expr", "arrays", "numpy_value"), CASES.values(), ids=CASES)
def test_each_node_agrees_with_numpy_at_one_point_and_in_batches(expr, arrays, numpy_value):
    F = lower(expr, arrays)
    assert isinstance(F, LoweredArrays)
    given = [DATA[a] for a in arrays]
    expected = np.asarray(numpy_value(*given))
    assert F(*given).shape == expected.shape
    assert close(F(*given), expected)
    factors = np.array([1.0, 1.5, -0.5, 2.0]).reshape(2, 2)
    batch = [np.multiply.outer(factors, given[0]), *given[1:]]
    each = [numpy_value(f * given[0], *given[1:]) for f in factors.ravel()]
    assert close(F(*batch), np.array(each).reshape(2, 2, *expected.shape))
    assert close(F(*given[:-1], np.stack([given[-1]] * 2))[1], expected)


def test_every_class_of_the_table_has_a_case():
    used = {kind for expr, *_ in CASES.values() for node in sympy.preorder_traversal(expr) for kind in type(node).__mro__}
    assert {*MATRICES, sympy.Idx} <= used | {sympy.Inverse}  # SymPy writes it as a power
    assert isinstance(C.inv(), sympy.Inverse)


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_lengths_are_read_off_the_arguments(size):
    F = lower(sympy.Sum(Q[L] * L, (L, 0, N - 1)) + N, [Q])
    values = np.arange(1.0, size + 1)
    assert float(F(values)) == size + sum(k * (k + 1) for k in range(size))


EMPTY = {
    # id: expression, its array, shape of the argument, values
    "sums of nothing": (sympy.Sum(Q[L], (L, 0, N - 1)), Q, (4, 0), [0.0] * 4),
    "no sums of nothing": (sympy.Sum(Q[L], (L, 0, N - 1)), Q, (0, 0), []),
    "products of nothing": (sympy.Product(Q[L], (L, 0, N - 1)), Q, (2, 0), [1.0] * 2),
    "traces": (sympy.Trace(C), C, (4, 0, 0), [0.0] * 4),
    "determinants": (sympy.Determinant(C), C, (4, 0, 0), [1.0] * 4),
    "no determinants": (sympy.Determinant(C), C, (0, 2, 2), []),
}


@pytest.mark.parametrize(("expr", "array", "shape", "values"), EMPTY.values(), ids=EMPTY)
def test_batches_of_empty_arrays_and_empty_batches(expr, array, shape, values):
    assert lower(expr, [array])(np.zeros(shape)).tolist() == values


def test_softmax_attention_with_sums_agrees_with_numpy():
    query, keys, values = sympy.IndexedBase("Q"), sympy.IndexedBase("K", shape=(N, M)), sympy.IndexedBase("V", shape=(N, M))
    score = sympy.exp(sympy.Sum(query[J] * keys[L, J], (J, 0, M - 1)) / sympy.sqrt(M))
    attention = [sympy.Sum(score * values[L, c], (L, 0, N - 1)) / sympy.Sum(score, (L, 0, N - 1)) for c in (0, 1)]
    F = lower(sympy.Matrix([attention]), [query, keys, values])
    rng = np.random.default_rng(1)
    q, k, v = rng.normal(size=(5, 2)), rng.normal(size=(7, 2)), rng.normal(size=(7, 2))
    weights = np.exp(q @ k.T / math.sqrt(2))
    assert close(F(q, k, v)[:, 0], weights @ v / weights.sum(1, keepdims=True))
    with jax.enable_x64(True):
        slope = jax.jacrev(lambda v: F(jnp.asarray(q[0]), jnp.asarray(k), v)[0, 0])(jnp.asarray(v))
    assert close(slope[:, 0], weights[0] / weights[0].sum())


GRADIENTS = {
    "trace of a square": (sympy.Trace(A.T * A), [A], lambda a: 2 * a),
    "determinant": (sympy.Determinant(C), [C], lambda c: np.linalg.det(c) * inv(c).T),
    "quadratic form": (sympy.Trace(V * V.T * C), [C, V], lambda c, v: v @ v.T),
    "sum to an index": (sympy.Sum(Q[L] * Q[J], (L, 0, J), (J, 0, N - 1)), [Q], lambda q: q + q.sum()),
}


@pytest.mark.parametrize(("expr", "arrays", "slope"), GRADIENTS.values(), ids=GRADIENTS)
def test_gradients_agree_with_the_formula_under_jit_and_vmap(expr, arrays, slope):
    F, given = lower(expr, arrays), [DATA[a] for a in arrays]
    with jax.enable_x64(True):
        given = list(map(jnp.asarray, given))
        assert close(jax.jit(jax.grad(F))(*given), slope(*map(np.asarray, given)))
        many = jax.vmap(jax.grad(F), in_axes=(0, *[None] * (len(given) - 1)))(jnp.stack([given[0], 2 * given[0]]), *given[1:])
        assert close(many[1], slope(2 * np.asarray(given[0]), *map(np.asarray, given[1:])))


def test_a_bound_that_is_an_argument():
    F = lower(sympy.Sum(Q[L] * Q[J], (L, 0, J), (J, 0, K)), [Q, K])
    q = np.array([2.0, 3.0, 5.0])
    expected = [q[:0].sum(), 4.0, 4.0 + 15.0, 4.0 + 15.0 + 50.0, math.nan]
    assert np.asarray(F(q, [-1, 0, 1, 2, 3])) == pytest.approx(np.array(expected), nan_ok=True)
    assert math.isnan(F(q, 0.5))
    with jax.enable_x64(True):
        assert jax.grad(F)(jnp.asarray(q), 1.0).tolist() == [7.0, 8.0, 0.0]
        assert jax.hessian(F)(jnp.asarray(q), 1.0).tolist() == [[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 0.0]]
    with pytest.raises(BadInput, match="to a bound that depends on the point: write it with"):
        lower(sympy.Sum(Q[2 * L], (L, 0, K)), [Q, K])(q, 1)


def test_matrices_of_symbols_take_points():
    F = lower(sympy.Matrix([[X, 1], [Y, X * Y]]), [X, Y])
    assert F(np.zeros((4, 5, 2))).shape == (4, 5, 2, 2)
    assert F([[1, 2], [3, 4]]).tolist() == [[[1, 1], [2, 2]], [[3, 1], [4, 12]]]
    assert lower(sympy.eye(2), [])(np.zeros((3, 0))).shape == (3, 2, 2)
    assert lower(sympy.Matrix(0, 3, []), [X])([1.0]).shape == (0, 3)
    polynomial = sum(k * X**k * Y for k in range(1, 9))
    assert lower(sympy.Matrix([polynomial]), [X, Y])([[1, 1], [2, 1]]).ravel().tolist() == [36.0, 3586.0]


def test_explicit_matrices_agree_with_mpmath():
    matrix = sympy.Matrix(3, 3, lambda i, j: sympy.sin(X * (i + 1)) + Y**j)
    expr = sympy.MatMul(matrix, sympy.Inverse(matrix.as_immutable() + 4 * sympy.eye(3)), matrix.T)
    with mpmath.workdps(30):
        m = mpmath.matrix(3, 3)
        for i, j in np.ndindex(3, 3):
            m[i, j] = mpmath.sin(mpmath.mpf(i + 1) / 3) + mpmath.mpf(-1.25) ** j
        expected = m * (m + 4 * mpmath.eye(3)) ** -1 * m.T
    assert close(lower(expr, [X, Y])([1 / 3, -1.25]), np.array(expected.tolist(), dtype=float))


EXACT = {
    "product": (sympy.MatrixSymbol("S", 4, 4) ** 3, "int32", True, 4**2),
    "trace": (3 * sympy.Trace(sympy.MatrixSymbol("S", 4, 4) ** 2), "float32", True, 48),
    "beyond int32": (2**28 * sympy.MatrixSymbol("S", 4, 4) ** 2 * sympy.ones(4, 2), "int32", False, 2**32),
    "inverse": (sympy.MatrixSymbol("S", 4, 4).inv(), "float64", False, None),
}


@pytest.mark.parametrize(("expr", "dtype", "exact", "bound"), EXACT.values(), ids=EXACT)
def test_exactness_of_products_of_known_lengths(expr, dtype, exact, bound):
    F = lower(expr, [sympy.MatrixSymbol("S", 4, 4)], dtype=dtype)
    assert (bool(F.exact), F.exact.bound) == (exact, bound)


S = sympy.MatrixSymbol("S", 2, 2)
INTEGERS = {
    # id: expression, its arrays, arguments, value in int32 and int64
    "largest square": (V.T * V, [V], [[[46340]]], [[46340**2]]),
    "long product of signs": (sympy.Product(Q[L], (L, 0, N - 1)), [Q], [[-1] * 101], -1),
    "sum over a length": (sympy.Sum(Q[L] * L, (L, 0, N - 1)), [Q], [[7, 5, 3]], 11),
    "sum over pairs": (sympy.Sum(Q[L] * Q[J], (L, 0, N - 1), (J, 0, 1)), [Q], [[1, 2, 3]], 18),
    "length": (N * Q[0], [Q], [[7, 5, 3]], 21),
    "symbolic trace": (sympy.Trace(C * C), [C], [[[1, 2], [3, 4]]], 29),
    "half of a length": (sympy.Sum(Q[L], (L, 0, sympy.floor(N / 2) - 1)), [Q], [[1, 2, 4, 8, 16]], 3),
    "neighbours on a circle": (sympy.Sum(Q[L] * Q[sympy.Mod(L + 1, N)], (L, 0, N - 1)), [Q], [[1, 2, 3]], 11),
    "index from an argument": (Q[K], [Q, K], [[1, 2], 1], 2),
    "index from an array": (sympy.Sum(Q[P[L]], (L, 0, 1)), [Q, P], [[5, 7], [1, 1]], 14),
    "guarded index": (sympy.Piecewise((Q[K], K > 0), (9, True)), [Q, K], [[5, 7], [0, 1]], [9, 7]),
    "nothing": (sympy.Sum(Q[L], (L, 0, N - 1)), [Q], [[]], 0),
}


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize(("expr", "arrays", "given", "value"), INTEGERS.values(), ids=INTEGERS)
def test_integers_that_the_type_holds(expr, arrays, given, value, dtype):
    found = lower(expr, arrays, dtype=dtype)(*[np.asarray(g, dtype=int) for g in given])
    assert (found.tolist(), str(found.dtype)) == (value, dtype)


def test_the_reason_of_exactness_speaks_of_entries_and_lengths_of_halves_round_down():
    assert str(lower(S * S, [S], dtype="int32").exact) == "exact: integers up to 2 <= 2**31 - 1 for entries -1, 0 and 1"
    F = lower(sympy.Sum(Q[L], (L, 0, sympy.ceiling(N / 2) - 1)) + sympy.Max(N, 2), [Q])
    assert [float(F(np.arange(1.0, n + 1))) for n in (0, 1, 4, 5)] == [2.0, 3.0, 7.0, 11.0]


def test_under_transformations_integers_are_not_seen():
    assert jax.jit(lower(Q[K], [Q, K], dtype="int32"))(jnp.array([1, 2]), jnp.array([1, 5])).tolist() == [2, 0]


def test_integer_products_are_integers_and_symbolic_lengths_are_not_known_to_be_exact():
    F = lower(C * C, [C], dtype="int32")
    given = np.array([[1, -1, 0], [0, 1, 1], [1, 0, -1]])
    assert F(given).dtype == jnp.int32
    assert F(given).tolist() == (given @ given).tolist()
    assert not F.exact


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_results_have_the_type_asked_for_and_no_setting_changes(dtype):
    assert str(lower(A * B, [A, B], dtype=dtype)(DATA[A], DATA[B]).dtype) == dtype
    assert not jax.config.jax_enable_x64


def test_indices_outside_at_run_time_are_nan():
    found = lower(P[X], [P, X])(np.array([2.0, 3.0]), [-1, 0, 1, 2, 0.5])
    assert np.asarray(found) == pytest.approx([math.nan, 2, 3, math.nan, math.nan], nan_ok=True)


LONG = np.zeros(2**24 + 4, dtype=np.float32)
REFUSED = {
    "square beyond int32": (
        lambda: lower(V.T * V, [V], dtype="int32")([[70000], [-70000]]),
        r"entries up to 70000 may give values up to 9800000000 > 2\*\*31 - 1: lower with dtype='int64'",
    ),
    "just beyond int32": (lambda: lower(V.T * V, [V], dtype="int32")([[46341]]), r"values up to 2147488281 > 2\*\*31 - 1"),
    "product beyond int32": (lambda: lower(P[0] * P[1], [P], dtype="int32")([70000, 70000, 1]), "values up to 4900000000 >"),
    "sum beyond int64": (
        lambda: lower(sympy.Sum(Q[L], (L, 0, N - 1)), [Q], dtype="int64")([2**62, 2**62]),
        r"values up to 9223372036854775808 > 2\*\*63 - 1: evaluate it with SymPy",
    ),
    "long product": (lambda: lower(sympy.Product(Q[L], (L, 0, N - 1)), [Q], dtype="int64")([2] * 65), "entries up to 2 may give"),
    "integer index": (lambda: lower(Q[K], [Q, K], dtype="int32")([1, 2], [0, 5]), r"index 0 \.\. 5 outside 0 \.\. 1, axis 0"),
    "index in a sum": (
        lambda: lower(sympy.Sum(Q[L + K], (L, 0, 1)), [Q, K], dtype="int64")([1, 2], 1),
        r"index 1 \.\. 2 outside 0 \.\. 1",
    ),
    "integer index unseen": (
        lambda: lower(Q[K**2], [Q, K], dtype="int32")([1, 2], 1),
        "int32 values do not tell whether it is inside: lower with dtype='float64', where an entry outside is NaN",
    ),
    "constant index beyond 2^24": (
        lambda: lower(P[2**24 + 1], [P], dtype="float32")(LONG),
        r"index 16777217 > 2\*\*24, axis 0 of .*: float32 cannot tell its neighbours, lower with dtype='float64'",
    ),
    "loop beyond 2^24": (lambda: lower(sympy.Sum(P[L], (L, 2**24, 2**24 + 3)), [P], dtype="float32")(LONG), "index 16777219 >"),
    "loop back from beyond 2^24": (
        lambda: lower(sympy.Sum(P[L - 2**24], (L, 2**24, 2**24 + 3)), [P], dtype="float32")(LONG[:9]),
        r"index 33554435 > 2\*\*24",
    ),
    "argument beyond 2^24": (lambda: lower(P[K], [P, K], dtype="float32")(LONG, 1), "index 16777219 >"),
    "bound beyond 2^24": (lambda: lower(sympy.Sum(P[L], (L, 0, K)), [P, K], dtype="float32")(LONG, 1), "index 16777219 >"),
    "declared length": (
        lambda: lower(sympy.Sum(Q[L], (L, 0, N - 1)), [Q, N]),
        "n is a length of q already, read off it at a call: leave it out of the symbols",
    ),
    "half of a length in integers": (
        lambda: lower(sympy.Sum(Q[L], (L, 0, N / 2 - 1)), [Q], dtype="int32")([1, 2, 3]),
        "undefined is not available in int32",
    ),
    "exp of a length in integers": (lambda: lower(sympy.exp(N) * Q[0], [Q], dtype="int32"), "exp is not available in int32"),
    "bound from a point in integers": (
        lambda: lower(sympy.Sum(Q[L], (L, 0, K)), [Q, K], dtype="int32"),
        "sum_between is not available in int32",
    ),
    "constant index": (lambda: lower(Q[3], [Q])(DATA[Q]), r"index 3 outside 0 \.\. 2, axis 0 of an array of shape \(3,\)"),
    "negative index": (lambda: lower(Q[-1], [Q])(DATA[Q]), "index -1 outside"),
    "range of a loop": (lambda: lower(sympy.Sum(Q[L], (L, 0, N)), [Q])(DATA[Q]), r"index 0 \.\. 3 outside 0 \.\. 2"),
    "element": (lambda: lower(A[0, 2], [A])(DATA[A]), r"index 2 outside 0 \.\. 1, axis 1 of an array of shape \(3, 2\)"),
    "lengths disagree": (lambda: lower(A * B, [A, B])(DATA[A], DATA[A]), "m is 2 in axis 1 of A and 3 in axis 0 of B"),
    "fixed length": (
        lambda: lower(sympy.Trace(sympy.MatrixSymbol("S", 2, 2)), [sympy.MatrixSymbol("S", 2, 2)])(DATA[C]),
        "length 3 in axis 0 of S, which is declared as 2",
    ),
    "shapes within": (
        lambda: lower(sympy.MatMul(A, sympy.MatrixSymbol("D", K, N)), [A, sympy.MatrixSymbol("D", K, N)])(DATA[A], DATA[C]),
        r"product of matrices of shapes \(3, 2\) and \(3, 3\)",
    ),
    "too few axes": (lambda: lower(A, [A])([1.0, 2.0]), r"argument A of shape \(2,\): give 2 axes"),
    "too few arguments": (lambda: lower(A * B, [A, B])(DATA[A]), "1 arguments for 2 symbols"),
    "batches": (
        lambda: lower(A + G[0, 0] * A, [A, G])(np.zeros((2, 3, 2)), np.zeros((3, 3, 2))),
        "batch shapes .* do not broadcast",
    ),
    "points": (lambda: lower(sympy.Matrix([X]), [X])([1.0, 2.0]), r"points of shape \(2,\), but the last axis must have length 1"),
    "undeclared": (lambda: lower(A * B, [A]), r"array B is not declared \(declared: A\); at args\[1\]"),
    "undeclared base": (
        lambda: lower(P[0] + X, [X]),
        r"array p is not declared.*; at args\[0\]\.args\[0\]|at args\[1\]\.args\[0\]",
    ),
    "function of a matrix": (lambda: lower(sympy.exp(C), [C]), r"exp of an array: write it entry by entry.*; at args\[0\]"),
    "sum of matrices": (lambda: lower(sympy.Sum(C, (L, 0, 2)), [C]), "Sum of an array"),
    "half power": (lambda: lower(sympy.MatPow(C, sympy.Rational(1, 2)), [C]), "exponent is not an integer"),
    "two ranks": (lambda: lower(P[0] + P[0, 1], [P]), "array p with . and with . indices"),
    "inverse of integers": (lambda: lower(C.inv(), [C], dtype="int32"), "inverse is not available in int32"),
    "not square": (lambda: lower(sympy.Trace(sympy.MatrixSymbol("E", N, K)), [sympy.MatrixSymbol("E", N, K)])(DATA[A]), "matrix"),
    "hidden length": (
        lambda: lower(sympy.MatrixSymbol("E", 2 * N, 1), [sympy.MatrixSymbol("E", 2 * N, 1)])(np.zeros((4, 1))),
        "does not tell n",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals_name_the_place_and_the_shapes(call, message):
    with pytest.raises(BadInput, match=message):
        call()


def test_displays_are_one_line():
    F = lower(sympy.Matrix([[X, 1], [Y, X]]), [X, Y])
    assert repr(F).startswith("LoweredArrays(Matrix([ [x, 1], [y, x]]), of x, y, float64, exact: ")
    assert "the lengths m, n are known at a call only" in repr(lower(A * N * M, [A]))
    large = sympy.Matrix(20, 20, lambda i, j: X + i * j)
    assert len(repr(lower(large, [X]))) < 200
    assert lower(A * B, [A, B])._repr_latex_() == "$A B$"


def test_all_pairs_of_broadcast_batches():
    F = lower(A * B, [A, B])
    for left, right in itertools.product([(), (1,), (4,), (2, 1, 4)], repeat=2):
        a, b = np.broadcast_to(DATA[A], (*left, 3, 2)), np.broadcast_to(DATA[B], (*right, 2, 3))
        assert close(F(a, b), a @ b)
