"""Printed numbers of affine-scaled attention: parameters, gradient norms, spikes, and the slope of the clipped line.

Says: overheads are D h L, and with gating D^2 L + D h L, rounded once; variances are below both baselines; spikes are fewer only
for k = 9; the clipped line is flatter than the sigmoid at 0.
Idea: divide and round the printed numbers exactly.
Edges: printed numbers, already rounded, add up to another tenth.
"""

from fractions import Fraction
from functools import partial
from math import prod

from sympy import symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

r, x = symbols("r x", positive=True)
BAE = Source("bae2026affine", "eqs. 6-11, tables 1-5", read=True)


def slopes(exponential=1):
    """Slope of the clipped line on |x| < 5 against that of the logistic function, e^x given."""
    e = Fraction(exponential)
    yield Case(f"e^x = {exponential}: slopes 1/10 and e^x / (1 + e^x)^2", Fraction(1, 10), e / (1 + e) ** 2, ">")


def slope_condition(e, *, centre=4):
    """1/10 above the logistic slope iff (e^x - 4)^2 > 15."""
    yield Case(f"e^x = {e}", Fraction(e, (1 + e) ** 2) < Fraction(1, 10), (e - centre) ** 2 > 15)


SIZES = {(1024, 16, 24): "0.4", (2048, 32, 16): "1.0", (3072, 24, 28): "2.1"}
GATING = {(2048, 32, 16): ("67.1", "68.2"), (3072, 24, 28): ("264.2", "266.3")}


def tenths(count):
    """A count in millions to one decimal."""
    return Fraction((10 * count + 500000) // 10**6, 10)


def overheads(*, letters=3):
    for size, printed in SIZES.items():
        yield Case(f"(D, h, L) = {size}", tenths(prod(size[-letters:])), Fraction(printed))


def joint(*, of_printed=False, times=1):
    for size, (gate, both) in GATING.items():
        d, _, layers = size
        got = Fraction(gate) + Fraction(SIZES[size]) if of_printed else tenths(times * d * d * layers + prod(size))
        yield Case(f"(D, h, L) = {size}: gated + affine", got, Fraction(both))


NORMS = {  # mean, std, variance, CV of baseline, sink, affine
    "0.5B": ((".563", ".507", ".257", ".90"), (".551", ".509", ".259", ".92"), (".561", ".451", ".203", ".80")),
    "1B": ((".907", "1.983", "3.934", "2.19"), (".902", "1.988", "3.951", "2.20"), (".842", "1.702", "2.897", "2.02")),
}
SPIKES = {("0.5B", 6): (40, 44, 42), ("0.5B", 9): (30, 31, 22), ("1B", 6): (53, 67, 54), ("1B", 9): (28, 35, 27)}


def norms(*, half=Fraction(1, 2000)):
    """Variances below both baselines; std^2 and std/mean, with all roundings, meet the printed values."""
    for size, rows in NORMS.items():
        for base in rows[:2]:
            yield Case(f"{size}: variance", Fraction(rows[2][2]), Fraction(base[2]), "<")
        for middle, std, variance, cv in (map(Fraction, r) for r in rows):
            yield Case(f"{size}, std {std}: least variance", (std - half) ** 2, variance + half, "<=")
            yield Case(f"{size}, std {std}: greatest variance", (std + half) ** 2, variance - half, ">=")
            yield Case(f"{size}, std {std}: least CV", (std - half) / (middle + half), cv + 10 * half, "<=")
            yield Case(f"{size}, std {std}: greatest CV", (std + half) / (middle - half), cv - 10 * half, ">=")


def spikes(thresholds, *, column=0):
    for (size, k), counts in SPIKES.items():
        if k in thresholds:
            yield Case(f"{size}, k = {k}: spikes", counts[2], counts[column], "<")


claim = partial(Claim.of, source=BAE)


FAMILY = (
    Entry(
        claim(
            "clipping_slope_above_sigmoid_slope",
            "The derivative of linear_clipping exceeds that of the sigmoid on the whole of |x| < 5.",
            ForEach.once(r"\tfrac{1}{10} > \frac{e^x}{(1 + e^x)^2}", slopes),
            "x = 0 in the case",
        ),
        (Counterexample(at=0), Control("e^x = 2", ForEach.once("2", lambda: slopes(2)))),
    ),
    Entry(
        claim(
            "clipping_slope_above_sigmoid_slope_iff_exponential_far_from_four",
            "On |x| < 5 the slope 1/10 exceeds that of the sigmoid if and only if (e^x - 4)^2 > 15, which is |x| > ln(4 + "
            "sqrt(15)).",
            ForEach.of(r"\tfrac1{10} > \sigma'(x) \iff (e^x - 4)^2 > 15", slope_condition, first=1, index="e^x", costly_from=12),
            "integer e^x in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of((1 + x) ** 2 - 10 * x, (x - 4) ** 2 - 15, note="x for e^x"),
                Hand("multiply by 10 (1 + e^x)^2 > 0; the roots 4 - sqrt(15) and 4 + sqrt(15) are reciprocal"),
            ),
            Certified(9),
            Control("around 5", ForEach.of("5", lambda e: slope_condition(e, centre=5), first=1)),
        ),
    ),
    Entry(
        claim(
            "parameter_overhead_eq_d_h_l_affine",
            "The printed overheads equal D h L to 0.1 M.",
            ForEach.once(r"D h L", overheads),
            "Tables 1, 2",
        ),
        (Certified(0), Control("h L", ForEach.once("h L", lambda: overheads(letters=2)))),
    ),
    Entry(
        claim(
            "overheads_add_affine_and_gated",
            "The joint overhead is that of gating, D^2 L, and of the affine scale, D h L, to 0.1 M.",
            ForEach.once(r"D^2 L + D h L", joint),
            "Tables 1, 2; counts are added, then rounded",
        ),
        (Certified(0), Control("gating twice", ForEach.once("2", lambda: joint(times=2)))),
    ),
    Entry(
        claim(
            "overheads_add_affine_and_gated_of_printed_summands",
            "The printed joint overhead is the sum of the printed overheads.",
            ForEach.once(r"67.1 + 1.0,\ 264.2 + 2.1", lambda: joint(of_printed=True)),
            "Tables 1, 2; rounded numbers are added",
        ),
        (Counterexample(at=0), Control("gating twice", ForEach.once("2", lambda: joint(times=2)))),
    ),
    Entry(
        claim(
            "gradient_variance_reduced_affine",
            "The variance is below both baselines at both scales; variance = std^2 and CV = std/mean within rounding.",
            ForEach.once(r"\mathrm{var} = \mathrm{std}^2", norms),
            "Table 4",
        ),
        (Certified(0), Control("without rounding", ForEach.once("exact", lambda: norms(half=Fraction(0))))),
    ),
    Entry(
        claim(
            "spike_counts_reduced_affine",
            "Spikes are fewer than those of the baseline at both scales for both k.",
            ForEach.once(r"\mathrm{affine} < \mathrm{baseline}", lambda: spikes((6, 9))),
            "Table 5",
        ),
        (Counterexample(at=0), Control("k = 6", ForEach.once("6", lambda: spikes((6,))))),
    ),
    Entry(
        claim(
            "spike_counts_reduced_affine_of_strict_threshold",
            "Spikes are fewer than those of the baseline at both scales for k = 9.",
            ForEach.once(r"\mathrm{affine} < \mathrm{baseline}", lambda: spikes((9,))),
            "Table 5, k = 9",
        ),
        (Certified(0), Control("k = 6", ForEach.once("6", lambda: spikes((6,))))),
    ),
)
