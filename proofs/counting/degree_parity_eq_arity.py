"""Parity of n inputs has threshold degree n.

Says: no polynomial of degree less than n has the sign of parity on the cube of n inputs, and x_0 ... x_(n-1) has, up to its sign.
Idea: parity is orthogonal to every polynomial of smaller degree; but p chi is positive everywhere if p has the sign of chi.
Edges: the two parities are the only such functions (`ptf_degree_n_minus_1_count_eq_all_but_two`); with one input left out, one
degree less suffices.
"""

from sympy import Abs, Heaviside, symbols

from workbench import (
    BooleanFunction,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    ForEach,
    Hand,
    Identity,
    Source,
    threshold_tables,
)

x, a, b, p = symbols("x a b p", real=True)


def parity(n):
    return BooleanFunction.from_rule(lambda *bits: sum(bits) % 2, n=n).table


def degree(table, n):
    """The least degree in which the table is certified to be a threshold function."""
    return next(d for d in range(n + 1) if table in threshold_tables(n, d))


def cases(n, *, less=0):
    yield Case(f"n = {n}: threshold degree", degree(parity(n), n), n - less)
    yield Case(f"n = {n}: monomials that represent it", tuple(BooleanFunction(n, parity(n)).walsh.coefficients), (tuple(range(n)),))


def without_last(n):
    yield Case(f"n = {n}", degree(parity(n - 1) | parity(n - 1) << 2 ** (n - 1), n), n)


CLAIM = Claim(
    name="degree_parity_eq_arity",
    says="The threshold degree of parity on n inputs is n.",
    statement=ForEach.of(r"\deg_{\pm}(x_0 \oplus \cdots \oplus x_{n-1}) = n", cases, first=1, costly_from=4),
    hypotheses=("sign representation is strict: the polynomial vanishes nowhere on the cube",),
    sources=(
        Source("minsky1969perceptrons", "parity has order n", read=False),
        Source("workbench2026", "derived in this file", read=True),
    ),
    topic="counting",
)

EVIDENCE = (
    Derived.of(
        Identity.of(
            x * (a + b * x), b + a * x, where={x: "sign"}, note="averaged over x = 1, -1, the product x p leaves the coefficient b"
        ),
        Hand("b has a degree one less; n averages of chi p, chi = x_0 ... x_(n-1), leave the coefficient of chi: 0 if deg p < n"),
        Identity.of((2 * Heaviside(p, 0) - 1) * p, Abs(p), note="if chi = +-sgn(p), then chi p = +-|p|"),
        Hand("|p| is positive at every point, so its average is not 0: a contradiction; and chi itself has degree n"),
    ),
    Certified(3, full=4),
    Control("degree n - 1", ForEach.of("n - 1", lambda n: cases(n, less=1), first=1), upto=3),
    Control("parity of all inputs but one", ForEach.of("n - 1 inputs", without_last, first=2), upto=3),
)
