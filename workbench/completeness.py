"""Whether classes hold all functions of a block with one gate: every function that it makes is looked up, in plain integers.

The gate chooses, at each point, between two functions (low, high). Changing the inputs of both changes the block's function in the
same way, so the pairs run over representatives, with weights that fall and are not negative, and the gates over all threshold
functions. The weights come from one representative of each class of self-dual threshold functions, which are counted as regions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import combinations_with_replacement, permutations, product

from workbench.classes import full_table, input_table
from workbench.domain import arity, table_of
from workbench.errors import BadInput, Rejected
from workbench.families import Family
from workbench.lanes import BATCH, images, levels, parts, whole
from workbench.recount import changes, moves, representatives, tables_by_weights
from workbench.regions import Counts

LARGEST_WEIGHT = 9  # enough for the self-dual threshold functions of seven variables, as their number shows
Pair = tuple[int, int]  # what the block computes where the gate is low, and where it is high
Progress = Callable[[str, int, int], object]


def unlisted(family: Family, tables: Sequence[int], *, progress: Progress | None = None) -> int | None:
    """Return a function of the family that is in none of the classes of these tables, None if there is none.

    Up to half a gigabyte and a few minutes for n = 5. Raises BadInput for a family that is not made of such pairs.

    >>> unlisted(Family("output-gating", 1), [0b00, 0b11, 0b01]) is None
    True
    >>> bin(unlisted(Family("output-gating", 1), [0b00, 0b11]))
    '0b10'
    """
    made, outputs, full = pairs(family), changes(family)[2], full_table(family.n)
    gates = sorted(tables_by_weights(family.n))
    held = _marked(family, tables, progress)
    for done, (low, high) in enumerate(made):
        difference = low ^ high
        for g in {g & difference for g in gates}:
            t = low ^ g
            if not held[t >> 3] >> (t & 7) & 1 and not (outputs and held[(t ^ full) >> 3] >> (~t & full & 7) & 1):
                return t
        if progress:
            progress("pairs with all gates", done + 1, len(made))
    return None


def _marked(family: Family, tables: Sequence[int], progress: Progress | None) -> bytearray:
    """Return the bits of all images of the tables, the output not negated."""
    permuted, negated, _ = changes(family)
    held = bytearray(((1 << (1 << family.n)) + 7) // 8)
    for start in range(0, len(tables), BATCH):
        batch = tables[start : start + BATCH]
        ones = whole([1] * len(batch))
        by = [[(shift, ones * mask) for shift, mask in level] for level in levels(family.n, permuted, negated)]
        for image in images(whole(batch), by):
            for t in parts(image, len(batch)):
                held[t >> 3] |= 1 << (t & 7)
        if progress:
            progress("images of classes", min(start + BATCH, len(tables)), len(tables))
    return held


@cache
def self_dual_weights(size: int) -> tuple[tuple[int, ...], ...]:
    """Return weights, descending, one for each class of self-dual threshold functions of `size` >= 1 variables.

    Two give the same class if their sorted Chow parameters agree. Raises Rejected unless there are as many as `regions` counts.
    Source: C. K. Chow, On the characterization of threshold functions, 1961.

    >>> self_dual_weights(3)
    ((1, 0, 0), (1, 1, 1))
    """
    found: dict[tuple[int, ...], tuple[int, ...]] = {}
    half = [(1, *signs) for signs in product((1, -1), repeat=size - 1)]
    for tried in sorted(combinations_with_replacement(range(LARGEST_WEIGHT, -1, -1), size)):
        sums = [sum(s * w for s, w in zip(point, tried, strict=True)) for point in half]
        if all(sums):
            chow = (abs(sum(p[i] if v > 0 else -p[i] for p, v in zip(half, sums, strict=True))) for i in range(size))
            found.setdefault(tuple(sorted(chow)), tried)
    if len(found) != (number := Counts.of(size - 1).self_dual_classes):
        raise Rejected(f"weights up to {LARGEST_WEIGHT} give {len(found)} of the {number} self-dual classes of {size} variables")
    return tuple(found.values())


def _forms(family: Family, free: int, special: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield the weights, of either sign, of the constant and other special variables, and those, falling, of the free variables.

    Where the output may be negated, so may all special weights, the free inputs being negated with it: the constant's is >= 0.
    """
    first = (1,) if changes(family)[2] else (1, -1)
    seen = set()
    for weights in self_dual_weights(free + special):
        for places in permutations(range(free + special), special):
            chosen = tuple(weights[p] for p in places)
            rest = tuple(w for p, w in enumerate(weights) if p not in places)
            if (chosen, rest) not in seen:
                seen.add((chosen, rest))
                for signs in product(first, *[(1, -1)] * (special - 1)):
                    yield tuple(s * w for s, w in zip(signs, chosen, strict=True)), rest


