"""What an attention layer keeps under the flow of any loss: balances of query and key, of value and output, with rotary logits too.

Says: Q^T Q - K^T K and V^T V - O O^T stay as they are, head by head, and shrink like e^(-2 mu t) under decay mu; with rotary logits
x_i^T Q R_(j-i) K^T x_j the first is lost, but the trace of its block is kept for each pair of coordinates that R rotates.
Idea: the loss sees Q and K through Q K^T alone, so that the rates of Q^T Q and K^T K are one and the same sum.
Edges: a rotation commutes with the identity of its plane and with nothing else that is symmetric: the trace is all that is left.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import product

from sympy import IndexedBase, Matrix, Sum, Symbol, expand, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Entry,
    ForEach,
    Hand,
    Identity,
    Measured,
    Source,
)
from workbench.canonical import vanishes

LAWS = Source("marcotte2025conservation", "abstract", read=True)
a, b, i, j, d = symbols("a b i j d", integer=True, positive=True)
G, Q, K = (IndexedBase(name) for name in ("G", "Q", "K"))
mu = Symbol("mu", positive=True)
ANY = "no biases, no normalisation of queries and keys; any loss and any data, of which G = dL/d(Q K^T) is all that is used"


def balance_rates(k, *, sign=-1):
    """d/dt of (Q^T Q, K^T K) and of (V^T V, O O^T) for k columns, plain and with decay mu, in d = k + 1 dimensions."""
    from workbench.dynamics.flow import entries

    query, key, pull = Matrix(entries("Q", k + 1, k)), Matrix(entries("K", k + 1, k)), Matrix(entries("G", k + 1, k + 1))
    for decay in (0, mu):
        left = -pull * key - decay * query
        right = -pull.T * query - decay * key
        rate = left.T * query + query.T * left + sign * (right.T * key + key.T * right)
        yield Case(f"k = {k}, decay {decay}", (rate + 2 * decay * (query.T * query + sign * key.T * key)).expand(), Matrix.zeros(k))
    value, out = query, key.T  # V is d x k and O is k x d: the loss sees V O
    left, right = -pull * out.T, -value.T * pull
    rate = left.T * value + value.T * left + sign * (right * out.T + out * right.T)
    yield Case(f"k = {k}: value and output", rate.expand(), Matrix.zeros(k))


def head(width=1):
    """One softmax head on two tokens of two entries with a skip connection: the outputs, its weights, and the flow of any loss."""
    from workbench.dynamics.flow import Flow, entries
    from workbench.dynamics.softmax import softmax_mean

    names = [entries(name, *shape) for name, shape in (("Q", (2, width)), ("K", (2, width)), ("V", (2, width)), ("O", (width, 2)))]
    query, key, value, out = map(Matrix, names)
    tokens = Matrix([[1, 2], [-1, 1]])
    logits, read = tokens * query * key.T * tokens.T, tokens * value * out
    outputs = [softmax_mean(list(read[:, c]), list(logits[r, :])) + tokens[r, c] for r, c in product(range(2), repeat=2)]
    return Flow.of_any_loss(outputs, names), (query, key, value, out)


def one_head(*, sign=-1):
    flow, (query, key, value, out) = head()
    for label, balance in (("Q, K", query.T * query + sign * key.T * key), ("V, O", value.T * value + sign * out * out.T)):
        yield Case(label, vanishes(flow.derivative(balance[0, 0])), True)


BATCH, TOKENS, DIM, WIDTH, HEADS = 16, 5, 6, 4, 2


def parts(flat):
    """Q, K, V (heads, d, k) and O (heads, k, d)."""
    shapes = ((HEADS, DIM, WIDTH),) * 3 + ((HEADS, WIDTH, DIM),)
    return [piece.reshape(shape) for piece, shape in zip(flat.reshape(4, -1), shapes, strict=True)]


@cache
def slope_of_layer():
    """The jitted gradient of the mean squared error of two heads with a skip connection: of (parameters, tokens, targets)."""
    import jax
    import jax.numpy as jnp

    def loss(flat, x, y):
        query, key, value, out = parts(flat)
        weights = jax.nn.softmax(jnp.einsum("btd,hde,hfe,bsf->hbts", x, query, key, x))
        return ((x + jnp.einsum("hbts,bsd,hde,hef->btf", weights, x, value, out) - y) ** 2).mean()

    return jax.jit(jax.grad(loss))


def squares(flat, sign):
    import numpy as np

    query, key, value, out = parts(flat)
    first, second, third = (np.swapaxes(a, 1, 2) @ a for a in (query, key, value))
    return np.append(first + sign * second, third + sign * out @ np.swapaxes(out, 1, 2))


def trained(rule, start, slope, size, t1, decay):
    """The parameters at t1: by the flow with tolerance `size`, or by gradient or Adam steps of that size."""
    import numpy as np
    from scipy.integrate import solve_ivp

    if rule == "flow":
        options = {"method": "DOP853", "rtol": size, "atol": size, "t_eval": [t1]}
        return solve_ivp(lambda t, flat: -slope(flat) - decay * flat, (0, t1), start, **options).y[:, -1]
    flat, mean, square = start, np.zeros_like(start), np.zeros_like(start)
    for k in range(1, round(t1 / size) + 1):
        g = slope(flat)
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g**2
        adam = mean / (1 - 0.9**k) / (np.sqrt(square / (1 - 0.999**k)) + 1e-8)
        flat = flat - size * (adam if rule == "adam" else g)
    return flat


@cache
def drifts(rule="flow", *, sizes=(1e-9, 1e-12), t1=20.0, decay=0.0, sign=-1):
    """How far both balances are from I0 e^(-2 mu t) at t1, for two tolerances or steps, and how far parameters have moved."""
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        rng = generator(key, 0)
        x, y = rng.standard_normal((2, BATCH, TOKENS, DIM))
        start = 0.4 * rng.standard_normal(4 * HEADS * DIM * WIDTH)
        slope = slope_of_layer()
        ends = [trained(rule, start, lambda flat: np.asarray(slope(flat, x, y)), size, t1, decay) for size in sizes]
        first = squares(start, sign) * np.exp(-2 * decay * t1)
        off = [abs(squares(end, sign) - first).max() for end in ends]
        return {"drift": off[-1], "fall": off[0] / off[-1], "moved": np.linalg.norm(ends[-1] - start)}

    return record("balances", run, seed=15, dtype="float64")


def rotary(pairs):
    """Scores x_i Q R_(j-i) K^T x_j of three tokens of one entry; `pairs` planes, each with its own rational angle."""
    from workbench.dynamics.flow import Flow, entries

    query, key = entries("Q", 1, 2 * pairs), entries("K", 1, 2 * pairs)
    triples = ((3, 4, 5), (5, 12, 13), (8, 15, 17))
    turn = Matrix.zeros(2 * pairs)
    for p, (near, far, whole) in zip(range(pairs), triples[:pairs], strict=True):
        turn[2 * p : 2 * p + 2, 2 * p : 2 * p + 2] = Matrix([[near, -far], [far, near]]) / whole
    tokens = (1, 2, -1)
    scores = [
        x * y * (Matrix(query) * turn ** (n - m) * Matrix(key).T)[0, 0] for (m, x), (n, y) in product(enumerate(tokens), repeat=2)
    ]
    return Flow.of_any_loss(scores, [query, key]), query, key


def attended(k, *, sign=-1):
    """V^T V - O O^T under attention weights that are any numbers, as rotary scores make them, on two tokens of two entries."""
    from workbench.dynamics.flow import Flow, entries

    weights, value, out = Matrix(entries("A", 2, 2)), entries("V", 2, k), entries("O", k, 2)
    tokens = Matrix([[1, 2], [-1, 1]])
    flow = Flow.of_any_loss(list(weights * tokens * Matrix(value) * Matrix(out) + tokens), [value, out])
    balance = Matrix(value).T * Matrix(value) + sign * Matrix(out) * Matrix(out).T
    for r, c in product(range(k), repeat=2):
        yield Case(f"k = {k}, entry {r}, {c}", [expand(flow.derivative(balance[r, c]))], [0])


def balances(pairs):
    flow, query, key = rotary(pairs)
    difference = Matrix(query).T * Matrix(query) - Matrix(key).T * Matrix(key)
    for r, c in product(range(2 * pairs), repeat=2):
        if r <= c:
            yield Case(f"{pairs} planes, entry {r}, {c}", [expand(flow.derivative(difference[r, c]))], [0])


def traces(pairs, *, sign=-1):
    flow, query, key = rotary(pairs)
    for p in range(pairs):
        square = sum(query[0, c] ** 2 + sign * key[0, c] ** 2 for c in (2 * p, 2 * p + 1))
        yield Case(f"plane {p + 1} of {pairs}", [expand(flow.derivative(square))], [0])


claim = partial(Claim.of, source=HERE)


def over(term, index):
    return Sum(term, (index, 1, d))


STEPS = (0.1, 0.05)
TERMS = G[i, j] * (K[j, a] * Q[i, b] + K[j, b] * Q[i, a])
PULLS = (  # minus the rates of entry a, b of Q^T Q and K^T K, from Q' = -G K and K' = -G^T Q
    Identity.of(
        over(Q[i, b] * over(G[i, j] * K[j, a], j) + Q[i, a] * over(G[i, j] * K[j, b], j), i), over(over(TERMS, j), i), note="Q^T Q"
    ),
    Identity.of(
        over(K[j, b] * over(G[i, j] * Q[i, a], i) + K[j, a] * over(G[i, j] * Q[i, b], i), j), over(over(TERMS, i), j), note="K^T K"
    ),
    Hand("the two double sums have the same terms, taken by rows and by columns"),
)
B = Matrix(2, 2, symbols("b00 b01 b10 b11", real=True))  # the block of Q^T G K in one plane
cos_, sin_ = symbols("c s", real=True)
R = Matrix([[cos_, -sin_], [sin_, cos_]])
TRACE = 2 * (cos_ * (B[0, 0] + B[1, 1]) + sin_ * (B[1, 0] - B[0, 1]))
FIRST, SECOND = (B * R.T + R * B.T).trace(), (B.T * R + R.T * B).trace()
FAMILY = (
    Entry(
        claim(
            "query_key_and_value_output_balance_conserved",
            "Any loss keeps Q^T Q - K^T K and V^T V - O O^T of a head; with decay mu they shrink like e^(-2 mu t).",
            ForEach.of(r"\tfrac{d}{dt}(Q^T Q - K^T K) = 0", balance_rates, first=1, index="k", costly_from=4),
            ANY,
            source=(HERE, LAWS),
        ),
        (
            Derived.of(
                *PULLS,
                Hand("logits depend on Q K^T alone and attended values on V O alone: the chain rule gives these rates"),
                Hand("decay adds -2 mu to the rate of every entry: both are quadratic"),
            ),
            Certified(2, full=3),
            Certified(0, of=ForEach.once("one softmax head", one_head)),
            Measured(
                "drift",
                drifts,
                0,
                Fraction(1, 10**10),
                "two heads on 16 inputs of 5 tokens; a hundred times the tolerance of 1e-12",
                partial(drifts, "steps", sizes=STEPS),
                partial(drifts, t1=100.0),
            ),
            Measured("moved", drifts, 1, 100, "parameters move by more than 1", partial(drifts, t1=0.1)),
            Measured(
                "fall",
                drifts,
                50,
                10**5,
                "the tolerance falls by 1000, from 1e-9 to 1e-12, where rounding begins",
                partial(drifts, sign=1),
            ),
            Measured(
                "drift",
                partial(drifts, decay=0.05),
                0,
                Fraction(1, 10**10),
                "with decay 1/20 both shrink like e^(-2 mu t)",
                partial(drifts, "steps", sizes=STEPS),
            ),
            Measured(
                "fall",
                partial(drifts, "steps", sizes=STEPS),
                Fraction(18, 10),
                Fraction(22, 10),
                "gradient steps drift by O(eta): half the step, half the drift; exploratory runs were made before",
                partial(drifts, "adam", sizes=(0.02, 0.01)),
                partial(drifts, "steps", sizes=(0.02, 0.01)),
            ),
            Control("the sum", ForEach.of("+", lambda k: balance_rates(k, sign=1), first=1, index="k")),
        ),
    ),
    Entry(
        claim(
            "rotary_keeps_query_key_balance",
            "With rotary logits x_i^T Q R_(j-i) K^T x_j the flow keeps Q^T Q - K^T K.",
            ForEach.of(r"\tfrac{d}{dt}(Q^T Q - K^T K) = 0", balances, first=1, index="p"),
            "p planes with rational angles, three tokens of one entry, any loss of the scores",
        ),
        (
            Counterexample(at=1),
            Control("the sum of squares in a plane", ForEach.of("+", lambda p: traces(p, sign=1), first=1, index="p")),
        ),
    ),
    Entry(
        claim(
            "rotary_keeps_pair_trace",
            "With rotary logits the trace of each 2x2 block of Q^T Q - K^T K on a rotated pair is kept.",
            ForEach.of(r"\tfrac{d}{dt} \operatorname{tr}_p (Q^T Q - K^T K) = 0", traces, first=1, index="p", costly_from=4),
        ),
        (
            Derived.of(
                Identity.of(FIRST, TRACE, note="the trace of B R^T + R B^T on the plane"),
                Identity.of(SECOND, TRACE, note="and of B^T R + R^T B"),
                Hand("a score adds -(B R^T + R B^T) to the rate of Q^T Q and -(B^T R + R^T B) to that of K^T K, with B = Q^T G K"),
            ),
            Certified(2),
            Control("the sum", ForEach.of("+", lambda p: traces(p, sign=1), first=1, index="p")),
        ),
    ),
    Entry(
        claim(
            "rotary_keeps_value_output_balance",
            "With rotary logits V^T V - O O^T is kept.",
            ForEach.of(r"\tfrac{d}{dt}(V^T V - O O^T) = 0", attended, first=1, index="k", costly_from=4),
            "the attention weights are any numbers: how scores depend on Q, K and rotations does not matter",
        ),
        (
            Derived.of(
                *PULLS,
                Hand("read V for Q and O^T for K: given the attention weights the outputs depend on V and O through V O alone"),
            ),
            Certified(2),
            Control("the sum", ForEach.of("+", lambda k: attended(k, sign=1), first=1, index="k")),
        ),
    ),
)
