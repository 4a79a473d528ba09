"""The folder proofs/: finding it, reading its claims, and judging them.

A file in proofs/ is an ordinary module that states CLAIM and EVIDENCE, or FAMILY, a tuple of Entry. Nothing is registered: the
files are run one by one and their names looked at. No JAX is loaded here; a claim's own run loads it.
"""

from __future__ import annotations

import re
import runpy
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from workbench import certificate, claim, schema
from workbench.claim import Claim, Entry, in_order
from workbench.errors import BadInput, Rejected, Unsound
from workbench.sitting import Filed, Progress, Result, Sitting, one_line, with_used

__all__ = [
    "Filed",
    "Progress",
    "Result",
    "bibliography",
    "catalogue",
    "find",
    "find_proofs",
    "load",
    "reject_lies",
    "verify",
]


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


def load(proofs: Path, *, set_aside: list[str] | None = None, files: Iterable[Path] | None = None) -> dict[str, Filed]:
    """Return the claims of a folder (or of some `files` in it) by name, in the order of their files, with evidence and file.

    With a list `set_aside`, a file that cannot be used is left out and what is wrong with it is added to the list. Otherwise
    raises BadInput, naming the file, if one cannot be run, states no claim, a claim of another name, or a claim stated elsewhere.
    """
    if not proofs.is_dir():
        raise BadInput(f"{proofs} is not a folder: give --proofs DIR")
    root = proofs.resolve()
    found: dict[str, Filed] = {}
    for file in sorted(root.rglob("*.py") if files is None else files):
        shown = file.relative_to(root.parent)
        try:
            entries = _entries(file, shown)
        except BadInput as error:
            if set_aside is None:
                raise
            set_aside.append(str(error))
            continue
        for entry in entries:
            name = entry.claim.name
            if name in found:
                raise BadInput(f"{shown}: claim {name} is stated in {found[name].file.relative_to(root.parent)} as well")
            topic = entry.claim.topic or ("" if file.parent == root else file.parent.name)
            found[name] = Filed(replace(entry.claim, topic=topic), tuple(entry.evidence), file)
    return found


def _entries(file: Path, shown: Path) -> tuple[Entry, ...]:
    stated = _run(file, shown)
    if "FAMILY" in stated:
        family = stated["FAMILY"]
        if not isinstance(family, tuple) or not family or not all(isinstance(e, Entry) for e in family):
            raise BadInput(f"{shown}: FAMILY is not a tuple of one or more Entry(claim, evidence)")
        return family
    one, evidence = stated.get("CLAIM"), stated.get("EVIDENCE")
    if not isinstance(one, Claim) or not isinstance(evidence, (tuple, list)):
        raise BadInput(f"{shown}: states neither CLAIM and EVIDENCE nor FAMILY")
    if one.name != file.stem:
        raise BadInput(f"{shown}: states the claim {one.name}: rename the file or the claim")
    return (Entry(one, tuple(evidence)),)


def _run(file: Path, shown: Path) -> dict[str, Any]:
    try:
        return runpy.run_path(str(file))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(file)]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
        raise BadInput(f"{shown}{f':{line}' if line else ''}: {one_line(error)}") from error


def catalogue(proofs: Path) -> dict[str, str]:
    """Return what each claim of the catalogue beside the claims says, by name; nothing if there is no catalogue.

    Raises BadInput, naming the file, for a damaged one.
    """
    file = proofs / "catalogue.json"
    if not file.exists():
        return {}
    try:
        rows = schema.Fields({"rows": schema.parse(file.read_text(encoding="utf-8"))}, "a catalogue").items("rows", _row)
        return dict(rows)
    except (BadInput, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {error}") from error


def _row(item: Any) -> tuple[str, str]:
    fields = schema.Fields(item, "a row")
    return fields.take("name", str), fields.take("says", str)


def find(name: str, entries: Mapping[str, Filed], proofs: Path) -> Filed:
    """Return the entry of a name.

    Raises BadInput with the nearest names, or what to do about a name that only the catalogue has.
    """
    if name in entries:
        return entries[name]
    if name in catalogue(proofs):
        raise BadInput(f"{name} is in the catalogue, but no file states it yet: workbench new {name}")
    near = get_close_matches(name, list(entries), n=3, cutoff=0.5)
    way_out = f"did you mean {' or '.join(near)}?" if near else f"workbench new {name} begins one"
    raise BadInput(f"no claim {name} in proofs/: {way_out}")


def bibliography(file: Path) -> dict[str, str]:
    """Return the BibTeX entries of a file by key; an entry ends with a brace at the beginning of a line.

    Raises BadInput if there is no such file, or it is not UTF-8.
    """
    if not file.is_file():
        raise BadInput(f"no file {file}: sources are looked up in references.bib beside proofs/")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    return {found[1]: found[0] for found in re.finditer(r"^@\w+\{([^,\s]+),.*?^\}$", text, re.MULTILINE | re.DOTALL)}


def verify(
    names: Sequence[str] | None = None,
    *,
    proofs: Path,
    full: bool = False,
    fresh: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], object] = lambda line: None,
) -> list[Result]:
    """Return the results for the named claims (all, if none are named), each judged after the claims that it uses.

    A claim that cannot be judged has an `error`; the others go on. Raises Unsound if a checker accepts its standing lie, since
    nothing that it says could then be used; BadInput for a name that no file states. When claims are named, a file that cannot
    be used stops none of the others: `warn` is told.
    """
    reject_lies()
    broken: list[str] = []
    entries = load(proofs, set_aside=broken if names else None)
    wanted = dict.fromkeys(names or entries)
    try:
        for name in wanted:
            find(name, entries, proofs)
        order = in_order(with_used(wanted, entries))
    except BadInput as error:
        raise BadInput("; ".join([str(error), *broken])) from None
    for line in broken:
        warn(f"left out: {line}")
    sitting = Sitting.of(entries, proofs, full=full)
    apart = sitting.judge_apart(order, fresh=fresh, progress=progress)
    for done, name in enumerate(order):
        if progress and name not in apart:
            progress(name, done, len(order))
        sitting.judge(name, fresh=fresh and name not in apart)
    if progress:
        progress("", len(order), len(order))
    told = (sitting.told(name, anew=name in apart) for name in order if name in wanted)
    return [result.with_counterexample(proofs) for result in told]


def reject_lies() -> None:
    """Hand every checker and every kind of evidence its standing lie; raises Unsound if one is accepted."""
    try:
        certificate.checkers_reject_lies()
        claim.evidence_rejects_lies()
    except Rejected as rejected:
        raise Unsound(str(rejected)) from rejected
