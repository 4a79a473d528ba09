"""Evaluation of Hadamard linear attention: linear attention with r^F features, in linear time, of degree p F.

Says: A_ij = prod_f phi_f(q_i).psi_f(k_j) is linear attention whose features are the products of features; its outputs take O(n)
products, causal or not, fewer than those of the quadratic form from n = 2781 on at F = 2, r = d_v = 64.
Idea: a product of sums is a sum over all choices of one term from each; those choices are the features.
Edges: one factor is linear attention itself. The definition is a reconstruction from the abstract.
"""

from itertools import product
from random import Random

from sympy import IndexedBase, Integer, Matrix, Mul, Poly, Sum, Symbol, expand, gcd, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Hand, Identity, Source

a, b, r = symbols("a b r", integer=True, positive=True)
phi, chi, psi, xi, V = (IndexedBase(name) for name in ("phi", "chi", "psi", "xi", "v"))
x, v0, v1, A0, A1 = symbols("x v0 v1 A0 A1", real=True)
z = Symbol("z", positive=True)
ABSTRACT = Source("ackermann2026hadamard", "abstract", read=True)
GIVEN = "A_ij = prod_f phi_f(q_i).psi_f(k_j), our reconstruction"


def drawn(rows, columns, *, seed, low=-9):
    rng = Random(seed)
    return Matrix(rows, columns, lambda _i, _j: Integer(rng.randint(low, 9)))


def no_features(width, *, factors=2):
    """A_ij for one query and key in symbols, minus the dot product of all products of one entry from each feature vector."""
    q, k = ([[Symbol(f"{name}{f}{c}", real=True) for c in range(width)] for f in range(factors)] for name in ("q", "k"))
    similarity = Mul(*(sum(s * u for s, u in zip(q[f], k[f], strict=True)) for f in range(factors)))
    features = sum(Mul(*s) * Mul(*u) for s, u in zip(product(*q), product(*k), strict=True))
    yield Case(f"r = {width}, F = {factors}: A_ij minus Phi.Psi", expand(similarity - features), 0, "!=")


def rational(p, *, factors=2):
    """Numerator and denominator of the output for two keys and the maps (q^p, q + 1, 1), as polynomials in the one entry q."""
    features = Matrix([x**p, x + 1, 1])
    keys = [[Matrix([1, 2 + i + f, 5 - 2 * i - 7 * f]) for f in range(factors)] for i in range(2)]
    similarities = [Mul(*(features.dot(key) for key in token)) for token in keys]
    return Poly(similarities[0] * 1 + similarities[1] * 5, x), Poly(sum(similarities), x)


def degrees(p, *, factors=2):
    """Degrees with this many factors against those with one, in lowest terms."""
    parts, plain = rational(p, factors=factors), rational(p, factors=1)
    yield Case(f"p = {p}: common factor", gcd(*parts).degree(), 0)
    for name, part, one in zip(("numerator", "denominator"), parts, plain, strict=True):
        yield Case(f"p = {p}: degree of the {name}", part.degree(), one.degree(), ">")


def exact_degrees(p, *, least=1):
    for factors in (1, 2, 3):
        for name, part in zip(("numerator", "denominator"), rational(p, factors=factors), strict=True):
            yield Case(f"p = {p}, F = {factors}: degree of the {name}", part.degree(), least * p * factors)


class Counter:
    """Multiplications so far."""

    def __init__(self):
        self.products = 0

    def mul(self, s, u):
        self.products += 1
        return s * u

    def dot(self, s, u):
        return sum(self.mul(p, q) for p, q in zip(s, u, strict=True))


def linear_form(n, q, k, v, *, causal):
    """Outputs of two factors from running sums of psi_1 x psi_2 x v, and the number of multiplications and divisions."""
    count, width = Counter(), q[0].cols
    states = [[Integer(0)] * width**2 for _ in range(2)]
    outputs = []

    def absorb(i):
        features = [count.mul(s, u) for s, u in product(k[0].row(i), k[1].row(i))]
        states[0][:] = [s + count.mul(f, v[i]) for s, f in zip(states[0], features, strict=True)]
        states[1][:] = [s + f for s, f in zip(states[1], features, strict=True)]

    def read(i):
        features = [count.mul(s, u) for s, u in product(q[0].row(i), q[1].row(i))]
        outputs.append(count.mul(count.dot(features, states[0]), 1 / count.dot(features, states[1])))

    for i in range(n):
        absorb(i)
        if causal:
            read(i)
    for i in range(0 if causal else n):
        read(i)
    return outputs, count.products


def linear_time(n, *, per_token=None):
    """Both orders against the definition, and their products per token: r^2 + r^2 for a key, 3 r^2 + 1 for a query."""
    q, k = ([drawn(n, 2, seed=2 * f + side, low=1) for f in range(2)] for side in (0, 1))
    v = [Integer(i * i - 2) for i in range(n)]
    for causal in (False, True):
        outputs, products = linear_form(n, q, k, v, causal=causal)
        yield Case(f"n = {n}, causal {causal}: products", products, (per_token or 5 * 4 + 1) * n)
        for i, output in enumerate(outputs):
            row = {s: Mul(*(q[f].row(i).dot(k[f].row(s)) for f in range(2))) for s in range(i + 1 if causal else n)}
            yield Case(f"n = {n}, causal {causal}, row {i}", output, sum(w * v[s] for s, w in row.items()) / sum(row.values()))


def cheaper(n, *, width=64, values=64):
    """Products of the linear form, contracted at once, against those of the quadratic form, F = 2 (divisions left out)."""
    linear = n * (2 * width**2 + 2 * width**2 * values + width**2)
    quadratic = n * n * (2 * width + 1 + values)
    yield Case(f"n = {n}, r = {width}, dv = {values}: linear against quadratic", linear, quadratic, "<")


