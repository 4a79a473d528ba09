"""All functions of a family for few inputs, listed in plain integers from the threshold functions; fast counts are checked by it.

Where a product of sets is large, one factor runs over representatives of the family's symmetries only, and the result is closed
under them: permuting and negating inputs, and, where the family allows it, negating the output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from itertools import combinations_with_replacement, product

from workbench import classes
from workbench.classes import Tables, full_table, input_table
from workbench.domain import arity, table_of
from workbench.errors import BadInput, Rejected
from workbench.families import Family
from workbench.members import gate_bits, table_inputs
from workbench.regions import Counts

Move = Callable[[int], int]
LARGEST_WEIGHT = 5  # enough for the threshold functions of five inputs, with the bias as a weight


def functions(family: Family) -> frozenset[int] | frozenset[tuple[int, ...]]:
    """Return the tables of all functions of a family, pairs of them for a shared gate.

    Raises BadInput where the enumeration would take more than about ten seconds (n > 4, n > 3 for a shared gate) and for families
    and degrees that it does not cover.

    >>> from workbench.families import multiplexing, output_gating
    >>> len(functions(output_gating(3))), len(functions(multiplexing(3)))
    (246, 256)
    """
    if family.name not in ENUMERATED or family.degree != 1:
        raise BadInput(f"{family} is not enumerated again in plain integers: only {', '.join(ENUMERATED)} of degree 1 are")
    limit = 3 if family.name == "shared-gate" else 4
    if (inputs := table_inputs(family)) > limit:
        raise BadInput(f"{inputs} inputs > {limit}: {family.name} is not enumerated again in plain integers beyond")
    return ENUMERATED[family.name](family)


@cache
def tables_by_weights(n: int) -> Tables:
    """Return the tables of all threshold functions of n <= 5 inputs: those of small weights, which are as many as the regions.

    Raises Rejected if they are not.

    >>> len(tables_by_weights(3))
    104
    """
    arity(n, limit=5)
    found: set[int] = set()
    by = moves(n, permuted=n, negated=n, outputs=True)
    for weights in combinations_with_replacement(range(LARGEST_WEIGHT, -1, -1), n + 1):
        if all(sum(s * w for s, w in zip((1, *signs), weights, strict=True)) for signs in product((1, -1), repeat=n)):
            for bias in set(weights):
                others = list(weights)
                others.remove(bias)
                table = table_of(gate_bits("f", [bias, *others], n))
                if table not in found:
                    found |= closed([table], by)
    if len(found) != (regions := Counts.of(n).threshold):
        raise Rejected(f"weights up to {LARGEST_WEIGHT} give {len(found)} of the {regions} threshold functions of {n} inputs")
    return frozenset(found)


def moves(n: int, *, permuted: int, negated: int, outputs: bool) -> list[Move]:
    """Return generators: exchanges of neighbours and negations among the first inputs, so many each, and of the output last."""
    size, full = 1 << n, full_table(n)
    zero = [table_of(not k >> i & 1 for k in range(size)) for i in range(n)]

    def exchange(i: int) -> Move:
        upper, lower, shift = zero[i] & ~zero[i + 1], zero[i + 1] & ~zero[i], 1 << i
        return lambda t: t & ~(upper | lower) | (t & lower) << shift & upper | (t & upper) >> shift & lower

    def negate(i: int) -> Move:
        low, shift = zero[i], 1 << i
        return lambda t: (t & low) << shift | t >> shift & low

    output = [lambda t: t ^ full] if outputs else []
    return [exchange(i) for i in range(permuted - 1)] + [negate(i) for i in range(negated)] + output


def closed(tables: Iterable[int], by: Iterable[Move]) -> frozenset[int]:
    """Return the tables that the moves reach from these.

    >>> sorted(closed([0b0001], moves(2, permuted=2, negated=2, outputs=False)))
    [1, 2, 4, 8]
    """
    return frozenset(t for (t,) in closed_vectors(((t,) for t in tables), by))


def closed_vectors(vectors: Iterable[tuple[int, ...]], by: Iterable[Move]) -> frozenset[tuple[int, ...]]:
    """Return the vectors of tables that the moves, on all entries at once, reach from these."""
    moves_ = tuple(by)
    found = set(vectors)
    frontier = list(found)
    while frontier:
        vector = frontier.pop()
        new = {tuple(map(move, vector)) for move in moves_} - found
        found |= new
        frontier.extend(new)
    return frozenset(found)


def changes(family: Family) -> tuple[int, int, bool]:
    """Return how many first inputs may be permuted, and how many negated, and whether the output may be, within a family."""
    n, pm1 = table_inputs(family), family.outputs == "pm1"
    if family.name == "linear-synaptic-gating":
        return n - 1, n, True
    if family.name in ("synaptic-gating", "additive-synaptic-gating"):
        return n - 1, n if family.inputs == "pm1" else n - 1, True
    if family.name in ("activation-gating", "any-synaptic-gating"):
        return n, n if family.inputs == "pm1" else 0, True
    products = ("output-gating", "k-fold-gating", "shared-gate", "partial-output-gating", "disjoint-output-gating")
    return n, n, pm1 if family.name in products else True


def symmetries(family: Family) -> list[Move]:
    """Return generators of symmetries under which the functions of a family are closed."""
    n, (permuted, negated, outputs) = table_inputs(family), changes(family)
    found = moves(n, permuted=permuted, negated=negated, outputs=outputs)
    apart = family.gate_inputs if family.name.startswith("partial") else family.n  # inputs from here on are of another kind
    return found[: apart - 1] + found[apart:] if 0 < apart < n else found


def representatives(tables: Iterable[int], by: Iterable[Move]) -> list[int]:
    """Return one table of each class under the moves."""
    moves_, rest, found = tuple(by), set(tables), []
    while rest:
        found.append(min(rest))
        rest -= closed(found[-1:], moves_)
    return found


def _threshold(family: Family) -> Tables:
    return tables_by_weights(family.n)


def _output_gating(family: Family) -> Tables:
    return classes.output_gating(_threshold(family), family.n, outputs=family.outputs)


def _k_fold(family: Family) -> Tables:
    return classes.products_of(tables_by_weights(family.n), family.n, family.units, outputs=family.outputs)


def _layered(family: Family) -> Tables:
    return classes.layered(tables_by_weights(family.n), family.n)


def _any_two(family: Family) -> Tables:
    both = classes.output_gating(tables_by_weights(family.n), family.n, outputs="pm1")
    return both | _layered(family)


def _multiplexing(family: Family) -> Tables:
    n, gates = family.n, tables_by_weights(family.n)
    by = symmetries(family)
    firsts = representatives(gates, by[:-1])
    return closed(classes.multiplexing(frozenset(firsts), tables_by_weights(n + 1), n), by)


def _synaptic(family: Family) -> Tables:
    n, by = family.n, symmetries(family)
    firsts = representatives(tables_by_weights(n), by[:-1])  # the last negates the output, which a gate does not follow
    options = {"inputs": family.inputs, "outputs": family.outputs}
    return closed(classes.synaptic_gating(frozenset(firsts), tables_by_weights(n + 1), n, n - 1, **options), by)


def _any_synaptic(family: Family) -> Tables:
    n, fixed = family.n, Family("synaptic-gating", family.n, inputs=family.inputs, outputs=family.outputs)
    found = set(_synaptic(fixed))
    return frozenset(_exchanged(t, n, i, n - 1) for t in found for i in range(n))


def _exchanged(table: int, n: int, i: int, j: int) -> int:
    differ = [(k >> i ^ k >> j) & 1 for k in range(1 << n)]
    return table_of(table >> (k ^ d * (1 << i | 1 << j)) & 1 for k, d in enumerate(differ))


def _additive(family: Family) -> Tables:
    """The product g(x) x_{n-1} is one more input: that of bits for 01 inputs, and of signs, g being one, for pm1."""
    n, by, last = family.n, symmetries(family), input_table(family.n, family.n - 1)
    products = {g & last if family.inputs == "01" else g ^ last for g in tables_by_weights(n)}
    firsts = frozenset(representatives(products, moves(n, permuted=n - 1, negated=n - 1, outputs=False)))
    return closed(classes.multiplexing(firsts, tables_by_weights(n + 1), n), by)


def _linear(family: Family) -> Tables:
    """Each half of the table is any threshold function of the other inputs."""
    halves = tables_by_weights(family.n - 1)
    return frozenset(low | high << (1 << family.n - 1) for low in halves for high in halves)


def _partial(family: Family) -> Tables:
    few = frozenset(_read(g, family.n, family.gate_inputs) for g in tables_by_weights(arity(family.gate_inputs, limit=family.n)))
    return classes.output_gating(tables_by_weights(family.n), family.n, outputs=family.outputs, other=few)


def _read(table: int, n: int, m: int, first: int = 0) -> int:
    """Return a function of m inputs as one of n that reads those from `first` on."""
    return table_of(table >> (k >> first) % (1 << m) & 1 for k in range(1 << n))


def _disjoint_products(family: Family) -> Tables:
    n, m = family.n, family.gate_inputs
    f = frozenset(_read(t, n + m, n) for t in tables_by_weights(n))
    g = frozenset(_read(t, n + m, m, n) for t in tables_by_weights(m))
    return classes.output_gating(f, n + m, outputs=family.outputs, other=g)


def _disjoint_multiplexing(family: Family) -> Tables:
    n, m = family.n, family.gate_inputs
    gates, full = [_read(t, n + m, m, n) for t in tables_by_weights(m)], full_table(n + m)
    pairs = [(_read(low, n + m, n), _read(high, n + m, n)) for low, high in classes.faces(tables_by_weights(n + 1), n)]
    return frozenset(low & (g ^ full) | high & g for low, high in pairs for g in gates)


def _activation(family: Family) -> Tables:
    n, gates, full = family.n, tables_by_weights(family.n), full_table(family.n)
    if family.outputs == "pm1":
        if family.inputs == "01":
            raise BadInput("activation-gating of 0/1 inputs by a +-1 gate is not enumerated again in plain integers")
        turned = {f: table_of(f >> (k ^ (1 << n) - 1) & 1 for k in range(1 << n)) for f in gates}
        return frozenset(g & f | (g ^ full) & turned[f] for f, g in product(gates, gates))
    pairs = {(f, c) for f in gates for c in (_at_zero_01(f) if family.inputs == "01" else _at_zero_pm1(f, n))}
    return frozenset(g & f | (g ^ full) & (full if c else 0) for (f, c), g in product(pairs, gates))


def _at_zero_01(f: int) -> set[int]:
    return {f & 1}


def _at_zero_pm1(f: int, n: int) -> set[int]:
    """Return the signs that the bias of a threshold function of +-1 inputs can have: that of f(x) = f(-x) if there is one."""
    last = (1 << n) - 1
    return {f >> k & 1 for k in range(1 << n) if f >> k & 1 == f >> (k ^ last) & 1} or {0, 1}


def _shared(family: Family) -> frozenset[tuple[int, ...]]:
    return classes.shared_gate(tables_by_weights(family.n), family.n, 2, outputs=family.outputs)


ENUMERATED: dict[str, Callable[[Family], frozenset[int] | frozenset[tuple[int, ...]]]] = {
    "threshold": _threshold,
    "output-gating": _output_gating,
    "k-fold-gating": _k_fold,
    "multiplexing": _multiplexing,
    "synaptic-gating": _synaptic,
    "any-synaptic-gating": _any_synaptic,
    "additive-synaptic-gating": _additive,
    "linear-synaptic-gating": _linear,
    "activation-gating": _activation,
    "layered-2-1": _layered,
    "any-two-gates": _any_two,
    "shared-gate": _shared,
    "disjoint-output-gating": _disjoint_products,
    "disjoint-multiplexing": _disjoint_multiplexing,
    "partial-output-gating": _partial,
}
