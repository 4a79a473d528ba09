"""The share of all functions of n inputs, and of their NPN classes, that blocks compute, from counts and their certificates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from workbench import certificate as certificates
from workbench.capacity.npn import ARITY_LIMIT, canonical_forms, distinct, npn_classes
from workbench.capacity.records import COLUMNS, known
from workbench.class_count import ClassCount
from workbench.classes import full_table
from workbench.domain import arity
from workbench.errors import BadInput
from workbench.families import Family
from workbench.recount import changes
from workbench.tallies import FamilyCount

SCHEMA = "workbench-shares/1"
SHIPPED = "shares-5.json"
Progress = Callable[[str, int, int], object]


@dataclass(frozen=True)
class Shares:
    """By family, the numbers of functions and of NPN classes of n inputs that it computes, of all `functions` and `classes`.

    A class counts if the family computes any function of it: others need another order or negation of inputs, or of the output.
    """

    n: int
    functions: int
    classes: int
    rows: tuple[tuple[Family, int, int], ...]

    @classmethod
    @cache
    def shipped(cls) -> Shares:
        """Return the shares of five inputs, which come with the package.

        >>> shares = Shares.shipped()
        >>> shares.classes, shares.of(Family("output-gating", 5, outputs="pm1"))
        (616126, (387698944, 60871))
        """
        return cls.of_json(json.loads((files("workbench") / "data" / SHIPPED).read_text(encoding="utf-8")))

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> Shares:
        """Return the shares of a document. Raises BadInput for another document."""
        if data.get("schema") != SCHEMA:
            raise BadInput(f"schema {str(data.get('schema'))[:40]!r} is not {SCHEMA}")
        rows = tuple((_family(row), row["functions"], row["classes"]) for row in data["rows"])
        return cls(data["n"], data["functions"], data["classes"], rows)

    def of(self, family: Family) -> tuple[int, int]:
        """Return the numbers of functions and of classes of a family. Raises BadInput for one that has no row."""
        for own, functions, classes in self.rows:
            if own == family:
                return functions, classes
        raise BadInput(f"{family} has no row: there are {', '.join(dict.fromkeys(own.name for own, _, _ in self.rows))}")

    def as_json(self) -> dict[str, Any]:
        """Return the document; options that a family does not have are null."""
        rows = [_options(family) | {"functions": functions, "classes": classes} for family, functions, classes in self.rows]
        return {"schema": SCHEMA, "n": self.n, "functions": self.functions, "classes": self.classes, "rows": rows}


def shares(folder: Path, n: int = ARITY_LIMIT, *, progress: Progress | None = None) -> Shares:
    """Return the shares of the families of n <= 5 inputs whose counts stand in a folder, as `tabulate` wrote them.

    Left out are pairs of functions, and families whose classes cannot be told because their symmetries are fewer and no certificate
    lists them. Half a minute for n = 5. Raises BadInput where the folder holds no counts of n inputs.
    """
    arity(n, limit=ARITY_LIMIT)
    rows = [row for row in known(folder) if row["n"] == n and row["family"] != "shared-gate"]
    if not rows:
        raise BadInput(f"{folder} holds no counts of {n} inputs: `workbench tabulate --out {folder} --most {n}` makes them")
    classes = npn_classes(n, progress=progress).representatives.size
    return Shares(n, full_table(n) + 1, classes, tuple(_told(rows, folder, progress)))


def _told(rows: list[dict[str, Any]], folder: Path, progress: Progress | None) -> Iterator[tuple[Family, int, int]]:
    for done, row in enumerate(rows):
        family = _family(row)
        if progress is not None:
            progress(f"classes of {family.name}", done, len(rows))
        classes = row["classes"] if changes(family) == (family.n, family.n, True) else _merged(row["certificate"], folder)
        if classes is not None:
            yield family, row["count"], classes


def _merged(name: str | None, folder: Path) -> int | None:
    """How many NPN classes the classes of a certificate lie in, None without a certificate that lists them."""
    if name is None:
        return None
    listed = certificates.read((folder / name).read_text(encoding="utf-8"))
    if isinstance(listed, ClassCount):
        tables = list(listed.members.tables)
    elif isinstance(listed, FamilyCount):
        tables = [table for _, (table,), _ in listed.members]
    else:
        return None
    least, _ = canonical_forms(tables, listed.family.n)
    return int(distinct(least).size)


def _family(row: Mapping[str, Any]) -> Family:
    return Family(row["family"], row["n"], **{o: row[o] for o in COLUMNS[2:7] if row[o] is not None})


def _options(family: Family) -> dict[str, Any]:
    return {"family": family.name, "n": family.n} | {
        o: getattr(family, o) if o in family.kind.options else None for o in COLUMNS[2:7]
    }
