"""Circuits of the sum s of n bits: parity, intervals and sorting."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product

from sympy import Max, Min, Piecewise, ceiling, floor, log

from workbench.circuits.forms import Cost, Entry, Form, n, names
from workbench.circuits.pairs import HALF, Pair, forms_of_pairs, negated
from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import Synapse, Unit, output, threshold_unit


def _inputs(size: int) -> list[str]:
    return names("x", size)


def at_least(name: str, k: int, sources: list[str]) -> Unit:
    """Return the unit that fires if k or more of its sources are on.

    >>> at_least("f", 2, ["x", "y", "z"]).bias
    Fraction(-3, 2)
    """
    return threshold_unit(name, dict.fromkeys(sources, 1), HALF - k)


def alternating(sources: list[str]) -> list[Unit]:
    """Return the units [s >= k], k = 1, 2, ..., and their readout F with alternating weights: parity of the sources."""
    units = [at_least(f"f{k}", k, sources) for k in range(1, len(sources) + 1)]
    weights = {unit.name: 1 if k % 2 == 0 else -1 for k, unit in enumerate(units)}
    return [*units, threshold_unit("F", weights, -HALF)]


def corrected(summands: tuple[Synapse, ...], *, units: int | None = None) -> list[Unit]:
    """Return a unit F on the sum s of the summands and the units [s >= 2k], k = 1, 2, ..., that attend it with weight -2.

    They are half as many as the summands, rounded down, unless `units` says another number.
    """
    number = len(summands) // 2 if units is None else units
    attending = [Unit(f"g{k}", "threshold", summands, HALF - 2 * k) for k in range(1, number + 1)]
    attention = tuple(Synapse(unit.name, -2, attention=True) for unit in attending)
    return [*attending, Unit("F", "threshold", summands + attention, -HALF)]


def _parity_layered(size: int) -> Network:
    return Network.of(_inputs(size), alternating(_inputs(size)), ["F"])


def parity_attended(size: int, *, units: int | None = None) -> Network:
    """Return parity by attending units, half as many as there are inputs unless `units` says another number."""
    return Network.of(_inputs(size), corrected(tuple(Synapse(x, 1) for x in _inputs(size)), units=units), ["F"])


def _parity_conjunction(size: int) -> Network:
    """Return the product of the units that are off at one even point each: on where the distance from it is positive."""
    even = [point for point in product((0, 1), repeat=size) if sum(point) % 2 == 0]
    factors = [
        threshold_unit(f"f{k}", {x: 1 - 2 * bit for x, bit in zip(_inputs(size), point, strict=True)}, sum(point) - HALF)
        for k, point in enumerate(even)
    ]
    return Network.of(_inputs(size), multiplied(factors), ["f0"])


def multiplied(factors: list[Unit]) -> list[Unit]:
    """Return the units with the output of the first gated by all others."""
    first, *others = factors
    return [replace(first, output_gates=tuple(output(unit.name) for unit in others)), *others]


def _parity_signed(size: int) -> Network:
    """Return the product of sgn(s - k + 1/2), k = 1..n: n - s of the factors are -1, so even n takes one more sign."""
    first, *others = (replace(at_least(f"f{k}", k, _inputs(size)), transfer="sign") for k in range(1, size + 1))
    return Network.of(_inputs(size), multiplied([first if size % 2 else negated(first), *others]), ["f1"])


def _parity_tree(size: int) -> Network:
    """Return -(-1)^n times the product of n inputs ±1, by a balanced tree of linear units with one gated synapse each."""
    level, units = _inputs(size), list[Unit]()
    while len(level) > 1:
        pairs = list(zip(level[::2], level[1::2], strict=False))
        weight = -1 if len(level) == 2 and size % 2 == 0 else 1
        new = [Unit(f"p{len(units) + i}", "identity", (Synapse(a, weight, (output(b),)),)) for i, (a, b) in enumerate(pairs)]
        units += new
        level = [unit.name for unit in new] + level[2 * len(pairs) :]
    return Network.of(_inputs(size), units, level)


_half = floor(n / 2)
parity = Entry(
    "parity",
    "whether the number of bits that are on is odd",
    n,
    lambda size, bits: sum(bits) % 2,
    {
        ("standard", "01"): Form(_parity_layered, Cost(2, n + 1, n**2 + n)),
        ("skip", "01"): Form(parity_attended, Cost(Min(n, 2), _half + 1, n + _half * (n + 1), attention=_half), Min(n, 2)),
        ("gated", "01"): Form(_parity_conjunction, Cost(1, 2 ** (n - 1), n * 2 ** (n - 1), output_gatings=2 ** (n - 1) - 1)),
        ("gated", "pm1"): Form(_parity_signed, Cost(1, n, n**2, output_gatings=n - 1)),
        ("synaptic", "pm1"): Form(
            _parity_tree, Cost(ceiling(log(n, 2)), 0, n - 1, synaptic_gatings=n - 1), Min(n - 1, 1), inputs="pm1"
        ),
    },
)


def interval(low: int, high: int) -> Entry:
    """Return the entry for low <= s <= high.

    Raises BadInput unless 0 <= low <= high.

    >>> interval(1, 2)(3, "gated").function().table == 0b01111110
    True
    >>> interval(2, 1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: the interval from 2 to 1 is empty: give 0 <= low <= high
    """
    if not 0 <= low <= high:
        raise BadInput(f"the interval from {low} to {high} is empty: give 0 <= low <= high")

    def pairs(size: int) -> list[Pair]:
        return [(at_least("enough", low, _inputs(size)), threshold_unit("few", dict.fromkeys(_inputs(size), -1), high + HALF))]

    def quadratic(size: int) -> Network:
        """Return [(s - low)(high - s) >= 0]: the synapses from the inputs gated by the linear unit low + high - s."""
        rest = Unit("rest", "identity", tuple(Synapse(x, -1) for x in _inputs(size)), low + high)
        square = tuple(Synapse(x, 1, (output("rest"),)) for x in _inputs(size))
        return Network.of(_inputs(size), [rest, Unit("F", "threshold", square, HALF - low * high)], ["F"])

    return Entry(
        f"exactly_{low}" if low == high else f"interval_{low}_{high}",
        f"whether exactly {low} bits are on" if low == high else f"whether {low} to {high} bits are on",
        n,
        lambda size, bits: int(low <= sum(bits) <= high),
        forms_of_pairs(_inputs, pairs, wires=2 * n, strength=Max(1, n - low + 1))
        | {("synaptic", "01"): Form(quadratic, Cost(2, 1, 2 * n, synaptic_gatings=n))},
    )


def exactly(k: int) -> Entry:
    """Return the entry for s = k.

    >>> exactly(2)(2, "skip").function().table
    8
    """
    return interval(k, k)


def _sort(size: int) -> Network:
    return Network.of(_inputs(size), [at_least(f"F{k}", k + 1, _inputs(size)) for k in range(size)], names("F", size))


def _sort_by_exchanges(size: int, *, gated: bool) -> Network:
    """Return n rounds of exchanges of neighbours, at even and odd places in turn, by linear units: xy is the smaller bit.

    The larger one is x + y less the smaller, one layer later, or x + y - xy with a gated synapse of its own.
    """
    places, units = _inputs(size), list[Unit]()
    for i, left in ((rnd, place) for rnd in range(size) for place in range(rnd % 2, size - 1, 2)):
        (x, y), smaller, larger = places[left : left + 2], f"min{i}_{left}", f"max{i}_{left}"
        by, own = (output(y),), (Synapse(x, 1), Synapse(y, 1))
        if gated:
            units.append(Unit(smaller, "identity", (Synapse(x, 1),), output_gates=by))
            units.append(Unit(larger, "identity", (*own, Synapse(smaller, -1))))
        else:
            units.append(Unit(smaller, "identity", (Synapse(x, 1, by),)))
            units.append(Unit(larger, "identity", (*own, Synapse(x, -1, by))))
        places[left : left + 2] = [larger, smaller]
    return Network.of(_inputs(size), units, places)


_at_once = Form(_sort, Cost(1, n, n**2))
_rounds = Piecewise((n - 1, n <= 2), (n, True))
sorting = Entry(
    "sorting",
    "the bits in order, those that are on first",
    n,
    lambda size, bits: tuple(sorted(bits, reverse=True)),
    {
        ("standard", "01"): _at_once,
        ("skip", "01"): _at_once,
        ("gated", "01"): Form(
            partial(_sort_by_exchanges, gated=True),
            Cost(Piecewise((2 * n - 2, n <= 2), (n + 1, True)), 0, 2 * n * (n - 1), output_gatings=n * (n - 1) / 2),
            Min(n - 1, 1),
        ),
        ("synaptic", "01"): Form(
            partial(_sort_by_exchanges, gated=False), Cost(_rounds, 0, 2 * n * (n - 1), synaptic_gatings=n * (n - 1)), Min(n - 1, 1)
        ),
    },
)
