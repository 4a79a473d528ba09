"""Times of the JAX forms of attention mechanisms, and targets; prints one line for each, `pass` or `FAIL`.

python benchmarks/mechanisms.py                        # 1,024 tokens, width 64, 8 heads, against JAX written by hand; growth with n
python benchmarks/mechanisms.py --only softmax linear  # names that contain one of these words
python benchmarks/mechanisms.py --only census          # seconds of `workbench census` by mechanism
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.mechanisms import mechanism

TOKENS, WIDTH, HEADS, KEPT = 1024, 64, 8, 32
SPEED, SLOPE, SECONDS = 0.9, 1.1, 10.0
LENGTHS = (1024, 2048, 4096, 8192, 16384)
CLOSE = 2e-4  # float32, of the largest output
SIGMA = 8  # the distance of two tokens is about 11
CENSUSES = ("softmax", "linear", "krause", "hadamard", "synchronization", "affine-scaled", "linearised", "top-n", "value-softmax")

Array = jax.Array
Hand = Callable[..., Array]


def scaled(q: Array, k: Array) -> Array:
    return q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]).astype("float32")


def library(q: Array, k: Array, v: Array, *, causal: bool = False) -> Array:
    """JAX's own attention; it takes tokens before heads."""
    moved = (jnp.moveaxis(a, 0, 1)[None] for a in (q, k, v))
    return jnp.moveaxis(jax.nn.dot_product_attention(*moved, is_causal=causal)[0], 0, 1)


def library_in_its_order(q: Array, k: Array, v: Array, *, causal: bool = False) -> Array:
    return jax.nn.dot_product_attention(q, k, v, is_causal=causal)


def sink(q: Array, k: Array, v: Array) -> Array:
    s = scaled(q, k)
    top = jnp.maximum(s.max(-1, keepdims=True), 0)
    e = jnp.exp(s - top)
    return e / (e.sum(-1, keepdims=True) + jnp.exp(-top)) @ v


def top_n(q: Array, k: Array, v: Array) -> Array:
    p = jax.nn.softmax(scaled(q, k))
    return jnp.where(p >= jax.lax.top_k(p, KEPT)[0].min(-1, keepdims=True), p, 0) @ v


def linear(q: Array, k: Array, v: Array) -> Array:
    q, k = jax.nn.elu(q) + 1, jax.nn.elu(k) + 1
    return q @ (k.swapaxes(-1, -2) @ v) / (q * k.sum(-2, keepdims=True)).sum(-1, keepdims=True)


def causal_linear(q: Array, k: Array, v: Array) -> Array:
    q, k = jax.nn.elu(q) + 1, jax.nn.elu(k) + 1
    a = jnp.tril(q @ k.swapaxes(-1, -2))
    return a @ v / a.sum(-1, keepdims=True)


def by_distance(q: Array, k: Array, v: Array) -> Array:
    gaps = jnp.square(q[:, :, None] - k[:, None]).sum(-1)
    return jax.nn.softmax(-gaps / (2 * SIGMA**2)) @ v


def by_dot_products(q: Array, k: Array, v: Array, *, kept: int | None = None) -> Array:
    s = (q @ k.swapaxes(-1, -2) - jnp.square(k).sum(-1)[:, None] / 2) / SIGMA**2
    return jax.nn.softmax(s if kept is None else jnp.where(s >= jax.lax.top_k(s, kept)[0].min(-1, keepdims=True), s, -jnp.inf)) @ v


def hadamard(p: Array, a: Array, q: Array, b: Array, v: Array) -> Array:
    p, a, q, b = (jax.nn.relu(x) + 0.1 for x in (p, a, q, b))
    weights = (p @ a.swapaxes(-1, -2)) * (q @ b.swapaxes(-1, -2))
    return weights @ v / weights.sum(-1, keepdims=True)


