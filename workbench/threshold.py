"""Boolean functions as truth tables, and polynomial threshold functions as exact polynomials that never vanish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import permutations

import sympy

from workbench.domain import Cube, arity, bits_of, fires, place, sgn, table_of
from workbench.errors import BadInput, Rejected
from workbench.poly import Exact, Multilinear, mask_of, monomial

SHOWN_DIGITS = 66  # 64 hexadecimal digits, the table of 8 inputs, and the 0x before them
CANONICAL_ARITY_LIMIT = 6  # 2 * 2^6 * 6! = 92,160 transformations of a 64-bit table


@dataclass(frozen=True)
class Transformation:
    """An element of the NPN group: g(x) = out XOR f(y) with y_i = x_{perm[i]} XOR bit i of `flips`."""

    perm: tuple[int, ...]
    flips: int
    out: int


@dataclass(frozen=True)
class BooleanFunction:
    """A Boolean function of n inputs, held as its truth table; bit k is the value at the point with bits k.

    Raises BadInput if the table needs more than 2^n bits.

    >>> xor = BooleanFunction.from_table(0b0110, n=2)
    >>> xor((1, 0)), xor.influence(0), (~xor).table
    (1, Fraction(1, 1), 9)
    >>> BooleanFunction.from_table(16, n=2)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: table 16 is not from 0 to 15, the tables of 2 inputs
    """

    n: int
    table: int

    def __post_init__(self) -> None:
        full = (1 << (1 << arity(self.n))) - 1
        if isinstance(self.table, bool) or not isinstance(self.table, int) or not 0 <= self.table <= full:
            top = full if self.n < 5 else f"2**{1 << self.n} - 1"
            raise BadInput(f"table {self.table!r} is not from 0 to {top}, the tables of {self.n} inputs")

    @classmethod
    def from_table(cls, table: int, n: int) -> BooleanFunction:
        """Return the function of n inputs with this truth table."""
        return cls(n, table)

    @classmethod
    def from_rule(cls, rule: Callable[..., object], n: int) -> BooleanFunction:
        """Return the function that fires where `rule(x_0, ..., x_{n-1})` is true on bits.

        >>> BooleanFunction.from_rule(lambda a, b: a != b, n=2).table
        6
        """
        return cls(n, table_of(1 if rule(*point) else 0 for point in Cube(arity(n), "01").points()))

    @classmethod
    def from_logic(cls, formula: sympy.logic.boolalg.Boolean, symbols: Sequence[sympy.Symbol]) -> BooleanFunction:
        """Return the function of a SymPy logic formula in Boolean symbols, x_0 first.

        Raises BadInput if the formula is not SymPy logic or has other symbols.

        >>> a, b = sympy.symbols("a b")
        >>> BooleanFunction.from_logic(a ^ b, [a, b]).table
        6
        """
        if not isinstance(formula, sympy.logic.boolalg.Boolean):
            raise BadInput(f"{formula!r} is not a SymPy logic formula")
        if extra := formula.free_symbols - set(symbols):
            raise BadInput(f"{formula} has symbols {sorted(map(str, extra))} that are not among the inputs")
        truth = [sympy.false, sympy.true]
        return cls.from_rule(
            lambda *bits: formula.xreplace(dict(zip(symbols, (truth[b] for b in bits), strict=True))) == sympy.true, len(symbols)
        )

    @property
    def bits(self) -> tuple[int, ...]:
        """The 2^n output bits, in the order of the points."""
        return bits_of(self.table, self.n)

    def __call__(self, point: Sequence[object], inputs: str = "01") -> int:
        """Return the output bit at a point, written in the given input convention."""
        return self.table >> Cube(self.n, inputs).index(point) & 1

    def _full(self) -> int:
        return (1 << (1 << self.n)) - 1

    def _with(self, other: BooleanFunction) -> int:
        if self.n != other.n:
            raise BadInput(f"functions of {self.n} and {other.n} inputs: add dummy inputs to the smaller")
        return other.table

    def __invert__(self) -> BooleanFunction:
        return BooleanFunction(self.n, self.table ^ self._full())

    def __and__(self, other: BooleanFunction) -> BooleanFunction:
        return BooleanFunction(self.n, self.table & self._with(other))

    def __or__(self, other: BooleanFunction) -> BooleanFunction:
        return BooleanFunction(self.n, self.table | self._with(other))

    def __xor__(self, other: BooleanFunction) -> BooleanFunction:
        return BooleanFunction(self.n, self.table ^ self._with(other))

    def _input(self, i: object) -> None:
        if isinstance(i, bool) or not isinstance(i, int) or not 0 <= i < self.n:
            raise BadInput(f"input {i!r} is not one of the {self.n} inputs, counted from 0")

    def restrict(self, i: int, bit: int) -> BooleanFunction:
        """Return the function of the other n - 1 inputs with input i fixed to `bit`.

        Raises BadInput if there is no input i or the bit is not 0 or 1.

        >>> BooleanFunction(2, 0b0110).restrict(1, 1).table
        1
        """
        self._input(i)
        if bit not in (0, 1):
            raise BadInput(f"bit {bit!r} is not 0 or 1")
        kept = [b for k, b in enumerate(self.bits) if k >> i & 1 == bit]
        return BooleanFunction(self.n - 1, table_of(kept))

    def with_dummy(self) -> BooleanFunction:
        """Return the function of n + 1 inputs that ignores the last."""
        return BooleanFunction(self.n + 1, self.table << (1 << self.n) | self.table)

    def depends_on(self, i: int) -> bool:
        """Say whether input i matters."""
        return self.restrict(i, 0) != self.restrict(i, 1)

    @cached_property
    def walsh(self) -> Multilinear:
        """The Walsh expansion of the +-1 function: its multilinear polynomial on {-1, 1}^n."""
        return Multilinear.from_values([2 * b - 1 for b in self.bits], Cube(self.n))

    @property
    def chow(self) -> tuple[int, ...]:
        """The Chow parameters 2^n (E[f], E[f x_0], ..., E[f x_{n-1}]) of the +-1 function, as integers.

        Source: C. K. Chow, On the characterization of threshold functions, 1961.

        >>> BooleanFunction(2, 0b1000).chow
        (-2, 2, 2)
        """
        coefficients = dict(self.walsh.terms)
        masks = [0, *(1 << i for i in range(self.n))]
        return tuple(int(coefficients.get(m, Fraction(0)) * (1 << self.n)) for m in masks)

    def influence(self, i: int) -> Fraction:
        """Return the share of points at which flipping input i changes the output."""
        self._input(i)
        differ = sum(b != self.bits[k ^ 1 << i] for k, b in enumerate(self.bits))
        return Fraction(differ, 1 << self.n)

    def transformed(self, by: Transformation) -> BooleanFunction:
        """Return the function after permuting and negating inputs and negating the output, as in `Transformation`."""
        return BooleanFunction(self.n, _apply(self.table, _index_map(self.n, by.perm, by.flips)) ^ (self._full() if by.out else 0))

    def orbit(self, *, outputs: bool = True) -> dict[BooleanFunction, Transformation]:
        """Return each function of the NPN class (NP class if not `outputs`), with one transformation that leads to it.

        Raises BadInput above arity 6.
        """
        found: dict[BooleanFunction, Transformation] = {}
        for by in group(self.n, outputs=outputs):
            found.setdefault(self.transformed(by), by)
        return found

    def canonical(self, *, outputs: bool = True) -> tuple[BooleanFunction, Transformation]:
        """Return the member of the NPN class (NP class if not `outputs`) with the least table, and the way to it.

        >>> BooleanFunction(2, 0b1110).canonical()[0].table
        1
        """
        return min(self.orbit(outputs=outputs).items(), key=lambda item: item[0].table)

    def symmetries(self) -> tuple[Transformation, ...]:
        """Return the transformations, output kept, that leave the function as it is.

        >>> len(BooleanFunction(2, 0b0110).symmetries())
        4
        """
        return tuple(by for by in group(self.n, outputs=False) if self.transformed(by) == self)

    def __repr__(self) -> str:
        return f"BooleanFunction(n={self.n}, table={shown_table(self.table)})"

    def _repr_latex_(self) -> str:
        return rf"$f\colon\{{0,1\}}^{{{self.n}}}\to\{{0,1\}},\quad f=\mathtt{{{shown_table(self.table)}}}$"


def shown_table(table: int) -> str:
    """Return a table in hexadecimal, of a long one its first digits and their number.

    >>> shown_table(0b0110), shown_table(1 << 4095)
    ('0x6', '0x8000000000000000... (1,024 digits)')
    """
    text = f"{table:#x}"
    return text if len(text) <= SHOWN_DIGITS else f"{text[:18]}... ({len(text) - 2:,} digits)"


def group(n: int, *, outputs: bool = True) -> Iterator[Transformation]:
    """Yield the 2^n n! permutations and negations of n inputs, twice that with output negation.

    Raises BadInput above arity 6.

    >>> sum(1 for _ in group(3))
    96
    """
    arity(n, limit=CANONICAL_ARITY_LIMIT)
    return (Transformation(p, flips, out) for out in range(1 + outputs) for p in permutations(range(n)) for flips in range(1 << n))


def npn_orbit(table: int, n: int) -> frozenset[int]:
    """Return the tables of the NPN class of a table, by closing it under generators of the group.

    Raises BadInput above arity 6.

    >>> sorted(npn_orbit(0b1000, 2))
    [1, 2, 4, 7, 8, 11, 13, 14]
    """
    BooleanFunction(arity(n, limit=CANONICAL_ARITY_LIMIT), table)
    full = (1 << (1 << n)) - 1
    zero = [table_of(not k >> i & 1 for k in range(1 << n)) for i in range(n)]
    found, frontier = {table}, [table]
    while frontier:
        t = frontier.pop()
        images = [t ^ full]
        images += [(t & low) << (1 << i) | t >> (1 << i) & low for i, low in enumerate(zero)]
        images += [_swapped(t, i, zero[i], zero[i + 1]) for i in range(n - 1)]
        new = set(images) - found
        found |= new
        frontier.extend(new)
    return frozenset(found)


def _swapped(t: int, i: int, low_i: int, low_next: int) -> int:
    """Exchange inputs i and i + 1: the points with bits (1, 0) trade places with those with bits (0, 1)."""
    upper = low_i & ~low_next
    lower = low_next & ~low_i
    shift = 1 << i
    return t & ~(upper | lower) | (t & lower) << shift & upper | (t & upper) >> shift & lower


@lru_cache(maxsize=200_000)
def _index_map(n: int, perm: tuple[int, ...], flips: int) -> tuple[int, ...]:
    return tuple(sum((k >> perm[i] & 1) << i for i in range(n)) ^ flips for k in range(1 << n))


def _apply(table: int, index_map: tuple[int, ...]) -> int:
    return sum(1 << k for k, source in enumerate(index_map) if table >> source & 1)


@dataclass(frozen=True)
class PTF:
    """A polynomial threshold function: the sign of a polynomial that vanishes nowhere on its cube.

    Whether it vanishes is looked at when a sign is first asked for (`table`, `margin`), so that large polynomials stay cheap to
    write down. Margins are over ||c||_1 = 1.

    >>> from workbench.domain import inputs
    >>> x = inputs(3)
    >>> f = PTF.from_expr(x[0] + 2*x[1]*x[2] - 2, Cube(3))
    >>> f.table(), f.degree, f.weights
    (130, 2, {(): -2, (0,): 1, (1, 2): 2})
    >>> f.margin
    Fraction(1, 5)
    >>> PTF.from_expr(x[0] + x[1], Cube(3)).table()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the polynomial vanishes, so it has no sign (shift its constant term), at point 1 = (1, -1, -1)
    """

    poly: Multilinear

    @classmethod
    def from_expr(cls, expr: sympy.Expr, cube: Cube, symbols: Sequence[sympy.Symbol] | None = None) -> PTF:
        """Return the threshold function of a SymPy polynomial on a cube; see `Multilinear.from_expr` for what is refused."""
        return cls(Multilinear.from_expr(expr, cube, symbols))

    @classmethod
    def from_weights(cls, weights: Mapping[tuple[int, ...], Exact], cube: Cube) -> PTF:
        """Return the threshold function with these weights on monomials, keyed by variable indices.

        >>> PTF.from_weights({(): -1, (0,): 1, (1,): 1}, Cube(2)).table()
        8
        """
        return cls(Multilinear.from_terms({mask_of(m): w for m, w in weights.items()}, cube))

    @classmethod
    def from_table(cls, table: int, n: int) -> PTF:
        """Return the threshold function of a truth table through its Walsh polynomial, of degree up to n."""
        return cls(BooleanFunction(n, table).walsh)

    @property
    def cube(self) -> Cube:
        """The cube it is defined on."""
        return self.poly.cube

    @property
    def n(self) -> int:
        """The number of inputs."""
        return self.poly.cube.n

    @property
    def degree(self) -> int:
        """The degree of this polynomial (the function may have a smaller threshold degree)."""
        return max(self.poly.degree, 0)

    @property
    def weights(self) -> dict[tuple[int, ...], int]:
        """The coprime integer weights, positively proportional to the coefficients, keyed by variable indices."""
        return {m: int(c) for m, c in self.poly.primitive().coefficients.items()}

    @property
    def density(self) -> Fraction:
        """The share of the monomials up to the degree that occur."""
        return self.poly.density

    def _strict_values(self) -> tuple[Fraction, ...]:
        values = self.poly.values()
        for k, value in enumerate(values):
            if not value:
                reason = "the polynomial vanishes, so it has no sign (shift its constant term)"
                raise Rejected(reason, place=place(self.cube, k))
        return values

    @cached_property
    def function(self) -> BooleanFunction:
        """The Boolean function. Raises Rejected at the first point where the polynomial vanishes."""
        return BooleanFunction(self.n, table_of(fires(v) for v in self._strict_values()))

    def table(self) -> int:
        """Return the truth table. Raises Rejected at the first point where the polynomial vanishes."""
        return self.function.table

    @property
    def margin(self) -> Fraction:
        """The least |p(x)| / ||c||_1 over the cube, positive. Raises Rejected where the polynomial vanishes."""
        return min(abs(v) for v in self._strict_values()) / self.poly.norm

    def transformed(self, by: Transformation) -> PTF:
        """Return the function on {-1, 1}^n after the same change of inputs and output as `BooleanFunction.transformed`."""
        if self.cube.inputs != "pm1":
            return PTF(self.poly.on("pm1")).transformed(by)
        sign = -1 if by.out else 1
        moved = (
            (mask_of(by.perm[i] for i in monomial(m)), sign * (-1) ** (m & by.flips).bit_count() * c) for m, c in self.poly.terms
        )
        return PTF(Multilinear.from_terms(moved, self.cube))

    @property
    def chow(self) -> tuple[int, ...]:
        """The Chow parameters of the function."""
        return self.function.chow

    def __call__(self, point: Sequence[object]) -> int:
        """Return +1 or -1 at a point of the cube. Raises Rejected if the polynomial vanishes there."""
        value = self.poly.at(point)
        if not value:
            raise Rejected("the polynomial vanishes, so it has no sign (shift its constant term)", place=f"point {tuple(point)}")
        return sgn(value)

    def as_expr(self) -> sympy.Expr:
        """Return the SymPy polynomial whose sign it is."""
        return self.poly.as_expr()

    def __repr__(self) -> str:
        return f"PTF({repr(self.poly)[len('Multilinear(') : -1]})"

    def _repr_latex_(self) -> str:
        return rf"$\operatorname{{sgn}}\left({self.poly._repr_latex_()[1:-1]}\right)$"
