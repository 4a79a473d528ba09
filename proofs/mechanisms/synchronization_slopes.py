"""Slopes of the weights of selective synchronization attention, and which way descent moves a pair.

Says: the printed slope holds at fixed coupling J, not where J depends on the mismatch; the gradient in a frequency has no inverse
mismatch, and goes over the row and the column of the token; descent attracts a pair whose synchrony lowers the loss.
Idea: differentiate S^2 rather than S.
Edges: the slope is unbounded at the locking boundary; at mismatch 0 nothing moves.
"""

from functools import partial
from itertools import product

from sympy import Rational, Symbol, diff, exp, expand, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForAll, ForEach, Hand, Identity, Source

J, kr, alpha = symbols("J kappa_r alpha", positive=True)
D, w1, w2, x, y = symbols("Delta w1 w2 x y", real=True)
HAYS = Source("hays2026synchronization", "eqs. 2-21, appendices A, B", read=True)
ROOT = J * sqrt(1 - (D / (kr * J)) ** 2)
MOVING = exp(-alpha * D**2)
FULL = exp(-alpha * D**2) * sqrt(1 - (D / (kr * exp(-alpha * D**2))) ** 2)
PYTHAGOREAN = ((0, 1), (Rational(3, 5), Rational(4, 5)), (Rational(5, 13), Rational(12, 13)), (1, 0))  # sine and cosine


def row_rule(*, both=False):
    """L = S_10 at omega = (3/5, 0), J = K r = 1: dL/domega_0 against the sum over row 0 (and column 0) of dL/dS."""
    a, b = symbols("a b", real=True)
    entry = sqrt(1 - (b - a) ** 2)
    slope = diff(entry, a).xreplace({a: Rational(3, 5), b: Rational(0)})
    yield Case("L = S_10, omega = (3/5, 0), J = K r = 1: derivative in omega_0", slope, Rational(-3, 4) if both else Rational(0))


def rows_and_columns(n, *, columns=1):
    """L = sum G_ij S_ij at fixed J = K r = 1, scalar frequencies: its derivative in omega_0, expanded in symbols."""
    w = symbols(f"w:{n}", real=True)
    G = [[Symbol(f"G{i}_{j}", real=True) for j in range(n)] for i in range(n)]
    entry = [[sqrt(1 - (w[i] - w[j]) ** 2) for j in range(n)] for i in range(n)]
    loss = sum(G[i][j] * entry[i][j] for i, j in product(range(n), repeat=2) if i != j)
    rule = sum((G[0][j] + columns * G[j][0]) * -(w[0] - w[j]) / entry[0][j] for j in range(1, n))
    values = {w[i]: Rational(3 * i, 5 * n) for i in range(n)} | {
        G[i][j]: Rational(i - 2 * j + 5) for i, j in product(range(n), repeat=2)
    }
    yield Case(f"n = {n}", expand((diff(loss, w[0]) - rule).xreplace(values)), 0)


def attraction(m, *, loss_slope=-1):
    """The rate of Delta under descent, -2 dL/dS dS/dDelta, at locked mismatches."""
    for a, gap in product((Rational(1, 2), Rational(m)), (Rational(1, 4 * m), Rational(1, 3 * m))):
        slope = diff(FULL, D).xreplace({alpha: a, kr: Rational(1), D: gap})
        yield Case(f"alpha = {a}, K r = 1, mismatch {gap}", -2 * loss_slope * slope, 0, "<")


def steep(c):
    """The squared slope at alpha = 1/2, near the boundary, against c^2."""
    gap = Rational(1, 2)
    squared, coupling = exp(-(gap**2)), gap**2 * exp(gap**2) * (1 + Rational(1, 100 * c**2))  # J^2 and (K r)^2
    slope = gap**2 * (squared + 1 / coupling) ** 2 / (squared - gap**2 / coupling)
    yield Case(
        f"alpha = 1/2, Delta = 1/2, (K r)^2 = Delta^2 e^(1/4) (1 + 1/{100 * c**2}): squared slope against {c}^2", slope, c**2, "<="
    )


def fixed_slopes(m, *, power=2):
    """The slope at fixed J = 1/m, K r = 2, at rational sines."""
    for sine, cosine in PYTHAGOREAN[:3]:
        point = {J: Rational(1, m), kr: Rational(2), D: sine * Rational(2, m)}
        printed = -(point[D] / (kr * J) ** power).xreplace(point) * Rational(1, m) / cosine
        yield Case(f"J = 1/{m}, K r = 2, Delta/(K r J) = {sine}", diff(ROOT, D).xreplace(point), printed)


