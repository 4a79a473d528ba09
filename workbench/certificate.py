"""Certificates: small JSON files that an exact check accepts or rejects, whoever found them and however.

Each type names, under `soundness`, the claim by which its check means what it says. Reading is strict; `check` raises Rejected
naming the place where a well-formed certificate lies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Union, get_args

import sympy

from workbench import formula, schema
from workbench.class_count import ClassCount
from workbench.domain import Cube, convention, place, sign_of
from workbench.errors import BadInput, Rejected
from workbench.failing_case import FailingCase
from workbench.identity import DOMAINS, Identity
from workbench.miter import Miter
from workbench.network import Network
from workbench.optimum import SmallestCircuits
from workbench.schema import Fields
from workbench.separation import LeastNorm, NoMargin, NuclearBracket
from workbench.statement import ORDERS
from workbench.tallies import FamilyCount, RegionCount
from workbench.threshold import BooleanFunction, npn_orbit
from workbench.units import symbolic, threshold_unit
from workbench.witness import DualWitness, SignRepresentation

SCHEMA = "workbench-certificate/1"


@dataclass(frozen=True)
class Equivalence:
    """A network whose single output, on the cube of its inputs' convention, has this truth table."""

    type: ClassVar[str] = "equivalence"
    soundness: ClassVar[str] = "equal_tables_are_equal_functions"
    n: int
    table: int
    inputs: str
    network: Network

    def check(self) -> None:
        """Raise Rejected unless the network computes the table at every point."""
        if len(self.network.inputs) != self.n or len(self.network.outputs) != 1:
            raise Rejected(
                f"the network has {len(self.network.inputs)} inputs and {len(self.network.outputs)} outputs, not {self.n} and 1"
            )
        got = self.network.function(inputs=self.inputs)
        for k, (ours, theirs) in enumerate(zip(got.bits, BooleanFunction(self.n, self.table).bits, strict=True)):
            if ours != theirs:
                raise Rejected(
                    f"the network gives bit {ours} where the table has {theirs}", place=place(Cube(self.n, self.inputs), k)
                )

    @property
    def subject(self) -> tuple[int, int]:
        """What it is about: (n, table)."""
        return self.n, self.table

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return {"n": self.n, "table": hex(self.table), "inputs": self.inputs, "network": schema.write_network(self.network)}

    @classmethod
    def of(cls, fields: Fields) -> Equivalence:
        """Return the certificate with these fields."""
        n = fields.integer("n", low=0, high=12)
        table, inputs = fields.table("table", n), convention(fields.take("inputs", str))
        network = schema.read_network(fields.take("network", dict))
        if loose := {str(s) for u in network.units for w in u.weights for s in symbolic(w).free_symbols}:
            raise BadInput(f"the network has symbolic weights {sorted(loose)}: give numbers")
        return cls(n, table, inputs, network)

    @classmethod
    def lie(cls) -> Equivalence:
        """Return a false certificate: an AND unit that is said to be XOR."""
        both = Network.of(["x0", "x1"], [threshold_unit("f", {"x0": 2, "x1": 2}, -3)], ["f"])
        return cls(2, 0b0110, "01", both)


@dataclass(frozen=True)
class IdentityCertificate:
    """An identity between two expressions, to be decided again by canonical forms and case splits."""

    type: ClassVar[str] = "identity"
    soundness: ClassVar[str] = "canonical_form_decides_identity"
    identity: Identity

    def check(self) -> None:
        """Raise Rejected in the first case in which the two sides differ."""
        self.identity.check()

    @property
    def subject(self) -> Identity:
        """What it is about."""
        return self.identity

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        i = self.identity
        implied = {s: "positive" if s.is_positive else "nonnegative" for s in _symbols(i) if s.is_nonnegative}
        return {
            "left": formula.write(i.left),
            "right": formula.write(i.right),
            "where": {s.name: d for s, d in (implied | dict(i.where)).items()},
            "given": {s.name: formula.write(e) for s, e in i.given},
        }

    @classmethod
    def of(cls, fields: Fields) -> IdentityCertificate:
        """Return the certificate with these fields."""
        left, right = formula.read(fields.take("left", (str, dict))), formula.read(fields.take("right", (str, dict)))
        where = {formula.symbol(k): v for k, v in fields.take("where", dict, {}).items()}
        if any(not isinstance(v, str) or v not in DOMAINS for v in where.values()):
            raise BadInput(f"where {fields.data} names a domain that is not one of {', '.join(DOMAINS)}")
        given = {formula.symbol(k): formula.read(v) for k, v in fields.take("given", dict, {}).items()}
        return cls(Identity.of(left, right, where=where, given=given))

    @classmethod
    def lie(cls) -> IdentityCertificate:
        """Return a false certificate: |z| = z."""
        z = formula.symbol("z")
        return cls(Identity.of(sympy.Abs(z), z))


def _symbols(identity: Identity) -> set[sympy.Symbol]:
    expressions = [identity.left, identity.right, *(e for _, e in identity.given)]
    return {s for e in expressions for s in e.free_symbols}


