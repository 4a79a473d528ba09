"""Krause attention beside softmax, its reversible chain, its closed classes, and the order of the Hegselmann-Krause model.

Says: keys of equal norm give softmax weights, queries of equal norm do not; joint rotations change nothing; symmetric windows give
a reversible chain; eigenvalue 1 counts closed classes; the HK model keeps the order of agents.
Idea: -|q - k|^2/2 is q.k less two squares, one of which is common to the row.
Edges: one query; one class; two agents at the distance epsilon.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations_with_replacement, pairwise, product

from sympy import IndexedBase, Matrix, Rational, Sum, eye, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity
from workbench.canonical import vanishes

x, y, q, k_ = symbols("x y q k", real=True)
co = symbols("co", positive=True)
j, N = symbols("j N", integer=True, positive=True)
A, V = IndexedBase("a"), IndexedBase("v")


def exponents(n, keys):
    """-|q - k|^2/2 and q.k for the query (1, 0) and some keys, each less that of key 0."""
    first = keys[0]
    for j, (a, b) in enumerate(keys[1:], 1):
        distance = Fraction((1 - first[0]) ** 2 + first[1] ** 2 - (1 - a) ** 2 - b**2, 2)
        yield Case(f"q = (1, 0), keys {keys}: log of weight {j} over weight 0", distance, Fraction(a - first[0]))


def equal_query_norms(n):
    yield from exponents(n, [(j, 0) for j in range(n)])


def equal_key_norms(n):
    yield from exponents(n, [(3, 4), (5, 0), (0, 5), (-4, 3), (-3, -4), (4, -3)][:n])


def affinities(n, reach):
    """Affinities 2^-(i - j)^2 of tokens 0, 1, ..., n - 1 within a reach."""
    return Matrix(n, n, lambda i, j: Rational(1, 2 ** (i - j) ** 2) if abs(i - j) <= reach else Rational(0))


def balanced(n, *, power=1):
    """D_i a_ij and D_j a_ji for line windows of every reach."""
    for reach in range(n):
        S = affinities(n, reach)
        D = [sum(S.row(i)) for i in range(n)]
        for i, j in product(range(n), repeat=2):
            yield Case(f"n = {n}, w = {reach}, {i}, {j}", D[i] ** power * S[i, j] / D[i], D[j] ** power * S[j, i] / D[j])


def reflected(d, *, times=2):
    """The squared distance of q and k after a reflection in u, less that before, in symbols."""
    first, second, u = (Matrix(d, 1, symbols(f"{name}:{d}", real=True)) for name in "qku")
    images = [v - u * (times * u.dot(v) / u.dot(u)) for v in (first, second)]
    change = (images[0] - images[1]).dot(images[0] - images[1]) - (first - second).dot(first - second)
    yield Case(f"d = {d}, in symbols: the squared distance stays", vanishes(change), True)


def hk_step(points):
    near = [[r for r in points if abs(p - r) <= 1] for p in points]
    return [Fraction(sum(group)) / len(group) for group in near]


def starts(n):
    return combinations_with_replacement(range(2 * n), n)


def ordered(n, *, strictly=False):
    """Five steps of the HK model, epsilon = 1, from all sorted starts on a grid of step 1/2."""
    for start in starts(n):
        points = [Fraction(p, 2) for p in start]
        for step in range(5):
            points = hk_step(points)
            for low, high in pairwise(points):
                yield Case(f"start {start} / 2, step {step + 1}", high, low, ">" if strictly else ">=")


def limit_gaps(n, *, above=1):
    for start in starts(n):
        points = [Fraction(p, 2) for p in start]
        while (moved := hk_step(points)) != points:
            points = moved
        yield Case(f"start {start} / 2: limits", len(set(points)), n, "<=")
        for low, high in pairwise(sorted(set(points))):
            yield Case(f"start {start} / 2: gap of limits", high - low, above, ">")


def graphs(n):
    """All digraphs of n vertices, with or without loops, that have an edge from each vertex."""
    outs = [[j for j in range(n) if bits >> j & 1] for bits in range(1, 2**n)]
    for chosen in product(outs, repeat=n):
        yield {(i, j) for i, out in enumerate(chosen) for j in out}


def classes(n, edges):
    reach = [{i} for i in range(n)]
    for _ in range(n):
        reach = [r | {j for i in r for j in range(n) if (i, j) in edges} for r in reach]
    return len({frozenset(reach[i]) for i in range(n) if all(i in reach[j] for j in reach[i])})


def multiplicities(n, *, more=0):
    """n - rank((A - 1)^2) for uniform weights on each digraph, and its closed classes."""
    for edges in graphs(n):
        degree = [sum((i, j) in edges for j in range(n)) for i in range(n)]
        A = Matrix(n, n, lambda i, j, e=edges, d=degree: Rational(int((i, j) in e), d[i]))
        yield Case(f"edges {sorted(edges)}: multiplicity of 1", n - ((A - eye(n)) ** 2).rank(), classes(n, edges) + more)


claim = partial(Claim.of, source=HERE)


FAMILY = (
    Entry(
        claim(
            "softmax_recovered_krause_of_equal_query_norms",
            "With queries of equal norm dense Krause weights are softmax weights.",
            ForEach.of(r"-\tfrac12 |q - k_j|^2 - q \cdot k_j = \mathrm{const}", equal_query_norms, first=2),
            "sigma^2 = sqrt(d), scaled to 1; one query (1, 0), keys (0, 0), (1, 0), ...",
        ),
        (Counterexample(at=2), Control("three keys", ForEach.of("3", equal_query_norms, first=3))),
    ),
    Entry(
        claim(
            "softmax_recovered_krause_of_equal_key_norms",
            "With keys of equal norm dense Krause weights are softmax weights.",
            ForEach.of(r"-\tfrac12 |q - k_j|^2 - q \cdot k_j = \mathrm{const}", equal_key_norms, first=2, costly_from=7),
            "sigma^2 = sqrt(d), scaled to 1; one query (1, 0) and keys of norm 5 in the cases",
        ),
        (
            Derived.of(
                Identity.of(-((q - k_) ** 2) / 2, q * k_ - q**2 / 2 - k_**2 / 2, note="one coordinate"),
                Hand("|q|^2 is common to a row, and so is |k|^2 if it is equal for all keys; common summands cancel in softmax"),
            ),
            Certified(5),
            Control("keys 0, 1, ...", ForEach.of("0, 1", equal_query_norms, first=2)),
        ),
    ),
    Entry(
        claim(
            "weights_invariant_under_joint_rotation_krause",
            "(q, k) to (q R, k R) leaves a unchanged.",
            ForEach.of(r"|q R - k R|^2 = |q - k|^2", reflected, first=1, index="d", costly_from=5),
            "R orthogonal; reflections in any vector, of which all such R are made, in the cases, in symbols",
        ),
        (
            Derived.of(
                Identity.of(
                    y - 2 * k_ * x + k_**2 * co,
                    y,
                    given={k_: 2 * x / co},
                    note="|v - t u|^2 for v = q - k and t = 2 (u.v)/(u.u), with t = k, x = u.v, co = u.u, y = v.v",
                ),
                Hand("every orthogonal R is a product of at most d reflections, and weights are functions of |q - k|^2"),
            ),
            Certified(3),
            Control("half way to the mirror image", ForEach.of("1", lambda d: reflected(d, times=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "reversible_chain_krause_of_symmetric_window",
            "D_i a_ij = D_j a_ji, D_i the normaliser of row i.",
            ForEach.of(r"D_i a_{ij} = D_j a_{ji}", balanced, first=2, costly_from=6),
            "tied, line windows or all keys, no choice of nearest keys",
        ),
        (
            Derived.of(
                Identity.of((x - y) ** 2, x**2 + y**2 - 2 * x * y, note="a squared difference, written symmetrically"),
                Hand("D_i a_ij is the affinity s_ij if j is in the window of i, else 0; both are symmetric in i, j"),
            ),
            Certified(4),
            Control("D_i^2", ForEach.of("2", lambda n: balanced(n, power=2), first=3)),
        ),
    ),
    Entry(
        claim(
            "order_preserved_hk",
            "The HK model keeps the order of agents.",
            ForEach.of(r"x_i \leq x_j \Rightarrow x_i' \leq x_j'", ordered, first=2, costly_from=4),
            "d = 1, epsilon = 1; starts on a grid of step 1/2, five steps",
        ),
        (
            Derived.of(
                Identity.of(
                    (x * q + y * k_) / (x + y) - k_,
                    x * (q - k_) / (x + y),
                    note="x agents of mean q more beside y of mean k: the mean moves towards q",
                ),
                Hand("for x_i <= x_j, what only i reads is below all that j reads, and what only j reads above all that i reads"),
            ),
            Certified(3),
            Control("strictly", ForEach.of(">", lambda n: ordered(n, strictly=True), first=2)),
        ),
    ),
    Entry(
        claim(
            "limit_gaps_above_epsilon_hk",
            "Distinct limit clusters of the HK model are more than epsilon apart.",
            ForEach.of(r"|L_c - L_{c'}| > \epsilon", limit_gaps, first=1, costly_from=4),
            "d = 1, epsilon = 1; starts on a grid of step 1/2, to the end of the iteration, in the cases",
            uses=("limit_clusters_disjoint_and_invariant_hk",),
        ),
        (
            Derived.of(
                Identity.of(
                    (x * q + y * k_) / (x + y) - q,
                    y * (k_ - q) / (x + y),
                    note="the lowest of the x agents at q that do not read what is below, if they read y of mean k above",
                ),
                Hand("at the end, which is reached, no agent moves: the lowest read nothing above, so the next are not linked"),
                Hand("which then read nothing below, and so on upwards"),
            ),
            Certified(3),
            Control("more than 3 epsilon / 2", ForEach.of("3/2", lambda n: limit_gaps(n, above=Fraction(3, 2)), first=2)),
        ),
    ),
    Entry(
        claim(
            "unit_eigenvalue_multiplicity_eq_closed_class_count",
            "The multiplicity of eigenvalue 1 of A equals its number of closed classes.",
            ForEach.of(r"\dim\ker (A - 1)^2 = \#\mathrm{closed}", multiplicities, first=1, costly_from=4),
            "A row-stochastic; multiplicity as a zero of det(A - z); uniform weights on every digraph in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    Sum(A[j] * (V[j] - x), (j, 1, N)),
                    Sum(A[j] * V[j], (j, 1, N)) - x * Sum(A[j], (j, 1, N)),
                    note="a row of A, of sum 1: where A v = v, the value x = v_i is the mean of those that i leads to",
                ),
                Hand("so v is constant on a closed class, its greatest value spreading along edges, and 0 if 0 on all of them"),
                Hand("the chance to end in a closed class solves A v = v: the kernel of A - 1 has one dimension for each class"),
                Hand("powers of A are bounded, so that 1 has no Jordan block beyond size 1"),
            ),
            Certified(3),
            Control("one more", ForEach.of("+ 1", lambda n: multiplicities(n, more=1), first=1)),
        ),
    ),
)
