"""The table of all mechanisms: what each forms, in each of its orders of evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.mechanisms import mechanism
from workbench.mechanisms.census import KINDS, Census

ROWS: tuple[tuple[str, Mapping[str, Any]], ...] = (  # name, options that are not the usual ones
    ("softmax", {}),
    ("softmax-with-sink", {}),
    ("linear", {}),
    ("linear", {"order": "quadratic"}),
    ("krause", {}),
    ("krause", {"order": "expanded"}),
    ("krause", {"most": 2}),
    ("hadamard", {}),
    ("hadamard", {"order": "sequential"}),
    ("hadamard", {"order": "kronecker"}),
    ("synchronization", {}),
    ("synchronization", {"order": "expanded"}),
    ("synchronization", {"most": 2}),
    ("affine-scaled", {}),
    ("affine-scaled", {"order": "output"}),
    ("affine-scaled", {"order": "deviation"}),
    ("linearised", {}),
    ("linearised", {"order": "feature"}),
    ("top-n", {}),
    ("top-n", {"renormalised": True}),
    ("value-softmax", {}),
    ("glu", {}),
    ("glu", {"kind": "swiglu"}),
    ("lstm", {}),
    ("gru", {}),
    ("squeeze-excitation", {}),
    ("hypernetwork", {}),
    ("fast-weights", {}),
)
HEADINGS = ("mechanism", "order and options", *(kind.replace("_", " ") for kind in KINDS), "further", "flags", "source")


def table(*, progress: Callable[[str, int, int], object] | None = None) -> list[dict[str, Any]]:
    """Return the symbolic census of every mechanism, one row for each order of evaluation, as JSON."""
    rows = []
    for done, (name, options) in enumerate(ROWS):
        if progress:
            progress(name, done, len(ROWS))
        census = Census.of(mechanism(name, **options))
        rows.append({"mechanism": name, "chosen": dict(options), **census.facts()})
    return rows


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of the table as Markdown.

    >>> counts = dict.fromkeys(KINDS, "0") | {"output_gating": "d*n**2", "selection": "n**2"}
    >>> row = {"mechanism": "m", "chosen": {"most": 2}, "symbolic": counts, "flags": [], "source": "a, eq. 1"}
    >>> markdown([row]).splitlines()[2]
    '| m | most = 2 | d n^2 | 0 | 0 | 0 | selection n^2 |  | a, eq. 1 |'
    """
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    for row in rows:
        symbolic = {kind: text.replace("**", "^").replace("*", " ") for kind, text in row["symbolic"].items()}
        options = ", ".join(f"{name} = {value}" for name, value in row["chosen"].items())
        further = ", ".join(f"{kind.replace('_', ' ')} {text}" for kind, text in symbolic.items() if kind not in KINDS)
        cells = (row["mechanism"], options, *(symbolic[kind] for kind in KINDS), further, ", ".join(row["flags"]), row["source"])
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
