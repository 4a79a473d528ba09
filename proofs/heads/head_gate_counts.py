"""The products of one softmax attention head: n^2 d to form the scores, n^2 dv to read the values, n normalisations.

Says: a head of n tokens, key width d and value width dv has n^2 d output gatings, n^2 dv synaptic gatings and n softmax
normalisations over n entries; written out, softmax takes n^2 more output gatings; h heads with d = dv = m/h have n^2 m of each.
Idea: one gating for each pair of tokens and each key or value component; a further token is paired with all, and all with it.
Edges: counted as one gate for each value vector, the n^2 dv synaptic gatings are n^2; a causal mask leaves n (n + 1)/2 pairs.
"""

from functools import partial
from itertools import product

from sympy import symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity
from workbench.attention import attention_head

n, d, dv, m, h = symbols("n d d_v m h", positive=True)
SIZES = tuple(product((1, 2, 3), repeat=2))  # key width, value width


def counted(kind, formula):
    """The gatings of one kind of heads of n tokens and width 2, at several key and value widths."""

    def cases(n):
        for width, value_width in SIZES:
            gatings = attention_head(n, 2, width, value_width).gatings
            yield Case(f"n = {n}, d = {width}, d_v = {value_width}", getattr(gatings, kind), formula(n, width, value_width))

    return cases


def outputs(n):
    yield from counted("output", lambda n, d, dv: n * n * d)(n)
    if n == 5:
        yield Case("n = 5, d = 3", attention_head(5, 2, 3, 4).gatings.output, 75)


def synapses(n):
    yield from counted("synaptic", lambda n, d, dv: n * n * dv)(n)
    for width in (1, 3):
        head = attention_head(n, 2, 1, width)
        shared = {(s.source.split("_")[0], s.gates) for unit in head.units for s in unit.synapses if s.gates}
        yield Case(f"n = {n}, d_v = {width}: one gate for each value vector", len(shared), n * n)
    if n == 5:
        yield Case("n = 5, d_v = 4", attention_head(5, 2, 3, 4).gatings.synaptic, 100)


def written_out(n):
    """Each row's softmax as n exponential units gated by one reciprocal unit, counted on the softmax groups of the head."""
    head = attention_head(n, 2, 2, 1)
    yield Case(f"n = {n}: exponential units to gate", sum(unit.transfer == "softmax" for unit in head.units), n * n)
    yield Case(f"n = {n}: with softmax written out, d = 2", head.gatings.output + sum(head.normalisations), n * n * 2 + n * n)


def normalisations(n):
    for width, value_width in SIZES:
        head = attention_head(n, 2, width, value_width)
        yield Case(f"n = {n}, d = {width}, d_v = {value_width}", head.normalisations, (n,) * n)


