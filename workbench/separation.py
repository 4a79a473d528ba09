"""Certificates of margins: the least point with margin 1 over rational rows, that there is none, and bounds on a nuclear norm.

A row g asks for <g, w> >= 1. Multipliers, one for each row and none negative, decide each question by finitely many rationals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from workbench import formula
from workbench.errors import BadInput, Rejected
from workbench.schema import Fields

Vector = tuple[Fraction, ...]
Matrix = tuple[Vector, ...]
ROW_LIMIT = 10_000


def _dot(left: Iterable[Fraction], right: Iterable[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def combination(rows: Sequence[Vector], multipliers: Sequence[Fraction]) -> Vector:
    """Return the sum of multiplier times row.

    >>> combination(((Fraction(1), Fraction(0)), (Fraction(1), Fraction(2))), (Fraction(3), Fraction(1, 2)))
    (Fraction(7, 2), Fraction(1, 1))
    """
    return tuple(_dot(multipliers, column) for column in zip(*rows, strict=True))


@dataclass(frozen=True)
class LeastNorm:
    """The point of least Euclidean norm at which every row has product at least 1: the multiplier-weighted sum of the rows.

    Source: H. Kuhn and A. Tucker, Nonlinear Programming, 1951; sound without it, see the claim named under `soundness`.

    >>> one, half = Fraction(1), Fraction(1, 2)
    >>> LeastNorm(((one, one), (one, -one)), (half, half)).check()
    >>> LeastNorm(((one, one), (one, -one)), (half, Fraction(0))).check()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the margin is 0 < 1, at row 1
    """

    type: ClassVar[str] = "least_norm"
    soundness: ClassVar[str] = "multipliers_show_least_norm"
    rows: Matrix
    multipliers: Vector

    def check(self) -> None:
        """Raise Rejected unless margins are at least 1, multipliers not negative, and positive only where the margin is 1."""
        _accept(self.rows, self.multipliers)
        for k, (margin, multiplier) in enumerate(zip(self.margins, self.multipliers, strict=True)):
            if margin < 1:
                raise Rejected(f"the margin is {margin} < 1", place=f"row {k}")
            if multiplier and margin > 1:
                raise Rejected(f"the multiplier is {multiplier} where the margin is {margin} > 1", place=f"row {k}")

    @property
    def point(self) -> Vector:
        """The point that the certificate is about."""
        return combination(self.rows, self.multipliers)

    @property
    def margins(self) -> Vector:
        """The product of each row with the point."""
        point = self.point
        return tuple(_dot(row, point) for row in self.rows)

    @property
    def subject(self) -> Matrix:
        """What it is about: the rows."""
        return self.rows

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return _body(self.rows, self.multipliers)

    @classmethod
    def of(cls, fields: Fields) -> LeastNorm:
        """Return the certificate with these fields."""
        return cls(_matrix(fields, "rows"), _vector(fields.take("multipliers", list)))

    @classmethod
    def lie(cls) -> LeastNorm:
        """Return a false certificate: twice the least point of one row."""
        return cls(((Fraction(1),),), (Fraction(2),))


@dataclass(frozen=True)
class NoMargin:
    """No point has a product of at least 1 with every row: a non-negative combination of the rows vanishes.

    Source: P. Gordan, 1873 (the theorem of the alternative); sound without it, see the claim named under `soundness`.

    >>> NoMargin(((Fraction(1),), (Fraction(-2),)), (Fraction(2), Fraction(1))).check()
    """

    type: ClassVar[str] = "no_margin"
    soundness: ClassVar[str] = "vanishing_combination_excludes_margin"
    rows: Matrix
    multipliers: Vector

    def check(self) -> None:
        """Raise Rejected unless the multipliers are not all 0, none is negative, and they combine the rows to 0."""
        _accept(self.rows, self.multipliers)
        if not any(self.multipliers):
            raise Rejected("every multiplier is 0")
        for k, value in enumerate(combination(self.rows, self.multipliers)):
            if value:
                raise Rejected(f"the combination is {value}, not 0", place=f"coordinate {k}")

    @property
    def subject(self) -> Matrix:
        """What it is about: the rows."""
        return self.rows

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return _body(self.rows, self.multipliers)

    @classmethod
    def of(cls, fields: Fields) -> NoMargin:
        """Return the certificate with these fields."""
        return cls(_matrix(fields, "rows"), _vector(fields.take("multipliers", list)))

    @classmethod
    def lie(cls) -> NoMargin:
        """Return a false certificate: one row that a point does separate."""
        return cls(((Fraction(1),),), (Fraction(1),))


@dataclass(frozen=True)
class NuclearBracket:
    """The least nuclear norm of a matrix with product at least 1 with every row (a matrix, flattened) is from `low` to `high`.

    From above: `left` times the transpose of `right` has these products, and `high` is half of |left|_F^2 + |right|_F^2. From
    below: `low` is the sum of the multipliers, whose combination of the rows stretches no vector.

    >>> one = ((Fraction(1),),)
    >>> bracket = NuclearBracket(one, (Fraction(1),), one, one)
    >>> bracket.check()
    >>> (bracket.low, bracket.high)
    (Fraction(1, 1), Fraction(1, 1))
    """

    type: ClassVar[str] = "nuclear_bracket"
    soundness: ClassVar[str] = "dual_and_factors_bracket_nuclear_norm"
    rows: Matrix
    multipliers: Vector
    left: Matrix
    right: Matrix

    def check(self) -> None:
        """Raise Rejected unless the factors have margins of at least 1 and 1 - Y^T Y has no negative pivot, Y the combination."""
        _accept(self.rows, self.multipliers)
        width = len(self.right)
        if any(type(entry) is not Fraction for factor in (*self.left, *self.right) for entry in factor):
            raise Rejected("an entry of a factor is no fraction")
        if (
            not self.left
            or {len(factor) for factor in (*self.left, *self.right)} != {len(self.left[0])}
            or len(self.rows[0]) != len(self.left) * width
        ):
            raise Rejected(f"factors of {len(self.left)} and {width} rows do not make a matrix of {len(self.rows[0])} entries")
        product = [_dot(k, q) for k in self.left for q in self.right]
        for k, row in enumerate(self.rows):
            if (margin := _dot(row, product)) < 1:
                raise Rejected(f"the margin is {margin} < 1", place=f"row {k}")
        flat = combination(self.rows, self.multipliers)
        columns = [flat[j::width] for j in range(width)]
        _accept_positive([[int(i == j) - _dot(a, b) for j, b in enumerate(columns)] for i, a in enumerate(columns)])

    @property
    def low(self) -> Fraction:
        """The bound from below."""
        return sum(self.multipliers, Fraction(0))

    @property
    def high(self) -> Fraction:
        """The bound from above."""
        return sum((_dot(row, row) for row in (*self.left, *self.right)), Fraction(0)) / 2

    @property
    def subject(self) -> Matrix:
        """What it is about: the rows."""
        return self.rows

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return _body(self.rows, self.multipliers) | {"left": _written(self.left), "right": _written(self.right)}

    @classmethod
    def of(cls, fields: Fields) -> NuclearBracket:
        """Return the certificate with these fields."""
        rows, multipliers = _matrix(fields, "rows"), _vector(fields.take("multipliers", list))
        return cls(rows, multipliers, _matrix(fields, "left"), _matrix(fields, "right"))

    @classmethod
    def lie(cls) -> NuclearBracket:
        """Return a false certificate: a combination that doubles a vector."""
        one = ((Fraction(1),),)
        return cls(one, (Fraction(2),), one, one)


def _accept(rows: Matrix, multipliers: Vector) -> None:
    """Raise Rejected unless there are rows of one length, as many multipliers, none negative, and all are exact."""
    if not rows or {len(row) for row in rows} != {len(rows[0])} or len(multipliers) != len(rows):
        raise Rejected(f"{len(multipliers)} multipliers for {len(rows)} rows, or rows of unequal lengths")
    for k, value in enumerate(multipliers):
        if type(value) is not Fraction or any(type(entry) is not Fraction for entry in rows[k]):
            raise Rejected("an entry is no fraction", place=f"row {k}")
        if value < 0:
            raise Rejected(f"the multiplier {value} is negative", place=f"row {k}")


def _accept_positive(matrix: list[list[Fraction]]) -> None:
    """Raise Rejected unless elimination of a symmetric matrix meets no negative pivot, nor a zero pivot with entries beside it."""
    for k, row in enumerate(matrix):
        pivot = row[k]
        if pivot < 0 or (not pivot and any(row[k + 1 :])):
            raise Rejected("the combination stretches a vector", place=f"pivot {k}")
        for i in range(k + 1, len(matrix)):
            factor = matrix[i][k] / pivot if pivot else Fraction(0)
            matrix[i] = [a - factor * b for a, b in zip(matrix[i], row, strict=True)]


def _body(rows: Matrix, multipliers: Vector) -> dict[str, Any]:
    return {"rows": _written(rows), "multipliers": list(map(str, multipliers))}


def _written(rows: Matrix) -> list[list[str]]:
    return [list(map(str, row)) for row in rows]


def _vector(item: Any) -> Vector:
    if not isinstance(item, list) or not 1 <= len(item) <= ROW_LIMIT:
        raise BadInput(f"{str(item)[:60]} is not a list of 1 to {ROW_LIMIT} decimal strings")
    return tuple(Fraction(int(value.p), int(value.q)) for value in map(formula.number, item))


def _matrix(fields: Fields, key: str) -> Matrix:
    rows = fields.items(key, _vector)
    if not 1 <= len(rows) <= ROW_LIMIT or {len(row) for row in rows} != {len(rows[0])}:
        raise BadInput(f"field {key!r} is not a list of 1 to {ROW_LIMIT} rows of one length")
    return rows
