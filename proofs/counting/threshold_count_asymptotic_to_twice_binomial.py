"""What the printed counts say about the leading terms: nothing yet.

Says: Irmatov's T(n) ~ 2 C(2^n - 1, n) is cited; over the printed counts their ratio falls to below 1/50 at n = 9, and
log2 T(n)/n^2 stays between 0.66 and 0.71 from n = 4 on.
Idea: compare integers; T(n)^100 lies between 2^(66 n^2) and 2^(71 n^2).
Edges: a limit is not decided by finitely many terms. If T(n) ~ 2 C(2^n - 1, n), the ratio must turn and rise to 1 beyond n = 9.
"""

from fractions import Fraction
from math import comb

from workbench import Case, Certified, Cited, Claim, Control, Entry, ForEach, Source, threshold_count
from workbench.statement import Prose

PRINTED = (2, 4, 14, 104, 1882, 94572, 15028134, 8378070864, 17561539552946, 144130531453121108)
A000609 = Source("oeisA000609", "n = 0..9", read=False)
IRMATOV = Source("irmatov2020asymptotics", "main theorem", read=False)


def ratio(n):
    return Fraction(PRINTED[n], 2 * comb(2**n - 1, n))


def falling(n):
    if n <= 4:
        yield Case(f"n = {n}: the printed count, counted here", PRINTED[n], threshold_count(n).count)
    yield Case(f"n = {n}: the ratio falls", ratio(n), ratio(n - 1), "<")
    yield Case(f"n = {n}: the ratio exceeds 1 up to n = 3", ratio(n) > 1, n <= 3)
    if n == 9:
        yield Case("n = 9: the ratio", ratio(n), Fraction(1, 50), "<")


def band(n, *, low=66, high=71):
    yield Case(f"n = {n}: lower end", 2 ** (low * n**2), PRINTED[n] ** 100, "<")
    yield Case(f"n = {n}: upper end", PRINTED[n] ** 100, 2 ** (high * n**2), "<")


FAMILY = (
    Entry(
        Claim(
            name="threshold_count_asymptotic_to_twice_binomial",
            says="The number of threshold functions of n inputs is asymptotic to 2 C(2^n - 1, n).",
            statement=Prose(r"T(n) \sim 2 \binom{2^n - 1}{n}"),
            sources=(IRMATOV,),
            topic="counting",
        ),
        (Cited(IRMATOV),),
    ),
    Entry(
        Claim(
            name="threshold_count_over_twice_binomial_falls_of_n_le_nine",
            says="Over the printed counts, T(n)/(2 C(2^n - 1, n)) falls from n = 2 to n = 9, passing 1 after n = 3.",
            statement=ForEach.of(
                r"\frac{T(n)}{2 \binom{2^n-1}{n}} \text{ falls, and exceeds } 1 \text{ only for } n \le 3", falling, first=3, last=9
            ),
            hypotheses=("T(5), ..., T(9) are the terms printed in A000609; T(0), ..., T(4) are counted here",),
            sources=(A000609,),
            topic="counting",
        ),
        (
            Certified(9),
            Control("from n = 2 on", ForEach.of("falls", falling, first=2, last=9)),
        ),
    ),
    Entry(
        Claim(
            name="enumeration_cannot_confirm_leading_constants",
            says="The printed counts give log2 T(n)/n^2 between 0.66 and 0.71 for n = 4..9, far from its limit 1.",
            statement=ForEach.of(r"0.66 < \frac{\log_2 T(n)}{n^2} < 0.71", band, first=4, last=9),
            hypotheses=("T(5), ..., T(9) are the terms printed in A000609",),
            sources=(A000609,),
            topic="counting",
        ),
        (
            Certified(9),
            Control("lower end 0.67", ForEach.of("0.67", lambda n: band(n, low=67), first=4, last=9), upto=9),
            Control("upper end 0.70", ForEach.of("0.70", lambda n: band(n, high=70), first=4, last=9), upto=9),
            Control("n = 3 included", ForEach.of("n = 3", band, first=3, last=9)),
        ),
    ),
)
