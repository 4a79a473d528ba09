"""One output gating of polynomial threshold gates stores two polynomial threshold functions behind one selector bit.

Says: H(P + K s) H(Q + K (1 - s)) is H(P) on s = 0 and H(Q) on s = 1 for polynomials P, Q of degrees >= 1; so with sgn for H.
Idea: nothing in the construction for affine gates uses that they are affine; the selector's own terms K s are linear.
Edges: degree 0 is too small, since the selector term K s has degree 1; at d = 2, n' = 2 the construction fills AND_2(3).
"""

from itertools import product

from sympy import Abs, Symbol

from workbench import (
    PTF,
    BooleanFunction,
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
    threshold_tables,
)
from workbench.classes import multiplied, output_gating

P, Q, K = (Symbol(name, real=True) for name in ("P", "Q", "K"))  # the values of the two polynomials at x'
e = Symbol("e", positive=True)


def sgn(value):
    return 2 * H(value) - 1


def stored(f, g, n, outputs):
    """The product of the two gates as a function of n + 1 bits, the last one the selector."""
    p, q, cube, s = f.poly.on("01"), g.poly.on("01"), Cube(n + 1, "01"), 1 << n
    big = 1 + p.norm + q.norm
    first = PTF(Multilinear.from_terms([*p.terms, (s, big)], cube))
    second = PTF(Multilinear.from_terms([*q.terms, (0, big), (s, -big)], cube))
    assert (first.degree, second.degree) == (max(f.degree, 1), max(g.degree, 1))
    return BooleanFunction(n + 1, multiplied((first.table(), second.table()), n + 1, outputs=outputs))


def faces(n):
    """Both faces for all pairs of degrees 1 and 2, and that all functions lie in the enumerated class of products."""
    for d1, d2, outputs in product((1, 2), (1, 2), ("01", "pm1")):
        built = set()
        for (f_table, f), (g_table, g) in product(threshold_polynomials(n, d1).items(), threshold_polynomials(n, d2).items()):
            function = stored(f, g, n, outputs)
            built.add(function.table)
            label = f"n' = {n}, degrees {d1} and {d2}, outputs {outputs}, f' = {f_table:#x}, g' = {g_table:#x}"
            yield Case(label, (function.restrict(n, 0).table, function.restrict(n, 1).table), (f_table, g_table))
        gates = threshold_tables(n + 1, d1), threshold_tables(n + 1, d2)
        label = f"n' = {n}, degrees {d1} and {d2}, outputs {outputs}"
        yield Case(f"{label}: number", len(built), len(threshold_tables(n, d1)) * len(threshold_tables(n, d2)))
        yield Case(f"{label}: class", frozenset(built), output_gating(gates[0], n + 1, outputs=outputs, other=gates[1]), "subset")


CLAIM = Claim(
    name="gated_polynomials_store_two_functions",
    says="A product of two polynomial threshold gates is any function of one degree on one face, any of the other on the other.",
    statement=ForAll.of(
        Identity.of(H(P + K * 0) * H(Q + K * (1 - 0)), H(P), given={K: Abs(Q) + e}, note="outputs 0/1, s = 0"),
        Identity.of(H(P + K * 1) * H(Q + K * (1 - 1)), H(Q), given={K: Abs(P) + e}, note="outputs 0/1, s = 1"),
        Identity.of(sgn(P + K * 0) * sgn(Q + K * (1 - 0)), sgn(P), given={K: Abs(Q) + e}, note="outputs +-1, s = 0"),
        Identity.of(sgn(P + K * 1) * sgn(Q + K * (1 - 1)), sgn(Q), given={K: Abs(P) + e}, note="outputs +-1, s = 1"),
    ),
    hypotheses=("P and Q are values of polynomials of degrees at least 1", "K exceeds the absolute values of both polynomials"),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived(),
    Certified(2, of=ForEach.of("f g = (f', g')", faces, first=0, index="n'", costly_from=3)),
    Control("a selector that silences the second gate", Identity.of(H(P) * H(Q - K), H(P), given={K: Abs(Q) + e})),
    Control("K too small", Identity.of(sgn(P) * sgn(Q + K), sgn(P), given={K: Abs(Q) / 2 + e})),
)
