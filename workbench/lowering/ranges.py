"""What can be seen of a call before it runs: indices that leave their array, and integers that the type does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, cast

from workbench.errors import BadInput
from workbench.lowering.operations import size_of
from workbench.lowering.precision import LIMITS, is_float
from workbench.lowering.sizes import Size
from workbench.lowering.tape import Instruction, Tape, bodies


@dataclass(frozen=True)
class Range:
    """The least and the largest value of a number or of an array's entries, and the largest number formed on the way to them.

    >>> Range.of([Fraction(-2), Fraction(1)])
    Range(low=Fraction(-2, 1), high=Fraction(1, 1), reach=Fraction(2, 1))
    """

    low: Fraction
    high: Fraction
    reach: Fraction

    @classmethod
    def of(cls, values: Sequence[Fraction], before: Sequence[Range] = ()) -> Range:
        """Return the least range that holds these values, formed from numbers of the ranges before."""
        reach = max([*map(abs, values), *(r.reach for r in before)])
        return cls(min(values), max(values), reach)


@dataclass(frozen=True)
class Seen:
    """What is known of a value: the shape of an array, () of a number, and the range of its entries (None: nothing)."""

    shape: tuple[int, ...]
    entries: Range | None


def check_indices(tape: Tape, arguments: Sequence[Seen], dtype: str, *, traced: bool = False) -> None:
    """Raise BadInput if an entry may be read that an array of these shapes does not have, or the type cannot count up to it.

    In a float type, and inside a transformation (`traced`), an index whose range is not seen is left to the run. An integer type
    has no NaN for it then, so it is refused.

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(1)
    >>> fourth = t.finished(t.add("element", (t.add("input", (), 0), t.constant(3))))
    >>> check_indices(fourth, [Seen((4,), None)], "float64")
    >>> check_indices(fourth, [Seen((3,), None)], "float64")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: index 3 outside 0 .. 2, axis 0 of an array of shape (3,)
    """
    known: list[Seen | None] = []
    for i in tape.instructions:
        operands = [known[a] for a in i.args]
        if i.op == "element" and operands[0]:
            _check_element(operands[0].shape, [o.entries if o else None for o in operands[1:]], dtype, traced)
        for body in bodies(i):
            check_indices(body, _inputs(i, operands), dtype, traced=traced)
        known.append(arguments[i.payload] if i.op == "input" else _seen(i, operands, dtype))  # type: ignore[call-overload]


def _inputs(i: Instruction, operands: Sequence[Seen | None]) -> list[Any]:
    """Return what the body of a loop or an entrywise function knows of its inputs, the index or the entry first."""
    if i.op in ("sum", "product"):
        _, first, last = cast(tuple[Tape, int, int], i.payload)
        return [Seen((), Range.of([Fraction(first), Fraction(last)])), *operands[2:]]
    return [None, *operands[1 if i.op == "map" else 2 :]]


def _check_element(shape: tuple[int, ...], indices: Sequence[Range | None], dtype: str, traced: bool) -> None:
    limit, wider = LIMITS[dtype], dtype[:-2] + "64"
    for axis, (length, index) in enumerate(zip(shape, indices, strict=True)):
        place = f"axis {axis} of an array of shape {shape}"
        if index is None and not (is_float(dtype) or traced):
            way_out = "lower with dtype='float64', where an entry outside is NaN"
            raise BadInput(f"an index of {place}, of which {dtype} values do not tell whether it is inside: {way_out}")
        if index is not None and not (0 <= index.low and index.high < length):
            shown = f"{index.low}" if index.low == index.high else f"{index.low} .. {index.high}"
            raise BadInput(f"index {shown} outside 0 .. {length - 1}, {place}")
        if (reach := length - 1 if index is None else index.reach) > limit:
            power = f"2**{(limit + 1).bit_length() - 1}"
            raise BadInput(f"index {reach} > {power}, {place}: {dtype} cannot tell its neighbours, lower with dtype='{wider}'")


def _seen(i: Instruction, operands: Sequence[Seen | None], dtype: str) -> Seen | None:
    if i.op == "constant":
        return Seen((), Range.of([cast(Fraction, i.payload)]))
    if i.op == "element":
        return operands[0] and Seen((), operands[0].entries)
    read = operands[1:] if i.op == "guard" else operands
    entries = [o.entries for o in read if o is not None and o.shape == () and o.entries is not None]
    rule = RANGES.get(i.op) if i.op in ("linear", "multiply") or not is_float(dtype) else None
    return Seen((), rule(i.payload, entries)) if rule and len(entries) == len(read) else None


def _linear(weights: Any, terms: Sequence[Range]) -> Range:
    scaled = [Range.of([w * t.low, w * t.high], [t]) for w, t in zip(weights, terms, strict=True)]
    low, high = sum((t.low for t in scaled), Fraction(0)), sum((t.high for t in scaled), Fraction(0))
    return Range(low, high, sum((t.reach for t in scaled), Fraction(0)))


def _multiply(_: Any, factors: Sequence[Range]) -> Range:
    result = factors[0]
    for f in factors[1:]:
        result = Range.of([x * y for x in (result.low, result.high) for y in (f.low, f.high)], [result, f])
    return result


def _modulo(_: Any, operands: Sequence[Range]) -> Range | None:
    number, modulus = operands
    return Range(Fraction(0), modulus.high - 1, max(number.reach, modulus.reach)) if modulus.low > 0 else None


def _guard(safe: Any, operands: Sequence[Range]) -> Range:
    return Range.of([safe, operands[0].low, operands[0].high], operands)


RANGES = {"linear": _linear, "multiply": _multiply, "modulo": _modulo, "guard": _guard}  # the last two of integers only


def check_sizes(tape: Tape, arguments: Sequence[Seen], dtype: str) -> None:
    """Raise BadInput if the type, an integer type, may not hold some value formed from entries in these ranges.

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(1)
    >>> square = t.finished(t.add("integer_power", (t.add("input", (), 0),), 2))
    >>> check_sizes(square, [Seen((), Range.of([Fraction(-70_000)]))], "int32")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: entries up to 70000 may give values up to 4900000000 > 2**31 - 1: lower with dtype='int64'
    """
    reaches = tuple(int(a.entries.reach) if a.entries else 0 for a in arguments)
    largest = _largest(tape, reaches)
    if largest is None or largest > LIMITS[dtype]:
        wider = dtype == "int32" and largest is not None and largest <= LIMITS["int64"]
        way_out = "lower with dtype='int64'" if wider else "evaluate it with SymPy, exact at any size"
        shown = f"values up to {largest}" if largest and largest < 1 << 256 else "values"
        raise BadInput(
            f"entries up to {max(reaches, default=0)} may give {shown} > 2**{31 if dtype == 'int32' else 63} - 1: {way_out}"
        )


@lru_cache(maxsize=512)
def _largest(tape: Tape, reaches: tuple[int, ...]) -> int | None:
    """Return a bound on every value that a tape forms from integers of these sizes, None if there is none of 64 factors."""
    sizes: list[Size | None] = []
    inputs = [Size(Fraction(r)) for r in reaches]
    for i in tape.instructions:
        sizes.append(size_of(i, [sizes[a] for a in i.args], reach=max(reaches, default=0), inputs=inputs))
    known = [s.largest for s in sizes if s is not None]
    return max(known, default=0) if len(known) == len(sizes) else None
