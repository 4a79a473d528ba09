"""At how many kept tokens the mean F of an isotropic head falls below one half, against the dimension of its values.

Says: the size grows with the dimension, by less than in proportion: about as its square root.
Idea: squared distances of kept vectors to their sum spread by about sqrt(N/d) of what separates them from the others.
Edges: F rises again where few tokens are left to discard; the size is that of the first fall.
"""

from fractions import Fraction
from itertools import count, takewhile

from workbench import HERE, Case, Claim, Control, Counterexample, Entry, ForEach, Measured, Prose

TOKENS = 512
HEAD = "isotropic head: independent uniform unit values, weights 0.8/N on N tokens, 0.2/L times uniform on [1/2, 1] on the others"
TRIED = "runs with other seeds, made before the band was set, gave sizes 7, 9, 15, 20, 33 at d = 32, 64, 128, 256, 512"


def scores(rng, N, d, *, heads=32):
    """F of random heads of which the N largest of 512 contributions are kept."""
    import numpy

    found = []
    for _ in range(heads):
        values = rng.standard_normal((TOKENS, d))
        values /= numpy.linalg.norm(values, axis=1, keepdims=True)
        weights = numpy.concatenate([numpy.full(N, 0.8 / N), 0.2 / TOKENS * rng.uniform(0.5, 1, TOKENS - N)])
        contributions = weights[:, None] * values
        distances = numpy.linalg.norm(contributions - contributions[:N].sum(axis=0), axis=1)
        kept, left = distances[:N], distances[N:]
        precision, recall = N / (N + (left <= kept.max()).sum()), (kept < left.min()).mean()
        found.append(2 * precision * recall / (precision + recall))
    return found


def half_size(rng, d):
    """The first N from 4 on at which the mean F is below 1/2."""
    return next(N for N in range(4, TOKENS) if sum(scores(rng, N, d)) / 32 < 0.5)


def beyond_half(N, d, *, sign):
    """Whether the mean F lies above (sign 1) or below (-1) one half by three standard errors, for scores rounded to 2^-40."""
    import numpy

    parts = [round(float(score - 0.5) * 2**40) for score in scores(numpy.random.default_rng([12, N, d]), N, d)]
    total, heads = sign * sum(parts), len(parts)
    return total > 0 and total**2 * (heads - 1) > 9 * (heads * sum(p * p for p in parts) - total**2)


def in_proportion(*, large=512):
    """Sizes c d up to 20 % at d = 32 and 512 have a ratio of at least 16 (4/5)/(6/5): a bound from above against one from below."""
    least = 1 + max(takewhile(lambda N: beyond_half(N, 32, sign=1), count(1)))
    most = next(N for N in range(8, TOKENS, 8) if beyond_half(N, large, sign=-1))
    yield Case(
        f"size at d = {large} at most, against 32/3 times the least size {least} at d = 32", most, Fraction(32 * least, 3), ">="
    )


def exponent(*, widths=(32, 128), of=None):
    """log of the ratio of half-score sizes over log of the ratio of widths; `of` are the widths that are used in their place."""
    import numpy

    from workbench import record

    def observed(_key):
        small, large = (half_size(numpy.random.default_rng([11, d]), d) for d in of or widths)
        return {"exponent": numpy.log(large / small) / numpy.log(widths[1] / widths[0]), "sizes": [small, large]}

    return record("half_score_sizes", observed, seed=11, dtype="float64")


def measured(low, high, because):
    return Measured(
        "exponent",
        exponent,
        low,
        high,
        f"{because}; {TRIED}",
        lambda: exponent(of=(32, 32)),
        lambda: exponent(widths=(32, 512)),
    )


def entry(name, says, low, high, because):
    claim = Claim(name, says, Prose(r"N_{1/2} \propto d^{e}"), hypotheses=(HEAD,), sources=(HERE,), topic="mechanisms")
    return Entry(claim, (measured(low, high, because),))


FAMILY = (
    entry(
        "half_score_size_grows_with_dimension",
        "The N at which the mean F_N falls below 1/2 increases with d: its exponent from d = 32 to 128 is positive.",
        Fraction(1, 5),
        Fraction(1),
        "one token more or less of 7 moves the exponent by a tenth, so that 1/5 is two such steps above 0",
    ),
    Entry(
        Claim(
            "half_score_size_proportional_to_dimension",
            "The N at which the mean F_N falls below 1/2 is proportional to d within 20 %.",
            ForEach.once(r"N_{1/2}(512) \geq \tfrac{32}{3} N_{1/2}(32)", in_proportion),
            hypotheses=(HEAD, "d = 32 and 512; tests of the mean F of 32 heads at three standard errors"),
            sources=(HERE,),
            topic="mechanisms",
        ),
        (Counterexample(at=0), Control("at d = 128", ForEach.once("128", lambda: in_proportion(large=128)))),
    ),
    entry(
        "half_score_size_exponent_between_third_and_three_quarters_in_dimension",
        "The N at which the mean F_N falls below 1/2 grows as a power of d with an exponent between 1/3 and 3/4.",
        Fraction(1, 3),
        Fraction(3, 4),
        "the earlier runs gave about 1/2, and a token more or less at d = 32 moves the exponent by a tenth",
    ),
)
