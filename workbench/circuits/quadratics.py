"""Circuits of quadratic threshold gates: a sum of products of linear forms against 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import combinations

from sympy import Min

from workbench.circuits.forms import Cost, Entry, Form, n, names
from workbench.circuits.pairs import HALF, conjunction_unit
from workbench.circuits.symmetric import at_least
from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import Synapse, Unit, affine, output

Linear = tuple[int, ...]


@cache
def linear_forms(rank: int, size: int) -> tuple[tuple[Linear, Linear], ...]:
    """Return the coefficients of the two linear forms of each product: 1 or -1 by bit t of i, and by bit t of i + 1.

    >>> linear_forms(1, 3)
    (((1, -1, 1), (-1, 1, -1)),)
    """
    left, right = ([tuple(1 - 2 * (i + shift >> t & 1) for i in range(size)) for t in range(rank)] for shift in (0, 1))
    return tuple(zip(left, right, strict=True))


def _quadratic_rule(rank: int, size: int, bits: Sequence[int]) -> int:
    def value(form: Linear) -> int:
        return sum(w * x for w, x in zip(form, bits, strict=True))

    return int(sum(value(a) * value(b) for a, b in linear_forms(rank, size)) >= 1)


def quadratic(rank: int) -> Entry:
    """Return the entry for a sum of `rank` products of linear forms of n bits being at least 1; see `linear_forms`.

    A layered circuit has a copy of each bit beside the AND of each pair, since its readout reads no input. Raises BadInput for a
    rank below 1.

    >>> quadratic(2).form("gated").cost.output_gatings
    2
    """
    if rank < 1:
        raise BadInput(f"rank {rank} < 1: a quadratic form has at least one product")

    def by_pairs(size: int) -> dict[tuple[int, int], int]:
        """The coefficients of x_i x_j, i <= j, where x_i x_i = x_i."""
        forms, places = linear_forms(rank, size), [*((i, i) for i in range(size)), *combinations(range(size), 2)]
        return {(i, j): sum(a[i] * b[j] + (a[j] * b[i] if i < j else 0) for a, b in forms) for i, j in places}

    def by_units(size: int, *, copies: bool) -> Network:
        ands = [conjunction_unit(f"p{i}_{j}", f"x{i}", f"x{j}") for i, j in combinations(range(size), 2)]
        copied = [conjunction_unit(f"p{i}_{i}", f"x{i}") for i in range(size)] if copies else []
        synapses = tuple(
            Synapse(f"x{i}", q) if i == j and not copies else Synapse(f"p{i}_{j}", q, attention=not copies)
            for (i, j), q in by_pairs(size).items()
        )
        return Network.of(names("x", size), [*copied, *ands, Unit("F", "threshold", synapses, -HALF)], ["F"])

    def by_gated_units(size: int) -> Network:
        units = []
        for t, (a, b) in enumerate(linear_forms(rank, size)):
            u, v = (affine(f"{letter}{t}", dict(zip(names("x", size), form, strict=True))) for letter, form in (("u", a), ("v", b)))
            units += [replace(u, output_gates=(output(v.name),)), v]
        return Network.of(names("x", size), [*units, at_least("F", 1, names("u", rank))], ["F"])

    def by_gated_synapses(size: int) -> Network:
        pairs = by_pairs(size).items()
        synapses = tuple(Synapse(f"x{i}", q, () if i == j else (output(f"x{j}"),)) for (i, j), q in pairs)
        return Network.of(names("x", size), [Unit("F", "threshold", synapses, -HALF)], ["F"])

    pairs = n * (n - 1) / 2
    return Entry(
        f"quadratic_{rank}",
        f"whether a sum of {rank} products of linear forms is positive",
        n,
        partial(_quadratic_rule, rank),
        {
            ("standard", "01"): Form(
                lambda size: by_units(size, copies=True), Cost(2, n + pairs + 1, n + 2 * pairs + n + pairs), weight=None
            ),
            ("skip", "01"): Form(
                lambda size: by_units(size, copies=False), Cost(Min(n, 2), pairs + 1, 3 * pairs + n, attention=pairs), weight=None
            ),
            ("gated", "01"): Form(by_gated_units, Cost(2, 1, 2 * rank * n + rank, output_gatings=rank)),
            ("synaptic", "01"): Form(by_gated_synapses, Cost(1, 1, n + pairs, synaptic_gatings=pairs), weight=None),
        },
    )
