"""Figures of flows: what is drawn agrees with numbers derived apart from it, by quadrature, exact algebra or listed values."""

from fractions import Fraction
from math import asinh, atan, cos, exp, isclose, log, pi, sin, sqrt

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

from workbench import BadInput
from workbench.dynamics.second import motion
from workbench.figures import draw
from workbench.figures.orbits import descent, hitting_time, orbit, solved
from workbench.figures.plate import numbers

LEVELS = (1.0, 0.640580, 0.377372, 0.209805, 0.135995)  # of the saddles, D = 4, N = 31


@pytest.fixture(scope="module")
def series():
    """The points of a figure's line, by figure, start of the panel's title, and label."""
    figures = {}

    def points(name, panel, label):
        figures.setdefault(name, numbers(draw(name)))
        found = np.array([(x, y) for title, own, x, y in figures[name] if title.startswith(panel) and own == label])
        assert len(found), f"no line {label!r} in a panel {panel!r} of {name}"
        return found.T

    return points


def crossed(x, y, level):
    """The first x at which y passes a level."""
    k = int(np.argmax((y[:-1] - level) * (y[1:] - level) <= 0))
    return x[k] + (level - y[k]) / (y[k + 1] - y[k]) * (x[k + 1] - x[k])


@pytest.mark.parametrize("start", range(1, 7))
def test_separate_heads_pass_every_saddle_in_order(series, start):
    _, loss = series("loss_staircases", "Separate", f"start {start}")
    visits = [np.flatnonzero(abs(loss - level) < 0.01) for level in LEVELS]
    assert all(len(v) for v in visits)
    assert [int(v[0]) for v in visits] == sorted(int(v[0]) for v in visits)
    assert loss[-1] == pytest.approx(LEVELS[-1], abs=1e-5) and (np.diff(loss) < 1e-7).all()


def test_each_decade_of_scale_delays_merged_heads_by_the_same_time(series):
    rest = 1 - 4 / 16 / (1 / 4 * (1 + 5 / 31))  # tr Lambda - D lambda^2/Gamma at lambda = 1/4
    halves = [crossed(*series("loss_staircases", "Merged", f"$10^{{-{k}}}$"), (1 + rest) / 2) for k in range(2, 7)]
    assert np.diff(halves) == pytest.approx([log(100) / (4 / 16 * 2)] * 4, rel=0.02)


@pytest.mark.parametrize(("s", "half"), [("3", 1.3343), ("2", 1.9001), ("1", 3.4534), ("1/2", 6.2126)])
def test_half_times_of_modes(series, s, half):
    t, mode = series("deep_linear_modes", "Two layers", f"$s = {s}$")
    strength = float(Fraction(s))
    known = strength / (1 + (strength / 1e-3 - 1) * np.exp(-2 * strength * t))
    assert abs(mode - known).max() < 1e-6
    assert half == pytest.approx(log(strength / 1e-3 - 1) / (2 * strength), abs=1e-4)


def test_mode_of_three_factors_reaches_one_at_the_listed_time(series):
    t, mode = series("deep_linear_modes", "One mode", "depth 3")
    rate = [quad(lambda a: 1 / (3 * a ** (4 / 3) * (2 - a)), 0.05, a)[0] for a in mode[1:5]]
    assert rate == pytest.approx(t[1:5].tolist(), rel=1e-5)
    assert quad(lambda a: 1 / (3 * a ** (4 / 3) * (2 - a)), 0.05, 1)[0] == pytest.approx(1.002649, abs=1e-6)


def test_speedups_follow_the_cube_root_and_no_other_law(series):
    law, seen = series("gated_pathways", "All", "$q M^{1/3}$")
    assert seen == pytest.approx(law, rel=1e-6) and len(law) == 28
    assert any(isclose(x, 7.651725, rel_tol=1e-6) for x in law) and any(isclose(x, 1.587401, rel_tol=1e-6) for x in law)
    for other in ("$q M^{1/2}$", "$q M$"):
        law, seen = series("gated_pathways", "All", other)
        assert max(law / seen) > 1.3


