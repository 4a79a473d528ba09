"""The section of one claim: its statement, what it trusts, each piece of evidence, its controls, its sources and its file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from html import escape
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import certificate
from workbench.report.typeset import statement

if TYPE_CHECKING:
    from workbench.evidence import Outcome
    from workbench.ledger import Result

LONGEST_FILE = 60_000  # characters of a claim's file or certificate that are shown in the page


def broken(name: str) -> str:
    """Return a name, escaped, that may break after each underscore.

    >>> broken("a_<b>")
    'a_<wbr>&lt;b&gt;'
    """
    return escape(name).replace("_", "_<wbr>")


def anchor(name: str) -> str:
    """Return a link to the section of a claim."""
    return f"<a class='name' href='#{escape(name)}'>{broken(name)}</a>"


def badge(word: str, *, stopped: bool = False, by_hand: bool = False) -> str:
    """Return a verdict word as a badge, an outline where it trusts steps by hand, or the mark of a claim not judged."""
    if stopped:
        return "<span class='badge stopped'>not judged</span>"
    outline = " by-hand" if by_hand else ""
    return f"<span class='badge w-{escape(word)}{outline}'>{escape(word)}</span>"


def badge_of(result: Result) -> str:
    """Return the badge of a result."""
    verdict = result.verdict
    by_hand = verdict.word == "derived" and bool(verdict.trusts)
    return badge(verdict.word, stopped=result.error is not None, by_hand=by_hand)


def seconds(value: float) -> str:
    """Return a duration, short.

    >>> seconds(0.00004), seconds(0.25), seconds(72)
    ('< 1 ms', '250 ms', '72.0 s')
    """
    if value < 0.001:
        return "< 1 ms"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def section(result: Result, names: Collection[str], *, root: Path | None, directory: Path, shown_at: str = "") -> str:
    """Return a claim's section, closed until asked for; refuted claims and those that could not be judged are open.

    Claims that share a file show its text once, in the section of `shown_at`.
    """
    claim, verdict = result.claim, result.verdict
    open_ = " open" if verdict.word == "refuted" or result.error else ""
    title = f"{badge_of(result)}<span class='name'>{broken(claim.name)}</span>"
    summary = f"<summary>{title}<span class='reach'>{escape(verdict.reach)}</span></summary>"
    hands = f", {verdict.hand_steps} of them its own steps by hand" if verdict.hand_steps else ""
    parts = (
        _trouble(result),
        f"<p class='says'>{escape(claim.says)}</p>",
        statement(claim.statement).html,
        _list("Hypotheses", map(escape, claim.hypotheses)),
        _list(f"Trusts{hands}", map(escape, verdict.trusts), empty="nothing beyond the checker"),
        _list("Uses", (anchor(u) if u in names else broken(u) for u in claim.uses)),
        _evidence([o for o in verdict.outcomes if o.kind not in ("Control", "error")]),
        _controls([o for o in verdict.outcomes if o.kind == "Control"]),
        _list("Sources", map(escape, verdict.sources)),
        "".join(map(_recorded, verdict.outcomes)),
        _counterexample(result.counterexample, root, directory),
        _file(result.file, root, directory, elsewhere=shown_at if shown_at != claim.name else ""),
    )
    body = f"<div class='body' id='{escape(claim.name)}'>{''.join(parts)}</div>"
    return f"<details class='claim w-{verdict.word}'{open_}>{summary}{body}</details>"


def _trouble(result: Result) -> str:
    """Return what a reader must see first: why judging failed, or where the statement is false."""
    if result.error:
        return f"<div class='trouble'><b>Could not be judged.</b> {escape(result.error)}</div>"
    failed = [o.detail for o in result.verdict.outcomes if o.outcome == "fails"]
    if result.verdict.word == "refuted" and failed:
        return f"<div class='trouble'><b>False as stated.</b> Counterexample: <span class='mono'>{escape(failed[0])}</span></div>"
    return ""


def _list(title: str, items: Iterable[str], *, empty: str = "") -> str:
    shown = "".join(f"<li>{item}</li>" for item in items)
    if not shown:
        return f"<h3>{title}</h3><p class='quiet'>{empty}</p>" if empty else ""
    return f"<h3>{title}</h3><ul>{shown}</ul>"


def _evidence(outcomes: list[Outcome]) -> str:
    if not outcomes:
        return "<h3>Evidence</h3><p class='quiet'>none</p>"
    rows = "".join(
        f"<li><span class='kind'>{escape(o.kind)}</span> <span class='outcome o-{escape(o.outcome)}'>{escape(o.shown)}</span> "
        f"<span class='detail'>{escape(o.detail)}</span> <span class='quiet'>{seconds(o.seconds)}</span></li>"
        for o in outcomes
    )
    return f"<h3>Evidence</h3><ul class='evidence'>{rows}</ul>"


def _controls(outcomes: list[Outcome]) -> str:
    """Return the false variants, each with the reason for which the check rejected it."""
    if not outcomes:
        return ""
    told = (o.detail.partition(": ") for o in outcomes)
    rows = (f"<b>{escape(what)}</b> <span class='quiet'>rejected:</span> {escape(why)}" for what, _, why in told)
    return _list("Controls, false variants that the same check rejected", rows)


def _recorded(outcome: Outcome) -> str:
    """Return what an outcome carries besides its line: a run's record, and its certificates as files to copy."""
    data: Mapping[str, Any] = outcome.data
    parts = []
    if "seed" in data:
        parts.append(_run(data))
    held = data.get("certificates", (data["certificate"],) if "certificate" in data else ())
    if held:
        parts.append(f"<h3>Certificate{'s' * (len(held) > 1)}</h3>")
    for one in held:
        text = certificate.write(one)
        title = escape(str(one.type).replace("_", " ")).capitalize()
        parts.append(f"<details><summary>{title}</summary><pre>{escape(text[:LONGEST_FILE])}</pre></details>")
    return "".join(parts)


