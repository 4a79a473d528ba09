"""Row sums of the weights of each mechanism: where they are exactly 1, and their closed forms where they are not.

Says: rows of softmax, linear, Hadamard, Krause, renormalised top-N and value-softmax attention sum to 1; those of synchronization
to D/(D + epsilon), of softmax with a sink to 1 minus the sink's share, of top-N deletion to the kept mass, of X X^T to the product
of a token with the sum of all; those of affine-scaled attention to its moving average, where the bias falls on N keys.
Idea: parts of a sum over that sum; the outputs at values 1 are the row sums.
Edges: a query without keys has row sum 0; Hadamard rows need a normaliser that is not 0.
"""

from functools import partial

from sympy import Matrix, Rational, cancel, exp, ones, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity

u, x, y = symbols("u x y", real=True)
a, R, e = symbols("a R epsilon", positive=True)


def data(name, rows, columns):
    """Small integers for an input, quarters for frequencies, phases 0, values 1."""
    if name in ("theta", "v"):
        return Matrix(rows, columns, lambda i, c: int(name == "v"))
    start = sum(map(ord, name))
    return Matrix(rows, columns, lambda i, c: (start + 3 * i + 2 * c + i * i) % 5 - 1) / (4 if name == "omega" else 1)


def row_sums(name, n, *, causal=False, **options):
    """The outputs of a mechanism of width 1 at integer tokens and values 1."""
    from workbench.mechanisms import mechanism

    rule = mechanism(name, **options)
    expression = rule.expression(n, 1, 1, **({"causal": True} if causal else {}))
    numbers = [entry for tensor in rule.inputs for entry in data(tensor.name, n, 1)]
    return list(expression.xreplace(dict(zip(symbols(rule.names(n, 1, 1), real=True), numbers, strict=True))))


def scores(n):
    q, k = data("q", n, 1), data("k", n, 1)
    return [[q[i] * k[j] for j in range(n)] for i in range(n)]


def one(n):
    return [1] * n


def sinking(n):
    return [1 - 1 / (1 + sum(map(exp, row))) for row in scores(n)]


def largest(n):
    """The mass of the largest softmax weight of each query."""
    return [exp(max(row)) / sum(map(exp, row)) for row in scores(n)]


def locked(n):
    """D/(D + 10^-8) for frequencies on a line, alpha = K = r = 1."""
    omega = data("omega", n, 1)
    squares = [[(omega[i] - omega[j]) ** 2 for j in range(n)] for i in range(n)]
    sums = [sum(sqrt(exp(-2 * s) - s) if exp(-2 * s) > s else 0 for s in row) for row in squares]
    return [D / (D + Rational(1, 10**8)) for D in sums]


def summed(name, wanted, *, masks=(False,), **options):
    """Row sums of a mechanism against the wanted ones."""

    def cases(n):
        for causal in masks:
            got = row_sums(name, n, causal=causal, **options)
            for i, (left, right) in enumerate(zip(got, wanted(n), strict=False)):
                yield Case(f"{name}, n = {n}{', causal' * causal}, row {i}", cancel(left - right), 0)

    return cases


def gram(n, *, total=True):
    tokens = data("q", n, 2)
    for i in range(n):
        want = (tokens.row(i) * tokens.T * ones(n, 1))[0] if total else 1
        yield Case(f"n = {n}, row {i}", sum(tokens.row(i).dot(tokens.row(j)) for j in range(n)), want)


claim = partial(Claim.of, source=HERE)


PARTS = Identity.of(a / (a + R) + R / (a + R), 1, note="a weight and the sum R of the others, over their sum")
SUM = r"\sum_j w_{ij}"
BOTH = (False, True)


def holds(name, what, mechanism, *hypotheses, masks=BOTH, **options):
    return Entry(
        claim(
            name,
            f"Rows of {what} sum to 1.",
            ForEach.of(f"{SUM} = 1", summed(mechanism, one, masks=masks, **options), first=1, costly_from=5),
            *hypotheses,
        ),
        (
            Derived.of(PARTS, Hand("all weights of a row are divided by their sum, which is not 0")),
            Certified(3),
            Control("a sink", ForEach.of(f"{SUM} = 1", summed("softmax-with-sink", one), first=1)),
        ),
    )


def fails(name, what, mechanism, *hypotheses, at=1, other="softmax-with-sink", **options):
    return Entry(
        claim(
            name,
            f"Rows of {what} sum to exactly 1.",
            ForEach.of(f"{SUM} = 1", summed(mechanism, one, **options), first=at),
            *hypotheses,
        ),
        (Counterexample(at=at), Control(other, ForEach.of(f"{SUM} = 1", summed(other, one), first=2))),
    )


