"""Rates of recognition in batches: at n = 4 against boofun's `is_ltf` in one process, and at n = 5 to 8.

    python benchmarks/capacity_recognition.py

boofun 1.3 (pip install "boofun==1.3.*") answers yes or no from a float linear program; our rate is that of answers with integer
weights or a witness for each function, all verified in integers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from workbench import Recognised, recognise

TURNS = 5  # in which the contestants are timed one after the other
SAMPLE = 60  # functions that boofun decides in a turn
FUNCTIONS = 1 << 15  # at n = 5 to 8


@dataclass(frozen=True)
class Row:
    """One figure, and the least that it should be."""

    name: str
    figure: float | None
    unit: str
    at_least: float | None = None
    note: str = ""

    def line(self) -> str:
        """Return `pass`, `FAIL` or `open` with the figure and the bound."""
        wanted = "" if self.at_least is None else f", wanted >= {self.at_least:,.0f}"
        word = "open" if self.figure is None or self.at_least is None else "pass" if self.figure >= self.at_least else "FAIL"
        shown = "not measured" if self.figure is None else f"{self.figure:,.0f} {self.unit}"
        return f"{word}  {self.name}: {shown}{wanted}{f' ({self.note})' if self.note else ''}"


def recognition() -> Iterator[Row]:
    """Yield the rows: all functions of four inputs, then threshold functions, random and monotone ones of five to eight."""
    yield from _against_boofun()
    for n in range(5, 9):
        for kind, tables in _subjects(n).items():
            seconds, found = _timed(lambda n=n, tables=tables: recognise(tables, n=n))
            found.check()
            share = f"{found.threshold.mean():.0%} threshold functions"
            yield Row(f"n = {n}, {kind}", len(tables) / seconds, "functions/s", 1e5 if n == 8 else None, share)


def _against_boofun() -> Iterator[Row]:
    tables = np.arange(1 << 16)
    found = recognise(tables, n=4)
    found.check()
    peer = _boofun(found)
    rates: list[tuple[float, float]] = []
    for turn in range(TURNS):
        ours = len(tables) / _once(lambda: recognise(tables, n=4))
        rates.append((ours, SAMPLE / _once(lambda turn=turn: peer(turn)) if peer else 0.0))
    yield Row("n = 4, all functions", median(ours for ours, _ in rates), "functions/s", note="verified weights or witness each")
    note = "median of ratios taken in turn" if peer else 'pip install "boofun==1.3.*"'
    yield Row("n = 4, over boofun's is_ltf", median(a / b for a, b in rates) if peer else None, "times", 1000, note)


def _boofun(known: Recognised) -> Callable[[int], None] | None:
    """Return what decides a sample of functions by boofun and compares the answers with ours; None if it is not installed."""
    try:
        import boofun
        from boofun.analysis.ltf_analysis import is_ltf
    except ImportError:
        return None
    places = np.random.default_rng(0).integers(0, len(known), (TURNS, SAMPLE))
    made = [[boofun.create([bool(t >> k & 1) for k in range(16)]) for t in row.tolist()] for row in places]

    def decided(turn: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answers = [is_ltf(f) for f in made[turn]]
        if answers != known.threshold[places[turn]].tolist():
            raise AssertionError("boofun and the workbench disagree")

    return decided


def _subjects(n: int) -> dict[str, np.ndarray]:
    """Return packed tables: signs of odd weighted sums, random tables, ORs of two monotone threshold functions."""
    rng = np.random.default_rng(n)
    spins = 1 - 2 * (~np.arange(1 << n)[None, :] >> np.arange(n)[:, None] & 1)
    weights = 2 * rng.integers(-30, 31, (FUNCTIONS, n + 1))
    signed = weights[:, 1:] @ spins + weights[:, :1] + 1 > 0
    rising = np.abs(weights[:, 1:]) @ spins > np.abs(weights[:, 1:]).sum(axis=1, keepdims=True) // 3
    tables = {"threshold": signed, "monotone": rising | np.roll(rising, 1, axis=0)}
    packed = {kind: np.packbits(bits, axis=1, bitorder="little") for kind, bits in tables.items()}
    return packed | {"random": rng.integers(0, 256, (FUNCTIONS, (1 << n) // 8), dtype=np.uint8)}


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the median seconds of calls after the first, which compiles, and the result."""
    result = call()
    return median(_once(call) for _ in range(TURNS)), result


def _once(call: Callable[[], Any]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


if __name__ == "__main__":
    for row in recognition():
        print(row.line(), flush=True)
