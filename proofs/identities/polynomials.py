"""Polynomials from linear units and output gatings, in logarithmic gating depth, and what that means for functions.

Says: linear units with binary output gatings compute every real polynomial; degree d >= 1 takes gating depth ceil(log2 d), no less;
so every Boolean function of n inputs has gating depth at most ceil(log2 n); u.v of two variable vectors takes m gatings.
Idea: a product of two signals of degree <= 2^k has degree <= 2^(k+1); a monomial of degree d is a balanced product of two halves.
Edges: the bound is reached for d = 2^k, and d = 2^k + 1 needs one level more; the degree meant is that of the polynomial as a
function of real inputs; on bits the multilinear polynomial of degree <= n is enough.
"""

from dataclasses import replace
from functools import cache, partial
from itertools import combinations_with_replacement

from sympy import Matrix, Rational, Symbol, expand, symbols

from workbench import (
    HERE,
    Bound,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Network,
    Synapse,
    Unit,
    affine,
    output,
    threshold_unit,
)

x, y, f0, f1 = symbols("x y f0 f1", real=True)
p, q = symbols("p q", nonnegative=True)
m = Symbol("m", integer=True, nonnegative=True)
s, t = symbols("s1:7", real=True), symbols("t1:7", real=True)  # three rows, then three columns, of a symmetric matrix
a = [[Symbol(f"a{i}{j}", real=True) for j in range(3)] for i in range(3)]


def product_tree(factors):
    """The name that carries the product of the named outputs, and the gated identity units of a balanced tree."""
    if len(factors) == 1:
        return factors[0], []
    half = len(factors) // 2
    (left, units), (right, more) = product_tree(factors[:half]), product_tree(factors[half:])
    name = "_".join(("m", *factors))
    return name, [*units, *more, replace(affine(name, {left: 1}), output_gates=(output(right),))]


def polynomial(terms, inputs):
    """The network whose output is the sum of coefficient times monomial, `terms` mapping tuples of inputs to coefficients."""
    units, weights, bias = {}, {}, 0
    for factors, coefficient in terms.items():
        if not factors:
            bias = coefficient
            continue
        name, new = product_tree(factors)
        weights[name] = coefficient
        units |= {unit.name: unit for unit in new}
    return Network.of(inputs, [*units.values(), affine("p", weights, bias)], ["p"])


def gating_depth(network):
    """The largest number of multiplications on a path to an output."""
    level = dict.fromkeys(network.inputs, 0)
    for name in network.order:
        unit = network.unit(name)
        level[name] = max((level[s.source] for s in unit.synapses), default=0)
        for gate in unit.output_gates:
            level[name] = 1 + max(level[name], level[gate.unit])
    return max(level[name] for name in network.outputs)


def ceil_log2(d):
    return (d - 1).bit_length()


@cache
def largest_degree(depth):
    """The largest degree of a signal behind `depth` gatings, from the degrees of the two signals that meet in the last one."""
    return 1 if depth == 0 else 2 * largest_degree(depth - 1)


def of_degree(d, least=ceil_log2):
    """Every polynomial of degree d in two inputs, with symbolic coefficients; the degree that fewer gatings reach."""
    names = ("x", "y")
    monomials = [factors for size in range(d + 1) for factors in combinations_with_replacement(names, size)]
    terms = {factors: Symbol(f"c{factors.count('x')}_{factors.count('y')}", real=True) for factors in monomials}
    network = polynomial(terms, names)
    want = sum(c * x ** f.count("x") * y ** f.count("y") for f, c in terms.items())
    yield Case(f"d = {d}: value", (expand(network.as_expr()[0]),), (expand(want),))
    yield Case(f"d = {d}: gating depth of the trees", gating_depth(network), least(d))
    yield Case(f"d = {d}: no threshold unit", {unit.transfer for unit in network.units}, {"identity"})
    if d > 1:
        yield Case(f"d = {d}: degree behind one gating less", largest_degree(least(d) - 1), d, "<")


def multilinear(n, depth=ceil_log2):
    """Every Boolean function of n inputs as a network of its multilinear polynomial on bits."""
    names = [f"x{i}" for i in range(n)]
    for table in range(1 << (1 << n)):
        coefficients = {}
        for subset in range(1 << n):
            below = (t for t in range(1 << n) if t & ~subset == 0)
            total = sum((-1) ** (subset ^ t).bit_count() * (table >> t & 1) for t in below)
            if total:
                coefficients[tuple(name for i, name in enumerate(names) if subset >> i & 1)] = total
        network = polynomial(coefficients, names)
        yield Case(f"n = {n}, f = {table:#x}: table", network.function().table, table)
        yield Case(f"n = {n}, f = {table:#x}: gating depth", gating_depth(network), depth(n), "<=")


def two_vectors(m):
    """Both networks for u.v with 2 m inputs, and the one of ANDs for bits."""
    us, vs = [f"u{i}" for i in range(m)], [f"v{i}" for i in range(m)]
    want = sum((Symbol(a, real=True) * Symbol(b, real=True) for a, b in zip(us, vs, strict=True)), Rational(0))
    products = [replace(affine(f"p{a}", {a: 1}), output_gates=(output(b),)) for a, b in zip(us, vs, strict=True)]
    by_outputs = Network.of([*us, *vs], [*products, affine("f", {p.name: 1 for p in products})], ["f"])
    by_synapses = Network.of(
        [*us, *vs], [Unit("f", "identity", tuple(Synapse(a, 1, (output(b),)) for a, b in zip(us, vs, strict=True)))], ["f"]
    )
    ands = [threshold_unit(f"p{a}", {a: 1, b: 1}, Rational(-3, 2)) for a, b in zip(us, vs, strict=True)]
    on_bits = Network.of([*us, *vs], [*ands, affine("f", {p.name: 1 for p in ands})], ["f"])
    for network, gates, size in ((by_outputs, (0, m, 0, 0), m + 1), (by_synapses, (0, 0, m, 0), 1)):
        yield Case(f"m = {m}: value", (network.as_expr()[0],), (want,))
        yield Case(f"m = {m}: gates and units", (tuple(network.gatings), network.size), (gates, size))
    for point in range(1 << 2 * m):
        bits = [point >> i & 1 for i in range(2 * m)]
        yield Case(f"m = {m}, bits {bits}: ANDs", on_bits.at(bits), (sum(a * b for a, b in zip(bits[:m], bits[m:], strict=True)),))


