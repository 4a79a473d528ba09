"""What the projections of queries and keys keep while they learn: balances with biases, for scores by products and by distances.

Says: with q = W_Q^T x + b_Q and k = W_K^T x + b_K any loss keeps W_Q^T W_Q + b_Q b_Q^T - W_K^T W_K - b_K b_K^T under gradient flow
of softmax and of affine-scaled attention; a step of gradient descent adds eta^2 times the difference of the squared gradients; with
Krause scores the balance moves by the penalty on long keys alone, and norms plus log sigma are kept instead.
Idea: a bias is one more row of W, on which every token has the entry 1; a common scale of q, k and sigma changes no Krause score.
Edges: flows keep balances, finite steps do not; keys of equal length keep the trace of the Krause balance.
"""

from functools import partial

from sympy import IndexedBase, Matrix, Rational, Sum, Symbol, cancel, exp, expand, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity
from workbench.canonical import vanishes

i, j, D = symbols("i j D", integer=True, positive=True)
W, U, G, H, x, y = (IndexedBase(name) for name in ("W", "U", "G", "H", "x", "y"))
b, c, q, k, q_a, q_b, k_a, k_b, eta = symbols("b c q k q_a q_b k_a k_b eta", real=True)
rho = Symbol("rho", real=True)
TOKENS = Matrix([[1, 2], [-1, 1]])
NAMES = ("W_Q", "b_Q", "W_K", "b_K")


def dots(query, key):
    return query.dot(key)


def distances(query, key, *, precision=1):
    return -precision * (query - key).dot(query - key) / 2


def scaled(shares, token):
    """The weights of affine-scaled attention of two keys; scale and average are functions of the tokens, not of W_Q or W_K."""
    alpha, average = Symbol(f"alpha_{token}", real=True), Symbol("m", real=True)
    return [alpha * share + (average - alpha) / 2 for share in shares]


def softmax(scores, token):
    from workbench.dynamics.softmax import softmax_mean

    return [softmax_mean([1, 0], scores)]


def affine(scores, token):
    return scaled(softmax(scores, token), token)


def gaps(scores, token):
    """What any shares of the two scores are functions of."""
    return [scores[0] - scores[1]]


def head(d, score, *, seen, tokens=TOKENS, more=()):
    """The flow of any loss of what is `seen` of each row of scores of two tokens; W_Q, b_Q, W_K, b_K as matrices of symbols."""
    from workbench.dynamics.flow import Flow, entries

    blocks = [entries(name, 1 if name[0] == "b" else tokens.cols, d) for name in NAMES]
    rows = [tokens * Matrix(weight) + Matrix([1, 1]) * Matrix(bias) for weight, bias in (blocks[:2], blocks[2:])]
    scores = [[score(rows[0].row(s), rows[1].row(t)) for t in range(2)] for s in range(2)]
    outputs = [output for s, row in enumerate(scores) for output in seen(row, s)]
    return Flow.of_any_loss(outputs, [*blocks, *more]), [Matrix(block) for block in blocks]


def balance(blocks, *, sign=-1):
    query, shift, key, offset = blocks
    return query.T * query + shift.T * shift + sign * (key.T * key + offset.T * offset)


def upper(matrix):
    """The entries of a symmetric matrix, each once."""
    return [matrix[r, s] for r in range(matrix.rows) for s in range(r, matrix.cols)]


def kept(d, *, rule, sign=-1):
    """The rates of the balance: under any loss of the scores, and for d = 1 under any loss of the weights."""
    for seen in (lambda scores, _: scores, *([rule] if d == 1 else [])):
        flow, blocks = head(d, dots, seen=seen)
        for place, entry in enumerate(upper(balance(blocks, sign=sign))):
            yield Case(f"d = {d}, {getattr(seen, '__name__', '')}, entry {place}", vanishes(flow.derivative(entry)), True)


PAIRED = {"W_Q": (0,), "b_Q": (1,), "W_K": (1,), "b_K": (1,)}  # queries 1, 1 and keys 2, 0 of the tokens 1, -1


def krause_rate(*, tokens=(1, -1)):
    """d/dt of the balance of width 1 at queries 1, 1 and keys 2, 0, for the loss that is the weight of the first key in row 0."""
    flow, blocks = head(1, distances, seen=softmax, tokens=Matrix(tokens))
    point = {entry: PAIRED[name][0] for name, block in zip(NAMES, blocks, strict=True) for entry in block}
    rate = flow.derivative(balance(blocks)[0, 0]).xreplace(dict(zip(flow.slopes, (1, 0), strict=True)))
    yield Case(f"tokens {tokens}, W_Q = 0, b_Q = W_K = b_K = 1, L = P_00: rate of the balance", cancel(rate.subs(point)), 0)


