"""`circuit` and `atlas`: the smallest circuits of one function, and of all functions of a few inputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.commands.options import CertificateOut, Json, Quiet, StoreIn, print_json, say, table_number

if TYPE_CHECKING:
    from workbench.circuits.smallest import Circuit


def circuit(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Decimal or 0x-hexadecimal; bit k is f at point k.")],
    n: Annotated[int, typer.Option("--n", help="The number of inputs, at most 5.")],
    model: Annotated[str, typer.Option("--with", help="standard, skip or gated: how units may act on each other.")] = "standard",
    outputs: Annotated[str, typer.Option("--outputs", help="01 or pm1: the values of outputs, for gated.")] = "01",
    seconds: Annotated[float | None, typer.Option("--seconds", help="Stop after so long [default for n = 5: 60].")] = None,
    json: Json = False,
    certificate: CertificateOut = None,
    quiet: Quiet = False,
) -> int:
    """Find the circuit of fewest threshold units, and show that fewer do not suffice.

    \b
    workbench circuit 0x6996 --n 4 --with gated --outputs pm1
    workbench circuit 6 --n 2 --with skip --certificate xor.json
    """
    from workbench import certificate as certificates
    from workbench import terminal
    from workbench.circuits import smallest
    from workbench.files import check_writable, write_whole
    from workbench.threshold import BooleanFunction

    function = BooleanFunction(n, table_number(table))
    if certificate:
        check_writable(certificate)
    with terminal.progress(quiet=quiet, first="reading the function", parts="architectures of this size tried") as progress:
        found = smallest.circuit(function, model=model, outputs=outputs, seconds=seconds, progress=progress)
    if certificate:
        write_whole(certificate, certificates.write(found.certificate))
    if json:
        print_json(found.as_json() | {"certificate": str(certificate) if certificate else None})
    elif not quiet:
        print(_told(found))
    return 0


def _told(found: Circuit) -> str:
    bound = "no circuit has fewer" if found.optimal else f"at least {found.least_units} are needed"
    lines = [f"{found.units} threshold units, depth {found.depth}, {found.gatings} gatings; {bound}"]
    for unit in found.network.units:
        terms = "  ".join(f"{s.weight:+d} {s.source}" for s in unit.synapses)
        gates = "".join(f"  times {gate.unit}" for gate in unit.output_gates)
        lines.append(f"  {unit.name}: {unit.transfer} of {unit.bias:+d}  {terms}{gates}")
    others = [f"{s.units} units, depth {s.depth}, {s.gatings} gatings" for s in found.front[1:]]
    return "\n".join(lines + [f"or {other}" for other in others])


def atlas(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The JSON; certificates are written beside it.")],
    n: Annotated[int, typer.Option("--n", help="The number of inputs, at most 4.")] = 4,
    store: StoreIn = None,
    workers: Annotated[int, typer.Option("--workers", help="How many processes.")] = 1,
    quiet: Quiet = False,
) -> int:
    """Find the smallest circuits of all functions of a few inputs, in every model.

    \b
    workbench atlas --n 3 --out atlas-3.json
    """
    from workbench import terminal
    from workbench.circuits import atlas as atlases
    from workbench.files import check_writable

    check_writable(out)
    with terminal.progress(quiet=quiet, first="the classes of functions", parts="classes done") as progress:
        found = atlases.atlas(
            n, store=store, workers=workers, progress=progress and (lambda p: progress("smallest circuits", p.done, p.total))
        )
    beside = found.write(out)
    if not quiet:
        say(f"{len(found.classes)} classes in {out}, {len(found.texts)} certificates in {beside}")
        for model, counts in found.totals.items():
            print(f"{model}: " + ", ".join(f"{count:,} with {units}" for units, count in counts.items()))
    return 0
