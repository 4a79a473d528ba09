"""The targets as a table: for each a figure from stored results, and the bound that it has to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from results import OURS, Results
from subjects import BATCHES

LARGE, MOST = "polynomial-20-4-dense", BATCHES[-1]
SMALL = ("polynomial-8-2-dense", "polynomial-8-2-sparse", "elementary-50")
TO_JAX = ("lambdify jax", "lambdify jax, cse", "sympy2jax")
SYMENGINE = ("SymEngine LLVM", "SymEngine LLVM, cse")
NUMBA = ("numba, one thread", "numba, all threads")
NETWORK = "network-512"
HAND = "hand-written JAX"
SLOWER = 1 / 1.05  # a ratio to hand-written code of at least this is "within 5 %"


@dataclass(frozen=True)
class Criterion:
    """One target: a figure of the results that has to be at least, or else at most, a bound."""

    text: str
    figure: Callable[[Results], float | None]
    at_least: float | None = None
    at_most: float | None = None

    def line(self, results: Results) -> str:
        """Return `pass`, `FAIL` or `open` (no figure) with the figure and the bound."""
        value = self.figure(results)
        wanted = f">= {self.at_least:.3g}" if self.at_least is not None else f"<= {self.at_most:.3g}"
        if value is None:
            return f"open  {self.text}: not measured, wanted {wanted}"
        met = value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0.0)
        return f"{'pass' if met else 'FAIL'}  {self.text}: {value:.3g}, wanted {wanted}"


def _least(figure: str, name: str, peers: tuple[str, ...], batch: int) -> Callable[[Results], float | None]:
    return lambda results: results.least_ratio(figure, name, peers, batch)


def _growth(results: Results) -> float | None:
    small, large = (results.record(f"polynomial-{size}-dense", OURS, MOST).get("compile") for size in ("8-2", "24-4"))
    return large / small if small and large else None


def _arrays(n: int) -> Callable[[Results], float | None]:
    def figure(results: Results) -> float | None:
        memory = results.record(f"cube-{n}", OURS, 1 << n).get("memory")
        return None if memory is None else memory / (8 << n)

    return figure


LARGEST = "(20, 4) dense, 65,536 points"
CRITERIA = (
    Criterion(f"{LARGEST}: first result, best of lambdify and sympy2jax / ours", _least("first", LARGE, TO_JAX, MOST), 40),
    Criterion(f"{LARGEST}: steady run, best of lambdify and sympy2jax / ours", _least("steady", LARGE, TO_JAX, MOST), 4),
    Criterion(f"{LARGEST}: first result, SymEngine LLVM / ours", _least("first", LARGE, SYMENGINE, MOST), 1),
    Criterion(f"{LARGEST}: steady run, SymEngine LLVM / ours", _least("steady", LARGE, SYMENGINE, MOST), 1),
    Criterion("compile time, (24, 4) / (8, 2), dense, 65,536 points", _growth, at_most=2),
    *(
        Criterion(f"{name}, {batch:,} points: steady run, hand-written / ours", _least("steady", name, (HAND,), batch), SLOWER)
        for name in SMALL
        for batch in BATCHES
    ),
    *(
        Criterion(f"{name}, {batch:,} points: first result, sympy2jax / ours", _least("first", name, ("sympy2jax",), batch), 1)
        for name in SMALL
        for batch in BATCHES
    ),
    Criterion("whole cube, n = 24: steady run, best numba transform / ours", _least("steady", "cube-24", NUMBA, 1 << 24), 0.5),
    Criterion("whole cube, n = 24: peak memory in arrays of the result", _arrays(24), at_most=3),
    Criterion(f"{NETWORK}, 1,024 points: steady run, hand-written / ours", _least("steady", NETWORK, (HAND,), 1024), SLOWER),
)
