"""The ways to wire a few threshold units into one circuit, in each of three models, and the size of a circuit of a model.

- "standard": layers; a unit reads the whole layer before its own, the first layer the inputs; the last layer is one unit.
- "skip": a unit reads all inputs and all units of earlier layers (additive activation attention); any feedforward circuit is one.
- "gated": as standard, and the output of a unit may be multiplied by that of one other unit of its layer, which may itself be
  gated, without cycles; one unit may gate several. Outputs are 0 and 1 (a product is AND) or -1 and 1 (XNOR). No layer is added.

A layer is written as the gate of each unit: its number in the layer, or None. In the last layer only the output unit, its gate, the
gate of that and so on matter; so it is a chain, unit 0 first.

Left out are inner layers of one unit in the models without skips: what reads it are functions of one bit b, so any circuit behind
it computes b, its negation or a constant; all three are outputs of one unit in its place, with fewer units and layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

from workbench.domain import convention
from workbench.errors import BadInput, Rejected
from workbench.network import Network
from workbench.units import Unit

MODELS = ("standard", "skip", "gated")
Layer = tuple[int | None, ...]
Architecture = tuple[Layer, ...]


class Size(NamedTuple):
    """The size of a circuit: threshold units, layers, and products of outputs."""

    units: int
    depth: int
    gatings: int

    def within(self, other: Size) -> bool:
        """Say whether it is at most the other in all three.

        >>> Size(2, 1, 1).within(Size(3, 2, 1)), Size(2, 1, 1).within(Size(3, 2, 0))
        (True, False)
        """
        return all(own <= theirs for own, theirs in zip(self, other, strict=True))


def known_model(model: str, outputs: str) -> None:
    """Raise BadInput unless the model is known, with outputs "01", or "pm1" for the gated model, where they matter.

    >>> known_model("skip", "pm1")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: outputs 'pm1' make a difference to the gated model only: leave them out for skip
    """
    if model not in MODELS:
        raise BadInput(f"model {str(model)[:40]!r} is not one of {', '.join(MODELS)}")
    if convention(outputs) != "01" and model != "gated":
        raise BadInput(f"outputs {outputs!r} make a difference to the gated model only: leave them out for {model}")


def size(architecture: Architecture) -> Size:
    """Return the size of the circuits of an architecture.

    >>> size(((None, 0), (1, None)))
    Size(units=4, depth=2, gatings=2)
    """
    gates = [gate for layer in architecture for gate in layer]
    return Size(len(gates), len(architecture), sum(gate is not None for gate in gates))


def bits(n: int, architecture: Architecture, *, skip: bool) -> int:
    """Return how many bits the unit reads that reads most, in a circuit of n inputs.

    >>> bits(4, ((None,) * 5, (None,)), skip=False), bits(4, ((None,) * 2, (None,)), skip=True)
    (5, 6)
    """
    *inner, _ = map(len, architecture)
    return n + sum(inner) if skip else max(n, *inner, 0)


def architectures(model: str, units: int) -> Iterator[Architecture]:
    """Yield the architectures of so many units, each once up to the order of units in a layer, by depth and then gatings.

    >>> list(architectures("standard", 3)), len(list(architectures("gated", 4)))
    ([((None, None), (None,))], 7)
    """
    found = [a for widths in _compositions(units) for a in _wired(model, widths)]
    yield from sorted(found, key=lambda a: size(a)[1:])


def _compositions(total: int) -> Iterator[tuple[int, ...]]:
    for first in range(1, total):
        yield from ((first, *rest) for rest in _compositions(total - first))
    if total:
        yield (total,)


def _wired(model: str, widths: tuple[int, ...]) -> Iterator[Architecture]:
    *inner, last = widths
    if model == "gated":
        if min(inner, default=2) >= 2:
            chain = (*range(1, last), None)
            yield from ((*layers, chain) for layers in product(*(forests(width) for width in inner)))
    elif last == 1 and (model == "skip" or min(inner, default=2) >= 2):
        yield tuple((None,) * width for width in widths)


@cache
def forests(width: int) -> tuple[Layer, ...]:
    """Return the ways to gate the units of a layer without cycles, one of each shape.

    >>> forests(2), [len(forests(width)) for width in range(1, 6)]
    (((None, None), (None, 0)), [1, 2, 4, 9, 20])
    """
    shapes: dict[object, Layer] = {}
    for layer in product(*((None, *range(unit)) for unit in range(width))):  # a gate before what it gates
        shapes.setdefault(_shape(layer, None), layer)
    return tuple(shapes.values())


def _shape(layer: Layer, root: int | None) -> tuple[object, ...]:
    return tuple(sorted((_shape(layer, unit) for unit, gate in enumerate(layer) if gate == root), key=repr))


def dominated(architecture: Architecture, front: tuple[Size, ...]) -> bool:
    """Say whether some size of the front is within that of the architecture.

    >>> dominated(((None, None), (None,)), (Size(2, 1, 1),)), dominated(((None, 0), (None,)), (Size(2, 1, 1),))
    (False, True)
    """
    own = size(architecture)
    return any(small.within(own) for small in front)


def closed(model: str, front: tuple[Size, ...]) -> bool:
    """Say whether every architecture with at least as many units as any size of the front is dominated by one.

    A size of two layers and no gate is within all of two layers and more. Architectures of one layer are single units or, in the
    gated model, products of more and more units, within which the size of one product is.

    >>> closed("standard", (Size(3, 2, 0),)), closed("gated", (Size(3, 2, 0),)), closed("gated", (Size(3, 2, 0), Size(2, 1, 1)))
    (True, False, True)
    """
    flat = any(s.depth <= 2 and not s.gatings for s in front)
    return flat and (model != "gated" or any(s.depth == 1 for s in front))


def measured(network: Network, model: str, outputs: str) -> Size:
    """Return the size of a network of the model.

    Raises Rejected, naming the unit, if it is none: a unit of another kind, a synapse over a layer, or a gate of another layer.
    """
    layers = network.layers
    for unit in network.units:
        if reason := _foreign(unit, layers, model, outputs):
            raise Rejected(reason, place=f"unit {unit.name}")
    return Size(network.threshold_units, network.depth, network.gatings.output)


def _foreign(unit: Unit, layers: dict[str, int], model: str, outputs: str) -> str:
    """Why a unit does not belong to the model; empty if it does."""
    if unit.transfer != {"01": "threshold", "pm1": "sign"}[outputs]:
        return f"transfer {unit.transfer} with outputs {outputs}"
    if unit.additions or unit.gates or unit.output_additions or any(s.signals for s in unit.synapses):
        return "attention other than by an output gate or an additional synapse"
    if len(unit.output_gates) > (model == "gated"):
        return f"{len(unit.output_gates)} output gates in the model {model}"
    if any(g.variable != "O" or layers[g.unit] != layers[unit.name] for g in unit.output_gates):
        return "a gate that is no output of its layer"
    far = [s.source for s in unit.synapses if layers[s.source] != layers[unit.name] - 1]
    return f"a synapse from {far[0]}, which is not in the layer before" if far and model != "skip" else ""
