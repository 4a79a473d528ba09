"""`train` and `train-sweep`: which networks training finds, counted only when their exact tables are right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.commands.options import Json, Quiet, StoreIn, print_json


def train(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Such as parity, inner_product, equality, quadratic:7.")],
    n: Annotated[int, typer.Option("--n", help="The number of inputs.")],
    depth: Annotated[int, typer.Option("--depth", help="Layers of units; a product adds none.")] = 2,
    width: Annotated[int, typer.Option("--width", help="Units of a hidden layer, gates not counted.")] = 4,
    factors: Annotated[int, typer.Option("--factors", help="Threshold units in each product; 1 is the standard model.")] = 1,
    outputs: Annotated[str, typer.Option("--outputs", help="01 or pm1: the values of units.")] = "pm1",
    skip: Annotated[bool, typer.Option("--skip", help="Let every layer read the inputs.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="The result depends on it alone.")] = 0,
    networks: Annotated[int, typer.Option("--networks", help="How many are tried.")] = 1000,
    steps: Annotated[int, typer.Option("--steps", help="Of the optimiser.")] = 1000,
    rate: Annotated[float, typer.Option("--rate", help="The learning rate.")] = 0.03,
    optimiser: Annotated[str, typer.Option("--optimiser", help="adam, adamw, rmsprop or sgd.")] = "adam",
    samples: Annotated[int | None, typer.Option("--samples", help="Points that a network sees [default: all].")] = None,
    dtype: Annotated[str, typer.Option("--dtype", help="float32 or float64.")] = "float32",
    json: Json = False,
) -> int:
    """Train networks of one shape, round them to integers, and count those whose exact table is the target.

    \b
    workbench train parity --n 4 --depth 1 --factors 4
    """
    from workbench.circuits.training import Training
    from workbench.circuits.training_shapes import Shape
    from workbench.circuits.training_success import Cell
    from workbench.circuits.training_sweep import sweep

    shape = Shape.gated(n, depth, width, factors=factors, outputs=outputs, skip=skip)
    training = Training(steps=steps, rate=rate, optimiser=optimiser, samples=samples, dtype=dtype)
    found = sweep([Cell(target, shape, training)], seed=seed, networks=networks)
    row = found.rows[0]
    if json:
        print_json(row.as_json() | {"seed": seed, "seconds": found.run.seconds})
        return 0
    print(f"{row.cell}; {shape.units} threshold units, {shape.gatings} gatings, {shape.parameters} parameters")
    print(f"exact after rounding: {row.success}; {row.repaired:,} more after repair")
    if row.smallest:
        print(f"smallest weights, inputs -1 and 1, [unit][factor], bias last: {row.smallest}")
    return 0


def train_sweep(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The sweep as JSON.")],
    seed: Annotated[int, typer.Option("--seed", help="The result depends on it alone.")] = 5,
    networks: Annotated[int, typer.Option("--networks", help="Tried in each cell.")] = 500,
    store: StoreIn = None,
    workers: Annotated[int, typer.Option("--workers", help="How many cells are trained at once.")] = 1,
    quiet: Quiet = False,
) -> int:
    """Train networks in every cell of the sweep that the figures draw; --store goes on where it was stopped.

    Prints, as a table, the fewest units with which each target was found, beside what is known.

    \b
    workbench train-sweep --out sweep.json --store parts
    """
    from workbench import terminal
    from workbench.circuits.training_known import summary
    from workbench.circuits.training_sweep import shipped_cells, sweep
    from workbench.files import check_writable, write_whole
    from workbench.shards import Progress

    check_writable(out)
    with terminal.progress(quiet=quiet, first="training", parts="cells trained") as progress:

        def told(p: Progress) -> None:
            if progress is not None:
                progress(str(p), p.done, p.total)

        found = sweep(shipped_cells(), seed=seed, networks=networks, store=store, workers=workers, progress=told)
    write_whole(out, found.to_json())
    if not quiet:
        print("\n".join(summary(found)))
        print(f"{found.run.values['networks']:,.0f} networks in {len(found.rows)} cells, {found.run.seconds:,.0f} s: {out}")
    return 0
