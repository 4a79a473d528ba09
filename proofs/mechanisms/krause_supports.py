"""Which keys a token reads in Krause attention, and what its tied iteration tends to.

Says: a support has min(k, #N_i) keys, far ones too; a support digraph has at most n // k closed classes, tokens outside them, and
often one class alone, to which all tokens are pulled; pairs far apart tend to two points.
Idea: the closed classes of the digraph decide where tokens go.
Edges: three tokens at 0, 1, 3; the first tokens of a causal window; a group wider than the radius of the truncated flow.
"""

from functools import partial
from itertools import combinations_with_replacement, product

from sympy import Rational, exp, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

x, y = symbols("x y", real=True)
s, n_, D_, W_ = symbols("s n D W", positive=True)
KRAUSE = Source("liu2026krause", "sections 3-5 and tables of version 1", read=True)


def chosen(points, i, keys, most):
    """The `most` nearest of some keys of a token on a line, itself included; ties to the lowest index."""
    return sorted(sorted(keys, key=lambda j: (abs(points[i] - points[j]), j))[:most])


def supports(points, mask, most):
    n = len(points)
    return [chosen(points, i, [j for j in range(n) if mask[i][j]], most) for i in range(n)]


def everywhere(n):
    return [[True] * n for _ in range(n)]


def support_sizes(n, *, least=False):
    """Sizes of the supports of equally spaced tokens with causal and line windows, k = 2."""
    from workbench.mechanisms.neighbourhoods import line, window

    for name, mask in (("causal(2)", window(n, 2).tolist()), ("line(1)", line(n, 1).tolist())):
        for i, keys in enumerate(supports(list(range(n)), mask, 2)):
            yield Case(f"n = {n}, {name}, token {i}: support", len(keys), min(2, sum(mask[i])) if least else 2)


def far_weight(R):
    """Tokens 0, R + 1, 3 R + 3 with k = 2 < n: what the first gives to the second, where 1 + e^(-(R + 1)^2 / 2) is the row sum."""
    points = [0, R + 1, 3 * R + 3]
    kept = [exp(-Rational(points[j] ** 2, 2)) * int(j in chosen(points, 0, range(3), 2)) for j in range(3)]
    yield Case(f"sigma = 1, k = 2, tokens {points}: weight of token 0 for token 1, at {R + 1} > {R}", kept[1] / sum(kept), 0)


def closed_classes(graph):
    """Tokens in closed strong components of i -> graph[i]."""
    n = len(graph)
    reach = [{i} for i in range(n)]
    for _ in range(n):
        reach = [r | {j for i in r for j in graph[i]} for r in reach]
    return [frozenset(reach[i]) for i in range(n) if all(i in reach[j] for j in reach[i])]


