"""Whether a function is a member of a family: integer weights of its units, or the search or the witness that says no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from workbench.capacity.searches import LARGE, Vector, beyond, searched
from workbench.class_count import MIRRORED
from workbench.classes import full_table
from workbench.errors import BadInput, Rejected
from workbench.families import Family
from workbench.members import Weights, table_inputs, tables
from workbench.poly import monomial, monomials
from workbench.recognition import recognise
from workbench.recount import ENUMERATED, functions
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation


@dataclass(frozen=True)
class Membership:
    """The answer for a function, or a pair of them, and a family: True with weights, False with an argument, None if it is open.

    The argument of False is a dual witness of the function or of a part of it; the list of all functions of the family, made again
    in plain integers; or a search through all gates, which `check` repeats and which rests on the lists of the fast column.
    """

    family: Family
    tables: Vector
    answer: bool | None
    argument: str
    weights: Weights | None = None
    witness: DualWitness | None = None

    def check(self) -> None:
        """Raise Rejected unless the weights compute the function, or the argument against them holds when it is made again."""
        if self.answer is None:
            raise Rejected(f"it is open: {self.argument}")
        if self.answer:
            computed = tables(self.family, self.weights or {})
            if computed != self.tables:
                raise Rejected(f"the weights compute {', '.join(map(hex, computed))}", place=", ".join(map(hex, self.tables)))
        elif self.witness is not None:
            self.witness.check()
            if self.witness.subject not in _parts(self.family, self.tables[0]):
                raise Rejected(f"the witness is about another function {self.witness.subject}")
        elif _listed(self.family):
            if self.tables in _enumerated(self.family):
                raise Rejected("it is among all functions of the family")
        elif found := searched(self.family, self.tables):
            raise Rejected(f"there are weights: {dict(found)}")


def member(f: BooleanFunction | PTF | Sequence[BooleanFunction | PTF], family: Family) -> Membership:
    """Return whether a function is in a family, a pair of functions for a shared gate, with integer weights or why not.

    Every family is decided for n <= 4, except layers of more than three units and sums of more than two where these do not suffice;
    blocks of two gates for n <= 5; threshold functions, and synapses gated by linear units, for n <= 10. What is beyond has the
    answer None. A decision takes milliseconds for n <= 4, mostly less than a second for n = 5, once the gates and pairs are listed,
    which takes seconds. Raises BadInput for functions of another number of inputs.

    >>> from workbench.families import output_gating, threshold
    >>> xor = BooleanFunction(2, 0b0110)
    >>> yes = member(xor, output_gating(2))
    >>> yes.answer, dict(yes.weights)
    (True, {'f': (1, -1, -1), 'g': (1, 1, 1)})
    >>> no = member(xor, threshold(2))
    >>> no.answer, no.argument
    (False, 'a dual witness')
    >>> no.check()
    """
    vector = _vector(f, family)
    found, witness = _weights_or_witness(family, vector)
    if found is not None:
        result = Membership(family, vector, True, "integer weights", weights=found)
        result.check()
        return result
    if witness is not None:
        return Membership(family, vector, False, "a dual witness", witness=witness)
    if (reason := beyond(family)) is not None:
        return Membership(family, vector, None, reason)
    listed = _listed(family)
    return Membership(family, vector, False, "the list of all functions of the family" if listed else "a search of all gates")


def _vector(f: object, family: Family) -> Vector:
    if not isinstance(family, Family):
        raise BadInput(f"a {type(family).__name__} is not a family: make one, such as workbench.families.threshold(4)")
    pair = family.name == "shared-gate"
    given = list(f) if pair and isinstance(f, Sequence) else [f]
    found = [g.function if isinstance(g, PTF) else g for g in given]
    size = table_inputs(family)
    if len(found) != 1 + pair or any(not isinstance(g, BooleanFunction) or g.n != size for g in found):
        what = "a sequence of two functions" if pair else "a BooleanFunction or PTF"
        raise BadInput(f"{str(f)[:60]} is not {what} of the {size} inputs of {family}")
    return tuple(g.table for g in found if isinstance(g, BooleanFunction))


def _listed(family: Family) -> bool:
    """Whether all functions of the family are listed again in plain integers."""
    mirrored = (family.name, family.inputs, family.outputs) == MIRRORED
    few = table_inputs(family) <= (3 if family.name == "shared-gate" else 4)
    return family.name in ENUMERATED and family.degree == 1 and few and not mirrored


@cache
def _enumerated(family: Family) -> frozenset[Vector]:
    return frozenset(t if isinstance(t, tuple) else (t,) for t in functions(family))


def _parts(family: Family, table: int) -> list[tuple[int, int, int]]:
    """Return the functions, as (n, table, degree), that have to be threshold functions if the table is in the family."""
    n = family.n
    if family.name == "linear-synaptic-gating":
        half = 1 << (n - 1)
        return [(n - 1, table & full_table(n - 1), 1), (n - 1, table >> half, 1)]
    return [(n, table, family.degree)] if family.name == "threshold" else []


def weights(family: Family, vector: Vector) -> Weights | None:
    """Return weights of the units under which a family computes the tables, None if none are found.

    >>> dict(weights(Family("output-gating", 2), (0b1000,)))
    {'f': (-1, 1, 1), 'g': (-1, 1, 1)}
    """
    return _weights_or_witness(family, vector)[0]


def _weights_or_witness(family: Family, vector: Vector) -> tuple[Weights | None, DualWitness | None]:
    if family.name not in ("threshold", "linear-synaptic-gating"):
        return searched(family, vector), None
    if family.n > LARGE:
        return None, None
    found = []
    for n, table, degree in _parts(family, vector[0]):
        evidence = recognise(BooleanFunction(n, table), degree)
        if isinstance(evidence, DualWitness):
            return None, evidence
        found.append(_row(evidence))
    if len(found) == 1:
        return {"f": found[0]}, None
    low, high = found  # each at its value of the last input: their mean is the unit, half their difference gates the synapse
    return {"s": _sum(low, high, 1), "v": (*_sum(high, low, -1), 0)}, None


def _row(evidence: SignRepresentation) -> Vector:
    known = dict(zip(evidence.monomials, evidence.weights, strict=True))
    return tuple(known.get(monomial(mask), 0) for mask in monomials(evidence.n, evidence.degree))


def _sum(first: Vector, second: Vector, sign: int) -> Vector:
    return tuple(a + sign * b for a, b in zip(first, second, strict=True))
