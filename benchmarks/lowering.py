"""Lowering against `sympy.lambdify`, sympy2jax, SymEngine, symjit, hand-written JAX and a numba Walsh transform, in float64.

    python benchmarks/lowering.py --quick                      # some sizes, about two minutes
    python benchmarks/lowering.py --store results.json         # everything; an interrupted run continues
    python benchmarks/lowering.py --store results.json --check # the targets, from what is stored

Each (subject, contestant, batch) runs in a process of its own under a time limit. What is measured: docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from contestants import contestants
from criteria import CRITERIA, SMALL
from results import Results, cell_key, table
from subjects import FULL, QUICK, batches

import workbench

CELL = Path(__file__).with_name("cell.py")
PACKAGES = ("jax", "jaxlib", "numpy", "sympy", "sympy2jax", "symengine", "symjit", "numba")
QUICK_BATCH = 1 << 10
PROCESSES = 3  # for a small subject, whose first results are close to each other: the median
Cell = tuple[str, str, int]


def run(cell: Cell, *, limit: float, seconds: float) -> dict[str, Any]:
    """Return the record of one measurement in a process of its own, or its error: the time limit, or how the process ended."""
    name, contestant, batch = cell
    command = [sys.executable, str(CELL), name, contestant, str(batch), "--seconds", str(seconds)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"> {limit:g} s", "limit": limit}
    if done.returncode:
        said = done.stderr.strip().splitlines()
        return {"error": f"process ended with {done.returncode}: {said[-1][:120] if said else 'nothing said'}"}
    record: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return record


def repeated(cell: Cell, *, limit: float, seconds: float, processes: int) -> dict[str, Any]:
    """Return the record of a measurement, its figures medians over so many processes."""
    records = [run(cell, limit=limit, seconds=seconds)]
    while "error" not in records[-1] and len(records) < processes:
        records.append(run(cell, limit=limit, seconds=seconds))
    if "error" in records[-1]:
        return records[-1]
    return {key: _median([r[key] for r in records]) for key in records[0]}


def _median(values: list[Any]) -> Any:
    if isinstance(values[0], list):
        return [statistics.median(column) for column in zip(*values, strict=True)]
    return values[0] if isinstance(values[0], str) else statistics.median(values)


def cells(names: list[str], *, who: list[str], at: list[int]) -> Iterator[Cell]:
    """Yield the measurements to make, ours first on each subject; an empty list means all."""
    for name in names:
        for batch in batches(name) if not at or name.startswith("cube") else at:
            for contestant in contestants(name):
                if not who or contestant.name in who:
                    yield name, contestant.name, batch


def machine() -> str:
    """Return what the figures depend on: processor, cores, versions."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"Python {platform.python_version()}", *filter(None, map(_version, PACKAGES))]
    return f"{model}, {cores} cores; {', '.join(versions)}"


def _version(package: str) -> str | None:
    with contextlib.suppress(PackageNotFoundError):
        return f"{package} {version(package)}"
    return None


def code() -> str:
    """Return a digest of the sources that the figures depend on."""
    package = sorted(Path(workbench.__file__).parent.rglob("*.py"))
    own = [CELL.with_name(name) for name in ("cell.py", "contestants.py", "subjects.py", "walsh_yardstick.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in package + own)).hexdigest()


def measure(todo: list[Cell], results: Results, *, processes: int, **how: float) -> None:
    """Run the cells that the results lack, keeping each as soon as it is there."""
    for count, cell in enumerate(todo, 1):
        if cell_key(*cell) in results.records:
            continue
        start = time.monotonic()
        print(f"[{count}/{len(todo)}] {' | '.join(map(str, cell))}", end=" ", file=sys.stderr, flush=True)
        record = repeated(cell, processes=processes if cell[0] in SMALL else 1, **how)
        results.records[cell_key(*cell)] = record
        results.save()
        said = record.get("error") or f"first {record['first']:.3g} s, steady {record['steady']:.3g} s"
        print(f"{said} ({time.monotonic() - start:.0f} s)", file=sys.stderr)


def check(results: Results) -> bool:
    """Print each target with the figure that was measured; return whether all are met."""
    lines = [criterion.line(results) for criterion in CRITERIA]
    print("\n".join(lines))
    return all(line.startswith("pass") for line in lines)


def arguments() -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few subjects at one batch, shorter limits")
    parser.add_argument("--only", nargs="+", metavar="SUBJECT", help="these subjects, listed or not, such as network-64")
    parser.add_argument("--contestants", nargs="+", default=[], metavar="NAME", help="these contestants")
    parser.add_argument("--batches", nargs="+", type=int, default=[], metavar="POINTS", help="these batches")
    parser.add_argument("--limit", type=float, help="seconds for each process (300; 60 with --quick)")
    parser.add_argument("--seconds", type=float, help="seconds to spend on each steady run (3; 1 with --quick)")
    parser.add_argument("--store", type=Path, help="where finished measurements are kept and found again")
    parser.add_argument("--check", action="store_true", help="run nothing: hold what is stored against the targets")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the records of this run to a file as well")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write lowering.md and lowering.svg there; else print the table")
    return parser, parser.parse_args()


def main() -> int:
    parser, given = arguments()
    results = Results.load(given.store)
    if given.check:
        return 0 if check(results) else 1
    if results.records and results.code != code():
        parser.error(f"{given.store} holds figures of other code: give another --store, or delete it")
    results.code = code()
    names = given.only or list(QUICK if given.quick else FULL)
    at = given.batches or ([QUICK_BATCH] if given.quick else [])
    known = {contestant.name for name in names for contestant in contestants(name)}
    if unknown := sorted(set(given.contestants) - known):
        parser.error(f"{unknown[0]!r} does not run on {', '.join(names)}: give some of {', '.join(sorted(known))}")
    todo = list(cells(names, who=given.contestants, at=at))
    limit, seconds = (60.0, 1.0) if given.quick else (300.0, 3.0)
    results.machine = machine()
    measure(todo, results, limit=given.limit or limit, seconds=given.seconds or seconds, processes=1 if given.quick else PROCESSES)
    shown = results.only(todo)
    if given.json:
        shown.save(given.json)
    if given.out:
        from chart import draw  # matplotlib is slow to import and only needed here

        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "lowering.md").write_text(table(shown))
        draw(shown, given.out / "lowering.svg")
    else:
        print(table(shown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
