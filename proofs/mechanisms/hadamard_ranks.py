"""Rank and signs of the weights of Hadamard linear attention.

Says: rank A is at most r^F, not F r; C(r + F - 1, F) for equal factors, and for factors that are linear in one common token;
A is positive semidefinite for tied factors, not for factors that are merely non-negative.
Idea: A is the matrix of dot products of vectors of products of features.
Edges: one token more than the bound; tokens (1, 0), (0, 1) with swapped keys.
"""

from itertools import product
from math import comb
from random import Random

from sympy import IndexedBase, Integer, Matrix, Mul, Sum, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

a, b, j, r, N = symbols("a b j r N", integer=True, positive=True)
phi, chi, psi, xi, V = (IndexedBase(name) for name in ("phi", "chi", "psi", "xi", "v"))
x, t, v0, v1, A0, A1 = symbols("x t v0 v1 A0 A1", real=True)
ABSTRACT = Source("ackermann2026hadamard", "abstract", read=True)
GIVEN = "A_ij = prod_f phi_f(q_i).psi_f(k_j), our reconstruction"


def drawn(rows, columns, *, seed, low=-9):
    rng = Random(seed)
    return Matrix(rows, columns, lambda _i, _j: Integer(rng.randint(low, 9)))


def weights(n, width, factors, *, equal=False, tied=False, low=-9):
    """The matrix A of n tokens for drawn integer features; `equal` factors, or `tied` queries and keys."""
    seeds = [0 if equal else f for f in range(factors)]
    rows = [(drawn(n, width, seed=2 * s, low=low), drawn(n, width, seed=2 * s + (not tied), low=low)) for s in seeds]
    return Matrix(n, n, lambda i, k: Mul(*(q.row(i).dot(key.row(k)) for q, key in rows)))


def ranks(bound, *, n=None, **options):
    """rank A for one more token than the bound on it, at two and three factors and widths up to the index."""

    def cases(width):
        for factors in (2, 3):
            if bound(width, factors) <= 12:
                tokens = n(width, factors) if n else bound(width, factors) + 1
                matrix = weights(tokens, width, factors, **options)
                yield Case(f"r = {width}, F = {factors}, {tokens} tokens: rank", matrix.rank(), bound(width, factors), "<=")

    return cases


def generic_ranks(n, *, common):
    """Rank of n tokens with two factors of width 2 against min(n, 4); features linear in one `common` token, or all drawn."""
    if common:
        tokens = drawn(n, 2, seed=1), drawn(n, 2, seed=2)
        maps = [(drawn(2, 2, seed=3 + f), drawn(2, 2, seed=7 + f)) for f in range(2)]
        rows = [(tokens[0] * q, tokens[1] * k) for q, k in maps]
        matrix = Matrix(n, n, lambda i, s: Mul(*(q.row(i).dot(k.row(s)) for q, k in rows)))
    else:
        matrix = weights(n, 2, 2)
    return matrix.rank()


def full_rank(n, *, common):
    yield Case(f"{n} tokens, r = F = 2: full rank", generic_ranks(n, common=common) == n, n <= 4)


def full_ranks(n):
    """Whether n drawn tokens have full rank, and whether n <= r^F, for several widths and numbers of factors."""
    for width, factors in ((1, 2), (2, 1), (2, 2), (2, 3), (3, 1)):
        full = weights(n, width, factors).rank() == n
        yield Case(f"{n} tokens, r = {width}, F = {factors}: full rank", full, n <= width**factors)


def common_rank(n, *, most=3):
    yield Case(f"{n} tokens, d = F = 2: rank", generic_ranks(n, common=True), min(n, most))


def semidefinite(n, *, tied=True, low=-9):
    """All leading minors of a symmetric A of tied factors, and of the two tokens (1, 0), (0, 1) with swapped keys if untied."""
    if not tied:
        matrix = Matrix([[0, 1], [1, 0]])
        yield Case(
            "queries (1,0), (0,1), keys (0,1), (1,0), F = 2, features >= 0: w.A w at w = (1, -1)",
            matrix[0, 0] + matrix[1, 1] - matrix[0, 1] - matrix[1, 0],
            0,
            ">=",
        )
        return
    for factors, vector in product((1, 2, 3), product((-2, 1, 3), repeat=n)):
        w = Matrix(vector)
        yield Case(f"n = {n}, F = {factors}, w = {vector}: w.A w", (w.T * weights(n, 2, factors, tied=True) * w)[0], 0, ">=")


def claim(name, says, statement, *hypotheses, source=ABSTRACT):
    return Claim(name, says, statement, hypotheses=(GIVEN, *hypotheses), sources=(source,), topic="mechanisms")


def total(term, index=a):
    return Sum(term, (index, 1, r))


PRODUCTS = Identity.of(
    total(phi[a] * psi[a]) * total(chi[b] * xi[b], b),
    total(total(phi[a] * chi[b] * psi[a] * xi[b], b)),
    note="two factors: the dot product of phi x chi and psi x xi; more factors one by one",
)


