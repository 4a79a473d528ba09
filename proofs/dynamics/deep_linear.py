"""Deep linear networks: modes, the equations that balanced layers follow, and the times at which modes are learnt.

Says: aligned and balanced modes follow sigmoids (two layers) and a' = L a^(2-2/L) (s - a); balanced layers follow a Riccati
equation, aligned or not. Half times are not inversely proportional to strengths, since all modes start from one size.
Idea: balance makes every factor a power of the product, and rotations that target and weights share drop out.
Edges: the integral form of the Riccati solution needs no inverse, so that the target may be singular.
"""

from functools import partial

from sympy import (
    Integer,
    Matrix,
    Rational,
    Symbol,
    atan,
    diag,
    diff,
    exp,
    expand,
    eye,
    log,
    root,
    sqrt,
    symbols,
    zeros,
)

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

SAXE = Source("saxe2014exact", "the solution for decoupled modes", read=False)
BRAUN = Source("braun2022exact", "the matrix Riccati solution", read=False)
x, s, a, c, y, k = symbols("x s a c y k", positive=True)
t = Symbol("t", real=True)
SIGMOID = s / (1 + k * exp(-2 * s * t))  # k = s/a0 - 1
ALONE = k * exp(2 * s * t) / (1 + k * (exp(2 * s * t) - 1) / (2 * s))
GROWN = 2 * s * k / (k + (2 * s - k) * exp(-2 * s * t))
STRENGTHS = (Integer(3), Integer(2), Integer(1), Rational(1, 2))
HALF_TIMES = (13343, 19001, 34534, 62126)


def rotation(size, shift=0):
    """A rational orthogonal matrix: rotations by the angles of the triangles 3, 4, 5 and 5, 12, 13 in neighbouring planes."""
    turned = eye(size)
    for i in range(size - 1):
        near, far, whole = ((3, 4, 5), (5, 12, 13))[(i + shift) % 2]
        plane = eye(size)
        plane[i, i] = plane[i + 1, i + 1] = Rational(near, whole)
        plane[i, i + 1], plane[i + 1, i] = Rational(-far, whole), Rational(far, whole)
        turned = turned * plane
    return turned


def modes(n, *, doubled=1):
    """n aligned, balanced modes in layers n -> n + 2 -> n + 1: each root factor x moves by x (s - x^2), and nothing else moves."""
    left, right, middle = rotation(n + 1)[:, :n], rotation(n, 1), rotation(n + 2, 1)[:, :n]
    factors = [Symbol(f"x{i}", positive=True) for i in range(n)]
    strengths = [Symbol(f"s{i}", positive=True) for i in range(n)]
    second, first = left * diag(*factors) * middle.T, middle * diag(*factors) * right.T
    gap = left * diag(*strengths) * right.T - second * first
    pace = diag(*(doubled * f * (strength - f**2) for f, strength in zip(factors, strengths, strict=True)))
    yield Case(f"n = {n}: second layer", (gap * first.T - left * pace * middle.T).expand(), zeros(n + 1, n + 2))
    yield Case(f"n = {n}: first layer", (second.T * gap - middle * pace * right.T).expand(), zeros(n + 2, n))


def half_times():
    for strength, digits in zip(STRENGTHS, HALF_TIMES, strict=True):
        found = log(strength * 1000 - 1) / (2 * strength)
        yield Case(f"s = {strength}, a0 = 1/1000", abs(found - Rational(digits, 10**4)), Rational(1, 2 * 10**4), "<")


def cubic(w):
    """An antiderivative of w/(1 - w^3)."""
    return -log(1 - w) / 3 + log(1 + w + w**2) / 6 - atan((2 * w + 1) / sqrt(3)) / sqrt(3)


DEPTH3 = (-c / x + cubic(x / c)) / c**4  # the time to x = a^(1/3), s = c^3
DEPTH4 = (-1 / y + (log(c + y) - log(c - y)) / (2 * c)) / (2 * c**2)  # the time to y = a^(1/2), s = c^2


