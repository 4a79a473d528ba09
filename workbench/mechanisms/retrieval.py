"""Top-N selection on many random heads at once: the synthetic head, and the precision, recall and F of the tokens it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

from workbench.errors import Unsound

WIDTH = 64  # of a value
BATCH = 50  # heads that are drawn at a time
APART = 1e-13  # distances nearer than this are told apart by rounding
SINK = 0.1  # norm of the sink's value


class Heads(NamedTuple):
    """Weighted values (heads, tokens, width), the tokens by falling weight (heads, tokens), and what drew them."""

    weighted: np.ndarray
    order: np.ndarray
    rng: np.random.Generator

    def sinking(self, norm: float) -> np.ndarray:
        """Return the weighted values with the first token's value scaled by a norm."""
        moved = self.weighted.copy()
        moved[:, 0] *= norm
        return moved


class Scores(NamedTuple):
    """Precision, recall and their harmonic mean F, each of shape (heads,)."""

    precision: np.ndarray
    recall: np.ndarray
    f: np.ndarray


def synthetic_heads(seed: int, length: int, many: int) -> Iterator[Heads]:
    """Yield synthetic heads, `BATCH` at a time, all of unit values; `many` is how many in all.

    Scores are g/2 + 4.5 e^(-(L-1-i)/6), plus 6 at the first token, the sink; values have memory e^(-1/8) from token to token.

    Source: T. Mudarisov et al., Retrieval Capacity of Self-Attention Under Competition, 2026 (the head).

    >>> heads = next(synthetic_heads(1, 32, 50))
    >>> heads.weighted.shape, round(float(np.linalg.norm(heads.weighted, axis=2).sum(axis=1).min()), 6)
    ((50, 32, 64), 1.0)
    """
    keep, places = np.exp(-1 / 8), np.arange(length)
    for batch in range(many // BATCH):
        rng = np.random.default_rng((seed, length, batch))
        logits = rng.standard_normal((BATCH, length)) / 2 + 4.5 * np.exp(-(length - 1 - places) / 6)
        logits[:, 0] += 6
        weights = np.exp(logits)
        weights /= weights.sum(axis=1, keepdims=True)
        noise = rng.standard_normal((BATCH, length, WIDTH), dtype=np.float32)
        noise[:, 1:] *= np.float32(np.sqrt(1 - keep**2))
        values = lfilter([1], [1, -keep], noise, axis=1)
        values /= np.linalg.norm(values, axis=2, keepdims=True)
        yield Heads(weights[:, :, None] * values, np.argsort(-weights, axis=1, kind="stable"), rng)


def selection_scores(weighted: np.ndarray, chosen: np.ndarray, *, cosine: bool = False) -> Scores:
    """Return the scores of the sets `chosen` (heads, N) among weighted values (heads, tokens, width).

    The radius of a set is the largest distance of its tokens to their sum; precision counts others within it, recall the tokens
    of the set that are nearer than all others. Distances are Euclidean, or 1 - cosine (stabilised by 1e-12). Raises Unsound if
    rounding could decide a comparison.

    >>> selection_scores(np.array([[[3.0, 0.0], [2.0, 0.0], [0.0, 1.0]]]), np.array([[0, 1]]))
    Scores(precision=array([1.]), recall=array([1.]), f=array([1.]))
    """
    squares = np.square(weighted).sum(axis=2)
    kept = np.zeros(squares.shape, dtype=bool)
    np.put_along_axis(kept, chosen, True, axis=1)
    total = np.take_along_axis(weighted, chosen[:, :, None], axis=1).sum(axis=1)
    along, square = (weighted @ total[:, :, None])[:, :, 0], np.square(total).sum(axis=1)[:, None]
    distance = 1 - along / (np.sqrt(squares * square) + 1e-12) if cosine else squares - 2 * along + square  # or its square
    most = np.where(kept, distance, -np.inf).max(axis=1)[:, None]
    least = np.where(kept, np.inf, distance).min(axis=1)[:, None]
    if np.abs(distance - np.where(kept, least, most)).min() < APART:
        raise Unsound(f"two distances agree to {APART:g}: draw other heads")
    size = chosen.shape[1]
    recall = (kept & (distance < least)).sum(axis=1) / size
    precision = size / (size + (~kept & (distance <= most)).sum(axis=1))
    return Scores(precision, recall, 2 * precision * recall / (precision + recall))
