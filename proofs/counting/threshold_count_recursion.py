"""Each new input multiplies the number of threshold functions by more than 2^n.

Says: T(n+1) >= (2^n + 1) T(n) for every n >= 0.
Idea: take f = H(w.x + b) with its 2^n activations distinct and nonzero. As a runs through the reals, H(w.x + b + a y) stays f on
y = 0 and fires, on y = 1, at the points whose activation exceeds -a: 2^n + 1 different sets.
Edges: equality at n = 0; with 2^n + 2 in place of 2^n + 1 the bound fails there.
"""

from sympy import Function, Ge, Heaviside, Symbol

from workbench import Certified, Claim, Control, Derived, ForEach, Hand, Identity, Source, threshold_count

n = Symbol("n", integer=True, nonnegative=True)
T = Function("T")
s, a = Symbol("s", real=True), Symbol("a", real=True)
y = Symbol("y", real=True)


def count(m):
    return threshold_count(m).count


CLAIM = Claim(
    name="threshold_count_recursion",
    says="The number T(n) of threshold functions of n inputs satisfies T(n+1) >= (2^n + 1) T(n).",
    statement=ForEach.relation(Ge(T(n + 1), (2**n + 1) * T(n), evaluate=False), n, first=0, functions={T: count}),
    hypotheses=("T(n) counts threshold functions with bias, as truth tables",),
    sources=(Source("muroga1971threshold", "lower bounds on the number of threshold functions", read=False),),
    topic="counting",
)

EVIDENCE = (
    Derived.of(
        Identity.of(Heaviside(s + a * 0, 0), Heaviside(2 * s, 0), note="on y = 0 the function is f, whatever a is"),
        Hand("a threshold function has weights whose 2^n activations are distinct and nonzero (move them generically)"),
        Hand("on y = 1 the set {w.x + b > -a} takes 2^n + 1 values as a passes the 2^n distinct activations"),
    ),
    Certified(3),
    Control(
        "2^n + 2 instead of 2^n + 1",
        ForEach.relation(Ge(T(n + 1), (2**n + 2) * T(n), evaluate=False), n, first=0, functions={T: count}),
    ),
)
