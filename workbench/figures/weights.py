"""Figures of attention weights: patterns on the same tokens, row sums under causal masks, locking radii, ranks."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache, partial
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.plate import Plate, colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOKENS = 16
LARGEST = 0.35  # weight that has a colour of its own
SCALES = (Fraction(1, 4), Fraction(3, 4))  # alpha, with an average of 1/2
KEYS = {"visible": "bias on open keys, $N=i+1$", "full": "bias on open keys, $N=n$", "all": "bias on all keys, $N=n$"}
COUPLINGS = (0.5, 1.0, 2.0)  # K r, all phases being equal
RANK_TOKENS, RANK_WIDTHS, RANK_FACTORS = 90, (1, 2, 3, 4), (1, 2, 3)


@cache
def tokens() -> np.ndarray:
    """Return the tokens of the patterns, shape (TOKENS, 2): four groups of four around the corners of a square, in order."""
    rng = np.random.default_rng(7)
    corners = np.repeat(np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]), TOKENS // 4, axis=0)
    return corners + 0.35 * rng.standard_normal((TOKENS, 2))


def _pattern(name: str, options: Mapping[str, Any]) -> np.ndarray:
    """Return the weights of a mechanism on the tokens, in float64; what is no token is 0."""
    from workbench.lowering.precision import scope
    from workbench.mechanisms import mechanism

    rule = mechanism(name, **options)
    with scope("float64"):
        given = [np.zeros(TOKENS) if t.name == "a" else 0 * tokens() if t.name == "theta" else tokens() for t in rule.inputs]
        return np.asarray(rule.weight_matrix(*(a for a, t in zip(given, rule.inputs, strict=True) if t.name != "v")))


PATTERNS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("softmax", "softmax", {}),
    ("top-4 of softmax", "top-n", {"most": 4}),
    ("affine-scaled", "affine-scaled", {"average": Fraction(1, 4)}),
    ("softmax with sink", "softmax-with-sink", {"logit": 1}),
    ("Krause", "krause", {"sigma": Fraction(3, 4)}),
    ("Krause, 4 nearest", "krause", {"sigma": Fraction(3, 4), "most": 4}),
    ("synchronization", "synchronization", {"alpha": Fraction(1, 4)}),
    ("Hadamard, 2 factors", "hadamard", {"projections": "shared"}),
)


def pattern_panel(ax: Axes, *, title: str, name: str, options: Mapping[str, Any]) -> Axes:
    """Draw the weights that query i (downwards) gives key j, from white at 0; negative ones in vermilion."""
    from matplotlib.colors import LinearSegmentedColormap

    shade = LinearSegmentedColormap.from_list("weights", [colours()[1], ink("paper"), colours()[0]])
    ax.imshow(_pattern(name, options), cmap=shade, vmin=-LARGEST, vmax=LARGEST, interpolation="nearest")
    ax.set_title(title)
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    return ax


def _with_scale(ax: Axes, **options: Any) -> Axes:
    pattern_panel(ax, **options)
    ax.figure.colorbar(ax.images[0], ax=ax.figure.axes, label="weight", shrink=0.6, extend="max")
    return ax


@cache
def row_masses(keys: str, scale: Fraction) -> np.ndarray:
    """Return the row sums of affine-scaled attention under a causal mask, for the scale alpha and the average 1/2."""
    from workbench.lowering.precision import scope
    from workbench.mechanisms import mechanism

    rule = mechanism("affine-scaled", average=Fraction(1, 2), keys=keys)
    with scope("float64"):
        logits = np.full(TOKENS, float(10 * scale - 5))
        weights = rule.weight_matrix(tokens(), tokens(), logits, causal=True)
        return np.asarray(weights.sum(axis=-1))


def row_sum_panel(ax: Axes) -> Axes:
    """Draw the row sums against the query, with their closed forms as lines."""
    queries = np.arange(TOKENS)
    for (keys, told), colour, mark in zip(KEYS.items(), colours(), ("o", "s", "^"), strict=False):
        for scale in SCALES:
            form = {"full": float(scale) + (0.5 - float(scale)) * (queries + 1) / TOKENS}.get(keys, np.full(TOKENS, 0.5))
            ax.plot(queries, form, "-", color=colour, lw=1)
            label = told if scale == SCALES[0] else None
            ax.plot(queries, row_masses(keys, scale), mark, color=colour, ms=5, label=label, mfc="none" if keys == "all" else None)
    for scale in SCALES:
        ax.annotate(rf"$\alpha = {scale}$", (0, float(scale)), (1.2, float(scale) + (0.06 if scale > 0.5 else -0.09)))
    ax.set(xlabel=f"query $i$ of {TOKENS}", ylabel="row sum of the weights", ylim=(0, 1))
    ax.set_title(r"Causal rows at average $\bar\alpha = 1/2$")
    ax.legend(loc="lower right")
    return ax


@cache
def locking_weights(coupling: float, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mismatches and the weights S of two tokens before they are normalised."""
    from workbench.lowering.precision import scope
    from workbench.mechanisms import mechanism

    rule = mechanism("synchronization", coupling=Fraction(coupling), alpha=Fraction(alpha))
    gaps = np.linspace(0, 2, 161)
    with scope("float64"):
        pairs = np.stack([np.zeros_like(gaps), gaps], axis=-1)[..., None]
        rows = np.asarray(rule.weight_matrix(pairs, np.zeros_like(pairs)))  # S / (1 + S), as a token's weight of itself is 1
    share = rows[:, 0, 1]
    return gaps, share / (1 - share)


