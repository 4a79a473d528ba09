"""Integer weights for the units of a circuit, from what each unit is to give at each point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from workbench.architectures import Architecture, Layer
from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit

LARGEST = 1 << 16  # of a weight; units of at most eight bits need far less
Bits = np.ndarray  # 0 and 1, at each point


def realised(n: int, architecture: Architecture, columns: Sequence[Bits], *, skip: bool, outputs: str) -> Network:
    """Return the network of an architecture whose units give these columns before their gates; weights are small integers.

    No activation is 0 at a point of the cube. Inputs x0, x1, ... have the values of outputs; units are called h1, h2, ..., the last
    one f and its gates f_2, f_3, ... Raises BadInput if a column is no threshold function of what its unit reads.

    >>> xor = realised(2, ((1, None),), [np.array([0, 1, 1, 1]), np.array([1, 1, 1, 0])], skip=False, outputs="01")
    >>> xor, xor.function().table
    (Network(x0, x1 -> f; 2 units, 4 wires), 6)
    """
    inputs = [f"x{i}" for i in range(n)]
    values: dict[str, Bits] = {name: np.arange(1 << n) >> i & 1 for i, name in enumerate(inputs)}
    units: list[Unit] = []
    sources, left = inputs, iter(columns)
    for number, layer in enumerate(architecture):
        names = _names(len(layer), len(units), last=number == len(architecture) - 1)
        own = dict(zip(names, left, strict=False))
        for name, gate in zip(names, layer, strict=True):
            bias, *weights = least_weights([values[s] for s in sources], own[name], outputs)
            kept = {s: w for s, w in zip(sources, weights, strict=True) if w} or dict.fromkeys(sources[-1:], 0)
            synapses = (Synapse(s, w, attention=skip and s not in inputs) for s, w in kept.items())
            gates = () if gate is None else (Signal("O", names[gate]),)
            transfer = "threshold" if outputs == "01" else "sign"
            units.append(Unit(name, transfer, tuple(synapses), bias, output_gates=gates))
        values |= _gated(own, names, layer, outputs)
        sources = sources + names if skip else names
    return Network.of(inputs, units, ["f"])


def two_layers(n: int, table: int, *, outputs: str) -> Network:
    """Return a network of two layers for any function, with a hidden unit for each point where it has its rarer value.

    >>> two_layers(3, 0b10010110, outputs="pm1").size
    5
    """
    target = np.array([table >> k & 1 for k in range(1 << n)])
    rarer = 2 * target.sum() <= target.size
    points = np.flatnonzero(target == rarer)
    columns = [*np.eye(target.size, dtype=np.int64)[points], target]
    return realised(n, ((None,) * len(points), (None,)), columns, skip=False, outputs=outputs)


def _names(width: int, before: int, *, last: bool) -> list[str]:
    return ["f", *(f"f_{i}" for i in range(2, width + 1))] if last else [f"h{before + i}" for i in range(1, width + 1)]


def _gated(own: dict[str, Bits], names: list[str], layer: Layer, outputs: str) -> dict[str, Bits]:
    """The outputs of a layer, from what its units give before their gates."""
    found: dict[str, Bits] = {}
    while len(found) < len(names):
        for name, gate in zip(names, layer, strict=True):
            if gate is None:
                found[name] = own[name]
            elif names[gate] in found:
                other = found[names[gate]]
                found[name] = own[name] & other if outputs == "01" else 1 ^ own[name] ^ other
    return found


def least_weights(bits: Sequence[Bits], target: Bits, outputs: str) -> list[int]:
    """Return a bias and integer weights of least total size, their sum positive where the target is 1 and negative where it is 0.

    `bits` are the sources at each point; they act as 0 and 1 or, for outputs "pm1", as -1 and 1. Raises BadInput if there are none.

    >>> least_weights([np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])], np.array([0, 0, 0, 1]), "pm1")
    [-1, 1, 1]
    """
    columns = np.array([np.ones(len(target), np.int64), *bits]).T
    if outputs == "pm1":
        columns[:, 1:] = 2 * columns[:, 1:] - 1
    rows = np.unique(columns * (2 * target - 1)[:, None], axis=0)
    width = rows.shape[1]
    found = milp(
        np.ones(2 * width),  # the positive and the negative parts
        integrality=np.ones(2 * width),
        bounds=Bounds(0, LARGEST),
        constraints=LinearConstraint(np.hstack([rows, -rows]), lb=1),
    )
    weights = None if found.x is None else np.rint(found.x[:width] - found.x[width:]).astype(np.int64)
    if weights is None or (rows @ weights < 1).any():
        raise BadInput("the table of a unit is of no threshold function: give a table that a unit can have")
    return [int(w) for w in weights]
