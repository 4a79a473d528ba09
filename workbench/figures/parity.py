"""Figure of parity: its threshold degree and the gates that a product needs, in both output conventions."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from workbench import classes
from workbench.counts import threshold_tables
from workbench.domain import table_of
from workbench.figures.plate import colours, ink
from workbench.threshold import BooleanFunction
from workbench.witness import SignRepresentation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DECIDED = 5  # the threshold degree is decided up to this many inputs
SEARCHED = 3  # all products of threshold gates are searched up to this many inputs
BUILT = 7  # the products that reach the number are built and compared with parity up to this many inputs


def parity(n: int) -> int:
    """Return the truth table of the parity of n bits.

    >>> bin(parity(2))
    '0b110'
    """
    return table_of(k.bit_count() & 1 for k in range(1 << n))


@cache
def threshold_degree(n: int) -> int:
    """Return the least degree in which the parity of n bits is a threshold function; every lower one has a dual witness."""
    from workbench.recognition import recognise

    function = BooleanFunction(n, parity(n))
    return next(d for d in range(n + 1) if isinstance(recognise(function, d), SignRepresentation))


@cache
def fewest_factors(n: int, outputs: str) -> int:
    """Return the least number of threshold gates whose product is the parity of n bits, by searching all products.

    >>> fewest_factors(3, "01"), fewest_factors(3, "pm1")
    (4, 3)
    """
    gates = threshold_tables(n)
    return next(k for k in range(1, 1 + (1 << n)) if parity(n) in classes.products_of(gates, n, k, outputs=outputs))


def built_factors(n: int, outputs: str) -> int:
    """Return the number of gates of the usual product for the parity of n bits; raises ValueError if it is not the parity.

    In +-1 the gates are s > k - 1/2 for k = 1..n, s the number of ones, and a sign; in 0/1 each gate refuses one even point.
    """
    full = classes.full_table(n)
    if outputs == "01":
        gates = [full ^ 1 << k for k in range(1 << n) if not k.bit_count() & 1]
    else:
        gates = [table_of(k.bit_count() > Fraction(2 * level - 1, 2) for k in range(1 << n)) for level in range(1, n + 1)]
        gates[0] ^= 0 if n & 1 else full
    if classes.multiplied(gates, n, outputs=outputs) != parity(n):
        raise ValueError(f"the product of {len(gates)} gates is not the parity of {n} bits")
    return len(gates)


def parity_costs(ax: Axes) -> Axes:
    """Draw the degree of parity and the number of gates of a product for it, searched where it can be and built beyond."""
    blue, vermilion, green = colours()[:3]
    built = list(range(1, BUILT + 1))
    for outputs, colour in (("01", vermilion), ("pm1", blue)):
        shown = "0/1" if outputs == "01" else "±1"
        line = [built_factors(n, outputs) for n in built]
        ax.plot(built, line, "o-", color=colour, mfc=ink("paper"), lw=1, label=f"{shown} product, built and compared")
        searched = list(range(1, SEARCHED + 1))
        least = [fewest_factors(n, outputs) for n in searched]
        ax.plot(searched, least, "o", color=colour, zorder=4, label=f"{shown} product, fewest of all")
    decided = list(range(1, DECIDED + 1))
    ax.plot(decided, [threshold_degree(n) for n in decided], "x", color=green, ms=11, mew=2, zorder=5, label="threshold degree")
    ax.set_yscale("log", base=2)
    ax.set(xlabel="inputs $n$", ylabel="gates in the product, or degree", xticks=built)
    ax.set_yticks([1, 2, 4, 8, 16, 32, 64], ["1", "2", "4", "8", "16", "32", "64"])
    ax.annotate("$2^{n-1}$", (BUILT, 2 ** (BUILT - 1)), (10, -3), textcoords="offset points", color=vermilion)
    ax.annotate("$n$", (BUILT, BUILT), (10, -3), textcoords="offset points", color=blue)
    ax.set_title("What parity costs a product of threshold gates")
    ax.set_xlim(0.8, BUILT + 0.6)
    ax.legend(loc="upper left")
    return ax
