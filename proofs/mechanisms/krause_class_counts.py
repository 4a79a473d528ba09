"""How many closed classes the support digraph of Krause attention can have, for each kind of neighbourhood.

Says: with all keys, and with line windows for k <= w + 1, each number from 1 to floor(n/k) occurs; causal windows have one class,
the first token, to which all others tend; on a grid with a class token there is one class for k >= 4, and up to a quarter of
the tokens for k = 3.
Idea: tokens at 1, 2, 4, 8, ... read backwards; the first token of a set on a grid has at most two neighbours in it.
Edges: k = 1, where every token is a class; blocks of 2 x 2 tokens, of which each reads two others.
"""

from fractions import Fraction
from random import Random

from sympy import IndexedBase, Integer, Sum, symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity

i, j, N = symbols("i j N", integer=True, positive=True)
x, y, k_ = symbols("x y k", integer=True, positive=True)
c = symbols("c", real=True)
A, V = IndexedBase("a"), IndexedBase("v")


def nearest(points, near, k):
    """The k nearest of the tokens that each token may read, of equally near ones the first."""
    return [sorted(keys, key=lambda key, own=own: (abs(points[key] - points[own]), key))[:k] for own, keys in enumerate(near)]


def closed(links):
    """The closed classes: sets of tokens that reach each other and no others."""
    reach = []
    for own in range(len(links)):
        found, fresh = {own}, [own]
        while fresh:
            new = set(links[fresh.pop()]) - found
            found |= new
            fresh += new
        reach.append(frozenset(found))
    return {group for group in reach if all(reach[far] == group for far in group)}


def line(n, w):
    return [range(max(0, own - w), min(n, own + w + 1)) for own in range(n)]


