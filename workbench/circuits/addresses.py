"""Circuits of the multiplexer: one of 2^n data, chosen by an address of n bits."""

from __future__ import annotations

from dataclasses import replace

from workbench.circuits.forms import Cost, Entry, Form, n, names, number
from workbench.circuits.pairs import HALF
from workbench.circuits.symmetric import at_least, multiplied
from workbench.circuits.words import selector_unit
from workbench.network import Network
from workbench.units import Synapse, Unit, threshold_unit


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
