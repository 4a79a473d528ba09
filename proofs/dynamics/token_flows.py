"""Tokens that attend to one another: how fast their differences vanish, layer by layer and along the flow on the sphere.

Says: without skips the distance of tokens from their mean is cubed by a layer; equal cosines of unit tokens obey one equation, with
final rate 2 for softmax at every beta; two tokens on a circle merge after a time that is a quadrature and grows like e^beta.
Idea: softmax removes what logits of a row have in common, which leaves a product of two differences of tokens, weighted by a third.
Edges: with a skip nothing is cubed; without normalisation of the attention the final rate is 2 e^beta.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import pairwise

from sympy import Integer, Rational, cos, diff, exp, expand, limit, oo, pi, sin, sqrt, symbols, tanh

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Measured,
    Prose,
    Source,
)
from workbench.canonical import vanishes
from workbench.dynamics.flow import Flow
from workbench.dynamics.solutions import gram_flow, two_tokens_on_circle

RANK = Source("dong2021attention", "the doubly exponential bound", read=False)
SPHERE = Source("geshkovski2023mathematical", "clustering on the sphere", read=False)
beta, n_ = symbols("beta n", positive=True)
c, s, phi = symbols("c s phi", real=True)
w, apart, x2 = symbols("w D x", positive=True)


@cache
def residuals(*, skip=0, layers=7, tokens=6, dim=4, digits=1200):
    """The largest distance of ln r_(l+1) / ln r_l from 3, from the fifth ratio on, new Gaussian weights in each layer."""
    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        from mpmath import exp as big_exp
        from mpmath import log as big_log
        from mpmath import matrix, mp, mpf
        from mpmath import sqrt as big_sqrt

        rng = generator(key, 0)
        with mp.workdps(digits):

            def drawn(rows):
                return matrix(rng.normal(size=(rows, dim)).tolist())

            def size(x):
                means = [sum(x[i, j] for i in range(tokens)) / tokens for j in range(dim)]
                gaps = [[abs(x[i, j] - means[j]) for j in range(dim)] for i in range(tokens)]
                return big_sqrt(max(map(sum, zip(*gaps, strict=True))) * max(map(sum, gaps)))

            x = drawn(tokens)
            found = [size(x)]
            for _ in range(layers):
                logits = x * (drawn(dim) / dim) * x.T / big_sqrt(dim)
                weights = matrix(tokens, tokens)
                for i in range(tokens):
                    row = [big_exp(logits[i, j]) for j in range(tokens)]
                    for j in range(tokens):
                        weights[i, j] = row[j] / sum(row)
                x = weights * x * (drawn(dim) / big_sqrt(mpf(dim))) + skip * x
                found.append(size(x))
            ratios = [big_log(q) / big_log(p) for p, q in pairwise(found[1:])]
            away = [abs(r - 3) for r in ratios]
            return {"off": float(max(away[4:])), "least_fall": float(min(p / q for p, q in pairwise(away[2:])))}

    return record("residuals", run, seed=3, dtype="float64")


def gap_after(power):
    """D'/D^power as D vanishes, for two tokens x + D and x of one entry, logits w x_i x_j and values x_j."""
    shares = [(1 + tanh(w * x * apart / 2)) / 2 for x in (x2 + apart, x2)]
    return limit(apart * (shares[0] - shares[1]) / apart**power, apart, 0, "+")


def orders():
    yield Case("D'/D^2 has a limit that is not 0", gap_after(2), 0, "!=")


def rate(tokens, *, normalised=True):
    bottom = exp(beta) + (tokens - 1) * exp(beta * c) if normalised else tokens
    return 2 * exp(beta * c) * (1 - c) * ((tokens - 1) * c + 1) / bottom


def cosines(n, *, factor=1):
    """Equal cosines: the equations of all pairs coincide with the rate; the slopes of the rate at c = 1."""
    for normalised, last in ((True, 2), (False, 2 * exp(beta))):
        flow = gram_flow(n, beta, normalised=normalised)
        equal = {name: c for name in flow.variables}
        for name, moved in zip(flow.variables, flow.rhs, strict=True):
            same = vanishes(moved.xreplace(equal) - factor * rate(Integer(n), normalised=normalised))
            yield Case(f"n = {n}, {name}, normalised {normalised}", same, True)
        yield Case(
            f"n = {n}, normalised {normalised}: final rate",
            vanishes(diff(rate(n, normalised=normalised), c).subs(c, 1) + last),
            True,
        )


