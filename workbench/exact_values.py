"""Exact values as JSON: numbers and formulas, truth values, words, tuples, and sets that are listed, in ranges, or packed.

A number or formula is written as `formula` does, a tuple is a list, {"truth": true}, {"text": "a word"}. A set is {"set": ...}: the
list of its members; of integers, ranges such as "0..5, 7", or, where they get long, the zlib text of the bits that say who belongs.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import Any, Union

import sympy

from workbench import formula
from workbench.errors import BadInput
from workbench.expressions import shown
from workbench.packing import packed, unpacked
from workbench.schema import Fields

Value = Union[sympy.Expr, bool, str, tuple[Any, ...], frozenset[Any]]
RANGE = re.compile(r"([0-9]{1,100})(?:\.\.([0-9]{1,100}))?")
RANGES_SHOWN = 400  # characters of ranges; a longer set is packed
MEMBERS_LIMIT = 1 << 20
DEPTH_LIMIT = 20


def write_value(value: Any) -> Any:
    """Return the JSON form of an exact value.

    Raises BadInput for values of other kinds, and for expressions that `formula` does not write.

    >>> write_value((Fraction(1, 2), True)), write_value({0, 1, 2, 5})
    (['1/2', {'truth': True}], {'set': '0..2, 5'})
    >>> write_value(0.5)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: a float is not written to files: compare numbers, truth values, words, tuples and sets of them
    """
    if isinstance(value, bool):
        return {"truth": value}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, (int, Fraction)):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [write_value(v) for v in value]
    if isinstance(value, (frozenset, set, range)):
        return {"set": _write_set(value)}
    if isinstance(value, sympy.Expr) and not value.has(sympy.Float):
        return formula.write(value)
    raise BadInput(
        f"a {type(value).__name__} is not written to files: compare numbers, truth values, words, tuples and sets of them"
    )


def read_value(data: Any, depth: int = 0) -> Value:
    """Return the value of a JSON form; raises BadInput for any other.

    >>> sorted(read_value({"set": "0..2, 5"}))
    [0, 1, 2, 5]
    """
    if depth > DEPTH_LIMIT:
        raise BadInput(f"a value is nested over {DEPTH_LIMIT} deep")
    if isinstance(data, list):
        return tuple(read_value(v, depth + 1) for v in data)
    kind, inner = next(iter(data.items())) if isinstance(data, dict) and len(data) == 1 else ("", None)
    if (kind == "truth" and isinstance(inner, bool)) or (kind == "text" and isinstance(inner, str) and inner.isprintable()):
        return inner
    return _read_set(inner, depth) if kind == "set" else formula.read(data)


def _write_set(members: Collection[Any]) -> Any:
    if not all(type(v) is int and v >= 0 for v in members):
        return sorted((write_value(v) for v in members), key=str)
    if len(text := ", ".join(_ranges(sorted(members)))) <= RANGES_SHOWN or max(members) >= MEMBERS_LIMIT:
        return text
    raw = sum(1 << k for k in members).to_bytes(max(members) // 8 + 1, "little")
    return {"size": len(members), "bytes": len(raw)} | packed(array("b", raw))


def _ranges(members: list[int]) -> Iterator[str]:
    """Yield the runs of increasing integers, each as it is written."""
    present = set(members)
    starts, ends = (k for k in members if k - 1 not in present), (k for k in members if k + 1 not in present)
    return (str(low) if low == high else f"{low}..{high}" for low, high in zip(starts, ends, strict=True))


def _read_set(data: Any, depth: int) -> frozenset[Any]:
    if isinstance(data, list):
        members = [read_value(v, depth + 1) for v in data]
        if any(not e.is_Rational for v in members for e in numbers(v)):
            raise BadInput("a set holds a number that is not rational: whether another is in it has no plain answer")
        return frozenset(members)
    return _read_ranges(data) if isinstance(data, str) else _read_packed(Fields(data, "a packed set"))


def _read_ranges(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(", ") if text else ():
        if (match := RANGE.fullmatch(part)) is None:
            raise BadInput(f"{part[:40]!r} is neither an integer nor a range such as 3..7")
        low, high = int(match[1]), int(match[2] or match[1])
        if high - low + len(found) >= MEMBERS_LIMIT:
            raise BadInput(f"a set of over {MEMBERS_LIMIT} members")
        found |= set(range(low, high + 1))
    return frozenset(found)


def _read_packed(fields: Fields) -> frozenset[int]:
    size, length = fields.integer("size", low=0), fields.integer("bytes", low=1, high=MEMBERS_LIMIT // 8)
    raw = unpacked(fields.data, length=length).tobytes()
    found = frozenset(k for k in range(8 * len(raw)) if raw[k >> 3] >> (k & 7) & 1)
    if len(found) != size:
        raise BadInput(f"a set of {len(found)} members is said to have {size}")
    return found


def numbers(value: Value) -> Iterator[sympy.Expr]:
    """Yield the expressions within a value, those of sets of integers apart."""
    if isinstance(value, sympy.Expr):
        yield value
    elif isinstance(value, (tuple, frozenset)):
        for v in value:
            yield from numbers(v)


def symbols_of(value: Value) -> set[str]:
    """Return the names of the symbols within a value."""
    return {str(s) for e in numbers(value) for s in e.free_symbols}


def valued(value: Value, at: Mapping[str, sympy.Rational]) -> Value:
    """Return a value with numbers for its symbols, read anew, so that it is as small as what a file may hold.

    >>> valued((formula.symbol("x") ** 2, True), {"x": sympy.Integer(3)})
    (9, True)
    """
    if isinstance(value, tuple):
        return tuple(valued(v, at) for v in value)
    if not at or not isinstance(value, sympy.Expr):
        return value
    return formula.read(formula.write(value), at={formula.symbol(name): number for name, number in at.items()})


def told(value: Any) -> str:
    """Return a value as text, of a long one its beginning; of a set its size.

    >>> told((True, sympy.sqrt(2), frozenset({3})))
    '(True, sqrt(2), a set of 1)'
    """
    if isinstance(value, tuple):
        return f"({', '.join(map(told, value))})"
    return f"a set of {len(value)}" if isinstance(value, frozenset) else shown(value)
