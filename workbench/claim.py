"""Claims and their verdicts: `judge` runs the evidence and computes a word and a reach; nobody types one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from html import escape
from time import perf_counter
from typing import Any, get_args

from workbench.errors import BadInput, Disagreement, Rejected, Unsound
from workbench.evidence import (
    Certified,
    Cited,
    Control,
    Counterexample,
    Derived,
    Enclosed,
    Evidence,
    Hand,
    Measured,
    Outcome,
    Source,
)
from workbench.identity import Identity
from workbench.statement import Case, ForAll, ForEach, Prose, Statement

WORDS = ("refuted", "derived", "certified", "supported", "cited", "open")
DERIVED_PROBES = 100  # points at which an identity that was decided is looked at once more
STRENGTH = {"derived": 4, "cited": 4, "certified": 3, "supported": 2, "open": 0, "refuted": 0}
OPEN_BEYOND = "open beyond"
EXACT = ("Certified", "Enclosed")  # kinds that check instances
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Claim:
    """A statement with its name (its conclusion), a sentence, hypotheses, sources, and the claims that its evidence uses.

    Raises BadInput for a name that is not lower-case words joined by underscores, or a claim that uses itself.

    >>> import sympy
    >>> z = sympy.Symbol("z", real=True)
    >>> claim = Claim("relu_parts_add_up", "ReLU(z) - ReLU(-z) = z.", ForAll.of(Identity.of(sympy.Max(0, z) - sympy.Max(0, -z), z)))
    >>> judge(claim, [Derived(), Control("plus", Identity.of(sympy.Max(0, z) + sympy.Max(0, -z), z))])
    Verdict(relu_parts_add_up: derived, for all values)
    >>> judge(claim, [Derived()])
    Traceback (most recent call last):
        ...
    workbench.errors.Unsound: relu_parts_add_up: no control: add a false variant that the same check must reject
    """

    name: str
    says: str
    statement: Statement
    hypotheses: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    uses: tuple[str, ...] = ()
    topic: str = ""

    @classmethod
    def of(
        cls,
        name: str,
        says: str,
        statement: Statement,
        *hypotheses: str,
        source: Source | Sequence[Source] = (),
        uses: Sequence[str] = (),
        topic: str = "",
    ) -> Claim:
        """Return the claim with these hypotheses, in the order of a sentence; a file binds its sources with `partial`.

        In proofs/ a claim without a topic has that of its folder.

        >>> Claim.of("one_positive", "1 > 0.", ForEach.once("1 > 0", list), "real numbers").hypotheses
        ('real numbers',)
        """
        sources = (source,) if isinstance(source, Source) else tuple(source)
        return cls(name, says, statement, hypotheses, sources, tuple(uses), topic)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise BadInput(f"claim name {self.name!r} is not lower-case words joined by underscores")
        for what, words in (("uses", self.uses), ("hypotheses", self.hypotheses)):
            if isinstance(words, str):
                raise BadInput(f"claim {self.name}: {what} is one string, {words[:40]!r}: give a tuple, with a comma after it")
        if self.name in self.uses:
            raise BadInput(f"claim {self.name} uses itself")

    def _repr_latex_(self) -> str:
        return f"$${self.statement.latex()}$$"

    def __repr__(self) -> str:
        return f"Claim({self.name})"


@dataclass(frozen=True)
class Verdict:
    """A word, its reach, what it trusts, and the outcomes it was computed from."""

    name: str
    word: str
    reach: str
    trusts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    hand_steps: int = 0
    seconds: Any = field(default=0, compare=False)
    cached: bool = field(default=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the command line prints it."""
        evidence = [
            {"kind": o.kind, "outcome": o.outcome, "detail": o.detail, "seconds": round(o.seconds, 3)} for o in self.outcomes
        ]
        return {
            "name": self.name,
            "verdict": self.word,
            "reach": self.reach,
            "trusts": list(self.trusts),
            "sources": list(self.sources),
            "evidence": evidence,
            "seconds": round(self.seconds, 3),
            "cached": self.cached,
        }

    def __repr__(self) -> str:
        return f"Verdict({self.name}: {self.word}, {self.reach})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(o.kind)}</td><td>{escape(o.outcome)}</td><td>{escape(o.detail)}</td></tr>" for o in self.outcomes
        )
        trusts = f"<p>trusts: {escape('; '.join(self.trusts))}</p>" if self.trusts else ""
        return f"<p><b>{escape(self.name)}</b>: <b>{escape(self.word)}</b>, {escape(self.reach)}</p>{trusts}<table>{rows}</table>"


