"""Times and targets of token selection; prints one line for each, `pass` or `FAIL`.

python benchmarks/selection.py                 # 100 draws of 2,000 normalised steps, in W and in K and Q, against NumPy
"""

from __future__ import annotations

import argparse
import time

import jax
import numpy as np

from workbench.dynamics.nuclear import solution
from workbench.dynamics.token_rules import Factors
from workbench.dynamics.token_runs import Draws, Selection, select, targets

SETUP = "n = 6, T = 8, d = 10"
SECONDS, TIMES, COSINE = 60.0, 20.0, 0.995
ETA = 0.1
ROUNDS = 3


def ours(draws: Draws, widths: tuple[int, ...], steps: int) -> tuple[float, Selection]:
    """Return the seconds of all runs, and what they showed."""
    start = draws.starts(jax.random.key(1), *widths)
    before = time.perf_counter()
    seen = select(draws, start, rule="normalised", eta=ETA, steps=steps)
    return time.perf_counter() - before, seen


def numpy_run(x: np.ndarray, z: np.ndarray, g: np.ndarray, at: list[np.ndarray], steps: int) -> np.ndarray:
    """Return W after so many normalised steps of one draw, by the same pairwise gradient in NumPy."""
    gaps = g[:, :, None] - g[:, None, :]
    for _ in range(steps):
        w = at[0] if len(at) == 1 else at[0] @ at[1].T
        logits = np.einsum("itd,id->it", x, z @ w.T)
        logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        outer = -np.logaddexp(0, (np.exp(logs) * g).sum(axis=1))
        pairs = np.where(gaps == 0, -np.inf, logs[:, :, None] + logs[:, None, :] + outer[:, None, None])
        pull = (np.exp(pairs - pairs.max()) * gaps).sum(axis=2)
        slope = np.einsum("it,itd->id", pull, x).T @ z
        down = [slope] if len(at) == 1 else [slope @ at[1], slope.T @ at[0]]
        at = [f + ETA * d / np.linalg.norm(d) for f, d in zip(at, down, strict=True)]
    return at[0] if len(at) == 1 else at[0] @ at[1].T


def theirs(draws: Draws, start: Factors, steps: int, seeds: int) -> float:
    """Return the seconds that NumPy takes for all draws, from a few of them."""
    before = time.perf_counter()
    for k in range(seeds):
        numpy_run(draws.tokens[k], draws.queries[k], draws.scores[k], [f[k] for f in start], steps)
    return (time.perf_counter() - before) / seeds * len(draws.tokens)


def compare(draws: Draws, start: Factors, seeds: int, *, steps: int = 100) -> None:
    """Raise ArithmeticError if the first steps differ; later ones in K and Q amplify the last bit, in either program."""
    few = select(Draws(*(a[:seeds] for a in draws)), tuple(f[:seeds] for f in start), rule="normalised", eta=ETA, steps=steps)
    for k in range(seeds):
        w = numpy_run(draws.tokens[k], draws.queries[k], draws.scores[k], [f[k] for f in start], steps)
        if not np.allclose(w, few.weights[k, -1], rtol=0, atol=1e-9 * np.abs(w).max()):
            raise ArithmeticError(f"draw {k}: NumPy and the compiled run differ by {np.abs(w - few.weights[k, -1]).max():.2g}")


def report(passed: bool, told: str) -> None:
    print(f"{'pass' if passed else 'FAIL'}  {told}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=4, help="draws that NumPy runs; the rest is extrapolated")
    given = parser.parse_args()
    draws, total = Draws.gaussian(jax.random.key(0), given.draws), 0.0
    for name, widths in (("W", ()), ("K and Q", (10,))):
        first, seen = ours(draws, widths, given.steps)
        start = draws.starts(jax.random.key(1), *widths)
        compare(draws, start, given.seeds)
        rounds = [(ours(draws, widths, given.steps)[0], theirs(draws, start, given.steps, given.seeds)) for _ in range(ROUNDS)]
        steady, numpy_seconds = map(min, zip(*rounds, strict=True))  # turn and turn about: a busy machine delays both
        total += first
        size = f"{name}, {SETUP}, {given.draws} draws of {given.steps} steps"
        again = f"{steady:.2f} s again; NumPy {numpy_seconds:.1f} s, by {given.seeds} draws, each the best of {ROUNDS}"
        told = f"{first:.2f} s with compilation, {again}"
        ratios = f"{numpy_seconds / steady:.1f} times as long once compiled ({numpy_seconds / first:.1f} with compilation)"
        report(numpy_seconds / steady >= TIMES, f"{size}: {told}: {ratios}, wanted >= {TIMES:g}")
        if not widths:
            cosine = seen.correlations(targets(draws, seen.selected, solution))[:, -1].mean()
            report(cosine >= COSINE, f"{size}: mean cosine with the Frobenius solution {cosine:.4f}, wanted >= {COSINE}")
    report(total <= SECONDS, f"both with compilation: {total:.1f} s, wanted <= {SECONDS:g}")


if __name__ == "__main__":
    main()