COSINE = {name: Flow.from_rhs([rate(n_, normalised=name == "softmax").subs(beta, 1)], [c]) for name in ("softmax", "plain")}
LISTED = {"softmax": 1.037985, "plain": 0.639295}


@cache
def times(*, tokens=4, kinds=("softmax",)):
    """The largest distance from the listed times, from orthogonal tokens to cosine 1/2 at beta = 1, of the equation of one pair."""
    from workbench.dynamics.second import solved
    from workbench.runs import record

    def run(key):
        found = {}
        for kind in kinds:
            seen = solved(COSINE[kind], [0.0], [5.0], parameters={"n": tokens}, until=lambda t, cosine: cosine[0] - 0.5)
            found[kind] = float(seen.t_events[0][0])
        return {"off": max(abs(found[kind] - LISTED[kind]) for kind in kinds)}

    return record("cosine_times", run, seed=0, dtype="float64")


TURN = -2 * sin(phi) / (1 + exp(beta * (1 - cos(phi))))
CIRCLE_FLOW = Flow.from_rhs([TURN.subs(beta, 1)], [phi])
MERGED = -2 * s / (1 + exp(beta * (1 - c)))  # with c = cos phi and s = sin phi
TENTH = Rational(1, 10)


@cache
def merge_time(end=TENTH):
    """The time from 5/2 to an angle at beta = 1."""
    from workbench.dynamics.second import solved
    from workbench.runs import record

    def run(key):
        seen = solved(CIRCLE_FLOW, [2.5], [20.0], until=lambda t, angle: angle[0] - float(end))
        return {"time": float(seen.t_events[0][0])}

    return record("merge_time", run, seed=0, dtype="float64")


def quadrature():
    """The closed form of the angle: residuals of the equation and of the time."""
    for name, residual in two_tokens_on_circle(beta, Rational(5, 2)).residuals():
        yield Case(name, vanishes(residual), True)


def rates(n, *, relation="!="):
    """Final softmax rates at beta = 1 and beta = n for n tokens."""
    first, other = (-diff(rate(n), c).subs(c, 1).subs(beta, value) for value in (1, n))
    yield Case(f"beta = 1 and {n}", expand(first - other).simplify(), 0, relation)


def linear_in_beta():
    """T >= (5/2 - pi/2)(1 + e^beta)/2: from 5/2 to pi/2 the speed is at most 2/(1 + e^beta), as 1 - cos >= 1 and sin <= 1."""
    least = (Rational(5, 2) - pi / 2) * (1 + exp(beta)) / 2
    yield Case("limit of beta over a lower bound of T", limit(beta / least, beta, oo), 0, ">")


claim = partial(Claim.of, source=HERE)


