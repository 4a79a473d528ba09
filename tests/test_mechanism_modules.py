"""Heads and blocks with learned projections: published sizes and starts, permutations of tokens, what later tokens can change."""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.lowering.precision import scope
from workbench.mechanisms import mechanism
from workbench.mechanisms.modules import Block, MultiHead, moving_average, parameter_count

WIDTH, HEADS, TOKENS = 4, 2, 5
BLOCKS = [
    *("softmax", "linear", "krause", "synchronization", "affine-scaled"),
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in ("hadamard", "top-n", "softmax-with-sink", "fast-weights", "krause-softmax")
    ),
]


@cache
def block(name):
    with scope("float64"):
        return Block.of(mechanism(name), width=WIDTH, heads=HEADS, key=jax.random.key(1))


@cache
def outputs(name):
    """A block's outputs at tokens, at permuted tokens, under a causal mask, and there with another last token."""
    random = np.random.default_rng(0)
    tokens, order = random.normal(size=(TOKENS, WIDTH)), np.array([2, 0, 4, 1, 3])
    later = np.concatenate([tokens[:-1], random.normal(size=(1, WIDTH))])
    full = np.ones((TOKENS, TOKENS), dtype=bool)
    with scope("float64"):
        run = eqx.filter_jit(lambda b, t, m: jax.vmap(lambda one, mask: b(one, mask=mask))(t, m))
        stack = np.stack([tokens, tokens[order], tokens, later])
        results = np.asarray(run(block(name), stack, np.stack([full, full, np.tril(full), np.tril(full)])))
    return results, order


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_commutes_with_permutations_of_tokens(name):
    (plain, permuted, causal, _), order = outputs(name)
    assert np.abs(permuted - plain[order]).max() <= 1e-12
    assert np.abs(causal - plain).max() > 1e-6  # the mask is not without effect


@pytest.mark.parametrize("name", BLOCKS)
def test_a_causal_block_does_not_see_later_tokens(name):
    (_, _, causal, later), _ = outputs(name)
    assert np.abs(causal[:-1] - later[:-1]).max() == 0
    assert np.abs(causal[-1] - later[-1]).max() > 1e-6


def test_control_a_causal_block_does_not_commute_with_permutations():
    (plain, _, causal, _), order = outputs("softmax")
    assert np.abs(causal[order] - plain[order]).max() > 1e-6


# D = 512, 8 heads, 2048 units, biases, two layer norms: 4 projections, 2 layers, 4 vectors of norms; and h + 1 for oscillators.
SIZES = {"softmax": 3_152_384, "synchronization": 3_152_393, "krause": 3_152_384 + 8, "softmax-with-sink": 3_152_384 + 8}


@pytest.mark.parametrize(("name", "size"), SIZES.items(), ids=SIZES)
def test_a_block_has_the_published_number_of_parameters(name, size):
    made = eqx.filter_eval_shape(Block.of, mechanism(name), width=512, heads=8, key=jax.random.key(0))
    assert sum(leaf.size for leaf in jax.tree.leaves(made) if isinstance(leaf, jax.ShapeDtypeStruct)) == size


def test_affine_scales_add_one_projection_for_each_head():
    heads = [
        MultiHead.of(mechanism(name), width=WIDTH, heads=HEADS, key=jax.random.key(0), bias=False)
        for name in ("softmax", "affine-scaled")
    ]
    assert parameter_count(heads[1]) - parameter_count(heads[0]) == WIDTH * HEADS


def test_published_starts():
    key = jax.random.key(0)
    krause = MultiHead.of(mechanism("krause", sigma=5), width=WIDTH, heads=HEADS, key=key)
    assert krause.parameters["sigma"].reshape(-1).tolist() == pytest.approx([5.0] * HEADS, rel=1e-6)
    hybrid = MultiHead.of(mechanism("krause-softmax"), width=64, heads=HEADS, key=key)
    assert hybrid.parameters["bias"].reshape(-1).tolist() == pytest.approx([np.log(4)] * HEADS, rel=1e-6)
    assert hybrid.parameters["gs"].shape == (HEADS, 2, 32) and 0.12 < float(jnp.abs(hybrid.parameters["gk"]).max()) <= 0.125
    sync = MultiHead.of(mechanism("synchronization"), width=64, heads=HEADS, key=key)
    assert float(sync.parameters["coupling"]) == pytest.approx(np.log1p(np.e), rel=1e-6)
    assert float(sync.projections["omega"].weight.std()) == pytest.approx(0.02, rel=0.1)
    affine = MultiHead.of(mechanism("affine-scaled"), width=WIDTH, heads=HEADS, key=key)
    assert float(jnp.abs(affine.projections["a"].weight).max()) == 0  # so that every scale is 1/2
    softmax = MultiHead.of(mechanism("softmax"), width=64, heads=HEADS, key=key)
    assert 0.12 < float(jnp.abs(softmax.projections["q"].weight).max()) <= 0.125  # uniform on +-1/sqrt(64)


