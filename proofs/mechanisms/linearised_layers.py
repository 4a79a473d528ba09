"""Linearised attention f(X) = X X^T X as a layer: its symmetries, stacks, targets and order of evaluation.

Says: f is the gradient of |X X^T|^2 / 4, keeps singular vectors and cubes singular values, and commutes with permutations of rows
and rotations of columns; stacks with fresh Gram matrices give G^(3^k), with a frozen one G^(2k+1).
Idea: one layer multiplies by G on the left.
Edges: a constant term of the exponential vanishes for centred columns only; eigenvalues below 1 turn target norms round.
"""

from fractions import Fraction
from functools import partial

from sympy import IndexedBase, Matrix, Rational, Sum, diff, eye, ones, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

k, N = symbols("k N", integer=True, positive=True)
g, h, u, v = (IndexedBase(name) for name in "ghuv")
x, y, p, q, r, co, si = symbols("x y p q r co si", real=True)
lam, mu = symbols("lambda mu", positive=True)
MINOZA = Source("minoza2026influence", "theorem statements and tables as reported elsewhere", read=False)
ROTATION = Matrix([[Rational(3, 5), Rational(4, 5)], [Rational(-4, 5), Rational(3, 5)]])


def tokens(n, d):
    """An integer matrix of full rank."""
    return Matrix(n, d, lambda i, j: Rational((i + 1) ** j + (i == j) * 2))


def layer(X):
    """X X^T X."""
    return X * X.T * X


def spectrum(values, d):
    """Rows with Gram eigenvalues values[i]^2: a scaled identity in width d, turned."""
    n = len(values)
    X = Matrix(n, d, lambda i, j: Rational(values[i]) if i == j else Rational(0))
    turn = eye(n)
    turn[:2, :2] = ROTATION if n > 1 else turn[:2, :2]
    return turn * X


def stacked(depth, *, frozen=False, exponent=lambda e: 2 * e + 1):
    """The Gram number of X = (2) after some layers."""
    X, G = 2, 4
    for _ in range(depth):
        X = (G if frozen else X * X) * X
    yield Case(f"X = (2), G = 4, k = {depth}", X * X, G ** exponent(depth))


def target(m):
    """G = (1/m), y = 1."""
    yield Case(f"G = (1/{m}), y = 1: y K^-1 y and y G^-1 y", m**3, m, "<=")


def target_iff(m, *, beyond=0):
    for value in (Fraction(1, m + 1), Fraction(1), Fraction(m + 1)):
        yield Case(f"top eigenvalue {value}", value**-3 <= value**-1, value >= 1 + beyond)


def energy(n, *, factor=1):
    """The gradient of |X X^T|_F^2 / 4 in symbols, width 2."""
    X = Matrix(n, 2, symbols(f"x:{2 * n}", real=True))
    value = sum(entry**2 for entry in X * X.T) / 4
    for place, entry in zip(X, factor * layer(X), strict=True):
        yield Case(f"n = {n}, {place}", ((diff(value, place) - entry).expand(),), (0,))


def singular(n, *, power=3):
    """f(X) of X = U diag(1, 2, ...) against U diag(1, 2, ...)^3."""
    X, Y = spectrum(range(1, n + 1), n), spectrum([t**power for t in range(1, n + 1)], n)
    yield Case(f"n = {n}", tuple(layer(X) - Y), (0,) * n * n)


def equivariance(n, *, turn=ROTATION):
    X = tokens(n, 2)
    permuted = Matrix([X.row((i + 1) % n) for i in range(n)])
    image = Matrix([layer(X).row((i + 1) % n) for i in range(n)])
    yield Case(f"n = {n}", tuple(layer(permuted * turn) - image * turn), (0,) * 2 * n)


def constant_term(n, *, centred=False):
    X = tokens(n, 1)
    if centred:
        X = X - ones(n, 1) * sum(X) / n
    yield Case(f"n = {n}, d = 1: (1 1^T) X", tuple(ones(n, n) * X), (0,) * n)


def orders(n, *, slack=0):
    for d in range(1, n + 3):
        yield Case(f"n = {n}, d = {d}", 2 * n * d * d < 2 * n * n * d, d < n - slack)


