"""Permuting the tokens of an attention head without positions permutes its outputs.

Says: out(P X) = P out(X) for every permutation P of the n tokens, without positional encoding and without mask.
Idea: a token's output depends on its own query and on a sum over all tokens, whose order does not matter.
Edges: equivariant, not invariant: an output does move. A causal mask, or a position added to one token, breaks it at n = 2; a
readout that adds up all outputs is invariant.
"""

from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from itertools import permutations

from sympy import Function, cancel, exp, symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity, Measured, Network, affine
from workbench.attention import attention_head

score, value = Function("B"), Function("V")  # of a query and a key token; of a token
x, y1, y2, z1, z2, A = symbols("x y_1 y_2 z_1 z_2 A", real=True)
Z = symbols("Z", nonnegative=True)  # A and Z: what the query gathers from all further tokens, values and exponentials
WIDTH = 2
WEIGHTS = {"Q": ((1, 0), (0, -1)), "K": ((1, 2), (0, 1)), "V": ((1, -1), (2, 1))}
TOKENS = ((1, 0), (0, 1), (1, -1), (2, 1))
ROUNDING = "in exact arithmetic it is 0; some 100 float64 operations on numbers below 100 leave under 1e-12"


def gathered(query, first, second):
    """An output of the head with this query, as a function of two tokens among those that it reads."""
    top = exp(score(query, first)) * value(first) + exp(score(query, second)) * value(second) + A
    return top / (exp(score(query, first)) + exp(score(query, second)) + Z)


def head(n):
    return attention_head(n, WIDTH, 2, 2, weights=WEIGHTS)


def causal(n):
    """The head in which token s reads the tokens t <= s only."""
    full = head(n)
    later = {f"a{s}_{t}" for s in range(n) for t in range(s + 1, n)}
    units = [
        replace(u, synapses=tuple(s for s in u.synapses if not any(g.unit in later for g in s.gates)))
        for u in full.units
        if u.name not in later
    ]
    return Network.of(full.inputs, units, full.outputs)


def positioned(n):
    """The head in which 1 is added to the first query component of token 0."""
    full = head(n)
    return full.replace_unit(replace(full.unit("q0_0"), bias=1))


def summed(n):
    """The head with a readout that adds up the outputs of all tokens."""
    full = head(n)
    readout = [affine(f"r{c}", {f"o{s}_{c}": 1 for s in range(n)}) for c in range(2)]
    return Network.of(full.inputs, [*full.units, *readout], [u.name for u in readout])


@cache
def outputs(network, tokens):
    flat = network.at([entry for token in tokens for entry in token])
    return tuple(map(cancel, flat))


def by_token(values):
    return [values[2 * s : 2 * s + 2] for s in range(len(values) // 2)]


def permuted(build, *, moved=True):
    """Outputs at permuted tokens, against the outputs permuted (or, if not `moved`, as they were)."""

    def cases(n):
        network, tokens = build(n), TOKENS[:n]
        plain = by_token(outputs(network, tokens))
        for order in permutations(range(n)):
            got = by_token(outputs(network, tuple(tokens[s] for s in order)))
            want = [plain[s] for s in order] if moved else plain
            for s, (left, right) in enumerate(zip(got, want, strict=True)):
                yield Case(
                    f"n = {n}, order {order}, output {s}", tuple(cancel(a - b) for a, b in zip(left, right, strict=True)), (0, 0)
                )

    return cases


def moved_apart(build):
    """The largest |out(PX) - P out(X)| of the head lowered to JAX, over 50 random sets of three tokens and all permutations."""
    from jax import numpy, random, vmap

    from workbench import lower, record

    def run(key):
        network = lower(build(3), dtype="float64")
        tokens = random.normal(key, (50, 3, WIDTH))
        apply = vmap(lambda t: network(t.reshape(-1)).reshape(3, 2))
        gaps = [abs(apply(tokens[:, list(p)]) - apply(tokens)[:, list(p)]).max() for p in permutations(range(3))]
        return {"largest_difference": numpy.max(numpy.array(gaps))}

    return record("permuted_head", run, seed=1, dtype="float64")


claim = partial(Claim.of, source=HERE)


FAMILY = (
    Entry(
        claim(
            "attention_permutation_equivariant",
            "Permuting the tokens of a softmax head permutes its outputs in the same way.",
            ForEach.of(r"\operatorname{out}(PX) = P \operatorname{out}(X)", permuted(head), first=1, costly_from=4),
            "no positional encoding, no mask; projections shared by all tokens",
        ),
        (
            Derived.of(
                Identity.of(
                    gathered(x, z1, z2),
                    gathered(x, y1, y2),
                    given={z1: y2, z2: y1},
                    note="swapping two of the tokens that are read; B and V any functions of tokens",
                ),
                Hand("transpositions generate all permutations, and permuting the tokens permutes the queries, the rows, alike"),
            ),
            Certified(3),
            Measured(
                "largest_difference", lambda: moved_apart(head), 0, Fraction(1, 10**12), ROUNDING, lambda: moved_apart(positioned)
            ),
            Control("invariant", ForEach.of("out(PX) = out(X)", permuted(head, moved=False), first=1), upto=2),
            Control("a causal mask", ForEach.of("out(PX) = P out(X)", permuted(causal), first=1), upto=2),
            Control("a position on token 0", ForEach.of("out(PX) = P out(X)", permuted(positioned), first=1), upto=2),
        ),
    ),
    Entry(
        claim(
            "summed_attention_permutation_invariant",
            "The sum of all outputs of a softmax head does not change when the tokens are permuted.",
            ForEach.of(
                r"\sum_s \operatorname{out}_s(PX) = \sum_s \operatorname{out}_s(X)",
                permuted(summed, moved=False),
                first=1,
                costly_from=4,
            ),
            "no positional encoding, no mask",
            uses=("attention_permutation_equivariant",),
        ),
        (
            Certified(3),
            Control("the first output", ForEach.of("out_0(PX) = out_0(X)", permuted(head, moved=False), first=1), upto=2),
        ),
    ),
)
