"""Figures of tokens on a sphere that attend to one another: clusters, equal cosines, merging pairs, plateaus of the energy."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.orbits import hitting_time, orbit, solved
from workbench.figures.plate import Plate, colours, dashed, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOKENS, LAST, STEP = 64, 15.0, 0.1
SEEN = (0.75, -0.2, -0.63)  # where the last cluster is drawn: towards the reader, to the right, up
CLOSE = 0.999  # cosine of a pair that counts as one cluster
EQUAL, EQUAL_LAST = ((2, True), (4, True), (4, False)), 4.0  # tokens of equal cosines, whether attention is normalised; beta = 1
BETAS = (0, 2, 4, 6, 8, 10)
APART, TOGETHER = 2.5, 0.1  # angles of two tokens, in rad
RING, SHARP, LATEST = 32, 9.0, 23.0  # tokens on a circle, their beta, and ln(1 + t) at the end


@cache
def flow_on_sphere() -> tuple[np.ndarray, np.ndarray]:
    """Return times, and 64 unit tokens (times, 64, 3) under x_i' = P_i sum_j softmax(X X^T)_ij x_j from uniform starts."""
    start = np.random.default_rng(2).standard_normal((TOKENS, 3))
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    times = np.arange(0, LAST + STEP / 2, STEP)

    def rhs(_: float, flat: np.ndarray) -> np.ndarray:
        x = flat.reshape(TOKENS, 3)
        weights = np.exp(x @ x.T)
        pull = weights @ x / weights.sum(axis=1, keepdims=True)
        return np.asarray((pull - (pull * x).sum(axis=1, keepdims=True) * x).ravel())

    return times, solved(rhs, start.ravel(), times, method="DOP853").reshape(len(times), TOKENS, 3)


