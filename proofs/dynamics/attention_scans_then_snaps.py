"""Attention of one layer that learns to predict the next token: it scans, then snaps.

Says: tokens that occur with one next token only gain attention, those common to all lose it, and the order among the former is
kept; the logits spread like ln ln t, so that attention stands nearly still in the end, the later the larger eta_Z/eta_Y.
Idea: readouts grow like ln t and errors fall like 1/t; scaled to unit length, attended tokens pull on logits with the square of the
common share. With one own token each, e^(2s) + 2 r^2 s - 3 (eta_Z/eta_Y) r^2 w^2 is kept, so that s is ln w and a constant.
Edges: without the scaling the pull is the share itself, and the slope against ln ln t is 2; so it is if next tokens are unlike.
"""

from fractions import Fraction
from functools import cache, partial

from sympy import Integer, exp, log, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Entry, ForEach, Measured, Prose, Source
from workbench.canonical import vanishes
from workbench.dynamics.flow import Flow

SNAP = Source("tian2023scan", "scan and snap", read=False)
r, R, k, eta = symbols("r R k eta", positive=True)
w, z = symbols("w z", real=True)
ALIKE = ((2, 1, 0, 0, 2), (0, 0, 2, 1, 2))  # counts of five tokens before each of two next tokens; the last token is common
UNLIKE = ((3, 0, 0, 0, 1), (0, 0, 1, 0, 1))
DECADES = (4, 8, 16, 32, 64)


@cache
def layer(shares, *, unit=True, ratio=eta):
    """Two next tokens: w is the difference of their readouts over sqrt 2, z the logits over sqrt(eta); cross entropy, mean."""
    names = symbols(f"w0:{len(shares[0])}", real=True), symbols(f"z0:{len(shares[0])}", real=True)
    loss = Integer(0)
    for label, row in zip((1, -1), shares, strict=True):
        attended = [(i, n * exp(sqrt(ratio) * names[1][i])) for i, n in enumerate(row) if n]
        length = sqrt(sum(b**2 for _, b in attended)) if unit else sum(b for _, b in attended)
        loss += log(1 + exp(-label * sqrt(2) * sum(names[0][i] * b for i, b in attended) / length)) / 2
    return Flow.from_loss(loss, [*names[0], *names[1]])


@cache
def scan(ratio=1.0, *, shares=ALIKE, unit=True, watched=(0, 1, 4)):
    """Slopes of the spread of logits against ln ln t; shares of two own tokens and the common one before the first next token."""
    import numpy as np

    from workbench.dynamics.second import solved
    from workbench.runs import record

    def run(key):
        powers = np.unique([*np.linspace(0, 4, 41), *DECADES])
        taus = np.log1p(10.0**powers)
        options = {"parameters": {"eta": ratio}, "method": "LSODA", "rtol": 1e-9, "atol": 1e-10}
        seen = solved(layer(shares, unit=unit), [0.0] * 10, taus, time="log", **options)
        logits = np.sqrt(ratio) * seen.y[5:].T
        used = np.array(shares).any(axis=0)
        spread = np.ptp(logits[:, used], axis=1)[np.isin(powers, DECADES)]
        slopes = np.diff(spread) / np.diff(np.log(DECADES))
        weights = np.array(shares[0]) * np.exp(logits)
        weights /= weights.sum(axis=1, keepdims=True)
        first, second, common = weights[:, watched].T
        filled = weights[-1][weights[-1] > 0]
        return {
            "slope": slopes[0],
            "later_slope": slopes[-1],
            "least_fall": (abs(slopes[1:-1] - 1) / abs(slopes[2:] - 1)).min(),
            "largest_rise": np.diff(common).max(),
            "least_lead": (first - second).min(),
            "entropy": -(filled * np.log(filled)).sum(),
        }

    return record("scan_and_snap", run, seed=0, dtype="float64")


@cache
def entropies(*ratios):
    """The least rise of the final entropy from one eta_Z/eta_Y to the next."""
    from itertools import pairwise

    from workbench.runs import record

    found = [scan(ratio).values["entropy"] for ratio in ratios]
    return record("entropies", lambda key: {"least_rise": min(b - a for a, b in pairwise(found))}, seed=0, dtype="float64")