def multihead(n, per_head=lambda m, h: m // h):
    """h heads of width m/h beside each other, for every divisor h of m up to 6."""
    for m in (1, 2, 4, 6):
        for h in (h for h in range(1, m + 1) if m % h == 0):
            width = per_head(m, h)
            heads = [attention_head(n, m, width, width).gatings for _ in range(h)]
            yield Case(f"n = {n}, m = {m}, h = {h}: output", sum(g.output for g in heads), n * n * m)
            yield Case(f"n = {n}, m = {m}, h = {h}: synaptic", sum(g.synaptic for g in heads), n * n * m)


def kinds(n):
    """What the head uses besides output and synaptic gating."""
    for width, value_width in SIZES:
        gatings = attention_head(n, 2, width, value_width).gatings
        yield Case(f"n = {n}: additive activation, activation", (gatings.additive_activation, gatings.activation), (0, 0))
        yield Case(f"n = {n}: output, synaptic", min(gatings.output, gatings.synaptic), 0, ">")


def no_outputs(n):
    return [Case(f"n = {n}", attention_head(n, 2, 1, 1).gatings.output, 0)]


claim = partial(Claim.of, source=HERE)


def upto(statement, cases, **bounds):
    return ForEach.of(statement, cases, first=1, **bounds)


FAMILY = (
    Entry(
        claim(
            "head_output_gatings_eq_n_squared_d",
            "The scores Q K^T of a head cost n^2 d products of two unit outputs; softmax written out costs n^2 more.",
            upto(r"n^2 d", outputs, costly_from=6),
            "n tokens, key width d >= 1",
            uses=("softmax_eq_exponentials_gated_by_reciprocal_sum",),
        ),
        (
            Derived.of(
                Identity.of(
                    (n + 1) ** 2 * d,
                    n**2 * d + (n + 1) * d + n * d,
                    note="a further token: its query with n + 1 keys, its key with n queries",
                ),
                Hand("a score is a sum of d products of a query and a key component, and one token has one score: d products"),
                Hand("softmax of a row of n entries gates n exponentials by one reciprocal, and there are n rows: n^2 products"),
            ),
            Certified(5),
            Certified(4, of=upto(r"n^2 d + n^2", written_out)),
            Control("n d", upto("n d", counted("output", lambda n, d, dv: n * d)), upto=2),
            Control(
                "a triangle of scores", upto("n (n + 1) d / 2", counted("output", lambda n, d, dv: n * (n + 1) * d // 2)), upto=2
            ),
            Control("the value width", upto("n^2 d_v", counted("output", lambda n, d, dv: n * n * dv)), upto=1),
        ),
    ),
    Entry(
        claim(
            "head_synaptic_gatings_eq_n_squared_dv",
            "Reading the values costs n^2 dv scalar gated synapses, or n^2 gates if one gate on a value vector counts once.",
            upto(r"n^2 d_v", synapses, costly_from=6),
            "n tokens, value width d_v >= 1; the first count is of scalar products",
        ),
        (
            Derived.of(
                Identity.of(
                    (n + 1) ** 2 * dv,
                    n**2 * dv + (n + 1) * dv + n * dv,
                    note="a further token reads n + 1 values and is read by n more",
                ),
                Hand(
                    "each of the dv outputs of a token reads the values of all tokens, each by one gated synapse; one token has dv"
                ),
            ),
            Certified(5),
            Control("one for each value vector", upto("n^2", counted("synaptic", lambda n, d, dv: n * n)), upto=1),
            Control("the key width", upto("n^2 d", counted("synaptic", lambda n, d, dv: n * n * d)), upto=1),
        ),
    ),
    Entry(
        claim(
            "head_normalisations_eq_n",
            "A head has n softmax normalisations, each over n entries.",
            upto("n", normalisations, costly_from=6),
        ),
        (
            Derived.of(Hand("the softmax is taken by rows: one for each query, over the n keys")),
            Certified(5),
            Control(
                "one over all n^2 scores",
                upto("1", lambda n: [Case(f"n = {n}", attention_head(n, 1, 1, 1).normalisations, (n * n,))]),
                upto=2,
            ),
            Control(
                "n^2", upto("n^2", lambda n: [Case(f"n = {n}", len(attention_head(n, 1, 1, 1).normalisations), n * n)]), upto=2
            ),
        ),
    ),
    Entry(
        claim(
            "multihead_gatings_eq_n_squared_m",
            "h heads of width m/h have n^2 m output and n^2 m synaptic gatings, whatever h is.",
            upto(r"h\, n^2 \frac{m}{h} = n^2 m", multihead, costly_from=4),
            "h divides m, d = d_v = m/h",
            uses=("head_output_gatings_eq_n_squared_d", "head_synaptic_gatings_eq_n_squared_dv"),
        ),
        (
            Derived.of(
                Identity.of(h * (n**2 * d), n**2 * m, given={d: m / h}, note="h heads of key width m/h"),
                Identity.of(h * (n**2 * dv), n**2 * m, given={dv: m / h}, note="h heads of value width m/h"),
                Hand("the heads stand beside each other and share no product, so that their counts add up"),
            ),
            Certified(3),
            Control("each head of the full width", upto("h n^2 m", lambda n: multihead(n, lambda m, h: m))),
        ),
    ),
    Entry(
        claim(
            "softmax_head_uses_output_and_synaptic_gating",
            "A softmax head uses output gating and synaptic gating, and no other attention mechanism of the six.",
            upto(r"\text{output gating},\ \text{synaptic gating}", kinds, costly_from=5),
        ),
        (Certified(4), Control("no output gating", upto("", no_outputs))),
    ),
)