def blocks(n, k, m):
    """n tokens in m blocks far apart, all but the last of k tokens, at 1, 2, 4, ... within each."""
    return [min(own // k, m - 1) * 4**n + 2 ** (own - k * min(own // k, m - 1)) for own in range(n)]


def attained(n, *, more=0):
    """Closed classes of m blocks, for all m up to floor(n/k), over the smallest and the largest window."""
    for k in range(2, n + 1):
        for w in (k - 1, n - 1):
            for m in range(1, n // k + 1):
                count = len(closed(nearest(blocks(n, k, m), line(n, w), k)))
                yield Case(f"n = {n}, k = {k}, w = {w}, {m} blocks: closed classes", count, m + more)


def first_columns(n, *, steps=None):
    """The least entry of the first column of products of n - 1 matrices whose rows read their token and one before, from 1/3 on."""
    rng = Random(n)
    for draw in range(5):
        column = [Fraction(int(own == 0)) for own in range(n)]
        for _ in range(n - 1 if steps is None else steps):
            shares = [Fraction(rng.randint(1, 2), 3) for _ in range(n)]
            column = [column[0]] + [s * column[own] + (1 - s) * column[rng.randrange(own)] for own, s in enumerate(shares) if own]
        yield Case(f"n = {n}, draw {draw}: least entry of the first column", min(column), Fraction(1, 3 ** (n - 1)), ">=")


def grid(side):
    """What tokens may read: the class token 0 all, a token of the grid itself, the class token and up to four neighbours."""
    places = {(row, column): 1 + row * side + column for row in range(side) for column in range(side)}
    steps = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))
    near = [[0, *(places[p] for s, t in steps if (p := (row + s, column + t)) in places)] for row, column in places]
    return [list(range(side**2 + 1)), *near]


def grid_counts(side, *, k, relation, count, draws=12):
    """Closed classes on a grid for random starts, and for 2 x 2 blocks far apart."""
    rows = range(side)
    apart = [-(10**6), *(10**4 * (r // 2 * side + s // 2) + 10 * (r % 2) + s % 2 for r in rows for s in rows)]
    for seed, points in enumerate([apart, *(Random(s).sample(range(10**6), side**2 + 1) for s in range(draws))]):
        for kept in k:
            number = len(closed(nearest(points, grid(side), kept)))
            yield Case(f"side {side}, k = {kept}, start {seed}: closed classes", number, count, relation)


def quarters(side, *, less=0):
    """The most that k = 3 admits, and what 2 x 2 blocks on a grid of twice the side attain."""
    yield from grid_counts(2 * side, k=(3,), relation="<=", count=((2 * side) ** 2 + 2) // 4 - less, draws=4)
    yield next(iter(grid_counts(2 * side, k=(3,), relation="==", count=side**2, draws=0)))


def claim(name, says, statement, *hypotheses, uses=()):
    return Claim(name, says, statement, hypotheses=("tied", *hypotheses), sources=(HERE,), uses=uses, topic="mechanisms")


FAMILY = (
    Entry(
        claim(
            "closed_class_counts_krause_eq_one_to_floor_n_over_k_of_k_at_most_w_plus_one",
            "The possible numbers of closed classes are 1, 2, ..., floor(n/k).",
            ForEach.of(r"\#\mathrm{closed} \in \{1, \ldots, \lfloor n/k \rfloor\}", attained, first=2, costly_from=9),
            "2 <= k <= w + 1, line(w); all keys are w = n - 1; for k = 1 and different tokens there are n",
            uses=("closed_class_count_at_most_floor_n_over_k_krause",),
        ),
        (
            Derived.of(
                Identity.of(
                    (2 ** (i + 1) - 2**i) - (2**i - 2 ** (i - j)),
                    2 ** (i - j),
                    note="token i of a block is nearer to all before it than to the next",
                ),
                Hand("so it reads the k - 1 before it, the first k of a block read each other, and a block has one class"),
                Hand("all numbers of blocks of k tokens or more occur; all tokens within the block's k - 1 <= w are in the window"),
            ),
            Certified(7),
            Control("one more", ForEach.of("+ 1", lambda n: attained(n, more=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "limit_eq_first_token_krause_of_causal_window_and_k_above_one",
            "With causal windows all tokens tend to the first, which does not move.",
            ForEach.of(r"\min_i (A_{n-1} \cdots A_1)_{i0} \geq p^{n-1}", first_columns, first=2, costly_from=9),
            "k >= 2, W >= 2, or no choice of nearest keys; p bounds weights that are not 0; random rows, p = 1/3, in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    Sum(A[j] * (V[j] - c), (j, 1, N)),
                    Sum(A[j] * V[j], (j, 1, N)) - c * Sum(A[j], (j, 1, N)),
                    note="a row is a mean, c the first token",
                ),
                Hand("the diameter does not grow, so weights that are not 0 stay above some p > 0, the same for all steps"),
                Hand("token i > 0 reads one before it, so in n - 1 steps all read the first, with weight at least p^(n-1)"),
                Hand("the greatest distance to the first token shrinks by 1 - p^(n-1) in n - 1 steps"),
            ),
            Certified(6),
            Control("n - 2 steps of 2", ForEach.of("1", lambda n: first_columns(n, steps=0), first=2)),
        ),
    ),
    Entry(
        claim(
            "one_closed_class_krause_of_grid_and_k_above_three",
            "On a grid with a class token there is one closed class for k >= 4, that of the class token.",
            ForEach.of(
                r"\#\mathrm{closed} = 1",
                lambda side: grid_counts(side, k=(4, 5, 6), relation="==", count=1),
                first=2,
                index="side",
                costly_from=7,
            ),
            "grid4: a token reads among itself, four neighbours and the class token; square grids and random starts in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    x - y, k_ - 3, given={x: k_ - 1, y: Integer(2)}, note="neighbours that are needed, and had by a first token"
                ),
                Hand("in a closed class without the class token each token has k - 1 >= 3 neighbours within the class"),
                Hand("the first of them, row by row, has none above it or to its left; so each class has the class token"),
            ),
            Certified(4),
            Control("k = 3", ForEach.of("3", lambda side: grid_counts(side, k=(3,), relation="==", count=1), first=4)),
        ),
    ),
    Entry(
        claim(
            "closed_class_count_at_most_quarter_krause_of_grid_and_three_nearest",
            "On a grid of m tokens with a class token there are at most floor((m + 2)/4) closed classes for k = 3, and m/4 occur.",
            ForEach.of(r"\#\mathrm{closed} \leq \lfloor (m + 2)/4 \rfloor", quarters, first=1, index="side/2", costly_from=4),
            "grid4, m = side^2 with an even side; random starts and 2 x 2 blocks far apart in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    (x + 2) / 4 - y,
                    i / 4,
                    given={x: 2 + 4 * (y - 1) + i},
                    note="y classes in m = x tokens, one with the class token and two others, y - 1 of four, i tokens left",
                ),
                Hand("a token of a class without the class token has two neighbours in it, and a cycle on a grid has four tokens"),
            ),
            Certified(2),
            Control("one less", ForEach.of("- 1", lambda side: quarters(side, less=1), first=2)),
        ),
    ),
)
