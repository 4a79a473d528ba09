"""Products, parameters and printed tables of Krause attention.

Says: with a window the products are linear in n; n W d is below n^2 exactly if W d < n; attention products are at most 8 % of a
Transformer's multiply-accumulates here, so no pruning of them saves 25 %; 12 more parameters are one for each layer.
Idea: count the products of the network; add and divide the printed numbers exactly.
Edges: twice as fast on one of two data sets.
"""

from fractions import Fraction
from functools import partial
from itertools import product

from sympy import symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity, Source

n_, D_, W_ = symbols("n D W", positive=True)
KRAUSE = Source("liu2026krause", "sections 3-5 and tables of version 1", read=True)
ACCURACY = {
    "CIFAR-10 T": ("90.75", "93.81"),
    "CIFAR-10 S": ("93.33", "95.20"),
    "CIFAR-10 B": ("92.45", "95.35"),
    "CIFAR-100 T": ("66.07", "74.34"),
    "CIFAR-100 S": ("71.74", "77.05"),
    "CIFAR-100 B": ("72.28", "78.03"),
    "ImageNet S16": ("74.04", "75.69"),
    "ImageNet S32": ("68.78", "71.09"),
    "ImageNet B16": ("72.19", "74.50"),
    "ImageNet B32": ("67.20", "70.44"),
}
MODELS = {"T": (192, 65), "S": (384, 65), "B": (768, 65), "S16": (384, 197), "S32": (384, 50), "B16": (768, 197), "B32": (768, 50)}
FLOPS = {"T": (".37", ".25"), "S": ("1.43", ".97"), "B": ("5.61", "3.77"), "S16": ("4.62", "3.22"), "S32": ("1.15", ".79")}
FLOPS |= {"B16": ("17.61", "12.03"), "B32": ("4.42", "3.00")}  # G, ViT then Krause
HEADS = {"T": 3, "S": 6, "B": 12}
SPEED = {"MNIST": ("83.5772", "105.6037"), "CIFAR-10": ("1.8933", "4.5240")}


def products_of(n, width, W):
    from workbench.mechanisms import mechanism
    from workbench.mechanisms.neighbourhoods import window

    network = mechanism("krause", most=1).network(n, width, width, mask=window(n, W).tolist())
    return sum(network.gatings) + sum(network.normalisations)


def linear_count(n, *, times=6):
    """Products with a window of 1 and of 2, widths 1 and 2: 3 d + 2 for each key that a token may read, against times n W d."""
    for W, width in product((1, 2), (1, 2)):
        got, open_pairs = products_of(n, width, W), sum(min(i + 1, W) for i in range(n))
        yield Case(f"n = {n}, W = {W}, d = d_v = {width}: products", got, (3 * width + 2) * open_pairs)
        yield Case(f"n = {n}, W = {W}, d = d_v = {width}: products", got, times * n * W * width, "<=")


def cheap(d, *, n=None):
    """n W d against n^2 at W = n - 1."""
    n = n or d + 1
    yield Case(f"n = {n}, W = {n - 1}, d = {d}: n W d", n * (n - 1) * d, n * n, "<")


def cheap_iff(n, *, slack=0):
    for W, d in product(range(1, n + 1), (1, 2, 3)):
        yield Case(f"n = {n}, W = {W}, d = {d}", n * W * d < n * n, W * d < n + slack)


def attention_shares(percent, *, relation=">="):
    """Multiply-accumulates of attention products, 2 n^2 D, among 12 n D^2 + 2 n^2 D of a layer."""
    for model, (width, tokens) in MODELS.items():
        share = Fraction(2 * tokens**2 * width, 12 * tokens * width**2 + 2 * tokens**2 * width)
        yield Case(
            f"{model}: D = {width}, {tokens} tokens: share of the attention products", share, Fraction(percent, 100), relation
        )


def accounted(*, projections=4, layers=12):
    """What the FLOP column saves, in 10^7, against that many D x D projections of each token and layer: both roundings are 1/2."""
    for model, (width, tokens) in MODELS.items():
        saved = 100 * (Fraction(FLOPS[model][0]) - Fraction(FLOPS[model][1]))
        for side in (1, -1):
            gap = side * (saved - Fraction(projections * layers * tokens * width**2, 10**7))
            yield Case(f"{model}: saved {saved} x 10^7, less {projections} projections, {side:+d}", gap, 1, "<=")