def test_a_shared_network_reaches_half_its_loss_so_much_sooner(series):
    alone, shared = (crossed(*series("gated_pathways", "Its", name), 2.0) for name in ("one path alone", "$M = 7$, $q = 4$"))
    assert alone / shared == pytest.approx(4 * 7 ** (1 / 3), rel=0.01)


def test_entropy_falls_from_ordered_starts_and_rises_first_from_others(series):
    falls = {name: series("score_polarisation", "Entropy", name)[1] for name in ("logistic, ordered", "squared, ordered")}
    assert all((np.diff(y) < 1e-9).all() for y in falls.values())
    assert falls["logistic, ordered"][0] == pytest.approx(log(5)) and falls["logistic, ordered"][-1] < 0.05
    assert falls["squared, ordered"][-1] > 1
    other = series("score_polarisation", "Entropy", "logistic, against the order")[1]
    assert other.max() > other[0] + 0.01 and other[-1] < 0.05


def test_sums_of_the_largest_scores_grow(series):
    rows = [series("score_polarisation", "Majorisation", t)[1] for t in ("0", "1", "10", "100", "$10^{4}$")]
    assert (np.diff(rows, axis=0) > -1e-9).all()
    assert rows[0] == pytest.approx(np.arange(6) / 5)


@pytest.mark.parametrize("j", [1, 2, 3, 4])
def test_ratios_of_scores_lie_below_their_bound(series, j):
    clock, ratio = series("score_clock", "Ratios", f"$s_{j}/s_0$")
    assert (ratio <= 1 / (1 + 0.2 / 5 * clock) + 1e-9).all()
    assert not (ratio <= 1 / (1 + 30 * 0.2 / 5 * clock) + 1e-9).all()


def test_two_scores_stay_on_their_level_set(series):
    a, u = series("score_clock", "Two", "from (-3, 4)")
    level = u**2 / 2 - np.cosh(a)
    assert abs(level / level[0] - 1).max() < 1e-3
    assert abs((u**2 / 2 - 2 * np.cosh(a / 2)) / level[0] - 1).max() > 0.1


def test_salience(series):
    t, off = series("attention_by_salience", r"$\mu_j", "distance from the limit")
    assert np.polyfit(np.log(t[t > 100]), np.log(off[t > 100]), 1)[0] == pytest.approx(-1, abs=0.01)
    _, entropy = series("attention_by_salience", "Their", "entropy in nats")
    targets = np.exp(np.linspace(1, 4, 10) ** 2 / 6)
    shares = targets / targets.sum()
    assert entropy[-1] == pytest.approx(-(shares * np.log(shares)).sum(), abs=1e-6)
    assert entropy.min() < entropy[-1] - 0.05 < entropy[0]


@pytest.mark.parametrize(("n", "label", "half"), [(2, "", None), (4, "", 1.037985), (4, ", not normalised", 0.639295)])
def test_equal_cosines_follow_the_quadrature(series, n, label, half):
    t, c = series("cosines_and_merge_times", "Orthogonal", f"$n = {n}${label}")

    def slowness(x):
        bottom = n if label else exp(1) + (n - 1) * exp(x)
        return bottom / (2 * exp(x) * (1 - x) * ((n - 1) * x + 1))

    assert [quad(slowness, 0, x)[0] for x in c[1:6]] == pytest.approx(t[1:6].tolist(), abs=1e-5)
    assert half is None or quad(slowness, 0, 0.5)[0] == pytest.approx(half, abs=1e-6)


@pytest.mark.parametrize("label", ["flow", "quadrature"])
def test_merge_times(series, label):
    for beta, seen in zip(*series("cosines_and_merge_times", "Two", label), strict=True):
        known, _ = quad(lambda p, b=beta: (1 + exp(b * (1 - cos(p)))) / (2 * sin(p)), 0.1, 2.5)
        assert seen == pytest.approx(known, rel=1e-5)