def kept(*, factor=3):
    """One own token for each next token, r common ones: e^(2s) + 2 r^2 s - 3 eta r^2 w^2 is kept, s the lead of the own token."""
    flow = layer(((1, 0, r), (0, 1, r)), ratio=k**2)
    w0, w1, w2, z0, z1, z2 = flow.variables
    lead, strength = k * ((z0 + z1) / 2 - z2), (w0 - w1) / 2
    balance = exp(2 * lead) + 2 * r**2 * lead - factor * k**2 * r**2 * strength**2
    alike = {w0: w, w1: -w, w2: Integer(0), z0: z, z1: z, z2: Integer(0)}
    length = {r: sqrt(R**2 - exp(2 * k * z))}  # R is the length of the counts times e^z
    for name, quantity in (("w0 + w1", w0 + w1), ("w2", w2), ("z0 - z1", z0 - z1), ("the balance", balance)):
        yield Case(f"{name} is kept", vanishes(flow.derivative(quantity).xreplace(alike).xreplace(length)), True)


TRIED = "exploratory runs were made before the band was set"
FAMILY = (
    Entry(
        Claim(
            "attention_scans_then_snaps",
            "Attention to common tokens falls, own tokens keep their order, and the spread of logits grows like ln ln t.",
            Prose(r"\max z - \min z \sim \ln \ln t,\quad a_{common} \searrow,\quad a_1 > a_2 \text{ is kept}"),
            hypotheses=(
                "one layer, attended tokens scaled to unit length, a linear readout, cross entropy, all weights 0 at first",
                "the common token is as frequent before one next token as before the other, and so are own tokens",
            ),
            sources=(HERE, SNAP),
            topic="dynamics",
        ),
        (
            Measured(
                "slope",
                scan,
                Fraction(9, 10),
                Fraction(11, 10),
                "t from 1e4 to 1e8: the balance e^(2s) + 2 r^2 s - 3 eta r^2 w^2 with w about ln t gives slope 1 up to 1/ln t",
                partial(scan, unit=False),
            ),
            Measured(
                "least_fall",
                scan,
                Fraction(3, 2),
                8,
                "from 1e8 over 1e16 and 1e32 to 1e64 the slope's distance from 1 falls about as 1/ln t, halved each time; " + TRIED,
                partial(scan, shares=UNLIKE),
            ),
            Measured(
                "later_slope",
                scan,
                Fraction(99, 100),
                Fraction(101, 100),
                "t from 1e32 to 1e64: 1 up to 1/ln t = 1/100; unlike next tokens give the common token a readout, and slope 2; "
                + TRIED,
                partial(scan, shares=UNLIKE),
            ),
            Measured(
                "largest_rise", scan, -1, 0, "the common share falls between any two records", partial(scan, watched=(4, 1, 0))
            ),
            Measured(
                "least_lead",
                scan,
                Fraction(1, 10**6),
                1,
                "twice as frequent at first, ahead ever after",
                partial(scan, watched=(1, 0, 4)),
            ),
            Measured(
                "least_rise",
                partial(entropies, 4.0, 1.0, 0.25),
                Fraction(1, 10**6),
                1,
                "the larger eta_Y/eta_Z, the more attention is left on the common token when logits snap",
                partial(entropies, 0.25, 1.0, 4.0),
            ),
            Certified(0, of=ForEach.once(r"e^{2s} + 2 r^2 s - 3 \eta r^2 w^2", kept)),
            Control("a factor of 2", ForEach.once("2", partial(kept, factor=2))),
        ),
    ),
    Entry(
        Claim(
            "attention_spread_has_slope_two_of_unlike_next_tokens",
            "If next tokens are unlike, the common token gets a readout, and in the end the logits spread like 2 ln ln t.",
            Prose(r"\max z - \min z \sim 2 \ln \ln t"),
            hypotheses=(
                "one layer as for like next tokens; before one of the two an own token occurs three times, before the other once",
                "at t = 1e4 to 1e8 the slope is still between 1 and 2",
            ),
            sources=(HERE, SNAP),
            topic="dynamics",
        ),
        (
            Measured(
                "later_slope",
                partial(scan, shares=UNLIKE),
                Fraction(19, 10),
                Fraction(21, 10),
                "t from 1e32 to 1e64: attended tokens pull on logits with the common share itself, 2 up to a few over ln t; "
                + TRIED,
                scan,
            ),
            Measured(
                "slope", partial(scan, shares=UNLIKE), Fraction(11, 10), Fraction(19, 10), "t from 1e4 to 1e8; " + TRIED, scan
            ),
        ),
    ),
)
