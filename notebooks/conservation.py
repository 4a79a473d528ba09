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
# # What does training keep?
#
# Gradient descent changes every weight, and yet some combinations of weights are the same after training as before. Whoever
# knows them knows where training can end and where it cannot. They can be found by a machine that is told nothing but the loss, and
# each is an identity that is decided exactly.

# %%
import numpy as np
import sympy

import workbench as wb

# %% [markdown]
# ## Two numbers
#
# The smallest network that is not linear in its weights: two factors u and v of one number, fitted to a target s. The gradient
# flow, as it follows from the loss:

# %%
u, v, s = sympy.symbols("u v s", real=True)
flow = wb.Flow.from_loss((s - u * v) ** 2 / 2, [u, v])
flow

# %% [markdown]
# What does it keep?

# %%
(balance,) = flow.conserved()
balance

# %% [markdown]
# Both factors are pulled by the same residual, so what one gains tells what the other gains. The search is linear algebra
# over the rationals: the derivatives of all monomials along the flow, and a combination of them that vanishes. What it returns is
# a statement about a flow, and the statement can be checked anew. Change a coefficient in the fifth digit, and it is false:

# %%
NEAR = sympy.Rational(100_001, 100_000)
balance.check()
wrong = flow.quantity(u**2 - NEAR * v**2)
try:
    wrong.check()
except wb.Rejected as rejected:
    print(rejected)

# %% [markdown]
# The flow is exact and a run is not, so along a run the quantity drifts. In a run to be trusted it does so with the tolerance.

# %%
start = [0.5, 0.1]
for tolerance in (1e-6, 1e-9, 1e-12):
    run = flow.run(start, t1=12, parameters={"s": 1}, rtol=tolerance, atol=tolerance, solver="Tsit5")
    drifts = balance.drift(run), wrong.drift(run)
    print(f"tolerance {tolerance:.0e}: drift {drifts[0]:.0e}, of the false one {drifts[1]:.0e}")

# %% [markdown]
# One column falls and the other stays. That is the whole difference between an integrator's error and a wrong law.
#
# ## The rest of the solution
#
# Two unknowns and one thing kept: what remains is an equation for one unknown, and this one has a solution in closed form. It is an
# object with the same `at` as a run, and its residuals vanish identically or it is rejected.

# %%
from workbench.dynamics import closed, solutions

form = solutions.uv(sympy.Rational(1, 2), sympy.Rational(1, 10), 1)
form.check()
print(f"uv at t = 3: {form.at(3.0).prod():.8f}, from the run at most {closed.error(form, run):.0e}")

# %%
from dataclasses import replace

faster = replace(form, solution=form.solution.subs(closed.TIME, NEAR * closed.TIME))
try:
    faster.check()
except wb.Rejected as rejected:
    print(str(rejected).partition(" leaves")[0], "leaves a residual")

# %% [markdown]
# Does every start but (0, 0) reach the target? One is tempted to say so, since the loss has no other minimum. But u² = v² is
# kept too, and on its half u = −v the product cannot become positive. Training from (1, −1) ends at zero, and stays:

# %%
solutions.uv(1, -1, 1).at([0.0, 1.0, 30.0]).round(6)

# %% [markdown]
# ## A gate
#
# Let the first factor pass through a logistic gate. No polynomial is kept any more. The search finds what is, by separating the two
# equations. With two tokens of values v and 0, and u the difference of their logits, this is attention.

# %%
gate = 1 / (1 + sympy.exp(-u))
gated = wb.Flow.from_loss((s - gate * v) ** 2 / 2, [u, v])
(law,) = gated.conserved()
law.expr

# %% [markdown]
# And now the use. The end of training lies on the curve where the output is s, and on the level set of the start. Two
# equations, two unknowns: the end is known before the run.

# %%
point = {u: sympy.Rational(2, 5), v: sympy.Rational(1, 5)}
target = sympy.Rational(13, 10)
known = sympy.nsolve([gate * v - target, law.expr - law.expr.subs(point)], [u, v], [1, 2])
arrived = gated.run([0.4, 0.2], t1=40, parameters={"s": 1.3}, rtol=1e-11, atol=1e-11, solver="Tsit5")
for name, place in (("foretold", known), ("arrived", arrived.states[-1])):
    print(f"{name:8}", *(f"{float(x):.8f}" for x in place))

# %% [markdown]
# The same for a few starts: thin, their level sets; thick, the runs; dashed, the outputs that fit.

# %%
from workbench.figures.plate import Plate, colours, ink

