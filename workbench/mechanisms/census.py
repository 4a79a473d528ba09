"""How many products of each kind a mechanism forms: counted on its network as it runs, as exact polynomials in n, d and dv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import comb, prod
from random import Random
from typing import Any

import sympy

from workbench.errors import BadInput, Rejected
from workbench.mechanisms.dot_products import QKV
from workbench.mechanisms.forms import Mechanism
from workbench.mechanisms.grades import grade
from workbench.mechanisms.instrument import products
from workbench.mechanisms.neighbourhoods import Neighbourhood
from workbench.network import Network

MOST_DEGREE = 8  # beyond it sizes are too many to count at
KINDS = ("output_gating", "synaptic_gating", "additive_activation", "normalisation")
FURTHER = ("selection", "additive_output", "additive_synaptic", "activation_gating")
DEGREE = 4  # the total degree up to which a count is taken for a polynomial, at least
SYMBOLS = sympy.symbols("n d dv", integer=True, positive=True)
KEYS = sympy.Symbol("m", integer=True, positive=True)  # of attention to another sequence
PRODUCTS = ("output_gating", "synaptic_gating", "normalisation", "activation_gating")

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Census:
    """The counts of a mechanism's products by kind, as polynomials in n, d and dv.

    The polynomial of total degree <= `degree` is the one through the counts at a simplex of sizes; `held_out` are sizes
    beyond it at which it gave the count as well. `base` are the smallest sizes it speaks of: as many tokens as a selection
    keeps, and enough for the borders of a mask not to meet. Under the mask "cross", n queries read m keys of another sequence.
    """

    mechanism: Mechanism
    degree: int
    polynomials: tuple[tuple[str, sympy.Expr], ...]
    base: Sizes
    held_out: tuple[Sizes, ...]
    mask: Neighbourhood | None = None

    def __repr__(self) -> str:
        mask = "" if self.mask is None else f", {self.mask}"
        return f"Census({self.mechanism.name}{mask}: {', '.join(f'{kind} {p}' for kind, p in self.polynomials if p)})"

    @classmethod
    def of(
        cls,
        mechanism: Mechanism,
        *,
        degree: int | None = None,
        mask: Neighbourhood | str | None = None,
        progress: Callable[[str, int, int], object] | None = None,
    ) -> Census:
        """Return the census of a mechanism, its counts taken for polynomials up to a total degree: 4, or what its factors need.

        Under a mask, such as "causal" or "window:3", counts are of what open pairs need. `progress` takes the name, how many sizes
        were counted at, and of how many. Raises Rejected at the first size where a count is not the polynomial's, and BadInput for
        a mask of no such kind, a mechanism that has no keys to mask, or whose inputs another sequence could not share, and for
        degrees and sizes too large to count at.

        >>> from workbench.mechanisms import mechanism
        >>> census = Census.of(mechanism("softmax"))
        >>> [str(census[kind]) for kind in KINDS], census.numbers(5, 3, 4)["output_gating"]
        (['d*n**2', 'dv*n**2', '0', 'n**2'], 75)
        >>> Census.of(mechanism("value-softmax"))
        Census(value-softmax: synaptic_gating dv*n, normalisation n)
        >>> str(Census.of(mechanism("softmax"), mask="causal")["normalisation"])
        'n**2/2 + n/2'
        >>> census.numbers(0, 3, 4)
        Traceback (most recent call last):
            ...
        workbench.errors.BadInput: sizes (n, d, dv) = (0, 3, 4) are not all integers from (1, 1, 1) on
        """
        mask = Neighbourhood.read(mask) if isinstance(mask, str) else mask
        if mask is not None and not isinstance(mask, Neighbourhood):
            raise BadInput(f"mask {mask!r}: give a Neighbourhood, or its name, such as 'causal'")
        degree = _degree(mechanism) if degree is None else degree
        if isinstance(degree, bool) or not isinstance(degree, int) or not 0 <= degree <= MOST_DEGREE:
            raise BadInput(f"degree {degree!r} of {mechanism.name} is not an integer from 0 to {MOST_DEGREE}")
        base = _base(mechanism, mask)
        corner = [s for s in product(range(degree + 1), repeat=len(base)) if sum(s) <= degree]
        for s in (*(_moved(base, c) for c in corner), *_beyond(base, degree)):
            mechanism.letters(s[0] + sum(s[3:]), s[1], s[2])  # the largest sizes are refused before the first is counted
        counted = {}
        for done, s in enumerate(corner):
            if progress:
                progress(mechanism.name, done, len(corner))
            counted[s] = _counted(mechanism, _moved(base, s), mask)
        kinds = [*KINDS, *(k for k in FURTHER if any(c[k] for c in counted.values()))]
        found = tuple((kind, _through({s: c[kind] for s, c in counted.items()}, base)) for kind in kinds)
        census = cls(mechanism, degree, found, base, tuple(_beyond(base, degree)), mask)
        census.check()
        return census

    def __getitem__(self, kind: str) -> sympy.Expr:
        return dict(self.polynomials)[kind]

    def check(self) -> None:
        """Count at the sizes held out; raise Rejected where a polynomial does not give the count."""
        for sizes in self.held_out:
            counts, numbers = _counted(self.mechanism, sizes, self.mask), self.numbers(*sizes)
            for kind, number in numbers.items():
                if counts[kind] != number:
                    raise Rejected(
                        f"{counts[kind]} {kind} products, where the polynomial is {number}",
                        place=f"({', '.join(map(str, self.symbols))}) = {sizes}",
                    )

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """The letters of its polynomials, in the order of `numbers`."""
        return (*SYMBOLS, KEYS)[: len(self.base)]

    def numbers(self, *sizes: int) -> dict[str, int]:
        """Return the counts at sizes n, d, dv (and m). Raises BadInput for sizes below those it speaks of."""
        named = f"({', '.join(map(str, self.symbols))})"
        if len(sizes) != len(self.base):
            raise BadInput(f"{len(sizes)} sizes {sizes}: give {named}")
        if any(isinstance(s, bool) or not isinstance(s, int) or s < low for s, low in zip(sizes, self.base, strict=True)):
            raise BadInput(f"sizes {named} = {sizes} are not all integers from {self.base} on")
        table = dict(zip(self.symbols, sizes, strict=True))
        return {kind: int(p.xreplace(table)) for kind, p in self.polynomials}

    @cached_property
    def products(self) -> sympy.Expr:
        """The number of all products: gatings of outputs, synapses and activations, and normalisations."""
        return sympy.expand(sympy.Add(*(p for kind, p in self.polynomials if kind in PRODUCTS)))

    def facts(self) -> dict[str, Any]:
        """Return what does not depend on sizes, as JSON."""
        return {
            "symbolic": {kind: str(p) for kind, p in self.polynomials},
            "mask": None if self.mask is None else str(self.mask),
            "least_tokens": self.base[0],
            **grade(_network(self.mechanism, _moved(self.base, (1,) * len(self.base)), self.mask)).as_json(),
            "flags": list(self.mechanism.flags),
            "options": {name: _plain(value) for name, value in self.mechanism.options},
            "source": str(self.mechanism.source),
            "degree": self.degree,
            "held_out": [list(sizes) for sizes in self.held_out],
        }

    def as_json(self, *sizes: int) -> dict[str, Any]:
        """Return the census at these sizes as the command line prints it."""
        numbers = {"numbers": self.numbers(*sizes), "sizes": dict(zip(map(str, self.symbols), sizes, strict=True))}
        return {"mechanism": self.mechanism.name, **self.facts(), **numbers}


def _degree(mechanism: Mechanism) -> int:
    """Return the degree that a mechanism's counts are taken for: a state of r^F sums needs more than pairs do."""
    options = dict(mechanism.options)
    factors: int = options.get("factors", 0)
    return max(DEGREE, 2 + factors * (options.get("order") != "quadratic"))


