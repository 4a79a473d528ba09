"""`flow`: run a named model and hold it against what is known of it, or list the models."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.commands.options import Json, Quiet, print_json
from workbench.errors import BadInput

if TYPE_CHECKING:
    from workbench.dynamics.instances import Model, Report

LONGEST = 60  # characters of a number
HEADINGS = ("model", "what moves", "variables", "settings", "until t")


def flow(
    model: Annotated[
        str | None,
        typer.Argument(metavar="MODEL", help="Such as uv, deep-linear or two-token-softmax [default: a table of all]."),
    ] = None,
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
    if model is None:
        if chosen or t1 is not None or time is not None:
            raise BadInput("--set, --t1 or --time without a model: name one, such as workbench flow uv")
        return _table(json=json, quiet=quiet)
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
        _show(named, found)
    return 0 if found.holds else 1


def _show(model: Model, found: Report) -> None:
    run = found.trajectory
    made = run.integrator
    clock = {"t": "t", "log": "ln(1+t)", "arclength": "arclength"}[made.time]
    print(f"{model.name}, {model.summary}, to t = {run.ts[-1]:.6g}")
    print(f"{made.solver}, {made.steps} steps in {clock}, {made.reason}")
    print("  ".join(f"{name} = {value:.9g}" for name, value in run.final.items()))
    for name, drift in found.conserved.items():
        print(f"conserved {name}: drift {drift:.1e}")
    for name, check in found.checks.items():
        word = {True: "holds", False: "FAILS", None: "not graded: an implicit method"}[check["holds"]]
        print(f"check {name}: {_value(check)}, {word}")


def _value(check: Mapping[str, Any]) -> str:
    if check["limit"] == "exact":
        return f"{check['value']} residuals vanish identically" if check["holds"] else str(check["value"])
    method = f" from {check['method']}" if "method" in check else ""
    return f"{check['value']:.1e}{method}, limit {check['limit']:.0e}"


def _table(*, json: bool, quiet: bool) -> int:
    from workbench.dynamics.models import MODELS

    rows = [
        {
            "model": m.name,
            "summary": m.summary,
            "variables": len(m.instance().flow.variables),
            "settings": {name: str(value) for name, value in m.settings.items()},
            "t1": m.t1,
            "time": m.time,
        }
        for m in MODELS.values()
    ]
    if json:
        print_json(rows)
    elif not quiet:
        print("| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS), *map(_row, rows), sep="\n")
    return 0


def _row(row: dict[str, Any]) -> str:
    settings = ", ".join(f"{name} = {value}" for name, value in row["settings"].items())
    until = f"{row['t1']:g}" + (", in ln(1+t)" if row["time"] == "log" else "")
    return f"| {row['model']} | {row['summary']} | {row['variables']} | {settings} | {until} |"


def _setting(text: str) -> tuple[str, Fraction]:
    name, equals, value = text.partition("=")
    try:
        if not equals or len(value) > LONGEST:
            raise ValueError
        return name, Fraction(value)
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"--set {text[:LONGEST]}: write NAME=VALUE with a decimal number or a fraction, such as s=1/2") from None
