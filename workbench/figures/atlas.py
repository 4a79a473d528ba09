"""Figure of the atlas: the share of all functions of four inputs that so many threshold units compute, in each model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.figures.plate import colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = {"standard": "standard", "skip": "skip connections", "gated_01": "output gates, 0/1", "gated_pm1": "output gates, ±1"}
LOOKS = {"standard": (0, "o", 9), "skip": (2, "D", 5), "gated_01": (1, "s", 6), "gated_pm1": (3, "^", 7)}  # colour, marker, size


def any_depth(ax: Axes) -> Axes:
    """Draw the share of functions computed with at most k units in any number of layers."""
    for model in NAMES:
        _drawn(ax, model, 5, depth=None)
    ax.set_ylabel("share of the 65,536 functions, per cent")
    ax.legend(loc="lower right")
    return _finished(ax, 5, "In any number of layers")


def one_layer(ax: Axes) -> Axes:
    """Draw the share computed with at most k units in one layer, where without gates a single unit is all there is."""
    for model in ("standard", "gated_01", "gated_pm1"):
        _drawn(ax, model, 8, depth=1)
    ax.annotate("a unit without gates", (8, 3), (0, 6), textcoords="offset points", ha="right", color=ink("text"))
    return _finished(ax, 8, "In one layer")


def _drawn(ax: Axes, model: str, most: int, *, depth: int | None) -> None:
    from workbench.circuits.atlas import Atlas

    atlas = Atlas.shipped()
    units = range(1, most + 1)
    functions = sum(entry["size"] for entry in atlas.classes)
    shares = [100 * atlas.within(model, k, depth=depth) / functions for k in units]
    colour, mark, size = LOOKS[model]
    ax.plot(units, shares, mark, color=colours()[colour], ms=size, ls="-", lw=1.4, label=NAMES[model], clip_on=False)


def _finished(ax: Axes, most: int, title: str) -> Axes:
    ax.set(xlabel="threshold units, gates included", xticks=range(1, most + 1), xlim=(0.8, most + 0.2), ylim=(0, 104))
    ax.set_title(title)
    return ax
