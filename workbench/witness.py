"""The two answers to "is it a threshold function?": integer weights, or a combination of points that excludes all weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from workbench import schema
from workbench.domain import Cube, bits_of, place, sign_of
from workbench.errors import BadInput, Rejected
from workbench.poly import Multilinear, mask_of, monomial, monomials
from workbench.schema import Fields
from workbench.threshold import BooleanFunction, shown_table

SHOWN_ITEMS = 16  # a display shows this many monomials, weights or points and counts the rest


@dataclass(frozen=True)
class SignRepresentation:
    """Integer weights on monomials of +-1 inputs whose signed sum has the sign of f at every point: f is a PTF of this degree.

    >>> both = SignRepresentation(2, 0b1000, 1, ((), (0,), (1,)), (-1, 1, 1))
    >>> both.check()
    >>> SignRepresentation(2, 0b0110, 1, ((), (0,), (1,)), (-1, 1, 1)).check()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the weighted sum is -1 where the function is 1, at point 1 = (1, -1)
    """

    type: ClassVar[str] = "sign_representation"
    soundness: ClassVar[str] = "sign_representation_shows_threshold"
    n: int
    table: int
    degree: int
    monomials: tuple[tuple[int, ...], ...]
    weights: tuple[int, ...]

    def check(self) -> None:
        """Raise Rejected unless the weights represent the table in the degree."""
        function = BooleanFunction(self.n, self.table)
        if len(self.weights) != len(self.monomials):
            raise Rejected(f"{len(self.weights)} weights for {len(self.monomials)} monomials")
        if long := [m for m in self.monomials if len(m) > self.degree]:
            raise Rejected(f"monomial {list(long[0])} exceeds degree {self.degree}")
        cube = Cube(self.n)
        polynomial = Multilinear.from_terms(((mask_of(m), w) for m, w in zip(self.monomials, self.weights, strict=True)), cube)
        for k, (value, bit) in enumerate(zip(polynomial.values(), function.bits, strict=True)):
            if sign_of(value) != 2 * bit - 1:
                raise Rejected(f"the weighted sum is {value} where the function is {2 * bit - 1}", place=place(cube, k))

    def __repr__(self) -> str:
        listed = f"monomials={_listed(self.monomials)}, weights={_listed(self.weights)}"
        return f"SignRepresentation(n={self.n}, table={shown_table(self.table)}, degree={self.degree}, {listed})"

    @property
    def subject(self) -> tuple[int, int, int]:
        """What it is about: (n, table, degree)."""
        return self.n, self.table, self.degree

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return _about(self) | {"monomials": [list(m) for m in self.monomials], "weights": list(self.weights)}

    @classmethod
    def of(cls, fields: Fields) -> SignRepresentation:
        """Return the certificate with these fields."""
        n, table, degree = _read_about(fields)
        shape = fields.items("monomials", schema.integers)
        masks = [mask_of(m) for m in shape]
        if len(set(masks)) < len(masks) or any(m >= 1 << n for m in masks):
            raise BadInput(f"monomials repeat or use a variable beyond x{n - 1}")
        return cls(n, table, degree, shape, schema.integers(fields.take("weights", list)))

    @classmethod
    def lie(cls) -> SignRepresentation:
        """Return a false certificate: weights for XOR."""
        return cls(2, 0b0110, 1, ((), (0,), (1,)), (1, 1, 1))


@dataclass(frozen=True)
class DualWitness:
    """Positive integers mu on points with sum mu(x) f(x) m(x) = 0 for every monomial m of the degree: f is no PTF of it.

    Keys of `witness` are point numbers. Source: P. Gordan, Ueber die Aufloesung linearer Gleichungen mit reellen
    Coefficienten, 1873 (the theorem of the alternative); sound without it, see the claim named under `soundness`.

    >>> DualWitness(2, 0b0110, 1, ((0, 1), (1, 1), (2, 1), (3, 1))).check()
    >>> DualWitness(2, 0b1000, 1, ((0, 1), (3, 1))).check()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the signed sum is 2, at monomial [0]
    """

    type: ClassVar[str] = "dual_witness"
    soundness: ClassVar[str] = "dual_witness_excludes_threshold"
    n: int
    table: int
    degree: int
    witness: tuple[tuple[int, int], ...]

    def check(self) -> None:
        """Raise Rejected unless the combination is positive somewhere, negative nowhere, and vanishes on every monomial."""
        cube = Cube(self.n)
        bits = bits_of(BooleanFunction(self.n, self.table).table, self.n)
        if not self.witness:
            raise Rejected("the combination is empty")
        if type(self.degree) is not int or self.degree < 0:
            raise Rejected(f"degree {self.degree!r} is not a non-negative integer")
        for k, multiplicity in self.witness:
            if type(k) is not int or not 0 <= k < cube.size:
                raise Rejected(f"point {k!r} is not an integer from 0 to {cube.size - 1}")
            if type(multiplicity) is not int:  # a machine integer wraps around, a float rounds: either sum can vanish by mistake
                raise Rejected(f"multiplicity {multiplicity!r} is not an integer", place=place(cube, k))
            if multiplicity <= 0:
                raise Rejected(f"multiplicity {multiplicity} is not positive", place=place(cube, k))
        signed = [(k, multiplicity * (2 * bits[k] - 1)) for k, multiplicity in self.witness]
        for mask in monomials(self.n, self.degree):
            total = sum(s * (-1) ** (mask & ~k).bit_count() for k, s in signed)
            if total:
                raise Rejected(f"the signed sum is {total}", place=f"monomial {list(monomial(mask))}")

    def __repr__(self) -> str:
        return f"DualWitness(n={self.n}, table={shown_table(self.table)}, degree={self.degree}, witness={_listed(self.witness)})"

    @property
    def subject(self) -> tuple[int, int, int]:
        """What it is about: (n, table, degree)."""
        return self.n, self.table, self.degree

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return _about(self) | {"witness": {str(k): m for k, m in self.witness}}

    @classmethod
    def of(cls, fields: Fields) -> DualWitness:
        """Return the certificate with these fields."""
        n, table, degree = _read_about(fields)
        inner = Fields(fields.take("witness", dict), "a witness")
        points = {str(k): k for k in range(1 << n)}
        pairs = tuple((points[key], inner.integer(key, low=-(10**2000))) for key in list(inner.data) if key in points)
        inner.end()
        return cls(n, table, degree, pairs)

    @classmethod
    def lie(cls) -> DualWitness:
        """Return a false certificate: a combination for AND that does not vanish."""
        return cls(2, 0b1000, 1, ((0, 1), (3, 1)))


def _listed(items: tuple[Any, ...]) -> str:
    if len(items) <= SHOWN_ITEMS:
        return repr(items)
    return f"({', '.join(map(repr, items[:SHOWN_ITEMS]))}, ... {len(items) - SHOWN_ITEMS:,} more)"


def _about(certificate: SignRepresentation | DualWitness) -> dict[str, Any]:
    return {"n": certificate.n, "table": hex(certificate.table), "degree": certificate.degree}


def _read_about(fields: Fields) -> tuple[int, int, int]:
    n = fields.integer("n", low=0, high=12)
    return n, fields.table("table", n), fields.integer("degree", low=0, high=n)
