"""Variants of softmax attention that are softmax attention: unit or constant scale, renormalised selection, one query.

Says: at alpha = alpha_ma = 1 affine-scaled weights are softmax weights whatever bears the bias; at alpha = alpha_ma = c they are c
times softmax weights, at no other temperature; renormalised selection is a mask; V s(a) is one query that reads one-hot keys.
Idea: a bias (alpha_ma - alpha) / N is 0; a constant factor cancels from a quotient.
Edges: one token has weight c, not 1; two scores 0 and 1 tell c P from a temperature; a selection of all keys.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations

from sympy import IndexedBase, Integer, Rational, Sum, Symbol, exp, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Measured
from workbench.canonical import vanishes

i, j, m, N = symbols("i j m N", integer=True, positive=True)
c, x = symbols("c x", positive=True)
query = Symbol("q", real=True)
S, V, h = (IndexedBase(name) for name in ("S", "v", "h"))
HALF = Fraction(1, 2)
ROUNDING = "equal in exact arithmetic; outputs are of the order 1, and some hundred float64 roundings leave under 1e-12"
CONVENTIONS = (("visible", False), ("visible", True), ("full", True), ("all", True))  # keys that get the bias, and a causal mask
ALL = "bidirectional, visible, full, all"


def keys(term, index=i):
    return Sum(term, (index, 1, N))


def real(name):
    return Symbol(name, real=True)


def placed(expression, **rows):
    """An expression with the entries of q, k, ... replaced by those of these rows."""
    table = {real(f"{name}{i}_{c}"): e for name, m in rows.items() for i, row in enumerate(m) for c, e in enumerate(row)}
    return expression.subs(table, simultaneous=True)


def equal(label, left, right):
    for place, (one, other) in enumerate(zip(left, right, strict=True)):
        yield Case(f"{label}, entry {place}: the same in symbols", vanishes(one - other), True)


def scaled(n, *, logit=5, average=1, times=1):
    """Affine-scaled outputs at alpha = clip(logit / 10 + 1/2) against a multiple of softmax outputs, in each convention."""
    from workbench.mechanisms import mechanism

    for held, causal in CONVENTIONS:
        form = mechanism("affine-scaled", average=average, keys=held).expression(n, 1, 1, causal=causal)
        left = form.subs({real(f"a{i}"): Integer(logit) for i in range(n)})
        right = times * mechanism("softmax").expression(n, 1, 1, causal=causal)
        yield from equal(f"n = {n}, {held}, causal {causal}", left, right)


def one_key(n):
    """Row sums at c = 1/2 against those of a softmax, 1, scores 0."""
    from workbench.mechanisms import mechanism

    zero = {"q": [[0]] * n, "k": [[0]] * n, "v": [[1]] * n}
    form = placed(mechanism("affine-scaled", average=HALF).expression(n, 1, 1), **zero)
    for row, total in enumerate(form.subs({real(f"a{i}"): Integer(0) for i in range(n)})):
        yield Case(f"n = {n}, c = 1/2, row {row}: sum of the weights", total, 1)


def log_ratios(n, *, c=HALF):
    """Log of weight j over weight 0 of the row divided by its sum, scores 0, 1, ..., n - 1: of c P, and of softmax(c scores)."""
    for score in range(1, n):
        yield Case(f"scores 0..{n - 1}, c = {c}: log of weight {score} over weight 0", Fraction(score), c * score)


def selected(n, *, fewer=0):
    """Renormalised outputs of each selection in symbols, against softmax with the other keys closed; no selection of them all."""
    from workbench.mechanisms import mechanism

    for most in range(1, n + 1):
        for kept in combinations(range(n), most):
            form = mechanism("softmax").expression(n, 1, 1)[0]
            weights = {p: form.coeff(real(f"v{p}_0")) for p in range(n)}
            mass = sum(weights[p] for p in kept)
            left = sum(weights[p] * real(f"v{p}_0") for p in kept) / mass
            mask = [[p in kept[: max(1, most - fewer)] for p in range(n)]] * n
            yield from equal(f"n = {n}, S = {kept}", [left], mechanism("softmax").expression(n, 1, 1, mask=mask)[:1, :])


def single_query(p, *, scale=1):
    """V s(a) against softmax attention of the query sqrt(p) a and unit vectors as keys."""
    from workbench.mechanisms import mechanism

    scores = [scale * Integer(p) ** Rational(1, 2) * real(f"a{r}") for r in range(p)]
    unit = [[int(r == own) for r in range(p)] for own in range(p)]
    right = placed(mechanism("softmax").expression(p, p, 2), q=[scores] * p, k=unit)
    yield from equal(f"p = {p}", mechanism("value-softmax").expression(p, 1, 2), right[:1, :])


def run(name, differences):
    """The largest difference that this function of three standard normal arrays of 200 x 5 x 3 entries observes."""
    from jax import numpy, random

    from workbench import record

    def observed(key):
        return {"largest_difference": numpy.abs(differences(numpy, *random.normal(key, (3, 200, 5, 3)))).max()}

    return record(name, observed, seed=1, dtype="float64")


def scaled_run(*, level=1.0, times=1.0):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        logits = jnp.full(q.shape[:-1], 10 * level - 5)
        gaps = [
            mechanism("affine-scaled", keys=held).apply(q, k, v, logits, causal=causal, average=level)
            - times * mechanism("softmax").apply(q, k, v, causal=causal)
            for held, causal in CONVENTIONS
        ]
        return jnp.stack(gaps)

    return run("affine_of_constant_scale", differences)


def selected_run(*, most=2):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        scores = q @ k.swapaxes(-1, -2)
        mask = scores >= jnp.sort(scores, axis=-1)[..., -2:-1]
        kept = mechanism("top-n", most=most, renormalised=True).apply(q, k, v)
        return kept - mechanism("softmax").apply(q, k, v, mask=mask)

    return run("renormalised_selection", differences)


def single_query_run(*, scale=1.0):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        scores, unit = q[..., 0], jnp.broadcast_to(jnp.eye(5), (200, 5, 5))
        queries = jnp.broadcast_to(scale * 5**0.5 * scores[:, None, :], unit.shape)
        return mechanism("value-softmax").apply(scores, v) - mechanism("softmax").apply(queries, unit, v)[:, :1]

    return run("one_query", differences)


claim = partial(Claim.of, source=HERE)


def same(quantity_run, control_run):
    return Measured("largest_difference", quantity_run, 0, Fraction(1, 10**12), ROUNDING, control_run)


Z = keys(exp(S[m]), m)
BIASED = Identity.of(
    keys((c * exp(S[i]) / x + (c - c + x - x) / N) * V[i]),
    c * keys(exp(S[i]) * V[i]) / x,
    note="a scale c with bias (c - c) / N; x is the normaliser",
)
NO_BIAS = Hand("the bias is 0, so that it matters neither what N is nor where it is added")

FAMILY = (
    Entry(
        claim(
            "affine_eq_softmax_of_unit_scale",
            "At alpha = alpha_ma = 1 affine-scaled weights are softmax weights, whatever N is and whichever keys get the bias.",
            ForEach.of(r"\alpha P_{ij} + \beta_i = P_{ij}", scaled, first=1, costly_from=3),
            f"conventions {ALL}; d = d_v = 1 in the cases, in symbols",
        ),
        (
            Derived.of(
                Identity.of(1 * S[i] + (1 - c) / N, S[i], given={c: Integer(1)}, note="alpha_ma = c = 1, P = S"),
                NO_BIAS,
            ),
            Certified(2),
            same(scaled_run, lambda: scaled_run(level=0.5)),
            Control("alpha_ma = 1/2", ForEach.of("1/2", lambda n: scaled(n, average=HALF), first=1)),
        ),
    ),
    Entry(
        claim(
            "affine_eq_tempered_softmax_of_constant_scale",
            "At alpha = alpha_ma = c affine-scaled weights are softmax weights at temperature 1/c.",
            ForEach.of(r"\textstyle\sum_j (\alpha P_{ij} + \beta_i) = 1", one_key, first=1),
            "c = 1/2, all scores 0; rows of softmax add up to 1",
        ),
        (Counterexample(at=1), Control("two tokens", ForEach.of("2", one_key, first=2))),
    ),
    Entry(
        claim(
            "affine_eq_tempered_softmax_of_constant_scale_and_normalised_rows",
            "At alpha = alpha_ma = c affine-scaled weights, divided by their sum, are softmax weights at temperature 1/c.",
            ForEach.of(r"\ln (w_j / w_0) = c\,(x_j - x_0)", log_ratios, first=2),
            "c = 1/2, scores 0, 1, ..., n - 1; the division leaves P",
        ),
        (Counterexample(at=2), Control("c = 2", ForEach.of("c = 2", lambda n: log_ratios(n, c=2), first=2))),
    ),
    Entry(
        claim(
            "affine_eq_gated_softmax_of_constant_scale",
            "At alpha = alpha_ma = c affine-scaled outputs are c times softmax outputs: a constant gate, at the same temperature.",
            ForEach.of(
                r"\alpha P_{ij} + \beta_i = c P_{ij}",
                lambda n: scaled(n, logit=0, average=HALF, times=HALF),
                first=1,
                costly_from=3,
            ),
            f"conventions {ALL}; c = 1/2, d = d_v = 1 in the cases, in symbols",
        ),
        (
            Derived.of(BIASED, NO_BIAS),
            Certified(2),
            same(lambda: scaled_run(level=0.25, times=0.25), lambda: scaled_run(level=0.25)),
            Control("c^2", ForEach.of("c^2", lambda n: scaled(n, logit=0, average=HALF, times=Rational(1, 4)), first=1)),
        ),
    ),
    Entry(
        claim(
            "topn_renormalised_eq_masked_softmax",
            "Top-N selection, divided by the kept mass, is softmax with minus infinity outside the selection.",
            ForEach.of(r"P_j / M_S = \mathrm{softmax}_S(x)_j", selected, first=1, costly_from=4),
            "every non-empty selection S, in symbols in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    (h[j] * exp(S[j]) / Z) / keys(h[i] * exp(S[i]) / Z),
                    h[j] * exp(S[j]) / keys(h[i] * exp(S[i])),
                    note="h is 1 on the selection and 0 elsewhere; any N keys",
                ),
                Hand("the right side is softmax over the keys with h = 1, and the exponential of minus infinity is 0"),
            ),
            Certified(3),
            same(selected_run, lambda: selected_run(most=3)),
            Control("one key fewer open", ForEach.of("- 1", lambda n: selected(n, fewer=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "value_softmax_eq_single_query_attention",
            "V s(a) is softmax attention of the one query sqrt(p) a, whose keys are the unit vectors.",
            ForEach.of(r"V s(a) = \mathrm{softmax}(q \cdot e_j / \sqrt p)\, V", single_query, first=1, index="p", costly_from=3),
            "width d = p; d_v = 2 in the cases, in symbols",
        ),
        (
            Derived.of(
                Identity.of(query / sqrt(c), x, given={query: sqrt(c) * x}, note="the score of key j, with p = c, a_j = x"),
                Hand("the dot product with the unit vector j is the entry j"),
            ),
            Certified(2),
            same(single_query_run, lambda: single_query_run(scale=2.0)),
            Control("the query 2 sqrt(p) a", ForEach.of("2", lambda p: single_query(p, scale=2), first=2)),
        ),
    ),
)
