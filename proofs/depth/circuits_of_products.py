"""Depth of three circuits that sum products: a thresholded dot product, an OR of gated pairs, a quadratic threshold gate.

Says: standard threshold units form each product by a unit of its own, one layer earlier; gated synapses form it without a layer.
Idea: on bits x y = H(x + y - 3/2), so that an AND unit read with weight w is a synapse of weight w gated by an input.
Edges: the forms are upper bounds; on +-1 inputs the AND unit is no product, while the gated synapse still is.
"""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations, islice, product

from sympy import Integer, Rational, Symbol, symbols

from workbench import (
    BooleanFunction,
    Case,
    Certified,
    Claim,
    Control,
    Cube,
    Derived,
    Entry,
    ForEach,
    H,
    Hand,
    Identity,
    Network,
    Source,
    Synapse,
    Unit,
    affine,
    circuits,
    output,
    threshold_polynomials,
    threshold_unit,
)
from workbench.circuits.pairs import conjunction_unit
from workbench.domain import table_of

half, HALF = Fraction(1, 2), Rational(1, 2)
x, y, w, S, p, q, r, v, c = symbols("x y w S p q r v c", real=True)  # S: the rest of an activation
e = Symbol("e", nonnegative=True)
BITS = {x: "bit", y: "bit"}
OURS = (Source("workbench2026", "derived in this file", read=True),)


PRODUCT = Identity.of(H(S + w * H(x + y - 3 * HALF)), H(S + w * y * x), where=BITS, note="an AND unit is a gated synapse")


def shape(network):
    """The numbers by which two forms of a circuit are compared."""
    return network.function().table, network.depth, network.threshold_units, network.gatings.synaptic, network.gatings.output


def dot_products(n, *, shift=0):
    for theta in range(n + 2):
        dots = (sum(a & b for a, b in zip(v[:n], v[n:], strict=True)) for v in Cube(2 * n, "01").points())
        want = BooleanFunction(2 * n, table_of(dot >= theta for dot in dots))
        entry = circuits.dot_product(theta + shift)
        yield Case(f"n = {n}, theta = {theta}, layered", shape(entry(n)), (want.table, 2, n + 1, 0, 0))
        yield Case(f"n = {n}, theta = {theta}, gated", shape(entry(n, "synaptic")), (want.table, 1, 1, n, 0))


def pairs_networks(m, *, bias=-half):
    """Both forms for m pairs of threshold functions of two inputs: all of them for m = 1, a sample beyond."""
    names, gates = ["x0", "x1"], list(threshold_polynomials(2).items())
    for chosen in islice(product(gates, repeat=2 * m), 0, None, (1, 193, 94109)[m - 1]):
        units, want = [], BooleanFunction(2, 0)
        for i, (_, f) in enumerate(chosen):
            u = f.poly.on("01").coefficients
            units.append(threshold_unit(f"{'fg'[i % 2]}{i // 2}", {a: u.get((k,), 0) for k, a in enumerate(names)}, u.get((), 0)))
        for f, g in zip(chosen[::2], chosen[1::2], strict=True):
            want |= f[1].function & g[1].function
        gated = [replace(a, output_gates=(output(f"g{a.name[1:]}"),)) if a.name[0] == "f" else a for a in units]
        ands = [conjunction_unit(f"F{i}", f"f{i}", f"g{i}") for i in range(m)]
        layered = Network.of(names, [*units, *ands, threshold_unit("F", {a.name: 1 for a in ands}, bias)], ["F"])
        two = Network.of(names, [*gated, threshold_unit("F", {f"f{i}": 1 for i in range(m)}, bias)], ["F"])
        yield Case(f"m = {m}, tables {[t for t, _ in chosen]}, layered", shape(layered), (want.table, 3, 3 * m + 1, 0, 0))
        yield Case(f"m = {m}, tables {[t for t, _ in chosen]}, gated", shape(two), (want.table, 2, 2 * m + 1, 0, m))


