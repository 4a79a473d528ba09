"""Multilinear polynomials over QQ on a cube, where x_i^2 = 1 ({-1, 1}) or x_i^2 = x_i ({0, 1}).

A monomial is a bit mask: mask 0b101 is x0*x2 and mask 0 the constant. On {-1, 1}^n the monomials are the characters and the
coefficients the Walsh coefficients.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb, gcd, lcm
from typing import Union

import sympy

from workbench.domain import Cube, arity, inputs
from workbench.errors import BadInput

Exact = Union[int, Fraction]
SHOWN_TERMS = 12  # a display shows this many terms and counts the rest


def monomial(mask: int) -> tuple[int, ...]:
    """Return the indices of the variables in a mask, in order.

    >>> monomial(0b101), monomial(0)
    ((0, 2), ())
    """
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


def mask_of(indices: Iterable[int]) -> int:
    """Return the mask of a set of variable indices.

    Raises BadInput if an index is repeated, negative or not an integer.

    >>> mask_of([0, 2])
    5
    >>> mask_of([1, 1])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: monomial [1, 1] repeats or misuses a variable index
    """
    indices = list(indices)
    if any(isinstance(i, bool) or not isinstance(i, int) or not 0 <= i < 64 for i in indices) or len(set(indices)) < len(indices):
        raise BadInput(f"monomial {indices} repeats or misuses a variable index")
    return sum(1 << i for i in indices)


def monomials(n: int, degree: int) -> tuple[int, ...]:
    """Return the masks of all monomials of degree <= `degree` in n variables, by degree and then by mask.

    >>> [monomial(m) for m in monomials(3, 1)]
    [(), (0,), (1,), (2,)]
    """
    chosen = (combinations(range(arity(n, limit=64)), size) for size in range(min(degree, n) + 1))
    return tuple(sorted((sum(1 << i for i in indices) for sets in chosen for indices in sets), key=_order))


def _order(mask: int) -> tuple[int, int]:
    return mask.bit_count(), mask


def _rational(value: object) -> Fraction:
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, sympy.Rational):
        return Fraction(int(value.p), int(value.q))
    raise BadInput(f"coefficient {value!r} is not rational: give an int, a Fraction or a SymPy Rational")


def _look_alike(expr: object, given: Sequence[sympy.Symbol]) -> str:
    """Return what to do about a symbol that is written like a given one but is another, since its assumptions differ."""
    foreign = expr.free_symbols - set(given) if isinstance(expr, sympy.Expr) else set()
    alike = sorted({str(s) for s in foreign} & set(map(str, given)))
    return f": its {alike[0]} has other assumptions, build it from workbench.inputs or give symbols=" if alike else ""


@dataclass(frozen=True)
class Multilinear:
    """A multilinear polynomial on a cube, in canonical form: equal polynomials are equal objects.

    `terms` are (mask, coefficient) pairs, sorted, without zeros. Build it by a named constructor.

    >>> x = inputs(2)
    >>> p = Multilinear.from_expr((x[0] + x[1])**2, Cube(2))
    >>> p
    Multilinear(2*x0*x1 + 2 on {-1, 1}^2)
    >>> p.at((1, -1)), p.degree
    (Fraction(0, 1), 2)
    >>> Multilinear.from_expr(sympy.sqrt(x[0]), Cube(2))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: sqrt(x0) is not a polynomial over QQ in x0, x1
    """

    cube: Cube
    terms: tuple[tuple[int, Fraction], ...]

    @classmethod
    def from_terms(cls, terms: Mapping[int, Exact] | Iterable[tuple[int, Exact]], cube: Cube) -> Multilinear:
        """Return the polynomial with these (mask, coefficient) terms; repeated masks add up.

        Raises BadInput for a mask outside the cube's variables or an inexact coefficient.
        """
        total: dict[int, Fraction] = {}
        for mask, value in terms.items() if isinstance(terms, Mapping) else terms:
            if not 0 <= mask < cube.size:
                raise BadInput(f"monomial {monomial(max(mask, 0))} uses a variable beyond x{cube.n - 1}")
            total[mask] = total.get(mask, Fraction(0)) + _rational(value)
        return cls(cube, tuple(sorted(((m, c) for m, c in total.items() if c), key=lambda term: _order(term[0]))))

    @classmethod
    def from_expr(cls, expr: sympy.Expr, cube: Cube, symbols: Sequence[sympy.Symbol] | None = None) -> Multilinear:
        """Return the polynomial that a SymPy expression is on the cube, powers reduced.

        `symbols` are the inputs in order, `inputs(n)` unless given. Raises BadInput if the expression is not a SymPy
        expression, holds a float or another symbol, or is not a polynomial over QQ.
        """
        if not isinstance(expr, (sympy.Expr, int)) or isinstance(expr, bool):
            raise BadInput(f"{expr!r} is not a SymPy expression: build it from workbench.inputs({cube.n})")
        given = tuple(symbols) if symbols is not None else inputs(cube.n)
        if len(given) != cube.n:
            raise BadInput(f"{len(given)} symbols for {cube.n} inputs: give one for each")
        if len(set(given)) < len(given) or not all(isinstance(s, sympy.Symbol) for s in given):
            raise BadInput(f"symbols {given} repeat, or are not SymPy symbols: give each input one symbol")
        try:
            if isinstance(expr, sympy.Expr) and expr.has(sympy.Float):
                raise sympy.PolynomialError
            poly = sympy.Poly(expr, *(given or (sympy.Dummy(),)), domain="QQ")
        except (sympy.PolynomialError, sympy.CoercionFailed):
            names = ", ".join(map(str, given)) or "no variables"
            raise BadInput(f"{expr} is not a polynomial over QQ in {names}{_look_alike(expr, given)}") from None
        reduced = ((cls._reduce(powers, cube), _rational(c)) for powers, c in poly.terms())
        return cls.from_terms(reduced, cube)

    @staticmethod
    def _reduce(powers: Sequence[int], cube: Cube) -> int:
        kept = (p % 2 if cube.inputs == "pm1" else min(p, 1) for p in powers)
        return sum(1 << i for i, p in enumerate(kept) if p)

    @classmethod
    def from_values(cls, values: Sequence[Exact], cube: Cube) -> Multilinear:
        """Return the only multilinear polynomial with these 2^n values, in the order of the points.

        Raises BadInput if the number of values is not 2^n.
        """
        if len(values) != cube.size:
            raise BadInput(f"{len(values)} values for the {cube.size} points of {cube.name}")
        work = [_rational(v) for v in values]
        half = cube.inputs == "pm1"
        for i in range(cube.n):
            step = 1 << i
            for k in range(cube.size):
                if not k & step:
                    a, b = work[k], work[k | step]
                    work[k], work[k | step] = ((a + b) / 2, (b - a) / 2) if half else (a, b - a)
        return cls.from_terms(enumerate(work), cube)

    @property
    def coefficients(self) -> dict[tuple[int, ...], Fraction]:
        """The coefficient of each monomial that occurs, keyed by variable indices."""
        return {monomial(mask): c for mask, c in self.terms}

    @property
    def degree(self) -> int:
        """The largest size of a monomial that occurs; -1 for the zero polynomial."""
        return max((mask.bit_count() for mask, _ in self.terms), default=-1)

    @property
    def density(self) -> Fraction:
        """The share of the monomials of degree <= `degree` that occur (0 for the zero polynomial)."""
        possible = sum(comb(self.cube.n, k) for k in range(self.degree + 1))
        return Fraction(len(self.terms), possible) if possible else Fraction(0)

    @property
    def norm(self) -> Fraction:
        """The sum of the absolute coefficients, which bounds every value on the cube."""
        return sum((abs(c) for _, c in self.terms), Fraction(0))

    def __add__(self, other: Multilinear) -> Multilinear:
        self._same_cube(other)
        return self.from_terms(self.terms + other.terms, self.cube)

    def __neg__(self) -> Multilinear:
        return Multilinear(self.cube, tuple((mask, -c) for mask, c in self.terms))

    def __sub__(self, other: Multilinear) -> Multilinear:
        return self + -other

    def __mul__(self, other: Multilinear) -> Multilinear:
        self._same_cube(other)
        signs = self.cube.inputs == "pm1"
        product = ((a ^ b if signs else a | b, c * d) for a, c in self.terms for b, d in other.terms)
        return self.from_terms(product, self.cube)

    def _same_cube(self, other: object) -> None:
        if not isinstance(other, Multilinear):
            raise BadInput(f"{other!r} is not a Multilinear: write a constant c as Multilinear.from_terms({{0: c}}, cube)")
        if self.cube != other.cube:
            raise BadInput(f"polynomials on {self.cube.name} and {other.cube.name}: convert one with `on`")

    def at(self, point: Sequence[object]) -> Fraction:
        """Return the value at a point of the cube.

        Raises BadInput if the point is not one of the cube's.
        """
        index = self.cube.index(point)
        return sum((c * self._character(mask, index) for mask, c in self.terms), Fraction(0))

    def _character(self, mask: int, index: int) -> int:
        missing = (mask & ~index).bit_count()
        return (-1) ** missing if self.cube.inputs == "pm1" else int(not missing)

    def values(self) -> tuple[Fraction, ...]:
        """Return the values at all points, in their order, by an exact fast transform.

        Raises BadInput if the arity exceeds the table limit.
        """
        arity(self.cube.n)
        scale = self.denominator
        work = [0] * self.cube.size
        for mask, c in self.terms:
            work[mask] = int(c * scale)
        signs = self.cube.inputs == "pm1"
        for i in range(self.cube.n):
            step = 1 << i
            for k in range(self.cube.size):
                if not k & step:
                    a, b = work[k], work[k | step]
                    work[k], work[k | step] = (a - b if signs else a), a + b
        return tuple(Fraction(v, scale) for v in work)

    @property
    def denominator(self) -> int:
        """The least positive integer that makes every coefficient an integer."""
        return lcm(*(c.denominator for _, c in self.terms))

    def primitive(self) -> Multilinear:
        """Return the positive multiple with coprime integer coefficients (the zero polynomial unchanged)."""
        scale = self.denominator
        whole = [c.numerator * (scale // c.denominator) for _, c in self.terms]
        content = gcd(*whole) or 1
        return Multilinear(self.cube, tuple((mask, Fraction(c // content)) for (mask, _), c in zip(self.terms, whole, strict=True)))

    def on(self, cube_inputs: str) -> Multilinear:
        """Return the same function of the same bits, written for the other convention (x = 2b - 1).

        >>> Multilinear.from_expr(inputs(1)[0], Cube(1)).on("01")
        Multilinear(2*x0 - 1 on {0, 1}^1)
        """
        target = Cube(self.cube.n, cube_inputs)
        if target == self.cube:
            return self
        half = Fraction(1, 2)
        high, low = (Fraction(2), Fraction(-1)) if cube_inputs == "01" else (half, half)
        expanded: dict[int, Fraction] = {}
        for mask, c in self.terms:
            sub = mask
            while True:
                part = c * high ** sub.bit_count() * low ** (mask ^ sub).bit_count()
                expanded[sub] = expanded.get(sub, Fraction(0)) + part
                if not sub:
                    break
                sub = (sub - 1) & mask
        return self.from_terms(expanded, target)

    def as_expr(self, symbols: Sequence[sympy.Symbol] | None = None) -> sympy.Expr:
        """Return the SymPy expression in `symbols` (`inputs(n)` unless given)."""
        given = tuple(symbols) if symbols is not None else inputs(self.cube.n)
        parts = [
            sympy.Rational(c.numerator, c.denominator) * sympy.Mul(*(given[i] for i in monomial(mask))) for mask, c in self.terms
        ]
        return sympy.Add(*parts)

    def _shown(self) -> tuple[sympy.Expr, int]:
        kept = self.terms[-SHOWN_TERMS:]
        return Multilinear(self.cube, kept).as_expr(), len(self.terms) - len(kept)

    def __repr__(self) -> str:
        expr, hidden = self._shown()
        rest = f" + {hidden:,} more terms" if hidden else ""
        return f"Multilinear({expr}{rest} on {self.cube.name})"

    def _repr_latex_(self) -> str:
        expr, hidden = self._shown()
        rest = rf" + \cdots\ ({hidden:,}\ \text{{more}})" if hidden else ""
        return f"${sympy.latex(expr)}{rest}$"
