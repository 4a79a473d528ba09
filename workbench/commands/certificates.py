"""`check` and `recognise`: certificates that are read, and certificates that are found."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from workbench.commands.options import CertificateOut, Json, Proofs, Quiet, print_json, say, table_number
from workbench.errors import BadInput, Rejected

CERTIFICATE_BYTES = 128 * 1024 * 1024


def check(
    files: Annotated[list[Path], typer.Argument(metavar="CERTIFICATE", help="A certificate, as JSON; or several.")],
    full: Annotated[bool, typer.Option("--full", help="Check all that is otherwise sampled, where a type samples.")] = False,
    alone: Annotated[bool, typer.Option("--alone", help="Hold no failing case against its claim: run nothing of proofs/.")] = False,
    json: Json = False,
    proofs: Proofs = None,
    quiet: Quiet = False,
) -> int:
    """Check certificate files.

    A failing case is also held against the claim of its name in proofs/, whose cases are run again there. Nothing else that is
    checked loads JAX. Status 1 if a file is rejected.

    \b
    workbench recognise 6 --n 2 --certificate xor.json
    workbench check xor.json
    """
    from workbench import terminal

    claims, one = _Claims(proofs, alone), len(files) == 1
    answers = []
    with terminal.progress(quiet=quiet or one, first="reading", parts="certificates checked") as progress:
        for done, file in enumerate(files):
            if progress:
                progress(file.name, done, len(files))
            answers.append(_answer(file, claims, full=full, quiet=quiet or not one, named=not one))
    if json:
        print_json(answers[0] if one else answers)
    else:
        _tell(answers, quiet=quiet)
    return 0 if all(answer["accepted"] for answer in answers) else 1


class _Claims:
    """The claims of the nearest proofs/ (none if there is none, or if certificates are checked alone), read when asked for."""

    def __init__(self, proofs: Path | None, alone: bool) -> None:
        self.proofs, self.alone = proofs, alone

    @cached_property
    def entries(self) -> dict[str, tuple[Any, str]]:
        from workbench import cache, ledger

        try:
            folder = self.proofs or ledger.find_proofs()
        except BadInput:
            return {}
        cache.keep_compiled(folder)
        broken: list[str] = []
        found = ledger.load(folder, set_aside=broken)
        for line in broken:
            say(f"left out: {line}")
        return {name: (entry, entry.file.relative_to(folder.resolve().parent).as_posix()) for name, entry in found.items()}

    def confirm(self, subject: Any) -> str | None:
        """Hold a failing case against its claim; return the claim's file, or None if there is no such claim."""
        from workbench import counterexamples

        if self.alone:
            return None
        with redirect_stdout(sys.stderr):  # what a claim prints is no part of the answer
            entry, file = self.entries.get(subject.claim, (None, None))
            if entry is not None:
                counterexamples.confirm(subject, entry)
        return file


def _answer(file: Path, claims: _Claims, *, full: bool, quiet: bool, named: bool) -> dict[str, Any]:
    """Return what is said of a file, as JSON; `named` says that the file is one of several."""
    from workbench import certificate

    try:
        subject = certificate.read(_text(file))
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from None if named else error
    answer: dict[str, Any] = {"file": str(file)} if named else {}
    answer |= {"type": subject.type, "accepted": True, "subject": _subject(subject), "soundness": subject.soundness}
    answer |= {"reason": None, "place": None}
    try:
        answer |= _check(subject, claims, full=full, quiet=quiet)
    except Rejected as rejected:
        return answer | {"accepted": False, "reason": rejected.reason, "place": rejected.place or None}
    answer["subject"] |= getattr(subject, "conclusion", {})  # an upper bound alone is accepted too: say which bounds were shown
    return answer


def _check(subject: Any, claims: _Claims, *, full: bool, quiet: bool) -> dict[str, Any]:
    """Check a certificate, and return how far, where there is more to say than that it is accepted; raises Rejected."""
    from workbench.class_count import ClassCount
    from workbench.failing_case import FailingCase
    from workbench.tallies import RegionCount

    if isinstance(subject, ClassCount):
        from workbench import terminal

        with terminal.progress(quiet=quiet, first="checking", parts="classes checked") as progress:
            subject.check(full=full, progress=progress)
        return {"reach": subject.reach(full=full)}
    subject.check()
    if isinstance(subject, FailingCase):
        claim = claims.confirm(subject)
        unseen = "the arithmetic alone" + ("" if claims.alone else ": no proofs/ here states the claim")
        return {
            "reach": f"the arithmetic, and that this case of the claim in {claim} fails so" if claim else unseen,
            "claim_file": claim,
        }
    return {"reach": subject.reach()} if isinstance(subject, RegionCount) else {}


def _tell(answers: list[dict[str, Any]], *, quiet: bool) -> None:
    for answer in answers:
        if quiet and answer["accepted"]:
            continue
        place = f", at {answer['place']}" if answer["place"] else ""
        told = "accepted" if answer["accepted"] else f"rejected: {answer['reason']}{place}"
        if "file" in answer:
            print(f"{answer['file']}: {told}" + (f"; checked: {answer['reach']}" if "reach" in answer else ""))
            continue
        between = "\n  " if "says" in answer["subject"] else ", "
        print(f"{told}\n{answer['type']} about {between.join(f'{k} = {v}' for k, v in answer['subject'].items())}")
        if answer["accepted"]:
            print(f"sound by {answer['soundness']}" + (f"; checked: {answer['reach']}" if "reach" in answer else ""))
    if len(answers) > 1 and not quiet:
        print(f"{sum(a['accepted'] for a in answers)} of {len(answers)} certificates accepted")


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
    if hasattr(certificate, "about"):
        return dict(certificate.about)
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
