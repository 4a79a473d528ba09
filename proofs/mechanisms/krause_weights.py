"""Weights of Krause attention: rows are probability vectors; squared distances separate into d + 2 products, affinities do not.

Says: each row of weights is non-negative and sums to 1, for every neighbourhood and every number of nearest keys; the matrix of
squared distances is a sum of d + 2 products f(q_i) g(k_j); the matrix of affinities exp(-|q - k|^2 / 2) is no such sum.
Idea: positive numbers over their sum; |q - k|^2 = |q|^2 + |k|^2 - 2 q.k; a Gaussian kernel of distinct points has full rank.
Edges: a query without keys has a row of zeros; weights that are cut after they are normalised sum to less than 1; with n <= d + 2
tokens every matrix is a sum of d + 2 products.
"""

from functools import cache, partial
from itertools import product

from sympy import Matrix, Rational, cancel, exp, eye, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Enclosed,
    Entry,
    ForEach,
    Hand,
    Identity,
    Source,
    enclosed_sign,
)
from workbench.evidence import BALLS

a, rest, q, k = symbols("a R q k", real=True)
KRAUSE = Source("liu2026krause", "eqs. 7-9 of version 1", read=True)


def on_a_line(n):
    from workbench.mechanisms.neighbourhoods import line

    return line(n, 1).tolist()


def before(n):
    from workbench.mechanisms.neighbourhoods import window

    return window(n, 2).tolist()


NEIGHBOURHOODS = {"all": lambda n: None, "line(1)": on_a_line, "causal(2)": before}


def tokens(n, width, *, seed):
    """Rational tokens on a curve, all distinct."""
    return Matrix(n, width, lambda i, c: Rational((i + seed) ** (c + 1), 2 + seed + c))


@cache
def weights(n, most, neighbourhood):
    """The matrix of weights of n tokens in the plane: the outputs with the unit vectors as values."""
    from workbench.mechanisms import mechanism

    rule = mechanism("krause", most=most)
    numbers = [*tokens(n, 2, seed=1), *tokens(n, 2, seed=2), *eye(n)]
    table = dict(zip(symbols(rule.names(n, 2, n), real=True), numbers, strict=True))
    return rule.expression(n, 2, n, mask=NEIGHBOURHOODS[neighbourhood](n)).xreplace(table)


def rows(n):
    for most, neighbourhood in product((None, 1, 2), NEIGHBOURHOODS):
        matrix = weights(n, most, neighbourhood)
        for i in range(n):
            place = f"n = {n}, k = {most}, {neighbourhood}, row {i}"
            yield Case(f"{place}: sum", cancel(sum(matrix.row(i))), 1)
            for j, weight in enumerate(matrix.row(i)):
                yield Case(f"{place}, weight {j}", weight, 0, ">=")


def cut_rows(n):
    """Weights of all keys of which the last is left out, the others not divided again."""
    matrix = weights(n, None, "all")
    yield Case(f"n = {n}: sum without the last weight", cancel(sum(matrix.row(0)) - matrix[0, n - 1]), 1)


def distances(n, width):
    points = tokens(n, width, seed=1), tokens(n, width, seed=2)
    return Matrix(n, n, lambda i, j: sum((points[0][i, c] - points[1][j, c]) ** 2 for c in range(width)))


def separated(products):
    """Squared distances of d + 4 tokens of width d against a sum of this many products f(q_i) g(k_j): by their rank."""

    def cases(d):
        yield Case(f"d = {d}: rank", distances(d + 4, d).rank(), products(d), "<=")

    return cases


def parts(d):
    """The products themselves, added up."""
    first, second = symbols(f"q:{d}", real=True), symbols(f"k:{d}", real=True)
    norms = sum(x**2 for x in first), sum(x**2 for x in second)
    products = [norms[0] * 1, 1 * norms[1], *(-2 * x * y for x, y in zip(first, second, strict=True))]
    wanted = sum((x - y) ** 2 for x, y in zip(first, second, strict=True))
    yield Case(f"d = {d}: number of products", len(products), d + 2)
    yield Case(f"d = {d}: their sum", (sum(products) - wanted).expand(), 0)


