"""Counts class by class with a member's weights for each: the certificates of blocks of two gates and of PTFs, n <= 5."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numba import njit

from workbench.capacity.bitsets import Bitset
from workbench.capacity.blocks import Block, gate_weights, rows
from workbench.capacity.degree_counts import degree_count
from workbench.capacity.npn import Progress, Walk
from workbench.capacity.pair_counts import Block as Enumerated
from workbench.capacity.pair_counts import pair_set
from workbench.capacity.symmetries import Symmetry
from workbench.class_count import ARITY_LIMIT, FAMILIES, ClassCount, Column, counted_by_classes
from workbench.classes import full_table
from workbench.errors import BadInput, Rejected
from workbench.families import Family
from workbench.recount import changes

AND, NAND, XNOR = (-1, 1, 1, 0), (1, -1, -1, 0), (0, 0, 0, 1)
EMPTY = Column((), (), ())
BLOCKS = {  # the names of blocks in `pair_counts`
    "output-gating": "output_gating",
    "multiplexing": "multiplexing",
    "synaptic-gating": "synaptic_gating",
    "additive-synaptic-gating": "additive_synaptic",
    "activation-gating": "activation_gating",
    "layered-2-1": "layered",
    "any-two-gates": "two_input_gates",
}


def class_count(family: Family, *, store: Path | None = None, progress: Progress | None = None) -> ClassCount:
    """Return the count of a family of n <= 5 inputs with, for each class of its functions, its least table and a member's weights.

    A minute or two, and up to 2 GB, for n = 5. Raises BadInput for a family without such certificates, and Rejected if an orbit of
    the functions that were found holds none that the gates and pairs make.

    >>> from workbench.families import output_gating
    >>> found = class_count(output_gating(3))
    >>> found.check()
    >>> found.count, len(found.members.tables)
    (246, 20)
    """
    if not counted_by_classes(family):
        raise BadInput(f"no certificate of {family} by classes: there are some of {', '.join(FAMILIES)}, n <= {ARITY_LIMIT}")
    if family.name == "threshold":
        return _polynomial(family, progress)
    rest = pair_set(BLOCKS[family.name], family.n, **_conventions(family), store=store, progress=progress)
    group = Symmetry(family.n, *changes(family))
    total, number = rest.count(), group.orbits(rest)
    found = []
    for part in _parts(family):
        found.append(_chosen(part, rest, group, number, progress))
    if rest.count():
        raise Rejected(f"{rest.count()} functions of {family} are made by no gate and pair")
    return ClassCount(family, total, _column(family, found), EMPTY)


def _parts(family: Family) -> list[Family]:
    """Return the families of products or gated units that a family is made of."""
    names = {"layered-2-1": ["01"], "any-two-gates": ["01", "pm1"]}
    return [Family("output-gating", family.n, outputs=o) for o in names[family.name]] if family.name in names else [family]


def _conventions(family: Family) -> dict[str, str]:
    return {o: getattr(family, o) for o in family.kind.options if o in ("inputs", "outputs")}


def _polynomial(family: Family, progress: Progress | None) -> ClassCount:
    family = Family(family.name, family.n, degree=min(family.degree, family.n))
    found = degree_count(family.n, family.degree, progress=progress)
    columns = []
    for member in (True, False):
        chosen = found.is_member == member
        integers = found.integers[np.repeat(chosen, np.diff(found.offsets))]
        columns.append(Column(*(a.tolist() for a in (found.representatives[chosen], found.sizes[chosen], integers))))
    return ClassCount(family, found.count, *columns)


def _chosen(part: Family, rest: Bitset, group: Symmetry, most: int, progress: Progress | None) -> np.ndarray:
    """Return, for the classes that a block makes, rows of the least table, size, gate, function at its high value, and whether the
    least table is its negation; and take their functions out of the set."""
    block = Enumerated.of(BLOCKS[part.name], part.n, **{"inputs": None, "outputs": None} | _conventions(part))
    gates = Block.of(part).gates
    reach = gates.dtype.type(block.faces.reach)
    faces = block.faces.up_to_negation() if block.symmetry.output else block.faces
    walk, full = Walk.of(part.n, group.permuted, group.negated), np.uint64(full_table(part.n))
    low, high = faces.low.astype(np.uint64), faces.high.astype(np.uint64)
    found, number = np.zeros((most + 1, 5), np.uint64), 0
    representatives = block.representatives(gates)
    for done, masked in enumerate(representatives):
        gate = np.uint64(gates[(gates & reach == masked).argmax()])
        number = _take(rest.words, low, high, gate, walk.codes, walk.shifts, walk.masks, full, group.output, found, number)
        if progress is not None:
            progress("gates", done + 1, len(representatives))
    return found[:number]


@njit(nogil=True, cache=True)
def _take(words, low, high, gate, codes, shifts, masks, full, outputs, found, number):  # type: ignore[no-untyped-def]
    """Write a row for each class of which the set still holds what this gate makes, and take the class out of the set."""
    one, six, places = np.uint64(1), np.uint64(6), np.uint64(63)
    for k in range(low.size):
        start = low[k] ^ (gate & (low[k] ^ high[k]))
        if not words[start >> six] >> (start & places) & one:
            continue
        t, least, at, negated, fixed = start, start, 0, False, 0
        for step in range(codes.size + 1):
            if step:
                code = codes[step - 1]
                x = (t ^ (t >> shifts[code])) & masks[code]
                t ^= x ^ (x << shifts[code])
            for turn in range(1 + outputs):
                image = t ^ full if turn else t
                words[image >> six] &= ~(one << (image & places))
                fixed += image == start
                if image < least:
                    least, at, negated = image, step, turn == 1
        g, h = gate, high[k]
        for step in range(at):
            x = (g ^ (g >> shifts[codes[step]])) & masks[codes[step]]
            g ^= x ^ (x << shifts[codes[step]])
            x = (h ^ (h >> shifts[codes[step]])) & masks[codes[step]]
            h ^= x ^ (x << shifts[codes[step]])
        found[number, 0] = least
        found[number, 1] = (codes.size + 1) * (1 + outputs) // fixed
        found[number, 2], found[number, 3], found[number, 4] = g, h, negated
        number += 1
    return number


def _column(family: Family, parts: list[np.ndarray]) -> Column:
    """Return the classes of all parts in the order of their tables, with the weights of a member of each."""
    weighted = [_weighted(family, part, found) for part, found in zip(_parts(family), parts, strict=True)]
    listed, integers = np.concatenate(parts), np.concatenate(weighted)
    order = np.argsort(listed[:, 0])
    tables, sizes = listed[order, 0].tolist(), listed[order, 1].tolist()
    return Column(tables, sizes, integers[order].ravel().tolist())


def _weighted(family: Family, part: Family, found: np.ndarray) -> np.ndarray:
    tables, gates, highs, negated = found[:, 0], found[:, 2], found[:, 3], found[:, 4].astype(bool)
    if family == part:
        full = np.uint64(full_table(family.n))
        return rows(family, tables, gates, np.where(negated, highs ^ full, highs))
    two = np.hstack([gate_weights(highs, family.n), gate_weights(gates, family.n)])
    if part.outputs == "pm1":
        readout = np.where(negated[:, None], tuple(-w for w in XNOR), XNOR)
    else:
        readout = np.where(negated[:, None], NAND, AND)
    return np.hstack([readout[:, : 3 + (family.name == "any-two-gates")], two])
