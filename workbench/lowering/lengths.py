"""Lengths of arrays that are symbols: read off the arguments at a call, then constants of the tape."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from operator import mul
from typing import Any, cast

import sympy

from workbench.errors import BadInput
from workbench.lowering.loops import folded
from workbench.lowering.tape import Instruction, Recorder, Tape, bodies
from workbench.lowering.walk import Scope, Walk

Array = Any  # a Symbol, a MatrixSymbol or an IndexedBase


def declared_shape(array: Array) -> tuple[sympy.Expr, ...]:
    """Return the lengths that an array was declared with, () of a number or an IndexedBase without a shape."""
    return () if isinstance(array, sympy.Symbol) else tuple(array.shape or ())


def length_symbols(symbols: Sequence[Array]) -> frozenset[sympy.Basic]:
    """Return the symbols that stand for lengths. Raises BadInput for one that is an argument as well.

    >>> n = sympy.Symbol("n", integer=True)
    >>> length_symbols([sympy.MatrixSymbol("A", n, 2)])
    frozenset({n})
    >>> length_symbols([sympy.MatrixSymbol("A", n, 2), n])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: n is a length of A already, read off it at a call: leave it out of the symbols
    """
    owners = {s: a for a in symbols for n in declared_shape(a) for s in n.free_symbols}
    for s in symbols:
        if s in owners:
            raise BadInput(f"{s} is a length of {owners[s]} already, read off it at a call: leave it out of the symbols")
    return frozenset(owners)


def lengths_of(symbols: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> dict[sympy.Basic, int]:
    """Return the value of each symbol that stands for a length. Raises BadInput where arguments disagree with it or each other."""
    found: dict[sympy.Basic, tuple[int, str]] = {}
    places = [
        (n, actual, f"axis {k} of {a}")
        for a, own in zip(symbols, shapes, strict=False)
        for k, (n, actual) in enumerate(zip(declared_shape(a), own, strict=False))
    ]
    for length, actual, place in places:
        if isinstance(length, sympy.Symbol):
            value, before = found.setdefault(length, (actual, place))
            if value != actual:
                raise BadInput(f"{length} is {value} in {before} and {actual} in {place}: give arguments of one length")
    for length, actual, place in places:
        expected = length.xreplace({s: sympy.Integer(v) for s, (v, _) in found.items()})
        if expected != actual and not expected.free_symbols:
            raise BadInput(
                f"length {actual} in {place}, which is declared as {length}" + (f" = {expected}" if expected != length else "")
            )
        if expected.free_symbols:
            raise BadInput(
                f"the length {length} of {place} does not tell {expected.free_symbols.pop()}: use that symbol alone as a length"
            )
    return {s: v for s, (v, _) in found.items()}


def settled(tape: Tape) -> Tape:
    """Return the instructions that lengths cannot change, as far as a type has to have them before a call."""
    now = [Instruction(i.op, (), None if bodies(i) else i.payload) for i in tape.everywhere() if i.op not in AT_CALL]
    return Tape(tape.inputs, tuple(now), 0)


@lru_cache(maxsize=256)
def with_lengths(tape: Tape, lengths: tuple[tuple[sympy.Basic, int], ...]) -> Tape:
    """Return a tape with numbers for the symbols of lengths, and loops between known bounds run over their range.

    What is computed from lengths alone is computed here, exactly.

    >>> n, t = sympy.Symbol("n", integer=True), Recorder(0)
    >>> half = t.add("floor", (t.add("linear", (t.add("dimension", (), n),), (Fraction(1, 2),)),))
    >>> with_lengths(t.finished(half), ((n, 5),)).instructions
    (Instruction(op='constant', args=(), payload=Fraction(2, 1)),)
    """
    values = dict(lengths)
    integers = {s: sympy.Integer(n) for s, n in lengths}
    walk = Walk({}, [Scope(Recorder(tape.inputs), {})])
    numbers: list[int] = []
    for i in tape.instructions:
        args = tuple(numbers[a] for a in i.args)
        inner = [with_lengths(body, lengths) for body in bodies(i)]
        if i.op == "dimension":
            numbers.append(walk.tape.constant(values[cast(sympy.Basic, i.payload)]))
        elif (value := _value(i, [walk.constant(a) for a in args])) is not None:
            numbers.append(walk.tape.constant(value))
        elif i.op.endswith("_between"):
            numbers.append(folded(walk, i.op.removesuffix("_between"), inner[0], args))
        else:
            payload = i.payload if not inner else (inner[0], *i.payload[1:]) if isinstance(i.payload, tuple) else inner[0]
            if isinstance(payload, sympy.Expr) and (length := payload.xreplace(integers)).is_Integer:
                payload = int(length)
            op = "modulo" if i.op == "modulo_any" and walk.constant(args[1]) else i.op
            numbers.append(walk.tape.add(op, args, payload))
    return Tape(tape.inputs, tuple(walk.tape.instructions), numbers[tape.root]).used()


def _value(i: Instruction, operands: Sequence[Fraction | None]) -> Fraction | None:
    """Return the exact value of an operation on constants, None where an operand is not known or there is no value."""
    known = [x for x in operands if x is not None]
    if i.op not in EXACT_VALUES or len(known) < len(operands) or (i.op in ("divide", "modulo_any") and known[1] == 0):
        return None
    return Fraction(EXACT_VALUES[i.op](i.payload, known))


EXACT_VALUES: dict[str, Callable[[Any, list[Fraction]], Fraction | int]] = {
    "linear": lambda weights, x: sum(map(mul, weights, x), Fraction(0)),
    "multiply": lambda _, x: math.prod(x),
    "divide": lambda _, x: x[0] / x[1],
    "floor": lambda _, x: math.floor(x[0]),
    "ceiling": lambda _, x: math.ceil(x[0]),
    "minimum": lambda _, x: min(x),
    "maximum": lambda _, x: max(x),
    "modulo_any": lambda _, x: x[0] % x[1],
}
AT_CALL = {
    "dimension",
    "sum_between",
    "product_between",
    "undefined",
    *EXACT_VALUES,
}  # what lengths may turn into constants or loops
