"""Krause attention: weights that fall with the distance of query and key, over the nearest keys of a neighbourhood."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.accepted import constant
from workbench.mechanisms.dot_products import QKV, accept_most, chosen, normalised, weighted
from workbench.mechanisms.forms import Matrices, Mechanism
from workbench.mechanisms.weighting import dots, joined, largest, mixed, open_pairs, shares, squared_distances
from workbench.mechanisms.wiring import Names, Open, Wiring
from workbench.units import Synapse, Unit, Value, exact, symbolic


def krause(*, sigma: Value = 1, most: int | None = None, order: str = "difference", pairs: str = "open") -> Mechanism:
    """Return Krause attention: weights exp(-|q_i - k_j|^2 / (2 sigma^2)) over their sum, on the `most` nearest open keys.

    Without `most` all open keys count (the dense rule; the local one by a mask, see `neighbourhoods`); ties go to the lowest
    index. `order` "difference" sums squared differences; "expanded" forms dot products and subtracts half the squared norm of
    the key, which gives the same weights. `pairs` says which scores the network forms: those of "open" keys, or "all", where a
    mask selects from the exponentials of a full matrix. Raises BadInput for sigma <= 0, most < 1, another order and other pairs.

    Source: J. Liu et al., Krause Synchronization Transformers, 2026, eqs. 7-9.
    """
    sigma = constant("sigma", sigma)
    if order not in ("difference", "expanded") or pairs not in ("open", "all"):
        raise BadInput(f"order {order!r}, pairs {pairs!r}: give difference or expanded, and open or all")
    if most is not None:
        accept_most(most)
    precision = exact(1 / symbolic(sigma) ** 2)

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        rows = []
        for i, row in enumerate(keys):
            gaps = {j: m["q"].row(i) - m["k"].row(j) for j in row}
            scores = {j: -gap.dot(gap) * symbolic(precision) / 2 for j, gap in gaps.items()}
            kept = dict.fromkeys(row, 1) if most is None else chosen(scores, most)
            rows.append(normalised({j: sympy.exp(s) * kept[j] for j, s in scores.items()}))
        return weighted(rows, m["v"])

    def wire(w: Wiring, keys: Open) -> Names:
        formed = keys if pairs == "open" else (tuple(range(len(keys))),) * len(keys)
        score = _expanded(w, precision, {j for row in formed for j in row}) if order == "expanded" else _differences(w, precision)
        scores = [{j: score(i, j) for j in row} for i, row in enumerate(formed)]
        weigh = partial(_masked, most=most) if pairs == "all" else lambda w, row, _: w.kept_shares(row, most)
        return [w.read(weigh(w, s, row), w["v"]) for s, row in zip(scores, keys, strict=True)]

    def forward(q: jax.Array, k: jax.Array, v: jax.Array, *, causal: bool, mask: Any, sigma: Any = float(sigma)) -> jax.Array:
        if order == "expanded":
            halves = dots(q, k) - jnp.square(k).sum(axis=-1)[..., None, :] / 2
        else:
            halves = -squared_distances(q, k) / 2
        opened = open_pairs(q.shape[-2], causal, mask)
        near = opened if most is None else joined(opened, largest(halves, most, opened))
        return mixed(shares(halves / jnp.square(jnp.asarray(sigma, halves.dtype)), near), v)

    options = (("sigma", sigma), ("most", most), ("order", order), ("pairs", pairs))
    source = Source("liu2026krause", "eqs. 7-9 of version 1", read=True)
    return Mechanism("krause", source, QKV, rule, wire, forward, ("partial_text",), options)


def _masked(w: Wiring, scores: dict[int, str], row: tuple[int, ...], *, most: int | None) -> dict[int, str]:
    """Add the shares of open keys where all exponentials are formed: threshold units without inputs close the others."""
    gates = {j: w.linear({}, 1 if j in row else -1, transfer="threshold", name="open") for j in scores}
    opened = w.selected(w.exponentials(scores), gates)
    kept = {j: opened[j] for j in row}
    return w.normalised(kept if most is None else w.selected(kept, w.first({j: scores[j] for j in row}, most)))


def _differences(w: Wiring, precision: Value) -> Any:
    return lambda i, j: w.squared_distance(w["q"][i], w["k"][j], scale=exact(-symbolic(precision) / 2))


def _expanded(w: Wiring, precision: Value, used: set[int]) -> Any:
    norms = {j: w.dot(w["k"][j], w["k"][j]) for j in sorted(used)}

    def score(i: int, j: int) -> str:
        products = [w.product(a, b) for a, b in zip(w["q"][i], w["k"][j], strict=True)]
        penalty = Synapse(norms[j], exact(-symbolic(precision) / 2), attention=True)
        return w.add(Unit("score", "identity", (*(Synapse(p, precision) for p in products), penalty)))

    return score
