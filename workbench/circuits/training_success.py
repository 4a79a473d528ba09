"""How often training finds a function: exact successes among trials, with the exact binomial interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scipy.stats import binomtest

from workbench.circuits.training import Training, trained
from workbench.circuits.training_rounding import Rounded, rounded
from workbench.circuits.training_shapes import Shape
from workbench.circuits.training_targets import target
from workbench.errors import BadInput
from workbench.runs import Run, record


@dataclass(frozen=True)
class Success:
    """So many networks found among so many trials.

    >>> Success(3, 4).rate
    0.75
    >>> Success(5, 4)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 5 found among 4 trials: give 0 <= found <= trials, trials >= 1
    """

    found: int
    trials: int

    def __post_init__(self) -> None:
        if not 0 <= self.found <= self.trials or self.trials < 1:
            raise BadInput(f"{self.found} found among {self.trials} trials: give 0 <= found <= trials, trials >= 1")

    @property
    def rate(self) -> float:
        """The share that was found."""
        return self.found / self.trials

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the interval that holds the probability at this confidence whatever it is.

        Source: C. J. Clopper, E. S. Pearson, The use of confidence or fiducial limits, Biometrika 26, 1934.

        >>> low, high = Success(0, 100).interval()
        >>> low, round(high, 6) == round(1 - 0.025 ** (1 / 100), 6)
        (0.0, True)
        """
        found = binomtest(self.found, self.trials).proportion_ci(confidence, method="exact")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.found:,} of {self.trials:,} ({self.rate:.3f}, 95 % interval {low:.3f} to {high:.3f})"


@dataclass(frozen=True)
class Cell:
    """What is tried: a target by name, a shape, and how it is trained. Cells that differ have different texts.

    >>> cell = Cell("parity", Shape.gated(2, 1), Training(steps=300))
    >>> Cell.from_json(cell.as_json()) == cell, str(cell)
    (True, 'parity 2-1x2 pm1, 300 steps of adam at 0.03')
    """

    target: str
    shape: Shape
    training: Training = field(default_factory=Training)

    def tried(self, *, seed: int, networks: int, first: int = 0) -> Rounded:
        """Return the trained and rounded networks first, ..., first + networks - 1 of a seed."""
        wanted = target(self.target, self.shape.n)
        layers = trained(self.shape, wanted, seed=seed, networks=networks, first=first, training=self.training)
        return rounded(self.shape, wanted, layers)

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {"target": self.target, "shape": self.shape.as_json(), "training": self.training.as_json()}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Cell:
        """Return the cell that `as_json` wrote."""
        return cls(body["target"], Shape.from_json(body["shape"]), Training(**body["training"]))

    def __str__(self) -> str:
        samples = "" if self.training.samples is None else f" on {self.training.samples} points"
        steps = f"{self.training.steps:,} steps of {self.training.optimiser} at {self.training.rate}"
        low, high = self.training.steepness
        usual = "" if (low, high) == Training.steepness else f", steepness {low} to {high}"
        dtype = "" if self.training.dtype == Training.dtype else f", {self.training.dtype}"
        return f"{self.target} {self.shape}, {steps}{samples}{usual}{dtype}"


def success_rate(cell: Cell, *, seed: int, networks: int = 400) -> Run:
    """Return the record of one cell: `success`, the share that rounding makes exact, and the numbers that it comes from.

    >>> run = success_rate(Cell("parity", Shape.standard(2, 1)), seed=1, networks=10)
    >>> run.values["success"], run.values["trials"], run.dtype
    (0.0, 10.0, 'float32')
    """

    def run(_: Any) -> dict[str, float]:
        found = cell.tried(seed=seed, networks=networks)
        if (number := found.smallest()) is not None:
            found.network(number)  # once more, apart from JAX
        success = Success(int(found.exact.sum()), networks)
        low, high = success.interval()
        return {"success": success.rate, "low": low, "high": high, "trials": networks, "repaired": int(found.repaired.sum())}

    return record("success_rate", run, seed=seed, dtype=cell.training.dtype)
