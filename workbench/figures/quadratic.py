"""Figure of quadratic activations: functions against parameters, for full, low-rank and sparse quadratic parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil, comb, e, log2
from typing import TYPE_CHECKING

from workbench.capacity.bounds import bounds
from workbench.figures.plate import colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INPUTS = 32
RANKS = (2, 3, 4, 6)  # numbers k of linear pairs beyond one

Point = tuple[int, float, float]  # parameters, and bounds of log2 of the number of functions


def rows(n: int = INPUTS) -> Iterator[tuple[str, list[Point]]]:
    """Yield the kinds of units with their parameters and the proven bounds of their capacity in bits.

    >>> [(name, [parameters for parameters, _, _ in points]) for name, points in rows(8)][:3]
    [('no quadratic part', [9]), ('sparse: one gated synapse', [16]), ('rank ≤ 2: a ±1 pair', [18])]
    """
    yield "no quadratic part", [(n + 1, *bounds("threshold", n).log2)]
    yield "sparse: one gated synapse", [(2 * n, *bounds("linear-synaptic-gating", n).log2)]
    yield "rank ≤ 2: a ±1 pair", [(2 * (n + 1), *bounds("output-gating", n, outputs="pm1").log2)]
    yield "rank ≤ 2k: k pairs, k = " + ", ".join(map(str, RANKS)), [_pairs(n, k) for k in RANKS if k < n]
    yield "full", [(1 + n + comb(n, 2), *bounds("threshold", n, 2).log2)]


def _pairs(n: int, k: int) -> Point:
    """H of a sum of k products of affine forms: bounds of `k_linear_pairs_capacity_bracket` and of all quadratic units."""
    parameters, rest = 2 * k * (n + 1), n - k + 1
    low = bounds("output-gating", rest, outputs="pm1").low * bounds("threshold", rest).low ** (k - 1)
    most = bounds("threshold", n, 2).log2[1]
    if parameters <= 2**n:  # the number of sign patterns of polynomials of degree 2 in the parameters, at 2^n points
        most = min(most, parameters * (log2(8 * e / parameters) + n))
    return parameters, log2(low), most


def quadratic_capacity(ax: Axes, *, n: int = INPUTS) -> Axes:
    """Draw capacity against parameters, both on logarithmic axes, below n bits for each parameter."""
    most = max(parameters for _, points in rows(n) for parameters, _, _ in points)
    ends = [n, 1.25 * most]
    ax.plot(ends, [n * p for p in ends], color=ink("line"), lw=0.9, linestyle=(0, (5, 3)))
    ax.annotate("$n$ bits for each parameter", (ends[0], n * ends[0]), (6, 14), textcoords="offset points", rotation=31)
    _intervals(ax, n, lambda bits, _: bits)
    ax.set(xscale="log", yscale="log", xlabel="parameters", ylabel="capacity in bits")
    ax.set_title(f"Capacity, $n$ = {n}")
    ax.legend(loc="lower right")
    return _ticked(ax)


def quadratic_efficiency(ax: Axes, *, n: int = INPUTS) -> Axes:
    """Draw the bits that each parameter stores, over n."""
    _intervals(ax, n, lambda bits, parameters: bits / (n * parameters))
    ax.axhline(1, color=ink("line"), lw=0.9, linestyle=(0, (5, 3)))
    ax.set(xscale="log", xlabel="parameters", ylabel="bits for each parameter, over $n$", ylim=(0, 1.15))
    ax.set_title("Efficiency")
    return _ticked(ax)


def _intervals(ax: Axes, n: int, scaled: Callable[[float, int], float]) -> None:
    for colour, mark, (name, points) in zip(colours(), "osDPX", rows(n), strict=False):
        xs = [parameters for parameters, _, _ in points]
        low, high = ([scaled(p[end], p[0]) for p in points] for end in (1, 2))
        ax.vlines(xs, low, high, color=colour, lw=1.4, zorder=2)
        ax.plot(xs, low, mark, color=colour, label=name, zorder=3)
        ax.plot(xs, high, "_", color=colour, ms=9, zorder=3)


def _ticked(ax: Axes) -> Axes:
    from matplotlib.ticker import NullFormatter

    low, high = ax.get_xlim()
    ticks = [2**k for k in range(4, ceil(log2(high)) + 1) if low <= 2**k <= high]
    ax.set_xticks(ticks, list(map(str, ticks)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    return ax
