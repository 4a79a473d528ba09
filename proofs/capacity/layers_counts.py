"""How many functions layers of gated, attended and sharing units compute.

Says: m units with own gates have the m-th power of one unit's functions; m units with one gate T(n-1)^(m+1) to T(n)^(m+1), half of
it for +-1; a readout of m gated pairs, a unit with m attending ones, products of k + 1 gates and SM(n,2,1) are bounded likewise.
Idea: every lower bound stores one threshold function for each unit behind selector bits; every upper bound counts the choices.
Edges: the codes must fit: k = ceil(log2 ...) selectors are taken from the n inputs. READ(2,2) keeps no ordinary input: T(0)^4 = 16.
Leading terms such as 2 m n^2 need log2 T(n) = n^2 (1 + o(1)), cited and not derived, and few enough codes, log2 m = o(n).
"""

from itertools import combinations_with_replacement, product
from math import comb

from sympy import Abs, Heaviside, Rational, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    H,
    Hand,
    Identity,
    threshold_count,
    threshold_tables,
)
from workbench.classes import complements, full_table, output_gating, products_of, shared_gate

p, q, s, K, f, g, sigma, tau = symbols("p q s K f g sigma tau", real=True)
r, e, ell, m, rho = symbols("r e l m rho", positive=True)
d = symbols("d", nonnegative=True)  # a distance between codes, beyond the least one
BOTH = ("01", "pm1")


def sgn(z):
    return 2 * Heaviside(z, 0) - 1


def count(n):
    return threshold_count(n).count


def codes(words):
    """The number of selectors that number so many words."""
    return (words - 1).bit_length()


def readouts(columns, n, m):
    """All threshold functions of m functions out of `columns`, closed under the order of the columns."""
    found = set()
    for units in combinations_with_replacement(sorted(columns), m):
        seen = [sum((u >> k & 1) << i for i, u in enumerate(units)) for k in range(2**n)]
        found |= {sum((readout >> at & 1) << k for k, at in enumerate(seen)) for readout in threshold_tables(m)}
    return found


def of_two(columns, n):
    """All threshold functions of two functions out of `columns`: AND and OR of them and of their complements."""
    either = frozenset(columns) | complements(frozenset(columns), n)
    both = frozenset(a & b for a in either for b in either)
    return both | complements(both, n)


def powers(n, *, m_of=lambda m: m):
    for outputs, m in product(BOTH, (1, 2) if n == 2 else (0, 1, 2, 3)):
        units = product(product(threshold_tables(n), repeat=2), repeat=m)
        single = output_gating(threshold_tables(n), n, outputs=outputs)
        full = full_table(n)
        found = {tuple(a & b if outputs == "01" else a ^ b ^ full for a, b in unit) for unit in units}
        yield Case(f"outputs {outputs}, n = {n}, m = {m}", len(found), len(single) ** m_of(m))


def shared(n, *, selectors=1, share=2):
    for outputs, m in product(BOTH, (1, 2, 3) if n < 3 else (1, 2)):
        found = len(shared_gate(threshold_tables(n), n, m, outputs=outputs))
        yield Case(f"outputs {outputs}, n = {n}, m = {m}: lower", count(n - selectors) ** (m + 1), found, "<=")
        yield Case(
            f"outputs {outputs}, n = {n}, m = {m}: upper", (1 if outputs == "01" else share) * found, count(n) ** (m + 1), "<="
        )


def assigned(n, *, selectors=1):
    """`sizes` are the numbers of units that share each gate; groups are independent."""
    for outputs, sizes in product(BOTH, ((1,), (2,), (1, 1), (2, 1), (2, 2), (3, 1))):
        groups = [shared_gate(threshold_tables(n), n, size, outputs=outputs) for size in sizes]
        found, free = 1, sum(sizes) + len(sizes)
        for group in groups:
            found *= len(group)
        yield Case(f"outputs {outputs}, n = {n}, units by gate {sizes}: lower", count(n - selectors) ** free, found, "<=")
        yield Case(f"outputs {outputs}, n = {n}, units by gate {sizes}: upper", found, count(n) ** free, "<=")


def pairs(n, *, selectors=1):
    for outputs, m in product(BOTH, ((1,), (1, 2), (2,))[n - 1]):
        gated = output_gating(threshold_tables(n), n, outputs=outputs)
        found = len(readouts(gated, n, m) if n < 3 else of_two(gated, n))
        stored = count(n - codes(m) - selectors) ** (2 * m)
        yield Case(f"outputs {outputs}, n = {n}, m = {m}: lower", stored, found, "<=")
        yield Case(f"outputs {outputs}, n = {n}, m = {m}: upper", found, count(n) ** (2 * m) * 2 ** (m * min(n, m) + 1), "<=")


