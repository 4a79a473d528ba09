"""The neighbourhoods of local attention, as masks of shape (n, n): True where query i reads key j."""

from __future__ import annotations

import numpy as np

from workbench.errors import BadInput


def line(n: int, reach: int) -> np.ndarray:
    """Return |i - j| <= reach.

    >>> line(3, 1).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1], [0, 1, 1]]
    """
    i, j = np.indices((_positive("n", n), n))
    return np.asarray(abs(i - j) <= reach)


def window(n: int, width: int) -> np.ndarray:
    """Return i - width < j <= i, the last `width` tokens; with n <= width all earlier ones.

    >>> window(3, 2).astype(int).tolist()
    [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    """
    i, j = np.indices((_positive("n", n), n))
    return np.asarray((i - _positive("width", width) < j) & (j <= i))


def grid(rows: int, columns: int, *, reach: int = 1, cross: bool = True, class_token: bool = True) -> np.ndarray:
    """Return neighbours on a grid of tokens, row by row, behind a class token that reads and is read by all.

    `cross` takes the four nearest and the token itself (and reach 1); otherwise tokens within `reach` in both coordinates.

    >>> grid(1, 3, class_token=False).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1], [0, 1, 1]]
    >>> grid(2, 2).sum().item(), grid(2, 2, cross=False).sum().item()
    (21, 25)
    """
    row, column = np.divmod(np.arange(_positive("rows", rows) * _positive("columns", columns)), columns)
    down, across = (abs(a[:, None] - a[None, :]) for a in (row, column))
    near = down + across <= 1 if cross else np.maximum(down, across) <= reach
    return np.pad(near, ((1, 0), (1, 0)), constant_values=True) if class_token else np.asarray(near)


def _positive(what: str, size: int) -> int:
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise BadInput(f"{what} = {size!r} is not an integer from 1 on")
    return size
