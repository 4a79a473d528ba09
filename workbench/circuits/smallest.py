"""The smallest circuits of a function, by a solver: a network for an architecture that will do, a proof for one that will not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.architectures import Architecture, Size, architectures, bits, closed, dominated, known_model, measured, size
from workbench.circuits.proofs import Exhausted, Model, model_of, refutation
from workbench.circuits.weights import realised, two_layers
from workbench.clauses import Proof
from workbench.domain import arity
from workbench.errors import BadInput
from workbench.existence import BITS_LIMIT, Existence, existence
from workbench.network import Network
from workbench.optimum import ARITY_LIMIT, UNITS_LIMIT, SmallestCircuits
from workbench.schema import write_network
from workbench.threshold import PTF, BooleanFunction

Progress = Callable[[str, int, int], object]
SECONDS = 60.0  # for five inputs, unless stated
SHARE = 4  # the part of the time left that one architecture may take, until there is a network
LENGTH_LIMIT = 3_000_000  # numbers in the proofs of a certificate, so that its file can be read again
MOMENT = 1.0  # seconds for each width of a network that need not be the smallest


@dataclass(frozen=True)
class Circuit:
    """The smallest circuits found of a function in a model: one network for each size that no other is within.

    >>> xor = circuit(BooleanFunction(2, 0b0110), model="gated")
    >>> xor, xor.front
    (Circuit(0x6 of 2 inputs, gated: 2 units, depth 1, 1 gatings, optimal), (Size(units=2, depth=1, gatings=1), \
Size(units=3, depth=2, gatings=0)))
    """

    certificate: SmallestCircuits
    seconds: float

    @property
    def network(self) -> Network:
        """The network with the fewest units, of these with the fewest layers, of these with the fewest gatings."""
        return self.certificate.networks[0]

    @property
    def front(self) -> tuple[Size, ...]:
        """The sizes of the networks, ascending."""
        return self.certificate.sizes

    @property
    def units(self) -> int:
        """The number of threshold units of the network; the least there is if `optimal`."""
        return self.front[0].units

    @property
    def depth(self) -> int:
        """The number of layers of the network."""
        return self.front[0].depth

    @property
    def gatings(self) -> int:
        """The number of products of outputs in the network."""
        return self.front[0].gatings

    @property
    def least_units(self) -> int:
        """The number of units below which no circuit has been left possible."""
        return self.certificate.units[0]

    @property
    def optimal(self) -> bool:
        """Whether no circuit of the model has fewer units."""
        return self.certificate.optimal

    @property
    def complete(self) -> bool:
        """Whether every circuit of the model is as large, in all three numbers, as one of the networks."""
        return self.certificate.complete

    def as_json(self) -> dict[str, Any]:
        """Return what the command prints."""
        about = self.certificate
        return {
            "n": about.n,
            "table": hex(about.table),
            "model": about.model,
            "outputs": about.outputs,
            **self.front[0]._asdict(),
            "optimal": self.optimal,
            "at_least": self.least_units,
            "circuit": write_network(self.network),
            "pareto": [s._asdict() for s in self.front],
            "pareto_complete": self.complete,
            "seconds": round(self.seconds, 3),
        }

    def __repr__(self) -> str:
        about = self.certificate
        bound = "optimal" if self.optimal else f"at least {self.least_units} units"
        size = f"{self.units} units, depth {self.depth}, {self.gatings} gatings"
        return f"Circuit({about.table:#x} of {about.n} inputs, {about.model}: {size}, {bound})"

    def _repr_svg_(self) -> str:
        return self.network._repr_svg_()


def circuit(
    f: BooleanFunction | PTF,
    *,
    model: str = "standard",
    outputs: str = "01",
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Circuit:
    """Return the smallest circuits of a function in a model, "standard", "skip" or "gated" (outputs "01" or "pm1").

    For n <= 4 the search ends by itself, most often within a second. For n = 5 it stops after about `seconds`, 60 unless stated,
    and the answer says how far it came: `optimal`, `least_units`, `complete`. `progress` is called with the size at hand, and how
    many of the architectures of so many units are done. The certificate has been checked. Raises BadInput for other arguments.

    >>> circuit(BooleanFunction(3, 0b10010110), model="skip").front
    (Size(units=2, depth=2, gatings=0),)
    >>> circuit(BooleanFunction(6, 1))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: arity 6 is not an integer from 0 to 5
    """
    started = time.perf_counter()
    known_model(model, outputs)
    function = f.function if isinstance(f, PTF) else f
    if not isinstance(function, BooleanFunction):
        raise BadInput(f"a {type(f).__name__} is not a BooleanFunction or a PTF: use BooleanFunction.from_table(table, n=...)")
    n = arity(function.n, limit=ARITY_LIMIT)
    if seconds is not None and not seconds >= 0:  # nor is nan
        raise BadInput(f"seconds {seconds!r} is not a number of at least 0: give one, or leave it out")
    limit = SECONDS if seconds is None and n == ARITY_LIMIT else seconds
    search = Search(function, model, outputs, limit)
    search.run(progress)
    certificate = search.certificate()
    certificate.check()
    return Circuit(certificate, time.perf_counter() - started)


class Search:
    """The architectures by ascending size, and what was found of each."""

    def __init__(self, function: BooleanFunction, model: str, outputs: str, seconds: float | None) -> None:
        self.n, self.table = function.n, function.table
        self.model, self.outputs = model, outputs
        self.end = None if seconds is None else time.perf_counter() + seconds
        self.networks: dict[Size, Network] = {}
        self.proofs: dict[Architecture, Proof] = {}
        self.room = LENGTH_LIMIT
        self.searched = 0  # up to so many units, every architecture was decided

    def run(self, progress: Progress | None) -> None:
        """Decide architectures until no other size can be left: first in shares of the time, then what is open with all of it."""
        if not self.swept(SHARE, progress):
            self.swept(1, progress)

    def swept(self, share: int, progress: Progress | None) -> bool:
        """Decide architectures by ascending size; once one was not, go on only for a network. Say whether all were."""
        whole = True
        for units in range(1, UNITS_LIMIT + 1):
            listed = list(architectures(self.model, units))
            for done, architecture in enumerate(listed):
                if architecture in self.proofs or dominated(architecture, tuple(self.networks)):
                    continue
                if progress is not None:
                    progress(f"{units} units, {len(architecture)} layers", done, len(listed))
                whole &= self.decided(architecture, share)
                if not whole and (self.networks or self.left() == 0):
                    return False
            if whole:
                self.searched = units
            if closed(self.model, tuple(self.networks)):
                break
        return whole

    def left(self) -> float | None:
        """The seconds that are left, None for any number."""
        return None if self.end is None else max(0.0, self.end - time.perf_counter())

    def decided(self, architecture: Architecture, share: int) -> bool:
        """Say whether a network of the architecture was found, or a proof that there is none, in its share of what is left."""
        left, skip = self.left(), self.model == "skip"
        if bits(self.n, architecture, skip=skip) > BITS_LIMIT:
            return False
        formula = existence(self.n, self.table, architecture, skip=skip, outputs=self.outputs)
        try:
            answer = refutation(formula.clauses, seconds=None if left is None else left / share)
        except Exhausted:
            return False
        if isinstance(answer, frozenset):
            self.add(self.network(architecture, formula, answer))
            return True
        length = sum(len(step.clause) + len(step.hints) for step in answer)
        if length > self.room:
            return False
        self.room -= length
        self.proofs[architecture] = answer
        return True

    def any_network(self) -> Network:
        """Return a network of two layers without gates, as narrow as a solver finds in a moment."""
        for width in range(2, BITS_LIMIT + 1):
            architecture = ((None,) * width, (None,))
            formula = existence(self.n, self.table, architecture, skip=False, outputs=self.outputs)
            try:
                found = model_of(formula.clauses, seconds=MOMENT)
            except Exhausted:
                continue
            if found is not None:
                return self.network(architecture, formula, found)
        return two_layers(self.n, self.table, outputs=self.outputs)

    def network(self, architecture: Architecture, formula: Existence, found: Model) -> Network:
        """Return the network of a model of the formula."""
        columns = [np.array([variable in found for variable in column], np.int64) for column in formula.columns]
        return realised(self.n, architecture, columns, skip=self.model == "skip", outputs=self.outputs)

    def add(self, network: Network) -> None:
        """Add a network under its size."""
        self.networks[measured(network, self.model, self.outputs)] = network

    def certificate(self) -> SmallestCircuits:
        """Return what was found, with the proofs that it needs."""
        if not self.networks:
            self.add(self.any_network())
        front = tuple(sorted(self.networks))
        needed = ((a, p) for a, p in self.proofs.items() if size(a).units <= self.searched and not dominated(a, front))
        networks = tuple(self.networks[s] for s in front)
        return SmallestCircuits(self.n, self.table, self.model, self.outputs, self.searched, networks, tuple(needed))
