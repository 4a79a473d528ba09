"""The maximum-margin problem of token selection: its exact solutions, what they imply, and when there is none.

Says: the least W with <W, (x_a - x_t) z^T> >= 1 has sum lambda = |W|^2 and rank at most the number of inputs; it exists once tokens
are wide enough, and sometimes below; three tokens, two optima; steps in W act on W p as steps in p; no flow comes to rest.
Idea: W is a combination of its support rows, each a product with a query; everything else is read off that.
Edges: width max(T-1, n) is enough, not needed; equal scores leave the gradient with nothing to select.
"""

from fractions import Fraction
from functools import partial
from itertools import product
from random import Random

from sympy import IndexedBase, Matrix, Poly, Rational, Sum, Symbol, cancel, diff, exp, fraction, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForAll,
    ForEach,
    Hand,
    Identity,
    NoMargin,
    Source,
)

i, j = symbols("i j", integer=True)
m, d, e, N = symbols("m d e N", integer=True, positive=True)
lam, margin, g, b, p, W, left, right = (IndexedBase(name) for name in ("lambda", "m", "g", "b", "p", "W", "z", "v"))
s, y, z_, eta, D_j = symbols("s y z eta D_j", real=True)
WIDE = Source("tarzanagh2023transformers", "feasibility of wide tokens", read=False)
MARGINS = Source("tarzanagh2023maxmargin", "code", read=True)
EQUIVALENT = Source("tarzanagh2023maxmargin", "descent in W and in p", read=False)


def drawn(n, tokens, dim, seed):
    """Random integer inputs; distinct scores, the first token of each input selected."""
    from workbench.dynamics.token_inputs import TokenInputs

    rng = Random(seed)

    def vector():
        return [rng.randint(-9, 9) for _ in range(dim)]

    x = [[vector() for _ in range(tokens)] for _ in range(n)]
    return TokenInputs.of(x, [vector() for _ in range(n)], [[tokens - t for t in range(tokens)] for _ in range(n)], exact=True)


def rank(rows):
    return Matrix([[Rational(v.numerator, v.denominator) for v in row] for row in rows]).rank()


def generic(inputs):
    """Whether the differences to the selected token, and the queries, are independent: the executable form of generic."""
    n, tokens, _ = inputs.tokens.shape
    differences = [[inputs.tokens[i, 0] - inputs.tokens[i, t] for t in range(1, tokens)] for i in range(n)]
    return rank(inputs.queries) == n and all(rank(rows) == tokens - 1 for rows in differences)


def wide(n, *, short=0, separable=True):
    """For n inputs of T = 2..4 tokens at width max(T-1, n) and one more: exact margins where the draw is generic."""
    from workbench.dynamics.margins import least_norm_certificate

    for tokens, extra, seed in product((2, 3, 4), (0, 1), range(2)):
        dim = max(1, max(tokens - 1, n) + extra - short)
        inputs = drawn(n, tokens, dim, seed)
        if short or generic(inputs):
            found = least_norm_certificate(inputs.rows((0,) * n))
            yield Case(f"n = {n}, T = {tokens}, d = {dim}, draw {seed}", not isinstance(found, NoMargin), separable)


def ranks(n, *, less=0):
    """Rank of the exact solution for draws of n inputs with enough width."""
    from workbench.dynamics.margins import least_norm_certificate

    for tokens, dim, seed in product((2, 3), (n, n + 2), range(2)):
        inputs = drawn(n, tokens, max(dim, tokens - 1), seed)
        if generic(inputs):
            point = least_norm_certificate(inputs.rows((0,) * n)).point
            rows = [point[k : k + inputs.shape[1]] for k in range(0, len(point), inputs.shape[1])]
            yield Case(f"n = {n}, T = {tokens}, d = {dim}, draw {seed}", rank(rows), min(n, inputs.shape[0]) - less, "<=")


def dual_sums(n, *, factor=1):
    from workbench.dynamics.margins import least_norm_certificate

    for tokens, seed in product((2, 3), range(3)):
        inputs = drawn(n, tokens, max(n, tokens - 1) + 1, seed)
        if generic(inputs):
            found = least_norm_certificate(inputs.rows((0,) * n))
            squared = sum(v * v for v in found.point)
            yield Case(f"n = {n}, T = {tokens}, draw {seed}", sum(found.multipliers), factor * squared)