def locking_radius(coupling: float, alpha: float) -> float:
    """Return the mismatch from which two tokens ignore each other, sqrt(W(2 alpha (K r)^2) / (2 alpha)).

    >>> round(locking_radius(1.0, 0.5), 4)
    0.7531
    """
    from scipy.special import lambertw

    return float(np.sqrt(lambertw(2 * alpha * coupling**2).real / (2 * alpha)))


def locking_panel(ax: Axes) -> Axes:
    """Draw the weight against the mismatch for some couplings, with the locking radius of each."""
    for coupling, colour in zip(COUPLINGS, colours(), strict=False):
        gaps, weights = locking_weights(coupling, 0.5)
        ax.plot(gaps, weights, color=colour, label=f"$Kr = {coupling:g}$")
        ax.plot(locking_radius(coupling, 0.5), 0, "o", color=colour, clip_on=False, zorder=4)
    ax.set(xlabel=r"mismatch $\Delta_{ij}$", ylabel="weight $S_{ij}$", xlim=(0, 2), ylim=(0, 1.03))
    ax.set_title(r"Weights and locking radii, $\alpha = 1/2$")
    ax.legend(loc="upper right")
    return ax


def radius_panel(ax: Axes) -> Axes:
    """Draw the locking radius against the coupling, by Lambert's function and from the weights."""
    grid = np.linspace(0.05, 4, 120)
    measured = np.linspace(0.25, 4, 12)
    for alpha, colour in zip((0.125, 0.5, 2.0), colours(), strict=False):
        ax.plot(grid, [locking_radius(float(c), alpha) for c in grid], color=colour, label=rf"$\alpha = {alpha:g}$")
        last = [max(g for g, s in zip(*locking_weights(float(c), alpha), strict=True) if s > 0) for c in measured]
        inside = [(c, g) for c, g in zip(measured, last, strict=True) if g < 2]
        ax.plot(*zip(*inside, strict=True), "o", color=colour, ms=4)
    ax.plot(grid, grid, color=ink("line"), lw=0.8, linestyle=(0, (5, 3)))
    ax.annotate(r"$\Delta = Kr$", (1.5, 1.55), ha="right", color=ink("text"))
    ax.set(xlabel="coupling $Kr$", ylabel="locking radius", xlim=(0, 4), ylim=(0, 2))
    ax.set_title("Radius of synchronization")
    ax.legend(loc="lower right")
    return ax


