"""Softmax as gating: exponentials gated by the reciprocal of their sum, masked by additive attention, read through gated synapses.

Says: p_i = exp(S_i) r with r = 1 / sum_j exp(S_j) for any number N of entries; a common shift changes nothing; adding -K to one
activation gives p_j <= exp(-K + max S - min S); sum_i p_i v_i is read through synapses of weight 1 gated by p_i and lies in the
convex hull of the v_i; (W + a k^T) x = W x + a (k.x).
Idea: exp turns shifts into factors, and a common factor cancels.
Edges: the only entry has p = 1 however it is masked; a shift of one entry alone is no symmetry; two maxima share the selection.
"""

from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product

from sympy import IndexedBase, Max, Rational, Sum, Symbol, cancel, exp, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForAll,
    ForEach,
    Hand,
    Identity,
    Measured,
    Network,
    Quark,
    Synapse,
    Unit,
    affine,
    output,
)

i, j, N = symbols("i j N", integer=True, positive=True)
c, E, y, v_m, S1, S2 = symbols("c E y v_m S1 S2", real=True)
a, b, k = symbols("A B k", positive=True)
g, h, rest = symbols("g h R", nonnegative=True)
S, V, W, X, key = IndexedBase("S"), IndexedBase("v"), IndexedBase("W"), IndexedBase("x"), IndexedBase("k")
DECAY = "ln p_j = -K + const - ln(1 + O(exp(-K))), so the slope differs from -1 by less than exp(-10)"
ROUNDING = "in exact arithmetic it is 0; shares are below 1 and ten float64 operations leave under 1e-14"


def over(term):
    return Sum(term, (i, 1, N))


def softmax_row(n, activations=None):
    """n softmax units; their activations are their inputs s0, ..., s(n-1), or constants."""
    names = [f"s{t}" for t in range(n)] if activations is None else []
    units = [
        Unit(
            f"p{t}",
            "softmax",
            (Synapse(f"s{t}", 1),) if activations is None else (),
            0 if activations is None else activations[t],
            group="p",
        )
        for t in range(n)
    ]
    return Network.of(names, units, [f"p{t}" for t in range(n)])


def written_out(n):
    """The softmax of n units beside n exponential units gated by a reciprocal, which enters as an input r."""
    row = softmax_row(n)
    names = [f"s{t}" for t in range(n)]
    exponentials = [replace(affine(f"e{t}", {f"s{t}": 1}, transfer="exp"), output_gates=(output("r"),)) for t in range(n)]
    gated = Network.of([*names, "r"], exponentials, [u.name for u in exponentials])
    reciprocal = 1 / sum(exp(Symbol(name, real=True)) for name in names)
    values = tuple(value.xreplace({Symbol("r", real=True): reciprocal}) for value in gated.as_expr())
    yield Case(f"N = {n}: values", row.as_expr(), values)
    yield Case(f"N = {n}: gates, normalisations", (tuple(gated.gatings), row.normalisations), ((0, n, 0, 0), (n,)))


def masked(n):
    """-K added to the first of n activations in {-1, 0, 2}, against exp(-K + max - min)."""
    for values, shift in product(product((-1, 0, 2), repeat=n), (0, 1, 5)):
        plain = softmax_row(n, values)
        network = replace(plain, inputs=("a",))
        attended = Quark("O", "S", "addition").apply(network, attending=output("a"), attended="p0", weight=-shift)
        share = attended.at((1,))[0]
        yield Case(f"N = {n}, S = {values}, K = {shift}", share, exp(-shift + max(values) - min(values)), "<=")


def reader(activations):
    """A unit that reads as many values as there are activations, through synapses of weight 1 gated by their softmax."""
    synapses = tuple(Synapse(f"v{t}", 1, (output(f"p{t}"),)) for t in range(len(activations)))
    units = [*softmax_row(len(activations), activations).units, Unit("o", "identity", synapses)]
    return Network.of([f"v{t}" for t in range(len(activations))], units, ["o"])


def read_out(n):
    """Means of n values by the softmax of 0, beta, 2 beta, ...: counts, hull, and the gap to the last value."""
    for beta in (0, 1, 4):
        network = reader([beta * t for t in range(n)])
        yield Case(f"n = {n}: gated synapses", tuple(network.gatings), (0, 0, n, 0))
        for values in product((-1, 0, 3), repeat=n):
            mean, low, high = network.at(values)[0], min(values), max(values)
            label = f"n = {n}, beta = {beta}, v = {values}"
            yield Case(f"{label}: at most the largest", cancel(mean - high), 0, "<=")
            yield Case(f"{label}: at least the least", cancel(mean - low), 0, ">=")
            slack = (n - 1) * exp(-beta) * (high - low)
            yield Case(f"{label}: above the selected value", cancel(mean - values[-1] - slack), 0, "<=")
            yield Case(f"{label}: below the selected value", cancel(values[-1] - mean - slack), 0, "<=")


