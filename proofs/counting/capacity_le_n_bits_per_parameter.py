"""The master upper bound: a circuit of threshold gates stores at most n bits per parameter, and gates do not change that.

Says: if every unit u of a feedforward circuit of n inputs thresholds a function that is linear in its own p_u parameters, a bias
among them, once earlier outputs are fixed, it computes at most the product of Cov(n, p_u) functions, at most 2^(n P) in all.
Idea: given the functions of the earlier units, a unit sees at most 2^n vectors of features, and Cover counts their dichotomies.
Edges: a product of real-valued units is not linear in the parameters of both; there Warren's bound takes over, and is only cited.
"""

from math import comb, prod

from sympy import E, IndexedBase, Sum, Symbol, symbols

from workbench import (
    HERE,
    Bound,
    Case,
    Certified,
    Cited,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Source,
    threshold_count,
    threshold_tables,
)
from workbench.classes import layered, multiplexing, output_gating, synaptic_gating
from workbench.statement import Prose

n = Symbol("n", integer=True, positive=True)
p, q = symbols("p q", nonnegative=True)
i, last = Symbol("i", integer=True), Symbol("m", integer=True, positive=True)
w, v, x, g = IndexedBase("w"), IndexedBase("v"), IndexedBase("x"), IndexedBase("g")
WARREN = Source("warren1968lower", "the number of sign patterns of polynomials", read=False)


def cover(n, p):
    return 2 * sum(comb(2**n - 1, k) for k in range(p))


def units(n):
    """Each class with its size and the numbers of parameters of its units."""
    gates = threshold_tables(n)
    yield "LTF", len(gates), (n + 1,)
    yield "PTF_2", threshold_count(n, 2).count, (1 + n + comb(n, 2),)
    yield "AND", len(output_gating(gates, n, outputs="01")), (n + 1, n + 1)
    yield "PM", len(output_gating(gates, n, outputs="pm1")), (n + 1, n + 1)
    yield "SM(n,2,1)", len(layered(gates, n)), (n + 1, n + 1, 3)
    above = threshold_tables(n + 1)
    yield "MUX", len(multiplexing(gates, above, n)), (n + 1, n + 2)
    for inputs, outputs in (("01", "01"), ("01", "pm1"), ("pm1", "01"), ("pm1", "pm1")):
        size = len(synaptic_gating(gates, above, n, n - 1, inputs=inputs, outputs=outputs))
        yield f"SYN({inputs}, {outputs})", size, (n + 1, n + 1)


def cases(n, *, counted=None):
    for name, size, parameters in units(n):
        label, own = f"n = {n}, {name}", parameters[:counted]
        exponent = sum(n * (p - 1) + 1 for p in own)
        yield Case(f"{label}: Cover for each unit", size, prod(cover(n, p) for p in own), "<=")
        yield Case(f"{label}: powers of 2", prod(cover(n, p) for p in own), 2**exponent, "<=")
        yield Case(f"{label}: n bits per parameter", exponent, n * sum(own), "<=")


def doubled(n, *, bits=2):
    for outputs in ("01", "pm1"):
        size = len(output_gating(threshold_tables(n), n, outputs=outputs))
        yield Case(f"n = {n}, outputs {outputs}: lower", threshold_count(n - 1).count ** 2, size, "<=")
        yield Case(f"n = {n}, outputs {outputs}: upper", size, 2 ** (2 * n**2 + bits), "<=")


def warren(n):
    """The bound for one gate and for a product of two, with their degree D in all P parameters, P <= 2^n."""
    classes = [("LTF", threshold_count(n).count, 1, n + 1), ("PTF_2", threshold_count(n, 2).count, 1, 1 + n + comb(n, 2))]
    if n <= 3:
        classes.append(("product of two affine forms", len(output_gating(threshold_tables(n), n, outputs="pm1")), 2, 2 * n + 2))
    for name, size, degree, parameters in classes:
        if parameters <= 2**n:
            yield Case(f"n = {n}, {name}", size, (4 * E * degree * 2**n / parameters) ** parameters, "<=")


def without_degree(n):
    yield Case(f"n = {n}, LTF", threshold_count(n).count, 2**n, "<=")


features = Sum((w[i] + v[i]) * g[i] * x[i], (i, 0, last))

