"""The table of exact counts: one row for each family and convention, one column for each number of inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.families import Family

PLACE = Path("docs") / "data"


def counts(root: Path | None) -> str:
    """Return the section of the counts that the project keeps as data, nothing where it keeps none."""
    from workbench.capacity import records

    rows = records.known(root / PLACE) if root else []
    if not rows:
        return ""
    rows_of = Counter(row["n"] for row in rows)  # where a column would hold one number, it is listed below
    shared = max((n for n, number in rows_of.items() if number > 1), default=max(rows_of))
    sizes = range(shared + 1)
    heads = "".join(f"<th scope='col'>n = {n}</th>" for n in sizes)
    body = "".join(_row(family, rows, sizes) for family in records.series())
    told = (
        "Exact numbers of functions of n inputs, under the conventions of each row. With a number stands its log2 in "
        "bits; its title is the command that counts it."
    )
    table = f"<table class='counts'><thead><tr><th scope='col'>Family</th>{heads}</tr></thead><tbody>{body}</tbody></table>"
    further = "".join(_item(row) for row in rows if row["n"] > shared)
    below = f"<p>Of more inputs:</p><ul class='further'>{further}</ul>" if further else ""
    return f"<section id='counts'><h2>Exact counts</h2><p>{told}</p><div class='wide'>{table}</div>{below}</section>"


def _row(family: Family, rows: Sequence[dict[str, Any]], sizes: range) -> str:
    from workbench.capacity import records

    own = {row["n"]: row for row in rows if records.same_series(row, family)}
    options = ", ".join(f"{o.replace('_', ' ')} {getattr(family, o)}" for o in family.kind.options)
    topic = f" <span class='topic'>{escape(options)}</span>" if options else ""
    name = f"<b>{escape(family.name)}</b>{topic}<p>{escape(family.formula)}</p>"
    cells = "".join(_cell(own.get(n)) for n in sizes)
    return f"<tr><th scope='row'>{name}</th>{cells}</tr>" if own else ""


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return "<td></td>"
    number = f"<span>{row['count']:,} <span class='quiet'>{row['log2']:.2f}</span></span>"
    return f"<td data-label='n = {row['n']}' title='{escape(row['command'])}'>{number}</td>"


def _item(row: dict[str, Any]) -> str:
    told = f"{escape(row['family'])}, n = {row['n']}: {row['count']:,} ({row['log2']:.2f} bits)"
    return f"<li title='{escape(row['command'])}'>{told}</li>"
