"""Flows: what is derived, what is integrated in each time map, where runs end, and what is refused."""

import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
import sympy

import workbench as wb
from workbench.dynamics import solutions
from workbench.dynamics.closed import error
from workbench.dynamics.flow import Flow, entries
from workbench.dynamics.models import selection_loss
from workbench.dynamics.softmax import LogSumExp, softmax_mean
from workbench.errors import BadInput
from workbench.lowering.precision import scope

U, V, S, X = sympy.symbols("u v s x", real=True)
UV = Flow.from_loss((S - U * V) ** 2 / 2, [U, V])
TWO = solutions.two_token(Fraction(7, 10), -1)
TIGHT = {"rtol": 1e-12, "atol": 1e-12}

LOSSES = {
    "product": ((S - U * V) ** 2 / 2, [U, V], {S: 2}),
    "logistic": (sympy.log(1 + sympy.exp(-3 * U + V)), [U, V], {}),
    "softmax": (-softmax_mean([U, 2, -1], [U, V, U * V]), [U, V], {}),
    "selection": (selection_loss(entries("W", 2, 2)), [entries("W", 2, 2)], {}),
    "log of a sum": (LogSumExp(U, 2 * V, 0), [U, V], {}),
}


@pytest.mark.parametrize(("loss", "variables", "values"), LOSSES.values(), ids=LOSSES)
def test_the_right_hand_side_is_minus_the_gradient(loss, variables, values):
    """Against derivatives that mpmath takes numerically, of the loss evaluated by SymPy at 40 digits."""
    from workbench.dynamics.softmax import textbook

    flow = Flow.from_loss(loss, variables)
    point = [0.3, -0.7, 0.45, 0.2][: len(flow.variables)]
    value = sympy.lambdify(flow.variables, textbook(loss).subs(values), "mpmath")
    with mp.workdps(40):
        n = len(point)
        wanted = [-mp.diff(value, point, tuple(int(i == k) for i in range(n))) for k in range(n)]
    with scope("float64"):
        given = jnp.asarray([float(values[p]) for p in flow.parameters], "float64")
        found = flow.field.scaled(jnp.float64(0), jnp.asarray(point), given)
    assert np.asarray(found) == pytest.approx([float(w) for w in wanted], rel=1e-13)


def test_a_flow_shows_its_equations():
    assert UV._repr_latex_() == (
        r"$\begin{aligned}\dot{u} &= v \left(s - u v\right) \\ \dot{v} &= u \left(s - u v\right)\end{aligned}$"
    )
    assert wb.Flow is Flow and UV.at({"s": Fraction(1, 2)}).rhs[0] == V * (sympy.Rational(1, 2) - U * V)
    decaying = Flow.from_loss(X**2 / 2, [X], decay=S)
    assert decaying.rhs == (-S * X - X,) and decaying.parameters == (S,) and decaying.without_decay().rhs == (-X,)


@pytest.fixture(scope="module")
def tight():
    return UV.run({"u": 0.5, V: 0.1}, t1=12.0, parameters={"s": 1}, save=[1, 3], **TIGHT)


def test_a_tight_run_hits_saved_times_and_conserves(tight):
    product = tight.states.prod(axis=1)
    assert product[np.isin(tight.ts, [1.0, 3.0])] == pytest.approx([0.42557862, 0.97710126], abs=5e-9)
    assert error(solutions.uv(Fraction(1, 2), Fraction(1, 10), 1), tight) < 1e-11
    (law,) = UV.conserved()
    assert law.drift(tight) < 1e-12
    assert tight.at([1, 3]).prod(axis=1) == pytest.approx([0.42557862, 0.97710126], abs=1e-8)
    assert (tight.ended, tight.integrator.solver, tight.ts[-1]) == ("t1", "Dopri8", 12)
    assert tight.integrator.spectral_radius[1] == pytest.approx(math.sqrt(0.24**2 + 4), rel=1e-6)  # of the Hessian at uv = 1
    assert (np.diff(tight.energy) < 0).all() and tight.energy[0] == pytest.approx(0.95**2 / 2)
    assert not jax.config.jax_enable_x64


