"""What is known of an evaluation before it runs: how far out its integer points may lie."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from workbench.lowering.operations import Size, dyadic, size_of
from workbench.lowering.precision import LIMITS
from workbench.lowering.tape import Instruction, Tape


@lru_cache(maxsize=512)
def radius(tape: Tape, dtype: str) -> int:
    """Return the largest R for which every step is exact in this type at integer points with all |x_i| <= R, 0 if not even R = 1.

    There no step rounds (float types) or wraps around (integer types). R is at most the largest integer of the type.

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(1)
    >>> square = t.add("integer_power", (t.add("input", (), 0),), 2)
    >>> radius(t.finished(square), "int32"), 46340**2 < 2**31 <= 46341**2
    (46340, True)
    >>> radius(t.finished(t.add("exp", (square,))), "float64")
    0
    """
    instructions, limit = [_condensed(i) for i in tape.instructions], LIMITS[dtype]
    return bisect_left(range(1, limit + 1), True, key=lambda reach: not _fits(instructions, limit, reach))


def _fits(instructions: list[Instruction], limit: int, reach: int) -> bool:
    sizes: list[Size | None] = []
    for instruction in instructions:
        size = size_of(instruction, [sizes[a] for a in instruction.args], reach=reach)
        if size is None or size.largest > limit:
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
