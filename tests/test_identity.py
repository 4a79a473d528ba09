"""Identities: what arithmetic and case splits decide, against numerical sampling and hand-picked failures."""

from itertools import product

import pytest
import sympy
from sympy import Abs, Function, Heaviside, IndexedBase, Max, Min, Piecewise, Rational, Sum, Symbol, exp, log, sign, sqrt, tanh

from workbench.canonical import canonical, definite_sign, vanishes
from workbench.cases import cases, kinks_as_heaviside
from workbench.errors import BadInput, Rejected
from workbench.expressions import H as step
from workbench.expressions import conditions
from workbench.identity import Identity

x, y, z, a, K = sympy.symbols("x y z a K", real=True)
e, p = sympy.symbols("e p", positive=True)
q = Symbol("q", nonnegative=True)
n = Symbol("n", integer=True, positive=True)
i, j = sympy.symbols("i j", integer=True)
w, o = IndexedBase("w"), IndexedBase("o")
f = Function("f")


def H(value, at_zero=0):
    return Heaviside(value, at_zero)


TRUE = {
    "binomial": Identity.of((x + y) ** 2, x**2 + 2 * x * y + y**2),
    "fractions": Identity.of(1 / (1 + x**2) + x**2 / (1 + x**2), 1),
    "relu": Identity.of(Max(0, z), z * H(z)),
    "relu, other tie": Identity.of(Max(0, z), z * H(z, 1)),
    "abs": Identity.of(Abs(z), z * (2 * H(z) - 1)),
    "abs of a product of two": Identity.of(Abs(x * y), Abs(x) * Abs(y)),
    "step of a product": Identity.of(H(x * y), H(x) * H(y) + H(-x) * H(-y)),
    "step of a square": Identity.of(H(x**2), H(x) + H(-x)),
    "sign of a gated activation": Identity.of(H(a * x), H(x), where={a: "positive"}),
    "step that no symbol solves for": Identity.of(H(x + exp(x)) ** 2, H(x + exp(x))),
    "abs of a product": Identity.of(Abs(x * y) * (1 + 0 * x), Max(x, -x) * Max(y, -y)),
    "max, min": Identity.of(Max(x, y) + Min(x, y), x + y),
    "three-way max": Identity.of(Max(x, y, 0), x * H(x - Max(y, 0)) + Max(y, 0) * H(Max(y, 0) - x, 1)),
    "sign": Identity.of(sign(z), H(z) - H(-z)),
    "piecewise": Identity.of(Piecewise((z, z > 0), (a * z, True)), z * (a + (1 - a) * H(z))),
    "piecewise, closed": Identity.of(Piecewise((1, z >= 0), (0, z < 0)), H(z, 1)),
    "piecewise, reversed": Identity.of(Piecewise((0, z <= 0), (1, True)), H(z)),
    "saturated gate": Identity.of(H(x) * H(y + K), H(x), given={K: Abs(y) + e}),
    "silenced gate": Identity.of(H(y - K), 0, given={K: Abs(y) + e}),
    "and by multiplexing": Identity.of(H(x) * H(y), H(x + K * (H(y) - 1)), given={K: Abs(x) + e}),
    "bits": Identity.of(x + y - 2 * x * y, (x - y) ** 2, where={x: "bit", y: "bit"}),
    "signs": Identity.of(x**2, y**4, where={x: "sign", y: "sign"}),
    "positive": Identity.of(H(p * x), H(x), where={p: "positive"}),
    "declared positive": Identity.of(H(a), 1, where={a: "positive"}),
    "declared nonnegative": Identity.of(Max(0, a), a, where={a: "nonnegative"}),
    "exponentials": Identity.of(exp(x + y) * exp(-y), exp(x)),
    "softmax of two": Identity.of(exp(x) / (exp(x) + exp(y)), 1 / (1 + exp(y - x))),
    "tanh is odd at signs": Identity.of(tanh(a * z), a * tanh(z), where={a: "sign"}),
    "tanh by exponentials": Identity.of(tanh(z), (exp(z) - exp(-z)) / (exp(z) + exp(-z))),
    "unknown function": Identity.of(f(a * (x + 1)), f(a * x + a)),
    "sum of any length": Identity.of(a * Sum(w[j] * o[j], (j, 1, n)), Sum(a * w[j] * o[j], (j, 1, n))),
    "sum splits": Identity.of(Sum(w[j] + o[j], (j, 1, n)), Sum(w[j], (j, 1, n)) + Sum(o[j], (j, 1, n))),
    "double sum": Identity.of(a * Sum(w[i] * o[j], (i, 1, n), (j, 1, n)), Sum(a * w[i] * o[j], (i, 1, n), (j, 1, n))),
    "powers": Identity.of(2 ** (n + 1), 2 * 2**n),
    "step of a quadratic": Identity.of(H(x**2 + x), H(2 * x**2 + 2 * x)),
    "roots": Identity.of((sqrt(p) + 1) * (sqrt(p) + x), p + x * sqrt(p) + sqrt(p) + x),
    "logarithm as an unknown": Identity.of(log(p) * (x + 1), x * log(p) + log(p)),
}


