"""Whether the three forms of a mechanism are one function: compared on random inputs, masked and not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import sympy

from workbench.errors import BadInput, Rejected
from workbench.mechanisms.forms import Mechanism, Tensor
from workbench.units import symbolic

DIGITS = 30  # to which the expression and the network are compared where their values are not rational
HALF = 0.5  # of the pairs that a random mask opens
CLOSE = 1e-12  # of JAX in float64, relative to the largest output or 1


@dataclass(frozen=True)
class Agreement:
    """The largest difference of the JAX form from the exact ones over so many random inputs, and how the exact ones compared."""

    mechanism: str
    inputs: int
    largest: float
    rational: bool

    def __repr__(self) -> str:
        exact = "exactly" if self.rational else f"to {DIGITS} digits"
        return (
            f"Agreement({self.mechanism}: expression and network agree {exact}, JAX to {self.largest:.1g}, on {self.inputs} inputs)"
        )


def agreement(mechanism: Mechanism, *, n: int = 3, d: int = 2, dv: int = 1, draws: int = 10, seed: int = 0) -> Agreement:
    """Return how well the three forms of a mechanism agree on random rational inputs: unmasked, causal and with a random mask.

    JAX is also run on two inputs at once. Learned matrices are drawn as well. Raises Rejected at the first input at which the
    expression differs from the network, or JAX from it by over 1e-12 of the largest output (or of 1); BadInput for sizes that
    are no integers from 1 on, and no draws.

    >>> from workbench.mechanisms import mechanism
    >>> agreement(mechanism("linearised"), draws=3).rational
    True
    >>> from dataclasses import replace
    >>> agreement(replace(mechanism("softmax"), rule=mechanism("krause").rule))
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: output 0 is 0.40000139 as an expression and 0.40052245 as a network, at input 0 (no mask)
    """
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
        raise BadInput(f"{draws} draws of {mechanism.name}: give one at least")
    random, largest, rational, letters = Random(seed), 0.0, True, mechanism.letters(n, d, dv)
    some = [[random.random() < HALF for _ in range(n)] for _ in range(n)]
    ways: dict[str, dict[str, Any]] = {"no mask": {}} | (
        {"causal": {"causal": True}, "a mask": {"mask": some}} if mechanism.masked else {}
    )
    forms = {way: (mechanism.expression(n, d, dv, **how), mechanism.network(n, d, dv, **how)) for way, how in ways.items()}
    for draw in range(draws):
        way = list(ways)[draw % len(ways)]
        expression, network = forms[way]
        place = f"input {draw} ({way})"
        values = {
            t.name: [[Fraction(random.randrange(-30, 31), 10) for _ in row] for row in t.names(letters)]
            for t in (*mechanism.inputs, *mechanism.weights)
        }
        given, learned = (_entries(tensors, letters, values) for tensors in (mechanism.inputs, mechanism.weights))
        outputs = list(expression.xreplace({x: symbolic(v) for x, v in (given | learned).items()}))
        wired = [symbolic(v) for v in network.substitute(learned).at(tuple(given.values()))]
        rational &= all(v.is_Rational for v in (*outputs, *wired))
        for k, (ours, theirs) in enumerate(zip(outputs, wired, strict=True)):
            if not _same(ours, theirs):
                told = f"{sympy.N(ours, 8)} as an expression and {sympy.N(theirs, 8)} as a network"
                raise Rejected(f"output {k} is {told}", place=place)
        arrays = {
            t.name: np.array(values[t.name], "float64").reshape(t.sizes(letters)) for t in (*mechanism.inputs, *mechanism.weights)
        }
        largest = max(largest, _from_jax(mechanism, arrays, outputs, place, ways[way]))
    return Agreement(mechanism.name, draws, largest, rational)


def _same(ours: sympy.Expr, theirs: sympy.Expr) -> bool:
    if ours.is_Rational and theirs.is_Rational:
        return bool(ours == theirs)
    return bool(abs(sympy.N(ours - theirs, DIGITS, maxn=10 * DIGITS)) <= sympy.Rational(1, 10**DIGITS) * (1 + abs(sympy.N(ours))))


def _entries(tensors: Sequence[Tensor], letters: Mapping[str, int], values: Mapping[str, Any]) -> dict[sympy.Symbol, Fraction]:
    """Return the values by the symbols of the tensors' entries, row by row."""
    pairs = [
        (n, v)
        for t in tensors
        for row, own in zip(t.names(letters), values[t.name], strict=True)
        for n, v in zip(row, own, strict=True)
    ]
    return {sympy.Symbol(name, real=True): value for name, value in pairs}


def _from_jax(
    mechanism: Mechanism,
    arrays: Mapping[str, np.ndarray],
    outputs: Sequence[sympy.Expr],
    place: str,
    how: Mapping[str, Any],
) -> float:
    """Return the largest difference of the JAX form from exact outputs, relative to the largest of them or 1.

    It is run on the arrays alone, and as the second of a batch of two.
    """
    options = {t.name: arrays[t.name] for t in mechanism.weights} | {k: np.array(v) if k == "mask" else v for k, v in how.items()}
    given = [arrays[t.name] for t in mechanism.inputs]
    run = mechanism.lowered("float64")
    want = np.array([float(sympy.N(v, 20)) for v in outputs])
    gaps = []
    for seen, told in ((run(*given, **options), ""), (run(*(np.stack([a / 2, a]) for a in given), **options)[1], ", in a batch")):
        gaps.append(float(np.abs(np.asarray(seen).ravel() - want).max() / max(1.0, np.abs(want).max())))
        if not gaps[-1] <= CLOSE:
            raise Rejected(f"JAX is {gaps[-1]:.2g} away from the expression, over {CLOSE:g}", place=place + told)
    return max(gaps)
