"""Figures of mechanisms by verdict: arrows from what is, under a condition, another mechanism; who has which property."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.figures.overview import inks
from workbench.figures.plate import Plate, ink
from workbench.mechanisms.relations import ALL, PROPERTIES, RELATIONS, Relation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLACES = {
    "softmax": (0.0, 0.0),
    "krause": (-4.6, 2.0),
    "Hegselmann-Krause": (-4.6, 4.0),
    "synchronization": (-4.6, -1.7),
    "top-n": (-1.3, 3.4),
    "value-softmax": (2.0, 3.4),
    "affine-scaled": (4.6, 1.7),
    "tempered softmax": (4.6, 4.0),
    "softmax-with-sink": (4.6, -0.6),
    "hadamard": (0.9, -3.4),
    "linear": (4.6, -3.4),
    "linearised": (-4.0, -3.9),
}
LINES = {"equal": "-", "limit": (0, (4, 2))}
STEP = 0.13  # of the distance of two mechanisms, between one arrow and the next


def relation_graph(ax: Axes, verdicts: Mapping[str, str], links: Mapping[str, str]) -> Axes:
    """Draw the graph; `verdicts` gives the word of a claim, `links` the address behind its arrow, each by the claim's name."""
    from matplotlib.lines import Line2D

    boxes = {}
    frame = {"boxstyle": "round,pad=0.45", "facecolor": ink("paper"), "edgecolor": ink("line")}
    for name, place in PLACES.items():
        boxes[name] = ax.text(*place, name, ha="center", va="center", bbox=frame, zorder=5)
    for relation, bend in _bent():
        colour = inks()[verdicts.get(relation.claim, "open")] if verdicts else ink("line")
        _arrow(ax, boxes, relation, bend, colour, links.get(relation.claim))
    words = [word for word in inks() if verdicts and word in {verdicts.get(r.claim, "open") for r in RELATIONS}]
    handles = [Line2D([], [], color=inks()[word], label=word) for word in words]
    handles += [Line2D([], [], color=ink("line"), linestyle=style, label=kind) for kind, style in LINES.items()]
    ax.legend(handles=handles, loc="lower center", ncols=len(handles), bbox_to_anchor=(0.5, -0.06), frameon=False)
    ax.set(xlim=(-6.3, 6.3), ylim=(-4.6, 4.6), aspect="equal")
    ax.set_axis_off()
    return ax


def _bent() -> list[tuple[Relation, float]]:
    """Return the relations with the bend of each arrow: those between one pair of mechanisms fan out around the straight line."""
    fans: dict[frozenset[str], list[Relation]] = {}
    for relation in RELATIONS:
        fans.setdefault(frozenset((relation.source, relation.target)), []).append(relation)
    bent = []
    for pair, fan in fans.items():
        for k, relation in enumerate(fan):
            bend = STEP * (2 * k - len(fan) + 1)
            bent.append((relation, bend if relation.source == min(pair) else -bend))
    return bent


def _arrow(ax: Axes, boxes: Mapping[str, Any], relation: Relation, bend: float, colour: str, link: str | None) -> None:
    source, target = boxes[relation.source], boxes[relation.target]
    (x0, y0), (x1, y1) = source.get_position(), target.get_position()
    look: dict[str, Any] = {
        "arrowstyle": "-|>",
        "connectionstyle": f"arc3,rad={bend}",
        "color": colour,
        "linestyle": LINES[relation.kind],
        "patchA": source.get_bbox_patch(),
        "patchB": target.get_bbox_patch(),
        "shrinkA": 2,
        "shrinkB": 2,
        "linewidth": 1.6,
    }
    arrow = ax.annotate("", (x1, y1), (x0, y0), arrowprops=look, zorder=3).arrow_patch
    assert arrow is not None
    middle = (x0 + x1) / 2 + bend / 2 * (y1 - y0), (y0 + y1) / 2 - bend / 2 * (x1 - x0)
    paper = {"boxstyle": "round,pad=0.1", "facecolor": ink("paper"), "edgecolor": "none"}
    label = ax.text(*middle, relation.where, ha="center", va="center", fontsize=9, color=ink("text"), bbox=paper, zorder=4)
    for part in (arrow, label):
        part.set_url(link)


def relations(verdicts: Mapping[str, str] | None = None, links: Mapping[str, str] | None = None) -> Plate:
    """Return the figure, its arrows coloured by verdicts, if there are any, and linked to addresses, both by the claim's name."""
    return Plate(
        (partial(relation_graph, verdicts=verdicts or {}, links=links or {}),),
        "What is another mechanism, exactly (solid) or in a limit (dashed), under the condition beside the arrow, coloured "
        "by the verdict on that claim.",
        tuple(r.claim for r in RELATIONS),
        (8.8, 6.6),
    )


def property_grid(ax: Axes, verdicts: Mapping[str, str], links: Mapping[str, str]) -> Axes:
    """Draw who has which property: a disc where a verdict says so, a cross where one denies it, a ring where it is open.

    The colour is that of the verdict.
    """
    rows = (*ALL, "krause", "synchronization")
    for x, claims in enumerate(PROPERTIES.values()):
        for name, claim in claims.items():
            known, denied = claim.removeprefix("not "), claim.startswith("not ")
            word = verdicts.get(known, "open")
            holds = None if word == "open" else (word != "refuted") != denied
            shape = {True: "o", False: "X", None: "o"}[holds]
            colour = inks()[word] if holds is not None else ink("line")
            (drawn,) = ax.plot(x, rows.index(name), shape, color=colour, ms=10, mec=ink("paper") if holds is not None else colour)
            drawn.set(markerfacecolor="none" if holds is None else colour, url=links.get(known))
    ax.set_xticks(range(len(PROPERTIES)), labels=PROPERTIES, rotation=35, ha="left", rotation_mode="anchor")
    ax.set_yticks(range(len(rows)), labels=rows)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.set(xlim=(-0.6, len(PROPERTIES) - 0.4), ylim=(len(rows) - 0.5, -0.6))
    ax.spines[:].set_visible(False)
    return ax


def properties(verdicts: Mapping[str, str] | None = None, links: Mapping[str, str] | None = None) -> Plate:
    """Return the figure of properties, by verdicts, if there are any, and linked to addresses, both by the claim's name."""
    claims = {claim.removeprefix("not "): None for named in PROPERTIES.values() for claim in named.values()}
    return Plate(
        (partial(property_grid, verdicts=verdicts or {}, links=links or {}),),
        "Which mechanism has which property, coloured by the verdict on the claim: a disc where it has, a cross where it has not, "
        "a ring where that is open; no mark where no claim asks.",
        tuple(claims),
        (8.4, 4.8),
    )
