"""What gating saves in the circuits of the library, for every size.

Says: sums of words, inner products modulo 2 and multiplexers are products of threshold units in one layer; equality and intervals
are one unit with gated synapses; comparison of words takes half the bits of its weights with one attending unit; sorting takes
gated synapses and no threshold unit.
Idea: each function is read off a number of few values, or is a product of factors of which at most one is off.
Edges: the numbers of units are upper bounds. A layered sum has its last carry copied, so that all outputs stand in one layer.
"""

from dataclasses import replace

from sympy import Integer, Rational, Symbol, symbols

from workbench import Case, Certified, Claim, Control, Cube, Derived, Entry, ForEach, H, Hand, Identity, Source, circuits
from workbench.domain import table_of

HALF = Rational(1, 2)
x, y, z, s, d, a, low, high, t1, t2, t3 = symbols("x y z s d a low high t1 t2 t3", real=True)
e, r = symbols("e r", positive=True)
j = Symbol("j", nonnegative=True)
BITS, THREE = {x: "bit", y: "bit"}, {x: "bit", y: "bit", s: "bit"}
OURS = (Source("workbench2026", "derived in this file", read=True),)


def sgn(value):
    return 2 * H(value) - 1


def cases(entry, size, costs, *, strip=None):
    """Tables, and (depth, threshold units, output gatings, synaptic gatings), of each form that is named; `strip` alters it.

    A fifth number is its largest weight.
    """
    points = list(Cube(entry.inputs_at(size), "01").points())
    values = [v if isinstance(v, tuple) else (v,) for v in map(entry.spec(size), points)]
    want = tuple(table_of(bit == 1 for bit in column) for column in zip(*values, strict=True))
    for (model, outputs), cost in costs.items():
        network = entry(size, model, outputs=outputs)
        network = network if strip is None else strip(network)
        found = tuple(f.table for f in network.tables(entry.forms[model, outputs].inputs))
        yield Case(f"{entry.name}, n = {size}, {model} {outputs}: tables", found, want)
        got = network.depth, network.threshold_units, network.gatings.output, network.gatings.synaptic
        yield Case(f"{entry.name}, n = {size}, {model} {outputs}: depth, units, gatings", got, cost[:4])
        if len(cost) > 4:
            largest = max(abs(s.weight) for u in network.units for s in u.synapses)
            yield Case(f"{entry.name}, n = {size}, {model} {outputs}: largest weight", largest, cost[4])


def statement(latex, entry, costs, *, costly_from, strip=None):
    def every(n):
        for one in [entry] if isinstance(entry, circuits.Entry) else entry(n):
            yield from cases(one, n, costs(n), strip=strip)

    return ForEach.of(latex, every, first=1, costly_from=costly_from)


def shifted(name, by=1):
    """The network with the bias of one unit changed."""
    return lambda network: network.replace_unit(replace(network.unit(name), bias=network.unit(name).bias + by))


def ungated(network):
    """The network without its output gates and without the gates of its synapses."""
    units = [replace(u, output_gates=(), synapses=tuple(replace(s, gates=()) for s in u.synapses)) for u in network.units]
    return replace(network, units=tuple(units))


def entry(name, says, latex, about, costs, steps, *controls, upto, full=None, strip=ungated, what="without gates"):
    said = statement(latex, about, costs, costly_from=1 + max(upto, full or 0))
    altered = Control(what, statement(latex, about, costs, costly_from=9, strip=strip), upto=2)
    return Entry(
        Claim(name, says, said, sources=OURS, topic="depth"), (Derived.of(*steps), Certified(upto, full), altered, *controls)
    )


