"""Gradient flows of the value-softmax model L = l(V s), s = softmax(a): as printed, and as the loss gives them.

Says: V' = -grad s^T and a' = -J(s) V^T grad for any loss; the printed logistic flow and both reduced flows have the wrong sign;
from V(0) = 0 the values stay in the line of beta*; the output moves by |s|^2 I + V J^2 V^T, with J squared.
Idea: the chain rule; the logistic loss falls in its score at the rate gamma.
Edges: one score, whose softmax is constant.
"""

from functools import partial
from itertools import product

from sympy import IndexedBase, Matrix, Rational, Sum, cancel, diff, exp, eye, log, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

j, N = symbols("j N", integer=True, positive=True)
S, U, G = IndexedBase("s"), IndexedBase("u"), IndexedBase("g")
z, rest, B = symbols("z R B", positive=True)
x, y, m = symbols("x y m", real=True)
VARRE = Source("varre2026polarizes", "sections 2-4; appendix D as reported elsewhere", read=True)
REGRESSION = "V(0) = 0, s_0(0) > ... > s_{p-1}(0); the flow derived from the squared loss"


def shares(z):
    """Softmax of a for e^a = z."""
    return [entry / sum(z) for entry in z]


def symbolic(p, d):
    """e^a, V and a gradient of the loss in the output, in symbols."""
    return symbols(f"z:{p}", positive=True), Matrix(d, p, symbols(f"V:{d * p}", real=True)), symbols(f"g:{d}", real=True)


def jacobian(s):
    return Matrix(len(s), len(s), lambda i, k: s[i] * (int(i == k) - s[k]))


def full_flow(p, *, sign=-1, symmetric=True):
    """Gradients of L in V and a, for a loss of gradient g in the output, against the printed right sides."""
    for d in (1, 2):
        z, V, g = symbolic(p, d)
        s = shares(z)
        loss = sum(g[c] * V[c, i] * s[i] for c, i in product(range(d), range(p)))
        inner = (jacobian(s) if symmetric else eye(p)) * V.T * Matrix(g)
        for i in range(p):
            for c in range(d):
                yield Case(f"p = {p}, d = {d}: V[{c}, {i}]", (cancel(-diff(loss, V[c, i]) - sign * g[c] * s[i]),), (0,))
            yield Case(f"p = {p}, d = {d}: a[{i}]", (cancel(-z[i] * diff(loss, z[i]) - sign * inner[i]),), (0,))


def logistic(p, *, sign=-1, reduced=False):
    """The flow of log(1 + exp(-beta.Vs)) at e^a = 1, 2, ..., V = (1, 2, ...), beta = 2, d = 1, against sign gamma beta s^T etc."""
    a, V = symbols(f"a:{p}", real=True), symbols(f"V:{p}", real=True)
    beta = Rational(2)
    soft = [exp(t) / sum(map(exp, a)) for t in a]
    score = beta * sum(v * s for v, s in zip(V, soft, strict=True))
    loss = log(1 + exp(-score))
    point = {t: log(i + 1) for i, t in enumerate(a)} | {v: Rational(i + 1) for i, v in enumerate(V)}
    s = shares([Rational(i + 1) for i in range(p)])
    gamma = (1 / (1 + exp(score))).subs(point)
    inner = jacobian(s) * Matrix([beta * (i + 1) for i in range(p)])
    for i in range(p):
        printed = sign * gamma * beta * s[i] * (beta if reduced else 1)
        derived = -diff(loss, V[i]).subs(point) * (beta if reduced else 1)
        yield Case(f"p = {p}, d = 1, beta = 2: {'u' if reduced else 'V'}[{i}]", cancel(derived - printed), 0)
        yield Case(f"p = {p}, d = 1, beta = 2: a[{i}]", cancel(-diff(loss, a[i]).subs(point) - sign * gamma * inner[i]), 0)


def regression(p, *, sign=1):
    """The flow of |beta - V s|^2 / 2 in symbols, d = 2, against (beta - V s) s^T and J V^T (beta - V s)."""
    z, V, beta = symbolic(p, 2)
    s = shares(z)
    gap = Matrix(beta) - V * Matrix(s)
    loss = sum(t**2 for t in gap) / 2
    inner = jacobian(s) * V.T * gap
    for i in range(p):
        for c in range(2):
            yield Case(f"p = {p}: V[{c}, {i}]", (cancel(-diff(loss, V[c, i]) - sign * gap[c] * s[i]),), (0,))
        yield Case(f"p = {p}: a[{i}]", (cancel(-z[i] * diff(loss, z[i]) - sign * inner[i]),), (0,))