def attending(n, *, fewer=0):
    for m in range(3 if n == 2 else 2):
        full, found = full_table(n), set()
        for phi, gates in product(threshold_tables(n + m), combinations_with_replacement(sorted(threshold_tables(n)), m)):
            seen = [k | sum((g >> k & 1) << n + i for i, g in enumerate(gates)) for k in range(2**n)]
            found.add(sum((phi >> at & 1) << k for k, at in enumerate(seen)))
            if len(found) > full:
                break
        cover = 2 * sum(comb(2**n - 1, k) for k in range(n + m + 1))
        yield Case(f"n = {n}, m = {m}: lower", count(n - codes(m + 1) + fewer) ** (m + 1), len(found), "<=")
        yield Case(f"n = {n}, m = {m}: upper", len(found), count(n) ** m * cover, "<=")


def factors(n, *, fewer=0):
    for outputs, k in product(BOTH, range(min(2**n, 4))):
        found = len(products_of(threshold_tables(n), n, k + 1, outputs=outputs))
        yield Case(f"outputs {outputs}, n = {n}, k = {k}: lower", count(n - codes(k + 1) + fewer) ** (k + 1), found, "<=")
        yield Case(f"outputs {outputs}, n = {n}, k = {k}: upper", found, count(n) ** (k + 1), "<=")


def two_hidden(n, *, either=True, selectors=1):
    found, gates = readouts(threshold_tables(n), n, 2), threshold_tables(n)
    both = output_gating(gates, n, outputs="01")
    yield Case(f"n = {n}: functions", found, both | (complements(both, n) if either else frozenset()))
    yield Case(f"n = {n}: lower", count(n - selectors) ** 2, len(found), "<=")
    yield Case(f"n = {n}: upper", len(found), count(n) * (count(n) + 1), "<=")


def entry(name, says, latex, cases, near, evidence, *uses, first=1, upto=3, hypotheses=()):
    claim = Claim(name, says, ForEach.of(latex, cases, first=first, costly_from=upto + 1), hypotheses, (HERE,), uses, "capacity")
    return Entry(claim, (evidence, Certified(upto), Control(near[0], ForEach.of(near[0], near[1], first=first), upto=upto)))


SIGNS = {sigma: "sign", tau: "sign"}
STORE = {"where": {s: "bit"}, "given": {K: Abs(p) + Abs(q) + e}}
SELECTED = (
    Identity.of(
        H(p + K * s) * H(q + K * (1 - s)), (1 - s) * H(p) + s * H(q), **STORE, note="0/1 outputs: unit i alone, or its gate alone"
    ),
    Identity.of(sgn(p + K * s) * sgn(q + K * (1 - s)), (1 - s) * sgn(p) + s * sgn(q), **STORE, note="+-1 outputs"),
)
NEGATED = Identity.of(sgn(-sigma * r), -sgn(sigma * r), where={sigma: "sign"}, note="the negation of a gate is a gate")
READS = Identity.of(2 * (2**ell) ** m, 2 ** (m * ell + 1), note="Cover's sum for the 2^l points that a readout of m units sees")

