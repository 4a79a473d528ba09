"""Tapes level by level: equal operations on equal heights run together, so that a wide expression compiles in a short time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from workbench.lowering.operations import OPERATIONS, PolynomialAt, constant
from workbench.lowering.polynomial import rounded
from workbench.lowering.tape import Instruction, Tape

LONG_SUM = 12
LONG: dict[str, Any] = {"multiply": jnp.prod, "maximum": jnp.max, "minimum": jnp.min, "and": jnp.all, "or": jnp.any}
Groups = list[tuple[str, list[int]]]


def levels(tape: Tape) -> list[tuple[str, list[int]]]:
    """Return the instructions in groups that run together: one operation, one height, the same constants where they matter."""
    height: list[int] = []
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for index, i in enumerate(tape.instructions):
        height.append(1 + max((height[a] for a in i.args), default=-1))
        fixed = None if i.op in ("input", "constant", "irrational", "linear", "polynomial") else i.payload
        groups[height[-1], i.op, len(i.args), fixed].append(index)
    return [(key[1], members) for key, members in sorted(groups.items(), key=lambda item: item[0][0])]


def run_by_level(tape: Tape, groups: Groups, variables: jax.Array, polynomial: PolynomialAt) -> jax.Array:
    """Return the values, shape (points,), of a tape in these groups at variables of shape (inputs, points).

    >>> from workbench.lowering.tape import Recorder
    >>> t = Recorder(2)
    >>> both = t.finished(t.add("multiply", (t.add("input", (), 0), t.add("input", (), 1))))
    >>> run_by_level(both, levels(both), jnp.array([[2.0, 3.0], [5.0, 7.0]]), lambda *_: jnp.zeros(2)).tolist()
    [10.0, 21.0]
    """
    rows = Rows()
    dtype = str(variables.dtype)
    for op, members in groups:
        group = [tape.instructions[m] for m in members]
        if op == "input":
            rows.append(members, variables[np.array([i.payload for i in group])])
        elif op == "polynomial":
            rows.append(
                members,
                jnp.stack([polynomial(m, [rows.take([a])[0] for a in i.args]) for m, i in zip(members, group, strict=True)]),
            )
        elif not group[0].args:
            block = np.stack([constant(i, dtype) for i in group])[:, None]
            rows.append(members, jnp.broadcast_to(jnp.asarray(block), (len(group), variables.shape[1])))
        elif op in LONG and len(group[0].args) > LONG_SUM:
            rows.append(members, jnp.stack([LONG[op](rows.take(i.args), axis=0) for i in group]))
        elif op == "linear" and len(group[0].args) > LONG_SUM:
            weights: list[Any] = [rounded(i.payload, dtype) for i in group]  # type: ignore[arg-type]
            sums = [jnp.matmul(w, rows.take(i.args), precision="highest") for w, i in zip(weights, group, strict=True)]
            rows.append(members, jnp.stack(sums))
        else:
            operands = [rows.take([i.args[k] for i in group]) for k in range(len(group[0].args))]
            rows.append(members, OPERATIONS[op].apply(_payload(group, dtype), operands))
    return rows.take([tape.root])[0]


def _payload(group: Sequence[Instruction], dtype: str) -> Any:
    """Return the constants of equal operations: weights as columns (None for a column of ones), a safe value, or as they are."""
    payload: Any = group[0].payload
    if group[0].op == "linear":
        columns: Any = zip(*(i.payload for i in group), strict=True)
        return [None if all(w == 1 for w in column) else rounded(column, dtype)[:, None] for column in columns]
    return rounded([payload], dtype)[0] if group[0].op == "guard" else payload


class Rows:
    """The values computed so far, by key: blocks of shape (rows, points), and where each key's row is."""

    def __init__(self) -> None:
        self.blocks: list[jax.Array] = []
        self.where: dict[Hashable, tuple[int, int]] = {}

    @property
    def width(self) -> int:
        """The number of points."""
        return int(self.blocks[0].shape[1])

    def append(self, members: Sequence[Hashable], block: jax.Array) -> None:
        """Add a block whose rows belong to these keys."""
        self.where.update({m: (len(self.blocks), row) for row, m in enumerate(members)})
        self.blocks.append(block)

    def take(self, members: Iterable[Hashable]) -> jax.Array:
        """Return the rows of these keys, in this order, from as few blocks as hold them."""
        places = [self.where[m] for m in members]
        parts = []
        order: dict[tuple[int, int], int] = {}
        for source in sorted({block for block, _ in places}):
            wanted = sorted({row for block, row in places if block == source})
            order.update({(source, row): len(order) + k for k, row in enumerate(wanted)})
            whole = len(wanted) == self.blocks[source].shape[0]
            parts.append(self.blocks[source] if whole else self.blocks[source][np.array(wanted)])
        joined = jnp.concatenate(parts) if len(parts) > 1 else parts[0]
        index = np.array([order[p] for p in places])
        return joined if np.array_equal(index, np.arange(joined.shape[0])) else joined[index]
