"""Verdicts kept from earlier runs, each under a key that changes with everything the verdict depends on.

The key hashes the claim's file, the files of all that it uses, the certificates and data beside it, the package, the versions of
Python, SymPy and JAX, and whether every instance was asked for. A cache file carries the hash of its own text; one that is damaged
in any way is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from workbench import certificate
from workbench.claim import Verdict
from workbench.evidence import Outcome
from workbench.files import write_whole

PACKAGES = (
    "sympy",
    "mpmath",
    "jax",
    "jaxlib",
    "numpy",
    "scipy",
    "numba",
    "equinox",
    "optax",
    "diffrax",
    "python-flint",
    "python-sat",
)


COMPILED = {"JAX_COMPILATION_CACHE_DIR": "compiled", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}


def beside(proofs: Path) -> Path:
    """Return the folder of what is kept for a folder of claims: $WORKBENCH_CACHE, or .workbench-cache beside it."""
    return Path(os.environ.get("WORKBENCH_CACHE") or proofs.parent / ".workbench-cache")


def keep_compiled(proofs: Path) -> None:
    """Have JAX, if it is not loaded yet, keep what it compiles in the same folder; settings of the user's own stand."""
    folder, seconds = COMPILED
    os.environ.setdefault(folder, str(beside(proofs).resolve() / COMPILED[folder]))
    os.environ.setdefault(seconds, COMPILED[seconds])


@dataclass(frozen=True)
class VerdictCache:
    """A folder of verdicts, one file for each claim; `common` is the hash of all that every claim depends on."""

    folder: Path
    common: str
    full: bool = False
    _digests: dict[Path, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def beside(cls, proofs: Path, *, full: bool = False) -> VerdictCache:
        """Return the cache of a folder of claims."""
        folder = beside(proofs)
        certificates = [*_texts(proofs / "certificates"), *_texts(proofs.parent / "docs" / "data")]
        return cls(folder, _hash([_package(), str(full), *certificates]), full)

    def key(self, name: str, file: Path, used: Iterable[Path] = ()) -> str:
        """Return the key of a claim that stands in a file and uses what stands in others."""
        return _hash([self.common, name, self._digest(file), *sorted(self._digest(f) for f in used)])

    def get(self, name: str, key: str) -> Verdict | None:
        """Return the verdict kept for a claim under this key, or None."""
        try:
            head, _, body = self._file(name).read_text(encoding="utf-8").partition("\n")
            if head != f"{key} {_hash([body])}":
                return None
            return replace(_read(json.loads(body)), cached=True)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def seconds(self, name: str) -> float:
        """Return how long a claim was last judged, whatever has changed since; 0 if that is not known."""
        try:
            return float(json.loads(self._file(name).read_text(encoding="utf-8").partition("\n")[2])["seconds"])
        except (OSError, ValueError, TypeError, KeyError):
            return 0.0

    def put(self, name: str, key: str, verdict: Verdict) -> None:
        """Keep a verdict. A cache that cannot be written, or evidence that cannot be kept, costs time and nothing else."""
        try:
            body = json.dumps(_written(verdict))
            write_whole(self._file(name), f"{key} {_hash([body])}\n{body}")
        except (OSError, TypeError, ValueError):
            with suppress(OSError):
                self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}{'.full' if self.full else ''}.json"

    def _digest(self, file: Path) -> str:
        if file not in self._digests:
            self._digests[file] = hashlib.sha256(file.read_bytes()).hexdigest()
        return self._digests[file]


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _texts(folder: Path) -> list[str]:
    files = sorted(f for f in folder.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    return [f"{f.relative_to(folder)} {hashlib.sha256(f.read_bytes()).hexdigest()}" for f in files]


@cache
def _package() -> str:
    return _hash([platform.python_version(), *map(_version, PACKAGES), *_texts(Path(__file__).parent)])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _written(verdict: Verdict) -> dict[str, Any]:
    outcomes = [{f.name: getattr(o, f.name) for f in fields(o)} | {"data": _written_data(o.data)} for o in verdict.outcomes]
    return {f.name: getattr(verdict, f.name) for f in fields(verdict)} | {"outcomes": outcomes}


def _written_data(data: Mapping[str, Any]) -> dict[str, Any]:
    return {k: certificate.write(v) if k == "certificate" else v for k, v in data.items()}


def _read(data: dict[str, Any]) -> Verdict:
    outcomes = tuple(_read_outcome(o) for o in data["outcomes"])
    return Verdict(**_tuples(data, "trusts", "sources") | {"outcomes": outcomes})


def _read_outcome(data: dict[str, Any]) -> Outcome:
    kept = {k: certificate.read(v) if k == "certificate" else v for k, v in data["data"].items()}
    return Outcome(**_tuples(data, "instances", "trusts") | {"data": kept})


def _tuples(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    return data | {k: tuple(data[k]) for k in keys}
