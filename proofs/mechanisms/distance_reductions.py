"""Attention by distances beside attention by dot products: Krause, softmax, synchronization and the Hegselmann-Krause model.

Says: with one coordinate more, Krause weights are softmax weights and softmax weights are Krause weights; strong coupling turns
synchronization into tied Krause attention, with an error of the order K^-2 + epsilon, and so into softmax only where frequencies
have equal norms; a wide kernel within a radius makes a step of the HK model, with an error of the order sigma^-2.
Idea: a squared distance is a dot product less two squares, one of which is common to the row; J - S = D / ((K r)^2 (J + S)).
Edges: one token; a key of the largest norm; a pair that is not locked; agents at the radius itself.
"""

from fractions import Fraction

from sympy import IndexedBase, Integer, Max, Rational, Sum, Symbol, exp, sqrt, symbols

from workbench import (
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Enclosed,
    Entry,
    ForEach,
    Hand,
    Identity,
    Measured,
    Source,
    enclosed_sign,
)
from workbench.canonical import vanishes
from workbench.evidence import BALLS

c, d, i, N = symbols("c d i N", integer=True, positive=True)
s, M, a, u = symbols("sigma M alpha u", positive=True)
q, k, v, w, D = (IndexedBase(name) for name in ("q", "k", "v", "omega", "D"))
t = Symbol("t", real=True)
J, S, gap = symbols("J S D_", positive=True)
HERE = Source("workbench2026", "derived in this file", read=True)
SHIFT = "softmax_invariant_under_common_shift"
ROUNDING = "equal in exact arithmetic; outputs are of the order 1, and some hundred float64 roundings leave under 1e-12"
HALF = Rational(1, 2)
POINTS = (Rational(0), HALF, Rational(1))
AGENTS = (Rational(0), HALF, Rational(1), Rational(7, 4))


def over(term):
    return Sum(term, (c, 1, d))


def keys(term):
    return Sum(term, (i, 1, N))


def real(name):
    return Symbol(name, real=True)


def drawn(name, n, d):
    return [[real(f"{name}{i}_{c}") for c in range(d)] for i in range(n)]


def placed(expression, **rows):
    """An expression with the entries of q, k, ... replaced by those of these rows."""
    table = {real(f"{name}{i}_{c}"): e for name, m in rows.items() for i, row in enumerate(m) for c, e in enumerate(row)}
    return expression.subs(table, simultaneous=True)


def equal(label, left, right):
    for place, (one, other) in enumerate(zip(left, right, strict=True)):
        yield Case(f"{label}, row {place}: the same in symbols", vanishes(one - other), True)


def norm(row):
    return sum(e**2 for e in row)


def wider_softmax(n, *, half=HALF):
    """Krause outputs, sigma = 2, and softmax outputs of sqrt(d + 1) (q / sigma^2, -1 / (2 sigma^2)) and (k, |k|^2)."""
    from workbench.mechanisms import mechanism

    for width in (1, 2):
        q_, k_ = drawn("q", n, width), drawn("k", n, width)
        wide = [[sqrt(width + 1) * e / 4 for e in (*row, -half)] for row in q_]
        right = placed(mechanism("softmax").expression(n, width + 1, 1), q=wide, k=[[*row, norm(row)] for row in k_])
        yield from equal(f"n = {n}, d = {width}", mechanism("krause", sigma=2).expression(n, width, 1), right)


def wider_krause(n, *, filled=True):
    """Softmax outputs, and Krause outputs, sigma^2 = sqrt(d), of (q, 0) and (k, sqrt(M^2 - |k|^2)), M^2 the sum of all |k|^2."""
    from workbench.mechanisms import mechanism

    for width in (1, 2):
        q_, k_ = drawn("q", n, width), drawn("k", n, width)
        largest = sum(map(norm, k_))
        wide = [[*row, sqrt(largest - norm(row)) if filled else Integer(0)] for row in k_]
        form = mechanism("krause", sigma=Integer(width) ** Rational(1, 4)).expression(n, width + 1, 1)
        right = placed(form, q=[[*row, Integer(0)] for row in q_], k=wide)
        yield from equal(f"n = {n}, d = {width}", mechanism("softmax").expression(n, width, 1), right)


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


