"""`census`: how many products of each kind an attention mechanism forms."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

import typer

from workbench.commands.options import Json, Quiet, print_json
from workbench.errors import BadInput

WORDS: dict[str, Any] = {"true": True, "false": False, "none": None}


def census(
    mechanism: Annotated[
        str | None,
        typer.Argument(metavar="MECHANISM", help="Such as softmax, linear, krause or top-n [default: the table of all]."),
    ] = None,
    tokens: Annotated[int, typer.Option("--tokens", metavar="N", help="Number of tokens.")] = 1024,
    head_dim: Annotated[int, typer.Option("--head-dim", metavar="D", help="Width of queries and keys.")] = 64,
    value_dim: Annotated[int | None, typer.Option("--value-dim", metavar="DV", help="Width of values [default: D].")] = None,
    chosen: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An option of the mechanism, such as order=kronecker.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Count the products of a mechanism by kind, for one head, on its network.

    \b
    workbench census softmax --tokens 5 --head-dim 3 --value-dim 4
    workbench census hadamard --set factors=3 --set order=kronecker
    """
    if mechanism is None:
        if chosen:
            raise BadInput(f"--set {chosen[0][:40]} without a mechanism: name one, such as workbench census krause")
        return _table(json=json, quiet=quiet)
    from workbench.mechanisms import mechanism as named
    from workbench.mechanisms.census import Census

    sizes = tokens, head_dim, head_dim if value_dim is None else value_dim
    if low := [s for s in sizes if s < 1]:
        raise BadInput(f"size {low[0]} < 1: give --tokens, --head-dim and --value-dim from 1 on")
    found = Census.of(named(mechanism, **dict(map(_option, chosen or ())))).as_json(*sizes)
    if json:
        print_json(found)
    elif not quiet:
        _show(found)
    return 0


def _table(*, json: bool, quiet: bool) -> int:
    from workbench import terminal
    from workbench.mechanisms.table import markdown, table

    with terminal.progress(quiet=quiet, first="counting", parts="mechanisms counted") as progress:
        rows = table(progress=progress)
    if json:
        print_json(rows)
    elif not quiet:
        print(markdown(rows), end="")
    return 0


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals and value):
        raise BadInput(f"option {text[:40]!r} is not NAME=VALUE, such as order=kronecker")
    top, slash, bottom = value.partition("/")
    if _whole(top) and (not slash or (_whole(bottom) and int(bottom) > 0)):
        return name, Fraction(int(top), int(bottom)) if slash else int(top)
    return name, WORDS.get(value, value)


def _whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii() and len(text) <= 40


def _show(found: dict[str, Any]) -> None:
    sizes = ", ".join(f"{letter} = {size}" for letter, size in found["sizes"].items())
    flags = f" ({', '.join(found['flags'])})" if found["flags"] else ""
    print(f"{found['mechanism']}{flags}; {sizes}")
    for kind, polynomial in found["symbolic"].items():
        print(f"  {kind.replace('_', ' '):21}{polynomial:24} {found['numbers'][kind]:,}")
