"""XOR and products of two variable signals: one gating does what no threshold unit does.

Says: x XOR y = H(x + y - 1/2) H(3/2 - x - y) on bits; x XOR y = y + (1 - 2 y) x, and -x y in +-1; no threshold unit computes XOR or
the product of two +-1 signals; two linear units and one gating give the product of two affine forms.
Idea: for a threshold unit L with L(1,0), L(0,1) > 0 >= L(0,0), L(1,1), the sums L(1,0) + L(0,1) = L(0,0) + L(1,1) contradict.
Edges: the product of two 0/1 signals is AND, which is a threshold function: the impossibility is about +-1 signals, and XOR.
"""

from dataclasses import replace
from fractions import Fraction
from functools import partial

from sympy import Abs, IndexedBase, Rational, Sum, Symbol, expand, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForAll,
    ForEach,
    H,
    Identity,
    Network,
    Synapse,
    Unit,
    affine,
    output,
    threshold_tables,
    threshold_unit,
)

x, y, s, w, v, b, c, p, q = symbols("x y s w v b c p q", real=True)
i, j, n = symbols("i j n", integer=True, positive=True)
u, t, X = IndexedBase("u"), IndexedBase("v"), IndexedBase("x")
half, XOR, XNOR = Rational(1, 2), 0b0110, 0b1001
bits, signs = {x: "bit", y: "bit"}, {x: "sign", y: "sign"}


def fires(tables):
    """For each input point, 1 if H(w x + v y + b) has the bit of the table there, else 0; their product: the unit computes it."""
    low, wanted = tables
    product = 1
    for k in range(4):
        at = H(w * (1 if k & 1 else low) + v * (1 if k & 2 else low) + b)
        product = product * (at if wanted >> k & 1 else 1 - at)
    return product


def or_and_nand():
    or_unit, nand = threshold_unit("f", {"x": 1, "y": 1}, Fraction(-1, 2)), threshold_unit("g", {"x": -1, "y": -1}, Fraction(3, 2))
    network = Network.of(["x", "y"], [replace(or_unit, output_gates=(output("g"),)), nand], ["f"])
    yield Case("table", network.function().table, XOR)
    yield Case("OR and NAND", (network.state((1, 1)).O["g"], Network.of(["x", "y"], [nand], ["g"]).function().table), (0, 0b0111))
    yield Case(
        "threshold units, gates, depth", (network.threshold_units, tuple(network.gatings), network.depth), (2, (0, 1, 0, 0), 1)
    )


def one_synapse():
    gate = affine("g", {"y": -2}, 1)
    network = Network.of(["x", "y"], [gate, Unit("f", "identity", (Synapse("x", 1, (output("g"),)), Synapse("y", 1)))], ["f"])
    yield Case("table, bits", network.function().table, XOR)
    yield Case("no threshold unit, one gated synapse", (network.threshold_units, tuple(network.gatings)), (0, (0, 0, 1, 0)))
    product = Network.of(["x", "y"], [Unit("f", "identity", (Synapse("x", -1, (output("y"),)),))], ["f"])
    yield Case("table, +-1", product.function("pm1").table, XOR)
    yield Case("no threshold unit, depth 1", (product.threshold_units, tuple(product.gatings), product.depth), (0, (0, 0, 1, 0), 1))


def gated_forms(m):
    """The network of two linear units of m inputs with symbolic weights, one gating the other."""
    first, second = (
        affine(name, {f"x{k}": Symbol(f"{name}{k}", real=True) for k in range(m)}, bias) for name, bias in (("u", b), ("v", c))
    )
    network = Network.of([f"x{k}" for k in range(m)], [replace(first, output_gates=(output("v"),)), second], ["u"])
    want = sum((Symbol(f"u{k}", real=True) * Symbol(f"x{k}", real=True) for k in range(m)), b)
    want = want * sum((Symbol(f"v{k}", real=True) * Symbol(f"x{k}", real=True) for k in range(m)), c)
    yield Case(f"n = {m}: value", (expand(network.as_expr()[0]),), (expand(want),))
    yield Case(f"n = {m}: units, gates, depth", (network.size, tuple(network.gatings), network.depth), (2, (0, 1, 0, 0), 1))