@dataclass(frozen=True)
class CountCertificate:
    """The number of threshold functions of a degree: every NPN class of all functions, with weights or with a dual witness.

    `members` are SignRepresentations and `others` DualWitnesses, one for each class; membership is the same all over a class.
    """

    type: ClassVar[str] = "count"
    soundness: ClassVar[str] = "count_of_partition_into_classes"
    family: str
    n: int
    degree: int
    count: int
    members: tuple[tuple[int, SignRepresentation], ...]
    others: tuple[tuple[int, DualWitness], ...]

    def check(self) -> None:
        """Raise Rejected unless the classes partition all functions, sizes and evidence are right, and the sizes add up."""
        seen: set[int] = set()
        entries: tuple[tuple[int, SignRepresentation | DualWitness], ...] = (*self.members, *self.others)
        for size, evidence in entries:
            name = f"class {evidence.table:#x}"
            if (evidence.n, evidence.degree) != (self.n, self.degree):
                raise Rejected(f"evidence for n = {evidence.n}, degree {evidence.degree}", place=name)
            evidence.check()
            orbit = npn_orbit(evidence.table, self.n)
            if len(orbit) != size:
                raise Rejected(f"the class has {len(orbit)} functions, not {size}", place=name)
            if seen & orbit:
                raise Rejected("the class stands twice", place=name)
            seen |= orbit
        if len(seen) != 1 << (1 << self.n):
            raise Rejected(f"the classes hold {len(seen)} of the {1 << (1 << self.n)} functions of {self.n} inputs")
        if (total := sum(size for size, _ in self.members)) != self.count:
            raise Rejected(f"the classes of threshold functions hold {total} functions, not {self.count}")

    def __repr__(self) -> str:
        classes = f"{len(self.members)} classes of members, {len(self.others)} of others"
        return f"CountCertificate({self.family}, n={self.n}, degree={self.degree}, count={self.count}; {classes})"

    @property
    def subject(self) -> tuple[str, int, int, int]:
        """What it is about: (family, n, degree, count)."""
        return self.family, self.n, self.degree, self.count

    def tables(self) -> frozenset[int]:
        """Return the tables of all members."""
        return frozenset(t for _, evidence in self.members for t in npn_orbit(evidence.table, self.n))

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        members = [
            {"size": s, "table": hex(e.table), "monomials": [list(m) for m in e.monomials], "weights": list(e.weights)}
            for s, e in self.members
        ]
        others = [{"size": s, "table": hex(e.table), "witness": {str(k): m for k, m in e.witness}} for s, e in self.others]
        return {
            "family": self.family,
            "n": self.n,
            "degree": self.degree,
            "count": self.count,
            "members": members,
            "others": others,
        }

    @classmethod
    def of(cls, fields: Fields) -> CountCertificate:
        """Return the certificate with these fields."""
        if (family := fields.take("family", str)) != "threshold":
            raise BadInput(f"family {family[:40]!r} is not counted by certificates: only threshold is")
        n = fields.integer("n", low=0, high=4)
        degree = fields.integer("degree", low=0, high=n)
        about = {"n": n, "degree": degree}

        def read(kind: Any) -> Any:
            def one(item: Any) -> Any:
                inner = Fields(item, "a class")
                size = inner.integer("size", low=1)
                if stray := about.keys() & inner.data.keys():
                    raise BadInput(f"a class has unknown fields {sorted(stray)}")
                inner.data |= about
                evidence = kind.of(inner)
                inner.end()
                return size, evidence

            return one

        count = fields.integer("count", low=0)
        return cls(
            family, n, degree, count, fields.items("members", read(SignRepresentation)), fields.items("others", read(DualWitness))
        )

    @classmethod
    def lie(cls) -> CountCertificate:
        """Return a false certificate: three of the four functions of one input."""
        zero = SignRepresentation(1, 0b00, 1, ((),), (-1,))
        single = SignRepresentation(1, 0b10, 1, ((0,),), (1,))
        return cls("threshold", 1, 1, 3, ((2, zero), (2, single)), ())