def _plain(value: Any) -> Any:
    return (
        value if value is None or isinstance(value, (bool, int, str)) else list(value) if isinstance(value, tuple) else str(value)
    )


def _base(mechanism: Mechanism, mask: Neighbourhood | None) -> Sizes:
    options = dict(mechanism.options)
    kept = options.get("most") or 1
    window = max(0, (options.get("window") or 1) - 1)
    if mask is None or mask.family != "cross":
        return max(kept, window, 1 if mask is None else mask.least), 1, 1
    if mechanism.inputs != QKV or options.get("pairs") == "all" or options.get("window"):
        raise BadInput(f"{mechanism.name} with {options} reads no other sequence: take one of queries, keys and values alone")
    return 1, 1, 1, kept


def _moved(base: Sizes, by: Sequence[int]) -> Sizes:
    return tuple(b + s for b, s in zip(base, by, strict=True))


def _network(mechanism: Mechanism, sizes: Sizes, mask: Neighbourhood | None) -> Network:
    n, d, dv, *keys = sizes
    return mechanism.network(n + sum(keys), d, dv, mask=None if mask is None else mask.pairs(n, *keys))


def _counted(mechanism: Mechanism, sizes: Sizes, mask: Neighbourhood | None) -> Counter[str]:
    random = Random(0)
    network = _network(mechanism, sizes, mask)
    return products(network, {name: Fraction(random.randrange(1, 10**6), 10**3) for name in network.inputs})