def judge(claim: Claim, evidence: Sequence[Evidence], *, known: Mapping[str, Verdict] | None = None, full: bool = False) -> Verdict:
    """Return the verdict on a claim, computed from its evidence; `known` holds the verdicts on the claims that it uses.

    Raises Unsound if a control is accepted or missing, evidence disagrees, hypotheses are empty, or the evidence cannot be run;
    BadInput if a used claim has no verdict.
    """
    start = perf_counter()
    try:
        _refuse_foreign(claim, evidence)
        outcomes = _outcomes(claim, evidence, full)
        used = _used(claim, known or {})
        earned, own_reach = _own(claim, evidence, outcomes)
        word, reach = _capped(earned, own_reach, used)
    except (Unsound, Rejected, BadInput) as error:
        raise Unsound(f"{claim.name}: {error}") from error
    trusts = _trusts({earned, word}, outcomes, used)
    hands = sum(len(o.trusts) for o in outcomes if o.kind == "Derived") if earned == "derived" and word != "open" else 0
    sources = tuple(map(str, claim.sources))
    verdict = Verdict(claim.name, word, reach, trusts, sources, tuple(outcomes), hands, perf_counter() - start)
    _refuse_disagreement(verdict)
    return verdict


def _refuse_foreign(claim: Claim, evidence: Sequence[Evidence]) -> None:
    """Only the kinds of this package are judged: a look-alike could answer whatever it likes."""
    if type(claim.statement) not in get_args(Statement):
        raise Unsound(f"a {type(claim.statement).__name__} is no kind of statement")
    if foreign := [e for e in evidence if type(e) not in get_args(Evidence)]:
        raise Unsound(f"a {type(foreign[0]).__name__} is no kind of evidence")


def _outcomes(claim: Claim, evidence: Sequence[Evidence], full: bool) -> list[Outcome]:
    positive = [e for e in evidence if isinstance(e, (Derived, Certified, Enclosed, Counterexample))]
    if positive and not any(isinstance(e, Control) for e in evidence):
        raise Unsound("no control: add a false variant that the same check must reject")
    outcomes = [_timed(claim, e, full) for e in sorted(evidence, key=lambda e: not isinstance(e, Control))]
    if any(isinstance(e, Derived) for e in evidence):
        outcomes += _probe(claim.statement, evidence)
    return outcomes


def _timed(claim: Claim, e: Evidence, full: bool) -> Outcome:
    start = perf_counter()
    if isinstance(e, (Certified, Enclosed, Measured)):
        outcome = e.run(claim.statement, full=full)
    elif isinstance(e, Counterexample):
        outcome = e.run(claim.statement, claim.name)
    else:
        outcome = e.run(claim.statement)
    return replace(outcome, seconds=perf_counter() - start)


def _probe(statement: Statement, evidence: Sequence[Evidence]) -> list[Outcome]:
    """Hold a derivation against values or first instances of the statement, whatever evidence the author gave."""
    if isinstance(statement, ForAll):
        failed = statement.failure(probes=DERIVED_PROBES)
        return [Outcome("Probe", "fails" if failed else "holds", failed or "no difference at the values tried")]
    if isinstance(statement, ForEach) and not any(isinstance(e, Certified) and e.of is None for e in evidence):
        last = statement.first + 1 if statement.last is None else min(statement.first + 1, statement.last)  # and one beyond
        return [replace(Certified(last).run(statement), kind="Probe")]
    return []


def _refuse_disagreement(verdict: Verdict) -> None:
    derived = any(o.kind == "Derived" and o.outcome == "holds" for o in verdict.outcomes)
    failed = [o for o in verdict.outcomes if o.outcome == "fails"]
    if derived and failed:
        reason = f"{verdict.name}: evidence disagrees: the derivation holds, but {failed[0].kind} says {failed[0].detail}"
        raise Disagreement(reason, verdict)


