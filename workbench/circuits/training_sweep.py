"""Sweeps over cells of target, depth, width and gates, kept shard by shard, so that one that was killed goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby, product
from pathlib import Path
from typing import Any

from workbench.circuits.training_shapes import Shape
from workbench.circuits.training_success import Cell, Success
from workbench.circuits.training_targets import target
from workbench.errors import BadInput
from workbench.runs import Run, record
from workbench.shards import Progress, computed

SCHEMA = "workbench-training/1"
BLOCK = 500  # networks of one shard
NETWORKS = 1 << 20  # of one cell
VERSION = 1  # of what a shard computes
PHASES = (("parity", 4), ("equality", 4))
SIZES = tuple((name, 4) for name in ("parity", "equality", "inner_product", "quadratic:0", "quadratic:1"))
DEPTHS, LAYER_UNITS = (2, 3), (2, 4, 6, 8)  # threshold units of a hidden layer, gates included


@dataclass(frozen=True)
class Row:
    """What a sweep found in one cell: networks exact after rounding, more after repair, and the weights of the smallest."""

    cell: Cell
    exact: int
    repaired: int
    trials: int
    smallest: Any = None
    least_units: int | None = None  # the proven optimum, where someone has it

    @property
    def success(self) -> Success:
        """The networks that rounding alone makes exact."""
        return Success(self.exact, self.trials)

    def as_json(self) -> dict[str, Any]:
        """Return the row with what is read off it: units, gatings, parameters and the interval."""
        shape = self.cell.shape
        counts = {"model": shape.model, "depth": shape.depth, "units": shape.units, "gatings": shape.gatings}
        found = {"trials": self.trials, "exact": self.exact, "repaired": self.repaired, "interval": self.success.interval()}
        known = {"smallest": self.smallest, "least_units": self.least_units}
        return self.cell.as_json() | counts | {"parameters": shape.parameters} | found | known

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Row:
        """Return the row that `as_json` wrote."""
        return cls(Cell.from_json(body), *(body[k] for k in ("exact", "repaired", "trials", "smallest", "least_units")))


@dataclass(frozen=True)
class Sweep:
    """The rows of a sweep and the record of the run: seed, type, device, versions, seconds."""

    run: Run
    rows: tuple[Row, ...]

    def to_json(self) -> str:
        """Return the sweep as JSON, a line for each row."""
        rows = ",\n".join(json.dumps(row.as_json(), separators=(",", ":")) for row in self.rows)
        return f'{{"schema": "{SCHEMA}",\n"run": {json.dumps(json.loads(self.run.to_json()))},\n"rows": [\n{rows}\n]}}\n'

    @classmethod
    def from_json(cls, text: str) -> Sweep:
        """Return the sweep that `to_json` wrote. Raises BadInput for another document."""
        try:
            body = json.loads(text)
            if body["schema"] != SCHEMA:
                raise BadInput(f"not a sweep of schema {SCHEMA}")
            return cls(Run.from_json(json.dumps(body["run"])), tuple(map(Row.from_json, body["rows"])))
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput(
                f"no sweep ({type(error).__name__}: {error}): give the file that `workbench train-sweep` wrote"
            ) from None

    @classmethod
    def shipped(cls) -> Sweep:
        """Return the sweep that comes with the package."""
        return cls.from_json((files("workbench") / "data" / "training_sweep.json").read_text(encoding="utf-8"))

    def found(self, name: str, n: int) -> Iterator[Row]:
        """Yield, for each model and depth, the row of fewest units in which a network for this target was found."""
        rows = [row for row in self.rows if row.cell.target == name and row.cell.shape.n == n and row.exact + row.repaired]
        order = sorted(rows, key=lambda r: (r.cell.shape.model, r.cell.shape.depth, r.cell.shape.units, -r.exact))
        for _, group in groupby(order, key=lambda r: (r.cell.shape.model, r.cell.shape.depth)):
            yield next(group)


def sweep(
    cells: Sequence[Cell],
    *,
    seed: int,
    networks: int = BLOCK,
    store: Path | None = None,
    workers: int = 1,
    client: Any = None,
    progress: Callable[[Progress], object] | None = None,
) -> Sweep:
    """Return what training finds in each cell, `networks` tried in each; the result depends on the cells and the seed alone.

    `store`, `workers`, `client` and `progress` are those of `workbench.shards.computed`. Raises BadInput for no cells, cells of
    several number types, one cell twice, or a number of networks that is not from 1 to 2^20.

    >>> from workbench.circuits.training import Training
    >>> cells = [Cell("parity", Shape.standard(2, 1)), Cell("parity", Shape.gated(2, 1), Training(steps=300))]
    >>> [row.exact > 0 for row in sweep(cells, seed=1, networks=20).rows]
    [False, True]
    >>> sweep([], seed=1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no cells: give at least one
    """
    if not cells:
        raise BadInput("no cells: give at least one")
    if len(types := {cell.training.dtype for cell in cells}) > 1:
        raise BadInput(f"cells of types {', '.join(sorted(types))}: sweep each type by itself")
    if len(set(cells)) < len(cells):
        raise BadInput(f"{len(cells) - len(set(cells))} cells are given twice")
    if isinstance(networks, bool) or not isinstance(networks, int) or not 1 <= networks <= NETWORKS:
        raise BadInput(f"networks {networks!r} is not an integer from 1 to {NETWORKS}")
    blocks = {f: min(BLOCK, networks - f) for f in range(0, networks, BLOCK)}
    tasks = {f"{c}, {f}": [c.as_json(), seed, f, size] for c in cells for f, size in blocks.items()}
    rows: list[Row] = []

    def run(_: Any) -> dict[str, float]:
        name = f"training-{VERSION}-seed{seed}"
        found = computed(name, tasks, shard, store=store, workers=workers, client=client, progress=progress)
        rows.extend(_joined(cell, [found[f"{cell}, {f}"] for f in blocks], networks) for cell in cells)
        return {"networks": networks * len(cells), "found": sum(row.exact + row.repaired for row in rows)}

    return Sweep(record("training_sweep", run, seed=seed, dtype=types.pop()), tuple(rows))


def shard(cell: Mapping[str, Any], seed: int, first: int, networks: int) -> dict[str, Any]:
    """Return the successes among some networks of a cell, and the smallest network, its table recomputed apart from JAX."""
    found = Cell.from_json(cell).tried(seed=seed, networks=networks, first=first)
    number, weights = found.smallest(), None
    if number is not None:
        found.network(number)
        weights = [layer[number].tolist() for layer in found.layers]
    return {"exact": int(found.exact.sum()), "repaired": int(found.repaired.sum()), "smallest": weights}


def phase_cells(name: str, n: int) -> list[Cell]:
    """Return the cells of a phase diagram: depth 1 to 3, and 2 to 8 threshold units in each hidden layer, of both outputs.

    In a gated network half of those units are gates; at depth 1 the output unit is a product of so many. Raises BadInput as
    `target` does.

    >>> len(phase_cells("parity", 4))
    42
    """
    _ = target(name, n)
    shapes = []
    for outputs in ("pm1", "01"):
        shapes += [Shape.standard(n, 1, outputs=outputs)]
        shapes += [Shape.gated(n, 1, factors=units, outputs=outputs) for units in LAYER_UNITS]
        for depth, units in product(DEPTHS, LAYER_UNITS):
            shapes += [Shape.standard(n, depth, units, outputs=outputs), Shape.gated(n, depth, units // 2, outputs=outputs)]
    return [Cell(name, shape) for shape in shapes]


def size_cells(name: str, n: int) -> list[Cell]:
    """Return cells of growing size for a target: layered, with skip connections, and gated in one layer or two.

    >>> max(cell.shape.units for cell in size_cells("parity", 4))
    9
    """
    _ = target(name, n)
    shapes = [Shape.standard(n, 2, width) for width in sorted({2, n, 8})]
    shapes += [Shape.standard(n, 2, width, skip=True) for width in (1, 2)]
    shapes += [Shape.gated(n, 1, factors=factors) for factors in sorted({2, n})]
    shapes += [Shape.gated(n, 1, factors=factors, outputs="01") for factors in (2, 4)]
    shapes += [Shape.gated(n, 2, width) for width in (2, 3)]
    return [Cell(name, shape) for shape in shapes]


def shipped_cells() -> list[Cell]:
    """Return the cells of the sweep that comes with the package."""
    cells = [cell for name, n in PHASES for cell in phase_cells(name, n)]
    cells += [cell for name, n in SIZES for cell in size_cells(name, n)]
    return list(dict.fromkeys(cells))  # some shapes are of both kinds


def _joined(cell: Cell, parts: Sequence[Mapping[str, Any]], networks: int) -> Row:
    exact, repaired = (sum(part[key] for part in parts) for key in ("exact", "repaired"))
    found = [part for part in parts if part["smallest"]]
    best = min(found, key=lambda part: (not part["exact"], _total(part["smallest"])), default={"smallest": None})
    return Row(cell, exact, repaired, networks, best["smallest"])


def _total(weights: Any) -> int:
    """The sum of absolute weights, however deep they are nested."""
    return sum(map(_total, weights)) if isinstance(weights, list) else abs(weights)
