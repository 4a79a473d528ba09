"""Figures of tokens that attend to each other again and again: where Krause attention gathers them, and into how many groups."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.plate import Plate, colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOKENS, REACH, WIDTH, STEPS, STARTS = 40, 4, 9, 300, 8  # `line(REACH)` and `window(WIDTH)` both open 9 keys inside
KEPT = (1, 2, 3, 4, 5, 7, 9)
SHOWN = 40  # steps of the paths
MERGED = 1e-6  # tokens nearer than this are one
NEIGHBOURS = {"all": "all tokens", "line": f"$|i-j| \\leq {REACH}$", "window": f"the last {WIDTH} tokens"}


def _mask(kind: str) -> np.ndarray:
    from workbench.mechanisms.neighbourhoods import line, window

    if kind == "all":
        return np.ones((TOKENS, TOKENS), dtype=bool)
    return line(TOKENS, REACH) if kind == "line" else window(TOKENS, WIDTH)


@cache
def _iterated(most: int | None, steps: int) -> Any:
    """Return the compiled iteration x <- A(x) x from tokens (starts, tokens, 1) under a mask; it answers with every step."""
    import jax

    from workbench.mechanisms import mechanism

    rule = mechanism("krause", most=most)

    def run(x: jax.Array, mask: jax.Array) -> jax.Array:
        def step(now: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
            after = rule.apply(now, now, now, mask=mask)
            return after, after[..., 0]

        return jax.lax.scan(step, x, length=steps)[1]

    return jax.jit(run)


@cache
def gathered(kind: str, most: int | None, steps: int) -> np.ndarray:
    """Return the tokens after each step of tied Krause attention, shape (steps + 1, starts, tokens)."""
    from workbench.lowering.precision import scope

    start = np.random.default_rng(3).uniform(0, 8, (STARTS, TOKENS, 1))
    with scope("float64"):
        return np.concatenate([start[None, ..., 0], np.asarray(_iterated(most, steps)(start, _mask(kind)))])


def closed_classes(tokens: np.ndarray, kind: str, most: int) -> int:
    """Return how many closed classes the support digraph has: strong components that no edge leaves.

    Tokens nearer than `MERGED` are made equal first, since which of them is nearest would be round-off.
    """
    from scipy.sparse.csgraph import connected_components

    from workbench.lowering.precision import scope
    from workbench.mechanisms import mechanism

    with scope("float64"):
        merged = np.round(tokens / MERGED)[:, None] * MERGED
        support = np.asarray(mechanism("krause", most=most).weight_matrix(merged, merged, mask=_mask(kind))) > 0
    count, label = connected_components(support, connection="strong")
    leaving = {int(label[i]) for i, j in np.argwhere(support) if label[i] != label[j]}
    return int(count) - len(leaving)


def path_panel(ax: Axes, *, kind: str, most: int | None, title: str) -> Axes:
    """Draw the paths of every second token from one start, coloured by the quarter of the sequence that it stands in."""
    from matplotlib.colors import LinearSegmentedColormap

    shade = LinearSegmentedColormap.from_list("places", [colours()[0], colours()[4]])
    path = gathered(kind, most, SHOWN)[:, 0]
    for k in range(0, TOKENS, 2):
        ax.plot(path[:, k], color=shade(k // 10 / 3), lw=1)
    ax.set(xlabel="step", ylabel="token", xlim=(0, SHOWN), ylim=(-0.2, 8.2))
    ax.set_title(title)
    return ax


def count_panel(ax: Axes) -> Axes:
    """Draw the number of closed classes after many steps against the number k of keys kept, below floor(n/k)."""
    for (kind, told), colour, mark in zip(NEIGHBOURS.items(), colours(), ("o", "s", "^"), strict=False):
        counts = np.array([[closed_classes(x, kind, k) for x in gathered(kind, k, STEPS)[-1]] for k in KEPT])
        ax.plot(KEPT, counts.mean(axis=1), mark, ls="-", lw=1, color=colour, label=told)
        ax.fill_between(KEPT, counts.min(axis=1), counts.max(axis=1), color=colour, alpha=0.15, lw=0)
    ax.plot(KEPT, [TOKENS // k for k in KEPT], color=ink("line"), lw=0.9, linestyle=(0, (5, 3)), label=r"$\lfloor n/k \rfloor$")
    ax.set(xlabel="keys kept, $k$", ylabel=f"closed classes after {STEPS} steps", yscale="log", xticks=KEPT)
    ax.set_yticks([1, 2, 5, 10, 20, 40], labels=["1", "2", "5", "10", "20", "40"])
    ax.minorticks_off()
    ax.set_title(f"{TOKENS} tokens, {STARTS} starts")
    ax.legend(loc="upper right")
    return ax


PLATES: Mapping[str, Plate] = {
    "token_paths": Plate(
        (
            partial(path_panel, kind="line", most=None, title=f"{NEIGHBOURS['line']}"),
            partial(path_panel, kind="line", most=5, title=f"{NEIGHBOURS['line']}, 5 nearest"),
            partial(path_panel, kind="window", most=5, title=f"{NEIGHBOURS['window']}, 5 nearest"),
        ),
        "Every second of forty tokens on a line under tied Krause attention, from one start, by the keys that each may read; the "
        "colour is the quarter of the sequence that it stands in.",
        ("consensus_krause_of_line_window_without_top_k", "no_global_consensus_krause_of_top_k_and_line_window"),
        (9.0, 3.0),
    ),
    "cluster_counts": Plate(
        (count_panel,),
        "Closed classes of the support of tied Krause attention, the groups that keep to themselves, against the number of nearest "
        "keys that each token keeps: mean and range over random starts; at most n/k (dashed).",
        ("closed_class_count_at_most_floor_n_over_k_krause", "several_closed_classes_krause_of_line_window_and_k_below_w"),
        (7.0, 4.6),
    ),
}
