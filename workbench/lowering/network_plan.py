"""A network as steps of like variables: which units share a matrix, what gates its rows and columns, where each weight is.

The units of one step have the same transfer function and the same kinds of gates and become known together, so that a dense
layer is one matrix, and a gate is one product of two whole blocks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Union

import numpy as np

from workbench.network import Network, Node, Signal, Unit

Nodes = tuple[Node, ...]
Column = tuple[Node, Nodes, int]  # a source, its gates, and a number that tells like synapses of one unit apart
DENSE = 2  # a matrix may have this many entries for each synapse before its rows are told apart by what they read
MATRICES = 4  # the most that the units of one kind at one level are parted into
LOOSE = 16  # a gated row or column with less than one synapse in this many is not worth a row or column of the matrix


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

    >>> from workbench.network import affine
    >>> units = [affine(f"u{k}", {"x": k, "y": 1}, transfer="relu") for k in range(3)]
    >>> steps, _, places = layout(Network.of(["x", "y"], units, ["u0", "u2"]))
    >>> [type(step).__name__ for step in steps.steps], steps.steps[0].mask, [p.tolist() for p in places[0]]
    (['Activations', 'Outputs'], None, [[0, 1], [2, 3], [4, 5]])
    """
    height, weights = _heights(network)
    alike: dict[Any, list[Unit]] = defaultdict(list)
    for unit in network.units:
        alike[_kind(unit, height)].append(unit)
    made = [part for kind in sorted(alike, key=lambda kind: kind[0]) for part in _parted(alike[kind])]
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


class _Reading(NamedTuple):
    """What a unit reads, synapse by synapse: the gates of its row, its column, and whether it is loose. Plain units share one."""

    rows: tuple[Nodes, ...]
    columns: tuple[Column, ...]
    loose: tuple[bool, ...]

    @property
    def held(self) -> frozenset[Column]:
        """The columns of the matrix that it reads."""
        return frozenset(c for c, loose in zip(self.columns, self.loose, strict=True) if not loose)


_Read = list[tuple[Unit, _Reading]]


def _parted(units: list[Unit]) -> Iterator[tuple[Activations, tuple[Unit, ...], tuple[np.ndarray, ...]]]:
    """Yield like units with their matrix: all in one if it is dense enough, else parted by what they read."""
    read = _loosened(_readings(units))
    held = {id(reading): reading.held for _, reading in read}
    sets: dict[frozenset[Column], _Read] = defaultdict(list)
    for unit, reading in read:
        sets[held[id(reading)]].append((unit, reading))
    union = frozenset[Column]().union(*sets)
    if len(union) * len(units) < DENSE * sum(len(s) * len(part) for s, part in sets.items()) or len(sets) > MATRICES:
        sets = {union: read}
    for part in sets.values():
        step, places = _activations(part)
        yield step, tuple(unit for unit, _ in part), places


def _readings(units: list[Unit]) -> _Read:
    by_row, by_column = _sides(units)
    plain: dict[tuple[str, ...], _Reading] = {}
    result = []
    for unit in units:
        if any(s.gates or s.additions for s in unit.synapses):
            result.append((unit, _reading(unit, by_row, by_column)))
        else:
            sources = tuple(s.source for s in unit.synapses)
            if sources not in plain:
                plain[sources] = _reading(unit, set(), set())
            result.append((unit, plain[sources]))
    return result


def _reading(unit: Unit, by_row: set[Node], by_column: set[Node]) -> _Reading:
    rows: list[Nodes] = []
    columns: list[Column] = []
    copies: Counter[Any] = Counter()  # synapses alike in source and gates are columns of their own
    for synapse in unit.synapses:
        gates = _nodes(synapse.gates)
        key = tuple(g for g in gates if g in by_row), synapse.source, tuple(g for g in gates if g in by_column)
        rows.append(key[0])
        columns.append((("O", key[1]), key[2], copies[key]))
        copies[key] += 1
    return _Reading(tuple(rows), tuple(columns), tuple(bool(s.additions) for s in unit.synapses))


def _sides(units: list[Unit]) -> tuple[set[Node], set[Node]]:
    """Return the gates that go with rows (they act on few units) and those that go with columns (on few sources)."""
    rows: dict[Node, set[str]] = defaultdict(set)
    columns: dict[Node, set[str]] = defaultdict(set)
    for unit in units:
        for synapse in unit.synapses:
            for gate in synapse.gates:
                rows[gate.node].add(unit.name)
                columns[gate.node].add(synapse.source)
    by_row = {gate for gate in rows if len(rows[gate]) <= len(columns[gate])}
    return by_row, set(rows) - by_row


