"""Figure of deep linear networks: modes that follow sigmoids, the loss that falls with each of them, and what depth changes."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.orbits import descent, orbit
from workbench.figures.plate import Plate, colours, dashed, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STRENGTHS = (Fraction(3), Fraction(2), Fraction(1), Fraction(1, 2))  # singular values of the target
INPUTS, HIDDEN, OUTPUTS = 5, 6, 4
START = Fraction(1, 1000)
LAST = 8.0
DEPTHS = (2, 3, 4)
ONE, ONE_START, ONE_LAST = Fraction(2), Fraction(1, 20), 3.0  # the mode that is shown at several depths
SHOWN = 12  # markers of a curve


def _orthogonal(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.asarray(np.linalg.qr(rng.standard_normal((n, n)))[0])


@cache
def learned() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, the four modes (times, 4) and the loss along the flow of two layers, aligned with the target and balanced."""
    rng, times = np.random.default_rng(4), np.linspace(0, LAST, 241)
    left, right, turn = _orthogonal(rng, OUTPUTS), _orthogonal(rng, INPUTS)[:OUTPUTS], _orthogonal(rng, HIDDEN)[:OUTPUTS]
    target = left @ np.diag([float(s) for s in STRENGTHS]) @ right
    split = HIDDEN * INPUTS

    def product(state: Any) -> Any:
        first = state[..., :split].reshape(*state.shape[:-1], HIDDEN, INPUTS)
        return state[..., split:].reshape(*state.shape[:-1], OUTPUTS, HIDDEN) @ first

    def loss(state: Any) -> Any:
        return ((target - product(state)) ** 2).sum(axis=(-2, -1)) / 2

    size = np.sqrt(float(START))
    states = descent(loss, np.concatenate([(size * turn.T @ right).ravel(), (size * left @ turn).ravel()]), times)
    return times, np.einsum("ok,toi,ki->tk", left, product(states), right), loss(states)


@cache
def predicted() -> np.ndarray:
    """Return the sigmoids of the four modes at the same times (times, 4)."""
    from workbench.dynamics.solutions import deep_mode

    return np.stack([deep_mode(2, s, START).at(learned()[0]).prod(axis=-1) for s in STRENGTHS], axis=-1)


@cache
def one_mode(depth: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, and one balanced mode of this depth along the flow and in closed form."""
    from workbench.dynamics.solutions import deep_mode, product_flow

    times = np.linspace(0, ONE_LAST, 151)
    form = deep_mode(depth, ONE, ONE_START)
    seen = orbit(product_flow(depth, target=ONE), [float(ONE_START) ** (1 / depth)] * depth, times)
    return times, seen.prod(axis=-1), form.at(times).prod(axis=-1)


def sigmoids(ax: Axes) -> Axes:
    """Draw the four modes along the flow (markers) over their sigmoids, with the half times."""
    times, modes, _ = learned()
    every = len(times) // (2 * SHOWN)
    for s, mode, curve, colour in zip(STRENGTHS, modes.T, predicted().T, colours(), strict=False):
        ax.plot(times, curve, color=colour, lw=1.4)
        ax.plot(times[::every], mode[::every], "o", color=colour, ms=3.5, label=f"$s = {s}$")
        half = np.log(float(s / START) - 1) / (2 * float(s))
        ax.plot([half, half], [0, float(s) / 2], color=colour, lw=0.9, linestyle=(0, (1, 2)))
    ax.set(xlabel="$t$", ylabel="mode of $W_2 W_1$", xlim=(0, LAST), ylim=(0, 3.2))
    ax.set_title("Two layers, four modes")
    ax.legend(loc="upper right", bbox_to_anchor=(1, 0.93))
    return ax


def staircase(ax: Axes) -> Axes:
    """Draw the loss against time over the levels at which the strongest modes are learned and the others are not."""
    times, _, loss = learned()
    rest = [float(sum(s**2 for s in STRENGTHS[k:]) / 2) for k in range(len(STRENGTHS) + 1)]
    for k, level in enumerate(rest[:-1]):
        ax.axhline(level, color=ink("line"), lw=1.0, linestyle=(0, (1, 2)))
        ax.text(LAST, level, f"{k} modes" if k != 1 else "1 mode", ha="right", va="bottom", fontsize=9)
    ax.plot(times, loss, color=colours()[0], label="flow")
    dashed(ax, times, ((np.array(STRENGTHS, dtype="float64") - predicted()) ** 2).sum(axis=1) / 2, "sigmoids")
    ax.set(xlabel="$t$", ylabel="loss", xlim=(0, LAST), ylim=(0, 8))
    ax.set_title("Their loss")
    ax.legend(loc="center right", bbox_to_anchor=(1, 0.6))
    return ax


def depths(ax: Axes) -> Axes:
    """Draw one mode of networks of depth 2, 3 and 4 from the same product, along the flow (markers) and in closed form."""
    for depth, colour in zip(DEPTHS, colours(), strict=False):
        times, seen, form = one_mode(depth)
        every = len(times) // SHOWN
        ax.plot(times, form, color=colour, lw=1.4)
        ax.plot(times[::every], seen[::every], "o", color=colour, ms=3.5, label=f"depth {depth}")
    ax.set(xlabel="$t$", ylabel="product of the factors", xlim=(0, ONE_LAST), ylim=(0, 2.15))
    ax.set_title(f"One mode, $s = {ONE}$")
    ax.legend(loc="lower right")
    return ax


PLATES = {
    "deep_linear_modes": Plate(
        (sigmoids, staircase, depths),
        "Deep linear networks from balanced starts aligned with the target, along the flow (markers) and in closed form "
        "(lines). Left, widths 5, 6, 4: the modes of the product, each along its own sigmoid; dotted, the half times ln(s/a₀ - "
        "1)/(2s). Middle, the loss, with the level after each mode dotted. Right, the same product of 2, 3 and 4 factors.",
        (
            "modes_follow_sigmoids_of_aligned_balanced",
            "mode_rate_eq_depth_power_of_aligned_balanced",
            "half_time_times_strength_is_constant",
        ),
        (12.0, 4.0),
    ),
}
