"""Hadamard linear attention: weights that are entrywise products of several linear similarities. A reconstruction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.dot_products import normalised, weighted
from workbench.mechanisms.features import Feature, attend, feature, in_groups
from workbench.mechanisms.forms import VALUE_LIMIT, Matrices, Mechanism, Tensor
from workbench.mechanisms.linear_forms import states
from workbench.mechanisms.weighting import dots, mixed, open_pairs, quotient
from workbench.mechanisms.wiring import Names, Open, Wiring

ORDERS = ("quadratic", "sequential", "kronecker")
MOST_FACTORS = 1024
STATE_LIMIT = 2**26  # numbers of a state, r^F dv


def hadamard(
    *,
    factors: int = 2,
    features: str | tuple[str, ...] = "relu",
    projections: str = "separate",
    order: str = "quadratic",
    values: str = "one",
) -> Mechanism:
    """Return attention with weights prod_f phi_f(q_i) . phi_f(k_j), f < F = `factors`, over their sum.

    `features` names the map of all factors, or one for each. `projections` "separate" has queries q0, q1, ... and keys k0, ...
    for the factors, "shared" one q and one k. `values` "factors" has values v0, v1, ... for the factors, which are multiplied
    entry by entry, in place of one v. `order` is that of evaluation: "quadratic" by pairs, or by a state of r^F dv sums
    that is contracted with the features of the factors one by one ("sequential") or with their Kronecker product at once
    ("kronecker"). Raises BadInput for other options.

    Source: H. Ackermann et al., HLA: Hadamard Linear Attention, 2026 (abstract); the definition is ours.
    """
    if isinstance(factors, bool) or not isinstance(factors, int) or not 1 <= factors <= MOST_FACTORS:
        raise BadInput(f"factors = {factors!r} is not an integer from 1 to {MOST_FACTORS}")
    names = features if isinstance(features, tuple) else (features,) * factors
    if len(names) != factors:
        raise BadInput(f"{factors} factors with feature maps {names}: give one for each factor, or one for all")
    if order not in ORDERS or projections not in ("separate", "shared") or values not in ("one", "factors"):
        known = f"give one of {', '.join(ORDERS)}, separate or shared, one or factors"
        raise BadInput(f"order {order!r}, projections {projections!r}, values {values!r}: {known}")
    maps = tuple(feature(name, factors=factors) for name in names)
    separate = projections == "separate"
    pairs = tuple((f"q{f}", f"k{f}") if separate else ("q", "k") for f in range(factors))
    held_values = ("v",) if values == "one" else tuple(f"v{f}" for f in range(factors))

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        q, k = ([_rows(f, m[pair[x]]) for f, pair in zip(maps, pairs, strict=True)] for x in (0, 1))
        weights = [{j: sympy.Mul(*(_dot(a[i], b[j]) for a, b in zip(q, k, strict=True))) for j in r} for i, r in enumerate(keys)]
        return weighted(
            [normalised(row) for row in weights], reduce(sympy.matrix_multiply_elementwise, map(m.__getitem__, held_values))
        )

    def wire(w: Wiring, keys: Open) -> Names:
        q, k = ([_featured(w, f, pair[x]) for f, pair in zip(maps, pairs, strict=True)] for x in (0, 1))
        v = _entrywise(w, [w[name] for name in held_values])
        if order == "quadratic":
            rows = [{j: _weight(w, [a[i] for a in q], [b[j] for b in k]) for j in row} for i, row in enumerate(keys)]
            return [w.read(w.normalised(row), v) for row in rows]
        _accept_features(prod(len(rows[0]) for rows in k), len(v[0]), limit=VALUE_LIMIT)
        kernel = {j: _kronecker(w, [b[j] for b in k]) for j in range(len(v))}
        held = states(w, kernel, v, keys)
        contract = _sequential if order == "sequential" else _at_once
        return [contract(w, [a[i] for a in q], *held[row]) if row else w.read({}, v) for i, row in enumerate(keys)]

    def featured(qk: Sequence[jax.Array]) -> tuple[list[jax.Array], list[jax.Array]]:
        given = qk if separate else list(qk) * factors
        q, k = ([f.forward(a) for f, a in zip(maps, given[x::2], strict=True)] for x in (0, 1))
        return q, k

    def by_state(*arrays: jax.Array, causal: bool) -> jax.Array:
        q, k = featured(arrays[:-1])
        _accept_features(prod(a.shape[-1] for a in k), arrays[-1].shape[-1], limit=STATE_LIMIT)
        return attend(reduce(_outer, q), reduce(_outer, k), arrays[-1], causal=causal, mask=None)

    def forward(*arrays: jax.Array, causal: bool, mask: Any) -> jax.Array:
        qk, v = arrays[: -len(held_values)], prod(arrays[-len(held_values) :])
        if order != "quadratic" and mask is None:
            return in_groups(partial(by_state, causal=causal), *qk, v)
        q, k = featured(qk)
        weights = prod(dots(a, b) for a, b in zip(q, k, strict=True))
        opened = open_pairs(v.shape[-2], causal, mask)
        weights = weights if opened is None else jnp.where(opened, weights, 0)
        return quotient(mixed(weights, v), weights.sum(axis=-1, keepdims=True))

    inputs = tuple(Tensor(name, ("n", "d")) for name in dict.fromkeys(name for pair in pairs for name in pair))
    options = (("factors", factors), ("features", features), ("projections", projections), ("order", order), ("values", values))
    source = Source("ackermann2026hadamard", "abstract", read=True)
    flags = ("reconstruction", "abstract_only")
    inputs += tuple(Tensor(name, ("n", "dv")) for name in held_values)
    return Mechanism("hadamard", source, inputs, rule, wire, forward, flags, options)


def _accept_features(features: int, width: int, *, limit: int) -> None:
    if features * width > limit:
        raise BadInput(f"a state of {features} x {width} sums > {limit}: take fewer factors, or order='quadratic'")


def _dot(a: list[sympy.Expr], b: list[sympy.Expr]) -> sympy.Expr:
    return sympy.Add(*(x * y for x, y in zip(a, b, strict=True)))


def _rows(f: Feature, matrix: sympy.Matrix) -> list[list[sympy.Expr]]:
    return [f.rule(list(matrix.row(i))) for i in range(matrix.rows)]


def _featured(w: Wiring, f: Feature, name: str) -> dict[int, list[str]]:
    return {i: f.wire(w, row) for i, row in enumerate(w[name])}


def _weight(w: Wiring, queries: list[list[str]], keys: list[list[str]]) -> str:
    dots = [w.dot(a, b) for a, b in zip(queries, keys, strict=True)]
    return w.product(*dots, name="weight") if len(dots) > 1 else dots[0]


def _entrywise(w: Wiring, matrices: list[Names]) -> Names:
    """Add the entrywise product of matrices; one alone stays as it is."""
    if len(matrices) == 1:
        return matrices[0]
    return [[w.product(*entry) for entry in zip(*rows, strict=True)] for rows in zip(*matrices, strict=True)]


def _kronecker(w: Wiring, vectors: list[list[str]]) -> list[str]:
    """Add the Kronecker product of vectors, factor by factor."""
    return reduce(lambda left, right: [w.product(a, b) for a in left for b in right], vectors)


def _at_once(w: Wiring, query: list[list[str]], matrix: Names, sums: list[str]) -> list[str]:
    kernel = _kronecker(w, query)
    out = w.read(dict(enumerate(kernel)), matrix)
    return list(w.divided(dict(enumerate(out)), by=w.dot(kernel, sums)).values())


def _sequential(w: Wiring, query: list[list[str]], matrix: Names, sums: list[str]) -> list[str]:
    """Contract the state with the features of the last factor, then of the one before, ..."""
    for vector in reversed(query):
        rows, width = len(sums) // len(vector), len(vector)
        matrix = [w.read(dict(enumerate(vector)), matrix[r * width : (r + 1) * width]) for r in range(rows)]
        sums = [w.dot(vector, sums[r * width : (r + 1) * width]) for r in range(rows)]
    return list(w.divided(dict(enumerate(matrix[0])), by=sums[0]).values())


def _outer(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the Kronecker products of the last axes."""
    return (a[..., :, None] * b[..., None, :]).reshape(*a.shape[:-1], -1)