def selected(activations):
    """The mean of 0, ..., 0, 1 beside its last value."""
    values = (*(0 for _ in activations[1:]), 1)
    return [Case(f"S = {activations}", reader(activations).at(values)[0], 1)]


def rank_one_update(n):
    """W x with W_0j + a k_j on n synapses, where a unit a k_j attends each, against W x + a (k.x)."""
    signals = [replace(affine(f"ak{t}", {"a": 1}), output_gates=(output(f"k{t}"),)) for t in range(n)]
    reader = affine("f", {f"x{t}": Symbol(f"W{t}", real=True) for t in range(n)})
    inputs = ["a", *(f"k{t}" for t in range(n)), *(f"x{t}" for t in range(n))]
    network = Network.of(inputs, [*signals, reader], ["f"])
    for t in range(n):
        network = Quark("O", "w", "addition").apply(network, attending=output(f"ak{t}"), attended="f", presynaptic=f"x{t}")
    x_, k_, w_ = ([Symbol(f"{letter}{t}", real=True) for t in range(n)] for letter in "xkW")
    plain = sum((w * x for w, x in zip(w_, x_, strict=True)), Rational(0))
    read = sum((x * y for x, y in zip(k_, x_, strict=True)), Rational(0))
    yield Case(f"n = {n}", (network.as_expr()[0].expand(),), ((plain + Symbol("a", real=True) * read).expand(),))


def decay(share):
    """The slope of ln p_j against the mask K = 10, ..., 60 in JAX, fitted; `share` of K reaches the activation."""
    from jax import nn, numpy, random

    from workbench import record

    def run(key):
        S, K = random.normal(key, (8,)), numpy.linspace(10, 60, 26)
        ln_p = numpy.array([nn.log_softmax(S.at[0].add(-float(share) * m))[0] for m in K])
        return {"slope": numpy.polyfit(K, ln_p, 1)[0], "K": K, "ln_p": ln_p}

    return record("masked_softmax", run, seed=1, dtype="float64")


def shifted(entries):
    """The largest change of softmax over 1,000 random sets of eight activations when the first `entries` of them grow by 3."""
    from jax import nn, numpy, random

    from workbench import record

    def run(key):
        S = random.normal(key, (1000, 8))
        return {"largest_difference": numpy.abs(nn.softmax(S.at[:, :entries].add(3.0)) - nn.softmax(S)).max()}

    return record("shifted_softmax", run, seed=1, dtype="float64")


claim = partial(Claim.of, source=HERE)


Z = over(exp(S[i]))
SHARE = k * a / (k * a + (b + h) + rest)  # A = exp(S_j), B = exp(min S), B + h = exp(S_i) for some i, k = exp(-K)
BOUND = k * (a + g) / b  # A + g = exp(max S)

