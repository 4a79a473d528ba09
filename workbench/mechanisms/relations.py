"""Relations between mechanisms, each of them a claim: what is another mechanism, exactly or in a limit."""

from __future__ import annotations

from typing import NamedTuple


class Relation(NamedTuple):
    """A claim that one mechanism is another, by `kind` "equal" or "limit", under the condition `where` (mathtext)."""

    source: str
    target: str
    kind: str
    where: str
    claim: str


RELATIONS: tuple[Relation, ...] = (
    Relation("krause", "softmax", "equal", r"width $d+1$", "krause_eq_softmax_of_width_plus_one"),
    Relation("softmax", "krause", "equal", r"width $d+1$", "softmax_eq_krause_of_width_plus_one"),
    Relation("krause", "softmax", "equal", r"equal $\|k_j\|$", "softmax_recovered_krause_of_equal_key_norms"),
    Relation("krause", "softmax", "equal", r"equal $\|q_i\|$", "softmax_recovered_krause_of_equal_query_norms"),
    Relation(
        "krause", "Hegselmann-Krause", "limit", r"truncated, $\sigma\to\infty$", "truncated_krause_eq_hk_of_sigma_to_infinity"
    ),
    Relation("synchronization", "krause", "limit", r"tied, $K\to\infty$", "ssa_eq_tied_krause_of_coupling_to_infinity"),
    Relation("synchronization", "softmax", "limit", r"$K\to\infty$", "ssa_eq_softmax_of_coupling_to_infinity"),
    Relation("affine-scaled", "softmax", "equal", r"$\alpha=\bar\alpha=1$", "affine_eq_softmax_of_unit_scale"),
    Relation("affine-scaled", "tempered softmax", "equal", r"constant $\alpha$", "affine_eq_tempered_softmax_of_constant_scale"),
    Relation("softmax-with-sink", "softmax", "equal", r"shifted scores", "sink_eq_softmax_of_shifted_scores"),
    Relation("softmax-with-sink", "softmax", "equal", r"times a sigmoid", "sink_eq_sigmoid_gated_softmax"),
    Relation("hadamard", "linear", "equal", r"$F=1$", "hla_eq_linear_attention_of_one_factor"),
    Relation("linear", "hadamard", "equal", r"product features", "linear_attention_of_product_features_eq_hla"),
    Relation("hadamard", "linearised", "equal", r"$F=1$, unnormalised", "hla_eq_linearised_attention_of_one_factor"),
    Relation("hadamard", "softmax", "limit", r"$F\to\infty$", "hla_eq_softmax_of_factors_to_infinity"),
    Relation("softmax", "linearised", "equal", r"$e^a\mapsto 1+a$, plus mean", "softmax_linearised_eq_linear_attention_plus_mean"),
    Relation("top-n", "softmax", "equal", "renormalised,\nmasked", "topn_renormalised_eq_masked_softmax"),
    Relation("value-softmax", "softmax", "equal", r"one query, unit keys", "value_softmax_eq_single_query_attention"),
)