claim = partial(Claim.of, source=MINOZA)


def over(term, index=k):
    return Sum(term, (index, 1, N))


CUBES = Identity.of(lam**3 - mu**3, (lam - mu) * (lam**2 + lam * mu + mu**2), note="cubing keeps the order of positive eigenvalues")


FAMILY = (
    Entry(
        claim(
            "layer_eq_gradient_of_quartic_gram_energy",
            "X X^T X is the gradient of |X X^T|_F^2 / 4 in X.",
            ForEach.of(r"X X^{\mathsf T} X = \nabla_X \tfrac14 \|X X^{\mathsf T}\|_F^2", energy, first=1, costly_from=4),
            "width 2 in the cases, in symbols",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    diff((x**2 + r) ** 2 / 4 + over((x * u[k] + v[k]) ** 2) / 2, x),
                    x * (x**2 + r) + over(u[k] * (x * u[k] + v[k])),
                    note="in an entry x of a row: its norm is x^2 + r, its product with another row k is x u_k + v_k",
                ),
                Hand("a quarter of the squares has the row's norm once and each product twice; the slope is sum_j G_ij x_j"),
            ),
            Certified(3),
            Control("twice the layer", ForEach.of("2", lambda n: energy(n, factor=2), first=1)),
        ),
    ),
    Entry(
        claim(
            "singular_vectors_kept_and_values_cubed_linearised",
            "f(X) = U S^3 W^T for X = U S W^T.",
            ForEach.of(r"f(U \Sigma W^{\mathsf T}) = U \Sigma^3 W^{\mathsf T}", singular, first=1, costly_from=6),
            "U a rotation by a rational angle, S = diag(1, 2, ...), W = 1 in the cases",
            source=HERE,
        ),
        (
            Derived.of(CUBES, Hand("X X^T X = U S W^T W S U^T U S W^T, and W^T W = U^T U = 1")),
            Certified(4),
            Control("squared", ForEach.of("2", lambda n: singular(n, power=2), first=2)),
        ),
    ),
    Entry(
        claim(
            "equivariant_rows_and_columns_linearised",
            "f(Pi X R) = Pi f(X) R for a permutation Pi and an orthogonal R.",
            ForEach.of(r"f(\Pi X R) = \Pi f(X) R", equivariance, first=1, costly_from=7),
            "a cyclic permutation and a rotation by a rational angle in the cases, d = 2",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    (co * x - si * y) * (co * p - si * q) + (si * x + co * y) * (si * p + co * q),
                    (co**2 + si**2) * (x * p + y * q),
                    note="two entries of a dot product under a turn in their plane, co^2 + si^2 = 1",
                ),
                Hand("turns in planes and reflections make every R, so X R has the Gram matrix G of X, and f(X R) = G X R"),
                Hand("a permutation of rows permutes rows and columns of G: Pi G Pi^T Pi X = Pi G X"),
            ),
            Certified(4),
            Control("R = diag(1, 2)", ForEach.of("2", lambda n: equivariance(n, turn=Matrix([[1, 0], [0, 2]])), first=1)),
        ),
    ),
    Entry(
        claim(
            "stacked_gram_eq_power_two_k_plus_one",
            "k stacked layers have Gram matrix G^(2k+1).",
            ForEach.of(r"G_k = G^{2k+1}", stacked, first=1, index="k"),
            "k-fold stack: X becomes f(X), Gram matrix computed anew",
        ),
        (Counterexample(at=2), Control("three layers", ForEach.of("3", stacked, first=3))),
    ),
    Entry(
        claim(
            "stacked_gram_eq_power_two_k_plus_one_of_frozen_gram",
            "k stacked layers have Gram matrix G^(2k+1).",
            ForEach.of(r"G_k = G^{2k+1}", lambda e: stacked(e, frozen=True), first=0, index="k", costly_from=8),
            "frozen stack: X becomes G X with the Gram matrix of the input",
        ),
        (
            Derived.of(
                Identity.of(
                    (lam**N * x) ** 2 - (lam**N) ** 2 * y, (lam**N) ** 2 * (x**2 - y), note="(G^k X)(G^k X)^T, X X^T = y = G"
                ),
                Hand("G^k X X^T G^k = G^(2k+1)"),
            ),
            Certified(4),
            Control("recomputed", ForEach.of("fresh", stacked, first=2, index="k")),
        ),
    ),
    Entry(
        claim(
            "stacked_gram_eq_power_three_to_the_k_of_fresh_gram",
            "k stacked layers with Gram matrices computed anew have Gram matrix G^(3^k).",
            ForEach.of(r"G_k = G^{3^k}", lambda e: stacked(e, exponent=lambda t: 3**t), first=0, index="k", costly_from=6),
            "X becomes f(X)",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(lam**2 * x**2 - lam**2 * y, lam**2 * (x**2 - y), note="(G X)(G X)^T = G X X^T G, X X^T = y = G"),
                Hand("one layer cubes the Gram matrix; by induction"),
            ),
            Certified(4),
            Control("2 k + 1", ForEach.of("2k+1", stacked, first=2, index="k")),
        ),
    ),
    Entry(
        claim(
            "target_norm_smaller_than_gram_norm_of_top_alignment",
            "y^T K^-1 y <= y^T G^-1 y.",
            ForEach.of(r"y^{\mathsf T} K^{-1} y \leq y^{\mathsf T} G^{-1} y", target, first=1, index="m"),
            "y the top eigenvector of G; G = (1/m)",
        ),
        (Counterexample(at=2), Control("m = 3", ForEach.of("3", target, first=3))),
    ),
    Entry(
        claim(
            "target_norm_smaller_than_gram_norm_iff_top_eigenvalue_at_least_one",
            "For the top eigenvector y of G, y^T K^-1 y <= y^T G^-1 y if and only if its eigenvalue is at least 1.",
            ForEach.of(r"\lambda^{-3} \leq \lambda^{-1} \iff \lambda \geq 1", target_iff, first=1, index="m", costly_from=9),
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(1 / lam - 1 / lam**3, (lam - 1) * (lam + 1) / lam**3, note="the gap, |y| = 1"),
                Hand("lambda is positive, so the gap has the sign of lambda - 1"),
            ),
            Certified(4),
            Control("above 1", ForEach.of("> 1", lambda m: target_iff(m, beyond=Fraction(1, 2)), first=1)),
        ),
    ),
    Entry(
        claim(
            "constant_term_vanishes_linearised",
            "(1 1^T + G) X = G X.",
            ForEach.of(r"1 1^{\mathsf T} X = 0", constant_term, first=1),
            "arbitrary X",
            source=HERE,
        ),
        (Counterexample(at=1), Control("two tokens", ForEach.of("2", constant_term, first=2))),
    ),
    Entry(
        claim(
            "constant_term_vanishes_linearised_of_centred_columns",
            "(1 1^T + G) X = G X.",
            ForEach.of(r"1 1^{\mathsf T} X = 0", lambda n: constant_term(n, centred=True), first=1, costly_from=9),
            "1^T X = 0",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(over(u[k]) - N * x, 0, given={x: over(u[k]) / N}, note="a column after its mean x is taken away"),
                Hand("1 1^T X has the column sums of X in every row"),
            ),
            Certified(4),
            Control("not centred", ForEach.of("X", constant_term, first=1)),
        ),
    ),
    Entry(
        claim(
            "feature_order_cheaper_iff_d_below_n_linearised",
            "X (X^T X) needs fewer multiplications than (X X^T) X if and only if d < n.",
            ForEach.of(r"2 n d^2 < 2 n^2 d \iff d < n", orders, first=1, costly_from=12),
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(2 * lam**2 * mu - 2 * lam * mu**2, 2 * lam * mu * (lam - mu), note="n = lambda, d = mu"),
                Hand("n d^2 products form X^T X and n d^2 apply it; n^2 d and n^2 d in the other order"),
            ),
            Certified(6),
            Control("d < n - 1", ForEach.of("n - 1", lambda n: orders(n, slack=1), first=2)),
        ),
    ),
)
