"""`census`: how many products of each kind an attention mechanism forms."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any

import typer

from workbench.commands.options import Json, Quiet, print_json
from workbench.errors import BadInput

WORDS: dict[str, Any] = {"true": True, "false": False, "none": None}


def census(
    mechanism: Annotated[
        str | None,
        typer.Argument(
            metavar="MECHANISM", help="Such as softmax, krause_expanded or encoder-decoder [default: the table of all]."
        ),
    ] = None,
    tokens: Annotated[int, typer.Option("--tokens", metavar="N", help="Number of tokens.")] = 1024,
    head_dim: Annotated[int, typer.Option("--head-dim", metavar="D", help="Width of queries and keys.")] = 64,
    value_dim: Annotated[int | None, typer.Option("--value-dim", metavar="DV", help="Width of values [default: D].")] = None,
    chosen: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An option of the mechanism, such as order=kronecker.")
    ] = None,
    mask: Annotated[
        str | None, typer.Option("--mask", metavar="MASK", help="causal, line:WIDTH, window:WIDTH, or cross for another sequence.")
    ] = None,
    keys: Annotated[
        int | None, typer.Option("--keys", metavar="M", help="Number of tokens of another sequence that is read.")
    ] = None,
    heads: Annotated[int, typer.Option("--heads", metavar="H", help="Number of heads of a layer.")] = 1,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Count the products of a mechanism by kind on its network, for one head and for the heads of a layer.

    \b
    workbench census softmax --tokens 5 --head-dim 3 --value-dim 4
    workbench census hadamard --set factors=3 --set order=kronecker
    workbench census krause --mask window:3 --heads 8
    workbench census encoder-decoder --keys 512 --heads 8 --set L=6
    """
    if mechanism is None:
        if chosen:
            raise BadInput(f"--set {chosen[0][:40]} without a mechanism: name one, such as workbench census krause")
        return _table(json=json, quiet=quiet)
    from workbench.mechanisms.compositions import COMPOSITIONS

    sizes = tokens, head_dim, head_dim if value_dim is None else value_dim, *([] if keys is None else [keys])
    if low := [s for s in (*sizes, heads) if s < 1]:
        raise BadInput(f"size {low[0]} < 1: give --tokens, --head-dim, --value-dim, --keys and --heads from 1 on")
    options = _options(chosen or ())
    if mechanism in COMPOSITIONS:
        if mask is not None:
            raise BadInput(f"--mask {mask[:40]} of {mechanism}: its parts have their own; leave it out")
        found = _composition(mechanism, dict(zip(("n", "d", "dv", "m"), sizes, strict=False)) | {"h": heads}, options)
    else:
        found = _counted(mechanism, options, mask, sizes, heads, quiet=quiet)
    if json:
        print_json(found)
    elif not quiet:
        _show(found)
    return 0


def _counted(
    name: str, options: dict[str, Any], mask: str | None, sizes: tuple[int, ...], heads: int, *, quiet: bool
) -> dict[str, Any]:
    from workbench import terminal
    from workbench.mechanisms.census import Census
    from workbench.mechanisms.table import named

    of, crossed = named(name, **options), len(sizes) == 4
    if (crossed and mask not in (None, "cross")) or (mask == "cross" and not crossed):
        raise BadInput(
            f"--mask {mask} with {'' if crossed else 'no '}--keys: another sequence has --keys M, and no other mask than cross"
        )
    with terminal.progress(quiet=quiet, first="counting", parts="sizes counted") as progress:
        counted = Census.of(of, mask="cross" if crossed else mask, progress=progress)
    found = counted.as_json(*sizes)
    return found | {"heads": heads, "layer": {kind: heads * number for kind, number in found["numbers"].items()}}


def _composition(name: str, sizes: dict[str, int], given: dict[str, Any]) -> dict[str, Any]:
    from workbench.mechanisms.compositions import COMPOSITIONS

    if wrong := [letter for letter, size in given.items() if isinstance(size, bool) or not isinstance(size, int) or size < 1]:
        raise BadInput(f"{wrong[0]} = {given[wrong[0]]} in {name}: give sizes from 1 on, such as --set L=6")
    whole = COMPOSITIONS[name]
    letters = set().union(*(p.free_symbols for p in whole.census.values()))
    known = {letter: size for letter, size in sizes.items() if letter in map(str, letters)}
    return whole.as_json(**known | given)


def _table(*, json: bool, quiet: bool) -> int:
    from workbench import terminal
    from workbench.mechanisms.table import causal_markdown, composition_markdown, legend, markdown, table

    with terminal.progress(quiet=quiet, first="counting", parts="mechanisms counted") as progress:
        rows = table(progress=progress)
    if json:
        print_json(rows)
    elif not quiet:
        print(markdown(rows), causal_markdown(rows), composition_markdown(), legend(), sep="\n", end="")
    return 0


def _options(texts: Sequence[str]) -> dict[str, Any]:
    pairs = list(map(_option, texts))
    if twice := [name for k, (name, _) in enumerate(pairs) if name in dict(pairs[:k])]:
        raise BadInput(f"option {twice[0]!r} is given twice: give it once")
    return dict(pairs)


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
    from workbench.mechanisms.forms import MEANINGS

    sizes = ", ".join(f"{letter} = {size}" for letter, size in found["sizes"].items())
    flags = f" ({', '.join(found['flags'])})" if found["flags"] else ""
    mask = f", mask {found['mask']}" if found.get("mask") else ""
    print(f"{found.get('mechanism') or found['composition']}{flags}{mask}; {sizes}")
    for kind, polynomial in found["symbolic"].items():
        number = found["numbers"][kind]
        layer = f"   {found['layer'][kind]:,} of {found['heads']} heads" if found.get("heads", 1) > 1 else ""
        print(f"  {kind.replace('_', ' '):21}{polynomial:24} {number if isinstance(number, str) else f'{number:,}'}{layer}")
    for part in found.get("parts", ()):
        print(f"  {part['times']} x {part['part']}" + (f": {part['mechanism']}" if part["mechanism"] else ""))
    if "parts" in found:
        print(f"  source: {found['source']}; not read: {found['not_read']}")
    else:
        degree = "" if found["rational_degree"] is None else f", degree {' / '.join(map(str, found['rational_degree']))}"
        print(f"  products nested {found['depth']} deep{degree}")
        print(f"  source: {found['source']}")
        for word, meaning in MEANINGS.items():
            if word in found["flags"] or found["source"].endswith(word):
                print(f"  {word}: {meaning}")
