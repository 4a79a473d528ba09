"""Selective synchronization attention: tokens weigh each other by the coherence of coupled oscillators, 0 when unlocked."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.dot_products import accept_most, chosen, normalised, weighted
from workbench.mechanisms.forms import Matrices, Mechanism, Tensor
from workbench.mechanisms.weighting import dots, largest, mixed, open_pairs, quotient, root, squared_distances
from workbench.mechanisms.wiring import Names, Open, Wiring
from workbench.units import Synapse, Unit, Value, exact, symbolic

EPSILON = Fraction(1, 10**8)
INPUTS = (Tensor("omega", ("n", "d")), Tensor("theta", ("n", "d")), Tensor("v", ("n", "dv")))


def synchronization(
    *, alpha: Value = 1, coupling: Value = 1, epsilon: Value = EPSILON, most: int | None = None, order: str = "difference"
) -> Mechanism:
    """Return selective synchronization attention with frequencies omega, phases theta and values v.

    With D = |omega_i - omega_j|^2, J = exp(-alpha D) and the order parameter r = mean_l |mean_j e^(i theta_jl)|, weights are
    S_ij = sqrt(max(0, J^2 - D / (K r)^2)), divided by sum_j S_ij + epsilon, on the `most` nearest of a row (those of the
    largest weights) if that is given.
    Under a mask r is that of the open keys, so that a causal row sees no later phase; where r = 0 all weights are 0. `order`
    "difference" or "expanded" says how D is formed. Raises BadInput for constants that are not positive and another order.

    Source: H. Hays, Selective Synchronization Attention, 2026, eqs. 6, 10, 11, 13 (the clamped eq. 12 is not built).
    """
    if not all(symbolic(exact(c)).is_positive for c in (alpha, coupling, epsilon)) or order not in ("difference", "expanded"):
        given = f"alpha, K, epsilon = {alpha}, {coupling}, {epsilon} and order {order!r}"
        raise BadInput(f"{given}: give positive numbers, and difference or expanded")
    if most is not None:
        accept_most(most)
    a, k = symbolic(alpha), symbolic(coupling)

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        rows = []
        for i, row in enumerate(keys):
            gaps = {j: m["omega"].row(i) - m["omega"].row(j) for j in row}
            squares = {j: gap.dot(gap) for j, gap in gaps.items()}
            r = _order_parameter(m["theta"], row)
            locked = {j: sympy.exp(-2 * a * s) - s / (k * r) ** 2 for j, s in squares.items()}
            weights = {j: sympy.sqrt(sympy.Max(0, s)) for j, s in locked.items()}
            kept = dict.fromkeys(row, 1) if most is None else chosen({j: -s for j, s in squares.items()}, most)
            rows.append(normalised({j: s * kept[j] for j, s in weights.items()}, symbolic(epsilon)))
        return weighted(rows, m["v"])

    def wire(w: Wiring, keys: Open) -> Names:
        square = _expanded(w) if order == "expanded" else lambda i, j: w.squared_distance(w["omega"][i], w["omega"][j])
        slopes = {row: _slope(w, row, coupling) for row in dict.fromkeys(keys) if row}
        squares = [{j: square(i, j) for j in row} for i, row in enumerate(keys)]
        rows = [{j: _weight(w, s, slopes[row], exact(-2 * a)) for j, s in squares[i].items()} for i, row in enumerate(keys)]
        if most is not None:
            near = [{j: w.linear({s: -1}, name="nearness") for j, s in row.items()} for row in squares]
            rows = [w.selected(row, w.first(ranked, most)) for row, ranked in zip(rows, near, strict=True)]
        return [w.read(w.normalised(row, bias=epsilon), w["v"]) for row in rows]

    def forward(
        omega: jax.Array,
        theta: jax.Array,
        v: jax.Array,
        *,
        causal: bool,
        mask: Any,
        alpha: Any = float(alpha),
        coupling: Any = float(coupling),
        epsilon: Any = float(epsilon),
    ) -> jax.Array:
        pairs = open_pairs(v.shape[-2], causal, mask)
        squares = _clipped(omega) if order == "expanded" else squared_distances(omega, omega)
        locking = jnp.square(coupling * _coherence(theta, pairs))
        weights = root(jnp.where(locking > 0, jnp.exp(-2 * alpha * squares) - quotient(squares, locking), 0))
        weights = weights if pairs is None else jnp.where(pairs, weights, 0)
        weights = weights if most is None else jnp.where(largest(-squares, most, pairs), weights, 0)
        return mixed(weights / (weights.sum(axis=-1, keepdims=True) + epsilon), v)

    options = (("alpha", alpha), ("coupling", coupling), ("epsilon", epsilon), ("most", most), ("order", order))
    source = Source("hays2026synchronization", "eqs. 6, 10, 11, 13", read=False)
    return Mechanism("synchronization", source, INPUTS, rule, wire, forward, ("full_text",), options)


def _order_parameter(theta: sympy.Matrix, keys: tuple[int, ...]) -> sympy.Expr:
    def length(column: int) -> sympy.Expr:
        angles = [theta[j, column] for j in keys]
        return sympy.sqrt(sympy.Add(*map(sympy.cos, angles)) ** 2 + sympy.Add(*map(sympy.sin, angles)) ** 2)

    return sympy.Add(*map(length, range(theta.cols))) / (theta.cols * len(keys))


def _slope(w: Wiring, keys: tuple[int, ...], coupling: Value) -> str:
    """Add 1 / (K r)^2 of the phases of these keys."""
    lengths = []
    for column in zip(*w["theta"], strict=True):
        sums = [w.total([w.linear({column[j]: 1}, transfer=t, name=t) for j in keys], name="phase") for t in ("cos", "sin")]
        lengths.append(w.dot(sums, sums, transfer="sqrt"))
    r = w.total(lengths, scale=Fraction(1, len(lengths) * len(keys)), name="coherence")
    return w.linear({w.product(r, r): exact(symbolic(coupling) ** 2)}, transfer="reciprocal", name="slope")


def _weight(w: Wiring, square: str, slope: str, decay: Value) -> str:
    """Add sqrt(max(0, exp(decay D) - D slope))."""
    coupling = w.linear({square: decay}, transfer="exp", name="coupling")
    mismatch = w.product(square, slope, name="mismatch")
    locked = w.add(Unit("locked", "relu", (Synapse(coupling, 1), Synapse(mismatch, -1, attention=True))))
    return w.linear({locked: 1}, transfer="sqrt", name="weight")


def _expanded(w: Wiring) -> Any:
    norms = [w.dot(row, row) for row in w["omega"]]

    def square(i: int, j: int) -> str:
        products = (w.product(a, b) for a, b in zip(w["omega"][i], w["omega"][j], strict=True))
        raised = (Synapse(norms[i], 1, attention=True), Synapse(norms[j], 1, attention=True))
        return w.add(Unit("square", "identity", (*(Synapse(p, -2) for p in products), *raised)))

    return square


def _clipped(omega: jax.Array) -> jax.Array:
    """Return squared distances from dot products, clipped at 0, and 0 for a token and itself."""
    norms = jnp.square(omega).sum(axis=-1)
    squares = norms[..., :, None] + norms[..., None, :] - 2 * dots(omega, omega)
    return jnp.where(jnp.eye(omega.shape[-2], dtype=bool), 0, jnp.maximum(squares, 0))


def _coherence(theta: jax.Array, pairs: jax.Array | None) -> jax.Array:
    """Return the order parameter, shape (..., 1, 1), or (..., n, 1) over the open keys of each query."""
    parts = jnp.cos(theta), jnp.sin(theta)
    if pairs is None:
        means = [p.mean(axis=-2, keepdims=True) for p in parts]
    else:
        counts = pairs.sum(axis=-1, keepdims=True)
        means = [quotient(mixed(pairs.astype(theta.dtype), p), counts.astype(theta.dtype)) for p in parts]
    return root(sum(jnp.square(mean) for mean in means)).mean(axis=-1, keepdims=True)