FAMILY = (
    entry(
        "gated_layer_count_eq_mth_power",
        "A layer of m gated units with a gate each computes the m-th power of the number of functions of one gated unit.",
        r"\#\{(f_0 g_0, \ldots, f_{m-1} g_{m-1})\} = (\#\{f g\})^m",
        powers,
        ("one unit fewer", lambda n: powers(n, m_of=lambda m: max(m - 1, 0))),
        Derived.of(
            Hand("units and gates have separate parameters, so the vectors of functions are all of a product of m equal sets")
        ),
        first=0,
        upto=2,
    ),
    entry(
        "shared_gate_count_bounds",
        "A layer of m units with one common gate computes T(n-1)^(m+1) to T(n)^(m+1) vectors, half of that at most for +-1.",
        r"T(n-1)^{m+1} \le \#SHARED(n,m;G) \le T(n)^{m+1},\ \le \frac{1}{2} T(n)^{m+1} \text{ for } G = \pm 1",
        shared,
        ("no selector", lambda n: shared(n, selectors=0)),
        Derived.of(
            *SELECTED,
            Identity.of(sgn(-sigma * r) * sgn(-tau * rho), sgn(sigma * r) * sgn(tau * rho), where=SIGNS, note="(-f)(-g) = f g"),
            Hand("m + 1 functions of n - 1 inputs are read off the two faces; above, m + 1 functions are chosen, for +-1 in pairs"),
        ),
        "shared_gate_stores_m_plus_one_functions",
    ),
    entry(
        "assigned_gates_count_bounds",
        "With a fixed assignment of k gates, a layer of m units, each gate used, computes T(n-1)^(m+k) to T(n)^(m+k) vectors.",
        r"T(n-1)^{m+k} \le \# \le T(n)^{m+k}",
        assigned,
        ("no selector", lambda n: assigned(n, selectors=0)),
        Derived.of(
            *SELECTED,
            Hand("the selector shows all m units on one face and each of the k gates, through a unit of its own, on the other"),
        ),
        "shared_gate_stores_m_plus_one_functions",
        upto=2,
    ),
    entry(
        "gated_pairs_readout_count_bounds",
        "A readout of m gated pairs computes T(n-k-1)^(2m) to T(n)^(2m) 2^(m min(n,m)+1) functions, k = ceil(log2 m) < n.",
        r"T(n-k-1)^{2m} \le \#READ(n,m;G) \le T(n)^{2m}\, 2^{m \min(n,m) + 1},\quad k = \lceil \log_2 m \rceil \le n - 1",
        pairs,
        ("one selector fewer", lambda n: pairs(n, selectors=0)),
        Derived.of(
            *SELECTED,
            READS,
            Hand("gated_pairs_store_2m_functions gives the lower bound"),
            Hand("above, 2m gates are chosen, and the readout separates at most 2^l points of R^m, l = min(n, m)"),
        ),
        "gated_pairs_store_2m_functions",
        "hidden_layer_capacity_eq_m_n_squared",
    ),
    entry(
        "attending_layer_count_bounds",
        "A unit with m attending units computes T(n-k)^(m+1) to T(n)^m Cov(n, n+m+1) functions, k = ceil(log2(m+1)) <= n.",
        r"T(n-k)^{m+1} \le \#ATT(n,m) \le T(n)^m \operatorname{Cov}(n, n+m+1),\quad k = \lceil \log_2(m+1) \rceil \le n",
        attending,
        ("one selector fewer", lambda n: attending(n, fewer=1)),
        Derived.of(
            Identity.of(
                H(p - K * (1 + d) + (K * (1 + d) + K) * H(q)),
                H(q),
                given={K: Abs(p) + e},
                note="at a code, the attending unit shows",
            ),
            Hand("attending_units_store_m_plus_one_functions gives the lower bound"),
            Hand("above, m attending units are chosen, and the attended one has n + m + 1 parameters"),
        ),
        "attending_units_store_m_plus_one_functions",
        "capacity_le_n_bits_per_parameter",
    ),
    entry(
        "k_gates_capacity_eq_k_plus_one_n_squared",
        "There are T(n-r)^(k+1) to T(n)^(k+1) products of k + 1 threshold units, r = ceil(log2(k+1)) <= n, 0/1 or +-1.",
        r"T(n-r)^{k+1} \le \#\{f g_1 \cdots g_k\} \le T(n)^{k+1},\quad r = \lceil \log_2(k+1) \rceil \le n",
        factors,
        ("one selector fewer", lambda n: factors(n, fewer=1)),
        Derived.of(
            Identity.of(H(p + K * (2 + d)), 1, given={K: Abs(p) + e}, note="any other factor is 1, 0/1"),
            Identity.of(sgn(p + K * (2 + d)), 1, given={K: Abs(p) + e}, note="and +-1"),
            Hand("k_gates_store_k_plus_one_functions gives the lower bound; above, k + 1 functions are chosen"),
        ),
        "k_gates_store_k_plus_one_functions",
    ),
    entry(
        "sm_n_2_1_eq_and_union_or",
        "Two hidden threshold units and a threshold readout compute AND(n) and OR(n): T(n-1)^2 to T(n)(T(n)+1) functions.",
        r"SM(n,2,1) = AND(n) \cup OR(n),\ T(n-1)^2 \le \# \le T(n)(T(n)+1)",
        two_hidden,
        ("AND(n) alone", lambda n: two_hidden(n, either=False)),
        Derived.of(
            Identity.of(H(f + g - Rational(3, 2)), f * g, where={f: "bit", g: "bit"}, note="AND as a readout"),
            Identity.of(H(f + g - Rational(1, 2)), 1 - (1 - f) * (1 - g), where={f: "bit", g: "bit"}, note="OR as a readout"),
            NEGATED,
            Hand("the 14 threshold functions of two bits are the constants, the literals, and AND or OR of literals"),
        ),
        "output_gating_count_lower_bound",
        "output_gating_count_upper_bound",
    ),
)
