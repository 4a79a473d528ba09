"""A hidden layer of m threshold units stores m threshold functions behind ceil(log2 m) code bits.

Says: with f_i = H(u_i.x' + b_i + K (e_i - k)) the readout F = H(sum f_i - 1/2) is f_i' = H(u_i.x' + b_i) where the code bits
c equal code_i; e_i = <c, code_i> is k on a match and at most k - 2 otherwise, and K exceeds every |u_i.x' + b_i|.
Idea: every unit but the selected one is silent, and the readout is the OR of the units.
Edges: a code word that belongs to no unit silences all, so F = 0 there; with threshold 3/2 the readout needs two units.
"""

from itertools import product

from sympy import Abs, Integer, Rational, Symbol

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
    Source,
    threshold_polynomials,
    threshold_tables,
    threshold_unit,
)

p, z, K = (Symbol(name, real=True) for name in ("p", "z", "K"))  # p = u_i.x' + b_i, any real activation
e, r = Symbol("e", positive=True), Symbol("r", nonnegative=True)  # e_i - k = -(2 + r) off the code
N = 1  # ordinary inputs of the networks that are built


def stored(functions, n, *, bias=-1):
    """The layered network over +-1 inputs, for a list of +-1 threshold functions of n inputs (weights doubled at the readout)."""
    k = (len(functions) - 1).bit_length()
    hidden = []
    for i, f in enumerate(functions):
        big = 1 + int(f.poly.norm)
        weights = {f"x{j}": f.poly.coefficients.get((j,), 0) for j in range(n)}
        code = {f"c{j}": big * (2 * (i >> j & 1) - 1) for j in range(k)}
        hidden.append(threshold_unit(f"f{i}", weights | code, f.poly.coefficients.get((), 0) - big * k))
    readout = threshold_unit("F", {unit.name: 2 for unit in hidden}, bias)
    return Network.of([*(f"x{j}" for j in range(n)), *(f"c{j}" for j in range(k))], [*hidden, readout], ["F"])


def faces(m, *, bias=-1):
    """All faces of the code bits for every m-tuple of threshold functions of one input; of two inputs for m <= 2."""
    for n in (N, 2) if m <= 2 else (N,):
        built = set()
        unused = (1 << (m - 1).bit_length()) - m
        for chosen in product(threshold_polynomials(n).items(), repeat=m):
            network = stored([f for _, f in chosen], n, bias=bias)
            table = network.function("pm1").table
            built.add(table)
            got = tuple(table >> (i << n) & (1 << (1 << n)) - 1 for i in range(m + unused))
            yield Case(f"m = {m}, n' = {n}, tables {[t for t, _ in chosen]}", got, tuple(t for t, _ in chosen) + (0,) * unused)
        yield Case(f"m = {m}, n' = {n}: units and layers", (network.threshold_units, network.depth), (m + 1, 2))
        yield Case(f"m = {m}, n' = {n}: functions built", len(built), len(threshold_tables(n)) ** m)


CLAIM = Claim(
    name="hidden_layer_stores_m_functions",
    says="m hidden threshold units and a readout are any m threshold functions, one at each of m code words.",
    statement=ForEach.of(r"F|_{c = \operatorname{code}_i} = f_i'\ (i = 1, \ldots, m)", faces, first=1, index="m", costly_from=4),
    hypotheses=("the codes are distinct", "K exceeds every |u_i.x' + b_i|"),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived.of(
        Identity.of(H(p + K * z), H(p), given={z: Integer(0)}, note="the selected unit, e_i - k = z = 0"),
        Identity.of(H(p - K * (2 + r)), 0, given={K: Abs(p) + e}, note="every other unit"),
        Identity.of(H(H(p) + 0 - Rational(1, 2)), H(p), note="the readout of one live unit and silent ones"),
        Hand("distinct codes in {-1, 1}^k differ in a bit, and then <c, code_i> is at most k - 2"),
        Hand("a function of x' and c with m freely chosen faces has as many forms as there are m-tuples: T(n')^m"),
    ),
    Certified(3),
    Control("a readout of two live units", ForEach.of("F", lambda m: faces(m, bias=-3), first=1, index="m")),
    Control("K not above |p|", Identity.of(H(p - K * 2), 0, given={K: Abs(p) / 4 + e})),
)
