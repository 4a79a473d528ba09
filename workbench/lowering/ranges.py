"""Where an index can be seen to leave its array before anything runs: constants and the ranges of loops against the shapes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import cast

from workbench.errors import BadInput
from workbench.lowering.tape import Instruction, Tape

Range = tuple[Fraction, Fraction]
Known = Range | tuple[int, ...] | None  # of a number its least and largest value, of an array its shape


def check_indices(tape: Tape, shapes: Sequence[tuple[int, ...]]) -> None:
    """Raise BadInput if an entry is read that an array of these shapes does not have.

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(1)
    >>> check_indices(t.finished(t.add("element", (t.add("input", (), 0), t.constant(3)))), [(3,)])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: index 3 outside 0 .. 2, axis 0 of an array of shape (3,)
    """
    _check(tape, [shape or None for shape in shapes])


def _check(tape: Tape, inputs: Sequence[tuple[int, ...] | Range | None]) -> None:
    known: list[tuple[int, ...] | Range | None] = []
    for i in tape.instructions:
        operands = [known[a] for a in i.args]
        if i.op == "element" and isinstance(operands[0], tuple):
            _check_element(operands[0], operands[1:])  # type: ignore[arg-type]
        if i.op in ("sum", "product"):
            body, first, last = cast(tuple[Tape, int, int], i.payload)
            _check(body, [(Fraction(first), Fraction(last)), *operands[2:]])
        known.append(inputs[i.payload] if i.op == "input" else _range(i, operands))  # type: ignore[call-overload]
    return None


def _check_element(shape: tuple[int, ...], indices: Sequence[Range | None]) -> None:
    for axis, (length, index) in enumerate(zip(shape, indices, strict=True)):
        if index is not None and not (0 <= index[0] and index[1] < length):
            shown = f"{index[0]}" if index[0] == index[1] else f"{index[0]} .. {index[1]}"
            raise BadInput(f"index {shown} outside 0 .. {length - 1}, axis {axis} of an array of shape {shape}")


def _range(i: Instruction, operands: Sequence[tuple[int, ...] | Range | None]) -> Range | None:
    if i.op == "constant":
        return i.payload, i.payload  # type: ignore[return-value]
    if i.op != "linear" or any(r is None or not isinstance(r[0], Fraction) for r in operands):
        return None
    ends = [sorted((w * r[0], w * r[1])) for w, r in zip(i.payload, operands, strict=True)]  # type: ignore
    return sum((e[0] for e in ends), Fraction(0)), sum((e[1] for e in ends), Fraction(0))