def reduced_regression(p, *, sign=-1):
    """u' = beta^T V' at V = beta u^T / B, beta = (1, 2), rational u and s, against sign gamma B s; a' against sign gamma J u."""
    beta, s, u = Matrix([1, 2]), shares([Rational(i + 1) for i in range(p)]), [Rational(3 - i, 2) for i in range(p)]
    V = beta * Matrix([u]) / 5
    gap = beta - V * Matrix(s)
    gamma = 1 - sum(a * b for a, b in zip(u, s, strict=True)) / 5
    inner, wanted = jacobian(s) * V.T * gap, jacobian(s) * Matrix(u)
    for i in range(p):
        yield Case(f"p = {p}, beta = (1, 2): u[{i}]", (beta.T * gap)[0] * s[i], sign * gamma * 5 * s[i])
        yield Case(f"p = {p}, beta = (1, 2): a[{i}]", inner[i], sign * gamma * wanted[i])


def output_matrix(p, *, power=2):
    """d(V s)/dt for V = 1, s in proportion to 1, ..., p: s.s + J^2, against s.s + J^power."""
    s = shares([Rational(i + 1) for i in range(p)])
    V, J = eye(p), jacobian(s)
    for c in range(p):
        g = Matrix([int(i == c) for i in range(p)])
        velocity = -(g * Matrix([s])) * Matrix(s) - V * J * (J * V.T * g)
        printed = -(sum(t**2 for t in s) * g + V * J**power * V.T * g)
        yield Case(f"p = {p}, V = 1, s in proportion to 1..{p}, gradient {c}", tuple(velocity), tuple(printed))


claim = partial(Claim.of, source=VARRE)


def over(term):
    return Sum(term, (j, 1, N))


SOFT = Identity.of(
    diff(exp(x) / (exp(x) + rest), x), exp(x) / (exp(x) + rest) * (1 - exp(x) / (exp(x) + rest)), note="ds_i/da_i; R the others"
)
CHAIN = Hand("the chain rule: dL/dV_ci = g_c s_i and dL/da_i = sum_k J_ik (V^T g)_k, with J symmetric")
SLOPE = Identity.of(diff(log(1 + exp(-x)), x), -1 / (1 + exp(x)), note="the logistic loss falls in <beta*, V s> at the rate gamma")