def dot_exponents(n, *, penalty=0):
    """Log of weight j over weight 0 of row 1, tokens 0, 1, ..., n - 1, alpha = 1: of the limit, and of softmax(2 omega.omega)."""
    for j in range(1, n):
        yield Case(f"tokens 0..{n - 1}: log of weight 1, {j} over 1, 0", -((1 - j) ** 2) + 1, 2 * j - penalty * j**2)


def hk_step(sigma, *, radius=1):
    """A step of truncated weights of this width, within 1, against means over agents within a radius."""
    from workbench.mechanisms import mechanism

    rows, near = [[p] for p in AGENTS], [[abs(p - r) <= 1 for p in AGENTS] for r in AGENTS]
    step = placed(mechanism("krause", sigma=sigma).expression(4, 1, 1, mask=near), q=rows, k=rows, v=rows)
    for p, moved in zip(AGENTS, step, strict=True):
        group = [r for r in AGENTS if abs(p - r) <= radius]
        for side in (1, -1):
            bound = exp(Rational(1, 2 * sigma**2)) - 1
            yield Case(f"sigma = {sigma}, agent {p}, {side:+d}", side * (moved - sum(group) / len(group)), bound, "<=")


def run(name, differences):
    """The record of what this function of three standard normal arrays of 200 x 5 x 3 entries observes."""
    from jax import numpy, random

    from workbench import record

    def observed(key):
        return differences(numpy, *random.normal(key, (3, 200, 5, 3)))

    return record(name, observed, seed=1, dtype="float64")


def wider_softmax_run(*, times=0.5):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        ends = jnp.full((*q.shape[:-1], 1), -times), jnp.square(k).sum(axis=-1, keepdims=True)
        wide = 2 * jnp.concatenate([q, ends[0]], axis=-1) / 4, jnp.concatenate([k, ends[1]], axis=-1)
        gap = mechanism("softmax").apply(*wide, v) - mechanism("krause").apply(q, k, v, sigma=2.0)
        return {"largest_difference": jnp.abs(gap).max()}

    return run("krause_as_softmax", differences)


def wider_krause_run(*, times=1.0):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        norms = jnp.square(k).sum(axis=-1, keepdims=True)
        ends = jnp.zeros_like(norms), times * jnp.sqrt(norms.max(axis=-2, keepdims=True) - norms)
        wide = [jnp.concatenate([rows, end], axis=-1) for rows, end in zip((q, k), ends, strict=True)]
        gap = mechanism("krause").apply(*wide, v, sigma=3.0**0.25) - mechanism("softmax").apply(q, k, v)
        return {"largest_difference": jnp.abs(gap).max()}

    return run("softmax_as_krause", differences)


def synchronization_run(*, alpha=1.0, by="coupling"):
    """The slope of the log of the largest gap to tied Krause attention, sigma^2 = 1 / (2 alpha), for frequencies below 1/2."""
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        sizes = jnp.logspace(3, 5, 9) if by == "coupling" else jnp.logspace(-7, -4, 7)
        other = {"coupling": 1e8, "epsilon": 1e-14} | {by: sizes[:, None, None]}
        omega, theta = jnp.tanh(q[0]) / 2, k[0]
        limit = mechanism("krause").apply(omega, omega, v[0], sigma=(2 * alpha) ** -0.5)
        gaps = jnp.abs(mechanism("synchronization").apply(omega, theta, v[0], **other) - limit).max(axis=(1, 2))
        return {"slope": jnp.polyfit(jnp.log(sizes), jnp.log(gaps), 1)[0], "sizes": sizes, "gaps": gaps}

    return run(f"synchronization_by_{by}", differences)


def equal_norms_run(*, equal=True):
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        omega = q / jnp.linalg.norm(q, axis=-1, keepdims=True) if equal else q
        scaled = 2 * 3**0.5 * omega
        gap = mechanism("krause").apply(omega, omega, v, sigma=0.5**0.5) - mechanism("softmax").apply(scaled, omega, v)
        return {"largest_difference": jnp.abs(gap).max()}

    return run("tied_krause_as_softmax", differences)


