"""The softmax gradient without cancellation, as a SymPy node that a loss may hold and as a JAX function of arrays.

The textbook form s_t (gamma_t - f) subtracts nearly equal numbers once one weight is close to 1: its direction is lost beyond a
logit gap of ln(1/eps), about 16 in float32 and 36 in float64. Here the derivative is a sum over pairs,
sum_u s_t s_u (gamma_t - gamma_u), in which each product of weights is one exponential.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import sympy

from workbench.errors import BadInput

if TYPE_CHECKING:
    from jaxtyping import Array, Float


class LogSumExp(sympy.Function):  # type: ignore[misc]
    """The logarithm of a sum of exponentials of its arguments.

    >>> a, b = sympy.symbols("a b", real=True)
    >>> LogSumExp(a, b).diff(a)
    exp(a - LogSumExp(a, b))
    >>> textbook(LogSumExp(a, b))
    log(exp(a) + exp(b))
    """

    is_real = True

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return a softmax weight, as one exponential."""
        return sympy.exp(self.args[argindex - 1] - self)


class SoftmaxMean(sympy.Function):  # type: ignore[misc]
    """The mean of scores under softmax weights; its arguments are the scores, then as many logits. Made by `softmax_mean`."""

    is_real = True

    @property
    def scores(self) -> tuple[sympy.Expr, ...]:
        """What is averaged."""
        return tuple(self.args[: len(self.args) // 2])

    @property
    def logits(self) -> tuple[sympy.Expr, ...]:
        """The logits of the weights."""
        return tuple(self.args[len(self.args) // 2 :])

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the weight of a score, or for a logit the sum over pairs."""
        scores, logits, total = self.scores, self.logits, LogSumExp(*self.logits)
        if argindex <= len(scores):
            return sympy.exp(logits[argindex - 1] - total)
        t = argindex - 1 - len(scores)
        pairs = ((sympy.exp(logits[t] + a - 2 * total), scores[t] - g) for a, g in zip(logits, scores, strict=True))
        return sympy.Add(*(weight * gap for weight, gap in pairs))  # the pair of t with itself has gap 0


def softmax_mean(scores: Sequence[sympy.Expr], logits: Sequence[sympy.Expr]) -> sympy.Expr:
    """Return sum_t s_t scores_t with s = softmax(logits), whose gradient is cancellation free when a flow is lowered.

    Raises BadInput unless there are as many scores as logits, one at least.

    >>> a, b = sympy.symbols("a b", real=True)
    >>> softmax_mean([1, 0], [a, b]).diff(a)
    exp(a + b - 2*LogSumExp(a, b))
    >>> softmax_mean([1, 0], [a])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: 2 scores for 1 logits: give one for each, one at least
    """
    if isinstance(scores, str) or not (hasattr(scores, "__len__") and hasattr(logits, "__len__")):
        raise BadInput(f"scores {scores!r}, logits {logits!r}: give two lists of expressions")
    if len(scores) != len(logits) or not len(logits):
        raise BadInput(f"{len(scores)} scores for {len(logits)} logits: give one for each, one at least")
    if text := [v for v in (*scores, *logits) if isinstance(v, str)]:
        raise BadInput(f"{text[0]!r} is text: give symbols and numbers")
    return SoftmaxMean(*scores, *logits)


def textbook(expr: sympy.Basic) -> sympy.Basic:
    """Return an expression with every softmax written out in exponentials, for exact algebra.

    >>> a = sympy.Symbol("a", real=True)
    >>> textbook(softmax_mean([1, 0], [a, 0]))
    exp(a)/(exp(a) + 1)
    """

    def mean(*args: sympy.Expr) -> sympy.Expr:
        half = len(args) // 2
        weights = [sympy.exp(a) for a in args[half:]]
        return sympy.Add(*(w * g for w, g in zip(weights, args[:half], strict=True))) / sympy.Add(*weights)

    written = expr.replace(SoftmaxMean, mean)
    return written.replace(LogSumExp, lambda *args: sympy.log(sympy.Add(*(sympy.exp(a) for a in args))))


def shifted(expr: sympy.Basic) -> sympy.Basic:
    """Return an expression with every softmax written relative to its largest logit, for evaluation in floats.

    >>> a = sympy.Symbol("a", real=True)
    >>> shifted(LogSumExp(a, 0))
    log(exp(a - Max(0, a)) + exp(-Max(0, a))) + Max(0, a)
    """

    def total(*logits: sympy.Expr) -> sympy.Expr:
        top = sympy.Max(*logits, evaluate=False)
        return top + sympy.log(sympy.Add(*(sympy.exp(a - top) for a in logits)))

    def mean(*args: sympy.Expr) -> sympy.Expr:
        half = len(args) // 2
        top = sympy.Max(*args[half:], evaluate=False)
        weights = [sympy.exp(a - top) for a in args[half:]]
        return sympy.Add(*(w * g for w, g in zip(weights, args[:half], strict=True))) / sympy.Add(*weights)

    return expr.replace(SoftmaxMean, mean).replace(LogSumExp, total)


def scaled(expr: sympy.Expr, shift: sympy.Symbol) -> sympy.Expr:
    """Return exp(shift) * expr with the shift inside the exponents of softmax weights, so that neither factor overflows alone.

    >>> a, c = sympy.symbols("a c", real=True)
    >>> scaled(3 * LogSumExp(a, 0).diff(a), c)
    3*exp(a + c - LogSumExp(a, 0))
    """
    if isinstance(expr, sympy.Add):
        return sympy.Add(*(scaled(term, shift) for term in expr.args))
    if isinstance(expr, sympy.Mul):
        inside = [factor for factor in expr.args if factor.has(LogSumExp) and isinstance(factor, (sympy.exp, sympy.Add))]
        if inside:
            rest = list(expr.args)
            rest.remove(inside[0])
            return sympy.Mul(*rest, scaled(inside[0], shift))
    if isinstance(expr, sympy.exp):
        return sympy.exp(expr.args[0] + shift)
    return expr * sympy.exp(shift)


def softmax_gradient(
    scores: Float[Array, "... tokens"], logits: Float[Array, "... tokens"], *, log_slopes: Any = 0.0
) -> tuple[Float[Array, ""], Float[Array, "... tokens"]]:
    """Return (M, g): the derivative of sum_t s_t scores_t by the logits is exp(M) g, times exp(log_slopes), shape (...), if given.

    One M is shared by all entries, so that g keeps their ratios, the largest term having size 1: a normalised step drops exp(M), a
    flow in ln(1+t) adds ln(1+t) to it. Call it in the type of its arrays, float64 inside `precision.scope("float64")`.

    >>> import jax.numpy as jnp
    >>> M, g = softmax_gradient(jnp.array([1.0, 0.0]), jnp.array([80.0, 0.0]))
    >>> float(M), g.tolist()
    (-80.0, [1.0, -1.0])
    """
    import jax.numpy as jnp

    _, scales, totals, pulls = softmax_pulls(scores, logits)
    largest, shares = common_scale(scales - 2 * jnp.log(totals) + jnp.asarray(log_slopes)[..., None])
    return largest.reshape(()), pulls * shares


def softmax_pulls(scores: Array, logits: Array, *, axis: int = -1) -> tuple[Array, Array, Array, Array]:
    """Return the mean score of each row of tokens along an axis, and (M, Z, g): its derivative by the logits is exp(M) g / Z^2.

    The pairs with the token of the largest logit are summed apart from the others, so that a row takes one exponential for each
    token. Means, M and Z keep the axis with length 1; M is -inf where all scores are the same.

    >>> import jax.numpy as jnp
    >>> [a.tolist() for a in softmax_pulls(jnp.array([1.0, 0.0]), jnp.array([80.0, 0.0]))]
    [[1.0], [-80.0], [1.0], [1.0, -1.0]]
    """
    import jax.numpy as jnp

    largest, summed = partial(jnp.max, axis=axis, keepdims=True), partial(jnp.sum, axis=axis, keepdims=True)
    top = largest(logits)
    level = largest(jnp.where(logits == top, scores, -jnp.inf))  # the score of the top token
    gaps = scores - level
    second = largest(jnp.where(gaps == 0, -jnp.inf, logits))  # the first that can pull against it
    powers = jnp.exp(logits - jnp.where(gaps == 0, top, second))
    apart = jnp.exp(second - top)
    total, lost = summed(jnp.where(gaps == 0, powers, apart * powers)), summed(powers * gaps)
    pulls = powers * jnp.where(gaps == 0, -lost, gaps * total - apart * lost)
    return level + apart * lost / total, second - top, total, pulls


def common_scale(scales: Array, *, axis: Any = None) -> tuple[Array, Array]:
    """Return the largest of the logarithms along some axes, kept with length 1 (0 if none is finite), and all relative to it."""
    import jax.numpy as jnp

    largest = jnp.max(scales, axis=axis, keepdims=True)
    largest = jnp.where(jnp.isfinite(largest), largest, 0)  # all scores are the same: no gradient
    return largest, jnp.exp(scales - largest)
