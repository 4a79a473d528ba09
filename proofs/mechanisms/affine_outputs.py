"""Outputs of affine-scaled attention: an output gate and a mean value.

Says: o = alpha (P V) + beta N v-bar under every convention, so it is an output gate after all; its slope in alpha is P V - v-bar;
negative weights take it out of the hull of the values; with the bias on all keys it sees the future.
Idea: the weights are a multiple of softmax and a constant.
Edges: two keys, alpha above alpha_ma; a moving average that is updated with the scale it averages.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import IndexedBase, Rational, Sum, diff, expand, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Hand, Identity, Source

j, N = symbols("j N", integer=True, positive=True)
P, V = IndexedBase("P"), IndexedBase("v")
alpha, mean, beta, v_m = symbols("alpha m beta v_m", real=True)
BAE = Source("bae2026affine", "eqs. 6-11, tables 1-5", read=True)
CONVENTIONS = {
    "bidirectional": "no mask, N = n",
    "visible": "causal, N = i + 1, beta on the open keys",
    "full": "causal, N = n, beta on the open keys",
    "all": "causal softmax, N = n, beta on all n keys",
}
SUFFIX = {"bidirectional": "", "visible": "_of_visible_keys", "full": "_of_full_length", "all": "_of_all_keys"}


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


def gated(convention, *, relation="!=", factor=1):
    """Coefficients of the values in o - g (P V) - c v-bar for g = alpha, c = beta times the number of biased keys."""

    def cases(n):
        i, scale = max(n - 2, 0), Fraction(3, 4)
        weights, biased = row(n, i, convention, scale=scale)
        opened = n if convention == "bidirectional" else i + 1
        read = [*softmax(opened), *[Fraction(0)] * (n - opened)]
        beta_ = (Fraction(1, 2) - scale) / (opened if convention == "visible" else n)
        rest = [w - factor * scale * p - beta_ * (k < biased) for k, (w, p) in enumerate(zip(weights, read, strict=True))]
        yield Case(f"n = {n}, query {i}: values with a part in o - alpha (P V) - beta sum of v", sum(map(bool, rest)), 0, relation)

    return cases


def nonnegative(n, *, scale=Fraction(1), average=Fraction(1, 4)):
    weights = row(n, n - 1, "visible", scale=scale, average=average)[0]
    for k, w in enumerate(weights):
        yield Case(f"{n} keys, scale {scale}, average {average}: weight {k}", w, 0, ">=")


def hull(n, *, scale=Fraction(1)):
    """The output for values 1, 0, ..., 0 against the interval [0, 1]."""
    out = row(n, n - 1, "visible", scale=scale, average=Fraction(1, 4))[0][0]
    yield Case(f"{n} keys, scale {scale}, average 1/4, values 1, 0, ..., 0: output", out, 0, ">=")


def deviations(n, *, times=1):
    values = [k * k - 3 for k in range(n)]
    centre = Fraction(sum(values), n)
    for a in (1, 2, 4):
        out = sum(w * v for w, v in zip(row(n, n - 1, "bidirectional", scale=Fraction(a, 4))[0], values, strict=True))
        yield Case(
            f"n = {n}, scale {a}/4", abs(out - centre / 2), times * Fraction(a, 4) * max(abs(v - centre) for v in values), "<="
        )


def future(convention):
    """Weights that the first queries give the last key."""

    def cases(n):
        for i, a in product(range(n - 1), (1, 3)):
            yield Case(
                f"n = {n}, query {i}, scale {a}/4: weight of the last key", row(n, i, convention, scale=Fraction(a, 4))[0][n - 1], 0
            )

    return cases


def zero_scale(n, *, average=Fraction(1, 2)):
    yield Case(
        f"n = {n}, values 1, scale 0, average {average}: output",
        sum(row(n, 0, "bidirectional", scale=Fraction(0), average=average)[0]),
        0,
    )


def jacobian(batch, *, live=True, share=1):
    """d o / d alpha for one query of a batch, P V = 2, v-bar = 1, rho = 9/10; `share` is that of keys with beta in N."""
    a, b = symbols("a b", real=True)
    average = Rational(9, 10) * b + Rational(1, 10) * a / batch if live else b
    out = a * 2 + (average - a) * share
    yield Case(f"batch of {batch}, (P V) = 2, mean value 1", diff(expand(out), a), 1)


claim = partial(Claim.of, source=BAE)


def over(term):
    return Sum(term, (j, 1, N))


OUTPUT = Identity.of(
    over((alpha * P[j] + beta) * V[j]), alpha * over(P[j] * V[j]) + beta * over(V[j]), note="any N keys that receive beta"
)


FAMILY = (
    *(
        Entry(
            claim(
                "not_an_output_gate_affine" + SUFFIX[c],
                "No scalars g_i, c_i give o_i = g_i (P V)_i + c_i v-bar_i for all V.",
                ForEach.of(r"o_i \neq g_i (P V)_i + c_i \bar v_i", gated(c), first=3, costly_from=8),
                CONVENTIONS[c],
                "tried with g = alpha and c = beta times the number of keys that receive it; v-bar is their mean value",
            ),
            (Counterexample(at=3), Control("four tokens", ForEach.of("n = 4", gated(c), first=4))),
        )
        for c in CONVENTIONS
    ),
    Entry(
        claim(
            "output_gate_plus_mean_value_eq_affine",
            "o = alpha (P V) + beta N v-bar, N the number of keys that receive beta and v-bar their mean value: a gate and a mean.",
            ForAll.of(OUTPUT),
            "any convention: P is 0 on closed keys",
            source=HERE,
        ),
        (
            Derived(),
            *(Certified(4, of=ForEach.of("o", gated(c, relation="=="), first=1)) for c in CONVENTIONS),
            Control("beta gated too", Identity.of(OUTPUT.left, alpha * over(P[j] * V[j]) + alpha * beta * over(V[j]))),
            Control("twice the gate", ForEach.of("2", gated("all", relation="==", factor=2), first=2)),
        ),
    ),
    Entry(
        claim(
            "output_eq_scaled_deviation_plus_mean_affine",
            "o_i = alpha_i [(P V)_i - v-bar_i] + alpha_ma v-bar_i.",
            ForAll.of(
                Identity.of(
                    over((alpha * P[j] + (mean - alpha) / N) * V[j]),
                    alpha * (over(P[j] * V[j]) - over(V[j]) / N) + mean * over(V[j]) / N,
                )
            ),
            "bidirectional or visible: N keys receive beta",
            source=HERE,
        ),
        (
            Derived(),
            Control(
                "without the mean",
                Identity.of(over((alpha * P[j] + (mean - alpha) / N) * V[j]), alpha * over(P[j] * V[j]) + mean * over(V[j]) / N),
            ),
        ),
    ),
    Entry(
        claim(
            "weights_nonnegative_affine",
            "All weights are >= 0.",
            ForEach.of(r"w_{ij} \geq 0", nonnegative, first=1),
            "alpha, alpha_ma in [0, 1]; alpha = 1, alpha_ma = 1/4",
            source=HERE,
        ),
        (Counterexample(at=2), Control("three keys", ForEach.of("3", nonnegative, first=3))),
    ),
    Entry(
        claim(
            "output_in_hull_of_zero_and_values_affine",
            "o_i lies in the convex hull of 0 and the values.",
            ForEach.of(r"o \geq 0", hull, first=1),
            "alpha, alpha_ma in (0, 1]; values 1, 0, ..., 0 and alpha = 1, alpha_ma = 1/4",
            source=HERE,
        ),
        (Counterexample(at=2), Control("three keys", ForEach.of("3", hull, first=3))),
    ),
    Entry(
        claim(
            "deviation_bounded_by_scale_affine",
            "|o_i - alpha_ma v-bar_i| <= alpha_i max_j |v_j - v-bar_i|.",
            ForEach.of(r"\|o - \alpha_{ma} \bar v\| \leq \alpha \max_j \|v_j - \bar v\|", deviations, first=1, costly_from=8),
            "bidirectional; scalar values in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(over(P[j] * (V[j] - v_m)), over(P[j] * V[j]) - v_m * over(P[j]), note="P sums to 1"),
                Hand("the deviation is alpha times a convex mean of v_j - v-bar"),
            ),
            Certified(4),
            Control("a tenth of it", ForEach.of("1/10", lambda n: deviations(n, times=Fraction(1, 10)), first=3)),
        ),
    ),
    *(
        Entry(
            claim(
                "no_future_influence_affine_of_" + {"visible": "visible_keys", "full": "full_length"}[c],
                "Outputs of the first n - 1 queries do not change when the last token is perturbed.",
                ForEach.of(r"w_{i,n-1} = 0", future(c), first=2, costly_from=8),
                CONVENTIONS[c],
                source=HERE,
            ),
            (
                Derived.of(
                    OUTPUT,
                    Hand("a causal mask opens key n - 1 to the last query only, and beta falls on open keys"),
                ),
                Certified(4),
                Control("beta on all keys", ForEach.of("all", future("all"), first=2)),
            ),
        )
        for c in ("visible", "full")
    ),
    Entry(
        claim(
            "no_future_influence_affine",
            "Outputs of the first n - 1 queries do not change when the last token is perturbed.",
            ForEach.of(r"w_{i,n-1} = 0", future("all"), first=2),
            CONVENTIONS["all"],
            source=HERE,
        ),
        (Counterexample(at=2), Control("three tokens", ForEach.of("3", future("all"), first=3))),
    ),
    Entry(
        claim(
            "zero_output_affine_of_zero_scale",
            "alpha_i = 0 gives o_i = 0.",
            ForEach.of(r"o = 0", zero_scale, first=1),
            "bidirectional; alpha_ma = 1/2, values 1",
            source=HERE,
        ),
        (Counterexample(at=2), Control("average 1", ForEach.of("1", lambda n: zero_scale(n, average=Fraction(1)), first=2))),
    ),
    Entry(
        claim(
            "scale_jacobian_eq_centred_output_affine",
            "d o_i / d alpha_i = (P V)_i - v-bar_i.",
            ForEach.of(
                r"\partial o_i/\partial\alpha_i = (P V)_i - \bar v_i", lambda b: jacobian(b, live=False), first=1, index="batch"
            ),
            "alpha_ma a buffer; beta on N keys; (P V) = 2, v-bar = 1 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                OUTPUT,
                Hand(
                    "beta = (alpha_ma - alpha)/N, so o = alpha (P V) + (alpha_ma - alpha) v-bar is affine in alpha, with this slope"
                ),
            ),
            Certified(3),
            Control("a live average", ForEach.of("live", jacobian, first=1)),
        ),
    ),
    Entry(
        claim(
            "scale_jacobian_eq_centred_output_affine_of_full_length",
            "d o_i / d alpha_i = (P V)_i - v-bar_i.",
            ForEach.once(r"\partial o_i/\partial\alpha_i", lambda: jacobian(1, live=False, share=Rational(1, 2))),
            "alpha_ma a buffer; " + CONVENTIONS["full"] + ", here on half of the keys: the slope is (P V)_i - (i + 1)/n v-bar_i",
        ),
        (Counterexample(at=0), Control("a third", ForEach.once("3", lambda: jacobian(1, live=False, share=Rational(1, 3))))),
    ),
    Entry(
        claim(
            "scale_jacobian_eq_centred_output_affine_of_live_average",
            "d o_i / d alpha_i = (P V)_i - v-bar_i.",
            ForEach.of(r"\partial o_i/\partial\alpha_i = (P V)_i - \bar v_i", jacobian, first=1, index="batch"),
            "alpha_ma updated with the current batch, not stopped; rho = 9/10",
            source=HERE,
        ),
        (Counterexample(at=1), Control("a batch of two", ForEach.of("2", jacobian, first=2))),
    ),
)