def hk_run(*, radius=1.0):
    """The slope of the log of the largest gap between a step of truncated weights within 1 and a step of the HK model."""
    from workbench.mechanisms import mechanism

    def differences(jnp, q, k, v):
        points, sizes = 2 * q[:, :, :1], jnp.logspace(1, 3, 9)
        apart = jnp.abs(points - points.swapaxes(-1, -2))
        near = (apart <= radius).astype(points.dtype)
        mean = near @ points / near.sum(axis=-1, keepdims=True)
        step = mechanism("krause").apply(points, points, points, mask=apart <= 1, sigma=sizes[:, None, None, None])
        gaps = jnp.abs(step - mean).max(axis=(1, 2, 3))
        return {"slope": jnp.polyfit(jnp.log(sizes), jnp.log(gaps), 1)[0], "sizes": sizes, "gaps": gaps}

    return run("truncated_krause_by_sigma", differences)


def claim(name, says, statement, *hypotheses, uses=(SHIFT,)):
    return Claim(name, says, statement, hypotheses=hypotheses, sources=(HERE,), uses=uses, topic="mechanisms")


def same(quantity_run, control_run):
    return Measured("largest_difference", quantity_run, 0, Fraction(1, 10**12), ROUNDING, control_run)


def rate(slope, run_it, control, because):
    """A slope held against a band of a fiftieth around it."""
    return Measured("slope", run_it, slope - Fraction(1, 50), slope + Fraction(1, 50), because, control)


SCORES = Identity.of(
    -over((q[c] - k[c]) ** 2) / (2 * s**2),
    over(q[c] * k[c]) / s**2 - over(k[c] ** 2) / (2 * s**2) - over(q[c] ** 2) / (2 * s**2),
    note="the last sum is common to the row",
)
UNLOCKED = Identity.of(
    (exp(-a * gap) - sqrt(exp(-2 * a * gap) - gap / u**2)) * (exp(-a * gap) + sqrt(exp(-2 * a * gap) - gap / u**2)),
    gap / u**2,
    note="J - S times J + S, with u = K r",
)
TIED = "ssa_eq_tied_krause_of_coupling_to_infinity"
NEXT = "the claim's exponent; the next order is smaller by a factor of {} at least, which moves a slope by less than a fiftieth"

