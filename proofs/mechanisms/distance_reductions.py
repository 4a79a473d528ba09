"""Krause attention, synchronization and softmax, each written as another with one coordinate or one penalty more.

Says: with one coordinate more, Krause weights are softmax weights and softmax weights are Krause weights; the limit of strongly
coupled synchronization is softmax of 2 alpha omega_i.omega_j only where frequencies have equal norms.
Idea: a squared distance is a dot product less two squares, one of which is common to the row.
Edges: one token; a key of the largest norm, whose coordinate is 0; tokens 0 and 1.
"""

from fractions import Fraction
from functools import partial

from sympy import IndexedBase, Integer, Rational, Sum, Symbol, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Measured
from workbench.canonical import vanishes

c, d = symbols("c d", integer=True, positive=True)
s, M, a = symbols("sigma M alpha", positive=True)
q, k, v, w = (IndexedBase(name) for name in ("q", "k", "v", "omega"))
HALF = Rational(1, 2)
SHIFT = "softmax_invariant_under_common_shift"
ROUNDING = "equal in exact arithmetic; outputs are of the order 1, and some hundred float64 roundings leave under 1e-12"


def over(term):
    return Sum(term, (c, 1, d))


def real(name):
    return Symbol(name, real=True)


def drawn(name, n, d):
    return [[real(f"{name}{i}_{c}") for c in range(d)] for i in range(n)]


def placed(expression, **rows):
    """An expression with the entries of q, k, ... replaced by those of these rows."""
    table = {real(f"{name}{i}_{c}"): e for name, m in rows.items() for i, row in enumerate(m) for c, e in enumerate(row)}
    return expression.subs(table, simultaneous=True)


def equal(label, left, right):
    for place, (one, other) in enumerate(zip(left, right, strict=True)):
        yield Case(f"{label}, row {place}: the same in symbols", vanishes(one - other), True)


def norm(row):
    return sum(e**2 for e in row)


def wider_softmax(n, *, half=HALF):
    """Krause outputs, sigma = 2, and softmax outputs of sqrt(d + 1) (q / sigma^2, -1 / (2 sigma^2)) and (k, |k|^2)."""
    from workbench.mechanisms import mechanism

    for width in (1, 2):
        q_, k_ = drawn("q", n, width), drawn("k", n, width)
        wide = [[sqrt(width + 1) * e / 4 for e in (*row, -half)] for row in q_]
        right = placed(mechanism("softmax").expression(n, width + 1, 1), q=wide, k=[[*row, norm(row)] for row in k_])
        yield from equal(f"n = {n}, d = {width}", mechanism("krause", sigma=2).expression(n, width, 1), right)


def wider_krause(n, *, filled=True):
    """Softmax outputs, and Krause outputs, sigma^2 = sqrt(d), of (q, 0) and (k, sqrt(M^2 - |k|^2)), M^2 the sum of all |k|^2."""
    from workbench.mechanisms import mechanism

    for width in (1, 2):
        q_, k_ = drawn("q", n, width), drawn("k", n, width)
        largest = sum(map(norm, k_))
        wide = [[*row, sqrt(largest - norm(row)) if filled else Integer(0)] for row in k_]
        form = mechanism("krause", sigma=Integer(width) ** Rational(1, 4)).expression(n, width + 1, 1)
        right = placed(form, q=[[*row, Integer(0)] for row in q_], k=wide)
        yield from equal(f"n = {n}, d = {width}", mechanism("softmax").expression(n, width, 1), right)


def dot_exponents(n, *, penalty=0):
    """Log of weight j over weight 0 of row 1, tokens 0, 1, ..., n - 1, alpha = 1: of the limit, and of softmax(2 omega.omega)."""
    for j in range(1, n):
        yield Case(f"tokens 0..{n - 1}: log of weight 1, {j} over 1, 0", -((1 - j) ** 2) + 1, 2 * j - penalty * j**2)


def run(name, differences):
    """The record of what this function of three standard normal arrays of 200 x 5 x 3 entries observes."""
    from jax import numpy, random

    from workbench import record

    def observed(key):
        return differences(numpy, *random.normal(key, (3, 200, 5, 3)))

    return record(name, observed, seed=1, dtype="float64")


def wider_softmax_run(*, times=0.5):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        ends = jnp.full((*q.shape[:-1], 1), -times), jnp.square(k).sum(axis=-1, keepdims=True)
        wide = 2 * jnp.concatenate([q, ends[0]], axis=-1) / 4, jnp.concatenate([k, ends[1]], axis=-1)
        gap = mechanism("softmax").apply(*wide, v) - mechanism("krause").apply(q, k, v, sigma=2.0)
        return {"largest_difference": jnp.abs(gap).max()}

    return run("krause_as_softmax", differences)


def wider_krause_run(*, times=1.0):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        norms = jnp.square(k).sum(axis=-1, keepdims=True)
        ends = jnp.zeros_like(norms), times * jnp.sqrt(norms.max(axis=-2, keepdims=True) - norms)
        wide = [jnp.concatenate([rows, end], axis=-1) for rows, end in zip((q, k), ends, strict=True)]
        gap = mechanism("krause").apply(*wide, v, sigma=3.0**0.25) - mechanism("softmax").apply(q, k, v)
        return {"largest_difference": jnp.abs(gap).max()}

    return run("softmax_as_krause", differences)


