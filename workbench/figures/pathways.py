"""Figure of the race of gated pathways: many paths that share one linear map learn faster, by q times the cube root of M."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.orbits import descent, hitting_time
from workbench.figures.plate import Plate, colours, dashed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STRENGTHS = (Fraction(2), Fraction(3, 2), Fraction(1), Fraction(1, 2))  # singular values that all paths are to learn
SIZE = len(STRENGTHS)
START = Fraction(1, 1000)  # of each mode of the product
RACERS = ((1, 1), (7, 4))  # M inputs and outputs, q open outputs of each input
FIRST, LAST = 0.02, 40.0
MOST = 7
RIVALS = {"$q M^{1/3}$": 1 / 3, "$q M^{1/2}$": 1 / 2, "$q M$": 1.0}  # exponents of M


def speed(m: int, q: int) -> float:
    """Return the predicted speed-up q M^(1/3).

    >>> round(speed(7, 4), 6)
    7.651725
    """
    return float(q * np.cbrt(m))


@cache
def race(m: int, q: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, the modes of the open path O_1 H E_1 (times, 4) and its loss: M = m maps on each side, balanced, aligned."""
    rng, times = np.random.default_rng(1), np.geomspace(FIRST, LAST, 211)
    shape = (2 * m + 1, SIZE, SIZE)
    turns = [np.linalg.qr(rng.standard_normal((SIZE, SIZE)))[0] for _ in range(4)]
    target = turns[0] @ np.diag([float(s) for s in STRENGTHS]) @ turns[1]
    gates = np.array([[(j - i) % m < q for j in range(m)] for i in range(m)], dtype="float64")

    def paths(state: Any) -> Any:
        maps = state.reshape(*state.shape[:-1], *shape)
        inner, shared, outer = maps[..., :m, :, :], maps[..., m, :, :], maps[..., m + 1 :, :, :]
        return outer[..., None, :, :, :] @ (shared[..., None, :, :] @ inner)[..., :, None, :, :]

    def loss(state: Any) -> Any:
        return (gates * ((target - paths(state)) ** 2).sum(axis=(-2, -1))).sum(axis=(-2, -1)) / 2

    side = (float(START) / np.sqrt(m)) ** (1 / 3)
    first, middle, last = side * turns[2] @ turns[1], side * np.sqrt(m) * turns[3] @ turns[2].T, side * turns[0] @ turns[3].T
    states = descent(loss, np.stack([first] * m + [middle] + [last] * m).ravel(), times)
    open_path = paths(states)[:, 0, 0]
    modes = np.einsum("ok,toi,ki->tk", turns[0], open_path, turns[1])
    return times, modes, ((target - open_path) ** 2).sum(axis=(-2, -1)) / 2


@cache
def measured() -> tuple[tuple[int, int, float], ...]:
    """Return (M, q, speed-up): the time to half the target of one path over that of paths which share a map, reduced flow."""
    import sympy

    from workbench.dynamics.flow import Flow
    from workbench.dynamics.second import motion

    e, h, o, m, q = sympy.symbols("e h o M q", positive=True)
    gap = 1 - o * h * e
    flow = Flow.from_rhs([q * o * h * gap, m * q * o * e * gap, q * h * e * gap], [e, h, o])

    def half_time(count: int, gates: int) -> float:
        side = (float(START) / np.sqrt(count)) ** (1 / 3)
        moved, start = motion(flow, parameters={"M": count, "q": gates}), [side, side * np.sqrt(count), side]
        return hitting_time(moved, start, lambda x: float(x.prod()) - 0.5, last=20 / speed(count, gates))

    alone = half_time(1, 1)
    return tuple((n, k, alone / half_time(n, k)) for n in range(1, MOST + 1) for k in range(1, n + 1))


def singular_values(ax: Axes) -> Axes:
    """Draw the modes of one path against time, alone and in a shared network, over the closed form in scaled time."""
    from workbench.dynamics.solutions import deep_mode

    for (m, q), colour in zip(RACERS, colours(), strict=False):
        times, modes, _ = race(m, q)
        for k, (s, mode) in enumerate(zip(STRENGTHS, modes.T, strict=True)):
            ax.plot(times, mode, color=colour, label=_named(m, q) if k == 0 else "_")
            dashed(ax, times, deep_mode(3, s, START).at(speed(m, q) * times).prod(axis=-1))
    ax.set(xscale="log", xlabel="$t$", ylabel="mode of $O_j H E_i$", xlim=(FIRST, LAST), ylim=(-0.05, 2.2))
    ax.set_title("Four modes of a path")
    ax.legend(loc="center left", bbox_to_anchor=(0, 0.65))
    return ax


def losses(ax: Axes) -> Axes:
    """Draw the loss of one path, alone and in a shared network, and the second again in the time of the first."""
    for (m, q), colour in zip(RACERS, colours(), strict=False):
        times, _, loss = race(m, q)
        ax.plot(times, loss, color=colour, label=_named(m, q))
    dashed(ax, speed(m, q) * times, loss, rf"at ${q}\cdot{m}^{{1/3}}\,t$")
    ax.set(xscale="log", xlabel="$t$", ylabel="loss of a path", xlim=(FIRST, LAST), ylim=(0, 4.2))
    ax.set_title("Its loss")
    ax.legend(loc="lower left")
    return ax


def speedups(ax: Axes) -> Axes:
    """Draw the measured speed-up of all q <= M <= 7 against three laws; what lies on the diagonal agrees."""
    seen = measured()
    dashed(ax, [1, 60], [1, 60])
    for (name, power), colour, mark in zip(RIVALS.items(), colours(), ("o", "x", "+"), strict=False):
        ax.plot([q * m**power for m, q, _ in seen], [ratio for *_, ratio in seen], mark, color=colour, ms=5, label=name, lw=0)
    ax.set(xscale="log", yscale="log", xlabel="speed-up by the law", ylabel="measured speed-up", xlim=(0.9, 60), ylim=(0.9, 60))
    ax.set_title(f"All $q \\leq M \\leq {MOST}$")
    ax.legend(loc="upper left", title="law")
    return ax


def _named(m: int, q: int) -> str:
    return "one path alone" if m == 1 else f"$M = {m}$, $q = {q}$"


PLATES = {
    "gated_pathways": Plate(
        (singular_values, losses, speedups),
        "M input maps and M output maps around one shared linear map, q outputs open to each input, from balanced aligned "
        "starts of equal products. Left, the singular values that one path learns over the closed form of one path, "
        "in a time that runs q ∛M times as fast (dashed). Middle, its loss |S - O H E|²/2, and that of the shared network "
        "against the scaled time (dashed). Right, the ratio of the times to half the target, against the law and two others.",
        (
            "shared_path_speedup_eq_q_cuberoot_m",
            "speedup_eq_q_sqrt_m",
            "speedup_eq_number_of_gated_paths",
        ),
        (12.0, 4.0),
    ),
}