def kronecker(p: Array, a: Array, q: Array, b: Array, v: Array) -> Array:
    p, a, q, b = (jax.nn.relu(x) + 0.1 for x in (p, a, q, b))
    queries, keys = ((x[..., :, None] * y[..., None, :]).reshape(*x.shape[:2], -1) for x, y in ((p, q), (a, b)))
    return queries @ (keys.swapaxes(-1, -2) @ v) / (queries * keys.sum(-2, keepdims=True)).sum(-1, keepdims=True)


def hybrid(q: Array, k: Array, v: Array, gs: Array, gk: Array) -> Array:
    one, two = jax.nn.softmax(scaled(q, k)) @ v, by_distance(q, k, v)
    logits = one @ gs.swapaxes(-1, -2) + two @ gk.swapaxes(-1, -2) + jnp.log(jnp.array([4.0, 1.0]))
    gates = jax.nn.softmax(logits)
    return gates[..., :1] * one + gates[..., 1:] * two


def squeeze_excitation(x: Array, down: Array, up: Array) -> Array:
    squeezed = jax.nn.relu(jnp.einsum("hc,hdc->hd", x.mean(-2), down))
    return x * jax.nn.sigmoid(jnp.einsum("hc,hdc->hd", squeezed, up))[:, None]


def clamped(omega: Array, theta: Array, v: Array) -> Array:
    squares = squared(omega)
    r = jnp.abs(jnp.exp(1j * theta).mean(-2, keepdims=True)).mean(-1, keepdims=True)
    coupling, mismatch = jnp.exp(-squares), jnp.sqrt(squares)
    sine = jnp.minimum(1, mismatch / (r * coupling + 1e-8))
    s = jnp.where(mismatch <= r * coupling, coupling * jnp.sqrt(1 - jnp.square(sine)), 0)  # the cosine of the arcsine
    return s @ v / (s.sum(-1, keepdims=True) + 1e-8)


def squared(omega: Array) -> Array:
    norms = jnp.square(omega).sum(-1)
    squares = jnp.maximum(norms[:, :, None] + norms[:, None] - 2 * omega @ omega.swapaxes(-1, -2), 0)
    return jnp.where(jnp.eye(omega.shape[-2], dtype=bool), 0, squares)


def synchronization(omega: Array, theta: Array, v: Array, *, expanded: bool) -> Array:
    if expanded:
        squares = squared(omega)
    else:
        squares = jnp.square(omega[:, :, None] - omega[:, None]).sum(-1)
    r = jnp.abs(jnp.exp(1j * theta).mean(-2, keepdims=True)).mean(-1, keepdims=True)
    s = jnp.sqrt(jnp.maximum(0, jnp.exp(-2 * squares) - squares / jnp.square(r)))
    return s @ v / (s.sum(-1, keepdims=True) + 1e-8)


def affine(q: Array, k: Array, v: Array, a: Array) -> Array:
    alpha = jnp.clip(a / 10 + 0.5, 0, 1)[..., None]
    return (alpha * jax.nn.softmax(scaled(q, k)) + (0.5 - alpha) / k.shape[-2]) @ v


def fast_weights(q: Array, k: Array, v: Array) -> Array:
    return q @ (k.swapaxes(-1, -2) @ v)


def lstm(i: Array, f: Array, g: Array, o: Array, c: Array) -> Array:
    cell = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jnp.concatenate([jax.nn.sigmoid(o) * jnp.tanh(cell), cell], -2)


def gru(z: Array, r: Array, g: Array, u: Array, h: Array) -> Array:
    return h + jax.nn.sigmoid(z) * (jnp.tanh(g + jax.nn.sigmoid(r) * u) - h)