@cache
def hadamard_rank(width: int, factors: int, *, tied: bool) -> int:
    """Return the numerical rank (relative 1e-10) of a product of random similarities; `tied` factors read one token alike."""
    rng = np.random.default_rng([width, factors])
    sides = rng.standard_normal((2, factors, RANK_TOKENS, width))
    sides = sides[:, :1].repeat(factors, axis=1) if tied else sides
    weights = np.prod(np.einsum("fid,fjd->fij", *sides), axis=0)
    return int(np.linalg.matrix_rank(weights, rtol=1e-10))


def rank_panel(ax: Axes) -> Axes:
    """Draw the rank against the width, with r^F and the number of monomials as lines."""
    widths = np.array(RANK_WIDTHS)
    for factors, colour in zip(RANK_FACTORS, colours(), strict=False):
        ax.plot(widths, widths**factors, "-", color=colour, lw=1)
        ax.plot(widths, [comb(r + factors - 1, factors) for r in RANK_WIDTHS], color=colour, lw=1, linestyle=(0, (5, 3)))
        seen = [[hadamard_rank(r, factors, tied=tied) for r in RANK_WIDTHS] for tied in (False, True)]
        ax.plot(widths, seen[0], "o", color=colour, label=f"$F = {factors}$")
        ax.plot(widths, seen[1], "s", color=colour, mfc="none")
    ax.plot([], [], "o", color=ink("line"), label="factors of their own")
    ax.plot([], [], "s", color=ink("line"), mfc="none", label="one similarity, to the power $F$")
    ax.set(xlabel="width $r$ of a factor", ylabel=f"rank, {RANK_TOKENS} random tokens", yscale="log", xticks=widths)
    ax.set_title("$r^F$ (lines) and $\\binom{r+F-1}{F}$ (dashed)")
    ax.legend(loc="upper left")
    return ax


PLATES: Mapping[str, Plate] = {
    "attention_patterns": Plate(
        tuple(
            partial(_with_scale if k == len(PATTERNS) - 1 else pattern_panel, title=title, name=name, options=options)
            for k, (title, name, options) in enumerate(PATTERNS)
        ),
        "Weights that each query (row) gives each key (column) on the same 16 tokens, four groups of four in the plane, with "
        "queries and keys equal. Negative weights are vermilion.",
        ("weights_nonnegative_affine", "weights_symmetric_ssa", "support_size_eq_k_krause"),
        (9.8, 5.0),
        rows=2,
    ),
    "causal_row_sums": Plate(
        (row_sum_panel,),
        "Row sums of affine-scaled attention under a causal mask, by what N is and where the bias goes; markers from the weights, "
        "lines from the closed forms.",
        (
            "row_mass_eq_average_affine_of_visible_keys",
            "row_mass_eq_mean_of_scale_and_average_affine_of_full_length",
            "row_mass_eq_average_affine_of_all_keys",
        ),
        (7.0, 4.4),
    ),
    "synchronization_radius": Plate(
        (locking_panel, radius_panel),
        "Selective synchronization: the weight of a pair falls to exactly 0 at the locking radius (points on the axis, and curves "
        "on the right, by Lambert's function; markers from the weights). Without decay of the coupling it would be Kr (dashed).",
        ("locking_radius_eq_lambert_root_ssa", "locking_radius_eq_halved_lambert_root_ssa"),
        (9.6, 4.2),
    ),
    "hadamard_ranks": Plate(
        (rank_panel,),
        "Rank of the weights of Hadamard attention before they are normalised: F factors of width r on random tokens.",
        ("rank_at_most_f_times_r_hla", "generic_rank_eq_symmetric_power_dimension_hla_of_common_token"),
        (7.0, 4.4),
    ),
}
