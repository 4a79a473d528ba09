"""The figures of the workbench: `draw` one by its name, `save` it to a file, `caption` it with the verdicts of its claims.

Each is drawn from exact objects, recorded counts, lowered functions or verdicts, never from typed numbers; matplotlib is loaded
when one is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import BadInput
from workbench.figures import (
    balances,
    clusters,
    modes,
    pathways,
    polarisation,
    products,
    retrieval,
    saddles,
    salience,
    scanning,
    step_rules,
    tokens_on_sphere,
    weights,
)
from workbench.figures.atlas import any_depth, one_layer
from workbench.figures.blocks import worth_of_parameters
from workbench.figures.capacity import cover_at_more_inputs, estimate_errors, gated_capacity, threshold_capacity
from workbench.figures.circuits import GROWTH, PARITY, SELECTOR, WIDTHS
from workbench.figures.counting import counts_and_bounds, cover_slack, threshold_counts
from workbench.figures.masking import mask_decay, mask_errors
from workbench.figures.mechanism_claims import properties, relations
from workbench.figures.networks import additive_panel, gated_panel, layered_panel, network_drawing
from workbench.figures.overview import verdict_overview
from workbench.figures.parity import parity_costs
from workbench.figures.plane import quadrants_of_two_gates, strip_of_two_gates
from workbench.figures.plate import Panel, Plate, as_csv, encoded, styled
from workbench.figures.quadratic import quadratic_capacity, quadratic_efficiency
from workbench.figures.selection import factors_panel, margin_residuals, prompt_paths, weights_panel
from workbench.figures.training import phases

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.ledger import Result

__all__ = ["FIGURES", "Plate", "as_csv", "caption", "draw", "encoded", "network_drawing", "overview", "save", "styled"]

TRAINED = (
    "by training, over depth and threshold units in each hidden layer (at depth 1, in the product): the share of networks that "
    "compute it exactly after rounding to integers, with its 95 % interval. In a gated layer every second unit is a gate."
)

SHOWING: Mapping[str, Callable[[Mapping[str, str], Mapping[str, str]], Plate]] = {  # of verdicts and of links, both by claim
    "relations": relations,
    "properties": properties,
}
FIGURES: Mapping[str, Plate] = {
    "counts_and_bounds": Plate(
        (counts_and_bounds,),
        "Exact sizes of the classes of one unit (markers) at n inputs. The band runs from T(n-1)² to T(n)(T(n)+1)/2, the bounds of "
        "a product of two 0/1 gates; Cover's bound for one gate is dotted; the curves are n² (dashed) and 2n².",
        (
            "threshold_count_le_cover",
            "output_gating_count_lower_bound",
            "output_gating_count_upper_bound",
            "multiplexing_count_lower_bound",
        ),
        (7.2, 5.0),
    ),
    "threshold_counts": Plate(
        (threshold_counts, cover_slack),
        "Exact numbers of polynomial threshold functions of n inputs and degree d, and the bits by which "
        "Cover's bound exceeds them.",
        ("threshold_count_le_cover", "threshold_count_recursion"),
        (8.6, 4.0),
        (1.35, 1),
    ),
    "capacity": Plate(
        (threshold_capacity, gated_capacity),
        "Capacity over n²: exact counts (full markers), beyond them estimates with 95 % intervals (open; rigorous for threshold "
        "functions and ±1 products, normal for 0/1 products), the best proven bounds for all n (band; on the right for a 0/1 "
        "product), and the limits.",
        (
            "threshold_count_le_cover",
            "threshold_count_recursion",
            "output_gating_count_lower_bound",
            "output_gating_count_upper_bound",
        ),
        (9.6, 4.4),
    ),
    "estimates_and_counts": Plate(
        (estimate_errors, cover_at_more_inputs),
        "Left, estimates of log2 of the number of functions minus that of the count, with 95 % intervals. Right, the bits by which "
        "Cover's bound exceeds the capacity of one threshold unit, counted up to nine inputs and estimated beyond.",
        ("nbc_weight_unbiased", "regions_eq_nbc_sets", "threshold_count_le_cover"),
        (9.6, 4.2),
    ),
    "bits_per_parameter": Plate(
        (worth_of_parameters,),
        "Bits that a building block stores per parameter at n inputs, from exact counts, and the bound n of every circuit of "
        "threshold gates. Biases count as parameters; of units named ±1 the inputs and outputs take the values ±1.",
        ("capacity_le_n_bits_per_parameter",),
        (7.6, 4.6),
    ),
    "xor_in_three_models": Plate(
        (layered_panel, additive_panel, gated_panel),
        "XOR of two bits: in layers, with additive attention (dashed), and with an output gate (crossed circle). Depth counts "
        "layers of units, and a product adds none.",
        ("xor_depth_eq_one_of_gating", "xor_eq_one_and_gating"),
        (10.2, 2.5),
        (1.25, 1.25, 0.95),
    ),
    "parity_in_three_models": Plate(
        PARITY,
        "Parity of three bits: in layers, with additive attention (dashed), and as a product of outputs ±1 (crossed circles). "
        "A wire without a number has weight 1.",
        ("parity_gating_depth_eq_ceil_log2_n", "parity_pm1_factors_eq_n"),
        (12.4, 2.9),
        tuple(WIDTHS.values()),
    ),
    "selector_in_three_models": Plate(
        SELECTOR,
        "The selector 's ? x : y': in layers, with additive attention (dashed), and with an output gate (crossed circle). A wire "
        "without a number has weight 1.",
        ("selector_depth_eq_one_of_gating",),
        (12.4, 2.9),
        tuple(WIDTHS.values()),
    ),
    "circuits_as_they_grow": Plate(
        GROWTH,
        "Threshold units of the circuits of the library against the size n, by their formulas, on a logarithmic scale above 1. "
        "Linear units and gatings are not counted, so that a tree of gated synapses has none.",
        (
            "parity_gating_depth_eq_ceil_log2_n",
            "addition_depth_eq_one_of_gating",
            "inner_product_depth_eq_one_of_gating",
            "multiplexer_depth_eq_one_of_gating",
        ),
        (8.4, 6.4),
        rows=2,
    ),
    "atlas": Plate(
        (any_depth, one_layer),
        "Share of all functions of four inputs that circuits of at most so many threshold units compute, by the atlas: left with "
        "any number of layers, right with one, where a unit without gates is all there is in the standard model and with skips.",
        ("three_skip_gates_cover_four_inputs", "parity_pm1_factors_eq_n", "parity_and_factors_eq_two_pow_n_minus_1"),
        (9.6, 4.2),
    ),
    "gates_in_the_plane": Plate(
        (strip_of_two_gates, quadrants_of_two_gates),
        "The lines where the two gates of XOR change, and the region (shaded) where their product fires, for 0/1 and ±1 outputs. "
        "Full points are those where XOR is 1.",
        ("xor_eq_one_and_gating", "xor_not_threshold"),
        (7.6, 4.5),
    ),
    "parity_costs": Plate(
        (parity_costs,),
        "Threshold degree of parity, decided by weights or a dual witness, and the number of threshold gates in a product for it: "
        "the least by searching all products, and products that were built and compared with parity point by point.",
        ("degree_parity_eq_arity", "parity_pm1_factors_eq_n", "parity_and_factors_eq_two_pow_n_minus_1"),
        (7.2, 4.4),
    ),
    "softmax_mask_decay": Plate(
        (mask_decay, mask_errors),
        "Four scores, one of them masked by -K: its softmax weight, exact and lowered to JAX, below the bound; and the relative "
        "error of the lowered weight in units of the rounding ε of its type.",
        ("softmax_mask_eq_multiplexing_limit",),
        (8.6, 3.9),
        (1.5, 1),
    ),
    "quadratic_capacity": Plate(
        (quadratic_capacity, quadratic_efficiency),
        "Functions of one unit with a quadratic activation against its parameters: the proven bounds for 32 inputs. A sparse or "
        "low-rank quadratic part costs few parameters, and each of them stores about as many bits as any other.",
        (
            "linear_gated_synapse_count_eq_square",
            "pm1_gating_quadratic_rank_le_two",
            "k_linear_pairs_count_ge_of_two_pairs",
            "bits_per_parameter_le_n_of_threshold_gates",
        ),
        (10.0, 4.4),
        (1.3, 1),
    ),
    "training_parity": Plate(
        phases("parity", 4),
        f"Parity of four bits {TRAINED}",
        (
            "trained_pm1_gates_beat_standard_on_parity_of_four_at_equal_units",
            "trained_01_product_misses_parity_of_four_at_depth_one",
        ),
        (12.0, 3.4),
    ),
    "training_equality": Plate(
        phases("equality", 4),
        f"Equality of two 2-bit words {TRAINED}",
        ("trained_01_gate_finds_equality_of_words_at_depth_one",),
        (12.0, 3.4),
    ),
    "selected_directions": Plate(
        (weights_panel, factors_panel),
        "Cosine of the trained weights with the least matrix, in the Frobenius and the nuclear norm, that gives the tokens they "
        "selected a margin of 1: mean and 10 to 90 % band over 100 random draws of 6 inputs, 8 tokens, 10 dimensions.",
        ("attention_direction_is_frobenius_svm", "key_query_direction_is_nuclear_svm"),
        (9.2, 4.2),
    ),
    "prompt_paths": Plate(
        (prompt_paths,),
        "Paths of a prompt p under normalised descent from points (0, y), for keys (-1/10, 1), (1, 0), (0, 0) and scores 1, 9/10, "
        "0, over the rays of the two maximum-margin solutions.",
        ("three_token_svms", "local_basin_on_the_axis"),
        (6.4, 5.2),
    ),
    **{name: showing({}, {}) for name, showing in SHOWING.items()},
    "margin_offsets": Plate(
        (margin_residuals,),
        "Distance of the support margins from ln t plus the logarithm of c Δ/λ along the flow, for one exact instance (rate 1/3) "
        "and random ones; dashed, the rate that the maximum-margin solution predicts. The lines end where float64 does.",
        ("margin_offset_tends_to_dual_log",),
        (7.2, 4.6),
    ),
    **step_rules.PLATES,
    **balances.PLATES,
    **modes.PLATES,
    **saddles.PLATES,
    **pathways.PLATES,
    **products.PLATES,
    **polarisation.PLATES,
    **salience.PLATES,
    **scanning.PLATES,
    **tokens_on_sphere.PLATES,
    **weights.PLATES,
    **clusters.PLATES,
    **retrieval.PLATES,
}


def draw(name: str, *, dark: bool = False) -> Figure:
    """Return the figure of this name.

    Raises BadInput for a name that is not in FIGURES.

    >>> draw("xor")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no figure xor: did you mean xor_in_three_models?
    """
    return _plate(name).figure(dark=dark)


def save(
    name: str,
    path: str | Path,
    *,
    dark: bool = False,
    numbers: bool = False,
    verdicts: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
) -> Path:
    """Write the figure to a pdf, png or svg file, with its points beside it as CSV if `numbers`; return the file's path.

    A figure of claims shows their `verdicts` and leads to their `links`, both by name. The bytes depend on the figure and these
    alone. Raises BadInput for an unknown name or another ending.
    """
    file, plate = Path(path), _plate(name)
    if name in SHOWING:
        plate = SHOWING[name](verdicts or {}, links or {})
    file.write_bytes(plate.written(file.suffix.removeprefix("."), dark=dark))
    if numbers:
        file.with_suffix(".csv").write_text(as_csv(plate.figure(dark=dark)), encoding="utf-8")
    return file


def caption(name: str, results: Sequence[Result] = ()) -> str:
    """Return the caption of a figure, with the verdict and reach that the results give to the claims that it shows."""
    verdicts = {r.claim.name: r.verdict for r in results}
    return _plate(name).explained({key: f"{v.word}, {v.reach}" for key, v in verdicts.items()})


def overview(results: Sequence[Result]) -> Plate:
    """Return the figure of how many claims of each topic earned which word."""
    pairs = [(r.claim.topic or "other", r.verdict.word) for r in results]
    panel: Panel = partial(verdict_overview, verdicts=pairs)
    blank = Plate((panel,), "Claims by topic and verdict.")
    return replace(blank, size=(7.2, 1.5 + 0.34 * max(len({topic for topic, _ in pairs}), 3)))


def _plate(name: str) -> Plate:
    if name not in FIGURES:
        near = [known for known in FIGURES if name and name.split("_")[0] in known]
        raise BadInput(f"no figure {name}: " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(FIGURES)}"))
    return FIGURES[name]
