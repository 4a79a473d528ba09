"""Is the capacity of a quadratic threshold unit at most n^3/2 bits?

Says: log2 T_2(n) <= n^3/2 is false at n = 1, where T_2(1) = 4, and true for every n >= 2, with equality at n = 2.
Idea: T_2(n) is at most 2 (C(M,0) + ... + C(M,q)) with M = 2^n - 1 and q = n (n+1)/2, and q! outgrows 4 * 2^(n^2/2). Up to n = 8 the
number 2^(2^n) of all functions is small enough.
Edges: Cov(n, q+1) <= 2^(n q + 1) alone has n^2/2 bits too many; the factorial is needed.
"""

from pathlib import Path

from sympy import Function, Le, Rational, Symbol

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
T = Function("T_2")


def bound(exponent, first):
    return ForEach.relation(
        Le(T(n), 2**exponent, evaluate=False), n, first=first, functions={T: lambda m: threshold_count(m, 2).count}
    )


WRONG = Claim(
    name="quadratic_threshold_capacity_le_half_n_cubed",
    says="A quadratic threshold function of n inputs carries at most n^3/2 bits, for every n >= 1.",
    statement=bound(n**3 / 2, 1),
    sources=(Source("baldi2019polynomial", "the leading term, taken as a bound", read=False),),
    topic="counting",
)
FILE = Path(__file__).parents[1] / "certificates" / f"{WRONG.name}.json"

RIGHT = Claim(
    name="quadratic_threshold_capacity_le_half_n_cubed_of_n_ge_2",
    says="A quadratic threshold function of n inputs carries at most n^3/2 bits, for every n >= 2.",
    statement=bound(n**3 / 2, 2),
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
            Control("half a bit less, where the claim itself holds", bound(n**3 / 2 - Rational(1, 2), 2)),
        ),
    ),
    Entry(
        RIGHT,
        (
            Derived.of(
                Hand("for n = 2..8 there are 2^(2^n) functions in all, and 2^n <= n^3/2, with equality at both ends"),
                Bound.of(
                    (n + 1) * (n + 2),
                    2 * n * (n + 1),
                    where={n: 2},
                    note="so n (n+1) <= 2^n passes from n to n + 1, from 30 <= 32 on",
                ),
                Hand("C(M,0) + ... + C(M,q) <= (N^q/q!) (1 + q/N + (q/N)^2 + ...) <= 2 N^q/q!, N = 2^n >= 2q"),
                Identity.of(2 ** ((n + 1) ** 2 / 2), 2 ** (n**2 / 2) * 2 ** (n + Rational(1, 2)), note="the growth of 2^(n^2/2)"),
                Hand("q! >= 4 * 2^(n^2/2) for n >= 5: 15! > 4 * 2^12.5, and a step adds n + 1 factors above 2"),
                Identity.of(
                    2 ** (n * n * (n + 1) / 2), 2 ** (n**3 / 2) * 2 ** (n**2 / 2), note="so 4 N^q/q! <= N^q/2^(n^2/2) = 2^(n^3/2)"
                ),
            ),
            Certified(4),
            Control("half a bit less", bound(n**3 / 2 - Rational(1, 2), 2)),
            Control("n = 1 included", bound(n**3 / 2, 1)),
        ),
    ),
)