FAMILY = (
    Entry(
        claim(
            "softmax_eq_exponentials_gated_by_reciprocal_sum",
            "Softmax is N exponential units, each gated by one unit that emits the reciprocal of their sum.",
            ForAll.of(
                Identity.of(E * y, exp(S[j]) / Z, given={E: exp(S[j]), y: 1 / Z}, note="the j-th of N gated outputs"),
                Identity.of(over(exp(S[i]) * y), 1, given={y: 1 / Z}, note="the gated outputs add up to 1"),
            ),
            "N is any, and the reciprocal unit has transfer 1/S",
        ),
        (
            Derived(),
            Certified(4, of=ForEach.of("p_i = r exp(S_i)", written_out, first=1, index="N")),
            Control("the sum, not its reciprocal, as the gate", Identity.of(over(exp(S[i]) * y), 1, given={y: Z})),
            Control(
                "the sum without the unit itself", Identity.of(E * y, exp(S[j]) / Z, given={E: exp(S[j]), y: 1 / (Z - exp(S[j]))})
            ),
        ),
    ),
    Entry(
        claim(
            "softmax_invariant_under_common_shift",
            "Adding one number to all activations leaves softmax as it is; of two entries it is the logistic of their difference.",
            ForAll.of(
                Identity.of(exp(S[j] + c) * Z, exp(S[j]) * over(exp(S[i] + c)), note="any N entries, multiplied out"),
                Identity.of(exp(S1) / (exp(S1) + exp(S2)), 1 / (1 + exp(-(S1 - S2))), note="two entries"),
            ),
        ),
        (
            Derived(),
            Measured("largest_difference", lambda: shifted(8), 0, Fraction(1, 10**14), ROUNDING, lambda: shifted(1)),
            Control("one entry shifted", Identity.of(exp(S[j] + c) / Z, exp(S[j]) / Z)),
            Control("activations scaled", Identity.of(exp(2 * S1) / (exp(2 * S1) + exp(2 * S2)), 1 / (1 + exp(-(S1 - S2))))),
        ),
    ),
    Entry(
        claim(
            "softmax_mask_eq_multiplexing_limit",
            "Adding -K to one activation leaves it at most exp(-K + max S - min S) of the softmax, if another entry is not masked.",
            ForAll.of(Identity.of(Max(SHARE, BOUND), BOUND, note="p_j <= exp(-K + max S - min S)")),
            "A = exp(S_j), B = exp(min S), A + g = exp(max S), k = exp(-K)",
            "B + h = exp(S_i) for one other entry i, and R >= 0 is the sum of the exponentials of all further ones",
        ),
        (
            Derived.of(
                Identity.of(Max(SHARE, BOUND), BOUND),
                Hand("exp is positive and increasing, so the activations can be written so; exp(-K) tends to 0 as K grows"),
            ),
            Certified(3, of=ForEach.of("p_j", masked, first=2, index="N", costly_from=4)),
            Measured("slope", lambda: decay(1), Fraction(-1001, 1000), Fraction(-999, 1000), DECAY, lambda: decay(Rational(1, 2))),
            Control("no other entry", Identity.of(Max(k * a / (k * a), BOUND), BOUND, given={k: k * b / (2 * (a + g))})),
            Control("without the spread of S, two entries", Identity.of(Max(k * a / (k * a + b), k), k)),
        ),
    ),
    Entry(
        claim(
            "softmax_value_is_synaptic_gating",
            "A softmax mean is read through synapses of weight 1 gated by the shares, lies in the hull, and hardens to a selector.",
            ForEach.of(r"\sum_i p_i v_i", read_out, first=1, costly_from=4),
            "the limit is that of temperature 1/beta to 0, with a unique largest activation",
            uses=("softmax_eq_exponentials_gated_by_reciprocal_sum",),
        ),
        (
            Derived.of(
                Identity.of(
                    over(exp(S[i]) * (V[i] - y)) / Z,
                    over(exp(S[i]) * V[i]) / Z - y,
                    note="shares add up to 1: the mean moves with the v",
                ),
                Identity.of(
                    over(exp(S[i]) * V[i]) / Z - v_m,
                    over(exp(S[i] - S1) * (V[i] - v_m)) / over(exp(S[i] - S1)),
                    note="the gap to the value v_m of the largest activation S1",
                ),
                Hand(
                    "shares are positive: with y = min v_i the first right side is at least 0, with y = max v_i at most 0: the hull"
                ),
                Hand(
                    "in the second the denominator is at least 1 and the term of v_m is 0; with S / T for S the others are at most "
                    "exp(-gap / T) times the spread of the values, where gap > 0 parts S1 from the next, and this tends to 0 with T"
                ),
            ),
            Certified(3),
            Control("shares that do not add up to 1", Identity.of(over(exp(S[i]) * (V[i] - y)), over(exp(S[i]) * V[i]) - y)),
            Control("two largest activations", ForEach.once("", lambda: selected((5, 5)))),
            Control("selected at beta = 1", ForEach.once("", lambda: selected((0, 1)))),
        ),
    ),
    Entry(
        claim(
            "fast_weight_update_eq_additive_synaptic_attention",
            "A rank-one change of the weights is additive synaptic attention: (W + a k^T) x = W x + a (k.x), in each row.",
            ForAll.of(
                Identity.of(
                    over((W[j, i] + V[j] * key[i]) * X[i]), over(W[j, i] * X[i]) + V[j] * over(key[i] * X[i]), note="row j, a = v_j"
                )
            ),
            "any number N of inputs, any row j",
        ),
        (
            Derived(),
            Certified(3, of=ForEach.of("(W + a k^T) x", rank_one_update, first=0)),
            Control(
                "the key read entry by entry",
                Identity.of(over((W[j, i] + V[j] * key[i]) * X[i]), over(W[j, i] * X[i]) + V[j] * over(key[i]) * over(X[i])),
            ),
            Control(
                "the update without the key",
                Identity.of(over((W[j, i] + V[j]) * X[i]), over(W[j, i] * X[i]) + V[j] * over(key[i] * X[i])),
            ),
        ),
    ),
)
