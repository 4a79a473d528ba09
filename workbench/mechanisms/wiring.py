"""Pieces that the networks of attention mechanisms are built from: products, dot products, normalised rows, selection, reading.

A product of two outputs is an output gating; a value read through a synapse that an output multiplies is a synaptic gating; a
product with the output of a reciprocal unit is a normalisation; one with the output of a threshold unit is a selection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from workbench.units import Synapse, Unit, Value, affine, output

Open = tuple[tuple[int, ...], ...]  # for each query, the keys that it reads, ascending
Names = list[list[str]]


class Wiring:
    """The units of a network under construction; every method adds units and returns the name of the last.

    >>> w = Wiring({"q": [["q0_0", "q0_1"]], "k": [["k0_0", "k0_1"]]})
    >>> w.dot(w["q"][0], w["k"][0]), len(w.units)
    ('dot2', 3)
    """

    def __init__(self, inputs: Mapping[str, Names]) -> None:
        self._inputs = inputs
        self._numbers = count()
        self.units: list[Unit] = []

    def __getitem__(self, name: str) -> Names:
        return self._inputs[name]

    def column(self, name: str) -> list[str]:
        """Return the entries of a vector."""
        return [row[0] for row in self[name]]

    def add(self, unit: Unit) -> str:
        """Add a unit under its name and a number of its own."""
        named = replace(unit, name=f"{unit.name}{next(self._numbers)}")
        self.units.append(named)
        return named.name

    def linear(self, weights: Mapping[str, Value], bias: Value = 0, *, transfer: str = "identity", name: str = "sum") -> str:
        """Add a unit with these weights."""
        return self.add(affine(name, weights, bias, transfer=transfer))

    def total(self, names: Iterable[str], *, scale: Value = 1, bias: Value = 0, **unit: str) -> str:
        """Add a unit that sums outputs with one weight."""
        return self.linear(dict.fromkeys(names, scale), bias, **unit)

    def product(self, *names: str, name: str = "product") -> str:
        """Add the product of outputs: a copy of the first, gated by the others."""
        return self.add(replace(affine(name, {names[0]: 1}), output_gates=tuple(map(output, names[1:]))))

    def dot(self, left: Sequence[str], right: Sequence[str], *, scale: Value = 1, transfer: str = "identity") -> str:
        """Add the dot product of two vectors, times a constant, behind a transfer."""
        products = [self.product(a, b) for a, b in zip(left, right, strict=True)]
        return self.total(products, scale=scale, transfer=transfer, name="dot")

    def difference(self, left: str, right: str) -> str:
        """Add the difference of two outputs: the second acts on the activation that reads the first."""
        return self.add(Unit("difference", "identity", (Synapse(left, 1), Synapse(right, -1, attention=True))))

    def squared_distance(self, left: Sequence[str], right: Sequence[str], *, scale: Value = 1) -> str:
        """Add the squared distance of two vectors, as a sum of squared differences, times a constant."""
        differences = [self.difference(a, b) for a, b in zip(left, right, strict=True)]
        return self.dot(differences, differences, scale=scale)

    def shares(self, scores: Mapping[int, str]) -> dict[int, str]:
        """Add the softmax of scores: one group of softmax units."""
        group = f"row{next(self._numbers)}"
        return {j: self.add(Unit("share", "softmax", (Synapse(s, 1),), group=group)) for j, s in scores.items()}

    def divided(self, names: Mapping[int, str], *, by: str) -> dict[int, str]:
        """Add outputs times the reciprocal of one more, which they share."""
        reciprocal = self.linear({by: 1}, transfer="reciprocal", name="reciprocal")
        return {j: self.product(name, reciprocal, name="share") for j, name in names.items()}

    def normalised(self, names: Mapping[int, str], *, bias: Value = 0) -> dict[int, str]:
        """Add outputs divided by the sum of them all and a constant."""
        return self.divided(names, by=self.total(names.values(), bias=bias, name="normaliser")) if names else {}

    def read(self, weights: Mapping[int, str], values: Names) -> list[str]:
        """Add one row of outputs: the columns of values, each read through synapses that the weights gate."""
        columns = range(len(values[0]))
        synapses = [tuple(Synapse(values[j][c], 1, (output(a),)) for j, a in weights.items()) for c in columns]
        return [self.add(Unit("out", "identity", s)) for s in synapses]

    def first(self, scores: Mapping[int, str], most: int) -> dict[int, str]:
        """Add threshold units that fire for the `most` largest scores, of equal ones for the first.

        A score's rank is the number of those above it, and of equal ones before it.
        """
        chosen = {}
        for j, own in scores.items():
            others = ((i, s) for i, s in scores.items() if i != j)
            ahead = [replace(affine("ahead", {s: 1, own: -1}, transfer="threshold"), at_zero=int(i < j)) for i, s in others]
            chosen[j] = self.linear(dict.fromkeys(map(self.add, ahead), -1), most, transfer="threshold", name="chosen")
        return chosen

    def kept_shares(self, scores: Mapping[int, str], most: int | None) -> dict[int, str]:
        """Add the softmax of the `most` largest scores: exponentials, selected, divided by their sum."""
        if most is None:
            return self.shares(scores)
        return self.normalised(self.selected(self.exponentials(scores), self.first(scores, most)))

    def exponentials(self, scores: Mapping[int, str]) -> dict[int, str]:
        """Add the exponentials of scores."""
        return {j: self.linear({s: 1}, transfer="exp", name="exponential") for j, s in scores.items()}

    def selected(self, names: Mapping[int, str], chosen: Mapping[int, str]) -> dict[int, str]:
        """Add outputs gated by the threshold units that select them."""
        return {j: self.product(name, chosen[j], name="selected") for j, name in names.items()}

    def plus(self, name: str, added: str, *, gates: Sequence[str] = ()) -> str:
        """Add an output times others, with one more added to it after the products."""
        raised = replace(affine("raised", {name: 1}), output_gates=tuple(map(output, gates)))
        return self.add(replace(raised, output_additions=(output(added),)))
