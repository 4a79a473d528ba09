"""Networks layer by layer: one matrix for a layer's plain synapses, one fused product for its gated ones, weights as a PyTree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import ArrayLike, Shaped

from workbench.errors import BadInput
from workbench.lowering.network_tape import TRANSFER_OPERATIONS, network_tape, rational
from workbench.lowering.operations import OPERATIONS
from workbench.lowering.polynomial import rounded
from workbench.lowering.precision import Exactness, checked, scope
from workbench.lowering.program import Rows, accept, columns_of, exactness
from workbench.lowering.tape import Tape
from workbench.network import Network, Node, Signal, Synapse, Unit


class LoweredNetwork(eqx.Module):
    """A network as a function of points of shape (..., inputs), whose weights are arrays that can be differentiated and trained.

    `weights` holds one number per synapse in the order of `names`, `biases` one per unit in the order of `network.units`,
    `additions` one per addition to an activation. The value has shape (...) for one output and (..., outputs) for several.

    >>> from workbench.network import affine
    >>> net = LoweredNetwork.of(Network.of(["x"], [affine("f", {"x": 2}, -1, transfer="relu")], ["f"]), "float64")
    >>> with jax.enable_x64(True):
    ...     net([[3], [0]]).tolist(), eqx.filter_grad(lambda m: m([3]))(net).weights.tolist()
    ([5.0, 0.0], [3.0])
    >>> LoweredNetwork.of(Network.of(["x"], [affine("f", {"x": sympy.Symbol("w")})], ["f"]), "float64")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: unit f: weight w has the symbol w: give it a value by `substitute`
    """

    weights: jax.Array
    biases: jax.Array
    additions: jax.Array
    plan: Plan = eqx.field(static=True)

    @classmethod
    def of(cls, network: Network, dtype: str) -> LoweredNetwork:
        """Return the network in this number type, with its own weights. Raises BadInput for a weight that is not rational."""
        plan = _plan(network, dtype)
        with scope(dtype):
            weights, biases, additions = (jnp.asarray(rounded(values, dtype)) for values in plan.values)
        return cls(weights, biases, additions, plan)

    @property
    def source(self) -> Network:
        """The network that it was lowered from."""
        return self.plan.network

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """The inputs as symbols, in the order of the coordinates."""
        return self.plan.network.symbols

    @property
    def dtype(self) -> str:
        """The number type of values and weights."""
        return self.plan.dtype

    @property
    def exact(self) -> Exactness:
        """Whether values are free of rounding at points of {-1, 0, 1}^n, with the weights of `source`."""
        return self.plan.exact

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """The (unit, source) of each number in `weights`."""
        return tuple((unit.name, synapse.source) for unit, synapse in self.plan.synapses)

    def __call__(self, points: Shaped[ArrayLike, "*batch inputs"]) -> Shaped[jax.Array, "*batch *outputs"]:
        """Return the outputs at the points.

        Raises BadInput if the last axis does not fit the inputs or the type cannot hold the points.
        """
        given = checked(points, self.dtype)
        inputs = self.plan.network.inputs
        if given.ndim == 0 or given.shape[-1] != len(inputs):
            raise BadInput(
                f"points of shape {given.shape}, but the last axis must have length {len(inputs)}, the inputs {inputs[:8]}"
            )
        with scope(self.dtype):
            parameters = (self.weights, self.biases, self.additions)
            return self.plan.compiled(parameters, jnp.asarray(given, dtype=self.dtype))

    # A function to jit is compared by identity; arrays have no hash.
    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> Any:
        return self is other

    def __repr__(self) -> str:
        return f"LoweredNetwork({self.source!r}, {self.dtype}, {self.exact})"

    def _repr_latex_(self) -> str:
        return self.source._repr_latex_()


@lru_cache(maxsize=128)
def _plan(network: Network, dtype: str) -> Plan:
    return Plan(network, dtype)


@dataclass(frozen=True, eq=False)
class Plan:
    """What is fixed about a lowered network: its variables in levels, where each weight is, and the compiled function."""

    network: Network
    dtype: str

    def __post_init__(self) -> None:
        accept(self.tape, self.dtype)

    @cached_property
    def compiled(self) -> Any:
        """The jitted function of (weights, biases, additions) and points."""
        return jax.jit(self._values)

    @cached_property
    def levels(self) -> tuple[tuple[str, tuple[Node, ...]], ...]:
        """The variables S, O and w in groups of one kind that need only earlier groups."""
        height: dict[Node, int] = {("O", name): 0 for name in self.network.inputs}
        groups: dict[tuple[int, str], list[Node]] = defaultdict(list)
        for node, needs in self.network.schedule:
            height[node] = 1 + max((height[n] for n in needs), default=0)
            groups[height[node], node[0]].append(node)
        return tuple((kind, tuple(nodes)) for (_, kind), nodes in sorted(groups.items()))

    @cached_property
    def synapses(self) -> tuple[tuple[Unit, Synapse], ...]:
        """Every synapse, by level of its unit, plain ones before those with gates or additions."""
        ordered = []
        for kind, nodes in self.levels:
            units = [self.network.unit(node[1]) for node in nodes] if kind == "S" else []
            pairs = [(unit, synapse) for unit in units for synapse in unit.synapses]
            ordered += sorted(pairs, key=lambda pair: bool(pair[1].signals))
        return tuple(ordered)

    @cached_property
    def values(self) -> tuple[list[Fraction], list[Fraction], list[Fraction]]:
        """The exact weights, biases and weights of additions."""
        weights = [rational(synapse.weight, unit) for unit, synapse in self.synapses]
        biases = [rational(unit.bias, unit) for unit in self.network.units]
        return weights, biases, [rational(weight, unit) for unit in self.network.units for weight, _ in unit.additions]

    @cached_property
    def _places(self) -> dict[tuple[str, int], int]:
        return {(unit.name, id(synapse)): k for k, (unit, synapse) in enumerate(self.synapses)}

    @cached_property
    def _bias_places(self) -> dict[str, int]:
        return {unit.name: k for k, unit in enumerate(self.network.units)}

    @cached_property
    def _addition_places(self) -> dict[str, int]:
        counts = np.cumsum([0, *(len(unit.additions) for unit in self.network.units)])
        return {unit.name: int(first) for unit, first in zip(self.network.units, counts[:-1], strict=True)}

    def _values(self, parameters: tuple[jax.Array, jax.Array, jax.Array], points: jax.Array) -> jax.Array:
        rows = Rows()
        rows.append([("O", name) for name in self.network.inputs], columns_of(points))
        for kind, nodes in self.levels:
            if kind == "S":
                rows.append(nodes, self._activations(nodes, rows, parameters))
            elif kind == "O":
                for members, block in self._outputs(nodes, rows):
                    rows.append(members, block)
            else:
                pairs = [(self.network.unit(n[1]), self.network.synapse(n[1], n[2])) for n in nodes]
                rows.append(nodes, self._effective(pairs, rows, parameters[0]))
        outputs = rows.take([("O", name) for name in self.network.outputs])
        shape = points.shape[:-1]
        return outputs[0].reshape(shape) if len(self.network.outputs) == 1 else outputs.T.reshape(*shape, -1)

    def _activations(self, nodes: Sequence[Node], rows: Rows, parameters: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        units = [self.network.unit(node[1]) for node in nodes]
        weights, biases, additions = parameters
        total = self._through_plain(units, rows, weights) + self._through_acted(units, rows, weights)
        total = total + self._through_additions(units, rows, additions)
        bias = biases[np.array([self._bias_places[u.name] for u in units])][:, None]
        gated = np.array([u.gate_bias for u in units])[:, None]
        if not any(u.gates for u in units):
            return total + bias
        gates = self._products([u.gates for u in units], rows)
        return (total + jnp.where(gated, bias, 0)) * gates + jnp.where(gated, 0, bias)

    def _through_plain(self, units: Sequence[Unit], rows: Rows, weights: jax.Array) -> Any:
        """Return one matrix times the outputs that the plain synapses of these units read."""
        pairs = [(row, s.source, self._places[u.name, id(s)]) for row, u in enumerate(units) for s in u.synapses if not s.signals]
        if not pairs:
            return jnp.zeros((len(units), rows.width), weights.dtype)
        sources = list(dict.fromkeys(source for _, source, _ in pairs))
        column = {source: k for k, source in enumerate(sources)}
        where = np.array([row * len(sources) + column[source] for row, source, _ in pairs])
        given = weights[np.array([place for _, _, place in pairs])]
        if np.array_equal(where, np.arange(len(units) * len(sources))):
            matrix = given.reshape(len(units), len(sources))
        else:
            matrix = jnp.zeros(len(units) * len(sources), weights.dtype).at[where].add(given).reshape(len(units), len(sources))
        return jnp.matmul(matrix, rows.take([("O", source) for source in sources]), precision="highest")

    def _through_acted(self, units: Sequence[Unit], rows: Rows, weights: jax.Array) -> Any:
        pairs = [(row, u, s) for row, u in enumerate(units) for s in u.synapses if s.signals]
        if not pairs:
            return 0
        effective = self._effective([(u, s) for _, u, s in pairs], rows, weights)
        terms = effective * rows.take([("O", s.source) for _, _, s in pairs])
        return jax.ops.segment_sum(terms, np.array([row for row, _, _ in pairs]), num_segments=len(units))

    def _effective(self, pairs: Sequence[tuple[Unit, Synapse]], rows: Rows, weights: jax.Array) -> jax.Array:
        """Return (weight + additions) x gates for each synapse."""
        own = weights[np.array([self._places[u.name, id(s)] for u, s in pairs])][:, None]
        raised = own + self._sums([s.additions for _, s in pairs], rows)
        return jnp.broadcast_to(raised * self._products([s.gates for _, s in pairs], rows), (len(pairs), rows.width))

    def _through_additions(self, units: Sequence[Unit], rows: Rows, additions: jax.Array) -> Any:
        acting = [(row, self._addition_places[u.name] + k) for row, u in enumerate(units) for k in range(len(u.additions))]
        if not acting:
            return 0
        signals = rows.take([signal.node for u in units for _, signal in u.additions])
        values = additions[np.array([place for _, place in acting])][:, None] * signals
        return jax.ops.segment_sum(values, np.array([row for row, _ in acting]), num_segments=len(units))

    def _products(self, signals: Sequence[tuple[Signal, ...]], rows: Rows) -> Any:
        return self._combined(signals, rows, neutral=1)

    def _sums(self, signals: Sequence[tuple[Signal, ...]], rows: Rows) -> Any:
        return self._combined(signals, rows, neutral=0)

    @staticmethod
    def _combined(signals: Sequence[tuple[Signal, ...]], rows: Rows, *, neutral: int) -> Any:
        """Return the product (neutral 1) or sum (neutral 0) of each list of signals, the k-th signals of all lists together."""
        result: Any = neutral
        for k in range(max((len(s) for s in signals), default=0)):
            present = [s[k].node if k < len(s) else None for s in signals]
            block = rows.take_or(present, neutral)
            result = result * block if neutral else result + block
        return result

    def _outputs(self, nodes: Sequence[Node], rows: Rows) -> list[tuple[list[Node], jax.Array]]:
        alike: dict[tuple[str, int, str | None], list[Unit]] = defaultdict(list)
        for node in nodes:
            unit = self.network.unit(node[1])
            alike[unit.transfer, unit.at_zero, unit.group].append(unit)
        blocks = []
        for (transfer, at_zero, group), units in alike.items():
            if group:
                fired = self._softmax(units, group, rows)
            else:
                fired = transferred(transfer, at_zero, rows.take([("S", u.name) for u in units]))
            gated = fired * self._products([u.output_gates for u in units], rows)
            names: list[Node] = [("O", u.name) for u in units]
            blocks.append((names, gated + self._sums([u.output_additions for u in units], rows)))
        return blocks

    def _softmax(self, units: Sequence[Unit], group: str, rows: Rows) -> jax.Array:
        members = [u.name for u in self.network.units if u.group == group]
        shares = jax.nn.softmax(rows.take([("S", name) for name in members]), axis=0)
        return shares[np.array([members.index(u.name) for u in units])]

    @cached_property
    def exact(self) -> Exactness:
        """Whether values are free of rounding at points of {-1, 0, 1}^n."""
        return exactness(self.tape, self.dtype)

    @cached_property
    def tape(self) -> Tape:
        """The network unit by unit as instructions, from which the exactness is decided (it is not run)."""
        return network_tape(self.network)


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
    return OPERATIONS[TRANSFER_OPERATIONS[transfer]].apply(None, [activation])
