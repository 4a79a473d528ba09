"""Quantities that symmetries of whole blocks of variables would conserve: translation, scaling, and GL(k) between two factors.

They are proposals: which hold is decided by the exact identity. A rotation alone conserves nothing along a gradient flow, since
only the symmetric generators A give a function x^T A x whose gradient is the direction of the symmetry.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

import sympy

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow


def symmetric(flow: Flow) -> Iterator[sympy.Expr]:
    """Yield the entries of candidate quantities: balances of two blocks, squared norms of blocks, sums and columns of blocks.

    >>> from workbench.dynamics.flow import Flow, entries
    >>> A, B = entries("A", 1, 2), entries("B", 2, 1)
    >>> flow = Flow.of_any_loss(list(A * B), [A, B])
    >>> [str(q) for q in flow.conserved(by="symmetry")]
    ['A_00**2 - B_00**2', 'A_00*A_01 - B_00*B_10', 'A_01**2 - B_10**2']
    """
    blocks = [sympy.Matrix(b) for b in flow.blocks]
    for left, right in combinations(blocks, 2):
        for p in (left.T * left, left * left.T):
            for q in (right * right.T, right.T * right):
                if p.shape == q.shape:
                    yield from _upper(p - q)
        yield (left.T * left).trace() - (right.T * right).trace()
    for block in blocks:
        if len(block) > 1:
            yield (block.T * block).trace()
            yield sum(block, sympy.Integer(0))
            yield from (sum(row, sympy.Integer(0)) for row in block.tolist() if block.cols > 1)
            yield from (sum(row, sympy.Integer(0)) for row in block.T.tolist() if block.rows > 1)


def _upper(matrix: sympy.MatrixBase) -> Iterator[sympy.Expr]:
    for i in range(matrix.rows):
        for j in range(i, matrix.cols):
            yield sympy.expand(matrix[i, j])
