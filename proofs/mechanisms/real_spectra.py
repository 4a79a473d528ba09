"""Which row-normalised weight matrices have real eigenvalues: those of symmetric weights; in general not from three tokens on.

Says: symmetric weights with positive row sums, synchronization weights and the Gram matrix have a real spectrum after division by
row sums; softmax, linear, Hadamard, Krause, affine-scaled and top-N attention do not, each with three tokens; tied Krause attention
loses it by top-k (four tokens), tied affine-scaled attention by unequal scales.
Idea: D^(-1) S is self-adjoint in the inner product with weights D; three weights that turn in a circle are not.
Edges: two tokens always have real eigenvalues; equal scales keep those of softmax, times the scale.
"""

from fractions import Fraction
from functools import partial

from sympy import IndexedBase, Matrix, Poly, Rational, Sum, Symbol, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity

lam = Symbol("lambda")
i, j, N = symbols("i j N", integer=True, positive=True)
S, D, x, y = (IndexedBase(name) for name in ("S", "D", "x", "y"))
a, b, m, u, v, z, t, A, B = symbols("a b m u v z t A B", real=True)


def real_eigenvalues(matrix):
    """How many eigenvalues of a rational matrix are real, with multiplicity: by Sturm's theorem for each square-free factor."""
    _, factors = Poly(matrix.charpoly(lam).as_expr(), lam).sqf_list()
    return sum(times * factor.count_roots() for factor, times in factors)


def divided(weights):
    return Matrix(weights.rows, weights.cols, lambda i, j: weights[i, j] / sum(weights.row(i)))


def all_real(label, weights):
    return Case(f"{label}: real eigenvalues", real_eigenvalues(divided(weights)), weights.rows)


def table(queries, keys, score, *, base=2):
    """base^score for integer tokens: exponential weights at entries that are multiples of a root of a logarithm."""
    return Matrix(len(queries), len(keys), lambda i, j: Rational(base) ** score(queries[i], keys[j]))


def dots(query, key):
    return sum(p * r for p, r in zip(query, key, strict=True))


def nearness(query, key):
    return -sum((p - r) ** 2 for p, r in zip(query, key, strict=True))


def kept(weights, most):
    """The largest weights of each row, which must not be tied."""
    rows = [sorted(weights.row(i), reverse=True)[:most] for i in range(weights.rows)]
    return Matrix(weights.rows, weights.cols, lambda i, j: weights[i, j] if weights[i, j] in rows[i] else 0)


def affine(weights, scales, *, average=Fraction(1, 2)):
    n, shares = weights.rows, divided(weights)
    return Matrix(n, n, lambda i, j: Rational(scales[i]) * shares[i, j] + Rational(average - scales[i]) / n)


LINE = ((-1,), (0,), (1,))
TURNED = ((0,), (1,), (-1,))
CORNERS = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
PAIRS = (((2, 1), (2, 2), (1, 1)), ((2, 2), (0, 2), (2, 0)), ((1, 2), (0, 2), (2, 2)), ((0, 2), (2, 2), (1, 0)))
FOUR = ((2, 2), (2, -3), (0, -2), (-3, 1))
QUARTERS = (Fraction(1, 4), Fraction(3, 4), Fraction(0))
MECHANISMS = {  # three tokens each
    "softmax, q = (-1, 0, 1) ln 2, k = (0, 1, -1)": lambda: table(LINE, TURNED, dots),
    "Krause, sigma^2 = 1/(2 ln 2), q = (-1, 0, 1), k = (0, 1, -1)": lambda: table(LINE, TURNED, nearness),
    "linear, q = e_0, e_1, e_2, k = e_1, e_2, e_0": lambda: Matrix(3, 3, lambda i, j: dots(CORNERS[i], CORNERS[(j + 1) % 3])),
    "Hadamard, two factors of width 2": lambda: Matrix(
        3, 3, lambda i, j: dots(PAIRS[0][i], PAIRS[1][j]) * dots(PAIRS[2][i], PAIRS[3][j])
    ),
    "affine-scaled, q = (-1, 0, 1) ln 2, k = (0, 1, -1), scales 1/2": lambda: affine(
        table(LINE, TURNED, dots), (Fraction(1, 2),) * 3
    ),
    "top-1, q = e_0, e_1, e_2, k = e_1, e_2, e_0": lambda: kept(table(CORNERS, CORNERS[1:] + CORNERS[:1], dots), 1),
}
SOFTMAX, KRAUSE, LINEAR, HADAMARD, AFFINE, TOP = MECHANISMS


def spectra(*labels):
    def cases(n):
        for label in labels:
            yield all_real(label, MECHANISMS[label]())

    return cases


def tied_top_k(n, *, most=3):
    """Krause weights of four tokens of the plane, (9/10)^(squared distance), of the three nearest."""
    yield all_real(
        f"n = 4, k = {most}, q = k = {FOUR}, e^(-1/(2 sigma^2)) = 9/10",
        kept(table(FOUR, FOUR, nearness, base=Rational(10, 9)), most),
    )


