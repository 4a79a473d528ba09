"""Late times of token selection: margins grow like ln t plus a constant that the multipliers give, and directions at known rates.

Says: along the flow <W, G_k> - ln t tends to ln(c_i Delta_k / lambda_k) with an error t^-rho; directions err like 1/ln t, 1/steps,
1/sqrt(steps) by flow, constant and decaying normalised steps; a Polyak step has length eta |W^mm| in the end.
Idea: once each input has nearly one token, dW/dt is the sum of c_i Delta_k e^-<W,G_k> G_k; W^mm ln t + W~ solves that.
Edges: the rate needs a positive multiplier on every active row; below rho = .02 no horizon up to 1e64 tells it from a plateau.
"""

from fractions import Fraction
from functools import cache, partial

from sympy import Integer, Matrix, Rational, diff, exp, log, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Entry, ForEach, Measured, Prose, Source

RATES = Source("vasudeva2024implicit", "abstract", read=True)
LAST = 147.4  # ln(1 + 1e64)
FLOOR = 1e-11  # what float64 leaves of margins near 150, with a hundredfold reserve
eta, w, a = symbols("eta w a", positive=True)


@cache
def two():
    from workbench.dynamics.token_inputs import TokenInputs

    return TokenInputs.of([[[2, 0], [0, 0]], [[1, 1], [0, 0]]], [[1, 0], [1, 1]], [[1, 0], ["1/2", 0]], exact=True)


def zero():
    import numpy as np

    return (np.zeros((1, 2, 2)),)


def log_time(clock):
    import numpy as np

    return clock + np.log1p(-np.exp(-clock))


def exponents(found, weights, clock, horizons):
    """Fitted exponents of the residual between horizons (powers of ten of t), and the residual at each."""
    import numpy as np

    residual = found.residual(weights, log_time(clock))
    at = [int(np.argmin(abs(clock / np.log(10) - h))) for h in horizons]
    tau, seen = clock[at], residual[at]
    return -np.diff(np.log(seen)) / np.diff(tau), seen


