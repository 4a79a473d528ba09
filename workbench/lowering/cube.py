"""All values on a cube at once, as exact integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.domain import Cube, arity
from workbench.errors import BadInput
from workbench.lowering.layers import LoweredNetwork
from workbench.network import Network
from workbench.poly import Multilinear
from workbench.threshold import PTF, BooleanFunction

CUBE_ARITY_LIMIT = 26  # 2^26 int64 values are 512 MB


def cube_values(f: Any, inputs: str = "01") -> np.ndarray:
    """Return the values of a function at the 2^n points of its cube, as integers in the order of the points.

    For a `PTF` or a `Multilinear` these are the values of its primitive integer polynomial (int64, by an exact fast transform);
    for a `BooleanFunction` its 0/1 bits (uint8); for a `Network` its outputs on the cube of the given convention, int64 where the
    lowered network is exact and its values are integers, float64 otherwise, of shape (2^n,) or (2^n, outputs).
    Raises BadInput if the sum of the absolute integer coefficients exceeds int64 or the arity exceeds 26.

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
    if isinstance(f, BooleanFunction):
        packed = np.frombuffer(f.table.to_bytes(max(1, (1 << f.n) // 8), "little"), dtype=np.uint8)
        return np.unpackbits(packed, bitorder="little")[: 1 << f.n]
    if isinstance(f, PTF | Multilinear):
        return _transform((f.poly if isinstance(f, PTF) else f).primitive())
    if isinstance(f, Network):
        return _network_values(f, Cube(arity(len(f.inputs), limit=CUBE_ARITY_LIMIT), inputs))
    raise BadInput(f"a {type(f).__name__} has no cube: give a PTF, a Multilinear, a BooleanFunction or a Network")


def _network_values(network: Network, cube: Cube) -> np.ndarray:
    bits = np.arange(cube.size)[:, None] >> np.arange(cube.n)[None, :] & 1
    lowered = LoweredNetwork.of(network, "float64")
    values = np.asarray(lowered(np.where(bits, 1.0, float(cube.low))))
    whole = lowered.exact.exact and bool((values == np.round(values)).all())
    return values.astype(np.int64) if whole else values


def _transform(poly: Multilinear) -> np.ndarray:
    n = arity(poly.cube.n, limit=CUBE_ARITY_LIMIT)
    bound = int(poly.norm)
    if bound > np.iinfo(np.int64).max:
        raise BadInput(f"values up to {bound} > 2**63 - 1: use f.poly.values(), which is exact at any size")
    values = np.zeros(1 << n, dtype=np.int32 if bound <= np.iinfo(np.int32).max else np.int64)
    values[[mask for mask, _ in poly.terms]] = [int(c) for _, c in poly.terms]
    for i in range(n):
        pairs = values.reshape(-1, 2, 1 << i)
        low, high = pairs[:, 0].copy(), pairs[:, 1]
        if poly.cube.inputs == "pm1":
            np.subtract(low, high, out=pairs[:, 0])
        np.add(low, high, out=pairs[:, 1])
    return values.astype(np.int64)
