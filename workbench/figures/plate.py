"""A plate: one figure of one or more panels, drawn in the house style without touching the reader's matplotlib settings."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import cycle as repeated
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import BadInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("pdf", "png", "svg")
COLUMN = 8.4  # inches of a notebook's column, where a wider figure would be cut
Panel = Callable[["Axes"], "Axes"]


@dataclass(frozen=True)
class Plate:
    """A figure: what draws each panel, from left to right in `rows` rows, the sentence below it, and the claims that it shows.

    `size` is in inches.
    """

    panels: tuple[Panel, ...]
    caption: str
    claims: tuple[str, ...] = ()
    size: tuple[float, float] = (7.2, 4.4)
    widths: tuple[float, ...] | None = None
    rows: int = 1

    def figure(self, *, dark: bool = False) -> Figure:
        """Return the figure, drawn in the house style."""
        from matplotlib.figure import Figure

        with styled(dark=dark):
            figure = Figure(figsize=self.size)
            columns = len(self.panels) // self.rows
            axes = figure.subplots(self.rows, columns, squeeze=False, width_ratios=self.widths)
            for panel, ax in zip(self.panels, axes.flat, strict=True):
                panel(ax)
        return figure

    def written(self, kind: str, *, dark: bool = False) -> bytes:
        """Return the figure as the bytes of a pdf, png or svg file, the same ones each time.

        Raises BadInput for another kind.
        """
        if kind not in FORMATS:
            raise BadInput(f"a figure cannot be written as {kind!r}: give a file that ends in .{', .'.join(FORMATS)}")
        return encoded(self.figure(dark=dark), kind, dark=dark)

    def __repr__(self) -> str:
        return f"Plate({self.caption.partition('.')[0]})"

    def _repr_svg_(self) -> str:
        text = self.written("svg").decode("utf-8")
        scale = min(1, COLUMN / self.size[0])
        shown = re.sub(r'(width|height)="([0-9.]+)pt"', lambda m: f'{m[1]}="{scale * float(m[2]):g}pt"', text, count=2)
        return shown[shown.index("<svg") :]

    def explained(self, verdicts: Mapping[str, str]) -> str:
        """Return the caption, followed by each claim with its verdict and reach as given by name.

        >>> Plate((), "Counts.", ("b_le_c",)).explained({"b_le_c": "certified, n = 1..3; open beyond"})
        'Counts. Claim b_le_c: certified, n = 1..3; open beyond.'
        """
        told = [f"{name}: {verdicts.get(name, 'not judged here')}" for name in self.claims]
        return self.caption + (f" Claim{'s' * (len(told) > 1)} {'. '.join(told)}." if told else "")


def encoded(figure: Figure, kind: str, *, dark: bool = False) -> bytes:
    """Return a figure as the bytes of a pdf, png or svg file, without the date."""
    undated: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
    buffer = io.BytesIO()
    with styled(dark=dark):
        figure.savefig(buffer, format=kind, metadata=undated[kind])
    return buffer.getvalue()


@contextmanager
def styled(*, dark: bool = False) -> Iterator[None]:
    """Use the house style inside the block, and whatever was set before it after it."""
    from matplotlib import style

    names = ("workbench.mplstyle", "dark.mplstyle") if dark else ("workbench.mplstyle",)
    sheets = [files("workbench.figures") / name for name in names]
    with as_file(sheets[0]) as house, as_file(sheets[-1]) as over, style.context([house, over], after_reset=True):
        yield


def numbers(figure: Figure) -> tuple[tuple[str, str, float, float], ...]:
    """Return the points of a figure's labelled lines as (panel, label, x, y), for a table beside it."""
    lines = [(ax.get_title(loc="left"), line) for ax in figure.axes for line in ax.get_lines()]
    labelled = [(title, str(line.get_label()), line) for title, line in lines if not str(line.get_label()).startswith("_")]
    return tuple((title, label, float(x), float(y)) for title, label, line in labelled for x, y in np.asarray(line.get_xydata()))


def as_csv(figure: Figure) -> str:
    """Return those points as CSV with a heading line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("panel", "series", "x", "y"), *numbers(figure)])
    return text.getvalue()


def dashed(ax: Axes, x: Any, y: Any, label: str = "_") -> None:
    """Draw the thin dashed line of what is predicted."""
    ax.plot(x, y, color=ink("text"), lw=0.9, linestyle=(0, (4, 3)), label=label)


def ink(name: str) -> str:
    """Return the colour that the current style gives to text, lines, grid or paper."""
    from matplotlib import colors, rcParams

    keys = {"text": "text.color", "line": "axes.edgecolor", "grid": "grid.color", "paper": "axes.facecolor"}
    return str(colors.to_hex(rcParams[keys[name]]))


def colours() -> tuple[str, ...]:
    """Return six colours of the current style's cycle; in the house style blue, vermilion, green, purple, orange, sky."""
    from matplotlib import colors, rcParams

    cycle = rcParams["axes.prop_cycle"].by_key().get("color", ["black"])
    return tuple(str(colors.to_hex(c)) for c in islice(repeated(cycle), 6))
