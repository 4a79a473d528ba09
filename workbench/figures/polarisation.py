"""Figures of softmax scores that polarise under training: entropy and majorisation, the clock, the level sets of two scores."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.orbits import orbit
from workbench.figures.plate import Plate, colours, dashed, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workbench.dynamics.flow import Flow

VALUES = (0.5, 0.3, 0.0, -0.2, -0.6)  # u(0), ordered; a(0) = 0
SCORES = (0.4, 0.2, 0.0, -0.1, -0.3)  # a(0), ordered, where the values start at 0
AGAINST = ((0.6, 0.3, 0.0, -0.3, -0.6), (-0.9, -0.4, 0.0, 0.4, 0.9))  # u(0) in one order and a(0) in the other
LATEST = 27.7  # ln(1 + t) at t = 1e12
MOMENTS = (0.0, 1.0, 10.0, 100.0, 1e4)


def reduced(loss: str, p: int) -> Flow:
    """Return the flow of p values u and scores a, output <u, softmax(a)>, under the logistic or the squared loss, |beta*| = 1."""
    import sympy

    from workbench.dynamics.flow import Flow
    from workbench.dynamics.softmax import softmax_mean

    u, a = sympy.symbols(f"u0:{p}", real=True), sympy.symbols(f"a0:{p}", real=True)
    output = softmax_mean(u, a)
    return Flow.from_loss(sympy.log(1 + sympy.exp(-output)) if loss == "logistic" else (1 - output) ** 2 / 2, [*u, *a])


@cache
def scores(loss: str, values: tuple[float, ...], logits: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ln(1+t), softmax(a) (times, p) and the clock Gamma, by which the sum of the values has grown."""
    taus, p = np.linspace(0, LATEST, 555), len(values)
    states = orbit(reduced(loss, p), [*values, *logits], taus, time="log")
    weights = np.exp(states[:, p:] - states[:, p:].max(axis=1, keepdims=True))
    return taus, weights / weights.sum(axis=1, keepdims=True), states[:, :p].sum(axis=1) - sum(values)


def entropy(shares: Any) -> np.ndarray:
    """Return -sum s ln s over the last axis, in nats.

    >>> entropy(np.array([[1.0, 0.0], [0.5, 0.5]])).round(6).tolist()
    [0.0, 0.693147]
    """
    s = np.asarray(shares)
    return np.asarray(np.abs(-(s * np.log(np.where(s > 0, s, 1))).sum(axis=-1)))


ordered = (VALUES, (0.0,) * len(VALUES))
CURVES = {
    "logistic, ordered": ("logistic", *ordered),
    "squared, ordered": ("squared", (0.0,) * len(SCORES), SCORES),
    "logistic, against the order": ("logistic", *AGAINST),
}


def entropies(ax: Axes) -> Axes:
    """Draw the entropy of the scores against time for both losses, and for a start against the order."""
    for (name, (loss, values, logits)), colour in zip(CURVES.items(), colours(), strict=False):
        taus, s, _ = scores(loss, values, logits)
        ax.plot(taus / np.log(10), entropy(s), color=colour, label=name)
    ax.axhline(np.log(len(VALUES)), color=ink("line"), lw=0.9, linestyle=(0, (1, 2)))
    ax.set(xlabel=r"$\log_{10}(1 + t)$", ylabel="entropy in nats", xlim=(0, LATEST / np.log(10)), ylim=(0, 1.75))
    ax.set_title("Entropy of the scores")
    ax.legend(loc="center right")
    return ax


def majorisation(ax: Axes) -> Axes:
    """Draw the sums of the k largest scores against k at several times: later curves lie above earlier ones."""
    from matplotlib.colors import LinearSegmentedColormap

    taus, s, _ = scores("logistic", *ordered)
    shades = LinearSegmentedColormap.from_list("times", [ink("grid"), colours()[0]])
    for k, t in enumerate(MOMENTS):
        row = np.sort(s[int(np.searchsorted(taus, np.log1p(t)))])[::-1]
        sums = np.concatenate([[0.0], np.cumsum(row)])
        shade = shades(0.25 + 0.75 * k / (len(MOMENTS) - 1))
        name = f"{t:g}" if t < 1e4 else rf"$10^{{{round(np.log10(t))}}}$"
        ax.plot(range(len(sums)), sums, "o", ls="-", color=shade, ms=4, lw=1.4, label=name)
    ax.set(xlabel="$k$", ylabel="sum of the $k$ largest scores", xlim=(0, len(VALUES)), ylim=(0, 1.04))
    ax.set_title("Majorisation, ordered start")
    ax.legend(loc="lower right", title="$t$")
    return ax


