"""Quadratic activations from gating: which quadratic parts, how many parameters, how many functions.

Says: a +-1 product of two threshold units has a quadratic part of symmetrised rank at most 2; one synapse gated by a linear unit
has only the n - 1 monomials x_j x_i; all synapses gated by linear units give every quadratic threshold function; and every row
of threshold units stores at most n bits per parameter.
Idea: sgn(s_1) sgn(s_2) = sgn(s_1 s_2), and u v^T + v u^T has rank at most 2.
Edges: two +-1 pairs under a threshold readout compute parity of three inputs, which is no quadratic gate.
"""

from itertools import islice, permutations, product
from math import comb, prod

from sympy import symbols
from sympy.combinatorics import Permutation

from workbench import (
    PTF,
    BooleanFunction,
    Bound,
    Case,
    Certified,
    Cited,
    Claim,
    Control,
    Cube,
    Derived,
    Entry,
    ForAll,
    ForEach,
    H,
    Hand,
    Identity,
    Multilinear,
    Prose,
    Source,
    threshold_polynomials,
    threshold_tables,
)
from workbench.classes import output_gating

OURS = (Source("workbench2026", "derived in this file", read=True),)
LITERATURE = Source("baldi2019polynomial", "main theorem", read=False)
ABSTRACT = Source("baldi2023quarks", "abstract", read=True)
N, P = symbols("n P", integer=True)
a, b, c, d, p, q, r, s, v, w, x, y, K, L = symbols("a b c d p q r s v w x y K L", real=True)
M, Q = symbols("M Q", positive=True)
SIGNS, NONZERO = {a: "sign", b: "sign"}, {p: a * M, q: b * Q}
U, V = symbols("u1:7", real=True), symbols("v1:7", real=True)  # rows 1, 2, 3 and columns 4, 5, 6 of u v^T + v u^T


def sgn(value):
    return 2 * H(value) - 1


def minor(size):
    """The determinant of any `size` rows and columns of u v^T + v u^T, as the unexpanded sum over permutations."""
    total = 0
    for sigma in permutations(range(size)):
        entries = [U[i] * V[3 + j] + V[i] * U[3 + j] for i, j in enumerate(sigma)]
        total += Permutation(list(sigma)).signature() * prod(entries[1:], start=entries[0])
    return total


def quadratic_part(polynomial):
    return {m for m in polynomial.coefficients if len(m) == 2}


def one_synapse(n, *, faces=2):
    """All pairs of threshold functions of n - 1 inputs as the two faces of x_{n-1} under p_0 + x_{n-1} (p_1 - p_0)."""
    built, last = set(), 1 << (n - 1)
    for (t0, f0), (t1, f1) in product(threshold_polynomials(n - 1).items(), repeat=2):
        low, high = f0.poly.on("01").terms, f1.poly.on("01").terms
        terms = [*low, *((m | last, k) for m, k in high), *((m | last, -k) for m, k in low)]
        polynomial = Multilinear.from_terms(terms, Cube(n, "01"))
        table = PTF(polynomial).table()
        built.add(table)
        yield Case(f"n = {n}, faces {t0:#x}, {t1:#x}", table, t0 | t1 << (1 << (n - 1)))
        others = {m for m in quadratic_part(polynomial) if n - 1 not in m}
        yield Case(f"n = {n}, monomials without x_{n - 1}", len(others), 0)
    yield Case(f"n = {n}, functions", len(built), len(threshold_tables(n - 1)) ** faces)


def all_synapses(n, *, skipped=0):
    """Every quadratic threshold function as sum_j x_j (v_j.x + c_j) + b with the matrix v lower triangular, on bits."""
    for table, f in threshold_polynomials(n, 2).items():
        u = f.poly.on("01").coefficients
        rows = [(u.get((j,), 0), [u.get((i, j), 0) for i in range(j)]) for j in range(skipped, n)]
        got = 0
        for k, z in enumerate(Cube(n, "01").points()):
            gates = (c_j + sum(v * z[i] for i, v in enumerate(row)) for c_j, row in rows)
            activation = u.get((), 0) + sum(x_j * g for x_j, g in zip(z[skipped:], gates, strict=True))
            got |= (activation > 0) << k
        yield Case(f"n = {n}, table {table:#x}", got, table)
    yield Case(f"n = {n}, parameters", n * (n + 1) + 1, n * n + n + 1)


