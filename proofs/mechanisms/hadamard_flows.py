"""Orders of evaluation of Hadamard linear attention, the order of its softmax error, and what gradient flow keeps of its factors.

Says: forms by pairs and by a state give the same outputs, causal or not; affine weights miss softmax by Theta(1/F); with linear
features each ||W_Q^f|| and ||W_K^f|| is constant under the normaliser, only their difference without it, and
W_Q^T W_Q - W_K^T W_K of each factor in both cases.
Idea: a product of sums is a sum of products; a factor that scales cancels from a quotient; queries meet keys in W_Q W_K^T alone.
Edges: one token; scores of equal squares, whose first-order error is 0. The definition is a reconstruction from the abstract.
"""

from random import Random

from sympy import IndexedBase, Integer, Matrix, Rational, Sum, Symbol, diff, exp, log, symbols

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Counterexample,
    Derived,
    Enclosed,
    Entry,
    ForEach,
    Hand,
    Identity,
    enclosed_sign,
)
from workbench.canonical import vanishes
from workbench.evidence import BALLS

i, a, b, r, N = symbols("i a b r N", integer=True, positive=True)
c, x, t = symbols("c x t", positive=True)
S, V, phi, chi, psi, xi = (IndexedBase(name) for name in ("S", "v", "phi", "chi", "psi", "xi"))
GIVEN = "A_ij = prod_f phi_f(q_i).psi_f(k_j), our reconstruction"
BALANCE = "query_key_and_value_output_balance_conserved"


def orders(n, *, causal=False, other=None):
    """Outputs of the networks by pairs and by a state, F = 2, 3, at random rational points; `other` changes the first mask."""
    from workbench.mechanisms import mechanism

    for factors, order in ((2, "sequential"), (2, "kronecker"), (3, "sequential")):
        networks = [
            mechanism("hadamard", factors=factors, order=chosen).network(n, 2, 1, causal=held)
            for chosen, held in (("quadratic", causal if other is None else other), (order, causal))
        ]
        rng = Random(n)
        point = [Rational(rng.randint(-4, 4), rng.randint(1, 3)) for _ in networks[0].inputs]
        left, right = (tuple(network.at(point)) for network in networks)
        yield Case(f"n = {n}, F = {factors}, {order}, causal {causal}", left, right)


def scaled_error(F, *, part=20):
    """F times the gap of the weight of score 0 beside a score 1, between 1/20 and 1/5."""
    gap = 1 / (1 + (1 + Rational(1, F)) ** F) - 1 / (1 + exp(Integer(1)))
    yield Case(f"F = {F}, scores 0, 1: F times the error, from below", F * gap, Rational(1, part), ">=")
    yield Case(f"F = {F}, scores 0, 1: F times the error, from above", F * gap, Rational(1, 5), "<=")


def euler(n, *, keys=False):
    """sum over the entries of one factor's queries (keys) of entry times derivative of the output, F = 2, in symbols."""
    from workbench.mechanisms import mechanism

    for width in (1, 2):
        output = mechanism("hadamard", factors=2, features="linear").expression(n, width, 1)[0]
        for f in (0, 1):
            name = f"{'k' if keys else 'q'}{f}"
            entries = [Symbol(f"{name}{row}_{column}", real=True) for row in range(n) for column in range(width)]
            moved = sum((entry * diff(output, entry) for entry in entries), Integer(0))
            yield Case(f"n = {n}, d = {width}, {name}: no change along the factor", vanishes(moved), True)


def projections(n, width):
    """Numerator and denominator of output 0 for q_i^f = x_i W_Q^f, k_j^f = x_j W_K^f, F = 2, D = 2, and the matrices."""
    tokens = [Matrix([[Integer(1 + j), Integer(2 - 3 * j)]]) for j in range(n)]
    factors = [[Matrix(2, width, symbols(f"{name}{f}_:{2 * width}", real=True)) for name in "QK"] for f in range(2)]
    A = [1] * n
    for Q, K in factors:
        A = [old * ((tokens[0] * Q) * (token * K).T)[0] for old, token in zip(A, tokens, strict=True)]
    return sum(w * (2 * j - 1) for j, w in enumerate(A)), sum(A), factors


