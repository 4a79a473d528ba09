"""Selective synchronization attention: tokens weigh each other by the coherence of coupled oscillators, 0 when unlocked."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.accepted import constant
from workbench.mechanisms.dot_products import accept_most, chosen, normalised, weighted
from workbench.mechanisms.forms import Matrices, Mechanism, Tensor
from workbench.mechanisms.weighting import dots, largest, mixed, open_pairs, quotient, root, squared_distances
from workbench.mechanisms.wiring import Names, Open, Wiring
from workbench.units import Synapse, Unit, Value, affine, exact, symbolic

FORMS = ("rectified", "root", "clamped")
EPSILON = Fraction(1, 10**8)
INPUTS = (Tensor("omega", ("n", "d")), Tensor("theta", ("n", "d")), Tensor("v", ("n", "dv")))


def synchronization(
    *,
    alpha: Value = 1,
    coupling: Value = 1,
    epsilon: Value = EPSILON,
    most: int | None = None,
    order: str = "difference",
    form: str = "rectified",
) -> Mechanism:
    """Return selective synchronization attention with frequencies omega, phases theta and values v.

    With D = |omega_i - omega_j|^2, J = exp(-alpha D) and the order parameter r = mean_l |mean_j e^(i theta_jl)|, weights S_ij are
    divided by sum_j S_ij + epsilon, on the `most` nearest of a row (those of the largest weights) if that is given. By `form`:

    - "rectified": S = sqrt(max(0, J^2 - D / (K r)^2)), with a common factor 1 / (K r)^2;
    - "root": S = J sqrt(max(0, 1 - D / (K r J)^2)), the same number, as eq. 10 prints it;
    - "clamped": S = J cos(arcsin(min(1, sqrt(D) / (K r J + epsilon)))) where sqrt(D) <= K r J, and 0 elsewhere: eq. 12.

    Under a mask r is that of the open keys, so that a causal row sees no later phase. Where r = 0 all weights are 0, but those of
    equal oscillators are 1 in the clamped form. `order` "difference" or "expanded" says how D is formed. Raises BadInput for
    constants that are not positive, another order and another form.

    Source: H. Hays, Selective Synchronization Attention, 2026, eqs. 6, 10-13.
    """
    alpha, coupling, epsilon = constant("alpha", alpha), constant("coupling", coupling), constant("epsilon", epsilon)
    if order not in ("difference", "expanded") or form not in FORMS:
        raise BadInput(f"order {order!r}, form {form!r}: give difference or expanded, and one of {', '.join(FORMS)}")
    if most is not None:
        accept_most(most)
    a, k = symbolic(alpha), symbolic(coupling)

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        rows = []
        for i, row in enumerate(keys):
            gaps = {j: m["omega"].row(i) - m["omega"].row(j) for j in row}
            squares = {j: gap.dot(gap) for j, gap in gaps.items()}
            reach = k * _order_parameter(m["theta"], row) if row else sympy.S.Zero
            weights = {j: _expression(s, a, reach, symbolic(epsilon), form) for j, s in squares.items()}
            kept = dict.fromkeys(row, 1) if most is None else chosen({j: -s for j, s in squares.items()}, most)
            rows.append(normalised({j: s * kept[j] for j, s in weights.items()}, symbolic(epsilon)))
        return weighted(rows, m["v"])

    def weigh(w: Wiring, square: str, order_parameter: str) -> str:
        if form == "rectified":
            return _rectified(w, square, order_parameter, exact(-2 * a))
        joint = w.linear({square: exact(-a)}, transfer="exp", name="coupling")
        reach = w.linear({w.product(joint, order_parameter): coupling}, name="reach")
        return w.product(joint, _cosine(w, square, reach, epsilon if form == "clamped" else None), name="weight")

    def wire(w: Wiring, keys: Open) -> Names:
        square = _expanded(w) if order == "expanded" else lambda i, j: w.squared_distance(w["omega"][i], w["omega"][j])
        orders = {row: _order(w, row) for row in dict.fromkeys(keys) if row}
        if form == "rectified":
            orders = {row: _slope(w, r, coupling) for row, r in orders.items()}
        squares = [{j: square(i, j) for j in row} for i, row in enumerate(keys)]
        rows = [{j: weigh(w, s, orders[row]) for j, s in squares[i].items()} for i, row in enumerate(keys)]
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
        reach = coupling * _coherence(theta, pairs)
        if form == "clamped":
            weights = _clamped(squares, jnp.exp(-alpha * squares), reach, epsilon)
        else:
            locking = jnp.square(reach)
            weights = root(jnp.where(locking > 0, jnp.exp(-2 * alpha * squares) - quotient(squares, locking), 0))
        weights = weights if pairs is None else jnp.where(pairs, weights, 0)
        weights = weights if most is None else jnp.where(largest(-squares, most, pairs), weights, 0)
        return mixed(weights / (weights.sum(axis=-1, keepdims=True) + epsilon), v)

    constants = (("alpha", alpha), ("coupling", coupling), ("epsilon", epsilon))
    options = (*constants, ("most", most), ("order", order), ("form", form))
    source = Source("hays2026synchronization", "eqs. 6, 10-13", read=True)
    return Mechanism("synchronization", source, INPUTS, rule, wire, forward, ("full_text",), options)


def _order_parameter(theta: sympy.Matrix, keys: tuple[int, ...]) -> sympy.Expr:
    def length(column: int) -> sympy.Expr:
        angles = [theta[j, column] for j in keys]
        return sympy.sqrt(sympy.Add(*map(sympy.cos, angles)) ** 2 + sympy.Add(*map(sympy.sin, angles)) ** 2)

    return sympy.Add(*map(length, range(theta.cols))) / (theta.cols * len(keys))


def _expression(square: sympy.Expr, alpha: sympy.Expr, reach: sympy.Expr, epsilon: sympy.Expr, form: str) -> sympy.Expr:
    """Return the weight of two oscillators at this squared distance, `reach` being K r."""
    joint, mismatch = sympy.exp(-alpha * square), sympy.sqrt(square)
    if form == "rectified":
        return sympy.sqrt(sympy.Max(0, joint**2 - square / reach**2))
    if form == "root":
        return joint * sympy.sqrt(sympy.Max(0, 1 - square / (reach * joint) ** 2))
    sine = sympy.Min(1, mismatch / (reach * joint + epsilon))
    return joint * sympy.cos(sympy.asin(sine)) * sympy.Heaviside(reach * joint - mismatch, 1)


def _order(w: Wiring, keys: tuple[int, ...]) -> str:
    """Add the order parameter of the phases of these keys."""
    lengths = []
    for column in zip(*w["theta"], strict=True):
        sums = [w.total([w.linear({column[j]: 1}, transfer=t, name=t) for j in keys], name="phase") for t in ("cos", "sin")]
        lengths.append(w.dot(sums, sums, transfer="sqrt"))
    return w.total(lengths, scale=Fraction(1, len(lengths) * len(keys)), name="coherence")


def _slope(w: Wiring, r: str, coupling: Value) -> str:
    """Add 1 / (K r)^2."""
    return w.linear({w.product(r, r): exact(symbolic(coupling) ** 2)}, transfer="reciprocal", name="slope")


def _rectified(w: Wiring, square: str, slope: str, decay: Value) -> str:
    """Add sqrt(max(0, exp(decay D) - D slope))."""
    coupling = w.linear({square: decay}, transfer="exp", name="coupling")
    mismatch = w.product(square, slope, name="mismatch")
    locked = w.add(Unit("locked", "relu", (Synapse(coupling, 1), Synapse(mismatch, -1, attention=True))))
    return w.linear({locked: 1}, transfer="sqrt", name="weight")


def _cosine(w: Wiring, square: str, reach: str, epsilon: Value | None) -> str:
    """Add sqrt(max(0, 1 - D / reach^2)), or with epsilon the cosine of the clamped arcsine, silenced where oscillators unlock."""
    mismatch = w.linear({square: 1}, transfer="sqrt", name="mismatch")
    inverse = w.linear({reach: 1}, epsilon or 0, transfer="reciprocal", name="inverse")
    sine = w.product(mismatch, inverse, name="sine")
    if epsilon is None:
        level = w.linear({w.product(sine, sine): -1}, 1, transfer="relu", name="level")
        return w.linear({level: 1}, transfer="sqrt", name="cosine")
    clamped = w.linear({w.linear({sine: -1}, 1, transfer="relu", name="rest"): -1}, 1, name="clamped")
    unlocked = w.add(affine("unlocked", {mismatch: 1, reach: -1}, transfer="threshold"))
    silenced = (Synapse(w.product(clamped, clamped), -1), Synapse(unlocked, -1, attention=True))
    return w.linear({w.add(Unit("level", "relu", silenced, bias=1)): 1}, transfer="sqrt", name="cosine")


def _clamped(squares: jax.Array, joint: jax.Array, reach: jax.Array, epsilon: Any) -> jax.Array:
    """Return J cos(arcsin(D^(1/2) / (K r J + epsilon))) of locked pairs, 0 of others; locked pairs need no clamp."""
    bound = reach * joint
    locked = squares <= jnp.square(bound)
    return jnp.where(locked, joint * root(1 - jnp.where(locked, squares, 0) / jnp.square(bound + epsilon)), 0)


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
