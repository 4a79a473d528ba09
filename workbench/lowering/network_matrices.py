"""Which units share a matrix, what gates its rows and columns, and which synapses are better left outside of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from workbench.lowering.network_steps import Activations, Loose, Nodes, nodes_of
from workbench.units import Node, Unit

Column = tuple[Node, Nodes, int]  # a source, its gates, and a number that tells like synapses of one unit apart
DENSE = 2  # a matrix may have this many entries for each synapse before its rows are told apart by what they read
MATRICES = 4  # the most that the units of one kind at one level are parted into
LOOSE = 16  # a gated row or column with less than one synapse in this many is not worth a row or column of the matrix


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


def parted(units: list[Unit]) -> Iterator[tuple[Activations, tuple[Unit, ...], tuple[np.ndarray, ...]]]:
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
        gates = nodes_of(synapse.gates)
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
        loose += [Loose(k, ("O", s.source), nodes_of(s.gates), nodes_of(s.additions)) for s in acted]
    step = Activations(
        nodes=tuple(("S", u.name) for u in units),
        rows=tuple(rows),
        columns=tuple((source, gates) for source, gates, _ in columns),
        mask=_mask(places, len(rows) * len(columns)),
        loose=tuple(loose),
        additions=tuple((k, signal.node) for k, u in enumerate(units) for _, signal in u.additions),
        gates=tuple(nodes_of(u.gates) for u in units),
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