def test_tokens_end_in_one_cluster_and_energy_never_falls(series):
    assert series("clusters_on_the_sphere", "Their", "share > 0.999")[1][-1] == 1
    assert series("clusters_on_the_sphere", "Their", "least")[1][0] < -0.9
    _, energy = series("clusters_on_the_circle", "", "energy")
    assert (np.diff(energy) > -1e-7).all() and energy[-1] == pytest.approx(1)


def test_directions_err_as_each_rule_predicts(series):
    for name, slope in (("normalised", -1), (r"normalised, $\eta/\sqrt{k}$", -0.5), ("Polyak", -1)):
        k, e = series("step_rules", "Directions", name)
        late = k > 2000
        assert np.polyfit(np.log(k[late]), np.log(e[late]), 1)[0] == pytest.approx(slope, abs=0.05)
    k, e = series("step_rules", "Directions", "gradient")
    late = k > 2000
    assert -0.2 < np.polyfit(np.log(k[late]), np.log(e[late]), 1)[0] < -0.05


def test_distances_and_lengths_tend_to_the_listed_limits(series):
    for name in ("normalised", "Polyak"):
        assert series("step_rules", "Distances", name)[1][-1] == pytest.approx(0.176982, abs=1e-5)
    assert series("step_rules", "Lengths", "Polyak")[1][-1] == pytest.approx(1 / sqrt(3), rel=2e-3)
    assert series("step_rules", "Lengths", "normalised")[1][-1] == pytest.approx(1, rel=1e-3)


def test_parity_escapes(series):
    def clock(a):  # the time to a at k = 3, up to a constant
        return -1 / a - log(1 - a) / 3 + log(1 + a + a * a) / 6 - atan((2 * a + 1) / sqrt(3)) / sqrt(3)

    assert clock(0.5) - clock(0.2) == pytest.approx(3.111723, abs=1e-6)
    for scale, time in zip(*series("scale_of_the_start", "Aligned", "$k = 3$"), strict=True):
        assert time == pytest.approx(clock(0.5) - clock(scale), rel=1e-6)


def test_random_starts_escape_later_at_smaller_scales(series):
    halves = [crossed(*series("scale_of_the_start", "Parity", s), 0.25) for s in ("0.1", "0.05")]
    assert halves[1] / halves[0] == pytest.approx(2, rel=0.1)


def test_diagonal_networks_end_between_least_norms(series):
    goals = {r"least $\ell_1$": np.array([0, 0.5]), r"least $\ell_2$": np.array([0.2, 0.4])}
    for name, goal in goals.items():
        for alpha, seen in zip(*series("scale_of_the_start", "Diagonal", name), strict=True):
            top = asinh(1 / (2 * alpha**2))
            nu = brentq(lambda n, a=alpha: 2 * a * a * (np.sinh(n) + 2 * np.sinh(2 * n)) - 1, 0, top, xtol=1e-15)
            limit = 2 * alpha**2 * np.sinh([nu, 2 * nu])
            assert seen == pytest.approx(np.linalg.norm(limit - goal), abs=1e-5)


def test_the_spread_of_logits_grows_like_ln_ln_t(series):
    for ratio in ("0.25", "1", "4"):
        x, spread = series("scan_and_snap", "Spread", ratio)
        late = x > 4
        assert np.polyfit(x[late], spread[late], 1)[0] == pytest.approx(1, abs=0.03)
    x, spread = series("scan_and_snap", "Spread", "1, unlike")
    assert np.polyfit(x[x > 4], spread[x > 4], 1)[0] > 1.5


def test_attention_leaves_the_common_token_and_keeps_the_order(series):
    first, second, common = (
        series("scan_and_snap", "Attention", name)[1] for name in ("frequent own token", "rare own token", "common token")
    )
    assert (first > second).all() and (np.diff(common) < 1e-9).all()
    assert first[-1] + second[-1] + common[-1] == pytest.approx(1)


@pytest.mark.parametrize("method", ["LSODA", "DOP853"])
def test_solved_is_a_rotation(method):
    found = solved(lambda t, x: np.array([-x[1], x[0]]), [1.0, 0.0], [pi / 2, pi], method=method)
    assert found == pytest.approx(np.array([[0, 1], [-1, 0]]), abs=1e-6)


