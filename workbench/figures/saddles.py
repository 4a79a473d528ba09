"""Figure of losses that fall from saddle to saddle: separate heads of linear attention, and merged heads, which know one step."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.orbits import descent
from workbench.figures.plate import Plate, colours, dashed, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EIGENVALUES = tuple(Fraction(k, 10) for k in (4, 3, 2, 1))  # of the covariance Lambda, with trace 1
VARIANCE = Fraction(1, 4)  # white inputs of the merged heads
EXAMPLES, DIMENSION = 31, 4
SEPARATE, MERGED = 5, 8  # heads
STARTS, SCALE = 6, 0.01
SCALES = tuple(10.0**-k for k in range(2, 7))
LAST, LAST_MERGED = 3e4, 85.0


def gammas(eigenvalues: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Return the eigenvalues of Gamma = (1 + 1/N) Lambda + tr Lambda / N.

    >>> gammas((Fraction(1),))
    (Fraction(33, 31),)
    """
    trace = sum(eigenvalues, Fraction(0))
    return tuple((1 + Fraction(1, EXAMPLES)) * e + trace / EXAMPLES for e in eigenvalues)


def levels() -> tuple[Fraction, ...]:
    """Return the losses of the saddles after the strongest 0, 1, ..., 4 modes: tr Lambda - sum lambda^2/Gamma.

    >>> [round(float(level), 6) for level in levels()]
    [1.0, 0.64058, 0.377372, 0.209805, 0.135995]
    """
    gains = [e**2 / g for e, g in zip(EIGENVALUES, gammas(EIGENVALUES), strict=True)]
    return tuple(sum(EIGENVALUES) - sum(gains[:k], Fraction(0)) for k in range(len(gains) + 1))


def loss(products: Any, eigenvalues: tuple[Fraction, ...]) -> Any:
    """Return tr Lambda - 2 tr(Lambda^2 M) + tr(Lambda M^T Lambda Gamma M) of matrices M (..., D, D), Lambda diagonal."""
    lam, gam = (np.array(values, dtype="float64") for values in (eigenvalues, gammas(eigenvalues)))
    pull = (products * np.diag(lam**2)).sum(axis=(-2, -1))
    return lam.sum() - 2 * pull + (products**2 * np.outer(lam * gam, lam)).sum(axis=(-2, -1))


def rank_one(state: Any) -> Any:
    """Return M = sum_h v_h k_h q_h^T for states (..., 5 (1 + 4 + 4)) of five heads."""
    heads = state.reshape(*state.shape[:-1], SEPARATE, 1 + 2 * DIMENSION)
    v, k, q = heads[..., :1], heads[..., 1 : 1 + DIMENSION], heads[..., 1 + DIMENSION :]
    return ((v * k)[..., :, None] * q[..., None, :]).sum(axis=-3)


def full(state: Any) -> Any:
    """Return M = sum_h v_h U_h for states (..., 8 (1 + 16)) of eight heads."""
    heads = state.reshape(*state.shape[:-1], MERGED, 1 + DIMENSION**2)
    flat = (heads[..., :1] * heads[..., 1:]).sum(axis=-2)
    return flat.reshape(*state.shape[:-1], DIMENSION, DIMENSION)


def rank_one_loss(state: Any) -> Any:
    """Return the loss of five rank-one heads."""
    return loss(rank_one(state), EIGENVALUES)


def white_loss(state: Any) -> Any:
    """Return the loss of eight full heads on white inputs."""
    return loss(full(state), (VARIANCE,) * DIMENSION)


@cache
def separate() -> tuple[np.ndarray, np.ndarray]:
    """Return times, and the loss of five rank-one heads along the flow from small Gaussian starts (starts, times)."""
    rng, times = np.random.default_rng(0), np.geomspace(100, LAST, 500)
    starts = SCALE * rng.standard_normal((STARTS, SEPARATE * (1 + 2 * DIMENSION)))
    return times, np.stack([rank_one_loss(descent(rank_one_loss, start, times)) for start in starts])


@cache
def merged() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, the loss of eight merged heads for each scale of one start, and the sigmoids predicted (scales, times)."""
    from workbench.dynamics.solutions import merged_attention

    times, identity = np.linspace(0, LAST_MERGED, 341), np.eye(DIMENSION)
    start = np.random.default_rng(0).standard_normal(MERGED * (1 + DIMENSION**2))
    heads = start.reshape(MERGED, -1)
    along = heads[:, 1:] @ identity.ravel() / np.sqrt(DIMENSION)
    size = float((((heads[:, 0] + along) / 2) ** 2).sum())  # the part of the start that grows
    seen, predicted = [], []
    for scale in SCALES:
        seen.append(white_loss(descent(white_loss, scale * start, times)))
        strength = merged_attention(DIMENSION, EXAMPLES, VARIANCE, size * scale**2).at(times).prod(axis=-1)
        predicted.append(loss(strength[:, None, None] * identity / np.sqrt(DIMENSION), (VARIANCE,) * DIMENSION))
    return times, np.stack(seen), np.stack(predicted)


def staircase(ax: Axes) -> Axes:
    """Draw the loss of separate heads against time from six starts, over the levels of the saddles."""
    times, losses = separate()
    for modes, level in enumerate(map(float, levels())):
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
