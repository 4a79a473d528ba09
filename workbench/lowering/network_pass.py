"""The forward pass of a network: its steps one after another on arrays of shape (points, variables), gates fused elementwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby, zip_longest
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from workbench.lowering.network_steps import Activations, Nodes, Outputs, Steps, Weights
from workbench.lowering.operations import OPERATIONS
from workbench.units import Node

SLICES = 8  # variables in more pieces than this are gathered by their indices
CONSTANTS: dict[int, Node] = {0: ("0",), 1: ("1",)}  # the neutral elements of sums and products, as variables


class Parameters(NamedTuple):
    """The trainable numbers of like units.

    `biases` has one number per unit, `matrix` shape (rows, columns), `loose` one number per synapse outside it, `additions` one
    per addition to an activation; None where there are none.
    """

    biases: jax.Array
    matrix: jax.Array | None
    loose: jax.Array | None
    additions: jax.Array | None


def parameters_of(steps: Steps, arrays: Sequence[jax.Array]) -> tuple[Parameters, ...]:
    """Return arrays in their order as the parameters of each set of like units."""
    left = iter(arrays)
    shapes = [step.shapes for step in steps.steps if isinstance(step, Activations)]
    return tuple(Parameters(*(None if shape[name] is None else next(left) for name in Parameters._fields)) for shape in shapes)


@lru_cache(maxsize=128)
def compiled(steps: Steps) -> Any:
    """Return the jitted function of arrays and points, the same for equal steps, so that it is compiled once."""

    # The arrays come as one flat tuple: sorting out named tuples costs a small network a tenth of its time.
    def values(arrays: tuple[jax.Array, ...], points: jax.Array) -> jax.Array:
        return forward(steps, parameters_of(steps, arrays), points)

    return jax.jit(values)


def forward(steps: Steps, parameters: Sequence[Parameters], points: jax.Array) -> jax.Array:
    """Return the outputs, shape (...) for one output and (..., outputs) for several, at points of shape (..., inputs)."""
    shape = points.shape[:-1]
    known = Variables(points.reshape(math.prod(shape), points.shape[-1]), steps.inputs)
    numbers = iter(parameters)
    for step in steps.steps:
        if isinstance(step, Activations):
            known.append(step.nodes, _activations(step, next(numbers), known))
        elif isinstance(step, Outputs):
            known.append(step.nodes, _outputs(step, known))
        else:
            known.append(step.nodes, _weights(step, parameters, known))
    outputs = known.take(steps.outputs)
    return outputs.reshape(shape if len(steps.outputs) == 1 else (*shape, len(steps.outputs)))


class Variables:
    """The variables computed so far: blocks of shape (points, variables), and where each variable is."""

    def __init__(self, points: jax.Array, inputs: Nodes) -> None:
        self.blocks: list[jax.Array] = []
        self.where: dict[Node, tuple[int, int]] = {}
        self.count = points.shape[0]
        self.append(inputs, points)
        for value, node in CONSTANTS.items():
            self.append((node,), jnp.full((self.count, 1), value, points.dtype))

    def append(self, nodes: Nodes, block: jax.Array) -> None:
        """Add a block whose columns are these variables."""
        self.where.update({node: (len(self.blocks), k) for k, node in enumerate(nodes)})
        self.blocks.append(block)

    def take(self, nodes: Sequence[Node]) -> jax.Array:
        """Return these variables in this order: whole blocks or slices where they lie together, else a gather."""
        places = [self.where[node] for node in nodes]
        runs = [[place for _, place in run] for _, run in groupby(enumerate(places), lambda p: (p[1][0], p[1][1] - p[0]))]
        if len(runs) > SLICES:
            return self._gathered(places)
        parts = [self._slice(block, first, first + len(run)) for run in runs for block, first in run[:1]]
        return jnp.concatenate(parts, axis=1) if len(parts) != 1 else parts[0]

    def _slice(self, block: int, start: int, stop: int) -> jax.Array:
        whole = self.blocks[block]
        return whole if (start, stop) == (0, whole.shape[1]) else whole[:, start:stop]

    def _gathered(self, places: list[tuple[int, int]]) -> jax.Array:
        used = sorted({block for block, _ in places})
        first = dict(zip(used, np.cumsum([0, *(self.blocks[b].shape[1] for b in used)]).tolist(), strict=False))
        joined = jnp.concatenate([self.blocks[b] for b in used], axis=1) if len(used) > 1 else self.blocks[used[0]]
        return columns_at(joined, [first[block] + k for block, k in places])

    def combined(self, lists: Sequence[Nodes], neutral: int) -> Any:
        """Return the products (neutral 1) or sums (neutral 0) of lists of variables, the k-th of all lists together."""
        result: Any = neutral
        for kth in zip_longest(*lists, fillvalue=CONSTANTS[neutral]):
            result = result * self.take(kth) if neutral else result + self.take(kth)
        return result


def columns_at(block: jax.Array, indices: Any) -> jax.Array:
    """Return the columns of a block at known indices.

    >>> columns_at(jnp.array([[5, 6, 7]]), [2, 0]).tolist()
    [[7, 5]]
    """
    return block.at[:, np.asarray(indices, dtype=np.int32)].get(mode="promise_in_bounds")


def _activations(step: Activations, numbers: Parameters, known: Variables) -> jax.Array:
    total = _through_matrix(step, numbers.matrix, known) + _through_loose(step, numbers.loose, known)
    if numbers.additions is not None:
        terms = numbers.additions[None] * known.take([node for _, node in step.additions])
        total = total + summed(terms, [row for row, _ in step.additions], len(step.nodes))
    gates = known.combined(step.gates, 1)
    biases = numbers.biases[None]
    values = (total + biases) * gates if step.gate_bias else total * gates + biases
    return jnp.broadcast_to(values, (known.count, len(step.nodes)))


def _through_matrix(step: Activations, matrix: jax.Array | None, known: Variables) -> Any:
    if matrix is None:
        return 0
    gated = len([1 for _, gates in step.columns if gates])
    plain = len(step.columns) - gated
    sources = known.take([source for source, _ in step.columns])
    if gated:
        products = sources[:, plain:] * known.combined([gates for _, gates in step.columns[plain:]], 1)
        sources = jnp.concatenate([sources[:, :plain], products], axis=1)
    held = matrix if step.synapses is None else jnp.where(step.synapses, matrix, 0)
    sums = jnp.matmul(sources, held.T, precision="highest") * known.combined([gates for _, gates in step.rows], 1)
    return summed(sums, [row for row, _ in step.rows], len(step.nodes))


def _through_loose(step: Activations, weights: jax.Array | None, known: Variables) -> Any:
    if weights is None:
        return 0
    rows, sources, gates, additions = zip(*step.loose, strict=True)
    effective = (weights[None] + known.combined(additions, 0)) * known.combined(gates, 1)
    return summed(effective * known.take(sources), list(rows), len(step.nodes))


def summed(terms: jax.Array, rows: Sequence[int], count: int) -> jax.Array:
    """Return, in column r < count, the sum of the columns of `terms` that belong to row r (`rows` ascends).

    >>> summed(jnp.array([[1, 2, 4, 8]]), [0, 0, 2, 2], 3).tolist(), summed(jnp.array([[1, 2, 4, 8]]), [0, 0, 1, 1], 2).tolist()
    ([[3, 0, 12]], [[3, 12]])
    """
    width = len(rows) // count
    if list(rows) == np.repeat(np.arange(count), width).tolist():
        return terms if width == 1 else terms.reshape(-1, count, width).sum(axis=2, dtype=terms.dtype)
    zeros = jnp.zeros((terms.shape[0], count), terms.dtype)
    return zeros.at[:, np.asarray(rows)].add(terms, indices_are_sorted=True, mode="promise_in_bounds")


def _outputs(step: Outputs, known: Variables) -> jax.Array:
    if step.members:
        shares = jax.nn.softmax(known.take(step.members), axis=1)
        place = {node: k for k, node in enumerate(step.members)}
        order = [place[node] for node in step.activations]
        fired = shares if order == list(range(len(place))) else columns_at(shares, order)
    else:
        fired = transferred(step.transfer, step.at_zero, known.take(step.activations))
    return fired * known.combined(step.gates, 1) + known.combined(step.additions, 0)


def _weights(step: Weights, parameters: Sequence[Parameters], known: Variables) -> jax.Array:
    runs = groupby(step.places, lambda place: (place[0], place[1] < 0))
    own = jnp.concatenate([_entries(parameters[k], [place for _, place in run]) for (k, _), run in runs])
    effective = (own[None] + known.combined(step.additions, 0)) * known.combined(step.gates, 1)
    return jnp.broadcast_to(effective, (known.count, len(step.nodes)))


def _entries(numbers: Parameters, places: list[int]) -> jax.Array:
    held, indices = (numbers.loose, [-1 - p for p in places]) if places[0] < 0 else (numbers.matrix, places)
    assert held is not None  # a place is in an array
    return held.reshape(-1).at[np.asarray(indices)].get(mode="promise_in_bounds")


def transferred(transfer: str, at_zero: int, activation: jax.Array) -> jax.Array:
    """Return the transfer function (not softmax) of activations; H(0) = `at_zero`.

    >>> transferred("sign", 0, jnp.array([-2.0, 0.0, 3.0])).tolist()
    [-1.0, -1.0, 1.0]
    """
    if transfer == "identity":
        return activation
    if transfer == "relu":
        return jax.nn.relu(activation)
    if transfer in ("threshold", "sign"):
        fires = (activation >= 0 if at_zero else activation > 0).astype(activation.dtype)
        return fires if transfer == "threshold" else 2 * fires - 1
    if transfer == "reciprocal":
        return OPERATIONS["divide"].apply(None, [jnp.ones_like(activation), activation])
    return OPERATIONS[transfer].apply(None, [activation])