ON = {t1: "bit", t2: "bit", t3: "bit"}
FAMILY = (
    entry(
        "addition_depth_eq_one_of_gating",
        "The bits of the sum of two n-bit words are products of 3n - 1 units ±1 in one layer; layered it takes 4n units, skips 2n.",
        r"s_i = \prod_{k=1}^{3} \operatorname{sgn}(\textstyle\sum_{j \le i} 2^j (x_j + y_j) - k 2^i + \frac{1}{2})",
        circuits.addition,
        lambda n: {
            ("standard", "01"): (2, 4 * n, 0, 0),
            ("skip", "01"): (2, 2 * n, 0, 0),
            ("gated", "pm1"): (1, 3 * n - 1, 2 * n - 1, 0),
            ("synaptic", "01"): (n, 0, 0, 4 * n - 2),
        },
        (
            Identity.of(
                (2 * t1 - 1) * (2 * t2 - 1) * (2 * t3 - 1),
                2 * (t1 + t2 + t3 - 2 * (t1 * t2 + t1 * t3 + t2 * t3) + 4 * t1 * t2 * t3) - 1,
                where=ON,
                note="a product of three signs is their parity",
            ),
            Identity.of(
                H(x + y + s - 2 * H(x + y + s - 3 * HALF) - HALF),
                x + y + s - 2 * (x * y + x * s + y * s) + 4 * x * y * s,
                where=THREE,
                note="by skips: s the carry",
            ),
            Hand("the sum A of the lowest i + 1 bits of both words is below 4 times 2^i; [A >= k 2^i] is on for k <= A / 2^i"),
            Identity.of(x * y + (x + y - 2 * x * y) * s, H(x + y + s - 3 * HALF), where=THREE, note="a carry"),
            Hand("bit i of the sum is the parity of floor(A / 2^i); its carry is [A >= 2 times 2^i]; at i = 0 the sum is below 3"),
        ),
        Control("two signs", Identity.of((2 * t1 - 1) * (2 * t2 - 1), 2 * (t1 + t2 - 2 * t1 * t2) - 1, where=ON)),
        upto=3,
        full=4,
    ),
    entry(
        "inner_product_depth_eq_one_of_gating",
        "The inner product modulo 2 of two n-bit words is a product of n units ±1; layered it has depth 3 and 2n + 1 units.",
        r"(-1)^{x \cdot y} = \prod_i \operatorname{sgn}(\frac{3}{2} - x_i - y_i)",
        circuits.inner_product,
        lambda n: {
            ("standard", "01"): (3, 2 * n + 1, 0, 0),
            ("skip", "01"): (3 if n > 1 else 2, n + n // 2 + 1, 0, 0),
            ("gated", "pm1"): (1, n, n - 1, 0),
            ("synaptic", "01"): (2 if n > 1 else 1, n // 2 + 1, 0, n * (n // 2 + 1)),
        },
        (
            Identity.of(sgn(3 * HALF - x - y), 1 - 2 * x * y, where=BITS, note="one factor is -1 to the power x y"),
            Hand("so the product is -1 to the power x . y, and one factor absorbs the sign that makes odd numbers +1"),
            Hand("layered and by skips: parity of the n AND units, in the circuits of parity"),
        ),
        Control("OR units", Identity.of(sgn(HALF - x - y), 1 - 2 * x * y, where=BITS)),
        upto=3,
        full=5,
    ),
    entry(
        "multiplexer_depth_eq_one_of_gating",
        "A multiplexer with n address bits is a product of 2^n units in one layer, in both output conventions; a tree of gated "
        "synapses has depth n and no threshold unit.",
        r"d_{a} = \prod_i H(d_i + \operatorname{dist}(a, i) - \frac{1}{2})",
        circuits.multiplexer,
        lambda n: {
            ("standard", "01"): (2, 2**n + 1, 0, 0),
            ("skip", "01"): (2, 2**n, 0, 0),
            ("gated", "01"): (1, 2**n, 2**n - 1, 0),
            ("gated", "pm1"): (1, 2**n, 2**n - 1, 0),
            ("synaptic", "01"): (n, 0, 0, 2 * (2**n - 1)),
        },
        (
            Identity.of(H(x + s - HALF), x, where={x: "bit"}, given={s: Integer(0)}, note="the factor of the address"),
            Identity.of(H(x + s - HALF), 1, where={x: "bit"}, given={s: 1 + j}, note="every other one"),
            Identity.of(sgn(x + s - HALF), 2 * x - 1, where={x: "bit"}, given={s: Integer(0)}, note="with outputs ±1"),
            Identity.of(H(x - (1 + j) - HALF + (2 + j) * y), y, where=BITS, note="by skips, at another address than 0"),
            Identity.of(z + a * (d - z), (1 - a) * z + a * d, note="two gated synapses choose between two values"),
            Hand(
                "a distance of addresses is 0 at the address and a positive integer elsewhere; the tree chooses by one bit a level"
            ),
        ),
        Control("a distance of 0 elsewhere", Identity.of(H(x + s - HALF), 1, where={x: "bit"}, given={s: Integer(0)})),
        upto=2,
        full=3,
    ),
    entry(
        "equality_eq_one_unit_of_n_gated_synapses",
        "Equality of two n-bit words is one threshold unit with n gated synapses and weights to 2, without gates to 2^(n-1).",
        r"[x = y] = H(\frac{1}{2} - \sum_i (x_i + y_i - 2 y_i \cdot x_i))",
        circuits.equality,
        lambda n: {
            ("synaptic", "01"): (1, 1, 0, n, 2),
            ("gated", "01"): (1, 2, 1, 0, 2 ** (n - 1)),
            ("gated", "pm1"): (1, 2, 1, 0, 2 ** (n - 1)),
        },
        (
            Identity.of(x + y - 2 * x * y, (x - y) ** 2, where=BITS, note="each term is 0 or 1"),
            Identity.of(H(HALF - s), 1, given={s: Integer(0)}, note="no bit differs"),
            Identity.of(H(HALF - s), 0, given={s: 1 + j}, note="some do"),
            Hand("a sum of integers that are 0 or 1 is 0 if and only if each is"),
        ),
        Control("a threshold of 3/2", Identity.of(H(3 * HALF - s), 0, given={s: 1 + j})),
        upto=4,
        full=5,
    ),
    entry(
        "comparison_in_halves_depth_eq_two",
        "Comparison of two n-bit words is one threshold unit with weights to 2^(n-1), or one attended by another with weights to "
        "2^(ceil(n/2) - 1).",
        r"[x > y] = H(A_1 + H(A_0 - \frac{1}{2}) - \frac{1}{2}),\ A_1 2^{\lfloor n/2 \rfloor} + A_0 = \sum_i 2^i (x_i - y_i)",
        circuits.comparison,
        lambda n: {
            ("standard", "01"): (1, 1, 0, 0, 2 ** (n - 1)),
            ("skip", "01"): (2, 2, 0, 0, 2 ** ((n + 1) // 2 - 1)),
            ("gated", "01"): (2, 4, 1, 0, 2 ** ((n + 1) // 2 - 1)),
            ("synaptic", "01"): (2 if n > 1 else 1, n - 1, 0, n * (n - 1) // 2 + 3 * n - 2, 2 if n > 1 else 1),
        },
        (
            Identity.of(
                H(s + y - HALF), y, where={y: "bit"}, given={s: Integer(0)}, note="the high halves are equal: the low ones decide"
            ),
            Identity.of(H(s + y - HALF), 1, where={y: "bit"}, given={s: 1 + j}, note="the first exceeds in its high half"),
            Identity.of(H(s + y - HALF), 0, where={y: "bit"}, given={s: -1 - j}, note="the second does"),
            Identity.of(x - x * y, x * (1 - y), where=BITS, note="synaptic: the bit at which the first is on and the second off"),
            Hand("A_1 and A_0 are integers and |A_0| < 2^floor(n/2), so that A_1 decides unless it is 0"),
            Hand("gated: [A_1 >= 1] or [A_1 >= 0] with [A_0 >= 1]; synaptic: the highest bit in which the words differ counts"),
        ),
        Control("an OR of the halves", Identity.of(H(s + y - HALF), 0, where={y: "bit"}, given={s: Integer(0)})),
        upto=4,
        full=5,
        strip=shifted("F"),
        what="a threshold lower by one",
    ),
    entry(
        "interval_eq_one_unit_of_gated_synapses",
        "Whether l to h of n bits are on is one threshold unit with n synapses gated by one linear unit, or one gating of two.",
        r"[l \le s \le h] = H(s (l + h - s) - l h + \frac{1}{2})",
        lambda n: [circuits.interval(low, high) for high in range(n + 1) for low in range(high + 1)],
        lambda n: {
            ("standard", "01"): (2, 3, 0, 0),
            ("skip", "01"): (2, 2, 0, 0),
            ("gated", "01"): (1, 2, 1, 0),
            ("gated", "pm1"): (1, 2, 1, 0),
            ("synaptic", "01"): (2, 1, 0, n),
        },
        (
            Identity.of(s * (low + high - s) - low * high, (s - low) * (high - s)),
            Identity.of(H(s * d + HALF), 1, given={s: e, d: r}, note="strictly between the ends; at an end the product is 0"),
            Identity.of(
                H(-(1 + j) * d + HALF), 0, given={d: 1 + e}, note="below or above: one factor is at most -1, the other at least 1"
            ),
            Identity.of(
                sgn(s - low + HALF) * sgn(high - s + HALF), 1, given={s: low + e, high: low + e + r}, note="±1: inside, both are on"
            ),
            Hand("s, l and h are integers, l <= h; outside one factor of (s - l)(h - s) is negative and the other is positive"),
        ),
        Control("the product negated", Identity.of(s * (s - low - high) - low * high, (s - low) * (high - s))),
        upto=3,
        full=5,
        strip=shifted("F"),
        what="a threshold lower by one",
    ),
    entry(
        "sorting_eq_gated_synapses",
        "n bits are sorted by n threshold units in one layer, or by none with n(n-1)/2 output gatings or n(n-1) gated synapses.",
        r"\min(x, y) = x y,\ \max(x, y) = x + y - x y",
        circuits.sorting,
        lambda n: {
            ("standard", "01"): (1, n, 0, 0),
            ("gated", "01"): (n + 1 if n > 2 else 2 * n - 2, 0, n * (n - 1) // 2, 0),
            ("synaptic", "01"): (n if n > 2 else n - 1, 0, 0, n * (n - 1)),
        },
        (
            Identity.of(x * y, H(x + y - 3 * HALF), where=BITS, note="the smaller of two bits"),
            Identity.of(x + y - x * y, H(x + y - HALF), where=BITS, note="the larger"),
            Hand("n rounds of exchanges of neighbours, at even and odd places in turn, sort n values"),
            Hand("bit k of the sorted bits is on if and only if k or more are"),
        ),
        Control("x + y is no larger bit", Identity.of(x + y, H(x + y - HALF), where=BITS)),
        upto=4,
        full=6,
        strip=lambda network: ungated(network) if network.threshold_units == 0 else shifted("F0", -1)(network),
        what="without gates, or with a threshold higher by one",
    ),
)
