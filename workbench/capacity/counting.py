"""`count`: the exact number of functions of a family, by the method that fits its size, with how it was found."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from workbench.capacity.realisation import family_count
from workbench.certificate import Certificate
from workbench.counts import threshold_count
from workbench.errors import BadInput
from workbench.families import Family
from workbench.recount import ENUMERATED, closed_vectors, functions, symmetries
from workbench.regions import Counts
from workbench.tallies import RegionCount

Progress = Callable[[str, int, int], object]  # what is at hand, how many parts are done, and of how many
PLAIN = 6  # threshold functions of so many inputs are counted in plain integers within a tenth of a second


@dataclass(frozen=True)
class Count:
    """The exact number of functions of a family, and of their classes under its symmetries where they were counted.

    >>> from workbench.families import multiplexing
    >>> c = count(multiplexing(3))
    >>> c.count, c.classes, c.log2
    (256, 14, 8.0)
    """

    family: Family
    count: int
    classes: int | None
    method: str
    seconds: float
    certificate: Certificate | None = None

    @property
    def log2(self) -> float:
        """The capacity in bits, rounded to a float."""
        return math.log2(self.count)

    def __int__(self) -> int:
        return self.count

    def as_json(self) -> dict[str, Any]:
        """Return the fields for a JSON document, the certificate left out."""
        f = self.family
        about = {"family": f.name, "n": f.n, "degree": f.degree, "inputs": f.inputs, "outputs": f.outputs}
        about |= {option: getattr(f, option) for option in f.kind.options if option not in about}
        found = {"count": self.count, "log2": self.log2, "classes": self.classes, "method": self.method}
        return about | found | {"seconds": round(self.seconds, 3)}


@dataclass(frozen=True)
class Order:
    """What a count may use: a folder that keeps finished parts, workers, who is told of progress, and whether to certify it."""

    store: Path | None = None
    workers: int = 1
    progress: Progress | None = None
    certified: bool = False


@dataclass(frozen=True)
class Method:
    """A way to count: its name, the families that it reaches, and the run: count, classes and, if asked for, certificate."""

    name: str
    applies: Callable[[Family], bool]
    run: Callable[[Family, Order], tuple[int, int | None, Certificate | None]]


def count(
    family: Family,
    *,
    store: Path | str | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    certified: bool = False,
) -> Count:
    """Return the exact number of functions of a family, with a certificate if `certified`.

    Raises BadInput where no method reaches, and where a certificate is asked for that does not exist.

    >>> from workbench.families import output_gating, threshold
    >>> int(count(threshold(4))), int(count(output_gating(2, outputs="pm1")))
    (1882, 16)
    """
    if not isinstance(family, Family):
        raise BadInput(f"a {type(family).__name__} is not a family: make one, such as workbench.families.threshold(4)")
    method = next((m for m in METHODS if m.applies(family)), None)
    if method is None:
        reach = max((n for n in range(family.n) if any(m.applies(_smaller(family, n)) for m in METHODS)), default=None)
        out = f"n <= {reach} is counted" if reach is not None else "estimate it, or ask for bounds"
        raise BadInput(f"{family} is out of reach of an exact count: {out}")
    start = perf_counter()
    order = Order(None if store is None else Path(store), workers, progress, certified)
    number, classes, certificate = method.run(family, order)
    if certified and certificate is None:
        raise BadInput(f"no certificate for {family}: counted ({number}), but what was found is too large to list")
    return Count(family, number, classes, method.name, perf_counter() - start, certificate)


def _smaller(family: Family, n: int) -> Family:
    return family.with_inputs(n) if n or "synaptic" not in family.name else family


def _by_table(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    certificate = threshold_count(family.n, family.degree)
    return certificate.count, len(certificate.members), certificate if order.certified else None


def _by_regions(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    counts = Counts.of(family.n)
    return counts.threshold, counts.npn, RegionCount.from_counts(counts) if order.certified else None


def _by_enumeration(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    if order.certified:
        certificate = family_count(family)
        return certificate.count, len(certificate.members), certificate
    vectors = {t if isinstance(t, tuple) else (t,) for t in functions(family)}
    return len(vectors), sum(1 for _ in _classes(set(vectors), family)), None


def _classes(rest: set[tuple[int, ...]], family: Family) -> Iterator[tuple[int, ...]]:
    by = symmetries(family)
    while rest:
        first = next(iter(rest))
        rest -= closed_vectors([first], by)
        yield first


METHODS = (
    Method(
        "classes of all functions, each with weights or a witness against them",
        lambda f: f.name == "threshold" and f.n <= 4,
        _by_table,
    ),
    Method(
        "regions inside the faces of one chamber, deletion and restriction in plain integers",
        lambda f: f.name == "threshold" and f.degree == 1 and f.n <= PLAIN,
        _by_regions,
    ),
    Method(
        "enumeration of all functions, one factor by representatives, closed under symmetries",
        lambda f: f.name in ENUMERATED and f.degree == 1 and f.n <= (3 if f.name == "shared-gate" else 4),
        _by_enumeration,
    ),
)