def penalty(d, *, times=-2):
    """The rate of the Krause balance against -2 sum G_ij k_j k_j^T, sigma = 1, for any loss of differences of scores."""
    flow, blocks = head(d, distances, seen=gaps)
    keys = TOKENS * blocks[2] + Matrix([1, 1]) * blocks[3]
    rate = sum(flow.slopes) * times * (keys.row(0).T * keys.row(0) - keys.row(1).T * keys.row(1))
    for place, (entry, want) in enumerate(zip(upper(balance(blocks)), upper(rate), strict=True)):
        yield Case(f"d = {d}, entry {place}", [expand(flow.derivative(entry) - want)], [0])


def norms(d, *, weight=1):
    """Half the squared norms plus log sigma, sigma learned through rho = log sigma."""
    flow, blocks = head(d, partial(distances, precision=exp(-2 * rho)), seen=gaps, more=[rho])
    energy = sum(entry**2 for block in blocks for entry in block) / 2 + weight * rho
    yield Case(f"d = {d}", [expand(flow.derivative(energy))], [0])


LEVEL = {"W_Q": (1, 0), "b_Q": (1, 0), "W_K": (0, 1), "b_K": (1, 0)}  # on tokens 0, 1 all scores of a query are equal
ONLY_QUERY = {"W_Q": (1,), "b_Q": (0,), "W_K": (0,), "b_K": (0,)}


def step(values, m, *, loss=(1, 1)):
    """The balances before and after a step of size 1/m at these values on the tokens 0, 1, and eta^2 (G_Q^T G_Q - G_K^T G_K)."""
    d = len(values["W_Q"])
    flow, blocks = head(d, dots, seen=softmax, tokens=Matrix([0, 1]))
    point = {e: v for name, block in zip(NAMES, blocks, strict=True) for e, v in zip(block, values[name], strict=True)}
    slopes = dict(zip(flow.slopes, loss, strict=True))
    moves = {v: cancel(f.xreplace(slopes).subs(point)) for v, f in zip(flow.variables, flow.explicit, strict=True)}
    start, motion = ([block.subs(table) for block in blocks] for table in (point, moves))
    size = Rational(1, m)
    return balance(start), balance([a + size * g for a, g in zip(start, motion, strict=True)]), size**2 * balance(motion)


def one_step(m):
    before, after, _ = step(ONLY_QUERY, m)
    yield Case(f"D = d = 1, q = x, k = 0, tokens 0, 1, L = P_00 + P_10, step 1/{m}: change", (after - before)[0, 0], 0)


def squared_step(m, *, times=1):
    for name, values in (("one", ONLY_QUERY), ("two", LEVEL)):
        before, after, drift = step(values, m)
        yield Case(f"d = {name}, step 1/{m}: change", tuple(after - before), tuple(times * drift))


claim = partial(Claim.of, source=HERE)


def over(term, index=i):
    return Sum(term, (index, 1, D))


