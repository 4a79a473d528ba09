"""Networks as JAX functions with their weights as a PyTree: the same object is evaluated, differentiated, vmapped and trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import ArrayLike, Shaped

from workbench.errors import BadInput
from workbench.lowering.network_numbers import Unknown, accept_key, drawn, filled, network_with, numbers_of, scalars, symbols_of
from workbench.lowering.network_pass import Parameters, compiled, parameters_of
from workbench.lowering.network_plan import Layout, layout
from workbench.lowering.network_sizes import accept_coordinate, exactness, radius
from workbench.lowering.precision import LIMITS, WIDE, Exactness, argument, checked, is_float, scope
from workbench.network import Network
from workbench.units import SMOOTH_TRANSFERS


class LoweredNetwork(eqx.Module):
    """A network as a function of points of shape (..., inputs), whose weights are arrays that can be differentiated and trained.

    Its leaves are `arrays`; `layers` shows them as the `Parameters` of each set of like units that become known together: biases,
    a matrix with a row for each unit, the weights of additions to activations, and the weights of synapses that no matrix holds.
    Where units do not read all columns of their matrix, the entries in between are 0 and stay 0. The value has shape (...) for one
    output and (..., outputs) for several. Weights with symbols have no value until `with_values` gives them one.

    >>> from workbench.units import affine
    >>> net = LoweredNetwork.of(Network.of(["x"], [affine("f", {"x": 2}, -1, transfer="relu")], ["f"]), "float64")
    >>> with jax.enable_x64(True):
    ...     net([[3], [0]]).tolist(), eqx.filter_grad(lambda m: m([3]))(net).layers[0].matrix.tolist()
    ([5.0, 0.0], [[3.0]])
    >>> LoweredNetwork.of(Network.of(["x"], [affine("f", {"x": sympy.Symbol("w")})], ["f"]), "float64")([3])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: the weights have the symbol w: give it a value by `with_values`
    """

    arrays: tuple[jax.Array, ...]
    plan: Plan = eqx.field(static=True)
    unknown: tuple[Unknown, ...] = eqx.field(static=True)

    @classmethod
    def of(cls, network: Network, dtype: str) -> LoweredNetwork:
        """Return the network in this number type, with its own weights, irrational ones rounded.

        Raises BadInput for a number or a transfer function that the type does not have.
        """
        plan = _plan(network, dtype)
        return cls(plan.arrays, plan, plan.unknown)

    @property
    def layers(self) -> tuple[Parameters, ...]:
        """The arrays by layer: what `eqx.tree_at(lambda net: net.layers[0].biases, net, new)` names."""
        return parameters_of(self.plan.layout.steps, self.arrays)

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
        """Whether values are free of rounding at points of {-1, 0, 1}^n: never, once the weights are not those of `source`."""
        if all(now is then for now, then in zip(self.arrays, self.plan.arrays, strict=True)):
            return self.plan.exact
        return Exactness(False, None, LIMITS[self.dtype], "the weights are not those of the source (see `network`)")

    @property
    def network(self) -> Network:
        """The network with the present weights, exactly the numbers that are in the arrays. Raises BadInput if one is not finite.

        >>> from workbench.units import affine
        >>> net = LoweredNetwork.of(Network.of(["x"], [affine("f", {"x": 2}, -1)], ["f"]), "float32")
        >>> eqx.tree_at(lambda m: m.layers[0].biases, net, jnp.array([0.75])).network.at([1])
        (Fraction(11, 4),)
        """
        self._accept_known()
        return network_with(self.source, self.plan.layout, self.layers)

    def with_values(self, values: Mapping[sympy.Symbol, Any]) -> LoweredNetwork:
        """Return the module with its weights computed from values of their symbols, real numbers or scalar arrays, also traced.

        A symbol may stand in several weights; afterwards each of them is trained by itself. Raises BadInput unless each symbol of
        the weights has one value that the type can hold; in an integer type, outside transformations, if a weight may overflow.

        >>> from workbench.units import affine
        >>> w = sympy.Symbol("w")
        >>> net = LoweredNetwork.of(Network.of(["x"], [affine("f", {"x": w}, w**2)], ["f"]), "float64")
        >>> float(net.with_values({w: 3})([2]))
        15.0
        >>> net.with_values({})
        Traceback (most recent call last):
            ...
        workbench.errors.BadInput: values for no symbols, but the weights have the symbols w: give each a value
        """
        needed = symbols_of(self.unknown)
        if not isinstance(values, Mapping):
            raise BadInput(f"values {values!r} name no symbols: give a dictionary, {{symbol: value}}")
        if set(values) != set(needed):
            given, wanted = (", ".join(sorted(map(str, names))) or "no symbols" for names in (values, needed))
            raise BadInput(f"values for {given}, but the weights have the symbols {wanted}: give each a value")
        numbers = scalars(values, self.unknown, self.dtype)
        with scope(self.dtype):
            held = {symbol: jnp.asarray(value, self.dtype) for symbol, value in numbers.items()}
            return self._with(filled(self.layers, self.unknown, held, self.dtype))

    def drawn(self, key: jax.Array) -> LoweredNetwork:
        """Return the module with random weights from N(0, 1/fan-in) and biases 0; `eqx.filter_vmap(net.drawn)(keys)` is a stack.

        Raises BadInput for an integer type, and for anything but one key.

        >>> from workbench.units import affine
        >>> net = LoweredNetwork.of(Network.of(["x", "y"], [affine("f", {"x": 1, "y": 1})], ["f"]), "float32")
        >>> many = eqx.filter_vmap(net.drawn)(jax.random.split(jax.random.key(0), 5))
        >>> eqx.filter_vmap(lambda m, p: m(p), in_axes=(0, None))(many, jnp.ones((7, 2))).shape
        (5, 7)
        """
        if not is_float(self.dtype):
            raise BadInput(f"no random weights in {self.dtype}: lower with dtype='float64'")
        accept_key(key)
        with scope(self.dtype):
            return self._with(drawn(self.plan.layout, key, self.dtype))

    def __call__(self, points: Shaped[ArrayLike, "*batch inputs"]) -> Shaped[jax.Array, "*batch *outputs"]:
        """Return the outputs at the points.

        Raises BadInput if the last axis does not fit the inputs, the type cannot hold the points, or a weight has no value, and
        for an integer type if some value could overflow (seen before running, outside transformations; inside them nothing is).
        """
        fields = object.__getattribute__(self, "__dict__")  # Equinox's own look-up takes longer than a small network runs
        plan: Plan = fields["plan"]
        if plan.whole or not (isinstance(points, jax.Array) and points.dtype == plan.number):
            given = self.accepted(points)
            with scope(plan.dtype):
                points = argument(given, plan.dtype)
        if fields["unknown"] or points.shape[-1:] != plan.shape:
            self._refuse(points.shape)
        if plan.wide and not jax.config.jax_enable_x64:
            with scope(plan.dtype):
                return plan.run(fields["arrays"], points)
        return plan.run(fields["arrays"], points)

    def accepted(self, points: Any) -> Any:
        """Return the points as an array or tracer, whatever its shape, that a call would take.

        Raises BadInput for points that the type cannot hold, and for coordinates so large that an integer type might overflow.
        """
        given = checked(points, self.dtype)
        known = not any(isinstance(array, jax.core.Tracer) for array in (given, *self.arrays))
        if self.plan.whole and known and given.size and not self.unknown:
            largest = max(-int(given.min()), int(given.max()))
            if largest > 1 or not self.exact:  # whether a network is exact takes one look at it, its radius one for each bit
                accept_coordinate(largest, self._radius, self.dtype)
        return given

    @property
    def _radius(self) -> int:
        if self not in _radii:
            _radii[self] = radius(self.network, self.dtype)
        return _radii[self]

    def _refuse(self, shape: tuple[int, ...]) -> None:
        self._accept_known()
        names = self.source.inputs
        raise BadInput(f"points of shape {shape}, but the last axis must have length {len(names)}, the inputs {names[:8]}")

    def _accept_known(self) -> None:
        if self.unknown:
            raise BadInput(f"the weights have the symbol {symbols_of(self.unknown)[0]}: give it a value by `with_values`")

    def _with(self, parameters: tuple[Parameters, ...]) -> LoweredNetwork:
        return LoweredNetwork(tuple(jax.tree.leaves(parameters)), self.plan, ())

    # A function to jit is compared by identity; arrays have no hash.
    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> Any:
        return self is other

    def __repr__(self) -> str:
        return f"LoweredNetwork({self.source!r}, {self.dtype}, {self.exact})"

    def _repr_latex_(self) -> str:
        return self.source._repr_latex_()


_radii: WeakKeyDictionary[LoweredNetwork, int] = WeakKeyDictionary()
_plans: WeakValueDictionary[tuple[Network, str], Plan] = WeakValueDictionary()


def _plan(network: Network, dtype: str) -> Plan:
    """Return the plan of a network, the same object for equal networks while one is in use."""
    plan = _plans.get((network, dtype))
    if plan is None:
        plan = _plans[network, dtype] = Plan(network, dtype, layout(network))
    return plan


@dataclass(frozen=True, eq=False)
class Plan:
    """What is fixed about a lowered network: its steps, where each weight is, its own numbers and the compiled function."""

    network: Network
    dtype: str
    layout: Layout

    def __post_init__(self) -> None:
        if not self.network.outputs:
            raise BadInput(f"{self.network!r} has no outputs: name at least one")
        rounding = {unit.transfer for unit in self.network.units} & set(SMOOTH_TRANSFERS)
        if rounding and not is_float(self.dtype):
            raise BadInput(f"{min(rounding)} is not available in {self.dtype}: lower with dtype='float64'")
        _ = self.arrays

    @cached_property
    def _numbers(self) -> tuple[tuple[Parameters, ...], tuple[Unknown, ...]]:
        return numbers_of(self.layout, self.dtype)

    @cached_property
    def arrays(self) -> tuple[jax.Array, ...]:
        """The network's own weights, 0 for those with symbols."""
        with scope(self.dtype):
            return tuple(jnp.asarray(array) for array in jax.tree.leaves(self._numbers[0]))

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """The weights with symbols."""
        return self._numbers[1]

    @cached_property
    def run(self) -> Any:
        """The jitted function of arrays and points."""
        return compiled(self.layout.steps)

    @cached_property
    def number(self) -> np.dtype[Any]:
        """The number type as NumPy knows it."""
        return np.dtype(self.dtype)

    @cached_property
    def wide(self) -> bool:
        """Whether the number type needs x64."""
        return self.dtype in WIDE

    @cached_property
    def whole(self) -> bool:
        """Whether the number type is an integer type."""
        return not is_float(self.dtype)

    @cached_property
    def shape(self) -> tuple[int]:
        """The shape of one point."""
        return (len(self.network.inputs),)

    @cached_property
    def exact(self) -> Exactness:
        """Whether values are free of rounding at points of {-1, 0, 1}^n."""
        return exactness(self.network, self.dtype)
