"""Circuits of sums of products: inner products modulo 2, thresholds of dot products, and OR of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Min, floor

from workbench.circuits.forms import Cost, Entry, Form, n, names
from workbench.circuits.pairs import HALF, Pair, attended, conjunction_unit, gated, layered, negated
from workbench.circuits.symmetric import alternating, at_least, corrected, multiplied
from workbench.circuits.words import both_words
from workbench.network import Network
from workbench.units import Synapse, Unit, output


def _products(size: int) -> tuple[Synapse, ...]:
    """Return the synapses that add x_i y_i: each gated by an input."""
    return tuple(Synapse(f"x{i}", 1, (output(f"y{i}"),)) for i in range(size))


def conjunctions(size: int) -> list[Unit]:
    """Return the AND unit of x_i and y_i for each i."""
    return [conjunction_unit(f"both{i}", f"x{i}", f"y{i}") for i in range(size)]


def _inner_layered(size: int) -> Network:
    return Network.of(both_words(size), [*conjunctions(size), *alternating(names("both", size))], ["F"])


def _inner_attended(size: int) -> Network:
    summands = tuple(Synapse(name, 1) for name in names("both", size))
    return Network.of(both_words(size), [*conjunctions(size), *corrected(summands)], ["F"])


def _inner_signed(size: int) -> Network:
    """Return the product of n NAND units ±1, -1 for each pair that is on; the sign is absorbed by the first."""
    first, *others = (replace(negated(unit), transfer="sign") for unit in conjunctions(size))
    return Network.of(both_words(size), multiplied([negated(first), *others]), ["both0"])


def _inner_synaptic(size: int) -> Network:
    return Network.of(both_words(size), corrected(_products(size)), ["F"])


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
        return Network.of(both_words(size), [*conjunctions(size), at_least("F", theta, names("both", size))], ["F"])

    def by_gated_units(size: int) -> Network:
        units = [Unit(f"p{i}", "identity", (Synapse(f"x{i}", 1),), output_gates=(output(f"y{i}"),)) for i in range(size)]
        return Network.of(both_words(size), [*units, at_least("F", theta, names("p", size))], ["F"])

    def by_gated_synapses(size: int) -> Network:
        return Network.of(both_words(size), [Unit("F", "threshold", _products(size), HALF - theta)], ["F"])

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
