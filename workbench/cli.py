"""The command line: exit status 0 (as expected), 1 (done, and the answer is no), 2 (bad input: one line on stderr).

Everything heavy is imported inside the commands, so that help loads neither SymPy nor JAX.
"""

from __future__ import annotations

import json as json_text
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import TextIOWrapper
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from workbench import __version__
from workbench.errors import BadInput, Rejected, Unsound

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print only what is wrong; the exit status has the answer.")]
Proofs = Annotated[Path | None, typer.Option("--proofs", metavar="DIR", help="Folder of claims [default: the nearest proofs/].")]
CertificateOut = Annotated[Path | None, typer.Option("--certificate", metavar="FILE", help="Write or replace the certificate.")]
WORKBENCH = "workbench2026"  # the key of the workbench itself in references.bib
CERTIFICATE_BYTES = 128 * 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its status."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before the start, as by >&-
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a character that the terminal's encoding lacks is shown as its number
    sys.set_int_max_str_digits(0)  # exact numbers are written with all their digits
    sys.exit(status(arguments))


def status(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; every refusal is one line on stderr."""
    command = typer.main.get_command(app)
    try:
        done = command.main(args=None if arguments is None else list(arguments), prog_name="workbench", standalone_mode=False)
    except BadInput as error:
        return _refuse(str(error))
    except Unsound as error:
        return _refuse(str(error), 1)
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except UnicodeEncodeError as error:
        return _refuse(f"text that UTF-8 cannot hold ({error.object[error.start : error.end]!r}): write it without")
    except KeyboardInterrupt:
        done = 130
    except Exception as error:
        if not hasattr(error, "format_message"):  # a usage error, of typer's own class or of click's, by version
            raise
        return _refuse(f"{error.format_message()} (workbench --help shows the commands)")
    if done == 130:
        return _refuse("interrupted: what was finished is kept, the same command goes on from there", 130)
    return int(done or 0)


def _refuse(message: str, code: int = 2) -> int:
    _say(f"workbench: {message}")
    return code


def _say(message: str) -> None:
    print(" ".join(message.split()), file=sys.stderr)


def _print_json(document: Any) -> None:
    print(json_text.dumps(document, indent=1))  # in ASCII, so that it is JSON in every encoding


def _version(wanted: bool) -> None:
    if wanted:
        print(f"workbench {__version__}")
        raise typer.Exit


@app.callback()
def workbench(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """State a theorem about threshold or attention networks, run it, and learn how far it holds.

    \b
    workbench verify                      judge every claim of proofs/
    workbench recognise 0x8 --n 2         integer weights, or a witness that there are none
    """


@app.command()
def verify(
    claims: Annotated[list[str] | None, typer.Argument(metavar="CLAIM", help="Claims by name [default: all].")] = None,
    full: Annotated[bool, typer.Option("--full", help="Run every instance.")] = False,
    json: Json = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="DIR", help="Write an HTML page there.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Answer nothing from the cache.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Write proofs/LEDGER.md and proofs/ledger.json.")] = False,
    proofs: Proofs = None,
    quiet: Quiet = False,
) -> int:
    """Judge claims, and compare the verdicts with the ledger.

    Status 1 if a verdict or its reach is not the ledger's, evidence disagrees, or a control was accepted.

    \b
    workbench verify
    workbench verify xor_not_threshold --json
    """
    from workbench import ledger, ledgerfile, terminal

    if update and (claims or full):
        raise BadInput("--update writes the ledger from all claims at their default reach: leave out CLAIM and --full")
    folder = proofs or ledger.find_proofs()
    if not update:
        ledgerfile.differences([], proofs=folder, whole=False)  # a damaged ledger is refused before the work, not after it
    start = perf_counter()
    with redirect_stdout(sys.stderr), terminal.progress(quiet=quiet) as progress:  # what a claim prints is no part of the answer
        results = ledger.verify(claims, proofs=folder, full=full, fresh=fresh, progress=progress, warn=_say)
    if json:
        _print_json([r.as_json() for r in results])
    elif not quiet:
        terminal.show(results, perf_counter() - start)
    if report:
        from workbench.report import write

        with terminal.progress(quiet=quiet, first="drawing the figures"):
            page = write(results, report, root=folder.resolve().parent)
        _say(f"report: {page}")
    changed = _differences(results, folder, whole=not claims, full=full, anew=update)
    errors = [f"error: {r.error}" for r in results if r.error]
    for line in (*errors, *changed):
        _say(line)
    if update:
        ledgerfile.update(results, proofs=folder)
        _say(f"ledger: {len(changed)} changed, written to {folder / 'LEDGER.md'}")
    elif changed and not errors:
        _say("workbench verify --update enters these verdicts in the ledger")
    elif not (changed or errors or quiet or json):
        _say("all verdicts are as in the ledger" if len(results) != 1 else "the verdict is as in the ledger")
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


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="CERTIFICATE", help="A certificate, as JSON.")],
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check a certificate file; loads no JAX.

    Status 1 if it is rejected.

    \b
    workbench recognise 6 --n 2 --certificate xor.json
    workbench check xor.json
    """
    from workbench import certificate

    subject = certificate.read(_text(file))
    about = _subject(subject)
    reason = place = None
    try:
        subject.check()
    except Rejected as rejected:
        reason, place = rejected.reason, rejected.place or None
    accepted = reason is None
    if json:
        answer = {"type": subject.type, "accepted": accepted, "subject": about, "soundness": subject.soundness}
        _print_json(answer | {"reason": reason, "place": place})
    elif not (quiet and accepted):
        told = "accepted" if accepted else f"rejected: {reason}" + (f", at {place}" if place else "")
        print(f"{told}\n{subject.type} about {', '.join(f'{k} = {v}' for k, v in about.items())}")
        if accepted:
            print(f"sound by {subject.soundness}")
    return 0 if accepted else 1


def _text(file: Path) -> str:
    if not file.exists():
        raise BadInput(f"no file {file}")
    if not file.is_file():
        raise BadInput(f"{file} is not a file: give a certificate, as workbench recognise --certificate FILE writes it")
    if (size := file.stat().st_size) > CERTIFICATE_BYTES:
        raise BadInput(f"{file} has {size} bytes > {CERTIFICATE_BYTES}: a certificate is small enough to read")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not text (byte {error.start}): a certificate is JSON in UTF-8") from None


def _subject(certificate: Any) -> dict[str, Any]:
    body = certificate.body()
    return {k: body[k] for k in ("claim", "family", "n", "table", "degree", "count", "left", "right") if k in body}


@app.command()
def recognise(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Decimal or 0x-hexadecimal; bit k is f at point k.")],
    n: Annotated[int, typer.Option("--n", help="The number of inputs.")],
    degree: Annotated[int, typer.Option("--degree", help="The degree of the polynomial.")] = 1,
    json: Json = False,
    certificate: CertificateOut = None,
    quiet: Quiet = False,
) -> int:
    """Find integer weights for a table, or a witness against.

    \b
    workbench recognise 0x8 --n 2
    workbench recognise 6 --n 2 --degree 1 --json
    """
    from workbench import certificate as certificates
    from workbench.files import write_whole
    from workbench.poly import monomial, monomials
    from workbench.recognition import recognise as recognised
    from workbench.threshold import BooleanFunction
    from workbench.witness import SignRepresentation

    start = perf_counter()
    found = recognised(BooleanFunction(n, _number(table)), degree)
    seconds = perf_counter() - start
    if isinstance(found, SignRepresentation):
        shape, weights, witness = found.monomials, list(found.weights), None
    else:
        shape, weights, witness = tuple(map(monomial, monomials(n, found.degree))), None, {str(k): m for k, m in found.witness}
    if certificate:
        replaced = certificate.exists()
        write_whole(certificate, certificates.write(found))
        if not quiet:
            _say(f"certificate {'replaced' if replaced else 'written'}: {certificate}")
    answer = {"threshold": witness is None, "degree": found.degree, "monomials": [list(m) for m in shape]}
    answer |= {"weights": weights, "witness": witness}
    if json:
        _print_json(answer | {"seconds": round(seconds, 3), "certificate": str(certificate) if certificate else None})
    elif not quiet:
        print(_recognised(answer, n))
    return 0


def _number(text: str) -> int:
    digits = text.lower().removeprefix("0x")
    base = 10 if digits == text.lower() else 16
    allowed = "0123456789abcdef"[:base]
    if not digits or len(digits) > 400 or any(c not in allowed for c in digits):
        raise BadInput(f"table {text[:40]!r} is not a decimal or 0x-hexadecimal number of at most 400 digits, such as 6 or 0x6")
    return int(digits, base)


def _recognised(answer: dict[str, Any], n: int) -> str:
    if answer["threshold"]:
        terms = [f"{w:+d}" + "".join(f" x{i}" for i in m) for m, w in zip(answer["monomials"], answer["weights"], strict=True)]
        return f"a threshold function of degree at most {answer['degree']}: the sign of {'  '.join(terms)} at +-1 inputs"
    points = [f"{m} at point {k} = {tuple(int(k) >> i & 1 for i in range(n))}" for k, m in answer["witness"].items()]
    return f"no threshold function of degree at most {answer['degree']}: multiplicities {', '.join(points)} cancel every monomial"


@app.command()
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
    store: Annotated[Path | None, typer.Option("--store", metavar="DIR", help="Keeps finished parts, to go on from.")] = None,
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
    from workbench.files import write_whole

    options = {"degree": degree, "inputs": inputs, "outputs": outputs, "units": units, "gate_inputs": gate_inputs}
    about = Family(family, n, **options)  # type: ignore[arg-type]
    with terminal.progress(quiet=quiet, first="counting", parts="parts counted") as progress:
        found = counting.count(about, store=store, workers=workers, progress=progress, certified=certificate is not None)
    if certificate:
        write_whole(certificate, certificates.write(found.certificate))  # type: ignore[arg-type]
    if json:
        _print_json(found.as_json() | {"certificate": str(certificate) if certificate else None})
    elif not quiet:
        classes = f", {found.classes:,} classes" if found.classes is not None else ""
        print(f"{found.count:,} functions (2^{found.log2:.4f}){classes}: {about.name}, {about.formula}\nby {found.method}")
    return 0


@app.command()
def estimate(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="threshold or output-gating.")],
    n: Annotated[int, typer.Option("--n", help="The number of inputs.")],
    degree: Annotated[int, typer.Option("--degree", help="The degree of the gates.")] = 1,
    outputs: Annotated[str, typer.Option("--outputs", help="01 or pm1: the values of gates, where they matter.")] = "01",
    seed: Annotated[int, typer.Option("--seed", help="The result depends on it alone.")] = 0,
    samples: Annotated[int | None, typer.Option("--samples", help="Fixed before the run [default: what takes minutes].")] = None,
    confidence: Annotated[float, typer.Option("--confidence", help="Of the interval.")] = 0.95,
    json: Json = False,
    store: Annotated[Path | None, typer.Option("--store", metavar="DIR", help="Keeps finished parts, to go on from.")] = None,
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
        _print_json(answer | {"seconds": round(found.seconds, 3)} | more)
    elif not quiet:
        print(f"{found}\n{found.method}; trusting {', '.join(found.trusts)}")
    return 0