def tied_affine(scales):
    tokens = ((-2,), (-1,), (0,))
    return lambda n: [
        all_real(
            f"q = k = (-2, -1, 0) sqrt(ln 2), average 1/2, scales {[*map(str, scales)]}",
            affine(table(tokens, tokens, dots), scales),
        )
    ]


def one_scale(n, *, spread=0):
    """Characteristic polynomials of alpha P + (1/2 - alpha) 11^T/n, times lambda - alpha, and of alpha P, times lambda - 1/2."""
    tokens = [(i % 3, i * i % 4) for i in range(n)]
    weights = table(tokens, tokens, dots)
    for scale in (Rational(1, 4), Rational(3, 4)):
        matrix = affine(weights, [Fraction(int(scale.p), int(scale.q)) + Fraction(i * spread, 8) for i in range(n)])
        left = Poly(matrix.charpoly(lam).as_expr() * (lam - scale), lam)
        right = Poly((scale * divided(weights)).charpoly(lam).as_expr() * (lam - Rational(1, 2)), lam)
        yield Case(f"n = {n}, scale {scale}: characteristic polynomials", left.all_coeffs(), right.all_coeffs())


def symmetric(n, *, shift=0):
    """Tied softmax, tied Krause on all tokens and on a line of reach 1, and tied Hadamard weights of n tokens of the plane."""
    tokens = [(i, i * i % 3) for i in range(n)]
    keys = tokens[shift:] + tokens[:shift]
    near = table(tokens, keys, nearness)
    yield all_real(f"softmax, tokens {tokens}", table(tokens, keys, dots))
    yield all_real(f"Krause, tokens {tokens}", near)
    yield all_real(f"Krause on a line, tokens {tokens}", Matrix(n, n, lambda i, j: near[i, j] if abs(i - j) <= 1 else 0))
    yield all_real(f"Hadamard, tokens {tokens}", Matrix(n, n, lambda i, j: (1 + dots(tokens[i], keys[j])) ** 2))


def synchronised(n, *, forward=Fraction(2, 5)):
    """Frequencies 0, w, 2 w, ... with J = 1/2 and w/(K r) = 3/10 at distance w: S = 1, 2/5 and from 2 w on 0."""
    weights = Matrix(
        n, n, lambda i, j: 1 if i == j else Rational(forward) if j == (i + 1) % n else Rational(2, 5) if abs(i - j) == 1 else 0
    )
    sums = [sum(weights.row(i)) + Rational(1, 10**8) for i in range(n)]
    yield Case(f"n = {n}: real eigenvalues", real_eigenvalues(Matrix(n, n, lambda i, j: weights[i, j] / sums[i])), n)


def gram(n):
    """X X^T of integer tokens with row sums of both signs."""
    tokens = [(5 - 3 * i, i % 3 - 1) for i in range(n)]
    weights = Matrix(n, n, lambda i, j: dots(tokens[i], tokens[j]))
    yield all_real(f"X = {tokens}", weights)


claim = partial(Claim.of, source=HERE)


def refuted(name, what, label, other):
    """The entry of one mechanism: a counterexample with three tokens, and another mechanism's as control."""
    return Entry(
        claim(
            name, f"The row-normalised weights of {what} have a real spectrum.", ForEach.of(REAL, spectra(label), first=3), label
        ),
        (Counterexample(at=3), Control(other, ForEach.of(REAL, spectra(other), first=3))),
    )


def over(term, index):
    return Sum(term, (index, 1, N))


