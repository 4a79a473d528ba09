"""A sweep of 2,048 networks against a Python loop over single optax trainings, on one machine in one run.

    XLA_FLAGS=--xla_force_host_platform_device_count=2 python benchmarks/training.py

Both train parity of 4 bits in the shape 4-6-1 for 1,000 steps of Adam. The loop is what one writes for a single network: a jitted
step, called for each step; a few networks are timed and multiplied up. A second loop calls a jitted training (all steps in one
`lax.scan`) for each network. Ours includes rounding to integers and the exact tables, theirs do not. "warm" is after compilation,
"cold" with it, the loops compiling once. The contestants take turns; ratios are medians. Ours splits the networks over
JAX's devices, here one for each of two cores; the ratio of processor seconds depends neither on that nor much on what else runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from workbench.circuits.training import Training, trained
from workbench.circuits.training_rounding import rounded
from workbench.circuits.training_shapes import Shape
from workbench.circuits.training_targets import target

NETWORKS = 2048
TURNS = 3
STEPPED, SCANNED = 2, 8  # networks that the loops train in a turn
WANTED = 50
TRAINING = Training()
SHAPE, PARITY = Shape.standard(4, 2, 6), target("parity", 4)
POINTS = jnp.array([[2.0 * (k >> i & 1) - 1 for i in range(4)] for k in range(16)])
VALUES = jnp.array([2.0 * (k.bit_count() % 2) - 1 for k in range(16)])
BETAS = jnp.geomspace(*TRAINING.steepness, TRAINING.steps)
ADAM = optax.adam(TRAINING.rate)


@dataclass(frozen=True)
class Row:
    """One figure, and the least that it should be."""

    name: str
    figure: float
    unit: str
    at_least: float | None = None

    def line(self) -> str:
        """Return `pass`, `FAIL` or nothing with the figure and the bound."""
        word = "    " if self.at_least is None else "pass" if self.figure >= self.at_least else "FAIL"
        return f"{word}  {self.name}: {self.figure:,.3g} {self.unit}" + (f", wanted >= {self.at_least:g}" if self.at_least else "")


def loss(params: Any, beta: Any) -> Any:
    hidden = jnp.tanh(beta / 2 * (POINTS @ params["hidden"] + params["bias"]))
    return jnp.mean((jnp.tanh(beta / 2 * (hidden @ params["readout"] + params["constant"])) - VALUES) ** 2)


def step(params: Any, memory: Any, beta: Any) -> Any:
    updates, memory = ADAM.update(jax.grad(loss)(params, beta), memory, params)
    return optax.apply_updates(params, updates), memory


def fresh(key: Any) -> Any:
    a, b, c, d = jax.random.split(key, 4)
    params = {"hidden": jax.random.normal(a, (4, 6)) / 2, "bias": jax.random.normal(b, (6,))}
    return params | {"readout": jax.random.normal(c, (6,)) / 6**0.5, "constant": jax.random.normal(d, ())}


def stepped(count: int, jitted: Callable[..., Any]) -> None:
    for key in jax.random.split(jax.random.key(0), count):
        params = fresh(key)
        memory = ADAM.init(params)
        for beta in BETAS:
            params, memory = jitted(params, memory, beta)
        jax.block_until_ready(params)


def scanned(count: int, jitted: Callable[..., Any]) -> None:
    for key in jax.random.split(jax.random.key(0), count):
        jax.block_until_ready(jitted(key))


def whole(key: Any) -> Any:
    params = fresh(key)
    (params, _), _ = jax.lax.scan(lambda state, beta: (step(*state, beta), None), (params, ADAM.init(params)), BETAS)
    return params


def ours() -> int:
    layers = trained(SHAPE, PARITY, seed=1, networks=NETWORKS, training=TRAINING)
    return int(rounded(SHAPE, PARITY, layers).exact.sum())


def rows() -> Iterator[Row]:
    """Yield the figures: seconds for all networks of each contestant, and how many times faster ours is."""
    by_step, by_scan = jax.jit(step), jax.jit(whole)
    cold = {"ours": _seconds(ours), "steps": _seconds(lambda: stepped(1, by_step)), "scan": _seconds(lambda: scanned(1, by_scan))}
    turns = []
    for _ in range(TURNS):
        turn = {"ours": _seconds(ours), "steps": _seconds(lambda: stepped(STEPPED, by_step)) / STEPPED * NETWORKS}
        turns.append(turn | {"scan": _seconds(lambda: scanned(SCANNED, by_scan)) / SCANNED * NETWORKS})
    ours_of_all = f"{NETWORKS:,} networks, ours on {len(jax.devices())} devices"
    yield Row(f"{ours_of_all}, warm", median(t["ours"][0] for t in turns), "s")
    yield Row(f"{ours_of_all}, cold", cold["ours"][0], "s")
    for name, loop, count in (("steps", "loop of jitted steps", STEPPED), ("scan", "loop of jitted trainings", SCANNED)):
        warm = median(t[name][0] for t in turns)
        yield Row(f"{loop}, warm, from {count} networks a turn", warm, "s")
        ratios = [t[name] / t["ours"] for t in turns]
        yield Row(f"over the {loop}, warm", median(r[0] for r in ratios), "times", WANTED if name == "steps" else None)
        yield Row(f"over the {loop}, warm, in processor seconds", median(r[1] for r in ratios), "times")
        yield Row(f"over the {loop}, cold", (cold[name][0] + warm * (NETWORKS - 1) / NETWORKS) / cold["ours"][0], "times")


def _seconds(call: Callable[[], Any]) -> np.ndarray:
    """Return the seconds that pass, and those of the processors."""
    start = np.array([perf_counter(), process_time()])
    call()
    return np.array([perf_counter(), process_time()]) - start


if __name__ == "__main__":
    for row in rows():
        print(row.line(), flush=True)
