"""Training of many networks of one shape at once: one compiled loop, the networks side by side, split over devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float

from workbench.circuits.training_shapes import Shape
from workbench.domain import Cube
from workbench.errors import BadInput
from workbench.lowering.precision import is_float, number_type, scope
from workbench.threshold import BooleanFunction

AXIS = "networks"
STEPS, NETWORKS, LAST = 100_000, 1 << 16, (1 << 32) - 1
OPTIMISERS: Mapping[str, Callable[[float], optax.GradientTransformation]] = {
    "adam": optax.adam,
    "adamw": optax.adamw,
    "rmsprop": optax.rmsprop,
    "sgd": optax.sgd,
}
Layers = tuple[Float[Array, "*networks units factors sources"], ...]  # the bias is the last source
Points = Float[Array, "points sources"]


@dataclass(frozen=True)
class Training:
    """How a network is trained: `steps` of an optimiser on the mean squared error, with units that grow steeper.

    A unit with activation S has the output tanh(beta S / 2), or (1 + tanh(beta S / 2)) / 2 with outputs 0 and 1; beta rises from
    the first to the last of `steepness` by equal factors. With `samples`, each network sees so many points of its own and not all.
    Raises BadInput for an unknown optimiser, a number that is not positive, or an integer type.

    >>> Training(steps=500).optimiser
    'adam'
    >>> Training(optimiser="newton")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no optimiser 'newton': there are adam, adamw, rmsprop, sgd
    """

    steps: int = 1000
    rate: float = 0.03
    steepness: tuple[float, float] = (1.0, 10.0)
    optimiser: str = "adam"
    samples: int | None = None
    dtype: str = "float32"

    def __post_init__(self) -> None:
        object.__setattr__(self, "steepness", tuple(self.steepness))
        if self.optimiser not in OPTIMISERS:
            raise BadInput(f"no optimiser {self.optimiser!r}: there are {', '.join(OPTIMISERS)}")
        if not is_float(number_type(self.dtype)):
            raise BadInput(f"dtype {self.dtype!r} has no gradients: train in float32 or float64")
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or not 1 <= self.steps <= STEPS:
            raise BadInput(f"steps {self.steps!r} is not an integer from 1 to {STEPS}")
        if self.samples is not None and (isinstance(self.samples, bool) or not isinstance(self.samples, int) or self.samples < 1):
            raise BadInput(f"samples {self.samples!r} is not a number of points: give at least 1, or None for all of them")
        for name, value in (("rate", self.rate), *(("steepness", value) for value in self.steepness)):
            if not 0 < value < float("inf"):
                raise BadInput(f"{name} {value!r} is not a positive number")

    def as_json(self) -> dict[str, Any]:
        """Return the fields, as `Training(**fields)` takes them."""
        return asdict(self) | {"steepness": list(self.steepness)}


def trained(
    shape: Shape,
    wanted: BooleanFunction,
    *,
    seed: int,
    networks: int,
    first: int = 0,
    training: Training | None = None,
    devices: Sequence[jax.Device] | None = None,
) -> Layers:
    """Return the weights of the networks first, ..., first + networks - 1 of this seed, trained to compute a function.

    One array for each layer, (networks, units, factors, sources + 1), the bias last. A network depends on the seed and its number;
    its last bits may depend on how many are trained side by side. The networks are split over `devices`, all of JAX's by default.
    Raises BadInput for a function of other inputs than the shape's, more than 65,536 networks, or a seed beyond 32 bits.

    >>> from workbench.circuits.training_targets import parity
    >>> [w.shape for w in trained(Shape.gated(2, 2, 3), parity(2), seed=1, networks=5, training=Training(steps=2))]
    [(5, 3, 2, 3), (5, 1, 1, 4)]
    >>> trained(Shape.gated(2, 2, 3), parity(3), seed=1, networks=5)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: a function of 3 inputs for a shape of 2
    """
    training = training or Training()
    if wanted.n != shape.n:
        raise BadInput(f"a function of {wanted.n} inputs for a shape of {shape.n}")
    limits = {"networks": (networks, 1, NETWORKS), "seed": (seed, 0, LAST), "first": (first, 0, LAST - NETWORKS)}
    for name, (value, low, high) in limits.items():
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadInput(f"{name} {value!r} is not an integer from {low} to {high}; `first` takes networks in blocks")
    chosen = tuple(jax.devices() if devices is None else devices)
    numbers = np.minimum(np.arange(networks + -networks % len(chosen)), networks - 1) + first
    with scope(training.dtype):
        values = jnp.asarray(2 * np.array(wanted.bits) - 1, training.dtype)
        keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(jnp.asarray(numbers, jnp.uint32))
        layers: Layers = _all(shape, training, Mesh(np.array(chosen), (AXIS,)), keys, values)
        return tuple(layer[:networks] for layer in layers)


def points(n: int) -> np.ndarray:
    """Return the points of {-1, 1}^n in the order of a truth table, int32 of shape (2^n, n).

    >>> points(2).tolist()
    [[-1, -1], [1, -1], [-1, 1], [1, 1]]
    """
    return np.array(list(Cube(n).points()), dtype=np.int32).reshape(1 << n, n)


def started(shape: Shape, key: Any, dtype: str) -> Layers:
    """Return random weights of one network: normal, of variance 1 over the number of sources, and biases of variance 1."""
    numbers = jax.random.normal(key, (shape.parameters,), dtype)  # one draw for all layers: each draw takes a second to compile
    sizes = [(width, factors, fan + 1) for width, factors, fan in zip(shape.widths, shape.factors, shape.fan_in, strict=True)]
    parts = jnp.split(numbers, np.cumsum([prod(size) for size in sizes])[:-1])
    spreads = (np.append(np.full(fan, fan**-0.5), 1).astype(dtype) for fan in shape.fan_in)
    return tuple(spread * part.reshape(size) for spread, part, size in zip(spreads, parts, sizes, strict=True))


def soft_values(shape: Shape, layers: Layers, beta: Any, at: Points) -> Float[Array, " points"]:
    """Return the outputs at the points, between -1 and 1, of one network with units of steepness beta."""
    below = at
    for number, weights in enumerate(layers):
        outputs = jnp.tanh(beta / 2 * (jnp.einsum("pi,ufi->puf", below, weights[..., :-1]) + weights[..., -1]))
        product = _product(outputs if shape.outputs == "pm1" else (1 + outputs) / 2)
        below = jnp.concatenate([product, at], axis=1) if shape.skip and number < shape.depth - 1 else product
    return below[:, 0] if shape.outputs == "pm1" else 2 * below[:, 0] - 1


def fitted(shape: Shape, training: Training, values: Float[Array, " points"], key: Any) -> Layers:
    """Return the trained weights of one network."""
    start, choice = jax.random.split(key)
    at = jnp.asarray(points(shape.n), training.dtype)
    weighted = _weights_of_points(choice, len(at), training)
    optimiser = OPTIMISERS[training.optimiser](training.rate)
    layers = started(shape, start, training.dtype)

    def loss(layers: Layers, beta: Any) -> Any:
        return weighted @ (soft_values(shape, layers, beta, at) - values) ** 2

    def step(state: Any, beta: Any) -> tuple[Any, None]:
        layers, memory = state
        updates, memory = optimiser.update(jax.grad(loss)(layers, beta), memory, layers)
        return (optax.apply_updates(layers, updates), memory), None

    betas = jnp.geomspace(*training.steepness, training.steps, dtype=training.dtype)
    (last, _), _ = jax.lax.scan(step, (layers, optimiser.init(layers)), betas)
    return tuple(last)


def _product(outputs: Any) -> Any:
    """The product over the last axis, written out: its derivative needs no division."""
    product = outputs[..., 0]
    for k in range(1, outputs.shape[-1]):
        product = product * outputs[..., k]
    return product


def _weights_of_points(key: Any, size: int, training: Training) -> Any:
    """1/samples for the points that a network sees, 0 for the others."""
    if training.samples is None or training.samples >= size:
        return jnp.full(size, 1 / size, training.dtype)
    seen = jax.random.permutation(key, size) < training.samples
    return seen.astype(training.dtype) / training.samples


@partial(jax.jit, static_argnames=("shape", "training", "mesh"))
def _all(shape: Shape, training: Training, mesh: Mesh, keys: Any, values: Any) -> Any:
    def part(keys: Any, values: Any) -> Any:
        return jax.vmap(partial(fitted, shape, training, values))(keys)

    split, whole = PartitionSpec(AXIS), PartitionSpec()
    # Each device trains its networks from beginning to end: they never meet, so nothing has to be sent.
    return jax.shard_map(part, mesh=mesh, in_specs=(split, whole), out_specs=split)(keys, values)