def narrow(n):
    """n unlike inputs of two tokens, i and 0 with query 2 i - 1, i = 1..n: width 1, below max(T-1, n) from n = 2 on."""
    from workbench.dynamics.margins import least_norm_certificate
    from workbench.dynamics.token_inputs import TokenInputs

    places = range(1, n + 1)
    inputs = TokenInputs.of([[[i], [0]] for i in places], [[2 * i - 1] for i in places], [[1, 0]] * n, exact=True)
    yield Case(f"n = {n}, T = 2, d = 1", isinstance(least_norm_certificate(inputs.rows((0,) * n)), NoMargin), True)


KEYS = [["-1/10", 1], [1, 0], [0, 0]]


def three_tokens(second=Fraction(9, 10)):
    """Both solutions for keys (-1/10, 1), (1, 0), (0, 0), and local optimality of token 2 for some scores of tokens 2 and 3."""
    from workbench.dynamics.margins import least_norm_certificate
    from workbench.dynamics.token_inputs import TokenInputs

    inputs = TokenInputs.prompted([KEYS], [[1, second, 0]], exact=True)
    for a, point, squared in ((0, (Fraction(-10, 101), Fraction(100, 101)), Fraction(100, 101)), (1, (1, 0), 1)):
        found = least_norm_certificate(inputs.rows((a,)))
        yield Case(f"alpha = {a + 1}: p", found.point, tuple(map(Fraction, point)))
        yield Case(f"alpha = {a + 1}: |p|^2", sum(v * v for v in found.point), squared)
    active = [
        t for (_, t), value in zip(inputs.pairs((1,)), least_norm_certificate(inputs.rows((1,))).margins, strict=True) if value == 1
    ]
    yield Case("alpha = 2: active rows", active, [2])
    for third in (0, Fraction(1, 2), Fraction(9, 10), 1):
        advantages = TokenInputs.prompted([KEYS], [[1, second, third]], exact=True).advantages((1,))
        yield Case(f"alpha = 2 locally optimal, scores (1, {second}, {third})", bool(advantages[1] > 0), Fraction(9, 10) > third)


def descents(dim):
    """Derivatives of a logit x.(W p) in W against those of x.q in q, times p: all that the chain rule needs, for any loss."""
    x_, p_ = ([Symbol(f"{name}{k}", real=True) for k in range(dim)] for name in "xp")
    w, q = (
        [[Symbol(f"w{a}{k}", real=True) for k in range(dim)] for a in range(dim)],
        [Symbol(f"q{k}", real=True) for k in range(dim)],
    )
    composed = sum(x_[a] * w[a][k] * p_[k] for a, k in product(range(dim), repeat=2))
    plain = sum(x_[a] * q[a] for a in range(dim))
    for a, k in product(range(dim), repeat=2):
        yield Case(f"d = {dim}, entry {a}, {k}", diff(composed, w[a][k]), diff(plain, q[a]) * p_[k])


def rests(n, *, loss=lambda f: -f):
    """Points y = e^z > 0 at which the flow of n like inputs, two tokens of scores 1 and 0 with logits z and 0, stops."""
    force = diff(-n * loss(exp(z_) / (1 + exp(z_))), z_).subs(exp(z_), y)
    numerator = Poly(fraction(cancel(force))[0], y)
    return numerator.count_roots(0) - int(numerator.eval(0) == 0)


claim = partial(Claim.of, source=HERE, topic="selection")


