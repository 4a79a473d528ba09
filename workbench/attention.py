"""The eighteen attention blocks (source x target x mechanism) as rewrites of a network, and their reductions to six and to three.

Source: P. Baldi and R. Vershynin, The Quarks of Attention, 2023 (abstract); the reductions are elementary identities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import sympy

from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, Value, affine, output

SIX_NAMES = {
    ("addition", "S"): "multiplexing",
    ("addition", "O"): "additive output",
    ("addition", "w"): "additive synaptic",
    ("multiplication", "S"): "activation gating",
    ("multiplication", "O"): "output gating",
    ("multiplication", "w"): "synaptic gating",
}
SOURCES = {"O": "output", "S": "activation", "w": "weight"}
HEAD_LIMIT = 4096  # units of an attention head built one by one

Matrix = Sequence[Sequence[Value]]


@dataclass(frozen=True)
class Quark:
    """An attention block: a source variable of an attending unit acts on a target variable by addition or multiplication.

    Raises BadInput for a variable other than O, S, w or another mechanism.

    >>> Quark("O", "S", "addition").name, Quark("w", "O", "multiplication").name
    ('multiplexing', 'weight-source output gating')
    >>> Quark("O", "S", "division")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no attention block has source 'O', target 'S' and mechanism 'division'
    """

    source: str
    target: str
    mechanism: str

    def __post_init__(self) -> None:
        if self.source not in SOURCES or (self.mechanism, self.target) not in SIX_NAMES:
            given = f"source {self.source!r}, target {self.target!r} and mechanism {self.mechanism!r}"
            raise BadInput(f"no attention block has {given}")

    @property
    def name(self) -> str:
        """The name of the block; "multiplexing" is additive activation attention."""
        name = SIX_NAMES[self.mechanism, self.target]
        return name if self.source == "O" else f"{SOURCES[self.source]}-source {name}"

    def apply(
        self,
        network: Network,
        *,
        attending: Signal,
        attended: str,
        presynaptic: str | None = None,
        weight: Value = 1,
        gate_bias: bool = True,
    ) -> Network:
        """Return the network in which the signal `attending` acts on S, O or a weight of the unit `attended`.

        `presynaptic` names the synapse if the target is a weight; `weight` is the w of f(S + w a); `gate_bias=False` leaves the
        bias of a gated activation alone. Raises BadInput if an argument does not belong to this block, if the attended unit
        does not exist or would attend itself in a cycle, or if the order of a product and a sum would be ambiguous.

        >>> relu = Network.of(["z"], [affine("f", {"z": 1}), affine("g", {"z": 1}, transfer="threshold")], ["f"])
        >>> gated = Quark("O", "O", "multiplication").apply(relu, attending=output("g"), attended="f")
        >>> gated.at((5,)), gated.at((-5,)), gated.depth
        ((5,), (0,), 1)
        >>> Quark("O", "O", "multiplication").apply(relu, attending=output("g"), attended="z")
        Traceback (most recent call last):
            ...
        workbench.errors.BadInput: 'z' is not a unit of Network(z -> f; 2 units, 2 wires)
        """
        self._check(attending, presynaptic, weight, gate_bias)
        unit = network.unit(attended)
        if self.target == "w":
            return network.replace_unit(self._on_weight(network, unit, attending, presynaptic or ""))
        if self.target == "O":
            return network.replace_unit(self._on_output(unit, attending))
        return network.replace_unit(self._on_activation(unit, attending, weight, gate_bias))

    def _check(self, attending: Signal, presynaptic: str | None, weight: Value, gate_bias: bool) -> None:
        if attending.variable != self.source:
            raise BadInput(f"{self.name} needs a signal of variable {self.source}, not {attending}")
        if (self.target == "w") == (presynaptic is None):
            raise BadInput(f"{self.name}: a presynaptic name goes with target w and no other; got {presynaptic!r}")
        if weight != 1 and (self.mechanism, self.target) != ("addition", "S"):
            raise BadInput(f"{self.name} has no weight of its own; got {weight}: scale the attending unit")
        if not gate_bias and (self.mechanism, self.target) != ("multiplication", "S"):
            raise BadInput(f"{self.name} gates no bias: leave gate_bias out")

    def _on_activation(self, unit: Unit, signal: Signal, weight: Value, gate_bias: bool) -> Unit:
        if self.mechanism == "multiplication":
            if unit.gates and unit.gate_bias != gate_bias:
                raise BadInput(f"unit {unit.name} has gate_bias={unit.gate_bias}: a further gate must agree")
            return replace(unit, gates=(*unit.gates, signal), gate_bias=gate_bias)
        _refuse_order(bool(unit.gates), f"the activation of {unit.name}")
        if self.source == "O":
            return replace(unit, synapses=(*unit.synapses, Synapse(signal.unit, weight, attention=True)))
        return replace(unit, additions=(*unit.additions, (weight, signal)))

    def _on_output(self, unit: Unit, signal: Signal) -> Unit:
        if self.mechanism == "addition":
            return replace(unit, output_additions=(*unit.output_additions, signal))
        if unit.output_additions:
            raise BadInput(f"the output of {unit.name} has additions: gate an identity unit that reads it instead")
        return replace(unit, output_gates=(*unit.output_gates, signal))

    def _on_weight(self, network: Network, unit: Unit, signal: Signal, presynaptic: str) -> Unit:
        chosen = network.synapse(unit.name, presynaptic)
        if self.mechanism == "multiplication":
            changed = replace(chosen, gates=(*chosen.gates, signal))
        else:
            _refuse_order(bool(chosen.gates), f"the weight of {unit.name} on {presynaptic}")
            changed = replace(chosen, additions=(*chosen.additions, signal))
        return replace(unit, synapses=tuple(changed if s is chosen else s for s in unit.synapses))


def _refuse_order(gated: bool, target: str) -> None:
    if gated:
        raise BadInput(f"{target} is gated already, so that an addition comes too late: add first, then gate")


SIX = tuple(Quark("O", target, mechanism) for mechanism, target in SIX_NAMES)
QUARKS = (*SIX, *(Quark(source, target, mechanism) for source in ("S", "w") for mechanism, target in SIX_NAMES))
THREE = tuple(quark for quark in SIX if quark.name in ("multiplexing", "output gating", "synaptic gating"))


def attention_head(n: int, m: int, d: int, dv: int, *, weights: Mapping[str, Matrix] | None = None) -> Network:
    """Return one softmax attention head: n tokens of width m, key width d, value width dv; out = softmax(Q K^T) V by rows.

    Inputs are x0_0, ..., token by token; outputs o0_0, ..., likewise. `weights` maps "Q", "K", "V" to m rows of d, d and dv
    exact numbers, by default the symbols Q0_0, ... shared by all tokens. 1/sqrt(d) is absorbed in Q. Layers: projections;
    products of queries gated by keys; softmax over each row; values read through synapses gated by the attention.
    Raises BadInput for sizes below 1, more than 4096 products, or weights of another shape.

    >>> head = attention_head(3, 2, 2, 1)
    >>> head.gatings.output, head.gatings.synaptic, head.normalisations, head.depth
    (18, 9, (3, 3, 3), 4)
    >>> attention_head(3, 2, 0, 1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: attention head sizes (n, m, d, dv) = (3, 2, 0, 1) are not all integers from 1 on
    """
    if any(isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in (n, m, d, dv)):
        raise BadInput(f"attention head sizes (n, m, d, dv) = {(n, m, d, dv)} are not all integers from 1 on")
    if n * n * max(d, dv) > HEAD_LIMIT:
        raise BadInput(f"{n * n * max(d, dv)} products > {HEAD_LIMIT}: build a smaller head and use the closed forms")
    matrices = {letter: _matrix(letter, m, width, weights) for letter, width in (("Q", d), ("K", d), ("V", dv))}
    inputs = [f"x{t}_{i}" for t, i in product(range(n), range(m))]
    units = [
        affine(f"{letter.lower()}{t}_{c}", {f"x{t}_{i}": row[c] for i, row in enumerate(matrix)})
        for letter, matrix in matrices.items()
        for t, c in product(range(n), range(len(matrix[0])))
    ]
    for s, t in product(range(n), repeat=2):
        units += [replace(affine(f"p{s}_{t}_{c}", {f"q{s}_{c}": 1}), output_gates=(output(f"k{t}_{c}"),)) for c in range(d)]
        units.append(Unit(f"a{s}_{t}", "softmax", tuple(Synapse(f"p{s}_{t}_{c}", 1) for c in range(d)), group=f"row{s}"))
    for s, c in product(range(n), range(dv)):
        values = tuple(Synapse(f"v{t}_{c}", 1, (output(f"a{s}_{t}"),)) for t in range(n))
        units.append(Unit(f"o{s}_{c}", "identity", values))
    return Network.of(inputs, units, [f"o{s}_{c}" for s, c in product(range(n), range(dv))])


def _matrix(letter: str, rows: int, columns: int, weights: Mapping[str, Matrix] | None) -> Matrix:
    if weights is None:
        return [[sympy.Symbol(f"{letter}{i}_{c}", real=True) for c in range(columns)] for i in range(rows)]
    matrix = weights.get(letter, ())
    if len(matrix) != rows or any(len(row) != columns for row in matrix):
        raise BadInput(f"weights[{letter!r}] is not {rows} rows of {columns} numbers")
    return matrix
