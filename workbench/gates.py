"""Chains of Boolean gates as growing formulas, and the functions on words that they specify."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.clauses import Clause
from workbench.errors import BadInput

VARIABLE_LIMIT = 200_000
TRUE, FALSE = 1, -1  # variable 1 is true

Specification = Callable[["Gates", Sequence[int]], Sequence[int]]


@dataclass
class Gates:
    """A growing formula, with variables for inputs and gates; equal gates are built once.

    >>> gates = Gates()
    >>> x, y = gates.new(), gates.new()
    >>> gates.conjunction(x, y), gates.conjunction(y, x), gates.conjunction(x, FALSE), len(gates.clauses)
    (4, 4, -1, 5)
    """

    clauses: list[Clause] = field(default_factory=lambda: [(TRUE,)])
    size: int = 1
    built: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def new(self) -> int:
        """Return a new variable. Raises BadInput beyond 200,000."""
        if self.size >= VARIABLE_LIMIT:
            raise BadInput(f"the formula has over {VARIABLE_LIMIT} variables: take smaller weights or fewer inputs")
        self.size += 1
        return self.size

    def require(self, *literals: int) -> None:
        """Add the clause of these literals, without those that are always false, unless it always holds."""
        clause = tuple(dict.fromkeys(x for x in literals if x != FALSE))
        if TRUE not in clause and not any(-x in clause for x in clause):
            self.clauses.append(clause)

    def choice(self, s: int, x: int, y: int) -> int:
        """Return a literal equal to x where s is true, and to y elsewhere."""
        if x == y or s == TRUE:
            return x
        if s == FALSE:
            return y
        if (x, y) in ((TRUE, FALSE), (FALSE, TRUE)):
            return s * x
        if (s, x, y) not in self.built:
            g = self.built[s, x, y] = self.new()
            for clause in ((-s, -x, g), (-s, x, -g), (s, -y, g), (s, y, -g), (-x, -y, g), (x, y, -g)):
                self.require(*clause)
        return self.built[s, x, y]

    def conjunction(self, x: int, y: int) -> int:
        """Return a literal that is true where both are."""
        x, y = sorted((x, y), key=abs)
        return x if x == y else FALSE if x == -y else self.choice(y, x, FALSE)

    def disjunction(self, x: int, y: int) -> int:
        """Return a literal that is true where at least one is."""
        return -self.conjunction(-x, -y)

    def parity(self, x: int, y: int) -> int:
        """Return a literal that is true where exactly one is."""
        x, y = sorted((x, y), key=abs)
        return self.choice(y, -x, x)


def _halves(bits: Sequence[int]) -> list[tuple[int, int]]:
    if len(bits) % 2:
        raise BadInput(f"{len(bits)} inputs are not two words of one length")
    return list(zip(bits[: len(bits) // 2], bits[len(bits) // 2 :], strict=True))


def equality(gates: Gates, bits: Sequence[int]) -> list[int]:
    """Return whether two words are equal: the AND of the equalities of their bits, from the lowest."""
    equal = TRUE
    for x, y in _halves(bits):
        equal = gates.conjunction(equal, -gates.parity(x, y))
    return [equal]


def comparison(gates: Gates, bits: Sequence[int]) -> list[int]:
    """Return whether the first word exceeds the second: the highest bit in which they differ decides."""
    more = FALSE
    for x, y in _halves(bits):
        more = gates.disjunction(gates.conjunction(x, -y), gates.conjunction(-gates.parity(x, y), more))
    return [more]


def addition(gates: Gates, bits: Sequence[int]) -> list[int]:
    """Return the bits of the sum of two words, the carry last: a chain of full adders."""
    total, carry = [], FALSE
    for x, y in _halves(bits):
        half = gates.parity(x, y)
        total.append(gates.parity(half, carry))
        carry = gates.disjunction(gates.conjunction(x, y), gates.conjunction(half, carry))
    return [*total, carry]


def parity(gates: Gates, bits: Sequence[int]) -> list[int]:
    """Return whether the number of bits that are on is odd: a chain of XOR gates."""
    odd = FALSE
    for x in bits:
        odd = gates.parity(odd, x)
    return [odd]


SPECIFICATIONS: Mapping[str, Specification] = {f.__name__: f for f in (equality, comparison, addition, parity)}