STARTS = np.array([(-1.5, 0.2), (-0.5, 0.3), (0.4, 0.2), (1.5, 3.2), (-1.0, 3.0)])
kept = wb.lower(law.expr, [u, v])


def level_sets(ax):
    x, y = np.meshgrid(np.linspace(-2, 2.5, 200), np.linspace(-0.5, 3.5, 200))
    for start, colour in zip(STARTS, colours(), strict=False):
        above = kept(np.stack([x, y], -1)) - kept(start)
        ax.contour(x, y, above, levels=[0.0], colors=[colour], linewidths=0.8)
        ax.plot(*gated.run(start, t1=40, parameters={"s": 1.3}).states.T, color=colour, lw=2.5)
        ax.plot(*start, "o", color=colour, ms=5)
    ax.plot(x[0], 1.3 * (1 + np.exp(-x[0])), color=ink("line"), lw=1, linestyle=(0, (5, 3)))
    ax.set(xlabel="$u$", ylabel="$v$", xlim=(-2, 2.5), ylim=(-0.5, 3.5))
    return ax


Plate((level_sets,), "A logistic gate: runs keep to level sets.", size=(6, 4))

# %% [markdown]
# ## An attention head
#
# Nobody needs to tell the search what a query is. Here is a softmax head on two tokens with matrices Q, K, V, O and any loss at
# all: its slopes g0, g1, ... are free symbols.

# %%
from workbench.dynamics.flow import entries

SHAPES = {"Q": (2, 1), "K": (2, 1), "V": (2, 1), "O": (1, 1)}


def head(tokens, loss_of=None):
    names = [entries(name, *shape) for name, shape in SHAPES.items()]
    query, key, value, out = map(sympy.Matrix, names)
    logits, read = tokens * query * key.T * tokens.T, tokens * value * out
    outputs = [wb.softmax_mean(list(read), list(logits[r, :])) for r in range(tokens.rows)]
    return wb.Flow.from_loss(loss_of(outputs), names) if loss_of else wb.Flow.of_any_loss(outputs, names)


any_loss = head(sympy.Matrix([[1, 2], [-1, 1]]))
laws = any_loss.conserved()
for quantity in laws:
    print(quantity)

# %% [markdown]
# The last is VᵀV − OOᵀ. But the first two? The tokens differ by (2, 1), and softmax sees differences only, so K moves along
# (2, 1) and K₀₀ − 2K₁₀ stays where it was. Subtract its square from the second and QᵀQ − KᵀK is left, four times. The extra law
# belongs to these tokens. The two balances belong to the architecture: the loss sees QKᵀ and VO alone. For heads too large for
# linear algebra the search takes whole blocks for its unknowns. With a third token:

# %%
three = head(sympy.Matrix([[1, 2], [-1, 1], [1, -1]]))
for quantity in three.conserved(by="symmetry"):
    print(quantity)

# %% [markdown]
# The head of two tokens, now with a loss and in floats:

# %%
trained = head(sympy.Matrix([[1, 2], [-1, 1]]), lambda f: ((f[0] - 1) ** 2 + (f[1] + 1) ** 2) / 4)
begin = np.linspace(-0.8, 0.9, 7)
course = trained.run(begin, t1=30, rtol=1e-11, atol=1e-11, solver="Tsit5")
moved = np.abs(course.states[-1] - begin).max()
print(f"loss {course.energy[0]:.3f} to {course.energy[-1]:.3f}, weights move by up to {moved:.2f}")
for quantity in laws:
    print(f"{quantity}: drift {trained.quantity(quantity.expr).drift(course):.0e}")

# %% [markdown]
# ## What breaks it
#
# The flow is a limit. Steps of size η lose a little of u² − v² each time, exactly the factor 1 − η²g², so that in a fixed training
# time a tenth of the step loses a tenth as much. Are momentum and Adam as kind?

# %%
STEPS = (1e-2, 1e-3, 1e-4)
for rule, time in (("gd", 10), ("momentum", 1), ("adam", 1)):
    for h in STEPS:
        a, b = flow.descend(start, rule=rule, step=h, steps=round(time / h), parameters={"s": 1}).final
        print(f"{rule:8} step {h:.0e}: {a**2 - b**2:+.5f}")

# %% [markdown]
# All start at 0.24. Gradient steps return to it as the step shrinks, and so does momentum, whose limit is the same flow ten
# times as fast. Adam does not. It divides each slope by its size, so that both factors move alike. In the limit of small steps
# u − v is kept instead, 0.4, and where the product is 1 that makes 0.4 √(0.4² + 4) = 0.8158 of u² − v²:

