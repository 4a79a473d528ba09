"""All values on a cube at once as exact integers, and truth tables as packed bits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from workbench.domain import Cube, arity, place
from workbench.errors import BadInput, Rejected
from workbench.lowering.layers import LoweredNetwork
from workbench.lowering.precision import LIMITS, is_float, number_type
from workbench.lowering.walsh import IntegerTerms
from workbench.network import Network
from workbench.poly import Multilinear
from workbench.threshold import PTF, BooleanFunction

CUBE_ARITY_LIMIT = 26  # 2^26 int64 values are 512 MB
PACKED_ARITY_LIMIT = 30  # 2^30 bits are 128 MB
NETWORK_BLOCK_BITS = 14  # a layer of 512 units at 2^14 points is 64 MB in float64

Devices = Sequence[jax.Device] | None


def cube_values(f: Any, inputs: str = "01", *, dtype: object = "int64", devices: Devices = None) -> np.ndarray:
    """Return the values of a function at the 2^n points of its cube, as integers in the order of the points.

    For a `PTF` or a `Multilinear` these are the values of its primitive integer polynomial, by an exact fast transform, on one
    device or on several in turn; for a `BooleanFunction` its 0/1 bits (uint8); for a `Network` its outputs on the cube of the
    given convention, integers where the lowered network is exact and its values are integers, float64 otherwise, of shape (2^n,)
    or (2^n, outputs). Integers are int64 unless `dtype` is int32.
    Raises BadInput if the sum of the absolute integer coefficients exceeds the type or the arity exceeds 26.

    >>> from workbench.domain import inputs
    >>> x = inputs(2)
    >>> cube_values(PTF.from_expr(x[0]/2 + x[1] - 1, Cube(2)))
    array([-5, -3, -1,  1])
    >>> cube_values(BooleanFunction(2, 0b0110))
    array([0, 1, 1, 0], dtype=uint8)
    >>> cube_values(PTF.from_expr(2**70 * x[0] + 1, Cube(2)))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: values up to 1180591620717411303425 > 2**63 - 1: use f.poly.values(), which is exact at any size
    """
    integer = number_type(dtype)
    if is_float(integer):
        raise BadInput(f"dtype {integer!r} is not one of int32, int64: for values in floating point, lower f and call it")
    if isinstance(f, BooleanFunction):
        return np.unpackbits(_packed_bits(f), bitorder="little")[: 1 << f.n]
    if isinstance(f, PTF | Multilinear):
        return _polynomial_values(f.poly if isinstance(f, PTF) else f, integer, devices)
    if isinstance(f, Network):
        return _network_values(f, Cube(arity(len(f.inputs), limit=CUBE_ARITY_LIMIT), inputs), integer)
    raise BadInput(f"a {type(f).__name__} has no cube: give a PTF, a Multilinear, a BooleanFunction or a Network")


def packed_table(f: Any, at_zero: int | None = None, *, inputs: str = "01", devices: Devices = None) -> np.ndarray:
    """Return the truth table of a function of up to 30 inputs as packed bits, of shape (max(1, 2^n / 8),), uint8.

    Bit k of the table is bit k % 8 of byte k // 8. `f` is a `PTF`, whose sign at 0 is an error unless `at_zero` is H(0), a
    `BooleanFunction`, or a `Network` with one output, read on the cube of the given convention. Up to the arity of a
    `BooleanFunction` the table goes back by `BooleanFunction(n, int.from_bytes(packed.tobytes(), "little"))`.
    Raises Rejected at the first point where a PTF vanishes or an output is neither 0 nor 1, nor -1 nor 1; BadInput if the values
    may exceed int64, a network is not exact in float64, or the arity exceeds 30.

    >>> packed = packed_table(PTF.from_weights({(): -1, (0,): 1, (1,): 1}, Cube(2)))
    >>> packed, BooleanFunction(2, int.from_bytes(packed.tobytes(), "little"))
    (array([8], dtype=uint8), BooleanFunction(n=2, table=0x8))
    >>> packed_table(PTF.from_weights({(0,): 1, (1,): 1}, Cube(2)))
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the polynomial vanishes, so it has no sign (give at_zero 0 or 1), at point 1 = (1, -1)
    """
    if at_zero not in (None, 0, 1):
        raise BadInput(f"at_zero {at_zero!r} is not 0 or 1, the two values of H(0), nor None")
    if at_zero is not None and not isinstance(f, PTF):
        raise BadInput("at_zero is for a PTF: each unit of a network has its own value at 0, and a table has no zeros")
    if isinstance(f, BooleanFunction):
        return _packed_bits(f)
    if isinstance(f, PTF):
        arity(f.n, limit=PACKED_ARITY_LIMIT)
        return _packed(_signs(f.cube, IntegerTerms.of(f.poly).blocks(devices), at_zero), f.n)
    if isinstance(f, Network):
        return _packed(_truth_values(f, Cube(arity(len(f.inputs), limit=PACKED_ARITY_LIMIT), inputs)), len(f.inputs))
    raise BadInput(f"a {type(f).__name__} has no truth table: give a PTF, a BooleanFunction or a Network")


def _polynomial_values(poly: Multilinear, dtype: str, devices: Devices) -> np.ndarray:
    arity(poly.cube.n, limit=CUBE_ARITY_LIMIT)
    terms = IntegerTerms.of(poly)
    terms.accept(dtype)
    values, start = np.empty(poly.cube.size, dtype), 0
    for block in terms.blocks(devices):
        values[start : start + len(block)] = block
        start += len(block)
    return values


def _network_values(network: Network, cube: Cube, dtype: str) -> np.ndarray:
    exact = LoweredNetwork.of(network, "float64").exact
    if exact and exact.bound is not None and exact.bound > LIMITS[dtype]:
        raise BadInput(f"values up to {exact.bound} > 2**31 - 1: take dtype='int64'")
    values = np.concatenate(list(_network_blocks(network, cube)))
    whole = bool(exact) and bool((values == np.round(values)).all())
    return values.astype(dtype) if whole else values


def _network_blocks(network: Network, cube: Cube) -> Iterator[np.ndarray]:
    """Yield the outputs of a network in the order of the points, so many points at a time that its layers fit in memory."""
    lowered = LoweredNetwork.of(network, "float64")
    count = min(cube.size, 1 << NETWORK_BLOCK_BITS)
    for start in range(0, cube.size, count):
        bits = np.arange(start, start + count)[:, None] >> np.arange(cube.n)[None, :] & 1
        yield np.asarray(lowered(np.where(bits, 1.0, float(cube.low))))


def _signs(cube: Cube, blocks: Iterable[np.ndarray], at_zero: int | None) -> Iterator[np.ndarray]:
    start = 0
    for block in blocks:
        if at_zero is None and not block.all():
            reason = "the polynomial vanishes, so it has no sign (give at_zero 0 or 1)"
            raise Rejected(reason, place=place(cube, start + int(np.argmin(block != 0))))
        yield block >= 0 if at_zero else block > 0
        start += len(block)


def _truth_values(network: Network, cube: Cube) -> Iterator[np.ndarray]:
    if len(network.outputs) != 1:
        raise BadInput(f"{network!r} has {len(network.outputs)} outputs: take cube_values, or a network for each output")
    exact = LoweredNetwork.of(network, "float64").exact
    if not exact:
        raise BadInput(f"{network!r} is {exact}: use its function(), which is exact at any size of weights, up to 20 inputs")
    low, start = 1.0, 0
    for block in _network_blocks(network, cube):
        others = block[block != 1]
        if low == 1 and others.size:
            low = -1.0 if others[0] == -1 else 0.0
        wrong = (block != 1) & (block != low)
        if wrong.any():
            k = int(np.argmax(wrong))
            reason = f"output {network.outputs[0]} is {block[k]:g}, so not all values are 0 and 1, or -1 and 1"
            raise Rejected(reason, place=place(cube, start + k))
        yield block == 1
        start += len(block)


def _packed(blocks: Iterable[np.ndarray], n: int) -> np.ndarray:
    """Return the bits of all blocks in bytes; a block is a multiple of 8 long, or the only one."""
    table, start = np.empty(max(1, (1 << n) // 8), np.uint8), 0
    for block in blocks:
        packed = np.packbits(block, bitorder="little")
        table[start : start + len(packed)] = packed
        start += len(packed)
    return table


def _packed_bits(f: BooleanFunction) -> np.ndarray:
    return np.frombuffer(bytearray(f.table.to_bytes(max(1, (1 << f.n) // 8), "little")), dtype=np.uint8)