def test_a_perturbed_law_drifts(tight):
    (law,) = UV.conserved()
    assert law.drift(tight) < 1e-9 < UV.quantity(law.expr + V**2 / 100_000).drift(tight)


def test_a_second_integrator_agrees_and_a_control_does_not(tight):
    agreed = UV.check(tight)
    assert agreed.method == "DOP853" and agreed.difference < 1e-10
    assert UV.check(tight, rtol=1e-3, atol=1e-3).difference > 1e-6
    with pytest.raises(BadInput, match="another flow"):
        TWO.flow.check(tight)


def test_a_record_holds_the_run(tight):
    record = tight.record("uv", series=[U * V])
    assert record.values["u"] == tight.final["u"] and record.data["series_0"][-1] == pytest.approx(1, abs=1e-9)
    assert "diffrax" in record.versions and record.dtype == "float64"


def test_logarithmic_time_goes_to_1e64_and_is_no_steady_state():
    run = TWO.flow.run([-1.0], t1=1e64, time="log", rtol=1e-11, atol=1e-11)
    assert run.ended == "t1" and run.ts[-1] == pytest.approx(1e64, rel=1e-12)
    assert error(TWO, run) < 1e-10
    assert run.final["z"] == pytest.approx(math.log(0.7e64), abs=1e-9)
    assert run.integrator.steps < 200
    assert TWO.flow.check(run).difference < 1e-8
    t = 1e8
    sigma = 1 / (1 + math.exp(-float(run.at(t)[0])))
    assert 0.7 * t * (1 - sigma) == pytest.approx(1, abs=1e-5)


def test_an_event_ends_a_run_by_its_name():
    until = {"late": U * V - sympy.Rational(51, 100), "half": U * V - sympy.Rational(1, 2), "never": U + V}
    run = UV.run([0.1, 0.1], t1=12.0, parameters=[1], until=until, save=[1, 3], **TIGHT)
    assert run.ended == "half" and run.ts[-1] == pytest.approx(math.log(99) / 2, abs=1e-8)
    assert run.states[-1].prod() == pytest.approx(0.5, abs=1e-9)
    assert np.diff(run.ts).min() > 0
    with pytest.raises(BadInput, match="outside the run"):
        run.at(3.0)


def test_a_stack_is_each_of_its_runs():
    starts = np.array([[0.1, 0.1], [0.5, 0.1], [2, 0.001]])
    stack = UV.run(starts, t1=6.0, parameters=[[1.0], [1.0], [2.0]])
    for start, s, run in zip(starts, (1, 1, 2), stack, strict=True):
        assert run.states[0].tolist() == start.tolist() and run.ts[-1] == 6
        assert error(solutions.uv(*map(Fraction, start), s), run) < 1e-7


@pytest.mark.slow
def test_arclength_is_another_clock_of_the_same_path():
    run = TWO.flow.run([-1.0], t1=1e8, time="arclength", rtol=1e-10, atol=1e-10)
    assert error(TWO, run) < 1e-8 and run.ts[-1] == pytest.approx(1e8, rel=1e-9)
    assert run.taus[-1] == pytest.approx(run.final["z"] + 1, abs=1e-8)  # one variable: the arclength is its change
    assert run.at([3.0, 1e4]) == pytest.approx(TWO.at([3.0, 1e4]), abs=1e-8)


@pytest.mark.slow
def test_a_stiff_flow_is_seen_and_integrated_implicitly():
    run = UV.run([30.0, 0.1], t1=200.0, parameters=[1])
    assert run.integrator.solver == "Kvaerno5" and run.integrator.reason.startswith("stiff: Tsit5 took more than")
    assert run.integrator.spectral_radius[1] == pytest.approx(900, rel=1e-3)
    assert error(solutions.uv(30, Fraction(1, 10), 1), run) < 1e-7
    assert UV.check(run).method == "LSODA"


