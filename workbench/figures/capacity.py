"""Figure of capacity: exact counts, estimates, proven bounds and the asymptote together, as log2 of the count over n^2."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import log2
from typing import TYPE_CHECKING, Any

from workbench.capacity.bounds import bounds
from workbench.capacity.records import counts_of
from workbench.figures.counting import CLASSES, cover
from workbench.figures.plate import colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FROM, UPTO = 2, 40


@cache
def estimates(family: str, outputs: str = "01") -> tuple[Mapping[str, Any], ...]:
    """Return the shipped estimates of a family: n, log2, low, high, and the command that gives them again.

    >>> estimates("threshold")[0]["n"]
    5
    """
    rows = json.loads((files("workbench") / "data" / "estimates.json").read_text(encoding="utf-8"))
    return tuple(row for row in rows if row["family"] == family and row["outputs"] == outputs)


def threshold_capacity(ax: Axes, *, upto: int = UPTO) -> Axes:
    """Draw log2 T(n)/n^2: counted, estimated beyond, and between its bounds, with the limit 1."""
    blue, vermilion = colours()[:2]
    _band(ax, "threshold", upto)
    _drawn(ax, "LTF", "", blue, "o", 7, open_colour=vermilion)
    return _finished(ax, 1, upto, "One threshold unit")


def gated_capacity(ax: Axes, *, upto: int = UPTO) -> Axes:
    """Draw log2 of the number of functions of two-gate blocks over n^2: counted, estimated, with the bounds of a 0/1 product."""
    blue, vermilion, green, purple = colours()[:4]
    _band(ax, "output-gating", upto)
    looks = (("PM", green, "^", 10), ("AND", vermilion, "s", 8), ("MUX", purple, "D", 5), ("SM", blue, "P", 5))
    for name, colour, mark, size in looks:  # the smaller ones on top, where counts are equal
        _drawn(ax, name, f"{name}, ", colour, mark, size)
    return _finished(ax, 2, upto, "A threshold unit and its gate")


def _band(ax: Axes, family: str, upto: int) -> None:
    ns = range(FROM, upto + 1)
    low, high = zip(*([bits / n**2 for bits in bounds(family, n).log2] for n in ns), strict=True)
    ax.fill_between(ns, low, high, color=ink("grid"), alpha=0.75, lw=0, label="between the proven bounds")
    for line in (low, high):
        ax.plot(ns, line, color=ink("line"), lw=1)


def _drawn(ax: Axes, name: str, prefix: str, colour: str, mark: str, size: int, *, open_colour: str = "") -> None:
    """Draw the counts of a class over n^2, and its estimates for more inputs than are counted."""
    family = CLASSES[name]
    counts = {n: log2(count) / n**2 for n, count in counts_of(family).items() if n >= FROM}
    ax.plot([*counts], [*counts.values()], mark, color=colour, ms=size, zorder=4, label=f"{prefix}counted")
    rows = [row for row in estimates(family.name, family.outputs) if row["n"] > max(counts)]
    if rows:
        points = [(row["n"], *(row[end] / row["n"] ** 2 for end in ("log2", "low", "high"))) for row in rows]
        _with_intervals(ax, points, f"{prefix}estimated", open_colour or colour, mark)


def _with_intervals(ax: Axes, points: Sequence[tuple[float, ...]], label: str, colour: str, mark: str) -> None:
    """Draw points (x, y, low, high)."""
    xs, ys, lows, highs = zip(*points, strict=True)
    reach = [[y - low for y, low in zip(ys, lows, strict=True)], [high - y for y, high in zip(ys, highs, strict=True)]]
    ax.errorbar(xs, ys, reach, fmt=mark, color=colour, mfc=ink("paper"), ms=5, lw=1.2, capsize=2, zorder=3, label=label)


def estimate_errors(ax: Axes) -> Axes:
    """Draw by how many bits the shipped estimates differ from counts, with their intervals."""
    blue, vermilion, green = colours()[:3]
    for shift, name, colour, mark in ((0, "LTF", blue, "o"), (0.15, "AND", vermilion, "s"), (0.3, "PM", green, "^")):
        family = CLASSES[name]
        exact = {n: log2(count) for n, count in counts_of(family).items()}
        rows = [row for row in estimates(family.name, family.outputs) if row["n"] in exact]
        points = [(row["n"] + shift, *(row[end] - exact[row["n"]] for end in ("log2", "low", "high"))) for row in rows]
        _with_intervals(ax, points, name, colour, mark)
    ax.axhline(0, color=ink("line"), lw=0.9)
    ax.set(xlabel="inputs $n$", ylabel="bits", xticks=range(5, 10), xlim=(4.5, 9.5), ylim=(-0.15, 0.15))
    ax.set_title("Estimate minus count")
    ax.legend(loc="lower left", ncols=3)
    return ax


def cover_at_more_inputs(ax: Axes) -> Axes:
    """Draw by how many bits Cover's bound exceeds log2 T(n), counted and estimated."""
    blue, vermilion = colours()[:2]
    counts = counts_of(CLASSES["LTF"])
    rows = [row for row in estimates("threshold") if row["n"] > max(counts)]
    above = {n: log2(cover(n, n + 1)) for n in (*counts, *(row["n"] for row in rows))}
    slack = [above[n] - log2(count) for n, count in counts.items()]
    ax.plot([*counts], slack, "o", color=blue, zorder=4, label="counted", clip_on=False)
    points = [(row["n"], *(above[row["n"]] - row[end] for end in ("log2", "high", "low"))) for row in rows]
    _with_intervals(ax, points, "estimated", vermilion, "o")
    ax.set(xlabel="inputs $n$", ylabel="bits", xlim=(-1, UPTO + 1), ylim=(0, None))
    ax.set_title("Cover's bound lies above one threshold unit by")
    ax.legend(loc="upper right")
    return ax


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
