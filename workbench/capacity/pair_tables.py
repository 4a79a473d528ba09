"""The functions that two-gate blocks compute, n <= 4, as truth values indexed by tables: entry t is true if t is in the class.

Every class is formed from the list of all threshold functions as it is defined, gate by gate and pair by pair; symmetry is used
only where the lists are long (degree >= 2). Arrays have 2^(2^n) entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from workbench.capacity.faces import Faces, extended, restrictions
from workbench.capacity.npn import Move, Progress, canonical_forms, distinct, input_moves, word
from workbench.capacity.threshold_lists import threshold_list
from workbench.classes import full_table
from workbench.domain import arity, convention
from workbench.errors import BadInput

PAIR_LIMIT = 4


def members(found: np.ndarray, n: int) -> np.ndarray:
    """Return the tables in a class, ascending.

    >>> members(output_gating(1, outputs="01"), 1).tolist()
    [0, 1, 2, 3]
    """
    return np.flatnonzero(found).astype(word(n))


def output_gating(n: int, *, outputs: str, degree: int = 1, gate_inputs: int | None = None) -> np.ndarray:
    """Return AND(n) (outputs 01) or PM(n) (pm1), the products f g of threshold functions of a degree.

    The gate g reads the first `gate_inputs` inputs, all if None. Raises BadInput for n > 4, an unknown convention, or more gate
    inputs than inputs.

    >>> [int(output_gating(3, outputs=o).sum()) for o in ("01", "pm1")]
    [246, 254]
    >>> output_gating(5, outputs="01")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: arity 5 is not an integer from 0 to 4
    """
    functions = threshold_list(arity(n, limit=PAIR_LIMIT), degree)
    faces = Faces.of_products(functions, n, outputs=outputs)
    if gate_inputs is not None:
        return _gated(faces, extended(threshold_list(_read(gate_inputs, n), degree), gate_inputs, n))
    if degree == 1:
        return _gated(faces, functions)
    representatives = distinct(canonical_forms(functions, n, outputs=convention(outputs) == "pm1")[0])
    return _closed(_gated(faces, representatives), n, complement=outputs == "pm1")


def disjunctions(n: int, *, degree: int = 1) -> np.ndarray:
    """Return OR(n), the functions f OR g."""
    return output_gating(n, outputs="01", degree=degree)[::-1]


def products(n: int, k: int, *, outputs: str) -> np.ndarray:
    """Return the products of k >= 1 threshold functions, AND^(k)(n) or PM^(k)(n).

    Raises BadInput for k < 1.

    >>> [int(products(3, k, outputs="01").sum()) for k in (1, 2, 3, 4)]
    [104, 246, 254, 256]
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise BadInput(f"{k!r} factors: give an integer from 1")
    functions = threshold_list(arity(n, limit=PAIR_LIMIT))
    found = _indicator(functions, n)
    for _ in range(k - 1):
        found = _gated(Faces.of_products(members(found, n), n, outputs=outputs), functions)
    return found


def multiplexing(n: int, *, gate_inputs: int | None = None) -> np.ndarray:
    """Return MUX(n), the functions H(s(x) + a g(x)), g of the first `gate_inputs` inputs.

    >>> int(multiplexing(3).sum())
    256
    """
    faces = Faces.of_multiplexing(arity(n, limit=PAIR_LIMIT))
    read = n if gate_inputs is None else _read(gate_inputs, n)
    return _gated(faces, extended(threshold_list(read), read, n))


def synaptic_gating(n: int, *, inputs: str, outputs: str, any_synapse: bool = False) -> np.ndarray:
    """Return SYN(n; inputs, outputs), the synapse of the last input gated, or the union over all synapses.

    >>> [int(synaptic_gating(3, inputs="01", outputs="01", any_synapse=a).sum()) for a in (False, True)]
    [132, 164]
    """
    found = _gated(Faces.of_synapse(arity(n, limit=PAIR_LIMIT), inputs=inputs, outputs=outputs), threshold_list(n))
    if any_synapse:
        moved = [_moved(found, Move.transposition(n, i, n - 1), n) for i in range(n - 1)]
        return np.asarray(np.logical_or.reduce([found, *moved]))
    return found