def powers(depth, *, shift=0):
    """All factors x: the product a = x^L moves by L a^(2 - 2/L) (s - a), and squares of factors keep their differences."""
    from workbench.dynamics.solutions import product_flow

    flow = product_flow(depth)
    equal = {w: x for w in flow.variables}
    target = Symbol("s", real=True)
    moved = flow.derivative(expand(_product(flow.variables))).xreplace(equal)
    yield Case(f"L = {depth}", [expand(moved)], [expand(depth * x ** (2 * depth - 2 + shift) * (target - x**depth))])
    first, *others = flow.variables
    for other in others:
        yield Case(f"L = {depth}, {other}", [expand(flow.derivative(first**2 - other**2))], [0])


def _product(factors):
    total = Integer(1)
    for factor in factors:
        total = total * factor
    return total


def times():
    """At s = 2 from a = 1/20, three factors: a = 1 at t = 1.002649."""
    begin, end = root(Rational(1, 20), 3), Integer(1)
    strength = root(2, 3)
    taken = DEPTH3.xreplace({c: strength})
    apart = taken.xreplace({x: end}) - taken.xreplace({x: begin}) - Rational(1002649, 10**6)
    yield Case("t", abs(apart), Rational(1, 10**6), "<")


def gram(strengths, start, *, share=1):
    """Numerator and denominator of Q Q^T(t) for a diagonal integer target, in y = e^t and t; and F."""
    n = len(strengths)
    even, odd = (diag(*((y**p + e * y**-p) / 2 for p in strengths)) for e in (1, -1))
    near = diag(*((y ** (2 * p) - y ** (-2 * p)) / (4 * p) if p else t for p in strengths))
    far = diag(*(((y ** (2 * p) + y ** (-2 * p)) / 2 - 1) / (2 * p) if p else 0 for p in strengths))
    moved = Matrix.vstack(Matrix.hstack(even, odd), Matrix.hstack(odd, even))
    integral = share * Matrix.vstack(Matrix.hstack(near, far), Matrix.hstack(far, near))
    inner = (eye(n) + start.T * integral * start).expand()
    top = (moved * start * inner.adjugate() * start.T * moved).expand()
    target = diag(*strengths)
    return top, expand(inner.det()), Matrix.vstack(Matrix.hstack(zeros(n), target), Matrix.hstack(target, zeros(n)))


def riccati(n, *, share=1):
    """Balanced starts of n x n layers, not aligned: the formula solves G' = FG + GF - G^2, which is the flow of G = Q Q^T."""
    for strengths in ((2,), (0,)) if n == 1 else ((1, 0),):
        first = Matrix(n, n, lambda i, j: Rational(1 + i + 2 * j, 3))
        second = rotation(n) * first.T
        start = Matrix.vstack(first.T, second)
        top, bottom, force = gram(strengths, start, share=share)
        rates = (top.applyfunc(lambda e: y * diff(e, y) + diff(e, t)), y * diff(bottom, y) + diff(bottom, t))
        label = f"n = {n}, S = diag{strengths}"
        begin = {y: Integer(1), t: Integer(0)}
        yield Case(f"{label}: start", (top / bottom).xreplace(begin), start * start.T)
        flow = bottom * (force * top + top * force) - top**2
        yield Case(f"{label}: flow", (rates[0] * bottom - top * rates[1] - flow).expand(), zeros(2 * n))
        gap = diag(*strengths) - second * first
        moved = Matrix.vstack((second.T * gap).T, gap * first.T) * start.T
        now = start * start.T
        yield Case(f"{label}: layers", moved + moved.T, force * now + now * force - now**2)


def products_of_half_time(n, *, same=True):
    """s t_half of the modes s = 1 and s = n, both from a0 = 1/3."""
    first, other = (log(3 * strength - 1) / 2 for strength in (1, n))
    yield Case(f"s = {n}", other, first, "==" if same else "!=")


claim = partial(Claim.of, source=HERE)


