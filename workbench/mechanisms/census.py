"""How many products of each kind a mechanism forms: counted on its network as it runs, as exact polynomials in n, d and dv.

A product is counted where it is formed: one of two outputs is an output gating, one of an output and a weight a synaptic
gating, one with the output of a reciprocal unit (or an entry of a softmax group) a normalisation, one with the output of a
threshold unit a selection. What a selection has left out is absent: no product with it is formed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import comb, prod
from random import Random
from typing import Any, Union

import sympy

from workbench.errors import BadInput, Rejected
from workbench.mechanisms.mechanism import LETTERS, Mechanism
from workbench.network import Network, Signal, Synapse, Unit, Value

KINDS = ("output_gating", "synaptic_gating", "additive_activation", "normalisation")
FURTHER = ("selection", "additive_output", "additive_synaptic", "activation_gating")
DEGREE = 4  # the total degree up to which a count is taken for a polynomial
HELD_OUT = 8  # further sizes at which the polynomial must give the count
SYMBOLS = sympy.symbols("n d dv", integer=True, positive=True)

Number = Union[Fraction, None]  # None: absent, a product with an output that was not selected
Sizes = tuple[int, int, int]


def products(network: Network, point: Mapping[str, Fraction]) -> Counter[str]:
    """Return how often each kind of product is formed when the network runs at a point.

    Values matter to threshold units only: smooth transfers are replaced by increasing rational functions (cos and sin by 1),
    weights with symbols by 1.

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
                self.counts["selection"] += transfer == "threshold" and value is not None
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
        self.counts["additive_activation"] += synapse.attention and weight is not None
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
        self.counts["normalisation"] += unit.group is not None and fired is not None
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


@dataclass(frozen=True)
class Census:
    """The counts of a mechanism's products by kind, as polynomials in n, d and dv.

    The polynomial of total degree <= 4 is the one through the counts at a simplex of sizes; `held_out` are sizes beyond it at
    which it gave the count as well. `least` is the smallest number of tokens it speaks of: that which a selection keeps.
    """

    mechanism: Mechanism
    polynomials: tuple[tuple[str, sympy.Expr], ...]
    least: int
    held_out: tuple[Sizes, ...]

    @classmethod
    def of(cls, mechanism: Mechanism, *, degree: int = DEGREE) -> Census:
        """Return the census of a mechanism.

        Raises Rejected at the first size where a count is not the polynomial's.

        >>> from workbench.mechanisms import mechanism
        >>> census = Census.of(mechanism("softmax"))
        >>> [str(census[kind]) for kind in KINDS], census.numbers(5, 3, 4)["output_gating"]
        (['d*n**2', 'dv*n**2', '0', 'n**2'], 75)
        >>> census.numbers(0, 3, 4)
        Traceback (most recent call last):
            ...
        workbench.errors.BadInput: sizes (n, d, dv) = (0, 3, 4) are not all integers from (1, 1, 1) on
        """
        least = max([value for name, value in mechanism.options if name == "most" and value] or [1])
        base = (least, 1, 1)
        corner = [s for s in product(range(degree + 1), repeat=3) if sum(s) <= degree]
        counted = {s: _counted(mechanism, _moved(base, s)) for s in corner}
        kinds = [*KINDS, *(k for k in FURTHER if any(c[k] for c in counted.values()))]
        found = tuple((kind, _through({s: c[kind] for s, c in counted.items()}, base)) for kind in kinds)
        census = cls(mechanism, found, least, tuple(_beyond(base, degree)))
        census.check()
        return census

    def __getitem__(self, kind: str) -> sympy.Expr:
        return dict(self.polynomials)[kind]

    def check(self) -> None:
        """Count at the sizes held out; raise Rejected where a polynomial does not give the count."""
        for sizes in self.held_out:
            counts, numbers = _counted(self.mechanism, sizes), self.numbers(*sizes)
            for kind, number in numbers.items():
                if counts[kind] != number:
                    raise Rejected(f"{counts[kind]} {kind} products, where the polynomial is {number}", place=f"(n, d, dv) = {sizes}")

    def numbers(self, n: int, d: int, dv: int) -> dict[str, int]:
        """Return the counts at these sizes. Raises BadInput for sizes below those it speaks of."""
        sizes, base = (n, d, dv), (self.least, 1, 1)
        if any(isinstance(s, bool) or not isinstance(s, int) or s < low for s, low in zip(sizes, base, strict=True)):
            raise BadInput(f"sizes (n, d, dv) = {sizes} are not all integers from {base} on")
        table = dict(zip(SYMBOLS, sizes, strict=True))
        return {kind: int(p.xreplace(table)) for kind, p in self.polynomials}

    @cached_property
    def products(self) -> sympy.Expr:
        """The number of all products: gatings of outputs, synapses and activations, and normalisations."""
        counted = ("output_gating", "synaptic_gating", "normalisation", "activation_gating")
        return sympy.expand(sympy.Add(*(p for kind, p in self.polynomials if kind in counted)))

    def as_json(self, n: int, d: int, dv: int) -> dict[str, Any]:
        """Return the census as the command line prints it."""
        return {
            "mechanism": self.mechanism.name,
            "symbolic": {kind: str(p) for kind, p in self.polynomials},
            "numbers": self.numbers(n, d, dv),
            "flags": list(self.mechanism.flags),
            "sizes": {"n": n, "d": d, "dv": dv},
            "options": {name: _plain(value) for name, value in self.mechanism.options},
            "source": str(self.mechanism.source),
            "held_out": [list(sizes) for sizes in self.held_out],
        }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else list(value) if isinstance(value, tuple) else str(value)


