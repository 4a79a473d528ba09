"""Products, parameters, throughput and memory of selective synchronization attention.

Says: the dense form takes products of the order n^2 d, and so does keeping the top k of a row, since all distances are formed; a
block has h + 1 parameters more than a Transformer block; what the printed tables say about ratios.
Idea: count the products of the network; divide the printed integers.
Edges: ratios are rounded to one decimal as printed, halves up.
"""

from fractions import Fraction
from functools import partial

from sympy import symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

n_, c_, k_, d_ = symbols("n C k d", integer=True, positive=True)

HAYS = Source("hays2026synchronization", "eqs. 2-21, appendices A, B", read=True)
TABLE = {  # n: throughput of Transformer, dense, sparse; memory of the same
    128: ((1033, 665, 638), (313, 345, 351)),
    256: ((1527, 1118, 788), (353, 481, 493)),
    512: ((1636, 950, 700), (481, 993, 1017)),
    1024: ((1334, 593, 457), (609, 1633, 1657)),
    2048: ((977, 350, 277), (865, 2913, 2937)),
    4096: ((628, 194, 155), (1377, 5465, 5489)),
}


def products_of(n, width, *, most=None):
    from workbench.mechanisms import mechanism

    network = mechanism("synchronization", most=most).network(n, width, 1)
    return sum(network.gatings) + sum(network.normalisations)


def dense_cost(n, *, most_times=9, power=2):
    """Products of the dense form: 2 d + 4 for a pair and 2 d + 1 more, so between n^2 d and 9 n^2 d + 3 n d, d_v = 1."""
    for width in (1, 3):
        got = products_of(n, width)
        yield Case(f"n = {n}, d = {width}: products", got, n**power * (2 * width + 4) + 2 * width + 1)
        yield Case(f"n = {n}, d = {width}: products from below", got, n**2 * width, ">=")
        yield Case(f"n = {n}, d = {width}: products from above", got, most_times * n**power * width + 3 * n * width, "<=")


def sparse_cost(c):
    """Products at n = 2 c tokens, one kept a row, d = 1, against c n k d."""
    n = 2 * c
    yield Case(f"n = {n}, k = d = 1: products against {c} n k d", products_of(n, 1, most=1), c * n, "<=")


def sparse_floor(n, *, power=1):
    for width in (1, 3):
        got = products_of(n, width, most=1)
        yield Case(f"n = {n}, d = {width}, k = 1: products", got, Fraction(n**power * (n - 1) * width, 2), ">=")


def parameters(heads=8, width=512, *, more=1):
    attention = 4 * (width**2 + width)
    mlp = 2 * 4 * width**2 + 4 * width + width
    norms = 2 * 2 * width
    yield Case("Transformer block", attention + mlp + norms, 3152384)
    yield Case("block with one alpha a head and one K", attention + mlp + norms + heads + more, 3152393)


def rounded(value):
    return Fraction(int(10 * value + Fraction(1, 2)), 10)


def ratios(over, under, low, high, *, memory=False):
    def cases():
        for n, row in TABLE.items():
            numbers = row[memory]
            ratio = rounded(Fraction(numbers[over], numbers[under]))
            for bound, relation in ((low, ">="), (high, "<=")):
                yield Case(f"n = {n}: {numbers[over]}/{numbers[under]} to one decimal", ratio, Fraction(bound, 10), relation)

    return ForEach.once(rf"{low / 10} \leq \mathrm{{ratio}} \leq {high / 10}", cases)


def overhead(percent, *, first=128):
    def cases():
        for n, (_, memory) in TABLE.items():
            if n >= first:
                yield Case(
                    f"n = {n}: {memory[2]} against {memory[1]}", Fraction(memory[2], memory[1]) - 1, Fraction(percent) / 100, "<"
                )

    return ForEach.once(rf"\mathrm{{sparse}}/\mathrm{{dense}} - 1 < {percent}\%", cases)


claim = partial(Claim.of, source=HAYS)