def test_progress_is_told_and_an_interrupt_leaves(tight):
    told = []
    UV.run([0.5, 0.1], t1=12.0, parameters=[1], save=[1, 3], progress=lambda *what: told.append(what), **TIGHT)
    assert told and told[-1][1] == tight.integrator.steps

    def interrupt(*what):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        UV.descend([0.5, 0.1], step=0.01, steps=100, parameters=[1], progress=interrupt)


def test_normalised_steps_have_their_length_far_beyond_the_smallest_float():
    path = TWO.flow.descend([-1.0], rule="ngd", step=1.0, steps=2000).states[:, 0]
    assert np.diff(path) == pytest.approx(1.0, abs=1e-9)


def test_polyak_steps_tend_to_a_fixed_length():
    """The excess over the gradient tends to |W^mm|, here 1; the loss above its infimum is the gap times the weight of token 2."""
    z = TWO.flow.variables[0]
    excess = sympy.Rational(7, 10) * sympy.exp(-LogSumExp(z, 0))
    path = TWO.flow.descend([-1.0], rule="polyak", step=0.5, steps=4000, excess=excess).states[:, 0]
    assert np.diff(path)[-1] == pytest.approx(0.5, abs=1e-9) and path[-1] > 1900
    polyak = UV.descend([0.5, 0.1], rule="polyak", step=1.0, steps=60, parameters=[1]).final
    assert polyak.prod() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("rule", ["gd", "ngd", "momentum", "adam"])
def test_rules_are_the_textbook_ones(rule):
    """Five steps by hand, in exact order of operations where it matters little: 1e-12."""
    state, memory, second = np.array([0.5, 0.1]), np.zeros(2), np.zeros(2)
    for k in range(1, 6):
        g = -(1 - state.prod()) * state[::-1]
        if rule == "gd":
            state = state - 0.1 * g
        elif rule == "ngd":
            state = state - 0.1 * g / np.linalg.norm(g)
        elif rule == "momentum":
            memory = g + 0.9 * memory
            state = state - 0.1 * memory
        else:
            memory, second = 0.9 * memory + 0.1 * g, 0.999 * second + 0.001 * g**2
            state = state - 0.1 * (memory / (1 - 0.9**k)) / (np.sqrt(second / (1 - 0.999**k)) + 1e-8)
    found = UV.descend([0.5, 0.1], rule=rule, step=0.1, steps=5, parameters=[1])
    assert found.final == pytest.approx(state, abs=1e-12) and found.states.shape == (6, 2)


def test_a_stack_of_descents_is_each_of_them():
    starts = np.array([[0.5, 0.1], [1.5, 0.2]])
    stack = UV.descend(starts, step=0.1, steps=4, every=2, parameters=[1])
    assert stack.states.shape == (2, 3, 2)
    for start, path in zip(starts, stack.states, strict=True):
        assert path == pytest.approx(UV.descend(start, step=0.1, steps=4, every=2, parameters=[1]).states, abs=1e-15)


