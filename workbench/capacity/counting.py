"""`count`: the exact number of functions of a family, by the method that fits its size, with how it was found."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from workbench.capacity.listing import indicator, listed
from workbench.capacity.realisation import family_count
from workbench.certificate import Certificate
from workbench.class_count import MIRRORED, counted_by_classes
from workbench.counts import threshold_count
from workbench.errors import BadInput
from workbench.families import Family
from workbench.members import table_inputs
from workbench.recount import ENUMERATED, closed_vectors, functions, symmetries
from workbench.regions import Counts
from workbench.shards import WORKERS_LIMIT
from workbench.tallies import RECOUNTED, RegionCount

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

    def __post_init__(self) -> None:
        if isinstance(self.workers, bool) or not isinstance(self.workers, int) or not 1 <= self.workers <= WORKERS_LIMIT:
            raise BadInput(f"workers {self.workers!r} is not a number from 1 to {WORKERS_LIMIT}")


@dataclass(frozen=True)
class Method:
    """A way to count: its name, the families that it reaches, the run (count, classes, certificate), and whether it certifies."""

    name: str
    applies: Callable[[Family], bool]
    run: Callable[[Family, Order], tuple[int, int | None, Certificate | None]]
    certifies: Callable[[Family], bool] = lambda family: True


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
    method = _method(family, certified)
    if method is None:
        if _method(family, False) is not None:
            raise BadInput(f"no certificate of {family}: count it without one, or with fewer inputs")
        reach = max((n for n in range(family.n) if _method(_smaller(family, n), False)), default=None)
        out = f"n <= {reach} is counted" if reach is not None else "workbench.bounds gives bounds"
        raise BadInput(f"{family} is out of reach of an exact count: {out}")
    start = perf_counter()
    number, classes, certificate = method.run(family, Order(None if store is None else Path(store), workers, progress, certified))
    return Count(family, number, classes, method.name, perf_counter() - start, certificate)


def _method(family: Family, certified: bool) -> Method | None:
    return next((m for m in METHODS if m.applies(family) and (m.certifies(family) or not certified)), None)


def _enumerated(f: Family) -> bool:
    limit = 3 if f.name == "shared-gate" else 4
    open_ = (f.name, f.inputs, f.outputs) == MIRRORED
    return f.name in ENUMERATED and f.degree == 1 and table_inputs(f) <= limit and not open_


def _smaller(family: Family, n: int) -> Family:
    return family.with_inputs(n) if n or "synaptic" not in family.name else family


def _by_table(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    certificate = threshold_count(family.n, family.degree)
    return certificate.count, len(certificate.members), certificate if order.certified else None


def _by_regions(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    counts = Counts.of(family.n)
    return counts.threshold, counts.npn_classes, RegionCount.from_counts(counts) if order.certified else None


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


def _by_slices(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    from workbench.capacity.chambers import threshold_counts

    tell = order.progress
    told = None if tell is None else lambda p: tell(str(p), p.done, p.total)
    counts = threshold_counts(family.n, store=order.store, workers=order.workers, progress=told)
    if not order.certified:
        return counts.threshold, counts.npn_classes, None
    between = [threshold_counts(k, store=order.store, workers=order.workers).threshold for k in range(RECOUNTED + 1, family.n)]
    return counts.threshold, counts.npn_classes, RegionCount.from_counts(counts, between=between)


def _by_tables(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    if family.name == "shared-gate":
        from workbench.capacity.pair_tables import shared_gate_count

        return shared_gate_count(family.n, outputs=family.outputs, progress=order.progress), None, None
    return int(indicator(family).sum()), None, None


def _by_bits(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    from workbench.capacity.pair_counts import pair_count

    if order.certified:
        return _by_classes(family, order)
    name = BLOCKS[family.name]
    options = {o: getattr(family, o) for o in family.kind.options if o in ("inputs", "outputs") and name != "and_of_three"}
    found = pair_count(name, family.n, **options, store=order.store, progress=order.progress)
    return found.count, found.classes, None


def _by_npn_classes(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    from workbench.capacity.degree_counts import degree_count

    if order.certified:
        return _by_classes(family, order)
    found = degree_count(family.n, family.degree, progress=order.progress)
    return found.count, found.classes, None


def _by_classes(family: Family, order: Order) -> tuple[int, int | None, Certificate | None]:
    from workbench.capacity.class_counts import class_count

    certificate = class_count(family, store=order.store, progress=order.progress)
    return certificate.count, len(certificate.members.tables), certificate


BLOCKS = {  # the names of blocks of five inputs in `pair_counts`
    "output-gating": "output_gating",
    "k-fold-gating": "and_of_three",
    "multiplexing": "multiplexing",
    "synaptic-gating": "synaptic_gating",
    "any-synaptic-gating": "any_synapse",
    "additive-synaptic-gating": "additive_synaptic",
    "activation-gating": "activation_gating",
    "layered-2-1": "layered",
    "any-two-gates": "two_input_gates",
}

SOONER = (  # marked in less time than they are enumerated in plain integers
    "any-synaptic-gating",
    "additive-synaptic-gating",
    "linear-synaptic-gating",
    "partial-output-gating",
    "disjoint-output-gating",
    "disjoint-multiplexing",
)


def _marked(f: Family) -> bool:
    """Whether the functions of the family are marked in an array of 2^(2^n) within seconds."""
    return (listed(f) or (f.name == "shared-gate" and f.n <= 4)) and (f.name in SOONER or not _enumerated(f))


def _bits(f: Family) -> bool:
    """Whether the functions are found in a set of 2^32 bits within minutes."""
    known = f.name != "k-fold-gating" or (f.units, f.outputs) == (3, "01")
    known &= (f.name, f.inputs, f.outputs) != MIRRORED  # two million pairs of functions
    return f.name in BLOCKS and f.degree == 1 and f.n == 5 and known


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
        "regions inside the faces of one chamber, deletion and restriction in compiled integers",
        lambda f: f.name == "threshold" and f.degree == 1 and f.n <= 11,
        _by_slices,
    ),
    Method(
        "one decision for each of the 616,126 classes of all functions, confirmed in integers",
        lambda f: f.name == "threshold" and f.n == 5,
        _by_npn_classes,
    ),
    Method("marks in an array of all functions", _marked, _by_tables, certifies=lambda f: False),
    Method(
        "enumeration of all functions, one factor by representatives, closed under symmetries",
        _enumerated,
        _by_enumeration,
    ),
    Method(
        "one gate of each orbit with all pairs of functions, closed under symmetries on a set of bits",
        _bits,
        _by_bits,
        certifies=counted_by_classes,
    ),
)
