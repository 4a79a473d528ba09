"""Mechanisms with their learned projections and parameters as Equinox modules: several heads, and a transformer block."""

from __future__ import annotations

from collections.abc import Callable
from math import log, prod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from workbench.errors import BadInput
from workbench.mechanisms.forms import Mechanism, Tensor
from workbench.units import symbolic

Positive = Callable[[jax.Array], jax.Array]
# Learned numbers of a rule: how a raw one becomes that of the rule, its first raw value (None: that of the option), and whether
# each head has its own.
LEARNED: dict[str, dict[str, tuple[Positive, float | None, bool]]] = {
    "krause": {"sigma": (jnp.exp, None, True)},
    "krause-softmax": {"sigma": (jnp.exp, None, True), "bias": (lambda raw: raw, None, True)},
    "synchronization": {"alpha": (jax.nn.softplus, 1.0, True), "coupling": (jax.nn.softplus, 1.0, False)},
    "softmax-with-sink": {"logit": (lambda raw: raw, None, True)},
}
STANDARD_DEVIATION = {"synchronization": 0.02}  # of published normal initialisations; uniform on +-1/sqrt(width) otherwise
ZERO = {"affine-scaled": ("a",)}  # projections published as zero at the start


class MultiHead(eqx.Module):
    """Several heads of a mechanism on the tokens of one sequence, with projections of each input and of the joined outputs.

    The learned parameters beyond projections are those published: log sigma of each head for Krause attention, softplus^-1 of
    alpha for each head and of K for the layer in selective synchronization, the sink's logit of each head, the gate between
    softmax and Krause attention of each head (its matrix uniform like that of a linear layer). The moving average
    of affine-scaled attention is a buffer: pass it as `average`, and see `moving_average`.

    >>> from workbench.mechanisms import mechanism
    >>> heads = MultiHead.of(mechanism("krause"), width=4, heads=2, key=jax.random.key(0))
    >>> heads(jnp.ones((3, 4))).shape, {name: raw.shape for name, raw in heads.raw.items()}
    ((3, 4), {'sigma': (2,)})
    >>> MultiHead.of(mechanism("softmax"), width=4, heads=3, key=jax.random.key(0))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: width 4 is not a multiple of 3 heads
    """

    projections: dict[str, eqx.nn.Linear]
    out: eqx.nn.Linear
    raw: dict[str, jax.Array]
    mechanism: Mechanism = eqx.field(static=True)
    heads: int = eqx.field(static=True)

    @classmethod
    def of(cls, mechanism: Mechanism, *, width: int, heads: int, key: jax.Array, bias: bool = True) -> MultiHead:
        """Return the module with its published initialisation.

        Raises BadInput unless the heads divide the width, and for a mechanism that does not map tokens to tokens.
        """
        if not all(isinstance(size, int) and size >= 1 for size in (heads, width)) or width % heads:
            raise BadInput(f"width {width} is not a multiple of {heads} heads")
        if mechanism.inputs[-1].shape[0] != "n" or not mechanism.masked:
            raise BadInput(f"{mechanism.name} does not map tokens to tokens by projections: call apply(...)")
        *keys, last = jax.random.split(key, len(mechanism.inputs) + 1)
        sizes = {t.name: heads * prod(width // heads for _ in t.shape[1:]) for t in mechanism.inputs}
        made = {
            name: _linear(mechanism.name, name, width, size, k, bias) for (name, size), k in zip(sizes.items(), keys, strict=True)
        }
        out = _linear(mechanism.name, "out", width, width, last, bias)
        return cls(
            made,
            out,
            _raw(mechanism, heads) | _matrices(mechanism, heads, width // heads, jax.random.fold_in(last, 1)),
            mechanism,
            heads,
        )

    @property
    def parameters(self) -> dict[str, jax.Array]:
        """The learned numbers as the rule takes them, of shape (heads, 1, 1), or () for those of the layer, and its matrices."""
        learned = LEARNED.get(self.mechanism.name, {})
        shaped = {name: self.raw[name][..., None, None] if own else self.raw[name] for name, (_, _, own) in learned.items()}
        matrices = {t.name: self.raw[t.name] for t in self.mechanism.weights}
        return {name: learned[name][0](raw) for name, raw in shaped.items()} | matrices

    def __call__(self, tokens: jax.Array, *, causal: bool = False, mask: Any = None, **parameters: Any) -> jax.Array:
        """Return the tokens of shape (n, width) as the heads see them; `parameters` replace constants of the rule."""
        _accept_tokens(tokens, self.out.in_features)
        arrays = [self._heads(tensor, jax.vmap(self.projections[tensor.name])(tokens)) for tensor in self.mechanism.inputs]
        results = self.mechanism.apply(*arrays, causal=causal, mask=mask, **(self.parameters | parameters))
        return jax.vmap(self.out)(jnp.moveaxis(results, 0, 1).reshape(tokens.shape[0], -1))

    def _heads(self, tensor: Tensor, projected: jax.Array) -> jax.Array:
        parted = jnp.moveaxis(projected.reshape(projected.shape[0], self.heads, -1), 1, 0)
        return parted if len(tensor.shape) == 2 else parted[..., 0]


def _accept_tokens(tokens: jax.Array, width: Any) -> None:
    if (shape := jnp.shape(tokens)) != (*shape[:1], width) or not shape[0]:
        raise BadInput(f"tokens of shape {shape} are not (n, {width}) with n >= 1: take jax.vmap for several sequences")


def _linear(mechanism: str, name: str, width: int, size: int, key: jax.Array, bias: bool) -> Any:
    layer: Any = eqx.nn.Linear(width, size, use_bias=bias, key=key)
    if name in ZERO.get(mechanism, ()):
        return jax.tree.map(jnp.zeros_like, layer)
    if (deviation := STANDARD_DEVIATION.get(mechanism)) is None:
        return layer
    weights = deviation * jax.random.normal(key, layer.weight.shape, layer.weight.dtype)
    layer = eqx.tree_at(lambda held: held.weight, layer, weights)
    return eqx.tree_at(lambda held: held.bias, layer, jnp.zeros(size)) if bias else layer


def _raw(mechanism: Mechanism, heads: int) -> dict[str, jax.Array]:
    options = dict(mechanism.options)
    first: dict[str, Any] = {name: lambda value: float(symbolic(value)) for name in ("logit", "bias")}
    first |= {"sigma": lambda sigma: log(float(symbolic(sigma)))}
    return {
        name: jnp.full((heads,) if own else (), first[name](options[name]) if start is None else start)
        for name, (_, start, own) in LEARNED.get(mechanism.name, {}).items()
    }


def _matrices(mechanism: Mechanism, heads: int, width: int, key: jax.Array) -> dict[str, jax.Array]:
    """Return the matrices of the rule for each head, uniform on +-1 / sqrt(their joint width) as in one linear layer."""
    shapes = {t.name: (heads, *t.sizes({"d": width, "dv": width})) for t in mechanism.weights}
    bound = sum(shape[-1] for shape in shapes.values()) ** -0.5 if shapes else 0.0
    keys = jax.random.split(key, max(1, len(shapes)))
    return {
        name: jax.random.uniform(k, shape, minval=-bound, maxval=bound)
        for (name, shape), k in zip(shapes.items(), keys, strict=False)
    }


def moving_average(average: jax.Array, scales: jax.Array, *, rho: float = 0.9) -> jax.Array:
    """Return rho average + (1 - rho) x the mean of the scales of a batch, the buffer of affine-scaled attention.

    >>> float(moving_average(jnp.array(0.0), jnp.array([1.0, 3.0]), rho=0.5))
    1.0
    """
    return jax.lax.stop_gradient(rho * average + (1 - rho) * scales.mean())


class Block(eqx.Module):
    """A transformer block: x + heads(norm(x)), then x + mlp(norm(x)), with a GELU layer of 4 x width units.

    Without masks and positions it commutes with permutations of the tokens.

    >>> from workbench.mechanisms import mechanism
    >>> block = Block.of(mechanism("linear"), width=4, heads=2, key=jax.random.key(0))
    >>> block(jnp.ones((3, 4)), causal=True).shape
    (3, 4)
    """

    attention: MultiHead
    mlp: eqx.nn.MLP
    norms: tuple[eqx.nn.LayerNorm, eqx.nn.LayerNorm]

    @classmethod
    def of(cls, mechanism: Mechanism, *, width: int, heads: int, key: jax.Array, bias: bool = True) -> Block:
        """Return a block with its initialisation; see `MultiHead.of`."""
        first, second = jax.random.split(key)
        attention = MultiHead.of(mechanism, width=width, heads=heads, key=first, bias=bias)
        mlp = eqx.nn.MLP(width, width, 4 * width, depth=1, activation=jax.nn.gelu, use_bias=bias, use_final_bias=bias, key=second)
        return cls(attention, mlp, (eqx.nn.LayerNorm(width), eqx.nn.LayerNorm(width)))

    def __call__(self, tokens: jax.Array, *, causal: bool = False, mask: Any = None, **parameters: Any) -> jax.Array:
        """Return the tokens of shape (n, width) after the block."""
        _accept_tokens(tokens, self.attention.out.in_features)
        before, within = (jax.vmap(norm) for norm in self.norms)
        tokens = tokens + self.attention(before(tokens), causal=causal, mask=mask, **parameters)
        return tokens + jax.vmap(self.mlp)(within(tokens))


def parameter_count(module: eqx.Module) -> int:
    """Return the number of learned numbers of a module.

    >>> parameter_count(eqx.nn.Linear(2, 3, key=jax.random.key(0)))
    9
    """
    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(module, eqx.is_inexact_array)))
