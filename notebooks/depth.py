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
# # What does a gate save?
#
# A threshold unit computes few Boolean functions, so circuits need several, in layers. *The Quarks of Attention* says that
# units which act on each other, by adding to an activation or multiplying an output, save units and layers. How many,
# exactly: for one function, for all of four inputs, for every n, and for networks that are trained?

# %%
import workbench as wb
from workbench import circuits
from workbench.circuits.atlas import Atlas

# %% [markdown]
# ## One function
#
# XOR is the smallest case. In layers it takes three units; `circuit` finds them, and the integer weights.

# %%
xor = wb.BooleanFunction.from_table(0b0110, n=2)
wb.circuit(xor)

# %% [markdown]
# Now one unit may multiply the output of another in its layer. A unit and its gate count as two; the product adds no layer.

# %%
gated = wb.circuit(xor, model="gated")
gated

# %% [markdown]
# That nothing smaller exists is not the solver's word. The certificate refutes every smaller wiring, and `check` follows it
# step by step, without the solver. Take the proofs away, and it objects:

# %%
from dataclasses import replace

gated.certificate.check()
try:
    replace(gated.certificate, proofs=()).check()
except wb.Rejected as rejected:
    print(rejected)

# %% [markdown]
# Parity of four bits is the hardest function of its size. Here are its smallest circuits in four models: skip connections
# are the additive kind of attention; gates have outputs 0 and 1, or -1 and 1. Two sizes mean a choice.

# %%
parity = wb.BooleanFunction.from_rule(lambda *bits: sum(bits) % 2, n=4)
MODELS = {
    "standard": ("standard", "01"),
    "skip": ("skip", "01"),
    "gated_01": ("gated", "01"),
    "gated_pm1": ("gated", "pm1"),
}
for name, (model, outputs) in MODELS.items():
    found = wb.circuit(parity, model=model, outputs=outputs)
    sizes = (f"{s.units} units at depth {s.depth} with {s.gatings} products" for s in found.front)
    print(f"{name:9}", ", or ".join(sizes))

# %% [markdown]
# The 0/1 gate saves the second layer, at the price of eight units. The ±1 gate saves a unit and a layer, and skip
# connections save two units and no layer.
#
# ## All functions of four inputs
#
# The atlas, which comes with the package, has the smallest circuits of all 65,536, certified.

# %%
atlas = Atlas.shipped()
for model, totals in atlas.totals.items():
    print(f"{model:9}", ", ".join(f"{count:>6,} take {units}" for units, count in totals.items()))

# %% [markdown]
# Summed up, as a share. With one layer, on the right, the standard model ends at the 1,882 threshold functions, while
# products of ±1 units lose nothing.

# %%
from workbench.figures import FIGURES

FIGURES["atlas"]

# %% [markdown]
# How many units does each way save? Every function that is no threshold function gains from skip connections and from ±1
# gates. Gates with outputs 0 and 1 leave out many: an AND can only take away.

# %%
from collections import Counter

for model in ("skip", "gated_01", "gated_pm1"):
    pairs = zip(atlas.fronts("standard"), atlas.fronts(model), strict=True)
    saved = Counter(plain[0][0] - own[0][0] for plain, own in pairs)
    print(f"{model:9}", {units: saved[units] for units in sorted(saved)})

# %% [markdown]
# Neither of the two good ways beats the other. Classes for which one alone has the fewest units:

# %%
for model in ("skip", "gated_pm1"):
    alone = [entry for entry in atlas.classes if entry["best"] == [model]]
    functions = sum(entry["size"] for entry in alone)
    print(f"{model}: {len(alone)} classes of {functions:,} functions, {alone[0]['table']} the first")

# %% [markdown]
# The first table for skips, 0x69, is the even parity of three bits if the fourth is 0. Drawn, the dashed wire is what one unit
# adds to the activation of the other:

# %%
wb.circuit(wb.BooleanFunction.from_table(0x69, n=4), model="skip")

# %% [markdown]
# ## Every n
#
# Beyond small tables there are constructions, with costs as formulas: upper bounds, but that a ±1 product needs n factors for
# parity is the claim `parity_pm1_factors_eq_n`.

# %%
for name, (model, outputs) in MODELS.items():
    cost = circuits.parity.form(model, outputs=outputs).cost
    at = cost.at(32)
    print(f"{name:9} {cost.units} units, depth {cost.depth}; at n = 32: {at.units:,} units, depth {at.depth}")

# %% [markdown]
# ## Found by training?
#
# Do gradients lead to such circuits? A sweep comes with the package: 500 networks of each shape, weights rounded to integers,
# and only a network whose whole table is right counts. The fewest units that were found, beside the fewest there are:

# %%
from workbench.circuits.training_sweep import Sweep
from workbench.circuits.training_targets import target

sweep = Sweep.shipped()
for name in ("parity", "equality", "inner_product"):
    for key, (model, outputs) in MODELS.items():
        rows = [row for row in sweep.found(name, 4) if row.cell.shape.model.replace(" ", "_") == key]
        best = min(rows, key=lambda row: row.cell.shape.units)
        least = wb.circuit(target(name, 4), model=model, outputs=outputs).units
        units = best.cell.shape.units
        print(f"{name:13} {key:9} {units} found, by {best.exact} of {best.trials}; least {least}")

# %% [markdown]
# All least sizes but one are reached; how often differs: ±1 products of four units become parity every time, the three units
# with skip connections hardly ever. More is in `docs/training.md`.
#
# ## Is this correct?
#
# Products of ±1 units can be listed without a solver, from all threshold functions of three inputs.

# %%
gates = wb.threshold_tables(3)
two = {f ^ g ^ 0xFF for f in gates for g in gates}
three = {f ^ g ^ 0xFF for f in two for g in gates}
left = sorted(three - two)
print(len(gates), len(two), len(three), [hex(t) for t in left])
tables = [wb.BooleanFunction.from_table(t, n=3) for t in left]
print([wb.circuit(f, model="gated", outputs="pm1").units for f in tables])

# %% [markdown]
# Both agree, and share no code. Beyond its certificates the atlas trusts that permuting and negating inputs leaves a circuit its
# size. Does negating the output, too, with 0/1 gates? Try 0x16 and 0xe9.
