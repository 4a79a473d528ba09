"""How large the numbers are that a network forms, unit by unit: from this its exactness is decided, and what could overflow."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import prod
from typing import NamedTuple

import sympy

from workbench.errors import BadInput
from workbench.lowering.precision import FINEST, LIMITS, Exactness
from workbench.network import Network
from workbench.units import SMOOTH_TRANSFERS, Node, Signal, Synapse, Unit, Value

BEYOND = 1 << 1024  # past every number type, and squared again and again a size soon fills the memory
LONGEST = 10**20  # larger numbers are spoken of by their size


class Size(NamedTuple):
    """All values are integers of absolute value at most `top`, over `denominator`, a power of two."""

    top: int
    denominator: int = 1


class Rounds(Exception):
    """Something is rounded, or is not known; the message says what."""


def exactness(network: Network, dtype: str) -> Exactness:
    """Return whether a network is exact in this type at points whose coordinates are -1, 0 or 1.

    >>> from fractions import Fraction
    >>> from workbench.units import affine
    >>> print(exactness(Network.of(["x", "y"], [affine("f", {"x": 3, "y": Fraction(1, 2)})], ["f"]), "float32"))
    exact: dyadic fractions with numerators up to 7 <= 2**24 at points of {-1, 0, 1}^2
    >>> print(exactness(Network.of(["x"], [affine("f", {"x": 1}, transfer="tanh")], ["f"]), "float64"))
    inexact: tanh rounds
    """
    limit = LIMITS[dtype]
    power = f"2**{(limit + 1).bit_length() - 1}" + ("" if limit & 1 == 0 else " - 1")
    sizes = _Sizes(network, dtype)
    try:
        sizes.run()
    except Rounds as rounds:
        return Exactness(False, None, limit, str(rounds))
    kind = "integers" if sizes.whole else "dyadic fractions with numerators"
    if sizes.largest > limit:
        better = " (lower with dtype='float64')" if dtype == "float32" and sizes.largest <= LIMITS["float64"] else ""
        return Exactness(False, sizes.largest, limit, f"{kind} up to {spoken(sizes.largest)} > {power}{better}")
    at = f"at points of {{-1, 0, 1}}^{len(network.inputs)}"
    return Exactness(True, sizes.largest, limit, f"{kind} up to {sizes.largest} <= {power} {at}")


def radius(network: Network, dtype: str) -> int:
    """Return the largest R for which a network without symbols forms no integer beyond an integer type where all |x_i| <= R.

    R is at most the largest integer of the type, and -1 if even the point 0 may lead beyond it.

    >>> from workbench.units import affine
    >>> radius(Network.of(["x"], [affine("f", {"x": 1 << 20}, 5)], ["f"]), "int32"), (2**31 - 1 - 5) >> 20
    (2047, 2047)
    """
    if not _fits(network, dtype, 0):
        return -1
    return bisect_left(range(1, LIMITS[dtype] + 1), True, key=lambda reach: not _fits(network, dtype, reach))


def _fits(network: Network, dtype: str, reach: int) -> bool:
    try:
        _Sizes(network, dtype, reach=reach, most=LIMITS[dtype]).run()
    except Rounds:
        return False
    return True


def accept_coordinate(largest: int, radius: int, dtype: str) -> None:
    """Raise BadInput for a coordinate of absolute value `largest` > `radius`, the one beyond which an integer type may overflow.

    >>> accept_coordinate(90_000, 20_724, "int32")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: coordinate 90000 > 20724, beyond which values may pass 2**31 - 1: lower with dtype='int64'
    """
    if largest <= radius:
        return
    power, way_out = (31, "lower with dtype='int64'") if dtype == "int32" else (63, "take net.network.at(point), exact at any size")
    if radius < 0:
        raise BadInput(f"values may pass 2**{power} - 1 even at 0: {way_out}")
    raise BadInput(f"coordinate {largest} > {radius}, beyond which values may pass 2**{power} - 1: {way_out}")


def spoken(value: int | Fraction) -> str:
    """Return a number for a message: itself, or its size if it has more than 20 digits (Python prints no more than 4300).

    >>> spoken(10**6), spoken(Fraction(-1, 3)), spoken(10**5000), spoken(Fraction(-(10**30), 7))
    ('1000000', '-1/3', 'about 2**16609', 'about -2**99/2**2')
    """
    parts = [value.numerator] if value.denominator == 1 else [value.numerator, value.denominator]
    if all(abs(part) < LONGEST for part in parts):
        return str(value)
    return "about " + "/".join(f"{'-' if part < 0 else ''}2**{part.bit_length() - 1}" for part in parts)


def reached(network: Network) -> frozenset[Node]:
    """Return the variables that the outputs depend on."""
    found: set[Node] = {("O", name) for name in network.outputs}
    for node, needs in reversed(network.schedule):
        if node in found:
            found.update(needs)
    return frozenset(found)


class _Sizes:
    """The size of each variable where |x_i| <= `reach`, the largest numerator so far, and whether all values are integers.

    `run` ends at the first number that the type does not hold finely enough, or that is above `most`.
    """

    def __init__(self, network: Network, dtype: str, *, reach: int = 1, most: int = BEYOND) -> None:
        self.network, self.dtype, self.most = network, dtype, most
        self.sizes: dict[Node, Size] = {("O", name): Size(reach) for name in network.inputs}
        self.largest, self.whole = reach, True

    def run(self) -> None:
        used = reached(self.network)
        for node, _ in self.network.schedule:
            if node in used:
                self.sizes[node] = self._size(node)

    def _size(self, node: Node) -> Size:
        unit = self.network.unit(node[1])
        if node[0] == "S":
            return self._activation(unit)
        return self._output(unit) if node[0] == "O" else self._effective(self.network.synapse(node[1], node[2]))

    def _seen(self, size: Size) -> Size:
        if size.top > self.most:
            raise Rounds(f"numbers of {spoken(size.top)} are beyond every number type")
        if size.denominator > FINEST[self.dtype]:
            raise Rounds(f"multiples of 2**-{size.denominator.bit_length() - 1} are not all held by {self.dtype}")
        self.largest, self.whole = max(self.largest, size.top), self.whole and size.denominator == 1
        return size

    def _sum(self, terms: Iterable[tuple[Value, Size]]) -> Size:
        parts = []
        scale = 1
        for weight, size in terms:
            top, denominator = _ratio(weight, "a coefficient")
            parts.append((abs(top) * size.top, denominator * size.denominator))
            scale = max(scale, parts[-1][1])
        return self._seen(Size(sum(top * (scale // denominator) for top, denominator in parts), scale))

    def _product(self, first: Size, signals: Sequence[Size]) -> Size:
        if not signals:
            return first
        factors = (first, *signals)
        return self._seen(Size(prod(f.top for f in factors), prod(f.denominator for f in factors)))

    def _of(self, signals: Sequence[Signal]) -> list[Size]:
        return [self.sizes[signal.node] for signal in signals]

    def _plus(self, size: Size, signals: Sequence[Signal]) -> Size:
        return self._sum((1, s) for s in (size, *self._of(signals))) if signals else size

    def _effective(self, synapse: Synapse) -> Size:
        top, denominator = _ratio(synapse.weight, "the constant")
        own = self._seen(Size(abs(top), denominator))
        return self._product(self._plus(own, synapse.additions), self._of(synapse.gates))

    def _term(self, synapse: Synapse) -> tuple[Value, Size]:
        source = self.sizes["O", synapse.source]
        return (1, self._product(self._effective(synapse), [source])) if synapse.signals else (synapse.weight, source)

    def _activation(self, unit: Unit) -> Size:
        terms = [self._term(synapse) for synapse in unit.synapses]
        terms += [(weight, self.sizes[signal.node]) for weight, signal in unit.additions]
        bias, gates = (unit.bias, Size(1)), self._of(unit.gates)
        if unit.gate_bias or not terms:
            total = self._sum([*terms, bias])
            return self._product(total, gates) if unit.gate_bias else total
        return self._sum([(1, self._product(self._sum(terms), gates)), bias])

    def _output(self, unit: Unit) -> Size:
        fired = self._fired(unit, self.sizes["S", unit.name])
        return self._plus(self._product(fired, self._of(unit.output_gates)), unit.output_additions)

    def _fired(self, unit: Unit, activation: Size) -> Size:
        if unit.transfer in SMOOTH_TRANSFERS:
            raise Rounds(f"{'exp' if unit.group else unit.transfer} rounds")
        return activation if unit.transfer in ("identity", "relu") else Size(1)


def _ratio(weight: Value, role: str) -> tuple[int, int]:
    if isinstance(weight, sympy.Expr):
        raise Rounds(f"the weight {weight} " + ("is a symbol" if weight.free_symbols else "rounds"))
    top, denominator = weight.as_integer_ratio()
    if denominator & (denominator - 1):
        which = spoken(weight) if role == "the constant" else "whose denominator is not a power of two"
        raise Rounds(f"{role} {which} rounds")
    return top, denominator
