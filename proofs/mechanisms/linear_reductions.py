"""Reductions of linear attention: one Hadamard factor, X X^T X, and softmax with 1 + a in the place of exp(a).

Says: Hadamard attention of one factor is linear attention with the same features; without its normaliser, with identity features
and Q = K = V = X, it is X X^T X; 1 + a for exp(a) and no normaliser adds the sum of the values to linear attention.
Idea: a product of one factor is that factor; a sum of products is linear in each factor.
Edges: one token; values that add up to 0, for which the mean term has rank 0. Hadamard attention is a reconstruction here.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import IndexedBase, Matrix, Sum, Symbol, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Measured
from workbench.canonical import vanishes

i, N = symbols("i N", integer=True, positive=True)
S, V, q, k = (IndexedBase(name) for name in ("S", "v", "q", "k"))
out, z = symbols("o z", positive=True)
ROUNDING = "equal in exact arithmetic; relative to outputs of the order 1, some hundred float64 roundings leave under 1e-12"
FEATURES = ("linear", "relu", "elu+1")


def keys(term, index=i):
    return Sum(term, (index, 1, N))


def real(name):
    return Symbol(name, real=True)


def equal(label, left, right):
    for place, (one, other) in enumerate(zip(left, right, strict=True)):
        yield Case(f"{label}, entry {place}: the same in symbols", vanishes(one - other), True)


def one_factor(n, *, other="linear"):
    """Hadamard outputs of one factor and linear attention with the same features; `other` is what "linear" is compared with."""
    from workbench.mechanisms import mechanism

    for features in FEATURES:
        left = mechanism("hadamard", factors=1, features=features, projections="shared").expression(n, 2, 1)
        right = mechanism("linear", features=other if features == "linear" else features).expression(n, 2, 1)
        yield from equal(f"n = {n}, features {features}", left, right)


def unnormalised(n, *, normalised=False):
    """Numerators of one Hadamard factor, identity features and Q = K = V = X, and X X^T X."""
    from workbench.mechanisms import mechanism

    for width in (1, 2):
        X = Matrix(n, width, lambda row, column: real(f"x{row}_{column}"))
        form = mechanism("hadamard", factors=1, features="linear", projections="shared").expression(n, width, width)
        outputs = form.subs(
            {real(f"{name}{row}_{column}"): X[row, column] for name in "qkv" for row in range(n) for column in range(width)}
        )
        sums = X * X.T * Matrix([1] * n)
        left = outputs if normalised else Matrix(n, width, lambda row, column, o=outputs, z=sums: z[row] * o[row, column])
        yield from equal(f"n = {n}, d = {width}", left, mechanism("linearised").expression(n, width, 1))


def first_order(n, *, mean=1):
    """sum_j (1 + s_ij) v_j from scores and values in symbols against linear attention without normaliser plus a common row."""
    q, k, v = ([real(f"{name}{m}") for m in range(n)] for name in "qkv")
    for row in range(n):
        left = sum((1 + q[row] * k[m]) * v[m] for m in range(n))
        right = q[row] * sum(k[m] * v[m] for m in range(n)) + mean * sum(v)
        yield from equal(f"n = {n}, row {row}", [left], [right])


def mean_ranks(n, *, last=0):
    """The rank of the common term 1 (sum_j v_j), for values 1, ..., n - 1 and one more."""
    values = [*range(1, n), -sum(range(1, n)) + last]
    yield Case(f"v = {values}: rank of the mean term", int(sum(values) != 0), 1)


def run(name, differences):
    """The largest difference that this function of three standard normal arrays of 200 x 5 x 3 entries observes."""
    from jax import numpy, random

    from workbench import record

    def observed(key):
        return {"largest_difference": numpy.abs(differences(numpy, *random.normal(key, (3, 200, 5, 3)))).max()}

    return record(name, observed, seed=1, dtype="float64")


def one_factor_run(*, factors=1):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        gaps = []
        for features, causal in product(FEATURES[1:], (False, True)):
            form = mechanism("hadamard", factors=factors, features=features, projections="shared")
            gaps.append(form.apply(q, k, v, causal=causal) - mechanism("linear", features=features).apply(q, k, v, causal=causal))
        return jnp.stack(gaps)

    return run("one_factor", differences)


def unnormalised_run(*, normalised=False):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        form = mechanism("hadamard", factors=1, features="linear", projections="shared")
        sums = 1 if normalised else q @ q.sum(axis=-2)[..., None]
        cubes = mechanism("linearised").apply(q)
        return (form.apply(q, q, q) * sums - cubes) / jnp.abs(cubes).max(axis=(1, 2), keepdims=True)

    return run("one_factor_of_identity", differences)


def first_order_run(*, mean=1.0):
    def differences(jnp, q, k, v):
        scores = q @ k.swapaxes(-1, -2) / 3**0.5
        return (1 + scores) @ v - q @ (k.swapaxes(-1, -2) @ v) / 3**0.5 - mean * 5 * v.mean(axis=1, keepdims=True)

    return run("first_order", differences)


claim = partial(Claim.of, source=HERE)


def same(quantity_run, control_run):
    return Measured("largest_difference", quantity_run, 0, Fraction(1, 10**12), ROUNDING, control_run)


FAMILY = (
    Entry(
        claim(
            "hla_eq_linear_attention_of_one_factor",
            "Hadamard attention of one factor is linear attention with the same feature maps.",
            ForEach.of(
                r"\prod_{f=1}^{1} \phi_f(q_i) \cdot \psi_f(k_j) = \phi(q_i) \cdot \psi(k_j)", one_factor, first=1, costly_from=3
            ),
            "our reconstruction; features linear, relu, elu+1 in the cases, d = 2, d_v = 1, in symbols",
        ),
        (
            Derived.of(
                Identity.of(
                    keys(V[i] * (out * q[i] + z * k[i])) / keys(out * q[i] + z * k[i]),
                    (out * keys(V[i] * q[i]) + z * keys(V[i] * k[i])) / (out * keys(q[i]) + z * keys(k[i])),
                    note="features (o, z) of a query and (q_i, k_i) of N keys: by pairs, and by the state",
                ),
                Hand("a product of one factor is that factor, so that definitions agree; any number of features likewise"),
            ),
            Certified(2),
            same(one_factor_run, lambda: one_factor_run(factors=2)),
            Control("other features", ForEach.of("relu", lambda n: one_factor(n, other="relu"), first=2)),
        ),
    ),
    Entry(
        claim(
            "hla_eq_linearised_attention_of_one_factor",
            "Hadamard attention of one factor without normaliser, identity features and Q = K = V = X, is X X^T X.",
            ForEach.of(r"\textstyle\sum_j \langle x_i, x_j \rangle x_j = (X X^T X)_i", unnormalised, first=1, costly_from=3),
            "our reconstruction; numerators are normalised outputs times sum_j x_i.x_j; d = 1, 2 in the cases, in symbols",
        ),
        (
            Derived.of(
                Identity.of(
                    out * z,
                    keys(S[i] * V[i]),
                    given={out: keys(S[i] * V[i]) / keys(S[i]), z: keys(S[i])},
                    note="the numerator; S_i the similarities of a row, z their sum",
                ),
                Hand("similarities of identity features are the entries of X X^T, and the sum is its product with X"),
            ),
            Certified(2),
            same(unnormalised_run, lambda: unnormalised_run(normalised=True)),
            Control("with the normaliser", ForEach.of("/", lambda n: unnormalised(n, normalised=True), first=1)),
        ),
    ),
    Entry(
        claim(
            "softmax_linearised_eq_linear_attention_plus_mean",
            "1 + a for exp(a) and no normaliser give linear attention without normaliser plus n times the mean value.",
            ForEach.of(r"\textstyle\sum_j (1 + s_{ij}) v_j = \sum_j s_{ij} v_j + n \bar v", first_order, first=1, costly_from=6),
            "the mean term, the same in every row, is a matrix of rank at most one; d = d_v = 1 in the cases, in symbols",
        ),
        (
            Derived.of(
                Identity.of(keys((1 + S[i]) * V[i]), keys(S[i] * V[i]) + keys(V[i]), note="one row, any number N of keys"),
                Hand("s_ij = q_i.k_j / sqrt(d) makes the first sum q_i (K^T V) / sqrt(d); the second is common to all rows"),
            ),
            Certified(3),
            same(first_order_run, lambda: first_order_run(mean=0.5)),
            Control("half of the mean", ForEach.of("1/2", lambda n: first_order(n, mean=Fraction(1, 2)), first=1)),
        ),
    ),
    Entry(
        claim(
            "softmax_linearised_eq_linear_attention_plus_mean_of_rank_one",
            "The mean term of the linearised softmax has rank one, neither more nor less.",
            ForEach.of(r"\operatorname{rank} 1 (\textstyle\sum_j v_j)^T = 1", mean_ranks, first=2),
            "values 1, ..., n - 1 and one that makes their sum 0",
        ),
        (Counterexample(at=2), Control("n = 3", ForEach.of("3", mean_ranks, first=3))),
    ),
)