FAMILY = (
    Entry(
        claim(
            "full_flow_eq_printed_form_value_softmax",
            "V' = -grad s^T and a' = -J(s) V^T grad, grad the gradient of the loss in the output.",
            ForEach.of(
                r"\dot V = -\nabla\ell\, s^{\mathsf T},\ \dot a = -J(s) V^{\mathsf T} \nabla\ell",
                full_flow,
                first=1,
                index="p",
                costly_from=4,
            ),
            "any loss; d = 1, 2 in the cases, all numbers as symbols",
        ),
        (
            Derived.of(SOFT, CHAIN),
            Certified(2),
            Control("without J", ForEach.of("1", lambda p: full_flow(p, symmetric=False), first=1, index="p")),
        ),
    ),
    Entry(
        claim(
            "logistic_flow_eq_printed_form_value_softmax",
            "V' = -gamma beta* s^T and a' = -gamma J(s) V^T beta*.",
            ForEach.of(
                r"\dot V = -\gamma \beta^* s^{\mathsf T},\ \dot a = -\gamma J(s) V^{\mathsf T} \beta^*",
                logistic,
                first=1,
                index="p",
            ),
            "logistic loss, gamma = 1/(1 + exp <beta*, V s>)",
        ),
        (Counterexample(at=1), Control("two scores", ForEach.of("2", logistic, first=2))),
    ),
    Entry(
        claim(
            "logistic_flow_eq_printed_form_value_softmax_of_opposite_sign",
            "V' = gamma beta* s^T and a' = gamma J(s) V^T beta*.",
            ForEach.of(
                r"\dot V = \gamma \beta^* s^{\mathsf T},\ \dot a = \gamma J(s) V^{\mathsf T} \beta^*",
                lambda p: logistic(p, sign=1),
                first=1,
                index="p",
                costly_from=3,
            ),
            "logistic loss; d = 1, beta* = 2, V = (1, 2, ...), e^a = (1, 2, ...) in the cases",
            source=HERE,
        ),
        (Derived.of(SLOPE, SOFT, CHAIN), Certified(2), Control("as printed", ForEach.of("-", logistic, first=1))),
    ),
    Entry(
        claim(
            "reduced_logistic_flow_eq_printed_form",
            "u' = -gamma B s and a' = -gamma J(s) u, for u = V^T beta*.",
            ForEach.of(r"\dot u = -\gamma B s,\ \dot a = -\gamma J(s) u", lambda p: logistic(p, reduced=True), first=1, index="p"),
            "logistic loss",
        ),
        (Counterexample(at=1), Control("two scores", ForEach.of("2", lambda p: logistic(p, reduced=True), first=2))),
    ),
    Entry(
        claim(
            "reduced_logistic_flow_eq_printed_form_of_opposite_sign",
            "u' = gamma B s and a' = gamma J(s) u, for u = V^T beta*.",
            ForEach.of(
                r"\dot u = \gamma B s,\ \dot a = \gamma J(s) u",
                lambda p: logistic(p, sign=1, reduced=True),
                first=1,
                index="p",
                costly_from=3,
            ),
            "logistic loss; d = 1, beta* = 2 in the cases",
            source=HERE,
        ),
        (
            Derived.of(SLOPE, SOFT, Hand("multiply V' = gamma beta* s^T by beta* from the left: B = beta*.beta*; V^T beta* is u")),
            Certified(2),
            Control("as printed", ForEach.of("-", lambda p: logistic(p, reduced=True), first=1)),
        ),
    ),
    Entry(
        claim(
            "regression_flow_eq_printed_form_value_softmax",
            "V' = (beta* - V s) s^T and a' = J(s) V^T (beta* - V s).",
            ForEach.of(
                r"\dot V = (\beta^* - V s) s^{\mathsf T},\ \dot a = J(s) V^{\mathsf T} (\beta^* - V s)",
                regression,
                first=1,
                index="p",
                costly_from=3,
            ),
            "squared loss; d = 2 in the cases, all numbers as symbols",
        ),
        (
            Derived.of(
                Identity.of(
                    ((x - y - z) ** 2 - (x - y) ** 2) / 2,
                    -z * (x - y) + z**2 / 2,
                    note="the loss when an output y moves by z: slope -(beta* - V s)",
                ),
                SOFT,
                CHAIN,
            ),
            Certified(2),
            Control("the other sign", ForEach.of("-", lambda p: regression(p, sign=-1), first=1)),
        ),
    ),
    Entry(
        claim(
            "reduced_regression_flow_eq_printed_form",
            "u' = -gamma B s and a' = -gamma J(s) u, gamma = 1 - <u, s>/B.",
            ForEach.of(r"\dot u = -\gamma B s,\ \dot a = -\gamma J(s) u", reduced_regression, first=1, index="p"),
            REGRESSION,
        ),
        (Counterexample(at=1), Control("two scores", ForEach.of("2", reduced_regression, first=2))),
    ),
    Entry(
        claim(
            "reduced_regression_flow_eq_printed_form_of_opposite_sign",
            "u' = gamma B s and a' = gamma J(s) u, gamma = 1 - <u, s>/B.",
            ForEach.of(
                r"\dot u = \gamma B s,\ \dot a = \gamma J(s) u",
                lambda p: reduced_regression(p, sign=1),
                first=1,
                index="p",
                costly_from=8,
            ),
            REGRESSION,
            "beta* = (1, 2) in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(x - x * m / B, x * (1 - m / B), note="beta* - V s = gamma beta*, m = <u, s>"),
                Hand("multiply V' = gamma beta* s^T by beta*, and a' = J V^T gamma beta* has V^T beta* = u"),
            ),
            Certified(4),
            Control("as printed", ForEach.of("-", reduced_regression, first=1)),
        ),
    ),
    Entry(
        claim(
            "output_flow_matrix_has_squared_jacobian",
            "d(V s)/dt = -(|s|^2 I + V J(s)^2 V^T) grad.",
            ForEach.of(
                r"\frac{d(Vs)}{dt} = -(\|s\|^2 I + V J(s)^2 V^{\mathsf T}) \nabla\ell",
                output_matrix,
                first=1,
                index="p",
                costly_from=6,
            ),
            "any loss; V = 1 and s in proportion to 1, ..., p in the cases",
        ),
        (
            Derived.of(
                Identity.of(over(G[j] * S[j] * y), y * over(G[j] * S[j]), note="V' s = -grad s^T s, a sum with a constant factor"),
                Hand("d(V s)/dt = V' s + V J a' with V' = -grad s^T and a' = -J V^T grad"),
            ),
            Certified(3),
            Control("J", ForEach.of("J", lambda p: output_matrix(p, power=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "output_flow_matrix_has_plain_jacobian",
            "d(V s)/dt = -(|s|^2 I + V J(s) V^T) grad.",
            ForEach.of(
                r"\frac{d(Vs)}{dt} = -(\|s\|^2 I + V J(s) V^{\mathsf T}) \nabla\ell",
                lambda p: output_matrix(p, power=1),
                first=1,
                index="p",
            ),
            "any loss; V = 1",
        ),
        (Counterexample(at=2), Control("p = 3", ForEach.of("3", lambda p: output_matrix(p, power=1), first=3))),
    ),
)
