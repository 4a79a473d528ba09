"""From trained weights to integers: the network counts only if its exact table is the function that was wanted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.circuits.training import Layers, points
from workbench.circuits.training_shapes import Shape
from workbench.errors import BadInput, Rejected
from workbench.network import Network
from workbench.threshold import BooleanFunction

SCALES = (1, 2, 3, 4, 5, 6, 8, 12, 16, 32, 128, 1024)
COARSE = 8  # the scale from which an output unit is corrected
CORRECTIONS = 400  # by the perceptron rule, each of at most 1 in every weight: sums of 75 products stay below 2^17
FREE = 1 << 20


@dataclass(frozen=True, eq=False)
class Rounded:
    """Trained networks with integer weights, and which of them compute the function exactly.

    `layers` are int32, (networks, units, factors, sources + 1). `exact` are those that rounding alone makes exact, `repaired` the
    others whose output unit was corrected in integers.
    """

    shape: Shape
    wanted: BooleanFunction
    layers: tuple[np.ndarray, ...]
    exact: np.ndarray
    repaired: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """The numbers of the networks that compute the function."""
        return np.flatnonzero(self.exact | self.repaired)

    def network(self, number: int) -> Network:
        """Return one of those networks, its truth table compared point by point in exact arithmetic apart from JAX.

        Raises Rejected if the table is not the function's.
        """
        network = self.shape.network([layer[number].tolist() for layer in self.layers])
        if (table := network.function("pm1").table) != self.wanted.table:
            raise Rejected(f"the table is {table:#x}, not {self.wanted.table:#x}", place=f"network {number}")
        return network

    def smallest(self) -> int | None:
        """Return the number of the network with the least sum of absolute weights, rounded ones before repaired ones."""
        sizes = sum(np.abs(layer.astype(np.int64)).sum(axis=(1, 2, 3)) for layer in self.layers)
        return min(self.found.tolist(), key=lambda k: (not self.exact[k], int(sizes[k]), k), default=None)


def rounded(shape: Shape, wanted: BooleanFunction, layers: Layers) -> Rounded:
    """Return the networks with weights scaled and rounded to integers, the coarsest of twelve scales that is exact.

    Each threshold unit is scaled by itself, its largest weight to 1, 2, ..., 1024. Where none is exact, the factors of the output
    unit are corrected in turn by the perceptron rule, in integers, on the hidden units at the finest scale. All tables are computed
    in int32, without overflow. A network whose training diverged is none of either. Raises BadInput if the weights do not fit.

    >>> from workbench.circuits.training import Training, trained
    >>> from workbench.circuits.training_targets import parity
    >>> shape = Shape.gated(2, 1)
    >>> found = rounded(shape, parity(2), trained(shape, parity(2), seed=1, networks=8, training=Training(steps=300)))
    >>> int(found.exact.sum()) > 0, found.network(found.smallest()).function("pm1").table
    (True, 6)
    """
    arrays = [np.asarray(layer) for layer in layers]
    sizes = [array.shape[1:] for array in arrays]
    if sizes != [(w, f, fan + 1) for w, f, fan in zip(shape.widths, shape.factors, shape.fan_in, strict=True)]:
        raise BadInput(f"weights of sizes {sizes} do not fit the shape {shape}")
    finite = np.all([np.isfinite(array).all(axis=(1, 2, 3)) for array in arrays], axis=0)
    units = tuple(jnp.asarray(_of_largest_one(array[finite]), jnp.float32) for array in arrays)
    kept, *flags = _all(shape, units, jnp.asarray(wanted.bits, bool))
    chosen = tuple(np.zeros(array.shape, np.int32) for array in arrays)
    for layer, integers in zip(chosen, kept, strict=True):
        layer[finite] = integers
    exact, repaired = (np.zeros(len(finite), bool) for _ in flags)
    exact[finite], repaired[finite] = flags
    return Rounded(shape, wanted, chosen, exact, repaired)


def hidden(shape: Shape, layers: Any) -> Any:
    """Return the int32 values that the output unit reads at every point, (points, sources)."""
    at = below = jnp.asarray(points(shape.n))
    for weights in layers[:-1]:
        product = jnp.prod(_factors(shape, weights, below), axis=2)
        below = jnp.concatenate([product, at], axis=1) if shape.skip else product
    return below


def decided(shape: Shape, layers: Any, bits: Any) -> Any:
    """Return the integers of one network, whether they are exact, and whether they are once its output unit is corrected."""
    scaled = tuple(jax.vmap(partial(_integers, shares))(jnp.array(SCALES, shares.dtype)) for shares in layers)
    right = jax.vmap(lambda layers: _right(shape, hidden(shape, layers), layers[-1][0], bits))(scaled)
    exact = right.any()
    chosen = tuple(layer[jnp.where(exact, right.argmax(), len(SCALES) - 1)] for layer in scaled)
    below = hidden(shape, chosen)
    corrected = _corrected(shape, below, scaled[-1][SCALES.index(COARSE)][0], bits)
    repaired = ~exact & _right(shape, below, corrected, bits)
    return (*chosen[:-1], jnp.where(repaired, corrected, chosen[-1][0])[None]), exact, repaired


def _of_largest_one(weights: np.ndarray) -> np.ndarray:
    """The weights with those of each threshold unit divided by the largest."""
    largest = np.abs(weights).max(axis=-1, keepdims=True)
    shares: np.ndarray = weights / np.where(largest > 0, largest, 1)
    return shares


def _integers(shares: Any, scale: Any) -> Any:
    return jnp.rint(shares * scale).astype(jnp.int32)


def _factors(shape: Shape, weights: Any, below: Any) -> Any:
    """The int32 outputs of threshold units, (points, units, factors)."""
    sums = jnp.einsum("pi,ufi->puf", below, weights[..., :-1]) + weights[..., -1]
    return jnp.where(sums > 0, 1, 0 if shape.outputs == "01" else -1)


def _right(shape: Shape, below: Any, factors: Any, bits: Any) -> Any:
    """Whether the output unit with these factors computes the function."""
    return ((jnp.prod(_factors(shape, factors[None], below)[:, 0], axis=1) == 1) == bits).all()


def _corrected(shape: Shape, below: Any, factors: Any, bits: Any) -> Any:
    """The factors of the output unit after each, in turn, was corrected at the points where the others leave it to decide."""
    reads = jnp.concatenate([below, jnp.ones((len(below), 1), jnp.int32)], axis=1)
    wanted = jnp.where(bits, 1, -1)

    def factor(k: Any, factors: Any) -> Any:
        outputs = _factors(shape, factors[None], below)[:, 0]
        others = jnp.prod(jnp.where(jnp.arange(len(factors)) == k, 1, outputs), axis=1)
        return factors.at[k].set(_perceptron(reads, wanted * others, factors[k]))

    return jax.lax.fori_loop(0, len(factors), factor, factors)


def _perceptron(reads: Any, signs: Any, weights: Any) -> Any:
    """The weights after corrections at the point that is worst, while one is wrong; points of sign 0 are free."""

    def correction(_: Any, weights: Any) -> Any:
        margins = jnp.where(signs == 0, FREE, signs * (reads @ weights))
        worst = margins.argmin()
        return weights + jnp.where(margins[worst] > 0, 0, signs[worst] * reads[worst])

    return jax.lax.fori_loop(0, CORRECTIONS, correction, weights)


@partial(jax.jit, static_argnames=("shape",))
def _all(shape: Shape, layers: Any, bits: Any) -> Any:
    return jax.vmap(lambda *one: decided(shape, one, bits))(*layers)
