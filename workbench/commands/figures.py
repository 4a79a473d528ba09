"""`figure` and `figures`: what is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.commands.options import Quiet
from workbench.errors import BadInput


def figure(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Such as capacity [default: the names of all].")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Its ending says the format: png, svg or pdf [default: NAME.png].")
    ] = None,
    quiet: Quiet = False,
) -> int:
    """Draw one figure.

    \b
    workbench figure
    workbench figure capacity --out capacity.pdf
    """
    from workbench import figures as drawn

    if name is None:
        if out:
            raise BadInput(f"--out {out} without a figure: name one, or take workbench figures --out DIR for all")
        print("\n".join(drawn.FIGURES))
        return 0
    written = drawn.save(name, out or Path(f"{name}.png"), verdicts=_verdicts())
    if not quiet:
        print(written)
    return 0


def figures(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder, made if it is not there.")],
    kind: Annotated[str, typer.Option("--format", help="png, svg or pdf.")] = "svg",
    quiet: Quiet = False,
) -> int:
    """Draw every figure.

    \b
    workbench figures --out figures --format pdf
    """
    from workbench import figures as drawn
    from workbench import terminal

    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is not a folder: give --out DIR")
    out.mkdir(parents=True, exist_ok=True)
    verdicts = _verdicts()
    with terminal.progress(quiet=quiet, first="drawing", parts="figures drawn") as progress:
        for done, name in enumerate(drawn.FIGURES):
            if progress:
                progress(name, done, len(drawn.FIGURES))
            drawn.save(name, out / f"{name}.{kind}", verdicts=verdicts)
    if not quiet:
        print(f"{len(drawn.FIGURES)} figures in {out}: {', '.join(drawn.FIGURES)}")
    return 0


def _verdicts() -> dict[str, str]:
    """Return the verdict words of the ledger at hand, for figures that show them; none where there is no folder of claims."""
    from workbench import ledger, ledgerfile

    try:
        folder = ledger.find_proofs()
    except BadInput:
        return {}
    return ledgerfile.words(folder)
