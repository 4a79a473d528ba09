"""A case of a claim that fails, as a certificate: the exact values of both sides, and the relation that is false of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import sympy

from workbench import formula
from workbench.domain import sign_of
from workbench.errors import BadInput, Rejected
from workbench.exact_values import Value, read_value, symbols_of, told, valued, write_value
from workbench.identity import Difference, Identity
from workbench.schema import Fields
from workbench.statement import ORDERS, RELATIONS, Case

TEXT_LIMIT = 4_000
EXPONENT_LIMIT = 10**6  # of exp and tanh: beyond, a sign may take longer than anyone waits


@dataclass(frozen=True)
class FailingCase:
    """Exact values of which a claimed relation is false once the symbols, if there are any, take the values `at`.

    `says`, `instance` (the index and its value) and `label` name the place in the claim; that the case stands there is for whoever
    has the claim to see. `missing` is what the left side of "subset" has and the right side lacks.

    >>> FailingCase.of_case("small", "n < 2.", {"n": 2}, Case("n = 2", 2, 2, "<")).check()
    >>> FailingCase.of_case("small", "n < 2.", {"n": 1}, Case("n = 1", 1, 2, "<")).check()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: 1 < 2 holds, at n = 1
    """

    type: ClassVar[str] = "failing_case"
    soundness: ClassVar[str] = "counterexample_refutes"
    claim: str
    says: str
    instance: tuple[tuple[str, int], ...]
    label: str
    left: Value
    relation: str
    right: Value
    at: tuple[tuple[str, sympy.Rational], ...] = ()
    missing: Value | None = None

    @classmethod
    def of_case(cls, claim: str, says: str, instance: Mapping[str, int], case: Case) -> FailingCase:
        """Return the certificate of a case of a claim; symbols within it take the first primes as their values.

        Raises BadInput for values that are not written to files.
        """
        left, right = write_value(case.got), write_value(case.want)
        names = sorted(symbols_of(read_value(left)) | symbols_of(read_value(right)))
        at = {name: str(sympy.prime(i)) for i, name in enumerate(names, 1)}
        body = {"claim": claim, "says": says, "instance": dict(instance), "case": case.label}
        body |= {"left": left, "relation": case.relation, "right": right, "at": at}
        if case.relation == "subset":
            lacking = frozenset(case.got) - frozenset(case.want)
            body["missing"] = write_value(min(lacking, key=lambda v: (len(str(v)), str(v)), default=0))
        return cls.of(Fields(body, "a failing case"))

    @classmethod
    def of_difference(cls, claim: str, says: str, identity: Identity, found: Difference) -> FailingCase:
        """Return the certificate of values at which the two sides of an identity differ.

        The sides are written as formulas, or as their values there if they have sums, families or unknown functions.
        """
        given = dict(identity.given)
        body = {"claim": claim, "says": says, "instance": {}, "case": ", ".join(f"{s} = {v}" for s, v in found.point.items())}
        try:
            sides = [write_value(side.subs(given, simultaneous=True)) for side in (identity.left, identity.right)]
            at = {formula.symbol(str(s)).name: str(v) for s, v in found.point.items()}
        except BadInput:
            sides, at = [write_value(found.left), write_value(found.right)], {}
        return cls.of(Fields(body | {"left": sides[0], "relation": "==", "right": sides[1], "at": at}, "a failing case"))

    def check(self) -> None:
        """Raise Rejected unless the relation is false of these values, by exact arithmetic that decides it."""
        if free := (symbols_of(self.left) | symbols_of(self.right)) - {s for s, _ in self.at}:
            raise Rejected(f"no value is given for {sorted(free)}", place=self.label)
        try:
            left, right = (valued(side, dict(self.at)) for side in (self.left, self.right))
            holds = _holds(left, self.relation, right)
        except BadInput as undecided:
            raise Rejected(f"not decided: {undecided}", place=self.label) from None
        if holds:
            raise Rejected(f"{self.relation_told} holds", place=self.label)
        if self.relation == "subset" and not _holds(self.missing, "in", left):
            raise Rejected(f"{told(self.missing)} is not on the left", place=self.label)
        if self.relation == "subset" and _holds(self.missing, "in", right):
            raise Rejected(f"{told(self.missing)} is on the right", place=self.label)

    @property
    def relation_told(self) -> str:
        """Both sides and the relation between them, in a line."""
        return f"{told(self.left)} {self.relation} {told(self.right)}"

    @property
    def subject(self) -> str:
        """What it is about: the name of the claim."""
        return self.claim

    @property
    def about(self) -> dict[str, Any]:
        """What it is about, for a reader."""
        lacking = {} if self.missing is None else {"missing": told(self.missing)}
        return {"claim": self.claim, "says": self.says, "case": self.label, "false": self.relation_told} | lacking

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        found = {"claim": self.claim, "says": self.says, "instance": dict(self.instance), "case": self.label}
        found |= {"left": write_value(self.left), "relation": self.relation, "right": write_value(self.right)}
        found |= {"at": {s: str(v) for s, v in self.at}} if self.at else {}
        return found | ({} if self.missing is None else {"missing": write_value(self.missing)})

    @classmethod
    def of(cls, fields: Fields) -> FailingCase:
        """Return the certificate with these fields."""
        claim, says, label = fields.claim("claim"), _text(fields, "says"), _text(fields, "case")
        instance = fields.take("instance", dict)
        if len(instance) > 1 or any(type(n) is not int or not index.isprintable() for index, n in instance.items()):
            raise BadInput(f"instance {str(instance)[:80]} is not one index with an integer")
        relation = fields.take("relation", str)
        if relation not in RELATIONS:
            raise BadInput(f"relation {relation[:20]!r} is not one of {', '.join(RELATIONS)}")
        left, right = (read_value(fields.take(side, (str, list, dict))) for side in ("left", "right"))
        at = tuple((str(formula.symbol(s).name), formula.number(v)) for s, v in fields.take("at", dict, {}).items())
        missing = read_value(fields.take("missing", (str, list, dict))) if relation == "subset" else None
        return cls(claim, says, tuple(instance.items()), label, left, relation, right, at, missing)

    @classmethod
    def lie(cls) -> FailingCase:
        """Return a false certificate: {1} is said not to be a subset of {1, 2}."""
        one, both = frozenset({1}), frozenset({1, 2})
        return cls("some_claim", "Some sets.", (("n", 1),), "n = 1", one, "subset", both, (), sympy.Integer(1))


def _text(fields: Fields, key: str) -> str:
    text: str = fields.take(key, str)
    if len(text) > TEXT_LIMIT or not text.isprintable():
        raise BadInput(f"{fields.what}: {key} is not one line of at most {TEXT_LIMIT} characters")
    return text


def _holds(left: Any, relation: str, right: Any) -> bool:
    """Whether a relation holds between exact values; raises BadInput for values that it does not compare."""
    if relation == "subset" and isinstance(left, frozenset) and isinstance(right, frozenset):
        return left <= right
    if relation in ("in", "not in") and isinstance(right, (tuple, frozenset)):
        among = any(_equal(left, v) for v in right) if isinstance(right, tuple) else left in right
        return among == (relation == "in")
    if relation in ("==", "!="):
        return _equal(left, right) == (relation == "==")
    if relation in ORDERS and isinstance(left, sympy.Expr) and isinstance(right, sympy.Expr):
        return _sign(left - right) in ORDERS[relation]
    raise BadInput(f"{relation} does not compare {told(left)} and {told(right)}")


def _sign(number: sympy.Expr) -> int:
    for node in sympy.postorder_traversal(number):
        if isinstance(node, (sympy.exp, sympy.tanh)) and sign_of(abs(node.args[0]) - EXPONENT_LIMIT) > 0:
            raise BadInput(f"exponent {told(node.args[0])[:40]} > {EXPONENT_LIMIT}")
    return sign_of(number)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, sympy.Expr) and isinstance(right, sympy.Expr):
        return _sign(left - right) == 0
    if type(left) is not type(right):
        raise BadInput(f"{told(left)} and {told(right)} are of different kinds")
    if isinstance(left, tuple):
        return len(left) == len(right) and all(_equal(x, y) for x, y in zip(left, right, strict=True))
    return bool(left == right)