@app.command()
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
        _print_json(rows)
    elif not quiet:
        print(
            f"{len(rows)} counts in {out}: {', '.join(records.FILES)} and {sum(bool(r['certificate']) for r in rows)} certificates"
        )
    return 0


@app.command()
def figure(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A figure, such as capacity; workbench figures writes them all.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Its ending says the format: png, svg or pdf.")],
    quiet: Quiet = False,
) -> int:
    """Draw one figure.

    \b
    workbench figure capacity --out capacity.pdf
    """
    from workbench import figures as drawn

    drawn.save(name, out)
    if not quiet:
        print(out)
    return 0


@app.command()
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
    with terminal.progress(quiet=quiet, first="drawing", parts="figures drawn") as progress:
        for done, name in enumerate(drawn.FIGURES):
            if progress:
                progress(name, done, len(drawn.FIGURES))
            drawn.save(name, out / f"{name}.{kind}")
    if not quiet:
        print(f"{len(drawn.FIGURES)} figures in {out}: {', '.join(drawn.FIGURES)}")
    return 0


@app.command()
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
        _print_json({"name": claim, "file": str(file), "next": f"workbench verify {claim}"})
    elif not quiet:
        print(f"{file}\nedit it, then run: workbench verify {claim}")
    return 0


@app.command()
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
        _print_json({"name": claim, "sources": cited, "workbench": known[WORKBENCH]})
    else:
        notes = [f"% {s}" for s in sources] or [f"% {claim} names no source of its own"]
        print("\n\n".join(["\n".join(notes), *(known[key] for key in dict.fromkeys((*(s.key for s in sources), WORKBENCH)))]))
    return 0
