"""SciPy's solution of a flow: known solutions in t and in ln(1+t), events, and what is refused."""

import numpy as np
import pytest
import sympy

from workbench.dynamics.flow import Flow
from workbench.dynamics.second import solved
from workbench.errors import BadInput

x, rate = sympy.Symbol("x", real=True), sympy.Symbol("r", positive=True)
DECAY = Flow.from_rhs([-rate * x], [x])
LOGARITHM = Flow.from_rhs([sympy.exp(-x)], [x])  # x = ln(1 + t) from 0
BURSTING = Flow.from_rhs([x**2], [x])  # 1/(1 - t) from 1


@pytest.mark.parametrize(
    ("flow", "start", "places", "options", "want"),
    [
        (DECAY, 1.0, [0.0, 2.0], {"parameters": {"r": 3}}, [1.0, np.exp(-6)]),
        (LOGARITHM, 0.0, [1.0, 100.0], {"time": "log"}, [1.0, 100.0]),
        (LOGARITHM, 0.0, [1.0, np.e - 1], {"method": "LSODA"}, [np.log(2), 1.0]),
    ],
    ids=["a parameter", "to t = e^100", "another method"],
)
def test_known_solutions(flow, start, places, options, want):
    assert solved(flow, [start], places, **options).y[0] == pytest.approx(want, abs=1e-9)


def test_an_event_ends_the_solution_where_it_vanishes():
    found = solved(DECAY, [1.0], [5.0], parameters={"r": 1}, until=lambda t, state: state[0] - 0.5)
    assert found.t_events[0] == pytest.approx([np.log(2)], abs=1e-9)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_a_solution_that_ends_early_is_refused():
    with pytest.raises(BadInput, match="stopped"):
        solved(BURSTING, [1.0], [2.0])
