"""One unit attended by m others stores m + 1 threshold functions behind ceil(log2(m + 1)) code bits.

Says: with g_i = H(v_i.x' + c_i + K (e_i - k)), F = H(u.x' + b - K dist(c, code_0) + sum_i (K dist(code_i, code_0) + K) g_i) is
f' = H(u.x' + b) at code_0 and g_i' = H(v_i.x' + c_i) at code_i, i = 1..m; dist is the Hamming distance.
Idea: at code_i the attended unit starts K d below its own activation, and only g_i, worth K d + K, can lift it above.
Edges: at a code word of nobody F = 0; attention worth K d without the extra K leaves u.x' + b to decide.
"""

from itertools import product

from sympy import Abs, Symbol

from workbench import (
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    ForEach,
    H,
    Hand,
    Identity,
    Network,
    Quark,
    Source,
    output,
    threshold_polynomials,
    threshold_tables,
    threshold_unit,
)

p, q, K = (Symbol(name, real=True) for name in ("p", "q", "K"))  # p = u.x' + b and q = v_i.x' + c_i
e, r = Symbol("e", positive=True), Symbol("r", nonnegative=True)  # distances 1 + r between codes; e_i - k = -(2 + r) off the code
multiplex = Quark("O", "S", "addition")


def bits(i, k):
    return [2 * (i >> j & 1) - 1 for j in range(k)]


def attended(functions, n, *, extra=1):
    """The network over +-1 inputs whose unit F has the first function as its own and attends to units for the others."""
    k, m = (len(functions) - 1).bit_length(), len(functions) - 1
    big = 2 * (1 + max(int(f.poly.norm) for f in functions))
    weights = [{f"x{j}": f.poly.coefficients.get((j,), 0) for j in range(n)} for f in functions]
    bias = [f.poly.coefficients.get((), 0) for f in functions]
    attending = [
        threshold_unit(f"g{i}", weights[i] | {f"c{j}": big * s for j, s in enumerate(bits(i, k))}, bias[i] - big * k)
        for i in range(1, m + 1)
    ]
    own = threshold_unit("F", weights[0] | {f"c{j}": -big // 2 for j in range(k)}, bias[0] - big // 2 * k)
    network = Network.of([*(f"x{j}" for j in range(n)), *(f"c{j}" for j in range(k))], [*attending, own], ["F"])
    for i in range(1, m + 1):
        network = multiplex.apply(network, attending=output(f"g{i}"), attended="F", weight=big * i.bit_count() + extra * big)
    return network


def faces(m, *, extra=1):
    """All faces of the code bits for every (m+1)-tuple of threshold functions of one input; of two inputs for m = 1."""
    for n in (1, 2) if m == 1 else (1,):
        built = set()
        unused = (1 << m.bit_length()) - m - 1
        for chosen in product(threshold_polynomials(n).items(), repeat=m + 1):
            network = attended([f for _, f in chosen], n, extra=extra)
            table = network.function("pm1").table
            built.add(table)
            got = tuple(table >> (i << n) & (1 << (1 << n)) - 1 for i in range(m + 1 + unused))
            yield Case(f"m = {m}, n' = {n}, tables {[t for t, _ in chosen]}", got, tuple(t for t, _ in chosen) + (0,) * unused)
        yield Case(f"m = {m}, n' = {n}: attentions", network.gatings.additive_activation, m)
        yield Case(f"m = {m}, n' = {n}: functions built", len(built), len(threshold_tables(n)) ** (m + 1))


CLAIM = Claim(
    name="attending_units_store_m_plus_one_functions",
    says="A threshold unit attended additively by m others is any m + 1 threshold functions, one at each of m + 1 code words.",
    statement=ForEach.of(
        r"F|_{c = \operatorname{code}_0} = f',\ F|_{c = \operatorname{code}_i} = g_i'\ (i = 1, \ldots, m)",
        faces,
        first=1,
        index="m",
        costly_from=3,
    ),
    hypotheses=("the codes are distinct", "K exceeds the absolute activation of every unit"),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived.of(
        Identity.of(H(q - K * (2 + r)), 0, given={K: Abs(q) + e}, note="an attending unit off its code is silent"),
        Identity.of(H(p - K * (1 + r) + (K * (1 + r) + K) * H(q)), H(q), given={K: Abs(p) + e}, note="at code_i, distance 1 + r"),
        Identity.of(H(p - K * (1 + r) + 0), 0, given={K: Abs(p) + e}, note="at a code word of nobody"),
        Hand("at code_0 the distance is 0 and every g_i is silent, which leaves f'"),
        Hand("<c, code_i> is k on a match and at most k - 2 otherwise; the Hamming distance is affine in c"),
    ),
    Certified(2, full=3),
    Control("attention without the extra K", ForEach.of("F", lambda m: faces(m, extra=0), first=1, index="m")),
    Control("K too small", Identity.of(H(p - K * (1 + r) + (K * (1 + r) + K) * H(q)), H(q), given={K: Abs(p) / 2 + e})),
)
