"""A network without its numbers: steps of like variables that become known together, which are what is compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Union

import numpy as np

from workbench.units import Node, Signal

Nodes = tuple[Node, ...]


class Loose(NamedTuple):
    """A synapse outside the matrix: it acts on row `row` of its step by (weight + additions) x gates x source."""

    row: int
    source: Node
    gates: Nodes
    additions: Nodes


@dataclass(frozen=True)
class Activations:
    """The activations of like units: matrix rows times columns, each of them gated, plus loose synapses, additions and biases.

    `rows` are (unit, gates): a unit has one row, or one for each set of gates on its synapses. `columns` are (source, gates).
    `mask` has a bit for each entry of the matrix, 1 where there is a synapse; None for a full matrix.
    """

    nodes: Nodes
    rows: tuple[tuple[int, Nodes], ...]
    columns: tuple[tuple[Node, Nodes], ...]
    mask: bytes | None
    loose: tuple[Loose, ...]
    additions: tuple[tuple[int, Node], ...]
    gates: tuple[Nodes, ...]
    gate_bias: bool

    @property
    def shapes(self) -> dict[str, tuple[int, ...] | None]:
        """The shape of each of its arrays of parameters, None for one without entries."""
        matrix = (len(self.rows), len(self.columns)) if self.rows else None
        loose, additions = ((len(members),) if members else None for members in (self.loose, self.additions))
        return {"biases": (len(self.nodes),), "matrix": matrix, "loose": loose, "additions": additions}

    @property
    def synapses(self) -> np.ndarray | None:
        """The mask as a matrix of truth values, None for a full matrix."""
        if self.mask is None:
            return None
        bits = np.unpackbits(np.frombuffer(self.mask, dtype=np.uint8), count=len(self.rows) * len(self.columns))
        return bits.astype(bool).reshape(len(self.rows), len(self.columns))


@dataclass(frozen=True)
class Outputs:
    """The outputs of like units from their activations; `members` are the activations of a softmax group."""

    nodes: Nodes
    activations: Nodes
    transfer: str
    at_zero: int
    members: Nodes
    gates: tuple[Nodes, ...]
    additions: tuple[Nodes, ...]


@dataclass(frozen=True)
class Weights:
    """Effective weights that act as signals: (weight + additions) x gates; `places` are (step, place) of each weight."""

    nodes: Nodes
    places: tuple[tuple[int, int], ...]
    gates: tuple[Nodes, ...]
    additions: tuple[Nodes, ...]


Step = Union[Activations, Outputs, Weights]


@dataclass(frozen=True)
class Steps:
    """Everything about a network but its numbers: what is compiled, the same for equal structures."""

    inputs: Nodes
    steps: tuple[Step, ...]
    outputs: Nodes


def nodes_of(signals: Sequence[Signal]) -> Nodes:
    """Return signals as nodes.

    >>> nodes_of([Signal("S", "f")])
    (('S', 'f'),)
    """
    return tuple(signal.node for signal in signals) if signals else ()
