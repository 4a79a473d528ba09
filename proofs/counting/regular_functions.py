"""Regular functions, threshold functions, and two pairs of points with one sum.

Says: regular self-dual functions of up to eight variables are threshold functions, and one of nine is not; regular functions are
threshold up to five inputs, not with six; a function of up to eight inputs that is no threshold function has true a, b and false
c, d with a + b = c + d.
Idea: without such points one of any two inputs is the stronger one, so the self-dual form is regular; those can be listed.
Edges: with nine inputs two pairs do not always suffice (`two_summable_of_not_threshold_for_every_n`).
"""

from functools import cache, reduce
from itertools import accumulate
from operator import or_

from sympy import symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    DualWitness,
    Entry,
    ForEach,
    Hand,
    Identity,
    Rejected,
    Source,
    threshold_tables,
)
from workbench.classes import input_table
from workbench.regular import opposite, regular_functions, self_dual_regular_functions, stronger, upper_sets, weaker
from workbench.threshold import npn_orbit

a, b, c, d, u, v, p, q = symbols("a b c d u v p q", real=True)
NINE = (0b011010011, 0b100001111, 0b100110000, 0b101000000)  # the weakest true points of a regular self-dual function
SAME_SUM = (0b011010011, 0b011101100, 0b011001111, 0b011110000)  # two true and two false points of this function


def sliced(tables, n):
    """For each point, the bits of all functions there as one integer, so that one operation serves them all."""
    rows = (f"{table:0{1 << n}b}" for table in tables)
    return [int("".join(column), 2) for column in zip(*rows, strict=True)][::-1]


def submasks(mask):
    part = mask
    while part:
        yield part
        part = part - 1 & mask
    yield 0


def two_summable(columns, n):
    """The functions with true a, b and false c, d, a + b = c + d: the pairs agree outside `free`, where they are opposite."""
    found = 0
    for free in range(1, 1 << n):
        for common in submasks((1 << n) - 1 ^ free):
            true = false = 0
            for part in submasks(free & free - 1):
                one, other = columns[common | part], columns[common | free ^ part]
                true, false = true | one & other, false | ~(one | other)
            found |= true & false
    return found


def count_two_asummable(tables, n):
    return len(tables) - two_summable(sliced(tables, n), n).bit_count()


@cache
def neighbours(n):
    """For each point, the masks of the points next above and next below it."""
    return [tuple(sum(1 << k for k in near(point, n)) for near in (stronger, weaker)) for point in range(1 << n)]


def extremes(table, n, *, self_dual=False):
    """The weakest true points and, opposite to them if self-dual, the strongest false ones: weights in order need no others."""
    for k, (above, below) in enumerate(neighbours(n)):
        if table >> k & 1 and not table & below:
            yield 1, k
        if not (self_dual or table >> k & 1 or ~table & above):
            yield -1, k


def has_weights(table, n, *, self_dual=False):
    """Whether integer weights w_(n-1) >= ... >= w_0 >= 0 and a bias, none if self-dual, are found by the perceptron rule.

    The unknowns are the differences of neighbouring weights, kept nonnegative, and the bias.
    """
    last = 0 if self_dual else 1
    rows = [
        [sign * t for t in (*accumulate(2 * (k >> i & 1) - 1 for i in reversed(range(n))), last)]
        for sign, k in extremes(table, n, self_dual=self_dual)
    ]
    found = [0] * (n + 1)
    for _ in range(2000):
        activation, row = min((sum(map(int.__mul__, found, row)), row) for row in rows)
        if activation > 0:
            return True
        found = [max(0, x + y) for x, y in zip(found[:-1], row, strict=False)] + [found[-1] + row[-1]]
    return False


@cache
def with_weights(n, *, self_dual=False):
    return sum(has_weights(t, n, self_dual=self_dual) for t in (self_dual_regular_functions if self_dual else regular_functions)(n))


def excluded(n, table, pairs):
    """1 if the multiplicities of points are a dual witness, so that the function is no threshold function; else 0."""
    try:
        DualWitness(n, table, 1, pairs).check()
    except Rejected:
        return 0
    return 1


def of_nine(generators=NINE):
    table = reduce(or_, (upper_sets(9)[k] for k in generators))
    yield Case("nine variables: self-dual", opposite(table, 9), table ^ (1 << 512) - 1)
    yield Case("nine variables: no threshold function", excluded(9, table, tuple((k, 1) for k in SAME_SUM)), 1)


def self_dual_cases(n):
    if n == 9:
        yield from of_nine()
    else:
        yield Case(f"n = {n}: those with weights", with_weights(n, self_dual=True), len(self_dual_regular_functions(n)))


def regular_cases(n, *, relation="=="):
    tables = regular_functions(n)
    if n <= 5:
        yield Case(f"n = {n}: those with weights", with_weights(n), len(tables), relation)
    yield Case(f"n = {n}: those without two pairs of one sum", count_two_asummable(tables, n), len(tables), relation)


@cache
def all_functions(n):
    """Every function of n <= 4 inputs at once: which have two pairs of one sum, and which are threshold functions."""
    columns = [input_table(1 << n, k) for k in range(1 << n)]
    return two_summable(columns, n), sum(1 << t for t in threshold_tables(n))


