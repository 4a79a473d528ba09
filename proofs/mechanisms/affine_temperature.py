"""What affine scaling and a sink do to a softmax row: not a temperature; entropy, and sums.

Says: three scores in arithmetic progression give no geometric row unless the bias is 0; entropy rises if alpha <= alpha_ma
and may fall above; a sink multiplies the row by sigmoid(logsumexp - s), which has no bounds of its own.
Idea: a softmax row is geometric in arithmetic scores; a row over its sum is a mean of softmax and uniform.
Edges: alpha = alpha_ma, where the bias vanishes.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import Rational, log, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Hand, Identity, Source

alpha, beta = symbols("alpha beta", real=True)
z, r, x, s = symbols("z r x s", positive=True)
BAE = Source("bae2026affine", "eqs. 6-11, tables 1-5", read=True)


def softmax(keys):
    """Some softmax row on a number of keys: weights in proportion to 1, 2, 4, ..."""
    return [Fraction(2**k, 2**keys - 1) for k in range(keys)]


def row(n, i, convention, *, scale, average=Fraction(1, 2)):
    """The n weights of query i, and the keys that receive beta."""
    opened = n if convention == "bidirectional" else i + 1
    biased = n if convention == "all" else opened
    length = opened if convention == "visible" else n
    p = [*softmax(opened), *[Fraction(0)] * (n - opened)]
    bias = (average - scale) / length
    return [scale * p[k] + (bias if k < biased else 0) for k in range(n)], biased


def geometric(scale, *, average=Fraction(3, 4)):
    weights = [scale * p + (average - scale) / 3 for p in softmax(3)]
    yield Case(
        f"scores 0, ln 2, 2 ln 2, scale {scale}, average {average}: w_1^2 and w_0 w_2", weights[1] ** 2, weights[0] * weights[2]
    )


def signs(n, *, shift=0):
    """Whether a weight is negative, and whether P_ij < (alpha - alpha_ma) / (alpha N), for scales and averages in quarters."""
    for a, b in product(range(1, 5), range(5)):
        scale, average = Fraction(a, 4), Fraction(b, 4)
        for k, (w, p) in enumerate(zip(row(n, n - 1, "visible", scale=scale, average=average)[0], softmax(n), strict=True)):
            below = p < (scale - average) / (scale * n) + shift
            yield Case(f"{n} keys, scale {scale}, average {average}, weight {k}: negative", w < 0, below)


def entropy(weights):
    total = sum(weights)
    shares = [Rational(w.numerator, w.denominator) / Rational(total.numerator, total.denominator) for w in weights]
    return -sum(p * log(p) for p in shares)


def entropies(pairs):
    """Entropy of the row against that of its softmax, two or more keys, for (scale, average)."""

    def cases(n):
        for scale, average in pairs:
            weights = row(n, n - 1, "visible", scale=scale, average=average)[0]
            if min(weights) > 0:
                yield Case(f"{n} keys, scale {scale}, average {average}: entropy", entropy(weights), entropy(softmax(n)), ">=")

    return cases


BELOW = [(Fraction(a, 4), Fraction(b, 4)) for a in range(1, 5) for b in range(a, 5)]
ABOVE = [(Fraction(1), Fraction(3, 4)), (Fraction(1), Fraction(1, 2))]


def sink(exponentials, level=Fraction(1)):
    """Softmax with a sink for exponentials e^x and e^s."""
    return [e / (sum(exponentials) + level) for e in map(Fraction, exponentials)]


def sink_ratios(n, *, power=1):
    rows = sink([2**k for k in range(n)])
    for k in range(1, n):
        yield Case(f"n = {n}: weight {k} over weight 0", rows[k] / rows[0], Fraction(2**k) ** power)


def sink_masses(n):
    """Row sums for e^x = 1 and e^x = 2 on all keys, e^s = 1."""
    yield Case(f"n = {n}, e^s = 1: row sums for e^x = 1 and 2", sum(sink([1] * n)), sum(sink([2] * n)))


def sink_range(c, *, high=None):
    """The row sum of two keys with e^x = c, e^s = 1, against 1 - 1/c."""
    yield Case(f"n = 2, e^s = 1, e^x = {c}: row sum", sum(sink([c, c])), 1 - Fraction(1, c) if high is None else high, "<=")


def sink_bounded(n, *, b=3, stretch=1):
    """Row sums for e^x between 1/b and b, e^s = 1."""
    for places in product((Fraction(1, b), Fraction(1), Fraction(b)), repeat=n):
        total = sum(sink(places))
        yield Case(f"e^x = {', '.join(map(str, places))}: from below", total, Fraction(n, n + b * stretch), ">=")
        yield Case(f"e^x = {', '.join(map(str, places))}: from above", total, Fraction(n * b, n * b + stretch), "<=")


def shifted(n):
    """Softmax with e^s = 2 against softmax of x - s, e^x = 1, 2, 4, ..."""
    exponentials = [2**k for k in range(n)]
    for k, w in enumerate(sink(exponentials, Fraction(2))):
        yield Case(f"n = {n}, e^s = 2: weight {k}", w, Fraction(exponentials[k], sum(exponentials)))


claim = partial(Claim.of, source=BAE)


FAMILY = (
    Entry(
        claim(
            "scale_acts_as_softmax_temperature_affine",
            "For each alpha there is a T such that alpha P + beta is in proportion to softmax(x/T).",
            ForEach.once(r"w_1^2 = w_0 w_2", lambda: geometric(Fraction(1, 2))),
            "scores 0, ln 2, 2 ln 2, for which a softmax at any temperature is geometric",
        ),
        (Counterexample(at=0), Control("alpha = 1", ForEach.once("1", lambda: geometric(Fraction(1))))),
    ),
    Entry(
        claim(
            "tempered_row_iff_scale_eq_average_or_zero_affine",
            "For scores in arithmetic progression w_1^2 - w_0 w_2 = -alpha beta z (1 - r)^2: a temperature only at beta = 0 or "
            "alpha = 0.",
            ForAll.of(
                Identity.of(
                    (alpha * z * r + beta) ** 2 - (alpha * z + beta) * (alpha * z * r**2 + beta),
                    -alpha * beta * z * (1 - r) ** 2,
                    note="softmax weights z, z r, z r^2",
                )
            ),
            source=HERE,
        ),
        (
            Derived(),
            Control("no bias", Identity.of((alpha * z * r + beta) ** 2 - (alpha * z + beta) * (alpha * z * r**2 + beta), 0)),
        ),
    ),
    Entry(
        claim(
            "weight_negative_iff_softmax_weight_below_relative_excess_affine",
            "A weight is negative if and only if P_ij < (alpha_i - alpha_ma) / (alpha_i N): never for alpha_i <= alpha_ma.",
            ForEach.of(r"w_{ij} < 0 \iff P_{ij} < \frac{\alpha_i - \alpha_{ma}}{\alpha_i N}", signs, first=1, costly_from=7),
            "alpha_i > 0, on keys that receive beta, under every convention for N",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(z * x + (r - z) / s, z * (x - (z - r) / (z * s)), note="x = P_ij, z = alpha_i, r = alpha_ma, s = N"),
                Hand("alpha_i is positive"),
            ),
            Certified(5),
            Control("P_ij + 1/10", ForEach.of("1/10", lambda n: signs(n, shift=Fraction(1, 10)), first=2), upto=4),
        ),
    ),
    Entry(
        claim(
            "row_entropy_at_least_softmax_entropy_affine",
            "The entropy of the row, divided by its sum, is at least that of the softmax.",
            ForEach.of(r"H(w) \geq H(P)", entropies(ABOVE), first=2),
            "positive weights, alpha and alpha_ma in (0, 1]; alpha = 1, alpha_ma = 3/4 and 1/2",
        ),
        (
            Counterexample(at=2),
            Control("three keys, average 3/4", ForEach.of("3", entropies([(Fraction(1), Fraction(9, 10))]), first=3)),
        ),
    ),
    Entry(
        claim(
            "row_entropy_at_least_softmax_entropy_affine_of_alpha_at_most_ma",
            "The entropy of the row, divided by its sum, is at least that of the softmax, if 0 < alpha <= alpha_ma.",
            ForEach.of(r"H(w) \geq H(P)", entropies(BELOW), first=2, costly_from=4),
            "0 < alpha <= alpha_ma; quarters in the cases; sums are alpha_ma (visible keys)",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    (alpha * x + (z - alpha) / s) / z, (alpha / z) * x + (1 - alpha / z) / s, note="z = alpha_ma, s keys, x = P_j"
                ),
                Hand(
                    "so the row over its sum is a convex mean of P and the uniform row; entropy is concave, and greatest at uniform"
                ),
            ),
            Certified(3),
            Control("alpha above alpha_ma", ForEach.of(">", entropies(ABOVE), first=2)),
        ),
    ),
    Entry(
        claim(
            "relative_allocation_unchanged_softmax_sink",
            "Ratios of softmax_sink weights equal those of softmax.",
            ForEach.of(r"w_k / w_0 = e^{x_k - x_0}", sink_ratios, first=2, costly_from=9),
            "e^x = 1, 2, 4, ... and e^s = 1 in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    x / (x + z + s), (1 - s / (x + z + s)) * x / (x + z), note="e^x among exponentials of sum x + z, s = e^s"
                ),
                Hand("one factor for the whole row leaves ratios as they are"),
            ),
            Certified(4),
            Control("their squares", ForEach.of("2", lambda n: sink_ratios(n, power=2), first=2)),
        ),
    ),
    Entry(
        claim(
            "row_mass_independent_of_input_softmax_sink",
            "The row sum of softmax_sink depends on s only.",
            ForEach.of(r"\sum_i w_i(x) = \sum_i w_i(x')", sink_masses, first=2),
            "n fixed, e^s = 1",
        ),
        (Counterexample(at=2), Control("three keys", ForEach.of("n = 3", sink_masses, first=3))),
    ),
    Entry(
        claim(
            "row_mass_range_limited_softmax_sink",
            "For fixed s the row sum stays in a compact subset of (0, 1) over all score rows.",
            ForEach.of(r"\sum_i w_i \leq 1 - 1/C", sink_range, first=2, index="C"),
            "n = 2, e^s = 1; every C fails",
        ),
        (
            Counterexample(at=2),
            Control("at most 9/10", ForEach.of("9/10", lambda c: sink_range(c, high=Fraction(9, 10)), first=10)),
        ),
    ),
    Entry(
        claim(
            "row_mass_range_limited_softmax_sink_of_bounded_scores",
            "For scores with e^x in [1/b, b] the row sum lies in [n/(n + b e^s), n b/(n b + e^s)].",
            ForEach.of(r"\frac{n}{n + b e^s} \leq \sum_i w_i \leq \frac{n b}{n b + e^s}", sink_bounded, first=1, costly_from=5),
            "b = 3, e^s = 1 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    (z + x) / (z + x + s) - z / (z + s),
                    s * x / ((z + x + s) * (z + s)),
                    note="the row sum grows with the sum of exponentials",
                ),
                Hand("which lies between n/b and n b"),
            ),
            Certified(3),
            Control("e^s = 1/2 for 1", ForEach.of("1/2", lambda n: sink_bounded(n, stretch=Fraction(1, 2)), first=1)),
        ),
    ),
    Entry(
        claim(
            "sink_eq_sigmoid_gated_softmax",
            "softmax_sink(x) = sigmoid(logsumexp(x) - s) softmax(x).",
            ForAll.of(Identity.of(x / (z + s), 1 / (1 + s / z) * (x / z), note="x one exponential, z their sum, s = e^s")),
            source=HERE,
        ),
        (Derived(), Control("sigmoid(s - logsumexp)", Identity.of(x / (z + s), 1 / (1 + z / s) * (x / z)))),
    ),
    Entry(
        claim(
            "sink_eq_softmax_of_shifted_scores",
            "softmax_sink(x) = softmax(x - s).",
            ForEach.of(r"w = \mathrm{softmax}(x - s)", shifted, first=1),
            "e^s = 2",
            source=HERE,
        ),
        (Counterexample(at=2), Control("three keys", ForEach.of("3", shifted, first=3))),
    ),
)
