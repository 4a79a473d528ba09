"""Drawings of networks on matplotlib axes, and XOR in three models side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.circuits.pairs import HALF, conjunction_unit, gated, layered
from workbench.drawing import GLYPHS, MINUS, SUM, TIMES, Layout, Point
from workbench.errors import BadInput
from workbench.figures.plate import colours, ink
from workbench.network import Network
from workbench.units import Synapse, Unit, threshold_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNIT, INPUT, MARK = 19.0, 12.0, 8.0  # radii in the pixels of a layout
OR, NAND = threshold_unit("or", {"x": 1, "y": 1}, -HALF), threshold_unit("nand", {"x": -1, "y": -1}, 3 * HALF)


def xor_layered() -> Network:
    """Return XOR as OR and NAND read by AND: three threshold units in two layers.

    >>> xor_layered().function().table == xor_additive().function().table == xor_gated().function().table == 0b0110
    True
    """
    return Network.of(["x", "y"], layered((OR, NAND), "and"), ["and"])


def xor_additive() -> Network:
    """Return XOR as OR whose activation an attending AND lowers by 2: two threshold units in two layers."""
    both = conjunction_unit("and", "x", "y")
    return Network.of(["x", "y"], [both, replace(OR, synapses=(*OR.synapses, Synapse("and", -2, attention=True)))], ["or"])


def xor_gated() -> Network:
    """Return XOR as OR whose output NAND multiplies: two threshold units in one layer."""
    return Network.of(["x", "y"], gated((OR, NAND), "or"), ["or"])


def network_drawing(ax: Axes, network: Network, *, title: str = "") -> Axes:
    """Draw a network by layers: plain synapses, additive activation attention (dashed, +) and output gates (x).

    Gates on activations and on weights are left to the SVG drawing; raises BadInput if there is one.
    """
    if any(u.gates or u.additions or u.output_additions or any(s.signals for s in u.synapses) for u in network.units):
        raise BadInput(f"{network!r} has attention of a kind that is not drawn here: use its SVG drawing, workbench.drawing.svg")
    layout = Layout.of(network)
    for unit in network.units:
        for synapse in unit.synapses:
            _wire(ax, layout, unit, synapse)
        if unit.output_gates:
            _gated(ax, layout, unit)
    for name in layout.centres:
        _node(ax, layout, name)
    ax.set(xlim=(10, layout.width + 4), ylim=(layout.height - 16, 4), aspect="equal")
    ax.set_axis_off()
    ax.set_title(title)
    return ax


def _wire(ax: Axes, layout: Layout, unit: Unit, synapse: Synapse) -> None:
    start, end = layout.outlet(synapse.source), layout.inlet(unit.name)
    skips = layout.network.layers[unit.name] - layout.network.layers[synapse.source] > 1
    apart = end[1] - start[1]
    bend = 0.0 if not skips else -0.4 if apart > 0 else 0.4 if apart else 0.52  # over or under the layer that is skipped
    colour = colours()[0] if synapse.attention else ink("line")
    _arrow(ax, start, end, colour, bend=bend, dashed=synapse.attention)
    if synapse.attention:
        _mark(ax, (end[0] - 26, end[1] - apart * 26 / max(end[0] - start[0], 26)), "+", colour)
    if synapse.weight != 1:
        across, aside = end[0] - start[0], 2 * 0.36 * 0.64 * bend  # the middle of an arc leaves its chord by bend / 2
        at = (start[0] + 0.36 * across - aside * apart, start[1] + 0.36 * apart + aside * across)
        ax.annotate(str(synapse.weight).replace("-", MINUS), at, ha="center", va="center", fontsize=9.5, bbox=_halo(), zorder=4)


def _gated(ax: Axes, layout: Layout, unit: Unit) -> None:
    """Draw the gates of an output: a line from each gate to a mark behind the unit."""
    for k, signal in enumerate(unit.output_gates):
        before, after = layout.outlet(unit.name, k), layout.outlet(unit.name, k + 1)
        x, y = (before[0] + after[0]) / 2 + 2, before[1]
        tap = layout.outlet(signal.unit)
        ax.plot([tap[0], x, x], [tap[1], tap[1], y], color=colours()[1], zorder=1, solid_joinstyle="round")
        ax.plot([before[0], after[0]], [y, y], color=colours()[1], zorder=1)
        _mark(ax, (x, y), TIMES, colours()[1])


def _node(ax: Axes, layout: Layout, name: str) -> None:
    from matplotlib.patches import Circle, FancyBboxPatch

    x, y = layout.centres[name]
    style: dict[str, Any] = {"edgecolor": ink("text"), "linewidth": 1.2, "zorder": 3}
    if name in layout.network.inputs:
        corner, side = (x - INPUT + 4, y - INPUT + 4), 2 * INPUT - 8
        ax.add_patch(FancyBboxPatch(corner, side, side, boxstyle="round,pad=4", facecolor=ink("grid"), **style))
        ax.text(x, y, name, ha="center", va="center_baseline", style="italic", zorder=4)
        return
    ax.add_patch(Circle((x, y), UNIT, facecolor=ink("paper"), **style))
    for at, text, size in _labels(layout, name):
        ax.text(*at, text, ha="center", va="center", fontsize=size, zorder=4, bbox=_halo() if size < 11 else None)
    if name in layout.network.outputs:
        end = layout.outlet(name)
        _arrow(ax, end, (end[0] + 30, end[1]), ink("text"))


def _labels(layout: Layout, name: str) -> Iterator[tuple[Point, str, float]]:
    x, y = layout.centres[name]
    unit = layout.network.unit(name)
    yield (x, y), GLYPHS.get(unit.transfer, unit.transfer).replace(SUM, "Σ"), 12.0
    gated = [layout.centres[other.name] for other in layout.network.units for s in other.output_gates if s.unit == name]
    above = any(below > y for _, below in gated)  # and to the left, clear of the line to the mark
    at = (x - 10, y - UNIT - 13) if above else (x, y + UNIT + 13)
    yield at, f"{name.upper()}, b = {str(unit.bias).replace('-', MINUS)}", 9.5


def _arrow(ax: Axes, start: Point, end: Point, colour: str, *, bend: float = 0.0, dashed: bool = False) -> None:
    from matplotlib.patches import FancyArrowPatch

    path = f"arc3,rad={bend}"
    look: dict[str, Any] = {"color": colour, "linewidth": 1.6 if dashed else 1.1, "linestyle": (0, (4, 3)) if dashed else "solid"}
    shape: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 9, "shrinkA": 0, "shrinkB": 0, "connectionstyle": path}
    ax.add_patch(FancyArrowPatch(start, end, zorder=2, **shape, **look))


def _mark(ax: Axes, at: Point, text: str, colour: str) -> None:
    from matplotlib.patches import Circle

    ax.add_patch(Circle(at, MARK, facecolor=ink("paper"), edgecolor=colour, linewidth=1.4, zorder=5))
    ax.text(*at, text, color=colour, ha="center", va="center_baseline", fontsize=11, zorder=6)


def _halo() -> dict[str, Any]:
    return {"boxstyle": "round,pad=0.15", "facecolor": ink("paper"), "edgecolor": "none"}


def _counted(network: Network) -> str:
    return f"{network.threshold_units} units, depth {network.depth}"


def layered_panel(ax: Axes) -> Axes:
    """Draw the layered XOR."""
    return network_drawing(ax, xor_layered(), title=f"Standard, layered: {_counted(xor_layered())}")


def additive_panel(ax: Axes) -> Axes:
    """Draw the XOR by additive attention."""
    return network_drawing(ax, xor_additive(), title=f"Additive attention: {_counted(xor_additive())}")


def gated_panel(ax: Axes) -> Axes:
    """Draw the XOR by an output gate."""
    return network_drawing(ax, xor_gated(), title=f"Output gate: {_counted(xor_gated())}")
