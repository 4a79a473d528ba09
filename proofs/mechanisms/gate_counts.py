"""Counts of gates, read off networks: softmax as calibration, and what selection, scaling, synchronization and windows change.

Says: softmax forms n^2 d output gatings, n^2 d_v synaptic gatings and n^2 normalisations; deleting and renormalising a selection
differ in normalisations and in additions to activations only; affine scaling needs n d_v output gatings more in its cheapest order;
synchronization needs d n + 2 d + 1 more than softmax, and fewer from n = 4 on if each pair of tokens is formed once; a window of at
most n/2 keys leaves Krause attention below softmax.
Idea: run the network and count each product where it is formed.
Edges: one token; a window of n/2 keys at n = 2, where both counts are 4 d; a causal mask, where pairs are n (n + 1) / 2.
"""

from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import combinations, product

from sympy import symbols

from workbench import (
    HERE,
    Bound,
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
    Network,
    Synapse,
)

n_, d_, dv_, most_ = symbols("n d d_v N", integer=True, positive=True)
SIZES = tuple(product((1, 2), (1, 3)))  # d, d_v
GATES = ("output_gating", "synaptic_gating", "normalisation", "additive_activation")


def counts(network):
    """Products of the kinds of GATES that a network forms at a point with distinct entries."""
    from workbench.mechanisms.instrument import products

    found = products(network, {name: Fraction(7 * place**2 % 101 + 1, 3) for place, name in enumerate(network.inputs)})
    return tuple(found[kind] for kind in GATES)


def built(name, n, d, dv, *, mask=None, causal=False, **options):
    from workbench.mechanisms import mechanism

    return mechanism(name, **options).network(n, d, dv, mask=mask, causal=causal)


def with_mask(network, transfer):
    """The network with one more input, a mask's entry, added to the activation of each unit with this transfer."""
    held = [unit.name for unit in network.units if unit.transfer == transfer]
    masks = {name: f"mask{place}" for place, name in enumerate(held)}
    units = [
        replace(unit, synapses=(*unit.synapses, Synapse(masks[unit.name], 1, attention=True))) if unit.name in masks else unit
        for unit in network.units
    ]
    return Network.of([*network.inputs, *masks.values()], units, network.outputs)


def calibration(n, *, masked=0):
    """Softmax without a mask, with one that is counted, and causal, against the given row; `masked` is the AA of the first."""
    for d, dv in SIZES:
        plain, pairs = built("softmax", n, d, dv), n * (n + 1) // 2
        row = (n * n * d, n * n * dv, n * n)
        label = f"n = {n}, d = {d}, d_v = {dv}"
        yield Case(f"{label}: OG, SG, NORM, AA", counts(plain), (*row, masked))
        yield Case(f"{label}, a mask counted", counts(with_mask(plain, "softmax")), (*row, n * n))
        yield Case(f"{label}, causal", counts(built("softmax", n, d, dv, causal=True)), (pairs * d, pairs * dv, pairs, 0))


def interventions(n, *, same=2):
    """The counts of both interventions on the top N of each row, masks counted: the first `same` agree, the others do not."""
    for most, (d, dv) in product(range(1, n), SIZES):
        deleted = counts(built("top-n", n, d, dv, most=most))
        renormalised = counts(with_mask(built("top-n", n, d, dv, most=most, renormalised=True), "exp"))
        for place, (kind, one, other) in enumerate(zip(GATES, deleted, renormalised, strict=True)):
            relation = "==" if place < same else "!="
            yield Case(f"n = {n}, N = {most}, d = {d}, d_v = {dv}: {kind}", one, other, relation)


def more_for_scaling(n, *, order="deviation"):
    """Output gatings of affine-scaled attention beyond those of softmax, against n d_v."""
    for d, dv in SIZES:
        more = counts(built("affine-scaled", n, d, dv, order=order))[0] - counts(built("softmax", n, d, dv))[0]
        yield Case(f"n = {n}, d = {d}, d_v = {dv}: output gatings more than softmax", more, n * dv, "<=")


def oscillators(n, d, *, once=False):
    """Output gatings of dense synchronization attention, distances expanded; `once` forms the product of each two tokens once."""
    both = counts(built("synchronization", n, d, 1, order="expanded"))[0]
    return both - d * n * n + counts_of_pairs(n, d) if once else both


