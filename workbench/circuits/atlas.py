"""The atlas: the smallest circuits of every function of a few inputs, one of each NPN class, in each model."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import as_file, files
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from workbench import certificate as certificates
from workbench.capacity.npn import canonical_forms, npn_classes
from workbench.certificate import Certificate
from workbench.circuits.smallest import circuit
from workbench.classes import full_table
from workbench.domain import arity
from workbench.errors import BadInput
from workbench.files import write_whole
from workbench.shards import Progress, computed
from workbench.threshold import BooleanFunction

SCHEMA = "workbench-atlas/1"
LARGEST = 4  # inputs
MODELS = {"standard": ("standard", "01"), "skip": ("skip", "01"), "gated_01": ("gated", "01"), "gated_pm1": ("gated", "pm1")}
BESIDE = ".certificates.jsonl.xz"
NEGATED = "gated_01_negated"  # the negations of a class, in the one model that negating the function may change


@dataclass(frozen=True)
class Atlas:
    """The smallest circuits of all functions of n inputs, by class; `texts` are the certificates, one line each.

    >>> small = atlas(2)
    >>> small.totals["gated_pm1"], small.totals["standard"]
    ({1: 14, 2: 2}, {1: 14, 3: 2})
    """

    n: int
    classes: tuple[dict[str, Any], ...]
    texts: tuple[str, ...]

    @classmethod
    def read(cls, file: Path) -> Atlas:
        """Return the atlas that `write` wrote. Raises BadInput for another file."""
        stored = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(stored, dict) or stored.get("schema") != SCHEMA:
            raise BadInput(f"{file} is no atlas: the command `workbench atlas` writes one")
        return cls(stored["n"], tuple(stored["classes"]), tuple(_lines(file.with_suffix(BESIDE))))

    @classmethod
    @cache
    def shipped(cls) -> Atlas:
        """Return the atlas of four inputs, which comes with the package.

        >>> Atlas.shipped().totals["skip"]
        {1: 1882, 2: 50284, 3: 13370}
        """
        with as_file(files("workbench") / "data") as folder:
            return cls.read(folder / f"atlas-{LARGEST}.json")

    @property
    def totals(self) -> dict[str, dict[int, int]]:
        """By model, how many functions need each number of units, ascending."""
        return {model: dict(sorted(Counter(front[0][0] for front in self.fronts(model)).items())) for model in MODELS}

    def within(self, model: str, units: int, *, depth: int | None = None) -> int:
        """Return how many functions have a circuit of at most so many units and, if stated, at most so many layers.

        >>> [atlas(2).within("gated_01", units, depth=1) for units in (0, 1, 2)]
        [0, 14, 16]
        """
        return sum(any(u <= units and (depth is None or d <= depth) for u, d, _ in front) for front in self.fronts(model))

    def front(self, f: BooleanFunction, model: str) -> list[list[int]]:
        """Return the smallest sizes, [units, depth, gatings], of the circuits of a function in a model.

        Raises BadInput for a function of another number of inputs.

        >>> Atlas.shipped().front(BooleanFunction(4, 0x6996), "gated_01")
        [[5, 2, 0], [8, 1, 7]]
        """
        if f.n != self.n:
            raise BadInput(f"a function of {f.n} inputs has no place in the atlas of {self.n}")
        entry = self._entries[int(canonical_forms([f.table], f.n)[0][0])]
        alike = canonical_forms([f.table, int(entry["table"], 16)], f.n, outputs=False)[0]
        return list(entry["pareto"][NEGATED if model == "gated_01" and alike[0] != alike[1] else model])

    @cached_property
    def _entries(self) -> dict[int, dict[str, Any]]:
        return {int(entry["table"], 16): entry for entry in self.classes}

    def fronts(self, model: str) -> Iterator[list[list[int]]]:
        """Yield the smallest sizes, [units, depth, gatings], in a model: of one function after the other, class by class."""
        for entry in self.classes:
            for name in (model, NEGATED if model == "gated_01" else model):
                yield from repeat(entry["pareto"][name], entry["size"] // 2)

    def as_json(self) -> dict[str, Any]:
        """Return the document that `write` writes; docs/atlas.md says what the keys mean."""
        totals = {model: {str(units): count for units, count in found.items()} for model, found in self.totals.items()}
        return {"schema": SCHEMA, "n": self.n, "functions": full_table(self.n) + 1, "totals": totals, "classes": list(self.classes)}

    def write(self, file: Path) -> Path:
        """Write the document to a file, and the certificates beside it to another, whose name is returned."""
        beside = file.with_suffix(BESIDE)
        write_whole(beside, lzma.compress("".join(f"{text}\n" for text in self.texts).encode(), preset=9))
        lines = json.dumps(self.as_json()).replace('{"table"', '\n{"table"')  # a class a line
        write_whole(file, f"{lines}\n")
        return beside


def atlas(n: int, *, store: Path | None = None, workers: int = 1, progress: Callable[[Progress], object] | None = None) -> Atlas:
    """Return the atlas of n <= 4 inputs: about a minute for n = 4.

    With a `store`, a folder, classes that stand there are not computed again. Workers are processes. Raises BadInput for n > 4.
    """
    classes = npn_classes(arity(n, limit=LARGEST))
    tables = classes.representatives.tolist()
    sides = [canonical_forms([t, t ^ full_table(n)], n, outputs=False)[0].tolist() for t in tables]
    tasks = {
        f"{t:#x}": [n, t, size, low != high] for t, size, (low, high) in zip(tables, classes.sizes.tolist(), sides, strict=True)
    }
    name = f"smallest circuits of {n} inputs"
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn")) if workers > 1 else None
    try:
        found = computed(name, tasks, smallest_in_class, store=store, workers=workers, client=pool, progress=progress)
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
    entries = tuple(value["entry"] for value in found.values())
    return Atlas(n, entries, tuple(text for value in found.values() for text in value["certificates"]))


def smallest_in_class(n: int, table: int, size: int, apart: bool) -> dict[str, Any]:
    """Return the entry of a class and its certificates; `apart` if changes of inputs do not negate the function."""
    found = {name: circuit(BooleanFunction(n, table), model=model, outputs=outputs) for name, (model, outputs) in MODELS.items()}
    other = BooleanFunction(n, table ^ full_table(n))
    found[NEGATED] = circuit(other, model="gated") if apart else found["gated_01"]
    pareto = {name: [list(s) for s in c.front] for name, c in found.items()}
    units = {name: c.units for name, c in found.items()}
    least = min(units.values())
    entry = {
        "table": f"{table:#x}",
        "size": size,
        "apart": apart,
        "optimal": all(c.optimal for c in found.values()),
        "complete": all(c.complete for c in found.values()),
        "pareto": pareto,
        "saving": {name: units["standard"] - u for name, u in units.items() if name != "standard"},
        "best": [name for name, u in units.items() if u == least < units["standard"]],
    }
    kept = [c for name, c in found.items() if name != NEGATED or apart]
    lines = [json.dumps(json.loads(certificates.write(c.certificate)), separators=(",", ":")) for c in kept]
    return {"entry": entry, "certificates": lines}


def stored_certificates(file: Path) -> Iterator[Certificate]:
    """Yield the certificates of an atlas from the file that `Atlas.write` returned."""
    yield from map(certificates.read, _lines(file))


def _lines(file: Path) -> Iterator[str]:
    with lzma.open(file, "rt", encoding="utf-8") as stream:
        yield from map(str.rstrip, stream)
