"""Circuits of products: inner products, OR of pairs, quadratic forms of given rank, and multiplexers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import combinations

from sympy import Min, floor

from workbench.circuits.forms import Cost, Entry, Form, n, names, number
from workbench.circuits.pairs import HALF, Pair, attended, conjunction_unit, gated, layered
from workbench.circuits.symmetric import alternating, at_least, corrected, multiplied
from workbench.circuits.words import negated, selector_unit
from workbench.errors import BadInput
from workbench.network import Network, Synapse, Unit, affine, output, threshold_unit


def _words(size: int) -> list[str]:
    return names("x", size) + names("y", size)


def _products(size: int) -> tuple[Synapse, ...]:
    """Return the synapses that add x_i y_i: each gated by an input."""
    return tuple(Synapse(f"x{i}", 1, (output(f"y{i}"),)) for i in range(size))


def conjunctions(size: int) -> list[Unit]:
    """Return the AND unit of x_i and y_i for each i."""
    return [conjunction_unit(f"both{i}", f"x{i}", f"y{i}") for i in range(size)]


def _inner_layered(size: int) -> Network:
    return Network.of(_words(size), [*conjunctions(size), *alternating(names("both", size))], ["F"])


def _inner_attended(size: int) -> Network:
    summands = tuple(Synapse(name, 1) for name in names("both", size))
    return Network.of(_words(size), [*conjunctions(size), *corrected(summands)], ["F"])


def _inner_signed(size: int) -> Network:
    """Return the product of n NAND units ±1, -1 for each pair that is on; the sign is absorbed by the first."""
    first, *others = (replace(negated(unit), transfer="sign") for unit in conjunctions(size))
    return Network.of(_words(size), multiplied([negated(first), *others]), ["both0"])


def _inner_synaptic(size: int) -> Network:
    return Network.of(_words(size), corrected(_products(size)), ["F"])


_half = floor(n / 2)
inner_product = Entry(
    "inner_product",
    "the inner product of two words modulo 2",
    2 * n,
    lambda size, bits: sum(x & y for x, y in zip(bits[:size], bits[size:], strict=True)) % 2,
    {
        ("standard", "01"): Form(_inner_layered, Cost(3, 2 * n + 1, n**2 + 3 * n)),
        ("skip", "01"): Form(
            _inner_attended, Cost(Min(n, 2) + 1, n + _half + 1, 3 * n + _half * (n + 1), attention=_half), Min(n, 2)
        ),
        ("gated", "pm1"): Form(_inner_signed, Cost(1, n, 2 * n, output_gatings=n - 1)),
        ("synaptic", "01"): Form(
            _inner_synaptic,
            Cost(Min(n, 2), _half + 1, n * (_half + 1) + _half, attention=_half, synaptic_gatings=n * (_half + 1)),
            Min(n, 2),
        ),
    },
)


def dot_product(theta: int) -> Entry:
    """Return the entry for x . y >= theta, x and y words of bits.

    >>> dot_product(1)(2, "synaptic")
    Network(x0, x1, y0, y1 -> F; 1 units, 2 wires)
    """

    def by_units(size: int) -> Network:
        return Network.of(_words(size), [*conjunctions(size), at_least("F", theta, names("both", size))], ["F"])

    def by_gated_units(size: int) -> Network:
        units = [Unit(f"p{i}", "identity", (Synapse(f"x{i}", 1),), output_gates=(output(f"y{i}"),)) for i in range(size)]
        return Network.of(_words(size), [*units, at_least("F", theta, names("p", size))], ["F"])

    def by_gated_synapses(size: int) -> Network:
        return Network.of(_words(size), [Unit("F", "threshold", _products(size), HALF - theta)], ["F"])

    plain = Form(by_units, Cost(2, n + 1, 3 * n))
    return Entry(
        f"dot_product_{theta}",
        f"whether {theta} or more pairs of bits are both on",
        2 * n,
        lambda size, bits: int(sum(x & y for x, y in zip(bits[:size], bits[size:], strict=True)) >= theta),
        {
            ("standard", "01"): plain,
            ("skip", "01"): plain,
            ("gated", "01"): Form(by_gated_units, Cost(2, 1, 2 * n, output_gatings=n)),
            ("synaptic", "01"): Form(by_gated_synapses, Cost(1, 1, n, synaptic_gatings=n)),
        },
    )


def _quadruples(size: int) -> list[str]:
    return [f"{letter}{i}" for i in range(size) for letter in "abcd"]


def _or_pairs(size: int) -> list[Pair]:
    return [(at_least(f"f{i}", 1, [f"a{i}", f"b{i}"]), at_least(f"g{i}", 1, [f"c{i}", f"d{i}"])) for i in range(size)]


def _or_layered(size: int) -> Network:
    units = [unit for i, pair in enumerate(_or_pairs(size)) for unit in layered(pair, f"F{i}")]
    return Network.of(_quadruples(size), [*units, at_least("F", 1, names("F", size))], ["F"])


def _or_attended(size: int) -> Network:
    units = [unit for i, pair in enumerate(_or_pairs(size)) for unit in attended(pair, f"F{i}")]
    return Network.of(_quadruples(size), [*units, at_least("F", 1, names("F", size))], ["F"])


def _or_gated(size: int) -> Network:
    units = [unit for i, pair in enumerate(_or_pairs(size)) for unit in gated(pair, f"F{i}")]
    return Network.of(_quadruples(size), [*units, at_least("F", 1, names("F", size))], ["F"])


def _or_synaptic(size: int) -> Network:
    """Return the unit on the sum of (a + b)(c + d) over the pairs."""
    synapses = [Synapse(f"{x}{i}", 1, (output(f"{y}{i}"),)) for i in range(size) for x in "ab" for y in "cd"]
    return Network.of(_quadruples(size), [Unit("F", "threshold", tuple(synapses), -HALF)], ["F"])


def _or_rule(size: int, bits: Sequence[int]) -> int:
    return int(any((a or b) and (c or d) for a, b, c, d in (bits[4 * i : 4 * i + 4] for i in range(size))))


or_of_pairs = Entry(
    "or_of_pairs",
    "OR over n blocks of the product of two units: (a or b) and (c or d)",
    4 * n,
    _or_rule,
    {
        ("standard", "01"): Form(_or_layered, Cost(3, 3 * n + 1, 7 * n)),
        ("skip", "01"): Form(_or_attended, Cost(3, 2 * n + 1, 6 * n, attention=n), 2),
        ("gated", "01"): Form(_or_gated, Cost(2, 2 * n + 1, 5 * n, output_gatings=n)),
        ("synaptic", "01"): Form(_or_synaptic, Cost(1, 1, 4 * n, synaptic_gatings=4 * n)),
    },
)


Linear = tuple[int, ...]


@cache
def linear_forms(rank: int, size: int) -> tuple[tuple[Linear, Linear], ...]:
    """Return the coefficients of the two linear forms of each product: 1 or -1 by bit t of i, and by bit t of i + 1.

    >>> linear_forms(1, 3)
    (((1, -1, 1), (-1, 1, -1)),)
    """
    left, right = ([tuple(1 - 2 * (i + shift >> t & 1) for i in range(size)) for t in range(rank)] for shift in (0, 1))
    return tuple(zip(left, right, strict=True))


def _quadratic_rule(rank: int, size: int, bits: Sequence[int]) -> int:
    def value(form: Linear) -> int:
        return sum(w * x for w, x in zip(form, bits, strict=True))

    return int(sum(value(a) * value(b) for a, b in linear_forms(rank, size)) >= 1)


def quadratic(rank: int) -> Entry:
    """Return the entry for a sum of `rank` products of linear forms of n bits being at least 1; see `linear_forms`.

    A layered circuit has a copy of each bit beside the AND of each pair, since its readout reads no input. Raises BadInput for a
    rank below 1.

    >>> quadratic(2).form("gated").cost.output_gatings
    2
    """
    if rank < 1:
        raise BadInput(f"rank {rank} < 1: a quadratic form has at least one product")

    def by_pairs(size: int) -> dict[tuple[int, int], int]:
        """The coefficients of x_i x_j, i <= j, where x_i x_i = x_i."""
        forms, places = linear_forms(rank, size), [*((i, i) for i in range(size)), *combinations(range(size), 2)]
        return {(i, j): sum(a[i] * b[j] + (a[j] * b[i] if i < j else 0) for a, b in forms) for i, j in places}

    def by_units(size: int, *, copies: bool) -> Network:
        ands = [conjunction_unit(f"p{i}_{j}", f"x{i}", f"x{j}") for i, j in combinations(range(size), 2)]
        copied = [conjunction_unit(f"p{i}_{i}", f"x{i}") for i in range(size)] if copies else []
        synapses = tuple(
            Synapse(f"x{i}", q) if i == j and not copies else Synapse(f"p{i}_{j}", q, attention=not copies)
            for (i, j), q in by_pairs(size).items()
        )
        return Network.of(names("x", size), [*copied, *ands, Unit("F", "threshold", synapses, -HALF)], ["F"])

    def by_gated_units(size: int) -> Network:
        units = []
        for t, (a, b) in enumerate(linear_forms(rank, size)):
            u, v = (
                Unit(f"{letter}{t}", "identity", tuple(Synapse(f"x{i}", w) for i, w in enumerate(c)))
                for letter, c in (("u", a), ("v", b))
            )
            units += [replace(u, output_gates=(output(v.name),)), v]
        return Network.of(names("x", size), [*units, at_least("F", 1, names("u", rank))], ["F"])

    def by_gated_synapses(size: int) -> Network:
        pairs = by_pairs(size).items()
        synapses = tuple(Synapse(f"x{i}", q, () if i == j else (output(f"x{j}"),)) for (i, j), q in pairs)
        return Network.of(names("x", size), [Unit("F", "threshold", synapses, -HALF)], ["F"])

    pairs = n * (n - 1) / 2
    return Entry(
        f"quadratic_{rank}",
        f"whether a sum of {rank} products of linear forms is positive",
        n,
        partial(_quadratic_rule, rank),
        {
            ("standard", "01"): Form(
                lambda size: by_units(size, copies=True), Cost(2, n + pairs + 1, n + 2 * pairs + n + pairs), weight=None
            ),
            ("skip", "01"): Form(
                lambda size: by_units(size, copies=False), Cost(Min(n, 2), pairs + 1, 3 * pairs + n, attention=pairs), weight=None
            ),
            ("gated", "01"): Form(by_gated_units, Cost(2, 1, 2 * rank * n + rank, output_gatings=rank)),
            ("synaptic", "01"): Form(by_gated_synapses, Cost(1, 1, n + pairs, synaptic_gatings=pairs), weight=None),
        },
    )


def _address_inputs(size: int) -> list[str]:
    return names("a", size) + names("d", 1 << size)


def _distance(size: int, address: int) -> tuple[dict[str, int], int]:
    """Return the weights and the bias of the Hamming distance of the address bits from an address."""
    return {f"a{j}": 1 - 2 * (address >> j & 1) for j in range(size)}, address.bit_count()


def _chosen(size: int, address: int) -> Unit:
    """Return the unit that fires if this is the address and its datum is on."""
    weights, bias = _distance(size, address)
    return threshold_unit(f"g{address}", {a: -w for a, w in weights.items()} | {f"d{address}": 1}, -bias - HALF)


def _multiplexer_layered(size: int) -> Network:
    units = [_chosen(size, i) for i in range(1 << size)]
    return Network.of(_address_inputs(size), [*units, at_least("F", 1, names("g", 1 << size))], ["F"])


def _multiplexer_attended(size: int) -> Network:
    """Return a unit on datum 0 less the distance from address 0, lifted above it again by the unit of the address."""
    units = [_chosen(size, i) for i in range(1, 1 << size)]
    attention = tuple(Synapse(f"g{i}", i.bit_count() + 1, attention=True) for i in range(1, 1 << size))
    own = (Synapse("d0", 1), *(Synapse(a, -1) for a in names("a", size)))
    return Network.of(_address_inputs(size), [*units, Unit("F", "threshold", own + attention, -HALF)], ["F"])


def _multiplexer_product(size: int, *, transfer: str) -> Network:
    """Return the product of the units that are off only if theirs is the address and its datum is off: at most one is."""
    factors = []
    for i in range(1 << size):
        weights, bias = _distance(size, i)
        factors.append(replace(threshold_unit(f"f{i}", weights | {f"d{i}": 1}, bias - HALF), transfer=transfer))
    return Network.of(_address_inputs(size), multiplied(factors), ["f0"])


def _multiplexer_tree(size: int) -> Network:
    level, units = names("d", 1 << size), list[Unit]()
    for j in range(size):
        new = [selector_unit(f"s{j}_{i}", f"a{j}", level[2 * i + 1], level[2 * i]) for i in range(len(level) // 2)]
        units += new
        level = [unit.name for unit in new]
    return Network.of(_address_inputs(size), units, level)


_data = 2**n
_factors = Cost(1, _data, _data * (n + 1), output_gatings=_data - 1)
multiplexer = Entry(
    "multiplexer",
    "the datum at an address of n bits, of 2^n data",
    n + _data,
    lambda size, bits: bits[size + number(bits[:size])],
    {
        ("standard", "01"): Form(_multiplexer_layered, Cost(2, _data + 1, _data * (n + 2))),
        ("skip", "01"): Form(_multiplexer_attended, Cost(2, _data, _data * (n + 2) - 1, attention=_data - 1), n + 1),
        ("gated", "01"): Form(lambda size: _multiplexer_product(size, transfer="threshold"), _factors),
        ("gated", "pm1"): Form(lambda size: _multiplexer_product(size, transfer="sign"), _factors),
        ("synaptic", "01"): Form(_multiplexer_tree, Cost(n, 0, 3 * (_data - 1), synaptic_gatings=2 * (_data - 1))),
    },
)