def _loosened(read: _Read) -> _Read:
    """Return what units read with those synapses loose whose gated row or column would be all but empty."""
    if not any(any(reading.rows) or any(c[1] for c in reading.columns) for _, reading in read):
        return read
    rows = Counter((unit.name, row) for unit, reading in read for row in reading.rows)
    columns = Counter(column for _, reading in read for column in reading.columns)
    width = sum(not gates for _, gates, _ in columns)

    def few(unit: Unit, row: Nodes, column: Column) -> bool:
        return bool((row and rows[unit.name, row] * LOOSE < width) or (column[1] and columns[column] * LOOSE < len(read)))

    def thinned(unit: Unit, reading: _Reading) -> _Reading:
        loose = (old or few(unit, row, column) for row, column, old in zip(*reading, strict=True))
        return reading._replace(loose=tuple(loose)) if any(s.gates for s in unit.synapses) else reading

    return [(unit, thinned(unit, reading)) for unit, reading in read]


def _activations(read: _Read) -> tuple[Activations, tuple[np.ndarray, ...]]:
    units = [unit for unit, _ in read]
    distinct = {id(reading): reading for _, reading in read}
    held = dict.fromkeys(c for r in distinct.values() for c, loose in zip(r.columns, r.loose, strict=True) if not loose)
    columns = {c: k for k, c in enumerate(sorted(held, key=lambda c: (len(c[1]), c[2])))}
    within = {key: _within(reading, columns) for key, reading in distinct.items()}
    rows: list[tuple[int, Nodes]] = []
    loose: list[Loose] = []
    places = []
    for k, (unit, reading) in enumerate(read):
        own, place = within[id(reading)]
        outside = [i for i, away in enumerate(reading.loose) if away] if any(reading.loose) else []
        found = place + len(rows) * len(columns)
        found[outside] = -1 - np.arange(len(loose), len(loose) + len(outside))
        places.append(found)
        rows += [(k, row) for row in own]
        acted = [unit.synapses[i] for i in outside]
        loose += [Loose(k, ("O", s.source), _nodes(s.gates), _nodes(s.additions)) for s in acted]
    step = Activations(
        nodes=tuple(("S", u.name) for u in units),
        rows=tuple(rows),
        columns=tuple((source, gates) for source, gates, _ in columns),
        mask=_mask(places, len(rows) * len(columns)),
        loose=tuple(loose),
        additions=tuple((k, signal.node) for k, u in enumerate(units) for _, signal in u.additions),
        gates=tuple(_nodes(u.gates) for u in units),
        gate_bias=units[0].gate_bias,
    )
    return step, tuple(places)


def _within(reading: _Reading, columns: dict[Column, int]) -> tuple[tuple[Nodes, ...], np.ndarray]:
    """Return the rows of a unit and the place of each synapse in them, -1 for a loose one."""
    held = dict.fromkeys(row for row, loose in zip(reading.rows, reading.loose, strict=True) if not loose)
    rows = {row: k for k, row in enumerate(held)}
    terms = zip(*reading, strict=True)
    places = [-1 if loose else rows[row] * len(columns) + columns[column] for row, column, loose in terms]
    return tuple(rows), np.array(places, dtype=np.int64)


def _mask(places: Sequence[np.ndarray], size: int) -> bytes | None:
    present = np.zeros(size, dtype=bool)
    for found in places:
        present[found[found >= 0]] = True
    return None if present.all() else np.packbits(present).tobytes()


def _outputs(network: Network, units: Sequence[Unit]) -> Outputs:
    first = units[0]
    members = tuple(("S", u.name) for u in network.units if u.group == first.group) if first.group else ()
    return Outputs(
        nodes=tuple(("O", u.name) for u in units),
        activations=tuple(("S", u.name) for u in units),
        transfer=first.transfer,
        at_zero=first.at_zero,
        members=members,
        gates=tuple(_nodes(u.output_gates) for u in units),
        additions=tuple(_nodes(u.output_additions) for u in units),
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
    gates, additions = tuple(_nodes(s.gates) for s in synapses), tuple(_nodes(s.additions) for s in synapses)
    return Weights(tuple(nodes), tuple(found), gates, additions)


def _nodes(signals: Sequence[Signal]) -> Nodes:
    return tuple(signal.node for signal in signals) if signals else ()
