"""Precision and recall of top-N selection when the values are scaled, turned or moved.

Says: scaling and turning the values changes neither score; moving them does.
Idea: distances of contributions to their sum are all multiplied by the same number; a shift b moves y_i by alpha_i b.
Edges: two tokens, of which one is kept: both scores are 1 whatever is done.
"""

from fractions import Fraction
from random import Random

from sympy import symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity

c, x, y, p, q, co, si = symbols("c x y p q co si", real=True)
MUDARISOV = "metrics as later work of the authors states them; weights are fixed"


def scores(weights, values, N):
    """Precision and recall of the N largest weights, ties to the first, by squared distances of contributions to their sum."""
    ys = [[w * entry for entry in value] for w, value in zip(weights, values, strict=True)]
    kept = sorted(range(len(ys)), key=lambda i: (-weights[i], i))[:N]
    total = [sum(ys[i][c] for i in kept) for c in range(len(values[0]))]
    D = [sum((a - b) ** 2 for a, b in zip(row, total, strict=True)) for row in ys]
    inside, outside = [D[i] for i in kept], [D[i] for i in range(len(ys)) if i not in kept]
    far = sum(d <= max(inside) for d in outside)
    return Fraction(N, N + far), Fraction(sum(d < min(outside) for d in inside), N)


def heads(n, *, draws=6):
    """Weights in proportion to n, n - 1, ..., 1, and integer values in the plane."""
    weights = [Fraction(2 * (n - i), n * (n + 1)) for i in range(n)]
    for seed in range(draws):
        rng = Random(10 * n + seed)
        yield weights, [(rng.randint(-3, 3), rng.randint(-3, 3)) for _ in range(n)]


def turned(n, *, stretch=1):
    """Scores before and after values are multiplied by 3 and turned by the angle of (3/5, 4/5); `stretch` acts on one entry."""
    for weights, values in heads(n):
        after = [(3 * (3 * a - 4 * b) / Fraction(5), 3 * stretch * (4 * a + 3 * b) / Fraction(5)) for a, b in values]
        for N in range(1, n):
            yield Case(f"v = {values}, N = {N}", scores(weights, after, N), scores(weights, values, N))


def shifted(n, *, by=1):
    """Scores before and after values 0, 1, ..., 1 are moved by 1, all but one token kept."""
    weights, values = next(heads(n))[0], [0] + [1] * (n - 1)
    before, after = (scores(weights, [(v + shift,) for v in values], n - 1) for shift in (0, by))
    yield Case(f"v = {values} and v + {by}, N = {n - 1}: precision, recall", after, before)


def claim(name, says, statement, *hypotheses):
    return Claim(name, says, statement, hypotheses=(MUDARISOV, *hypotheses), sources=(HERE,), topic="mechanisms")


SCALED = Identity.of(
    c**2 * ((co * x - si * y - co * p + si * q) ** 2 + (si * x + co * y - si * p - co * q) ** 2),
    c**2 * (si**2 + co**2) * ((x - p) ** 2 + (y - q) ** 2),
    note="a squared distance after a turn in one plane, si^2 + co^2 = 1, and a factor c",
)

FAMILY = (
    Entry(
        claim(
            "scores_invariant_under_scaling_and_rotation",
            "P_N and R_N are unchanged under v to c v R.",
            ForEach.of(r"(P_N, R_N)(c v R) = (P_N, R_N)(v)", turned, first=2, costly_from=6),
            "Euclidean distances, c > 0, R orthogonal; c = 3, a rational turn and integer values in the plane in the cases",
        ),
        (
            Derived.of(
                SCALED,
                Hand("turns in planes and reflections make every R; contributions and their sum are multiplied by c R too"),
                Hand("all squared distances are multiplied by c^2 > 0, and both scores depend on their order alone"),
            ),
            Certified(4),
            Control("one entry stretched", ForEach.of("stretch", lambda n: turned(n, stretch=4), first=3), upto=5),
        ),
    ),
    Entry(
        claim(
            "scores_invariant_under_translation",
            "P_N and R_N are unchanged under v to v + b.",
            ForEach.of(r"(P_N, R_N)(v + b) = (P_N, R_N)(v)", shifted, first=2),
            "Euclidean distances; weights 3, 2, 1 over 6, values 0, 1, 1, b = 1 and N = 2 in the first case that fails",
        ),
        (Counterexample(at=3), Control("b = 2", ForEach.of("2", lambda n: shifted(n, by=2), first=3))),
    ),
)