@dataclass(frozen=True)
class CounterexampleCertificate:
    """Values at which a claimed relation fails; or a network of the smaller class with a proof that the larger one misses it.

    In the first shape `left relation right` is false when the symbols take the values `at`, each symbol of `counts` standing
    for a certified count. In the second shape `inside` and `outside` are about one table.
    """

    type: ClassVar[str] = "counterexample"
    soundness: ClassVar[str] = "counterexample_refutes"
    claim: str
    left: sympy.Expr | None = None
    relation: str = ""
    right: sympy.Expr | None = None
    at: tuple[tuple[str, sympy.Rational], ...] = ()
    counts: tuple[tuple[str, CountCertificate], ...] = ()
    inside: Equivalence | None = None
    outside: DualWitness | None = None

    def check(self) -> None:
        """Raise Rejected unless the relation fails at the values, or the table is inside one class and outside the other."""
        if self.inside is not None and self.outside is not None:
            self.inside.check()
            self.outside.check()
            if self.inside.subject != self.outside.subject[:2]:
                raise Rejected(f"the two parts are about different functions {self.inside.subject} and {self.outside.subject[:2]}")
            return
        for _, count in self.counts:
            count.check()
        values = {formula.symbol(s): v for s, v in self.at} | {formula.symbol(s): sympy.Integer(c.count) for s, c in self.counts}
        assert self.left is not None and self.right is not None
        left, right = (formula.read(formula.write(side), at=values) for side in (self.left, self.right))
        difference = (left - right).doit()
        if difference.free_symbols:
            raise Rejected(f"no value is given for {sorted(map(str, difference.free_symbols))}")
        if sign_of(difference) in ORDERS[self.relation]:
            raise Rejected(
                f"{self.left} {self.relation} {self.right} holds there",
                place=", ".join(f"{s} = {v}" for s, v in self.at) or "these counts",
            )

    @property
    def subject(self) -> str:
        """What it is about: the name of the claim."""
        return self.claim

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        if self.inside is not None and self.outside is not None:
            return {"claim": self.claim, "inside": self.inside.body(), "outside": self.outside.body()}
        return {
            "claim": self.claim,
            "left": formula.write(sympy.Integer(0) if self.left is None else self.left),
            "relation": self.relation,
            "right": formula.write(sympy.Integer(0) if self.right is None else self.right),
            "at": {s: str(v) for s, v in self.at},
            "counts": {s: c.body() for s, c in self.counts},
        }

    @classmethod
    def of(cls, fields: Fields) -> CounterexampleCertificate:
        """Return the certificate with these fields."""
        claim = fields.claim("claim")
        if "inside" in fields.data:
            return cls(
                claim,
                inside=_nested(Equivalence, fields.take("inside", dict)),
                outside=_nested(DualWitness, fields.take("outside", dict)),
            )
        relation = fields.take("relation", str)
        if relation not in ORDERS:
            raise BadInput(f"relation {relation[:20]!r} is not one of {', '.join(ORDERS)}")
        left, right = formula.read(fields.take("left", (str, dict))), formula.read(fields.take("right", (str, dict)))
        at = tuple((str(formula.symbol(s).name), formula.number(v)) for s, v in fields.take("at", dict, {}).items())
        counts = tuple(
            (str(formula.symbol(s).name), _nested(CountCertificate, c)) for s, c in fields.take("counts", dict, {}).items()
        )
        if twice := {s for s, _ in at} & {s for s, _ in counts}:
            raise BadInput(f"symbol {min(twice)} has a value and stands for a count")
        return cls(claim, left, relation, right, at, counts)

    @classmethod
    def lie(cls) -> CounterexampleCertificate:
        """Return a false certificate: 1 <= 2 is said to fail."""
        return cls("some_claim", sympy.Integer(1), "<=", sympy.Integer(2))


Certificate = Union[
    SignRepresentation,
    DualWitness,
    Equivalence,
    IdentityCertificate,
    CountCertificate,
    RegionCount,
    FamilyCount,
    ClassCount,
    SmallestCircuits,
    CounterexampleCertificate,
    FailingCase,
    Miter,
    LeastNorm,
    NoMargin,
    NuclearBracket,
]
TYPES: dict[str, Any] = {c.type: c for c in get_args(Certificate)}


def _nested(kind: Any, data: Any) -> Any:
    fields = Fields(data, f"a {kind.type} certificate")
    certificate = kind.of(fields)
    fields.end()
    return certificate


def write(certificate: Certificate) -> str:
    """Return the text of a certificate file; of a failing case each field is a line.

    >>> read(write(DualWitness.lie())) == DualWitness.lie()
    True
    """
    fields = {"schema": SCHEMA, "type": certificate.type} | certificate.body()
    if isinstance(certificate, FailingCase):
        return "{\n " + ",\n ".join(f"{json.dumps(key)}: {json.dumps(field)}" for key, field in fields.items()) + "\n}\n"
    return json.dumps(fields, indent=1) + "\n"


def read(text: str) -> Certificate:
    """Return the certificate of a file's text.

    Raises BadInput, with one line, for anything that is not a well-formed certificate of this schema.

    >>> read('{"schema": "workbench-certificate/1", "type": "hope"}')  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: certificate type 'hope' is not one of 15: sign_representation, ...
    """
    fields = Fields(schema.parse(text), "a certificate")
    if (version := fields.take("schema", str)) != SCHEMA:
        raise BadInput(f"schema {version[:40]!r} is not {SCHEMA!r}")
    if (name := fields.take("type", str)) not in TYPES:
        raise BadInput(f"certificate type {name[:40]!r} is not one of {len(TYPES)}: {', '.join(TYPES)}")
    certificate: Certificate = TYPES[name].of(fields)
    fields.end()
    return certificate


def checkers_reject_lies() -> Mapping[str, str]:
    """Return, for each certificate type, the reason for which its checker rejects its standing lie.

    Raises Rejected if a checker accepts it: then nothing that this checker says can be used.
    """
    reasons = {}
    for name, kind in TYPES.items():
        try:
            kind.lie().check()
        except Rejected as rejected:
            reasons[name] = str(rejected)
            continue
        raise Rejected(f"the checker of {name} certificates accepts a lie", place=repr(kind.lie())[:120])
    return reasons