def pair_slopes(m, *, power=0):
    """The slope in the first entry of omega_i at omega_i - omega_j = (3, 4)/(5 m), fixed J = 1/m, K r = 2: Delta/(K r J) = 1/2."""
    point = {J: Rational(1, m), kr: Rational(2), w1: Rational(3, 5 * m), w2: Rational(4, 5 * m)}
    printed = (-C_FACTOR * w1 / (PAIR**power * (kr * J) ** 2)).xreplace(point)
    yield Case(f"J = 1/{m}", expand(diff(PAIR_ROOT, w1).xreplace(point) - printed), 0)


PAIR = sqrt(w1**2 + w2**2)
PAIR_ROOT = J * sqrt(1 - (w1**2 + w2**2) / (kr * J) ** 2)
C_FACTOR = J / sqrt(1 - (w1**2 + w2**2) / (kr * J) ** 2)


claim = partial(Claim.of, source=HAYS)


S_SLOPE = Identity.of(diff(MOVING**2 - D**2 / kr**2, D), -2 * D * (2 * alpha * MOVING**2 + 1 / kr**2), note="the slope of S^2")
SQUARED = Identity.of(J**2 * (1 - (D / (kr * J)) ** 2), J**2 - (D / kr) ** 2, note="S^2")


FAMILY = (
    Entry(
        claim(
            "mismatch_slope_eq_printed_form_ssa_of_fixed_coupling",
            "dS/dDelta = -(Delta/(K r J)^2) J / sqrt(1 - (Delta/(K r J))^2) at fixed J.",
            ForEach.of(
                r"\frac{dS}{d\Delta} = -\frac{\Delta}{(K r J)^2} \frac{J}{\sqrt{1 - (\Delta/(K r J))^2}}",
                fixed_slopes,
                first=1,
                index="1/J",
                costly_from=6,
            ),
            "J held fixed; Delta/(K r J) = 0, 5/13, 3/5 in the cases",
        ),
        (
            Derived.of(
                SQUARED,
                Hand(
                    "differentiate: S dS/dDelta = -Delta/(K r)^2, which is the printed form times S = J sqrt(1 - (Delta/(K r J))^2)"
                ),
            ),
            Certified(3),
            Control("without the square", ForEach.of("1", lambda m: fixed_slopes(m, power=1), first=3)),
        ),
    ),
    Entry(
        claim(
            "mismatch_slope_eq_printed_form_ssa",
            "The same form is the slope of S of eq. (10), where J depends on Delta.",
            ForAll.of(Identity.of(diff(FULL, D), -(D / (kr * MOVING) ** 2) * MOVING / sqrt(1 - (D / (kr * MOVING)) ** 2))),
            "J = exp(-alpha Delta^2)",
        ),
        (
            Counterexample(),
            Control(
                "without the square", Identity.of(diff(FULL, D), -(D / (kr * MOVING)) * MOVING / sqrt(1 - (D / (kr * MOVING)) ** 2))
            ),
        ),
    ),
    Entry(
        claim(
            "mismatch_slope_eq_total_form_ssa",
            "S dS/dDelta = -Delta (2 alpha J^2 + 1/(K r)^2), J = exp(-alpha Delta^2): half the slope of S^2.",
            ForAll.of(S_SLOPE),
            "S > 0",
            source=HERE,
        ),
        (Derived(), Control("alpha for 2 alpha", Identity.of(S_SLOPE.left, -2 * D * (alpha * MOVING**2 + 1 / kr**2)))),
    ),
    Entry(
        claim(
            "frequency_gradient_carries_inverse_mismatch_ssa",
            "At fixed J, dS_ij/domega_i = -c (omega_i - omega_j)/(Delta_ij (K r J)^2), c = J / sqrt(1 - (Delta/(K r J))^2).",
            ForEach.of(
                r"\partial S_{ij}/\partial\omega_i = -c\, (\omega_i - \omega_j)/(\Delta_{ij} (K r J)^2)",
                lambda m: pair_slopes(m, power=1),
                first=1,
                index="1/J",
            ),
            "S_ij > 0; d = 2, Delta = J = 1/m and Delta/(K r J) = 1/2; at Delta = 1 the forms agree",
        ),
        (Counterexample(at=2), Control("the square of it", ForEach.of("2", lambda m: pair_slopes(m, power=2), first=2))),
    ),
    Entry(
        claim(
            "frequency_gradient_eq_linear_form_ssa",
            "At fixed J, dS_ij/domega_i = -c (omega_i - omega_j)/(K r J)^2: no inverse mismatch.",
            ForEach.of(
                r"\partial S_{ij}/\partial\omega_i = -c\, (\omega_i - \omega_j)/(K r J)^2",
                pair_slopes,
                first=1,
                index="1/J",
                costly_from=6,
            ),
            "S_ij > 0; d = 2 and Delta/(K r J) = 1/2 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(J**2 * (1 - (w1**2 + w2**2) / (kr * J) ** 2), J**2 - (w1**2 + w2**2) / kr**2, note="S^2 for d = 2"),
                Hand("differentiate: S dS/domega_i = -(omega_i - omega_j)/(K r)^2, and c = J^2/S; other widths have more squares"),
            ),
            Certified(3),
            Control("with an inverse mismatch", ForEach.of("Delta", lambda m: pair_slopes(m, power=1), first=3)),
        ),
    ),
    Entry(
        claim(
            "frequency_gradient_eq_row_chain_rule_ssa",
            "dL/domega_i = sum_j (dL/dS_ij)(dS_ij/dDelta_ij)(dDelta_ij/domega_i), dL/dS the gradient by matrix entry.",
            ForEach.once(r"\partial L/\partial \omega_0 = \sum_j \ldots", row_rule),
            "r independent of omega; L = S_10 of two tokens, whose row 0 has no derivative",
        ),
        (
            Counterexample(at=0),
            Control("n = 2 by rows only", ForEach.of("rows", lambda n: rows_and_columns(n, columns=0), first=2)),
        ),
    ),
    Entry(
        claim(
            "frequency_gradient_eq_row_plus_column_chain_rule_ssa",
            "dL/domega_i = sum_j (dL/dS_ij + dL/dS_ji)(dS_ij/dDelta_ij)(dDelta_ij/domega_i).",
            ForEach.of(r"\partial L/\partial\omega_i = \sum_j (G_{ij} + G_{ji}) \ldots", rows_and_columns, first=2, costly_from=6),
            "r independent of omega; scalar frequencies, fixed J in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    diff(PAIR_ROOT.subs(w1, x - y), x),
                    -diff(PAIR_ROOT.subs(w1, x - y), y),
                    note="S_ij as a function of omega_i - omega_j",
                ),
                Hand("omega_i occurs in row i and in column i of S, and S_ij = S_ji"),
            ),
            Certified(4),
            Control("rows only", ForEach.of("rows", lambda n: rows_and_columns(n, columns=0), first=2)),
        ),
    ),
    Entry(
        claim(
            "descent_attracts_pair_ssa_of_useful_synchrony",
            "A small descent step on the pair term reduces Delta_ij when dL/dS_ij < 0 and S_ij > 0.",
            ForEach.of(
                r"\dot\Delta = -2\, \frac{\partial L}{\partial S} \frac{dS}{d\Delta} < 0",
                attraction,
                first=1,
                index="m",
                costly_from=4,
            ),
            "a single pair with Delta > 0; alpha = 1/2 and m, mismatch 1/(4 m) and 1/(3 m), K r = 1 in the cases",
        ),
        (
            Derived.of(
                S_SLOPE,
                Hand(
                    "so dS/dDelta < 0 wherever S > 0 and Delta > 0; omega_i and omega_j move by -dL/dS dS/dDelta along and "
                    "against their difference"
                ),
            ),
            Certified(2),
            Control("dL/dS > 0", ForEach.of(">", lambda m: attraction(m, loss_slope=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "slope_bounded_up_to_locking_boundary_ssa",
            "|dS/dDelta| stays bounded as Delta approaches the locking radius: it is at most some C.",
            ForEach.of(r"|dS/d\Delta| \leq C", steep, first=1, index="C"),
            "alpha = Delta = 1/2, a coupling with its locking radius just above; every C fails: S tends to 0, S dS/dDelta does not",
            source=HERE,
        ),
        (Counterexample(at=1), Control("C = 5", ForEach.of("5", steep, first=5))),
    ),
)
