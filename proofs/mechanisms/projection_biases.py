"""Gradients of the biases of queries and keys, by dot products and by distances; and what a common rotation of both leaves out.

Says: with q = W_Q^T x + b_Q and k = W_K^T x + b_K no loss of softmax attention has a gradient in b_K; with Krause scores it has
one, -(1/sigma^2) sum_ij G_ij k_j, which is minus that in b_Q, so b_Q + b_K never moves; W_Q^T G_Q + W_K^T G_K, with bias rows, is
symmetric.
Idea: a shift of all keys adds one number to a row of dot products; a common shift or rotation of queries and keys keeps distances.
Edges: for width 1 every moment is symmetric; ties of top-k are left out, as the support jumps there.
"""

from functools import partial

from sympy import Matrix, Rational, cancel, diff, exp, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity

TOKENS = Matrix([[1, 2], [-1, 1], [2, 0]])
s, t, q, k, q_a, q_b, k_a, k_b = symbols("s t q k q_a q_b k_a k_b", real=True)
R = symbols("R", positive=True)
NAMES = ("W_Q", "b_Q", "W_K", "b_K")


def dots(query, key):
    return query.dot(key)


def distances(query, key):
    return -(query - key).dot(query - key) / 2


def projected(d, *, tokens=TOKENS):
    """W_Q, b_Q, W_K, b_K as matrices of symbols, and the queries and keys of the tokens."""
    blocks = [
        Matrix(1 if name[0] == "b" else tokens.cols, d, lambda r, c, name=name: symbols(f"{name}_{r}{c}", real=True))
        for name in NAMES
    ]
    ones = Matrix([1] * tokens.rows)
    return blocks, tokens * blocks[0] + ones * blocks[1], tokens * blocks[2] + ones * blocks[3]


def loss(score, queries, keys):
    """Any loss to first order: slopes times the differences of scores, which all shares on the same keys are functions of."""
    rows = range(queries.rows)
    scores = [[score(queries.row(a), keys.row(b)) for b in rows] for a in rows]
    return sum(symbols(f"g_{a}{b}", real=True) * (scores[a][0] - scores[a][b]) for a in rows for b in rows if b)


def gradient(value, block):
    return block.applyfunc(lambda entry: diff(value, entry))


def key_bias(d, *, score=dots):
    blocks, queries, keys = projected(d)
    yield Case(f"d = {d}, three tokens: dL/db_K", list(gradient(loss(score, queries, keys), blocks[3]).expand()), [0] * d)


def krause_key_bias(*, bias=0):
    """A weight of width 1 in the key bias: query 0 of the token 0, keys 1, -1 of the tokens 1, -1."""
    shift = symbols("b", real=True)
    shares = [exp(-((key + shift) ** 2) / 2) for key in (1, -1)]
    slope = diff(shares[0] / sum(shares), shift).subs(shift, bias)
    yield Case(f"query 0, keys {1 + bias}, {bias - 1}: dP_0/db_K", cancel(slope), 0)


def mean_key(d, *, sign=-1):
    """dL/db_K against -sum_ij G_ij k_j, sigma = 1, for each pair of keys of each query."""
    blocks, queries, keys = projected(d)
    rows = range(queries.rows)
    pairs = [(symbols(f"g_{a}{b}", real=True), b) for a in rows for b in rows if b]
    want = sign * sum((g * (keys.row(0) - keys.row(b)) for g, b in pairs), Matrix.zeros(1, d))
    yield Case(f"d = {d}", list((gradient(loss(distances, queries, keys), blocks[3]) - want).expand()), [0] * d)


def opposite(d, *, score=distances):
    blocks, queries, keys = projected(d)
    value = loss(score, queries, keys)
    yield Case(f"d = {d}", list((gradient(value, blocks[1]) + gradient(value, blocks[3])).expand()), [0] * d)


def moment(d, *, sign=1):
    blocks, queries, keys = projected(d)
    value = loss(distances, queries, keys)
    query, shift, key, offset = (block.T * gradient(value, block) for block in blocks)
    total = query + shift + sign * (key + offset)
    yield Case(f"d = {d}: moment minus its transpose", list((total - total.T).expand()), [0] * d**2)


def bias_step(m, *, sign=1):
    """b_Q + b_K after a step 1/m from W_Q = 0, b_Q = W_K = b_K = 1 on the tokens 1, -1 for the loss P_00."""
    from workbench.dynamics.flow import Flow
    from workbench.dynamics.softmax import softmax_mean

    blocks, queries, keys = projected(1, tokens=Matrix([1, -1]))
    names = [block[0] for block in blocks]
    flow = Flow.from_loss(softmax_mean([1, 0], [distances(queries.row(0), keys.row(b)) for b in range(2)]), names)
    moves = [cancel(f.subs(dict(zip(names, (0, 1, 1, 1), strict=True)))) for f in flow.explicit]
    yield Case(f"step 1/{m}: change of b_Q + b_K", Rational(1, m) * (moves[1] + sign * moves[3]), 0)


claim = partial(Claim.of, source=HERE)