ROWS: dict[str, tuple[str, dict[str, Any], bool, Hand]] = {  # mechanism, options, causal, by hand
    "softmax": ("softmax", {}, False, library_in_its_order),
    "softmax, heads first": ("softmax", {}, False, library),
    "softmax, causal": ("softmax", {}, True, partial(library_in_its_order, causal=True)),
    "softmax, causal, heads first": ("softmax", {}, True, partial(library, causal=True)),
    "softmax-with-sink": ("softmax-with-sink", {}, False, sink),
    "top-n": ("top-n", {"most": KEPT}, False, top_n),
    "value-softmax": ("value-softmax", {}, False, lambda a, v: jax.nn.softmax(a)[:, None] @ v),
    "linear": ("linear", {}, False, linear),
    "linear, causal": ("linear", {}, True, causal_linear),
    "linearised, token order": ("linearised", {}, False, lambda x: (x @ x.swapaxes(-1, -2)) @ x),
    "linearised, feature order": ("linearised", {"order": "feature"}, False, lambda x: x @ (x.swapaxes(-1, -2) @ x)),
    "krause, difference": ("krause", {"sigma": SIGMA}, False, by_distance),
    "krause, expanded": ("krause", {"sigma": SIGMA, "order": "expanded"}, False, by_dot_products),
    "krause, nearest": (
        "krause",
        {"sigma": SIGMA, "order": "expanded", "most": KEPT},
        False,
        partial(by_dot_products, kept=KEPT),
    ),
    "hadamard": ("hadamard", {}, False, hadamard),
    "hadamard, kronecker": ("hadamard", {"order": "kronecker"}, False, kronecker),
    "krause beside softmax": ("krause-softmax", {"sigma": SIGMA}, False, hybrid),
    "synchronization, difference": ("synchronization", {}, False, partial(synchronization, expanded=False)),
    "synchronization, expanded": ("synchronization", {"order": "expanded"}, False, partial(synchronization, expanded=True)),
    "synchronization, clamped": ("synchronization", {"order": "expanded", "form": "clamped"}, False, clamped),
    "affine-scaled": ("affine-scaled", {}, False, affine),
    "glu": ("glu", {}, False, lambda a, b: a * jax.nn.sigmoid(b)),
    "geglu": ("glu", {"kind": "geglu"}, False, lambda a, b: a * jax.nn.gelu(b)),
    "lstm": ("lstm", {}, False, lstm),
    "gru": ("gru", {}, False, gru),
    "squeeze-excitation": ("squeeze-excitation", {}, False, squeeze_excitation),
    "hypernetwork": ("hypernetwork", {}, False, lambda x, w: x @ w),
    "fast-weights": ("fast-weights", {}, False, fast_weights),
}
TOKENS_FIRST = ("softmax", "softmax, causal")  # rows whose hand-written form takes tokens before heads
GROWING = [(name, causal) for name in ("linear", "fast-weights") for causal in (False, True)]


def arrays(name: str, options: dict[str, Any], n: int, heads: int) -> list[Array]:
    """Return standard normal arrays of a mechanism's inputs and learned weights; small frequencies, so that some lock."""
    random, sizes, m = np.random.default_rng(0), {"n": n, "d": WIDTH, "dv": WIDTH}, mechanism(name, **options)
    scale = {"omega": 0.05, "theta": 0.5} | {t.name: 1 / np.sqrt(WIDTH) for t in m.weights}
    tensors = (*m.inputs, *m.weights)
    return [jnp.asarray(scale.get(t.name, 1) * random.normal(size=(heads, *t.sizes(sizes))), "float32") for t in tensors]


def seconds(run: Callable[[], Array], *, least: float = 0.02) -> float:
    """Return the seconds of a call, over a block of calls that lasts a while."""
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < least:
        run().block_until_ready()
        calls += 1
    return (time.perf_counter() - start) / calls


