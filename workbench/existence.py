"""The formula that has a model if a circuit of an architecture computes a function.

A unit that reads m bits is a table t of 2^m variables. The table of a threshold function has no points x + y = u + v (as vectors of
integers) with t(x) = t(y) = 1 and t(u) = t(v) = 0: the activations at x and y have the sum of those at u and v, and both of the
former are above both of the latter. Such clauses are all that is asked of a table; so a circuit gives a model, and a formula
without models shows that there is no circuit. (Up to eight bits they also suffice for a threshold function, which only the search
for circuits makes use of.) Tables are linked by what each unit gives at each point of the cube.

Two choices cost nothing, the second made after the first:

- A unit may be replaced by its negation where only tables read the effect, and absorb it: any unit of an inner layer, except for
  outputs 0 and 1 one that gates or is gated. With outputs -1 and 1, negating two factors of the last product changes nothing.
  So such units give 0 at the first point; of the last product all factors but unit 0.
- Units of an inner layer with the same gate that gate nothing may change places, as may the factors of the last product (other than
  unit 0 for outputs -1 and 1). So they come in ascending order of what they give at the points, the first point foremost.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations_with_replacement, pairwise
from typing import NamedTuple

from workbench.architectures import Architecture, Layer
from workbench.clauses import Clause
from workbench.errors import BadInput

BITS_LIMIT = 8  # that a unit reads; its clauses are about 3 ** bits times 2 ** bits / 4

Column = range  # variables, one for each point


@cache
def balanced(bits: int) -> tuple[tuple[int, int, int, int], ...]:
    """Return the points (x, y, u, v) with x + y = u + v, {x, y} other than {u, v}.

    >>> balanced(2), len(balanced(4))
    (((0, 3, 1, 2), (1, 2, 0, 3)), 200)
    """
    sums: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for x, y in combinations_with_replacement(range(1 << bits), 2):
        sums.setdefault((x & y, x | y), []).append((x, y))  # both are 1 at the coordinates where x + y is 2, one at 1 and 2
    return tuple((*one, *other) for pairs in sums.values() for one in pairs for other in pairs if one != other)


class Existence(NamedTuple):
    """The clauses, and what each unit gives, layer after layer, before its gate: a variable for each point."""

    clauses: tuple[Clause, ...]
    columns: tuple[Column, ...]


def existence(n: int, table: int, architecture: Architecture, *, skip: bool, outputs: str) -> Existence:
    """Return the formula for a function of n inputs; the same arguments give the same clauses in the same order.

    Raises BadInput for a unit that reads more than eight bits.

    >>> len(existence(2, 0b0110, ((None,),), skip=False, outputs="01").clauses)
    6
    """
    formula = Formula(n)
    units: list[Column] = []
    earlier: list[Column] = []
    for number, layer in enumerate(architecture):
        columns = [formula.unit(earlier, inputs=skip or number == 0) for _ in layer]
        formula.choose(columns, layer, last=number == len(architecture) - 1, signs=outputs == "pm1")
        units += columns
        read = formula.gated(columns, layer, outputs)
        earlier = earlier + read if skip else read
    output = read[0]
    formula.clauses += [(variable if table >> point & 1 else -variable,) for point, variable in enumerate(output)]
    return Existence(tuple(formula.clauses), tuple(units))


class Formula:
    """Clauses about circuits of n inputs, as they are put together."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.points = range(1 << n)
        self.clauses: list[Clause] = []
        self.variables = 0

    def new(self, count: int) -> range:
        """Return new variables."""
        self.variables += count
        return range(self.variables - count + 1, self.variables + 1)

    def unit(self, sources: list[Column], *, inputs: bool) -> Column:
        """Return what a new unit gives at each point, if it reads these columns, and the inputs as well if so stated."""
        shift = self.n if inputs else 0
        if (bits := shift + len(sources)) > BITS_LIMIT:
            raise BadInput(f"a unit of {bits} bits > {BITS_LIMIT}: ask for fewer units or inputs")
        table = self.new(1 << bits)
        for x, y, u, v in balanced(bits):
            self.clauses.append(tuple(dict.fromkeys((-table[x], -table[y], table[u], table[v]))))
        if not sources:
            return table
        column = self.new(len(self.points))
        for point in self.points:
            for k in range(1 << len(sources)):
                other = tuple(-s[point] if k >> i & 1 else s[point] for i, s in enumerate(sources))
                entry = table[k << self.n | point if inputs else k]
                self.clauses += [(*other, -column[point], entry), (*other, column[point], -entry)]
        return column

    def gated(self, columns: list[Column], layer: Layer, outputs: str) -> list[Column]:
        """Return the outputs of a layer: each column, or its product with the output of its gate."""
        found: dict[int, Column] = {i: c for i, (c, gate) in enumerate(zip(columns, layer, strict=True)) if gate is None}
        while len(found) < len(layer):
            for i, gate in enumerate(layer):
                if i not in found and gate in found:
                    found[i] = self.product(columns[i], found[gate], outputs)
        return [found[i] for i in range(len(layer))]

    def product(self, left: Column, right: Column, outputs: str) -> Column:
        """Return the product of two columns at each point."""
        column = self.new(len(self.points))
        for a, b, c in zip(left, right, column, strict=True):
            if outputs == "01":
                self.clauses += [(a, -c), (b, -c), (-a, -b, c)]
            else:
                self.clauses += [(a, b, c), (a, -b, -c), (-a, b, -c), (-a, -b, c)]
        return column

    def choose(self, columns: list[Column], layer: Layer, *, last: bool, signs: bool) -> None:
        """Make the two choices that cost nothing, in a layer of units that give these columns."""
        leaves = [i for i in range(len(layer)) if i not in layer]
        if last:
            negated, alike = range(1, len(layer)) if signs else [], [list(range(signs, len(layer)))]
        else:
            negated = range(len(layer)) if signs else [i for i in leaves if layer[i] is None]
            alike = [[i for i in leaves if layer[i] == gate] for gate in dict.fromkeys(layer)]
        self.clauses += [(-columns[i][0],) for i in negated]
        for i, j in (pair for group in alike for pair in pairwise(group)):
            self.ascending(columns[i], columns[j])

    def ascending(self, low: Column, high: Column) -> None:
        """Ask that the first point where two columns differ, if any, is 0 in the first and 1 in the second."""
        same: tuple[int, ...] = ()
        for a, b, equal in zip(low, high, self.new(len(self.points)), strict=True):
            self.clauses += [(*same, -a, b), (*same, a, b, equal), (*same, -a, -b, equal)]
            same = (-equal,)