def rates(matrices, loss, *, sign=-1, trace=False, outer=False):
    """Rates of W_Q^T W_Q + sign W_K^T W_K (`outer`: W_Q W_Q^T and so on) under the flow of the loss, at an integer point."""
    for f, pair in enumerate(matrices):
        symbols_ = sorted(loss.free_symbols, key=str)
        point = {s: Integer((3 * place * place + place) % 7 + 1) for place, s in enumerate(symbols_)}
        Q, K = pair
        turned = [-m.applyfunc(lambda entry: diff(loss, entry)).subs(point) for m in pair]
        here = [(m.subs(point), rate.subs(point)) for m, rate in zip((Q, K), turned, strict=True)]
        first, second = (m * rate.T + rate * m.T if outer else m.T * rate + rate.T * m for m, rate in here)
        rate = first + sign * second
        yield f, [rate.trace()] if trace else list(rate)


def balances(n, *, sign=-1, normalised=(True, False), trace=False, outer=False):
    for width in (1, 2):
        top, bottom, factors = projections(n, width)
        for divided in normalised:
            for f, rate in rates(factors, top / bottom if divided else top, sign=sign, trace=trace, outer=outer):
                yield Case(f"n = {n}, d = {width}, normalised {divided}, factor {f}", tuple(rate), (0,) * len(rate))


def norm_rates(n):
    """The rate of |W_Q^f|^2 for the loss o_0 without the normaliser."""
    yield from balances(n, sign=0, normalised=(False,), trace=True)


def claim(name, says, statement, *hypotheses, uses=()):
    return Claim(name, says, statement, hypotheses=(GIVEN, *hypotheses), sources=(HERE,), uses=uses, topic="mechanisms")


def total(term, index=a):
    return Sum(term, (index, 1, r))


def keys(term):
    return Sum(term, (i, 1, N))


PRODUCTS = Identity.of(
    total(phi[a] * psi[a]) * total(chi[b] * xi[b], b),
    total(total(phi[a] * chi[b] * psi[a] * xi[b], b)),
    note="two factors: the dot product of phi x chi and psi x xi; more factors one by one",
)
STATE = Hand("the sum over keys and the one over features change places, so that queries read sums of features (x) values")
HOMOGENEOUS = Identity.of(keys(c * S[i] * V[i]) / keys(c * S[i]), keys(S[i] * V[i]) / keys(S[i]), note="W_Q^f times c")

