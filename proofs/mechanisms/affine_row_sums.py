"""Row sums of affine-scaled attention under each convention for N and for the keys that receive the bias.

Says: rows sum to the moving average alpha_ma, whatever their scale, except when N = n and only open keys get the bias.
Idea: softmax sums to 1, and N times beta is alpha_ma - alpha.
Edges: the last query of a causal mask, which sees all keys under every convention; a sink lets row sums come near 0 and 1.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import Symbol, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

N = Symbol("N", integer=True, positive=True)
alpha, mean, y = symbols("alpha m y", real=True)
z, x, rho = symbols("z x rho", positive=True)
BAE = Source("bae2026affine", "eqs. 6-11, tables 1-5", read=True)
CONVENTIONS = {
    "bidirectional": "no mask, N = n",
    "visible": "causal, N = i + 1, beta on the open keys",
    "full": "causal, N = n, beta on the open keys",
    "all": "causal softmax, N = n, beta on all n keys",
}


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


def masses(convention, *, relation="!="):
    """Row sums at the scales 1/4 and 3/4, average 1/2, for each query but the last of a causal mask."""

    def cases(n):
        for i in range(n if convention == "bidirectional" else n - 1):
            low, high = (sum(row(n, i, convention, scale=Fraction(a, 4))[0]) for a in (1, 3))
            yield Case(f"n = {n}, query {i}, average 1/2: row sums at scales 1/4 and 3/4", low, high, relation)

    return cases


def closed_masses(convention, *, share=None):
    """Row sums against the average, or a mean of scale and average."""

    def cases(n):
        for i, a in product(range(n), (0, 1, 3)):
            part = Fraction(i + 1, n) if share is None else share
            got = sum(row(n, i, convention, scale=Fraction(a, 4))[0])
            yield Case(f"n = {n}, query {i}, scale {a}/4", got, Fraction(a, 4) * (1 - part) + Fraction(part) / 2)

    return cases


def bias_mass(n, *, times=1):
    for a in (0, 1, 3):
        bias = (Fraction(1, 2) - Fraction(a, 4)) / n
        yield Case(f"N = {n}, scale {a}/4: total bias", sum([bias] * n), times * (Fraction(1, 2) - Fraction(a, 4)))


def gate_limit(c):
    """|o - alpha (P V)| for c equal values 1, scale 1/4, average 1/2, against 1/10."""
    weights = row(c, c - 1, "bidirectional", scale=Fraction(1, 4))[0]
    yield Case(
        f"n = {c}, values 1, scale 1/4, average 1/2: output minus alpha (P V)", sum(weights) - Fraction(1, 4), Fraction(1, 10), "<="
    )


def early_gate(n, *, most=2):
    """|o - alpha (P V)| of queries 0..2, values 1, scale 1/4, average 1/2, against most/2 times (i + 1)/n (alpha_ma - alpha)."""
    for i in range(min(n, 3)):
        weights = row(n, i, "full", scale=Fraction(1, 4))[0]
        bound = Fraction(most * (i + 1), 8 * n)
        yield Case(f"n = {n}, query {i}, values 1: output minus alpha (P V)", sum(weights) - Fraction(1, 4), bound, "<=")


def zero_mass(n, *, average=Fraction(0)):
    for a in (0, 1, 4):
        yield Case(
            f"n = {n}, scale {a}/4, average {average}: row sum",
            sum(row(n, 0, "bidirectional", scale=Fraction(a, 4), average=average)[0]),
            0,
        )


def moving(t, *, first=0):
    """The moving average after t steps of a constant 3/4, rho = 9/10."""
    value = Fraction(first)
    for _ in range(t):
        value = Fraction(9, 10) * value + Fraction(1, 10) * Fraction(3, 4)
    yield Case(f"t = {t}", value, Fraction(3, 4) * (1 - Fraction(9, 10) ** t))


def nearly(t, *, least=44):
    yield Case(f"t = {t}: 99 % of the constant", 1 - Fraction(9, 10) ** t >= Fraction(99, 100), t >= least)


claim = partial(Claim.of, source=BAE)


MASS = Identity.of(
    alpha * x + N * y, alpha * x + mean - alpha, given={y: (mean - alpha) / N}, note="softmax sums to x = 1 on the open keys"
)
FULL_MASS = (
    Derived.of(
        Identity.of(alpha + x * (mean - alpha), alpha * (1 - x) + mean * x, note="x = (i + 1)/n, the biased share of keys"),
        Hand("for i < n - 1 the slope 1 - x in alpha is positive, so different scales give different sums"),
    ),
    Certified(6),
    Control("equal sums", ForEach.of("=", masses("full", relation="=="), first=2)),
)


FAMILY = (
    Entry(
        claim(
            "row_mass_varies_with_query_affine",
            "The sum of the weights of a row differs between queries of different scales alpha_i.",
            ForEach.of(r"\sum_j w_{ij}(\alpha) \neq \sum_j w_{ij}(\alpha')", masses("bidirectional"), first=2, costly_from=8),
            CONVENTIONS["bidirectional"],
        ),
        (Counterexample(at=2), Control("three tokens", ForEach.of("n = 3", masses("bidirectional"), first=3))),
    ),
    Entry(
        claim(
            "row_mass_varies_with_query_affine_of_visible_keys",
            "The sum of the weights of a row differs between scales alpha_i.",
            ForEach.of(r"\sum_j w_{ij}(\alpha) \neq \sum_j w_{ij}(\alpha')", masses("visible"), first=2, costly_from=8),
            CONVENTIONS["visible"],
        ),
        (Counterexample(at=2), Control("three tokens", ForEach.of("n = 3", masses("visible"), first=3))),
    ),
    Entry(
        claim(
            "row_mass_varies_with_query_affine_of_full_length",
            "The sum of the weights of a row differs between scales alpha_i, for all queries but the last.",
            ForEach.of(r"\sum_j w_{ij}(\alpha) \neq \sum_j w_{ij}(\alpha')", masses("full"), first=2, costly_from=8),
            CONVENTIONS["full"],
        ),
        FULL_MASS,
    ),
    Entry(
        claim(
            "row_mass_varies_with_query_affine_of_all_keys",
            "The sum of the weights of a row differs between scales alpha_i.",
            ForEach.of(r"\sum_j w_{ij}(\alpha) \neq \sum_j w_{ij}(\alpha')", masses("all"), first=2, costly_from=8),
            CONVENTIONS["all"],
        ),
        (Counterexample(at=2), Control("three tokens", ForEach.of("n = 3", masses("all"), first=3))),
    ),
    *(
        Entry(
            claim(
                f"row_mass_eq_average_affine_of_{c}_keys".replace("bidirectional", "unmasked"),
                "Every row sums to the moving average, whatever its scale.",
                ForEach.of(r"\sum_j w_{ij} = \alpha_{ma}", closed_masses(c, share=1), first=1, costly_from=8),
                CONVENTIONS[c],
                source=HERE,
            ),
            (
                Derived.of(MASS, Hand("the softmax weights of a row add up to 1, and beta falls on N keys")),
                Certified(4),
                Control("half scale, half average", ForEach.of("1/2", closed_masses(c, share=Fraction(1, 2)), first=1)),
            ),
        )
        for c in ("bidirectional", "visible", "all")
    ),
    Entry(
        claim(
            "row_mass_eq_mean_of_scale_and_average_affine_of_full_length",
            "Row i sums to alpha (1 - (i+1)/n) + alpha_ma (i+1)/n.",
            ForEach.of(
                r"\sum_j w_{ij} = \alpha_i (1 - \tfrac{i+1}{n}) + \alpha_{ma} \tfrac{i+1}{n}",
                closed_masses("full"),
                first=1,
                costly_from=8,
            ),
            CONVENTIONS["full"],
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(alpha + x * (mean - alpha), alpha * (1 - x) + mean * x, note="x = (i + 1)/n"),
                Hand("beta falls on i + 1 keys and is (alpha_ma - alpha)/n"),
            ),
            Certified(4),
            Control("the average", ForEach.of("m", closed_masses("full", share=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "bias_mass_independent_of_length_affine",
            "The total bias N beta_i that is added to a row does not depend on N.",
            ForEach.of(r"N \beta_i = \alpha_{ma} - \alpha_i", bias_mass, first=1, index="N", costly_from=9),
            "beta on N keys",
        ),
        (
            Derived.of(
                Identity.of(N * y, mean - alpha, given={y: (mean - alpha) / N}, note="y = beta_i"), Hand("N keys get beta_i each")
            ),
            Certified(4),
            Control("half of it", ForEach.of("1/2", lambda n: bias_mass(n, times=Fraction(1, 2)), first=1)),
        ),
    ),
    Entry(
        claim(
            "zero_row_mass_affine_of_step_zero",
            "alpha_ma = 0 makes every row sum to 0.",
            ForEach.of(r"\sum_j w_{ij} = 0", zero_mass, first=1, costly_from=8),
            "bidirectional",
            source=HERE,
        ),
        (
            Derived.of(MASS, Hand("at mean = 0 and x = 1 the row sum is 0")),
            Certified(4),
            Control("average 1/10", ForEach.of("1/10", lambda n: zero_mass(n, average=Fraction(1, 10)), first=1)),
        ),
    ),
    Entry(
        claim(
            "moving_average_eq_geometric_closed_form",
            "alpha_ma,t = c (1 - rho^t).",
            ForEach.of(r"\alpha_{ma,t} = c (1 - \rho^t)", moving, first=0, index="t", costly_from=20),
            "alpha_t = c constant, alpha_ma,0 = 0; c = 3/4, rho = 9/10 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(rho * y * (1 - z) + (1 - rho) * y, y * (1 - rho * z), note="one step, z = rho^t, y = c"),
                Hand("by induction from alpha_ma,0 = 0"),
            ),
            Certified(9),
            Control("from 1/2", ForEach.of("1/2", lambda t: moving(t, first=Fraction(1, 2)), first=0)),
        ),
    ),
    Entry(
        claim(
            "moving_average_within_one_percent_iff_step_at_least_44",
            "At rho = 9/10 the moving average of a constant has 99 % of it from step 44 on.",
            ForEach.of(r"1 - (9/10)^t \geq 99/100 \iff t \geq 44", nearly, first=0, index="t", costly_from=60),
            "alpha_t = c constant, alpha_ma,0 = 0; for any rho from the least t with rho^t <= 1/100 on",
            source=HERE,
            uses=("moving_average_eq_geometric_closed_form",),
        ),
        (
            Derived.of(Identity.of(z - rho * z, z * (1 - rho), note="z = rho^t falls"), Hand("(9/10)^44 < 1/100 < (9/10)^43")),
            Certified(50),
            Control("43", ForEach.of("43", lambda t: nearly(t, least=43), first=43)),
        ),
    ),
    Entry(
        claim(
            "pure_output_gate_limit_affine_of_long_context",
            "o_i - alpha_i (P V)_i tends to 0 as N grows.",
            ForEach.of(r"|o - \alpha P V| \leq 1/10", gate_limit, first=100),
            "alpha, alpha_ma fixed, bounded values; beta on N keys; n >= 100 equal values: (alpha_ma - alpha) v-bar is left",
            source=HERE,
        ),
        (Counterexample(at=100), Control("n = 200", ForEach.of("200", gate_limit, first=200))),
    ),
    Entry(
        claim(
            "pure_output_gate_limit_affine_of_long_context_and_full_length",
            "For a fixed query o_i - alpha_i (P V)_i tends to 0 as N = n grows, like (i + 1)/n.",
            ForEach.of(
                r"|o_i - \alpha_i (P V)_i| \leq \tfrac{i+1}{n} |\alpha_{ma} - \alpha_i| \max_j |v_j|",
                early_gate,
                first=1,
                costly_from=9,
            ),
            CONVENTIONS["full"],
            "alpha, alpha_ma fixed, bounded values; i fixed: the last query keeps (alpha_ma - alpha) v-bar",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    x * z * y, x * z * (mean - alpha) / N, given={y: (mean - alpha) / N}, note="x keys, mean value z, y = beta"
                ),
                Hand("beta falls on x = i + 1 keys and adds x beta v-bar to alpha (P V)"),
            ),
            Certified(5),
            Control("half of that", ForEach.of("1/2", lambda n: early_gate(n, most=1), first=1)),
        ),
    ),
)
