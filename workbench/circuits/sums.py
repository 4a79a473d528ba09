"""Circuits of the sum of two words of n bits, and of its carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Max, Min

from workbench.circuits.forms import Cost, Entry, Form, n, names, number
from workbench.circuits.pairs import HALF, negated
from workbench.circuits.words import both_words, difference, ordered, unequal
from workbench.network import Network
from workbench.units import Synapse, Unit, output, threshold_unit


def _carries(size: int) -> list[Unit]:
    """Return linear units: p_i = x_i XOR y_i for i >= 1, and the carries c_{i+1} = x_i y_i + p_i c_i."""
    units = [Unit("c1", "identity", (Synapse("x0", 1, (output("y0"),)),))]
    for i in range(1, size):
        generated = Synapse(f"x{i}", 1, (output(f"y{i}"),))
        units += [Unit(f"p{i}", "identity", unequal(f"x{i}", f"y{i}"))]
        units += [Unit(f"c{i + 1}", "identity", (generated, Synapse(f"c{i}", 1, (output(f"p{i}"),))))]
    return units


def _carry_synaptic(size: int) -> Network:
    return Network.of(both_words(size), _carries(size), [f"c{size}"])


def _add_synaptic(size: int) -> Network:
    """Return the carries and the bits p_i XOR c_i, where p_0 XOR nothing is the lowest."""
    bits = [Unit("F0", "identity", unequal("x0", "y0"))]
    bits += [Unit(f"F{i}", "identity", unequal(f"p{i}", f"c{i}")) for i in range(1, size)]
    return Network.of(both_words(size), [*_carries(size), *bits], [*names("F", size), f"c{size}"])


_two = Min(n, 2)
carry = Entry(
    "carry",
    "the carry of the sum of two words",
    2 * n,
    lambda size, bits: int(number(bits[:size]) + number(bits[size:]) >= 1 << size),
    ordered(1) | {("synaptic", "01"): Form(_carry_synaptic, Cost(n, 0, 5 * n - 4, synaptic_gatings=3 * n - 2), _two)},
)


def _reaches(i: int, k: int) -> Unit:
    """Return the unit that fires if the sum of the lowest i + 1 bits of both words is at least k 2^i."""
    return threshold_unit(f"t{i}_{k}", difference(i + 1, 1), HALF - (k << i))


def _steps(i: int) -> list[Unit]:
    """Return the units at which bit i of the sum changes: k = 1, 2, 3, for the lowest bit 1 and 2."""
    return [_reaches(i, k) for k in ((1, 2, 3) if i else (1, 2))]


def _add_layered(size: int) -> Network:
    units = [unit for i in range(size) for unit in _steps(i)]
    for i in range(size):
        weights = {unit.name: 1 if k % 2 == 0 else -1 for k, unit in enumerate(_steps(i))}
        units.append(threshold_unit(f"F{i}", weights, -HALF))
    units.append(threshold_unit(f"F{size}", {f"t{size - 1}_2": 1}, -HALF))  # a copy, so that every output stands in the last layer
    return Network.of(both_words(size), units, names("F", size + 1))


def _add_attended(size: int) -> Network:
    units = [_reaches(i, 2) for i in range(size)]
    for i in range(size):
        carried = (Synapse(f"t{i - 1}_2", 1, attention=True),) if i else ()
        synapses = (Synapse(f"x{i}", 1), Synapse(f"y{i}", 1), *carried, Synapse(f"t{i}_2", -2, attention=True))
        units.append(Unit(f"F{i}", "threshold", synapses, -HALF))
    return Network.of(both_words(size), units, [*names("F", size), f"t{size - 1}_2"])


def _add_signed(size: int) -> Network:
    units, outputs = [], []
    for i in range(size):
        first, *others = (replace(unit, transfer="sign") for unit in _steps(i))
        first = first if i else negated(first)
        units += [replace(first, output_gates=tuple(output(unit.name) for unit in others)), *others]
        outputs.append(first.name)
    return Network.of(both_words(size), units, [*outputs, f"t{size - 1}_2"])


def _add_rule(size: int, bits: Sequence[int]) -> tuple[int, ...]:
    total = number(bits[:size]) + number(bits[size:])
    return tuple(total >> i & 1 for i in range(size + 1))


_heavy = 2 ** (n - 1)
addition = Entry(
    "addition",
    "the n + 1 bits of the sum of two words",
    2 * n,
    _add_rule,
    {
        ("standard", "01"): Form(_add_layered, Cost(2, 4 * n, 3 * n**2 + 6 * n - 2), _heavy),
        ("skip", "01"): Form(_add_attended, Cost(2, 2 * n, n**2 + 5 * n - 1, attention=2 * n - 1), Max(2, _heavy)),
        ("gated", "pm1"): Form(_add_signed, Cost(1, 3 * n - 1, 3 * n**2 + 3 * n - 2, output_gatings=2 * n - 1), _heavy),
        ("synaptic", "01"): Form(_add_synaptic, Cost(n, 0, 8 * n - 4, synaptic_gatings=4 * n - 2), 2),
    },
)
