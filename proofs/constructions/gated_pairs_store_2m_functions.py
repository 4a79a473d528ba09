"""m output-gated pairs and one threshold readout store 2m threshold functions.

Says: with one more bit t, f_i = H(u_i.x' + b_i + K (e_i - k) + K t) and g_i = H(v_i.x' + c_i + K (e_i - k) + K (1 - t)), the
readout F = H(sum f_i g_i - 1/2) is f_i' at (code_i, t = 0) and g_i' at (code_i, t = 1); with sgn it is H(sum f_i g_i - (m - 1)).
Idea: the code silences all pairs but one, in which t saturates one of the two gates; a silent +-1 pair is (-1)(-1) = 1.
Edges: a code word of nobody gives 0 with 0/1 outputs and 1 with +-1 outputs; the 0/1 readout is wrong for +-1 outputs.
"""

from dataclasses import replace
from itertools import islice, product

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
    output,
    sign_unit,
    threshold_polynomials,
    threshold_tables,
    threshold_unit,
)

p, q, t, M, K = (Symbol(name, real=True) for name in ("p", "q", "t", "M", "K"))  # p and q are the activations without K; M = m - 1
e, r = Symbol("e", positive=True), Symbol("r", nonnegative=True)  # e_i - k = -(2 + r) off the code
SAMPLE = 61  # every 61st of the 4096 tuples for m = 3


def sgn(value):
    return 2 * H(value) - 1


def stored(functions, n, outputs, *, shift=0):
    """The network over +-1 inputs (t among them) for f_0', g_0', f_1', ...; 2 sum f_i g_i against 1, or against 2 (m - 1)."""
    m, make = len(functions) // 2, threshold_unit if outputs == "01" else sign_unit
    k, big, units = (m - 1).bit_length(), 2 * (1 + max(int(f.poly.norm) for f in functions)), []
    for i, f in enumerate(functions):
        side = 1 if i % 2 == 0 else -1  # K t or K (1 - t), with (1 + t)/2 for t
        weights = {f"x{j}": f.poly.coefficients.get((j,), 0) for j in range(n)} | {"t": side * big // 2}
        code = {f"c{j}": big * (2 * (i // 2 >> j & 1) - 1) for j in range(k)}
        units.append(make(f"{'fg'[i % 2]}{i // 2}", weights | code, f.poly.coefficients.get((), 0) - big * k + big // 2))
    units = [replace(u, output_gates=(output(f"g{u.name[1:]}"),)) if u.name[0] == "f" else u for u in units]
    readout = threshold_unit("F", {f"f{i}": 2 for i in range(m)}, (-1 if outputs == "01" else -2 * (m - 1)) + shift)
    return Network.of([*(f"x{j}" for j in range(n)), *(f"c{j}" for j in range(k)), "t"], [*units, readout], ["F"])


def faces(m, *, shift=0):
    """All faces for every 2m-tuple of threshold functions of one input (a sample for m = 3), and of two inputs for m = 1."""
    for n, outputs in product((1, 2) if m == 1 else (1,), ("01", "pm1")):
        k, full, built = (m - 1).bit_length(), (1 << (1 << n)) - 1, set()
        blank = 0 if outputs == "01" else full
        tuples = product(threshold_polynomials(n).items(), repeat=2 * m)
        for chosen in tuples if m < 3 else islice(tuples, 0, None, SAMPLE):
            network = stored([f for _, f in chosen], n, outputs, shift=shift)
            table = network.function("pm1").table
            built.add(table)
            got = tuple(table >> (i % 2 << k << n) >> (i // 2 << n) & full for i in range(2 << k))
            want = tuple(f for f, _ in chosen) + (blank,) * ((2 << k) - 2 * m)
            yield Case(f"m = {m}, n' = {n}, outputs {outputs}, tables {[f for f, _ in chosen]}", got, want)
        yield Case(f"m = {m}, n' = {n}, outputs {outputs}: gatings", network.gatings.output, m)
        if m < 3:
            yield Case(f"m = {m}, n' = {n}, outputs {outputs}: functions built", len(built), len(threshold_tables(n)) ** (2 * m))


CLAIM = Claim(
    name="gated_pairs_store_2m_functions",
    says="m output-gated pairs of threshold units under one readout are any 2m threshold functions, two at each of m code words.",
    statement=ForEach.of(
        r"F|_{c = \operatorname{code}_i, t = 0} = f_i',\ F|_{c = \operatorname{code}_i, t = 1} = g_i'",
        faces,
        first=1,
        index="m",
        costly_from=3,
    ),
    hypotheses=("the codes are distinct", "K exceeds the absolute activation of every gate"),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived.of(
        Identity.of(H(p + K * 0) * H(q + K * (1 - 0)), H(p), given={K: Abs(q) + e}, note="the selected 0/1 pair, t = 0"),
        Identity.of(H(p + K * 1) * H(q + K * (1 - 1)), H(q), given={K: Abs(p) + e}, note="the selected 0/1 pair, t = 1"),
        Identity.of(sgn(p + K * 0) * sgn(q + K * (1 - 0)), sgn(p), given={K: Abs(q) + e}, note="the selected +-1 pair, t = 0"),
        Identity.of(sgn(p + K * 1) * sgn(q + K * (1 - 1)), sgn(q), given={K: Abs(p) + e}, note="the selected +-1 pair, t = 1"),
        Identity.of(H(p - K * (2 + r) + K * t), 0, where={t: "bit"}, given={K: Abs(p) + e}, note="every other 0/1 gate"),
        Identity.of(sgn(p - K * (2 + r) + K * t), -1, where={t: "bit"}, given={K: Abs(p) + e}, note="every other +-1 gate"),
        Identity.of(H(H(p) + M * 0 - Rational(1, 2)), H(p), note="the 0/1 readout of one live pair"),
        Identity.of(H(sgn(p) + M * 1 - M), H(p), note="the +-1 readout of one live pair and m - 1 silent ones"),
        Hand("distinct codes in {-1, 1}^k differ in a bit, so <c, code_i> is k on a match and at most k - 2 otherwise"),
        Hand("at a code word of nobody the sums are 0 and m: the readouts give 0 with 0/1 outputs and 1 with +-1 outputs"),
    ),
    Certified(2, full=3),
    Control("readouts that need one more", ForEach.of("F", lambda m: faces(m, shift=-2), first=1, index="m")),
    Control("the 0/1 readout of +-1 pairs", Identity.of(H(sgn(p) + M - Rational(1, 2)), H(p), given={M: Integer(2)})),
)
