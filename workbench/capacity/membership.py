"""Whether a function is a member of a family: integer weights of its units, or the search or the witness that says no."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from workbench.capacity.blocks import GATED, Block, features, gate_weights, outputs, rows, unit_weights
from workbench.capacity.faces import Faces, restrictions
from workbench.capacity.npn import distinct
from workbench.capacity.pair_tables import members, output_gating, products
from workbench.capacity.threshold_lists import threshold_list
from workbench.classes import full_table
from workbench.errors import BadInput, Rejected
from workbench.families import Family
from workbench.members import Weights, table_inputs, tables, units
from workbench.poly import monomials
from workbench.recognition import recognise
from workbench.recount import ENUMERATED, functions
from workbench.threshold import PTF, BooleanFunction
from workbench.witness import DualWitness, SignRepresentation

Vector = tuple[int, ...]
AND, NAND = (-1, 1, 1), (1, -1, -1)
LARGE = 10  # inputs up to which threshold functions are recognised


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
        elif found := _weights(self.family, self.tables):
            raise Rejected(f"there are weights: {dict(found)}")


def member(f: BooleanFunction | PTF | Sequence[BooleanFunction | PTF], family: Family) -> Membership:
    """Return whether a function is in a family, a pair of functions for a shared gate, with integer weights or why not.

    Every family is decided for n <= 4, except layers of more than three units and sums of more than two where these do not suffice;
    blocks of two gates for n <= 5; threshold functions, and synapses gated by linear units, for n <= 10. What is beyond has the
    answer None. A decision takes milliseconds once the gates are listed; a no for n = 5 may take minutes. Raises BadInput for
    functions of another number of inputs.

    >>> from workbench.families import output_gating, threshold
    >>> xor = BooleanFunction(2, 0b0110)
    >>> yes = member(xor, output_gating(2))
    >>> yes.answer, dict(yes.weights)
    (True, {'f': (1, 1, 1), 'g': (1, -1, -1)})
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
    if (reason := _beyond(family)) is not None:
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
    mirrored = (family.name, family.inputs, family.outputs) == ("activation-gating", "01", "pm1")
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
        return _weights(family, vector), None
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
    shape = (tuple(i for i in range(evidence.n) if mask >> i & 1) for mask in monomials(evidence.n, evidence.degree))
    return tuple(known.get(m, 0) for m in shape)


def _sum(first: Vector, second: Vector, sign: int) -> Vector:
    return tuple(a + sign * b for a, b in zip(first, second, strict=True))


def _beyond(family: Family) -> str | None:
    """Return why a family is not searched whole, None if it is."""
    limit = 4 if family.name in ("k-fold-gating", "hidden-layer", "attending-layer") or family.degree > 1 else 5
    limit = 4 if (family.name, family.inputs, family.outputs) == ("activation-gating", "01", "pm1") else limit
    limit = LARGE if family.name in ("threshold", "linear-synaptic-gating") else limit
    if (size := table_inputs(family)) > limit:
        return f"{size} inputs > {limit}: {family.name} is not searched beyond"
    most = {"hidden-layer": 3, "attending-layer": 2}.get(family.name)
    if most is not None and family.units > most:
        return f"{most} units do not suffice, and {family.units} are not searched"
    return None


def _weights(family: Family, vector: Vector) -> Weights | None:
    """Return the weights of a member that computes the tables, None if the search finds none or does not reach."""
    if _beyond(family) is not None and family.name not in ("hidden-layer", "attending-layer"):
        return None
    if table_inputs(family) > (4 if family.name in ("hidden-layer", "attending-layer") else 5):
        return None
    if family.name in GATED:
        return _by_choice(family, vector[0])
    return SEARCHES[family.name](family, vector)


def _by_choice(family: Family, table: int) -> Weights | None:
    found = Block.of(family).choice(table)
    if found is None:
        return None
    row = rows(family, *(np.array([t], np.uint64) for t in (table, *found)))[0].tolist()
    return named(family, row)


def named(family: Family, row: Sequence[int]) -> Weights:
    """Return the weights of each unit of a member from all of them in order."""
    weights, start = {}, 0
    for unit, length in units(family).items():
        weights[unit] = tuple(row[start : start + length])
        start += length
    return weights


def _gate(table: int, n: int) -> Vector:
    return tuple(gate_weights(np.array([table]), n)[0].tolist())


def _any_synaptic(family: Family, vector: Vector) -> Weights | None:
    n, fixed = family.n, Family("synaptic-gating", family.n, inputs=family.inputs, outputs=family.outputs)
    for i in range(n):
        order = list(range(n))
        order[i], order[-1] = order[-1], i
        moved = BooleanFunction(n, vector[0])
        points = [sum((k >> order[b] & 1) << b for b in range(n)) for k in range(1 << n)]
        table = sum(bit << points[k] for k, bit in enumerate(moved.bits))
        if found := _by_choice(fixed, table):
            s, g = (tuple(w[1 + order[b]] for b in range(n)) for w in (found["s"], found["g"]))
            return {"s": (found["s"][0], *s), "synapse": (i,), "g": (found["g"][0], *g)}
    return None


@cache
def _products(n: int, k: int, outputs: str) -> np.ndarray:
    return products(n, k, outputs=outputs)


def _factors(table: int, n: int, k: int, outputs: str) -> list[int] | None:
    """Return at most k threshold functions with this product, None if there are none."""
    for few in range(1, k + 1):
        found = _products(n, few, outputs)
        if found[table]:
            return list(_split(table, n, few, outputs))
        if few > 1 and (found == _products(n, few - 1, outputs)).all():
            break
    return None


