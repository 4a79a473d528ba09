"""A circuit against its specification at every point: outputs as packed bits by JAX in integers, the rule in plain Python."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import lcm

import jax
import jax.numpy as jnp
import numpy as np

from workbench.circuits.forms import Entry
from workbench.domain import Cube, convention, place
from workbench.errors import BadInput, Rejected
from workbench.lowering import LoweredNetwork
from workbench.network import Network
from workbench.units import Unit

ARITY_LIMIT = 16  # the rule takes about half a second at 2^16 points
VALUE_LIMIT = 1 << 24  # outputs of units at all points: 64 MB in int32


def check(entry: Entry, size: int, model: str = "standard", *, outputs: str | None = None, dtype: str = "int32") -> None:
    """Raise Rejected at the first point where the circuit of this size and the rule of the entry differ.

    Raises BadInput for over 16 inputs, or if a sum might exceed the integer type; see `packed_outputs`.

    >>> from workbench.circuits import parity
    >>> check(parity, 5, "gated", outputs="pm1")
    >>> check(replace(parity, rule=lambda size, bits: max(bits)), 2)
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: output 0 is 0 where parity is 1, at point 3 = (1, 1)
    """
    _, values = key = entry.key(model, outputs=outputs)
    compare(entry, size, packed_outputs(entry(size, model, outputs=values), entry.forms[key].inputs, outputs=values, dtype=dtype))


def compare(entry: Entry, size: int, tables: np.ndarray) -> None:
    """Raise Rejected at the first point where packed tables are not those of the rule."""
    wanted = packed_rule(entry, size)
    if tables.shape != wanted.shape:
        raise Rejected(f"tables of shape {tables.shape} where {entry.name} has {wanted.shape}")
    for number, (ours, theirs) in enumerate(zip(tables, wanted, strict=True)):
        if apart := np.flatnonzero(ours ^ theirs).tolist():
            byte = int(ours[apart[0]] ^ theirs[apart[0]])
            bit = (byte & -byte).bit_length() - 1
            got, want = (int(table[apart[0]]) >> bit & 1 for table in (ours, theirs))
            where = place(Cube(entry.inputs_at(size), "01"), 8 * apart[0] + bit)
            raise Rejected(f"output {number} is {got} where {entry.name} is {want}", place=where)


def packed_rule(entry: Entry, size: int) -> np.ndarray:
    """Return the tables of the rule of an entry as packed bits, of shape (outputs, max(1, 2^n / 8)), uint8.

    >>> from workbench.circuits import parity
    >>> packed_rule(parity, 3).tolist()
    [[150]]
    """
    n = _tabulated(entry.inputs_at(size))
    rows = [entry.rule(size, point) for point in Cube(n, "01").points()]
    bits = np.array(rows, dtype=np.uint8).reshape(len(rows), -1)
    return np.packbits(bits.T, axis=1, bitorder="little")


def packed_outputs(network: Network, inputs: str = "01", *, outputs: str = "01", dtype: str = "int32") -> np.ndarray:
    """Return the tables of all outputs as packed bits, of shape (outputs, max(1, 2^n / 8)), uint8, computed in integers.

    Bit k of a table is bit k % 8 of byte k // 8. Raises Rejected at the first point where an output is not one of the two values
    of its convention; BadInput, before anything runs, for over 16 inputs or 2^24 values of units, for weights that are not
    rational, and if a sum might exceed the type.

    >>> from workbench.circuits import parity
    >>> packed_outputs(parity(3)).tolist()
    [[150]]
    >>> packed_outputs(parity(3), outputs="pm1")
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: an output is neither -1 nor 1, at point 0 = (0, 0, 0)
    """
    cube, low = Cube(_tabulated(len(network.inputs)), convention(inputs)), 0 if convention(outputs) == "01" else -1
    if (held := network.size * cube.size) > VALUE_LIMIT:
        raise BadInput(f"{network.size} units at {cube.size} points are {held} values > 2**24: take a smaller size")
    lowered = LoweredNetwork.of(integral(network), dtype)
    bits, wrong = _packed(lowered(_points(cube.n, cube.low)).reshape(cube.size, -1), low)
    if wrong.any():
        raise Rejected(f"an output is neither {low} nor 1", place=place(cube, int(np.argmax(wrong))))
    return np.asarray(bits)


def _tabulated(n: int) -> int:
    if n > ARITY_LIMIT:
        raise BadInput(f"{n} inputs > {ARITY_LIMIT}: take a certificate, workbench.circuits.certified")
    return n


@partial(jax.jit, static_argnums=(0, 1))
def _points(n: int, low: int) -> jax.Array:
    bits = jnp.arange(1 << n, dtype=jnp.int32)[:, None] >> jnp.arange(n, dtype=jnp.int32)[None, :] & 1
    return jnp.where(bits == 1, 1, low).astype(jnp.int32)


@partial(jax.jit)
def _packed(values: jax.Array, low: int) -> tuple[jax.Array, jax.Array]:
    """Return the bits of each output, packed, and whether some output of a point has a third value."""
    return jnp.packbits((values == 1).T, axis=1, bitorder="little"), ((values != 1) & (values != low)).any(axis=1)


def integral(network: Network) -> Network:
    """Return the network with threshold and sign units scaled to integer weights and biases: the same functions.

    >>> from workbench.circuits import parity
    >>> parity(2).unit("F").bias, integral(parity(2)).unit("F").bias == -1
    (Fraction(-1, 2), True)
    """
    return replace(network, units=tuple(_scaled(unit) for unit in network.units))


def _scaled(unit: Unit) -> Unit:
    if unit.transfer not in ("threshold", "sign") or unit.additions or any(s.additions for s in unit.synapses):
        return unit
    if not all(isinstance(w, (int, Fraction)) for w in unit.weights):
        return unit
    factor = lcm(*(w.denominator for w in unit.weights))
    synapses = tuple(replace(s, weight=factor * s.weight) for s in unit.synapses)
    return replace(unit, synapses=synapses, bias=factor * unit.bias)
