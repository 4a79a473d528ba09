"""Values, gradients and Hessians of lowered expressions against SymPy's derivatives at 50 digits, over random expressions.

What runs by default is 150 expressions through JAX's operations one by one (a quarter of them by levels, as long tapes are), 30
compiled ones and 8 under the transformations; `pytest -m slow` runs 1,000. Each is compared within the bound of `rounding`.
"""

from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_expressions import SYMBOLS, Case, cases
from rounding import Values, bounds

import workbench.lowering.program as running
from workbench.lowering import lower
from workbench.lowering.rules import RULES, tape_of

R = sympy.Rational
X, Y = SYMBOLS[:2]
BROAD = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def truth(case):
    """The oracle: value, gradient and Hessian of SymPy's own derivatives, to 50 digits."""
    values = Values(case.at)
    slopes = [case.expr.diff(s) for s in case.symbols]
    return values(case.expr), [values(d) for d in slopes], [[values(d.diff(s)) for s in case.symbols] for d in slopes]


def point_of(case):
    return np.array([float(c) for c in case.point])


def results(function, case):
    point = point_of(case)
    return function(point), function.gradient(point), function.hessian(point)


def worst(case, found):
    """The largest error as a share of its bound, over value, gradient and Hessian, and what it is."""
    shares = []
    names = ("value", "gradient", "hessian")
    for name, exact, got, bound in zip(names, truth(case), found, bounds(case.expr, case.at), strict=True):
        rows = (np.array(a, dtype=object).ravel() for a in (exact, np.asarray(got).tolist(), bound))
        for e, g, b in zip(*rows, strict=True):
            error = float(abs(e - g))
            share = error / b if b else 0.0 if error == 0 else np.inf
            message = f"{name} {g!r}, but SymPy's is {float(e)!r} and the bound {b:.2e}, for {case!r}"
            shares.append((np.inf if np.isnan(share) else share, message))
    return max(shares)


def check(case, found):
    share, message = worst(case, found)
    assert share <= 1, message


def check_uncompiled(case, single_instructions):
    """The same JAX code as compiled, run operation by operation: compiling would take most of the time."""
    with jax.disable_jit(), mock.patch.object(running, "SINGLE_INSTRUCTIONS", single_instructions):
        found = results(lower(case.expr, case.symbols), case)
    check(case, found)


ONE_BY_ONE_OR_BY_LEVELS = st.sampled_from([running.SINGLE_INSTRUCTIONS] * 3 + [0])


@settings(BROAD, max_examples=150)
@given(cases(), ONE_BY_ONE_OR_BY_LEVELS)
def test_derivatives_agree_with_sympy(case, single_instructions):
    check_uncompiled(case, single_instructions)


@pytest.mark.slow
@settings(BROAD, max_examples=1000)
@given(cases(), ONE_BY_ONE_OR_BY_LEVELS)
def test_derivatives_of_a_thousand_expressions_agree_with_sympy(case, single_instructions):
    check_uncompiled(case, single_instructions)


@settings(BROAD, max_examples=30)
@given(cases(depth=3))
def test_compiled_derivatives_agree_with_sympy(case):
    check(case, results(lower(case.expr, case.symbols), case))


@settings(BROAD, max_examples=8)
@given(cases(depth=3))
def test_transformations_agree_with_one_another(case):
    """jit, grad, jvp, vjp and vmap give what the methods give, within the bounds of rounding."""
    F, bound, point = lower(case.expr, case.symbols), bounds(case.expr, case.at), point_of(case)
    with jax.enable_x64(True):
        at = jnp.asarray(point)
        value, compiled = F(at), [jax.jit(F)(at), jax.vmap(F)(jnp.stack([at, at])), F(jnp.stack([at, at]))]
    pairs = [(found, np.broadcast_to(value, found.shape), bound.value) for found in compiled]
    with jax.enable_x64(True), jax.disable_jit():
        slopes = F.gradient(at)
        forward = [jax.jvp(F, (at,), (direction,))[1] for direction in jnp.eye(len(point))]
        backward = jax.vjp(F, at)[1](jnp.ones_like(value))[0]
        twice = F.gradient(jnp.stack([at, at]))
        pairs += [(found, slopes, bound.gradient) for found in (jax.grad(F)(at), jnp.stack(forward), backward, twice[0], twice[1])]
        pairs.append((jax.jacfwd(jax.grad(F))(at), F.hessian(at), bound.hessian))
    for found, other, size in pairs:  # each is within the bound of the truth, so two of them within twice the bound
        assert found.shape == other.shape
        assert (np.abs(np.asarray(found) - np.asarray(other)) <= 2 * np.asarray(size)).all(), case


