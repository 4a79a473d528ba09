"""The cube, its two sign conventions, sign(0) and the bit order of a truth table: decided here and nowhere else.

Bit k of a truth table is the value at the point whose bits are k = sum x_i 2^i; bit 1 stands for +1 and bit 0 for -1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from workbench.errors import BadInput

CONVENTIONS = ("01", "pm1")
TABLE_ARITY_LIMIT = 20  # a table of 2**20 bits; larger functions are lowered, not tabulated


def convention(name: str) -> str:
    """Return `name` if it is one of the two conventions, "01" or "pm1".

    Raises BadInput otherwise.

    >>> convention("pm1")
    'pm1'
    >>> convention("+-1")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: convention '+-1' is not one of 01, pm1
    """
    if name not in CONVENTIONS:
        raise BadInput(f"convention {str(name)[:40]!r} is not one of {', '.join(CONVENTIONS)}")
    return name


def arity(n: object, *, limit: int = TABLE_ARITY_LIMIT) -> int:
    """Return `n` if it is an integer from 0 to `limit`.

    Raises BadInput otherwise.

    >>> arity(3)
    3
    >>> arity(-1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: arity -1 is not an integer from 0 to 20
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= limit:
        raise BadInput(f"arity {n!r} is not an integer from 0 to {limit}")
    return n


def inputs(n: int, letter: str = "x") -> tuple[sympy.Symbol, ...]:
    """Return the real SymPy symbols x0, ..., x{n-1} in which functions of n inputs are written.

    Raises BadInput if `n` is not an arity or `letter` is not a letter.

    >>> inputs(3)
    (x0, x1, x2)
    """
    if not (isinstance(letter, str) and letter.isascii() and letter.isalpha()):
        raise BadInput(f"letter {letter!r} is not made of the letters a-z, A-Z")
    return tuple(sympy.Symbol(f"{letter}{i}", real=True) for i in range(arity(n, limit=10_000)))


def sign_of(value: Any) -> int:
    """Return -1, 0 or 1, the sign of an exact real number (int, Fraction, bool or SymPy number).

    Raises BadInput for a float, and for a SymPy number whose sign SymPy cannot decide.

    >>> sign_of(Fraction(-1, 3)), sign_of(sympy.exp(1) - 2), sign_of(0)
    (-1, 1, 0)
    >>> sign_of(0.1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 0.1 is a float: give an int, a Fraction or a SymPy number
    """
    if isinstance(value, (int, Fraction)):
        return (value > 0) - (value < 0)
    if not isinstance(value, sympy.Expr) or value.has(sympy.Float):
        raise BadInput(f"{value!r} is a {type(value).__name__.lower()}: give an int, a Fraction or a SymPy number")
    if value.is_positive:
        return 1
    if value.is_negative:
        return -1
    if value.is_zero:
        return 0
    raise BadInput(f"the sign of {value} cannot be decided: give it values for its symbols")


def fires(value: Any, *, at_zero: int = 0) -> int:
    """Return H(value), 1 above zero and 0 below; `at_zero` is H(0).

    >>> fires(Fraction(1, 2)), fires(-3), fires(0), fires(0, at_zero=1)
    (1, 0, 0, 1)
    """
    return (at_zero, 1, 0)[sign_of(value)]


def sgn(value: Any, *, at_zero: int = 0) -> int:
    """Return 2 H(value) - 1, so that sgn(0) is -1 unless H(0) = `at_zero` = 1.

    >>> sgn(5), sgn(-5), sgn(0), sgn(0, at_zero=1)
    (1, -1, -1, 1)
    """
    return 2 * fires(value, at_zero=at_zero) - 1


@dataclass(frozen=True)
class Cube:
    """The 2^n points of {-1, 1}^n (`inputs="pm1"`, the default) or of {0, 1}^n (`inputs="01"`).

    Raises BadInput if `n` is not an integer from 0 to 64 or the convention is unknown.

    >>> Cube(2).point(1), Cube(2, "01").point(1)
    ((1, -1), (1, 0))
    >>> Cube(2).index((1, -1))
    1
    >>> Cube(2).index((1, 0))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 0 is not a coordinate of {-1, 1}^2
    """

    n: int
    inputs: str = "pm1"

    def __post_init__(self) -> None:
        arity(self.n, limit=64)
        convention(self.inputs)

    @property
    def low(self) -> int:
        """The coordinate that bit 0 stands for."""
        return -1 if self.inputs == "pm1" else 0

    @property
    def size(self) -> int:
        """The number of points, 2^n."""
        return 1 << self.n

    def decode(self, bit: int) -> int:
        """Return the coordinate that a bit stands for."""
        return 1 if bit else self.low

    def encode(self, coordinate: object) -> int:
        """Return the bit that stands for a coordinate.

        Raises BadInput if the coordinate is not one of this cube's two.
        """
        if coordinate == 1:
            return 1
        if coordinate == self.low:
            return 0
        raise BadInput(f"{coordinate} is not a coordinate of {self.name}")

    def point(self, index: int) -> tuple[int, ...]:
        """Return point number `index`, coordinate i from bit i.

        Raises BadInput if the index is not from 0 to 2^n - 1.
        """
        if not 0 <= index < self.size:
            raise BadInput(f"point {index} is not from 0 to {self.size - 1}")
        return tuple(self.decode(index >> i & 1) for i in range(self.n))

    def index(self, point: Sequence[object]) -> int:
        """Return the number of a point.

        Raises BadInput if it has the wrong length or a foreign coordinate.
        """
        if len(point) != self.n:
            raise BadInput(f"point of length {len(point)}, but {self.name} needs {self.n}")
        return sum(self.encode(value) << i for i, value in enumerate(point))

    def points(self) -> Iterator[tuple[int, ...]]:
        """Yield the points in the order of their numbers."""
        return (self.point(k) for k in range(self.size))

    @property
    def name(self) -> str:
        """The set, as text."""
        return f"{{{self.low}, 1}}^{self.n}"

    def _repr_latex_(self) -> str:
        return rf"$\{{{self.low}, 1\}}^{{{self.n}}}$"


def table_of(bits: Iterable[int]) -> int:
    """Return the truth table (an integer) whose bit k is the k-th of `bits`.

    >>> bin(table_of([0, 1, 1, 0]))
    '0b110'
    """
    return sum((1 << k) for k, bit in enumerate(bits) if bit)


def bits_of(table: int, n: int) -> tuple[int, ...]:
    """Return the 2^n bits of a truth table, bit 0 first.

    >>> bits_of(0b0110, 2)
    (0, 1, 1, 0)
    """
    return tuple(table >> k & 1 for k in range(1 << n))


def place(cube: Cube, index: int) -> str:
    """Return a point's number and coordinates, as checkers name it.

    >>> place(Cube(2, "01"), 2)
    'point 2 = (0, 1)'
    """
    return f"point {index} = {cube.point(index)}"
