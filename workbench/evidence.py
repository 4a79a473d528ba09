"""The kinds of evidence. Each is run against the claim's own statement and answers with an `Outcome`; none carries a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isfinite
from typing import Any, Protocol, Union

import sympy

from workbench.bound import Bound
from workbench.domain import sign_of
from workbench.errors import BadInput, Rejected, Unsound
from workbench.identity import Identity
from workbench.statement import ForAll, ForEach, Prose, Statement


class Observation(Protocol):
    """What a recorded run shows: named values, and how they were obtained."""

    values: Mapping[str, float]
    seed: int
    dtype: str
    device: str
    versions: Mapping[str, str]


class Checkable(Protocol):
    """A certificate: something about a subject that an exact check accepts or rejects."""

    def check(self) -> None: ...

    @property
    def subject(self) -> Any: ...


@dataclass(frozen=True)
class Outcome:
    """What evidence showed: "holds", "fails", "argued" (hand steps alone), "rejected" (a control, as it must) or "known"."""

    kind: str
    outcome: str
    detail: str
    instances: tuple[int, ...] = ()
    trusts: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict, compare=False)
    seconds: Any = field(default=0, compare=False)

    @property
    def shown(self) -> str:
        """The outcome as a reader takes it: a counterexample that the claim fails at is found."""
        return "found" if (self.kind, self.outcome) == ("Counterexample", "fails") else self.outcome


@dataclass(frozen=True)
class Source:
    """A place in the literature: a key of references.bib, the place within it, and whether someone read it there."""

    key: str
    place: str
    read: bool

    def __post_init__(self) -> None:
        if not self.key.strip() or not self.place.strip():
            raise BadInput(f"source {self.key!r}, {self.place!r}: give a key of references.bib and the place within it")

    def __str__(self) -> str:
        return f"{self.key}, {self.place}" + ("" if self.read else " (not read)")


HERE = Source("workbench2026", "derived in this file", read=True)


@dataclass(frozen=True)
class Hand:
    """A step made by a person, in words; it is trusted, listed and counted."""

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text.strip():
            raise BadInput("a hand step says nothing: write down what is trusted")


Step = Union[Identity, Bound, Hand]


@dataclass(frozen=True)
class Derived:
    """A derivation: without steps, the statement's own identities; else exact steps, and at least one `Hand` that links them.

    A statement about every n is never derived by identities alone: the step from them to the statement is a person's.
    """

    steps: tuple[Step, ...] = ()

    @classmethod
    def of(cls, *steps: Step) -> Derived:
        """Return the derivation with these steps."""
        return cls(steps)

    def run(self, statement: Statement) -> Outcome:
        """Check every exact step."""
        if isinstance(statement, Prose):
            raise Unsound("a statement in words cannot be derived: state identities or cases")
        if foreign := [s for s in self.steps if type(s) not in (Identity, Bound, Hand)]:
            raise Unsound(f"a {type(foreign[0]).__name__} is no step: a derivation has identities, bounds and hand steps")
        exact = [s for s in self.steps if not isinstance(s, Hand)]
        hands = tuple(s.text for s in self.steps if isinstance(s, Hand))
        own = statement.identities if isinstance(statement, ForAll) and not self.steps else ()
        if not own and not hands:
            raise Unsound("the step from these identities to the statement is missing: state it as Hand(...)")
        if not exact and not own:
            return Outcome("Derived", "argued", "hand steps alone carry the statement", trusts=hands)
        try:
            for step in (*own, *exact):
                step.check()
        except Rejected as rejected:
            return Outcome("Derived", "fails", str(rejected))
        number = len(own) + len(exact)
        detail = f"{number} exact step{'s' * (number > 1)}" + (f", {len(hands)} by hand" if hands else ", none by hand")
        needed = dict.fromkeys(str(c) for s in exact if isinstance(s, Identity) for c in s.conditions)
        return Outcome("Derived", "holds", detail + (f"; where {', '.join(needed)}" if needed else ""), trusts=hands)


@dataclass(frozen=True)
class Certified:
    """An exact check of every instance from the statement's first n to `upto` (to `full` under `--full`).

    `of`, if given, are cases of the same claim beside its statement: the objects built and compared, for a claim that is stated
    by identities. One instance beyond the range is looked at as well, where it is within reach.
    """

    upto: int
    full: int | None = None
    of: ForEach | None = None

    def run(self, statement: Statement, *, full: bool = False) -> Outcome:
        """Check the instances in order; stop at the first that fails."""
        target = self.of or statement
        if not isinstance(target, ForEach):
            raise Unsound("a certified range needs cases: give Certified(..., of=ForEach.of(...))")
        last = max(self.upto, self.full or 0) if full else self.upto
        if last < target.first:
            raise Unsound(f"the certified range {target.first}..{last} is empty")
        if target.last is not None and last > target.last:
            raise Unsound(f"the certified range ends at {last}, beyond the statement's last {target.index} = {target.last}")
        done: list[int] = []
        for n in range(target.first, last + 1):
            if failed := target.failure(n):
                return Outcome("Certified", "fails", failed, tuple(done))
            done.append(n)
        if beyond := self._beyond(target, last):
            if isinstance(beyond, str):
                return Outcome("Certified", "fails", beyond + " (one beyond the author's range)", tuple(done))
            done.append(beyond)
        instances = tuple(done) if self.of is None else ()  # what stands beside the statement is none of its instances
        return Outcome("Certified", "holds", f"{_range(target, done)}, every case", instances)

    @staticmethod
    def _beyond(target: ForEach, last: int) -> int | str | None:
        n = last + 1
        if (target.last is not None and n > target.last) or (target.costly_from is not None and n >= target.costly_from):
            return None
        try:
            return target.failure(n) or n
        except BadInput:
            return None


def _range(target: ForEach, done: Sequence[int]) -> str:
    if not target.index:
        return "the whole statement"
    return f"{target.index} = {done[0]}" + (f"..{done[-1]}" if len(done) > 1 else "")


BALLS = "Arb's ball arithmetic (python-flint)"  # what usually computes the intervals of `Enclosed`


@dataclass(frozen=True)
class Enclosed:
    """A check of every instance, as `Certified`, in which intervals decide: each sure to hold a difference, and free of 0.

    `signs` returns the sign of a real SymPy number, or None where its interval does not decide it; `by` names what computes the
    intervals, and is trusted. Rational differences are decided exactly. An undecided difference stops everything.
    """

    upto: int
    signs: Callable[[sympy.Expr], int | None]
    by: str
    full: int | None = None

    def run(self, statement: Statement, *, full: bool = False) -> Outcome:
        """Check the instances in order; stop at the first that fails."""
        if not isinstance(statement, ForEach):
            raise Unsound("enclosures need cases: state them with ForEach")
        self._refuse_wrong_signs()
        outcome = Certified(self.upto, self.full).run(self.decided(statement), full=full)
        return replace(outcome, kind="Enclosed", trusts=(self.by,))

    def decided(self, statement: ForEach) -> ForEach:
        """Return the statement with cases whose signs are those of the intervals."""
        return replace(statement, cases=lambda n: (replace(case, sign=self._sign) for case in statement.cases(n)))

    def _sign(self, difference: Any) -> int:
        if not isinstance(difference, sympy.Expr) or difference.is_Rational:
            return sign_of(difference)
        if (sign := self.signs(difference)) is None:
            raise Unsound(f"the interval of {str(difference)[:80]} does not exclude 0: nothing is decided")
        return sign

    def _refuse_wrong_signs(self) -> None:
        """Numbers whose signs are known by hand: 27/10 < e < 11/4, and e - e written in two ways."""
        e = sympy.exp(1)
        known = ((e - sympy.Rational(27, 10), 1), (e - sympy.Rational(11, 4), -1), (sympy.sqrt(2) - sympy.Rational(3, 2), -1))
        if wrong := [number for number, sign in known if self.signs(number) != sign]:
            raise Unsound(f"'{self.by}' gives a wrong sign of {wrong[0]}")
        if self.signs((e + 1) * (e - 1) - sympy.exp(2) + 1) is not None:
            raise Unsound(f"'{self.by}' gives a sign where no interval excludes 0")


@dataclass(frozen=True)
class Measured:
    """A run whose observed `quantity` must fall in the band [low, high], and a control run that must fall outside it.

    `because` says why this band. Bands are exact numbers, written before the run. Under `--full` the run is `full`, if given: more
    draws or a longer horizon, held against the same band. A float32 run is refused unless the claim `needs` no more: it carries
    24 bits, and the direction of a textbook softmax gradient to a logit gap of 16 (float64 to 36).
    """

    quantity: str
    run_it: Callable[[], Observation]
    low: int | Fraction
    high: int | Fraction
    because: str
    control: Callable[[], Observation]
    full: Callable[[], Observation] | None = None
    needs: str = "float64"

    def run(self, statement: Statement, *, full: bool = False) -> Outcome:
        """Make both runs and compare them with the band."""
        if (
            not all(isinstance(b, (int, Fraction)) for b in (self.low, self.high))
            or self.low > self.high
            or not self.because.strip()
        ):
            raise Unsound(f"band [{self.low}, {self.high}] is not two exact numbers low <= high with a reason")
        control = self.control()
        if self._inside(control):
            raise Unsound(f"the band [{self.low}, {self.high}] of {self.quantity} admits its control")
        if not isfinite(control.values[self.quantity]):
            raise Unsound(f"the control run of {self.quantity} has no finite value, which every band would exclude")
        seen = self.full() if full and self.full else self.run_it()
        detail = f"{self.quantity} = {seen.values[self.quantity]:.6g} against [{self.low}, {self.high}]: {self.because}"
        data = {
            "seed": seen.seed,
            "dtype": seen.dtype,
            "device": seen.device,
            "versions": dict(seen.versions),
            "values": dict(seen.values),
        }
        return Outcome("Measured", "holds" if self._inside(seen) else "fails", detail, data=data)

    def _inside(self, seen: Observation) -> bool:
        if self.quantity not in seen.values:
            raise Unsound(f"the run did not observe {self.quantity!r}")
        if seen.dtype == "float32" != self.needs:
            reason = "24 bits, and softmax directions up to a logit gap of 16, are not enough for it"
            raise Unsound(f"a float32 run of {self.quantity}, which needs {self.needs}: {reason}; make the run in {self.needs}")
        value = seen.values[self.quantity]
        return isfinite(value) and self.low <= value <= self.high


@dataclass(frozen=True)
class Control:
    """Something false in the way the claim might be false: a changed statement, or a certificate that lies. It must be rejected."""

    what: str
    of: Union[ForAll, ForEach, Identity, Bound, Checkable]
    upto: int | None = None

    def run(self, statement: Statement) -> Outcome:
        """Raise Unsound if the altered statement or certificate is accepted."""
        if self.of is statement or self.of == statement:
            raise Unsound(f"control '{self.what}' is the statement itself")
        reason = self._rejection()
        if reason is None:
            raise Unsound(f"control '{self.what}' was accepted")
        return Outcome("Control", "rejected", f"{self.what}: {reason}")

    def _rejection(self) -> str | None:
        if isinstance(self.of, ForEach):
            upto = self.of.first if self.upto is None else self.upto
            return next((f for n in range(self.of.first, upto + 1) if (f := self.of.failure(n))), None)
        if isinstance(self.of, (ForAll, Identity, Bound)):
            return self._differs(ForAll.of(self.of) if isinstance(self.of, Identity) else self.of)
        try:
            self.of.check()
        except Rejected as rejected:
            return str(rejected)
        return None

    def _differs(self, altered: ForAll | Bound) -> str | None:
        """Both the exact decision and some values must speak against it."""
        try:
            altered.check()
        except Rejected as rejected:
            if (failed := altered.failure()) is None:
                raise Unsound(f"control '{self.what}' is not shown to be false: {rejected}") from None
            return failed
        return None


@dataclass(frozen=True)
class Counterexample:
    """The instance n at which the statement fails (none for identities: values are searched); `certificate` is its file."""

    at: int | None = None
    certificate: Checkable | None = None

    def run(self, statement: Statement, name: str) -> Outcome:
        """Run the statement there; the outcome "fails" is what refutes it."""
        if isinstance(statement, Prose):
            raise Unsound("a statement in words has no counterexample: state identities or cases")
        if isinstance(statement, ForEach):
            if self.at is None or self.at < statement.first or (statement.last is not None and self.at > statement.last):
                raise Unsound(f"the counterexample at {statement.index} = {self.at} lies outside the statement's range")
            failed = statement.failure(self.at)
        else:
            failed = statement.failure()
        if failed is None:
            raise Unsound(
                f"the counterexample is none: the statement holds at {self.at if self.at is not None else 'the values tried'}"
            )
        if self.certificate is not None:
            if self.certificate.subject != name:
                raise Unsound(f"the counterexample file is about {self.certificate.subject}, not {name}")
            self.certificate.check()
        return Outcome("Counterexample", "fails", failed, data={"certificate": self.certificate} if self.certificate else {})


@dataclass(frozen=True)
class Cited:
    """A source that states the claim. Only a source that someone read earns the word "cited"."""

    source: Source

    def run(self, statement: Statement) -> Outcome:
        """Report the source."""
        return Outcome("Cited", "known" if self.source.read else "argued", str(self.source), trusts=(str(self.source),))


Evidence = Union[Derived, Certified, Enclosed, Measured, Control, Counterexample, Cited]
