"""A long computation as many independent shards: kept in a file as they finish, the same for any number of workers.

A store is a text file that only grows: a head that names the computation, then a line for each finished shard with a hash of what
it says. What a killed writer left of its last line is dropped; anything else that is damaged is refused. Writers lock the file for
the moment of writing, so several processes may share a store; a shard that two of them finished must have one value in both lines.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import BadInput

SCHEMA = "workbench-shards/1"
WORKERS_LIMIT = 1024
EARLY = 30  # until one in so many shards is computed their pace says little: the first compile, and shards are uneven
Tasks = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Progress:
    """How far a computation is: shards done (of them `kept` from the store) of a total, and the seconds spent and left.

    >>> print(Progress("squares", done=30, total=90, kept=10, seconds=4.0))
    squares: 30 of 90 shards, about 12 s left
    """

    name: str
    done: int
    total: int
    kept: int
    seconds: float

    @property
    def left(self) -> float | None:
        """The seconds that the rest will take at the pace so far; None before a thirtieth of what was missing is computed."""
        computed, missing = self.done - self.kept, self.total - self.kept
        return self.seconds / computed * (self.total - self.done) if computed and computed * EARLY >= missing else None

    def __str__(self) -> str:
        left = "" if self.left is None else f", about {_span(self.left)} left"
        return f"{self.name}: {self.done:,} of {self.total:,} shards{left}"


@dataclass(frozen=True)
class Store:
    """The file in a folder where the shards of one computation are kept.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     store = Store(Path(folder), "squares")
    ...     store.append("three", [3], 9)
    ...     store.read({"three": [3], "four": [4]})
    {'three': 9}
    """

    folder: Path
    name: str

    @property
    def file(self) -> Path:
        """The file: the name of the computation with what is no letter, digit, dot, sign or underscore as '-'."""
        return self.folder / f"{re.sub(r'[^A-Za-z0-9._+=-]+', '-', self.name)}.jsonl"

    def read(self, tasks: Tasks) -> dict[str, Any]:
        """Return the values of those tasks that are kept. Raises BadInput at a line that is damaged or speaks of something else."""
        with self._locked() as handle:
            text = _whole_lines(handle)
        found: dict[str, Any] = {}
        for number, line in enumerate(text.split("\n")[1:-1], 2):
            key, arguments, value = self._checked(number, line)
            if key in tasks and json.loads(_text(tasks[key])) != arguments:
                reason = f"shard {key!r} was computed from {_text(arguments)}, not from {_text(tasks[key])}: give another folder"
                raise self._refused(number, reason)
            if key in found and found[key] != value:
                raise self._refused(number, f"shard {key!r} has two values; remove both lines to compute it again")
            found[key] = value
        return {key: value for key, value in found.items() if key in tasks}

    def append(self, key: str, arguments: Sequence[Any], value: Any) -> None:
        """Keep a finished shard."""
        body = {"key": key, "arguments": list(arguments), "value": value}
        line = _text(body | {"sha256": self._hash(body)}) + "\n"
        with self._locked() as handle:
            _whole_lines(handle, tail_only=True)
            _write(handle, line)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Open the file for reading and appending, nobody else writing; a new one gets its head, an old one must have the same."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            raise BadInput(f"store {self.folder}: {error.strerror}: give a folder that can be written") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            head = _text({"schema": SCHEMA, "name": self.name}) + "\n"
            stands = os.pread(handle, 2 * len(head), 0).decode(errors="replace")
            if not stands or (head.startswith(stands) and stands != head):
                os.ftruncate(handle, 0)
                _write(handle, head)
            elif not stands.startswith(head):
                raise self._refused(1, f"this is no store of {self.name!r}: give another folder")
            yield handle
        finally:
            os.close(handle)

    def _checked(self, number: int, line: str) -> tuple[str, list[Any], Any]:
        try:
            body = json.loads(line)
            kept = body.pop("sha256")
            if kept == self._hash(body):
                return body["key"], body["arguments"], body["value"]
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            pass
        raise self._refused(number, "damaged; remove this line to compute its shard again")

    def _hash(self, body: Mapping[str, Any]) -> str:
        return hashlib.sha256(f"{self.name}\n{_text(body)}".encode()).hexdigest()

    def _refused(self, number: int, reason: str) -> BadInput:
        return BadInput(f"{self.file.name}, line {number}: {reason}")


def computed(
    name: str,
    tasks: Tasks,
    function: Callable[..., Any],
    *,
    store: Path | None = None,
    workers: int = 1,
    client: Any = None,
    progress: Callable[[Progress], object] | None = None,
) -> dict[str, Any]:
    """Return `function(*arguments)` for the arguments of each task, under the key of the task.

    The function is pure; arguments and values are what JSON can say. With a `store`, a folder, shards that stand there under this
    name are not computed again, and each one that is finished is added at once; so the name must change when the function does.
    Workers are threads, for functions that release the interpreter; `client` is a Dask client or a `concurrent.futures` executor
    to use instead. Shards are taken in a mixed order, so that those done are a fair sample of the time that all will take.
    Interrupting loses the shards at hand and no other. Raises BadInput for values that are not JSON and for a store that is
    damaged or belongs to another computation.

    >>> computed("squares", {"three": [3], "four": [4]}, lambda n: n * n, workers=2)
    {'three': 9, 'four': 16}
    >>> computed("sets", {"three": [3]}, lambda n: {n})
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: shard 'three' of sets: the value, a set, is not JSON
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= WORKERS_LIMIT:
        raise BadInput(f"workers {workers!r} is not a number from 1 to {WORKERS_LIMIT}")
    kept = Store(store, name) if store is not None else None
    values = kept.read(tasks) if kept else {}
    pending = sorted(tasks.keys() - values.keys(), key=lambda key: hashlib.sha256(key.encode()).digest())
    before, start = len(values), time.perf_counter()
    with closing(_finished(function, [(key, tasks[key]) for key in pending], workers, client)) as finished:
        for key, value in finished:
            values[key] = _json(value, f"shard {key!r} of {name}")
            if kept:
                kept.append(key, tasks[key], values[key])
            if progress:
                progress(Progress(name, len(values), len(tasks), before, time.perf_counter() - start))
    return {key: values[key] for key in tasks}


