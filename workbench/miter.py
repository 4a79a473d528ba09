"""A network of threshold units beside a chain of gates, as one formula that has a model where the two differ, and its refutation.

Every signal of the network is a linear form of literals: a unit with outputs 0 and 1 is a literal l, one with outputs -1 and 1 is
2 l - 1, a linear unit is a sum. A product of forms takes an AND for each pair of literals. A threshold unit becomes a machine that
reads the literals of its activation by falling weight; its states are partial sums, merged once the rest cannot change the sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import lcm
from typing import Any, ClassVar

from workbench import schema
from workbench.clauses import Clause, Proof, Step, dimacs, refuted, steps, written
from workbench.domain import convention
from workbench.errors import BadInput
from workbench.gates import FALSE, SPECIFICATIONS, TRUE, VARIABLE_LIMIT, Gates
from workbench.network import Network
from workbench.schema import Fields
from workbench.units import Signal, Unit, Value, threshold_unit

TERM_LIMIT = 4_096  # terms of one linear form
Form = dict[int, Fraction]  # the coefficient of each variable; that of variable 1 is the constant


def clauses_of(network: Network, specification: str, *, inputs: str = "01", outputs: str = "01") -> list[Clause]:
    """Return a formula whose models are the points where an output of the network is not the specified bit, 0/1 or -1/1.

    Inputs are variables 2, 3, ... in the order of the network; weights are rational. Raises BadInput for an unknown specification,
    another number of outputs, a unit that is neither threshold, sign nor linear, attention on an activation or by anything but an
    output, or over 200,000 variables.

    >>> both = threshold_unit("F", {"x": 1, "y": 1}, Fraction(-3, 2))
    >>> clauses_of(Network.of(["x", "y"], [both], ["F"]), "parity")[-1]
    (6, 7)
    >>> clauses_of(Network.of(["x"], [], ["x"]), "hope")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: specification 'hope' is not one of equality, comparison, addition, parity
    """
    if specification not in SPECIFICATIONS:
        raise BadInput(f"specification {specification[:40]!r} is not one of {', '.join(SPECIFICATIONS)}")
    gates = Gates()
    bits = [gates.new() for _ in network.inputs]
    wanted = SPECIFICATIONS[specification](gates, bits)
    if len(wanted) != len(network.outputs):
        raise BadInput(f"{network!r} has {len(network.outputs)} outputs, {specification} has {len(wanted)}")
    signals = {name: _values(bit, inputs) for name, bit in zip(network.inputs, bits, strict=True)}
    for name in network.order:
        signals[name] = _output(gates, network.unit(name), signals)
    differences = []
    for name, bit in zip(network.outputs, wanted, strict=True):
        apart = _sum([(1, signals[name]), (-1, _values(bit, outputs))])
        differences += [_fires(gates, _sum([(sign, apart)]), at_zero=0) for sign in (1, -1)]
    gates.clauses.append(tuple(x for x in dict.fromkeys(differences) if x != FALSE))
    return gates.clauses


def _values(literal: int, outputs: str) -> Form:
    """Return the form with value 0 or 1, or with value -1 or 1, that is high where the literal is true."""
    form = {literal: Fraction(1)} if literal > 0 else _sum([(1, {TRUE: Fraction(1)}), (-1, {-literal: Fraction(1)})])
    return form if outputs == "01" else _sum([(2, form), (-1, {TRUE: Fraction(1)})])


def _sum(terms: Iterable[tuple[Fraction | int, Form]]) -> Form:
    total: Form = {}
    for factor, form in terms:
        for variable, coefficient in form.items():
            total[variable] = total.get(variable, Fraction(0)) + factor * coefficient
    if len(total) > TERM_LIMIT:
        raise BadInput(f"a linear form has {len(total)} terms > {TERM_LIMIT}: gate fewer units by one another")
    return {variable: coefficient for variable, coefficient in total.items() if coefficient}


def _product(gates: Gates, left: Form, right: Form) -> Form:
    """Return the product of two forms; of two signals -1 and 1 it is a signal again, their XNOR."""
    signs = [x for form in (left, right) for v in form.keys() - {TRUE} for x in (v, -v) if form == _values(x, "pm1")]
    if len(signs) == 2:
        return _values(-gates.parity(*signs), "pm1")
    terms = [(a * b, _values(gates.conjunction(x, y), "01")) for x, a in left.items() for y, b in right.items()]
    return _sum(terms)


def _gated(gates: Gates, form: Form, by: Iterable[Signal], signals: Mapping[str, Form]) -> Form:
    for signal in by:
        if signal.variable != "O":
            raise BadInput(f"{signal} is no output: only outputs gate in a formula")
        form = _product(gates, form, signals[signal.unit])
    return form


def _rational(value: Value) -> Fraction:
    if not isinstance(value, (int, Fraction)):
        raise BadInput(f"weight {value} is not rational: a formula takes integers and fractions")
    return Fraction(value)


def _output(gates: Gates, unit: Unit, signals: Mapping[str, Form]) -> Form:
    """Return the output of a unit as a form."""
    if unit.transfer not in ("threshold", "sign", "identity"):
        raise BadInput(f"unit {unit.name} is {unit.transfer}: a formula takes threshold, sign and identity units")
    if unit.gates or unit.additions or unit.output_additions or any(s.additions for s in unit.synapses):
        raise BadInput(f"unit {unit.name} has attention that is neither multiplexing, output gating nor synaptic gating")
    summands = [(_rational(s.weight), _gated(gates, signals[s.source], s.gates, signals)) for s in unit.synapses]
    activation = _sum([*summands, (_rational(unit.bias), {TRUE: Fraction(1)})])
    if unit.transfer != "identity":
        fired = _fires(gates, activation, at_zero=unit.at_zero)
        activation = _values(fired, "01" if unit.transfer == "threshold" else "pm1")
    return _gated(gates, activation, unit.output_gates, signals)


def _fires(gates: Gates, form: Form, *, at_zero: int) -> int:
    """Return a literal that is true where the form is positive, or 0 if `at_zero` is 1.

    State s before term i is the sum of the constant and the terms before it, in integers; it is decided when all values that the
    rest can take leave it on one side of the least sum that fires.
    """
    scale = lcm(*(c.denominator for c in form.values()))
    weights = {variable: int(c * scale) for variable, c in form.items()}
    start, least = weights.pop(TRUE, 0), 1 - at_zero
    terms = sorted(weights.items(), key=lambda term: (-abs(term[1]), term[0]))
    lows, highs = (list(accumulate((side(0, w) for _, w in reversed(terms)), initial=0))[::-1] for side in (min, max))

    def decided(i: int, s: int) -> int:
        return TRUE if s + lows[i] >= least else FALSE if s + highs[i] < least else 0

    if known := decided(0, start):
        return known
    states, number = [{start}], 0
    for i, (_, w) in enumerate(terms):
        states.append({t for s in states[i] for t in (s, s + w) if not decided(i + 1, t)})
        number += len(states[-1])
        if number > VARIABLE_LIMIT:
            raise BadInput(f"a unit of {len(terms)} terms has over {VARIABLE_LIMIT} partial sums: take smaller weights")
    literals: dict[int, int] = {}
    for i in reversed(range(len(terms))):
        variable, w = terms[i]
        after = {t: decided(i + 1, t) or literals[t] for s in states[i] for t in (s, s + w)}
        literals = {s: gates.choice(variable, after[s + w], after[s]) for s in sorted(states[i])}
    return literals[start]


@dataclass(frozen=True)
class Miter:
    """A network that computes a specification at every point of a cube beyond truth tables, by a refutation of its formula."""

    type: ClassVar[str] = "miter"
    soundness: ClassVar[str] = "refuted_difference_is_equality"
    network: Network
    specification: str
    inputs: str
    outputs: str
    proof: Proof

    @property
    def clauses(self) -> list[Clause]:
        """The formula of `clauses_of`."""
        return clauses_of(self.network, self.specification, inputs=self.inputs, outputs=self.outputs)

    def check(self) -> None:
        """Raise Rejected unless the proof refutes that the network and the specification differ anywhere."""
        refuted(self.clauses, self.proof)

    def files(self) -> dict[str, str]:
        """Return the formula and the proof as the texts that other checkers read, by name: DIMACS, LRAT, and DRUP without hints."""
        formula = self.clauses
        drup = "".join(" ".join(map(str, (*step.clause, 0))) + "\n" for step in self.proof)
        return {"miter.cnf": dimacs(formula), "miter.lrat": written(self.proof, len(formula)), "miter.drup": drup}

    @property
    def subject(self) -> tuple[str, int]:
        """What it is about: (specification, number of inputs)."""
        return self.specification, len(self.network.inputs)

    def __repr__(self) -> str:
        return f"Miter({self.network!r} is {self.specification}, {len(self.proof)} steps)"

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON; the proof by its LRAT lines."""
        size = len(self.clauses)
        return {
            "network": schema.write_network(self.network),
            "specification": self.specification,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "clauses": size,
            "proof": written(self.proof, size).splitlines(),
        }

    @classmethod
    def of(cls, fields: Fields) -> Miter:
        """Return the certificate with these fields."""
        network = schema.read_network(fields.take("network", dict))
        specification = fields.take("specification", str)
        inputs, outputs = (convention(fields.take(key, str)) for key in ("inputs", "outputs"))
        size = fields.integer("clauses", low=1)
        found = len(clauses_of(network, specification, inputs=inputs, outputs=outputs))
        if size != found:
            raise BadInput(f"the formula has {found} clauses, not {size}")
        lines = fields.items("proof", _line)
        return cls(network, specification, inputs, outputs, steps("".join(f"{line}\n" for line in lines), size))

    @classmethod
    def lie(cls) -> Miter:
        """Return a false certificate: an AND unit that is said to be parity."""
        both = Network.of(["x0", "x1"], [threshold_unit("F", {"x0": 2, "x1": 2}, -3)], ["F"])
        last = len(clauses_of(both, "parity"))
        return cls(both, "parity", "01", "01", (Step((), (last,)),))


def _line(item: Any) -> str:
    if not isinstance(item, str) or "\n" in item:
        raise BadInput(f"{str(item)[:60]} is not a line of a proof")
    return item
