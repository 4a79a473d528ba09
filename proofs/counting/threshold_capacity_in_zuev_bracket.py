"""Zuev's bracket holds wherever T(n) is counted here, and says nothing there about its lower side.

Says: (1 - 10/ln n) n^2 <= log2 T(n) <= n^2, for n >= 2.
Idea: the upper side is Cover's; the lower side is negative for every n below e^10, so that no count in reach can test it.
Edges: ln 1 = 0, and T(1) = 4 breaks the upper side. With 2/5 in place of 10 the lower side fails at n = 4.
"""

from sympy import Integer, Rational, log

from workbench import Case, Certified, Cited, Claim, Control, Entry, ForEach, Source, threshold_count

ZUEV = Source("zuev1989asymptotics", "the explicit form of the main theorem", read=False)
TEN = Integer(10)
LAST = 22026  # the integer part of e^10


def bits(n):
    return log(threshold_count(n).count) / log(2)


def bracket(n, *, constant=TEN):
    yield Case(f"n = {n}: lower side", (1 - constant / log(n)) * n**2, bits(n), "<=")
    yield Case(f"n = {n}: upper side", bits(n), n**2, "<=")


def lower_side(*, last=LAST):
    """Its sign is that of ln n - 10, which grows with n."""
    yield Case(f"n = {last}: ln n and 10", log(last), 10, "<")
    yield Case(f"n = {last + 1}: ln n and 10", log(last + 1), 10, ">")


def statement(**changed):
    return ForEach.of(
        r"\left(1 - \frac{10}{\ln n}\right) n^2 \le \log_2 T(n) \le n^2", lambda n: bracket(n, **changed), first=2, costly_from=5
    )


FAMILY = (
    Entry(
        Claim(
            name="threshold_capacity_in_zuev_bracket",
            says="The capacity of a threshold unit of n >= 2 inputs lies between (1 - 10/ln n) n^2 (vacuous below e^10) and n^2.",
            statement=statement(),
            hypotheses=("n >= 2, since ln 1 = 0",),
            sources=(ZUEV,),
            topic="counting",
        ),
        (
            Certified(4),
            Cited(ZUEV),
            Control("2/5 in place of 10: a lower side that a count can test", statement(constant=Rational(2, 5)), upto=4),
            Control(
                "n = 1 for the upper side", ForEach.of("upper side", lambda n: [Case(f"n = {n}", bits(n), n**2, "<=")], first=1)
            ),
        ),
    ),
    Entry(
        Claim(
            name="zuev_bracket_lower_side_negative_iff_n_le_22026",
            says="The lower side of Zuev's bracket is negative exactly up to n = 22026, beyond every count.",
            statement=ForEach.once(r"1 - \frac{10}{\ln n} < 0 \text{ if and only if } n \le 22026", lower_side),
            hypotheses=("n >= 2", "the logarithm is increasing"),
            sources=(Source("workbench2026", "derived in this file", read=True),),
            topic="counting",
        ),
        (
            Certified(0),
            Control("one n more", ForEach.once("n <= 22027", lambda: lower_side(last=LAST + 1))),
            Control("one n fewer", ForEach.once("n <= 22025", lambda: lower_side(last=LAST - 1))),
        ),
    ),
)
