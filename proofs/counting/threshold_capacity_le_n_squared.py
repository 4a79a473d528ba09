"""Is the capacity of a threshold unit at most n^2 bits?

Says: log2 T(n) <= n^2 is false at n = 1, where T(1) = 4, and true for every n >= 2.
Idea: half of Cov(n, n+1) is C(M,0) + ... + C(M,n) with M = 2^n - 1, which is at most (M+1)^n / 2 from n = 2 on.
Edges: the bound that holds for every n >= 1 is n^2 + 1 (`threshold_count_le_cover`).
"""

from pathlib import Path

from sympy import Function, Le, Symbol, symbols

from workbench import (
    Bound,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Source,
    threshold_count,
)
from workbench.certificate import read

n = Symbol("n", integer=True, positive=True)
T = Function("T")
M = Symbol("M", integer=True, nonnegative=True)
N, q = symbols("N q", positive=True)


def count(m):
    return threshold_count(m).count


def bound(exponent, first):
    return ForEach.relation(Le(T(n), 2**exponent, evaluate=False), n, first=first, functions={T: count})


WRONG = Claim(
    name="threshold_capacity_le_n_squared",
    says="A threshold function of n inputs carries at most n^2 bits, for every n >= 1.",
    statement=bound(n**2, 1),
    sources=(Source("cover1965geometrical", "as often quoted", read=False),),
    topic="counting",
)
FILE = Path(__file__).parents[1] / "certificates" / f"{WRONG.name}.json"

RIGHT = Claim(
    name="threshold_capacity_le_n_squared_of_n_ge_2",
    says="A threshold function of n inputs carries at most n^2 bits, for every n >= 2.",
    statement=bound(n**2, 2),
    hypotheses=("n >= 2",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    uses=("threshold_count_le_cover",),
    topic="counting",
)

FAMILY = (
    Entry(
        WRONG,
        (
            Counterexample(at=1, certificate=read(FILE.read_text(encoding="utf-8"))),
            Control("one bit less still, where the claim itself holds", bound(n**2 - 1, 2), upto=3),
        ),
    ),
    Entry(
        RIGHT,
        (
            Derived.of(
                Bound.of(2 * (1 + M + M * (M - 1) / 2), (M + 1) ** 2, where={M: 1}, note="2 (C(M,0) + C(M,1) + C(M,2)) <= (M+1)^2"),
                Identity.of(N**q / 2 + (N - 1) * N**q / 2, N ** (q + 1) / 2, note="the step from q to q + 1, N = M + 1"),
                Hand("for q >= 2, C(M, q+1) <= M^(q+1)/2 <= M (M+1)^q / 2; so 2 (C(M,0) + ... + C(M,n)) <= (M+1)^n = 2^(n^2)"),
            ),
            Certified(4),
            Control("one bit less", bound(n**2 - 1, 2)),
            Control("n = 1 included", bound(n**2, 1)),
        ),
    ),
)
