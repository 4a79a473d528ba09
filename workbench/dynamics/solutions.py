"""Flows with closed forms: products of factors, softmax of two tokens, linear attention, tokens on the sphere."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import sympy
from scipy.optimize import root

from workbench.dynamics.arguments import array, real, whole
from workbench.dynamics.closed import TIME, ClosedForm
from workbench.dynamics.flow import Flow
from workbench.dynamics.softmax import softmax_mean
from workbench.errors import BadInput

Number = Any  # an int, a Fraction, a float or an exact SymPy expression
X = sympy.Symbol("x", positive=True)
INNER = sympy.Symbol("y", positive=True)


def product_flow(factors: int = 2, *, target: Number | None = None) -> Flow:
    """Return the gradient flow of (s - w1 ... wL)^2 / 2; for two factors they are called u and v.

    >>> product_flow(3).variables
    (w1, w2, w3)
    """
    factors = whole("factors", factors)
    names = sympy.symbols("u v" if factors == 2 else f"w1:{factors + 1}", real=True)
    s = sympy.Symbol("s", real=True) if target is None else exact(target)
    return Flow.from_loss((s - sympy.Mul(*names)) ** 2 / 2, names)


def uv(u0: Number, v0: Number, s: Number) -> ClosedForm:
    """Return the solution of u' = (s - uv) v, v' = (s - uv) u from any start but the two at rest, 0 and those with uv = s.

    The coordinate is p = (u+v)/sqrt 2, or (u-v)/sqrt 2 on the line u = -v; p (u-v)/sqrt 2 is conserved, and P = p^2 obeys the
    Riccati equation P' = k^2 + 2 s P - P^2, whose solution is a quotient of linear functions of tanh(R t)/R, R^2 = s^2 + k^2.

    Raises BadInput for the start 0.

    >>> form = uv(sympy.Rational(1, 2), sympy.Rational(1, 10), 1)
    >>> form.check()
    >>> [round(float(u * v), 8) for u, v in form.at([1, 3])]
    [0.42557862, 0.97710126]
    """
    a, b, s = map(exact, (u0, v0, s))
    if a == 0 and b == 0:
        raise BadInput("the start (0, 0) is at rest: give another")
    if a == -b:  # v -> -v, s -> -s exchanges the two coordinates
        mirrored = uv(a, -b, -s)
        flow = product_flow(target=s)
        return ClosedForm(
            flow, X, mirrored.rate, (mirrored.lift[0], -mirrored.lift[1]), mirrored.start, solution=mirrored.solution, power=2
        )
    p0, k = (a + b) / sympy.sqrt(2), (a**2 - b**2) / 2
    sign = -1 if p0.is_negative else 1
    root_ = sympy.sqrt(s**2 + k**2)
    clock = TIME if root_ == 0 else sympy.tanh(root_ * TIME) / root_
    squared = sympy.together((p0**2 + (s * p0**2 + k**2) * clock) / (1 + (p0**2 - s) * clock))
    lift = tuple(sign * (X + e * k / X) / sympy.sqrt(2) for e in (1, -1))
    rate = (s - (X**2 - k**2 / X**2) / 2) * X
    return ClosedForm(product_flow(target=s), X, rate, lift, sign * p0, solution=squared, power=2)


def two_token(gap: Number, z0: Number) -> ClosedForm:
    """Return the solution of z' = D sigma(z) sigma(-z), the logit of two tokens under a linear loss: 2 z + 2 sinh z = D t + const.

    >>> two_token(Fraction(7, 10), -1).check()
    >>> round(float(two_token(Fraction(7, 10), -1).at(100)[0] - np.log(70)), 6)
    -0.195645
    """
    gap, z0 = exact(gap), exact(z0)
    if not gap.is_nonzero:
        raise BadInput(f"gap {gap}: both tokens score the same and nothing moves, give another")
    z = sympy.Symbol("z", real=True)
    flow = Flow.from_loss(-gap * softmax_mean([1, 0], [z, 0]), [z])
    rate = gap / ((1 + sympy.exp(-z)) * (1 + sympy.exp(z)))
    clock = (2 * z + sympy.exp(z) - sympy.exp(-z)) / gap
    return ClosedForm(flow, z, rate, (z,), z0, clock=clock, limit=sympy.oo if gap > 0 else -sympy.oo)


def deep_mode(depth: int, s: Number, a0: Number) -> ClosedForm:
    """Return the balanced mode of a deep linear network, every factor a^(1/L): a' = L a^(2-2/L) (s - a), s and a0 positive.

    Depth 2 is a sigmoid in t, the others give t as a function of a; x = a^(1/L) obeys x' = x^(L-1) (s - x^L), which is also how a
    product of L equal gates moves. Raises BadInput for a depth below 2, or s, a0 that are not positive.

    >>> for depth in (2, 3, 4, 7):
    ...     deep_mode(depth, 2, Fraction(1, 20)).check()
    >>> round(float(np.prod(deep_mode(3, 2, Fraction(1, 20)).at(1.002649))), 5)
    1.0
    """
    s, a0, depth = exact(s), exact(a0), whole("depth", depth)
    if depth < 2:
        raise BadInput(f"depth {depth}: a deep network has two factors at least")
    if not (s.is_positive and a0.is_positive):
        raise BadInput(f"strength {s}, start {a0}: a balanced mode has both positive")
    start, flow = a0 ** sympy.Rational(1, depth), product_flow(depth, target=s)
    rate, lift = X ** (depth - 1) * (s - X**depth), (X,) * depth
    if depth == 2:
        left = sympy.exp(-2 * s * TIME)
        return ClosedForm(flow, X, rate, lift, start, solution=s * a0 / (a0 + (s - a0) * left), power=2)
    if depth == 4:
        r = sympy.sqrt(s)
        tail = sympy.log((r + X**2) / (r - X**2) if a0 < s else (X**2 + r) / (X**2 - r)) / (4 * r)
    else:
        tail = sympy.Integral(INNER / (s - INNER**depth), (INNER, 0, X))
    clock = (tail - X ** (2 - depth) / (depth - 2)) / s
    return ClosedForm(flow, X, rate, lift, start, clock=clock, limit=s ** sympy.Rational(1, depth))


def merged_attention(dimension: int, examples: int, variance: Number, a0: Number) -> ClosedForm:
    """Return the loss curve of merged linear attention on white inputs, aligned and balanced: one sigmoid in a = v w.

    The loss is D l - 2 l^2 sqrt(D) a + l^2 Gamma a^2 with l the variance and Gamma = l (1 + 1/N + D/N), in-context regression on N
    examples without the factor 1/2.

    >>> form = merged_attention(4, 31, Fraction(1, 4), Fraction(1, 10000))
    >>> form.check()
    >>> round(float(np.prod(form.at(20.517724))), 6)  # where the loss is half way
    2.017709
    """
    lam, a0 = exact(variance), exact(a0)
    dimension, examples = whole("dimension", dimension), whole("examples", examples)
    if not (lam.is_positive and a0.is_positive):
        raise BadInput(f"variance {lam}, start {a0}: give positive numbers")
    gamma = lam * (1 + sympy.Rational(1, examples) + sympy.Rational(dimension, examples))
    best = sympy.sqrt(dimension) / gamma
    v, w = sympy.symbols("v w", real=True)
    loss = dimension * lam - 2 * lam**2 * sympy.sqrt(dimension) * v * w + lam**2 * gamma * (v * w) ** 2
    left = sympy.exp(-4 * lam**2 * gamma * best * TIME)
    solution = best * a0 / (a0 + (best - a0) * left)
    rate = 2 * lam**2 * gamma * (best - X**2) * X
    return ClosedForm(Flow.from_loss(loss, [v, w]), X, rate, (X, X), sympy.sqrt(a0), solution=solution, power=2)


def rank_one_head(eigenvalue: Number, gamma: Number, v0: Number) -> ClosedForm:
    """Return the strength of one aligned, balanced rank-one head, v' = 2 l^2 v^2 (1 - Gamma v^3), by quadrature.

    >>> form = rank_one_head(Fraction(2, 5), Fraction(2, 5) * Fraction(32, 31) + Fraction(1, 31), Fraction(1, 50))
    >>> form.check()
    >>> round(float(form.at(150.1776)[0]), 3)
    0.5
    """
    lam, gamma, v0 = exact(eigenvalue), exact(gamma), exact(v0)
    if not (lam.is_nonzero and gamma.is_positive and v0.is_positive):
        raise BadInput(f"eigenvalue {lam}, gamma {gamma}, start {v0}: give an eigenvalue other than 0, and the others positive")
    names = sympy.symbols("v k q", real=True)
    strength = sympy.Mul(*names)
    flow = Flow.from_loss(-2 * lam**2 * strength + lam**2 * gamma * strength**2, names)
    tail = sympy.Integral(gamma * INNER / (1 - gamma * INNER**3), (INNER, 0, X))
    clock = (-1 / X + tail) / (2 * lam**2)
    rate = 2 * lam**2 * X**2 * (1 - gamma * X**3)
    return ClosedForm(flow, X, rate, (X, X, X), v0, clock=clock, limit=(1 / gamma) ** sympy.Rational(1, 3))


def equal_cosines(tokens: int, beta: Number, c0: Number = 0, *, normalised: bool = True) -> ClosedForm:
    """Return the common cosine of unit tokens under self-attention x_i' = P_i sum_j A_ij x_j, as a flow of their Gram matrix.

    A is softmax(beta <x_i, x_j>), or e^(beta <x_i, x_j>)/n if not `normalised`. Equal cosines stay equal; t is a quadrature.
    Raises BadInput for a start outside (-1/(n-1), 1).

    >>> form = equal_cosines(4, 1)
    >>> form.check()
    >>> round(float(form.at(1.037985)[0]), 5)
    0.5
    """
    beta, c0, n = exact(beta), exact(c0), whole("tokens", tokens)
    if n < 2 or not -sympy.Rational(1, n - 1) < c0 < 1:
        raise BadInput(f"{n} tokens of cosine {c0}: give two tokens at least, of a cosine between -1/(n-1) and 1")
    c = sympy.Symbol("c", real=True)
    bottom = sympy.exp(beta) + (n - 1) * sympy.exp(beta * c) if normalised else sympy.Integer(n)
    rate = 2 * sympy.exp(beta * c) * (1 - c) * ((n - 1) * c + 1) / bottom
    inner = sympy.Symbol("y", real=True)
    clock = sympy.Integral(1 / rate.subs(c, inner), (inner, 0, c))
    flow = gram_flow(n, beta, normalised=normalised)
    return ClosedForm(flow, c, rate, (c,) * len(flow.variables), c0, clock=clock, limit=sympy.Integer(1))


def gram_flow(tokens: int, beta: Number, *, normalised: bool = True) -> Flow:
    """Return the flow of the cosines of unit tokens that attend to each other, whatever the dimension they live in.

    >>> gram_flow(2, 0).rhs
    (1 - c_01**2,)
    """
    beta = exact(beta)
    c = {(i, j): sympy.Symbol(f"c_{i}{j}", real=True) for i, j in combinations(range(tokens), 2)}
    gram = sympy.Matrix(tokens, tokens, lambda i, j: 1 if i == j else c[min(i, j), max(i, j)])
    weights = gram.applyfunc(lambda g: sympy.exp(beta * g))
    sums = [sympy.Add(*weights.row(i)) if normalised else sympy.Integer(tokens) for i in range(tokens)]

    def half(i: int, j: int) -> sympy.Expr:
        return sympy.Add(*(weights[i, k] * (gram[k, j] - gram[i, k] * gram[i, j]) for k in range(tokens))) / sums[i]

    return Flow.from_rhs([half(i, j) + half(j, i) for i, j in c], list(c.values()))


def two_tokens_on_circle(beta: Number, angle: Number) -> ClosedForm:
    """Return the angle of two tokens under self-attention, phi' = -2 sin phi / (1 + e^(beta (1 - cos phi))), by quadrature.

    >>> form = two_tokens_on_circle(1, Fraction(5, 2))
    >>> form.check()
    >>> round(float(form.at(6.467286)[0]), 6)
    0.1
    """
    beta, phi0 = exact(beta), exact(angle)
    if not 0 < abs(phi0) < sympy.pi:
        raise BadInput(f"angle {phi0}: give one between -pi and pi, not 0")
    phi, inner = sympy.Symbol("phi", real=True), sympy.Symbol("y", real=True)
    rate = -2 * sympy.sin(phi) / (1 + sympy.exp(beta * (1 - sympy.cos(phi))))
    clock = sympy.Integral(1 / rate.subs(phi, inner), (inner, 1, phi))
    return ClosedForm(Flow.from_rhs([rate], [phi]), phi, rate, (phi,), phi0, clock=clock, limit=sympy.Integer(0))


def diagonal_limit(rows: Any, targets: Any, alpha: float) -> np.ndarray:
    """Return the limit w = 2 alpha^2 sinh(X^T nu), X w = y, of the flow of w = u^2 - v^2 from u = v = alpha.

    Source: Woodworth et al. 2020. Raises BadInput if no such nu is found.

    >>> diagonal_limit([[1, 3]], [1], 1.0).round(8).tolist()
    [0.09970267, 0.30009911]
    """
    X_, y, alpha = array("rows", rows), array("targets", targets), real("alpha", alpha)
    if X_.ndim != 2 or y.shape != X_.shape[:1] or not X_.size or not (np.isfinite(X_).all() and np.isfinite(y).all()):
        raise BadInput(f"rows of shape {X_.shape}, targets of shape {y.shape}: give (n, d) and (n,), all finite, n and d from 1 on")
    if not 1e-100 <= alpha <= 1e100:
        raise BadInput(f"alpha = {alpha} is not from 1e-100 to 1e100")
    least = np.linalg.lstsq(X_.T, np.arcsinh(np.linalg.pinv(X_) @ y / (2 * alpha**2)), rcond=None)[0]
    found = root(lambda nu: 2 * alpha**2 * X_ @ np.sinh(X_.T @ nu) - y, least, tol=1e-14)
    if not np.abs(found.fun).max() < 1e-9:
        raise BadInput(f"no multipliers found for alpha = {alpha}: take a larger alpha, or rows of full rank")
    return np.asarray(2 * alpha**2 * np.sinh(X_.T @ found.x))


def exact(value: Number) -> sympy.Expr:
    """Return a number as the rational that it is, an exact SymPy expression unchanged. Raises BadInput for any other value.

    >>> exact(0.5), exact(Fraction(1, 3))
    (1/2, 1/3)
    """
    if isinstance(value, sympy.Expr) and not isinstance(value, sympy.Float):
        if value.is_real is False or value.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan, sympy.I, sympy.Float):
            raise BadInput(f"{value} is no finite real number: give an integer, a fraction or an exact expression")
        return value
    try:
        ratio = Fraction(float(value) if isinstance(value, sympy.Float) else value)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise BadInput(f"{repr(value)[:60]} is no finite real number: give an integer, a fraction or an exact expression") from None
    return sympy.Rational(ratio.numerator, ratio.denominator)
