"""A run on a terminal: the bar while claims are judged, the table afterwards. Colour appears on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from workbench.claim import Verdict
from workbench.ledger import Result

EVERY = 10  # seconds between lines of progress off a terminal
COLOURS = {"refuted": "red", "derived": "green", "certified": "cyan", "supported": "blue", "cited": "magenta", "open": "yellow"}


@contextmanager
def progress(
    *, quiet: bool, first: str = "reading proofs/", parts: str = "claims judged"
) -> Iterator[Callable[[str, int, int], object] | None]:
    """Yield what is called with the name of the part at hand, how many are done and how many there are; None if `quiet`.

    Until it is called, the bar says `first`. Off a terminal a line is written every ten seconds instead.
    """
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _Lines(parts)
        return
    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.fields[claim]}", markup=False))
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None, claim=first)
        yield lambda name, done, total: bar.update(task, completed=done, total=total, claim=name)


class _Lines:
    """Says how far a run is, a line every `EVERY` seconds."""

    def __init__(self, parts: str) -> None:
        self.parts = parts
        self.last = perf_counter()

    def __call__(self, name: str, done: int, total: int) -> None:
        if perf_counter() - self.last >= EVERY:
            self.last = perf_counter()
            print(f"workbench: {done} of {total} {self.parts}" + f", now {name}" * bool(name), file=sys.stderr)


def show(results: Sequence[Result], seconds: float) -> None:
    """Print one line for each claim, the counterexamples in full, and the totals."""
    if not results:
        print("no claims")
        return
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    left = console.width - len("certified") - len("seconds") - 3 * 2  # of each line, for the claim and its reach
    claim = min(max(len("claim"), *(len(r.claim.name) for r in results)), left * 3 // 5)
    table.add_column("verdict", width=len("certified"))
    table.add_column("claim", width=claim, overflow="fold")
    reach = min(max(len("not judged"), *(len(_told(r.verdict)) for r in results)), left - claim)
    table.add_column("reach", width=reach, no_wrap=True, overflow="ellipsis")
    table.add_column("seconds", width=len("seconds"), justify="right")
    for r in results:
        v = r.verdict
        took = "cached" if v.cached else f"{v.seconds:.2f}"
        colour, told = ("bold red", "not judged") if r.error else (COLOURS[v.word], _told(v))
        table.add_row(Text(v.word, colour), Text(v.name), Text(told), took)
    console.print(table)
    for r in results:
        if r.verdict.word == "refuted":
            file = f"\nworkbench check {r.counterexample.as_posix()}" if r.counterexample else ""
            console.print(Text(f"\n{r.claim.name} is refuted: {r.verdict.reach}{file}"), soft_wrap=True)
    console.print(Text(f"\n{_totals(results)} in {seconds:.1f} s"))


def _told(verdict: Verdict) -> str:
    steps = len(verdict.trusts) if verdict.word == "derived" else 0
    return verdict.reach + (f"; trusting {steps} step{'s' * (steps > 1)}" if steps else "")


def _totals(results: Sequence[Result]) -> str:
    words = [r.verdict.word for r in results if not r.error]
    counts = [f"{words.count(word)} {word}" for word in COLOURS if word in words]
    failed = [f"{number} not judged"] if (number := sum(bool(r.error) for r in results)) else []
    cached = sum(r.verdict.cached for r in results)
    return f"{len(results)} claim{'s' * (len(results) != 1)}: {', '.join(counts + failed)}; {cached} from the cache,"
