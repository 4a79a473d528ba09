"""`count`, `estimate`, `tabulate` and `shares`: how many functions a family has, and of how many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.commands.options import CertificateOut, Json, Quiet, StoreIn, print_json, say

if TYPE_CHECKING:
    from workbench.families import Family


def count(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="Such as threshold, output-gating or multiplexing.")],
    n: Annotated[int, typer.Option("--n", help="The number of inputs.")],
    degree: Annotated[int, typer.Option("--degree", help="The degree of the gates.")] = 1,
    inputs: Annotated[str, typer.Option("--inputs", help="01 or pm1: the values of inputs, where they matter.")] = "01",
    outputs: Annotated[str, typer.Option("--outputs", help="01 or pm1: the values of gates, where they matter.")] = "01",
    units: Annotated[int, typer.Option("--units", help="Gates of a product, a layer or a sum.")] = 2,
    gate_inputs: Annotated[int, typer.Option("--gate-inputs", help="Inputs of a gate that has its own.")] = 1,
    json: Json = False,
    certificate: CertificateOut = None,
    store: StoreIn = None,
    workers: Annotated[int, typer.Option("--workers", help="How many parts are computed at once.")] = 1,
    quiet: Quiet = False,
) -> int:
    """Count the functions of a family exactly.

    \b
    workbench count threshold --n 5
    workbench count output-gating --n 4 --outputs pm1 --certificate pm.json
    """
    from workbench import certificate as certificates
    from workbench import terminal
    from workbench.capacity import counting
    from workbench.families import Family
    from workbench.files import check_writable, write_whole

    options = {"degree": degree, "inputs": inputs, "outputs": outputs, "units": units, "gate_inputs": gate_inputs}
    about = Family(family, n, **options)  # type: ignore[arg-type]
    if certificate:
        check_writable(certificate)
    with terminal.progress(quiet=quiet, first="counting", parts="parts counted") as progress:
        found = counting.count(about, store=store, workers=workers, progress=progress, certified=certificate is not None)
    if store and not store.exists() and not quiet:
        say(f"nothing is kept in {store}: {found.method} has no parts to go on from")
    if certificate:
        write_whole(certificate, certificates.write(found.certificate))  # type: ignore[arg-type]
    if json:
        print_json(found.as_json() | {"certificate": str(certificate) if certificate else None})
    elif not quiet:
        classes = f", {found.classes:,} classes" if found.classes is not None else ""
        print(f"{found.count:,} functions (2^{found.log2:.4f}){classes}: {about.name}, {about.formula}\nby {found.method}")
    return 0


def estimate(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="threshold or output-gating.")],
    n: Annotated[int, typer.Option("--n", help="The number of inputs.")],
    degree: Annotated[int, typer.Option("--degree", help="The degree of the gates.")] = 1,
    outputs: Annotated[str, typer.Option("--outputs", help="01 or pm1: the values of gates, where they matter.")] = "01",
    seed: Annotated[int, typer.Option("--seed", help="The result depends on it alone.")] = 0,
    samples: Annotated[int | None, typer.Option("--samples", help="Fixed before the run [default: what takes minutes].")] = None,
    confidence: Annotated[float, typer.Option("--confidence", help="Of the interval.")] = 0.95,
    json: Json = False,
    store: StoreIn = None,
    workers: Annotated[int, typer.Option("--workers", help="How many parts are computed at once.")] = 2,
    quiet: Quiet = False,
) -> int:
    """Estimate log2 of the number of functions of a family, with an interval.

    \b
    workbench estimate threshold --n 8 --samples 4000
    """
    from workbench import terminal
    from workbench.capacity import estimating
    from workbench.families import Family

    about = Family(family, n, degree=degree, outputs=outputs)
    with terminal.progress(quiet=quiet, first="sampling", parts="parts sampled") as progress:
        found = estimating.estimate(
            about, seed=seed, samples=samples, confidence=confidence, store=store, workers=workers, progress=progress
        )
    if json:
        answer = {"family": family, "n": n, "degree": degree, "outputs": outputs, "log2": found.log2, "low": found.low}
        answer |= {"high": found.high, "confidence": found.confidence, "method": found.method, "seed": seed}
        more = {"standard_error": found.standard_error, "samples": found.samples, "trusts": list(found.trusts)}
        print_json(answer | {"seconds": round(found.seconds, 3)} | more)
    elif not quiet:
        print(f"{found}\n{found.method}; trusting {', '.join(found.trusts)}")
    return 0


def tabulate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of the table; rows that it holds are kept.")],
    most: Annotated[int, typer.Option("--most", help="The largest number of inputs.")] = 4,
    workers: Annotated[int, typer.Option("--workers", help="How many parts are computed at once.")] = 1,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Count all families of up to so many inputs, as CSV and JSON with certificates.

    \b
    workbench tabulate --out counts --most 3
    """
    from workbench import terminal
    from workbench.capacity import records

    with terminal.progress(quiet=quiet, first="counting", parts="families counted") as progress:
        rows = records.tabulate(out, most=most, workers=workers, progress=progress)
    if json:
        print_json(rows)
    elif not quiet:
        print(
            f"{len(rows)} counts in {out}: {', '.join(records.FILES)} and {sum(bool(r['certificate']) for r in rows)} certificates"
        )
    return 0


def shares(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the table that `tabulate` wrote.")],
    n: Annotated[int, typer.Option("--n", help="The number of inputs, at most 5.")] = 5,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write the shares as JSON.")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Tell which share of all functions of n inputs, and of their classes, each family of a table of counts computes.

    \b
    workbench shares docs/data --n 5
    """
    from json import dumps

    from workbench import terminal
    from workbench.capacity.shares import shares as shares_of
    from workbench.files import check_writable, write_whole

    if out:
        check_writable(out)
    with terminal.progress(quiet=quiet, first="the classes of functions", parts="families done") as progress:
        found = shares_of(folder, n, progress=progress)
    if out:
        write_whole(out, dumps(found.as_json(), indent=1) + "\n")
    if json:
        print_json(found.as_json())
    elif not quiet:
        for family, functions, classes in found.rows:
            told = f"{functions / found.functions:9.4%} of functions, {classes:,} classes, {classes / found.classes:.4%}"
            print(f"{told}: {family.name}, {family.formula}, {_conventions(family)}".removesuffix(", "))
    return 0


def _conventions(family: Family) -> str:
    return ", ".join(f"{option.replace('_', ' ')} {getattr(family, option)}" for option in family.kind.options)