def additive_synaptic(n: int, *, inputs: str) -> np.ndarray:
    """Return ADDSYN(n; inputs), the functions H(w.x + a g(x) x_{n-1} + b)."""
    return _gated(Faces.of_additive_synapse(arity(n, limit=PAIR_LIMIT), inputs=inputs), threshold_list(n))


def activation_gating(n: int, *, inputs: str, outputs: str) -> np.ndarray:
    """Return ACT(n; inputs, outputs), the functions H(g(x) (w.x) + b): the bias is not gated."""
    return _gated(Faces.of_activation(arity(n, limit=PAIR_LIMIT), inputs=inputs, outputs=outputs), threshold_list(n))


def linear_gated_synapse(n: int) -> np.ndarray:
    """Return LIN(n), one synapse gated by a real linear unit: any two threshold functions on the faces of the last input."""
    if arity(n, limit=PAIR_LIMIT) == 0:
        raise BadInput("arity 0 has no synapse: give n >= 1")
    halves = threshold_list(n - 1).astype(word(n))
    return _indicator((halves[:, None] | halves << word(n).type(1 << (n - 1))).ravel(), n)


def layered(n: int, *, hidden: int = 2) -> np.ndarray:
    """Return SM(n,2,1) or SM(n,3,1): a threshold readout of two or three hidden threshold units and nothing else.

    Up to negated hidden units and their order a threshold function of three inputs is a constant, an input, a AND b, a OR b,
    one of both with c, or the majority. Raises BadInput unless `hidden` is 2 or 3.

    >>> [int(layered(2, hidden=h).sum()) for h in (2, 3)]
    [16, 16]
    """
    if hidden not in (2, 3):
        raise BadInput(f"{hidden!r} hidden units: 2 and 3 are enumerated")
    both = output_gating(n, outputs="01")
    if hidden == 2:
        return np.asarray(both | both[::-1])
    functions = threshold_list(n)
    a_and_either = _gated(Faces.of_products(members(both[::-1], n), n, outputs="01"), functions)
    found = products(n, 3, outputs="01") | a_and_either | _majorities(functions, n)
    return np.asarray(found | found[::-1])


def two_input_gates(n: int) -> np.ndarray:
    """Return the functions that some two-input gate computes from two threshold functions: AND, OR and XNOR suffice."""
    return np.asarray(layered(n) | output_gating(n, outputs="pm1"))


def attending(n: int, m: int, *, progress: Progress | None = None) -> np.ndarray:
    """Return ATT(n,m), m = 1 or 2 attending units and one attended, H(s(x) + sum_i a_i g_i(x)).

    For n <= 3 one unit gives every function. For n = 4 two do; the search for them ends, after half a minute, when all are found.
    Raises BadInput for other m.

    >>> int(attending(3, 1).sum()), int(attending(3, 2).sum())
    (256, 256)
    """
    if m not in (1, 2):
        raise BadInput(f"{m!r} attending units: 1 and 2 are enumerated")
    found = multiplexing(n)
    if m == 1 or found.all():
        return found
    above, gates = restrictions(threshold_list(n + 2), n, 4), threshold_list(n)
    pairs = np.array([(f, g) for f in distinct(canonical_forms(gates, n)[0]) for g in gates])
    for first, second in np.random.default_rng(0).permutation(pairs):  # any order does: in this one little is missing soon
        if progress is not None:
            progress("functions of two attending units", int(found.sum()), found.size)
        low, high = (zero ^ (first & (zero ^ one)) for zero, one in (above[:2], above[2:]))
        found[low ^ (second & (low ^ high))] = True
        found = _closed(found, n, complement=True)
        if found.all():
            break
    return found