FAMILY = (
    Entry(
        claim(
            "rank_at_most_r_to_the_f_hla",
            "rank A is at most r^F.",
            ForEach.of(r"\operatorname{rank} A \leq r^F", ranks(lambda w, f: w**f), first=1, index="r", costly_from=4),
            source=HERE,
        ),
        (
            Derived.of(PRODUCTS, Hand("a matrix of dot products of vectors with r^F entries has at most this rank")),
            Certified(3),
            Control("r^F - 1", ForEach.of("r^F - 1", ranks(lambda w, f: w**f - 1), first=2, index="r")),
        ),
    ),
    Entry(
        claim(
            "rank_at_most_f_times_r_hla",
            "rank A is at most F r.",
            ForEach.of(r"\operatorname{rank} A \leq F r", ranks(lambda w, f: f * w), first=1, index="r"),
            source=HERE,
        ),
        (Counterexample(at=2), Control("r^F - 1", ForEach.of("r^F - 1", ranks(lambda w, f: w**f - 1), first=2, index="r"))),
    ),
    Entry(
        claim(
            "rank_at_most_symmetric_power_dimension_hla",
            "If all factors are equal, rank A is at most C(r + F - 1, F).",
            ForEach.of(
                r"\operatorname{rank} A \leq \binom{r+F-1}{F}",
                ranks(lambda w, f: comb(w + f - 1, f), equal=True),
                first=1,
                index="r",
                costly_from=4,
            ),
            "all factors equal",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    (v0 * A0 + v1 * A1) ** 2,
                    v0**2 * A0**2 + 2 * (v0 * v1) * (A0 * A1) + v1**2 * A1**2,
                    note="r = F = 2: three terms",
                ),
                Hand("by the multinomial theorem the F-th power is a sum over the monomials of degree F in r letters"),
            ),
            Certified(3),
            Control("one less", ForEach.of("-1", ranks(lambda w, f: comb(w + f - 1, f) - 1, equal=True), first=2, index="r")),
            Control("factors that differ", ForEach.of("differ", ranks(lambda w, f: comb(w + f - 1, f)), first=2, index="r")),
        ),
    ),
    Entry(
        claim(
            "generic_full_rank_hla_iff_r_to_the_f_at_least_n",
            "A generic n x n matrix A has full rank if and only if r^F >= n.",
            ForEach.of(r"\operatorname{rank} A = n \iff n \leq r^F", full_ranks, first=1, costly_from=10),
            "all feature vectors independent and generic; an exact draw for r^F = 1, 2, 3, 4, 8 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                PRODUCTS,
                Hand("the rank is at most r^F, as for every A; so n > r^F leaves no full rank"),
                Hand(
                    "for n <= r^F let token i have the digits i_1..i_F in base r and the unit vector e_(i_f) as both of its f-th "
                    "features: A is the identity, so det A is not the polynomial 0 and vanishes for no generic features"
                ),
            ),
            Certified(9),
            Control("a common token", ForEach.of("common", lambda n: full_rank(n, common=True), first=1), upto=4),
        ),
    ),
    Entry(
        claim(
            "generic_full_rank_hla_iff_r_to_the_f_at_least_n_of_common_token",
            "A generic n x n matrix A whose features are linear in one token for all factors has full rank if and only if r^F "
            ">= n.",
            ForEach.of(r"\operatorname{rank} A = n \iff n \leq r^F", lambda n: full_rank(n, common=True), first=1, costly_from=8),
            "r = d = F = 2: phi_f(q) = W_f q and psi_f(k) = U_f k for generic W_f, U_f, so that rank A <= C(d + F - 1, F) = 3 < "
            "4 = r^F",
            source=HERE,
        ),
        (Counterexample(at=4), Control("rank 4", ForEach.of("rank 4", lambda n: common_rank(n, most=4), first=4))),
    ),
    Entry(
        claim(
            "generic_rank_eq_symmetric_power_dimension_hla_of_common_token",
            "A generic n x n matrix A whose features are linear in one token of width 2 has rank min(n, 3) with two factors.",
            ForEach.of(r"\operatorname{rank} A = \min(n, 3)", common_rank, first=1, costly_from=8),
            "r = d = F = 2; an exact draw stands for the generic case; 3 = C(d + F - 1, F)",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    (A0 * x + A1 * t) * (v0 * x + v1 * t),
                    A0 * v0 * x**2 + (A0 * v1 + A1 * v0) * x * t + A1 * v1 * t**2,
                    note="three features",
                ),
                Hand(
                    "at most 3 by the three monomials in a token (x, t); a draw of rank min(n, 3), below, shows that generic "
                    "rank is no less"
                ),
            ),
            Certified(6),
            Control("rank 4", ForEach.of("rank 4", lambda n: common_rank(n, most=4), first=4)),
        ),
    ),
    Entry(
        claim(
            "positive_semidefinite_hla_of_tied_factors",
            "A is positive semidefinite.",
            ForEach.of(r"w^{\mathsf T} A w \geq 0", semidefinite, first=1, costly_from=4),
            "tied: phi_f = psi_f and q = k; one draw of tokens and 3^n vectors w in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    Sum(V[j] * x * phi[j] * psi[j] * V[j], (j, 1, N)),
                    x * Sum(V[j] ** 2 * phi[j] * psi[j], (j, 1, N)),
                    note="a constant factor",
                ),
                Hand("tied, A is the Gram matrix of the product features, and w.A w the square of sum_i w_i Phi(x_i)"),
            ),
            Certified(3),
            Control(
                "w.A w is at least 10^9",
                ForEach.of("large", lambda n: [Case(c.label, c.got, 10**9, ">=") for c in semidefinite(n)], first=1),
            ),
        ),
    ),
    Entry(
        claim(
            "positive_semidefinite_hla_of_nonnegative_factors",
            "A is positive semidefinite.",
            ForEach.of(r"w^{\mathsf T} A w \geq 0", lambda n: semidefinite(n, tied=False), first=2, last=2),
            "features >= 0, untied",
            source=HERE,
        ),
        (
            Counterexample(at=2),
            Control(
                "and above 1",
                ForEach.of("> 1", lambda n: [Case(c.label, c.got, 1, ">") for c in semidefinite(n, tied=False)], first=2),
            ),
        ),
    ),
)