def summable_cases(n):
    if n <= 4:
        found, threshold = all_functions(n)
        yield Case(f"n = {n}: either a threshold function or two pairs of one sum", found ^ threshold, (1 << (1 << (1 << n))) - 1)
    elif n <= 7:
        tables = self_dual_regular_functions(n + 1)
        got = count_two_asummable(tables, n + 1), with_weights(n + 1, self_dual=True)
        yield Case(f"n = {n}: regular self-dual functions without two pairs of one sum, and with weights", got[0], got[1])
    else:
        from workbench.capacity.chambers import threshold_counts

        got = count_two_asummable(self_dual_regular_functions(n + 1), n + 1)
        label = f"n = {n}: regular self-dual functions without two pairs of one sum, and classes of threshold functions"
        yield Case(label, got, threshold_counts(n).self_dual_classes)


def forms(n, *, every=False):
    """The self-dual forms, f where the new input is 1 and its dual where it is 0, of the functions without two pairs of one sum."""
    full = (1 << (1 << n)) - 1
    kept = range(full + 1) if every else [t for t in range(full + 1) if not all_functions(n)[0] >> t & 1]
    arranged = {t for r in self_dual_regular_functions(n + 1) for t in npn_orbit(r, n + 1)}
    yield Case(f"n = {n}: regular up to order and signs", {t << (1 << n) | opposite(t, n) ^ full for t in kept}, arranged, "subset")


def statement(latex, cases, **more):
    return ForEach.of(latex, cases, first=0, costly_from=5, **more)


def claim(name, says, stated, source, uses=()):
    return Claim(name, says, stated, sources=(source, HERE), uses=uses, topic="counting")


MUROGA = Source("muroga1970enumeration", "functions of up to eight variables", read=False)
REGULAR = r"\text{every regular function of } n \text{ inputs is a threshold function}"
SUMS = r"f \notin \operatorname{LTF}(n) \Rightarrow f(a) = f(b) = 1,\ f(c) = f(d) = 0,\ a + b = c + d \text{ for some } a, b, c, d"
WITNESS = ("dual_witness_excludes_threshold",)
FORM = "self_dual_form_regular_of_not_two_summable"

FAMILY = (
    Entry(
        claim(
            "regular_self_dual_eq_threshold_up_to_eight",
            "Every regular self-dual function of at most eight variables is a threshold function, and one of nine is not.",
            ForEach.of(
                r"\text{regular and self-dual in } n \le 8 \text{ variables} \Rightarrow \text{threshold; not for } n = 9",
                self_dual_cases,
                first=0,
                last=9,
            ),
            Source("oeisA109456", "against A001532", read=False),
            WITNESS,
        ),
        (
            Certified(9),
            Control("another function of nine variables", ForEach.once("101000001", lambda: of_nine((*NINE[:3], 0b101000001)))),
        ),
    ),
    Entry(
        claim("regular_eq_threshold", "Every regular function is a threshold function.", statement(REGULAR, regular_cases), MUROGA),
        (
            Certified(5),
            Counterexample(at=6),
            Control("fewer threshold functions up to n = 5", statement("<", lambda n: regular_cases(n, relation="<")), upto=5),
        ),
    ),
    Entry(
        claim(
            "regular_eq_threshold_of_n_le_five",
            "Every regular function of at most five inputs is a threshold function.",
            statement(REGULAR, regular_cases, last=5),
            MUROGA,
        ),
        (Certified(5), Control("n = 6 included", statement(REGULAR, regular_cases), upto=6)),
    ),
    Entry(
        claim(
            FORM,
            "Without two true and two false points of one sum, the self-dual form is regular up to order and signs.",
            statement(r"f \text{ not 2-summable} \Rightarrow f^{sd} \text{ regular, not 2-summable}", forms),
            MUROGA,
        ),
        (
            Derived.of(
                Identity.of(a + b - c - d, 0, given={a: c + p, d: b + p}, note="one input acts up at c, down at b"),
                Identity.of(
                    a + b - c - d, 0, given={a: u + p, b: v + q, c: u + q, d: v + p}, note="p outweighs q at u, q outweighs p at v"
                ),
                Hand("so each input acts one way and, signs apart, one of two inputs is at least as strong: a total order"),
                Identity.of(a + (1 - d), c + (1 - b), given={a: c + d - b}, note="opposite points where the new input is 0"),
                Hand("so true and false points of the form with one sum give such of f"),
            ),
            Certified(4),
            Control("all functions", statement("all", lambda n: forms(n, every=True)), upto=2),
        ),
    ),
    Entry(
        claim(
            "two_summable_of_not_threshold",
            "Every function of at most eight inputs that is no threshold function has two true and two false points of one sum.",
            statement(SUMS, summable_cases, last=8),
            MUROGA,
            (FORM,),
        ),
        (
            Certified(7, full=8),
            Control("one pair on each side", statement("2a = 2c", lambda n: [Case(f"n = {n}", all_functions(n)[0], 0)]), upto=2),
        ),
    ),
)