CIRCLE = "two unit tokens at angle phi on a circle, softmax self-attention"
FAMILY = (
    Entry(
        claim(
            "residual_cubes_per_layer",
            "Attention without skips cubes the distance of tokens from their mean: ln r_(l+1) / ln r_l tends to 3.",
            Prose(r"\ln r_{l+1} / \ln r_l \to 3"),
            "r is the geometric mean of the 1- and infinity-norm of X - 1 x^T; generic weights, new in each layer",
            source=(HERE, RANK),
        ),
        (
            Measured(
                "off",
                residuals,
                0,
                Fraction(1, 20),
                "constants of the layers add ln C / ln r, which falls threefold with each layer",
                partial(residuals, skip=1),
                partial(residuals, layers=8, digits=4000),
            ),
            Measured(
                "least_fall",
                residuals,
                2,
                4,
                "threefold from each of the last four layers to the next, up to the constants of single layers",
                partial(residuals, skip=1),
            ),
            Certified(0, of=ForEach.once(r"D'/D^3 \to w/4", lambda: [Case("two tokens of one entry", gap_after(3), w / 4)])),
            Control("w/2", ForEach.once("w/2", lambda: [Case("w/2", gap_after(3), w / 2)])),
        ),
    ),
    Entry(
        claim(
            "residual_squares_per_layer",
            "Attention without skips squares the distance of tokens from their mean.",
            ForEach.once(r"\lim D'/D^2 \ne 0", orders),
            "two tokens of one entry, logits w x_i x_j, values x_j: the smallest case",
        ),
        (
            Counterexample(at=0),
            Control("cubes with factor w/2", ForEach.once("w/2", lambda: [Case("w/2", gap_after(3), w / 2)])),
        ),
    ),
    Entry(
        claim(
            "pairwise_cosine_follows_gamma_ode",
            "Equal cosines of n tokens stay equal and follow c' = 2 e^(bc) (1-c) ((n-1)c+1) / (e^b + (n-1) e^(bc)), b = beta.",
            ForEach.of(r"c' = 2e^{\beta c}(1-c)((n-1)c+1)/(e^\beta+(n-1)e^{\beta c})", cosines, first=2, costly_from=5),
            "x_i' = P_i sum_j A_ij x_j; A = softmax(beta X X^T), or e^(beta X X^T)/n; final rates 2 and 2 e^beta",
            source=(HERE, SPHERE),
        ),
        (
            Derived.of(
                Identity.of(
                    2 * (exp(beta) * (c - c) + exp(beta * c) * (1 - c**2) + (n_ - 2) * exp(beta * c) * (c - c**2)),
                    2 * exp(beta * c) * (1 - c) * ((n_ - 1) * c + 1),
                    note="the sum over k = i, j and the n - 2 others, before the denominator",
                ),
                Identity.of(diff(rate(n_), c).subs(c, 1) + 0 * c, -2, note="the final softmax rate"),
                Hand("all pairs have the same equation at equal cosines, so they stay equal by uniqueness of solutions"),
            ),
            Certified(3),
            Measured(
                "off",
                times,
                0,
                Fraction(1, 10**6),
                "times to cosine 1/2 from 0 at n = 4, listed to six digits",
                partial(times, tokens=5),
                partial(times, kinds=("softmax", "plain")),
            ),
            Control("half", ForEach.of("1/2", partial(cosines, factor=Rational(1, 2)), first=2)),
        ),
    ),
    Entry(
        claim(
            "two_token_merge_time_is_a_quadrature",
            "Two tokens approach by phi' = -2 sin phi / (1 + e^(beta (1 - cos phi))); the time to merge is a quadrature.",
            ForEach.once(r"\phi' = -2\sin\phi/(1 + e^{\beta(1-\cos\phi)})", quadrature),
            CIRCLE,
            source=(HERE, SPHERE),
        ),
        (
            Derived.of(
                Identity.of(-s * MERGED, rate(Integer(2)), given={s: sqrt(1 - c**2)}, note="(cos phi)' is the rate of two tokens"),
                Hand("the time is the integral of 1/phi' over the angle: phi falls all the way"),
            ),
            Measured(
                "time",
                merge_time,
                Fraction(6467285, 10**6),
                Fraction(6467287, 10**6),
                "from 5/2 to 1/10 at beta = 1, listed to six digits",
                partial(merge_time, Rational(11, 100)),
            ),
            Control("without the factor 2", Identity.of(-s * MERGED / 2, rate(Integer(2)), given={s: sqrt(1 - c**2)})),
        ),
    ),
    Entry(
        claim(
            "sphere_rate_depends_on_beta",
            "The final rate of softmax clustering varies with beta.",
            ForEach.of(r"\text{rate}(1) \ne \text{rate}(n)", rates, first=2),
            "n tokens of equal cosines, beta = 1 against beta = n",
            uses=("pairwise_cosine_follows_gamma_ode",),
        ),
        (
            Counterexample(at=2),
            Control(
                "without normalisation the rates agree",
                ForEach.of("=", lambda n: [Case("2 e^beta", 2 * exp(1), 2 * exp(n))], first=2),
            ),
        ),
    ),
    Entry(
        claim(
            "merge_time_grows_linearly_in_beta",
            "The time in which two tokens merge is O(beta).",
            ForEach.once(r"T \le C \beta \Rightarrow \lim \beta / T > 0", linear_in_beta),
            CIRCLE,
            "from 5/2 to 1/10; a bound T <= C beta would keep beta over any lower bound of T above 1/C",
            uses=("two_token_merge_time_is_a_quadrature",),
        ),
        (Counterexample(at=0), Control("beta over e^beta exceeds 1", ForEach.once(">", lambda: [Case("1", exp(-1), 1, ">")]))),
    ),
)
