"""Circuits of the library: XOR, parity and the selector drawn in three models, and what circuits cost as they grow."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from workbench import circuits
from workbench.figures.networks import network_drawing
from workbench.figures.plate import Panel, colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workbench.circuits import Entry

TITLES = {"standard": "Standard, layered", "skip": "Additive attention", "gated": "Output gates"}
WIDTHS = {"standard": 350, "skip": 350, "gated": 270}  # of a panel, in the pixels of a layout
HEIGHT = 250
GROWING = (
    ("Parity of $n$ bits", circuits.parity, 16),
    ("Sum of two words of $n$ bits", circuits.addition, 16),
    ("Inner product modulo 2, words of $n$ bits", circuits.inner_product, 16),
    ("Multiplexer of $2^n$ data", circuits.multiplexer, 6),
)
LINES = {  # label, marker, its size and the number of its colour, for each form; larger ones are hollow and drawn first
    ("standard", "01"): ("standard", "o", 4, 0),
    ("skip", "01"): ("additive attention", "s", 8, 2),
    ("gated", "01"): ("output gates, 0/1", "^", 6, 1),
    ("gated", "pm1"): ("output gates, ±1", "v", 4, 3),
    ("synaptic", "01"): ("gated synapses", "D", 4, 4),
    ("synaptic", "pm1"): ("gated synapses", "D", 4, 4),
}
TOP = 300  # threshold units


def drawing(ax: Axes, *, entry: Entry, size: int, model: str, outputs: str) -> Axes:
    """Draw the circuit of an entry in one model, with its threshold units and depth above it; all panels have one scale."""
    network = entry(size, model, outputs=outputs)
    network_drawing(ax, network, title=f"{TITLES[model]}: {network.threshold_units} units, depth {network.depth}")
    (left, _), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    middle, width = (bottom + top) / 2, WIDTHS[model]
    ax.set(xlim=(left, left + width), ylim=(middle + HEIGHT / 2, middle - HEIGHT / 2))
    return ax


def in_three_models(entry: Entry, size: int, *, outputs: str) -> tuple[Panel, ...]:
    """Return the panels of an entry: layered, with additive attention, and with output gates of this convention."""
    return tuple(
        partial(drawing, entry=entry, size=size, model=model, outputs=outputs if model == "gated" else "01") for model in TITLES
    )


PARITY = in_three_models(circuits.parity, 3, outputs="pm1")
SELECTOR = in_three_models(circuits.selector, 1, outputs="01")


def growth(ax: Axes, *, title: str, entry: Entry, last: int) -> Axes:
    """Draw the number of threshold units of each form of an entry against n."""
    for key, form in entry.forms.items():
        label, marker, size, number = LINES[key]
        points = [(n, form.cost.at(n).units) for n in range(1, last + 1)]
        shown = [(n, units) for n, units in points if units <= TOP]
        look: dict[str, Any] = {"color": colours()[number], "ms": size, "mfc": "none" if size > 4 else None, "lw": 1}
        ax.plot(*zip(*shown, strict=True), marker + "-", label=label, **look)
    ax.set_yscale("symlog", base=2, linthresh=1)
    ticks = [0, *(1 << k for k in range(0, TOP.bit_length(), 2))]
    ax.set_yticks(ticks, [str(t) for t in ticks])
    ax.set(xlabel="$n$", ylabel="threshold units", title=title, ylim=(-0.3, 1.3 * TOP))
    ax.set_xticks([n for n in range(1, last + 1) if last <= 8 or n == 1 or n % 4 == 0])
    ax.legend(loc="upper left", fontsize=8)
    return ax


GROWTH: tuple[Panel, ...] = tuple(partial(growth, title=title, entry=entry, last=last) for title, entry, last in GROWING)
