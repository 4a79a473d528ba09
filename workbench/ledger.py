"""The folder proofs/: finding it, reading its claims, judging them, and the ledger of what they came to.

A file in proofs/ is an ordinary module that states CLAIM and EVIDENCE, or FAMILY, a tuple of Entry. Nothing is registered: the
files are run one by one and their names looked at. No JAX is loaded here; a claim's own run loads it.
"""

from __future__ import annotations

import runpy
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from workbench import certificate, claim
from workbench.claim import Claim, Entry, Verdict, in_order, judge
from workbench.errors import BadInput, Disagreement, Rejected, Unsound
from workbench.evidence import Evidence, Outcome

Progress = Callable[[str, int, int], object]  # the claim's name, how many are done, how many there are


@dataclass(frozen=True)
class Filed(Entry):
    """An entry and the file that states it."""

    file: Path = Path()


@dataclass(frozen=True)
class Result:
    """A claim with its evidence and verdict, its file (relative to the folder that holds proofs/), and why judging failed, if so."""

    claim: Claim
    evidence: tuple[Evidence, ...]
    verdict: Verdict
    file: Path
    error: str | None = None


def find_proofs(start: Path | None = None) -> Path:
    """Return the folder proofs/ of a directory (by default the working directory) or of the nearest parent that has one.

    Raises BadInput if there is none.

    >>> find_proofs(Path("/"))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no folder proofs/ in / or above it: give --proofs DIR
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "proofs").is_dir():
            return folder / "proofs"
    raise BadInput(f"no folder proofs/ in {here} or above it: give --proofs DIR")


def load(proofs: Path) -> dict[str, Filed]:
    """Return the claims of a folder by name, in the order of their files, each with its evidence and its file.

    Raises BadInput, naming the file, if one cannot be run, states no claim, a claim of another name, or a claim stated elsewhere.
    """
    if not proofs.is_dir():
        raise BadInput(f"{proofs} is not a folder: give --proofs DIR")
    found: dict[str, Filed] = {}
    for file in sorted(proofs.rglob("*.py")):
        for entry in _entries(file):
            name = entry.claim.name
            if name in found:
                raise BadInput(f"{file}: claim {name} is stated in {found[name].file} as well")
            found[name] = Filed(entry.claim, tuple(entry.evidence), file)
    return found


def _entries(file: Path) -> tuple[Entry, ...]:
    stated = _run(file)
    if "FAMILY" in stated:
        family = stated["FAMILY"]
        if not isinstance(family, tuple) or not family or not all(isinstance(e, Entry) for e in family):
            raise BadInput(f"{file}: FAMILY is not a tuple of one or more Entry(claim, evidence)")
        return family
    one, evidence = stated.get("CLAIM"), stated.get("EVIDENCE")
    if not isinstance(one, Claim) or not isinstance(evidence, (tuple, list)):
        raise BadInput(f"{file}: states neither CLAIM and EVIDENCE nor FAMILY")
    if one.name != file.stem:
        raise BadInput(f"{file}: states the claim {one.name}: rename the file or the claim")
    return (Entry(one, tuple(evidence)),)


def _run(file: Path) -> dict[str, Any]:
    try:
        return runpy.run_path(str(file))
    except (Exception, SystemExit) as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(file)]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
        raise BadInput(f"{file}{f':{line}' if line else ''}: {_one_line(error)}") from error


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def verify(
    names: Sequence[str] | None = None,
    *,
    proofs: Path,
    full: bool = False,
    fresh: bool = False,
    progress: Progress | None = None,
) -> list[Result]:
    """Return the results for the named claims (all, if none are named), each judged after the claims that it uses.

    A claim that cannot be judged has an `error`; the others go on. Raises Unsound if a checker accepts its standing lie, since
    nothing that it says could then be used; BadInput for a name that no file states.
    """
    reject_lies()
    entries = load(proofs)
    wanted = tuple(dict.fromkeys(names or entries))
    order = in_order(_with_used(wanted, entries))
    results: dict[str, Result] = {}
    for done, name in enumerate(order):
        if progress:
            progress(name, done, len(order))
        results[name] = _judged(entries[name], results, proofs=proofs, full=full)
    if progress:
        progress("", len(order), len(order))
    return [results[name] for name in order if name in set(wanted)]


def reject_lies() -> None:
    """Hand every checker and every kind of evidence its standing lie; raises Unsound if one is accepted."""
    try:
        certificate.checkers_reject_lies()
        claim.evidence_rejects_lies()
    except Rejected as rejected:
        raise Unsound(str(rejected)) from rejected


def _with_used(names: Iterable[str], entries: Mapping[str, Filed]) -> dict[str, Filed]:
    wanted: dict[str, Filed] = {}
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in entries:
            near = get_close_matches(name, entries, n=3, cutoff=0.5)
            raise BadInput(f"no claim {name} in proofs/" + (f": did you mean {' or '.join(near)}?" if near else ""))
        if name not in wanted:
            wanted[name] = entries[name]
            queue += [used for used in entries[name].claim.uses if used in entries]
    return wanted


def _judged(entry: Filed, results: Mapping[str, Result], *, proofs: Path, full: bool) -> Result:
    known = {name: results[name].verdict for name in entry.claim.uses if name in results}
    file = entry.file.relative_to(proofs.parent)
    try:
        return Result(entry.claim, entry.evidence, judge(entry.claim, entry.evidence, known=known, full=full), file)
    except Exception as error:  # whatever a claim's own functions raise is this claim's error, and the others go on
        message = str(error) if isinstance(error, Unsound) else f"{entry.claim.name}: {_one_line(error)}"
        return Result(entry.claim, entry.evidence, _failed(entry.claim, message, error), file, message)


def _failed(failing: Claim, message: str, error: Exception) -> Verdict:
    row = Outcome("error", "fails", message)
    if isinstance(error, Disagreement) and isinstance(error.verdict, Verdict):
        return replace(error.verdict, outcomes=(*error.verdict.outcomes, row))
    return Verdict(failing.name, "open", "could not be judged", (), tuple(map(str, failing.sources)), (row,))