def closed(name, says, formula, mechanism, wanted, steps, *hypotheses, **options):
    return Entry(
        claim(
            name, says, ForEach.of(f"{SUM} = {formula}", summed(mechanism, wanted, **options), first=1, costly_from=5), *hypotheses
        ),
        (
            Derived.of(*steps),
            Certified(3),
            Control("1", ForEach.of(f"{SUM} = 1", summed(mechanism, one, **options), first=1), upto=2),
        ),
    )


def every(n):
    for name in ("softmax", "linear", "hadamard", "krause", "affine-scaled", "synchronization", "softmax-with-sink"):
        yield from summed(name, one)(n)


FAMILY = (
    Entry(
        claim(
            "rows_sum_to_one_all",
            "Every row of weights sums to exactly 1, in every mechanism.",
            ForEach.of(f"{SUM} = 1", every, first=1),
            "one token: affine-scaled attention of average 1/2 gives it the weight 1/2",
        ),
        (Counterexample(at=1), Control("a sink alone", ForEach.of("sink", summed("softmax-with-sink", one), first=1))),
    ),
    holds("rows_sum_to_one_softmax", "softmax attention", "softmax"),
    holds("rows_sum_to_one_linear", "linear attention", "linear", "positive features; elu + 1 in the cases"),
    holds("rows_sum_to_one_hla", "Hadamard linear attention", "hadamard", "normalised, normaliser not 0; relu + 1/10 in the cases"),
    holds("rows_sum_to_one_krause", "Krause attention", "krause", "every neighbourhood and top-k", most=2),
    holds("rows_sum_to_one_topn_renormalised", "renormalised top-N selection", "top-n", most=1, renormalised=True),
    holds("rows_sum_to_one_value_softmax", "value-softmax attention", "value-softmax", masks=(False,)),
    fails("rows_sum_to_one_ssa", "synchronization attention", "synchronization", "S/(sum S + epsilon), epsilon = 10^-8"),
    fails("rows_sum_to_one_affine", "affine-scaled attention", "affine-scaled", "average 1/2, no mask"),
    fails("rows_sum_to_one_softmax_with_sink", "softmax with a sink", "softmax-with-sink", other="affine-scaled"),
    fails("rows_sum_to_one_topn_deletion", "top-N selection by deletion", "top-n", "N = 1", at=2, most=1),
    Entry(
        claim(
            "rows_sum_to_one_linearised",
            "Rows of X X^T sum to exactly 1.",
            ForEach.of("XX^T 1 = 1", partial(gram, total=False), first=1),
        ),
        (Counterexample(at=1), Control("a sink", ForEach.of("sink", summed("softmax-with-sink", one), first=1))),
    ),
    closed(
        "row_sum_eq_sum_over_sum_plus_epsilon_ssa",
        "Row i of synchronization weights sums to D_i/(D_i + epsilon), D_i = sum_j S_ij >= 1.",
        r"\tfrac{D_i}{D_i + \varepsilon}",
        "synchronization",
        locked,
        (
            Identity.of(a / (a + R + e) + R / (a + R + e), (a + R) / (a + R + e), note="a weight and the others, over D + epsilon"),
            Hand("S_ii = 1, so D_i >= 1 and the sum lacks at most epsilon"),
        ),
        "alpha = K = r = 1 in the cases",
    ),
    closed(
        "row_sum_eq_one_minus_sink_share_softmax_with_sink",
        "A row of softmax with a sink of logit s sums to 1 - e^s/(e^s + sum_j e^x_j).",
        r"1 - \tfrac{e^s}{e^s + \sum_j e^{x_j}}",
        "softmax-with-sink",
        sinking,
        (
            Identity.of(R / (R + exp(x)), 1 - exp(x) / (R + exp(x)), note="R = sum_j e^x_j"),
            Hand("the weights are e^x_j over R + e^s, so they add up to R over it"),
        ),
        "s = 0 in the cases",
    ),
    closed(
        "row_sum_eq_kept_mass_topn_deletion",
        "A row of top-N selection by deletion sums to the mass M_S of the kept softmax weights.",
        "M_S",
        "top-n",
        largest,
        (
            Identity.of(a / (a + R), 1 - R / (a + R), note="kept and deleted parts of a softmax row"),
            Hand("deletion leaves kept weights as they are"),
        ),
        "N = 1 in the cases",
        most=1,
    ),
    Entry(
        claim(
            "row_sum_eq_product_with_total_linearised",
            "Row i of X X^T sums to x_i . (sum_j x_j).",
            ForEach.of(r"(X X^T 1)_i = x_i \cdot \sum_j x_j", gram, first=1, costly_from=9),
        ),
        (
            Derived.of(
                Identity.of(u * (x + y), u * x + u * y, note="a dot product is additive"),
                Hand("over all tokens"),
            ),
            Certified(4),
            Control("1", ForEach.of("1", partial(gram, total=False), first=1)),
        ),
    ),
)