def test_heads_see_their_own_part_of_each_projection():
    heads = MultiHead.of(mechanism("softmax"), width=WIDTH, heads=HEADS, key=jax.random.key(3), bias=False)
    tokens = np.random.default_rng(1).normal(size=(3, WIDTH))
    q, k, v = (tokens @ np.asarray(heads.projections[x].weight, dtype=float).T for x in "qkv")
    parts = []
    for h in range(HEADS):
        own = slice(2 * h, 2 * h + 2)
        scores = np.exp(q[:, own] @ k[:, own].T / np.sqrt(2))
        parts.append(scores / scores.sum(axis=1, keepdims=True) @ v[:, own])
    want = np.concatenate(parts, axis=1) @ np.asarray(heads.out.weight, dtype=float).T
    assert np.abs(np.asarray(heads(jnp.asarray(tokens))) - want).max() <= 1e-5  # float32


def test_all_parameters_learn_but_the_moving_average_does_not():
    module = block("krause")
    tokens = np.random.default_rng(2).normal(size=(TOKENS, WIDTH))
    with scope("float64"):
        gradients = eqx.filter_jit(eqx.filter_grad(lambda m: jnp.square(m(tokens)).sum()))(module)
        leaves = jax.tree.leaves(eqx.filter(gradients, eqx.is_inexact_array))
        assert all(bool(jnp.isfinite(g).all()) for g in leaves)
        assert all(float(jnp.abs(g).max()) > 0 for g in leaves if g.size > 1)
    average, slope = jax.value_and_grad(lambda a: moving_average(a, jnp.array([1.0])))(0.0)
    assert (float(average), float(slope)) == (pytest.approx(0.1), 0.0)


def _made(kind, key):
    return kind.of(mechanism("softmax"), width=4, heads=2, key=key)


REFUSED = {
    "heads": (lambda key: MultiHead.of(mechanism("softmax"), width=4, heads=3, key=key), "not a multiple of 3"),
    "no heads": (lambda key: MultiHead.of(mechanism("softmax"), width=4, heads=0, key=key), "multiple of 0"),
    "half a head": (lambda key: MultiHead.of(mechanism("softmax"), width=4, heads=2.0, key=key), "2.0 heads"),
    "tokens of another width": (lambda key: _made(Block, key)(jnp.ones((3, 5))), "shape \\(3, 5\\) are not \\(n, 4\\)"),
    "several sequences": (lambda key: _made(MultiHead, key)(jnp.ones((2, 3, 4))), "take jax.vmap"),
    "an empty sequence": (lambda key: _made(MultiHead, key)(jnp.ones((0, 4))), "n >= 1"),
    "no tokens": (lambda key: MultiHead.of(mechanism("hypernetwork"), width=4, heads=2, key=key), "does not map tokens"),
}


def test_given_numbers_replace_learned_ones():
    heads = MultiHead.of(mechanism("krause"), width=WIDTH, heads=HEADS, key=jax.random.key(0))
    tokens = jnp.asarray(np.random.default_rng(3).normal(size=(TOKENS, WIDTH)), "float32")
    changed = eqx.tree_at(lambda held: held.raw["sigma"], heads, jnp.full((HEADS,), np.log(2.0)))
    assert np.abs(np.asarray(heads(tokens, sigma=2.0) - changed(tokens))).max() <= 1e-6
    assert np.abs(np.asarray(heads(tokens, sigma=2.0) - heads(tokens))).max() > 1e-4


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(make, says):
    with pytest.raises(BadInput, match=says):
        make(jax.random.key(0))