# %%
for h in (1e-3, 1e-4, 1e-5):
    a, b = flow.descend(start, rule="adam", step=h, steps=round(1 / h), parameters={"s": 1}).final
    print(f"adam, step {h:.0e}: u - v = {a - b:.4f}, u² - v² = {a**2 - b**2:.4f}")

# %% [markdown]
# Weight decay breaks the law in an orderly way. Does the balance shrink like the weights, at the rate μ? State it as a claim:

# %%
mu = sympy.Symbol("mu", positive=True)
decaying = wb.Flow.from_loss((s - u * v) ** 2 / 2, [u, v], decay=mu)


def shrinks(rate):
    return wb.Identity.of(decaying.derivative(u**2 - v**2), -rate * (u**2 - v**2))


says = "With decay mu, u^2 - v^2 shrinks like e^(-mu t)."
claim = wb.Claim("balance_shrinks_at_rate_mu", says, wb.ForAll.of(shrinks(mu)))
wb.judge(claim, [wb.Counterexample(), wb.Control("no decay", shrinks(0))])

# %% [markdown]
# Refuted, at a point. It is quadratic, so it shrinks twice as fast, and the search says so by itself: `rate`.

# %%
(shrinking,) = decaying.conserved()
says = "With decay mu, u^2 - v^2 shrinks like e^(-2 mu t)."
better = wb.Claim("balance_shrinks_at_rate_2mu", says, wb.ForAll.of(shrinks(2 * mu)))
print(f"{shrinking}, rate {shrinking.rate}")
wb.judge(better, [wb.Derived(), wb.Control("the rate mu", shrinks(mu))])

# %% [markdown]
# Last, rotary embeddings. They turn queries and keys by angles that grow with the distance, and the logits are no longer a
# function of QKᵀ. Is the balance lost?

# %%
turn = sympy.Matrix([[3, -4], [4, 3]]) / 5
query, key = entries("Q", 1, 2), entries("K", 1, 2)
TOKENS = (1, 2)
places = [(i, j) for i in range(2) for j in range(2)]
scores = [TOKENS[i] * TOKENS[j] * (query * turn ** (j - i) * key.T)[0, 0] for i, j in places]
rotary = wb.Flow.of_any_loss(scores, [query, key])
for quantity in rotary.conserved():
    print(f"kept: {quantity}")
try:
    rotary.quantity(query[0, 0] ** 2 - key[0, 0] ** 2).check()
except wb.Rejected as rejected:
    print(f"lost: {str(rejected)[:66]} ...")

# %% [markdown]
# Its entries are lost and the trace is kept: a rotation of the plane commutes with the identity, and with no other symmetric
# matrix. For more planes see `rotary_keeps_pair_trace`, and for all verdicts `proofs/LEDGER.md`.
#
# ## Is this correct?
#
# That something is kept is decided exactly. Is that all? The search looks at polynomials, symmetries and equations that separate,
# and might have missed something. Count from the other side. A law for every loss is constant along the gradient of each output,
# hence also along what is gained by following two of them by turns, their bracket, and brackets of brackets. Each independent
# direction of that kind takes one law away. JAX differentiates, and no algebra is shared:

# %%
import jax

from workbench.lowering.precision import scope


def bracket(f, g):
    return lambda x: jax.jvp(g, (x,), (f(x),))[1] - jax.jvp(f, (x,), (g(x),))[1]


def directions(flow, point):
    rates = sympy.ImmutableMatrix(flow.explicit)
    pulls = [wb.lower(rates.jacobian([g]), flow.variables) for g in flow.slopes]
    fields = [lambda x, pull=pull: pull(x)[:, 0] for pull in pulls]
    twice = [bracket(f, g) for k, f in enumerate(fields) for g in fields[:k]]
    thrice = [bracket(f, g) for f in fields[:2] for g in twice[:1]]
    with scope("float64"):
        found = np.array([f(jax.numpy.asarray(point)) for f in (*fields, *twice, *thrice)])
    return np.linalg.svd(found, compute_uv=False)


for name, one, found in (("two tokens", any_loss, laws), ("rotary", rotary, rotary.conserved())):
    sizes = directions(one, np.linspace(-0.8, 0.9, len(one.variables)))
    rank = int((sizes > 1e-9 * sizes[0]).sum())
    most = len(one.variables) - rank
    print(f"{name}: {rank} directions of {len(one.variables)}, so {most} laws at most; found: {len(found)}")

# %% [markdown]
# Nothing was missed, at that point and hence around it. Questions to go on with: what does a head with biases on its keys keep?
# Which gate keeps v² − u? And is there a loss, a bad one, for which attention keeps more?
