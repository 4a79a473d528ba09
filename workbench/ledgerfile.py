"""The generated files proofs/ledger.json and proofs/LEDGER.md: every claim's verdict as it stands, and what has changed since.

Both are functions of the verdicts alone: no dates, no seconds, sorted by name. The counterexample files are written with them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import counterexamples, schema
from workbench.claim import WORDS, Verdict
from workbench.errors import BadInput, Unsound
from workbench.files import write_whole
from workbench.ledger import Progress, Result, catalogue

SCHEMA = "workbench-ledger/1"
COMPARED = {"verdict": str, "reach": str, "trusts": list}
UNCODED = {"verdict": "open", "reach": "not encoded", "trusts": []}  # a claim of the catalogue that no file states yet
RANGE = re.compile(r"(.*?)(\w+'?) = (\d+)(?:\.\.(\d+))?(?:; open beyond|, all there are)(?:; as far as .*)?")


def differences(results: Sequence[Result], *, proofs: Path, whole: bool = True, full: bool = False) -> list[str]:
    """Return a line for each claim whose verdict is not the one in proofs/ledger.json; `whole` says that all claims were judged.

    With `full`, a reach that goes further than the ledger's is no difference. Raises BadInput for a damaged ledger.
    """
    known = _read(proofs / "ledger.json")
    lines = []
    for verdict in (r.verdict for r in results):
        row = known.pop(verdict.name, None)
        if row is None:
            lines.append(f"{verdict.name}: not in the ledger, now {_told(_row(verdict))}")
        elif not (_same(row, _row(verdict)) or (full and _extends(row, _row(verdict)))):
            lines.append(f"{verdict.name}: ledger says {_told(row)}, now {_told(_row(verdict))}")
    if whole:
        lines += [f"{name}: ledger says {_told(row)}, now no file states it" for name, row in known.items() if row != UNCODED]
    return lines


def _read(file: Path) -> dict[str, dict[str, Any]]:
    if not file.exists():
        return {}
    try:
        fields = schema.Fields(schema.parse(file.read_text(encoding="utf-8")), "a ledger")
        if (version := fields.take("schema", str)) != SCHEMA:
            raise BadInput(f"schema {version[:40]!r} is not {SCHEMA!r}")
        rows = fields.items("claims", lambda item: schema.Fields(item, "a row"))
        return {row.take("name", str): {k: row.take(k, kind) for k, kind in COMPARED.items()} for row in rows}
    except (BadInput, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {error}: restore it, or write it anew with workbench verify --update") from error


def words(proofs: Path) -> dict[str, str]:
    """Return the verdict words of proofs/ledger.json by the claims' names; nothing if there is no ledger.

    Raises BadInput for a damaged one.
    """
    return {name: row["verdict"] for name, row in _read(proofs / "ledger.json").items()}


def _row(verdict: Verdict) -> dict[str, Any]:
    return {"verdict": verdict.word, "reach": verdict.reach, "trusts": list(verdict.trusts)}


def _told(row: Mapping[str, Any]) -> str:
    trusting = f"; trusting {_steps(len(row['trusts']))}" if row["trusts"] else ""
    return f"{row['verdict']} ({row['reach']}{trusting})"


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return (old["verdict"], old["reach"], len(old["trusts"])) == (new["verdict"], new["reach"], len(new["trusts"]))


def _extends(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether both say the same word of the same index from the same start, the new one at least as far."""
    before, after = RANGE.fullmatch(old["reach"]), RANGE.fullmatch(new["reach"])
    if old["verdict"] != new["verdict"] or not before or not after or before.groups()[:3] != after.groups()[:3]:
        return False
    return int(after[4] or after[3]) >= int(before[4] or before[3])


def update(
    results: Sequence[Result],
    *,
    proofs: Path,
    progress: Progress | None = None,
    warn: Callable[[str], object] = lambda line: None,
) -> None:
    """Write proofs/ledger.json, proofs/LEDGER.md and the files of proofs/counterexamples/ from the results for all claims.

    `warn` is told of a counterexample that cannot be written. Raises Unsound if a claim could not be judged, since such a ledger
    would say less than it seems to, or if a refuted claim's failing case is not found again.
    """
    if failed := [r for r in results if r.error]:
        raise Unsound(f"the ledger is not written: {failed[0].error}")
    listed = sorted(counterexamples.update(results, proofs=proofs, progress=progress, warn=warn), key=lambda r: r.claim.name)
    missing = {name: says for name, says in sorted(catalogue(proofs).items()) if name not in {r.claim.name for r in listed}}
    rows: list[dict[str, Any]] = [{"name": r.claim.name} | _row(r.verdict) | {"file": r.file.as_posix()} for r in listed]
    rows += [{"name": name} | UNCODED | {"file": None} for name in missing]
    rows.sort(key=lambda row: row["name"])
    text = json.dumps({"schema": SCHEMA, "claims": rows}, indent=1, ensure_ascii=False)
    write_whole(proofs / "ledger.json", text + "\n")
    write_whole(proofs / "LEDGER.md", _markdown(listed, missing))


def _markdown(results: Sequence[Result], missing: Mapping[str, str]) -> str:
    words = {word: [r for r in results if r.verdict.word == word] for word in WORDS}
    counts = ", ".join(f"{len(listed)} {word}" for word, listed in words.items())
    derived = words.pop("derived")
    parts = [
        "# Ledger",
        "Generated by `workbench verify --update` from the claims in this folder. A verdict is a word and a reach.",
        f"{len(results)} claims judged: {counts}; {len(missing)} more of the catalogue not yet encoded.",
        _section("Derived without hand steps", [r for r in derived if not r.verdict.trusts], "Reach", _reach),
        _section("Derived, trusting hand steps", [r for r in derived if r.verdict.trusts], "Reach; steps trusted", _trusting),
        *(_section(word.capitalize(), listed, *COLUMNS[word]) for word, listed in words.items()),
    ]
    rows = [f"| `{name}` | {_cell(says)} |" for name, says in missing.items()]
    if rows:
        parts.append("\n".join(["## Open: not yet encoded", "", "| Claim | Says |", "|---|---|", *rows]))
    return "\n\n".join(p for p in parts if p) + "\n"


def _section(title: str, results: Sequence[Result], column: str, shown: Callable[[Result], str]) -> str:
    if not results:
        return ""
    links = [f"[`{r.claim.name}`]({Path(*r.file.parts[1:]).as_posix()})" for r in results]
    rows = [f"| {link} | {_cell(r.claim.says)} | {_cell(shown(r))} |" for link, r in zip(links, results, strict=True)]
    return "\n".join([f"## {title}", "", f"| Claim | Says | {column} |", "|---|---|---|", *rows])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _reach(result: Result) -> str:
    return result.verdict.reach


def _counterexample(result: Result) -> str:
    file = result.counterexample
    return result.verdict.reach + (f" ([file]({Path(*file.parts[1:]).as_posix()}))" if file else "")


def _trusting(result: Result) -> str:
    return f"{result.verdict.reach}; {_steps(len(result.verdict.trusts))}"


def _steps(number: int) -> str:
    return f"{number} step{'s' * (number > 1)}"


def _argued(result: Result) -> str:
    return "; ".join([result.verdict.reach, *(f"{o.kind}: {o.detail}" for o in result.verdict.outcomes if o.outcome == "argued")])


COLUMNS = {
    "refuted": ("Counterexample", _counterexample),
    "certified": ("Reach", _reach),
    "supported": ("Reach", _reach),
    "cited": ("Sources", lambda r: "; ".join(r.verdict.sources)),
    "open": ("What there is", _argued),
}