FAMILY = (
    Entry(
        Claim(
            name="capacity_le_n_bits_per_parameter",
            says="A feedforward circuit of threshold gates on n inputs, gated or not, stores at most n bits per parameter.",
            statement=ForEach.of(
                r"\# \le \prod_u \operatorname{Cov}(n, p_u) \le 2^{\sum_u (n (p_u - 1) + 1)} \le 2^{n P}",
                cases,
                first=1,
                costly_from=4,
            ),
            hypotheses=(
                "units have finitely many output values; each is linear in its own parameters once earlier outputs are fixed",
                "every unit has a bias, or ties are excluded",
                "certified for LTF, PTF_2, AND, PM, SM(n,2,1), MUX and SYN",
            ),
            sources=(HERE,),
            uses=("dichotomies_le_cover_sum", "threshold_count_le_cover"),
            topic="counting",
        ),
        (
            Derived.of(
                Identity.of(
                    features,
                    Sum(w[i] * g[i] * x[i], (i, 0, last)) + Sum(v[i] * g[i] * x[i], (i, 0, last)),
                    note="gates change the features g_i x_i, and the activation stays linear in the weights",
                ),
                Hand("order the units; given the functions of the earlier ones, u has at most 2^n vectors of features in R^(p_u)"),
                Hand("so it has at most Cov(n, p_u) functions, and the numbers multiply along the order"),
                Identity.of(2 ** (n * (p - 1) + 1) * 2 ** (n * (q - 1) + 1), 2 ** (n * (p + q - 2) + 2), note="exponents add up"),
                Bound.of(n * (p - 1) + 1, n * p, where={n: 1}, note="each unit has at most n p_u bits"),
            ),
            Certified(3),
            Control("the gate's parameters left out", ForEach.of("first unit", lambda n: cases(n, counted=1), first=1), upto=3),
        ),
    ),
    Entry(
        Claim(
            name="doubling_parameters_at_most_doubles_capacity",
            says="Gating a threshold unit by another stores at least 2 log2 T(n-1) and at most 2 n^2 + 2 bits.",
            statement=ForEach.of(r"T(n-1)^2 \le \#\{f g\} \le 2^{2 n^2 + 2}", doubled, first=1),
            hypotheses=("both output conventions; f and g are threshold units of the same n inputs",),
            sources=(Source("baldi2023quarks", "abstract: a maximal doubling of capacity", read=True), HERE),
            uses=("capacity_le_n_bits_per_parameter", "and_gating_stores_two_functions", "pm1_gating_stores_two_functions"),
            topic="counting",
        ),
        (
            Derived.of(
                Identity.of(
                    2 ** (n * (p - 1) + 1) * 2 ** (n * (q - 1) + 1),
                    2 ** (2 * n**2 + 2),
                    given={p: n + 1, q: n + 1},
                    note="two units",
                ),
                Hand("the lower bound is the number of pairs of functions of n - 1 inputs that one selector bit stores"),
            ),
            Certified(4),
            Control("the square of n^2 + 1 without the 2", ForEach.of("one bit", lambda n: doubled(n, bits=-1), first=1)),
        ),
    ),
    Entry(
        Claim(
            name="warren_sign_pattern_bound",
            says="N polynomials of degree at most D in P <= N variables have at most (4 e D N/P)^P strict sign patterns.",
            statement=Prose(r"\#\text{patterns} \le \left(\frac{4 e D N}{P}\right)^P \quad (P \le N)"),
            sources=(WARREN,),
            topic="counting",
        ),
        (Cited(WARREN),),
    ),
    Entry(
        Claim(
            name="capacity_le_n_bits_per_parameter_of_real_gates",
            says="If the activation has degree D in all P <= 2^n parameters, there are at most (4 e D 2^n/P)^P functions.",
            statement=ForEach.of(
                r"\# \le \left(\frac{4 e D\, 2^n}{P}\right)^P,\text{ so } C \le n P \text{ if } P \ge 4 e D", warren, first=1
            ),
            hypotheses=("P <= 2^n", "gates may be real: linear real gates have D = 2"),
            sources=(WARREN, HERE),
            uses=("warren_sign_pattern_bound",),
            topic="counting",
        ),
        (
            Derived.of(Hand("apply Warren's bound to the 2^n activations; if P >= 4eD it is at most (2^n)^P")),
            Certified(3, full=4),
            Control("2^n in place of the power", ForEach.of("2^n", without_degree, first=1)),
        ),
    ),
)
