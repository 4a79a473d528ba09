"""Two attentions side by side, weighed against each other by a learned gate."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.accepted import constant
from workbench.mechanisms.distances import krause
from workbench.mechanisms.dot_products import QKV, softmax
from workbench.mechanisms.forms import Matrices, Mechanism, Tensor
from workbench.mechanisms.weighting import joined, open_pairs
from workbench.mechanisms.wiring import Names, Open, Wiring
from workbench.units import Value, affine, symbolic

GATES = (Tensor("gs", ("2", "dv")), Tensor("gk", ("2", "dv")))  # W_g, its columns on the softmax and on the Krause output
BIAS = sympy.log(4)  # of the softmax path, as published


def krause_softmax(
    *,
    sigma: Value = 1,
    most: int | None = None,
    order: str = "difference",
    window: int | None = None,
    bias: Value = BIAS,
) -> Mechanism:
    """Return g_1 o_softmax + g_2 o_krause, the two gates of a token being softmax(W_g [o_softmax; o_krause] + (bias, 0)).

    Both read the same queries, keys and values; with `window` = W Krause attention reads open keys i - W < j <= i only. W_g, of
    shape (2, 2 dv), is given as its halves gs and gk. Raises BadInput for window < 1, and as `krause` does.

    Source: J. Liu et al., Krause Synchronization Transformers, 2026 (the hybrid of its language models).
    """
    if window is not None and (isinstance(window, bool) or not isinstance(window, int) or window < 1):
        raise BadInput(f"window = {window!r} is not an integer from 1 on: a query reads at least one key")
    global_, local = softmax(), krause(sigma=sigma, most=most, order=order)
    first = constant("bias", bias)

    def near(keys: Open) -> Open:
        return keys if window is None else tuple(tuple(j for j in row if i - window < j <= i) for i, row in enumerate(keys))

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        paths = global_.rule(m, keys), local.rule(m, near(keys))
        logits = paths[0] * m["gs"].T + paths[1] * m["gk"].T
        share = (logits[:, 0] - logits[:, 1]).applyfunc(lambda x: 1 / (1 + sympy.exp(-x - symbolic(first))))
        return sympy.Matrix(*paths[0].shape, lambda i, c: share[i] * paths[0][i, c] + (1 - share[i]) * paths[1][i, c])

    def wire(w: Wiring, keys: Open) -> Names:
        paths = global_.wire(w, keys), local.wire(w, near(keys))
        return [_gated(w, a, b, first) for a, b in zip(*paths, strict=True)]

    def forward(
        q: jax.Array,
        k: jax.Array,
        v: jax.Array,
        *,
        causal: bool,
        mask: Any,
        gs: jax.Array,
        gk: jax.Array,
        sigma: Any = float(sigma),
        bias: Any = float(bias),
    ) -> jax.Array:
        band = None if window is None else jnp.tril(jnp.triu(jnp.ones((q.shape[-2],) * 2, dtype=bool), 1 - window))
        a = global_.forward(q, k, v, causal=causal, mask=mask)
        b = local.forward(q, k, v, causal=False, mask=joined(band, open_pairs(q.shape[-2], causal, mask)), sigma=sigma)
        logits = a @ jnp.swapaxes(gs, -1, -2) + b @ jnp.swapaxes(gk, -1, -2)
        share = jax.nn.sigmoid(logits[..., :1] - logits[..., 1:] + jnp.asarray(bias, logits.dtype))
        return share * a + (1 - share) * b

    options = (("sigma", sigma), ("most", most), ("order", order), ("window", window), ("bias", bias))
    source = Source("liu2026krause", "version 1, the hybrid of its language models", read=True)
    return Mechanism("krause-softmax", source, QKV, rule, wire, forward, ("partial_text",), options, GATES)


def _gated(w: Wiring, a: list[str], b: list[str], bias: Value) -> list[str]:
    """Add the gates of one token, and its two outputs through them."""
    logits = {}
    for g in (0, 1):
        weights = {
            name: sympy.Symbol(f"{half}{g}_{c}", real=True) for half, row in (("gs", a), ("gk", b)) for c, name in enumerate(row)
        }
        logits[g] = w.linear(weights, (bias, 0)[g], name="logit")
    gates = w.shares(logits)
    pairs = ((w.product(x, gates[0]), w.product(y, gates[1])) for x, y in zip(a, b, strict=True))
    return [w.add(affine("out", {x: 1, y: 1})) for x, y in pairs]
