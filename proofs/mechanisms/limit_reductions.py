"""Mechanisms that tend to others: synchronization to tied Krause attention, truncated Krause to a step of the HK model, affine
Hadamard attention to softmax.

Says: the errors are of the orders K^-2 + epsilon, sigma^-2 and 1/F.
Idea: J - S = D / ((K r)^2 (J + S)); weights within a radius lie between e^(-u) / m and e^u / m; log(1 + x/F) is nearly x/F.
Edges: a pair that is not locked; agents at the radius itself; a weight 0 at F = 1.
"""

from fractions import Fraction
from functools import partial

from sympy import IndexedBase, Max, Rational, Sum, Symbol, exp, sqrt, symbols

from workbench import HERE, Case, Claim, Control, Derived, Enclosed, Entry, ForEach, Hand, Identity, Measured, enclosed_sign
from workbench.evidence import BALLS

i, N = symbols("i N", integer=True, positive=True)
a, u, gap = symbols("alpha u D_", positive=True)
v, D = (IndexedBase(name) for name in ("v", "D"))
t = Symbol("t", real=True)
HALF = Rational(1, 2)
POINTS = (Rational(0), HALF, Rational(1))
AGENTS = (Rational(0), HALF, Rational(3, 2))
NEXT = "the claim's exponent; the next order is smaller by a factor of {}, which moves a slope by less than a fiftieth"


def keys(term):
    return Sum(term, (i, 1, N))


def real(name):
    return Symbol(name, real=True)


def placed(expression, **rows):
    """An expression with the entries of q, k, ... replaced by those of these rows."""
    table = {real(f"{name}{i}_{c}"): e for name, m in rows.items() for i, row in enumerate(m) for c, e in enumerate(row)}
    return expression.subs(table, simultaneous=True)


def synchronized(K, *, alpha=1):
    """Weights S_ij over their sum plus 1/K^2, r = 1, against exp(-alpha D_ij) over its sum, for tokens in the unit interval."""
    for own in POINTS[:2]:
        squares = [(own - p) ** 2 for p in POINTS]
        weights = [sqrt(Max(0, exp(-2 * D) - D / K**2)) for D in squares]
        limits = [exp(-alpha * D) for D in squares]
        for p, weight, limit in zip(POINTS, weights, limits, strict=True):
            change = weight / (sum(weights) + Rational(1, K**2)) - limit / sum(limits)
            for side in (1, -1):
                yield Case(f"K = {K}, weight of {p} for {own}, {side:+d}", side * change, Rational(12, K**2), "<=")


def hk_step(sigma, *, radius=1):
    """A step of truncated weights of this width, within 1, against means over agents within a radius."""
    from workbench.mechanisms import mechanism

    rows, near = [[p] for p in AGENTS], [[abs(p - r) <= 1 for p in AGENTS] for r in AGENTS]
    step = placed(mechanism("krause", sigma=sigma).expression(3, 1, 1, mask=near), q=rows, k=rows, v=rows)
    for p, moved in zip(AGENTS, step, strict=True):
        group = [r for r in AGENTS if abs(p - r) <= radius]
        for side in (1, -1):
            bound = exp(Rational(1, 2 * sigma**2)) - 1
            yield Case(f"sigma = {sigma}, agent {p}, {side:+d}", side * (moved - sum(group) / len(group)), bound, "<=")


def run(name, gaps):
    """The slope of the logs of the gaps that this function of three standard normal arrays of 200 x 5 x 3 entries returns."""
    import numpy
    from jax import random

    from workbench import record

    def observed(key):
        sizes, found = map(numpy.asarray, gaps(*random.normal(key, (3, 200, 5, 3))))
        return {"slope": numpy.polyfit(numpy.log(sizes), numpy.log(found), 1)[0], "sizes": sizes, "gaps": found}

    return record(name, observed, seed=1, dtype="float64")


