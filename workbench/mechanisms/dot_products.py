"""Scaled dot-product softmax attention and its nearest kin: a sink in the normaliser, top-N selection, one query of free scores."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.accepted import constant
from workbench.mechanisms.forms import Matrices, Mechanism, Tensor
from workbench.mechanisms.weighting import dots, largest, mixed, open_pairs, quotient, shares, shares_beside
from workbench.mechanisms.wiring import Open, Wiring
from workbench.units import Value, exact, symbolic

QKV = (Tensor("q", ("n", "d")), Tensor("k", ("n", "d")), Tensor("v", ("n", "dv")))
RANKINGS = ("attn", "contr")


def scores(m: Matrices) -> sympy.Matrix:
    """Return the scaled dot products of the rows of q and k, as expressions."""
    return m["q"] * m["k"].T / sympy.sqrt(m["q"].cols)


def weighted(rows: list[dict[int, sympy.Expr]], values: sympy.Matrix) -> sympy.Matrix:
    """Return, for each row of weights by key, the sum of the weighted rows of values."""
    return sympy.Matrix(len(rows), values.cols, lambda i, c: sympy.Add(*(w * values[j, c] for j, w in rows[i].items())))


def normalised(weights: dict[int, sympy.Expr], added: sympy.Expr = sympy.S.Zero) -> dict[int, sympy.Expr]:
    """Return weights divided by their sum and a constant.

    >>> normalised({0: sympy.Integer(1), 2: sympy.Integer(2)}, sympy.Integer(1))
    {0: 1/4, 2: 1/2}
    """
    total = sympy.Add(added, *weights.values())
    return {j: w / total for j, w in weights.items()}


def exponentials(row: sympy.Matrix, keys: tuple[int, ...]) -> dict[int, sympy.Expr]:
    """Return the exponentials of a row of scores at its open keys."""
    return {j: sympy.exp(row[j]) for j in keys}


def ahead(row: dict[int, sympy.Expr], j: int) -> sympy.Expr:
    """Return how many entries are larger than the j-th, or equal and before it."""
    return sympy.Add(*(sympy.Heaviside(s - row[j], int(i < j)) for i, s in row.items() if i != j))


def chosen(row: dict[int, sympy.Expr], most: int) -> dict[int, sympy.Expr]:
    """Return 1 for the `most` largest entries of a row, of equal ones for the first, and 0 for the others.

    >>> chosen({0: sympy.Integer(2), 1: sympy.Integer(2), 2: sympy.Integer(1)}, 1)
    {0: 1, 1: 0, 2: 0}
    """
    return {j: sympy.Heaviside(most - ahead(row, j), 0) for j in row}


def accept_most(most: int) -> None:
    """Raise BadInput unless a selection keeps a whole number of keys from 1 on.

    >>> accept_most(0)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: most = 0 is not an integer from 1 on: a selection keeps at least one key
    """
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise BadInput(f"most = {most!r} is not an integer from 1 on: a selection keeps at least one key")


def wired_scores(w: Wiring, i: int, keys: tuple[int, ...]) -> dict[int, str]:
    """Add the scaled dot products of query i with its open keys."""
    scale = exact(1 / sympy.sqrt(len(w["q"][i])))
    return {j: w.dot(w["q"][i], w["k"][j], scale=scale) for j in keys}


def softmax() -> Mechanism:
    """Return scaled dot-product attention: weights softmax_j(q_i . k_j / sqrt(d)) over the open keys.

    Source: A. Vaswani et al., Attention Is All You Need, 2017, eq. 1.
    """

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        s = scores(m)
        return weighted([normalised(exponentials(s.row(i), row)) for i, row in enumerate(keys)], m["v"])

    def wire(w: Wiring, keys: Open) -> list[list[str]]:
        return [w.read(w.shares(wired_scores(w, i, row)), w["v"]) for i, row in enumerate(keys)]

    def forward(q: jax.Array, k: jax.Array, v: jax.Array, *, causal: bool, mask: Any) -> jax.Array:
        return mixed(shares(dots(q, k) / jnp.sqrt(q.shape[-1]).astype(q.dtype), open_pairs(q.shape[-2], causal, mask)), v)

    return Mechanism("softmax", Source("vaswani2017attention", "eq. 1", read=False), QKV, rule, wire, forward)


def sink(*, logit: Value = 0) -> Mechanism:
    """Return softmax with a sink: weights e^{x_j} / (sum e^{x_l} + e^s), whose rows sum to less than 1; s = 0 is "softmax one".

    Source: J. Bae et al., Affine-Scaled Attention, 2026, section 2.3 (a baseline there).
    """

    logit = constant("logit", logit)

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        s, extra = scores(m), sympy.exp(symbolic(logit))
        return weighted([normalised(exponentials(s.row(i), row), extra) for i, row in enumerate(keys)], m["v"])

    def wire(w: Wiring, keys: Open) -> list[list[str]]:
        extra = exact(sympy.exp(symbolic(logit)))
        rows = [w.exponentials(wired_scores(w, i, row)) for i, row in enumerate(keys)]
        return [w.read(w.normalised(row, bias=extra), w["v"]) for row in rows]

    def forward(q: jax.Array, k: jax.Array, v: jax.Array, *, causal: bool, mask: Any, logit: Any = float(logit)) -> jax.Array:
        s = dots(q, k) / jnp.sqrt(q.shape[-1]).astype(q.dtype)
        return mixed(shares_beside(s, jnp.asarray(logit, s.dtype), open_pairs(q.shape[-2], causal, mask)), v)

    source = Source("bae2026affine", "section 2.3", read=True)
    return Mechanism("softmax-with-sink", source, QKV, rule, wire, forward, options=(("logit", logit),))


def top_n(*, most: int = 2, renormalised: bool = False, ranking: str = "attn") -> Mechanism:
    """Return top-N selection: of the softmax weights of a query the N largest are kept, as they are or divided by their sum.

    `ranking` "attn" ranks by weight, "contr" by |weight x value|; ties go to the lowest index. Raises BadInput for another
    ranking or N < 1.

    Source: T. Mudarisov et al., Geometric Analysis of Token Selection in Multi-Head Attention, 2026 (abstract).
    """
    if ranking not in RANKINGS or not isinstance(renormalised, bool):
        raise BadInput(f"ranking {ranking!r}, renormalised {renormalised!r}: give one of {', '.join(RANKINGS)}, and True or False")
    accept_most(most)

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        s, rows = scores(m), []
        for i, row in enumerate(keys):
            weights = normalised(exponentials(s.row(i), row))
            squares = {j: m["v"].row(j).dot(m["v"].row(j)) for j in row}
            ranked = {j: s[i, j] if ranking == "attn" else weights[j] ** 2 * squares[j] for j in row}
            kept = {j: weights[j] * is_kept for j, is_kept in chosen(ranked, most).items()}
            rows.append(normalised(kept) if renormalised else kept)
        return weighted(rows, m["v"])

    def wire(w: Wiring, keys: Open) -> list[list[str]]:
        outputs = []
        for i, row in enumerate(keys):
            s = wired_scores(w, i, row)
            if renormalised and ranking == "attn":
                kept = w.kept_shares(s, most)
            else:
                weights = w.shares(s)
                kept = w.selected(weights, w.first(s if ranking == "attn" else lengths(w, weights), most))
                kept = w.normalised(kept) if renormalised else kept
            outputs.append(w.read(kept, w["v"]))
        return outputs

    def lengths(w: Wiring, weights: dict[int, str]) -> dict[int, str]:
        parts = {j: [w.product(name, value) for value in w["v"][j]] for j, name in weights.items()}
        return {j: w.dot(part, part) for j, part in parts.items()}

    def forward(q: jax.Array, k: jax.Array, v: jax.Array, *, causal: bool, mask: Any) -> jax.Array:
        s = dots(q, k) / jnp.sqrt(q.shape[-1]).astype(q.dtype)
        pairs = open_pairs(q.shape[-2], causal, mask)
        weights = shares(s, pairs)
        ranked = s if ranking == "attn" else jnp.square(weights) * jnp.square(v).sum(axis=-1)[..., None, :]
        kept = jnp.where(largest(ranked, most, pairs), weights, 0)
        return mixed(quotient(kept, kept.sum(axis=-1, keepdims=True)) if renormalised else kept, v)

    options = (("most", most), ("renormalised", renormalised), ("ranking", ranking))
    source = Source("mudarisov2026geometric", "abstract; definitions of the later work of its authors", read=False)
    return Mechanism("top-n", source, QKV, rule, wire, forward, ("abstract_only",), options)


def value_softmax() -> Mechanism:
    """Return V softmax(a): free scores a of n values, one output of width dv.

    Source: A. Varre et al., Gradient Flow Polarizes Softmax Outputs towards Low-Entropy Solutions, 2026, section 2.
    """

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        return weighted([normalised(exponentials(m["a"].T, tuple(range(m["a"].rows))))], m["v"])

    def wire(w: Wiring, keys: Open) -> list[list[str]]:
        return [w.read(w.shares(dict(enumerate(w.column("a")))), w["v"])]

    def forward(a: jax.Array, v: jax.Array) -> jax.Array:
        return mixed(shares(a[..., None, :]), v)

    inputs = (Tensor("a", ("n",)), Tensor("v", ("n", "dv")))
    source = Source("varre2026polarizes", "section 2", read=True)
    return Mechanism("value-softmax", source, inputs, rule, wire, forward, masked=False)
