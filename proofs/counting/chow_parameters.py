"""Chow parameters name a threshold function, and are not its weights.

Says: no other Boolean function has the Chow parameters of a threshold function, nor the Walsh coefficients up to degree d of a
threshold function of degree d; but AND of three inputs is not the sign of the sum with its Chow parameters as weights.
Idea: if f is the sign of L, then (f - g) L is |f - g| |L| at every point; it sums to 0 over the cube if f and g have the same
parameters, of which the sum is a combination.
Edges: XOR and XNOR have the same Chow parameters, all 0; without the constant term, 0 and 1 are not told apart.
"""

from collections import Counter
from functools import cache

from sympy import Abs, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForEach,
    H,
    Hand,
    Identity,
    Source,
    threshold_tables,
)
from workbench.domain import table_of
from workbench.poly import monomials

L, g, s, w = symbols("L g s w", real=True)
CHOW = Source("chow1961characterization", "main theorem", read=False)


@cache
def positive(n, degree):
    """For each monomial in +-1 inputs, the table of the points where it is +1."""
    return tuple(table_of(not (m & ~k).bit_count() & 1 for k in range(1 << n)) for m in monomials(n, degree))


def parameters(table, n, degree, *, constant=True):
    """The number of points where f = m minus that where f = -m, for each monomial m up to the degree."""
    return tuple((1 << n) - 2 * (table ^ m).bit_count() for m in positive(n, degree)[0 if constant else 1 :])


def alone(n, degree=1, *, among=None, constant=True):
    """The case that each of these functions (the threshold functions, unless given) is alone with its parameters."""
    shared = Counter(parameters(t, n, degree, constant=constant) for t in range(1 << (1 << n)))
    chosen = threshold_tables(n, degree) if among is None else among
    crowds = [shared[parameters(t, n, degree, constant=constant)] for t in chosen]
    yield Case(f"n = {n}, degree {degree}: functions with the parameters of one", max(crowds), 1)


def every_degree(n):
    for degree in range(n + 1):
        yield from alone(n, degree)


def as_weights(n, *, bias=1):
    """The case that each threshold function is the sign of the sum with its parameters as weights; a tie has no sign."""
    for t in sorted(threshold_tables(n)):
        c = parameters(t, n, 1)
        values = [bias * c[0] + sum(v if k >> i & 1 else -v for i, v in enumerate(c[1:])) for k in range(1 << n)]
        least = min(v if t >> k & 1 else -v for k, v in enumerate(values))
        yield Case(f"n = {n}, function {t:#x} with parameters {c}: least activation, signed", least, 0, ">")


def stated(latex, cases, *, last=None, costly=5):
    return ForEach.of(latex, cases, first=0, last=last, costly_from=costly)


NAME = "chow_parameters_determine_threshold_function"
WEIGHTS = r"f = \operatorname{sgn}\Big(c_0 + \sum_i c_i x_i\Big),\quad c_i = \sum_x f(x)\, x_i"
POSITIVE = Identity.of((2 * H(L) - 1 - g) * L, Abs(2 * H(L) - 1 - g) * Abs(L), where={g: "sign"}, note="f = sgn(L); g any function")
NO_CONSTANT = Control("the constant term left out", stated("c_1, ..., c_n", lambda n: alone(n, constant=False)))


def entry(name, says, statement, *evidence, uses=()):
    return Entry(Claim(name, says, statement, sources=(CHOW, HERE), uses=uses, topic="counting"), evidence)


FAMILY = (
    entry(
        NAME,
        "A threshold function is the only Boolean function with its Chow parameters.",
        stated(r"f \in \operatorname{LTF}(n),\ c(g) = c(f) \Rightarrow g = f", alone),
        Derived.of(
            POSITIVE,
            Hand("the sum of (f - g) L over the cube is a combination of differences of Chow parameters, so it is 0"),
            Hand("its terms are not negative, and L vanishes nowhere: f = g at every point"),
        ),
        Certified(4),
        NO_CONSTANT,
    ),
    entry(
        "walsh_coefficients_determine_threshold_function_of_degree",
        "A threshold function of degree d is the only Boolean function with its Walsh coefficients up to degree d.",
        stated(
            r"f \in \operatorname{PTF}_d(n),\ \hat g(S) = \hat f(S) \text{ for } |S| \le d \Rightarrow g = f",
            every_degree,
            costly=4,
        ),
        Derived.of(
            POSITIVE,
            Hand("L has degree d: the sum of (f - g) L over the cube is a combination of differences of those coefficients, so 0"),
            Hand("its terms are not negative, and L vanishes nowhere: f = g at every point"),
        ),
        Certified(3, full=4),
        NO_CONSTANT,
    ),
    entry(
        "chow_parameters_determine_function",
        "Boolean functions with the same Chow parameters are equal.",
        stated(r"c(g) = c(f) \Rightarrow g = f", lambda n: alone(n, among=range(1 << (1 << n))), costly=2),
        Certified(1),
        Counterexample(at=2),
        NO_CONSTANT,
    ),
    entry(
        "chow_parameters_are_weights",
        "A threshold function is the sign of the weighted sum that has its Chow parameters as bias and weights.",
        stated(WEIGHTS, as_weights, costly=3),
        Certified(2),
        Counterexample(at=3),
        Control("the bias left out", stated("c_0 = 0", lambda n: as_weights(n, bias=0))),
    ),
    entry(
        "chow_parameters_are_weights_of_n_le_two",
        "Up to two inputs the Chow parameters of a threshold function are its bias and weights.",
        stated(WEIGHTS, as_weights, last=2),
        Certified(2),
        Control("n = 3 included", stated(WEIGHTS, as_weights), upto=3),
    ),
)