REAL = r"\operatorname{spec}(D^{-1} A) \subset \mathbb{R}"
ADJOINT = Identity.of(
    over(D[i] * x[i] * over(S[i, j] * y[j] / D[i], j), i),
    over(over(x[i] * S[i, j] * y[j], j), i),
    note="<x, D^(-1) S y>, weights D",
)
SPECTRAL = Hand("with S symmetric this is the same for x and y exchanged: D^(-1) S is self-adjoint, so its eigenvalues are real")
FAMILY = (
    Entry(
        claim(
            "real_spectrum_all_row_normalised",
            "The row-normalised weight matrix has a real spectrum for every mechanism.",
            ForEach.of(REAL, spectra(*MECHANISMS), first=3),
            "n >= 3",
        ),
        (Counterexample(at=3), Control("top-1", ForEach.of(REAL, spectra(TOP), first=3))),
    ),
    refuted("real_spectrum_softmax", "softmax attention", SOFTMAX, KRAUSE),
    refuted("real_spectrum_krause", "Krause attention with queries apart from keys", KRAUSE, SOFTMAX),
    refuted("real_spectrum_linear", "linear attention", LINEAR, HADAMARD),
    refuted("real_spectrum_hla", "Hadamard linear attention", HADAMARD, LINEAR),
    refuted("real_spectrum_affine", "affine-scaled attention", AFFINE, SOFTMAX),
    refuted("real_spectrum_topn", "top-N selection, deleted or renormalised,", TOP, SOFTMAX),
    Entry(
        claim(
            "real_spectrum_of_symmetric_weights",
            "Symmetric weights with positive row sums have a real spectrum after division by the row sums.",
            ForEach.of(r"S = S^T,\ D = S 1 > 0 \Rightarrow " + REAL, symmetric, first=1, costly_from=6),
            "tied softmax, tied Krause attention on symmetric neighbourhoods without top-k, tied Hadamard factors in the cases",
        ),
        (
            Derived.of(ADJOINT, SPECTRAL),
            Certified(4),
            Control("keys moved on by one token", ForEach.of(REAL, partial(symmetric, shift=1), first=3), upto=4),
        ),
    ),
    Entry(
        claim(
            "real_spectrum_ssa",
            "The weights of selective synchronization attention, S_ij / (sum_j S_ij + epsilon), have a real spectrum.",
            ForEach.of(REAL, synchronised, first=1, costly_from=7),
            "dense rule, any alpha, K, phases with r > 0",
            uses=("weights_symmetric_ssa",),
        ),
        (
            Derived.of(ADJOINT, Hand("S is symmetric, and D = S 1 + epsilon is positive"), SPECTRAL),
            Certified(5),
            Control("weights that turn", ForEach.of(REAL, partial(synchronised, forward=Fraction(1)), first=4)),
        ),
    ),
    Entry(
        claim(
            "real_spectrum_linearised",
            "X X^T divided by its row sums has a real spectrum, whatever the signs of the row sums.",
            ForEach.of(r"\operatorname{spec}(D^{-1} X X^T) \subset \mathbb{R}", gram, first=1, costly_from=7),
            "no row sum is 0",
        ),
        (
            Derived.of(
                Identity.of(
                    (t - u**2 / A) * (t - v**2 / B) - (u * v / A) * (u * v / B),
                    t * (t - (u**2 / A + v**2 / B)),
                    note="det(t - D^(-1) X X^T) = t det(t - X^T D^(-1) X) for two tokens of width 1, D = (A, B)",
                ),
                Hand("Sylvester: D^(-1) X X^T and X^T D^(-1) X share their non-zero eigenvalues, and the second is symmetric"),
            ),
            Certified(5),
            Control("queries apart from keys", ForEach.of(REAL, spectra(LINEAR), first=3)),
        ),
    ),
    Entry(
        claim(
            "real_spectrum_of_two_tokens",
            "Two tokens with equal row sums have a real spectrum, in every mechanism.",
            ForEach.of(REAL, lambda n: [all_real("softmax", table(LINE[:2], TURNED[:2], dots))], first=2, last=2),
            "n = 2, weights a, s - a and b, s - b",
        ),
        (
            Derived.of(
                Identity.of(
                    (t - a) * (t - (m - b)) - (m - a) * b, (t - m) * (t - (a - b)), note="the characteristic polynomial, row sums m"
                ),
                Hand("so the eigenvalues are m and a - b"),
            ),
            Certified(2),
            Control("three tokens", ForEach.of(REAL, spectra(SOFTMAX), first=3)),
        ),
    ),
    Entry(
        claim(
            "real_spectrum_krause_of_tied_tokens_and_top_k",
            "Krause weights of tied queries and keys have a real spectrum, with top-k too.",
            ForEach.of(REAL, tied_top_k, first=4),
            "k = 3 of four tokens, no ties",
        ),
        (Counterexample(at=4), Control("softmax of three tokens", ForEach.of(REAL, spectra(SOFTMAX), first=3))),
    ),
    Entry(
        claim(
            "real_spectrum_affine_of_tied_tokens",
            "Affine-scaled weights of tied queries and keys have a real spectrum.",
            ForEach.of(REAL, tied_affine(QUARTERS), first=3),
            "scales 1/4, 3/4, 0, average 1/2",
        ),
        (Counterexample(at=3), Control("untied tokens", ForEach.of(REAL, spectra(AFFINE), first=3))),
    ),
    Entry(
        claim(
            "real_spectrum_affine_of_one_scale",
            "With one scale alpha affine-scaled weights have the eigenvalues of alpha P, but alpha_ma for one alpha.",
            ForEach.of(
                r"\chi_{\alpha P + \beta 11^T}(\lambda) (\lambda - \alpha) = \chi_{\alpha P}(\lambda) (\lambda - \alpha_{ma})",
                one_scale,
                first=1,
                costly_from=6,
            ),
            "beta = (alpha_ma - alpha)/n, no mask; so the spectrum is real for tied queries and keys",
        ),
        (
            Derived.of(
                Identity.of(
                    (t - (u * a + z)) * (t - (u * (1 - b) + z)) - (u * (1 - a) + z) * (u * b + z),
                    (t - (u + 2 * z)) * (t - u * (a - b)),
                    note="two tokens: P = (a, 1 - a; b, 1 - b), scale u, bias z: u moves to u + 2 z",
                ),
                Hand("for n tokens (Brauer): adding 1 v^T moves the eigenvalue of the right eigenvector 1 by v.1 and no other"),
            ),
            Certified(4),
            Control("unequal scales", ForEach.of("alpha_i", partial(one_scale, spread=1), first=2), upto=3),
        ),
    ),
)