def synchronization_run(*, alpha=1.0, by="coupling"):
    """Gaps to tied Krause attention, sigma^2 = 1 / (2 alpha), r = 1, |omega_c| < 1/2, against K or epsilon."""
    import numpy

    from workbench.mechanisms import mechanism

    def gaps(q, k, v):
        sizes = numpy.logspace(3, 5, 9) if by == "coupling" else numpy.logspace(-7, -4, 9)
        other = {"coupling": 1e8, "epsilon": 1e-14} | {by: sizes[:, None, None]}
        omega = numpy.tanh(q[0]) / 2
        limit = mechanism("krause").apply(omega, omega, v[0], sigma=(2 * alpha) ** -0.5)
        found = mechanism("synchronization").apply(omega, 0 * omega, v[0], **other) - limit
        return sizes, abs(found).max(axis=(1, 2))

    return run(f"synchronization_by_{by}", gaps)


def hk_run(*, radius=1.0):
    """Gaps between a step of truncated weights within 1 and a step of the HK model within a radius, against sigma."""
    import numpy

    from workbench.mechanisms import mechanism

    def gaps(q, k, v):
        points, sizes = 2 * q[:, :, :1], numpy.logspace(1, 3, 9)
        apart = abs(points - points.swapaxes(-1, -2))
        near = (apart <= radius).astype(points.dtype)
        step = mechanism("krause").apply(points, points, points, mask=apart <= 1, sigma=sizes[:, None, None, None])
        return sizes, abs(step - near @ points / near.sum(axis=-1, keepdims=True)).max(axis=(1, 2, 3))

    return run("truncated_krause_by_sigma", gaps)


def affine_kernel(F, *, power=1):
    """Weights of the affine Hadamard form with F factors against softmax, for the query 1 and keys -1, 1/2, 1, d = 1."""
    from workbench.mechanisms import mechanism

    keys_, unit = [[Rational(-1)], [HALF], [Rational(1)]], [[1], [0], [0]]
    forms = [mechanism("hadamard", factors=F, features="affine", projections="shared"), mechanism("softmax")]
    weights = [placed(form.expression(3, 1, 1)[:1, :], q=[[1]] * 3, k=keys_, v=unit)[0] for form in forms]
    for side in (1, -1):
        yield Case(f"F = {F}, weight of the key -1, {side:+d}", side * (weights[0] - weights[1]), Rational(2, F**power), "<=")


def affine_run(*, features="affine"):
    """Gaps to softmax attention, for scores below 1/2, against the number of factors."""
    import numpy

    from workbench.mechanisms import mechanism

    def gaps(q, k, v):
        q, k, factors = numpy.tanh(q) / 2, numpy.tanh(k) / 2, (16, 32, 64, 128)
        forms = [mechanism("hadamard", factors=F, features=features, projections="shared") for F in factors]
        return factors, [abs(form.apply(q, k, v) - mechanism("softmax").apply(q, k, v)).max() for form in forms]

    return run("affine_hadamard_by_factors", gaps)


claim = partial(Claim.of, source=HERE)


def rate(slope, run_it, control, because):
    """A slope held against a band of a fiftieth around it."""
    return Measured("slope", run_it, slope - Fraction(1, 50), slope + Fraction(1, 50), because, control)


UNLOCKED = Identity.of(
    (exp(-a * gap) - sqrt(exp(-2 * a * gap) - gap / u**2)) * (exp(-a * gap) + sqrt(exp(-2 * a * gap) - gap / u**2)),
    gap / u**2,
    note="J - S times J + S, with u = K r",
)

