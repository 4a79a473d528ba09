"""The sign of a number by intervals, in a module that loads nothing heavy before it is asked for one."""

from __future__ import annotations

import sympy

from workbench.units import exact, symbolic


def enclosed_sign(number: sympy.Expr) -> int | None:
    """Return the sign -1, 0 or 1 of a real number, or None if 4,096 bits leave 0 inside its interval.

    0 is answered for what is rational, and 0 in exact arithmetic. Raises BadInput for floats, symbols and functions without a rule.

    >>> enclosed_sign(sympy.exp(1) - sympy.Rational(2718281828459045, 10**15))
    1
    >>> enclosed_sign(sympy.Float("0.1"))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 0.100000000000000 is not exact: give an int, a Fraction or a SymPy expression without floats
    """
    from workbench.lowering import number_signs

    return number_signs.enclosed_sign(symbolic(exact(number)))