def counts_of_pairs(n, d):
    """Output gatings of the dot products of each two of n vectors, those of a vector with itself being counted apart as norms."""
    from workbench.mechanisms.wiring import Wiring

    wiring = Wiring({"omega": [[f"omega{i}_{c}" for c in range(d)] for i in range(n)]})
    names = [wiring.dot(one, other) for one, other in combinations(wiring["omega"], 2)]
    inputs = [name for row in wiring["omega"] for name in row]
    return counts(Network.of(inputs, wiring.units, names))[0] if names else 0


def below_softmax(n, *, once=False, widths=(1, 2, 3)):
    for d in widths:
        got, softmax = oscillators(n, d, once=once), counts(built("softmax", n, d, 1))[0]
        yield Case(f"n = {n}, d = {d}: output gatings of synchronization and of softmax", got, softmax, "<")


def above_softmax(n, *, squares=1):
    for d in (1, 2, 3):
        more = oscillators(n, d) - counts(built("softmax", n, d, 1))[0]
        yield Case(f"n = {n}, d = {d}: output gatings more than softmax", more, d * n + 2 * d + squares)


def windows(n):
    """Krause attention over windows of at most n/2 keys, causal and on a line, against softmax over all keys."""
    from workbench.mechanisms.neighbourhoods import line, window

    masks = [(f"causal({W})", window(n, W)) for W in range(1, n // 2 + 1)]
    masks += [(f"line({w})", line(n, w)) for w in range((n // 2 + 1) // 2)]
    for (name, mask), d in product(masks, (1, 2)):
        got = counts(built("krause", n, d, 1, mask=mask.tolist(), order="expanded"))[0]
        yield Case(f"n = {n}, {name}, d = {d}: output gatings", got, counts(built("softmax", n, d, 1))[0], "<")


def census_row():
    """The polynomials of the census of softmax, in the order of GATES."""
    from workbench.mechanisms import mechanism
    from workbench.mechanisms.census import SYMBOLS, Census

    n, d, dv = SYMBOLS
    found = Census.of(mechanism("softmax"))
    for kind, count in zip(GATES, (n**2 * d, n**2 * dv, n**2, 0), strict=True):
        yield Case(f"census of softmax: {kind}", found[kind], count)


def census_excess(name, of, **options):
    """What the census of a mechanism has more output gatings than that of softmax, as a polynomial."""
    from workbench.mechanisms import mechanism
    from workbench.mechanisms.census import SYMBOLS, Census

    more, softmax = (Census.of(mechanism(form, **chosen)) for form, chosen in ((name, options), ("softmax", {})))
    excess = more["output_gating"] - softmax["output_gating"]
    return [Case(f"census of {name}: output gatings more than softmax", excess, of(*SYMBOLS))]


claim = partial(Claim.of, source=HERE)


FAMILY = (
    Entry(
        claim(
            "gate_counts_eq_pairs_times_widths_softmax",
            "Softmax attention forms n^2 d output and n^2 d_v synaptic gatings, n^2 normalisations, no additive activation.",
            ForEach.of(r"(n^2 d,\; n^2 d_v,\; n^2,\; 0)", calibration, first=1, costly_from=4),
            "one head; a mask that is counted adds n^2 additive activations; causal, n^2 becomes n (n + 1) / 2",
        ),
        (
            Derived.of(
                Identity.of((n_ - 1) ** 2 + 2 * n_ - 1, n_**2, note="pairs without and with the n-th token"),
                Identity.of((n_ - 1) * n_ / 2 + n_, n_ * (n_ + 1) / 2, note="causal pairs"),
                Hand("a pair takes d products for its score, one with the reciprocal of the row, and gates d_v synapses"),
            ),
            Certified(3),
            Certified(0, of=ForEach.once("the polynomials of the census", census_row)),
            Control("an additive activation", ForEach.of("1", lambda n: calibration(n, masked=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "deletion_and_renormalisation_differ_in_gate_type_topn",
            "The two top-N interventions have the same output and synaptic gatings; they differ in NORM and AA only.",
            ForEach.of(
                r"\mathrm{OG} = \mathrm{OG}',\ \mathrm{SG} = \mathrm{SG}',\ \mathrm{NORM} \neq \mathrm{NORM}',\ "
                r"\mathrm{AA} \neq \mathrm{AA}'",
                interventions,
                first=2,
                costly_from=5,
            ),
            "1 <= N < n; masks counted, one added to each activation of the renormalised weights",
        ),
        (
            Derived.of(
                Identity.of(n_**2 - n_ * most_, n_ * (n_ - most_), note="normalisations of all weights, less those of the kept"),
                Hand(
                    "scores take n^2 d products in both, and N weights a row gate d_v synapses each; N < n, and n^2 masks are added"
                ),
            ),
            Certified(4),
            Control("the same normalisations", ForEach.of("3", lambda n: interventions(n, same=3), first=2)),
        ),
    ),
    Entry(
        claim(
            "affine_extra_gates_order_n_dv",
            "As alpha (P V - mean) + alpha_ma mean, affine-scaled attention needs n d_v output gatings more than softmax.",
            ForEach.of(r"\mathrm{OG} - \mathrm{OG}_{\mathrm{softmax}} \leq n d_v", more_for_scaling, first=1, costly_from=5),
            "bidirectional; alpha_ma is a constant",
            uses=("output_eq_scaled_deviation_plus_mean_affine",),
        ),
        (
            Derived.of(
                Identity.of(n_ * (n_ * d_ + dv_) - n_**2 * d_, n_ * dv_, note="all rows, less those of softmax"),
                Hand("alpha multiplies d_v entries of each row, and the mean of the values is a sum with constant weights"),
            ),
            Certified(4),
            Certified(
                0, of=ForEach.once("the census", lambda: census_excess("affine-scaled", lambda n, d, dv: n * dv, order="deviation"))
            ),
            Control("weight by weight", ForEach.of("n", lambda n: more_for_scaling(n, order="weight"), first=2)),
        ),
    ),
    Entry(
        claim(
            "ssa_gate_count_below_softmax_gate_count",
            "Dense synchronization attention has fewer output gatings than softmax attention at equal n and d.",
            ForEach.of(r"\mathrm{OG} < n^2 d", below_softmax, first=1),
            "distances expanded, the order parameter included, every ordered pair formed",
        ),
        (Counterexample(at=1), Control("two tokens", ForEach.of("2", below_softmax, first=2))),
    ),
    Entry(
        claim(
            "ssa_gate_count_exceeds_softmax_gate_count_by_norms_and_order_parameter",
            "Dense synchronization attention has d n + 2 d + 1 output gatings more than softmax attention.",
            ForEach.of(r"\mathrm{OG} = n^2 d + n d + 2 d + 1", above_softmax, first=1, costly_from=5),
            "distances expanded, the order parameter included, every ordered pair formed",
        ),
        (
            Derived.of(
                Identity.of(d_ * (n_**2 + n_ + 2) + 1 - d_ * n_**2, d_ * n_ + 2 * d_ + 1),
                Hand("scores take n^2 d products as in softmax, norms n d, the moduli of d sums of phases 2 d, and r^2 one"),
            ),
            Certified(3),
            Certified(
                0,
                of=ForEach.once(
                    "the census", lambda: census_excess("synchronization", lambda n, d, dv: d * n + 2 * d + 1, order="expanded")
                ),
            ),
            Control("r^2 left out", ForEach.of("0", lambda n: above_softmax(n, squares=0), first=1)),
        ),
    ),
    Entry(
        claim(
            "ssa_gate_count_below_softmax_gate_count_of_each_pair_once",
            "From n = 4 on dense synchronization has fewer output gatings than softmax if each pair of tokens is formed once.",
            ForEach.of(r"d\,\tfrac{n (n + 1)}{2} + 2 d + 1 < n^2 d", lambda n: below_softmax(n, once=True), first=4, costly_from=6),
            "distances expanded, n >= 4; scores of softmax have no such symmetry",
        ),
        (
            Derived.of(
                Bound.of(d_ * n_ * (n_ + 1) / 2 + 2 * d_ + 1, d_ * n_**2, where={n_: 4, d_: 1}, strict=True),
                Hand("n (n - 1) / 2 dot products and n norms of d products each"),
            ),
            Certified(5),
            Control("n = 3, d = 1", ForEach.of("3", lambda n: below_softmax(n, once=True), first=3)),
        ),
    ),
    Entry(
        claim(
            "krause_gate_count_below_softmax_of_window_half_n",
            "Krause attention, expanded, over windows of at most n/2 keys has fewer output gatings than softmax attention.",
            ForEach.of(r"d \textstyle\sum_i \# N_i + n d < n^2 d", windows, first=4, costly_from=6),
            "W <= n/2, n >= 4; causal windows and windows on a line, which are smaller at the ends",
        ),
        (
            Derived.of(
                Bound.of(n_ * n_ / 2 + n_, n_**2, where={n_: 4}, strict=True, note="all windows of n/2 keys, and n norms"),
                Hand("both sides are multiplied by d, and no window is larger than n/2"),
            ),
            Certified(5),
            Control("n = 2", ForEach.of("2", windows, first=2)),
        ),
    ),
)
