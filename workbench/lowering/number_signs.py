"""The sign of one real number, from intervals that are sure to hold it."""

from __future__ import annotations

import sympy

from workbench.lowering.balls import refinements
from workbench.lowering.rules import tape_of


def enclosed_sign(number: sympy.Expr) -> int | None:
    """Return the sign -1, 0 or 1 of a real number, or None if 4,096 bits leave 0 inside its interval.

    0 is answered for what is rational, and 0 in exact arithmetic. Raises BadInput for symbols and for functions without a rule.

    Source: F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, 2017.

    >>> enclosed_sign(sympy.exp(1) - sympy.Rational(2718281828459045, 10**15))
    1
    >>> e = sympy.exp(2)
    >>> print(enclosed_sign((e + 1) * (e - 1) - sympy.exp(4) + 1))
    None
    """
    for value in refinements(tape_of(number, ()), []):
        if value > 0 or value < 0 or value == 0:
            return int(value > 0) - int(value < 0)
    return None
