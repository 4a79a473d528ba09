"""A run and its record: what was observed, from which seed, in which type, on which device, with which versions."""

from __future__ import annotations

import json
import math
import platform
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any

import jax

from workbench.errors import BadInput
from workbench.lowering.precision import number_type, scope

SCHEMA = "workbench-run/1"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
PACKAGES = ("attention-workbench", "jax", "jaxlib", "numpy", "sympy", "equinox", "diffrax", "optax", "scipy", "python-flint")
SEED_LIMIT = 1 << 32
NUMBERS_LIMIT = 100_000  # numbers kept beside a run for a figure
FIELDS: dict[str, Any] = {
    "schema": str,
    "name": str,
    "values": dict,
    "seed": int,
    "dtype": str,
    "device": str,
    "versions": dict,
    "seconds": (int, float),
}


@dataclass(frozen=True)
class Run:
    """One run: its name, the observed `values`, and what is needed to make it again; `data` are small series for a figure.

    Values and data are floats and lists of floats, never arrays. Raises BadInput if a field is of another kind.

    >>> run = Run("decay", {"slope": -1.0}, seed=7, dtype="float64", device="cpu", versions={"jax": "0.10.2"}, seconds=0.5)
    >>> Run.from_json(run.to_json()) == run
    True
    >>> Run.from_json('{"schema": "workbench-run/1"}')
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: a run without the field 'name'
    """

    name: str
    values: Mapping[str, float]
    seed: int
    dtype: str
    device: str
    versions: Mapping[str, str]
    seconds: float
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise BadInput(f"run name {self.name!r} is not a letter followed by letters, digits and underscores")
        _seed(self.seed)
        number_type(self.dtype)
        values = {str(key): _number(value, f"value {key!r}") for key, value in self.values.items()}
        object.__setattr__(self, "values", MappingProxyType(values))
        object.__setattr__(self, "versions", MappingProxyType({str(k): str(v) for k, v in self.versions.items()}))
        object.__setattr__(self, "data", MappingProxyType({str(k): _series(v, f"series {k!r}") for k, v in self.data.items()}))
        if sum(_count(series) for series in self.data.values()) > NUMBERS_LIMIT:
            raise BadInput(f"run {self.name}: more than {NUMBERS_LIMIT} numbers beside it: thin out the series")

    def __hash__(self) -> int:
        return hash((self.name, self.seed, self.dtype, self.device, tuple(sorted(self.values.items()))))

    def to_json(self) -> str:
        """Return the record as one JSON document, keys in a fixed order; non-finite numbers are the strings nan, inf, -inf."""
        body = {"schema": SCHEMA, "name": self.name, "values": _written(dict(self.values)), "seed": self.seed, "dtype": self.dtype}
        body |= {"device": self.device, "versions": dict(self.versions), "seconds": self.seconds, "data": _written(dict(self.data))}
        return json.dumps(body, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Run:
        """Return the run of a JSON document.

        Raises BadInput if it is truncated, repeats or lacks a key, has an unknown one, or holds a field of another type.
        """
        body = _parsed(text)
        if not isinstance(body, dict):
            raise BadInput(f"a run is a JSON object, not {type(body).__name__}")
        for key, kind in FIELDS.items():
            if key not in body:
                raise BadInput(f"a run without the field {key!r}")
            if not isinstance(body[key], kind) or isinstance(body[key], bool):
                raise BadInput(f"field {key!r} of a run is {type(body[key]).__name__}")
        data = body.pop("data", {})
        if unknown := sorted(set(body) - set(FIELDS)):
            raise BadInput(f"a run has unknown fields {unknown}")
        if body.pop("schema") != SCHEMA or not isinstance(data, dict):
            raise BadInput(f"not a run of schema {SCHEMA}, or its data are not an object")
        if not all(isinstance(v, str) for v in body["versions"].values()):
            raise BadInput("field 'versions' of a run does not map names to strings")
        return cls(**body | {"values": _read(body["values"]), "data": _read(data)})


def record(name: str, fn: Callable[[Any], Mapping[str, Any]], *, seed: int, dtype: str) -> Run:
    """Return the record of `fn(key)`, run with this seed's key, x64 on for its duration where the type needs it.

    `fn` returns the observed numbers by name; a list, tuple or array among them is kept under `data` for a figure. Raises BadInput
    for a seed that is not an integer from 0 to 2**32 - 1 (there is none by default), an unknown type, or a result of another kind.

    >>> record("mean_of_one", lambda key: {"mean": 1.0, "path": [0, 0.5]}, seed=1, dtype="float64").values["mean"]
    1.0
    >>> record("none", lambda key: {}, seed=None, dtype="float64")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: seed None is not an integer from 0 to 4294967295
    """
    dtype = number_type(dtype)
    with scope(dtype):
        key = jax.random.key(_seed(seed))
        start = time.perf_counter()
        found = jax.block_until_ready(fn(key))
        seconds = time.perf_counter() - start
    if not isinstance(found, Mapping):
        raise BadInput(f"run {name}: the function returned {type(found).__name__}, not a mapping of names to numbers")
    numbers = {k: v for k, v in found.items() if not _is_series(v)}
    series = {k: v for k, v in found.items() if _is_series(v)}
    return Run(name, numbers, seed, dtype, _device(), installed_versions(), round(seconds, 6), series)


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a result may depend on, those installed.

    >>> "jax" in installed_versions()
    True
    """
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _device() -> str:
    device = jax.devices()[0]
    return f"{device.platform}:{device.device_kind}" if device.platform != device.device_kind else str(device.platform)


def _seed(seed: object) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < SEED_LIMIT:
        raise BadInput(f"seed {seed!r} is not an integer from 0 to {SEED_LIMIT - 1}")
    return seed


def _is_series(value: Any) -> bool:
    return isinstance(value, list | tuple) or getattr(value, "ndim", 0) > 0


def _number(value: Any, what: str) -> float:
    if isinstance(value, str | bytes | bool) or getattr(value, "ndim", 0) > 0:
        raise BadInput(f"{what} is {type(value).__name__}, not a number")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadInput(f"{what} is {type(value).__name__}, not a real number") from None


def _series(value: Any, what: str) -> Any:
    """Return nested tuples of floats; an array or list of numbers at any depth."""
    return tuple(_series(item, what) for item in value) if _is_series(value) else _number(value, what)


def _count(series: Any) -> int:
    return sum(map(_count, series)) if isinstance(series, tuple) else 1


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _written(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return [_written(v) for v in value]
    return value if math.isfinite(value) else str(value)


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _read(v) for k, v in value.items()}
    if isinstance(value, list):
        return tuple(_read(v) for v in value)
    return float(value) if value in ("nan", "inf", "-inf") else value


def _parsed(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise BadInput("a key stands twice in one object of a run")
        return found

    def refused(constant: str) -> Any:
        raise BadInput(f"{constant} is not JSON: a run writes it as the string {constant.lower()!r}")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=refused)
    except json.JSONDecodeError as error:
        raise BadInput(f"not JSON (truncated?): {error.msg} at line {error.lineno}, column {error.colno}") from None
    except (RecursionError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput("JSON is nested too deep or holds a huge integer") from None