FAMILY = (
    Entry(
        claim(
            "krause_eq_softmax_of_width_plus_one",
            "Dense Krause weights are softmax weights of queries sqrt(d + 1) (q / sigma^2, -1 / (2 sigma^2)) and keys (k, |k|^2).",
            ForEach.of(r"a(q, k) = P(\tilde q, \tilde k)", wider_softmax, first=1, costly_from=3),
            "any sigma > 0 and d; sigma = 2, d = 1, 2 in the cases, in symbols",
        ),
        (
            Derived.of(
                SCORES, Hand("the row's common term cancels; the other two are the scaled dot product of the longer vectors")
            ),
            Certified(2),
            same(wider_softmax_run, lambda: wider_softmax_run(times=1.0)),
            Control("-1 / sigma^2", ForEach.of("1", lambda n: wider_softmax(n, half=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "softmax_eq_krause_of_width_plus_one",
            "Softmax weights are dense Krause weights, sigma^2 = sqrt(d), of queries (q, 0) and keys (k, sqrt(M^2 - |k|^2)).",
            ForEach.of(r"P(q, k) = a(\tilde q, \tilde k)", wider_krause, first=1, costly_from=3),
            "M at least every |k_j|; d = 1, 2 in the cases, in symbols, with M^2 the sum of all |k_j|^2",
        ),
        (
            Derived.of(
                Identity.of(
                    -(over((q[c] - k[c]) ** 2) + M**2 - over(k[c] ** 2)) / (2 * s**2),
                    over(q[c] * k[c]) / s**2 - (M**2 + over(q[c] ** 2)) / (2 * s**2),
                    note="the squared distance of the longer vectors: keys have the same norm M",
                ),
                Hand("what does not depend on the key is common to the row and cancels"),
            ),
            Certified(2),
            same(wider_krause_run, lambda: wider_krause_run(times=0.0)),
            Control("a coordinate 0", ForEach.of("0", lambda n: wider_krause(n, filled=False), first=2)),
        ),
    ),
    Entry(
        claim(
            TIED,
            "As K grows and epsilon falls, synchronization weights over their sum tend to tied dense Krause weights.",
            ForEach.of(
                r"\Bigl|\tfrac{S_{ij}}{\sum_l S_{il} + K^{-2}} - a_{ij}\Bigr| \leq \tfrac{12}{K^2}",
                synchronized,
                first=1,
                index="K",
                costly_from=9,
            ),
            "q = k = omega, sigma^2 = 1 / (2 alpha), r > 0; omega = 0, 1/2, 1, alpha = r = 1, epsilon = 1/K^2 in the cases",
            uses=(),
        ),
        (
            Derived.of(
                UNLOCKED,
                Hand("so 0 <= J - S <= D e^(alpha D) / (K r)^2; the same where S = 0, for then J^2 <= D / (K r)^2"),
                Hand("with n tokens in an interval of length 1, (n + 1) e + 1 < 12 bounds K^2 times the change"),
            ),
            Enclosed(4, enclosed_sign, BALLS, full=8),
            rate(
                -2, synchronization_run, lambda: synchronization_run(alpha=0.5), NEXT.format("3 e^6 / (300)^2 at K = 1000, r > 0.3")
            ),
            rate(
                1,
                lambda: synchronization_run(by="epsilon"),
                lambda: synchronization_run(alpha=0.5, by="epsilon"),
                NEXT.format("epsilon"),
            ),
            Control("sigma^2 = 1 / alpha", ForEach.of("a", lambda K: synchronized(K, alpha=HALF), first=30)),
        ),
    ),
    Entry(
        claim(
            "ssa_eq_softmax_of_coupling_to_infinity",
            "As K grows and epsilon falls, synchronization weights over their sum tend to softmax(2 alpha omega_i.omega_j).",
            ForEach.of(
                r"-\alpha|\omega_i - \omega_j|^2 = 2\alpha\,\omega_i \cdot \omega_j + \mathrm{const}_i", dot_exponents, first=2
            ),
            "arbitrary omega; the limit is that of tied Krause weights; alpha = 1, row 1 of tokens 0, 1, ..., n - 1",
            uses=(),
        ),
        (Counterexample(at=2), Control("three tokens", ForEach.of("3", dot_exponents, first=3))),
    ),
    Entry(
        claim(
            "ssa_eq_softmax_with_key_norm_penalty_of_coupling_to_infinity",
            "As K grows and epsilon falls, the weights tend to softmax(2 alpha omega_i.omega_j - alpha |omega_j|^2).",
            ForEach.of(
                r"-\alpha|\omega_i - \omega_j|^2 = 2\alpha\,\omega_i \cdot \omega_j - \alpha|\omega_j|^2 + \mathrm{const}_i",
                lambda n: dot_exponents(n, penalty=1),
                first=2,
                costly_from=9,
            ),
            "alpha = 1, row 1 of tokens 0, 1, ..., n - 1 in the cases; where norms are equal the penalty is common and cancels",
            uses=(SHIFT, TIED),
        ),
        (
            Derived.of(
                Identity.of(
                    -a * over((w[c] - v[c]) ** 2),
                    2 * a * over(w[c] * v[c]) - a * over(v[c] ** 2) - a * over(w[c] ** 2),
                    note="omega = omega_i, v = omega_j; the last sum is common to the row",
                ),
                Hand("what is common to the row cancels in its limit, the tied Krause weights"),
            ),
            Certified(5),
            same(equal_norms_run, lambda: equal_norms_run(equal=False)),
            Control("twice the penalty", ForEach.of("2", lambda n: dot_exponents(n, penalty=2), first=3)),
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
                costly_from=9,
            ),
            "d = 1; R = 1 and agents at 0, 1/2, 1, 7/4 in the cases",
            uses=(),
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
            Enclosed(4, enclosed_sign, BALLS, full=8),
            rate(-2, hk_run, lambda: hk_run(radius=1.5), NEXT.format("1 / (2 sigma^2), at most 1/200")),
            Control("a radius 1/2", ForEach.of("1/2", lambda n: hk_step(n, radius=HALF), first=3)),
        ),
    ),
)