def test_a_compiled_long_expression_agrees_with_sympy():
    parts = [sympy.sin(k * X + Y) / k + sympy.tanh(X * Y - R(k, 9)) for k in range(1, 90)]
    expr = sympy.Add(*parts, sympy.Piecewise((sympy.log(X), X > 0), (Y, True)), sympy.Max(X, Y) ** 3)
    assert len(tape_of(expr, [X, Y])) > running.SINGLE_INSTRUCTIONS
    for point in [(R(3, 8), R(-5, 4)), (R(-1, 2), R(1, 16))]:
        case = Case(expr, (X, Y), point)
        check(case, results(lower(expr, [X, Y]), case))


# --- controls ------------------------------------------------------------------------------------------------------------

GENUINE = Case(sympy.exp(sympy.sin(X * Y)) + sympy.log(X) ** 2, (X, Y), (R(3, 4), R(-5, 4)))
AWAY = X - R(3, 4)
WRONG = {
    "value": sympy.Float("1e-13"),
    "gradient": sympy.Float("1e-13") * AWAY,
    "hessian": sympy.Float("1e-13") * AWAY**2,
    "one mixed derivative": sympy.Float("1e-13") * AWAY * (Y + R(5, 4)),
}


@pytest.mark.parametrize("disturbance", WRONG.values(), ids=WRONG)
def test_a_disturbance_of_one_part_in_ten_trillion_is_rejected(disturbance):
    check(GENUINE, results(lower(GENUINE.expr, GENUINE.symbols), GENUINE))
    with pytest.raises(AssertionError, match="but SymPy's is"):
        check(GENUINE, results(lower(GENUINE.expr + disturbance, GENUINE.symbols), GENUINE))


def test_nan_is_rejected():
    with pytest.raises(AssertionError, match="nan"):
        check(GENUINE, (np.nan, [0.0, 0.0], np.zeros((2, 2))))


def test_a_failure_shows_the_expression_and_the_point():
    assert sympy.srepr(GENUINE.expr) in repr(GENUINE)
    assert "point=(3/4, -5/4)" in repr(GENUINE)


@pytest.mark.parametrize(
    "expr",
    [
        sympy.gamma(X) * sympy.erf(Y) + sympy.polygamma(1, X),
        sympy.atan2(X, Y) ** sympy.pi / sympy.Max(X, Y, 1),
        sympy.Piecewise((sympy.log(-X), X < 0), (sympy.floor(Y) + sympy.Heaviside(Y), (X > 1) | (Y < 0)), (X, True)),
        sympy.Float("0.1") * sympy.acosh(X + 1) - sympy.EulerGamma,
    ],
    ids=str,
)
def test_the_oracle_agrees_with_sympys_own_evaluation(expr):
    at = {X: R(7, 4), Y: R(-5, 8)}
    expected = expr.xreplace(at).evalf(50)
    assert abs(sympy.Float(Values(at)(expr), 50) - expected) < 1e-45 * abs(expected)


ELEMENTARY = (
    *(sympy.Symbol, sympy.Rational, sympy.Float, sympy.Add, sympy.Mul, sympy.Pow, sympy.log, sympy.exp, sympy.sin, sympy.cos),
    *(sympy.tan, sympy.asin, sympy.acos, sympy.atan, sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.acosh, sympy.atanh),
    *(sympy.erf, sympy.erfc, sympy.gamma, sympy.loggamma, sympy.Abs, sympy.sign, sympy.floor, sympy.ceiling, sympy.Heaviside),
    *(sympy.sec, sympy.csc, sympy.cot, sympy.acot, sympy.asec, sympy.acsc, sympy.sech, sympy.csch, sympy.coth, sympy.asech),
    *(sympy.acsch, sympy.acoth, sympy.erfi, sympy.LambertW, sympy.polygamma),
    *(sympy.atan2, sympy.Max, sympy.Min, sympy.Piecewise, sympy.StrictLessThan, sympy.LessThan, sympy.StrictGreaterThan),
    *(sympy.GreaterThan, sympy.Equality, sympy.Unequality, sympy.And, sympy.Or, sympy.Xor, sympy.Not, sympy.Implies, sympy.ITE),
)


def test_the_strategy_meets_every_elementary_rule():
    met = set()

    @settings(BROAD, max_examples=1000)
    @given(cases())
    def collect(case):
        met.update(type(node) for node in sympy.preorder_traversal(case.expr))

    collect()
    missing = {kind.__name__ for kind in ELEMENTARY if not any(issubclass(node, kind) for node in met)}
    assert not missing
    assert set(ELEMENTARY) <= set(RULES)
