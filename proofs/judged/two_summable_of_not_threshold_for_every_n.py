"""Do two true and two false points always show that a function is no threshold function?

Says: a function that is no threshold function has true a, b and false c, d with a + b = c + d up to eight inputs
(`two_summable_of_not_threshold`), and not always with nine.
Idea: put nine weights in a square whose rows and columns have one sum that no other subset has, and let the rows be true and the
columns false among these ties. Two pairs of one sum would all be ties, and two rows never have the sum of two columns.
Edges: three rows and three columns have one sum, so that there are no weights.
"""

from itertools import combinations_with_replacement

from workbench import (
    BadInput,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    DualWitness,
    ForEach,
    Rejected,
    Source,
    threshold_tables,
)

SQUARE = (16, 10, 11, 6, 14, 17, 15, 13, 9)  # three rows; all rows and columns have the sum 37
ROWS, COLUMNS = (0o7, 0o70, 0o700), (0o111, 0o222, 0o444)


def two_summable(table, n):
    """Whether two true and two false points have one sum."""
    sums = {0: set(), 1: set()}
    for a, b in combinations_with_replacement(range(1 << n), 2):
        if (bit := table >> a & 1) == table >> b & 1:
            sums[bit].add((a ^ b, a & b))
    return bool(sums[0] & sums[1])


def square_function(*, true=ROWS):
    """H(w.x - 37), with these points true among the ties."""
    weight = {k: sum(w for i, w in enumerate(SQUARE) if k >> i & 1) for k in range(512)}
    if {k for k in weight if 3 * weight[k] == sum(SQUARE)} != {*ROWS, *COLUMNS}:
        raise BadInput("some other subset has the sum of a line: choose other numbers")
    return sum(1 << k for k in weight if 3 * weight[k] > sum(SQUARE) or k in true)


def no_threshold(table):
    try:
        DualWitness(9, table, 1, tuple((k, 1) for k in (*ROWS, *COLUMNS))).check()
    except Rejected:
        return 0
    return 1


def cases(n, *, true=ROWS):
    if n <= 3:
        for t in set(range(1 << (1 << n))) - threshold_tables(n):
            yield Case(f"n = {n}, {t:#x}: two pairs of one sum", int(two_summable(t, n)), 1)
        yield Case(f"n = {n}, a threshold function: two pairs of one sum", int(two_summable(1, n)), 0)
    elif n == 9:
        table = square_function(true=true)
        yield Case("n = 9, a square of nine: no threshold function", no_threshold(table), 1)
        yield Case("n = 9, a square of nine: two pairs of one sum", int(two_summable(table, 9)), 1)
    else:
        raise BadInput(f"n = {n} is not 0 to 3, nor 9: see two_summable_of_not_threshold for 4 to 8")


CLAIM = Claim(
    name="two_summable_of_not_threshold_for_every_n",
    says="Every function that is no threshold function has two true and two false points of one sum.",
    statement=ForEach.of(
        r"f \notin \operatorname{LTF}(n) \Rightarrow \exists\, a, b, c, d\colon f(a) = f(b) = 1,\ f(c) = f(d) = 0,\ a + b = c + d",
        cases,
        first=0,
        costly_from=4,
    ),
    sources=(
        Source("muroga1970enumeration", "for up to eight variables", read=False),
        Source("workbench2026", "derived in this file", read=True),
    ),
    uses=("dual_witness_excludes_threshold",),
    topic="judged",
)

EVIDENCE = (
    Certified(3),
    Counterexample(at=9),
    Control("all lines true", ForEach.once("all true", lambda: list(cases(9, true=(*ROWS, *COLUMNS)))[:1])),
)
