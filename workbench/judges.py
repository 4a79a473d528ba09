"""Judging many claims in processes of their own, which leave the verdicts in the cache.

A judge reads groups from its standard input, each the names of claims and the files that state them and what they use, and answers
each name when its verdict is kept, and an empty line otherwise: the claim has an error, or the cache cannot be written. That, and
what a judge that died left unanswered is the caller's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple


class Group(NamedTuple):
    """Names of claims, and the files that state them and all that they use."""

    names: Sequence[str]
    files: Sequence[str]


def available() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def judged_apart(
    groups: Sequence[Group],
    *,
    proofs: Path,
    full: bool = False,
    judges: int,
    progress: Callable[[str, int], object] = lambda name, done: None,
) -> set[str]:
    """Return the names that so many processes judged, each a group at a time; their verdicts are in the cache of `proofs`.

    `progress` is called with each name and the number of names before it. The processes end with this call, however it ends.
    """
    waiting: SimpleQueue[Group] = SimpleQueue()
    for group in groups:
        waiting.put(group)
    told: SimpleQueue[str | None] = SimpleQueue()
    command = [sys.executable, "-P", "-m", "workbench.judges", str(proofs), *["--full"] * full]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    children: list[subprocess.Popen[str]] = []
    threads: list[Thread] = []
    done: set[str] = set()
    try:
        for _ in range(min(judges, len(groups))):
            pipe = subprocess.PIPE
            children.append(subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True, encoding="utf-8"))
            threads.append(Thread(target=_feed, args=(children[-1], waiting, told), daemon=True))
            threads[-1].start()
        busy = len(children)
        while busy:
            if (name := told.get()) is None:
                busy -= 1
            elif name:
                progress(name, len(done))
                done.add(name)
    finally:
        for child in children:
            child.kill()
        for thread in threads:
            thread.join()
        for child in children:
            child.communicate()
    return done


def _feed(child: subprocess.Popen[str], waiting: SimpleQueue[Group], told: SimpleQueue[str | None]) -> None:
    """Hand groups to one process and pass on its answers, until there are no more groups or it is gone."""
    assert child.stdin and child.stdout
    try:
        while True:
            group = waiting.get_nowait()
            child.stdin.write(json.dumps(group) + "\n")
            child.stdin.flush()
            for _ in group.names:
                if not (line := child.stdout.readline()):
                    return
                told.put(line.strip())
    except (Empty, OSError, ValueError):  # no group left, or no process
        return
    finally:
        told.put(None)


def _judge(proofs: Path, full: bool) -> None:
    """Answer the groups on standard input. Whatever else the claims print goes to standard error."""
    from workbench.ledger import load
    from workbench.sitting import Sitting

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller hears it, and ends this process
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        empty = Sitting.of({}, proofs, full=full)
        for line in sys.stdin:
            names, files = json.loads(line)
            sitting = replace(empty, entries=load(proofs, files=map(Path, files)), results={})
            for name in names:
                sitting.judge(name, fresh=True)
                print(name if sitting.keeps(name) else "", file=answers, flush=True)


if __name__ == "__main__":
    _judge(Path(sys.argv[1]), "--full" in sys.argv[2:])