def claim(name, says, statement, *hypotheses, source=ABSTRACT):
    return Claim(name, says, statement, hypotheses=(GIVEN, *hypotheses), sources=(source,), topic="mechanisms")


def total(term, index=a):
    return Sum(term, (index, 1, r))


PRODUCTS = Identity.of(
    total(phi[a] * psi[a]) * total(chi[b] * xi[b], b),
    total(total(phi[a] * chi[b] * psi[a] * xi[b], b)),
    note="two factors: the dot product of phi x chi and psi x xi; more factors one by one",
)
COST = Hand(
    "a key costs r^F and r^F dv products, a query r^F (1 + dv) + dv, whatever n is; under a causal mask the sums are read as "
    "they run"
)


FAMILY = (
    Entry(
        claim(
            "rational_degree_above_linear_attention_hla_of_two_factors",
            "Numerator and denominator of the output have no common factor in general, and a higher degree in the query than "
            "for F = 1.",
            ForEach.of(r"\deg_{q} (F = 2) > \deg_{q} (F = 1),\quad \gcd = 1", degrees, first=1, index="p", costly_from=6),
            "polynomial maps of degree p, all coefficients generic, r >= 2; at least two keys of different values",
        ),
        (
            Derived.of(
                Identity.of(
                    v1 * (A0 + A1) - (A0 * v0 + A1 * v1), (v1 - v0) * A0, note="what divides both parts divides A_0, and A_1"
                ),
                Identity.of(
                    (x + 1) ** 2 * (1 - 2 * x) + x**2 * (3 + 2 * x),
                    1,
                    note="x = q^p: A_1 = (q^p + 1)^2 and A_0 = q^{2p} are coprime",
                ),
                Hand(
                    "coprime A_0, A_1 of degree 2 p whose leading forms do not cancel are generic once one example has them, "
                    "and F = 1 has degree p"
                ),
            ),
            Certified(4),
            Control("one factor against one", ForEach.of("p < p", lambda p: degrees(p, factors=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "query_degree_eq_p_times_f_hla",
            "The degree in the query of the numerator and of the denominator is p F.",
            ForEach.of(r"\deg_q = p F", exact_degrees, first=1, index="p", costly_from=6),
            "maps of degree p, generic",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    (A0 * x + v0) * (A1 * x + v1), A0 * A1 * x**2 + (A0 * v1 + A1 * v0) * x + v0 * v1, note="leading terms multiply"
                ),
                Hand(
                    "each factor has degree p with a generic leading form, F of them multiply, and a generic sum over keys "
                    "cancels none"
                ),
            ),
            Certified(4),
            Control("twice that", ForEach.of("2 p F", lambda p: exact_degrees(p, least=2), first=1)),
        ),
    ),
    Entry(
        claim(
            "not_a_linear_attention_hla",
            "No finite feature maps Phi(q), Psi(k) give A_ij = Phi(q_i).Psi(k_j).",
            ForEach.of(r"A_{ij} \neq \Phi(q_i) \cdot \Psi(k_j)", no_features, first=1, index="r"),
            "F = 2; Phi and Psi are tried with the r^2 products of entries of the two features",
        ),
        (
            Counterexample(at=2),
            Control(
                "one factor, in its own features", ForEach.of("F = 1", lambda w: no_features(w, factors=1), first=2, index="r")
            ),
        ),
    ),
    Entry(
        claim(
            "linear_attention_of_product_features_eq_hla",
            "A is linear attention with the r^F products of entries of the features as features.",
            ForAll.of(PRODUCTS),
            "F = 2, any r",
            source=HERE,
        ),
        (
            Derived(),
            Control("features side by side", Identity.of(PRODUCTS.left, total(phi[a] * psi[a]) + total(chi[b] * xi[b], b))),
        ),
    ),
    Entry(
        claim(
            "linear_time_evaluation_exists_hla",
            "All outputs are computed with O(n) multiplications at fixed F, r, d_v, causal or not.",
            ForEach.of(r"\#\mathrm{products} = (5 r^2 + 1)\, n", linear_time, first=1, costly_from=9),
            "F = r = 2, d_v = 1 in the count; positive features",
        ),
        (
            Derived.of(PRODUCTS, COST),
            Certified(5),
            Control("half a product less for a token", ForEach.of("n", lambda n: linear_time(n, per_token=20), first=1)),
        ),
    ),
    Entry(
        claim(
            "linear_form_cheaper_hla_at_1024_tokens",
            "At n = 1024 tokens the linear form needs fewer multiplications than the quadratic form.",
            ForEach.of(r"n (3 r^2 + 2 r^2 d_v) < n^2 (2 r + 1 + d_v)", cheaper, first=1024, last=1024),
            "F = 2, r = d_v = 64; divisions left out",
            source=HERE,
        ),
        (
            Counterexample(at=1024),
            Control("64 tokens", ForEach.of("n = 64", cheaper, first=64)),
        ),
    ),
    Entry(
        claim(
            "linear_form_cheaper_hla_from_2781_tokens",
            "With F = 2, r = d_v = 64 the linear form needs fewer multiplications from n = 2781 on.",
            ForEach.of(r"n (3 r^2 + 2 r^2 d_v) < n^2 (2 r + 1 + d_v)", cheaper, first=2781),
            "F = 2, r = d_v = 64; Kronecker order, divisions left out",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    (2781 + z) ** 2 * 193 - (2781 + z) * (3 * 64**2 + 2 * 64**3), (2781 + z) * (157 + 193 * z), note="n = 2781 + z"
                ),
                Hand("the right side is positive for z >= 0"),
            ),
            Control("2780 tokens", ForEach.of("n = 2780", cheaper, first=2780)),
        ),
    ),
)
