"""Work for the tests of shards: pure functions that other processes import, and a program that computes them into a store."""

import sys
import time
from pathlib import Path

from workbench.shards import computed

TASKS = {f"cube {n}": [n] for n in range(40)}
CUBES = {f"cube {n}": n**3 for n in range(40)}


def cube(n):
    return n**3


def slow_cube(n):
    time.sleep(0.01)
    return n**3


def very_slow_cube(n):
    time.sleep(0.2)
    return n**3


def main(folder, name, workers):
    """Compute cubes or a count into a store."""
    if name == "cubes":
        computed("cubes", TASKS, slow_cube, store=Path(folder), workers=int(workers))
    else:
        from workbench.capacity.chambers import threshold_counts

        threshold_counts(int(name), store=Path(folder), workers=int(workers))


if __name__ == "__main__":
    main(*sys.argv[1:])
