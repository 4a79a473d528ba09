"""The kernel of linearised attention f(X) = X X^T X: the cube of the Gram matrix, and what follows for condition and sensitivity.

Says: K = f(X) f(X)^T = G^3, so condition numbers are cubed, though not those of unit rows; K is of degree 6 in X;
the greatest change of K when the query moves by epsilon in each entry is |(X^T X)^2 x_j|_1 epsilon.
Idea: G is symmetric with the eigenvectors of K.
Edges: one token of one entry refutes both printed bounds once it is 2 or more.
"""

from functools import partial
from itertools import product

from sympy import IndexedBase, Matrix, Rational, Sum, eye, radsimp, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

k, b, N = symbols("k b N", integer=True, positive=True)
g, h, u, v = (IndexedBase(name) for name in "ghuv")
x, y, c = symbols("x y c", real=True)
lam, mu = symbols("lambda mu", positive=True)
MINOZA = Source("minoza2026influence", "theorem statements and tables as reported elsewhere", read=False)
ROTATION = Matrix([[Rational(3, 5), Rational(4, 5)], [Rational(-4, 5), Rational(3, 5)]])


def tokens(n, d):
    """An integer matrix of full rank."""
    return Matrix(n, d, lambda i, j: Rational((i + 1) ** j + (i == j) * 2))


def layer(X):
    """X X^T X."""
    return X * X.T * X


def induced(n, *, power=3):
    for d in (1, 2, 3):
        X = tokens(n, d)
        yield Case(f"n = {n}, d = {d}: K - G^{power}", tuple(layer(X) * layer(X).T - (X * X.T) ** power), (0,) * n**2)


def spectrum(values, d):
    """Rows with Gram eigenvalues values[i]^2: a scaled identity in width d, turned."""
    n = len(values)
    X = Matrix(n, d, lambda i, j: Rational(values[i]) if i == j else Rational(0))
    turn = eye(n)
    turn[:2, :2] = ROTATION if n > 1 else turn[:2, :2]
    return turn * X


def eigenvalues(matrix):
    return sorted((value for value, times in matrix.eigenvals().items() for _ in range(times)), reverse=True)


def conditions(n, *, power=3, wide=0, kept=None):
    """Largest eigenvalue over the last of the first min(n, d), of K and of G."""
    for d in {n + wide, max(1, n - 1)} if kept else {n + wide}:
        X = spectrum(range(1, n + 1), d)
        G = X * X.T
        K = layer(X) * layer(X).T
        (low, *_), (high, *_) = eigenvalues(G), eigenvalues(K)
        last = min(n, d) - 1
        yield Case(f"n = {n}, d = {d}", high / eigenvalues(K)[last], (low / eigenvalues(G)[last]) ** power)


def unit_conditions(n, *, turned=True):
    """n = 2 rows: kappa of the Gram matrix of the unit rows of f(X), (1 + |c|)/(1 - |c|), against kappa(G)^3."""
    X = Matrix([[1, 0], [int(turned), n]])
    G = X * X.T
    K = G**3
    cosine = abs(K[0, 1]) / sqrt(K[0, 0] * K[1, 1])
    high, low = eigenvalues(G)
    yield Case(f"X = {X.tolist()}: condition numbers", radsimp((1 + cosine) / (1 - cosine)), radsimp((high / low) ** 3))


def sensitivity(C, *, square=False):
    """One token X = (C), moved by 1: the change of K(x, x_0) against G x_0 for G = C^2, or G^2 x_0."""
    yield Case(f"X = ({C}), delta = 1: change of K and its bound", C**5, C**3, "<=") if not square else Case("G^2", C**5, C**5)


def sensitivity_bound(n, *, power=2):
    """The greatest change of K(x, x_0) over corners of the cube of side 2 against |(X^T X)^2 x_0|_1."""
    X = tokens(n, 2)
    F = X.T * X
    for j in range(n):
        column = X.row(j).T
        changes = [
            sum(
                (X.row(a) * Matrix(d))[0] * (X.row(a) * X.row(b).T)[0] * (X.row(b) * column)[0]
                for a, b in product(range(n), repeat=2)
            )
            for d in product((-1, 1), repeat=2)
        ]
        yield Case(f"n = {n}, d = 2, j = {j}: greatest change", max(changes), sum(map(abs, F**power * column)))


def homogeneity(C, *, degree=4):
    X = Matrix([[1]])
    yield Case(f"X = (1), c = {C}", (layer(C * X) * layer(C * X).T)[0], C**degree)


claim = partial(Claim.of, source=MINOZA)


def over(term, index=k):
    return Sum(term, (index, 1, N))


ENTRY = Identity.of(
    over(g[k] * u[k]) * over(h[b] * v[b], b), over(over(g[k] * u[k] * h[b] * v[b], b)), note="one coordinate of f_i . f_j"
)
CUBES = Identity.of(lam**3 - mu**3, (lam - mu) * (lam**2 + lam * mu + mu**2), note="cubing keeps the order of positive eigenvalues")