@pytest.mark.parametrize("identity", TRUE.values(), ids=TRUE)
def test_true_identities_are_decided_and_have_no_counterexample(identity):
    identity.check()
    assert identity.counterexample() is None


FALSE = {
    "wrong sign": (Identity.of(Max(0, z), z * H(-z)), "z > 0"),
    "only away from zero": (Identity.of(H(z), H(z, 1)), "z = 0"),
    "sgn at zero": (Identity.of(sign(z), 2 * H(z) - 1), "z = 0"),
    "K not strict": (Identity.of(H(x) * H(y + K), H(x), given={K: Abs(y)}), "x > 0"),
    "K for the other gate": (Identity.of(H(x) * H(y + K), H(x), given={K: Abs(x) + e}), "x > 0"),
    "bits are not signs": (Identity.of(x + y - 2 * x * y, (x - y) ** 2, where={x: "sign", y: "sign"}), "x = 1"),
    "binomial": (Identity.of((x + y) ** 2, x**2 + y**2), "all values"),
    "tanh is not linear": (Identity.of(tanh(a * z), a * tanh(z)), "all values"),
    "unknown function is not additive": (Identity.of(f(x + y), f(x) + f(y)), "all values"),
    "sum of products": (Identity.of(Sum(w[j] * o[j], (j, 1, n)), Sum(w[j], (j, 1, n)) * Sum(o[j], (j, 1, n))), "all values"),
    "exponential": (Identity.of(exp(x + y), exp(x) + exp(y)), "all values"),
    "sgn at the zeros of a quadratic": (Identity.of(sign(x**2 + x), 2 * H(x**2 + x) - 1), "x = 0"),
    "step of a root": (Identity.of(H(sqrt(z)), 0), "sqrt(z) > 0"),
    "an index that is no symbol": (Identity.of(w[sympy.Idx("k")], 2 * w[sympy.Idx("k")]), "all values"),
    "given narrows nothing": (Identity.of(H(K), 1, given={K: x**2 - 1}), "case"),
}


@pytest.mark.parametrize("identity, place", FALSE.values(), ids=FALSE)
def test_false_identities_are_rejected_and_refuted_by_values(identity, place):
    with pytest.raises(Rejected) as raised:
        identity.check()
    assert place in raised.value.place
    difference = identity.counterexample()
    assert difference is not None and not vanishes(difference.left - difference.right)
    assert "differ" in str(difference)


def test_counterexamples_are_where_they_say():
    difference = FALSE["wrong sign"][0].counterexample()
    (value,) = difference.point.values()
    assert difference.left == max(0, value) and difference.right == (value if value < 0 else 0)


def test_a_tautology_says_nothing():
    assert Identity.of(x + 1, 1 + x).tautological
    with pytest.raises(Rejected, match="says nothing"):
        Identity.of(x + 1, 1 + x).check()


