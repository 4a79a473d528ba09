# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Put your own attention on the bench
#
# An attention mechanism is a rule from queries, keys and values to outputs. Here it has three forms: an expression, so that
# algebra can speak about it; a network of units with gates, so that its products can be counted; and a JAX function, so that
# it can be trained. This page states a mechanism that the workbench does not have, in thirty lines, and asks what it is.

# %%
import sympy

import workbench as wb
from workbench import figures

# %% [markdown]
# ## The ones that are there
#
# `mechanism` builds one by its name. The census counts the products that its network forms, as polynomials in the number n
# of tokens and the widths d and dv, and holds them against networks that it has not seen.

# %%
for name in ("softmax", "linear", "krause", "affine-scaled"):
    print(f"{name:14}", wb.Census.of(wb.mechanism(name)).products)

# %% [markdown]
# On the same tokens they look rather different. Krause attention and synchronization go by distance; the others by angle.

# %%
figures.FIGURES["attention_patterns"]

# %% [markdown]
# ## Yours
#
# Suppose that you want no softmax at all: each weight is a logistic function of its own score, so that a query may attend to
# everything, or to nothing. Three functions say so. `keys` lists what each query may read; masks are already in it.

# %%
import jax
import jax.numpy as jnp

from workbench.mechanisms.dot_products import QKV, scores, weighted, wired_scores
from workbench.mechanisms.weighting import dots, mixed, open_pairs


def rule(m, keys):
    s = scores(m)
    return weighted([{j: 1 / (1 + sympy.exp(-s[i, j])) for j in row} for i, row in enumerate(keys)], m["v"])


def wire(w, keys):
    outputs = []
    for i, row in enumerate(keys):
        scored = wired_scores(w, i, row)
        weights = {j: w.linear({s: 1}, transfer="logistic") for j, s in scored.items()}
        outputs.append(w.read(weights, w["v"]))
    return outputs


def forward(q, k, v, *, causal, mask):
    weights = jax.nn.sigmoid(dots(q, k) / jnp.sqrt(q.shape[-1]))
    pairs = open_pairs(q.shape[-2], causal, mask)
    return mixed(weights if pairs is None else jnp.where(pairs, weights, 0), v)


sigmoid = wb.Mechanism("sigmoid", wb.Source("me", "this page", read=True), QKV, rule, wire, forward)

# %% [markdown]
# ## Are these three one thing?
#
# They were written by hand, so they may not be. `agreement` compares them on random rational inputs, unmasked, causal, under a
# random mask, and two at a time. A slip, here a forgotten square root, is found at the first input.

# %%
wb.agreement(sigmoid)

# %%
from dataclasses import replace


def slip(q, k, v, *, causal, mask):
    return mixed(jax.nn.sigmoid(dots(q, k)), v)


try:
    wb.agreement(replace(sigmoid, forward=slip))
except wb.Rejected as rejected:
    print(rejected)

# %% [markdown]
# ## What does it cost?
#
# Nothing is normalised, so softmax's n^2 shares are gone; the products of queries, keys and values stay. Linear attention
# is cheaper from some number of tokens on. `crossover` finds it, exactly.

# %%
census = wb.Census.of(sigmoid)
dict(census.polynomials)

# %%
linear = wb.Census.of(wb.mechanism("linear"))
wb.crossover(linear.products, census.products, d=64, dv=64)

# %% [markdown]
# ## What is it?
#
# With one token, sigmoid attention is softmax with a sink, whose weights are e^x / (e^x + 1). A claim says so; the statement
# is decided exactly, and the control shows that the decision can say no.

# %%
sink, softmax = wb.mechanism("softmax-with-sink"), wb.mechanism("softmax")


def equal(first, second, *, n):
    return wb.Identity.of(first.expression(n, 1, 1)[0], second.expression(n, 1, 1)[0])


same, other = equal(sigmoid, sink, n=1), equal(sigmoid, softmax, n=1)
says = "With one token, sigmoid attention is softmax with a sink."
claim = wb.Claim("sigmoid_eq_sink_of_one_token", says, wb.ForAll.of(same))
wb.judge(claim, [wb.Derived(), wb.Control("without a sink", other)])

# %% [markdown]
# With two tokens it is not. The verdict names values at which the two differ.

# %%
differs = wb.ForAll.of(equal(sigmoid, sink, n=2))
general = wb.Claim("sigmoid_eq_sink", "Sigmoid attention is softmax with a sink.", differs)
wb.judge(general, [wb.Counterexample(), wb.Control("without a sink", other)])

# %% [markdown]
# ## What training keeps
#
# Under gradient flow of any loss, query and key projections keep the difference of their Gram matrices, because only their
# product is read. That does not need the softmax; `conserved` finds it for sigmoid attention too.

# %%
a, b, x = sympy.symbols("a b x", real=True)  # projections of one token x in width 1
q, k, v = sympy.symbols("q0_0 k0_0 v0_0", real=True)
output = sigmoid.expression(1, 1, 1)[0].xreplace({q: a * x, k: b * x, v: x})
[kept.expr for kept in wb.Flow.of_any_loss([output], [a, b]).conserved()]

# %% [markdown]
# ## What is what
#
# The workbench judges hundreds of statements like these; those about mechanisms make a map. An arrow says that a mechanism is,
# under the condition beside it, another one; its colour is the verdict.

# %%
from workbench import ledger, ledgerfile

figures.relations(ledgerfile.words(ledger.find_proofs()))

# %% [markdown]
# ## Is this correct?
#
# Not all of it is known equally well. The verdicts are exact. The census was held against networks of eight more sizes. But
# `agreement` has looked at ten inputs: two forms that part only at ties, say, would pass. And a check that has never said no is
# not believed at all; without its control, the claim above is not judged:

# %%
try:
    wb.judge(claim, [wb.Derived()])
except wb.Unsound as unsound:
    print(unsound)
