"""Special functions of real argument that JAX lacks, or has with less than double precision, at every order of derivative."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as jss
import numpy as np

from workbench.lowering.elementary import nan_where, with_slope

BESSEL_ORDERS = 64  # the recurrence of higher orders is longer than 2,000 steps
HANKEL_TERMS = 28
HALLEY_STEPS = 5
# 1/e as a double and the rest of it, so that x + 1/e is right to the last bit next to the branch point
INVERSE_E = Fraction(36787944117144232159552377016146086744581113103177, 10**50)
ZETA_TERMS = 12
BERNOULLI = [
    Fraction(1, 6),
    Fraction(-1, 30),
    Fraction(1, 42),
    Fraction(-1, 30),
    Fraction(5, 66),
    Fraction(-691, 2730),
    Fraction(7, 6),
]
ZETA_CORRECTIONS = [float(b / math.factorial(2 * j)) for j, b in enumerate(BERNOULLI, start=1)]  # of Euler and Maclaurin


def hurwitz_zeta(s: jax.Array, q: jax.Array) -> jax.Array:
    """Return sum over k >= 0 of (q + k)^-s, continued to s >= 0, by the formula of Euler and Maclaurin; NaN for q <= 0.

    >>> f"{6 * hurwitz_zeta(jnp.float32(2), jnp.float32(1)):.4f}"  # pi squared
    '9.8696'
    """
    real = (q > 0) & (s >= 0) & (s != 1)
    undefined = nan_where(~real, s) + nan_where(~real, q)
    s, q = jnp.where(real, s, 2), jnp.where(real, q, 1)
    total = sum(jnp.power(q + k, -s) for k in range(ZETA_TERMS))
    end = q + ZETA_TERMS
    power = jnp.power(end, -s)
    total = total + power * end / (s - 1) + power / 2
    factor = s * power / end
    for j, correction in enumerate(ZETA_CORRECTIONS):
        total = total + factor * correction
        factor = factor * (s + 2 * j + 1) * (s + 2 * j + 2) / (end * end)
    return total + undefined


def riemann_zeta(s: jax.Array) -> jax.Array:
    """Return the zeta function at any real s but 1, below 0 by its functional equation.

    >>> f"{riemann_zeta(jnp.float32(-1)):.5f}"  # -1/12
    '-0.08333'
    """
    reflected = s < 0
    t = jnp.where(reflected, 1 - s, s)
    value = hurwitz_zeta(t, jnp.ones_like(t))
    u = jnp.where(reflected, t, 2)
    half = jnp.where(reflected, s, 0) / 2
    sine = jnp.sin(jnp.pi * (half - 2 * jnp.round(half / 2)))
    factor = 2 * jnp.power(2 * jnp.pi, -u) * sine * jnp.exp(jss.gammaln(u))
    return jnp.where(reflected, factor * value, value)


def sinc(x: jax.Array) -> jax.Array:
    """Return sin(x)/x, 1 at 0, with derivatives of every order there (Taylor's series within 1 of it).

    >>> sinc(jnp.array([0.0])).tolist()
    [1.0]
    """
    near = jnp.abs(x) < 1
    square = jnp.square(jnp.where(near, x, 0))
    series = jnp.ones_like(x)
    for k in range(12, 0, -1):
        series = 1 - series * square / (2 * k * (2 * k + 1))
    away = jnp.where(near, 1, x)
    return jnp.where(near, series, jnp.sin(away) / away)


def _slope_of_erfi(x: jax.Array) -> jax.Array:
    return 2 / math.sqrt(math.pi) * jnp.exp(x * x)


@with_slope(_slope_of_erfi)
def erfi(x: jax.Array) -> jax.Array:
    """Return the imaginary error function, by Dawson's integral.

    >>> f"{erfi(jnp.float32(1)):.4f}"
    '1.6504'
    """
    return _slope_of_erfi(x) * jss.dawsn(x)


def exponential_integral(order: int, x: jax.Array) -> jax.Array:
    """Return E_n(x), the integral of exp(-x t) / t^n over t > 1, for an order n >= 0 and x > 0; NaN elsewhere.

    >>> f"{exponential_integral(1, jnp.float32(1)):.4f}"
    '0.2194'
    """
    positive = x > 0
    safe = jnp.where(positive, x, 1)
    value = jnp.exp(-safe) / safe if order == 0 else _expn(order, safe)
    return jnp.where(positive, value, 1 / (order - 1.0) if order > 1 else jnp.inf) + nan_where(~(x >= 0), x)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _expn(order: int, x: jax.Array) -> jax.Array:
    return jss.expn(order, x)


def _expn_rule(order: int, primals: Any, tangents: Any) -> Any:
    return _expn(order, *primals), -exponential_integral(order - 1, *primals) * tangents[0]


_expn.defjvp(_expn_rule)


# --- LambertW --------------------------------------------------------------------------------------------------------


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def lambert_w(branch: int, x: jax.Array) -> jax.Array:
    """Return branch 0 or -1 of the inverse of w exp(w), NaN where it is not real; W' = exp(-W)/(1 + W) gives all derivatives.

    Near -1/e it solves 1 + (v - 1) exp(v) = e (x + 1/e) for v = 1 + W, elsewhere w = x exp(-w); each by five steps of Halley
    from the series in sqrt(x + 1/e), the start of R. Iacono and J. P. Boyd (2017), or log|x| - log|log|x||.

    >>> [f"{w:.4f}" for w in lambert_w(0, jnp.array([0.0, 1.0, -1.0]))]
    ['0.0000', '0.5671', 'nan']
    """
    high = np.asarray(float(INVERSE_E), dtype=x.dtype)
    low = np.asarray(float(INVERSE_E - Fraction(float(high))), dtype=x.dtype)
    above = (x + high) - low * jnp.sign(x)  # for x < 0 plus low: the compiler would join two constants
    real = (above >= 0) & (x < 0) if branch else above >= 0
    near = real & (above < 0.1)
    away = jnp.where(real & ~near, x, -0.2)
    value = jnp.where(near, _near_branch_point(branch, jnp.where(near, above, 0.05)), _away(branch, away))
    return jnp.where(real, value, jnp.nan)


def _lambert_w_rule(branch: int, primals: Any, tangents: Any) -> Any:
    w = lambert_w(branch, *primals)
    return w, jnp.exp(-w) / (1 + w) * tangents[0]


lambert_w.defjvp(_lambert_w_rule)


def _near_branch_point(branch: int, above: jax.Array) -> jax.Array:
    goal = math.e * above
    p = jnp.sqrt(2 * goal) * (-1 if branch else 1)
    v = p * (1 - p / 3 + 11 * p * p / 72)
    v = jnp.where(above == 0, 1, v)  # the equation is double at v = 0
    for _ in range(HALLEY_STEPS):
        rest = (v + (v - 1) * jnp.expm1(v) - goal) * jnp.exp(-v)
        v = v - rest / (v - rest * (1 + v) / (2 * v))
    return jnp.where(above == 0, -1, v - 1)


def _away(branch: int, x: jax.Array) -> jax.Array:
    if branch:
        log = jnp.log(-x)
        w = log - jnp.log(-log)
    else:
        log = jnp.log(jnp.where(x > 20, x, 20))
        root = math.sqrt(math.e) * jnp.sqrt(jnp.where(x > 20, 20, x) + float(INVERSE_E))
        near = -1 + 2.036 * jnp.log((1 + 1.14956131 * root) / (1 + 0.45495740 * jnp.log1p(root)))
        w = jnp.where(x > 20, log - jnp.log(log), near)
    for _ in range(HALLEY_STEPS):
        rest = w - x * jnp.exp(-w)
        w = w - rest / (1 + w - (w + 2) * rest / (2 * w + 2))
    return w


# --- Bessel functions of integer order -------------------------------------------------------------------------------


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def bessel(kind: str, order: int, x: jax.Array) -> jax.Array:
    """Return J_n(x) (kind "j") or I_n(x) (kind "i"), n >= 0: Miller's backward recurrence, and for large x Hankel's expansion.

    The error is a few ulps of the value's conditioning; of the envelope sqrt(2/(pi x)) near zeros of J. Derivatives of every order
    follow from J_n' = (J_(n-1) - J_(n+1))/2 and I_n' = (I_(n-1) + I_(n+1))/2.

    >>> [f"{v:.4f}" for v in bessel("j", 0, jnp.array([0.0, 1.0, 100.0]))]
    ['1.0000', '0.7652', '0.0200']
    """
    size = jnp.abs(x)
    edge = 25.0 + order * order / 2
    tiny, far = size < 2**-13, size >= edge
    middle = jnp.where(tiny | far | jnp.isnan(x), 1, size)
    lead = jnp.power(size / 2, order) / float(math.factorial(order))
    first = lead * (1 + (1 if kind == "i" else -1) * size * size / (4 * (order + 1)))
    value = jnp.where(
        tiny, first, jnp.where(far, _hankel(kind, order, jnp.where(far, size, edge)), _miller(kind, order, middle, edge))
    )
    return jnp.where(jnp.isnan(x), x, jnp.where(x < 0, (-1) ** order * value, value))


def _bessel_rule(kind: str, order: int, primals: Any, tangents: Any) -> Any:
    sign = 1 if kind == "i" else -1
    below = bessel(kind, order - 1, *primals) if order else sign * bessel(kind, 1, *primals)
    return bessel(kind, order, *primals), (below + sign * bessel(kind, order + 1, *primals)) / 2 * tangents[0]


bessel.defjvp(_bessel_rule)


def _miller(kind: str, order: int, x: jax.Array, edge: float) -> jax.Array:
    start = 2 * math.ceil((edge + 12 * edge ** (1 / 3) + order) / 2)
    sign = 1 if kind == "i" else -1
    huge = 1e12 if x.dtype == jnp.float32 else 1e120

    def step(k: Any, state: Any) -> Any:
        above, here, wanted, total = state
        m = start - k  # here is the value of order m, up to a factor
        wanted = jnp.where(m == order, here, wanted)
        total = total + here * jnp.where(m == 0, 1, jnp.where((m % 2 == 0) | (kind == "i"), 2, 0))
        below = 2 * m / x * here + sign * above
        scale = jnp.where(jnp.abs(below) > huge, 1 / huge, 1)
        return here * scale, below * scale, wanted * scale, total * scale

    begin = (jnp.zeros_like(x), jnp.full_like(x, 1 / huge), jnp.zeros_like(x), jnp.zeros_like(x))
    _, _, wanted, total = jax.lax.fori_loop(0, start + 1, step, begin)
    return wanted / total * (jnp.exp(x) if kind == "i" else 1)


def _hankel(kind: str, order: int, x: jax.Array) -> jax.Array:
    a = _hankel_coefficients(order)
    if kind == "i":
        return jnp.exp(x) / jnp.sqrt(2 * jnp.pi * x) * _horner([c * (-1) ** k for k, c in enumerate(a)], 1 / x)
    square = -1 / (x * x)
    even, odd = _horner(a[0::2], square), _horner(a[1::2], square) / x
    turn = math.sqrt(0.5)
    cosine, sine = jnp.cos(x), jnp.sin(x)
    c, s = turn * (cosine + sine), turn * (sine - cosine)  # of x - pi/4
    for _ in range(order % 4):
        c, s = s, -c
    return jnp.sqrt(2 / (jnp.pi * x)) * (even * c - odd * s)


@lru_cache(maxsize=256)
def _hankel_coefficients(order: int) -> list[float]:
    exact = [Fraction(1)]
    for k in range(1, HANKEL_TERMS):
        exact.append(exact[-1] * (4 * order * order - (2 * k - 1) ** 2) / (8 * k))
    return [float(a) for a in exact]


def _horner(coefficients: Sequence[float], x: jax.Array) -> jax.Array:
    total = jnp.full_like(x, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = total * x + c
    return total
