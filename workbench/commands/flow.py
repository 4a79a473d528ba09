"""`flow`: run a named model, and hold it against its conserved quantities, its closed form and a second integrator."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from workbench.commands.options import Json, Quiet, print_json
from workbench.errors import BadInput

LONGEST = 60  # characters of a number


def flow(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Such as uv, deep-linear or two-token-softmax.")],
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting; may be repeated.")] = None,
    t1: Annotated[float | None, typer.Option("--t1", help="The end of the run [default: the model's].")] = None,
    time: Annotated[str | None, typer.Option("--time", help="t, log or arclength [default: the model's].")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run a gradient or token flow and check it.

    \b
    workbench flow uv --set s=2 --set u=1/2
    workbench flow two-token-softmax --t1 1e64 --time log --json
    """
    chosen = dict(map(_setting, settings or ()))
    from workbench import terminal
    from workbench.dynamics import instances, models

    named = models.model(model)
    instance = named.instance(**chosen)
    with terminal.progress(quiet=quiet, first="deriving", parts="parts done") as progress:
        end = named.t1 if t1 is None else t1
        found = instances.report(named, instance, t1=end, time=time or named.time, progress=progress)
    if json:
        print_json(found.as_json())
    elif not quiet:
        run = found.trajectory
        print(f"{named.name}, {named.summary}, to t = {run.ts[-1]:.6g} by {run.integrator.solver} ({run.integrator.steps} steps)")
        print("  ".join(f"{name} = {value:.9g}" for name, value in run.final.items()))
        for name, drift in found.conserved.items():
            print(f"conserved {name}: drift {drift:.1e}")
        for name, check in found.checks.items():
            word = {True: "holds", False: "FAILS", None: "not graded"}[check["holds"]]
            value = f"{check['value']:.1e}" if isinstance(check["value"], float) else check["value"]
            print(f"check {name}: {value} (limit {check['limit']}) {word}")
    return 0 if found.holds else 1


def _setting(text: str) -> tuple[str, Fraction]:
    name, equals, value = text.partition("=")
    try:
        if not equals or len(value) > LONGEST:
            raise ValueError
        return name, Fraction(value)
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"--set {text[:LONGEST]}: write NAME=VALUE with a decimal number or a fraction, such as s=1/2") from None
