"""A network laid out as steps: units of one kind that become known together, and the place of each of their weights.

The units of one step have the same transfer function and the same kinds of gates, so that a dense layer is one matrix, and a
gate is one product of two whole blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from workbench.lowering.network_matrices import parted
from workbench.lowering.network_steps import Activations, Outputs, Step, Steps, Weights, nodes_of
from workbench.network import Network
from workbench.units import Node, Unit


class Layout(NamedTuple):
    """The steps of a network, the units of each `Activations`, and the place of each of their synapses.

    A place p >= 0 is an entry of the matrix, counted row by row; p < 0 is the loose synapse -1 - p.
    """

    steps: Steps
    units: tuple[tuple[Unit, ...], ...]
    places: tuple[tuple[np.ndarray, ...], ...]

    @property
    def activations(self) -> tuple[Activations, ...]:
        """The steps that have parameters, in the order of their units."""
        return tuple(step for step in self.steps.steps if isinstance(step, Activations))


def layout(network: Network) -> Layout:
    """Return the network as steps, dense layers as whole matrices.

    >>> from workbench.units import affine
    >>> units = [affine(f"u{k}", {"x": k, "y": 1}, transfer="relu") for k in range(3)]
    >>> steps, _, places = layout(Network.of(["x", "y"], units, ["u0", "u2"]))
    >>> [type(step).__name__ for step in steps.steps], steps.steps[0].mask, [p.tolist() for p in places[0]]
    (['Activations', 'Outputs'], None, [[0, 1], [2, 3], [4, 5]])
    """
    height, weights = _heights(network)
    alike: dict[Any, list[Unit]] = defaultdict(list)
    for unit in network.units:
        alike[_kind(unit, height)].append(unit)
    made = [part for kind in sorted(alike, key=lambda kind: kind[0]) for part in parted(alike[kind])]
    steps: list[tuple[int, int, Step]] = []
    for k, (step, units, _) in enumerate(made):
        steps += [(height["S", units[0].name], k, step), (height["O", units[0].name], k, _outputs(network, units))]
    where = {unit.name: (k, row) for k, (_, units, _) in enumerate(made) for row, unit in enumerate(units)}
    places = tuple(places for _, _, places in made)
    for level, nodes in weights.items():
        steps.append((level, len(made), _weights(network, nodes, where, places)))
    ordered = tuple(step for _, _, step in sorted(steps, key=lambda item: item[:2]))
    inputs, outputs = (tuple(("O", name) for name in names) for names in (network.inputs, network.outputs))
    return Layout(Steps(inputs, ordered, outputs), tuple(units for _, units, _ in made), places)


def _heights(network: Network) -> tuple[dict[Node, int], dict[int, list[Node]]]:
    """Return the level of each variable, one above those that it needs, and the weights that act as signals by level."""
    height: dict[Node, int] = {("O", name): 0 for name in network.inputs}
    weights: dict[int, list[Node]] = defaultdict(list)
    for node, needs in network.schedule:
        height[node] = 1 + max(map(height.__getitem__, needs), default=0)
        if node[0] == "w":
            weights[height[node]].append(node)
    return height, weights


def _kind(unit: Unit, height: dict[Node, int]) -> tuple[Any, ...]:
    acting = len(unit.gates), unit.gate_bias, len(unit.output_gates), len(unit.output_additions)
    return height["S", unit.name], height["O", unit.name], unit.transfer, unit.at_zero, unit.group, acting


def _outputs(network: Network, units: Sequence[Unit]) -> Outputs:
    first = units[0]
    members = tuple(("S", u.name) for u in network.units if u.group == first.group) if first.group else ()
    return Outputs(
        nodes=tuple(("O", u.name) for u in units),
        activations=tuple(("S", u.name) for u in units),
        transfer=first.transfer,
        at_zero=first.at_zero,
        members=members,
        gates=tuple(nodes_of(u.output_gates) for u in units),
        additions=tuple(nodes_of(u.output_additions) for u in units),
    )


def _weights(network: Network, nodes: list[Node], where: dict[str, tuple[int, int]], places: Sequence[Any]) -> Weights:
    ordinary: dict[str, dict[str, int]] = {}
    for name in dict.fromkeys(name for _, name, _ in nodes):
        ordinary[name] = {s.source: k for k, s in enumerate(network.unit(name).synapses) if not s.attention}
    ranks = [ordinary[name][source] for _, name, source in nodes]
    synapses = [network.unit(node[1]).synapses[k] for node, k in zip(nodes, ranks, strict=True)]
    found = []
    for (_, name, _), k in zip(nodes, ranks, strict=True):
        step, row = where[name]
        found.append((step, int(places[step][row][k])))
    gates, additions = tuple(nodes_of(s.gates) for s in synapses), tuple(nodes_of(s.additions) for s in synapses)
    return Weights(tuple(nodes), tuple(found), gates, additions)
