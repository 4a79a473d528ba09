"""Figures of exact counts: the classes of gated units against their bounds, and threshold functions against Cover's bound."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import comb, log2, sqrt
from typing import TYPE_CHECKING

from workbench import classes
from workbench.counts import threshold_count, threshold_tables
from workbench.figures.plate import colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST = 4  # counts of threshold functions are shipped up to this many inputs
SPREAD = 0.62  # the width that the classes of one n take on the axis


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


@cache
def class_sizes(n: int) -> Mapping[str, int]:
    """Return the exact sizes of the classes of single units at n inputs; those that need T(n+1) only where it is counted.

    >>> class_sizes(2)["AND"], class_sizes(2)["SYN"]
    (16, 14)
    """
    gates = threshold_tables(n)
    products = classes.output_gating(gates, n, outputs="01")
    found = {
        "LTF": len(gates),
        "AND": len(products),
        "PM": len(classes.output_gating(gates, n, outputs="pm1")),
        "SM": len(products | classes.complements(products, n)),  # SM(n,2,1) is AND and its complements OR
        r"$\mathrm{PTF}_2$": threshold_count(n, 2).count,
    }
    if n < LARGEST:
        above = threshold_tables(n + 1)
        found["MUX"] = len(classes.multiplexing(gates, above, n))
        found["SYN"] = len(classes.synaptic_gating(gates, above, n, n - 1, inputs="01", outputs="01"))
    return found


def counts_and_bounds(ax: Axes, *, upto: int = LARGEST) -> Axes:
    """Draw log2 of the class sizes for n = 1..upto, with the bounds of an output-gated pair and n^2, 2 n^2."""
    ns = range(1, upto + 1)
    order = ("LTF", "SYN", "AND", "MUX", "SM", "PM", r"$\mathrm{PTF}_2$")
    marks = ("o", "v", "s", "D", "P", "^", "X")
    palette = (ink("text"), *colours())
    for k, (name, mark) in enumerate(zip(order, marks, strict=True)):
        shift = SPREAD * (k / (len(order) - 1) - 0.5)
        known = [(n + shift, log2(class_sizes(n)[name])) for n in ns if name in class_sizes(n)]
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
    T = threshold_count(n).count
    return {
        r"$T(n)\,(T(n)+1)/2$": log2(T * (T + 1) // 2),
        "$T(n-1)^2$": 2 * log2(threshold_count(n - 1).count),
        "Cover": log2(cover(n, n + 1)),
    }


def _annotated(ax: Axes, n: int) -> None:
    """Name the bounds right of the last group."""
    for text, y in _bounds(n).items():
        ax.annotate(text, (n + 0.4, y), (5, 0), textcoords="offset points", va="center", fontsize=10)


def threshold_counts(ax: Axes, *, upto: int = LARGEST, degrees: tuple[int, ...] = (1, 2, 3)) -> Axes:
    """Draw log2 T_d(n) for n = 0..upto at each degree d, and 2^n for all functions."""
    ns = list(range(upto + 1))
    ax.plot(ns, [2**n for n in ns], color=ink("line"), lw=0.9, linestyle=(0, (5, 3)), label="all functions")
    for degree, colour, mark in reversed(list(zip(degrees, colours(), "osD", strict=False))):
        counts = [log2(threshold_count(n, degree).count) for n in ns]
        ax.plot(ns, counts, color=colour, marker=mark, ms=4 + 2 * degree, clip_on=False, label=f"$T_{degree}(n)$")
    ax.set(xlabel="inputs $n$", ylabel=r"$\log_2$ of the number of functions", xticks=ns, xlim=(-0.2, upto + 0.2), ylim=(0, None))
    ax.set_title("Threshold functions of degree $d$")
    ax.legend(loc="upper left")
    return ax


def cover_slack(ax: Axes, *, upto: int = LARGEST, degrees: tuple[int, ...] = (1, 2, 3)) -> Axes:
    """Draw by how many bits Cover's bound exceeds log2 T_d(n), for n = 0..upto at each degree d."""
    ns = list(range(upto + 1))
    for degree, colour, mark in reversed(list(zip(degrees, colours(), "osD", strict=False))):
        slack = [log2(cover(n, features(n, degree)) / threshold_count(n, degree).count) for n in ns]
        ax.plot(ns, slack, color=colour, marker=mark, ms=4 + 2 * degree, clip_on=False, label=f"$d = {degree}$")
    ax.set(xlabel="inputs $n$", ylabel="bits", xticks=ns, xlim=(-0.2, upto + 0.2), ylim=(0, None))
    ax.set_title("Cover's bound lies above by")
    ax.legend(loc="upper left")
    return ax
