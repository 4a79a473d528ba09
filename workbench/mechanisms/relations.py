"""Relations between mechanisms, each of them a claim: what is another mechanism, and who has which property."""

from __future__ import annotations

from collections.abc import Mapping
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
    Relation(
        "synchronization",
        "softmax",
        "limit",
        r"$K\to\infty$, less $\alpha\|\omega_j\|^2$",
        "ssa_eq_softmax_with_key_norm_penalty_of_coupling_to_infinity",
    ),
    Relation("affine-scaled", "softmax", "equal", r"$\alpha=\bar\alpha=1$", "affine_eq_softmax_of_unit_scale"),
    Relation("affine-scaled", "tempered softmax", "equal", r"constant $\alpha$", "affine_eq_tempered_softmax_of_constant_scale"),
    Relation("affine-scaled", "softmax", "equal", r"constant $\alpha$: $\alpha P$", "affine_eq_gated_softmax_of_constant_scale"),
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

ALL = ("softmax", "top-n", "top-n, renormalised", "softmax-with-sink", "affine-scaled", "linear", "hadamard", "linearised")
PROPERTIES: Mapping[str, Mapping[str, str]] = {  # property, mechanism, claim that it has it ("not ...": that it has it not)
    "rows sum to 1": {
        "softmax": "rows_sum_to_one_softmax",
        "top-n": "rows_sum_to_one_topn_deletion",
        "top-n, renormalised": "rows_sum_to_one_topn_renormalised",
        "softmax-with-sink": "rows_sum_to_one_softmax_with_sink",
        "affine-scaled": "rows_sum_to_one_affine",
        "linear": "rows_sum_to_one_linear",
        "hadamard": "rows_sum_to_one_hla",
        "linearised": "rows_sum_to_one_linearised",
        "krause": "rows_sum_to_one_krause",
        "synchronization": "rows_sum_to_one_ssa",
    },
    "weights at least 0": {"affine-scaled": "weights_nonnegative_affine", "krause": "rows_are_probability_vectors_krause"},
    "real spectrum": {
        "softmax": "real_spectrum_softmax",
        "top-n": "real_spectrum_topn",
        "top-n, renormalised": "real_spectrum_topn",
        "affine-scaled": "real_spectrum_affine",
        "linear": "real_spectrum_linear",
        "hadamard": "real_spectrum_hla",
        "linearised": "real_spectrum_linearised",
        "krause": "real_spectrum_krause",
        "synchronization": "real_spectrum_ssa",
    },
    "permutation equivariant": dict.fromkeys((*ALL, "krause", "synchronization"), "permutation_equivariant_all_of_permuted_masks"),
    "translation invariant": {
        **dict.fromkeys(("softmax", "affine-scaled", "hadamard"), "not scores_translation_invariant_only_krause_and_ssa"),
        **dict.fromkeys(("krause", "synchronization"), "scores_translation_invariant_only_krause_and_ssa"),
    },
    "scaling invariant": {"krause": "weights_invariant_under_joint_scaling_krause"},
    "flow keeps query-key balance": {
        "softmax": "balancedness_conserved_softmax",
        "affine-scaled": "balancedness_conserved_affine",
        "krause": "balancedness_conserved_krause",
    },
    "key bias is not trained": {
        "softmax": "key_bias_gradient_zero_softmax",
        "krause": "key_bias_gradient_zero_krause",
        "synchronization": "frequency_bias_gradient_zero_ssa",
    },
}