def _through(values: Mapping[tuple[int, ...], int], base: Sizes) -> sympy.Expr:
    """Return the polynomial through values at base + s, s in a simplex: sum over s of its difference at base times binomials."""
    total = sympy.S.Zero
    for s in values:
        below = product(*(range(k + 1) for k in s))
        difference = sum((-1) ** (sum(s) - sum(t)) * prod(map(comb, s, t)) * values[t] for t in below)
        letters = (*SYMBOLS, KEYS)[: len(base)]
        steps = (sympy.binomial(x - b, k).expand(func=True) for x, b, k in zip(letters, base, s, strict=True))
        total += difference * sympy.Mul(*steps)
    return sympy.expand(total)


def _beyond(base: Sizes, degree: int) -> Iterable[Sizes]:
    """Return sizes outside the simplex, spread over all directions."""
    far = degree // 2 + 1
    corners = [s for s in product((0, far), repeat=len(base)) if sum(s) > degree]
    inner = [tuple(1 if i == k else far for i in range(len(base))) for k in range(len(base))]
    for s in [*corners, *inner, (degree + 1, *(0,) * (len(base) - 1))]:
        yield _moved(base, s)


def crossover(cheaper: sympy.Expr, dearer: sympy.Expr, *, letter: str = "n", **sizes: int) -> int | None:
    """Return the least value of a letter from which on one count stays below another at given sizes of the others, None if never.

    Raises BadInput for letters other than n, d, dv and m, sizes that are no integers from 1 on, letters left without a size, and
    counts that are no polynomials.

    >>> n, d, dv = SYMBOLS
    >>> crossover(n * d**2, n**2 * d, d=64)
    65
    >>> crossover(n**2, n, d=1) is None
    True
    >>> crossover(n * d**2, n**2 * d)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: d**2*n < d*n**2 for all large n, with sizes {}: give polynomials in n, and the sizes of other letters
    """
    letters = {str(x): x for x in (*SYMBOLS, KEYS)}
    if letter not in letters or letter in sizes or not set(sizes) <= set(letters):
        raise BadInput(f"letter {letter!r} with sizes {sizes}: give the sizes of the others of {', '.join(letters)}")
    if wrong := [s for s in sizes.values() if isinstance(s, bool) or not isinstance(s, int) or s < 1]:
        raise BadInput(f"size {wrong[0]!r} is not an integer from 1 on")
    free = sympy.Symbol(letter)
    table = {letters[name]: sympy.Integer(size) for name, size in sizes.items()} | {letters[letter]: free}
    try:
        gap = sympy.Poly((dearer - cheaper).xreplace(table), free, domain="QQ")
    except (sympy.PolynomialError, sympy.CoercionFailed, TypeError, AttributeError):
        wanted = f"give polynomials in {letter}, and the sizes of other letters"
        raise BadInput(f"{cheaper} < {dearer} for all large {letter}, with sizes {sizes}: {wanted}") from None
    if gap.LC() <= 0 or gap.is_zero:
        return None
    low = 1
    while gap.count_roots(low, None) or gap(low) <= 0:  # roots are counted exactly, by Sturm's theorem
        low *= 2
    return _least(gap, low)


def _least(gap: sympy.Poly, high: int) -> int:
    """Return the least integer from which on a polynomial is positive, which it is from `high` on."""
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        stays = not gap.count_roots(middle, None) and gap(middle) > 0
        low, high = (low, middle) if stays else (middle, high)
    return high
