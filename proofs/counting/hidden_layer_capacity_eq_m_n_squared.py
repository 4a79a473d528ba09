"""One hidden layer of m threshold units, read out by one threshold unit.

Says: T(n-k)^m <= #SM(n,m,1) <= T(n)^m 2^(m min(n,m) + 1) with k = ceil(log2 m) <= n. If log2 m = o(n) and
log2 T(n) = n^2 (1 + o(1)), both sides are m n^2 (1 + o(1)) bits.
Idea: k selector bits leave one hidden unit at a time to itself; the readout sees at most 2^min(n,m) points of R^m.
Edges: k > n leaves no room for the codes. At m = 1 the class is LTF(n), and T(n) is the lower bound.
"""

from itertools import combinations_with_replacement

from sympy import symbols

from workbench import Case, Certified, Claim, Control, Derived, ForEach, Hand, Identity, Source, threshold_count, threshold_tables
from workbench.classes import complements

ell, m = symbols("l m", positive=True)


def layered(n, m):
    """SM(n,m,1); hidden units are taken up to complement, which the readout absorbs."""
    hidden = [t for t in threshold_tables(n) if min(complements(frozenset({t}), n)) > t]
    found = set()
    for units in combinations_with_replacement(hidden, m):
        seen = [sum((u >> k & 1) << i for i, u in enumerate(units)) for k in range(2**n)]
        found |= {sum((readout >> s & 1) << k for k, s in enumerate(seen)) for readout in threshold_tables(m)}
    return found


def cases(n, *, fewer=0, bound=None):
    for m in (1, 2, 3) if n == 2 else (1, 2):
        k = (m - 1).bit_length()
        count, units = len(layered(n, m)), threshold_count(n).count ** m
        yield Case(f"n = {n}, m = {m}: lower", threshold_count(n - k + fewer).count ** m, count, "<=")
        yield Case(f"n = {n}, m = {m}: upper", count, bound(n, m) if bound else units * 2 ** (m * min(n, m) + 1), "<=")


def smaller(n, m):
    return threshold_count(n - 1).count ** m


CLAIM = Claim(
    name="hidden_layer_capacity_eq_m_n_squared",
    says="One hidden layer of m units computes T(n-k)^m to T(n)^m 2^(m min(n,m)+1) functions, k = ceil(log2 m) <= n.",
    statement=ForEach.of(
        r"T(n-k)^m \le \#SM(n,m,1) \le T(n)^m\, 2^{m \min(n,m) + 1}, \quad k = \lceil \log_2 m \rceil \le n",
        cases,
        first=1,
        costly_from=4,
    ),
    hypotheses=("layered: the readout sees the hidden units only", "ceil(log2 m) <= n"),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    uses=("hidden_layer_stores_m_functions", "dichotomies_le_cover_sum", "threshold_count_le_cover"),
    topic="counting",
)

EVIDENCE = (
    Derived.of(
        Hand("the lower bound is hidden_layer_stores_m_functions: m functions of n - k inputs, on faces of k selectors"),
        Hand("given the hidden functions, the readout separates at most 2^l points of R^m with a bias, l = min(n, m)"),
        Identity.of(
            2 * (2**ell) ** m, 2 ** (m * ell + 1), note="the last bound of Cover's sum for 2^l points and m + 1 parameters"
        ),
    ),
    Certified(3),
    Control("T(n-k+1)^m as a lower bound", ForEach.of("n - k + 1", lambda n: cases(n, fewer=1), first=1), upto=2),
    Control("the bits of m units of n - 1 inputs", ForEach.of("T(n-1)^m", lambda n: cases(n, bound=smaller), first=1)),
)
