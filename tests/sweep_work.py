"""A small sweep for the tests: cells, and a program that computes them into a store."""

import sys
from pathlib import Path

from workbench.circuits.training import Training
from workbench.circuits.training_shapes import Shape
from workbench.circuits.training_success import Cell
from workbench.circuits.training_sweep import sweep

SHAPES = (Shape.gated(2, 1), Shape.standard(2, 2, 2), Shape.standard(2, 1))
CELLS = [Cell(name, shape, Training(steps=60)) for name in ("parity", "equality", "inner_product") for shape in SHAPES]


def swept(**options):
    return sweep(CELLS, seed=1, networks=20, **options)


if __name__ == "__main__":
    swept(store=Path(sys.argv[1]))
