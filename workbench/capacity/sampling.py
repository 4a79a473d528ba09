"""Random members of a family, under a law that is stated: drawn weights, or all functions of the family equally likely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import jax
import numpy as np

from workbench.capacity.blocks import features
from workbench.capacity.listing import indicator
from workbench.capacity.pair_tables import members
from workbench.errors import BadInput, Rejected
from workbench.families import Family
from workbench.members import Weights, table_inputs, tables, units
from workbench.recognition import accepted_degree
from workbench.recognition import features as monomial_values

LARGEST = 1 << 20  # of an integer that is drawn: sums of weights stay far inside int64
ARITY_LIMIT = 10
POINTS_LIMIT = 1 << 24  # members times points
EVEN = ("a", "v")  # units that are added to another: their weights are even, the constant too
LAWS = ("integers", "gaussian", "functions")


@dataclass(frozen=True, eq=False)
class Sample:
    """Members drawn from a family: their tables, the weights that compute them unless functions were drawn, and the law in words.

    `tables` holds one integer, or two for a shared gate, for each member; `weights` an array (members, length) for each unit.
    """

    family: Family
    law: str
    tables: tuple[tuple[int, ...], ...]
    weights: dict[str, np.ndarray] | None

    def member(self, k: int) -> Weights:
        """Return the weights of the units of member number k. Raises BadInput if functions were drawn, or for no such member."""
        if self.weights is None or not 0 <= k < len(self.tables):
            raise BadInput(f"member {k} of {len(self.tables)} has no weights: draw weights, not functions, and give a member")
        return {unit: tuple(w[k].tolist()) for unit, w in self.weights.items()}

    def check(self) -> None:
        """Raise Rejected unless all weights compute their tables, in plain integers point by point."""
        for k, stated in enumerate(self.tables if self.weights is not None else ()):
            if (computed := tables(self.family, self.member(k))) != stated:
                raise Rejected(f"the weights compute {', '.join(map(hex, computed))}", place=f"member {k}")


def sample(family: Family, key: jax.Array, size: int, *, law: str = "integers", largest: int = 16) -> Sample:
    """Return random members of a family.

    Laws: "integers", every weight twice an integer drawn uniformly from -largest to largest, constants an odd integer drawn
    uniformly from as far, so that no activation is 0; "gaussian", the same with rounded normal numbers of deviation 2**16, whose
    direction is uniform up to rounding; "functions", all functions of the family equally likely, n <= 4. Raises BadInput for
    another law, for n > 10, and for more than 2**24 members times points.

    >>> from workbench.families import output_gating
    >>> drawn = sample(output_gating(3), jax.random.key(0), 100)
    >>> drawn.check()
    >>> drawn.law
    'weights: even integers from -32 to 32, constants odd, uniform and independent'
    >>> len(sample(output_gating(3), jax.random.key(1), 100, law="functions").tables)
    100
    """
    if law not in LAWS:
        raise BadInput(f"law {str(law)[:40]!r} is not one of {', '.join(LAWS)}")
    for what, value, high in (("size", size, POINTS_LIMIT), ("largest", largest, LARGEST)):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= high:
            raise BadInput(f"{what} = {str(value)[:40]} is not an integer from 1 to {high}")
    if not isinstance(family, Family):
        raise BadInput(f"a {type(family).__name__} is not a family: make one, such as workbench.families.threshold(4)")
    if law == "functions":
        among = members(indicator(family), table_inputs(family))
        chosen = among[_below(key, size, len(among))].tolist()
        return Sample(family, f"uniform on the {len(among)} functions of the family", tuple((t,) for t in chosen), None)
    if table_inputs(family) > ARITY_LIMIT or size << table_inputs(family) > POINTS_LIMIT:
        raise BadInput(
            f"{size} members of {family} have more than {POINTS_LIMIT} points, or more than {ARITY_LIMIT} inputs: draw fewer"
        )
    weights = _drawn(family, key, size, None if law == "gaussian" else largest)
    bits = _outputs(family, weights)
    packed = np.packbits(bits, axis=2, bitorder="little")
    found = tuple(tuple(int.from_bytes(row.tobytes(), "little") for row in vector) for vector in packed)
    told = (
        "twice normal numbers of deviation 2**16, rounded"
        if law == "gaussian"
        else f"even integers from {-2 * largest} to {2 * largest}"
    )
    each = "independent" if law == "gaussian" else "uniform and independent"
    return Sample(family, f"weights: {told}, constants odd, {each}", found, weights)


def _below(key: jax.Array, size: int, bound: int) -> np.ndarray:
    """Return integers drawn uniformly below a bound: 64 bits are drawn again where they would favour some."""
    limit = (1 << 64) // bound * bound
    words = np.asarray(jax.random.bits(key, (size, 2), "uint32")).astype(np.uint64)
    drawn = words[:, 0] << np.uint64(32) | words[:, 1]
    while (again := drawn > np.uint64(limit - 1)).any():
        key = jax.random.fold_in(key, 1)
        words = np.asarray(jax.random.bits(key, (size, 2), "uint32")).astype(np.uint64)
        drawn = np.where(again, words[:, 0] << np.uint64(32) | words[:, 1], drawn)
    return np.asarray(drawn % np.uint64(bound)).astype(np.int64)


def _drawn(family: Family, key: jax.Array, size: int, largest: int | None) -> dict[str, np.ndarray]:
    found = {}
    shapes = units(family)
    for (unit, length), own in zip(shapes.items(), jax.random.split(key, len(shapes)), strict=True):
        if unit == "synapse":
            found[unit] = _below(own, size, family.n)[:, None]
            continue
        first, rest = jax.random.split(own)
        odd = 0 if unit in EVEN else 1
        constants, others = _integers(first, (size, odd), largest, odd=True), _integers(rest, (size, length - odd), largest)
        found[unit] = np.hstack([2 * constants + 1, 2 * others])
    return found


def _integers(key: jax.Array, shape: tuple[int, int], largest: int | None, *, odd: bool = False) -> np.ndarray:
    """Return w with 2 w, or 2 w + 1 if `odd`, distributed symmetrically about 0."""
    if largest is None:
        normal = np.asarray(jax.random.normal(key, shape, "float32"), np.float64) * (1 << 16)
        return (np.floor(normal) if odd else np.rint(normal)).astype(np.int64)
    flat = _below(key, shape[0] * shape[1], 2 * largest + (not odd))
    return flat.reshape(shape) - largest


def _gate(weights: np.ndarray, n: int, degree: int = 1) -> np.ndarray:
    """Return the outputs of gates, (members, 2^n)."""
    return np.asarray(weights @ monomial_values(n, accepted_degree(n, degree)).T > 0)


def _read(bits: np.ndarray, size: int, first: int = 0) -> np.ndarray:
    """Return gates of the inputs from `first` on at all points of `size` inputs."""
    return bits[:, (np.arange(1 << size) >> first) % bits.shape[1]]


def _product(factors: Sequence[np.ndarray], outputs: str) -> np.ndarray:
    return np.asarray(reduce(np.logical_and if outputs == "01" else np.equal, factors))


def _outputs(family: Family, weights: dict[str, np.ndarray]) -> np.ndarray:
    """Return the outputs of members, (members, outputs, points)."""
    n, size = family.n, table_inputs(family)
    few, shift = (family.gate_inputs, n) if size > n else (n, 0)
    few = family.gate_inputs if family.name.startswith("partial") else few
    match family.name:
        case "hidden-layer" | "layered-2-1" | "any-two-gates":
            readout, *layer = weights.values()
            index = np.stack([_gate(w, n) for w in layer], axis=2) @ (1 << np.arange(len(layer)))
            found = np.take_along_axis(_gate(readout, len(layer), 1 + family.name.startswith("any")), index, axis=1)
        case "threshold" | "k-fold-gating" | "output-gating":
            found = _product([_gate(w, n, family.degree) for w in weights.values()], family.outputs)
        case "partial-output-gating" | "disjoint-output-gating":
            f, g = _read(_gate(weights["f"], n), size), _read(_gate(weights["g"], few), size, shift)
            found = _product([f, g], family.outputs)
        case "shared-gate":
            f0, f1, g = (_gate(w, n) for w in weights.values())
            return np.stack([_product([f, g], family.outputs) for f in (f0, f1)], axis=1)
        case "linear-synaptic-gating":
            x = monomial_values(n, 1)
            found = weights["s"] @ x[:, :-1].T + weights["v"] @ x.T * x[:, -1] > 0
        case _:
            gates = [_read(_gate(w, few), size, shift) for unit, w in weights.items() if unit.startswith("g")]
            seen = features(family, np.stack(gates, axis=2), weights.get("synapse"))
            unit = np.hstack([weights[u] for u in ("s", "a") if u in weights])
            found = np.einsum("kpw,kw->kp", seen, unit) > 0
    return found[:, None]