def _used(claim: Claim, known: Mapping[str, Verdict]) -> tuple[Verdict, ...]:
    if missing := [name for name in claim.uses if name not in known]:
        raise BadInput(f"{claim.name} uses {missing[0]}, which has no verdict: judge it first, or pass known={{name: verdict}}")
    if wrong := [name for name in claim.uses if known[name].name != name]:
        raise BadInput(f"{claim.name} uses {wrong[0]}, and the verdict given for it is about {known[wrong[0]].name}")
    return tuple(known[name] for name in claim.uses)


def _own(claim: Claim, evidence: Sequence[Evidence], outcomes: Sequence[Outcome]) -> tuple[str, str]:
    """Return the word and reach that the claim's own evidence earns."""
    failures = [o for o in outcomes if o.outcome == "fails" and o.kind in (*EXACT, "Counterexample", "Probe")]
    exact_failures = _own_failures(evidence, failures)
    if exact_failures:
        return "refuted", f"false at {exact_failures[0].detail}"
    if any(o.outcome == "fails" and o.kind == "Measured" for o in outcomes):
        return "open", "a run fell outside its band"
    if broken := [o.detail for o in outcomes if o.outcome == "fails"]:
        return "open", f"not decided: {broken[0]}"
    if any(o.kind == "Derived" and o.outcome == "holds" for o in outcomes):
        return "derived", _whole(claim.statement)
    certified = [o for o in outcomes if o.kind in EXACT and o.outcome == "holds" and o.instances]
    if certified and isinstance(claim.statement, ForEach):
        return "certified", _reach(claim.statement, certified)
    if any(o.kind == "Measured" and o.outcome == "holds" for o in outcomes):
        return "supported", "the recorded runs"
    if any(o.kind == "Cited" and o.outcome == "known" for o in outcomes):
        return "cited", "as the source states it"
    return "open", "not decided"


def _own_failures(evidence: Sequence[Evidence], failures: Sequence[Outcome]) -> list[Outcome]:
    """A failing case beside the statement (objects that were built wrongly) refutes nothing; alone, it stops the claim."""
    beside = any(isinstance(e, Certified) and e.of is not None for e in evidence)
    own = [o for o in failures if not (beside and o.kind == "Certified")]
    if failures and not own:
        raise Unsound(f"the cases beside the statement fail: {failures[0].detail}")
    return own


def _whole(statement: Statement) -> str:
    if isinstance(statement, ForEach) and statement.index:
        return (
            f"all {statement.index} >= {statement.first}"
            if statement.last is None
            else f"{statement.index} = {statement.first}..{statement.last}"
        )
    if isinstance(statement, ForAll):
        needed = dict.fromkeys(word for identity in statement.identities for word in identity.hypotheses)
        return "for all values" + (f" with {', '.join(needed)}" if needed else "")
    return "the whole statement"


def _reach(statement: ForEach, certified: Sequence[Outcome]) -> str:
    if not statement.index:
        return "the whole statement"
    instances = sorted({n for o in certified for n in o.instances})
    shown = f"{statement.index} = {instances[0]}" + (f"..{instances[-1]}" if len(instances) > 1 else "")
    return (
        f"{shown}, all there are" if statement.last is not None and instances[-1] == statement.last else f"{shown}; {OPEN_BEYOND}"
    )


def _capped(word: str, reach: str, used: Sequence[Verdict]) -> tuple[str, str]:
    """A verdict is no stronger than the weakest claim that it uses; a counterexample stands, and lists them under trusts."""
    weakest = min(used, key=lambda v: STRENGTH[v.word], default=None)
    if weakest is None or word == "refuted" or STRENGTH[weakest.word] > STRENGTH[word]:
        return word, reach
    if STRENGTH[weakest.word] == STRENGTH[word]:
        partial = [v for v in used if v.word == word and v.reach.endswith(OPEN_BEYOND)]
        return word, "; ".join([reach, *(f"as far as {v.name}: {v.reach}" for v in partial)])
    if not STRENGTH[weakest.word]:
        return "open", f"uses {weakest.name}, which is {weakest.word}"
    return weakest.word, f"as far as {weakest.name}: {weakest.reach}"