def quadratic_networks(n, *, lost=0):
    names, pairs = [f"x{i}" for i in range(n)], list(combinations(range(n), 2))
    for table, f in threshold_polynomials(n, 2).items():
        u = f.poly.on("01").coefficients
        linear, bias = {a: u.get((i,), 0) for i, a in enumerate(names)}, u.get((), 0)
        ands = [conjunction_unit(f"x{i}_x{j}", f"x{i}", f"x{j}") for i, j in pairs]
        readout = threshold_unit("F", linear | {f"x{i}_x{j}": u.get((i, j), 0) for i, j in pairs}, bias)
        plain = tuple(Synapse(a, b) for a, b in linear.items())
        by_inputs = tuple(Synapse(f"x{i}", u.get((i, j), 0), (output(f"x{j}"),)) for i, j in pairs)
        forms = [affine(f"v{j}", {f"x{i}": u.get((i, j), 0) for i in range(j)}, linear[f"x{j}"]) for j in range(n)]
        by_forms = tuple(Synapse(f"x{j}", 1, (output(f"v{j}"),)) for j in range(n))
        one, two = (Unit("F", "threshold", synapses, bias) for synapses in (plain + by_inputs, by_forms))
        built = [*ands, readout], [one], [*forms, two]
        number = len(pairs) - lost
        for units, want in zip(built, ((2 if n > 1 else 1, number + 1, 0), (1, 1, number), (2, 1, n)), strict=True):
            yield Case(f"n = {n}, table {table:#x}", shape(Network.of(names, units, ["F"])), (table, *want, 0))


def entry(name, says, latex, cases, steps, controls, *, index, upto, costly_from):
    statement = ForEach.of(latex, cases, first=1, index=index, costly_from=costly_from)
    return Entry(Claim(name, says, statement, sources=OURS, topic="depth"), (Derived.of(*steps), Certified(upto), *controls))


FAMILY = (
    entry(
        "dot_product_threshold_depth_eq_one_of_gating",
        "A thresholded dot product of bits takes n AND units and a readout (depth 2), or one unit with n gated synapses (depth 1).",
        r"[\sum_i x_i y_i \ge \theta] = H(\sum_i y_i \cdot x_i - \theta + \frac{1}{2})",
        dot_products,
        (PRODUCT, Hand("x.y and theta are integers, so x.y >= theta is x.y - theta + 1/2 > 0; exchange one synapse after another")),
        (
            Control("a threshold too high", ForEach.of("dot", lambda n: dot_products(n, shift=1), first=1)),
            Control("an OR unit for the product", Identity.of(H(S + w * H(x + y - HALF)), H(S + w * y * x), where=BITS)),
        ),
        index="n",
        upto=3,
        costly_from=4,
    ),
    entry(
        "or_of_pairs_depth_eq_two_of_gating",
        "An OR of m products of two threshold units has depth 3 with plain units and depth 2 with output gating.",
        r"\bigvee_i f_i \wedge g_i = H(\sum_i f_i g_i - \frac{1}{2})",
        pairs_networks,
        (
            Identity.of(H(H(p) + H(q) - 3 * HALF), H(p) * H(q), note="an AND unit of two threshold units is their product"),
            Identity.of(H(r - HALF), 1, given={r: 1 + e}, note="the readout when some product is on"),
            Identity.of(H(r - HALF), 0, given={r: Integer(0)}, note="the readout when no product is on"),
            Hand("a sum of products that are 0 or 1 is 0, or at least 1 and then the OR is on"),
        ),
        (
            Control("a readout of two products", ForEach.of("or", lambda m: pairs_networks(m, bias=-3 * half), first=1, index="m")),
            Control("an AND unit with threshold 1/2", Identity.of(H(H(p) + H(q) - HALF), H(p) * H(q))),
        ),
        index="m",
        upto=3,
        costly_from=4,
    ),
    entry(
        "quadratic_gate_depth_eq_one_of_gating",
        "A quadratic threshold gate takes n(n-1)/2 ANDs and a readout, one unit with as many gated synapses, or n linear gates.",
        r"H(\sum_{i<j} q_{ij} x_i x_j + l \cdot x + b)",
        quadratic_networks,
        (
            PRODUCT,
            Identity.of(S + (v * x + c) * y, S + c * y + v * x * y, note="a synapse gated by the linear unit v x + c"),
            Hand("exchange one product after another; collect the terms q_ij x_i of each x_j in one linear unit"),
        ),
        (
            Control("one product less", ForEach.of("quadratic", lambda n: quadratic_networks(n, lost=1), first=2)),
            Control("an OR unit for the product", Identity.of(H(S + w * H(x + y - HALF)), H(S + w * y * x), where=BITS)),
        ),
        index="n",
        upto=3,
        costly_from=4,
    ),
)
