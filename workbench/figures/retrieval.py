"""Figure of top-N selection: precision, recall and F of the tokens kept, against their number, for three ways to choose them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.plate import Plate, colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADS, LENGTH, SEED = 100, 256, 11
SIZES = (1, 2, 4, 8, 16, 32, 64)
WAYS = {"weight": "largest weights", "contribution": "largest weighted values", "random": "random sets"}
NAMES = {"precision": "precision $P_N$", "recall": "recall $R_N$", "f": "$F_N$"}


@cache
def mean_scores() -> Mapping[tuple[str, str], np.ndarray]:
    """Return the mean score against `SIZES`, by way of choosing and score, over synthetic heads with a sink of norm 1/10."""
    from workbench.mechanisms.retrieval import SINK, selection_scores, synthetic_heads

    found: dict[tuple[str, str], list[list[np.ndarray]]] = {(w, s): [[] for _ in SIZES] for w in WAYS for s in NAMES}
    for heads in synthetic_heads(SEED, LENGTH, HEADS):
        values = heads.sinking(SINK)
        ranked = {
            "weight": heads.order,
            "contribution": np.argsort(-np.linalg.norm(values, axis=2), axis=1, kind="stable"),
            "random": heads.rng.permuted(heads.order, axis=1),
        }
        for way, order in ranked.items():
            for k, size in enumerate(SIZES):
                scores = selection_scores(values, order[:, :size])._asdict()
                for name in NAMES:
                    found[way, name][k].append(scores[name])
    return {key: np.array([np.concatenate(parts).mean() for parts in sizes]) for key, sizes in found.items()}


def score_panel(ax: Axes, *, name: str) -> Axes:
    """Draw the mean of one score against the number of tokens kept."""
    for (way, told), colour, mark in zip(WAYS.items(), colours(), ("o", "s", "^"), strict=False):
        ax.plot(SIZES, mean_scores()[way, name], mark, ls="-", color=colour, label=told)
    ax.set(xlabel="tokens kept, $N$", ylabel="mean over heads", xscale="log", ylim=(0, 1.03), xticks=SIZES)
    ax.set_xticks(SIZES, labels=[str(size) for size in SIZES])
    ax.minorticks_off()
    ax.set_title(NAMES[name])
    if name == "f":
        ax.legend(loc="upper right")
    return ax


PLATES: Mapping[str, Plate] = {
    "token_retrieval": Plate(
        tuple(partial(score_panel, name=name) for name in NAMES),
        f"Precision, recall and their harmonic mean of the N tokens that are kept of {LENGTH}, by Euclidean distance to their sum: "
        f"means over {HEADS} synthetic heads with a sink whose value has norm 1/10.",
        ("attention_selection_beats_random", "small_n_regime_strongest", "sink_similarity_correlates_with_recall"),
        (11.2, 3.8),
    ),
}
