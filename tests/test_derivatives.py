"""Values, gradients and Hessians of lowered expressions against SymPy's derivatives at 50 digits, over random expressions."""

import jax
import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from random_expressions import Case, cases
from rounding import Values, bounds

from workbench.lowering import lower


def truth(case):
    """The oracle: value, gradient and Hessian of SymPy's own derivatives, to 50 digits."""
    values = Values(case.at)
    slopes = [case.expr.diff(s) for s in case.symbols]
    return values(case.expr), [values(d) for d in slopes], [[values(d.diff(s)) for s in case.symbols] for d in slopes]


def found(function, case):
    point = np.array([float(c) for c in case.point])
    return function(point), function.gradient(point), function.hessian(point)


def worst(case, results):
    """The largest error as a share of its bound, over value, gradient and Hessian."""
    shares = []
    for name, exact, got, bound in zip(
        ("value", "gradient", "hessian"), truth(case), results, bounds(case.expr, case.at), strict=True
    ):
        exact, got, bound = (np.array(a, dtype=object).ravel() for a in (exact, np.asarray(got).tolist(), bound))
        for e, g, b in zip(exact, got, bound, strict=True):
            share = float(abs(e - g)) / b if b else 0.0 if e == g else np.inf
            shares.append(
                (share if share == share else np.inf, f"{name}: {g!r}, but SymPy's is {float(e)!r} and the bound {b:.2e}")
            )
    return max(shares)


def check(case, function=None):
    """Raise AssertionError unless the function (by default the lowered expression) has SymPy's values and derivatives."""
    with jax.disable_jit():
        share, message = worst(case, found(function or lower(case.expr, case.symbols), case))
    assert share <= 1, message


BROAD = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@settings(BROAD, max_examples=300)
@given(cases())
def test_derivatives_agree_with_sympy(case):
    check(case)
