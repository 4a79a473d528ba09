"""The page itself: header, table of claims, figures, one section a claim; `write` puts it into a directory."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import __version__
from workbench.errors import BadInput
from workbench.report.circuits import circuits
from workbench.report.drawings import Drawings
from workbench.report.sections import anchor, badge, badge_of, broken, seconds, section
from workbench.report.tallies import counts

if TYPE_CHECKING:
    from workbench.figures import Plate
    from workbench.ledger import Result

Progress = Callable[[str, int, int], object]  # what is being written, how many are done, how many there are
ORDER = ("refuted", "derived", "certified", "supported", "cited", "open")
PIXELS = 92  # of the page for an inch of a figure, so that its words are about as large as those around it
MEANINGS = {
    "refuted": "false as stated; the counterexample is shown",
    "derived": "true for all that the statement speaks of, by exact steps; an outlined badge trusts steps by hand as well",
    "certified": "true for the instances in the reach, each of them checked exactly; open beyond",
    "supported": "not contradicted by runs inside a band that stood in the file before the run",
    "cited": "known from a source that was read; not rechecked",
    "open": "not decided",
}


def write(results: Sequence[Result], directory: str | Path, *, root: Path | None = None, progress: Progress | None = None) -> Path:
    """Write the page to directory/index.html, everything that it shows inside it, and return its path.

    `root` is the folder that holds proofs/, by default the nearest one. Raises BadInput if the directory is a file.
    """
    target = Path(directory)
    if target.exists() and not target.is_dir():
        raise BadInput(f"{target} is a file: give a directory for the report")
    target.mkdir(parents=True, exist_ok=True)
    page = target / "index.html"
    page.write_text(page_of(results, target, root=root or _root(), progress=progress), encoding="utf-8")
    return page


def page_of(results: Sequence[Result], directory: Path, *, root: Path | None = None, progress: Progress | None = None) -> str:
    """Return the page as HTML; links to files lead from `directory`."""
    judged = sorted(results, key=lambda r: (ORDER.index(r.verdict.word), r.claim.topic, r.claim.name))
    names = frozenset(r.claim.name for r in judged)
    sheet, script = ((files("workbench.report") / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    drawings = Drawings()
    figures = list(_figures(judged, drawings, progress))
    first: dict[Path, str] = {}
    for r in judged:
        first.setdefault(r.file, r.claim.name)
    sections = [section(r, names, root=root, directory=directory, shown_at=first[r.file]) for r in judged]
    waiting = _waiting(names, root) if len(judged) > 1 else ""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    style = f"<title>{_count(len(judged))} judged</title><style>{sheet}{drawings.sheet()}</style>"
    tables = counts(root) + circuits() if len(judged) > 1 else ""
    parts = _table(judged) + _gallery(figures) + tables + _details(sections) + waiting
    main = f"{_header(judged)}{drawings.glyphs()}<main>{parts}</main>{_footer()}"
    return f'<!doctype html>\n<html lang="en"><head>{head}{style}</head>\n<body>{main}<script>{script}</script></body></html>\n'


def _root() -> Path | None:
    from workbench.ledger import find_proofs

    try:
        return find_proofs().parent
    except BadInput:
        return None


def _count(number: int) -> str:
    return f"{number} claim{'s' * (number != 1)}"


def _header(results: Sequence[Result]) -> str:
    counts = Counter(r.verdict.word for r in results)
    words = [w for w in ORDER if counts[w]]
    bar = "".join(f'<span class="w-{w}" style="flex-grow:{counts[w]}" title="{counts[w]} {w}"></span>' for w in words)
    legend = "".join(f'<li><span class="dot w-{w}"></span><b>{counts[w]}</b> {w}</li>' for w in words)
    errors = sum(r.error is not None for r in results)
    stopped = f'<p class="stopped"><b>{_count(errors)} could not be judged</b>; see the sections marked so.</p>' if errors else ""
    by_hand = sum(r.verdict.word == "derived" and bool(r.verdict.trusts) for r in results)
    told = (
        f"{_count(len(results))} about threshold and attention networks, each with a word and a reach that were computed from its "
        f"evidence. Of those derived, {by_hand} trust{'s' * (by_hand == 1)} steps by hand or a source."
    )
    meanings = "".join(f"<dt>{badge(w)}</dt><dd>{escape(MEANINGS[w])}</dd>" for w in ORDER)
    key = f"<details class='key'><summary>How to read a verdict</summary><dl>{meanings}</dl></details>"
    title = f"<p class='eyebrow'>Attention workbench</p><h1>What holds, and how far</h1><p class='lede'>{told}</p>{stopped}"
    return f"<header>{title}<div class='strip'>{bar}</div><ul class='legend'>{legend}</ul>{key}</header>"


def _table(results: Sequence[Result]) -> str:
    topics = sorted({r.claim.topic for r in results if r.claim.topic})
    words = [w for w in ORDER if any(r.verdict.word == w for r in results)]
    chips = "".join(f'<button type="button" class="chip w-{w}" data-word="{w}" aria-pressed="false">{w}</button>' for w in words)
    options = "".join(f"<option>{escape(t)}</option>" for t in topics)
    search = '<input type="search" placeholder="Search names and sentences" aria-label="Search">'
    chosen = f'<select aria-label="Topic"><option value="">All topics</option>{options}</select>'
    filters = f'<div class="filters" hidden><div class="chips">{chips}</div>{chosen}{search}<output></output></div>'
    heads = "".join(
        f'<th scope="col" data-key="{key}">{text}</th>'
        for key, text in (("word", "Verdict"), ("name", "Claim"), ("reach", "Reach"), ("trusts", "Trusts"), ("seconds", "Time"))
    )
    table = (
        f'<table id="claims" class="sortable"><thead><tr>{heads}</tr></thead><tbody>{"".join(map(_row, results))}</tbody></table>'
    )
    return f"<section><h2>Claims</h2>{filters}{table}</section>"


def _row(result: Result) -> str:
    claim, verdict = result.claim, result.verdict
    keys: Mapping[str, object] = {
        "word": f"{ORDER.index(verdict.word)}",
        "name": claim.name,
        "reach": verdict.reach,
        "trusts": len(verdict.trusts),
        "seconds": f"{float(verdict.seconds):.4f}",
        "topic": claim.topic,
        "is": verdict.word,
    }
    data = " ".join(f'data-{k}="{escape(str(v))}"' for k, v in keys.items())
    topic = f"<span class='topic'>{escape(claim.topic)}</span>" if claim.topic else ""
    name = f"<a class='name' href='#{escape(claim.name)}'>{broken(claim.name)}</a>"
    trusts = str(len(verdict.trusts)) if verdict.trusts else "<span class='none'>none</span>"
    cells = (
        f"<td class='c-word'>{badge_of(result)}</td>",
        f"<td class='c-claim'>{name}{topic}<p>{escape(claim.says)}</p></td>",
        f"<td class='c-reach' data-label='reach'>{escape(verdict.reach)}</td>",
        f"<td class='c-trusts' data-label='trusts'>{trusts}</td>",
        f"<td class='c-time' data-label='time'>{seconds(verdict.seconds)}</td>",
    )
    return f"<tr {data}>{''.join(cells)}</tr>"


def _figures(results: Sequence[Result], drawings: Drawings, progress: Progress | None) -> Iterator[str]:
    """Yield every figure as HTML: both colour schemes inside the page, a caption from the results, the numbers behind it."""
    from workbench.figures import FIGURES, SHOWING, overview

    words, links = {r.claim.name: r.verdict.word for r in results}, {r.claim.name: f"#{r.claim.name}" for r in results}
    plates = {"verdict_overview": overview(results)} if results else {}
    plates |= {**FIGURES, **{name: showing(words, links) for name, showing in SHOWING.items()}}
    for done, (name, plate) in enumerate(plates.items()):
        if progress:
            progress(name, done, len(plates))
        yield _figure(plate, {r.claim.name: r for r in results}, drawings)
    if progress:
        progress("", len(plates), len(plates))


def _figure(plate: Plate, results: Mapping[str, Result], drawings: Drawings) -> str:
    from workbench.figures import as_csv, encoded

    drawn = plate.figure()
    drawing = drawings.element(encoded(drawn, "svg"), plate.written("svg", dark=True), told=plate.caption)
    mentions = "".join(_mention(name, results) for name in plate.claims)
    claims = f"<ul class='mentions'>{mentions}</ul>" if mentions else ""
    points = as_csv(drawn)
    table = f"<details><summary>Numbers</summary><pre>{escape(points)}</pre></details>" if points.count("\n") > 1 else ""
    width = round(plate.size[0] * PIXELS)
    told = escape(plate.caption)
    shown = f"<div class='plate' style='flex-basis:{width}px;--width:{width}px'>{drawing}</div>"
    return f"<figure>{shown}<figcaption>{told}{claims}{table}</figcaption></figure>"


def _mention(name: str, results: Mapping[str, Result]) -> str:
    if name not in results:
        return f"<li><span class='name'>{broken(name)}</span> <span class='quiet'>not judged here</span></li>"
    verdict = results[name].verdict
    return f"<li>{anchor(name)} {badge_of(results[name])} <span class='quiet'>{escape(verdict.reach)}</span></li>"


def _gallery(figures: Sequence[str]) -> str:
    return f"<section><h2>Figures</h2><div class='gallery'>{''.join(figures)}</div></section>"


def _details(sections: Sequence[str]) -> str:
    return f"<section id='evidence'><h2>Evidence</h2>{''.join(sections) or '<p>No claim was judged.</p>'}</section>"


def _waiting(names: Collection[str], root: Path | None) -> str:
    """Return the claims of the catalogue that no file states yet; they are open."""
    from workbench.ledger import catalogue

    listed = catalogue(root / "proofs") if root else {}
    rows = [f"<li><span class='name'>{broken(n)}</span> {escape(says)}</li>" for n, says in listed.items() if n not in names]
    if not rows:
        return ""
    shown = f"<details><summary>Show them</summary><ul class='waiting'>{''.join(rows)}</ul></details>"
    return f"<section><h2>Not stated yet: {_count(len(rows))} of the catalogue, open</h2>{shown}</section>"


def _footer() -> str:
    made = f"attention-workbench {escape(__version__)}, Python {platform.python_version()}"
    return f"<footer><p>Written by {made}. This file stands alone: it loads nothing from elsewhere.</p></footer>"