def linear_pairs(n, *, size=1):
    """For k = 2 and all s_0 t_0, L of n inputs: H(s_0 t_0 + K c L) is sgn(s_0) sgn(t_0) on c = 0 and H(L) on c = 1."""
    gates = [(t, f.poly.on("01")) for t, f in threshold_polynomials(n).items()]
    cube, built, sample = Cube(n + 1, "01"), set(), None if n < 2 else 7
    for (_, one), (_, two), (_, line) in islice(product(gates, repeat=3), 0, None, sample):
        lift = [Multilinear.from_terms(list(form.terms), cube) for form in (one, two, line)]
        K_c = Multilinear.from_terms([(1 << n, size * (1 + one.norm * two.norm))], cube)
        function = PTF(lift[0] * lift[1] + K_c * lift[2]).function
        signs = [g > 0 for g in (lift[0] * lift[1]).values()][: 1 << n]
        want = sum(1 << k for k, bit in enumerate(signs) if bit), PTF(line).table()
        built.add(function.table)
        yield Case(f"n' = {n}, forms {one}, {two}, {line}", (function.restrict(n, 0).table, function.restrict(n, 1).table), want)
    if sample is None:
        number = len(output_gating(threshold_tables(n), n, outputs="pm1")) * len(threshold_tables(n))
        yield Case(f"n' = {n}, functions", len(built), number)


def cov(n, parameters):
    return 2 * sum(comb(2**n - 1, k) for k in range(parameters))


def bits(n, *, spared=0):
    rows = {"full quadratic gate": ([1 + n + comb(n, 2)]), "+-1 pair": [n + 1] * 2, "one gated synapse": [n] * 2}
    rows |= {f"{k} pairs with a readout": [*[n + 1] * (2 * k), k + 1] for k in (2, 3)}
    for name, units in rows.items():
        yield Case(f"n = {n}, {name}", prod(cov(n, u) for u in units), 2 ** (n * (sum(units) - spared)), "<=")


def two_pairs():
    """Parity of three inputs as H(f_0 g_0 + f_1 g_1 - 1): the AND of two members of PM(3)."""
    parity = BooleanFunction.from_rule(lambda *z: sum(z) % 2, n=3).table
    found = output_gating(threshold_tables(3), 3, outputs="pm1")
    yield Case("parity of 3 inputs as an AND of two pairs", int(any(f & g == parity for f in found for g in found)), 1)
    yield Case("parity of 3 inputs and PTF_2(3)", parity, threshold_tables(3, 2), "not in")


def claim(name, says, statement, uses=(), sources=OURS):
    return Claim(name, says, statement, sources=sources, uses=uses, topic="quadratic")


