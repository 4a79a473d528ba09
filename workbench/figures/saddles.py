"""Figure of losses that fall from saddle to saddle: separate heads of linear attention, and merged heads, which know one step."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.plate import Plate, colours, dashed, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workbench.dynamics.regression import Regression

EIGENVALUES = (0.4, 0.3, 0.2, 0.1)  # of the covariance Lambda, with trace 1
VARIANCE = Fraction(1, 4)  # white inputs of the merged heads
EXAMPLES, DIMENSION = 31, 4
SEPARATE, MERGED = 5, 8  # heads
STARTS, SCALE = 6, 0.01
SCALES = tuple(10.0**-k for k in range(2, 7))
LAST, LAST_MERGED = 3e4, 85.0


def regression() -> Regression:
    """Return the task of the separate heads."""
    from workbench.dynamics.regression import Regression

    return Regression(EIGENVALUES, EXAMPLES)


@cache
def separate() -> tuple[np.ndarray, np.ndarray]:
    """Return times, and the loss of five rank-one heads along the flow from small Gaussian starts (starts, times)."""
    rng, times, task = np.random.default_rng(0), np.geomspace(100, LAST, 500), regression()
    starts = SCALE * rng.standard_normal((STARTS, SEPARATE, 1 + 2 * DIMENSION))
    return times, np.stack([task.loss(task.separate(start, times)) for start in starts])


@cache
def merged() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, the loss of eight merged heads for each scale of one start, and the sigmoids predicted (scales, times)."""
    from workbench.dynamics.regression import Regression
    from workbench.dynamics.solutions import merged_attention

    times, identity, task = (
        np.linspace(0, LAST_MERGED, 341),
        np.eye(DIMENSION),
        Regression((float(VARIANCE),) * DIMENSION, EXAMPLES),
    )
    heads = np.random.default_rng(0).standard_normal((MERGED, 1 + DIMENSION**2))
    along = heads[:, 1:] @ identity.ravel() / np.sqrt(DIMENSION)
    size = float((((heads[:, 0] + along) / 2) ** 2).sum())  # the part of the start that grows
    seen, predicted = [], []
    for scale in SCALES:
        seen.append(task.loss(task.merged(scale * heads, times)))
        strength = merged_attention(DIMENSION, EXAMPLES, VARIANCE, size * scale**2).at(times).prod(axis=-1)
        predicted.append(task.loss(strength[:, None, None] * identity / np.sqrt(DIMENSION)))
    return times, np.stack(seen), np.stack(predicted)


def staircase(ax: Axes) -> Axes:
    """Draw the loss of separate heads against time from six starts, over the levels of the saddles."""
    times, losses = separate()
    for modes, level in enumerate(regression().levels):
        ax.axhline(level, color=ink("line"), lw=1.0, linestyle=(0, (1, 2)))
        name = f"{modes} modes" if modes != 1 else "1 mode"
        ax.text(1.02, level, name, transform=ax.get_yaxis_transform(), va="center", fontsize=9)
    for k, (curve, colour) in enumerate(zip(losses, colours(), strict=False)):
        ax.plot(times, curve, color=colour, lw=1.3, label=f"start {k + 1}")
    ax.set(xscale="log", xlabel="$t$", ylabel="loss", xlim=(times[0], times[-1]), ylim=(0, 1.1))
    ax.set_title("Separate heads")
    return ax


def one_drop(ax: Axes) -> Axes:
    """Draw the loss of merged heads against time for starts of five scales, over the sigmoids predicted for them."""
    times, losses, predicted = merged()
    for k, (scale, seen, curve, colour) in enumerate(zip(SCALES, losses, predicted, colours(), strict=False)):
        ax.plot(times, seen, color=colour, lw=1.6, label=f"$10^{{{round(np.log10(scale))}}}$")
        dashed(ax, times, curve, "one sigmoid" if k == len(SCALES) - 1 else "_")
    ax.set(xlabel="$t$", ylabel="loss", xlim=(0, LAST_MERGED), ylim=(0, 1.1))
    ax.set_title("Merged heads, white inputs")
    ax.legend(loc="center right", title="scale of the start")
    return ax


PLATES = {
    "loss_staircases": Plate(
        (staircase, one_drop),
        "Loss of linear attention that learns regression in context, along the gradient flow. Left, five rank-one heads from "
        "six starts of scale 1/100, covariance diag(4, 3, 2, 1)/10: the loss rests near the saddles (dotted), each the level "
        "after so many of the strongest modes. Right, eight merged heads on white inputs: one drop, a sigmoid (dashed) that a "
        "smaller start delays by the logarithm of its scale.",
        (
            "saddle_losses_are_partial_spectral_sums",
            "flow_visits_weakest_mode_first",
            "merged_attention_loss_is_one_sigmoid",
            "merged_plateau_scales_like_inverse_scale",
        ),
        (10.4, 4.2),
    ),
}
