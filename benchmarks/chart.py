"""The figure of the results: each peer's first result and steady run over ours, subject by subject."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from results import OURS, Results

PEERS = {  # marker and colour
    "hand-written JAX": ("D", "black"),
    "sympy2jax": ("o", "tab:orange"),
    "lambdify jax": ("^", "tab:blue"),
    "lambdify jax, cse": ("v", "tab:cyan"),
    "lambdify numpy": ("s", "tab:green"),
    "SymEngine LLVM": ("P", "tab:red"),
    "SymEngine LLVM, cse": ("X", "tab:pink"),
    "symjit": ("*", "tab:olive"),
    "numba, one thread": ("<", "tab:purple"),
    "numba, all threads": (">", "tab:gray"),
}
TITLES = {"first": "first result (build, trace, compile, run)", "steady": "steady run"}


def panel(axes: Axes, results: Results, figure: str, names: list[str]) -> None:
    """Draw a peer's figure over ours: a marker at the most points, a bar over all batches; a hollow marker is a lower bound."""
    for k, (peer, (marker, colour)) in enumerate(PEERS.items()):
        place = (k - len(PEERS) / 2) * 0.07
        for x, name in enumerate(names):
            batches = sorted({b for n, c, b in results.cells if (n, c) == (name, peer)})
            found = [r for b in batches if (r := results.ratio(figure, name, peer, b)) is not None]
            if found:
                face = "none" if "error" in results.record(name, peer, batches[-1]) else colour
                axes.vlines(x + place, min(found), max(found), colour, alpha=0.4)
                axes.plot(x + place, found[-1], marker, color=colour, markerfacecolor=face, markersize=5)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_yscale("log")
    axes.set_ylabel(f"{TITLES[figure]}\npeer / ours")
    axes.grid(axis="y", alpha=0.3)


def draw(results: Results, path: Path) -> None:
    """Write the two panels to a file, the format by its suffix."""
    names = list(dict.fromkeys(name for name, contestant, _ in results.cells if contestant != OURS))
    figure, panels = plt.subplots(2, 1, figsize=(2 + 0.55 * max(len(names), 16), 8), sharex=True, squeeze=True)
    for axes, what in zip(panels, TITLES, strict=True):
        panel(axes, results, what, names)
    panels[1].set_xlim(-0.6, len(names) - 0.4)
    panels[1].set_xticks(range(len(names)), names, rotation=60, ha="right")
    handles = [plt.Line2D([], [], marker=m, color=c, linestyle="none", label=peer) for peer, (m, c) in PEERS.items()]
    present = {cell[1] for cell in results.cells if "first" in (r := results.record(*cell)) or "limit" in r}
    shown = [h for h in handles if h.get_label() in present]
    figure.legend(handles=shown, loc="outside upper center", ncols=5, fontsize="small", frameon=False)
    figure.set_layout_engine("constrained")
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "lowering"}):  # a small file, the same for the same results
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)
