"""The scores of a head are a bilinear form of rank at most d, with d (2m - d) effective parameters for d <= m.

Says: x_i^T W_Q W_K^T x_j is bilinear of rank <= d; its 2 m d parameters are d (2m - d) effective ones, against m^2 of a full form.
Idea: W_Q A and W_K A^(-T) give the same form for each invertible A of size d, so that d^2 parameters are lost, and no more: at a
generic point the form moves in d (2m - d) independent directions.
Edges: for d = m nothing is saved, d (2m - d) = m^2; for d > m the rank is at most m, and the count of parameters is wrong.
"""

from itertools import combinations

from sympy import IndexedBase, Matrix, Sum, Symbol, expand, symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity
from workbench.attention import attention_head

r, s, d, m, i = symbols("r s d m i", integer=True, positive=True)
Q, K, x, y = (IndexedBase(name) for name in "QKxy")


def projections(m, d):
    """Projections of m rows and d columns with small integers, of which the upper d rows are independent."""
    query = Matrix([[int(i == j) if i < d else i * j + 1 for j in range(d)] for i in range(m)])
    key = Matrix([[int(i == j) if i < d else (i + 1) ** j for j in range(d)] for i in range(m)])
    return query, key


def directions(m, d):
    """The m^2 x 2 m d matrix of the derivative of (W_Q, W_K) -> W_Q W_K^T at `projections`."""
    query, key = projections(m, d)
    columns = []
    for i in range(m):
        for j in range(d):
            unit = Matrix(m, d, lambda a, b, i=i, j=j: int((a, b) == (i, j)))
            columns += [(unit * key.T).reshape(m * m, 1), (query * unit.T).reshape(m * m, 1)]
    return Matrix.hstack(*columns)


def rank_of_form(m):
    """For symbolic projections of width d < m, every minor of size d + 1 of W_Q W_K^T, up to size 3."""
    for d in range(1, min(m, 3)):
        query, key = (Matrix(m, d, lambda i, j, name=name: Symbol(f"{name}{i}_{j}")) for name in "QK")
        form = query * key.T
        minors = [form[: d + 1, list(columns)] for columns in combinations(range(m), d + 1)]
        yield Case(f"m = {m}, d = {d}: minors of size d + 1", [expand(minor.det()) for minor in minors], [0] * len(minors))


def effective(m, count=lambda m, d: d * (2 * m - d)):
    for d in range(1, m + 1):
        query, key = projections(m, d)
        yield Case(f"m = {m}, d = {d}: rank of the form", (query * key.T).rank(), d, "<=")
        yield Case(f"m = {m}, d = {d}: independent directions", directions(m, d).rank(), count(m, d))
        yield Case(f"m = {m}, d = {d}: against m^2", count(m, d), m * m, "<=")
    yield from rank_of_form(m)


def scores_of_head(m):
    """The activation of softmax unit a0_1 of a head with integer weights, against x_0^T W_Q W_K^T x_1."""
    for d in range(1, m + 1):
        query, key = projections(m, d)
        head = attention_head(2, m, d, 1, weights={"Q": query.tolist(), "K": key.tolist(), "V": [[1]] * m})
        tokens = Matrix(2, m, lambda t, i: 2 * t - i + 1)
        want = (tokens[0, :] * query * key.T * tokens[1, :].T)[0, 0]
        yield Case(f"m = {m}, d = {d}", head.state(list(tokens)).S["a0_1"], want)


FAMILY = (
    Entry(
        Claim(
            "score_form_rank_le_d",
            "The scores of a head are a bilinear form of rank at most d with d (2m - d) effective parameters.",
            ForEach.of(
                r"\operatorname{rank}(W_Q W_K^T) \le d,\ d(2m - d)\ \text{parameters}",
                effective,
                first=1,
                index="m",
                costly_from=4,
            ),
            hypotheses=("key width d <= m; effective: the dimension of the set of forms near a generic one",),
            sources=(HERE,),
            topic="heads",
        ),
        (
            Derived.of(
                Identity.of(
                    Sum(Sum(Q[i, r] * x[i], (i, 1, m)) * Sum(K[s, r] * y[s], (s, 1, m)), (r, 1, d)),
                    Sum(Q[i, r] * x[i] * K[s, r] * y[s], (i, 1, m), (s, 1, m), (r, 1, d)),
                    note="the score is the sum of d products of a form of x and a form of y",
                ),
                Identity.of(2 * m * d - d**2, m**2 - (m - d) ** 2, note="d (2m - d) is m^2 less (m - d)^2"),
                Hand("a product of two forms has rank 1, and rank is subadditive: rank <= d"),
                Hand(
                    "at W_Q and W_K of rank d the derivative reaches exactly the forms F with u^T F v = 0 for u and v orthogonal "
                    "to their columns: (m - d)^2 independent conditions, so dimension m^2 - (m - d)^2, the largest possible"
                ),
            ),
            Certified(3),
            Certified(3, of=ForEach.of("x_0^T W_Q W_K^T x_1", scores_of_head, first=1, index="m")),
            Control("2 m d parameters", ForEach.of("2 m d", lambda m: effective(m, lambda m, d: 2 * m * d), first=1, index="m")),
            Control(
                "d (2m - d + 1)",
                ForEach.of("d (2m - d + 1)", lambda m: effective(m, lambda m, d: d * (2 * m - d + 1)), first=1, index="m"),
            ),
        ),
    ),
)
