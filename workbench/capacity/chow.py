"""Chow parameters, and threshold functions looked up by them: a threshold function is the only function with its Chow parameters.

Up to n = 8 the table holds, for each class of threshold functions under permuting and negating inputs and bias, the Chow parameters
in falling order and weights in the same order. A function whose absolute Chow parameters stand in the table takes the weights of
that class, each with the sign and at the rank of its own parameter. The table proposes; the weights are verified in integers.
Source: C. K. Chow, On the characterization of threshold functions, 1961.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

import jax
import jax.numpy as jnp
import numpy as np

from workbench.capacity.truth_tables import Functions, TruthTables
from workbench.domain import arity
from workbench.errors import BadInput
from workbench.lowering.precision import LIMITS, scope
from workbench.recognition import features
from workbench.threshold import PTF, BooleanFunction

ARITY_LIMIT = 8
SHIPPED = 7  # inputs of the classes in the data file
BLOCK = 1 << 14  # classes whose signs are formed at once


def chow_parameters(functions: BooleanFunction | PTF | Functions, n: int | None = None) -> np.ndarray:
    """Return the Chow parameters sum_x f(x) and sum_x f(x) x_i of +-1 functions, shape (functions, n + 1) or (n + 1,), int64.

    >>> chow_parameters(BooleanFunction(2, 0b1000)).tolist()
    [-2, 2, 2]
    >>> chow_parameters(np.array([[0b0110], [0b1000]], dtype=np.uint8), n=2).tolist()
    [[0, 0, 0], [-2, 2, 2]]
    """
    single = isinstance(functions, (BooleanFunction, PTF))
    tables = TruthTables.of([functions] if isinstance(functions, (BooleanFunction, PTF)) else functions, n)
    found = np.empty((len(tables), tables.n + 1), dtype=np.int64)
    step = max(1, (1 << 24) >> tables.n)
    for start in range(0, len(tables), step):
        signs = tables[start : start + step].signs()
        found[start : start + step, 0] = signs.sum(axis=1, dtype=np.int64)
        for i in range(tables.n):
            upper = signs.reshape(len(signs), -1, 2, 1 << i)[:, :, 1].sum(axis=(1, 2), dtype=np.int64)
            found[start : start + step, i + 1] = 2 * upper - found[start : start + step, 0]
    return found[0] if single else found


@dataclass(frozen=True, eq=False)
class ChowTable:
    """The classes of threshold functions of n inputs: `keys` (classes,) of their sorted Chow parameters, ascending, and weights.

    `weights` (classes, n + 1) are integers in falling order, all >= 0.

    >>> table = ChowTable.of(2, np.array([[1, 0, 0], [1, 1, 1]]))
    >>> weights, found = table.proposed(TruthTables.of(np.array([0b0110, 0b0100], dtype=np.uint64), n=2))
    >>> found.tolist(), weights[1].tolist()
    ([False, True], [-1, -1, 1])
    """

    n: int
    keys: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, n: int, weights: np.ndarray) -> ChowTable:
        """Return the table of classes that these weights represent, as self-dual functions of n + 1 inputs.

        Raises BadInput if the weights do not fall, to a last >= 0, are too large for exact sums in float32, give a sum of zero, or
        if two classes get one key.
        """
        if weights.ndim != 2 or weights.shape[1] != arity(n, limit=ARITY_LIMIT) + 1 or weights.shape[0] == 0:
            raise BadInput(f"weights of shape {weights.shape}: give (classes, {n + 1})")
        if (weights[:, -1] < 0).any() or (np.diff(weights, axis=1) > 0).any() or weights.max() * (n + 1) > LIMITS["float32"]:
            raise BadInput("weights are not falling, not >= 0, or their sum may pass 2**24: give sorted, smaller weights")
        points = features(n, 1).astype(np.float32)
        chow = np.empty(weights.shape, dtype=np.uint64)
        for start in range(0, len(weights), BLOCK):
            values = weights[start : start + BLOCK].astype(np.float32) @ points.T
            if not values.all():
                raise BadInput("weights give a sum of zero: they represent no function")
            chow[start : start + BLOCK] = np.sign(values) @ points
        keys = (chow * _powers(n)).sum(axis=1, dtype=np.uint64)
        order = np.argsort(keys)
        if (np.diff(keys[order]) == 0).any():
            raise BadInput("two classes have one key: a class is given twice")
        return cls(n, keys[order], weights[order].astype(np.int32))

    def proposed(self, tables: TruthTables) -> tuple[np.ndarray, np.ndarray]:
        """Return weights (functions, n + 1), the bias first, int32, and for each function whether its class stands in the table."""
        with scope("int64"):
            weights, found = _looked_up(tables.packed, self.keys, self.weights, _powers(self.n), n=self.n)
            return np.asarray(weights), np.asarray(found)


@cache
def chow_table(n: int) -> ChowTable:
    """Return the table of all threshold functions of n <= 8 inputs, built when it is first asked for.

    Up to 7 inputs the classes ship with the package; those of 8 are computed, in about a second once the code is compiled.

    >>> len(chow_table(4).keys), chow_table(2).weights.tolist()
    (7, [[1, 1, 1], [1, 0, 0]])
    """
    if arity(n, limit=ARITY_LIMIT) > SHIPPED:
        from workbench.capacity.chamber_classes import threshold_classes  # loads numba

        return ChowTable.of(n, threshold_classes(n).weights)
    with (files("workbench") / "data" / "threshold_classes.txt").open(encoding="utf-8") as stream:
        weights = np.loadtxt(stream, dtype=np.int64)
    return ChowTable.of(n, weights[~weights[:, n + 1 :].any(axis=1), : n + 1])  # inputs beyond n have no weight


def _powers(n: int) -> np.ndarray:
    """Return the powers of 2^n + 1 that pack n + 1 Chow parameters into a key; modulo 2^64, which only n = 8 passes."""
    return np.array([((1 << n) + 1) ** k % (1 << 64) for k in range(n, -1, -1)], dtype=np.uint64)


@partial(jax.jit, static_argnames="n")
def _looked_up(packed: jax.Array, keys: jax.Array, weights: jax.Array, powers: jax.Array, *, n: int) -> tuple[jax.Array, jax.Array]:
    """Return the weights of each function's class, put in its order and signs, and whether the class has its key.

    A parameter's rank is the number of larger ones and of equal ones before it: inputs of equal parameters are alike in a threshold
    function, so ties may fall either way.
    """
    bits = (packed[:, :, None] >> jnp.arange(8, dtype=jnp.uint8) & 1).reshape(len(packed), -1)[:, : 1 << n]
    signs, points = 2 * bits.astype(jnp.float32) - 1, jnp.asarray(features(n, 1), dtype=jnp.float32)
    chow = jnp.matmul(signs, points, precision="highest")  # exact: |sums| <= 2^8
    size = jnp.abs(chow)
    mine, other = size[:, :, None], size[:, None, :]
    before = jnp.tril(jnp.ones((n + 1, n + 1), dtype=bool), -1)
    rank = ((other > mine) | (other == mine) & before).sum(axis=2)
    key = (size.astype(jnp.uint64) * powers[rank]).sum(axis=1)
    place = jnp.minimum(jnp.searchsorted(keys, key), len(keys) - 1)
    taken = weights[place[:, None], rank]
    return jnp.where(chow < 0, -taken, taken), keys[place] == key
