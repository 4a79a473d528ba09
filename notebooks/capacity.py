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
# # How many functions can a gate compute?
#
# Give a block of threshold units n bits to read, let its weights vary, and count the Boolean functions that appear. The
# base-2 logarithm of that number is the capacity of the block: the number of bits that choosing the weights can store.
# *The Quarks of Attention* measures by it what attention buys. For one threshold unit it is about n² bits, for a unit
# with one gate about 2n². This notebook asks what it is exactly, as long as exact numbers can be had, then how it goes on.

# %%
import workbench as wb
from workbench import families

# %% [markdown]
# ## One unit
#
# Of the 16 functions of two bits a threshold unit computes 14: XOR and its complement are missing. From there the numbers
# thin out fast.

# %%
ones = [wb.count(families.threshold(n)) for n in range(8)]
for c in ones:
    print(f"n = {c.family.n}: {c.count:>13,} of 2^{2**c.family.n:<4} functions, capacity {c.log2:6.3f} bits")

# %% [markdown]
# Nobody listed eight thousand million functions for the last line. With the bias as one more weight, the functions are the
# regions into which planes through the origin cut the space of weights, and permuting or negating weights permutes the
# regions. So one corner is enough. The answer is a short list of integers, one for each face of it:

# %%
seven = wb.count(families.threshold(7), certified=True).certificate
len(seven.faces), max(seven.faces), seven.count

# %% [markdown]
# `check` counts all 256 faces again in plain Python, with another program than the one that found them, and adds up. It is
# silent if the numbers agree. One region too many is found out:

# %%
from dataclasses import replace

seven.check()
wrong = replace(seven, faces=(*seven.faces[:-1], seven.faces[-1] + 1))
try:
    wrong.check()
except wb.Rejected as rejected:
    print(rejected)

# %% [markdown]
# ## A unit and a gate
#
# Now the second unit. It may multiply the output of the first (output gating), add to its activation (multiplexing), or
# multiply one of its weights (synaptic gating). With outputs 0 and 1 a product is an AND, with -1 and 1 it is an XNOR.

# %%
blocks = [
    families.output_gating(4, outputs="01"),
    families.output_gating(4, outputs="pm1"),
    families.multiplexing(4),
    families.synaptic_gating(4, inputs="pm1", outputs="pm1"),
    families.layered_2_1(4),
]
for family in blocks:
    c = wb.count(family)
    ratio = c.log2 / ones[4].log2
    name = f"{family.name:16} {family.outputs:4}"
    print(f"{name}{c.count:>7,} of 65,536, {c.log2:.3f} bits, {ratio:.3f} times one unit")

# %% [markdown]
# A ±1 gate reaches more functions of four inputs than the additive gate, and than a layered network of three units.
#
# Each count can be certified. For every class of functions the certificate has a member by its weights, and the check
# lists all functions again. Here is the last class of the multiplexed unit of three inputs, the parity: its size, its
# table, the unit s, the strength a, and the gate g.

# %%
certificate = wb.count(families.multiplexing(3), certified=True).certificate
certificate.check()
certificate.members[-1]

# %% [markdown]
# The weights are not to be taken on trust. Here they are put into a network of the standard model, with the gate's output
# added to the activation of the unit, and the network says which function it computes.

# %%
size, (table,), weights = certificate.members[-1]
s, (a,), g = dict(weights)["s"], dict(weights)["a"], dict(weights)["g"]
bits = ["x0", "x1", "x2"]


def on_bits(name, bias, *w):
    """A threshold unit with weights for ±1 inputs x, on bits (x + 1)/2."""
    return wb.threshold_unit(name, {x: 2 * v for x, v in zip(bits, w, strict=True)}, bias - sum(w))


gate, unit = on_bits("g", *g), on_bits("s", *s)
attended = replace(unit, synapses=(*unit.synapses, wb.Synapse("g", a, attention=True)))
network = wb.Network.of(bits, [gate, attended], ["s"])
print(network.function(inputs="01").table == table, network.gatings)

# %% [markdown]
# Which functions of four inputs does one gate leave out? Classes of them for the ±1 product and for the additive gate; the
# smallest class is the same for both, the parity and its complement.

# %%
def missing(family):
    """One function of each class outside a family, and the size of the class."""
    members = wb.count(family, certified=True).certificate.members
    inside = {t for size, tables, _ in members for t in orbit(tables[0])}
    outside = set(range(1 << 16)) - inside
    found = {}
    while outside:
        first = min(outside)
        found[hex(first)] = len(outside & orbit(first))
        outside -= orbit(first)
    return found


def orbit(table):
    return {f.table for f in wb.BooleanFunction(4, table).orbit()}


for family in (families.output_gating(4, outputs="pm1"), families.multiplexing(4)):
    found = missing(family)
    smallest = min(found, key=found.get)
    print(f"{family.name}: {len(found)} classes of {sum(found.values()):,} functions,")
    print(f"  in the smallest {found[smallest]}, {smallest} among them")

# %% [markdown]
# ## Beyond counting
#
# Where exact numbers end, an estimate begins. The number of regions is also the number of certain sets of points, those
# without a broken circuit, and the share of such sets can be sampled. The interval is a bound, not a normal approximation.

# %%
e = wb.estimate(families.threshold(6), seed=3, samples=1 << 15)
print(e)
print("the count is inside:", e.low <= ones[6].log2 <= e.high)

# %% [markdown]
# For every n there are bounds, exact integers that follow from claims of `proofs/`; `low_by` and `high_by` name them.

# %%
for n in (4, 8, 16, 32):
    best = wb.bounds("output-gating", n, outputs="pm1")
    low, high = best.log2
    shares = f"{low / n**2:.2f} n² .. {high / n**2:.2f} n²"
    print(f"n = {n:2}: {low:6.1f} .. {high:6.1f} bits, {shares}; from below by {best.low_by[0]}")

# %% [markdown]
# The figure puts counts, estimates, bounds and the limits 1 and 2 on one scale, capacity over n².

# %%
from workbench.figures import FIGURES

FIGURES["capacity"]

# %% [markdown]
# ## Is this correct?
#
# Try it the slow way: all products of two threshold functions of three inputs, from the certified list of one unit.

# %%
gates = wb.threshold_tables(3)
products = {f & g for f in gates for g in gates}
len(products), wb.count(families.output_gating(3)).count

# %% [markdown]
# The numbers agree for n = 3, by two programs that share the list of gates. What remains to be trusted for larger n stands
# in the certificates: which faces are counted again, and which are only sampled. And one number is a puzzle: of the
# functions of three inputs the additive gate computes all 256. Which two does the ±1 product miss, and why those?

# %%
sorted(set(range(256)) - {(f ^ g) ^ 255 for f in gates for g in gates})
