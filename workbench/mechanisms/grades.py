"""How deep the products of a network are nested, and of what degree the outputs are where they are rational functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from workbench.network import Network
from workbench.units import Signal, Synapse, Unit

PIECEWISE = ("identity", "relu")  # rational on each of finitely many pieces; threshold units are constant there


@dataclass(frozen=True)
class Grade:
    """The depth of the tree of products behind a number, and the degrees of its numerator and denominator in the inputs.

    Every product of two outputs, of an output and a gated synapse, or with a reciprocal is one level; sums, constant weights and
    transfers are none. The degrees hold on each piece where ReLU units are linear, before cancellation; they are None where
    some other transfer than ReLU, threshold and reciprocal takes part.
    """

    depth: int = 0
    degree: int | None = 0
    below: Counter[str] = field(default_factory=Counter)  # the reciprocal units in it
    denominator: int | None = 0
    constant: bool = False  # formed from no input: a product with it is a weight

    def as_json(self) -> dict[str, Any]:
        """Return the depth, and the degrees of numerator and denominator, or null."""
        return {"depth": self.depth, "rational_degree": None if self.degree is None else [self.degree, self.denominator]}


CONSTANT = Grade(constant=True)


def grade(network: Network) -> Grade:
    """Return the grade of a network: of its outputs the greatest depth and degrees.

    >>> from workbench.mechanisms import mechanism
    >>> grade(mechanism("linear", features="linear").network(3, 2, 2)).as_json()
    {'depth': 3, 'rational_degree': [3, 2]}
    >>> grade(mechanism("softmax").network(3, 2, 2)).as_json()
    {'depth': 3, 'rational_degree': None}
    """
    run = _Grades(network)
    for node, _ in network.schedule:
        unit = network.unit(node[1])
        if node[0] == "S":
            run.activations[unit.name] = run.activation(unit)
        elif node[0] == "O":
            run.outputs[unit.name] = run.output(unit)
        else:
            run.weights[node[1:]] = run.effective(network.synapse(node[1], node[2]))
    found = [run.outputs[name] for name in network.outputs]
    rational = all(g.degree is not None for g in found)
    degree, bottom = (max(g.degree or 0 for g in found), max(map(run.denominator, found))) if rational else (None, None)
    return Grade(max(g.depth for g in found), degree, denominator=bottom)


class _Grades:
    """A network as its grades are found, in the order of its schedule."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.outputs = {name: Grade(degree=1) for name in network.inputs}
        self.activations: dict[str, Grade] = {}
        self.weights: dict[tuple[str, ...], Grade] = {}
        self.reciprocals: dict[str, int] = {}  # the degree of what each reciprocal unit divides by

    def of(self, signal: Signal) -> Grade:
        if signal.presynaptic is not None:
            return self.weights[signal.unit, signal.presynaptic]
        return (self.outputs if signal.variable == "O" else self.activations)[signal.unit]

    def denominator(self, held: Grade) -> int:
        return sum(self.reciprocals[unit] * times for unit, times in held.below.items())

    def plus(self, terms: Iterable[Grade]) -> Grade:
        """Return the grade of a sum, over the common denominator."""
        held = list(terms)
        below: Counter[str] = reduce(lambda a, b: a | b, (g.below for g in held), Counter())
        depth = max((g.depth for g in held), default=0)
        if any(g.degree is None for g in held):
            return Grade(depth, None)
        constant = all(g.constant for g in held)
        raised = (g.degree + self.denominator(Grade(below=below - g.below)) for g in held if g.degree is not None)
        return Grade(depth, max(raised, default=0), below, constant=constant)

    def effective(self, synapse: Synapse) -> Grade:
        raised = self.plus([CONSTANT, *map(self.of, synapse.additions)])
        return reduce(_times, map(self.of, synapse.gates), raised)

    def activation(self, unit: Unit) -> Grade:
        read = (_times(self.effective(s), self.outputs[s.source]) for s in unit.synapses)
        total = self.plus([CONSTANT, *read, *(self.of(signal) for _, signal in unit.additions)])
        return reduce(_times, map(self.of, unit.gates), total)

    def output(self, unit: Unit) -> Grade:
        gated = reduce(_times, map(self.of, unit.output_gates), self.fired(unit, self.activations[unit.name]))
        return self.plus([gated, *map(self.of, unit.output_additions)])

    def fired(self, unit: Unit, s: Grade) -> Grade:
        if unit.group is not None:
            others = (
                self.activations[u.name].depth for u in self.network.units if u.group == unit.group and u.name in self.activations
            )
            return Grade(1 + max(others), None)
        if unit.transfer in PIECEWISE or s.constant:
            return s
        if unit.transfer in ("threshold", "sign"):
            return Grade(s.depth)
        if unit.transfer != "reciprocal" or s.degree is None:
            return Grade(s.depth, None)
        self.reciprocals[unit.name] = s.degree
        return Grade(s.depth, self.denominator(s), Counter([unit.name]))


def _times(a: Grade, b: Grade) -> Grade:
    """Return the grade of a product; one with a constant is none."""
    if a.constant or b.constant:
        return b if a.constant else a
    depth = 1 + max(a.depth, b.depth)
    if a.degree is None or b.degree is None:
        return Grade(depth, None)
    return replace(a, depth=depth, degree=a.degree + b.degree, below=a.below + b.below)