def cluster(address: str | None = None, *, workers: int = 2) -> Any:
    """Return a Dask client: of the scheduler at an address, or of this many new processes on this machine.

    Raises BadInput if Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        way_out = 'pip install "attention-workbench[cluster]"; without it, workers on this machine (workers=...) do the same'
        raise BadInput(f"Dask's distributed scheduler is not installed: {way_out}") from None
    make: Any = Client
    return make(address) if address else make(n_workers=workers, threads_per_worker=1, dashboard_address=None)


def _finished(
    function: Callable[..., Any], pending: Sequence[tuple[str, Sequence[Any]]], workers: int, client: Any
) -> Generator[tuple[str, Any], None, None]:
    """Yield keys and values as they come."""
    if client is None and workers == 1:
        yield from ((key, function(*arguments)) for key, arguments in pending)
        return
    own = ThreadPoolExecutor(workers) if client is None else None
    pool: Executor = own or (client.get_executor(pure=False) if hasattr(client, "get_executor") else client)
    keys: dict[Future[Any], str] = {}
    try:
        for key, arguments in pending:
            keys[pool.submit(function, *arguments)] = key
        for future in as_completed(keys):
            yield keys[future], future.result()
    finally:
        for future in keys:
            future.cancel()
        if own:
            own.shutdown()


def _json(value: Any, what: str) -> Any:
    """Return what JSON makes of a value, which must be the value itself."""
    try:
        read = json.loads(_text(value))
    except (TypeError, ValueError):
        read = None
    if read != value or type(read) is not type(value):
        raise BadInput(f"{what}: the value, a {type(value).__name__}, is not JSON")
    return read


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))


def _whole_lines(handle: int, *, tail_only: bool = False) -> str:
    """Drop what stands after the last line end; return the text, or nothing when only the tail is of interest."""
    size = os.fstat(handle).st_size
    if tail_only and os.pread(handle, 1, size - 1) == b"\n":
        return ""
    data = b"".join(iter(_chunks(handle), b""))
    whole = data.rfind(b"\n") + 1
    if whole < size:
        os.ftruncate(handle, whole)
    return data[:whole].decode(errors="replace")


def _chunks(handle: int) -> Callable[[], bytes]:
    os.lseek(handle, 0, os.SEEK_SET)
    return lambda: os.read(handle, 1 << 20)


def _write(handle: int, line: str) -> None:
    data = line.encode()
    while data:
        data = data[os.write(handle, data) :]


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
