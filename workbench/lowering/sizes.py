"""How large the integers are that an operation forms: one rule for each kind of operation, None where it rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any


@dataclass(frozen=True)
class Size:
    """All values are integers over `denominator` (a power of two) and at most `bound` in absolute value.

    >>> Size(Fraction(3, 2), 2).largest
    3
    """

    bound: Fraction
    denominator: int = 1

    @property
    def largest(self) -> int:
        """The largest numerator."""
        return int(self.bound * self.denominator)


Bound = Callable[[Any, list[Size]], "Size | None"]


def dyadic(value: Fraction) -> Size | None:
    """Return the size of a constant, None if its denominator is not a power of two."""
    return Size(abs(value), value.denominator) if value.denominator & (value.denominator - 1) == 0 else None


def added(weights: Sequence[Fraction], sizes: Sequence[Size]) -> Size | None:
    if any(dyadic(w) is None for w in weights):
        return None
    bound = sum((abs(w) * s.bound for w, s in zip(weights, sizes, strict=True)), Fraction(0))
    return Size(bound, max((w.denominator * s.denominator for w, s in zip(weights, sizes, strict=True)), default=1))


def polynomial_size(terms: Sequence[tuple[tuple[int, ...], Fraction]], reach: int) -> Size | None:
    """Return the size of a polynomial with these (factor, coefficient) terms where its variables are at most `reach`.

    >>> polynomial_size((((), Fraction(1, 2)), ((0, 1), Fraction(-3))), 10).largest
    601
    """
    denominators = {c.denominator for _, c in terms}
    if any(d & (d - 1) for d in denominators):
        return None
    scale = max(denominators)
    largest = sum(abs(c.numerator) * (scale // c.denominator) * reach ** len(factor) for factor, c in terms)
    return Size(Fraction(largest, scale), scale)


def multiplied(_: Any, sizes: list[Size]) -> Size:
    return reduce(lambda a, b: Size(a.bound * b.bound, a.denominator * b.denominator), sizes)


def power_size(power: int, sizes: list[Size]) -> Size | None:
    small = power <= 64 or (sizes[0].bound <= 1 and sizes[0].denominator == 1)
    return Size(sizes[0].bound ** power, sizes[0].denominator ** power) if small else None


def largest(_: Any, sizes: list[Size]) -> Size:
    return Size(max(s.bound for s in sizes), max(s.denominator for s in sizes))


def chosen(step: int) -> Bound:
    """Return the size rule of a choice whose values are the last of every `step` operands, and the very last."""
    return lambda _, sizes: largest(None, sizes[step - 1 :: step] + sizes[-1:])


def unit(_: Any, sizes: list[Size]) -> Size:
    return Size(Fraction(1))


def whole_part(_: Any, sizes: list[Size]) -> Size:
    return Size(sizes[0].bound + 1)


def guarded(safe: Fraction, sizes: list[Size]) -> Size:
    return largest(None, [sizes[1], Size(safe, safe.denominator)])


def rounds(_: Any, sizes: list[Size]) -> None:
    return None
