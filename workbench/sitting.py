"""A sitting: claims of a folder judged one after the other, or many at a time in processes of their own."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench import judges
from workbench.cache import VerdictCache
from workbench.claim import Claim, Entry, Verdict, judge
from workbench.errors import Disagreement, Unsound
from workbench.evidence import Evidence, Outcome

Progress = Callable[[str, int, int], object]  # the claim's name, how many are done, how many there are
COUNTEREXAMPLES = "counterexamples"  # the folder, within proofs/, of the failing cases of refuted claims
MANY = 64  # as many claims are worth the seconds that a process takes to read the folder


@dataclass(frozen=True)
class Filed(Entry):
    """An entry and the file that states it."""

    file: Path = Path()


@dataclass(frozen=True)
class Result:
    """A claim with its evidence and verdict, its file, why judging failed, if so, and the file of its counterexample, if any.

    Files are relative to the parent of proofs/.
    """

    claim: Claim
    evidence: tuple[Evidence, ...]
    verdict: Verdict
    file: Path
    error: str | None = None
    counterexample: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the command line prints it, with the files and the error beside it."""
        shown = self.counterexample.as_posix() if self.counterexample else None
        return self.verdict.as_json() | {"file": self.file.as_posix(), "error": self.error, "counterexample": shown}

    def with_counterexample(self, proofs: Path) -> Result:
        """Return the result with the file of its counterexample, if it is refuted and a folder of claims has one."""
        file = proofs.resolve() / COUNTEREXAMPLES / f"{self.claim.name}.json"
        found = self.verdict.word == "refuted" and file.is_file()
        return replace(self, counterexample=file.relative_to(proofs.resolve().parent) if found else None)


@dataclass(frozen=True)
class Sitting:
    """Claims of a folder, judged one after the other; each verdict is kept, and answers when its claim comes again."""

    entries: Mapping[str, Filed]
    root: Path
    kept: VerdictCache
    results: dict[str, Result] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Mapping[str, Filed], proofs: Path, *, full: bool = False) -> Sitting:
        """Return the sitting on the claims of a folder."""
        return cls(entries, proofs.resolve(), VerdictCache.beside(proofs.resolve(), full=full))

    def judge(self, name: str, *, fresh: bool = False) -> Result:
        """Return the result for a claim, after those that it uses; with `fresh`, what was kept before is not read."""
        if name in self.results:
            return self.results[name]
        entry = self.entries[name]
        used = [self.judge(u, fresh=fresh) for u in entry.claim.uses]
        key = self._key(name)
        verdict = None if fresh else self.kept.get(name, key)
        result = self.results[name] = self._result(entry, verdict)
        if not verdict and not any(r.error for r in (result, *used)):
            self.kept.put(name, key, result.verdict)
        return result

    def judge_apart(self, order: Sequence[str], *, fresh: bool, progress: Progress | None) -> frozenset[str]:
        """Have processes judge the claims whose verdicts are not kept, if there are many; return the names that they judged."""
        missing = [name for name in order if fresh or not self.kept.get(name, self._key(name))]
        if len(missing) < MANY or (processors := judges.available()) < 2:
            return frozenset()
        longest = sorted(self._groups(missing), key=lambda names: (sum(map(self.kept.seconds, names)), len(names)), reverse=True)
        groups = list(map(self._group, longest))
        before = len(order) - len(missing)

        def told(name: str, done: int) -> None:
            if progress:
                progress(name, before + done, len(order))

        full = self.kept.full
        return frozenset(judges.judged_apart(groups, proofs=self.root, full=full, judges=processors, progress=told))

    def told(self, name: str, *, anew: bool) -> Result:
        """Return the result for a claim that was judged; one that was judged `anew` did not come from an earlier run."""
        result = self.results[name]
        return replace(result, verdict=replace(result.verdict, cached=False)) if anew else result

    def keeps(self, name: str) -> bool:
        """Whether the verdict on a claim that was judged stands in the cache."""
        return self.kept.get(name, self._key(name)) == self.results[name].verdict

    def _groups(self, names: Iterable[str]) -> list[list[str]]:
        """Return the names in groups that share no file and use nothing of each other."""
        groups: list[tuple[set[object], list[str]]] = []
        for name in names:
            ties: set[object] = {self.entries[name].file, *with_used([name], self.entries)}
            joined = [group for group in groups if group[0] & ties]
            groups = [group for group in groups if not group[0] & ties]
            groups.append((ties.union(*(t for t, _ in joined)), [*(n for _, known in joined for n in known), name]))
        return [known for _, known in groups]

    def _group(self, names: Sequence[str]) -> judges.Group:
        return judges.Group(names, sorted({str(entry.file) for entry in with_used(names, self.entries).values()}))

    def _key(self, name: str) -> str:
        used = with_used(self.entries[name].claim.uses, self.entries)
        return self.kept.key(name, self.entries[name].file, [e.file for e in used.values()])

    def _result(self, entry: Filed, kept: Verdict | None) -> Result:
        file = entry.file.relative_to(self.root.parent)
        if kept:
            return Result(entry.claim, entry.evidence, kept, file)
        known = {name: self.results[name].verdict for name in entry.claim.uses if name in self.results}
        try:
            return Result(entry.claim, entry.evidence, judge(entry.claim, entry.evidence, known=known, full=self.kept.full), file)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever a claim's own functions raise is this claim's error, and the others go on
            told = f"{entry.claim.name}: {one_line(error)}{_line_of(entry.file, error)}"
            message = str(error) if isinstance(error, Unsound) else told
            return Result(entry.claim, entry.evidence, _failed(entry.claim, message, error), file, message)


def with_used(names: Iterable[str], entries: Mapping[str, Filed]) -> dict[str, Filed]:
    """Return the named entries and those that they use, directly or not; an unknown one is left for `in_order` to name."""
    wanted: dict[str, Filed] = {}
    queue = list(names)
    while queue:
        name = queue.pop()
        if name in entries and name not in wanted:
            wanted[name] = entries[name]
            queue += entries[name].claim.uses
    return wanted


def _failed(failing: Claim, message: str, error: BaseException) -> Verdict:
    row = Outcome("error", "fails", message)
    if isinstance(error, Disagreement) and isinstance(error.verdict, Verdict):
        return replace(error.verdict, outcomes=(*error.verdict.outcomes, row))
    return Verdict(failing.name, "open", "could not be judged", (), tuple(map(str, failing.sources)), (row,))


def one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _line_of(file: Path, error: BaseException) -> str:
    """Return the last line of the file that was running when the error rose, in brackets; nothing if none was."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(file)]
    return f" (line {lines[-1]} of {file.name})" if lines else ""
