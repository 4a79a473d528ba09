"""Inputs of one attention head with a fixed value head: tokens, queries and scores, and the margins that a selection asks for."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from workbench.errors import BadInput


@dataclass(frozen=True, eq=False)
class TokenInputs:
    """n inputs of T tokens (n, T, d), a query each (n, e) and a score for each token (n, T): logits are x^T W z with W (d, e).

    A score is label times head times token, gamma = Y v.x. Arrays of fractions stay exact; others are float64. The model with a
    trainable prompt p, logits x.p, has queries of one entry, 1: see `prompted`. Raises BadInput for shapes that do not fit.

    >>> inputs = TokenInputs.of([[[2, 0], [0, 0]], [[1, 1], [0, 0]]], [[1, 0], [1, 1]], [[1, 0], ["1/2", 0]], exact=True)
    >>> inputs.rows((0, 0))[1].tolist()
    [Fraction(1, 1), Fraction(1, 1), Fraction(1, 1), Fraction(1, 1)]
    >>> inputs.rows((0, 2))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: token 2 of input 1 is not from 0 to 1
    """

    tokens: np.ndarray
    queries: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, tokens: Any, queries: Any, scores: Any, *, exact: bool = False) -> TokenInputs:
        """Return the inputs of nested lists or arrays; `exact` reads integers, fractions and strings such as "1/2"."""
        return cls(*map(_fractions if exact else _floats, (tokens, queries, scores)))

    @classmethod
    def prompted(cls, keys: Any, scores: Any, *, exact: bool = False) -> TokenInputs:
        """Return the inputs of a trainable prompt: logits are keys (n, T, d) times p, which is W with one column."""
        return cls.of(keys, np.ones((len(np.atleast_1d(np.asarray(keys, dtype=object))), 1), dtype=int), scores, exact=exact)

    def __post_init__(self) -> None:
        arrays = self.tokens, self.queries, self.scores
        if not all(isinstance(a, np.ndarray) for a in arrays):
            raise BadInput("tokens, queries or scores are no arrays: build them by TokenInputs.of")
        shapes = self.tokens.shape, self.queries.shape, self.scores.shape
        if [len(s) for s in shapes] != [3, 2, 2] or shapes[0][:2] != shapes[2] or shapes[0][0] != shapes[1][0] or 0 in shapes[0]:
            raise BadInput(f"tokens, queries, scores of shapes {shapes}: give (n, T, d), (n, e), (n, T), none of them empty")
        for name, a in zip(("token", "query", "score"), arrays, strict=True):
            if a.dtype != object and not np.isfinite(a).all():
                raise BadInput(f"a {name} holds {a[~np.isfinite(a)][0]}: give finite numbers")

    @property
    def shape(self) -> tuple[int, int]:
        """The shape (d, e) of W."""
        return self.tokens.shape[2], self.queries.shape[1]

    @property
    def best(self) -> tuple[int, ...]:
        """The token of the highest score of each input, the first of several."""
        return tuple(max(range(len(row)), key=row.__getitem__) for row in self.scores.tolist())

    def chosen(self, selected: Sequence[int]) -> tuple[int, ...]:
        """Return the selected tokens as integers. Raises BadInput unless there is one for each input, each of them a token."""
        n, tokens = self.scores.shape
        try:
            numbers = tuple(map(operator.index, selected))
        except TypeError:
            raise BadInput(f"selected {selected!r}: give a token number for each of the {n} inputs, such as {(0,) * n}") from None
        if len(numbers) != n:
            raise BadInput(f"{len(numbers)} selected tokens for {n} inputs: give one for each")
        for i, number in enumerate(numbers):
            if not 0 <= number < tokens:
                raise BadInput(f"token {number} of input {i} is not from 0 to {tokens - 1}")
        return numbers

    def pairs(self, selected: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """Return (input, token) of each row: every token but the selected one, input by input."""
        chosen = self.chosen(selected)
        return tuple((i, t) for i in range(len(chosen)) for t in range(self.scores.shape[1]) if t != chosen[i])

    def rows(self, selected: Sequence[int]) -> np.ndarray:
        """Return the rows (x_selected - x_t) z^T, flattened: a margin of 1 with each is what the selection asks of W."""
        own, pairs = self.chosen(selected), self.pairs(selected)
        with np.errstate(over="ignore"):  # what is infinite then is refused where it is used
            rows = [np.multiply.outer(self.tokens[i, own[i]] - self.tokens[i, t], self.queries[i]).ravel() for i, t in pairs]
        return np.array(rows, dtype=self.tokens.dtype).reshape(len(pairs), self.shape[0] * self.shape[1])

    def advantages(self, selected: Sequence[int]) -> np.ndarray:
        """Return, for each row, the score of the selected token minus that of the other."""
        own = self.chosen(selected)
        return np.array([self.scores[i, own[i]] - self.scores[i, t] for i, t in self.pairs(selected)], dtype=self.scores.dtype)


def _floats(array: Any) -> np.ndarray:
    try:
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise BadInput(f"{str(array)[:60]} is no array of numbers ({fault}): fractions in strings need exact=True") from None


def _fractions(array: Any) -> np.ndarray:
    try:
        given = np.asarray(array, dtype=object)
        return np.array([Fraction(str(v)) for v in given.ravel()], dtype=object).reshape(given.shape)
    except (ValueError, ZeroDivisionError) as fault:
        raise BadInput(f"{str(array)[:60]} is no array of integers and fractions: {fault}") from None
