"""Figures of exact counts: the classes of gated units against their bounds, and threshold functions against Cover's bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import comb, log2, sqrt
from typing import TYPE_CHECKING

from workbench.capacity.records import counts_of
from workbench.families import Family
from workbench.figures.plate import colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST = 5  # all classes of one unit are counted up to this many inputs
SPREAD = 0.62  # the width that the classes of one n take on the axis
CLASSES = {
    "LTF": Family("threshold", 1),
    "SYN": Family("synaptic-gating", 1),
    "AND": Family("output-gating", 1),
    "MUX": Family("multiplexing", 1),
    "SM": Family("layered-2-1", 1),
    "PM": Family("output-gating", 1, outputs="pm1"),
    r"$\mathrm{PTF}_2$": Family("threshold", 1, degree=2),
}


def cover(n: int, features: int) -> int:
    """Return Cov(n, p) = 2 sum_{k<p} C(2^n - 1, k), the most dichotomies of 2^n points by p features.

    Source: T. M. Cover, Geometrical and statistical properties of systems of linear inequalities, 1965, Theorem 1.

    >>> cover(2, 3)
    14
    """
    return 2 * sum(comb(2**n - 1, k) for k in range(features))


def features(n: int, degree: int) -> int:
    """Return C(n, <= d), the number of monomials up to a degree.

    >>> features(4, 2)
    11
    """
    return sum(comb(n, k) for k in range(degree + 1))


def counts_and_bounds(ax: Axes, *, upto: int = LARGEST) -> Axes:
    """Draw log2 of the class sizes for n = 1..upto, with the bounds of an output-gated pair and n^2, 2 n^2."""
    ns = range(1, upto + 1)
    palette = (ink("text"), *colours())
    for k, ((name, family), mark) in enumerate(zip(CLASSES.items(), "ovsDP^X", strict=True)):
        shift, counts = SPREAD * (k / (len(CLASSES) - 1) - 0.5), counts_of(family)
        known = [(n + shift, log2(counts[n])) for n in ns]
        ax.plot(*zip(*known, strict=True), mark, color=palette[k], label=name, zorder=3)
    for n in ns:
        above, below, dotted = _bounds(n).values()
        ax.fill_between([n - 0.4, n + 0.4], below, above, color=ink("grid"), alpha=0.75, lw=0)
        ax.hlines((below, above), n - 0.4, n + 0.4, color=ink("line"), lw=1)
        ax.hlines(dotted, n - 0.4, n + 0.4, color=ink("line"), lw=1.2, linestyles="dotted")
    _annotated(ax, upto)
    top = _bounds(upto)["$T(n)\\,(T(n)+1)/2$"] + 2
    for factor, dash, text in ((1, (0, (5, 3)), "$n^2$"), (2, "solid", "$2n^2$")):
        end = min(sqrt(top / factor), upto + 0.45)
        smooth = [0.5 + k * (end - 0.5) / 60 for k in range(61)]
        ax.plot(smooth, [factor * x * x for x in smooth], color=ink("line"), lw=0.9, linestyle=dash, zorder=1)
        ax.annotate(text, (end, factor * end * end), (4, -1), textcoords="offset points", va="top")
    ax.set(xlabel="inputs $n$", ylabel=r"$\log_2$ of the number of functions", xticks=list(ns))
    ax.set(xlim=(0.5, upto + 1.3), ylim=(0, top))
    ax.set_title("How many functions one unit can compute")
    ax.grid(axis="x", visible=False)
    ax.legend(ncols=2, loc="upper left", handletextpad=0.2, columnspacing=1.0)
    return ax


def _bounds(n: int) -> Mapping[str, float]:
    """Return log2 of the bounds of a product of two 0/1 gates, and of Cover's bound of one gate."""
    T = counts_of(CLASSES["LTF"])
    return {
        r"$T(n)\,(T(n)+1)/2$": log2(T[n] * (T[n] + 1) // 2),
        "$T(n-1)^2$": 2 * log2(T[n - 1]),
        "Cover": log2(cover(n, n + 1)),
    }


def _annotated(ax: Axes, n: int) -> None:
    """Name the bounds right of the last group."""
    for text, y in _bounds(n).items():
        ax.annotate(text, (n + 0.4, y), (5, 0), textcoords="offset points", va="center", fontsize=10)


def threshold_counts(ax: Axes, *, degrees: tuple[int, ...] = (1, 2, 3)) -> Axes:
    """Draw log2 T_d(n) at each degree d as far as it is counted, and 2^n for all functions."""
    top = 0.0
    for degree, colour, mark, counts in _by_degree(degrees):
        bits = [log2(count) for count in counts.values()]
        ax.plot([*counts], bits, color=colour, marker=mark, ms=4 + 2 * degree, clip_on=False, label=f"$T_{degree}(n)$")
        top = max(top, *bits)
    upto = int(ax.dataLim.x1)
    every = [2**n for n in range(upto + 1)]
    ax.plot(range(upto + 1), every, color=ink("line"), lw=0.9, linestyle=(0, (5, 3)), label="all functions", zorder=1)
    ax.set(xlabel="inputs $n$", ylabel=r"$\log_2$ of the number of functions", xticks=range(upto + 1))
    ax.set(xlim=(-0.2, upto + 0.2), ylim=(0, 1.08 * top))
    ax.set_title("Threshold functions of degree $d$")
    ax.legend(loc="upper left")
    return ax


def cover_slack(ax: Axes, *, degrees: tuple[int, ...] = (1, 2, 3)) -> Axes:
    """Draw by how many bits Cover's bound exceeds log2 T_d(n), at each degree d as far as it is counted."""
    for degree, colour, mark, counts in _by_degree(degrees):
        slack = [log2(cover(n, features(n, degree)) / count) for n, count in counts.items()]
        ax.plot([*counts], slack, color=colour, marker=mark, ms=4 + 2 * degree, clip_on=False, label=f"$d = {degree}$")
    upto = int(ax.dataLim.x1)
    ax.set(xlabel="inputs $n$", ylabel="bits", xticks=range(upto + 1), xlim=(-0.2, upto + 0.2), ylim=(0, None))
    ax.set_title("Cover's bound lies above by")
    ax.legend(loc="upper left")
    return ax


def _by_degree(degrees: tuple[int, ...]) -> Iterator[tuple[int, str, str, dict[int, int]]]:
    """Yield each degree with its colour, mark and counts, the highest first, so that no mark hides a smaller one."""
    looks = list(zip(degrees, colours(), "osD", strict=False))
    return ((d, colour, mark, counts_of(Family("threshold", 0, degree=d))) for d, colour, mark in reversed(looks))
