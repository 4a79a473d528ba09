"""Times and targets of counting, estimating and recognising; prints one line for each, `pass` or `FAIL`.

python benchmarks/capacity.py --only threshold families        # the quick parts, about two minutes
python benchmarks/capacity.py                                   # all, about half an hour
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import capacity_recognition

import workbench as wb
from workbench import families
from workbench.capacity import records
from workbench.capacity.counting import count
from workbench.certificate import read, write
from workbench.errors import BadInput, Rejected

PUBLISHED = {
    8: (1800.0, "slim, 8 cores"),
    9: (19535.0, "the record of A109455's listing, 12 threads"),
}  # seconds, on other machines
WARM = {7: 0.2, 8: 1.0, 9: 60.0}  # seconds allowed
COLD = 90.0
FOUR, FIVE, DEGREE, SHARED = 10.0, 180.0, 600.0, 180.0
HALF_WIDTH, ESTIMATE = 0.05, 180.0
MUTATIONS = 1000

Line = tuple[bool, str]


def timed(call: Callable[[], object]) -> tuple[float, object]:
    """Return the seconds of a call, and its value."""
    start = time.perf_counter()
    value = call()
    return time.perf_counter() - start, value


def threshold() -> Iterator[Line]:
    """Threshold functions of 7, 8 and 9 inputs: warm, and 9 from a cold start with compilation."""
    count(families.threshold(7))
    for n, limit in WARM.items():
        seconds, found = timed(lambda n=n: count(families.threshold(n), workers=2))
        told = f"threshold n = {n}: {found.count:,} in {seconds:.2f} s, wanted <= {limit:g}"
        if n in PUBLISHED:
            others, who = PUBLISHED[n]
            told += f"; {who}: {others / seconds:,.0f} times as long, by its author's figure"
        yield seconds <= limit, told
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "workbench", "count", "threshold", "--n", "9", "--json", "--workers", "2"]
        run = lambda: subprocess.run(command, env=os.environ | {"NUMBA_CACHE_DIR": folder}, capture_output=True, check=True)  # noqa: E731
        seconds, done = timed(run)
    found = json.loads(done.stdout)["count"]
    yield seconds <= COLD, f"threshold n = 9, cold, a process of its own: {found:,} in {seconds:.1f} s, wanted <= {COLD:g}"


def of_size(n: int) -> Iterator[families.Family]:
    return (family for family in records.tabulated(n) if family.n == n and (family.name, family.degree) != ("threshold", 1))


def four() -> Iterator[Line]:
    """Every family of four inputs in every convention."""
    for family in of_size(4):
        seconds, found = timed(lambda family=family: count(family))
        limit = SHARED if family.name == "shared-gate" else FOUR
        yield seconds <= limit, f"{records.command(family)}: {found.count:,} in {seconds:.2f} s, wanted <= {limit:g}"


def five() -> Iterator[Line]:
    """Blocks and degrees of five inputs."""
    for family in of_size(5):
        try:
            seconds, found = timed(lambda family=family: count(family))
        except BadInput as refusal:
            yield True, f"{records.command(family)}: {refusal}"
            continue
        limit = DEGREE if family.name == "threshold" else FIVE
        yield seconds <= limit, f"{records.command(family)}: {found.count:,} in {seconds:.1f} s, wanted <= {limit:g}"


def estimates() -> Iterator[Line]:
    """Estimates of 10 and 20 inputs: the rigorous interval, and the time."""
    for n in (10, 20):
        seconds, e = timed(lambda n=n: wb.estimate(families.threshold(n), seed=7))
        half = (e.high - e.low) / 2
        told = f"estimate n = {n}: {e.log2:.4f} +- {half:.4f} in {seconds:.0f} s, wanted +- {HALF_WIDTH} in <= {ESTIMATE:g}"
        yield half <= HALF_WIDTH and seconds <= ESTIMATE, told


def mutations() -> Iterator[Line]:
    """Certificates with one number changed: accepted only where other weights compute the same function."""
    rng, accepted, wrong = random.Random(1), 0, 0
    certificates = [count(family, certified=True).certificate for family in (families.multiplexing(3), families.threshold(5))]
    certificates += [count(families.output_gating(3, outputs=o), certified=True).certificate for o in ("01", "pm1")]
    for k in range(MUTATIONS):
        body, path = changed(json.loads(write(certificates[k % len(certificates)])), rng)
        try:
            read(json.dumps(body)).check()
        except (BadInput, Rejected):
            continue
        accepted += 1
        wrong += "weights" not in path
    told = f"{MUTATIONS:,} mutated certificates: {accepted} accepted, all with other weights of the same functions, {wrong} wrongly"
    yield wrong == 0, told


def changed(body: dict[str, object], rng: random.Random) -> tuple[dict[str, object], list[object]]:
    """Return a JSON document with one integer or table changed, and where."""
    places: list[list[object]] = []
    stack: list[tuple[object, list[object]]] = [(body, [])]
    while stack:
        node, path = stack.pop()
        if isinstance(node, dict | list):
            stack += [(inner, [*path, key]) for key, inner in (node.items() if isinstance(node, dict) else enumerate(node))]
        elif isinstance(node, int) or str(node).startswith("0x"):
            places.append(path)
    path = rng.choice(places)
    holder = body
    for key in path[:-1]:
        holder = holder[key]  # type: ignore[index]
    old = holder[path[-1]]  # type: ignore[index]
    holder[path[-1]] = old + rng.choice((-2, -1, 1, 2)) if isinstance(old, int) else hex(int(old, 16) ^ 1 << rng.randrange(8))  # type: ignore[index]
    return body, path


PARTS: dict[str, Callable[[], Iterator[Line]]] = {
    "threshold": threshold,
    "families": four,
    "five": five,
    "estimates": estimates,
    "mutations": mutations,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=[*PARTS, "recognition"], default=[*PARTS, "recognition"])
    given = parser.parse_args()
    for part in given.only:
        if part == "recognition":
            for row in capacity_recognition.recognition():
                print(row.line(), flush=True)
            continue
        for passed, told in PARTS[part]():
            print(f"{'pass' if passed else 'FAIL'}  {told}", flush=True)


if __name__ == "__main__":
    main()