@cache
def instance(selected=(0, 0), step=0.1, shift=0.0):
    """The instance of two inputs along the flow up to t = 1e64, graded against the law for the tokens named."""
    import numpy as np

    from workbench.dynamics.asymptotics import Asymptote, law
    from workbench.dynamics.token_runs import Draws, select
    from workbench.runs import record

    def run(key):
        steps = 4 * round(LAST / step / 4)
        seen = select(Draws.of(two()), zero(), rule="flow", eta=step, steps=steps, records=steps // 4)
        found = law(two(), selected)
        offsets = np.where(np.isfinite(found.offsets), found.offsets, 0)  # a token that others beat has none
        shifted = Asymptote(found.margin, found.support, offsets + shift, found.rate, found.rows)
        fitted, residual = exponents(shifted, seen.weights[0], seen.clock, (4, 8, 12, 16))
        return {"exponent": fitted[-1], "least_fall": (residual[:-1] / residual[1:]).min(), "last_residual": residual[-1]}

    return record("margin_offsets", run, seed=0, dtype="float64")


@cache
def graded(draws, *, inputs=3, tokens=4, dim=3, step=0.1, wrong=1.0):
    """The least ratio of fitted to predicted exponent over the draws that the maximum-margin problem alone says can be graded.

    `refused` counts the others, `lost` those that can be graded but where half the step or a third of the horizon ends elsewhere.
    """
    import numpy as np

    from workbench.dynamics.asymptotics import Asymptote, asymptote
    from workbench.dynamics.token_runs import Draws, select
    from workbench.runs import record

    def run(key):
        drawn = Draws.gaussian(key, draws, inputs=inputs, tokens=tokens, dim=dim)
        pieces, start = round(LAST / step / 20), drawn.starts(key)  # of 20 steps, compiled once
        seen = select(drawn, start, rule="flow", eta=step, steps=20 * pieces, records=pieces)
        halved = select(drawn, start, rule="flow", eta=step / 2, steps=40 * pieces, records=2 * pieces)
        resolved = np.abs(halved.weights[:, -1] - seen.weights[:, -1]).max(axis=(1, 2)) < 1e-3
        ratios, gradable = [], 0
        for k in range(draws):
            found = asymptote(drawn.one(k), tuple(map(int, seen.selected[k])))
            gradable += isinstance(found, Asymptote)
            if isinstance(found, Asymptote) and resolved[k] and seen.settled[k]:
                residual = found.residual(seen.weights[k], log_time(seen.clock))
                above = np.flatnonzero(residual > FLOOR)[-1]
                window = slice(above // 2, above + 1)
                ratios.append(-np.polyfit(seen.clock[window], np.log(residual[window]), 1)[0] / found.rate / wrong)
        lost = gradable - len(ratios)
        return {"least_ratio": min(ratios), "graded": len(ratios), "refused": draws - gradable, "lost": lost}

    return record("graded_draws", run, seed=6, dtype="float64")


def exact_instance(*, multipliers=(Fraction(1, 6),) * 2):
    """Multipliers, solution, rate and offsets of the instance, exactly."""
    from workbench.dynamics.margins import least_norm_certificate

    found = least_norm_certificate(two().rows((0, 0)))
    yield Case("multipliers", found.multipliers, multipliers)
    yield Case("W^mm", found.point, (Fraction(1, 2), Fraction(1, 6), Fraction(1, 6), Fraction(1, 6)))
    gram = Matrix(2, 2, lambda i, j: sum(map(lambda u, v: u * v, two().rows((0, 0))[i], two().rows((0, 0))[j])))
    yield Case("Gram matrix", gram, Matrix([[4, 2], [2, 4]]))
    yield Case("eigenvalues of the linearised flow", (gram / 6).eigenvals(), {Rational(1, 3): 1, Integer(1): 1})
    for k, (own, advantage, offset) in enumerate(
        ((1, 1, 3 / (1 + exp(1))), (Rational(1, 2), Rational(1, 2), 3 / (2 * (1 + sqrt(exp(1))))))
    ):
        pull = -diff(log(1 + exp(-w)), w).subs(w, own) / 2
        yield Case(f"offset of row {k + 1}", (pull * advantage * 6 - offset).simplify(), 0)


@cache
def rates(rule, steps=20000, step=0.1):
    """Slope of the direction's error against steps, last decade; length gained by a step over eta, and its approach."""
    import numpy as np

    from workbench.dynamics.asymptotics import law
    from workbench.dynamics.token_runs import Draws, select
    from workbench.runs import record

    def run(key):
        seen = select(Draws.of(two()), zero(), rule=rule, eta=step, steps=steps, records=steps // 100)
        flat = seen.weights[0].reshape(len(seen.clock), -1)
        least = law(two(), (0, 0)).margin.point
        length = np.linalg.norm(flat, axis=1)
        error = np.linalg.norm(flat / length[:, None] - least / np.linalg.norm(least), axis=1)
        late = seen.clock >= seen.clock[-1] / 10
        slope = np.polyfit(np.log(seen.clock[late]), np.log(error[late]), 1)[0]
        lengths = np.diff(length) / np.diff(seen.clock) / step
        away = abs(lengths[[9, 31, 98]] - 1 / np.sqrt(3))
        return {"slope": slope, "gained": lengths[-1], "fall": (away[:-1] / away[1:]).min()}

    return record("step_rules", run, seed=0, dtype="float64")


@cache
def flow_spread(tau):
    """|W| times the error of the direction, at ln(1+t) = tau, minus the length of the offset matrix across W^mm."""
    import numpy as np

    from workbench.dynamics.asymptotics import law
    from workbench.dynamics.token_runs import Draws, select
    from workbench.runs import record

    def run(key):
        steps = round(tau / 0.1)
        seen = select(Draws.of(two()), zero(), rule="flow", eta=tau / steps, steps=steps)
        found, flat = law(two(), (0, 0)), seen.weights[0, 0].ravel()
        unit = found.margin.point / np.linalg.norm(found.margin.point)
        across = found.offset_matrix - unit * (unit @ found.offset_matrix)
        length = np.linalg.norm(flat)
        return {"off": abs(length * np.linalg.norm(flat / length - unit) - np.linalg.norm(across))}

    return record("flow_spread", run, seed=0, dtype="float64")


claim = partial(Claim.of, source=HERE, topic="selection")


NONDEGENERATE = "every active row has a positive multiplier and a positive advantage, and the active rows are independent"
ROOT = "|W^mm| = 1/sqrt 3, and the step tends to it faster than 1/steps"
FAMILY = (
    Entry(
        claim(
            "margin_offset_tends_to_dual_log",
            "Along the flow <W, G_k> - ln t tends to ln(c Delta_k / lambda_k) on the support, with an error of order t^-rho.",
            Prose(
                r"\langle W(t), G_k\rangle - \ln t \to \ln\frac{c_i \Delta_k}{\lambda_k} + O(t^{-\rho}),\ \rho = \min(\mu_{\min}, "
                r"m_{\min} - 1)"
            ),
            NONDEGENERATE,
            "margins exist for the selected tokens: whether a draw is graded is decided from the maximum-margin problem alone",
            "rho > .02, rho the least eigenvalue of sqrt(lambda) G G^T sqrt(lambda), or the least margin off the support minus 1",
        ),
        (
            Measured(
                "exponent",
                instance,
                Fraction(17, 60),
                Fraction(23, 60),
                "rho = 1/3, to 15 percent, from t = 1e12 to 1e16",
                partial(instance, shift=0.01),
                partial(instance, step=0.05),
            ),
            Measured(
                "least_fall",
                instance,
                10,
                10**3,
                "t^-1/3 falls by 20 from each of 1e4, 1e8, 1e12, 1e16 to the next",
                partial(instance, selected=(0, 1)),
            ),
            Measured("last_residual", instance, 0, Fraction(5, 10**6), "t^(-1/3) at 1e16 is 5e-6", partial(instance, shift=0.01)),
            Measured(
                "least_ratio",
                partial(graded, 16),
                Fraction(85, 100),
                10,
                "the order is one-sided: an instance may decay faster than predicted; the control's rate is a fifth off",
                partial(graded, 16, wrong=1.25),
                partial(graded, 48, inputs=2, tokens=3, dim=6),
            ),
            Measured(
                "lost",
                partial(graded, 16),
                0,
                0,
                "all that can be graded by its maximum-margin problem is graded",
                partial(graded, 16, step=0.3),
                partial(graded, 48, inputs=2, tokens=3, dim=6),
            ),
            Certified(0, of=ForEach.once(r"\lambda = \tfrac16(1, 1),\ \rho = \tfrac13", exact_instance)),
            Control("other multipliers", ForEach.once("1/5", partial(exact_instance, multipliers=(Fraction(1, 5),) * 2))),
        ),
    ),
    Entry(
        claim(
            "direction_error_rates_by_step_rule",
            "The direction errs like 1/ln t along the flow, like 1/k after k normalised steps, like 1/sqrt(k) if they shrink so.",
            Prose(r"e \sim \frac{|W_\perp|}{|W^{mm}| \ln t},\quad e \sim k^{-1},\quad e \sim k^{-1/2}"),
            NONDEGENERATE,
            "the instance of two inputs with rho = 1/3",
            source=(HERE, RATES),
        ),
        (
            Measured(
                "slope",
                partial(rates, "normalised"),
                Fraction(-11, 10),
                Fraction(-9, 10),
                "-1 up to what t^-rho leaves",
                partial(rates, "decaying"),
            ),
            Measured(
                "slope",
                partial(rates, "decaying"),
                Fraction(-6, 10),
                Fraction(-4, 10),
                "-1/2 up to what t^-rho leaves",
                partial(rates, "normalised"),
            ),
            Measured(
                "off",
                partial(flow_spread, float(16 * log(10))),
                0,
                Fraction(1, 1000),
                "at t = 1e16, where t^-rho is 5e-6 and the offsets are .2 and .6",
                partial(flow_spread, 2.0),
            ),
        ),
    ),
    Entry(
        claim(
            "polyak_step_eq_scaled_normalised_step",
            "A Polyak step of factor eta tends to the length eta |W^mm|.",
            Prose(r"\eta \frac{L - L^*}{|\nabla L|} \to \eta |W^{mm}|"),
            NONDEGENERATE,
            "the instance of two inputs, whose |W^mm| is 1/sqrt 3",
            source=(HERE, RATES),
        ),
        (
            Measured(
                "gained",
                partial(rates, "polyak"),
                Fraction(57735 - 57, 10**5),
                Fraction(57735 + 57, 10**5),
                ROOT,
                partial(rates, "normalised"),
            ),
            Measured(
                "fall",
                partial(rates, "polyak"),
                2,
                20,
                "from 2,000 over 6,400 to 20,000 steps the distance falls at least like 1/steps; set after trial runs",
                partial(rates, "normalised"),
            ),
        ),
    ),
)
