"""Gates of other layers as mechanisms: gated linear units, LSTM and GRU cells, squeeze-excitation, generated and fast weights.

Their logits are inputs: the learned maps that form them are ordinary synapses.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.dot_products import QKV, weighted
from workbench.mechanisms.features import in_groups, prefix_sums
from workbench.mechanisms.forms import Matrices, Mechanism, Tensor
from workbench.mechanisms.linear_forms import states
from workbench.mechanisms.weighting import dots, mixed, open_pairs
from workbench.mechanisms.wiring import Names, Open, Wiring
from workbench.units import Synapse, Unit, exact, symbolic

ND, NDV = ("n", "d"), ("n", "dv")
GLU = ("glu", "bilinear", "reglu", "geglu", "swiglu")
CUBIC = Fraction(44715, 10**6)  # of the tanh form of GELU
_STEEPNESS = sympy.sqrt(2 / sympy.pi)


def _logistic(x: sympy.Expr) -> sympy.Expr:
    return 1 / (1 + sympy.exp(-x))


def _each(matrix: sympy.Matrix, *others: sympy.Matrix, of: Any) -> sympy.Matrix:
    return sympy.Matrix(matrix.rows, matrix.cols, lambda i, j: of(matrix[i, j], *(o[i, j] for o in others)))


def glu(*, kind: str = "glu") -> Mechanism:
    """Return a gated linear unit a x f(b): f logistic ("glu"), b ("bilinear"), ReLU ("reglu"), GELU or b x logistic(b) ("swiglu").

    GELU ("geglu") is b (1 + tanh(sqrt(2/pi) (b + 0.044715 b^3))) / 2, its approximation by tanh. Raises BadInput for another kind.

    Source: Y. Dauphin et al., 2017; N. Shazeer, GLU Variants Improve Transformer, 2020.
    """
    if kind not in GLU:
        raise BadInput(f"kind {kind!r} is not one of {', '.join(GLU)}")
    gate: dict[str, Any] = {"glu": _logistic, "bilinear": lambda b: b, "reglu": lambda b: sympy.Max(0, b)}
    gate |= {"geglu": lambda b: b * (1 + sympy.tanh(_STEEPNESS * (b + symbolic(CUBIC) * b**3))) / 2}
    gate |= {"swiglu": lambda b: b * _logistic(b)}
    array: dict[str, Any] = {"glu": jax.nn.sigmoid, "bilinear": lambda b: b, "reglu": jax.nn.relu, "swiglu": jax.nn.silu}
    array |= {"geglu": partial(jax.nn.gelu, approximate=True)}

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        return _each(m["a"], m["b"], of=lambda a, b: a * gate[kind](b))

    def wire(w: Wiring, keys: Open) -> Names:
        return [
            [w.product(a, *_gates(w, kind, b)) for a, b in zip(*rows, strict=True)] for rows in zip(w["a"], w["b"], strict=True)
        ]

    def forward(a: jax.Array, b: jax.Array) -> jax.Array:
        return a * array[kind](b)

    source = Source("shazeer2020glu", "section 2", read=False)
    inputs = (Tensor("a", NDV), Tensor("b", NDV))
    return Mechanism("glu", source, inputs, rule, wire, forward, options=(("kind", kind),), masked=False)


def _gates(w: Wiring, kind: str, b: str) -> list[str]:
    """Add what a gated linear unit multiplies by."""
    if kind == "bilinear":
        return [b]
    if kind == "geglu":
        cubed, steep = w.product(b, b, b), exact(_STEEPNESS)
        bend = w.linear({b: steep, cubed: exact(symbolic(CUBIC) * _STEEPNESS)}, transfer="tanh", name="bend")
        return [b, w.linear({bend: Fraction(1, 2)}, Fraction(1, 2), name="gate")]
    gate = w.linear({b: 1}, transfer="relu" if kind == "reglu" else "logistic", name="gate")
    return [b, gate] if kind == "swiglu" else [gate]


def lstm() -> Mechanism:
    """Return the LSTM cell c' = s(f) c + s(i) tanh(g), h = s(o) tanh(c'), s logistic: n rows of h and then n rows of c'.

    Source: S. Hochreiter and J. Schmidhuber, 1997; with the forget gate of F. Gers et al., 2000.
    """

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        def cell(i: Any, f: Any, g: Any, c: Any) -> Any:
            return _logistic(f) * c + _logistic(i) * sympy.tanh(g)

        cells = _each(m["i"], m["f"], m["g"], m["c"], of=cell)
        return sympy.Matrix.vstack(_each(m["o"], cells, of=lambda o, c: _logistic(o) * sympy.tanh(c)), cells)

    def wire(w: Wiring, keys: Open) -> Names:
        def unit(i: str, f: str, g: str, c: str) -> str:
            inwards, kept = (w.linear({x: 1}, transfer="logistic", name="gate") for x in (i, f))
            candidate = w.linear({g: 1}, transfer="tanh", name="candidate")
            return w.total([w.product(c, kept), w.product(candidate, inwards)], name="cell")

        def shown(o: str, cell: str) -> str:
            outwards = w.linear({o: 1}, transfer="logistic", name="gate")
            return w.product(w.linear({cell: 1}, transfer="tanh", name="squashed"), outwards)

        cells = [[unit(*entry) for entry in zip(*rows, strict=True)] for rows in zip(*(w[x] for x in "ifgc"), strict=True)]
        return [[shown(*pair) for pair in zip(*rows, strict=True)] for rows in zip(w["o"], cells, strict=True)] + cells

    def forward(i: jax.Array, f: jax.Array, g: jax.Array, o: jax.Array, c: jax.Array) -> jax.Array:
        cell = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jnp.concatenate([jax.nn.sigmoid(o) * jnp.tanh(cell), cell], axis=-2)

    source = Source("hochreiter1997lstm", "section 4", read=False)
    return Mechanism("lstm", source, tuple(Tensor(x, ND) for x in "ifgoc"), rule, wire, forward, masked=False)


def gru() -> Mechanism:
    """Return the gated recurrent unit h' = h + s(z) (tanh(g + s(r) u) - h), s logistic, u the recurrent part of the candidate.

    The reset gate acts after the recurrent map, as in common implementations; in the paper it acts before.

    Source: K. Cho et al., Learning Phrase Representations, 2014, eqs. 5-8.
    """

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        def unit(z: Any, r: Any, g: Any, u: Any, h: Any) -> Any:
            return h + _logistic(z) * (sympy.tanh(g + _logistic(r) * u) - h)

        return _each(m["z"], *(m[x] for x in "rguh"), of=unit)

    def wire(w: Wiring, keys: Open) -> Names:
        def unit(z: str, r: str, g: str, u: str, h: str) -> str:
            update, reset = (w.linear({x: 1}, transfer="logistic", name="gate") for x in (z, r))
            recurrent = Synapse(w.product(u, reset), 1, attention=True)
            candidate = w.add(Unit("candidate", "tanh", (Synapse(g, 1), recurrent)))
            return w.total([h, w.product(w.difference(candidate, h), update)], name="state")

        return [[unit(*entry) for entry in zip(*rows, strict=True)] for rows in zip(*(w[x] for x in "zrguh"), strict=True)]

    def forward(z: jax.Array, r: jax.Array, g: jax.Array, u: jax.Array, h: jax.Array) -> jax.Array:
        return h + jax.nn.sigmoid(z) * (jnp.tanh(g + jax.nn.sigmoid(r) * u) - h)

    source = Source("cho2014learning", "eqs. 5-8", read=False)
    return Mechanism("gru", source, tuple(Tensor(x, ND) for x in "zrguh"), rule, wire, forward, masked=False)


def squeeze_excitation() -> Mechanism:
    """Return x_ic s_c with s = logistic(up relu(down mean_i x_i)): every channel gated by what all positions hold.

    Source: J. Hu et al., Squeeze-and-Excitation Networks, 2018, eqs. 2-4.
    """

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        x = m["x"]
        means = sympy.Matrix([sympy.Add(*x.col(c)) / x.rows for c in range(x.cols)])
        scale = (m["up"] * (m["down"] * means).applyfunc(lambda s: sympy.Max(0, s))).applyfunc(_logistic)
        return sympy.Matrix(x.rows, x.cols, lambda i, c: x[i, c] * scale[c])

    def wire(w: Wiring, keys: Open) -> Names:
        x, width = w["x"], range(len(w["x"][0]))
        means = [w.total([row[c] for row in x], scale=symbolic(1) / len(x), name="mean") for c in width]
        scale = means
        for name, transfer in (("down", "relu"), ("up", "logistic")):
            weights = [{source: sympy.Symbol(f"{name}{c}_{s}", real=True) for s, source in enumerate(scale)} for c in width]
            scale = [w.linear(row, transfer=transfer, name=name) for row in weights]
        return [[w.product(entry, s) for entry, s in zip(row, scale, strict=True)] for row in x]

    def forward(x: jax.Array, *, down: jax.Array, up: jax.Array) -> jax.Array:
        squeezed = jax.nn.relu(x.mean(axis=-2, keepdims=True) @ jnp.swapaxes(down, -1, -2))
        return x * jax.nn.sigmoid(squeezed @ jnp.swapaxes(up, -1, -2))

    source = Source("hu2018squeeze", "eqs. 2-4", read=False)
    weights = (Tensor("down", ("d", "d")), Tensor("up", ("d", "d")))
    return Mechanism("squeeze-excitation", source, (Tensor("x", ND),), rule, wire, forward, weights=weights, masked=False)


def hypernetwork() -> Mechanism:
    """Return x W with the weights W, of shape (d, dv), put out by another network.

    Source: D. Ha et al., HyperNetworks, 2016, section 3.
    """

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        return m["x"] * m["w"]

    def wire(w: Wiring, keys: Open) -> Names:
        return [w.read(dict(enumerate(row)), w["w"]) for row in w["x"]]

    def forward(x: jax.Array, w: jax.Array) -> jax.Array:
        return x @ w

    source = Source("ha2016hypernetworks", "section 3", read=False)
    inputs = (Tensor("x", ND), Tensor("w", ("d", "dv")))
    return Mechanism("hypernetwork", source, inputs, rule, wire, forward, masked=False)


def fast_weights() -> Mechanism:
    """Return W_i q_i with the fast weights W_i = sum_j v_j k_j^T over the open keys: linear attention without normaliser.

    Source: J. Schmidhuber, Learning to Control Fast-Weight Memories, 1992.
    """

    def rule(m: Matrices, keys: Open) -> sympy.Matrix:
        return weighted([{j: m["q"].row(i).dot(m["k"].row(j)) for j in row} for i, row in enumerate(keys)], m["v"])

    def wire(w: Wiring, keys: Open) -> Names:
        held = states(w, dict(enumerate(w["k"])), w["v"], keys, sums=False)
        return [w.read(dict(enumerate(w["q"][i])), held[row][0]) if row else w.read({}, w["v"]) for i, row in enumerate(keys)]

    def forward(q: jax.Array, k: jax.Array, v: jax.Array, *, causal: bool, mask: Any) -> jax.Array:
        if mask is not None:
            return mixed(jnp.where(open_pairs(v.shape[-2], causal, mask), dots(q, k), 0), v)
        return in_groups(prefix_sums if causal else lambda q, k, v: q @ (k.swapaxes(-1, -2) @ v), q, k, v)

    return Mechanism("fast-weights", Source("schmidhuber1992fast", "section 2", read=False), QKV, rule, wire, forward)