def _sums(n: int, weights: Sequence[int]) -> list[int]:
    """Return the weighted sums of the first inputs, as signs, at the points of n inputs."""
    return [sum(w if k >> i & 1 else -w for i, w in enumerate(weights)) for k in range(1 << n)]


def _table(sums: Iterable[int]) -> int:
    return table_of(value > 0 for value in sums)


def pairs(family: Family) -> list[Pair]:
    """Return pairs that, with all threshold functions as gates, make a function of each class of the family.

    Raises BadInput for a family that is not made so, and for n > 5.
    """
    if family.name not in MADE or family.degree != 1 or arity(family.n, limit=5) == 0:
        raise BadInput(f"{family} is not made of pairs and gates: {', '.join(MADE)} of 1 to 5 inputs are")
    full = full_table(family.n) if changes(family)[2] else 0
    both = (
        {(low, high), (high, low), (low ^ full, high ^ full), (high ^ full, low ^ full)} for low, high in MADE[family.name](family)
    )
    return sorted({min(alike) for alike in both})  # the gates may be negated, and so may the output


def _products(family: Family) -> Iterator[Pair]:
    full = full_table(family.n)
    for (bias,), weights in _forms(family, family.n, 1):
        f = _table(bias + s for s in _sums(family.n, weights))
        yield (0 if family.outputs == "01" else f ^ full), f


def _two(family: Family) -> Iterator[Pair]:
    for outputs in ("01", "pm1") if family.name == "any-two-gates" else ("01",):
        yield from _products(Family("output-gating", family.n, outputs=outputs))


def _attended(family: Family) -> Iterator[Pair]:
    """H(s + a g): the threshold functions of the inputs and the gate, at the two values of the gate."""
    for (bias, y), weights in _forms(family, family.n, 2):
        low, high = (_table(bias + sign * y + s for s in _sums(family.n, weights)) for sign in (-1, 1))
        yield low, high


def _synaptic(family: Family) -> Iterator[Pair]:
    """The gated input is -1, 0 or 1, half the sum of two signs with equal effect; by averaging, with equal weights."""
    n, last = family.n, input_table(family.n, family.n - 1)
    values = {1: (-1 if family.inputs == "pm1" else 0, 1), 0: (0, 0), -1: (1 if family.inputs == "pm1" else 0, -1)}
    for (bias, y, z), weights in _forms(family, n - 1, 3):
        around = [bias + s for s in _sums(n, weights)]
        if (y > 0) == (z > 0) and all((s + y - z > 0) == (s - y + z > 0) for s in around):
            low, high = (
                _table(s + (y + z) * values[gate][last >> k & 1] for k, s in enumerate(around))
                for gate in (0 if family.outputs == "01" else -1, 1)
            )
            yield low, high


def _additive(family: Family) -> Iterator[Pair]:
    """The product of gate and input is one more input: a bit for 01 inputs, a sign, the gate being one, for pm1."""
    n, last = family.n, input_table(family.n, family.n - 1)
    for (bias, x, y), weights in _forms(family, n - 1, 3):
        signs = [1 if last >> k & 1 else -1 for k in range(1 << n)]
        plain = [bias + s + x * sign for s, sign in zip(_sums(n, weights), signs, strict=True)]
        low = [-1] * len(signs) if family.inputs == "01" else [-sign for sign in signs]
        yield (
            _table(s + y * v for s, v in zip(plain, low, strict=True)),
            _table(s + y * v for s, v in zip(plain, signs, strict=True)),
        )


def _activation(family: Family) -> Iterator[Pair]:
    """The unit at x and at -x, or at 0 where only the bias is left."""
    n, full = family.n, full_table(family.n)
    if family.inputs == "01":
        if family.outputs == "pm1":
            raise BadInput("activation-gating of 0/1 inputs by a +-1 gate is not made of threshold functions of the inputs")
        for f in representatives(tables_by_weights(n), moves(n, permuted=n, negated=0, outputs=False)):
            yield (full if f & 1 else 0), f
        return
    for (bias,), weights in _forms(family, n, 1):
        f, turned = (_table(bias + sign * s for s in _sums(n, weights)) for sign in (1, -1))
        if family.outputs == "pm1":
            yield turned, f
        else:  # equal values at x and -x are the sign of the bias; an odd function has either
            biased = {full if f & turned else 0} if f & turned or f | turned != full else {0, full}
            yield from ((low, f) for low in biased)


MADE: dict[str, Callable[[Family], Iterator[Pair]]] = {
    "output-gating": _products,
    "layered-2-1": _two,
    "any-two-gates": _two,
    "multiplexing": _attended,
    "synaptic-gating": _synaptic,
    "additive-synaptic-gating": _additive,
    "activation-gating": _activation,
}
