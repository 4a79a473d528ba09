"""The products that a network forms as it runs, by kind.

A product is counted where it is formed: one of two outputs is an output gating, one of an output and a weight a synaptic
gating, one with the output of a reciprocal unit (or an entry of a softmax group) a normalisation, one with the output of a
threshold unit a selection. What a selection has left out is absent: no product with it is formed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Union

from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, Value

Number = Union[Fraction, None]  # None: absent, a product with an output that was not selected


def products(network: Network, point: Mapping[str, Fraction]) -> Counter[str]:
    """Return how often each kind of product is formed when the network runs at a point.

    What no output depends on is formed and counted as well. Values matter to threshold units only: smooth transfers are replaced
    by increasing rational functions (cos and sin by 1), weights with symbols by 1.

    >>> from workbench.attention import attention_head
    >>> head = attention_head(2, 1, 3, 1)
    >>> sorted(products(head, {x: Fraction(1) for x in head.inputs}).items())
    [('normalisation', 4), ('output_gating', 12), ('synaptic_gating', 4)]
    """
    run = _Run(network, dict(point))
    for node, _ in network.schedule:
        unit = network.unit(node[1])
        if node[0] == "S":
            run.activations[unit.name] = run.activation(unit)
        elif node[0] == "O":
            run.outputs[unit.name] = run.output(unit)
        else:
            run.weights[node[1:]] = run.effective(network.synapse(node[1], node[2]))
    return run.counts


class _Run:
    """A network while it runs: the numbers known so far, and the products formed."""

    def __init__(self, network: Network, inputs: dict[str, Fraction]) -> None:
        self.network = network
        self.outputs: dict[str, Number] = dict(inputs)
        self.activations: dict[str, Number] = {}
        self.weights: dict[tuple[str, ...], Number] = {}
        self.counts: Counter[str] = Counter()

    def of(self, signal: Signal) -> Number:
        if signal.presynaptic is not None:
            return self.weights[signal.unit, signal.presynaptic]
        return (self.outputs if signal.variable == "O" else self.activations)[signal.unit]

    def times(self, value: Number, signals: Iterable[Signal], kind: str) -> Number:
        """Return a value times signals, each product counted unless a factor is absent."""
        for signal in signals:
            factor, transfer = self.of(signal), self.transfer(signal)
            if value is None or factor is None or (transfer == "threshold" and factor == 0):
                if transfer == "threshold" and value is not None:
                    self.counts["selection"] += 1
                return None
            self.counts[{"threshold": "selection", "reciprocal": "normalisation"}.get(transfer, kind)] += 1
            value *= factor
        return value

    def transfer(self, signal: Signal) -> str:
        return "" if signal.variable != "O" or signal.unit in self.network.inputs else self.network.unit(signal.unit).transfer

    def plus(self, value: Number, added: Iterable[Number], kind: str) -> Number:
        """Return a sum, each addition of something present counted."""
        for term in added:
            if term is not None:
                self.counts[kind] += 1
                value = term if value is None else value + term
        return value

    def effective(self, synapse: Synapse) -> Number:
        raised = self.plus(_number(synapse.weight), map(self.of, synapse.additions), "additive_synaptic")
        return self.times(raised, synapse.gates, "synaptic_gating")

    def through(self, synapse: Synapse) -> Number:
        source = self.outputs[synapse.source]
        weight = self.effective(synapse) if source is not None else None
        if synapse.attention and weight is not None:
            self.counts["additive_activation"] += 1
        return None if source is None or weight is None else weight * source

    def activation(self, unit: Unit) -> Number:
        present = [term for term in map(self.through, unit.synapses) if term is not None]
        if not present and unit.synapses and not unit.additions and unit.bias == 0:
            return None
        added = (_scaled(_number(weight), self.of(signal)) for weight, signal in unit.additions)
        total = self.plus(sum(present, Fraction(0)), added, "additive_activation") or Fraction(0)
        bias = _number(unit.bias)
        gated = self.times(total + bias * unit.gate_bias, unit.gates, "activation_gating")
        return gated if unit.gate_bias or gated is None else gated + bias

    def output(self, unit: Unit) -> Number:
        s = self.activations[unit.name]
        fired = None if s is None else _fired(unit, s)
        if unit.group is not None and fired is not None:
            self.counts["normalisation"] += 1
        gated = self.times(fired, unit.output_gates, "output_gating")
        return self.plus(gated, map(self.of, unit.output_additions), "additive_output")


def _number(weight: Value) -> Fraction:
    """Return a weight as a rational number: for others, which no threshold unit reads directly, its sign, and 1 for symbols."""
    if isinstance(weight, (int, Fraction)):
        return Fraction(weight)
    return Fraction(-1 if weight.is_negative else 1)


def _scaled(weight: Fraction, value: Number) -> Number:
    return None if value is None else weight * value


def _fired(unit: Unit, s: Fraction) -> Fraction:
    if unit.transfer in ("identity", "sqrt"):
        return s
    if unit.transfer == "relu":
        return max(s, Fraction(0))
    if unit.transfer in ("threshold", "sign"):
        fires = s > 0 or (s == 0 and unit.at_zero == 1)
        return Fraction(fires if unit.transfer == "threshold" else 2 * fires - 1)
    if unit.transfer in ("exp", "softmax"):
        return 1 + s if s > 0 else 1 / (1 - s)
    if unit.transfer == "reciprocal":
        return 1 / s if s else Fraction(1)
    return s / (1 + abs(s)) if unit.transfer in ("logistic", "tanh") else Fraction(1)
