"""What selective synchronization attention can and cannot express.

Says: supports are the symmetric patterns with a full diagonal, all of them in width n - 1; equal rows get equal outputs, so nothing
that tells positions apart is approximated.
Idea: distances near the locking radius are free once there are enough dimensions; attention commutes with permutations.
Edges: one token, whose weight with itself is never 0.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations, permutations, product
from math import comb

from sympy import Matrix, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

x, y = symbols("x y", real=True)
HAYS = Source("hays2026synchronization", "eqs. 2-21, appendices A, B", read=True)


def patterns(n):
    """What every support has besides a full diagonal: symmetry."""
    places = list(permutations(range(n), 2))
    for bits in product((0, 1), repeat=len(places)):
        entry = dict(zip(places, bits, strict=True))
        rows = [[entry.get((i, j), 1) for j in range(n)] for i in range(n)]
        for i, j in places:
            yield Case(f"pattern {rows}: entries {i}, {j} and {j}, {i}", entry[i, j], entry[j, i])


def stars(n, *, spare=0):
    """The star of a centre and n - 1 leaves, linked to it alone: leaves on one side of it, wherever they stand on a line."""
    least = min(comb(left, 2) + comb(n - 1 - left, 2) for left in range(n))
    yield Case(f"star of {n - 1} leaves: pairs of leaves on one side of the centre, which are linked", least, spare, "<=")


def realised(n, *, shift=None):
    """Squared distances 1 -+ shift in width n - 1, for every pattern of pairs: minors of their Gram matrix are positive."""
    shift = Fraction(1, 4 * n) if shift is None else shift
    for near in product((1, -1), repeat=n * (n - 1) // 2):
        square = dict(zip(combinations(range(n), 2), (1 - shift * e for e in near), strict=True))
        square |= {(i, i): Fraction(0) for i in range(n)}
        last = [square[i, n - 1] for i in range(n - 1)]
        gram = Matrix(
            n - 1, n - 1, [(last[i] + last[j] - square[min(i, j), max(i, j)]) / 2 for i in range(n - 1) for j in range(n - 1)]
        )
        for size in range(1, n):
            yield Case(f"n = {n}, signs {near}, minor {size}", gram[:size, :size].det(), 0, ">")


def attended(tokens, width=1):
    """Outputs of synchronization attention, k-th token (omega, theta, v) = tokens[k]."""
    from workbench.mechanisms import mechanism

    rule = mechanism("synchronization")
    n = len(tokens)
    numbers = [*(p for p, _, _ in tokens), *(p for _, p, _ in tokens), *(p for _, _, p in tokens)]
    return rule.expression(n, width, 1).xreplace(dict(zip(symbols(rule.names(n, width, 1), real=True), numbers, strict=True)))


def equal_rows(n):
    """Outputs at the first two of n tokens, equal to each other, in symbols: any projections of them."""
    named = symbols("omega theta v", real=True)
    out = attended([named] * 2 + [symbols(f"omega{k} theta{k} v{k}", real=True) for k in range(n - 2)])
    return out[0], out[1]


def approximated(n, *, within=Fraction(1, 4)):
    """A target of 0 at the first and 1 at the second of two equal rows: 1 less the gap of the outputs bounds the sum of errors."""
    first, second = equal_rows(n)
    yield Case(f"{n} tokens, the first two equal: sum of their errors, at least", 1 - abs(second - first), 2 * within, "<")


def told_apart(n, *, relation="!="):
    first, second = equal_rows(n)
    yield Case(f"{n} tokens, the first two equal: difference of their outputs", first - second, 0, relation)


claim = partial(Claim.of, source=HAYS)


FAMILY = (
    Entry(
        claim(
            "binary_pattern_realisable_ssa",
            "Every 0/1 matrix is the support of S for some frequencies.",
            ForEach.of(r"\forall M \in \{0,1\}^{n \times n}\ \exists \omega: [S > 0] = M", patterns, first=2),
            "any n, d; S_ij = S_ji whatever omega is; matrices with ones on the diagonal, as S_ii = 1",
        ),
        (Counterexample(at=2), Control("three tokens", ForEach.of("n = 3", patterns, first=3))),
    ),
    Entry(
        claim(
            "binary_pattern_realisable_ssa_of_symmetric_reflexive_patterns",
            "Every symmetric 0/1 matrix with ones on the diagonal is the support of S for some frequencies of any width d >= 1.",
            ForEach.of(r"\exists \omega \in \mathbb{R}^n: [S > 0] = K_{1,n-1}", stars, first=2),
            "d = 1; two leaves on one side of the centre are no farther from each other than one of them from the centre",
            source=HERE,
        ),
        (Counterexample(at=4), Control("five leaves, at most one pair", ForEach.of("6", lambda n: stars(n, spare=1), first=6))),
    ),
    Entry(
        claim(
            "symmetric_reflexive_pattern_realisable_ssa_of_width_n_minus_one",
            "Every symmetric 0/1 matrix with ones on the diagonal is the support of S for some frequencies of width n - 1.",
            ForEach.of(r"|\omega_i - \omega_j|^2 = 1 \mp \tfrac{1}{4n}", realised, first=2, costly_from=5),
            "the squared locking radius is scaled to 1; distances below it where the pattern has 1, above it where it has 0",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    x**2 + y**2 + (x + y) ** 2,
                    2 * (x**2 + x * y + y**2),
                    note="n = 3 and equal distances: the Gram matrix (1 + [i = j])/2 is positive",
                ),
                Hand(
                    "each entry of the Gram matrix moves by at most 3/(8 n), a change of norm at most 3 (n - 1)/(8 n) < 1/2, "
                    "its least eigenvalue"
                ),
                Hand("a positive Gram matrix is that of n - 1 vectors in width n - 1, and S > 0 exactly below the locking radius"),
            ),
            Certified(4),
            Control("distances moved by 9/10", ForEach.of("9/10", lambda n: realised(n, shift=Fraction(9, 10)), first=3)),
        ),
    ),
    Entry(
        claim(
            "universal_approximation_ssa",
            "Attention with such weights approximates every continuous map of token matrices uniformly on compact sets.",
            ForEach.of(r"\sup |f - y| < 1/4", approximated, first=2, costly_from=4),
            "no positional code; a target that tells equal rows apart; residuals and layers of single rows keep equal rows equal",
        ),
        (Counterexample(at=2), Control("within 1/8", ForEach.of("1/8", lambda n: approximated(n, within=Fraction(1, 8)), first=2))),
    ),
    Entry(
        claim(
            "equal_tokens_separated_by_position_ssa",
            "Equal input rows at different positions get different outputs.",
            ForEach.of(r"y_0 \neq y_1", told_apart, first=2, costly_from=4),
            "one layer, no positional code",
        ),
        (Counterexample(at=2), Control("three tokens", ForEach.of("n = 3", told_apart, first=3))),
    ),
    Entry(
        claim(
            "equal_tokens_get_equal_outputs_ssa",
            "Equal input rows get equal outputs, wherever they stand.",
            ForEach.of(r"x_0 = x_1 \Rightarrow y_0 = y_1", lambda n: told_apart(n, relation="=="), first=2, costly_from=4),
            "one layer, no positional code",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of((x - y) ** 2, x**2 + y**2 - 2 * x * y, note="Delta^2 of two tokens, whichever is first"),
                Hand("row i is a function of omega_i and of the multiset of all tokens, the same for equal omega_i"),
            ),
            Certified(3),
            Control("different", ForEach.of("!=", told_apart, first=2)),
        ),
    ),
)