def quadratic_form_rank(m, gatings=int):
    """The rank of the symmetric matrix of u.v, against 2 for each product of two linear forms."""
    form = Matrix(2 * m, 2 * m, lambda i, j: int(abs(i - j) == m))
    yield Case(f"m = {m}: rank of the quadratic form u.v", form.rank(), 2 * gatings(m))


claim = partial(Claim.of, source=HERE)


FAMILY = (
    Entry(
        claim(
            "gating_depth_of_polynomial_eq_ceil_log2_degree",
            "Linear units and output gatings compute every real polynomial; degree d takes gating depth ceil(log2 d), no less.",
            ForEach.of(r"\text{gating depth of degree } d = \lceil \log_2 d \rceil", of_degree, first=1, index="d"),
            "d >= 1; gating depth is the number of multiplications on the longest path; the units are linear",
        ),
        (
            Derived.of(
                Bound.of((2**m - p) + (2**m - q), 2 ** (m + 1), where={m: 0}, note="degrees <= 2^m add up to at most 2^(m+1)"),
                Hand("by induction the degree behind m gatings is at most 2^m: linear units take sums, a gating one product"),
                Hand(
                    "a monomial of degree d >= 2 is the product of one of degree ceil(d/2) and one of floor(d/2), and "
                    "ceil(log2 ceil(d/2)) = ceil(log2 d) - 1"
                ),
                Hand("a linear unit adds the monomials of all degrees up to d with their coefficients and multiplies nothing"),
            ),
            Certified(6),
            Control(
                "floor in place of ceiling",
                ForEach.of("", lambda d: of_degree(d, lambda d: d.bit_length() - 1), first=1, index="d"),
                upto=4,
            ),
            Control(
                "d - 1, a chain of products", ForEach.of("", lambda d: of_degree(d, lambda d: d - 1), first=1, index="d"), upto=4
            ),
        ),
    ),
    Entry(
        claim(
            "boolean_function_gating_depth_le_ceil_log2_n",
            "Every Boolean function of n bits is exactly a network of linear units with gating depth at most ceil(log2 n).",
            ForEach.of(r"\text{gating depth} \le \lceil \log_2 n \rceil", multilinear, first=1, costly_from=4),
            "n >= 1; the inputs are bits",
            uses=("gating_depth_of_polynomial_eq_ceil_log2_degree",),
        ),
        (
            Derived.of(
                Identity.of(
                    f0 + x * (f1 - f0),
                    (1 - x) * f0 + x * f1,
                    where={x: "bit"},
                    note="f is linear in one bit, through its restrictions",
                ),
                Hand("one input after the other, this makes f a polynomial of degree at most 1 in each input, so at most n"),
            ),
            Certified(3),
            Control("one level less", ForEach.of("", lambda n: multilinear(n, lambda n: ceil_log2(n) - 1), first=1), upto=2),
            Control(
                "floor in place of ceiling", ForEach.of("", lambda n: multilinear(n, lambda n: n.bit_length() - 1), first=1), upto=3
            ),
        ),
    ),
    Entry(
        claim(
            "dot_product_eq_m_gatings",
            "u.v of two variable vectors of length m is m output gatings and a linear unit, or m gated synapses; on bits, m ANDs.",
            ForEach.of(r"u \cdot v:\ m\ \text{gatings}", two_vectors, first=1, index="m", costly_from=5),
        ),
        (
            Derived.of(Hand("the i-th gated unit, or gated synapse, carries u_i v_i, and the linear unit adds them up")),
            Certified(4),
            Control(
                "m - 1 gatings",
                ForEach.of("", lambda m: [Case("gates", list(two_vectors(m))[1].got, ((0, m - 1, 0, 0), m))], first=1, index="m"),
            ),
        ),
    ),
    Entry(
        claim(
            "dot_product_needs_m_gatings",
            "No sum of fewer than m products of two linear forms is u.v.",
            ForEach.of(r"\operatorname{rank}(u \cdot v) = 2m", quadratic_form_rank, first=1, index="m"),
            "products of linear forms of the inputs, added by a linear unit",
        ),
        (
            Derived.of(
                Identity.of(
                    a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1])
                    - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0])
                    + a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]),
                    0,
                    given={a[i][j]: s[i] * t[3 + j] + t[i] * s[3 + j] for i in range(3) for j in range(3)},
                    note="any 3 rows and 3 columns of the symmetric matrix s t^T + t s^T of a product (s.x)(t.x)",
                ),
                Hand("so all minors of size 3 of such a matrix vanish, and its rank is at most 2"),
                Hand("rank is subadditive: a sum of q such products has rank at most 2q"),
                Hand("the symmetric matrix of u.v is a permutation of the 2m coordinates up to a factor, so of rank 2m"),
            ),
            Certified(4),
            Control(
                "2m - 1 gatings", ForEach.of("", lambda m: quadratic_form_rank(m, lambda m: 2 * m - 1), first=1, index="m"), upto=2
            ),
        ),
    ),
)
