"""Affine-scaled attention: softmax weights scaled by the query, with a bias added on the keys, so that rows need not sum to 1."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.accepted import constant
from workbench.mechanisms.dot_products import QKV, exponentials, normalised, scores, weighted, wired_scores
from workbench.mechanisms.forms import Matrices, Mechanism, Tensor
from workbench.mechanisms.weighting import dots, mixed, open_pairs, quotient, shares
from workbench.mechanisms.wiring import Names, Open, Wiring
from workbench.units import Signal, Synapse, Unit, Value, exact, symbolic

KEYS = ("visible", "full", "all")
ORDERS = ("weight", "output", "deviation")


def affine_scaled(
    *, average: Value = Fraction(1, 2), scale: str = "clip", keys: str = "visible", order: str = "weight"
) -> Mechanism:
    """Return affine-scaled attention: weights alpha_i P_ij + (average - alpha_i) / N, with P the softmax of scaled dot products.

    The input a holds the logit of alpha for each query: alpha = clip(a / 10 + 1/2, 0, 1), or the logistic function of a for
    `scale` "sigmoid". `average` is the moving average of alpha, a constant here. `keys` says what N is and which keys get the
    bias: "visible", the open keys and their number; "full", the open keys and n; "all", all n keys. `order` is that of
    evaluation in the network: "weight" forms each weight, "output" scales the sums of values, "deviation" scales
    their difference from the mean value ("visible" only). Raises BadInput for other options.

    Source: J. Bae et al., Affine-Scaled Attention, 2026, eqs. 6-8, 11.
    """
    if scale not in ("clip", "sigmoid") or keys not in KEYS or order not in ORDERS or (order == "deviation" and keys != "visible"):
        known = f"clip or sigmoid, one of {', '.join(KEYS)}, one of {', '.join(ORDERS)} (deviation: visible)"
        raise BadInput(f"scale {scale!r}, keys {keys!r}, order {order!r}: give {known}")
    average = constant("average", average)
    mean = symbolic(average)

    def rule(m: Matrices, open_: Open) -> sympy.Matrix:
        s, rows, n = scores(m), [], len(open_)
        for i, row in enumerate(open_):
            alpha, biased = _alpha(m["a"][i], scale), tuple(range(n)) if keys == "all" else row
            bias = (mean - alpha) / (len(row) if keys == "visible" else n) if biased else sympy.S.Zero
            p = normalised(exponentials(s.row(i), row))
            rows.append({j: alpha * p.get(j, 0) + bias for j in biased})
        return weighted(rows, m["v"])

    def wire(w: Wiring, open_: Open) -> Names:
        return [_wired(w, i, row, n=len(open_)) for i, row in enumerate(open_)]

    def _wired(w: Wiring, i: int, row: tuple[int, ...], *, n: int) -> list[str]:
        biased = tuple(range(n)) if keys == "all" else row
        if not biased:
            return w.read({}, w["v"])
        alpha = _scale_unit(w, w["a"][i][0], scale)
        p, many = w.shares(wired_scores(w, i, row)), len(row) if keys == "visible" else n
        bias = w.linear({alpha: Fraction(-1, many)}, exact(mean / many), name="bias")
        if order == "weight":
            weights = {j: w.plus(p[j], bias, gates=(alpha,)) if j in p else bias for j in biased}
            return w.read(weights, w["v"])
        sums = [w.total([w["v"][j][c] for j in biased]) for c in range(len(w["v"][0]))]
        join = _deviation(w, alpha, exact(mean), many) if order == "deviation" else partial(_output, w, alpha, bias)
        return [join(read, total) for read, total in zip(w.read(p, w["v"]), sums, strict=True)]

    def forward(
        q: jax.Array, k: jax.Array, v: jax.Array, a: jax.Array, *, causal: bool, mask: Any, average: Any = float(average)
    ) -> jax.Array:
        pairs = open_pairs(q.shape[-2], causal, mask)
        p = shares(dots(q, k) / jnp.sqrt(q.shape[-1]).astype(q.dtype), pairs)
        alpha = (jnp.clip(a / 10 + 0.5, 0, 1) if scale == "clip" else jax.nn.sigmoid(a))[..., None]
        biased = jnp.ones_like(p) if keys == "all" or pairs is None else pairs.astype(p.dtype)
        many = biased.sum(axis=-1, keepdims=True) if keys == "visible" else jnp.asarray(p.shape[-1], p.dtype)
        return mixed(alpha * p + quotient((average - alpha) * biased, many * jnp.ones_like(p)), v)

    options = (("average", average), ("scale", scale), ("keys", keys), ("order", order))
    source = Source("bae2026affine", "eqs. 6-8, 11", read=True)
    return Mechanism("affine-scaled", source, (*QKV, Tensor("a", ("n",))), rule, wire, forward, ("full_text",), options)


def _alpha(logit: sympy.Expr, scale: str) -> sympy.Expr:
    if scale == "sigmoid":
        return 1 / (1 + sympy.exp(-logit))
    line = logit / 10 + sympy.Rational(1, 2)
    return sympy.Max(0, line) - sympy.Max(0, line - 1)


def _scale_unit(w: Wiring, logit: str, scale: str) -> str:
    """Add alpha; clipping is a difference of two ReLU units."""
    if scale == "sigmoid":
        return w.linear({logit: 1}, transfer="logistic", name="alpha")
    line, half = Fraction(1, 10), Fraction(1, 2)
    above, beyond = (w.linear({logit: line}, bias, transfer="relu", name="part") for bias in (half, -half))
    return w.linear({above: 1, beyond: -1}, name="alpha")


def _output(w: Wiring, alpha: str, bias: str, read: str, total: str) -> str:
    """Add alpha x (sum of weighted values) + bias x (sum of values)."""
    biased, scaled = w.product(total, bias), w.product(read, alpha)
    return w.add(Unit("out", "identity", (Synapse(scaled, 1), Synapse(biased, 1, attention=True))))


def _deviation(w: Wiring, alpha: str, mean: Value, many: int) -> Any:
    """Add alpha x (sum of weighted values - mean value) + average x mean value."""

    def join(read: str, total: str) -> str:
        centred = (Synapse(read, 1), Synapse(total, Fraction(-1, many), attention=True))
        scaled = w.add(Unit("deviation", "identity", centred, output_gates=(Signal("O", alpha),)))
        level = Synapse(total, exact(symbolic(mean) / many), attention=True)
        return w.add(Unit("out", "identity", (Synapse(scaled, 1), level)))

    return join
