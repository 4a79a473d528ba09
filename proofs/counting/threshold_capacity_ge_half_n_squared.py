"""The capacity of a threshold unit is at least half of n (n - 1) bits.

Says: log2 T(n) >= n (n-1)/2 for every n >= 1; the derivation gives two bits more.
Idea: T(n+1) >= (2^n + 1) T(n) > 2^n T(n), and the exponents 0 + 1 + ... + (n-1) add up.
Edges: at n = 1 the stronger bound n (n-1)/2 + 2 is attained; n (n-1)/2 + 3 fails there.
"""

from sympy import Function, Ge, Symbol

from workbench import Bound, Certified, Claim, Control, Derived, ForEach, Hand, Identity, Source, threshold_count

n = Symbol("n", integer=True, nonnegative=True)
T = Function("T")


def bound(extra):
    relation = Ge(T(n), 2 ** (n * (n - 1) / 2 + extra), evaluate=False)
    return ForEach.relation(relation, n, first=1, functions={T: lambda m: threshold_count(m).count})


CLAIM = Claim(
    name="threshold_capacity_ge_half_n_squared",
    says="A threshold function of n inputs carries at least n(n-1)/2 bits, for every n >= 1.",
    statement=bound(0),
    sources=(Source("muroga1971threshold", "the bound usually credited to it", read=False),),
    uses=("threshold_count_recursion",),
    topic="counting",
)

EVIDENCE = (
    Derived.of(
        Bound.of(2**n, 2**n + 1, where={n: 0}, note="T(n+1) >= (2^n + 1) T(n) >= 2^n T(n)"),
        Identity.of(2**n * 2 ** (n * (n - 1) / 2 + 2), 2 ** (n * (n + 1) / 2 + 2), note="the step from n to n + 1"),
        Hand("by induction from T(1) = 4 = 2^2, T(n) is at least 2^(n(n-1)/2 + 2)"),
    ),
    Certified(4),
    Control("three bits more", bound(3)),
)
