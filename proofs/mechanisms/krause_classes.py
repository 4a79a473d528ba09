"""Closed classes and limit points of Krause attention over line windows with a choice of the k nearest tokens.

Says: with k >= w + 2 there is one closed class at every time, so that not every k < W ends with several; tokens outside the closed
classes may rest between them, at more points than n/k.
Idea: the last token of a class has w tokens of its window to its right and reads k > w + 1 of 2 w + 1; r s(r) rises and falls.
Edges: k = w + 1, where a cluster reads itself alone; two tokens that rest between two clusters of three, in a balance that no
neighbour has, and one that rests between two others in one that all have.
"""

from random import Random

from sympy import Integer, Rational, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity

w_, k_ = symbols("w k", integer=True, positive=True)
x, y, t = symbols("x y t", real=True)
a, b = symbols("a b", positive=True)
RESTING = (0, 0, 0, 2, 3, 5, 5, 5)  # k = 3, w = 2, s(r) = 2^(-r^2 / 3)
BETWEEN = (0, 0, 0, -90, -90, -90, 10, 90, 90, 90, 20, 20, 20)  # k = 3, w = 4


def reads(points, w, k):
    """The tokens that each token reads: the k nearest of its line window, of equal ones the first."""
    near = [range(max(0, own - w), min(len(points), own + w + 1)) for own in range(len(points))]
    return [sorted(window, key=lambda place, own=own: abs(points[place] - points[own]))[:k] for own, window in enumerate(near)]


def closed(points, w, k):
    """The number of closed classes: of sets of tokens that reach each other and no others."""
    links, reach = reads(points, w, k), []
    for own in range(len(points)):
        found, fresh = {own}, [own]
        while fresh:
            new = set(links[fresh.pop()]) - found
            found |= new
            fresh += new
        reach.append(frozenset(found))
    return len({reach[own] for own in range(len(points)) if all(reach[far] == reach[own] for far in reach[own])})


def starts(n, *, draws=3):
    for seed in range(draws):
        yield Random(seed).sample(range(10**6), n)


def classes(w, *, least=2, relation=">=", count=2):
    """Closed classes of n = 10 W tokens at random integers, W = 2 w + 1, for k from `least` to W - 1."""
    for k in range(least, 2 * w + 1):
        for seed, points in enumerate(starts(10 * (2 * w + 1))):
            yield Case(f"w = {w}, k = {k}, start {seed}: closed classes", closed(points, w, k), count, relation)


def resting(*, bound=2, moved=0):
    """How far each of eight tokens moves in a step, which is 0, and the number of their points."""
    points = [p + moved * int(place == 3) for place, p in enumerate(RESTING)]
    for own, near in enumerate(reads(points, 2, 3)):
        pulls = [2 ** -Rational((points[far] - points[own]) ** 2, 3) * (points[far] - points[own]) for far in near]
        yield Case(f"x = {points}: pull on token {own}", sum(pulls, Integer(0)), 0)
    yield Case(f"x = {points}, n = 8, k = 3: points", len(set(points)), bound, "<=")


def between(*, bound=4, spread=1):
    """What each of 13 tokens reads if each is moved by up to 1 either way, in 40 draws, and the groups that stay apart."""
    groups = [{0, 1, 2}, {3, 4, 5}, {6, 2, 10}, {7, 8, 9}, {10, 11, 12}]
    for seed in range(40):
        rng = Random(seed)
        points = [p + spread * Rational(rng.randint(-100, 100), 100) for p in BETWEEN]
        for own, near in enumerate(reads(points, 4, 3)):
            group = next(g for g in groups if own in g and (len(g & {6}) == (own == 6)))
            yield Case(f"draw {seed}, token {own} reads", tuple(sorted(near)), tuple(sorted(group)))
    yield Case("n = 13, k = 3: points that are tended to", len(groups), bound, "<=")


def claim(name, says, statement, *hypotheses, uses=()):
    return Claim(name, says, statement, hypotheses=("tied", *hypotheses), sources=(HERE,), uses=uses, topic="mechanisms")


