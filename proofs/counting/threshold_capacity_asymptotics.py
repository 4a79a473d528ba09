"""Leading terms from the literature: they are cited, and no finite table tests them.

Says: log2 T(n) = n^2 (1 + o(1)), its second term, the leading term for fixed degree, and the order for layered networks.
Idea: none of these is derived here. The upper half of the first is `threshold_capacity_le_n_squared_of_n_ge_2`.
Edges: the degree is fixed, the constant in O(n) is not given, and the order for networks is not an equality.
"""

from workbench import Cited, Claim, Entry, Source
from workbench.statement import Prose

ROWS = (
    (
        "threshold_capacity_eq_n_squared_asymptotically",
        "The capacity of a threshold unit of n inputs is n^2 (1 + o(1)) bits.",
        r"\log_2 T(n) = n^2 (1 + o(1))",
        Source("zuev1989asymptotics", "main theorem", read=False),
    ),
    (
        "threshold_capacity_second_order_term",
        "The capacity of a threshold unit of n inputs is n^2 - n log2 n bits, up to O(n).",
        r"\log_2 T(n) = n^2 - n \log_2 n + O(n)",
        Source("kahn1995singularity", "by way of its singularity bound", read=False),
    ),
    (
        "polynomial_threshold_capacity_asymptotic",
        "For a fixed degree d, the capacity of a polynomial threshold unit of n inputs is (n^(d+1)/d!)(1 + o(1)) bits.",
        r"\log_2 T_d(n) = \frac{n^{d+1}}{d!} (1 + o(1)) \quad (d \text{ fixed})",
        Source("baldi2019polynomial", "main theorem", read=False),
    ),
    (
        "feedforward_capacity_order",
        "The capacity of a layered threshold network is, up to constants, the sum over k of min(n_1, ..., n_k) n_k n_(k+1).",
        r"C \asymp \sum_{k < L} \min(n_1, \ldots, n_k) n_k n_{k+1}",
        Source("baldi2019polynomial", "and its companion on layered networks", read=False),
    ),
)

FAMILY = tuple(
    Entry(Claim(name, says, Prose(latex), sources=(source,), topic="counting"), (Cited(source),))
    for name, says, latex, source in ROWS
)
