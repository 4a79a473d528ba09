"""What is known of an evaluation before it runs: how far out its integer points may lie, and how large its rounding errors are."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

from workbench.lowering.operations import size_of
from workbench.lowering.precision import FINEST, LIMITS
from workbench.lowering.sizes import Size, dyadic
from workbench.lowering.tape import Instruction, Tape


@lru_cache(maxsize=512)
def radius(tape: Tape, dtype: str) -> int:
    """Return the largest R for which every step is exact in this type at integer points with all |x_i| <= R, -1 if not even R = 0.

    There no step rounds (float types) or wraps around (integer types). R is at most the largest integer of the type.

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(1)
    >>> square = t.add("integer_power", (t.add("input", (), 0),), 2)
    >>> radius(t.finished(square), "int32"), 46340**2 < 2**31 <= 46341**2
    (46340, True)
    >>> radius(t.finished(t.add("exp", (square,))), "float64")
    -1
    """
    instructions = [_condensed(i) for i in tape.instructions]
    if not _fits(instructions, dtype, 0):
        return -1
    return bisect_left(range(1, LIMITS[dtype] + 1), True, key=lambda reach: not _fits(instructions, dtype, reach))


def _fits(instructions: list[Instruction], dtype: str, reach: int) -> bool:
    sizes: list[Size | None] = []
    for instruction in instructions:
        size = size_of(instruction, [sizes[a] for a in instruction.args], reach=reach)
        if size is None or size.largest > LIMITS[dtype] or size.denominator > FINEST[dtype]:
            return False
        sizes.append(size)
    return True


def _condensed(instruction: Instruction) -> Instruction:
    """Return a polynomial of the same size in one variable, its coefficients added up by degree; anything else as it is.

    The coefficient of finest denominator stays apart in each degree, since 1/2 + 1/2 is coarser than its terms.
    """
    terms: Any = instruction.payload
    if instruction.op != "polynomial" or any(dyadic(c) is None for _, c in terms):
        return instruction
    by_degree: dict[int, list[Fraction]] = defaultdict(list)
    for factor, c in terms:
        by_degree[len(factor)].append(abs(c))
    payload: list[tuple[tuple[int, ...], Fraction]] = []
    for degree, weights in by_degree.items():
        finest = max(weights, key=lambda w: w.denominator)
        payload += [((0,) * degree, finest), ((0,) * degree, sum(weights) - finest)]
    return replace(instruction, payload=tuple(payload))


UNIT = 2.0**-53  # the largest relative error of one operation in float64
MOST_STEPS = 1 << 40
LARGEST_SPILL = 1 << 900
HIGHEST_POWER = 64


@dataclass(frozen=True)
class Rounding:
    """A bound on |computed - true| in float64: ((1 + 2**-53)**steps - 1) * majorant + spill * 2**-1022.

    The majorant is the function of absolute values with absolute coefficients; `size` is an integer >= 1 and above it, and
    `spill` counts underflows with their amplification. The bound holds for any order of summation, with fused multiply-adds and
    with subnormal numbers flushed to 0, each of which errs by less than 2**-1022.
    Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, sections 2.2, 3.1 and 5.1.
    """

    steps: int
    size: int
    spill: int

    def times(self, other: Rounding) -> Rounding:
        """Return the bound of a product: computed factors are below 3 * size, since no spill reaches 1."""
        spill = 6 * (self.size * other.spill + self.spill * other.size) + 1
        return Rounding(self.steps + other.steps + 1, self.size * other.size, spill)

    @property
    def relative(self) -> float:
        """Higham's gamma of twice as many steps: it covers the rounding of the computed majorant and of the bound as well."""
        return 2 * self.steps * UNIT / (1 - 2 * self.steps * UNIT)

    @property
    def absolute(self) -> float:
        """The errors of underflow, those of the computed majorant included."""
        return math.ldexp(2.0 * self.spill, -1022)


def rounding(tape: Tape, reach: int) -> Rounding | None:
    """Return the bound of a float64 evaluation where |x_i| <= reach; None for other operations than sums and products.

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(2)
    >>> product = t.add("multiply", (t.add("input", (), 0), t.add("input", (), 1)))
    >>> rounding(t.finished(product), 8)
    Rounding(steps=1, size=64, spill=97)
    >>> rounding(t.finished(t.add("exp", (product,))), 8) is None
    True
    """
    bounds: list[Rounding] = []
    for instruction in tape.instructions:
        if instruction.op not in ROUNDINGS:
            return None
        bound = ROUNDINGS[instruction.op](instruction.payload, [bounds[a] for a in instruction.args], max(1, reach))
        if bound is None or bound.spill > LARGEST_SPILL or bound.steps > MOST_STEPS:
            return None
        bounds.append(bound)
    return bounds[tape.root]


def _constant(value: Fraction) -> Rounding:
    return Rounding(1, max(1, math.ceil(abs(value))), 1)


def _sum(terms: Sequence[Rounding]) -> Rounding:
    steps = max(t.steps for t in terms) + len(terms)
    return Rounding(steps, sum(t.size for t in terms), 2 * sum(t.spill + 1 for t in terms))


def _power(power: int, base: Rounding) -> Rounding | None:
    return reduce(Rounding.times, [base] * power, Rounding(0, 1, 0)) if power <= HIGHEST_POWER else None


def _polynomial(terms: Any, reach: int) -> Rounding:
    """Any scheme that forms each coefficient and product once: at most degree + 2 operations a term, each step as in `times`."""
    degree = max(len(factor) for factor, _ in terms)
    size = sum(max(1, math.ceil(abs(c))) * reach ** len(factor) for factor, c in terms)
    return Rounding(degree + 1 + len(terms), size, 16 ** (degree + 1) * len(terms) * (degree + 2) * size)


ROUNDINGS: dict[str, Callable[[Any, list[Rounding], int], Rounding | None]] = {
    "input": lambda _, args, reach: Rounding(0, reach, 1),
    "constant": lambda value, args, reach: _constant(value),
    "irrational": lambda value, args, reach: _constant(value),
    "linear": lambda weights, args, reach: _sum([_constant(w).times(a) for w, a in zip(weights, args, strict=True)]),
    "multiply": lambda _, args, reach: reduce(Rounding.times, args),
    "integer_power": lambda power, args, reach: _power(power, args[0]),
    "polynomial": lambda terms, args, reach: _polynomial(terms, reach),
}


def majorant(tape: Tape) -> Tape:
    """Return a tape of sums and products with the absolute values of its coefficients."""
    return replace(tape, instructions=tuple(replace(i, payload=_absolute(i)) for i in tape.instructions))


def _absolute(instruction: Instruction) -> Any:
    payload: Any = instruction.payload
    if instruction.op in ("constant", "irrational"):
        return abs(payload)
    if instruction.op == "linear":
        return tuple(map(abs, payload))
    return tuple((factor, abs(c)) for factor, c in payload) if instruction.op == "polynomial" else payload