FAMILY = (
    Entry(
        claim(
            "induced_kernel_eq_gram_cubed",
            "K_lin = f(X) f(X)^T = G^3, with entries sum_kl (x_i.x_k)(x_k.x_l)(x_l.x_j).",
            ForEach.of(r"f(X) f(X)^{\mathsf T} = G^3", induced, first=1, costly_from=5),
            "d = 1, 2, 3 in the cases",
        ),
        (
            Derived.of(
                ENTRY, Hand("f_i = sum_k G_ik x_k; summed over coordinates, u_k v_l becomes x_k.x_l = G_kl, and G is symmetric")
            ),
            Certified(3),
            Control("G^2", ForEach.of("G^2", lambda n: induced(n, power=2), first=1)),
        ),
    ),
    Entry(
        claim(
            "condition_number_cubed_linearised",
            "kappa(K_lin) = kappa(G)^3.",
            ForEach.of(r"\kappa(K) = \kappa(G)^3", conditions, first=1, costly_from=4),
            "n <= d, X of full row rank",
        ),
        (
            Derived.of(
                CUBES, Hand("K = G^3 has the eigenvectors of G and the cubes of its positive eigenvalues, in the same order")
            ),
            Certified(3),
            Control("squared", ForEach.of("2", lambda n: conditions(n, power=2), first=2)),
        ),
    ),
    Entry(
        claim(
            "condition_number_cubed_linearised_of_unit_rows",
            "kappa of the Gram matrix of the unit rows of f(X) equals kappa(G)^3.",
            ForEach.of(r"\kappa(\tilde K) = \kappa(G)^3", unit_conditions, first=2, index="x_{11}"),
            "n = d = 2, X = (1, 0; 1, x_11); generic, since both sides depend continuously on X",
        ),
        (Counterexample(at=2), Control("orthogonal rows", ForEach.of("diag", lambda n: unit_conditions(n, turned=False), first=2))),
    ),
    Entry(
        claim(
            "effective_condition_number_cubed_linearised",
            "kappa_d(K_lin) = kappa_d(G)^3, the ratio of the largest to the min(n, d)-th eigenvalue.",
            ForEach.of(r"\kappa_d(K) = \kappa_d(G)^3", lambda n: conditions(n, kept=True), first=1, costly_from=4),
            "any n, d; X of rank min(n, d), or else both are undefined",
        ),
        (
            Derived.of(CUBES, Hand("K = G^3 has the cubes of the eigenvalues of G, zeros included, in the same order")),
            Certified(3),
            Control("squared", ForEach.of("2", lambda n: conditions(n, power=2, kept=True), first=2)),
        ),
    ),
    Entry(
        claim(
            "sensitivity_bounded_by_gram_column_linearised",
            "|K(x_i + delta, x_j) - K(x_i, x_j)| <= |G x_j|_1 epsilon for |delta|_max <= epsilon.",
            ForEach.of(r"|\Delta K| \leq \|G x_j\|_1 \epsilon", sensitivity, first=1, index="C"),
            "data held fixed, G = X X^T with n = d = 1, X = (C), epsilon = 1",
        ),
        (Counterexample(at=2), Control("C = 3", ForEach.of("3", sensitivity, first=3))),
    ),
    Entry(
        claim(
            "sensitivity_bounded_by_gram_column_linearised_of_feature_gram",
            "|K(x_i + delta, x_j) - K(x_i, x_j)| <= |G x_j|_1 epsilon for |delta|_max <= epsilon, with G = X^T X.",
            ForEach.of(r"|\Delta K| \leq \|X^{\mathsf T} X x_j\|_1 \epsilon", sensitivity, first=1, index="C"),
            "data held fixed, n = d = 1, X = (C), where both readings of G are C^2; epsilon = 1",
        ),
        (Counterexample(at=2), Control("C = 3", ForEach.of("3", sensitivity, first=3))),
    ),
    Entry(
        claim(
            "greatest_change_eq_norm_of_squared_feature_gram_column_linearised",
            "The greatest change of K(x, x_j) over |delta|_max <= epsilon is |(X^T X)^2 x_j|_1 epsilon.",
            ForEach.of(r"\max |\Delta K| = \|(X^{\mathsf T} X)^2 x_j\|_1\, \epsilon", sensitivity_bound, first=1, costly_from=5),
            "data held fixed; d = 2, epsilon = 1 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(over((x + y) * u[k]), x * over(u[k]) + y * over(u[k]), note="K is linear in the query; y for delta"),
                Hand("K(x, x_j) = x.(X^T X)^2 x_j, and a linear form is greatest on a cube at the corner of its signs"),
            ),
            Certified(3),
            Control("X^T X", ForEach.of("1", lambda n: sensitivity_bound(n, power=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "kernel_homogeneous_of_degree_four_linearised",
            "K_lin(c X) = c^4 K_lin(X).",
            ForEach.of(r"K(c X) = c^4 K(X)", homogeneity, first=1, index="c"),
            "X = (1)",
            source=HERE,
        ),
        (Counterexample(at=2), Control("degree 5", ForEach.of("5", lambda C: homogeneity(C, degree=5), first=2))),
    ),
    Entry(
        claim(
            "kernel_homogeneous_of_degree_six_linearised",
            "K_lin(c X) = c^6 K_lin(X).",
            ForEach.of(r"K(c X) = c^6 K(X)", lambda C: homogeneity(C, degree=6), first=1, index="c", costly_from=9),
            "X = (1) in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of((c**2 * x) * (c**2 * y + c**2) * c**2, c**6 * x * (y + 1), note="three Gram entries, each with c^2"),
                Hand("K is G^3, and G(c X) = c^2 G(X)"),
            ),
            Certified(4),
            Control("degree 4", ForEach.of("4", homogeneity, first=2)),
        ),
    ),
)
