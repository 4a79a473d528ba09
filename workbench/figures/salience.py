"""Figure of attention that grows by salience: strong features first, so that its entropy falls, and recovers as others follow."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.orbits import orbit
from workbench.figures.plate import Plate, colours, dashed, ink
from workbench.figures.polarisation import entropy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TARGETS = tuple(1 + Fraction(k, 3) for k in range(10))  # mu, from 1 to 4
TEMPERATURE, START, LAST = 3, 0.05, 100.0
PAIR = (Fraction(1), Fraction(3, 2))  # targets of the two features that are compared, at temperature 1
LATE = 1e6


@cache
def growth() -> tuple[np.ndarray, np.ndarray]:
    """Return times, and the strengths v of ten features under v' = (mu - v) e^(v^2/2T) (times, 10)."""
    import sympy

    from workbench.dynamics.flow import Flow
    from workbench.dynamics.solutions import exact

    v = sympy.symbols(f"v0:{len(TARGETS)}", real=True)
    flow = Flow.from_rhs([(exact(mu) - x) * sympy.exp(x**2 / (2 * TEMPERATURE)) for mu, x in zip(TARGETS, v, strict=True)], v)
    times = np.geomspace(0.01, LAST, 400)
    return times, orbit(flow, [START] * len(v), times)


@cache
def logarithms() -> tuple[np.ndarray, np.ndarray]:
    """Return times, and ln(1/delta) of two features, delta = 1 - v/mu (times, 2), by y' = e^(v^2/2), v = mu (1 - e^-y)."""
    import sympy

    from workbench.dynamics.flow import Flow
    from workbench.dynamics.solutions import exact

    y = sympy.symbols("y0 y1", real=True)
    flow = Flow.from_rhs([sympy.exp(exact(mu) ** 2 * (1 - sympy.exp(-x)) ** 2 / 2) for mu, x in zip(PAIR, y, strict=True)], y)
    taus = np.linspace(0.1, np.log1p(LATE), 300)
    return np.expm1(taus), orbit(flow, [-np.log1p(-START / float(mu)) for mu in PAIR], taus, time="log")


def strengths(ax: Axes) -> Axes:
    """Draw the strength of each feature over its target against time."""
    times, seen = growth()
    for k, (mu, v, shade) in enumerate(zip(TARGETS, seen.T, _shades(), strict=True)):
        ax.plot(times, v / float(mu), color=shade, lw=1.4, label=rf"$\mu = {mu}$" if k in (0, 3, 6, 9) else "_")
    ax.set(xscale="log", xlabel="$t$", ylabel=r"$v/\mu$", xlim=(times[0], LAST), ylim=(0, 1.05))
    ax.set_title("Ten features")
    ax.legend(loc="upper left")
    return ax


def attention(ax: Axes) -> Axes:
    """Draw the entropy of attention in proportion to e^(v^2/2T) against time, and its largest value."""
    times, seen = growth()
    weights = np.exp(seen**2 / (2 * TEMPERATURE))
    shares = weights / weights.sum(axis=1, keepdims=True)
    ax.plot(times, entropy(shares), color=colours()[0], label="entropy in nats")
    ax.plot(times, shares.max(axis=1), color=colours()[1], label="largest share")
    ax.axhline(np.log(len(TARGETS)), color=ink("line"), lw=0.9, linestyle=(0, (1, 2)))
    ax.set(xscale="log", xlabel="$t$", ylabel="entropy, share", xlim=(times[0], LAST), ylim=(0, 2.5))
    ax.set_title("Their attention")
    ax.legend(loc="center left", bbox_to_anchor=(0, 0.6))
    return ax


def ratio(ax: Axes) -> Axes:
    """Draw the ratio of ln(1/delta) of two features against time, over its limit."""
    times, (low, high) = logarithms()[0], logarithms()[1].T
    limit = float(np.exp(float(PAIR[1] ** 2 - PAIR[0] ** 2) / 2))
    ax.plot(times, np.abs(high / low - limit), color=colours()[0], label="distance from the limit")
    anchor = np.abs(high / low - limit)[-1] * times[-1]
    late = times > 10
    dashed(ax, times[late], anchor / times[late], "slope -1")
    ax.set(xscale="log", yscale="log", xlabel="$t$", ylabel=rf"$|\ln\delta_j/\ln\delta_k - {limit:.3f}|$", xlim=(times[0], LATE))
    ax.set_title(rf"$\mu_j = {PAIR[1]}$ against $\mu_k = {PAIR[0]}$")
    ax.legend(loc="lower left")
    return ax


def _shades() -> list[tuple[float, ...]]:
    from matplotlib.colors import LinearSegmentedColormap

    scale = LinearSegmentedColormap.from_list("targets", [colours()[0], colours()[1]])
    return [scale(k / (len(TARGETS) - 1)) for k in range(len(TARGETS))]


PLATES = {
    "attention_by_salience": Plate(
        (strengths, attention, ratio),
        "Features that grow by v' = (μ - v) exp(v²/2T). Left, ten targets μ from 1 to 4 at T = 3. Middle, attention in "
        "proportion to exp(v²/2T): it concentrates on the strongest features and spreads again as the others follow; dotted, "
        "the entropy ln 10. Right, at T = 1, the ratio of the logarithms of two errors δ = 1 - v/μ: its distance from exp((μⱼ² "
        "- μₖ²)/2).",
        ("salience_ratio_tends_to_exp_half_square_gap", "joma_balance_conserved_of_linear_or_exp"),
        (12.0, 4.0),
    ),
}
