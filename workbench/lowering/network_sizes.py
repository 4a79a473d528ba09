"""How large the numbers are that a network forms at points of {-1, 0, 1}^n, unit by unit: from this its exactness is decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

import sympy

from workbench.lowering.precision import LIMITS, Exactness
from workbench.network import Network, Node, Signal, Synapse, Unit, Value


class Size(NamedTuple):
    """All values are integers of absolute value at most `top`, over `denominator`, a power of two."""

    top: int
    denominator: int = 1


class Rounds(Exception):
    """Something is rounded, or is not known; the message says what."""


def exactness(network: Network, dtype: str) -> Exactness:
    """Return whether a network is exact in this type at points whose coordinates are -1, 0 or 1.

    >>> from fractions import Fraction
    >>> from workbench.network import affine
    >>> print(exactness(Network.of(["x", "y"], [affine("f", {"x": 3, "y": Fraction(1, 2)})], ["f"]), "float32"))
    exact: dyadic fractions with numerators up to 7 <= 2**24 at points of {-1, 0, 1}^2
    >>> print(exactness(Network.of(["x"], [affine("f", {"x": 1}, transfer="tanh")], ["f"]), "float64"))
    inexact: tanh rounds
    """
    limit = LIMITS[dtype]
    power = f"2**{(limit + 1).bit_length() - 1}" + ("" if limit & 1 == 0 else " - 1")
    sizes = _Sizes(network)
    try:
        sizes.run()
    except Rounds as rounds:
        return Exactness(False, None, limit, str(rounds))
    kind = "integers" if sizes.whole else "dyadic fractions with numerators"
    if sizes.largest > limit:
        better = " (lower with dtype='float64')" if dtype == "float32" and sizes.largest <= LIMITS["float64"] else ""
        return Exactness(False, sizes.largest, limit, f"{kind} up to {sizes.largest} > {power}{better}")
    at = f"at points of {{-1, 0, 1}}^{len(network.inputs)}"
    return Exactness(True, sizes.largest, limit, f"{kind} up to {sizes.largest} <= {power} {at}")


def reached(network: Network) -> frozenset[Node]:
    """Return the variables that the outputs depend on."""
    found: set[Node] = {("O", name) for name in network.outputs}
    for node, needs in reversed(network.schedule):
        if node in found:
            found.update(needs)
    return frozenset(found)


class _Sizes:
    """The size of each variable, the largest numerator formed so far, and whether all values are integers."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.sizes: dict[Node, Size] = {("O", name): Size(1) for name in network.inputs}
        self.largest, self.whole = 1, True

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
        self.largest, self.whole = max(self.largest, size.top), self.whole and size.denominator == 1
        return size

    def _sum(self, terms: Iterable[tuple[Value, Size]]) -> Size:
        parts = []
        scale = 1
        for weight, size in terms:
            top, denominator = _ratio(weight, "a coefficient whose denominator is not a power of two")
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
        top, denominator = _ratio(synapse.weight, f"the constant {synapse.weight}")
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
        if unit.transfer in ("logistic", "tanh", "exp", "softmax"):
            raise Rounds(f"{'exp' if unit.group else unit.transfer} rounds")
        return activation if unit.transfer in ("identity", "relu") else Size(1)


def _ratio(weight: Value, spoken: str) -> tuple[int, int]:
    if isinstance(weight, sympy.Expr):
        raise Rounds(f"the weight {weight} " + ("is a symbol" if weight.free_symbols else "rounds"))
    top, denominator = weight.as_integer_ratio()
    if denominator & (denominator - 1):
        raise Rounds(f"{spoken} rounds")
    return top, denominator
