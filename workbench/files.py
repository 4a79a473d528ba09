"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from workbench.errors import BadInput


def check_writable(file: Path) -> None:
    """Raise BadInput if a file cannot be written: asked before long work whose result goes there; its folder is made.

    >>> check_writable(Path(tempfile.gettempdir()))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: ... is not a regular file: give the name of a file to write
    """
    try:
        _regular(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=file.parent).close()
    except OSError as error:
        raise BadInput(f"{file} cannot be written ({error.strerror}): name a file in a folder that takes files") from None


def write_whole(file: Path, text: str | bytes) -> None:
    """Write a file so that whoever reads it finds the old text or the new one, never a part; folders are made as needed.

    Raises BadInput if something that is no regular file (a folder, a device) stands there.
    """
    _regular(file)
    file = Path(os.path.realpath(file))  # a link stays, and what it points to is replaced; a link in a circle is replaced itself
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode() if isinstance(text, str) else text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _regular(file: Path) -> None:
    if file.exists() and not file.is_file():
        raise BadInput(f"{file} is not a regular file: give the name of a file to write")