FAMILY = (
    Entry(
        claim(
            "dense_cost_order_n_squared_d_ssa",
            "Dense attention of this kind takes Theta(n^2 d) multiplications.",
            ForEach.of(r"n^2 d \leq \#\mathrm{products} \leq 9 n^2 d + 3 n d", dense_cost, first=1, costly_from=6),
            "d_v = 1; d = 1, 3 in the cases",
        ),
        (
            Derived.of(
                Identity.of(
                    9 * n_**2 * d_ + 3 * n_ * d_ - (n_**2 * (2 * d_ + 4) + 2 * d_ + 1),
                    4 * n_**2 * (d_ - 1) + 2 * d_ * (n_**2 - 1) + (n_**2 * d_ - 1) + 3 * n_ * d_,
                    note="what the upper bound leaves",
                ),
                Hand(
                    "each of n^2 pairs takes 2 d + 4 products for its distance, J, the root and the value, r and divisions 2 d + 1"
                ),
            ),
            Certified(4),
            Control("linear in n", ForEach.of("n", lambda n: dense_cost(n, power=1), first=4), upto=8),
        ),
    ),
    Entry(
        claim(
            "cost_linear_in_n_ssa_of_top_k",
            "The variant that keeps the top k of a row takes O(n k d) multiplications.",
            ForEach.of(r"\#\mathrm{products} \leq C n k d", sparse_cost, first=1, index="C"),
            "Algorithm 1, which forms all distances first; k = d = d_v = 1, n = 2 C",
        ),
        (Counterexample(at=2), Control("C = 1", ForEach.of("C = 1", sparse_cost, first=1))),
    ),
    Entry(
        claim(
            "cost_at_least_n_squared_d_ssa_of_top_k",
            "The variant that keeps the top k of a row takes at least n (n - 1) d / 2 multiplications for every k: no C will do.",
            ForEach.of(r"\#\mathrm{products} \geq n (n - 1) d / 2", sparse_floor, first=1, costly_from=5),
            "Algorithm 1, which forms all distances first, each pair once; k = d_v = 1, d = 1, 3 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    n_ * (n_ - 1) / 2 - c_ * n_ * k_, n_ * (n_ - 1 - 2 * c_ * k_) / 2, note="above C n k d from n > 2 C k + 1 on"
                ),
                Hand("the squared distance of a pair takes d products, and top k of a row is chosen among all pairs of it"),
            ),
            Certified(3),
            Control("n^3 d", ForEach.of("n^3", lambda n: sparse_floor(n, power=3), first=4), upto=6),
        ),
    ),
    Entry(
        claim(
            "parameter_excess_eq_heads_plus_one_ssa",
            "A block has 3,152,393 parameters against 3,152,384 of a Transformer block: h + 1 more.",
            ForEach.once(r"3152393 = 3152384 + h + 1", parameters),
            "D = 512, h = 8, d_ff = 2048, biases, two layer normalisations",
        ),
        (Certified(0), Control("h + 2", ForEach.once("h + 2", lambda: parameters(more=2)))),
    ),
    Entry(
        claim(
            "throughput_ratio_between_1_6_and_3_2_ssa",
            "Transformer over dense throughput, to one decimal, lies in [1.6, 3.2] at every n.",
            ratios(0, 1, 16, 32),
            "Table 1",
        ),
        (Counterexample(at=0), Control("in [1.5, 3.2]", ratios(0, 1, 15, 32))),
    ),
    Entry(
        claim(
            "throughput_ratio_between_1_4_and_3_2_ssa",
            "Transformer over dense throughput, to one decimal, lies in [1.4, 3.2] at every n.",
            ratios(0, 1, 14, 32),
            "Table 1",
            source=HERE,
        ),
        (Certified(0), Control("in [1.4, 3.1]", ratios(0, 1, 14, 31))),
    ),
    Entry(
        claim(
            "throughput_ratio_between_1_6_and_4_1_ssa_sparse",
            "Transformer over sparse throughput, to one decimal, lies in [1.6, 4.1] at every n.",
            ratios(0, 2, 16, 41),
            "Table 1",
        ),
        (Certified(0), Control("in [1.6, 4.0]", ratios(0, 2, 16, 40))),
    ),
    Entry(
        claim(
            "memory_ratio_between_1_1_and_4_0_ssa",
            "Dense over Transformer memory, to one decimal, lies in [1.1, 4.0] at every n.",
            ratios(1, 0, 11, 40, memory=True),
            "Table 1",
        ),
        (Certified(0), Control("in [1.1, 3.9]", ratios(1, 0, 11, 39, memory=True))),
    ),
    Entry(
        claim(
            "sparse_memory_overhead_below_one_percent_ssa",
            "Sparse exceeds dense memory by less than 1 % at every n.",
            overhead(1),
            "Table 1",
        ),
        (Counterexample(at=0), Control("2 %", overhead(2))),
    ),
    Entry(
        claim(
            "sparse_memory_overhead_below_one_percent_ssa_from_2048_tokens",
            "Sparse exceeds dense memory by less than 1 % from n = 2048 on.",
            overhead(1, first=2048),
            "Table 1",
            source=HERE,
        ),
        (Certified(0), Control("from 1024 on", overhead(1, first=1024))),
    ),
)
