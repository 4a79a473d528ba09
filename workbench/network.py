"""The standard model: an immutable directed acyclic network of units with activations S, outputs O and weights w, and gates.

A unit computes S = sum of (effective weight x presynaptic output) + bias and O = f(S). Attention acts on S, on O or on a
weight, by addition or by multiplication; where both act on one variable, the additions come first for S and w, the products
first for O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from math import prod
from typing import NamedTuple

import sympy

from workbench.domain import Cube, fires, place, sgn, sign_of, table_of
from workbench.errors import BadInput, Rejected
from workbench.threshold import BooleanFunction
from workbench.units import Node, Signal, Synapse, Unit, Value, exact, named, symbolic

SHOWN_NAMES = 8  # a line names this many inputs or outputs, beyond it the first three and the last

Softmax = Callable[[Value, Sequence[Value]], Value]
Transfers = Mapping[str, Callable[[Value, int], Value]]


class GateCount(NamedTuple):
    """Scalar products formed by attention, by kind.

    `additive_activation` counts products weight x signal added to an activation, `output` signals that multiply an output,
    `synaptic` signals that multiply one weight (so one gate on m synapses counts m), `activation` signals that multiply an S.
    Additions to outputs and weights multiply nothing and are not counted.
    """

    additive_activation: int
    output: int
    synaptic: int
    activation: int


class State(NamedTuple):
    """The activations S of the units and the outputs O of inputs and units, by name."""

    S: dict[str, Value]
    O: dict[str, Value]  # noqa: E741


@dataclass(frozen=True)
class Network:
    """An acyclic network with named inputs, units in any order, and named outputs (units or inputs).

    Raises BadInput for a malformed or repeated name, an unknown source or signal, a cycle of dependencies (an activation of a
    unit may act on that same unit's output, its output may not), or a weight symbol named like an input.

    >>> from workbench.units import affine, threshold_unit
    >>> both = threshold_unit("both", {"x": 1, "y": 1}, Fraction(-3, 2))
    >>> xor = Network.of(["x", "y"], [both, threshold_unit("f", {"x": 1, "y": 1, "both": -2}, Fraction(-1, 2))], ["f"])
    >>> xor, xor.at((1, 0)), xor.function().table, xor.depth
    (Network(x, y -> f; 2 units, 5 wires), (1,), 6, 2)
    >>> xor.replace_unit(affine("both", {"f": 1}))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: the network has a cycle: both -> f -> both
    """

    inputs: tuple[str, ...]
    units: tuple[Unit, ...]
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, inputs: Iterable[str], units: Iterable[Unit], outputs: Iterable[str]) -> Network:
        """Return the network with these inputs, units and outputs, given as any iterables but a bare string."""
        for names in (inputs, outputs):
            if isinstance(names, str):
                raise BadInput(f"{names!r} is one string: give a list of names")
        return cls(tuple(inputs), tuple(units), tuple(outputs))

    def __post_init__(self) -> None:
        names = [named(name) for name in self.inputs] + [unit.name for unit in self.units]
        if repeated := {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set():
            raise BadInput(f"names {sorted(repeated)} are used twice")
        for unit in self.units:
            self._check(unit)
        for name in self.outputs:
            self._known(name, "the outputs")
        _ = self.schedule

    # Equal networks have equal names: enough to tell networks apart in a table without reading millions of weights.
    def __hash__(self) -> int:
        return hash((self.inputs, tuple(unit.name for unit in self.units), self.outputs))

    def _check(self, unit: Unit) -> None:
        for synapse in unit.synapses:
            self._known(synapse.source, f"unit {unit.name}")
        for signal in unit.signals:
            self._check_signal(signal, f"unit {unit.name}")
        for weight in unit.weights:
            if isinstance(weight, (int, Fraction)):
                continue
            taken = {str(s) for s in weight.free_symbols} & set(self.inputs)
            if taken:
                raise BadInput(f"unit {unit.name}: weight symbol {min(taken)} is also the name of an input")

    def _known(self, name: str, reader: str) -> None:
        if name not in self._names:
            raise BadInput(f"{reader}: source {name!r} is neither an input nor a unit")

    def _check_signal(self, signal: Signal, reader: str) -> None:
        self._known(signal.unit, reader)
        if signal.variable != "O" and signal.unit not in self._unit:
            raise BadInput(f"{reader}: input {signal.unit} has an output O only, no {signal.variable}")
        if signal.presynaptic is not None:
            self.synapse(signal.unit, signal.presynaptic)

    @cached_property
    def _unit(self) -> dict[str, Unit]:
        return {unit.name: unit for unit in self.units}

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.inputs) | frozenset(self._unit)

    @cached_property
    def _groups(self) -> dict[str, tuple[Unit, ...]]:
        grouped = [unit for unit in self.units if unit.group is not None]
        return {name: tuple(u for u in grouped if u.group == name) for name in dict.fromkeys(u.group for u in grouped) if name}

    def unit(self, name: str) -> Unit:
        """Return the unit of this name. Raises BadInput if there is none."""
        if name not in self._unit:
            raise BadInput(f"{name!r} is not a unit of {self!r}")
        return self._unit[name]

    def synapse(self, unit: str, presynaptic: str) -> Synapse:
        """Return the ordinary synapse of a unit from a presynaptic name. Raises BadInput unless there is exactly one."""
        found = [s for s in self.unit(unit).synapses if s.source == presynaptic and not s.attention]
        if len(found) != 1:
            raise BadInput(f"unit {unit} has {len(found)} ordinary synapses from {presynaptic}, not one")
        return found[0]

    def _needs(self) -> Iterator[tuple[Node, list[Node]]]:
        """Yield each S and O, and each weight that acts as a signal, with the variables that it is computed from."""
        for unit in self.units:
            through = [n for s in unit.synapses for n in (("O", s.source), *(a.node for a in s.signals))]
            yield ("S", unit.name), [*through, *(a.node for a in unit.acting_on_activation)]
            group = [("S", u.name) for u in self._groups[unit.group]] if unit.group else [("S", unit.name)]
            yield ("O", unit.name), [*group, *(a.node for a in unit.acting_on_output)]
            for signal in unit.signals:
                if signal.presynaptic is not None:
                    yield signal.node, [a.node for a in self.synapse(signal.unit, signal.presynaptic).signals]

    @cached_property
    def schedule(self) -> tuple[tuple[Node, list[Node]], ...]:
        """The variables in the order in which they become known, each with those that it is computed from."""
        needs = dict(self._needs())
        try:
            ordered = list(TopologicalSorter(needs).static_order())
        except CycleError as error:
            names = [node[1] for node in error.args[1]]
            steps = [name for i, name in enumerate(names) if i == 0 or name != names[i - 1]]
            cycle = " -> ".join(steps if len(steps) > 1 else steps * 2)
            raise BadInput(f"the network has a cycle: {cycle}") from None
        return tuple((node, needs[node]) for node in ordered if node in needs)

    @property
    def order(self) -> tuple[str, ...]:
        """The names of the units in the order in which their outputs become known."""
        return tuple(node[1] for node, _ in self.schedule if node[0] == "O")

    @cached_property
    def layers(self) -> dict[str, int]:
        """The layer of each input (0) and unit: one more than the last layer that its activation depends on.

        A product adds no layer: an output gated by a unit of the same layer stays in it, an activation or a weight gated by a
        unit comes one layer after that unit.
        """
        level: dict[Node, int] = {("O", name): 0 for name in self.inputs}
        for node, needs in self.schedule:
            level[node] = max((level[n] for n in needs), default=0) + (node[0] == "S")
        return {node[1]: layer for node, layer in level.items() if node[0] == "O"}

    @property
    def depth(self) -> int:
        """The number of layers of units."""
        return max((self.layers[unit.name] for unit in self.units), default=0)

    @property
    def size(self) -> int:
        """The number of units."""
        return len(self.units)

    @property
    def threshold_units(self) -> int:
        """The number of units with transfer threshold or sign."""
        return sum(unit.transfer in ("threshold", "sign") for unit in self.units)

    @property
    def wires(self) -> int:
        """The number of synapses, additive activation attention by outputs included, gates not."""
        return sum(len(unit.synapses) for unit in self.units)

    @property
    def gatings(self) -> GateCount:
        """The number of scalar products formed by attention, by kind; see `GateCount`."""
        return GateCount(
            additive_activation=sum(sum(s.attention for s in u.synapses) + len(u.additions) for u in self.units),
            output=sum(len(u.output_gates) for u in self.units),
            synaptic=sum(len(s.gates) for u in self.units for s in u.synapses),
            activation=sum(len(u.gates) for u in self.units),
        )

    @property
    def normalisations(self) -> tuple[int, ...]:
        """The number of entries of each softmax group: its length counts the normalisations."""
        return tuple(len(group) for group in self._groups.values())

    def with_unit(self, unit: Unit) -> Network:
        """Return the network with one more unit."""
        return replace(self, units=(*self.units, unit))

    def replace_unit(self, unit: Unit) -> Network:
        """Return the network with the unit of the same name replaced. Raises BadInput if there is none."""
        self.unit(unit.name)
        return replace(self, units=tuple(unit if u.name == unit.name else u for u in self.units))

    def substitute(self, values: Mapping[sympy.Symbol, Value]) -> Network:
        """Return the network with symbols of its weights and biases replaced by exact values."""
        table = {symbol: symbolic(exact(value)) for symbol, value in values.items()}

        def at(weight: Value) -> Value:
            return exact(symbolic(weight).xreplace(table))

        return replace(self, units=tuple(_reweighted(unit, at) for unit in self.units))

    def _run(self, values: Mapping[str, Value], transfers: Transfers, softmax: Softmax) -> State:
        state = State({}, dict(values))
        for node, _ in self.schedule:
            unit = self._unit[node[1]]
            if node[0] == "S":
                state.S[unit.name] = self._activation(unit, state)
            elif node[0] == "O":
                state.O[unit.name] = self._output(unit, state, transfers, softmax)
        return state

    def _value(self, signal: Signal, state: State) -> Value:
        if signal.presynaptic is not None:
            return self._effective(self.synapse(signal.unit, signal.presynaptic), state)
        return (state.O if signal.variable == "O" else state.S)[signal.unit]

    def _effective(self, synapse: Synapse, state: State) -> Value:
        raised = synapse.weight + sum(self._value(a, state) for a in synapse.additions)
        return exact(raised * self._product(synapse.gates, state))

    def _product(self, gates: tuple[Signal, ...], state: State) -> Value:
        return prod(self._value(gate, state) for gate in gates)

    def _activation(self, unit: Unit, state: State) -> Value:
        through = sum(state.O[s.source] * (self._effective(s, state) if s.signals else s.weight) for s in unit.synapses)
        gated = through + sum(weight * self._value(signal, state) for weight, signal in unit.additions)
        if unit.gate_bias:
            return exact((gated + unit.bias) * self._product(unit.gates, state))
        return exact(gated * self._product(unit.gates, state) + unit.bias)

    def _output(self, unit: Unit, state: State, transfers: Transfers, softmax: Softmax) -> Value:
        if unit.group is None:
            fired = transfers[unit.transfer](state.S[unit.name], unit.at_zero)
        else:
            fired = softmax(state.S[unit.name], [state.S[u.name] for u in self._groups[unit.group]])
        return exact(fired * self._product(unit.output_gates, state) + sum(self._value(a, state) for a in unit.output_additions))

    def state(self, point: Sequence[Value] | Mapping[str, Value]) -> State:
        """Return all activations and outputs at a point, given in the order of the inputs or by name.

        Values stay ints and Fractions where possible; the smooth transfers give exact SymPy expressions. Raises BadInput for a
        point that does not fit the inputs, an inexact number, a sign that cannot be decided, the reciprocal of 0 and the square
        root of a negative number.
        """
        values = list(point.values() if isinstance(point, Mapping) else point)
        names = list(point) if isinstance(point, Mapping) else list(self.inputs)
        if len(values) != len(self.inputs) or set(names) != set(self.inputs):
            raise BadInput(f"point {point!r} does not give one value to each of the {len(self.inputs)} inputs of {self!r}")
        return self._run({name: exact(value) for name, value in zip(names, values, strict=True)}, _AT_NUMBERS, _softmax)

    def at(self, point: Sequence[Value] | Mapping[str, Value]) -> tuple[Value, ...]:
        """Return the exact outputs at a point; see `state`.

        >>> from workbench.units import affine
        >>> Network.of(["x"], [affine("f", {"x": Fraction(1, 3)}, transfer="sign")], ["f", "x"]).at((0,))
        (-1, 0)
        """
        state = self.state(point)
        return tuple(state.O[name] for name in self.outputs)

    def tables(self, inputs: str = "01") -> tuple[BooleanFunction, ...]:
        """Return each output as a Boolean function of the inputs, on the cube of the given convention.

        Each output may take values in {0, 1} or in {-1, 1}. Raises Rejected at the first point where one does neither, and
        BadInput above the arity of a truth table.
        """
        cube = Cube(len(self.inputs), inputs)
        full = BooleanFunction(cube.n, 0)  # refuses arities beyond a table before any point is evaluated
        columns = list(zip(*(self.at(point) for point in cube.points()), strict=True))
        return tuple(replace(full, table=_table(name, column, cube)) for name, column in zip(self.outputs, columns, strict=True))

    def function(self, inputs: str = "01") -> BooleanFunction:
        """Return the only output as a Boolean function; see `tables`. Raises BadInput if there is not exactly one output."""
        if len(self.outputs) != 1:
            raise BadInput(f"{self!r} has {len(self.outputs)} outputs: use tables()")
        return self.tables(inputs)[0]

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """The real SymPy symbols named as the inputs."""
        return tuple(sympy.Symbol(name, real=True) for name in self.inputs)

    def as_expr(self, *, softmax: Softmax | None = None) -> tuple[sympy.Expr, ...]:
        """Return the outputs as SymPy expressions in `symbols`, with thresholds written Heaviside(S, H(0)).

        `softmax`, of an activation and of all those of its group, writes a softmax weight in another way than as a quotient.

        >>> from workbench.units import threshold_unit
        >>> Network.of(["x"], [threshold_unit("f", {"x": 2}, -1)], ["f"]).as_expr()
        (Heaviside(2*x - 1, 0),)
        """
        state = self._run(dict(zip(self.inputs, self.symbols, strict=True)), _AS_EXPRESSIONS, softmax or _softmax)
        return tuple(symbolic(state.O[name]) for name in self.outputs)

    def __repr__(self) -> str:
        return f"Network({_listed(self.inputs)} -> {_listed(self.outputs)}; {self.size} units, {self.wires} wires)"

    def _repr_latex_(self) -> str:
        from workbench.drawing import equations  # showing is not needed to compute, and is outside the trusted column

        return equations(self)

    def _repr_svg_(self) -> str:
        from workbench.drawing import svg

        return svg(self)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names if len(names) <= SHOWN_NAMES else (*names[:3], "...", names[-1]))


def _reweighted(unit: Unit, at: Callable[[Value], Value]) -> Unit:
    synapses = tuple(replace(s, weight=at(s.weight)) for s in unit.synapses)
    return replace(unit, synapses=synapses, bias=at(unit.bias), additions=tuple((at(w), signal) for w, signal in unit.additions))


def _table(name: str, values: Sequence[Value], cube: Cube) -> int:
    low: set[Value] = set()
    for index, value in enumerate(values):
        low |= {value} - {1}
        if not (low <= {0} or low <= {-1}):
            raise Rejected(f"output {name} is {value}, so not all values are 0 and 1, or -1 and 1", place=place(cube, index))
    return table_of(value == 1 for value in values)


def _softmax(activation: Value, entries: Sequence[Value]) -> Value:
    return sympy.exp(symbolic(activation)) / sympy.Add(*(sympy.exp(symbolic(s)) for s in entries))


def _logistic(s: Value, at_zero: int) -> Value:
    return 1 / (1 + sympy.exp(-symbolic(s)))


def _reciprocal(s: Value, at_zero: int) -> Value:
    if s == 0:
        raise BadInput("the reciprocal of 0 is not a number: keep the activation away from 0")
    return Fraction(1) / s if isinstance(s, (int, Fraction)) else 1 / s


# Each transfer function takes S and H(0). On numbers, signs are decided; in expressions, they are written down.
_SMOOTH: dict[str, Callable[[Value, int], Value]] = {
    "identity": lambda s, at_zero: s,
    "logistic": _logistic,
    "tanh": lambda s, at_zero: sympy.tanh(symbolic(s)),
    "exp": lambda s, at_zero: sympy.exp(symbolic(s)),
    "reciprocal": _reciprocal,
    "sqrt": lambda s, at_zero: exact(sympy.sqrt(symbolic(s))),
    "cos": lambda s, at_zero: sympy.cos(symbolic(s)),
    "sin": lambda s, at_zero: sympy.sin(symbolic(s)),
}
_AT_NUMBERS: dict[str, Callable[[Value, int], Value]] = {
    **_SMOOTH,
    "threshold": lambda s, at_zero: fires(s, at_zero=at_zero),
    "sign": lambda s, at_zero: sgn(s, at_zero=at_zero),
    "relu": lambda s, at_zero: s if sign_of(s) > 0 else 0,
}
_AS_EXPRESSIONS: dict[str, Callable[[Value, int], Value]] = {
    **_SMOOTH,
    "threshold": lambda s, at_zero: sympy.Heaviside(symbolic(s), at_zero),
    "sign": lambda s, at_zero: 2 * sympy.Heaviside(symbolic(s), at_zero) - 1,
    "relu": lambda s, at_zero: sympy.Max(0, symbolic(s)),
}
