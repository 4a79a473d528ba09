"""Architectures as compositions of mechanisms: which building blocks they consist of, and their counts by addition.

Layers of ordinary synapses (projections, convolutions, feed-forward layers of ReLU units) form no products that are counted.
Layer norms are left out of the counts, as they are in those of `Block`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy

from workbench.errors import BadInput
from workbench.mechanisms import mechanism
from workbench.mechanisms.census import FURTHER, KEYS, KINDS, SYMBOLS, Census
from workbench.mechanisms.neighbourhoods import Neighbourhood

TOKENS, WIDTH, VALUES = SYMBOLS
HEADS, LAYERS, PROMPTS, ORDER = sympy.symbols("h L p N", integer=True, positive=True)


@dataclass(frozen=True)
class Part:
    """A building block, how often it stands in the whole, and its mechanism at sizes in the whole's letters; None: no products."""

    what: str
    times: sympy.Expr
    name: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    mask: str | None = None
    sizes: tuple[tuple[sympy.Symbol, sympy.Expr], ...] = ()

    @cached_property
    def census(self) -> Mapping[str, sympy.Expr]:
        """Its counts by kind, all copies together."""
        if self.name is None:
            return {}
        mask = None if self.mask is None else Neighbourhood.read(self.mask)
        found = Census.of(mechanism(self.name, **dict(self.options)), mask=mask)
        return {kind: sympy.expand(self.times * p.subs(dict(self.sizes), simultaneous=True)) for kind, p in found.polynomials}

    def as_json(self) -> dict[str, Any]:
        """Return the part and its counts as JSON."""
        told = {
            "part": self.what,
            "times": str(self.times),
            "mechanism": self.name,
            "options": dict(self.options),
            "mask": self.mask,
        }
        sizes = {str(letter): str(size) for letter, size in self.sizes}
        return {**told, "sizes": sizes, "symbolic": {kind: str(p) for kind, p in self.census.items()}}


@dataclass(frozen=True)
class Composition:
    """An architecture: its building blocks, from where they are known, and what of it was not read.

    >>> whole = COMPOSITIONS["prompt-tuning"]
    >>> whole.census["normalisation"]
    L*h*n**2 + 2*L*h*n*p + L*h*p**2
    >>> whole.as_json(h=2, L=1, n=3, p=1)["numbers"]["normalisation"]
    32
    >>> whole.as_json(heads=2)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no letter 'heads' in prompt-tuning: there are L, d, dv, h, n, p
    """

    name: str
    what: str
    parts: tuple[Part, ...]
    source: str
    not_read: str
    flags: tuple[str, ...] = field(default=("not_read",))

    @cached_property
    def census(self) -> Mapping[str, sympy.Expr]:
        """The counts of the whole by kind."""
        kinds = [*KINDS, *(kind for kind in FURTHER if any(part.census.get(kind) for part in self.parts))]
        return {kind: sympy.expand(sympy.Add(*(part.census.get(kind, 0) for part in self.parts))) for kind in kinds}

    def as_json(self, **sizes: int) -> dict[str, Any]:
        """Return the entry, with its counts where letters have these sizes."""
        table = {x: sizes[str(x)] for x in self._letters if str(x) in sizes}
        if unknown := set(sizes) - set(map(str, table)):
            known = ", ".join(sorted(map(str, self._letters)))
            raise BadInput(f"no letter {min(unknown)!r} in {self.name}: there are {known}")
        counted = {kind: p.subs(table) for kind, p in self.census.items()}
        numbers = {kind: int(p) if p.is_Integer else str(p) for kind, p in counted.items()}
        told = {
            "composition": self.name,
            "what": self.what,
            "source": self.source,
            "not_read": self.not_read,
            "flags": list(self.flags),
        }
        counts = {"symbolic": {kind: str(p) for kind, p in self.census.items()}, "numbers": numbers, "sizes": sizes}
        return {**told, "parts": [part.as_json() for part in self.parts], **counts}

    @property
    def _letters(self) -> set[Any]:
        return set().union(*(p.free_symbols for p in self.census.values()))


def _attention(what: str, **sizes: sympy.Expr) -> Part:
    letters = {str(x): x for x in (*SYMBOLS, KEYS)}
    moved = tuple((letters[name], size) for name, size in sizes.items())
    return Part(what, LAYERS * HEADS, "softmax", sizes=moved)


FEED_FORWARD = Part("feed-forward layers of ReLU units", LAYERS)
COMPOSITIONS = {
    entry.name: entry
    for entry in (
        Composition(
            "encoder-decoder",
            "an encoder of L blocks over m tokens; a decoder of L blocks over n tokens, which read the encoder's as well; h heads",
            (
                _attention("self-attention of the encoder", n=KEYS),
                Part("causal self-attention of the decoder", LAYERS * HEADS, "softmax", mask="causal"),
                Part("attention of the decoder to the encoder", LAYERS * HEADS, "softmax", mask="cross"),
                Part("feed-forward layers of ReLU units", 2 * LAYERS),
            ),
            "vaswani2017attention, section 3",
            "the architecture that builds on it; whether its stacks, heads or masks differ from the original",
        ),
        Composition(
            "sparse-cnn-transformer",
            "particles of an event: sparse convolutions, then L blocks of self-attention over n tokens with h heads",
            (Part("sparse convolutions", sympy.Integer(1)), _attention("self-attention"), FEED_FORWARD),
            "named with the architectures that build on attention",
            "all of it: what the tokens are, numbers of layers and heads, masks, gates among the convolutions",
        ),
        Composition(
            "lightweight-transformer",
            "extraction of features: L blocks of self-attention over n tokens with h heads",
            (_attention("self-attention"), FEED_FORWARD),
            "named with the architectures that build on attention",
            "all of it: in particular what makes it light, so that these counts are those of the usual block",
        ),
        Composition(
            "polynomial-network",
            "outputs of degree N in the inputs: N - 1 entrywise products with further linear images of the input, of width dv",
            (
                Part("linear images of the input", ORDER),
                Part("entrywise products", ORDER - 1, "glu", (("kind", "bilinear"),)),
            ),
            "named with the architectures that build on attention",
            "all of it: which recursion it takes, its normalisation, and what a differential network adds",
        ),
        Composition(
            "prompt-tuning",
            "L blocks of self-attention with h heads, where p learned prompt tokens stand among n tokens",
            (_attention("self-attention of tokens and prompts", n=TOKENS + PROMPTS), FEED_FORWARD),
            "oymak2023role, abstract",
            "the body of the paper; whether prompts ask as well as answer, and in which layers they stand",
        ),
    )
}