FAMILY = (
    Entry(
        claim(
            "ssa_eq_tied_krause_of_coupling_to_infinity",
            "As K grows and epsilon falls, synchronization weights over their sum tend to tied dense Krause weights.",
            ForEach.of(
                r"\Bigl|\tfrac{S_{ij}}{\sum_l S_{il} + K^{-2}} - a_{ij}\Bigr| \leq \tfrac{12}{K^2}",
                synchronized,
                first=1,
                index="K",
                costly_from=9,
            ),
            "q = k = omega, sigma^2 = 1 / (2 alpha), r > 0; omega = 0, 1/2, 1, alpha = r = 1, epsilon = 1/K^2 in the cases",
        ),
        (
            Derived.of(
                UNLOCKED,
                Hand("so 0 <= J - S <= D e^(alpha D) / (K r)^2; the same where S = 0, for then J^2 <= D / (K r)^2"),
                Hand("so a weight over its sum changes by O(K^-2 + epsilon): by ((n + 1) e + 1) / K^2 < 12 / K^2 in the cases"),
            ),
            Enclosed(4, enclosed_sign, BALLS, full=8),
            rate(-2, synchronization_run, lambda: synchronization_run(alpha=0.5), NEXT.format("at least 10^6 / (3 e^6)")),
            rate(
                1,
                lambda: synchronization_run(by="epsilon"),
                lambda: synchronization_run(alpha=0.5, by="epsilon"),
                NEXT.format("at least 1000"),
            ),
            Control("sigma^2 = 1 / alpha", ForEach.of("a", lambda K: synchronized(K, alpha=HALF), first=30)),
        ),
    ),
    Entry(
        claim(
            "truncated_krause_eq_hk_of_sigma_to_infinity",
            "As sigma grows, one step of truncated weights within the radius R = epsilon tends to one step of the HK model.",
            ForEach.of(
                r"|x_i' - \operatorname{mean}\{x_j : |x_i - x_j| \leq R\}| \leq R\,(e^{R^2 / 2\sigma^2} - 1)",
                hk_step,
                first=1,
                index="sigma",
                costly_from=3,
            ),
            "d = 1; R = 1 and agents at 0, 1/2, 3/2 in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    keys(exp(-t * D[i]) * (v[i] - gap)) / keys(exp(-t * D[i])),
                    keys(exp(-t * D[i]) * v[i]) / keys(exp(-t * D[i])) - gap,
                    note="weights add up to 1; t = 1 / (2 sigma^2), D the squared distances within the radius",
                ),
                Hand("weights of m agents lie between e^(-R^2 t) / m and e^(R^2 t) / m, and |x_j - x_i| <= R"),
            ),
            Enclosed(2, enclosed_sign, BALLS, full=8),
            rate(-2, hk_run, lambda: hk_run(radius=1.5), NEXT.format("at least 200")),
            Control("a radius 1/2", ForEach.of("1/2", lambda n: hk_step(n, radius=HALF), first=3)),
        ),
    ),
    Entry(
        claim(
            "hla_eq_softmax_of_factors_to_infinity",
            "As F grows, Hadamard attention with affine features tends to softmax attention.",
            ForEach.of(r"|w_j - P_j| \leq 2/F", affine_kernel, first=2, index="F", costly_from=9),
            "phi = (1, q / (sqrt(F) d^(1/4))), psi likewise, our reconstruction; d = 1, one query and three keys in the cases",
            uses=("softmax_approximated_hla_of_many_factors",),
        ),
        (
            Derived.of(
                Identity.of(
                    1 + Sum(v[i] / (sqrt(a) * sqrt(u)) * D[i] / (sqrt(a) * sqrt(u)), (i, 1, N)),
                    1 + Sum(v[i] * D[i], (i, 1, N)) / (a * u),
                    note="one factor for v = q, D = k, of any width, with alpha = F, u = sqrt(d)",
                ),
                Hand("F equal factors multiply to (1 + x/F)^F, the kernel of the claim that is used"),
            ),
            Enclosed(3, enclosed_sign, BALLS, full=8),
            rate(-1, affine_run, lambda: affine_run(features="relu"), NEXT.format("at least 50")),
            Control("2 / F^4", ForEach.of("2 / F^4", lambda F: affine_kernel(F, power=4), first=8)),
        ),
    ),
)
