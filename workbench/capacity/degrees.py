"""The threshold degree of a function: the least degree of a polynomial that has its sign, with evidence for it and against less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench import recognition
from workbench.capacity.recognised import Progress, recognise
from workbench.capacity.truth_tables import Functions, TruthTables
from workbench.errors import Rejected
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation


@dataclass(frozen=True)
class ThresholdDegree:
    """A polynomial of the threshold degree, and the witness that one less is not enough, None if that degree is 0."""

    representation: SignRepresentation
    witness: DualWitness | None

    @property
    def degree(self) -> int:
        """The threshold degree."""
        return self.representation.degree

    def check(self) -> None:
        """Raise Rejected unless both are right and about one function and neighbouring degrees."""
        self.representation.check()
        n, table, degree = self.representation.subject
        if self.witness is None:
            if degree:
                raise Rejected(f"nothing excludes degree {degree - 1}")
            return
        self.witness.check()
        if self.witness.subject != (n, table, degree - 1):
            raise Rejected(f"the witness is about {self.witness.subject}, not {(n, table, degree - 1)}")


def threshold_degree(f: BooleanFunction | PTF) -> ThresholdDegree:
    """Return the least degree at which f is a polynomial threshold function, with both certificates, checked.

    Raises BadInput as `recognise` does, for 10 inputs from degree 4 on.

    >>> found = threshold_degree(BooleanFunction(2, 0b0110))
    >>> found.degree, found.representation.weights, found.witness.degree
    (2, (-1,), 1)
    """
    witness, degree = None, 0
    while isinstance(found := recognition.recognise(f, degree), DualWitness):
        witness, degree = found, degree + 1
    return ThresholdDegree(found, witness)


def threshold_degrees(functions: Functions, n: int | None = None, *, progress: Progress | None = None) -> np.ndarray:
    """Return the threshold degree of each of many functions, given as to `recognise`, shape (functions,), int64.

    `progress` is called with the functions decided and given, for one degree after the other.

    >>> np.bincount(threshold_degrees(np.arange(256), n=3)).tolist()
    [2, 102, 150, 2]
    """
    tables = TruthTables.of(functions, n)
    degrees = np.zeros(len(tables), dtype=np.int64)
    rows = np.arange(len(tables))
    for degree in range(tables.n + 1):
        rows = rows[~recognise(tables[rows], degree, progress=progress).threshold]
        degrees[rows] = degree + 1
    return degrees
