"""Each new input multiplies the number of threshold functions by more than 2^n.

Says: T(n+1) >= (2^n + 1) T(n) for every n >= 0; so T(n) >= 2 (2^0 + 1) ... (2^(n-1) + 1) >= 2^(n(n-1)/2 + 2) for n >= 1.
Idea: take f = H(w.x + b) with its 2^n activations distinct and nonzero. As a runs through the reals, H(w.x + b + a y) stays f on
y = 0 and fires, on y = 1, at the points whose activation exceeds -a: 2^n + 1 different sets.
Edges: equality at n = 0; with 2^n + 2 in place of 2^n + 1 the bound fails there. The product is T(n) up to n = 1, then less.
"""

from math import prod

from sympy import Function, Ge, Symbol

from workbench import Bound, Case, Certified, Claim, Control, Derived, Entry, ForEach, H, Hand, Identity, Source, threshold_count

n = Symbol("n", integer=True, nonnegative=True)
T = Function("T")
s, a, p, q, y = (Symbol(name, real=True) for name in ("s", "a", "p", "q", "y"))  # p < q: neighbouring activations
e = Symbol("e", positive=True)
MUROGA = Source("muroga1971threshold", "lower bounds on the number of threshold functions", read=False)


def count(m):
    return threshold_count(m).count


def recursion(extra):
    relation = Ge(T(n + 1), (2**n + extra) * T(n), evaluate=False)
    return ForEach.relation(relation, n, first=0, functions={T: count})


def products(n, *, bits=2):
    factors = 2 * prod(2**k + 1 for k in range(n))
    yield Case(f"n = {n}: T(n) and the product", count(n), factors, ">=")
    yield Case(f"n = {n}: the product and its power of 2", factors, 2 ** (n * (n - 1) // 2 + bits), ">=")


FAMILY = (
    Entry(
        Claim(
            name="threshold_count_recursion",
            says="The number T(n) of threshold functions of n inputs satisfies T(n+1) >= (2^n + 1) T(n).",
            statement=recursion(1),
            hypotheses=("T(n) counts threshold functions with bias, as truth tables",),
            sources=(MUROGA,),
            topic="counting",
        ),
        (
            Derived.of(
                Identity.of(H(s + a * y), (1 - y) * H(s) + y * H(s + a), where={y: "bit"}, note="f on y = 0, whatever a is"),
                Identity.of(
                    H(q - (p + q) / 2) * (1 - H(p - (p + q) / 2)), 1, given={q: p + e}, note="-a half-way from p to q parts them"
                ),
                Hand("a threshold function has weights whose 2^n activations are distinct and nonzero (move them generically)"),
                Hand("on y = 1 the set {w.x + b > -a} takes 2^n + 1 values as a passes the 2^n distinct activations"),
            ),
            Certified(3),
            Control("2^n + 2 instead of 2^n + 1", recursion(2)),
        ),
    ),
    Entry(
        Claim(
            name="threshold_count_ge_product_of_powers",
            says="There are at least 2 (2^0 + 1) ... (2^(n-1) + 1) >= 2^(n(n-1)/2 + 2) threshold functions of n inputs.",
            statement=ForEach.of(r"T(n) \ge 2 \prod_{k < n} (2^k + 1) \ge 2^{n (n-1)/2 + 2}", products, first=1),
            sources=(MUROGA,),
            uses=("threshold_count_recursion",),
            topic="counting",
        ),
        (
            Derived.of(
                Bound.of(2**n, 2**n + 1, where={n: 0}, note="each further factor"),
                Identity.of(2**n * 2 ** (n * (n - 1) / 2 + 2), 2 ** (n * (n + 1) / 2 + 2), note="the step from n to n + 1"),
                Hand("the recursion goes down to T(0) = 2; at n = 1 both sides are 2 (2^0 + 1) = 4 = 2^2"),
            ),
            Certified(4),
            Control("2^(n(n-1)/2 + 3)", ForEach.of("one bit more", lambda n: products(n, bits=3), first=1)),
        ),
    ),
)