def _split(table: int, n: int, k: int, outputs: str) -> Iterator[int]:
    while k > 1:
        k -= 1
        rest = members(_products(n, k, outputs), n)
        choice = Block(Faces.of_products(rest, n, outputs=outputs), threshold_list(n)).choice(table)
        assert choice is not None
        gate, table = choice
        yield gate
    yield table


def _k_fold(family: Family, vector: Vector) -> Weights | None:
    found = _factors(vector[0], family.n, family.units, family.outputs)
    if found is None:
        return None
    filled = [*found, *[full_table(family.n)] * (family.units - len(found))]
    return {f"f{i}": _gate(t, family.n) for i, t in enumerate(filled)}


def _pair(table: int, n: int, outputs: str) -> tuple[Vector, Vector] | None:
    found = Block.of(Family("output-gating", n, outputs=outputs)).choice(table)
    return None if found is None else (_gate(found[1], n), _gate(found[0], n))


def _layered(family: Family, vector: Vector) -> Weights | None:
    n, (table,) = family.n, vector
    for readout, h in ((AND, table), (NAND, table ^ full_table(n))):
        if pair := _pair(h, n, "01"):
            return {"f": readout, "f0": pair[0], "f1": pair[1]}
    return None


def _any_two(family: Family, vector: Vector) -> Weights | None:
    if found := _layered(family, vector):
        return {**found, "f": (*found["f"], 0)}
    pair = _pair(vector[0], family.n, "pm1")
    return {"f": (0, 0, 0, 1), "f0": pair[0], "f1": pair[1]} if pair else None


def _hidden(family: Family, vector: Vector) -> Weights | None:
    n, (table,) = family.n, vector
    for sign, h in ((1, table), (-1, table ^ full_table(n))):
        for few, search in enumerate((_one_hidden, _two_hidden, _three_hidden)[: family.units], 1):
            if found := search(h, n):
                readout, gates = found
                spare = family.units - few
                filled = [*gates, *[full_table(n)] * spare]
                weights = (*(sign * w for w in readout), *[0] * spare)
                return {"f": weights} | {f"f{i}": _gate(t, n) for i, t in enumerate(filled)}
    return None


Layer = tuple[Vector, tuple[int, ...]]  # the weights of the readout, and the tables of the hidden units


def _one_hidden(h: int, n: int) -> Layer | None:
    return ((0, 1), (h,)) if h in threshold_list(n) else None


def _two_hidden(h: int, n: int) -> Layer | None:
    found = Block.of(Family("output-gating", n)).choice(h)
    return (AND, found) if found else None


def _three_hidden(h: int, n: int) -> Layer | None:
    """Return h as a AND b AND c, as a AND (b OR c) or as the majority of a, b, c."""
    functions, full = threshold_list(n), full_table(n)
    if (factors := _factors(h, n, 3, "01")) is not None:
        return (-2, 1, 1, 1), tuple(factors)
    either = members(output_gating(n, outputs="01")[::-1], n)
    if found := Block(Faces.of_products(either, n, outputs="01"), functions).choice(h):
        a, b_or_c = found
        pair = Block.of(Family("output-gating", n)).choice(b_or_c ^ full)
        assert pair is not None
        return (-1, 2, 1, 1), (a, pair[0] ^ full, pair[1] ^ full)
    for a in functions:
        if found := Block(Faces(n, a | functions, a & functions), functions).choice(h):
            c, a_or_b = found
            for b in functions[(a | functions) == a_or_b]:
                if (a & b | c & (a | b)) == h:
                    return (0, 1, 1, 1), (int(a), int(b), c)
    return None


def _attending(family: Family, vector: Vector) -> Weights | None:
    n, m, (table,) = family.n, family.units, vector
    one = _by_choice(Family("multiplexing", n), table)
    if one:
        return {"s": one["s"], "a": (*one["a"], *[0] * (m - 1))} | {f"g{i}": one["g"] for i in range(m)}
    if m == 1:
        return None
    above, gates = restrictions(threshold_list(n + 2), n, 4), threshold_list(n)
    for first in gates:
        low, high = (zero ^ (first & (zero ^ other)) for zero, other in (above[:2], above[2:]))
        if found := Block(Faces.of(n, high, low), gates).choice(table):
            chosen = outputs(np.array([[first, found[0]]]), n)
            row = unit_weights(np.array([table]), features(family, chosen))[0].tolist()
            filled = [int(first), found[0], *[full_table(n)] * (m - 2)]
            a = (*row[n + 1 :], *[0] * (m - 2))
            return {"s": tuple(row[: n + 1]), "a": a} | {f"g{i}": _gate(t, n) for i, t in enumerate(filled)}
    return None


def _shared(family: Family, vector: Vector) -> Weights | None:
    n, gates = family.n, threshold_list(family.n)
    for g in gates:
        faces = Faces.of_products(gates, n, outputs=family.outputs)
        (found,) = faces.gated(np.array([g]))
        if all((found == t).any() for t in vector):
            chosen = [int(gates[(found == t).argmax()]) for t in vector]
            return {f"f{i}": _gate(t, n) for i, t in enumerate(chosen)} | {"g": _gate(int(g), n)}
    return None


SEARCHES: dict[str, Callable[[Family, Vector], Weights | None]] = {
    "any-synaptic-gating": _any_synaptic,
    "k-fold-gating": _k_fold,
    "layered-2-1": _layered,
    "any-two-gates": _any_two,
    "hidden-layer": _hidden,
    "attending-layer": _attending,
    "shared-gate": _shared,
}
