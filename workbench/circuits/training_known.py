"""What training found beside what is known: the fewest units of each model and depth, against constructions and proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workbench.circuits.atlas import LARGEST, Atlas
from workbench.circuits.training_sweep import Row, Sweep
from workbench.circuits.training_targets import target


@dataclass(frozen=True)
class Known:
    """A number of threshold units that suffices, the claim that says so, and whether the claim says that fewer do not.

    >>> print(Known(3, "parity_pm1_factors_eq_n", least=True), Known(4, "xor", least=False), sep="; ")
    3, least; <= 4
    """

    units: int
    claim: str
    least: bool

    def __str__(self) -> str:
        return f"{self.units}, least" if self.least else f"<= {self.units}"


Place = tuple[str, str, int]  # target, model, depth
PARITY, EQUALITY, SELECTOR = (
    "parity_gating_depth_eq_ceil_log2_n",
    "equality_depth_eq_one_of_gating",
    "selector_depth_eq_one_of_gating",
)
KNOWN: Mapping[Place, tuple[Callable[[int], int], str, bool]] = {
    ("parity", "standard", 2): (lambda n: n + 1, PARITY, False),
    ("parity", "skip", 2): (lambda n: n // 2 + 1, PARITY, False),
    ("parity", "gated pm1", 1): (lambda n: n, "parity_pm1_factors_eq_n", True),
    ("parity", "gated 01", 1): (lambda n: 1 << (n - 1), "parity_and_factors_eq_two_pow_n_minus_1", True),
    ("equality", "standard", 2): (lambda n: 3, EQUALITY, False),
    ("equality", "skip", 2): (lambda n: 2, EQUALITY, False),
    ("equality", "gated 01", 1): (lambda n: 2, EQUALITY, False),
}
SELECTED = {("standard", 2): 3, ("skip", 2): 2, ("gated 01", 1): 2}  # the multiplexer with one address bit


def known(name: str, n: int, model: str, depth: int) -> Known | None:
    """Return what claims say of the units that a target needs in a model in at most so many layers; None if they say nothing.

    For four inputs the atlas has the least number, which certificates show.

    >>> known("parity", 6, "gated pm1", 1)
    Known(units=6, claim='parity_pm1_factors_eq_n', least=True)
    >>> known("inner_product", 4, "standard", 2)
    Known(units=3, claim='refuted_architectures_bound_circuits', least=True)
    >>> known("inner_product", 6, "standard", 2) is None
    True
    """
    if n == LARGEST:
        front = Atlas.shipped().front(target(name, n), model.replace(" ", "_"))
        units = min((units for units, layers, _ in front if layers <= depth), default=None)
        return None if units is None else Known(units, "refuted_architectures_bound_circuits", least=True)
    if (name, n) == ("multiplexer", 3) and (model, depth) in SELECTED:
        return Known(SELECTED[model, depth], SELECTOR, least=False)
    if (name, model, depth) not in KNOWN:
        return None
    suffice, claim, least = KNOWN[name, model, depth]
    return Known(suffice(n), claim, least)


def summary(sweep: Sweep) -> Iterator[str]:
    """Yield the lines of a Markdown table: for each target, model and depth the fewest units with a network that was found."""
    yield "| target | n | model | depth | fewest units found | exact after rounding | 95 % interval | more after repair | known |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, n in dict.fromkeys((row.cell.target, row.cell.shape.n) for row in sweep.rows):
        for row in sweep.found(name, n):
            yield _line(row)


def _line(row: Row) -> str:
    shape, (low, high) = row.cell.shape, row.success.interval()
    least = known(row.cell.target, shape.n, shape.model, shape.depth) if row.least_units is None else f"{row.least_units}, least"
    share = f"{row.exact} of {row.trials}", f"{low:.3f} to {high:.3f}", str(row.repaired)
    cells = row.cell.target, str(shape.n), shape.model, str(shape.depth), str(shape.units), *share, str(least or "")
    return f"| {' | '.join(cells)} |"