STEP = Sum((W[j, i] - eta * D_j * p[i]) * p[i], (i, 1, d))
FAMILY = (
    Entry(
        claim(
            "svm_feasible_of_wide_tokens",
            "Tokens of width at least max(T-1, n) in general position can be separated, whatever tokens are selected.",
            ForEach.of(r"d \ge \max(T-1, n) \Rightarrow \exists W: \langle W, G_{it}\rangle \ge 1", wide, first=1, costly_from=4),
            "in each input the differences to the selected token are independent, and the queries are independent",
            source=(HERE, WIDE),
        ),
        (
            Derived.of(
                Identity.of(
                    Sum(g[i] * b[i] * s, (i, 1, d)),
                    s * Sum(g[i] * b[i], (i, 1, d)),
                    note="<b zeta^T, g z^T> = <g, b> s, s = <zeta, z>",
                ),
                Hand("independent queries have a dual basis zeta_i: <zeta_i, z_j> is 1 for i = j and 0 otherwise"),
                Hand("independent differences x_a - x_t have a b_i with product 1 with each; W = sum_i b_i zeta_i^T has margins 1"),
            ),
            Certified(2, full=3),
            Control("two fewer entries", ForEach.of("d", partial(wide, short=2), first=3), upto=3),
        ),
    ),
    Entry(
        claim(
            "frobenius_svm_rank_le_n",
            "The least W in the Frobenius norm has rank at most min(n, d).",
            ForEach.of(r"\operatorname{rank} W^{mm} \le \min(n, d)", ranks, first=1, costly_from=4),
            uses=("multipliers_show_least_norm",),
        ),
        (
            Derived.of(
                Identity.of(
                    Sum(lam[i] * g[i] * Sum(left[i, j] * right[j], (j, 1, e)), (i, 1, N)),
                    Sum(Sum(lam[i] * g[i] * left[i, j] * right[j], (j, 1, e)), (i, 1, N)),
                    note="W v is a combination of the numbers <z_i, v>",
                ),
                Hand("W is a combination of its rows (x_a - x_t) z_i^T, so it vanishes on every v orthogonal to the n queries"),
            ),
            Certified(2, full=3),
            Control("one less", ForEach.of("rank", partial(ranks, less=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "attention_svm_dual_sum_eq_squared_norm",
            "The multipliers of the least W add up to its squared norm.",
            ForEach.of(r"\sum_k \lambda_k = |W^{mm}|_F^2", dual_sums, first=1, costly_from=4),
            uses=("multipliers_show_least_norm",),
        ),
        (
            Derived.of(
                Identity.of(
                    Sum(lam[i] * (margin[i] - 1), (i, 1, m)),
                    Sum(lam[i] * margin[i], (i, 1, m)) - Sum(lam[i], (i, 1, m)),
                    note="slackness: every term on the left is 0",
                ),
                Hand("the sum of lambda_k <G_k, W> is <W, W>, since W is the sum of lambda_k G_k"),
            ),
            Certified(2, full=3),
            Control("half the squared norm", ForEach.of("half", partial(dual_sums, factor=Fraction(1, 2)), first=1)),
        ),
    ),
    Entry(
        claim(
            "attention_svm_infeasible_below_max_t_minus_one_n",
            "Tokens narrower than max(T-1, n) cannot be separated.",
            ForEach.of(r"d < \max(T-1, n) \Rightarrow \nexists W", narrow, first=2),
            "two tokens an input; what counts are the signs of the n products, so that all inputs near these have margins too",
        ),
        (Counterexample(at=2), Control("one input, at the bound", ForEach.of("n = 1", narrow, first=1))),
    ),
    Entry(
        claim(
            "three_token_svms",
            "Keys (-1/10,1), (1,0), (0,0): p = (-10,100)/101 selects token 1; p = (1,0) token 2, locally optimal iff above 3.",
            ForEach.once(r"p_1 = \tfrac{1}{101}(-10, 100),\ p_2 = (1, 0)", three_tokens),
            source=(HERE, MARGINS),
            uses=("multipliers_show_least_norm",),
        ),
        (Certified(0), Control("token 2 with score 1/2", ForEach.once("1/2", lambda: three_tokens(Fraction(1, 2))))),
    ),
    Entry(
        claim(
            "w_descent_eq_p_descent",
            "With p fixed in logits X W p, a gradient step in W moves p' = W p by a gradient step in p' of size eta |p|^2.",
            ForAll.of(
                Identity.of(
                    STEP,
                    Sum(W[j, i] * p[i], (i, 1, d)) - eta * Sum(p[i] ** 2, (i, 1, d)) * D_j,
                    note="row j of W p after a step; D_j is the derivative of the loss in p'_j",
                )
            ),
            "the derivative of the loss in W_ji is D_j p_i, the chain rule of logits X W p",
            source=(HERE, EQUIVALENT),
        ),
        (
            Derived(),
            Certified(2, of=ForEach.of("dL/dW = D p^T", descents, first=1, index="d", costly_from=3)),
            Control(
                "a step of size eta",
                Identity.of(STEP, Sum(W[j, i] * p[i], (i, 1, d)) - eta * D_j),
            ),
        ),
    ),
    Entry(
        claim(
            "attention_flow_reaches_a_steady_state",
            "The flow of W has a stationary point that it reaches or tends to.",
            ForEach.of(r"\exists z: \nabla L(z) = 0", lambda n: [Case(f"n = {n}: stationary points", rests(n), 1, ">=")], first=1),
            "n inputs of two tokens with scores 1 and 0 and logits z and 0; the loss is minus the attended mean score",
        ),
        (
            Counterexample(at=1),
            Control(
                "a squared loss with target 1/2, which does come to rest",
                ForEach.of(r"\nexists z", lambda n: [Case("n", rests(n, loss=lambda f: (f - Rational(1, 2)) ** 2), 0)], first=1),
            ),
        ),
    ),
)