claim = partial(Claim.of, source=HERE)


def single(form, weights, index):
    return Sum(weights[index] * form[index], (index, 1, n))


FAMILY = (
    Entry(
        claim(
            "xor_eq_one_and_gating",
            "XOR of two bits is the 0/1 product of two threshold units, OR and NAND, of one layer.",
            ForAll.of(
                Identity.of(H(s - half) * H(3 * half - s), Abs(x - y), given={s: x + y}, where=bits, note="|x - y| is XOR on bits")
            ),
            "x and y are bits",
        ),
        (
            Derived(),
            Certified(0, of=ForEach.once(r"OR \cdot NAND", or_and_nand)),
            Control(
                "+-1 outputs multiplied",
                Identity.of((2 * H(x + y - half) - 1) * (2 * H(3 * half - x - y) - 1), Abs(x - y), where=bits),
            ),
            Control("H(s - 1/2) H(5/2 - s)", Identity.of(H(x + y - half) * H(5 * half - x - y), Abs(x - y), where=bits)),
        ),
    ),
    Entry(
        claim(
            "xor_eq_one_gated_synapse",
            "XOR of two bits is a linear unit with one synapse gated by 1 - 2y; of two signs it is -xy, with no threshold unit.",
            ForAll.of(
                Identity.of(y + (1 - 2 * y) * x, Abs(x - y), where=bits, note="bits"),
                Identity.of(-x * y, Abs(x - y) - 1, where=signs, note="signs: |x - y| - 1 is 1 if they differ, else -1"),
            ),
        ),
        (
            Derived(),
            Certified(0, of=ForEach.once("y + (1 - 2 y) x", one_synapse)),
            Control("the gate 1 - y, which gives OR", Identity.of(y + (1 - y) * x, Abs(x - y), where=bits)),
            Control("x y in +-1, which is XNOR", Identity.of(x * y, Abs(x - y) - 1, where=signs)),
        ),
    ),
    Entry(
        claim(
            "xor_not_threshold",
            "No threshold unit computes XOR, nor the product of two signs: whatever its weights, it differs at one of four points.",
            ForAll.of(
                Identity.of(fires((0, XOR)), 0, note="bits, XOR: 1 would say that H(w x + v y + b) is XOR"),
                Identity.of(fires((-1, XOR)), 0, note="signs, XOR"),
                Identity.of(fires((-1, XNOR)), 0, note="signs, the product x y"),
            ),
            "w, v, b are any reals, H(0) = 0",
        ),
        (
            Derived(),
            Certified(0, of=ForEach.once("XOR", lambda: [Case(f"{f:#x}", f, threshold_tables(2), "not in") for f in (XOR, XNOR)])),
            Control("AND, the product of two bits", Identity.of(fires((0, 0b1000)), 0)),
            Control("three of the four points", Identity.of(H(w + b) * H(v + b) * (1 - H(b)), 0)),
        ),
    ),
    Entry(
        claim(
            "product_of_affine_forms_eq_one_output_gating",
            "Two linear units, one of them gating the other, compute any product of two affine forms.",
            ForAll.of(
                Identity.of(
                    p * q,
                    Sum(u[i] * X[i] * t[j] * X[j], (i, 1, n), (j, 1, n)) + c * single(X, u, i) + b * single(X, t, j) + b * c,
                    given={p: single(X, u, i) + b, q: single(X, t, j) + c},
                )
            ),
            "any number n of inputs, any real weights",
        ),
        (
            Derived(),
            Certified(3, of=ForEach.of("(u.x + b)(v.x + c)", gated_forms, first=0)),
            Control(
                "the biases forgotten",
                Identity.of(p * q, single(X, u, i) * single(X, t, j), given={p: single(X, u, i) + b, q: single(X, t, j) + c}),
            ),
            Control("squares only", Identity.of(single(X, u, i) * single(X, t, i), Sum(u[i] * t[i] * X[i] ** 2, (i, 1, n)))),
        ),
    ),
)