REFUSED = {
    "float32, tight": (lambda: UV.run([1, 1], t1=1, parameters=[1], dtype="float32"), "float32 with a tolerance of 1e-09"),
    "float32, log": (
        lambda: UV.run([1, 1], t1=1, parameters=[1], dtype="float32", time="log", rtol=1e-4, atol=1e-4),
        "float32 in the time log, whose exponents need float64",
    ),
    "int32": (lambda: UV.run([1, 1], t1=1, parameters=[1], dtype="int32"), "dtype int32"),
    "time": (lambda: UV.run([1, 1], t1=1, parameters=[1], time="years"), "time 'years' is not one of t, log, arclength"),
    "t1 = 0": (lambda: UV.run([1, 1], t1=0, parameters=[1]), "t1 = 0"),
    "t1 infinite": (lambda: UV.run([1, 1], t1=math.inf, parameters=[1]), "t1 = inf"),
    "t1 nan": (lambda: UV.run([1, 1], t1=math.nan, parameters=[1]), "t1 = nan"),
    "rtol": (lambda: UV.run([1, 1], t1=1, parameters=[1], rtol=0), "rtol = 0"),
    "solver": (
        lambda: UV.run([1, 1], t1=1, parameters=[1], solver="Euler"),
        "solver 'Euler' is not one of Tsit5, Dopri8, Kvaerno5",
    ),
    "too few": (lambda: UV.run([1], t1=1, parameters=[1]), r"variable values of shape \(1,\): give 2 for u, v"),
    "no parameter": (lambda: UV.run([1, 1], t1=1), "parameter s is without a value"),
    "unknown name": (lambda: UV.run({"u": 1, "v": 1, "w": 1}, t1=1, parameters=[1]), "variable w is not among u, v"),
    "nan": (lambda: UV.run([1, math.nan], t1=1, parameters=[1]), "a variable value is nan"),
    "saved beyond": (lambda: UV.run([1, 1], t1=1, parameters=[1], save=[2]), "saved times from 2.0 to 2.0"),
    "event at the start": (
        lambda: UV.run([0.5, 0.1], t1=12.0, parameters=[1], until={"start": U - S / 2}, save=[1, 3], **TIGHT),
        "event start is zero at the start",
    ),
    "stack with events": (lambda: UV.run(np.ones((2, 2)), t1=1, parameters=[1], until={"a": U}), "a stack of runs ends at t1"),
    "stacks that differ": (lambda: UV.run(np.ones((2, 2)), t1=1, parameters=np.ones((3, 1))), "2 initial states and 3 rows"),
    "slopes": (lambda: Flow.of_any_loss([U * V], [U, V]).run([1, 1], t1=1), "arbitrary loss has free slopes"),
    "unknown function": (lambda: Flow.from_loss(sympy.Function("l")(U), [U]), "give unknown functions a definition"),
    "complex": (lambda: Flow.from_loss(sympy.I * U, [U]), "is no real expression"),
    "text": (lambda: Flow.from_loss("u**2", [U]), "'u\\*\\*2' is not a SymPy expression"),
    "not symbols": (lambda: Flow.from_loss(U, [U + 1]), "is not a symbol or a matrix of symbols"),
    "no variables": (lambda: Flow.from_loss(U, []), "without variables"),
    "undeclared": (lambda: Flow.from_loss(U * S, [U], parameters=[]), "s is neither a variable nor a parameter"),
    "value of a variable": (lambda: UV.at({"u": 1}), "u is no parameter of this flow, whose parameters are s"),
    "inexact value": (lambda: UV.at({"s": 0.1}), "0.1 is no exact number|0.1 is not a SymPy expression"),
    "no loss": (lambda: Flow.from_rhs([-X], [X]).descend([1], step=0.1, steps=1), "a descent needs a loss"),
    "rule": (lambda: UV.descend([1, 1], rule="sgd", step=0.1, steps=1, parameters=[1]), "rule 'sgd'"),
    "step": (lambda: UV.descend([1, 1], step=-0.1, steps=1, parameters=[1]), "step -0.1"),
    "every": (lambda: UV.descend([1, 1], step=0.1, steps=3, every=2, parameters=[1]), "3 steps, every 2"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()


@pytest.mark.slow
def test_a_flow_that_leaves_the_range_says_where():
    """x' = x^2 from 1 is infinite at t = 1."""
    with pytest.raises(BadInput, match=r"cannot pass t = 1|more than .* steps to t1"):
        Flow.from_rhs([X**2], [X]).run([1.0], t1=2.0, solver="Tsit5")
