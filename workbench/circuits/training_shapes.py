"""Shapes of networks to be trained: layers of threshold units, with or without gates, with or without skip connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.domain import convention
from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import Synapse, Unit, output

DEPTH, WIDTH, FACTORS, INPUTS = 8, 64, 64, 10
TRANSFER = {"01": "threshold", "pm1": "sign"}
Integers = Sequence[Sequence[Sequence[Sequence[int]]]]


@dataclass(frozen=True)
class Shape:
    """Layers of `widths` units, the last one unit; each unit of layer l is a product of `factors[l]` threshold units.

    The first factor is the attended unit, the others are its gates, computed in the same layer; 1 means no gate. Units have outputs
    0 and 1, or -1 and 1; inputs are -1 and 1. With `skip`, every layer reads the inputs beside the layer before it.
    Raises BadInput beyond 8 layers, 64 units or factors, and 10 inputs.

    >>> shape = Shape(3, widths=(4, 1), factors=(2, 1))
    >>> shape.depth, shape.units, shape.gatings, shape.parameters
    (2, 9, 4, 37)
    >>> Shape(3, widths=(4, 2), factors=(1, 1))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: widths (4, 2) do not end in 1: a network has one output unit
    """

    n: int
    widths: tuple[int, ...]
    factors: tuple[int, ...]
    outputs: str = "pm1"
    skip: bool = False

    def __post_init__(self) -> None:
        convention(self.outputs)
        _within("n", self.n, INPUTS)
        _within("depth", len(self.widths), DEPTH)
        for width in self.widths:
            _within("width", width, WIDTH)
        for factor in self.factors:
            _within("factors", factor, FACTORS)
        if self.widths[-1] != 1:
            raise BadInput(f"widths {self.widths} do not end in 1: a network has one output unit")
        if len(self.factors) != len(self.widths):
            raise BadInput(f"{len(self.factors)} numbers of factors for {len(self.widths)} layers: give one for each layer")

    @classmethod
    def standard(cls, n: int, depth: int, width: int = 1, *, outputs: str = "pm1", skip: bool = False) -> Shape:
        """Return the shape of the standard model: `depth` - 1 layers of `width` units and an output unit, no gates."""
        return cls(n, _widths(depth, width), (1,) * depth, outputs, skip)

    @classmethod
    def gated(cls, n: int, depth: int, width: int = 1, *, factors: int = 2, outputs: str = "pm1", skip: bool = False) -> Shape:
        """Return the shape in which each hidden unit is a product of `factors`; at depth 1 the output unit is.

        >>> Shape.gated(2, 2, 3).factors, Shape.gated(2, 1).factors
        ((2, 1), (2,))
        """
        return cls(n, _widths(depth, width), (factors,) * (depth - 1) + (1 if depth > 1 else factors,), outputs, skip)

    @property
    def depth(self) -> int:
        """The number of layers of units; a product adds none."""
        return len(self.widths)

    @property
    def fan_in(self) -> tuple[int, ...]:
        """The number of sources of a unit, by layer, the bias not among them."""
        return (self.n, *(width + self.n * self.skip for width in self.widths[:-1]))

    @property
    def units(self) -> int:
        """The number of threshold units, gates included."""
        return sum(w * f for w, f in zip(self.widths, self.factors, strict=True))

    @property
    def gatings(self) -> int:
        """The number of products of two outputs."""
        return self.units - sum(self.widths)

    @property
    def parameters(self) -> int:
        """The number of weights and biases."""
        return sum(w * f * (fan + 1) for w, f, fan in zip(self.widths, self.factors, self.fan_in, strict=True))

    @property
    def model(self) -> str:
        """standard, skip, or gated with the outputs that are multiplied."""
        gated = f"gated {self.outputs}" if self.gatings else ""
        return " ".join(filter(None, (gated, "skip" * self.skip))) or "standard"

    def network(self, weights: Integers) -> Network:
        """Return the network with these integer weights, [layer][unit][factor][source], the bias last; zeros are left out.

        Raises BadInput if they do not fit the shape.

        >>> gate = Shape.gated(2, 1).network([[[[1, 1, 1], [1, 1, -1]]]])
        >>> gate, gate.function("pm1").table, gate.depth
        (Network(x0, x1 -> f; 2 units, 4 wires), 9, 1)
        """
        inputs = [f"x{i}" for i in range(self.n)]
        units: list[Unit] = []
        below = inputs
        for layer, rows in enumerate(_fitting(self, weights)):
            names = ["f"] if layer == self.depth - 1 else [f"h{layer}_{u}" for u in range(len(rows))]
            for name, factors in zip(names, rows, strict=True):
                units += self._unit(name, below, factors)
            below = names + inputs * self.skip
        return Network.of(inputs, units, ["f"])

    def _unit(self, name: str, sources: Sequence[str], factors: Sequence[Sequence[int]]) -> list[Unit]:
        """An attended unit and its gates."""
        gates = [f"{name}_gate{k}" for k in range(1, len(factors))]
        built = []
        for label, (*row, bias) in zip([name, *gates], factors, strict=True):
            synapses = tuple(Synapse(source, w) for source, w in zip(sources, row, strict=True) if w)
            signals = tuple(map(output, gates)) if label == name else ()
            built.append(Unit(label, TRANSFER[self.outputs], synapses, bias, output_gates=signals))
        return built

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "n": self.n,
            "widths": list(self.widths),
            "factors": list(self.factors),
            "outputs": self.outputs,
            "skip": self.skip,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Shape:
        """Return the shape that `as_json` wrote."""
        return cls(body["n"], tuple(body["widths"]), tuple(body["factors"]), body["outputs"], body["skip"])

    def __str__(self) -> str:
        layers = "-".join(str(w) + f"x{f}" * (f > 1) for w, f in zip(self.widths, self.factors, strict=True))
        return f"{self.n}-{layers} {self.outputs}{' skip' * self.skip}"


def _widths(depth: int, width: int) -> tuple[int, ...]:
    _within("depth", depth, DEPTH)
    return (width,) * (depth - 1) + (1,)


def _within(name: str, value: int, limit: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= limit:
        raise BadInput(f"{name} {value!r} is not an integer from 1 to {limit}")


def _fitting(shape: Shape, weights: Integers) -> Integers:
    wanted = [(w, f, fan + 1) for w, f, fan in zip(shape.widths, shape.factors, shape.fan_in, strict=True)]
    sizes = {(len(rows), len(factors), len(row)) for rows in weights for factors in rows for row in factors}
    given = [{(len(rows), len(factors), len(row)) for factors in rows for row in factors} for rows in weights]
    if given != [{size} for size in wanted]:
        raise BadInput(f"weights of sizes {sorted(sizes)} for layers of {wanted}: units, factors, sources and bias")
    return weights