def disjoint_gating(n: int, m: int, *, outputs: str | None) -> np.ndarray:
    """Return the functions of n + m <= 4 inputs in which f reads the first n and its gate the other m.

    Output gating in a convention, multiplexing for None.

    >>> [int(disjoint_gating(1, 1, outputs=o).sum()) for o in ("01", "pm1", None)]
    [10, 8, 14]
    """
    both = arity(arity(n) + arity(m), limit=PAIR_LIMIT)
    gates = extended(threshold_list(m), m, both, first=n)
    if outputs is not None:
        return _gated(Faces.of_products(extended(threshold_list(n), n, both), both, outputs=outputs), gates)
    faces = Faces.of_multiplexing(n)
    return _gated(Faces(both, *(extended(tables, n, both) for tables in (faces.high, faces.low))), gates)


def shared_gate_count(n: int, *, outputs: str, progress: Progress | None = None) -> int:
    """Return the number of pairs (f_0 g, f_1 g) of two units with one common gate g, n <= 4, within seconds.

    A pair (a, b) occurs if some gate g has both a and b among its products; b is counted for one a of each class and weighted by
    the size of the class.

    >>> [shared_gate_count(n, outputs="01") for n in (1, 2)]
    [16, 242]
    """
    functions = threshold_list(arity(n, limit=PAIR_LIMIT))
    faces = Faces.of_products(functions, n, outputs=outputs)
    products_of_gate = np.packbits([_indicator(tables, n) for tables in faces.gated(functions)], axis=1, bitorder="little")
    least, sizes = canonical_forms(members(_gated(faces, functions), n), n, outputs=outputs == "pm1")
    first = np.unique(least, return_index=True)[1]
    total = 0
    for done, (a, size) in enumerate(zip(least[first].tolist(), sizes[first].tolist(), strict=True)):
        with_a = products_of_gate[(products_of_gate[:, a >> 3] >> (a & 7) & 1).astype(bool)]
        total += size * int(np.bitwise_count(np.bitwise_or.reduce(with_a, axis=0)).sum())
        if progress is not None:
            progress("classes of gated functions", done + 1, len(first))
    return total


def _read(gate_inputs: int, n: int) -> int:
    """Return how many of n inputs a gate reads. Raises BadInput unless it is an integer from 0 to n."""
    if not isinstance(gate_inputs, int) or not 0 <= gate_inputs <= n:
        raise BadInput(f"a gate of {gate_inputs!r} inputs among {n}: give gate_inputs from 0 to {n}")
    return gate_inputs


def _indicator(tables: np.ndarray, n: int) -> np.ndarray:
    found = np.zeros(full_table(n) + 1, np.bool_)
    found[tables] = True
    return found


def _gated(faces: Faces, gates: np.ndarray) -> np.ndarray:
    return _union(faces.gated(gates), faces.n)


def _union(arrays: Iterable[np.ndarray], n: int) -> np.ndarray:
    found = np.zeros(full_table(n) + 1, np.bool_)
    for tables in arrays:
        found[tables] = True
    return found


def _majorities(functions: np.ndarray, n: int) -> np.ndarray:
    """Return the majorities of three functions: (a OR b) where the third is 1, (a AND b) where it is 0."""
    representatives = distinct(canonical_forms(functions, n)[0])
    found = (_gated(Faces(n, a | functions, a & functions), functions) for a in representatives)
    return _closed(np.logical_or.reduce(list(found)), n, complement=True)


@cache
def _all_tables(n: int) -> np.ndarray:
    return np.arange(full_table(n) + 1).astype(word(n))


def _moved(found: np.ndarray, move: Move, n: int) -> np.ndarray:
    return np.asarray(found[move(_all_tables(n))])


def _closed(found: np.ndarray, n: int, *, complement: bool) -> np.ndarray:
    """Return the class closed under changes of inputs, after each other, and negation."""
    for move in input_moves(n):
        found = found | _moved(found, move, n)
    return found | found[::-1] if complement else found
