"""The rules of special functions in ball arithmetic, by the functions of Arb."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from flint import arb, fmpq

Value = Any  # fmpq or arb
NOTHING = arb("nan")


def ball(value: Value) -> arb:
    """Return a number as a ball."""
    return value if isinstance(value, arb) else arb(value)


def _of_one(function: Callable[[arb], arb]) -> Callable[[Any, Sequence[Value]], Value]:
    return lambda _, args: function(ball(args[0]))


def _of_two(function: Callable[[arb, arb], arb]) -> Callable[[Any, Sequence[Value]], Value]:
    return lambda _, args: function(ball(args[0]), ball(args[1]))


def _acot(x: arb) -> arb:
    return arb.pi() / 2 - x.atan() if x >= 0 else -arb.pi() / 2 - x.atan() if x < 0 else NOTHING


def _gammas(payload: tuple[int, bool], args: Sequence[Value]) -> Value:
    over, under = args[: payload[0]], args[payload[0] :]
    return math.prod((ball(a).gamma() for a in over), start=arb(1)) * math.prod((ball(a).rgamma() for a in under), start=arb(1))


def _loggamma(x: arb) -> arb:
    return x.lgamma() if x > 0 else NOTHING


def _polygamma(order: int, args: Sequence[Value]) -> Value:
    x = ball(args[0])
    if order == 0:
        return x.digamma()
    return (-1) ** (order + 1) * math.factorial(order) * arb(order + 1).zeta(x) if x > 0 else NOTHING


def _modulo(_: Any, args: Sequence[Value]) -> Value:
    x, y = args
    if isinstance(x, fmpq) and isinstance(y, fmpq):
        return NOTHING if y == 0 else x - y * (x / y).floor()
    return ball(x) - ball(y) * (ball(x) / ball(y)).floor()


def _same(_: Any, args: Sequence[Value]) -> Value:
    return fmpq(1) if args[0] == args[1] else fmpq(0) if args[0] != args[1] else arb(0).union(arb(1))


def _bessel(payload: tuple[str, int], args: Sequence[Value]) -> Value:
    kind, order = payload
    return ball(args[0]).bessel_j(arb(order)) if kind == "j" else ball(args[0]).bessel_i(arb(order))


def _positive(function: Callable[[arb], arb]) -> Callable[[Any, Sequence[Value]], Value]:
    return _of_one(lambda x: function(x) if x > 0 else NOTHING)


SPECIAL_BALLS: dict[str, Callable[[Any, Sequence[Value]], Value]] = {
    "sinc": _of_one(arb.sinc),
    "acot": _of_one(_acot),
    "sech": _of_one(arb.sech),
    "csch": _of_one(arb.csch),
    "expm1": _of_one(arb.expm1),
    "log1p": _of_one(arb.log1p),
    "log_base": lambda base, args: ball(args[0]).log() / arb(base).log(),
    "cbrt": _of_one(lambda x: x.root(3)),
    "hypot": _of_two(lambda x, y: (x * x + y * y).sqrt()),
    "erfi": _of_one(arb.erfi),
    "erfinv": _of_one(arb.erfinv),
    "erfcinv": _of_one(arb.erfcinv),
    "gamma_quotient": _gammas,
    "loggamma": _of_one(_loggamma),
    "polygamma": _polygamma,
    "zeta": _of_one(lambda s: s.zeta()),
    "hurwitz_zeta": _of_two(lambda s, q: s.zeta(q) if q > 0 else NOTHING),
    "lower_gamma": _of_two(lambda a, x: a.gamma() - x.gamma_upper(a) if x > 0 else NOTHING),
    "upper_gamma": _of_two(lambda a, x: x.gamma_upper(a) if x > 0 else NOTHING),
    "bessel": _bessel,
    "exponential_integral": _of_one(arb.ei),
    "expint": lambda order, args: ball(args[0]).expint(arb(order)) if args[0] > 0 else NOTHING,
    "sine_integral": _of_one(arb.si),
    "cosine_integral": _positive(arb.ci),
    "fresnel_s": _of_one(arb.fresnel_s),
    "fresnel_c": _of_one(arb.fresnel_c),
    "lambert_w": lambda branch, args: ball(args[0]).lambertw(branch),
    "argument": _of_one(lambda x: arb(0) if x > 0 else arb.pi() if x < 0 else NOTHING),
    "modulo": _modulo,
    "modulo_any": _modulo,
    "same": _same,
}
