"""Threshold units without bias: how many functions they compute depends on the inputs and on ties.

Says: that the functions H(w.x) of n inputs number T(n-1) is true for inputs -1, 1 without ties, and false in the other conventions.
Idea: for inputs -1, 1 without ties f(-x) = 1 - f(x), and on x_(n-1) = 1 the weight w_(n-1) is a bias; so f is known from there.
Edges: with ties the constant 0 comes in (w = 0); for inputs 0, 1 the origin is always a tie: without ties no function is left, and
with ties there are six functions of two inputs where T(1) = 4.
"""

from itertools import product

from sympy import Heaviside, symbols

from workbench import (
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Cube,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Source,
    threshold_count,
    threshold_tables,
)

s, w, y, sigma = symbols("s w y sigma", real=True)
r = symbols("r", positive=True)  # the activation s + w y = sigma r is not 0
CONVENTIONS = tuple(product(("pm1", "01"), (False, True)))


def found(n, inputs, ties):
    """The functions H(w.x) with integer weights |w_i| <= n; H(0) = 0 if ties are allowed. More weights only add to them."""
    points, tables = list(Cube(n, inputs).points()), set()
    for weights in product(range(-n, n + 1), repeat=n):
        activations = [sum(a * b for a, b in zip(weights, x, strict=True)) for x in points]
        if ties or all(activations):
            tables.add(sum(1 << k for k, a in enumerate(activations) if a > 0))
    return tables


def name_of(inputs, ties):
    return f"inputs_{inputs}_{'with' if ties else 'without'}_ties"


def cases(n, conventions=CONVENTIONS, *, shift=1):
    for inputs, ties in conventions:
        tables, label = found(n, inputs, ties), f"{name_of(inputs, ties)}, n = {n}"
        yield Case(label, len(tables), threshold_count(n - shift).count)
        if (inputs, ties) == ("pm1", False):  # whatever the weights, such a function is odd and a threshold function
            full = 2**2**n - 1
            odd = {t for t in threshold_tables(n) if int(f"{t ^ full:0{2**n}b}"[::-1], 2) == t}
            yield Case(f"{label}: all odd threshold functions", odd, tables)


def claim(conventions, suffix="", words="whatever the inputs and ties", **more):
    return Claim(
        name="homogeneous_threshold_count_eq_previous_affine_count" + suffix,
        says=f"The threshold functions without bias of n inputs number T(n-1), {words}.",
        statement=ForEach.of(rf"\#\{{H(w \cdot x)\}} = T(n-1), \text{{ {words} }}", lambda n: cases(n, conventions), first=1),
        sources=(Source("winder1966partitions", "homogeneous threshold functions", read=False),),
        topic="counting",
        **more,
    )


def control(conventions, at):
    return Control("T(n) in place of T(n-1)", ForEach.of("T(n)", lambda n: cases(n, conventions, shift=0), first=1), upto=at)


GOOD, (TIED, BARE, ORIGIN) = CONVENTIONS[:1], [CONVENTIONS[k : k + 1] for k in (1, 2, 3)]

FAMILY = (
    Entry(claim(CONVENTIONS), (Counterexample(at=1), control(CONVENTIONS, 1))),
    Entry(
        claim(GOOD, "_of_inputs_pm1_without_ties", "for inputs -1, 1 and no activation 0"),
        (
            Derived.of(
                Identity.of(Heaviside(-sigma * r, 0), 1 - Heaviside(sigma * r, 0), where={sigma: "sign"}, note="f(-x) = 1 - f(x)"),
                Identity.of(
                    Heaviside(y * (y * s + w), 0),
                    Heaviside(s + w * y, 0),
                    where={y: "sign"},
                    note="f at (x', y) with x'.w' = s comes from the point y (x', y) on the face y = 1, where w is a bias",
                ),
                Hand("so f is known from its restriction to x_(n-1) = 1, a threshold function with bias w_(n-1)"),
                Hand("every threshold function of n - 1 inputs occurs: moving its bias a little, no activation is 0"),
            ),
            Certified(3, full=4),
            control(GOOD, 1),
        ),
    ),
    Entry(claim(TIED, "_of_inputs_pm1_with_ties", "for inputs -1, 1 and H(0) = 0"), (Counterexample(at=1), control(TIED, 1))),
    Entry(
        claim(BARE, "_of_inputs_01_without_ties", "for inputs 0, 1 and no activation 0"), (Counterexample(at=1), control(BARE, 1))
    ),
    Entry(claim(ORIGIN, "_of_inputs_01_with_ties", "for inputs 0, 1 and H(0) = 0"), (Counterexample(at=2), control(ORIGIN, 1))),
)
