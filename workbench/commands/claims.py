"""`verify`, `new` and `cite`: what is done with claims."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from workbench.commands.options import Json, Proofs, Quiet, print_json, say
from workbench.errors import BadInput

WORKBENCH = "workbench2026"  # the key of the workbench itself in references.bib


def verify(
    claims: Annotated[list[str] | None, typer.Argument(metavar="CLAIM", help="Claims by name [default: all].")] = None,
    full: Annotated[bool, typer.Option("--full", help="Run every instance.")] = False,
    json: Json = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="DIR", help="Write an HTML page there.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Answer nothing from the cache.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Write the ledger and proofs/counterexamples/.")] = False,
    proofs: Proofs = None,
    quiet: Quiet = False,
) -> int:
    """Judge claims, and compare the verdicts with the ledger.

    Status 1 if a verdict or its reach is not the ledger's, evidence disagrees, or a control was accepted.

    \b
    workbench verify
    workbench verify xor_not_threshold --json
    """
    from workbench import cache, ledger, ledgerfile, terminal

    if update and (claims or full):
        raise BadInput("--update writes the ledger from all claims at their default reach: leave out CLAIM and --full")
    folder = proofs or ledger.find_proofs()
    if not update:
        ledgerfile.differences([], proofs=folder, whole=False)  # a damaged ledger is refused before the work, not after it
    cache.keep_compiled(folder)
    start = perf_counter()
    with redirect_stdout(sys.stderr), terminal.progress(quiet=quiet) as progress:  # what a claim prints is no part of the answer
        results = ledger.verify(claims, proofs=folder, full=full, fresh=fresh, progress=progress, warn=say)
    if json:
        print_json([r.as_json() for r in results])
    elif not quiet:
        terminal.show(results, perf_counter() - start)
    if report:
        from workbench.report import write

        with terminal.progress(quiet=quiet, first="drawing the figures"):
            page = write(results, report, root=folder.resolve().parent)
        say(f"report: {page}")
    changed = _differences(results, folder, whole=not claims, full=full, anew=update)
    errors = [f"error: {r.error}" for r in results if r.error]
    for line in (*errors, *changed):
        say(line)
    if update:
        with redirect_stdout(sys.stderr), terminal.progress(quiet=quiet, parts="counterexamples written") as progress:
            ledgerfile.update(results, proofs=folder, progress=progress, warn=say)
        say(f"ledger: {len(changed)} changed, written to {folder / 'LEDGER.md'}")
    elif changed and not errors:
        say("workbench verify --update enters these verdicts in the ledger")
    elif not (changed or errors or quiet or json):
        say("all verdicts are as in the ledger" if len(results) != 1 else "the verdict is as in the ledger")
    return 1 if errors or (changed and not update) else 0


def _differences(results: Sequence[Any], folder: Path, *, whole: bool, full: bool, anew: bool) -> list[str]:
    """Return what the ledger says otherwise; a damaged ledger that is to be written anew is one difference."""
    from workbench import ledgerfile

    try:
        return ledgerfile.differences(results, proofs=folder, whole=whole, full=full)
    except BadInput as error:
        if not anew:
            raise
        return [str(error)]


def new(
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="Its conclusion, in lower-case words joined by underscores.")],
    topic: Annotated[str, typer.Option("--topic", help="The folder under proofs/.")] = "drafts",
    json: Json = False,
    proofs: Proofs = None,
    quiet: Quiet = False,
) -> int:
    """Begin a claim from a template that is judged as it stands.

    \b
    workbench new majority_is_threshold --topic identities
    workbench verify majority_is_threshold
    """
    from importlib.resources import files

    from workbench import ledger
    from workbench.claim import NAME
    from workbench.files import write_whole

    for what, name in (("claim", claim), ("topic", topic)):
        if not NAME.fullmatch(name) or len(name) > 100:
            raise BadInput(f"{what} name {name[:120]!r} is not lower-case words joined by underscores, at most 100 characters")
    folder = proofs or ledger.find_proofs()
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder: give --proofs DIR")
    if there := sorted(folder.rglob(f"{claim}.py")):
        raise BadInput(f"{there[0]} exists already: edit it, or choose another name")
    says = " ".join(ledger.catalogue(folder).get(claim, "nothing yet").split())
    text = (files("workbench") / "data" / "new_claim.txt").read_text(encoding="utf-8")
    file = folder / topic / f"{claim}.py"
    write_whole(file, text.replace("CLAIM_NAME", claim).replace("TOPIC", topic).replace("CLAIM_SAYS", says))
    if json:
        print_json({"name": claim, "file": str(file), "next": f"workbench verify {claim}"})
    elif not quiet:
        print(f"{file}\nedit it, then run: workbench verify {claim}")
    return 0


def cite(
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="A claim by name.")],
    json: Json = False,
    proofs: Proofs = None,
) -> int:
    """Print the BibTeX entries of a claim's sources.

    \b
    workbench cite threshold_count_recursion
    """
    from workbench import ledger

    folder = proofs or ledger.find_proofs()
    with redirect_stdout(sys.stderr):
        entry = ledger.find(claim, ledger.load(folder), folder)
    known = ledger.bibliography(folder.resolve().parent / "references.bib")
    sources = entry.claim.sources
    if missing := [key for key in (*(s.key for s in sources), WORKBENCH) if key not in known]:
        raise BadInput(f"references.bib has no entry {missing[0]}: add it")
    if json:
        cited = [{"key": s.key, "place": s.place, "read": s.read, "bibtex": known[s.key]} for s in sources]
        print_json({"name": claim, "sources": cited, "workbench": known[WORKBENCH]})
    else:
        notes = [f"% {s}" for s in sources] or [f"% {claim} names no source of its own"]
        print("\n\n".join(["\n".join(notes), *(known[key] for key in dict.fromkeys((*(s.key for s in sources), WORKBENCH)))]))
    return 0
