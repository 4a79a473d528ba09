"""A layer of m threshold units computes T(n)^m vectors of functions.

Says: m units of the same n inputs, all outputs visible, compute exactly T(n)^m functions to {0,1}^m; one synchronous step of
n fully connected units is the case m = n.
Idea: each unit has its own weights, so every vector of threshold functions occurs; different vectors are different functions.
Edges: if the outputs are visible only as a set, vectors that differ by an order coincide.
"""

from itertools import product
from math import comb

from workbench import (
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    ForEach,
    Hand,
    Network,
    Source,
    threshold_count,
    threshold_polynomials,
    threshold_unit,
)


def layer(polynomials, n):
    """The network with one unit for each threshold polynomial."""
    names, units = [f"x{i}" for i in range(n)], []
    for i, f in enumerate(polynomials):
        weights = f.poly.on("01").coefficients
        units.append(threshold_unit(f"f{i}", {x: weights.get((k,), 0) for k, x in enumerate(names)}, weights.get((), 0)))
    return Network.of(names, units, [u.name for u in units])


def sizes(n):
    return (0, 1, 2) if n == 2 else (0, 1, 2, 3) if n < 2 else (0, 1)


def cases(n):
    for m in sizes(n):
        built = {layer(fs, n).tables() for fs in product(threshold_polynomials(n).values(), repeat=m)}
        yield Case(f"n = {n}, m = {m}", len(built), threshold_count(n).count ** m)


def as_sets(n):
    for m in sizes(n):
        built = {layer(fs, n).tables() for fs in product(threshold_polynomials(n).values(), repeat=m)}
        yield Case(f"n = {n}, m = {m}", len(built), comb(threshold_count(n).count + m - 1, m))


CLAIM = Claim(
    name="single_layer_capacity_exact",
    says="A layer of m threshold units of n inputs computes exactly T(n)^m vectors of functions.",
    statement=ForEach.of(r"\#\{(f_0, \ldots, f_{m-1})\} = T(n)^m", cases, first=0, costly_from=4),
    hypotheses=("each unit has its own weights and bias, and every output is visible",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="counting",
)

EVIDENCE = (
    Derived.of(Hand("the units have separate parameters, so the vectors are all of a product of m sets of T(n) functions")),
    Certified(3),
    Control("vectors counted without order", ForEach.of("multisets", as_sets, first=0)),
)