ANY = "any loss, any data; q = W_Q^T x + b_Q, k = W_K^T x + b_K; two tokens of two entries and any loss of scores in the cases"
BALANCE = r"\tfrac{d}{dt}\bigl(W_Q^T W_Q + b_Q b_Q^T - W_K^T W_K - b_K b_K^T\bigr)"
ROWS = Identity.of(
    (over(W[i] * x[i]) + b) * (over(U[j] * y[j], j) + c),
    over(over(x[i] * W[i] * U[j] * y[j], j)) + c * over(W[i] * x[i]) + b * over(U[j] * y[j], j) + b * c,
    note="one coordinate of q.k: (x, 1) (W; b) (U; c)^T (y, 1)",
)
AUGMENTED = Hand("so scores see W and b through (W_Q; b_Q)(W_K; b_K)^T alone: the balance without biases, with one row more")
FLOWS = "query_key_and_value_output_balance_conserved"
PAIR = Identity.of(
    q_a * (k_b - q_b) + q_b * (k_a - q_a) - k_a * (q_b - k_b) - k_b * (q_a - k_a),
    2 * (k_a * k_b - q_a * q_b),
    note="entry a, b of q g_q^T + g_q q^T - k g_k^T - g_k k^T, g the gradients of -|q - k|^2/2",
)
FAMILY = (
    Entry(
        claim(
            "balancedness_conserved_softmax",
            "Gradient flow keeps W_Q^T W_Q + b_Q b_Q^T - W_K^T W_K - b_K b_K^T of softmax attention.",
            ForEach.of(f"{BALANCE} = 0", partial(kept, rule=softmax), first=1, index="d", costly_from=3),
            ANY,
            uses=(FLOWS,),
        ),
        (
            Derived.of(ROWS, AUGMENTED),
            Certified(2),
            Control("the sum", ForEach.of("+", partial(kept, rule=softmax, sign=1), first=1, index="d")),
        ),
    ),
    Entry(
        claim(
            "balancedness_conserved_affine",
            "Gradient flow keeps W_Q^T W_Q + b_Q b_Q^T - W_K^T W_K - b_K b_K^T of affine-scaled attention.",
            ForEach.of(f"{BALANCE} = 0", partial(kept, rule=affine), first=1, index="d", costly_from=3),
            ANY,
            "scale alpha = phi(W_alpha x) and its average do not depend on W_Q, W_K",
            uses=(FLOWS,),
        ),
        (
            Derived.of(ROWS, AUGMENTED, Hand("scale and bias of a row depend on the tokens and on W_alpha alone")),
            Certified(2),
            Control("the sum", ForEach.of("+", partial(kept, rule=affine, sign=1), first=1, index="d")),
        ),
    ),
    Entry(
        claim(
            "balancedness_conserved_krause",
            "Gradient flow keeps W_Q^T W_Q + b_Q b_Q^T - W_K^T W_K - b_K b_K^T of Krause attention.",
            ForEach.once(f"{BALANCE} = 0", krause_rate),
            "scores -|q - k|^2/2 (sigma = 1); one entry, width 1, two tokens",
        ),
        (Counterexample(at=0), Control("tokens 2, -1", ForEach.once("2", partial(krause_rate, tokens=(2, -1))))),
    ),
    Entry(
        claim(
            "balance_moves_by_key_penalty_krause",
            "The Krause balance moves at the rate -(2/sigma^2) sum_ij G_ij k_j k_j^T, G = dL/ds the gradient by scores.",
            ForEach.of(BALANCE + r" = -\tfrac{2}{\sigma^2} \sum_{ij} G_{ij} k_j k_j^T", penalty, first=1, index="d", costly_from=3),
            ANY,
            "sigma fixed, 1 in the cases; dense, or top-k without ties; so keys of equal length keep its trace",
        ),
        (
            Derived.of(
                PAIR,
                Hand("W^T dL/dW + b dL/db^T is the sum of q_i (dL/dq_i)^T, of k_j (dL/dk_j)^T: the chain rule, ones as inputs"),
                Hand("a row of shares sees differences of its scores alone: sum_j G_ij = 0, and the terms q_i q_i^T drop out"),
            ),
            Certified(1),
            Control("half of it", ForEach.of("1", partial(penalty, times=-1), first=1, index="d")),
        ),
    ),
    Entry(
        claim(
            "norms_plus_log_width_conserved_krause",
            "With log sigma learned, |W_Q|^2/2 + |b_Q|^2/2 + |W_K|^2/2 + |b_K|^2/2 + log sigma is constant under gradient flow.",
            ForEach.of(
                r"\tfrac{d}{dt}\bigl(\tfrac12 \sum_{Q, K} (|W|^2 + |b|^2) + \ln \sigma\bigr) = 0",
                norms,
                first=1,
                index="d",
                costly_from=3,
            ),
            ANY,
            "one sigma for one pair of projections; dense, or top-k without ties",
        ),
        (
            Derived.of(
                Identity.of(q * (k - q) + k * (q - k) + (q - k) ** 2, 0, note="the score under a common scale of q, k and sigma"),
                Hand("so sum q.dL/dq + sum k.dL/dk + dL/dlog sigma = 0, which is minus the rate"),
            ),
            Certified(1),
            Control("minus log sigma", ForEach.of("-", partial(norms, weight=-1), first=1, index="d")),
        ),
    ),
    Entry(
        claim(
            "balancedness_conserved_softmax_of_gradient_descent",
            "A step of gradient descent keeps W_Q^T W_Q + b_Q b_Q^T - W_K^T W_K - b_K b_K^T of softmax attention.",
            ForEach.of(r"\Delta (W_Q^T W_Q + b_Q b_Q^T - W_K^T W_K - b_K b_K^T) = 0", one_step, first=1, index="1/eta"),
            "step eta > 0",
        ),
        (Counterexample(at=1), Control("eta = 1/100", ForEach.of("1/100", one_step, first=100, index="1/eta"))),
    ),
    Entry(
        claim(
            "balance_moves_by_squared_step_softmax_of_gradient_descent",
            "A step eta of gradient descent adds eta^2 (G_Q^T G_Q - G_K^T G_K) to the balance, G the gradients of (W; b).",
            ForEach.of(
                r"\Delta (W_Q^T W_Q + b_Q b_Q^T - W_K^T W_K - b_K b_K^T) = \eta^2 (\Gamma_Q^T \Gamma_Q - \Gamma_K^T \Gamma_K)",
                squared_step,
                first=1,
                index="1/eta",
                costly_from=4,
            ),
            "any loss, any data; exact, not only to second order",
            uses=("balancedness_conserved_softmax",),
        ),
        (
            Derived.of(
                Identity.of(
                    over((W[i] - eta * G[i]) * (U[i] - eta * H[i])) - over(W[i] * U[i]),
                    eta**2 * over(G[i] * H[i]) - eta * over(W[i] * H[i] + U[i] * G[i]),
                    note="an entry of (W - eta G)^T (W - eta G) - W^T W: columns W, U and their gradients G, H",
                ),
                Hand("the terms in eta are eta times the rate of the balance under the flow, which is 0"),
            ),
            Certified(2),
            Control("twice it", ForEach.of("2", partial(squared_step, times=2), first=1, index="1/eta")),
        ),
    ),
)
