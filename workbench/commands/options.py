"""What several commands share: options, the two ways to speak, and a truth table as it is typed."""

from __future__ import annotations

import json as json_text
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.errors import BadInput

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print only what is wrong; the exit status has the answer.")]
Proofs = Annotated[Path | None, typer.Option("--proofs", metavar="DIR", help="Folder of claims [default: the nearest proofs/].")]
CertificateOut = Annotated[Path | None, typer.Option("--certificate", metavar="FILE", help="Write or replace the certificate.")]
StoreIn = Annotated[Path | None, typer.Option("--store", metavar="DIR", help="Keeps finished parts, to go on from.")]


def say(message: str) -> None:
    """Print a message on stderr, as one line."""
    print(" ".join(message.split()), file=sys.stderr)


def print_json(document: Any) -> None:
    """Print a document on stdout, in ASCII, so that it is JSON in every encoding."""
    print(json_text.dumps(document, indent=1))


def table_number(text: str) -> int:
    """Return the truth table that a decimal or 0x-hexadecimal number names.

    Raises:
        BadInput: it is no such number, or has more than 400 digits.
    """
    digits = text.lower().removeprefix("0x")
    base = 10 if digits == text.lower() else 16
    allowed = "0123456789abcdef"[:base]
    if not digits or len(digits) > 400 or any(c not in allowed for c in digits):
        raise BadInput(f"table {text[:40]!r} is not a decimal or 0x-hexadecimal number of at most 400 digits, such as 6 or 0x6")
    return int(digits, base)
