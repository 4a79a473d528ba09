"""Linear attention, whose state is a matrix read by the queries, and the linearised layer X X^T X."""

from __future__ import annotations

from typing import Any

import jax
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.dot_products import QKV, normalised, weighted
from workbench.mechanisms.features import attend, feature, in_groups
from workbench.mechanisms.forms import Matrices, Mechanism, Tensor
from workbench.mechanisms.wiring import Names, Open, Wiring

States = dict[tuple[int, ...], tuple[Names, list[str]]]  # by set of keys


def states(w: Wiring, features: dict[int, list[str]], values: Names, keys: Open, *, sums: bool = True) -> States:
    """Add, for each set of keys, the sums of features (x) values, feature by feature, and of features; each product once."""
    used = {j for row in keys for j in row}
    products = {j: [[w.product(a, b) for b in values[j]] for a in features[j]] for j in used}

    def summed(row: tuple[int, ...]) -> tuple[Names, list[str]]:
        count, width = len(features[row[0]]), len(values[0])
        matrix = [[w.total([products[j][r][c] for j in row]) for c in range(width)] for r in range(count)]
        return matrix, [w.total([features[j][r] for j in row]) for r in range(count)] if sums else []

    return {row: summed(row) for row in dict.fromkeys(keys) if row}


def linear(*, features: str = "elu+1", order: str = "linear") -> Mechanism:
    """Return linear attention: weights f(q_i) . f(k_j) over their sum, with a feature map f; see `feature`.

    `order` is the order of evaluation in the network: "linear", one matrix of sums that the queries read, or "quadratic", by
    pairs. Raises BadInput for another.

    Source: A. Katharopoulos et al., Transformers are RNNs, 2020, eqs. 4-7.
    """
    f = feature(features)
    if order not in ("linear", "quadratic"):
        raise BadInput(f"order {order!r} is not linear or quadratic")

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        q, k = ([f.rule(list(m[x].row(i))) for i in range(m[x].rows)] for x in ("q", "k"))
        weights = [{j: sympy.Add(*(a * b for a, b in zip(q[i], k[j], strict=True))) for j in row} for i, row in enumerate(keys)]
        return weighted([normalised(row) for row in weights], m["v"])

    def wire(w: Wiring, keys: Open) -> Names:
        q, k = ({i: f.wire(w, row) for i, row in enumerate(w[x])} for x in ("q", "k"))
        if order == "quadratic":
            return [w.read(w.normalised({j: w.dot(q[i], k[j]) for j in row}), w["v"]) for i, row in enumerate(keys)]
        held = states(w, k, w["v"], keys)
        return [_from_state(w, q[i], *held[row]) if row else w.read({}, w["v"]) for i, row in enumerate(keys)]

    def forward(q: jax.Array, k: jax.Array, v: jax.Array, *, causal: bool, mask: Any) -> jax.Array:
        def attended(q: jax.Array, k: jax.Array, v: jax.Array) -> jax.Array:
            return attend(f.forward(q), f.forward(k), v, causal=causal, mask=mask)

        return in_groups(attended, q, k, v) if mask is None else attended(q, k, v)

    source = Source("katharopoulos2020transformers", "eqs. 4-7", read=False)
    return Mechanism("linear", source, QKV, rule, wire, forward, options=(("features", features), ("order", order)))


def _from_state(w: Wiring, query: list[str], matrix: Names, sums: list[str]) -> list[str]:
    out = w.read(dict(enumerate(query)), matrix)
    return list(w.divided(dict(enumerate(out)), by=w.dot(query, sums)).values())


def linearised(*, order: str = "token") -> Mechanism:
    """Return X X^T X, attention with identity projections and exp(a) replaced by 1 + a without the constant.

    `order` is "token" for (X X^T) X or "feature" for X (X^T X). Raises BadInput for another.

    Source: J. M. A. Minoza et al., Influence Malleability in Linearized Attention, 2026 (second hand).
    """
    if order not in ("token", "feature"):
        raise BadInput(f"order {order!r} is not token or feature")

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        return m["x"] * m["x"].T * m["x"]

    def wire(w: Wiring, keys: Open) -> Names:
        x = w["x"]
        if order == "token":
            return [w.read({j: w.dot(row, other) for j, other in enumerate(x)}, x) for row in x]
        columns = [list(column) for column in zip(*x, strict=True)]
        gram = [[w.dot(a, b) for b in columns] for a in columns]
        return [w.read(dict(enumerate(row)), gram) for row in x]

    def forward(x: jax.Array) -> jax.Array:
        turned = x.swapaxes(-1, -2)
        return (x @ turned) @ x if order == "token" else x @ (turned @ x)

    source = Source("minoza2026influence", "theorem statements, second hand", read=False)
    inputs = (Tensor("x", ("n", "d")),)
    return Mechanism("linearised", source, inputs, rule, wire, forward, ("second_hand",), (("order", order),), masked=False)