FAMILY = (
    Entry(
        claim(
            "quadratic_form_eq_linear_form_hla",
            "Evaluation by pairs and by a state give the same outputs.",
            ForEach.of(r"o^{\mathrm{quadratic}} = o^{\mathrm{linear}}", orders, first=1, costly_from=4),
            "positive features; relu + 1/10, F = 2, 3, r = 2, d_v = 1, one rational point for each order, in the cases",
        ),
        (
            Derived.of(PRODUCTS, STATE),
            Certified(2),
            Control("causal by pairs", ForEach.of("causal", lambda n: orders(n, other=True), first=2)),
        ),
    ),
    Entry(
        claim(
            "causal_prefix_form_eq_masked_quadratic_form_hla",
            "Evaluation by prefix sums and by pairs under a causal mask give the same outputs.",
            ForEach.of(r"o^{\mathrm{quadratic}} = o^{\mathrm{prefix}}", lambda n: orders(n, causal=True), first=1, costly_from=4),
            "positive features; relu + 1/10, F = 2, 3, r = 2, d_v = 1, one rational point for each order, in the cases",
        ),
        (
            Derived.of(PRODUCTS, STATE),
            Certified(2),
            Control("no mask by pairs", ForEach.of("all", lambda n: orders(n, causal=True, other=False), first=2)),
        ),
    ),
    Entry(
        claim(
            "softmax_error_order_one_over_f_hla",
            "The largest gap of affine weights to softmax weights is Theta(1/F).",
            ForEach.of(r"\tfrac1{20} \leq F\,|w_0 - P_0| \leq \tfrac15", scaled_error, first=1, index="F", costly_from=30),
            "affine features; bounded scores whose squares are not all equal; scores 0 and 1 in the cases",
            uses=("softmax_approximated_hla_of_many_factors",),
        ),
        (
            Derived.of(
                Identity.of(
                    diff(log(1 + x * t) - x * t + x**2 * t**2 / 2, t),
                    x**3 * t**2 / (1 + x * t),
                    note="t = 1/F: F log(1 + x/F) is x - x^2 / (2 F) + O(F^-2)",
                ),
                Hand("so F (w_j - P_j) tends to P_j (m - x_j^2) / 2, m the P-mean of x^2, which is not 0 for every j"),
            ),
            Enclosed(8, enclosed_sign, BALLS, full=20),
            Control("at least 1/10", ForEach.of("1/10", lambda F: scaled_error(F, part=10), first=1)),
        ),
    ),
    Entry(
        claim(
            "factor_norm_constant_under_gradient_flow_hla",
            "Each norm |W_Q^f|, |W_K^f| is constant under the gradient flow of any loss of o.",
            ForEach.of(
                r"\langle W, \partial o / \partial W \rangle = 0",
                lambda n: (case for side in (False, True) for case in euler(n, keys=side)),
                first=1,
                costly_from=3,
            ),
            "linear features, normalised; in queries and keys, with d = 1, 2, in the cases, in symbols",
        ),
        (
            Derived.of(
                HOMOGENEOUS,
                Hand("o does not change with c, so its derivative along W is 0; d|W|^2/dt = -2 <W, dL/dW> is 0 by the chain rule"),
            ),
            Certified(2),
            Control("without the normaliser", ForEach.of("o", norm_rates, first=1)),
        ),
    ),
    Entry(
        claim(
            "factor_norm_constant_under_gradient_flow_hla_of_no_normaliser",
            "Without the normaliser each norm |W_Q^f|, |W_K^f| is constant under gradient flow.",
            ForEach.of(r"\tfrac{d}{dt} |W_Q^f|^2 = 0", norm_rates, first=1),
            "linear features, not normalised; the loss o_0, F = 2, tokens (1, 2), (2, -1), ...",
        ),
        (Counterexample(at=1), Control("two tokens", ForEach.of("2", norm_rates, first=2))),
    ),
    Entry(
        claim(
            "factor_norm_difference_constant_under_gradient_flow_hla_of_no_normaliser",
            "Without the normaliser |W_Q^f|^2 - |W_K^f|^2 is constant under gradient flow for each f.",
            ForEach.of(
                r"\tfrac{d}{dt}(|W_Q^f|^2 - |W_K^f|^2) = 0",
                lambda n: balances(n, normalised=(False,), trace=True),
                first=1,
                costly_from=3,
            ),
            "linear features, not normalised; the loss o_0, F = 2, D = 2, d = 1, 2, at one integer point, in the cases",
        ),
        (
            Derived.of(
                Identity.of(keys(c * S[i] * V[i]), c * keys(S[i] * V[i]), note="W_Q^f times c, or W_K^f times c"),
                Hand("the derivative of L along W_Q^f and along W_K^f is the same <o, dL/do>"),
            ),
            Certified(2),
            Control("the sum", ForEach.of("+", lambda n: balances(n, sign=1, normalised=(False,), trace=True), first=1)),
        ),
    ),
    Entry(
        claim(
            "factor_balancedness_constant_under_gradient_flow_hla",
            "W_Q^T W_Q - W_K^T W_K of each factor is constant under the gradient flow of any loss of o.",
            ForEach.of(r"\tfrac{d}{dt}(W_Q^{fT} W_Q^f - W_K^{fT} W_K^f) = 0", balances, first=1, costly_from=3),
            "linear features q = x W_Q, W_Q of D rows, normalised or not; o_0, F = D = 2, d = 1, 2, at one point, in the cases",
            uses=(BALANCE,),
        ),
        (
            Derived.of(
                Identity.of(
                    total(psi[a] * phi[a]) * x, total(psi[a] * x * phi[a]), note="a similarity, linear in the entries of W_Q W_K^T"
                ),
                Hand("o depends on W_Q^f W_K^fT alone for each f, as logits do in the claim that is used, whatever the others are"),
            ),
            Certified(2),
            Control("the sum", ForEach.of("+", lambda n: balances(n, sign=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "factor_balancedness_constant_under_gradient_flow_hla_of_projections_from_the_left",
            "With q = W_Q x and k = W_K x, W_Q^T W_Q - W_K^T W_K of each factor is constant under gradient flow.",
            ForEach.of(r"\tfrac{d}{dt}(W_Q^{fT} W_Q^f - W_K^{fT} W_K^f) = 0", lambda n: balances(n, outer=True), first=2),
            "linear features, normalised or not; the loss o_0, F = 2, D = 2, d = 1; there it is W_Q W_Q^T - W_K W_K^T that stays",
        ),
        (Counterexample(at=2), Control("three tokens", ForEach.of("3", lambda n: balances(n, outer=True), first=3))),
    ),
)
