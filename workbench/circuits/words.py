"""Circuits on words of n bits: XOR, selector, equality and comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from sympy import Min, ceiling

from workbench.circuits.forms import Cost, Entry, Form, n, names, number
from workbench.circuits.pairs import HALF, Pair, forms_of_pairs
from workbench.network import Network
from workbench.units import Synapse, Unit, output, threshold_unit


def both_words(size: int) -> list[str]:
    """Return the names of the bits of two words."""
    return names("x", size) + names("y", size)


def unequal(x: str, y: str, weight: int = 1) -> tuple[Synapse, ...]:
    """Return synapses that add weight times x + y - 2xy, which is XOR on bits."""
    return Synapse(x, weight), Synapse(y, weight), Synapse(x, -2 * weight, (output(y),))


def _xor_pairs(size: int) -> list[Pair]:
    pairs = []
    for i, (x, y) in enumerate(zip(names("x", size), names("y", size), strict=True)):
        either = threshold_unit(f"or{i}", {x: 1, y: 1}, -HALF)
        pairs.append((either, threshold_unit(f"nand{i}", {x: -1, y: -1}, 3 * HALF)))
    return pairs


def _xor_synaptic(size: int) -> Network:
    units = [Unit(f"F{i}", "identity", unequal(f"x{i}", f"y{i}")) for i in range(size)]
    return Network.of(both_words(size), units, names("F", size))


def _xor_rule(size: int, bits: Sequence[int]) -> tuple[int, ...]:
    return tuple(x ^ y for x, y in zip(bits[:size], bits[size:], strict=True))


xor = Entry(
    "xor",
    "XOR of two words, bit by bit",
    2 * n,
    _xor_rule,
    forms_of_pairs(both_words, _xor_pairs, number=n, wires=4, strength=2)
    | {("synaptic", "01"): Form(_xor_synaptic, Cost(1, 0, 3 * n, synaptic_gatings=n), 2)},
)


def _select_inputs(size: int) -> list[str]:
    return ["s", *both_words(size)]


def _select_pairs(size: int) -> list[Pair]:
    return [
        (threshold_unit(f"p{i}", {f"x{i}": 1, "s": -1}, HALF), threshold_unit(f"q{i}", {"s": 1, f"y{i}": 1}, -HALF))
        for i in range(size)
    ]


def selector_unit(name: str, s: str, x: str, y: str) -> Unit:
    """Return the linear unit y + s (x - y): two synapses gated by s."""
    gates = (output(s),)
    return Unit(name, "identity", (Synapse(y, 1), Synapse(x, 1, gates), Synapse(y, -1, gates)))


def _select_synaptic(size: int) -> Network:
    units = [selector_unit(f"F{i}", "s", f"x{i}", f"y{i}") for i in range(size)]
    return Network.of(_select_inputs(size), units, names("F", size))


def _select_rule(size: int, bits: Sequence[int]) -> tuple[int, ...]:
    return tuple(bits[1 : 1 + size] if bits[0] else bits[1 + size :])


selector = Entry(
    "selector",
    "the first word if s is on, else the second",
    2 * n + 1,
    _select_rule,
    forms_of_pairs(_select_inputs, _select_pairs, number=n, wires=4, strength=2)
    | {("synaptic", "01"): Form(_select_synaptic, Cost(1, 0, 3 * n, synaptic_gatings=2 * n))},
)


def difference(size: int, sign: int = -1, *, low: int = 0) -> dict[str, int]:
    """Return the weights of sum 2^i (x_i + sign y_i), i from 0; bit i is that of names x and y number low + i.

    >>> difference(2)
    {'x0': 1, 'y0': -1, 'x1': 2, 'y1': -2}
    """
    return {f"{letter}{low + i}": factor << i for i in range(size) for letter, factor in (("x", 1), ("y", sign))}


def _equal_pairs(size: int) -> list[Pair]:
    D = difference(size)
    return [(threshold_unit("not_less", D, HALF), threshold_unit("not_more", {a: -w for a, w in D.items()}, HALF))]


def _equal_unit(name: str, indices: Sequence[int]) -> Unit:
    """Return the unit that fires if x_i = y_i for all these i: one gated synapse for each i."""
    return Unit(name, "threshold", tuple(s for i in indices for s in unequal(f"x{i}", f"y{i}", -1)), HALF)


def _equal_synaptic(size: int) -> Network:
    return Network.of(both_words(size), [_equal_unit("F", range(size))], ["F"])


equality = Entry(
    "equality",
    "whether two words are equal",
    2 * n,
    lambda size, bits: int(tuple(bits[:size]) == tuple(bits[size:])),
    forms_of_pairs(both_words, _equal_pairs, wires=4 * n, weight=2 ** (n - 1), strength=2**n)
    | {("synaptic", "01"): Form(_equal_synaptic, Cost(1, 1, 3 * n, synaptic_gatings=n), 2)},
)


# Comparison is [A >= 1] with A = sum 2^i (x_i - y_i), the carry is [A >= 2^n] with A = sum 2^i (x_i + y_i). In both, the answer r
# of the low half of the words adds to the value of the high half as a carry does: A_high + r against 1 or 2^high.
def _least(size: int, sign: int) -> int:
    return 1 if sign < 0 else 1 << size


def _at_once(size: int, *, sign: int) -> Network:
    return Network.of(both_words(size), [threshold_unit("F", difference(size, sign), HALF - _least(size, sign))], ["F"])


def _halves(size: int, sign: int) -> tuple[Unit, dict[str, int], int]:
    """Return the unit that decides the low half, and the weights and least value of the high half."""
    low, high = size // 2, size - size // 2
    lower = threshold_unit("low", difference(low, sign), HALF - _least(low, sign))
    return lower, difference(high, sign, low=low), _least(high, sign)


def _in_halves(size: int, *, sign: int) -> Network:
    lower, weights, least = _halves(size, sign)
    high = threshold_unit("F", weights, HALF - least)
    attended = replace(high, synapses=(*high.synapses, Synapse("low", 1, attention=True)))
    return Network.of(both_words(size), [lower, attended], ["F"])


def _gated_halves(size: int, *, sign: int) -> Network:
    lower, weights, least = _halves(size, sign)
    above, reached = (threshold_unit(name, weights, HALF - t) for name, t in (("above", least), ("reached", least - 1)))
    readout = threshold_unit("F", {"above": 1, "low": 1}, -HALF)
    return Network.of(both_words(size), [above, reached, replace(lower, output_gates=(output("reached"),)), readout], ["F"])


def _first_difference(size: int) -> Network:
    """Return the sum over i of x_i (1 - y_i) where all higher bits agree: one unit for each i but the highest."""
    units, synapses = [], []
    for i in range(size):
        above: tuple[str, ...] = (f"agree{i}",) if i < size - 1 else ()
        units += [_equal_unit(name, range(i + 1, size)) for name in above]
        gates = tuple(output(name) for name in above)
        synapses += [Synapse(f"x{i}", 1, gates), Synapse(f"x{i}", -1, (output(f"y{i}"), *gates))]
    return Network.of(both_words(size), [*units, Unit("F", "identity", tuple(synapses))], ["F"])


def ordered(sign: int) -> dict[tuple[str, str], Form]:
    """Return the forms of comparison (sign -1) or of the carry (sign 1): one unit, or two halves."""
    small = 2 ** (ceiling(n / 2) - 1)
    gated = Cost(2, 4, 2 * n + 2 * ceiling(n / 2) + 2, output_gatings=1)
    return {
        ("standard", "01"): Form(partial(_at_once, sign=sign), Cost(1, 1, 2 * n), 2 ** (n - 1)),
        ("skip", "01"): Form(partial(_in_halves, sign=sign), Cost(2, 2, 2 * n + 1, attention=1), small),
        ("gated", "01"): Form(partial(_gated_halves, sign=sign), gated, small),
    }


_serial = Cost(Min(n, 2), n - 1, 2 * n + 3 * n * (n - 1) / 2, synaptic_gatings=n * (n - 1) / 2 + 3 * n - 2)
comparison = Entry(
    "comparison",
    "whether the first word exceeds the second",
    2 * n,
    lambda size, bits: int(number(bits[:size]) > number(bits[size:])),
    ordered(-1) | {("synaptic", "01"): Form(_first_difference, _serial, Min(n, 2))},
)
