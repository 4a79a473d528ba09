"""Closed forms: exact residuals, values from the literature or by mpmath's quadrature, and perturbations that must be caught."""

from dataclasses import replace
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import sympy
from scipy.integrate import solve_ivp

from workbench.dynamics import pathways, solutions
from workbench.dynamics.closed import TIME, error
from workbench.dynamics.flow import Flow
from workbench.dynamics.riccati import BalancedRiccati
from workbench.errors import BadInput, Rejected

R = Fraction
HEAD = R(2, 5) * R(32, 31) + R(1, 31)
UV = {
    "small": (R(1, 10), R(1, 10)),
    "imbalanced": (R(1, 2), R(1, 10)),
    "large": (R(3, 2), R(1, 100)),
    "opposite signs": (R(3, 10), R(-1, 10)),
    "far": (2, R(1, 1000)),
    "opposite": (R(3, 10), R(-3, 10)),
    "both negative": (R(-1, 2), R(-1, 5)),
    "one is zero": (0, R(1, 2)),
    "negative sum": (R(1, 10), R(-2, 5)),
}
FORMS = {
    **{f"uv {name}": solutions.uv(*start, 1) for name, start in UV.items()},
    "uv, target 0": solutions.uv(1, 1, 0),
    "uv, target negative": solutions.uv(R(1, 2), R(1, 10), -2),
    "two tokens": solutions.two_token(R(7, 10), -1),
    "two tokens, falling": solutions.two_token(R(-7, 10), 1),
    "depth 2": solutions.deep_mode(2, 3, R(1, 1000)),
    "depth 3": solutions.deep_mode(3, 2, R(1, 20)),
    "depth 4": solutions.deep_mode(4, 2, R(1, 20)),
    "depth 3 from above": solutions.deep_mode(3, 2, 3),
    "depth 4 from above": solutions.deep_mode(4, 2, 3),
    "depth 7": solutions.deep_mode(7, 1, R(1, 2)),
    "one path": pathways.gated_race(1, 1, R(3, 10), R(1, 10)),
    "two paths": pathways.gated_race(2, 1, R(3, 10), R(1, 10)),
    "two paths from above": pathways.gated_race(2, 1, R(3, 2), 2),
    "gated value": pathways.gated_value(R(13, 10), R(4, 10), R(2, 10)),
    "gated value, falling": pathways.gated_value(R(1, 10), 1, 2),
    "diagonal": pathways.diagonal_net((1, 3), 1, 1),
    "diagonal, small start": pathways.diagonal_net((1, -2, R(1, 2)), -1, R(1, 10)),
    "merged attention": solutions.merged_attention(4, 31, R(1, 4), R(1, 10_000)),
    "rank-one head": solutions.rank_one_head(R(2, 5), HEAD, R(1, 50)),
    "cosines": solutions.equal_cosines(4, 1),
    "cosines, unnormalised": solutions.equal_cosines(4, 1, normalised=False),
    "two on the circle": solutions.two_tokens_on_circle(1, R(5, 2)),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_residuals_vanish_identically(form):
    form.check()


def perturbed(form):
    """The same form, its solution or clock off by 1e-5 of itself."""
    if form.solution is not None:
        return replace(form, solution=form.solution * (1 + sympy.Rational(1, 100_000)))
    return replace(form, clock=form.clock * (1 + sympy.Rational(1, 100_000)))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_control_a_perturbed_form_is_rejected(form):
    with pytest.raises(Rejected, match="residual"):
        perturbed(form).check()
    with pytest.raises(Rejected, match="residual"):
        replace(form, rate=form.rate * (1 + sympy.Rational(1, 100_000))).check()


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_values_by_the_flow_itself(form):
    """SciPy's DOP853 on the equations as SymPy prints them, at t = 1/16 and 1."""
    field = sympy.lambdify(form.flow.variables, form.flow.explicit, "math")
    start = [float(e.subs(form.coordinate, form.start)) for e in form.lift]
    found = solve_ivp(lambda t, y: field(*y), (0, 1), start, method="DOP853", rtol=1e-12, atol=1e-13, t_eval=[1 / 16, 1])
    assert form.at([1 / 16, 1]) == pytest.approx(found.y.T, abs=1e-9)
    assert form.at(0) == pytest.approx(start, abs=1e-12)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_control_a_perturbed_form_has_other_values(form):
    times = [1 / 64, 1 / 16, 1 / 4, 1, 4, 16, 64]
    assert np.abs(perturbed(form).at(times) - form.at(times)).max() > 1e-7


KNOWN = {  # time, a function of the states, its published or catalogued value
    "uv at 1": ("uv imbalanced", 1, np.prod, 0.42557862, 5e-9),
    "uv at 3": ("uv imbalanced", 3, np.prod, 0.97710126, 5e-9),
    "depth 2, half time": ("depth 2", 1.3343, np.prod, 1.5, 1e-3),
    "depth 3, half way": ("depth 3", 1.002649, np.prod, 1.0, 1e-5),
    "two tokens": ("two tokens", 100, lambda z: z[0] - np.log(70), -0.195645, 5e-7),
    "two tokens, weight": ("two tokens", 100, lambda z: 70 / (1 + np.exp(z[0])), 1.195329, 5e-7),
    "rank-one head": ("rank-one head", 150.1776, lambda v: v[0], 0.5, 2e-4),
    "cosines": ("cosines", 1.037985, lambda c: c[0], 0.5, 1e-6),
    "cosines, unnormalised": ("cosines, unnormalised", 0.639295, lambda c: c[0], 0.5, 1e-6),
    "two on the circle": ("two on the circle", 6.467286, lambda phi: phi[0], 0.1, 1e-6),
}


@pytest.mark.parametrize(("name", "t", "of", "value", "tolerance"), KNOWN.values(), ids=KNOWN)
def test_known_values(name, t, of, value, tolerance):
    assert of(FORMS[name].at(t)) == pytest.approx(value, abs=tolerance)


def test_all_symbols_at_once():
    """The logistic of depth 2 and the Riccati of uv with symbols for the start and the target."""
    a, s = sympy.symbols("a s", positive=True)
    solutions.deep_mode(2, s, a).check()
    with pytest.raises(BadInput, match="has no value"):
        solutions.deep_mode(2, s, a).at(1)
    p, k = sympy.symbols("p k", positive=True)
    root = sympy.sqrt(s**2 + k**2)
    clock = sympy.tanh(root * TIME) / root
    squared = (p**2 + (s * p**2 + k**2) * clock) / (1 + (p**2 - s) * clock)
    x = sympy.Symbol("x", positive=True)
    rate = (s - (x**2 - k**2 / x**2) / 2) * x
    replace(
        solutions.uv(1, 2, 1), flow=Flow.from_rhs([rate], [x]), coordinate=x, rate=rate, lift=(x,), start=p, solution=squared
    ).check()


def test_the_unbounded_side_runs_to_late_times():
    z = FORMS["two tokens"].at([0, 1e8, 1e64])[:, 0]
    assert z[0] == pytest.approx(-1) and z[1:] == pytest.approx(np.log([0.7e8, 0.7e64]), abs=1e-6)


BALANCED = {  # targets, and the shape of the first layer
    "scalars": ([[2.0]], (1, 1)),
    "two modes": ([[3.0, 0.0], [0.0, 1.0]], (2, 2)),
    "singular": ([[3.0, 0.0], [0.0, 0.0]], (2, 2)),
    "wide": ([[1.0, 2.0, 0.0], [0.5, -1.0, 1.0]], (2, 3)),
    "a bottleneck": ([[1.0, 2.0], [0.5, -1.0]], (1, 2)),
}


def balanced(name):
    """A start with W2^T W2 = W1 W1^T: W2 is W1^T turned, filled with zeros or cut where the sizes differ."""
    target, shape = BALANCED[name]
    target, first = np.array(target), np.random.default_rng(3).normal(size=shape) / 3
    turned = np.linalg.qr(np.random.default_rng(4).normal(size=(len(target), len(first))))[0]
    root_ = np.linalg.cholesky(first @ first.T).T
    return target, first, turned @ root_


@pytest.mark.parametrize("name", BALANCED)
def test_two_balanced_layers_follow_their_riccati_equation(name):
    """Against SciPy's DOP853 on the layers; a target of rank 1 has a singular F."""
    target, first, second = balanced(name)
    form = BalancedRiccati.of(target, first, second)
    form.check()

    def rhs(t, y):
        w1, w2 = y[: first.size].reshape(first.shape), y[first.size :].reshape(second.shape)
        gap = target - w2 @ w1
        return np.concatenate([(w2.T @ gap).ravel(), (gap @ w1.T).ravel()])

    ends = np.concatenate([first.ravel(), second.ravel()])
    found = solve_ivp(rhs, (0, 4), ends, method="DOP853", rtol=1e-12, atol=1e-13, t_eval=[1, 4])
    for k, t in enumerate((1, 4)):
        w1, w2 = found.y[: first.size, k].reshape(first.shape), found.y[first.size :, k].reshape(second.shape)
        q = np.vstack([w1.T, w2])
        assert form.at(t).reshape(q.shape[0], -1) == pytest.approx(q @ q.T, abs=1e-9)
        assert form.products([t])[0] == pytest.approx(w2 @ w1, abs=1e-9)
    assert form.at([0, 1]).shape == (2, (sum(target.shape)) ** 2)


def test_a_riccati_solution_is_held_against_a_run_and_a_perturbed_one_is_rejected():
    form = BalancedRiccati.of(*balanced("two modes"))
    run = form.flow.run(form.at(0), t1=4.0, rtol=1e-11, atol=1e-11)
    assert error(form, run) < 1e-8
    other = replace(form, formula=form.formula * (1 + sympy.Rational(1, 100_000)))
    assert error(other, run) > 1e-6
    with pytest.raises(Rejected, match="the formula in t leaves the residual"):
        other.check()


def test_control_layers_that_are_not_balanced_do_not_follow_it(monkeypatch):
    monkeypatch.setattr("workbench.dynamics.riccati.BALANCED", {})
    with pytest.raises(Rejected, match="the equation of block 00 of G"):
        BalancedRiccati.of(np.eye(1), np.eye(1), np.eye(1)).check()


@pytest.mark.parametrize(("row", "alpha"), [((1, 3), R(1, 10)), ((1, 3), 1), ((1, 3), 3), ((1000, 1), R(1, 10))], ids=str)
def test_a_diagonal_network_ends_at_its_limit(row, alpha):
    u0, u1, v0, v1 = pathways.diagonal_net(row, 1, alpha).at(1e6)
    wanted = solutions.diagonal_limit([row], [1], float(alpha))
    assert (u0**2 - v0**2, u1**2 - v1**2) == pytest.approx(tuple(wanted), abs=1e-9)


@pytest.mark.parametrize("alpha", [0.1, 0.3, 1.0, 3.0])
def test_the_limit_of_a_diagonal_network_is_a_minimum(alpha):
    """It fits, and no feasible direction lowers sum alpha^2 q(w/alpha^2), q' = asinh(z/2), in mpmath."""
    w = solutions.diagonal_limit([[1, 3]], [1], alpha)
    assert w[0] + 3 * w[1] == pytest.approx(1, abs=1e-9)

    def cost(step):
        point = (w[0] + 3 * step, w[1] - step)
        return mp.fsum(mp.quad(lambda y: mp.asinh(y / (2 * alpha**2)), [0, x]) for x in point)

    assert abs(mp.diff(cost, 0)) < 1e-8


REFUSED = {
    "at rest": (lambda: solutions.uv(0, 0, 1), r"the start \(0, 0\) is at rest"),
    "depth": (lambda: solutions.deep_mode(1, 1, 1), "depth 1"),
    "negative start": (lambda: solutions.deep_mode(2, 1, -1), "start -1"),
    "one token": (lambda: solutions.equal_cosines(1, 1), "1 tokens"),
    "cosine": (lambda: solutions.equal_cosines(3, 1, R(-1, 2)), "cosine -1/2"),
    "negative time": (lambda: FORMS["depth 2"].at(-1), "time -1.0"),
    "not balanced": (lambda: BalancedRiccati.of(np.eye(2), np.eye(2), 2 * np.eye(2)), "start balanced"),
    "negative time of layers": (lambda: BalancedRiccati.of(np.eye(1), np.eye(1), np.eye(1)).at(-1), "time -1.0"),
    "no path": (lambda: pathways.gated_race(0, 1, 1, 1), "0 paths"),
    "a negative map": (lambda: pathways.gated_race(1, 1, 1, -1), "starts 1 and -1"),
    "no value": (lambda: pathways.gated_value(1, 0, 0), "value 0"),
    "a gate at rest": (lambda: pathways.gated_value(R(1, 2), 0, 1), "the start is at rest"),
    "nothing to fit": (lambda: pathways.diagonal_net((1, 3), 0, 1), "target 0"),
    "a row of zeros": (lambda: pathways.diagonal_net((0, 0), 1, 1), "row"),
    "no fit": (lambda: solutions.diagonal_limit([[1, 1], [1, 1]], [1, 2], 1.0), "no multipliers found"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()