def window_sums(n, *, more=0):
    """Sums of #N_i over line and causal windows of n tokens, and over n x (n + 1) grids with a class token."""
    from workbench.mechanisms.neighbourhoods import grid, line, window

    for w in range(1, n):
        yield Case(f"n = {n}, line({w})", int(line(n, w).sum()), n * (2 * w + 1) - w * (w + 1) + more)
        yield Case(f"n = {n}, causal({w + 1})", int(window(n, w + 1).sum()), n * (w + 1) - w * (w + 1) // 2)
        rows, columns = (m * (2 * w + 1) - w * (w + 1) for m in (n, n + 1))
        square = int(grid(n, n + 1, reach=w, cross=False).sum())
        yield Case(f"{n} x {n + 1}, cheb({w})", square, rows * columns + 2 * n * (n + 1) + 1)
    yield Case(f"{n} x {n + 1}, grid4", int(grid(n, n + 1).sum()), 7 * n * (n + 1) - 2 * (2 * n + 1) + 1)


def excess(*, per_head=False, layers=12):
    for model, heads in HEADS.items():
        yield Case(f"{model}: scalars", layers * (heads if per_head else 1), 12)


def mean_gain(*, tenths=37):
    gains = [Fraction(b) - Fraction(a) for a, b in ACCURACY.values()]
    yield Case("mean of ten differences, in tenths of a point", int(10 * sum(gains) / len(gains) + Fraction(1, 2)), tenths)


def speedups(sets, *, least=2):
    for name in sets:
        full, krause = map(Fraction, SPEED[name])
        yield Case(f"{name}: {krause}/{full}", krause / full, least, ">")


claim = partial(Claim.of, source=KRAUSE)


FAMILY = (
    Entry(
        claim(
            "gate_count_linear_in_n_krause_of_fixed_window",
            "The selective rule takes O(n W d) multiplications.",
            ForEach.of(r"\#\mathrm{products} \leq 6 n W d", linear_count, first=1, costly_from=4),
            "scores formed inside N_i only; causal windows W = 1, 2, k = 1, d = d_v = 1, 2",
        ),
        (
            Derived.of(
                Identity.of(6 * n_ * W_ * D_ - (3 * D_ + 2) * n_ * W_, n_ * W_ * (3 * D_ - 2), note="what the bound leaves, D = d"),
                Hand("a token reads at most W keys, whatever n is, and each takes 2 d + d_v + 2 products"),
            ),
            Certified(3),
            Control("n W d", ForEach.of("1", lambda n: linear_count(n, times=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "n_w_d_below_n_squared_krause_of_w_below_n",
            "n W d < n^2.",
            ForEach.of(r"n W d < n^2", cheap, first=1, index="d"),
            "W = n - 1 < n, n = d + 1",
        ),
        (Counterexample(at=2), Control("d = 3", ForEach.of("3", cheap, first=3))),
    ),
    Entry(
        claim(
            "n_w_d_below_n_squared_krause_iff_w_d_below_n",
            "n W d < n^2 if and only if W d < n.",
            ForEach.of(r"n W d < n^2 \iff W d < n", cheap_iff, first=1, costly_from=9),
            source=HERE,
        ),
        (
            Derived.of(Identity.of(n_**2 - n_ * W_ * D_, n_ * (n_ - W_ * D_)), Hand("n is positive")),
            Certified(5),
            Control("W d < n + 1", ForEach.of("+ 1", lambda n: cheap_iff(n, slack=1), first=1)),
        ),
    ),
    Entry(
        claim(
            "flop_saving_near_30_percent_kvit_of_sparse_attention",
            "Restricting and pruning the attention products can remove at least 25 % of the multiply-accumulates in every row.",
            ForEach.once(r"\frac{2 n^2 D}{12 n D^2 + 2 n^2 D} \geq \tfrac14", lambda: attention_shares(25)),
            "MLP ratio 4; the share of all attention products, that is an upper bound on what can be removed",
        ),
        (Counterexample(at=0), Control("10 %", ForEach.once("10", lambda: attention_shares(10)))),
    ),
    Entry(
        claim(
            "attention_share_at_most_8_percent_kvit",
            "The attention products are at most 8 % of the multiply-accumulates of the layers in every row.",
            ForEach.once(r"\frac{2 n^2 D}{12 n D^2 + 2 n^2 D} \leq \tfrac{2}{25}", lambda: attention_shares(8, relation="<=")),
            "MLP ratio 4",
            source=HERE,
        ),
        (Certified(0), Control("5 %", ForEach.once("5", lambda: attention_shares(5, relation="<=")))),
    ),
    Entry(
        claim(
            "flop_saving_eq_four_projections_kvit",
            "In every row the FLOP column saves what four D x D projections of each token and layer take, to the printed digits.",
            ForEach.once(r"|\Delta\mathrm{FLOP} - 4 \cdot 12\, n D^2| \leq 10^7", accounted),
            "Tables 1-3, multiply-accumulates, printed to 10^7; so the saving is not one of attention products",
            source=HERE,
        ),
        (Certified(0), Control("three projections", ForEach.once("3", lambda: accounted(projections=3)))),
    ),
    Entry(
        claim(
            "open_key_sum_eq_closed_form_krause_of_each_neighbourhood",
            "The sum of #N_i is n (2 w + 1) - w (w + 1) for line(w), n W - W (W - 1)/2 for causal(W), 7 a b - 2 a - 2 b + 1 for "
            "grid4 on a x b tokens, and for cheb(R) the product of two line sums and 2 a b + 1.",
            ForEach.of(r"\sum_i \# N_i", window_sums, first=2, costly_from=9),
            "w < n, W <= n, R < a, b; grids with a class token that reads and is read by all; b = a + 1 in the cases",
            source=HERE,
        ),
        (
            Derived.of(
                Identity.of(
                    (n_ * (2 * W_ + 3) - (W_ + 1) * (W_ + 2)) - (n_ * (2 * W_ + 1) - W_ * (W_ + 1)),
                    2 * (n_ - W_ - 1),
                    note="line(w + 1) less line(w), W = w: the pairs at the distance w + 1",
                ),
                Hand("causal windows have one side and t < W; a grid pairs lines of rows with lines of columns"),
            ),
            Certified(5),
            Control("one more", ForEach.of("+ 1", lambda n: window_sums(n, more=1), first=2)),
        ),
    ),
    Entry(
        claim(
            "parameter_excess_eq_layer_count_kvit",
            "12 more parameters are one scalar sigma for each layer.",
            ForEach.once(r"12 = 12 \cdot 1", excess),
            "12 layers",
        ),
        (Certified(0), Control("one for each head", ForEach.once("h", lambda: excess(per_head=True)))),
    ),
    Entry(
        claim(
            "parameter_excess_eq_head_count_kvit",
            "12 more parameters are one scalar sigma for each head and layer.",
            ForEach.once(r"12 = 12 h", lambda: excess(per_head=True)),
            "12 layers, 3, 6, 12 heads",
        ),
        (Counterexample(at=0), Control("13 layers", ForEach.once("13", lambda: excess(layers=13)))),
    ),
    Entry(
        claim(
            "mean_accuracy_gain_eq_3_7_points_kvit",
            "The mean of the ten accuracy differences rounds to 3.7 percentage points.",
            ForEach.once(r"3.7", mean_gain),
            "Tables 1-3",
        ),
        (Certified(0), Control("3.6", ForEach.once("3.6", lambda: mean_gain(tenths=36)))),
    ),
    Entry(
        claim(
            "speedup_above_two_krause_autoregressive",
            "Inference is more than twice as fast on both data sets.",
            ForEach.once(r"\mathrm{ratio} > 2", lambda: speedups(SPEED)),
            "printed images per second",
        ),
        (Counterexample(at=0), Control("three times on CIFAR-10", ForEach.once("3", lambda: speedups(("CIFAR-10",), least=3)))),
    ),
    Entry(
        claim(
            "speedup_above_two_krause_autoregressive_of_cifar",
            "Inference is more than twice as fast on CIFAR-10.",
            ForEach.once(r"\mathrm{ratio} > 2", lambda: speedups(("CIFAR-10",))),
            "printed images per second",
            source=HERE,
        ),
        (Certified(0), Control("on both", ForEach.once("both", lambda: speedups(SPEED)))),
    ),
)
