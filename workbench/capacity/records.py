"""Exact counts as data: one table in JSON and CSV, a certificate for each count that has one, and the sequences in a line each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from workbench import certificate as certificates
from workbench.capacity.counting import Count, Order, count
from workbench.errors import BadInput
from workbench.families import ARITY_LIMIT, Family
from workbench.files import write_whole

COLUMNS = ("family", "n", "degree", "inputs", "outputs", "units", "gate_inputs", "count", "log2", "classes", "method", "seconds")
FILES = ("counts.json", "counts.csv", "sequences.txt")
Progress = Callable[[str, int, int], object]

CONVENTIONS = [{"inputs": i, "outputs": o} for i in ("01", "pm1") for o in ("01", "pm1")]
SHARDS = "shards"  # the folder of finished parts of the counts that take hours
KEPT_BYTES = 2 << 20  # a larger certificate is written by its command only
SERIES: tuple[tuple[str, Mapping[str, Any], range], ...] = (  # name, options, numbers of inputs
    ("threshold", {}, range(11)),
    *(("threshold", {"degree": d}, range(6)) for d in (2, 3)),
    *(("output-gating", {"outputs": o}, range(6)) for o in ("01", "pm1")),
    ("k-fold-gating", {"units": 3}, range(6)),
    ("multiplexing", {}, range(6)),
    *(("synaptic-gating", c, range(1, 6)) for c in CONVENTIONS),
    *(("activation-gating", c, range(6)) for c in CONVENTIONS),
    ("layered-2-1", {}, range(6)),
    ("any-two-gates", {}, range(6)),
    *(("shared-gate", {"outputs": o}, range(5)) for o in ("01", "pm1")),
)


def tabulated(most: int) -> Iterator[Family]:
    """Yield the families of the table with at most so many inputs, fewest inputs first.

    >>> sum(1 for _ in tabulated(0)), next(tabulated(1))
    (15, Family('threshold', n=0))
    """
    for n in range(most + 1):
        for name, options, numbers in SERIES:
            if n in numbers:
                yield Family(name, n, **options)


def command(family: Family) -> str:
    """Return the command that counts a family.

    >>> command(Family("output-gating", 4, outputs="pm1"))
    'workbench count output-gating --n 4 --outputs pm1'
    """
    given = [f"--{option.replace('_', '-')} {getattr(family, option)}" for option in family.kind.options]
    return " ".join(["workbench count", family.name, f"--n {family.n}", *(g for g in given if g != "--degree 1")])


def tabulate(folder: Path, *, most: int = 4, workers: int = 1, progress: Progress | None = None) -> list[dict[str, Any]]:
    """Count the families of the table with at most so many inputs, write the files, and return the rows.

    Rows that the folder holds are kept, so that an interrupted table goes on where it stopped; a family out of reach has no row.
    Raises BadInput for numbers of inputs or workers out of range, and if the folder is none or holds another table.
    """
    if not 0 <= most <= ARITY_LIMIT:
        raise BadInput(f"most = {most} inputs is not from 0 to {ARITY_LIMIT}")
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is not a folder: name one, or one to make")
    Order(workers=workers)
    rows = {_key(row): row for row in known(folder)}
    wanted = list(tabulated(most))
    for done, family in enumerate(wanted):
        if progress:
            progress(command(family), done, len(wanted))
        if _key(_about(family)) not in rows:
            row = _row(family, folder, workers)
            if row:
                rows[_key(row)] = row
                _write(folder, list(rows.values()))
    return list(rows.values())


def _row(family: Family, folder: Path, workers: int) -> dict[str, Any] | None:
    store = folder / SHARDS if family.name == "threshold" and family.n > 9 else None  # hours: it goes on from what is there
    resumed = store is not None and store.exists()
    try:
        try:
            found = count(family, store=store, workers=workers, certified=True)
        except BadInput:  # there is no certificate
            found = count(family, workers=workers)
    except BadInput:  # out of reach
        return None
    row = _about(family) | _found(found) | {"command": command(family), "certificate": None}
    if resumed:
        row["seconds"] = None  # those of the parts are not known
    text = "" if found.certificate is None else certificates.write(found.certificate)
    if 0 < len(text) <= KEPT_BYTES:
        name = "certificates/" + "-".join(command(family).removeprefix("workbench count ").replace("--", "").split()) + ".json"
        (folder / "certificates").mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, text)
        row["certificate"] = name
    return row


def _about(family: Family) -> dict[str, Any]:
    options = {o: getattr(family, o) if o in family.kind.options else None for o in COLUMNS[2:7]}
    return {"family": family.name, "n": family.n} | options


def _found(found: Count) -> dict[str, Any]:
    seconds = round(found.seconds, 3)
    return {"count": found.count, "log2": found.log2, "classes": found.classes, "method": found.method, "seconds": seconds}


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column] for column in COLUMNS[:7])


def known(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the table in a folder, none if there is no table.

    Raises BadInput for a file that is not such a table.
    """
    file = folder / FILES[0]
    if not file.exists():
        return []
    try:
        rows: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        if all(set(COLUMNS) <= set(row) for row in rows):
            return rows
    except (ValueError, TypeError):
        pass
    raise BadInput(f"{file} is not a table of counts: name another folder, or move it away")


def _write(folder: Path, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FILES[0], json.dumps(rows, indent=1) + "\n")
    text = io.StringIO()
    table = csv.DictWriter(text, [*COLUMNS, "command", "certificate"], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_whole(folder / FILES[1], text.getvalue())
    write_whole(folder / FILES[2], sequences(rows))


def sequences(rows: list[dict[str, Any]]) -> str:
    """Return, for each family and convention, its formula and the counts for n = 0, 1, 2, ..., as far as they are known."""
    parts = []
    for family in series():
        values = {row["n"]: row["count"] for row in rows if same_series(row, family)}
        if values:
            told = ", ".join(f"{o} = {getattr(family, o)}" for o in family.kind.options)
            parts.append(
                f"{family.name}{f' ({told})' if told else ''}\n"
                f"  Number of functions of n inputs of the form {family.formula}, n = {', '.join(map(str, sorted(values)))}.\n"
                f"  {', '.join(str(values[n]) for n in sorted(values))}\n"
            )
    return "\n".join(parts)


def series() -> Iterator[Family]:
    """Yield one family of each row of the table, that of the fewest inputs."""
    return (Family(name, numbers[0], **options) for name, options, numbers in SERIES)


def same_series(row: Mapping[str, Any], family: Family) -> bool:
    """Whether a row counts this family, whatever the number of inputs."""
    about = _about(family)
    return all(row[column] == about[column] for column in about if column != "n")


def counts_of(family: Family) -> dict[int, int]:
    """Return, by the number of inputs, the counts of a family that ship with the package, whatever its own number of inputs.

    >>> counts_of(Family("output-gating", 1, outputs="pm1"))
    {0: 2, 1: 4, 2: 16, 3: 254, 4: 54310, 5: 387698944}
    >>> counts_of(Family("hidden-layer", 1))
    {}
    """
    return {row["n"]: row["count"] for row in _shipped() if same_series(row, family)}


@cache
def _shipped() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((files("workbench") / "data" / FILES[0]).read_text(encoding="utf-8")))
