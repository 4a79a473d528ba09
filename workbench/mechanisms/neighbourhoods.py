"""The neighbourhoods of local attention, as masks of shape (n, n): True where query i reads key j."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.errors import BadInput


def line(n: int, reach: int) -> np.ndarray:
    """Return |i - j| <= reach.

    >>> line(3, 1).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1], [0, 1, 1]]
    """
    i, j = np.indices((_whole("n", n), n))
    return np.asarray(abs(i - j) <= _whole("reach", reach, least=0))


def window(n: int, width: int) -> np.ndarray:
    """Return i - width < j <= i, the last `width` tokens; with n <= width all earlier ones.

    >>> window(3, 2).astype(int).tolist()
    [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    """
    i, j = np.indices((_whole("n", n), n))
    return np.asarray((i - _whole("width", width) < j) & (j <= i))


def grid(rows: int, columns: int, *, reach: int = 1, cross: bool = True, class_token: bool = True) -> np.ndarray:
    """Return neighbours on a grid of tokens, row by row, behind a class token that reads and is read by all.

    `cross` takes the four nearest and the token itself (and reach 1); otherwise tokens within `reach` in both coordinates.

    >>> grid(1, 3, class_token=False).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1], [0, 1, 1]]
    >>> grid(2, 2).sum().item(), grid(2, 2, cross=False).sum().item()
    (21, 25)
    """
    row, column = np.divmod(np.arange(_whole("rows", rows) * _whole("columns", columns)), columns)
    down, across = (abs(a[:, None] - a[None, :]) for a in (row, column))
    near = down + across <= 1 if cross else np.maximum(down, across) <= _whole("reach", reach, least=0)
    return np.pad(near, ((1, 0), (1, 0)), constant_values=True) if class_token else np.asarray(near)


def _whole(what: str, size: int, *, least: int = 1) -> int:
    if isinstance(size, bool) or not isinstance(size, int) or size < least:
        raise BadInput(f"{what} = {size!r} is not an integer from {least} on")
    return size


FAMILIES = ("causal", "line", "window", "cross")
SIZED = ("line", "window")
_KNOWN = "causal, cross, line:WIDTH or window:WIDTH with a width from 1 on"


@dataclass(frozen=True)
class Neighbourhood:
    """A family of masks, one for each number of tokens: "causal", "line" or "window" of a width, or "cross" of two sequences.

    "line" is |i - j| <= width and "window" the last `width` tokens. "cross" has n queries that read the m keys of another
    sequence: n + m tokens, of which the first n read the last m.

    >>> [sum(map(sum, Neighbourhood.read("window:2").pairs(n))) for n in (1, 2, 3)]
    [1, 3, 5]
    >>> Neighbourhood.read("causal:2")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: mask 'causal:2' is not causal, cross, line:WIDTH or window:WIDTH with a width from 1 on
    """

    family: str
    width: int = 0

    def __post_init__(self) -> None:
        if self.family not in FAMILIES or (_whole("width", self.width, least=0) > 0) != (self.family in SIZED):
            raise BadInput(f"mask {self.family!r} of width {self.width} is not {_KNOWN}")

    @classmethod
    def read(cls, text: str) -> Neighbourhood:
        """Return the family of this name, such as "window:8". Raises BadInput for another."""
        family, colon, width = text.partition(":")
        sized = family in SIZED
        whole = width.isdecimal() and width.isascii() and len(width) < 10 and int(width) > 0
        if family not in FAMILIES or bool(colon) != sized or (sized and not whole):
            raise BadInput(f"mask {text[:40]!r} is not {_KNOWN}")
        return cls(family, int(width) if sized else 0)

    def __str__(self) -> str:
        return f"{self.family}:{self.width}" if self.width else self.family

    @property
    def least(self) -> int:
        """The least number of tokens from which on counts over open pairs are polynomials: borders that do not meet."""
        return {"line": 2 * self.width, "window": self.width}.get(self.family, 1)

    def pairs(self, n: int, m: int = 0) -> list[list[bool]]:
        """Return the mask of n tokens (and of m keys of another sequence), row by row."""
        if self.family == "cross":
            return [[i < n <= j for j in range(n + m)] for i in range(n + m)]
        masks = {"causal": lambda: window(n, n), "line": lambda: line(n, self.width), "window": lambda: window(n, self.width)}
        return [list(map(bool, row)) for row in masks[self.family]()]
