"""Two balanced linear layers: their Gram matrix solves a matrix Riccati equation, in closed form, for targets that turn them too.

The equations are checked as identities of words: products of matrices that do not commute, with the rewritings that hold for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any

import numpy as np
import sympy
from scipy.linalg import expm

from workbench.dynamics.flow import Flow, entries
from workbench.errors import BadInput, Rejected
from workbench.expressions import shown

MOVED, FORCE, INNER = sympy.symbols("E F B", commutative=False)  # e^(Ft), F and Q0 (I + Q0^T N Q0)^-1 Q0^T, N' = e^(2Ft)
FIRST, SECOND, TARGET = sympy.symbols("W1 W2 S", commutative=False)
FIRST_T, SECOND_T, TARGET_T = sympy.symbols("W1' W2' S'", commutative=False)  # their transposes
Rates = Mapping[sympy.Symbol, sympy.Expr]
Pairs = Mapping[tuple[sympy.Symbol, sympy.Symbol], tuple[sympy.Symbol, sympy.Symbol]]

OF_FORMULA: Rates = {MOVED: FORCE * MOVED, INNER: -INNER * MOVED * MOVED * INNER}
COMMUTING: Pairs = {(MOVED, FORCE): (FORCE, MOVED)}
OF_LAYERS: Rates = {
    FIRST: SECOND_T * (TARGET - SECOND * FIRST),
    SECOND: (TARGET - SECOND * FIRST) * FIRST_T,
    FIRST_T: (TARGET_T - FIRST_T * SECOND_T) * SECOND,
    SECOND_T: FIRST * (TARGET_T - FIRST_T * SECOND_T),
}
BALANCED: Pairs = {(SECOND_T, SECOND): (FIRST, FIRST_T)}


@dataclass(frozen=True, eq=False)
class BalancedRiccati:
    """The Gram matrix G = Q Q^T, Q = [W1^T; W2], of balanced layers under |S - W2 W1|^2/2, aligned with S or not.

    Balanced is W2^T W2 = W1 W1^T. Then G' = FG + GF - G^2 with F = [[0, S^T], [S, 0]], and G(t) = e^(Ft) B e^(Ft) with
    B = Q0 (I + Q0^T int_0^t e^(2Fs) ds Q0)^-1 Q0^T; the integral is a block of one matrix exponential, so that S may be singular.
    `formula` is G in the words E = e^(Ft) and B.
    Source: Fukumizu 1998; Braun et al. 2022; the integral form is ours.

    >>> one = BalancedRiccati.of(np.eye(1), np.eye(1) / 10, np.eye(1) / 10)
    >>> one.check()
    >>> one.at([0, 1]).shape, [round(float(p), 6) for p in one.products([0, 1]).ravel()]
    ((2, 4), [0.01, 0.069453])
    >>> BalancedRiccati.of(np.eye(1), np.eye(1), np.eye(1) / 10)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: W2^T W2 - W1 W1^T has an entry of size 0.99: start balanced
    """

    target: np.ndarray
    first: np.ndarray
    second: np.ndarray
    formula: sympy.Expr = field(default=MOVED * INNER * MOVED, repr=False)

    @classmethod
    def of(cls, target: Any, first: Any, second: Any) -> BalancedRiccati:
        """Return the solution from W1 = `first`, W2 = `second`. Raises BadInput unless they are balanced to 1e-12."""
        s, w1, w2 = (np.asarray(a, "float64") for a in (target, first, second))
        gap = np.abs(w2.T @ w2 - w1 @ w1.T).max()
        if gap > 1e-12:
            raise BadInput(f"W2^T W2 - W1 W1^T has an entry of size {gap:.6g}: start balanced")
        return cls(s, w1, w2)

    @property
    def force(self) -> np.ndarray:
        """F."""
        rows, columns = self.target.shape
        return np.block([[np.zeros((columns, columns)), self.target.T], [self.target, np.zeros((rows, rows))]])

    @property
    def start(self) -> np.ndarray:
        """G at t = 0."""
        q = np.vstack([self.first.T, self.second])
        return np.asarray(q @ q.T)

    @cached_property
    def flow(self) -> Flow:
        """The flow of the entries of G, row by row."""
        force = sympy.Matrix(
            len(self.force), len(self.force), [sympy.Rational(*float(f).as_integer_ratio()) for f in self.force.flat]
        )
        gram = sympy.Matrix(entries("G", *force.shape))
        return Flow.from_rhs(list(force * gram + gram * force - gram**2), [gram])

    def residuals(self) -> Iterator[tuple[str, sympy.Expr]]:
        """Yield what must vanish identically, each with its name: the four blocks of the equation of G, and that of the formula."""
        layers = ((FIRST_T, FIRST), (SECOND, SECOND_T))
        gram = [[left * right for _, right in layers] for left, _ in layers]
        forces = [[0, TARGET_T], [TARGET, 0]]
        for i in range(2):
            for j in range(2):
                moved = sum(forces[i][k] * gram[k][j] + gram[i][k] * forces[k][j] - gram[i][k] * gram[k][j] for k in range(2))
                yield f"the equation of block {i}{j} of G", reduced(derivative(gram[i][j], OF_LAYERS) - moved, BALANCED)
        g = self.formula
        solved = derivative(g, OF_FORMULA) - (FORCE * g + g * FORCE - g * g)
        yield "the formula in t", reduced(solved, COMMUTING)

    def check(self) -> None:
        """Decide every residual exactly; raises Rejected for the first that does not vanish."""
        for name, residual in self.residuals():
            if residual != 0:
                raise Rejected(f"{name} leaves the residual {shown(residual)}")

    def at(self, times: Any) -> np.ndarray:
        """Return the entries of G at times t, shape (..., entries). Raises BadInput for a negative time."""
        t = np.asarray(times, dtype="float64")
        if t.size and not t.min() >= 0:
            raise BadInput(f"time {t.min()}: give times from 0 on")
        return np.array([self._gram(one) for one in t.ravel()]).reshape(*t.shape, -1)

    def products(self, times: Any) -> np.ndarray:
        """Return W2 W1 at times t, shape (..., outputs, inputs): the lower left block of G."""
        size, columns = len(self.force), self.target.shape[1]
        return self.at(times).reshape(*np.shape(times), size, size)[..., columns:, :columns]

    def _gram(self, t: float) -> np.ndarray:
        """Return G at one time, the formula being applied from step to step: in one, e^(2Ft) would lose all digits at late t."""
        size, steps = len(self.force), 1 + int(np.abs(self.force).sum(0).max() * t)
        force = self.force * (t / steps)
        block = expm(np.block([[2 * force, t / steps * np.eye(size)], [np.zeros((size, size)), np.zeros((size, size))]]))
        moved, integral, gram = expm(force), block[:size, size:], self.start
        for _ in range(steps):
            known = {MOVED: moved, INNER: gram @ np.linalg.inv(np.eye(size) + integral @ gram)}
            gram = sum(float(number) * reduce(np.matmul, [known[a] for a in word]) for number, word in words(self.formula))
        return np.asarray(gram)


def words(expr: sympy.Expr) -> Iterator[tuple[sympy.Expr, list[sympy.Symbol]]]:
    """Yield the terms of an expanded expression of symbols that do not commute: a number and a list of symbols.

    >>> list(words((MOVED - INNER) * MOVED))
    [(1, [E, E]), (-1, [B, E])]
    """
    for term in sympy.Add.make_args(sympy.expand(expr)):
        numbers, factors = term.args_cnc()
        yield sympy.Mul(*numbers), [base for f in factors for base, power in [f.as_base_exp()] for _ in range(int(power))]


def derivative(expr: sympy.Expr, rates: Rates) -> sympy.Expr:
    """Return the derivative of an expression by the product rule, symbols without a rate being constant.

    >>> derivative(MOVED * MOVED, {MOVED: FORCE})
    E*F + F*E
    """
    parts = (
        number * sympy.Mul(*word[:k], rates[a], *word[k + 1 :])
        for number, word in words(expr)
        for k, a in enumerate(word)
        if a in rates
    )
    return sympy.expand(sympy.Add(*parts))


def reduced(expr: sympy.Expr, pairs: Pairs) -> sympy.Expr:
    """Return an expression with neighbouring pairs of symbols rewritten as long as there is one.

    >>> reduced(MOVED * FORCE - FORCE * MOVED, COMMUTING)
    0
    """
    total = []
    for number, word in words(expr):
        while (k := next((k for k in range(len(word) - 1) if (word[k], word[k + 1]) in pairs), None)) is not None:
            word[k : k + 2] = pairs[word[k], word[k + 1]]
        total.append(number * sympy.Mul(*word))
    return sympy.expand(sympy.Add(*total))
