"""Figures in the plane: the half-planes of two gates and the region that their product leaves, from lowered networks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.networks import xor_gated
from workbench.figures.plate import colours, ink
from workbench.network import Network
from workbench.units import Signal, sign_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = 240  # points along each axis of a picture


def xor_of_signs() -> Network:
    """Return XOR in the +-1 convention as the product of sgn(x) and sgn(-y).

    >>> xor_of_signs().function("pm1").table
    6
    """
    first = replace(sign_unit("f", {"x": 1}), output_gates=(Signal("O", "g"),))
    return Network.of(["x", "y"], [first, sign_unit("g", {"y": -1})], ["f"])


def _product(ax: Axes, network: Network, corners: tuple[int, int]) -> Axes:
    """Colour the plane by the lowered product, draw where each gate changes, and mark the four points by their exact value."""
    from workbench.lowering import lower

    low, high = corners
    edge = (low - (high - low) * 0.45, high + (high - low) * 0.45)
    side = np.linspace(*edge, STEPS)
    points = np.stack(np.meshgrid(side, side), axis=-1)
    values = np.asarray(lower(network)(points))
    ax.contourf(side, side, values, levels=[values.min() - 1, 0.5, 2], colors=[ink("paper"), colours()[0]], alpha=0.28)
    for unit, colour in zip(network.units, (colours()[1], colours()[2]), strict=True):
        activation = replace(unit, transfer="identity", output_gates=())
        drawn = np.asarray(lower(replace(network, units=(activation,), outputs=(unit.name,)))(points))
        ax.contour(side, side, drawn, levels=[0], colors=[colour], linewidths=1.8, negative_linestyles="solid")
    for x in corners:
        for y in corners:
            fires = network.at((x, y))[0] == 1
            ax.plot(x, y, "o", ms=9, mec=ink("text"), mew=1.3, mfc=ink("text") if fires else ink("paper"), zorder=4, clip_on=False)
    ax.set(xlim=edge, ylim=edge, aspect="equal", xlabel="$x$", ylabel="$y$", xticks=corners, yticks=corners)
    ax.grid(visible=False)
    return ax


def strip_of_two_gates(ax: Axes) -> Axes:
    """Draw XOR of two bits as a strip: a 0/1 product fires where both gates fire."""
    _product(ax, xor_gated(), (0, 1))
    ax.set_title(r"0/1 outputs: OR $\times$ NAND")
    for text, at, colour in (("$x + y = 1/2$", (-0.40, 0.72), colours()[1]), ("$x + y = 3/2$", (0.60, 1.05), colours()[2])):
        ax.text(*at, text, color=colour, fontsize=10, rotation=-45, rotation_mode="anchor")
    return ax


def quadrants_of_two_gates(ax: Axes) -> Axes:
    """Draw XOR of two signs as two quadrants: a +-1 product fires where the gates agree."""
    _product(ax, xor_of_signs(), (-1, 1))
    ax.set_title(r"±1 outputs: sgn$(x) \times {}$sgn$(-y)$")
    ax.text(0.06, -1.8, "$x = 0$", color=colours()[1], fontsize=10)
    ax.text(-1.8, 0.08, "$y = 0$", color=colours()[2], fontsize=10)
    return ax