FAMILY = (
    Entry(
        claim(
            "several_closed_classes_krause_of_line_window_and_k_below_w",
            "With line windows, generic starts end with at least two closed classes for every k, 2 <= k < W.",
            ForEach.of(r"\#\mathrm{closed} \geq 2", classes, first=1, index="w"),
            "n = 10 W, W = 2 w + 1; k = 4 at w = 2, where there is one class at every time",
        ),
        (Counterexample(at=2), Control("w = 3", ForEach.of("3", classes, first=3))),
    ),
    Entry(
        claim(
            "one_closed_class_krause_of_line_window_and_k_above_w_plus_one",
            "With line windows and k >= w + 2 there is one closed class at every time.",
            ForEach.of(
                r"\#\mathrm{closed} = 1",
                lambda w: classes(w, least=w + 2, relation="==", count=1),
                first=2,
                index="w",
                costly_from=4,
            ),
            "n = 10 W and three random starts in the cases",
        ),
        (
            Derived.of(
                Identity.of(x - y, w_ + 1, given={x: 2 * w_ + 1, y: w_}, note="a window less what lies to the right of its token"),
                Hand("the last token of a closed class, if it is not the last of all, reads one to its right, for w + 1 < k"),
                Hand("near the end it reads k of its window, or all of it; so every closed class has the last token of all"),
            ),
            Certified(3),
            Control("k = w + 1", ForEach.of("w + 1", lambda w: classes(w, least=w + 1, relation="==", count=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "distinct_limit_count_at_most_floor_n_over_k_krause",
            "The limit configuration has at most floor(n/k) distinct points.",
            ForEach.once(r"\#\{x_i\} \leq \lfloor n/k \rfloor", resting),
            "line(w), k <= W; w = 2, k = 3, n = 8, e^(1 / (2 sigma^2)) = 2^(1/3), from tokens that do not move",
        ),
        (Counterexample(at=0), Control("token 3 elsewhere", ForEach.once("4", lambda: resting(bound=4, moved=Rational(1, 2))))),
    ),
    Entry(
        claim(
            "distinct_limit_count_above_floor_n_over_k_krause_of_two_resting_tokens",
            "Tokens at 0, 0, 0, 2, 3, 5, 5, 5 do not move under w = 2, k = 3, s(r) = 2^(-r^2/3): four points, and floor(8/3) = 2.",
            ForEach.once(r"A(x)\, x = x,\ \#\{x_i\} \leq 4", lambda: resting(bound=4)),
            "two tokens belong to no closed class; other starts nearby leave this one, which is not stable",
        ),
        (Certified(0), Control("token 3 elsewhere", ForEach.once("4", lambda: resting(bound=4, moved=Rational(1, 2))))),
    ),
    Entry(
        claim(
            "distinct_limit_count_at_most_floor_n_over_k_krause_of_open_set_of_starts",
            "The limit configuration has at most floor(n/k) distinct points for almost every start.",
            ForEach.once(r"\#\{\lim x_i\} \leq \lfloor n/k \rfloor", between),
            "line(4), k = 3 < w, n = 13; four groups of three tokens and one between two of them, all starts within 1 of these",
            uses=("distinct_limit_count_above_floor_n_over_k_krause_of_open_set_of_starts",),
        ),
        (Counterexample(at=0), Control("at most 3", ForEach.once("3", lambda: between(bound=3)))),
    ),
    Entry(
        claim(
            "distinct_limit_count_above_floor_n_over_k_krause_of_open_set_of_starts",
            "From all starts near 0, 0, 0, -90, -90, -90, 10, 90, 90, 90, 20, 20, 20 there are five limits, and floor(13/3) = 4.",
            ForEach.once(r"\xi_i = \mathrm{const},\ \#\{\lim x_i\} = 5", lambda: between(bound=5)),
            "line(4), k = 3, any sigma above 12; tokens moved by at most 1; 40 draws in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    (t + a * x + b * y) / (1 + a + b) - (x + y) / 2,
                    (t - (x + y) / 2 + (b - a) * (y - x) / 2) / (1 + a + b),
                    note="the token at t reads x and y with affinities a and b: where it goes, from their middle",
                ),
                Identity.of(
                    (t + a * x + b * y) / (1 + a + b) - t,
                    (b * (y - t) - a * (t - x)) / (1 + a + b),
                    note="and from where it was",
                ),
                Hand("left of the middle a >= b, and r s(r) rises up to sigma: it moves right, up to the middle; so on the right"),
                Hand("so it stays in [9, 11] and tends to the middle; a group of three reads itself alone, and meets in a point"),
            ),
            Certified(0),
            Control("moved by 12", ForEach.once("12", lambda: between(bound=5, spread=12))),
        ),
    ),
)
