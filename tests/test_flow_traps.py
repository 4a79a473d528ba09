"""Misuse of flows, runs, laws and closed forms: one sentence with the value and the way out, and never a wrong answer."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

from workbench.dynamics import solutions
from workbench.dynamics.closed import TIME, ClosedForm
from workbench.dynamics.flow import Flow, entries
from workbench.dynamics.softmax import softmax_mean
from workbench.errors import BadInput, Rejected

U, V, S, X = sympy.symbols("u v s x", real=True)
PLAIN = sympy.Symbol("u")
UV = Flow.from_loss((S - U * V) ** 2 / 2, [U, V])
ONE = UV.at({"s": 1})
DECAY = Flow.from_rhs([-X], [X])
HALF, TENTH = Fraction(1, 2), Fraction(1, 10)


def word(name, **assumed):
    return sympy.Symbol(name, **assumed)


MADE = {
    "one symbol for a list": (lambda: Flow.from_loss(X**2, X), "variables x: give a list"),
    "text for a list": (lambda: Flow.from_loss(X**2, "x"), "variables 'x': give a list"),
    "no list": (lambda: Flow.from_loss(X**2, None), "variables None"),
    "a set, which has no order": (lambda: Flow.from_loss(U * V, {U, V}), "in the order of the state"),
    "an imaginary symbol": (lambda: Flow.from_loss(word("w", imaginary=True) ** 2, [word("w", imaginary=True)]), "not real"),
    "a complex symbol": (lambda: Flow.from_loss(word("w", complex=True) ** 2, [word("w", complex=True)]), "not real"),
    "an integer symbol": (lambda: Flow.from_loss(word("w", integer=True) ** 2, [word("w", integer=True)]), "an integer"),
    "two symbols written alike": (lambda: Flow.from_loss(PLAIN**2, [U]), "are written u"),
    "two variables written alike": (lambda: Flow.from_loss(PLAIN * U, [U, PLAIN]), "are written u"),
    "text among outputs": (lambda: Flow.of_any_loss("u", [U]), "'u' for a list"),
    "one output for a list": (lambda: Flow.of_any_loss(U, [U]), "u for a list"),
    "no outputs": (lambda: Flow.of_any_loss([], [U]), "no outputs"),
    "a variable with the name of a slope": (
        lambda: Flow.of_any_loss([word("g0", real=True) * U], [U]),
        "g0 is the name of a slope",
    ),
    "one right-hand side for a list": (lambda: Flow.from_rhs(-X, [X]), "-x for a list"),
    "no right-hand side": (lambda: Flow.from_rhs(None, [X]), "None for a list"),
    "parameters as text": (lambda: Flow.from_loss(U * S, [U], parameters="s"), "parameters 's'"),
    "a parameter twice": (lambda: Flow.from_loss(U * S, [U], parameters=[S, S]), "parameter s stands twice"),
    "a variable as parameter": (
        lambda: Flow.from_loss(U * S, [U], parameters=[S, U]),
        "parameter u stands twice, or is a variable",
    ),
    "decay that varies": (lambda: Flow.from_loss(U**2, [U], decay=U), "decay u depends on the variable u"),
    "an infinite value": (lambda: UV.at({"s": sympy.oo}), "oo is no exact real number"),
    "an imaginary value": (lambda: UV.at({"s": sympy.I}), "I is no exact real number"),
    "no value": (lambda: UV.at({"s": sympy.nan}), "nan is no exact real number"),
    "values in a list": (lambda: UV.at([1]), "give a mapping"),
    "scores as text": (lambda: softmax_mean(["a"], ["b"]), "'a' is text"),
    "one score for a list": (lambda: softmax_mean(1, 2), "give two lists"),
}


@pytest.mark.parametrize(("call", "message"), MADE.values(), ids=MADE)
def test_a_flow_is_made_of_real_symbols_and_expressions(call, message):
    with pytest.raises(BadInput, match=message):
        call()


START = {
    "text": "ab",
    "texts": ["a", "b"],
    "complex": [1j, 1],
    "symbols": [U, 1],
    "a symbol by name": {"u": U, "v": 1},
    "text by name": {"u": "x", "v": 1},
    "ragged": [[1], [1, 2]],
    "ragged by name": {"u": [1, 2], "v": [1, 2, 3]},
    "no runs": np.zeros((0, 2)),
    "runs of runs": np.zeros((1, 1, 2)),
    "nothing": None,
}


@pytest.mark.parametrize("initial", START.values(), ids=START)
def test_a_start_is_a_state_or_a_stack_of_them(initial):
    for go in (lambda: ONE.run(initial, t1=1.0), lambda: ONE.descend(initial, step=0.1, steps=2)):
        with pytest.raises(BadInput, match=r"^variable"):
            go()


RUNS = {
    "an unknown parameter, though one is missing": (
        lambda: UV.run([1, 1], t1=1, parameters={"q": 1}),
        "parameter q is not among s",
    ),
    "t1 in words": (lambda: ONE.run([1, 1], t1="1"), "t1 = '1' is no real number"),
    "no t1": (lambda: ONE.run([1, 1], t1=None), "t1 = None"),
    "complex t1": (lambda: ONE.run([1, 1], t1=1j), "t1 = 1j"),
    "two ends": (lambda: ONE.run([1, 1], t1=np.array([1.0, 2.0])), "t1 = array"),
    "backwards": (lambda: ONE.run([1, 1], t1=-1), "t1 = -1.0 is not from 0"),
    "rtol in words": (lambda: ONE.run([1, 1], t1=1, rtol="a"), "rtol = 'a'"),
    "saved nan": (lambda: ONE.run([1, 1], t1=1, save=[math.nan]), "saved times from nan"),
    "saved words": (lambda: ONE.run([1, 1], t1=1, save="ab"), "saved times 'ab'"),
    "a stack with saved times in an array": (lambda: ONE.run([[1, 1]], t1=1, save=np.array([0.5, 0.7])), "a stack of runs"),
    "events in a list": (lambda: ONE.run([1, 1], t1=1, until=[U - 2]), r"until = .*give a mapping"),
    "an event in words": (lambda: ONE.run([1, 1], t1=1, until={"a": "u"}), "event a: 'u' is no expression"),
    "an event of another flow": (lambda: ONE.run([1, 1], t1=1, until={"a": X}), "event a: x is no expression of the flow"),
    "an event called t1": (lambda: ONE.run([1, 1], t1=1, until={"t1": U - 2}), "its name is t1"),
    "an event without a value": (lambda: ONE.run([1, 0.5], t1=1.0, until={"a": sympy.log(U - 2)}), "event a has no real value"),
    "float32 below 1e39": (lambda: ONE.run([1e39, 1], t1=1, dtype="float32", rtol=1e-6, atol=1e-6), "a variable value is inf"),
    "arclength at rest": (lambda: DECAY.run([0.0], t1=2.0, time="arclength"), "comes to rest"),
    "a step in words": (lambda: ONE.descend([1, 1], step="a", steps=2), "step = 'a'"),
    "an infinite step": (lambda: ONE.descend([1, 1], step=math.inf, steps=2), "step inf"),
    "half a step": (lambda: ONE.descend([1, 1], step=0.1, steps=2.5), "steps = 2.5 is not an integer"),
    "every in floats": (lambda: ONE.descend([1, 1], step=0.1, steps=2, every=2.0), "every = 2.0 is not an integer"),
    "momentum that grows": (lambda: ONE.descend([1, 1], step=0.1, steps=2, momentum=5), "momentum 5.0 is not from 0"),
    "steps that diverge": (lambda: ONE.descend([1e3, 1e3], step=10.0, steps=20), "gd leaves the range of float64 by step 5"),
    "excess in words": (lambda: ONE.descend([1, 1], rule="polyak", step=0.1, steps=2, excess="u"), "excess 'u'"),
    "stacks that differ": (
        lambda: UV.descend(np.ones((2, 2)), step=0.1, steps=2, parameters=np.ones((3, 1))),
        "2 initial states and 3",
    ),
    "check of nothing": (lambda: ONE.check(None), "a NoneType for a trajectory"),
    "derivative of text": (lambda: ONE.derivative("u"), "'u' is not a SymPy expression"),
}


@pytest.mark.parametrize(("call", "message"), RUNS.values(), ids=RUNS)
def test_a_run_takes_numbers_and_names_that_it_knows(call, message):
    with pytest.raises(BadInput, match=message):
        call()


@pytest.fixture(scope="module")
def course():
    return ONE.run([1.0, 0.5], t1=2.0)


READ = {
    "times in words": (lambda r: r.at("a"), "times 'a'"),
    "a negative time": (lambda r: r.at(-1), "time -1.0 outside the run"),
    "nan": (lambda r: r.at(math.nan), "time nan outside the run"),
    "an expression in words": (lambda r: r.along("u"), "'u' is not a SymPy expression"),
    "another flow's symbol": (lambda r: r.along(X), "symbol x is not declared"),
    "a second integrator without tolerance": (lambda r: ONE.check(r, rtol=-1), "rtol = -1"),
    "a second integrator of many": (lambda r: ONE.check((r,)), "a tuple for a trajectory"),
    "the drift along nothing": (lambda r: UV.conserved()[0].drift(None), "a NoneType for a trajectory"),
}


@pytest.mark.parametrize(("call", "message"), READ.values(), ids=READ)
def test_a_trajectory_is_read_at_its_times(course, call, message):
    with pytest.raises(BadInput, match=message):
        call(course)


def test_no_times_give_no_states(course):
    assert course.at([]).shape == (0, 2) and course.at(1.0).shape == (2,)


@pytest.mark.parametrize("time", ["t", "log"])
def test_a_flow_without_a_steady_state_reports_none(time):
    """ln t is as flat as one likes and rests nowhere: the run ends where it was told to, and moves until then."""
    run = Flow.from_rhs([sympy.exp(-X)], [X]).run([0.0], t1=1e12, time=time)
    assert run.ended == "t1" and run.ts[-1] == pytest.approx(1e12) and run.final["x"] == pytest.approx(math.log(1e12 + 1), abs=1e-6)
    assert (np.diff(run.states[:, 0]) > 0).all()


SAYS_NOTHING = {
    "a constant": sympy.Integer(1),
    "a parameter": S,
    "0 in disguise": (U + 1) ** 2 - U**2 - 2 * U - 1,
    "1 in disguise": sympy.sin(U) ** 2 + sympy.cos(U) ** 2,
    "the angle of both quotients": sympy.atan(U / V) + sympy.atan(V / U),
}


@pytest.mark.parametrize("expr", SAYS_NOTHING.values(), ids=SAYS_NOTHING)
def test_a_constant_is_no_law(expr):
    with pytest.raises(Rejected, match="it says nothing"):
        UV.quantity(expr).check()


@pytest.mark.parametrize(
    ("expr", "rate", "message"),
    [(0.5 * (U**2 - V**2), 0, "holds a float"), ("u", 0, "not a SymPy"), (U, U, "rate u depends"), (U, 0.5, "0.5 is not a SymPy")],
    ids=["float", "text", "rate that varies", "rate in floats"],
)
def test_a_law_is_exact_and_its_rate_constant(expr, rate, message):
    with pytest.raises(BadInput, match=message):
        UV.quantity(expr, rate=rate)


def test_a_law_is_shown_in_latex():
    mu = sympy.Symbol("mu", real=True)
    assert UV.quantity(U**2 - V**2)._repr_latex_() == r"$\frac{d}{dt}\left[u^{2} - v^{2}\right] = 0$"
    (shrinking,) = Flow.from_loss((S - U * V) ** 2 / 2, [U, V], decay=mu).conserved()
    assert shrinking.latex().endswith(r"= - 2 \mu \left[u^{2} - v^{2}\right]")


def three_tokens():
    """A softmax head of three tokens with matrices Q, K, V, O and any loss."""
    tokens = sympy.Matrix([[1, 2], [-1, 1], [1, -1]])
    q, k, v, o = names = [entries(name, *shape) for name, shape in {"Q": (2, 1), "K": (2, 1), "V": (2, 1), "O": (1, 1)}.items()]
    logits, read = tokens * q * k.T * tokens.T, tokens * v * o
    return Flow.of_any_loss([softmax_mean(list(read), list(logits[r, :])) for r in range(3)], names)


def test_the_laws_of_a_head_of_three_tokens_are_found_and_told_on_the_way():
    told = []
    found = three_tokens().conserved(by="ansatz", progress=lambda *what: told.append(what))
    q, k = sympy.symbols("Q_00 Q_10", real=True), sympy.symbols("K_00 K_10", real=True)
    o, v = sympy.Symbol("O_00", real=True), sympy.symbols("V_00 V_10", real=True)
    assert {q.expr for q in found} == {q[0] ** 2 + q[1] ** 2 - k[0] ** 2 - k[1] ** 2, v[0] ** 2 + v[1] ** 2 - o**2}
    assert told == [("ansatz, proposing", 0, 1), ("ansatz, deciding", 0, 2), ("ansatz, deciding", 1, 2)]


def test_an_interrupt_leaves_the_search_for_laws():
    def interrupt(*what):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        UV.conserved(progress=interrupt)


FORMS = {
    "text": (lambda: solutions.uv("a", 0, 1), "'a' is no finite real number"),
    "nan": (lambda: solutions.uv(math.nan, 0, 1), "nan is no finite real number"),
    "infinite": (lambda: solutions.uv(math.inf, 0, 1), "inf is no finite real number"),
    "imaginary": (lambda: solutions.uv(sympy.I, 0, 1), "I is no finite real number"),
    "tokens that score the same": (lambda: solutions.two_token(0, 0), "gap 0"),
    "half a layer": (lambda: solutions.deep_mode(2.5, 1, HALF), "depth = 2.5 is not an integer"),
    "a mode at rest": (lambda: solutions.deep_mode(3, 1, 1).at([0.0, 1.0]), "x = 1 rests"),
    "a mode of four factors at rest": (lambda: solutions.deep_mode(4, 16, 16).at([0.0, 1.0]), "x = 2 rests"),
    "a symbol as strength": (lambda: solutions.deep_mode(3, S, 1), "strength s"),
    "no examples": (lambda: solutions.merged_attention(4, 0, 1, TENTH), "examples = 0"),
    "negative variance": (lambda: solutions.merged_attention(4, 5, -1, TENTH), "variance -1"),
    "a head of strength 0": (lambda: solutions.rank_one_head(1, 1, 0), "start 0"),
    "a head at its limit": (lambda: solutions.rank_one_head(1, 1, 1).at([0.0]), "x = 1 rests"),
    "a head that runs away": (lambda: solutions.rank_one_head(1, -1, 1), "gamma -1"),
    "half a token": (lambda: solutions.equal_cosines(2.5, 1), "tokens = 2.5"),
    "two tokens in one place": (lambda: solutions.two_tokens_on_circle(1, 0), "angle 0"),
    "two tokens past each other": (lambda: solutions.two_tokens_on_circle(1, 4), "angle 4"),
    "no width": (lambda: solutions.diagonal_limit([[1, 3]], [1], 0), "alpha = 0.0"),
    "targets for other rows": (lambda: solutions.diagonal_limit([[1, 3]], [1, 2], 1.0), r"targets of shape \(2,\)"),
    "times in words": (lambda: solutions.uv(HALF, TENTH, 1).at("a"), "times 'a'"),
    "a negative time": (lambda: solutions.uv(HALF, TENTH, 1).at(-1), "time -1.0"),
    "the end of a table": (lambda: solutions.two_token(1, 0).at(1e308), r"time 1e\+308 > .*, where the table"),
    "an expression in words": (lambda: solutions.uv(HALF, TENTH, 1).along("u", [1]), "'u' is not a SymPy expression"),
}


@pytest.mark.parametrize(("call", "message"), FORMS.values(), ids=FORMS)
def test_a_closed_form_is_of_a_flow_that_moves(call, message):
    with pytest.raises(BadInput, match=message):
        call()


def test_the_last_times_of_a_table_are_right():
    assert solutions.two_token(1, 0).at(1e300)[0] == pytest.approx(math.log(1e300), abs=1e-9)


NUDGE = 1 + sympy.Rational(1, 100_000)
SOLVED = {
    "product": solutions.uv(HALF, TENTH, 1),
    "two tokens": solutions.two_token(Fraction(7, 10), -1),
    "mode of three factors": solutions.deep_mode(3, 2, Fraction(1, 20)),
    "merged attention": solutions.merged_attention(4, 31, Fraction(1, 4), Fraction(1, 10000)),
    "one head": solutions.rank_one_head(Fraction(2, 5), HALF, Fraction(1, 50)),
    "cosines": solutions.equal_cosines(4, 1),
}


def nudged(form, part):
    fields = {name: getattr(form, name) for name in ("coordinate", "rate", "lift", "start", "solution", "clock", "limit", "power")}
    fields[part] = tuple(e * NUDGE for e in form.lift) if part == "lift" else fields[part] * NUDGE
    return ClosedForm(form.flow, **fields)


@pytest.mark.parametrize("part", ["rate", "time", "lift"])
@pytest.mark.parametrize("form", SOLVED.values(), ids=SOLVED)
def test_a_closed_form_that_is_wrong_by_1e_5_is_rejected(form, part):
    form.check()
    wrong = nudged(form, part if part != "time" else "clock" if form.solution is None else "solution")
    with pytest.raises(Rejected, match="leaves the residual"):
        wrong.check()


def test_a_solution_of_the_wrong_speed_is_rejected():
    form = SOLVED["product"]
    with pytest.raises(Rejected, match="leaves the residual"):
        ClosedForm(
            form.flow, form.coordinate, form.rate, form.lift, form.start, solution=form.solution.subs(TIME, NUDGE * TIME), power=2
        ).check()
