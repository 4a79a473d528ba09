"""Certificates of counts class by class: the least table of each class, its size, and integer weights of a member.

What is listed is a lower bound that the file shows by itself. That nothing is missing is shown for threshold functions, where the
other classes are listed too, each with a dual witness, and for n <= 4 by an enumeration in plain integers; for n = 5 it is probed
by random members, and decided by a full check, which looks up every pair of functions with every gate (see `completeness`).
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial
from random import Random
from typing import Any, ClassVar

from workbench.completeness import unlisted
from workbench.domain import convention
from workbench.errors import BadInput, Rejected
from workbench.families import KINDS, Family
from workbench.lanes import classes
from workbench.members import tables, units
from workbench.packing import little_endian, packed, unpacked
from workbench.poly import monomials
from workbench.recount import changes, functions
from workbench.schema import Fields

ARITY_LIMIT = 5
CLASS_LIMIT = 1 << 20
CHECKED = 1 << 16  # of more classes than this a sample of so many is checked
PROBES = 256  # random members that have to fall into a listed class
LARGEST = 1 << 40  # of a weight
DRAWN = 6  # weights of a probe are even integers up to twice this
FAMILIES = (
    "threshold",
    "output-gating",
    "multiplexing",
    "synaptic-gating",
    "additive-synaptic-gating",
    "activation-gating",
    "layered-2-1",
    "any-two-gates",
)
MIRRORED = ("activation-gating", "01", "pm1")  # its units are no threshold functions of the inputs, and it is not enumerated
Progress = Callable[[str, int, int], object]


def counted_by_classes(family: Family) -> bool:
    """Whether a family has a certificate of this type."""
    known = family.name in FAMILIES and (family.name, family.inputs, family.outputs) != MIRRORED
    return known and family.n <= ARITY_LIMIT and (family.name == "threshold" or family.degree == 1)


@dataclass(frozen=True)
class Column:
    """Classes by their least tables, ascending, their sizes, and rows of integers, of one length, that show what they are."""

    tables: Sequence[int]
    sizes: Sequence[int]
    integers: Sequence[int]

    def row(self, k: int) -> tuple[int, ...]:
        """Return the integers of class number k."""
        width = len(self.integers) // len(self.tables)
        return tuple(self.integers[k * width : (k + 1) * width])

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON: tables by their differences."""
        steps = [b - a for a, b in zip([0, *self.tables], self.tables, strict=False)]
        return {
            "classes": len(self.tables),
            "steps": packed(steps),
            "sizes": packed(self.sizes),
            "integers": packed(self.integers),
        }

    @classmethod
    def of(cls, data: Any, what: str, width: int) -> Column:
        """Return the column with these fields, each row of `width` integers."""
        fields = Fields(data, what)
        number = fields.integer("classes", low=0, high=CLASS_LIMIT)
        steps = unpacked(fields.take("steps", dict), length=number)
        sizes = unpacked(fields.take("sizes", dict), length=number)
        integers = unpacked(fields.take("integers", dict), length=number * width)
        fields.end()
        found, last = array("q"), 0
        for step in steps:
            last += step
            if not 0 <= last < 1 << 32:
                raise BadInput(f"{what} of table {last}, which is none of at most {ARITY_LIMIT} inputs")
            found.append(last)
        return cls(found, sizes, integers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Column) and all(
            list(a) == list(b)
            for a, b in zip((self.tables, self.sizes, self.integers), (other.tables, other.sizes, other.integers), strict=True)
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class ClassCount:
    """The number of functions of a family of at most 5 inputs, by classes, each with a member's weights.

    `members` holds weights in the order of `members.units`; `others`, for threshold functions only, the multiplicities of all
    points in a dual witness. Of more than 65,536 classes a sample of so many is checked, drawn by a hash of the contents; a full
    check looks at all.
    """

    type: ClassVar[str] = "classes"
    soundness: ClassVar[str] = "count_of_partition_into_classes"
    family: Family
    count: int
    members: Column
    others: Column

    def check(self, *, full: bool = False, progress: Progress | None = None) -> None:
        """Raise Rejected unless sizes add up, members are members, classes are classes, and none is found to be missing."""
        self._sums()
        for what, column, shown in (("members", self.members, self._computed), ("others", self.others, self._excluded)):
            self._classes(what, column, shown, full, progress)
        if self.family.name != "threshold":
            self._complete(full, progress)

    def _sums(self) -> None:
        permuted, negated, outputs = changes(self.family)
        order = factorial(permuted) << negated << outputs
        both = [*self.members.tables, *self.others.tables]
        if sorted(set(both)) != sorted(both) or any(t >> (1 << self.family.n) for t in both):
            raise Rejected("a class stands twice, or a table has too many bits")
        for name, column in (("members", self.members), ("others", self.others)):
            if len(column.sizes) != len(column.tables) or any(s < 1 or order % s for s in column.sizes):
                raise Rejected(f"a class size of {name} does not divide {order}, the number of symmetries")
        if (total := sum(self.members.sizes)) != self.count:
            raise Rejected(f"the classes hold {total} functions, not {self.count}")
        if self.family.name == "threshold":
            everything, held = 1 << (1 << self.family.n), self.count + sum(self.others.sizes)
            if held != everything:
                raise Rejected(f"the classes hold {held} of the {everything} functions of {self.family.n} inputs")

    def _classes(
        self, what: str, column: Column, shown: Callable[[int, tuple[int, ...]], bool], full: bool, progress: Progress | None
    ) -> None:
        permuted, negated, outputs = changes(self.family)
        sample = self._sample(len(column.tables), full)
        stated = [column.tables[k] for k in sample]
        found = classes(stated, self.family.n, permuted=permuted, negated=negated, outputs=outputs)
        for done, (k, table, (least, size)) in enumerate(zip(sample, stated, found, strict=True)):
            place = f"class {table:#x}"
            if least != table:
                raise Rejected(f"its least table is {least:#x}", place=place)
            if size != column.sizes[k]:
                raise Rejected(f"the class has {size} functions, not {column.sizes[k]}", place=place)
            if not shown(table, column.row(k)):
                raise Rejected(f"the integers do not show that it is among {what}", place=place)
            if progress and done % 1024 == 0:
                progress(f"classes of {what} checked", done, len(sample))

    def _sample(self, size: int, full: bool) -> Sequence[int]:
        if full or size <= CHECKED:
            return range(size)
        return sorted(self._random().sample(range(size), CHECKED))

    def _random(self) -> Random:
        """A generator that depends on all that the certificate says, so that its author does not choose what is looked at."""
        seed = hashlib.sha256(f"{self.family!r} {self.count}".encode())
        for column in (self.members, self.others):
            for integers in (column.tables, column.sizes, column.integers):
                seed.update(little_endian(array("q", integers)).tobytes())
        return Random(seed.digest())

    def _computed(self, table: int, row: tuple[int, ...]) -> bool:
        return tables(self.family, self._named(row)) == (table,)

    def _named(self, row: Sequence[int]) -> dict[str, tuple[int, ...]]:
        rest = iter(row)
        return {unit: tuple(next(rest) for _ in range(length)) for unit, length in units(self.family).items()}

    def _excluded(self, table: int, row: tuple[int, ...]) -> bool:
        """Whether non-negative multiplicities, not all 0, make every monomial cancel over the signed points."""
        if min(row) < 0 or not any(row):
            return False
        signed = [(k, m if table >> k & 1 else -m) for k, m in enumerate(row) if m]
        return not any(
            sum(-m if (mask & ~k).bit_count() & 1 else m for k, m in signed)
            for mask in monomials(self.family.n, self.family.degree)
        )

    def _complete(self, full: bool, progress: Progress | None) -> None:
        if self.family.n < ARITY_LIMIT:
            if (number := len(functions(self.family))) != self.count:
                raise Rejected(f"the family has {number} functions, not {self.count}")
            return
        permuted, negated, outputs = changes(self.family)
        random, known = self._random(), set(self.members.tables)
        drawn = [self._probe(random) for _ in range(PROBES)]
        found = classes(drawn, self.family.n, permuted=permuted, negated=negated, outputs=outputs)
        missing = next((t for t, (least, _) in zip(drawn, found, strict=True) if least not in known), None)
        if missing is None and full:
            missing = unlisted(self.family, self.members.tables, progress=progress)
        if missing is not None:
            raise Rejected("a member of the family is in no class", place=f"table {missing:#x}")

    def reach(self, *, full: bool = False) -> str:
        """Return what a check looks at, in words."""
        number = len(self.members.tables) + len(self.others.tables)
        looked = sum(min(len(c.tables), number if full else CHECKED) for c in (self.members, self.others))
        checked = f"{looked:,} of {number:,} classes"
        if self.family.name == "threshold":
            return f"{checked}; the sizes of all add up to all functions"
        if self.family.n < ARITY_LIMIT:
            return f"{checked}; the family is enumerated again"
        if full:
            return f"{checked}; every pair of functions with every gate is in one of them"
        return f"{checked}; that none is missing is probed by {PROBES} random members, and decided by a full check only"

    def _probe(self, random: Random) -> int:
        """Return the table of a member whose weights are even integers, constants odd, so that no activation is 0."""
        weights = {
            unit: tuple(2 * random.randint(-DRAWN, DRAWN) + (not i and unit != "a") for i in range(length))
            for unit, length in units(self.family).items()
        }
        return tables(self.family, weights)[0]

    @property
    def subject(self) -> tuple[Family, int]:
        """What it is about: (family, count)."""
        return self.family, self.count

    def __repr__(self) -> str:
        return f"ClassCount({self.family}, count={self.count}; {len(self.members.tables)} classes of members)"

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        options = {option: getattr(self.family, option) for option in self.family.kind.options}
        columns = {"members": self.members.body()} | ({"others": self.others.body()} if self.family.name == "threshold" else {})
        return {"family": self.family.name, "n": self.family.n} | options | {"count": self.count} | columns

    @classmethod
    def of(cls, fields: Fields) -> ClassCount:
        """Return the certificate with these fields."""
        if (name := fields.take("family", str)) not in FAMILIES:
            raise BadInput(f"family {name[:40]!r} has no certificate of this type: {', '.join(FAMILIES)} have")
        n = fields.integer("n", low=0, high=ARITY_LIMIT)
        options: dict[str, Any] = {}
        for option in KINDS[name].options:
            text = option in ("inputs", "outputs")
            options[option] = convention(fields.take(option, str)) if text else fields.integer(option, low=0, high=n)
        family = Family(name, n, **options)
        if not counted_by_classes(family):
            raise BadInput(f"{family} has no certificate of this type")
        members = Column.of(fields.take("members", dict), "a class of members", sum(units(family).values()))
        if any(abs(w) > LARGEST for w in members.integers):
            raise BadInput(f"a weight > {LARGEST}")
        others = Column((), (), ())
        if name == "threshold":
            others = Column.of(fields.take("others", dict), "a class of others", 1 << n)
        return cls(family, fields.integer("count", low=0), members, others)

    @classmethod
    def lie(cls) -> ClassCount:
        """Return a false certificate: the constants are said to be all products of two gates of one input."""
        return cls(Family("output-gating", 1), 2, Column((0, 3), (1, 1), (-1, 0, 1, 0, 1, 0, 1, 0)), Column((), (), ()))