def ratios(ax: Axes) -> Axes:
    """Draw the scores over the largest one against the clock, below the bound."""
    _, s, clock = scores("logistic", *ordered)
    kept = clock > 1e-2
    delta = float(np.min(-np.diff(VALUES)))
    for j, colour in zip(range(1, len(VALUES)), colours()[1:], strict=False):
        ax.plot(clock[kept], (s[:, j] / s[:, 0])[kept], color=colour, label=rf"$s_{j}/s_0$")
    dashed(ax, clock[kept], 1 / (1 + delta / len(VALUES) * clock[kept]), "bound")
    ax.set(xscale="log", yscale="log", xlabel=r"$\Gamma$", ylabel="ratio of scores", ylim=(1e-3, 1.6))
    ax.set_title("Ratios in the clock")
    ax.legend(loc="lower left")
    return ax


def portrait(ax: Axes) -> Axes:
    """Draw paths of two scores over level sets of (u0 - u1)^2/2 - cosh(a0 - a1)."""
    size_a, size_u = 6.0, 12.0
    a, u = np.meshgrid(np.linspace(-size_a, size_a, 241), np.linspace(-size_u, size_u, 241))
    levels = [-100, -40, -15, -5, -1, 2, 15, 40]
    ax.contour(a, u, u**2 / 2 - np.cosh(a), levels=levels, colors=[ink("line")], linewidths=0.6, linestyles="solid", alpha=0.5)
    starts = ((1.0, 0.0), (1.0, -3.0), (4.0, -3.0), (-1.0, 0.0), (-1.0, 3.0), (-4.0, 3.0))  # u0 - u1, a0 - a1
    for (gap, lean), colour in zip(starts, colours(), strict=False):
        taus = np.linspace(0, LATEST, 400)
        states = orbit(reduced("logistic", 2), [gap / 2, -gap / 2, lean / 2, -lean / 2], taus, time="log")
        path = states[:, 2] - states[:, 3], states[:, 0] - states[:, 1]
        ax.plot(*path, color=colour, lw=1.5, label=f"from ({lean:g}, {gap:g})")
        ax.plot(path[0][0], path[1][0], "o", color=colour, ms=4)
    ax.set(xlabel="$a_0 - a_1$", ylabel="$u_0 - u_1$", xlim=(-size_a, size_a), ylim=(-size_u, size_u))
    ax.set_title("Two scores, logistic loss")
    return ax


PLATES = {
    "score_polarisation": Plate(
        (entropies, majorisation),
        "Training of scores a and values u, output <u, softmax(a)>, along the flow. Left, the entropy of five scores: from "
        "values in order and equal scores it falls; with the squared loss it stops above 0; from scores in the order against "
        "that of the values it first rises; dotted, its largest value. Right, sums of the largest scores grow, each of them, "
        "under the logistic loss.",
        (
            "entropy_nonincreasing",
            "entropy_nonincreasing_of_any_start",
            "partial_sums_of_sorted_scores_nondecreasing",
            "no_one_hot_limit_regression",
        ),
        (9.6, 4.2),
    ),
    "score_clock": Plate(
        (ratios, portrait),
        "The same flow under the logistic loss. Left, in the clock Γ, by which the sum of the values grows: ratios of scores "
        "below 1/(1 + δΓ/p), δ the least gap of the values. Right, paths of two scores (from the points) over the level sets of "
        "(u₀ - u₁)²/2 - cosh(a₀ - a₁).",
        ("score_ratio_bounded_by_inverse_clock", "value_sum_linear_in_clock", "cosh_energy_conserved_two_scores"),
        (8.8, 3.9),
    ),
}