@cache
def equal_cosines(n: int, normalised: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, the mean cosine of n orthogonal tokens along the flow of all cosines, and the quadrature, beta = 1."""
    from workbench.dynamics.solutions import equal_cosines as known

    form, times = known(n, 1, normalised=normalised), np.linspace(0, EQUAL_LAST, 121)
    return times, orbit(form.flow, [0.0] * len(form.flow.variables), times).mean(axis=1), form.at(times)[:, 0]


@cache
def merge_times() -> tuple[np.ndarray, np.ndarray]:
    """Return the times in which two tokens turn from 5/2 to 1/10 for each beta: along the flow, and by the quadrature."""
    from workbench.dynamics.solutions import two_tokens_on_circle

    seen, known = [], []
    for beta in BETAS:

        def rhs(tau: float, phi: np.ndarray, b: int = beta) -> np.ndarray:
            return np.asarray(-2 * np.exp(tau) * np.sin(phi) / (1 + np.exp(b * (1 - np.cos(phi)))))

        seen.append(np.expm1(hitting_time(rhs, [APART], lambda phi: float(phi[0]) - TOGETHER, last=5.0 + 2 * beta)))
        form = two_tokens_on_circle(beta, APART)
        near = np.array([0.0, 4 * seen[-1]])
        for _ in range(3):
            grid = np.linspace(near[0], near[1], 201)
            late = int(np.argmax(form.at(grid)[:, 0] < TOGETHER))
            near = grid[late - 1 : late + 1]
        known.append(near.mean())
    return np.array(seen), np.array(known)


@cache
def ring() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ln(1+t), the angles of 32 tokens on a circle at beta = 9 (times, 32), and their energy over e^beta n^2."""
    start = np.sort(np.random.default_rng(5).uniform(-np.pi, np.pi, RING))
    taus = np.linspace(0, LATEST, 700)

    def rhs(tau: float, angles: np.ndarray) -> np.ndarray:
        gaps = angles[None, :] - angles[:, None]
        weights = np.exp(SHARP * (np.cos(gaps) - 1))
        return np.asarray(np.exp(tau) * (weights * np.sin(gaps)).sum(axis=1) / weights.sum(axis=1))

    angles = solved(rhs, start, taus)
    angles -= angles[-1]  # each continuous, and all of them 0 at the end
    gaps = angles[:, None, :] - angles[:, :, None]
    return taus, angles, np.exp(SHARP * (np.cos(gaps) - 1)).mean(axis=(1, 2))


def paths(ax: Axes) -> Axes:
    """Draw the paths of the tokens on the sphere as seen from the front, those behind it fainter."""
    from matplotlib.patches import Circle
    from scipy.spatial.transform import Rotation

    _, x = flow_on_sphere()
    turned = Rotation.align_vectors([SEEN], [x[-1].mean(axis=0)])[0]
    depth, across, up = turned.apply(x.reshape(-1, 3)).reshape(x.shape).transpose(2, 0, 1)
    ax.add_patch(Circle((0, 0), 1, facecolor="none", edgecolor=ink("line"), lw=0.9))
    for k in range(TOKENS):
        behind = depth[0, k] < 0
        ax.plot(across[:, k], up[:, k], color=colours()[0], lw=0.8, alpha=0.35 if behind else 1)
        ax.plot(across[0, k], up[0, k], "o", color=colours()[0], ms=3, alpha=0.35 if behind else 1)
    ax.plot(across[-1], up[-1], "o", color=colours()[1], ms=6)
    ax.set(aspect="equal", xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), xticks=[], yticks=[])
    ax.grid(visible=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_title("64 tokens on a sphere")
    return ax


def cosines(ax: Axes) -> Axes:
    """Draw the mean and least cosine of different tokens against time, with a band, and the share of pairs above .999."""
    times, x = flow_on_sphere()
    rows, columns = np.triu_indices(TOKENS, 1)
    pairs = np.einsum("tid,tjd->tij", x, x)[:, rows, columns]
    ax.fill_between(times, *np.quantile(pairs, (0.05, 0.95), axis=1), color=colours()[0], alpha=0.2, lw=0)
    ax.plot(times, pairs.mean(axis=1), color=colours()[0], label="mean, 5 to 95 %")
    ax.plot(times, pairs.min(axis=1), color=colours()[2], lw=1.2, label="least")
    ax.plot(times, (pairs >= CLOSE).mean(axis=1), color=colours()[1], label=f"share > {CLOSE}")
    ax.set(xlabel="$t$", ylabel="cosine, share of pairs", xlim=(0, LAST), ylim=(-1.05, 1.05))
    ax.set_title("Their cosines")
    ax.legend(loc="lower right", bbox_to_anchor=(1.02, 0.08))
    return ax


def equals(ax: Axes) -> Axes:
    """Draw the common cosine of n orthogonal tokens along the flow (markers) over the quadrature."""
    for (n, normalised), colour in zip(EQUAL, colours(), strict=False):
        times, seen, known = equal_cosines(n, normalised)
        ax.plot(times, known, color=colour, lw=1.4)
        ax.plot(times[::8], seen[::8], "o", color=colour, ms=3.5, label=f"$n = {n}$" + ("" if normalised else ", not normalised"))
    ax.set(xlabel="$t$", ylabel="common cosine", xlim=(0, EQUAL_LAST), ylim=(0, 1.05))
    ax.set_title(r"Orthogonal starts, $\beta = 1$")
    ax.legend(loc="lower right")
    return ax


def merging(ax: Axes) -> Axes:
    """Draw the time in which two tokens merge against beta, on a logarithmic axis, over the quadrature."""
    seen, known = merge_times()
    ax.plot(BETAS, known, color=colours()[0], lw=1.4, label="quadrature")
    ax.plot(BETAS, seen, "o", color=colours()[1], ms=4.5, label="flow")
    dashed(ax, BETAS, known[1] / BETAS[1] * np.maximum(BETAS, 0.3), r"linear in $\beta$")
    ax.set(yscale="log", xlabel=r"$\beta$", ylabel="time to merge", xlim=(-0.2, BETAS[-1] + 0.2))
    ax.set_title(f"Two tokens, {APART} to {TOGETHER} rad")
    ax.legend(loc="upper left")
    return ax


def world_lines(ax: Axes) -> Axes:
    """Draw the angles of the tokens on a circle against ln(1+t)."""
    taus, angles, _ = ring()
    ax.plot(taus / np.log(10), angles, color=colours()[0], lw=1)
    ax.set(ylabel="angle to the last cluster (rad)", xlim=(0, LATEST / np.log(10)), ylim=(-1.25 * np.pi, 1.25 * np.pi))
    ax.set_yticks([-np.pi, 0, np.pi], [r"$-\pi$", "0", r"$\pi$"])
    ax.set_title(rf"{RING} tokens on a circle, $\beta = {SHARP:g}$")
    return ax


def energy(ax: Axes) -> Axes:
    """Draw the energy of the tokens on a circle against ln(1+t): it rests while clusters are apart."""
    taus, _, seen = ring()
    ax.plot(taus / np.log(10), seen, color=colours()[1], label="energy")
    ax.set(xlabel=r"$\log_{10}(1 + t)$", ylabel=r"energy over $e^\beta n^2$", xlim=(0, LATEST / np.log(10)), ylim=(0, 1.05))
    return ax


PLATES = {
    "clusters_on_the_sphere": Plate(
        (paths, cosines),
        "64 unit tokens in three dimensions with xᵢ' = Pᵢ Σ softmax(X Xᵀ)ᵢⱼ xⱼ: their paths from uniform starts (behind the "
        "sphere fainter) to one cluster, and the cosines of different tokens.",
        ("pairwise_cosine_follows_gamma_ode",),
        (7.4, 3.6),
    ),
    "cosines_and_merge_times": Plate(
        (equals, merging),
        "Left, n orthogonal unit tokens that attend to one another with the weights softmax(X Xᵀ), or exp(X Xᵀ)/n: their common "
        "cosine along the flow of all cosines (markers) over the quadrature. Right, the time in which two tokens merge, along "
        "the flow and by the quadrature.",
        (
            "pairwise_cosine_follows_gamma_ode",
            "two_token_merge_time_is_a_quadrature",
            "merge_time_grows_linearly_in_beta",
        ),
        (9.2, 4.0),
    ),
    "clusters_on_the_circle": Plate(
        (world_lines, energy),
        "Tokens on a circle that attend with β = 9, against the logarithm of time: they form clusters at once, and clusters "
        "merge later and later. Below, the energy, the mean of exp(β(cos(θᵢ - θⱼ) - 1)): a staircase whose steps are mergers.",
        ("two_token_merge_time_is_a_quadrature", "merge_time_grows_linearly_in_beta"),
        (7.6, 6.0),
        rows=2,
    ),
}
