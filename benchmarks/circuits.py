"""Times and targets of checking circuits: every point of 16 inputs, and words of 32 bits; one line for each, `pass` or `FAIL`.

python benchmarks/circuits.py            # about two minutes
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from workbench.circuits import (
    ENTRIES,
    Entry,
    addition,
    comparison,
    dot_product,
    equality,
    exactly,
    interval,
    parity,
    quadratic,
    sorting,
)
from workbench.circuits.certified import certified
from workbench.circuits.equivalence import check

POINTS = 2.0  # seconds allowed for all points of up to 16 inputs, after compilation
CHECK = 1.0  # seconds allowed for the check of a certificate of words of 32 bits
Line = tuple[bool, str]


def largest(entry: Entry, model: str, outputs: str) -> int:
    """Return the largest size of at most 16 inputs that an exhaustive check takes."""
    if entry is parity and (model, outputs) == ("gated", "01"):
        return 12  # 2,048 units
    if entry is sorting and model in ("gated", "synaptic"):
        return 4  # bounds of linear units square with every round
    return max(size for size in range(1, 17) if entry.inputs_at(size) <= 16)


def exhaustive() -> Iterator[Line]:
    for entry in (*ENTRIES, interval(3, 9), exactly(8), dot_product(3), quadratic(2)):
        for model, outputs in entry.forms:
            size, seconds = largest(entry, model, outputs), []
            for _ in range(3):
                started = time.perf_counter()
                check(entry, size, model, outputs=outputs)
                seconds.append(time.perf_counter() - started)
            what = f"{entry.name}({size}, {model}, {outputs}), {entry.inputs_at(size)} inputs"
            best = min(seconds[1:])
            yield best <= POINTS, f"{what}: {best:.2f} s, the first time {seconds[0]:.2f} s; at most {POINTS} s"


def words() -> Iterator[Line]:
    certified(parity, 2)  # compiles
    for entry in (equality, comparison, addition):
        for model, outputs in entry.forms:
            if model == "synaptic":
                continue
            started = time.perf_counter()
            found = certified(entry, 32, model, outputs=outputs)
            between = time.perf_counter()
            found.check()
            checked = time.perf_counter() - between
            what = f"{entry.name}(32, {model}, {outputs}): {len(found.clauses)} clauses, {len(found.proof)} steps"
            yield checked <= CHECK, f"{what}, found in {between - started:.2f} s, checked in {checked:.2f} s; at most {CHECK} s"


def main() -> int:
    failed = 0
    for part in (exhaustive, words):
        for passed, line in part():
            failed += not passed
            print("pass" if passed else "FAIL", line, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
