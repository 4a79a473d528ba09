"""Gated paths that share one linear map: how much faster the map learns for all that use it.

Says: a map shared by M inputs with q open outputs each learns q M^(1/3) times as fast, from a balanced start; for any start with
equal outer weights the time is a quadrature. From equal weights the factor is another one, and M q and q sqrt(M) are wrong.
Idea: the shared map feels M q errors and the outer ones q each; balance makes it sqrt(M) times as strong.
Edges: one path alone has speed 1 whatever its weights are.
"""

from functools import partial

from sympy import Integer, Rational, Symbol, expand, root, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

RACE = Source("saxe2022neural", "code", read=True)
x, s, q, m, c = symbols("x s q m c", positive=True)
r = Symbol("r", real=True)
e0, h0, o0, M = symbols("e h o M", positive=True)
MOVED = h0 * o0 * (q * o0 * h0 * r) + e0 * o0 * (M * q * o0 * e0 * r) + e0 * h0 * (q * h0 * e0 * r)
BALANCE = {e0: x, o0: x, h0: m**3 * x, M: m**6}


def shared(inputs, outputs, target):
    """M inputs, M outputs, input i open to outputs i, ..., i + q - 1 around a circle, one shared map."""
    from workbench.dynamics.flow import Flow

    e, o = symbols(f"e1:{inputs + 1}", real=True), symbols(f"o1:{inputs + 1}", real=True)
    h = Symbol("h", real=True)
    open_ = [(i, (i + j) % inputs) for i in range(inputs) for j in range(outputs)]
    return Flow.from_loss(sum((target - o[j] * h * e[i]) ** 2 for i, j in open_) / 2, [*e, h, *o])


def paths(n, *, factor=1):
    """The flow of M = n inputs with q <= M gates each on symmetric states, and its balances."""
    e, h, o = symbols("e h o", real=True)
    for gates in range(1, n + 1):
        flow = shared(n, gates, s)
        at = dict(zip(flow.variables, (*(e,) * n, h, *(o,) * n), strict=True))
        rates = [expand(f.xreplace(at)) for f in flow.rhs]
        gap = s - o * h * e
        want = [*(gates * o * h * gap,) * n, factor * n * gates * o * e * gap, *(gates * h * e * gap,) * n]
        yield Case(f"M = {n}, q = {gates}", rates, [expand(f) for f in want])
        inner, outer = flow.variables[:n], flow.variables[n + 1 :]
        shared_map = flow.variables[n]
        for side in (inner, outer):
            balance = sum(z**2 for z in side) - shared_map**2
            yield Case(f"M = {n}, q = {gates}: balance with {side[0]}", [expand(flow.derivative(balance))], [0])
        yield Case(f"M = {n}, q = {gates}: speed-up", speed(n, gates), factor * gates * root(n, 3))


def speed(inputs, gates, middle=None):
    """a' / (3 a^(4/3) (s - a)) at e = o = 1 and h = sqrt(M), or another h, with s = a + 1."""
    h = sqrt(inputs) if middle is None else Integer(middle)
    flow = shared(inputs, gates, h + 1)
    names = flow.variables
    at = dict(zip(names, (*(Integer(1),) * inputs, h, *(Integer(1),) * inputs), strict=True))
    moved = flow.derivative(names[0] * names[inputs] * names[-1]).xreplace(at)
    return expand(moved) / (3 * h ** Rational(4, 3))


def speeds(n, *, law, middle=None):
    for gates in range(1, n + 1):
        yield Case(f"M = {n}, q = {gates}", speed(n, gates, middle), law(n, gates))


claim = partial(Claim.of, source=HERE)


FAMILY = (
    Entry(
        claim(
            "shared_path_speedup_eq_q_cuberoot_m",
            "Balanced paths that share one map learn q M^(1/3) times as fast: a' = 3 q M^(1/3) a^(4/3) (s - a).",
            ForEach.of(r"a' = 3 q M^{1/3} a^{4/3} (s - a)", paths, first=1, index="M", costly_from=5),
            "e = o and h = sqrt(M) e on every path, gates around a circle; for any start with e = o the time is a quadrature in h",
            source=(HERE, RACE),
        ),
        (
            Derived.of(
                Identity.of(MOVED, 3 * q * root(M, 3) * (e0 * h0 * o0) ** Rational(4, 3) * r, given=BALANCE, note="r = s - a"),
                Identity.of(
                    M * q * e0**2 * (s - e0**2 * h0),
                    q * (h0**2 + c) * (s - h0 * (h0**2 + c) / M),
                    given={e0: sqrt((h0**2 + c) / M)},
                    note="e = o and M e^2 - h^2 = c: h' = M q e^2 (s - a) in h alone",
                ),
                Hand(
                    "each input has q open outputs and each output q open inputs, so the sums over gates have q and M q equal terms"
                ),
            ),
            Certified(3),
            Certified(
                0,
                of=ForEach.once(
                    "values",
                    lambda: [
                        Case("(4, 1)", abs(root(4, 3) - Rational(1587401, 10**6)), Rational(1, 10**6), "<"),
                        Case("(7, 4)", abs(4 * root(7, 3) - Rational(7651725, 10**6)), Rational(1, 10**6), "<"),
                    ],
                ),
            ),
            Control("twice", ForEach.of("2", partial(paths, factor=2), first=1, index="M")),
        ),
    ),
    Entry(
        claim(
            "shared_path_speedup_holds_of_equal_weights",
            "The speed-up is q M^(1/3) from equal weights e = h = o, too.",
            ForEach.of(
                r"a' = 3 q M^{1/3} a^{4/3} (s - a) \text{ at } e = h = o",
                partial(speeds, law=lambda n, gates: gates * root(n, 3), middle=1),
                first=1,
                index="M",
            ),
        ),
        (
            Counterexample(at=2),
            Control("q times 2 for one input", ForEach.of("2", partial(speeds, law=lambda n, gates: 2 * gates, middle=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "speedup_eq_number_of_gated_paths",
            "The speed-up of balanced shared paths is M q.",
            ForEach.of("M q", partial(speeds, law=lambda n, gates: n * gates), first=1, index="M"),
        ),
        (Counterexample(at=2), Control("2 M q", ForEach.of("2 M q", partial(speeds, law=lambda n, gates: 2 * n * gates), first=1))),
    ),
    Entry(
        claim(
            "speedup_eq_q_sqrt_m",
            "The speed-up of balanced shared paths is q sqrt(M).",
            ForEach.of(r"q \sqrt{M}", partial(speeds, law=lambda n, gates: gates * sqrt(n)), first=1, index="M"),
        ),
        (Counterexample(at=2), Control("2 q", ForEach.of("2 q", partial(speeds, law=lambda n, gates: 2 * gates), first=1))),
    ),
)
