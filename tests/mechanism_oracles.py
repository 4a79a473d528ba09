"""Attention mechanisms once more, in plain Python loops over floats, from their published definitions alone.

Each takes lists of rows and `keys`, for each query the list of keys that it reads, and returns the rows of outputs.
"""

import math


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def gap(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def mix(weights, v):
    """The weighted sum of rows of v, weights a dict by key."""
    return [sum(w * v[j][c] for j, w in weights.items()) for c in range(len(v[0]))]


def over_sum(weights, extra=0.0):
    total = sum(weights.values()) + extra
    return {j: w / total for j, w in weights.items()}


def best(scores, most):
    """The keys of the largest scores, of equal ones those of lowest index."""
    return sorted(scores, key=lambda j: (-scores[j], j))[:most]


def softmax_weights(q, k, row, extra=0.0):
    return over_sum({j: math.exp(dot(q, k[j]) / math.sqrt(len(q))) for j in row}, extra) if row else {}


def softmax(q, k, v, keys):
    return [mix(softmax_weights(q[i], k, row), v) for i, row in enumerate(keys)]


def sink(q, k, v, keys, logit=0.0):
    return [mix(softmax_weights(q[i], k, row, math.exp(logit)), v) for i, row in enumerate(keys)]


def top_n(q, k, v, keys, most=2, renormalised=False, ranking="attn"):
    out = []
    for i, row in enumerate(keys):
        weights = softmax_weights(q[i], k, row)
        ranked = {j: w if ranking == "attn" else w * math.sqrt(dot(v[j], v[j])) for j, w in weights.items()}
        kept = {j: weights[j] for j in best(ranked, most)}
        out.append(mix(over_sum(kept) if renormalised and kept else kept, v))
    return out


def value_softmax(a, v, keys):
    return [mix(over_sum({j: math.exp(x) for j, x in enumerate(a)}), v)]


def elu_plus_one(x):
    return x + 1 if x > 0 else math.exp(x)


def by_features(q, k, v, keys, maps):
    """Weights that are products, over the factors, of dot products of mapped queries and keys."""
    out = []
    for i, row in enumerate(keys):
        weights = {j: math.prod(dot(f(a[i]), f(b[j])) for f, a, b in zip(maps, q, k, strict=True)) for j in row}
        out.append(mix(over_sum(weights) if row else {}, v))
    return out


def each(f):
    return lambda row: [f(x) for x in row]


def affine_features(factors):
    return lambda row: [1.0, *(x / (math.sqrt(factors) * len(row) ** 0.25) for x in row)]


def linear(q, k, v, keys):
    return by_features([q], [k], v, keys, [each(elu_plus_one)])


def hadamard(*arrays, keys, map_, factors=2, shared=False, many_values=1):
    qk, values = arrays[:-many_values], arrays[-many_values:]
    v = [[math.prod(entry) for entry in zip(*rows, strict=True)] for rows in zip(*values, strict=True)]
    q, k = (qk[:1] * factors, qk[1:] * factors) if shared else (qk[0::2], qk[1::2])
    return by_features(q, k, v, keys, [map_] * factors)


def krause(q, k, v, keys, sigma=1.0, most=None):
    out = []
    for i, row in enumerate(keys):
        s = {j: math.exp(-gap(q[i], k[j]) / (2 * sigma**2)) for j in row}
        near = {j: -round(gap(q[i], k[j]), 9) for j in row}
        out.append(mix(over_sum({j: s[j] for j in (row if most is None else best(near, most))}) if row else {}, v))
    return out


def krause_softmax(q, k, v, keys, gs, gk, sigma=1.0, most=None, window=None, ratio=4.0):
    near = [[j for j in row if window is None or i - window < j <= i] for i, row in enumerate(keys)]
    paths, out = (softmax(q, k, v, keys), krause(q, k, v, near, sigma, most)), []
    for a, b in zip(*paths, strict=True):
        one, two = (math.exp(dot(gs[g], a) + dot(gk[g], b)) for g in (0, 1))
        first = ratio * one / (ratio * one + two)
        out.append([first * x + (1 - first) * y for x, y in zip(a, b, strict=True)])
    return out


def synchronization(omega, theta, v, keys, alpha=1.0, coupling=1.0, epsilon=1e-8, most=None, clamped=False):
    out = []
    for i, row in enumerate(keys):
        phases = zip(*(theta[j] for j in row), strict=True)
        r = sum(abs(sum(complex(math.cos(t), math.sin(t)) for t in c)) / len(c) for c in phases) / len(theta[0]) if row else 0
        s = {}
        for j in row:
            delta, joint = math.sqrt(gap(omega[i], omega[j])), math.exp(-alpha * gap(omega[i], omega[j]))
            reach = coupling * r * joint
            sine = min(1.0, delta / (reach + epsilon)) if clamped else delta / reach
            s[j] = joint * math.cos(math.asin(sine)) if delta <= reach else 0.0
        kept = row if most is None else best(s, most)
        out.append(mix(over_sum({j: s[j] for j in kept}, epsilon), v))
    return out


def affine_scaled(q, k, v, a, keys, average=0.5, scale="clip", convention="visible"):
    out, n = [], len(v)
    for i, row in enumerate(keys):
        alpha = min(1.0, max(0.0, a[i] / 10 + 0.5)) if scale == "clip" else 1 / (1 + math.exp(-a[i]))
        biased = list(range(n)) if convention == "all" else row
        p, many = softmax_weights(q[i], k, row), len(row) if convention == "visible" else n
        out.append(mix({j: alpha * p.get(j, 0.0) + (average - alpha) / many for j in biased}, v))
    return out


def linearised(x, keys):
    return [[sum(dot(row, other) * other[c] for other in x) for c in range(len(row))] for row in x]


def logistic(x):
    return 1 / (1 + math.exp(-x))


def gelu(x):
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def entrywise(f, *matrices):
    return [[f(*entry) for entry in zip(*rows, strict=True)] for rows in zip(*matrices, strict=True)]


def glu(a, b, keys, gate=logistic):
    return entrywise(lambda x, y: x * gate(y), a, b)


def lstm(i, f, g, o, c, keys):
    cells = entrywise(lambda i, f, g, c: logistic(f) * c + logistic(i) * math.tanh(g), i, f, g, c)
    return entrywise(lambda o, c: logistic(o) * math.tanh(c), o, cells) + cells


def gru(z, r, g, u, h, keys):
    return entrywise(lambda z, r, g, u, h: (1 - logistic(z)) * h + logistic(z) * math.tanh(g + logistic(r) * u), z, r, g, u, h)


def squeeze_excitation(x, keys, down, up):
    mean = [sum(row[c] for row in x) / len(x) for c in range(len(x[0]))]
    hidden = [max(0.0, dot(row, mean)) for row in down]
    return [[value * logistic(dot(up[c], hidden)) for c, value in enumerate(row)] for row in x]


def hypernetwork(x, w, keys):
    return [[sum(a * w[r][c] for r, a in enumerate(row)) for c in range(len(w[0]))] for row in x]


def fast_weights(q, k, v, keys):
    return [mix({j: dot(q[i], k[j]) for j in row}, v) for i, row in enumerate(keys)]
