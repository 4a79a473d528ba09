"""The classes of functions that attention blocks compute, as sets of truth tables built from a given set of gates.

Nothing here decides what a threshold function is: the sets `gates` are handed in (see `certificate.threshold_tables`). Inputs
are called x_0..x_{n-1}; `outputs` is the convention of the gate, "01" (a product is AND) or "pm1" (a product is XNOR).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from itertools import product

from workbench.domain import arity, convention, table_of

Tables = frozenset[int]


def full_table(n: int) -> int:
    """Return the table of the constant 1.

    >>> full_table(2)
    15
    """
    return (1 << (1 << arity(n))) - 1


def multiplied(tables: Iterable[int], n: int, *, outputs: str) -> int:
    """Return the table of a product of gates: AND of 0/1 outputs, XNOR of +-1 outputs.

    >>> bin(multiplied([0b1100, 0b1010], 2, outputs="01")), bin(multiplied([0b1100, 0b1010], 2, outputs="pm1"))
    ('0b1000', '0b1001')
    """
    full = full_table(n)
    if convention(outputs) == "01":
        return reduce(lambda a, b: a & b, tables, full)
    return reduce(lambda a, b: ~(a ^ b) & full, tables, full)


def output_gating(gates: Tables, n: int, *, outputs: str, other: Tables | None = None) -> Tables:
    """Return the products f*g of f in `gates` and g in `other` (`gates` unless given): AND(n) or PM(n).

    >>> len(output_gating(frozenset(range(16)) - {6, 9}, 2, outputs="01"))
    16
    """
    second = gates if other is None else other
    if convention(outputs) == "01":
        return frozenset(f & g for f in gates for g in second)
    full = full_table(n)
    return frozenset(f ^ g ^ full for f in gates for g in second)


def products_of(gates: Tables, n: int, k: int, *, outputs: str) -> Tables:
    """Return the products of k >= 1 gates, AND^(k)(n) or PM^(k)(n)."""
    found = gates
    for _ in range(k - 1):
        found = output_gating(found, n, outputs=outputs, other=gates)
    return found


def complements(tables: Tables, n: int) -> Tables:
    """Return the negations of the functions."""
    full = full_table(n)
    return frozenset(t ^ full for t in tables)


def faces(gates_above: Tables, n: int) -> frozenset[tuple[int, int]]:
    """Return the pairs (F at y = 0, F at y = 1) of functions F(x, y) of n + 1 inputs, y the last."""
    full = full_table(n)
    return frozenset((t & full, t >> (1 << n)) for t in gates_above)


def multiplexing(gates: Tables, gates_above: Tables, n: int) -> Tables:
    """Return MUX(n), the functions H(s(x) + a g(x)), as F(x, g(x)) with F a threshold function of n + 1 inputs."""
    full = full_table(n)
    pairs = faces(gates_above, n)
    return frozenset(low & (g ^ full) | high & g for low, high in pairs for g in gates)


def layered(gates: Tables, n: int) -> Tables:
    """Return SM(n,2,1): a threshold readout of two hidden threshold units and nothing else.

    The fourteen threshold functions of two inputs are all functions but XOR and XNOR.
    """
    hidden = gates | complements(gates, n)
    both = frozenset(f & g for f in hidden for g in hidden)
    return both | complements(both, n)


def input_table(n: int, i: int) -> int:
    """Return the table of the bit x_i.

    >>> bin(input_table(2, 0))
    '0b1010'
    """
    return table_of(k >> i & 1 for k in range(1 << n))


def ternary_dichotomies(gates_above: Tables, n: int) -> Tables:
    """Return the affine dichotomies of {0,1}^(n-1) x {-1,0,1}, as masks over 3 * 2^(n-1) points, the last coordinate slowest.

    Such a function of (x, y) is a threshold function of (x, y1, y2) with y = y1 + y2 - 1, and symmetric in y1 and y2; conversely
    the weights of a symmetric one can be averaged.
    """
    block = 1 << n - 1
    mask = (1 << block) - 1
    found = set()
    for t in gates_above:
        at = [t >> block * k & mask for k in range(4)]  # (y1, y2) = (0,0), (1,0), (0,1), (1,1)
        if at[1] == at[2]:
            found.add(at[0] | at[1] << block | at[3] << 2 * block)
    return frozenset(found)


def synaptic_gating(gates: Tables, gates_above: Tables, n: int, j: int, *, inputs: str, outputs: str) -> Tables:
    """Return SYN(n; inputs, outputs) with the synapse of x_j gated: H(sum_{i != j} w_i x_i + w_j g(x) x_j + b)."""
    patterns = gated_input(gates, n, j, inputs=inputs, outputs=outputs)
    affine = ternary_dichotomies(gates_above, n)
    return frozenset(table_of(t >> place & 1 for place in pattern) for t in affine for pattern in patterns)


def gated_input(gates: Tables, n: int, j: int, *, inputs: str, outputs: str) -> frozenset[tuple[int, ...]]:
    """Return, for each gate g, where in {x without x_j} x {-1, 0, 1} each of the 2^n points lands with y = g(x) x_j."""
    low_in, low_out = (-1 if convention(c) == "pm1" else 0 for c in (inputs, outputs))
    found = set()
    for g in gates:
        places = []
        for k in range(1 << n):
            y = (1 if g >> k & 1 else low_out) * (1 if k >> j & 1 else low_in)
            rest = k & ((1 << j) - 1) | k >> j + 1 << j
            places.append((y + 1 << n - 1) + rest)
        found.add(tuple(places))
    return frozenset(found)


def shared_gate(gates: Tables, n: int, m: int, *, outputs: str) -> frozenset[tuple[int, ...]]:
    """Return the vectors (f_0 g, ..., f_{m-1} g) of m gates that share one gate g."""
    found: set[tuple[int, ...]] = set()
    for g in gates:
        column = {multiplied((f, g), n, outputs=outputs) for f in gates}
        found |= set(product(column, repeat=m))
    return frozenset(found)