def _trusts(words: set[str], outcomes: Sequence[Outcome], used: Sequence[Verdict]) -> tuple[str, ...]:
    """Return what the word trusts; a derivation that a used claim weakens trusts its own hand steps all the same."""
    own = (
        [t for o in outcomes for t in o.trusts if o.kind == "Derived" or "cited" in words]
        if words & {"derived", "cited", "open"}
        else []
    )
    weaker = [v for v in used if v.word == "cited" or ("refuted" in words and v.word != "derived")]  # else the word is capped
    if words & {"certified", "refuted"}:
        own += [t for o in outcomes for t in o.trusts if o.kind == "Enclosed"]
    inherited = [t for v in used for t in v.trusts] + [f"{v.name} ({v.word})" for v in weaker]
    return tuple(dict.fromkeys(own + inherited))


@dataclass(frozen=True)
class Entry:
    """A claim with its evidence, as a file in proofs/ states it."""

    claim: Claim
    evidence: tuple[Evidence, ...] = ()


def in_order(entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """Return the names of the claims, each after those that it uses.

    Raises BadInput for a use of an unknown claim, and for a cycle, naming it.
    """
    for entry in entries.values():
        if unknown := [u for u in entry.claim.uses if u not in entries]:
            raise BadInput(f"{entry.claim.name} uses {unknown[0]}, which is not in proofs/")
    try:
        return tuple(TopologicalSorter({name: sorted(entries[name].claim.uses) for name in sorted(entries)}).static_order())
    except CycleError as error:
        raise BadInput(f"claims use each other in a cycle: {' -> '.join(error.args[1])}") from None


def judge_all(entries: Mapping[str, Entry], *, full: bool = False) -> Iterator[Verdict]:
    """Yield the verdict on every claim, those that others use first."""
    known: dict[str, Verdict] = {}
    for name in in_order(entries):
        known[name] = judge(entries[name].claim, entries[name].evidence, known=known, full=full)
        yield known[name]


def evidence_rejects_lies() -> Mapping[str, str]:
    """Return, for each kind of evidence, why its standing lie comes to nothing; raises Unsound if one is accepted."""
    reasons = {}
    for kind, (statement, evidence) in _lies().items():
        try:
            verdict = judge(Claim("a_standing_lie", "False.", statement), evidence)
        except Unsound as unsound:
            reasons[kind] = str(unsound)
            continue
        if verdict.word not in ("open", "refuted"):
            raise Unsound(f"{kind} evidence for a false claim earned {verdict.word!r}")
        reasons[kind] = f"{verdict.word}: {verdict.reach}"
    return reasons


def _lies() -> dict[str, tuple[Statement, list[Evidence]]]:
    import sympy

    z = sympy.Symbol("z", real=True)
    wrong = ForAll.of(Identity.of(sympy.Abs(z), z))
    three = ForEach.of("n < 3", lambda n: [Case(f"n = {n}", n, 3, "<")], first=0)
    small = ForEach.of("e^n < 3", lambda n: [Case(f"n = {n}", sympy.exp(n), 3, "<")], first=1)
    control = Control("n < 0", ForEach.of("n < 0", lambda n: [Case(f"n = {n}", n, 0, "<")], first=0))
    true = ForAll.of(Identity.of((z + 1) ** 2, z**2 + 2 * z + 1))
    step = Derived.of(wrong.identities[0], Hand("a step from |z| = z to n >= 0"))
    return {
        "Derived": (ForEach.of("n >= 0", lambda n: [Case(f"n = {n}", n, 0, ">=")], first=0), [step, control]),
        "Probe": (wrong, [Derived(), control]),
        "Certified": (three, [Certified(3), control]),
        "Enclosed": (small, [Enclosed(2, lambda number: -1, "one answer to everything"), control]),
        "Control": (true, [Derived(), Control("the same, written otherwise", Identity.of((z - 1) ** 2, z**2 - 2 * z + 1))]),
        "Counterexample": (three, [Counterexample(at=2), control]),
        "Measured": (three, [Measured("x", _Nothing, 0, 10, "no reason", _Nothing)]),
        "Cited": (Prose("false"), [Cited(Source("unread", "nowhere", read=False))]),
    }


class _Nothing:
    """A run that observes the same inside value whatever is run."""

    values: Mapping[str, float] = {"x": 1}
    seed, dtype, device = 0, "none", "none"
    versions: Mapping[str, str] = {}
