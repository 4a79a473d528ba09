"""A unit gated by k others stores k + 1 threshold functions behind r = ceil(log2(k + 1)) code bits.

Says: with f_i = H(u_i.x' + b_i + K (r - e_i)), i = 0..k, the product f_0 f_1 ... f_k is f_i' = H(u_i.x' + b_i) at code_i and 1 at
a code word of nobody; the same with sgn for H.
Idea: r - e_i is 0 on a match and at least 2 otherwise, so every factor but the selected one is saturated to 1, in both conventions.
Edges: with e_i - r in place of r - e_i the other factors are silent and 0/1 products vanish.
"""

from itertools import product

from sympy import Abs, Integer, Symbol

from workbench import (
    PTF,
    Case,
    Certified,
    Claim,
    Control,
    Cube,
    Derived,
    ForEach,
    H,
    Hand,
    Identity,
    Multilinear,
    Source,
    threshold_polynomials,
)
from workbench.classes import multiplied

p, z, K = (Symbol(name, real=True) for name in ("p", "z", "K"))  # p = u_i.x' + b_i
e, d = Symbol("e", positive=True), Symbol("d", nonnegative=True)  # r - e_i = 2 + d off the code


def sgn(value):
    return 2 * H(value) - 1


def factor(f, i, n, r, *, side=1):
    """The table over +-1 inputs x', c of f' with its code term K (r - e_i); `side=-1` turns the term round."""
    big = side * (1 + f.poly.norm)
    code = [(1 << n + j, -big * (2 * (i >> j & 1) - 1)) for j in range(r)]
    return PTF(Multilinear.from_terms([*f.poly.terms, (0, big * r), *code], Cube(n + r))).table()


def faces(k, *, side=1):
    """All faces for every (k+1)-tuple of threshold functions of one input; of two inputs for k <= 1."""
    r = k.bit_length()
    for n, outputs in product((1, 2) if k <= 1 else (1,), ("01", "pm1")):
        functions, full, built = threshold_polynomials(n), (1 << (1 << n)) - 1, set()
        gates = [{t: factor(f, i, n, r, side=side) for t, f in functions.items()} for i in range(k + 1)]
        for chosen in product(functions, repeat=k + 1):
            table = multiplied([gates[i][t] for i, t in enumerate(chosen)], n + r, outputs=outputs)
            built.add(table)
            got = tuple(table >> (i << n) & full for i in range(1 << r))
            yield Case(f"k = {k}, n' = {n}, outputs {outputs}, tables {chosen}", got, chosen + (full,) * ((1 << r) - k - 1))
        yield Case(f"k = {k}, n' = {n}, outputs {outputs}: functions built", len(built), len(functions) ** (k + 1))


CLAIM = Claim(
    name="k_gates_store_k_plus_one_functions",
    says="A threshold unit gated by k others is any k + 1 threshold functions, one at each of k + 1 code words, both outputs.",
    statement=ForEach.of(
        r"f_0 \cdots f_k|_{c = \operatorname{code}_i} = f_i'\ (i = 0, \ldots, k)", faces, first=0, index="k", costly_from=5
    ),
    hypotheses=("the codes are distinct", "K exceeds every |u_i.x' + b_i|"),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="constructions",
)

EVIDENCE = (
    Derived.of(
        Identity.of(H(p + K * z), H(p), given={z: Integer(0)}, note="the selected factor, r - e_i = z = 0"),
        Identity.of(H(p + K * (2 + d)), 1, given={K: Abs(p) + e}, note="every other factor, 0/1"),
        Identity.of(sgn(p + K * (2 + d)), 1, given={K: Abs(p) + e}, note="every other factor, +-1"),
        Hand("distinct codes in {-1, 1}^r differ in a bit, so e_i = <c, code_i> is r on a match and at most r - 2 otherwise"),
        Hand("a product of ones and one more factor is that factor, and a product of ones is 1"),
    ),
    Certified(4),
    Control("code terms turned round", ForEach.of("F", lambda k: faces(k, side=-1), first=1, index="k")),
    Control("K not above |p|", Identity.of(H(p + K * 2), 1, given={K: Abs(p) / 4 + e})),
)