LOSSES = "any loss of the outputs; in the cases any loss of the differences of scores of three tokens"
NO_TIES = "dense, or top-k without ties: the support is constant near such a point, and its shares see differences of its scores"
SUM_IS_ZERO = Hand("a row of shares sees differences of its scores alone, so the gradient by scores has sum_j G_ij = 0")
FAMILY = (
    Entry(
        claim(
            "key_bias_gradient_zero_softmax",
            "dL/db_K = 0 for softmax attention.",
            ForEach.of(r"\partial L/\partial b_K = 0", key_bias, first=1, index="d", costly_from=4),
            LOSSES,
        ),
        (
            Derived.of(
                Identity.of(exp(s + t) / (exp(s + t) + R * exp(t)), exp(s) / (exp(s) + R), note="t = q.b_K on every key of a row"),
                Hand("q.(k + b_K) = q.k + q.b_K, and q.b_K is the same for all keys of the query"),
            ),
            Certified(2),
            Control("Krause scores", ForEach.of("krause", partial(key_bias, score=distances), first=1, index="d")),
        ),
    ),
    Entry(
        claim(
            "key_bias_gradient_zero_krause",
            "dL/db_K = 0 for Krause attention.",
            ForEach.once(r"\partial P_{00}/\partial b_K = 0", krause_key_bias),
            "sigma = 1, two keys, width 1",
        ),
        (Counterexample(at=0), Control("b_K = 2", ForEach.once("2", partial(krause_key_bias, bias=2)))),
    ),
    Entry(
        claim(
            "key_bias_gradient_eq_mean_key_form_krause",
            "dL/db_K = -(1/sigma^2) sum_ij G_ij k_j for Krause attention, G = dL/ds the gradient by scores.",
            ForEach.of(
                r"\partial L/\partial b_K = -\tfrac{1}{\sigma^2} \sum_{ij} G_{ij} k_j", mean_key, first=1, index="d", costly_from=4
            ),
            LOSSES,
            NO_TIES,
            "sigma = 1 in the cases",
        ),
        (
            Derived.of(
                Identity.of(((q - k) ** 2 - (q - k - t) ** 2) / 2, t * (q - k) - t**2 / 2, note="a score whose key moves by t"),
                SUM_IS_ZERO,
            ),
            Certified(2),
            Control("plus", ForEach.of("+", partial(mean_key, sign=1), first=1, index="d")),
        ),
    ),
    Entry(
        claim(
            "bias_gradients_opposite_krause",
            "dL/db_Q + dL/db_K = 0 for Krause attention.",
            ForEach.of(r"\partial L/\partial b_Q + \partial L/\partial b_K = 0", opposite, first=1, index="d", costly_from=4),
            LOSSES,
            NO_TIES,
        ),
        (
            Derived.of(
                Identity.of(
                    (q + t) * (k + t) - (q + t) ** 2 / 2 - (k + t) ** 2 / 2,
                    -((q - k) ** 2) / 2,
                    note="a score and a common shift t",
                ),
                Hand("so the derivative in a common shift of b_Q and b_K is 0, coordinate by coordinate"),
            ),
            Certified(2),
            Control("dot products", ForEach.of("softmax", partial(opposite, score=dots), first=1, index="d")),
        ),
    ),
    Entry(
        claim(
            "bias_sum_conserved_krause_of_gradient_descent",
            "b_Q + b_K of Krause attention never moves, under gradient flow and under gradient descent of any step.",
            ForEach.of(r"\Delta (b_Q + b_K) = 0", bias_step, first=1, index="1/eta", costly_from=9),
            "any loss; no weight decay",
            uses=("bias_gradients_opposite_krause",),
        ),
        (
            Derived.of(
                Identity.of(
                    q - s * (t + R) + (k + s * t + s * R), q + k, note="two steps s, dL/db_Q = t, then R; dL/db_K = -t, then -R"
                ),
                Hand("the gradients are opposite at every point, so each step, and each flow, moves b_Q and b_K oppositely"),
            ),
            Certified(2),
            Control("the difference", ForEach.of("-", partial(bias_step, sign=-1), first=1, index="1/eta")),
        ),
    ),
    Entry(
        claim(
            "rotation_moment_symmetric_krause",
            "W_Q^T dL/dW_Q + W_K^T dL/dW_K + b_Q (dL/db_Q)^T + b_K (dL/db_K)^T is symmetric for Krause attention.",
            ForEach.of(
                r"W_Q^T \Gamma_Q + W_K^T \Gamma_K + b_Q \gamma_Q^T + b_K \gamma_K^T \text{ symmetric}",
                moment,
                first=1,
                index="d",
                costly_from=4,
            ),
            LOSSES,
            NO_TIES,
        ),
        (
            Derived.of(
                Identity.of(
                    q_a * (k_b - q_b) + k_a * (q_b - k_b),
                    -(q_a - k_a) * (q_b - k_b),
                    note="entry a, b of q g_q^T + k g_k^T, g the gradients of -|q - k|^2/2: symmetric in a and b",
                ),
                Hand(
                    "the moment is sum_ij G_ij of these matrices over sigma^2, by the chain rule with a row of ones for the biases"
                ),
            ),
            Certified(3),
            Control("minus", ForEach.of("-", partial(moment, sign=-1), first=1, index="d"), upto=2),
        ),
    ),
)
