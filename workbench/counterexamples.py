"""The folder proofs/counterexamples/: for every refuted claim the case that fails, as a file, held against the claim itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from workbench import certificate
from workbench.claim import Entry
from workbench.errors import BadInput, Rejected, Unsound
from workbench.evidence import Certified, Counterexample, Enclosed
from workbench.failing_case import FailingCase
from workbench.files import write_whole
from workbench.sitting import COUNTEREXAMPLES, Progress, Result
from workbench.statement import Case, ForAll, ForEach

COMPARED = ("instance", "relation", "left", "right", "at", "missing")


def failing_case(entry: Entry) -> FailingCase:
    """Return the first case that fails at the instances which the claim's evidence looks at; of identities, values that differ.

    Raises Unsound if there is none, BadInput if its values cannot be written.
    """
    claim, statement = entry.claim, entry.claim.statement
    if isinstance(statement, ForAll):
        return _difference(entry)
    for n in _looked_at(entry):
        for case in _cases(entry, n):
            if case.fails():
                return FailingCase.of_case(claim.name, claim.says, _instance(entry, n), case)
    raise Unsound(f"{claim.name}: no case fails at the instances that its evidence looks at")


def confirm(found: FailingCase, entry: Entry) -> None:
    """Run the claim's cases at the instance that a certificate names; raises Rejected unless one fails and is exactly this one.

    Instances beyond those that the claim's evidence looks at are not run.
    """
    if found.claim != entry.claim.name:
        raise Rejected(f"the certificate is about {found.claim}, not {entry.claim.name}")
    if found.says != entry.claim.says:
        raise Rejected(f"the claim {entry.claim.name} says: {entry.claim.says}")
    try:
        ours = _difference(entry) if isinstance(entry.claim.statement, ForAll) else _same_place(found, entry)
    except (BadInput, Unsound) as error:
        raise Rejected(str(error), place=found.label) from error
    if found.label != ours.label:
        raise Rejected(f"the values met first in the claim are {ours.label}", place=found.label)
    for name in COMPARED:
        if getattr(found, name) != getattr(ours, name):
            raise Rejected(f"{name} is not what it is in the claim, {ours.relation_told}", place=found.label)
    ours.check()


def _same_place(found: FailingCase, entry: Entry) -> FailingCase:
    """Return the claim's own failing case of the label at the instance that a certificate names, its equal if there is one."""
    n, index = (found.instance[0][1] if found.instance else 0), _index(entry)
    if dict(found.instance) != _instance(entry, n) or not _within_reach(entry, n):
        raise Rejected(f"{dict(found.instance)} is no instance that the claim's evidence looks at", place=found.label)
    same = [case for case in _run(entry, n) if case.label == found.label]
    if not same:
        raise Rejected(f"the claim has no such case{f' at {index} = {n}' if index else ''}", place=found.label)
    failing = [FailingCase.of_case(entry.claim.name, entry.claim.says, _instance(entry, n), case) for case in same if case.fails()]
    if not failing:
        raise Rejected("the case holds in the claim", place=found.label)
    return found if found in failing else failing[0]


def _run(entry: Entry, n: int) -> Iterator[Case]:
    """Yield the cases of an instance; whatever the claim's own functions raise there is no counterexample."""
    try:
        yield from _cases(entry, n)
    except Exception as error:
        raise Rejected(f"the claim's cases at {_index(entry)} = {n} cannot be run: {error}") from error


def _cases(entry: Entry, n: int) -> Iterator[Case]:
    """Yield the cases of an instance, with the signs of the evidence that refutes them there."""
    statement = entry.claim.statement
    if not isinstance(statement, ForEach):
        return
    named = any(isinstance(e, Counterexample) for e in entry.evidence)
    enclosed = next((e for e in entry.evidence if isinstance(e, Enclosed) and not named), None)
    yield from (enclosed.decided(statement) if enclosed else statement).cases(n)


def _difference(entry: Entry) -> FailingCase:
    statement = entry.claim.statement
    for identity in statement.identities if isinstance(statement, ForAll) else ():
        if (difference := identity.counterexample()) is not None:
            return FailingCase.of_difference(entry.claim.name, entry.claim.says, identity, difference)
    raise Unsound(f"{entry.claim.name}: no values were met at which its identities fail")


def _index(entry: Entry) -> str:
    statement = entry.claim.statement
    return statement.index if isinstance(statement, ForEach) else ""


def _instance(entry: Entry, n: int) -> dict[str, int]:
    return {index: n} if (index := _index(entry)) else {}


def _looked_at(entry: Entry) -> Sequence[int]:
    """Return the instances of the counterexamples among a claim's evidence, else all up to the last that is checked."""
    statement = entry.claim.statement
    first = statement.first if isinstance(statement, ForEach) else 0
    named = [e.at for e in entry.evidence if isinstance(e, Counterexample) and e.at is not None]
    checked = [e.upto for e in entry.evidence if isinstance(e, (Certified, Enclosed))]
    return named or range(first, max(checked, default=first) + 2)  # one beyond, as the evidence looks at


def _within_reach(entry: Entry, n: int) -> bool:
    statement, looked_at = entry.claim.statement, _looked_at(entry)
    costly = getattr(statement, "costly_from", None)
    return n in looked_at or (getattr(statement, "first", 0) <= n <= max(looked_at) and (costly is None or n < costly))


def update(
    results: Sequence[Result],
    *,
    proofs: Path,
    progress: Progress | None = None,
    warn: Callable[[str], object] = lambda line: None,
) -> list[Result]:
    """Write the files of all refuted claims, remove those of claims that are not, and return the results with their files.

    `warn` is told of a failing case whose values cannot be written or decided without intervals: it has no file. Raises Unsound,
    before anything is written, if a failing case is not found again.
    """
    folder = proofs / COUNTEREXAMPLES
    refuted, texts = [r for r in results if r.verdict.word == "refuted"], {}
    for done, result in enumerate(refuted):
        if progress:
            progress(result.claim.name, done, len(refuted))
        if text := _text(result, warn):
            texts[result.claim.name] = text
    for file in folder.glob("*.json"):
        if file.stem not in texts:
            file.unlink()
    for name, text in texts.items():
        write_whole(folder / f"{name}.json", text)
    return [r.with_counterexample(proofs) for r in results]


def _text(result: Result, warn: Callable[[str], object]) -> str | None:
    try:
        found = failing_case(Entry(result.claim, result.evidence))
        found.check()
    except (BadInput, Rejected) as error:
        warn(f"{result.claim.name}: no counterexample file: {error}")
        return None
    return certificate.write(found)
