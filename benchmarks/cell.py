"""One measurement, of one contestant on one subject at one batch, in a process of its own; prints one line of JSON.

python benchmarks/cell.py polynomial-8-2-dense "lambdify jax" 1024
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from contestants import OURS, Contestant, Function, contestants
from subjects import Subject, subject

STACK = 1 << 29  # bytes: deep expressions recurse in C as well, where a small stack would crash
DEEP = 10**6  # the recursion limit of a second try
BLOCK_SECONDS = 0.01
BLOCKS = range(5, 41)  # fewest for calls of seconds, most for short ones
COMPILED = "/jax/core/compile/backend_compile_duration"
TOLERANCE = 1e-9  # of the largest value; integer subjects have to agree exactly

Call = Callable[[], Any]


def measured(item: Subject, contestant: Contestant, *, batch: int, seconds: float) -> dict[str, Any]:
    """Return the seconds of each phase, the memory, and the steady run against ours, in blocks of calls that alternate."""
    importlib.import_module(contestant.package)
    jax.block_until_ready(jax.jit(jnp.sin)(jnp.ones(3)))  # starts the backend
    compiled: list[float] = []
    jax.monitoring.register_event_duration_secs_listener(lambda event, s, **_: compiled.append(s) if event == COMPILED else None)
    ours = OURS[item.kind]
    given, own_given = _given(item, contestant, batch), _given(item, ours, batch)
    gc.collect()
    memory = Memory()
    start = time.perf_counter()
    call = _call(contestant.build(item), given)
    built = time.perf_counter()
    compiled.clear()  # what `build` compiles is part of it
    value = call()
    end = time.perf_counter()
    gc.collect()
    gc.freeze()  # no pauses while the calls are timed
    record = {"build": built - start, "compile": sum(compiled), "first": end - start, "memory": memory.peak()}
    if contestant.name == ours.name:
        (times,) = alternating([call], seconds)
    else:
        own = _call(ours.build(item), own_given)
        _agree(value, own(), exact=item.kind in ("polynomial", "cube"))
        times, own_times = alternating([call, own], seconds)
        ratios = [a / b for a, b in zip(times, own_times, strict=True)]
        record["ratio"] = statistics.median(ratios)
        record["ratio_quartiles"] = statistics.quantiles(ratios, n=4)[::2]
    record["steady"] = statistics.median(times)
    record["trace"] = max(0.0, end - built - record["compile"] - record["steady"])
    return record


def _given(item: Subject, contestant: Contestant, batch: int) -> Any:
    """Return the points in the arrays that the contestant takes, None for a cube."""
    points = item.points(batch)
    return jax.block_until_ready(jnp.asarray(points)) if contestant.takes == "jax" and points is not None else points


def _call(function: Function, given: Any) -> Call:
    """Return the call that waits for its value at these points."""

    def call() -> Any:
        value = function(given)
        return value.block_until_ready() if isinstance(value, jax.Array) else value

    return call


def _agree(value: Any, own: Any, *, exact: bool) -> None:
    got, expected = np.asarray(value), np.asarray(own)
    if got.shape != expected.shape:
        raise ArithmeticError(f"values of shape {got.shape} where ours have {expected.shape}")
    error = np.abs(got - expected).max()
    bound = 0 if exact else TOLERANCE * np.abs(expected).max()
    if not error <= bound:  # a NaN fails too
        raise ArithmeticError(f"values differ from ours by {error:.3g} > {bound:.3g}")


def alternating(calls: list[Call], seconds: float) -> list[list[float]]:
    """Return, for each call, its seconds in each of several blocks; the calls take turns, so that load falls on all alike."""
    loops = [_loops(call) for call in calls]
    turn = sum(_block(call, count) * count for call, count in zip(calls, loops, strict=True))
    blocks = min(max(int(seconds / turn), BLOCKS[0]), BLOCKS[-1])
    times: list[list[float]] = [[] for _ in calls]
    order = list(range(len(calls)))
    for _ in range(blocks):
        for k in order:
            times[k].append(_block(calls[k], loops[k]))
        order.reverse()
    return times


def _loops(call: Call) -> int:
    """Return how many calls fill a block, at least one."""
    return max(1, int(BLOCK_SECONDS / min(_block(call, 1) for _ in range(3))))


def _block(call: Call, loops: int) -> float:
    start = time.perf_counter()
    for _ in range(loops):
        call()
    return (time.perf_counter() - start) / loops


class Memory:
    """The peak of resident memory over what it was when this began, in bytes."""

    def __init__(self) -> None:
        self.status = Path("/proc/self/status")
        if self.status.exists():  # Linux: the peak so far is forgotten; elsewhere it may hide a smaller one that follows
            Path("/proc/self/clear_refs").write_text("5")
        self.before = self._peak()

    def _peak(self) -> int:
        if self.status.exists():
            lines = self.status.read_text().splitlines()
            return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def peak(self) -> int:
        """Return the bytes at the peak beyond those at the beginning."""
        return max(0, self._peak() - self.before)


def cell(name: str, contestant: str, *, batch: int, seconds: float) -> dict[str, Any]:
    """Return one measurement, or the error; a RecursionError is noted and followed by a second try under a raised limit."""
    item = subject(name)
    (chosen,) = (c for c in contestants(name) if c.name == contestant)
    about: dict[str, Any] = {"size": item.size}
    try:
        with jax.enable_x64(True):
            try:
                return about | measured(item, chosen, batch=batch, seconds=seconds)
            except RecursionError as error:
                about["note"] = f"{_short(error)} at the default limit {sys.getrecursionlimit():,}; raised for the figures"
            sys.setrecursionlimit(DEEP)
            return about | measured(item, chosen, batch=batch, seconds=seconds)
    except Exception as error:
        return about | {"error": _short(error)}


def _short(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0][:120]}" if lines else type(error).__name__


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("subject")
    parser.add_argument("contestant")
    parser.add_argument("batch", type=int)
    parser.add_argument("--seconds", type=float, default=5.0, help="to spend on steady runs")
    given = parser.parse_args()
    answers: list[dict[str, Any]] = []

    def run() -> None:
        answers.append(cell(given.subject, given.contestant, batch=given.batch, seconds=given.seconds))

    threading.stack_size(STACK)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    print(json.dumps(answers[0]))


if __name__ == "__main__":
    main()
