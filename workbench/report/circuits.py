"""The smallest circuits in the report: totals by units, every class of functions of four inputs, and the shares of five inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.capacity.shares import Shares
    from workbench.circuits.atlas import Atlas
    from workbench.families import Family

MODELS = {"standard": "standard", "skip": "skip", "gated_01": "0/1 gates", "gated_pm1": "±1 gates"}
NEGATED = "gated_01_negated"
COLUMNS = {"table": "Table", "size": "Size", **MODELS, "saving": "Saved", "best": "By"}  # data keys and headings
ROOMY = ("best", "functions")  # columns that a narrow screen does not show
TOLD = (
    "The fewest threshold units, gates included, for every function of four inputs: layered, with connections that skip layers, "
    "and with outputs that gate each other. Each number is the size of a circuit and certified against all smaller ones."
)
CLASSES = (
    "One function of each class up to permuting and negating inputs and negating the output, and the size of the class. In each "
    "model the fewest units and, after the bar, the layers of such a circuit; with 0/1 gates the negation may take other numbers, "
    "which follow. Saved are units against the standard model, by the models marked. The headings sort."
)
SHARES = (
    "Share of the {functions:,} functions of {n} inputs that one block computes, and of their {classes:,} classes, where a class "
    "counts if one of its functions is computed."
)


def circuits() -> str:
    """Return the section of smallest circuits, from the atlas and the shares that come with the package."""
    from workbench.capacity.shares import Shares
    from workbench.circuits.atlas import Atlas

    atlas, shares = Atlas.shipped(), Shares.shipped()
    folded = f"<details><summary>Show the {len(atlas.classes)} classes</summary><p>{CLASSES}</p>{_classes(atlas)}</details>"
    return (
        f"<section id='circuits'><h2>Smallest circuits</h2><p>{TOLD}</p>{_totals(atlas)}{folded}"
        f"<h2>One block of five inputs</h2>{_shares(shares)}</section>"
    )


def _totals(atlas: Atlas) -> str:
    totals = atlas.totals
    most = max(max(found) for found in totals.values())
    rows = (f"<tr><th scope='row'>{k}</th>{''.join(_total(totals[m].get(k)) for m in MODELS)}</tr>" for k in range(1, most + 1))
    return _table("totals", {"units": "Units", **MODELS}, rows)


def _total(functions: int | None) -> str:
    return "<td></td>" if functions is None else f"<td>{functions:,}</td>"


def _classes(atlas: Atlas) -> str:
    return _table("atlas", COLUMNS, map(_class, atlas.classes), sortable=True)


def _class(entry: Mapping[str, Any]) -> str:
    """A row; its data attributes are what the script sorts by."""
    fronts = {model: entry["pareto"][model][0] for model in MODELS}
    saving = max(entry["saving"][model] for model in MODELS if model != "standard")
    best = [name for model, name in (MODELS | {NEGATED: "0/1 gates, negated"}).items() if model in entry["best"]]
    keys = {m: units * 10 + depth for m, (units, depth, _) in fronts.items()}
    keys |= {"table": int(entry["table"], 16), "size": entry["size"], "saving": saving, "best": ", ".join(best)}
    data = " ".join(f'data-{key}="{escape(str(value))}"' for key, value in keys.items())
    cells = "".join(_cell(entry, model) for model in MODELS)
    last = f"<td>{saving or ''}</td><td class='roomy'>{escape(', '.join(best))}</td>"
    return f"<tr {data}><th scope='row' class='mono'>{entry['table']}</th><td>{entry['size']}</td>{cells}{last}</tr>"


def _cell(entry: Mapping[str, Any], model: str) -> str:
    names = (model, NEGATED) if model == "gated_01" else (model,)
    shown = dict.fromkeys(f"{units}|{depth}" for units, depth, _ in (entry["pareto"][name][0] for name in names))
    marked = " class='least'" if model in entry["best"] else ""
    fronts = "; ".join(
        ", ".join(f"{units} units in {depth} with {gatings} gatings" for units, depth, gatings in entry["pareto"][name])
        for name in names
    )
    return f"<td{marked} title='{fronts}'>{' '.join(shown)}</td>"


def _shares(shares: Shares) -> str:
    rows = (
        f"<tr><th scope='row'>{_named(family)}</th><td class='roomy'>{functions:,}</td><td>{functions / shares.functions:.3%}</td>"
        f"<td>{classes:,}</td><td>{classes / shares.classes:.3%}</td></tr>"
        for family, functions, classes in shares.rows
    )
    heads = {"family": "Block", "functions": "Functions", "share": "Share", "classes": "Classes", "part": "Share"}
    told = SHARES.format(functions=shares.functions, n=shares.n, classes=shares.classes)
    return f"<p>{told}</p>{_table('shares', heads, rows)}"


def _named(family: Family) -> str:
    options = ", ".join(f"{o} {getattr(family, o)}" for o in family.kind.options if (o, family.degree) != ("degree", 1))
    return escape(family.name) + (f" <span class='quiet'>{escape(options)}</span>" if options else "")


def _table(name: str, heads: Mapping[str, str], rows: Iterable[str], *, sortable: bool = False) -> str:
    cells = "".join(f"<th scope='col' data-key='{key}'{_narrow(key)}>{escape(text)}</th>" for key, text in heads.items())
    kind = "small sortable" if sortable else "small"
    table = f"<table id='{name}' class='{kind}'><thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f"<div class='wide'>{table}</div>"


def _narrow(key: str) -> str:
    return " class='roomy'" if key in ROOMY else ""
