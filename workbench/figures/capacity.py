"""Figure of capacity: exact counts, estimates, proven bounds and the asymptote together, as log2 of the count over n^2."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import log2
from typing import TYPE_CHECKING, Any

from workbench.capacity.bounds import bounds
from workbench.figures.counting import LARGEST, class_sizes
from workbench.figures.plate import colours, ink
from workbench.regions import Counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COUNTED = 6  # threshold functions of so many inputs are counted while the figure is drawn
FROM, UPTO = 2, 40


@cache
def estimates(family: str, outputs: str = "01") -> tuple[Mapping[str, Any], ...]:
    """Return the shipped estimates of a family: n, log2, low, high, and the seed and samples that give them again.

    >>> estimates("threshold")[0]["n"]
    5
    """
    rows = json.loads((files("workbench") / "data" / "estimates.json").read_text(encoding="utf-8"))
    return tuple(row for row in rows if row["family"] == family and row["outputs"] == outputs)


def threshold_capacity(ax: Axes, *, upto: int = UPTO) -> Axes:
    """Draw log2 T(n)/n^2: counted, estimated, and between its bounds, with the limit 1."""
    blue, vermilion = colours()[:2]
    _band(ax, "threshold", upto)
    _estimated(ax, "threshold", "01", "estimated", vermilion, "o")
    exact = [(n, log2(Counts.of(n).threshold) / n**2) for n in range(FROM, COUNTED + 1)]
    ax.plot(*zip(*exact, strict=True), "o", color=blue, zorder=4, label="counted")
    return _finished(ax, 1, upto, "One threshold unit")


def gated_capacity(ax: Axes, *, upto: int = UPTO) -> Axes:
    """Draw log2 of the number of functions of two-gate blocks over n^2: counted, estimated, with the bounds of a 0/1 product."""
    blue, vermilion, green, purple = colours()[:4]
    _band(ax, "output-gating", upto)
    for name, outputs, colour, mark in (("AND", "01", vermilion, "s"), ("PM", "pm1", green, "^")):
        _estimated(ax, "output-gating", outputs, f"{name}, estimated", colour, mark)
    for name, colour, mark in (("AND", vermilion, "s"), ("PM", green, "^"), ("MUX", purple, "D"), ("SM", blue, "P")):
        exact = [(n, log2(class_sizes(n)[name]) / n**2) for n in range(FROM, LARGEST + 1) if name in class_sizes(n)]
        ax.plot(*zip(*exact, strict=True), mark, color=colour, zorder=4, label=f"{name}, counted")
    return _finished(ax, 2, upto, "A threshold unit and its gate")


def _band(ax: Axes, family: str, upto: int) -> None:
    ns = range(FROM, upto + 1)
    low, high = zip(*([bits / n**2 for bits in bounds(family, n).log2] for n in ns), strict=True)
    ax.fill_between(ns, low, high, color=ink("grid"), alpha=0.75, lw=0, label="between the proven bounds")
    for line in (low, high):
        ax.plot(ns, line, color=ink("line"), lw=1)


def _estimated(ax: Axes, family: str, outputs: str, label: str, colour: str, mark: str) -> None:
    rows = estimates(family, outputs)
    ns, bits = [row["n"] for row in rows], [row["log2"] / row["n"] ** 2 for row in rows]
    reach = [[abs(row["log2"] - row[end]) / row["n"] ** 2 for row in rows] for end in ("low", "high")]
    ax.errorbar(ns, bits, reach, fmt=mark, color=colour, mfc=ink("paper"), ms=5, lw=1.2, capsize=2, zorder=3, label=label)


def _finished(ax: Axes, limit: int, upto: int, title: str) -> Axes:
    from matplotlib.ticker import NullFormatter

    ax.axhline(limit, color=ink("line"), lw=0.9, linestyle=(0, (5, 3)))
    ax.annotate(f"${limit if limit > 1 else ''}n^2$", (upto, limit), (-2, 4), textcoords="offset points", ha="right")
    ax.set_xscale("log")
    ticks = [n for n in (2, 3, 4, 6, 10, 20, 40) if n <= upto]
    ax.set_xticks(ticks, [str(n) for n in ticks])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set(
        xlabel="inputs $n$",
        ylabel=r"$\log_2$ of the number of functions, over $n^2$",
        xlim=(FROM * 0.92, upto * 1.1),
        ylim=(0, 1.15 * limit),
    )
    ax.set_title(title)
    ax.legend(loc="lower left", ncols=limit)
    return ax
