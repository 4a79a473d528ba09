"""m threshold units that share one output gate store m + 1 threshold functions behind one selector bit.

Says: with f_i = H(u_i.x' + b_i + K s) and one g = H(v.x' + c + K (1 - s)), every output F_i = f_i g is f_i' on s = 0, and all
of them are g' on s = 1; the same with sgn for H.
Idea: the selector saturates all attended units at once, so that the common gate shows; on s = 0 it is the gate that is saturated.
Edges: on s = 1 the outputs cannot differ, which is why the gate counts once, and not m times.
"""

from itertools import product

from sympy import Abs, Symbol

from workbench import (
    PTF,
    Case,
    Certified,
    Claim,
    Control,
    Cube,
    Derived,
    ForAll,
    ForEach,
    H,
    Identity,
    Multilinear,
    Source,
    threshold_polynomials,
)
from workbench.classes import multiplied

a, q, K = (Symbol(name, real=True) for name in ("a", "q", "K"))  # a = u_i.x' + b_i of any of the units, q = v.x' + c
e = Symbol("e", positive=True)


def sgn(value):
    return 2 * H(value) - 1


def table(f, n, big, *, rising):
    """The table of f' with its selector: silent on s = 0 and saturating on s = 1 if `rising`, the other way round if not."""
    extra = [(1 << n, big)] if rising else [(0, big), (1 << n, -big)]
    return PTF(Multilinear.from_terms([*f.poly.on("01").terms, *extra], Cube(n + 1, "01"))).table()


def faces(n):
    """The faces of both outputs for m = 2 and all triples of threshold functions of n inputs."""
    functions = threshold_polynomials(n)
    big = 1 + 2 * max(f.poly.on("01").norm for f in functions.values())
    attended = {t: table(f, n, big, rising=True) for t, f in functions.items()}
    gate = {t: table(f, n, big, rising=False) for t, f in functions.items()}
    low = (1 << (1 << n)) - 1
    for outputs in ("01", "pm1"):
        built = set()
        for first, second, g in product(functions, repeat=3):
            pair = tuple(multiplied((attended[f], gate[g]), n + 1, outputs=outputs) for f in (first, second))
            built.add(pair)
            got = tuple((F & low, F >> (1 << n)) for F in pair)
            yield Case(f"n' = {n}, outputs {outputs}, tables {first:#x}, {second:#x}, {g:#x}", got, ((first, g), (second, g)))
        yield Case(f"n' = {n}, outputs {outputs}: pairs built", len(built), len(functions) ** 3)


CLAIM = Claim(
    name="shared_gate_stores_m_plus_one_functions",
    says="m threshold units with one common output gate are any m functions on one face of a selector bit, any one on the other.",
    statement=ForAll.of(
        Identity.of(H(a + K * 0) * H(q + K * (1 - 0)), H(a), given={K: Abs(q) + e}, note="outputs 0/1, s = 0, unit i"),
        Identity.of(H(a + K * 1) * H(q + K * (1 - 1)), H(q), given={K: Abs(a) + e}, note="outputs 0/1, s = 1, unit i"),
        Identity.of(sgn(a + K * 0) * sgn(q + K * (1 - 0)), sgn(a), given={K: Abs(q) + e}, note="outputs +-1, s = 0, unit i"),
        Identity.of(sgn(a + K * 1) * sgn(q + K * (1 - 1)), sgn(q), given={K: Abs(a) + e}, note="outputs +-1, s = 1, unit i"),
    ),
    hypotheses=("for each of the m units i", "K exceeds the absolute activations of all units and of the gate"),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived(),
    Certified(2, of=ForEach.of("(f_1 g, f_2 g) = ((f_1', g'), (f_2', g'))", faces, first=0, index="n'", costly_from=3)),
    Control("a selector that silences the gate", Identity.of(H(a) * H(q - K), H(a), given={K: Abs(q) + e})),
    Control("a selector that leaves the units alone", Identity.of(sgn(a) * sgn(q), sgn(q))),
)