FAMILY = (
    Entry(
        claim(
            "modes_follow_sigmoids_of_aligned_balanced",
            "Two aligned, balanced layers learn each mode along its own sigmoid a = s/(1 + (s/a0 - 1) e^(-2st)).",
            ForEach.of(r"W_2 W_1 = U \operatorname{diag}(a_i(t)) V^T", modes, first=1, costly_from=4),
            "white inputs, |S - W2 W1|^2/2; W2 = U sqrt(a) R^T, W1 = R sqrt(a) V^T at the start",
            source=(HERE, SAXE),
        ),
        (
            Derived.of(
                Identity.of(diff(SIGMOID, t), 2 * SIGMOID * (s - SIGMOID), note="a' = 2 a (s - a), from x' = x (s - x^2), a = x^2"),
                Identity.of(SIGMOID, s / 2, given={t: log(k) / (2 * s)}, note="half time"),
                Hand("U^T U = V^T V = R^T R = 1 take the rotations out of both equations for any number of modes"),
            ),
            Certified(2, full=3),
            Certified(0, of=ForEach.once("half times", half_times)),
            Control("twice the pace", ForEach.of("2", partial(modes, doubled=2), first=1)),
        ),
    ),
    Entry(
        claim(
            "mode_rate_eq_depth_power_of_aligned_balanced",
            "An aligned, balanced mode of L layers moves by a' = L a^(2-2/L) (s - a), in closed form up to four layers.",
            ForEach.of(r"a' = L a^{2-2/L}(s - a)", powers, first=2, index="L", costly_from=7),
            "every factor a^(1/L)",
            source=(HERE, SAXE),
        ),
        (
            Derived.of(
                Identity.of(
                    diff(DEPTH3, x) * x**2 * (c**3 - x**3), 1, given={c: x + a}, note="t for three layers, s = c^3, a0 < s"
                ),
                Identity.of(
                    diff(DEPTH4, y) * 2 * y**2 * (c**2 - y**2), 1, given={c: y + a}, note="for four layers, s = c^2, y^2 = a"
                ),
                Hand("with all factors x the flow is x' = x^(L-1) (s - x^L), and a = x^L: the chain rule"),
            ),
            Certified(5),
            Certified(0, of=ForEach.once("t(1)", times)),
            Control("one power more", ForEach.of("x", partial(powers, shift=1), first=2, index="L")),
        ),
    ),
    Entry(
        claim(
            "gram_follows_riccati_of_balanced",
            "For balanced layers Q Q^T(t) = e^(Ft) Q0 (1 + Q0^T int_0^t e^(2Fs) ds Q0)^-1 Q0^T e^(Ft), S singular or not.",
            ForEach.of(r"G' = FG + GF - G^2", riccati, first=1, costly_from=3),
            "Q = [W1^T; W2], F = [[0, S^T], [S, 0]], W2^T W2 = W1 W1^T",
            source=(HERE, BRAUN),
        ),
        (
            Derived.of(
                Identity.of(ALONE, GROWN, note="one entry: F = S = s, G0 = k, the integral is (e^(2st) - 1)/(2s)"),
                Identity.of(diff(GROWN, t), 2 * s * GROWN - GROWN**2, note="G' = 2 s G - G^2"),
                Hand(
                    "Q' = F Q - Q Q^T Q/2: with B = W2^T W2 = W1 W1^T, which the flow keeps, Q^T Q = 2 B, and F Q is the pull of S"
                ),
                Hand("so G = Q Q^T has G' = F G + G F - G^2"),
                Hand("P = e^(Ft) Q0 and M = (1 + int P^T P)^-1 have P' = F P, M' = -M P^T P M: P M P^T has this equation, and G0"),
                Hand("for t >= 0 the integral is positive semidefinite, so the inverse exists; solutions are unique"),
            ),
            Certified(2),
            Control("half the integral", ForEach.of("1/2", partial(riccati, share=Rational(1, 2)), first=1)),
        ),
    ),
    Entry(
        claim(
            "half_time_times_strength_is_constant",
            "The half times of modes are inversely proportional to their strengths.",
            ForEach.of(r"s\, t_{1/2} = \text{const}", products_of_half_time, first=1, index="s"),
            "one start a0 = 1/3 for all modes",
            uses=("modes_follow_sigmoids_of_aligned_balanced",),
        ),
        (Counterexample(at=2), Control("unequal for s = 1", ForEach.of("!=", partial(products_of_half_time, same=False), first=1))),
    ),
)
