"""Rules of the elementary and special functions of real argument; parameters such as the order of a Bessel function are numbers.

Where SymPy's value is not real the lowered value is NaN; at a pole it is NaN or infinite.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy
from sympy.codegen import cfunctions

from workbench.lowering.algebra import plus, product, scaled
from workbench.lowering.branches import prepare
from workbench.lowering.special import BESSEL_ORDERS
from workbench.lowering.walk import Child, Rule, Steps, Walk

ONE, HALF, TWO = Fraction(1), Fraction(1, 2), Fraction(2)
BINOMIAL_FACTORS = 64  # binomial(n, k) up to this k is a polynomial in n


def _elementwise(op: str, safe: Fraction | None = HALF, payload: Any = None) -> Rule:
    """Return the rule of a function of one argument; `safe` is where it is tame (None: it is tame everywhere)."""

    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        number = yield Child(node.args[0], "args[0]", guard)
        return walk.tape.add(op, (number if safe is None else walk.guarded(number, guard, safe),), payload)

    return rule


def _variadic(op: str, safe: Fraction | None = None, payload: Any = None) -> Rule:
    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        numbers = []
        for i, argument in enumerate(node.args):
            number = yield Child(argument, f"args[{i}]", guard)
            numbers.append(number if safe is None else walk.guarded(number, guard, safe))
        single = len(numbers) == 1 and op in ("maximum", "minimum")
        return numbers[0] if single else walk.tape.add(op, tuple(numbers), payload)

    return rule


def _inverse(walk: Walk, number: int) -> int:
    return walk.tape.add("divide", (walk.tape.constant(1), number))


def _one_over(op: str) -> Rule:
    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        number = yield Child(node.args[0], "args[0]", guard)
        return _inverse(walk, walk.tape.add(op, (walk.guarded(number, guard, HALF),)))

    return rule


def _at_inverse(op: str, safe: Fraction) -> Rule:
    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        number = yield Child(node.args[0], "args[0]", guard)
        return walk.tape.add(op, (_inverse(walk, walk.guarded(number, guard, safe)),))

    return rule


def _same(walk: Walk, node: Any, guard: int | None) -> Steps:
    return (yield Child(node.args[0], "args[0]", guard))


def _imaginary_part(walk: Walk, node: Any, guard: int | None) -> Steps:
    return scaled(walk, (yield Child(node.args[0], "args[0]", guard)), 0)


def _fraction_part(walk: Walk, node: Any, guard: int | None) -> Steps:
    number = yield Child(node.args[0], "args[0]", guard)
    return plus(walk, [(number, 1), (walk.tape.add("floor", (number,)), -1)])


def _modulo(walk: Walk, node: Any, guard: int | None) -> Steps:
    number = yield Child(node.args[0], "args[0]", guard)
    modulus = yield Child(node.args[1], "args[1]", guard)
    if walk.constant(modulus):
        return walk.tape.add("modulo", (number, modulus))
    return walk.tape.add("modulo_any", (number, walk.guarded(modulus, guard, ONE)))  # an integer type has no NaN for modulus 0


def _logarithm(base: int) -> Rule:
    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        number = yield Child(node.args[0], "args[0]", guard)
        return walk.tape.add("log_base", (walk.guarded(number, guard, ONE),), base)

    return rule


def _exp2(walk: Walk, node: Any, guard: int | None) -> Steps:
    number = yield Child(node.args[0], "args[0]", guard)
    return walk.tape.add("power", (walk.tape.constant(2), walk.guarded(number, guard, ONE)))


def _fused(walk: Walk, node: Any, guard: int | None) -> Steps:
    """The fused a b + c of C; the sum is rounded as any other."""
    a = yield Child(node.args[0], "args[0]", guard)
    b = yield Child(node.args[1], "args[1]", guard)
    return plus(walk, [(product(walk, [a, b]), 1), ((yield Child(node.args[2], "args[2]", guard)), 1)])


def _gammas(over: list[list[int]], under: list[list[int]], rounds: bool = True) -> Rule:
    """Return the rule of a quotient of gamma functions, each at a sum: rows of the weights of the arguments and a constant."""

    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        numbers = []
        for i, argument in enumerate(node.args):
            number = yield Child(argument, f"args[{i}]", guard)
            numbers.append(walk.guarded(number, guard, ONE))
        args = []
        for *weights, constant in over + under:
            terms = [(n, w) for n, w in zip(numbers, weights, strict=True) if w]
            args.append(terms[0][0] if len(terms) == 1 and terms[0][1] == 1 and not constant else plus(walk, terms, constant))
        return walk.tape.add("gamma_quotient", tuple(args), (len(over), rounds))

    return rule


_any_binomial = _gammas([[1, 0, 1]], [[0, 1, 1], [1, -1, 1]])


def _binomial(walk: Walk, node: Any, guard: int | None) -> Steps:
    k = node.args[1]
    if not (isinstance(k, sympy.Integer) and 0 <= k <= BINOMIAL_FACTORS):
        return (yield from _any_binomial(walk, node, guard))
    number = yield Child(node.args[0], "args[0]", guard)
    factors = [plus(walk, [(number, 1)], -j) if j else number for j in range(int(k))]
    return scaled(walk, product(walk, factors), Fraction(1, int(sympy.factorial(k)))) if factors else walk.tape.constant(1)


def _integer_parameter(walk: Walk, node: Any, least: int, most: int) -> int:
    value = node.args[0]
    if isinstance(value, sympy.Integer) and least <= value <= most:
        return int(value)
    shown = value if value.is_Atom else type(value).__name__
    raise walk.refusal(f"{type(node).__name__} with first argument {shown}: give an integer from {least} to {most}")


def _ordered(op: str, most: int, safe: Fraction | None = ONE) -> Rule:
    """Return the rule of a family of functions, numbered by a first argument from 0 to `most`."""

    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        order = _integer_parameter(walk, node, 0, most)
        number = yield Child(node.args[1], "args[1]", guard)
        return walk.tape.add(op, (number if safe is None else walk.guarded(number, guard, safe),), order)

    return rule


def _bessel(kind: str) -> Rule:
    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        order = _integer_parameter(walk, node, -BESSEL_ORDERS, BESSEL_ORDERS)
        number = yield Child(node.args[1], "args[1]", guard)
        result = walk.tape.add("bessel", (walk.guarded(number, guard, HALF),), (kind, abs(order)))
        return scaled(walk, result, -1 if kind == "j" and order < 0 and order % 2 else 1)

    return rule


def _lambert_w(walk: Walk, node: Any, guard: int | None) -> Steps:
    branch = node.args[1] if len(node.args) > 1 else 0
    if branch not in (0, -1):
        raise walk.refusal(f"LambertW on branch {branch} is not real: take branch 0 or -1")
    number = yield Child(node.args[0], "args[0]", guard)
    return walk.tape.add("lambert_w", (walk.guarded(number, guard, Fraction(-1, 5)),), int(branch))


def _zeta(walk: Walk, node: Any, guard: int | None) -> Steps:
    s = walk.guarded((yield Child(node.args[0], "args[0]", guard)), guard, TWO)
    if len(node.args) == 1:
        return walk.tape.add("zeta", (s,))
    return walk.tape.add("hurwitz_zeta", (s, walk.guarded((yield Child(node.args[1], "args[1]", guard)), guard, ONE)))


def _li(walk: Walk, node: Any, guard: int | None) -> Steps:
    number = walk.guarded((yield Child(node.args[0], "args[0]", guard)), guard, TWO)
    return walk.tape.add("exponential_integral", (walk.tape.add("log", (number,)),))


def _derivative(walk: Walk, node: sympy.Derivative, guard: int | None) -> Steps:
    """Differentiate with SymPy, then lower what comes of it."""
    try:
        result = node.expr.diff(*node.variable_count)
    except RecursionError:
        raise walk.refusal("Derivative of an expression too deep for SymPy: lower the expression and use its gradient") from None
    walk.made.append(result)
    if isinstance(result, sympy.Derivative):
        name = type(result.expr).__name__
        raise walk.refusal(
            f"Derivative of {name} has no explicit form: declare symbols with real=True, or give {name} a definition"
        )
    prepare(walk, result, guard)
    return (yield Child(result, "doit()", guard))


FUNCTIONS: dict[type, Rule] = {
    sympy.exp: _elementwise("exp"),
    sympy.sin: _elementwise("sin", None),
    sympy.cos: _elementwise("cos", None),
    sympy.tan: _elementwise("tan"),
    sympy.sec: _one_over("cos"),
    sympy.csc: _one_over("sin"),
    sympy.cot: _one_over("tan"),
    sympy.asin: _elementwise("asin"),
    sympy.acos: _elementwise("acos"),
    sympy.atan: _elementwise("atan", None),
    sympy.asec: _at_inverse("acos", TWO),
    sympy.acsc: _at_inverse("asin", TWO),
    sympy.acot: _elementwise("acot", None),
    sympy.atan2: _variadic("atan2", ONE),
    sympy.sinc: _elementwise("sinc", None),
    sympy.sinh: _elementwise("sinh"),
    sympy.cosh: _elementwise("cosh"),
    sympy.tanh: _elementwise("tanh", None),
    sympy.sech: _elementwise("sech", None),
    sympy.csch: _elementwise("csch"),
    sympy.coth: _one_over("tanh"),
    sympy.asinh: _elementwise("asinh", None),
    sympy.acosh: _elementwise("acosh", TWO),
    sympy.atanh: _elementwise("atanh"),
    sympy.asech: _at_inverse("acosh", HALF),
    sympy.acsch: _at_inverse("asinh", ONE),
    sympy.acoth: _at_inverse("atanh", TWO),
    sympy.erf: _elementwise("erf", None),
    sympy.erfc: _elementwise("erfc", None),
    sympy.erfi: _elementwise("erfi"),
    sympy.erfinv: _elementwise("erfinv"),
    sympy.erfcinv: _elementwise("erfcinv"),
    sympy.gamma: _gammas([[1, 0]], []),
    sympy.loggamma: _elementwise("loggamma", ONE),
    sympy.digamma: _elementwise("polygamma", ONE, 0),
    sympy.trigamma: _elementwise("polygamma", ONE, 1),
    sympy.polygamma: _ordered("polygamma", 32),
    sympy.factorial: _gammas([[1, 1]], []),
    sympy.binomial: _binomial,
    sympy.RisingFactorial: _gammas([[1, 1, 0]], [[1, 0, 0]]),
    sympy.FallingFactorial: _gammas([[1, 0, 1]], [[1, -1, 1]]),
    sympy.beta: _gammas([[1, 0, 0], [0, 1, 0]], [[1, 1, 0]], rounds=False),
    sympy.zeta: _zeta,
    sympy.lowergamma: _variadic("lower_gamma", ONE),
    sympy.uppergamma: _variadic("upper_gamma", ONE),
    sympy.besselj: _bessel("j"),
    sympy.besseli: _bessel("i"),
    sympy.Ei: _elementwise("exponential_integral", ONE),
    sympy.expint: _ordered("expint", 64),
    sympy.li: _li,
    sympy.Si: _elementwise("sine_integral", ONE),
    sympy.Ci: _elementwise("cosine_integral", ONE),
    sympy.fresnels: _elementwise("fresnel_s", ONE),
    sympy.fresnelc: _elementwise("fresnel_c", ONE),
    sympy.LambertW: _lambert_w,
    sympy.Abs: _elementwise("abs", None),
    sympy.sign: _elementwise("sign", None),
    sympy.Heaviside: _variadic("heaviside"),
    sympy.KroneckerDelta: _variadic("same"),
    sympy.floor: _elementwise("floor", None),
    sympy.ceiling: _elementwise("ceiling", None),
    sympy.frac: _fraction_part,
    sympy.Mod: _modulo,
    sympy.Max: _variadic("maximum"),
    sympy.Min: _variadic("minimum"),
    sympy.re: _same,
    sympy.im: _imaginary_part,
    sympy.conjugate: _same,
    sympy.arg: _elementwise("argument", None),
    cfunctions.exp2: _exp2,
    cfunctions.expm1: _elementwise("expm1"),
    cfunctions.log1p: _elementwise("log1p"),
    cfunctions.log2: _logarithm(2),
    cfunctions.log10: _logarithm(10),
    cfunctions.Sqrt: _elementwise("sqrt", ONE),
    cfunctions.Cbrt: _elementwise("cbrt", ONE),
    cfunctions.hypot: _variadic("hypot", ONE),
    cfunctions.fma: _fused,
    sympy.Derivative: _derivative,
}
