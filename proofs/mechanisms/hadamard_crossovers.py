"""From how many tokens on Hadamard linear attention takes fewer products by its state than by pairs.

Says: the first such n for five sizes, two orders of contraction, with and without the divisions of the normaliser.
Idea: a form by pairs takes n^2 times a constant, one by a state n times a constant; the first n is a quotient, rounded.
Edges: F = 3, where a state of r^3 d_v numbers is built for each head. The definition is a reconstruction from the abstract.
"""

from sympy import symbols

from workbench import HERE, Case, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity

n_, p_, q_ = symbols("n p q", integer=True, positive=True)
GIVEN = "A_ij = prod_f phi_f(q_i).psi_f(k_j), our reconstruction"
ORDERS = ("sequential", "kronecker")
FIRST = {  # F, r, d_v: the first n of both orders without divisions, then with them
    (2, 64, 64): (2781, 2781, 2767, 2767),
    (2, 128, 128): (11023, 11022, 10995, 10994),
    (3, 64, 64): (133153, 133136, 132639, 132623),
    (2, 16, 64): (354, 346, 351, 343),
    (3, 16, 64): (4829, 4712, 4787, 4671),
}


def by_pairs(factors, r, dv, *, divided):
    """Products for each pair of tokens: F dot products, their product, a value, and a division."""
    return factors * r + (factors - 1) + dv + divided


def by_state(factors, r, dv, order, *, divided):
    """Products for each token: features of a key, times its values; what a query contracts of S and of Z; d_v divisions."""
    features = sum(r**f for f in range(2, factors + 1))
    state = features + r**factors * dv
    if order == "kronecker":
        return state + features + r**factors * (dv + 1) + dv * divided
    return state + sum(r**f for f in range(1, factors + 1)) * (dv + 1) + dv * divided


def counts(n, *, more=0):
    """Both formulas against the products of the networks, F = 2, 3."""
    from workbench.mechanisms import mechanism

    for factors, r, dv in ((2, 2, 1), (2, 1, 2), (3, 2, 1)):
        for order in ("quadratic", *ORDERS):
            network = mechanism("hadamard", factors=factors, order=order).network(n, r, dv)
            want = n * n * by_pairs(factors, r, dv, divided=1)
            if order != "quadratic":
                want = n * by_state(factors, r, dv, order, divided=1) + more
            got = sum(network.gatings) + sum(network.normalisations)
            yield Case(f"n = {n}, F = {factors}, r = {r}, dv = {dv}, {order}: products and divisions", got, want)


def firsts(*, later=0):
    """By a state is cheaper at the first n, and is not one before."""
    for size, numbers in FIRST.items():
        for place, first in enumerate(numbers):
            order, divided = ORDERS[place % 2], place // 2
            pairs, state = by_pairs(*size, divided=divided), by_state(*size, order, divided=divided)
            label = f"(F, r, dv) = {size}, {order}, divisions {divided}"
            yield Case(f"{label}: at n = {first + later}", state, (first + later) * pairs, "<")
            yield Case(f"{label}: at n = {first + later - 1}", state, (first + later - 1) * pairs, ">=")


def claim(name, says, statement, *hypotheses, uses=()):
    return Claim(name, says, statement, hypotheses=(GIVEN, *hypotheses), sources=(HERE,), uses=uses, topic="mechanisms")


FAMILY = (
    Entry(
        claim(
            "products_per_pair_and_per_token_hla_of_any_length",
            "A pair takes F r + F - 1 + d_v products and a division; by a state a token takes features, r^F d_v for its values, "
            "what its query contracts, factor by factor or at once, and d_v divisions.",
            ForEach.of(r"p_{\mathrm{pair}} = F r + F - 1 + d_v + 1", counts, first=1, costly_from=4),
            "not causal; (F, r, d_v) = (2, 2, 1), (2, 1, 2), (3, 2, 1) in the cases, on networks",
        ),
        (Certified(2), Control("one product more", ForEach.of("+ 1", lambda n: counts(n, more=1), first=1))),
    ),
    Entry(
        claim(
            "linear_form_first_cheaper_hla_of_five_sizes",
            "For (F, r, d_v) = "
            + "; ".join(f"{size}: {', '.join(map(str, numbers))}" for size, numbers in FIRST.items())
            + " are the first n at which evaluation by a state takes fewer products.",
            ForEach.once(r"n\, p_{\mathrm{state}} < n^2 p_{\mathrm{pairs}}", firsts),
            "each: sequential, Kronecker; the same with divisions counted; not causal",
            uses=("products_per_pair_and_per_token_hla_of_any_length",),
        ),
        (
            Derived.of(
                Identity.of(n_**2 * p_ - n_ * q_, n_ * (n_ * p_ - q_), note="p products for a pair, q for a token by a state"),
                Hand("so a state is cheaper exactly for n > q/p, from its first n on"),
            ),
            Certified(0),
            Control("one later", ForEach.once("+ 1", lambda: firsts(later=1))),
        ),
    ),
)
