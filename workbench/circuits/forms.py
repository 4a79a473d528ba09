"""What an entry of the library is: a function for every size, its circuits in each model, and what they cost as formulas in n."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Union

from sympy import Expr, Integer, Symbol

from workbench.errors import BadInput
from workbench.network import Network

SIZE_LIMIT = 4_096  # weights of words have as many bits
WIRE_LIMIT = 1_000_000  # a network of so many wires takes about 200 MB

n = Symbol("n", integer=True, positive=True)
Number = Union[int, Expr]
Rule = Callable[[int, Sequence[int]], Union[int, tuple[int, ...]]]


@dataclass(frozen=True)
class Cost:
    """What a circuit takes: layers, threshold units, wires, attended wires, and the products formed by output and synaptic gates.

    The fields are integers for a network, formulas in n for a family; a multiplication adds no layer.

    >>> Cost(1, n, n**2).at(3)
    Cost(depth=1, units=3, wires=9, attention=0, output_gatings=0, synaptic_gatings=0)
    """

    depth: Number
    units: Number
    wires: Number
    attention: Number = 0
    output_gatings: Number = 0
    synaptic_gatings: Number = 0

    @classmethod
    def of(cls, network: Network) -> Cost:
        """Return the cost of a network, counted on the object."""
        gates = network.gatings
        return cls(network.depth, network.threshold_units, network.wires, gates.additive_activation, gates.output, gates.synaptic)

    def at(self, size: int) -> Cost:
        """Return the values of the formulas at this size."""
        return Cost(*(value_at(getattr(self, f.name), size) for f in fields(self)))


def value_at(formula: Number, size: int) -> int:
    """Return the value of a formula in n at this size.

    >>> value_at(n**2 + 1, 3)
    10
    """
    return int(formula if isinstance(formula, int) else formula.subs(n, Integer(size)))


def largest_weight(network: Network) -> int:
    """Return the largest absolute weight of a synapse, 0 if there is none; biases apart, library circuits have integer weights."""
    return int(max((abs(s.weight) for unit in network.units for s in unit.synapses), default=0))


@dataclass(frozen=True)
class Form:
    """The circuits of one model: `build(n)`, their cost and largest weight as formulas in n, and the values of their inputs.

    `weight` is None where no formula is stated.
    """

    build: Callable[[int], Network]
    cost: Cost
    weight: Number | None = 1
    inputs: str = "01"


@dataclass(frozen=True, eq=False)
class Entry:
    """A Boolean function for every size n, with its circuits by model and convention of the gates' outputs.

    `rule(n, bits)` is the function in plain Python: a bit, or a tuple of bits; `arity` is the number of inputs as a formula in n.
    Calling the entry builds a network. Raises BadInput for a size not from 1 to 4,096, an unknown form, or over 10^6 wires.

    >>> from workbench.circuits import parity
    >>> parity(5, "gated", outputs="pm1")
    Network(x0, x1, x2, x3, x4 -> f1; 5 units, 25 wires)
    >>> parity.spec(3)((1, 1, 1)), parity.form("skip").cost.units
    (1, floor(n/2) + 1)
    >>> parity(5, "gilded")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: parity has no form gilded, 01: choose of standard; skip; gated; gated, pm1; synaptic, pm1
    """

    name: str
    says: str
    arity: Number
    rule: Rule
    forms: Mapping[tuple[str, str], Form]

    def __repr__(self) -> str:
        return f"Entry({self.name}: {self.says})"

    @property
    def models(self) -> tuple[tuple[str, str], ...]:
        """The models that it has, each with the values of its gates: 01, or pm1 for -1 and 1."""
        return tuple(self.forms)

    def key(self, model: str = "standard", *, outputs: str | None = None) -> tuple[str, str]:
        """Return the model and the values of its gates, by default 01 where there is a choice. Raises BadInput for no form."""
        if outputs is None:
            outputs = next((o for m, o in self.forms if m == model), "01")
        if (model, outputs) not in self.forms:
            known = "; ".join(m if o == "01" else f"{m}, {o}" for m, o in self.forms)
            raise BadInput(f"{self.name} has no form {model}, {outputs}: choose of {known}")
        return model, outputs

    def form(self, model: str = "standard", *, outputs: str | None = None) -> Form:
        """Return the form of a model; see `key`."""
        return self.forms[self.key(model, outputs=outputs)]

    def __call__(self, size: int, model: str = "standard", *, outputs: str | None = None) -> Network:
        form = self.form(model, outputs=outputs)
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= SIZE_LIMIT:
            raise BadInput(f"size {size!r} of {self.name} is not an integer from 1 to {SIZE_LIMIT}")
        if (wires := value_at(form.cost.wires, size)) > WIRE_LIMIT:
            shown = wires if size < 64 else f"over 2**{wires.bit_length() - 1}"
            raise BadInput(f"{self.name}({size}, {model!r}) has {shown} wires > {WIRE_LIMIT}: take a smaller size or another model")
        return form.build(size)

    def spec(self, size: int) -> Callable[[Sequence[int]], int | tuple[int, ...]]:
        """Return the function of this size, from bits (input 0 first) to a bit or a tuple of bits."""
        return lambda bits: self.rule(size, bits)

    def inputs_at(self, size: int) -> int:
        """Return the number of inputs at this size."""
        return value_at(self.arity, size)


def names(letter: str, size: int) -> list[str]:
    """Return the names of the bits of a word, the lowest first.

    >>> names("x", 3)
    ['x0', 'x1', 'x2']
    """
    return [f"{letter}{i}" for i in range(size)]


def number(bits: Sequence[int]) -> int:
    """Return the value of a word, its lowest bit first.

    >>> number((1, 1, 0))
    3
    """
    return sum(bit << i for i, bit in enumerate(bits))