def _counterexample(file: Path | None, root: Path | None, directory: Path) -> str:
    """Return a link to the file of a failing case, and its text."""
    if file is None or root is None or not (root / file).is_file():
        return ""
    link = escape(Path(relpath((root / file).resolve(), directory.resolve())).as_posix())
    text = (root / file).read_text(encoding="utf-8")
    source = f"<details><summary>The case that fails</summary><pre>{escape(text[:LONGEST_FILE])}</pre></details>"
    return f"<p class='file'>Counterexample: <a class='mono' href='{link}'>{escape(file.as_posix())}</a></p>{source}"


def _run(data: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in data.get("versions", {}).items())
    values = ", ".join(f"{name} = {value:.6g}" for name, value in data.get("values", {}).items())
    rows = {name: data.get(name, "") for name in ("seed", "dtype", "device")} | {"versions": versions, "observed": values}
    shown = "".join(f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>" for key, value in rows.items() if str(value))
    return f"<h3>Run</h3><dl class='run'>{shown}</dl>"


def _file(file: Path, root: Path | None, directory: Path, *, elsewhere: str = "") -> str:
    """Return a link to the claim's file, and its text, so that the page can be read where the file is not."""
    name = escape(file.as_posix())
    if root is None or not (root / file).is_file():
        return f"<p class='file'>File: <span class='mono'>{name}</span></p>"
    link = escape(Path(relpath((root / file).resolve(), directory.resolve())).as_posix())
    if elsewhere:
        return f"<p class='file'>File: <a class='mono' href='{link}'>{name}</a>, its text is with {anchor(elsewhere)}</p>"
    text = (root / file).read_text(encoding="utf-8")
    source = f"<details><summary>The file that was judged</summary><pre>{escape(text[:LONGEST_FILE])}</pre></details>"
    return f"<p class='file'>File: <a class='mono' href='{link}'>{name}</a></p>{source}"
