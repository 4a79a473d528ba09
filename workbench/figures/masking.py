"""Figure of a softmax mask: the weight left to a masked entry against its bound, exact and in JAX."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import sympy

from workbench.figures.plate import colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCORES = (sympy.Integer(2), sympy.Rational(1, 2), sympy.Integer(-1), sympy.Integer(1))  # the first is masked
MASKS = tuple(range(0, 81, 5))
DIGITS = 30
K = sympy.Symbol("K", nonnegative=True)


def masked_weight() -> sympy.Expr:
    """Return p_0, the softmax weight of the first score once K is subtracted from it."""
    masked = sympy.exp(SCORES[0] - K)
    return masked / (masked + sympy.Add(*map(sympy.exp, SCORES[1:])))


def bound() -> sympy.Expr:
    """Return exp(-K + max S - min S), which p_0 does not exceed.

    >>> bound()
    exp(3 - K)
    """
    return sympy.exp(max(SCORES) - min(SCORES) - K)


@cache
def exact_weights() -> tuple[sympy.Float, ...]:
    """Return p_0 at each mask, to 30 digits from the exact expression."""
    return tuple(masked_weight().subs(K, mask).evalf(DIGITS) for mask in MASKS)


def lowered_weights(dtype: str) -> np.ndarray:
    """Return p_0 at each mask from the lowered expression in JAX."""
    from workbench.lowering import lower

    return np.asarray(lower(masked_weight(), [K], dtype=dtype)(np.asarray(MASKS, dtype=dtype)[:, None]), dtype="float64")


def mask_decay(ax: Axes) -> Axes:
    """Draw the weight of the masked entry against the size of the mask."""
    blue, vermilion, green = colours()[:3]
    above = [float(bound().subs(K, mask)) for mask in MASKS]
    ax.plot(MASKS, above, color=ink("line"), linestyle=(0, (5, 3)), lw=1.2, label=r"bound $e^{-K + \max S - \min S}$")
    ax.plot(MASKS, [float(p) for p in exact_weights()], color=green, lw=3, alpha=0.5, label="exact")
    ax.plot(MASKS, lowered_weights("float64"), "o", color=blue, ms=5, label="JAX, float64")
    ax.plot(MASKS, lowered_weights("float32"), "x", color=vermilion, ms=6, label="JAX, float32")
    ax.set(xlabel="mask $K$", ylabel="weight of the masked entry", yscale="log")
    ax.set_title("What a mask leaves of an entry")
    ax.legend(loc="lower left")
    return ax


def mask_errors(ax: Axes) -> Axes:
    """Draw the relative error of the lowered weight in units of the type's rounding."""
    blue, vermilion = colours()[:2]
    for dtype, colour, mark in (("float64", blue, "o"), ("float32", vermilion, "x")):
        ratio = [sympy.Float(float(seen), DIGITS) / p - 1 for seen, p in zip(lowered_weights(dtype), exact_weights(), strict=True)]
        ax.plot(MASKS, [float(abs(r)) / float(np.finfo(dtype).eps) for r in ratio], mark, color=colour, ms=5, label=dtype)
    ax.set(xlabel="mask $K$", ylabel="relative error / ε", ylim=(0, None))
    ax.set_title("Error of the lowered weight")
    ax.legend(loc="upper left")
    return ax