def equal_norms_run(*, equal=True):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        omega = q / jnp.linalg.norm(q, axis=-1, keepdims=True) if equal else q
        scaled = 2 * 3**0.5 * omega
        gap = mechanism("krause").apply(omega, omega, v, sigma=0.5**0.5) - mechanism("softmax").apply(scaled, omega, v)
        return {"largest_difference": jnp.abs(gap).max()}

    return run("tied_krause_as_softmax", differences)


claim = partial(Claim.of, source=HERE, uses=(SHIFT,))


def same(quantity_run, control_run):
    return Measured("largest_difference", quantity_run, 0, Fraction(1, 10**12), ROUNDING, control_run)


SCORES = Identity.of(
    -over((q[c] - k[c]) ** 2) / (2 * s**2),
    over(q[c] * k[c]) / s**2 - over(k[c] ** 2) / (2 * s**2) - over(q[c] ** 2) / (2 * s**2),
    note="the last sum is common to the row",
)

FAMILY = (
    Entry(
        claim(
            "krause_eq_softmax_of_width_plus_one",
            "Dense Krause weights are softmax weights of queries sqrt(d + 1) (q / sigma^2, -1 / (2 sigma^2)) and keys (k, |k|^2).",
            ForEach.of(r"a(q, k) = P(\tilde q, \tilde k)", wider_softmax, first=1, costly_from=3),
            "any sigma > 0 and d; sigma = 2, d = 1, 2 in the cases, in symbols",
        ),
        (
            Derived.of(
                SCORES, Hand("the row's common term cancels; the other two are the scaled dot product of the longer vectors")
            ),
            Certified(2),
            same(wider_softmax_run, lambda: wider_softmax_run(times=1.0)),
            Control("-1 / sigma^2", ForEach.of("1", lambda n: wider_softmax(n, half=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "softmax_eq_krause_of_width_plus_one",
            "Softmax weights are dense Krause weights, sigma^2 = sqrt(d), of queries (q, 0) and keys (k, sqrt(M^2 - |k|^2)).",
            ForEach.of(r"P(q, k) = a(\tilde q, \tilde k)", wider_krause, first=1, costly_from=3),
            "M at least every |k_j|; d = 1, 2 in the cases, in symbols, with M^2 the sum of all |k_j|^2",
        ),
        (
            Derived.of(
                Identity.of(
                    -(over((q[c] - k[c]) ** 2) + M**2 - over(k[c] ** 2)) / (2 * s**2),
                    over(q[c] * k[c]) / s**2 - (M**2 + over(q[c] ** 2)) / (2 * s**2),
                    note="the squared distance of the longer vectors: keys have the same norm M",
                ),
                Hand("what does not depend on the key is common to the row and cancels"),
            ),
            Certified(2),
            same(wider_krause_run, lambda: wider_krause_run(times=0.0)),
            Control("a coordinate 0", ForEach.of("0", lambda n: wider_krause(n, filled=False), first=2)),
        ),
    ),
    Entry(
        claim(
            "ssa_eq_softmax_of_coupling_to_infinity",
            "As K grows and epsilon falls, synchronization weights over their sum tend to softmax(2 alpha omega_i.omega_j).",
            ForEach.of(
                r"-\alpha|\omega_i - \omega_j|^2 = 2\alpha\,\omega_i \cdot \omega_j + \mathrm{const}_i", dot_exponents, first=2
            ),
            "arbitrary omega; the limit is that of tied Krause weights; alpha = 1, row 1 of tokens 0, 1, ..., n - 1",
            uses=(),
        ),
        (Counterexample(at=2), Control("three tokens", ForEach.of("3", dot_exponents, first=3))),
    ),
    Entry(
        claim(
            "ssa_eq_softmax_with_key_norm_penalty_of_coupling_to_infinity",
            "As K grows and epsilon falls, the weights tend to softmax(2 alpha omega_i.omega_j - alpha |omega_j|^2).",
            ForEach.of(
                r"-\alpha|\omega_i - \omega_j|^2 = 2\alpha\,\omega_i \cdot \omega_j - \alpha|\omega_j|^2 + \mathrm{const}_i",
                lambda n: dot_exponents(n, penalty=1),
                first=2,
                costly_from=9,
            ),
            "alpha = 1, row 1 of tokens 0, 1, ..., n - 1 in the cases; where norms are equal the penalty is common and cancels",
            uses=(SHIFT, "ssa_eq_tied_krause_of_coupling_to_infinity"),
        ),
        (
            Derived.of(
                Identity.of(
                    -a * over((w[c] - v[c]) ** 2),
                    2 * a * over(w[c] * v[c]) - a * over(v[c] ** 2) - a * over(w[c] ** 2),
                    note="omega = omega_i, v = omega_j; the last sum is common to the row",
                ),
                Hand("what is common to the row cancels in its limit, the tied Krause weights"),
            ),
            Certified(5),
            same(equal_norms_run, lambda: equal_norms_run(equal=False)),
            Control("twice the penalty", ForEach.of("2", lambda n: dot_exponents(n, penalty=2), first=3)),
        ),
    ),
)
