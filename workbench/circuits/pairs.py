"""Circuits for f AND g of two threshold units, in every model: what XOR, selectors, equality and intervals are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from sympy import Max

from workbench.circuits.forms import Cost, Form, Number
from workbench.network import Network
from workbench.units import Synapse, Unit, output, threshold_unit

HALF = Fraction(1, 2)

Pair = tuple[Unit, Unit]
Pairs = Callable[[int], Sequence[Pair]]


def conjunction_unit(name: str, *sources: str) -> Unit:
    """Return the threshold unit that fires if all its sources, given as 0 and 1, are on.

    >>> conjunction_unit("f", "x", "y").bias
    Fraction(-3, 2)
    """
    return threshold_unit(name, dict.fromkeys(sources, 1), HALF - len(sources))


def reach(unit: Unit) -> int:
    """Return a positive integer above the activation of a unit of 0/1 inputs: attention of minus this strength silences it.

    >>> reach(threshold_unit("f", {"x": 1, "y": -1}, Fraction(1, 2)))
    2
    """
    most = Fraction(unit.bias) + sum(Fraction(s.weight) for s in unit.synapses if s.weight > 0)
    return max(1, most // 1 + 1)


def negated(unit: Unit) -> Unit:
    """Return the unit with the opposite activation."""
    return replace(unit, synapses=tuple(replace(s, weight=-s.weight) for s in unit.synapses), bias=-unit.bias)


def layered(pair: Pair, name: str) -> list[Unit]:
    """Return f, g and a unit of this name that is their AND: three units, two layers."""
    return [*pair, conjunction_unit(name, *(unit.name for unit in pair))]


def attended(pair: Pair, name: str, *, strength: int | None = None) -> list[Unit]:
    """Return g, and f under this name, silenced by attention of the given strength where g is off: two units, two layers."""
    f, g = pair
    strength = reach(f) if strength is None else strength
    synapses = (*f.synapses, Synapse(g.name, strength, attention=True))
    return [g, replace(f, name=name, synapses=synapses, bias=f.bias - strength)]


def gated(pair: Pair, name: str, *, outputs: str = "01") -> list[Unit]:
    """Return f under this name with its output gated by g: two units, one layer.

    With ±1 outputs the product is XNOR, which is AND where at least one of f and g fires.
    """
    transfer = "threshold" if outputs == "01" else "sign"
    f, g = (replace(unit, transfer=transfer) for unit in pair)
    return [replace(f, name=name, output_gates=(output(g.name),)), g]


FORMS: Mapping[str, Callable[[Pair, str], list[Unit]]] = {
    "layered": layered,
    "attended": attended,
    "gated": gated,
    "signed": partial(gated, outputs="pm1"),
}


def network_of(inputs: Iterable[str], pairs: Sequence[Pair], form: str) -> Network:
    """Return the network of one output F, or F0, F1, ..., for each pair, in the form layered, attended, gated or signed (±1).

    >>> f, g = threshold_unit("f", {"x": 1, "y": 1}, -HALF), threshold_unit("g", {"x": -1, "y": -1}, 3 * HALF)
    >>> [network_of(["x", "y"], [(f, g)], form).function().table for form in FORMS]
    [6, 6, 6, 6]
    """
    outputs = ["F"] if len(pairs) == 1 else [f"F{i}" for i in range(len(pairs))]
    units = [unit for pair, name in zip(pairs, outputs, strict=True) for unit in FORMS[form](pair, name)]
    return Network.of(inputs, units, outputs)


def forms_of_pairs(
    inputs: Callable[[int], list[str]], pairs: Pairs, *, number: Number = 1, wires: Number, weight: Number = 1, strength: Number
) -> dict[tuple[str, str], Form]:
    """Return the four forms of `number` pairs of threshold units, at least one of each pair on, with `wires` wires in each pair."""

    def form(kind: str, cost: Cost, weight: Number = weight) -> Form:
        return Form(lambda size: network_of(inputs(size), pairs(size), kind), cost, weight)

    return {
        ("standard", "01"): form("layered", Cost(2, 3 * number, (wires + 2) * number)),
        ("skip", "01"): form("attended", Cost(2, 2 * number, (wires + 1) * number, attention=number), Max(weight, strength)),
        ("gated", "01"): form("gated", Cost(1, 2 * number, wires * number, output_gatings=number)),
        ("gated", "pm1"): form("signed", Cost(1, 2 * number, wires * number, output_gatings=number)),
    }