def block_diagonal(n, *, most=2):
    """Tokens 0, 1, 3, 6, ..., k = 2: those in closed classes, against all."""
    points = [i * (i + 1) // 2 for i in range(n)]
    classes = closed_classes(supports(points, everywhere(n), most))
    yield Case(f"tokens {points}, k = {most}: tokens in closed classes", len(frozenset().union(*classes)), n)


def on_a_line(n):
    from workbench.mechanisms.neighbourhoods import line

    return line(n, 2).tolist()


def before(n):
    from workbench.mechanisms.neighbourhoods import window

    return window(n, 3).tolist()


NEIGHBOURHOODS = {"all": everywhere, "line": on_a_line, "causal": before}


def several_classes(name, *, most):
    """Closed classes of tokens 0, 1, 3, 6, ...: one alone, at every time, pulls all tokens to one point."""

    def cases(n):
        points = [i * (i + 1) // 2 for i in range(n)]
        classes = set(closed_classes(supports(points, NEIGHBOURHOODS[name](n), most)))
        yield Case(f"tokens {points}, k = {most}, {name}: closed classes", len(classes), 2, ">=")

    return cases


def class_counts(n, *, most=lambda n, k: n // k):
    """Closed classes of all integer configurations on a grid of 2 n places, k = 1..n, all keys."""
    for points, k in product(combinations_with_replacement(range(0, 2 * n, 2 if n > 4 else 1), n), range(1, n + 1)):
        graph = supports(points, everywhere(n), k)
        yield Case(f"tokens {points}, k = {k}: closed classes", len(set(closed_classes(graph))), most(n, k), "<=")


def apart(m, *, gap=0):
    """Two pairs (0, 1) and (m + 1, m + 2) with k = 2: supports stay within the pairs."""
    points = [0, 1, m + 1 - gap, m + 2]
    yield Case(f"tokens {points}, k = 2: supports", supports(points, everywhere(4), 2), [[0, 1], [0, 1], [2, 3], [2, 3]])


def first_weights(n, *, shift=0):
    from workbench.mechanisms.neighbourhoods import window

    for W in range(1, n + 1):
        mask = window(n, W)
        for i in range(W - shift, n):
            yield Case(f"n = {n}, W = {W}, token {i}: reads token 0", bool(mask[i, 0]), False)


def reversible(n, *, most=None):
    """D_i a_ij and D_j a_ji for tokens 0, 1, 3, 6, ...: the affinity, or 0 outside the support."""
    points = [i * (i + 1) // 2 for i in range(n)]
    graph = supports(points, everywhere(n), most or n)
    for i, j in product(range(n), repeat=2):
        yield Case(f"tokens {points}, k = {most or n}: {i} reads {j}, {j} reads {i}", j in graph[i], i in graph[j])


claim = partial(Claim.of, source=KRAUSE)


FAMILY = (
    Entry(
        claim(
            "support_size_eq_k_krause",
            "The support of every token has k keys.",
            ForEach.of(r"\#\xi_i = k", support_sizes, first=2),
            "k <= W; causal(2) and line(1), k = 2",
        ),
        (Counterexample(at=2), Control("n = 3", ForEach.of("3", support_sizes, first=3))),
    ),
    Entry(
        claim(
            "support_size_eq_k_or_neighbourhood_krause",
            "The support of token i has min(k, #N_i) keys.",
            ForEach.of(r"\#\xi_i = \min(k, \#N_i)", lambda n: support_sizes(n, least=True), first=1, costly_from=9),
            "causal(2) and line(1), k = 2",
            source=HERE,
        ),
        (Certified(6), Control("k", ForEach.of("k", support_sizes, first=2))),
    ),
    Entry(
        claim(
            "weight_zero_beyond_fixed_radius_krause_of_top_k",
            "Some R(sigma, k) gives a_ij = 0 whenever Delta_ij > R.",
            ForEach.of(r"\Delta_{ij} > R \Rightarrow a_{ij} = 0", far_weight, first=1, index="R"),
            "selective rule, tied tokens, k = 2 < n; every R fails",
        ),
        (Counterexample(at=1), Control("R = 2", ForEach.of("2", far_weight, first=2))),
    ),
    Entry(
        claim(
            "attention_block_diagonal_krause_of_top_k",
            "After a permutation A is block diagonal with irreducible blocks: every token lies in a closed class.",
            ForEach.of(r"\#\bigcup \mathrm{closed} = n", block_diagonal, first=2),
            "tied, selective, all keys; tokens 0, 1, 3, 6, ..., k = 2",
        ),
        (Counterexample(at=3), Control("n = 4", ForEach.of("4", lambda n: block_diagonal(n, most=3), first=4))),
    ),
    *(
        Entry(
            claim(
                "no_global_consensus_krause_of_top_k" + suffix,
                "The tied iteration from generic starts does not tend to a single cluster: there are at least two closed classes.",
                ForEach.of(r"\#\mathrm{closed} \geq 2", several_classes(name, most=k), first=3),
                f"selective rule, {words}; with one closed class, its tokens meet and the others follow",
            ),
            (Counterexample(at=at), Control(f"n = {at + 1}", ForEach.of("n", several_classes(name, most=k), first=at + 1))),
        )
        for name, suffix, k, at, words in (
            ("all", "", 2, 3, "k = 2 < W, all keys, n = 3, where n // k = 1 class is all that fits, from every start"),
            ("line", "_and_line_window", 4, 10, "k = 4 < W = 5, line(2), one class from every start since k >= w + 2"),
            ("causal", "_and_causal_window", 2, 10, "k = 2 < W = 3, causal(3), one class, the first token, from every start"),
        )
    ),
    Entry(
        claim(
            "closed_class_count_at_most_floor_n_over_k_krause",
            "The support digraph has at most n // k closed classes.",
            ForEach.of(r"\#\mathrm{closed} \leq \lfloor n/k \rfloor", class_counts, first=1, costly_from=5),
            "tied, #N_i >= k for all i; all keys and tokens of a grid on a line in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(n_ - W_ * D_, D_ * (n_ / D_ - W_), note="W classes of D tokens or more fit in n tokens"),
                Hand("a closed class holds the k keys of each of its tokens, and classes are disjoint"),
            ),
            Certified(3),
            Control("n // (k + 1)", ForEach.of("k + 1", lambda n: class_counts(n, most=lambda n, k: n // (k + 1)), first=2)),
        ),
    ),
    Entry(
        claim(
            "multi_atomic_limit_exists_krause",
            "For some sigma, k and starts the tokens tend to at least two distinct points.",
            ForEach.of(r"\xi = \{0, 1\}, \{0, 1\}, \{2, 3\}, \{2, 3\}", apart, first=2, index="m", costly_from=9),
            "tied, all keys, k = 2; pairs (0, 1) and (m + 1, m + 2)",
        ),
        (
            Derived.of(
                Identity.of(
                    (x + s * y) / (1 + s) - (s * x + y) / (1 + s),
                    (x - y) * (1 - s) / (1 + s),
                    note="the gap of a pair after a step",
                ),
                Identity.of((x + s * y) / (1 + s) + (s * x + y) / (1 + s), x + y, note="its sum"),
                Hand(
                    "each pair keeps its middle and its gap tends to 0 (s is the affinity, growing to 1); gaps between pairs "
                    "stay above those inside, so supports stay"
                ),
            ),
            Certified(5),
            Control("a token between", ForEach.of("between", lambda m: apart(m, gap=m), first=2)),
        ),
    ),
    Entry(
        claim(
            "first_token_weight_zero_krause_of_index_at_least_window",
            "a_i0 = 0 for i >= W.",
            ForEach.of(r"i \geq W \Rightarrow a_{i0} = 0", first_weights, first=2, costly_from=12),
            "causal(W)",
        ),
        (
            Derived.of(
                Identity.of(x - W_, n_ - 1, given={x: W_ + n_ - 1}, note="i - W >= 0 for i = x = W + n - 1, n >= 1"),
                Hand("token i reads j with i - W < j, so j > 0 for i >= W, and a key that is not read has weight 0"),
            ),
            Certified(8),
            Control("from W - 1 on", ForEach.of("W - 1", lambda n: first_weights(n, shift=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "reversible_chain_krause_of_top_k",
            "D_i a_ij = D_j a_ji, so that j reads i where i reads j.",
            ForEach.of(r"j \in \xi_i \iff i \in \xi_j", lambda n: reversible(n, most=2), first=3),
            "tied, all keys, k = 2 < n; tokens 0, 1, 3, 6, ...",
            source=HERE,
        ),
        (Counterexample(at=3), Control("n = 4", ForEach.of("4", lambda n: reversible(n, most=2), first=4))),
    ),
)