MASTER, REAL = "capacity_le_n_bits_per_parameter", "capacity_le_n_bits_per_parameter_of_real_gates"
BITS = ForEach.of(r"\prod_u \operatorname{Cov}(n,p_u) \le 2^{n \sum_u p_u}", bits, first=1, costly_from=13)
FAMILY = (
    Entry(
        claim(
            "sparse_quadratic_activation_from_gating",
            "Gating efficiently allows sparse quadratic activations.",
            Prose(r"\text{gating allows sparse quadratic activation functions}"),
            sources=(ABSTRACT,),
        ),
        (Cited(ABSTRACT),),
    ),
    Entry(
        claim(
            "full_quadratic_capacity_eq_half_n_cubed",
            "A full quadratic gate has capacity n^3/2 to leading order.",
            Prose(r"\log_2 T_2(n) = \frac{n^3}{2} (1 + o(1))"),
        ),
        (Cited(LITERATURE),),
    ),
    Entry(
        claim(
            "pm1_gating_quadratic_rank_le_two",
            "A +-1 product of two units is a quadratic gate of symmetrised rank <= 2.",
            ForAll.of(
                Identity.of(minor(3), 0, note="any three rows and columns of u v^T + v u^T"),
                Identity.of(sgn(p) * sgn(q), sgn(p * q), where=SIGNS, given=NONZERO, note="p, q not 0"),
            ),
        ),
        (Derived(), Control("rank 1", Identity.of(minor(2), 0)), Control("sums", Identity.of(sgn(p) + sgn(q), sgn(p + q)))),
    ),
    Entry(
        claim(
            "linear_gated_synapse_has_n_minus_1_monomials",
            "One synapse gated by a linear unit has the monomials x_j x_i only.",
            ForEach.of(
                r"p_0(x') + x_j (p_1(x') - p_0(x')),\ \#\operatorname{LIN}(n) = T(n-1)^2", one_synapse, first=1, costly_from=4
            ),
        ),
        (
            Derived.of(
                Identity.of(s + (v * r + w * x + c) * x, s + c * x + w * x + v * r * x, where={x: "bit"}, note="w x_j^2 = w x_j"),
                Identity.of(p + x * (q - p), (1 - x) * p + x * q, note="the two faces are independent affine forms"),
                Hand("n coefficients of p_0 and n of p_1 - p_0 are 2n parameters, and x_j x_i, i != j, are the n - 1 monomials"),
            ),
            Certified(3),
            Control("T(n-1)^3", ForEach.of("LIN", lambda n: one_synapse(n, faces=3), first=1)),
            Control("x_j^2 = 1 on bits", Identity.of(s + (w * x + c) * x, s + c * x + w, where={x: "bit"})),
        ),
    ),
    Entry(
        claim(
            "all_synapses_linearly_gated_eq_full_quadratic",
            "Synapses all gated by linear units give every quadratic gate.",
            ForEach.of(
                r"\{H(\sum_j x_j (v_j \cdot x + c_j) + b)\} = \operatorname{PTF}_2(n)", all_synapses, first=1, costly_from=4
            ),
        ),
        (
            Derived.of(
                Identity.of(x * (v * y + c) + y * (w * x + d), (v + w) * x * y + c * x + d * y, note="only v + w matters"),
                Hand("the activation is a polynomial of degree 2, and each one arises from a triangular matrix v"),
            ),
            Certified(3),
            Control("one synapse missing", ForEach.of("PTF_2", lambda n: all_synapses(n, skipped=1), first=1)),
            Control("products counted once", Identity.of(x * (v * y + c) + y * (w * x + d), v * x * y + c * x + d * y)),
        ),
    ),
    Entry(
        claim(
            "k_threshold_pairs_capacity_eq_2kn_squared",
            "k +-1 pairs under a readout have capacity 2kn^2 to leading order.",
            Prose(r"C(\operatorname{READ}(n,k;\pm 1)) = 2kn^2(1+o(1)),\ \log_2 k = o(n)"),
        ),
        (),
    ),
    Entry(
        claim(
            "k_threshold_pairs_not_quadratic_of_two_pairs",
            "Two +-1 pairs under a threshold readout are no quadratic gate.",
            ForEach.once(r"\operatorname{READ}(3,2;\pm 1) \not\subset \operatorname{PTF}_2(3)", two_pairs),
        ),
        (Certified(0), Control("PTF_3", ForEach.once("PTF_3", lambda: [Case("parity", 0x96, threshold_tables(3, 3), "not in")]))),
    ),
    Entry(
        claim(
            "k_linear_pairs_capacity_bracket",
            "k linear pairs in one unit: between (k+1)n^2 and 2kn^2, leading terms.",
            Prose(r"(k+1)n^2(1+o(1)) \le C(H(\sum_{r<k} s_r t_r)) \le 2kn^2(1+o(1))"),
        ),
        (),
    ),
    Entry(
        claim(
            "k_linear_pairs_count_ge_of_two_pairs",
            "Two linear pairs in a unit give #PM(n') T(n') functions or more.",
            ForEach.of(
                r"\#\{H(s_0 t_0 + s_1 t_1)\} \ge \#\operatorname{PM}(n') \cdot T(n')",
                linear_pairs,
                first=1,
                index="n'",
                costly_from=3,
            ),
        ),
        (
            Derived.of(
                Identity.of(H(p + K * M), 1, given={K: abs(p) / M + Q}, note="c = 1 and L = M > 0"),
                Identity.of(H(p - K * M), 0, given={K: abs(p) / M + Q}, note="c = 1 and L = -M < 0"),
                Hand("on c = 0 the second pair K c L vanishes, and sgn(s_0 t_0) is any member of PM(n')"),
            ),
            Certified(2),
            Control("K = 0", ForEach.of("K = 0", lambda n: linear_pairs(n, size=0), first=1, index="n'")),
        ),
    ),
    *(
        Entry(
            claim(name, says, BITS, uses),
            (
                Derived.of(
                    Bound.of(N * (P - 1) + 1, N * P, where={N: 1, P: 1}, note="Cov(n,p) <= 2^(n(p-1)+1)"),
                    Hand("the units of a row multiply such factors, by the claims used"),
                ),
                Certified(6, full=12),
                Control("one parameter less", ForEach.of("bits", lambda n: bits(n, spared=1), first=1)),
                Control("one bit less", Bound.of(N * (P - 1) + 1, N * P - 1, where={N: 1, P: 1})),
            ),
        )
        for name, says, uses in (
            ("bits_per_parameter_le_n_at_every_cost", "Every row stores at most n bits per parameter.", (MASTER, REAL)),
            ("bits_per_parameter_le_n_of_threshold_gates", "Every row of threshold gates has at most n bits each.", (MASTER,)),
        )
    ),
)