def compare(row: str, blocks: int) -> tuple[float, float, float]:
    """Return seconds of ours and by hand, and the median ratio of blocks that take turns; raise where values differ."""
    name, options, causal, hand = ROWS[row]
    m = mechanism(name, **options)
    given = arrays(name, options, TOKENS, HEADS)
    turned = [jnp.moveaxis(a, 0, 1)[None] for a in given] if row in TOKENS_FIRST else given

    def apply(*held: Array) -> Array:
        learned = {t.name: a for t, a in zip(m.weights, held[len(m.inputs) :], strict=True)}
        return m.apply(*held[: len(m.inputs)], causal=causal, **learned)

    ours = partial(jax.jit(apply), *given)
    theirs = partial(jax.jit(hand), *turned)
    a, b = ours(), theirs()
    b = jnp.moveaxis(b[0], 0, 1) if turned is not given else b
    if (gap := float(jnp.abs(a - b.reshape(a.shape)).max())) > CLOSE * float(jnp.abs(b).max()):
        raise ArithmeticError(f"{row}: ours and JAX by hand differ by {gap:.2g}")
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(blocks)]
    return median(p[0] for p in pairs), median(p[1] for p in pairs), median(p[1] / p[0] for p in pairs)


def growth(run: Callable[..., Array], name: str, heads: int, blocks: int) -> list[float]:
    """Return the seconds of the fastest call at each length; lengths take turns, so that a busy moment hits them all."""
    calls = [partial(run, *arrays(name, {}, n, heads)) for n in LENGTHS]
    times = [float("inf")] * len(calls)
    for _ in range(blocks + 1):
        for k, call in enumerate(calls):
            for _ in range(4):
                start = time.perf_counter()
                call().block_until_ready()
                times[k] = min(times[k], time.perf_counter() - start)
    return times


def slope(times: Sequence[float]) -> float:
    """Return the slope of the logarithm of times in that of the length."""
    return float(np.polyfit(np.log(LENGTHS), np.log(times), 1)[0])


def report(passed: bool, told: str) -> None:
    print(f"{'pass' if passed else 'FAIL'}  {told}", flush=True)


def wanted(name: str, words: Sequence[str]) -> bool:
    return not words or any(word in name for word in words)


def speeds(words: Sequence[str], blocks: int) -> None:
    for row in ROWS:
        if wanted(row, words):
            own, hand, ratio = compare(row, blocks)
            told = f"{row}: {1e3 * own:.2f} ms, by hand {1e3 * hand:.2f} ms: {ratio:.2f} times its speed, wanted >= {SPEED}"
            report(ratio >= SPEED, told)


def growths(words: Sequence[str], blocks: int) -> None:
    """Report slopes, for several heads of the time beyond that of a copy: memory for outputs of 32 MB comes fresh at each call."""
    for heads in (1, HEADS):
        rows = {
            f"{name}{', causal' * causal}, growth with {heads} head{'s' * (heads > 1)}": (name, causal) for name, causal in GROWING
        }
        rows = {row: held for row, held in rows.items() if wanted(row, words)}
        copied = growth(jax.jit(lambda a: a + 1), "linearised", heads, blocks) if rows and heads > 1 else [0.0] * len(LENGTHS)
        for row, (name, causal) in rows.items():
            times = growth(jax.jit(partial(mechanism(name).apply, causal=causal)), name, heads, blocks)
            own = slope([max(t - c, t / 10) for t, c in zip(times, copied, strict=True)])
            told = (
                f"{', '.join(f'{1e3 * t:.2f}' for t in times)} ms at n = {', '.join(map(str, LENGTHS))}: slope {slope(times):.3f}"
            )
            if heads > 1:
                told += f", beyond copies of the outputs ({', '.join(f'{1e3 * c:.2f}' for c in copied)} ms) {own:.3f}"
            report(own <= SLOPE, f"{row}: {told}, wanted <= {SLOPE}")


def censuses(words: Sequence[str]) -> None:
    for name in CENSUSES:
        if wanted(f"census {name}", words):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "workbench", "census", name, "--json"], check=True, stdout=subprocess.DEVNULL)
            spent = time.perf_counter() - start
            report(spent <= SECONDS, f"census {name}: {spent:.1f} s, wanted <= {SECONDS:g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="run what has one of these words in its name")
    parser.add_argument("--blocks", type=int, default=9, help="blocks of calls, ours and by hand in turn")
    given = parser.parse_args()
    censuses(given.only)
    speeds(given.only, given.blocks)
    growths(given.only, given.blocks)


if __name__ == "__main__":
    main()