def test_what_stops_early_is_refused():
    with pytest.raises(BadInput, match="stopped at"):
        solved(lambda t, x: x**2, [1.0], [2.0], method="DOP853")


def test_orbits_in_both_clocks_and_by_the_loss():
    import sympy

    from workbench.dynamics.flow import Flow

    x, rate = sympy.symbols("x k", real=True)
    flow = Flow.from_loss(rate * x**2 / 2, [x])
    t = np.array([0.0, 0.5, 2.0])
    for found in (
        orbit(flow, [1.0], t, values={"k": 3}),
        orbit(flow, [1.0], np.log1p(t), values={"k": 3}, time="log"),
        descent(lambda y: 3 * (y**2).sum() / 2, [1.0], t),
    ):
        assert found[:, 0] == pytest.approx(np.exp(-3 * t), abs=1e-6)


@pytest.mark.parametrize("level", [1.5, 2.0, 4.0])
def test_hitting_times_of_growth(level):
    import sympy

    from workbench.dynamics.flow import Flow

    x = sympy.Symbol("x", real=True)
    flow = Flow.from_rhs([x], [x])
    assert hitting_time(motion(flow), [1.0], lambda s: s[0] - level, last=2.0) == pytest.approx(log(level), abs=1e-7)
    assert hitting_time(motion(flow, time="log"), [1.0], lambda s: s[0] - level, last=2.0) == pytest.approx(
        log(1 + log(level)), abs=1e-7
    )


def test_a_level_that_is_not_reached_is_refused():
    with pytest.raises(BadInput, match="nothing is passed until t = 1"):
        hitting_time(lambda t, x: -x, [1.0], lambda x: x[0] - 2, last=1.0)


@pytest.mark.parametrize(("panel", "right", "wrong"), [("$W$", "Frobenius", "nuclear"), ("$K$", "nuclear", "Frobenius")])
def test_directions_tend_to_the_solution_of_the_right_norm(series, panel, right, wrong):
    _, near = series("selected_directions", panel, right)
    _, far = series("selected_directions", panel, wrong)
    assert near[-1] > 0.97 and far[-1] < near[-1] - 0.1
    assert (np.diff(near) > -1e-3).all()


def test_margins_settle_at_the_rate_of_the_exact_instance(series):
    log_t, log_residual = series("margin_offsets", "Margins", r"$\rho = 0.333$")
    late = (log_t > 8) & (log_t < 24)
    assert np.polyfit(log_t[late], log_residual[late], 1)[0] == pytest.approx(-1 / 3, abs=0.01)


@pytest.mark.parametrize(("balance", "start"), [("0.24", (0.5, 0.1)), ("4", (2, 0.001))])
def test_products_of_two_factors(series, balance, start):
    t, seen = series("conserved_balances", "Two factors", balance)
    known = solve_ivp(lambda _, x: (1 - x[0] * x[1]) * x[::-1], (0, 6), start, t_eval=t, rtol=1e-10, atol=1e-12).y.prod(axis=0)
    assert seen == pytest.approx(known, abs=1e-6)


@pytest.mark.parametrize("k", range(1, 7))
def test_gates_stay_on_their_level_set_and_reach_the_target(series, k):
    u, v = series("conserved_balances", "A gate", f"path {k}")
    level = v**2 / 2 - u - np.exp(u)
    assert abs(level - level[0]).max() < 1e-6 < abs(v**2 / 2 - u - (v**2 / 2 - u)[0]).max()
    assert v[-1] / (1 + exp(-u[-1])) == pytest.approx(1.3, abs=1e-6)


def test_balances_drift_by_the_tolerance_and_by_the_step(series):
    flows = [series("conserved_balances", "Two heads", f"flow, $10^{{-{k}}}$")[1].max() for k in (4, 7, 10)]
    assert flows[0] > 100 * flows[1] > 100 * flows[2] and flows[2] < 1e-9
    steps = [series("conserved_balances", "Two heads", f"steps of {eta:g}")[1][-1] for eta in (0.1, 0.01)]
    assert steps[0] / steps[1] == pytest.approx(10, rel=0.2)