def _moved(base: Sizes, by: Sequence[int]) -> Sizes:
    n, d, dv = (b + s for b, s in zip(base, by, strict=True))
    return n, d, dv


def _counted(mechanism: Mechanism, sizes: Sizes) -> Counter[str]:
    random = Random(0)
    network = mechanism.network(*sizes)
    return products(network, {name: Fraction(random.randrange(1, 10**6), 10**3) for name in network.inputs})


def _through(values: Mapping[tuple[int, ...], int], base: Sizes) -> sympy.Expr:
    """Return the polynomial through values at base + s, s in a simplex: sum over s of its difference at base times binomials."""
    total = sympy.S.Zero
    for s in values:
        below = product(*(range(k + 1) for k in s))
        difference = sum((-1) ** (sum(s) - sum(t)) * prod(map(comb, s, t)) * values[t] for t in below)
        steps = (sympy.binomial(x - b, k).expand(func=True) for x, b, k in zip(SYMBOLS, base, s, strict=True))
        total += difference * sympy.Mul(*steps)
    return sympy.expand(total)


def _beyond(base: Sizes, degree: int) -> Iterable[Sizes]:
    """Return sizes outside the simplex, spread over all directions."""
    far = degree // 2 + 1
    for s in list(product((0, far), repeat=3))[-HELD_OUT // 2 :] + [(1, far, far), (far, 1, far), (far, far, 1), (degree + 1, 0, 0)]:
        if sum(s) > degree:
            yield _moved(base, s)


def crossover(cheaper: sympy.Expr, dearer: sympy.Expr, *, letter: str = "n", **sizes: int) -> int | None:
    """Return the least value of a letter from which on one count stays below another at given sizes of the others, None if never.

    >>> n, d, dv = SYMBOLS
    >>> crossover(n * d**2, n**2 * d, d=64)
    65
    >>> crossover(n**2, n, d=1) is None
    True
    """
    if letter not in LETTERS or letter in sizes:
        raise BadInput(f"letter {letter!r} with sizes {sizes}: give the sizes of the other two of {', '.join(LETTERS)}")
    table = {x: sizes.get(str(x), x) for x in SYMBOLS}
    (x,) = (s for s in SYMBOLS if str(s) == letter)
    free = sympy.Symbol(letter)
    gap = sympy.Poly((dearer - cheaper).xreplace(table).xreplace({x: free}), free)
    if gap.LC() <= 0 or gap.is_zero:
        return None
    low = 1
    while gap.count_roots(low, None) or gap.eval(low) <= 0:  # roots are counted exactly, by Sturm's theorem
        low *= 2
    return _least(gap, low)


def _least(gap: sympy.Poly, high: int) -> int:
    """Return the least integer from which on a polynomial is positive, which it is from `high` on."""
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        stays = not gap.count_roots(middle, None) and gap.eval(middle) > 0
        low, high = (low, middle) if stays else (middle, high)
    return high
