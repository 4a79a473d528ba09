"""Certificates of counts: the regions of a chamber, and the functions of a family with a member of each class.

What is recounted in plain integers, and what is only sampled, stands with each type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from workbench.congruences import consistency
from workbench.domain import convention
from workbench.errors import BadInput, Rejected
from workbench.families import KINDS, Family
from workbench.members import table_inputs, tables, units
from workbench.recount import ENUMERATED, closed_vectors, functions, symmetries
from workbench.regions import Counts, face_regions
from workbench.schema import Fields, integers

RECOUNTED = 8  # all faces are counted again up to so many inputs: half a second for 7, about ten for 8
SAMPLED = 40  # beyond, so many faces of at most SMALL rays, drawn by the count itself
SMALL = 8
ARITY_LIMIT = 11
CLASSES = ("self_dual_classes", "np_classes", "npn_classes")


@dataclass(frozen=True)
class RegionCount:
    """The number of threshold functions of n inputs and of their classes, by the regions inside every face of the chamber.

    Up to 8 inputs every face is counted again. Beyond, a sample of the faces of at most 8 rays is, and the numbers of 0 to n
    inputs, those of 9 to n - 1 as stated in `between`, have to pass tests of divisibility; the largest faces are then the word of
    whoever counted them.
    """

    type: ClassVar[str] = "regions"
    soundness: ClassVar[str] = "orbit_sizes_eq_moebius_of_faces"
    n: int
    faces: tuple[int, ...]
    count: int
    self_dual_classes: int
    np_classes: int
    npn_classes: int
    between: tuple[int, ...] = ()

    @classmethod
    def from_counts(cls, counts: Counts, *, between: Sequence[int] = ()) -> RegionCount:
        """Return the certificate of these counts, with those of 9 to n - 1 inputs, if any."""
        classes = (counts.self_dual_classes, counts.np_classes, counts.npn_classes)
        return cls(counts.n, counts.faces, counts.threshold, *classes, tuple(between))

    def check(self) -> None:
        """Raise Rejected unless the sums over faces are as stated and the faces that are counted again agree."""
        if len(self.faces) != 2 << self.n or self.faces[0]:
            raise Rejected(f"{len(self.faces)} faces, not {2 << self.n} with 0 for the first")
        counts = Counts(self.n, self.faces)
        for name, stated in {"threshold": self.count, **self._classes()}.items():
            if (value := getattr(counts, name)) != stated:
                raise Rejected(f"the faces give {name} = {value}, not {stated}", place=f"n = {self.n}")
        for mask in self._sample():
            if (value := face_regions(self.n, mask)) != self.faces[mask]:
                raise Rejected(f"face {mask:#x} has {value} regions, not {self.faces[mask]}", place=f"n = {self.n}")
        if self.n > RECOUNTED:
            consistency([*(Counts.of(k).threshold for k in range(RECOUNTED + 1)), *self.between, self.count])

    def reach(self) -> str:
        """Return what a check looks at, in words."""
        if self.n <= RECOUNTED:
            return "all faces are counted again"
        again = f"{SAMPLED} of {(2 << self.n) - 1:,} faces are counted again"
        return f"{again}; the numbers of 0 to {self.n} inputs are tested by divisibility"

    def _classes(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in CLASSES}

    def _sample(self) -> Iterator[int]:
        everything = range(1, 2 << self.n)
        if self.n <= RECOUNTED:
            return iter(everything)
        small = [mask for mask in everything if mask.bit_count() <= SMALL]
        return iter(Random(self.count).sample(small, SAMPLED))

    @property
    def family(self) -> str:
        """The family that it counts."""
        return "threshold"

    @property
    def subject(self) -> tuple[str, int, int]:
        """What it is about: (family, n, count)."""
        return self.family, self.n, self.count

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        between = {"between": list(self.between)} if self.between else {}
        return {"family": self.family, "n": self.n, "count": self.count} | self._classes() | between | {"faces": list(self.faces)}

    @classmethod
    def of(cls, fields: Fields) -> RegionCount:
        """Return the certificate with these fields."""
        if fields.take("family", str) != "threshold":
            raise BadInput("regions count the family threshold")
        n = fields.integer("n", low=0, high=ARITY_LIMIT)
        faces = integers(fields.take("faces", list))
        if min(faces, default=0) < 0:
            raise BadInput(f"a face with {min(faces)} regions")
        between = integers(fields.take("between", list, []))
        if len(between) != max(0, n - RECOUNTED - 1):
            raise BadInput(f"{len(between)} counts between {RECOUNTED} and {n} inputs, not {max(0, n - RECOUNTED - 1)}")
        count, self_dual, np, npn = (fields.integer(name, low=0) for name in ("count", *CLASSES))
        return cls(n, faces, count, self_dual, np, npn, between)

    @classmethod
    def lie(cls) -> RegionCount:
        """Return a false certificate: six threshold functions of one input."""
        return cls(1, (0, 1, 1, 1), 6, 1, 3, 2)


@dataclass(frozen=True)
class FamilyCount:
    """The number of functions of a family of at most 4 inputs: for each class a member by its weights, and its size.

    All functions of the family are enumerated again, and have to be those of the classes.
    """

    type: ClassVar[str] = "family_count"
    soundness: ClassVar[str] = "count_of_partition_into_classes"
    family: Family
    count: int
    members: tuple[tuple[int, tuple[int, ...], tuple[tuple[str, tuple[int, ...]], ...]], ...]  # size, tables, weights of each unit

    def check(self) -> None:
        """Raise Rejected unless each member is one, sizes add up, and the enumeration finds these functions and no others."""
        by = symmetries(self.family)
        seen: set[tuple[int, ...]] = set()
        for size, stated, weights in self.members:
            name = f"class {', '.join(map(hex, stated))}"
            if (computed := tables(self.family, dict(weights))) != stated:
                raise Rejected(f"the weights compute {', '.join(map(hex, computed))}", place=name)
            orbit = closed_vectors([stated], by)
            if len(orbit) != size:
                raise Rejected(f"the class has {len(orbit)} functions, not {size}", place=name)
            if stated in seen:
                raise Rejected("the class stands twice", place=name)
            seen |= orbit
        if len(seen) != self.count:
            raise Rejected(f"the classes hold {len(seen)} functions, not {self.count}")
        found = functions(self.family)
        vectors = {t if isinstance(t, tuple) else (t,) for t in found}
        if vectors != seen:
            raise Rejected(f"the family has {len(vectors)} functions, {len(vectors - seen)} of them in no class")

    @property
    def subject(self) -> tuple[Family, int]:
        """What it is about: (family, count)."""
        return self.family, self.count

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        options = {option: getattr(self.family, option) for option in self.family.kind.options}
        members = [
            {"size": size, "tables": [hex(t) for t in stated], "weights": {unit: list(w) for unit, w in weights}}
            for size, stated, weights in self.members
        ]
        return {"family": self.family.name, "n": self.family.n} | options | {"count": self.count, "members": members}

    @classmethod
    def of(cls, fields: Fields) -> FamilyCount:
        """Return the certificate with these fields."""
        if (name := fields.take("family", str)) not in ENUMERATED:
            raise BadInput(f"family {name[:40]!r} has no certificate of this type: {', '.join(ENUMERATED)} have")
        n = fields.integer("n", low=0, high=4)
        options: dict[str, Any] = {}
        for option in KINDS[name].options:
            text = option in ("inputs", "outputs")
            options[option] = convention(fields.take(option, str)) if text else fields.integer(option, low=0, high=4)
        family = Family(name, n, **options)

        def read(item: Any) -> Any:
            inner = Fields(item, "a class")
            size = inner.integer("size", low=1)
            stated = tuple(Fields({"table": t}, "a class").table("table", table_inputs(family)) for t in inner.take("tables", list))
            weights = inner.take("weights", dict)
            inner.end()
            if set(weights) != set(units(family)):
                raise BadInput(f"a class has units {sorted(weights)}: {name} has {', '.join(units(family))}")
            return size, stated, tuple((unit, integers(weights[unit])) for unit in units(family))

        return cls(family, fields.integer("count", low=0), fields.items("members", read))

    @classmethod
    def lie(cls) -> FamilyCount:
        """Return a false certificate: products of two gates of one input are said to be the two constants."""
        zero = (("f", (-1, 0)), ("g", (1, 0)))
        one = (("f", (1, 0)), ("g", (1, 0)))
        return cls(Family("output-gating", 1), 2, ((1, (0b00,), zero), (1, (0b11,), one)))