@pytest.mark.parametrize(
    "call, phrase",
    [
        (lambda: Identity.of("x", x), "'x' is not a SymPy expression"),
        (lambda: Identity.of(True, x), "True is not a SymPy expression"),
        (lambda: Identity.of(0.5 * x, x), "a float"),
        (lambda: Identity.of(x, y, where={x: "integer"}), "domain 'integer'"),
        (lambda: kinks_as_heaviside(Piecewise((x, sympy.Eq(x, 0)), (0, True))), "is not an inequality"),
        (lambda: canonical(x * sympy.Float(2)), "is a float"),
        (lambda: list(cases(H(-x) + H(y / sympy.Float(2)))), "is a float"),
    ],
    ids=range(7),
)
def test_bad_input_is_refused(call, phrase):
    with pytest.raises(BadInput) as raised:
        call()
    assert phrase in str(raised.value)


def test_the_step_has_two_conventions():
    assert [step(v) for v in (-1, 0, 2)] == [0, 0, 1] and step(0, 1) == 1 and step(z) == Heaviside(z, 0)
    with pytest.raises(BadInput, match="neither 0 nor 1"):
        step(z, sympy.Rational(1, 2))


def test_too_many_cases_are_refused(monkeypatch):
    monkeypatch.setattr("workbench.cases.CASE_LIMIT", 20)
    with pytest.raises(BadInput, match="more than 20 cases"):
        list(cases(sum(H(s) for s in sympy.symbols("s0:4", real=True))))


def test_a_case_in_which_a_step_has_no_real_argument_is_rejected():
    with pytest.raises(Rejected, match="no real value") as raised:
        Identity.of(H(a) + H(sqrt(a)), 2 * H(a)).check()
    assert raised.value.place == "the case a < 0"


@pytest.mark.parametrize(
    "expr, needed",
    [
        (sqrt(Sum(Abs(w[j]), (j, 1, n))), ()),
        (sqrt(Sum(w[j], (j, 1, n))), (">=",)),
        (log(Sum(Abs(w[j]), (j, 1, n))), (">",)),
        (sqrt(H(x)), ()),
        (sqrt(H(x, 1)), ()),
        (sqrt(H(x, -1)), (">=",)),
    ],
    ids=str,
)
def test_sums_and_steps_are_at_least_zero_by_their_shape(expr, needed):
    assert tuple(c.relation for c in conditions(expr)) == needed


def test_canonical_forms_vanish_only_where_they_must():
    assert canonical((x + 1) / (x + 1) - 1) == 0
    with pytest.raises(Rejected, match="denominator"):
        canonical(1 / ((x + y) ** 2 - x**2 - 2 * x * y - y**2))
    with pytest.raises(Rejected, match="not a finite number"):
        canonical(sympy.zoo)
    assert not vanishes(exp(x) - exp(2 * x))


@pytest.mark.parametrize(
    "expr, known",
    [
        (p + q, 1),
        (-p, -1),
        (q, None),
        (p - q, None),
        (x, None),
        (sympy.Integer(0), 0),
        (sympy.Integer(-3), -1),
        (p * q + 1, 1),
        (x - x + 2, 1),
        (x**2 + 1, None),
    ],
    ids=str,
)
def test_definite_signs(expr, known):
    assert definite_sign(expr) == known


def test_case_splits_cover_every_sign_pattern():
    names = [name for name, _ in cases(H(x) + H(y))]
    expected = {f"x {s} 0, y {t} 0" for s, t in product("><=", repeat=2)}
    assert set(names) == expected
    names = [name for name, _ in cases(H(x * y) + H(-x * y))]
    assert len(names) == 7  # all nine patterns of x and y; x = 0 needs no sign of y


def test_instances_agree_with_floating_point():
    """Kinks written through H have the values of the functions they replace."""
    expressions = [Abs(z), Max(z, 1, -z), Min(z, Rational(1, 2)), sign(z), Piecewise((z, z > 1), (z**2, z <= 0), (5, True))]
    for expr, value in product(expressions, [-2, -1, 0, Rational(1, 2), 1, 2]):
        assert kinks_as_heaviside(expr).subs(z, value) == expr.subs(z, value)


def test_displays():
    identity = Identity.of(H(x), 1, where={x: "positive", y: "bit", a: "sign", z: "nonnegative"}, given={K: e})
    text = identity.latex()
    assert all(part in text for part in (r"x > 0", r"\{0,1\}", r"\pm 1", r"\geq 0", "K = e"))
    assert identity._repr_latex_() == f"${text}$" and repr(identity) == "Identity(Heaviside(x, 0) = 1)"
