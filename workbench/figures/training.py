"""Figure of training: how often networks of each depth and width are found, standard beside gated, from the stored sweep."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from workbench.figures.plate import Panel, colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workbench.circuits.training_sweep import Row, Sweep

DARK = 0.55  # shares above it are written in the colour of the paper
BITS = {"pm1": "±1", "01": "0/1"}


@cache
def stored() -> Sweep:
    """Return the sweep that comes with the package; `workbench train-sweep` makes it again."""
    from workbench.circuits.training_sweep import Sweep

    return Sweep.shipped()


def phases(name: str, n: int) -> tuple[Panel, ...]:
    """Return the panels of one target: the standard model and gates, with +-1 outputs and with 0/1 outputs.

    >>> len(phases("parity", 4))
    4
    """
    return tuple(partial(phase, name=name, n=n, outputs=o, gated=g) for o in BITS for g in (False, True))


def phase(ax: Axes, *, name: str, n: int, outputs: str, gated: bool) -> Axes:
    """Draw the success probability over depth and threshold units in each hidden layer, with its interval in the cell."""
    from workbench.circuits.training_sweep import LAYER_UNITS, phase_cells

    rows = {row.cell: row for row in stored().rows}
    for cell in phase_cells(name, n):
        shape = cell.shape
        if shape.outputs == outputs and (shape.gatings > 0) == gated:
            single = shape.units == 1
            units = shape.factors[0] if shape.depth == 1 else shape.widths[0] * shape.factors[0]
            left = 0 if single else LAYER_UNITS.index(units)
            _cell(ax, rows[cell], left, shape.depth, len(LAYER_UNITS) if single else 1)
    ax.set(xlim=(0, len(LAYER_UNITS)), ylim=(0.5, 3.5), xlabel="threshold units in a layer", yticks=[1, 2, 3])
    ax.set_xticks([k + 0.5 for k in range(len(LAYER_UNITS))], list(map(str, LAYER_UNITS)))
    if outputs == "pm1" and not gated:
        ax.set_ylabel("depth")
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.set_title(f"{'Gated' if gated else 'Standard'}, {BITS[outputs]}")
    return ax


def _cell(ax: Axes, row: Row, left: float, depth: int, width: int) -> None:
    """A rectangle in the colour of the share, which is written in it above the interval."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    shades = LinearSegmentedColormap.from_list("shares", [ink("paper"), colours()[0]])
    rate, (low, high) = row.success.rate, row.success.interval()
    box = Rectangle((left, depth - 0.5), width, 1, facecolor=shades(rate), edgecolor=ink("grid"), lw=0.8)
    ax.add_patch(box)
    ink_here = ink("paper") if rate > DARK else ink("text")
    middle = left + width / 2
    note = "one unit" if width > 1 else f"{low:.2f} to {high:.2f}"
    ax.text(middle, depth + 0.1, f"{rate:.2f}", ha="center", va="center", color=ink_here, fontsize=10)
    ax.text(middle, depth - 0.25, note, ha="center", va="center", color=ink_here, fontsize=6.5)
