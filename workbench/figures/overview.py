"""Figure of verdicts: how many claims of each topic earned which word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.claim import WORDS
from workbench.figures.plate import colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def inks() -> dict[str, str]:
    """Return the colour of each verdict word in the current style."""
    blue, vermilion, green, purple, orange, _ = colours()
    return {"refuted": vermilion, "derived": green, "certified": blue, "supported": orange, "cited": purple, "open": ink("grid")}


def verdict_overview(ax: Axes, verdicts: Sequence[tuple[str, str]]) -> Axes:
    """Draw one bar for each topic, in segments by verdict word; `verdicts` are pairs (topic, word)."""
    from matplotlib.ticker import MaxNLocator

    topics = sorted({topic for topic, _ in verdicts}, key=lambda t: (sum(t == other for other, _ in verdicts), t))
    left = dict.fromkeys(topics, 0)
    order = ("derived", "certified", "supported", "cited", "refuted", "open")
    for word in sorted(WORDS, key=order.index):
        sizes = [sum(pair == (topic, word) for pair in verdicts) for topic in topics]
        if not any(sizes):
            continue
        look: dict[str, Any] = {"color": inks()[word], "edgecolor": ink("paper"), "label": f"{word} ({sum(sizes)})"}
        bars = ax.barh(topics, sizes, left=list(left.values()), **look)
        labels = [str(size) if size else "" for size in sizes]
        ax.bar_label(bars, labels, label_type="center", fontsize=9, color=ink("text") if word == "open" else ink("paper"))
        left = {topic: left[topic] + size for topic, size in zip(topics, sizes, strict=True)}
    ax.set(xlabel="claims")
    ax.set_title("Verdicts by topic")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if verdicts:
        ax.legend(loc="lower right", handlelength=1)
    return ax
