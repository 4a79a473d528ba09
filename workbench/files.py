"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from workbench.errors import BadInput


def write_whole(file: Path, text: str | bytes) -> None:
    """Write a file so that whoever reads it finds the old text or the new one, never a part; folders are made as needed.

    Raises BadInput if something that is no regular file (a folder, a device) stands there.
    """
    if file.exists() and not file.is_file():
        raise BadInput(f"{file} is not a regular file: give the name of a file to write")
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
