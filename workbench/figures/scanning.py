"""Figure of attention that scans and snaps: common tokens lose it, tokens of one next token gain it, at a pace of ln ln t."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.orbits import orbit
from workbench.figures.plate import Plate, colours, dashed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workbench.dynamics.flow import Flow

Counts = tuple[tuple[int, ...], ...]  # of each token before each of two next tokens
ALIKE: Counts = ((2, 1, 0, 0, 2), (0, 0, 2, 1, 2))  # the last token is as common before one next token as before the other
UNLIKE: Counts = ((3, 0, 0, 0, 1), (0, 0, 1, 0, 1))
RATIOS = (0.25, 1.0, 4.0)  # rate of the logits over that of the readouts
LAST = 147.4  # ln(1 + t) at t = 1e64
SHARES = {"frequent own token": 0, "rare own token": 1, "common token": 4}


def layer(counts: Counts) -> Flow:
    """Return the flow of readouts w and logits z that predict one of two next tokens from attended counts of unit length."""
    import sympy

    from workbench.dynamics.flow import Flow

    rate = sympy.Symbol("eta", positive=True)
    w, z = (sympy.symbols(f"{name}0:{len(counts[0])}", real=True) for name in "wz")
    losses = []
    for label, row in zip((1, -1), counts, strict=True):
        kept = [(x, n * sympy.exp(sympy.sqrt(rate) * y)) for n, x, y in zip(row, w, z, strict=True) if n]
        length = sympy.sqrt(sympy.Add(*(b**2 for _, b in kept)))
        read = sympy.Add(*(x * b for x, b in kept)) / length
        losses.append(sympy.log(1 + sympy.exp(-label * sympy.sqrt(2) * read)))
    return Flow.from_loss(sympy.Add(*losses) / 2, [*w, *z])


@cache
def logits(counts: Counts, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ln(1+t) and the logits of the tokens (times, tokens), from weights that are all 0."""
    taus, n = np.concatenate([[0.0], np.geomspace(0.2, LAST, 300)]), len(counts[0])
    return taus, np.sqrt(ratio) * orbit(layer(counts), [0.0] * 2 * n, taus, values={"eta": ratio}, time="log")[:, n:]


def spread(counts: Counts, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ln(1+t), and the largest minus the least logit of the tokens that occur."""
    taus, seen = logits(counts, ratio)
    return taus, np.ptp(seen[:, np.any(counts, axis=0)], axis=1)


def scan(ax: Axes) -> Axes:
    """Draw the attention before the first next token against time, of two tokens of its own and of the common one."""
    taus, seen = logits(ALIKE, 1.0)
    weights = np.array(ALIKE[0]) * np.exp(seen)
    shares = weights / weights.sum(axis=1, keepdims=True)
    for (name, token), colour in zip(SHARES.items(), colours(), strict=False):
        ax.plot(taus[1:], shares[1:, token], color=colour, label=name)
    ax.set(xscale="log", xlabel=r"$\ln(1 + t)$", ylabel="attention", xlim=(taus[1], LAST), ylim=(0, 1))
    ax.set_title("Attention per token")
    ax.legend(loc="upper left")
    return ax


def spreads(ax: Axes) -> Axes:
    """Draw the spread of the logits against ln ln t, for three ratios of rates, with slope 1; and where tokens are unlike."""
    for ratio, colour in zip(RATIOS, colours(), strict=False):
        taus, seen = spread(ALIKE, ratio)
        late = int(np.searchsorted(taus, 10))
        ax.plot(np.log(taus[1:]), seen[1:], color=colour, label=f"{ratio:g}")
        dashed(ax, np.log(taus[late:]), seen[-1] + np.log(taus[late:] / LAST))
    taus, seen = spread(UNLIKE, 1.0)
    ax.plot(np.log(taus[1:]), seen[1:], color=colours()[3], lw=1.2, label="1, unlike")
    ax.set(xlabel=r"$\ln \ln (1 + t)$", ylabel="spread of the logits", xlim=(-1, np.log(LAST)), ylim=(0, None))
    ax.set_title("Spread of the logits")
    ax.legend(loc="upper left", title=r"$\eta_Z/\eta_Y$")
    return ax


PLATES = {
    "scan_and_snap": Plate(
        (scan, spreads),
        "One layer that predicts which of two tokens is next, attended tokens scaled to unit length, along the flow up to t = "
        "1e64. Left, the common token loses attention and the order of the others is kept. Right, the spread of the logits "
        "against ln ln t, for three ratios of the rates of logits and readouts, over lines of slope 1; with unlike counts of "
        "the common token it grows faster.",
        ("attention_scans_then_snaps",),
        (9.6, 4.2),
    ),
}
