"""Lowered functions over several devices: the points are split among them, each runs the same function on its part."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import ArrayLike, Shaped

from workbench.errors import BadInput
from workbench.lowering.bounds import radius
from workbench.lowering.layers import LoweredNetwork
from workbench.lowering.lowered import Lowered
from workbench.lowering.precision import Exactness, checked, is_float, scope

AXIS = "points"


class Sharded(eqx.Module):
    """A lowered function that splits the points of a batch over devices; made by `shard`, called as the function is.

    `function` is the function itself: the leaves of a network are those of the sharded network too, so that it trains as before.
    """

    function: Any
    mesh: Mesh = eqx.field(static=True)

    @property
    def source(self) -> Any:
        """What it was lowered from."""
        return self.function.source

    @property
    def symbols(self) -> Any:
        """The symbols, in the order of the coordinates."""
        return self.function.symbols

    @property
    def dtype(self) -> str:
        """The number type of the values."""
        return str(self.function.dtype)

    @property
    def exact(self) -> Exactness:
        """Whether values are free of rounding: sharding changes nothing, since points do not interact."""
        exact: Exactness = self.function.exact
        return exact

    @property
    def devices(self) -> tuple[jax.Device, ...]:
        """The devices, in the order of the parts of a batch."""
        return tuple(self.mesh.devices.flat)

    def __call__(self, points: Shaped[ArrayLike, "*batch inputs"]) -> Shaped[jax.Array, "*batch *outputs"]:
        """Return the values at the points, in their order, as the function itself does. Raises BadInput as it does."""
        given = _accepted(self.function, points)
        count = math.prod(given.shape[:-1])
        if given.shape[-1:] != (_width(self.function),) or count == 0:
            return self.function(points)  # which refuses wrong shapes, and has nothing to split
        with scope(self.dtype):
            rows = jnp.asarray(given, dtype=self.dtype).reshape(count, -1)
            parts = _whole(rows, len(self.devices))
            if _concrete(parts):  # under vmap there is one axis more, which would be split instead; jit places its arguments itself
                parts = jax.device_put(parts, NamedSharding(self.mesh, PartitionSpec(AXIS)))
            values = _split(self.function, parts, self.mesh)[:count]
            return values.reshape(*given.shape[:-1], *values.shape[1:])

    def __repr__(self) -> str:
        return f"Sharded({self.function!r}, {len(self.devices)} devices)"


def shard(function: Lowered | LoweredNetwork, devices: jax.Device | Sequence[jax.Device] | None = None) -> Sharded:
    """Return a lowered function that splits each batch of points over devices, all of JAX's unless some are given.

    Values, order, shapes and exactness are those of the function. A batch that does not divide is filled up with its last point.
    Raises BadInput for something that is not lowered, no devices, or a device that is given twice.

    >>> import sympy
    >>> from workbench.lowering.lowered import lower
    >>> x, y = sympy.symbols("x y", real=True)
    >>> F = shard(lower(x + 2*y, [x, y], dtype="int32"))
    >>> F([[1, 1], [1, 2], [1, 3]]).tolist(), bool(F.exact)
    ([3, 5, 7], True)
    >>> shard(F.function, devices=[])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no devices: give at least one of jax.devices(), or None for all
    """
    if not isinstance(function, Lowered | LoweredNetwork):
        raise BadInput(
            f"a {type(function).__name__} has no batch of points to split: shard(lower(f)), f an expression or a network"
        )
    given = jax.devices() if devices is None else devices
    chosen = tuple(given) if isinstance(given, Iterable) else (given,)
    if not chosen:
        raise BadInput("no devices: give at least one of jax.devices(), or None for all")
    for device in chosen:
        if not isinstance(device, jax.Device):
            raise BadInput(f"{device!r} is not a device: give some of jax.devices()")
        if chosen.count(device) > 1:
            raise BadInput(f"device {device} is given {chosen.count(device)} times: give each once")
    return Sharded(function, Mesh(np.array(chosen), (AXIS,)))


def _accepted(function: Lowered | LoweredNetwork, points: Any) -> Any:
    """Return the points as an array or tracer; refused here if a call would, since on its part a function sees tracers."""
    if isinstance(function, LoweredNetwork):
        return function.accepted(points)
    return checked(
        points, function.dtype, radius=None if is_float(function.dtype) else radius(function.program.tape, function.dtype)
    )


def _width(function: Lowered | LoweredNetwork) -> int:
    return len(function.source.inputs) if isinstance(function, LoweredNetwork) else len(function.symbols)


def _concrete(rows: jax.Array) -> bool:
    """Say whether the values are known: of an array, and of a tracer in a derivative outside jit and vmap."""
    return not isinstance(rows, jax.core.Tracer) or rows.to_concrete_value() is not None


def _whole(rows: jax.Array, parts: int) -> jax.Array:
    """Return the rows with the last one repeated until they divide into parts (a zero might lie outside the domain)."""
    return jnp.pad(rows, ((0, -rows.shape[0] % parts), (0, 0)), mode="edge")


@eqx.filter_jit
def _split(function: Any, rows: jax.Array, mesh: Mesh) -> jax.Array:
    arrays, fixed = eqx.partition(function, eqx.is_array)

    def part(arrays: Any, rows: jax.Array) -> jax.Array:
        values: jax.Array = eqx.combine(arrays, fixed)(rows)
        return values

    # Each device runs the whole function on its part: were XLA to split the operations, blocks of points would be sent around.
    mapped = jax.shard_map(part, mesh=mesh, in_specs=(PartitionSpec(), PartitionSpec(AXIS)), out_specs=PartitionSpec(AXIS))
    return mapped(arrays, rows)
