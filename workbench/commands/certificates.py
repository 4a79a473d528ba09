"""`check` and `recognise`: certificates that are read, and certificates that are found."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from workbench.commands.options import CertificateOut, Json, Quiet, print_json, say, table_number
from workbench.errors import BadInput, Rejected

CERTIFICATE_BYTES = 128 * 1024 * 1024


def check(
    file: Annotated[Path, typer.Argument(metavar="CERTIFICATE", help="A certificate, as JSON.")],
    full: Annotated[bool, typer.Option("--full", help="Check all that is otherwise sampled, where a type samples.")] = False,
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
    from workbench.class_count import ClassCount
    from workbench.tallies import RegionCount

    subject = certificate.read(_text(file))
    about = _subject(subject)
    reason = place = reach = None
    try:
        if isinstance(subject, ClassCount):
            from workbench import terminal

            with terminal.progress(quiet=quiet, first="checking", parts="classes checked") as progress:
                subject.check(full=full, progress=progress)
            reach = subject.reach(full=full)
        else:
            subject.check()
            reach = subject.reach() if isinstance(subject, RegionCount) else None
    except Rejected as rejected:
        reason, place = rejected.reason, rejected.place or None
    if accepted := reason is None:
        about |= getattr(subject, "conclusion", {})  # an upper bound alone is accepted too: say which bounds were shown
    if json:
        answer = {"type": subject.type, "accepted": accepted, "subject": about, "soundness": subject.soundness}
        print_json(answer | {"reason": reason, "place": place} | ({"reach": reach} if reach else {}))
    elif not (quiet and accepted):
        told = "accepted" if accepted else f"rejected: {reason}" + (f", at {place}" if place else "")
        print(f"{told}\n{subject.type} about {', '.join(f'{k} = {v}' for k, v in about.items())}")
        if accepted:
            print(f"sound by {subject.soundness}" + (f"; checked: {reach}" if reach else ""))
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
    shown = ("claim", "family", "n", "table", "degree", "count", "rows", "model", "outputs", "left", "right", "specification")
    return {k: body[k] for k in shown if k in body}


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
    from workbench.files import check_writable, write_whole
    from workbench.poly import monomial, monomials
    from workbench.recognition import recognise as recognised
    from workbench.threshold import BooleanFunction
    from workbench.witness import SignRepresentation

    if certificate:
        check_writable(certificate)
    start = perf_counter()
    found = recognised(BooleanFunction(n, table_number(table)), degree)
    seconds = perf_counter() - start
    if isinstance(found, SignRepresentation):
        shape, weights, witness = found.monomials, list(found.weights), None
    else:
        shape, weights, witness = tuple(map(monomial, monomials(n, found.degree))), None, {str(k): m for k, m in found.witness}
    if certificate:
        replaced = certificate.exists()
        write_whole(certificate, certificates.write(found))
        if not quiet:
            say(f"certificate {'replaced' if replaced else 'written'}: {certificate}")
    answer = {"threshold": witness is None, "degree": found.degree, "monomials": [list(m) for m in shape]}
    answer |= {"weights": weights, "witness": witness}
    if json:
        print_json(answer | {"seconds": round(seconds, 3), "certificate": str(certificate) if certificate else None})
    elif not quiet:
        print(_recognised(answer, n))
    return 0


def _recognised(answer: dict[str, Any], n: int) -> str:
    if answer["threshold"]:
        terms = [f"{w:+d}" + "".join(f" x{i}" for i in m) for m, w in zip(answer["monomials"], answer["weights"], strict=True)]
        return f"a threshold function of degree at most {answer['degree']}: the sign of {'  '.join(terms)} at +-1 inputs"
    points = [f"{m} at point {k} = {tuple(int(k) >> i & 1 for i in range(n))}" for k, m in answer["witness"].items()]
    return f"no threshold function of degree at most {answer['degree']}: multiplicities {', '.join(points)} cancel every monomial"
