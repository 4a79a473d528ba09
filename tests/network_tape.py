"""A network unit by unit as a tape, an oracle for the exactness of lowered networks that shares no code with it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from workbench.errors import BadInput
from workbench.lowering.tape import Recorder, Tape
from workbench.network import Network
from workbench.units import Node, Signal, Synapse, Unit, Value

TRANSFER_OPERATIONS = {"logistic": "logistic", "tanh": "tanh", "exp": "exp"}


def rational(value: Value, unit: Unit) -> Fraction:
    """Return a weight of a unit as a Fraction. Raises BadInput if it has symbols or is irrational."""
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if names := sorted(map(str, value.free_symbols)):
        raise BadInput(f"unit {unit.name}: weight {value} has the symbol {names[0]}: give it a value by `substitute`")
    raise BadInput(f"unit {unit.name}: weight {value} is not rational: give a Fraction near it by `replace_unit`")


def network_tape(network: Network) -> Tape:
    """Return the tape that computes the outputs of a network one after another (its root bounds them all)."""
    writer = _NetworkTape(network)
    for node, _ in network.schedule:
        writer.write(node)
    outputs = tuple(writer.numbers["O", name] for name in network.outputs)
    return writer.tape.finished(writer.tape.add("maximum", outputs) if len(outputs) > 1 else outputs[0])


class _NetworkTape:
    """The tape of a network while it is written, and the instruction of each variable."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.tape = Recorder(len(network.inputs))
        self.numbers: dict[Node, int] = {("O", name): self.tape.add("input", (), k) for k, name in enumerate(network.inputs)}

    def write(self, node: Node) -> None:
        unit = self.network.unit(node[1])
        if node[0] == "S":
            self.numbers[node] = self._activation(unit)
        elif node[0] == "O":
            self.numbers[node] = self._output(unit)
        else:
            self.numbers[node] = self._effective(self.network.synapse(node[1], node[2]), unit)

    def _linear(self, terms: Sequence[tuple[Fraction, int]]) -> int:
        weights, args = tuple(w for w, _ in terms), tuple(a for _, a in terms)
        return self.tape.add("linear", args, weights)

    def _times(self, number: int, signals: Sequence[Signal]) -> int:
        return self.tape.add("multiply", (number, *(self.numbers[s.node] for s in signals))) if signals else number

    def _plus(self, number: int, signals: Sequence[Signal]) -> int:
        return self._linear([(Fraction(1), number), *((Fraction(1), self.numbers[s.node]) for s in signals)]) if signals else number

    def _effective(self, synapse: Synapse, unit: Unit) -> int:
        return self._times(self._plus(self.tape.constant(rational(synapse.weight, unit)), synapse.additions), synapse.gates)

    def _activation(self, unit: Unit) -> int:
        terms = []
        for synapse in unit.synapses:
            source = self.numbers["O", synapse.source]
            if synapse.signals:
                terms.append((Fraction(1), self.tape.add("multiply", (self._effective(synapse, unit), source))))
            else:
                terms.append((rational(synapse.weight, unit), source))
        terms += [(rational(weight, unit), self.numbers[signal.node]) for weight, signal in unit.additions]
        bias = (rational(unit.bias, unit), self.tape.constant(1))
        if unit.gate_bias:
            return self._times(self._linear([*terms, bias]), unit.gates)
        return self._linear([(Fraction(1), self._times(self._linear(terms), unit.gates)), bias] if terms else [bias])

    def _output(self, unit: Unit) -> int:
        fired = self._fired(unit, self.numbers["S", unit.name])
        return self._plus(self._times(fired, unit.output_gates), unit.output_additions)

    def _fired(self, unit: Unit, activation: int) -> int:
        add, constant = self.tape.add, self.tape.constant
        if unit.transfer == "identity":
            return activation
        if unit.transfer == "threshold":
            return add("heaviside", (activation, constant(unit.at_zero)))
        if unit.transfer == "sign":
            return add("sgn", (activation,), unit.at_zero)
        if unit.transfer == "relu":
            return add("maximum", (activation, constant(0)))
        if unit.group is None:
            return add(TRANSFER_OPERATIONS[unit.transfer], (activation,))
        members = tuple(self.numbers["S", u.name] for u in self.network.units if u.group == unit.group)
        entries = tuple(add("exp", (m,)) for m in members)
        return add("divide", (add("exp", (activation,)), self._linear([(Fraction(1), e) for e in entries])))