def gaussian(n):
    """The affinities of the tokens 0, 1, ..., n - 1 on a line with each other, sigma = 1."""
    return Matrix(n, n, lambda i, j: exp(-Rational((i - j) ** 2, 2)))


def minors(size):
    def cases(d):
        n = size(d)
        yield Case(f"d = {d}: the minor of {n} tokens on a line", gaussian(n).det(method="berkowitz").expand(), 0)

    return cases


def positive(n):
    yield Case(f"n = {n}: determinant", gaussian(n).det(method="berkowitz").expand(), 0, ">")


def repeated(n):
    """The same with the first token twice."""
    matrix = gaussian(n)
    matrix[1, :] = matrix[0, :]
    yield Case(f"n = {n}: determinant", matrix.det(method="berkowitz").expand(), 0, ">")


claim = partial(Claim.of, source=KRAUSE)


FAMILY = (
    Entry(
        claim(
            "rows_are_probability_vectors_krause",
            "Every row of Krause weights is non-negative and sums to 1.",
            ForEach.of(r"\sum_j a_{ij} = 1,\quad a_{ij} \geq 0", rows, first=1, costly_from=4),
            "the query reads at least one key; any neighbourhood, any number k >= 1 of nearest keys",
        ),
        (
            Derived.of(
                Identity.of(
                    a / (a + rest), 1 - rest / (a + rest), where={a: "positive", rest: "nonnegative"}, note="one key and the others"
                ),
                Hand("exponentials are positive, the chosen keys are at least one, and a_ij is their exponential over their sum"),
            ),
            Certified(3),
            Control("cut after normalising", ForEach.of("sum = 1", cut_rows, first=2), upto=2),
        ),
    ),
    Entry(
        claim(
            "distance_separates_into_query_and_key_parts_krause",
            "The matrix of squared distances is a sum of d + 2 products f(q_i) g(k_j).",
            ForEach.of(r"|q_i - k_j|^2 = |q_i|^2 + |k_j|^2 - 2\, q_i \cdot k_j", parts, first=1, index="d", costly_from=5),
        ),
        (
            Derived.of(
                Identity.of((q - k) ** 2, q**2 + k**2 - 2 * q * k, note="one coordinate"),
                Hand(
                    "over the coordinates the squares of q add up to one function of q, those of k to one of k, and d products stay"
                ),
            ),
            Certified(4),
            Certified(3, of=ForEach.of("rank", separated(lambda d: d + 2), first=1, index="d", costly_from=4)),
            Control("d + 1 products", ForEach.of("rank <= d + 1", separated(lambda d: d + 1), first=1, index="d"), upto=1),
        ),
    ),
    Entry(
        claim(
            "affinity_separates_into_query_and_key_parts_krause",
            "The matrix of affinities of more than d + 2 tokens is a sum of d + 2 products f(q_i) g(k_j).",
            ForEach.of(r"\det\bigl(s_{ij}\bigr)_{i, j \leq d + 3} = 0", minors(lambda d: d + 3), first=1, index="d", costly_from=2),
            "sigma = 1; the tokens 0, 1, ..., d + 2 on a line, each query equal to its key",
        ),
        (
            Counterexample(at=1),
            Control("d + 2 tokens", ForEach.of(r"\det = 0", minors(lambda d: d + 2), first=1, index="d", costly_from=2), upto=1),
        ),
    ),
    Entry(
        claim(
            "affinity_matrix_regular_krause_of_tokens_on_a_line",
            "The affinities of the tokens 0, 1, ..., n - 1 with each other have a positive determinant: n products are needed.",
            ForEach.of(r"\det\bigl(e^{-(i-j)^2/2}\bigr)_{i,j<n} > 0", positive, first=1, costly_from=6),
            "sigma = 1, d = 1",
            source=HERE,
        ),
        (
            Enclosed(4, enclosed_sign, BALLS),
            Control("a token twice", ForEach.of(r"\det > 0", repeated, first=2), upto=2),
        ),
    ),
)
