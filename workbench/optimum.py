"""The smallest circuits of a function: networks of a model, and proofs that no architecture beats them.

The formula of each architecture is written down again by the check; a certificate holds the proofs alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from workbench import schema
from workbench.architectures import Architecture, Layer, Size, architectures, closed, dominated, known_model, measured
from workbench.clauses import Clause, Proof, refuted, steps, written
from workbench.domain import Cube, place
from workbench.errors import BadInput, Rejected
from workbench.existence import existence
from workbench.network import Network
from workbench.schema import Fields
from workbench.threshold import BooleanFunction, shown_table
from workbench.units import symbolic, threshold_unit

ARITY_LIMIT = 5
UNITS_LIMIT = 8  # of an architecture


@dataclass(frozen=True)
class SmallestCircuits:
    """Networks of a model that compute a table, such that every circuit of at most `searched` units is as large as one of them.

    As large means at least as many threshold units, layers and gatings. Inputs have the values of outputs, "01" or "pm1". Raises
    BadInput for a table or a model that is none.

    >>> SmallestCircuits(1, 0b10, "standard", "01", 0, (), ()).check()
    >>> SmallestCircuits(1, 0b10, "standard", "01", 1, (), ()).check()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: no proof excludes it, at architecture [[null]]
    """

    type: ClassVar[str] = "circuit"
    soundness: ClassVar[str] = "refuted_architectures_bound_circuits"
    n: int
    table: int
    model: str
    outputs: str
    searched: int
    networks: tuple[Network, ...]
    proofs: tuple[tuple[Architecture, Proof], ...]

    def __post_init__(self) -> None:
        BooleanFunction(self.n, self.table)
        known_model(self.model, self.outputs)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes of the networks. Raises Rejected if one is not of the model."""
        return tuple(measured(network, self.model, self.outputs) for network in self.networks)

    @property
    def units(self) -> tuple[int, int | None]:
        """The least number of units: at least the first, at most the second, which is None without a network."""
        least = min((s.units for s in self.sizes), default=None)
        return (self.searched + 1 if least is None else min(self.searched + 1, least)), least

    @property
    def optimal(self) -> bool:
        """Whether no circuit has fewer units than the smallest network."""
        return self.units[0] == self.units[1]

    @property
    def complete(self) -> bool:
        """Whether, with any number of units, every circuit is as large as one of the networks."""
        return closed(self.model, self.sizes) and all(s.units <= self.searched + 1 for s in self.sizes)

    @property
    def conclusion(self) -> dict[str, Any]:
        """What the certificate shows once accepted: the units that suffice and the least there can be, by the keys of `circuit`."""
        least, enough = self.units
        return {"units": enough, "at_least": least, "optimal": self.optimal, "pareto_complete": self.complete}

    def check(self) -> None:
        """Raise Rejected unless the networks compute the table and each architecture that none of them is within is refuted."""
        for number, network in enumerate(self.networks):
            self._check_network(network, f"network {number}")
        proofs, front = dict(self.proofs), self.sizes
        if len(proofs) < len(self.proofs):
            raise Rejected("an architecture has two proofs")
        for architecture in (a for units in range(1, self.searched + 1) for a in architectures(self.model, units)):
            if dominated(architecture, front):
                continue
            if architecture not in proofs:
                raise Rejected("no proof excludes it", place=_named(architecture))
            refuted(self.clauses(architecture), proofs.pop(architecture))
        if proofs:
            raise Rejected("a proof about it is not needed", place=_named(next(iter(proofs))))

    def clauses(self, architecture: Architecture) -> tuple[Clause, ...]:
        """Return the formula that an architecture's proof is about."""
        return existence(self.n, self.table, architecture, skip=self.model == "skip", outputs=self.outputs).clauses

    def _check_network(self, network: Network, name: str) -> None:
        if len(network.inputs) != self.n or len(network.outputs) != 1 or network.outputs[0] in network.inputs:
            raise Rejected(f"{len(network.inputs)} inputs, outputs {network.outputs}: not {self.n} and one unit", place=name)
        measured(network, self.model, self.outputs)
        got = network.function(inputs=self.outputs)
        if wrong := got.table ^ self.table:
            k = (wrong & -wrong).bit_length() - 1
            point = place(Cube(self.n, self.outputs), k)
            raise Rejected(f"the network gives bit {got.table >> k & 1} where the table has {self.table >> k & 1}", place=point)

    def __repr__(self) -> str:
        about = f"n={self.n}, table={shown_table(self.table)}, model={self.model!r}, outputs={self.outputs!r}"
        return f"SmallestCircuits({about}, searched={self.searched}; {len(self.networks)} networks, {len(self.proofs)} proofs)"

    @property
    def subject(self) -> tuple[int, int, str, str]:
        """What it is about: (n, table, model, outputs)."""
        return self.n, self.table, self.model, self.outputs

    def body(self) -> dict[str, Any]:
        """Return the fields as JSON; a proof is LRAT text."""
        proofs = [{"layers": [list(layer) for layer in a], "proof": written(p, len(self.clauses(a)))} for a, p in self.proofs]
        return {
            "n": self.n,
            "table": hex(self.table),
            "model": self.model,
            "outputs": self.outputs,
            "searched": self.searched,
            "networks": [schema.write_network(network) for network in self.networks],
            "proofs": proofs,
        }

    @classmethod
    def of(cls, fields: Fields) -> SmallestCircuits:
        """Return the certificate with these fields."""
        n = fields.integer("n", low=0, high=ARITY_LIMIT)
        table, model, outputs = fields.table("table", n), fields.take("model", str), fields.take("outputs", str)
        searched = fields.integer("searched", low=0, high=UNITS_LIMIT)
        networks = fields.items("networks", _network)
        about = cls(n, table, model, outputs, searched, networks, ())
        listed = fields.take("proofs", list)
        most = sum(1 for units in range(1, searched + 1) for _ in architectures(model, units))
        if len(listed) > most:  # before their formulas are written down
            raise BadInput(f"{len(listed)} proofs > {most}, the architectures of at most {searched} units")
        return cls(n, table, model, outputs, searched, networks, tuple(map(about._read_proof, listed)))

    def _read_proof(self, data: Any) -> tuple[Architecture, Proof]:
        fields = Fields(data, "a proof")
        architecture = fields.items("layers", _layer)
        units = sum(map(len, architecture))
        if units > UNITS_LIMIT or architecture not in architectures(self.model, units):
            raise BadInput(f"{_named(architecture)[:120]} is none of at most {UNITS_LIMIT} units of the model {self.model}")
        text = fields.take("proof", str)
        fields.end()
        return architecture, steps(text, len(self.clauses(architecture)))

    @classmethod
    def lie(cls) -> SmallestCircuits:
        """Return a false certificate: three units for AND, with none said to be too few and no proof."""
        units = [threshold_unit(name, {"x0": 2, "x1": 2}, -3) for name in ("a", "b")]
        last = threshold_unit("f", {"a": 2, "b": 2}, -3)
        return cls(2, 0b1000, "standard", "01", 2, (Network.of(["x0", "x1"], [*units, last], ["f"]),), ())


def _network(data: Any) -> Network:
    network = schema.read_network(data)
    if loose := {str(s) for unit in network.units for w in unit.weights for s in symbolic(w).free_symbols}:
        raise BadInput(f"the network has symbolic weights {sorted(loose)}: give numbers")
    return network


def _layer(item: Any) -> Layer:
    if not isinstance(item, list) or any(gate is not None and type(gate) is not int for gate in item):
        raise BadInput(f"{str(item)[:60]} is not a layer: a list with null or the number of its gate for each unit")
    return tuple(item)


def _named(architecture: Architecture) -> str:
    return f"architecture {[list(layer) for layer in architecture]}".replace("None", "null")
