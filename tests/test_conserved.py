"""Conserved quantities: found without being told, each with an exact identity; a perturbed coefficient is caught twice."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from workbench.dynamics.flow import Flow, entries
from workbench.dynamics.softmax import softmax_mean
from workbench.errors import BadInput, Rejected

U, V, S, MU = sympy.symbols("u v s mu", real=True)
A, B, C = entries("A", 2, 2), entries("B", 2, 2), entries("C", 2, 2)
Q, K, OUT, VALUES = entries("Q", 2, 2), entries("K", 2, 2), entries("O", 2, 2), entries("V", 2, 2)
SCORES = sympy.symbols("a0 a1", real=True)
MEAN = [softmax_mean(list(VALUES.row(i)), SCORES) for i in range(2)]
E1, E2, O1, O2, HUB = (entries(name, 2, 2) for name in ("E", "F", "M", "N", "H"))
Z, V1, V2 = sympy.symbols("z v1 v2", real=True)


def gate(g):
    return Flow.from_loss((S - g * V) ** 2 / 2, [U, V])


def upper(matrix):
    return [sympy.expand(matrix[i, j]) for i in range(matrix.rows) for j in range(i, matrix.cols)]


LAWS = {  # the flow, and what it is known to conserve
    "product, any loss": (Flow.of_any_loss([U * V], [U, V]), [U**2 - V**2]),
    "product, quadratic": (Flow.from_loss((S - U * V) ** 2 / 2, [U, V]), [U**2 - V**2]),
    "gate exp": (gate(sympy.exp(U)), [V**2 / 2 - U]),
    "gate logistic": (gate(1 / (1 + sympy.exp(-U))), [V**2 / 2 - U - sympy.exp(U)]),
    "gate tanh": (gate(sympy.tanh(U)), [V**2 / 2 - (sympy.exp(2 * U) + sympy.exp(-2 * U)) / 8]),
    "two layers": (Flow.of_any_loss(list(B * A), [A, B]), upper(B.T * B - A * A.T)),
    "query key and value output": (
        Flow.of_any_loss([*(Q * K.T), *(VALUES * OUT)], [Q, K, VALUES, OUT]),
        [*upper(Q.T * Q - K.T * K), *upper(VALUES.T * VALUES - OUT * OUT.T)],
    ),
    "values under softmax, any loss": (
        Flow.of_any_loss(MEAN, [VALUES, sympy.Matrix([SCORES])]),
        [
            sum(SCORES),
            sum((VALUES[i, 0] - VALUES[i, 1]) ** 2 for i in range(2)) / 2
            - sympy.exp(SCORES[0] - SCORES[1]) / 2
            - sympy.exp(SCORES[1] - SCORES[0]) / 2,
        ],
    ),
    "attention of a product": (Flow.of_any_loss([Z * V1, Z * V2], [Z, V1, V2]), [Z**2 - V1**2 - V2**2]),
    "attention of an exponential": (Flow.of_any_loss([sympy.exp(Z) * V1, sympy.exp(Z) * V2], [Z, V1, V2]), [2 * Z - V1**2 - V2**2]),
    "squares": (Flow.of_any_loss([U**2 - V**2], [U, V]), [U * V]),
}


def in_span(wanted, found):
    """Whether an expression is a linear combination of others, up to a constant, by linear algebra over their terms."""
    exprs = [sympy.expand(sympy.powsimp(sympy.expand(e))) for e in (*found, wanted)]
    terms = sorted({t.as_coeff_Mul()[1] for e in exprs for t in sympy.Add.make_args(e)} - {sympy.Integer(1)}, key=str)
    rows = [[e.as_coefficients_dict()[t] for t in terms] for e in exprs]
    return sympy.Matrix(rows).rank() == sympy.Matrix(rows[:-1]).rank()


@pytest.mark.parametrize(("flow", "laws"), LAWS.values(), ids=LAWS)
def test_laws_are_rediscovered(flow, laws):
    found = [q.expr for q in flow.conserved(by="ansatz")]
    assert len(found) == len(laws)
    assert [law for law in laws if not in_span(law, found)] == []


@pytest.mark.parametrize(("flow", "laws"), LAWS.values(), ids=LAWS)
def test_laws_hold_by_the_checker_and_perturbed_ones_do_not(flow, laws):
    for law in laws:
        flow.quantity(law).check()
        terms = sympy.Add.make_args(sympy.expand(law))
        for term in terms if len(terms) > 1 else (flow.variables[0] ** 2,):  # a law of one term is as good when it is scaled
            with pytest.raises(Rejected, match="has the derivative"):
                flow.quantity(law + term / 100_000).check()


def test_gated_paths_balance_as_sums_over_the_shared_map():
    """Two inputs and two outputs around one map, every gate pattern: sum E E^T - H^T H and sum O^T O - H H^T where all are open."""
    outputs = [f for o in (O1, O2) for e in (E1, E2) for f in o * HUB * e]
    flow = Flow.of_any_loss(outputs, [E1, E2, HUB, O1, O2])
    for law in upper(E1 * E1.T + E2 * E2.T - HUB.T * HUB) + upper(O1.T * O1 + O2.T * O2 - HUB * HUB.T):
        flow.quantity(law).check()
    with pytest.raises(Rejected):
        flow.quantity(sympy.expand((E1 * E1.T - HUB.T * HUB)[0, 0])).check()
    e1, e2, h, o1, o2 = sympy.symbols("e1 e2 h o1 o2", real=True)
    partly = Flow.of_any_loss([o1 * h * e1, o2 * h * e2], [e1, e2, h, o1, o2])  # two of four gates open
    found = [q.expr for q in partly.conserved()]
    assert all(in_span(law, found) for law in (e1**2 - o1**2, e2**2 - o2**2, e1**2 + e2**2 - h**2)) and len(found) == 3


def test_symmetry_finds_balances_where_an_ansatz_would_be_large():
    wide, tall = entries("P", 3, 5), entries("R", 4, 3)
    flow = Flow.of_any_loss(list(tall * wide), [wide, tall])
    found = [q.expr for q in flow.conserved(by="symmetry")]
    assert len(found) == 6 and all(in_span(law, found) for law in upper(wide * wide.T - tall.T * tall))


@pytest.mark.parametrize(
    "g, law", [(sympy.log(1 + sympy.exp(U)), "softplus"), (U / (1 + sympy.exp(-U)), "SiLU")], ids=["softplus", "SiLU"]
)
def test_a_gate_without_an_elementary_law_gets_one_by_quadrature(g, law):
    (quantity,) = gate(g).conserved(by="separation")
    assert quantity.expr.has(sympy.Integral)
    quantity.check()
    h = (g / sympy.diff(g, U)).subs(U, sympy.Rational(1, 3))
    assert sympy.N(sympy.diff(quantity.expr, U).subs(U, sympy.Rational(1, 3)) + h, 20) == pytest.approx(0, abs=1e-15)


def test_decay_shrinks_a_law_at_twice_its_rate():
    flow = Flow.from_loss((S - U * V) ** 2 / 2, [U, V], decay=MU)
    (quantity,) = flow.conserved()
    assert (quantity.expr, quantity.rate) == (U**2 - V**2, 2 * MU)
    with pytest.raises(Rejected):
        flow.quantity(quantity.expr, rate=MU).check()
    with pytest.raises(Rejected):
        flow.quantity(quantity.expr).check()


NOT_CONSERVED = {
    "sum of squares": (Flow.of_any_loss([U * V], [U, V]), U**2 + V**2),
    "logistic gate without its exponential": (gate(1 / (1 + sympy.exp(-U))), V**2 / 2 - U),
    "balance of one layer only": (Flow.of_any_loss(list(C * B * A), [A, B, C]), (A.T * A)[0, 0]),
    "a constant": (Flow.of_any_loss([U * V], [U, V]), S**2),
    "balance of the wrong side": (Flow.of_any_loss(list(B * A), [A, B]), (B * B.T - A.T * A)[0, 0]),
}


@pytest.mark.parametrize(("flow", "expr"), NOT_CONSERVED.values(), ids=NOT_CONSERVED)
def test_control_what_is_not_conserved_is_rejected(flow, expr):
    with pytest.raises(Rejected):
        flow.quantity(sympy.expand(expr)).check()


def test_a_flow_that_keeps_nothing_keeps_nothing():
    assert Flow.from_rhs([U**2 + 1, U * V + V + 1], [U, V]).conserved() == ()


def test_steps_shrink_the_imbalance_by_the_product_law_exactly():
    """I_{k+1} = I_k (1 - eta^2 g_k^2) over QQ, and one step from (1/2, 1/10) at eta = 1/10."""
    u, v, eta = Fraction(1, 2), Fraction(1, 10), Fraction(1, 10)
    flow, start = Flow.from_loss((1 - U * V) ** 2 / 2, [U, V]), u * u - v * v
    path = flow.descend([0.5, 0.1], step=0.1, steps=200).states
    imbalance = path[:, 0] ** 2 - path[:, 1] ** 2
    g = 1 - u * v
    u, v = u + eta * g * v, v + eta * g * u
    assert u * u - v * v == start * (1 - eta**2 * g**2) and float(u * u - v * v) == pytest.approx(0.237834, abs=5e-7)
    slopes = 1 - path[:, 0] * path[:, 1]
    assert imbalance[1:] == pytest.approx(imbalance[:-1] * (1 - 0.01 * slopes[:-1] ** 2), abs=1e-13)
    assert imbalance[1] == pytest.approx(float(u * u - v * v), abs=1e-15)


REFUSED = {
    "degree 0": (lambda f: f.conserved(degree=0), "degree 0"),
    "degree in words": (lambda f: f.conserved(degree="2"), "degree '2'"),
    "another way": (lambda f: f.conserved(by="magic"), "by = 'magic' is not one of ansatz, symmetry, separation"),
    "too large": (lambda f: f.conserved(degree=60, by="ansatz"), "an ansatz of 1890 terms > 700"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call(LAWS["product, any loss"][0])


def test_discrete_rules_that_are_no_flow_do_not_conserve():
    flow = Flow.from_loss((1 - U * V) ** 2 / 2, [U, V])
    drifts = {}
    for rule in ("gd", "momentum", "adam"):
        final = flow.descend([0.5, 0.1], rule=rule, step=0.001, steps=4000, every=4000).final
        drifts[rule] = abs(final[0] ** 2 - final[1] ** 2 - 0.24)
    assert drifts["gd"] < 3e-4 < drifts["momentum"] and drifts["adam"] > 0.05
    assert np.isfinite(list(drifts.values())).all()
