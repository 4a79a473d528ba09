"""Figures of products of weights: how long gates take to learn a parity, and which solution a diagonal network ends at."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.orbits import descent, hitting_time, orbit
from workbench.figures.plate import Plate, colours, dashed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ORDERS = (2, 3, 4)  # k, the bits of the parity and the gates
SCALES = (0.4, 0.2, 0.1, 0.05)
FINE = tuple(0.4 / 2 ** (i / 2) for i in range(0, 13, 2))
LEARNED, BITS = 3, 8
LAST = 40.0
ROW, TARGET = (1, 2), 1  # w1 + 2 w2 = 1
ALPHAS = np.geomspace(1e-3, 10, 60)
RUN_ALPHAS = (0.003, 0.03, 0.1, 0.3, 1.0, 3.0)


def parity_loss(gates: Any) -> Any:
    """Return half the mean square, over the whole cube, of the first bits' parity minus the product of gates (..., 3 * 8)."""
    points = np.array(list(product((-1.0, 1.0), repeat=BITS)))
    reads = gates.reshape(*gates.shape[:-1], LEARNED, BITS) @ points.T
    return ((points[:, :LEARNED].prod(axis=1) - reads.prod(axis=-2)) ** 2).mean(axis=-1) / 2


@cache
def learned(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times, and the loss of gates that start at `scale` times one Gaussian draw of rows of expected length 1."""
    start = np.random.default_rng(3).standard_normal((LEARNED, BITS)) / np.sqrt(BITS)
    times = np.linspace(0, LAST, 301)
    return times, np.asarray(parity_loss(descent(parity_loss, (scale * start).ravel(), times)))


@cache
def escapes(order: int) -> np.ndarray:
    """Return the times from each scale to a = 1/2 of gates that are aligned with the parity, along the flow of k factors."""
    from workbench.dynamics.second import motion
    from workbench.dynamics.solutions import product_flow

    flow, found = product_flow(order, target=1), []
    for scale in FINE:
        plateau = np.log(1 / scale) if order == 2 else scale ** (2 - order) / (order - 2)
        found.append(hitting_time(motion(flow), [scale] * order, lambda x: float(x[0]) - 0.5, last=1.2 * plateau + 1))
    return np.array(found)


@cache
def diagonal_points() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the limits for many alphas, those that the flow reached for a few, and the least-l2 and least-l1 solutions."""
    import sympy

    from workbench.dynamics.flow import Flow
    from workbench.dynamics.solutions import diagonal_limit

    u, v = sympy.symbols("u0 u1", real=True), sympy.symbols("v0 v1", real=True)
    output = sympy.Add(*(x * (a**2 - b**2) for x, a, b in zip(ROW, u, v, strict=True)))
    flow = Flow.from_loss((output - TARGET) ** 2 / 2, [*u, *v])
    ends = np.stack([orbit(flow, [alpha] * 4, [0.0, 200.0])[-1] for alpha in RUN_ALPHAS])
    known = np.stack([diagonal_limit([ROW], [TARGET], alpha) for alpha in ALPHAS])
    best = int(np.argmax(np.abs(ROW)))
    sparse = np.array([float(Fraction(TARGET, ROW[best])) if i == best else 0.0 for i in range(len(ROW))])
    return known, ends[:, :2] ** 2 - ends[:, 2:] ** 2, np.array(ROW) * TARGET / float(np.dot(ROW, ROW)), sparse


def parity_losses(ax: Axes) -> Axes:
    """Draw the loss of three gates against time for four scales of one random start."""
    for scale, colour in zip(SCALES, colours(), strict=False):
        times, loss = learned(scale)
        ax.plot(times, loss, color=colour, label=f"{scale:g}")
    ax.set(xlabel="$t$", ylabel="loss", xlim=(0, LAST), ylim=(0, 0.55))
    ax.set_title("Parity of three of eight bits")
    ax.legend(loc="center right", title="scale of the start")
    return ax


def parity_escapes(ax: Axes) -> Axes:
    """Draw the time to a = 1/2 of aligned gates against the scale, with the plateaus predicted."""
    scales = np.array(FINE)
    for order, colour in zip(ORDERS, colours(), strict=False):
        ax.plot(scales, escapes(order), "o", color=colour, ms=4, label=f"$k = {order}$")
        line = np.log(1 / scales) if order == 2 else scales ** (2 - order) / (order - 2)
        dashed(ax, scales, line)
    ax.set(xscale="log", yscale="log", xlabel=r"scale $\varepsilon$", ylabel="escape time")
    ax.set_title("Aligned gates")
    ax.legend(loc="upper right")
    return ax


def diagonal_distances(ax: Axes) -> Axes:
    """Draw the distance of the limit of a diagonal network from the least-l1 and the least-l2 solution against alpha."""
    known, reached, round_one, sparse = diagonal_points()
    for goal, name, colour in ((sparse, r"least $\ell_1$", colours()[0]), (round_one, r"least $\ell_2$", colours()[1])):
        ax.plot(ALPHAS, np.linalg.norm(known - goal, axis=1), color=colour, lw=1.4)
        ax.plot(RUN_ALPHAS, np.linalg.norm(reached - goal, axis=1), "o", color=colour, ms=4, label=name)
    ax.set(xscale="log", yscale="log", xlabel=r"$\alpha$", ylabel="distance of the limit", xlim=(ALPHAS[0], ALPHAS[-1]))
    ax.set_title("Diagonal network, $w_1 + 2 w_2 = 1$")
    ax.legend(loc="lower center", title="distance from")
    return ax


PLATES = {
    "scale_of_the_start": Plate(
        (parity_losses, parity_escapes, diagonal_distances),
        "What the scale of the start decides. Left, the loss over the whole cube of a product of three gates that learn the "
        "parity of three of eight bits, from one random start times four scales. Middle, gates aligned with the parity: the "
        "time from ε to 1/2, and the plateaus ln(1/ε), 1/ε and 1/(2ε²) (dashed). Right, the network w = u² - v² from equal u "
        "and v: how far its limit (markers the flow, lines the potential's minimiser) is from the least-ℓ₁ and the least-ℓ₂ "
        "solution.",
        ("parity_escape_time_is_power_of_scale", "limit_minimises_q_alpha", "small_alpha_reaches_min_l1"),
        (12.0, 4.0),
    ),
}
