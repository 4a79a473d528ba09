"""Units of the standard model: activation S, output O, weights w on synapses, and the signals that act on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Union

import sympy

from workbench.errors import BadInput

WHOLE_TRANSFERS = ("identity", "threshold", "sign", "relu")  # these take integers to integers, the smooth ones do not
SMOOTH_TRANSFERS = ("logistic", "tanh", "exp", "softmax", "reciprocal", "sqrt", "cos", "sin")
TRANSFERS = WHOLE_TRANSFERS + SMOOTH_TRANSFERS
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

Value = Union[int, Fraction, sympy.Expr]
Node = tuple[str, ...]  # ("S", unit), ("O", unit or input) or ("w", unit, presynaptic)


def exact(value: object) -> Value:
    """Return an exact real number as an int or a Fraction where it is rational, as a SymPy expression otherwise.

    Raises BadInput for floats, strings, infinities and whatever else is not exact.

    >>> exact(sympy.Rational(1, 2)), exact(sympy.sqrt(2))
    (Fraction(1, 2), sqrt(2))
    >>> exact(0.5)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 0.5 is not exact: give an int, a Fraction or a SymPy expression without floats
    """
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Fraction):
        return value
    if isinstance(value, sympy.Integer):
        return int(value)
    if isinstance(value, sympy.Rational):
        return Fraction(int(value.p), int(value.q))
    if isinstance(value, sympy.Expr) and not value.has(sympy.Float, sympy.I, sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        return value
    raise BadInput(f"{value!r} is not exact: give an int, a Fraction or a SymPy expression without floats")


def symbolic(value: Value) -> sympy.Expr:
    """Return an exact value as a SymPy expression.

    >>> symbolic(Fraction(1, 3))
    1/3
    """
    return sympy.Rational(value.numerator, value.denominator) if isinstance(value, (int, Fraction)) else value


def named(name: object) -> str:
    """Return the name of an input or unit. Raises BadInput unless it is a letter followed by letters, digits and underscores."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadInput(f"name {name!r} is not a letter followed by letters, digits and underscores")
    return name


@dataclass(frozen=True)
class Signal:
    """A variable of a network: output "O" of a unit or input, activation "S" of a unit, or weight "w" of its synapse from another.

    The value of a weight is its effective value, after what acts on it. Raises BadInput for another letter, or if `presynaptic`
    is missing for a weight or given for anything else.

    >>> Signal("w", "f", "x")
    Signal(variable='w', unit='f', presynaptic='x')
    >>> Signal("w", "f")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: a weight needs a unit and a presynaptic name, an O or S a unit only: got 'w', 'f', None
    """

    variable: str
    unit: str
    presynaptic: str | None = None

    def __post_init__(self) -> None:
        if self.variable not in ("O", "S", "w"):
            raise BadInput(f"variable {self.variable!r} is not one of O, S, w")
        if (self.variable == "w") == (self.presynaptic is None):
            given = f"{self.variable!r}, {self.unit!r}, {self.presynaptic!r}"
            raise BadInput(f"a weight needs a unit and a presynaptic name, an O or S a unit only: got {given}")

    @property
    def node(self) -> Node:
        """The variable as a node of the graph of dependencies."""
        return (self.variable, self.unit) if self.presynaptic is None else (self.variable, self.unit, self.presynaptic)


def output(name: str) -> Signal:
    """Return the output of a unit or input as a signal.

    >>> output("f").node
    ('O', 'f')
    """
    return Signal("O", name)


