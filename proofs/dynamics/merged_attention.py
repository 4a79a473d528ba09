"""Linear attention with merged heads on white inputs: one plateau, one sigmoid.

Says: the strength a of M along the identity obeys a' = 4 l^2 Gamma a (a* - a), a* = sqrt(D)/Gamma, so that the loss falls once; the
time at which it is midway has a closed form, and grows by a constant for every factor of the scale.
Idea: aligned and balanced heads add up to one product v w of two equal factors.
Edges: the plateau is no power of the scale.
"""

from fractions import Fraction
from functools import cache, partial

from sympy import Rational, diff, exp, log, radsimp, sqrt, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForAll,
    ForEach,
    Identity,
    Measured,
    Source,
)
from workbench.dynamics.flow import Flow

TRAINING = Source("zhang2025training", "abstract and code", read=True)
SETTING = "x ~ N(0, l 1), w ~ N(0, 1), the loss without 1/2; Gamma = (1 + 1/N) l + D l / N"
lam, gam, k, s = symbols("lambda Gamma k s", positive=True)
t, one, two = symbols("t v w", real=True)
BEST = s / gam  # s = sqrt(D)
RATE = 4 * lam**2 * s
MERGED = BEST / (1 + k * exp(-RATE * t))  # k = a*/a0 - 1
PAIR = Flow.from_loss(s**2 * lam - 2 * lam**2 * s * one * two + lam**2 * gam * (one * two) ** 2, [one, two])
GAMMA = (1 + Rational(1, 31)) / 4 + Rational(1, 31)  # D = 4, N = 31, l = 1/4


def half_way():
    """D = 4, N = 31, lambda = 1/4, a0 = 1e-4: the time at which the loss is midway."""
    yield Case("share of the best", radsimp(1 / (1 + 1 / (sqrt(2) - 1)) - 1 + 1 / sqrt(2)), 0)
    found = log((2 / GAMMA * 10**4 - 1) * (sqrt(2) - 1)) / (4 * Rational(1, 16) * 2)
    yield Case("t", abs(found - Rational(20517724, 10**6)), Rational(1, 10**6), "<")


@cache
def random_starts(scale=1e-3, *, share=1.0, below=10.0, draws=3, heads=8):
    """Gaussian heads: the largest distance of L(t) from the sigmoid from `share` of a0; the delay of a scale `below` times less."""
    import numpy as np

    from workbench.dynamics.regression import Regression
    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    white, times = Regression((0.25,) * 4, 31), np.linspace(0, 60, 241)
    gain = float(white.gamma[0])

    def run(key):
        rng, apart, delays, drops = generator(key, 0), 0.0, [], 0
        for _ in range(draws):
            start = rng.standard_normal((heads, 17))
            losses = [white.loss(white.merged(size * start, times)) for size in (scale, scale / below)]
            begin = share * scale**2 * (((start[:, 0] + start[:, 1:] @ np.eye(4).ravel() / 2) / 2) ** 2).sum()
            strength = 2 / gain / (1 + (2 / gain / begin - 1) * np.exp(-times / 2))
            apart = max(apart, abs(losses[0] - 1 + strength / 4 - gain * strength**2 / 16).max())
            middle = (1 + white.levels[-1]) / 2
            delays.append(np.diff([np.interp(-middle, -loss, times) for loss in losses])[0])
            speed = -np.diff(losses[0])
            fast = (speed[1:-1] > speed[:-2]) & (speed[1:-1] >= speed[2:]) & (speed[1:-1] > speed.max() / 1000)
            drops = max(drops, fast.sum())
        return {"distance": apart, "delay": np.mean(delays), "drops": drops}

    return record("merged_heads", run, seed=17, dtype="float64")


def plateau(n, *, ratio=10):
    """The time at which the loss is midway, from a0 = 100^-n and one factor 100 below, where the scale falls tenfold."""
    first, second = (log((2 / GAMMA * 100**e - 1) * (sqrt(2) - 1)) for e in (n, n + 1))
    yield Case(f"scales 10^-{n} and 10^-{n + 1}", second, ratio * first)


def claim(name, says, statement, *hypotheses, sources=(HERE,), uses=()):
    return Claim(name, says, statement, hypotheses=(SETTING, *hypotheses), sources=sources, uses=uses, topic="dynamics")


FAMILY = (
    Entry(
        claim(
            "merged_attention_loss_is_one_sigmoid",
            "Merged heads on white inputs learn along one sigmoid: a' = 4 l^2 Gamma a (a* - a), a* = sqrt(D)/Gamma.",
            ForAll.of(
                Identity.of(
                    PAIR.derivative(one * two).subs(two, one), 4 * lam**2 * gam * one**2 * (BEST - one**2), note="a = v w, v = w"
                ),
                Identity.of(diff(MERGED, t), 4 * lam**2 * gam * MERGED * (BEST - MERGED), note="a(t)"),
            ),
            "s = sqrt(D); heads aligned with the identity and balanced, so that the sum of v_h^2 + |U_h|^2 is 2 a",
            sources=(HERE, TRAINING),
        ),
        (
            Derived(),
            Certified(0, of=ForEach.once("half way", half_way)),
            Measured(
                "distance",
                random_starts,
                0,
                Fraction(1, 1000),
                "8 heads of N(0,1) entries times 1/1000: what is not aligned or balanced shrinks or stays of that order",
                partial(random_starts, share=0.9),
                partial(random_starts, draws=30),
            ),
            Measured(
                "delay",
                random_starts,
                Fraction(920, 100),
                Fraction(922, 100),
                "a scale ten times less delays the drop by ln(100)/(4 l^2 sqrt D) = 9.2103",
                partial(random_starts, below=11.0),
                partial(random_starts, draws=30),
            ),
            Measured(
                "drops",
                random_starts,
                1,
                1,
                "one time of fastest fall, so no second plateau",
                partial(random_starts, heads=1, scale=3.0),
            ),
            Control("half the pace", Identity.of(diff(MERGED, t), 2 * lam**2 * gam * MERGED * (BEST - MERGED))),
        ),
    ),
    Entry(
        claim(
            "merged_plateau_scales_like_inverse_scale",
            "The plateau of merged attention is inversely proportional to the scale of the start.",
            ForEach.of(r"t(\sigma/10) = 10\, t(\sigma)", plateau, first=1),
            "D = 4, lambda = 1/4, N = 31; sigma = 10^-n",
            uses=("merged_attention_loss_is_one_sigmoid",),
        ),
        (Counterexample(at=1), Control("no change", ForEach.of("1", partial(plateau, ratio=1), first=1))),
    ),
)
