"""Figure of what a parameter is worth: the bits that each building block stores per parameter, against the bound of n."""

from __future__ import annotations

from collections.abc import Callable
from math import comb, log2
from typing import TYPE_CHECKING

from workbench.capacity.records import counts_of
from workbench.families import Family
from workbench.figures.plate import colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INPUTS = (2, 3, 4, 5)
BLOCKS: dict[str, tuple[Family, Callable[[int], int]]] = {  # each with its parameters at n inputs, biases among them
    "threshold unit": (Family("threshold", 1), lambda n: n + 1),
    "quadratic threshold unit": (Family("threshold", 1, degree=2), lambda n: 1 + n + comb(n, 2)),
    "output gated, ±1": (Family("output-gating", 1, outputs="pm1"), lambda n: 2 * n + 2),
    "output gated, 0/1": (Family("output-gating", 1), lambda n: 2 * n + 2),
    "output gated twice, 0/1": (Family("k-fold-gating", 1, units=3), lambda n: 3 * n + 3),
    "multiplexed": (Family("multiplexing", 1), lambda n: 2 * n + 3),
    "activation gated, ±1": (Family("activation-gating", 1, inputs="pm1", outputs="pm1"), lambda n: 2 * n + 2),
    "one synapse gated, ±1": (Family("synaptic-gating", 1, inputs="pm1", outputs="pm1"), lambda n: 2 * n + 2),
    "one synapse gated, 0/1": (Family("synaptic-gating", 1), lambda n: 2 * n + 2),
    "two hidden units": (Family("layered-2-1", 1), lambda n: 2 * n + 5),
}


def bits_per_parameter(name: str) -> dict[int, float]:
    """Return log2 of the number of functions of a block per parameter, by the number of inputs.

    >>> round(bits_per_parameter("threshold unit")[3], 3)  # log2(104)/4
    1.675
    """
    family, parameters = BLOCKS[name]
    counts = counts_of(family)
    return {n: log2(counts[n]) / parameters(n) for n in INPUTS}


def worth_of_parameters(ax: Axes) -> Axes:
    """Draw the bits per parameter of each block at n = 2..5 as one row, the best on top, and the bound n as a line for each n."""
    bits = {name: bits_per_parameter(name) for name in BLOCKS}
    names = sorted(bits, key=lambda name: bits[name][INPUTS[-1]])
    for n, colour, mark in zip(INPUTS, colours(), "osD^", strict=False):
        ax.plot([bits[name][n] for name in names], names, mark, color=colour, zorder=3, label=f"n = {n}")
        ax.axvline(n, color=colour, lw=1.4, linestyle=(0, (5, 3)))
    ax.set(xlabel="bits per parameter; dashed, the bound $n$", xlim=(0, INPUTS[-1] + 0.25), ylim=(-0.6, len(names) - 0.4))
    ax.set_title("What a parameter is worth")
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(INPUTS), handletextpad=0.1, columnspacing=1.0)
    ax.grid(axis="y", color=ink("grid"))
    return ax