@dataclass(frozen=True, slots=True)
class Synapse:
    """A connection from a unit or input; its effective weight is (weight + sum of additions) x product of gates.

    `attention=True` marks additive activation attention by an output (multiplexing): the same algebra as an ordinary synapse,
    drawn and counted apart. Raises BadInput for an inexact weight.

    >>> Synapse("x", sympy.Rational(3, 2)).weight
    Fraction(3, 2)
    """

    source: str
    weight: Value
    gates: tuple[Signal, ...] = ()
    additions: tuple[Signal, ...] = ()
    attention: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", exact(self.weight))
        object.__setattr__(self, "gates", tuple(self.gates))
        object.__setattr__(self, "additions", tuple(self.additions))

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What acts on this synapse."""
        return self.additions + self.gates


@dataclass(frozen=True)
class Unit:
    """One unit: S = (synapses + bias + additions) x gates, then O = transfer(S) x output gates + output additions.

    The bias is gated with the rest unless `gate_bias` is False; then S = (synapses + additions) x gates + bias. `additions` are
    (weight, Signal) pairs of sources S and w; an output adds to an activation by a `Synapse(..., attention=True)`. Softmax units
    name their `group` and are normalised over it. `at_zero` is H(0), so that sign(0) is -1 by default. Raises BadInput for an
    unknown transfer, an inexact number, a missing or misplaced group, or an output among `additions`.

    >>> Unit("f", "threshold", (Synapse("x", 1),), bias=Fraction(-1, 2)).bias
    Fraction(-1, 2)
    >>> Unit("f", "step")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: transfer 'step' is not one of identity, threshold, sign, relu, logistic, tanh, exp, softmax, \
reciprocal, sqrt, cos, sin
    """

    name: str
    transfer: str
    synapses: tuple[Synapse, ...] = ()
    bias: Value = 0
    additions: tuple[tuple[Value, Signal], ...] = ()
    gates: tuple[Signal, ...] = ()
    gate_bias: bool = True
    output_gates: tuple[Signal, ...] = ()
    output_additions: tuple[Signal, ...] = ()
    group: str | None = None
    at_zero: int = 0

    def __post_init__(self) -> None:
        named(self.name)
        if self.group is not None:
            named(self.group)
        if self.transfer not in TRANSFERS:
            raise BadInput(f"transfer {self.transfer!r} is not one of {', '.join(TRANSFERS)}")
        if (self.transfer == "softmax") == (self.group is None):
            raise BadInput(f"unit {self.name}: softmax units, and no others, name a group; got {self.transfer} and {self.group!r}")
        if self.at_zero not in (0, 1):
            raise BadInput(f"unit {self.name}: at_zero is H(0), 0 or 1, not {self.at_zero!r}")
        object.__setattr__(self, "bias", exact(self.bias))
        object.__setattr__(self, "additions", tuple((exact(weight), signal) for weight, signal in self.additions))
        for field in ("synapses", "gates", "output_gates", "output_additions"):
            object.__setattr__(self, field, tuple(getattr(self, field)))
        for _, signal in self.additions:
            if signal.variable == "O":
                raise BadInput(f"unit {self.name}: output {signal.unit} adds by a Synapse(..., attention=True)")

    @property
    def acting_on_activation(self) -> tuple[Signal, ...]:
        """What acts on S directly, not through a synapse."""
        return tuple(signal for _, signal in self.additions) + self.gates

    @property
    def acting_on_output(self) -> tuple[Signal, ...]:
        """What acts on O."""
        return self.output_gates + self.output_additions

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Every signal that acts on this unit or on one of its synapses."""
        of_synapses = tuple(signal for synapse in self.synapses for signal in synapse.signals)
        return of_synapses + self.acting_on_activation + self.acting_on_output

    @property
    def weights(self) -> tuple[Value, ...]:
        """Every weight, then the bias."""
        return (*(s.weight for s in self.synapses), *(weight for weight, _ in self.additions), self.bias)


def affine(name: str, weights: Mapping[str, Value], bias: Value = 0, *, transfer: str = "identity") -> Unit:
    """Return the unit with these weights by presynaptic name.

    >>> affine("s", {"x": 1, "y": -2}, 3).synapses[1]
    Synapse(source='y', weight=-2, gates=(), additions=(), attention=False)
    """
    return Unit(name, transfer, tuple(Synapse(source, weight) for source, weight in weights.items()), bias)


def threshold_unit(name: str, weights: Mapping[str, Value], bias: Value = 0, *, at_zero: int = 0) -> Unit:
    """Return the unit H(weights . outputs + bias), with outputs 0 and 1 and H(0) = `at_zero`."""
    return replace(affine(name, weights, bias, transfer="threshold"), at_zero=at_zero)


def sign_unit(name: str, weights: Mapping[str, Value], bias: Value = 0, *, at_zero: int = 0) -> Unit:
    """Return the unit sgn(weights . outputs + bias), with outputs -1 and 1 and sgn(0) = 2 `at_zero` - 1."""
    return replace(affine(name, weights, bias, transfer="sign"), at_zero=at_zero)
