"""`estimate`: log2 of the number of functions of a family where it is out of reach of a count, with an interval."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.capacity.estimate import Estimate
from workbench.capacity.nbc import estimate_threshold
from workbench.capacity.pair_estimates import estimate_output_gating
from workbench.errors import BadInput
from workbench.families import Family

ESTIMATED = "threshold of every degree, and output-gating of degree 1,"


def estimate(
    family: Family,
    *,
    seed: int,
    samples: int | None = None,
    confidence: float = 0.95,
    store: Path | None = None,
    workers: int = 2,
    progress: Callable[[str, int, int], object] | None = None,
) -> Estimate:
    """Return an estimate of log2 of the number of functions of a family, with the seed that it depends on.

    Threshold functions are estimated to 40 inputs (16 beyond degree 1), output gating to 6. Raises BadInput beyond, and for other
    families.

    >>> from workbench.families import multiplexing, threshold
    >>> e = estimate(threshold(4), seed=1, samples=2000)
    >>> e.low < 10.8781 < e.high
    True
    >>> estimate(multiplexing(4), seed=1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: multiplexing is not estimated: threshold of every degree, and output-gating of degree 1, are
    """
    told = None if progress is None else lambda p: progress(str(p), p.done, p.total)
    given: dict[str, Any] = {"seed": seed, "samples": samples, "confidence": confidence, "store": store, "workers": workers}
    if family.name == "threshold":
        return estimate_threshold(family.n, family.degree, **given, progress=told)
    if family.name == "output-gating" and family.degree == 1:
        return estimate_output_gating(family.n, outputs=family.outputs, **given, progress=told)
    degree = f" of degree {family.degree}" if family.degree != 1 else ""
    raise BadInput(f"{family.name}{degree} is not estimated: {ESTIMATED} are")
